package platform

import (
	"github.com/a-h/templ"

	"licet/internal/authority"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/store"
	"licet/internal/web"
)

// licenseExtras is what apps keep about a license besides devices: credits, info tags, and who may look after it.
type licenseExtras struct {
	*licenseView
	credits []store.Credit
	tags    []store.InfoTag
	begun   bool // it is not the first page of the tags
	next    string
	after   *authority.LicenseReport // who looks after it; nil where no password is asked for
	in      *web.Input
	form    string
	faults  web.Faults
}

// tagsPerPage is how many info tags a page shows.
const tagsPerPage = 20

func (v *visit) licenseExtras() error {
	view, err := v.extrasOf()
	if err != nil {
		return err
	}
	return v.draw(v.t("Credits and tags of %s", view.name()), licenseExtrasPage(view))
}

func (v *visit) extrasOf() (*licenseExtras, error) {
	l, err := v.licenseOf(licenseAtExtras)
	if err != nil {
		return nil, err
	}
	view := &licenseExtras{licenseView: l, in: web.NewInput(nil)}
	ctx, o := v.Context(), v.p.d.Office
	if view.credits, err = o.ListCredits(ctx, v.actor, l.ref()); err != nil {
		return nil, err
	}
	before, _ := license.ParseID(v.URL.Query().Get("before"))
	view.begun = before != 0
	if view.tags, err = o.ListInfoTags(ctx, v.actor, l.ref(), office.Page{Before: before, Limit: tagsPerPage}); err != nil {
		return nil, err
	}
	if n := len(view.tags); n == tagsPerPage {
		view.next = l.at(licenseAtExtras) + "?before=" + idText(view.tags[n-1].ID)
	}
	if l.Terms.Password == license.NoPassword || l.Key == "" || l.Withheld {
		return view, nil
	}
	call := authority.SecretCall{Client: authority.LicenseClient{Tenant: v.actor.Tenant}, Product: l.Product.Code, License: l.Key}
	report, err := v.p.d.Authority.ReportLicense(ctx, call, authority.DevicePage{Limit: -1})
	view.after = &report
	return view, err
}

// typed is what was typed into a field of one of the forms, or what it begins with.
func (l *licenseExtras) typed(form, name, first string) string {
	if form != l.form {
		return first
	}
	return l.in.Text(name)
}

// licenseExtraAct gives credits, or keeps an info tag.
func (v *visit) licenseExtraAct() error {
	view, err := v.extrasOf()
	if err != nil {
		return err
	}
	view.in, view.form = v.input, v.PathValue("act")
	switch view.form {
	case "credits":
		err = v.giveCredits(view)
	case "tags":
		if _, err = v.p.d.Office.AddInfoTag(v.Context(), v.actor, view.ref(), v.input.Text("tag")); err == nil {
			v.say(web.Good, "The tag was kept. It is the one in force.")
		}
	default:
		return license.Missing("page", v.URL.Path)
	}
	if err != nil {
		return v.again(licenseAsField(err, "name"), v.t("Credits and tags of %s", view.name()), func(f web.Faults) templ.Component {
			view.faults = f
			return licenseExtrasPage(view)
		})
	}
	return v.redirect(view.path(licenseAtExtras))
}

func (v *visit) giveCredits(view *licenseExtras) error {
	count := v.input.Int("count", 0)
	if err := v.asked(); err != nil {
		return err
	}
	if count < 1 {
		return license.Invalidf("count", "write a number from 1")
	}
	has, err := v.p.d.Office.GiveCredits(v.Context(), v.actor, view.ref(), v.input.Text("target"), v.input.Text("name"), count)
	if err == nil {
		v.say(web.Good, "There are %d credits now.", has.Amount)
	}
	return err
}

// wrong are the faults of one of the forms.
func (l *licenseExtras) wrong(form string) web.Faults {
	if form != l.form {
		return nil
	}
	return l.faults
}
