package lsclient

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"
)

// The vectors of §15.
func TestVectors(t *testing.T) {
	t.Parallel()
	digest := func(text string) string {
		sum := sha256.Sum256([]byte(text))
		return hex.EncodeToString(sum[:])
	}
	v2, err := Restringify([]byte(`{"id": 1749538876210079, "license_key": "AAAA-BBBB-CCCC-DDDD", "note": "\u003ca\u0026b> \u2028 \u00e9", "validity_period": null}` + "\n"))
	if err != nil || len(v2) != 104 {
		t.Errorf("Restringify = %d bytes, %v, want 104", len(v2), err)
	}
	schema2, err := base64.StdEncoding.DecodeString(OfflineRequest(map[string]any{
		"date": "Fri Jul 4 2025 10:56:13 GMT+0000", "api_key": "test-api-key", "request": "activation",
		"request_id": "a2b40b1d-d2e7-46b3-973e-2792facb892a", "app_ver": "1.0", "app_name": "app", "sdk_ver": "1.4.17",
		"hardware_id": "HW-1", "product": "TP", "license_key": "AAAA-BBBB-CCCC-DDDD",
	}, "test-shared-key", false))
	if err != nil {
		t.Fatal(err)
	}
	const device, key = "HW-A53F-0cBC", "AAAA-BBBB-CCCC-DDDD"
	for _, v := range []struct{ name, got, want string }{
		{"A", Sign("kw4qSnpSwXzgiv5yxYpZZmFEd9QAeiKTQ6OuyMja", "Tue, 07 Jun 2011 20:51:35 GMT"), "UDysfR6MndUZReo07Y9r+vErn8vSxrnQ5ulit18iJ/Q="},
		{"B", Sign("test-shared-key", "Fri, 04 Jul 2025 10:56:13 GMT"), "ZZy5aiCIMWtiNUQNngQMQlfzSAyrUynB/IzME5IkCbs="},
		{"v1", digest(LicenseText(device, key, "2026-06-18T00:00:00.000Z")), "b25b6337f2d9fb2a3deef3c0a19b6758aeecd1c59b3e8395932f4f4725a534c9"},
		{"v1-never", digest(LicenseText(device, key, "")), "ef7c120a20aaa145f1d861b74e9fb0584e162944b883fafc821a38f9d255677e"},
		{"v1-user", digest(LicenseText(device, uncoded("User.One@Example.com|DSE2"), "")), "748d1a9da120db3d5d2394e09c9345f877f7a1c02b9e249eb452f294e1011fce"},
		{"v2", digest(string(v2)), "6bbffbfd36af99490890bcc1e5250d81b37145f1ab70bf4786de7b50ae637d98"},
		{
			"offline", OfflineSignature("test-shared-key", "Fri Jul 4 2025 10:56:13 GMT+0000", key, "HW-1", "test-api-key"),
			"BXAum3EDnhXK9va65F4hdbe2Xm8nOhF/8AH5cAUPGf8=",
		},
		{
			"schema-2", string(schema2), `{"request":{"license_key":"AAAA-BBBB-CCCC-DDDD","product":"TP","hardware_id":"HW-1","sdk_ver":"1.4.17","app_name":"app",` +
				`"app_ver":"1.0","request_id":"a2b40b1d-d2e7-46b3-973e-2792facb892a","request":"activation","schema_version":2,"api_key":"test-api-key",` +
				`"date":"Fri Jul 4 2025 10:56:13 GMT+0000"},"signature":"t6AlbNSfAITrmcsXsa3TvxTw1llWbpYPkpaOVVhXIr8="}`,
		},
	} {
		if v.got != v.want {
			t.Errorf("%s = %s, want %s", v.name, v.got, v.want)
		}
	}
}

// What Node 20 prints for JSON.stringify(JSON.parse(text)).
func TestRestringify(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ text, want string }{
		{` [ ] `, `[]`},
		{`{ }`, `{}`},
		{`[true, false, null, ""]`, `[true,false,null,""]`},
		{`{"b":1,"4294967295":1,"4294967294":2,"07":1,"7":2,"-1":1}`, `{"7":2,"4294967294":2,"b":1,"4294967295":1,"07":1,"-1":1}`},
		{`{"a":1,"b":2,"a":3}`, `{"a":3,"b":2}`},
		{`[1e21, 1e20, 1.5e-7, 0.000001, -0, 1e999, -1e999, 5e-324, 123456789012345678, 1.0, -12.50, 1E3, 100]`, `[1e+21,100000000000000000000,1.5e-7,0.000001,0,null,null,5e-324,123456789012345680,1,-12.5,1000,100]`},
		{`["\u003c\u003e\u0026\/\u2028\u00e9\u007f\u0001\u001F\b\f\n\r\t\"\\\ud83d\ude00"]`, "[\"<>&/\u2028é\u007f\\u0001\\u001f\\b\\f\\n\\r\\t\\\"\\\\😀\"]"},
	} {
		got, err := Restringify([]byte(c.text))
		if err != nil || string(got) != c.want {
			t.Errorf("Restringify(%s) = %s, %v, want %s", c.text, got, err, c.want)
		}
		again, err := Restringify(got)
		if err != nil || string(again) != string(got) {
			t.Errorf("Restringify(%s) = %s, %v, want the same", got, again, err)
		}
	}
	for _, text := range []string{``, `{`, `{"a"}`, `[1 2]`, `[1,]`, `nul`, `{} {}`, "\ufeff{}"} {
		if got, err := Restringify([]byte(text)); err == nil {
			t.Errorf("Restringify(%q) = %s, want an error", text, got)
		}
	}
}

func TestPythonSpacing(t *testing.T) {
	t.Parallel()
	text, err := base64.StdEncoding.DecodeString(OfflineRequest(map[string]any{"hardware_id": "é😀", "variables": map[string]any{"a": 1, "b": []int{1, 2}}}, "key", true))
	inner := `{"hardware_id": "\u00e9\ud83d\ude00", "variables": {"a": 1, "b": [1, 2]}, "schema_version": 2}`
	want := fmt.Sprintf(`{"request": %s, "signature": "%s"}`, inner, mac("key", inner))
	if err != nil || string(text) != want {
		t.Errorf("OfflineRequest = %s, %v, want %s", text, err, want)
	}
}

func TestOfflineRequestV1(t *testing.T) {
	t.Parallel()
	for _, who := range []string{"api_key", "client_id"} {
		text, err := base64.StdEncoding.DecodeString(OfflineRequestV1(map[string]any{who: "K", "username": "u", "hardware_id": "HW", "date": "D"}, "key"))
		want := fmt.Sprintf(`{"username":"u","hardware_id":"HW","%s":"K","date":"D","signature":"%s"}`, who, mac("key", "licenseSpring\ndate: D\nu\nHW\nK"))
		if err != nil || string(text) != want {
			t.Errorf("OfflineRequestV1 by %s = %s, %v, want %s", who, text, err, want)
		}
	}
}

// rsaKey is one key pair for all tests; it is slow to make.
var rsaKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
})

func signed(text string) string {
	sum := sha256.Sum256([]byte(text))
	signature, err := rsa.SignPKCS1v15(nil, rsaKey(), crypto.SHA256, sum[:])
	if err != nil {
		panic(err)
	}
	return base64.StdEncoding.EncodeToString(signature)
}

func newClient() *Client {
	return &Client{APIKey: "the-api-key", SharedKey: "the-shared-key", PublicKey: &rsaKey().PublicKey}
}

// license is a body with a right license_signature.
func license(device, identity, rest string) string {
	validity, _, _ := strings.Cut(strings.TrimPrefix(rest, `"validity_period":"`), `"`)
	if strings.HasPrefix(rest, `"validity_period":null`) {
		validity = ""
	}
	return fmt.Sprintf(`{"id":1,%s,"license_signature":"%s"}`, rest, signed(LicenseText(device, identity, validity)))
}

func TestVerify(t *testing.T) {
	t.Parallel()
	byKey := map[string]string{"hardware_id": "HW-1", "license_key": "AAAA"}
	never, until := `"validity_period":null`, `"validity_period":"2026-06-18T00:00:00.000Z"`
	whole := license("HW-1", "aaaa", never)
	const refused = `{"status":400,"code":"license_not_found","message":"no"}`
	for _, c := range []struct {
		name, endpoint, body string
		status               int
		request              map[string]string
		want                 string // part of the error, "" for none
	}{
		{"key", "check_license", whole, 200, byKey, ""},
		{"until", "check_license", license("HW-1", "aaaa", until), 200, byKey, ""},
		{"user", "activate_license", license("HW-1", "user@x.com", never), 200, map[string]string{"hardware_id": "HW-1", "license_key": "AAAA", "username": "User@X.com|ACC"}, ""},
		{"token", "activate_license", license("HW-1", "user@x.com", never+`,"user":{"email":"User@X.com"}`), 200, map[string]string{"hardware_id": "HW-1", "id_token": "t"}, ""},
		{"bundle", "check_bundle", "[" + whole + "," + whole + "]", 200, byKey, ""},
		{"bundle-empty", "check_bundle", "[]", 200, byKey, "answers a list"},
		{"no-list", "check_license", "[" + whole + "]", 200, byKey, "answers a list"},
		{"other-device", "check_license", whole, 200, map[string]string{"hardware_id": "HW-2", "license_key": "AAAA"}, "license_signature over"},
		{"no-v1", "check_license", `{"id":1}`, 200, byKey, "no license_signature"},
		{"no-license", "product_details", `{"id":1}`, 200, nil, ""},
		{"date-alone", "check_license", license("HW-1", "aaaa", `"validity_period":"2026-06-18"`), 200, byKey, "validity_period is 2026-06-18"},
		{"word", "deactivate_license", "license_deactivated", 200, byKey, ""},
		{"quoted", "deactivate_license", `"license_deactivated"`, 200, byKey, "the body is"},
		{"nothing", "floating/release", "", 200, byKey, ""},
		{"space", "product_details", `{"id": 1}`, 200, nil, "from byte 6 on"},
		{"newline", "product_details", `{"id":1}` + "\n", 200, nil, "from byte 8 on"},
		{"escapes", "product_details", `{"id":"\u003c"}`, 200, nil, "what JavaScript prints"},
		{"order", "product_details", `{"a":0,"2":0,"1":0}`, 200, nil, "what JavaScript prints"},
		{"large", "product_details", `{"id":9007199254740992}`, 200, nil, "beyond 2^53-1"},
		{"secret", "product_details", `{"id":"the-shared-key"}`, 200, nil, "shows the shared key"},
		{"refused", "check_license", refused, 400, byKey, ""},
		{"refused-otherwise", "check_license", refused, 404, byKey, "HTTP says 404"},
		{"four-members", "check_license", `{"status":400,"code":"x","message":"no","more":1}`, 400, byKey, "the members"},
		{"text-status", "check_license", `{"status":"400","code":"x","message":"no"}`, 400, byKey, "status 400"},
		{"bad-code", "check_license", `{"status":400,"code":"Not Found","message":"no"}`, 400, byKey, "a name"},
		{"empty-error", "check_license", ``, 404, byKey, "no JSON"},
		{"redirect", "check_license", ``, 307, byKey, "want 200 or an error"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			header := http.Header{"Licensesignature": {signed(c.body)}, "Content-Type": {"application/json; charset=utf-8"}}
			err := newClient().Verify(Answer{Endpoint: c.endpoint, Status: c.status, Header: header, Body: []byte(c.body)}, c.request)
			if got := fmt.Sprint(err); (c.want == "") != (err == nil) || !strings.Contains(got, c.want) && err != nil {
				t.Errorf("Verify = %v, want %q", err, c.want)
			}
		})
	}
}

func TestVerifySeesSignatures(t *testing.T) {
	t.Parallel()
	body := `{"id":1}`
	right := signed(body)
	for name, header := range map[string]string{"none": "", "other-body": signed(body + " "), "no-padding": strings.TrimRight(right, "="), "two-lines": right[:76] + "\n" + right[76:], "hex": hex.EncodeToString([]byte(right))} {
		a := Answer{Endpoint: "product_details", Status: 200, Body: []byte(body), Header: http.Header{"Licensesignature": {header}, "Content-Type": {"application/json"}}}
		if err := newClient().Verify(a, nil); err == nil {
			t.Errorf("Verify with signature %s = nil, want an error", name)
		}
	}
}

// file is a license that travels by file: uncovered names what license_signature_v2 leaves out.
func file(c *Client, members string, covered bool) string {
	v1 := signed(LicenseText("HW-1", "aaaa", ""))
	body := fmt.Sprintf(`%s,"hardware_id":"HW-1","license_key":"AAAA","validity_period":null,"date":"D","offline_signature":"%s"`,
		members, OfflineSignature(c.SharedKey, "D", "AAAA", "HW-1", c.APIKey))
	withV1 := fmt.Sprintf(`%s,"license_signature":"%s"`, body, v1)
	if covered {
		body = withV1
	}
	return fmt.Sprintf(`%s,"license_signature_v2":"%s"}`, withV1, signed(body+"}"))
}

func TestOfflineFiles(t *testing.T) {
	t.Parallel()
	c := newClient()
	activation, refresh := file(c, `{"request":"activation"`, false), file(c, `{"product_details":{"short_code":"TP"}`, true)
	bundle := fmt.Sprintf(`{"licenses":[%s],"bundle_signature_v2":"%s"}`, activation, signed("["+activation+"]"))
	check := func(name string, verify func(string) (map[string]any, error), text, want string) {
		t.Helper()
		for _, form := range []string{text, base64.StdEncoding.EncodeToString([]byte(text))} {
			said, err := verify(form)
			if got := fmt.Sprint(err); (want == "") != (err == nil) || err != nil && !strings.Contains(got, want) || err == nil && said == nil {
				t.Errorf("%s = %v, want %q", name, err, want)
			}
		}
	}
	check("activation", c.VerifyOfflineFile, activation, "")
	check("activation as refresh", c.VerifyRefreshFile, strings.Replace(activation, `"request"`, `"product_details":{"short_code":"TP"},"request"`, 1), "license_signature_v2")
	check("activation tampered", c.VerifyOfflineFile, strings.Replace(activation, `{"request"`, `{"x":1,"request"`, 1), "license_signature_v2")
	check("activation spaced", c.VerifyOfflineFile, strings.Replace(activation, `:"HW-1"`, `: "HW-1"`, 1), "JavaScript prints")
	check("activation for another device", c.VerifyOfflineFile, strings.Replace(activation, `"HW-1"`, `"HW-2"`, 1), "license_signature")
	check("activation dated otherwise", c.VerifyOfflineFile, strings.Replace(activation, `"date":"D"`, `"date":"E"`, 1), "offline_signature")
	check("activation with both identities", c.VerifyOfflineFile, strings.Replace(activation, `"date"`, `"username":"u","date"`, 1), "exactly one")
	check("refresh", c.VerifyRefreshFile, refresh, "")
	check("refresh as activation", c.VerifyOfflineFile, refresh, "want activation")
	check("bundle", c.VerifyOfflineBundle, bundle, "")
	check("bundle tampered", c.VerifyOfflineBundle, strings.Replace(bundle, `"AAAA"`, `"BBBB"`, 1), "bundle_signature_v2")
	check("keyed", c.VerifyKeyedBundle, `{"TP":`+refresh+`}`, "")
	check("keyed wrongly", c.VerifyKeyedBundle, `{"TQ":`+refresh+`}`, "short_code")
}

func TestAirGap(t *testing.T) {
	t.Parallel()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	scalar, err := key.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	code, err := AirGapActivationCode(base64.StdEncoding.EncodeToString(scalar), "HW-1", "AAAA")
	raw, _ := base64.StdEncoding.DecodeString(code)
	sum := sha1.Sum([]byte("HW-1AAAA"))
	if err != nil || len(raw) != 64 || !ecdsa.Verify(&key.PublicKey, sum[:], new(big.Int).SetBytes(raw[:32]), new(big.Int).SetBytes(raw[32:])) {
		t.Errorf("AirGapActivationCode = %s, %v, want one that verifies", code, err)
	}
	point, err := key.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	confirmed := sha256.Sum256([]byte("HW-1AAAA77"))
	r, s, err := ecdsa.Sign(rand.Reader, key, confirmed[:])
	if err != nil {
		t.Fatal(err)
	}
	confirmation := base64.StdEncoding.EncodeToString(append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...))
	public := base64.StdEncoding.EncodeToString(point[1:])
	if err := VerifyAirGapConfirmation(public, confirmation, "HW-1", "AAAA", "77"); err != nil {
		t.Errorf("VerifyAirGapConfirmation = %v, want nil", err)
	}
	for _, wrong := range [][3]string{{"HW-2", "AAAA", "77"}, {"HW-1", "AAAB", "77"}, {"HW-1", "AAAA", "78"}} {
		if err := VerifyAirGapConfirmation(public, confirmation, wrong[0], wrong[1], wrong[2]); err == nil {
			t.Errorf("VerifyAirGapConfirmation(%v) = nil, want an error", wrong)
		}
	}
	for _, wrong := range []string{"", "AAAA", base64.StdEncoding.EncodeToString(make([]byte, 32))} {
		if code, err := AirGapActivationCode(wrong, "HW-1", "AAAA"); err == nil {
			t.Errorf("AirGapActivationCode(%q) = %s, want an error", wrong, code)
		}
	}
}

// TestRequests looks at what goes over the wire.
func TestRequests(t *testing.T) {
	t.Parallel()
	type seen struct {
		line, date, authorization, contentType, body string
	}
	requests := make(chan seen, 1)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/") {
			r.Body = io.NopCloser(strings.NewReader(string(body)))
			part, _, err := r.FormFile("file")
			if err != nil {
				t.Error(err)
				return
			}
			body, _ = io.ReadAll(part)
		}
		contentType, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
		requests <- seen{r.Method + " " + r.RequestURI, r.Header.Get("Date"), r.Header.Get("Authorization"), contentType, string(body)}
		http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
	}))
	defer server.Close()
	const date, signature = "Fri, 04 Jul 2025 10:56:13 GMT", "ZZy5aiCIMWtiNUQNngQMQlfzSAyrUynB/IzME5IkCbs="
	client := Client{Base: server.URL + "/api/v4/", APIKey: "K", SharedKey: "test-shared-key", Now: func() time.Time { return time.Date(2025, 7, 4, 12, 56, 13, 0, time.FixedZone("", 7200)) }}
	usual := `algorithm="hmac-sha256",headers="date",signature="` + signature + `",apikey="K"`
	get := func(change func(c *Client)) Answer {
		c := client
		change(&c)
		return c.Get(t.Context(), "check_license", url.Values{"product": {"A B"}})
	}
	for _, c := range []struct {
		name string
		do   func() Answer
		want seen
	}{
		{"get", func() Answer { return get(func(*Client) {}) }, seen{"GET /api/v4/check_license?product=A+B", date, usual, "", ""}},
		{"post", func() Answer { return client.Post(t.Context(), "floating/borrow", map[string]any{"a": "<"}) }, seen{"POST /api/v4/floating/borrow", date, usual, "application/json", `{"a":"\u003c"}`}},
		{"raw", func() Answer { return client.Post(t.Context(), "x", json.RawMessage("{")) }, seen{"POST /api/v4/x", date, usual, "application/json", `{`}},
		{"text", func() Answer { return client.PostText(t.Context(), "activate_offline", "ab==") }, seen{"POST /api/v4/activate_offline", date, usual, "text/plain", "ab=="}},
		{"file", func() Answer { return client.PostFile(t.Context(), "activate_offline", "ab==") }, seen{"POST /api/v4/activate_offline", date, usual, "multipart/form-data", "ab=="}},
		{"bearer", func() Answer { return get(func(c *Client) { c.Bearer = "T" }) }, seen{"GET /api/v4/check_license?product=A+B", date, "Bearer T", "", ""}},
		{"token", func() Answer { return client.Token(t.Context(), server.URL+"/token", "i", "s") }, seen{"POST /token", "x", "", "application/x-www-form-urlencoded", "client_id=i&client_secret=s&grant_type=client_credentials"}},
		{"no-date", func() Answer { return get(func(c *Client) { c.Spelling.NoDate = true }) }, seen{"GET /api/v4/check_license?product=A+B", "", usual, "", ""}},
		{"no-authorization", func() Answer { return get(func(c *Client) { c.Spelling.NoAuthorization = true }) }, seen{"GET /api/v4/check_license?product=A+B", date, "", "", ""}},
		{"case-6", func() Answer {
			return get(func(c *Client) {
				c.Spelling = Spelling{KeyName: "apiKey", Separator: ", ", Order: []string{"apikey", "signature", "headers", "algorithm"}}
			})
		}, seen{"GET /api/v4/check_license?product=A+B", date, `apiKey="K", signature="` + signature + `", headers="date", algorithm="hmac-sha256"`, "", ""}},
		{"case-7-8", func() Answer {
			return get(func(c *Client) {
				c.Spelling = Spelling{Algorithm: "hmac-sha1", Headers: "host", Order: []string{"algorithm", "headers"}}
			})
		}, seen{"GET /api/v4/check_license?product=A+B", date, `algorithm="hmac-sha1",headers="host"`, "", ""}},
	} {
		a := c.do()
		got := <-requests
		if c.want.date == "x" {
			got.date = "x"
		}
		if got != c.want || a.Status != http.StatusTemporaryRedirect {
			t.Errorf("%s: %v sent %+v, want %+v", c.name, a, got, c.want)
		}
	}
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	refused := Answer{Status: 400, Body: []byte(`{"status":400,"code":"x","message":"y"}`)}
	if got := refused.Code(); got != "x" {
		t.Errorf("Code = %q, want x", got)
	}
	if got := (Answer{Status: 200, Body: []byte(`{"code":"F1"}`)}).Code(); got != "" {
		t.Errorf("Code of a success = %q, want nothing", got)
	}
	if got := refused.JSON()["status"]; got != json.Number("400") {
		t.Errorf("JSON()[status] = %v, want the number 400", got)
	}
	if got := refused.List(); got != nil {
		t.Errorf("List of an object = %v, want nil", got)
	}
	if got := (Answer{Body: []byte(`[1]`)}).List(); len(got) != 1 {
		t.Errorf("List = %v, want one element", got)
	}
	der, err := x509.MarshalPKIXPublicKey(&rsaKey().PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	key, err := ParsePublicKey(string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})))
	if err != nil || !key.Equal(&rsaKey().PublicKey) {
		t.Errorf("ParsePublicKey = %v, want the key", err)
	}
	if _, err := ParsePublicKey("x"); err == nil {
		t.Error("ParsePublicKey(x) = nil, want an error")
	}
}
