package license

// Activate gives the claimed device a place. A device that holds one already keeps it: nothing is
// counted twice, and it works after expiry too. A first use starts the clocks that wait for it.
//
// It refuses with every reason that the rules table marks for activate or re-activate.
func Activate(s *State, c *Claim, now Time) (Change, error) {
	op := OpActivate
	if s.Device != nil && s.Device.Active {
		op = OpReactivate
	}
	if err := Judge(s, op, c, now).Err(); err != nil {
		return Change{}, err
	}
	if op == OpReactivate {
		return Change{License: s.License, Device: s.Device}, nil
	}
	ch := Change{License: s.License}
	l := &ch.License
	moved := l.movesTo(s.Device)
	if moved {
		l.Transfers++
	}
	l.FreedDevice = 0
	l.Activated++
	ch.Grants = l.use(now)
	ch.Device = place(s.Device, l, c, now)
	ch.Device.User = 0
	if s.User != nil {
		ch.Device.User = s.User.ID
	}
	if r := s.Redemption; r != nil && r.StartedAt == 0 {
		started := *r
		started.StartedAt = now
		ch.Redemptions = []Redemption{started}
	}
	ch.Events = []Event{{Kind: DeviceActivated, License: l.ID, Subject: int64(ch.Device.ID), Data: map[string]any{
		"device": ch.Device.Binding.Value, "bound_to": ch.Device.Binding.Kind, "activations": l.Activated, "transfer": moved,
	}}}
	return ch, nil
}

// place returns the device as it is once activated; a new one has ID 0.
func place(known *Device, l *License, c *Claim, now Time) *Device {
	d := Device{License: l.ID, FirstSeen: now}
	d.Binding, _ = c.Bind(l.Terms.Lock)
	if known != nil {
		d = *known
	}
	d.Active, d.ActivatedAt, d.SeenAt = true, now, now
	d.Name, d.AppVersion, d.Address = c.DeviceName, c.AppVersion, c.Address
	if c.Info != "" {
		d.Info = c.Info
	}
	return &d
}

// use marks the license as used and starts the clocks that wait for the first use.
func (l *License) use(now Time) []Grant {
	if l.FirstUsedAt != 0 {
		return nil
	}
	l.FirstUsedAt = now
	if l.Terms.Starts == StartsAtFirstUse {
		return l.start(now)
	}
	return nil
}

// start begins the duration, the maintenance window and the durations of features. A date that was
// set by hand wins over a duration.
func (l *License) start(now Time) []Grant {
	if l.StartedAt != 0 {
		return nil
	}
	t := l.Terms
	l.StartedAt = now
	if l.ExpiresAt == 0 && !t.Duration.IsZero() {
		l.ExpiresAt = t.Duration.Add(now)
	}
	if l.MaintainedUntil == 0 && t.Maintained && !t.Maintenance.IsZero() {
		l.MaintainedUntil = t.Maintenance.Add(now)
	}
	var grants []Grant
	for _, f := range t.Features {
		if !f.Duration.IsZero() {
			grants = append(grants, Grant{License: l.ID, Feature: f.Code, ExpiresAt: f.Duration.Add(now)})
		}
	}
	return grants
}

// Deactivate frees the place of the claimed device and its seats. The next activation of another
// device will be a transfer (S0-13).
func Deactivate(s *State, c *Claim, now Time) (Change, error) {
	if err := Judge(s, OpDeactivate, c, now).Err(); err != nil {
		return Change{}, err
	}
	return free(s.License, *s.Device, now), nil
}

// FreeDevice is a vendor's deactivation of one device: it works whatever the license's standing,
// and counts like a deactivation by the client. It refuses with DeviceUnknown.
func FreeDevice(l License, d Device, now Time) (Change, error) {
	if !d.Active {
		return Change{}, Refuse(DeviceUnknown)
	}
	return free(l, d, now), nil
}

func free(l License, d Device, now Time) Change {
	d.Active, d.FreedAt = false, now
	l.Activated--
	l.FreedDevice = d.ID
	return Change{License: l, Device: &d, DropLeases: true, Events: []Event{{
		Kind: DeviceDeactivated, License: l.ID, Subject: int64(d.ID),
		Data: map[string]any{"device": d.Binding.Value, "activations": l.Activated},
	}}}
}

// Reset frees every device at once and clears the transfer count and the usage (rmz.md §7, platform
// contract §2.4 and §9). Standing, expiry and first use stay. Freeing the device rows themselves and
// their seats is the store's work, since there may be many.
func Reset(l License) Change {
	freed := l.Activated
	l.Activated, l.Transfers, l.FreedDevice = 0, 0, 0
	l.Used, l.UsedSince = 0, 0
	return Change{License: l, Events: []Event{{
		Kind: LicenseReset, License: l.ID, Data: map[string]any{"freed": freed},
	}}}
}

// Block refuses a device from now on and frees its place if it holds one; Unblock lets it back.
func Block(l License, d Device, now Time) Change {
	ch := Change{License: l}
	if d.Active {
		ch = free(l, d, now)
		d = *ch.Device
	}
	d.Blocked = true
	ch.Device = &d
	ch.Events = append(ch.Events, Event{Kind: DeviceWasBlocked, License: l.ID, Subject: int64(d.ID)})
	return ch
}

// Unblock takes the block off a device. It does not activate it.
func Unblock(l License, d Device) Change {
	d.Blocked = false
	return Change{License: l, Device: &d, Events: []Event{{Kind: DeviceUnblocked, License: l.ID, Subject: int64(d.ID)}}}
}
