package platform

import (
	"context"
	"crypto/rand"
	"fmt"
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

// alphabets are those to choose from, by the name that the form sends.
func alphabets(ctx context.Context) []web.Option {
	return []web.Option{
		{Value: "clear", Label: web.T(ctx, "easy to read: A-Z and 2-9 without I, L, O")},
		{Value: "upper", Label: web.T(ctx, "digits and upper case")},
		{Value: "lower", Label: web.T(ctx, "digits and lower case")},
		{Value: "mixed", Label: web.T(ctx, "digits and both cases")},
		{Value: "digits", Label: web.T(ctx, "digits only")},
		{Value: "own", Label: web.T(ctx, "characters of your own")},
	}
}

// maskAlphabets are the alphabets by those names.
func maskAlphabets() map[string]license.Alphabet {
	return map[string]license.Alphabet{
		"clear": license.AlphabetClear, "upper": license.AlphabetUpper, "lower": license.AlphabetLower, "mixed": license.AlphabetMixed, "digits": license.AlphabetDigits,
	}
}

// setMask writes a mask into the fields of a form.
func setMask(in url.Values, m license.Mask) {
	if m.Alphabet == "" {
		m.Alphabet = license.AlphabetClear
	}
	in.Set("mask", m.String())
	for name, alphabet := range maskAlphabets() {
		if alphabet == m.Alphabet {
			in.Set("alphabet", name)
			return
		}
	}
	in.Set("alphabet", "own")
	in.Set("own_alphabet", string(m.Alphabet))
}

// readMask reads those fields.
func readMask(in *web.Input) license.Mask {
	name := in.Text("alphabet")
	if name == "own" {
		m := license.Mask{Text: in.Text("mask"), Alphabet: license.Alphabet(in.Text("own_alphabet"))}
		if m.Alphabet == "" {
			in.Faults["alphabet"] = "Write the characters that keys are made of."
		}
		return m
	}
	return license.Mask{Text: in.Text("mask"), Alphabet: maskAlphabets()[name]}
}

// maskSamples are what keys of a mask look like.
type maskSamples struct {
	keys  []string
	room  int64
	fault string
}

func samplesOf(in *web.Input) maskSamples {
	m := readMask(in)
	if fault := in.Faults["alphabet"]; fault != "" {
		return maskSamples{fault: fault}
	}
	if err := m.Validate(); err != nil {
		return maskSamples{fault: web.Sentence(license.Describe(err).Message)}
	}
	s := maskSamples{room: m.Room()}
	for range 4 {
		key, err := m.Generate(rand.Reader)
		if err != nil {
			return maskSamples{fault: web.Sentence(license.Describe(err).Message)}
		}
		s.keys = append(s.keys, key)
	}
	return s
}

// previewMask draws sample keys while a mask is typed.
func (v *visit) previewMask() error { return v.part(samplesPart(samplesOf(v.input))) }

// newProductView is the form for a product, or for a bundle.
type newProductView struct {
	in       url.Values
	faults   web.Faults
	bundle   bool
	products []office.Product // that a bundle may stand for
	samples  maskSamples
}

func (v *visit) newProduct() error {
	terms := license.DefaultTerms()
	in := policyTermsValues(&terms)
	in.Set("auth", string(license.ByKey))
	in.Set("state", string(license.ProductActive))
	setMask(in, license.Mask{})
	if v.input.Text("kind") == "bundle" {
		in.Set("kind", "bundle")
	}
	view, err := v.newProductView(in)
	if err != nil {
		return err
	}
	return v.draw(view.title(v.Context()), newProductPage(view))
}

func (n *newProductView) title(ctx context.Context) string {
	if n.bundle {
		return web.T(ctx, "New bundle")
	}
	return web.T(ctx, "New product")
}

func (v *visit) newProductView(in url.Values) (*newProductView, error) {
	view := &newProductView{in: in, bundle: in.Get("kind") == "bundle", samples: samplesOf(web.NewInput(in))}
	if !view.bundle {
		return view, nil
	}
	all, err := v.p.d.Office.ListProducts(v.Context(), v.actor, false, office.Page{Limit: 1000})
	for i := range all {
		if !all[i].Bundle {
			view.products = append(view.products, all[i])
		}
	}
	return view, err
}

func (v *visit) createProduct() error {
	in := v.input
	mask, terms := readMask(in), policyTermsOf(in)
	n := office.NewProduct{
		Code: in.Text("code"), Name: in.Text("name"), State: license.ProductState(in.Text("state")), Auth: license.AuthMethod(in.Text("auth")), Mask: mask, Terms: terms,
	}
	var made office.Product
	err := v.asked()
	switch {
	case err != nil:
	case in.Text("kind") == "bundle":
		made, err = v.p.d.Office.CreateBundle(v.Context(), v.actor, office.NewBundle{
			Code: n.Code, Name: n.Name, State: n.State, Mask: n.Mask, Terms: n.Terms, Products: bundleRefs(in),
		})
	default:
		made, err = v.p.d.Office.CreateProduct(v.Context(), v.actor, n)
	}
	if err != nil {
		view, failed := v.newProductView(in.Values)
		if failed != nil {
			return failed
		}
		return v.again(err, view.title(v.Context()), func(f web.Faults) templ.Component {
			view.faults = everyFault(in, f)
			return newProductPage(view)
		})
	}
	v.say(web.Good, "%s is there. Its first licenses can be made now.", made.Name)
	return v.redirect("/products/" + idText(made.ID))
}

// bundleRefs are the products that are ticked, each with the policy that is written beside it.
func bundleRefs(in *web.Input) (refs []string) {
	for _, id := range in.Values["part"] {
		if policy := in.Text("policy_" + id); policy != "" {
			id += ":" + policy
		}
		refs = append(refs, id)
	}
	return refs
}

// productSettingsView is the form of a product's settings.
type productSettingsView struct {
	productHead
	in      url.Values
	faults  web.Faults
	policy  license.Policy // the default one; the zero one is not known
	samples maskSamples
}

func (v *visit) productSettings() error {
	h, err := v.openProduct("settings")
	if err != nil {
		return err
	}
	view, err := v.settingsView(h, nil)
	if err != nil {
		return err
	}
	return v.draw(h.Name, productSettingsPage(view))
}

// settingsView is the page with what is stored, and what was typed in its place.
func (v *visit) settingsView(h productHead, typed url.Values) (*productSettingsView, error) {
	in := url.Values{"name": {h.Name}, "state": {string(h.State)}, "metadata": {h.Metadata}}
	setMask(in, h.Mask)
	maps.Copy(in, typed)
	view := &productSettingsView{productHead: h, in: in, samples: samplesOf(web.NewInput(in))}
	if !v.can(identity.ReadPolicies) {
		return view, nil
	}
	var err error
	view.policy, err = v.p.d.Office.FindPolicy(v.Context(), v.actor, h.ref(), "")
	return view, err
}

func (v *visit) saveProduct() error {
	h, err := v.openProduct("settings")
	if err != nil {
		return err
	}
	in := v.input
	var change office.ProductChange
	if in.Values.Has("metadata") { // It has a form of its own.
		change.Metadata = new(strings.TrimSpace(in.Raw("metadata")))
	} else {
		change.Name, change.State, change.Mask = new(in.Text("name")), new(license.ProductState(in.Text("state"))), new(readMask(in))
	}
	err = v.asked()
	if err == nil {
		_, err = v.p.d.Office.ChangeProduct(v.Context(), v.actor, h.ref(), change)
	}
	if err != nil {
		view, failed := v.settingsView(h, in.Values)
		if failed != nil {
			return failed
		}
		return v.again(err, h.Name, func(f web.Faults) templ.Component {
			view.faults = everyFault(in, f)
			return productSettingsPage(view)
		})
	}
	v.say(web.Good, "Saved. Licenses that exist stay as they are.")
	return v.redirect(h.path("settings"))
}

// setProductState archives a product, or disables it, or takes either back.
func (v *visit) setProductState() error {
	h, err := v.openProduct("settings")
	if err != nil {
		return err
	}
	var c office.ProductChange
	act := v.input.Text("act")
	undo := map[string]string{"archive": "restore", "restore": "archive", "disable": "enable", "enable": "disable"}[act]
	switch act {
	case "archive", "restore":
		c.Archived = new(act == "archive")
	case "disable", "enable":
		c.Disabled = new(act == "disable")
	default:
		return license.Invalidf("act", "choose what to do")
	}
	if _, err := v.p.d.Office.ChangeProduct(v.Context(), v.actor, h.ref(), c); err != nil {
		return err
	}
	text := map[string]string{
		"archive": "%s is archived.", "restore": "%s is back in the lists.", "disable": "%s is disabled: nothing new is activated.", "enable": "%s is enabled again.",
	}[act]
	v.sayUndo(h.path("state"), map[string]string{"act": undo}, text, h.Name)
	return v.back(h.path("settings"))
}

// productFieldsView are the custom fields of a product and the features of its policies.
type productFieldsView struct {
	productHead
	in       url.Values
	faults   web.Faults
	policies []license.Policy
}

// fieldValues are the fields of a form for custom fields.
func fieldValues(list []license.CustomField) url.Values {
	in := url.Values{"fields": {strconv.Itoa(len(list))}}
	for i := range list {
		at := fieldRow(i)
		in.Set(at+"name", list[i].Name)
		in.Set(at+"type", list[i].Type)
		in.Set(at+"value", list[i].Value)
	}
	return in
}

func fieldRow(i int) string { return fmt.Sprintf("field_%d_", i) }

// fieldRows is how many rows are filled in; some more are empty.
func fieldRows(in url.Values) int {
	n, _ := strconv.Atoi(in.Get("fields")) // What is no number has no rows.
	return min(max(n, 0), license.MaxFields)
}

// spareRows is how many empty rows a form of rows has.
const spareRows = 2

func (v *visit) productFields() error {
	h, err := v.openProduct("fields")
	if err != nil {
		return err
	}
	view := productFieldsView{productHead: h, in: fieldValues(h.Fields)}
	if view.policies, err = v.policiesOf(h.ID); err != nil {
		return err
	}
	return v.draw(h.Name, productFieldsPage(&view))
}

// policiesOf are the policies of a product that are in use.
func (v *visit) policiesOf(id license.ProductID) ([]license.Policy, error) {
	if !v.can(identity.ReadPolicies) {
		return nil, nil
	}
	return v.p.d.Office.ListPolicies(v.Context(), v.actor, idText(id), false, office.Page{})
}

func (v *visit) saveFields() error {
	h, err := v.openProduct("fields")
	if err != nil {
		return err
	}
	list := []license.CustomField{}
	for i := range fieldRows(v.input.Values) + spareRows {
		at := fieldRow(i)
		if name := v.input.Text(at + "name"); name != "" {
			list = append(list, license.CustomField{Name: name, Type: v.input.Text(at + "type"), Value: v.input.Text(at + "value")})
		}
	}
	if _, err = v.p.d.Office.ChangeProduct(v.Context(), v.actor, h.ref(), office.ProductChange{Fields: &list}); err != nil {
		view := productFieldsView{productHead: h, in: v.input.Values}
		if view.policies, _ = v.policiesOf(h.ID); view.policies == nil {
			view.policies = []license.Policy{}
		}
		return v.again(err, h.Name, func(f web.Faults) templ.Component {
			view.faults = f
			return productFieldsPage(&view)
		})
	}
	v.say(web.Good, "Saved. New licenses get these fields; those that exist keep theirs.")
	return v.redirect(h.path("fields"))
}

// productPartsView is what a bundle stands for.
type productPartsView struct {
	productHead
	parts    []office.BundleItem
	policies map[license.PolicyID]license.Policy
}

func (v *visit) productParts() error {
	h, err := v.openProduct("parts")
	if err != nil {
		return err
	}
	if !h.Bundle {
		return license.Missing("page", v.URL.Path)
	}
	view := productPartsView{productHead: h, policies: map[license.PolicyID]license.Policy{}}
	if view.parts, err = v.p.d.Office.BundleItems(v.Context(), v.actor, h.ref()); err != nil {
		return err
	}
	for i := range view.parts {
		item := &view.parts[i]
		if item.Policy == 0 || !v.can(identity.ReadPolicies) {
			continue
		}
		p, err := v.p.d.Office.FindPolicy(v.Context(), v.actor, idText(item.Product.ID), idText(item.Policy))
		if err != nil {
			return err
		}
		view.policies[p.ID] = p
	}
	return v.draw(h.Name, productPartsPage(&view))
}
