package office

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/store"
)

// MaxApplicationIssue is how many licenses of an application one call makes at most (S1-04).
const MaxApplicationIssue = 100

// NewApplicationLicenses is what the form for new licenses of an application asks (S1-26).
type NewApplicationLicenses struct {
	Amount    int          // 1 to MaxApplicationIssue
	Mask      string       // of the keys; "" is what the form remembers
	Lower     bool         // what * stands for: digits, and these letters (S1-06 to S1-08)
	Upper     bool         //
	Level     int64        // number of the levels that they grant
	Note      string       // for the vendor's people, never sent to a client (S1-25)
	CreatedBy string       // who makes them, in the vendor's words; "" is the actor
	Lasts     license.Span // how long, from their first use on
}

// CreateApplicationLicenses makes licenses of an application, all of them or none, in an order of their own. What people chose, the
// form begins with next time; what programs ask for leaves it as it is (keyauth.md §9.1, §9.2). It refuses as Invalid "amount" what is not 1 to 100, and with mask_too_small more
// than one license of a mask without *, and a mask that has no room for so many.
func (o *Office) CreateApplicationLicenses(ctx context.Context, actor identity.Actor, product string, n NewApplicationLicenses) (made Issued, err error) {
	if n.Amount < 1 || n.Amount > MaxApplicationIssue {
		return made, license.Invalidf("amount", "the amount is 1 to %d", MaxApplicationIssue)
	}
	if err := checkSpan(n.Lasts); err != nil {
		return made, err
	}
	// Keys of a mask with letters for places are drawn before they are stored; some may be in use.
	for range 5 {
		err = o.onApplication(ctx, actor, identity.WriteLicenses, product, func(w *applicationWork) error {
			made, err = o.issueForm(w, n)
			return err
		})
		if license.CodeOf(err) != license.Conflict || license.Describe(err).Field != "key" {
			break
		}
	}
	if err != nil {
		return Issued{}, err
	}
	return made, nil
}

// issueForm makes the licenses of a form.
func (o *Office) issueForm(w *applicationWork, n NewApplicationLicenses) (Issued, error) {
	n.Mask = cmp.Or(n.Mask, w.app.Settings.Form.Mask, license.ApplicationMask)
	issue := NewLicenses{
		Product: w.product.Code, Amount: n.Amount, Terms: applicationTerms(n.Level, n.Lasts), Note: n.Note,
		CreatedBy: cmp.Or(n.CreatedBy, w.actor.Name),
	}
	if err := o.fillKeys(&issue, &n, w.app.Settings.LetterMasks); err != nil {
		return Issued{}, err
	}
	if err := issue.check(); err != nil {
		return Issued{}, err
	}
	if form := n.form(); w.actor.Kind != identity.ClientApp && form != w.app.Settings.Form {
		if err := w.remember(form); err != nil {
			return Issued{}, err
		}
	}
	return o.issue(w.tx, w.actor, &issue)
}

// fillKeys says which keys are to be made. Where letters are places, and the mask has no *, each X becomes a random digit or
// upper-case letter and each x a digit or lower-case one; such keys are drawn here.
func (o *Office) fillKeys(issue *NewLicenses, n *NewApplicationLicenses, letters bool) error {
	if !letters || strings.Contains(n.Mask, "*") || !strings.ContainsAny(n.Mask, "Xx") {
		mask, err := license.MaskOf(n.Mask, n.Lower, n.Upper)
		issue.Mask = &mask
		return err
	}
	mask := license.Mask{Text: strings.NewReplacer("X", "*", "x", "*").Replace(n.Mask), Alphabet: license.AlphabetUpper}
	keys, err := license.GenerateKeys(mask, n.Amount, o.d.Rand, nil)
	if err != nil {
		return err
	}
	places := []rune(n.Mask)
	for i, key := range keys {
		drawn := []rune(key)
		for at, place := range places {
			if place == 'x' && drawn[at] >= 'A' && drawn[at] <= 'Z' {
				drawn[at] += 'a' - 'A'
			}
		}
		keys[i] = string(drawn)
	}
	issue.Keys = keys
	return nil
}

// form is what the form begins with next time.
func (n *NewApplicationLicenses) form() license.LicenseForm {
	form := license.LicenseForm{Amount: n.Amount, Mask: n.Mask, Lower: n.Lower, Upper: n.Upper, Level: n.Level, Note: n.Note,
		Duration: n.Lasts.AboutSeconds(), Unit: license.UnitSeconds}
	// The longest unit that measures the duration without a rest.
	best := license.Span{Seconds: 1}
	for _, unit := range license.Units() {
		one, err := unit.Span(1)
		if err != nil || one.AboutSeconds() < best.AboutSeconds() {
			continue
		}
		count := n.Lasts.AboutSeconds() / one.AboutSeconds()
		if all, err := unit.Span(count); err == nil && all == n.Lasts {
			form.Duration, form.Unit, best = count, unit, one
		}
	}
	return form
}

// remember stores what the form begins with. The licenses are what is recorded of it.
func (w *applicationWork) remember(form license.LicenseForm) (err error) {
	if w.app, err = w.tx.LockApplication(w.app.Tenant, w.app.Product); err != nil {
		return err
	}
	if err := w.set(func(s *license.ApplicationSettings) { s.Form = form }); err != nil {
		return err
	}
	_, err = w.tx.SaveApplication(&w.app)
	return err
}

// LicenseEdit says what is to differ on a license of an application; a nil field leaves its value.
type LicenseEdit struct {
	Level *int64
	Lasts *license.Span // only while it is unused
	Note  *string
}

// EditLicense changes a license of an application. It refuses with key_unknown, and with license_used for the duration of a used
// one (S1-22).
func (o *Office) EditLicense(ctx context.Context, actor identity.Actor, product, key string, e LicenseEdit) error {
	if e.Lasts != nil {
		if err := checkSpan(*e.Lasts); err != nil {
			return err
		}
	}
	if e.Note != nil {
		if err := checkNote(*e.Note); err != nil {
			return err
		}
	}
	return o.onApplication(ctx, actor, identity.WriteLicenses, product, func(w *applicationWork) error {
		r, err := w.license(key)
		if err != nil {
			return err
		}
		if e.Level != nil || e.Lasts != nil {
			ch, err := changeTerms(r.License, TermsChange{Level: e.Level, Duration: e.Lasts})
			if err != nil {
				return err
			}
			for i := range ch.Events {
				ch.Events[i].Data["level"], ch.Events[i].Data["duration"] = ch.License.Terms.Level, ch.License.Terms.Duration
			}
			if err := w.apply(&ch); err != nil {
				return err
			}
		}
		if e.Note == nil || *e.Note == r.Note {
			return nil
		}
		if err := w.tx.NoteLicense(r.Tenant, r.ID, *e.Note); err != nil {
			return err
		}
		return w.note(license.Event{Kind: license.LicenseNoted, License: r.ID})
	})
}

// ApplicationLicense is a license of an application with who used it.
type ApplicationLicense = store.ApplicationLicense

// FindApplicationLicense returns a license of an application by its key. It refuses with key_unknown.
func (o *Office) FindApplicationLicense(ctx context.Context, actor identity.Actor, product, key string) (l ApplicationLicense, err error) {
	err = o.readApplication(ctx, actor, identity.ReadLicenses, product, func(tx *store.Tx, app *license.Application) (err error) {
		if license.ValidKey(key) != nil {
			return license.Refuse(license.KeyUnknown)
		}
		l, err = tx.FindApplicationLicense(app.Tenant, app.Product, key)
		return err
	})
	return l, err
}

// ListApplicationLicenses returns the licenses of an application that have a key.
func (o *Office) ListApplicationLicenses(ctx context.Context, actor identity.Actor, product string, page Page) (list []ApplicationLicense, err error) {
	err = o.readApplication(ctx, actor, identity.ReadLicenses, product, func(tx *store.Tx, app *license.Application) (err error) {
		list, err = tx.ListApplicationLicenses(app.Tenant, app.Product, license.LicenseID(page.Before), page.size())
		return err
	})
	return list, err
}

// KeyOfUser returns the key of the license that a user came with, else of another that they hold. It refuses with user_unknown,
// and with key_unknown where none that they hold has a key.
func (o *Office) KeyOfUser(ctx context.Context, actor identity.Actor, product, name string) (key string, err error) {
	err = o.readApplication(ctx, actor, identity.ReadLicenses, product, func(tx *store.Tx, app *license.Application) error {
		u, err := tx.FindApplicationUser(app.Tenant, app.Product, name)
		if err != nil {
			return err
		}
		held, err := tx.Holdings(app.Tenant, u.ID)
		if err != nil {
			return err
		}
		held = slices.DeleteFunc(held, func(h license.Holding) bool { return h.Key == "" })
		if len(held) == 0 {
			return license.Refuse(license.KeyUnknown)
		}
		key = slices.MinFunc(held, func(a, b license.Holding) int {
			switch {
			case a.Added == b.Added:
				return cmp.Or(cmp.Compare(a.StartedAt, b.StartedAt), cmp.Compare(a.License, b.License))
			case b.Added:
				return -1
			}
			return 1
		}).Key
		return nil
	})
	return key, err
}

// ApplicationCounts says how much an application has.
type ApplicationCounts = store.ApplicationCounts

// CountApplication counts what an application has. Its cost grows with the licenses.
func (o *Office) CountApplication(ctx context.Context, actor identity.Actor, product string) (c ApplicationCounts, err error) {
	err = o.readApplication(ctx, actor, identity.ReadLicenses, product, func(tx *store.Tx, app *license.Application) (err error) {
		c, err = tx.CountApplicationThings(app.Tenant, app.Product)
		return err
	})
	return c, err
}
