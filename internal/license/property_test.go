package license_test

import (
	"encoding/json"
	"errors"
	"math"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"licet/internal/license"
)

// machine drives a license through random acts at a clock that also jumps back, and knows from its
// own bookkeeping what must hold.
type machine struct {
	*memory
	now    license.Time
	latest license.Time // the latest time any act took place at

	transfers int64
	revoked   bool
	ledger    map[string]*account
}

// account is what was used of one meter in the period of its latest use.
type account struct {
	latest license.Time
	sum    int64
}

var hardware = []string{"A", "B", "C", "D", "E"}

func newMachine(t *rapid.T) *machine {
	terms := drawTerms(t)
	status := rapid.SampledFrom([]license.OrderStatus{license.OrderPending, license.OrderCompleted, license.OrderCompleted}).Draw(t, "order")
	m := &machine{memory: &memory{
		product: license.Product{ID: 3, Tenant: 2},
		order:   license.Order{ID: 7, Status: status},
		leases:  map[place]license.Lease{}, grants: map[string]license.Grant{},
	}, ledger: map[string]*account{"": {}, "pro": {}}}
	m.now = moment("2026-01-30 22:00")
	m.latest = m.now
	r, grants, err := license.NewLicense(&license.Issue{Product: m.product, Order: m.order, Terms: terms, Key: "K"}, m.now)
	if err != nil {
		t.Fatalf("NewLicense = %s, want ok", outcome(err))
	}
	m.license = r.License
	m.license.ID = 5
	m.keepGrants(grants)
	return m
}

// do plays an act and holds the general promises of every act against what it did.
func (m *machine) do(t *rapid.T, a act) {
	m.latest = max(m.latest, m.now)
	before := m.snapshot()
	events := len(m.events)
	err := a.do(m.memory, m.now)
	t.Logf("%s %s = %s", m.now, a.name, outcome(err))
	after := m.snapshot()
	if err != nil {
		if diff := cmp.Diff(before, after); diff != "" {
			t.Fatalf("%s was refused and changed (-before +after):\n%s", a.name, diff)
		}
		return
	}
	m.wantEvents(t, before, after, m.events[events:])
	if m.revoked && slices.Contains(m.kinds()[events:], license.DeviceActivated) {
		t.Fatalf("%s activated a device on a revoked license", a.name)
	}
}

// snapshot is everything that is stored but the events, and the revision, which the store counts.
type snapshot struct {
	License    license.License
	Devices    []license.Device
	Leases     map[place]license.Lease
	Grants     map[string]license.Grant
	Redemption license.Redemption
	User       license.LicenseUser
}

func (m *machine) snapshot() snapshot {
	s := snapshot{License: m.license, Devices: slices.Clone(m.devices),
		Leases: map[place]license.Lease{}, Grants: map[string]license.Grant{}}
	s.License.Revision = 0
	for k, v := range m.leases {
		s.Leases[k] = v
	}
	for k, v := range m.grants {
		s.Grants[k] = v
	}
	if m.redemption != nil {
		s.Redemption = *m.redemption
	}
	if m.user != nil {
		s.User = *m.user
	}
	return s
}

// wantEvents holds every changed thing against an event that speaks of it. The one exception is a
// renewed seat: it has moved its end and says nothing new.
func (m *machine) wantEvents(t *rapid.T, before, after snapshot, events []license.Event) {
	about := func(prefixes ...string) bool {
		return slices.ContainsFunc(events, func(e license.Event) bool {
			return slices.ContainsFunc(prefixes, func(p string) bool { return len(e.Kind) >= len(p) && string(e.Kind[:len(p)]) == p })
		})
	}
	renewed := len(before.Leases) == len(after.Leases)
	for k, l := range after.Leases {
		if old, ok := before.Leases[k]; !ok || !old.Live(m.now) && l != old || old.Live(m.now) && l.Until < old.Until && !l.Borrowed {
			renewed = false
		}
	}
	for _, tt := range []struct {
		name          string
		before, after any
		spoken        bool
	}{
		{"license", before.License, after.License, about("license.", "device.", "usage.", "order.")},
		{"devices", before.Devices, after.Devices, about("device.", "license.reset")},
		{"leases", before.Leases, after.Leases, renewed || about("seat.", "device.", "license.reset")},
		{"grants", before.Grants, after.Grants, about("usage.", "device.", "license.")},
		{"redemption", before.Redemption, after.Redemption, about("license.redeemed", "redemption.")},
		{"user", before.User, after.User, about("user.", "license.redeemed")},
	} {
		if !tt.spoken && !reflect.DeepEqual(tt.before, tt.after) {
			t.Fatalf("the %s changed without an event (-before +after):\n%s", tt.name, cmp.Diff(tt.before, tt.after))
		}
	}
	for _, e := range events {
		if e.License != 5 && about("license.", "device.", "seat.", "usage.") && e.Subject == 0 {
			t.Fatalf("the event %+v is about nothing", e)
		}
	}
}

// check holds what is stored against the promises that every moment must keep.
func (m *machine) check(t *rapid.T) {
	l := &m.license
	if l.Activated != m.live() {
		t.Fatalf("%d activations counted, %d devices live", l.Activated, m.live())
	}
	if !l.Terms.Activations.Allows(l.Activated) {
		t.Fatalf("%d activations, %s allowed", l.Activated, l.Terms.Activations)
	}
	if l.Transfers < m.transfers || !l.Terms.Transfers.Allows(l.Transfers) {
		t.Fatalf("%d transfers after %d, %s allowed", l.Transfers, m.transfers, l.Terms.Transfers)
	}
	m.transfers = l.Transfers
	bindings := map[license.Binding]bool{}
	for _, d := range m.devices {
		if bindings[d.Binding] {
			t.Fatalf("%v has two device rows", d.Binding)
		}
		bindings[d.Binding] = true
	}
	m.checkSeats(t)
	if u := l.Terms.Usage; u != nil && !u.Allowed().Allows(l.Used) {
		t.Fatalf("%d used, %s allowed", l.Used, u.Allowed())
	}
	if (l.Standing == license.Revoked) != m.revoked && m.revoked {
		t.Fatalf("a revoked license is %s", l.Standing)
	}
	m.revoked = l.Standing == license.Revoked
	if m.redemption != nil && !l.IsUsed() {
		t.Fatal("redeemed and not used")
	}
}

// checkSeats counts the seats held at the latest moment: those that a clock which went back makes
// live again were counted when they were taken.
func (m *machine) checkSeats(t *rapid.T) {
	taken := map[string]int64{}
	for at, lease := range m.leases {
		if lease.Live(m.latest) {
			taken[at.feature]++
		}
		if d := m.devices[at.device-1]; !d.Active {
			t.Fatalf("device %d holds a seat and no activation", d.ID)
		}
	}
	for feature, n := range taken {
		terms := m.license.Terms.Floating
		if feature != "" {
			terms = m.license.Terms.Feature(feature).Floating
		}
		if !terms.Seats.Allows(n) {
			t.Fatalf("%d seats of %q taken, %s allowed", n, feature, terms.Seats)
		}
	}
}

// consume keeps a ledger of its own: whatever the counter says, no period sees more than is allowed.
func (m *machine) consume(t *rapid.T) {
	feature := rapid.SampledFrom([]string{"", "", "pro", "max"}).Draw(t, "feature")
	amount := rapid.Int64Range(-4, 6).Draw(t, "amount")
	events := len(m.events)
	m.do(t, consume(rapid.SampledFrom(hardware).Draw(t, "device"), feature, amount))
	if len(m.events) == events {
		return
	}
	meter := m.license.Terms.Usage
	if feature != "" {
		meter = m.license.Terms.Feature(feature).Usage
	}
	a := m.ledger[feature]
	if at := max(m.now, a.latest); a.latest < license.PeriodStart(meter.Reset, at) {
		*a = account{latest: at}
	} else {
		a.latest = at
	}
	a.sum += amount
	if amount > 0 && !meter.Allowed().Allows(a.sum) {
		t.Fatalf("%d used of %q in one period, %s allowed", a.sum, feature, meter.Allowed())
	}
	if feature == "" && m.license.UsedAt(a.latest) != a.sum {
		t.Fatalf("UsedAt = %d, used in the period %d", m.license.UsedAt(a.latest), a.sum)
	}
}

// activate checks that a device takes one place however often it asks.
func (m *machine) activate(t *rapid.T) {
	hw := rapid.SampledFrom(hardware).Draw(t, "device")
	c := onDevice(hw)
	s := m.state(c, m.now)
	held := s.Device != nil && s.Device.Active
	count, events := m.license.Activated, len(m.events)
	m.do(t, activate(hw))
	grown := m.license.Activated - count
	if held && grown != 0 || grown < 0 || grown > 1 {
		t.Fatalf("an activation of a device (holds a place: %t) grew the count by %d", held, grown)
	}
	if grown == 0 && len(m.events) != events {
		t.Fatal("an activation without a new place left an event")
	}
}

func (m *machine) acts() map[string]func(*rapid.T) {
	device := func(make func(string) act) func(*rapid.T) {
		return func(t *rapid.T) { m.do(t, make(rapid.SampledFrom(hardware).Draw(t, "device"))) }
	}
	onSeat := func(make func(hw, feature string) act) func(*rapid.T) {
		return func(t *rapid.T) {
			m.do(t, make(rapid.SampledFrom(hardware).Draw(t, "device"), rapid.SampledFrom([]string{"", "", "pro", "max"}).Draw(t, "feature")))
		}
	}
	known := func(make func(string) act) func(*rapid.T) {
		return func(t *rapid.T) {
			if len(m.devices) == 0 {
				t.Skip("no device is known")
			}
			m.do(t, make(rapid.SampledFrom(m.devices).Draw(t, "known").Binding.Value))
		}
	}
	by := func() license.Span { return days(20) }
	return map[string]func(*rapid.T){
		"":         m.check,
		"activate": m.activate,
		"again":    m.activate, // twice, since most of the rest needs an activated device
		"wait": func(t *rapid.T) {
			m.now = m.now.Add(time.Duration(rapid.Int64Range(1, 100*3600).Draw(t, "seconds")) * time.Second)
		},
		"jump_back": func(t *rapid.T) {
			m.now = m.now.Add(-time.Duration(rapid.Int64Range(1, 30*3600).Draw(t, "seconds")) * time.Second)
		},
		"deactivate": device(deactivate),
		"lease":      onSeat(lease),
		"release":    onSeat(release),
		"borrow": func(t *rapid.T) {
			c := onDevice(rapid.SampledFrom(hardware).Draw(t, "device"))
			c.Feature = rapid.SampledFrom([]string{"", "pro"}).Draw(t, "feature")
			if rapid.Bool().Draw(t, "until") {
				c.Until = m.now.Add(time.Duration(rapid.Int64Range(-2, 60).Draw(t, "hours")) * time.Hour)
			}
			m.do(t, rule(license.BorrowSeat).act("borrow "+c.HardwareID+c.Feature, c))
		},
		"consume":     m.consume,
		"free":        known(free),
		"block":       known(block),
		"unblock":     known(unblock),
		"redeem":      func(t *rapid.T) { m.do(t, redeem("bob")) },
		"extend":      func(t *rapid.T) { m.do(t, extend(by())) },
		"renew":       func(t *rapid.T) { m.do(t, renew(by())) },
		"ban":         func(t *rapid.T) { m.do(t, ban(rapid.Bool().Draw(t, "with user"))) },
		"unban":       func(t *rapid.T) { m.do(t, unban()) },
		"suspend":     func(t *rapid.T) { m.do(t, suspend()) },
		"resume":      func(t *rapid.T) { m.do(t, resume()) },
		"resume_soon": func(t *rapid.T) { m.do(t, resume()) },
		"complete":    func(t *rapid.T) { m.do(t, settle(license.OrderCompleted)) },
		"end_it": func(t *rapid.T) {
			if rapid.IntRange(0, 9).Draw(t, "chance") > 0 {
				t.Skip("rarely")
			}
			m.do(t, rapid.SampledFrom([]act{revoke(), settle(license.OrderRefunded), settle(license.OrderCancelled)}).Draw(t, "end"))
		},
		"reset": func(t *rapid.T) {
			if rapid.IntRange(0, 4).Draw(t, "chance") > 0 {
				t.Skip("rarely")
			}
			m.do(t, reset())
			m.transfers, m.ledger[""] = 0, &account{}
		},
	}
}

// Whatever is done with a license, in whatever order and with whatever clock, its promises hold.
func TestLicenseKeepsItsPromises(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := newMachine(t)
		t.Repeat(m.acts())
	})
}

func drawTime(t *rapid.T, label string) license.Time {
	return rapid.OneOf(
		rapid.Just(license.Time(0)),
		rapid.SampledFrom([]license.Time{1, -1, license.Forever, math.MinInt64, moment("2026-03-23")}),
		rapid.Map(rapid.Int64(), func(n int64) license.Time { return license.Time(n) }),
		rapid.Map(rapid.Int64Range(0, 4e15), func(n int64) license.Time { return license.Time(n) }),
	).Draw(t, label)
}

// drawState draws any state at all, also one that no store would hold.
func drawState(t *rapid.T) *license.State {
	count := func(label string) int64 { return rapid.Int64Range(-3, 12).Draw(t, label) }
	s := &license.State{
		Product: license.Product{ID: 3, Disabled: rapid.Bool().Draw(t, "disabled"), Archived: rapid.Bool().Draw(t, "archived")},
		License: license.License{
			ID: 5, Product: 3, Order: 7, Terms: drawTerms(t),
			Standing:          rapid.SampledFrom([]license.Standing{license.Enabled, license.Enabled, license.Suspended, license.Revoked, "?"}).Draw(t, "standing"),
			Withheld:          rapid.Bool().Draw(t, "withheld"),
			RedemptionBlocked: rapid.Bool().Draw(t, "blocked"),
			NotBefore:         drawTime(t, "not before"), StartedAt: drawTime(t, "started"), ExpiresAt: drawTime(t, "expires"),
			MaintainedUntil: drawTime(t, "maintained"), FirstUsedAt: drawTime(t, "first used"),
			Activated: count("activated"), Transfers: count("transfers"), FreedDevice: license.DeviceID(count("freed")),
			Used: rapid.Int64Range(-license.MaxID, license.MaxID).Draw(t, "used"), UsedSince: drawTime(t, "used since"),
		},
		SeatsTaken: count("seats"),
	}
	if rapid.Bool().Draw(t, "has device") {
		s.Device = &license.Device{ID: license.DeviceID(count("device")), License: 5,
			Active: rapid.Bool().Draw(t, "active"), Blocked: rapid.Bool().Draw(t, "device blocked")}
	}
	if rapid.Bool().Draw(t, "has lease") {
		s.Lease = &license.Lease{License: 5, Until: drawTime(t, "lease"), Borrowed: rapid.Bool().Draw(t, "borrowed")}
	}
	if rapid.Bool().Draw(t, "has grant") {
		s.Grant = &license.Grant{License: 5, Feature: "pro", ExpiresAt: drawTime(t, "grant"), Used: count("grant used"), UsedSince: drawTime(t, "grant since")}
	}
	if rapid.Bool().Draw(t, "has user") {
		s.User = &license.LicenseUser{ID: 9, Banned: rapid.Bool().Draw(t, "banned")}
	}
	if rapid.Bool().Draw(t, "has redemption") {
		s.Redemption = &license.Redemption{License: 5, User: 9, ExpiresAt: drawTime(t, "redemption")}
	}
	return s
}

func drawClaim(t *rapid.T) *license.Claim {
	return &license.Claim{
		HardwareID: rapid.SampledFrom([]string{"", "A", "\x00", "ف"}).Draw(t, "hardware"),
		Address:    rapid.SampledFrom([]string{"", "192.0.2.1"}).Draw(t, "address"),
		VM:         rapid.Bool().Draw(t, "vm"), Offline: rapid.Bool().Draw(t, "offline"),
		Feature: rapid.SampledFrom([]string{"", "pro", "max"}).Draw(t, "feature"),
		Amount:  rapid.OneOf(rapid.Int64Range(-5, 5), rapid.Int64()).Draw(t, "amount"),
		Until:   drawTime(t, "until"),
	}
}

// copyOf is a copy that shares nothing with its original.
func copyOf[T any](t *rapid.T, v *T) *T {
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	out := new(T)
	if err := json.Unmarshal(b, out); err != nil {
		t.Fatal(err)
	}
	return out
}

// Judge and the rules built on it answer for any state, claim and time, change none of their
// inputs, and agree with each other.
func TestRulesAreTotalAndPure(t *testing.T) {
	t.Parallel()
	order := map[license.Reason]int{}
	table := map[license.Reason]license.Rule{}
	for i, r := range license.Rules() {
		order[r.Reason], table[r.Reason] = i, r
	}
	ruleOf := map[license.Operation]rule{
		license.OpActivate: license.Activate, license.OpReactivate: license.Activate, license.OpDeactivate: license.Deactivate,
		license.OpLease: license.LeaseSeat, license.OpBorrow: license.BorrowSeat, license.OpRelease: license.ReleaseSeat,
		license.OpConsume: license.Consume,
		license.OpRedeem: func(s *license.State, _ *license.Claim, now license.Time) (license.Change, error) {
			return license.Redeem(s, levelsOf(&s.License), now)
		},
	}
	rapid.Check(t, func(t *rapid.T) {
		s, c, now := drawState(t), drawClaim(t), drawTime(t, "now")
		op := rapid.SampledFrom(license.Operations()).Draw(t, "op").Op
		terms, before, claim := *copyTerms(t, s.License.Terms), copyState(s), *c
		v := license.Judge(s, op, c, now)
		again := license.Judge(s, op, c, now)
		if !slices.Equal(v.Broken, again.Broken) || v.OK() != again.OK() {
			t.Fatalf("Judge said %v and then %v", v.Broken, again.Broken)
		}
		if !slices.IsSortedFunc(v.Broken, func(a, b license.Reason) int { return order[a] - order[b] }) {
			t.Fatalf("Broken = %v, want the order of the table", v.Broken)
		}
		refused := license.Reason("")
		for _, r := range v.Broken {
			if refused == "" && table[r].Blocks&op != 0 {
				refused = r
			}
		}
		if license.ReasonOf(v.Err()) != refused || v.OK() != (refused == "") {
			t.Fatalf("Err() = %s of %v, want %q", outcome(v.Err()), v.Broken, refused)
		}
		if do := ruleOf[op]; do != nil {
			wantAsJudged(t, do, op, s, c, now, v)
		}
		if diff := cmp.Diff(before, copyState(s)); diff != "" {
			t.Fatalf("the state was changed (-before +after):\n%s", diff)
		}
		if diff := cmp.Diff(terms, *s.License.Terms); diff != "" || claim != *c {
			t.Fatalf("the terms or the claim were changed (-before +after):\n%s", diff)
		}
	})
}

// wantAsJudged calls the rule of an operation and holds its answer against the verdict.
func wantAsJudged(t *rapid.T, do rule, op license.Operation, s *license.State, c *license.Claim, now license.Time, v license.Verdict) {
	ch, err := do(s, c, now)
	switch op {
	case license.OpActivate, license.OpReactivate:
		if held := s.Device != nil && s.Device.Active; held != (op == license.OpReactivate) {
			return
		}
	case license.OpConsume:
		if errors.Is(err, license.Invalid) && license.ReasonOf(err) == "" {
			return // an amount that is none
		}
	case license.OpRedeem:
		if license.ReasonOf(err) == license.UserRequired || license.ReasonOf(v.Err()) == license.UserRequired {
			return
		}
	}
	if license.ReasonOf(err) != license.ReasonOf(v.Err()) {
		t.Fatalf("the rule = %s, Judge = %s", outcome(err), outcome(v.Err()))
	}
	if err != nil && !reflect.DeepEqual(ch, license.Change{}) {
		t.Fatalf("refused with %s and a change: %+v", outcome(err), ch)
	}
}

func copyTerms(t *rapid.T, terms *license.Terms) *license.Terms { return copyOf(t, terms) }

// copyState copies a state with everything it points to but the terms.
func copyState(s *license.State) license.State {
	out := *s
	out.License.Terms = nil
	out.Device, out.Lease, out.Grant = clone(s.Device), clone(s.Lease), clone(s.Grant)
	out.User, out.Redemption = clone(s.User), clone(s.Redemption)
	return out
}

func clone[T any](v *T) *T {
	if v == nil {
		return nil
	}
	out := *v
	return &out
}
