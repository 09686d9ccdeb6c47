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
	placesIssued = placesWhere + ` AND licenses.issued_at >= $2 AND licenses.issued_at < $3 LIMIT CAST($4 AS BIGINT)`
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
	list, err := listOf(tx, sql, args, func(p *LicensePlace) []any { return []any{&p.ID, &p.Key, &p.Expires} })
	return list, len(list) <= maxSorted, err
}

const (
	recordsByKeyUp = recordsWhere + ` AND licenses.key_folded COLLATE "binary" >= $2 AND licenses.key_folded COLLATE "binary" < $3
   AND (licenses.key_folded COLLATE "binary", licenses.id) > ($4, $5)
 ORDER BY licenses.key_folded COLLATE "binary", licenses.id
 LIMIT CAST($6 AS BIGINT)`
	recordsByKeyDown = recordsWhere + ` AND licenses.key_folded COLLATE "binary" >= $2 AND licenses.key_folded COLLATE "binary" < $3
   AND (licenses.key_folded COLLATE "binary", licenses.id) < ($4, $5)
 ORDER BY licenses.key_folded COLLATE "binary" DESC, licenses.id DESC
 LIMIT CAST($6 AS BIGINT)`
	recordsKeylessUp = recordsWhere + ` AND licenses.key_folded IS NULL AND licenses.id > $2
 ORDER BY licenses.id
 LIMIT CAST($3 AS BIGINT)`
	recordsKeylessDown = recordsWhere + ` AND licenses.key_folded IS NULL AND licenses.id < $2
 ORDER BY licenses.id DESC
 LIMIT CAST($3 AS BIGINT)`
	recordsEndingUp = recordsWhere + ` AND (licenses.expires_at, licenses.id) > ($2, $3)
 ORDER BY licenses.expires_at, licenses.id
 LIMIT CAST($4 AS BIGINT)`
	recordsEndingDown = recordsWhere + ` AND licenses.expires_at > 0 AND (licenses.expires_at, licenses.id) < ($2, $3)
 ORDER BY licenses.expires_at DESC, licenses.id DESC
 LIMIT CAST($4 AS BIGINT)`
	recordsEndlessUp = recordsWhere + ` AND licenses.expires_at = 0 AND licenses.id > $2
 ORDER BY licenses.id
 LIMIT CAST($3 AS BIGINT)`
	recordsEndlessDown = recordsWhere + ` AND licenses.expires_at = 0 AND licenses.id < $2
 ORDER BY licenses.id DESC
 LIMIT CAST($3 AS BIGINT)`
)

// walkSorted goes through all licenses of a tenant by the index that has them in order. There are two parts: those that have what the
// list is sorted by, and then those that have not.
func (tx *Tx) walkSorted(tenant license.TenantID, f *LicenseFilter, found *searched, v *LicenseView) walker {
	prefix := license.FoldKey(f.Prefix)
	if prefix == "" && found != nil && !found.inNotes && len(found.customers) == 0 {
		prefix = license.FoldKey(f.Search)
	}
	least, beyondAll := begins(prefix)
	lowest, highest := LicensePlace{}, LicensePlace{Key: beyondAll, Expires: license.Forever, ID: license.MaxID}
	read := func(part int, at LicensePlace, n int) ([]recordRow, error) {
		var sql string
		var args []any
		switch {
		case v.By == ByKey && part == 0:
			sql, args = pick(v.Down, recordsByKeyUp, recordsByKeyDown), []any{tenant, least, beyondAll, at.Key, at.ID, n}
		case v.By == ByKey && prefix != "":
			return nil, nil // What has no key does not begin with anything.
		case v.By == ByKey:
			sql, args = pick(v.Down, recordsKeylessUp, recordsKeylessDown), []any{tenant, at.ID, n}
		case part == 0:
			sql, args = pick(v.Down, recordsEndingUp, recordsEndingDown), []any{tenant, at.Expires, at.ID, n}
		default:
			sql, args = pick(v.Down, recordsEndlessUp, recordsEndlessDown), []any{tenant, at.ID, n}
		}
		return listOf(tx, sql, args, (*recordRow).into)
	}
	start, end, begin := 0, 1, lowest
	if v.Down {
		start, end, begin = 1, 0, highest
	}
	return func(beyond *LicensePlace, n int) ([]recordRow, bool, error) {
		part, at := start, begin
		if v.By == ByExpiry && !v.Down {
			at.ID = license.MaxID // Beyond those without an end, which lie at 0.
		}
		if beyond != nil {
			part, at = v.By.last(*beyond), *beyond
		}
		rows, err := read(part, at, n)
		if err != nil || len(rows) == n || part == end {
			return rows, len(rows) == n, err
		}
		others, err := read(end, begin, n-len(rows))
		return append(rows, others...), len(rows)+len(others) == n, err
	}
}

// pick returns one of two queries.
func pick(down bool, up, downwards string) string {
	if down {
		return downwards
	}
	return up
}
