package office_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/store"
)

func TestApplicationMasks(t *testing.T) {
	t.Parallel()
	forEachHouse(t, func(t *testing.T, h *house) {
		h.application("game")
		for _, tt := range []struct {
			name, mask   string
			lower, upper bool
			amount       int
			pattern      string
			refused      error
		}{
			{"M01", "AB-***-x*", true, false, 1, `^AB-[0-9a-z]{3}-x[0-9a-z]$`, nil},
			{"M02-upper", "******-*****", false, true, 100, `^[0-9A-Z]{6}-[0-9A-Z]{5}$`, nil},
			{"M02-both", "******-*****", true, true, 100, `^[0-9A-Za-z]{6}-[0-9A-Za-z]{5}$`, nil},
			{"M02-none", "************", false, false, 100, `^[0-9]{12}$`, nil},
			{"M03-amount", "****", true, true, 101, "", license.Invalid},
			{"M03-amount-zero", "****", true, true, 0, "", license.Invalid},
			{"M03-fixed", "FIXED", true, true, 2, "", license.MaskTooSmall},
			{"one-fixed", "FIXED", true, true, 1, `^FIXED$`, nil},
			{"one-fixed-again", "FIXED", true, true, 1, "", license.MaskTooSmall},
			{"no-room", "*", false, false, 11, "", license.MaskTooSmall},
			{"letters-are-letters", "XXxx-1", true, true, 1, `^XXxx-1$`, nil},
			{"remembered", "", false, true, 1, `^XXXX`, license.MaskTooSmall},
		} {
			t.Run(tt.name, func(t *testing.T) {
				before := h.count("game")
				made, err := h.CreateApplicationLicenses(t.Context(), h.boss, "game", office.NewApplicationLicenses{
					Amount: tt.amount, Mask: tt.mask, Lower: tt.lower, Upper: tt.upper, Level: 1, Lasts: span(60)})
				if tt.refused != nil {
					if license.CodeOf(err) != tt.refused && license.ReasonOf(err) != tt.refused {
						t.Errorf("CreateApplicationLicenses = %v, want %v", err, tt.refused)
					}
					if after := h.count("game"); after != before {
						t.Errorf("%d licenses were made, want none", after-before)
					}
					return
				}
				if err != nil || len(made.Licenses) != tt.amount {
					t.Fatalf("CreateApplicationLicenses = %d, %v, want %d", len(made.Licenses), err, tt.amount)
				}
				seen := map[string]bool{}
				for _, l := range made.Licenses {
					if seen[l.Key] = true; !regexp.MustCompile(tt.pattern).MatchString(l.Key) {
						t.Errorf("the key %q does not match %s", l.Key, tt.pattern)
					}
				}
				if len(seen) != tt.amount {
					t.Errorf("%d different keys, want %d", len(seen), tt.amount)
				}
			})
		}
	})
}

func (h *house) count(product string) int64 {
	h.t.Helper()
	c, err := h.CountApplication(h.t.Context(), h.boss, product)
	h.ok(err)
	return c.Licenses
}

func TestApplicationForm(t *testing.T) {
	t.Parallel()
	forEachHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		h.application("game")
		_, err := h.ChangeApplication(ctx, h.boss, "game", office.ApplicationChange{Settings: func(s *license.ApplicationSettings) { s.LetterMasks = true }})
		h.ok(err)
		week, err := license.UnitWeeks.Span(5)
		h.ok(err)
		made, err := h.CreateApplicationLicenses(ctx, h.boss, "game", office.NewApplicationLicenses{Amount: 3, Mask: "Xx-XXXXxxxx", Lower: true, Level: 1, Note: "for Ann", Lasts: week})
		h.ok(err)
		for _, l := range made.Licenses {
			if !regexp.MustCompile(`^[0-9A-Z][0-9a-z]-[0-9A-Z]{4}[0-9a-z]{4}$`).MatchString(l.Key) {
				t.Errorf("the key %q is not of the letters of its mask", l.Key)
			}
		}
		app, err := h.FindApplication(ctx, h.boss, "game")
		h.ok(err)
		wantForm := license.LicenseForm{Amount: 3, Mask: "Xx-XXXXxxxx", Lower: true, Level: 1, Note: "for Ann", Duration: 5, Unit: license.UnitWeeks}
		if app.Settings.Form != wantForm {
			t.Errorf("the form begins with %+v, want %+v", app.Settings.Form, wantForm)
		}

		// M04: the license holds the seconds, and they run from the day it is redeemed.
		key := made.Licenses[0].Key
		l, err := h.FindApplicationLicense(ctx, h.boss, "game", strings.ToLower(key))
		h.ok(err)
		if got := l.Terms.Duration; got != (license.Span{Seconds: 3024000}) || l.CreatedBy != "boss@acme.test" || l.Note != "for Ann" || l.UsedBy != "" {
			t.Errorf("FindApplicationLicense = %v by %q, note %q, used by %q", got, l.CreatedBy, l.Note, l.UsedBy)
		}
		h.advance(48 * time.Hour)
		h.ok(h.register("game", key, key, "hw-of-k", "192.0.2.1"))
		h.wantLeft("M04", "game", key, "default 840h0m0s")
		l, err = h.FindApplicationLicense(ctx, h.boss, "game", key)
		h.ok(err)
		if l.UsedBy != key || l.Hardware != "hw-of-k" || office.Status(&l.License) != "Used" || l.FirstUsedAt != h.now() {
			t.Errorf("FindApplicationLicense = used by %q on %q, %s", l.UsedBy, l.Hardware, office.Status(&l.License))
		}
		want(t, "EditLicense of the duration of a used one", h.EditLicense(ctx, h.boss, "game", key, office.LicenseEdit{Lasts: ptr(span(60))}), license.LicenseUsed)
		h.ok(h.EditLicense(ctx, h.boss, "game", key, office.LicenseEdit{Note: ptr("sold"), Level: ptr(int64(2))}))
		other := made.Licenses[1].Key
		h.ok(h.EditLicense(ctx, h.boss, "game", other, office.LicenseEdit{Lasts: ptr(span(60))}))
		list, err := h.ListApplicationLicenses(ctx, h.boss, "game", office.Page{})
		h.ok(err)
		at := slices.IndexFunc(list, func(l office.ApplicationLicense) bool { return l.Key == key })
		if len(list) != 3 || at < 0 || list[at].Note != "sold" || list[at].Terms.Level != 2 || list[at].UsedBy != key {
			t.Errorf("ListApplicationLicenses = %+v, want the edited one among three", list)
		}
		second, err := h.ListApplicationLicenses(ctx, h.boss, "game", office.Page{Before: int64(list[0].ID), Limit: 1})
		if err != nil || len(second) != 1 || second[0].ID != list[1].ID {
			t.Errorf("the second page = %v, %v, want the second license", second, err)
		}
	})
}

// M05: one unused, one used, one banned; only the unused one gets longer.
func TestM05ExtendUnused(t *testing.T) {
	t.Parallel()
	forEachHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		h.application("game")
		unused, used, banned := h.key("game", 1, span(3600)), h.key("game", 1, span(3600)), h.key("game", 1, span(3600))
		h.ok(h.register("game", "bob", used, "hw", ""))
		h.ok(h.BanLicense(ctx, h.boss, "game", banned, "x", true)) // S1-20: there is no user
		n, err := h.ExtendUnused(ctx, h.boss, "game", span(86400))
		if err != nil || n != 1 {
			t.Errorf("ExtendUnused = %d, %v, want 1", n, err)
		}
		for key, seconds := range map[string]int64{unused: 90000, used: 3600, banned: 3600} {
			l, err := h.FindApplicationLicense(ctx, h.boss, "game", key)
			if err != nil || l.Terms.Duration.Seconds != seconds {
				t.Errorf("%s lasts %v, %v, want %d s", key, l.Terms.Duration, err, seconds)
			}
		}
		h.wantLeft("the user of the used one", "game", "bob", "default 1h0m0s")
	})
}

// ban and unban, with the box and without (keyauth.md §9.8).
func TestBanLicense(t *testing.T) {
	t.Parallel()
	forEachHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		kept := []string{"hwid hw-of-bob", "ip 192.0.2.9"}
		for i, tt := range []struct {
			name    string
			used    bool
			do      func(product, key string) error
			status  string
			left    string
			blocked []string
			live    int
		}{
			{"S1-16", false, func(p, k string) error { return h.BanLicense(ctx, h.boss, p, k, "r", false) }, "Banned", "user_unknown", nil, 0},
			{"S1-17", true, func(p, k string) error { return h.BanLicense(ctx, h.boss, p, k, "r", false) }, "Banned", "default 1h0m0s", nil, 1},
			{"S1-18", true, func(p, _ string) error { return h.BanUser(ctx, h.boss, p, "bob", "r") }, "Used", "user_banned", kept, 0},
			{"S1-19", true, func(p, k string) error { return h.BanLicense(ctx, h.boss, p, k, "r", true) }, "Banned", "user_banned", kept, 0},
			{"S1-20", false, func(p, k string) error { return h.BanLicense(ctx, h.boss, p, k, "r", true) }, "Banned", "user_unknown", nil, 0},
			{"unban-unused", false, func(p, k string) error {
				h.ok(h.BanLicense(ctx, h.boss, p, k, "r", true))
				return h.UnbanLicense(ctx, h.boss, p, k)
			}, "Not Used", "user_unknown", nil, 0},
			{"unban-with-user", true, func(p, k string) error {
				h.ok(h.BanLicense(ctx, h.boss, p, k, "r", true))
				return h.UnbanLicense(ctx, h.boss, p, k)
			}, "Used", "default 1h0m0s", nil, 0},
			{"unban-license-of-banned-user", true, func(p, k string) error {
				h.ok(h.BanUser(ctx, h.boss, p, "bob", "r"))
				return h.UnbanLicense(ctx, h.boss, p, k)
			}, "Used", "default 1h0m0s", nil, 0},
			{"unban-user", true, func(p, k string) error {
				h.ok(h.BanLicense(ctx, h.boss, p, k, "r", true))
				return h.UnbanUser(ctx, h.boss, p, "Bob")
			}, "Banned", "default 1h0m0s", nil, 0},
		} {
			t.Run(tt.name, func(t *testing.T) {
				product := fmt.Sprintf("game-%d", i)
				app := h.application(product)
				key := h.key(product, 1, span(3600))
				if tt.used {
					h.ok(h.register(product, "bob", key, "hw-of-bob", "192.0.2.9"))
				}
				if err := tt.do(product, key); err != nil {
					t.Fatal(err)
				}
				l, err := h.FindApplicationLicense(ctx, h.boss, product, key)
				if got := office.Status(&l.License); err != nil || got != tt.status {
					t.Errorf("the license is %s, %v, want %s", got, err, tt.status)
				}
				if want := map[bool]string{true: "r"}[tt.status == "Banned"]; l.BlockReason != want {
					t.Errorf("the reason is %q, want %q", l.BlockReason, want)
				}
				if got := h.left(product, "bob"); got != tt.left {
					t.Errorf("bob has %q left, want %q", got, tt.left)
				}
				if got := h.blocked(app); !slices.Equal(got, tt.blocked) {
					t.Errorf("kept out are %v, want %v", got, tt.blocked)
				}
				if got := h.sessions(app); got != tt.live {
					t.Errorf("%d sessions, want %d", got, tt.live)
				}
			})
		}
	})
}

func TestDropLicenses(t *testing.T) {
	t.Parallel()
	forEachHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		h.application("game")
		key := func(name string) string {
			k := h.key("game", 1, span(3600))
			if name != "" {
				h.ok(h.register("game", name, k, "hw-"+name, ""))
			}
			return k
		}
		bob, ann, free, banned := key("bob"), key("ann"), key(""), key("")
		h.ok(h.BanLicense(ctx, h.boss, "game", banned, "", false))
		_, err := h.CreateApplicationUser(ctx, h.boss, "game", office.NewApplicationUser{Name: "eve", Lasts: span(60)})
		h.ok(err)
		_, err = h.DropLicenses(ctx, h.boss, "game", []string{bob, "nonsense"}, true)
		want(t, "DropLicenses with one that is unknown", err, license.KeyUnknown)
		h.wantLeft("after a drop that was refused", "game", "bob", "default 1h0m0s")
		if n, err := h.DropLicenses(ctx, h.boss, "game", []string{ann, free}, false); err != nil || n != 2 {
			t.Errorf("DropLicenses = %d, %v, want 2", n, err)
		}
		h.wantLeft("after their license went", "game", "ann", string(license.NothingHeld))
		if n, err := h.DropLicenses(ctx, h.boss, "game", []string{bob}, true); err != nil || n != 1 {
			t.Errorf("DropLicenses = %d, %v, want 1", n, err)
		}
		h.wantLeft("after they went with their license", "game", "bob", string(license.UserUnknown))

		h.issue(office.NewLicenses{Product: "game", Amount: 1100})
		h.ok(h.activate(office.Ref{Product: "game", ID: h.issue(office.NewLicenses{Product: "game"}).Licenses[0].ID}, "hw"))
		for _, tt := range []struct {
			which string
			used  *bool
			n     int64
		}{{"unused", ptr(false), 1100}, {"unused", ptr(false), 0}, {"used", ptr(true), 1}, {"all", nil, 1}, {"all", nil, 0}} {
			if n, err := h.DropLicensesWhere(ctx, h.boss, "game", tt.used); err != nil || n != tt.n {
				t.Errorf("DropLicensesWhere(%s) = %d, %v, want %d", tt.which, n, err, tt.n)
			}
		}
		h.wantLeft("who holds a license without a key", "game", "eve", "default 1m0s")
	})
}

func TestKeyOfUser(t *testing.T) {
	t.Parallel()
	forEachHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		h.application("game")
		key := h.key("game", 1, span(3600))
		h.ok(h.register("game", "bob", key, "hw", ""))
		if got, err := h.KeyOfUser(ctx, h.boss, "game", "BOB"); err != nil || got != key {
			t.Errorf("KeyOfUser(bob) = %q, %v, want %q", got, err, key)
		}
		_, err := h.CreateApplicationUser(ctx, h.boss, "game", office.NewApplicationUser{Name: "eve", Lasts: span(60)})
		h.ok(err)
		_, err = h.KeyOfUser(ctx, h.boss, "game", "eve")
		want(t, "KeyOfUser of one who came without a key", err, license.KeyUnknown)
		_, err = h.KeyOfUser(ctx, h.boss, "game", "nobody")
		want(t, "KeyOfUser(nobody)", err, license.UserUnknown)
		var rows int
		h.ok(h.store.Read(ctx, func(tx *store.Tx) error {
			rows = 0
			for row, err := range tx.ExportLicenses(h.tenant, 0, license.Forever) {
				if err != nil {
					return err
				}
				if rows++; row.Key == key && row.UserName != "bob" {
					t.Errorf("the export says that %q used the license, want bob", row.UserName)
				}
			}
			return nil
		}))
		if rows != 2 {
			t.Errorf("the export has %d rows, want 2", rows)
		}
	})
}
