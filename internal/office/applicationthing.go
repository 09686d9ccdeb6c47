package office

import (
	"context"
	"unicode/utf8"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/store"
)

// The bounds of what vendors keep for applications (keyauth.md §7 and §12), in characters.
const (
	maxVariableName      = 49
	maxVariableValue     = 1000
	maxUserVariableName  = 99
	maxUserVariableValue = 500
)

// ApplicationVariable is a named value that a vendor keeps for the apps of an application.
type ApplicationVariable = store.ApplicationVariable

// place is where something belongs to an application.
type place struct {
	*store.Tx
	tenant license.TenantID
	app    license.ProductID
	now    license.Time
}

// lookAt reads what belongs to an application.
func (o *Office) lookAt(ctx context.Context, actor identity.Actor, needs identity.Permission, product string, read func(place) error) error {
	return o.readApplication(ctx, actor, needs, product, func(tx *store.Tx, app *license.Application) error {
		return read(place{Tx: tx, tenant: app.Tenant, app: app.Product, now: o.d.Now()})
	})
}

// changeAt changes what belongs to an application, in one transaction with the event that change returns. An event without a
// kind is none: nothing was changed. One without a subject is about the application.
func (o *Office) changeAt(ctx context.Context, actor identity.Actor, needs identity.Permission, product string, change func(place) (license.Event, error)) error {
	return o.onApplication(ctx, actor, needs, product, func(w *applicationWork) error {
		event, err := change(place{Tx: w.tx, tenant: w.app.Tenant, app: w.app.Product, now: w.now})
		if err != nil || event.Kind == "" {
			return err
		}
		if event.Subject == 0 {
			event.Subject = int64(w.app.Product)
		}
		return w.note(event)
	})
}

// dropAll drops everything of a kind, so many at once in a transaction, and returns how many that were.
func (o *Office) dropAll(ctx context.Context, actor identity.Actor, need identity.Permission, product string, kind license.EventKind, drop func(place) (int64, error)) (int64, error) {
	var dropped, part int64
	for {
		err := o.changeAt(ctx, actor, need, product, func(at place) (e license.Event, err error) {
			if part, err = drop(at); err == nil && part > 0 {
				e = license.Event{Kind: kind, Data: map[string]any{"all": true, "count": part}}
			}
			return e, err
		})
		if err != nil {
			return dropped, err
		}
		if dropped += part; part < store.ThingsAtOnce {
			return dropped, nil
		}
	}
}

// checkValue refuses a value that is too long, or no text.
func checkValue(field, value string, most int) error {
	if n := utf8.RuneCountInString(value); n > most {
		return license.Invalidf(field, "it has at most %d characters", most)
	}
	if !utf8.ValidString(value) {
		return license.Invalidf(field, "it is not valid UTF-8")
	}
	return nil
}

// SaveVariable makes a variable of an application, or changes one (keyauth.md §11, addvar and editvar). The name has 1 to 49
// characters, the value at most 1000. It refuses with Conflict for a new one whose name is taken, and with VariableUnknown.
func (o *Office) SaveVariable(ctx context.Context, actor identity.Actor, product string, v ApplicationVariable, create bool) error {
	if err := checkText("name", v.Name, 1, maxVariableName); err != nil {
		return err
	}
	if err := checkValue("value", v.Value, maxVariableValue); err != nil {
		return err
	}
	return o.changeAt(ctx, actor, identity.WriteProducts, product, func(at place) (license.Event, error) {
		event := license.Event{Kind: license.VariableSaved, Data: map[string]any{"name": v.Name, "authed": v.Authed, "new": create}}
		if create {
			made, err := at.InsertApplicationVariable(at.tenant, at.app, &v)
			if err == nil && !made {
				err = &license.Error{Code: license.Conflict, Field: "name", Message: "there is already a variable " + v.Name}
			}
			return event, err
		}
		saved, err := at.SaveApplicationVariable(at.tenant, at.app, &v)
		if err == nil && !saved {
			err = license.Refuse(license.VariableUnknown)
		}
		return event, err
	})
}

// FindVariable returns a variable of an application. It refuses with VariableUnknown.
func (o *Office) FindVariable(ctx context.Context, actor identity.Actor, product, name string) (v ApplicationVariable, err error) {
	err = o.lookAt(ctx, actor, identity.ReadProducts, product, func(at place) (err error) {
		v, err = at.FindApplicationVariable(at.tenant, at.app, name)
		return err
	})
	return v, err
}

// DropVariable removes a variable of an application. It refuses with VariableUnknown.
func (o *Office) DropVariable(ctx context.Context, actor identity.Actor, product, name string) error {
	return o.changeAt(ctx, actor, identity.WriteProducts, product, func(at place) (license.Event, error) {
		dropped, err := at.DropApplicationVariable(at.tenant, at.app, name)
		if err == nil && !dropped {
			err = license.Refuse(license.VariableUnknown)
		}
		return license.Event{Kind: license.VariableDropped, Data: map[string]any{"name": name}}, err
	})
}

// DropVariables removes every variable of an application and returns how many they were.
func (o *Office) DropVariables(ctx context.Context, actor identity.Actor, product string) (int64, error) {
	return o.dropAll(ctx, actor, identity.WriteProducts, product, license.VariableDropped, func(at place) (int64, error) {
		return at.DropApplicationVariables(at.tenant, at.app)
	})
}

// ListVariables returns the variables of an application by name, above after ("" is the beginning); limit is 1 to 1000.
func (o *Office) ListVariables(ctx context.Context, actor identity.Actor, product, after string, limit int) (list []ApplicationVariable, err error) {
	err = o.lookAt(ctx, actor, identity.ReadProducts, product, func(at place) (err error) {
		list, err = at.ListApplicationVariables(at.tenant, at.app, after, limit)
		return err
	})
	return list, err
}

// SetUserVariables keeps a value for a user of an application, or with all for every one, and returns for how many (keyauth.md
// §11, setvar). readOnly says whether their apps may change it; nil leaves that as it is. It refuses with UserUnknown. All users are
// done a thousand at once: after an error the first of them may have it.
func (o *Office) SetUserVariables(ctx context.Context, actor identity.Actor, product, user string, all bool, name, value string, readOnly *bool) (int64, error) {
	if err := checkText("name", name, 1, maxUserVariableName); err != nil {
		return 0, err
	}
	if err := checkValue("value", value, maxUserVariableValue); err != nil {
		return 0, err
	}
	if all {
		return o.everyRun(ctx, actor, product, license.VariableSaved, name, func(at place, run store.UserRun) (int64, error) {
			return at.SaveVariableOfRun(at.tenant, at.app, run, name, value, readOnly)
		})
	}
	err := o.changeAt(ctx, actor, identity.WriteCustomers, product, func(at place) (license.Event, error) {
		u, err := at.FindApplicationUser(at.tenant, at.app, user)
		if err != nil {
			return license.Event{}, err
		}
		event := license.Event{Kind: license.VariableSaved, Subject: int64(u.ID), Data: map[string]any{"name": name, "user": u.Name}}
		return event, at.SaveUserVariable(at.tenant, u.ID, name, value, readOnly)
	})
	if err != nil {
		return 0, err
	}
	return 1, nil
}

// everyRun does something to a variable of every user of an application, so many users at once in a transaction, and returns
// how many variables that were.
func (o *Office) everyRun(ctx context.Context, actor identity.Actor, product string, kind license.EventKind, name string, do func(place, store.UserRun) (int64, error)) (int64, error) {
	var done, part int64
	var run, next store.UserRun
	for {
		err := o.changeAt(ctx, actor, identity.WriteCustomers, product, func(at place) (e license.Event, err error) {
			part = 0
			if next, err = at.NextUserRun(at.tenant, at.app, run); err != nil || next.Count == 0 {
				return e, err
			}
			if part, err = do(at, next); err == nil && part > 0 {
				e = license.Event{Kind: kind, Data: map[string]any{"name": name, "all": true, "count": part}}
			}
			return e, err
		})
		if err != nil || next.Count == 0 {
			return done, err
		}
		done, run = done+part, next
	}
}

// FindUserVariable returns a variable of a user of an application. It refuses with UserUnknown and VariableUnknown.
func (o *Office) FindUserVariable(ctx context.Context, actor identity.Actor, product, user, name string) (v store.UserVariable, err error) {
	err = o.lookAt(ctx, actor, identity.ReadCustomers, product, func(at place) error {
		u, err := at.FindApplicationUser(at.tenant, at.app, user)
		if err != nil {
			return err
		}
		v, err = at.FindUserVariable(at.tenant, u.ID, name)
		v.UserName = u.Name
		return err
	})
	return v, err
}

// DropUserVariable takes a variable from a user of an application. It refuses with UserUnknown and VariableUnknown.
func (o *Office) DropUserVariable(ctx context.Context, actor identity.Actor, product, user, name string) error {
	return o.changeAt(ctx, actor, identity.WriteCustomers, product, func(at place) (license.Event, error) {
		u, err := at.FindApplicationUser(at.tenant, at.app, user)
		if err != nil {
			return license.Event{}, err
		}
		dropped, err := at.DropUserVariable(at.tenant, u.ID, name)
		if err == nil && !dropped {
			err = license.Refuse(license.VariableUnknown)
		}
		return license.Event{Kind: license.VariableDropped, Subject: int64(u.ID), Data: map[string]any{"name": name, "user": u.Name}}, err
	})
}

// DropUserVariableEverywhere takes a variable from every user of an application who has it, and returns how many had
// (keyauth.md §11, massUserVarDelete).
func (o *Office) DropUserVariableEverywhere(ctx context.Context, actor identity.Actor, product, name string) (int64, error) {
	return o.everyRun(ctx, actor, product, license.VariableDropped, name, func(at place, run store.UserRun) (int64, error) {
		return at.DropVariableOfRun(at.tenant, at.app, run, name)
	})
}

// ListUserVariables returns the variables of all users of an application with the users' names, by these and then their own,
// above those of after (the zero value is the beginning); limit is 1 to 1000.
func (o *Office) ListUserVariables(ctx context.Context, actor identity.Actor, product string, after store.UserVariable, limit int) (list []store.UserVariable, err error) {
	err = o.lookAt(ctx, actor, identity.ReadCustomers, product, func(at place) (err error) {
		list, err = at.ListUserVariables(at.tenant, at.app, after, limit)
		return err
	})
	return list, err
}
