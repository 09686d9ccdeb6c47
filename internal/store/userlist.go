package store

import (
	"strings"

	"licet/internal/license"
)

// UserFilter narrows a list of license users of whatever product. All conditions hold together.
type UserFilter struct {
	Product  *license.ProductID // nil is no condition, 0 those of the whole tenant
	Customer license.CustomerID // 0 is no condition
	Prefix   string             // what the name begins with, in any letter case, or the e-mail address, as it is written or in small letters
	Banned   *bool
}

const listEveryLicenseUser = `
SELECT ` + licenseUserColumns + `
  FROM license_users
 WHERE license_users.tenant_id = $1 AND license_users.id < $2
 ORDER BY license_users.id DESC
 LIMIT CAST($3 AS BIGINT)`

const (
	anyUserNamed = `
SELECT license_users.id
  FROM license_users
 WHERE license_users.tenant_id = $1 AND license_users.name_folded COLLATE "binary" >= $2 AND license_users.name_folded COLLATE "binary" < $3
   AND license_users.id < $4
 LIMIT CAST($5 AS BIGINT)`
	anyUserMailed = `
SELECT license_users.id
  FROM license_users
 WHERE license_users.tenant_id = $1 AND license_users.email COLLATE "binary" >= $2 AND license_users.email COLLATE "binary" < $3
   AND license_users.email <> '' AND license_users.id < $4
 LIMIT CAST($5 AS BIGINT)`
)

// BrowseLicenseUsers returns a page of license users of a tenant, newest first, below before (0 is no bound), at most limit (1 to 1000),
// and where the next page goes on, as the lists of listfilter.go do.
func (tx *Tx) BrowseLicenseUsers(tenant license.TenantID, f *UserFilter, before license.LicenseUserID, limit int) ([]license.LicenseUser, license.LicenseUserID, error) {
	below, size := pageOf(int64(before), limit)
	id := func(u *license.LicenseUser) int64 { return int64(u.ID) }
	read := listed(tx, listEveryLicenseUser, func(below int64, n int) []any { return []any{tenant, below, n} }, licenseUserInto, id)
	ids, few, err := tx.usersCalled(tenant, f.Prefix, below)
	switch {
	case err != nil:
		return nil, 0, err
	case few:
		read = among(ids, func(ids []int64) ([]license.LicenseUser, error) {
			return loadEach(tx, findLicenseUser, tenant, ids, licenseUserInto)
		})
	case f.Customer != 0:
		read = listed(tx, licenseUsersOfCustomer, func(below int64, n int) []any { return []any{tenant, f.Customer, below, n} }, licenseUserInto, id)
	case f.Product != nil:
		read = listed(tx, listLicenseUsers, func(below int64, n int) []any { return []any{tenant, *f.Product, below, n} }, licenseUserInto, id)
	}
	page, next, err := narrowed(read, id, func(u *license.LicenseUser) (bool, error) { return f.keeps(u), nil }, below, size)
	return page, license.LicenseUserID(next), err
}

func (f *UserFilter) keeps(u *license.LicenseUser) bool {
	prefix := foldName(f.Prefix)
	return (strings.HasPrefix(foldName(u.Name), prefix) || strings.HasPrefix(u.Email, f.Prefix) || strings.HasPrefix(u.Email, strings.ToLower(f.Prefix))) &&
		(f.Customer == 0 || u.Customer == f.Customer) && (f.Product == nil || u.Product == *f.Product) && (f.Banned == nil || u.Banned == *f.Banned)
}

// usersCalled returns the license users of a tenant whose name or e-mail address begins with a prefix, where there is one and they are few.
func (tx *Tx) usersCalled(tenant license.TenantID, prefix string, below int64) (ids []int64, few bool, err error) {
	ids, few, err = tx.fewBeginning(anyUserNamed, foldName(prefix), tenant, below)
	for _, written := range []string{prefix, strings.ToLower(prefix)} {
		if err != nil || !few {
			return ids, few, err
		}
		var more []int64
		more, few, err = tx.fewBeginning(anyUserMailed, written, tenant, below)
		ids = append(ids, more...)
	}
	return ids, few, err
}

// HeldLicense is what a license user holds by one redemption, with what lists show of the license.
type HeldLicense struct {
	license.Redemption
	Name     string // of the level; "" is none
	Key      string // of the license; "" for one without a key
	Product  license.ProductID
	Standing license.Standing
	Withheld bool         // its order is not completed yet
	Banned   bool         // nobody new may redeem it
	Ends     license.Time // of the license itself; 0 is never, or not started yet
}

const heldByUser = `
SELECT ` + redemptionColumns + `, COALESCE(levels.name, ''), licenses.license_key, licenses.product_id, licenses.standing, licenses.withheld,
       licenses.redemption_blocked, licenses.expires_at
  FROM redemptions
  JOIN licenses ON licenses.tenant_id = redemptions.tenant_id AND licenses.id = redemptions.license_id
  LEFT JOIN levels ON levels.tenant_id = redemptions.tenant_id AND levels.id = redemptions.level_id
 WHERE redemptions.tenant_id = $1 AND redemptions.user_id = $2 AND redemptions.license_id < $3
 ORDER BY redemptions.license_id DESC, redemptions.level_id DESC
 LIMIT CAST($4 AS BIGINT)`

// HeldByUser returns what a license user holds, newest license first, below before (0 is no bound), at most 1000.
func (tx *Tx) HeldByUser(tenant license.TenantID, user license.LicenseUserID, before license.LicenseID, limit int) ([]HeldLicense, error) {
	below, size := pageOf(int64(before), limit)
	return listOf(tx, heldByUser, []any{tenant, user, below, size}, func(h *HeldLicense) []any {
		return append(redemptionInto(&h.Redemption), &h.Name, &h.Key, &h.Product, &h.Standing, &h.Withheld, &h.Banned, &h.Ends)
	})
}

const sightOfUser = `SELECT application_users.seen_at FROM application_users WHERE application_users.tenant_id = $1 AND application_users.user_id = $2`

// SightOfUser returns when a user of an application signed in last, and whether they are one of an application at all.
func (tx *Tx) SightOfUser(tenant license.TenantID, user license.LicenseUserID) (at license.Time, known bool, err error) {
	known, err = tx.one(sightOfUser, []any{tenant, user}, &at)
	return at, known, err
}

const sessionsOfUser = `
SELECT ` + sessionColumns + fromSessions + `
 WHERE application_sessions.tenant_id = $1 AND application_sessions.user_id = $2 AND application_sessions.user_id > 0
   AND application_sessions.expires_at > $3
 LIMIT 100`

// SessionsOfUser returns sessions of a user that have not ended at now, at most 100.
func (tx *Tx) SessionsOfUser(tenant license.TenantID, user license.LicenseUserID, now license.Time) ([]ApplicationSession, error) {
	var out []ApplicationSession
	err := tx.each(sessionsOfUser, []any{tenant, user, now}, func(scan func(...any) error) error {
		var s ApplicationSession
		var hash []byte
		if err := scan(sessionInto(&s, &hash)...); err != nil {
			return err
		}
		copy(s.IDHash[:], hash)
		out = append(out, s)
		return nil
	})
	return out, err
}

// Customers returns the customers of a tenant with some identities; those that are none are left out.
func (tx *Tx) Customers(tenant license.TenantID, ids []int64) ([]license.Customer, error) {
	return loadEach(tx, findCustomer, tenant, ids, customerInto)
}
