package passkey_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"licet/internal/passkey"
	"licet/internal/testkit/passkeytest"
)

var site = passkey.Site{ID: "licet.test", Origin: "https://licet.test:8443"}

func holder(keys ...passkey.Key) passkey.Holder {
	return passkey.Holder{Handle: []byte("ann"), Name: "ann@acme.test", Title: "Ann", Keys: keys}
}

// add makes a passkey, or fails.
func add(t *testing.T, a *passkeytest.Authenticator) passkey.Key {
	t.Helper()
	options, state, err := passkey.Begin(site, holder())
	if err != nil {
		t.Fatal(err)
	}
	k, err := passkey.Finish(site, holder(), state, a.Create(options))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// signIn asks, lets the authenticator answer, and checks.
func signIn(t *testing.T, a *passkeytest.Authenticator, k passkey.Key, handle string) (passkey.Key, error) {
	t.Helper()
	options, state, err := passkey.BeginSignIn(site)
	if err != nil {
		t.Fatal(err)
	}
	return passkey.FinishSignIn(site, state, a.Get(options), func([]byte) (passkey.Key, []byte, error) { return k, []byte(handle), nil })
}

func TestPasskey(t *testing.T) {
	t.Parallel()
	a := passkeytest.New(t, site.Origin)
	a.Synced, a.Count = true, 7
	k := add(t, a)
	if !k.BackupEligible || !k.BackedUp || k.SignCount != 7 || strings.Join(k.Transports, " ") != "internal hybrid" {
		t.Errorf("Finish = %+v, want one that is backed up, counts 7 and has two transports", k)
	}
	for want := uint32(8); want < 11; want++ {
		a.Count = want
		used, err := signIn(t, a, k, "ann")
		if err != nil || used.SignCount != want {
			t.Fatalf("FinishSignIn = %+v, %v, want the count %d", used, err, want)
		}
		used.SignCount = k.SignCount
		if diff := cmp.Diff(k, used); diff != "" {
			t.Errorf("FinishSignIn changes the passkey (-want +got):\n%s", diff)
		}
		k.SignCount = want
	}
	a.Count = 10
	if _, err := signIn(t, a, k, "ann"); !errors.Is(err, passkey.ErrCopied) {
		t.Errorf("FinishSignIn with a count that was seen = %v, want ErrCopied", err)
	}
}

func TestPasskeyRefuses(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(a *passkeytest.Authenticator){
		"another_origin": func(a *passkeytest.Authenticator) { a.Origin = "https://evil.test" },
		"another_port":   func(a *passkeytest.Authenticator) { a.Origin = "https://licet.test" },
		"unverified":     func(a *passkeytest.Authenticator) { a.Unverified = true },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			good := passkeytest.New(t, site.Origin)
			k := add(t, good)
			spoil(good)
			if _, err := signIn(t, good, k, "ann"); err == nil {
				t.Error("FinishSignIn = ok, want an error")
			}
			bad := passkeytest.New(t, site.Origin)
			spoil(bad)
			options, state, err := passkey.Begin(site, holder())
			if err != nil {
				t.Fatal(err)
			}
			if _, err := passkey.Finish(site, holder(), state, bad.Create(options)); err == nil {
				t.Error("Finish = ok, want an error")
			}
		})
	}
	a := passkeytest.New(t, site.Origin)
	k := add(t, a)
	if _, err := signIn(t, a, k, "bob"); err == nil {
		t.Error("FinishSignIn with a passkey of somebody else = ok, want an error")
	}
	if _, err := signIn(t, a, add(t, passkeytest.New(t, site.Origin)), "ann"); err == nil {
		t.Error("FinishSignIn with another key = ok, want an error")
	}
	options, _, err := passkey.BeginSignIn(site)
	if err != nil {
		t.Fatal(err)
	}
	_, other, err := passkey.BeginSignIn(site)
	if err != nil {
		t.Fatal(err)
	}
	found := func([]byte) (passkey.Key, []byte, error) { return k, []byte("ann"), nil }
	if _, err := passkey.FinishSignIn(site, other, a.Get(options), found); err == nil {
		t.Error("FinishSignIn of another question = ok, want an error")
	}
	for _, answer := range []string{"", "{}", "null", "[1]", strings.Repeat("[", 5000)} {
		if _, err := passkey.FinishSignIn(site, other, []byte(answer), found); err == nil {
			t.Errorf("FinishSignIn(%.10s) = ok, want an error", answer)
		}
		if _, err := passkey.Finish(site, holder(), other, []byte(answer)); err == nil {
			t.Errorf("Finish(%.10s) = ok, want an error", answer)
		}
	}
	for _, s := range []passkey.Site{{}, {ID: "192.0.2.1", Origin: "https://192.0.2.1"}} {
		if _, _, err := passkey.BeginSignIn(s); err == nil {
			t.Errorf("BeginSignIn(%v) = ok, want an error", s)
		}
	}
}

// What browsers are asked is in the JSON form that they parse by themselves.
func TestOptions(t *testing.T) {
	t.Parallel()
	k := add(t, passkeytest.New(t, site.Origin))
	options, _, err := passkey.Begin(site, holder(k))
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Attestation string           `json:"attestation"`
		Excluded    []map[string]any `json:"excludeCredentials"`
		Selection   map[string]any   `json:"authenticatorSelection"`
		RP          map[string]any   `json:"rp"`
		User        map[string]any   `json:"user"`
	}
	if err := json.Unmarshal(options, &got); err != nil {
		t.Fatal(err)
	}
	if got.Attestation != "none" || len(got.Excluded) != 1 || got.Selection["userVerification"] != "required" ||
		got.Selection["residentKey"] != "required" || got.RP["id"] != "licet.test" || got.User["id"] != "YW5u" {
		t.Errorf("Begin = %s", options)
	}
}
