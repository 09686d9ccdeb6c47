package main

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
)

// lockoutCommand: licet lockout. An address from which wrong license keys and passwords come is locked out on the whole server,
// whoever's licenses they are for.
type lockoutCommand struct {
	List   lockoutList   `cmd:"" help:"List the addresses with rejections, of all tenants."`
	Show   lockoutShow   `cmd:"" help:"Show what is held against an address."`
	Clear  lockoutClear  `cmd:"" help:"Forget what is held against an address; it is let in again at once."`
	Policy lockoutPolicy `cmd:"" help:"Show how many rejections lock an address, and for how long."`
	Set    lockoutSet    `cmd:"" help:"Change how many rejections lock an address, and for how long."`
}

type lockoutView struct {
	Address     string       `json:"address"`
	Locked      bool         `json:"locked"`
	LockedUntil license.Time `json:"locked_until"` // also when that is over
	LockedOut   bool         `json:"locked_for_good"`
	Failures    int          `json:"failures"` // since the last lock
	Locks       int          `json:"locks"`
	LastFailure license.Time `json:"last_failure"`
}

func viewLockout(l office.AddressLockout) (lockoutView, error) {
	return lockoutView{l.Address, l.Locked, l.LockedUntil, l.Permanent, l.Failures, l.Level, l.LastFailure}, nil
}

// until says how long the address is locked.
func (v lockoutView) until() string {
	switch {
	case v.LockedOut:
		return "until somebody clears it"
	case v.Locked:
		return moment(v.LockedUntil)
	}
	return ""
}

func (v lockoutView) pairs() [][2]string {
	return [][2]string{{"address", v.Address}, {"locked", yesNo(v.Locked)}, {"until", v.until()}, {"rejections", strconv.Itoa(v.Failures)},
		{"locks", strconv.Itoa(v.Locks)}, {"last rejection", moment(v.LastFailure)}}
}

type lockoutList struct{ mostFlag }

// Run lists them.
func (c *lockoutList) Run(t *tool) error {
	d, err := t.desk()
	if err != nil {
		return err
	}
	all := upTo(t, c.mostFlag, func(after *office.AddressLockout, limit int) ([]office.AddressLockout, error) {
		last := ""
		if after != nil {
			last = after.Address
		}
		return d.ListAddressLockouts(t.ctx, d.actor, last, limit)
	})
	return printList(t, "ADDRESS LOCKED UNTIL REJECTIONS LOCKS LAST", as(all, viewLockout), func(v lockoutView) []string {
		return []string{v.Address, yesNo(v.Locked), v.until(), strconv.Itoa(v.Failures), strconv.Itoa(v.Locks), moment(v.LastFailure)}
	})
}

// addressArg names an address.
type addressArg struct {
	Address string `arg:"" help:"Network address of the end user."`
}

// show prints what is held against it now.
func (a *addressArg) show(t *tool, d *desk) error {
	l, err := d.FindAddressLockout(t.ctx, d.actor, a.Address)
	if err != nil {
		return err
	}
	v, _ := viewLockout(l)
	return t.print(v, v.pairs)
}

type lockoutShow struct{ addressArg }

// Run shows it.
func (c *lockoutShow) Run(t *tool) error {
	d, err := t.desk()
	if err != nil {
		return err
	}
	return c.show(t, d)
}

type lockoutClear struct{ addressArg }

// Run clears it, in the tenant that keeps the event.
func (c *lockoutClear) Run(t *tool) error {
	d, err := t.desk()
	if err != nil {
		return err
	}
	if err := d.ClearAddressLockout(t.ctx, d.actor, c.Address); err != nil {
		return err
	}
	return c.show(t, d)
}

type lockoutPolicyView struct {
	identity.LockoutPolicy
	Own bool `json:"own"` // the server has one of its own
}

func (v lockoutPolicyView) pairs() [][2]string {
	var fields map[string]json.RawMessage
	text, _ := json.Marshal(v) // Numbers and words always have a JSON form.
	_ = json.Unmarshal(text, &fields)
	var pairs [][2]string
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		pairs = append(pairs, [2]string{name, string(fields[name])})
	}
	return pairs
}

type lockoutPolicy struct{}

// Run shows it.
func (*lockoutPolicy) Run(t *tool) error {
	o, err := t.office()
	if err != nil {
		return err
	}
	policy, own, err := o.AddressLockoutPolicy(t.ctx, operator())
	if err != nil {
		return err
	}
	v := lockoutPolicyView{policy, own}
	return t.print(v, v.pairs)
}

type lockoutSet struct {
	Policy string `arg:"" optional:"" help:"The policy, as a JSON object of the fields that differ from the usual ones; the usual policy when left out."`
}

// Help says what there is.
func (*lockoutSet) Help() string {
	return `The policy holds for every tenant, from the next rejection on. The usual one: the tenth rejection within 24 hours locks the address for 24 hours, then for 2, 4 and at most 7 days when it happens again within 24 hours of a lock's end. The fields are those that licet lockout policy shows, for instance {"failures_per_round": 20, "first_lock_minutes": 60}.

The event goes to the tenant that --tenant names, or the only one.`
}

// Run sets it.
func (c *lockoutSet) Run(t *tool) error {
	d, err := t.desk()
	if err != nil {
		return err
	}
	policy, err := d.SetAddressLockoutPolicy(t.ctx, d.actor, c.Policy)
	if err != nil {
		return err
	}
	v := lockoutPolicyView{policy, c.Policy != ""}
	return t.print(v, v.pairs)
}
