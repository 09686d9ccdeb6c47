package office

import (
	"context"
	"strings"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/store"
)

// MemberChange says what is to differ on a member of a tenant; a nil field leaves its value.
type MemberChange struct {
	Role     *identity.Role
	Disabled *bool // the account is switched off everywhere; see [Office.DisableUser]

	If func(Member) error // looks at what is stored, and its error is the answer; nil is no condition
}

// ChangeMember changes a platform user of the actor's tenant, by e-mail address or identity, as SetRole and DisableUser do, all at once.
func (o *Office) ChangeMember(ctx context.Context, actor identity.Actor, ref string, c MemberChange) (m Member, err error) {
	if c.Role != nil {
		if err := mayManage(actor, *c.Role); err != nil {
			return Member{}, err
		}
	}
	err = o.onMember(ctx, actor, ref, func(tx *store.Tx, stored Member) (string, error) {
		m = stored
		if c.If != nil {
			if err := c.If(m); err != nil {
				return "", err
			}
		}
		return c.apply(tx, actor, &m)
	})
	if err != nil {
		return Member{}, err
	}
	return m, nil
}

// apply changes a member whose tenant is locked, and returns what it did in words, "" for nothing.
func (c *MemberChange) apply(tx *store.Tx, actor identity.Actor, m *Member) (string, error) {
	var did []string
	before := *m
	if c.Role != nil && *c.Role != m.Role {
		did = append(did, "role:"+string(*c.Role))
		if err := notLastOwner(tx, before); err != nil {
			return "", err
		}
		if err := tx.SaveRole(m.Tenant, m.User.ID, *c.Role); err != nil {
			return "", err
		}
		m.Role = *c.Role
		if err := tx.DropInvitationsBy(m.Tenant, m.User.ID); err != nil { // They may be for more than the new role may give.
			return "", err
		}
	}
	if c.Disabled != nil && *c.Disabled != m.User.Disabled {
		did = append(did, switched(*c.Disabled))
		if err := switchUser(tx, actor, before, *c.Disabled); err != nil {
			return "", err
		}
		m.User.Disabled = *c.Disabled
	}
	return strings.Join(did, " "), nil
}

// switched is what the audit log says of an account that was switched off, or on again.
func switched(off bool) string {
	if off {
		return "disabled"
	}
	return "enabled"
}

// switchUser switches the account of a member off everywhere, or on again.
func switchUser(tx *store.Tx, actor identity.Actor, m Member, off bool) error {
	if err := onlyHere(tx, actor, m); err != nil {
		return err
	}
	if off {
		if err := notLastOwner(tx, m); err != nil {
			return err
		}
		if _, err := tx.DropWebSessions(m.User.ID, 0); err != nil {
			return err
		}
		if err := tx.DropInvitationsBy(m.Tenant, m.User.ID); err != nil {
			return err
		}
	}
	return tx.DisableUser(m.User.ID, off)
}

// onMember locks the actor's tenant, checks that the actor may manage the member, and records what was done, unless it is nothing.
func (o *Office) onMember(ctx context.Context, actor identity.Actor, ref string, do func(*store.Tx, Member) (did string, err error)) error {
	if err := may(actor, identity.WriteUsers); err != nil {
		return err
	}
	return o.d.Store.Write(ctx, func(tx *store.Tx) error {
		if _, err := tx.LockTenant(actor.Tenant); err != nil {
			return err
		}
		m, err := findMember(tx, actor.Tenant, ref)
		if err != nil {
			return err
		}
		if err := mayManage(actor, m.Role); err != nil {
			return err
		}
		did, err := do(tx, m)
		if err != nil || did == "" {
			return err
		}
		return tx.AppendEvents(m.Tenant, actor.String(), o.d.Now(), license.Event{Kind: license.MemberChanged, Subject: int64(m.User.ID),
			Data: map[string]any{"email": m.User.Email, "change": did}})
	})
}
