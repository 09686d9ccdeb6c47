package main

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"licet/internal/license"
	"licet/internal/office"
)

// licenseCommand: licet license. A license is named by its key or id. Where several products have a
// license with the same key, --product says which is meant.
type licenseCommand struct {
	Create licenseCreate `cmd:"" help:"Make licenses: one, or up to 10000 at once, all or none."`
	List   licenseList   `cmd:"" help:"List licenses."`
	Show   licenseShow   `cmd:"" help:"Show a license with its order, customer, devices and terms."`
	Export licenseExport `cmd:"" help:"Write licenses as CSV to standard output."`
	Import licenseImport `cmd:"" help:"Make licenses of a file: CSV, an export of Licet too, or what KeyAuth exports."`

	Suspend     licenseSuspend `cmd:"" help:"Stop licenses for now."`
	Resume      licenseResume  `cmd:"" help:"Let suspended licenses work again."`
	Revoke      licenseRevoke  `cmd:"" help:"End licenses for ever."`
	Ban         licenseBan     `cmd:"" help:"Keep anybody new from redeeming licenses."`
	Unban       licenseUnban   `cmd:"" help:"Lift the ban of licenses, and of the users who redeemed them."`
	Extend      licenseExtend  `cmd:"" help:"Lengthen unused licenses."`
	Renew       licenseRenew   `cmd:"" help:"Give licenses another period from their end on, or from now."`
	Note        licenseNote    `cmd:"" help:"Write a note on licenses; no client ever sees it."`
	Change      licenseChange  `cmd:"" help:"Change what licenses were sold with."`
	Reset       licenseReset   `cmd:"" help:"Free every device of licenses and forget their transfers."`
	Devices     licenseDevices `cmd:"" help:"List the devices known on a license."`
	FreeDevice  licenseFree    `cmd:"" name:"free" help:"Free the place of one device."`
	BlockDevice licenseBlock   `cmd:"" name:"block" help:"Refuse a device from now on, and free its place."`
	AllowDevice licenseUnblock `cmd:"" name:"unblock" help:"Let a blocked device back."`
	History     licenseHistory `cmd:"" help:"List what happened to a license."`

	Activate licenseActivate `cmd:"" help:"Give a device a place on a license, as its app would; with the password where the license asks for one."`
	Credit   licenseCredit   `cmd:"" help:"Credits: units that a license or its buyer may spend."`
	InfoTag  licenseInfoTag  `cmd:"" help:"Info tags: notes that apps keep about a license."`

	Offline     licenseOffline     `cmd:"" help:"Do what the request file of a device without a network asks for, and write the file that goes back."`
	RefreshFile licenseRefreshFile `cmd:"" help:"Write a file that tells a device without a network what its license says now."`
}

type licenseCreate struct {
	Product     string   `help:"Product: code, number or id." required:"" placeholder:"PRODUCT"`
	Amount      *int     `help:"How many, 1 to 10000; as many as there are keys of your own, else 1." placeholder:"N"`
	Key         []string `help:"Keys of your own, in place of made ones." placeholder:"KEY" sep:"none"`
	KeysFile    string   `help:"File with keys of your own, one a line; - is standard input." placeholder:"FILE"`
	Note        string   `help:"Note for your people; no client ever sees it." placeholder:"TEXT"`
	Policy      string   `help:"Policy to copy the terms from: code or id; the product's default when empty." placeholder:"POLICY"`
	Order       string   `help:"Reference of the order they belong to; a known one is added to, a new one is made." placeholder:"REF"`
	Pending     bool     `help:"The order is not paid yet: they are withheld until it is completed."`
	Customer    string   `help:"E-mail address of the buyer." placeholder:"ADDRESS"`
	Trial       bool     `help:"They are trials."`
	ExpiresAt   string   `help:"A fixed end: 2026-03-23 or 2026-03-23T12:00:00Z." placeholder:"TIME"`
	NotBefore   string   `help:"No activation earlier." placeholder:"TIME"`
	Metadata    string   `help:"JSON that clients see." placeholder:"JSON"`
	CustomField []string `help:"What a custom field of the product holds." placeholder:"NAME=VALUE" sep:"none"`
	maskFlags
	termsFlags
}

// Run makes them and prints them all.
func (c *licenseCreate) Run(t *tool) error {
	n, err := c.order(t)
	if err != nil {
		return err
	}
	d, err := t.desk()
	if err != nil {
		return err
	}
	n.Mask, err = c.mask(func() (license.Mask, error) {
		p, err := d.FindProduct(t.ctx, d.actor, c.Product)
		return p.Mask, err
	})
	if err != nil {
		return err
	}
	made, err := d.CreateLicenses(t.ctx, d.actor, n)
	if err != nil {
		return err
	}
	names := newNames(t, d)
	names.products[made.Product.ID] = made.Product.Code
	names.orders[made.Order.ID] = made.Order.Reference
	return printLicenses(t, as(seq(slices.Concat(made.Licenses, made.Parts)), names.view))
}

// customFields reads the flags for them.
func (c *licenseCreate) customFields() (map[string]string, error) {
	values := make(map[string]string)
	for _, text := range c.CustomField {
		name, value, ok := strings.Cut(text, "=")
		if !ok {
			return nil, usagef("--custom-field %s: write NAME=VALUE", text)
		}
		values[name] = value
	}
	return values, nil
}

// order is what the office is asked for.
func (c *licenseCreate) order(t *tool) (office.NewLicenses, error) {
	n := office.NewLicenses{
		Product: c.Product, Policy: c.Policy, Keys: c.Key, Trial: c.Trial, Order: c.Order,
		OrderStatus: orderStatus(c.Pending), Customer: c.Customer, Note: c.Note, Metadata: c.Metadata,
	}
	if c.Amount != nil {
		if n.Amount = *c.Amount; n.Amount == 0 {
			n.Amount = -1 // The office takes 0 for not given; this one is.
		}
	}
	terms, err := c.termsFlags.change()
	if err != nil {
		return n, err
	}
	if terms.Duration != nil && !terms.Duration.IsZero() {
		n.Expiry, terms.Duration = *terms.Duration, nil
	}
	if terms.Plan != nil && *terms.Plan != "" {
		n.Plan, terms.Plan = *terms.Plan, nil
	}
	n.Terms = terms
	if n.Fields, err = c.customFields(); err != nil {
		return n, err
	}
	if n.ExpiresAt, err = timeFlag("expires-at", c.ExpiresAt); err != nil {
		return n, err
	}
	if n.NotBefore, err = timeFlag("not-before", c.NotBefore); err != nil {
		return n, err
	}
	if c.KeysFile != "" {
		keys, err := t.linesOf("keys-file", c.KeysFile)
		if err != nil {
			return n, err
		}
		n.Keys = append(n.Keys, keys...)
	}
	return n, nil
}

type licenseList struct {
	Product  string `help:"Of this product: code, number or id." placeholder:"PRODUCT"`
	Policy   string `help:"Of this policy; needs --product." placeholder:"POLICY"`
	Order    string `help:"Of this order: reference or id." placeholder:"ORDER"`
	Customer string `help:"Of this customer: e-mail address or id." placeholder:"CUSTOMER"`
	Standing string `help:"Only enabled, suspended or revoked ones." placeholder:"STANDING"`
	Used     *bool  `help:"Only used ones, or with --no-used only unused ones." negatable:""`
	Expired  *bool  `help:"Only expired ones, or with --no-expired only others." negatable:""`
	Banned   *bool  `help:"Only banned ones, or with --no-banned only others." negatable:""`
	Prefix   string `help:"Only those whose key begins so." placeholder:"TEXT"`
	Note     string `help:"Only those whose note contains this." placeholder:"TEXT"`
	listFlags
}

// Run lists them.
func (c *licenseList) Run(t *tool) error {
	d, err := t.desk()
	if err != nil {
		return err
	}
	filter := office.LicenseFilter{Product: c.Product, Policy: c.Policy, Order: c.Order, Customer: c.Customer,
		Standing: license.Standing(c.Standing), Used: c.Used, Expired: c.Expired, Banned: c.Banned, Prefix: c.Prefix, Note: c.Note}
	fetch := func(p office.Page) ([]license.LicenseRecord, int64, error) {
		return d.ListLicenses(t.ctx, d.actor, filter, p)
	}
	return printLicenses(t, as(pages(t, c.listFlags, fetch), newNames(t, d).view))
}

// licenseArg names one license.
type licenseArg struct {
	Product string `help:"Product of the key, where several have the same." placeholder:"PRODUCT"`
	License string `arg:"" help:"Key or id."`
}

func (a *licenseArg) ref() office.Ref { return office.Ref{Product: a.Product, Key: a.License} }

type licenseShow struct{ licenseArg }

// Run shows it.
func (c *licenseShow) Run(t *tool) error {
	d, err := t.desk()
	if err != nil {
		return err
	}
	detail, err := d.ShowLicense(t.ctx, d.actor, c.ref())
	if err != nil {
		return err
	}
	v := viewDetail(&detail)
	return t.print(v, v.pairs)
}

type licenseExport struct {
	From string `help:"First day (UTC) on which they were created, 2026-01-31; the beginning when empty." placeholder:"DAY"`
	To   string `help:"Last day, that day included; today when empty." placeholder:"DAY"`
}

// Run writes CSV, whatever --json says.
func (c *licenseExport) Run(t *tool) error {
	from, err := timeFlag("from", c.From)
	if err != nil {
		return err
	}
	to, err := timeFlag("to", c.To)
	if err != nil {
		return err
	}
	d, err := t.desk()
	if err != nil {
		return err
	}
	var progress func(int)
	done := func() {}
	if _, ok := terminal(t.errs); ok {
		progress = func(lines int) { fmt.Fprintf(t.errs, "\r%d licenses", lines) }
		done = func() { fmt.Fprintln(t.errs) }
	}
	err = d.ExportLicenses(t.ctx, d.actor, t.out, from, to, progress)
	done()
	return err
}

// linesOf reads the lines of a file that are not blank.
func (t *tool) linesOf(flag, file string) ([]string, error) {
	text, err := t.readFile(file)
	if err != nil {
		return nil, usagef("--%s: %w", flag, err)
	}
	var out []string
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line != "" {
			out = append(out, line)
		}
	}
	return out, nil
}

// maxListFile bounds what is read of a list of keys: 10,000 of the longest have far less.
const maxListFile = 8 << 20

// readFile reads a file, or standard input for -.
func (t *tool) readFile(file string) ([]byte, error) {
	if file == "-" {
		return readSome(t.in)
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return readSome(f)
}
