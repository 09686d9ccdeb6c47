package wire

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"strings"
	"testing"
	"testing/iotest"

	"licet/internal/license"
)

func request(body io.Reader, length int64) *http.Request {
	return &http.Request{Method: "POST", ContentLength: length, Body: io.NopCloser(body)}
}

func TestReadBody(t *testing.T) {
	t.Parallel()
	text := func(n int) string { return strings.Repeat("x", n) }
	tests := []struct {
		name   string
		body   io.Reader
		length int64
		limit  int64
		want   string // the body
		err    error  // what errors.Is finds
	}{
		{"empty", strings.NewReader(""), 0, 10, "", nil},
		{"exact", strings.NewReader(text(10)), 10, 10, text(10), nil},
		{"chunked_exact", strings.NewReader(text(10)), -1, 10, text(10), nil},
		{"chunked_over", strings.NewReader(text(11)), -1, 10, "", ErrBodyTooLarge},
		{"declared_over", iotest.ErrReader(errors.New("must not be read")), 11, 10, "", ErrBodyTooLarge},
		{"length_lies_low", strings.NewReader(text(9)), 1, 10, text(9), nil},
		{"length_lies_low_over", strings.NewReader(text(5000)), 1, 10, "", ErrBodyTooLarge},
		{"length_lies_high", strings.NewReader(text(3)), 1 << 19, 0, text(3), nil},
		{"larger_than_the_buffer", strings.NewReader(text(100_000)), -1, 0, text(100_000), nil},
		{"default_limit", strings.NewReader(text(MaxBody)), -1, 0, text(MaxBody), nil},
		{"over_default_limit", strings.NewReader(text(MaxBody + 1)), -1, 0, "", ErrBodyTooLarge},
		{"one_byte_at_a_time", iotest.OneByteReader(strings.NewReader(text(3000))), 3000, 0, text(3000), nil},
		{"end_with_data", iotest.DataErrReader(strings.NewReader("abc")), 3, 0, "abc", nil},
		{"cut_off", io.MultiReader(strings.NewReader("ab"), iotest.ErrReader(io.ErrUnexpectedEOF)), 10, 0, "", io.ErrUnexpectedEOF},
		{"too_slow", iotest.ErrReader(os.ErrDeadlineExceeded), 10, 0, "", os.ErrDeadlineExceeded},
		{"stuck", stuckReader{}, 10, 0, "", io.ErrNoProgress},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b, err := ReadBody(request(tt.body, tt.length), tt.limit)
			defer b.Release()
			if tt.err != nil {
				if !errors.Is(err, tt.err) || license.CodeOf(err) != license.Invalid || b != nil {
					t.Fatalf("ReadBody = %v, %v, want no body and invalid because of %v", b, err, tt.err)
				}
				return
			}
			if err != nil || string(b.Bytes()) != tt.want {
				t.Fatalf("ReadBody = %d bytes, %v, want %d bytes", len(b.Bytes()), err, len(tt.want))
			}
		})
	}
}

// stuckReader returns nothing, for ever.
type stuckReader struct{}

func (stuckReader) Read([]byte) (int, error) { return 0, nil }

func TestReadBody_takes_the_limit_of_the_server(t *testing.T) {
	t.Parallel()
	r := request(strings.NewReader(strings.Repeat("x", 11)), -1)
	x, r := Begin(httptest.NewRecorder(), r, "", netip.Addr{})
	x.MaxBody = 10
	if _, err := ReadBody(r, 0); !errors.Is(err, ErrBodyTooLarge) {
		t.Errorf("ReadBody(11 bytes, server takes 10) = %v, want too large", err)
	}
}

func TestReadBody_knows_MaxBytesReader(t *testing.T) {
	t.Parallel()
	r := request(strings.NewReader(strings.Repeat("x", 11)), -1)
	r.Body = http.MaxBytesReader(httptest.NewRecorder(), r.Body, 10)
	if _, err := ReadBody(r, 0); !errors.Is(err, ErrBodyTooLarge) {
		t.Errorf("ReadBody over MaxBytesReader = %v, want too large", err)
	}
}

func FuzzReadBody(f *testing.F) {
	f.Add([]byte("{}"), int64(2), int64(10))
	f.Add([]byte("xxxxxxxxxxx"), int64(-1), int64(10))
	f.Fuzz(func(t *testing.T, body []byte, length, limit int64) {
		b, err := ReadBody(request(bytes.NewReader(body), length), limit)
		defer b.Release()
		if limit <= 0 {
			limit = MaxBody
		}
		fits := int64(len(body)) <= limit && length <= limit
		if (err == nil) != fits {
			t.Fatalf("ReadBody(%d bytes, length %d, limit %d) = %v, want fits %v", len(body), length, limit, err, fits)
		}
		if err == nil && !bytes.Equal(b.Bytes(), body) {
			t.Fatalf("ReadBody changed the body")
		}
	})
}

func BenchmarkReadBody(b *testing.B) {
	body := bytes.NewReader(bytes.Repeat([]byte("x"), 200))
	r := request(body, 200)
	b.ReportAllocs()
	for b.Loop() {
		body.Seek(0, io.SeekStart)
		got, err := ReadBody(r, 0)
		if err != nil {
			b.Fatal(err)
		}
		got.Release()
	}
}
