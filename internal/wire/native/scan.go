package native

import (
	"strconv"
	"unicode/utf8"
)

// scan reads the JSON that most apps send: one object of the members that say which license is meant and on what machine, in texts
// without escapes, whole numbers and null. It returns false for everything else, right or wrong, and has then changed nothing; that is
// for encoding/json. What it accepts, encoding/json reads in the same way ([FuzzScan]), at ten times the cost (BenchmarkDecode).
func (in *validateIn) scan(body []byte) bool {
	var out validateIn
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
		kind, raw, next := scanValue(body, skipBlanks(body, at+1))
		if next < 0 || !out.set(name, kind, raw) {
			return false
		}
		at = skipBlanks(body, next)
		if at == len(body) {
			return false
		}
		if body[at] == '}' {
			break
		}
		if body[at] != ',' {
			return false
		}
	}
	if skipBlanks(body, at+1) != len(body) {
		return false
	}
	*in = out
	return true
}

// set fills a member; false for what scan does not know. Of two of one name the last counts, and null says nothing.
func (in *validateIn) set(name []byte, kind byte, raw []byte) bool {
	var to *string
	switch string(name) {
	case "key":
		to = &in.Key
	case "product":
		to = (*string)(&in.Product)
	case "hardware_id":
		to = &in.HardwareID
	case "version":
		to = &in.Version
	case "license":
		if kind == 'n' {
			return true
		}
		id, err := strconv.ParseInt(string(raw), 10, 64)
		in.License = id
		return kind == '0' && err == nil
	default:
		return false
	}
	switch {
	case kind == 'n':
	case kind == '"', kind == '0' && string(name) == "product":
		*to = string(raw) // The body's buffer is used again for the answer.
	default:
		return false
	}
	return true
}

func skipBlanks(b []byte, at int) int {
	for at < len(b) && (b[at] == ' ' || b[at] == '\n' || b[at] == '\t' || b[at] == '\r') {
		at++
	}
	return at
}

// scanValue returns a value, its kind (" for a text, 0 for a whole number, n for null) and where it ends, or -1 for what it does not know.
func scanValue(b []byte, at int) (kind byte, raw []byte, next int) {
	switch {
	case at == len(b):
		return 0, nil, -1
	case b[at] == '"':
		raw, next = scanText(b, at)
		return '"', raw, next
	case b[at] == 'n':
		if len(b)-at >= 4 && string(b[at:at+4]) == "null" {
			return 'n', nil, at + 4
		}
		return 0, nil, -1
	}
	end := at
	for end < len(b) && '0' <= b[end] && b[end] <= '9' {
		end++
	}
	if end == at || b[at] == '0' && end > at+1 {
		return 0, nil, -1
	}
	// A fraction or an exponent would follow here; then the byte is neither , nor } and scan gives up.
	return '0', b[at:end], end
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
