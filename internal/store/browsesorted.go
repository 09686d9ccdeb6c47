package store

import (
	"licet/internal/license"
)

// maxSorted is how many licenses are sorted in memory, where a filter leaves no more. With more of them, the index that a list is sorted
// by finds enough of them soon.
const maxSorted = 5000

// Tables and conditions that leave licenses of a tenant, by one index each.
const (
	placesOfProduct  = ofTenant + ` AND licenses.product_id = $`
	placesOfOrder    = ofTenant + ` AND licenses.order_id = $`
	placesOfCustomer = ofTenant + ` AND licenses.customer_id = $`
	placesBeginning  = ofTenant + ` AND licenses.key_folded COLLATE "binary" >= $ AND licenses.key_folded COLLATE "binary" < $`
	placesOfStanding = ofTenant + ` AND licenses.standing = $ AND licenses.standing <> 'enabled'`
	placesBanned     = ofTenant + ` AND licenses.redemption_blocked <> FALSE AND licenses.redemption_blocked >= TRUE`
	placesIssued     = ofTenant + ` AND licenses.issued_at >= $ AND licenses.issued_at < $`
)

const placesOfUser = `redemptions
  JOIN licenses ON licenses.tenant_id = redemptions.tenant_id AND licenses.id = redemptions.license_id
 WHERE redemptions.tenant_id = $ AND redemptions.user_id = $`

// placesOfBuyers begins with the customers; CROSS says so to SQLite.
const placesOfBuyers = `customers
 CROSS JOIN licenses
 WHERE customers.tenant_id = $ AND customers.email_folded COLLATE "binary" >= $ AND customers.email_folded COLLATE "binary" < $
   AND licenses.tenant_id = customers.tenant_id AND licenses.customer_id = customers.id`

// fewPlaces returns where the licenses stand that a filter can concern, where one of its conditions leaves few.
func (tx *Tx) fewPlaces(tenant license.TenantID, f *LicenseFilter, found *searched) (places []LicensePlace, few bool, err error) {
	type ask struct {
		of   string
		with []any
	}
	prefix := func(of, text string) ask {
		least, beyond := begins(text)
		return ask{of, []any{least, beyond}}
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
		if places, few, err = tx.places(tenant, byKey.of, byKey.with); err != nil || !few || len(found.customers) == 0 {
			return places, few, err
		}
		byBuyer := prefix(placesOfBuyers, FoldEmail(f.Search))
		theirs, few, err := tx.places(tenant, byBuyer.of, byBuyer.with)
		return append(places, theirs...), few, err
	}
	for _, a := range asks {
		if places, few, err = tx.places(tenant, a.of, a.with); few || err != nil {
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

// places reads the places of what conditions leave; few is false where there are more than are sorted in memory. To find that out goes by the
// index alone, which costs a tenth of what reading them does.
func (tx *Tx) places(tenant license.TenantID, of string, with []any) (list []LicensePlace, few bool, err error) {
	args := append([]any{tenant}, with...)
	q := moreThan(maxSorted, of, args)
	var one int64
	many, err := tx.one(q.sql.String(), q.args, &one)
	if err != nil || many {
		return nil, false, err
	}
	q = placesThere(of, args)
	list, err = listOf(tx, q.sql.String(), q.args, placeInto)
	return list, true, err
}

// moreThan asks whether conditions leave more than n licenses.
func moreThan(n int, of string, args []any) *assembled {
	q := new(assembled)
	q.add(`SELECT 1 FROM `)
	q.add(of, args...)
	q.add(` LIMIT 1 OFFSET CAST($ AS BIGINT)`, n)
	return q
}

// placesThere asks for the places of the licenses that conditions leave, at most as many as are sorted in memory.
func placesThere(of string, args []any) *assembled {
	q := new(assembled)
	q.add(selectPlaces)
	q.add(of, args...)
	q.add(` LIMIT CAST($ AS BIGINT)`, maxSorted)
	return q
}
