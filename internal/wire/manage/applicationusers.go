package manage

import (
	"context"
	"net/http"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/wire/api"
)

// ApplicationUser is a user of an application.
type ApplicationUser struct {
	ID           license.LicenseUserID `json:"id" example:"1774267200000006"`
	Name         string                `json:"name" example:"bob"`
	ByKey        bool                  `json:"by_key" doc:"They came with a license alone, which is their name and their password."`
	Password     bool                  `json:"has_password" doc:"Without one the first that they sign in with becomes theirs."`
	Email        bool                  `json:"has_email" doc:"Of the address only a digest is kept."`
	SecondFactor bool                  `json:"second_factor" doc:"They sign in with a code too."`
	Banned       bool                  `json:"banned"`
	BanReason    string                `json:"ban_reason" example:"fraud"`
	Hardware     []string              `json:"hardware" nullable:"false" doc:"Machines that they sign in from, their own first."`
	Roams        bool                  `json:"roams" doc:"They sign in from any machine."`
	ResetAfter   license.Time          `json:"reset_after" doc:"From then on they may reset their machine."`
	Address      string                `json:"address" doc:"Where they signed in from last." example:"203.0.113.1"`
	Seen         license.Time          `json:"seen_at"`
	Muted        license.Time          `json:"muted_until" doc:"In chat."`
	CreatedBy    string                `json:"created_by" doc:"Empty is themselves."`
	Created      license.Time          `json:"created_at"`
}

// ApplicationUserDetail is a user of an application with what they hold.
type ApplicationUserDetail struct {
	ApplicationUser
	Holds []ApplicationHolding `json:"holds" nullable:"false" doc:"Ended or not, the newest 1000."`
}

// ApplicationHolding is what a user holds by one license.
type ApplicationHolding struct {
	Name    string            `json:"name" doc:"Of the level." example:"default"`
	Level   int64             `json:"level" example:"1"`
	License license.LicenseID `json:"license_id" example:"1774267200000004"`
	Key     string            `json:"license_key" doc:"Empty for a license without a key." example:"APP-1234"`
	Added   bool              `json:"added" doc:"To what they had before."`
	Active  bool              `json:"active" doc:"It has time left, and its license stands."`
	Started license.Time      `json:"started_at"`
	Expires license.Time      `json:"expires_at"`
	Paused  license.Time      `json:"paused_at"`
}

type ofApplicationUser struct {
	ofProduct
	User string `path:"user" doc:"The name of the user." example:"bob"`
}

type newApplicationUser struct {
	ofProduct
	Body struct {
		Name     string       `json:"name" minLength:"1" maxLength:"70" example:"bob"`
		Level    string       `json:"level,omitempty" maxLength:"49" doc:"That they hold; absent is default." example:"default"`
		Duration license.Span `json:"duration" doc:"How long, from now on." example:"12mo"`
		Password string       `json:"password,omitempty" maxLength:"1000" doc:"Absent: the first that they sign in with becomes theirs." example:"correct horse"`
		Email    string       `json:"email,omitempty" maxLength:"320" example:"bob@example.com"`
		Roams    bool         `json:"roams,omitempty" doc:"They sign in from any machine."`
	}
}

type changeApplicationUser struct {
	ofApplicationUser
	Body struct {
		Name  api.Change[string] `json:"name,omitzero" required:"false" minLength:"1" maxLength:"70" doc:"What they sign in by." example:"robert"`
		Email api.Change[string] `json:"email,omitzero" required:"false" maxLength:"320" doc:"null is none." example:"robert@example.com"`
	}
}

type listApplicationUsers struct {
	api.Paged
	ofProduct
}

type deleteApplicationUsers struct {
	ofProduct
	Which string `query:"which" enum:"all,expired" doc:"all, or those who held something and have no time left of it. One must be said."`
}

const (
	applicationUserTag  = "Application users"
	applicationUserPath = applicationPath + "/users/{user}"
)

func addApplicationUsers(a *api.API) {
	const tag, all, one = applicationUserTag, applicationPath + "/users", applicationUserPath
	api.Add(a, op(tag, "listApplicationUsers", http.MethodGet, all, "List the users of an application", identity.ReadCustomers),
		func(ctx context.Context, c *api.Call, in *listApplicationUsers) (api.List[ApplicationUser], error) {
			page, err := in.Page()
			if err != nil {
				return api.List[ApplicationUser]{}, err
			}
			found, err := c.Office.ListApplicationUsers(ctx, c.Actor, in.Product, page)
			return api.ListOf(in.Paged, found, viewApplicationUser, func(u *license.ApplicationUser) string { return api.ID(u.ID) }), err
		})
	api.Add(a, with(op(tag, "createApplicationUser", http.MethodPost, all, "Create a user who holds a level", identity.WriteCustomers), creates,
		describedAs("They hold it by a license without a key, which is made for them.")), createApplicationUser)
	api.Add(a, with(op(tag, "showApplicationUser", http.MethodGet, one, "Show a user and what they hold", identity.ReadCustomers), tagged),
		func(ctx context.Context, c *api.Call, in *ofApplicationUser) (ApplicationUserDetail, error) {
			return applicationUser(in.User)(at(ctx, c, in.Product))
		})
	api.Add(a, with(op(tag, "changeApplicationUser", http.MethodPatch, one, "Change a user", identity.WriteCustomers), changes), patchApplicationUser)
	api.Add(a, with(op(tag, "deleteApplicationUser", http.MethodDelete, one, "Remove a user with all that is theirs", identity.WriteCustomers), changes,
		describedAs("Their licenses stay used.")),
		func(ctx context.Context, c *api.Call, in *ofApplicationUser) (ApplicationUserDetail, error) {
			return remove(at(ctx, c, in.Product), identity.WriteCustomers, applicationUser(in.User), func(p place) error {
				return p.office.DropUser(ctx, c.Actor, p.product, in.User)
			})
		})
	api.Add(a, with(op(tag, "deleteApplicationUsers", http.MethodDelete, all, "Remove all users, or those whose time has ended", identity.WriteCustomers), destroys),
		func(ctx context.Context, c *api.Call, in *deleteApplicationUsers) (Count, error) {
			if in.Which == "" {
				return Count{}, license.Invalidf("which", "say which: all or expired")
			}
			return many(at(ctx, c, in.Product), identity.WriteCustomers, func(p place) (int64, error) {
				return p.office.DropUsers(ctx, c.Actor, p.product, in.Which == "expired")
			})
		})
}

// createApplicationUser hashes a password, for which no transaction is held.
func createApplicationUser(ctx context.Context, c *api.Call, in *newApplicationUser) (ApplicationUserDetail, error) {
	b := &in.Body
	u, err := c.Office.CreateApplicationUser(ctx, c.Actor, in.Product, office.NewApplicationUser{
		Name: b.Name, Level: b.Level, Lasts: b.Duration, Password: identity.Secret(b.Password), Email: b.Email, Roams: b.Roams,
	})
	if err != nil {
		return ApplicationUserDetail{}, err
	}
	c.Created(pathOf("/applications", in.Product, "users", u.Name))
	if c.DryRun {
		u.Password = b.Password != ""
		return ApplicationUserDetail{viewApplicationUser(&u), []ApplicationHolding{}}, nil
	}
	return applicationUser(u.Name)(at(ctx, c, in.Product))
}

func patchApplicationUser(ctx context.Context, c *api.Call, in *changeApplicationUser) (ApplicationUserDetail, error) {
	b, name := &in.Body, in.User
	show := func(p place) (ApplicationUserDetail, error) { return applicationUser(name)(p) }
	return alter(at(ctx, c, in.Product), identity.WriteCustomers, show, func(p place) error {
		name = in.User // a transaction may run twice
		if b.Email.Given {
			if err := p.office.SetUserEmail(ctx, c.Actor, p.product, name, b.Email.Value); err != nil {
				return err
			}
		}
		if b.Name.Given {
			if err := p.office.RenameUser(ctx, c.Actor, p.product, name, b.Name.Value); err != nil {
				return err
			}
			name = b.Name.Value
		}
		return nil
	})
}

// applicationUser shows the user of a name.
func applicationUser(name string) func(place) (ApplicationUserDetail, error) {
	return func(p place) (ApplicationUserDetail, error) {
		d, err := p.office.ApplicationUser(p.ctx, p.c.Actor, p.product, name)
		v := ApplicationUserDetail{viewApplicationUser(&d.ApplicationUser), []ApplicationHolding{}}
		for i := range d.Holdings {
			h := &d.Holdings[i]
			_, ended := license.Entitle([]license.Holding{*h}, d.Now)
			v.Holds = append(v.Holds, ApplicationHolding{
				Name: h.Name, Level: h.Level, License: h.License, Key: h.Key, Added: h.Added, Active: ended == nil, Started: h.StartedAt,
				Expires: h.ExpiresAt, Paused: h.PausedAt,
			})
		}
		return v, err
	}
}

func viewApplicationUser(u *license.ApplicationUser) ApplicationUser {
	return ApplicationUser{
		ID: u.ID, Name: u.Name, ByKey: u.ByKey, Password: u.Password, Email: len(u.Email) > 0, SecondFactor: u.SecondFactor, Banned: u.Banned,
		BanReason: u.BanReason, Hardware: append([]string{}, u.Hardware...), Roams: u.Roams, ResetAfter: u.ResetAfter, Address: u.Address,
		Seen: u.SeenAt, Muted: u.MutedUntil, CreatedBy: u.CreatedBy, Created: u.Created,
	}
}
