package office_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
)

func TestBrowseLicenseUsers(t *testing.T) {
	forEachHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		h.application("game")
		h.product("tool", office.TermsChange{})
		c, err := h.CreateCustomer(ctx, h.boss, office.NewCustomer{Email: "it@customer.test"})
		h.ok(err)
		key := h.key("game", 1, span(3600))
		h.ok(h.register("game", key, key, "hw", "203.0.113.1"))
		for _, n := range []office.NewLicenseUser{
			{Name: "ann", Email: "Boss@x.test", Customer: "it@customer.test"}, {Name: "Bob", Product: "tool"}, {Name: "anton", Product: "game"},
		} {
			_, _, err := h.CreateLicenseUser(ctx, h.boss, n)
			h.ok(err)
		}
		_, err = h.BanLicenseUser(ctx, h.boss, "tool", "bob", "")
		h.ok(err)
		yes, no := true, false
		for name, tt := range map[string]struct {
			f    office.UserView
			want string
		}{
			"all":            {office.UserView{}, "anton Bob ann " + key},
			"product":        {office.UserView{Product: "game"}, "anton " + key},
			"whole":          {office.UserView{Whole: true}, "ann"},
			"customer":       {office.UserView{Customer: "it@customer.test"}, "ann"},
			"name":           {office.UserView{Prefix: "AN"}, "anton ann"},
			"name-product":   {office.UserView{Prefix: "an", Product: "game"}, "anton"},
			"email":          {office.UserView{Prefix: "Boss@"}, "ann"},
			"nothing":        {office.UserView{Prefix: "zzz"}, ""},
			"banned":         {office.UserView{Banned: &yes}, "Bob"},
			"not-banned":     {office.UserView{Banned: &no, Prefix: "B"}, "ann"},
			"customer-other": {office.UserView{Customer: "it@customer.test", Product: "game"}, ""},
		} {
			t.Run(name, func(t *testing.T) {
				var names []string
				for page := (office.Page{Limit: 1}); ; {
					rows, next, err := h.BrowseLicenseUsers(ctx, h.boss, tt.f, page)
					h.ok(err)
					for i := range rows {
						names = append(names, rows[i].Name)
					}
					if page.Before = next; next == 0 {
						break
					}
				}
				if got := strings.Join(names, " "); got != tt.want {
					t.Errorf("BrowseLicenseUsers = %q, want %q", got, tt.want)
				}
			})
		}
		t.Run("S1-15", func(t *testing.T) {
			rows, _, err := h.BrowseLicenseUsers(ctx, h.boss, office.UserView{Prefix: key}, office.Page{})
			if err != nil || len(rows) != 1 || !rows[0].OfApplication || len(rows[0].Held) != 1 || rows[0].Held[0].Key != key || rows[0].Held[0].Name != "default" {
				t.Errorf("the user that the license became = %+v, %v", rows, err)
			}
		})
		_, _, err = h.BrowseLicenseUsers(ctx, h.boss, office.UserView{Product: "game", Whole: true}, office.Page{})
		wantField(t, "BrowseLicenseUsers of a product and of the whole", err, "product")
		_, _, err = h.BrowseLicenseUsers(ctx, identity.Actor{Kind: identity.PlatformUser, Tenant: h.tenant}, office.UserView{}, office.Page{})
		want(t, "BrowseLicenseUsers by nobody", err, license.PermissionMissing)
		found, err := h.CustomersByID(ctx, h.boss, c.ID, 0, c.ID, 1)
		if err != nil || len(found) != 1 || found[c.ID].Email != c.Email {
			t.Errorf("CustomersByID = %v, %v", found, err)
		}
	})
}

func TestShowLicenseUser(t *testing.T) {
	forEachHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		app := h.application("game")
		h.withUsers("game", "ann")
		u, err := h.ApplicationUser(ctx, h.boss, "game", "ann")
		h.ok(err)
		for range 3 {
			_, err := h.CreateLevel(ctx, h.boss, "game", "extra"+string(rune('a'+len(u.Holdings))), 2)
			h.ok(err)
			if u, err = h.ApplicationUser(ctx, h.boss, "game", "ann"); err != nil {
				t.Fatal(err)
			}
			_, err = h.ExtendUsers(ctx, h.boss, "game", office.Users{Name: "ann"}, "extra"+string(rune('a'+len(u.Holdings))), span(60))
			h.ok(err)
			u, err = h.ApplicationUser(ctx, h.boss, "game", "ann")
			h.ok(err)
		}
		_, err = h.SetUserVariables(ctx, h.boss, "game", "ann", false, "color", "red", nil)
		h.ok(err)
		var held []license.LicenseID
		for page := (office.Page{Limit: 2}); ; {
			p, err := h.ShowLicenseUser(ctx, h.boss, u.ID, page)
			h.ok(err)
			if p.Member == nil || p.Member.Name != "ann" || p.App.Name != app.Name || p.App.Secret != nil || len(p.Variables) != 1 || len(p.Levels) < 2 {
				t.Fatalf("ShowLicenseUser = %+v", p)
			}
			for i := range p.Held {
				held = append(held, p.Held[i].License)
			}
			if page.Before = p.NextHeld; page.Before == 0 {
				break
			}
		}
		if !slices.IsSortedFunc(held, func(a, b license.LicenseID) int { return int(b - a) }) || len(slices.Compact(slices.Clone(held))) != len(held) || len(held) != len(u.Holdings) {
			t.Errorf("what the user holds, in pages = %v, want %d, each once, newest first", held, len(u.Holdings))
		}
		plain, _, err := h.CreateLicenseUser(ctx, h.boss, office.NewLicenseUser{Name: "1"})
		h.ok(err)
		if p, err := h.ShowLicenseUser(ctx, h.boss, plain.ID, office.Page{}); err != nil || p.Member != nil || !p.InitialPassword {
			t.Errorf("ShowLicenseUser(of the whole tenant) = %+v, %v", p, err)
		}
		_, err = h.ShowLicenseUser(ctx, h.boss, plain.ID+1, office.Page{})
		wantCode(t, "ShowLicenseUser of nobody", err, license.NotFound)

		key := h.key("game", 1, span(60))
		h.ok(h.register("game", "bob", key, "hw", ""))
		h.advance(time.Minute)
		p, err := h.FindLicenseUser(ctx, h.boss, "game", "bob")
		h.ok(err)
		if page, err := h.ShowLicenseUser(ctx, h.boss, p.ID, office.Page{}); err != nil || len(page.Sessions) != 1 {
			t.Errorf("the sessions of bob = %+v, %v", page.Sessions, err)
		}
		for _, n := range []int64{1, 0} {
			if ended, err := h.EndSessionsOfUser(ctx, h.boss, "game", "bob"); err != nil || ended != n {
				t.Errorf("EndSessionsOfUser = %d, %v, want %d", ended, err, n)
			}
		}
	})
}

func TestOrderSize(t *testing.T) {
	forEachHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		h.product("demo", office.TermsChange{})
		h.issue(office.NewLicenses{Product: "demo", Order: "A", Amount: 3})
		h.issue(office.NewLicenses{Product: "demo", Order: "B", Amount: 1001})
		for ref, want := range map[string]int{"A": 3, "B": 1000} {
			if n, more, err := h.OrderSize(ctx, h.boss, ref); err != nil || n != want || more != (want == 1000) {
				t.Errorf("OrderSize(%s) = %d, %v, %v, want %d", ref, n, more, err, want)
			}
		}
	})
}
