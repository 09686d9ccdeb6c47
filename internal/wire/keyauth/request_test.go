package keyauth

import (
	"bytes"
	"errors"
	"mime/multipart"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"licet/internal/license"
	"licet/internal/wire"
)

const formType = "application/x-www-form-urlencoded"

// said returns the fields that are there, by name.
func said(f *fields) map[string]string {
	out := map[string]string{}
	for name, at := range fieldNames {
		if f[at] != "" {
			out[name] = f[at]
		}
	}
	return out
}

func TestReadFields(t *testing.T) {
	t.Parallel()
	type m = map[string]string
	for _, tt := range []struct {
		name, method, query, contentType, body string
		want                                   m
	}{
		{"form", "POST", "", formType, "type=init&name=my+app&ver=1.0", m{"type": "init", "name": "my app", "ver": "1.0"}},
		{"query", "GET", "type=init&name=my%20app", "", "", m{"type": "init", "name": "my app"}},
		{"body_of_get_is_nothing", "GET", "type=init", formType, "type=check", m{"type": "init"}},
		{"body_wins", "POST", "type=check&check_paid=1", formType, "type=init", m{"type": "init", "check_paid": "1"}},
		{"empty_in_body_is_absent", "POST", "code=123456", formType, "code=", m{"code": "123456"}},
		{"empty_is_absent", "POST", "", formType, "code=&hwid=&pass=&type", m{}},
		{"blanks_are_absent", "POST", "", formType, "hwid=+%0a&name=%09", m{}},
		{"last_wins", "POST", "", formType, "key=a&key=b", m{"key": "b"}},
		{"unknown_is_ignored", "POST", "", formType, "secret=x&KEY=a&format=text", m{}},
		{"no_content_type", "POST", "", "", "type=init", m{"type": "init"}},
		{"odd_content_type", "POST", "", "application/json; x=", "type=init", m{"type": "init"}},
		{"newline_of_machine_id", "POST", "", formType, "hwid=abc%0A", m{"hwid": "abc"}},
		{"not_trimmed", "POST", "", formType, "pass=+a+&body=+b%0a&data=%09c&message=+d+",
			m{"pass": " a ", "body": " b\n", "data": "\tc", "message": " d "}},
		{"blank_password", "POST", "", formType, "pass=+", m{"pass": " "}},
		{"undefined", "POST", "", formType, "hash=undefined&body=undefined&conttype=undefined&key=undefined&pass=undefined",
			m{"key": "undefined", "pass": "undefined"}},
		{"undefined_is_a_whole_word", "POST", "", formType, "hash=undefined1&body=+undefined", m{"hash": "undefined1", "body": " undefined"}},
		{"not_escaped", "POST", "", formType, "pass=100%&key=a%zzb%4&hwid=<é>", m{"pass": "100%", "key": "a%zzb%4", "hwid": "<é>"}},
		{"equal_sign_in_value", "POST", "", formType, "params=?a=1%26b=2", m{"params": "?a=1&b=2"}},
		{"semicolon", "POST", "", formType, "data=a;b=c", m{"data": "a;b=c"}},
		{"escaped_name", "POST", "", formType, "%74ype=init&new%55sername=x", m{"type": "init", "newUsername": "x"}},
		{"upper_and_lower_hex", "POST", "", formType, "data=%c3%A9%2b%2B", m{"data": "é++"}},
		{"broken_utf8", "POST", "", formType, "data=a%ff%feb\xc3&key=\xff", m{"data": "a\uFFFDb\uFFFD", "key": "\uFFFD"}},
		{"nul", "POST", "", formType, "data=a%00b&hwid=x%00", m{"data": "a\uFFFDb", "hwid": "x\uFFFD"}},
		{"tags_stay", "POST", "", formType, "pass=<b>x</b>&message=<i>", m{"pass": "<b>x</b>", "message": "<i>"}},
		{"nothing", "POST", "", "", "", m{}},
		{"endless", "POST", "", formType, "type=init" + strings.Repeat("&a=b", maxFields) + "&type=check", m{"type": "init"}},
		{"only_joints", "POST", "&&=&", formType, "&=&&=x", m{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequest(tt.method, "/keyauth/api/1.3/?"+tt.query, strings.NewReader(tt.body))
			r.Header.Set("Content-Type", tt.contentType)
			var f fields
			if err := f.readFields(r); err != nil {
				t.Fatalf("readFields = %v", err)
			}
			if diff := cmp.Diff(tt.want, said(&f)); diff != "" {
				t.Errorf("fields (-want +got):\n%s", diff)
			}
		})
	}
}

// The PHP SDK sends multipart/form-data.
func TestReadMultipart(t *testing.T) {
	t.Parallel()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for _, pair := range [][2]string{{"type", "init"}, {"hwid", "abc\n"}, {"pass", " p&=% "}, {"odd", "x"}, {"code", ""}} {
		if err := form.WriteField(pair[0], pair[1]); err != nil {
			t.Fatal(err)
		}
	}
	file, _ := form.CreateFormFile("key", "key.txt")
	_, _ = file.Write([]byte("from a file"))
	_ = form.Close()
	whole := body.String()

	var f fields
	r := httptest.NewRequest("POST", "/?type=check&ver=1.0", strings.NewReader(whole))
	r.Header.Set("Content-Type", form.FormDataContentType())
	if err := f.readFields(r); err != nil {
		t.Fatalf("readFields = %v", err)
	}
	want := map[string]string{"type": "init", "ver": "1.0", "hwid": "abc", "pass": " p&=% "}
	if diff := cmp.Diff(want, said(&f)); diff != "" {
		t.Errorf("fields (-want +got):\n%s", diff)
	}

	for name, odd := range map[string][2]string{
		"cut_off":     {form.FormDataContentType(), whole[:len(whole)/2]},
		"no_boundary": {"multipart/form-data", whole},
		"wrong":       {"multipart/form-data; boundary=other", whole},
		"endless":     {"multipart/form-data; boundary=b", strings.Repeat("--b\r\n\r\nx\r\n", maxFields) + "--b--\r\n"},
	} {
		r := httptest.NewRequest("POST", "/", strings.NewReader(odd[1]))
		r.Header.Set("Content-Type", odd[0])
		if err := new(fields).readFields(r); !errors.Is(err, unreadable) {
			t.Errorf("%s: readFields = %v, want %v", name, err, unreadable)
		}
	}
}

func TestReadTooMuch(t *testing.T) {
	t.Parallel()
	r := httptest.NewRequest("POST", "/", strings.NewReader("data="+strings.Repeat("x", maxBody)))
	if err := new(fields).readFields(r); !errors.Is(err, wire.ErrBodyTooLarge) || license.CodeOf(err) != license.Invalid {
		t.Errorf("readFields of too much = %v, want too large", err)
	}
}

// FuzzReadForm: nothing in a form is an error, what comes out is text, and a form that is escaped well comes out as it went in.
func FuzzReadForm(f *testing.F) {
	for _, seed := range []string{"type=init&name=a", "pass=%zz&key=%4", "data=\xff%00", "hwid=a%0a&hwid=", "&&==&a", "body=undefined"} {
		f.Add(seed, seed)
	}
	f.Fuzz(func(t *testing.T, form, value string) {
		var got fields
		got.readForm([]byte(form))
		for at, text := range got {
			if !utf8.ValidString(text) || strings.IndexByte(text, 0) >= 0 {
				t.Errorf("field %d of %q is %q, want text", at, form, text)
			}
			switch field(at) {
			case passField, dataField, messageField, bodyField:
			default:
				if text != strings.TrimFunc(text, unicode.IsSpace) {
					t.Errorf("field %d of %q is %q, want it trimmed", at, form, text)
				}
			}
		}
		var one fields
		one.readForm([]byte(url.Values{"pass": {value}}.Encode()))
		if one[passField] != clean(value) {
			t.Errorf("a password %q comes out as %q", value, one[passField])
		}
		_ = new(fields).readBody("multipart/form-data; boundary=b", []byte(form))
	})
}
