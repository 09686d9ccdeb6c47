package platform

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"slices"

	"github.com/a-h/templ"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/store"
	"licet/internal/web"
)

// userView is what the page of a user shows.
type userView struct {
	office.UserPage
	query  url.Values
	write  bool // the role may change users
	assign bool // the role may change licenses too
}

func (v *visit) userShow() error {
	view := userView{query: v.input.Values, write: v.can(identity.WriteCustomers), assign: v.can(identity.WriteCustomers) && v.can(identity.WriteLicenses)}
	var err error
	if view.UserPage, err = v.userOf(office.Page{Before: v.input.Int("before", 0), Limit: peoplePageSize}); err != nil {
		return err
	}
	return v.draw(view.Name, userPage(&view))
}

// userOf returns the user that the path names, with a page of what they hold.
func (v *visit) userOf(held office.Page) (office.UserPage, error) {
	id, err := v.id("id")
	if err != nil {
		return office.UserPage{}, err
	}
	return v.p.d.Office.ShowLicenseUser(v.Context(), v.actor, license.LicenseUserID(id), held)
}

// at is the clock by which what the user holds is counted: that of an application may stand still.
func (u *userView) at() license.Time { return cmp.Or(u.Clock, u.Now) }

// path is a page below that of the user.
func (u *userView) path(below ...string) string { return base + userPath(u.ID, below...) }

// lead says what sort of user this is.
func (u *userView) lead(ctx context.Context) string {
	switch {
	case u.Member != nil && u.Member.ByKey:
		return web.T(ctx, "A license of %s that became a user: its key is the name and the password.", u.App.Name)
	case u.Member != nil:
		return web.T(ctx, "Signs in to %s.", u.App.Name)
	case u.LicenseUser.Product != 0:
		return web.T(ctx, "A user of %s.", u.Product.Name)
	}
	return web.T(ctx, "A user of all products whose users sign in.")
}

// fullName is the first and the last name, "" where neither is known.
func (u *userView) fullName() string {
	switch {
	case u.FirstName == "" || u.LastName == "":
		return u.FirstName + u.LastName
	}
	return u.FirstName + " " + u.LastName
}

// password says what the user signs in with.
func (u *userView) password(ctx context.Context) string {
	switch {
	case u.Member != nil && u.Member.ByKey:
		return web.T(ctx, "The license key")
	case u.Member != nil && !u.Member.Password:
		return web.T(ctx, "None yet: the first that they sign in with becomes theirs")
	case u.InitialPassword:
		return web.T(ctx, "The one they were given, not changed yet")
	}
	return web.T(ctx, "Their own")
}

// paused reports whether all that the user holds, and that has time left, stands still.
func (u *userView) paused() bool {
	any := false
	for i := range u.Held {
		switch h := &u.Held[i]; {
		case h.LevelID == 0 || userHeldOver(h, u.at()):
		case h.PausedAt == 0:
			return false
		default:
			any = true
		}
	}
	return any
}

// levelOptions are the levels of the application, with the one first that the user holds longest.
func (u *userView) levelOptions() (chosen string, options []web.Option) {
	var best *office.HeldLicense
	for i := range u.Held {
		h := &u.Held[i]
		if h.Name != "" && (best == nil || best.ExpiresAt != 0 && (h.ExpiresAt == 0 || h.ExpiresAt > best.ExpiresAt)) {
			best = h
		}
	}
	if best != nil {
		chosen = best.Name
	}
	for i := range u.Levels {
		options = append(options, web.Option{Value: u.Levels[i].Name, Label: u.Levels[i].Name})
	}
	return chosen, options
}

// heldLevels are the levels that the user holds on this page, each once.
func (u *userView) heldLevels() (options []web.Option) {
	for i := range u.Held {
		o := web.Option{Value: u.Held[i].Name, Label: u.Held[i].Name}
		if o.Value != "" && !slices.Contains(options, o) {
			options = append(options, o)
		}
	}
	return options
}

// heldLicenses are the licenses that the user holds on this page.
func (u *userView) heldLicenses() (options []web.Option) {
	for i := range u.Held {
		options = append(options, web.Option{Value: fmt.Sprint(int64(u.Held[i].License)), Label: userHeldName(&u.Held[i])})
	}
	return options
}

// someVariables are those on this page of them, and the first of the next one; "" is none.
func (u *userView) someVariables() (list []store.UserVariable, next string) {
	from, _ := slices.BinarySearchFunc(u.Variables, u.query.Get("variables"), func(v store.UserVariable, name string) int { return cmp.Compare(v.Name, name) })
	list = u.Variables[from:]
	if len(list) > peoplePageSize {
		list, next = list[:peoplePageSize], list[peoplePageSize].Name
	}
	return list, next
}

// variablesAt is the page with the variables from one on.
func (u *userView) variablesAt(name string) string {
	if name == "" {
		return ""
	}
	return u.path() + web.Query(nil, "variables", name)
}

// peopleUnits are the units in which somebody is given time.
func peopleUnits(ctx context.Context) []web.Option {
	return []web.Option{
		{Value: string(license.UnitHours), Label: web.T(ctx, "hours")},
		{Value: string(license.UnitDays), Label: web.T(ctx, "days")},
		{Value: string(license.UnitWeeks), Label: web.T(ctx, "weeks")},
		{Value: string(license.UnitMonths), Label: web.T(ctx, "months")},
		{Value: string(license.UnitYears), Label: web.T(ctx, "years")},
		{Value: string(license.UnitLifetime), Label: web.T(ctx, "lifetimes (10 years)")},
	}
}

// variablesBefore is the first page of the variables; "" on that page itself.
func (u *userView) variablesBefore() string {
	if u.query.Get("variables") == "" {
		return ""
	}
	return u.path()
}

// peopleMax bounds how many characters a field takes.
func peopleMax(n int) templ.Attributes { return templ.Attributes{"maxlength": fmt.Sprint(n)} }
