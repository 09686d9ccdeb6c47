package authority

import (
	"context"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/store"
)

// lockouts says whose failures are counted at a visit: of the user with a name, where there is one, and of the address.
func (v *Visit) lockouts(name string) []store.LockoutKey {
	var keys []store.LockoutKey
	if name != "" {
		keys = append(keys, store.ApplicationUserLockout(v.App.Tenant, v.App.Product, name))
	}
	if v.Address != "" {
		keys = append(keys, store.ApplicationAddressLockout(v.App.Tenant, v.App.Product, v.Address))
	}
	return keys
}

// guardVisit refuses with LoginLocked and AddressLocked, before anything is compared. name is "" for nobody known.
func (a *Authority) guardVisit(tx *store.Tx, v *Visit, name string) error {
	held, err := tx.AnyHeld(v.lockouts(name)...)
	if err != nil || !held {
		return err
	}
	guards, err := a.visitGuards(tx, v, name)
	if err != nil {
		return err
	}
	return tx.CheckGuards(guards, a.now())
}

func (a *Authority) visitGuards(tx *store.Tx, v *Visit, name string) ([]store.Guard, error) {
	policy, err := a.userLockout(tx, v.App.Tenant)
	if err != nil {
		return nil, err
	}
	var guards []store.Guard
	for i, key := range v.lockouts(name) {
		g := store.Guard{Key: key, Policy: a.addresses, Reason: license.AddressLocked}
		if i == 0 && name != "" {
			g.Policy, g.Reason = policy, license.LoginLocked
		}
		guards = append(guards, g)
	}
	return guards, nil
}

// guessed counts a wrong guess against a user, nil for nobody known, and against the address. It returns the refusal for the
// reason, or that of a lock which began meanwhile.
func (a *Authority) guessed(ctx context.Context, v *Visit, u *license.ApplicationUser, reason license.Reason) error {
	var refused error
	err := a.store.Write(ctx, func(tx *store.Tx) (err error) {
		refused, err = a.countGuess(tx, v, u, false)
		return err
	})
	switch {
	case err != nil:
		return err
	case license.ReasonOf(refused) == license.CredentialsWrong:
		return license.Refuse(reason)
	}
	return refused
}

// countGuess notes whether a guess was right. What it returns first is the answer, which must not undo what was counted.
func (a *Authority) countGuess(tx *store.Tx, v *Visit, u *license.ApplicationUser, right bool) (refused, err error) {
	name := ""
	if u != nil {
		name = u.Name
	}
	guards, err := a.visitGuards(tx, v, name)
	if err != nil {
		return nil, err
	}
	now := a.now()
	refused, locked, err := tx.CountAttempt(guards, right, now)
	if err == nil && locked != nil && u != nil {
		err = tx.AppendEvents(v.App.Tenant, identity.Actor{Kind: identity.System}.String(), now, license.Event{
			Kind: license.LoginWasLocked, Subject: int64(u.ID),
			Data: map[string]any{"address": v.Address, "until": locked.LockedUntil, "permanent": locked.Permanent}})
	}
	return refused, err
}

// guessedRight notes that a guess was right, where anything is held against the user or the address: so a right guess among many
// at once is none once they are locked.
func (a *Authority) guessedRight(tx *store.Tx, v *Visit, u *license.ApplicationUser) (refused, err error) {
	held, err := tx.AnyHeld(v.lockouts(u.Name)...)
	if err != nil || !held {
		return nil, err
	}
	return a.countGuess(tx, v, u, true)
}
