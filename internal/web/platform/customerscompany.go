package platform

import (
	"fmt"
	"net/url"

	"github.com/a-h/templ"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/web"
)

// companyPath is where a company, which is a customer account, is looked at and changed.
func companyPath(id license.CustomerAccountID) string {
	return fmt.Sprintf("/customers/accounts/%d/edit", int64(id))
}

// companiesView is what the list of companies shows.
type companiesView struct {
	accounts []license.CustomerAccount
	query    url.Values
	next     int64
	write    bool
}

func (v *visit) companyList() error {
	view := companiesView{query: v.input.Values, write: v.can(identity.WriteCustomers)}
	page := office.Page{Before: v.input.Int("before", 0), Limit: peoplePageSize + 1}
	var err error
	if view.accounts, err = v.p.d.Office.ListCustomerAccounts(v.Context(), v.actor, page); err != nil {
		return err
	}
	if len(view.accounts) > peoplePageSize {
		view.accounts = view.accounts[:peoplePageSize]
		view.next = int64(view.accounts[peoplePageSize-1].ID)
	}
	return v.draw(v.t("Companies"), companiesPage(&view))
}

func (c *companiesView) forward() string { return peopleNext("/customers/accounts", c.query, c.next) }
func (c *companiesView) first() string   { return peopleFirst("/customers/accounts", c.query) }

// companyForm is what the form for a company shows: what was typed into it, else what is stored.
type companyForm struct {
	account license.CustomerAccount // ID 0 is a new one
	forget  bool                    // the secret of the client
	write   bool
}

// ssoOn reports whether the company signs in at an identity provider.
func (f *companyForm) ssoOn() bool { return f.account.Issuer != "" }

// typedCompany is what a form says of a company.
func (v *visit) typedCompany() license.CustomerAccount {
	return license.CustomerAccount{Code: v.input.Text("code"), Name: v.input.Text("name"), Issuer: v.input.Text("issuer"), ClientID: v.input.Text("client_id")}
}

func (v *visit) companyNew() error {
	return v.draw(v.t("New company"), companyFormPage(&companyForm{write: true}, nil))
}

func (v *visit) companyCreate() error {
	t := v.typedCompany()
	a, err := v.p.d.Office.CreateCustomerAccount(v.Context(), v.actor, office.NewAccount{
		Code: t.Code, Name: t.Name, Issuer: t.Issuer, ClientID: t.ClientID, ClientSecret: identity.Secret(v.input.Raw("client_secret")),
	})
	if err != nil {
		if license.CodeOf(err) == license.Conflict {
			err = &license.Error{Code: license.Conflict, Field: "code", Message: license.Describe(err).Message}
		}
		return v.again(err, v.t("New company"), func(f web.Faults) templ.Component { return companyFormPage(&companyForm{account: t, write: true}, f) })
	}
	v.say(web.Good, "The company %s is there.", a.Name)
	return v.redirect(companyPath(a.ID))
}

func (v *visit) companyOf() (license.CustomerAccount, error) {
	id, err := v.id("account")
	if err != nil {
		return license.CustomerAccount{}, err
	}
	return v.p.d.Office.FindCustomerAccount(v.Context(), v.actor, fmt.Sprint(id))
}

func (v *visit) companyEdit() error {
	a, err := v.companyOf()
	if err != nil {
		return err
	}
	return v.draw(a.Name, companyFormPage(&companyForm{account: a, write: v.can(identity.WriteCustomers)}, nil))
}

func (v *visit) companyChange() error {
	stored, err := v.companyOf()
	if err != nil {
		return err
	}
	t := v.typedCompany()
	change := office.AccountChange{Name: &t.Name, Issuer: &t.Issuer, ClientID: &t.ClientID}
	secret := identity.Secret(v.input.Raw("client_secret"))
	switch {
	case t.Issuer == "": // All of it is forgotten with the issuer.
		change.ClientID = nil
	case secret != "":
		change.ClientSecret = &secret
	case v.input.Bool("forget_secret"):
		change.ClientSecret = new(identity.Secret)
	}
	if _, err := v.p.d.Office.ChangeCustomerAccount(v.Context(), v.actor, fmt.Sprint(int64(stored.ID)), change); err != nil {
		t.ID, t.Code = stored.ID, stored.Code
		form := companyForm{account: t, forget: v.input.Bool("forget_secret"), write: true}
		return v.again(err, stored.Name, func(f web.Faults) templ.Component { return companyFormPage(&form, f) })
	}
	v.say(web.Good, "The company %s is changed.", t.Name)
	return v.redirect(companyPath(stored.ID))
}
