package platform

import (
	"cmp"
	"context"
	"strings"

	"licet/internal/authority"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/store"
	"licet/internal/web"
)

// licenseUsage is what is used of a license: its meters and its floating seats.
type licenseUsage struct {
	*licenseView
	meters []licenseMeterView
	seats  []licenseSeats
	ends   []licenseEndOf
	events []license.StoredEvent // about use, the newest first
	looked int                   // events that these are of
}

// licenseMeterView is one meter.
type licenseMeterView struct {
	of       string // code of a feature; "" is the license itself
	terms    license.UsageTerms
	used     int64
	reserved int64
	begun    license.Time // the period; 0 has none
}

// licenseSeats are the floating seats of a place.
type licenseSeats struct {
	of    string
	terms license.FloatingTerms
	taken int64
}

// licenseEndOf is the end of a feature.
type licenseEndOf struct {
	code string
	ends license.Time // 0 is none of its own
	over bool
}

const (
	usageLooked = 500 // events of a license, for those about use
	usageShown  = 20
)

func (v *visit) licenseUsage() error {
	l, err := v.licenseOf(licenseAtUsage)
	if err != nil {
		return err
	}
	view := &licenseUsage{licenseView: l}
	if err := v.readUsage(view); err != nil {
		return err
	}
	history, err := v.p.d.Office.LicenseHistory(v.Context(), v.actor, l.ref(), office.Page{Limit: usageLooked})
	if err != nil {
		return err
	}
	view.looked = len(history)
	for i := range history {
		kind := string(history[i].Kind)
		if len(view.events) < usageShown && (strings.HasPrefix(kind, "usage.") || strings.HasPrefix(kind, "seat.") || history[i].Kind == license.LicenseReset) {
			view.events = append(view.events, history[i])
		}
	}
	return v.draw(v.t("Usage of %s", l.name()), licenseUsagePage(view))
}

// readUsage asks the authority for each place and meter of the license what an app would find there.
func (v *visit) readUsage(view *licenseUsage) error {
	t := view.Terms
	if t.Floating != nil || t.Usage != nil {
		if _, err := v.readPlace(view, "", t.Floating, t.Usage); err != nil {
			return err
		}
	}
	var grants []license.Grant
	for i := range t.Features {
		f := &t.Features[i]
		if i == 0 || f.Floating != nil || f.Usage != nil {
			found, err := v.readPlace(view, f.Code, f.Floating, f.Usage)
			if err != nil {
				return err
			}
			grants = found
		}
	}
	for i := range t.Features {
		end := licenseEndOf{code: t.Features[i].Code}
		for j := range grants {
			if grants[j].Feature == end.code {
				end.ends, end.over = grants[j].ExpiresAt, grants[j].IsExpired(view.Now)
			}
		}
		view.ends = append(view.ends, end)
	}
	return nil
}

// readPlace reads what is used of the license itself or of a feature, and returns what is used of all features. Seats are counted
// from where a device stands: which of them does not matter.
func (v *visit) readPlace(view *licenseUsage, feature string, f *license.FloatingTerms, u *license.UsageTerms) ([]license.Grant, error) {
	var claim license.Claim
	if len(view.Devices) > 0 {
		claim = licenseClaim(&view.Devices[0])
	}
	claim.Feature = feature
	e, err := v.p.d.Authority.Explain(v.Context(), v.askAbout(view.licenseView, claim), license.OpCheck)
	if err != nil {
		return nil, err
	}
	if u != nil {
		m := licenseMeterView{of: feature, terms: *u, used: e.UsedOf(&claim, e.Now), reserved: e.Reserved}
		if u.Reset != license.NoReset {
			m.begun = license.PeriodStart(u.Reset, e.Now)
		}
		view.meters = append(view.meters, m)
	}
	if f != nil {
		s := licenseSeats{of: feature, terms: *f, taken: e.SeatsTaken}
		if e.Lease.Live(e.Now) {
			s.taken++
		}
		view.seats = append(view.seats, s)
	}
	return e.Detail.Grants, nil
}

// askAbout is a claim about the license as an app of its would make it.
func (v *visit) askAbout(l *licenseView, c license.Claim) authority.NativeRequest {
	r := authority.NativeRequest{NativeLookup: store.NativeLookup{Tenant: v.actor.Tenant, License: l.ID}, Claim: c}
	if l.User != nil && l.Product.Auth == license.ByUser {
		r.User = l.User.ID
	}
	r.Amount = cmp.Or(r.Amount, 1)
	return r
}

// licenseClaim is what a device would say of itself.
func licenseClaim(d *license.Device) license.Claim {
	if d.Binding.Kind == license.BoundToAddress {
		return license.Claim{Address: d.Binding.Value}
	}
	return license.Claim{HardwareID: d.Binding.Value, Address: d.Address}
}

// percent is how much of the allowance is used; what is allowed beyond it is above 100.
func (m *licenseMeterView) percent() float64 {
	most, limited := m.terms.Max.Max()
	switch {
	case !limited || m.used <= 0:
		return 0
	case most == 0:
		return 100
	}
	return 100 * float64(m.used) / float64(most)
}

func (m *licenseMeterView) title(ctx context.Context) string {
	if m.of == "" {
		return web.T(ctx, "Units of the license")
	}
	return web.T(ctx, "Units of the feature %s", m.of)
}

// text says in numbers what percent says.
func (m *licenseMeterView) text(ctx context.Context) string {
	most, limited := m.terms.Max.Max()
	if !limited {
		return web.T(ctx, "%d used; any number is allowed.", m.used)
	}
	text := web.T(ctx, "%d of %d used %s.", m.used, most, licensePeriod(ctx, m.terms.Reset))
	switch n, limited := m.terms.Overage.Max(); {
	case !limited:
		text += " " + web.T(ctx, "Any number beyond is allowed.")
	case n > 0:
		text += " " + web.T(ctx, "%d beyond are allowed.", n)
	}
	if m.reserved > 0 {
		text += " " + web.T(ctx, "%d more are reserved.", m.reserved)
	}
	return text
}

func (s *licenseSeats) title(ctx context.Context) string {
	if s.of == "" {
		return web.T(ctx, "The license")
	}
	return s.of
}
