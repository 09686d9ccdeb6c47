package platform

import (
	"cmp"
	"fmt"
	"net/url"

	"github.com/a-h/templ"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/web"
)

// customerRoutes are customers, and the companies that they belong to.
func (p *Platform) customerRoutes() []route {
	const read, write = identity.ReadCustomers, identity.WriteCustomers
	return []route{
		{pattern: "GET /customers", needs: read, page: (*visit).customerList},
		{pattern: "GET /customers/new", needs: write, page: (*visit).customerNew},
		{pattern: "POST /customers", needs: write, page: (*visit).customerCreate},
		{pattern: "GET /customers/{id}", needs: read, page: (*visit).customerShow},
		{pattern: "GET /customers/{id}/edit", needs: write, page: (*visit).customerEdit},
		{pattern: "POST /customers/{id}/edit", needs: write, page: (*visit).customerChange},
		{pattern: "POST /customers/{id}/delete", needs: write, page: (*visit).customerDelete},
		{pattern: "GET /customers/accounts", needs: read, page: (*visit).companyList},
		{pattern: "GET /customers/accounts/new", needs: write, page: (*visit).companyNew},
		{pattern: "POST /customers/accounts", needs: write, page: (*visit).companyCreate},
		{pattern: "GET /customers/accounts/{account}/edit", needs: read, page: (*visit).companyEdit},
		{pattern: "POST /customers/accounts/{account}/edit", needs: write, page: (*visit).companyChange},
	}
}

// customerPath is the page of a customer, or one below it.
func customerPath(id license.CustomerID, below ...string) string {
	path := fmt.Sprintf("/customers/%d", int64(id))
	for _, part := range below {
		path += "/" + part
	}
	return path
}

// customerTitle is what a customer is called besides the e-mail address: name and company, as far as they are known.
func customerTitle(c *license.Customer) string {
	name := cmp.Or(c.Name, customerPerson(c))
	switch {
	case name == "" || c.Company == "":
		return name + c.Company
	}
	return name + ", " + c.Company
}

// customerPerson is the first and the last name of a customer.
func customerPerson(c *license.Customer) string {
	if c.FirstName == "" || c.LastName == "" {
		return c.FirstName + c.LastName
	}
	return c.FirstName + " " + c.LastName
}

// customersView is what the list of customers shows.
type customersView struct {
	customers []license.Customer
	query     url.Values
	next      int64
	write     bool
}

func (v *visit) customerList() error {
	view := customersView{query: v.input.Values, write: v.can(identity.WriteCustomers)}
	filter := office.CustomerFilter{Prefix: v.input.Text("q"), Text: v.input.Text("text")}
	var err error
	view.customers, view.next, err = v.p.d.Office.SearchCustomers(v.Context(), v.actor, filter, office.Page{Before: v.input.Int("before", 0), Limit: peoplePageSize})
	if err != nil {
		return err
	}
	return v.draw(v.t("Customers"), customersPage(&view))
}

func (c *customersView) value(name string) string { return c.query.Get(name) }
func (c *customersView) filtered() bool           { return c.value("q") != "" || c.value("text") != "" }

func (c *customersView) forward() string { return peopleNext("/customers", c.query, c.next) }
func (c *customersView) first() string   { return peopleFirst("/customers", c.query) }

// customerView is what the page of a customer shows.
type customerView struct {
	customer license.Customer
	account  license.CustomerAccount // the zero one where there is none
	orders   []license.Order         // the newest, as the others
	licenses []license.LicenseRecord
	users    []office.UserRow
	products []office.Product
	more     map[string]bool // of which of these there are more
	write    bool
	sees     map[string]bool // which of these the role may see
}

// customerShown is how many orders, licenses and users the page of a customer shows.
const customerShown = 10

func (v *visit) customerOf() (license.Customer, error) {
	id, err := v.id("id")
	if err != nil {
		return license.Customer{}, err
	}
	return v.p.d.Office.FindCustomer(v.Context(), v.actor, fmt.Sprint(id))
}

func (v *visit) customerShow() error {
	c, err := v.customerOf()
	if err != nil {
		return err
	}
	view := customerView{customer: c, write: v.can(identity.WriteCustomers), more: map[string]bool{}, sees: map[string]bool{
		"orders": v.can(identity.ReadOrders), "licenses": v.can(identity.ReadLicenses), "users": true,
	}}
	if err := v.customerThings(&view); err != nil {
		return err
	}
	return v.draw(c.Email, customerPage(&view))
}

// customerThings loads what belongs to a customer.
func (v *visit) customerThings(view *customerView) (err error) {
	o, ctx, ref, page := v.p.d.Office, v.Context(), fmt.Sprint(int64(view.customer.ID)), office.Page{Limit: customerShown}
	var next int64
	if view.customer.Account != 0 {
		if view.account, err = o.FindCustomerAccount(ctx, v.actor, fmt.Sprint(int64(view.customer.Account))); err != nil {
			return err
		}
	}
	if view.sees["orders"] {
		if view.orders, next, err = o.SearchOrders(ctx, v.actor, office.OrderFilter{Customer: ref}, page); err != nil {
			return err
		}
		view.more["orders"] = next != 0
	}
	if view.sees["licenses"] {
		if view.licenses, next, err = o.ListLicenses(ctx, v.actor, office.LicenseFilter{Customer: ref}, page); err != nil {
			return err
		}
		view.more["licenses"] = next != 0
	}
	if view.users, next, err = o.BrowseLicenseUsers(ctx, v.actor, office.UserView{Customer: ref}, page); err != nil {
		return err
	}
	view.more["users"] = next != 0
	view.products, err = v.peopleProducts()
	return err
}

// held reports whether something belongs to the customer: then they cannot be deleted.
func (c *customerView) held() bool {
	return len(c.orders)+len(c.licenses)+len(c.users) > 0
}

// all is the list of all that belongs to the customer, "" where the page shows all of it.
func (c *customerView) all(what string) string {
	if !c.more[what] {
		return ""
	}
	return base + "/" + what + web.Query(nil, "customer", c.customer.Email)
}

// customerForm is what the form for a customer shows: what was typed into it, else what is stored.
type customerForm struct {
	id       license.CustomerID // 0 is a new one
	customer license.Customer   // as the form has it
	account  string             // code of the company
	accounts []license.CustomerAccount
}

// companyChoices are the companies that the form suggests.
func (v *visit) companyChoices() ([]license.CustomerAccount, error) {
	return v.p.d.Office.ListCustomerAccounts(v.Context(), v.actor, office.Page{Limit: 200})
}

func (v *visit) customerNew() error {
	accounts, err := v.companyChoices()
	if err != nil {
		return err
	}
	return v.draw(v.t("New customer"), customerFormPage(&customerForm{customer: license.Customer{Email: v.input.Text("email")}, accounts: accounts}, nil))
}

// typedCustomer is what a form says of a customer.
func (v *visit) typedCustomer() license.Customer {
	in := v.input
	return license.Customer{
		Email: in.Text("email"), Name: in.Text("name"), Company: in.Text("company"), Reference: in.Text("reference"),
		FirstName: in.Text("first_name"), LastName: in.Text("last_name"), Phone: in.Text("phone"), Address: in.Text("address"),
		City: in.Text("city"), Postcode: in.Text("postcode"), State: in.Text("state"), Country: in.Text("country"), Metadata: in.Text("metadata"),
	}
}

func (v *visit) customerCreate() error {
	typed := v.typedCustomer()
	c, err := v.p.d.Office.CreateCustomer(v.Context(), v.actor, office.NewCustomer{
		Email: typed.Email, Name: typed.Name, Company: typed.Company, Reference: typed.Reference, FirstName: typed.FirstName,
		LastName: typed.LastName, Phone: typed.Phone, Address: typed.Address, City: typed.City, Postcode: typed.Postcode,
		State: typed.State, Country: typed.Country, Metadata: typed.Metadata, Account: v.input.Text("account"),
	})
	if err != nil {
		return v.customerAgain(err, v.t("New customer"), &customerForm{customer: typed})
	}
	v.say(web.Good, "%s is there.", c.Email)
	return v.redirect(customerPath(c.ID))
}

// customerAgain draws the form again with what is wrong with it.
func (v *visit) customerAgain(err error, title string, form *customerForm) error {
	accounts, failed := v.companyChoices()
	if failed != nil {
		return failed
	}
	form.accounts, form.account = accounts, v.input.Text("account")
	if license.CodeOf(err) == license.Conflict {
		err = &license.Error{Code: license.Conflict, Field: "email", Message: license.Describe(err).Message}
	}
	return v.again(peopleMissing(err, "account"), title, func(f web.Faults) templ.Component { return customerFormPage(form, f) })
}

func (v *visit) customerEdit() error {
	c, err := v.customerOf()
	if err != nil {
		return err
	}
	form := customerForm{id: c.ID, customer: c}
	if form.accounts, err = v.companyChoices(); err != nil {
		return err
	}
	if c.Account != 0 {
		a, err := v.p.d.Office.FindCustomerAccount(v.Context(), v.actor, fmt.Sprint(int64(c.Account)))
		if err != nil {
			return err
		}
		form.account = a.Code
	}
	return v.draw(v.t("Edit %s", c.Email), customerFormPage(&form, nil))
}

func (v *visit) customerChange() error {
	stored, err := v.customerOf()
	if err != nil {
		return err
	}
	t, account := v.typedCustomer(), v.input.Text("account")
	_, err = v.p.d.Office.ChangeCustomer(v.Context(), v.actor, fmt.Sprint(int64(stored.ID)), office.CustomerChange{
		Name: &t.Name, Company: &t.Company, Reference: &t.Reference, FirstName: &t.FirstName, LastName: &t.LastName, Phone: &t.Phone,
		Address: &t.Address, City: &t.City, Postcode: &t.Postcode, State: &t.State, Country: &t.Country, Metadata: &t.Metadata, Account: &account,
	})
	if err != nil {
		t.Email = stored.Email
		return v.customerAgain(err, v.t("Edit %s", stored.Email), &customerForm{id: stored.ID, customer: t})
	}
	v.say(web.Good, "%s is changed.", stored.Email)
	return v.redirect(customerPath(stored.ID))
}

func (v *visit) customerDelete() error {
	c, err := v.customerOf()
	if err != nil {
		return err
	}
	if err := v.p.d.Office.DropCustomer(v.Context(), v.actor, fmt.Sprint(int64(c.ID))); err != nil {
		return err
	}
	v.say(web.Good, "%s is deleted.", c.Email)
	return v.redirect("/customers")
}
