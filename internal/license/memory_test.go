package license_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"licet/internal/license"
)

// memory holds what a database would hold about one license, and applies changes to it. It decides
// nothing: every answer in these tests comes from the rules.
type memory struct {
	product    license.Product
	order      license.Order
	license    license.License
	devices    []license.Device
	leases     map[place]license.Lease
	grants     map[string]license.Grant
	redemption *license.Redemption // the first of several
	user       *license.LicenseUser
	events     []license.Event
}

// place names a floating place a device can hold: the license itself, or one of its features.
type place struct {
	device  license.DeviceID
	feature string
}

// newMemory issues a license on 1 January 2026 in a completed order, with the given terms.
func newMemory(t testing.TB, terms *license.Terms) *memory {
	t.Helper()
	return issueInto(t, license.OrderCompleted, terms, 0)
}

// issueInto issues a license on 1 January 2026 in an order of the given status, with a fixed expiry
// date unless that is 0.
func issueInto(t testing.TB, status license.OrderStatus, terms *license.Terms, expires license.Time) *memory {
	t.Helper()
	if err := terms.Validate(); err != nil {
		t.Fatalf("terms of the test: %v", err)
	}
	m := &memory{
		product: license.Product{ID: 3, Tenant: 2, Code: "demo"},
		order:   license.Order{ID: 7, Tenant: 2, Reference: "Order #1 ✓", Status: status},
		leases:  map[place]license.Lease{},
		grants:  map[string]license.Grant{},
	}
	r, grants, err := license.NewLicense(&license.Issue{
		Product: m.product, Order: m.order, Terms: terms, Key: "DEMO-1", ExpiresAt: expires,
	}, moment("2026-01-01"))
	if err != nil {
		t.Fatalf("NewLicense = %v, want ok", outcome(err))
	}
	m.license = r.License
	m.license.ID = 5
	m.keepGrants(grants)
	return m
}

// withTerms returns the default terms, edited.
func withTerms(edits ...func(*license.Terms)) *license.Terms {
	t := license.DefaultTerms()
	for _, edit := range edits {
		edit(&t)
	}
	return &t
}

func days(n int64) license.Span { return license.Span{Seconds: n * 86400} }

// moment reads "2026-01-31", "2026-01-31 10:30" or "2026-01-31 10:30:00.000001" in UTC.
func moment(text string) license.Time {
	for _, layout := range []string{time.DateOnly, "2006-01-02 15:04", "2006-01-02 15:04:05.999999"} {
		if parsed, err := time.Parse(layout, text); err == nil {
			return license.TimeOf(parsed)
		}
	}
	panic("no moment: " + text)
}

// onDevice is the claim of a device that sends a hardware id and calls from the address named
// "net-" and that id.
func onDevice(hardware string) *license.Claim {
	return &license.Claim{HardwareID: hardware, Address: "net-" + hardware, DeviceName: "host-" + hardware}
}

// state loads what a claim speaks of.
func (m *memory) state(c *license.Claim, now license.Time) *license.State {
	s := &license.State{Product: m.product, License: m.license, User: m.user, Redemption: m.redemption}
	if bound, ok := c.Bind(m.license.Terms.Lock); ok {
		for _, d := range m.devices {
			if d.Binding == bound {
				s.Device = &d
			}
		}
	}
	for at, lease := range m.leases {
		switch {
		case at.feature != c.Feature:
		case s.Device != nil && at.device == s.Device.ID:
			s.Lease = &lease
		case lease.Live(now):
			s.SeatsTaken++
		}
	}
	if g, ok := m.grants[c.Feature]; ok && c.Feature != "" {
		s.Grant = &g
	}
	return s
}

// apply stores a change as the store would.
func (m *memory) apply(ch license.Change) {
	if ch.Empty() {
		return
	}
	if ch.License.ID != 0 {
		m.license = ch.License
		m.license.Revision++
	}
	var device license.DeviceID
	if ch.Device != nil {
		device = m.keepDevice(*ch.Device)
	}
	switch {
	case ch.DropLeases:
		maps.DeleteFunc(m.leases, func(at place, _ license.Lease) bool { return at.device == device })
	case ch.DropLease:
		delete(m.leases, place{device, ch.Lease.Feature})
	case ch.Lease != nil:
		m.leases[place{device, ch.Lease.Feature}] = *ch.Lease
	}
	m.keepGrants(ch.Grants)
	if len(ch.Redemptions) > 0 {
		m.redemption = &ch.Redemptions[0]
	}
	if len(ch.Users) > 0 {
		m.user = &ch.Users[0]
	}
	m.events = append(m.events, ch.Events...)
}

func (m *memory) keepDevice(d license.Device) license.DeviceID {
	if d.ID == 0 {
		d.ID = license.DeviceID(len(m.devices) + 1)
		m.devices = append(m.devices, d)
		return d.ID
	}
	m.devices[d.ID-1] = d
	return d.ID
}

func (m *memory) keepGrants(grants []license.Grant) {
	for _, g := range grants {
		m.grants[g.Feature] = g
	}
}

// live returns how many devices hold an activation.
func (m *memory) live() (n int64) {
	for _, d := range m.devices {
		if d.Active {
			n++
		}
	}
	return n
}

// kinds returns the kinds of the events so far.
func (m *memory) kinds() []license.EventKind {
	kinds := make([]license.EventKind, len(m.events))
	for i, e := range m.events {
		kinds[i] = e.Kind
	}
	return kinds
}

// act is one thing that somebody does in a story.
type act struct {
	name string
	do   func(*memory, license.Time) error
}

// rule is the shape of the rules that a client reaches with a claim.
type rule func(*license.State, *license.Claim, license.Time) (license.Change, error)

func (r rule) act(name string, c *license.Claim) act {
	return act{name, func(m *memory, now license.Time) error {
		ch, err := r(m.state(c, now), c, now)
		if err != nil {
			return err
		}
		m.apply(ch)
		return nil
	}}
}

func activate(hardware string) act {
	return rule(license.Activate).act("activate("+hardware+")", onDevice(hardware))
}

func deactivate(hardware string) act {
	return rule(license.Deactivate).act("deactivate("+hardware+")", onDevice(hardware))
}

func lease(hardware, feature string) act {
	c := onDevice(hardware)
	c.Feature = feature
	return rule(license.LeaseSeat).act("lease("+hardware+feature+")", c)
}

func release(hardware, feature string) act {
	c := onDevice(hardware)
	c.Feature = feature
	return rule(license.ReleaseSeat).act("release("+hardware+feature+")", c)
}

// borrow takes a seat until a moment; "" is as long as is allowed.
func borrow(hardware, until string) act {
	c := onDevice(hardware)
	if until != "" {
		c.Until = moment(until)
	}
	return rule(license.BorrowSeat).act("borrow("+hardware+","+until+")", c)
}

func consume(hardware, feature string, amount int64) act {
	c := onDevice(hardware)
	c.Feature, c.Amount = feature, amount
	return rule(license.Consume).act(fmt.Sprintf("consume(%s%s,%d)", hardware, feature, amount), c)
}

// check asks "may I run?". What the verdict only tells is part of the answer here, so that a story
// can want an expired license.
func check(hardware string) act {
	return act{"check(" + hardware + ")", func(m *memory, now license.Time) error {
		c := onDevice(hardware)
		v := license.Check(m.state(c, now), c, now)
		if err := v.Err(); err != nil || len(v.Broken) == 0 {
			return err
		}
		return told{v.Broken[0]}
	}}
}

// told is a broken rule that did not refuse.
type told struct{ reason license.Reason }

func (e told) Error() string   { return "told/" + string(e.reason) }
func (e told) Is(o error) bool { return o == e }

// byVendor is an act of the vendor's people on the license.
func byVendor(name string, do func(*memory, license.Time) (license.Change, error)) act {
	return act{name, func(m *memory, now license.Time) error {
		ch, err := do(m, now)
		if err != nil {
			return err
		}
		m.apply(ch)
		return nil
	}}
}

func suspend() act {
	return byVendor("suspend", func(m *memory, _ license.Time) (license.Change, error) { return license.Suspend(m.license) })
}

func resume() act {
	return byVendor("resume", func(m *memory, _ license.Time) (license.Change, error) { return license.Resume(m.license) })
}

func revoke() act {
	return byVendor("revoke", func(m *memory, _ license.Time) (license.Change, error) {
		return license.Revoke(m.license, "by hand"), nil
	})
}

func ban(withUser bool) act {
	return byVendor(fmt.Sprintf("ban(%t)", withUser), func(m *memory, _ license.Time) (license.Change, error) {
		return license.Ban(m.license, m.users(), withUser, "chargeback"), nil
	})
}

func unban() act {
	return byVendor("unban", func(m *memory, _ license.Time) (license.Change, error) {
		return license.Unban(m.license, m.users()), nil
	})
}

// reset frees every device of the license, those rows included as the store does.
func reset() act {
	return byVendor("reset", func(m *memory, now license.Time) (license.Change, error) {
		for i := range m.devices {
			m.devices[i].Active, m.devices[i].FreedAt = false, now
		}
		clear(m.leases)
		return license.Reset(m.license), nil
	})
}

// free is the vendor's deactivation of one device, by its hardware id.
func free(hardware string) act {
	return byVendor("free("+hardware+")", func(m *memory, now license.Time) (license.Change, error) {
		return license.FreeDevice(m.license, *m.device(hardware), now)
	})
}

func block(hardware string) act {
	return byVendor("block("+hardware+")", func(m *memory, now license.Time) (license.Change, error) {
		return license.Block(m.license, *m.device(hardware), now), nil
	})
}

func unblock(hardware string) act {
	return byVendor("unblock("+hardware+")", func(m *memory, _ license.Time) (license.Change, error) {
		return license.Unblock(m.license, *m.device(hardware)), nil
	})
}

func (m *memory) device(hardware string) *license.Device {
	i := slices.IndexFunc(m.devices, func(d license.Device) bool { return d.Binding.Value == hardware })
	return &m.devices[i]
}

// redeem lets a license user take the license; the user exists from then on even if refused.
func redeem(name string) act {
	return act{"redeem(" + name + ")", func(m *memory, now license.Time) error {
		s := m.state(&license.Claim{}, now)
		s.User = &license.LicenseUser{ID: 9, Product: m.product.ID, Name: name}
		if m.user != nil && m.user.Name == name {
			s.User = m.user
		}
		ch, err := license.Redeem(s, levelsOf(&m.license), now)
		if err != nil {
			return err
		}
		m.user = s.User
		m.apply(ch)
		return nil
	}}
}

// signIn is the user of the redemption coming back.
func signIn() act {
	return act{"sign-in", func(m *memory, now license.Time) error {
		if m.user == nil {
			return license.Refuse(license.UserUnknown)
		}
		_, err := license.SignIn(m.user, m.held(), now)
		return err
	}}
}

// levelsOf is one level, which the license grants.
func levelsOf(l *license.License) []license.Level {
	return []license.Level{{ID: 4, Name: "default", Number: l.Terms.Level}}
}

// held is what the user of the redemption holds.
func (m *memory) held() []license.Holding {
	return []license.Holding{{Redemption: *m.redemption, Name: "default", Key: m.license.Key, Standing: m.license.Standing, Withheld: m.license.Withheld}}
}

// settle moves the order, and the license with it.
func settle(to license.OrderStatus) act {
	return byVendor("order→"+string(to), func(m *memory, now license.Time) (license.Change, error) {
		order, events, err := license.MoveOrder(m.order, to, now)
		if err != nil {
			return license.Change{}, err
		}
		m.order, m.events = order, append(m.events, events...)
		return license.Settle(m.license, to, now), nil
	})
}

func extend(by license.Span) act {
	return byVendor("extend("+by.String()+")", func(m *memory, now license.Time) (license.Change, error) {
		return license.Extend(m.license, by, now)
	})
}

func renew(by license.Span) act {
	return byVendor("renew("+by.String()+")", func(m *memory, now license.Time) (license.Change, error) {
		return license.Renew(m.license, m.redemption, by, now)
	})
}

func extendUser(by license.Span) act {
	return byVendor("extend-user("+by.String()+")", func(m *memory, now license.Time) (license.Change, error) {
		return license.ExtendRedemption(*m.redemption, by, now)
	})
}

// step is one line of a story: at a moment somebody does something; the answer and what can then be
// seen are wanted.
type step struct {
	at   string
	act  act
	want error  // nil is ok, else a Reason, a Code or what a check tells
	sees string // what show returns afterwards; "" is not looked at
}

// story plays the steps on a memory, one after another.
func story(t *testing.T, m *memory, show func(*memory, license.Time) string, steps []step) {
	t.Helper()
	for i, s := range steps {
		now := moment(s.at)
		before := len(m.events)
		err := s.act.do(m, now)
		if !sameOutcome(err, s.want) {
			t.Errorf("step %d, %s: %s = %s, want %s", i+1, s.at, s.act.name, outcome(err), outcome(s.want))
		}
		if err != nil && len(m.events) != before {
			t.Errorf("step %d, %s: %s was refused and left events", i+1, s.at, s.act.name)
		}
		if s.sees == "" {
			continue
		}
		if got := show(m, now); got != s.sees {
			t.Errorf("step %d, %s: after %s one sees %q, want %q", i+1, s.at, s.act.name, got, s.sees)
		}
	}
}

func sameOutcome(got, want error) bool {
	if got == nil || want == nil {
		return got == nil && want == nil
	}
	return errors.Is(got, want)
}

// outcome is an answer as failure lines show it: "ok", "refused/device_limit", "told/license_expired".
func outcome(err error) string {
	switch err := err.(type) {
	case nil:
		return "ok"
	case told:
		return err.Error()
	}
	if r := license.ReasonOf(err); r != "" {
		return string(license.CodeOf(err)) + "/" + string(r)
	}
	return string(license.CodeOf(err))
}

// The ways to look at a license in stories.

func transfers(m *memory, _ license.Time) string {
	return fmt.Sprintf("%d transfers, %d active", m.license.Transfers, m.license.Activated)
}

func status(m *memory, now license.Time) string {
	text := "inactive"
	switch {
	case m.license.Standing != license.Enabled:
		text = string(m.license.Standing)
	case m.license.IsActive():
		text = "active"
	}
	if m.license.IsExpired(now) {
		text += ", expired"
	}
	return text
}

func expiry(m *memory, _ license.Time) string { return m.license.ExpiresAt.String() }

func seats(m *memory, now license.Time) string {
	n := 0
	for _, l := range m.leases {
		if l.Live(now) {
			n++
		}
	}
	return fmt.Sprintf("%d seats", n)
}

func used(m *memory, now license.Time) string { return fmt.Sprintf("%d used", m.license.UsedAt(now)) }

// users are who hold the license.
func (m *memory) users() []license.LicenseUser {
	if m.user == nil {
		return nil
	}
	return []license.LicenseUser{*m.user}
}
