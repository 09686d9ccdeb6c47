package server

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"licet/internal/wire"
)

func TestOperations(t *testing.T) {
	t.Parallel()
	down := make(chan error, 1)
	ops := Operations{Version: "v1.2.3", Ready: func(context.Context) error {
		select {
		case err := <-down:
			return err
		default:
			return nil
		}
	}}
	r := start(t, anyPort(), fourDoors(), ops)
	mine := prometheus.NewGauge(prometheus.GaugeOpts{Name: "licet_write_group_size", Help: "x"})
	r.Registerer().MustRegister(mine)
	url := r.OperationsURL()
	down <- errors.New("the database cannot be reached")
	r.want(503, "not ready: the database cannot be reached\n", "GET", url+"/readyz", "")
	r.want(200, "ready\n", "GET", url+"/readyz", "")
	r.want(200, "ok\n", "GET", url+"/healthz", "")
	r.want(404, nothing, "GET", url+"/", "")
	r.want(405, wrongMethod, "POST", url+"/metrics", "")

	license := r.URL(wire.LicenseSurface)
	for i := range 3 {
		got := r.call("POST", license+"/rmz/verify", "hello")
		r.call("GET", license+fmt.Sprintf("/random/%d", i), "")
		r.logs.await(`"id":"` + got.header.Get("X-Request-Id") + `"`)
	}
	last := r.call("POST", license+"/portal/verify", "panic")
	r.logs.await(`"id":"` + last.header.Get("X-Request-Id") + `"`)
	text := r.call("GET", url+"/metrics", "").body
	for _, line := range []string{
		`licet_http_requests_total{class="2xx",door="rmz"} 3`,
		`licet_http_requests_total{class="4xx",door="none"} 3`,
		`licet_http_requests_total{class="5xx",door="portal"} 1`,
		`licet_http_request_duration_seconds_count{door="rmz"} 3`,
		`licet_http_requests_in_flight 0`,
		`licet_build_info{go="go1.`,
		`version="v1.2.3"} 1`,
		"licet_write_group_size 0",
		"go_goroutines ",
		"process_resident_memory_bytes ",
	} {
		if !strings.Contains(text, line) {
			t.Errorf("/metrics has no %s", line)
		}
	}
	if strings.Contains(text, "random") {
		t.Error("/metrics has a label out of a path")
	}
}

func TestOperations_address(t *testing.T) {
	t.Parallel()
	tests := []struct{ listen, operations, want string }{
		{"127.0.0.1:8080", "", "127.0.0.1:8081"},
		{"127.0.0.1:0", "", "127.0.0.1:0"},
		{"127.0.0.1:0", "off", ""},
		{"127.0.0.1:0", "127.0.0.1:9000", "127.0.0.1:9000"},
		{"127.0.0.1:8080", "[::1]:0", "[::1]:0"},
	}
	for _, tt := range tests {
		cfg := Config{Listen: []string{tt.listen}, Operations: tt.operations}.withDefaults()
		if got := cfg.operations(); got != tt.want {
			t.Errorf("listen %s, operations %q = %q, want %q", tt.listen, tt.operations, got, tt.want)
		}
	}
	cfg := anyPort()
	cfg.Operations = "off"
	r := start(t, cfg, fourDoors(), Operations{})
	if r.OperationsURL() != "" {
		t.Errorf("OperationsURL = %s, want none", r.OperationsURL())
	}
}

func TestTwoServers_share_no_state(t *testing.T) {
	t.Parallel()
	a, b := start(t, anyPort(), fourDoors(), Operations{}), start(t, anyPort(), fourDoors(), Operations{})
	if a.URL(wire.LicenseSurface) == b.URL(wire.LicenseSurface) || a.OperationsURL() == b.OperationsURL() {
		t.Error("two servers on port 0 share an address")
	}
	registry := prometheus.NewRegistry()
	ops := Operations{Registry: registry}
	if _, err := New(anyPort(), nil, ops, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := New(anyPort(), nil, ops, nil); err == nil {
		t.Error("two servers in one registry = nil, want an error")
	}
}
