package manage

import (
	"context"
	"net/http"
	"strings"

	"licet/internal/identity"
	"licet/internal/office"
	"licet/internal/store"
	"licet/internal/wire/api"
)

// ApplicationVariable is a value that the apps of an application read.
type ApplicationVariable struct {
	Name   string `json:"name" example:"motd"`
	Value  string `json:"value" example:"hello"`
	Authed bool   `json:"authed" doc:"Only for who is signed in."`
}

// UserVariable is a value that is kept for a user of an application.
type UserVariable struct {
	User     string `json:"user" example:"bob"`
	Name     string `json:"name" example:"theme"`
	Value    string `json:"value" example:"dark"`
	ReadOnly bool   `json:"read_only" doc:"The app of the user may not change it."`
}

// listOfApplication is the input of a list of what an application has.
type listOfApplication struct {
	api.Paged
	ofProduct
}

type ofApplicationVariable struct {
	ofProduct
	Variable string `path:"variable" doc:"The name of the variable." example:"motd"`
}

type newApplicationVariable struct {
	ofProduct
	Body struct {
		Name   string `json:"name" minLength:"1" maxLength:"49" example:"motd"`
		Value  string `json:"value" maxLength:"1000" example:"hello"`
		Authed bool   `json:"authed,omitempty" doc:"Only for who is signed in."`
	}
}

type changeApplicationVariable struct {
	ofApplicationVariable
	Body struct {
		Value  api.Change[string] `json:"value,omitzero" required:"false" maxLength:"1000" example:"hello again"`
		Authed api.Change[bool]   `json:"authed,omitzero" required:"false"`
	}
}

func addApplicationVariables(a *api.API) {
	const tag, all, one = "Application variables", applicationPath + "/variables", applicationPath + "/variables/{variable}"
	api.Add(a, op(tag, "listApplicationVariables", http.MethodGet, all, "List the variables of an application", identity.ReadProducts),
		func(ctx context.Context, c *api.Call, in *listOfApplication) (api.List[ApplicationVariable], error) {
			after, err := in.After()
			if err != nil {
				return api.List[ApplicationVariable]{}, err
			}
			found, err := c.Office.ListVariables(ctx, c.Actor, in.Product, after, in.Limit)
			return api.ListOf(in.Paged, found, viewApplicationVariable, func(v *office.ApplicationVariable) string { return v.Name }), err
		})
	api.Add(a, with(op(tag, "createApplicationVariable", http.MethodPost, all, "Create a variable of an application", identity.WriteProducts), creates),
		func(ctx context.Context, c *api.Call, in *newApplicationVariable) (ApplicationVariable, error) {
			v := office.ApplicationVariable{Name: in.Body.Name, Value: in.Body.Value, Authed: in.Body.Authed}
			if err := c.Office.SaveVariable(ctx, c.Actor, in.Product, v, true); err != nil {
				return ApplicationVariable{}, err
			}
			c.Created(pathOf("/applications", in.Product, "variables", v.Name))
			return viewApplicationVariable(&v), nil
		})
	api.Add(a, with(op(tag, "showApplicationVariable", http.MethodGet, one, "Show a variable of an application", identity.ReadProducts), tagged),
		func(ctx context.Context, c *api.Call, in *ofApplicationVariable) (ApplicationVariable, error) {
			return applicationVariable(in.Variable)(at(ctx, c, in.Product))
		})
	api.Add(a, with(op(tag, "changeApplicationVariable", http.MethodPatch, one, "Change a variable of an application", identity.WriteProducts), changes),
		func(ctx context.Context, c *api.Call, in *changeApplicationVariable) (ApplicationVariable, error) {
			return alter(at(ctx, c, in.Product), identity.WriteProducts, applicationVariable(in.Variable), func(p place) error {
				v, err := p.office.FindVariable(ctx, c.Actor, p.product, in.Variable)
				if err != nil {
					return err
				}
				changeTo(&v.Value, in.Body.Value)
				changeTo(&v.Authed, in.Body.Authed)
				return p.office.SaveVariable(ctx, c.Actor, p.product, v, false)
			})
		})
	api.Add(a, with(op(tag, "deleteApplicationVariable", http.MethodDelete, one, "Remove a variable of an application", identity.WriteProducts), changes),
		func(ctx context.Context, c *api.Call, in *ofApplicationVariable) (ApplicationVariable, error) {
			return remove(at(ctx, c, in.Product), identity.WriteProducts, applicationVariable(in.Variable), func(p place) error {
				return p.office.DropVariable(ctx, c.Actor, p.product, in.Variable)
			})
		})
	api.Add(a, with(op(tag, "deleteApplicationVariables", http.MethodDelete, all, "Remove every variable of an application", identity.WriteProducts), destroys),
		func(ctx context.Context, c *api.Call, in *ofProduct) (Count, error) {
			return many(at(ctx, c, in.Product), identity.WriteProducts, func(p place) (int64, error) { return p.office.DropVariables(ctx, c.Actor, p.product) })
		})
}

func applicationVariable(name string) func(place) (ApplicationVariable, error) {
	return func(p place) (ApplicationVariable, error) {
		v, err := p.office.FindVariable(p.ctx, p.c.Actor, p.product, name)
		return viewApplicationVariable(&v), err
	}
}

func viewApplicationVariable(v *office.ApplicationVariable) ApplicationVariable {
	return ApplicationVariable{v.Name, v.Value, v.Authed}
}

type ofUserVariable struct {
	ofApplicationUser
	Variable string `path:"variable" doc:"The name of the variable." example:"theme"`
}

type userVariableBody struct {
	Value    string `json:"value" maxLength:"500" example:"dark"`
	ReadOnly *bool  `json:"read_only,omitempty" doc:"The app of the user may not change it; absent leaves that as it is."`
}

type putUserVariable struct {
	ofUserVariable
	Body userVariableBody
}

type ofEveryUserVariable struct {
	ofProduct
	Variable string `path:"variable" doc:"The name of the variable." example:"theme"`
}

type putEveryUserVariable struct {
	ofEveryUserVariable
	Body userVariableBody
}

func addUserVariables(a *api.API) {
	const tag, every, one = "User variables", applicationPath + "/user-variables", applicationUserPath + "/variables/{variable}"
	api.Add(a, op(tag, "listUserVariables", http.MethodGet, every, "List the variables of all users", identity.ReadCustomers), listUserVariables)
	api.Add(a, op(tag, "listVariablesOfUser", http.MethodGet, applicationUserPath+"/variables", "List the variables of a user", identity.ReadCustomers),
		func(ctx context.Context, c *api.Call, in *ofApplicationUser) (api.List[UserVariable], error) {
			d, err := c.Office.ApplicationUser(ctx, c.Actor, in.Product, in.User)
			for i := range d.Variables {
				d.Variables[i].UserName = d.Name
			}
			return whole(d.Variables, viewUserVariable), err
		})
	api.Add(a, with(op(tag, "showUserVariable", http.MethodGet, one, "Show a variable of a user", identity.ReadCustomers), tagged),
		func(ctx context.Context, c *api.Call, in *ofUserVariable) (UserVariable, error) {
			return userVariable(in)(at(ctx, c, in.Product))
		})
	api.Add(a, with(op(tag, "setUserVariable", http.MethodPut, one, "Keep a value for a user", identity.WriteCustomers), changes),
		func(ctx context.Context, c *api.Call, in *putUserVariable) (UserVariable, error) {
			return alter(at(ctx, c, in.Product), identity.WriteCustomers, userVariable(&in.ofUserVariable), func(p place) error {
				_, err := p.office.SetUserVariables(ctx, c.Actor, p.product, in.User, false, in.Variable, in.Body.Value, in.Body.ReadOnly)
				return err
			})
		})
	api.Add(a, with(op(tag, "deleteUserVariable", http.MethodDelete, one, "Take a variable from a user", identity.WriteCustomers), changes),
		func(ctx context.Context, c *api.Call, in *ofUserVariable) (UserVariable, error) {
			return remove(at(ctx, c, in.Product), identity.WriteCustomers, userVariable(in), func(p place) error {
				return p.office.DropUserVariable(ctx, c.Actor, p.product, in.User, in.Variable)
			})
		})
	api.Add(a, with(op(tag, "setUserVariables", http.MethodPut, every+"/{variable}", "Keep a value for every user", identity.WriteCustomers), destroys,
		describedAs("It goes in steps: what one has done stays when another fails.")),
		func(ctx context.Context, c *api.Call, in *putEveryUserVariable) (Count, error) {
			return many(at(ctx, c, in.Product), identity.WriteCustomers, func(p place) (int64, error) {
				return p.office.SetUserVariables(ctx, c.Actor, p.product, "", true, in.Variable, in.Body.Value, in.Body.ReadOnly)
			})
		})
	api.Add(a, with(op(tag, "deleteUserVariables", http.MethodDelete, every+"/{variable}", "Take a variable from every user", identity.WriteCustomers), destroys,
		describedAs("It goes in steps: what one has done stays when another fails.")),
		func(ctx context.Context, c *api.Call, in *ofEveryUserVariable) (Count, error) {
			return many(at(ctx, c, in.Product), identity.WriteCustomers, func(p place) (int64, error) {
				return p.office.DropUserVariableEverywhere(ctx, c.Actor, p.product, in.Variable)
			})
		})
}

// between stands between the parts of a name of two parts. Names hold printable characters alone.
const between = "\n"

func listUserVariables(ctx context.Context, c *api.Call, in *listOfApplication) (api.List[UserVariable], error) {
	text, err := in.After()
	if err != nil {
		return api.List[UserVariable]{}, err
	}
	var after store.UserVariable
	after.UserName, after.Name, _ = strings.Cut(text, between)
	found, err := c.Office.ListUserVariables(ctx, c.Actor, in.Product, after, in.Limit)
	return api.ListOf(in.Paged, found, viewUserVariable, func(v *store.UserVariable) string { return v.UserName + between + v.Name }), err
}

func userVariable(in *ofUserVariable) func(place) (UserVariable, error) {
	return func(p place) (UserVariable, error) {
		v, err := p.office.FindUserVariable(p.ctx, p.c.Actor, p.product, in.User, in.Variable)
		if err != nil {
			return UserVariable{}, err
		}
		return viewUserVariable(&v), nil
	}
}

func viewUserVariable(v *store.UserVariable) UserVariable {
	return UserVariable{v.UserName, v.Name, v.Value, v.ReadOnly}
}
