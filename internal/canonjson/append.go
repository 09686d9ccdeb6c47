package canonjson

import (
	"math"
	"strconv"
	"unicode/utf8"
)

const (
	hexDigits = "0123456789abcdef"

	// maxSafe is the largest integer up to which JavaScript keeps all integers apart: 2^53-1.
	maxSafe = 1<<53 - 1
)

// AppendString appends s in quotes. Escaped are the quote, the backslash and what is below 0x20,
// with lower-case hexadecimal digits where no short form exists. Everything else is written as it is:
// also < > & / 0x7f U+2028 U+2029. Each byte of s that is not valid UTF-8 becomes U+FFFD.
func AppendString(b []byte, s string) []byte {
	b = append(b, '"')
	from := 0 // s[from:i] is still to be copied.
	for i := 0; i < len(s); {
		c := s[i]
		if isPlain(c) {
			i++
			continue
		}
		if c < utf8.RuneSelf {
			b = append(b, s[from:i]...)
			b = appendEscaped(b, c)
			i++
			from = i
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && size == 1 {
			b = append(b, s[from:i]...)
			b = utf8.AppendRune(b, utf8.RuneError)
			from = i + 1
		}
		i += size
	}
	b = append(b, s[from:]...)
	return append(b, '"')
}

// isPlain reports whether c is an ASCII character that a JSON text shows as it is.
func isPlain(c byte) bool {
	return c >= ' ' && c < utf8.RuneSelf && c != '"' && c != '\\'
}

// appendEscaped appends the escape of a character that must not stand in a JSON text as it is.
func appendEscaped(b []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(b, '\\', c)
	case '\b':
		return append(b, '\\', 'b')
	case '\f':
		return append(b, '\\', 'f')
	case '\n':
		return append(b, '\\', 'n')
	case '\r':
		return append(b, '\\', 'r')
	case '\t':
		return append(b, '\\', 't')
	}
	return append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
}

// appendSurrogate appends half of a surrogate pair, which UTF-8 cannot write.
func appendSurrogate(b []byte, r rune) []byte {
	return append(b, '\\', 'u', hexDigits[r>>12&15], hexDigits[r>>8&15], hexDigits[r>>4&15], hexDigits[r&15])
}

// AppendInt appends n. Beyond ±(2^53-1) JavaScript does not keep integers apart, so there n is
// printed as JavaScript would print it after reading it: 9223372036854775807 comes out as
// 9223372036854776000. Signatures then still agree, but no identity may be that large.
func AppendInt(b []byte, n int64) []byte {
	if n > maxSafe || n < -maxSafe {
		return AppendFloat(b, float64(n))
	}
	return strconv.AppendInt(b, n, 10)
}

// AppendFloat appends f in the shortest form that reads back as f, with an exponent below 1e-6 and
// from 1e21 (ECMAScript, Number::toString). As in JavaScript -0 is 0, and what JSON has no number
// for, which is NaN and the infinities, is null.
//
// Python prints 1.0 and 1e21 otherwise than JavaScript, so an answer that it may re-print carries
// integers only (license API contract §4).
func AppendFloat(b []byte, f float64) []byte {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return append(b, "null"...)
	}
	if f == 0 {
		return append(b, '0') // Also for -0.
	}
	if size := math.Abs(f); size >= 1e-6 && size < 1e21 {
		return strconv.AppendFloat(b, f, 'f', -1, 64)
	}
	b = strconv.AppendFloat(b, f, 'e', -1, 64)
	// Go writes at least two digits of an exponent, JavaScript as few as there are: e-07 is e-7.
	if n := len(b); b[n-2] == '0' && b[n-3] == '-' {
		b[n-2] = b[n-1]
		b = b[:n-1]
	}
	return b
}

// AppendBool appends true or false.
func AppendBool(b []byte, v bool) []byte { return strconv.AppendBool(b, v) }

// noIndex is the rank of a name that is no array index: behind all that are.
const noIndex = 1 << 32

// rank returns the number that name is, when it looks like an array index: a decimal number from 0
// to 4294967294 without leading zeros. JavaScript moves such names to the front. For any other name it
// returns noIndex.
func rank[T string | []byte](name T) uint64 {
	if len(name) == 0 || len(name) > len("4294967294") || (name[0] == '0' && len(name) > 1) {
		return noIndex
	}
	var n uint64
	for i := range len(name) {
		if name[i] < '0' || name[i] > '9' {
			return noIndex
		}
		n = n*10 + uint64(name[i]-'0')
	}
	if n >= math.MaxUint32 {
		return noIndex // 4294967295 is the largest length of an array, so it is no index.
	}
	return n
}
