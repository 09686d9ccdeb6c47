package demo

import (
	"context"
	"fmt"
	"time"

	"licet/internal/authority"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/store"
)

// use has a license activated, and plans what its app asks from then on.
func (l *life) use(o *owned) func(context.Context) error {
	return func(ctx context.Context) error {
		places, limited := o.Terms.Activations.Max()
		devices := 1
		switch {
		case o.Terms.Floating != nil:
			devices = 9
		case limited && places > 1 && o.Terms.Usage == nil && l.dice.IntN(3) == 0:
			devices = 2
		}
		for i := range devices {
			at := l.clock
			if i > 0 {
				at = l.later(1, 24*8)
			}
			l.plan(at, l.activate(o, l.device(o)))
		}
		return nil
	}
}

// device is a computer that somebody uses a license on.
func (l *life) device(o *owned) license.Claim {
	rooms := []string{"STUDIO", "FRONT-DESK", "ATELIER", "LAPTOP", "DARKROOM", "OFFICE", "MACBOOK", "WORKSTATION", "KITCHEN-PC", "ANNEX"}
	nets := []string{"192.0.2", "198.51.100", "203.0.113"}
	versions := []string{"4.0.2", "4.1.0", "4.1.1", "4.2.0"}
	age := int(l.now.Sub(l.clock) / (24 * time.Hour))
	return license.Claim{
		HardwareID: fmt.Sprintf("%08x-%04x-%04x", l.dice.Uint32(), l.dice.IntN(1<<16), int64(o.ID)&0xffff),
		DeviceName: fmt.Sprintf("%s-%02d", rooms[l.dice.IntN(len(rooms))], 1+l.dice.IntN(30)),
		Address:    fmt.Sprintf("%s.%d", nets[l.dice.IntN(len(nets))], 1+l.dice.IntN(254)),
		AppVersion: versions[max(0, len(versions)-1-age/25)],
	}
}

// request is a question of an app about a license, from a device.
func (o *owned) request(c license.Claim) authority.Request {
	return authority.Request{Product: o.number, Key: o.Key, Claim: c}
}

// activate gives a device its place.
func (l *life) activate(o *owned, c license.Claim) func(context.Context) error {
	return func(ctx context.Context) error {
		if o.over {
			return nil
		}
		if _, err := l.apps.Activate(ctx, o.request(c)); err != nil {
			return err
		}
		seen := min(l.now.Add(-time.Duration(l.dice.IntN(6*24*60))*time.Minute), l.clock.Add(40*24*time.Hour))
		if seen > l.clock {
			l.seen = append(l.seen, store.Sighting{Tenant: o.Tenant, License: o.ID, Binding: license.Binding{Kind: license.BoundToHardware, Value: c.HardwareID}, At: seen})
		}
		switch {
		case o.Terms.Floating != nil:
			l.lend(o, c)
		case o.Terms.Usage != nil:
			l.consume(o, c)
		default:
			l.retire(o, c)
		}
		return nil
	}
}

// lend has a device hold a seat at present: most for a working day, some until next week.
func (l *life) lend(o *owned, c license.Claim) {
	l.plan(l.now.Add(-time.Duration(3+l.dice.IntN(150))*time.Minute), func(ctx context.Context) error {
		var err error
		if l.dice.IntN(4) == 0 {
			_, err = l.apps.Borrow(ctx, o.request(c))
		} else {
			_, err = l.apps.Lease(ctx, o.request(c))
		}
		return err
	})
}

// consume has a device use units every few days.
func (l *life) consume(o *owned, c license.Claim) {
	most, _ := o.Terms.Usage.Max.Max()
	for at := l.later(2, 48); at < l.now; at = at.Add(time.Duration(60+l.dice.IntN(60)) * time.Hour) {
		used := c
		used.Amount = most/40 + l.dice.Int64N(most/25)
		l.plan(at, func(ctx context.Context) error {
			if o.Terms.Trial && l.clock.Sub(o.IssuedAt) > 18*24*time.Hour {
				return nil // They had seen enough.
			}
			_, err := l.apps.Consume(ctx, o.request(used))
			return err
		})
	}
}

// retire has one device in twelve give its place back, and one in sixty blocked.
func (l *life) retire(o *owned, c license.Claim) {
	switch n := l.dice.IntN(60); {
	case n == 0:
		l.plan(l.later(24, 24*20), func(ctx context.Context) error {
			if o.over {
				return nil
			}
			_, err := l.office.BlockDevice(ctx, l.vendor, office.Ref{ID: o.ID}, office.DeviceRef{Bound: c.HardwareID})
			return err
		})
	case n <= 5:
		l.plan(l.later(24*4, 24*30), func(ctx context.Context) error {
			if o.over {
				return nil
			}
			_, err := l.apps.Deactivate(ctx, o.request(c))
			return err
		})
	}
}
