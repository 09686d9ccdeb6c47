package wire

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// jsonBuffer is an encoder and what it writes into, used again together.
type jsonBuffer struct {
	bytes.Buffer
	encoder *json.Encoder
}

// jsonBuffers keeps encoders between answers; which one a caller gets makes no difference to it.
var jsonBuffers = sync.Pool{New: func() any {
	b := new(jsonBuffer)
	b.encoder = json.NewEncoder(&b.Buffer)
	b.encoder.SetEscapeHTML(false)
	return b
}}

// WriteJSON answers with status and v as JSON: no HTML escapes, exact Content-Length, one Write.
// Unless the handler has set them, Content-Type is application/json and Cache-Control no-store,
// because an answer about a license must not come out of somebody's cache.
//
// The error is that of the encoding, and then nothing was written. That the client has gone away
// is no error: there is nobody to tell.
func WriteJSON(w http.ResponseWriter, status int, v any) error {
	b := jsonBuffers.Get().(*jsonBuffer)
	defer func() {
		if b.Cap() <= largestKept {
			jsonBuffers.Put(b)
		}
	}()
	b.Reset()
	if err := b.encoder.Encode(v); err != nil {
		return fmt.Errorf("encode answer: %w", err)
	}
	WriteJSONBytes(w, status, bytes.TrimSuffix(b.Bytes(), []byte("\n")))
	return nil
}

// WriteJSONBytes is WriteJSON for an answer that is JSON already.
func WriteJSONBytes(w http.ResponseWriter, status int, body []byte) {
	h := w.Header()
	if h.Get("Content-Type") == "" {
		h.Set("Content-Type", "application/json")
	}
	if h.Get("Cache-Control") == "" {
		h.Set("Cache-Control", "no-store")
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body) // The client has gone away; the server notices by itself.
}

// setRetryAfter sets Retry-After to wait in whole seconds, rounded up and at least 1. A wait of 0
// or less is unknown and sets nothing.
func setRetryAfter(h http.Header, wait time.Duration) {
	if wait > 0 {
		h.Set("Retry-After", strconv.FormatInt(wholeSeconds(wait), 10))
	}
}

// wholeSeconds rounds up: a client that waits as long as it was told must not come too early.
func wholeSeconds(d time.Duration) int64 {
	return int64((d + time.Second - 1) / time.Second)
}
