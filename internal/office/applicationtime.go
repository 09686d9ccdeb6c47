package office

import (
	"context"
	"slices"
	"time"

	"licet/internal/identity"
	"licet/internal/license"
)

// Users says which users of an application are meant: the one with a name, or all of them.
type Users struct {
	Name       string
	All        bool
	ActiveOnly bool // with All: only those who have time left of the level
}

// ExtendUsers gives users more time of a level, "" being the default one, and returns how many got it. What has ended begins
// again now, and who holds nothing of the level gets it, by a license without a key (S1-23; keyauth.md §9.9). Who holds it for
// ever is left as they are.
//
// It refuses with user_unknown, and NotFound for the level. For all users it goes in steps: what one has done stays when another
// fails.
func (o *Office) ExtendUsers(ctx context.Context, actor identity.Actor, product string, u Users, level string, by license.Span) (int64, error) {
	if err := checkSpan(by); err != nil {
		return 0, err
	}
	return o.eachUser(ctx, actor, product, u, func(w *applicationWork, users []license.ApplicationUser) (n int64, err error) {
		l, err := w.level(level)
		if err != nil {
			return 0, err
		}
		var lacking []license.ApplicationUser
		for i := range users {
			held, err := w.held(users[i].ID, l.ID)
			if err != nil {
				return 0, err
			}
			if u.All && u.ActiveOnly && !slices.ContainsFunc(held, func(h license.Holding) bool { return hasTime(&h, w.clock()) }) {
				continue
			}
			if len(held) == 0 {
				lacking = append(lacking, users[i])
				continue
			}
			ch, changed := license.Lengthen(held, l.ID, by, w.clock())
			if !changed {
				continue
			}
			if err := w.apply(&ch); err != nil {
				return 0, err
			}
			n++
		}
		return n + int64(len(lacking)), o.grant(w, lacking, l, by)
	})
}

// ShortenUsers takes time of a level from users, "" being the default one, and returns how many lost some: nothing of it lasts
// longer than the longest did, less by. It refuses as [Office.ExtendUsers] does.
func (o *Office) ShortenUsers(ctx context.Context, actor identity.Actor, product string, u Users, level string, by license.Span) (int64, error) {
	if err := checkSpan(by); err != nil {
		return 0, err
	}
	const longest = 290 * 365 * 24 * 60 * 60 // seconds: what a time.Duration holds
	less := time.Duration(min(by.AboutSeconds(), longest)) * time.Second
	return o.eachUser(ctx, actor, product, u, func(w *applicationWork, users []license.ApplicationUser) (n int64, err error) {
		l, err := w.level(level)
		if err != nil {
			return 0, err
		}
		for i := range users {
			held, err := w.held(users[i].ID, l.ID)
			if err != nil {
				return 0, err
			}
			if u.All && u.ActiveOnly && !slices.ContainsFunc(held, func(h license.Holding) bool { return hasTime(&h, w.clock()) }) {
				continue
			}
			ch, changed := license.Shorten(held, l.ID, less)
			if !changed {
				continue
			}
			if err := w.apply(&ch); err != nil {
				return 0, err
			}
			n++
		}
		return n, nil
	})
}

// eachUser does something to locked users of a locked application, and adds up what it returns.
func (o *Office) eachUser(ctx context.Context, actor identity.Actor, product string, u Users, do func(*applicationWork, []license.ApplicationUser) (int64, error)) (total int64, err error) {
	if !u.All {
		err = o.onLockedApplication(ctx, actor, identity.WriteCustomers, product, func(w *applicationWork) error {
			one, err := w.user(u.Name)
			if err != nil {
				return err
			}
			total, err = do(w, []license.ApplicationUser{one})
			return err
		})
		return total, err
	}
	before := license.LicenseUserID(0)
	for {
		var done int64
		var ids []license.LicenseUserID
		err := o.onLockedApplication(ctx, actor, identity.WriteCustomers, product, func(w *applicationWork) (err error) {
			if ids, err = w.someUsers(false, before); err != nil {
				return err
			}
			users, err := w.lockUsers(ids)
			if err != nil {
				return err
			}
			done, err = do(w, users)
			return err
		})
		if err != nil {
			return total, err
		}
		total += done
		if len(ids) < atOnce {
			return total, nil
		}
		before = ids[len(ids)-1]
	}
}

// held returns what a user holds of a level by licenses that stand: more time of another would give them nothing.
func (w *applicationWork) held(user license.LicenseUserID, level license.LevelID) ([]license.Holding, error) {
	all, err := w.tx.Holdings(w.app.Tenant, user)
	return slices.DeleteFunc(all, func(h license.Holding) bool {
		return h.LevelID != level || h.Standing != license.Enabled || h.Withheld
	}), err
}

// hasTime reports whether a holding has time left by the application's clock, paused or not.
func hasTime(h *license.Holding, clock license.Time) bool {
	if h.PausedAt != 0 {
		clock = h.PausedAt
	}
	return h.ExpiresAt == 0 || h.ExpiresAt > clock
}

// TakeLevel takes a level from a user. It refuses with NotFound where they hold nothing of it.
func (o *Office) TakeLevel(ctx context.Context, actor identity.Actor, product, name, level string) error {
	return o.onUser(ctx, actor, product, name, func(w *applicationWork, u *license.ApplicationUser) error {
		l, err := w.level(level)
		if err != nil {
			return err
		}
		held, err := w.tx.Holdings(u.Tenant, u.ID)
		if err != nil {
			return err
		}
		held = slices.DeleteFunc(held, func(h license.Holding) bool { return h.LevelID != l.ID })
		if len(held) == 0 {
			return license.Missing("level of the user", l.Name)
		}
		for i := range held {
			if err := w.tx.DropHolding(u.Tenant, &held[i].Redemption); err != nil {
				return err
			}
		}
		if err := w.dropKeyless(held); err != nil {
			return err
		}
		return w.changed(u, license.RedemptionDropped, map[string]any{"level": l.Name, "redemptions": len(held)})
	})
}

// PauseUser stops the time of all that a user holds: they cannot use it meanwhile (keyauth.md §9.10). Pausing what is paused
// changes nothing.
func (o *Office) PauseUser(ctx context.Context, actor identity.Actor, product, name string) error {
	return o.onUserTime(ctx, actor, product, name, true, func(w *applicationWork, u *license.ApplicationUser) (int64, error) {
		return w.tx.PauseUser(u.Tenant, u.ID, w.clock())
	})
}

// ResumeUser lets the time of what a user holds run on, but of levels that are paused themselves.
func (o *Office) ResumeUser(ctx context.Context, actor identity.Actor, product, name string) error {
	return o.onUserTime(ctx, actor, product, name, false, func(w *applicationWork, u *license.ApplicationUser) (int64, error) {
		n, err := w.tx.ResumeUser(u.Tenant, u.ID, w.clock())
		if err != nil || n == 0 {
			return 0, err
		}
		return n, w.pausePausedLevels(u)
	})
}

// pausePausedLevels stops the time of what a user holds of levels that are paused.
func (w *applicationWork) pausePausedLevels(u *license.ApplicationUser) error {
	levels, err := w.tx.Levels(u.Tenant, u.Product)
	if err != nil {
		return err
	}
	held, err := w.tx.Holdings(u.Tenant, u.ID)
	for i := range held {
		h := &held[i]
		paused := slices.ContainsFunc(levels, func(l license.Level) bool { return l.ID == h.LevelID && l.Paused })
		if err != nil || !paused || !hasTime(h, w.clock()) {
			continue
		}
		h.PausedAt = w.clock()
		err = w.tx.SaveRedemption(u.Tenant, &h.Redemption)
	}
	return err
}

// onUserTime stops or starts the time of a user in a locked application, and records it where that changed anything.
func (o *Office) onUserTime(ctx context.Context, actor identity.Actor, product, name string, paused bool, do func(*applicationWork, *license.ApplicationUser) (int64, error)) error {
	return o.onLockedApplication(ctx, actor, identity.WriteCustomers, product, func(w *applicationWork) error {
		u, err := w.user(name)
		if err != nil {
			return err
		}
		n, err := do(w, &u)
		if err != nil || n == 0 {
			return err
		}
		return w.changed(&u, license.RedemptionPaused, map[string]any{"paused": paused, "redemptions": n})
	})
}
