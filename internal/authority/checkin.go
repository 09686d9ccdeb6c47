package authority

import (
	"context"

	"licet/internal/license"
	"licet/internal/store"
)

// CheckIn is Check for a dialect in which a device that asks takes its floating seat by it, or renews it. What
// license.CheckIn refuses is in the error.
func (a *Authority) CheckIn(ctx context.Context, r Request) (Answer, error) {
	return a.checkIn(ctx, r, license.CheckIn, func(s *license.State, now license.Time) bool {
		return s.License.Terms.Floating != nil && !s.License.IsExpired(now)
	})
}

// CheckInFeature is CheckIn for r.Feature: where that has floating seats, the device takes one by it, or renews it.
// What license.CheckInFeature refuses is in the error.
func (a *Authority) CheckInFeature(ctx context.Context, r Request) (Answer, error) {
	return a.checkIn(ctx, r, license.CheckInFeature, func(s *license.State, _ license.Time) bool {
		f := s.License.Terms.Feature(r.Feature)
		return f != nil && f.Floating != nil
	})
}

// checkIn asks a rule that may lend a seat. Where there is a seat to lend, the rule sees what is read under the lock;
// else nothing is stored, and a look is enough.
func (a *Authority) checkIn(ctx context.Context, r Request, decide rule, lends func(*license.State, license.Time) bool) (ans Answer, err error) {
	seen, err := a.find(ctx, r)
	defer func() { a.told(&seen.Product, store.CallCheck, err) }()
	ans = Answer{State: seen, Now: a.now()}
	if err != nil {
		return ans, err
	}
	if lends(&ans.State, ans.Now) {
		return a.decide(ctx, r, &seen, decide)
	}
	if _, err := decide(&ans.State, &r.Claim, ans.Now); err != nil {
		return ans, err
	}
	if r.By != nil {
		err = a.store.Read(ctx, func(tx *store.Tx) (err error) {
			ans.Detail, err = tx.FindDetail(&ans.State, ans.Now)
			return err
		})
	}
	if err == nil {
		a.note(&ans)
	}
	return ans, err
}
