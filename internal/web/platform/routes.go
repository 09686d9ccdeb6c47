package platform

import (
	"slices"

	"licet/internal/identity"
)

// route is one page, or one change that a page asks for.
type route struct {
	pattern string              // of the mux, below /platform
	needs   identity.Permission // that the role must hold; "" is any
	who     who
	page    func(*visit) error
	large   bool // it takes a file: its body is read by the page
}

// who may open a route.
type who int

const (
	member  who = iota // somebody signed in who belongs to a tenant
	person             // somebody signed in
	anybody            // also somebody who is not
)

// routes lists every page. Each part lists its own beside its pages.
func (p *Platform) routes() []route {
	return slices.Concat(
		p.frameRoutes(), p.galleryRoutes(), p.signInRoutes(), p.accountRoutes(), p.dashboardRoutes(), p.licenseRoutes(), p.licenseWorkRoutes(), p.userRoutes(), p.orderRoutes(), p.customerRoutes(),
		p.productRoutes(), p.policyRoutes(), p.keyRoutes(), p.webhookRoutes(), p.mailRoutes(), p.lockoutRoutes(), p.auditRoutes(), p.teamRoutes(), p.settingRoutes(),
	)
}
