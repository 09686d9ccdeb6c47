package rmz

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"licet/internal/authority"
	"licet/internal/license"
)

const (
	jsonBody = "application/json"
	formBody = "application/x-www-form-urlencoded"
)

func TestDecode(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("ش", 255)
	for _, tt := range []struct{ name, body, key, hwid string }{
		{"plain", `{"product_id":123,"license_key":"K","hwid":"machine-A"}`, "K", "machine-A"},
		{"R42_numeric_string", `{"product_id":"123","license_key":"K","hwid":"A"}`, "K", "A"},
		{"blank_around_numeric_string", `{"product_id":" 123 ","license_key":"K"}`, "K", ""},
		{"whole_float", `{"product_id":123.0,"license_key":"K"}`, "K", ""},
		{"exponent", `{"product_id":1.23e2,"license_key":"K"}`, "K", ""},
		{"blanks", " {\t\"product_id\" : 123 ,\r\n \"license_key\" : \"K\" } \n", "K", ""},
		{"escaped_name", `{"product\u005fid":123,"license_key":"\u004b"}`, "K", ""},
		{"unknown_members", `{"a":{"b":[1,{"hwid":"no"}]},"product_id":123,"x":true,"x":false,"license_key":"K","hwid":"A","y":1e999}`, "K", "A"},
		{"other_letter_case_is_unknown", `{"product_id":123,"license_key":"K","HWID":"A","Product_Id":"x"}`, "K", ""},
		{"hwid_null", `{"product_id":123,"license_key":"K","hwid":null}`, "K", ""},
		{"hwid_empty", `{"product_id":123,"license_key":"K","hwid":""}`, "K", ""},
		{"hwid_number", `{"product_id":123,"license_key":"K","hwid":48}`, "K", "48"},
		{"hwid_fraction", `{"product_id":123,"license_key":"K","hwid":-4.80}`, "K", "-4.80"},
		{"hwid_exactly_as_sent", `{"product_id":123,"license_key":" k ","hwid":" My Server!-48\n"}`, "k", " My Server!-48\n"},
		{"R50_hwid_255_characters", `{"product_id":123,"license_key":"K","hwid":"` + long + `"}`, "K", long},
		{"surrogate_pair", `{"product_id":123,"license_key":"K","hwid":"\ud83d\ude00"}`, "K", "😀"},
		{"replacement_character", `{"product_id":123,"license_key":"K","hwid":"\ufffd` + "\ufffd" + `"}`, "K", "\ufffd\ufffd"},
		{"escaped_backslash_u", `{"product_id":123,"license_key":"K","hwid":"\\ud800"}`, "K", `\ud800`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := Decode([]byte(tt.body), jsonBody)
			want := authority.Request{Product: 123, Key: tt.key, Claim: license.Claim{HardwareID: tt.hwid}}
			if err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("Decode(%s) = %+v, %v, want %+v", tt.body, got, err, want)
			}
		})
	}
}

func TestDecodeForm(t *testing.T) {
	t.Parallel()
	want := authority.Request{Product: 123, Key: "K-1", Claim: license.Claim{HardwareID: "a b&c ش"}}
	body := "product_id=123&license_key=K-1&hwid=a+b%26c+%D8%B4&other=1&other=2"
	for _, contentType := range []string{formBody, formBody + "; charset=UTF-8", " Application/X-WWW-Form-Urlencoded ;x"} {
		if got, err := Decode([]byte(body), contentType); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("Decode(form as %q) = %+v, %v, want %+v", contentType, got, err, want)
		}
	}
	// A body that is not called a form is JSON, whatever else it is called.
	for _, contentType := range []string{"", "text/plain", "multipart/form-data; boundary=x", ";;", "application/json"} {
		if _, err := Decode([]byte(body), contentType); license.CodeOf(err) != license.Invalid {
			t.Errorf("Decode(form as %q) = %v, want invalid", contentType, err)
		}
		if _, err := Decode([]byte(`{"product_id":1,"license_key":"K"}`), contentType); err != nil {
			t.Errorf("Decode(JSON as %q) = %v, want ok", contentType, err)
		}
	}
	if got, err := Decode([]byte("product_id=123&license_key=K&hwid="), formBody); err != nil || got.HardwareID != "" {
		t.Errorf("Decode(empty hwid) = %+v, %v, want no hwid", got, err)
	}
}

// hostile are bodies that are refused, with the fields that are complained about.
var hostile = []struct{ name, body, contentType, fields string }{
	{"R40_no_body", "", jsonBody, "product_id license_key"},
	{"R40_blank_body", " \r\n", jsonBody, "product_id license_key"},
	{"R40_empty_object", "{}", jsonBody, "product_id license_key"},
	{"R40_not_json", "not json", jsonBody, "body"},
	{"R40_array", "[]", jsonBody, "body"},
	{"null", "null", jsonBody, "body"},
	{"text", `"text"`, jsonBody, "body"},
	{"number", "1", jsonBody, "body"},
	{"cut_off", `{"product_id":123,"license_key":"K`, jsonBody, "body"},
	{"two_objects", `{"product_id":1,"license_key":"K"}{}`, jsonBody, "body"},
	{"trailing_comma", `{"product_id":1,"license_key":"K",}`, jsonBody, "body"},
	{"byte_order_mark", "\ufeff" + `{"product_id":1,"license_key":"K"}`, jsonBody, "body"},
	{"single_quotes", `{'product_id':1}`, jsonBody, "body"},
	{"leading_zero", `{"product_id":01,"license_key":"K"}`, jsonBody, "body"},
	{"bare_minus", `{"product_id":-,"license_key":"K"}`, jsonBody, "body"},
	{"NaN", `{"product_id":NaN,"license_key":"K"}`, jsonBody, "body"},
	{"raw_control_character", "{\"product_id\":1,\"license_key\":\"K\x01\"}", jsonBody, "body"},
	{"broken_utf8", "{\"product_id\":1,\"license_key\":\"K\xff\"}", jsonBody, "body"},
	{"broken_utf8_in_unknown_member", "{\"product_id\":1,\"license_key\":\"K\",\"x\":\"\xc0\xaf\"}", jsonBody, "body"},
	{"encoded_surrogate", "{\"product_id\":1,\"license_key\":\"K\",\"hwid\":\"\xed\xa0\x80\"}", jsonBody, "body"},
	{"utf16", "\xff\xfe{\x00}\x00", jsonBody, "body"},
	{"deep_nesting", strings.Repeat(`{"a":`, 20000) + "1" + strings.Repeat("}", 20000), jsonBody, "body"},
	{"deep_arrays", `{"product_id":1,"license_key":"K","x":` + strings.Repeat("[", 30000) + strings.Repeat("]", 30000) + "}", jsonBody, "body"},
	{"R41_product_text", `{"product_id":"abc","license_key":"K"}`, jsonBody, "product_id"},
	{"product_empty", `{"product_id":"","license_key":"K"}`, jsonBody, "product_id"},
	{"product_null", `{"product_id":null,"license_key":"K"}`, jsonBody, "product_id"},
	{"product_true", `{"product_id":true,"license_key":"K"}`, jsonBody, "product_id"},
	{"product_object", `{"product_id":{"id":1},"license_key":"K"}`, jsonBody, "product_id"},
	{"product_fraction", `{"product_id":1.5,"license_key":"K"}`, jsonBody, "product_id"},
	{"product_fraction_text", `{"product_id":"1.0","license_key":"K"}`, jsonBody, "product_id"},
	{"product_hexadecimal", `{"product_id":"0x7b","license_key":"K"}`, jsonBody, "product_id"},
	{"product_huge", `{"product_id":99999999999999999999,"license_key":"K"}`, jsonBody, "product_id"},
	{"product_beyond_float", `{"product_id":1e999,"license_key":"K"}`, jsonBody, "product_id"},
	{"product_inexact_float", `{"product_id":9.1e15,"license_key":"K"}`, jsonBody, "product_id"},
	{"product_thousands_of_digits", `{"product_id":` + strings.Repeat("9", 5000) + `,"license_key":"K"}`, jsonBody, "product_id"},
	{"product_twice", `{"product_id":1,"product_id":1,"license_key":"K"}`, jsonBody, "product_id"},
	{"product_twice_by_escape", `{"product_id":1,"\u0070roduct_id":1,"license_key":"K"}`, jsonBody, "product_id"},
	{"R41_key_number", `{"product_id":1,"license_key":5}`, jsonBody, "license_key"},
	{"R41_key_empty", `{"product_id":1,"license_key":""}`, jsonBody, "license_key"},
	{"key_blank", `{"product_id":1,"license_key":" \u00a0 "}`, jsonBody, "license_key"},
	{"key_array", `{"product_id":1,"license_key":["K"]}`, jsonBody, "license_key"},
	{"key_NUL", `{"product_id":1,"license_key":"K\u0000"}`, jsonBody, "license_key"},
	{"key_twice", `{"product_id":1,"license_key":"K","license_key":null}`, jsonBody, "license_key"},
	{"key_long", `{"product_id":1,"license_key":"` + strings.Repeat("K", 256) + `"}`, jsonBody, "license_key"},
	{"key_half_surrogate", `{"product_id":1,"license_key":"\ud800"}`, jsonBody, "license_key"},
	{"hwid_true", `{"product_id":1,"license_key":"K","hwid":true}`, jsonBody, "hwid"},
	{"hwid_array", `{"product_id":1,"license_key":"K","hwid":[]}`, jsonBody, "hwid"},
	{"hwid_object", `{"product_id":1,"license_key":"K","hwid":{}}`, jsonBody, "hwid"},
	{"hwid_long", `{"product_id":1,"license_key":"K","hwid":"` + strings.Repeat("ش", 256) + `"}`, jsonBody, "hwid"},
	{"hwid_long_number", `{"product_id":1,"license_key":"K","hwid":` + strings.Repeat("1", 256) + `}`, jsonBody, "hwid"},
	{"hwid_NUL", `{"product_id":1,"license_key":"K","hwid":"\u0000"}`, jsonBody, "hwid"},
	{"hwid_low_half", `{"product_id":1,"license_key":"K","hwid":"\udc00\ud800"}`, jsonBody, "hwid"},
	{"hwid_two_high_halves", `{"product_id":1,"license_key":"K","hwid":"\ud800\ud800\udc00"}`, jsonBody, "hwid"},
	{"hwid_half_then_text", `{"product_id":1,"license_key":"K","hwid":"\ud83dx"}`, jsonBody, "hwid"},
	{"hwid_twice", `{"hwid":"A","product_id":1,"license_key":"K","hwid":"B"}`, jsonBody, "hwid"},
	{"everything", `{"product_id":[],"license_key":{},"hwid":false}`, jsonBody, "product_id license_key hwid"},
	{"form_empty", "", formBody, "product_id license_key"},
	{"form_broken_escape", "product_id=1&license_key=%zz", formBody, "body"},
	{"form_semicolon", "product_id=1;license_key=K", formBody, "body"},
	{"form_broken_utf8", "product_id=1&license_key=%ff&hwid=%ed%a0%80", formBody, "license_key hwid"},
	{"form_NUL", "product_id=1&license_key=K%00&hwid=%00", formBody, "license_key hwid"},
	{"form_twice", "product_id=1&product_id=1&license_key=K&hwid=A&hwid=B", formBody, "product_id hwid"},
	{"form_text", "product_id=abc&license_key=+", formBody, "product_id license_key"},
	{"form_with_json", `{"product_id":1,"license_key":"K"}`, formBody, "product_id license_key"},
}

func TestDecodeRefuses(t *testing.T) {
	t.Parallel()
	for _, tt := range hostile {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := Decode([]byte(tt.body), tt.contentType)
			if license.CodeOf(err) != license.Invalid || !reflect.DeepEqual(got, authority.Request{}) {
				t.Fatalf("Decode = %+v, %v, want invalid", got, err)
			}
			list, ok := errors.AsType[complaints](err)
			if fields := list.fields(); !ok || fields != tt.fields {
				t.Errorf("complaints = %q about %s, want about %s", err, fields, tt.fields)
			}
		})
	}
}

// fields returns what is complained about, in order.
func (c complaints) fields() string {
	var names []string
	for _, one := range c {
		names = append(names, one.field)
	}
	return strings.Join(names, " ")
}

// FuzzScan: what the quick scanner accepts, encoding/json reads in the same way; and no body makes
// the decoder panic, or refuse what encoding/json reads as a proper request.
func FuzzScan(f *testing.F) {
	for _, tt := range hostile {
		if len(tt.body) < 1000 {
			f.Add([]byte(tt.body))
		}
	}
	for _, body := range []string{
		`{"product_id":123,"license_key":"K","hwid":"machine-A"}`,
		` { "product_id" : 0 , "x" : null , "license_key" : "ش" } `,
		`{"product_id":1e2,"license_key":"\"\\\/\b\f\n\r\t\u00e9"}`,
	} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		before := string(body)
		var quick, slow fields
		accepted := quick.scan(body)
		slowErr := slow.readJSON(body)
		if accepted && slowErr != nil {
			t.Fatalf("scan accepts %q, readJSON says %v", body, slowErr)
		}
		if accepted && !equal(quick, slow) {
			t.Fatalf("scan(%q) = %+v, readJSON = %+v", body, quick, slow)
		}
		agreesWithEncodingJSON(t, body, slowErr)
		if _, err := Decode(body, jsonBody); err != nil && license.CodeOf(err) != license.Invalid {
			t.Fatalf("Decode(%q) = %v, want invalid or ok", body, err)
		}
		if string(body) != before {
			t.Fatalf("Decode changed %q", before)
		}
	})
}

func equal(a, b fields) bool {
	same := func(x, y field) bool {
		return x.kind == y.kind && (x.kind != text && x.kind != number || string(x.raw) == string(y.raw))
	}
	return same(a.product, b.product) && same(a.key, b.key) && same(a.hwid, b.hwid)
}

// agreesWithEncodingJSON compares with a plain json.Unmarshal of the same members.
func agreesWithEncodingJSON(t *testing.T, body []byte, got error) {
	t.Helper()
	var want map[string]any
	err := json.Unmarshal(body, &want)
	blank := strings.Trim(string(body), " \t\r\n") == ""
	proper := blank || err == nil && want != nil && utf8.Valid(body)
	if tooDeepOrHuge := err != nil && json.Valid(body); tooDeepOrHuge {
		return // Members that we do not look at may hold what does not fit a Go value.
	}
	if (got == nil) != proper {
		t.Fatalf("readJSON(%q) = %v; encoding/json says %v", body, got, err)
	}
	if got != nil {
		return
	}
	r, err := Decode(body, jsonBody)
	if key, ok := want["license_key"].(string); err == nil && (!ok || r.Key != strings.TrimSpace(key)) {
		t.Fatalf("Decode(%q).Key = %q, encoding/json reads %v", body, r.Key, want["license_key"])
	}
	if hwid, ok := want["hwid"].(string); err == nil && ok && r.HardwareID != hwid {
		t.Fatalf("Decode(%q).HardwareID = %q, encoding/json reads %q", body, r.HardwareID, hwid)
	}
}

// FuzzForm: no form makes the decoder panic or answer anything but ok or invalid.
func FuzzForm(f *testing.F) {
	f.Add([]byte("product_id=123&license_key=K&hwid=a+b%26c"))
	f.Add([]byte("product_id=1&license_key=%ff&hwid=%00"))
	f.Fuzz(func(t *testing.T, body []byte) {
		r, err := Decode(body, formBody)
		if err != nil && license.CodeOf(err) != license.Invalid {
			t.Fatalf("Decode(%q) = %v, want invalid or ok", body, err)
		}
		if !utf8.ValidString(r.Key) || !utf8.ValidString(r.HardwareID) || strings.Contains(r.Key+r.HardwareID, "\x00") {
			t.Fatalf("Decode(%q) = %+v, want text that a database can hold", body, r)
		}
	})
}

// usual is the request that nearly every client sends.
var usual = []byte(`{"product_id": 123, "license_key": "MYAPP-9F3K-7QWE-2ZXC-4VBN", "hwid": "a1b2c3d4e5f6a1b2c3d4e5f6a1b2c3d4"}`)

func BenchmarkDecode(b *testing.B) {
	b.Run("Decode", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := Decode(usual, jsonBody); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("without_scan", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			var f fields
			if err := f.readJSON(usual); err != nil {
				b.Fatal(err)
			}
			if _, err := f.request(); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("struct_of_RawMessage", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			var r struct {
				Product json.RawMessage `json:"product_id"`
				Key     json.RawMessage `json:"license_key"`
				HWID    json.RawMessage `json:"hwid"`
			}
			if err := json.Unmarshal(usual, &r); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// TestDecodeKeepsNothing: the buffer of a body is used again for the answer.
func TestDecodeKeepsNothing(t *testing.T) {
	t.Parallel()
	for _, body := range []string{string(usual), strings.Replace(string(usual), "MYAPP", `\u004dYAPP`, 1)} {
		buf := []byte(body)
		got, err := Decode(buf, jsonBody)
		if err != nil {
			t.Fatal(err)
		}
		want, _ := Decode([]byte(body), jsonBody)
		clear(buf)
		if !reflect.DeepEqual(got, want) {
			t.Errorf("after the buffer changed Decode's request is %+v, want %+v", got, want)
		}
	}
}
