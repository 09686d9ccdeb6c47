package manage

import (
	"context"
	"net/http"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/wire/api"
)

// Device is a machine known on a license. It stays known after it is freed.
type Device struct {
	ID         license.DeviceID      `json:"id" example:"1774267200000007"`
	License    license.LicenseID     `json:"license_id" example:"1774267200000004"`
	BoundTo    license.BindKind      `json:"bound_to" enum:"hwid,ip" doc:"What it is known by: its hardware id, or its network address."`
	Value      string                `json:"bound_value" example:"4c4c4544-0043"`
	Name       string                `json:"name,omitempty" doc:"As its app told it." example:"ANN-PC"`
	AppVersion string                `json:"app_version,omitempty" example:"2.1.0"`
	Info       api.Object            `json:"info" doc:"What else its app told about it."`
	User       license.LicenseUserID `json:"user_id,omitempty" doc:"The license user who activated it." example:"1774267200000008"`
	Address    string                `json:"address,omitempty" doc:"Its network address at the last activation." example:"203.0.113.7"`
	Active     bool                  `json:"active" doc:"It holds an activation."`
	Blocked    bool                  `json:"blocked" doc:"You refuse it."`
	FirstSeen  license.Time          `json:"first_seen_at"`
	Activated  license.Time          `json:"activated_at"`
	Freed      license.Time          `json:"freed_at"`
	Seen       license.Time          `json:"seen_at" doc:"When it last asked, to a quarter of an hour."`
}

func viewDevice(d *license.Device) Device {
	return Device{
		ID: d.ID, License: d.License, BoundTo: d.Binding.Kind, Value: d.Binding.Value, Name: d.Name, AppVersion: d.AppVersion,
		Info: metadata(d.Info), User: d.User, Address: d.Address, Active: d.Active, Blocked: d.Blocked, FirstSeen: d.FirstSeen,
		Activated: d.ActivatedAt, Freed: d.FreedAt, Seen: d.SeenAt,
	}
}

// DeviceVariable is what an app keeps under a name about a device.
type DeviceVariable struct {
	Name  string       `json:"name" example:"theme"`
	Value string       `json:"value" example:"dark"`
	Saved license.Time `json:"saved_at"`
}

func viewDeviceVariable(v *license.Variable) DeviceVariable {
	return DeviceVariable{v.Name, v.Value, v.Created}
}

// ofDevice is the input of an operation about one device of a license.
type ofDevice struct {
	ofLicense
	Device string `path:"device" doc:"Its identity, or the hardware id or address that it is bound to." example:"1774267200000007"`
}

func addDevices(a *api.API) {
	const tag, list, one = "Devices", "/licenses/{license}/devices", "/licenses/{license}/devices/{device}"
	api.Add(a, with(op(tag, "listDevices", http.MethodGet, list, "List the devices of a license", identity.ReadLicenses), describedAs("The oldest first, those that were freed, too.")),
		func(ctx context.Context, c *api.Call, in *listOfLicense) (api.List[Device], error) {
			page, err := in.Page()
			if err != nil {
				return api.List[Device]{}, err
			}
			found, err := c.Office.ListDevices(ctx, c.Actor, in.ref(), license.DeviceID(page.Before), page.Limit)
			return api.ListOf(in.Paged, found, viewDevice, func(d *license.Device) string { return api.ID(d.ID) }), err
		})
	api.Add(a, with(op(tag, "showDevice", http.MethodGet, one, "Show a device", identity.ReadLicenses), tagged),
		func(ctx context.Context, c *api.Call, in *ofDevice) (Device, error) {
			d, err := c.Office.FindDevice(ctx, c.Actor, in.ref(), in.Device)
			return viewDevice(&d), err
		})
	api.Add(a, op(tag, "listDeviceVariables", http.MethodGet, one+"/variables", "List the variables of a device", identity.ReadLicenses),
		func(ctx context.Context, c *api.Call, in *ofDevice) (api.List[DeviceVariable], error) {
			found, err := c.Office.DeviceVariables(ctx, c.Actor, in.ref(), in.Device)
			return whole(found, viewDeviceVariable), err
		})
	for _, v := range []struct {
		act                     office.DeviceAct
		name, summary, describe string
	}{
		{office.ActFree, "free", "Free the place of a device", "Whatever the license's standing. The device stays known, and may be activated again."},
		{office.ActBlock, "block", "Refuse a device from now on", "Its place is freed."},
		{office.ActUnblock, "unblock", "Let a blocked device back", "It is not activated by that."},
	} {
		api.Add(a, with(op(tag, v.name+"Device", http.MethodPost, one+"/"+v.name, v.summary, identity.WriteLicenses), changes, describedAs(v.describe)),
			func(ctx context.Context, c *api.Call, in *ofDevice) (Device, error) {
				d, err := c.Office.ChangeDevice(ctx, c.Actor, in.ref(), in.Device, v.act)
				return viewDevice(&d), err
			})
	}
}
