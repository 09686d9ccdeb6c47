package platform

import (
	"context"
	"maps"
	"net/url"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/web"
)

// applicationRoutes are those of the applications of products.
func (p *Platform) applicationRoutes() []route {
	const at = "/products/{id}/application"
	read, write := identity.ReadProducts, identity.WriteProducts
	return []route{
		{pattern: "GET " + at, needs: read, page: (*visit).application},
		{pattern: "POST " + at, needs: write, page: (*visit).saveApplication},
		{pattern: "POST " + at + "/new", needs: write, page: (*visit).createApplication},
		{pattern: "POST " + at + "/state", needs: write, page: (*visit).setApplicationState},
		{pattern: "GET " + at + "/texts", needs: read, page: (*visit).applicationTexts},
		{pattern: "POST " + at + "/texts", needs: write, page: (*visit).saveTexts},
		{pattern: "GET " + at + "/access", needs: read, page: (*visit).applicationAccess},
		{pattern: "POST " + at + "/access", needs: write, page: (*visit).changeAccess},
		{pattern: "GET " + at + "/levels", needs: read, page: (*visit).applicationLevels},
		{pattern: "POST " + at + "/levels", needs: write, page: (*visit).changeLevels},
		{pattern: "GET " + at + "/variables", needs: read, page: (*visit).applicationVariables},
		{pattern: "POST " + at + "/variables", needs: write, page: (*visit).changeVariables},
		{pattern: "GET " + at + "/files", needs: read, page: (*visit).applicationFiles},
		{pattern: "POST " + at + "/files", needs: write, page: (*visit).changeFiles},
		{pattern: "GET " + at + "/webhooks", needs: read, page: (*visit).applicationHooks},
		{pattern: "POST " + at + "/webhooks", needs: write, page: (*visit).changeHooks},
		{pattern: "GET " + at + "/blocks", needs: identity.ReadCustomers, page: (*visit).applicationBlocks},
		{pattern: "POST " + at + "/blocks", needs: identity.WriteCustomers, page: (*visit).changeBlocks},
		{pattern: "GET " + at + "/staff", needs: identity.ReadUsers, page: (*visit).applicationStaff},
		{pattern: "POST " + at + "/staff", needs: identity.WriteUsers, page: (*visit).changeStaff},
		{pattern: "GET " + at + "/sessions", needs: identity.ReadCustomers, page: (*visit).applicationSessions},
		{pattern: "POST " + at + "/sessions", needs: identity.WriteCustomers, page: (*visit).endSessions},
		{pattern: "GET " + at + "/chats", needs: identity.ReadCustomers, page: (*visit).applicationChats},
		{pattern: "POST " + at + "/chats", needs: identity.WriteCustomers, page: (*visit).changeChats},
		{pattern: "GET " + at + "/logs", needs: identity.ReadAudit, page: (*visit).applicationLogs},
		{pattern: "POST " + at + "/logs", needs: identity.WriteAudit, page: (*visit).dropLogs},
		{pattern: "GET " + at + "/buttons", needs: read, page: (*visit).applicationButtons},
		{pattern: "POST " + at + "/buttons", needs: write, page: (*visit).changeButtons},
	}
}

// appHead is what every page about an application begins with.
type appHead struct {
	productHead
	app  license.Application
	page string // the page that this is, below the application
	sees appSees
	may  bool // the role may change what is on this page
}

// appSees says which pages the role may open.
type appSees struct{ people, staff, audit bool }

// openApplication finds the application of the product that the path names; needs is what changes its page.
func (v *visit) openApplication(page string, needs identity.Permission) (appHead, error) {
	h, err := v.openProduct("application")
	if err != nil {
		return appHead{}, err
	}
	app, err := v.p.d.Office.FindApplication(v.Context(), v.actor, h.ref())
	return appHead{
		productHead: h, app: app, page: page, may: v.can(needs),
		sees: appSees{people: v.can(identity.ReadCustomers), staff: v.can(identity.ReadUsers), audit: v.can(identity.ReadAudit)},
	}, err
}

// at is the address of a page of the application, below base.
func (h *appHead) at(page string) string {
	if page == "" {
		return h.path("application")
	}
	return h.path("application/" + page)
}

// pages are those of the application.
func (h *appHead) pages(ctx context.Context) (list []web.Tab) {
	for _, one := range []struct {
		name, title string
		sees        bool
	}{
		{"", web.T(ctx, "Settings"), true},
		{"texts", web.T(ctx, "Texts"), true},
		{"levels", web.T(ctx, "Levels"), true},
		{"variables", web.T(ctx, "Variables"), true},
		{"files", web.T(ctx, "Files"), true},
		{"webhooks", web.T(ctx, "Webhooks"), true},
		{"blocks", web.T(ctx, "Blocks"), h.sees.people},
		{"sessions", web.T(ctx, "Sessions"), h.sees.people},
		{"chats", web.T(ctx, "Chats"), h.sees.people},
		{"staff", web.T(ctx, "Staff"), h.sees.staff},
		{"buttons", web.T(ctx, "Buttons"), true},
		{"logs", web.T(ctx, "Logs"), h.sees.audit},
		{"access", web.T(ctx, "Secret and hashes"), true},
	} {
		if one.sees {
			list = append(list, web.Tab{Title: one.title, URL: base + h.at(one.name), Current: one.name == h.page})
		}
	}
	return list
}

// newApplicationView is the page of a product that has no application.
type newApplicationView struct {
	productHead
	in     url.Values
	faults web.Faults
}

// applicationView is the page of its settings.
type applicationView struct {
	appHead
	in     url.Values
	faults web.Faults
}

func (v *visit) application() error {
	h, err := v.openProduct("application")
	if err != nil {
		return err
	}
	if !h.application {
		return v.draw(h.Name, newApplicationPage(&newApplicationView{productHead: h, in: url.Values{"name": {h.Name}, "version": {"1.0"}}}))
	}
	a, err := v.openApplication("", identity.WriteProducts)
	if err != nil {
		return err
	}
	return v.draw(h.Name, applicationPage(&applicationView{appHead: a, in: applicationValues(&a.app)}))
}

func (v *visit) createApplication() error {
	h, err := v.openProduct("application")
	if err != nil {
		return err
	}
	in := v.input
	n := office.NewApplication{Name: in.Text("name"), Version: in.Text("version"), Download: in.Text("download")}
	if _, err := v.p.d.Office.CreateApplication(v.Context(), v.actor, h.ref(), n); err != nil {
		return v.again(err, h.Name, func(f web.Faults) templ.Component {
			return newApplicationPage(&newApplicationView{productHead: h, in: in.Values, faults: f})
		})
	}
	v.say(web.Good, "The application is there. Its users can register with licenses of this product.")
	return v.redirect(h.path("application"))
}

// applicationBoxes are the switches of an application, by the names of their fields.
func applicationBoxes(s *license.ApplicationSettings) map[string]*bool {
	return map[string]*bool{
		"legacy": &s.Legacy, "force_encryption": &s.ForceEncryption, "lock_hardware": &s.LockHardware, "force_hardware": &s.ForceHardware,
		"check_hash": &s.CheckHash, "learn_hash": &s.LearnHash, "require_token": &s.RequireToken, "letter_masks": &s.LetterMasks,
	}
}

// applicationValues are the fields of the form of an application.
func applicationValues(a *license.Application) url.Values {
	s := *a.Settings
	in := url.Values{
		"name": {a.Name}, "version": {a.Version}, "download": {a.Download}, "web_download": {s.WebDownload}, "log_webhook": {s.LogWebhook}, "shop": {s.Shop},
		"min_hardware": {strconv.Itoa(s.MinHardware)}, "min_name": {strconv.Itoa(s.MinName)},
		"session_seconds": {strconv.FormatInt(s.SessionSeconds, 10)}, "reset_seconds": {strconv.FormatInt(s.ResetSeconds, 10)},
		"seller_addresses": {strings.Join(s.SellerAddresses, "\n")},
	}
	for name, on := range applicationBoxes(&s) {
		if *on {
			in.Set(name, "yes")
		}
	}
	return in
}

func (v *visit) saveApplication() error {
	h, err := v.openApplication("", identity.WriteProducts)
	if err != nil {
		return err
	}
	in := v.input
	shortest, name := in.Int("min_hardware", 0), in.Int("min_name", 1)
	session, reset := in.Int("session_seconds", 0), in.Int("reset_seconds", 0)
	change := office.ApplicationChange{
		Name: new(in.Text("name")), Version: new(in.Text("version")), Download: new(in.Text("download")),
		Settings: func(s *license.ApplicationSettings) {
			for field, on := range applicationBoxes(s) {
				*on = in.Bool(field)
			}
			s.MinHardware, s.MinName, s.SessionSeconds, s.ResetSeconds = int(shortest), int(name), session, reset
			s.WebDownload, s.LogWebhook, s.Shop = in.Text("web_download"), in.Text("log_webhook"), in.Text("shop")
			s.SellerAddresses = strings.Fields(in.Raw("seller_addresses"))
		},
	}
	if err = v.asked(); err == nil {
		_, err = v.p.d.Office.ChangeApplication(v.Context(), v.actor, h.ref(), change)
	}
	if err != nil {
		return v.again(err, h.Name, func(f web.Faults) templ.Component {
			return applicationPage(&applicationView{appHead: h, in: in.Values, faults: everyFault(in, f)})
		})
	}
	v.say(web.Good, "Saved. It holds from the next call on.")
	return v.redirect(h.at(""))
}

// setApplicationState pauses an application, or disables it, or takes either back.
func (v *visit) setApplicationState() error {
	h, err := v.openApplication("", identity.WriteProducts)
	if err != nil {
		return err
	}
	o, ctx, text := v.p.d.Office, v.Context(), ""
	switch v.input.Text("act") {
	case "pause":
		text = "%s is paused: nobody enters, and nobody's time runs."
		_, err = o.PauseApplication(ctx, v.actor, h.ref())
	case "resume":
		text = "%s goes on: everybody has the time that they had."
		_, err = o.ResumeApplication(ctx, v.actor, h.ref())
	case "disable":
		text = "%s is disabled: nobody enters."
		_, err = o.ChangeApplication(ctx, v.actor, h.ref(), office.ApplicationChange{Disabled: new(true)})
	case "enable":
		text = "%s is enabled again."
		_, err = o.ChangeApplication(ctx, v.actor, h.ref(), office.ApplicationChange{Disabled: new(false)})
	default:
		err = license.Invalidf("act", "choose what to do")
	}
	if err != nil {
		return err
	}
	v.say(web.Good, text, h.app.Name)
	return v.back(h.at(""))
}

// textsView are the words that apps show.
type textsView struct {
	appHead
	in     url.Values
	faults web.Faults
}

func (v *visit) applicationTexts() error {
	h, err := v.openApplication("texts", identity.WriteProducts)
	if err != nil {
		return err
	}
	in := url.Values{}
	for name, text := range h.app.Settings.Texts {
		in.Set(name, text)
	}
	return v.draw(h.Name, applicationTextsPage(&textsView{appHead: h, in: in}))
}

func (v *visit) saveTexts() error {
	h, err := v.openApplication("texts", identity.WriteProducts)
	if err != nil {
		return err
	}
	_, err = v.p.d.Office.ChangeApplication(v.Context(), v.actor, h.ref(), office.ApplicationChange{Settings: func(s *license.ApplicationSettings) {
		texts := maps.Clone(s.Texts)
		for _, known := range license.ApplicationTexts() {
			delete(texts, known.Name)
			if text := v.input.Text(known.Name); text != "" && text != known.Default {
				texts[known.Name] = text
			}
		}
		s.Texts = texts
	}})
	if err != nil {
		return v.again(err, h.Name, func(f web.Faults) templ.Component {
			return applicationTextsPage(&textsView{appHead: h, in: v.input.Values, faults: f})
		})
	}
	v.say(web.Good, "Saved. Apps say it so from the next call on.")
	return v.redirect(h.at("texts"))
}

// accessView is what programs prove themselves with.
type accessView struct {
	appHead
	secret  identity.Secret // shown in this answer alone; "" is not shown
	rotated bool
	hash    string // as it was typed
	faults  web.Faults
}

func (v *visit) applicationAccess() error {
	h, err := v.openApplication("access", identity.WriteProducts)
	if err != nil {
		return err
	}
	return v.draw(h.Name, applicationAccessPage(&accessView{appHead: h}))
}

// changeAccess shows or rotates the secret, and changes the hashes.
func (v *visit) changeAccess() error {
	h, err := v.openApplication("access", identity.WriteProducts)
	if err != nil {
		return err
	}
	o, ctx, view := v.p.d.Office, v.Context(), accessView{appHead: h}
	switch v.input.Text("act") {
	case "show":
		if view.secret, err = o.ApplicationSecret(ctx, v.actor, h.ref()); err != nil {
			return err
		}
		return v.draw(h.Name, applicationAccessPage(&view))
	case "rotate":
		view.rotated = true
		if view.secret, err = o.RotateApplicationSecret(ctx, v.actor, h.ref()); err != nil {
			return err
		}
		return v.draw(h.Name, applicationAccessPage(&view))
	case "hash":
		view.hash = v.input.Text("hash")
		if err := o.AddProgramHash(ctx, v.actor, h.ref(), view.hash); err != nil {
			return v.again(err, h.Name, func(f web.Faults) templ.Component {
				view.faults = f
				return applicationAccessPage(&view)
			})
		}
		v.say(web.Good, "Programs of this hash may run.")
	case "forget":
		if err := o.ResetProgramHashes(ctx, v.actor, h.ref()); err != nil {
			return err
		}
		v.say(web.Good, "All hashes are forgotten.")
	default:
		return license.Invalidf("act", "choose what to do")
	}
	return v.redirect(h.at("access"))
}
