package manage

import (
	"net/http"
	"strings"
	"testing"

	"licet/internal/authority"
	"licet/internal/license"
	"licet/internal/store"
	"licet/internal/wire/api/apitest"
)

// activate lets a device take a place, as its app does, and keep a variable.
func activate(t *testing.T, s *apitest.Site, product, key, hardware string) {
	t.Helper()
	_, err := s.Authority.Activate(t.Context(), authority.Request{
		Native:    &store.NativeLookup{Tenant: s.Operator.Tenant, Product: product, Key: key},
		Claim:     license.Claim{HardwareID: hardware, DeviceName: "PC of " + hardware},
		Variables: []authority.Variable{{Name: "theme", Value: "dark"}},
	})
	if err != nil {
		t.Fatalf("activate %s on %s = %v, want ok", hardware, key, err)
	}
}

func TestDevices(t *testing.T) {
	t.Parallel()
	forEachSite(t, func(t *testing.T, s *apitest.Site) {
		withLicenses(t, s, "app", object{"terms": object{"activations": 3, "lock": "hwid"}}, "A-1")
		for _, hardware := range []string{"hw-a", "hw-b", "hw-c"} {
			activate(t, s, "app", "A-1", hardware)
		}
		first := s.Get(t, "/v1/licenses/A-1/devices?limit=2").Want(200)
		rest := s.Get(t, "/v1/licenses/A-1/devices?limit=2&cursor="+first.Text("next")).Want(200)
		if first.Len("data") != 2 || rest.Len("data") != 1 || first.Text("data.0.bound_value") != "hw-a" || rest.Text("data.0.bound_value") != "hw-c" {
			t.Errorf("devices = %s and %s, want the three from the oldest on", first.Raw, rest.Raw)
		}
		id := first.Text("data.0.id")
		for _, tt := range []struct{ act, path, want string }{{"block", "blocked", "true"}, {"unblock", "blocked", "false"}} {
			s.Post(t, "/v1/licenses/A-1/devices/"+id+"/"+tt.act+"?dry_run=true", nil).Want(200)
			done := s.Post(t, "/v1/licenses/A-1/devices/"+id+"/"+tt.act, nil).Want(200)
			if shown := s.Get(t, "/v1/licenses/A-1/devices/hw-a").Want(200); shown.Text(tt.path) != tt.want || string(shown.Raw) != string(done.Raw) {
				t.Errorf("%s answers %s, and the device is %s; want %s = %s", tt.act, done.Raw, shown.Raw, tt.path, tt.want)
			}
			s.Post(t, "/v1/licenses/A-1/devices/none/"+tt.act, nil).Want(404)
		}
		freed := s.Post(t, "/v1/licenses/A-1/devices/hw-b/free", nil).Want(200)
		if freed.Text("active") != "false" || s.Get(t, "/v1/licenses/A-1").Text("activated") != "1" {
			t.Errorf("free = %s, want one device left of three", freed.Raw)
		}
		s.Post(t, "/v1/licenses/A-1/devices/hw-b/free", nil).Refused(403, string(license.DeviceUnknown))
		if list := s.Get(t, "/v1/licenses/A-1/devices/hw-a/variables").Want(200); list.Len("data") != 1 || list.Text("data.0.value") != "dark" {
			t.Errorf("variables = %s, want theme = dark", list.Raw)
		}
		s.Get(t, "/v1/licenses/A-1/devices/none/variables").Want(404)
		s.Get(t, "/v1/licenses/A-1/devices/1").Want(404)
		s.Get(t, "/v1/licenses/none/devices").Refused(404, string(license.KeyUnknown))
	})
}

func TestHolders(t *testing.T) {
	t.Parallel()
	forEachSite(t, func(t *testing.T, s *apitest.Site) {
		withLicenses(t, s, "app", object{"terms": object{"users": 2}}, "A-1")
		for _, name := range []string{"ann", "bob", "cid"} {
			s.Post(t, "/v1/license-users", object{"name": name}).Want(201)
		}
		s.Post(t, "/v1/licenses/A-1/users?dry_run=true", object{"user": "ann"}).Want(200)
		s.Post(t, "/v1/licenses/A-1/users", object{"user": "ann"}).Want(200)
		s.Post(t, "/v1/licenses/A-1/users", object{"user": "bob"}).Want(200)
		s.Post(t, "/v1/licenses/A-1/users", object{"user": "cid"}).Refused(403, string(license.UserLimit))
		first := s.Get(t, "/v1/licenses/A-1/users?limit=1").Want(200)
		rest := s.Get(t, "/v1/licenses/A-1/users?limit=1&cursor="+first.Text("next")).Want(200)
		if first.Text("data.0.user.name") != "ann" || rest.Text("data.0.user.name") != "bob" {
			t.Errorf("holders = %s and %s, want ann and bob", first.Raw, rest.Raw)
		}
		held := s.Get(t, "/v1/license-users/ann/licenses").Want(200)
		if held.Len("data") != 1 || held.At("data.0.started_at") != nil {
			t.Errorf("ann holds %s, want one that is not used yet", held.Raw)
		}
		s.Delete(t, "/v1/licenses/A-1/users/ann?dry_run=true").Want(200)
		s.Delete(t, "/v1/licenses/A-1/users/ann").Want(200)
		s.Delete(t, "/v1/licenses/A-1/users/ann").Want(404)
		s.Get(t, "/v1/licenses/none/users").Refused(404, string(license.KeyUnknown))
		s.Get(t, "/v1/license-users/nobody/licenses").Want(404)
	})
}

func TestCreditsAndInfoTags(t *testing.T) {
	t.Parallel()
	forEachSite(t, func(t *testing.T, s *apitest.Site) {
		withLicenses(t, s, "app", object{"customer": "ann@example.com"}, "A-1")
		withLicenses(t, s, "other", nil, "B-1")
		tried := s.Post(t, "/v1/licenses/A-1/credits?dry_run=true", object{"name": "pages", "count": 7}).Want(200)
		s.Post(t, "/v1/licenses/A-1/credits", object{"name": "pages", "count": 5}).Want(200)
		more := s.Post(t, "/v1/licenses/A-1/credits", object{"name": "pages", "count": 2}).Want(200)
		s.Post(t, "/v1/licenses/A-1/credits", object{"name": "pages", "count": 1, "target": "email"}).Want(200)
		if tried.Text("count") != "7" || more.Text("count") != "7" || more.Text("target") != "license" {
			t.Errorf("credits = %s tried out, %s then, want 7 twice", tried.Raw, more.Raw)
		}
		if list := s.Get(t, "/v1/licenses/A-1/credits").Want(200); list.Len("data") != 2 || list.Text("data.1.target") != "email" {
			t.Errorf("credits = %s, want the license's and the buyer's", list.Raw)
		}
		s.Post(t, "/v1/licenses/B-1/credits", object{"name": "pages", "count": 1, "target": "email"}).Refused(400, string(license.NoMailAddress))
		s.Post(t, "/v1/licenses/A-1/credits", object{"name": "pages", "count": 0}).Refused(400, "count")
		s.Get(t, "/v1/licenses/none/credits").Refused(404, string(license.KeyUnknown))

		s.Post(t, "/v1/licenses/A-1/info-tags?dry_run=true", object{"tag": "floor 2"}).Want(201)
		s.Post(t, "/v1/licenses/A-1/info-tags", object{"tag": "floor 3"}).Want(201)
		s.Post(t, "/v1/licenses/A-1/info-tags", object{"tag": "floor 4"}).Want(201)
		first := s.Get(t, "/v1/licenses/A-1/info-tags?limit=1").Want(200)
		rest := s.Get(t, "/v1/licenses/A-1/info-tags?cursor="+first.Text("next")).Want(200)
		if first.Text("data.0.tag") != "floor 4" || rest.Len("data") != 1 {
			t.Errorf("tags = %s and %s, want floor 4, then floor 3", first.Raw, rest.Raw)
		}
		s.Post(t, "/v1/licenses/A-1/info-tags", object{"tag": ""}).Refused(400, "tag")
		s.Get(t, "/v1/licenses/none/info-tags").Refused(404, string(license.KeyUnknown))
	})
}

func TestExportAndImport(t *testing.T) {
	t.Parallel()
	forEachSite(t, func(t *testing.T, s *apitest.Site) {
		withLicenses(t, s, "app", object{"duration": "12mo"}, "A-1", "A-2")
		csv := s.Get(t, "/v1/licenses/export?from=2026-03-01&to=2026-03-23").Want(200)
		if lines := strings.Count(string(csv.Raw), "\r\n"); lines != 3 || csv.Header.Get("Content-Type") != "text/csv; charset=utf-8" {
			t.Errorf("the export is %s %q, want three lines of CSV", csv.Header.Get("Content-Type"), csv.Raw)
		}
		if none := s.Get(t, "/v1/licenses/export?to=2026-01-01").Want(200); strings.Count(string(none.Raw), "\r\n") != 1 {
			t.Errorf("an export of nothing = %q, want the header", none.Raw)
		}
		s.Get(t, "/v1/licenses/export?from=2026-13-01").Refused(400, "from")
		s.Get(t, "/v1/licenses/export?from=2026-03-02&to=2026-03-01").Refused(400, "from")
		s.Do(t, apitest.Call{Method: http.MethodGet, Path: "/v1/licenses/export", Token: tokenFor(t, s, "customers:read")}).Refused(403, string(license.PermissionMissing))

		file := object{"product": "app", "text": "key,duration\nA-1,12mo\nNEW-1,1mo\nNEW-2,twelve\n"}
		for _, path := range []string{"/v1/licenses/import?dry_run=true", "/v1/licenses/import"} {
			r := s.Post(t, path, file).Want(200)
			if r.Text("made") != "1" || r.Text("skipped") != "1" || r.Text("failed") != "1" || r.Text("errors.0.field") != "duration" {
				t.Errorf("%s = %s, want one made, one skipped, one refused", path, r.Raw)
			}
		}
		s.Get(t, "/v1/licenses/NEW-1").Want(200)
		s.Post(t, "/v1/licenses/import", object{"product": "none", "text": "key\nX"}).Refused(404, string(license.ProductUnknown))
		s.Post(t, "/v1/licenses/import", object{"product": "app", "text": "x", "format": "pdf"}).Refused(400, "format")
	})
}
