package licensespring

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"licet/internal/authority"
	"licet/internal/license"
)

// timeFormat is how every moment is written (§1); what is written in it has its length.
const timeFormat = "2006-01-02T15:04:05.000Z"

// lastTime is the last moment that timeFormat can write: the year has four digits.
const lastTime license.Time = 253402300799999 * 1000

// appendTime appends a moment, which must not be 0.
func appendTime(b []byte, t license.Time) []byte {
	return min(t, lastTime).UTC().AppendFormat(b, timeFormat)
}

// validityOf returns what an answer shows as validity_period: where the license ends, without the grace. 0 is no end.
func validityOf(l *license.License) license.Time {
	if l.Deadline() == 0 {
		return 0
	}
	return l.ExpiresAt
}

// identity returns what stands for who in signature v1 (§3.2): the name of the user, or else the license key, as they
// were sent; and for a sign-in elsewhere the address that the answer shows.
func (w *who) identity(ans *authority.Answer) string {
	switch {
	case w.username != "":
		return cutAccount(w.username)
	case w.bySSO():
		return cutAccount(emailOf(ans.User))
	}
	return w.key
}

// signV1 makes license_signature (§3.2). The hardware id and the identity are those of the request.
func (c *call) signV1(hardwareID, identity string, validity license.Time) (string, error) {
	var buf [256]byte
	b := append(buf[:0], hardwareID...)
	b = append(append(b, '#'), identity...)
	b = append(b, '#')
	if validity != 0 {
		b = appendTime(b, validity)
	}
	return c.sign(lower(b))
}

// lower makes letters small as JavaScript does; b may be changed.
func lower(b []byte) []byte {
	for i, ch := range b {
		if ch >= utf8.RuneSelf {
			return []byte(lowerText(string(b)))
		}
		if 'A' <= ch && ch <= 'Z' {
			b[i] = ch + ('a' - 'A')
		}
	}
	return b
}

// lowerText is String.toLowerCase of ECMAScript: Unicode's mapping with its two special cases that do not depend on
// a language, where Go maps letter by letter.
func lowerText(s string) string {
	var out strings.Builder
	for i, r := range s {
		switch r {
		case 'İ':
			out.WriteString("i̇")
		case 'Σ':
			if endsWord(s[:i], s[i+len("Σ"):]) {
				out.WriteRune('ς')
			} else {
				out.WriteRune('σ')
			}
		default:
			out.WriteRune(unicode.ToLower(r))
		}
	}
	return out.String()
}

// endsWord reports whether a letter stands before, and none behind. Marks and the like do not count.
func endsWord(before, behind string) bool {
	for before != "" {
		r, size := utf8.DecodeLastRuneInString(before)
		if before = before[:len(before)-size]; ignorable(r) {
			continue
		}
		if !cased(r) {
			return false
		}
		for _, r := range behind {
			if !ignorable(r) {
				return !cased(r)
			}
		}
		return true
	}
	return false
}

func cased(r rune) bool {
	return unicode.IsUpper(r) || unicode.IsLower(r) || unicode.IsTitle(r) || unicode.In(r, unicode.Other_Lowercase, unicode.Other_Uppercase)
}

func ignorable(r rune) bool {
	return unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf, unicode.Lm, unicode.Sk) || strings.ContainsRune("'.:·’‧․‘", r)
}
