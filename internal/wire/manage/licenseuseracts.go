package manage

import (
	"context"
	"net/http"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/wire/api"
)

type banLicenseUser struct {
	ofLicenseUser
	Body struct {
		Reason string `json:"reason,omitempty" maxLength:"200" doc:"The user may be told." example:"shared in a forum"`
	}
}

type resetUserPassword struct {
	ofLicenseUser
	Body struct {
		Password string `json:"password,omitempty" doc:"What they begin with again; absent has one made up."`
	}
}

// ofTenantUser is the input of an operation about a license user of the whole tenant.
type ofTenantUser struct {
	User string `path:"user" doc:"Their name or identity." example:"ann@example.com"`
}

type listHoldings struct {
	api.Paged
	ofLicenseUser
}

// UserPassword is a password that a license user was given.
type UserPassword struct {
	Password string `json:"password,omitempty" doc:"Where it was made up. It is shown this once." example:"kP7-qT2x-94"`
}

func addLicenseUserActs(a *api.API) {
	const path = "/license-users/{user}"
	api.Add(a, with(op(usersTag, "banLicenseUser", http.MethodPost, path+"/ban", "Ban a license user", identity.WriteCustomers), changes,
		describedAs("They cannot sign in any more, whatever licenses they hold.")),
		func(ctx context.Context, c *api.Call, in *banLicenseUser) (LicenseUser, error) {
			u, err := c.Office.BanLicenseUser(ctx, c.Actor, in.Product, in.User, in.Body.Reason)
			return viewLicenseUser(&u), err
		})
	api.Add(a, with(op(usersTag, "unbanLicenseUser", http.MethodPost, path+"/unban", "Let a banned license user sign in again", identity.WriteCustomers), changes),
		func(ctx context.Context, c *api.Call, in *ofLicenseUser) (LicenseUser, error) {
			u, err := c.Office.UnbanLicenseUser(ctx, c.Actor, in.Product, in.User)
			return viewLicenseUser(&u), err
		})
	api.Add(a, with(op(usersTag, "resetLicenseUserPassword", http.MethodPost, path+"/reset-password", "Give a license user another password", identity.WriteCustomers), destroys,
		describedAs("They begin with it again: it is theirs when they have changed it.")),
		func(ctx context.Context, c *api.Call, in *resetUserPassword) (UserPassword, error) {
			password, err := c.Office.ResetUserPassword(ctx, c.Actor, in.Product, in.User, identity.Secret(in.Body.Password))
			if in.Body.Password != "" {
				return UserPassword{}, err
			}
			return UserPassword{password.Reveal()}, err
		})
	api.Add(a, with(op(usersTag, "showLicenseUserLock", http.MethodGet, path+"/lock", "Show the lockout of a license user", identity.ReadCustomers),
		describedAs("Of the whole tenant: users of one product are never locked.")),
		func(ctx context.Context, c *api.Call, in *ofLicenseUser) (UserLock, error) {
			d, err := c.Office.FindLicenseUser(ctx, c.Actor, in.Product, in.User)
			return viewLock(&d.Locked, c.Now), err
		})
	api.Add(a, with(op(usersTag, "unlockLicenseUser", http.MethodPost, path+"/unlock", "End the lockout of a license user", identity.WriteCustomers), destroys,
		describedAs("A permanent one, too.")),
		func(ctx context.Context, c *api.Call, in *ofTenantUser) (UserLock, error) {
			return UserLock{}, c.Office.UnlockLicenseUser(ctx, c.Actor, in.User)
		})
	api.Add(a, op(usersTag, "listLicenseUserHoldings", http.MethodGet, path+"/licenses", "List the licenses that a license user holds", identity.ReadCustomers),
		func(ctx context.Context, c *api.Call, in *listHoldings) (api.List[Holding], error) {
			page, err := in.Page()
			if err != nil {
				return api.List[Holding]{}, err
			}
			found, err := c.Office.HoldingsOf(ctx, c.Actor, in.Product, in.User, page)
			return api.ListOf(in.Paged, found, viewHolding, func(r *license.Redemption) string { return api.ID(r.License) }), err
		})
}
