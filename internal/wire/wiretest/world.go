package wiretest

import (
	"bytes"
	"context"
	"crypto/rand"
	"io"
	"maps"
	"net/http"
	"net/netip"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"licet/internal/authority"
	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/signing"
	"licet/internal/store"
	"licet/internal/testkit"
	"licet/internal/wire"
)

// Epoch is what the clock of a new World shows: 2026-03-23 12:00:00 UTC, the hour of the contracts'
// examples.
const Epoch license.Time = 1774267200 * 1e6

// Home is the address that calls come from where nothing else is said.
const Home = "203.0.113.1"

// World is a server with one door, on a store that it may share with other worlds: it has a tenant
// of its own. Its clock stands still unless it is told to go on.
type World struct {
	Office    *office.Office
	Authority *authority.Authority
	Keyring   *signing.Keyring
	Operator  identity.Actor // the operator, at work in this world's tenant

	now   atomic.Int64
	names map[string]string // what $name stands for
	net   *network
}

// New opens the door on s for the length of the test. Of store's errors it makes failures.
func New(t testing.TB, s *store.Store, open func(*World) wire.Door) *World {
	t.Helper()
	w := NewWith(t, s, func(*authority.Deps, *office.Deps) {})
	if open != nil {
		w.Open(t, open(w).Handler())
	}
	return w
}

// NewWith makes a world that serves nothing until [World.Open], with what edit changes of what it stands on.
func NewWith(t testing.TB, s *store.Store, edit func(*authority.Deps, *office.Deps)) *World {
	t.Helper()
	w := &World{names: map[string]string{}}
	w.now.Store(int64(Epoch))
	var master signing.MasterKey
	_, _ = rand.Read(master[:])
	w.Keyring = signing.NewKeyring(master)
	hasher := testkit.Hasher()
	people := office.Deps{Store: s, Keyring: w.Keyring, Hasher: hasher, Now: w.Now, Rand: rand.Reader}
	apps := authority.Deps{Store: s, Now: w.Now, Rand: rand.Reader, Keyring: w.Keyring, Hasher: hasher}
	edit(&apps, &people)
	w.Office, w.Authority = office.New(people), authority.New(apps)
	outside := identity.Actor{Kind: identity.Operator, Name: "test"}
	tenant, err := w.Office.CreateTenant(t.Context(), outside, "t-"+strings.ToLower(rand.Text()), "Tenant of a case")
	if err != nil {
		t.Fatal(err)
	}
	w.Operator = office.In(outside, tenant.ID)
	return w
}

// Open serves h from now on; New has done so for a door at its own path.
func (w *World) Open(t testing.TB, h http.Handler) {
	n, server := serve(h)
	w.net = n
	t.Cleanup(func() {
		n.hangUp()
		server.Close()
	})
}

// Now returns what the clock shows.
func (w *World) Now() license.Time { return license.Time(w.now.Load()) }

// Advance lets time pass.
func (w *World) Advance(d time.Duration) { w.now.Add(d.Microseconds()) }

// Name returns what $name stands for in this world: the number of a product, the key of a license.
func (w *World) Name(name string) string { return w.names[name] }

// License returns a license of this world as it is stored.
func (w *World) License(t testing.TB, name string) office.LicenseDetail {
	t.Helper()
	ref, err := w.ref(name)
	if err != nil {
		t.Fatal(err)
	}
	d, err := w.Office.ShowLicense(context.Background(), w.Operator, ref)
	if err != nil {
		t.Fatalf("ShowLicense(%s) = %v", name, err)
	}
	return d
}

// Request is one call. From is the address it comes from, [Home] when empty.
type Request struct {
	Method, Path string
	Header       http.Header
	Body         string
	From         string
}

// Client returns an HTTP client that calls the server from an address, [Home] when it is empty. Any host name in
// a URL leads to the server.
func (w *World) Client(t testing.TB, from string) *http.Client {
	t.Helper()
	if from == "" {
		from = Home
	}
	address, err := netip.ParseAddr(from)
	if err != nil {
		t.Fatal(err)
	}
	return w.net.client(address)
}

// JSON is a POST of a JSON body.
func JSON(path, body string) Request {
	return Request{Method: http.MethodPost, Path: path, Body: body, Header: http.Header{"Content-Type": {"application/json"}}}
}

// Answer is what came back.
type Answer struct {
	Status int
	Header http.Header
	Body   string
}

// Send makes a call, with $names put in. Many goroutines may send at once.
func (w *World) Send(t testing.TB, r Request) Answer {
	t.Helper()
	return w.send(t, r, nil)
}

func (w *World) send(t testing.TB, r Request, also map[string]string) Answer {
	t.Helper()
	from := r.From
	if from == "" {
		from = Home
	}
	address, err := netip.ParseAddr(from)
	if err != nil {
		t.Fatal(err)
	}
	body := w.expand(r.Body, also)
	req, err := http.NewRequestWithContext(t.Context(), r.Method, "http://licet.test"+w.expand(r.Path, also), strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	maps.Copy(req.Header, r.Header)
	if host := r.Header.Get("Host"); host != "" {
		req.Host = host
	}
	resp, err := w.net.client(address).Do(req)
	if err != nil {
		t.Errorf("%s %s: %v", r.Method, r.Path, err)
		return Answer{}
	}
	defer resp.Body.Close()
	var got bytes.Buffer
	if _, err := io.Copy(&got, resp.Body); err != nil {
		t.Errorf("%s %s: reading the answer: %v", r.Method, r.Path, err)
	}
	return Answer{Status: resp.StatusCode, Header: resp.Header, Body: got.String()}
}

// expand puts in what $names stand for; a name that nobody gave stays.
func (w *World) expand(text string, also map[string]string) string {
	if !strings.Contains(text, "$") {
		return text
	}
	return os.Expand(text, func(name string) string {
		if value, ok := also[name]; ok {
			return value
		}
		if value, ok := w.names[name]; ok {
			return value
		}
		return "$" + name
	})
}
