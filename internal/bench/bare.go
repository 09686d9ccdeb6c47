package bench

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"time"

	"licet/internal/authority"
	"licet/internal/license"
	"licet/internal/wire"
	"licet/internal/wire/rmz"
)

// serveBare runs what every server in Go must do at least: answer has the answer in memory.
func serveBare(ctx context.Context, answer func() http.HandlerFunc, announce func(ready) error) error {
	mux := http.NewServeMux()
	handler := answer()
	mux.HandleFunc("POST "+verifyPath, handler)
	mux.HandleFunc("GET "+checkPath, handler)
	mux.HandleFunc("POST "+clientPath, handler)
	mux.HandleFunc("POST "+passwordPath, handler)
	mux.HandleFunc("POST "+validatePath, handler)
	mux.HandleFunc("POST "+sinkPath, handler)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	srv := &http.Server{Handler: mux, ReadHeaderTimeout: connectWait}
	done := make(chan error, 1)
	go func() { done <- srv.Serve(ln) }()
	if err := announce(ready{URL: "http://" + ln.Addr().String()}); err != nil {
		return errors.Join(err, srv.Close())
	}
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return srv.Close()
	}
}

// bare decodes and encodes with the code of the real door, which is made for nothing else.
func bare() http.HandlerFunc {
	ans := bareAnswer()
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := wire.ReadBody(r, 0)
		if err != nil {
			http.Error(w, "body", http.StatusBadRequest)
			return
		}
		defer body.Release()
		if _, err := rmz.Decode(body.Bytes(), r.Header.Get("Content-Type")); err != nil {
			http.Error(w, "request", http.StatusUnprocessableEntity)
			return
		}
		h := w.Header()
		h.Set("Content-Type", "application/json")
		h.Set("Cache-Control", "no-store")
		_, _ = w.Write(rmz.Encode(body.Bytes()[:0], ans)) // The client may have gone away.
	}
}

// plain decodes and encodes the same with encoding/json, as a first version would.
func plain() http.HandlerFunc {
	ans := new(verified)
	if err := json.Unmarshal(rmz.Encode(nil, bareAnswer()), ans); err != nil {
		panic(err) // Only a program that was built wrong cannot read its own answer.
	}
	return func(w http.ResponseWriter, r *http.Request) {
		var req struct {
			Product int64  `json:"product_id"`
			Key     string `json:"license_key"`
			Device  string `json:"hwid"`
		}
		err := json.NewDecoder(http.MaxBytesReader(w, r.Body, wire.MaxBody)).Decode(&req)
		if err != nil || req.Product == 0 || req.Key == "" {
			http.Error(w, "request", http.StatusUnprocessableEntity)
			return
		}
		h := w.Header()
		h.Set("Content-Type", "application/json")
		h.Set("Cache-Control", "no-store")
		_ = json.NewEncoder(w).Encode(ans) // The client may have gone away.
	}
}

// verified is the answer of the door, for encoding/json.
type verified struct {
	Success bool `json:"success"`
	Data    struct {
		Status  string `json:"status"`
		Lock    string `json:"lock_type"`
		Product struct {
			ID   int64  `json:"id"`
			Name string `json:"name"`
		} `json:"product"`
		Plan struct {
			Duration string `json:"duration"`
			Label    string `json:"duration_label"`
			Start    string `json:"start_date"`
			End      string `json:"end_date"`
			Active   bool   `json:"is_active"`
		} `json:"plan"`
		ExpiresAt   time.Time `json:"expires_at"`
		ExpiresIn   int64     `json:"expires_in_days"`
		Activations struct {
			Current   int64 `json:"current"`
			Max       int64 `json:"max"`
			Remaining int64 `json:"remaining"`
		} `json:"activations"`
		Metadata json.RawMessage `json:"metadata"`
	} `json:"data"`
}

// bareAnswer is an answer like those that the real server finds.
func bareAnswer() *authority.Answer {
	at := now()
	terms := benchTerms()
	return &authority.Answer{Now: at, State: license.State{
		Product: license.Product{ID: 1, Number: 1, Name: productName},
		License: license.License{
			ID: 1, Terms: &terms, Standing: license.Enabled, IssuedAt: at, StartedAt: at,
			ExpiresAt: terms.Duration.Add(at), FirstUsedAt: at, Activated: 1,
		},
	}}
}
