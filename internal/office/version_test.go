package office_test

import (
	"fmt"
	"testing"
	"time"

	"licet/internal/license"
	"licet/internal/office"
)

func TestVersions(t *testing.T) {
	t.Parallel()
	forEachHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		h.product("app", office.TermsChange{})
		full := office.NewVersion{
			Product: "app", Version: "1.0", Channel: "beta", Environment: "win64", URL: "https://dl.acme.test/app.exe", Filename: "app.exe",
			HashMD5: "d41d8cd98f00b204e9800998ecf8427e", EULALink: "https://acme.test/eula", NotesLink: "http://acme.test/notes",
			Size: "12 MB", RequiresVersion: "0.9", ReleasedAt: h.now().Add(-time.Hour),
		}
		v, err := h.AddVersion(ctx, h.boss, full)
		h.ok(err)
		list, err := h.ListVersions(ctx, h.boss, "app", office.Page{})
		if err != nil || len(list) != 1 || list[0] != v || !v.Enabled || v.URL != full.URL || v.RequiresVersion != "0.9" {
			t.Errorf("ListVersions = %+v, %v, want %+v", list, err, v)
		}
		_, err = h.AddVersion(ctx, h.boss, full)
		wantCode(t, "AddVersion again", err, license.Conflict)
		full.Environment = "mac"
		_, err = h.AddVersion(ctx, h.boss, full)
		h.ok(err)
		for what, edit := range map[string]func(*office.NewVersion){
			"no name": func(n *office.NewVersion) { n.Version = "" }, "an environment of its own": func(n *office.NewVersion) { n.Environment = "beos" },
			"a short hash": func(n *office.NewVersion) { n.HashMD5 = "d41d" }, "a script": func(n *office.NewVersion) { n.URL = "javascript:alert(1)" },
			"a path": func(n *office.NewVersion) { n.NotesLink = "/notes" },
		} {
			bad := full
			bad.Version = "2.0"
			edit(&bad)
			_, err := h.AddVersion(ctx, h.boss, bad)
			wantCode(t, "AddVersion with "+what, err, license.Invalid)
		}
		off, err := h.EnableVersion(ctx, h.boss, "app", "1.0", false)
		if err != nil || len(off) != 2 || off[0].Enabled || off[1].Enabled {
			t.Errorf("EnableVersion = %+v, %v, want both of the name off", off, err)
		}
		on, err := h.EnableVersion(ctx, h.boss, "app", fmt.Sprint(v.ID), true)
		if err != nil || len(on) != 1 || !on[0].Enabled {
			t.Errorf("EnableVersion by identity = %+v, %v, want the one on", on, err)
		}
		_, err = h.EnableVersion(ctx, h.boss, "app", "3.0", true)
		want(t, "EnableVersion of no version", err, license.VersionUnknown)
		support := h.boss
		support.Role = "support"
		_, err = h.AddVersion(ctx, support, full)
		want(t, "AddVersion by support", err, license.PermissionMissing)
	})
}
