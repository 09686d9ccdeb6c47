package office

import (
	"cmp"
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/store"
)

// NewApplication is an application to make of a product.
type NewApplication struct {
	Name     string // what apps call it, unique per tenant in any letter case; "" is the product's name
	Version  string // that apps must have; "" is "1.0"
	Download string // where that version is; "" is nowhere
}

// Lengths of what people type about applications, in characters.
const (
	maxVersion = 50
	maxLink    = 2000
)

func (n *NewApplication) check() error {
	n.Version = cmp.Or(n.Version, "1.0")
	if err := checkText("version", n.Version, 1, maxVersion); err != nil {
		return err
	}
	return checkText("download", n.Download, 0, maxLink)
}

// CreateApplication makes an application of a product: its users sign in by themselves with licenses that they redeem. It
// begins with one level, default of number 1, and the first one of a tenant gives it its owner id (keyauth.md §2, §9.4).
//
// It refuses as Invalid a bundle and a product whose licenses have no keys, and with Conflict where the product has an
// application, or another one has that name. As in every answer, the secret is not in it; see [Office.ApplicationSecret].
func (o *Office) CreateApplication(ctx context.Context, actor identity.Actor, product string, n NewApplication) (app license.Application, err error) {
	if err := mayWithin(actor, identity.WriteProducts); err != nil {
		return app, err
	}
	if err := n.check(); err != nil {
		return app, err
	}
	secret, err := newHex(o.d.Rand, 32)
	if err != nil {
		return app, err
	}
	err = o.d.Store.Write(ctx, func(tx *store.Tx) error {
		now := o.d.Now()
		p, err := findProduct(tx, actor, product)
		if err != nil {
			return err
		}
		if p.Bundle || p.Auth != license.ByKey {
			return license.Invalidf("product", "an application needs a product with license keys that is no bundle")
		}
		settings := license.DefaultApplicationSettings()
		app = license.Application{Tenant: p.Tenant, Product: p.ID, Name: cmp.Or(n.Name, p.Name), Version: n.Version, Download: n.Download,
			Settings: &settings, Created: now}
		if err := checkText("name", app.Name, 1, maxName); err != nil {
			return err
		}
		app.Secret = o.d.Keyring.Seal(app.SecretContext(), []byte(secret))
		if app.Owner, err = o.ownerID(tx, p.Tenant); err != nil {
			return err
		}
		return insertApplication(tx, actor, now, &app)
	})
	if err != nil {
		return license.Application{}, err
	}
	return withoutSecret(app), nil
}

// ownerID returns what apps name a tenant by: ten letters and digits, made where there are none yet.
func (o *Office) ownerID(tx *store.Tx, tenant license.TenantID) (owner string, err error) {
	for range 5 {
		fresh, err := license.Mask{Text: strings.Repeat("*", 10), Alphabet: license.AlphabetMixed}.Generate(o.d.Rand)
		if err != nil {
			return "", err
		}
		if owner, err = tx.OwnerID(tenant, fresh); license.CodeOf(err) != license.Conflict {
			return owner, err
		}
	}
	return "", license.Wrap(license.Internal, "no owner id could be made", fmt.Errorf("five that were drawn are taken"))
}

func insertApplication(tx *store.Tx, actor identity.Actor, now license.Time, app *license.Application) error {
	made, err := tx.InsertApplication(app)
	if err != nil {
		return err
	}
	if !made {
		if _, err := tx.FindApplicationOf(app.Tenant, app.Product); err == nil {
			return &license.Error{Code: license.Conflict, Message: "the product has an application already"}
		}
		return nameTaken(app.Name)
	}
	level := license.Level{Tenant: app.Tenant, Product: app.Product, Name: DefaultLevel, Number: 1, Created: now}
	if _, err := tx.InsertLevel(&level); err != nil {
		return err
	}
	return tx.AppendEvents(app.Tenant, actor.String(), now,
		license.Event{Kind: license.ApplicationCreated, Subject: int64(app.Product), Data: map[string]any{"name": app.Name, "owner": app.Owner}},
		license.Event{Kind: license.LevelCreated, Subject: int64(level.ID), Data: map[string]any{"name": level.Name, "level": level.Number}})
}

func nameTaken(name string) error {
	return &license.Error{Code: license.Conflict, Field: "name", Message: "there is already an application " + name}
}

// withoutSecret is an application without its secret.
func withoutSecret(app license.Application) license.Application {
	app.Secret = nil
	return app
}

// newHex makes a random text of so many bytes, in lower-case hexadecimal digits.
func newHex(random io.Reader, size int) (string, error) {
	b := make([]byte, size)
	if _, err := io.ReadFull(random, b); err != nil {
		return "", license.Wrap(license.Internal, "no secret could be made", err)
	}
	return hex.EncodeToString(b), nil
}

// FindApplication returns the application of a product, without its secret. It refuses with application_unknown.
func (o *Office) FindApplication(ctx context.Context, actor identity.Actor, product string) (app license.Application, err error) {
	err = o.readApplication(ctx, actor, identity.ReadProducts, product, func(_ *store.Tx, found *license.Application) error {
		app = withoutSecret(*found)
		return nil
	})
	return app, err
}

// ListApplications returns the applications of the actor's tenant, without their secrets, by the identities of their products.
func (o *Office) ListApplications(ctx context.Context, actor identity.Actor, page Page) (list []license.Application, err error) {
	if err := may(actor, identity.ReadProducts); err != nil {
		return nil, err
	}
	err = o.d.Store.Read(ctx, func(tx *store.Tx) (err error) {
		list, err = tx.ListApplications(actor.Tenant, license.ProductID(page.Before), page.size())
		return err
	})
	for i := range list {
		list[i] = withoutSecret(list[i])
	}
	return list, err
}

// ApplicationSecret returns the secret that apps of API 1.2 share with the server: 64 hexadecimal digits. As a secret it needs
// products:write.
func (o *Office) ApplicationSecret(ctx context.Context, actor identity.Actor, product string) (secret identity.Secret, err error) {
	err = o.readApplication(ctx, actor, identity.WriteProducts, product, func(_ *store.Tx, app *license.Application) error {
		text, err := o.d.Keyring.Open(app.SecretContext(), app.Secret)
		if err != nil {
			return license.Wrap(license.Internal, "the secret of the application cannot be read; is this the right master key?", err)
		}
		secret = identity.Secret(text)
		return nil
	})
	return secret, err
}

// RotateApplicationSecret gives an application another secret and returns it. Apps that have the old one stop working at once.
func (o *Office) RotateApplicationSecret(ctx context.Context, actor identity.Actor, product string) (identity.Secret, error) {
	secret, err := newHex(o.d.Rand, 32)
	if err != nil {
		return "", err
	}
	_, err = o.editApplication(ctx, actor, product, func(w *applicationWork) (map[string]any, error) {
		w.app.Secret = o.d.Keyring.Seal(w.app.SecretContext(), []byte(secret))
		return map[string]any{"secret": "rotated"}, nil
	})
	if err != nil {
		return "", err
	}
	return identity.Secret(secret), nil
}

// ApplicationChange says what is to differ; a nil field leaves its value.
type ApplicationChange struct {
	Name     *string
	Version  *string
	Download *string
	Disabled *bool                              // nobody enters; time runs on
	Settings func(*license.ApplicationSettings) // changes a copy of them, which it is given
}

// ChangeApplication changes an application. It refuses with Conflict where another one has the name, and as Invalid what is no
// setting.
func (o *Office) ChangeApplication(ctx context.Context, actor identity.Actor, product string, c ApplicationChange) (license.Application, error) {
	return o.editApplication(ctx, actor, product, func(w *applicationWork) (map[string]any, error) {
		set(&w.app.Name, c.Name)
		set(&w.app.Version, c.Version)
		set(&w.app.Download, c.Download)
		set(&w.app.Disabled, c.Disabled)
		if err := checkText("name", w.app.Name, 1, maxName); err != nil {
			return nil, err
		}
		n := NewApplication{Version: w.app.Version, Download: w.app.Download}
		if err := n.check(); err != nil {
			return nil, err
		}
		w.app.Version = n.Version
		if c.Settings != nil {
			if err := w.set(c.Settings); err != nil {
				return nil, err
			}
		}
		return map[string]any{"name": w.app.Name, "version": w.app.Version, "disabled": w.app.Disabled, "settings": c.Settings != nil}, nil
	})
}

// set changes the settings: what others read stays as it is.
func (w *applicationWork) set(change func(*license.ApplicationSettings)) error {
	s := *w.app.Settings
	s.Hashes, s.SellerAddresses, s.Texts = slices.Clone(s.Hashes), slices.Clone(s.SellerAddresses), maps.Clone(s.Texts)
	if s.Texts == nil {
		s.Texts = make(map[string]string)
	}
	change(&s)
	for i, hash := range s.Hashes {
		s.Hashes[i] = strings.ToLower(hash)
	}
	for i, address := range s.SellerAddresses {
		prefix, err := parseAddresses(address)
		if err != nil {
			return err
		}
		s.SellerAddresses[i] = prefix
	}
	for name, link := range map[string]string{"web_download": s.WebDownload, "log_webhook": s.LogWebhook, "shop": s.Shop} {
		if err := checkText(name, link, 0, maxLink); err != nil {
			return err
		}
	}
	if err := s.Validate(); err != nil {
		return err
	}
	w.app.Settings = &s
	return nil
}

// parseAddresses reads an address, or a range of them such as 192.0.2.0/24, and returns it as it is compared.
func parseAddresses(text string) (string, error) {
	if address, err := netip.ParseAddr(text); err == nil {
		return address.Unmap().String(), nil
	}
	prefix, err := netip.ParsePrefix(text)
	if err != nil {
		return "", license.Invalidf("seller_addresses", "%q is neither an address nor a range of addresses", text)
	}
	return prefix.Masked().String(), nil
}

// editApplication locks an application, lets edit change it, and stores it with an event of what edit returns; nil means that
// nothing changed.
func (o *Office) editApplication(ctx context.Context, actor identity.Actor, product string, edit func(*applicationWork) (map[string]any, error)) (app license.Application, err error) {
	err = o.onLockedApplication(ctx, actor, identity.WriteProducts, product, func(w *applicationWork) error {
		data, err := edit(w)
		app = withoutSecret(w.app)
		if err != nil || data == nil {
			return err
		}
		saved, err := w.tx.SaveApplication(&w.app)
		if err != nil {
			return err
		}
		if !saved {
			return nameTaken(w.app.Name)
		}
		return w.note(license.Event{Kind: license.ApplicationChanged, Subject: int64(w.app.Product), Data: data})
	})
	if err != nil {
		return license.Application{}, err
	}
	return app, nil
}

// PauseApplication keeps everybody out of an application for now; no time runs (keyauth.md §9.10). Conflict when it is so
// already.
func (o *Office) PauseApplication(ctx context.Context, actor identity.Actor, product string) (license.Application, error) {
	return o.editApplication(ctx, actor, product, func(w *applicationWork) (map[string]any, error) {
		if w.app.PausedAt != 0 {
			return nil, &license.Error{Code: license.Conflict, Message: "the application is paused already"}
		}
		w.app.PausedAt = w.now
		return map[string]any{"paused": true}, nil
	})
}

// ResumeApplication lets people in again; everybody has the time that they had. Conflict when it is not paused.
func (o *Office) ResumeApplication(ctx context.Context, actor identity.Actor, product string) (license.Application, error) {
	return o.editApplication(ctx, actor, product, func(w *applicationWork) (map[string]any, error) {
		if w.app.PausedAt == 0 {
			return nil, &license.Error{Code: license.Conflict, Message: "the application is not paused"}
		}
		n, err := w.tx.ResumeApplication(w.app.Tenant, w.app.Product, w.app.PausedAt, w.now)
		w.app.PausedAt = 0
		return map[string]any{"paused": false, "moved": n}, err
	})
}

// maxProgramHash is how long the hash of a program may be, in characters: any that is in use fits.
const maxProgramHash = 128

// AddProgramHash lets programs of a hash run where an application checks that. Adding it again changes nothing.
func (o *Office) AddProgramHash(ctx context.Context, actor identity.Actor, product, hash string) error {
	hash = strings.ToLower(strings.TrimSpace(hash))
	if err := checkText("hash", hash, 1, maxProgramHash); err != nil {
		return err
	}
	_, err := o.editApplication(ctx, actor, product, func(w *applicationWork) (map[string]any, error) {
		if w.app.Settings.HasHash(hash) {
			return nil, nil
		}
		return map[string]any{"hash": hash}, w.set(func(s *license.ApplicationSettings) { s.Hashes = append(s.Hashes, hash) })
	})
	return err
}

// ResetProgramHashes forgets every hash of an application.
func (o *Office) ResetProgramHashes(ctx context.Context, actor identity.Actor, product string) error {
	_, err := o.editApplication(ctx, actor, product, func(w *applicationWork) (map[string]any, error) {
		n := len(w.app.Settings.Hashes)
		return map[string]any{"hashes_dropped": n}, w.set(func(s *license.ApplicationSettings) { s.Hashes = nil })
	})
	return err
}
