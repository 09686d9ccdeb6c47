package server

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
)

// open listens on one address. The error is one line that names the setting and says what to do.
func open(setting, address string) (net.Listener, error) {
	ln, err := net.Listen(network(address), address)
	switch {
	case err == nil:
		return ln, nil
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("%s: %s is taken by another program; stop it, or choose another address", setting, address)
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return nil, fmt.Errorf("%s: this machine has no address %s; choose one that it has", setting, address)
	case errors.Is(err, fs.ErrPermission):
		return nil, fmt.Errorf("%s: not allowed to listen on %s; ports below 1024 need a privilege, so choose a higher one or grant it", setting, address)
	}
	return nil, fmt.Errorf("%s: cannot listen on %s: %w", setting, address, err)
}

// network keeps an IPv4 address to IPv4 and an IPv6 one to IPv6, so that 0.0.0.0 and [::] can stand
// side by side. Names, and no host at all, get what the machine has.
func network(address string) string {
	host, _, _ := net.SplitHostPort(address)
	a, err := netip.ParseAddr(host)
	switch {
	case err != nil:
		return "tcp"
	case a.Is4():
		return "tcp4"
	}
	return "tcp6"
}

// limitListener holds at most so many connections at once. The others wait in the kernel's queue.
type limitListener struct {
	net.Listener
	slots  chan struct{}
	closed chan struct{}
	once   sync.Once
}

func newLimitListener(ln net.Listener, most int) *limitListener {
	return &limitListener{Listener: ln, slots: make(chan struct{}, most), closed: make(chan struct{})}
}

// Accept waits for a slot, then for a connection.
func (l *limitListener) Accept() (net.Conn, error) {
	select {
	case l.slots <- struct{}{}:
	case <-l.closed:
		return nil, net.ErrClosed
	}
	c, err := l.Listener.Accept()
	if err != nil {
		<-l.slots
		return nil, err
	}
	return &limitConn{Conn: c, slots: l.slots}, nil
}

// Close stops listening, also where Accept waits for a slot. It may be called again.
func (l *limitListener) Close() error {
	var err error
	l.once.Do(func() {
		close(l.closed)
		err = l.Listener.Close()
	})
	return err
}

// limitConn gives its slot back when it is closed.
type limitConn struct {
	net.Conn
	slots chan struct{}
	once  sync.Once
}

// Close closes the connection; the slot is given back once.
func (c *limitConn) Close() error {
	err := c.Conn.Close()
	c.once.Do(func() { <-c.slots })
	return err
}

// baseURL is how to reach what listens on actual, which was configured as address. A host name wins
// over the address, and "all addresses" is reached over loopback.
func baseURL(scheme, name, address string, actual net.Addr) string {
	_, port, _ := net.SplitHostPort(actual.String())
	host, _, _ := net.SplitHostPort(address)
	if a, err := netip.ParseAddr(host); err == nil && a.IsUnspecified() && a.Is6() {
		host = "::1"
	} else if host == "" || (err == nil && a.IsUnspecified()) {
		host = "127.0.0.1"
	}
	if name != "" {
		host = name
	}
	if (scheme == "http" && port == "80") || (scheme == "https" && port == "443") {
		if strings.Contains(host, ":") {
			host = "[" + host + "]"
		}
		return scheme + "://" + host
	}
	return scheme + "://" + net.JoinHostPort(host, port)
}

// writeAddress puts url into the file in one step: who finds the file finds all of it.
func writeAddress(file, url string) error {
	tmp, err := os.CreateTemp(filepath.Dir(file), ".address-*")
	if err != nil {
		return fmt.Errorf("address_file: %w", err)
	}
	_, err = tmp.WriteString(url)
	err = errors.Join(err, tmp.Chmod(0o644), tmp.Close())
	if err == nil {
		err = os.Rename(tmp.Name(), file)
	}
	if err != nil {
		_ = os.Remove(tmp.Name()) // The first error is the one to tell.
		return fmt.Errorf("address_file: %w", err)
	}
	return nil
}

// removeAddress takes an old address away, so that nobody believes it.
func removeAddress(file string) error {
	if err := os.Remove(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("address_file: %w", err)
	}
	return nil
}
