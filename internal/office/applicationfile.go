package office

import (
	"cmp"
	"context"
	"errors"
	"strings"
	"time"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/outbound"
	"licet/internal/store"
)

const (
	maxFileBytes = 50 << 20 // of a file (keyauth.md §11, upload)
	fileTime     = 30 * time.Second
	maxAgent     = 200 // characters of a user agent
	maxWebhookID = 50  // characters
	randomTries  = 100 // for a name that is not taken
)

// AddFile makes a file of an application known (keyauth.md §11, upload). It is fetched once, for its size and name; later each
// app gets it as it is then. The identity is six digits. It refuses as Invalid an address that is none, of the field url, and a file of
// more than 50 MiB, of the field size; and with OutsideRefused, OutsideFailed, and FileGone where there is no file.
func (o *Office) AddFile(ctx context.Context, actor identity.Actor, product, address string, authed bool) (store.ApplicationFile, error) {
	if err := o.lookAt(ctx, actor, identity.WriteProducts, product, func(place) error { return nil }); err != nil {
		return store.ApplicationFile{}, err
	}
	seen, err := o.measure(ctx, address)
	if err != nil {
		return store.ApplicationFile{}, err
	}
	var f store.ApplicationFile
	err = o.changeAt(ctx, actor, identity.WriteProducts, product, func(at place) (license.Event, error) {
		f = seen
		f.Authed, f.Created = authed, at.now
		for range randomTries {
			if f.ID, err = (license.Mask{Text: "******", Alphabet: license.AlphabetDigits}).Generate(o.d.Rand); err != nil {
				return license.Event{}, err
			}
			made, err := at.InsertApplicationFile(at.tenant, at.app, &f)
			if err != nil || made {
				return fileEvent(&f), err
			}
		}
		return license.Event{}, &license.Error{Code: license.Conflict, Message: "there are too many files"}
	})
	return f, err
}

// measure fetches a file for its size and name. A rehearsal asks nobody, and knows neither.
func (o *Office) measure(ctx context.Context, address string) (store.ApplicationFile, error) {
	address = strings.TrimSpace(address)
	if o.rehearses {
		_, err := outbound.ParseURL(address)
		return store.ApplicationFile{URL: address, Name: "file"}, err
	}
	got, err := o.d.Outside.Fetch(ctx, outbound.Request{URL: address, MaxBytes: maxFileBytes, MaxTime: fileTime, Measure: true})
	switch {
	case errors.Is(err, outbound.ErrTooLarge):
		err = license.Invalidf("size", "a file has at most %d bytes", maxFileBytes)
	case err != nil:
	case got.Status == 403 || got.Status == 404 || got.Status == 410:
		err = license.Refuse(license.FileGone)
	case got.Status < 200 || got.Status > 299:
		err = license.Refusef(license.OutsideFailed, "the address answered with status %d", got.Status)
	}
	return store.ApplicationFile{URL: address, Size: got.Size, Name: cmp.Or(got.FileName, "file")}, err
}

// fileEvent leaves the address out, which may hold a secret.
func fileEvent(f *store.ApplicationFile) license.Event {
	return license.Event{Kind: license.FileSaved, Data: map[string]any{"id": f.ID, "name": f.Name, "size": f.Size, "authed": f.Authed}}
}

// EditFile changes where a file of an application is, which is fetched as AddFile does, or who gets it; a nil leaves that as it is. It
// refuses with FileUnknown, and as AddFile does.
func (o *Office) EditFile(ctx context.Context, actor identity.Actor, product, id string, address *string, authed *bool) (store.ApplicationFile, error) {
	var f store.ApplicationFile
	if err := o.lookAt(ctx, actor, identity.WriteProducts, product, func(at place) (err error) {
		f, err = at.FindApplicationFile(at.tenant, at.app, id)
		return err
	}); err != nil {
		return f, err
	}
	var seen store.ApplicationFile
	if address != nil {
		var err error
		if seen, err = o.measure(ctx, *address); err != nil {
			return f, err
		}
	}
	err := o.changeAt(ctx, actor, identity.WriteProducts, product, func(at place) (_ license.Event, err error) {
		if f, err = at.FindApplicationFile(at.tenant, at.app, id); err != nil {
			return license.Event{}, err
		}
		if address != nil {
			f.URL, f.Name, f.Size = seen.URL, seen.Name, seen.Size
		}
		set(&f.Authed, authed)
		saved, err := at.SaveApplicationFile(at.tenant, at.app, &f)
		if err == nil && !saved {
			err = license.Refuse(license.FileUnknown)
		}
		return fileEvent(&f), err
	})
	return f, err
}

// FindFile returns a file of an application. It refuses with FileUnknown.
func (o *Office) FindFile(ctx context.Context, actor identity.Actor, product, id string) (f store.ApplicationFile, err error) {
	err = o.lookAt(ctx, actor, identity.ReadProducts, product, func(at place) (err error) {
		f, err = at.FindApplicationFile(at.tenant, at.app, id)
		return err
	})
	return f, err
}

// DropFile forgets a file of an application. It refuses with FileUnknown.
func (o *Office) DropFile(ctx context.Context, actor identity.Actor, product, id string) error {
	return o.changeAt(ctx, actor, identity.WriteProducts, product, func(at place) (license.Event, error) {
		dropped, err := at.DropApplicationFile(at.tenant, at.app, id)
		if err == nil && !dropped {
			err = license.Refuse(license.FileUnknown)
		}
		return license.Event{Kind: license.FileDropped, Data: map[string]any{"id": id}}, err
	})
}

// DropFiles forgets every file of an application and returns how many they were.
func (o *Office) DropFiles(ctx context.Context, actor identity.Actor, product string) (int64, error) {
	return o.dropAll(ctx, actor, identity.WriteProducts, product, license.FileDropped, func(at place) (int64, error) {
		return at.DropApplicationFiles(at.tenant, at.app)
	})
}

// ListFiles returns the files of an application by identity, above after ("" is the beginning); limit is 1 to 1000.
func (o *Office) ListFiles(ctx context.Context, actor identity.Actor, product, after string, limit int) (list []store.ApplicationFile, err error) {
	err = o.lookAt(ctx, actor, identity.ReadProducts, product, func(at place) (err error) {
		list, err = at.ListApplicationFiles(at.tenant, at.app, after, limit)
		return err
	})
	return list, err
}

// AddWebhook makes an address known that the server asks for apps (keyauth.md §11, addwebhook). id is 1 to 50 printable
// characters; with "" ten letters and digits are made. The base URL is kept sealed and never shown again: answers have scheme and host.
// It refuses as Invalid an address that is none, of the field url, and with Conflict when the id is taken.
func (o *Office) AddWebhook(ctx context.Context, actor identity.Actor, product, id, baseURL, userAgent string, authed bool) (store.ApplicationWebhook, error) {
	baseURL = strings.TrimSpace(baseURL)
	parsed, err := outbound.ParseURL(baseURL)
	if err != nil {
		return store.ApplicationWebhook{}, err
	}
	if err := checkText("user_agent", userAgent, 0, maxAgent); err != nil {
		return store.ApplicationWebhook{}, err
	}
	made := id == ""
	if made {
		id, err = (license.Mask{Text: "**********", Alphabet: license.AlphabetMixed}).Generate(o.d.Rand)
	} else {
		err = checkText("id", id, 1, maxWebhookID)
	}
	if err != nil {
		return store.ApplicationWebhook{}, err
	}
	var w store.ApplicationWebhook
	err = o.changeAt(ctx, actor, identity.WriteProducts, product, func(at place) (license.Event, error) {
		w = store.ApplicationWebhook{ID: id, Host: parsed.Scheme + "://" + parsed.Host, UserAgent: userAgent, Authed: authed, Created: at.now}
		w.BaseURL = o.d.Keyring.Seal(store.WebhookContext(at.tenant, at.app, id), []byte(baseURL))
		stored, err := at.InsertApplicationWebhook(at.tenant, at.app, &w)
		if err == nil && !stored {
			err = &license.Error{Code: license.Conflict, Field: "id", Message: "there is already a webhook " + id}
		}
		return license.Event{Kind: license.WebhookSaved, Data: map[string]any{"id": id, "host": w.Host, "authed": authed}}, err
	})
	w.BaseURL = nil
	return w, err
}

// DropWebhook forgets a webhook of an application. It refuses with WebhookUnknown.
func (o *Office) DropWebhook(ctx context.Context, actor identity.Actor, product, id string) error {
	return o.changeAt(ctx, actor, identity.WriteProducts, product, func(at place) (license.Event, error) {
		dropped, err := at.DropApplicationWebhook(at.tenant, at.app, id)
		if err == nil && !dropped {
			err = license.Refuse(license.WebhookUnknown)
		}
		return license.Event{Kind: license.WebhookDropped, Data: map[string]any{"id": id}}, err
	})
}

// DropWebhooks forgets every webhook of an application and returns how many they were.
func (o *Office) DropWebhooks(ctx context.Context, actor identity.Actor, product string) (int64, error) {
	return o.dropAll(ctx, actor, identity.WriteProducts, product, license.WebhookDropped, func(at place) (int64, error) {
		return at.DropApplicationWebhooks(at.tenant, at.app)
	})
}

// ListWebhooks returns the webhooks of an application by identity, above after ("" is the beginning), with scheme and host of
// their base URLs alone; limit is 1 to 1000.
func (o *Office) ListWebhooks(ctx context.Context, actor identity.Actor, product, after string, limit int) (list []store.ApplicationWebhook, err error) {
	err = o.lookAt(ctx, actor, identity.ReadProducts, product, func(at place) (err error) {
		list, err = at.ListApplicationWebhooks(at.tenant, at.app, after, limit)
		return err
	})
	for i := range list {
		list[i].BaseURL = nil
	}
	return list, err
}
