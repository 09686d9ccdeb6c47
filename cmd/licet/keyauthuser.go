package main

import (
	"strings"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/store"
)

// keyauthUser: licet keyauth user. The users of an application sign in by a name and a password, or by a license alone.
type keyauthUser struct {
	Create  keyauthUserCreate  `cmd:"" help:"Make a user who holds a level."`
	List    keyauthUserList    `cmd:"" help:"List the users of an application."`
	Show    keyauthUserShow    `cmd:"" help:"Show a user with what they hold and their variables."`
	Extend  keyauthUserExtend  `cmd:"" help:"Give a user, or all, more time of a level."`
	Shorten keyauthUserShorten `cmd:"" help:"Take time of a level from a user, or from all."`
	Ban     keyauthUserBan     `cmd:"" help:"Keep a user out, their machines and their address too."`
	Unban   keyauthUserUnban   `cmd:"" help:"Let a banned user sign in again."`
	Pause   keyauthUserPause   `cmd:"" help:"Keep a user out for now; no time of theirs runs."`
	Resume  keyauthUserResume  `cmd:"" help:"Let a paused user in again, with the time they had."`

	ResetHWID  keyauthUserResetHWID  `cmd:"" name:"reset-hwid" help:"Forget the machines of a user, or of all: the next one they sign in from becomes theirs."`
	AddHWID    keyauthUserAddHWID    `cmd:"" name:"add-hwid" help:"Let a user sign in from one more machine."`
	ResetAfter keyauthUserResetAfter `cmd:"" help:"Say when a user may reset their machine."`

	Password         keyauthUserPassword         `cmd:"" help:"Give a user another password; their sessions end."`
	Email            keyauthUserEmail            `cmd:"" help:"Give a user another e-mail address."`
	Rename           keyauthUserRename           `cmd:"" help:"Give a user another name."`
	DropSecondFactor keyauthUserDropSecondFactor `cmd:"" help:"Let a user sign in without a code until they ask for codes again."`
	DropLevel        keyauthUserDropLevel        `cmd:"" help:"Take a level from a user."`
	Drop             keyauthUserDrop             `cmd:"" help:"Remove a user, or all, or those whose time has ended, for ever."`
	Variable         keyauthVariable             `cmd:"" help:"Variables of users, which their apps read and write."`
}

type keyauthUserView struct {
	ID           license.LicenseUserID `json:"id"`
	Product      license.ProductID     `json:"product_id"`
	Name         string                `json:"name"`
	ByKey        bool                  `json:"by_key"` // they came with a license alone
	Password     bool                  `json:"has_password"`
	Email        bool                  `json:"has_email"`
	SecondFactor bool                  `json:"second_factor"`
	Banned       bool                  `json:"banned"`
	BanReason    string                `json:"ban_reason"`
	Hardware     []string              `json:"hardware"`
	Roams        bool                  `json:"roams"`
	ResetAfter   license.Time          `json:"reset_after"`
	Address      string                `json:"address"`
	Seen         license.Time          `json:"seen_at"`
	MutedUntil   license.Time          `json:"muted_until"`
	CreatedBy    string                `json:"created_by"`
	Created      license.Time          `json:"created_at"`
}

func viewKeyauthUser(u license.ApplicationUser) keyauthUserView {
	return keyauthUserView{
		ID: u.ID, Product: u.Product, Name: u.Name, ByKey: u.ByKey, Password: u.Password, Email: len(u.Email) > 0, SecondFactor: u.SecondFactor,
		Banned: u.Banned, BanReason: u.BanReason, Hardware: append([]string{}, u.Hardware...), Roams: u.Roams, ResetAfter: u.ResetAfter,
		Address: u.Address, Seen: u.SeenAt, MutedUntil: u.MutedUntil, CreatedBy: u.CreatedBy, Created: u.Created,
	}
}

func (v *keyauthUserView) marks() string {
	return words(choose(v.Banned, "banned"), choose(v.ByKey, "by key"), choose(!v.ByKey && !v.Password, "no password"),
		choose(v.SecondFactor, "second factor"), choose(v.Roams, "roams"))
}

// holdingView is what a user holds by one license.
type holdingView struct {
	Name    string            `json:"name"`
	Number  int64             `json:"level"`
	License license.LicenseID `json:"license_id"`
	Key     string            `json:"license_key"` // "" is none
	Added   bool              `json:"added"`       // to what they had before
	Active  bool              `json:"active"`
	Started license.Time      `json:"started_at"`
	Expires license.Time      `json:"expires_at"`
	Paused  license.Time      `json:"paused_at"`
}

func viewHolding(h license.Holding, now license.Time) holdingView {
	_, err := license.Entitle([]license.Holding{h}, now)
	return holdingView{h.Name, h.Level, h.License, h.Key, h.Added, err == nil, h.StartedAt, h.ExpiresAt, h.PausedAt}
}

func (v holdingView) text() string {
	until := "for ever"
	if v.Expires != 0 {
		until = "until " + moment(v.Expires)
	}
	return words(v.Name, until, v.Key, choose(v.Paused != 0, "paused since "+moment(v.Paused)), choose(!v.Active && v.Paused == 0, "ended"))
}

// keyauthUserDetail is a user with all that is theirs.
type keyauthUserDetail struct {
	keyauthUserView
	Holds     []holdingView  `json:"holds"`
	Variables []variableView `json:"variables"`
}

func (v *keyauthUserDetail) pairs() [][2]string {
	pairs := [][2]string{
		{"id", idText(v.ID)}, {"name", v.Name}, {"marks", v.marks()}, {"ban reason", v.BanReason}, {"machines", strings.Join(v.Hardware, ", ")},
		{"reset after", moment(v.ResetAfter)}, {"address", v.Address}, {"seen", moment(v.Seen)}, {"e-mail", choose(v.Email, "yes")},
		{"muted until", moment(v.MutedUntil)}, {"created by", v.CreatedBy}, {"created", moment(v.Created)},
	}
	for _, h := range v.Holds {
		pairs = append(pairs, [2]string{"holds", h.text()})
	}
	for _, x := range v.Variables {
		pairs = append(pairs, [2]string{"variable " + x.Name, x.Value})
	}
	return pairs
}

// keyauthUserArg names a user.
type keyauthUserArg struct {
	productArg
	User string `arg:"" help:"Name of the user."`
}

// show prints a user as they are now.
func (a *keyauthUserArg) show(t *tool, d *desk) error {
	u, err := d.ApplicationUser(t.ctx, d.actor, a.Which, a.User)
	if err != nil {
		return err
	}
	v := &keyauthUserDetail{keyauthUserView: viewKeyauthUser(u.ApplicationUser), Holds: []holdingView{}, Variables: []variableView{}}
	for _, h := range u.Holdings {
		v.Holds = append(v.Holds, viewHolding(h, u.Now))
	}
	for _, x := range u.Variables {
		x.UserName = u.Name
		v.Variables = append(v.Variables, viewVariable(x))
	}
	return t.print(v, v.pairs)
}

// change does something to a user and prints them as they are then.
func (a *keyauthUserArg) change(t *tool, do func(*desk) error) error {
	d, err := t.desk()
	if err != nil {
		return err
	}
	return a.changeAt(t, d, do)
}

func (a *keyauthUserArg) changeAt(t *tool, d *desk, do func(*desk) error) error {
	if err := do(d); err != nil {
		return err
	}
	return a.show(t, d)
}

// lastsFlags say how long something lasts.
type lastsFlags struct {
	ExpiryUnit     string `help:"Unit of the duration: seconds, minutes, hours, days, weeks, months, years, lifetime, calendar-months, calendar-years." placeholder:"UNIT"`
	ExpiryDuration *int64 `help:"How many of those units." placeholder:"N"`
	Duration       string `help:"The duration in short: 30d, 6m or 1y (calendar months and years)." placeholder:"TIME"`
}

func (f *lastsFlags) span() (license.Span, error) {
	span, err := (&byFlags{f.ExpiryUnit, f.ExpiryDuration, f.Duration}).span()
	if err == nil && span.IsZero() {
		err = usagef("say how long: --duration 30d, or --expiry-unit weeks --expiry-duration 5")
	}
	return span, err
}

type keyauthUserCreate struct {
	keyauthUserArg
	Level        string `help:"Level that they hold." default:"default" placeholder:"LEVEL"`
	PasswordFile string `help:"File with the password on its first line; - is standard input. Without it, what they sign in with first becomes their password." placeholder:"FILE"`
	Email        string `help:"E-mail address." placeholder:"ADDRESS"`
	Roams        bool   `help:"They sign in from any machine."`
	lastsFlags
}

// Run makes them.
func (c *keyauthUserCreate) Run(t *tool) error {
	lasts, err := c.span()
	if err != nil {
		return err
	}
	var password identity.Secret
	if c.PasswordFile != "" {
		if password, err = t.passwordFrom("password-file", c.PasswordFile); err != nil {
			return err
		}
	}
	d, err := t.sealedDesk()
	if err != nil {
		return err
	}
	return c.changeAt(t, d, func(d *desk) error {
		_, err := d.CreateApplicationUser(t.ctx, d.actor, c.Which, office.NewApplicationUser{
			Name: c.User, Level: c.Level, Lasts: lasts, Password: password, Email: c.Email, Roams: c.Roams,
		})
		return err
	})
}

type keyauthUserList struct {
	productArg
	listFlags
}

// Run lists them.
func (c *keyauthUserList) Run(t *tool) error {
	d, err := t.desk()
	if err != nil {
		return err
	}
	fetch := full(func(p office.Page) ([]license.ApplicationUser, error) {
		return d.ListApplicationUsers(t.ctx, d.actor, c.Which, p)
	}, func(u license.ApplicationUser) int64 { return int64(u.ID) })
	all := as(pages(t, c.listFlags, fetch), func(u license.ApplicationUser) (keyauthUserView, error) { return viewKeyauthUser(u), nil })
	return printList(t, "ID NAME MARKS MACHINES ADDRESS SEEN CREATED", all, func(v keyauthUserView) []string {
		return []string{idText(v.ID), v.Name, v.marks(), strings.Join(v.Hardware, ","), v.Address, moment(v.Seen), moment(v.Created)}
	})
}

type keyauthUserShow struct{ keyauthUserArg }

// Run shows them.
func (c *keyauthUserShow) Run(t *tool) error {
	return c.change(t, func(*desk) error { return nil })
}

// keyauthVariable: licet keyauth user variable. Variables are kept for each user.
type keyauthVariable struct {
	Set  keyauthVariableSet  `cmd:"" help:"Give a variable of a user, or of all, another value."`
	List keyauthVariableList `cmd:"" help:"List the variables of the users of an application."`
	Drop keyauthVariableDrop `cmd:"" help:"Remove a variable of a user, or of all."`
}

type variableView struct {
	User     string `json:"user"`
	Name     string `json:"name"`
	Value    string `json:"value"`
	ReadOnly bool   `json:"read_only"` // for the app of the user
}

func viewVariable(v store.UserVariable) variableView {
	return variableView{v.UserName, v.Name, v.Value, v.ReadOnly}
}
