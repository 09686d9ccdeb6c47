package office

import (
	"context"
	"slices"
	"strings"
	"time"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/store"
)

// onUser does something to a locked user of an application. It refuses with user_unknown.
func (o *Office) onUser(ctx context.Context, actor identity.Actor, product, name string, do func(*applicationWork, *license.ApplicationUser) error) error {
	return o.onApplication(ctx, actor, identity.WriteCustomers, product, func(w *applicationWork) error {
		u, err := w.user(name)
		if err != nil {
			return err
		}
		return do(w, &u)
	})
}

// changed records that something about a user is different.
func (w *applicationWork) changed(u *license.ApplicationUser, kind license.EventKind, data map[string]any) error {
	return w.note(license.Event{Kind: kind, Subject: int64(u.ID), Data: data})
}

// SetApplicationPassword gives a user another password; with "" they have none, and the first that they sign in with becomes
// theirs. Their sessions end.
func (o *Office) SetApplicationPassword(ctx context.Context, actor identity.Actor, product, name string, password identity.Secret) error {
	if err := may(actor, identity.WriteCustomers); err != nil {
		return err
	}
	hash, err := o.hashUserPassword(ctx, password)
	if err != nil {
		return err
	}
	return o.onUser(ctx, actor, product, name, func(w *applicationWork, u *license.ApplicationUser) error {
		if err := w.tx.SetUserHash(u.Tenant, u.ID, hash, false); err != nil {
			return err
		}
		if _, err := w.tx.DropSessionsOfUser(u.Tenant, u.ID); err != nil {
			return err
		}
		return w.changed(u, license.PasswordChanged, map[string]any{"name": u.Name, "cleared": hash == ""})
	})
}

// SetUserEmail gives a user another e-mail address, of which only a digest is stored; "" is none.
func (o *Office) SetUserEmail(ctx context.Context, actor identity.Actor, product, name, email string) error {
	digest, err := o.digestEmail(actor.Tenant, email)
	if err != nil {
		return err
	}
	return o.onUser(ctx, actor, product, name, func(w *applicationWork, u *license.ApplicationUser) error {
		u.Email = digest
		if err := w.tx.SaveApplicationUser(u); err != nil {
			return err
		}
		return w.changed(u, license.UserChanged, map[string]any{"email": digest != nil})
	})
}

// RenameUser gives a user another name to sign in by. It refuses with name_taken and name_too_short.
func (o *Office) RenameUser(ctx context.Context, actor identity.Actor, product, name, newName string) error {
	return o.onUser(ctx, actor, product, name, func(w *applicationWork, u *license.ApplicationUser) error {
		newName = strings.TrimSpace(newName)
		if err := checkUserName(w.app.Settings, newName); err != nil {
			return err
		}
		renamed, err := w.tx.RenameApplicationUser(u.Tenant, u.Product, u.ID, newName)
		if err == nil && !renamed {
			err = license.Refuse(license.NameTaken)
		}
		if err != nil {
			return err
		}
		return w.changed(u, license.UserRenamed, map[string]any{"name": newName, "before": u.Name})
	})
}

// ClearSecondFactor lets a user sign in without a code again.
func (o *Office) ClearSecondFactor(ctx context.Context, actor identity.Actor, product, name string) error {
	return o.onUser(ctx, actor, product, name, func(w *applicationWork, u *license.ApplicationUser) error {
		if err := w.tx.SaveSecondFactor(u.Tenant, u.ID, &store.SecondFactor{}); err != nil {
			return err
		}
		return w.changed(u, license.SecondFactorSet, map[string]any{"on": false})
	})
}

// ResetHardware forgets the machines of a user: the next that they sign in from is theirs (keyauth.md §9.7).
func (o *Office) ResetHardware(ctx context.Context, actor identity.Actor, product, name string) error {
	return o.onUser(ctx, actor, product, name, func(w *applicationWork, u *license.ApplicationUser) error {
		n, err := w.tx.DropHardware(u.Tenant, u.ID)
		if err != nil {
			return err
		}
		return w.changed(u, license.HardwareReset, map[string]any{"machines": n})
	})
}

// ResetAllHardware forgets the machines of every user of an application, and returns how many they were.
func (o *Office) ResetAllHardware(ctx context.Context, actor identity.Actor, product string) (n int64, err error) {
	err = o.onApplication(ctx, actor, identity.WriteCustomers, product, func(w *applicationWork) error {
		if n, err = w.tx.DropAllHardware(w.app.Tenant, w.app.Product); err != nil {
			return err
		}
		return w.note(license.Event{Kind: license.HardwareReset, Data: map[string]any{"product": int64(w.app.Product), "machines": n}})
	})
	return n, err
}

// maxMachines is how many machines a user may have.
const maxMachines = 100

// AddHardware lets a user sign in from a machine too.
func (o *Office) AddHardware(ctx context.Context, actor identity.Actor, product, name, hardware string) error {
	hardware = strings.TrimSpace(hardware)
	if err := checkText("hwid", hardware, 1, license.MaxHardwareID); err != nil {
		return err
	}
	return o.onUser(ctx, actor, product, name, func(w *applicationWork, u *license.ApplicationUser) error {
		switch {
		case slices.Contains(u.Hardware, hardware):
			return nil
		case len(u.Hardware) >= maxMachines:
			return license.Invalidf("hwid", "a user has at most %d machines", maxMachines)
		}
		if err := w.tx.BindHardware(u.Tenant, u.ID, hardware, w.now); err != nil {
			return err
		}
		return w.changed(u, license.HardwareBound, map[string]any{"hwid": hardware})
	})
}

// SetResetAfter says from when on a user may reset their machine by themselves: so long from now, at most 10 years.
func (o *Office) SetResetAfter(ctx context.Context, actor identity.Actor, product, name string, wait time.Duration) error {
	if wait < 0 || wait > 10*365*24*time.Hour {
		return license.Invalidf("cooldown", "the wait is 0 to 10 years")
	}
	return o.onUser(ctx, actor, product, name, func(w *applicationWork, u *license.ApplicationUser) error {
		u.ResetAfter = w.now.Add(wait)
		if err := w.tx.SaveApplicationUser(u); err != nil {
			return err
		}
		return w.changed(u, license.UserChanged, map[string]any{"reset_after": u.ResetAfter})
	})
}

// BanUser keeps a user out of an application, with their machines and the address that they signed in from last; their sessions
// end (S1-18; keyauth.md §9.8).
func (o *Office) BanUser(ctx context.Context, actor identity.Actor, product, name, reason string) error {
	if err := checkText("reason", reason, 0, maxName); err != nil {
		return err
	}
	return o.onUser(ctx, actor, product, name, func(w *applicationWork, u *license.ApplicationUser) error {
		ch := license.BanUser(u.LicenseUser, reason)
		if err := w.apply(&ch); err != nil {
			return err
		}
		return keepOut(w.tx, w.actor, w.now, reason, *u)
	})
}

// UnbanUser lets a banned user back, and what was kept out with them.
func (o *Office) UnbanUser(ctx context.Context, actor identity.Actor, product, name string) error {
	return o.onUser(ctx, actor, product, name, func(w *applicationWork, u *license.ApplicationUser) error {
		ch := license.UnbanUser(u.LicenseUser)
		if err := w.apply(&ch); err != nil {
			return err
		}
		return letIn(w.tx, w.actor, w.now, *u)
	})
}

// DropUser removes a user with all that is theirs. Their licenses stay used. What is kept out since they were banned stays so.
func (o *Office) DropUser(ctx context.Context, actor identity.Actor, product, name string) error {
	return o.onUser(ctx, actor, product, name, func(w *applicationWork, u *license.ApplicationUser) error { return w.drop(u) })
}

// drop removes a locked user. The licenses without a key that were made for them go too: nobody could find them again.
func (w *applicationWork) drop(u *license.ApplicationUser) error {
	held, err := w.tx.Holdings(u.Tenant, u.ID)
	if err != nil {
		return err
	}
	if err := w.dropKeyless(held); err != nil {
		return err
	}
	if err := w.tx.DropApplicationUser(u.Tenant, u.ID); err != nil {
		return err
	}
	return w.changed(u, license.UserDropped, map[string]any{"name": u.Name})
}

// dropKeyless removes the licenses without a key among what a user holds.
func (w *applicationWork) dropKeyless(held []license.Holding) error {
	var ids []license.LicenseID
	for i := range held {
		if held[i].Key == "" {
			ids = append(ids, held[i].License)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	return w.dropLicenses(ids...)
}

// DropUsers removes every user of an application, or those who have no time left of anything, and returns how many they were.
// It goes in steps: what one has done stays when another fails.
func (o *Office) DropUsers(ctx context.Context, actor identity.Actor, product string, expiredOnly bool) (total int64, err error) {
	before := license.LicenseUserID(0)
	for {
		var dropped int64
		var ids []license.LicenseUserID
		err := o.onApplication(ctx, actor, identity.WriteCustomers, product, func(w *applicationWork) (err error) {
			dropped = 0
			if ids, err = w.someUsers(expiredOnly, before); err != nil {
				return err
			}
			for _, id := range ids {
				gone, err := w.dropOne(id, expiredOnly)
				if err != nil {
					return err
				}
				dropped += gone
			}
			return nil
		})
		if err != nil || len(ids) == 0 {
			return total, err
		}
		total, before = total+dropped, ids[len(ids)-1]
	}
}

// dropOne removes a user, and returns 0 for one who is gone, or has time left after all.
func (w *applicationWork) dropOne(id license.LicenseUserID, expiredOnly bool) (int64, error) {
	u, err := w.tx.LockApplicationUser(w.app.Tenant, id)
	if license.ReasonOf(err) == license.UserUnknown {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	if expiredOnly {
		held, err := w.tx.Holdings(u.Tenant, u.ID)
		if err != nil || slices.ContainsFunc(held, func(h license.Holding) bool { return hasTime(&h, w.clock()) }) {
			return 0, err
		}
	}
	return 1, w.drop(&u)
}

// someUsers returns the next users below before, or of them those who have no time left of anything.
func (w *applicationWork) someUsers(expiredOnly bool, before license.LicenseUserID) ([]license.LicenseUserID, error) {
	if expiredOnly {
		return w.tx.ExpiredUsers(w.app.Tenant, w.app.Product, w.clock(), before, atOnce)
	}
	list, err := w.tx.ListApplicationUsers(w.app.Tenant, w.app.Product, before, atOnce)
	ids := make([]license.LicenseUserID, len(list))
	for i := range list {
		ids[i] = list[i].ID
	}
	return ids, err
}
