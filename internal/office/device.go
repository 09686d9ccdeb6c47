package office

import (
	"context"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/store"
)

// DeviceAct is what people do to a device of a license.
type DeviceAct string

// The closed list of acts.
const (
	ActFree    DeviceAct = "free"    // its place; it refuses with device_unknown when it holds none
	ActBlock   DeviceAct = "block"   // refuse it from now on, and free its place
	ActUnblock DeviceAct = "unblock" // let it back; it is not activated by that
)

// FindDevice returns a device known on a license, by its identity, or else by what it is bound to: a hardware id or an
// address.
func (o *Office) FindDevice(ctx context.Context, actor identity.Actor, ref Ref, name string) (d license.Device, err error) {
	err = o.readLicense(ctx, actor, ref, func(tx *store.Tx, l *license.LicenseRecord) (err error) {
		d, err = deviceNamed(tx, l, name)
		return err
	})
	return d, err
}

// DeviceVariables returns what apps keep about a device, by name: at most [store.MaxVariables].
func (o *Office) DeviceVariables(ctx context.Context, actor identity.Actor, ref Ref, name string) (list []license.Variable, err error) {
	err = o.readLicense(ctx, actor, ref, func(tx *store.Tx, l *license.LicenseRecord) error {
		d, err := deviceNamed(tx, l, name)
		if err != nil {
			return err
		}
		list, err = tx.Variables(l.Tenant, l.ID, d.ID)
		return err
	})
	return list, err
}

// ChangeDevice does what act says, as [Office.FreeDevice] and its neighbors do, to a device that is named as FindDevice has it, and
// returns the device as it is then.
func (o *Office) ChangeDevice(ctx context.Context, actor identity.Actor, ref Ref, name string, act DeviceAct) (d license.Device, err error) {
	_, err = One(o.each(ctx, actor, []Ref{ref}, func(tx *store.Tx, r license.LicenseRecord, now license.Time) (license.Change, error) {
		found, err := deviceNamed(tx, &r, name)
		if err != nil {
			return license.Change{}, err
		}
		ch, err := act.decide(r.License, found, now)
		if d = found; ch.Device != nil {
			d = *ch.Device
		}
		return ch, err
	}))
	return d, err
}

func (a DeviceAct) decide(l license.License, d license.Device, now license.Time) (license.Change, error) {
	switch {
	case a == ActFree:
		return license.FreeDevice(l, d, now)
	case a == ActBlock && !d.Blocked:
		return license.Block(l, d, now), nil
	case a == ActUnblock && d.Blocked:
		return license.Unblock(l, d), nil
	}
	return license.Change{License: l}, nil
}

// deviceNamed finds a device of a license by what people call it. Digits are looked up as an identity first: hardware ids of digits
// alone are rare, and identities are never short.
func deviceNamed(tx *store.Tx, l *license.LicenseRecord, name string) (license.Device, error) {
	if id, isID := license.ParseID(name); isID {
		d, err := tx.FindDevice(l.Tenant, l.ID, license.DeviceID(id), "")
		if license.CodeOf(err) != license.NotFound {
			return d, err
		}
	}
	return tx.FindDevice(l.Tenant, l.ID, 0, name)
}
