package wire

import (
	"errors"
	"io"
	"net/http"
	"os"
	"sync"

	"licet/internal/license"
)

// MaxBody is how many bytes a request body may have where nothing else is said: 1 MiB.
const MaxBody = 1 << 20

// ErrBodyTooLarge is the cause of the Invalid error that [ReadBody] gives for a body over the
// limit; errors.Is finds it, and [ErrorTable.Lookup] answers it with 413 where a dialect has no
// row of its own.
var ErrBodyTooLarge = errors.New("body too large")

// Body is a request body in a buffer that is used again. Call Release when done with it; nothing
// of Bytes may be kept beyond that.
type Body struct {
	buf []byte
}

const (
	firstBuffer  = 2 << 10  // what most requests fit into
	largestAhead = 64 << 10 // what is allocated on the word of a Content-Length
	largestKept  = 64 << 10 // larger buffers are left to the garbage collector
)

// bodies keeps buffers between requests; which one a caller gets makes no difference to it.
var bodies = sync.Pool{New: func() any { return new(Body) }}

// ReadBody reads the whole body of r, up to limit bytes; 0 means what the server is configured to
// take, and [MaxBody] outside a server. The Content-Length is a hint and never believed: memory is
// taken as bytes arrive.
//
// The error is Invalid with a sentence that may be shown: the body is over the limit
// ([ErrBodyTooLarge] is its cause), it ended early, or it did not arrive in time. How long a body
// may take is the server's ReadTimeout.
func ReadBody(r *http.Request, limit int64) (*Body, error) {
	if limit <= 0 {
		limit = defaultLimit(r)
	}
	if r.ContentLength > limit {
		return nil, tooLarge()
	}
	b := bodies.Get().(*Body)
	b.reserve(r.ContentLength)
	if r.Body == nil {
		return b, nil
	}
	if err := b.fill(r.Body, limit); err != nil {
		b.Release()
		return nil, bodyError(err)
	}
	return b, nil
}

func defaultLimit(r *http.Request) int64 {
	if x := ExchangeOf(r); x != nil && x.MaxBody > 0 {
		return x.MaxBody
	}
	return MaxBody
}

// reserve empties the buffer and makes room for length bytes and one more, so that the end of the
// body is seen without growing.
func (b *Body) reserve(length int64) {
	want := int64(firstBuffer)
	if length >= want {
		want = min(length+1, largestAhead)
	}
	if int64(cap(b.buf)) < want {
		b.buf = make([]byte, 0, want)
	}
	b.buf = b.buf[:0]
}

// maxEmptyReads is how often a reader may return nothing and no error before it counts as stuck.
const maxEmptyReads = 100

func (b *Body) fill(src io.Reader, limit int64) error {
	empty := 0
	for {
		if len(b.buf) == cap(b.buf) {
			b.buf = append(b.buf, 0)[:len(b.buf)]
		}
		n, err := src.Read(b.buf[len(b.buf):cap(b.buf)])
		b.buf = b.buf[:len(b.buf)+n]
		if int64(len(b.buf)) > limit {
			return ErrBodyTooLarge
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if n > 0 {
			empty = 0
			continue
		}
		if empty++; empty == maxEmptyReads {
			return io.ErrNoProgress
		}
	}
}

// Bytes returns the body. The bytes are valid until Release, and may be changed.
func (b *Body) Bytes() []byte { return b.buf }

// Release gives the buffer back. A nil Body may be released.
func (b *Body) Release() {
	if b == nil || cap(b.buf) > largestKept {
		return
	}
	bodies.Put(b)
}

func bodyError(err error) error {
	_, over := errors.AsType[*http.MaxBytesError](err)
	switch {
	case over, errors.Is(err, ErrBodyTooLarge):
		return tooLarge()
	case errors.Is(err, os.ErrDeadlineExceeded):
		return license.Wrap(license.Invalid, "the body did not arrive in time", err)
	}
	return license.Wrap(license.Invalid, "the body ended before it was complete", err)
}

func tooLarge() error {
	return license.Wrap(license.Invalid, "the body is too large", ErrBodyTooLarge)
}
