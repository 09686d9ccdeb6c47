package platform

import (
	"context"
	"fmt"

	"github.com/a-h/templ"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/web"
)

// userForm is what the form for a new user shows, and what was typed into it.
type userForm struct {
	*web.Input
	products []office.Product
	product  string          // code; "" is none: a user of all products
	app      string          // name of the product's application; "" is none
	levels   []license.Level // of the application
}

// userNew asks for a new user: first whose, then who.
func (v *visit) userNew() error {
	form, err := v.userForm()
	if err != nil {
		return err
	}
	return v.draw(v.t("New user"), userNewPage(form, nil))
}

// userForm finds out what sort of user the chosen product has.
func (v *visit) userForm() (*userForm, error) {
	form := &userForm{Input: v.input, product: v.input.Text("product")}
	var err error
	if form.products, err = v.peopleProducts(); err != nil || form.product == "" {
		return form, err
	}
	app, err := v.p.d.Office.FindApplication(v.Context(), v.actor, form.product)
	if license.ReasonOf(err) == license.ApplicationUnknown {
		return form, nil
	}
	if err != nil {
		return nil, err
	}
	form.app = app.Name
	form.levels, err = v.p.d.Office.Levels(v.Context(), v.actor, form.product)
	return form, err
}

// levelNames are the levels to choose from.
func (f *userForm) levelNames() (options []web.Option) {
	for i := range f.levels {
		options = append(options, web.Option{Value: f.levels[i].Name, Label: f.levels[i].Name})
	}
	return options
}

// or is what was typed into a field, and otherwise where nothing was.
func (f *userForm) or(name, otherwise string) string {
	if text := f.Text(name); text != "" {
		return text
	}
	return otherwise
}

func (v *visit) userCreate() error {
	form, err := v.userForm()
	if err != nil {
		return err
	}
	create := v.userCreatePlain
	if form.app != "" {
		create = v.userCreateMember
	}
	err = create(form)
	if err == nil {
		return nil
	}
	return v.again(peopleMissing(err, "customer"), v.t("New user"), func(f web.Faults) templ.Component { return userNewPage(form, userFields(f)) })
}

// userCreatePlain makes a user who signs in with a password that they are given, and shows it where it was made up.
func (v *visit) userCreatePlain(form *userForm) error {
	password := identity.Secret(form.Raw("password"))
	u, made, err := v.p.d.Office.CreateLicenseUser(v.Context(), v.actor, office.NewLicenseUser{
		Product: form.product, Name: form.Text("name"), Email: form.Text("email"), FirstName: form.Text("first_name"),
		LastName: form.Text("last_name"), Phone: form.Text("phone"), Customer: form.Text("customer"), Password: password,
	})
	if err != nil {
		return err
	}
	if password == "" {
		return v.draw(u.Name, userPasswordShown(&u, made, true))
	}
	v.say(web.Good, "%s is there, with the password that you set.", u.Name)
	return v.redirect(userPath(u.ID))
}

// userCreateMember makes a user of an application, with time of a level.
func (v *visit) userCreateMember(form *userForm) error {
	lasts, err := v.peopleSpan()
	if err != nil {
		return err
	}
	password := identity.Secret(form.Raw("password"))
	u, err := v.p.d.Office.CreateApplicationUser(v.Context(), v.actor, form.product, office.NewApplicationUser{
		Name: form.Text("name"), Level: form.Text("level"), Lasts: lasts, Password: password, Email: form.Text("email"), Roams: form.Bool("roams"),
	})
	if err != nil {
		return peopleMissing(err, "level")
	}
	if password == "" {
		v.say(web.Good, "%s is there. The first password that they sign in with becomes theirs.", u.Name)
	} else {
		v.say(web.Good, "%s is there, with the password that you set.", u.Name)
	}
	return v.redirect(userPath(u.ID))
}

// peopleMissing makes of what a form names and is not there a fault of its field.
func peopleMissing(err error, field string) error {
	if license.CodeOf(err) != license.NotFound {
		return err
	}
	return license.Invalidf(field, "%s", license.Describe(err).Message)
}

// userEditForm is what the form for the facts of a user shows.
type userEditForm struct {
	user office.UserPage
	in   func(name, stored string) string // what was typed, else what is stored
	none bool                             // the e-mail address of the application is to be forgotten
}

func (v *visit) userEdit() error {
	user, err := v.userOf(office.Page{Limit: 1})
	if err != nil {
		return err
	}
	stored := func(_, stored string) string { return stored }
	return v.draw(v.t("Edit %s", user.Name), userEditPage(&userEditForm{user: user, in: stored}, nil))
}

func (v *visit) userChange() error {
	user, err := v.userOf(office.Page{Limit: 1})
	if err != nil {
		return err
	}
	text := func(name string) *string { t := v.input.Text(name); return &t }
	change := office.LicenseUserChange{FirstName: text("first_name"), LastName: text("last_name"), Phone: text("phone"), Customer: text("customer")}
	if user.Member == nil {
		change.Email = text("email")
	}
	name := user.Name
	err = v.p.d.Office.Together(v.Context(), func(o *office.Office) error {
		name = user.Name
		if user.Member != nil {
			if name, err = v.userChangeMember(o, &user); err != nil {
				return err
			}
		}
		_, err := o.ChangeLicenseUser(v.Context(), v.actor, "", userID(user.ID), change)
		return err
	})
	if err = peopleMissing(err, "customer"); err != nil {
		form := &userEditForm{user: user, in: func(name, _ string) string { return v.input.Text(name) }, none: v.input.Bool("no_email")}
		return v.again(err, v.t("Edit %s", user.Name), func(f web.Faults) templ.Component { return userEditPage(form, userFields(f)) })
	}
	v.say(web.Good, "%s is changed.", name)
	return v.redirect(userPath(user.ID))
}

// userChangeMember changes what only users of applications have, and returns the name that the user has then.
func (v *visit) userChangeMember(o *office.Office, user *office.UserPage) (name string, err error) {
	ctx, app := v.Context(), user.Product.Code
	if name = v.input.Text("name"); name == user.Name {
		// It stays.
	} else if err := o.RenameUser(ctx, v.actor, app, user.Name, name); err != nil {
		return user.Name, err
	}
	switch email := v.input.Text("email"); {
	case email != "":
		return name, o.SetUserEmail(ctx, v.actor, app, name, email)
	case v.input.Bool("no_email") && len(user.Member.Email) > 0:
		return name, o.SetUserEmail(ctx, v.actor, app, name, "")
	}
	return name, nil
}

// userPassword offers the ways to another password.
func (v *visit) userPassword() error {
	user, err := v.userOf(office.Page{Limit: 1})
	if err != nil {
		return err
	}
	return v.draw(v.t("Password of %s", user.Name), userPasswordPage(&user, nil))
}

// userSetPassword gives a user another password: one that is typed, one that is made up and shown once, or none, so that the first
// that they sign in with becomes theirs.
func (v *visit) userSetPassword() error {
	user, err := v.userOf(office.Page{Limit: 1})
	if err != nil {
		return err
	}
	given, way := identity.Secret(v.input.Raw("password")), v.input.Text("way")
	if way == "typed" && given == "" {
		err = license.Invalidf("password", "write a password")
	} else {
		if way != "typed" {
			given = ""
		}
		given, err = v.userGive(&user, way, given)
	}
	switch {
	case err != nil:
		return v.again(err, v.t("Password of %s", user.Name), func(f web.Faults) templ.Component { return userPasswordPage(&user, f) })
	case way == "made":
		return v.draw(user.Name, userPasswordShown(&user.LicenseUser, given, false))
	}
	if way == "none" {
		v.say(web.Good, "The first password that %s signs in with becomes theirs.", user.Name)
	} else {
		v.say(web.Good, "%s has the password that you set.", user.Name)
	}
	return v.redirect(userPath(user.ID))
}

// userGive gives the password, and returns it.
func (v *visit) userGive(user *office.UserPage, way string, given identity.Secret) (identity.Secret, error) {
	if user.Member == nil {
		return v.p.d.Office.ResetUserPassword(v.Context(), v.actor, "", userID(user.ID), given)
	}
	if way == "made" {
		var err error
		if given, err = identity.NewPassword(v.p.d.Rand); err != nil {
			return "", license.Wrap(license.Internal, "no password could be made", err)
		}
	}
	return given, v.p.d.Office.SetApplicationPassword(v.Context(), v.actor, user.Product.Code, user.Name, given)
}

// userEmailHint says what an empty field means.
func userEmailHint(ctx context.Context, u *office.UserPage) string {
	if len(u.Member.Email) > 0 {
		return web.T(ctx, "One is known by its fingerprint. Empty leaves it as it is.")
	}
	return web.T(ctx, "Only its fingerprint is kept, so that they can reset their password.")
}

// userID is the identity of a user as a text.
func userID(id license.LicenseUserID) string { return fmt.Sprint(int64(id)) }
