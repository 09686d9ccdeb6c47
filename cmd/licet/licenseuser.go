package main

import (
	"strconv"
	"strings"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
)

// licenseUserCommand: licet license-user. License users are the end users who hold licenses: of all products of the
// tenant whose users sign in, or of one product.
type licenseUserCommand struct {
	Create        licenseUserCreate   `cmd:"" help:"Make a license user and print the password they begin with."`
	List          licenseUserList     `cmd:"" help:"List the license users."`
	Show          licenseUserShow     `cmd:"" help:"Show a license user, and whether they are locked out."`
	Assign        licenseUserAssign   `cmd:"" help:"Let a license user hold a license."`
	Unassign      licenseUserUnassign `cmd:"" help:"Take a license from a user and free the devices they activated on it."`
	Ban           licenseUserBan      `cmd:"" help:"Keep a license user from signing in, whatever licenses they hold."`
	Unban         licenseUserUnban    `cmd:"" help:"Let a banned license user sign in again."`
	ResetPassword licenseUserReset    `cmd:"" help:"Give a license user another password to begin with."`
	Unlock        licenseUserUnlock   `cmd:"" help:"End a lockout after wrong passwords, a permanent one too."`
}

type licenseUserView struct {
	ID          license.LicenseUserID `json:"id"`
	Product     license.ProductID     `json:"product_id"` // 0 is every product whose users sign in
	Name        string                `json:"name"`
	Email       string                `json:"email"`
	FirstName   string                `json:"first_name"`
	LastName    string                `json:"last_name"`
	Phone       string                `json:"phone"`
	Customer    license.CustomerID    `json:"customer_id"`
	Initial     bool                  `json:"is_initial_password"`
	Password    *string               `json:"password,omitempty"` // only where it was made up just now
	Banned      bool                  `json:"banned"`
	BanReason   string                `json:"ban_reason"`
	Created     license.Time          `json:"created_at"`
	Licenses    []license.LicenseID   `json:"licenses,omitempty"` // only from show
	Failures    int                   `json:"failures"`
	LockedUntil license.Time          `json:"locked_until"`
	LockedOut   bool                  `json:"locked_for_good"`
}

func viewLicenseUser(u license.LicenseUser) licenseUserView {
	return licenseUserView{
		ID: u.ID, Product: u.Product, Name: u.Name, Email: u.Email, FirstName: u.FirstName, LastName: u.LastName, Phone: u.Phone,
		Customer: u.Customer, Initial: u.InitialPassword, Banned: u.Banned, BanReason: u.BanReason, Created: u.Created,
	}
}

func (v licenseUserView) pairs() [][2]string {
	locked := moment(v.LockedUntil)
	if v.LockedOut {
		locked = "until somebody unlocks it"
	}
	ids := make([]string, len(v.Licenses))
	for i, id := range v.Licenses {
		ids[i] = idText(id)
	}
	pairs := [][2]string{
		{"id", idText(v.ID)}, {"name", v.Name}, {"email", v.Email}, {"first name", v.FirstName}, {"last name", v.LastName},
		{"phone", v.Phone}, {"customer id", optionalID(v.Customer)}, {"product id", optionalID(v.Product)},
		{"initial password", yesNo(v.Initial)}, {"banned", yesNo(v.Banned)}, {"reason", v.BanReason}, {"created", moment(v.Created)},
		{"licenses", strings.Join(ids, ", ")}, {"locked", locked},
	}
	if v.Password != nil {
		pairs = append(pairs, [2]string{"password", *v.Password})
	}
	return pairs
}

// optionalID writes an identity, and nothing for none.
func optionalID[T ~int64](id T) string {
	if id == 0 {
		return ""
	}
	return strconv.FormatInt(int64(id), 10)
}

// licenseUserProduct says among whom a license user is looked for.
type licenseUserProduct struct {
	Product string `help:"Those of one product: code, number or id. Without it, those of the whole tenant." placeholder:"PRODUCT"`
}

// licenseUserArg names a license user.
type licenseUserArg struct {
	licenseUserProduct
	Name string `arg:"" help:"Name or id of the license user."`
}

// show prints a license user as they are now, with a password that nobody else knows; "" for none.
func (a *licenseUserArg) show(t *tool, d *desk, password identity.Secret) error {
	u, err := d.FindLicenseUser(t.ctx, d.actor, a.Product, a.Name)
	if err != nil {
		return err
	}
	v := viewLicenseUser(u.LicenseUser)
	for _, held := range u.Holds {
		v.Licenses = append(v.Licenses, held.License)
	}
	v.Failures, v.LockedOut = u.Locked.Failures, u.Locked.Permanent
	if u.Locked.LockedUntil > t.now() {
		v.LockedUntil = u.Locked.LockedUntil
	}
	if password != "" {
		text := password.Reveal()
		v.Password = &text
	}
	return t.print(v, v.pairs)
}

// change does something to a license user and prints what became of them.
func (a *licenseUserArg) change(t *tool, do func(*desk) error) error {
	d, err := t.desk()
	if err != nil {
		return err
	}
	if err := do(d); err != nil {
		return err
	}
	return a.show(t, d, "")
}

// givenPassword reads the password that somebody is given from a file; without one it is "", and one is made up.
func (t *tool) givenPassword(p passwordFlags) (identity.Secret, error) {
	if p.PasswordFile == "" {
		return "", nil
	}
	return t.passwordFrom("password-file", p.PasswordFile)
}

// givenPasswordFlags say where a password comes from that somebody is given.
type givenPasswordFlags struct {
	PasswordFile string `help:"File with the password on its first line; - is standard input. Without it a password is made up and printed." placeholder:"FILE"`
}

type licenseUserCreate struct {
	licenseUserProduct
	Name      string `arg:"" help:"What they sign in by, usually their e-mail address."`
	Email     string `help:"E-mail address; the name when that is one." placeholder:"EMAIL"`
	FirstName string `help:"First name." placeholder:"NAME"`
	LastName  string `help:"Last name." placeholder:"NAME"`
	Phone     string `help:"Telephone number." placeholder:"NUMBER"`
	Customer  string `help:"Customer they are of: e-mail address or id." placeholder:"CUSTOMER"`
	givenPasswordFlags
}

// Run makes them.
func (c *licenseUserCreate) Run(t *tool) error {
	d, err := t.sealedDesk()
	if err != nil {
		return err
	}
	given, err := t.givenPassword(passwordFlags(c.givenPasswordFlags))
	if err != nil {
		return err
	}
	if c.Email == "" && strings.Contains(c.Name, "@") {
		c.Email, _, _ = strings.Cut(c.Name, "|")
	}
	u, password, err := d.CreateLicenseUser(t.ctx, d.actor, office.NewLicenseUser{
		Product: c.Product, Name: c.Name, Email: c.Email, FirstName: c.FirstName, LastName: c.LastName, Phone: c.Phone,
		Customer: c.Customer, Password: given,
	})
	if err != nil {
		return err
	}
	v := viewLicenseUser(u)
	if given == "" {
		text := password.Reveal()
		v.Password = &text
	}
	return t.print(v, v.pairs)
}

type licenseUserList struct {
	licenseUserProduct
	Customer string `help:"Those of a customer: e-mail address or id." placeholder:"CUSTOMER"`
	listFlags
}

// Run lists them.
func (c *licenseUserList) Run(t *tool) error {
	d, err := t.desk()
	if err != nil {
		return err
	}
	filter := office.LicenseUserFilter{Product: c.Product, Customer: c.Customer}
	fetch := full(func(p office.Page) ([]license.LicenseUser, error) {
		return d.ListLicenseUsers(t.ctx, d.actor, filter, p)
	},
		func(u license.LicenseUser) int64 { return int64(u.ID) })
	all := as(pages(t, c.listFlags, fetch), func(u license.LicenseUser) (licenseUserView, error) { return viewLicenseUser(u), nil })
	return printList(t, "ID NAME EMAIL FIRST-NAME LAST-NAME INITIAL BANNED CREATED", all, func(v licenseUserView) []string {
		return []string{idText(v.ID), v.Name, v.Email, v.FirstName, v.LastName, yesNo(v.Initial), yesNo(v.Banned), moment(v.Created)}
	})
}

type licenseUserShow struct{ licenseUserArg }

// Run shows them.
func (c *licenseUserShow) Run(t *tool) error {
	return c.change(t, func(*desk) error { return nil })
}

// licenseUserHold names a user and a license.
type licenseUserHold struct {
	User string `arg:"" help:"Name or id of the license user."`
	licenseArg
}

// change does something with both and shows the license as it is then.
func (c *licenseUserHold) change(t *tool, do func(*desk) (license.LicenseRecord, error)) error {
	d, err := t.desk()
	if err != nil {
		return err
	}
	r, err := do(d)
	if err != nil {
		return err
	}
	v, err := newNames(t, d).view(r)
	if err != nil {
		return err
	}
	return t.print(v, v.pairs)
}

type licenseUserAssign struct{ licenseUserHold }

// Run assigns it.
func (c *licenseUserAssign) Run(t *tool) error {
	return c.change(t, func(d *desk) (license.LicenseRecord, error) { return d.AssignUser(t.ctx, d.actor, c.ref(), c.User) })
}

type licenseUserUnassign struct{ licenseUserHold }

// Run takes it back.
func (c *licenseUserUnassign) Run(t *tool) error {
	return c.change(t, func(d *desk) (license.LicenseRecord, error) { return d.UnassignUser(t.ctx, d.actor, c.ref(), c.User) })
}

type licenseUserBan struct {
	licenseUserArg
	Reason string `help:"Why; the user may be told." placeholder:"TEXT"`
}

// Run bans them.
func (c *licenseUserBan) Run(t *tool) error {
	return c.change(t, func(d *desk) error {
		_, err := d.BanLicenseUser(t.ctx, d.actor, c.Product, c.Name, c.Reason)
		return err
	})
}

type licenseUserUnban struct{ licenseUserArg }

// Run lets them back.
func (c *licenseUserUnban) Run(t *tool) error {
	return c.change(t, func(d *desk) error {
		_, err := d.UnbanLicenseUser(t.ctx, d.actor, c.Product, c.Name)
		return err
	})
}

type licenseUserReset struct {
	licenseUserArg
	givenPasswordFlags
}

// Run sets it, and prints it where it was made up.
func (c *licenseUserReset) Run(t *tool) error {
	d, err := t.sealedDesk()
	if err != nil {
		return err
	}
	given, err := t.givenPassword(passwordFlags(c.givenPasswordFlags))
	if err != nil {
		return err
	}
	password, err := d.ResetUserPassword(t.ctx, d.actor, c.Product, c.Name, given)
	if err != nil {
		return err
	}
	if given != "" {
		password = ""
	}
	return c.show(t, d, password)
}

type licenseUserUnlock struct {
	Name string `arg:"" help:"Name or id of the license user."`
}

// Run unlocks them.
func (c *licenseUserUnlock) Run(t *tool) error {
	a := licenseUserArg{Name: c.Name}
	return a.change(t, func(d *desk) error { return d.UnlockLicenseUser(t.ctx, d.actor, c.Name) })
}
