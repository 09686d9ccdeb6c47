package dna

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"licet/internal/authority"
	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/wire"
	"licet/internal/wire/wiretest"
)

// bareDoor is a door without an authority: it knows the clients C0000001 and C0000002, whose key is "key:1", and panics where a call
// has passed all that the door looks at by itself.
func bareDoor(deps Deps) *door {
	if deps.Now == nil {
		deps.Now = func() license.Time { return wiretest.Epoch }
	}
	d := newDoor(deps)
	d.client = func(_ context.Context, id string, key identity.Secret) (authority.LicenseClient, error) {
		if number := strings.TrimPrefix(id, "C000000"); key == "key:1" && (number == "1" || number == "2") {
			return authority.LicenseClient{Tenant: 7, ID: license.AppKeyID(number[0])}, nil
		}
		return authority.LicenseClient{}, license.Refuse(license.AppKeyUnknown)
	}
	return d
}

// passed is the status of a call that came as far as the authority, which a bare door has not.
const passed = http.StatusInternalServerError

// serve answers a request of the client C0000001 by a door at a prefix.
func serve(d *door, prefix, method, path, body string) (*httptest.ResponseRecorder, *wire.Exchange) {
	r := httptest.NewRequest(method, "http://licet.example"+prefix+path, strings.NewReader(body))
	r.SetBasicAuth("C0000001", "key:1")
	return serveRequest(d, prefix, r)
}

func serveRequest(d *door, prefix string, r *http.Request) (*httptest.ResponseRecorder, *wire.Exchange) {
	mux := http.NewServeMux()
	d.open().Attach(mux, prefix)
	w := httptest.NewRecorder()
	x, r := wire.Begin(w, r, "", wire.PeerOf(r))
	mux.ServeHTTP(x, r)
	return w, x
}

// wants wants a status, and of a failure the form that each one has.
func wants(t *testing.T, what string, w *httptest.ResponseRecorder, status int) {
	t.Helper()
	var body map[string]string
	err := json.Unmarshal(w.Body.Bytes(), &body)
	if w.Code != status || err != nil || len(body) != 1 || body["Message"] == "" {
		t.Errorf("%s = %d %s, want %d and a Message", what, w.Code, w.Body, status)
	}
}

const u = "/v1/licenses/P0000001/SECRETCODE"

// calls lists every call, with a body that has all it needs, and how the log calls it.
var calls = []struct{ method, path, body, route string }{
	{"GET", u, "", "/v1/licenses/{product}/{license}"},
	{"POST", u, `{"UserIp":"::1","LicensePassword":"hidden"}`, "/v1/licenses/{product}/{license}"},
	{"PATCH", u, `{"UserIp":"::1","NewLicenseData":"hidden"}`, "/v1/licenses/{product}/{license}"},
	{"GET", u + "/status", "", "/v1/licenses/{product}/{license}/status"},
	{"POST", u + "/password", `{"UserIp":"::1","LicensePassword":"hidden","NewPassword":"hidden"}`, "/v1/licenses/{product}/{license}/password"},
	{"POST", u + "/adminpassword", `{"UserIp":"::1","LicenseKey":"hidden","AdminPassword":"","NewAdminPassword":"hidden"}`, "/v1/licenses/{product}/{license}/adminpassword"},
	{"POST", u + "/passrecovery", `{"UserIp":"::1"}`, "/v1/licenses/{product}/{license}/passrecovery"},
	{"POST", u + "/admin/passrecovery", `{"UserIp":"::1"}`, "/v1/licenses/{product}/{license}/admin/passrecovery"},
	{"POST", u + "/validateadminpass", `{"UserIp":"::1","AdminPassword":"hidden"}`, "/v1/licenses/{product}/{license}/validateadminpass"},
	{"POST", u + "/licensekey", `{"UserIp":"::1"}`, "/v1/licenses/{product}/{license}/licensekey"},
	{"DELETE", u + "/SECRETDEVICE", `{"UserIp":"::1"}`, "/v1/licenses/{product}/{license}/{device}"},
	{"GET", "/v1/credits/P0000001/SECRETCODE", `{"UserIp":"::1"}`, "/v1/credits/{product}/{license}"},
	{"POST", "/v1/credits/P0000001/SECRETCODE/consume", `{"UserIp":"::1","Name":"n","Count":1,"Target":"Email"}`, "/v1/credits/{product}/{license}/consume"},
	{"GET", "/v1/infotags/P0000001/SECRETCODE", "", "/v1/infotags/{product}/{license}"},
}

// Every call of the contract is there, at its own path and at the root of a host, and neither code nor device nor secret is in the log.
func TestRoutes(t *testing.T) {
	t.Parallel()
	d := bareDoor(Deps{})
	for _, prefix := range []string{"/dna", ""} {
		for _, c := range calls {
			for _, path := range []string{c.path, c.path + "/", strings.ToUpper(c.path), strings.ToLower(c.path)} {
				w, x := serve(d, prefix, c.method, path, c.body)
				wants(t, c.method+" "+prefix+path, w, passed)
				if x.Route != prefix+c.route {
					t.Errorf("%s %s is logged as %s, want %s", c.method, path, x.Route, c.route)
				}
				if told := strings.ToLower(x.Failure().Error()); strings.Contains(told, "secret") || strings.Contains(told, "hidden") {
					t.Errorf("%s %s: the log gets %s", c.method, path, told)
				}
			}
		}
	}
	want := []string{"/dna/"}
	if diff := cmp.Diff(want, d.open().Attach(http.NewServeMux(), "/dna")); diff != "" {
		t.Errorf("patterns (-want +got):\n%s", diff)
	}
}

func TestWrongPathsAndMethods(t *testing.T) {
	t.Parallel()
	d := bareDoor(Deps{Rate: DefaultRate})
	for _, path := range []string{"/", "/v1/", "/v1/licenses", "/v1/licenses/P0000001", u + "/a/b", "/v1/credits/P0000001/X/y", "/v2" + u[3:], "/password"} {
		for _, method := range []string{"GET", "POST", "BREW"} {
			w, x := serve(d, "/dna", method, path, "")
			wants(t, method+" "+path, w, http.StatusNotFound)
			if x.Route != "" || quota(w.Header(), "Limit") != nil {
				t.Errorf("%s %s: route %q, headers %v", method, path, x.Route, w.Header())
			}
		}
	}
	for _, tt := range []struct{ path, allow string }{
		{u, "GET, PATCH, POST"}, {u + "/password", "POST"}, {u + "/STATUS/", "GET"}, {u + "/0123", "DELETE"}, {"/v1/credits/P0000001/X", "GET"},
		{"/v1/Credits/P0000001/X/consume", "POST"}, {"/v1/infotags/xyz/X", "GET"}, {u + "/admin/passrecovery", "POST"},
	} {
		for _, method := range []string{"PUT", "HEAD", "OPTIONS", "BREW"} {
			w, _ := serve(d, "/dna", method, tt.path, "{")
			wants(t, method+" "+tt.path, w, http.StatusMethodNotAllowed)
			if got := w.Header().Get("Allow"); got != tt.allow {
				t.Errorf("%s %s: Allow = %q, want %q", method, tt.path, got, tt.allow)
			}
		}
	}
	if w, _ := serve(d, "/dna", "DELETE", u+"/password", `{"UserIp":"::1"}`); w.Code != http.StatusMethodNotAllowed {
		t.Errorf("DELETE of a device that is called password = %d, want 405", w.Code)
	}
}

func TestBasicAuth(t *testing.T) {
	t.Parallel()
	d := bareDoor(Deps{})
	encoded := func(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }
	for _, tt := range []struct {
		name   string
		values []string
		status int
	}{
		{"right", []string{"Basic " + encoded("C0000001:key:1")}, passed}, // The key has a colon.
		{"scheme_in_small_letters", []string{"basic " + encoded("C0000001:key:1")}, passed},
		{"none", nil, 401},
		{"empty", []string{""}, 401},
		{"bearer_D06", []string{"Bearer x"}, 401},
		{"other_scheme", []string{"Digest " + encoded("C0000001:key:1")}, 401},
		{"scheme_alone", []string{"Basic"}, 401},
		{"scheme_and_blank", []string{"Basic "}, 401},
		{"no_base64", []string{"Basic !!!"}, 401},
		{"no_padding", []string{"Basic " + strings.TrimRight(encoded("C0000001:key:12"), "=")}, 401},
		{"no_colon", []string{"Basic " + encoded("C0000001")}, 401},
		{"empty_id", []string{"Basic " + encoded(":key:1")}, 401},
		{"empty_key", []string{"Basic " + encoded("C0000001:")}, 401},
		{"both_empty", []string{"Basic " + encoded(":")}, 401},
		{"wrong_key", []string{"Basic " + encoded("C0000001:key")}, 401},
		{"colon_more", []string{"Basic " + encoded("C0000001:key:1:")}, 401},
		{"colon_first", []string{"Basic " + encoded(":C0000001:key:1")}, 401},
		{"unknown_id", []string{"Basic " + encoded("C0000003:key:1")}, 401},
		{"blank_before_id", []string{"Basic " + encoded(" C0000001:key:1")}, 401},
		{"nul", []string{"Basic " + encoded("C0000001\x00:key:1")}, 401},
		{"not_utf8", []string{"Basic " + encoded("\xff:key:1")}, 401},
		{"long_id", []string{"Basic " + encoded(strings.Repeat("C", 5000)+":key:1")}, 401},
		{"twice", []string{"Basic " + encoded("C0000001:key:1"), "Basic " + encoded("C0000001:key:1")}, 401},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequest("GET", "/dna"+u, nil)
			r.Header["Authorization"] = tt.values
			w, _ := serveRequest(d, "/dna", r)
			wants(t, tt.name, w, tt.status)
			if got := w.Header().Get("WWW-Authenticate"); (got == `Basic realm="software_DNA"`) != (tt.status == 401) {
				t.Errorf("WWW-Authenticate = %q", got)
			}
		})
	}
}

// A database that is down is not a wrong key.
func TestClientCannotBeLookedUp(t *testing.T) {
	t.Parallel()
	d := bareDoor(Deps{})
	d.client = func(context.Context, string, identity.Secret) (authority.LicenseClient, error) {
		return authority.LicenseClient{}, license.Refuse(license.StorageDown)
	}
	w, _ := serve(d, "/dna", "GET", u, "")
	wants(t, "GET", w, http.StatusServiceUnavailable)
}

// The order of checks is that of the contract, §3.
func TestOrder(t *testing.T) {
	t.Parallel()
	d := bareDoor(Deps{})
	const all = `{"UserIp":"::1","LicensePassword":"a","NewPassword":"b"}`
	for _, tt := range []struct{ path, body, want string }{
		{"/v1/licenses/xyz/SU1/password", "{", notJSON.text},
		{"/v1/licenses/xyz/SU1/password", "", "Invalid ProductId format"},
		{"/v1/licenses/xyz/SU1/password", all, "Invalid ProductId format"},
		{"/v1/licenses/P00000001/SU1/status/", "", wrongMethod.text},
		{u + "/password", "", "UserIp is required: the IP address of the end user"},
		{u + "/password", `{"UserIp":"x","Test":3}`, "UserIp must be an IPv4 or IPv6 address"},
		{u + "/password", `{"UserIp":"::1","Test":3}`, "Test must be true or false"},
		{u + "/password", `{"UserIp":"::1"}`, "LicensePassword is required"},
		{u + "/password", `{"UserIp":"::1","LicensePassword":"a"}`, "NewPassword is required"},
		{u + "/password", all, fault},
		{u + "/adminpassword", `{"UserIp":"::1","NewAdminPassword":"b"}`, "AdminPassword or LicenseKey is required"},
		{u + "/adminpassword", `{"UserIp":"::1","NewAdminPassword":"b","AdminPassword":"","LicenseKey":null}`, "AdminPassword or LicenseKey is required"},
		{u + "/adminpassword", `{"UserIp":"::1","NewAdminPassword":"b","AdminPassword":"a","LicenseKey":"k"}`, "AdminPassword and LicenseKey cannot both be given"},
		{u + "/adminpassword", `{"UserIp":"::1","LicenseKey":"k"}`, "NewAdminPassword is required"},
		{u + "/validateadminpass", `{"UserIp":"::1"}`, "AdminPassword is required"},
		{u, `{"UserIp":"::1"}`, "LicensePassword is required"},
		{u + "?devices=many", `{"UserIp":"::1","LicensePassword":"a"}`, "Devices must be a whole number from 0 to 1000"},
		{u + "?Devices=1001", `{"UserIp":"::1","LicensePassword":"a"}`, "Devices must be a whole number from 0 to 1000"},
		{u + "?after=-1", `{"UserIp":"::1","LicensePassword":"a"}`, "After must be what NextDevices says"},
		{u + "?AFTER=7&devices=0&other=x&%zz", `{"UserIp":"::1","LicensePassword":"a"}`, fault},
		{"/v1/credits/P0000001/X/consume", `{"UserIp":"::1","Count":1}`, "Name is required"},
		{"/v1/credits/P0000001/X/consume", `{"UserIp":"::1","Name":"n"}`, "Count is required"},
		{"/v1/credits/P0000001/X/consume", `{"UserIp":"::1","Name":"n","Count":1,"Target":"ME"}`, "Target must be LICENSE, EMAIL or ALL"},
		{"/v1/credits/P0000001/X/consume", `{"UserIp":"::1","Name":"n","Count":1}`, fault},
	} {
		w, _ := serve(d, "/dna", "POST", tt.path, tt.body)
		if want := `{"Message":"` + tt.want + `"}`; w.Body.String() != want {
			t.Errorf("POST %s %s = %d %s, want %s", tt.path, tt.body, w.Code, w.Body, want)
		}
	}
	for body, want := range map[string]string{
		`{"UserIp":"::1"}`: "NewEmail or NewLicenseData is required", `{"UserIp":"::1","NewEmail":null}`: "NewEmail or NewLicenseData is required",
		`{"UserIp":"::1","NewEmail":"none"}`: "NewEmail must be an e-mail address", `{"UserIp":"::1","NewEmail":""}`: "NewEmail must be an e-mail address",
		`{"UserIp":"::1","NewEmail":"a@x.test","NewLicenseData":"` + strings.Repeat("d", 201) + `"}`: "NewLicenseData has at most 200 characters",
		`{"UserIp":"::1","NewLicenseData":""}`:                                                       fault, `{"UserIp":"::1","NewEmail":"a@x.test"}`: fault,
	} {
		if w, _ := serve(d, "/dna", "PATCH", u, body); w.Body.String() != `{"Message":"`+want+`"}` {
			t.Errorf("PATCH %s = %d %s, want %s", body, w.Code, w.Body, want)
		}
	}
}

// Every authenticated answer tells the quota, which each client has of its own; nobody else can use it up (§9).
// quota is a header about the quota, in the spelling of the contract, which is not Go's.
func quota(h http.Header, what string) []string { return h["X-RateLimit-"+what] }

func TestQuotaHeaders(t *testing.T) {
	t.Parallel()
	now := wiretest.Epoch
	d := bareDoor(Deps{Rate: wire.Rate{Limit: 3, Window: time.Minute}, Now: func() license.Time { return now }})
	told := func(w *httptest.ResponseRecorder) string {
		h := w.Header()
		return strings.Join(slices.Concat(quota(h, "Limit"), quota(h, "Remaining"), quota(h, "Reset")), " ")
	}
	ask := func(method, path string, status int, want string) {
		t.Helper()
		w, _ := serve(d, "/dna", method, path, "")
		wants(t, method, w, status)
		if got := told(w); got != want {
			t.Errorf("%s %s: the quota is told as %q, want %q", method, path, got, want)
		}
	}
	stranger := httptest.NewRequest("GET", "/dna"+u, nil)
	stranger.SetBasicAuth("C0000001", "wrong")
	for range 10 {
		w, _ := serveRequest(d, "/dna", stranger)
		wants(t, "a stranger", w, 401)
		if told(w) != "" {
			t.Errorf("a stranger is told %q", told(w))
		}
	}
	ask("PUT", u, 405, "")
	ask("GET", u, passed, "3 2 60")
	now = now.Add(500 * time.Millisecond)
	ask("POST", u, 400, "3 1 60") // It has no body.
	now = now.Add(10 * time.Second)
	ask("GET", "/v1/licenses/xyz/X", 400, "3 0 50")
	ask("GET", u, 429, "3 0 50")
	other := httptest.NewRequest("GET", "/dna"+u, nil)
	other.SetBasicAuth("C0000002", "key:1")
	if w, _ := serveRequest(d, "/dna", other); told(w) != "3 2 60" {
		t.Errorf("another client is told %q", told(w))
	}
	now = now.Add(49 * time.Second)
	ask("GET", u, 429, "3 0 1")
	now = now.Add(time.Second)
	ask("GET", u, passed, "3 2 60")

	d = bareDoor(Deps{})
	for range 100 {
		ask("GET", u, passed, "")
	}
}

// Whatever a client sends, it is refused in the form of the dialect, or comes as far as the authority: no fault is the door's own.
func TestHostileBodies(t *testing.T) {
	t.Parallel()
	d := bareDoor(Deps{})
	values := []string{`null`, `true`, `-1`, `1e308`, `9007199254740993`, `""`, `"a\u0000b"`, `"\ud800"`, `[]`, `{"a":{"b":[1]}}`, `"' OR 1=1 --"`,
		`"` + strings.Repeat("x", 5000) + `"`, `"\u202e"`}
	judge := func(method, path, body string) {
		w, x := serve(d, "/dna", method, path, body)
		var got map[string]string
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || len(got) != 1 || got["Message"] == "" {
			t.Errorf("%s %s %.100s = %d %s", method, path, body, w.Code, w.Body)
		}
		if w.Code >= 500 && !strings.Contains(string(x.Stack()), "authority.") {
			t.Errorf("%s %s %.100s is a fault of the door: %v\n%s", method, path, body, x.Failure(), x.Stack())
		}
	}
	for _, c := range calls {
		for m := range member(memberCount) {
			for _, value := range values {
				said := map[string]json.RawMessage{}
				if c.body != "" {
					if err := json.Unmarshal([]byte(c.body), &said); err != nil {
						t.Fatal(err)
					}
				}
				said[m.String()] = json.RawMessage(value)
				body, err := json.Marshal(said)
				if err != nil {
					t.Fatal(err)
				}
				judge(c.method, c.path, string(body))
			}
		}
		for _, body := range []string{"{", "[]", "null", `"text"`, "\xff\xfe", strings.Repeat("[", 60_000), strings.Repeat("a", 2<<20), `{"a":1}{"b":2}`} {
			judge(c.method, c.path, body)
		}
	}
}
