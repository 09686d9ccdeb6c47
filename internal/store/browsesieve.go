package store

import (
	"strconv"
	"strings"

	"licet/internal/license"
)

// assembled is a query that is put together of constant texts, with its arguments.
type assembled struct {
	sql  strings.Builder
	args []any
}

// add adds a text in which each $ stands for the next of args.
func (q *assembled) add(text string, args ...any) {
	for i, piece := range strings.Split(text, "$") {
		if i > 0 {
			q.args = append(q.args, args[i-1])
			q.sql.WriteByte('$')
			q.sql.WriteString(strconv.Itoa(len(q.args)))
		}
		q.sql.WriteString(piece)
	}
}

// run is an order that an index has: by a column, and by the identity where that is the same. Both stand in rows that are compared as one, so
// that no other index will do.
type run struct {
	column, id string // "" is no column
	value      func(LicensePlace) any
	same       any  // the value, where it is the same all along; else nil
	collated   bool // the column says how it is compared: then SQLite finds the place in the index by the column alone
}

// always is the run of a column that has the same value all along.
func always(column, id string, value any) run {
	return run{column: column, id: id, value: func(LicensePlace) any { return value }, same: value}
}

// stretch is a list of licenses, or a part of one, as an index has it.
type stretch struct {
	run
	from       string       // tables and conditions; "" is what licensesOfEnds says
	only       string       // a condition that no index knows; "" is none
	reach      string       // what a query without a sieve begins with, in place of selectPlaces and from; "" is those
	begin, end LicensePlace // it lies between them
	plain      bool         // what is the same all along is said so, and the identity compared alone: see session.rowsKeepIndex
}

const (
	selectPlaces = `
SELECT licenses.id, licenses.key_folded, licenses.ends_at
  FROM `
	ofTenant = `licenses
 WHERE licenses.tenant_id = $`
	// ofUser begins with the redemptions; CROSS says so to SQLite.
	ofUser = `redemptions
 CROSS JOIN licenses
 WHERE licenses.tenant_id = redemptions.tenant_id AND licenses.id = redemptions.license_id AND redemptions.tenant_id = $`
	// ofEnds leaves out the key, which is no part of a place among the ends.
	ofEnds = `
SELECT license_ends.license_id, '' AS none, license_ends.ends_at
  FROM license_ends
 WHERE license_ends.tenant_id = $`
	licensesOfEnds = ` LIMIT CAST($ AS BIGINT)) AS ends
 CROSS JOIN licenses
 WHERE licenses.tenant_id = $ AND licenses.id = ends.license_id`
	// asIfEndless stands among those without an end wherever it is, so that a page goes on there.
	asIfEndless = `
SELECT licenses.id, '', CAST(0 AS BIGINT)
  FROM ` + ofTenant
)

// query is the part of the stretch between two places, the second one included, in its order. Without f it is about all
// that an index has there.
func (s *stretch) query(q *assembled, tenant license.TenantID, after, until *LicensePlace, down bool, f *sieve) *assembled {
	if f == nil && s.reach != "" {
		q.add(s.reach, tenant)
	} else {
		q.add(selectPlaces)
		q.add(s.from, tenant)
	}
	if s.byIdentity() && s.same != nil {
		q.add(` AND `)
		q.add(s.column)
		q.add(` = $`, s.same)
	}
	s.compare(q, pick(down, ` > `, ` < `), after)
	s.compare(q, pick(down, ` <= `, ` >= `), until)
	if s.collated {
		s.compareColumn(q, pick(down, ` >= `, ` <= `), after)
		s.compareColumn(q, pick(down, ` <= `, ` >= `), until)
	}
	if f != nil {
		q.add(s.only)
		q.sift(f)
	}
	if s.byIdentity() {
		return q.inOrder(down, s.id)
	}
	return q.inOrder(down, s.column, s.id)
}

// inOrder sorts by columns.
func (q *assembled) inOrder(down bool, columns ...string) *assembled {
	for i, column := range columns {
		q.add(pick(i == 0, `, `, ` ORDER BY `))
		q.add(column)
		q.add(pick(down, ``, ` DESC`))
	}
	return q
}

// byIdentity reports whether the identity alone is compared.
func (s *stretch) byIdentity() bool { return s.column == "" || s.plain && s.same != nil }

func (s *stretch) compare(q *assembled, how string, with *LicensePlace) {
	q.add(` AND (`)
	if s.byIdentity() {
		q.add(s.id)
		q.add(`)`)
		q.add(how)
		q.add(`($)`, with.ID)
		return
	}
	q.add(s.column)
	q.add(`, `)
	q.add(s.id)
	q.add(`)`)
	q.add(how)
	q.add(`($, $)`, s.value(*with), with.ID)
}

// compareColumn compares the column alone.
func (s *stretch) compareColumn(q *assembled, how string, with *LicensePlace) {
	q.add(` AND `)
	q.add(s.column)
	q.add(how)
	q.add(`$`, s.value(*with))
}

// bound is the query for the last of so many licenses of the stretch beyond a place. It goes by the index alone.
func (s *stretch) bound(tenant license.TenantID, after *LicensePlace, down bool, look int) *assembled {
	q := s.query(new(assembled), tenant, after, &s.end, down, nil)
	q.add(` LIMIT 1 OFFSET CAST($ AS BIGINT)`, look-1)
	return q
}

// wanted is the query for those of the stretch between two places that a filter may want: all that SQL can say of it, so that what a screen
// leaves out costs little.
func (s *stretch) wanted(tenant license.TenantID, after, until *LicensePlace, down bool, look, limit int, f *sieve) *assembled {
	q := new(assembled)
	if s.from == "" {
		q.add(selectPlaces)
		q.add(`(`)
		s.query(q, tenant, after, until, down, nil)
		q.add(licensesOfEnds, max(look, limit), tenant)
		q.sift(f)
		q.inOrder(down, `ends.ends_at`, `ends.license_id`)
	} else {
		s.query(q, tenant, after, until, down, f)
	}
	q.add(` LIMIT CAST($ AS BIGINT)`, limit)
	return q
}

// sift adds the conditions of a filter.
func (q *assembled) sift(f *sieve) {
	for i := range f.texts {
		q.add(f.texts[i], f.args[i]...)
	}
}

// sieve is the conditions of a filter that SQL knows. They keep away from the indices: the stretch says which one it goes by.
type sieve struct {
	texts []string
	args  [][]any
}

func (s *sieve) add(when bool, text string, args ...any) {
	if when {
		s.texts, s.args = append(s.texts, text), append(s.args, args)
	}
}

// sieve returns the conditions of f.
func (f *LicenseFilter) sieve(found *searched, now license.Time) *sieve {
	s := new(sieve)
	s.add(f.Product != 0, ` AND licenses.product_id + 0 = $`, f.Product)
	s.add(f.Policy != 0, ` AND licenses.policy_id + 0 = $`, f.Policy)
	s.add(f.Order != 0, ` AND licenses.order_id + 0 = $`, f.Order)
	s.add(f.Customer != 0, ` AND licenses.customer_id + 0 = $`, f.Customer)
	s.add(f.Standing != "", ` AND (licenses.standing || '') = $`, f.Standing)
	s.add(f.Used != nil && *f.Used, ` AND licenses.first_used_at > 0`)
	s.add(f.Used != nil && !*f.Used, ` AND licenses.first_used_at = 0`)
	s.add(f.Banned != nil && *f.Banned, ` AND CASE WHEN licenses.redemption_blocked = TRUE THEN 1 ELSE 0 END = 1`)
	s.add(f.Banned != nil && !*f.Banned, ` AND CASE WHEN licenses.redemption_blocked = TRUE THEN 1 ELSE 0 END = 0`)
	s.add(f.IssuedFrom != 0, ` AND licenses.issued_at + 0 >= $`, f.IssuedFrom)
	s.add(f.IssuedUntil != 0, ` AND licenses.issued_at + 0 < $`, f.IssuedUntil)
	s.add(f.Expired != nil && *f.Expired, ` AND licenses.ends_at > 0 AND licenses.ends_at <= $`, now)
	s.add(f.Expired != nil && !*f.Expired, ` AND (licenses.ends_at = 0 OR licenses.ends_at >= $)`, now) // The very moment is looked at later.
	s.add(f.Note != "" || found != nil && found.inNotes, ` AND licenses.note <> ''`)                    // So is what it says.
	if f.Prefix != "" {
		least, beyond := begins(license.FoldKey(f.Prefix))
		s.add(true, ` AND (licenses.key_folded || '') COLLATE "binary" >= $ AND (licenses.key_folded || '') COLLATE "binary" < $`, least, beyond)
	}
	s.add(f.Products != nil || found != nil && !found.inNotes, ``) // What only Go knows is a condition too.
	return s
}

// over turns the stretch round where a list runs down.
func (s stretch) over(down bool) stretch {
	s.end.ID = license.MaxID
	if down {
		s.begin, s.end = s.end, s.begin
	}
	return s
}

// createdStretch is the list by creation that fits a filter best.
func createdStretch(f *LicenseFilter, down bool) stretch {
	s := stretch{run: run{id: `licenses.id`}, from: ofTenant}
	switch {
	case f.User != 0:
		s.run, s.from = always(`redemptions.user_id`, `redemptions.license_id`, f.User), ofUser
	case f.Order != 0:
		s.run = always(`licenses.order_id`, s.id, f.Order)
	case f.Customer != 0:
		s.run, s.from = always(`licenses.customer_id`, s.id, f.Customer), ofTenant+` AND licenses.customer_id <> 0`
	case f.Standing != "" && f.Standing != license.Enabled:
		s.run, s.from = always(`licenses.standing`, s.id, f.Standing), ofTenant+` AND licenses.standing <> 'enabled'`
	case f.Banned != nil && *f.Banned:
		s.run, s.from = always(`licenses.redemption_blocked`, s.id, true), ofTenant+` AND licenses.redemption_blocked <> FALSE`
	case f.Product != 0:
		s.run = always(`licenses.product_id`, s.id, f.Product)
	}
	return s.over(down)
}

// sortedStretches are the parts of a list by the index that has all licenses of a tenant in order: those that have what it is sorted by, and
// then those that have not; the other way round when it runs down.
func sortedStretches(f *LicenseFilter, found *searched, now license.Time, v *LicenseView) []stretch {
	have, lack := stretch{from: ofTenant}, stretch{from: ofTenant}
	switch v.By {
	case ByKey:
		have.run = run{column: `licenses.key_folded COLLATE "binary"`, id: `licenses.id`, value: func(p LicensePlace) any { return p.Key }, collated: true}
		lack.run, lack.from = always(`licenses.license_key`, `licenses.id`, ""), ofTenant+` AND licenses.key_folded IS NULL`
		prefix := license.FoldKey(f.Prefix)
		if prefix == "" && found != nil && !found.inNotes && len(found.customers) == 0 {
			prefix = license.FoldKey(f.Search)
		}
		have.begin.Key, have.end.Key = prefix, highestKey
		if prefix != "" {
			_, have.end.Key = begins(prefix)
		}
	default:
		have.run, have.from, have.reach = run{
			column: `license_ends.ends_at`, id: `license_ends.license_id`, value: func(p LicensePlace) any { return p.Ends },
		}, "", ofEnds
		lack.run, lack.only, lack.reach = run{id: `licenses.id`}, ` AND licenses.ends_at = 0`, asIfEndless
		have.begin.Ends, have.end.Ends = 1, license.Forever // None ends in the first moment of 1970.
		switch {
		case f.Expired == nil:
		case *f.Expired:
			have.end.Ends = now
			return []stretch{have.over(v.falls())}
		default:
			have.begin.Ends = now
		}
	}
	have, lack = have.over(v.falls()), lack.over(v.falls())
	if v.Down {
		return []stretch{lack, have}
	}
	return []stretch{have, lack}
}

// highestKey is beyond all keys: they begin with no such character.
const highestKey = "\U0010FFFF"

// pick returns a text for a list that runs up, or the one for down.
func pick(down bool, up, otherwise string) string {
	if down {
		return otherwise
	}
	return up
}
