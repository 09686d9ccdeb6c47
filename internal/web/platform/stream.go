package platform

import (
	"io"
	"net/http"
	"time"
)

// streamWait is how long a browser may take for each piece of a download.
const streamWait = time.Minute

// stream returns where a long download is written: each piece has its own time, so that a slow line takes as long as it takes,
// and one that reads nothing ends.
func (v *visit) stream() io.Writer { return &stream{v.w, http.NewResponseController(v.w)} }

type stream struct {
	w       http.ResponseWriter
	control *http.ResponseController
}

// Write writes a piece.
func (s *stream) Write(p []byte) (int, error) {
	_ = s.control.SetWriteDeadline(time.Now().Add(streamWait)) // A writer that has none is bounded by the server's.
	return s.w.Write(p)
}
