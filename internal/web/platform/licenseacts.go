package platform

import (
	"context"
	"encoding/json"
	"net/url"
	"strings"

	"github.com/a-h/templ"

	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/web"
)

// The acts of a license, as their paths end.
const (
	licenseExtendAct = "extend"
	licenseRenewAct  = "renew"
	licenseBanAct    = "ban"
	licenseRevokeAct = "revoke"
	licenseResetAct  = "reset"
	licenseDeleteAct = "delete"
	licenseNoteAct   = "note"
)

// licenseForm is the form of an act. Its fields are called so that no other of the page is called the same.
type licenseForm func(l *licenseView, prefix string, in url.Values, faults web.Faults) templ.Component

// licenseActForms are the acts that something is asked for.
func licenseActForms(act string) (title string, form licenseForm) {
	switch act {
	case licenseExtendAct:
		return "Extend this license", licenseExtendForm
	case licenseRenewAct:
		return "Another period", licenseRenewForm
	case licenseBanAct:
		return "Ban this license", licenseBanForm
	case licenseRevokeAct:
		return "Revoke this license for ever", licenseRevokeForm
	case licenseResetAct:
		return "Reset this license", licenseResetForm
	case licenseDeleteAct:
		return "Delete this license", licenseDeleteForm
	case licenseNoteAct:
		return "Note", licenseNoteForm
	}
	return "", nil
}

// licenseActForm is the form of an act on a page of its own: where dialogs do not open, and where something was wrong.
func (v *visit) licenseActForm() error {
	title, form := licenseActForms(v.PathValue("act"))
	if form == nil {
		return license.Missing("page", v.URL.Path)
	}
	l, err := v.licenseOf("")
	if err != nil {
		return err
	}
	return v.draw(v.t(title), licenseActPage(l, title, form(l, "act", nil, nil)))
}

// licenseAct does what one button or form of a license's pages says.
func (v *visit) licenseAct() error {
	l, err := v.licenseOf("")
	if err != nil {
		return err
	}
	act := v.PathValue("act")
	switch act {
	case licenseExtendAct, licenseRenewAct:
		err = v.lengthenLicense(l, act)
	case licenseBanAct:
		err = v.banLicense(l)
	case "unban":
		err = v.unbanLicense(l)
	case "suspend", "resume":
		err = v.stopLicense(l, act == "resume")
	case licenseRevokeAct:
		if _, err = office.One(v.p.d.Office.RevokeLicenses(v.Context(), v.actor, v.input.Text("reason"), l.ref())); err == nil {
			v.say(web.Good, "The license was revoked for ever.")
		}
	case licenseResetAct:
		if _, err = office.One(v.p.d.Office.ResetDevices(v.Context(), v.actor, l.ref())); err == nil {
			v.say(web.Good, "The license was reset: every device gave its place back, and its moves and used units are forgotten.")
		}
	case licenseNoteAct:
		if _, err = office.One(v.p.d.Office.NoteLicenses(v.Context(), v.actor, v.input.Raw("note"), l.ref())); err == nil {
			v.say(web.Good, "The note was saved.")
		}
	case licenseDeleteAct:
		return v.deleteLicense(l)
	default:
		return license.Missing("page", v.URL.Path)
	}
	return v.licenseDone(l, act, err)
}

// licenseDone goes back to where the act was asked for, or asks again for what was wrong.
func (v *visit) licenseDone(l *licenseView, act string, err error) error {
	title, form := licenseActForms(act)
	switch {
	case err == nil && form == nil:
		return v.back(l.path("")) // A button that stands on each of its pages.
	case err == nil:
		return v.redirect(l.path(""))
	case form == nil:
		return err
	}
	return v.again(err, v.t(title), func(f web.Faults) templ.Component {
		return licenseActPage(l, title, form(l, "act", v.input.Values, f))
	})
}

// lengthenLicense extends an unused license (S1-21), or gives a used one another period.
func (v *visit) lengthenLicense(l *licenseView, act string) error {
	by, err := licenseSpan(v.input, "duration")
	if err != nil {
		return err
	}
	if act == licenseExtendAct {
		if _, err = office.One(v.p.d.Office.ExtendLicenses(v.Context(), v.actor, by, l.ref())); err == nil {
			v.say(web.Good, "The license was extended by %s.", by.String())
		}
		return err
	}
	r, err := office.One(v.p.d.Office.RenewLicenses(v.Context(), v.actor, "", by, l.ref()))
	if err == nil {
		v.say(web.Good, "The license was renewed: it lasts until %s.", r.ExpiresAt.UTC().Format("2006-01-02 15:04"))
	}
	return err
}

// licenseSpan reads a length of time: a number, and beside it its unit.
func licenseSpan(in *web.Input, name string) (license.Span, error) {
	amount := in.Int(name, 0)
	if fault := in.Faults[name]; fault != "" {
		return license.Span{}, license.Invalidf(name, "%s", fault)
	}
	unit, err := license.ParseUnit(in.Text(name + "_unit"))
	if err != nil {
		return license.Span{}, license.Invalidf(name, "choose a unit of time")
	}
	span, err := unit.Span(amount)
	if err != nil {
		return span, license.Invalidf(name, "%s", license.Describe(err).Message)
	}
	return span, nil
}

// stopLicense suspends a license, or lets it go on.
func (v *visit) stopLicense(l *licenseView, resume bool) error {
	if resume {
		_, err := office.One(v.p.d.Office.ResumeLicenses(v.Context(), v.actor, l.ref()))
		if err == nil {
			v.sayUndo(l.path("suspend"), nil, "The license goes on.")
		}
		return err
	}
	_, err := office.One(v.p.d.Office.SuspendLicenses(v.Context(), v.actor, l.ref()))
	if err == nil {
		v.sayUndo(l.path("resume"), nil, "The license is suspended: apps are refused until it is resumed.")
	}
	return err
}

// maxBanned is how many users of a license a ban looks at, as the office does.
const maxBanned = 1000

// licenseBans counts who holds a license by whether they are banned for the same reason.
func (v *visit) licenseBans(l *licenseView) (free, alike, otherwise int, err error) {
	holders, err := v.p.d.Office.LicenseHolders(v.Context(), v.actor, l.ref(), 0, maxBanned)
	for i := range holders {
		switch u := &holders[i].User; {
		case !u.Banned:
			free++
		case u.BanReason == l.BlockReason:
			alike++
		default:
			otherwise++
		}
	}
	return free, alike, otherwise, err
}

// banLicense bans a license, and with the box whoever holds it (S1-16 to S1-20). It can be taken back as long as nobody was banned before:
// lifting a ban lifts all of them.
func (v *visit) banLicense(l *licenseView) error {
	free, alike, otherwise, err := v.licenseBans(l)
	if err != nil {
		return err
	}
	with := v.input.Bool("with_user")
	if _, err := office.One(v.p.d.Office.BanLicenses(v.Context(), v.actor, v.input.Text("reason"), with, l.ref())); err != nil {
		return err
	}
	text := "The license is banned: nobody new can redeem it."
	switch {
	case with && free > 0:
		text = "The license is banned, and so is who holds it."
	case l.IsUsed():
		text = "The license is banned: nobody new can redeem it. Who uses it already goes on."
	}
	if alike+otherwise > 0 {
		v.say(web.Good, text)
	} else {
		v.sayUndo(l.path("unban"), nil, text)
	}
	return nil
}

// unbanLicense lifts the ban of a license and of who holds it. It can be taken back where all of them were banned together, or none.
func (v *visit) unbanLicense(l *licenseView) error {
	free, alike, otherwise, err := v.licenseBans(l)
	if err != nil {
		return err
	}
	if _, err := office.One(v.p.d.Office.UnbanLicenses(v.Context(), v.actor, l.ref())); err != nil {
		return err
	}
	text := "The ban is lifted."
	if alike+otherwise > 0 {
		text = "The ban is lifted, of the license and of who holds it."
	}
	if otherwise > 0 || free > 0 && alike > 0 {
		v.say(web.Good, text)
		return nil
	}
	fields := map[string]string{"reason": l.BlockReason}
	if alike > 0 {
		fields["with_user"] = "yes"
	}
	v.sayUndo(l.path("ban"), fields, text)
	return nil
}

// canDelete reports whether a license can be forgotten: that is for those of applications.
func (l *licenseView) canDelete() bool { return l.app != nil && l.Key != "" }

func (v *visit) deleteLicense(l *licenseView) error {
	if !l.canDelete() {
		return license.Invalidf("", "only licenses of applications can be deleted; revoke this one")
	}
	with := v.input.Bool("with_user")
	if _, err := v.p.d.Office.DropLicenses(v.Context(), v.actor, idText(l.Product.ID), []string{l.Key}, with); err != nil {
		return err
	}
	if with && l.User != nil {
		v.say(web.Good, "The license %s was deleted, and its user %s.", l.Key, l.User.Name)
	} else {
		v.say(web.Good, "The license %s was deleted.", l.Key)
	}
	return v.redirect("/licenses")
}

// licenseBanned says what the ban of a license does.
func licenseBanned(ctx context.Context, l *licenseView) string {
	switch {
	case l.Standing != license.Enabled:
		return web.T(ctx, "Nobody new can redeem it.")
	case !l.IsUsed():
		return web.T(ctx, "Nobody can redeem it, and no device can begin to use it.")
	case l.User != nil && l.User.Banned:
		return web.T(ctx, "Nobody new can redeem it, and its user is banned: they cannot sign in.")
	case l.User != nil:
		return web.T(ctx, "Nobody new can redeem it. Its user is not banned, and keeps going.")
	}
	return web.T(ctx, "Nobody new can redeem it. Devices that use it already keep going; suspend it to stop them.")
}

// licenseUnits are the units of a length of time (S1-11).
func licenseUnits(ctx context.Context) []web.Option {
	return []web.Option{
		{Value: string(license.UnitMinutes), Label: web.T(ctx, "minutes")},
		{Value: string(license.UnitHours), Label: web.T(ctx, "hours")},
		{Value: string(license.UnitDays), Label: web.T(ctx, "days")},
		{Value: string(license.UnitWeeks), Label: web.T(ctx, "weeks")},
		{Value: string(license.UnitCalendarMonths), Label: web.T(ctx, "calendar months")},
		{Value: string(license.UnitCalendarYears), Label: web.T(ctx, "calendar years")},
		{Value: string(license.UnitSeconds), Label: web.T(ctx, "seconds")},
		{Value: string(license.UnitMonths), Label: web.T(ctx, "months of 30.4 days")},
		{Value: string(license.UnitYears), Label: web.T(ctx, "years of 365.2 days")},
		{Value: string(license.UnitLifetime), Label: web.T(ctx, "lifetimes of ten years")},
	}
}

// licenseTyped is a field as it was typed, or what it begins with.
func licenseTyped(in url.Values, name, first string) string {
	if in == nil {
		return first
	}
	return in.Get(name)
}

// licenseJSON is JSON with a line for each member.
func licenseJSON(text string) string {
	var b strings.Builder
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(json.RawMessage(text)); err != nil {
		return text
	}
	return strings.TrimSpace(b.String())
}

// licenseShort is a count beside its limit, in a figure.
func licenseShort(ctx context.Context, n int64, l license.Limit) string {
	if most, limited := l.Max(); limited {
		return web.T(ctx, "%d of %d", n, most)
	}
	return web.Number(ctx, n)
}

// licenseEndShort is the end of a license in a figure, and licenseEndWord what stands below it.
func licenseEndShort(ctx context.Context, l *licenseView) string {
	r := l.Redemption
	switch {
	case l.ExpiresAt != 0:
		return web.Relative(ctx, l.ExpiresAt)
	case r != nil && r.PausedAt != 0:
		return web.T(ctx, "paused")
	case r != nil && r.ExpiresAt != 0:
		return web.Relative(ctx, r.ExpiresAt)
	case l.StartedAt == 0 && !l.Terms.Duration.IsZero():
		return l.Terms.Duration.String()
	}
	return web.T(ctx, "never")
}

func licenseEndWord(ctx context.Context, l *licenseView) string {
	switch {
	case l.Expired, l.inGrace():
		return web.T(ctx, "Expired")
	case l.userEnded():
		return web.T(ctx, "Ended for its user")
	case l.ExpiresAt == 0 && l.Redemption != nil && l.Redemption.ExpiresAt != 0:
		return web.T(ctx, "Ends for its user")
	case l.ExpiresAt == 0 && l.StartedAt == 0 && !l.Terms.Duration.IsZero():
		return web.T(ctx, "Lasts from its beginning")
	}
	return web.T(ctx, "Expires")
}
