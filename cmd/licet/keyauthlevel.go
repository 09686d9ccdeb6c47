package main

import (
	"strconv"
	"strings"

	"licet/internal/license"
)

// keyauthLevel: licet keyauth level. A level is a name for what licenses of a number grant; KeyAuth calls it a
// subscription. Several may have the same number: then a license of it grants them all.
type keyauthLevel struct {
	Create keyauthLevelCreate `cmd:"" help:"Make a level."`
	List   keyauthLevelList   `cmd:"" help:"List the levels of an application."`
	Set    keyauthLevelSet    `cmd:"" help:"Give a level another number; who holds it goes on holding it."`
	Drop   keyauthLevelDrop   `cmd:"" help:"Take a level from everybody who holds it, and remove it."`
	Pause  keyauthLevelPause  `cmd:"" help:"Keep out who holds only this level, for now; its time does not run."`
	Resume keyauthLevelResume `cmd:"" help:"Let its time run on."`
}

type levelView struct {
	ID      license.LevelID `json:"id"`
	Name    string          `json:"name"`
	Number  int64           `json:"level"`
	Paused  bool            `json:"paused"`
	Holders *int64          `json:"holders,omitempty"` // who holds it unexpired; only where asked for
	Created license.Time    `json:"created_at"`
}

func viewLevel(l license.Level) levelView {
	return levelView{ID: l.ID, Name: l.Name, Number: l.Number, Paused: l.Paused, Created: l.Created}
}

func (v levelView) pairs() [][2]string {
	return [][2]string{
		{"id", idText(v.ID)}, {"name", v.Name}, {"level", strconv.FormatInt(v.Number, 10)}, {"paused", yesNo(v.Paused)},
		{"created", moment(v.Created)},
	}
}

// levelArg names a level.
type levelArg struct {
	productArg
	Name string `arg:"" help:"Name of the level."`
}

// change does something to a level and prints it as it is then.
func (a *levelArg) change(t *tool, do func(*desk) error) error {
	d, err := t.desk()
	if err != nil {
		return err
	}
	if err := do(d); err != nil {
		return err
	}
	list, err := d.Levels(t.ctx, d.actor, a.Which)
	if err != nil {
		return err
	}
	for _, level := range list {
		if strings.EqualFold(level.Name, a.Name) {
			return t.print(viewLevel(level), viewLevel(level).pairs)
		}
	}
	return license.Missing("level", a.Name)
}

type keyauthLevelCreate struct {
	levelArg
	Number int64 `arg:"" name:"level" help:"Level of the licenses that grant it."`
}

// Run makes it.
func (c *keyauthLevelCreate) Run(t *tool) error {
	return c.change(t, func(d *desk) error {
		_, err := d.CreateLevel(t.ctx, d.actor, c.Which, c.Name, c.Number)
		return err
	})
}

type keyauthLevelList struct {
	productArg
	Count bool `help:"Say too how many users hold each."`
}

// Run lists them: an application has few.
func (c *keyauthLevelList) Run(t *tool) error {
	d, err := t.desk()
	if err != nil {
		return err
	}
	list, err := d.Levels(t.ctx, d.actor, c.Which)
	if err != nil {
		return err
	}
	all := as(seq(list), func(l license.Level) (levelView, error) {
		v := viewLevel(l)
		if !c.Count {
			return v, nil
		}
		n, err := d.CountHolders(t.ctx, d.actor, c.Which, l.Name)
		v.Holders = &n
		return v, err
	})
	return printList(t, "ID NAME LEVEL PAUSED HOLDERS CREATED", all, func(v levelView) []string {
		row := []string{idText(v.ID), v.Name, strconv.FormatInt(v.Number, 10), yesNo(v.Paused), "", moment(v.Created)}
		if v.Holders != nil {
			row[4] = strconv.FormatInt(*v.Holders, 10)
		}
		return row
	})
}

type keyauthLevelSet struct {
	levelArg
	Number int64 `arg:"" name:"level" help:"Level of the licenses that grant it from now on."`
}

// Run changes it.
func (c *keyauthLevelSet) Run(t *tool) error {
	return c.change(t, func(d *desk) error {
		_, err := d.ChangeLevel(t.ctx, d.actor, c.Which, c.Name, c.Number)
		return err
	})
}

type keyauthLevelDrop struct {
	levelArg
	Yes bool `help:"Do not ask."`
}

// Run asks, drops it, and says how many held it.
func (c *keyauthLevelDrop) Run(t *tool) error {
	d, err := t.desk()
	if err != nil {
		return err
	}
	if err := t.confirm(c.Yes, "everybody who holds the level "+c.Name+" loses it for ever"); err != nil {
		return err
	}
	held, err := d.DropLevel(t.ctx, d.actor, c.Which, c.Name)
	if err != nil {
		return err
	}
	return t.printCount(held)
}

type keyauthLevelPause struct{ levelArg }

// Run pauses it.
func (c *keyauthLevelPause) Run(t *tool) error {
	return c.change(t, func(d *desk) error { return d.PauseLevel(t.ctx, d.actor, c.Which, c.Name) })
}

type keyauthLevelResume struct{ levelArg }

// Run resumes it.
func (c *keyauthLevelResume) Run(t *tool) error {
	return c.change(t, func(d *desk) error { return d.ResumeLevel(t.ctx, d.actor, c.Which, c.Name) })
}
