package license

import (
	"strconv"
	"time"
)

// Reservation is units of a meter that are kept for a device until it has used them, gives them back, or its time is over.
// While it lives, nobody else can use them, whichever door they come through.
type Reservation struct {
	ID      ReservationID
	License LicenseID
	Feature string // "" is the license itself
	Device  DeviceID
	Amount  int64
	Created Time
	Until   Time
}

// Live reports whether the reservation still keeps its units.
func (r *Reservation) Live(now Time) bool { return r != nil && now < r.Until }

// The time for which units are reserved.
const (
	ReservedFor    = 10 * time.Minute // where nothing else is asked for
	MaxReservedFor = 24 * time.Hour
)

// Use is Consume for a dialect in which a license that is over, or has not begun, counts nothing more: it refuses what the
// rules table only tells of that, see [Verdict.Stops].
func Use(s *State, c *Claim, now Time) (Change, error) {
	if err := usable(s, c, now); err != nil {
		return Change{}, err
	}
	return Consume(s, c, now)
}

// UsedOf returns the units of the claimed meter that were used in the period that holds now; what is reserved is not used.
func (s *State) UsedOf(c *Claim, now Time) int64 { return newFacts(s, OpConsume, c, now).total() }

// usable refuses use of a license that may not be used.
func usable(s *State, c *Claim, now Time) error {
	if why := Judge(s, OpConsume, c, now).Stops(); why != "" {
		return Refuse(why)
	}
	return nil
}

// Reserve keeps c.Amount units of the license or of the claimed feature for the claimed device, until c.Until or for
// [ReservedFor]; at most for [MaxReservedFor]. Nothing is used by it. It refuses as Use does, and as Invalid an amount under
// 1 and an end that lies not ahead or too far.
func Reserve(s *State, c *Claim, now Time) (Change, error) {
	until := c.Until
	if until == 0 {
		until = now.Add(ReservedFor)
	}
	switch {
	case c.Amount < 1 || c.Amount > MaxID:
		return Change{}, Invalidf("amount", "the amount is a whole number from 1")
	case until <= now || until > now.Add(MaxReservedFor):
		return Change{}, Invalidf("until", "units are reserved until a moment ahead, at most %d hours from now", int(MaxReservedFor.Hours()))
	}
	if err := usable(s, c, now); err != nil {
		return Change{}, err
	}
	r := Reservation{License: s.License.ID, Feature: c.Feature, Device: s.Device.ID, Amount: c.Amount, Created: now, Until: until}
	return Change{License: s.License, Device: s.Device, Reservation: &r, Events: []Event{reservationEvent(UsageReserved, &r)}}, nil
}

// CommitReserved uses c.Amount of the units that a reservation keeps for the claimed device, and gives the rest back; with 0
// it is CancelReserved. The claim names the reservation's feature, and s.Reserved leaves the reservation out.
//
// It refuses as Consume does: what was reserved may have been used though the license has ended since. There is room for it
// unless the terms were changed meanwhile. An amount beyond the reservation is Invalid, and a reservation that is not the
// device's, or whose time is over, is NotFound.
func CommitReserved(s *State, c *Claim, r *Reservation, now Time) (Change, error) {
	if err := settles(s, r, now); err != nil {
		return Change{}, err
	}
	switch {
	case c.Amount < 0 || c.Amount > r.Amount:
		return Change{}, Invalidf("amount", "the amount is a whole number from 0 to the %d units that were reserved", r.Amount)
	case c.Amount == 0:
		return CancelReserved(s, r, now)
	}
	ch, err := Consume(s, c, now)
	if err != nil {
		return Change{}, err
	}
	ch.DropReservation = r.ID
	for i := range ch.Events {
		ch.Events[i].Data["reservation"], ch.Events[i].Data["reserved"] = int64(r.ID), r.Amount
	}
	return ch, nil
}

// CancelReserved gives all units of a reservation back, whatever has become of the license. NotFound as at CommitReserved.
func CancelReserved(s *State, r *Reservation, now Time) (Change, error) {
	if err := settles(s, r, now); err != nil {
		return Change{}, err
	}
	return Change{License: s.License, Device: s.Device, DropReservation: r.ID, Events: []Event{reservationEvent(UsageReleased, r)}}, nil
}

// settles refuses where the claimed device has no such reservation.
func settles(s *State, r *Reservation, now Time) error {
	if !r.Live(now) || r.License != s.License.ID || s.Device == nil || s.Device.ID != r.Device {
		return NoReservation(r)
	}
	return nil
}

// NoReservation is the NotFound of a reservation that is settled, whose time is over, or that never was; r may be nil.
func NoReservation(r *Reservation) error {
	if r == nil {
		return &Error{Code: NotFound, Message: "no such reservation, or none any more"}
	}
	return Missing("live reservation", strconv.FormatInt(int64(r.ID), 10))
}

// reservationEvent records a reservation; the store adds its identity where it is new.
func reservationEvent(kind EventKind, r *Reservation) Event {
	return Event{Kind: kind, License: r.License, Subject: int64(r.Device), Data: map[string]any{
		"feature": r.Feature, "amount": r.Amount, "until": r.Until, "reservation": int64(r.ID),
	}}
}
