package authority

import (
	"cmp"
	"context"
	"slices"

	"licet/internal/license"
	"licet/internal/store"
)

// Versions returns the versions that whoever holds the license of r may load, oldest first: those for an environment and
// of a channel, "" being any, that came out before the license's updates end ([license.License.Offers]).
//
// The device must be activated: it refuses what Check refuses, and of an expired license it still tells what came out
// before.
func (a *Authority) Versions(ctx context.Context, r Request, environment, channel string) (list []license.Version, err error) {
	err = a.asHolder(ctx, r, func(tx *store.Tx, l *license.License, now license.Time) (err error) {
		list, err = releases(tx, l, now, environment, channel, store.MaxReleases)
		return err
	})
	slices.Reverse(list)
	return list, err
}

// InstallationFile returns one of the versions that Versions is about: the one of a name, or with "" the newest. Of
// several it prefers the one made for the environment over one for every environment. Besides what Versions refuses, it
// refuses with VersionUnknown.
func (a *Authority) InstallationFile(ctx context.Context, r Request, environment, channel, version string) (v license.Version, err error) {
	err = a.asHolder(ctx, r, func(tx *store.Tx, l *license.License, now license.Time) error {
		var list []license.Version
		var err error
		if version == "" {
			list, err = releases(tx, l, now, environment, channel, fewReleases)
		} else {
			list, err = tx.VersionsNamed(l.Tenant, l.Product, version)
			list = slices.DeleteFunc(list, func(v license.Version) bool { return !l.Offers(&v, now) || !v.Suits(environment, channel) })
			slices.SortFunc(list, func(a, b license.Version) int { return cmp.Compare(b.ReleasedAt, a.ReleasedAt) })
		}
		if err != nil {
			return err
		}
		best := newest(list, environment)
		if best == nil {
			return license.Refuse(license.VersionUnknown)
		}
		v = *best
		return nil
	})
	return v, err
}

// LatestFor returns the newest version that whoever holds a license may load, for an environment and of a channel, ""
// being any; nil when there is none. It asks nothing of a device: the license comes from an answer that was given.
func (a *Authority) LatestFor(ctx context.Context, l *license.License, environment, channel string) (v *license.Version, err error) {
	err = a.store.Read(ctx, func(tx *store.Tx) error {
		list, err := releases(tx, l, a.now(), environment, channel, fewReleases)
		v = newest(list, environment)
		return err
	})
	return v, err
}

// LatestVersion returns the newest version of a product that is out, whoever asks, for an environment, "" being any; nil
// when there is none.
func (a *Authority) LatestVersion(ctx context.Context, tenant license.TenantID, product license.ProductID, environment string) (v *license.Version, err error) {
	err = a.store.Read(ctx, func(tx *store.Tx) error {
		list, err := tx.ReleasedVersions(tenant, product, a.now(), environment, "", fewReleases)
		v = newest(list, environment)
		return err
	})
	return v, err
}

// fewReleases is how many versions are looked at for the newest one: more than are released in one moment.
const fewReleases = 20

// asHolder runs read for whoever may use the license of r on their device.
func (a *Authority) asHolder(ctx context.Context, r Request, read func(*store.Tx, *license.License, license.Time) error) (err error) {
	ans := Answer{Now: a.now()}
	defer func() { a.told(&ans.Product, store.CallVersions, err) }()
	if ans.State, err = a.find(ctx, r); err != nil {
		return err
	}
	if err := license.Check(&ans.State, &r.Claim, ans.Now).Err(); err != nil {
		return err
	}
	a.note(&ans)
	return a.store.Read(ctx, func(tx *store.Tx) error { return read(tx, &ans.License, ans.Now) })
}

// releases returns what a license offers now, newest release first.
func releases(tx *store.Tx, l *license.License, now license.Time, environment, channel string, limit int) ([]license.Version, error) {
	return tx.ReleasedVersions(l.Tenant, l.Product, min(now, l.UpdatesUntil()), environment, channel, limit)
}

// newest returns the first of versions that are sorted from the newest release on; of those of one moment the one made for
// the environment.
func newest(list []license.Version, environment string) *license.Version {
	for i := range list {
		if list[i].ReleasedAt != list[0].ReleasedAt {
			break
		}
		if list[i].Environment == environment {
			return &list[i]
		}
	}
	if len(list) == 0 {
		return nil
	}
	return &list[0]
}
