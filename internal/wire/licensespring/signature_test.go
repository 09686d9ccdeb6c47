package licensespring

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"licet/internal/authority"
	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/signing"
)

// answerKey is one key for all tests of the package: making one takes long.
var answerKey = sync.OnceValue(func() *signing.RSAKey {
	key, err := signing.GenerateRSA(nil, signing.RSA2048)
	if err != nil {
		panic(err)
	}
	return key
})

// newCall returns a call of an app, as the handler makes it, and where its answer goes.
func newCall(t testing.TB) (*call, *httptest.ResponseRecorder) {
	t.Helper()
	d := newDoor(Deps{Now: func() license.Time { return license.TimeOf(time.Date(2026, 3, 23, 12, 0, 0, 0, time.UTC)) }})
	w := httptest.NewRecorder()
	c := new(call)
	c.begin(d, w, httptest.NewRequest("GET", "/api/v4/check_license", nil))
	c.app = authority.App{Answers: answerKey()}
	c.app.Tenant = 7
	return c, w
}

// TestSignV1 checks the vectors of the contract, §15, by the digests of what is signed.
func TestSignV1(t *testing.T) {
	t.Parallel()
	day := license.TimeOf(time.Date(2026, 6, 18, 0, 0, 0, 0, time.UTC))
	byKey := who{key: "AAAA-BBBB-CCCC-DDDD"}
	byName := who{username: "User.One@Example.com|DSE2", key: "AAAA-BBBB-CCCC-DDDD"}
	elsewhere := who{idToken: "token", account: "DSE2"}
	user := authority.Answer{State: license.State{User: &license.LicenseUser{Name: "name", Email: "User.One@Example.com|DSE2"}}}
	for _, tc := range []struct {
		name     string
		who      who
		validity license.Time
		text     string
		digest   string
	}{
		{"validity", byKey, day, "hw-a53f-0cbc#aaaa-bbbb-cccc-dddd#2026-06-18t00:00:00.000z", "b25b6337f2d9fb2a3deef3c0a19b6758aeecd1c59b3e8395932f4f4725a534c9"},
		{"null", byKey, 0, "hw-a53f-0cbc#aaaa-bbbb-cccc-dddd#", "ef7c120a20aaa145f1d861b74e9fb0584e162944b883fafc821a38f9d255677e"},
		{"username", byName, 0, "hw-a53f-0cbc#user.one@example.com#", "748d1a9da120db3d5d2394e09c9345f877f7a1c02b9e249eb452f294e1011fce"},
		{"sso", elsewhere, 0, "hw-a53f-0cbc#user.one@example.com#", "748d1a9da120db3d5d2394e09c9345f877f7a1c02b9e249eb452f294e1011fce"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if sum := sha256.Sum256([]byte(tc.text)); hex.EncodeToString(sum[:]) != tc.digest {
				t.Fatalf("the case is wrong: SHA-256 of %s is %x", tc.text, sum)
			}
			c, _ := newCall(t)
			signature, err := c.signV1("HW-A53F-0cBC", tc.who.identity(&user), tc.validity)
			if err != nil {
				t.Fatal(err)
			}
			if err := signing.VerifyRSA(answerKey().PublicPEM(), []byte(tc.text), signature); err != nil {
				t.Errorf("signV1 does not sign %s: %v", tc.text, err)
			}
		})
	}
}

// TestLower is what JavaScript says for the same texts.
func TestLower(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"HW-1#User@X.com#": "hw-1#user@x.com#",
		"ÄÖÜ-É":            "äöü-é",
		"İstanbul":         "i̇stanbul",
		"ΟΔΥΣΣΕΥΣ":         "οδυσσευς",
		"ΑΣ#Σ":             "ας#σ",
		"Α.Σ":              "α.ς",
		"ΑΣ.Α":             "ασ.α",
		"ẞ":                "ß",
	} {
		if got := string(lower([]byte(in))); got != want {
			t.Errorf("lower(%s) = %s, want %s", in, got, want)
		}
	}
}

func TestReplySigns(t *testing.T) {
	t.Parallel()
	c, w := newCall(t)
	if err := c.replyText(deactivated); err != nil {
		t.Fatal(err)
	}
	if w.Code != 200 || w.Body.String() != "license_deactivated" {
		t.Errorf("replyText = %d %q, want 200 license_deactivated", w.Code, w.Body)
	}
	if got := w.Header().Get("Content-Type"); got != "text/plain; charset=utf-8" {
		t.Errorf("Content-Type = %q, want text/plain", got)
	}
	//lint:ignore SA1008 the spelling of the contract, as it goes over the wire
	signature := w.Header()["LicenseSignature"]
	if len(signature) != 1 {
		t.Fatalf("LicenseSignature = %v, want one", signature)
	}
	if err := signing.VerifyRSA(answerKey().PublicPEM(), w.Body.Bytes(), signature[0]); err != nil {
		t.Errorf("LicenseSignature: %v", err)
	}
}

func TestWho(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		query, user string
		sso, none   bool
		err         string
	}{
		{"license_key=K", "", false, false, ""},
		{"username=User@X.com|ACC", "User@X.com|ACC", false, false, ""},
		{"username=+user@x.com+", "user@x.com", false, false, ""},
		{"id_token=t&customer_account_code=A", "", true, false, ""},
		{"code=t&customer_account_code=A", "", true, false, ""},
		{"code=t", "", true, false, "missing_parameters: Some parameters are missing in the request: { customer_account_code }"},
		{"license_key=K&code=t", "", false, false, ""},
		{"password=x", "", false, true, ""},
	} {
		c, _ := newCall(t)
		if err := c.readQuery("product=TP&hardware_id=HW&" + tc.query); err != nil {
			t.Fatal(err)
		}
		w := c.readWho()
		if w.user != tc.user || w.bySSO() != tc.sso || w.missing() != tc.none || codeAndText(c.done()) != tc.err {
			t.Errorf("%s: user %q, sso %t, missing %t, %q, want %q, %t, %t, %q",
				tc.query, w.user, w.bySSO(), w.missing(), codeAndText(c.done()), tc.user, tc.sso, tc.none, tc.err)
		}
	}
	var _ identity.Secret = who{}.password // A password is never a plain text.
}
