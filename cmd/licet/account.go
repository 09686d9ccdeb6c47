package main

import (
	"bytes"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
)

// accountCommand: licet account. The people of a customer account sign in at their company's own identity provider; see
// licet customer change --account.
type accountCommand struct {
	Create accountCreate `cmd:"" help:"Make a customer account."`
	List   accountList   `cmd:"" help:"List the customer accounts."`
}

type accountView struct {
	ID       license.CustomerAccountID `json:"id"`
	Code     string                    `json:"code"`
	Name     string                    `json:"name"`
	Issuer   string                    `json:"issuer"`
	ClientID string                    `json:"client_id"`
	Created  license.Time              `json:"created_at"`
}

func viewAccount(a license.CustomerAccount) accountView {
	return accountView{ID: a.ID, Code: a.Code, Name: a.Name, Issuer: a.Issuer, ClientID: a.ClientID, Created: a.Created}
}

func (v accountView) pairs() [][2]string {
	return [][2]string{
		{"id", idText(v.ID)}, {"code", v.Code}, {"name", v.Name}, {"issuer", v.Issuer}, {"client id", v.ClientID}, {"created", moment(v.Created)},
	}
}

type accountCreate struct {
	Code             string `arg:"" help:"Short name, unique in the tenant, fixed for ever. Apps say it when somebody signs in."`
	Name             string `help:"Name for people; the code when empty." placeholder:"NAME"`
	Issuer           string `help:"Issuer of OpenID Connect, an https address; no single sign-on when empty." placeholder:"URL"`
	ClientID         string `help:"Client id under which the issuer knows us." name:"client-id" placeholder:"ID"`
	ClientSecretFile string `help:"File with the client's secret; - is standard input." placeholder:"FILE"`
}

// Run makes it.
func (c *accountCreate) Run(t *tool) error {
	n := office.NewAccount{Code: c.Code, Name: c.Name, Issuer: c.Issuer, ClientID: c.ClientID}
	if c.ClientSecretFile != "" {
		secret, err := t.readFile(c.ClientSecretFile)
		if err != nil {
			return usagef("--client-secret-file: %w", err)
		}
		if secret = bytes.TrimSpace(secret); len(secret) == 0 {
			return usagef("--client-secret-file: %s is empty", c.ClientSecretFile)
		}
		n.ClientSecret = identity.Secret(secret)
	}
	d, err := t.sealedDesk()
	if err != nil {
		return err
	}
	a, err := d.CreateCustomerAccount(t.ctx, d.actor, n)
	if err != nil {
		return err
	}
	return t.print(viewAccount(a), viewAccount(a).pairs)
}

type accountList struct{ listFlags }

// Run lists them.
func (c *accountList) Run(t *tool) error {
	d, err := t.desk()
	if err != nil {
		return err
	}
	fetch := full(func(p office.Page) ([]license.CustomerAccount, error) {
		return d.ListCustomerAccounts(t.ctx, d.actor, p)
	},
		func(a license.CustomerAccount) int64 { return int64(a.ID) })
	all := as(pages(t, c.listFlags, fetch), func(a license.CustomerAccount) (accountView, error) { return viewAccount(a), nil })
	return printList(t, "ID CODE NAME ISSUER CLIENT-ID CREATED", all, func(v accountView) []string {
		return []string{idText(v.ID), v.Code, v.Name, v.Issuer, v.ClientID, moment(v.Created)}
	})
}
