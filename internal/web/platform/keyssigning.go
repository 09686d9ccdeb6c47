package platform

import (
	"context"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/store"
	"licet/internal/web"
)

// signingKeysView are the public keys that apps check signatures with.
type signingKeysView struct {
	keyHead
	keys    []office.PublicKey  // of the native API and of license files
	answers []*store.SigningKey // of the LicenseSpring door, newest first
	airGap  string              // "" is none yet
	keyAuth string              // of applications; "" is that there are none
	jwks    string              // where the first ones are published
}

// of are the keys of a purpose, newest first.
func (s *signingKeysView) of(purpose store.KeyPurpose) (list []*office.PublicKey) {
	for i := range s.keys {
		if s.keys[i].Purpose == purpose {
			list = append(list, &s.keys[i])
		}
	}
	return list
}

func (v *visit) signingKeys() error {
	o, ctx := v.p.d.Office, v.Context()
	view := signingKeysView{keyHead: v.keyHead("/signing", identity.WriteKeys), jwks: v.licenseURL() + "/.well-known/jwks.json"}
	for _, m := range v.session.Memberships {
		if m.Tenant.ID == v.session.Tenant {
			view.jwks += web.Query(nil, "tenant", m.Tenant.Code)
		}
	}
	var err error
	if view.keys, err = o.ListPublicKeys(ctx, v.actor); err != nil {
		return err
	}
	answers, err := o.ListAnswerKeys(ctx, v.actor)
	if err != nil {
		return err
	}
	for i := range answers {
		view.answers = append(view.answers, &answers[i])
	}
	switch key, err := o.AirGapKey(ctx, v.actor); {
	case err == nil:
		view.airGap = key.Public
	case license.CodeOf(err) != license.NotFound:
		return err
	}
	apps, err := o.ListApplications(ctx, v.actor, office.Page{Limit: 1})
	if err != nil {
		return err
	}
	if len(apps) > 0 {
		if view.keyAuth, err = o.ApplicationPublicKey(ctx, v.actor); err != nil {
			return err
		}
	}
	return v.draw(v.t("Signing keys"), signingKeysPage(&view))
}

// changeSigningKeys rotates a key pair, drops one that signs no longer, or makes the one for air-gapped devices.
func (v *visit) changeSigningKeys() error {
	o, ctx := v.p.d.Office, v.Context()
	var err error
	said := ""
	switch v.input.Text("act") {
	case "rotate":
		said = v.t("A new key signs from now on.")
		_, err = o.RotateSigningKey(ctx, v.actor, store.KeyPurpose(v.input.Text("purpose")))
	case "answers":
		said = v.t("A new key signs answers to LicenseSpring clients from now on.")
		err = v.rotateAnswerKey()
	case "drop":
		id, ok := license.ParseID(v.input.Text("id"))
		if !ok {
			return license.Missing("key", v.input.Text("id"))
		}
		said = v.t("The key is forgotten. What it signed is good no more.")
		_, err = o.DropSigningKey(ctx, v.actor, id)
	case "airgap":
		said = v.t("The air-gap key is there. Build it into your app.")
		_, err = o.EnsureAirGapKey(ctx, v.actor)
	default:
		err = license.Invalidf("act", "choose what to do")
	}
	if err != nil {
		return err
	}
	v.say(web.Good, "%s", said)
	return v.redirect("/keys/signing")
}

// rotateAnswerKey makes a key pair of the size that was chosen.
func (v *visit) rotateAnswerKey() (err error) {
	o, ctx := v.p.d.Office, v.Context()
	switch v.input.Text("size") {
	case "":
		_, err = o.RotateAnswerKey(ctx, v.actor, 0)
	case "2048":
		_, err = o.RotateAnswerKey(ctx, v.actor, 2048)
	case "3072":
		_, err = o.RotateAnswerKey(ctx, v.actor, 3072)
	case "4096":
		_, err = o.RotateAnswerKey(ctx, v.actor, 4096)
	default:
		err = license.Invalidf("size", "an RSA key has 2048, 3072 or 4096 bits")
	}
	return err
}

// purposeName is what a key pair signs, as people call it.
func purposeName(ctx context.Context, p store.KeyPurpose) string {
	switch p {
	case store.NativeAnswerKey:
		return web.T(ctx, "Answers of Licet's own API")
	case store.LicenseFileKey:
		return web.T(ctx, "License files")
	}
	return string(p)
}
