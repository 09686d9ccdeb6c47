package office

import (
	"context"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/store"
)

// LockoutRules are the policies for wrong passwords that hold in a tenant (S0-39, S0-47).
type LockoutRules struct {
	Members identity.LockoutPolicy // platform users
	Users   identity.LockoutPolicy // license users

	OwnMembers bool // the tenant's own, not the server's
	OwnUsers   bool

	Addresses       identity.LockoutPolicy // addresses that people sign in from, on the whole server
	ClientAddresses identity.LockoutPolicy // addresses that licenses are looked after from, on the whole server
}

// LockoutRules returns the policies for wrong passwords of the actor's tenant, for whoever may read its settings or its customers: who
// unlocks somebody is to know why they were locked.
func (o *Office) LockoutRules(ctx context.Context, actor identity.Actor) (r LockoutRules, err error) {
	if may(actor, identity.ReadCustomers) != nil {
		if err := may(actor, identity.ReadSettings); err != nil {
			return r, err
		}
	}
	err = o.d.Store.Read(ctx, func(tx *store.Tx) (err error) {
		r = LockoutRules{Addresses: o.d.Addresses}
		if r.Members, r.OwnMembers, err = ownLockout(tx, actor.Tenant, settingLockout, o.d.Lockout); err != nil {
			return err
		}
		if r.Users, r.OwnUsers, err = ownLockout(tx, actor.Tenant, store.SettingUserLockout, o.d.UserLockout); err != nil {
			return err
		}
		r.ClientAddresses, _, err = addressPolicy(tx)
		return err
	})
	return r, err
}

// ownLockout is the policy that a tenant has under a name, else the server's.
func ownLockout(tx *store.Tx, tenant license.TenantID, name string, server identity.LockoutPolicy) (identity.LockoutPolicy, bool, error) {
	text, own, err := tx.TenantSetting(tenant, name)
	if err != nil || !own {
		return server, false, err
	}
	policy, err := server.With([]byte(text))
	return policy, true, err
}

// PasswordDemands says what new passwords of platform users must be, each to be read after "the password must" (S0-36 to S0-38).
func (o *Office) PasswordDemands() []string { return o.d.Passwords.Demands() }

// SendsMail reports whether the server has a mail server. Without one mails wait, and links are handed over otherwise.
func (o *Office) SendsMail() bool { return o.d.Mail != nil && o.d.Mail.Ready() }

// CheckSetUp refuses a token as SetUp would: with Conflict where there is a tenant, and with NotFound where it is good no more.
func (o *Office) CheckSetUp(ctx context.Context, token identity.Secret) error {
	return o.d.Store.Read(ctx, func(tx *store.Tx) error { return o.isSetUp(tx, token) })
}

// RenameTenant gives the actor's tenant another name; its code stays.
func (o *Office) RenameTenant(ctx context.Context, actor identity.Actor, name string) error {
	if err := may(actor, identity.WriteSettings); err != nil {
		return err
	}
	if err := checkText("company", name, 1, maxName); err != nil {
		return err
	}
	return o.d.Store.Write(ctx, func(tx *store.Tx) error {
		t, err := tx.LockTenant(actor.Tenant)
		if err != nil || t.Name == name {
			return err
		}
		if err := tx.SaveTenantName(t.ID, name); err != nil {
			return err
		}
		return tx.AppendEvents(t.ID, actor.String(), o.d.Now(), license.Event{Kind: license.SettingChanged,
			Data: map[string]any{"setting": "company.name", "value": name, "before": t.Name}})
	})
}

// MembersSeen returns when the members of the actor's tenant were last seen, to five minutes: those with a session that is remembered,
// which is about a week.
func (o *Office) MembersSeen(ctx context.Context, actor identity.Actor) (seen map[license.UserID]license.Time, err error) {
	if err := may(actor, identity.ReadUsers); err != nil {
		return nil, err
	}
	err = o.d.Store.Read(ctx, func(tx *store.Tx) (err error) {
		seen, err = tx.MembersSeen(actor.Tenant)
		return err
	})
	return seen, err
}
