package platform

import (
	"context"
	"encoding/json"
	"net/url"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/web"
)

// licenseEditor is the form of a license.
type licenseEditor struct {
	*licenseView
	in     url.Values // as it was typed, or as the license is
	levels []license.Level
	faults web.Faults
}

func (v *visit) licenseEdit() error {
	l, err := v.licenseEditor()
	if err != nil {
		return err
	}
	return v.draw(v.t("Edit %s", l.name()), licenseEditPage(l))
}

func (v *visit) licenseEditor() (*licenseEditor, error) {
	l, err := v.licenseOf("")
	if err != nil {
		return nil, err
	}
	view := &licenseEditor{licenseView: l, in: licenseValues(&l.LicenseDetail)}
	if l.app != nil {
		view.levels, err = v.p.d.Office.Levels(v.Context(), v.actor, idText(l.Product.ID))
	}
	return view, err
}

// licenseValues are the fields of the form as the license is.
func licenseValues(d *office.LicenseDetail) url.Values {
	amount, unit := licenseParts(d.Terms.Duration)
	in := url.Values{
		"note": {d.Note}, "metadata": {licenseJSONOf(d.License.Metadata)}, "order": {d.Order.Reference}, "customer": {d.Customer.Email},
		"level": {strconv.FormatInt(d.Terms.Level, 10)}, "duration": {amount}, "duration_unit": {unit},
	}
	for name, limit := range licenseLimits(d.Terms) {
		in.Set(name, "")
		if n, limited := limit.Max(); limited {
			in.Set(name, strconv.FormatInt(n, 10))
		}
	}
	for name, on := range map[string]bool{"refuse_vm": d.Terms.RefuseVM, "refuse_offline": d.Terms.RefuseOffline} {
		if on {
			in.Set(name, "yes")
		}
	}
	return in
}

// licenseLimits are the limits of the form by the names of their fields.
func licenseLimits(t *license.Terms) map[string]license.Limit {
	return map[string]license.Limit{"activations": t.Activations, "transfers": t.Transfers, "users": t.Users, "user_activations": t.UserActivations}
}

// licenseParts writes a length of time as a number and the largest unit that measures it; where none does, the number is empty and the
// unit is the length itself.
func licenseParts(s license.Span) (amount, unit string) {
	if s.IsZero() {
		return "", string(license.UnitDays)
	}
	for _, u := range []license.Unit{
		license.UnitCalendarYears, license.UnitCalendarMonths, license.UnitLifetime, license.UnitYears, license.UnitMonths,
		license.UnitWeeks, license.UnitDays, license.UnitHours, license.UnitMinutes, license.UnitSeconds,
	} {
		one, err := u.Span(1)
		if err != nil {
			continue // Each of them has a length.
		}
		n := s.AboutSeconds() / one.AboutSeconds()
		if all, err := u.Span(n); err == nil && all == s {
			return strconv.FormatInt(n, 10), string(u)
		}
	}
	return "", s.Text()
}

func licenseJSONOf(text string) string {
	if text == "" {
		return ""
	}
	return licenseJSON(text)
}

// hasLength reports whether the duration can be changed: that is while the license is unused, and only where it may end.
func (l *licenseEditor) hasLength() bool {
	return !l.IsUsed() && l.Standing != license.Revoked && (l.Terms.Type != license.Perpetual || l.Terms.Trial)
}

// units are those of the duration, with the length itself where no unit measures it.
func (l *licenseEditor) units(ctx context.Context) []web.Option {
	list := licenseUnits(ctx)
	if amount, unit := licenseParts(l.Terms.Duration); amount == "" && !l.Terms.Duration.IsZero() {
		list = append(list, web.Option{Value: unit, Label: web.T(ctx, "as it is: %s", l.Terms.Duration.String())})
	}
	return list
}

// licenseSave changes what differs from what is stored, and nothing else.
func (v *visit) licenseSave() error {
	l, err := v.licenseEditor()
	if err != nil {
		return err
	}
	change, err := v.licenseChange(l)
	if err == nil && licenseUnchanged(&change) {
		v.say(web.Info, "Nothing differs: the license is as it was.")
		return v.redirect(l.path(""))
	}
	if err == nil {
		_, err = office.One(v.p.d.Office.ChangeLicenses(v.Context(), v.actor, change, l.ref()))
	}
	if err != nil {
		return v.again(err, v.t("Edit %s", l.name()), func(f web.Faults) templ.Component {
			l.in, l.faults = v.input.Values, f
			return licenseEditPage(l)
		})
	}
	v.say(web.Good, "The license was changed.")
	return v.redirect(l.path(""))
}

func licenseUnchanged(c *office.LicenseChange) bool {
	return c.Terms == (office.TermsChange{}) && c.Metadata == nil && c.Note == nil && c.Order == nil && c.Customer == nil
}

// licenseChange is how the form differs from the license.
func (v *visit) licenseChange(l *licenseEditor) (c office.LicenseChange, err error) {
	was := licenseValues(&l.LicenseDetail)
	differs := func(name string) bool { return strings.TrimSpace(was.Get(name)) != v.input.Text(name) }
	if note := v.input.Raw("note"); note != l.Note {
		c.Note = &note
	}
	if differs("metadata") {
		text, err := licenseObject(v.input.Text("metadata"))
		if err != nil {
			return c, err
		}
		c.Metadata = &text
	}
	if c.Terms, err = v.licenseTermsChange(l, differs); err != nil {
		return c, err
	}
	return c, v.licenseMove(&c, differs)
}

// licenseTermsChange is how the terms of the form differ.
func (v *visit) licenseTermsChange(l *licenseEditor, differs func(string) bool) (c office.TermsChange, err error) {
	if differs("level") {
		level := v.input.Int("level", 0)
		c.Level = &level
	}
	for name, limit := range map[string]**license.Limit{"activations": &c.Activations, "transfers": &c.Transfers, "users": &c.Users, "user_activations": &c.UserActivations} {
		if differs(name) {
			*limit = v.licenseLimitTyped(name)
		}
	}
	if is := v.input.Bool("refuse_vm"); is != l.Terms.RefuseVM {
		c.RefuseVM = &is
	}
	if is := v.input.Bool("refuse_offline"); is != l.Terms.RefuseOffline {
		c.RefuseOffline = &is
	}
	if err := v.asked(); err != nil {
		return c, err
	}
	// A used license's form does not ask for its length. What is sent all the same is for the office to refuse (S1-22).
	if v.input.Text("duration") == "" || !differs("duration") && !differs("duration_unit") {
		return c, nil
	}
	span, err := licenseSpan(v.input, "duration")
	c.Duration = &span
	return c, err
}

func (v *visit) licenseLimitTyped(name string) *license.Limit {
	limit := license.Unlimited
	if v.input.Text(name) != "" {
		n := v.input.Int(name, 0)
		if n < 0 {
			v.input.Faults[name] = "Write a whole number from 0, or nothing for any number."
		}
		limit = license.AtMost(n)
	}
	return &limit
}

// licenseMove is where the form lets a license go: to another order, to another customer.
func (v *visit) licenseMove(c *office.LicenseChange, differs func(string) bool) error {
	if differs("order") {
		order := v.input.Text("order")
		if order == "" {
			return license.Invalidf("order", "every license has an order")
		}
		if _, err := v.p.d.Office.FindOrder(v.Context(), v.actor, order); err != nil {
			return licenseAsField(err, "order")
		}
		c.Order = &order
	}
	if differs("customer") {
		customer := v.input.Text("customer")
		if customer != "" {
			if _, err := v.p.d.Office.FindCustomer(v.Context(), v.actor, customer); err != nil {
				return licenseAsField(err, "customer")
			}
		}
		c.Customer = &customer
	}
	return nil
}

// licenseObject is a JSON object as it is stored; nothing is none.
func licenseObject(text string) (string, error) {
	if text == "" {
		return "", nil
	}
	var members map[string]json.RawMessage
	if json.Unmarshal([]byte(text), &members) != nil || members == nil {
		return "", license.Invalidf("metadata", `metadata is a JSON object, such as {"seat": "A4"}`)
	}
	return text, nil
}

// levelHint names the levels that the product has.
func (l *licenseEditor) levelHint(ctx context.Context) string {
	if len(l.levels) == 0 {
		return web.T(ctx, "What it grants to whoever redeems it.")
	}
	names := make([]string, len(l.levels))
	for i := range l.levels {
		names[i] = web.T(ctx, "%d is %s", l.levels[i].Number, l.levels[i].Name)
	}
	return web.T(ctx, "What it grants to whoever redeems it: %s.", strings.Join(names, ", "))
}

// licenseNoLength says why the form does not ask for the duration.
func licenseNoLength(ctx context.Context, l *licenseEditor) string {
	switch {
	case l.Standing == license.Revoked:
		return web.T(ctx, "It was revoked: its terms stay as they are. The note can be changed.")
	case l.IsUsed() && l.User != nil:
		return web.T(ctx, "It is used, so its duration is fixed. Extend its user %s instead.", l.User.Name)
	case l.IsUsed():
		return web.T(ctx, "It is used, so its duration is fixed. Renew it to give it another period.")
	}
	return web.T(ctx, "It is perpetual: it has no duration.")
}
