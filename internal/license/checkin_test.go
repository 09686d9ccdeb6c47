package license

import (
	"testing"
	"time"
)

func TestCheckInFeature(t *testing.T) {
	t.Parallel()
	const now = Time(1774267200 * 1e6)
	terms := DefaultTerms()
	terms.Type = TimeLimited
	terms.Features = []FeatureTerms{{Code: "plain"}, {Code: "lent", Floating: &FloatingTerms{Seats: AtMost(1), TimeoutMins: 60}}}
	floating := terms
	floating.Floating = &FloatingTerms{Seats: AtMost(1), TimeoutMins: 60}
	for _, tc := range []struct {
		name    string
		terms   *Terms
		feature string
		edit    func(*State)
		want    Reason
		seat    bool
	}{
		{"no_seats", &terms, "plain", nil, "", false},
		{"no_seats_of_a_floating_license", &floating, "plain", func(s *State) { s.SeatsTaken = 1 }, "", false},
		{"takes_a_seat", &terms, "lent", nil, "", true},
		{"all_seats_taken", &terms, "lent", func(s *State) { s.SeatsTaken = 1 }, SeatLimit, false},
		{"unknown", &terms, "other", nil, FeatureUnknown, false},
		{"feature_over", &terms, "lent", func(s *State) { s.Grant = &Grant{Feature: "lent", ExpiresAt: now - 1} }, "", false},
		{"license_over", &terms, "lent", func(s *State) { s.License.ExpiresAt = now - 1 }, "", false},
		{"suspended", &terms, "lent", func(s *State) { s.License.Standing = Suspended }, LicenseSuspended, false},
		{"device_unknown", &terms, "lent", func(s *State) { s.Device = nil }, DeviceUnknown, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := State{
				License: License{ID: 1, Standing: Enabled, Terms: tc.terms, Activated: 1, FirstUsedAt: now - 5},
				Device:  &Device{ID: 2, Active: true},
			}
			if tc.edit != nil {
				tc.edit(&s)
			}
			ch, err := CheckInFeature(&s, &Claim{HardwareID: "HW", Feature: tc.feature}, now)
			if got := ReasonOf(err); got != tc.want || (ch.Lease != nil) != tc.seat {
				t.Fatalf("CheckInFeature(%s) = %v, lease %v, want %q and a seat %t", tc.feature, err, ch.Lease, tc.want, tc.seat)
			}
			if tc.seat && (ch.Lease.Feature != tc.feature || ch.Lease.Until != now.Add(time.Hour)) {
				t.Errorf("the seat is %+v, want one of %s for an hour", ch.Lease, tc.feature)
			}
		})
	}
}
