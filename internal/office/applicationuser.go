package office

import (
	"context"
	"strings"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/store"
)

// NewApplicationUser is a user of an application to make.
type NewApplicationUser struct {
	Name     string
	Level    string          // that they hold; "" is the default one
	Lasts    license.Span    // how long, from now on
	Password identity.Secret // "" is none: the first that they sign in with becomes theirs
	Email    string          // "" is none
	Roams    bool            // the lock to a machine is not for them
}

// CreateApplicationUser makes a user of an application who holds a level, by a license without a key in an order of its own
// (keyauth.md §11, adduser). It refuses with name_taken, name_too_short, NotFound for the level, and as Invalid the name "all",
// which stands for every user.
func (o *Office) CreateApplicationUser(ctx context.Context, actor identity.Actor, product string, n NewApplicationUser) (u license.ApplicationUser, err error) {
	if err := may(actor, identity.WriteCustomers); err != nil {
		return u, err
	}
	digest, err := o.digestEmail(actor.Tenant, n.Email)
	if err != nil {
		return u, err
	}
	if err := checkSpan(n.Lasts); err != nil {
		return u, err
	}
	hash, err := o.hashUserPassword(ctx, n.Password)
	if err != nil {
		return u, err
	}
	err = o.onLockedApplication(ctx, actor, identity.WriteCustomers, product, func(w *applicationWork) error {
		u = license.ApplicationUser{
			LicenseUser: license.LicenseUser{Tenant: w.app.Tenant, Product: w.app.Product, Name: strings.TrimSpace(n.Name), Created: w.now},
			Email:       digest, Roams: n.Roams, CreatedBy: actor.Name,
		}
		if err := checkUserName(w.app.Settings, u.Name); err != nil {
			return err
		}
		level, err := w.level(n.Level)
		if err != nil {
			return err
		}
		made, err := w.tx.InsertApplicationUser(&u, hash)
		if err == nil && !made {
			err = license.Refuse(license.NameTaken)
		}
		if err != nil {
			return err
		}
		if err := w.note(license.Event{Kind: license.UserCreated, Subject: int64(u.ID),
			Data: map[string]any{"name": u.Name, "product": int64(u.Product)}}); err != nil {
			return err
		}
		return o.grant(w, []license.ApplicationUser{u}, level, n.Lasts)
	})
	if err != nil {
		return license.ApplicationUser{}, err
	}
	return u, nil
}

// checkUserName refuses a name that nobody is given: apps may have users named all, but there they are taken at their word.
func checkUserName(s *license.ApplicationSettings, name string) error {
	if strings.EqualFold(name, "all") {
		return license.Invalidf("username", "the name all stands for every user")
	}
	return s.CheckName(name)
}

// digestEmail returns what is stored of an e-mail address, nil for none.
func (o *Office) digestEmail(tenant license.TenantID, email string) ([]byte, error) {
	if email == "" {
		return nil, nil
	}
	email, err := license.CheckEmail("email", email)
	if err != nil {
		return nil, err
	}
	return o.d.Keyring.EmailDigests(tenant, email)[0], nil
}

// maxPassword is how long a password may be, in bytes.
const maxPassword = 1000

// hashUserPassword hashes the password of an application's user, for which there is no policy; "" has none. It takes long, so
// it is done outside any transaction.
func (o *Office) hashUserPassword(ctx context.Context, password identity.Secret) (string, error) {
	switch {
	case password == "":
		return "", nil
	case len(password.Reveal()) > maxPassword:
		return "", license.Invalidf("password", "a password has at most %d bytes", maxPassword)
	}
	hash, err := o.d.Hasher.Hash(ctx.Done(), password.Reveal())
	return string(hash), err
}

// grant gives users a level for a length of time, by a license without a key for each. They are issued in one order.
func (o *Office) grant(w *applicationWork, users []license.ApplicationUser, level license.Level, lasts license.Span) error {
	if len(users) == 0 {
		return nil
	}
	policy, err := w.tx.FindDefaultPolicy(w.app.Tenant, w.app.Product)
	if err != nil {
		return err
	}
	terms, err := applicationTerms(level.Number, lasts).Apply(policy.Terms)
	if err != nil {
		return err
	}
	order, made, err := o.insertOrder(w.tx, w.actor, w.now, NewOrder{}, 0)
	if err == nil && !made {
		err = &license.Error{Code: license.Conflict, Message: "the order id is taken; try again"}
	}
	if err != nil {
		return err
	}
	issue := license.Issue{Product: w.product.Product, Order: order, Policy: policy.ID, Terms: &terms}
	record, grants, err := license.NewLicense(&issue, w.now)
	if err != nil {
		return err
	}
	record.CreatedBy = w.actor.Name
	records := make([]license.LicenseRecord, len(users))
	for i := range records {
		records[i] = record
	}
	if _, err := w.tx.InsertLicenses(records); err != nil {
		return err
	}
	if err := recordIssue(w.tx, w.actor, w.now, &issue, records, grants); err != nil {
		return err
	}
	for i := range users {
		if err := w.redeem(records[i].License, &users[i].LicenseUser, level); err != nil {
			return err
		}
	}
	return nil
}

// applicationTerms is what licenses of an application differ in from the policy: they last from their first use on, and grant a
// level.
func applicationTerms(level int64, lasts license.Span) TermsChange {
	kind, starts := license.TimeLimited, license.StartsAtFirstUse
	return TermsChange{Type: &kind, Starts: &starts, Duration: &lasts, Level: &level}
}

// redeem lets a user hold a level by a license that was just issued for that. While the application is paused the time of
// it does not run either.
func (w *applicationWork) redeem(l license.License, u *license.LicenseUser, level license.Level) error {
	s := license.State{Product: w.product.Product, License: l, User: u}
	ch, err := license.Redeem(&s, []license.Level{level}, w.now)
	if err != nil {
		return err
	}
	for i := range ch.Redemptions {
		r := &ch.Redemptions[i]
		if r.ExpiresAt != 0 {
			r.ExpiresAt -= w.now - w.clock()
		}
		if r.PausedAt != 0 {
			r.PausedAt = w.clock()
		}
	}
	return w.apply(&ch)
}

// UserDetail is a user of an application with what is theirs.
type UserDetail struct {
	license.ApplicationUser
	Holdings  []license.Holding    // ended or not, the newest 1000
	Variables []store.UserVariable // by name
	Now       license.Time         // the application's clock, by which the time left is counted
}

// ApplicationUser returns a user of an application by name. It refuses with user_unknown.
func (o *Office) ApplicationUser(ctx context.Context, actor identity.Actor, product, name string) (d UserDetail, err error) {
	err = o.readApplication(ctx, actor, identity.ReadCustomers, product, func(tx *store.Tx, app *license.Application) error {
		d.Now = app.Clock(o.d.Now())
		if d.ApplicationUser, err = tx.FindApplicationUser(app.Tenant, app.Product, name); err != nil {
			return err
		}
		if d.Holdings, err = tx.Holdings(app.Tenant, d.ID); err != nil {
			return err
		}
		d.Variables, err = tx.UserVariables(app.Tenant, d.ID)
		return err
	})
	return d, err
}

// ListApplicationUsers returns the users of an application.
func (o *Office) ListApplicationUsers(ctx context.Context, actor identity.Actor, product string, page Page) (list []license.ApplicationUser, err error) {
	err = o.readApplication(ctx, actor, identity.ReadCustomers, product, func(tx *store.Tx, app *license.Application) (err error) {
		list, err = tx.ListApplicationUsers(app.Tenant, app.Product, license.LicenseUserID(page.Before), page.size())
		return err
	})
	return list, err
}

// UserWebToken returns what a user's web loader signs in with in place of the password: 32 hexadecimal digits, made where there
// are none yet. As a secret it needs customers:write.
func (o *Office) UserWebToken(ctx context.Context, actor identity.Actor, product, name string) (token identity.Secret, err error) {
	fresh, err := newHex(o.d.Rand, 16)
	if err != nil {
		return "", err
	}
	err = o.onUser(ctx, actor, product, name, func(w *applicationWork, u *license.ApplicationUser) error {
		context := store.WebTokenContext(u.ID)
		sealed, err := w.tx.WebToken(u.Tenant, u.ID)
		if err != nil {
			return err
		}
		if sealed == nil {
			token = identity.Secret(fresh)
			return w.tx.SaveWebToken(u.Tenant, u.ID, o.d.Keyring.Seal(context, []byte(fresh)))
		}
		known, err := o.d.Keyring.Open(context, sealed)
		if err != nil {
			return license.Wrap(license.Internal, "the token of the user cannot be read; is this the right master key?", err)
		}
		token = identity.Secret(known)
		return nil
	})
	return token, err
}
