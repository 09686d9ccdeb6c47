package keyauth

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"licet/internal/license"
	"licet/internal/wire"
)

// serve answers a request by a door; form is its query for GET and its body for all others.
func serve(d *door, method, path, form string) (*httptest.ResponseRecorder, *wire.Exchange) {
	target, body := "http://licet.example"+path, form
	if method == http.MethodGet {
		target, body = target+"?"+form, ""
	}
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	w := httptest.NewRecorder()
	x, r := wire.Begin(w, r, "", wire.PeerOf(r))
	d.open().Handler().ServeHTTP(x, r)
	return w, x
}

// Every path below the door is answered with something that is signed.
func TestRoutes(t *testing.T) {
	t.Parallel()
	d := bareDoor(Deps{BaseURL: "https://licenses.example/keyauth/"})
	const nobody = `"message":"No OwnerID specified. Select app & copy code snippet from https://licenses.example/keyauth/app/"`
	for _, tt := range []struct {
		method, path string
		status       int
		says         string
	}{
		{"POST", "/keyauth/api/1.3/", 200, nobody},
		{"POST", "/keyauth/api/1.3", 200, nobody},
		{"GET", "/keyauth/api/1.3/", 200, nobody},
		{"GET", "/keyauth/1.3", 200, nobody},
		{"POST", "/keyauth/1.3/", 200, nobody},
		{"PUT", "/keyauth/api/1.3/", 405, wrongMethod.text},
		{"HEAD", "/keyauth/api/1.3/", 405, wrongMethod.text},
		{"POST", "/keyauth/api/1.3/more", 404, unknownPath.text},
		{"POST", "/keyauth/api/1.1/", 404, unknownPath.text},
		{"GET", "/keyauth/", 404, unknownPath.text},
	} {
		w, _ := serve(d, tt.method, tt.path, "")
		if w.Code != tt.status || !strings.Contains(w.Body.String(), tt.says) || !strings.Contains(w.Body.String(), `"ownerid":""}`) {
			t.Errorf("%s %s = %d %s, want %d %s", tt.method, tt.path, w.Code, w.Body, tt.status, tt.says)
		}
		verify(t, w)
	}
	for _, path := range []string{"/keyauth/api/1.2/", "/keyauth/api/1.2", "/keyauth/1.2/", "/keyauth/1.2"} {
		if w, _ := serve(d, "POST", path, ""); w.Code != 200 || w.Body.String() != `{"success":false,`+nobody+`}` {
			t.Errorf("POST %s = %d %s", path, w.Code, w.Body)
		}
	}
}

// At the root of a host the door answers without its path.
func TestRoutesAtRoot(t *testing.T) {
	t.Parallel()
	d := bareDoor(Deps{})
	mux := http.NewServeMux()
	want := []string{"/api/1.3", "/api/1.3/{$}", "/api/1.3/", "/1.3", "/1.3/{$}", "/1.3/",
		"/api/1.2", "/api/1.2/{$}", "/api/1.2/", "/1.2", "/1.2/{$}", "/1.2/"}
	if diff := cmp.Diff(want, d.open().Attach(mux, "")); diff != "" {
		t.Errorf("patterns (-want +got):\n%s", diff)
	}
}

func TestPreflight(t *testing.T) {
	t.Parallel()
	w, _ := serve(bareDoor(Deps{}), "OPTIONS", "/keyauth/api/1.3/", "")
	if h := w.Header(); w.Code != 204 || header(h, "Access-Control-Allow-Origin") != "*" || header(h, "Access-Control-Allow-Headers") != "*" ||
		!strings.Contains(header(h, "Access-Control-Allow-Methods"), "POST") || !strings.Contains(header(h, "Access-Control-Expose-Headers"), "x-signature-ed25519") {
		t.Errorf("OPTIONS = %d %v", w.Code, h)
	}
}

// What is said of the application is looked at in the order of §4.
func TestNamed(t *testing.T) {
	t.Parallel()
	d := bareDoor(Deps{})
	const from = " Select app & copy code snippet from http://licet.example/keyauth/app/"
	for form, want := range map[string]string{
		"name=app":                    "No OwnerID specified." + from,
		"type=init&ownerid=abcdefghi": "No app name specified." + from,
		"name=app&ownerid=abcdefghi":  "OwnerID should be 10 characters long." + from,
		"name=app&ownerid=+&type=foo": "No OwnerID specified." + from,
	} {
		w, _ := serve(d, "POST", "/keyauth/1.3/", form)
		if !strings.Contains(w.Body.String(), `"message":"`+want+`"`) {
			t.Errorf("%s = %s, want %s", form, w.Body, want)
		}
		verify(t, w)
	}
}

// A panic is answered like any other fault, signed, and with the owner: one SDK ends the process where that is missing. And
// nothing of what was said is in what the log gets.
func TestFaultIsSigned(t *testing.T) {
	t.Parallel()
	d := bareDoor(Deps{}) // Without an authority every call that comes as far as that panics.
	form := url.Values{"type": {"login"}, "name": {"app"}, "ownerid": {"abcdefghij"}, "pass": {"hidden-1"}, "key": {"hidden-2"}}.Encode()
	for _, method := range []string{"GET", "POST"} {
		w, x := serve(d, method, "/keyauth/api/1.3/", form)
		if w.Code != 500 || !strings.HasPrefix(w.Body.String(), `{"success":false,"code":208,"message":"Error: `) || !strings.HasSuffix(w.Body.String(), `"ownerid":"abcdefghij"}`) {
			t.Errorf("%s = %d %s", method, w.Code, w.Body)
		}
		verify(t, w)
		if x.Failure() == nil || x.Stack() == nil {
			t.Errorf("%s: the fault is not noted", method)
		} else if told := x.Failure().Error() + x.Route; strings.Contains(told, "hidden") {
			t.Errorf("%s: the log gets %s", method, told)
		}
	}
}

// 30 calls that guess and 300 others in half a minute, by address and application (§4).
func TestBrake(t *testing.T) {
	t.Parallel()
	d := bareDoor(Deps{Rate: DefaultRate, OtherRate: DefaultOtherRate})
	asks := func(kind, name string) int {
		w, _ := serve(d, "POST", "/keyauth/api/1.3/", url.Values{"type": {kind}, "name": {name}, "ownerid": {"abcdefghij"}}.Encode())
		verify(t, w)
		if w.Code == 429 && (!strings.Contains(w.Body.String(), `"message":"`+tooMany+`"`) || w.Header().Get("Retry-After") != "30") {
			t.Fatalf("too many = %s %v", w.Body, w.Header())
		}
		return w.Code
	}
	for i, kind := range slices.Repeat([]string{"init", "login", "license", "register", "upgrade", "forgot"}, 5) {
		name := []string{"app", "APP"}[i%2] // One application.
		if code := asks(kind, name); code != 500 {
			t.Fatalf("call %d: %s = %d, want it to pass the brake", i, kind, code)
		}
	}
	if code := asks("login", "app"); code != 429 {
		t.Errorf("the 31st call that guesses = %d, want 429", code)
	}
	if code := asks("login", "other"); code != 500 {
		t.Errorf("a call of another application = %d, want it to pass the brake", code)
	}
	for i := range 300 {
		if code := asks([]string{"check", "var", "nonsense"}[i%3], "app"); code != 500 {
			t.Fatalf("call %d of another kind = %d, want it to pass the brake", i, code)
		}
	}
	if code := asks("check", "app"); code != 429 {
		t.Errorf("the 301st call = %d, want 429", code)
	}

	d = bareDoor(Deps{OtherRate: wire.Rate{Limit: 100}})
	for i := range 100 {
		if code := asks("login", "app"); code != 500 {
			t.Fatalf("call %d without a brake = %d", i, code)
		}
	}
}

// Every call of the contract is there, and each has a name in the log.
func TestCalls(t *testing.T) {
	t.Parallel()
	want := strings.Fields(`2fadisable 2faenable ban changeUsername chatget chatsend check checkBlack checkblacklist fetchOnline fetchStats
		file forgot getvar init license log login loginEmail logout register setvar upgrade var webhook`)
	var got []string
	for name, a := range newCalls() {
		got = append(got, name)
		if a.serve == nil || !strings.HasPrefix(a.route[v13], "/api/1.3/?type=") || !strings.HasPrefix(a.route[v12], "/api/1.2/?type=") {
			t.Errorf("%s: %+v", name, a)
		}
	}
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
}

func TestBase(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ configured, target, want string }{
		{"", "http://a.example:8080/keyauth/api/1.3/", "http://a.example:8080/keyauth"},
		{"", "https://a.example/api/1.3", "https://a.example"},
		{"", "http://a.example/1.3/?check_paid=1", "http://a.example"},
		{"https://b.example/keyauth/", "http://a.example/1.3", "https://b.example/keyauth"},
	} {
		c := bareDoor(Deps{BaseURL: tt.configured}).begin(httptest.NewRecorder(), httptest.NewRequest("POST", tt.target, nil), v13)
		c.visit.App = license.Application{Owner: "abcdefghij", Name: "my app/1"}
		if got, panel := c.base(), c.panel(); got != tt.want || panel != tt.want+"/panel/abcdefghij/my%20app%2F1/" {
			t.Errorf("base of %s = %s, panel %s, want %s", tt.target, got, panel, tt.want)
		}
	}
}
