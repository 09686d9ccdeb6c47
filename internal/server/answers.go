package server

import (
	"io"
	"net/http"
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
