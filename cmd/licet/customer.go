package main

import (
	"licet/internal/license"
	"licet/internal/office"
)

// customerCommand: licet customer. A customer is named by e-mail address or id.
type customerCommand struct {
	Create customerCreate `cmd:"" help:"Make a customer."`
	List   customerList   `cmd:"" help:"List the customers."`
	Show   customerShow   `cmd:"" help:"Show a customer."`
}

type customerView struct {
	ID        license.CustomerID `json:"id"`
	Email     string             `json:"email"`
	Name      string             `json:"name"`
	Company   string             `json:"company"`
	Reference string             `json:"reference"`
	Created   license.Time       `json:"created_at"`
}

func viewCustomer(c license.Customer) customerView {
	return customerView{c.ID, c.Email, c.Name, c.Company, c.Reference, c.Created}
}

func (v customerView) pairs() [][2]string {
	return [][2]string{
		{"id", idText(v.ID)}, {"email", v.Email}, {"name", v.Name}, {"company", v.Company}, {"reference", v.Reference},
		{"created", moment(v.Created)},
	}
}

type customerCreate struct {
	Email     string `arg:"" help:"E-mail address, unique in the tenant."`
	Name      string `help:"Name." placeholder:"NAME"`
	Company   string `help:"Company." placeholder:"NAME"`
	Reference string `help:"Your own id for them." placeholder:"REF"`
}

// Run makes it.
func (c *customerCreate) Run(t *tool) error {
	d, err := t.desk()
	if err != nil {
		return err
	}
	x, err := d.CreateCustomer(t.ctx, d.actor, office.NewCustomer{Email: c.Email, Name: c.Name, Company: c.Company, Reference: c.Reference})
	if err != nil {
		return err
	}
	return t.print(viewCustomer(x), viewCustomer(x).pairs)
}

type customerList struct{ listFlags }

// Run lists them.
func (c *customerList) Run(t *tool) error {
	d, err := t.desk()
	if err != nil {
		return err
	}
	fetch := full(func(p office.Page) ([]license.Customer, error) { return d.ListCustomers(t.ctx, d.actor, p) },
		func(x license.Customer) int64 { return int64(x.ID) })
	all := as(pages(t, c.listFlags, fetch), func(x license.Customer) (customerView, error) { return viewCustomer(x), nil })
	return printList(t, "ID EMAIL NAME COMPANY REFERENCE CREATED", all, func(v customerView) []string {
		return []string{idText(v.ID), v.Email, v.Name, v.Company, v.Reference, moment(v.Created)}
	})
}

type customerShow struct {
	Customer string `arg:"" help:"E-mail address or id."`
}

// Run shows it.
func (c *customerShow) Run(t *tool) error {
	d, err := t.desk()
	if err != nil {
		return err
	}
	x, err := d.FindCustomer(t.ctx, d.actor, c.Customer)
	if err != nil {
		return err
	}
	return t.print(viewCustomer(x), viewCustomer(x).pairs)
}

// licenseUserCommand: licet license-user. License users are the end users who redeemed licenses, per
// product.
type licenseUserCommand struct {
	Ban   licenseUserBan   `cmd:"" help:"Keep a license user from signing in, whatever licenses they hold."`
	Unban licenseUserUnban `cmd:"" help:"Let a banned license user sign in again."`
}

type licenseUserView struct {
	ID        license.LicenseUserID `json:"id"`
	Product   license.ProductID     `json:"product_id"`
	Name      string                `json:"name"`
	Email     string                `json:"email"`
	Banned    bool                  `json:"banned"`
	BanReason string                `json:"ban_reason"`
	Created   license.Time          `json:"created_at"`
}

func viewLicenseUser(u license.LicenseUser) licenseUserView {
	return licenseUserView{u.ID, u.Product, u.Name, u.Email, u.Banned, u.BanReason, u.Created}
}

func (v licenseUserView) pairs() [][2]string {
	return [][2]string{
		{"id", idText(v.ID)}, {"name", v.Name}, {"email", v.Email}, {"banned", yesNo(v.Banned)}, {"reason", v.BanReason},
		{"created", moment(v.Created)},
	}
}

// licenseUserArg names a license user.
type licenseUserArg struct {
	productFlag
	Name string `arg:"" help:"Name of the license user."`
}

func (t *tool) onLicenseUser(do func(*desk) (license.LicenseUser, error)) error {
	d, err := t.desk()
	if err != nil {
		return err
	}
	u, err := do(d)
	if err != nil {
		return err
	}
	return t.print(viewLicenseUser(u), viewLicenseUser(u).pairs)
}

type licenseUserBan struct {
	licenseUserArg
	Reason string `help:"Why; the user may be told." placeholder:"TEXT"`
}

// Run bans them.
func (c *licenseUserBan) Run(t *tool) error {
	return t.onLicenseUser(func(d *desk) (license.LicenseUser, error) {
		return d.BanUser(t.ctx, d.actor, c.Product, c.Name, c.Reason)
	})
}

type licenseUserUnban struct{ licenseUserArg }

// Run lets them back.
func (c *licenseUserUnban) Run(t *tool) error {
	return t.onLicenseUser(func(d *desk) (license.LicenseUser, error) {
		return d.UnbanUser(t.ctx, d.actor, c.Product, c.Name)
	})
}
