package platform

import (
	"fmt"
	"time"

	"github.com/a-h/templ"

	"licet/internal/authority"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/store"
	"licet/internal/web"
)

// licenseOffline is what goes to devices without a network.
type licenseOffline struct {
	*licenseView
	in     *web.Input // of the form that was sent; an empty one is none
	form   string     // which form that was
	faults web.Faults
	start  *office.AirGapStart // to be shown; nil is nothing
	code   string              // that confirms
}

func (v *visit) licenseFiles() error {
	l, err := v.licenseOf(licenseAtFiles)
	if err != nil {
		return err
	}
	return v.draw(v.t("%s offline", l.name()), licenseOfflinePage(&licenseOffline{licenseView: l, in: web.NewInput(nil)}))
}

// fileDevices are the devices that a license file can be made for: those that hold a place and are known by their hardware.
func (l *licenseOffline) fileDevices() (out []web.Option) {
	for i := range l.Devices {
		d := &l.Devices[i]
		if d.Active && d.Binding.Kind == license.BoundToHardware {
			out = append(out, web.Option{Value: idText(d.ID), Label: licenseDeviceName(d)})
		}
	}
	return out
}

// typed is what was typed into a field of one of the forms, or what it begins with.
func (l *licenseOffline) typed(form, name, first string) string {
	if form != l.form {
		return first
	}
	return l.in.Text(name)
}

// wrong are the faults of one of the forms.
func (l *licenseOffline) wrong(form string) web.Faults {
	if form != l.form {
		return nil
	}
	return l.faults
}

// licenseFileAct makes a file or a code.
func (v *visit) licenseFileAct() error {
	l, err := v.licenseOf(licenseAtFiles)
	if err != nil {
		return err
	}
	view := &licenseOffline{licenseView: l, in: v.input, form: v.PathValue("act")}
	switch view.form {
	case "file":
		var file []byte
		var device license.Device
		if file, device, err = v.makeLicenseFile(l); err == nil {
			return v.licenseDownload(fmt.Sprintf("license-%d-%d.jws", int64(l.ID), int64(device.ID)), file)
		}
	case "start":
		var start office.AirGapStart
		start, err = v.p.d.Office.AirGapInit(v.Context(), v.actor, l.ref())
		view.start = &start
	case "confirm", "free":
		do := v.p.d.Office.AirGapConfirm
		if view.form == "free" {
			do = v.p.d.Office.AirGapFree
		}
		view.code, err = do(v.Context(), v.actor, l.ref(), v.input.Text("hardware_id"), v.input.Text("code"), v.input.Text("policy_id"))
		if license.ReasonOf(err) == license.SignatureBad {
			err = license.Invalidf("code", "the code was not made for this license and this device")
		}
	default:
		return license.Missing("page", v.URL.Path)
	}
	title := v.t("%s offline", l.name())
	if err != nil {
		view.start = nil
		return v.again(err, title, func(f web.Faults) templ.Component {
			view.faults = f
			return licenseOfflinePage(view)
		})
	}
	return v.draw(title, licenseOfflinePage(view))
}

// makeLicenseFile makes the file that lets an activated device run for some days without asking.
func (v *visit) makeLicenseFile(l *licenseView) (file []byte, d license.Device, err error) {
	name := v.input.Text("device")
	if _, ok := license.ParseID(name); !ok {
		return nil, d, license.Invalidf("device", "choose a device")
	}
	if d, err = v.p.d.Office.FindDevice(v.Context(), v.actor, l.ref(), name); err != nil {
		return nil, d, licenseAsField(err, "device")
	}
	days := v.input.Int("ttl", 7)
	if err := v.asked(); err != nil {
		return nil, d, err
	}
	if days < 1 || days > int64(license.MaxFileTTL/(24*time.Hour)) {
		return nil, d, license.Invalidf("ttl", "a license file is good for 1 to 365 days")
	}
	r := authority.Request{Native: &store.NativeLookup{Tenant: v.actor.Tenant, License: l.ID, User: d.User}, Claim: licenseClaim(&d)}
	jws, _, err := v.p.d.Authority.LicenseFile(v.Context(), r, time.Duration(days)*24*time.Hour)
	return []byte(jws), d, err
}

// licenseDownload answers with a file.
func (v *visit) licenseDownload(name string, file []byte) error {
	h := v.w.Header()
	h.Set("Content-Type", "application/octet-stream")
	h.Set("Content-Disposition", `attachment; filename="`+name+`"`)
	h.Set("Cache-Control", "no-store")
	_, _ = v.w.Write(file) // Who went away needs no file.
	return nil
}
