package canonjson

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
)

const (
	// MaxDepth is how many arrays and objects [Canonicalize] takes inside each other. JavaScript
	// has no fixed limit.
	MaxDepth = 200

	// MaxNumber is the length in bytes up to which [Canonicalize] takes a number. JavaScript has no
	// limit; strconv stops counting exponents at 10000, and is right only while a number has fewer
	// digits than that.
	MaxNumber = 4096
)

// SyntaxError says why [Canonicalize] refused a text. It quotes nothing of the text, so it may be
// logged and shown.
type SyntaxError struct {
	Offset  int    // where, in bytes from the start
	Problem string // what is wrong there
}

// Error returns the problem and its place.
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("JSON text: byte %d: %s", e.Offset, e.Problem)
}

// The problems of a SyntaxError.
const (
	problemEnd       = "the text ends too early"
	problemValue     = "want a value"
	problemName      = "want a name in quotes"
	problemColon     = "want a colon"
	problemObject    = "want a comma or }"
	problemArray     = "want a comma or ]"
	problemTrailing  = "want nothing more after the value"
	problemDigit     = "want a digit"
	problemControl   = "a control character in a string must be escaped"
	problemEscape    = "an escape that JSON does not have"
	problemUTF8      = "not valid UTF-8"
	problemDepth     = "nested too deep"
	problemLongDigit = "a number that is too long"
)

// Canonicalize returns text as JavaScript would print it after parsing it:
//
//   - no blanks, and strings as [AppendString] writes them; an escape is written out where it need
//     not be one. Half a surrogate pair, which only an escape can say, stays an escape, in lower case;
//   - numbers as [AppendFloat] writes the nearest float64; a number beyond its range is null;
//   - names that look like array indexes (0 to 4294967294) first, ascending; the others as they first
//     appeared. Of a name given twice the first place and the last value count.
//
// The text must be JSON in every detail (RFC 8259): one value, valid UTF-8, no byte order mark. It is
// refused with a [*SyntaxError] otherwise, and also beyond [MaxDepth] and [MaxNumber]; the two are
// limits of this function, not of JSON.
//
// The result shares no memory with text. It can be longer: 1e20 has five times as many bytes when
// it is written out. Limit the size of what comes out, not only of what goes in.
func Canonicalize(text []byte) ([]byte, error) {
	return canonicalize(text, MaxDepth)
}

func canonicalize(text []byte, maxDepth int) ([]byte, error) {
	p := parser{text: text, out: make([]byte, 0, len(text)), maxDepth: maxDepth}
	if err := p.value(); err != nil {
		return nil, err
	}
	p.blanks()
	if p.at < len(text) {
		return nil, p.fail(problemTrailing)
	}
	return p.out, nil
}

// parser reads a text and prints it at the same time.
type parser struct {
	text     []byte
	at       int // offset in text
	out      []byte
	depth    int
	maxDepth int
	members  []member // of all objects that are open, the innermost last
	spare    []byte   // memory for settle
}

// member is a name and its value in the printed object.
type member struct {
	start, mid, end int    // out[start:mid] is the name with its quotes, out[mid:end] the colon and the value
	rank            uint64 // see func rank
	place           int    // how many members came before
}

func (p *parser) fail(problem string) error {
	return &SyntaxError{Offset: p.at, Problem: problem}
}

// peek returns the next byte, or 0 at the end. A 0 in the text is never right, so nobody mistakes it.
func (p *parser) peek() byte {
	if p.at < len(p.text) {
		return p.text[p.at]
	}
	return 0
}

// take steps over c and prints it, if c is what comes next.
func (p *parser) take(c byte) bool {
	if p.peek() != c {
		return false
	}
	p.at++
	p.out = append(p.out, c)
	return true
}

func (p *parser) blanks() {
	for p.at < len(p.text) {
		switch p.text[p.at] {
		case ' ', '\t', '\n', '\r':
			p.at++
		default:
			return
		}
	}
}

func (p *parser) value() error {
	p.blanks()
	switch c := p.peek(); c {
	case '{':
		return p.object()
	case '[':
		return p.array()
	case '"':
		return p.string()
	case 't':
		return p.word("true")
	case 'f':
		return p.word("false")
	case 'n':
		return p.word("null")
	default:
		if c == '-' || isDigit(c) {
			return p.number()
		}
	}
	return p.missing(problemValue)
}

// missing is fail, but tells the end of the text from a wrong byte.
func (p *parser) missing(problem string) error {
	if p.at >= len(p.text) {
		problem = problemEnd
	}
	return p.fail(problem)
}

func (p *parser) word(word string) error {
	if !bytes.HasPrefix(p.text[p.at:], []byte(word)) {
		return p.fail(problemValue)
	}
	p.at += len(word)
	p.out = append(p.out, word...)
	return nil
}

// open steps over the bracket that begins an array or an object.
func (p *parser) open(bracket byte) error {
	if p.depth >= p.maxDepth {
		return p.fail(problemDepth)
	}
	p.depth++
	p.take(bracket)
	p.blanks()
	return nil
}

func (p *parser) array() error {
	if err := p.open('['); err != nil {
		return err
	}
	defer func() { p.depth-- }()
	if p.take(']') {
		return nil
	}
	for {
		if err := p.value(); err != nil {
			return err
		}
		p.blanks()
		if p.take(']') {
			return nil
		}
		if !p.take(',') {
			return p.missing(problemArray)
		}
	}
}

func (p *parser) object() error {
	if err := p.open('{'); err != nil {
		return err
	}
	defer func() { p.depth-- }()
	if p.take('}') {
		return nil
	}
	start, base := len(p.out), len(p.members)
	for {
		m, err := p.member()
		if err != nil {
			return err
		}
		m.place = len(p.members) - base
		p.members = append(p.members, m)
		p.blanks()
		if p.peek() == '}' {
			break
		}
		if !p.take(',') {
			return p.missing(problemObject)
		}
	}
	p.settle(start, p.members[base:])
	p.members = p.members[:base]
	p.take('}')
	return nil
}

func (p *parser) member() (member, error) {
	p.blanks()
	if p.peek() != '"' {
		return member{}, p.missing(problemName)
	}
	m := member{start: len(p.out)}
	if err := p.string(); err != nil {
		return member{}, err
	}
	m.mid = len(p.out)
	m.rank = rank(p.out[m.start+1 : m.mid-1])
	p.blanks()
	if !p.take(':') {
		return member{}, p.missing(problemColon)
	}
	err := p.value()
	m.end = len(p.out)
	return m, err
}

// settle prints the members of an object, which begin at start, once more when JavaScript would have
// them in another order, or fewer of them.
//
// Names are compared as they are printed: each text has one printed form.
func (p *parser) settle(start int, members []member) {
	if len(members) < 2 {
		return
	}
	slices.SortFunc(members, func(a, b member) int {
		if c := cmp.Compare(a.rank, b.rank); c != 0 {
			return c
		}
		return cmp.Or(bytes.Compare(p.out[a.start:a.mid], p.out[b.start:b.mid]), a.place-b.place)
	})
	kept := members[:1]
	for _, m := range members[1:] {
		last := &kept[len(kept)-1]
		if bytes.Equal(p.out[last.start:last.mid], p.out[m.start:m.mid]) {
			m.place = last.place
			*last = m
			continue
		}
		kept = append(kept, m)
	}
	slices.SortFunc(kept, func(a, b member) int {
		return cmp.Or(cmp.Compare(a.rank, b.rank), a.place-b.place)
	})
	inPlace := func(a, b member) int { return a.start - b.start }
	if len(kept) == len(members) && slices.IsSortedFunc(kept, inPlace) {
		return
	}
	p.spare = append(p.spare[:0], p.out[start:]...)
	p.out = p.out[:start]
	for i, m := range kept {
		if i > 0 {
			p.out = append(p.out, ',')
		}
		p.out = append(p.out, p.spare[m.start-start:m.end-start]...)
	}
}
