package platform

import (
	"cmp"
	"context"
	"strings"

	"licet/internal/license"
	"licet/internal/web"
)

// action is where the form is sent.
func (f *customerForm) action() string {
	if f.id == 0 {
		return base + "/customers"
	}
	return base + customerPath(f.id, "edit")
}

func (f *customerForm) emailHint(ctx context.Context) string {
	if f.id == 0 {
		return ""
	}
	return web.T(ctx, "It stays for ever.")
}

// accountOptions are the companies that the form suggests.
func (f *customerForm) accountOptions() (options []web.Option) {
	for i := range f.accounts {
		options = append(options, web.Option{Value: f.accounts[i].Code, Label: f.accounts[i].Name})
	}
	return options
}

// customerAddress is a postal address as lines.
func customerAddress(c *license.Customer) (lines []string) {
	for _, line := range []string{c.Address, strings.TrimSpace(c.Postcode + " " + c.City), c.State, c.Country} {
		if line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}

// companyTitle is what a company is called, its code where the name is being emptied.
func companyTitle(a *license.CustomerAccount) string { return cmp.Or(a.Name, a.Code) }

// action is where the form is sent.
func (f *companyForm) action() string {
	if f.account.ID == 0 {
		return base + "/customers/accounts"
	}
	return base + companyPath(f.account.ID)
}

func (f *companyForm) secretHint(ctx context.Context) string {
	if f.account.ID == 0 {
		return ""
	}
	return web.T(ctx, "It is never shown. Empty leaves it as it is; another issuer forgets it.")
}
