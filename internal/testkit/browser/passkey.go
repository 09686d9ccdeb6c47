package browser

import (
	"context"
	"strings"

	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"
)

// Authenticator is a device for passkeys that is built into the browser, as phones and notebooks have one. Whoever
// uses it is always there and always recognised.
type Authenticator struct {
	page *Page
	id   webauthn.AuthenticatorID
}

// Localhost returns the URL of a server on this machine by name instead of by address: passkeys belong to names.
func Localhost(url string) string {
	return strings.Replace(url, "//127.0.0.1", "//localhost", 1)
}

// VirtualAuthenticator puts a device for passkeys into the page's tab. A site with passkeys must be opened by a name: see
// [Localhost].
func (p *Page) VirtualAuthenticator() *Authenticator {
	p.t.Helper()
	a := &Authenticator{page: p}
	p.step("add an authenticator", func(ctx context.Context) error {
		if err := call(ctx, webauthn.Enable, webauthn.EnableParams{}); err != nil {
			return err
		}
		r, err := chromedp.Call(ctx, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{
			Options: &webauthn.VirtualAuthenticatorOptions{
				Protocol: webauthn.AuthenticatorProtocolCtap2, Ctap2version: webauthn.Ctap2versionCtap21,
				Transport: webauthn.AuthenticatorTransportInternal, HasResidentKey: true, HasUserVerification: true,
				IsUserVerified: true, AutomaticPresenceSimulation: true, DefaultBackupEligibility: true, DefaultBackupState: true,
			},
		})
		a.id = r.AuthenticatorID
		return err
	})
	return a
}

// Credentials returns the passkeys on the device.
func (a *Authenticator) Credentials() []*webauthn.Credential {
	a.page.t.Helper()
	var list []*webauthn.Credential
	a.page.step("read the passkeys", func(ctx context.Context) error {
		r, err := chromedp.Call(ctx, webauthn.GetCredentials, webauthn.GetCredentialsParams{AuthenticatorID: a.id})
		list = r.Credentials
		return err
	})
	return list
}

// Refuse lets the device recognise nobody from now on, or everybody again.
func (a *Authenticator) Refuse(refuse bool) {
	a.page.t.Helper()
	a.page.step("set up the authenticator", func(ctx context.Context) error {
		return call(ctx, webauthn.SetUserVerified, webauthn.SetUserVerifiedParams{AuthenticatorID: a.id, IsUserVerified: !refuse})
	})
}

// Remove takes the device out, with its passkeys.
func (a *Authenticator) Remove() {
	a.page.t.Helper()
	a.page.step("remove the authenticator", func(ctx context.Context) error {
		return call(ctx, webauthn.RemoveVirtualAuthenticator, webauthn.RemoveVirtualAuthenticatorParams{AuthenticatorID: a.id})
	})
}
