package wiretest

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"sync"
	"time"
)

// network is a listener in memory whose peers have the addresses they choose.
type network struct {
	calls  chan net.Conn
	closed chan struct{}
	once   sync.Once

	mu      sync.Mutex // guards clients
	clients map[netip.Addr]*http.Client
}

// serve starts a server of h that is reached by [network.client] alone.
func serve(h http.Handler) (*network, *httptest.Server) {
	n := &network{calls: make(chan net.Conn), closed: make(chan struct{}), clients: make(map[netip.Addr]*http.Client)}
	server := &httptest.Server{Listener: n, Config: &http.Server{Handler: h}}
	server.Start()
	return n, server
}

// Accept returns the next connection.
func (n *network) Accept() (net.Conn, error) {
	select {
	case c := <-n.calls:
		return c, nil
	case <-n.closed:
		return nil, net.ErrClosed
	}
}

// Close ends the listening.
func (n *network) Close() error {
	n.once.Do(func() { close(n.closed) })
	return nil
}

// Addr is the address of the server, which nobody needs to dial.
func (n *network) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 80} }

// peer is the server's end of a connection.
type peer struct {
	net.Conn
	from net.Addr
}

// RemoteAddr is the address that the client chose.
func (p peer) RemoteAddr() net.Addr { return p.from }

func (n *network) dial(ctx context.Context, from netip.Addr) (net.Conn, error) {
	client, server := net.Pipe()
	select {
	case n.calls <- peer{server, net.TCPAddrFromAddrPort(netip.AddrPortFrom(from, 50000))}:
		return client, nil
	case <-n.closed:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// client returns the HTTP client that calls from an address.
func (n *network) client(from netip.Addr) *http.Client {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.clients[from] == nil {
		n.clients[from] = &http.Client{
			Timeout: time.Minute, // A server that never answers fails the test, and not the whole run.
			Transport: &http.Transport{MaxIdleConnsPerHost: 64, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
				return n.dial(ctx, from)
			}},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		}
	}
	return n.clients[from]
}

func (n *network) hangUp() {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, c := range n.clients {
		c.CloseIdleConnections()
	}
}
