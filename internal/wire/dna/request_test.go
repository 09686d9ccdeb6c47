package dna

import (
	"encoding/json"
	"errors"
	"net/http/httptest"
	"strings"
	"testing"
	"unicode/utf8"

	"licet/internal/license"
	"licet/internal/wire"
)

// reads returns what a body says, and fails where it cannot be read.
func reads(t *testing.T, body string) *said {
	t.Helper()
	var s said
	if err := s.readJSON([]byte(body)); err != nil {
		t.Fatalf("readJSON(%q) = %v", body, err)
	}
	return &s
}

func TestReadJSON(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"empty": "", "blanks": " \r\n\t", "no_member": "{}", "null": `{"LicensePassword":null}`, "unknown": `{"Other":{"a":[1,"}"]},"licensepasswort":1}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if s := reads(t, body); s.there(passwordMember) || s.wrong != nil {
				t.Errorf("%q says %s (%v), want nothing", body, s.values[passwordMember], s.wrong)
			}
		})
	}
	for name, body := range map[string]string{
		"as_written": `{"LicensePassword":"a\u00e9\"b"}`, "small": `{"licensepassword":"aé\"b"}`, "capital": `{"LICENSEPASSWORD" : "aé\"b" }`,
		"among_others": ` {"x":{"LicensePassword":1},"LicensePassword":"aé\"b","y":[{}]} `, "escaped": `{"Licens\u0065Password":"aé\"b"}`,
		"byte_order_mark": "\uFEFF" + `{"LicensePassword":"aé\"b"}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := reads(t, body)
			if got := s.secret(passwordMember).Reveal(); got != `aé"b` || s.wrong != nil {
				t.Errorf("the password of %s is %q (%v)", body, got, s.wrong)
			}
		})
	}
	for name, body := range map[string]string{
		"list": "[]", "text": `"x"`, "number": "5", "null": "null", "open": "{", "cut": `{"Test":tr`, "two": "{}{}", "behind": "{}x", "single_quotes": "{'a':1}",
		"comma": `{"a":1,}`, "not_utf8": "{\"Test\":\"\xff\"}", "nul": "{\x00}", "form": "LicensePassword=12345&NewPassword=54321", "deep": strings.Repeat(`{"a":`, 20_000),
		"broken_example_S2-45": "\u2019{\"LicensePassword: \"12345\", \"NewPassword\": \"54321\", \"UserIp\": \"0.0.0.0\", \"SendDnaEmail\": false}\u2019",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var s said
			if err := s.readJSON([]byte(body)); !errors.Is(err, notJSON) || license.CodeOf(err) != license.Invalid {
				t.Errorf("readJSON = %v, want %v", err, notJSON)
			}
		})
	}
}

func TestReadTooMuch(t *testing.T) {
	t.Parallel()
	r := httptest.NewRequest("POST", "/", strings.NewReader(`{"a":"`+strings.Repeat("x", maxBody)+`"}`))
	if err := new(said).read(r); !errors.Is(err, wire.ErrBodyTooLarge) {
		t.Errorf("read of too much = %v, want too large", err)
	}
}

// TestMembers reads each kind of member; "" wants no fault.
func TestMembers(t *testing.T) {
	t.Parallel()
	text := func(s *said) any { return s.text(dataMember, 5) }
	need := func(s *said) any { return s.need(nameMember, 5) }
	fresh := func(s *said) any { return s.newPassword(newPasswordMember).Reveal() }
	yes := func(s *said) any { return s.truth(mailMember, true) }
	no := func(s *said) any { return s.truth(testMember, false) }
	count := func(s *said) any { return s.whole(countMember, 20_000) }
	address := func(s *said) any { return s.userIP() }
	for _, tt := range []struct {
		name  string
		get   func(*said) any
		body  string
		want  any
		fault string
	}{
		{"text", text, `{"NewLicenseData":"äöüßé"}`, "äöüßé", ""},
		{"text_absent", text, `{}`, "", ""},
		{"text_null", text, `{"NewLicenseData":null}`, "", ""},
		{"text_long", text, `{"NewLicenseData":"123456"}`, "", "NewLicenseData has at most 5 characters"},
		{"text_number", text, `{"NewLicenseData":1}`, "", "NewLicenseData must be a string"},
		{"text_object", text, `{"NewLicenseData":{}}`, "", "NewLicenseData must be a string"},
		{"text_twice", text, `{"NewLicenseData":"a","newlicensedata":"b"}`, "a", "NewLicenseData is given twice"},
		{"need_absent", need, `{}`, "", "Name is required"},
		{"need_empty", need, `{"Name":""}`, "", "Name is required"},
		{"need_number", need, `{"Name":1}`, "", "Name must be a string"},

		{"new_one", fresh, `{"NewPassword":"x"}`, "x", ""},
		{"new_16", fresh, `{"NewPassword":"éééééééééééééééé"}`, strings.Repeat("é", 16), ""},
		{"new_17", fresh, `{"NewPassword":"12345678901234567"}`, "12345678901234567", "NewPassword must have 1 to 16 printable characters"},
		{"new_300", fresh, `{"NewPassword":"` + strings.Repeat("x", 300) + `"}`, "", "NewPassword has at most 256 characters"},
		{"new_control", fresh, `{"NewPassword":"a\u0000b"}`, "a\x00b", "NewPassword must have 1 to 16 printable characters"},
		{"new_absent", fresh, `{}`, "", "NewPassword is required"},
		{"new_empty", fresh, `{"NewPassword":""}`, "", "NewPassword is required"},
		{"new_null", fresh, `{"NewPassword":null}`, "", "NewPassword is required"},
		{"new_number", fresh, `{"NewPassword":54321}`, "", "NewPassword must be a string"},

		{"yes_absent", yes, `{}`, true, ""},
		{"yes_null", yes, `{"SendDnaEmail":null}`, true, ""},
		{"yes_false", yes, `{"senddnaemail":false}`, false, ""},
		{"yes_text", yes, `{"SendDnaEmail":"False"}`, false, ""},
		{"yes_number", yes, `{"SendDnaEmail":0}`, true, "SendDnaEmail must be true or false"},
		{"yes_empty", yes, `{"SendDnaEmail":""}`, true, "SendDnaEmail must be true or false"},
		{"no_absent", no, `{}`, false, ""},
		{"no_true", no, `{"Test":true}`, true, ""},
		{"no_text", no, `{"TEST":"true"}`, true, ""},
		{"no_word", no, `{"Test":"yes"}`, false, "Test must be true or false"},
		{"no_list", no, `{"Test":[true]}`, false, "Test must be true or false"},

		{"count", count, `{"Count":12}`, int64(12), ""},
		{"count_text", count, `{"Count":"20000"}`, int64(20_000), ""},
		{"count_none", count, `{"Count":0}`, int64(0), ""},
		{"count_absent", count, `{}`, int64(0), "Count is required"},
		{"count_many", count, `{"Count":20001}`, int64(0), "Count must be a whole number from 0 to 20000"},
		{"count_negative", count, `{"Count":-1}`, int64(0), "Count must be a whole number from 0 to 20000"},
		{"count_fraction", count, `{"Count":1.5}`, int64(0), "Count must be a whole number from 0 to 20000"},
		{"count_huge", count, `{"Count":1e999}`, int64(0), "Count must be a whole number from 0 to 20000"},
		{"count_empty", count, `{"Count":""}`, int64(0), "Count must be a whole number from 0 to 20000"},

		{"address_S2-42", address, `{"UserIp":"0.0.0.0"}`, "0.0.0.0", ""},
		{"address_6", address, `{"userip":"2001:DB8:0::1"}`, "2001:db8::1", ""},
		{"address_mapped", address, `{"UserIp":"::ffff:192.0.2.1"}`, "192.0.2.1", ""},
		{"address_absent", address, `{}`, "", "UserIp is required: the IP address of the end user"},
		{"address_empty", address, `{"UserIp":""}`, "", "UserIp is required: the IP address of the end user"},
		{"address_number", address, `{"UserIp":5}`, "", "UserIp must be a string"},
		{"address_word", address, `{"UserIp":"abc"}`, "", "UserIp must be an IPv4 or IPv6 address"},
		{"address_port", address, `{"UserIp":"192.0.2.1:80"}`, "", "UserIp must be an IPv4 or IPv6 address"},
		{"address_zone", address, `{"UserIp":"fe80::1%eth0"}`, "", "UserIp must be an IPv4 or IPv6 address"},
		{"address_range", address, `{"UserIp":"192.0.2.0/24"}`, "", "UserIp must be an IPv4 or IPv6 address"},
		{"address_octal", address, `{"UserIp":"192.0.2.010"}`, "", "UserIp must be an IPv4 or IPv6 address"},
		{"address_blank", address, `{"UserIp":" 192.0.2.1"}`, "", "UserIp must be an IPv4 or IPv6 address"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := reads(t, tt.body)
			got, fault := tt.get(s), ""
			if s.wrong != nil {
				fault = license.Describe(s.wrong).Message
			}
			if got != tt.want || fault != tt.fault {
				t.Errorf("%s = %v %q, want %v %q", tt.body, got, fault, tt.want, tt.fault)
			}
		})
	}
}

// The first fault is told, however many there are.
func TestFirstFault(t *testing.T) {
	t.Parallel()
	s := reads(t, `{"NewPassword":1}`)
	s.secret(passwordMember)
	s.newPassword(newPasswordMember)
	if got := license.Describe(s.wrong); got.Field != "LicensePassword" || got.Code != license.Invalid {
		t.Errorf("the fault is %v", s.wrong)
	}
}

// FuzzReadJSON: no body is a fault of ours, what is read is text, and a password comes out as it went in.
func FuzzReadJSON(f *testing.F) {
	for _, body := range []string{"", "{}", `{"UserIp":"::1","Test":"true","Count":"5"}`, `{"Test":1,"test":2}`, "\uFEFF{}", `{"LicensePassword":"\ud800"}`, "[", "{}{}"} {
		f.Add([]byte(body), body)
	}
	f.Fuzz(func(t *testing.T, body []byte, password string) {
		var s said
		if err := s.readJSON(body); err == nil {
			for m := range member(memberCount) {
				if text := s.text(m, maxText); !utf8.ValidString(text) {
					t.Errorf("%s of %q is %q, want text", m, body, text)
				}
				s.truth(m, true)
				s.whole(m, 1)
			}
			s.userIP()
		} else if license.CodeOf(err) != license.Invalid {
			t.Errorf("readJSON(%q) = %v, want invalid", body, err)
		}
		if password == "" || !utf8.ValidString(password) || utf8.RuneCountInString(password) > maxSecret {
			return
		}
		text, err := json.Marshal(map[string]string{"licensePASSWORD": password})
		if err != nil {
			t.Fatal(err)
		}
		var one said
		if err := one.readJSON(text); err != nil || one.secret(passwordMember).Reveal() != password || one.wrong != nil {
			t.Errorf("a password %q comes out of %s as %q (%v, %v)", password, text, one.values[passwordMember], err, one.wrong)
		}
	})
}
