package store

import (
	"licet/internal/license"
)

// maxSorted is how many licenses are sorted in memory, where a filter leaves no more. With more of them, the index that a list is sorted
// by finds enough of them soon.
const maxSorted = 5000

const placesWhere = `
SELECT licenses.id, licenses.key_folded, licenses.expires_at
  FROM licenses
 WHERE licenses.tenant_id = $1`

const (
	placesOfProduct  = placesWhere + ` AND licenses.product_id = $2 LIMIT CAST($3 AS BIGINT)`
	placesOfOrder    = placesWhere + ` AND licenses.order_id = $2 LIMIT CAST($3 AS BIGINT)`
	placesOfCustomer = placesWhere + ` AND licenses.customer_id = $2 LIMIT CAST($3 AS BIGINT)`
	placesBeginning  = placesWhere + ` AND licenses.key_folded COLLATE "binary" >= $2 AND licenses.key_folded COLLATE "binary" < $3
 LIMIT CAST($4 AS BIGINT)`
	placesOfStanding = placesWhere + ` AND licenses.standing = $2 AND licenses.standing <> 'enabled' LIMIT CAST($3 AS BIGINT)`
	placesBanned     = placesWhere + ` AND licenses.redemption_blocked <> FALSE AND licenses.redemption_blocked >= TRUE LIMIT CAST($2 AS BIGINT)`
	placesIssued     = placesWhere + ` AND licenses.issued_at >= $2 AND licenses.issued_at < $3 LIMIT CAST($4 AS BIGINT)`
)

const placesOfUser = `
SELECT licenses.id, licenses.key_folded, licenses.expires_at
  FROM redemptions
  JOIN licenses ON licenses.tenant_id = redemptions.tenant_id AND licenses.id = redemptions.license_id
 WHERE redemptions.tenant_id = $1 AND redemptions.user_id = $2
 LIMIT CAST($3 AS BIGINT)`

// placesOfBuyers begins with the customers; CROSS says so to SQLite.
const placesOfBuyers = `
SELECT licenses.id, licenses.key_folded, licenses.expires_at
  FROM customers
 CROSS JOIN licenses
 WHERE customers.tenant_id = $1 AND customers.email_folded COLLATE "binary" >= $2 AND customers.email_folded COLLATE "binary" < $3
   AND licenses.tenant_id = customers.tenant_id AND licenses.customer_id = customers.id
 LIMIT CAST($4 AS BIGINT)`

// fewPlaces returns where the licenses stand that a filter can concern, where one of its conditions leaves few.
func (tx *Tx) fewPlaces(tenant license.TenantID, f *LicenseFilter, found *searched) (places []LicensePlace, few bool, err error) {
	type ask struct {
		sql  string
		args []any
	}
	prefix := func(sql, text string) ask {
		least, beyond := begins(text)
		return ask{sql, []any{least, beyond}}
	}
	var asks []ask // the first whose answer is small is taken
	switch {
	case f.User != 0:
		asks = append(asks, ask{placesOfUser, []any{f.User}})
	case f.Order != 0:
		asks = append(asks, ask{placesOfOrder, []any{f.Order}})
	case f.Customer != 0:
		asks = append(asks, ask{placesOfCustomer, []any{f.Customer}})
	default:
		if f.Prefix != "" {
			asks = append(asks, prefix(placesBeginning, license.FoldKey(f.Prefix)))
		}
		if f.IssuedFrom != 0 || f.IssuedUntil != 0 {
			asks = append(asks, ask{placesIssued, []any{f.IssuedFrom, f.issuedUntil()}})
		}
		if f.Standing != "" && f.Standing != license.Enabled {
			asks = append(asks, ask{placesOfStanding, []any{f.Standing}})
		}
		if f.Banned != nil && *f.Banned {
			asks = append(asks, ask{placesBanned, nil})
		}
		if f.Product != 0 {
			asks = append(asks, ask{placesOfProduct, []any{f.Product}})
		}
	}
	if found != nil && !found.inNotes && len(asks) == 0 {
		byKey := prefix(placesBeginning, license.FoldKey(f.Search))
		if places, few, err = tx.places(tenant, byKey.sql, byKey.args); err != nil || !few || len(found.customers) == 0 {
			return places, few, err
		}
		byBuyer := prefix(placesOfBuyers, FoldEmail(f.Search))
		theirs, few, err := tx.places(tenant, byBuyer.sql, byBuyer.args)
		return append(places, theirs...), few, err
	}
	for _, a := range asks {
		if places, few, err = tx.places(tenant, a.sql, a.args); few || err != nil {
			return places, few, err
		}
	}
	return nil, false, nil
}

// issuedUntil is the bound of when a license was issued.
func (f *LicenseFilter) issuedUntil() license.Time {
	if f.IssuedUntil == 0 {
		return license.MaxID
	}
	return f.IssuedUntil
}

// places reads places by an index; few is false where there are more than are sorted in memory.
func (tx *Tx) places(tenant license.TenantID, sql string, of []any) ([]LicensePlace, bool, error) {
	args := append(append([]any{tenant}, of...), maxSorted+1)
	list, err := listOf(tx, sql, args, placeInto)
	return list, len(list) <= maxSorted, err
}
