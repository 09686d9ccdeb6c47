package store

import (
	"licet/internal/license"
)

// ApplicationLogin is a user of an application with what proves who they are.
type ApplicationLogin struct {
	license.ApplicationUser
	Hash   string // of their password, "" is none
	Key    string // folded key of the license that is their password where they have no hash; "" is none
	Token  []byte // of their web loader, sealed for WebTokenContext; nil is none
	Factor SecondFactor

	AddressRuled bool // address rules may have a say about the application, whoever it is
}

// SecondFactor is what codes are made from. Both secrets are sealed for [SecondFactorContext].
type SecondFactor struct {
	Secret       []byte // nil is no second factor
	Step         int64  // the last that a code was taken of
	Pending      []byte // what becomes the secret once a code of it was seen; nil is none
	PendingUntil license.Time
}

const secondFactorColumns = `application_users.totp_secret, application_users.totp_step, application_users.pending_secret,
       application_users.pending_until`

func secondFactorInto(f *SecondFactor) []any {
	return []any{&f.Secret, &f.Step, &f.Pending, &f.PendingUntil}
}

const loginColumns = applicationUserColumns + `,
       license_users.password_hash, application_users.came_with, application_users.web_token, ` + secondFactorColumns + `,
       ` + hardwareColumns

const (
	findLogin        = `SELECT ` + loginColumns + userNamed
	findLoginByEmail = `SELECT ` + loginColumns + userMailed
)

// LoginQuery says who wants to sign in to an application, and from where.
type LoginQuery struct {
	Tenant   license.TenantID
	Product  license.ProductID
	Name     string   // in any letter case
	Digests  [][]byte // of the e-mail address, under every key it may have been stored with; where Name is ""
	Address  string
	Hardware string // "" is none
}

// FindLogin returns the user who wants to sign in, the zero value where there is none, and whether the address or the
// machine is kept out.
func (tx *Tx) FindLogin(q *LoginQuery) (login ApplicationLogin, blocked bool, err error) {
	if err = tx.askBlocked(&blocked, q.Tenant, q.Product, q.Address, q.Hardware); err != nil {
		return login, false, err
	}
	var ruled bool
	if err = tx.ask(nil, askAddressRuled, []any{q.Tenant, q.Product}, &ruled); err != nil {
		return login, false, err
	}
	if q.Name != "" {
		err = tx.login(&login, findLogin, q.Tenant, q.Product, foldName(q.Name))
	}
	for _, digest := range q.Digests {
		if err == nil && login.ID == 0 && q.Name == "" {
			err = tx.login(&login, findLoginByEmail, q.Tenant, q.Product, digest)
		}
	}
	if err == nil {
		err = tx.flush()
	}
	login.AddressRuled = ruled
	return login, blocked, err
}

func (tx *Tx) login(into *ApplicationLogin, sql string, args ...any) error {
	var known machines
	err := tx.each(sql, args, func(scan func(...any) error) error {
		var row ApplicationLogin
		var m machine
		dest := append(applicationUserInto(&row.ApplicationUser), &row.Hash, &row.Key, &row.Token)
		dest = append(append(dest, secondFactorInto(&row.Factor)...), machineInto(&m)...)
		if err := scan(dest...); err != nil {
			return err
		}
		if into.ID == 0 || row.ID < into.ID {
			*into, known = row, nil
		}
		if row.ID == into.ID {
			known.take(m)
		}
		return nil
	})
	into.Hardware = known.ids()
	return err
}

const userHash = `SELECT password_hash FROM license_users WHERE tenant_id = $1 AND id = $2`

// UserHash returns the hash of a user's password, "" when they have none.
func (tx *Tx) UserHash(tenant license.TenantID, id license.LicenseUserID) (hash string, err error) {
	_, err = tx.one(userHash, []any{tenant, id}, &hash)
	return hash, err
}

const (
	setUserHash   = `UPDATE license_users SET password_hash = $3, initial_password = NULL WHERE tenant_id = $1 AND id = $2`
	setCameWith   = `UPDATE application_users SET came_with = $3 WHERE tenant_id = $1 AND user_id = $2`
	claimUserHash = `UPDATE license_users SET password_hash = $3 WHERE tenant_id = $1 AND id = $2 AND password_hash = ''`
)

// SetUserHash stores the hash of a user's new password. With "" they have none: then their name is their password when byKey
// is set, as with one who came with a license alone, else the first that they sign in with becomes theirs.
func (tx *Tx) SetUserHash(tenant license.TenantID, id license.LicenseUserID, hash string, byKey bool) error {
	cameWith := ""
	if byKey {
		u, err := tx.FindApplicationUserByID(tenant, id)
		if err != nil {
			return err
		}
		cameWith = license.FoldKey(u.Name)
	}
	if err := tx.run(setCameWith, tenant, id, cameWith); err != nil {
		return err
	}
	return tx.run(setUserHash, tenant, id, hash)
}

// ClaimUserHash stores the hash of the first password of a user who has none; false when they have one by now.
func (tx *Tx) ClaimUserHash(tenant license.TenantID, id license.LicenseUserID, hash string) (bool, error) {
	n, err := tx.affected(claimUserHash, tenant, id, hash)
	return n == 1, err
}

const noteSignIn = `UPDATE application_users SET address = $3, seen_at = $4 WHERE tenant_id = $1 AND user_id = $2`

// NoteSignIn stores where and when a user signed in, and keeps everybody else from changing them until the end of the
// transaction.
func (tx *Tx) NoteSignIn(tenant license.TenantID, id license.LicenseUserID, address string, now license.Time) error {
	return tx.run(noteSignIn, tenant, id, address, now)
}

const secondFactorOf = `SELECT ` + secondFactorColumns + ` FROM application_users WHERE tenant_id = $1 AND user_id = $2`

// SecondFactorOf returns the second factor of a user; the zero value when there is none.
func (tx *Tx) SecondFactorOf(tenant license.TenantID, user license.LicenseUserID) (f SecondFactor, err error) {
	_, err = tx.one(secondFactorOf, []any{tenant, user}, secondFactorInto(&f)...)
	return f, err
}

const saveSecondFactor = `
UPDATE application_users SET totp_secret = $3, totp_step = $4, pending_secret = $5, pending_until = $6
 WHERE tenant_id = $1 AND user_id = $2`

// SaveSecondFactor stores the second factor of a locked user; the zero value is none.
func (tx *Tx) SaveSecondFactor(tenant license.TenantID, user license.LicenseUserID, f *SecondFactor) error {
	return tx.run(saveSecondFactor, tenant, user, f.Secret, f.Step, f.Pending, f.PendingUntil)
}

const takeStep = `UPDATE application_users SET totp_step = $3 WHERE tenant_id = $1 AND user_id = $2 AND totp_step < $3`

// TakeStep notes that a code of a step was taken; false when one of it or of a later one was before: a code is good once.
func (tx *Tx) TakeStep(tenant license.TenantID, user license.LicenseUserID, step int64) (bool, error) {
	n, err := tx.affected(takeStep, tenant, user, step)
	return n == 1, err
}

const webToken = `SELECT web_token FROM application_users WHERE tenant_id = $1 AND user_id = $2`

// WebToken returns the sealed token of a user's web loader, nil when there is none.
func (tx *Tx) WebToken(tenant license.TenantID, user license.LicenseUserID) (sealed []byte, err error) {
	_, err = tx.one(webToken, []any{tenant, user}, &sealed)
	return sealed, err
}

const saveWebToken = `UPDATE application_users SET web_token = $3 WHERE tenant_id = $1 AND user_id = $2`

// SaveWebToken stores the token of a user's web loader, sealed for [WebTokenContext]; nil is none.
func (tx *Tx) SaveWebToken(tenant license.TenantID, user license.LicenseUserID, sealed []byte) error {
	return tx.run(saveWebToken, tenant, user, sealed)
}
