package store

import (
	"strconv"
	"strings"

	"licet/internal/identity"
	"licet/internal/license"
)

const licenseUserColumns = `
       license_users.id, license_users.tenant_id, license_users.product_id, license_users.name, license_users.email,
       license_users.first_name, license_users.last_name, license_users.phone, license_users.customer_id,
       CASE WHEN license_users.initial_password IS NULL THEN FALSE ELSE TRUE END,
       license_users.banned, license_users.ban_reason, license_users.created_at`

func licenseUserInto(u *license.LicenseUser) []any {
	return []any{
		&u.ID, &u.Tenant, &u.Product, &u.Name, &u.Email, &u.FirstName, &u.LastName, &u.Phone, &u.Customer,
		&u.InitialPassword, &u.Banned, &u.BanReason, &u.Created,
	}
}

// foldName is how names of license users are compared.
func foldName(name string) string { return strings.ToLower(name) }

const insertLicenseUser = `
INSERT INTO license_users (id, tenant_id, product_id, name, name_folded, email, first_name, last_name, phone, customer_id,
                           banned, ban_reason, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
ON CONFLICT (tenant_id, product_id, name_folded) DO NOTHING`

// InsertLicenseUser stores a new license user, without a password, and gives them an identity; false when
// there is one of that name already, in any letter case.
func (tx *Tx) InsertLicenseUser(u *license.LicenseUser) (bool, error) {
	u.ID = license.LicenseUserID(tx.NewID())
	n, err := tx.affected(insertLicenseUser, u.ID, u.Tenant, u.Product, u.Name, foldName(u.Name), u.Email, u.FirstName,
		u.LastName, u.Phone, orNull(u.Customer), u.Banned, u.BanReason, u.Created)
	return n == 1, err
}

const saveLicenseUser = `
UPDATE license_users
   SET email = $3, first_name = $4, last_name = $5, phone = $6, customer_id = $7, banned = $8, ban_reason = $9
 WHERE tenant_id = $1 AND id = $2`

func (tx *Tx) saveLicenseUser(u *license.LicenseUser) error {
	return tx.run(saveLicenseUser, u.Tenant, u.ID, u.Email, u.FirstName, u.LastName, u.Phone, orNull(u.Customer), u.Banned, u.BanReason)
}

// SaveLicenseUser stores what may change of a license user, but the password.
func (tx *Tx) SaveLicenseUser(u *license.LicenseUser) error { return tx.saveLicenseUser(u) }

const findLicenseUser = `
SELECT ` + licenseUserColumns + `
  FROM license_users
 WHERE license_users.tenant_id = $1 AND license_users.id = $2`

// FindLicenseUser returns a license user of a tenant, or NotFound.
func (tx *Tx) FindLicenseUser(tenant license.TenantID, id license.LicenseUserID) (license.LicenseUser, error) {
	return tx.licenseUser(findLicenseUser, tenant, id)
}

const lockLicenseUser = `
UPDATE license_users SET name = name
 WHERE license_users.tenant_id = $1 AND license_users.id = $2
RETURNING ` + licenseUserColumns

// LockLicenseUser is FindLicenseUser for a change: nobody else changes them until the end of the transaction.
func (tx *Tx) LockLicenseUser(tenant license.TenantID, id license.LicenseUserID) (license.LicenseUser, error) {
	if tx.alone {
		return tx.FindLicenseUser(tenant, id)
	}
	return tx.licenseUser(lockLicenseUser, tenant, id)
}

const findLicenseUserByName = `
SELECT ` + licenseUserColumns + `
  FROM license_users
 WHERE license_users.tenant_id = $1 AND license_users.product_id = $2 AND license_users.name_folded = $3`

// FindLicenseUserByName returns the license user with a name, in any letter case, or NotFound. product is 0 for
// those of the whole tenant.
func (tx *Tx) FindLicenseUserByName(tenant license.TenantID, product license.ProductID, name string) (license.LicenseUser, error) {
	return tx.licenseUser(findLicenseUserByName, tenant, product, foldName(name))
}

func (tx *Tx) licenseUser(sql string, args ...any) (license.LicenseUser, error) {
	var u license.LicenseUser
	found, err := tx.one(sql, args, licenseUserInto(&u)...)
	if err == nil && !found {
		err = noLicenseUser()
	}
	return u, err
}

func noLicenseUser() error {
	return &license.Error{Code: license.NotFound, Message: "no such license user"}
}

const listLicenseUsers = `
SELECT ` + licenseUserColumns + `
  FROM license_users
 WHERE license_users.tenant_id = $1 AND license_users.product_id = $2 AND license_users.id < $3
 ORDER BY license_users.id DESC
 LIMIT CAST($4 AS BIGINT)`

const licenseUsersOfCustomer = `
SELECT ` + licenseUserColumns + `
  FROM license_users
 WHERE license_users.tenant_id = $1 AND license_users.customer_id = $2 AND license_users.id < $3
 ORDER BY license_users.id DESC
 LIMIT CAST($4 AS BIGINT)`

// UserSecrets is a license user with what proves who they are.
type UserSecrets struct {
	license.LicenseUser
	Hash    string   // "" is no password
	Hashes  []string // recent ones, newest first, the current one among them
	Initial []byte   // sealed password that was given to them; nil once changed
}

// Account is what a new password of the user is compared with (S0-37, S0-38).
func (u *UserSecrets) Account() identity.Account {
	// The name of somebody who signs in elsewhere ends in the code of their customer account.
	name, _, _ := strings.Cut(u.Name, "|")
	account := identity.Account{Email: u.Email, Name: name}
	for _, hash := range u.Hashes {
		account.Previous = append(account.Previous, identity.PasswordHash(hash))
	}
	return account
}

// InitialContext is what the initial password is sealed for.
func (u *UserSecrets) InitialContext() string {
	return "license-user/" + strconv.FormatInt(int64(u.ID), 10) + "/initial-password"
}

const findUserSecrets = `
SELECT ` + licenseUserColumns + `,
       license_users.password_hash, license_users.password_hashes, license_users.initial_password
  FROM license_users
 WHERE license_users.tenant_id = $1 AND license_users.id = $2`

// FindUserSecrets returns a license user with their secrets, or NotFound.
func (tx *Tx) FindUserSecrets(tenant license.TenantID, id license.LicenseUserID) (UserSecrets, error) {
	var u UserSecrets
	var hashes string
	found, err := tx.one(findUserSecrets, []any{tenant, id}, append(licenseUserInto(&u.LicenseUser), &u.Hash, &hashes, &u.Initial)...)
	if err == nil && !found {
		err = noLicenseUser()
	}
	u.Hashes = strings.Fields(hashes)
	return u, err
}

const saveUserPassword = `
UPDATE license_users SET password_hash = $3, password_hashes = $4, initial_password = $5
 WHERE tenant_id = $1 AND id = $2 AND password_hash = $6`

// SaveUserPassword gives a license user a new password; initial is the sealed password where it was given to them,
// and nil where they chose it. keep is how many hashes are remembered. It reports false, and stores nothing, when the
// password was changed since u was read.
func (tx *Tx) SaveUserPassword(u *UserSecrets, hash string, initial []byte, keep int) (bool, error) {
	hashes := append([]string{hash}, u.Hashes...)
	hashes = hashes[:min(len(hashes), max(keep, 1))]
	n, err := tx.affected(saveUserPassword, u.Tenant, u.ID, hash, strings.Join(hashes, "\n"), initial, u.Hash)
	return n == 1, err
}
