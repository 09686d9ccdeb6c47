package canonjson

import (
	"bytes"
	"strconv"
)

// HalfSurrogate reports whether a valid JSON string has an escape for half a surrogate pair, for which there is no
// character: two such strings would read as the same text.
func HalfSurrogate(quoted []byte) bool {
	for i := 0; i < len(quoted); i++ {
		if quoted[i] != '\\' {
			continue
		}
		i++
		if quoted[i] != 'u' {
			continue
		}
		unit := hexUnit(quoted[i+1:])
		i += 4
		switch {
		case unit < 0xd800 || unit > 0xdfff:
		case unit >= 0xdc00, !bytes.HasPrefix(quoted[i+1:], []byte(`\u`)):
			return true
		default:
			if low := hexUnit(quoted[i+3:]); low < 0xdc00 || low > 0xdfff {
				return true
			}
			i += 6
		}
	}
	return false
}

// hexUnit reads the four digits that a valid JSON string has after \u.
func hexUnit(digits []byte) uint64 {
	unit, _ := strconv.ParseUint(string(digits[:4]), 16, 16)
	return unit
}
