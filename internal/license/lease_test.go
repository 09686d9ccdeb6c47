package license_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"licet/internal/license"
)

// floatingTerms are terms for many devices that share n seats, freed after two hours of silence and
// borrowed for up to 12 hours.
func floatingTerms(n int64, edits ...func(*license.Terms)) *license.Terms {
	t := withTerms(edits...)
	t.Activations = license.AtMost(9)
	t.Floating = &license.FloatingTerms{Seats: license.AtMost(n), TimeoutMins: 120, Borrow: true, BorrowHours: 12}
	return t
}

func TestSeats(t *testing.T) {
	t.Parallel()
	const day = "2026-02-01"
	timeLimited := func(t *license.Terms) { t.Type, t.Duration = license.TimeLimited, days(10) }
	for _, tt := range []struct {
		name  string
		terms *license.Terms
		steps []step
	}{
		{"LS-36", floatingTerms(1), []step{
			{day, activate("HW1"), nil, ""}, {day, activate("HW2"), nil, ""},
			{day, lease("HW1", ""), nil, "1 seats"},
			{day, lease("HW2", ""), license.SeatLimit, "1 seats"},
			{day + " 00:30", release("HW1", ""), nil, "0 seats"},
			{day + " 00:30", lease("HW2", ""), nil, "1 seats"},
			{day + " 02:29", lease("HW1", ""), license.SeatLimit, "1 seats"},
			{day + " 02:30", lease("HW1", ""), nil, "1 seats"}, // HW2's seat lapsed on its own
		}},
		{"renewal_keeps_the_seat", floatingTerms(1), []step{
			{day, activate("A"), nil, ""}, {day, activate("B"), nil, ""},
			{day, lease("A", ""), nil, ""},
			{day + " 01:59", lease("A", ""), nil, "1 seats"},
			{day + " 03:58", lease("B", ""), license.SeatLimit, "1 seats"},
			{day + " 03:59", lease("B", ""), nil, "1 seats"},
		}},
		{"LS-37-longest", floatingTerms(1), []step{
			{day, activate("A"), nil, ""}, {day, activate("B"), nil, ""},
			{day, borrow("A", ""), nil, ""},
			{day + " 11:59", lease("B", ""), license.SeatLimit, "1 seats"},
			{day + " 12:00", lease("B", ""), nil, "1 seats"},
		}},
		{"LS-37-too-long", floatingTerms(1), []step{
			{day, activate("A"), nil, ""},
			{day, borrow("A", day+" 12:00"), nil, "1 seats"},
			{day, borrow("A", day+" 13:00"), license.BorrowEndInvalid, "1 seats"},
			{day, borrow("A", day+" 00:00"), license.BorrowEndInvalid, "1 seats"},
		}},
		{"LS-37-not-allowed", withTerms(func(t *license.Terms) {
			t.Floating = &license.FloatingTerms{Seats: license.AtMost(1), TimeoutMins: 120}
		}), []step{
			{day, activate("A"), nil, ""},
			{day, borrow("A", ""), license.BorrowRefused, "0 seats"},
			{day, lease("A", ""), nil, "1 seats"},
		}},
		{"heartbeat_keeps_a_borrowed_seat", floatingTerms(1), []step{
			{day, activate("A"), nil, ""}, {day, activate("B"), nil, ""},
			{day, borrow("A", ""), nil, ""},
			{day + " 01:00", lease("A", ""), nil, "1 seats"},
			{day + " 11:59", lease("B", ""), license.SeatLimit, "1 seats"},
			{day + " 11:00", release("A", ""), nil, "0 seats"}, // ends a borrow too
			{day + " 11:00", release("A", ""), license.SeatNotHeld, "0 seats"},
		}},
		{"device_must_be_activated_first", floatingTerms(1), []step{
			{day, lease("A", ""), license.LicenseNotActive, "0 seats"},
			{day, activate("B"), nil, ""},
			{day, lease("A", ""), license.DeviceUnknown, "0 seats"},
			{day, borrow("A", ""), license.DeviceUnknown, "0 seats"},
			{day, release("A", ""), license.DeviceUnknown, "0 seats"},
		}},
		{"not_floating", withTerms(), []step{
			{day, activate("A"), nil, ""},
			{day, lease("A", ""), license.NotFloating, ""},
			{day, borrow("A", ""), license.NotFloating, ""},
			{day, release("A", ""), license.NotFloating, ""},
		}},
		// LicenseSpring once broke this (platform contract, 2.5).
		{"P2.5-expired", floatingTerms(2, timeLimited), []step{
			{day, activate("A"), nil, ""}, {day, lease("A", ""), nil, ""},
			{"2026-02-10 23:59", lease("A", ""), nil, "1 seats"},
			{"2026-02-11", lease("A", ""), license.LicenseExpired, ""},
			{"2026-02-11", borrow("A", ""), license.LicenseExpired, ""},
			{"2026-02-11", release("A", ""), nil, "0 seats"},
		}},
		{"P2.5-trial-over", floatingTerms(2, timeLimited, func(t *license.Terms) { t.Trial = true }), []step{
			{day, activate("A"), nil, ""},
			{"2026-02-11", lease("A", ""), license.TrialExpired, ""},
			{"2026-02-11", borrow("A", ""), license.TrialExpired, "0 seats"},
		}},
		{"suspended", floatingTerms(2), []step{
			{day, activate("A"), nil, ""}, {day, lease("A", ""), nil, ""},
			{day, suspend(), nil, ""},
			{day, lease("A", ""), license.LicenseSuspended, ""},
			{day, release("A", ""), license.LicenseSuspended, "1 seats"},
		}},
		{"no_seats_at_all", floatingTerms(0), []step{
			{day, activate("A"), nil, ""},
			{day, lease("A", ""), license.SeatLimit, "0 seats"},
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			story(t, newMemory(t, tt.terms), seats, tt.steps)
		})
	}
}

// A feature has seats of its own, and they are none of the license's.
func TestFeatureSeats(t *testing.T) {
	t.Parallel()
	terms := floatingTerms(1, func(t *license.Terms) {
		t.Features = []license.FeatureTerms{
			{Code: "pro", Floating: &license.FloatingTerms{Seats: license.AtMost(1), TimeoutMins: 30}, Duration: days(5)},
			{Code: "lite"},
		}
	})
	const day = "2026-02-01"
	story(t, newMemory(t, terms), seats, []step{
		{day, activate("A"), nil, ""}, {day, activate("B"), nil, ""},
		{day, lease("A", ""), nil, "1 seats"},
		{day, lease("B", "pro"), nil, "2 seats"},
		{day, lease("A", "pro"), license.SeatLimit, "2 seats"},
		{day, lease("A", "lite"), license.NotFloating, ""},
		{day, release("A", "lite"), license.NotFloating, ""},
		{day, lease("A", "max"), license.FeatureUnknown, ""},
		{day, release("A", "pro"), license.SeatNotHeld, "2 seats"},
		{day + " 00:30", lease("A", "pro"), nil, "2 seats"}, // B's seat of the feature lapsed
		{"2026-02-06", lease("A", "pro"), license.FeatureExpired, ""},
		{"2026-02-06", lease("A", ""), nil, "1 seats"},
	})
}

// What taking, renewing, borrowing and releasing write.
func TestSeatChanges(t *testing.T) {
	t.Parallel()
	s, c := goodState(license.OpLease)
	s.Lease = nil
	event := func(kind license.EventKind, until license.Time, borrowed bool) []license.Event {
		return []license.Event{{Kind: kind, License: 5, Subject: 11, Data: map[string]any{"feature": "", "until": until, "borrowed": borrowed}}}
	}
	at2h, at12h := moment("2026-03-23 14:00"), moment("2026-03-24 00:00")
	for _, tt := range []struct {
		name string
		rule rule
		held *license.Lease
		want license.Change
	}{
		{"take", license.LeaseSeat, nil, license.Change{
			Lease: &license.Lease{License: 5, Device: 11, Until: at2h}, Events: event(license.SeatTaken, at2h, false),
		}},
		{"take_again_after_it_lapsed", license.LeaseSeat, &license.Lease{License: 5, Device: 11, Until: now, Borrowed: true}, license.Change{
			Lease: &license.Lease{License: 5, Device: 11, Until: at2h}, Events: event(license.SeatTaken, at2h, false),
		}},
		{"renew", license.LeaseSeat, &license.Lease{License: 5, Device: 11, Until: now + 1}, license.Change{
			Lease: &license.Lease{License: 5, Device: 11, Until: at2h},
		}},
		{"renew_borrowed", license.LeaseSeat, &license.Lease{License: 5, Device: 11, Until: at12h, Borrowed: true}, license.Change{
			Lease: &license.Lease{License: 5, Device: 11, Until: at12h, Borrowed: true},
		}},
		{"borrow", license.BorrowSeat, nil, license.Change{
			Lease: &license.Lease{License: 5, Device: 11, Until: at12h, Borrowed: true}, Events: event(license.SeatBorrowed, at12h, true),
		}},
		{"release", license.ReleaseSeat, &license.Lease{License: 5, Device: 11, Until: at2h}, license.Change{
			Lease: &license.Lease{License: 5, Device: 11, Until: at2h}, DropLease: true, Events: event(license.SeatReleased, at2h, false),
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			state := *s
			state.Lease = tt.held
			got, err := tt.rule(&state, c, now)
			if err != nil {
				t.Fatalf("%s = %s, want ok", tt.name, outcome(err))
			}
			want := tt.want
			want.License, want.Device = s.License, s.Device
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s differs (-want +got):\n%s", tt.name, diff)
			}
			if got.Empty() {
				t.Errorf("%s is Empty, want it stored: a renewal has no event but moves the end of the seat", tt.name)
			}
		})
	}
}
