package office

import (
	"context"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/store"
)

// FindVersion returns a version of a product by its identity. It refuses with version_unknown.
func (o *Office) FindVersion(ctx context.Context, actor identity.Actor, product string, id int64) (v license.Version, err error) {
	if err := mayWithin(actor, identity.ReadProducts); err != nil {
		return v, err
	}
	err = o.d.Store.Read(ctx, func(tx *store.Tx) error {
		p, err := findProduct(tx, actor, product)
		if err != nil {
			return err
		}
		v, err = tx.FindVersion(p.Tenant, p.ID, id)
		return err
	})
	return v, err
}

// VersionChange says what is to differ; a nil field leaves its value.
type VersionChange struct {
	Enabled *bool

	If func(license.Version) error // looks at what is stored, and its error is the answer; nil is no condition
}

// ChangeVersion changes a version of a product by its identity. It refuses with version_unknown.
func (o *Office) ChangeVersion(ctx context.Context, actor identity.Actor, product string, id int64, change VersionChange) (v license.Version, err error) {
	if err := mayWithin(actor, identity.WriteProducts); err != nil {
		return v, err
	}
	err = o.d.Store.Write(ctx, func(tx *store.Tx) error {
		now := o.d.Now()
		p, err := lockProduct(tx, actor, product)
		if err != nil {
			return err
		}
		if v, err = tx.FindVersion(p.Tenant, p.ID, id); err != nil {
			return err
		}
		if change.If != nil {
			if err := change.If(v); err != nil {
				return err
			}
		}
		if change.Enabled == nil {
			return nil
		}
		changed, err := tx.EnableVersion(&v, *change.Enabled, now)
		if err != nil || !changed {
			return err
		}
		v.Enabled, v.Updated = *change.Enabled, now
		return recordVersion(tx, actor, now, &p, &v)
	})
	if err != nil {
		return license.Version{}, err
	}
	return v, nil
}
