package identity

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"licet/internal/license"
)

// MaxPasswordBytes is the longest password there may be, in bytes of UTF-8.
const MaxPasswordBytes = 1024

// MaxRemembered is the largest number of old passwords that a policy can look at.
const MaxRemembered = 24

const (
	defaultMinLength  = 12
	defaultRemembered = 5
)

// PasswordRule names one thing a new password must be.
type PasswordRule string

// The closed list of rules, in the order in which they are reported.
const (
	RuleText    PasswordRule = "text"       // valid UTF-8 without control characters
	RuleLong    PasswordRule = "max_length" // at most MaxPasswordBytes
	RuleShort   PasswordRule = "min_length" // at least MinLength characters
	RuleLower   PasswordRule = "lower_case" // a lower-case letter
	RuleUpper   PasswordRule = "upper_case" // an upper-case letter
	RuleDigit   PasswordRule = "digit"      // a digit
	RuleSpecial PasswordRule = "special"    // a punctuation mark, a symbol or a blank
	RuleEmail   PasswordRule = "not_email"  // not the account's e-mail address
	RuleReused  PasswordRule = "not_reused" // not one of the last passwords
)

// PasswordPolicy says what a new password must be. The zero value is the policy of S0-36 to S0-38:
// 12 characters, four kinds of them, not the e-mail address, not one of the last 5.
//
// Characters are Unicode code points. Letters of scripts without cases are neither lower- nor
// upper-case; digits are the decimal digits of any script.
type PasswordPolicy struct {
	// MinLength is the fewest characters; 8 to 128, 0 means 12.
	MinLength int `json:"min_length"`
	// Remembered is how many of the last passwords may not come back, the current one included;
	// 1 to 24, 0 means 5, -1 means none.
	Remembered int `json:"remembered"`
	// LowerOptional and the next three lift one demand each.
	LowerOptional   bool `json:"lower_optional"`
	UpperOptional   bool `json:"upper_optional"`
	DigitOptional   bool `json:"digit_optional"`
	SpecialOptional bool `json:"special_optional"`
}

// Validate reports a field that is out of its range, as an Invalid error.
func (p PasswordPolicy) Validate() error {
	if p.MinLength != 0 && (p.MinLength < 8 || p.MinLength > 128) {
		return license.Invalidf("min_length", "must be 8 to 128, or 0 for %d", defaultMinLength)
	}
	if p.Remembered < -1 || p.Remembered > MaxRemembered {
		return license.Invalidf("remembered", "must be 1 to %d, 0 for %d, or -1 for none", MaxRemembered, defaultRemembered)
	}
	return nil
}

// Account is what a new password is compared with.
type Account struct {
	Email    string         // may be empty
	Name     string         // what they sign in by, where that is another text; may be empty
	Previous []PasswordHash // the current hash and older ones, newest first
}

// Broken returns every rule of composition (S0-36) and of the e-mail address and other names of the
// account (S0-37) that password breaks, in the order of their declaration; nil when it is good. The history is not looked at:
// that costs argon2 work and is done by [Hasher.HashNew].
func (p PasswordPolicy) Broken(password string, names ...string) []PasswordRule {
	var lower, upper, digit, special, control bool
	characters := 0
	for _, r := range password {
		characters++
		lower = lower || unicode.IsLower(r)
		upper = upper || unicode.IsUpper(r)
		digit = digit || unicode.IsDigit(r)
		special = special || unicode.IsPunct(r) || unicode.IsSymbol(r) || r == ' '
		control = control || unicode.IsControl(r)
	}
	var broken []PasswordRule
	demand := func(rule PasswordRule, met bool) {
		if !met {
			broken = append(broken, rule)
		}
	}
	demand(RuleText, utf8.ValidString(password) && !control)
	demand(RuleLong, len(password) <= MaxPasswordBytes)
	demand(RuleShort, characters >= p.minLength())
	demand(RuleLower, lower || p.LowerOptional)
	demand(RuleUpper, upper || p.UpperOptional)
	demand(RuleDigit, digit || p.DigitOptional)
	demand(RuleSpecial, special || p.SpecialOptional)
	demand(RuleEmail, !slices.ContainsFunc(names, func(name string) bool { return isEmail(password, name) }))
	return broken
}

// Check is Broken as an error: nil, or password_weak with a message that names every broken rule.
func (p PasswordPolicy) Check(password string, names ...string) error {
	broken := p.Broken(password, names...)
	if len(broken) == 0 {
		return nil
	}
	must := make([]string, len(broken))
	for i, rule := range broken {
		must[i] = p.sentence(rule)
	}
	err := license.Refusef(license.PasswordWeak, "the password must %s", strings.Join(must, ", "))
	err.Field = "password"
	return err
}

// sentence says what rule demands, to be read after "the password must".
func (p PasswordPolicy) sentence(rule PasswordRule) string {
	switch rule {
	case RuleText:
		return "be valid text without control characters"
	case RuleLong:
		return fmt.Sprintf("have at most %d bytes", MaxPasswordBytes)
	case RuleShort:
		return fmt.Sprintf("have at least %d characters", p.minLength())
	case RuleLower:
		return "contain a lower-case letter"
	case RuleUpper:
		return "contain an upper-case letter"
	case RuleDigit:
		return "contain a digit"
	case RuleSpecial:
		return "contain a special character"
	case RuleEmail:
		return "differ from the e-mail address"
	default:
		return fmt.Sprintf("differ from the last %d passwords", p.remembered())
	}
}

// reused is the refusal of S0-38.
func (p PasswordPolicy) reused() error {
	err := license.Refusef(license.PasswordReused, "the password must %s", p.sentence(RuleReused))
	err.Field = "password"
	return err
}

func (p PasswordPolicy) minLength() int {
	if p.MinLength <= 0 {
		return defaultMinLength
	}
	return p.MinLength
}

func (p PasswordPolicy) remembered() int {
	if p.Remembered == 0 {
		return defaultRemembered
	}
	return max(p.Remembered, 0)
}

// isEmail reports whether password is the e-mail address or, when that has 4 or more characters,
// its local part, in whatever case.
func isEmail(password, email string) bool {
	email = strings.TrimSpace(email)
	if email == "" {
		return false
	}
	if strings.EqualFold(password, email) {
		return true
	}
	at := strings.LastIndexByte(email, '@')
	return at >= 0 && utf8.RuneCountInString(email[:at]) >= 4 && strings.EqualFold(password, email[:at])
}

// NewPassword makes up a password with 119 random bits that satisfies every policy of up to 28
// characters. random must be cryptographically secure outside tests.
func NewPassword(random io.Reader) (Secret, error) {
	text, err := license.Mask{Text: "Lc1-****-****-****-****-****", Alphabet: license.AlphabetMixed}.Generate(random)
	return Secret(text), err
}
