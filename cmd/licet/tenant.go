package main

import (
	"strconv"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/store"
)

// tenantCommand: licet tenant. A tenant is a vendor company; commands about its things need --tenant only
// where there are several.
type tenantCommand struct {
	Create   tenantCreate   `cmd:"" help:"Make a tenant, and the database where there is none."`
	List     tenantList     `cmd:"" help:"List the tenants."`
	Show     tenantShow     `cmd:"" help:"Show a tenant."`
	Lockout  tenantLockout  `cmd:"" help:"Give a tenant's people another policy for wrong passwords."`
	Settings tenantSettings `cmd:"" help:"List what a tenant has set."`
	Set      tenantSet      `cmd:"" help:"Set something for a tenant, from the next request on."`
}

type tenantView struct {
	ID      license.TenantID `json:"id"`
	Code    string           `json:"code"`
	Name    string           `json:"name"`
	Created license.Time     `json:"created_at"`
}

func viewTenant(x license.Tenant) tenantView { return tenantView{x.ID, x.Code, x.Name, x.Created} }

func (v tenantView) pairs() [][2]string {
	return [][2]string{{"id", idText(v.ID)}, {"code", v.Code}, {"name", v.Name}, {"created", moment(v.Created)}}
}

type tenantCreate struct {
	Code string `arg:"" help:"Short name, unique on this server."`
	Name string `help:"Name for people; the code when empty." placeholder:"NAME"`
}

// Run is the one management command that makes a database: it is the first anybody needs.
func (c *tenantCreate) Run(t *tool) error {
	db, err := t.open(store.Options{MaxConns: commandConns})
	if err != nil {
		return err
	}
	if _, err := db.Migrate(t.ctx); err != nil {
		return err
	}
	if c.Name == "" {
		c.Name = c.Code
	}
	tenant, err := office.New(t.officeDeps(db)).CreateTenant(t.ctx, operator(), c.Code, c.Name)
	if err != nil {
		return err
	}
	return t.print(viewTenant(tenant), viewTenant(tenant).pairs)
}

type tenantList struct{ listFlags }

// Run lists them.
func (c *tenantList) Run(t *tool) error {
	o, err := t.office()
	if err != nil {
		return err
	}
	fetch := full(func(p office.Page) ([]license.Tenant, error) { return o.ListTenants(t.ctx, operator(), p) },
		func(x license.Tenant) int64 { return int64(x.ID) })
	all := as(pages(t, c.listFlags, fetch), func(x license.Tenant) (tenantView, error) { return viewTenant(x), nil })
	return printList(t, "ID CODE NAME CREATED", all, func(v tenantView) []string {
		return []string{idText(v.ID), v.Code, v.Name, moment(v.Created)}
	})
}

type tenantShow struct {
	Which string `arg:"" optional:"" name:"tenant" help:"Code or id; may be left out like --tenant."`
}

// Run shows it.
func (c *tenantShow) Run(t *tool) error {
	o, err := t.office()
	if err != nil {
		return err
	}
	if c.Which == "" {
		c.Which = t.globals.Tenant
	}
	tenant, err := t.findTenant(o, c.Which)
	if err != nil {
		return err
	}
	return t.print(viewTenant(tenant), viewTenant(tenant).pairs)
}

type tenantLockout struct {
	Policy string `arg:"" help:"What differs from the server's policy, as a JSON object; default for the server's own."`
}

// Run stores it and shows the whole policy.
func (c *tenantLockout) Run(t *tool) error {
	d, err := t.desk()
	if err != nil {
		return err
	}
	if c.Policy == "default" {
		c.Policy = ""
	}
	policy, err := d.SetLockoutPolicy(t.ctx, d.actor, c.Policy)
	if err != nil {
		return err
	}
	return t.print(policy, func() [][2]string { return lockoutPairs(policy) })
}

func lockoutPairs(p identity.LockoutPolicy) [][2]string {
	return [][2]string{
		{"failures per round", strconv.Itoa(p.FailuresPerRound)},
		{"first lock", p.FirstLock.Duration().String()},
		{"each longer by", p.Step.Duration().String()},
		{"longest lock", p.MaxLock.Duration().String()},
		{"locks that end", p.TemporaryLocks.String()},
		{"forgotten after", p.IdleReset.Duration().String()},
	}
}
