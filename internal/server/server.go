package server

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"licet/internal/license"
	"licet/internal/wire"
)

// maxHeader is how many bytes the head of a request may have.
const maxHeader = 32 << 10

// Server serves the doors. Make one with [New].
type Server struct {
	cfg      Config
	ops      Operations
	log      *slog.Logger
	proxies  wire.Proxies
	ids      *wire.RequestIDs
	metrics  *metrics
	tls      *tls.Config // nil for plain HTTP
	rooms    []*room     // the places of the surfaces
	office   *room       // the operations address; nil when off
	draining atomic.Bool
}

// room is one address: where it is, what answers there, and, once open, its listener.
type room struct {
	place   place
	handler http.Handler
	tls     *tls.Config
	ln      net.Listener
	http    *http.Server
}

// New checks the settings and puts the doors behind their addresses; it opens none. The error is
// one line: a wrong setting ([Config.Validate]), a certificate that cannot be read, an unknown root
// door, or routes that clash. A nil logger means slog's default.
func New(cfg Config, doors []wire.Door, ops Operations, logger *slog.Logger) (*Server, error) {
	cfg = cfg.withDefaults()
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	if err := checkDoors(&cfg, doors); err != nil {
		return nil, err
	}
	if logger == nil {
		logger = slog.Default()
	}
	s := &Server{cfg: cfg, ops: ops, log: logger, ids: wire.NewRequestIDs()}
	var err error
	if s.proxies, err = wire.ParseProxies(cfg.TrustedProxies); err != nil {
		return nil, err
	}
	if s.tls, err = cfg.TLS.config(); err != nil {
		return nil, err
	}
	if s.metrics, err = newMetrics(ops, doors); err != nil {
		return nil, err
	}
	for _, p := range cfg.places() {
		h, err := cfg.settle(p, doors)
		if err != nil {
			return nil, err
		}
		s.rooms = append(s.rooms, &room{place: p, handler: &front{server: s, houses: h}, tls: s.tls})
	}
	if address := cfg.operations(); address != "" {
		s.office = &room{place: place{address: address, setting: "operations"}, handler: s.operationsMux()}
	}
	return s, nil
}

func checkDoors(cfg *Config, doors []wire.Door) error {
	names := make(map[string]bool)
	for _, d := range doors {
		switch {
		case d.Name == "" || d.Name == noDoor || strings.Trim(d.Name, "abcdefghijklmnopqrstuvwxyz0123456789_-") != "":
			return fmt.Errorf("the door %q needs a name of a-z, 0-9, _ and -", d.Name)
		case names[d.Name]:
			return fmt.Errorf("two doors are called %s", d.Name)
		case !slices.Contains(wire.Surfaces(), d.Surface):
			return fmt.Errorf("the door %s belongs to no surface", d.Name)
		case d.Path != "" && (d.Path[0] != '/' || strings.HasSuffix(d.Path, "/")):
			return fmt.Errorf("the door %s has the path %q, which must begin with a slash and end without one", d.Name, d.Path)
		}
		names[d.Name] = true
	}
	for _, surface := range wire.Surfaces() {
		root := cfg.surface(surface).RootDoor
		if root == "" {
			continue
		}
		var there []string
		for _, d := range doors {
			if d.Surface == surface {
				there = append(there, d.Name)
			}
		}
		if !slices.Contains(there, root) {
			return license.Invalidf(string(surface)+".root_door", "there is no door %q on this surface; it has: %s", root, strings.Join(there, ", "))
		}
	}
	return nil
}

// Registerer takes the metrics of others. They appear on the operations address.
func (s *Server) Registerer() prometheus.Registerer { return s.metrics.registry }

// all returns the rooms of the surfaces and that of the operations address.
func (s *Server) all() []*room {
	if s.office == nil {
		return s.rooms
	}
	return append(slices.Clip(s.rooms), s.office)
}

// Listen opens every address, or none: the error says in one line which one cannot be opened and
// what to do. Connections wait until Run. Listening again does nothing.
func (s *Server) Listen() error {
	for _, r := range s.all() {
		if r.ln != nil {
			continue
		}
		ln, err := open(r.place.setting, r.place.address)
		if err != nil {
			s.Close()
			return err
		}
		r.ln = newLimitListener(ln, s.cfg.MaxConnections)
	}
	return nil
}

// Close closes what Listen has opened, for callers that do not go on to Run.
func (s *Server) Close() {
	for _, r := range s.all() {
		if r.ln != nil {
			_ = r.ln.Close() // Nothing was written to it.
			r.ln = nil
		}
	}
}

// URL returns the base URL of a surface, such as "http://127.0.0.1:8080", on the first of its
// addresses; "" before Listen.
func (s *Server) URL(surface wire.Surface) string {
	if urls := s.URLs(surface); len(urls) > 0 {
		return urls[0]
	}
	return ""
}

// URLs returns the base URLs of a surface, one for each of its addresses; none before Listen.
func (s *Server) URLs(surface wire.Surface) []string {
	scheme, name := "http", ""
	if s.tls != nil {
		scheme = "https"
	}
	if hosts := s.cfg.surface(surface).Hosts; len(hosts) > 0 {
		name = hosts[0]
	}
	var out []string
	for _, r := range s.rooms {
		if r.ln != nil && slices.Contains(r.place.surfaces, surface) {
			out = append(out, baseURL(scheme, name, r.place.address, r.ln.Addr()))
		}
	}
	return out
}

// OperationsURL returns the base URL of the operations address; "" before Listen and when it is off.
func (s *Server) OperationsURL() string {
	if s.office == nil || s.office.ln == nil {
		return ""
	}
	return baseURL("http", "", s.office.place.address, s.office.ln.Addr())
}

// Run serves until ctx ends, then drains and returns nil. It opens the addresses where Listen has
// not, and writes the address file once connections are served. An error means that it could not
// start, or that an address failed while it ran.
//
// While it drains, /readyz says 503, no connections are taken, and requests in flight go on for up
// to DrainTimeout; their contexts end only then. Run is called once.
func (s *Server) Run(ctx context.Context) error {
	file := s.cfg.AddressFile
	if file != "" {
		if err := removeAddress(file); err != nil {
			return err
		}
	}
	if err := s.Listen(); err != nil {
		return err
	}
	collectLess()
	base, cut := context.WithCancel(context.WithoutCancel(ctx))
	defer cut()
	failed := make(chan error, len(s.all()))
	var serving sync.WaitGroup
	for _, r := range s.all() {
		r.http = s.httpServer(base, r.handler, r.tls)
		serving.Go(func() { failed <- r.serve() })
	}
	err := s.announce(file)
	if err == nil {
		select {
		case <-ctx.Done():
		case err = <-failed:
		}
	}
	s.drain(base, cut)
	serving.Wait()
	if file != "" {
		err = errors.Join(err, removeAddress(file))
	}
	return err
}

// announce tells the address file and the log that the server is ready.
func (s *Server) announce(file string) error {
	if file != "" {
		if err := writeAddress(file, s.URL(wire.LicenseSurface)); err != nil {
			return err
		}
	}
	for _, surface := range wire.Surfaces() {
		s.log.Info("listening", "surface", string(surface), "urls", s.URLs(surface))
	}
	if url := s.OperationsURL(); url != "" {
		s.log.Info("listening", "surface", "operations", "urls", []string{url})
	}
	return nil
}

func (s *Server) httpServer(base context.Context, h http.Handler, tls *tls.Config) *http.Server {
	return &http.Server{
		Handler:           h,
		TLSConfig:         tls,
		ReadHeaderTimeout: s.cfg.ReadHeaderTimeout,
		ReadTimeout:       s.cfg.ReadTimeout,
		WriteTimeout:      s.cfg.WriteTimeout,
		IdleTimeout:       s.cfg.IdleTimeout,
		MaxHeaderBytes:    maxHeader,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelWarn),
		BaseContext:       func(net.Listener) context.Context { return base },
	}
}

func (r *room) serve() error {
	var err error
	if r.tls != nil {
		err = r.http.ServeTLS(r.ln, "", "")
	} else {
		err = r.http.Serve(r.ln)
	}
	return fmt.Errorf("%s: %s no longer listens: %w", r.place.setting, r.place.address, err)
}

// lastWords is how long the operations address may take to close.
const lastWords = time.Second

// drain ends serving. The operations address goes last, so that it can be asked until then.
func (s *Server) drain(base context.Context, cut context.CancelFunc) {
	s.draining.Store(true)
	for _, r := range s.rooms {
		_ = r.ln.Close() // Shutdown would do it; doing it first makes the line below true.
	}
	s.log.Info("draining: no new connections are taken", "timeout", s.cfg.DrainTimeout.String())
	ctx, cancel := context.WithTimeout(base, s.cfg.DrainTimeout)
	defer cancel()
	var late atomic.Bool
	var rooms sync.WaitGroup
	for _, r := range s.rooms {
		rooms.Go(func() {
			if err := r.http.Shutdown(ctx); errors.Is(err, context.DeadlineExceeded) {
				late.Store(true)
			}
		})
	}
	rooms.Wait()
	if late.Load() {
		s.log.Warn("requests were still running after the drain timeout and were cut off")
	}
	cut()
	for _, r := range s.rooms {
		_ = r.http.Close() // What is left was told so above.
	}
	if s.office != nil {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(base), lastWords)
		defer cancel()
		_ = s.office.http.Shutdown(ctx) // Close does the rest.
		_ = s.office.http.Close()
	}
	s.log.Info("stopped")
}

// collectLess lets the heap grow to five times what lives in it, instead of twice, before Go collects
// garbage: what lives is a few megabytes, nearly all of a request dies with it, and collecting took a
// twelfth of a check. An operator's GOGC wins.
func collectLess() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(400)
	}
}
