package office

import (
	"context"
	"maps"
	"slices"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/store"
)

// Outcome is what became of one license of a call about many.
type Outcome struct {
	Ref     Ref
	License license.LicenseRecord // as it is now
	Changed bool                  // false when there was nothing to do, or Err says why not
	Err     error                 // why this one was left as it was
}

// MaxBulk is how many licenses one call may name.
const MaxBulk = 10_000

// act is what a call does to one locked license.
type act func(tx *store.Tx, r license.LicenseRecord, now license.Time) (license.Change, error)

// each does something to licenses of the actor's tenant in one transaction. A refusal concerns its
// license alone; the others go on. Outcomes stand in the order of refs.
func (o *Office) each(ctx context.Context, actor identity.Actor, refs []Ref, do act) ([]Outcome, error) {
	return o.acts(ctx, actor, refs, nil, do, false)
}

// eachWhole is each that does the same to the parts of a bundle's license. A part that refuses stays as it is: the bundle
// speaks for all.
func (o *Office) eachWhole(ctx context.Context, actor identity.Actor, refs []Ref, do act) ([]Outcome, error) {
	return o.acts(ctx, actor, refs, nil, do, true)
}

// acts calls before, unless it is nil, ahead of the first license.
func (o *Office) acts(ctx context.Context, actor identity.Actor, refs []Ref, before func(*store.Tx) error, do act, parts bool) (out []Outcome, err error) {
	if err := mayWithin(actor, identity.WriteLicenses); err != nil {
		return nil, err
	}
	if len(refs) == 0 || len(refs) > MaxBulk {
		return nil, license.Invalidf("license", "name 1 to %d licenses", MaxBulk)
	}
	err = o.d.Store.Write(ctx, func(tx *store.Tx) error {
		now := o.d.Now()
		out = make([]Outcome, len(refs))
		if before != nil {
			if err := before(tx); err != nil {
				return err
			}
		}
		at, err := places(tx, actor, refs, out)
		if err != nil {
			return err
		}
		whole := wholes{tx: tx, done: make(map[license.LicenseID]Outcome), bundles: make(map[license.ProductID]bool)}
		for _, id := range slices.Sorted(maps.Keys(at)) {
			result, err := whole.act(actor, id, now, do, parts)
			if err != nil {
				return err
			}
			for _, i := range at[id] {
				result.Ref = refs[i]
				out[i] = result
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// places finds the licenses that refs name: for each the places in refs, and the outcome of those that
// name none. Locking them by identity keeps two calls from waiting for each other in a ring.
func places(tx *store.Tx, actor identity.Actor, refs []Ref, out []Outcome) (map[license.LicenseID][]int, error) {
	at := make(map[license.LicenseID][]int, len(refs))
	for i, ref := range refs {
		id, err := resolve(tx, actor, ref)
		switch {
		case err == nil:
			at[id] = append(at[id], i)
		case isRefusal(err):
			out[i] = Outcome{Ref: ref, Err: err}
		default:
			return nil, err
		}
	}
	return at, nil
}

// one locks a license, decides and stores. Its error is one of the transaction; a refusal is in the
// outcome.
func one(tx *store.Tx, actor identity.Actor, id license.LicenseID, now license.Time, do act) (Outcome, error) {
	r, err := tx.LockLicense(actor.Tenant, id)
	if err != nil {
		return refusal(Outcome{}, err)
	}
	result := Outcome{License: r}
	ch, err := do(tx, r, now)
	if err != nil {
		return refusal(result, err)
	}
	if ch.Empty() {
		return result, nil
	}
	if err := tx.Apply(actor.Tenant, actor.String(), now, &ch); err != nil {
		return result, err
	}
	result.Changed = true
	if ch.License.ID != 0 {
		result.License.License = ch.License
	}
	return result, nil
}

func refusal(out Outcome, err error) (Outcome, error) {
	if !isRefusal(err) {
		return out, err
	}
	out.Err = err
	return out, nil
}

// isRefusal tells a no, which leaves the transaction sound, from a failure of the store.
func isRefusal(err error) bool {
	switch license.CodeOf(err) {
	case license.Internal, license.Unavailable:
		return false
	}
	return true
}

// One returns the outcome of a call about a single license.
func One(out []Outcome, err error) (license.LicenseRecord, error) {
	if err != nil {
		return license.LicenseRecord{}, err
	}
	return out[0].License, out[0].Err
}

// SuspendLicenses stops licenses for now. It refuses with license_revoked.
func (o *Office) SuspendLicenses(ctx context.Context, actor identity.Actor, refs ...Ref) ([]Outcome, error) {
	return o.eachWhole(ctx, actor, refs, func(_ *store.Tx, r license.LicenseRecord, _ license.Time) (license.Change, error) {
		return license.Suspend(r.License)
	})
}

// ResumeLicenses lets suspended licenses work again. It refuses with license_revoked: that is for ever.
func (o *Office) ResumeLicenses(ctx context.Context, actor identity.Actor, refs ...Ref) ([]Outcome, error) {
	return o.eachWhole(ctx, actor, refs, func(_ *store.Tx, r license.LicenseRecord, _ license.Time) (license.Change, error) {
		return license.Resume(r.License)
	})
}

// RevokeLicenses ends licenses for ever; why is kept in the history.
func (o *Office) RevokeLicenses(ctx context.Context, actor identity.Actor, why string, refs ...Ref) ([]Outcome, error) {
	if err := checkText("reason", why, 0, maxName); err != nil {
		return nil, err
	}
	return o.eachWhole(ctx, actor, refs, func(_ *store.Tx, r license.LicenseRecord, _ license.Time) (license.Change, error) {
		return license.Revoke(r.License, why), nil
	})
}

// BanLicenses keeps anybody new from redeeming licenses, with their users where withUser is set (S1-16 to
// S1-20).
func (o *Office) BanLicenses(ctx context.Context, actor identity.Actor, reason string, withUser bool, refs ...Ref) ([]Outcome, error) {
	if err := checkText("reason", reason, 0, maxName); err != nil {
		return nil, err
	}
	return o.eachWhole(ctx, actor, refs, func(tx *store.Tx, r license.LicenseRecord, now license.Time) (license.Change, error) {
		users, theirs, err := holders(tx, r)
		if err == nil && withUser {
			err = keepOut(tx, actor, now, reason, theirs...)
		}
		return license.Ban(r.License, users, withUser, reason), err
	})
}

// UnbanLicenses lifts the ban of licenses and of the users who hold them.
func (o *Office) UnbanLicenses(ctx context.Context, actor identity.Actor, refs ...Ref) ([]Outcome, error) {
	return o.eachWhole(ctx, actor, refs, func(tx *store.Tx, r license.LicenseRecord, now license.Time) (license.Change, error) {
		users, theirs, err := holders(tx, r)
		if err == nil {
			err = letIn(tx, actor, now, theirs...)
		}
		return license.Unban(r.License, users), err
	})
}

// holders returns the license users who hold a license, at most 1000, and those of them who are users of an application.
func holders(tx *store.Tx, r license.LicenseRecord) ([]license.LicenseUser, []license.ApplicationUser, error) {
	list, err := tx.UsersOfLicense(r.Tenant, r.ID, 0, 1000)
	if err != nil {
		return nil, nil, err
	}
	users := make([]license.LicenseUser, len(list))
	for i := range list {
		users[i] = list[i].User
	}
	theirs, err := applicationUsers(tx, users)
	return users, theirs, err
}

// ExtendLicenses lengthens unused licenses (S1-21). It refuses with license_used (S1-22): then
// [Office.ExtendRedemptions] moves the user's end, or [Office.RenewLicenses] the license's.
func (o *Office) ExtendLicenses(ctx context.Context, actor identity.Actor, by license.Span, refs ...Ref) ([]Outcome, error) {
	if err := checkSpan(by); err != nil {
		return nil, err
	}
	return o.eachWhole(ctx, actor, refs, func(_ *store.Tx, r license.LicenseRecord, now license.Time) (license.Change, error) {
		return license.Extend(r.License, by, now)
	})
}

// RenewLicenses gives licenses another period, by a plan or else by a length of time. It refuses with
// license_used for redeemed ones, license_revoked, and Conflict where nothing runs that could be renewed.
func (o *Office) RenewLicenses(ctx context.Context, actor identity.Actor, plan license.Plan, by license.Span, refs ...Ref) ([]Outcome, error) {
	if plan != "" {
		if by = plan.Span(); by.IsZero() {
			return nil, license.Invalidf("plan", "%q is no plan", plan)
		}
	}
	if err := checkSpan(by); err != nil {
		return nil, err
	}
	return o.eachWhole(ctx, actor, refs, func(tx *store.Tx, r license.LicenseRecord, now license.Time) (license.Change, error) {
		redemption, _, err := tx.FindRedemption(r.Tenant, r.ID)
		if err != nil {
			return license.Change{}, err
		}
		ch, err := license.Renew(r.License, redemption, by, now)
		if err == nil && plan != "" && r.Terms.Plan != string(plan) {
			terms := *r.Terms
			terms.Plan, terms.Duration = string(plan), by
			ch.License.Terms = &terms
		}
		return ch, err
	})
}

// ExtendRedemptions moves the end of what the users of redeemed licenses hold (S1-23).
func (o *Office) ExtendRedemptions(ctx context.Context, actor identity.Actor, by license.Span, refs ...Ref) ([]Outcome, error) {
	if err := checkSpan(by); err != nil {
		return nil, err
	}
	return o.each(ctx, actor, refs, func(tx *store.Tx, r license.LicenseRecord, now license.Time) (license.Change, error) {
		redemption, _, err := tx.FindRedemption(r.Tenant, r.ID)
		if err != nil {
			return license.Change{}, err
		}
		if redemption == nil {
			return license.Change{}, &license.Error{Code: license.Conflict, Message: "nobody redeemed this license; extend the license itself"}
		}
		return license.ExtendRedemption(*redemption, by, now)
	})
}

func checkSpan(by license.Span) error {
	if by.IsZero() {
		return license.Invalidf("duration", "a duration is more than nothing")
	}
	return by.Validate()
}

// NoteLicenses writes the note of licenses, for the vendor's people alone (S1-10, S1-24, S1-25).
func (o *Office) NoteLicenses(ctx context.Context, actor identity.Actor, note string, refs ...Ref) ([]Outcome, error) {
	if err := checkNote(note); err != nil {
		return nil, err
	}
	out, err := o.each(ctx, actor, refs, func(tx *store.Tx, r license.LicenseRecord, _ license.Time) (license.Change, error) {
		if r.Note == note {
			return license.Change{}, nil
		}
		return license.Change{License: r.License, Events: []license.Event{{Kind: license.LicenseNoted, License: r.ID}}},
			tx.NoteLicense(r.Tenant, r.ID, note)
	})
	for i := range out {
		if out[i].Err == nil {
			out[i].License.Note = note
		}
	}
	return out, err
}

// ResetDevices frees every device of licenses at once and clears their transfer count (rmz.md §7).
func (o *Office) ResetDevices(ctx context.Context, actor identity.Actor, refs ...Ref) ([]Outcome, error) {
	return o.eachWhole(ctx, actor, refs, func(tx *store.Tx, r license.LicenseRecord, now license.Time) (license.Change, error) {
		return license.Reset(r.License), tx.FreeDevices(r.Tenant, r.ID, now)
	})
}

// DeviceRef names a device of a license: by its identity when that is given, else by what it is bound
// to, a hardware id or an address.
type DeviceRef struct {
	ID    license.DeviceID
	Bound string
}

// FreeDevice frees the place of one device, whatever the license's standing. It refuses with
// device_unknown when the device holds none.
func (o *Office) FreeDevice(ctx context.Context, actor identity.Actor, ref Ref, device DeviceRef) (license.LicenseRecord, error) {
	return o.onDevice(ctx, actor, ref, device, license.FreeDevice)
}

// BlockDevice refuses a known device from now on, and frees its place.
func (o *Office) BlockDevice(ctx context.Context, actor identity.Actor, ref Ref, device DeviceRef) (license.LicenseRecord, error) {
	return o.onDevice(ctx, actor, ref, device, func(l license.License, d license.Device, now license.Time) (license.Change, error) {
		if d.Blocked {
			return license.Change{}, nil
		}
		return license.Block(l, d, now), nil
	})
}

// UnblockDevice lets a blocked device back. It does not activate it.
func (o *Office) UnblockDevice(ctx context.Context, actor identity.Actor, ref Ref, device DeviceRef) (license.LicenseRecord, error) {
	return o.onDevice(ctx, actor, ref, device, func(l license.License, d license.Device, _ license.Time) (license.Change, error) {
		if !d.Blocked {
			return license.Change{}, nil
		}
		return license.Unblock(l, d), nil
	})
}

func (o *Office) onDevice(ctx context.Context, actor identity.Actor, ref Ref, device DeviceRef,
	do func(license.License, license.Device, license.Time) (license.Change, error)) (license.LicenseRecord, error) {
	return One(o.each(ctx, actor, []Ref{ref}, func(tx *store.Tx, r license.LicenseRecord, now license.Time) (license.Change, error) {
		d, err := tx.FindDevice(r.Tenant, r.ID, device.ID, device.Bound)
		if err != nil {
			return license.Change{}, err
		}
		return do(r.License, d, now)
	}))
}
