package license

func (f *facts) deviceMissing() bool { return !f.bound }
func (f *facts) notActive() bool {
	return f.License.Activated == 0 && f.License.Terms.Type != Subscription
}
func (f *facts) deviceUnknown() bool  { return f.Device == nil || !f.Device.Active }
func (f *facts) deviceBlocked() bool  { return f.Device != nil && f.Device.Blocked }
func (f *facts) vmRefused() bool      { return f.VM && f.License.Terms.RefuseVM }
func (f *facts) offlineRefused() bool { return f.Offline && f.License.Terms.RefuseOffline }

func (f *facts) deviceLimit() bool {
	return !f.License.Terms.Activations.Allows(f.License.Activated + 1)
}

func (f *facts) userDeviceLimit() bool {
	return f.User != nil && !f.License.Terms.UserActivations.Allows(f.UserDevices+1)
}

func (f *facts) transferLimit() bool {
	return f.License.movesTo(f.Device) && !f.License.Terms.Transfers.Allows(f.License.Transfers+1)
}

// movesTo reports whether an activation of d would be a transfer: the license was freed from a
// device, and d is another one (S0-13, S0-14). Filling a further place is none (S0-15a), since
// then nothing was freed.
func (l *License) movesTo(d *Device) bool {
	return l.FreedDevice != 0 && (d == nil || d.ID != l.FreedDevice)
}

func (f *facts) passwordMissing() bool {
	return f.License.Terms.Password != NoPassword && !f.Proved
}
