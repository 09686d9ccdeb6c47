package main

import (
	"time"

	"licet/internal/identity"
	"licet/internal/office"
	"licet/internal/store"
)

// keyauthUsersArg names a user, or all.
type keyauthUsersArg struct {
	productArg
	User string `arg:"" optional:"" help:"Name of the user."`
	All  bool   `help:"All users of the application."`
}

// named refuses what names nobody, or a user and all.
func (a *keyauthUsersArg) named() error {
	if (a.User != "") == a.All {
		return usagef("name a user, or give --all")
	}
	return nil
}

// change does something to users: it prints the one as they are then, or how many of all it changed.
func (a *keyauthUsersArg) change(t *tool, ask func() error, do func(*desk) (int64, error)) error {
	if err := a.named(); err != nil {
		return err
	}
	d, err := t.desk()
	if err != nil {
		return err
	}
	if err := ask(); err != nil {
		return err
	}
	n, err := do(d)
	if err != nil {
		return err
	}
	if a.All {
		return t.printCount(n)
	}
	one := keyauthUserArg{a.productArg, a.User}
	return one.show(t, d)
}

type keyauthUserExtend struct {
	keyauthUsersArg
	ActiveOnly bool   `help:"With --all, only those who hold the level."`
	Level      string `help:"Level that they get more of." default:"default" placeholder:"LEVEL"`
	byFlags
}

// Run extends.
func (c *keyauthUserExtend) Run(t *tool) error {
	by, err := c.needed()
	if err != nil {
		return err
	}
	return c.change(t, unasked, func(d *desk) (int64, error) {
		users := office.Users{Name: c.User, All: c.All, ActiveOnly: c.ActiveOnly}
		return d.ExtendUsers(t.ctx, d.actor, c.Which, users, c.Level, by)
	})
}

type keyauthUserShorten struct {
	keyauthUsersArg
	Level string `help:"Level that they get less of." default:"default" placeholder:"LEVEL"`
	lessFlags
	Yes bool `help:"Do not ask."`
}

// lessFlags say how much shorter.
type lessFlags struct {
	ExpiryUnit     string `help:"Unit: seconds, minutes, hours, days, weeks, months, years, lifetime, calendar-months, calendar-years." placeholder:"UNIT"`
	ExpiryDuration *int64 `help:"How many of those units." placeholder:"N"`
	By             string `help:"The same in short: 30d, 6m or 1y (calendar months and years)." placeholder:"TIME"`
}

// Run asks where it is about all, then shortens.
func (c *keyauthUserShorten) Run(t *tool) error {
	by, err := (*byFlags)(&c.lessFlags).span()
	if err == nil && by.IsZero() {
		err = usagef("say how much less: --by 30d, or --expiry-unit weeks --expiry-duration 5")
	}
	if err != nil {
		return err
	}
	ask := func() error {
		return t.confirm(c.Yes || !c.All, "this takes time from every user of "+c.Which)
	}
	return c.change(t, ask, func(d *desk) (int64, error) {
		return d.ShortenUsers(t.ctx, d.actor, c.Which, office.Users{Name: c.User, All: c.All}, c.Level, by)
	})
}

type keyauthUserBan struct {
	keyauthUserArg
	Reason string `help:"Why; the user may be told." placeholder:"TEXT"`
}

// Run bans them.
func (c *keyauthUserBan) Run(t *tool) error {
	return c.change(t, func(d *desk) error { return d.BanUser(t.ctx, d.actor, c.Which, c.User, c.Reason) })
}

type keyauthUserUnban struct{ keyauthUserArg }

// Run lets them back.
func (c *keyauthUserUnban) Run(t *tool) error {
	return c.change(t, func(d *desk) error { return d.UnbanUser(t.ctx, d.actor, c.Which, c.User) })
}

type keyauthUserPause struct{ keyauthUserArg }

// Run pauses them.
func (c *keyauthUserPause) Run(t *tool) error {
	return c.change(t, func(d *desk) error { return d.PauseUser(t.ctx, d.actor, c.Which, c.User) })
}

type keyauthUserResume struct{ keyauthUserArg }

// Run resumes them.
func (c *keyauthUserResume) Run(t *tool) error {
	return c.change(t, func(d *desk) error { return d.ResumeUser(t.ctx, d.actor, c.Which, c.User) })
}

type keyauthUserResetHWID struct {
	keyauthUsersArg
	Yes bool `help:"Do not ask."`
}

// Run asks where it is about all, then forgets the machines.
func (c *keyauthUserResetHWID) Run(t *tool) error {
	ask := func() error {
		return t.confirm(c.Yes || !c.All, "this forgets the machines of every user of "+c.Which)
	}
	return c.change(t, ask, func(d *desk) (int64, error) {
		if c.All {
			return d.ResetAllHardware(t.ctx, d.actor, c.Which)
		}
		return 1, d.ResetHardware(t.ctx, d.actor, c.Which, c.User)
	})
}

type keyauthUserAddHWID struct {
	keyauthUserArg
	Hardware string `arg:"" help:"Id of the machine, as the app says it."`
}

// Run adds it.
func (c *keyauthUserAddHWID) Run(t *tool) error {
	return c.change(t, func(d *desk) error { return d.AddHardware(t.ctx, d.actor, c.Which, c.User, c.Hardware) })
}

type keyauthUserResetAfter struct {
	keyauthUserArg
	Wait time.Duration `arg:"" help:"How long from now, such as 24h; 0 is at once."`
}

// Run says it.
func (c *keyauthUserResetAfter) Run(t *tool) error {
	return c.change(t, func(d *desk) error { return d.SetResetAfter(t.ctx, d.actor, c.Which, c.User, c.Wait) })
}

type keyauthUserPassword struct {
	keyauthUserArg
	Clear bool `help:"They have none: what they sign in with next becomes their password."`
	passwordFlags
}

// Run sets it.
func (c *keyauthUserPassword) Run(t *tool) error {
	if c.Clear && c.PasswordFile != "" {
		return usagef("give either --clear or --password-file")
	}
	var password identity.Secret
	if !c.Clear {
		var err error
		if password, err = t.password(c.passwordFlags); err != nil {
			return err
		}
	}
	return c.change(t, func(d *desk) error { return d.SetApplicationPassword(t.ctx, d.actor, c.Which, c.User, password) })
}

type keyauthUserEmail struct {
	keyauthUserArg
	Email string `arg:"" help:"E-mail address; empty for none."`
}

// Run sets it. Of an address only a digest is kept.
func (c *keyauthUserEmail) Run(t *tool) error {
	d, err := t.sealedDesk()
	if err != nil {
		return err
	}
	return c.changeAt(t, d, func(d *desk) error { return d.SetUserEmail(t.ctx, d.actor, c.Which, c.User, c.Email) })
}

type keyauthUserRename struct {
	keyauthUserArg
	Name string `arg:"" help:"Name that they sign in by from now on."`
}

// Run renames them.
func (c *keyauthUserRename) Run(t *tool) error {
	return c.change(t, func(d *desk) error {
		err := d.RenameUser(t.ctx, d.actor, c.Which, c.User, c.Name)
		if err == nil {
			c.User = c.Name
		}
		return err
	})
}

type keyauthUserDropSecondFactor struct{ keyauthUserArg }

// Run drops it.
func (c *keyauthUserDropSecondFactor) Run(t *tool) error {
	return c.change(t, func(d *desk) error { return d.ClearSecondFactor(t.ctx, d.actor, c.Which, c.User) })
}

type keyauthUserDropLevel struct {
	keyauthUserArg
	Level string `arg:"" help:"Name of the level."`
	Yes   bool   `help:"Do not ask."`
}

// Run asks, then takes it.
func (c *keyauthUserDropLevel) Run(t *tool) error {
	return c.change(t, func(d *desk) error {
		if err := t.confirm(c.Yes, c.User+" loses the level "+c.Level+" for ever"); err != nil {
			return err
		}
		return d.TakeLevel(t.ctx, d.actor, c.Which, c.User, c.Level)
	})
}

type keyauthUserDrop struct {
	keyauthUsersArg
	Expired bool `help:"Those who held something, and have no time left of it."`
	Yes     bool `help:"Do not ask."`
}

// Run asks, then removes them, and says how many they were.
func (c *keyauthUserDrop) Run(t *tool) error {
	if c.Expired && (c.All || c.User != "") {
		return usagef("give one of a name, --all and --expired")
	}
	if !c.Expired {
		if err := c.named(); err != nil {
			return err
		}
	}
	who := "the user " + c.User
	switch {
	case c.All:
		who = "every user of " + c.Which
	case c.Expired:
		who = "every user of " + c.Which + " whose time has ended"
	}
	d, err := t.desk()
	if err != nil {
		return err
	}
	if err := t.confirm(c.Yes, "this removes "+who+" for ever, with all that is kept for them"); err != nil {
		return err
	}
	n := int64(1)
	if c.User != "" {
		err = d.DropUser(t.ctx, d.actor, c.Which, c.User)
	} else {
		n, err = d.DropUsers(t.ctx, d.actor, c.Which, c.Expired)
	}
	if err != nil {
		return err
	}
	return t.printCount(n)
}

type keyauthVariableSet struct {
	productArg
	Name     string `arg:"" help:"Name of the variable."`
	Value    string `arg:"" help:"Its value."`
	User     string `help:"User whose it is." placeholder:"USER"`
	All      bool   `help:"All users of the application."`
	ReadOnly *bool  `help:"The app of the user may not change it." negatable:""`
}

// Run sets it.
func (c *keyauthVariableSet) Run(t *tool) error {
	users := keyauthUsersArg{c.productArg, c.User, c.All}
	return users.change(t, unasked, func(d *desk) (int64, error) {
		return d.SetUserVariables(t.ctx, d.actor, c.Which, c.User, c.All, c.Name, c.Value, c.ReadOnly)
	})
}

type keyauthVariableList struct {
	productArg
	User string `help:"Those of a user." placeholder:"USER"`
	mostFlag
}

// Run lists them: a user has few, an application may have many.
func (c *keyauthVariableList) Run(t *tool) error {
	d, err := t.desk()
	if err != nil {
		return err
	}
	all := upTo(t, c.mostFlag, func(after *store.UserVariable, limit int) ([]store.UserVariable, error) {
		var last store.UserVariable
		if after != nil {
			last = *after
		}
		return d.ListUserVariables(t.ctx, d.actor, c.Which, last, limit)
	})
	if c.User != "" {
		u, err := d.ApplicationUser(t.ctx, d.actor, c.Which, c.User)
		if err != nil {
			return err
		}
		for i := range u.Variables {
			u.Variables[i].UserName = u.Name
		}
		all = seq(u.Variables)
	}
	show := func(x store.UserVariable) (variableView, error) { return viewVariable(x), nil }
	return printList(t, "USER NAME VALUE READ-ONLY", as(all, show), func(v variableView) []string {
		return []string{v.User, v.Name, v.Value, yesNo(v.ReadOnly)}
	})
}

type keyauthVariableDrop struct {
	productArg
	Name string `arg:"" help:"Name of the variable."`
	User string `help:"User whose it is." placeholder:"USER"`
	All  bool   `help:"All users of the application."`
	Yes  bool   `help:"Do not ask."`
}

// Run asks where it is about all, then removes it.
func (c *keyauthVariableDrop) Run(t *tool) error {
	users := keyauthUsersArg{c.productArg, c.User, c.All}
	ask := func() error {
		return t.confirm(c.Yes || !c.All, "this removes the variable "+c.Name+" of every user of "+c.Which)
	}
	return users.change(t, ask, func(d *desk) (int64, error) {
		if c.All {
			return d.DropUserVariableEverywhere(t.ctx, d.actor, c.Which, c.Name)
		}
		return 1, d.DropUserVariable(t.ctx, d.actor, c.Which, c.User, c.Name)
	})
}
