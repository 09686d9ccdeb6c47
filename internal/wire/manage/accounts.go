package manage

import (
	"context"
	"net/http"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/wire/api"
)

// CustomerAccount is a company whose people sign in at an identity provider of their own. They are the license users named
// "address|CODE", and those whose customer belongs to the account.
type CustomerAccount struct {
	ID       license.CustomerAccountID `json:"id" example:"1774267200000006"`
	Code     string                    `json:"code" doc:"Yours, fixed for ever. Apps say it when somebody signs in." example:"acme"`
	Name     string                    `json:"name" example:"Acme Ltd"`
	Issuer   string                    `json:"issuer" doc:"Of OpenID Connect; empty is no single sign-on." example:"https://login.example.com/realm"`
	ClientID string                    `json:"client_id" example:"licet"`
	Created  license.Time              `json:"created_at"`
}

type ofCustomerAccount struct {
	Account string `path:"account" doc:"The code or identity of the customer account." example:"acme"`
}

type newCustomerAccount struct {
	Body struct {
		Code         string          `json:"code" minLength:"2" maxLength:"64" example:"acme"`
		Name         string          `json:"name,omitempty" maxLength:"200" doc:"The code where it is left out." example:"Acme Ltd"`
		Issuer       string          `json:"issuer,omitempty" maxLength:"2000" doc:"Of OpenID Connect, an https address; no single sign-on where it is left out." example:"https://login.example.com/realm"`
		ClientID     string          `json:"client_id,omitempty" maxLength:"255" doc:"How you are registered there; needed with an issuer." example:"licet"`
		ClientSecret identity.Secret `json:"client_secret,omitempty" maxLength:"2000" doc:"What you were given there. It is never shown." example:"s3cret"`
	}
}

type changeCustomerAccount struct {
	ofCustomerAccount
	Body struct {
		Name         api.Change[string]          `json:"name,omitzero" required:"false" minLength:"1" maxLength:"200" example:"Acme Ltd"`
		Issuer       api.Change[string]          `json:"issuer,omitzero" required:"false" maxLength:"2000" doc:"null ends single sign-on." example:"https://login.example.com/realm"`
		ClientID     api.Change[string]          `json:"client_id,omitzero" required:"false" maxLength:"255" example:"licet"`
		ClientSecret api.Change[identity.Secret] `json:"client_secret,omitzero" required:"false" maxLength:"2000" doc:"null is none." example:"s3cret"`
	}
}

type listCustomerAccounts struct{ api.Paged }

func addCustomerAccounts(a *api.API) {
	const tag = "Customer accounts"
	api.Add(a, op(tag, "listCustomerAccounts", http.MethodGet, "/customer-accounts", "List customer accounts", identity.ReadCustomers),
		func(ctx context.Context, c *api.Call, in *listCustomerAccounts) (api.List[CustomerAccount], error) {
			page, err := in.Page()
			if err != nil {
				return api.List[CustomerAccount]{}, err
			}
			found, err := c.Office.ListCustomerAccounts(ctx, c.Actor, page)
			return api.ListOf(in.Paged, found, viewCustomerAccount, func(x *license.CustomerAccount) string { return api.ID(x.ID) }), err
		})
	api.Add(a, with(op(tag, "createCustomerAccount", http.MethodPost, "/customer-accounts", "Create a customer account", identity.WriteCustomers), creates),
		func(ctx context.Context, c *api.Call, in *newCustomerAccount) (CustomerAccount, error) {
			x, err := c.Office.CreateCustomerAccount(ctx, c.Actor, office.NewAccount(in.Body))
			if err != nil {
				return CustomerAccount{}, err
			}
			c.Created("/customer-accounts/" + api.ID(x.ID))
			return viewCustomerAccount(&x), nil
		})
	api.Add(a, with(op(tag, "showCustomerAccount", http.MethodGet, "/customer-accounts/{account}", "Show a customer account", identity.ReadCustomers), tagged),
		func(ctx context.Context, c *api.Call, in *ofCustomerAccount) (CustomerAccount, error) {
			x, err := c.Office.FindCustomerAccount(ctx, c.Actor, in.Account)
			return viewCustomerAccount(&x), err
		})
	api.Add(a, with(op(tag, "changeCustomerAccount", http.MethodPatch, "/customer-accounts/{account}", "Change a customer account", identity.WriteCustomers), changes,
		describedAs("Its code stays for ever.")),
		func(ctx context.Context, c *api.Call, in *changeCustomerAccount) (CustomerAccount, error) {
			b := &in.Body
			x, err := c.Office.ChangeCustomerAccount(ctx, c.Actor, in.Account, office.AccountChange{
				Name: b.Name.Ptr(), Issuer: b.Issuer.Ptr(), ClientID: b.ClientID.Ptr(), ClientSecret: b.ClientSecret.Ptr(),
				If: func(x license.CustomerAccount) error { return c.Match(viewCustomerAccount(&x)) },
			})
			return viewCustomerAccount(&x), err
		})
}

func viewCustomerAccount(x *license.CustomerAccount) CustomerAccount {
	return CustomerAccount{ID: x.ID, Code: x.Code, Name: x.Name, Issuer: x.Issuer, ClientID: x.ClientID, Created: x.Created}
}
