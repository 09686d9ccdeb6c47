package license_test

import (
	"testing"

	"licet/internal/license"
)

func TestOffers(t *testing.T) {
	t.Parallel()
	const now = license.Time(1_000)
	for _, c := range []struct {
		name       string
		maintained bool
		until, end license.Time
		released   license.Time
		disabled   bool
		want       bool
	}{
		{name: "no-end", released: 900, want: true},
		{name: "out-this-moment", released: now, want: true},
		{name: "not-out-yet", released: now + 1},
		{name: "disabled", released: 900, disabled: true},
		{name: "before-expiry", end: 500, released: 499, want: true},
		{name: "at-expiry", end: 500, released: 500, want: true},
		{name: "after-expiry", end: 500, released: 501},
		{name: "maintenance-ends-first", maintained: true, until: 300, end: 500, released: 301},
		{name: "maintenance-outlasts-expiry", maintained: true, until: 700, end: 500, released: 600, want: true},
		{name: "maintenance-not-begun", maintained: true, end: 500, released: 501},
		{name: "date-of-no-maintenance", until: 300, end: 500, released: 400, want: true},
	} {
		l := license.License{Terms: &license.Terms{Maintained: c.maintained}, MaintainedUntil: c.until, ExpiresAt: c.end}
		if got := l.Offers(&license.Version{Enabled: !c.disabled, ReleasedAt: c.released}, now); got != c.want {
			t.Errorf("%s: Offers = %v, want %v", c.name, got, c.want)
		}
	}
}

func TestSuits(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		version              license.Version
		environment, channel string
		want                 bool
	}{
		{license.Version{}, "", "", true},
		{license.Version{}, "win", "", true},
		{license.Version{Environment: "win"}, "", "", true},
		{license.Version{Environment: "win"}, "win", "", true},
		{license.Version{Environment: "win"}, "mac", "", false},
		{license.Version{Channel: "beta"}, "", "", true},
		{license.Version{Channel: "beta"}, "", "beta", true},
		{license.Version{}, "", "beta", false},
	} {
		if got := c.version.Suits(c.environment, c.channel); got != c.want {
			t.Errorf("%+v.Suits(%q, %q) = %v, want %v", c.version, c.environment, c.channel, got, c.want)
		}
	}
}
