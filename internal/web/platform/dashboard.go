package platform

import (
	"context"
	"net/url"
	"strconv"
	"strings"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/web"
)

// dashboardRoutes are the start page.
func (p *Platform) dashboardRoutes() []route {
	return []route{{pattern: "GET /{$}", page: (*visit).dashboard}}
}

// dashboardView is what the start page shows.
type dashboardView struct {
	days    int
	figures office.Figures
	usage   office.APIUsage
	events  []license.StoredEvent
	audit   bool // the role may see what happens
	write   bool // the role may make licenses
	sell    bool // the role may make products
}

// spans are the lengths of time that the start page can show, in days.
func spans() []int { return []int{7, 30, 90} }

func (v *visit) dashboard() error {
	view := dashboardView{days: 30, audit: v.can(identity.ReadAudit), write: v.can(identity.WriteLicenses), sell: v.can(identity.WriteProducts)}
	for _, n := range spans() {
		if v.input.Text("days") == strconv.Itoa(n) {
			view.days = n
		}
	}
	ctx, o := v.Context(), v.p.d.Office
	var err error
	if view.figures, err = o.Figures(ctx, v.actor, view.days); err != nil {
		return err
	}
	if view.usage, err = o.APIUsage(ctx, v.actor, 1); err != nil {
		return err
	}
	if view.audit {
		if view.events, err = o.ListEvents(ctx, v.actor, office.Page{Limit: 10}); err != nil {
			return err
		}
	}
	return v.draw(v.t("Dashboard"), dashboardPage(&view))
}

// empty reports whether there is nothing to show yet.
func (d *dashboardView) empty() bool {
	return d.figures.States.Total == 0 && len(d.figures.Products) == 0
}

// calls is the chart of what apps asked.
func (d *dashboardView) calls(ctx context.Context) web.Chart {
	c := web.Chart{Title: web.T(ctx, "Checks and refusals by day"), Of: web.T(ctx, "Day"), Lines: true, Series: []web.Series{
		{Name: web.T(ctx, "Checks"), Tone: web.Accent}, {Name: web.T(ctx, "Refusals"), Tone: web.Bad},
	}}
	for i := range d.figures.Days {
		day := &d.figures.Days[i]
		c.Labels = append(c.Labels, shortDay(day.Day))
		c.Series[0].Values = append(c.Series[0].Values, day.Checks)
		c.Series[1].Values = append(c.Series[1].Values, day.Refusals)
	}
	return c
}

// growth is the chart of licenses and devices.
func (d *dashboardView) growth(ctx context.Context) web.Chart {
	c := web.Chart{Title: web.T(ctx, "Activations and new licenses by day"), Of: web.T(ctx, "Day"), Series: []web.Series{
		{Name: web.T(ctx, "Activations"), Tone: web.Info}, {Name: web.T(ctx, "New licenses"), Tone: web.Quiet},
	}}
	for i := range d.figures.Days {
		day := &d.figures.Days[i]
		c.Labels = append(c.Labels, shortDay(day.Day))
		c.Series[0].Values = append(c.Series[0].Values, day.Activations)
		c.Series[1].Values = append(c.Series[1].Values, day.Created)
	}
	return c
}

// shortDay is a day without its year: 03-31.
func shortDay(day string) string {
	_, short, _ := strings.Cut(day, "-")
	return short
}

// states are the licenses by what has become of them.
func (d *dashboardView) states(ctx context.Context) []web.Share {
	s := d.figures.States
	list := base + "/licenses?"
	return []web.Share{
		{Name: web.T(ctx, "Used"), Value: s.Used, Tone: web.Accent, URL: list + "used=yes"},
		{Name: web.T(ctx, "Not used"), Value: s.NotUsed, Tone: web.Quiet, URL: list + "used=no"},
		{Name: web.T(ctx, "Banned"), Value: s.Banned, Tone: web.Bad, URL: list + "banned=yes"},
	}
}

func (d *dashboardView) refusals(ctx context.Context) (out []web.Share) {
	for _, r := range d.figures.Refusals[:min(len(d.figures.Refusals), 8)] {
		out = append(out, web.Share{Name: web.Sentence(web.T(ctx, r.Reason.Sentence())), Value: r.Calls, Tone: web.Bad})
	}
	return out
}

// products are the ones that apps asked most about, by the name that people know them by.
func (d *dashboardView) products() (out []web.Share) {
	for i := range d.figures.Products {
		p := &d.figures.Products[i]
		out = append(out, web.Share{Name: p.Product.Name, Value: p.Checks + p.Activations, Tone: web.Accent, URL: base + "/products/" + strconv.FormatInt(int64(p.Product.ID), 10)})
	}
	return out
}

// meterText says how much of the allowance is used, in numbers.
func (d *dashboardView) meterText(ctx context.Context) string {
	u := &d.usage
	var calls int64
	if len(u.Months) > 0 {
		calls = u.Months[0].Calls
	}
	if u.Allowance == 0 {
		return web.N(ctx, calls, "%d call this month. There is no allowance to keep to.", "%d calls this month. There is no allowance to keep to.")
	}
	return web.T(ctx, "%d of %d calls this month", calls, u.Allowance)
}

// contactURL makes a link of what the operator wrote as the contact: an address of a page or of a mailbox; "" for what is neither.
func contactURL(contact string) string {
	u, err := url.Parse(contact)
	switch {
	case err != nil || contact == "":
		return ""
	case u.Scheme == "https" || u.Scheme == "http" || u.Scheme == "mailto":
		return contact
	}
	if _, err := license.CheckEmail("contact", contact); err == nil {
		return "mailto:" + contact
	}
	return ""
}

func checksOf(d office.DayFigures) int64      { return d.Checks }
func activationsOf(d office.DayFigures) int64 { return d.Activations }

// sum adds up a figure of all days.
func (d *dashboardView) sum(of func(office.DayFigures) int64) (n int64) {
	for _, day := range d.figures.Days {
		n += of(day)
	}
	return n
}

// expiring is how many licenses end soon, with a plus where that is not all of them.
func (d *dashboardView) expiring(ctx context.Context) string {
	if d.figures.ExpiringMore {
		return web.Number(ctx, int64(d.figures.ExpiringCount)) + "+"
	}
	return web.Number(ctx, int64(d.figures.ExpiringCount))
}
