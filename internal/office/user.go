package office

import (
	"context"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/store"
)

// The people of a tenant, under the names that adapters know them by.
type (
	User       = store.PlatformUser
	Member     = store.Member
	Membership = store.Membership
)

// NewUser is a platform user to make.
type NewUser struct {
	Email    string
	Name     string
	Password identity.Secret
	Role     identity.Role // in the actor's tenant
}

// CreateUser makes a platform user who is a member of the actor's tenant. It refuses with
// password_weak, with Conflict when the e-mail address is taken (see [Office.AddMember]), and with
// permission_missing when the actor may not give that role.
func (o *Office) CreateUser(ctx context.Context, actor identity.Actor, n NewUser) (Member, error) {
	if err := mayManage(actor, n.Role); err != nil {
		return Member{}, err
	}
	email, err := license.CheckEmail("email", n.Email)
	if err != nil {
		return Member{}, err
	}
	if err := checkText("name", n.Name, 0, maxName); err != nil {
		return Member{}, err
	}
	hash, err := o.d.Hasher.HashNew(ctx.Done(), o.d.Passwords, identity.Account{Email: email}, n.Password.Reveal())
	if err != nil {
		return Member{}, err
	}
	var m Member
	err = o.d.Store.Write(ctx, func(tx *store.Tx) error {
		now := o.d.Now()
		m = Member{Tenant: actor.Tenant, Role: n.Role, Since: now, User: User{Email: email, Name: n.Name, Created: now}}
		if _, err := tx.FindTenant(actor.Tenant); err != nil {
			return err
		}
		if err := tx.InsertUser(&m.User, hash); err != nil {
			return err
		}
		return insertMember(tx, actor, now, &m)
	})
	return m, err
}

// AddMember makes an existing platform user a member of the actor's tenant. NotFound when nobody has
// that e-mail address, Conflict when they are a member.
func (o *Office) AddMember(ctx context.Context, actor identity.Actor, email string, role identity.Role) (Member, error) {
	if err := mayManage(actor, role); err != nil {
		return Member{}, err
	}
	var m Member
	err := o.d.Store.Write(ctx, func(tx *store.Tx) error {
		now := o.d.Now()
		if _, err := tx.FindTenant(actor.Tenant); err != nil {
			return err
		}
		user, err := tx.FindUserByEmail(email)
		if err != nil {
			return err
		}
		m = Member{Tenant: actor.Tenant, User: user, Role: role, Since: now}
		return insertMember(tx, actor, now, &m)
	})
	return m, err
}

func insertMember(tx *store.Tx, actor identity.Actor, now license.Time, m *Member) error {
	if err := tx.InsertMember(m); err != nil {
		return err
	}
	return tx.AppendEvents(m.Tenant, actor.String(), now, license.Event{Kind: license.MemberAdded, Subject: int64(m.User.ID),
		Data: map[string]any{"email": m.User.Email, "role": m.Role}})
}

// mayManage refuses who may not make somebody a member with a role.
func mayManage(actor identity.Actor, role identity.Role) error {
	if err := may(actor, identity.WriteUsers); err != nil {
		return err
	}
	if _, err := identity.ParseRole(string(role)); err != nil {
		return err
	}
	if actor.Kind == identity.PlatformUser && actor.Role.MayManage(role) || onlyOperator(actor) == nil {
		return nil
	}
	if actor.Kind == identity.ClientApp && role != identity.Owner {
		return nil
	}
	return license.Refusef(license.PermissionMissing, "only an owner may do this with owners")
}

// ListMembers returns the platform users of the actor's tenant.
func (o *Office) ListMembers(ctx context.Context, actor identity.Actor, page Page) (list []Member, err error) {
	if err := may(actor, identity.ReadUsers); err != nil {
		return nil, err
	}
	err = o.d.Store.Read(ctx, func(tx *store.Tx) (err error) {
		list, err = tx.ListMembers(actor.Tenant, license.UserID(page.Before), page.size())
		return err
	})
	return list, err
}

// FindMember returns a platform user of the actor's tenant by e-mail address or identity.
func (o *Office) FindMember(ctx context.Context, actor identity.Actor, ref string) (m Member, err error) {
	if err := may(actor, identity.ReadUsers); err != nil {
		return Member{}, err
	}
	err = o.d.Store.Read(ctx, func(tx *store.Tx) (err error) {
		m, err = findMember(tx, actor.Tenant, ref)
		return err
	})
	return m, err
}

func findMember(tx *store.Tx, tenant license.TenantID, ref string) (Member, error) {
	id, isID := license.ParseID(ref)
	if !isID {
		user, err := tx.FindUserByEmail(ref)
		if err != nil {
			return Member{}, err
		}
		id = int64(user.ID)
	}
	return tx.FindMember(tenant, license.UserID(id))
}

// SetRole changes what a member of the actor's tenant is. Conflict for the last owner.
func (o *Office) SetRole(ctx context.Context, actor identity.Actor, ref string, role identity.Role) error {
	_, err := o.ChangeMember(ctx, actor, ref, MemberChange{Role: &role})
	return err
}

// RemoveMember ends a membership in the actor's tenant, and takes back the invitations that they made; the account stays. Conflict for
// the last owner.
func (o *Office) RemoveMember(ctx context.Context, actor identity.Actor, ref string) error {
	return o.onMember(ctx, actor, ref, func(tx *store.Tx, m Member) (string, error) {
		if err := notLastOwner(tx, m); err != nil {
			return "", err
		}
		if err := tx.DropInvitationsBy(m.Tenant, m.User.ID); err != nil {
			return "", err
		}
		return "removed", tx.DropMember(m.Tenant, m.User.ID)
	})
}

// DisableUser switches an account off everywhere (S0-49), or on again. An account that belongs to other
// tenants too is Forbidden to all but the operator: remove the member instead. Conflict for the last
// owner of a tenant.
func (o *Office) DisableUser(ctx context.Context, actor identity.Actor, ref string, disabled bool) error {
	_, err := o.ChangeMember(ctx, actor, ref, MemberChange{Disabled: &disabled})
	return err
}

func notLastOwner(tx *store.Tx, m Member) error {
	if m.Role != identity.Owner {
		return nil
	}
	others, err := tx.CountOtherOwners(m.Tenant, m.User.ID)
	if err == nil && others == 0 {
		err = &license.Error{Code: license.Conflict, Message: "the last owner of a tenant stays; make somebody else an owner first"}
	}
	return err
}

// onlyHere refuses a change of an account that other tenants rely on too.
func onlyHere(tx *store.Tx, actor identity.Actor, m Member) error {
	if onlyOperator(actor) == nil {
		return nil
	}
	all, err := tx.Memberships(m.User.ID)
	if err == nil && len(all) > 1 {
		err = license.Refusef(license.PermissionMissing, "this account belongs to other tenants too; only its holder or the operator may change it")
	}
	return err
}
