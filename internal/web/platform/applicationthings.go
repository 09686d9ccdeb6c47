package platform

import (
	"context"
	"net/url"

	"github.com/a-h/templ"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/web"
)

// things is what the pages of lists of an application have in common: what was typed, and how the list goes on.
type things struct {
	appHead
	in      url.Values
	faults  web.Faults
	editing string // the name of what the form changes; "" is a new one
	next    string
	first   bool // the list begins here
}

// openThings opens a page of a list; needs is what changes it.
func (v *visit) openThings(page string, needs identity.Permission) (*things, error) {
	h, err := v.openApplication(page, needs)
	return &things{appHead: h, in: url.Values{}, editing: v.input.Text("edit"), first: v.after() == ""}, err
}

// after is where a list goes on.
func (v *visit) after() string { return v.URL.Query().Get("after") }

// cut returns a page of a list, and notes where the next one begins.
func cut[T any](t *things, list []T, name func(*T) string) []T {
	if len(list) <= listSize {
		return list
	}
	t.next = base + t.at(t.page) + web.Query(nil, "after", name(&list[listSize-1]))
	return list[:listSize]
}

// drawThings makes a page of a list.
type drawThings func(*visit, *things) (templ.Component, error)

// showThings answers with a page of a list.
func (v *visit) showThings(page string, needs identity.Permission, draw drawThings) error {
	t, err := v.openThings(page, needs)
	if err != nil {
		return err
	}
	body, err := draw(v, t)
	if err != nil {
		return err
	}
	return v.draw(t.Name, body)
}

// deed is what a form of such a page does. It returns what is said when it is done.
type deed func(ctx context.Context, o *office.Office, product string) (said string, err error)

// changeThings does what the field act names. What was typed stays where it was wrong: that is in the forms of add and save.
func (v *visit) changeThings(page string, needs identity.Permission, draw drawThings, deeds map[string]deed) error {
	t, err := v.openThings(page, needs)
	if err != nil {
		return err
	}
	act := v.input.Text("act")
	do, known := deeds[act]
	if !known {
		return license.Invalidf("act", "choose what to do")
	}
	said := ""
	if err = v.asked(); err == nil {
		said, err = do(v.Context(), v.p.d.Office, t.ref())
	}
	if err == nil {
		v.say(web.Good, "%s", said)
		return v.redirect(t.at(page))
	}
	faults, mendable := web.FaultsOf(err)
	if act != "add" && act != "save" || !mendable {
		return err
	}
	t.in, t.faults = v.input.Values, everyFault(v.input, faults)
	body, failed := draw(v, t)
	if failed != nil {
		return failed
	}
	return v.again(err, t.Name, func(web.Faults) templ.Component { return body })
}

// listing is a page of a list.
type listing struct {
	lead       string          // what the list is about
	formTitle  string          //
	form       templ.Component // for a new thing, or for the one that is changed; nil is none
	table      templ.Component // nil is an empty list
	icon       string
	emptyTitle string
	emptyText  string
	dropAll    *dropping // nil is no such button
}

// dropping is a button that takes something away, and what it asks before.
type dropping struct {
	id, label, title, text, button string
	fields                         map[string]string
}

func (v *visit) applicationLevels() error {
	return v.showThings("levels", identity.WriteProducts, (*visit).levelsPage)
}

func (v *visit) levelsPage(t *things) (templ.Component, error) {
	all, err := v.p.d.Office.Levels(v.Context(), v.actor, t.ref())
	if err != nil {
		return nil, err
	}
	if t.editing != "" && len(t.in) == 0 {
		level, err := v.p.d.Office.FindLevel(v.Context(), v.actor, t.ref(), t.editing)
		if err != nil {
			return nil, err
		}
		t.in = url.Values{"name": {level.Name}, "level": {idText(level.Number)}}
	}
	from, _ := license.ParseID(v.after())
	for len(all) > 0 && int64(all[0].ID) <= from {
		all = all[1:]
	}
	list := cut(t, all, func(l *license.Level) string { return idText(l.ID) })
	return levelsPage(t, list), nil
}

func (v *visit) changeLevels() error {
	in := v.input
	name, number := in.Text("name"), in.Int("level", 0)
	if in.Text("act") == "save" {
		name = in.Text("edit")
	}
	return v.changeThings("levels", identity.WriteProducts, (*visit).levelsPage, map[string]deed{
		"add": func(ctx context.Context, o *office.Office, product string) (string, error) {
			l, err := o.CreateLevel(ctx, v.actor, product, name, number)
			return v.t("The level %s is there.", l.Name), err
		},
		"save": func(ctx context.Context, o *office.Office, product string) (string, error) {
			l, err := o.ChangeLevel(ctx, v.actor, product, name, number)
			return v.t("The level %s is number %d now.", l.Name, l.Number), err
		},
		"pause": func(ctx context.Context, o *office.Office, product string) (string, error) {
			return v.t("The level %s is paused: its time does not run.", name), o.PauseLevel(ctx, v.actor, product, name)
		},
		"resume": func(ctx context.Context, o *office.Office, product string) (string, error) {
			return v.t("The level %s goes on.", name), o.ResumeLevel(ctx, v.actor, product, name)
		},
		"drop": func(ctx context.Context, o *office.Office, product string) (string, error) {
			held, err := o.DropLevel(ctx, v.actor, product, name)
			return web.N(v.Context(), held, "The level is gone. %d user held it.", "The level is gone. %d users held it."), err
		},
	})
}

func (v *visit) applicationVariables() error {
	return v.showThings("variables", identity.WriteProducts, (*visit).variablesPage)
}

func (v *visit) variablesPage(t *things) (templ.Component, error) {
	all, err := v.p.d.Office.ListVariables(v.Context(), v.actor, t.ref(), v.after(), listSize+1)
	if err != nil {
		return nil, err
	}
	if t.editing != "" && len(t.in) == 0 {
		found, err := v.p.d.Office.FindVariable(v.Context(), v.actor, t.ref(), t.editing)
		if err != nil {
			return nil, err
		}
		t.in = url.Values{"name": {found.Name}, "value": {found.Value}}
		if found.Authed {
			t.in.Set("authed", "yes")
		}
	}
	return variablesPage(t, cut(t, all, func(one *office.ApplicationVariable) string { return one.Name })), nil
}

func (v *visit) changeVariables() error {
	in := v.input
	one := office.ApplicationVariable{Name: in.Text("name"), Value: in.Raw("value"), Authed: in.Bool("authed")}
	return v.changeThings("variables", identity.WriteProducts, (*visit).variablesPage, map[string]deed{
		"add": func(ctx context.Context, o *office.Office, product string) (string, error) {
			return v.t("The variable %s is there.", one.Name), o.SaveVariable(ctx, v.actor, product, one, true)
		},
		"save": func(ctx context.Context, o *office.Office, product string) (string, error) {
			one.Name = in.Text("edit")
			return v.t("The variable %s is saved.", one.Name), o.SaveVariable(ctx, v.actor, product, one, false)
		},
		"drop": func(ctx context.Context, o *office.Office, product string) (string, error) {
			return v.t("The variable %s is gone.", one.Name), o.DropVariable(ctx, v.actor, product, one.Name)
		},
		"drop_all": func(ctx context.Context, o *office.Office, product string) (string, error) {
			n, err := o.DropVariables(ctx, v.actor, product)
			return web.N(ctx, n, "%d variable is gone.", "%d variables are gone."), err
		},
	})
}
