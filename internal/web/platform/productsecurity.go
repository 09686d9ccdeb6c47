package platform

import (
	"cmp"
	"net/url"

	"github.com/a-h/templ"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/web"
)

// productSecurityView is about the end-to-end encryption of a product's answers.
type productSecurityView struct {
	productHead
	key     identity.Secret // shown in this answer alone; "" is not shown
	rotated bool
}

func (v *visit) productSecurity() error {
	h, err := v.openProduct("security")
	if err != nil {
		return err
	}
	return v.draw(h.Name, productSecurityPage(&productSecurityView{productHead: h}))
}

// changeSecurity switches the encryption, and shows the key in its answer: a page that is not kept, nor reached by going back.
func (v *visit) changeSecurity() error {
	h, err := v.openProduct("security")
	if err != nil {
		return err
	}
	o, ctx := v.p.d.Office, v.Context()
	view := productSecurityView{productHead: h}
	switch v.input.Text("act") {
	case "on":
		view.key, err = o.SwitchOnE2EE(ctx, v.actor, h.ref())
	case "rotate":
		view.rotated = true
		view.key, err = o.RotateE2EE(ctx, v.actor, h.ref())
	case "show":
		view.key, err = o.ShowE2EE(ctx, v.actor, h.ref())
	case "off":
		if err = o.SwitchOffE2EE(ctx, v.actor, h.ref()); err == nil {
			v.say(web.Good, "End-to-end encryption is off. Answers go as plain JSON again.")
			return v.redirect(h.path("security"))
		}
	default:
		err = license.Invalidf("act", "choose what to do")
	}
	if err != nil {
		return err
	}
	if view.productHead, err = v.openProduct("security"); err != nil {
		return err
	}
	return v.draw(h.Name, productSecurityPage(&view))
}

// productVersionsView are the releases of a product.
type productVersionsView struct {
	productHead
	list []license.Version
	next string
}

func (v *visit) productVersions() error {
	h, err := v.openProduct("versions")
	if err != nil {
		return err
	}
	list, err := v.p.d.Office.ListVersions(v.Context(), v.actor, h.ref(), office.Page{Before: v.input.Int("before", 0), Limit: listSize + 1})
	if err != nil {
		return err
	}
	view := productVersionsView{productHead: h, list: list}
	if len(list) > listSize {
		view.list = list[:listSize]
		view.next = base + h.path("versions") + web.Query(nil, "before", idText(list[listSize-1].ID))
	}
	return v.draw(h.Name, productVersionsPage(&view))
}

// newVersionView is the form for a release.
type newVersionView struct {
	productHead
	in     url.Values
	faults web.Faults
}

func (v *visit) newVersion() error {
	h, err := v.openProduct("versions")
	if err != nil {
		return err
	}
	return v.draw(v.t("New version"), newVersionPage(&newVersionView{productHead: h, in: url.Values{"enabled": {"yes"}}}))
}

func (v *visit) addVersion() error {
	h, err := v.openProduct("versions")
	if err != nil {
		return err
	}
	in := v.input
	n := office.NewVersion{
		Product: h.ref(), Version: in.Text("version"), Channel: in.Text("channel"), Environment: in.Text("environment"), URL: in.Text("url"),
		Filename: in.Text("filename"), HashMD5: in.Text("hash_md5"), EULALink: in.Text("eula_link"), NotesLink: in.Text("notes_link"), Size: in.Text("size"),
		RequiresVersion: in.Text("requires_version"), ReleasedAt: in.Moment("released_at"), Disabled: !in.Bool("enabled"),
	}
	if err = v.asked(); err == nil {
		_, err = v.p.d.Office.AddVersion(v.Context(), v.actor, n)
	}
	if err != nil {
		return v.again(err, v.t("New version"), func(f web.Faults) templ.Component {
			return newVersionPage(&newVersionView{productHead: h, in: in.Values, faults: everyFault(in, f)})
		})
	}
	v.say(web.Good, "Version %s is known.", n.Version)
	return v.redirect(h.path("versions"))
}

func (v *visit) enableVersion() error {
	h, err := v.openProduct("versions")
	if err != nil {
		return err
	}
	id, err := v.id("version")
	if err != nil {
		return err
	}
	enabled := v.input.Text("act") == "enable"
	changed, err := v.p.d.Office.ChangeVersion(v.Context(), v.actor, h.ref(), id, office.VersionChange{Enabled: &enabled})
	if err != nil {
		return err
	}
	text, undo := "Apps get version %s again.", "disable"
	if !enabled {
		text, undo = "Apps do not get version %s any more.", "enable"
	}
	v.sayUndo(h.path("versions/")+idText(id), map[string]string{"act": undo}, text, changed.Version)
	return v.back(h.path("versions"))
}

// environmentName is what a version is made for, as people call it.
func environmentName(name string) string {
	return cmp.Or(map[string]string{
		"win": "Windows", "win32": "Windows, 32 bit", "win64": "Windows, 64 bit", "mac": "macOS", "linux": "Linux", "linux32": "Linux, 32 bit", "linux64": "Linux, 64 bit",
	}[name], name)
}
