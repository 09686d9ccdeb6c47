package office

import (
	"context"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/store"
)

// NewCustomer is a buyer to make.
type NewCustomer struct {
	Email     string
	Name      string
	Company   string
	Reference string // the vendor's own id
}

// CreateCustomer makes a customer of the actor's tenant. Conflict when it has one with that e-mail
// address.
func (o *Office) CreateCustomer(ctx context.Context, actor identity.Actor, n NewCustomer) (c license.Customer, err error) {
	c, made, err := o.customer(ctx, actor, n)
	if err == nil && !made {
		return license.Customer{}, &license.Error{Code: license.Conflict, Message: "there is already a customer " + c.Email}
	}
	return c, err
}

// FindOrCreateCustomer returns the customer with an e-mail address as it is, or makes one.
func (o *Office) FindOrCreateCustomer(ctx context.Context, actor identity.Actor, n NewCustomer) (license.Customer, error) {
	c, _, err := o.customer(ctx, actor, n)
	return c, err
}

func (o *Office) customer(ctx context.Context, actor identity.Actor, n NewCustomer) (c license.Customer, made bool, err error) {
	if err := may(actor, identity.WriteCustomers); err != nil {
		return license.Customer{}, false, err
	}
	if n.Email, err = checkEmail(n.Email); err != nil {
		return license.Customer{}, false, err
	}
	for field, text := range map[string]string{"name": n.Name, "company": n.Company, "reference": n.Reference} {
		if err := checkText(field, text, 0, maxName); err != nil {
			return license.Customer{}, false, err
		}
	}
	err = o.d.Store.Write(ctx, func(tx *store.Tx) (err error) {
		if _, err := tx.FindTenant(actor.Tenant); err != nil {
			return err
		}
		c, made, err = findOrInsertCustomer(tx, actor, o.d.Now(), n)
		return err
	})
	return c, made, err
}

func findOrInsertCustomer(tx *store.Tx, actor identity.Actor, now license.Time, n NewCustomer) (license.Customer, bool, error) {
	c := license.Customer{Tenant: actor.Tenant, Email: n.Email, Name: n.Name, Company: n.Company, Reference: n.Reference, Created: now}
	made, err := tx.InsertCustomer(&c)
	if err != nil {
		return license.Customer{}, false, err
	}
	if !made {
		c, err = tx.FindCustomerByEmail(actor.Tenant, n.Email)
		return c, false, err
	}
	return c, true, tx.AppendEvents(actor.Tenant, actor.String(), now, license.Event{Kind: license.CustomerCreated, Subject: int64(c.ID)})
}

// ListCustomers returns the customers of the actor's tenant.
func (o *Office) ListCustomers(ctx context.Context, actor identity.Actor, page Page) (list []license.Customer, err error) {
	if err := may(actor, identity.ReadCustomers); err != nil {
		return nil, err
	}
	err = o.d.Store.Read(ctx, func(tx *store.Tx) (err error) {
		list, err = tx.ListCustomers(actor.Tenant, license.CustomerID(page.Before), page.size())
		return err
	})
	return list, err
}

// FindCustomer returns a customer of the actor's tenant by e-mail address or identity.
func (o *Office) FindCustomer(ctx context.Context, actor identity.Actor, ref string) (c license.Customer, err error) {
	if err := may(actor, identity.ReadCustomers); err != nil {
		return license.Customer{}, err
	}
	err = o.d.Store.Read(ctx, func(tx *store.Tx) (err error) {
		c, err = findCustomer(tx, actor.Tenant, ref)
		return err
	})
	return c, err
}

func findCustomer(tx *store.Tx, tenant license.TenantID, ref string) (license.Customer, error) {
	if id, isID := license.ParseID(ref); isID {
		return tx.FindCustomer(tenant, license.CustomerID(id))
	}
	return tx.FindCustomerByEmail(tenant, ref)
}

// BanUser keeps a license user of a product from signing in, whatever licenses they hold (S1-18).
func (o *Office) BanUser(ctx context.Context, actor identity.Actor, product, name, reason string) (license.LicenseUser, error) {
	if err := checkText("reason", reason, 0, maxName); err != nil {
		return license.LicenseUser{}, err
	}
	return o.judgeUser(ctx, actor, product, name, func(u license.LicenseUser) license.Change { return license.BanUser(u, reason) })
}

// UnbanUser lets a license user of a product sign in again.
func (o *Office) UnbanUser(ctx context.Context, actor identity.Actor, product, name string) (license.LicenseUser, error) {
	return o.judgeUser(ctx, actor, product, name, license.UnbanUser)
}

func (o *Office) judgeUser(ctx context.Context, actor identity.Actor, product, name string, decide func(license.LicenseUser) license.Change) (u license.LicenseUser, err error) {
	if err := may(actor, identity.WriteCustomers); err != nil {
		return license.LicenseUser{}, err
	}
	err = o.d.Store.Write(ctx, func(tx *store.Tx) error {
		owner, err := findProduct(tx, actor.Tenant, product)
		if err != nil {
			return err
		}
		if u, err = tx.FindLicenseUserByName(actor.Tenant, owner.ID, name); err != nil {
			return err
		}
		ch := decide(u)
		u = *ch.User
		return tx.Apply(actor.Tenant, actor.String(), o.d.Now(), &ch)
	})
	return u, err
}
