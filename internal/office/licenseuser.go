package office

import (
	"context"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/store"
)

// NewLicenseUser is an end user to make.
type NewLicenseUser struct {
	Product   string // code, number or identity of the product they belong to; "" is the whole tenant
	Name      string // what they sign in by, unique in any letter case; "" is the e-mail address
	Email     string
	FirstName string
	LastName  string
	Phone     string
	Customer  string          // e-mail address or identity of the customer they are of; "" is nobody
	Password  identity.Secret // "" has one made
}

// CreateLicenseUser makes a license user of the actor's tenant and returns the password they begin with (S0-55), which
// apps of the tenant can read until the user changes it. It refuses with password_weak, and with Conflict when there is
// one of that name.
func (o *Office) CreateLicenseUser(ctx context.Context, actor identity.Actor, n NewLicenseUser) (license.LicenseUser, identity.Secret, error) {
	if err := may(actor, identity.WriteCustomers); err != nil {
		return license.LicenseUser{}, "", err
	}
	if err := n.check(); err != nil {
		return license.LicenseUser{}, "", err
	}
	given := store.UserSecrets{LicenseUser: license.LicenseUser{Name: n.Name, Email: n.Email}}
	password, hash, err := o.givePassword(ctx, &given, n.Password)
	if err != nil {
		return license.LicenseUser{}, "", err
	}
	var u store.UserSecrets
	err = o.d.Store.Write(ctx, func(tx *store.Tx) (err error) {
		now := o.d.Now()
		u = store.UserSecrets{LicenseUser: license.LicenseUser{
			Tenant: actor.Tenant, Name: n.Name, Email: n.Email, FirstName: n.FirstName, LastName: n.LastName, Phone: n.Phone,
			InitialPassword: true, Created: now,
		}}
		if u.Product, err = userScope(tx, actor, n.Product); err != nil {
			return err
		}
		if n.Customer != "" {
			c, err := findCustomer(tx, actor.Tenant, n.Customer)
			if err != nil {
				return err
			}
			u.Customer = c.ID
		}
		made, err := tx.InsertLicenseUser(&u.LicenseUser)
		if err != nil {
			return err
		}
		if !made {
			return &license.Error{Code: license.Conflict, Field: "name", Message: "there is already a license user " + n.Name}
		}
		if _, err := o.saveInitial(tx, &u, password, hash); err != nil {
			return err
		}
		return tx.AppendEvents(actor.Tenant, actor.String(), now, license.Event{Kind: license.UserCreated, Subject: int64(u.ID),
			Data: map[string]any{"name": u.Name, "product": int64(u.Product)}})
	})
	if err != nil {
		return license.LicenseUser{}, "", err
	}
	return u.LicenseUser, password, nil
}

// check refuses what is no license user, and fills the name.
func (n *NewLicenseUser) check() (err error) {
	if n.Email != "" {
		if n.Email, err = license.CheckEmail("email", n.Email); err != nil {
			return err
		}
	}
	if n.Name == "" {
		n.Name = n.Email
	}
	if err := checkText("name", n.Name, 1, maxName); err != nil {
		return err
	}
	return checkTexts(map[string]string{"first_name": n.FirstName, "last_name": n.LastName, "phone": n.Phone})
}

// givePassword hashes a password that somebody is given, or one that it makes. It takes long, so it is done outside any
// transaction.
func (o *Office) givePassword(ctx context.Context, u *store.UserSecrets, password identity.Secret) (identity.Secret, identity.PasswordHash, error) {
	if password == "" {
		var err error
		if password, err = identity.NewPassword(o.d.Rand); err != nil {
			return "", "", err
		}
	}
	hash, err := o.d.Hasher.HashNew(ctx.Done(), o.d.Passwords, u.Account(), password.Reveal())
	return password, hash, err
}

// saveInitial stores a password that somebody was given; false when theirs was changed since u was read.
func (o *Office) saveInitial(tx *store.Tx, u *store.UserSecrets, password identity.Secret, hash identity.PasswordHash) (bool, error) {
	sealed := o.d.Keyring.Seal(u.InitialContext(), []byte(password.Reveal()))
	return tx.SaveUserPassword(u, string(hash), sealed, identity.MaxRemembered)
}

// userScope returns whose license users are meant: those of a product, or with "" those of the whole tenant.
func userScope(tx *store.Tx, actor identity.Actor, product string) (license.ProductID, error) {
	if product == "" {
		_, err := tx.FindTenant(actor.Tenant)
		return 0, err
	}
	p, err := findProduct(tx, actor, product)
	return p.ID, err
}

// findLicenseUser finds a license user by name, among those of a product or with "" of the whole tenant, else by
// identity: then with "" of whatever product.
func findLicenseUser(tx *store.Tx, actor identity.Actor, product, ref string) (license.LicenseUser, error) {
	scope, err := userScope(tx, actor, product)
	if err != nil {
		return license.LicenseUser{}, err
	}
	u, err := tx.FindLicenseUserByName(actor.Tenant, scope, ref)
	if license.CodeOf(err) != license.NotFound {
		return u, err
	}
	id, isID := license.ParseID(ref)
	if !isID {
		return u, err
	}
	byID, idErr := tx.FindLicenseUser(actor.Tenant, license.LicenseUserID(id))
	if idErr == nil && product != "" && byID.Product != scope {
		idErr = err
	}
	return byID, idErr
}

// LicenseUserFilter narrows a list of license users. The zero value is those of the whole tenant.
type LicenseUserFilter struct {
	Product  string // those of one product: code, number or identity
	Customer string // those of a customer, of whatever product: e-mail address or identity
	Prefix   string // what the name begins with, in any letter case
	Banned   *bool
}

// ListLicenseUsers returns license users of the actor's tenant: a full page, but for the last one, whatever the filter leaves out.
func (o *Office) ListLicenseUsers(ctx context.Context, actor identity.Actor, f LicenseUserFilter, page Page) (list []license.LicenseUser, err error) {
	for wanted := page.size(); ; {
		part, next, err := o.SearchLicenseUsers(ctx, actor, f, page)
		if err != nil {
			return nil, err
		}
		list = append(list, part...)
		if page.Before, page.Limit = next, wanted-len(list); next == 0 || page.Limit == 0 {
			return list, nil
		}
	}
}

// LicenseUserDetail is a license user with what belongs to them.
type LicenseUserDetail struct {
	license.LicenseUser
	Holds  []license.Redemption // the newest 1000 licenses
	Locked identity.Lockout     // what is held against them after wrong passwords
}

// FindLicenseUser returns a license user by name or identity, among those of a product or with "" of the whole tenant.
func (o *Office) FindLicenseUser(ctx context.Context, actor identity.Actor, product, user string) (d LicenseUserDetail, err error) {
	if err := may(actor, identity.ReadCustomers); err != nil {
		return LicenseUserDetail{}, err
	}
	err = o.d.Store.Read(ctx, func(tx *store.Tx) (err error) {
		if d.LicenseUser, err = findLicenseUser(tx, actor, product, user); err != nil {
			return err
		}
		if d.Holds, err = tx.LicensesOfUser(actor.Tenant, d.ID, 0, 1000); err != nil {
			return err
		}
		d.Locked, err = tx.FindLockout(lockoutOf(&d.LicenseUser))
		return err
	})
	return d, err
}

// lockoutOf says where it is kept what is held against a license user.
func lockoutOf(u *license.LicenseUser) store.LockoutKey {
	if u.Product != 0 {
		return store.ApplicationUserLockout(u.Tenant, u.Product, u.Name)
	}
	return store.UserLockout(u.Tenant, u.Name)
}

// ResetUserPassword gives a license user another password, or with "" one that it makes, and returns it. It is an
// initial password again (S0-59). It refuses with password_weak and password_reused.
func (o *Office) ResetUserPassword(ctx context.Context, actor identity.Actor, product, user string, password identity.Secret) (identity.Secret, error) {
	if err := may(actor, identity.WriteCustomers); err != nil {
		return "", err
	}
	var u store.UserSecrets
	err := o.d.Store.Read(ctx, func(tx *store.Tx) error {
		found, err := findLicenseUser(tx, actor, product, user)
		if err != nil {
			return err
		}
		u, err = tx.FindUserSecrets(actor.Tenant, found.ID)
		return err
	})
	if err != nil {
		return "", err
	}
	password, hash, err := o.givePassword(ctx, &u, password)
	if err != nil {
		return "", err
	}
	err = o.d.Store.Write(ctx, func(tx *store.Tx) error {
		saved, err := o.saveInitial(tx, &u, password, hash)
		if err != nil {
			return err
		}
		if !saved {
			return &license.Error{Code: license.Conflict, Message: "the password was changed meanwhile; try again"}
		}
		return tx.AppendEvents(actor.Tenant, actor.String(), o.d.Now(), license.Event{Kind: license.PasswordChanged, Subject: int64(u.ID),
			Data: map[string]any{"name": u.Name, "initial": true}})
	})
	if err != nil {
		return "", err
	}
	return password, nil
}

// UnlockLicenseUser clears what is held against a license user after wrong passwords, a permanent
// lock too (S0-46): by name one of the whole tenant, by identity any.
func (o *Office) UnlockLicenseUser(ctx context.Context, actor identity.Actor, user string) error {
	if err := may(actor, identity.WriteCustomers); err != nil {
		return err
	}
	return o.d.Store.Write(ctx, func(tx *store.Tx) error {
		u, err := findLicenseUser(tx, actor, "", user)
		if err != nil {
			return err
		}
		key := lockoutOf(&u)
		before, err := tx.LockLockout(key)
		if err != nil {
			return err
		}
		if err := tx.SaveLockout(key, identity.Lockout{}); err != nil {
			return err
		}
		return tx.AppendEvents(actor.Tenant, actor.String(), o.d.Now(), license.Event{Kind: license.LoginUnlocked, Subject: int64(u.ID),
			Data: map[string]any{"name": u.Name, "was_permanent": before.Permanent}})
	})
}

// BanLicenseUser keeps a license user from signing in, whatever licenses they hold (S1-18). product says whose users are
// meant, "" those of the whole tenant.
func (o *Office) BanLicenseUser(ctx context.Context, actor identity.Actor, product, user, reason string) (license.LicenseUser, error) {
	if err := checkText("reason", reason, 0, maxName); err != nil {
		return license.LicenseUser{}, err
	}
	return o.judgeUser(ctx, actor, product, user, func(tx *store.Tx, u license.LicenseUser, now license.Time) (license.Change, error) {
		theirs, err := applicationUsers(tx, []license.LicenseUser{u})
		if err == nil {
			err = keepOut(tx, actor, now, reason, theirs...)
		}
		return license.BanUser(u, reason), err
	})
}

// UnbanLicenseUser lets a license user sign in again.
func (o *Office) UnbanLicenseUser(ctx context.Context, actor identity.Actor, product, user string) (license.LicenseUser, error) {
	return o.judgeUser(ctx, actor, product, user, func(tx *store.Tx, u license.LicenseUser, now license.Time) (license.Change, error) {
		theirs, err := applicationUsers(tx, []license.LicenseUser{u})
		if err == nil {
			err = letIn(tx, actor, now, theirs...)
		}
		return license.UnbanUser(u), err
	})
}

func (o *Office) judgeUser(ctx context.Context, actor identity.Actor, product, user string, decide func(*store.Tx, license.LicenseUser, license.Time) (license.Change, error)) (u license.LicenseUser, err error) {
	if err := may(actor, identity.WriteCustomers); err != nil {
		return license.LicenseUser{}, err
	}
	err = o.d.Store.Write(ctx, func(tx *store.Tx) error {
		found, err := findLicenseUser(tx, actor, product, user)
		if err != nil {
			return err
		}
		if u, err = tx.LockLicenseUser(actor.Tenant, found.ID); err != nil {
			return err
		}
		now := o.d.Now()
		ch, err := decide(tx, u, now)
		if err != nil {
			return err
		}
		u = ch.Users[0]
		return tx.Apply(actor.Tenant, actor.String(), now, &ch)
	})
	return u, err
}
