package main

import (
	"licet/internal/license"
	"licet/internal/office"
)

// policyCommand: licet policy. A policy is a template: its terms are copied into a license when that is
// issued, and changing it later changes no license. A policy is named by its code or id, and its product.
type policyCommand struct {
	Create  policyCreate  `cmd:"" help:"Make a policy."`
	List    policyList    `cmd:"" help:"List the policies of a product."`
	Show    policyShow    `cmd:"" help:"Show a policy; without one, the default policy of the product."`
	Change  policyChange  `cmd:"" help:"Change a policy; no license changes."`
	Default policyDefault `cmd:"" help:"Make a policy the default of its product."`
}

type policyView struct {
	ID       license.PolicyID  `json:"id"`
	Code     string            `json:"code"`
	Name     string            `json:"name"`
	Product  license.ProductID `json:"product_id"`
	Default  bool              `json:"default"`
	Archived bool              `json:"archived"`
	Terms    license.Terms     `json:"terms"`
	Created  license.Time      `json:"created_at"`
}

func viewPolicy(p license.Policy) policyView {
	return policyView{p.ID, p.Code, p.Name, p.Product, p.Default, p.Archived, p.Terms, p.Created}
}

func (v policyView) marks() string {
	return words(choose(v.Default, "default"), choose(v.Archived, "archived"))
}

func (v policyView) pairs() [][2]string {
	return append([][2]string{
		{"id", idText(v.ID)}, {"code", v.Code}, {"name", v.Name}, {"product id", idText(v.Product)}, {"marks", v.marks()},
		{"created", moment(v.Created)},
	}, termsPairs(&v.Terms)...)
}

// productFlag names a product.
type productFlag struct {
	Product string `help:"Product: code, number or id." required:"" placeholder:"PRODUCT"`
}

type policyCreate struct {
	productFlag
	Code    string `arg:"" help:"Short name, unique in the product, fixed for ever."`
	Name    string `help:"Name for people; the code when empty." placeholder:"NAME"`
	Default bool   `help:"Use it from now on when nobody names a policy."`
	Trial   *bool  `help:"Licenses are trials." negatable:""`
	termsFlags
}

// Run makes it.
func (c *policyCreate) Run(t *tool) error {
	terms, err := c.termsFlags.change()
	if err != nil {
		return err
	}
	terms.Trial = c.Trial
	d, err := t.desk()
	if err != nil {
		return err
	}
	p, err := d.CreatePolicy(t.ctx, d.actor, office.NewPolicy{Product: c.Product, Code: c.Code, Name: c.Name, Default: c.Default, Terms: terms})
	if err != nil {
		return err
	}
	return t.print(viewPolicy(p), viewPolicy(p).pairs)
}

type policyList struct {
	productFlag
	Archived bool `help:"Archived ones too."`
	listFlags
}

// Run lists them.
func (c *policyList) Run(t *tool) error {
	d, err := t.desk()
	if err != nil {
		return err
	}
	fetch := full(func(p office.Page) ([]license.Policy, error) {
		return d.ListPolicies(t.ctx, d.actor, c.Product, c.Archived, p)
	},
		func(p license.Policy) int64 { return int64(p.ID) })
	all := as(pages(t, c.listFlags, fetch), func(p license.Policy) (policyView, error) { return viewPolicy(p), nil })
	return printList(t, "ID CODE NAME MARKS TYPE DURATION LOCK ACTIVATIONS", all, func(v policyView) []string {
		return []string{idText(v.ID), v.Code, v.Name, v.marks(), string(v.Terms.Type), spanText(v.Terms.Duration),
			string(v.Terms.Lock), v.Terms.Activations.String()}
	})
}

type policyShow struct {
	productFlag
	Policy string `arg:"" optional:"" help:"Code or id; the default policy when left out."`
}

// Run shows it.
func (c *policyShow) Run(t *tool) error {
	d, err := t.desk()
	if err != nil {
		return err
	}
	p, err := d.FindPolicy(t.ctx, d.actor, c.Product, c.Policy)
	if err != nil {
		return err
	}
	return t.print(viewPolicy(p), viewPolicy(p).pairs)
}

type policyChange struct {
	productFlag
	Policy   string  `arg:"" help:"Code or id."`
	Name     *string `help:"Name for people." placeholder:"NAME"`
	Archived *bool   `help:"No new licenses from it." negatable:""`
	Trial    *bool   `help:"Licenses are trials." negatable:""`
	termsFlags
}

// Run changes it.
func (c *policyChange) Run(t *tool) error {
	terms, err := c.termsFlags.change()
	if err != nil {
		return err
	}
	terms.Trial = c.Trial
	return t.changePolicy(c.Product, c.Policy, office.PolicyChange{Name: c.Name, Archived: c.Archived, Terms: terms})
}

type policyDefault struct {
	productFlag
	Policy string `arg:"" help:"Code or id."`
}

// Run makes it the default.
func (c *policyDefault) Run(t *tool) error {
	return t.changePolicy(c.Product, c.Policy, office.PolicyChange{Default: true})
}

func (t *tool) changePolicy(product, policy string, change office.PolicyChange) error {
	d, err := t.desk()
	if err != nil {
		return err
	}
	p, err := d.ChangePolicy(t.ctx, d.actor, product, policy, change)
	if err != nil {
		return err
	}
	return t.print(viewPolicy(p), viewPolicy(p).pairs)
}
