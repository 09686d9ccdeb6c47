package canonjson

// A Writer writes one value, usually an object, in canonical form, and puts the commas:
//
//	var w canonjson.Writer
//	w.Object()
//	w.Key("id").Int(l.ID)
//	w.Key("license_key").String(l.Key)
//	w.Key("validity_period").Null()
//	w.Key("metadata").Raw(l.Metadata)
//	w.Key("features").Array()
//	for _, f := range l.Features {
//		w.Object().Key("code").String(f.Code).End()
//	}
//	w.End()
//	w.End()
//	body := w.Bytes()
//
// Each method returns the Writer itself. The zero value is ready; [Writer.Reset] gives it memory to
// write into. What is written is canonical as long as no object has the same name twice and what is
// given to Raw is canonical: the Writer looks at neither.
//
// A call that cannot stand where it is, such as a value in an object without a Key before it, is a
// mistake in the program, and panics.
type Writer struct {
	buf     []byte
	next    step
	after   step   // what next is after a value in the innermost container
	depth   int    // open containers
	objects uint64 // a bit for each open container, the innermost lowest: set for an object
	moved   bool   // a name looks like an array index, so the order may be wrong
}

// step says what may come next.
type step uint8

const (
	atStart       step = iota // a value
	atValue                   // the value of a name
	atFirstMember             // a name or the end of the object
	atMember                  // a comma and a name, or the end
	atFirstItem               // a value or the end of the array
	atItem                    // a comma and a value, or the end
	atEnd                     // nothing: the value is complete
)

// maxOpen is how many containers a Writer can have open: the bits of Writer.objects.
const maxOpen = 64

// Reset empties the Writer and makes it write into the memory of buf, whose content it overwrites.
// The Bytes of before are overwritten too when they are that memory.
func (w *Writer) Reset(buf []byte) { *w = Writer{buf: buf[:0]} }

// Object begins an object, which End ends.
func (w *Writer) Object() *Writer {
	w.open('{', 1)
	w.next, w.after = atFirstMember, atMember
	return w
}

// Array begins an array, which End ends.
func (w *Writer) Array() *Writer {
	w.open('[', 0)
	w.next, w.after = atFirstItem, atItem
	return w
}

func (w *Writer) open(bracket byte, object uint64) {
	w.value()
	if w.depth == maxOpen {
		panic("canonjson: more than 64 objects and arrays inside each other")
	}
	w.depth++
	w.objects = w.objects<<1 | object
	w.buf = append(w.buf, bracket)
}

// End ends the object or array that was begun last.
func (w *Writer) End() *Writer {
	switch w.next {
	case atFirstMember, atMember:
		w.buf = append(w.buf, '}')
	case atFirstItem, atItem:
		w.buf = append(w.buf, ']')
	default:
		panic("canonjson: End without an object or array to end, or right after Key")
	}
	w.depth--
	w.objects >>= 1
	switch {
	case w.depth == 0:
		w.after = atEnd
	case w.objects&1 == 1:
		w.after = atMember
	default:
		w.after = atItem
	}
	w.next = w.after
	return w
}

// Key writes the name of the next value of an object. Any text may be a name, but one that looks like
// an array index, such as 42, costs a second pass in Bytes, which puts the names in JavaScript's order.
func (w *Writer) Key(name string) *Writer {
	switch w.next {
	case atMember:
		w.buf = append(w.buf, ',')
	case atFirstMember:
	default:
		panic("canonjson: Key outside of an object, or twice")
	}
	if name != "" && isDigit(name[0]) && rank(name) != noIndex {
		w.moved = true
	}
	w.buf = append(AppendString(w.buf, name), ':')
	w.next = atValue
	return w
}

// value puts the comma before a value, if there has to be one, and says what comes after it.
func (w *Writer) value() {
	switch w.next {
	case atItem:
		w.buf = append(w.buf, ',')
	case atStart:
		w.after = atEnd
	case atValue, atFirstItem:
	default:
		panic("canonjson: a value without Key in an object, or after the end")
	}
	w.next = w.after
}

// String writes a text; see [AppendString].
func (w *Writer) String(s string) *Writer {
	w.value()
	w.buf = AppendString(w.buf, s)
	return w
}

// Int writes an integer; see [AppendInt] for those beyond 2^53-1.
func (w *Writer) Int(n int64) *Writer {
	w.value()
	w.buf = AppendInt(w.buf, n)
	return w
}

// Float writes a number; see [AppendFloat].
func (w *Writer) Float(f float64) *Writer {
	w.value()
	w.buf = AppendFloat(w.buf, f)
	return w
}

// Bool writes true or false.
func (w *Writer) Bool(v bool) *Writer {
	w.value()
	w.buf = AppendBool(w.buf, v)
	return w
}

// Null writes null.
func (w *Writer) Null() *Writer {
	w.value()
	w.buf = append(w.buf, "null"...)
	return w
}

// Raw copies a value that is canonical already: a result of [Canonicalize], or of another Writer.
// Of nothing, as of metadata that nobody set, it makes null.
func (w *Writer) Raw(canonical []byte) *Writer {
	if len(canonical) == 0 {
		return w.Null()
	}
	w.value()
	w.buf = append(w.buf, canonical...)
	return w
}

// Bytes returns what was written: one complete value, without a newline. The bytes are valid until
// the Writer is used again.
func (w *Writer) Bytes() []byte {
	if w.next != atEnd {
		panic("canonjson: Bytes of an incomplete value")
	}
	if w.moved {
		// What Raw was given may be MaxDepth deep by itself.
		sorted, err := canonicalize(w.buf, maxOpen+MaxDepth)
		if err != nil {
			panic("canonjson: Raw was given something else than JSON: " + err.Error())
		}
		w.buf, w.moved = sorted, false
	}
	return w.buf
}
