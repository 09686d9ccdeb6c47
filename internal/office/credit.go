package office

import (
	"context"
	"strings"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/store"
)

// AddCredits gives n more units, 1 and up, of a name to a license, or to its buyer: target is LICENSE or EMAIL, in any letter case
// (software-dna.md §4). It refuses with key_unknown, no_mail_address where nobody knows the buyer, and Invalid for a sixth name of a
// product.
func (o *Office) AddCredits(ctx context.Context, actor identity.Actor, ref Ref, target, name string, n int64) error {
	_, err := o.GiveCredits(ctx, actor, ref, target, name, n)
	return err
}

// GiveCredits is AddCredits, and returns how many there are then.
func (o *Office) GiveCredits(ctx context.Context, actor identity.Actor, ref Ref, target, name string, n int64) (has store.Credit, err error) {
	to := store.CreditTarget(strings.ToLower(target))
	if err := may(actor, identity.WriteLicenses); err != nil {
		return has, err
	}
	if to != store.LicenseCredits && to != store.EmailCredits {
		return has, license.Invalidf("target", "the target is LICENSE or EMAIL")
	}
	if err := checkText("name", name, 1, maxName); err != nil {
		return has, err
	}
	err = o.d.Store.Write(ctx, func(tx *store.Tx) error {
		l, err := findLicense(tx, actor, ref)
		if err != nil {
			return err
		}
		if _, err := tx.LockProduct(actor.Tenant, l.Product); err != nil {
			return err
		}
		holders, err := tx.CreditHolders(&l.License, to)
		if err != nil {
			return err
		}
		if len(holders) == 0 {
			return license.Refuse(license.NoMailAddress)
		}
		if has, err = tx.AddCredit(holders[0], name, n); err != nil {
			return err
		}
		return tx.AppendEvents(actor.Tenant, actor.String(), o.d.Now(), license.Event{Kind: license.CreditsAdded, License: l.ID,
			Data: map[string]any{"name": name, "count": n, "target": to, "left": has.Amount}})
	})
	return has, err
}

// ListCredits returns the credits of a license, and then those of its buyer.
func (o *Office) ListCredits(ctx context.Context, actor identity.Actor, ref Ref) (list []store.Credit, err error) {
	if err := may(actor, identity.ReadLicenses); err != nil {
		return nil, err // The credits of a buyer are of all products.
	}
	err = o.readLicense(ctx, actor, ref, func(tx *store.Tx, l *license.LicenseRecord) error {
		list = nil
		holders, err := tx.CreditHolders(&l.License, store.AllCredits)
		for _, h := range holders {
			of, err := tx.Credits(h)
			if err != nil {
				return err
			}
			list = append(list, of...)
		}
		return err
	})
	return list, err
}

// AddInfoTag keeps a note of 1 to 500 characters about a license, in its history: it is sealed, and read by whoever may see the
// license and by the vendor's servers.
func (o *Office) AddInfoTag(ctx context.Context, actor identity.Actor, ref Ref, text string) (tag store.InfoTag, err error) {
	if err := mayWithin(actor, identity.WriteLicenses); err != nil {
		return tag, err
	}
	if err := checkText("tag", text, 1, license.MaxInfoTag); err != nil {
		return tag, err
	}
	err = o.d.Store.Write(ctx, func(tx *store.Tx) error {
		l, err := findLicense(tx, actor, ref)
		if err != nil {
			return err
		}
		now := o.d.Now()
		tag = store.InfoTag{Tenant: l.Tenant, License: l.ID, At: now,
			Sealed: o.d.Keyring.Seal(store.InfoTagContext(l.Tenant, l.ID), []byte(text))}
		if err := tx.AddInfoTag(&tag); err != nil {
			return err
		}
		return tx.AppendEvents(actor.Tenant, actor.String(), now, license.Event{Kind: license.InfoTagSet, License: l.ID, Subject: tag.ID})
	})
	tag.Text, tag.Sealed = text, nil
	return tag, err
}

// ListInfoTags returns the notes about a license, newest first.
func (o *Office) ListInfoTags(ctx context.Context, actor identity.Actor, ref Ref, page Page) (list []store.InfoTag, err error) {
	err = o.readLicense(ctx, actor, ref, func(tx *store.Tx, l *license.LicenseRecord) (err error) {
		list, err = tx.ListInfoTags(l.Tenant, l.ID, page.Before, page.size())
		return err
	})
	for i := range list {
		t := &list[i]
		text, failed := o.d.Keyring.Open(store.InfoTagContext(t.Tenant, t.License), t.Sealed)
		if failed != nil {
			return nil, license.Wrap(license.Internal, "an info tag of the license cannot be read", failed)
		}
		t.Text, t.Sealed = string(text), nil
	}
	return list, err
}

// readLicense asks something of a license.
func (o *Office) readLicense(ctx context.Context, actor identity.Actor, ref Ref, do func(*store.Tx, *license.LicenseRecord) error) error {
	if err := mayWithin(actor, identity.ReadLicenses); err != nil {
		return err
	}
	return o.d.Store.Read(ctx, func(tx *store.Tx) error {
		l, err := findLicense(tx, actor, ref)
		if err != nil {
			return err
		}
		return do(tx, &l)
	})
}

// findLicense finds a license by what people call it.
func findLicense(tx *store.Tx, actor identity.Actor, ref Ref) (license.LicenseRecord, error) {
	id, err := resolve(tx, actor, ref)
	if err != nil {
		return license.LicenseRecord{}, err
	}
	return tx.FindLicense(actor.Tenant, id)
}
