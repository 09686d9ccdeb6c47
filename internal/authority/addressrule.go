package authority

import (
	"context"
	"net/netip"
	"time"

	"licet/internal/license"
	"licet/internal/store"
)

// Countries tells in which country an address is.
type Countries interface {
	// CountryOf returns a code of ISO 3166 in capitals; "" where nobody knows.
	CountryOf(netip.Addr) string
}

// locate says where a claim comes from, where address rules concern the license (S0-26).
func (a *Authority) locate(s *license.State, c *license.Claim) {
	a.place(s.Origin, c.Address, c.Country)
}

// place fills in an Origin: the address of whoever asks, and the country that they say they are in.
func (a *Authority) place(o *license.Origin, address, said string) {
	if o == nil {
		return
	}
	o.Said = said
	at, err := netip.ParseAddr(address)
	if err != nil {
		return
	}
	o.Address = at.WithZone("").Unmap()
	if a.countries != nil {
		o.Country = a.countries.CountryOf(o.Address)
	}
}

// lock is LockState with where the claim comes from.
func (a *Authority) lock(tx *store.Tx, seen *license.State, c *license.Claim, now license.Time) (license.State, error) {
	s, err := tx.LockState(seen, c, now)
	a.locate(&s, c)
	return s, err
}

// noteOrigin counts the address rules that a claim breaks, and reports those that are there to report. That is noted once for
// each call of an app, when the license was found.
func (a *Authority) noteOrigin(o *license.Origin, of license.LicenseID) {
	if o == nil {
		return
	}
	now := a.now()
	for _, hit := range o.Judge() {
		a.marks.hit(hit, now)
		if hit.Rule.Mode == license.RuleReport && of != 0 {
			a.marks.report(report{
				tenant: hit.Rule.Tenant, rule: hit.Rule.ID, license: of, at: now,
				data: map[string]any{"rule": hit.Rule.Name, "entry": hit.Entry, "address": o.Address.String(), "country": countryOr(o.Country), "said": o.Said},
			})
		}
	}
}

func countryOr(code string) string {
	if code == "" {
		return license.UnknownCountry
	}
	return code
}

// guardOrigin refuses a user of an application with PlaceRefused who signs in from where an enforced rule does not want the
// application, or a license that they hold.
func (a *Authority) guardOrigin(v *Visit, who *candidate) error {
	o := who.origin
	a.place(o, v.Address, "")
	var held license.LicenseID
	if len(who.held) > 0 {
		held = who.held[0].License
	}
	a.noteOrigin(o, held)
	if o.Refused() {
		return license.Refuse(license.PlaceRefused)
	}
	return nil
}

// originOf returns the address rules of an application, and of the licenses that a user holds; nil where there are none.
func originOf(tx *store.Tx, v *Visit, held []license.Holding) (*license.Origin, error) {
	rules, err := tx.AddressRulesOfProduct(v.App.Tenant, v.App.Product)
	if err != nil {
		return nil, err
	}
	o := new(license.Origin)
	for _, r := range rules {
		mine := r.License == 0
		for i := range held {
			mine = mine || held[i].License == r.License
		}
		if mine {
			o.Rules = append(o.Rules, r)
		}
	}
	if len(o.Rules) == 0 {
		return nil, nil
	}
	return o, nil
}

// reportEvery is how often a license that breaks a rule is reported.
const reportEvery = time.Hour

// pruneReports forgets what is too old to keep a report back.
func (a *Authority) pruneReports(ctx context.Context) error {
	for {
		var gone int64
		err := a.store.Write(ctx, func(tx *store.Tx) (err error) {
			gone, err = tx.PruneAddressReports(a.now().Add(-reportEvery), pruneAtOnce)
			return err
		})
		if err != nil || gone < pruneAtOnce {
			return err
		}
	}
}
