package office

import (
	"context"
	"strings"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/store"
)

// maxLevelName is how long the name of a level may be, in characters (keyauth.md §9.4).
const maxLevelName = 49

// CreateLevel makes a level of an application: licenses of its number grant it to whoever redeems them from now on. It refuses
// with Conflict when there is one of that name, in any letter case.
func (o *Office) CreateLevel(ctx context.Context, actor identity.Actor, product, name string, number int64) (level license.Level, err error) {
	name = strings.TrimSpace(name)
	if err := checkText("name", name, 1, maxLevelName); err != nil {
		return level, err
	}
	if err := checkLevelNumber(number); err != nil {
		return level, err
	}
	err = o.onLockedApplication(ctx, actor, identity.WriteProducts, product, func(w *applicationWork) error {
		known, err := w.tx.Levels(w.app.Tenant, w.app.Product)
		if err != nil {
			return err
		}
		if len(known) >= store.MaxLevels {
			return license.Invalidf("name", "an application has at most %d levels", store.MaxLevels)
		}
		level = license.Level{Tenant: w.app.Tenant, Product: w.app.Product, Name: name, Number: number, Created: w.now}
		made, err := w.tx.InsertLevel(&level)
		if err == nil && !made {
			err = &license.Error{Code: license.Conflict, Field: "name", Message: "there is already a level " + name}
		}
		if err != nil {
			return err
		}
		return w.note(license.Event{Kind: license.LevelCreated, Subject: int64(level.ID), Data: map[string]any{"name": name, "level": number}})
	})
	if err != nil {
		return license.Level{}, err
	}
	return level, nil
}

func checkLevelNumber(number int64) error {
	if number < 0 || number > license.MaxID {
		return license.Invalidf("level", "a level is a whole number from 0")
	}
	return nil
}

// ChangeLevel gives a level another number. Who holds it goes on holding it; it is licenses redeemed from now on that differ.
func (o *Office) ChangeLevel(ctx context.Context, actor identity.Actor, product, name string, number int64) (level license.Level, err error) {
	if err := checkLevelNumber(number); err != nil {
		return level, err
	}
	return o.editLevel(ctx, actor, product, name, func(_ *applicationWork, l *license.Level) (map[string]any, error) {
		l.Number = number
		return map[string]any{"name": l.Name, "level": number}, nil
	})
}

func (o *Office) editLevel(ctx context.Context, actor identity.Actor, product, name string, edit func(*applicationWork, *license.Level) (map[string]any, error)) (level license.Level, err error) {
	err = o.onLockedApplication(ctx, actor, identity.WriteProducts, product, func(w *applicationWork) error {
		if level, err = w.level(name); err != nil {
			return err
		}
		data, err := edit(w, &level)
		if err != nil {
			return err
		}
		if err := w.tx.SaveLevel(&level); err != nil {
			return err
		}
		return w.note(license.Event{Kind: license.LevelChanged, Subject: int64(level.ID), Data: data})
	})
	if err != nil {
		return license.Level{}, err
	}
	return level, nil
}

// DropLevel takes a level from everybody who holds it, removes it, and returns how many held it. It refuses with Conflict for
// the one that every application begins with.
func (o *Office) DropLevel(ctx context.Context, actor identity.Actor, product, name string) (held int64, err error) {
	err = o.onLockedApplication(ctx, actor, identity.WriteProducts, product, func(w *applicationWork) error {
		level, err := w.level(name)
		if err != nil {
			return err
		}
		if level.Name == DefaultLevel {
			return &license.Error{Code: license.Conflict, Message: "the level " + DefaultLevel + " cannot be removed"}
		}
		if held, err = w.tx.DropLevel(w.app.Tenant, level.ID); err != nil {
			return err
		}
		return w.note(license.Event{Kind: license.LevelDropped, Subject: int64(level.ID), Data: map[string]any{"name": level.Name, "held": held}})
	})
	return held, err
}

// Levels returns the levels of an application, oldest first.
func (o *Office) Levels(ctx context.Context, actor identity.Actor, product string) (list []license.Level, err error) {
	err = o.readApplication(ctx, actor, identity.ReadProducts, product, func(tx *store.Tx, app *license.Application) (err error) {
		list, err = tx.Levels(app.Tenant, app.Product)
		return err
	})
	return list, err
}

// CountHolders returns how many users hold a level that has not ended.
func (o *Office) CountHolders(ctx context.Context, actor identity.Actor, product, name string) (n int64, err error) {
	err = o.readApplication(ctx, actor, identity.ReadProducts, product, func(tx *store.Tx, app *license.Application) error {
		level, err := tx.FindLevel(app.Tenant, app.Product, name)
		if err != nil {
			return err
		}
		n, err = tx.CountHolders(app.Tenant, level.ID, app.Clock(o.d.Now()))
		return err
	})
	return n, err
}

// PauseLevel keeps out who holds only this level, for now; its time does not run (keyauth.md §9.10). Conflict when it is so
// already.
func (o *Office) PauseLevel(ctx context.Context, actor identity.Actor, product, name string) error {
	_, err := o.editLevel(ctx, actor, product, name, func(w *applicationWork, l *license.Level) (map[string]any, error) {
		if l.Paused {
			return nil, &license.Error{Code: license.Conflict, Message: "the level is paused already"}
		}
		l.Paused = true
		n, err := w.tx.PauseLevel(w.app.Tenant, l.ID, w.clock())
		return map[string]any{"name": l.Name, "paused": true, "moved": n}, err
	})
	return err
}

// ResumeLevel lets the time of a level run on for everybody who holds it. Conflict when it is not paused.
func (o *Office) ResumeLevel(ctx context.Context, actor identity.Actor, product, name string) error {
	_, err := o.editLevel(ctx, actor, product, name, func(w *applicationWork, l *license.Level) (map[string]any, error) {
		if !l.Paused {
			return nil, &license.Error{Code: license.Conflict, Message: "the level is not paused"}
		}
		l.Paused = false
		n, err := w.tx.ResumeLevel(w.app.Tenant, l.ID, w.clock())
		return map[string]any{"name": l.Name, "paused": false, "moved": n}, err
	})
	return err
}
