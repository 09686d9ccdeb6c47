package main

import (
	"fmt"

	"licet/internal/license"
	"licet/internal/office"
)

// licensesArg names licenses.
type licensesArg struct {
	Product  string   `help:"Product of the keys, where several have the same." placeholder:"PRODUCT"`
	Licenses []string `arg:"" name:"license" help:"Keys or ids, up to 10000; - reads them from standard input, one a line."`
}

// refs returns what the office calls them, and whether the answer is about one alone.
func (a *licensesArg) refs(t *tool) (refs []office.Ref, single bool, err error) {
	list := a.Licenses
	single = len(list) == 1
	if single && list[0] == "-" {
		single = false
		if list, err = t.linesOf("license", "-"); err != nil {
			return nil, false, err
		}
	}
	for _, key := range list {
		refs = append(refs, office.Ref{Product: a.Product, Key: key})
	}
	return refs, single, nil
}

// outcomeView is what became of one of many licenses.
type outcomeView struct {
	Ref     string       `json:"ref"` // as it was named
	Changed bool         `json:"changed"`
	Reason  string       `json:"reason,omitempty"`
	Error   string       `json:"error,omitempty"`
	License *licenseView `json:"license"`
}

// act does something to licenses. For one it prints the license as it is then, for several what became of
// each. A license that is refused leaves the others as they are asked for.
func (a *licensesArg) act(t *tool, ask func() error, do func(*desk, []office.Ref) ([]office.Outcome, error)) error {
	refs, single, err := a.refs(t)
	if err != nil {
		return err
	}
	d, err := t.desk()
	if err != nil {
		return err
	}
	if err := ask(); err != nil {
		return err
	}
	out, err := do(d, refs)
	if err != nil {
		return err
	}
	names := newNames(t, d)
	if single {
		r, err := office.One(out, nil)
		if err != nil {
			return err
		}
		v, err := names.view(r)
		if err != nil {
			return err
		}
		return t.print(v, v.pairs)
	}
	return printOutcomes(t, names, out)
}

func printOutcomes(t *tool, names *names, out []office.Outcome) error {
	refused := 0
	all := as(seq(out), func(o office.Outcome) (outcomeView, error) {
		v := outcomeView{Ref: o.Ref.Key, Changed: o.Changed}
		if o.Err != nil {
			refused++
			v.Reason, v.Error = string(license.ReasonOf(o.Err)), oneLine(o.Err)
		}
		if o.License.ID == 0 {
			return v, nil
		}
		view, err := names.view(o.License)
		v.License = &view
		return v, err
	})
	err := printList(t, "LICENSE CHANGED STATE EXPIRES ERROR", all, func(v outcomeView) []string {
		row := []string{v.Ref, yesNo(v.Changed), "", "", v.Error}
		if v.License != nil {
			row[2], row[3] = v.License.state(), moment(v.License.ExpiresAt)
		}
		return row
	})
	if err == nil && refused > 0 {
		err = fmt.Errorf("%d of %d licenses were left as they are; the list says why", refused, len(out))
	}
	return err
}

// unasked is for what can be taken back.
func unasked() error { return nil }

type licenseSuspend struct{ licensesArg }

// Run suspends them.
func (c *licenseSuspend) Run(t *tool) error {
	return c.act(t, unasked, func(d *desk, refs []office.Ref) ([]office.Outcome, error) {
		return d.SuspendLicenses(t.ctx, d.actor, refs...)
	})
}

type licenseResume struct{ licensesArg }

// Run resumes them.
func (c *licenseResume) Run(t *tool) error {
	return c.act(t, unasked, func(d *desk, refs []office.Ref) ([]office.Outcome, error) {
		return d.ResumeLicenses(t.ctx, d.actor, refs...)
	})
}

type licenseRevoke struct {
	licensesArg
	Reason string `help:"Why, for the history." placeholder:"TEXT"`
	Yes    bool   `help:"Do not ask."`
}

// Run asks, then revokes them.
func (c *licenseRevoke) Run(t *tool) error {
	ask := func() error { return t.confirm(c.Yes, "revoking licenses is for ever") }
	return c.act(t, ask, func(d *desk, refs []office.Ref) ([]office.Outcome, error) {
		return d.RevokeLicenses(t.ctx, d.actor, c.Reason, refs...)
	})
}

type licenseBan struct {
	licensesArg
	Reason   string `help:"Why; the user may be told." placeholder:"TEXT"`
	WithUser bool   `help:"Ban the users who redeemed them too: they lose all their licenses."`
	Yes      bool   `help:"Do not ask."`
}

// Run asks where users are banned, then bans.
func (c *licenseBan) Run(t *tool) error {
	ask := func() error {
		return t.confirm(c.Yes || !c.WithUser, "this shuts the users of these licenses out of everything they hold")
	}
	return c.act(t, ask, func(d *desk, refs []office.Ref) ([]office.Outcome, error) {
		return d.BanLicenses(t.ctx, d.actor, c.Reason, c.WithUser, refs...)
	})
}

type licenseUnban struct{ licensesArg }

// Run lifts the ban.
func (c *licenseUnban) Run(t *tool) error {
	return c.act(t, unasked, func(d *desk, refs []office.Ref) ([]office.Outcome, error) {
		return d.UnbanLicenses(t.ctx, d.actor, refs...)
	})
}

// byFlags say how much longer.
type byFlags struct {
	ExpiryUnit     string `help:"Unit: seconds, minutes, hours, days, weeks, months, years, lifetime, calendar-months, calendar-years." placeholder:"UNIT"`
	ExpiryDuration *int64 `help:"How many of those units." placeholder:"N"`
	By             string `help:"The same in short: 30d, 6m or 1y (calendar months and years)." placeholder:"TIME"`
}

func (f *byFlags) span() (license.Span, error) {
	terms := termsFlags{ExpiryUnit: f.ExpiryUnit, ExpiryDuration: f.ExpiryDuration, Duration: f.By}
	span, err := terms.duration()
	if err != nil || span == nil {
		return license.Span{}, err
	}
	return *span, nil
}

func (f *byFlags) needed() (license.Span, error) {
	span, err := f.span()
	if err == nil && span.IsZero() {
		err = usagef("say how much longer: --by 30d, or --expiry-unit weeks --expiry-duration 5")
	}
	return span, err
}

type licenseExtend struct {
	licensesArg
	byFlags
	OfUser bool `help:"Move the end of what the users of redeemed licenses hold, not that of the licenses."`
}

// Run extends them.
func (c *licenseExtend) Run(t *tool) error {
	by, err := c.needed()
	if err != nil {
		return err
	}
	return c.act(t, unasked, func(d *desk, refs []office.Ref) ([]office.Outcome, error) {
		if c.OfUser {
			return d.ExtendRedemptions(t.ctx, d.actor, by, refs...)
		}
		return d.ExtendLicenses(t.ctx, d.actor, by, refs...)
	})
}

type licenseRenew struct {
	licensesArg
	byFlags
	Plan string `help:"By an RMZ plan, which they then have: monthly, quarterly, semiAnnual, annually, biennial, quinquennial, decennial." placeholder:"PLAN"`
}

// Run renews them.
func (c *licenseRenew) Run(t *tool) error {
	by, err := c.span()
	switch {
	case err != nil:
		return err
	case by.IsZero() == (c.Plan == ""):
		return usagef("give one of --plan, --by, and --expiry-unit with --expiry-duration")
	}
	return c.act(t, unasked, func(d *desk, refs []office.Ref) ([]office.Outcome, error) {
		return d.RenewLicenses(t.ctx, d.actor, license.Plan(c.Plan), by, refs...)
	})
}

type licenseNote struct {
	licensesArg
	Note string `help:"The note; empty takes it away." required:"" placeholder:"TEXT"`
}

// Run writes it.
func (c *licenseNote) Run(t *tool) error {
	return c.act(t, unasked, func(d *desk, refs []office.Ref) ([]office.Outcome, error) {
		return d.NoteLicenses(t.ctx, d.actor, c.Note, refs...)
	})
}

type licenseChange struct {
	licensesArg
	Metadata *string `help:"JSON that clients see; empty for none." placeholder:"JSON"`
	Trial    *bool   `help:"They are trials." negatable:""`
	termsFlags
}

// Run changes them.
func (c *licenseChange) Run(t *tool) error {
	terms, err := c.termsFlags.change()
	if err != nil {
		return err
	}
	terms.Trial = c.Trial
	return c.act(t, unasked, func(d *desk, refs []office.Ref) ([]office.Outcome, error) {
		return d.ChangeLicenses(t.ctx, d.actor, office.LicenseChange{Terms: terms, Metadata: c.Metadata}, refs...)
	})
}

type licenseReset struct {
	licensesArg
	Yes bool `help:"Do not ask."`
}

// Run asks, then resets them.
func (c *licenseReset) Run(t *tool) error {
	ask := func() error { return t.confirm(c.Yes, "this frees every device of these licenses") }
	return c.act(t, ask, func(d *desk, refs []office.Ref) ([]office.Outcome, error) {
		return d.ResetDevices(t.ctx, d.actor, refs...)
	})
}

type licenseHistory struct {
	licenseArg
	listFlags
}

// Run lists it.
func (c *licenseHistory) Run(t *tool) error {
	d, err := t.desk()
	if err != nil {
		return err
	}
	fetch := full(func(p office.Page) ([]license.StoredEvent, error) {
		return d.LicenseHistory(t.ctx, d.actor, c.ref(), p)
	}, eventID)
	return t.printEvents(pages(t, c.listFlags, fetch))
}
