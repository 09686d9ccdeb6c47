package main

import (
	"licet/internal/license"
	"licet/internal/office"
)

// customerCommand: licet customer. A customer is named by e-mail address or id.
type customerCommand struct {
	Create customerCreate `cmd:"" help:"Make a customer."`
	Change customerChange `cmd:"" help:"Change a customer; what is not named stays."`
	List   customerList   `cmd:"" help:"List the customers."`
	Show   customerShow   `cmd:"" help:"Show a customer."`
}

type customerView struct {
	ID        license.CustomerID        `json:"id"`
	Email     string                    `json:"email"`
	Name      string                    `json:"name"`
	Company   string                    `json:"company"`
	Reference string                    `json:"reference"`
	FirstName string                    `json:"first_name"`
	LastName  string                    `json:"last_name"`
	Phone     string                    `json:"phone"`
	Address   string                    `json:"address"`
	City      string                    `json:"city"`
	Postcode  string                    `json:"postcode"`
	State     string                    `json:"state"`
	Country   string                    `json:"country"`
	Metadata  string                    `json:"metadata"`
	Account   license.CustomerAccountID `json:"account_id"`
	Created   license.Time              `json:"created_at"`
}

func viewCustomer(c license.Customer) customerView {
	return customerView{
		ID: c.ID, Email: c.Email, Name: c.Name, Company: c.Company, Reference: c.Reference, FirstName: c.FirstName, LastName: c.LastName,
		Phone: c.Phone, Address: c.Address, City: c.City, Postcode: c.Postcode, State: c.State, Country: c.Country, Metadata: c.Metadata,
		Account: c.Account, Created: c.Created,
	}
}

func (v customerView) pairs() [][2]string {
	return [][2]string{
		{"id", idText(v.ID)}, {"email", v.Email}, {"name", v.Name}, {"company", v.Company}, {"reference", v.Reference},
		{"first name", v.FirstName}, {"last name", v.LastName}, {"phone", v.Phone}, {"address", v.Address}, {"city", v.City},
		{"postcode", v.Postcode}, {"state", v.State}, {"country", v.Country}, {"metadata", v.Metadata}, {"account id", optionalID(v.Account)},
		{"created", moment(v.Created)},
	}
}

// customerFlags are what is known of a customer besides the e-mail address; nil is not named.
type customerFlags struct {
	Name      *string `help:"Name." placeholder:"NAME"`
	Company   *string `help:"Company." placeholder:"NAME"`
	Reference *string `help:"Your own id for them." placeholder:"REF"`
	FirstName *string `help:"First name." placeholder:"NAME"`
	LastName  *string `help:"Last name." placeholder:"NAME"`
	Phone     *string `help:"Telephone number." placeholder:"NUMBER"`
	Address   *string `help:"Street and number." placeholder:"TEXT"`
	City      *string `help:"City." placeholder:"NAME"`
	Postcode  *string `help:"Postcode." placeholder:"CODE"`
	State     *string `help:"State or province." placeholder:"NAME"`
	Country   *string `help:"Country." placeholder:"NAME"`
	Metadata  *string `help:"JSON of your own, which apps see." placeholder:"JSON"`
	Account   *string `help:"Code of the customer account they belong to." placeholder:"CODE"`
}

// textOf returns a flag's text, "" where it is not named.
func textOf(flag *string) string {
	if flag == nil {
		return ""
	}
	return *flag
}

type customerCreate struct {
	Email string `arg:"" help:"E-mail address, unique in the tenant."`
	customerFlags
}

// Run makes it.
func (c *customerCreate) Run(t *tool) error {
	d, err := t.desk()
	if err != nil {
		return err
	}
	x, err := d.CreateCustomer(t.ctx, d.actor, office.NewCustomer{
		Email: c.Email, Name: textOf(c.Name), Company: textOf(c.Company), Reference: textOf(c.Reference), FirstName: textOf(c.FirstName),
		LastName: textOf(c.LastName), Phone: textOf(c.Phone), Address: textOf(c.Address), City: textOf(c.City), Postcode: textOf(c.Postcode),
		State: textOf(c.State), Country: textOf(c.Country), Metadata: textOf(c.Metadata), Account: textOf(c.Account),
	})
	if err != nil {
		return err
	}
	return t.print(viewCustomer(x), viewCustomer(x).pairs)
}

type customerChange struct {
	Customer string `arg:"" help:"E-mail address or id."`
	customerFlags
}

// Run changes it.
func (c *customerChange) Run(t *tool) error {
	d, err := t.desk()
	if err != nil {
		return err
	}
	x, err := d.ChangeCustomer(t.ctx, d.actor, c.Customer, office.CustomerChange{
		Name: c.Name, Company: c.Company, Reference: c.Reference, FirstName: c.FirstName, LastName: c.LastName, Phone: c.Phone,
		Address: c.Address, City: c.City, Postcode: c.Postcode, State: c.State, Country: c.Country, Metadata: c.Metadata, Account: c.Account,
	})
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
