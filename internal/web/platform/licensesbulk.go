package platform

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/web"
)

// bulkAction is something that is done to many licenses.
type bulkAction string

// The closed list of actions.
const (
	bulkExtend  bulkAction = "extend"
	bulkNote    bulkAction = "note"
	bulkSuspend bulkAction = "suspend"
	bulkResume  bulkAction = "resume"
	bulkBan     bulkAction = "ban"
	bulkUnban   bulkAction = "unban"
	bulkReset   bulkAction = "reset"
	bulkRevoke  bulkAction = "revoke"
	bulkDrop    bulkAction = "delete"
)

// bulkKind is an action in words.
type bulkKind struct {
	name    bulkAction
	title   string // on its button
	danger  bool
	page    string // title of its preview
	about   string // what it means, for all of them
	will    string // for one of them
	nothing string // where there is nothing to do
	done    string // afterwards, for a count of them
	doneOne string
	do      string // the button that does it, for a count of them
	doOne   string
}

// bulkActions lists every action, as the buttons stand.
func bulkActions() []bulkKind {
	return []bulkKind{
		{
			bulkExtend, "Extend", false, "Extend licenses",
			"Only licenses that are not used yet become longer. Once somebody uses a license its time runs with its user, who is extended instead.",
			"becomes longer", "stays as it is", "%d licenses are longer now.", "%d license is longer now.",
			"Extend %d licenses", "Extend %d license",
		},
		{
			bulkNote, "Note", false, "Write a note",
			"The note takes the place of the one that a license has. It is for you and your colleagues: apps and customers never see it.",
			"gets this note", "has this note already", "The note of %d licenses is written.", "The note of %d license is written.",
			"Write %d notes", "Write %d note",
		},
		{
			bulkSuspend, "Suspend", false, "Suspend licenses",
			"Apps that ask about a suspended license hear that it is suspended, until it is resumed. Devices keep their places.",
			"is suspended", "is suspended already", "%d licenses are suspended.", "%d license is suspended.",
			"Suspend %d licenses", "Suspend %d license",
		},
		{
			bulkResume, "Resume", false, "Resume licenses",
			"Suspended licenses work again, with the devices that they had.",
			"works again", "is not suspended", "%d licenses work again.", "%d license works again.",
			"Resume %d licenses", "Resume %d license",
		},
		{
			bulkBan, "Ban", true, "Ban licenses",
			"Nobody new can sign up or sign in with a banned license. Who redeemed it already goes on, unless you ban them too.",
			"is banned", "is banned already", "%d licenses are banned.", "%d license is banned.",
			"Ban %d licenses", "Ban %d license",
		},
		{
			bulkUnban, "Unban", false, "Lift bans",
			"The licenses can be redeemed again, and users who hold them can sign in again, whyever those were banned.",
			"can be redeemed again", "is not banned", "The ban of %d licenses is lifted.", "The ban of %d license is lifted.",
			"Lift %d bans", "Lift %d ban",
		},
		{
			bulkReset, "Reset devices", true, "Reset devices",
			"Every device loses its place and has to activate again, and the count of moves to other devices begins again at 0.",
			"loses its devices", "has no devices", "The devices of %d licenses are reset.", "The devices of %d license are reset.",
			"Reset the devices of %d licenses", "Reset the devices of %d license",
		},
		{
			bulkRevoke, "Revoke", true, "Revoke licenses",
			"A revoked license never works again, on no device. This cannot be undone: to stop licenses for a while, suspend them.",
			"ends for ever", "is revoked already", "%d licenses are revoked.", "%d license is revoked.",
			"Revoke %d licenses for ever", "Revoke %d license for ever",
		},
		{
			bulkDrop, "Delete", true, "Delete licenses",
			"The licenses are gone, with what users hold by them; only the audit log remembers them. This cannot be undone. Licenses can be deleted of products that are KeyAuth applications; others are revoked.",
			"is deleted", "stays as it is", "%d licenses are deleted.", "%d license is deleted.",
			"Delete %d licenses for ever", "Delete %d license for ever",
		},
	}
}

func (a bulkAction) kind() (bulkKind, bool) {
	all := bulkActions()
	i := slices.IndexFunc(all, func(k bulkKind) bool { return k.name == a })
	if i < 0 {
		return bulkKind{}, false
	}
	return all[i], true
}

// maxPicked is how many licenses a page looks at one by one.
const maxPicked = 500

// bulkForm is what was chosen and typed.
type bulkForm struct {
	kind     bulkKind
	picks    []license.LicenseID
	back     string // page of the list that it came from
	duration string // of an extension
	unit     string
	reason   string
	note     string
	withUser bool
}

// bulkRow is one of the licenses, and what will become of it or did.
type bulkRow struct {
	id      license.LicenseID
	record  license.LicenseRecord // as it is before; the zero value where there is none
	text    string
	refused bool
	changed bool
}

// bulkView is what the preview and the result show.
type bulkView struct {
	bulkForm
	rows                         []bulkRow
	changed, unchanged, refusals int64
	faults                       web.Faults
	canUsers                     bool
	undo                         *web.Undo
}

// readBulk reads the form of the list, of the preview, and of an undo.
func (v *visit) readBulk() (f bulkForm, err error) {
	in := v.input
	f = bulkForm{
		back: ownPath(in.Raw("back")), duration: in.Text("duration"), unit: in.Text("unit"),
		reason: in.Text("reason"), note: in.Raw("note"), withUser: in.Bool("with_user"),
	}
	kind, known := bulkAction(in.Text("action")).kind()
	if !known {
		return f, license.Invalidf("action", "choose what to do")
	}
	f.kind = kind
	if f.unit == "" {
		f.duration, f.unit = "30", string(license.UnitDays)
	}
	for _, text := range in.Values["pick"] {
		for one := range strings.SplitSeq(text, ",") {
			if id, ok := license.ParseID(one); ok && !slices.Contains(f.picks, license.LicenseID(id)) {
				f.picks = append(f.picks, license.LicenseID(id))
			}
		}
		if len(f.picks) > maxPicked {
			return f, license.Invalidf("pick", "tick at most %d licenses at a time", maxPicked)
		}
	}
	return f, nil
}

// licensesBulk shows what would become of each ticked license, and asks for what the action needs.
func (v *visit) licensesBulk() error {
	f, err := v.readBulk()
	if v.Method == http.MethodGet && (err != nil || len(f.picks) == 0) {
		return v.toLicenses() // Somebody opened the address.
	}
	switch {
	case err != nil:
		return err
	case len(f.picks) == 0:
		v.say(web.Info, "Tick the licenses first.")
		return v.back("/licenses")
	}
	view := &bulkView{bulkForm: f, canUsers: v.can(identity.WriteCustomers)}
	if err := v.bulkRecords(view); err != nil {
		return err
	}
	outcomes, err := v.bulkWork(v.p.d.Office.Rehearsal(), view)
	if err != nil {
		return v.bulkFault(view, err)
	}
	view.tell(v.Context(), outcomes)
	return v.draw(v.t(f.kind.page), licensesBulkPage(view))
}

// bulkFault shows the preview again with what is wrong with its fields.
func (v *visit) bulkFault(view *bulkView, err error) error {
	faults, ok := web.FaultsOf(err)
	if !ok {
		return err
	}
	view.faults = faults
	for i := range view.rows {
		view.rows[i].text = ""
	}
	return v.write(statusOf(err), v.t(view.kind.page), licensesBulkPage(view))
}

// bulkRecords finds the licenses as they are.
func (v *visit) bulkRecords(view *bulkView) error {
	view.rows = make([]bulkRow, len(view.picks))
	for i, id := range view.picks {
		record, err := v.p.d.Office.FindLicense(v.Context(), v.actor, office.Ref{ID: id})
		if err != nil && license.CodeOf(err) != license.NotFound {
			return err
		}
		view.rows[i] = bulkRow{id: id, record: record}
	}
	return nil
}

// licensesBulkDo does it, and says what came of it.
func (v *visit) licensesBulkDo() error {
	f, err := v.readBulk()
	switch {
	case err != nil:
		return err
	case len(f.picks) == 0:
		v.say(web.Info, "Tick the licenses first.")
		return v.back("/licenses")
	}
	view := &bulkView{bulkForm: f, canUsers: v.can(identity.WriteCustomers)}
	if err := v.bulkRecords(view); err != nil {
		return err
	}
	outcomes, err := v.bulkWork(v.p.d.Office, view)
	if err != nil {
		return v.bulkFault(view, err)
	}
	view.tell(v.Context(), outcomes)
	view.undo = view.inverse(v.Context())
	if view.refusals > 0 {
		return v.draw(v.t(f.kind.page), licensesBulkResult(view))
	}
	v.cookies.SetFlash(v.w, web.Flash{Tone: web.Good, Text: view.summary(v.Context()), Undo: view.undo})
	if f.back != "" {
		http.Redirect(v.w, v.Request, f.back, http.StatusSeeOther)
		return nil
	}
	return v.back("/licenses")
}

// tell puts outcomes into words.
func (b *bulkView) tell(ctx context.Context, outcomes []office.Outcome) {
	for i := range outcomes {
		row, out := &b.rows[i], &outcomes[i]
		switch {
		case out.Err != nil:
			row.refused, row.text = true, web.Sentence(license.Describe(out.Err).Message)
			b.refusals++
		case out.Changed && b.matters(row):
			row.changed, row.text = true, b.willText(ctx, row, out)
			b.changed++
		default:
			row.text = web.Sentence(web.T(ctx, b.kind.nothing))
			b.unchanged++
		}
	}
}

// matters reports whether an action does anything to a license as it was: the office notes some also where they do not.
func (b *bulkView) matters(row *bulkRow) bool {
	switch b.kind.name {
	case bulkBan:
		return b.withUser || !row.record.RedemptionBlocked || row.record.BlockReason != b.reason
	case bulkUnban:
		return row.record.RedemptionBlocked
	case bulkReset:
		return row.record.Activated > 0 || row.record.Transfers > 0
	}
	return true
}

// willText says what becomes of one license.
func (b *bulkView) willText(ctx context.Context, row *bulkRow, out *office.Outcome) string {
	before, after := &row.record, &out.License
	switch {
	case b.kind.name == bulkExtend && after.ExpiresAt != 0:
		return web.T(ctx, "Ends on %s instead of %s.", after.ExpiresAt.UTC().Format("2006-01-02 15:04"), before.ExpiresAt.UTC().Format("2006-01-02 15:04"))
	case b.kind.name == bulkExtend:
		return web.T(ctx, "Lasts %s instead of %s.", after.Terms.Duration.String(), before.Terms.Duration.String())
	case b.kind.name == bulkNote && b.note == "":
		return web.T(ctx, "Loses its note.")
	case b.kind.name == bulkBan && !b.withUser && before.IsUsed():
		return web.T(ctx, "Is banned; whoever uses it goes on.")
	case b.kind.name == bulkBan && b.withUser && before.IsUsed():
		return web.T(ctx, "Is banned with its user.")
	case b.kind.name == bulkReset:
		return web.N(ctx, before.Activated, "%d device loses its place.", "%d devices lose their places.")
	}
	return web.Sentence(web.T(ctx, b.kind.will))
}

// summary is what came of it in one sentence.
func (b *bulkView) summary(ctx context.Context) string {
	if b.changed == 0 {
		return web.T(ctx, "There was nothing to change.")
	}
	text := web.N(ctx, b.changed, b.kind.doneOne, b.kind.done)
	if b.unchanged > 0 {
		text += " " + web.N(ctx, b.unchanged, "For %d there was nothing to do.", "For %d there was nothing to do.")
	}
	return text
}

// inverse is the button that takes back what was done; nil where nothing does. A ban that is lifted comes back with its reason, where
// all had the same.
func (b *bulkView) inverse(ctx context.Context) *web.Undo {
	back := map[bulkAction]bulkAction{bulkSuspend: bulkResume, bulkResume: bulkSuspend, bulkBan: bulkUnban, bulkUnban: bulkBan}[b.kind.name]
	var picks []string
	reason, first := "", true
	for i := range b.rows {
		row := &b.rows[i]
		if !row.changed {
			continue
		}
		if b.kind.name == bulkBan && row.record.RedemptionBlocked {
			return nil // It was banned before, with another reason.
		}
		if !first && reason != row.record.BlockReason {
			return nil
		}
		reason, first = row.record.BlockReason, false
		picks = append(picks, idText(int64(row.id)))
	}
	if back == "" || len(picks) == 0 {
		return nil
	}
	fields := map[string]string{"action": string(back), "pick": strings.Join(picks, ",")}
	if reason != "" {
		fields["reason"] = reason
	}
	return &web.Undo{Label: web.T(ctx, "Undo"), Action: base + "/licenses/bulk/do", Fields: fields}
}

// listURL is the list that the ticks came from.
func (b *bulkView) listURL() string {
	if b.back == "" {
		return base + "/licenses"
	}
	if u, err := url.Parse(b.back); err != nil || !within(u.Path, base+"/licenses") {
		return base + "/licenses"
	}
	return b.back
}
