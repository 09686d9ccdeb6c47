package platform

import (
	"context"
	"strings"

	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/web"
)

// bulkWork does an action to licenses, with the office or with a rehearsal of it. Outcomes stand in the order of the rows.
func (v *visit) bulkWork(o *office.Office, b *bulkView) ([]office.Outcome, error) {
	refs := make([]office.Ref, len(b.picks))
	for i, id := range b.picks {
		refs[i].ID = id
	}
	ctx, actor := v.Context(), v.actor
	switch b.kind.name {
	case bulkExtend:
		span, err := typedSpan(b.duration, b.unit, "duration", "unit")
		if err != nil {
			return nil, err
		}
		return o.ExtendLicenses(ctx, actor, span, refs...)
	case bulkNote:
		return o.NoteLicenses(ctx, actor, b.note, refs...)
	case bulkSuspend:
		return o.SuspendLicenses(ctx, actor, refs...)
	case bulkResume:
		return o.ResumeLicenses(ctx, actor, refs...)
	case bulkBan:
		return o.BanLicenses(ctx, actor, b.reason, b.withUser, refs...)
	case bulkUnban:
		return o.UnbanLicenses(ctx, actor, refs...)
	case bulkReset:
		return o.ResetDevices(ctx, actor, refs...)
	case bulkRevoke:
		return o.RevokeLicenses(ctx, actor, b.reason, refs...)
	case bulkDrop:
		return v.bulkDrop(o, b)
	}
	return nil, license.Invalidf("action", "choose what to do")
}

// bulkDrop deletes licenses one by one: one that cannot be deleted leaves the others as they are asked for.
func (v *visit) bulkDrop(o *office.Office, b *bulkView) ([]office.Outcome, error) {
	out := make([]office.Outcome, len(b.rows))
	for i := range b.rows {
		record := &b.rows[i].record
		out[i] = office.Outcome{Ref: office.Ref{ID: b.rows[i].id}, License: *record}
		if record.ID == 0 {
			out[i].Err = license.Refuse(license.KeyUnknown)
			continue
		}
		_, err := o.DropLicenses(v.Context(), v.actor, idText(int64(record.Product)), []string{record.Key}, b.withUser)
		switch license.CodeOf(err) {
		case "":
			out[i].Changed = true
		case license.Internal, license.Unavailable, license.Forbidden:
			return nil, err
		default:
			out[i].Err = err
		}
		if license.ReasonOf(err) == license.ApplicationUnknown {
			out[i].Err = license.Refusef(license.ApplicationUnknown, "its product is no KeyAuth application; revoke it instead")
		}
	}
	return out, nil
}

// typedSpan reads a number of units; faults are at the fields with these names.
func typedSpan(amount, unit, amountField, unitField string) (license.Span, error) {
	in := web.NewInput(map[string][]string{amountField: {amount}})
	n := in.Int(amountField, 0)
	if text := in.Faults[amountField]; text != "" {
		return license.Span{}, license.Invalidf(amountField, "%s", strings.TrimSuffix(text, "."))
	}
	u, err := license.ParseUnit(unit)
	if err != nil {
		return license.Span{}, license.Invalidf(unitField, "%s", license.Describe(err).Message)
	}
	span, err := u.Span(n)
	if err != nil {
		return license.Span{}, license.Invalidf(amountField, "%s", license.Describe(err).Message)
	}
	return span, nil
}

// asks reports whether the action has fields on which the outcome hangs.
func (b *bulkView) asks() bool {
	switch b.kind.name {
	case bulkExtend, bulkNote, bulkBan, bulkDrop:
		return true
	}
	return false
}

// topFaults are what is wrong and belongs to no field.
func (b *bulkView) topFaults() web.Faults {
	for _, field := range []string{"duration", "unit", "note", "reason"} {
		if b.faults[field] != "" {
			return nil
		}
	}
	for _, text := range b.faults {
		return web.Faults{"": text}
	}
	return nil
}

// button is the text of the button that does it.
func (b *bulkView) button(ctx context.Context) string {
	if b.changed == 0 {
		return web.T(ctx, b.kind.title)
	}
	return web.N(ctx, b.changed, b.kind.doOne, b.kind.do)
}

// everyUnit lists the units of a length of time (S1-11).
func everyUnit(ctx context.Context) (out []web.Option) {
	names := map[license.Unit]string{
		license.UnitSeconds: "Seconds", license.UnitMinutes: "Minutes", license.UnitHours: "Hours", license.UnitDays: "Days", license.UnitWeeks: "Weeks",
		license.UnitMonths: "Months (30.4 days each)", license.UnitYears: "Years (365.2 days each)", license.UnitLifetime: "Lifetimes (10 years each)",
		license.UnitCalendarMonths: "Calendar months", license.UnitCalendarYears: "Calendar years",
	}
	for _, u := range license.Units() {
		out = append(out, web.Option{Value: string(u), Label: web.T(ctx, names[u])})
	}
	return out
}
