package licensespring

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"licet/internal/wire/licensespring/lsclient"
)

const (
	vectorKey   = "test-shared-key"
	vectorInner = `{"license_key":"AAAA-BBBB-CCCC-DDDD","product":"TP","hardware_id":"HW-1","sdk_ver":"1.4.17",` +
		`"app_name":"app","app_ver":"1.0","request_id":"a2b40b1d-d2e7-46b3-973e-2792facb892a","request":"activation",` +
		`"schema_version":2,"api_key":"test-api-key","date":"Fri Jul 4 2025 10:56:13 GMT+0000"}`
	vectorOuter = "t6AlbNSfAITrmcsXsa3TvxTw1llWbpYPkpaOVVhXIr8="
	vectorS     = "BXAum3EDnhXK9va65F4hdbe2Xm8nOhF/8AH5cAUPGf8="
	vectorDate  = "Fri Jul 4 2025 10:56:13 GMT+0000"
)

func TestOfflineSignatureVector(t *testing.T) {
	t.Parallel()
	got := offlineSignature([]byte(vectorKey), vectorDate, "AAAA-BBBB-CCCC-DDDD", "HW-1", "test-api-key")
	if got != vectorS {
		t.Errorf("offlineSignature(vector S of §15) = %s, want %s", got, vectorS)
	}
}

func fileOf(text string) []byte { return []byte(base64.StdEncoding.EncodeToString([]byte(text))) }

func TestOpenOfflineSchema2(t *testing.T) {
	t.Parallel()
	spaced := strings.NewReplacer(`":`, `": `, `,"`, `, "`).Replace(vectorInner)
	byClient := strings.Replace(vectorInner, `"api_key":"test-api-key"`, `"client_id":"test-client"`, 1)
	signed := func(inner, key string) string {
		return `{"request": ` + inner + `, "signature": "` + base64.StdEncoding.EncodeToString(mac([]byte(key), []byte(inner))) + `"}`
	}
	tests := []struct {
		name, text string
		app        string
		want       bool
	}{
		{"vector", `{"request":` + vectorInner + `,"signature":"` + vectorOuter + `"}`, "test-api-key", true},
		{"signature-first", `{"signature":"` + vectorOuter + `","request":` + vectorInner + `}`, "test-api-key", true},
		{"python-spacing", signed(spaced, vectorKey), "test-api-key", true},
		{"python-spacing-compact-signature", `{"request":` + spaced + `,"signature":"` + vectorOuter + `"}`, "test-api-key", false},
		{"client-with-its-secret", signed(byClient, vectorKey), "test-client", true},
		{"client-with-its-id", signed(byClient, "test-client"), "test-client", true},
		{"api-key-with-its-id", signed(vectorInner, "test-api-key"), "test-api-key", false},
		{"other-secret", signed(vectorInner, "another"), "test-api-key", false},
		{"changed-byte", strings.Replace(`{"request":`+vectorInner+`,"signature":"`+vectorOuter+`"}`, "HW-1", "HW-2", 1), "test-api-key", false},
		{"signature-no-base64", `{"request":` + vectorInner + `,"signature":"%%"}`, "test-api-key", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f, err := openOffline(fileOf(tt.text))
			if err != nil {
				t.Fatalf("openOffline(%s) = %v, want a request", tt.text, err)
			}
			if got := f.signedWith([]byte(vectorKey)); got != tt.want || f.app != tt.app {
				t.Errorf("openOffline(%s) is signed %t by %s, want %t by %s", tt.text, got, f.app, tt.want, tt.app)
			}
			if !json.Valid(f.fields) {
				t.Errorf("openOffline(%s).fields = %s, want a JSON object", tt.text, f.fields)
			}
		})
	}
}

func TestOpenOfflineSchema1(t *testing.T) {
	t.Parallel()
	fields := map[string]any{"hardware_id": "HW-1", "product": "TP", "date": vectorDate, "api_key": "test-api-key", "license_key": "AAAA-BBBB-CCCC-DDDD"}
	f, err := openOffline([]byte(lsclient.OfflineRequestV1(fields, vectorKey)))
	if err != nil || !f.signedWith([]byte(vectorKey)) || f.signature != vectorS {
		t.Errorf("openOffline(schema 1) = %+v, %v, want the signature of vector S, valid", f, err)
	}
	for _, changed := range []string{"hardware_id", "date", "license_key", "api_key"} {
		other := map[string]any{"signature": vectorS}
		for name, value := range fields {
			other[name] = value
		}
		other[changed] = "changed"
		text, _ := json.Marshal(other)
		f, err := openOffline(fileOf(string(text)))
		if err != nil || f.signedWith([]byte(vectorKey)) {
			t.Errorf("openOffline(schema 1 with another %s) is signed: %v, want it not to be", changed, err)
		}
	}
	user := map[string]any{"hardware_id": "HW-1", "product": "TP", "date": vectorDate, "client_id": "c", "username": "u@example.com", "password": "p"}
	f, err = openOffline([]byte(lsclient.OfflineRequestV1(user, vectorKey)))
	if err != nil || !f.signedWith([]byte(vectorKey)) || f.app != "c" {
		t.Errorf("openOffline(schema 1 of a user) = %+v, %v, want a valid signature by c", f, err)
	}
}

func TestOpenOfflineRefuses(t *testing.T) {
	t.Parallel()
	form := func(name, content string) (string, string) {
		return "--x\r\nContent-Disposition: form-data; name=\"" + name + "\"; filename=\"a.req\"\r\n\r\n" + content + "\r\n--x--\r\n", "multipart/form-data; boundary=x"
	}
	good := string(fileOf(`{"request":` + vectorInner + `,"signature":"` + vectorOuter + `"}`))
	goodForm, formType := form("file", good)
	emptyForm, _ := form("file", "")
	otherForm, _ := form("other", good)
	tests := []struct{ name, body, contentType, code string }{
		{"good", good, "text/plain", ""},
		{"good-as-form", good, "application/x-www-form-urlencoded", ""},
		{"good-without-type", good, "", ""},
		{"good-with-line-end", good + "\n", "text/plain", ""},
		{"good-part", goodForm, formType, ""},
		{"empty", "", "text/plain", "missing_content"},
		{"blank", " \r\n", "text/plain", "missing_content"},
		{"empty-part", emptyForm, formType, "missing_content"},
		{"no-file-part", otherForm, formType, "authorization_missing_params"},
		{"no-parts", "--x--\r\n", formType, "authorization_missing_params"},
		{"no-boundary", goodForm, "multipart/form-data", "authorization_missing_params"},
		{"not-base64", "{}", "text/plain", "authorization_missing_params"},
		{"not-json", string(fileOf("hello")), "text/plain", "authorization_missing_params"},
		{"null", string(fileOf("null")), "text/plain", "authorization_missing_params"},
		{"no-object", string(fileOf("[]")), "text/plain", "authorization_missing_params"},
		{"empty-object", string(fileOf("{}")), "text/plain", "authorization_missing_params"},
		{"no-signature", string(fileOf(`{"request":` + vectorInner + `}`)), "text/plain", "authorization_missing_params"},
		{"no-app", string(fileOf(`{"request":{"date":"d"},"signature":"s"}`)), "text/plain", "authorization_missing_params"},
		{"app-is-a-number", string(fileOf(`{"request":{"date":"d","api_key":7},"signature":"s"}`)), "text/plain", "authorization_missing_params"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			text, err := offlineText([]byte(tt.body), tt.contentType)
			if err == nil {
				_, err = openOffline(text)
			}
			own, _ := errors.AsType[word](err)
			if own.Code != tt.code || err != nil && tt.code == "" {
				t.Errorf("openOffline(%q, %s) = %v, want %q", tt.body, tt.contentType, err, tt.code)
			}
		})
	}
}

// FuzzOpenOffline shows that whatever opens can be told from what was changed: flipping a bit of what is signed breaks
// the signature.
func FuzzOpenOffline(f *testing.F) {
	f.Add([]byte(`{"request":`+vectorInner+`,"signature":"`+vectorOuter+`"}`), 3)
	f.Add([]byte(`{"api_key":"a","date":"d","hardware_id":"h","license_key":"k","signature":"`+vectorS+`"}`), 0)
	f.Add([]byte(`{"request":{},"signature":""}`), 0)
	f.Add([]byte(`[{"request":7}]`), 0)
	f.Fuzz(func(t *testing.T, text []byte, at int) {
		opened, err := openOffline(fileOf(string(text)))
		if err != nil {
			if _, ok := errors.AsType[word](err); !ok {
				t.Fatalf("openOffline(%q) = %v, want a refusal of the dialect", text, err)
			}
			return
		}
		if opened.app == "" || opened.signature == "" || !json.Valid(opened.fields) {
			t.Fatalf("openOffline(%q) = %+v, want an app, a signature and an object", text, opened)
		}
		opened.signature = base64.StdEncoding.EncodeToString(mac([]byte(vectorKey), opened.signed))
		if !opened.signedWith([]byte(vectorKey)) {
			t.Fatalf("openOffline(%q): its own signature does not fit", text)
		}
		opened.signed = bytes.Clone(opened.signed)
		opened.signed[uint(at)%uint(len(opened.signed))] ^= 1
		if opened.signedWith([]byte(vectorKey)) {
			t.Fatalf("openOffline(%q): the signature fits a changed request", text)
		}
	})
}
