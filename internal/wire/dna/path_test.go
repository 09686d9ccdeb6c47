package dna

import (
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestFind(t *testing.T) {
	t.Parallel()
	d := newDoor(Deps{})
	for _, tt := range []struct {
		path, want string
		target
	}{
		{"/v1/licenses/P0000001/SU1", "/v1/licenses/{product}/{license}", target{"P0000001", "SU1", ""}},
		{"/v1/Licenses/p0000001/su1/", "/v1/licenses/{product}/{license}", target{"p0000001", "su1", ""}},
		{"/V1/LICENSES/P0000001/SU1/PASSWORD", "/v1/licenses/{product}/{license}/password", target{"P0000001", "SU1", ""}},
		{"/v1/licenses/P0000001/SU1/passWord/", "/v1/licenses/{product}/{license}/password", target{"P0000001", "SU1", ""}},
		{"/v1/licenses/P0000001/SU1/Status", "/v1/licenses/{product}/{license}/status", target{"P0000001", "SU1", ""}},
		{"/v1/licenses/P0000001/SU1/AdminPassword", "/v1/licenses/{product}/{license}/adminpassword", target{"P0000001", "SU1", ""}},
		{"/v1/licenses/P0000001/SU1/passrecovery", "/v1/licenses/{product}/{license}/passrecovery", target{"P0000001", "SU1", ""}},
		{"/v1/licenses/P0000001/SU1/Admin/PassRecovery", "/v1/licenses/{product}/{license}/admin/passrecovery", target{"P0000001", "SU1", ""}},
		{"/v1/licenses/P0000001/SU1/validateadminpass", "/v1/licenses/{product}/{license}/validateadminpass", target{"P0000001", "SU1", ""}},
		{"/v1/licenses/P0000001/SU1/licensekey", "/v1/licenses/{product}/{license}/licensekey", target{"P0000001", "SU1", ""}},
		{"/v1/licenses/P0000001/SU1/0123ABCD", "/v1/licenses/{product}/{license}/{device}", target{"P0000001", "SU1", "0123ABCD"}},
		{"/v1/licenses/P0000001/SU1/admin", "/v1/licenses/{product}/{license}/{device}", target{"P0000001", "SU1", "admin"}},
		{"/v1/licenses/xyz/password", "/v1/licenses/{product}/{license}", target{"xyz", "password", ""}},
		{"/v1/licenses/P%30000001/A%2FB%20c", "/v1/licenses/{product}/{license}", target{"P0000001", "A/B c", ""}},
		{"/v1/licenses/P0000001/SU1/a%2Fb", "/v1/licenses/{product}/{license}/{device}", target{"P0000001", "SU1", "a/b"}},
		{"/v1/%6Cicenses/P0000001/%C3%89", "/v1/licenses/{product}/{license}", target{"P0000001", "É", ""}},
		{"/v1/Credits/P0000001/SU1", "/v1/credits/{product}/{license}", target{"P0000001", "SU1", ""}},
		{"/v1/credits/P0000001/SU1/Consume", "/v1/credits/{product}/{license}/consume", target{"P0000001", "SU1", ""}},
		{"/v1/InfoTags/P0000001/SU1", "/v1/infotags/{product}/{license}", target{"P0000001", "SU1", ""}},
		{path: ""}, {path: "/"}, {path: "/v1"}, {path: "/v1/"}, {path: "/v2/licenses/P0000001/SU1"}, {path: "/v1/licenses"},
		{path: "/v1/licenses/P0000001"}, {path: "/v1/licenses/P0000001/"}, {path: "/v1/licenses//SU1"}, {path: "/v1/licenses/P0000001/SU1//"},
		{path: "/v1/licenses/P0000001/SU1/a/b"}, {path: "/v1/licenses/P0000001/SU1/admin/other"}, {path: "/v1/credits/P0000001/SU1/spend"},
		{path: "/v1/licenses/P0000001/SU1/password/x"}, {path: "/licenses/P0000001/SU1"}, {path: "/v1/licenses/P0000001/%zz"},
	} {
		for _, prefix := range []string{"", "/dna", "/a/b"} {
			at, named := d.find(prefix+tt.path, prefix)
			got := ""
			if at != nil {
				got = at.path
			}
			if got != tt.want || named != tt.target {
				t.Errorf("find(%q) below %q = %q %+v, want %q %+v", tt.path, prefix, got, named, tt.want, tt.target)
			}
		}
	}
}

func TestProductOf(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"P0000001": "P0000001", "p9999999": "P9999999", "": "", "xyz": "", "P": "", "P000001": "", "P00000001": "", "C0000001": "",
		"P000000a": "", "P-000001": "", "P+000001": "", " P0000001": "", "P0000001 ": "", "P000000\u0661": "", "00000001": "",
	} {
		if got := productOf(text); got != want {
			t.Errorf("productOf(%q) = %q, want %q", text, got, want)
		}
	}
}

// FuzzFind: no path is a fault, and what a path names is what was escaped into it.
func FuzzFind(f *testing.F) {
	for _, path := range []string{"/v1/licenses/P0000001/SU1/password/", "/v1/credits/P%2f/%00/consume", "//", "%", "/V1/LICENSES/a/b/c/d"} {
		f.Add(path, "SU1", "0123ABCD")
	}
	d := newDoor(Deps{})
	f.Fuzz(func(t *testing.T, path, code, device string) {
		if at, named := d.find(path, ""); at != nil && (named.product == "" || named.license == "" || strings.Contains(at.path, "{device}") == (named.device == "")) {
			t.Errorf("find(%q) = %s %+v", path, at.path, named)
		}
		if productOf(path) != "" && (len(path) != 8 || !utf8.ValidString(path)) {
			t.Errorf("productOf(%q) = %q", path, productOf(path))
		}
		if code == "" || device == "" {
			return
		}
		at, named := d.find("/v1/Licenses/P0000001/"+url.PathEscape(code)+"/"+url.PathEscape(device)+"/", "")
		switch {
		case at == nil:
			t.Errorf("a license %q with a device %q is not found", code, device)
		case named.license != code || named.product != "P0000001" || named.device != "" && named.device != device:
			t.Errorf("a license %q with a device %q = %s %+v", code, device, at.path, named)
		}
	})
}
