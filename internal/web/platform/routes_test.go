package platform

import (
	"net/http"
	"strings"
	"testing"

	"licet/internal/identity"
	"licet/internal/wire"
)

// TestRoutes mounts every page: none clashes with another, each change is a POST, and who may do something is said.
func TestRoutes(t *testing.T) {
	t.Parallel()
	// What may be unlocked hangs on what it is, so that the office alone decides.
	byOffice := map[string]bool{"/lockouts/clear": true, "/team/{id}/unlock": true}
	p := &Platform{d: Deps{Gallery: true}}
	for _, route := range p.routes() {
		method, path, _ := strings.Cut(route.pattern, " ")
		if method != http.MethodGet && method != http.MethodPost {
			t.Errorf("%s: pages are asked for by GET and changed by POST", route.pattern)
		}
		if method == http.MethodPost && route.who == member && route.needs == "" && !byOffice[path] {
			t.Errorf("%s: a change of a company's things needs a permission", route.pattern)
		}
		if route.needs != "" && !identity.Allows(identity.Owner, route.needs) {
			t.Errorf("%s: nobody may open it", route.pattern)
		}
		if !strings.HasPrefix(path, "/") {
			t.Errorf("%s: the path begins with a slash", route.pattern)
		}
	}
	mux := http.NewServeMux()
	for _, door := range New(Deps{Gallery: true}) {
		if want := map[bool]wire.Surface{true: wire.ManageSurface, false: wire.LicenseSurface}[door.Name != "network"]; door.Surface != want {
			t.Errorf("%s is on the surface %s, want %s", door.Name, door.Surface, want)
		}
		door.Attach(mux, door.Path)
	}
}
