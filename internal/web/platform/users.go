package platform

import (
	"context"
	"fmt"
	"net/url"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/web"
)

// userRoutes are the users of licenses and of applications.
func (p *Platform) userRoutes() []route {
	const read, write = identity.ReadCustomers, identity.WriteCustomers
	return []route{
		{pattern: "GET /users", needs: read, page: (*visit).userList},
		{pattern: "GET /users/new", needs: write, page: (*visit).userNew},
		{pattern: "POST /users", needs: write, page: (*visit).userCreate},
		{pattern: "GET /users/{id}", needs: read, page: (*visit).userShow},
		{pattern: "GET /users/{id}/edit", needs: write, page: (*visit).userEdit},
		{pattern: "POST /users/{id}/edit", needs: write, page: (*visit).userChange},
		{pattern: "GET /users/{id}/password", needs: write, page: (*visit).userPassword},
		{pattern: "POST /users/{id}/password", needs: write, page: (*visit).userSetPassword},
		{pattern: "POST /users/{id}/ban", needs: write, page: (*visit).userBan},
		{pattern: "POST /users/{id}/unban", needs: write, page: (*visit).userUnban},
		{pattern: "POST /users/{id}/unlock", needs: write, page: (*visit).userUnlock},
		{pattern: "POST /users/{id}/extend", needs: write, page: (*visit).userExtend},
		{pattern: "POST /users/{id}/shorten", needs: write, page: (*visit).userShorten},
		{pattern: "POST /users/{id}/take", needs: write, page: (*visit).userTake},
		{pattern: "POST /users/{id}/assign", needs: identity.WriteLicenses, page: (*visit).userAssign},
		{pattern: "POST /users/{id}/unassign", needs: identity.WriteLicenses, page: (*visit).userUnassign},
		{pattern: "POST /users/{id}/pause", needs: write, page: (*visit).userPause},
		{pattern: "POST /users/{id}/resume", needs: write, page: (*visit).userResume},
		{pattern: "POST /users/{id}/machines/reset", needs: write, page: (*visit).userResetMachines},
		{pattern: "POST /users/{id}/machines", needs: write, page: (*visit).userAddMachine},
		{pattern: "POST /users/{id}/second-factor/off", needs: write, page: (*visit).userDropSecondFactor},
		{pattern: "POST /users/{id}/variables", needs: write, page: (*visit).userSaveVariable},
		{pattern: "POST /users/{id}/variables/remove", needs: write, page: (*visit).userDropVariable},
		{pattern: "POST /users/{id}/sessions/end", needs: write, page: (*visit).userEndSessions},
		{pattern: "POST /users/{id}/delete", needs: write, page: (*visit).userDelete},
	}
}

// userPath is the page of a license user, or one below it.
func userPath(id license.LicenseUserID, below ...string) string {
	path := fmt.Sprintf("/users/%d", int64(id))
	for _, part := range below {
		path += "/" + part
	}
	return path
}

// peoplePageSize is how many lines a page of a list has.
const peoplePageSize = 50

// userWholeTenant is what a choice of products says for users of none: a code of a product has at least two characters.
const userWholeTenant = "*"

// usersView is what the list of users shows.
type usersView struct {
	rows     []office.UserRow
	products []office.Product
	query    url.Values
	next     int64
	faults   web.Faults
	write    bool
}

func (v *visit) userList() error {
	view := usersView{query: v.input.Values, faults: v.input.Faults, write: v.can(identity.WriteCustomers)}
	page := office.Page{Before: v.input.Int("before", 0), Limit: peoplePageSize}
	filter := office.UserView{Prefix: v.input.Text("q"), Customer: v.input.Text("customer"), Banned: v.input.Choice("banned")}
	if product := v.input.Text("product"); product == userWholeTenant {
		filter.Whole = true
	} else {
		filter.Product = product
	}
	var err error
	if view.products, err = v.peopleProducts(); err != nil {
		return err
	}
	view.rows, view.next, err = v.p.d.Office.BrowseLicenseUsers(v.Context(), v.actor, filter, page)
	if license.CodeOf(err) == license.NotFound && filter.Customer != "" {
		view.faults["customer"], err = v.t("There is no such customer."), nil
	}
	if err != nil {
		return err
	}
	return v.draw(v.t("Users"), usersPage(&view))
}

// peopleProducts returns products for choices and for names, archived ones too: as many as a form can hold.
func (v *visit) peopleProducts() ([]office.Product, error) {
	return v.p.d.Office.ListProducts(v.Context(), v.actor, true, office.Page{Limit: 500})
}

// peopleProductName is what a product is called, its identity where it is not among some.
func peopleProductName(products []office.Product, id license.ProductID) string {
	for i := range products {
		if products[i].ID == id {
			return products[i].Name
		}
	}
	return fmt.Sprint(int64(id))
}

// peopleProductOptions are the choices of a product by its code, after those given. Archived ones are there only where they are chosen.
func peopleProductOptions(products []office.Product, chosen string, first ...web.Option) []web.Option {
	for i := range products {
		if p := &products[i]; !p.Archived || p.Code == chosen {
			first = append(first, web.Option{Value: p.Code, Label: fmt.Sprintf("%s (%s)", p.Name, p.Code)})
		}
	}
	return first
}

func (u *usersView) value(name string) string { return u.query.Get(name) }

// filtered reports whether the list is narrowed.
func (u *usersView) filtered() bool {
	return u.value("q") != "" || u.value("customer") != "" || u.value("banned") != "" || u.value("product") != ""
}

// forward and first lead to other pages of the list; "" where there is none.
func (u *usersView) forward() string { return peopleNext("/users", u.query, u.next) }
func (u *usersView) first() string   { return peopleFirst("/users", u.query) }

// peopleNext is the address of the next page of a list that goes on below an identity; "" is none.
func peopleNext(path string, query url.Values, next int64) string {
	if next == 0 {
		return ""
	}
	return base + path + web.Query(query, "before", fmt.Sprint(next))
}

// peopleFirst is the address of the first page of a list; "" on that page itself.
func peopleFirst(path string, query url.Values) string {
	if query.Get("before") == "" {
		return ""
	}
	return base + path + web.Query(query, "before", "")
}

// userLocked reports whether somebody cannot sign in for now, or for good, after wrong passwords.
func userLocked(l identity.Lockout, now license.Time) bool { return l.Permanent || l.LockedUntil > now }

// userScope says whose user somebody is.
func (u *usersView) scope(ctx context.Context, user *license.LicenseUser) string {
	if user.Product == 0 {
		return web.T(ctx, "All products")
	}
	return peopleProductName(u.products, user.Product)
}

// userHeldName is what a thing that somebody holds is called: the level of an application, else the license.
func userHeldName(h *office.HeldLicense) string {
	switch {
	case h.Name != "":
		return h.Name
	case h.Key != "":
		return h.Key
	}
	return fmt.Sprint(int64(h.License))
}

// userHeldEnd is until when somebody holds something; 0 is for ever, or not started yet.
func userHeldEnd(h *office.HeldLicense) license.Time {
	if h.ExpiresAt != 0 || h.LevelID != 0 {
		return h.ExpiresAt
	}
	return h.Ends
}

// userHeldOver reports whether the time of what somebody holds has run out at now: what is paused has the time that it had then.
func userHeldOver(h *office.HeldLicense, now license.Time) bool {
	if h.PausedAt != 0 {
		now = h.PausedAt
	}
	end := userHeldEnd(h)
	return end != 0 && end <= now
}

// userHeldState is what there is to say of a thing that somebody holds, and how it is coloured.
func userHeldState(ctx context.Context, h *office.HeldLicense, now license.Time) (web.Tone, string) {
	switch {
	case h.Standing == license.Revoked:
		return web.Bad, web.T(ctx, "Revoked")
	case h.Standing == license.Suspended:
		return web.Warn, web.T(ctx, "Suspended")
	case h.Withheld:
		return web.Warn, web.T(ctx, "Order not completed")
	case userHeldOver(h, now):
		return web.Quiet, web.T(ctx, "Ended")
	case h.PausedAt != 0:
		return web.Warn, web.T(ctx, "Paused")
	}
	return web.Good, web.T(ctx, "Active")
}
