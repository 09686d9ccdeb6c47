package main

import (
	"licet/internal/license"
	"licet/internal/office"
)

// licenseDevices: licet license devices, free, block and unblock. A device is named by its id or by what
// it is bound to: its hardware id or its network address.
type licenseDevices struct {
	licenseArg
	Limit int   `help:"How many to list at most; 0 for all." default:"100" placeholder:"N"`
	After int64 `help:"Go on above this id: devices run from the oldest to the newest." placeholder:"ID"`
}

// Run lists them.
func (c *licenseDevices) Run(t *tool) error {
	d, err := t.desk()
	if err != nil {
		return err
	}
	after := license.DeviceID(c.After)
	fetch := full(func(p office.Page) ([]license.Device, error) {
		list, err := d.ListDevices(t.ctx, d.actor, c.ref(), after, p.Limit)
		if len(list) > 0 {
			after = list[len(list)-1].ID
		}
		return list, err
	}, func(d license.Device) int64 { return int64(d.ID) })
	all := as(pages(t, listFlags{Limit: c.Limit, upwards: true}, fetch), func(d license.Device) (deviceView, error) { return viewDevice(d), nil })
	return printList(t, "ID BOUND VALUE NAME STATE ADDRESS VERSION SEEN-FIRST SEEN-LAST", all, func(v deviceView) []string {
		return []string{idText(v.ID), string(v.Kind), v.Bound, v.Name, v.state(), v.Address, v.AppVersion, moment(v.FirstSeen), moment(v.LastSeen)}
	})
}

// deviceArg names a device of a license.
type deviceArg struct {
	licenseArg
	Device string `arg:"" help:"Id, hardware id or address."`
}

// onDevice does something to a device and shows the license as it is then. Digits are looked up as an id
// first: hardware ids of digits alone are rare, and ids are never short.
func (a *deviceArg) onDevice(t *tool, do func(*desk, office.DeviceRef) (license.LicenseRecord, error)) error {
	d, err := t.desk()
	if err != nil {
		return err
	}
	ref := office.DeviceRef{Bound: a.Device}
	id, isID := license.ParseID(a.Device)
	if isID {
		ref = office.DeviceRef{ID: license.DeviceID(id)}
	}
	r, err := do(d, ref)
	if isID && license.CodeOf(err) == license.NotFound && license.ReasonOf(err) == "" {
		r, err = do(d, office.DeviceRef{Bound: a.Device})
	}
	if err != nil {
		return err
	}
	v, err := newNames(t, d).view(r)
	if err != nil {
		return err
	}
	return t.print(v, v.pairs)
}

type licenseFree struct{ deviceArg }

// Run frees it.
func (c *licenseFree) Run(t *tool) error {
	return c.onDevice(t, func(d *desk, device office.DeviceRef) (license.LicenseRecord, error) {
		return d.FreeDevice(t.ctx, d.actor, c.ref(), device)
	})
}

type licenseBlock struct{ deviceArg }

// Run blocks it.
func (c *licenseBlock) Run(t *tool) error {
	return c.onDevice(t, func(d *desk, device office.DeviceRef) (license.LicenseRecord, error) {
		return d.BlockDevice(t.ctx, d.actor, c.ref(), device)
	})
}

type licenseUnblock struct{ deviceArg }

// Run unblocks it.
func (c *licenseUnblock) Run(t *tool) error {
	return c.onDevice(t, func(d *desk, device office.DeviceRef) (license.LicenseRecord, error) {
		return d.UnblockDevice(t.ctx, d.actor, c.ref(), device)
	})
}
