package office

import (
	"context"
	"maps"
	"slices"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/store"
)

// The roles of people of an application.
const (
	StaffManager  = "Manager"  // does what their permissions say
	StaffReseller = "Reseller" // issues licenses from their balance
)

const (
	maxStaffPermissions = 1<<12 - 1 // the bits of keyauth.md §12
	maxBalance          = 1_000_000_000
	maxButton           = 100 // characters of a button's value and label
)

// BalanceLengths are the lengths of licenses that a balance counts.
func BalanceLengths() []string {
	return []string{"day", "week", "month", "threemonth", "sixmonth", "lifetime", "year"}
}

// SaveButton makes a button of the vendor's web loader, or gives the one of that value another label (keyauth.md §11).
func (o *Office) SaveButton(ctx context.Context, actor identity.Actor, product, value, label string) error {
	if err := checkText("value", value, 1, maxButton); err != nil {
		return err
	}
	if err := checkText("label", label, 1, maxButton); err != nil {
		return err
	}
	return o.changeAt(ctx, actor, identity.WriteProducts, product, func(at place) (license.Event, error) {
		return license.Event{Kind: license.ButtonSaved, Data: map[string]any{"value": value, "label": label}},
			at.SaveButton(at.tenant, at.app, store.ApplicationButton{Value: value, Label: label})
	})
}

// DropButton removes a button. It refuses with NotFound.
func (o *Office) DropButton(ctx context.Context, actor identity.Actor, product, value string) error {
	return o.changeAt(ctx, actor, identity.WriteProducts, product, func(at place) (license.Event, error) {
		dropped, err := at.DropButton(at.tenant, at.app, value)
		if err == nil && !dropped {
			err = license.Missing("button", value)
		}
		return license.Event{Kind: license.ButtonDropped, Data: map[string]any{"value": value}}, err
	})
}

// DropButtons removes every button of an application and returns how many they were.
func (o *Office) DropButtons(ctx context.Context, actor identity.Actor, product string) (int64, error) {
	return o.dropAll(ctx, actor, identity.WriteProducts, product, license.ButtonDropped, func(at place) (int64, error) {
		return at.DropButtons(at.tenant, at.app)
	})
}

// ListButtons returns the buttons of an application by value, above after ("" is the beginning); limit is 1 to 1000.
func (o *Office) ListButtons(ctx context.Context, actor identity.Actor, product, after string, limit int) (list []store.ApplicationButton, err error) {
	err = o.lookAt(ctx, actor, identity.ReadProducts, product, func(at place) (err error) {
		list, err = at.ListButtons(at.tenant, at.app, after, limit)
		return err
	})
	return list, err
}

// NewStaff is a manager or reseller of an application to make.
type NewStaff struct {
	Name        string // 1 to 70 characters, unique per application in any letter case
	Role        string // StaffManager or StaffReseller
	Email       string
	Levels      string // that they may issue, in the vendor's words; "" is every one
	Password    identity.Secret
	Permissions int64 // bits of keyauth.md §12, 0 to 4095
}

func (n *NewStaff) check() (err error) {
	if err := checkText("name", n.Name, 1, license.MaxApplicationName); err != nil {
		return err
	}
	if n.Role != StaffManager && n.Role != StaffReseller {
		return license.Invalidf("role", "the role is %s or %s", StaffManager, StaffReseller)
	}
	if n.Email, err = license.CheckEmail("email", n.Email); err != nil {
		return err
	}
	if n.Permissions < 0 || n.Permissions > maxStaffPermissions {
		return license.Invalidf("permissions", "the permissions are 0 to %d", maxStaffPermissions)
	}
	if n.Password == "" {
		return license.Invalidf("password", "say a password")
	}
	return checkText("levels", n.Levels, 0, maxName)
}

// AddStaff makes a manager or reseller of an application (keyauth.md §11, addAccount). It refuses with NameTaken.
func (o *Office) AddStaff(ctx context.Context, actor identity.Actor, product string, n NewStaff) (store.ApplicationStaff, error) {
	// Hashing costs a lot, so it is for who may alone.
	if err := o.lookAt(ctx, actor, identity.WriteUsers, product, func(place) error { return n.check() }); err != nil {
		return store.ApplicationStaff{}, err
	}
	hash, err := o.d.Hasher.Hash(ctx.Done(), n.Password.Reveal())
	if err != nil {
		return store.ApplicationStaff{}, err
	}
	var s store.ApplicationStaff
	err = o.changeAt(ctx, actor, identity.WriteUsers, product, func(at place) (license.Event, error) {
		s = store.ApplicationStaff{Name: n.Name, Role: n.Role, Email: n.Email, Levels: n.Levels, Permissions: n.Permissions, Created: at.now}
		made, err := at.InsertStaff(at.tenant, at.app, &s, string(hash))
		if err == nil && !made {
			err = license.Refuse(license.NameTaken)
		}
		return license.Event{Kind: license.StaffSaved, Data: map[string]any{"name": s.Name, "role": s.Role, "permissions": s.Permissions, "levels": s.Levels}}, err
	})
	return s, err
}

// DropStaff removes a manager or reseller of an application. It refuses with UserUnknown.
func (o *Office) DropStaff(ctx context.Context, actor identity.Actor, product, name string) error {
	return o.changeAt(ctx, actor, identity.WriteUsers, product, func(at place) (license.Event, error) {
		dropped, err := at.DropStaff(at.tenant, at.app, name)
		if err == nil && !dropped {
			err = license.Refuse(license.UserUnknown)
		}
		return license.Event{Kind: license.StaffDropped, Data: map[string]any{"name": name}}, err
	})
}

// ListStaff returns the managers and resellers of an application by name, above after ("" is the beginning); limit is 1 to 1000.
func (o *Office) ListStaff(ctx context.Context, actor identity.Actor, product, after string, limit int) (list []store.ApplicationStaff, err error) {
	err = o.lookAt(ctx, actor, identity.ReadUsers, product, func(at place) (err error) {
		list, err = at.ListStaff(at.tenant, at.app, after, limit)
		return err
	})
	return list, err
}

// AddBalance adds licenses to what a manager or reseller may issue, by the lengths of BalanceLengths, and returns what they may
// then (keyauth.md §11, setbalance). Less than nothing cannot be left: that is Invalid, as is a length that there is not. It
// refuses with UserUnknown.
func (o *Office) AddBalance(ctx context.Context, actor identity.Actor, product, name string, by map[string]int64) (map[string]int64, error) {
	for length, n := range by {
		if !slices.Contains(BalanceLengths(), length) {
			return nil, license.Invalidf(length, "there are no licenses of that length")
		}
		if n < -maxBalance || n > maxBalance {
			return nil, license.Invalidf(length, "a balance has at most %d licenses", maxBalance)
		}
	}
	var balance map[string]int64
	err := o.changeAt(ctx, actor, identity.WriteUsers, product, func(at place) (license.Event, error) {
		s, err := at.LockStaff(at.tenant, at.app, name)
		if err != nil {
			return license.Event{}, err
		}
		if balance = maps.Clone(s.Balance); balance == nil {
			balance = make(map[string]int64)
		}
		for length, n := range by {
			if balance[length] += n; balance[length] < 0 || balance[length] > maxBalance {
				return license.Event{}, license.Invalidf(length, "a balance has 0 to %d licenses", maxBalance)
			}
		}
		s.Balance = balance
		return license.Event{Kind: license.StaffSaved, Data: map[string]any{"name": s.Name, "added": by}}, at.SaveBalance(at.tenant, at.app, &s)
	})
	if err != nil {
		return nil, err
	}
	return balance, nil
}

// Balance returns how many licenses of each length a manager or reseller may still issue; what is missing is none. It refuses with
// UserUnknown.
func (o *Office) Balance(ctx context.Context, actor identity.Actor, product, name string) (balance map[string]int64, err error) {
	err = o.lookAt(ctx, actor, identity.ReadUsers, product, func(at place) error {
		s, err := at.FindStaff(at.tenant, at.app, name)
		balance = s.Balance
		return err
	})
	return balance, err
}
