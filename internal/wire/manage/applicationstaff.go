package manage

import (
	"context"
	"maps"
	"net/http"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/store"
	"licet/internal/wire/api"
)

// ApplicationStaff is a manager or reseller of an application.
type ApplicationStaff struct {
	Name        string           `json:"name" example:"rita"`
	Role        string           `json:"role" enum:"Manager,Reseller"`
	Email       string           `json:"email" example:"rita@example.com"`
	Levels      string           `json:"levels" doc:"That they may issue, in your words; empty is every one." example:"default"`
	Permissions int64            `json:"permissions" doc:"The bits of KeyAuth." example:"15"`
	Balance     map[string]int64 `json:"balance" doc:"Licenses that they may still issue, by length: day, week, month, threemonth, sixmonth, lifetime, year."`
	Created     license.Time     `json:"created_at"`
}

type ofStaff struct {
	ofProduct
	Name string `path:"name" doc:"The name of the manager or reseller." example:"rita"`
}

type newStaff struct {
	ofProduct
	Body struct {
		Name        string `json:"name" minLength:"1" maxLength:"70" example:"rita"`
		Role        string `json:"role" enum:"Manager,Reseller" example:"Reseller"`
		Email       string `json:"email" maxLength:"320" example:"rita@example.com"`
		Levels      string `json:"levels,omitempty" maxLength:"200" doc:"That they may issue, in your words; absent is every one." example:"default"`
		Password    string `json:"password" minLength:"1" maxLength:"1000" example:"correct horse"`
		Permissions int64  `json:"permissions,omitempty" minimum:"0" maximum:"4095" doc:"The bits of KeyAuth." example:"15"`
	}
}

type addBalance struct {
	ofStaff
	Body struct {
		Add map[string]int64 `json:"add" doc:"Licenses by length; less than nothing takes some away, but not more than there are."`
	}
}

func addApplicationStaff(a *api.API) {
	const tag, all, one = "Application staff", applicationPath + "/staff", applicationPath + "/staff/{name}"
	api.Add(a, op(tag, "listStaff", http.MethodGet, all, "List the managers and resellers of an application", identity.ReadUsers),
		func(ctx context.Context, c *api.Call, in *listOfApplication) (api.List[ApplicationStaff], error) {
			after, err := in.After()
			if err != nil {
				return api.List[ApplicationStaff]{}, err
			}
			found, err := c.Office.ListStaff(ctx, c.Actor, in.Product, after, in.Limit)
			return api.ListOf(in.Paged, found, viewStaff, func(s *store.ApplicationStaff) string { return s.Name }), err
		})
	// A password is hashed, for which no transaction is held.
	api.Add(a, with(op(tag, "createStaff", http.MethodPost, all, "Create a manager or reseller", identity.WriteUsers), creates),
		func(ctx context.Context, c *api.Call, in *newStaff) (ApplicationStaff, error) {
			b := &in.Body
			s, err := c.Office.AddStaff(ctx, c.Actor, in.Product, office.NewStaff{
				Name: b.Name, Role: b.Role, Email: b.Email, Levels: b.Levels, Password: identity.Secret(b.Password), Permissions: b.Permissions,
			})
			if err != nil {
				return ApplicationStaff{}, err
			}
			c.Created(pathOf("/applications", in.Product, "staff", s.Name))
			return viewStaff(&s), nil
		})
	api.Add(a, with(op(tag, "showStaff", http.MethodGet, one, "Show a manager or reseller", identity.ReadUsers), tagged),
		func(ctx context.Context, c *api.Call, in *ofStaff) (ApplicationStaff, error) {
			return staff(in.Name)(at(ctx, c, in.Product))
		})
	api.Add(a, with(op(tag, "addBalance", http.MethodPost, one+"/balance", "Change what a manager or reseller may issue", identity.WriteUsers), changes),
		func(ctx context.Context, c *api.Call, in *addBalance) (ApplicationStaff, error) {
			return alter(at(ctx, c, in.Product), identity.WriteUsers, staff(in.Name), func(p place) error {
				_, err := p.office.AddBalance(ctx, c.Actor, p.product, in.Name, in.Body.Add)
				return err
			})
		})
	api.Add(a, with(op(tag, "deleteStaff", http.MethodDelete, one, "Remove a manager or reseller", identity.WriteUsers), changes),
		func(ctx context.Context, c *api.Call, in *ofStaff) (ApplicationStaff, error) {
			return remove(at(ctx, c, in.Product), identity.WriteUsers, staff(in.Name), func(p place) error {
				return p.office.DropStaff(ctx, c.Actor, p.product, in.Name)
			})
		})
}

func staff(name string) func(place) (ApplicationStaff, error) {
	return func(p place) (ApplicationStaff, error) {
		s, err := p.office.FindStaff(p.ctx, p.c.Actor, p.product, name)
		return viewStaff(&s), err
	}
}

func viewStaff(s *store.ApplicationStaff) ApplicationStaff {
	v := ApplicationStaff{Name: s.Name, Role: s.Role, Email: s.Email, Levels: s.Levels, Permissions: s.Permissions, Balance: map[string]int64{}, Created: s.Created}
	maps.Copy(v.Balance, s.Balance)
	return v
}
