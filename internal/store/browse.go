package store

import (
	"cmp"
	"slices"
	"strings"

	"licet/internal/license"
)

// LicenseOrder is what a list of licenses is sorted by.
type LicenseOrder int8

// The closed list of orders. Each runs up but the last; see LicenseView.
const (
	ByCreation LicenseOrder = iota // the identity
	ByKey                          // the bytes of the folded key; those without a key come last
	ByEnd                          // the deadline; those without one come last
	ByLateEnd                      // the latest deadline first; those without one come last
)

// LicensePlace is where a license stands in a list, whatever that is sorted by.
type LicensePlace struct {
	ID   license.LicenseID
	Key  string       // folded
	Ends license.Time // the deadline; 0 is never
}

// PlaceOf returns where a license stands.
func PlaceOf(l *license.License) LicensePlace {
	return LicensePlace{ID: l.ID, Key: license.FoldKey(l.Key), Ends: l.Deadline()}
}

// compare says which of two places comes first.
func (o LicenseOrder) compare(a, b LicensePlace) int {
	switch o {
	case ByKey:
		return cmp.Or(cmp.Compare(o.last(a), o.last(b)), strings.Compare(a.Key, b.Key), cmp.Compare(a.ID, b.ID))
	case ByEnd:
		return cmp.Or(cmp.Compare(o.last(a), o.last(b)), cmp.Compare(a.Ends, b.Ends), cmp.Compare(a.ID, b.ID))
	case ByLateEnd:
		return cmp.Or(cmp.Compare(o.last(a), o.last(b)), cmp.Compare(b.Ends, a.Ends), cmp.Compare(b.ID, a.ID))
	default:
		return cmp.Compare(a.ID, b.ID)
	}
}

// last is 1 for what stands in the last part of a list, which has nothing to be sorted by but the identity.
func (o LicenseOrder) last(p LicensePlace) int {
	if o == ByKey && p.Key == "" || (o == ByEnd || o == ByLateEnd) && p.Ends == 0 {
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

// falls reports whether deadlines, keys and identities fall from each license to the next.
func (v *LicenseView) falls() bool { return v.Down != (v.By == ByLateEnd) }

// maxBrowsed bounds how many licenses a page of a screen looks at: on PostgreSQL, where nothing else goes on, in less than 100 ms.
const maxBrowsed = 6_000

// loadedWeight is how many licenses are looked at in the time that loading one takes, when only Go can say whether it is wanted.
const loadedWeight = 6

// BrowseLicenses returns the licenses of a tenant in some order beyond a place, or from the beginning on, and the place where the next page
// goes on; nil where there is nothing more. A page looks at 6,000 licenses, or loads about 1,000, and no more. Whoever wants the page before
// a place asks for what is beyond it the other way round.
//
// It belongs into a Snapshot. It refuses as ListLicenses does, and where a license user holds more than 5000 licenses, to sort them by
// anything but their creation.
func (tx *Tx) BrowseLicenses(tenant license.TenantID, f LicenseFilter, now license.Time, v LicenseView) ([]license.LicenseRecord, *LicensePlace, error) {
	found, err := tx.search(tenant, &f)
	if err != nil {
		return nil, nil, err
	}
	read, err := tx.walk(tenant, &f, found, now, &v)
	if err != nil {
		return nil, nil, err
	}
	size := pageSize(v.Limit)
	var page []license.LicenseRecord
	at, look, limit := v.Beyond, size+1, size+1 // What many licenses meet is found among the first.
	for left := maxBrowsed; left > 0; look, limit = left, min(4*limit, maxPage) {
		s, err := read(at, look, limit)
		if err != nil {
			return nil, nil, err
		}
		rows, err := tx.loadPlaces(tenant, s.places)
		if err != nil {
			return nil, nil, err
		}
		for i := range rows {
			if !f.rest(&rows[i], now) || !found.has(&rows[i]) {
				continue
			}
			if len(page) == size {
				last := PlaceOf(&page[size-1].License)
				return page, &last, nil
			}
			page = append(page, rows[i])
		}
		if at = s.last; s.end {
			return page, nil, nil
		}
		left -= max(s.looked, loadedWeight*len(s.places))
	}
	return page, at, nil
}

// stride is some of the way through a list.
type stride struct {
	places []LicensePlace // of licenses that the filter may want
	last   *LicensePlace  // of those that were looked at
	looked int            // how many those are at least
	end    bool           // there are no more
}

// walker looks at so many licenses beyond a place, and returns at most limit of those that the filter may want.
type walker func(beyond *LicensePlace, look, limit int) (stride, error)

// loadPlaces loads the licenses at some places; those that are gone are left out.
func (tx *Tx) loadPlaces(tenant license.TenantID, places []LicensePlace) ([]license.LicenseRecord, error) {
	ids := make([]int64, len(places))
	for i := range places {
		ids[i] = int64(places[i].ID)
	}
	rows, err := loadEach(tx, findLicense, tenant, ids, (*recordRow).into)
	out := make([]license.LicenseRecord, len(rows))
	for i := range rows {
		if err == nil {
			err = tx.finish(&rows[i].licenseRow)
		}
		out[i] = rows[i].record()
	}
	return out, err
}

// walk is the way through a list that fits the filter best.
func (tx *Tx) walk(tenant license.TenantID, f *LicenseFilter, found *searched, now license.Time, v *LicenseView) (walker, error) {
	w := way{tx: tx, tenant: tenant, view: v, filter: f.sieve(found, now)}
	if v.By != ByCreation {
		places, few, err := tx.fewPlaces(tenant, f, found)
		switch {
		case err != nil:
			return nil, err
		case few:
			return walkAmong(places, v), nil
		case f.User != 0:
			return nil, license.Invalidf("sort", "this user holds too many licenses to sort them so")
		}
		w.parts = sortedStretches(f, found, now, v)
		return w.walk, nil
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
			return walkAmong(places, v), nil
		}
	}
	w.parts = []stretch{createdStretch(f, v.Down)}
	return w.walk, nil
}

// walkAmong goes through some places.
func walkAmong(places []LicensePlace, v *LicenseView) walker {
	order := v.By.compare
	if v.Down {
		order = func(a, b LicensePlace) int { return v.By.compare(b, a) }
	}
	slices.SortFunc(places, order)
	places = slices.Compact(places)
	return func(beyond *LicensePlace, look, _ int) (stride, error) {
		from := 0
		if beyond != nil {
			i, found := slices.BinarySearchFunc(places, *beyond, order)
			if from = i; found {
				from++
			}
		}
		s := stride{places: places[from:min(from+min(look, maxPage), len(places))], last: beyond}
		if s.looked = len(s.places); s.looked > 0 {
			s.last = &s.places[s.looked-1]
		}
		s.end = from+s.looked == len(places)
		return s, nil
	}
}

// way goes through the parts of a list, one after the other.
type way struct {
	tx     *Tx
	tenant license.TenantID
	view   *LicenseView
	filter *sieve
	parts  []stretch
}

// walk is a walker. One step stays within one part.
func (w *way) walk(beyond *LicensePlace, look, limit int) (stride, error) {
	i := 0
	at := &w.parts[0].begin
	if beyond != nil {
		if at = beyond; len(w.parts) > 1 && (w.view.By.last(*beyond) == 1) != w.view.Down {
			i = 1
		}
	}
	p, down := &w.parts[i], w.view.falls()
	p.plain = !w.tx.on.rowsKeepIndex()
	until, bounded := &p.end, false
	if len(w.filter.texts) > 0 || p.only != "" {
		last, err := w.places(p.bound(w.tenant, at, down, look))
		if err != nil {
			return stride{}, err
		}
		if bounded = len(last) > 0; bounded {
			until = &last[0]
		}
	}
	places, err := w.places(p.wanted(w.tenant, at, until, down, look, limit, w.filter))
	if err != nil {
		return stride{}, err
	}
	s := stride{looked: max(len(places), 1)}
	full := len(places) == limit
	s.places = slices.Compact(places) // Who holds a license at several levels holds it once.
	switch {
	case full: // It may have left out what comes after.
		s.last = &s.places[len(s.places)-1]
	case bounded:
		s.last, s.looked = until, look
	case i+1 < len(w.parts):
		s.last = &w.parts[i+1].begin
	default:
		s.end = true
	}
	return s, nil
}

// places runs a query of a stretch.
func (w *way) places(q *assembled) (list []LicensePlace, err error) {
	err = w.tx.forAny(func() error {
		list, err = listOf(w.tx, q.sql.String(), q.args, placeInto)
		return err
	})
	return list, err
}

func placeInto(p *LicensePlace) []any { return []any{&p.ID, &p.Key, &p.Ends} }
