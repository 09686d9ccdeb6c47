package authority

import (
	"context"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/store"
)

// maxListed is how many entries a listing for apps has at most.
const maxListed = 1000

// LicensesOfUser returns the licenses that a license user holds, the newest first, at most 1000: of the product with a
// code, or with "" of all. Those whose order is not completed are left out. Each answer has its user and its Detail, and
// no device. ProductUnknown when there is no such product.
func (a *Authority) LicensesOfUser(ctx context.Context, tenant license.TenantID, user license.LicenseUser, productCode string) (list []Answer, err error) {
	err = a.store.Snapshot(ctx, func(tx *store.Tx) error {
		list = nil
		var only license.ProductID
		if productCode != "" {
			p, err := tx.FindProductByCode(tenant, productCode)
			if err != nil {
				return err
			}
			only = p.ID
		}
		held, err := tx.LicensesOfUser(tenant, user.ID, 0, maxListed)
		if err != nil {
			return err
		}
		for _, r := range held {
			ans := Answer{Now: a.now()}
			if ans.State, err = tx.FindHeld(tenant, r.License, user.ID); err != nil {
				return err
			}
			if ans.License.Withheld || only != 0 && ans.License.Product != only {
				continue
			}
			if ans.Detail, err = tx.FindDetail(&ans.State, ans.Now); err != nil {
				return err
			}
			list = append(list, ans)
		}
		return nil
	})
	return list, err
}

// LicensesOfDevice returns the licenses of a tenant that a machine is activated on, the newest first, at most 1000. Each
// answer has its device, its Detail, and the user who activated it, nil when nobody is known. Licenses that lock to an
// address are not among them: they do not know the machine.
func (a *Authority) LicensesOfDevice(ctx context.Context, tenant license.TenantID, hardwareID string) (list []Answer, err error) {
	if hardwareID == "" {
		return nil, license.Refuse(license.DeviceRequired)
	}
	err = a.store.Snapshot(ctx, func(tx *store.Tx) error {
		list = nil
		devices, err := tx.DevicesByHardware(tenant, hardwareID, 0, maxListed)
		if err != nil {
			return err
		}
		for i := range devices {
			ans, err := a.answerOn(tx, tenant, &devices[i])
			if err != nil {
				return err
			}
			if !ans.License.Withheld {
				list = append(list, ans)
			}
		}
		return nil
	})
	return list, err
}

// answerOn is what is known of the license that a device is activated on.
func (a *Authority) answerOn(tx *store.Tx, tenant license.TenantID, d *license.Device) (ans Answer, err error) {
	ans.Now = a.now()
	ans.State, err = tx.FindHeld(tenant, d.License, d.User)
	if license.ReasonOf(err) == license.KeyUnknown { // The license was taken from whoever activated it.
		ans.State, err = tx.FindHeld(tenant, d.License, 0)
	}
	if err != nil {
		return ans, err
	}
	ans.Device = d
	if d.Active && ans.User != nil && d.User == ans.User.ID {
		ans.UserDevices-- // It counts the others.
	}
	ans.Detail, err = tx.FindDetail(&ans.State, ans.Now)
	return ans, err
}

// CustomerUsers is who uses what a customer bought.
type CustomerUsers struct {
	Customer license.Customer
	Account  license.CustomerAccount // the customer's; the zero value when none
	Users    []CustomerUser
}

// CustomerUser is a license user with one license.
type CustomerUser struct {
	User            license.LicenseUser
	InitialPassword identity.Secret // the password that was given to them; "" once they changed it
	License         license.License
	Order           license.Order
	Devices         int64 // that the user has activated on the license
}

// UsersOfCustomer returns the license users of what the customer with an e-mail address bought of a product, the newest
// license first, at most 1000. It refuses with ProductUnknown, AuthMethodWrong for a product whose licenses have keys, and
// CustomerUnknown.
func (a *Authority) UsersOfCustomer(ctx context.Context, tenant license.TenantID, productCode, email string) (of CustomerUsers, err error) {
	err = a.store.Snapshot(ctx, func(tx *store.Tx) error {
		of = CustomerUsers{}
		p, err := tx.FindProductByCode(tenant, productCode)
		if err != nil {
			return err
		}
		if p.Auth != license.ByUser {
			return license.Refuse(license.AuthMethodWrong)
		}
		of.Customer, err = tx.FindCustomerByEmail(tenant, email)
		if license.CodeOf(err) == license.NotFound {
			return license.Refuse(license.CustomerUnknown)
		}
		if err == nil && of.Customer.Account != 0 {
			of.Account, err = tx.FindCustomerAccount(tenant, of.Customer.Account)
		}
		if err != nil {
			return err
		}
		held, err := tx.HoldersOfCustomer(tenant, of.Customer.ID, p.ID, 0, maxListed)
		if err != nil {
			return err
		}
		for _, r := range held {
			u, err := a.customerUser(tx, tenant, r)
			if err != nil {
				return err
			}
			if !u.License.Withheld {
				of.Users = append(of.Users, u)
			}
		}
		return nil
	})
	return of, err
}

// customerUser loads one line of UsersOfCustomer.
func (a *Authority) customerUser(tx *store.Tx, tenant license.TenantID, r license.Redemption) (u CustomerUser, err error) {
	s, err := tx.FindHeld(tenant, r.License, r.User)
	if err != nil {
		return u, err
	}
	u = CustomerUser{User: *s.User, License: s.License, Devices: s.UserDevices}
	if u.Order, err = tx.FindOrder(tenant, s.License.Order); err != nil {
		return u, err
	}
	secrets, err := tx.FindUserSecrets(tenant, r.User)
	if err != nil {
		return u, err
	}
	initial, err := a.InitialPassword(secrets)
	u.InitialPassword = identity.Secret(initial)
	return u, err
}
