package authority

import (
	"context"
	"fmt"
	"strings"
	"time"

	"licet/internal/license"
	"licet/internal/store"
)

// Usage is what became of units that were used, reserved or given back.
type Usage struct {
	Amount      int64                // that was counted; 0 for a reservation and a cancelled one
	Total       int64                // used in the period, after it
	At          license.Time         // when it was counted
	Again       bool                 // it had been counted before, under the same name: then nothing was counted now
	Reservation *license.Reservation // that was made, or settled where this is known
}

// The bounds of what is kept of uses.
const (
	maxUseName      = 255                 // bytes
	maxReservations = 1000                // live ones of one meter
	usesKept        = 90 * 24 * time.Hour // so long a name counts once
)

// reservationName begins the name that a reservation is settled under where it is given none.
const reservationName = "reservation/"

// UseUnits uses r.Amount units of the license or of r.Feature, as license.Use decides; the Answer's Usage says what was
// counted. once is the sender's own name for this use, at most 255 bytes, "" for none: a use that comes again under its name
// within 90 days is answered as the first time and not counted again, whatever has become of the license. With another amount
// or feature it is a Conflict. A use that was refused may come again.
func (a *Authority) UseUnits(ctx context.Context, r Request, once string) (Answer, error) {
	if err := checkUseName(once); err != nil {
		return Answer{Now: a.now()}, err
	}
	return a.units(ctx, r, store.CallConsume, func(tx *store.Tx, u *Usage) rule {
		return a.onceOnly(tx, once, u, license.Use)
	})
}

// ReserveUnits keeps r.Amount units for the device until r.Until, as license.Reserve decides; the Answer's Usage has the
// Reservation. UsageLimit, too, where 1000 reservations of the meter are not settled.
func (a *Authority) ReserveUnits(ctx context.Context, r Request) (Answer, error) {
	return a.units(ctx, r, store.CallReserve, func(tx *store.Tx, u *Usage) rule {
		return func(s *license.State, c *license.Claim, now license.Time) (license.Change, error) {
			_, count, err := tx.Reserved(s.License.Tenant, s.License.ID, c.Feature, now)
			if err != nil {
				return license.Change{}, err
			}
			ch, err := license.Reserve(s, c, now)
			if err == nil && count >= maxReservations {
				err = license.Refusef(license.UsageLimit, "%d reservations wait to be settled; commit or cancel some of them", count)
			}
			*u = Usage{Total: s.UsedOf(c, now), At: now, Reservation: ch.Reservation}
			return ch, err
		}
	})
}

// CommitUnits uses amount of the units of a reservation and gives the rest back, as license.CommitReserved decides. once is as
// at UseUnits; where it is "", the reservation itself is the name. NotFound for a reservation that is not the device's, was
// settled in another way, or whose time is over.
func (a *Authority) CommitUnits(ctx context.Context, r Request, id license.ReservationID, amount int64, once string) (Answer, error) {
	if err := checkUseName(once); err != nil {
		return Answer{Now: a.now()}, err
	}
	if once == "" {
		once = fmt.Sprint(reservationName, int64(id))
	}
	r.Amount = amount
	return a.settleUnits(ctx, r, id, once, store.CallConsume, func(s *license.State, c *license.Claim, held *license.Reservation, now license.Time) (license.Change, error) {
		return license.CommitReserved(s, c, held, now)
	})
}

// CancelUnits gives all units of a reservation back. NotFound as at CommitUnits.
func (a *Authority) CancelUnits(ctx context.Context, r Request, id license.ReservationID) (Answer, error) {
	r.Amount = 0
	return a.settleUnits(ctx, r, id, "", store.CallCancel, func(s *license.State, _ *license.Claim, held *license.Reservation, now license.Time) (license.Change, error) {
		return license.CancelReserved(s, held, now)
	})
}

// settle is a decision about a reservation.
type settlement func(*license.State, *license.Claim, *license.Reservation, license.Time) (license.Change, error)

// settleUnits ends a reservation.
func (a *Authority) settleUnits(ctx context.Context, r Request, id license.ReservationID, once string, kind store.CallKind, decide settlement) (ans Answer, err error) {
	seen, err := a.find(ctx, r)
	defer func() { a.told(&seen.Product, kind, err) }()
	if err != nil {
		return Answer{State: seen, Now: a.now()}, err
	}
	err = a.store.Write(ctx, func(tx *store.Tx) (err error) {
		var usage Usage
		at := r
		if at.Feature, err = settledFeature(tx, &seen.License, id, once); err != nil {
			ans = Answer{State: seen, Now: a.now()}
			return err
		}
		rule := a.onceOnly(tx, once, &usage, func(s *license.State, c *license.Claim, now license.Time) (license.Change, error) {
			held, err := tx.FindReservation(s.License.Tenant, s.License.ID, id)
			if err != nil {
				return license.Change{}, err
			}
			if held == nil {
				return license.Change{}, license.NoReservation(nil)
			}
			if c.Amount > 0 && held.Live(now) {
				s.Reserved = max(s.Reserved-held.Amount, 0)
			}
			usage.Reservation = held
			return decide(s, c, held, now)
		})
		ans, err = a.decideIn(tx, &at, &seen, rule)
		ans.Usage = usage
		return err
	})
	if err == nil {
		a.note(&ans)
	}
	return ans, err
}

// settledFeature returns what a reservation is of: also of one that was settled under a name. It is only where to look.
func settledFeature(tx *store.Tx, l *license.License, id license.ReservationID, once string) (string, error) {
	held, err := tx.FindReservation(l.Tenant, l.ID, id)
	if err != nil {
		return "", err
	}
	if held != nil {
		return held.Feature, nil
	}
	if once != "" {
		known, found, err := tx.FindUsageEvent(l.Tenant, l.ID, once)
		if err != nil || found {
			return known.Feature, err
		}
	}
	return "", license.NoReservation(nil)
}

// units is change for rules that say something of units besides, in a Usage.
func (a *Authority) units(ctx context.Context, r Request, kind store.CallKind, with func(*store.Tx, *Usage) rule) (ans Answer, err error) {
	seen, err := a.find(ctx, r)
	defer func() { a.told(&seen.Product, kind, err) }()
	if err != nil {
		return Answer{State: seen, Now: a.now()}, err
	}
	err = a.store.Write(ctx, func(tx *store.Tx) (err error) {
		var usage Usage
		ans, err = a.decideIn(tx, &r, &seen, with(tx, &usage))
		ans.Usage = usage
		return err
	})
	if err == nil {
		a.note(&ans)
	}
	return ans, err
}

// onceOnly makes a rule about units one that answers a known name as the first time, and notes a new one. The license is locked
// when it is asked, so of two at once the second finds the name.
func (a *Authority) onceOnly(tx *store.Tx, once string, u *Usage, decide rule) rule {
	return func(s *license.State, c *license.Claim, now license.Time) (license.Change, error) {
		l := &s.License
		if once != "" {
			known, found, err := tx.FindUsageEvent(l.Tenant, l.ID, once)
			switch {
			case err != nil:
				return license.Change{}, err
			case found && (known.Amount != c.Amount || known.Feature != c.Feature):
				return license.Change{}, &license.Error{Code: license.Conflict, Message: fmt.Sprintf("another use was counted as %q", once)}
			case found:
				*u = Usage{Amount: known.Amount, Total: known.Total, At: known.At, Again: true}
				return license.Change{License: s.License, Device: s.Device}, nil
			}
		}
		ch, err := decide(s, c, now)
		if err != nil {
			return ch, err
		}
		u.Amount, u.Total, u.At = c.Amount, s.UsedOf(c, now)+c.Amount, now
		if once == "" {
			return ch, nil
		}
		return ch, tx.InsertUsageEvent(&store.UsageEvent{
			Tenant: l.Tenant, License: l.ID, Name: once, Feature: c.Feature, Amount: u.Amount, Total: u.Total, At: now,
		})
	}
}

// checkUseName refuses what is no name of a use.
func checkUseName(once string) error {
	switch {
	case len(once) > maxUseName || !validText(once):
		return license.Invalidf("event", "the name of a use has at most %d bytes", maxUseName)
	case strings.HasPrefix(once, reservationName):
		return license.Invalidf("event", "the name of a use does not begin with %s", reservationName)
	}
	return nil
}

// pruneEvery is how often what is not needed any more is dropped.
const pruneEvery = time.Hour

// pruneAtOnce is how many rows one transaction drops of a kind, so that changes need not wait long.
const pruneAtOnce = 500

// Prune drops the names of uses that were counted over 90 days ago, reservations whose time is over, when address rules were
// reported, and figures of days over 400 days ago.
func (a *Authority) Prune(ctx context.Context) error {
	if err := a.pruneCalls(ctx); err != nil {
		return err
	}
	if err := a.pruneReports(ctx); err != nil {
		return err
	}
	for {
		var gone int64
		err := a.store.Write(ctx, func(tx *store.Tx) (err error) {
			now := a.now()
			gone, err = tx.PruneUsage(now.Add(-usesKept), now, pruneAtOnce)
			return err
		})
		if err != nil || gone == 0 {
			return err
		}
	}
}
