package authority

import (
	"context"
	"unicode/utf8"

	"licet/internal/license"
	"licet/internal/store"
)

// The bounds of what a user's app may keep for them (keyauth.md §7, setvar), in characters.
const (
	maxUserVariableName  = 99
	maxUserVariableValue = 500
)

// Variable returns what a vendor keeps for apps under a name (keyauth.md §7, var). It refuses with VariableUnknown, and with
// NotSignedIn where the variable is for who is signed in.
func (a *Authority) Variable(ctx context.Context, v *Visit, name string) (string, error) {
	var found store.ApplicationVariable
	err := a.store.Read(ctx, func(tx *store.Tx) (err error) {
		found, err = tx.FindApplicationVariable(v.App.Tenant, v.App.Product, name)
		return err
	})
	if err == nil && found.Authed {
		err = v.SignedIn()
	}
	if err != nil {
		return "", err
	}
	return found.Value, nil
}

// UserVariable returns what is kept for the user under a name (keyauth.md §7, getvar). It refuses with NotSignedIn and
// VariableUnknown.
func (a *Authority) UserVariable(ctx context.Context, v *Visit, name string) (string, error) {
	if err := v.SignedIn(); err != nil {
		return "", err
	}
	var found store.UserVariable
	err := a.store.Read(ctx, func(tx *store.Tx) (err error) {
		found, err = tx.FindUserVariable(v.App.Tenant, v.Session.User, name)
		return err
	})
	return found.Value, err
}

// SetUserVariable keeps a value for the user under a name (keyauth.md §7, setvar). It refuses with NotSignedIn, VariableFixed,
// and Invalid: of the field var for no name, one longer than 99 characters, or more than a user may have, of data for no value, of
// data_length for one longer than 500 characters.
func (a *Authority) SetUserVariable(ctx context.Context, v *Visit, name, value string) error {
	if err := v.SignedIn(); err != nil {
		return err
	}
	switch {
	case name == "":
		return license.Invalidf("var", "say the name of the variable")
	case value == "":
		return license.Invalidf("data", "say the value of the variable")
	case utf8.RuneCountInString(value) > maxUserVariableValue:
		return license.Invalidf("data_length", "the value of a variable has at most %d characters", maxUserVariableValue)
	case utf8.RuneCountInString(name) > maxUserVariableName:
		return license.Invalidf("var", "the name of a variable has at most %d characters", maxUserVariableName)
	}
	return a.store.Write(ctx, func(tx *store.Tx) error {
		if err := tx.ChangeUserVariable(v.App.Tenant, v.Session.User, name, value); err != nil {
			return err
		}
		return tx.AppendEvents(v.App.Tenant, v.actor(), a.now(), license.Event{
			Kind: license.VariableSaved, Subject: int64(v.Session.User),
			Data: map[string]any{"name": name, "user": v.Session.UserName},
		})
	})
}
