package office

import (
	"context"
	"encoding/hex"
	"net/url"
	"slices"
	"strings"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/store"
)

// Environments lists what a version may be made for, besides "" for every one (contract License API §7.15).
func Environments() []string {
	return []string{"win", "win32", "win64", "mac", "linux", "linux32", "linux64"}
}

// NewVersion is a release of a product to make known. The file lies elsewhere: it is linked, not kept.
type NewVersion struct {
	Product         string       // code, number or identity
	Version         string       // such as 2.4.1; unique per product, environment and channel
	Channel         string       // such as beta; "" is the usual one
	Environment     string       // one of Environments; "" is every one
	URL             string       // where the file is, http or https
	Filename        string       //
	HashMD5         string       // 32 hexadecimal digits
	EULALink        string       // http or https
	NotesLink       string       // http or https
	Size            string       // as apps shall show it
	RequiresVersion string       // the oldest version that can be updated to this one; "" is any
	ReleasedAt      license.Time // when it comes out; 0 is now
	Disabled        bool         // apps do not get it yet
}

// AddVersion makes a version of a product known to its apps. Conflict when there is one of that name for the same
// environment and channel.
func (o *Office) AddVersion(ctx context.Context, actor identity.Actor, n NewVersion) (v license.Version, err error) {
	if err := mayWithin(actor, identity.WriteProducts); err != nil {
		return license.Version{}, err
	}
	if err := n.check(); err != nil {
		return license.Version{}, err
	}
	err = o.d.Store.Write(ctx, func(tx *store.Tx) error {
		now := o.d.Now()
		p, err := findProduct(tx, actor, n.Product)
		if err != nil {
			return err
		}
		v = n.version(&p, now)
		if err := tx.InsertVersion(&v); err != nil {
			return err
		}
		return recordVersion(tx, actor, now, &p, &v)
	})
	if err != nil {
		return license.Version{}, err
	}
	return v, nil
}

func (n *NewVersion) version(p *Product, now license.Time) license.Version {
	v := license.Version{
		Tenant: p.Tenant, Product: p.ID, Version: n.Version, Channel: n.Channel, Environment: n.Environment, URL: n.URL,
		Filename: n.Filename, HashMD5: n.HashMD5, EULALink: n.EULALink, NotesLink: n.NotesLink, Size: n.Size,
		RequiresVersion: n.RequiresVersion, Enabled: !n.Disabled, ReleasedAt: n.ReleasedAt, Created: now, Updated: now,
	}
	if v.ReleasedAt == 0 {
		v.ReleasedAt = now
	}
	return v
}

// recordVersion leaves an event of the product: versions have no history of their own.
func recordVersion(tx *store.Tx, actor identity.Actor, now license.Time, p *Product, v *license.Version) error {
	return tx.AppendEvents(p.Tenant, actor.String(), now, license.Event{Kind: license.ProductChanged, Subject: int64(p.ID),
		Data: map[string]any{"version": v.Version, "channel": v.Channel, "environment": v.Environment, "enabled": v.Enabled}})
}

func (n *NewVersion) check() error {
	const maxVersion, maxShort, maxURL = 100, 64, 2000
	for _, text := range []struct {
		field, value string
		least, most  int
	}{
		{"version", n.Version, 1, maxVersion}, {"channel", n.Channel, 0, maxShort}, {"filename", n.Filename, 0, 255},
		{"size", n.Size, 0, maxShort}, {"requires_version", n.RequiresVersion, 0, maxVersion}, {"url", n.URL, 0, maxURL},
		{"eula_link", n.EULALink, 0, maxURL}, {"notes_link", n.NotesLink, 0, maxURL},
	} {
		if err := checkText(text.field, text.value, text.least, text.most); err != nil {
			return err
		}
	}
	if n.Environment != "" && !slices.Contains(Environments(), n.Environment) {
		return license.Invalidf("environment", "the environment is one of %s, or empty for every one", strings.Join(Environments(), ", "))
	}
	if raw, err := hex.DecodeString(n.HashMD5); err != nil || len(raw) != 0 && len(raw) != 16 {
		return license.Invalidf("hash_md5", "an MD5 hash has 32 hexadecimal digits")
	}
	for field, link := range map[string]string{"url": n.URL, "eula_link": n.EULALink, "notes_link": n.NotesLink} {
		if err := checkLink(field, link); err != nil {
			return err
		}
	}
	return nil
}

// checkLink refuses what is no absolute address of the web; "" is none.
func checkLink(field, link string) error {
	if link == "" {
		return nil
	}
	at, err := url.Parse(link)
	if err != nil || at.Host == "" || at.Scheme != "https" && at.Scheme != "http" {
		return license.Invalidf(field, "a link begins with https:// or http://")
	}
	return nil
}

// ListVersions returns the versions of a product, the last made first.
func (o *Office) ListVersions(ctx context.Context, actor identity.Actor, product string, page Page) (list []license.Version, err error) {
	if err := mayWithin(actor, identity.ReadProducts); err != nil {
		return nil, err
	}
	err = o.d.Store.Read(ctx, func(tx *store.Tx) error {
		p, err := findProduct(tx, actor, product)
		if err != nil {
			return err
		}
		list, err = tx.ListVersions(actor.Tenant, p.ID, page.Before, page.size())
		return err
	})
	return list, err
}

// EnableVersion lets apps load a version of a product, or no longer. It is named by its name, then for every environment
// and channel, or by its identity. It refuses with version_unknown, and returns what it named as it is then.
func (o *Office) EnableVersion(ctx context.Context, actor identity.Actor, product, version string, enabled bool) (list []license.Version, err error) {
	if err := mayWithin(actor, identity.WriteProducts); err != nil {
		return nil, err
	}
	err = o.d.Store.Write(ctx, func(tx *store.Tx) error {
		now := o.d.Now()
		p, err := lockProduct(tx, actor, product)
		if err != nil {
			return err
		}
		if list, err = versionsNamed(tx, &p, version); err != nil {
			return err
		}
		for i := range list {
			v := &list[i]
			changed, err := tx.EnableVersion(v, enabled, now)
			if err != nil {
				return err
			}
			if !changed {
				continue
			}
			v.Enabled, v.Updated = enabled, now
			if err := recordVersion(tx, actor, now, &p, v); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return list, nil
}

// versionsNamed finds the versions with a name, else the one with an identity.
func versionsNamed(tx *store.Tx, p *Product, version string) ([]license.Version, error) {
	list, err := tx.VersionsNamed(p.Tenant, p.ID, version)
	if err != nil || len(list) > 0 {
		return list, err
	}
	id, isID := license.ParseID(version)
	if !isID {
		return nil, license.Refuse(license.VersionUnknown)
	}
	v, err := tx.FindVersion(p.Tenant, p.ID, id)
	return []license.Version{v}, err
}
