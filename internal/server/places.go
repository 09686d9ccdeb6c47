package server

import (
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"licet/internal/wire"
)

// place is one address to listen on, and the surfaces that answer there.
type place struct {
	address  string
	setting  string // the setting that names it first, for errors
	surfaces []wire.Surface

	id string // what tells it from other places before its port is known
}

// places lists the addresses of all surfaces, in the order of the surfaces, each once. Two entries
// with port 0 are two addresses, unless they are the same entry of the shared list.
func (c *Config) places() []place {
	var out []place
	for _, name := range wire.Surfaces() {
		setting, list := "listen", c.Listen
		if own := c.surface(name).Listen; len(own) > 0 {
			setting, list = string(name)+".listen", own
		}
		for i, address := range list {
			id := address
			if portOf(address) == "0" {
				id = fmt.Sprintf("%s %s %d", address, setting, i)
			}
			at := slices.IndexFunc(out, func(p place) bool { return p.id == id })
			if at < 0 {
				out = append(out, place{address: address, setting: setting, id: id})
				at = len(out) - 1
			}
			if !slices.Contains(out[at].surfaces, name) {
				out[at].surfaces = append(out[at].surfaces, name)
			}
		}
	}
	return out
}

// anyPort reports whether some surface listens on port 0.
func (c *Config) anyPort() bool {
	return slices.ContainsFunc(c.places(), func(p place) bool { return portOf(p.address) == "0" })
}

// operations returns the operations address, or "" for none.
func (c *Config) operations() string {
	switch {
	case c.Operations == operationsOff:
		return ""
	case c.Operations == defaultOperations && c.anyPort():
		return "127.0.0.1:0"
	}
	return c.Operations
}

// houses are the muxes of one place: one for each host name some surface there answers for, and
// one for all other names.
type houses struct {
	byHost map[string]http.Handler
	others http.Handler // nil when every surface here has host names
}

// of returns the mux for a request's Host, or nil when no surface answers for it.
func (h *houses) of(host string) http.Handler {
	if len(h.byHost) == 0 {
		return h.others
	}
	if mux, ok := h.byHost[bareHost(host)]; ok {
		return mux
	}
	return h.others
}

// bareHost gives a Host header the spelling of a setting: no port, no final dot, small letters.
func bareHost(host string) string {
	if i := strings.LastIndexByte(host, ':'); i > strings.LastIndexByte(host, ']') {
		host = host[:i]
	}
	host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	if a, err := netip.ParseAddr(host); err == nil {
		return a.String()
	}
	return strings.ToLower(strings.TrimSuffix(host, "."))
}

// settle builds the muxes of a place.
func (c *Config) settle(p place, doors []wire.Door) (houses, error) {
	var hosts []string
	for _, name := range p.surfaces {
		for _, h := range c.surface(name).Hosts {
			hosts = append(hosts, hostKey(h))
		}
	}
	h := houses{byHost: make(map[string]http.Handler)}
	for _, host := range append(hosts, "") {
		mux, err := c.house(p, host, doors)
		switch {
		case err != nil:
			return houses{}, err
		case mux == nil:
		case host == "":
			h.others = mux
		default:
			h.byHost[host] = mux
		}
	}
	return h, nil
}

// hostKey is the spelling of a host name in settings that bareHost gives to Host headers.
func hostKey(host string) string {
	if a, err := netip.ParseAddr(host); err == nil {
		return a.String()
	}
	return bareHost(host)
}

// house builds the mux for one host at a place; "" is any host that no surface there has named. It
// is nil when no surface answers for that host.
func (c *Config) house(p place, host string, doors []wire.Door) (http.Handler, error) {
	var open []wire.Surface
	for _, name := range p.surfaces {
		names := c.surface(name).Hosts
		if len(names) == 0 || slices.ContainsFunc(names, func(h string) bool { return hostKey(h) == host }) {
			open = append(open, name)
		}
	}
	if len(open) == 0 {
		return nil, nil
	}
	b := builder{mux: http.NewServeMux(), owner: make(map[string]string), unknown: make(map[string]func(http.ResponseWriter, *http.Request, []string))}
	for _, name := range open {
		for _, d := range doors {
			if d.Surface != name {
				continue
			}
			if err := b.attach(d, d.Path); err != nil {
				return nil, err
			}
			if d.Name == c.surface(name).RootDoor && d.Path != "" {
				if err := b.attach(d, ""); err != nil {
					return nil, err
				}
			}
		}
	}
	if slices.Contains(open, wire.LicenseSurface) {
		b.add("GET /healthz", http.HandlerFunc(healthz))
	}
	b.add("/", notFound{b.mux, b.unknown})
	return b.mux, nil
}

// builder collects the routes of a mux and knows which door brought which.
type builder struct {
	mux   *http.ServeMux
	owner map[string]string // pattern → door

	unknown map[string]func(http.ResponseWriter, *http.Request, []string) // path of a door → what answers below it
}

// attach hangs in the routes of a door. Two routes that clash are an error that names the doors.
func (b *builder) attach(d wire.Door, prefix string) (err error) {
	defer func() {
		if clash := recover(); clash != nil {
			err = fmt.Errorf("the door %s cannot open at %q: %v", d.Name, prefix+"/", clash)
		}
	}()
	if d.WriteUnknown != nil && prefix != "" {
		b.unknown[prefix] = d.WriteUnknown
	}
	for _, pattern := range d.Attach(b.mux, prefix) {
		b.owner[pattern] = d.Name
	}
	return nil
}

// add hangs in a route of the server's own, unless a door has that very route.
func (b *builder) add(pattern string, h http.Handler) {
	_, path, ok := strings.Cut(pattern, " ")
	if !ok {
		path = pattern
	}
	if b.owner[pattern] == "" && b.owner[path] == "" {
		b.mux.Handle(pattern, h)
	}
}
