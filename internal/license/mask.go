package license

import (
	"math"
	"strings"
	"unicode/utf8"
)

// Alphabet is the characters a random position of a key is drawn from, each as likely as any other:
// 2 to 93 different printable ASCII characters, neither blank nor *.
type Alphabet string

// The alphabets of the dialects. A vendor may have one of their own.
const (
	AlphabetDigits Alphabet = "0123456789"
	AlphabetLower  Alphabet = "0123456789abcdefghijklmnopqrstuvwxyz"                           // KeyAuth: lower case ticked
	AlphabetUpper  Alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"                           // KeyAuth: upper case ticked
	AlphabetMixed  Alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz" // KeyAuth: both ticked

	// AlphabetClear is made to be read aloud and typed: A-Z and 2-9 without I, L and O. Zero and O,
	// and one, I and L are drawn alike by many fonts, and letter case cannot tell them apart as
	// keys ignore it.
	AlphabetClear Alphabet = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
)

// MaxMaskLength is how many characters a mask may have (contract keyauth, 9.1).
const MaxMaskLength = 70

// DefaultMaskText is the mask of a product that has none: four groups of four.
const DefaultMaskText = "****-****-****-****"

const star = '*'

// Mask is the pattern of new license keys (contracts keyauth, 9.1 and 9.2; rmz, 10; software-dna,
// 10). Each * of Text becomes one random character of Alphabet; every other character stays as it
// is, so a key is as long as its mask.
//
// An empty Text is [DefaultMaskText] and an empty Alphabet is [AlphabetClear]: the zero Mask is
// ready to use.
type Mask struct {
	Text     string   `json:"text"`     // 1 to 70 printable characters, no blank at either end
	Alphabet Alphabet `json:"alphabet"` // what * stands for
}

// MaskOf is the mask of KeyAuth's form: digits, with lower-case letters and with upper-case
// letters as ticked. A mask that [Mask.Validate] refuses, or an empty one, is Invalid.
func MaskOf(text string, lower, upper bool) (Mask, error) {
	if text == "" {
		return Mask{}, Invalidf("mask", "a mask is required")
	}
	m := Mask{Text: text, Alphabet: AlphabetDigits}
	switch {
	case lower && upper:
		m.Alphabet = AlphabetMixed
	case lower:
		m.Alphabet = AlphabetLower
	case upper:
		m.Alphabet = AlphabetUpper
	}
	return m.checked()
}

// RMZMask is the mask of an RMZ product: <PREFIX>-****-****-****-****, or only the four groups
// without a prefix. A prefix is 0 to 16 letters, digits, hyphens and underscores; others are Invalid.
func RMZMask(prefix string) (Mask, error) {
	if len(prefix) > 16 || !alphanumeric(strings.NewReplacer("-", "", "_", "").Replace(prefix)) {
		return Mask{}, Invalidf("prefix", "a key prefix is at most 16 letters, digits, hyphens and underscores")
	}
	m := Mask{Text: DefaultMaskText, Alphabet: AlphabetClear}
	if prefix != "" {
		m.Text = prefix + "-" + m.Text
	}
	return m.checked()
}

// DNAMask is the mask of a software_DNA code: a prefix of 0 to 4 letters and digits, then n random
// digits or alphanumerics, 12 to 20, with nothing between. Others are Invalid.
func DNAMask(prefix string, n int, alphabet Alphabet) (Mask, error) {
	if len(prefix) > 4 || !alphanumeric(prefix) {
		return Mask{}, Invalidf("prefix", "a code prefix is at most 4 letters and digits")
	}
	if n < 12 || n > 20 {
		return Mask{}, Invalidf("length", "the random part of a code has 12 to 20 characters")
	}
	if alphabet == "" || !alphanumeric(string(alphabet)) {
		return Mask{}, Invalidf("alphabet", "a code is made of digits or of letters and digits")
	}
	return Mask{Text: prefix + strings.Repeat("*", n), Alphabet: alphabet}.checked()
}

// DefaultMask is the mask of a product that has none: four groups of four of AlphabetClear.
func DefaultMask() Mask { return Mask{Text: DefaultMaskText, Alphabet: AlphabetClear} }

// IsZero reports whether m is left to the default.
func (m Mask) IsZero() bool { return m == Mask{} }

// String returns the text of the mask.
func (m Mask) String() string { return m.filled().Text }

// filled returns m with the defaults in place of what is empty.
func (m Mask) filled() Mask {
	if m.Text == "" {
		m.Text = DefaultMaskText
	}
	if m.Alphabet == "" {
		m.Alphabet = AlphabetClear
	}
	return m
}

func (m Mask) checked() (Mask, error) {
	if err := m.Validate(); err != nil {
		return Mask{}, err
	}
	return m, nil
}

// Validate refuses as Invalid a text that is too long, not printable, or begins or ends with a
// blank (keys are compared without surrounding blanks), and an alphabet that is not one.
func (m Mask) Validate() error {
	m = m.filled()
	if len(m.Text) > MaxMaskLength && utf8.RuneCountInString(m.Text) > MaxMaskLength {
		return Invalidf("mask", "a mask has at most %d characters", MaxMaskLength)
	}
	if !printable(m.Text) {
		return Invalidf("mask", "a mask holds printable characters only")
	}
	if strings.TrimSpace(m.Text) != m.Text {
		return Invalidf("mask", "a mask cannot begin or end with a blank")
	}
	return m.Alphabet.Validate()
}

// Validate refuses as Invalid what is not an alphabet: see [Alphabet].
func (a Alphabet) Validate() error {
	if len(a) < 2 {
		return Invalidf("alphabet", "an alphabet has at least two characters")
	}
	var seen [128]bool
	for i := range len(a) {
		c := a[i]
		if c <= ' ' || c > '~' || c == star || seen[c] {
			return Invalidf("alphabet", "an alphabet holds different printable ASCII characters, neither blank nor *")
		}
		seen[c] = true
	}
	return nil
}

// Stars returns how many random characters a key of m has.
func (m Mask) Stars() int { return strings.Count(m.filled().Text, string(star)) }

// Room returns how many different keys m can give. Letter case does not make a key different, so
// AlphabetMixed gives no more room than AlphabetUpper. Where the number is larger than
// [math.MaxInt64], it is that. Of a mask that [Mask.Validate] refuses it means nothing.
func (m Mask) Room() int64 {
	m = m.filled()
	var seen [128]bool
	distinct := int64(0)
	for _, r := range strings.ToUpper(string(m.Alphabet)) {
		if r < 128 && !seen[r] {
			seen[r] = true
			distinct++
		}
	}
	room := int64(1)
	for range m.Stars() {
		if distinct > 0 && room > math.MaxInt64/distinct {
			return math.MaxInt64
		}
		room *= distinct
	}
	return room
}

// Fits refuses an amount of keys that m has no room for with [MaskTooSmall], an amount under 1 as
// Invalid, and a mask that [Mask.Validate] refuses.
func (m Mask) Fits(amount int64) error {
	if amount < 1 {
		return Invalidf("amount", "the amount is at least 1")
	}
	if err := m.Validate(); err != nil {
		return err
	}
	room := m.Room()
	switch {
	case amount <= room:
		return nil
	case m.Stars() == 0:
		return Refusef(MaskTooSmall, "the mask %q has no *, so it gives one key only; ask for one, or add more *", m)
	}
	return Refusef(MaskTooSmall, "the mask %q has room for %d keys only, not for %d; add more *", m, room, amount)
}

func alphanumeric(text string) bool {
	for i := range len(text) {
		c := text[i]
		if (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') {
			return false
		}
	}
	return true
}
