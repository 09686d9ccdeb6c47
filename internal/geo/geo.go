// Package geo tells in which country a network address is, out of a database file in the format of MaxMind: GeoLite2 Country and
// City, GeoIP2, DB-IP and others come so. Licet brings no such file; whoever runs the server names one.
//
// The file is read whole into memory, so that it may be replaced or written over at any time. [Countries.Watch] takes in a file
// that has changed; until a new one is found good, the old one goes on.
package geo

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/oschwald/maxminddb-golang/v2"
)

// checkEvery is how often Watch looks whether the file has changed.
const checkEvery = time.Minute

// Countries is a database file. It is safe for use by many goroutines.
type Countries struct {
	path   string
	reader atomic.Pointer[maxminddb.Reader]

	mu   sync.Mutex // guards seen, and makes reloads come one after another
	seen stamp      // of the file that is in use, or that was no good
}

// stamp tells one version of a file from another.
type stamp struct {
	size     int64
	modified time.Time
}

// Open reads a database file. It refuses what is none, and one that knows no countries.
func Open(path string) (*Countries, error) {
	c := &Countries{path: path}
	_, err := c.Reload()
	if err != nil {
		return nil, err
	}
	return c, nil
}

// CountryOf returns the country of an address by its code of ISO 3166, in capitals; "" where the file does not know it, as for
// private addresses.
func (c *Countries) CountryOf(address netip.Addr) string {
	if !address.IsValid() {
		return ""
	}
	return country(c.reader.Load(), address.WithZone("").Unmap())
}

// country looks in the places where databases keep it: the country of the address, that of whom it was given to, and a code of
// its own.
func country(r *maxminddb.Reader, address netip.Addr) string {
	found := r.Lookup(address)
	if !found.Found() {
		return ""
	}
	for _, path := range [][]any{{"country", "iso_code"}, {"registered_country", "iso_code"}, {"country_code"}} {
		var code string
		if err := found.DecodePath(&code, path...); err == nil && len(code) == 2 {
			return strings.ToUpper(code)
		}
	}
	return ""
}

// Reload reads the file again if it has changed since it was read last, and reports whether a new one is in use. With an error
// the old one is, and the same file is not tried again.
func (c *Countries) Reload() (bool, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	info, err := os.Stat(c.path)
	if err != nil {
		return false, fmt.Errorf("country database: %w", err)
	}
	now := stamp{info.Size(), info.ModTime()}
	if now == c.seen {
		return false, nil
	}
	c.seen = now
	text, err := os.ReadFile(c.path)
	if err != nil {
		return false, fmt.Errorf("country database: %w", err)
	}
	reader, err := maxminddb.OpenBytes(text)
	if err == nil {
		err = probe(reader)
	}
	if err != nil {
		return false, fmt.Errorf("country database %s: %w", c.path, err)
	}
	c.reader.Store(reader)
	return true, nil
}

// probe looks for any address with a country.
func probe(r *maxminddb.Reader) error {
	const most = 10_000
	n := 0
	for found := range r.Networks() {
		if err := found.Err(); err != nil {
			return err
		}
		if country(r, found.Prefix().Addr()) != "" {
			return nil
		}
		if n++; n == most {
			break
		}
	}
	return fmt.Errorf("it knows no countries; its type is %q", r.Metadata.DatabaseType)
}

// Watch takes in a changed file within about a minute, until ctx ends. What is wrong with a new file goes to failed.
func (c *Countries) Watch(ctx context.Context, failed func(error)) {
	tick := time.NewTicker(checkEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if _, err := c.Reload(); err != nil {
			failed(err)
		}
	}
}
