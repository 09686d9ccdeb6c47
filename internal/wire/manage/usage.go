package manage

import (
	"context"
	"net/http"

	"licet/internal/identity"
	"licet/internal/office"
	"licet/internal/wire/api"
)

// APIUsage is how many calls were made. Nothing is ever refused by it.
type APIUsage struct {
	Months    []MonthUsage `json:"months" nullable:"false" doc:"The current one first, those without calls too."`
	Allowance int64        `json:"allowance,omitempty" doc:"Calls a month that were agreed on; absent where there is no such number." example:"1000000"`
	Percent   float64      `json:"percent" minimum:"0" doc:"Of the allowance, in the current month; 0 without one." example:"12.5"`
	Over      bool         `json:"over" doc:"The current month is above the allowance."`
	Contact   string       `json:"upgrade_contact,omitempty" doc:"Whom to ask for more." example:"sales@example.com"`
}

// MonthUsage is how many calls were made in a month.
type MonthUsage struct {
	Month string `json:"month" doc:"In UTC." example:"2026-03"`
	Calls int64  `json:"calls" example:"125000"`
}

type showUsage struct {
	Months int64 `query:"months" minimum:"1" maximum:"36" default:"12" doc:"How many months."`
}

func addUsage(a *api.API) {
	api.Add(a, with(op("Usage", "showUsage", http.MethodGet, "/usage", "Show the API usage", identity.ReadLicenses),
		describedAs("The calls of apps and programs by month, to about a second.")),
		func(ctx context.Context, c *api.Call, in *showUsage) (APIUsage, error) {
			u, err := c.Office.APIUsage(ctx, c.Actor, int(in.Months))
			return APIUsage{
				Months: whole(u.Months, viewMonth).Data, Allowance: u.Allowance, Percent: u.Percent(), Over: u.Over(), Contact: u.Contact,
			}, err
		})
}

func viewMonth(m *office.MonthUsage) MonthUsage { return MonthUsage(*m) }
