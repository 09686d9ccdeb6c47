package license

import (
	"encoding/json"
	"math"
)

// Type is how a license ends. It is fixed at issue; any type may be a trial.
type Type string

const (
	Perpetual    Type = "perpetual"    // never ends, unless it is a trial
	TimeLimited  Type = "time-limited" // ends at its expiry
	Subscription Type = "subscription" // ends at its expiry plus grace; active from birth
	Consumption  Type = "consumption"  // ends when its usage is used up
)

// StartsAt is the moment at which the duration of a license begins.
type StartsAt string

const (
	StartsAtFirstUse StartsAt = "first_use" // first activation or redemption (LicenseSpring, KeyAuth, software_DNA)
	StartsAtIssue    StartsAt = "issue"     // when the license is made
	StartsAtOrder    StartsAt = "order"     // when its order completes (RMZ)
)

// Lock is what an activation binds to.
type Lock string

const (
	LockNone     Lock = "none" // nothing: the device counts by its hardware id, or else its address
	LockHardware Lock = "hwid" // the hardware id the client sends
	LockAddress  Lock = "ip"   // the client's network address
)

// Period is how often a usage counter starts again, at 00:00 UTC.
type Period string

const (
	NoReset Period = ""
	Daily   Period = "daily"
	Weekly  Period = "weekly"   // Mondays
	Monthly Period = "monthly"  // the 1st
	Yearly  Period = "annually" // 1 January
)

// PasswordUse says whose password an activation needs besides the key (software_DNA).
type PasswordUse string

const (
	NoPassword     PasswordUse = ""       // the key is enough
	SinglePassword PasswordUse = "single" // its user's, who may move to another device: then the one that came first has to go
	FixedPassword  PasswordUse = "fixed"  // its user's; no device has to go
	SharedPassword PasswordUse = "shared" // that of all its users, looked after by an administrator
)

// Terms are what a license was sold with. They are copied from a policy at issue and hold neither
// dates nor counters, so licenses with equal terms share one value: never change Terms in place,
// make a copy. The zero value allows no activation; start from [DefaultTerms].
type Terms struct {
	Type            Type           `json:"type"`
	Trial           bool           `json:"trial,omitempty"`
	Starts          StartsAt       `json:"starts"`
	Duration        Span           `json:"duration,omitzero"`        // from the start to the expiry; zero is no end
	Plan            string         `json:"plan,omitempty"`           // RMZ plan key, where the duration is a plan's
	GraceHours      int64          `json:"grace_hours,omitempty"`    // server grace after expiry; subscriptions only
	Maintained      bool           `json:"maintained,omitempty"`     // whether a maintenance window applies
	Maintenance     Span           `json:"maintenance,omitzero"`     // its length from the start
	Lock            Lock           `json:"lock"`                     // what activations bind to
	Activations     Limit          `json:"activations"`              // devices at a time
	Transfers       Limit          `json:"transfers"`                // moves to another device, in all
	Users           Limit          `json:"users"`                    // license users at a time
	UserActivations Limit          `json:"user_activations"`         // devices per license user
	Level           int64          `json:"level,omitempty"`          // level it grants to whoever redeems it
	Password        PasswordUse    `json:"password,omitempty"`       // what is asked for besides the key
	Sample          bool           `json:"sample,omitempty"`         // it is for the vendor's own tests
	RefuseVM        bool           `json:"refuse_vm,omitempty"`      // no activation in a virtual machine
	RefuseOffline   bool           `json:"refuse_offline,omitempty"` // no activation by file
	Floating        *FloatingTerms `json:"floating,omitempty"`       // seats lent for a while; nil is none
	Usage           *UsageTerms    `json:"usage,omitempty"`          // the meter of a consumption license
	Features        []FeatureTerms `json:"features,omitempty"`       // named capabilities
}

// FloatingTerms say how places are lent.
type FloatingTerms struct {
	Seats       Limit `json:"seats"`        // held at the same time
	TimeoutMins int64 `json:"timeout_mins"` // a seat not renewed for so long frees itself; minutes, from 1
	Borrow      bool  `json:"borrow,omitempty"`
	BorrowHours int64 `json:"borrow_hours,omitempty"` // longest borrowing; hours, from 1 where Borrow is set
}

// The bounds of what terms count in hours and minutes: 100 years.
const (
	maxHours = 100 * 365 * 24
	maxMins  = maxHours * 60
)

// UsageTerms say how much may be used.
type UsageTerms struct {
	Max      Limit  `json:"max"`                // units per period
	Overage  Limit  `json:"overage,omitempty"`  // units allowed beyond Max
	Negative bool   `json:"negative,omitempty"` // whether units can be given back, below zero too
	Reset    Period `json:"reset,omitempty"`    // when the counter starts again
}

// Allowed returns the largest total these terms allow.
func (u UsageTerms) Allowed() Limit {
	most, limited := u.Max.Max()
	if !limited {
		return Unlimited
	}
	extra, limited := u.Overage.Max()
	if !limited {
		return Unlimited
	}
	if most > math.MaxInt64-extra {
		return AtMost(math.MaxInt64)
	}
	return AtMost(most + extra)
}

// FeatureTerms are the terms of one named capability.
type FeatureTerms struct {
	Code     string         `json:"code"`               // unique on the license
	Name     string         `json:"name,omitempty"`     //
	Duration Span           `json:"duration,omitzero"`  // from the start of the license to the feature's expiry
	Floating *FloatingTerms `json:"floating,omitempty"` // seats of its own
	Usage    *UsageTerms    `json:"usage,omitempty"`    // a meter of its own
	Metadata string         `json:"metadata,omitempty"` // the vendor's own JSON
}

// DefaultTerms are the terms of a product that says nothing else: for ever, on one device that is
// known by its hardware id, movable at will.
func DefaultTerms() Terms {
	return Terms{
		Type: Perpetual, Starts: StartsAtFirstUse, Lock: LockHardware, Activations: AtMost(1),
		Transfers: Unlimited, Users: Unlimited, UserActivations: Unlimited,
	}
}

// Feature returns the terms of a feature, or nil when the license has none of that code.
func (t *Terms) Feature(code string) *FeatureTerms {
	for i := range t.Features {
		if t.Features[i].Code == code {
			return &t.Features[i]
		}
	}
	return nil
}

// Lends reports whether the license or one of its features has floating seats.
func (t *Terms) Lends() bool {
	if t.Floating != nil {
		return true
	}
	for i := range t.Features {
		if t.Features[i].Floating != nil {
			return true
		}
	}
	return false
}

// Meters reports whether use of the license or of one of its features is counted.
func (t *Terms) Meters() bool {
	if t.Usage != nil {
		return true
	}
	for i := range t.Features {
		if t.Features[i].Usage != nil {
			return true
		}
	}
	return false
}

// Validate returns the first thing that is wrong with the terms, as an Invalid error that names it.
func (t *Terms) Validate() error {
	if err := t.validateWords(); err != nil {
		return err
	}
	switch {
	case t.GraceHours < 0 || t.GraceHours > 0 && t.Type != Subscription:
		return Invalidf("grace", "only a subscription has a grace period, in whole hours from 0")
	case t.GraceHours > maxHours:
		return Invalidf("grace", "a grace period has at most %d hours", maxHours)
	case t.Duration.Validate() != nil:
		return t.Duration.Validate()
	case t.Maintenance.Validate() != nil:
		return Invalidf("maintenance", "the maintenance period is neither negative nor over 1000 years")
	case t.Type == Consumption && t.Usage == nil:
		return Invalidf("usage", "a consumption license needs a usage limit")
	case t.Type != Consumption && t.Usage != nil:
		return Invalidf("usage", "only a consumption license has a usage limit; give a feature one instead")
	case t.Level < 0:
		return Invalidf("level", "a level is a whole number from 0")
	case t.Type == Perpetual && !t.Trial && !t.Duration.IsZero():
		return Invalidf("type", "a perpetual license has no duration unless it is a trial")
	}
	if err := validateMeters("license", t.Floating, t.Usage); err != nil {
		return err
	}
	seen := make(map[string]bool, len(t.Features))
	for _, f := range t.Features {
		if f.Code == "" || seen[f.Code] {
			return Invalidf("features", "feature codes are non-empty and differ on one license")
		}
		seen[f.Code] = true
		if f.Duration.Validate() != nil {
			return Invalidf("features", "the duration of feature %s is neither negative nor over 1000 years", f.Code)
		}
		if f.Metadata != "" && !json.Valid([]byte(f.Metadata)) {
			return Invalidf("features", "the metadata of feature %s is not JSON", f.Code)
		}
		if err := validateMeters("feature "+f.Code, f.Floating, f.Usage); err != nil {
			return err
		}
	}
	return nil
}

func (t *Terms) validateWords() error {
	switch t.Type {
	case Perpetual, TimeLimited, Subscription, Consumption:
	default:
		return Invalidf("type", "the type is perpetual, time-limited, subscription or consumption")
	}
	switch t.Starts {
	case StartsAtFirstUse, StartsAtIssue, StartsAtOrder:
	default:
		return Invalidf("starts", "a license starts at first_use, issue or order")
	}
	switch t.Lock {
	case LockNone, LockHardware, LockAddress:
	default:
		return Invalidf("lock", "the lock is none, hwid or ip")
	}
	switch t.Password {
	case NoPassword, SinglePassword, FixedPassword, SharedPassword:
	default:
		return Invalidf("password", "the password is single, fixed, shared or none")
	}
	if t.Plan != "" {
		if _, ok := PlanByKey(t.Plan); !ok {
			return Invalidf("plan", "%q is no plan", t.Plan)
		}
	}
	return nil
}

func validateMeters(of string, f *FloatingTerms, u *UsageTerms) error {
	if f != nil && (f.TimeoutMins < 1 || f.TimeoutMins > maxMins) {
		return Invalidf("floating", "the %s needs a floating timeout of 1 to %d minutes", of, maxMins)
	}
	if f != nil && (f.BorrowHours < 0 || f.BorrowHours > maxHours || f.Borrow && f.BorrowHours == 0) {
		return Invalidf("floating", "the %s is borrowed for 1 to %d hours at most", of, maxHours)
	}
	if u == nil {
		return nil
	}
	switch u.Reset {
	case NoReset, Daily, Weekly, Monthly, Yearly:
		return nil
	}
	return Invalidf("usage", "usage of the %s resets daily, weekly, monthly, annually or never", of)
}
