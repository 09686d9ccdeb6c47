package store

import (
	"cmp"
	"slices"
	"time"

	"licet/internal/license"
)

// CallKind is what an app asked, as it is counted by day.
type CallKind string

// The closed list of kinds. Those that rules decide about are named as they are.
const (
	CallCheck      CallKind = "check" // may this device run?
	CallActivate   CallKind = "activate"
	CallReactivate CallKind = "re-activate" // by a device that has its place
	CallDeactivate CallKind = "deactivate"
	CallLease      CallKind = "lease"
	CallBorrow     CallKind = "borrow"
	CallRelease    CallKind = "release"
	CallConsume    CallKind = "consume"
	CallReserve    CallKind = "reserve"
	CallCancel     CallKind = "cancel" // of what was reserved
	CallRedeem     CallKind = "redeem" // a user takes a license
	CallTrial      CallKind = "trial"
	CallVersions   CallKind = "versions"
	CallVariables  CallKind = "variables"
	CallFile       CallKind = "file"    // of a license, for a device that cannot ask
	CallExplain    CallKind = "explain" // by the vendor's people
	CallSession    CallKind = "session" // an app of an application begins one
	CallSignIn     CallKind = "sign-in" // a user of an application does
	CallVisit      CallKind = "visit"   // anything else that an app of an application asks
	CallLookAfter  CallKind = "look-after"
	CallOther      CallKind = "other"
)

// DailyCalls is how often apps asked something of a product on a day, and were answered in one way.
type DailyCalls struct {
	Tenant  license.TenantID
	Day     int64             // since 1970-01-01, in UTC
	Product license.ProductID // 0 where it is not known
	Kind    CallKind
	Reason  license.Reason // why they were refused, or the code of an error that has no reason; "" is allowed
	Calls   int64          // less than 0 takes back what was counted as something else
}

// DayOf returns the day of a moment, since 1970-01-01.
func DayOf(at license.Time) int64 { return int64(at.Day()) / microsPerDay }

// DayStart returns the beginning of a day that DayOf returns.
func DayStart(day int64) license.Time { return license.Time(day * microsPerDay) }

const microsPerDay = int64(24 * time.Hour / time.Microsecond)

const addDailyCalls = `
INSERT INTO daily_calls (tenant_id, day, product_id, operation, reason, calls) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (tenant_id, day, product_id, operation, reason) DO UPDATE SET calls = daily_calls.calls + excluded.calls`

// AddDailyCalls adds to what was counted. It sorts the slice, so that replicas that write the same rows do not deadlock.
func (tx *Tx) AddDailyCalls(list []DailyCalls) error {
	slices.SortFunc(list, func(a, b DailyCalls) int {
		return cmp.Or(cmp.Compare(a.Tenant, b.Tenant), cmp.Compare(a.Day, b.Day), cmp.Compare(a.Product, b.Product),
			cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Reason, b.Reason))
	})
	for i := range list {
		c := &list[i]
		if c.Calls == 0 {
			continue
		}
		if err := tx.run(addDailyCalls, c.Tenant, c.Day, c.Product, c.Kind, c.Reason, c.Calls); err != nil {
			return err
		}
	}
	return nil
}

const listDailyCalls = `
SELECT day, product_id, operation, reason, calls
  FROM daily_calls
 WHERE tenant_id = $1 AND day >= $2 AND day <= $3`

// EachDailyCalls calls row for all that was counted of a tenant from one day to another, both included. row must keep no pointer.
func (tx *Tx) EachDailyCalls(tenant license.TenantID, from, until int64, row func(*DailyCalls)) error {
	c := DailyCalls{Tenant: tenant}
	dest := []any{&c.Day, &c.Product, &c.Kind, &c.Reason, &c.Calls}
	return tx.each(listDailyCalls, []any{tenant, from, until}, func(scan func(...any) error) error {
		err := scan(dest...)
		if err == nil {
			row(&c)
		}
		return err
	})
}

const pruneDailyCalls = `
DELETE FROM daily_calls
 WHERE (tenant_id, day, product_id, operation, reason) IN
       (SELECT old.tenant_id, old.day, old.product_id, old.operation, old.reason FROM daily_calls AS old
         WHERE old.day < $1 ORDER BY old.day LIMIT CAST($2 AS BIGINT))`

// PruneDailyCalls drops what was counted before a day, at most limit (1 to 1000) rows. It returns how many went.
func (tx *Tx) PruneDailyCalls(before int64, limit int) (int64, error) {
	return tx.affected(pruneDailyCalls, before, pageSize(limit))
}
