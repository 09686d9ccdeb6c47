package authority

import (
	"context"
	"crypto/sha256"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/store"
)

// Visit is an app of an application at the door: in which session, from where and when.
type Visit struct {
	App     license.Application
	Session store.ApplicationSession // the zero value before one was begun
	Address string
	Now     license.Time
}

// SignedIn refuses with NotSignedIn where nobody has signed in with the session.
func (v *Visit) SignedIn() error {
	if v.Session.User == 0 {
		return license.Refuse(license.NotSignedIn)
	}
	return nil
}

// clock is the time by which what users hold is counted.
func (v *Visit) clock() license.Time { return v.App.Clock(v.Now) }

// closed refuses with ApplicationDisabled, and with HoldingPaused while the application is paused: an app that began a session
// before stays out too (keyauth.md §9.10). A vendor's own server, which has no session, goes on.
func (v *Visit) closed() error { return v.closedBy(&v.App) }

// closedBy is closed by an application as it is now.
func (v *Visit) closedBy(app *license.Application) error {
	switch {
	case !v.begun():
		return nil
	case app.Disabled:
		return license.Refuse(license.ApplicationDisabled)
	case app.PausedAt != 0:
		return license.Refuse(license.HoldingPaused)
	}
	return nil
}

// begun reports whether there is a session to sign in with.
func (v *Visit) begun() bool { return v.Session.IDHash != [32]byte{} }

// actor is who the events of somebody signed in are recorded for.
func (v *Visit) actor() string {
	return identity.Actor{Kind: identity.LicenseUser, LicenseUser: v.Session.User, Name: v.Session.UserName}.String()
}

// Application returns the application that apps name by its owner and its name, or ApplicationUnknown.
func (a *Authority) Application(ctx context.Context, owner, name string) (app license.Application, err error) {
	err = a.store.Read(ctx, func(tx *store.Tx) (err error) {
		app, err = tx.FindApplication(owner, name)
		return err
	})
	if err == nil {
		a.notes.call(callKey{tenant: app.Tenant, product: app.Product, kind: store.CallVisit}, 1)
	}
	return app, err
}

// ApplicationSecret returns what an application shares with its apps of the older dialect (keyauth.md §3.2).
func (a *Authority) ApplicationSecret(app *license.Application) (identity.Secret, error) {
	text, err := a.keyring.Open(app.SecretContext(), app.Secret)
	return identity.Secret(text), err
}

// ApplicationVisit returns a visit with a session that an app says it has begun, in one look at the database. It refuses with
// ApplicationUnknown, and with SessionUnknown for one that is not of this application or has ended; then the Visit has its
// App.
func (a *Authority) ApplicationVisit(ctx context.Context, owner, name, session, address string) (Visit, error) {
	v := Visit{Address: address, Now: a.now()}
	err := a.store.Read(ctx, func(tx *store.Tx) (err error) {
		if v.App, err = tx.FindApplication(owner, name); err != nil {
			return err
		}
		v.Session, err = tx.FindSession(v.App.Tenant, v.App.Product, sha256.Sum256([]byte(session)), v.Now)
		return err
	})
	if v.App.Product != 0 {
		a.notes.call(callKey{v.App.Tenant, v.App.Product, store.CallVisit, answerOf(err)}, 1)
	}
	return v, err
}

// Logout ends the session.
func (a *Authority) Logout(ctx context.Context, v *Visit) error {
	return a.store.Write(ctx, func(tx *store.Tx) error {
		_, err := tx.DropSession(v.App.Tenant, v.App.Product, v.Session.IDHash)
		return err
	})
}

// IsBlocklisted reports whether the application keeps out the address or the machine of an app; "" is no machine.
func (a *Authority) IsBlocklisted(ctx context.Context, v *Visit, hardware string) (blocked bool, err error) {
	err = a.store.Read(ctx, func(tx *store.Tx) (err error) {
		blocked, err = tx.IsBlocked(v.App.Tenant, v.App.Product, v.Address, hardware)
		return err
	})
	return blocked, err
}

// because refuses with the reason that somebody gave, where they gave one, in place of the general sentence.
func because(r license.Reason, why string) error {
	if why == "" {
		return license.Refuse(r)
	}
	return license.Refusef(r, "%s", why)
}
