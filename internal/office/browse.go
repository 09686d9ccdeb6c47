package office

import (
	"context"
	"encoding/base64"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/store"
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
	SortExpiryDown LicenseSort = "-expires" // the latest end first; those without an end come last
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
// narrow filter may be short, or empty, and yet have a Next one. It refuses as Invalid an order that is none, a cursor that is none of
// that order, and to sort more than 5000 licenses of one user by anything but their creation.
func (o *Office) BrowseLicenses(ctx context.Context, actor identity.Actor, f LicenseFilter, view LicenseView) (page LicensePage, err error) {
	if err := mayWithin(actor, identity.ReadLicenses); err != nil {
		return LicensePage{}, err
	}
	v, back, err := view.read()
	if err != nil {
		return LicensePage{}, err
	}
	err = o.d.Store.Snapshot(ctx, func(tx *store.Tx) error {
		found, err := f.resolve(tx, actor)
		if err != nil {
			return err
		}
		if found.Product == 0 {
			found.Products = actor.Products
		}
		list, more, err := tx.BrowseLicenses(actor.Tenant, found, o.d.Now(), v)
		page = view.page(&v, list, more, back)
		return err
	})
	return page, err
}

// screenPage is how many licenses a screen shows where nobody says.
const screenPage = 50

// order returns what an order is to the store.
func (s LicenseSort) order() (by store.LicenseOrder, down, ok bool) {
	switch s {
	case "", SortNewest:
		return store.ByCreation, true, true
	case SortOldest:
		return store.ByCreation, false, true
	case SortKey, SortKeyDown:
		return store.ByKey, s == SortKeyDown, true
	case SortExpiry:
		return store.ByEnd, false, true
	case SortExpiryDown:
		return store.ByLateEnd, false, true
	}
	return 0, false, false
}

// read returns the view as the store takes it, and whether it goes back.
func (v *LicenseView) read() (out store.LicenseView, back bool, err error) {
	by, down, ok := v.Sort.order()
	if !ok {
		return out, false, license.Invalidf("sort", "the order is one of %v", LicenseSorts())
	}
	out = store.LicenseView{By: by, Down: down, Limit: v.Limit}
	if out.Limit == 0 {
		out.Limit = screenPage
	}
	if v.Cursor == "" {
		return out, false, nil
	}
	place, back, ok := readCursor(by, v.Cursor)
	if !ok {
		return out, false, license.Invalidf("cursor", "that is no place in this list; begin again at its first page")
	}
	out.Beyond, out.Down = &place, down != back
	return out, back, nil
}

// page makes a page of what the store found on its way, which may have gone back.
func (v *LicenseView) page(asked *store.LicenseView, list []license.LicenseRecord, more *store.LicensePlace, back bool) LicensePage {
	by, onward, home := asked.By, "", ""
	if more != nil {
		onward = writeCursor(by, *more, back)
	}
	switch {
	case asked.Beyond == nil:
	case len(list) > 0:
		home = writeCursor(by, store.PlaceOf(&list[0].License), !back)
	default:
		home = writeCursor(by, *asked.Beyond, !back)
	}
	if back {
		slices.Reverse(list)
		return LicensePage{Licenses: list, Next: home, Previous: onward}
	}
	return LicensePage{Licenses: list, Next: onward, Previous: home}
}

// A cursor is the direction, what the list is sorted by, the identity, and, after a dot, what the license is sorted by.
const cursorKinds = "ckel" // by LicenseOrder

func writeCursor(by store.LicenseOrder, p store.LicensePlace, back bool) string {
	direction := "n"
	if back {
		direction = "p"
	}
	text := direction + cursorKinds[by:by+1] + number(int64(p.ID))
	switch by {
	case store.ByKey:
		text += "." + base64.RawURLEncoding.EncodeToString([]byte(p.Key))
	case store.ByEnd, store.ByLateEnd:
		text += "." + number(int64(p.Ends))
	default:
	}
	return text
}

func readCursor(by store.LicenseOrder, text string) (p store.LicensePlace, back, ok bool) {
	if len(text) < 2 || text[0] != 'n' && text[0] != 'p' || text[1] != cursorKinds[by] {
		return p, false, false
	}
	id, rest, _ := strings.Cut(text[2:], ".")
	n, err := strconv.ParseInt(id, 10, 64)
	ok = err == nil && n >= 0 && n <= license.MaxID
	p.ID = license.LicenseID(n)
	switch by {
	case store.ByKey:
		key, err := base64.RawURLEncoding.DecodeString(rest)
		p.Key, ok = string(key), ok && err == nil && utf8.Valid(key)
	case store.ByEnd, store.ByLateEnd:
		at, err := strconv.ParseInt(rest, 10, 64)
		p.Ends, ok = license.Time(at), ok && err == nil && at >= 0
	default:
		ok = ok && rest == ""
	}
	return p, text[0] == 'p', ok
}
