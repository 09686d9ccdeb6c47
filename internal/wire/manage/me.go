package manage

import (
	"context"
	"net/http"

	"licet/internal/license"
	"licet/internal/wire/api"
)

// Me is whoever calls: a token, and whose it is.
type Me struct {
	Tenant Tenant `json:"tenant"`
	Token  Token  `json:"token"`
}

// Tenant is a vendor.
type Tenant struct {
	ID   license.TenantID `json:"id" example:"1774267200000000"`
	Code string           `json:"code" example:"acme"`
	Name string           `json:"name" example:"Acme Ltd"`
}

func addMe(a *api.API) {
	api.Add(a, with(op("Tokens", "showMe", http.MethodGet, "/me", "Show the token of this call", ""),
		describedAs("Every token may ask what it is.")),
		func(ctx context.Context, c *api.Call, _ *struct{}) (Me, error) {
			tenant, err := c.Office.FindTenant(ctx, c.Actor, "")
			if err != nil {
				return Me{}, err
			}
			key, err := c.Office.OwnAPIKey(ctx, c.Actor)
			return Me{Tenant{tenant.ID, tenant.Code, tenant.Name}, viewToken(&key)}, err
		})
}
