package platform

import (
	"context"
	"slices"
	"time"

	"github.com/a-h/templ"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/web"
)

// specimen is a page with made-up data: in the gallery, where somebody who draws pages sees all of them, and in tests.
type specimen struct {
	name  string // in its address
	title string
	plain bool // for somebody who is not signed in
	body  templ.Component
}

// specimens lists every page in each of its states, empty ones too. Each part keeps its own beside its pages.
func specimens() []specimen {
	return slices.Concat(
		frameGallery(), signInGallery(), accountGallery(), dashboardGallery(), licenseGallery(), licenseWorkGallery(), userGallery(), orderGallery(), customerGallery(),
		productGallery(), policyGallery(), keyGallery(), webhookGallery(), mailGallery(), lockoutGallery(), auditGallery(), teamGallery(), settingGallery(),
	)
}

// galleryNow is the time of all made-up data.
const galleryNow license.Time = 1_774_958_400_000_000 // 2026-03-31T12:00:00Z

// day is a moment so many days from galleryNow.
func day(n int) license.Time { return galleryNow.Add(time.Duration(n) * 24 * time.Hour) }

// hostile is what a stranger may have typed wherever somebody can type.
const hostile = "<script>alert(\"x\")</script>' \u202egnp.exe ${7*7} =cmd|' /C calc'!A1"

func (p *Platform) galleryRoutes() []route {
	if !p.d.Gallery {
		return nil
	}
	return []route{
		{pattern: "GET /gallery", who: anybody, page: (*visit).galleryIndex},
		{pattern: "GET /gallery/{name}", who: anybody, page: (*visit).galleryPage},
	}
}

func (v *visit) galleryIndex() error {
	v.pretend()
	return v.draw("Gallery", galleryList(specimens()))
}

func (v *visit) galleryPage() error {
	all := specimens()
	i := slices.IndexFunc(all, func(s specimen) bool { return s.name == v.PathValue("name") })
	if i < 0 {
		return license.Missing("page", v.URL.Path)
	}
	v.pretend()
	if all[i].plain {
		v.session = office.WebSession{}
	}
	return v.draw(all[i].title, all[i].body)
}

// pretend makes the visit one of a made-up person at a fixed time.
func (v *visit) pretend() {
	ann := office.User{ID: 7, Email: "ann@example.com", Name: "Ann Example"}
	v.session = office.WebSession{ID: 1, User: ann, Tenant: 1, Memberships: []office.Membership{
		{Tenant: license.Tenant{ID: 1, Code: "acme", Name: "Acme Software"}, Role: identity.Owner},
		{Tenant: license.Tenant{ID: 2, Code: "umbra", Name: "Umbra Audio GmbH"}, Role: identity.Support},
	}}
	v.actor = identity.Actor{Kind: identity.PlatformUser, Tenant: 1, User: ann.ID, Name: ann.Email, Role: identity.Owner}
	v.Request = v.WithContext(galleryContext(v.Context()))
}

func galleryContext(ctx context.Context) context.Context {
	return web.With(ctx, web.View{Now: galleryNow, Tenant: "1", Once: func() string { return "gallery" }})
}

func frameGallery() []specimen {
	found := []office.Found{
		{Kind: office.FoundLicense, ID: 11, Title: "ACME-7QK2-M4XD-91TB", Detail: "studio"},
		{Kind: office.FoundCustomer, ID: 12, Title: "acme-buyer@example.com", Detail: hostile},
	}
	return []specimen{
		{name: "search", title: "Search", body: searchPage("acme", found)},
		{name: "search-nothing", title: "Search", body: searchPage("zzz", nil)},
		{name: "search-empty", title: "Search", body: searchPage("", nil)},
		{name: "error", title: "Not here", body: errorPage(404, "No page \"/platform/nowhere\".", "req-1")},
	}
}
