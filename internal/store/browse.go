package store

import (
	"cmp"
	"slices"
	"strings"

	"licet/internal/license"
)

// LicenseOrder is what a list of licenses is sorted by.
type LicenseOrder int8

// The closed list of orders. Each runs up; see LicenseView.
const (
	ByCreation LicenseOrder = iota // the identity
	ByKey                          // the bytes of the folded key; those without a key come last
	ByExpiry                       // the end; those without one come last
)

// LicensePlace is where a license stands in a list, whatever that is sorted by.
type LicensePlace struct {
	ID      license.LicenseID
	Key     string       // folded
	Expires license.Time // 0 is never
}

// PlaceOf returns where a license stands.
func PlaceOf(l *license.License) LicensePlace {
	return LicensePlace{ID: l.ID, Key: license.FoldKey(l.Key), Expires: l.ExpiresAt}
}

// compare says which of two places comes first.
func (o LicenseOrder) compare(a, b LicensePlace) int {
	switch o {
	case ByKey:
		return cmp.Or(cmp.Compare(o.last(a), o.last(b)), strings.Compare(a.Key, b.Key), cmp.Compare(a.ID, b.ID))
	case ByExpiry:
		return cmp.Or(cmp.Compare(o.last(a), o.last(b)), cmp.Compare(a.Expires, b.Expires), cmp.Compare(a.ID, b.ID))
	default:
		return cmp.Compare(a.ID, b.ID)
	}
}

// last is 1 for what stands in the last part of a list, which has nothing to be sorted by but the identity.
func (o LicenseOrder) last(p LicensePlace) int {
	if o == ByKey && p.Key == "" || o == ByExpiry && p.Expires == 0 {
		return 1
	}
	return 0
}

// LicenseView is the part of a list that is wanted.
type LicenseView struct {
	By     LicenseOrder
	Down   bool          // the other way round
	Beyond *LicensePlace // nil is the beginning
	Limit  int           // 1 to 1000
}

// BrowseLicenses returns the licenses of a tenant in some order beyond a place, or from the beginning on, and the place where the next page
// goes on; nil where there is nothing more. A page looks at 20,000 licenses and no more, as ListLicenses does. Whoever wants the page before
// a place asks for what is beyond it the other way round.
//
// It refuses as ListLicenses does, and where a license user holds more than 5000 licenses, to sort them by anything but their creation.
func (tx *Tx) BrowseLicenses(tenant license.TenantID, f LicenseFilter, now license.Time, v LicenseView) ([]license.LicenseRecord, *LicensePlace, error) {
	found, err := tx.search(tenant, &f)
	if err != nil {
		return nil, nil, err
	}
	read, err := tx.walk(tenant, &f, found, &v)
	if err != nil {
		return nil, nil, err
	}
	size := pageSize(v.Limit)
	var page []license.LicenseRecord
	at, step := v.Beyond, size+1 // One more than the page tells whether there is a next one.
	for scanned := 0; scanned < maxScanned; step = maxPage {
		scanned += step
		rows, more, err := read(at, step)
		if err != nil {
			return nil, nil, err
		}
		for i := range rows {
			if err := tx.finish(&rows[i].licenseRow); err != nil {
				return nil, nil, err
			}
			r := rows[i].record()
			if f.rest(&r, now) && found.has(&r) {
				if len(page) == size {
					last := PlaceOf(&page[size-1].License)
					return page, &last, nil
				}
				page = append(page, r)
			}
			place := PlaceOf(&r.License)
			at = &place
		}
		if !more {
			return page, nil, nil
		}
	}
	return page, at, nil
}

// walker reads at most n licenses beyond a place, and reports whether there may be more.
type walker func(beyond *LicensePlace, n int) (rows []recordRow, more bool, err error)

// walk is the way through a list that fits the filter best.
func (tx *Tx) walk(tenant license.TenantID, f *LicenseFilter, found *searched, v *LicenseView) (walker, error) {
	if v.By != ByCreation {
		places, few, err := tx.fewPlaces(tenant, f, found)
		switch {
		case err != nil:
			return nil, err
		case few:
			return tx.walkAmong(tenant, places, v), nil
		case f.User != 0:
			return nil, license.Invalidf("sort", "this user holds too many licenses to sort them so")
		}
		return tx.walkSorted(tenant, f, found, v), nil
	}
	if f.User == 0 && f.Order == 0 && f.Customer == 0 {
		ids, few, err := tx.fewLicenses(tenant, f, found, license.MaxID)
		if err != nil {
			return nil, err
		}
		if few {
			places := make([]LicensePlace, len(ids))
			for i := range ids {
				places[i].ID = license.LicenseID(ids[i])
			}
			return tx.walkAmong(tenant, places, v), nil
		}
	}
	sql, of := createdOf(f, v.Down)
	return func(beyond *LicensePlace, n int) ([]recordRow, bool, error) {
		id := license.LicenseID(0)
		if v.Down {
			id = license.MaxID
		}
		if beyond != nil {
			id = beyond.ID
		}
		args := []any{tenant, of, id, n}
		if of == nil {
			args = []any{tenant, id, n}
		}
		rows, err := listOf(tx, sql, args, (*recordRow).into)
		return rows, len(rows) == n, err
	}, nil
}

const oldestAbove3 = ` AND licenses.id > $3
 ORDER BY licenses.id
 LIMIT CAST($4 AS BIGINT)`

const listLicensesUp = recordsWhere + ` AND licenses.id > $2
 ORDER BY licenses.id
 LIMIT CAST($3 AS BIGINT)`

const (
	listLicensesOfProductUp  = recordsWhere + ` AND licenses.product_id = $2` + oldestAbove3
	listLicensesOfOrderUp    = recordsWhere + ` AND licenses.order_id = $2` + oldestAbove3
	listLicensesOfCustomerUp = recordsWhere + ` AND licenses.customer_id = $2` + oldestAbove3
)

const listLicensesOfUserUp = `
SELECT ` + recordColumns + `
  FROM redemptions
  JOIN licenses ON licenses.tenant_id = redemptions.tenant_id AND licenses.id = redemptions.license_id
 WHERE redemptions.tenant_id = $1 AND redemptions.user_id = $2 AND redemptions.license_id > $3
 ORDER BY redemptions.license_id
 LIMIT CAST($4 AS BIGINT)`

// createdOf returns the query for a list by creation, and what it is of; nil is the tenant.
func createdOf(f *LicenseFilter, down bool) (sql string, of any) {
	up, newest := listLicensesUp, listLicenses
	switch {
	case f.User != 0:
		up, newest, of = listLicensesOfUserUp, listLicensesOfUser, f.User
	case f.Order != 0:
		up, newest, of = listLicensesOfOrderUp, listLicensesOfOrder, f.Order
	case f.Customer != 0:
		up, newest, of = listLicensesOfCustomerUp, listLicensesOfCustomer, f.Customer
	case f.Product != 0:
		up, newest, of = listLicensesOfProductUp, listLicensesOfProduct, f.Product
	}
	if down {
		return newest, of
	}
	return up, of
}

// walkAmong goes through the licenses at some places; those that are gone are left out.
func (tx *Tx) walkAmong(tenant license.TenantID, places []LicensePlace, v *LicenseView) walker {
	order := v.By.compare
	if v.Down {
		order = func(a, b LicensePlace) int { return v.By.compare(b, a) }
	}
	slices.SortFunc(places, order)
	places = slices.Compact(places)
	return func(beyond *LicensePlace, n int) ([]recordRow, bool, error) {
		from := 0
		if beyond != nil {
			i, found := slices.BinarySearchFunc(places, *beyond, order)
			if from = i; found {
				from++
			}
		}
		part := places[from:min(from+n, len(places))]
		ids := make([]int64, len(part))
		for i := range part {
			ids[i] = int64(part[i].ID)
		}
		rows, err := loadEach(tx, findLicense, tenant, ids, (*recordRow).into)
		return rows, from+len(part) < len(places), err
	}
}
