package license_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"licet/internal/license"
)

// placedState is a license on whose only place device A runs.
func placedState() (*license.State, *license.Claim) {
	s, c := goodState(license.OpCheck)
	terms := license.DefaultTerms()
	s.License.Terms, s.Lease = &terms, nil
	c.Amount = 0
	return s, c
}

func TestCheckOut(t *testing.T) {
	t.Parallel()
	const hour, day = time.Hour, 24 * time.Hour
	for name, test := range map[string]struct {
		edit  func(*license.State, *license.Claim)
		ttl   time.Duration
		until license.Time
		want  license.Reason
	}{
		"default":       {nil, 0, now.Add(7 * day), ""},
		"long":          {nil, 365 * day, now.Add(365 * day), ""},
		"before-expiry": {func(s *license.State, _ *license.Claim) { expireAt(s, license.TimeLimited, now.Add(8*day)) }, 0, now.Add(7 * day), ""},
		"at-expiry":     {func(s *license.State, _ *license.Claim) { expireAt(s, license.TimeLimited, now.Add(day)) }, 0, now.Add(day), ""},
		"at-grace":      {func(s *license.State, _ *license.Claim) { expireAt(s, license.Subscription, now.Add(-hour)) }, 0, now.Add(hour), ""},
		"expired":       {func(s *license.State, _ *license.Claim) { expireAt(s, license.TimeLimited, now) }, 0, 0, license.LicenseExpired},
		"trial-expired": {func(s *license.State, _ *license.Claim) {
			expireAt(s, license.TimeLimited, now)
			s.License.Terms.Trial = true
		}, 0, 0, license.TrialExpired},
		"not-started":    {func(s *license.State, _ *license.Claim) { s.License.NotBefore = now.Add(8 * day) }, 0, 0, license.LicenseNotStarted},
		"not-activated":  {func(s *license.State, _ *license.Claim) { s.Device.Active = false }, 0, 0, license.DeviceUnknown},
		"unknown-device": {func(s *license.State, _ *license.Claim) { s.Device = nil }, 0, 0, license.DeviceUnknown},
		"no-hardware":    {func(_ *license.State, c *license.Claim) { c.HardwareID = "" }, 0, 0, license.DeviceRequired},
		"blocked":        {func(s *license.State, _ *license.Claim) { s.Device.Blocked = true }, 0, 0, license.DeviceBlocked},
		"suspended":      {func(s *license.State, _ *license.Claim) { s.License.Standing = license.Suspended }, 0, 0, license.LicenseSuspended},
		"revoked":        {func(s *license.State, _ *license.Claim) { s.License.Standing = license.Revoked }, 0, 0, license.LicenseRevoked},
		"no-offline":     {func(s *license.State, _ *license.Claim) { s.License.Terms.RefuseOffline = true }, 0, 0, license.OfflineRefused},
		"by-address": {func(s *license.State, c *license.Claim) {
			s.License.Terms.Lock, c.Address = license.LockAddress, "192.0.2.1"
			s.Device.Binding = license.Binding{Kind: license.BoundToAddress, Value: c.Address}
		}, 0, 0, license.OfflineRefused},
		"no-seat":    {func(s *license.State, _ *license.Claim) { lend(s, 0) }, 0, 0, license.SeatNotHeld},
		"ended-seat": {func(s *license.State, _ *license.Claim) { lend(s, now) }, 0, 0, license.SeatNotHeld},
		"seat":       {func(s *license.State, _ *license.Claim) { lend(s, now.Add(hour)) }, 0, now.Add(hour), ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, c := placedState()
			if test.edit != nil {
				test.edit(s, c)
			}
			ch, span, err := license.CheckOut(s, c, "f1", test.ttl, now)
			if license.ReasonOf(err) != test.want || span.Until != test.until {
				t.Fatalf("CheckOut = %s until %s, want %q until %s", outcome(err), span.Until, test.want, test.until)
			}
			if err != nil {
				return
			}
			want := license.Change{License: s.License, Device: s.Device, Events: []license.Event{{
				Kind: license.LicenseFileIssued, License: 5, Subject: 11, Data: map[string]any{"file": "f1", "device": "A", "until": test.until},
			}}}
			if diff := cmp.Diff(want, ch); diff != "" {
				t.Errorf("CheckOut (-want +got):\n%s", diff)
			}
			if want := now.Add(-5 * time.Minute); span.From != want {
				t.Errorf("from %s, want %s", span.From, want)
			}
		})
	}
	for _, ttl := range []time.Duration{-1, time.Second, 365*day + 1} {
		s, c := placedState()
		if _, _, err := license.CheckOut(s, c, "f1", ttl, now); license.CodeOf(err) != license.Invalid {
			t.Errorf("CheckOut for %s = %v, want invalid", ttl, err)
		}
	}
}

func expireAt(s *license.State, kind license.Type, at license.Time) {
	s.License.Terms.Type, s.License.ExpiresAt = kind, at
	if kind == license.Subscription {
		s.License.Terms.GraceHours = 2
	}
}

// lend makes the license floating, with a seat of the device until a moment.
func lend(s *license.State, until license.Time) {
	s.License.Terms.Floating = &license.FloatingTerms{Seats: license.AtMost(2), TimeoutMins: 60}
	if until != 0 {
		s.Lease = &license.Lease{License: 5, Device: 11, Until: until}
	}
}

// No file is good longer than its license or its seat, nor longer than was asked for.
func TestCheckOutEnds(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s, c := placedState()
		kind := rapid.SampledFrom([]license.Type{license.Perpetual, license.TimeLimited, license.Subscription}).Draw(t, "kind")
		expireAt(s, kind, now.Add(time.Duration(rapid.Int64Range(-48, 900*24).Draw(t, "expiry"))*time.Hour))
		s.License.Terms.Trial = rapid.Bool().Draw(t, "trial")
		if rapid.Bool().Draw(t, "floating") {
			lend(s, now.Add(time.Duration(rapid.Int64Range(-1, 90).Draw(t, "seat"))*time.Minute))
		}
		ttl := time.Duration(rapid.Int64Range(1, 365*24*60).Draw(t, "ttl")) * time.Minute
		_, span, err := license.CheckOut(s, c, "f1", ttl, now)
		if err != nil {
			return
		}
		if span.Until > now.Add(ttl) || span.Until < now || span.From > span.Until {
			t.Fatalf("a file of %s is good from %s until %s", ttl, span.From, span.Until)
		}
		if last := span.Until - 1; s.License.IsExpired(last) || s.License.Terms.Floating != nil && !s.Lease.Live(last) {
			t.Fatalf("a file is good until %s, the license until %s and the seat until %v", span.Until, s.License.Deadline(), s.Lease)
		}
	})
}
