package authority_test

import (
	"strings"
	"testing"
	"time"

	"licet/internal/authority"
	"licet/internal/license"
	"licet/internal/office"
)

// day is so many days after the beginning of a test.
func (w *world) day(n int) license.Time { return w.now().Add(time.Duration(n) * 24 * time.Hour) }

// release makes versions of the product app known; each is a name, and how many days from now it comes out.
func (w *world) release(n office.NewVersion, days int) {
	w.t.Helper()
	n.Product, n.ReleasedAt = "app", w.day(days)
	_, err := w.office.AddVersion(w.t.Context(), w.boss, n)
	w.must(err)
}

func named(list []license.Version) string {
	var names []string
	for _, v := range list {
		names = append(names, v.Version)
	}
	return strings.Join(names, " ")
}

func TestVersionWindows(t *testing.T) {
	t.Parallel()
	forEachWorld(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		w.release(office.NewVersion{Version: "1"}, -30)
		w.release(office.NewVersion{Version: "2"}, 5)
		w.release(office.NewVersion{Version: "3"}, 10)
		w.release(office.NewVersion{Version: "2.1"}, 7)
		w.release(office.NewVersion{Version: "4"}, 20)
		w.release(office.NewVersion{Version: "off", Disabled: true}, 1)
		w.release(office.NewVersion{Version: "later"}, 1000)
		days := func(n int64) license.Span { return license.Span{Seconds: n * 86400} }
		type window struct {
			name, want string
			edit       func(*office.TermsChange)
		}
		cases := []window{
			{"no-end", "1 2 2.1 3 4", func(*office.TermsChange) {}},
			{"until-expiry", "1 2 2.1", func(c *office.TermsChange) { d := days(7); c.Duration = &d }},
			{"a-moment-before", "1 2", func(c *office.TermsChange) { d := license.Span{Seconds: 7*86400 - 1}; c.Duration = &d }},
			{"maintenance-before-expiry", "1 2", func(c *office.TermsChange) { d, m := days(30), days(6); c.Duration, c.Maintenance = &d, &m }},
			{"maintenance-beyond-expiry", "1 2 2.1 3", func(c *office.TermsChange) { d, m := days(6), days(12); c.Duration, c.Maintenance = &d, &m }},
			{"maintenance-alone", "1 2 2.1 3", func(c *office.TermsChange) { m := days(12); c.Maintenance = &m }},
		}
		asks := make([]authority.Request, len(cases))
		for i, c := range cases {
			n := office.NewLicenses{Product: "app"}
			c.edit(&n.Terms)
			made, err := w.office.CreateLicenses(ctx, w.boss, n)
			w.must(err)
			w.activate(made.Licenses[0].Key, "A")
			asks[i] = w.ask(made.Licenses[0].Key, "A")
		}
		w.advance(40 * 24 * time.Hour)
		for i, c := range cases {
			t.Run(c.name, func(t *testing.T) {
				list, err := w.Versions(ctx, asks[i], "", "")
				if err != nil || named(list) != c.want {
					t.Errorf("Versions = %s, %v, want %s", named(list), err, c.want)
				}
				newest, err := w.InstallationFile(ctx, asks[i], "", "", "")
				if last := c.want[strings.LastIndex(c.want, " ")+1:]; err != nil || newest.Version != last {
					t.Errorf("InstallationFile = %s, %v, want %s", newest.Version, err, last)
				}
				for _, name := range []string{"1", "2", "2.1", "3", "4", "off", "later", "none"} {
					_, err := w.InstallationFile(ctx, asks[i], "", "", name)
					var want license.Reason
					if !strings.Contains(" "+c.want+" ", " "+name+" ") {
						want = license.VersionUnknown
					}
					wantReason(t, "InstallationFile("+name+")", err, want)
				}
			})
		}
		v, err := w.LatestVersion(ctx, w.boss.Tenant, w.license(asks[1]).Product, "")
		if err != nil || v == nil || v.Version != "4" {
			t.Errorf("LatestVersion = %+v, %v, want 4 whatever any license says", v, err)
		}
	})
}

// license loads what a request speaks of.
func (w *world) license(r authority.Request) *license.License {
	w.t.Helper()
	made, err := w.office.FindLicense(w.t.Context(), w.boss, office.Ref{Product: "app", Key: r.Key})
	w.must(err)
	return &made.License
}

func TestVersionsForEnvironments(t *testing.T) {
	t.Parallel()
	forEachWorld(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		w.release(office.NewVersion{Version: "1", Environment: "win"}, -5)
		w.release(office.NewVersion{Version: "1", Environment: "mac"}, -5)
		w.release(office.NewVersion{Version: "2", Environment: "win"}, -4)
		w.release(office.NewVersion{Version: "2", Filename: "any"}, -4)
		w.release(office.NewVersion{Version: "3", Environment: "win", Channel: "beta"}, -3)
		key := w.issue(nil)
		w.activate(key, "A")
		for _, c := range []struct{ environment, channel, list, newest string }{
			{"", "", "1 1 2 2 3", "3win"},
			{"win", "", "1 2 2 3", "3win"},
			{"mac", "", "1 2", "2"},
			{"linux", "", "2", "2"},
			{"win", "beta", "3", "3win"},
			{"mac", "beta", "", ""},
		} {
			list, err := w.Versions(ctx, w.ask(key, "A"), c.environment, c.channel)
			if err != nil || named(list) != c.list {
				t.Errorf("Versions(%q, %q) = %s, %v, want %s", c.environment, c.channel, named(list), err, c.list)
			}
			v, err := w.InstallationFile(ctx, w.ask(key, "A"), c.environment, c.channel, "")
			if got := v.Version + v.Environment; got != c.newest || (c.newest == "") != (license.ReasonOf(err) == license.VersionUnknown) {
				t.Errorf("InstallationFile(%q, %q) = %s, %v, want %s", c.environment, c.channel, got, err, c.newest)
			}
			latest, err := w.LatestFor(ctx, w.license(w.ask(key, "A")), c.environment, c.channel)
			if err != nil || (latest == nil) != (c.newest == "") || latest != nil && latest.Version+latest.Environment != c.newest {
				t.Errorf("LatestFor(%q, %q) = %+v, %v, want %s", c.environment, c.channel, latest, err, c.newest)
			}
		}
		v, err := w.InstallationFile(ctx, w.ask(key, "A"), "win", "", "2")
		if err != nil || v.Environment != "win" {
			t.Errorf("InstallationFile(win, 2) = %+v, %v, want the one for win rather than that for any", v, err)
		}
	})
}

// Only whoever may use the license may load its versions.
func TestVersionsNeedAnActiveLicense(t *testing.T) {
	t.Parallel()
	forEachWorld(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		w.release(office.NewVersion{Version: "1"}, -1)
		refuse := func(what string, r authority.Request, want license.Reason) {
			t.Helper()
			_, err := w.Versions(ctx, r, "", "")
			wantReason(t, "Versions "+what, err, want)
			_, err = w.InstallationFile(ctx, r, "", "", "1")
			wantReason(t, "InstallationFile "+what, err, want)
		}
		key := w.issue(func(t *license.Terms) { t.Activations = license.AtMost(2) })
		refuse("before the activation", w.ask(key, "A"), license.LicenseNotActive)
		w.activate(key, "A")
		refuse("on another device", w.ask(key, "B"), license.DeviceUnknown)
		refuse("of an unknown key", w.ask("nothing", "A"), license.KeyUnknown)
		_, err := office.One(w.office.SuspendLicenses(ctx, w.boss, office.Ref{Product: "app", Key: key}))
		w.must(err)
		refuse("of a suspended license", w.ask(key, "A"), license.LicenseSuspended)
	})
}
