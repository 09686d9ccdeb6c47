package office

import (
	"cmp"
	"context"
	"slices"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/store"
)

// BanLicense keeps anybody new from redeeming a license of an application (S1-16). With withUser whoever redeemed it is banned for
// the same reason, their machines and address are kept out, and their sessions end (S1-19, S1-20; keyauth.md §9.8). It refuses
// with key_unknown.
func (o *Office) BanLicense(ctx context.Context, actor identity.Actor, product, key, reason string, withUser bool) error {
	if err := checkText("reason", reason, 0, maxName); err != nil {
		return err
	}
	return o.onApplication(ctx, actor, identity.WriteLicenses, product, func(w *applicationWork) error {
		r, err := w.license(key)
		if err != nil {
			return err
		}
		users, err := w.users(r.ID)
		if err != nil {
			return err
		}
		ch := license.Ban(r.License, licenseUsers(users), withUser, reason)
		if err := w.apply(&ch); err != nil || !withUser {
			return err
		}
		return keepOut(w.tx, w.actor, w.now, reason, users...)
	})
}

// UnbanLicense lifts the ban of a license of an application, and always that of its users too, with all that came with it: that is
// what KeyAuth does (keyauth.md §9.8).
func (o *Office) UnbanLicense(ctx context.Context, actor identity.Actor, product, key string) error {
	return o.onApplication(ctx, actor, identity.WriteLicenses, product, func(w *applicationWork) error {
		r, err := w.license(key)
		if err != nil {
			return err
		}
		users, err := w.users(r.ID)
		if err != nil {
			return err
		}
		ch := license.Unban(r.License, licenseUsers(users))
		if err := w.apply(&ch); err != nil {
			return err
		}
		return letIn(w.tx, w.actor, w.now, users...)
	})
}

func licenseUsers(users []license.ApplicationUser) []license.LicenseUser {
	out := make([]license.LicenseUser, len(users))
	for i := range users {
		out[i] = users[i].LicenseUser
	}
	return out
}

// DropLicenses removes licenses of an application with what users hold by them, all or none, and returns how many they were. With
// withUsers those who redeemed them go too. It refuses with key_unknown for the first key that it does not find.
func (o *Office) DropLicenses(ctx context.Context, actor identity.Actor, product string, keys []string, withUsers bool) (n int, err error) {
	if len(keys) == 0 || len(keys) > MaxBulk {
		return 0, license.Invalidf("key", "name 1 to %d licenses", MaxBulk)
	}
	if withUsers {
		if err := may(actor, identity.WriteCustomers); err != nil {
			return 0, err
		}
	}
	err = o.onApplication(ctx, actor, identity.WriteLicenses, product, func(w *applicationWork) error {
		ids, err := w.lockKeys(keys)
		if err != nil {
			return err
		}
		for _, id := range ids {
			if !withUsers {
				break
			}
			users, err := w.users(id)
			if err != nil {
				return err
			}
			for i := range users {
				if err := w.drop(&users[i]); err != nil {
					return err
				}
			}
		}
		n = len(ids)
		return w.dropLicenses(ids...)
	})
	if err != nil {
		return 0, err
	}
	return n, nil
}

// lockKeys finds the licenses of some keys and locks them, in one order, so that two calls do not wait for each other in a
// ring.
func (w *applicationWork) lockKeys(keys []string) ([]license.LicenseID, error) {
	ids := make([]license.LicenseID, 0, len(keys))
	for _, key := range keys {
		if license.ValidKey(key) != nil {
			return nil, license.Refuse(license.KeyUnknown)
		}
		r, err := w.tx.FindLicenseByKey(w.app.Tenant, w.app.Product, key)
		if err != nil {
			return nil, err
		}
		ids = append(ids, r.ID)
	}
	slices.SortFunc(ids, cmp.Compare)
	ids = slices.Compact(ids)
	for _, id := range ids {
		if _, err := w.tx.LockLicense(w.app.Tenant, id); err != nil {
			return nil, err
		}
	}
	return ids, nil
}

// dropLicenses removes locked licenses.
func (w *applicationWork) dropLicenses(ids ...license.LicenseID) error {
	if err := w.tx.DropLicenses(w.app.Tenant, ids...); err != nil {
		return err
	}
	events := make([]license.Event, len(ids))
	for i, id := range ids {
		events[i] = license.Event{Kind: license.LicenseDropped, License: id, Subject: int64(w.app.Product)}
	}
	return w.note(events...)
}

// DropLicensesWhere removes the licenses of an application that have a key: all of them, or the used or the unused ones, of which
// banned ones are neither. It returns how many they were. It goes in steps: what one has done stays when another fails.
func (o *Office) DropLicensesWhere(ctx context.Context, actor identity.Actor, product string, used *bool) (int64, error) {
	which := store.EveryLicense
	if used != nil {
		which = map[bool]store.LicenseUse{true: store.UsedLicenses, false: store.UnusedLicenses}[*used]
	}
	return o.eachLicense(ctx, actor, product, which, func(w *applicationWork, all []license.LicenseRecord) (int64, error) {
		ids := make([]license.LicenseID, len(all))
		for i := range all {
			ids[i] = all[i].ID
		}
		return int64(len(ids)), w.dropLicenses(ids...)
	})
}

// ExtendUnused lengthens every license of an application that is neither used nor banned, and returns how many they were
// (S1-21, S1-22; keyauth.md §9.9). Revoked ones are left as they are, and those that never end. It goes in steps: what one has done
// stays when another fails.
func (o *Office) ExtendUnused(ctx context.Context, actor identity.Actor, product string, by license.Span) (int64, error) {
	if err := checkSpan(by); err != nil {
		return 0, err
	}
	return o.eachLicense(ctx, actor, product, store.UnusedLicenses, func(w *applicationWork, all []license.LicenseRecord) (n int64, err error) {
		for i := range all {
			ch, err := license.Extend(all[i].License, by, w.now)
			if err != nil {
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

// eachLicense does something to locked licenses of an application, and adds up what it returns.
func (o *Office) eachLicense(ctx context.Context, actor identity.Actor, product string, which store.LicenseUse, do func(*applicationWork, []license.LicenseRecord) (int64, error)) (total int64, err error) {
	before := license.LicenseID(0)
	for {
		var done int64
		var all []license.LicenseRecord
		err := o.onApplication(ctx, actor, identity.WriteLicenses, product, func(w *applicationWork) (err error) {
			if all, err = w.tx.LockLicensesOf(w.app.Tenant, w.app.Product, which, before, atOnce); err != nil || len(all) == 0 {
				return err
			}
			done, err = do(w, all)
			return err
		})
		if err != nil || len(all) == 0 {
			return total, err
		}
		total, before = total+done, all[len(all)-1].ID
	}
}
