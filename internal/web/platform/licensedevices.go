package platform

import (
	"context"
	"fmt"
	"strings"

	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/web"
)

// licenseDevices are the devices of a license on a page.
type licenseDevices struct {
	*licenseView
	list  []license.Device // the oldest first
	begun bool             // it is not the first page
	next  string
}

func (v *visit) licenseDevices() error {
	l, err := v.licenseOf(licenseAtDevices)
	if err != nil {
		return err
	}
	after, _ := license.ParseID(v.input.Text("after"))
	view := &licenseDevices{licenseView: l, begun: after != 0}
	if view.list, err = v.p.d.Office.ListDevices(v.Context(), v.actor, l.ref(), license.DeviceID(after), pageSize); err != nil {
		return err
	}
	if n := len(view.list); n == pageSize {
		view.next = l.at(licenseAtDevices) + "?after=" + idText(view.list[n-1].ID)
	}
	return v.draw(v.t("Devices of %s", l.name()), licenseDevicesPage(view))
}

// licenseDevice is one device of a license, with what its app keeps about it.
type licenseDevice struct {
	*licenseView
	device    license.Device
	variables []license.Variable
}

func (v *visit) licenseDevice() error {
	l, err := v.licenseOf(licenseAtDevices)
	if err != nil {
		return err
	}
	if _, err := v.id("device"); err != nil {
		return err
	}
	ctx, o, name := v.Context(), v.p.d.Office, v.PathValue("device")
	view := &licenseDevice{licenseView: l}
	if view.device, err = o.FindDevice(ctx, v.actor, l.ref(), name); err != nil {
		return err
	}
	if view.variables, err = o.DeviceVariables(ctx, v.actor, l.ref(), name); err != nil {
		return err
	}
	return v.draw(v.t("Device of %s", l.name()), licenseDevicePage(view))
}

// licenseDeviceAct frees a device, blocks it, or lets it back.
func (v *visit) licenseDeviceAct() error {
	l, err := v.licenseOf(licenseAtDevices)
	if err != nil {
		return err
	}
	name := v.input.Text("device")
	if _, ok := license.ParseID(name); !ok {
		return license.Missing("device", name)
	}
	act := office.DeviceAct(v.PathValue("act"))
	switch act {
	case office.ActFree, office.ActBlock, office.ActUnblock:
	default:
		return license.Missing("page", v.URL.Path)
	}
	d, err := v.p.d.Office.ChangeDevice(v.Context(), v.actor, l.ref(), name, act)
	if err != nil {
		return err
	}
	again := map[string]string{"device": name}
	path := l.path(licenseAtDevices)
	switch act {
	case office.ActFree:
		v.say(web.Good, "The device %s gave its place back. It may be activated again.", licenseDeviceName(&d))
	case office.ActBlock:
		v.sayUndo(path+"/unblock", again, "The device %s is blocked, and its place is free.", licenseDeviceName(&d))
	case office.ActUnblock:
		v.sayUndo(path+"/block", again, "The device %s is let back. It has to activate again.", licenseDeviceName(&d))
	}
	return v.back(path)
}

// licenseDeviceName is what people call a device: by its name, else by what it is known by.
func licenseDeviceName(d *license.Device) string {
	if d.Name != "" {
		return d.Name
	}
	return d.Binding.Value
}

// devicePath is the page of a device.
func (l *licenseView) devicePath(d *license.Device) string {
	return fmt.Sprintf("%s/%d", l.at(licenseAtDevices), int64(d.ID))
}

// licenseDeviceState is how a device stands.
func licenseDeviceState(ctx context.Context, d *license.Device) (web.Tone, string) {
	switch {
	case d.Blocked:
		return web.Bad, web.T(ctx, "Blocked")
	case d.Active:
		return web.Good, web.T(ctx, "Active")
	}
	return web.Quiet, web.T(ctx, "Freed")
}

// licenseMachine is what the app told about the machine that it runs on, as far as a list shows it: whether it is a virtual one.
func licenseMachine(d *license.Device) string {
	for _, p := range licensePairs(d.Info) {
		if strings.HasPrefix(p.name, "vm") && p.value != "" && p.value != "false" {
			return p.value
		}
	}
	return ""
}

// licenseKnownBy says what a device is known by.
func licenseKnownBy(ctx context.Context, k license.BindKind) string {
	if k == license.BoundToAddress {
		return web.T(ctx, "Network address")
	}
	return web.T(ctx, "Hardware id")
}
