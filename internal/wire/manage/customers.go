package manage

import (
	"context"
	"errors"
	"net/http"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/wire/api"
)

// Customer is a buyer.
type Customer struct {
	ID        license.CustomerID        `json:"id" example:"1774267200000005"`
	Email     string                    `json:"email" doc:"Unique in any letter case, fixed for ever." example:"ann@example.com"`
	Name      string                    `json:"name" example:"Ann Example"`
	Company   string                    `json:"company"`
	Reference string                    `json:"reference" doc:"Your own id."`
	FirstName string                    `json:"first_name"`
	LastName  string                    `json:"last_name"`
	Phone     string                    `json:"phone"`
	Address   string                    `json:"address" doc:"Street and number."`
	City      string                    `json:"city"`
	Postcode  string                    `json:"postcode"`
	State     string                    `json:"state"`
	Country   string                    `json:"country"`
	Account   license.CustomerAccountID `json:"account_id,omitempty" doc:"The customer account they belong to; absent where there is none." example:"1774267200000006"`
	Metadata  api.Object                `json:"metadata"`
	Created   license.Time              `json:"created_at"`
}

type ofCustomer struct {
	Customer string `path:"customer" doc:"The e-mail address or identity of the customer." example:"ann@example.com"`
}

type newCustomer struct {
	Body struct {
		Email     string     `json:"email" minLength:"3" maxLength:"254" example:"ann@example.com"`
		Name      string     `json:"name,omitempty" maxLength:"200" example:"Ann Example"`
		Company   string     `json:"company,omitempty" maxLength:"200"`
		Reference string     `json:"reference,omitempty" maxLength:"200"`
		FirstName string     `json:"first_name,omitempty" maxLength:"200"`
		LastName  string     `json:"last_name,omitempty" maxLength:"200"`
		Phone     string     `json:"phone,omitempty" maxLength:"200"`
		Address   string     `json:"address,omitempty" maxLength:"200"`
		City      string     `json:"city,omitempty" maxLength:"200"`
		Postcode  string     `json:"postcode,omitempty" maxLength:"200"`
		State     string     `json:"state,omitempty" maxLength:"200"`
		Country   string     `json:"country,omitempty" maxLength:"200"`
		Account   string     `json:"account,omitempty" maxLength:"64" doc:"The code of a customer account." example:"acme"`
		Metadata  api.Object `json:"metadata,omitempty"`
	}
}

type changeCustomer struct {
	ofCustomer
	Body struct {
		Name      api.Change[string]     `json:"name,omitzero" required:"false" maxLength:"200" example:"Ann Example"`
		Company   api.Change[string]     `json:"company,omitzero" required:"false" maxLength:"200"`
		Reference api.Change[string]     `json:"reference,omitzero" required:"false" maxLength:"200"`
		FirstName api.Change[string]     `json:"first_name,omitzero" required:"false" maxLength:"200"`
		LastName  api.Change[string]     `json:"last_name,omitzero" required:"false" maxLength:"200"`
		Phone     api.Change[string]     `json:"phone,omitzero" required:"false" maxLength:"200"`
		Address   api.Change[string]     `json:"address,omitzero" required:"false" maxLength:"200"`
		City      api.Change[string]     `json:"city,omitzero" required:"false" maxLength:"200"`
		Postcode  api.Change[string]     `json:"postcode,omitzero" required:"false" maxLength:"200"`
		State     api.Change[string]     `json:"state,omitzero" required:"false" maxLength:"200"`
		Country   api.Change[string]     `json:"country,omitzero" required:"false" maxLength:"200"`
		Account   api.Change[string]     `json:"account,omitzero" required:"false" maxLength:"64" doc:"The code of a customer account; null is none." example:"acme"`
		Metadata  api.Change[api.Object] `json:"metadata,omitzero" required:"false"`
	}
}

type listCustomers struct {
	api.Paged
	Prefix string `query:"prefix" maxLength:"254" doc:"What the e-mail address begins with, in any letter case." example:"ann@"`
	Text   string `query:"search" maxLength:"200" doc:"What the name, the company or the reference contains, in any letter case." example:"Example"`
}

func addCustomers(a *api.API) {
	const tag = "Customers"
	api.Add(a, with(op(tag, "listCustomers", http.MethodGet, "/customers", "List customers", identity.ReadCustomers), describedAs(mayBeShort)),
		func(ctx context.Context, c *api.Call, in *listCustomers) (api.List[Customer], error) {
			page, err := in.Page()
			if err != nil {
				return api.List[Customer]{}, err
			}
			found, next, err := c.Office.SearchCustomers(ctx, c.Actor, office.CustomerFilter{Prefix: in.Prefix, Text: in.Text}, page)
			return upTo(found, next, viewCustomer), err
		})
	api.Add(a, with(op(tag, "createCustomer", http.MethodPost, "/customers", "Create a customer", identity.WriteCustomers), creates),
		func(ctx context.Context, c *api.Call, in *newCustomer) (Customer, error) {
			b := &in.Body
			x, err := c.Office.CreateCustomer(ctx, c.Actor, office.NewCustomer{
				Email: b.Email, Name: b.Name, Company: b.Company, Reference: b.Reference, FirstName: b.FirstName, LastName: b.LastName,
				Phone: b.Phone, Address: b.Address, City: b.City, Postcode: b.Postcode, State: b.State, Country: b.Country,
				Account: b.Account, Metadata: string(b.Metadata),
			})
			if err != nil {
				return Customer{}, err
			}
			c.Created("/customers/" + api.ID(x.ID))
			return viewCustomer(&x), nil
		})
	api.Add(a, with(op(tag, "showCustomer", http.MethodGet, "/customers/{customer}", "Show a customer", identity.ReadCustomers), tagged),
		func(ctx context.Context, c *api.Call, in *ofCustomer) (Customer, error) {
			x, err := c.Office.FindCustomer(ctx, c.Actor, in.Customer)
			return viewCustomer(&x), err
		})
	api.Add(a, with(op(tag, "changeCustomer", http.MethodPatch, "/customers/{customer}", "Change a customer", identity.WriteCustomers), changes,
		describedAs("The e-mail address stays for ever.")),
		func(ctx context.Context, c *api.Call, in *changeCustomer) (Customer, error) {
			b := &in.Body
			meta := text(&b.Metadata)
			x, err := c.Office.ChangeCustomer(ctx, c.Actor, in.Customer, office.CustomerChange{
				Name: b.Name.Ptr(), Company: b.Company.Ptr(), Reference: b.Reference.Ptr(), FirstName: b.FirstName.Ptr(),
				LastName: b.LastName.Ptr(), Phone: b.Phone.Ptr(), Address: b.Address.Ptr(), City: b.City.Ptr(),
				Postcode: b.Postcode.Ptr(), State: b.State.Ptr(), Country: b.Country.Ptr(), Account: b.Account.Ptr(),
				Metadata: meta,
				If: func(x license.Customer) error {
					return errors.Join(c.Match(viewCustomer(&x)), b.Metadata.Value.MergeInto(x.Metadata, meta))
				},
			})
			return viewCustomer(&x), err
		})
	api.Add(a, with(op(tag, "deleteCustomer", http.MethodDelete, "/customers/{customer}", "Delete a customer", identity.WriteCustomers), destroys,
		describedAs("One who has no licenses, no orders and no license users. The answer is who was deleted.")),
		func(ctx context.Context, c *api.Call, in *ofCustomer) (Customer, error) {
			x, err := c.Office.FindCustomer(ctx, c.Actor, in.Customer)
			if err == nil {
				err = c.Office.DropCustomer(ctx, c.Actor, in.Customer)
			}
			return viewCustomer(&x), err
		})
}

func viewCustomer(x *license.Customer) Customer {
	return Customer{
		ID: x.ID, Email: x.Email, Name: x.Name, Company: x.Company, Reference: x.Reference, FirstName: x.FirstName, LastName: x.LastName,
		Phone: x.Phone, Address: x.Address, City: x.City, Postcode: x.Postcode, State: x.State, Country: x.Country, Account: x.Account,
		Metadata: metadata(x.Metadata), Created: x.Created,
	}
}
