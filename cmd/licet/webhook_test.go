package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"sync"

	"github.com/rogpeppe/go-internal/testscript"
)

// startSink FILE VAR: put the address of a receiver of webhooks into VAR. It writes a line for each to FILE: its kind, and whether it
// is signed. While there is a file FILE.fail it answers 500 and writes nothing.
func startSink(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: sink FILE VAR")
	}
	file := ts.MkAbs(args[0])
	var mu sync.Mutex
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		var m struct{ Type string }
		if _, err := os.Stat(file + ".fail"); err == nil || json.NewDecoder(r.Body).Decode(&m) != nil {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		f, err := os.OpenFile(file, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		defer f.Close()
		signed := r.Header.Get("webhook-id") != "" && r.Header.Get("webhook-timestamp") != "" && r.Header.Get("webhook-signature") != ""
		fmt.Fprintln(f, m.Type, signed)
	}))
	ts.Defer(server.Close)
	ts.Setenv(args[1], server.URL)
}
