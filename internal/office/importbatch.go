package office

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"licet/internal/license"
	"licet/internal/store"
)

// termsFor is what terms are made from.
type termsFor struct {
	policy license.PolicyID
	row    rowTerms
}

// maxImportTerms bounds how many different terms an import remembers.
const maxImportTerms = 5000

// importTx is one transaction of an import, and what comes of it.
type importTx struct {
	*importer
	tx        *store.Tx
	now       license.Time
	orders    map[string]*license.Order // by reference
	customers map[string]license.CustomerID
	shared    string // reference of the order that is made for it

	made        int64
	skipped     int64
	faults      []ImportFault
	differences []ImportDifference
	usedShared  bool
}

// issuing is a row on its way to be stored.
type issuing struct {
	row   *importRow
	order *license.Order
	lot   []license.LicenseRecord // of the product, and of those that it stands for
	begun [][]license.Grant       // what their features begin with
}

// errDryRun takes back what a dry run did.
var errDryRun = errors.New("dry run")

// flush stores the batch, in one transaction.
func (i *importer) flush(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if len(i.batch) == 0 {
		return nil
	}
	if err := i.findPolicies(ctx); err != nil {
		return err
	}
	var b *importTx
	err := patiently(ctx, i.o.d.Store.Write, func(tx *store.Tx) error {
		b = &importTx{importer: i, tx: tx, now: i.o.d.Now(), orders: map[string]*license.Order{}, customers: map[string]license.CustomerID{}}
		b.shared = fmt.Sprintf("%s-%d", i.reference, i.orders+1)
		err := b.store()
		if err == nil && i.in.DryRun {
			err = errDryRun
		}
		return err
	})
	if err != nil && !errors.Is(err, errDryRun) {
		return err
	}
	i.result.Made += b.made
	i.result.Skipped += b.skipped
	i.result.Different += int64(len(b.differences))
	i.result.Differences = append(i.result.Differences, b.differences[:min(len(b.differences), maxImportList-len(i.result.Differences))]...)
	i.fail(b.faults...)
	switch {
	case i.in.DryRun:
		i.remember()
	case b.usedShared:
		i.orders++
		i.result.Order = i.reference
	}
	i.batch, i.bytes = i.batch[:0], 0
	return nil
}

// importTries is how often a transaction is tried while the server is busy, a second apart: nobody sits before an import.
const importTries = 300

// patiently is do, which is Write or Read, for those who can wait.
func patiently(ctx context.Context, do func(context.Context, func(*store.Tx) error) error, fn func(*store.Tx) error) (err error) {
	for range importTries {
		if err = do(ctx, fn); license.ReasonOf(err) != license.ServerBusy {
			return err
		}
		wait := time.NewTimer(time.Second)
		select {
		case <-ctx.Done():
			wait.Stop()
			return ctx.Err()
		case <-wait.C:
		}
	}
	return err
}

// findPolicies looks up the policies that rows of the batch name.
func (i *importer) findPolicies(ctx context.Context) error {
	if i.in.Policy != "" {
		return nil
	}
	if len(i.policies) >= importPolicies {
		clear(i.policies)
	}
	p := &i.kinds[0].product
	asks := func(r importRow) bool {
		_, known := i.policies[r.terms.policy]
		return r.terms.policy != "" && !known
	}
	if !slices.ContainsFunc(i.batch, asks) {
		return nil
	}
	return patiently(ctx, i.o.d.Store.Read, func(tx *store.Tx) error {
		for n := range i.batch {
			code := i.batch[n].terms.policy
			if _, known := i.policies[code]; known || code == "" {
				continue
			}
			policy, err := tx.FindPolicyByCode(p.Tenant, p.ID, code)
			switch {
			case err == nil && !policy.Archived:
				i.policies[code] = &policy
			case err == nil || license.CodeOf(err) == license.NotFound:
				i.policies[code] = nil
				i.missing = appendName(i.missing, code)
			default:
				return err
			}
		}
		return nil
	})
}

// store does all that one transaction does.
func (b *importTx) store() error {
	// One import at a time: orders, customers, terms and keys that two of them share would wait for each other in a ring.
	if _, err := b.tx.LockTenant(b.actor.Tenant); err != nil {
		return err
	}
	for n := range b.kinds {
		p, err := b.tx.FindProduct(b.actor.Tenant, b.kinds[n].product.ID)
		switch {
		case err != nil:
			return err
		case p.Archived:
			return license.Refuse(license.ProductArchived)
		case p.Disabled:
			return license.Refuse(license.ProductDisabled)
		}
	}
	fresh, err := b.freshRows()
	if err != nil {
		return err
	}
	all := make([]issuing, 0, len(fresh))
	for _, row := range fresh {
		one, fault, err := b.make(row)
		if err != nil {
			return err
		}
		if fault != nil {
			b.faults = append(b.faults, *fault)
			continue
		}
		all = append(all, one)
	}
	slices.SortFunc(all, func(x, y issuing) int { return strings.Compare(x.row.folded, y.row.folded) })
	if all, err = b.insert(all); err != nil {
		return err
	}
	b.made = int64(len(all))
	return b.finish(all)
}

// freshRows returns the rows whose keys are new to the product, and of two rows with one key the first.
func (b *importTx) freshRows() ([]*importRow, error) {
	folded := make([]string, len(b.batch))
	for n := range b.batch {
		folded[n] = b.batch[n].folded
	}
	there, err := b.tx.TermsOfKeys(b.actor.Tenant, b.kinds[0].product.ID, folded)
	if err != nil {
		return nil, err
	}
	firsts := make(map[string]*importRow, len(b.batch))
	fresh := make([]*importRow, 0, len(b.batch))
	for n := range b.batch {
		row := &b.batch[n]
		terms, known := there[row.folded]
		first, twice := firsts[row.folded]
		switch {
		case known:
			b.skipped++
			b.compare(row, say(terms.Level), say(terms.Duration))
		case twice:
			b.skipped++
			b.compare(row, first.terms.level, first.terms.duration)
		default:
			firsts[row.folded] = row
			fresh = append(fresh, row)
		}
	}
	return fresh, nil
}

// compare notes where a row says something else than what is there.
func (b *importTx) compare(row *importRow, level said[int64], duration said[license.Span]) {
	differ := func(field, there, file string) {
		b.differences = append(b.differences, ImportDifference{Row: row.number, Key: row.key, Field: field, There: there, File: file})
	}
	if want := row.terms.level; want.ok && level.ok && want != level {
		differ("level", number(level.value), number(want.value))
	}
	if want := row.terms.duration; want.ok && duration.ok && want != duration {
		differ("duration", duration.value.Text(), want.value.Text())
	}
}

// make asks the core for the licenses of a row.
func (b *importTx) make(row *importRow) (one issuing, fault *ImportFault, err error) {
	one = issuing{row: row}
	terms := make([]*license.Terms, len(b.kinds))
	for n := range b.kinds {
		if terms[n], err = b.terms(&b.kinds[n], row, n == 0); err != nil {
			return one, faultOf(row.number, "", err), nil
		}
	}
	customer, err := b.customer(row)
	if err != nil {
		return one, nil, err
	}
	if one.order, fault, err = b.order(row, customer); err != nil || fault != nil {
		return one, fault, err
	}
	if customer == 0 {
		customer = one.order.Customer
	}
	for n := range b.kinds {
		k := &b.kinds[n]
		issue := license.Issue{
			Product: k.product.Product, Order: *one.order, Policy: b.policyOf(k, row, n == 0).ID, Terms: terms[n], Customer: customer, Key: row.key,
			NotBefore: row.notBefore, ExpiresAt: row.expiresAt, Note: row.note, Metadata: row.metadata,
		}
		record, grants, err := carried(&issue, row, b.now)
		if err != nil {
			return one, faultOf(row.number, "", err), nil
		}
		record.CustomFields = k.fields
		one.lot, one.begun = append(one.lot, record), append(one.begun, grants)
	}
	return one, nil, nil
}

// carried makes a license as it was elsewhere. One that was used there began then, and not at its first use here.
func carried(issue *license.Issue, row *importRow, now license.Time) (license.LicenseRecord, []license.Grant, error) {
	terms, begin := issue.Terms, row.startedAt
	if begin == 0 && terms.Starts == license.StartsAtFirstUse {
		begin = row.usedAt
	}
	at := now
	if begin != 0 {
		started := *terms
		started.Starts = license.StartsAtIssue
		issue.Terms, at = &started, begin
	}
	r, grants, err := license.NewLicense(issue, at)
	r.Terms, r.IssuedAt, r.Standing, r.FirstUsedAt = terms, now, row.standing, row.usedAt
	if row.maintainedUntil != 0 {
		r.MaintainedUntil = row.maintainedUntil
	}
	if row.banned {
		r.RedemptionBlocked, r.BlockReason = true, importBlocked
	}
	return r, grants, err
}

// policyOf returns the policy whose terms hold where a row says nothing.
func (b *importTx) policyOf(k *importKind, row *importRow, first bool) *license.Policy {
	if named := b.policies[row.terms.policy]; named != nil && first {
		return named
	}
	return &k.policy
}

// terms returns the terms of a row: what it says, else those of the policy. Rows that say the same share one value.
func (b *importTx) terms(k *importKind, row *importRow, first bool) (*license.Terms, error) {
	policy := b.policyOf(k, row, first)
	key := termsFor{policy.ID, row.terms}
	if known := b.madeTerms[key]; known != nil {
		return known, nil
	}
	terms, err := row.terms.apply(policy.Terms)
	if err != nil {
		return nil, err
	}
	if len(b.madeTerms) >= maxImportTerms {
		clear(b.madeTerms)
	}
	b.madeTerms[key] = &terms
	return &terms, nil
}

// apply returns t as a row changes it.
func (r *rowTerms) apply(t license.Terms) (license.Terms, error) {
	c := TermsChange{
		Trial: r.trial.pointer(), Level: r.level.pointer(), Duration: r.duration.pointer(),
		Activations: r.activations.pointer(), Transfers: r.transfers.pointer(),
	}
	if r.kind != "" {
		c.Type = &r.kind
	}
	if r.lock != "" {
		c.Lock = &r.lock
	}
	if r.plan != "" {
		if _, known := license.PlanByKey(string(r.plan)); !known {
			return t, license.Invalidf("plan", "%q is no plan", shortened(string(r.plan)))
		}
		c.Plan, c.Duration = &r.plan, nil
	}
	t, err := c.Apply(t)
	if err != nil {
		return t, err
	}
	if r.plan != "" && r.duration.ok && !r.duration.value.IsZero() {
		t.Duration = r.duration.value // of a license that was extended
	}
	if r.fixedEnd {
		t = endsOn(t)
	}
	return t, t.Validate()
}

// customer returns the buyer that a row names, 0 when none.
func (b *importTx) customer(row *importRow) (license.CustomerID, error) {
	folded := store.FoldEmail(row.customer)
	if id, known := b.customers[folded]; known || folded == "" {
		return id, nil
	}
	c, _, err := findOrInsertCustomer(b.tx, b.actor, b.now, NewCustomer{Email: row.customer})
	b.customers[folded] = c.ID
	return c.ID, err
}

// order returns the order that a license goes into, locked. An order that its row names, and that is not known, is of its
// customer; an order of many rows is nobody's.
func (b *importTx) order(row *importRow, customer license.CustomerID) (*license.Order, *ImportFault, error) {
	n := NewOrder{Reference: row.order}
	switch {
	case row.order != "":
		if row.pending {
			n.Status = license.OrderPending
		}
	case b.in.Order != "":
		n.Reference, customer = b.in.Order, 0
	default:
		n.Reference, customer, b.usedShared = b.shared, 0, true
	}
	order := b.orders[n.Reference]
	if order == nil {
		found, err := b.lockOrder(n, customer)
		if err != nil {
			return nil, nil, err
		}
		order = &found
		b.orders[n.Reference] = order
	}
	if err := takesLicenses(order); err != nil {
		return nil, faultOf(row.number, "order", err), nil
	}
	return order, nil, nil
}

func (b *importTx) lockOrder(n NewOrder, customer license.CustomerID) (license.Order, error) {
	order, made, err := b.o.insertOrder(b.tx, b.actor, b.now, n, customer)
	if err != nil || made {
		return order, err
	}
	known, err := b.tx.FindOrderByReference(b.actor.Tenant, n.Reference)
	if err != nil {
		return order, err
	}
	return b.tx.LockOrder(b.actor.Tenant, known.ID)
}

// insert stores the licenses and returns the rows whose licenses went in. Somebody else may have taken a key meanwhile.
func (b *importTx) insert(all []issuing) ([]issuing, error) {
	lots := make([][]license.LicenseRecord, len(b.kinds))
	keys := make([]string, len(all))
	for n := range all {
		keys[n] = all[n].row.key
		for k := range lots {
			lots[k] = append(lots[k], all[n].lot[k])
		}
	}
	var taken []int
	var err error
	switch {
	case len(all) == 0:
		return nil, nil
	case len(lots) == 1:
		taken, err = b.tx.InsertLicenses(lots[0])
	default:
		taken, err = b.tx.InsertBundles(lots, keys)
	}
	if err != nil {
		return nil, err
	}
	stored := all[:0]
	for n := range all {
		switch {
		case !slices.Contains(taken, n):
			for k := range lots {
				all[n].lot[k] = lots[k][n]
			}
			stored = append(stored, all[n])
		case len(lots) == 1:
			b.skipped++
		default:
			b.faults = append(b.faults, *faultf(all[n].row.number, "key", "a product of the bundle has a license with this key already; take the row out"))
		}
	}
	return stored, nil
}

// finish stores what goes with licenses, and leaves the event of each.
func (b *importTx) finish(all []issuing) error {
	events := make([]license.Event, 0, len(all)*len(b.kinds))
	for n := range all {
		for k := range all[n].lot {
			l := &all[n].lot[k].License
			if l.IsUsed() || l.RedemptionBlocked {
				if err := b.tx.CarryLicense(l); err != nil {
					return err
				}
			}
			for _, g := range all[n].begun[k] {
				g.License = l.ID
				if err := b.tx.SaveGrant(b.actor.Tenant, &g); err != nil {
					return err
				}
			}
			data := map[string]any{"product": b.kinds[k].product.Code, "order": all[n].order.Reference, "imported": true}
			if l.Standing != license.Enabled {
				data["standing"] = l.Standing
			}
			if l.RedemptionBlocked {
				data["banned"] = true
			}
			if l.IsUsed() {
				data["first_used_at"] = l.FirstUsedAt
			}
			events = append(events, license.Event{Kind: license.LicenseIssued, License: l.ID, Subject: int64(all[n].order.ID), Data: data})
		}
	}
	return b.tx.AppendEvents(b.actor.Tenant, b.actor.String(), b.now, events...)
}
