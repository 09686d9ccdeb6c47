package office

import (
	"context"
	"errors"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/store"
)

// resetMost is how many links of one account are good at a time.
const resetMost = 3

// AskPasswordReset sends the platform user with an e-mail address a link by which they choose a new password: link makes it of a token. It
// is good for an hour, and once; of one account three are good at a time, and who asks for more gets nothing.
//
// Whether there is such an account, and whether it is switched off, is not to be told from the answer: nil.
func (o *Office) AskPasswordReset(ctx context.Context, email string, link func(token string) string, v Visitor) error {
	email, err := license.CheckEmail("email", email)
	if err != nil {
		return nil
	}
	token, hash, _, err := identity.NewToken(o.d.Rand, identity.KindReset)
	if err != nil {
		return err
	}
	err = o.d.Store.Write(ctx, func(tx *store.Tx) error {
		now := o.d.Now()
		if err := tx.HoldSubject(userLockout(email)); err != nil {
			return err
		}
		n, err := tx.CountPasswordResets(email, now)
		if err != nil || n >= resetMost {
			return err
		}
		u, err := tx.FindUserByEmail(email)
		if err != nil && !errors.Is(err, license.NotFound) {
			return err
		}
		if u.Disabled {
			u = User{}
		}
		if err := tx.InsertPasswordReset(&store.PasswordReset{Hash: hash, Email: email, User: u.ID, Expires: now.Add(store.UserResetGood)}); err != nil {
			return err
		}
		return o.mailReset(tx, u, store.MailData{Link: link(token.Reveal())}, v)
	})
	if err == nil {
		o.kickMail()
	}
	return err
}

// mailReset tells somebody, unless it is nobody, and their tenants.
func (o *Office) mailReset(tx *store.Tx, u User, d store.MailData, v Visitor) error {
	if u.ID == 0 {
		return nil
	}
	tenants, err := tx.Memberships(u.ID)
	if err != nil || len(tenants) == 0 {
		return err // Nobody's queue takes the mail, and there is nothing to sign in to.
	}
	now, by := o.d.Now(), identity.Actor{Kind: identity.System}
	m := store.Mail{Tenant: tenants[0].Tenant.ID, Kind: store.MailUserReset, Recipient: u.Email, Created: now}
	if err := tx.QueueMail(by.String(), &m, d, o.d.Keyring.Seal); err != nil {
		return err
	}
	return toTenants(tx, u.ID, by, now, license.Event{Kind: license.PasswordResetAsked, Subject: int64(u.ID),
		Data: map[string]any{"address": v.Address}})
}

// kickMail sends what was queued, where this process sends mails.
func (o *Office) kickMail() {
	if o.d.Mail != nil && !o.rehearses {
		o.d.Mail.Kick()
	}
}

// FindPasswordReset returns whose password a link changes; NotFound where it is good no more.
func (o *Office) FindPasswordReset(ctx context.Context, token identity.Secret) (u User, err error) {
	hash, ok := tokenHash(token, identity.KindReset)
	if !ok {
		return User{}, errLinkGone()
	}
	err = o.d.Store.Read(ctx, func(tx *store.Tx) (err error) {
		if u, err = tx.FindPasswordReset(hash, o.d.Now()); err == nil && u.Disabled {
			err = errLinkGone()
		}
		return err
	})
	if err != nil {
		return User{}, err
	}
	return u, nil
}

func errLinkGone() error {
	return &license.Error{Code: license.NotFound, Message: "this link is not good any more; ask for a new one"}
}

// ResetPassword gives whoever has a link a new password, and ends all their sessions. What is held against the account stays, a permanent
// lock too: that is for an owner to end (S0-46). It refuses with NotFound for a link that is good no more, password_weak and
// password_reused; after these the link stays good.
func (o *Office) ResetPassword(ctx context.Context, token, password identity.Secret, v Visitor) error {
	u, err := o.FindPasswordReset(ctx, token)
	if err != nil {
		return err
	}
	hash, _ := tokenHash(token, identity.KindReset)
	var cred store.Credentials
	err = o.d.Store.Read(ctx, func(tx *store.Tx) (err error) {
		cred, err = tx.FindCredentials(u.Email)
		return err
	})
	if err != nil {
		return err
	}
	account := identity.Account{Email: cred.Email, Previous: cred.Hashes}
	next, err := o.d.Hasher.HashNew(ctx.Done(), o.d.Passwords, account, password.Reveal())
	if err != nil {
		return err
	}
	return o.d.Store.Write(ctx, func(tx *store.Tx) error {
		u, err := tx.FindPasswordReset(hash, o.d.Now())
		if err != nil {
			return err
		}
		first, err := tx.DropPasswordReset(hash)
		if err == nil && (!first || u.Disabled) {
			err = errLinkGone()
		}
		if err != nil {
			return err
		}
		if err := replacePassword(tx, &cred, next, 0); err != nil {
			return err
		}
		return toTenants(tx, u.ID, personally(u), o.d.Now(), license.Event{Kind: license.PasswordChanged, Subject: int64(u.ID),
			Data: map[string]any{"by": "link", "address": v.Address}})
	})
}
