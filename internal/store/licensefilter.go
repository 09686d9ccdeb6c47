package store

import (
	"slices"
	"strings"

	"licet/internal/license"
)

// LicenseFilter narrows a list of licenses; the zero value is all of a tenant's. All conditions hold
// together.
type LicenseFilter struct {
	Product     license.ProductID
	Products    []license.ProductID // one of them; nil is any. ListLicenses looks at it row by row, so name Product where there is one
	Policy      license.PolicyID
	Order       license.OrderID
	Customer    license.CustomerID
	User        license.LicenseUserID // who holds it
	Standing    license.Standing
	Used        *bool        // ever activated or redeemed
	Expired     *bool        // at the time of asking, grace included
	Banned      *bool        // nobody new may redeem it
	IssuedFrom  license.Time // on or after it; 0 is no bound
	IssuedUntil license.Time // before it; 0 is no bound
	Prefix      string       // what the key begins with, in any letter case
	Note        string       // what the note contains, in any letter case

	// Search is what the key or the customer's e-mail address begins with, in any letter case; where none of the tenant begins so, what the note
	// contains. KeysOnly leaves the customers out.
	Search   string
	KeysOnly bool
}

// rest reports whether l meets the conditions that a row tells of.
func (f *LicenseFilter) rest(r *license.LicenseRecord, now license.Time) bool {
	l := &r.License
	switch {
	case f.Product != 0 && l.Product != f.Product,
		f.Products != nil && !slices.Contains(f.Products, l.Product),
		f.Policy != 0 && l.Policy != f.Policy,
		f.Order != 0 && l.Order != f.Order,
		f.Customer != 0 && l.Customer != f.Customer,
		f.Standing != "" && l.Standing != f.Standing,
		f.Used != nil && l.IsUsed() != *f.Used,
		f.Expired != nil && l.IsExpired(now) != *f.Expired,
		f.Banned != nil && l.RedemptionBlocked != *f.Banned,
		l.IssuedAt < f.IssuedFrom, f.IssuedUntil != 0 && l.IssuedAt >= f.IssuedUntil,
		!hasKey(l, f.Prefix), !hasNote(r, f.Note):
		return false
	}
	return true
}

func hasKey(l *license.License, prefix string) bool {
	return strings.HasPrefix(license.FoldKey(l.Key), license.FoldKey(prefix))
}

func hasNote(r *license.LicenseRecord, text string) bool {
	return strings.Contains(strings.ToLower(r.Note), strings.ToLower(text))
}

const recordsWhere = `
SELECT ` + recordColumns + `
  FROM licenses
 WHERE licenses.tenant_id = $1`

const newestBelow3 = ` AND licenses.id < $3
 ORDER BY licenses.id DESC
 LIMIT CAST($4 AS BIGINT)`

const listLicenses = recordsWhere + ` AND licenses.id < $2
 ORDER BY licenses.id DESC
 LIMIT CAST($3 AS BIGINT)`

const (
	listLicensesOfProduct  = recordsWhere + ` AND licenses.product_id = $2` + newestBelow3
	listLicensesOfOrder    = recordsWhere + ` AND licenses.order_id = $2` + newestBelow3
	listLicensesOfCustomer = recordsWhere + ` AND licenses.customer_id = $2` + newestBelow3
)

const listLicensesOfUser = `
SELECT ` + recordColumns + `
  FROM redemptions
  JOIN licenses ON licenses.tenant_id = redemptions.tenant_id AND licenses.id = redemptions.license_id
 WHERE redemptions.tenant_id = $1 AND redemptions.user_id = $2 AND redemptions.license_id < $3
 ORDER BY redemptions.license_id DESC
 LIMIT CAST($4 AS BIGINT)`

// ListLicenses returns licenses of a tenant, newest first, below before (0 is no bound), at most limit
// (1 to 1000), and where the next page goes on: its before, or 0 when there is nothing more.
//
// A page looks at 10,000 licenses and no more. Where a filter leaves out most of what an index gives, a
// page may thus be short, or empty, and yet have a next one.
//
// It refuses a Search that more than 10,000 customers begin with.
func (tx *Tx) ListLicenses(tenant license.TenantID, f LicenseFilter, now license.Time, before license.LicenseID, limit int) ([]license.LicenseRecord, license.LicenseID, error) {
	below, size := pageOf(int64(before), limit)
	found, err := tx.search(tenant, &f)
	if err != nil {
		return nil, 0, err
	}
	read, err := tx.licenseSource(tenant, &f, found, below)
	if err != nil {
		return nil, 0, err
	}
	rows, next, err := narrowed(read, idOfRecord, func(r *recordRow) (bool, error) {
		if err := tx.finish(&r.licenseRow); err != nil {
			return false, err
		}
		rec := r.record()
		return f.rest(&rec, now) && found.has(&rec), nil
	}, below, size)
	var page []license.LicenseRecord
	for i := range rows {
		page = append(page, rows[i].record())
	}
	return page, license.LicenseID(next), err
}

func idOfRecord(r *recordRow) int64 { return int64(r.ID) }

// licenseSource is the source that fits the filter best: an index that gives the licenses newest first, or those that another one gives where they
// are few, or else all of the product or the tenant.
func (tx *Tx) licenseSource(tenant license.TenantID, f *LicenseFilter, found *searched, below int64) (source[recordRow], error) {
	of := func(sql string, what any) source[recordRow] {
		return listed(tx, sql, func(below int64, n int) []any { return []any{tenant, what, below, n} }, (*recordRow).into, idOfRecord)
	}
	switch {
	case f.User != 0:
		return of(listLicensesOfUser, f.User), nil
	case f.Order != 0:
		return of(listLicensesOfOrder, f.Order), nil
	case f.Customer != 0:
		return of(listLicensesOfCustomer, f.Customer), nil
	}
	ids, few, err := tx.fewLicenses(tenant, f, found, below)
	switch {
	case err != nil:
		return nil, err
	case few:
		return among(ids, func(ids []int64) ([]recordRow, error) {
			return loadEach(tx, findLicense, tenant, ids, (*recordRow).into)
		}), nil
	case f.Product != 0:
		return of(listLicensesOfProduct, f.Product), nil
	}
	return listed(tx, listLicenses, func(below int64, n int) []any { return []any{tenant, below, n} }, (*recordRow).into, idOfRecord), nil
}

const licensesBeginning = `
SELECT licenses.id
  FROM licenses
 WHERE licenses.tenant_id = $1 AND licenses.key_folded COLLATE "binary" >= $2 AND licenses.key_folded COLLATE "binary" < $3
   AND licenses.id < $4
 LIMIT CAST($5 AS BIGINT)`

const licensesIssued = `
SELECT licenses.id
  FROM licenses
 WHERE licenses.tenant_id = $1 AND licenses.issued_at >= $2 AND licenses.issued_at < $3 AND licenses.id < $4
 LIMIT CAST($5 AS BIGINT)`

// licensesOfBuyers begins with the customers; CROSS says so to SQLite.
const licensesOfBuyers = `
SELECT licenses.id
  FROM customers
 CROSS JOIN licenses
 WHERE customers.tenant_id = $1 AND customers.email_folded COLLATE "binary" >= $2 AND customers.email_folded COLLATE "binary" < $3
   AND licenses.tenant_id = customers.tenant_id AND licenses.customer_id = customers.id AND licenses.id < $4
 LIMIT CAST($5 AS BIGINT)`

// fewLicenses returns the licenses that a filter can concern, where one of its conditions leaves few.
func (tx *Tx) fewLicenses(tenant license.TenantID, f *LicenseFilter, found *searched, below int64) (ids []int64, few bool, err error) {
	if f.Prefix != "" {
		least, beyond := begins(license.FoldKey(f.Prefix))
		if ids, few, err = tx.candidates(licensesBeginning, tenant, least, beyond, below); few || err != nil {
			return ids, few, err
		}
	}
	if found != nil && !found.inNotes {
		least, beyond := begins(license.FoldKey(f.Search))
		if ids, few, err = tx.candidates(licensesBeginning, tenant, least, beyond, below); err != nil {
			return nil, false, err
		}
		if few && len(found.customers) > 0 {
			least, beyond := begins(FoldEmail(f.Search))
			var theirs []int64
			if theirs, few, err = tx.candidates(licensesOfBuyers, tenant, least, beyond, below); err != nil {
				return nil, false, err
			}
			ids = append(ids, theirs...)
		}
		if few {
			return ids, true, nil
		}
	}
	if f.IssuedFrom == 0 && f.IssuedUntil == 0 {
		return nil, false, nil
	}
	until := f.IssuedUntil
	if until == 0 {
		until = license.MaxID
	}
	return tx.candidates(licensesIssued, tenant, f.IssuedFrom, until, below)
}

// searched is what a search is for, which is the same for all its pages.
type searched struct {
	text      string
	customers map[license.CustomerID]bool // whose e-mail address begins so
	inNotes   bool                        // no key and no address begins so
}

// has reports whether a search finds a license; one of nothing finds all.
func (s *searched) has(r *license.LicenseRecord) bool {
	switch {
	case s == nil:
		return true
	case s.inNotes:
		return hasNote(r, s.text)
	}
	return hasKey(&r.License, s.text) || s.customers[r.Customer]
}

const customersBeginning = `
SELECT customers.id
  FROM customers
 WHERE customers.tenant_id = $1 AND customers.email_folded COLLATE "binary" >= $2 AND customers.email_folded COLLATE "binary" < $3
   AND customers.id < $4
 LIMIT CAST($5 AS BIGINT)`

const anyLicenseBeginning = `
SELECT licenses.id
  FROM licenses
 WHERE licenses.tenant_id = $1 AND licenses.key_folded COLLATE "binary" >= $2 AND licenses.key_folded COLLATE "binary" < $3
 LIMIT 1`

// search settles what a search is for; nil where there is none.
func (tx *Tx) search(tenant license.TenantID, f *LicenseFilter) (*searched, error) {
	if f.Search == "" {
		return nil, nil
	}
	out := &searched{text: f.Search, customers: map[license.CustomerID]bool{}}
	if !f.KeysOnly {
		least, beyond := begins(FoldEmail(f.Search))
		ids, few, err := tx.candidates(customersBeginning, tenant, least, beyond, license.MaxID)
		if err != nil {
			return nil, err
		}
		if !few {
			return nil, license.Invalidf("search", "too many customers begin so; write more of the address")
		}
		for _, id := range ids {
			out.customers[license.CustomerID(id)] = true
		}
	}
	least, beyond := begins(license.FoldKey(f.Search))
	found, err := tx.one(anyLicenseBeginning, []any{tenant, least, beyond}, new(int64))
	out.inNotes = err == nil && !found && len(out.customers) == 0
	return out, err
}

const findLicensesByKey = `
SELECT licenses.id
  FROM licenses
 WHERE licenses.tenant_id = $1 AND licenses.key_folded COLLATE "binary" = $2 AND licenses.bundle_id = 0
 LIMIT 2`

// FindLicensesByKey returns the licenses of a tenant that have a key, in any letter case, over all
// products: at most two, since keys are unique per product only. Of a bundle it is the bundle's own license, not the
// parts that share its key.
func (tx *Tx) FindLicensesByKey(tenant license.TenantID, key string) ([]license.LicenseID, error) {
	return listOf(tx, findLicensesByKey, []any{tenant, license.FoldKey(key)}, func(id *license.LicenseID) []any { return []any{id} })
}
