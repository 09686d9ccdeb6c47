package platform

import (
	"context"

	"github.com/a-h/templ"

	"licet/internal/license"
	"licet/internal/store"
	"licet/internal/web"
)

// licenseHolders are the users of a license on a page.
type licenseHolders struct {
	*licenseView
	holders []store.Holder
	typed   string // as user
	faults  web.Faults
	next    string
	begun   bool // it is not the first page
}

// licenseHoldersPerPage is less than other lists have: each line brings a dialog.
const licenseHoldersPerPage = 25

func (v *visit) licenseHolders() error {
	view, err := v.holdersOf()
	if err != nil {
		return err
	}
	return v.draw(v.t("Users of %s", view.name()), licenseHoldersPage(view))
}

func (v *visit) holdersOf() (*licenseHolders, error) {
	l, err := v.licenseOf(licenseAtUsers)
	if err != nil {
		return nil, err
	}
	view := &licenseHolders{licenseView: l}
	after, _ := license.ParseID(v.URL.Query().Get("after"))
	view.begun = after != 0
	view.holders, err = v.p.d.Office.LicenseHolders(v.Context(), v.actor, l.ref(), license.LicenseUserID(after), licenseHoldersPerPage)
	if n := len(view.holders); n == licenseHoldersPerPage {
		view.next = l.at(licenseAtUsers) + "?after=" + idText(view.holders[n-1].User.ID)
	}
	return view, err
}

// licenseHolderAct lets a user hold the license, or takes it from them.
func (v *visit) licenseHolderAct() error {
	view, err := v.holdersOf()
	if err != nil {
		return err
	}
	ctx, o, user := v.Context(), v.p.d.Office, v.input.Text("user")
	switch v.PathValue("act") {
	case "assign":
		if user == "" {
			err = license.Invalidf("user", "say who it is")
		} else {
			_, err = o.AssignUser(ctx, v.actor, view.ref(), user)
		}
		if err != nil {
			view.typed = user
			return v.again(licenseAsField(err, "user"), v.t("Users of %s", view.name()), func(f web.Faults) templ.Component {
				view.faults = f
				return licenseHoldersPage(view)
			})
		}
		v.say(web.Good, "%s holds this license now.", user)
	case "take":
		if _, err = o.UnassignUser(ctx, v.actor, view.ref(), user); err != nil {
			return licenseAsField(err, "")
		}
		v.say(web.Good, "The license was taken from the user, and the devices that they had activated on it are free.")
	default:
		return license.Missing("page", v.URL.Path)
	}
	return v.redirect(view.path(licenseAtUsers))
}

// licenseAsField says of something that was named in a form and is not there, or was refused, in which field that was.
func licenseAsField(err error, field string) error {
	switch license.CodeOf(err) {
	case license.NotFound:
		return license.Invalidf(field, "%s", license.Describe(err).Message)
	case license.Refused:
		if e := license.Describe(err); e.Field == "" {
			return license.Invalidf(field, "%s", e.Message)
		}
	}
	return err
}

// licenseNobody says how a license comes to its users.
func licenseNobody(ctx context.Context, l *licenseView) string {
	if l.app != nil {
		return web.T(ctx, "It comes to a user when somebody signs up or signs in with its key, or when you assign it.")
	}
	return web.T(ctx, "Users hold licenses of products that people sign in to with a name. Apps that ask for the key alone need none.")
}
