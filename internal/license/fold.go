package license

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxKeyLength is how many characters a license key may have.
const MaxKeyLength = 255

// FoldKey returns the form in which license keys are compared and stored for look-up: without
// surrounding white space, every character in upper case as [strings.ToUpper] maps it, one by one
// and without regard to a language. Two keys are the same key where their folded forms are equal
// byte for byte. Folding twice changes nothing, and a key already folded costs no allocation.
//
// FoldKey judges nothing: text from outside goes through [ValidKey] first.
func FoldKey(key string) string { return strings.ToUpper(strings.TrimSpace(key)) }

// ValidKey refuses as Invalid what cannot be a license key: apart from surrounding white space,
// a key is 1 to 255 characters of valid UTF-8, all of them printable ([unicode.IsPrint]: letters,
// marks, numbers, punctuation, symbols and the plain blank). Generated keys are narrower; this is
// what an imported key may hold.
func ValidKey(key string) error {
	key = strings.TrimSpace(key)
	if key == "" {
		return Invalidf("key", "a license key is required")
	}
	if len(key) > MaxKeyLength && utf8.RuneCountInString(key) > MaxKeyLength {
		return Invalidf("key", "a license key has at most %d characters", MaxKeyLength)
	}
	if !printable(key) {
		return Invalidf("key", "a license key holds printable characters only")
	}
	return nil
}

// printable reports whether text is valid UTF-8 without control or invisible characters.
func printable(text string) bool {
	for i, r := range text {
		if r == utf8.RuneError && !strings.HasPrefix(text[i:], string(utf8.RuneError)) {
			return false // A broken byte, not the character of that name.
		}
		if !unicode.IsPrint(r) {
			return false
		}
	}
	return true
}
