package server

import (
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"

	"licet/internal/wire"
)

const (
	nothing     = `{"message":"Not Found"}`
	wrongMethod = `{"message":"Method Not Allowed"}`
	wrongHost   = `{"message":"Misdirected Request"}`
)

// paths are the calls of fourDoors, by surface.
var paths = map[wire.Surface]string{
	wire.LicenseSurface: "/rmz/verify",
	wire.ManageSurface:  "/v1/verify",
	wire.PortalSurface:  "/portal/verify",
	wire.InboundSurface: "/inbound/verify",
}

func TestSurfaces(t *testing.T) {
	t.Parallel()
	t.Run("S0-16", func(t *testing.T) {
		t.Parallel()
		one := Surface{Listen: []string{"127.0.0.1:0"}}
		r := start(t, Config{License: one, Manage: one, Portal: one, Inbound: one}, fourDoors(), Operations{})
		seen := map[string]bool{}
		for _, here := range wire.Surfaces() {
			seen[r.URL(here)] = true
			for _, asked := range wire.Surfaces() {
				if asked == here {
					r.want(200, "*", "POST", r.URL(here)+paths[asked], "hello")
					continue
				}
				got := r.call("POST", r.URL(here)+paths[asked], "hello")
				if got.status != 404 || got.body != nothing || got.header.Get("Content-Type") != "application/json" {
					t.Errorf("%s on the address of %s = %d %s, want 404 in JSON", paths[asked], here, got.status, got.body)
				}
			}
			// The fifth is the operations address: nobody else serves it.
			r.want(404, nothing, "GET", r.URL(here)+"/metrics", "")
			r.want(404, nothing, "GET", r.URL(here)+"/readyz", "")
			r.want(404, nothing, "POST", r.OperationsURL()+paths[here], "hello")
		}
		if len(seen) != 4 {
			t.Errorf("URLs = %v, want four addresses", seen)
		}
	})
	t.Run("S0-16_one_address_for_all", func(t *testing.T) {
		t.Parallel()
		r := start(t, anyPort(), fourDoors(), Operations{})
		for _, s := range wire.Surfaces() {
			if r.URL(s) != r.URL(wire.LicenseSurface) {
				t.Errorf("URL(%s) = %s, want the shared one", s, r.URL(s))
			}
			r.want(200, "*", "POST", r.URL(s)+paths[s], "hello")
		}
	})
	t.Run("S0-17", func(t *testing.T) {
		t.Parallel()
		apps := Surface{Listen: []string{"127.0.0.1:0", "127.0.0.2:0"}}
		vendor := Surface{Listen: []string{"127.0.0.1:0", "127.0.0.2:0"}}
		addresses := 2
		if ln, err := net.Listen("tcp6", "[::1]:0"); err == nil {
			ln.Close()
			apps.Listen = append(apps.Listen, "[::1]:0")
			vendor.Listen = append(vendor.Listen, "[::1]:0")
			addresses = 3
		}
		r := start(t, Config{License: apps, Portal: apps, Manage: vendor, Inbound: vendor}, fourDoors(), Operations{})
		for _, s := range wire.Surfaces() {
			urls := r.URLs(s)
			if len(urls) != addresses {
				t.Fatalf("URLs(%s) = %v, want %d", s, urls, addresses)
			}
			for _, url := range urls {
				got := r.call("POST", url+paths[s], "hello")
				if got.status != 200 || field(t, got.body, "body") != "hello" {
					t.Errorf("POST %s%s = %d %s, want 200 hello", url, paths[s], got.status, got.body)
				}
				client := field(t, got.body, "address")
				if want := strings.Contains(url, "["); strings.Contains(client, ":") != want {
					t.Errorf("POST %s: client address %s, want IPv6 %v", url, client, want)
				}
			}
		}
	})
	t.Run("S0-54", func(t *testing.T) {
		t.Parallel()
		own := Surface{Listen: []string{"127.0.0.1:0"}, Hosts: []string{"license.example"}}
		r := start(t, Config{Listen: []string{"127.0.0.1:0"}, License: own}, fourDoors(), Operations{})
		address := "http://" + r.rooms[0].ln.Addr().String()
		r.want(200, "ok\n", "GET", address+"/healthz", "", "Host", "license.example")
		r.want(404, nothing, "GET", r.URL(wire.ManageSurface)+"/healthz", "")
	})
}

func TestSurfaces_that_share_fixed_addresses(t *testing.T) {
	t.Parallel()
	// Grouped as S0-17 has it: two groups of addresses, each shared by two surfaces.
	apps := Surface{Listen: []string{"192.0.2.1:443", "192.0.2.2:443", "[2001:db8::1]:443"}}
	vendor := Surface{Listen: []string{"192.0.2.3:443", "192.0.2.4:443", "[2001:db8::2]:443"}}
	cfg := Config{License: apps, Portal: apps, Manage: vendor, Inbound: vendor}
	places := cfg.places()
	if len(places) != 6 {
		t.Fatalf("places = %+v, want 6", places)
	}
	for i, p := range places {
		want := []wire.Surface{wire.LicenseSurface, wire.PortalSurface}
		if i >= 3 {
			want = []wire.Surface{wire.ManageSurface, wire.InboundSurface}
		}
		if !slices.Equal(p.surfaces, want) {
			t.Errorf("surfaces at %s = %v, want %v", p.address, p.surfaces, want)
		}
	}
}

func TestHosts(t *testing.T) {
	t.Parallel()
	cfg := anyPort()
	cfg.License = Surface{Hosts: []string{"License.example", "192.0.2.7"}, RootDoor: "rmz"}
	cfg.Manage = Surface{Hosts: []string{"manage.example"}}
	tests := []struct {
		host, method, path string
		status             int
		body               string
	}{
		{"license.example", "POST", "/rmz/verify", 200, "*"},
		{"license.example:8443", "POST", "/rmz/verify", 200, "*"},
		{"LICENSE.example.", "POST", "/rmz/verify", 200, "*"},
		{"192.0.2.7:80", "POST", "/rmz/verify", 200, "*"},
		{"license.example", "POST", "/verify", 200, "*"},
		{"license.example", "GET", "/items/k1", 200, `"k1"`},
		{"license.example", "GET", "/verify", 405, wrongMethod},
		{"license.example", "POST", "/v1/verify", 404, nothing},
		{"license.example", "GET", "/", 404, nothing},
		{"manage.example", "POST", "/v1/verify", 200, "*"},
		{"manage.example", "POST", "/rmz/verify", 404, nothing},
		{"manage.example", "POST", "/verify", 404, nothing},
		{"manage.example", "GET", "/", 404, nothing},
		{"other.example", "POST", "/portal/verify", 200, "*"},
		{"other.example", "POST", "/rmz/verify", 404, nothing},
		{"other.example", "POST", "/v1/verify", 404, nothing},
		{"license.example", "POST", "/portal/verify", 200, "*"},
	}
	r := start(t, cfg, fourDoors(), Operations{})
	address := "http://" + r.rooms[0].ln.Addr().String()
	for _, tt := range tests {
		r.want(tt.status, tt.body, tt.method, address+tt.path, "hello", "Host", tt.host)
	}
	if want := "http://License.example:"; !strings.HasPrefix(r.URL(wire.LicenseSurface), want) {
		t.Errorf("URL = %s, want %s…", r.URL(wire.LicenseSurface), want)
	}
}

func TestHosts_nobody_answers_for(t *testing.T) {
	t.Parallel()
	cfg := anyPort()
	cfg.License = Surface{Listen: []string{"127.0.0.1:0"}, Hosts: []string{"license.example"}}
	r := start(t, cfg, fourDoors(), Operations{})
	address := "http://" + r.rooms[0].ln.Addr().String()
	r.want(421, wrongHost, "POST", address+"/rmz/verify", "hello", "Host", "other.example")
	r.want(200, "*", "POST", address+"/rmz/verify", "hello", "Host", "license.example")
}

func TestBareHost(t *testing.T) {
	t.Parallel()
	tests := []struct{ in, want string }{
		{"", ""}, {"a.example", "a.example"}, {"A.example.:80", "a.example"}, {"192.0.2.1:80", "192.0.2.1"},
		{"[2001:DB8::1]:80", "2001:db8::1"}, {"[::1]", "::1"}, {"a:b:c", "a:b"}, {":", ""}, {"[", ""},
	}
	for _, tt := range tests {
		if got := bareHost(tt.in); got != tt.want {
			t.Errorf("bareHost(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}

func TestUnknownPaths(t *testing.T) {
	t.Parallel()
	r := start(t, anyPort(), fourDoors(), Operations{})
	url := r.URL(wire.LicenseSurface)
	r.want(404, nothing, "POST", url+"/verify", "hello")
	r.want(404, nothing, "GET", url+"/rmz/", "")
	r.want(404, nothing, "BREW", url+"/coffee", "")
	r.want(405, wrongMethod, "DELETE", url+"/rmz/verify", "")
	for path, want := range map[string]string{"/rmz/verify": "POST", "/rmz/items/x": "GET, HEAD", "/healthz": "GET, HEAD"} {
		if got := r.call("PUT", url+path, "").header.Get("Allow"); got != want {
			t.Errorf("PUT %s: Allow = %q, want %q", path, got, want)
		}
	}
}

// A door at the root answers for whatever no other door has.
func TestDoorAtTheRoot(t *testing.T) {
	t.Parallel()
	doors := fourDoors()
	doors[1].Mount = func(m *wire.Mux) {
		m.Handle("GET /", func(w http.ResponseWriter, _ *http.Request) error { return wire.WriteJSON(w, 200, "page") })
	}
	cfg := anyPort()
	cfg.Manage.RootDoor = "native_manage"
	r := start(t, cfg, doors, Operations{})
	r.want(200, `"page"`, "GET", r.URL(wire.ManageSurface)+"/", "")
	r.want(200, "*", "POST", r.URL(wire.ManageSurface)+"/rmz/verify", "hello")
}

func TestNew_refuses_doors(t *testing.T) {
	t.Parallel()
	door := func(change func(*wire.Door)) []wire.Door {
		d := fakeDoor("b", wire.LicenseSurface, "/b")
		change(&d)
		return []wire.Door{fakeDoor("a", wire.LicenseSurface, "/a"), d}
	}
	tests := []struct {
		name  string
		doors []wire.Door
		want  string
	}{
		{"same_routes", door(func(d *wire.Door) { d.Path = "/a" }), `the door b cannot open at "/a/": pattern "POST /a/verify"`},
		{"same_name", door(func(d *wire.Door) { d.Name = "a" }), "two doors are called a"},
		{"bad_name", door(func(d *wire.Door) { d.Name = "B b" }), `the door "B b" needs a name of a-z, 0-9, _ and -`},
		{"reserved_name", door(func(d *wire.Door) { d.Name = "none" }), `the door "none" needs a name of a-z, 0-9, _ and -`},
		{"no_surface", door(func(d *wire.Door) { d.Surface = "" }), "the door b belongs to no surface"},
		{"slash_at_the_end", door(func(d *wire.Door) { d.Path = "/b/" }), `the door b has the path "/b/", which must begin with a slash and end without one`},
	}
	for _, tt := range tests {
		if _, err := New(anyPort(), tt.doors, Operations{}, nil); err == nil || !strings.HasPrefix(err.Error(), tt.want) {
			t.Errorf("%s: New = %v, want %s…", tt.name, err, tt.want)
		}
	}
	cfg := anyPort()
	cfg.Portal.RootDoor = "rmz"
	if _, err := New(cfg, fourDoors(), Operations{}, nil); err == nil || err.Error() != `portal.root_door: there is no door "rmz" on this surface; it has: portal` {
		t.Errorf("New = %v, want the doors of the portal", err)
	}
}
