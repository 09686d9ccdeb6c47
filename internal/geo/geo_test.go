package geo_test

import (
	"bytes"
	"cmp"
	"context"
	"maps"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/maxmind/mmdbwriter"
	"github.com/maxmind/mmdbwriter/mmdbtype"

	"licet/internal/geo"
)

// database makes a database file of networks and what is known of them.
func database(t *testing.T, networks map[string]mmdbtype.DataType) []byte {
	t.Helper()
	tree, err := mmdbwriter.New(mmdbwriter.Options{DatabaseType: "Test-Country", IncludeReservedNetworks: true})
	if err != nil {
		t.Fatal(err)
	}
	// What is inserted later takes the place of what was there, so the larger networks come first.
	wide := func(text string) int { return netip.MustParsePrefix(text).Bits() }
	for _, text := range slices.SortedFunc(maps.Keys(networks), func(a, b string) int { return cmp.Compare(wide(a), wide(b)) }) {
		_, network, err := net.ParseCIDR(text)
		if err != nil {
			t.Fatal(err)
		}
		if err := tree.Insert(network, networks[text]); err != nil {
			t.Fatal(err)
		}
	}
	var b bytes.Buffer
	if _, err := tree.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func in(member, code string) mmdbtype.DataType {
	return mmdbtype.Map{mmdbtype.String(member): mmdbtype.Map{"iso_code": mmdbtype.String(code)}}
}

// write puts a file in place, with a time of its own.
func write(t *testing.T, path string, content []byte, at time.Time) {
	t.Helper()
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(path, at, at); err != nil {
		t.Fatal(err)
	}
}

func TestCountryOf(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "countries.mmdb")
	write(t, path, database(t, map[string]mmdbtype.DataType{
		"192.0.2.0/24":     in("country", "DE"),
		"198.51.100.0/24":  in("registered_country", "FR"),
		"203.0.113.0/24":   mmdbtype.Map{"country_code": mmdbtype.String("at")},
		"203.0.113.128/25": mmdbtype.Map{"continent": mmdbtype.Map{"code": mmdbtype.String("EU")}},
		"2001:db8::/32":    in("country", "US"),
		"2001:db8:9::/48":  in("country", "Moon"),
	}), time.Unix(1, 0))
	c, err := geo.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	for address, want := range map[string]string{
		"192.0.2.7": "DE", "::ffff:192.0.2.7": "DE", "198.51.100.1": "FR", "203.0.113.1": "AT", "203.0.113.200": "",
		"2001:db8::1": "US", "2001:db8::1%eth0": "US", "2001:db8:9::1": "", "10.0.0.1": "", "::1": "",
	} {
		if got := c.CountryOf(netip.MustParseAddr(address)); got != want {
			t.Errorf("CountryOf(%s) = %q, want %q", address, got, want)
		}
	}
	if got := c.CountryOf(netip.Addr{}); got != "" {
		t.Errorf("CountryOf of no address = %q, want none", got)
	}
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	whole := database(t, map[string]mmdbtype.DataType{"192.0.2.0/24": in("country", "DE")})
	for name, file := range map[string]struct {
		content []byte
		want    string
	}{
		"empty":     {nil, "invalid MaxMind DB"},
		"text":      {[]byte("no database"), "invalid MaxMind DB"},
		"cut":       {whole[:len(whole)/2], "invalid MaxMind DB"},
		"beheaded":  {whole[len(whole)/2:], "metadata"},
		"no_places": {database(t, map[string]mmdbtype.DataType{"192.0.2.0/24": mmdbtype.Map{"asn": mmdbtype.Uint32(1)}}), "knows no countries"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(dir, name)
			write(t, path, file.content, time.Unix(1, 0))
			if _, err := geo.Open(path); err == nil || !strings.Contains(err.Error(), file.want) {
				t.Errorf("Open = %v, want %q", err, file.want)
			}
		})
	}
	if _, err := geo.Open(filepath.Join(dir, "nowhere")); err == nil {
		t.Error("Open of no file went well")
	}
}

func TestWatch(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "countries.mmdb")
	of := func(code string) []byte {
		return database(t, map[string]mmdbtype.DataType{"192.0.2.0/24": in("country", code)})
	}
	write(t, path, of("DE"), time.Unix(1, 0))
	c, err := geo.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	address := netip.MustParseAddr("192.0.2.7")
	is := func(want string) {
		t.Helper()
		if got := c.CountryOf(address); got != want {
			t.Errorf("CountryOf = %q, want %q", got, want)
		}
	}
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		var mu sync.Mutex
		var failures int
		var done sync.WaitGroup
		done.Go(func() {
			c.Watch(ctx, func(error) {
				mu.Lock()
				defer mu.Unlock()
				failures++
			})
		})
		minute := func() {
			time.Sleep(61 * time.Second)
			synctest.Wait()
		}
		is("DE")
		write(t, path, of("FR"), time.Unix(2, 0))
		is("DE")
		minute()
		is("FR")
		write(t, path, []byte("broken"), time.Unix(3, 0))
		minute()
		minute()
		is("FR")
		mu.Lock()
		if failures != 1 {
			t.Errorf("a broken file was told of %d times, want once", failures)
		}
		mu.Unlock()
		write(t, path, of("AT"), time.Unix(4, 0))
		minute()
		is("AT")
		stop()
		done.Wait()
	})
}

func TestLookupsWhileReloading(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "countries.mmdb")
	content := database(t, map[string]mmdbtype.DataType{"192.0.2.0/24": in("country", "DE")})
	write(t, path, content, time.Unix(1, 0))
	c, err := geo.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 1000 {
				if got := c.CountryOf(netip.MustParseAddr("192.0.2.7")); got != "DE" {
					t.Errorf("CountryOf = %q, want DE", got)
					return
				}
			}
		})
	}
	for i := range 20 {
		write(t, path, content, time.Unix(int64(i+2), 0))
		if changed, err := c.Reload(); err != nil || !changed {
			t.Errorf("Reload = %v, %v, want a new one", changed, err)
		}
	}
	all.Wait()
}
