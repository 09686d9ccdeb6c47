package store

import (
	"net/netip"
	"slices"
	"strconv"

	"licet/internal/identity"
	"licet/internal/license"
)

// Audiences whose failures are counted for each tenant: the doors for license users.
const (
	audienceLicenseUser        = "license_user"
	audienceLicenseUserAddress = "license_user_address"
	audienceApplicationUser    = "application_user"
	audienceApplicationAddress = "application_address"
)

// Audience of the failures of a whole server: who looks after a license from an address.
const audienceEndUserAddress = "end_user_address"

// SettingAddressLockout is the setting of a server with the lockout policy of the addresses of end users, as JSON; none is
// identity.Address.
const SettingAddressLockout = "lockout.address"

// The settings of a tenant that client apps depend on.
const (
	SettingUserLockout    = "lockout." + audienceLicenseUser // a lockout policy as JSON; none is the server's (S0-47)
	SettingChangePassword = "license_users.change_password"  // "false" keeps license users from changing their passwords
	SettingRSASize        = "answers.rsa_size"               // bits of the next key that answers are signed with; none is 2048
)

// UserLockout says whose failures are counted when a license user of the whole tenant signs in, known or not.
func UserLockout(tenant license.TenantID, name string) LockoutKey {
	return LockoutKey{Tenant: tenant, Audience: audienceLicenseUser, Subject: foldName(name)}
}

// UserAddressLockout says whose failures are counted when license users sign in from a network address.
func UserAddressLockout(tenant license.TenantID, address string) LockoutKey {
	return LockoutKey{Tenant: tenant, Audience: audienceLicenseUserAddress, Subject: address}
}

// ApplicationUserLockout says whose failures are counted when a user of an application signs in.
func ApplicationUserLockout(tenant license.TenantID, product license.ProductID, name string) LockoutKey {
	return LockoutKey{Tenant: tenant, Audience: audienceApplicationUser, Subject: strconv.FormatInt(int64(product), 10) + "/" + foldName(name)}
}

// ApplicationAddressLockout says whose failures are counted when users of an application sign in from a network address,
// or somebody there says keys that no license has.
func ApplicationAddressLockout(tenant license.TenantID, product license.ProductID, address string) LockoutKey {
	return LockoutKey{Tenant: tenant, Audience: audienceApplicationAddress, Subject: strconv.FormatInt(int64(product), 10) + "/" + address}
}

// EndUserAddressLockout says whose failures are counted when somebody at a network address shows keys and passwords of licenses
// (software-dna.md §8). Each tenant counts by itself, so that none locks anybody out of another's licenses. A household's network of
// IPv6 is one address.
func EndUserAddressLockout(tenant license.TenantID, address string) LockoutKey {
	if ip, err := netip.ParseAddr(address); err == nil && ip.Is6() && !ip.Is4In6() {
		if network, err := ip.Prefix(householdBits); err == nil {
			address = network.String()
		}
	}
	return LockoutKey{Tenant: tenant, Audience: audienceEndUserAddress, Subject: address}
}

// householdBits is how much of an address of IPv6 a household has of its own.
const householdBits = 64

// Guard is one lockout that stands before a password.
type Guard struct {
	Key    LockoutKey
	Policy identity.LockoutPolicy
	Reason license.Reason // to refuse with while it is locked
}

// AnyHeld reports whether anything at all is held against one of the subjects: most often nothing is, and then no policy
// need be asked.
func (tx *Tx) AnyHeld(keys ...LockoutKey) (bool, error) {
	held := make([]identity.Lockout, len(keys))
	for i, k := range keys {
		if err := tx.ask(nil, findLockout, []any{k.Tenant, k.Audience, k.Subject}, lockoutInto(&held[i])...); err != nil {
			return false, err
		}
	}
	err := tx.flush()
	return slices.ContainsFunc(held, func(s identity.Lockout) bool { return s != identity.Lockout{} }), err
}

// CheckGuards refuses what is locked, before anything is hashed.
func (tx *Tx) CheckGuards(guards []Guard, now license.Time) error {
	for _, g := range guards {
		s, err := tx.FindLockout(g.Key)
		if err != nil {
			return err
		}
		if err := g.Policy.Check(s, now, g.Reason); err != nil {
			return err
		}
	}
	return nil
}

// HoldGuards is CheckGuards under lock, for something that is right and not enough, such as a password before a second factor: nothing
// is noted, so that it takes no failure back. Nobody else counts for these guards until the end of the transaction.
func (tx *Tx) HoldGuards(guards []Guard, now license.Time) error {
	for _, g := range guards {
		s, err := tx.LockLockout(g.Key)
		if err != nil {
			return err
		}
		if err := g.Policy.Check(s, now, g.Reason); err != nil {
			return err
		}
		if err := tx.SaveLockout(g.Key, s); err != nil {
			return err
		}
	}
	return nil
}

// CountAttempt looks at the guards again, under lock, and notes whether the password was right. What it returns first is
// the answer, which must not undo what was counted: login_locked, address_locked, credentials_wrong, or nil. locked is
// what is held against the first guard where this attempt began a lock of it, else nil. Everybody gives the guard of the
// account first, so that they are locked in one order.
func (tx *Tx) CountAttempt(guards []Guard, right bool, now license.Time) (refused error, locked *identity.Lockout, err error) {
	states := make([]identity.Lockout, len(guards))
	for i, g := range guards {
		if states[i], err = tx.LockLockout(g.Key); err != nil {
			return nil, nil, err
		}
		if refused == nil {
			refused = g.Policy.Check(states[i], now, g.Reason)
		}
	}
	isLocked := refused != nil
	if !right && !isLocked {
		refused = license.Refuse(license.CredentialsWrong)
	}
	for i, g := range guards {
		next := states[i]
		switch {
		case !right:
			next = g.Policy.Failed(next, now)
		case !isLocked:
			next = g.Policy.Succeeded(next, now)
		}
		if err := tx.SaveLockout(g.Key, next); err != nil {
			return nil, nil, err
		}
		if i == 0 && next.Level > states[i].Level {
			locked = &next
		}
	}
	return refused, locked, nil
}
