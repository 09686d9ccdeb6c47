package seller

import (
	"iter"
	"net/http"
	"strings"
	"unicode"

	"licet/internal/canonjson"
)

// pageSize is how many rows are loaded at once. A list is answered while it is loaded, so that the memory it takes does not
// grow with it.
const pageSize = 500

// flushAt is how much of a list is collected before it is sent: a failure before that is answered like any other.
const flushAt = 32 << 10

// listing is a type that answers a list.
type listing[T any] struct {
	message string
	name    string               // of the array
	empty   string               // what a list of nothing is refused with, as 406
	all     iter.Seq2[*T, error] // from pages, or from whole
	row     func(*row, *T)
	columns []string // of a line of text; none is the first value alone
}

// pages goes through a list page by page. The first page has no last row before it; a page that is not full is the last.
func pages[T any](load func(last *T) ([]T, error)) iter.Seq2[*T, error] {
	return func(yield func(*T, error) bool) {
		var last *T
		for {
			list, err := load(last)
			if err != nil {
				yield(nil, err)
				return
			}
			for i := range list {
				if !yield(&list[i], nil) {
					return
				}
			}
			if len(list) < pageSize {
				return
			}
			last = &list[len(list)-1]
		}
	}
}

// whole goes through a list that is loaded at once.
func whole[T any](list []T, err error) iter.Seq2[*T, error] {
	return func(yield func(*T, error) bool) {
		if err != nil {
			yield(nil, err)
			return
		}
		for i := range list {
			if !yield(&list[i], nil) {
				return
			}
		}
	}
}

// send answers with a list: {"success":true,"message":…,"<name>":[…]}, or one line for each.
func send[T any](c *call, l listing[T]) error {
	out := stream{w: c.w, bare: c.bare()}
	var r row
	for item, err := range l.all {
		if err != nil {
			return err // Where a part is out already, the connection is cut.
		}
		r.values = r.values[:0]
		l.row(&r, item)
		if out.bare {
			out.line(&r, l.columns)
		} else {
			out.item(&r, l.message, l.name)
		}
		if len(out.buf) >= flushAt {
			out.flush()
		}
	}
	if out.rows == 0 {
		return refusal{http.StatusNotAcceptable, l.empty}
	}
	if !out.bare {
		out.buf = append(out.buf, "]}"...)
	}
	out.flush()
	return nil
}

// stream is an answer that is sent while it is made.
type stream struct {
	w       http.ResponseWriter
	bare    bool
	rows    int
	buf     []byte
	scratch []byte
	begun   bool
}

// item adds a row to the array, and before the first one what stands before the array.
func (s *stream) item(r *row, message, name string) {
	if s.rows == 0 {
		s.buf = append(s.buf, `{"success":true,"message":`...)
		s.buf = canonjson.AppendString(s.buf, message)
		s.buf = append(s.buf, ',')
		s.buf = append(canonjson.AppendString(s.buf, name), ":["...)
	} else {
		s.buf = append(s.buf, ',')
	}
	s.rows++
	var w canonjson.Writer
	w.Reset(s.scratch)
	r.object(&w)
	s.scratch = w.Bytes()
	s.buf = append(s.buf, s.scratch...)
}

// line adds a row as a line, its columns parted by tabs.
func (s *stream) line(r *row, columns []string) {
	if s.rows++; s.rows > 1 {
		s.buf = append(s.buf, '\n')
	}
	if len(columns) == 0 {
		s.buf = append(s.buf, oneLine(r.values[0].text)...)
		return
	}
	for i, name := range columns {
		if i > 0 {
			s.buf = append(s.buf, '\t')
		}
		s.buf = append(s.buf, oneLine(r.find(name))...)
	}
}

// oneLine keeps a value on its line and in its column.
func oneLine(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, text)
}

func (s *stream) flush() {
	if !s.begun {
		s.begun = true
		h := s.w.Header()
		h.Set("Content-Type", jsonType)
		if s.bare {
			h.Set("Content-Type", textType)
		}
		h.Set("Cache-Control", "no-store")
		s.w.WriteHeader(http.StatusOK)
	}
	_, _ = s.w.Write(s.buf) // The client has gone away; the server notices by itself.
	s.buf = s.buf[:0]
}
