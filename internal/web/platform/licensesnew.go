package platform

import (
	"cmp"
	"context"
	"net/url"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/web"
)

// newLicensesForm is the form that makes licenses (S1-26), as it is typed.
type newLicensesForm struct {
	product, policy            string
	amount                     string
	mask                       string
	lowercase, uppercase       bool
	level, note                string
	expiryUnit, expiryDuration string
	starts                     string
	trial, pending             bool
	expiresAt, notBefore       string
	order, customer, metadata  string
	products                   []office.Product
	policies                   []newLicensesPolicies
	preview                    *newLicensesPreview
}

// newLicensesPolicies are the policies of a product.
type newLicensesPolicies struct {
	product office.Product
	list    []license.Policy
}

// newLicensesPreview is what would come of the form.
type newLicensesPreview struct {
	product office.Product
	amount  int64
	keys    []string // samples
	record  license.LicenseRecord
	order   string // that is added to; "" is a new one
	fault   string // why nothing would
	field   string // of the fault
}

// Bounds of the form.
const (
	sampleKeys  = 5
	jobFrom     = 1000 // so many licenses are made at once; more are made behind a progress bar
	maxMetadata = 64 << 10
)

// newLicenses shows the form: as the address says, else as it was filled in last on this browser.
func (v *visit) newLicenses() error {
	f := &newLicensesForm{}
	switch {
	case v.input.Bool("filled"):
		f.read(v.input)
	default:
		f.remembered(v)
		f.product = cmp.Or(v.input.Text("product"), f.product)
		f.policy = cmp.Or(v.input.Text("policy"), f.policy)
		f.order, f.customer = v.input.Text("order"), v.input.Text("customer")
	}
	if err := v.newLicensesChoices(f); err != nil {
		return err
	}
	if len(f.products) > 0 {
		if f.product == "" {
			f.product = productRef(&f.products[0])
		}
		var err error
		if f.preview, err = v.rehearseLicenses(f); err != nil {
			return err
		}
	}
	return v.draw(v.t("New licenses"), newLicensesPage(f, nil))
}

// newLicensesChoices finds what the selects of the form offer.
func (v *visit) newLicensesChoices(f *newLicensesForm) (err error) {
	if f.products, err = v.productChoices(false); err != nil {
		return err
	}
	if p := productCalled(f.products, f.product); p != nil {
		f.product = productRef(p)
	} else if len(f.products) > 0 {
		f.product, f.policy = "", "" // It is gone, or of another company.
	}
	const most = 30 // products whose policies are all offered
	for i := range f.products {
		p := &f.products[i]
		if len(f.products) > most && productRef(p) != f.product {
			continue
		}
		list, err := v.p.d.Office.ListPolicies(v.Context(), v.actor, idText(int64(p.ID)), false, office.Page{Limit: 100})
		if err != nil {
			return err
		}
		f.policies = append(f.policies, newLicensesPolicies{*p, list})
	}
	return nil
}

// read reads the form as it was sent.
func (f *newLicensesForm) read(in *web.Input) {
	f.product, f.policy, f.amount, f.mask = in.Text("product"), in.Text("policy"), in.Text("amount"), in.Text("mask")
	f.lowercase, f.uppercase = in.Bool("lowercase"), in.Bool("uppercase")
	f.level, f.note = in.Text("level"), in.Raw("note")
	f.expiryUnit, f.expiryDuration, f.starts = in.Text("expiry_unit"), in.Text("expiry_duration"), in.Text("starts")
	f.trial, f.pending = in.Bool("trial"), in.Bool("pending")
	f.expiresAt, f.notBefore = in.Text("expires_at"), in.Text("not_before")
	f.order, f.customer, f.metadata = in.Raw("order"), in.Text("customer"), in.Text("metadata")
}

// newLicensesCookie is the preference that holds the values used last.
const newLicensesCookie = "new_licenses"

// remembered fills the form with what was used last in this company, else with what is usual. Notes, orders and customers are of
// one sale, and not remembered.
func (f *newLicensesForm) remembered(v *visit) {
	f.amount, f.lowercase, f.uppercase, f.expiryUnit = "1", true, true, string(license.UnitDays)
	last, err := url.ParseQuery(v.cookies.Preference(v.Request, newLicensesCookie))
	if err != nil || last.Get("tenant") != v.view().Tenant {
		return
	}
	f.read(web.NewInput(last))
	f.amount = cmp.Or(f.amount, "1")
}

func (f *newLicensesForm) remember(v *visit) {
	values := url.Values{}
	for name, text := range map[string]string{
		"tenant": v.view().Tenant, "product": f.product, "policy": f.policy, "amount": f.amount, "mask": f.mask, "level": f.level,
		"expiry_unit": f.expiryUnit, "expiry_duration": f.expiryDuration, "starts": f.starts,
		"lowercase": ticked(f.lowercase), "uppercase": ticked(f.uppercase), "trial": ticked(f.trial),
	} {
		if text != "" {
			values.Set(name, text)
		}
	}
	v.cookies.SetPreference(v.w, newLicensesCookie, values.Encode())
}

func ticked(is bool) string {
	if is {
		return "yes"
	}
	return ""
}

// order reads the form as an order to the office. p is the product, which says how its keys are where the form does not.
func (f *newLicensesForm) licenses(p *office.Product, by string) (office.NewLicenses, error) {
	in := web.NewInput(url.Values{"amount": {f.amount}, "level": {f.level}, "expires_at": {f.expiresAt}, "not_before": {f.notBefore}})
	n := office.NewLicenses{
		Product: idText(int64(p.ID)), Policy: f.policy, Amount: int(in.Int("amount", 1)), Trial: f.trial, Order: f.order, Customer: f.customer,
		Note: f.note, Metadata: f.metadata, CreatedBy: by, ExpiresAt: in.Moment("expires_at"), NotBefore: in.Moment("not_before"),
	}
	if level := in.Int("level", 0); f.level != "" {
		n.Terms.Level = &level
	}
	if f.starts != "" {
		starts := license.StartsAt(f.starts)
		n.Terms.Starts = &starts
	}
	if f.pending {
		n.OrderStatus = license.OrderPending
	}
	for field, fault := range in.Faults {
		return n, license.Invalidf(field, "%s", strings.TrimSuffix(fault, "."))
	}
	if n.Amount < 1 || n.Amount > office.MaxIssue {
		return n, license.Invalidf("amount", "the amount is 1 to %d", office.MaxIssue)
	}
	var err error
	if f.expiryDuration != "" {
		if n.Expiry, err = typedSpan(f.expiryDuration, f.expiryUnit, "expiry_duration", "expiry_unit"); err != nil {
			return n, err
		}
	}
	if p.Auth != license.ByUser {
		n.Mask, err = f.keyMask(p)
	}
	return n, err
}

// keyMask is the mask of the keys; nil is the product's. Where no mask is typed the boxes choose the letters of the product's, and with
// both ticked, as they are at first, it stays as it is.
func (f *newLicensesForm) keyMask(p *office.Product) (*license.Mask, error) {
	if f.mask == "" && f.lowercase && f.uppercase {
		return nil, nil
	}
	m, err := license.MaskOf(cmp.Or(f.mask, p.Mask.String()), f.lowercase, f.uppercase)
	return &m, err
}

// maskOf is the mask that the keys of n are made of.
func maskOf(n *office.NewLicenses, p *office.Product) license.Mask {
	if n.Mask != nil {
		return *n.Mask
	}
	return p.Mask
}

// previewLicenses answers the form, while it is filled in, with what would come of it.
func (v *visit) previewLicenses() error {
	f := &newLicensesForm{}
	f.read(v.input)
	preview, err := v.rehearseLicenses(f)
	if err != nil {
		return err
	}
	return v.part(newLicensesShown(preview))
}

// rehearseLicenses makes one license that is not kept, so that what is said of it is what would be.
func (v *visit) rehearseLicenses(f *newLicensesForm) (*newLicensesPreview, error) {
	out := &newLicensesPreview{}
	say := func(err error) (*newLicensesPreview, error) {
		faults, ok := newLicensesFaults(err)
		if !ok {
			return nil, err
		}
		for field, text := range faults {
			out.field, out.fault = field, text
		}
		return out, nil
	}
	p, err := v.p.d.Office.FindProduct(v.Context(), v.actor, f.product)
	if err != nil {
		return say(err)
	}
	out.product = p
	n, err := f.licenses(&p, v.actor.Name)
	if err != nil {
		return say(err)
	}
	out.amount, out.order = int64(n.Amount), n.Order
	if p.Auth != license.ByUser {
		mask := maskOf(&n, &p)
		if err := mask.Fits(out.amount); err != nil {
			return say(err)
		}
		for range min(sampleKeys, out.amount) {
			key, err := mask.Generate(v.p.d.Rand)
			if err != nil {
				return say(err)
			}
			out.keys = append(out.keys, key)
		}
	}
	n.Amount = 1
	made, err := v.p.d.Office.Rehearsal().CreateLicenses(v.Context(), v.actor, n)
	if err != nil {
		out.keys = nil
		return say(err)
	}
	out.record = made.Licenses[0]
	return out, nil
}

// createLicenses makes them, and leads to their keys.
func (v *visit) createLicenses() error {
	f := &newLicensesForm{}
	f.read(v.input)
	p, err := v.p.d.Office.FindProduct(v.Context(), v.actor, f.product)
	var to string
	if err == nil {
		to, err = v.makeLicenses(f, &p)
	}
	if err == nil {
		f.remember(v)
		return v.redirect(to)
	}
	faults, ok := newLicensesFaults(err)
	if !ok {
		return err
	}
	if err := v.newLicensesChoices(f); err != nil {
		return err
	}
	return v.again(err, v.t("New licenses"), func(web.Faults) templ.Component { return newLicensesPage(f, faults) })
}

// makeLicenses makes licenses at once, or begins to where they are many, and returns the page of what comes of it.
func (v *visit) makeLicenses(f *newLicensesForm, p *office.Product) (string, error) {
	n, err := f.licenses(p, v.actor.Name)
	if err != nil {
		return "", err
	}
	o, ctx := v.p.d.Office, v.Context()
	if n.Amount <= jobFrom {
		made, err := o.CreateLicenses(ctx, v.actor, n)
		if err != nil {
			return "", err
		}
		m := madeLicenses{product: made.Product.ID, order: made.Order.ID, from: made.Licenses[0].IssuedAt, until: made.Licenses[0].IssuedAt, amount: int64(n.Amount)}
		return "/licenses/made" + m.query(), nil
	}
	// Whatever would be refused is refused here, at its field.
	if p.Auth != license.ByUser {
		if err := maskOf(&n, p).Fits(int64(n.Amount)); err != nil {
			return "", err
		}
	}
	one := n
	one.Amount = 1
	if _, err := o.Rehearsal().CreateLicenses(ctx, v.actor, one); err != nil {
		return "", err
	}
	actor := v.actor
	id, err := o.StartJob(ctx, actor, jobCreate, int64(n.Amount), func(ctx context.Context, progress func(done, total int64)) (string, error) {
		return createInSteps(ctx, o, actor, n, progress)
	})
	return "/licenses/jobs?job=" + idText(int64(id)), err
}

// createInSteps makes many licenses in one order, a thousand at a time, so that nobody waits for long meanwhile. It returns the query
// of the page that shows them. Where a step is refused, those before it stay.
func createInSteps(ctx context.Context, o *office.Office, actor identity.Actor, n office.NewLicenses, progress func(done, total int64)) (string, error) {
	total := n.Amount
	var m madeLicenses
	for int(m.amount) < total {
		n.Amount = min(jobFrom, total-int(m.amount))
		made, err := o.CreateLicenses(ctx, actor, n)
		if err != nil && m.amount > 0 {
			e := license.Describe(err)
			return "", &license.Error{Code: e.Code, Reason: e.Reason, Message: "after " + strconv.FormatInt(m.amount, 10) + " licenses in the order " + n.Order + ": " + e.Message}
		}
		if err != nil {
			return "", err
		}
		n.Order, n.OrderStatus = made.Order.Reference, "" // The others go where the first went.
		m.product, m.order, m.until = made.Product.ID, made.Order.ID, made.Licenses[0].IssuedAt
		if m.from == 0 {
			m.from = m.until
		}
		m.amount += int64(n.Amount)
		progress(m.amount, int64(total))
	}
	return m.query(), nil
}

// newLicensesFaults are what is wrong with the form, at its own fields.
func newLicensesFaults(err error) (web.Faults, bool) {
	e := license.Describe(err)
	if e.Code == license.NotFound && e.Reason == license.ProductUnknown {
		return web.Faults{"product": web.Sentence(e.Message)}, true
	}
	if e.Code == license.NotFound {
		return web.Faults{"policy": web.Sentence(e.Message)}, true
	}
	faults, ok := web.FaultsOf(err)
	if !ok {
		return nil, false
	}
	field := e.Field
	if place, other := map[string]string{
		"expiry": "expiry_duration", "duration": "expiry_duration", "unit": "expiry_unit", "email": "customer", "alphabet": "mask", "key": "mask", "type": "policy",
	}[field]; other {
		field = place
	}
	if e.Reason == license.MaskTooSmall {
		field = "mask"
	}
	for _, name := range newLicensesFields {
		if name == field {
			return web.Faults{field: web.Sentence(e.Message)}, true
		}
	}
	return web.Faults{"": faults[e.Field]}, true
}

// newLicensesFields are the fields of the form that a fault can stand at.
var newLicensesFields = [...]string{
	"product", "policy", "amount", "mask", "level", "note", "expiry_unit", "expiry_duration", "starts", "expires_at", "not_before", "order", "customer", "metadata",
}
