package rmz

import "unicode/utf8"

// scan reads the JSON that clients really send: one object of texts without escapes, whole numbers
// and null. It returns false for everything else, right or wrong; that is for readJSON, and f is
// then worthless. What it accepts, readJSON would read in the same way ([FuzzScan]).
//
// It saves most of the time and of the allocations of encoding/json (BenchmarkDecode), and copies
// nothing: the fields point into body.
func (f *fields) scan(body []byte) bool {
	at := skipBlanks(body, 0)
	if at == len(body) || body[at] != '{' {
		return false
	}
	for at = skipBlanks(body, at+1); ; at = skipBlanks(body, at+1) {
		name, next := scanText(body, at)
		if next < 0 {
			return false
		}
		at = skipBlanks(body, next)
		if at == len(body) || body[at] != ':' {
			return false
		}
		k, raw, next := scanValue(body, skipBlanks(body, at+1))
		if next < 0 {
			return false
		}
		if member := f.of(name); member != nil {
			member.set(k, raw)
		}
		at = skipBlanks(body, next)
		if at == len(body) {
			return false
		}
		if body[at] == '}' {
			return skipBlanks(body, at+1) == len(body)
		}
		if body[at] != ',' {
			return false
		}
	}
}

func skipBlanks(b []byte, at int) int {
	for at < len(b) && (b[at] == ' ' || b[at] == '\n' || b[at] == '\t' || b[at] == '\r') {
		at++
	}
	return at
}

// scanValue returns a value and where it ends, or -1 for what it does not know.
func scanValue(b []byte, at int) (k kind, raw []byte, next int) {
	switch {
	case at == len(b):
		return absent, nil, -1
	case b[at] == '"':
		raw, next = scanText(b, at)
		return text, raw, next
	case b[at] == 'n':
		if len(b)-at >= 4 && string(b[at:at+4]) == "null" {
			return null, nil, at + 4
		}
		return absent, nil, -1
	}
	end := at
	for end < len(b) && '0' <= b[end] && b[end] <= '9' {
		end++
	}
	if end == at || b[at] == '0' && end > at+1 {
		return absent, nil, -1
	}
	// A fraction or an exponent would follow here; then the byte is neither , nor } and scan gives up.
	return number, b[at:end], end
}

// scanText returns a text without escapes and where it ends, or -1.
func scanText(b []byte, at int) (raw []byte, next int) {
	if at == len(b) || b[at] != '"' {
		return nil, -1
	}
	start, plain := at+1, true
	for at = start; at < len(b); at++ {
		switch c := b[at]; {
		case c == '"':
			if raw = b[start:at]; !plain && !utf8.Valid(raw) {
				return nil, -1
			}
			return raw, at + 1
		case c == '\\' || c < ' ':
			return nil, -1
		case c >= utf8.RuneSelf:
			plain = false
		}
	}
	return nil, -1
}
