package office

import (
	"context"
	"strconv"
	"time"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/store"
)

// The settings of a tenant that the operator of the server makes, and the tenant reads.
const (
	settingAllowance = "api.allowance"       // calls in a month; none is no allowance
	settingContact   = "api.upgrade_contact" // whom to ask for more: an address or a link
)

// MonthUsage is how many calls the apps and programs of a tenant made in a month, in UTC.
type MonthUsage struct {
	Month string // 2026-03
	Calls int64  // to about a second
}

// APIUsage is the meter of a tenant (S0-01). Nothing is ever refused by it (S0-03).
type APIUsage struct {
	Months    []MonthUsage // the current one first, each of them, also without calls
	Allowance int64        // calls in a month; 0 is none
	Contact   string       // whom to ask for more; "" is nobody (S0-04)
}

// Percent returns the calls of the current month in percent of the allowance, to a tenth, and however far above 100 (S0-02); 0
// without an allowance.
func (u *APIUsage) Percent() float64 {
	if u.Allowance <= 0 || len(u.Months) == 0 {
		return 0
	}
	// Rounded down, so that it does not read 100 before all is used.
	tenths := u.Months[0].Calls / u.Allowance * 1000
	return float64(tenths+u.Months[0].Calls%u.Allowance*1000/u.Allowance) / 10
}

// Over reports whether the current month is above the allowance: all of it used is not above it.
func (u *APIUsage) Over() bool {
	return u.Allowance > 0 && len(u.Months) > 0 && u.Months[0].Calls > u.Allowance
}

// maxMonths is how many months of the meter are shown at most.
const maxMonths = 36

// APIUsage returns the meter of the actor's tenant over so many months, 1 to 36; 0 is 12.
func (o *Office) APIUsage(ctx context.Context, actor identity.Actor, months int) (u APIUsage, err error) {
	if err := may(actor, identity.ReadLicenses); err != nil {
		return u, err
	}
	if months == 0 {
		months = 12
	}
	if months < 1 || months > maxMonths {
		return u, license.Invalidf("months", "ask for 1 to %d months", maxMonths)
	}
	now := o.d.Now().UTC()
	for i := range months {
		u.Months = append(u.Months, MonthUsage{Month: time.Date(now.Year(), now.Month()-time.Month(i), 1, 0, 0, 0, 0, time.UTC).Format("2006-01")})
	}
	err = o.d.Store.Read(ctx, func(tx *store.Tx) error {
		calls, err := tx.UsageSince(actor.Tenant, u.Months[months-1].Month)
		if err != nil {
			return err
		}
		for i := range u.Months {
			u.Months[i].Calls = calls[u.Months[i].Month]
		}
		text, _, err := tx.TenantSetting(actor.Tenant, settingAllowance)
		if err != nil {
			return err
		}
		u.Allowance, _ = strconv.ParseInt(text, 10, 64) // "" is none.
		u.Contact, _, err = tx.TenantSetting(actor.Tenant, settingContact)
		return err
	})
	return u, err
}

// checkAllowance refuses what is no number of calls.
func checkAllowance(text string) error {
	if n, err := strconv.ParseInt(text, 10, 64); err != nil || n < 1 || n > license.MaxID || strconv.FormatInt(n, 10) != text {
		return license.Invalidf("value", "the allowance is a number of calls in a month, from 1")
	}
	return nil
}
