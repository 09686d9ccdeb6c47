package main

import (
	"crypto/rand"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
)

// userCommand: licet user. A platform user has one account on the server and a role in each tenant they
// work for.
type userCommand struct {
	Create   userCreate   `cmd:"" help:"Make an account and give it a role in the tenant."`
	Add      userAdd      `cmd:"" help:"Give an existing account a role in the tenant."`
	List     userList     `cmd:"" help:"List the people of the tenant."`
	Show     userShow     `cmd:"" help:"Show somebody, and whether they are locked out."`
	Role     userRole     `cmd:"" help:"Give somebody another role."`
	Remove   userRemove   `cmd:"" help:"Take somebody out of the tenant; the account stays."`
	Password userPassword `cmd:"" help:"Give somebody a new password."`
	Unlock   userUnlock   `cmd:"" help:"End a lockout after wrong passwords, a permanent one too."`
	Disable  userDisable  `cmd:"" help:"Switch an account off everywhere."`
	Enable   userEnable   `cmd:"" help:"Switch an account on again."`

	SecondFactorReset userSecondFactorReset `cmd:"" help:"Take codes and passkeys from somebody who has lost them, and end their sessions; the password stays."`
}

type userView struct {
	ID          license.UserID   `json:"id"`
	Email       string           `json:"email"`
	Name        string           `json:"name"`
	Role        identity.Role    `json:"role"`
	Disabled    bool             `json:"disabled"`
	Since       license.Time     `json:"since"`
	Created     license.Time     `json:"created_at"`
	LockedUntil license.Time     `json:"locked_until"`
	LockedOut   bool             `json:"locked_for_good"`
	Password    *string          `json:"password,omitempty"` // only where it was made up just now
	Failures    int              `json:"failures"`
	Tenant      license.TenantID `json:"tenant_id"`
}

func viewMember(m office.Member) userView {
	return userView{ID: m.User.ID, Email: m.User.Email, Name: m.User.Name, Role: m.Role, Disabled: m.User.Disabled,
		Since: m.Since, Created: m.User.Created, Tenant: m.Tenant}
}

func (v userView) pairs() [][2]string {
	locked := moment(v.LockedUntil)
	if v.LockedOut {
		locked = "until somebody unlocks it"
	}
	pairs := [][2]string{
		{"id", idText(v.ID)}, {"email", v.Email}, {"name", v.Name}, {"role", string(v.Role)}, {"disabled", yesNo(v.Disabled)},
		{"since", moment(v.Since)}, {"created", moment(v.Created)}, {"locked", locked},
	}
	if v.Password != nil {
		pairs = append(pairs, [2]string{"password", *v.Password})
	}
	return pairs
}

type userCreate struct {
	Email    string `arg:"" help:"E-mail address: the name to sign in with."`
	Name     string `help:"Name for people." placeholder:"NAME"`
	Role     string `help:"owner, admin, support or read_only." default:"owner" placeholder:"ROLE"`
	Generate bool   `help:"Make up a password and print it."`
	passwordFlags
}

// Run asks for the password first, so that nothing is locked meanwhile.
func (c *userCreate) Run(t *tool) error {
	d, err := t.desk()
	if err != nil {
		return err
	}
	role, err := identity.ParseRole(c.Role)
	if err != nil {
		return err
	}
	password, err := t.newPassword(c.Generate, c.passwordFlags)
	if err != nil {
		return err
	}
	m, err := d.CreateUser(t.ctx, d.actor, office.NewUser{Email: c.Email, Name: c.Name, Password: password, Role: role})
	if err != nil {
		return err
	}
	return t.printUser(m, password, c.Generate)
}

// newPassword makes a password up, or asks for it.
func (t *tool) newPassword(generate bool, p passwordFlags) (identity.Secret, error) {
	if generate && p.PasswordFile != "" {
		return "", usagef("give either --generate or --password-file")
	}
	if generate {
		return identity.NewPassword(rand.Reader)
	}
	return t.password(p)
}

// printUser shows a member, and the password where nobody else knows it.
func (t *tool) printUser(m office.Member, password identity.Secret, generated bool) error {
	v := viewMember(m)
	if generated {
		text := password.Reveal()
		v.Password = &text
	}
	return t.print(v, v.pairs)
}

type userAdd struct {
	Email string `arg:"" help:"E-mail address of the account."`
	Role  string `help:"owner, admin, support or read_only." required:"" placeholder:"ROLE"`
}

// Run adds them.
func (c *userAdd) Run(t *tool) error {
	d, err := t.desk()
	if err != nil {
		return err
	}
	m, err := d.AddMember(t.ctx, d.actor, c.Email, identity.Role(c.Role))
	if err != nil {
		return err
	}
	return t.printUser(m, "", false)
}

type userList struct{ listFlags }

// Run lists them.
func (c *userList) Run(t *tool) error {
	d, err := t.desk()
	if err != nil {
		return err
	}
	fetch := full(func(p office.Page) ([]office.Member, error) { return d.ListMembers(t.ctx, d.actor, p) },
		func(m office.Member) int64 { return int64(m.User.ID) })
	all := as(pages(t, c.listFlags, fetch), func(m office.Member) (userView, error) { return viewMember(m), nil })
	return printList(t, "ID EMAIL NAME ROLE DISABLED SINCE", all, func(v userView) []string {
		return []string{idText(v.ID), v.Email, v.Name, string(v.Role), yesNo(v.Disabled), moment(v.Since)}
	})
}

// userArg names somebody.
type userArg struct {
	User string `arg:"" help:"E-mail address or id."`
}

// show prints somebody as they are now.
func (a userArg) show(t *tool, d *desk) error {
	m, err := d.FindMember(t.ctx, d.actor, a.User)
	if err != nil {
		return err
	}
	lock, err := d.Locked(t.ctx, d.actor, a.User)
	if err != nil {
		return err
	}
	v := viewMember(m)
	v.Failures, v.LockedOut = lock.Failures, lock.Permanent
	if lock.LockedUntil > t.now() {
		v.LockedUntil = lock.LockedUntil
	}
	return t.print(v, v.pairs)
}

// change does something to somebody and prints what became of them.
func (a userArg) change(t *tool, do func(*desk) error) error {
	d, err := t.desk()
	if err != nil {
		return err
	}
	if err := do(d); err != nil {
		return err
	}
	return a.show(t, d)
}

type userShow struct{ userArg }

// Run shows them.
func (c *userShow) Run(t *tool) error {
	return c.change(t, func(*desk) error { return nil })
}

type userRole struct {
	userArg
	Role string `arg:"" help:"owner, admin, support or read_only."`
}

// Run changes it.
func (c *userRole) Run(t *tool) error {
	return c.change(t, func(d *desk) error { return d.SetRole(t.ctx, d.actor, c.User, identity.Role(c.Role)) })
}

type userRemove struct {
	userArg
	Yes bool `help:"Do not ask."`
}

// Run asks, then takes them out.
func (c *userRemove) Run(t *tool) error {
	d, err := t.desk()
	if err != nil {
		return err
	}
	if err := t.confirm(c.Yes, "this takes "+c.User+" out of the tenant "+d.tenant.Code); err != nil {
		return err
	}
	m, err := d.FindMember(t.ctx, d.actor, c.User)
	if err != nil {
		return err
	}
	if err := d.RemoveMember(t.ctx, d.actor, c.User); err != nil {
		return err
	}
	return t.printUser(m, "", false)
}

type userPassword struct {
	userArg
	Generate bool `help:"Make up a password and print it."`
	passwordFlags
}

// Run sets it.
func (c *userPassword) Run(t *tool) error {
	d, err := t.desk()
	if err != nil {
		return err
	}
	m, err := d.FindMember(t.ctx, d.actor, c.User)
	if err != nil {
		return err
	}
	password, err := t.newPassword(c.Generate, c.passwordFlags)
	if err != nil {
		return err
	}
	if err := d.SetPassword(t.ctx, d.actor, c.User, password); err != nil {
		return err
	}
	return t.printUser(m, password, c.Generate)
}

type userUnlock struct{ userArg }

// Run unlocks them.
func (c *userUnlock) Run(t *tool) error {
	return c.change(t, func(d *desk) error { return d.Unlock(t.ctx, d.actor, c.User) })
}

type userDisable struct{ userArg }

// Run switches the account off.
func (c *userDisable) Run(t *tool) error {
	return c.change(t, func(d *desk) error { return d.DisableUser(t.ctx, d.actor, c.User, true) })
}

type userEnable struct{ userArg }

// Run switches the account on.
func (c *userEnable) Run(t *tool) error {
	return c.change(t, func(d *desk) error { return d.DisableUser(t.ctx, d.actor, c.User, false) })
}

type userSecondFactorReset struct{ userArg }

// Run takes them.
func (c *userSecondFactorReset) Run(t *tool) error {
	return c.change(t, func(d *desk) error { return d.ResetSecondFactor(t.ctx, d.actor, c.User) })
}
