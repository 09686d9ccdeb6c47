package server

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"licet/internal/wire"
)

// healthz says that the process is alive. It asks nothing else, so it answers when the database
// is down; on the license surface it is what users behind a firewall test with (S0-54).
func healthz(w http.ResponseWriter, _ *http.Request) {
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	_, _ = io.WriteString(w, "ok\n")
}

// notFound answers what no door serves: 405 with Allow when the path is there for other methods,
// else 404.
type notFound struct {
	mux     *http.ServeMux
	unknown map[string]func(w http.ResponseWriter, r *http.Request, allowed []string) // by the path of a door
}

// knownMethods are those a door may serve, in the order in which Allow lists them.
func knownMethods() [7]string {
	return [...]string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
}

// ServeHTTP asks the mux about each method: whatever matches more than the catch-all is there.
func (n notFound) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var allowed []string
	for _, method := range knownMethods() {
		probe := *r
		probe.Method = method
		if _, pattern := n.mux.Handler(&probe); pattern != "" && pattern != "/" && method != r.Method {
			allowed = append(allowed, method)
		}
	}
	for prefix, write := range n.unknown {
		if strings.HasPrefix(r.URL.Path, prefix+"/") {
			write(w, r, allowed)
			return
		}
	}
	if len(allowed) > 0 {
		w.Header().Set("Allow", strings.Join(allowed, ", "))
		wire.WriteNote(w, http.StatusMethodNotAllowed, "Method Not Allowed")
		return
	}
	wire.WriteNote(w, http.StatusNotFound, "Not Found")
}

// landing is what a person sees who opens the address in a browser.
func landing(open []wire.Surface, doors []wire.Door) http.Handler {
	var b strings.Builder
	b.WriteString("This is Licet, a licensing server. It is up and running.\n\nDoors that are open here:\n\n")
	listed := 0
	for _, d := range doors {
		if slices.Contains(open, d.Surface) {
			fmt.Fprintf(&b, "  %-16s %-10s %s/\n", d.Name, d.Surface, d.Path)
			listed++
		}
	}
	if listed == 0 {
		b.WriteString("  none yet\n")
	}
	b.WriteString("\nTo set it up: licet --help on the server. To read about it: README.md and the docs\n" +
		"folder that come with it.\n")
	page := b.String()
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		h := w.Header()
		h.Set("Content-Type", "text/plain; charset=utf-8")
		h.Set("X-Content-Type-Options", "nosniff")
		_, _ = io.WriteString(w, page)
	})
}
