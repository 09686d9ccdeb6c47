package license

import "slices"

// Operation is what a claim wants to do. Values combine into sets.
type Operation uint16

const (
	OpCheck      Operation = 1 << iota // may this device run?
	OpActivate                         // a device takes a place
	OpReactivate                       // a device that holds a place asks for it again
	OpDeactivate                       // a device gives its place back
	OpLease                            // take or renew a floating seat
	OpBorrow                           // hold a seat until a date
	OpRelease                          // give a seat back
	OpConsume                          // use units
	OpRedeem                           // a license user takes the license
)

// Operations lists every operation with its name, in the order of the rules table.
func Operations() []struct {
	Op   Operation
	Name string
} {
	return []struct {
		Op   Operation
		Name string
	}{
		{OpCheck, "check"}, {OpActivate, "activate"}, {OpReactivate, "re-activate"},
		{OpDeactivate, "deactivate"}, {OpLease, "lease"}, {OpBorrow, "borrow"},
		{OpRelease, "release"}, {OpConsume, "consume"}, {OpRedeem, "redeem"},
	}
}

const (
	everything = OpCheck | OpActivate | OpReactivate | OpDeactivate | OpLease | OpBorrow | OpRelease | OpConsume | OpRedeem
	onDevice   = everything &^ OpRedeem                               // everything a device does
	placed     = onDevice &^ (OpActivate | OpReactivate)              // what only an activated device does
	seat       = OpLease | OpBorrow                                   // taking a floating place
	entry      = OpActivate | OpRedeem                                // beginning to use
	renewing   = entry | seat                                         // beginning, or taking a seat
	featured   = OpCheck | OpLease | OpBorrow | OpRelease | OpConsume // what may name a feature
)

// Rule is one row of the rules table: why, when, and which operations it refuses. An operation in
// Tells is answered nevertheless, and the verdict says so.
type Rule struct {
	Reason Reason
	When   string // the predicate in words, for docs/rules.md
	Blocks Operation
	Tells  Operation
	broken func(*facts) bool
}

// facts is what a predicate looks at.
type facts struct {
	State
	Claim
	op      Operation
	now     Time
	bound   bool           // the claim carries what the lock needs
	feature *FeatureTerms  // terms of the claimed feature; nil when none claimed or unknown
	place   *FloatingTerms // floating terms of the license or the claimed feature
	meter   *UsageTerms    // usage terms of the license or the claimed feature
}

func newFacts(s *State, op Operation, c *Claim, now Time) *facts {
	f := &facts{State: *s, Claim: *c, op: op, now: now}
	t := s.License.Terms
	_, f.bound = c.Bind(t.Lock)
	f.place, f.meter = t.Floating, t.Usage
	if c.Feature != "" {
		f.place, f.meter = nil, nil
		if f.feature = t.Feature(c.Feature); f.feature != nil {
			f.place, f.meter = f.feature.Floating, f.feature.Usage
		}
	}
	return f
}

// Rules is the rules table. Its order is the order of refusal where a dialect has none of its own.
func Rules() []Rule { return slices.Clone(rules) }

var rules = []Rule{
	{OrderIncomplete, "its order is not completed", everything, 0, (*facts).orderIncomplete},
	{LicenseRevoked, "its standing is revoked", everything, 0, (*facts).revoked},
	{LicenseSuspended, "its standing is suspended, or it is banned and unused", everything &^ OpRedeem, 0, (*facts).suspended},
	{AlreadyRedeemed, "it has been used", OpRedeem, 0, (*facts).redeemed},
	{RedemptionBlocked, "it is banned or suspended", OpRedeem, 0, (*facts).redemptionBlocked},
	{UserRequired, "no license user is given", OpRedeem, 0, (*facts).userMissing},
	{UserBanned, "the license user is banned", everything, 0, (*facts).userBanned},
	{ProductArchived, "the product is archived", entry, OpCheck, (*facts).productArchived},
	{ProductDisabled, "the product is disabled", entry, OpCheck, (*facts).productDisabled},
	{LicenseNotStarted, "its start date lies ahead", entry, OpCheck, (*facts).notStarted},
	{TrialExpired, "it is a trial and its expiry has passed", renewing, OpCheck | OpReactivate | OpConsume, (*facts).trialOver},
	{LicenseExpired, "its expiry, and its grace if it is a subscription, has passed", renewing, OpCheck | OpReactivate | OpConsume, (*facts).expired},
	{DeviceRequired, "the claim lacks the hardware id or address that the lock needs", onDevice, 0, (*facts).deviceMissing},
	{DeviceBlocked, "the vendor blocked this device", onDevice, 0, (*facts).deviceBlocked},
	{PlaceRefused, "an enforced address rule keeps out where the claim comes from", everything &^ (OpDeactivate | OpRelease), 0, (*facts).placeRefused},
	{LicenseNotActive, "no device is activated, and it is no subscription", placed, 0, (*facts).notActive},
	{DeviceUnknown, "this device holds no activation", placed, 0, (*facts).deviceUnknown},
	{LicensePasswordRequired, "the terms ask for a password, and none was shown", OpActivate, 0, (*facts).passwordMissing},
	{VMRefused, "the device is a virtual machine and the terms refuse those", OpActivate, 0, (*facts).vmRefused},
	{OfflineRefused, "the activation is by file and the terms refuse that", OpActivate | OpReactivate, 0, (*facts).offlineRefused},
	{DeviceLimit, "all activations are taken by other devices", OpActivate, 0, (*facts).deviceLimit},
	{UserDeviceLimit, "all activations of the license user are taken by other devices", OpActivate, 0, (*facts).userDeviceLimit},
	{TransferLimit, "the activation would be a transfer beyond the limit", OpActivate, 0, (*facts).transferLimit},
	{FeatureUnknown, "the claimed feature is not on the license", featured, 0, (*facts).featureUnknown},
	{FeatureExpired, "the claimed feature's expiry has passed", seat | OpConsume, OpCheck, (*facts).featureExpired},
	{NotFloating, "the license, or the claimed feature, has no floating seats", seat | OpRelease, 0, (*facts).notFloating},
	{BorrowRefused, "the terms do not allow borrowing", OpBorrow, 0, (*facts).borrowRefused},
	{BorrowEndInvalid, "the end lies not ahead, or beyond the longest borrowing", OpBorrow, 0, (*facts).borrowEndInvalid},
	{SeatLimit, "all seats are held by other devices", seat, 0, (*facts).seatLimit},
	{SeatNotHeld, "this device holds no seat", OpRelease, 0, (*facts).seatNotHeld},
	{UsageNotMetered, "the license, or the claimed feature, has no usage terms", OpConsume, 0, (*facts).notMetered},
	{UsageNegative, "units are given back and the terms refuse that", OpConsume, 0, (*facts).usageNegative},
	{UsageLimit, "the total, with what is reserved, would pass the limit and its overage", OpConsume, 0, (*facts).usageLimit},
}

// Verdict says which rules an operation breaks. The zero value is a plain yes.
type Verdict struct {
	Broken  []Reason // every broken rule, in the order of the table
	refused Reason   // the first that blocks
}

// OK reports whether nothing blocks the operation.
func (v Verdict) OK() bool { return v.refused == "" }

// Has reports whether a rule is broken, blocking or not.
func (v Verdict) Has(r Reason) bool { return slices.Contains(v.Broken, r) }

// First returns the first reason of a dialect's precedence that is broken, or "".
func (v Verdict) First(precedence []Reason) Reason {
	if len(v.Broken) == 0 {
		return ""
	}
	for _, r := range precedence {
		if v.Has(r) {
			return r
		}
	}
	return ""
}

// Err returns the refusal of the first blocking rule, or nil.
func (v Verdict) Err() error {
	if v.OK() {
		return nil
	}
	return Refuse(v.refused)
}

// Judge evaluates the rules that concern an operation. It never changes anything.
func Judge(s *State, op Operation, c *Claim, now Time) Verdict {
	f := newFacts(s, op, c, now)
	return f.judge()
}

func (f *facts) judge() Verdict {
	var v Verdict
	for i := range rules {
		r := &rules[i]
		if (r.Blocks|r.Tells)&f.op == 0 || !r.broken(f) {
			continue
		}
		v.Broken = append(v.Broken, r.Reason)
		if v.refused == "" && r.Blocks&f.op != 0 {
			v.refused = r.Reason
		}
	}
	return v
}

// CheckIn is Check for a dialect in which a device that asks takes its floating seat by it, or renews it. A
// license that is over lends no seats: then it is a Check alone.
func CheckIn(s *State, c *Claim, now Time) (Change, error) {
	if v := Check(s, c, now); !v.OK() {
		return Change{}, v.Err()
	}
	if s.License.Terms.Floating == nil || s.License.IsExpired(now) {
		return Change{License: s.License, Device: s.Device}, nil
	}
	return LeaseSeat(s, c, now)
}

// Check answers an app's question "may I run?" for one device, and changes nothing. An expired
// license is told, not refused: the dialect decides what that means on its wire (S0-20…22).
func Check(s *State, c *Claim, now Time) Verdict { return Judge(s, OpCheck, c, now) }
