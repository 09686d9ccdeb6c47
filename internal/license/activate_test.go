package license_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"licet/internal/license"
)

func places(n int64) func(*license.Terms) {
	return func(t *license.Terms) { t.Activations = license.AtMost(n) }
}

func moves(limit license.Limit) func(*license.Terms) {
	return func(t *license.Terms) { t.Transfers = limit }
}

func lockedTo(lock license.Lock) func(*license.Terms) {
	return func(t *license.Terms) { t.Lock = lock }
}

// What an activation writes, to the last field.
func TestActivateChange(t *testing.T) {
	t.Parallel()
	t.Run("LS-12", func(t *testing.T) {
		t.Parallel()
		m := newMemory(t, withTerms())
		c := &license.Claim{HardwareID: "HW1", Address: "192.0.2.1", DeviceName: "desk", AppVersion: "1.2"}
		ch, err := license.Activate(m.state(c, now), c, now)
		if err != nil {
			t.Fatalf("Activate = %s, want ok", outcome(err))
		}
		l := m.license
		l.Activated, l.FirstUsedAt, l.StartedAt = 1, now, now
		want := license.Change{
			License: l,
			Device: &license.Device{
				License: 5, Binding: license.Binding{Kind: license.BoundToHardware, Value: "HW1"},
				Name: "desk", AppVersion: "1.2", Address: "192.0.2.1", Active: true, FirstSeen: now, ActivatedAt: now, SeenAt: now,
			},
			Events: []license.Event{{Kind: license.DeviceActivated, License: 5, Data: map[string]any{
				"device": "HW1", "bound_to": license.BoundToHardware, "activations": int64(1), "transfer": false,
			}}},
		}
		if diff := cmp.Diff(want, ch); diff != "" {
			t.Errorf("Activate differs (-want +got):\n%s", diff)
		}
		if m.license.Activated != 0 || m.license.IsUsed() {
			t.Error("Activate changed its input")
		}
	})

	t.Run("LS-13", func(t *testing.T) {
		t.Parallel()
		m := newMemory(t, withTerms())
		story(t, m, transfers, []step{
			{"2026-02-01", activate("HW1"), nil, "0 transfers, 1 active"},
			{"2026-02-02", activate("HW1"), nil, "0 transfers, 1 active"},
		})
		if got := m.kinds(); len(got) != 1 {
			t.Errorf("two activations of one device left the events %v, want one", got)
		}
	})

	t.Run("known_device_keeps_its_row", func(t *testing.T) {
		t.Parallel()
		m := newMemory(t, withTerms())
		story(t, m, transfers, []step{
			{"2026-02-01", activate("A"), nil, ""},
			{"2026-02-02", deactivate("A"), nil, ""},
			{"2026-02-03", activate("A"), nil, ""},
		})
		want := []license.Device{{
			ID: 1, License: 5, Binding: license.Binding{Kind: license.BoundToHardware, Value: "A"}, Name: "host-A", Address: "net-A",
			Active: true, FirstSeen: moment("2026-02-01"), ActivatedAt: moment("2026-02-03"), FreedAt: moment("2026-02-02"),
			SeenAt: moment("2026-02-03"),
		}}
		if diff := cmp.Diff(want, m.devices); diff != "" {
			t.Errorf("devices differ (-want +got):\n%s", diff)
		}
	})
}

// A refused activation changes nothing: no activation, no device, no transfer, no first use.
func TestRefusedActivationLeavesNoTrace(t *testing.T) {
	t.Parallel()
	s, c := goodState(license.OpActivate)
	s.License.Activated = 2
	ch, err := license.Activate(s, c, now)
	if license.ReasonOf(err) != license.DeviceLimit {
		t.Errorf("Activate = %s, want refused/device_limit", outcome(err))
	}
	if diff := cmp.Diff(license.Change{}, ch); diff != "" {
		t.Errorf("a refused activation changes something (-nothing +got):\n%s", diff)
	}
}

func TestTransfers(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		terms *license.Terms
		steps []step
	}{
		{"S0-13", withTerms(), []step{
			{"2026-02-01", activate("X"), nil, "0 transfers, 1 active"},
			{"2026-02-02", deactivate("X"), nil, "0 transfers, 0 active"},
			{"2026-02-03", activate("Y"), nil, "1 transfers, 1 active"},
		}},
		{"S0-14", withTerms(places(2)), []step{
			{"2026-02-01", activate("X"), nil, ""},
			{"2026-02-01", activate("Y"), nil, ""},
			{"2026-02-02", deactivate("Y"), nil, ""},
			{"2026-02-03", activate("Y"), nil, "0 transfers, 2 active"},
			{"2026-02-04", deactivate("Y"), nil, ""},
			{"2026-02-05", deactivate("X"), nil, ""},
			{"2026-02-06", activate("Y"), nil, "1 transfers, 1 active"}, // known since long, and counted
		}},
		{"S0-15", withTerms(), []step{
			{"2026-02-01", activate("A"), nil, "0 transfers, 1 active"},
			{"2026-02-02", deactivate("A"), nil, "0 transfers, 0 active"},
			{"2026-02-03", activate("B"), nil, "1 transfers, 1 active"},
			{"2026-02-04", deactivate("B"), nil, "1 transfers, 0 active"},
			{"2026-02-05", activate("A"), nil, "2 transfers, 1 active"},
		}},
		{"LS-21", withTerms(), []step{
			{"2026-02-01", activate("A"), nil, ""}, {"2026-02-01", deactivate("A"), nil, ""},
			{"2026-02-01", activate("B"), nil, ""}, {"2026-02-01", deactivate("B"), nil, ""},
			{"2026-02-01", activate("A"), nil, "2 transfers, 1 active"},
		}},
		{"S0-15a-same-device", withTerms(moves(license.None)), []step{
			{"2026-02-01", activate("A"), nil, "0 transfers, 1 active"},
			{"2026-02-02", deactivate("A"), nil, ""},
			{"2026-02-03", activate("A"), nil, "0 transfers, 1 active"},
		}},
		{"S0-15a-second-seat", withTerms(places(2)), []step{
			{"2026-02-01", activate("A"), nil, "0 transfers, 1 active"},
			{"2026-02-02", activate("B"), nil, "0 transfers, 2 active"},
		}},
		{"S0-15a-second-seat-after-a-move", withTerms(places(2)), []step{
			{"2026-02-01", activate("A"), nil, ""},
			{"2026-02-02", deactivate("A"), nil, ""},
			{"2026-02-03", activate("B"), nil, "1 transfers, 1 active"},
			{"2026-02-04", activate("C"), nil, "1 transfers, 2 active"}, // B is live; one move is counted once
		}},
		{"S0-15a-vendor-frees-a-device", withTerms(), []step{
			{"2026-02-01", activate("A"), nil, ""},
			{"2026-02-02", free("A"), nil, "0 transfers, 0 active"},
			{"2026-02-03", activate("B"), nil, "1 transfers, 1 active"},
		}},
		{"S0-15a-vendor-frees-and-it-comes-back", withTerms(), []step{
			{"2026-02-01", activate("A"), nil, ""},
			{"2026-02-02", free("A"), nil, ""},
			{"2026-02-03", activate("A"), nil, "0 transfers, 1 active"},
		}},
		{"S0-15a-vendor-blocks-a-device", withTerms(), []step{
			{"2026-02-01", activate("A"), nil, ""},
			{"2026-02-02", block("A"), nil, "0 transfers, 0 active"},
			{"2026-02-03", activate("B"), nil, "1 transfers, 1 active"},
		}},
		{"S0-15a-license-reset-clears-the-count", withTerms(), []step{
			{"2026-02-01", activate("A"), nil, ""},
			{"2026-02-02", deactivate("A"), nil, ""},
			{"2026-02-03", activate("B"), nil, "1 transfers, 1 active"},
			{"2026-02-04", reset(), nil, "0 transfers, 0 active"},
			{"2026-02-05", activate("C"), nil, "0 transfers, 1 active"},
		}},
		{"S0-15a-blocked-transfer", withTerms(moves(license.AtMost(1))), []step{
			{"2026-02-01", activate("A"), nil, ""}, {"2026-02-02", deactivate("A"), nil, ""},
			{"2026-02-03", activate("B"), nil, "1 transfers, 1 active"}, {"2026-02-04", deactivate("B"), nil, ""},
			{"2026-02-05", activate("A"), license.TransferLimit, "1 transfers, 0 active"},
			{"2026-02-06", activate("C"), license.TransferLimit, "1 transfers, 0 active"},
			{"2026-02-07", activate("B"), nil, "1 transfers, 1 active"},
		}},
		{"LS-22-forbidden", withTerms(moves(license.None)), []step{
			{"2026-02-01", activate("HW1"), nil, ""},
			{"2026-02-02", deactivate("HW1"), nil, ""},
			{"2026-02-03", activate("HW2"), license.TransferLimit, "0 transfers, 0 active"},
		}},
		{"LS-22-unlimited", withTerms(moves(license.Unlimited)), []step{
			{"2026-02-01", activate("HW1"), nil, ""},
			{"2026-02-02", deactivate("HW1"), nil, ""},
			{"2026-02-03", activate("HW2"), nil, "1 transfers, 1 active"},
		}},
		// LicenseSpring once broke this: seats that were never filled are no transfers (platform contract, 2.5).
		{"P2.5-seats-fill-where-transfers-are-prevented", withTerms(places(3), moves(license.None)), []step{
			{"2026-02-01", activate("A"), nil, ""},
			{"2026-02-01", activate("B"), nil, ""},
			{"2026-02-01", activate("C"), nil, "0 transfers, 3 active"},
			{"2026-02-01", activate("D"), license.DeviceLimit, "0 transfers, 3 active"},
			{"2026-02-02", deactivate("B"), nil, ""},
			{"2026-02-02", activate("D"), license.TransferLimit, "0 transfers, 2 active"},
			{"2026-02-02", activate("B"), nil, "0 transfers, 3 active"},
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			story(t, newMemory(t, tt.terms), transfers, tt.steps)
		})
	}
}

func TestActivationLimit(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		terms *license.Terms
		steps []step
	}{
		{"LS-14", withTerms(), []step{
			{"2026-02-01", activate("HW1"), nil, ""},
			{"2026-02-01", activate("HW2"), license.DeviceLimit, "0 transfers, 1 active"},
		}},
		{"S3-13", withTerms(places(2)), []step{
			{"2026-02-01", activate("A"), nil, ""},
			{"2026-02-01", activate("B"), nil, ""},
			{"2026-02-01", activate("C"), license.DeviceLimit, "0 transfers, 2 active"},
		}},
		{"S3-14", withTerms(places(2)), []step{
			{"2026-02-01", activate("A"), nil, ""},
			{"2026-02-01", activate("B"), nil, ""},
			{"2026-02-01", activate("A"), nil, "0 transfers, 2 active"},
			{"2026-02-01", activate("B"), nil, "0 transfers, 2 active"},
		}},
		{"R05", withTerms(places(1)), []step{
			{"2026-02-01", activate("A"), nil, ""},
			{"2026-02-01", activate("D"), license.DeviceLimit, ""},
			{"2026-02-01", reset(), nil, "0 transfers, 0 active"},
			{"2026-02-01", activate("D"), nil, "0 transfers, 1 active"},
			{"2026-02-01", check("A"), license.DeviceUnknown, ""},
		}},
		{"none_at_all", withTerms(places(0)), []step{
			{"2026-02-01", activate("A"), license.DeviceLimit, "0 transfers, 0 active"},
		}},
		{"R13", withTerms(lockedTo(license.LockAddress)), []step{
			{"2026-02-01", activate("1"), nil, ""},
			{"2026-02-01", activate("2"), license.DeviceLimit, ""},
			{"2026-02-01", activate("1"), nil, "0 transfers, 1 active"},
		}},
		{"hardware_id_is_compared_exactly", withTerms(places(2)), []step{
			{"2026-02-01", activate("a"), nil, ""},
			{"2026-02-01", activate("A"), nil, "0 transfers, 2 active"},
			{"2026-02-01", activate("A "), license.DeviceLimit, ""},
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			story(t, newMemory(t, tt.terms), transfers, tt.steps)
		})
	}

	t.Run("R07", func(t *testing.T) {
		t.Parallel()
		m := newMemory(t, withTerms(func(t *license.Terms) { t.Activations = license.Unlimited }))
		for i := range 50 {
			if err := activate(string(rune('a'+i))).do(m, now); err != nil {
				t.Fatalf("activation %d = %s, want ok", i+1, outcome(err))
			}
		}
		if m.license.Activated != 50 || m.live() != 50 {
			t.Errorf("%d counted, %d live, want 50 of both", m.license.Activated, m.live())
		}
	})

	// rmz.md, 7: lowering the limit under the count lets the old devices go on.
	t.Run("lowered_limit", func(t *testing.T) {
		t.Parallel()
		m := newMemory(t, withTerms(places(3)))
		story(t, m, transfers, []step{
			{"2026-02-01", activate("A"), nil, ""}, {"2026-02-01", activate("B"), nil, ""}, {"2026-02-01", activate("C"), nil, ""},
		})
		m.license.Terms = withTerms(places(1))
		story(t, m, transfers, []step{
			{"2026-02-02", activate("B"), nil, "0 transfers, 3 active"},
			{"2026-02-02", check("C"), nil, ""},
			{"2026-02-02", activate("D"), license.DeviceLimit, "0 transfers, 3 active"},
			{"2026-02-02", deactivate("A"), nil, ""}, {"2026-02-02", deactivate("B"), nil, ""},
			{"2026-02-02", activate("D"), license.DeviceLimit, "0 transfers, 1 active"},
		})
		if left, _ := m.license.Terms.Activations.Left(3); left != 0 {
			t.Errorf("%d places left, want 0", left)
		}
	})
}

// The rules behind the RMZ door: the claim of a verification without a hardware id.
func TestHardwareRequired(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		lock license.Lock
		want license.Reason
	}{
		{"S3-11", license.LockHardware, license.DeviceRequired},
		{"S3-12-none", license.LockNone, ""},
		{"S3-12-ip", license.LockAddress, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m := newMemory(t, withTerms(lockedTo(tt.lock)))
			c := &license.Claim{Address: "192.0.2.7"}
			err := rule(license.Activate).act("activate", c).do(m, now)
			if license.ReasonOf(err) != tt.want {
				t.Errorf("Activate without a hardware id = %s, want %q", outcome(err), tt.want)
			}
			want := int64(1)
			if tt.want != "" {
				want = 0
			}
			if m.license.Activated != want || m.live() != want {
				t.Errorf("%d counted, %d live, want %d", m.license.Activated, m.live(), want)
			}
		})
	}
}

func TestDeactivate(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		terms *license.Terms
		steps []step
	}{
		{"LS-18", withTerms(), []step{
			{"2026-02-01", check("HW1"), license.LicenseNotActive, "inactive"},
		}},
		{"LS-19", withTerms(places(2)), []step{
			{"2026-02-01", activate("HW1"), nil, "active"},
			{"2026-02-01", check("HW2"), license.DeviceUnknown, "active"},
		}},
		{"LS-20", withTerms(), []step{
			{"2026-02-01", activate("HW1"), nil, "active"},
			{"2026-02-02", deactivate("HW1"), nil, "inactive"},
			{"2026-02-02", check("HW1"), license.LicenseNotActive, "inactive"},
			{"2026-02-02", deactivate("HW1"), license.LicenseNotActive, "inactive"},
		}},
		{"stranger", withTerms(places(2)), []step{
			{"2026-02-01", activate("A"), nil, ""},
			{"2026-02-01", deactivate("B"), license.DeviceUnknown, "active"},
		}},
		{"expired_gives_back", withTerms(func(t *license.Terms) { t.Type, t.Duration = license.TimeLimited, days(10) }), []step{
			{"2026-02-01", activate("A"), nil, "active"},
			{"2026-03-01", deactivate("A"), nil, "inactive, expired"},
		}},
		{"suspended_keeps", withTerms(), []step{
			{"2026-02-01", activate("A"), nil, "active"},
			{"2026-02-01", suspend(), nil, "suspended"},
			{"2026-02-01", deactivate("A"), license.LicenseSuspended, "suspended"},
			{"2026-02-01", free("A"), nil, "suspended"}, // the vendor may
			{"2026-02-01", free("A"), license.DeviceUnknown, ""},
			{"2026-02-01", resume(), nil, "inactive"},
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			story(t, newMemory(t, tt.terms), status, tt.steps)
		})
	}
}

// A device that leaves takes its seats along, those of features too.
func TestLeavingFreesSeats(t *testing.T) {
	t.Parallel()
	floating := &license.FloatingTerms{Seats: license.AtMost(3), TimeoutMins: 600, Borrow: true, BorrowHours: 48}
	for _, leave := range []act{deactivate("A"), free("A"), block("A"), reset()} {
		t.Run(leave.name, func(t *testing.T) {
			t.Parallel()
			m := newMemory(t, withTerms(places(2), func(t *license.Terms) {
				t.Floating = floating
				t.Features = []license.FeatureTerms{{Code: "pro", Floating: floating}}
			}))
			want := "1 seats"
			if leave.name == "reset" {
				want = "0 seats"
			}
			story(t, m, seats, []step{
				{"2026-02-01", activate("A"), nil, ""}, {"2026-02-01", activate("B"), nil, ""},
				{"2026-02-01", borrow("A", ""), nil, ""}, {"2026-02-01", lease("A", "pro"), nil, ""}, {"2026-02-01", lease("B", ""), nil, "3 seats"},
				{"2026-02-01 01:00", leave, nil, want},
			})
		})
	}
}

// rmz.md, 7 and platform contract, 2.4: what a reset of a license leaves and what it clears.
func TestReset(t *testing.T) {
	t.Parallel()
	m := newMemory(t, withTerms(places(2), func(t *license.Terms) {
		t.Type, t.Duration = license.Consumption, days(30)
		t.Usage = &license.UsageTerms{Max: license.AtMost(9), Reset: license.Monthly}
	}))
	story(t, m, transfers, []step{
		{"2026-02-01", activate("A"), nil, ""}, {"2026-02-01", deactivate("A"), nil, ""},
		{"2026-02-01", activate("B"), nil, "1 transfers, 1 active"},
		{"2026-02-01", consume("B", "", 4), nil, ""},
		{"2026-02-01", suspend(), nil, ""},
	})
	want := m.license
	ch := license.Reset(m.license)
	want.Activated, want.Transfers, want.FreedDevice, want.Used, want.UsedSince = 0, 0, 0, 0, 0
	if diff := cmp.Diff(want, ch.License); diff != "" {
		t.Errorf("Reset differs (-want +got):\n%s", diff)
	}
	events := []license.Event{{Kind: license.LicenseReset, License: 5, Data: map[string]any{"freed": int64(1)}}}
	if diff := cmp.Diff(events, ch.Events); diff != "" {
		t.Errorf("Reset leaves other events (-want +got):\n%s", diff)
	}
}
