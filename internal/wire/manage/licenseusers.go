package manage

import (
	"context"
	"net/http"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/wire/api"
)

// LicenseUser is an end user who holds licenses.
type LicenseUser struct {
	ID        license.LicenseUserID `json:"id" example:"1774267200000008"`
	Product   license.ProductID     `json:"product_id,omitempty" doc:"The product that they are of; absent is every product whose users sign in." example:"1774267200000001"`
	Name      string                `json:"name" doc:"What they sign in by, unique in any letter case." example:"ann@example.com"`
	Email     string                `json:"email,omitempty" example:"ann@example.com"`
	FirstName string                `json:"first_name,omitempty" example:"Ann"`
	LastName  string                `json:"last_name,omitempty" example:"Archer"`
	Phone     string                `json:"phone,omitempty" example:"+49 30 123456"`
	Customer  license.CustomerID    `json:"customer_id,omitempty" doc:"The customer that they are of." example:"1774267200000005"`
	Initial   bool                  `json:"initial_password" doc:"They have the password that they were given."`
	Banned    bool                  `json:"banned"`
	BanReason string                `json:"ban_reason,omitempty" example:"shared in a forum"`
	Created   license.Time          `json:"created_at"`
}

// UserLock is what is held against a license user after wrong passwords.
type UserLock struct {
	Failures  int          `json:"failures" doc:"Wrong passwords so far." example:"5"`
	Until     license.Time `json:"locked_until" doc:"null is not locked, or for good."`
	Permanent bool         `json:"permanent" doc:"Until somebody unlocks it."`
}

// NewLicenseUser is a license user who was made.
type NewLicenseUser struct {
	LicenseUser
	Password string `json:"password,omitempty" doc:"What they begin with, where it was made up. It is shown this once." example:"kP7-qT2x-94"`
}

func viewLicenseUser(u *license.LicenseUser) LicenseUser {
	return LicenseUser{
		ID: u.ID, Product: u.Product, Name: u.Name, Email: u.Email, FirstName: u.FirstName, LastName: u.LastName, Phone: u.Phone,
		Customer: u.Customer, Initial: u.InitialPassword, Banned: u.Banned, BanReason: u.BanReason, Created: u.Created,
	}
}

func viewLock(l *identity.Lockout, now license.Time) UserLock {
	v := UserLock{Failures: l.Failures, Permanent: l.Permanent}
	if l.LockedUntil > now {
		v.Until = l.LockedUntil
	}
	return v
}

// ofLicenseUser is the input of an operation about one license user.
type ofLicenseUser struct {
	User    string `path:"user" doc:"Their name or identity." example:"ann@example.com"`
	Product string `query:"product" doc:"The product that they are of: code, number or identity. Absent is the whole tenant." example:"my-app"`
}

type listLicenseUsers struct {
	api.Paged
	Product  string `query:"product" doc:"Those of one product: code, number or identity. Absent is those of the whole tenant." example:"my-app"`
	Customer string `query:"customer" doc:"Those of a customer: e-mail address or identity. Not with product." example:"ann@example.com"`
	Prefix   string `query:"prefix" maxLength:"200" doc:"What the name begins with, in any letter case." example:"ann"`
	Banned   *bool  `query:"banned" nullable:"false"`
}

type createLicenseUser struct {
	Body struct {
		Product   string `json:"product,omitempty" doc:"The product that they are of: code, number or identity. Absent is the whole tenant."`
		Name      string `json:"name,omitempty" maxLength:"200" doc:"What they sign in by; absent is the e-mail address." example:"ann@example.com"`
		Email     string `json:"email,omitempty" maxLength:"254" example:"ann@example.com"`
		FirstName string `json:"first_name,omitempty" maxLength:"200" example:"Ann"`
		LastName  string `json:"last_name,omitempty" maxLength:"200" example:"Archer"`
		Phone     string `json:"phone,omitempty" maxLength:"200" example:"+49 30 123456"`
		Customer  string `json:"customer,omitempty" doc:"The customer that they are of: e-mail address or identity."`
		Password  string `json:"password,omitempty" doc:"What they begin with; absent has one made up."`
	}
}

type changeLicenseUser struct {
	ofLicenseUser
	Body struct {
		Email     api.Change[string] `json:"email,omitzero" required:"false" maxLength:"254" example:"ann@example.com"`
		FirstName api.Change[string] `json:"first_name,omitzero" required:"false" maxLength:"200" example:"Ann"`
		LastName  api.Change[string] `json:"last_name,omitzero" required:"false" maxLength:"200" example:"Archer"`
		Phone     api.Change[string] `json:"phone,omitzero" required:"false" maxLength:"200" example:"+49 30 123456"`
		Customer  api.Change[string] `json:"customer,omitzero" required:"false" doc:"E-mail address or identity; null is nobody."`
	}
}

func (in *listLicenseUsers) filter() office.LicenseUserFilter {
	return office.LicenseUserFilter{Product: in.Product, Customer: in.Customer, Prefix: in.Prefix, Banned: in.Banned}
}

const usersTag = "License users"

func addLicenseUsers(a *api.API) {
	api.Add(a, with(op(usersTag, "listLicenseUsers", http.MethodGet, "/license-users", "List license users", identity.ReadCustomers),
		describedAs("A page of a narrow filter may be short, or empty, and yet have a next one.")),
		func(ctx context.Context, c *api.Call, in *listLicenseUsers) (api.List[LicenseUser], error) {
			page, err := in.Page()
			if err != nil {
				return api.List[LicenseUser]{}, err
			}
			found, next, err := c.Office.SearchLicenseUsers(ctx, c.Actor, in.filter(), page)
			return upTo(found, next, viewLicenseUser), err
		})
	api.Add(a, with(op(usersTag, "createLicenseUser", http.MethodPost, "/license-users", "Create a license user", identity.WriteCustomers), destroys,
		func(o *api.Operation) { o.Status = http.StatusCreated }),
		func(ctx context.Context, c *api.Call, in *createLicenseUser) (NewLicenseUser, error) {
			b := &in.Body
			u, password, err := c.Office.CreateLicenseUser(ctx, c.Actor, office.NewLicenseUser{
				Product: b.Product, Name: b.Name, Email: b.Email, FirstName: b.FirstName, LastName: b.LastName, Phone: b.Phone,
				Customer: b.Customer, Password: identity.Secret(b.Password),
			})
			if err != nil {
				return NewLicenseUser{}, err
			}
			c.Created(pathOfUser(&u))
			v := NewLicenseUser{LicenseUser: viewLicenseUser(&u)}
			if b.Password == "" {
				v.Password = password.Reveal()
			}
			return v, nil
		})
	api.Add(a, with(op(usersTag, "showLicenseUser", http.MethodGet, "/license-users/{user}", "Show a license user", identity.ReadCustomers), tagged),
		func(ctx context.Context, c *api.Call, in *ofLicenseUser) (LicenseUser, error) {
			d, err := c.Office.FindLicenseUser(ctx, c.Actor, in.Product, in.User)
			return viewLicenseUser(&d.LicenseUser), err
		})
	api.Add(a, with(op(usersTag, "changeLicenseUser", http.MethodPatch, "/license-users/{user}", "Change a license user", identity.WriteCustomers), changes,
		describedAs("The name stays for ever.")),
		func(ctx context.Context, c *api.Call, in *changeLicenseUser) (LicenseUser, error) {
			b := &in.Body
			u, err := c.Office.ChangeLicenseUser(ctx, c.Actor, in.Product, in.User, office.LicenseUserChange{
				Email: b.Email.Ptr(), FirstName: b.FirstName.Ptr(), LastName: b.LastName.Ptr(), Phone: b.Phone.Ptr(), Customer: b.Customer.Ptr(),
				If: func(u license.LicenseUser) error { return c.Match(viewLicenseUser(&u)) },
			})
			return viewLicenseUser(&u), err
		})
	addLicenseUserActs(a)
}

func pathOfUser(u *license.LicenseUser) string {
	path := "/license-users/" + api.ID(u.ID)
	if u.Product != 0 {
		path += "?product=" + api.ID(u.Product)
	}
	return path
}
