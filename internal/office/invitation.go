package office

import (
	"cmp"
	"context"
	"errors"
	"strings"
	"time"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/store"
)

// invitationGood is how long an invitation is good.
const invitationGood = 7 * 24 * time.Hour

// Invitation lets somebody join the tenant that it was made in.
type Invitation struct {
	ID      license.InvitationID
	Email   string
	Role    identity.Role
	By      string // who invited, by e-mail address or as the audit log names them
	Created license.Time
	Expires license.Time
}

// InvitationView is an invitation as the invited person sees it.
type InvitationView struct {
	Invitation
	TenantName string
	HasAccount bool // there is an account with the e-mail address: it joins after signing in
}

func viewInvitation(row *store.Invitation) Invitation {
	return Invitation{ID: row.ID, Email: row.Email, Role: row.Role, By: row.By, Created: row.Created, Expires: row.Expires}
}

// Invite lets whoever has an e-mail address join the actor's tenant with a role, and sends them a link, which link makes of a token. The
// token is returned too, for where there is no mail server. It is good for 7 days, and once; inviting the same address again takes the
// former invitation back. Conflict for a member; permission_missing when the actor may not give that role.
func (o *Office) Invite(ctx context.Context, actor identity.Actor, email string, role identity.Role, link func(token string) string) (Invitation, identity.Secret, error) {
	if err := mayManage(actor, role); err != nil {
		return Invitation{}, "", err
	}
	email, err := license.CheckEmail("email", email)
	if err != nil {
		return Invitation{}, "", err
	}
	token, hash, _, err := identity.NewToken(o.d.Rand, identity.KindInvitation)
	if err != nil {
		return Invitation{}, "", err
	}
	row := store.Invitation{Tenant: actor.Tenant, Email: email, Role: role, By: cmp.Or(actor.Name, actor.String()), ByUser: actor.User, Hash: hash}
	err = o.d.Store.Write(ctx, func(tx *store.Tx) error {
		row.Created = o.d.Now()
		row.Expires = row.Created.Add(invitationGood)
		// Members change under the tenant's lock alone, so nobody joins meanwhile.
		tenant, err := tx.LockTenant(actor.Tenant)
		if err != nil {
			return err
		}
		if err := noMember(tx, actor.Tenant, email); err != nil {
			return err
		}
		if err := tx.SaveInvitation(&row); err != nil {
			return err
		}
		m := store.Mail{Tenant: actor.Tenant, Kind: store.MailInvitation, Recipient: email, Created: row.Created}
		d := store.MailData{Link: link(token.Reveal()), Company: tenant.Name, By: row.By, Role: strings.ReplaceAll(string(role), "_", "-")}
		if err := tx.QueueMail(actor.String(), &m, d, o.d.Keyring.Seal); err != nil {
			return err
		}
		return o.noteInvitation(tx, actor, license.InvitationMade, &row)
	})
	if err != nil {
		return Invitation{}, "", err
	}
	o.kickMail()
	return viewInvitation(&row), token, nil
}

// noMember refuses an address whose account is a member of the tenant.
func noMember(tx *store.Tx, tenant license.TenantID, email string) error {
	u, err := tx.FindUserByEmail(email)
	if err == nil {
		_, err = tx.FindMember(tenant, u.ID)
	}
	switch {
	case err == nil:
		return &license.Error{Code: license.Conflict, Field: "email", Message: email + " is a member already"}
	case errors.Is(err, license.NotFound):
		return nil
	}
	return err
}

func (o *Office) noteInvitation(tx *store.Tx, actor identity.Actor, kind license.EventKind, row *store.Invitation) error {
	return tx.AppendEvents(row.Tenant, actor.String(), o.d.Now(), license.Event{Kind: kind, Subject: int64(row.ID),
		Data: map[string]any{"email": row.Email, "role": row.Role}})
}

// ListInvitations returns the invitations to the actor's tenant that are good, the newest first, at most 1000.
func (o *Office) ListInvitations(ctx context.Context, actor identity.Actor) (list []Invitation, err error) {
	if err := may(actor, identity.ReadUsers); err != nil {
		return nil, err
	}
	err = o.d.Store.Read(ctx, func(tx *store.Tx) error {
		list = nil
		rows, err := tx.ListInvitations(actor.Tenant)
		for i := range rows {
			if o.d.Now() < rows[i].Expires {
				list = append(list, viewInvitation(&rows[i]))
			}
		}
		return err
	})
	return list, err
}

// WithdrawInvitation takes an invitation to the actor's tenant back.
func (o *Office) WithdrawInvitation(ctx context.Context, actor identity.Actor, id license.InvitationID) error {
	if err := may(actor, identity.WriteUsers); err != nil {
		return err
	}
	return o.d.Store.Write(ctx, func(tx *store.Tx) error {
		row, err := tx.FindInvitationByID(actor.Tenant, id)
		if err != nil {
			return err
		}
		if err := mayManage(actor, row.Role); err != nil {
			return err
		}
		dropped, err := tx.DropInvitation(actor.Tenant, id)
		if err == nil && !dropped {
			err = errLinkGone()
		}
		if err != nil {
			return err
		}
		return o.noteInvitation(tx, actor, license.InvitationWithdrawn, &row)
	})
}

// FindInvitation returns the invitation that a token is for; NotFound where it is good no more.
func (o *Office) FindInvitation(ctx context.Context, token identity.Secret) (v InvitationView, err error) {
	hash, ok := tokenHash(token, identity.KindInvitation)
	if !ok {
		return v, errLinkGone()
	}
	err = o.d.Store.Read(ctx, func(tx *store.Tx) error {
		row, err := tx.FindInvitation(hash, o.d.Now())
		if err != nil {
			return err
		}
		tenant, err := tx.FindTenant(row.Tenant)
		if err != nil {
			return err
		}
		v = InvitationView{Invitation: viewInvitation(&row), TenantName: tenant.Name}
		_, err = tx.FindUserByEmail(row.Email)
		v.HasAccount = err == nil
		if errors.Is(err, license.NotFound) {
			err = nil
		}
		return err
	})
	return v, err
}

// AcceptInvitation makes an account for whoever was invited, with a name that may be empty and a password, makes them a member, and signs
// them in. Conflict where there is an account with the e-mail address: see [Office.JoinInvitation]. It refuses with NotFound for an
// invitation that is good no more, and with password_weak, after which it stays good.
func (o *Office) AcceptInvitation(ctx context.Context, token identity.Secret, name string, password identity.Secret, v Visitor) (s WebSession, next identity.Secret, err error) {
	view, err := o.FindInvitation(ctx, token)
	if err == nil && view.HasAccount {
		err = &license.Error{Code: license.Conflict, Message: "there is an account with this e-mail address; sign in and join"}
	}
	if err != nil {
		return WebSession{}, "", err
	}
	name = strings.TrimSpace(name)
	if err := checkText("name", name, 0, maxName); err != nil {
		return WebSession{}, "", err
	}
	hash, err := o.d.Hasher.HashNew(ctx.Done(), o.d.Passwords, identity.Account{Email: view.Email}, password.Reveal())
	if err != nil {
		return WebSession{}, "", err
	}
	err = o.d.Store.Write(ctx, func(tx *store.Tx) error {
		row, err := o.takeInvitation(tx, token)
		if err != nil {
			return err
		}
		u := User{Email: row.Email, Name: name, Created: o.d.Now()}
		if err := tx.InsertUser(&u, hash); err != nil {
			return err
		}
		if err := o.join(tx, u, &row); err != nil {
			return err
		}
		s, next, err = o.openSession(tx, u, v, opening{with: "invitation", tenant: row.Tenant})
		return err
	})
	return done(s, next, err)
}

// takeInvitation uses an invitation up, under the lock of its tenant.
func (o *Office) takeInvitation(tx *store.Tx, token identity.Secret) (store.Invitation, error) {
	hash, ok := tokenHash(token, identity.KindInvitation)
	if !ok {
		return store.Invitation{}, errLinkGone()
	}
	row, err := tx.FindInvitation(hash, o.d.Now())
	if err == nil {
		_, err = tx.LockTenant(row.Tenant)
	}
	if err != nil {
		return row, err
	}
	return tx.TakeInvitation(hash, o.d.Now())
}

// join makes somebody a member as they were invited.
func (o *Office) join(tx *store.Tx, u User, row *store.Invitation) error {
	actor := personally(u)
	actor.Tenant = row.Tenant
	m := Member{Tenant: row.Tenant, User: u, Role: row.Role, Since: o.d.Now()}
	if err := insertMember(tx, actor, m.Since, &m); err != nil {
		return err
	}
	return o.noteInvitation(tx, actor, license.InvitationAccepted, row)
}

// JoinInvitation makes the actor, a platform user, a member of the tenant that a token invites them to. It refuses with NotFound for an
// invitation that is good no more, permission_missing for one that was made for another e-mail address, and Conflict for a member.
func (o *Office) JoinInvitation(ctx context.Context, actor identity.Actor, token identity.Secret) error {
	if err := self(actor); err != nil {
		return err
	}
	return o.d.Store.Write(ctx, func(tx *store.Tx) error {
		row, err := o.takeInvitation(tx, token)
		if err != nil {
			return err
		}
		u, err := tx.FindUser(actor.User)
		switch {
		case err != nil:
			return err
		case u.Disabled:
			return license.Refuse(license.AccountDisabled)
		case store.FoldEmail(u.Email) != store.FoldEmail(row.Email):
			return license.Refusef(license.PermissionMissing, "this invitation is for another e-mail address; sign in with that one")
		}
		return o.join(tx, u, &row)
	})
}
