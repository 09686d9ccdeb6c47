package seller

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"licet/internal/wire"
	"licet/internal/wire/wiretest"
)

// TestNonsense says nothing, and then nonsense, in every parameter of every type: all of it is refused or done, and none of it
// is a fault.
func TestNonsense(t *testing.T) {
	t.Parallel()
	const names = `user username key pass passwd hwid mask level amount owner character note expiry time userToo reason sub seconds
activeOnly cooldown email currentUsername newUsername sessionID var data readOnly name subscription varid authed sessid session ip
blacktype url id fileid baseurl ua us webid delay enabled hwidcheck ver download webhook resellerstore usernametaken hash value
text role keylevels perms day week lifetime appname`
	words := []string{"", "-1", "all", "9223372036854775807", "💥", "' OR 1=1 --", "%", "a\nb", "\u2028", "\xff", "\x00",
		strings.Repeat("x", 3000)}
	forEachScene(t, wire.Rate{}, func(s *scene) {
		header := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}, "Authorization": {s.key(0)}}
		for _, word := range words {
			var form strings.Builder
			for _, name := range strings.Fields(names) {
				form.WriteString("&" + name + "=" + escape(word))
			}
			for _, kind := range strings.Fields(contractTypes) {
				got := s.Send(s.t, wiretest.Request{Method: http.MethodPost, Path: "/keyauth/api/seller/?type=" + kind, Header: header, Body: form.String()})
				if strings.Contains(got.Body, "Unhandled") || got.Status == http.StatusServiceUnavailable || s.object(got)["message"] == "" {
					s.t.Errorf("%s of %.20q = %d %s, want an answer", kind, word, got.Status, got.Body)
				}
			}
		}
	})
}

// TestRoutes asks for each path of the door, at its own place and at the root of a host.
func TestRoutes(t *testing.T) {
	t.Parallel()
	door := New(Deps{})
	for prefix, paths := range map[string]map[string]bool{
		door.Path: {"/keyauth/api/seller": true, "/keyauth/api/seller/": true, "/keyauth/api/seller/x": false, "/": false},
		"":        {"/": true, "/api/seller": true, "/api/seller/": true, "/x": false, "/api/seller/x": false},
	} {
		mux := http.NewServeMux()
		door.Attach(mux, prefix)
		for path, there := range paths {
			for _, method := range []string{http.MethodGet, http.MethodPost} {
				w := httptest.NewRecorder()
				mux.ServeHTTP(w, httptest.NewRequest(method, path+"?sellerkey=short", nil))
				if got := strings.HasPrefix(w.Body.String(), "Invalid seller key length."); got != there {
					t.Errorf("at %q: %s %s = %d %s, want the door %t", prefix, method, path, w.Code, w.Body, there)
				}
			}
		}
	}
}
