package canonjson

import (
	"math"
	"strconv"
	"strings"
)

// generator makes JSON texts that are easy to print wrongly. Its choices come from outside, so that
// rapid can shrink them and the comparison with Node can make thousands quickly.
type generator struct {
	choose func(n int) int // 0 to n-1
	tame   bool            // nothing that encoding/json reads otherwise: half surrogate pairs, 1e999
}

func pick[T any](g *generator, list []T) T { return list[g.choose(len(list))] }

// text returns a JSON text with blanks in all places where JSON lets them be.
func (g *generator) text() string {
	var b strings.Builder
	g.value(&b, 0)
	return b.String()
}

func (g *generator) blank(b *strings.Builder) {
	b.WriteString(pick(g, []string{"", "", "", "", "", "", " ", "\t", "\r\n", "\n  "}))
}

func (g *generator) value(b *strings.Builder, depth int) {
	g.blank(b)
	kinds := 8
	if depth > 4 {
		kinds = 5 // Neither an array nor an object.
	}
	switch g.choose(kinds) {
	case 0:
		b.WriteString(pick(g, []string{"null", "true", "false"}))
	case 1, 2:
		b.WriteString(g.number())
	case 3, 4:
		b.WriteString(g.string())
	case 5:
		b.WriteByte('[')
		for i := range g.choose(5) {
			if i > 0 {
				b.WriteByte(',')
			}
			g.value(b, depth+1)
		}
		g.blank(b)
		b.WriteByte(']')
	default:
		g.object(b, depth)
	}
	g.blank(b)
}

func (g *generator) object(b *strings.Builder, depth int) {
	b.WriteByte('{')
	var names []string
	for i := range g.choose(7) {
		if i > 0 {
			b.WriteByte(',')
		}
		names = append(names, g.name(names))
		g.blank(b)
		b.WriteString(names[i])
		g.blank(b)
		b.WriteByte(':')
		g.value(b, depth+1)
	}
	g.blank(b)
	b.WriteByte('}')
}

// name returns a name in quotes; often one that was there already.
func (g *generator) name(before []string) string {
	switch g.choose(6) {
	case 0, 1:
		if len(before) > 0 {
			return pick(g, before)
		}
		return `""`
	case 2:
		return strconv.Quote(strconv.Itoa(g.choose(12)))
	case 3:
		return pick(g, []string{
			`"4294967293"`, `"4294967294"`, `"4294967295"`, `"4294967296"`, `"9007199254740991"`, `"1"`, `"01"`,
			`"00"`, `"-0"`, `"-1"`, `"1.0"`, `"1e3"`, `"+1"`, `" 1"`, `"1 "`, `"10"`, `"2"`, `"\u0031"`, `"\u0032"`,
			`"١"`, `"18446744073709551617"`, `"99999999999"`,
		})
	case 4:
		return pick(g, []string{
			`"__proto__"`, `"toString"`, `"length"`, `"constructor"`, `"toJSON"`, `"\u005f_proto__"`, `"a"`, `"\u0061"`,
			`"é"`, `"\u00e9"`, `"e\u0301"`, `"😀"`, `"\ud83d\uDE00"`, `"/"`, `"\/"`,
		})
	}
	return g.string()
}

func (g *generator) string() string {
	var b strings.Builder
	b.WriteByte('"')
	for range g.choose(8) {
		switch g.choose(6) {
		case 0:
			b.WriteString(g.unit(g.choose(0x10000)))
		case 1:
			b.WriteString(g.unit(pick(g, []int{0, 8, 0xb, 0x1f, 0x22, 0x2f, 0x5c, 0x7f, 0x80, 0x2027, 0x2028, 0x2029, 0xfeff, 0xfffd, 0xfffe, 0xffff})))
		case 2:
			high, low := 0xd800+g.choose(0x400), 0xdc00+g.choose(0x400)
			if g.tame {
				b.WriteString(g.escape(high) + g.escape(low))
				break
			}
			b.WriteString(pick(g, []string{
				g.escape(high) + g.escape(low), g.escape(high), g.escape(low), g.escape(low) + g.escape(high),
				g.escape(high) + "😀", g.escape(high) + `\n`, g.escape(high) + "x", g.escape(high) + g.escape(high) + g.escape(low),
			}))
		case 3:
			r := rune(g.choose(0x110000))
			if r >= 0x80 && (r < 0xd800 || r > 0xdfff) {
				b.WriteRune(r)
			}
		default:
			b.WriteString(pick(g, []string{
				"a", "<b>&", "'", "/", `\/`, `\"`, `\\`, `\b`, `\f`, `\n`, `\r`, `\t`, "\u007f", "\u0080", "é", "\u2028", "\u2029",
				"\ufeff", "\ufffd", "\uffff", "😀", "\U0010ffff", "0", "u0041", "</script>", "longer text without anything in it",
			}))
		}
	}
	b.WriteByte('"')
	return b.String()
}

// unit returns the escape of a unit of UTF-16; when tame, of no half of a pair.
func (g *generator) unit(u int) string {
	if g.tame && u >= 0xd800 && u <= 0xdfff {
		u -= 0x1000
	}
	return g.escape(u)
}

func (g *generator) escape(u int) string {
	digits := strconv.FormatInt(int64(u), 16)
	digits = strings.Repeat("0", 4-len(digits)) + digits
	if g.choose(2) == 0 {
		digits = strings.ToUpper(digits)
	}
	return `\u` + digits
}

func (g *generator) number() string {
	switch g.choose(7) {
	case 0:
		return strconv.Itoa(g.choose(2000) - 1000)
	case 1:
		list := []string{
			"0", "-0", "0.0", "-0.0", "0e5", "-0E-5", "1.0", "1e3", "1E+3", "1e-6", "1e-7", "123456789e-15", "0.000001", "0.0000001",
			"1e20", "1e21", "-1e21", "1e22", "999999999999999900000", "999999999999999999999", "123456789012345680000", "100000000000000000000000",
			"9007199254740991", "9007199254740992", "9007199254740993", "-9007199254740993", "9223372036854775807", "18446744073709551616",
			"999999999999999", "1000000000000000", "0.1", "0.30000000000000004", "5e-324", "2e-324", "3e-324", "2.2250738585072011e-308",
			"2.2250738585072014e-308", "1.7976931348623157e308", "4.35", "0.000123", "1.5e300", "1e23", "8.41e21", "9.5367431640625e-7",
			"1e-400", "-1e-400", "0e999999999999", "1e-99999999999999999999",
		}
		if !g.tame {
			list = append(list, "1e400", "-1e400", "1.7976931348623159e308", "179769313486231580793728971405301e276", "1e99999999999999999999")
		}
		return pick(g, list)
	case 2:
		return g.decimal(1+g.choose(40), g.choose(40))
	case 3:
		return g.decimal(1+g.choose(20), g.choose(20)) + pick(g, []string{"e", "E", "e+", "e-", "E-"}) + strconv.Itoa(g.choose(250))
	case 4:
		return g.decimal(1, g.choose(900)) // More digits than any parser keeps.
	}
	bits := uint64(g.choose(1<<31))<<33 ^ uint64(g.choose(1<<31))<<11 ^ uint64(g.choose(1<<11))
	f := math.Float64frombits(bits)
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return "0"
	}
	return strconv.FormatFloat(f, "eEfg"[g.choose(4)], 16, 64)
}

// decimal returns a number with so many digits before and behind its point.
func (g *generator) decimal(before, behind int) string {
	var b strings.Builder
	if g.choose(3) == 0 {
		b.WriteByte('-')
	}
	b.WriteByte('1' + byte(g.choose(9)))
	for range before - 1 {
		b.WriteByte('0' + byte(g.choose(10)))
	}
	if behind > 0 {
		b.WriteByte('.')
	}
	for range behind {
		b.WriteByte('0' + byte(g.choose(10)))
	}
	return b.String()
}

// spoil changes a few bytes of a text, which mostly makes it wrong.
func (g *generator) spoil(text string) string {
	b := []byte(text)
	for range 1 + g.choose(3) {
		at := g.choose(len(b) + 1)
		inserted := pick(g, []string{
			"", "", ",", ":", "{", "}", "[", "]", `"`, `\`, "0", "-", ".", "e", "x", " ", "\x00", "\x1f", "\x80", "\xff", "\u00a0", "\ufeff",
			"\xed\xa0\x80", "\xc0\x80", "\xf4\x90\x80\x80", `\u12`, `\x41`, "//", "+1", "NaN", "true",
		})
		cut := min(len(b), at+g.choose(2))
		b = append(b[:at:at], append([]byte(inserted), b[cut:]...)...)
	}
	return string(b)
}
