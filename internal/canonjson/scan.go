package canonjson

import (
	"strconv"
	"unicode/utf8"
)

// string prints a string; the parser stands at its first quote.
func (p *parser) string() error {
	p.take('"')
	for {
		from := p.at
		for p.at < len(p.text) && isPlain(p.text[p.at]) {
			p.at++
		}
		p.out = append(p.out, p.text[from:p.at]...)
		if p.at >= len(p.text) {
			return p.fail(problemEnd)
		}
		switch c := p.text[p.at]; {
		case c == '"':
			p.take('"')
			return nil
		case c == '\\':
			if err := p.escape(); err != nil {
				return err
			}
		case c < ' ':
			return p.fail(problemControl)
		default:
			r, size := utf8.DecodeRune(p.text[p.at:])
			if r == utf8.RuneError && size == 1 {
				return p.fail(problemUTF8)
			}
			p.out = append(p.out, p.text[p.at:p.at+size]...)
			p.at += size
		}
	}
}

// escape prints what an escape stands for; the parser stands at its backslash.
func (p *parser) escape() error {
	if p.at+1 >= len(p.text) {
		p.at = len(p.text)
		return p.fail(problemEnd)
	}
	c := p.text[p.at+1]
	switch c {
	case '"', '\\', '/':
	case 'b':
		c = '\b'
	case 'f':
		c = '\f'
	case 'n':
		c = '\n'
	case 'r':
		c = '\r'
	case 't':
		c = '\t'
	case 'u':
		return p.unicode()
	default:
		return p.fail(problemEscape)
	}
	p.at += 2
	p.character(rune(c))
	return nil
}

// unicode prints the character of an escape, or of the two that make a surrogate pair.
func (p *parser) unicode() error {
	r, ok := p.unit(p.at)
	if !ok {
		return p.fail(problemEscape)
	}
	p.at += len(`\u0000`)
	if isHigh(r) {
		if low, ok := p.unit(p.at); ok && isLow(low) {
			p.at += len(`\u0000`)
			r = (r-0xd800)<<10 | (low - 0xdc00) + 0x10000
		}
	}
	p.character(r)
	return nil
}

// unit reads an escape of four hexadecimal digits, and reports whether there is one at this offset.
func (p *parser) unit(at int) (rune, bool) {
	if len(p.text)-at < len(`\u0000`) || p.text[at] != '\\' || p.text[at+1] != 'u' {
		return 0, false
	}
	var r rune
	for _, c := range p.text[at+2 : at+6] {
		switch {
		case isDigit(c):
			c -= '0'
		case 'a' <= c && c <= 'f':
			c -= 'a' - 10
		case 'A' <= c && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}

// character prints one character of a string.
func (p *parser) character(r rune) {
	switch {
	case r < utf8.RuneSelf && !isPlain(byte(r)):
		p.out = appendEscaped(p.out, byte(r))
	case isHigh(r) || isLow(r):
		p.out = appendSurrogate(p.out, r)
	default:
		p.out = utf8.AppendRune(p.out, r)
	}
}

func isHigh(r rune) bool { return 0xd800 <= r && r < 0xdc00 }

func isLow(r rune) bool { return 0xdc00 <= r && r < 0xe000 }

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// number prints a number; the parser stands at its minus or its first digit.
func (p *parser) number() error {
	from := p.at
	p.skip('-')
	if !p.skip('0') && !p.digits() {
		return p.missing(problemDigit)
	}
	whole := true
	if p.skip('.') {
		whole = false
		if !p.digits() {
			return p.missing(problemDigit)
		}
	}
	if p.skip('e') || p.skip('E') {
		whole = false
		if !p.skip('+') {
			p.skip('-')
		}
		if !p.digits() {
			return p.missing(problemDigit)
		}
	}
	text := p.text[from:p.at]
	switch {
	case len(text) > MaxNumber:
		p.at = from
		return p.fail(problemLongDigit)
	case whole && len(text) <= len("999999999999999") && string(text) != "-0":
		p.out = append(p.out, text...) // Prints as it is: float64 has room for 15 digits.
	default:
		// The grammar is checked, so the only error is that of the range: then f is infinite.
		f, _ := strconv.ParseFloat(string(text), 64)
		p.out = AppendFloat(p.out, f)
	}
	return nil
}

// skip steps over c without printing it, if c is what comes next.
func (p *parser) skip(c byte) bool {
	if p.peek() != c {
		return false
	}
	p.at++
	return true
}

// digits steps over digits and reports whether there were any.
func (p *parser) digits() bool {
	from := p.at
	for isDigit(p.peek()) {
		p.at++
	}
	return p.at > from
}
