package license

import "time"

// LeaseSeat takes or renews a floating seat for the claimed device, on the license or on the claimed
// feature. A borrowed seat keeps its later end.
func LeaseSeat(s *State, c *Claim, now Time) (Change, error) {
	f := newFacts(s, OpLease, c, now)
	if err := f.judge().Err(); err != nil {
		return Change{}, err
	}
	lease := Lease{License: s.License.ID, Device: s.Device.ID, Feature: c.Feature,
		Until: now.Add(time.Duration(f.place.TimeoutMins) * time.Minute)}
	held := s.Lease.Live(now)
	if held {
		lease.Borrowed = s.Lease.Borrowed
		lease.Until = max(lease.Until, s.Lease.Until)
	}
	ch := Change{License: s.License, Device: s.Device, Lease: &lease}
	if !held {
		ch.Events = []Event{seatEvent(SeatTaken, &lease)}
	}
	return ch, nil
}

// BorrowSeat holds a seat until the claimed end, or for the longest allowed time.
func BorrowSeat(s *State, c *Claim, now Time) (Change, error) {
	f := newFacts(s, OpBorrow, c, now)
	if err := f.judge().Err(); err != nil {
		return Change{}, err
	}
	lease := Lease{License: s.License.ID, Device: s.Device.ID, Feature: c.Feature, Until: c.Until, Borrowed: true}
	if lease.Until == 0 {
		lease.Until = f.longestBorrow()
	}
	return Change{License: s.License, Device: s.Device, Lease: &lease, Events: []Event{seatEvent(SeatBorrowed, &lease)}}, nil
}

// ReleaseSeat gives the seat back at once, borrowed or not.
func ReleaseSeat(s *State, c *Claim, now Time) (Change, error) {
	if err := Judge(s, OpRelease, c, now).Err(); err != nil {
		return Change{}, err
	}
	return Change{License: s.License, Device: s.Device, Lease: s.Lease, DropLease: true,
		Events: []Event{seatEvent(SeatReleased, s.Lease)}}, nil
}

func seatEvent(kind EventKind, l *Lease) Event {
	return Event{Kind: kind, License: l.License, Subject: int64(l.Device),
		Data: map[string]any{"feature": l.Feature, "until": l.Until, "borrowed": l.Borrowed}}
}

// ConsumeWithin is Consume after the overage of the license has been set anew.
func ConsumeWithin(s *State, c *Claim, overage Limit, now Time) (Change, error) {
	if s.License.Terms.Usage == nil || s.License.Terms.Usage.Overage == overage {
		return Consume(s, c, now)
	}
	before := s.License.Terms.Usage.Overage
	terms := *s.License.Terms
	usage := *terms.Usage
	usage.Overage = overage
	terms.Usage = &usage
	other := *s
	other.License.Terms = &terms
	ch, err := Consume(&other, c, now)
	if err != nil {
		return Change{}, err
	}
	ch.Events = append(ch.Events, Event{Kind: LicenseChanged, License: s.License.ID,
		Data: map[string]any{"overage": overage.String(), "was": before.String()}})
	return ch, nil
}

// Consume uses c.Amount units of the license or of the claimed feature; a negative amount gives
// back. A counter of an earlier period starts at 0. The date of the counter never moves back with
// the clock, or usage near the start of a period would be forgotten.
func Consume(s *State, c *Claim, now Time) (Change, error) {
	if c.Amount == 0 || c.Amount > MaxID || c.Amount < -MaxID {
		return Change{}, Invalidf("amount", "the amount is a whole number other than 0")
	}
	f := newFacts(s, OpConsume, c, now)
	if err := f.judge().Err(); err != nil {
		return Change{}, err
	}
	total := f.total() + c.Amount
	if total < -MaxID {
		return Change{}, Invalidf("amount", "that much cannot be given back")
	}
	ch := Change{License: s.License, Device: s.Device, Events: []Event{{
		Kind: UsageRecorded, License: s.License.ID, Subject: int64(s.Device.ID),
		Data: map[string]any{"feature": c.Feature, "amount": c.Amount, "total": total},
	}}}
	if c.Feature == "" {
		ch.License.Used, ch.License.UsedSince = total, max(now, s.License.UsedSince)
		return ch, nil
	}
	g := Grant{License: s.License.ID, Feature: c.Feature, Used: total, UsedSince: now}
	if s.Grant != nil {
		g.ExpiresAt, g.UsedSince = s.Grant.ExpiresAt, max(now, s.Grant.UsedSince)
	}
	ch.Grants = []Grant{g}
	return ch, nil
}
