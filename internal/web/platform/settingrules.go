package platform

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/store"
	"licet/internal/web"
)

// ruleProducts is how many products a rule can be made for on its page; for one of more the command line will do.
const ruleProducts = 500

// rulesView is the list of address rules, and what they would make of an address (S0-26).
type rulesView struct {
	Tabs     []web.Tab
	CanWrite bool
	Rules    []license.AddressRule
	Products []office.Product
	Trial    office.AddressTrial // as it was typed
	Verdict  *office.AddressVerdict
	Faults   web.Faults
}

// about says what a rule concerns.
func (v *rulesView) about(ctx context.Context, r *license.AddressRule) string {
	return ruleAbout(ctx, r, v.Products)
}

func ruleAbout(ctx context.Context, r *license.AddressRule, products []office.Product) string {
	name := ""
	if i := slices.IndexFunc(products, func(p office.Product) bool { return p.ID == r.Product }); i >= 0 {
		name = isolated(products[i].Name)
	}
	switch {
	case r.License != 0:
		return web.T(ctx, "one license")
	case r.Product == 0:
		return web.T(ctx, "all products")
	case name != "":
		return name
	}
	return web.T(ctx, "one product")
}

func (v *visit) rulesPage() error {
	view := rulesView{Tabs: v.settingTabs("/settings/rules"), CanWrite: v.can(identity.WriteProducts)}
	var err error
	if view.Rules, err = v.p.d.Office.ListAddressRules(v.Context(), v.actor); err != nil {
		return err
	}
	if view.Products, err = v.ruleProducts(); err != nil {
		return err
	}
	view.Trial = office.AddressTrial{Address: v.input.Text("address"), Country: v.input.Text("country"), Product: v.input.Text("product")}
	if view.Trial.Address == "" {
		return v.draw(v.t("Address rules"), rulesPage(view))
	}
	verdict, err := v.p.d.Office.TryAddressRules(v.Context(), v.actor, view.Trial)
	if err != nil {
		return v.again(err, v.t("Address rules"), func(f web.Faults) templ.Component {
			view.Faults = f
			return rulesPage(view)
		})
	}
	view.Verdict = &verdict
	return v.draw(v.t("Address rules"), rulesPage(view))
}

func (v *visit) ruleProducts() ([]office.Product, error) {
	return v.p.d.Office.ListProducts(v.Context(), v.actor, true, office.Page{Limit: ruleProducts})
}

// ruleForm is an address rule as its form has it.
type ruleForm struct {
	ID       license.AddressRuleID // 0 is a new one
	Name     string
	Mode     license.RuleMode
	Product  string
	License  string // key of the one license that it concerns
	Allow    string // entries, one a line
	Deny     string
	Products []office.Product
	About    string // what a rule that is there concerns
	Faults   web.Faults
	CanWrite bool

	Rehearsal *office.AddressRehearsal // what it would do to the devices in use
}

// lines are the entries that were typed, one a line or separated by commas.
func lines(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return r == '\n' || r == ',' || r == ';' || r == ' ' || r == '\t' })
}

// typedRule is the rule that was typed.
func (v *visit) typedRule() (ruleForm, office.NewAddressRule) {
	f := ruleForm{
		Name: v.input.Text("name"), Mode: license.RuleMode(v.input.Text("mode")), Product: v.input.Text("product"), License: v.input.Text("license"),
		Allow: v.input.Raw("allow"), Deny: v.input.Raw("deny"), CanWrite: true,
	}
	n := office.NewAddressRule{Name: f.Name, Mode: f.Mode, Product: f.Product, Allow: lines(f.Allow), Deny: lines(f.Deny)}
	if f.License != "" {
		n.License = office.Ref{Product: f.Product, Key: f.License}
	}
	return f, n
}

func (v *visit) newRulePage() error {
	products, err := v.ruleProducts()
	if err != nil {
		return err
	}
	return v.draw(v.t("New address rule"), newRulePage(ruleForm{Mode: license.RuleReport, Products: products, CanWrite: true}))
}

// createRule makes a rule, or with the button for it only says what it would do.
func (v *visit) createRule() error {
	form, n := v.typedRule()
	products, err := v.ruleProducts()
	if err != nil {
		return err
	}
	form.Products = products
	if v.input.Bool("rehearse") {
		rehearsal, err := v.p.d.Office.RehearseAddressRule(v.Context(), v.actor, n)
		if err != nil {
			return v.ruleAgain(err, form)
		}
		form.Rehearsal = &rehearsal
		return v.draw(v.t("New address rule"), newRulePage(form))
	}
	r, err := v.p.d.Office.CreateAddressRule(v.Context(), v.actor, n)
	if err != nil {
		return v.ruleAgain(err, form)
	}
	v.say(web.Good, "The rule is made. It holds from the next request on.")
	return v.redirect(fmt.Sprintf("/settings/rules/%d", int64(r.ID)))
}

func (v *visit) ruleAgain(err error, form ruleForm) error {
	return v.again(err, v.t("New address rule"), func(f web.Faults) templ.Component {
		form.Faults = f
		return newRulePage(form)
	})
}

// ruleView is one rule with what was counted of it.
type ruleView struct {
	office.AddressRuleDetail
	Form ruleForm
}

// rule is the one that the path names.
func (v *visit) rule() (ruleView, error) {
	id, err := v.id("id")
	if err != nil {
		return ruleView{}, err
	}
	detail, err := v.p.d.Office.FindAddressRule(v.Context(), v.actor, license.AddressRuleID(id))
	if err != nil {
		return ruleView{}, err
	}
	products, err := v.ruleProducts()
	view := ruleView{AddressRuleDetail: detail, Form: ruleForm{
		ID: detail.ID, Name: detail.Name, Mode: detail.Mode, Allow: strings.Join(detail.Allow, "\n"), Deny: strings.Join(detail.Deny, "\n"),
		About: ruleAbout(v.Context(), &detail.AddressRule, products), CanWrite: v.can(identity.WriteProducts),
	}}
	return view, err
}

func (v *visit) rulePage() error {
	view, err := v.rule()
	if err != nil {
		return err
	}
	return v.draw(view.Name, rulePage(view))
}

func (v *visit) changeRule() error {
	view, err := v.rule()
	if err != nil {
		return err
	}
	form, n := v.typedRule()
	_, err = v.p.d.Office.ChangeAddressRule(v.Context(), v.actor, view.ID, office.AddressRuleChange{Name: &n.Name, Mode: &n.Mode, Allow: &n.Allow, Deny: &n.Deny})
	if err != nil {
		return v.again(err, view.Name, func(f web.Faults) templ.Component {
			form.ID, form.About, form.Faults = view.ID, view.Form.About, f
			view.Form = form
			return rulePage(view)
		})
	}
	v.say(web.Good, "The rule is changed. It holds from the next request on.")
	return v.redirect(fmt.Sprintf("/settings/rules/%d", int64(view.ID)))
}

// switchRule gives a rule another mode.
func (v *visit) switchRule() error {
	view, err := v.rule()
	if err != nil {
		return err
	}
	mode := license.RuleMode(v.input.Text("mode"))
	if _, err := v.p.d.Office.ChangeAddressRule(v.Context(), v.actor, view.ID, office.AddressRuleChange{Mode: &mode}); err != nil {
		return err
	}
	path := fmt.Sprintf("/settings/rules/%d", int64(view.ID))
	v.sayUndo(path+"/mode", map[string]string{"mode": string(view.Mode)}, "%s: %s from the next request on.", isolated(view.Name), modeName(v.Context(), mode))
	return v.back(path)
}

func (v *visit) removeRule() error {
	view, err := v.rule()
	if err != nil {
		return err
	}
	if err := v.p.d.Office.DropAddressRule(v.Context(), v.actor, view.ID, nil); err != nil {
		return err
	}
	v.say(web.Good, "The rule %s is removed.", isolated(view.Name))
	return v.redirect("/settings/rules")
}

// modeName is what a mode of a rule is called.
func modeName(ctx context.Context, m license.RuleMode) string {
	switch m {
	case license.RuleOff:
		return web.T(ctx, "Off")
	case license.RuleReport:
		return web.T(ctx, "Report")
	case license.RuleEnforce:
		return web.T(ctx, "Enforce")
	}
	return string(m)
}

// modeMeaning says what a rule of a mode does.
func modeMeaning(ctx context.Context, m license.RuleMode) string {
	switch m {
	case license.RuleOff:
		return web.T(ctx, "Nothing happens.")
	case license.RuleReport:
		return web.T(ctx, "Licenses are used all the same; what breaks the rule is counted and noted.")
	case license.RuleEnforce:
		return web.T(ctx, "What breaks the rule is refused.")
	}
	return ""
}

func modeTone(m license.RuleMode) web.Tone {
	switch m {
	case license.RuleEnforce:
		return web.Good
	case license.RuleReport:
		return web.Info
	}
	return web.Quiet
}

// entryText is an entry of a rule as people read it.
func entryText(ctx context.Context, entry string) string {
	if entry == license.OtherAddress {
		return web.T(ctx, "not among what is allowed")
	}
	return entry
}

// addressHits is how often an entry of a rule was met.
type addressHits = store.AddressHits

// ruleProductOptions are all products to choose from, after none in particular.
func ruleProductOptions(ctx context.Context, products []office.Product) []web.Option {
	list := []web.Option{{Value: "", Label: web.T(ctx, "All products")}}
	for _, p := range products {
		list = append(list, web.Option{Value: fmt.Sprint(int64(p.ID)), Label: p.Name})
	}
	return list
}
