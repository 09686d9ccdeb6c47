package manage

import (
	"context"
	"net/http"
	"slices"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/wire/api"
)

// Setting is something that you may set for all your products.
type Setting struct {
	Name  string `json:"name" example:"license_users.change_password"`
	Value string `json:"value" doc:"As it is stored; empty is the default of the server." example:"false"`
}

type ofSetting struct {
	Setting string `path:"setting" doc:"The name of the setting." example:"license_users.change_password"`
}

type saveSetting struct {
	ofSetting
	Body struct {
		Value string `json:"value" maxLength:"4000" doc:"Empty is the default of the server." example:"false"`
	}
}

const settingsText = `- ` + "`lockout.platform_user`, `lockout.license_user`" + `: when wrong passwords lock an account. A JSON object of what differs from the server's policy, such as {"failures_per_round": 5}.
- ` + "`license_users.change_password`" + `: false keeps license users from changing their passwords.
- ` + "`answers.rsa_size`" + `: 2048, 3072 or 4096 bits for answer keys that are made from now on.
- ` + "`api.allowance`, `api.upgrade_contact`" + `: how many calls a month were agreed on, and whom to ask for more. The operator of the server sets them.`

func addSettings(a *api.API) {
	const tag = "Settings"
	api.Add(a, with(op(tag, "listSettings", http.MethodGet, "/settings", "List the settings", identity.ReadSettings), describedAs(settingsText)),
		func(ctx context.Context, c *api.Call, _ *struct{}) (api.List[Setting], error) {
			list, err := c.Office.ListSettings(ctx, c.Actor)
			return whole(list, viewSetting), err
		})
	api.Add(a, with(op(tag, "showSetting", http.MethodGet, "/settings/{setting}", "Show a setting", identity.ReadSettings)),
		func(ctx context.Context, c *api.Call, in *ofSetting) (Setting, error) {
			list, err := c.Office.ListSettings(ctx, c.Actor)
			if err != nil {
				return Setting{}, err
			}
			i := slices.IndexFunc(list, func(s office.Setting) bool { return s.Name == in.Setting })
			if i < 0 {
				return Setting{}, license.Missing("setting", in.Setting)
			}
			return viewSetting(&list[i]), nil
		})
	api.Add(a, with(op(tag, "saveSetting", http.MethodPut, "/settings/{setting}", "Set a setting", identity.WriteSettings), destroys,
		describedAs("It holds from the next request on. A policy is completed before it is stored, so that it stays as it is when a later release has other defaults.")),
		func(ctx context.Context, c *api.Call, in *saveSetting) (Setting, error) {
			s, err := c.Office.SaveSetting(ctx, c.Actor, office.Setting{Name: in.Setting, Value: in.Body.Value})
			return viewSetting(&s), err
		})
	api.Add(a, with(op(tag, "deleteSetting", http.MethodDelete, "/settings/{setting}", "Reset a setting", identity.WriteSettings), destroys,
		describedAs("From now on the default of the server holds.")),
		func(ctx context.Context, c *api.Call, in *ofSetting) (Setting, error) {
			s, err := c.Office.SaveSetting(ctx, c.Actor, office.Setting{Name: in.Setting})
			return viewSetting(&s), err
		})
}

func viewSetting(s *office.Setting) Setting { return Setting(*s) }
