package license_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"licet/internal/license"
)

// now is when the tests of single rules take place.
var now = moment("2026-03-23 12:00")

// goodState is a state and a claim that break no rule of the operation: device A holds one of two
// places of a consumption license, and a floating seat where it comes to those.
func goodState(op license.Operation) (*license.State, *license.Claim) {
	terms := withTerms(func(t *license.Terms) {
		t.Type, t.Activations = license.Consumption, license.AtMost(2)
		t.Usage = &license.UsageTerms{Max: license.AtMost(5)}
		t.Floating = &license.FloatingTerms{Seats: license.AtMost(2), TimeoutMins: 120, Borrow: true, BorrowHours: 12}
		t.Features = []license.FeatureTerms{{Code: "pro", Usage: t.Usage, Floating: t.Floating}}
	})
	s := &license.State{
		Product: license.Product{ID: 3, Tenant: 2},
		License: license.License{
			ID: 5, Tenant: 2, Product: 3, Order: 7, Standing: license.Enabled, Terms: terms,
			IssuedAt: moment("2026-01-01"), FirstUsedAt: moment("2026-01-02"), Activated: 1,
		},
	}
	c := onDevice("A")
	bound, _ := c.Bind(license.LockHardware)
	s.Device = &license.Device{ID: 11, License: 5, Binding: bound, Active: true}
	s.Lease = &license.Lease{License: 5, Device: 11, Until: now + 1}
	c.Amount = 1
	switch op {
	case license.OpActivate:
		s.Device, s.Lease = nil, nil
	case license.OpRedeem:
		s.Device, s.Lease, s.License.Activated, s.License.FirstUsedAt = nil, nil, 0, 0
		s.User = &license.LicenseUser{ID: 9, Name: "bob"}
	}
	return s, c
}

func TestGoodStateBreaksNothing(t *testing.T) {
	t.Parallel()
	for _, op := range license.Operations() {
		s, c := goodState(op.Op)
		if v := license.Judge(s, op.Op, c, now); !v.OK() || len(v.Broken) != 0 || v.Err() != nil {
			t.Errorf("%s of a good state breaks %v, want nothing", op.Name, v.Broken)
		}
	}
}

// TestMatrix says for each reason which operations refuse and which only tell it, from the contracts
// and not from the rules table.
func TestMatrix(t *testing.T) {
	t.Parallel()
	type edit = func(*license.State, *license.Claim)
	const all = "check activate re-activate deactivate lease borrow release consume redeem"
	const device = "check activate re-activate deactivate lease borrow release consume"
	const placed = "check deactivate lease borrow release consume"
	over := func(trial bool) edit {
		return func(s *license.State, _ *license.Claim) {
			terms := *s.License.Terms
			terms.Trial = trial
			s.License.Terms, s.License.ExpiresAt = &terms, now
		}
	}
	withoutFloating := func(s *license.State, _ *license.Claim) {
		terms := *s.License.Terms
		terms.Floating = nil
		s.License.Terms = &terms
	}
	editTerms := func(f func(*license.Terms)) edit {
		return func(s *license.State, _ *license.Claim) {
			terms := *s.License.Terms
			f(&terms)
			s.License.Terms = &terms
		}
	}
	rows := map[license.Reason]bool{}
	for _, tt := range []struct {
		reason  license.Reason
		edit    edit
		refuses string
		tells   string
	}{
		{license.OrderIncomplete, func(s *license.State, _ *license.Claim) { s.License.Withheld = true }, all, ""},
		{license.LicenseRevoked, func(s *license.State, _ *license.Claim) { s.License.Standing = license.Revoked }, all, ""},
		{license.LicenseSuspended, func(s *license.State, _ *license.Claim) { s.License.Standing = license.Suspended }, device, ""},
		{license.LicenseSuspended, func(s *license.State, _ *license.Claim) {
			s.License.RedemptionBlocked, s.License.FirstUsedAt = true, 0
		}, device, ""},
		{license.RedemptionBlocked, func(s *license.State, _ *license.Claim) { s.License.RedemptionBlocked = true }, "redeem", ""},
		{license.RedemptionBlocked, func(s *license.State, _ *license.Claim) { s.License.Standing = license.Suspended }, "redeem", ""},
		{license.AlreadyRedeemed, func(s *license.State, _ *license.Claim) { s.License.FirstUsedAt = now }, "redeem", ""},
		{license.UserRequired, func(s *license.State, _ *license.Claim) { s.User = nil }, "redeem", ""},
		{license.UserBanned, func(s *license.State, _ *license.Claim) { s.User = &license.LicenseUser{Banned: true} },
			"check activate re-activate deactivate lease borrow release consume redeem", ""},
		{license.ProductArchived, func(s *license.State, _ *license.Claim) { s.Product.Archived = true }, "activate redeem", "check"},
		{license.ProductDisabled, func(s *license.State, _ *license.Claim) { s.Product.Disabled = true }, "activate redeem", "check"},
		{license.LicenseNotStarted, func(s *license.State, _ *license.Claim) { s.License.NotBefore = now + 1 }, "activate redeem", "check"},
		{license.LicenseExpired, over(false), "activate lease borrow redeem", "check re-activate consume"},
		{license.TrialExpired, over(true), "activate lease borrow redeem", "check re-activate consume"},
		{license.DeviceRequired, func(_ *license.State, c *license.Claim) { c.HardwareID = "" }, device, ""},
		{license.LicenseNotActive, func(s *license.State, _ *license.Claim) { s.License.Activated = 0 }, placed, ""},
		{license.DeviceUnknown, func(s *license.State, _ *license.Claim) { s.Device = nil }, placed, ""},
		{license.DeviceUnknown, func(s *license.State, _ *license.Claim) { s.Device = &license.Device{ID: 11} }, placed, ""},
		{license.DeviceBlocked, func(s *license.State, _ *license.Claim) {
			s.Device = &license.Device{ID: 11, Active: true, Blocked: true}
		}, device, ""},
		{license.PlaceRefused, func(s *license.State, _ *license.Claim) {
			s.Origin = &license.Origin{Rules: []license.AddressRule{{Mode: license.RuleEnforce, Deny: []string{"country:ZZ"}}}}
		}, "check activate re-activate lease borrow consume redeem", ""},
		{license.LicensePasswordRequired, editTerms(func(t *license.Terms) { t.Password = license.SharedPassword }), "activate", ""},
		{license.VMRefused, func(s *license.State, c *license.Claim) {
			editTerms(func(t *license.Terms) { t.RefuseVM = true })(s, c)
			c.VM = true
		}, "activate", ""},
		{license.OfflineRefused, func(s *license.State, c *license.Claim) {
			editTerms(func(t *license.Terms) { t.RefuseOffline = true })(s, c)
			c.Offline = true
		}, "activate re-activate", ""},
		{license.DeviceLimit, func(s *license.State, _ *license.Claim) { s.License.Activated = 2 }, "activate", ""},
		{license.TransferLimit, func(s *license.State, c *license.Claim) {
			editTerms(func(t *license.Terms) { t.Transfers = license.None })(s, c)
			s.License.FreedDevice = 12
		}, "activate", ""},
		{license.FeatureUnknown, func(_ *license.State, c *license.Claim) { c.Feature = "max" }, "check lease borrow release consume", ""},
		{license.FeatureExpired, func(s *license.State, c *license.Claim) {
			c.Feature, s.Grant = "pro", &license.Grant{Feature: "pro", ExpiresAt: now}
		}, "lease borrow consume", "check"},
		{license.NotFloating, withoutFloating, "lease borrow release", ""},
		{license.BorrowRefused, editTerms(func(t *license.Terms) {
			t.Floating = &license.FloatingTerms{Seats: license.AtMost(2), TimeoutMins: 1}
		}), "borrow", ""},
		{license.BorrowEndInvalid, func(_ *license.State, c *license.Claim) { c.Until = now }, "borrow", ""},
		{license.BorrowEndInvalid, func(_ *license.State, c *license.Claim) { c.Until = moment("2026-03-24 00:00:00.000001") }, "borrow", ""},
		{license.SeatLimit, func(s *license.State, _ *license.Claim) { s.SeatsTaken = 2 }, "lease borrow", ""},
		{license.SeatNotHeld, func(s *license.State, _ *license.Claim) { s.Lease = nil }, "release", ""},
		{license.SeatNotHeld, func(s *license.State, _ *license.Claim) { s.Lease = &license.Lease{Until: now} }, "release", ""},
		{license.UserDeviceLimit, func(s *license.State, _ *license.Claim) {
			terms := *s.License.Terms
			terms.UserActivations = license.AtMost(2)
			s.License.Terms, s.User, s.UserDevices = &terms, &license.LicenseUser{}, 2
		}, "activate", ""},
		{license.UsageNotMetered, editTerms(func(t *license.Terms) { t.Usage = nil }), "consume", ""},
		{license.UsageNegative, func(_ *license.State, c *license.Claim) { c.Amount = -1 }, "consume", ""},
		{license.UsageLimit, func(s *license.State, _ *license.Claim) { s.License.Used = 5 }, "consume", ""},
	} {
		rows[tt.reason] = true
		t.Run(string(tt.reason), func(t *testing.T) {
			t.Parallel()
			for _, op := range license.Operations() {
				want := ""
				switch {
				case slices.Contains(strings.Fields(tt.refuses), op.Name):
					want = "refuses"
				case slices.Contains(strings.Fields(tt.tells), op.Name):
					want = "tells"
				}
				s, c := goodState(op.Op)
				tt.edit(s, c)
				v := license.Judge(s, op.Op, c, now)
				got := ""
				switch {
				case !v.Has(tt.reason):
				case v.OK():
					got = "tells"
				default:
					got = "refuses"
				}
				if got != want {
					t.Errorf("%s of a license with %s %s it (broken: %v), want %q", op.Name, tt.reason, got, v.Broken, want)
				}
				if len(v.Broken) == 1 && v.OK() == (v.Err() != nil) {
					t.Errorf("%s: OK() = %t but Err() = %v", op.Name, v.OK(), v.Err())
				}
			}
		})
	}
	for _, r := range license.Rules() {
		if !rows[r.Reason] {
			t.Errorf("the rule %s has no row in this test", r.Reason)
		}
	}
}

// The order of the table decides where several rules are broken and a dialect has no order of its own.
func TestPrecedence(t *testing.T) {
	t.Parallel()
	past := func(s *license.State, _ *license.Claim) { s.License.ExpiresAt = now - 1 }
	for _, tt := range []struct {
		name string
		edit func(*license.State, *license.Claim)
		want license.Reason
	}{
		{"R22_revoked_and_expired", func(s *license.State, c *license.Claim) { past(s, c); s.License.Standing = license.Revoked }, license.LicenseRevoked},
		{"R23_suspended_and_expired", func(s *license.State, c *license.Claim) { past(s, c); s.License.Standing = license.Suspended }, license.LicenseSuspended},
		{"R24_expired_without_hwid", func(s *license.State, c *license.Claim) { past(s, c); c.HardwareID = "" }, license.LicenseExpired},
		{"R25_revoked_and_full", func(s *license.State, _ *license.Claim) {
			s.License.Standing, s.License.Activated = license.Revoked, 2
		}, license.LicenseRevoked},
		{"withheld_and_revoked", func(s *license.State, _ *license.Claim) {
			s.License.Standing, s.License.Withheld = license.Revoked, true
		}, license.OrderIncomplete},
		{"blocked_and_full", func(s *license.State, _ *license.Claim) {
			s.License.Activated, s.Device = 2, &license.Device{ID: 11, Blocked: true}
		}, license.DeviceBlocked},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s, c := goodState(license.OpActivate)
			tt.edit(s, c)
			if _, err := license.Activate(s, c, now); license.ReasonOf(err) != tt.want {
				t.Errorf("Activate = %s, want %s", outcome(err), tt.want)
			}
		})
	}
}

// A device that the vendor blocked hears that it is blocked, not that it is unknown: blocking frees
// its place, so it would never hear it otherwise (licensespring-license-api.md, 10).
func TestBlockedDeviceHearsSo(t *testing.T) {
	t.Parallel()
	m := newMemory(t, withTerms(func(t *license.Terms) {
		t.Activations, t.Floating = license.AtMost(2), &license.FloatingTerms{Seats: license.AtMost(1), TimeoutMins: 10}
	}))
	story(t, m, transfers, []step{
		{"2026-02-01", activate("A"), nil, ""},
		{"2026-02-01", lease("A", ""), nil, ""},
		{"2026-02-02", block("A"), nil, "0 transfers, 0 active"},
		{"2026-02-02", check("A"), license.DeviceBlocked, ""},
		{"2026-02-02", lease("A", ""), license.DeviceBlocked, ""},
		{"2026-02-02", activate("A"), license.DeviceBlocked, "0 transfers, 0 active"},
		{"2026-02-03", activate("B"), nil, "1 transfers, 1 active"}, // the freed place went to another device
		{"2026-02-04", check("A"), license.DeviceBlocked, ""},
		{"2026-02-05", unblock("A"), nil, ""},
		{"2026-02-05", check("A"), license.DeviceUnknown, ""},
		{"2026-02-05", activate("A"), nil, "1 transfers, 2 active"},
		{"2026-02-05", check("A"), nil, ""},
	})
}

func TestVerdict(t *testing.T) {
	t.Parallel()
	s, c := goodState(license.OpActivate)
	s.License.Standing, s.License.ExpiresAt, c.HardwareID = license.Suspended, now, ""
	v := license.Judge(s, license.OpActivate, c, now)
	want := []license.Reason{license.LicenseSuspended, license.LicenseExpired, license.DeviceRequired}
	if diff := cmp.Diff(want, v.Broken); diff != "" {
		t.Errorf("Broken differs (-want +got):\n%s", diff)
	}
	for _, tt := range []struct {
		precedence []license.Reason
		want       license.Reason
	}{
		{[]license.Reason{license.DeviceRequired, license.LicenseSuspended}, license.DeviceRequired},
		{[]license.Reason{license.LicenseRevoked, license.LicenseExpired}, license.LicenseExpired},
		{[]license.Reason{license.LicenseRevoked}, ""},
		{nil, ""},
	} {
		if got := v.First(tt.precedence); got != tt.want {
			t.Errorf("First(%v) = %q, want %q", tt.precedence, got, tt.want)
		}
	}
	var yes license.Verdict
	if !yes.OK() || yes.Err() != nil || yes.First(want) != "" || yes.Has(license.LicenseExpired) {
		t.Errorf("the zero Verdict is %+v, want a plain yes", yes)
	}
}

func TestBind(t *testing.T) {
	t.Parallel()
	hw := func(v string) license.Binding { return license.Binding{Kind: license.BoundToHardware, Value: v} }
	ip := func(v string) license.Binding { return license.Binding{Kind: license.BoundToAddress, Value: v} }
	for _, tt := range []struct {
		name     string
		lock     license.Lock
		hardware string
		address  string
		want     license.Binding
		ok       bool
	}{
		{"hwid", license.LockHardware, "A", "10.0.0.1", hw("A"), true},
		{"hwid_missing", license.LockHardware, "", "10.0.0.1", license.Binding{}, false},
		{"ip", license.LockAddress, "", "10.0.0.1", ip("10.0.0.1"), true},
		{"R14_ip_ignores_hwid", license.LockAddress, "x", "10.0.0.1", ip("10.0.0.1"), true},
		{"ip_missing", license.LockAddress, "x", "", ip(""), false},
		{"none_by_hwid", license.LockNone, "A", "10.0.0.1", hw("A"), true},
		{"R11_none_by_address", license.LockNone, "", "10.0.0.1", ip("10.0.0.1"), true},
		{"none_by_nothing", license.LockNone, "", "", ip(""), false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := license.Claim{HardwareID: tt.hardware, Address: tt.address}
			if got, ok := c.Bind(tt.lock); ok != tt.ok || ok && got != tt.want {
				t.Errorf("Bind(%s) = %v, %t, want %v, %t", tt.lock, got, ok, tt.want, tt.ok)
			}
		})
	}
}
