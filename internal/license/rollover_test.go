package license_test

import (
	"slices"
	"testing"

	"licet/internal/license"
)

func TestRollOver(t *testing.T) {
	t.Parallel()
	now := moment("2026-03-01")
	device := func(id license.DeviceID, value string) license.Device {
		return license.Device{ID: id, License: 5, Binding: license.Binding{Kind: license.BoundToHardware, Value: value}, Active: true}
	}
	placed := []license.Device{device(11, "first"), device(12, "second")}
	for _, c := range []struct {
		name      string
		use       license.PasswordUse
		most      license.Limit
		transfers license.Limit
		known     *license.Device
		freed     []license.DeviceID
		want      license.Reason
	}{
		{"the-first-goes", license.SinglePassword, 2, license.Unlimited, nil, []license.DeviceID{11}, ""},
		{"as-many-as-need-be", license.SinglePassword, 1, license.Unlimited, nil, []license.DeviceID{11, 12}, ""},
		{"room-enough", license.SinglePassword, 3, license.Unlimited, nil, nil, ""},
		{"no-place-at-all", license.SinglePassword, license.None, license.Unlimited, nil, nil, license.DeviceLimit},
		{"has-its-place", license.SinglePassword, 2, license.Unlimited, &placed[1], nil, ""},
		{"no-transfer-left", license.SinglePassword, 2, license.None, nil, nil, license.TransferLimit},
		{"no-roll-over", license.FixedPassword, 2, license.Unlimited, nil, nil, license.DeviceLimit},
		{"several-users", license.SharedPassword, 2, license.Unlimited, nil, nil, license.DeviceLimit},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			m := newMemory(t, withTerms(func(terms *license.Terms) {
				terms.Password, terms.Activations, terms.Transfers = c.use, c.most, c.transfers
			}))
			m.license.Activated, m.license.FirstUsedAt = 2, now
			s := license.State{Product: m.product, License: m.license, Device: c.known}
			claim := license.Claim{HardwareID: "third", Proved: true}
			if c.known != nil {
				claim.HardwareID = c.known.Binding.Value
			}
			changes, err := license.RollOver(&s, placed, &claim, now)
			if license.ReasonOf(err) != c.want || c.want == "" && err != nil {
				t.Fatalf("RollOver = %v, want %q", err, c.want)
			}
			if err != nil {
				return
			}
			last := changes[len(changes)-1]
			var freed []license.DeviceID
			for _, ch := range changes[:len(changes)-1] {
				freed = append(freed, ch.Device.ID)
				if ch.Device.Active || !ch.DropLeases {
					t.Errorf("the device that makes room is %+v", ch.Device)
				}
			}
			want := 3 - int64(len(c.freed))
			if c.known != nil {
				want = 2
			}
			if !slices.Equal(freed, c.freed) || last.License.Activated != want || !last.Device.Active {
				t.Errorf("RollOver frees %v and leaves %d places taken, want %v and %d", freed, last.License.Activated, c.freed, want)
			}
		})
	}
	t.Run("no-proof", func(t *testing.T) {
		t.Parallel()
		m := newMemory(t, withTerms(func(terms *license.Terms) { terms.Password = license.SinglePassword }))
		_, err := license.RollOver(&license.State{Product: m.product, License: m.license}, nil, &license.Claim{HardwareID: "h"}, now)
		if license.ReasonOf(err) != license.LicensePasswordRequired {
			t.Errorf("RollOver without a password = %v, want license_password_required", err)
		}
	})
}

func TestCheckEmail(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		" a@x.test ": "a@x.test", "o'neil+1@é.test": "o'neil+1@é.test",
		// Nothing that a mail could not be sent to.
		"a b@x": "", "Bob <b@x.test>": "", "a,b@x.test": "", "b@x.test>": "", "\"@x.test": "", "(c)b@x.test": "",
		"": "", "none": "", "@x": "", "a@": "", "a@b@c": "", "a@x y": "", "a\r\nBcc: b@x": "", "a@x\x00": "", "a@\xff": "",
	} {
		got, err := license.CheckEmail("email", text)
		if got != want || (err == nil) != (want != "") || err != nil && license.Describe(err).Field != "email" {
			t.Errorf("CheckEmail(%q) = %q, %v, want %q", text, got, err, want)
		}
	}
}
