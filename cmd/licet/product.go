package main

import (
	"encoding/json"
	"slices"
	"strings"

	"licet/internal/license"
	"licet/internal/office"
)

// productCommand: licet product. A product is named by its code, its number or its id.
type productCommand struct {
	Create productCreate `cmd:"" help:"Make a product with its default policy, whose terms the flags say."`
	List   productList   `cmd:"" help:"List the products."`
	Show   productShow   `cmd:"" help:"Show a product."`
	Change productChange `cmd:"" help:"Change a product; no license changes."`
	E2EE   productE2EE   `cmd:"" name:"e2ee" help:"End-to-end encryption of the answers about a product."`
}

type productView struct {
	ID       license.ProductID     `json:"id"`
	Code     string                `json:"code"`
	Number   int64                 `json:"number"`
	Name     string                `json:"name"`
	State    license.ProductState  `json:"state"`
	Auth     license.AuthMethod    `json:"auth"`
	Disabled bool                  `json:"disabled"`
	Archived bool                  `json:"archived"`
	Mask     license.Mask          `json:"mask"`
	E2EE     bool                  `json:"e2ee"`
	Metadata json.RawMessage       `json:"metadata"`
	Created  license.Time          `json:"created_at"`
	IsBundle bool                  `json:"is_bundle"`
	Fields   []license.CustomField `json:"custom_fields"`
	Bundle   []string              `json:"bundle,omitempty"` // codes of what a bundle stands for; not in lists
	Terms    *license.Terms        `json:"terms,omitempty"`  // of the default policy; not in lists
}

func viewProduct(p office.Product) productView {
	mask := p.Mask
	if mask.IsZero() {
		mask = license.DefaultMask()
	}
	return productView{ID: p.ID, Code: p.Code, Number: p.Number, Name: p.Name, State: p.State, Auth: p.Auth, Disabled: p.Disabled,
		Archived: p.Archived, Mask: mask, E2EE: p.E2EEKey != nil, Metadata: rawJSON(p.Metadata), Created: p.Created,
		IsBundle: p.Bundle, Fields: append([]license.CustomField{}, p.Fields...)}
}

// rawJSON shows metadata as it is, and none as null.
func rawJSON(text string) json.RawMessage {
	if text == "" {
		return json.RawMessage("null")
	}
	return json.RawMessage(text)
}

func (v productView) marks() string {
	return words(choose(v.Disabled, "disabled"), choose(v.Archived, "archived"), choose(v.E2EE, "e2ee"), choose(v.IsBundle, "bundle"))
}

func (v productView) pairs() [][2]string {
	pairs := [][2]string{
		{"id", idText(v.ID)}, {"code", v.Code}, {"number", idText(v.Number)}, {"name", v.Name}, {"state", string(v.State)},
		{"auth", string(v.Auth)}, {"marks", v.marks()}, {"mask", v.Mask.Text}, {"alphabet", string(v.Mask.Alphabet)},
		{"created", moment(v.Created)},
	}
	if string(v.Metadata) != "null" {
		pairs = append(pairs, [2]string{"metadata", string(v.Metadata)})
	}
	if len(v.Bundle) > 0 {
		pairs = append(pairs, [2]string{"bundle of", strings.Join(v.Bundle, ", ")})
	}
	for _, f := range v.Fields {
		pairs = append(pairs, [2]string{"custom field", f.Name + " (" + f.Type + ") " + f.Value})
	}
	if v.Terms != nil {
		pairs = append(pairs, termsPairs(v.Terms)...)
	}
	return pairs
}

// printProduct shows a product with the terms of its default policy.
func (t *tool) printProduct(d *desk, p office.Product) error {
	v := viewProduct(p)
	policy, err := d.FindPolicy(t.ctx, d.actor, idText(p.ID), "")
	if err != nil {
		return err
	}
	v.Terms = &policy.Terms
	items, err := d.BundleItems(t.ctx, d.actor, idText(p.ID))
	if err != nil {
		return err
	}
	for _, item := range items {
		v.Bundle = append(v.Bundle, item.Product.Code)
	}
	return t.print(v, v.pairs)
}

// Help tells of the store that takes no other licensing than its own (S0-19).
func (*productCreate) Help() string {
	return `Apps that are sold in Apple's App Store may not use licensing of third parties, see https://developer.apple.com/app-store/review/guidelines/#business. Use a product for what you sell elsewhere.`
}

type productCreate struct {
	Code     string   `arg:"" help:"Short name, unique in the tenant."`
	Name     string   `help:"Name for people; the code when empty." placeholder:"NAME"`
	Auth     string   `help:"How users prove their right, fixed for ever: license-key or user." placeholder:"METHOD"`
	State    string   `help:"testing or active." placeholder:"STATE"`
	Metadata string   `help:"JSON that clients see." placeholder:"JSON"`
	Trial    *bool    `help:"Licenses are trials." negatable:""`
	Bundle   []string `help:"Products that this one stands for, each with a policy of it if need be: its licenses open all of them with one key." placeholder:"PRODUCT[:POLICY]"`
	fieldFlags
	maskFlags
	termsFlags
}

// fieldFlags say which custom fields licenses of a product have.
type fieldFlags struct {
	CustomField []string `help:"Field that licenses carry: its name, its type (text, number or date/time), and what it holds unless an issue says otherwise." placeholder:"NAME:TYPE:DEFAULT" sep:"none"`
}

// fields reads the flags.
func (f *fieldFlags) fields() []license.CustomField {
	var out []license.CustomField
	for _, text := range f.CustomField {
		name, rest, _ := strings.Cut(text, ":")
		kind, value, _ := strings.Cut(rest, ":")
		if kind == "" {
			kind = license.TextField
		}
		out = append(out, license.CustomField{Name: name, Type: kind, Value: value})
	}
	return out
}

// Run makes it.
func (c *productCreate) Run(t *tool) error {
	terms, err := c.termsFlags.change()
	if err != nil {
		return err
	}
	terms.Trial = c.Trial
	n := office.NewProduct{Code: c.Code, Name: c.Name, Auth: license.AuthMethod(c.Auth), State: license.ProductState(c.State),
		Metadata: c.Metadata, Fields: c.fields(), Terms: terms}
	if n.Name == "" {
		n.Name = c.Code
	}
	mask, err := c.mask(func() (license.Mask, error) { return license.DefaultMask(), nil })
	if err != nil {
		return err
	}
	if mask != nil {
		n.Mask = *mask
	}
	d, err := t.desk()
	if err != nil {
		return err
	}
	p, err := c.create(t, d, n)
	if err != nil {
		return err
	}
	return t.printProduct(d, p)
}

func (c *productCreate) create(t *tool, d *desk, n office.NewProduct) (office.Product, error) {
	if len(c.Bundle) == 0 {
		return d.CreateProduct(t.ctx, d.actor, n)
	}
	if c.Auth != "" {
		return office.Product{}, usagef("the users of a bundle prove their right as those of its products do; leave --auth out")
	}
	return d.CreateBundle(t.ctx, d.actor, office.NewBundle{Code: n.Code, Name: n.Name, Products: c.Bundle, State: n.State, Mask: n.Mask,
		Metadata: n.Metadata, Fields: n.Fields, Terms: n.Terms})
}

type productList struct {
	Archived bool `help:"Archived ones too."`
	listFlags
}

// Run lists them.
func (c *productList) Run(t *tool) error {
	d, err := t.desk()
	if err != nil {
		return err
	}
	fetch := full(func(p office.Page) ([]office.Product, error) { return d.ListProducts(t.ctx, d.actor, c.Archived, p) },
		func(p office.Product) int64 { return int64(p.ID) })
	all := as(pages(t, c.listFlags, fetch), func(p office.Product) (productView, error) { return viewProduct(p), nil })
	return printList(t, "ID CODE NUMBER NAME STATE MARKS CREATED", all, func(v productView) []string {
		return []string{idText(v.ID), v.Code, idText(v.Number), v.Name, string(v.State), v.marks(), moment(v.Created)}
	})
}

// productArg names a product.
type productArg struct {
	Which string `arg:"" name:"product" help:"Code, number or id."`
}

type productShow struct{ productArg }

// Run shows it.
func (c *productShow) Run(t *tool) error {
	d, err := t.desk()
	if err != nil {
		return err
	}
	p, err := d.FindProduct(t.ctx, d.actor, c.Which)
	if err != nil {
		return err
	}
	return t.printProduct(d, p)
}

type productChange struct {
	productArg
	Name     *string `help:"Name for people." placeholder:"NAME"`
	State    *string `help:"testing or active." placeholder:"STATE"`
	Metadata *string `help:"JSON that clients see; empty for none." placeholder:"JSON"`
	Disabled *bool   `help:"No new licenses and no new activations; running devices go on." negatable:""`
	Archived *bool   `help:"As disabled, and hidden from lists." negatable:""`
	fieldFlags
	DropCustomField []string `help:"Name of a field that new licenses shall no longer carry." placeholder:"NAME" sep:"none"`
	maskFlags
}

// change returns the fields that a product shall have: those it had, with those given in the place of what has their name.
func (c *productChange) change(had []license.CustomField) *[]license.CustomField {
	fields := slices.Clone(had)
	for _, f := range c.fields() {
		if i := slices.IndexFunc(fields, func(old license.CustomField) bool { return old.Name == f.Name }); i >= 0 {
			fields[i] = f
		} else {
			fields = append(fields, f)
		}
	}
	fields = slices.DeleteFunc(fields, func(f license.CustomField) bool { return slices.Contains(c.DropCustomField, f.Name) })
	return &fields
}

// Run changes it.
func (c *productChange) Run(t *tool) error {
	change := office.ProductChange{Name: c.Name, Metadata: c.Metadata, Disabled: c.Disabled, Archived: c.Archived}
	if c.State != nil {
		state := license.ProductState(*c.State)
		change.State = &state
	}
	d, err := t.desk()
	if err != nil {
		return err
	}
	change.Mask, err = c.mask(func() (license.Mask, error) {
		p, err := d.FindProduct(t.ctx, d.actor, c.Which)
		return p.Mask, err
	})
	if err != nil {
		return err
	}
	if len(c.CustomField)+len(c.DropCustomField) > 0 {
		p, err := d.FindProduct(t.ctx, d.actor, c.Which)
		if err != nil {
			return err
		}
		change.Fields = c.change(p.Fields)
	}
	p, err := d.ChangeProduct(t.ctx, d.actor, c.Which, change)
	if err != nil {
		return err
	}
	return t.printProduct(d, p)
}

// productE2EE: licet product e2ee. The key goes into the app; whoever has it can forge answers.
type productE2EE struct {
	On     e2eeOn     `cmd:"" help:"Switch it on and print the key; where it is on, print the key it has."`
	Show   e2eeShow   `cmd:"" help:"Print the key."`
	Rotate e2eeRotate `cmd:"" help:"Give the product a new key and print it; apps with the old one can no longer read the answers."`
	Off    e2eeOff    `cmd:"" help:"Answer in clear again; the key is gone."`
}

type e2eeView struct {
	Product string `json:"product"`
	E2EE    bool   `json:"e2ee"`
	Key     string `json:"key,omitempty"` // 64 hexadecimal digits
}

func (v e2eeView) pairs() [][2]string {
	return [][2]string{{"product", v.Product}, {"e2ee", yesNo(v.E2EE)}, {"key", v.Key}}
}

// e2ee does something to the encryption of a product and prints how it stands.
func (a productArg) e2ee(t *tool, do func(*desk) error) error {
	d, err := t.sealedDesk()
	if err != nil {
		return err
	}
	if err := do(d); err != nil {
		return err
	}
	key, err := d.ShowE2EE(t.ctx, d.actor, a.Which)
	if err != nil {
		return err
	}
	v := e2eeView{a.Which, key != "", key.Reveal()}
	return t.print(v, v.pairs)
}

type e2eeOn struct{ productArg }

// Run switches it on.
func (c *e2eeOn) Run(t *tool) error {
	return c.e2ee(t, func(d *desk) error {
		_, err := d.SwitchOnE2EE(t.ctx, d.actor, c.Which)
		return err
	})
}

type e2eeShow struct{ productArg }

// Run shows the key.
func (c *e2eeShow) Run(t *tool) error {
	return c.e2ee(t, func(*desk) error { return nil })
}

type e2eeRotate struct {
	productArg
	Yes bool `help:"Do not ask."`
}

// Run asks, then makes the new key.
func (c *e2eeRotate) Run(t *tool) error {
	return c.e2ee(t, func(d *desk) error {
		if err := t.confirm(c.Yes, "apps that have the old key of "+c.Which+" stop working at once"); err != nil {
			return err
		}
		_, err := d.RotateE2EE(t.ctx, d.actor, c.Which)
		return err
	})
}

type e2eeOff struct {
	productArg
	Yes bool `help:"Do not ask."`
}

// Run asks, then switches it off.
func (c *e2eeOff) Run(t *tool) error {
	return c.e2ee(t, func(d *desk) error {
		if err := t.confirm(c.Yes, "the end-to-end key of "+c.Which+" will be gone, and apps that insist on encrypted answers stop working"); err != nil {
			return err
		}
		return d.SwitchOffE2EE(t.ctx, d.actor, c.Which)
	})
}
