package platform

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/a-h/templ"
	"rsc.io/qr"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/web"
)

// codesView is what an authenticator app is set up with.
type codesView struct {
	office.TOTPStart
	Faults web.Faults
}

// beginCodes shows what an authenticator app is set up with. It is a POST, since it keeps a secret; asked again, it shows the same.
func (v *visit) beginCodes() error {
	start, err := v.p.d.Office.BeginTOTP(v.Context(), v.actor)
	if err != nil {
		return err
	}
	return v.draw(v.t("Set up the second factor"), codesPage(codesView{TOTPStart: start}))
}

// confirmCodes switches the second factor on, and shows the recovery codes this once.
func (v *visit) confirmCodes() error {
	recovery, err := v.p.d.Office.ConfirmTOTP(v.Context(), v.actor, v.input.Text("code"))
	if err == nil {
		return v.draw(v.t("Recovery codes"), recoveryPage(recovery, true))
	}
	if license.ReasonOf(err) != license.SecondFactorWrong {
		return err
	}
	start, failed := v.p.d.Office.BeginTOTP(v.Context(), v.actor)
	if failed != nil {
		return failed
	}
	return v.again(err, v.t("Set up the second factor"), func(web.Faults) templ.Component {
		fault := v.t("This code is wrong, or too old. Is the clock of your phone right?")
		return codesPage(codesView{TOTPStart: start, Faults: web.Faults{"code": fault}})
	})
}

func (v *visit) dropCodes() error {
	if err := v.p.d.Office.DropTOTP(v.Context(), v.actor, identity.Secret(v.input.Raw("password")), visitor(v.Request)); err != nil {
		return v.wrongPassword(err)
	}
	v.say(web.Warn, "The second factor is off: the password alone signs you in.")
	return v.redirect("/account")
}

func (v *visit) renewRecovery() error {
	recovery, err := v.p.d.Office.RenewRecoveryCodes(v.Context(), v.actor, identity.Secret(v.input.Raw("password")), visitor(v.Request))
	if err != nil {
		return v.wrongPassword(err)
	}
	return v.draw(v.t("Recovery codes"), recoveryPage(recovery, false))
}

// recoveryText is all codes, one a line, to be copied at once.
func recoveryText(list []identity.Secret) string {
	lines := make([]string, len(list))
	for i, code := range list {
		lines[i] = code.Reveal()
	}
	return strings.Join(lines, "\n")
}

// qrCode is a QR code as the path of an SVG, and how many modules wide it is, with the white border that readers need. "" where the text
// does not fit.
func qrCode(text string) (path string, size int) {
	const border = 4
	code, err := qr.Encode(text, qr.M)
	if err != nil {
		return "", 0
	}
	var b strings.Builder
	for y := range code.Size {
		for x := 0; x < code.Size; x++ {
			from := x
			for x < code.Size && code.Black(x, y) {
				x++
			}
			if x > from {
				fmt.Fprintf(&b, "M%d %dh%dv1h-%dz", from+border, y+border, x-from, x-from)
			}
		}
	}
	return b.String(), code.Size + 2*border
}

func (v *visit) passkeyOptions() error {
	return v.ask(v.p.d.Office.BeginPasskey(v.Context(), v.actor, v.site()))
}

func (v *visit) addPasskey() error {
	question, answer := v.answered()
	name := cmp.Or(v.input.Text("name"), browserName(v.Context(), v.UserAgent()))
	if _, err := v.p.d.Office.FinishPasskey(v.Context(), v.actor, v.site(), question, answer, name); err != nil {
		return err
	}
	v.say(web.Good, "The passkey is added. It signs you in from now on.")
	return v.redirect("/account")
}

func (v *visit) removePasskey() error {
	id, err := v.id("id")
	if err != nil {
		return err
	}
	if err := v.p.d.Office.DropPasskey(v.Context(), v.actor, license.PasskeyID(id)); err != nil {
		return err
	}
	v.say(web.Good, "The passkey is removed. Remove it from your device as well.")
	return v.redirect("/account")
}
