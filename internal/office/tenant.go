package office

import (
	"context"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/store"
)

// CreateTenant makes a vendor company. Only the operator may. Conflict when the code is taken.
func (o *Office) CreateTenant(ctx context.Context, actor identity.Actor, code, name string) (license.Tenant, error) {
	if err := onlyOperator(actor); err != nil {
		return license.Tenant{}, err
	}
	if err := checkCode(code); err != nil {
		return license.Tenant{}, err
	}
	if err := checkText("name", name, 1, maxName); err != nil {
		return license.Tenant{}, err
	}
	var t license.Tenant
	err := o.d.Store.Write(ctx, func(tx *store.Tx) error {
		now := o.d.Now()
		t = license.Tenant{Code: code, Name: name, Created: now}
		if err := tx.InsertTenant(&t); err != nil {
			return err
		}
		return tx.AppendEvents(t.ID, actor.String(), now, license.Event{
			Kind: license.TenantCreated, Subject: int64(t.ID), Data: map[string]any{"code": code}})
	})
	return t, err
}

// ListTenants returns the tenants of the server, newest first. Only the operator may; a platform user
// has [Office.TenantsOf].
func (o *Office) ListTenants(ctx context.Context, actor identity.Actor, page Page) (list []license.Tenant, err error) {
	if err := onlyOperator(actor); err != nil {
		return nil, err
	}
	err = o.d.Store.Read(ctx, func(tx *store.Tx) (err error) {
		list, err = tx.ListTenants(license.TenantID(page.Before), page.size())
		return err
	})
	return list, err
}

// UsualTenant is the server setting that names the tenant, by its code, that the operator works in without saying so, where there are
// several. A demo has it.
const UsualTenant = "tenant.usual"

// FindTenant returns a tenant by its code or identity. The operator finds every one, and with an empty
// ref the only one there is, or the usual one; anybody else finds their own.
func (o *Office) FindTenant(ctx context.Context, actor identity.Actor, ref string) (t license.Tenant, err error) {
	err = o.d.Store.Read(ctx, func(tx *store.Tx) (err error) {
		t, err = findTenant(tx, actor, ref)
		return err
	})
	return t, err
}

func findTenant(tx *store.Tx, actor identity.Actor, ref string) (license.Tenant, error) {
	var t license.Tenant
	var err error
	id, isID := license.ParseID(ref)
	switch {
	case isID:
		t, err = tx.FindTenant(license.TenantID(id))
	case ref != "":
		t, err = tx.FindTenantByCode(ref)
	case actor.Tenant != 0:
		t, err = tx.FindTenant(actor.Tenant)
	default:
		t, err = onlyTenant(tx, actor)
	}
	if err == nil && onlyOperator(actor) != nil && actor.Tenant != t.ID {
		err = &license.Error{Code: license.NotFound, Message: "no such tenant"}
	}
	if err != nil {
		return license.Tenant{}, err
	}
	return t, nil
}

func onlyTenant(tx *store.Tx, actor identity.Actor) (license.Tenant, error) {
	if err := onlyOperator(actor); err != nil {
		return license.Tenant{}, err
	}
	code, named, err := tx.ServerSetting(UsualTenant)
	if err != nil {
		return license.Tenant{}, err
	}
	if named {
		if t, err := tx.FindTenantByCode(code); license.CodeOf(err) != license.NotFound {
			return t, err
		}
	}
	list, err := tx.ListTenants(0, 2)
	switch {
	case err != nil:
		return license.Tenant{}, err
	case len(list) == 0:
		return license.Tenant{}, &license.Error{Code: license.NotFound, Message: "there is no tenant yet; create one first"}
	case len(list) > 1:
		return license.Tenant{}, license.Invalidf("tenant", "there are several tenants; say which one")
	}
	return list[0], nil
}

// TenantsOf returns the tenants that a platform user belongs to, oldest first, with the role in each
// (S0-05). It asks no permission: the door calls it for whoever signed in.
func (o *Office) TenantsOf(ctx context.Context, user license.UserID) (list []Membership, err error) {
	err = o.d.Store.Read(ctx, func(tx *store.Tx) (err error) {
		list, err = tx.Memberships(user)
		return err
	})
	return list, err
}

// ActorFor returns a platform user as an actor in one tenant, with the role they have there. NotFound
// when they do not belong to it (S0-06), account_disabled when they are switched off.
func (o *Office) ActorFor(ctx context.Context, user license.UserID, tenant license.TenantID) (identity.Actor, error) {
	var m Member
	err := o.d.Store.Read(ctx, func(tx *store.Tx) (err error) {
		m, err = tx.FindMember(tenant, user)
		return err
	})
	if err != nil {
		return identity.Actor{}, err
	}
	if m.User.Disabled {
		return identity.Actor{}, license.Refuse(license.AccountDisabled)
	}
	return identity.Actor{Kind: identity.PlatformUser, Tenant: tenant, User: user, Name: m.User.Email, Role: m.Role}, nil
}
