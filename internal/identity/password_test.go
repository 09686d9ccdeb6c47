package identity

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"licet/internal/license"
)

func TestPasswordPolicy(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name     string
		password string
		email    string
		want     []PasswordRule
	}{
		{"S0-36_twelve_characters", "Abcdefgh1jk!", "", nil},
		{"S0-36_eleven_characters", "Abcdefgh1j!", "", []PasswordRule{RuleShort}},
		{"S0-36_no_lower_case", "ABCDEFGH1JK!", "", []PasswordRule{RuleLower}},
		{"S0-36_no_upper_case", "abcdefgh1jk!", "", []PasswordRule{RuleUpper}},
		{"S0-36_no_digit", "Abcdefghijk!", "", []PasswordRule{RuleDigit}},
		{"S0-36_no_special", "Abcdefgh1jkl", "", []PasswordRule{RuleSpecial}},
		{"S0-36_every_rule_is_named", "", "", []PasswordRule{RuleShort, RuleLower, RuleUpper, RuleDigit, RuleSpecial}},
		{"S0-36_two_rules_are_named", "abcdefghijk!", "", []PasswordRule{RuleUpper, RuleDigit}},
		{"S0-36_a_blank_is_special", "Abcd efgh 12", "", nil},
		{"S0-36_characters_not_bytes", "Äöüßéèñ1!çå", "", []PasswordRule{RuleShort}},
		{"S0-36_other_scripts_count", "Пароль-12345", "", nil},
		{"S0-36_letters_without_case", "密码密码密码密码密码1!", "", []PasswordRule{RuleLower, RuleUpper}},
		{"S0-36_longest", "Aa1!" + strings.Repeat("x", 1020), "", nil},
		{"S0-36_too_long", "Aa1!" + strings.Repeat("x", 1021), "", []PasswordRule{RuleLong}},
		{"S0-36_broken_text", "Abcdefgh1jk!\xff", "", []PasswordRule{RuleText}},
		{"S0-36_control_character", "Abcdefgh1jk!\x00", "", []PasswordRule{RuleText}},

		{"S0-37_the_address", "Ann.Example1@example.com", "Ann.Example1@example.com", []PasswordRule{RuleEmail}},
		{"S0-37_in_another_case", "ANN.example1@EXAMPLE.com", "Ann.Example1@example.com", []PasswordRule{RuleEmail}},
		{"S0-37_its_local_part", "ann.EXAMPLE1", "Ann.Example1@example.com", []PasswordRule{RuleEmail}},
		{"S0-37_short_and_the_local_part", "Ann1", "ann1@example.com", []PasswordRule{RuleShort, RuleSpecial, RuleEmail}},
		{"S0-37_local_part_of_three", "Ann", "ann@example.com", []PasswordRule{RuleShort, RuleDigit, RuleSpecial}},
		{"S0-37_merely_containing_it", "Ann.Example1@example.com!", "Ann.Example1@example.com", nil},
		{"S0-37_no_address", "Abcdefgh1jk!", "", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var p PasswordPolicy
			got := p.Broken(tt.password, tt.email)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("Broken(%q, %q) (-want +got):\n%s", tt.password, tt.email, diff)
			}
			err := p.Check(tt.password, tt.email)
			if (err == nil) != (len(tt.want) == 0) {
				t.Fatalf("Check(%q) = %v, want %d broken rules", tt.password, err, len(tt.want))
			}
			if err == nil {
				return
			}
			e, ok := errors.AsType[*license.Error](err)
			if !ok || e.Reason != license.PasswordWeak || e.Code != license.Invalid || e.Field != "password" {
				t.Errorf("Check(%q) = %#v, want password_weak on password", tt.password, err)
			}
			for _, rule := range tt.want {
				if !strings.Contains(e.Message, p.sentence(rule)) {
					t.Errorf("Check(%q) says %q, want it to name %s", tt.password, e.Message, rule)
				}
			}
		})
	}
}

func TestPasswordS0_36_Message(t *testing.T) {
	t.Parallel()
	err := PasswordPolicy{}.Check("short", "")
	const want = "password: the password must have at least 12 characters, contain an upper-case letter, contain a digit, contain a special character"
	if err == nil || err.Error() != want {
		t.Errorf("Check(short) = %v\nwant %s", err, want)
	}
}

func TestPasswordPolicyOptions(t *testing.T) {
	t.Parallel()
	loose := PasswordPolicy{MinLength: 8, LowerOptional: true, UpperOptional: true, DigitOptional: true, SpecialOptional: true}
	if got := loose.Broken("        ", ""); got != nil {
		t.Errorf("Broken(8 blanks) = %v, want none", got)
	}
	if got := loose.Broken("1234567", ""); !slices.Equal(got, []PasswordRule{RuleShort}) {
		t.Errorf("Broken(7 digits) = %v, want min_length", got)
	}
	for _, p := range []PasswordPolicy{{MinLength: 7}, {MinLength: -1}, {MinLength: 129}, {Remembered: 25}, {Remembered: -2}} {
		if err := p.Validate(); license.CodeOf(err) != license.Invalid {
			t.Errorf("%+v.Validate() = %v, want invalid", p, err)
		}
	}
	for _, p := range []PasswordPolicy{{}, loose, {MinLength: 128, Remembered: 24}, {Remembered: -1}} {
		if err := p.Validate(); err != nil {
			t.Errorf("%+v.Validate() = %v, want nil", p, err)
		}
	}
}

// TestPasswordProperties: a good password stays good when one more letter is added, and every one
// that is good meets S0-36 when counted another way.
func TestPasswordProperties(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		password := rapid.StringOfN(rapid.RuneFrom([]rune("abzABZ019!-_ äÖ")), 0, 20, -1).Draw(t, "password")
		broken := PasswordPolicy{}.Broken(password, "")
		good := len([]rune(password)) >= 12 && strings.ContainsAny(password, "abzä") && strings.ContainsAny(password, "ABZÖ") &&
			strings.ContainsAny(password, "019") && strings.ContainsAny(password, "!-_ ")
		if good != (len(broken) == 0) {
			t.Fatalf("Broken(%q) = %v, want good %v", password, broken, good)
		}
		if longer := (PasswordPolicy{}).Broken(password+"x", ""); len(longer) > len(broken) {
			t.Fatalf("Broken(%q) = %v, but with one more letter %v", password, broken, longer)
		}
	})
}

func FuzzPasswordPolicy(f *testing.F) {
	f.Add("Abcdefgh1jk!", "ann@example.com")
	f.Add("\xff\x00", "@")
	f.Add("a@b", "a@b@c")
	f.Fuzz(func(t *testing.T, password, email string) {
		broken := PasswordPolicy{}.Broken(password, email)
		if err := (PasswordPolicy{}).Check(password, email); (err == nil) != (len(broken) == 0) {
			t.Errorf("Check(%q, %q) = %v, but Broken = %v", password, email, err, broken)
		}
		if email != "" && password == email && !slices.Contains(broken, RuleEmail) && strings.TrimSpace(email) == email {
			t.Errorf("Broken(%q, the same) = %v, want not_email", password, broken)
		}
	})
}
