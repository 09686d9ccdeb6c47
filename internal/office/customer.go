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
	FirstName string
	LastName  string
	Phone     string
	Address   string
	City      string
	Postcode  string
	State     string
	Country   string
	Metadata  string // the vendor's own JSON; "" is none
	Account   string // code of the customer account they belong to; "" is none
}

// texts are what people type about a customer, by field.
func (n *NewCustomer) texts() map[string]string {
	return map[string]string{
		"name": n.Name, "company": n.Company, "reference": n.Reference, "first_name": n.FirstName, "last_name": n.LastName,
		"phone": n.Phone, "address": n.Address, "city": n.City, "postcode": n.Postcode, "state": n.State, "country": n.Country,
	}
}

// checkTexts refuses a text that is too long or not printable.
func checkTexts(texts map[string]string) error {
	for field, text := range texts {
		if err := checkText(field, text, 0, maxName); err != nil {
			return err
		}
	}
	return nil
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
	if n.Email, err = license.CheckEmail("email", n.Email); err != nil {
		return license.Customer{}, false, err
	}
	if err := checkTexts(n.texts()); err != nil {
		return license.Customer{}, false, err
	}
	if err := checkMetadata(n.Metadata); err != nil {
		return license.Customer{}, false, err
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
	c := license.Customer{
		Tenant: actor.Tenant, Email: n.Email, Name: n.Name, Company: n.Company, Reference: n.Reference, Created: now,
		FirstName: n.FirstName, LastName: n.LastName, Phone: n.Phone, Address: n.Address, City: n.City, Postcode: n.Postcode,
		State: n.State, Country: n.Country, Metadata: n.Metadata,
	}
	var err error
	if c.Account, err = accountOf(tx, actor.Tenant, n.Account); err != nil {
		return license.Customer{}, false, err
	}
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

// accountOf returns the customer account with a code; 0 for "".
func accountOf(tx *store.Tx, tenant license.TenantID, code string) (license.CustomerAccountID, error) {
	if code == "" {
		return 0, nil
	}
	account, _, err := tx.FindCustomerAccountByCode(tenant, code)
	return account.ID, err
}

// CustomerChange says what is to differ on a customer; a nil field leaves its value. The e-mail address stays.
type CustomerChange struct {
	Name      *string
	Company   *string
	Reference *string // the vendor's own id
	FirstName *string
	LastName  *string
	Phone     *string
	Address   *string
	City      *string
	Postcode  *string
	State     *string
	Country   *string
	Metadata  *string // the vendor's own JSON; "" is none
	Account   *string // code of the customer account; "" is none

	If func(license.Customer) error // looks at what is stored, and its error is the answer; nil is no condition
}

// ChangeCustomer changes a customer of the actor's tenant, by e-mail address or identity. It refuses with
// account_unknown.
func (o *Office) ChangeCustomer(ctx context.Context, actor identity.Actor, ref string, change CustomerChange) (c license.Customer, err error) {
	if err := may(actor, identity.WriteCustomers); err != nil {
		return license.Customer{}, err
	}
	if change.Metadata != nil {
		if err := checkMetadata(*change.Metadata); err != nil {
			return license.Customer{}, err
		}
	}
	err = o.d.Store.Write(ctx, func(tx *store.Tx) (err error) {
		if _, err = tx.LockTenant(actor.Tenant); err != nil { // of two changes at once, the second sees the first
			return err
		}
		if c, err = findCustomer(tx, actor.Tenant, ref); err != nil {
			return err
		}
		before := c
		if change.If != nil {
			if err := change.If(c); err != nil {
				return err
			}
		}
		if err := change.apply(&c); err != nil {
			return err
		}
		if change.Account != nil {
			if c.Account, err = accountOf(tx, actor.Tenant, *change.Account); err != nil {
				return err
			}
		}
		if c == before {
			return nil
		}
		if err := tx.SaveCustomer(&c); err != nil {
			return err
		}
		return tx.AppendEvents(actor.Tenant, actor.String(), o.d.Now(), license.Event{Kind: license.CustomerChanged, Subject: int64(c.ID)})
	})
	return c, err
}

// apply takes over the texts that are to differ.
func (change *CustomerChange) apply(c *license.Customer) error {
	for _, f := range []struct {
		name string
		to   *string
		at   *string
	}{
		{"name", change.Name, &c.Name}, {"company", change.Company, &c.Company}, {"reference", change.Reference, &c.Reference},
		{"first_name", change.FirstName, &c.FirstName}, {"last_name", change.LastName, &c.LastName}, {"phone", change.Phone, &c.Phone},
		{"address", change.Address, &c.Address}, {"city", change.City, &c.City}, {"postcode", change.Postcode, &c.Postcode},
		{"state", change.State, &c.State}, {"country", change.Country, &c.Country},
	} {
		if f.to == nil {
			continue
		}
		if err := checkText(f.name, *f.to, 0, maxName); err != nil {
			return err
		}
		*f.at = *f.to
	}
	if change.Metadata != nil {
		c.Metadata = *change.Metadata
	}
	return nil
}
