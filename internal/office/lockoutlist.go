package office

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/store"
)

// LockedKind is what is locked.
type LockedKind string

// The closed list of kinds, in the order in which ListLockouts returns them.
const (
	LockedMember      LockedKind = "member"          // a platform user of the tenant
	LockedUser        LockedKind = "license_user"    // of the tenant or of a product
	LockedUserAddress LockedKind = "user_address"    // license users sign in from it
	LockedAddress     LockedKind = "license_address" // licenses are looked after from it
)

// Locked is an account or an address of a tenant that is locked now.
type Locked struct {
	Kind    LockedKind
	Subject string                // e-mail address, name or network address
	User    license.UserID        // of a LockedMember
	Holder  license.LicenseUserID // of a LockedUser; 0 where nobody has that name
	Product license.ProductID     // whose user or address it is; 0 is the whole tenant
	Until   license.Time          // when it ends by itself; 0 is never
	Lockout identity.Lockout
}

// maxLocked is how many of each kind are looked at.
const maxLocked = 1000

// LockedMembers returns members of the actor's tenant who are locked now.
func (o *Office) LockedMembers(ctx context.Context, actor identity.Actor) (list []Locked, err error) {
	if err := may(actor, identity.ReadUsers); err != nil {
		return nil, err
	}
	err = o.d.Store.Read(ctx, func(tx *store.Tx) (err error) {
		list, err = lockedMembers(tx, actor.Tenant, o.d.Now())
		return err
	})
	return list, err
}

// ListLockouts returns what is locked in the actor's tenant now, by kinds and names, after the first skip of them and at most limit (1 to
// 1000; 0 is 100), and how many there are: members where the actor may read users, all others where they may read customers; it needs one
// of both. It looks at 1000 of each kind, those that end soonest; ClearLockout opens them.
func (o *Office) ListLockouts(ctx context.Context, actor identity.Actor, skip, limit int) (list []Locked, all int, err error) {
	members, others := may(actor, identity.ReadUsers), may(actor, identity.ReadCustomers)
	if members != nil && others != nil {
		return nil, 0, others
	}
	err = o.d.Store.Read(ctx, func(tx *store.Tx) (err error) {
		list = nil
		now := o.d.Now()
		if members == nil {
			if list, err = lockedMembers(tx, actor.Tenant, now); err != nil {
				return err
			}
		}
		if others == nil {
			found, err := lockedAtDoors(tx, actor.Tenant, now)
			if err != nil {
				return err
			}
			list = append(list, found...)
		}
		slices.SortStableFunc(list, func(a, b Locked) int {
			return cmp.Or(cmp.Compare(a.Kind.rank(), b.Kind.rank()), cmp.Compare(a.Subject, b.Subject), cmp.Compare(a.Product, b.Product))
		})
		all = len(list)
		list = list[min(max(skip, 0), all):]
		list = list[:min(Page{Limit: limit}.size(), len(list))]
		for i := range list {
			if err := list[i].findHolder(tx, actor.Tenant); err != nil {
				return err
			}
		}
		return nil
	})
	return list, all, err
}

// lockedAtDoors returns who and what is locked out of the doors for end users.
func lockedAtDoors(tx *store.Tx, tenant license.TenantID, now license.Time) (list []Locked, err error) {
	for _, door := range lockedDoors(tenant) {
		held, err := tx.Locked(door.key, now, maxLocked)
		if err != nil {
			return nil, err
		}
		for i := range held {
			if l, locked := lockedNow(door.kind, held[i].Subject, held[i].Lockout, now); locked {
				if door.ofProduct {
					l.splitProduct()
				}
				list = append(list, l)
			}
		}
	}
	return list, nil
}

// rank is the place of a kind in a list.
func (k LockedKind) rank() int {
	return slices.Index([]LockedKind{LockedMember, LockedUser, LockedUserAddress, LockedAddress}, k)
}

// lockedDoor is an audience of a tenant, whose subjects begin with a product where it is of one.
type lockedDoor struct {
	kind      LockedKind
	key       store.LockoutKey
	ofProduct bool
}

func lockedDoors(tenant license.TenantID) []lockedDoor {
	return []lockedDoor{
		{LockedUser, store.UserLockout(tenant, ""), false},
		{LockedUser, store.ApplicationUserLockout(tenant, 0, ""), true},
		{LockedUserAddress, store.UserAddressLockout(tenant, ""), false},
		{LockedUserAddress, store.ApplicationAddressLockout(tenant, 0, ""), true},
		{LockedAddress, store.EndUserAddressLockout(tenant, ""), false},
	}
}

// lockedMembers returns the members whose accounts are locked; what is held against them is not of the tenant alone.
func lockedMembers(tx *store.Tx, tenant license.TenantID, now license.Time) (list []Locked, err error) {
	members, err := tx.LockedMembers(tenant, audienceUser, now, maxLocked)
	for i := range members {
		m := &members[i]
		if l, locked := lockedNow(LockedMember, m.Email, m.Lockout, now); locked {
			l.User = m.User
			list = append(list, l)
		}
	}
	return list, err
}

// lockedNow says how something is locked at now. Whether it is does not depend on a policy.
func lockedNow(kind LockedKind, subject string, s identity.Lockout, now license.Time) (Locked, bool) {
	s = identity.LockoutPolicy{}.At(s, now)
	locked, wait := identity.LockoutPolicy{}.Locked(s, now)
	l := Locked{Kind: kind, Subject: subject, Lockout: s}
	if !s.Permanent {
		l.Until = now.Add(wait)
	}
	return l, locked
}

// splitProduct takes the product from the beginning of the subject.
func (l *Locked) splitProduct() {
	id, subject, _ := strings.Cut(l.Subject, "/")
	n, _ := license.ParseID(id)
	l.Product, l.Subject = license.ProductID(n), subject
}

// findHolder finds out whose name it is.
func (l *Locked) findHolder(tx *store.Tx, tenant license.TenantID) error {
	if l.Kind != LockedUser {
		return nil
	}
	u, err := tx.FindLicenseUserByName(tenant, l.Product, l.Subject)
	switch {
	case license.CodeOf(err) == license.NotFound:
		return nil
	case err != nil:
		return err
	}
	l.Holder, l.Subject = u.ID, u.Name
	return nil
}

// ClearLockout forgets what is held against something that ListLockouts returned; nothing held is no error. Its Kind, Subject and Product
// say what. A member is for owners (S0-46), a license user for whoever may change customers, an address for whoever may change settings.
func (o *Office) ClearLockout(ctx context.Context, actor identity.Actor, l Locked) error {
	var key store.LockoutKey
	needs, kind, word := identity.WriteSettings, license.AddressUnlocked, "address"
	switch tenant := actor.Tenant; {
	case l.Kind == LockedMember:
		return o.Unlock(ctx, actor, l.Subject)
	case l.Kind == LockedUser && l.Product == 0:
		needs, kind, word, key = identity.WriteCustomers, license.LoginUnlocked, "name", store.UserLockout(tenant, l.Subject)
	case l.Kind == LockedUser:
		needs, kind, word, key = identity.WriteCustomers, license.LoginUnlocked, "name", store.ApplicationUserLockout(tenant, l.Product, l.Subject)
	case l.Kind == LockedUserAddress && l.Product == 0:
		key = store.UserAddressLockout(tenant, l.Subject)
	case l.Kind == LockedUserAddress:
		key = store.ApplicationAddressLockout(tenant, l.Product, l.Subject)
	case l.Kind == LockedAddress:
		key = store.EndUserAddressLockout(tenant, l.Subject)
	default:
		return license.Invalidf("kind", "nothing of that kind is locked")
	}
	if err := may(actor, needs); err != nil {
		return err
	}
	return o.d.Store.Write(ctx, func(tx *store.Tx) error {
		before, err := tx.LockLockout(key)
		if err != nil {
			return err
		}
		if err := tx.SaveLockout(key, identity.Lockout{}); err != nil || before == (identity.Lockout{}) {
			return err
		}
		if err := l.findHolder(tx, actor.Tenant); err != nil {
			return err
		}
		return tx.AppendEvents(actor.Tenant, actor.String(), o.d.Now(), license.Event{Kind: kind, Subject: int64(l.Holder),
			Data: map[string]any{word: l.Subject, "was_permanent": before.Permanent}})
	})
}
