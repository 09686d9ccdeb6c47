package server

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"licet/internal/wire"
)

// Operations is what the operations address needs to know. Its zero value works.
type Operations struct {
	// Ready says whether the database can be reached; nil means there is nothing to ask. It gets
	// two seconds. Its error is shown on the operations address.
	Ready func(context.Context) error
	// Version is shown in the metrics.
	Version string
	// Registry takes the server's metrics, beside those of others; nil means a new one, which
	// [Server.Registerer] hands out. The global registry of the library is never used.
	Registry *prometheus.Registry
}

const readyWithin = 2 * time.Second

// operationsMux serves /healthz, /readyz and /metrics.
func (s *Server) operationsMux() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", healthz)
	mux.HandleFunc("GET /readyz", s.readyz)
	mux.Handle("GET /metrics", promhttp.HandlerFor(s.metrics.registry, promhttp.HandlerOpts{
		Registry: s.metrics.registry,
	}))
	mux.Handle("/", notFound{mux: mux})
	return mux
}

// readyz says whether requests should be sent here.
func (s *Server) readyz(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	if reason := s.notReady(r.Context()); reason != "" {
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = io.WriteString(w, reason+"\n")
		return
	}
	_, _ = io.WriteString(w, "ready\n")
}

// notReady returns why no requests should be sent here, or "".
func (s *Server) notReady(ctx context.Context) string {
	if s.draining.Load() {
		return "draining"
	}
	if s.ops.Ready == nil {
		return ""
	}
	ctx, cancel := context.WithTimeout(ctx, readyWithin)
	defer cancel()
	if err := s.ops.Ready(ctx); err != nil {
		return "not ready: " + err.Error()
	}
	return ""
}

// metrics are the server's own. Labels take only door names and status classes, so there are few
// of them whatever clients send.
type metrics struct {
	registry *prometheus.Registry
	inFlight prometheus.Gauge
	doors    map[string]*doorMetrics // by name; "" is what no door served
}

type doorMetrics struct {
	byClass [6]prometheus.Counter // by status/100
	seconds prometheus.Observer
}

// noDoor is the label of requests that no door served.
const noDoor = "none"

func newMetrics(ops Operations, doors []wire.Door) (*metrics, error) {
	m := &metrics{registry: ops.Registry, doors: make(map[string]*doorMetrics)}
	if m.registry == nil {
		m.registry = prometheus.NewRegistry()
	}
	m.inFlight = prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "licet_http_requests_in_flight", Help: "Requests being served now.",
	})
	requests := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "licet_http_requests_total", Help: "Requests answered, by door and class of status.",
	}, []string{"door", "class"})
	seconds := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "licet_http_request_duration_seconds", Help: "How long requests took, by door.",
		Buckets: []float64{.0001, .0003, .001, .003, .01, .03, .1, .3, 1, 3, 10},
	}, []string{"door"})
	build := prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "licet_build_info", Help: "Always 1; the labels say what runs.",
	}, []string{"version", "go"})
	build.WithLabelValues(ops.Version, runtime.Version()).Set(1)

	for _, c := range []prometheus.Collector{
		m.inFlight, requests, seconds, build,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	} {
		if err := m.registry.Register(c); err != nil {
			return nil, fmt.Errorf("metrics: %w", err)
		}
	}
	m.doors[""] = newDoorMetrics(noDoor, requests, seconds)
	for _, d := range doors {
		m.doors[d.Name] = newDoorMetrics(d.Name, requests, seconds)
	}
	return m, nil
}

func newDoorMetrics(door string, requests *prometheus.CounterVec, seconds *prometheus.HistogramVec) *doorMetrics {
	d := &doorMetrics{seconds: seconds.WithLabelValues(door)}
	for class := 1; class < len(d.byClass); class++ {
		d.byClass[class] = requests.WithLabelValues(door, fmt.Sprintf("%dxx", class))
	}
	return d
}

// observe counts one answer. A status outside 100 to 599 counts as a fault.
func (m *metrics) observe(door string, status int, took time.Duration) {
	d, ok := m.doors[door]
	if !ok {
		d = m.doors[""]
	}
	class := status / 100
	if class < 1 || class >= len(d.byClass) {
		class = 5
	}
	d.byClass[class].Inc()
	d.seconds.Observe(took.Seconds())
}
