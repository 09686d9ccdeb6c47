package office

import (
	"context"
	"encoding/json"
	"net/netip"
	"strings"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/store"
)

// AddressLockout is what is held against a network address from which end users looked after licenses (software-dna.md §8). There
// is one on a server, whoever's licenses those were.
type AddressLockout struct {
	Address          string
	identity.Lockout      // as it stands now; the zero value holds nothing
	Locked           bool // now
}

// ListAddressLockouts returns what is held against addresses of end users now, by their names, beyond the address after ("" is the
// beginning), at most limit (1 to 1000). Each tenant has its own.
func (o *Office) ListAddressLockouts(ctx context.Context, actor identity.Actor, after string, limit int) (list []AddressLockout, err error) {
	if err := may(actor, identity.ReadCustomers); err != nil {
		return nil, err
	}
	const most = 1000
	limit = min(max(limit, 1), most)
	err = o.d.Store.Read(ctx, func(tx *store.Tx) error {
		list = nil
		policy, _, err := addressPolicy(tx)
		for next := after; err == nil; {
			var held []store.HeldLockout
			held, err = tx.ListLockouts(store.EndUserAddressLockout(actor.Tenant, next), most)
			for _, h := range held {
				// What was forgotten is stored until the next rejection.
				if l := standingOf(policy, h.Subject, h.Lockout, o.d.Now()); l.Lockout != (identity.Lockout{}) && len(list) < limit {
					list = append(list, l)
				}
				next = h.Subject
			}
			if len(held) < most || len(list) == limit {
				break
			}
		}
		return err
	})
	return list, err
}

// standingOf says what is held against an address at now.
func standingOf(policy identity.LockoutPolicy, address string, s identity.Lockout, now license.Time) AddressLockout {
	s = policy.At(s, now)
	locked, _ := policy.Locked(s, now)
	return AddressLockout{address, s, locked}
}

// FindAddressLockout returns what is held against an address of end users now.
func (o *Office) FindAddressLockout(ctx context.Context, actor identity.Actor, address string) (l AddressLockout, err error) {
	if err := may(actor, identity.ReadCustomers); err != nil {
		return l, err
	}
	if address, err = checkAddress(address); err != nil {
		return l, err
	}
	err = o.d.Store.Read(ctx, func(tx *store.Tx) error {
		policy, _, err := addressPolicy(tx)
		if err != nil {
			return err
		}
		s, err := tx.FindLockout(store.EndUserAddressLockout(actor.Tenant, address))
		l = standingOf(policy, address, s, o.d.Now())
		return err
	})
	return l, err
}

// ClearAddressLockout forgets what is held against an address of end users, a lock too; nothing held is no error. It takes whoever may
// change the settings of a tenant, which say when an address is locked: an owner, a program that an owner gave that right, or the
// operator in the tenant, which keeps the event.
func (o *Office) ClearAddressLockout(ctx context.Context, actor identity.Actor, address string) error {
	if err := may(actor, identity.WriteSettings); err != nil {
		return err
	}
	address, err := checkAddress(address)
	if err != nil {
		return err
	}
	return o.d.Store.Write(ctx, func(tx *store.Tx) error {
		if _, err := tx.FindTenant(actor.Tenant); err != nil {
			return err
		}
		key := store.EndUserAddressLockout(actor.Tenant, address)
		before, err := tx.LockLockout(key)
		if err != nil {
			return err
		}
		if err := tx.SaveLockout(key, identity.Lockout{}); err != nil || before == (identity.Lockout{}) {
			return err
		}
		return tx.AppendEvents(actor.Tenant, actor.String(), o.d.Now(), license.Event{Kind: license.AddressUnlocked,
			Data: map[string]any{"address": address, "was_permanent": before.Permanent}})
	})
}

// AddressLockoutPolicy returns the lockout policy of addresses of end users on this server, and whether it is its own: else it is
// identity.Address.
func (o *Office) AddressLockoutPolicy(ctx context.Context, actor identity.Actor) (policy identity.LockoutPolicy, own bool, err error) {
	if err := onlyOperator(actor); err != nil {
		return policy, false, err
	}
	err = o.d.Store.Read(ctx, func(tx *store.Tx) (err error) {
		policy, own, err = addressPolicy(tx)
		return err
	})
	return policy, own, err
}

// SetAddressLockoutPolicy gives the server a lockout policy for addresses of end users: identity.Address, changed by the fields of a
// JSON object; "" goes back to that. It holds for every tenant, from the next attempt on, and is stored complete, so later releases
// do not change it (S2-26). It is for the operator, in the tenant that keeps the event.
func (o *Office) SetAddressLockoutPolicy(ctx context.Context, actor identity.Actor, override string) (identity.LockoutPolicy, error) {
	policy := identity.Address()
	if err := onlyOperator(actor); err != nil {
		return policy, err
	}
	if err := may(actor, identity.WriteSettings); err != nil {
		return policy, err
	}
	var full []byte
	if override != "" {
		changed, err := policy.With([]byte(override))
		if err != nil {
			return policy, err
		}
		if full, err = json.Marshal(changed); err != nil {
			return policy, err
		}
		policy = changed
	}
	return policy, o.d.Store.Write(ctx, func(tx *store.Tx) error {
		if _, err := tx.FindTenant(actor.Tenant); err != nil {
			return err
		}
		if err := setServer(tx, store.SettingAddressLockout, string(full)); err != nil {
			return err
		}
		return tx.AppendEvents(actor.Tenant, actor.String(), o.d.Now(), license.Event{Kind: license.SettingChanged,
			Data: map[string]any{"setting": store.SettingAddressLockout, "value": string(full)}})
	})
}

// setServer keeps a setting of the server; "" is its default.
func setServer(tx *store.Tx, name, value string) error {
	if value == "" {
		return tx.DropServerSetting(name)
	}
	return tx.SaveServerSetting(name, value)
}

// addressPolicy is the policy that holds now, and whether it is the server's own.
func addressPolicy(tx *store.Tx) (policy identity.LockoutPolicy, own bool, err error) {
	policy = identity.Address()
	text, own, err := tx.ServerSetting(store.SettingAddressLockout)
	if err == nil && own {
		policy, err = policy.With([]byte(text))
	}
	return policy, own, err
}

// checkAddress refuses what is no network address, and returns it in the form in which it is counted.
func checkAddress(text string) (string, error) {
	address, err := netip.ParseAddr(strings.TrimSpace(text))
	if err != nil {
		return "", license.Invalidf("address", "%q is no network address", text)
	}
	return address.Unmap().String(), nil
}
