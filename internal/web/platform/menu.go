package platform

import (
	"context"
	"strings"

	"licet/internal/identity"
	"licet/internal/web"
)

// place is a line of the menu: what it leads to, and who sees it.
type place struct {
	title, path, icon, key string
	needs                  identity.Permission
}

// menu is what the person's role has something to do with.
func (v *visit) menu() []web.Group {
	if v.session.Tenant == 0 {
		return nil
	}
	groups := []struct {
		title  string
		places []place
	}{
		{"", []place{
			{"Dashboard", "/", "home", "h", identity.ReadLicenses},
			{"Licenses", "/licenses", "key", "l", identity.ReadLicenses},
			{"Users", "/users", "users", "u", identity.ReadCustomers},
			{"Orders", "/orders", "cart", "o", identity.ReadOrders},
			{"Customers", "/customers", "people", "c", identity.ReadCustomers},
		}},
		{"Catalogue", []place{
			{"Products", "/products", "box", "p", identity.ReadProducts},
			{"Policies", "/policies", "policy", "y", identity.ReadPolicies},
		}},
		{"Connections", []place{
			{"Keys and tokens", "/keys", "plug", "k", identity.ReadKeys},
			{"Webhooks", "/webhooks", "hook", "w", identity.ReadWebhooks},
			{"Mails", "/mails", "mail", "m", identity.ReadCustomers},
		}},
		{"Company", []place{
			{"Team", "/team", "team", "t", identity.ReadUsers},
			{"Lockouts", "/lockouts", "lock", "b", identity.ReadCustomers},
			{"Audit log", "/audit", "log", "a", identity.ReadAudit},
			{"Settings", "/settings", "gear", "s", identity.ReadSettings},
		}},
	}
	var out []web.Group
	for _, g := range groups {
		group := web.Group{Title: g.title}
		if g.title != "" {
			group.Title = v.t(g.title)
		}
		for _, item := range g.places {
			if v.can(item.needs) {
				group.Items = append(group.Items, web.Item{Title: v.t(item.title), URL: base + item.path, Icon: item.icon, Key: item.key, Current: within(v.URL.Path, base+item.path)})
			}
		}
		if len(group.Items) > 0 {
			out = append(out, group)
		}
	}
	return out
}

// within reports whether a page is that of a line of the menu, or below it.
func within(path, line string) bool {
	return path == line || line != base+"/" && strings.HasPrefix(path, line+"/")
}

// roleName is a role as people call it.
func roleName(ctx context.Context, r identity.Role) string {
	switch r {
	case identity.Owner:
		return web.T(ctx, "Owner")
	case identity.Admin:
		return web.T(ctx, "Admin")
	case identity.Support:
		return web.T(ctx, "Support")
	case identity.ReadOnly:
		return web.T(ctx, "Read only")
	}
	return string(r)
}
