package licensespring

import (
	"encoding/base64"
	"strings"
	"testing"
	"testing/quick"
	"time"

	"github.com/google/go-cmp/cmp"

	"licet/internal/license"
)

func TestParseAuthorization(t *testing.T) {
	t.Parallel()
	full := authorization{algorithm: "hmac-sha256", headers: "date", signature: "a+/b==", apiKey: "key-1"}
	for _, tc := range []struct {
		name, header string
		want         authorization
		ok           bool
	}{
		{"node", `algorithm="hmac-sha256",headers="date",signature="a+/b==",apikey="key-1"`, full, true},
		{"python", `algorithm="hmac-sha256", headers="date", signature="a+/b==", apiKey="key-1"`, full, true},
		{"any_order_and_case", `APIKEY="key-1",Signature="a+/b==",HEADERS="date",Algorithm="hmac-sha256"`, full, true},
		{"blanks_everywhere", "  algorithm = \"hmac-sha256\" ,\theaders=\"date\",signature=\"a+/b==\",apikey=\"key-1\"  ", full, true},
		{"unknown_parameter", `keyId="x",algorithm="hmac-sha256",headers="date",signature="a+/b==",apikey="key-1"`, full, true},
		{"one_missing", `algorithm="hmac-sha256",headers="date",signature="a+/b=="`,
			authorization{algorithm: "hmac-sha256", headers: "date", signature: "a+/b==", missing: "apikey"}, true},
		{"empty_value", `algorithm="hmac-sha256",headers="",signature="a+/b==",apikey="key-1"`,
			authorization{algorithm: "hmac-sha256", signature: "a+/b==", apiKey: "key-1", missing: "headers"}, true},
		{"blank", "   ", authorization{missing: "algorithm"}, true},
		{"no_quotes", `algorithm=hmac-sha256,headers=date`, authorization{}, false},
		{"open_quote", `algorithm="hmac-sha256`, authorization{}, false},
		{"no_value", `algorithm`, authorization{}, false},
		{"no_name", `="x"`, authorization{}, false},
		{"scheme", `Signature algorithm="hmac-sha256"`, authorization{}, false},
		{"semicolon", `algorithm="hmac-sha256";headers="date"`, authorization{}, false},
		{"comma_at_end", `algorithm="hmac-sha256",`, authorization{}, false},
		{"twice", `apikey="a",apiKey="b"`, authorization{}, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			got, ok := parseAuthorization(tc.header)
			if ok != tc.ok {
				t.Fatalf("parseAuthorization(%s) = %t, want %t", tc.header, ok, tc.ok)
			}
			if diff := cmp.Diff(tc.want, got, cmp.AllowUnexported(authorization{})); ok && diff != "" {
				t.Errorf("parseAuthorization(%s) (-want +got):\n%s", tc.header, diff)
			}
		})
	}
}

// FuzzParseAuthorization looks for a header that is read and, put together again, is read otherwise.
func FuzzParseAuthorization(f *testing.F) {
	f.Add(`algorithm="hmac-sha256",headers="date",signature="a+/b==",apikey="key-1"`)
	f.Add(`apiKey = "k" , x="\"`)
	f.Add(`a="b",,`)
	f.Fuzz(func(t *testing.T, header string) {
		a, ok := parseAuthorization(header)
		if !ok {
			return
		}
		var parts []string
		for _, p := range a.all() {
			if strings.Contains(*p.value, `"`) {
				t.Fatalf("a value has a quote in it: %q", *p.value)
			}
			parts = append(parts, p.name+`="`+*p.value+`"`)
		}
		again, ok := parseAuthorization(strings.Join(parts, ", "))
		if !ok || again != a {
			t.Errorf("parseAuthorization(%q) = %v, and read again %v, %t", header, a, again, ok)
		}
	})
}

// TestSignedBy checks vectors A and B of the contract, §15.
func TestSignedBy(t *testing.T) {
	t.Parallel()
	const (
		keyA, dateA = "kw4qSnpSwXzgiv5yxYpZZmFEd9QAeiKTQ6OuyMja", "Tue, 07 Jun 2011 20:51:35 GMT"
		sigA        = "UDysfR6MndUZReo07Y9r+vErn8vSxrnQ5ulit18iJ/Q="
		keyB, dateB = "test-shared-key", "Fri, 04 Jul 2025 10:56:13 GMT"
		sigB        = "ZZy5aiCIMWtiNUQNngQMQlfzSAyrUynB/IzME5IkCbs="
	)
	for _, tc := range []struct {
		name, key, date, signature string
		want                       bool
	}{
		{"vector_A", keyA, dateA, sigA, true},
		{"vector_B", keyB, dateB, sigB, true},
		{"other_key", keyB, dateA, sigA, false},
		{"other_date", keyA, dateB, sigA, false},
		{"nothing", keyA, dateA, "", false},
		{"no_base64", keyA, dateA, strings.Repeat("!", 44), false},
		{"cut_off", keyA, dateA, sigA[:43], false},
		{"no_padding_but_long", keyA, dateA, sigA[:43] + "A", false},
		{"hex", keyA, dateA, strings.Repeat("ab", 32), false},
		{"line_end", keyA, dateA, sigA[:42] + "\n" + sigA[43:], false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if got := signedBy([]byte(tc.key), tc.date, tc.signature); got != tc.want {
				t.Errorf("signedBy(%s, %s) = %t, want %t", tc.date, tc.signature, got, tc.want)
			}
		})
	}
}

func TestSignedByRefusesNoise(t *testing.T) {
	t.Parallel()
	refuses := func(noise [32]byte) bool {
		return !signedBy([]byte("key"), "Fri, 04 Jul 2025 10:56:13 GMT", base64.StdEncoding.EncodeToString(noise[:]))
	}
	if err := quick.Check(refuses, nil); err != nil {
		t.Error(err)
	}
}

func TestCheckDate(t *testing.T) {
	t.Parallel()
	now := license.TimeOf(time.Date(2025, 7, 4, 10, 56, 13, 0, time.UTC))
	at := func(d time.Duration) string { return now.Add(d).UTC().Format("Mon, 02 Jan 2006 15:04:05 GMT") }
	for _, tc := range []struct {
		name, date string
		want       license.Reason
	}{
		{"now", at(0), ""},
		{"14_minutes_old", at(-14 * time.Minute), ""},
		{"15_minutes_old", at(-15 * time.Minute), ""},
		{"16_minutes_old", at(-16 * time.Minute), license.RequestStale},
		{"15_minutes_ahead", at(15 * time.Minute), ""},
		{"16_minutes_ahead", at(16 * time.Minute), license.RequestStale},
		{"year_1", "Mon, 01 Jan 0001 00:00:00 GMT", license.RequestStale},
		{"year_9999", "Fri, 31 Dec 9999 23:59:59 GMT", license.RequestStale},
		{"no_date", "yesterday", license.RequestStale},
		{"iso", "2025-07-04T10:56:13Z", license.RequestStale},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if got := license.ReasonOf(checkDate(tc.date, now)); got != tc.want {
				t.Errorf("checkDate(%s) = %q, want %q", tc.date, got, tc.want)
			}
		})
	}
}

func TestBearer(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]string{
		"Bearer abc": "abc", "bearer  abc ": "abc", "Bearer ": "", "Bearer": "-", `algorithm="x"`: "-", "Basic abc": "-",
	} {
		got, ok := bearer(header)
		if !ok {
			got = "-"
		}
		if got != want {
			t.Errorf("bearer(%q) = %q, want %q", header, got, want)
		}
	}
}
