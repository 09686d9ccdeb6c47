package platform

import (
	"context"

	"licet/internal/identity"
	"licet/internal/web"
)

// teamRoutes are the people of a tenant and their invitations.
func (p *Platform) teamRoutes() []route { return nil }

// roleMeaning says what somebody with a role may do.
func roleMeaning(ctx context.Context, r identity.Role) string {
	switch r {
	case identity.Owner:
		return web.T(ctx, "Owners do everything, also what nobody else does: settings, other owners, and opening locked accounts.")
	case identity.Admin:
		return web.T(ctx, "Admins do everything but the settings of the company and its owners.")
	case identity.Support:
		return web.T(ctx, "Support helps customers: they change licenses, users and customers, and see products, policies and orders.")
	case identity.ReadOnly:
		return web.T(ctx, "Who may only read sees everything, and changes nothing.")
	}
	return ""
}
