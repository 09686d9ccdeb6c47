package authority

import (
	"context"

	"licet/internal/license"
	"licet/internal/store"
)

// CheckInFeature is CheckIn for r.Feature: where that has floating seats, the device takes one by it, or renews it.
// What license.CheckInFeature refuses is in the error.
func (a *Authority) CheckInFeature(ctx context.Context, r Request) (Answer, error) {
	ans := Answer{Now: a.now()}
	var err error
	if ans.State, err = a.find(ctx, r); err != nil {
		return ans, err
	}
	if f := ans.License.Terms.Feature(r.Feature); f != nil && f.Floating != nil {
		return a.decide(ctx, r, &ans.State, license.CheckInFeature)
	}
	if _, err := license.CheckInFeature(&ans.State, &r.Claim, ans.Now); err != nil {
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
