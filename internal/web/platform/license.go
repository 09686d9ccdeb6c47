package platform

import (
	"context"
	"fmt"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/web"
)

// licenseWorkRoutes are one license and what is done with it.
func (p *Platform) licenseWorkRoutes() []route {
	const read, write = identity.ReadLicenses, identity.WriteLicenses
	return []route{
		{pattern: "GET /licenses/{id}", needs: read, page: (*visit).license},
		{pattern: "GET /licenses/{id}/devices", needs: read, page: (*visit).licenseDevices},
		{pattern: "GET /licenses/{id}/devices/{device}", needs: read, page: (*visit).licenseDevice},
		{pattern: "POST /licenses/{id}/devices/{act}", needs: write, page: (*visit).licenseDeviceAct},
		{pattern: "GET /licenses/{id}/users", needs: read, page: (*visit).licenseHolders},
		{pattern: "POST /licenses/{id}/users/{act}", needs: write, page: (*visit).licenseHolderAct},
		{pattern: "GET /licenses/{id}/usage", needs: read, page: (*visit).licenseUsage},
		{pattern: "GET /licenses/{id}/history", needs: read, page: (*visit).licenseHistory},
		{pattern: "GET /licenses/{id}/explain", needs: read, page: (*visit).licenseExplain},
		{pattern: "GET /licenses/{id}/files", needs: write, page: (*visit).licenseFiles},
		{pattern: "POST /licenses/{id}/files/{act}", needs: write, page: (*visit).licenseFileAct},
		{pattern: "GET /licenses/{id}/extras", needs: read, page: (*visit).licenseExtras},
		{pattern: "POST /licenses/{id}/extras/{act}", needs: write, page: (*visit).licenseExtraAct},
		{pattern: "GET /licenses/{id}/edit", needs: write, page: (*visit).licenseEdit},
		{pattern: "POST /licenses/{id}/edit", needs: write, page: (*visit).licenseSave},
		{pattern: "GET /licenses/{id}/{act}", needs: write, page: (*visit).licenseActForm},
		{pattern: "POST /licenses/{id}/{act}", needs: write, page: (*visit).licenseAct},
	}
}

// licenseTab is one of the pages about a license, by the end of its path; "" is the first one.
type licenseTab string

const (
	licenseAtDevices licenseTab = "devices"
	licenseAtUsers   licenseTab = "users"
	licenseAtUsage   licenseTab = "usage"
	licenseAtHistory licenseTab = "history"
	licenseAtExplain licenseTab = "explain"
	licenseAtFiles   licenseTab = "files"
	licenseAtExtras  licenseTab = "extras"
)

// licenseView is what the head of every page about a license shows.
type licenseView struct {
	office.LicenseDetail
	tab   licenseTab
	write bool                 // the role may change licenses
	audit bool                 // the role may see what happens as it happens
	drops bool                 // the role may forget license users
	app   *license.Application // its product is one; nil is none
}

// licenseOf loads the license that the path names, for one of its pages.
func (v *visit) licenseOf(tab licenseTab) (*licenseView, error) {
	id, err := v.id("id")
	if err != nil {
		return nil, err
	}
	l := &licenseView{tab: tab, write: v.can(identity.WriteLicenses), audit: v.can(identity.ReadAudit), drops: v.can(identity.WriteCustomers)}
	if l.LicenseDetail, err = v.p.d.Office.ShowLicense(v.Context(), v.actor, office.Ref{ID: license.LicenseID(id)}); err != nil {
		return nil, err
	}
	app, err := v.p.d.Office.FindApplication(v.Context(), v.actor, idText(l.Product.ID))
	switch {
	case err == nil:
		l.app = &app
	case license.ReasonOf(err) != license.ApplicationUnknown:
		return nil, err
	}
	return l, nil
}

// ref names the license to the office.
func (l *licenseView) ref() office.Ref { return office.Ref{ID: l.ID} }

func (l *licenseView) name() string { return licenseName(&l.License) }

// at is the address of one of the license's pages, below /platform; of an act, too.
func (l *licenseView) at(tab licenseTab) string { return licensePath(l.ID) + licenseBelow(tab) }

// path is at, below the pages of the platform, for redirects.
func (l *licenseView) path(tab licenseTab) string {
	return fmt.Sprintf("/licenses/%d%s", int64(l.ID), licenseBelow(tab))
}

func licenseBelow(tab licenseTab) string {
	if tab == "" {
		return ""
	}
	return "/" + string(tab)
}

// tabs are the pages about the license.
func (l *licenseView) tabs(ctx context.Context) []web.Tab {
	devices := web.T(ctx, "Devices")
	if l.Activated > 0 {
		devices = web.T(ctx, "Devices (%d)", l.Activated)
	}
	pages := []struct {
		tab   licenseTab
		title string
		shown bool
	}{
		{"", web.T(ctx, "Overview"), true},
		{licenseAtDevices, devices, true},
		{licenseAtUsers, web.T(ctx, "Users"), true},
		{licenseAtUsage, web.T(ctx, "Usage"), true},
		{licenseAtHistory, web.T(ctx, "History"), true},
		{licenseAtExplain, web.T(ctx, "Why refused?"), true},
		{licenseAtFiles, web.T(ctx, "Offline"), l.write},
		{licenseAtExtras, web.T(ctx, "Credits and tags"), true},
	}
	var out []web.Tab
	for _, p := range pages {
		if p.shown {
			out = append(out, web.Tab{Title: p.title, URL: l.at(p.tab), Current: p.tab == l.tab})
		}
	}
	return out
}

// inGrace reports whether the license goes on after its expiry for a while.
func (l *licenseView) inGrace() bool {
	return !l.Expired && l.ExpiresAt != 0 && l.Now >= l.ExpiresAt && l.Deadline() > l.ExpiresAt
}

// userEnded reports whether the time is over that its user has by it.
func (l *licenseView) userEnded() bool {
	r := l.Redemption
	if r == nil || r.ExpiresAt == 0 || r.PausedAt != 0 {
		return false
	}
	now := l.Now
	if l.app != nil {
		now = l.app.Clock(now)
	}
	return now >= r.ExpiresAt
}

// tick is a length of time that asks a rule whether there may be more.
func tick() license.Span { return license.Span{Seconds: 1} }

// cannotExtend says why the license cannot be made longer (S1-22); "" is that it can (S1-21).
func (l *licenseView) cannotExtend() string {
	_, err := license.Extend(l.License, tick(), l.Now)
	if license.ReasonOf(err) == license.LicenseUsed && l.User == nil {
		return "It is used, so its duration is fixed." // There is no user whom the sentence of the reason could mean.
	}
	return licenseRefusal(err)
}

// cannotRenew says why the license cannot get another period; "" is that it can.
func (l *licenseView) cannotRenew() string {
	_, err := license.Renew(l.License, l.Redemption, tick(), l.Now)
	return licenseRefusal(err)
}

func licenseRefusal(err error) string {
	if err == nil {
		return ""
	}
	return web.Sentence(license.Describe(err).Message)
}

// licenseOverview is the first page about a license.
type licenseOverview struct {
	*licenseView
	terms  []licenseTerm
	events []license.StoredEvent
}

// recentLicenseEvents is how many events the first page shows.
const recentLicenseEvents = 8

func (v *visit) license() error {
	l, err := v.licenseOf("")
	if err != nil {
		return err
	}
	ctx, o := v.Context(), v.p.d.Office
	usual, err := o.FindPolicy(ctx, v.actor, idText(l.Product.ID), "")
	if err != nil {
		return err
	}
	view := &licenseOverview{licenseView: l, terms: licenseTerms(ctx, &l.LicenseDetail, &usual.Terms)}
	if view.events, err = o.LicenseHistory(ctx, v.actor, l.ref(), office.Page{Limit: recentLicenseEvents}); err != nil {
		return err
	}
	return v.draw(l.name(), licensePage(view))
}

// licenseEvents is the history of a license.
type licenseEvents struct {
	*licenseView
	events []license.StoredEvent
	first  bool // what happens meanwhile comes on top
	next   string
}

func (v *visit) licenseHistory() error {
	l, err := v.licenseOf(licenseAtHistory)
	if err != nil {
		return err
	}
	before := v.input.Int("before", 0)
	view := &licenseEvents{licenseView: l, first: before == 0}
	if view.events, err = v.p.d.Office.LicenseHistory(v.Context(), v.actor, l.ref(), office.Page{Before: before, Limit: pageSize}); err != nil {
		return err
	}
	if n := len(view.events); n == pageSize {
		view.next = l.at(licenseAtHistory) + "?before=" + idText(view.events[n-1].ID)
	}
	return v.draw(v.t("History of %s", l.name()), licenseHistoryPage(view))
}
