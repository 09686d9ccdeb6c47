package api

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
)

// recorder keeps an answer back until it is stored.
type recorder struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
}

func (r *recorder) WriteHeader(status int) { r.status = status }

func (r *recorder) Write(b []byte) (int, error) {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	return r.body.Write(b)
}

// stored is an answer as it is kept.
type stored struct {
	Status int               `json:"status"`
	Header map[string]string `json:"header"`
	Body   []byte            `json:"body"`
}

// keptHeaders are those that belong to the answer, not to the request.
func keptHeaders() []string {
	return []string{"Content-Type", "Location", "Etag", "Cache-Control", "Licet-Dry-Run"}
}

func (r *recorder) text() ([]byte, error) {
	kept := stored{Status: r.status, Header: map[string]string{}, Body: r.body.Bytes()}
	for _, name := range keptHeaders() {
		if value := r.Header().Get(name); value != "" {
			kept.Header[name] = value
		}
	}
	return json.Marshal(kept)
}

func (r *recorder) send() {
	r.ResponseWriter.WriteHeader(r.status)
	_, _ = r.ResponseWriter.Write(r.body.Bytes()) // The client has gone away; the server notices by itself.
}

// replay answers as before.
func replay(w http.ResponseWriter, text []byte) error {
	var kept stored
	if err := json.Unmarshal(text, &kept); err != nil {
		return err
	}
	for name, value := range maps.All(kept.Header) {
		w.Header().Set(name, value)
	}
	w.WriteHeader(kept.Status)
	_, _ = w.Write(kept.Body)
	return nil
}
