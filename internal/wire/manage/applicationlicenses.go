package manage

import (
	"context"
	"net/http"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/wire/api"
)

// ApplicationLicense is a license of an application as its people see it.
type ApplicationLicense struct {
	ID        license.LicenseID `json:"id" example:"1774267200000004"`
	Key       string            `json:"key" example:"APP-1234"`
	Status    string            `json:"status" enum:"Not Used,Used,Banned"`
	Standing  license.Standing  `json:"standing" enum:"enabled,suspended,revoked"`
	BanReason string            `json:"ban_reason"`
	Level     int64             `json:"level" doc:"Of the levels that it grants." example:"1"`
	Duration  license.Span      `json:"duration" doc:"How long, from its first use on."`
	UsedBy    string            `json:"used_by" doc:"The user who redeemed it; empty is nobody, or somebody who is gone." example:"bob"`
	Hardware  string            `json:"hardware" doc:"The first machine of that user."`
	Note      string            `json:"note" doc:"For your people, never sent to an app."`
	CreatedBy string            `json:"created_by"`
	Created   license.Time      `json:"created_at"`
	FirstUsed license.Time      `json:"first_used_at"`
}

type ofApplicationLicense struct {
	ofProduct
	License string `path:"license" doc:"The key of the license." example:"APP-1234"`
}

type newApplicationLicenses struct {
	ofProduct
	Body struct {
		Amount    int          `json:"amount" minimum:"1" maximum:"100" example:"5"`
		Mask      string       `json:"mask,omitempty" maxLength:"70" doc:"Absent is what the form remembers." example:"APP-******"`
		Lower     bool         `json:"lower,omitempty" doc:"What * stands for has lower-case letters, besides digits."`
		Upper     bool         `json:"upper,omitempty" doc:"And upper-case letters."`
		Level     int64        `json:"level" minimum:"0" doc:"Of the levels that they grant." example:"1"`
		Duration  license.Span `json:"duration" doc:"How long, from their first use on." example:"1mo"`
		Note      string       `json:"note,omitempty" doc:"For your people, never sent to an app."`
		CreatedBy string       `json:"created_by,omitempty" maxLength:"200" doc:"Who makes them, in your words; absent is this token."`
	}
}

type changeApplicationLicense struct {
	ofApplicationLicense
	Body struct {
		Level    api.Change[int64]        `json:"level,omitzero" required:"false" minimum:"0" example:"2"`
		Duration api.Change[license.Span] `json:"duration,omitzero" required:"false" doc:"Only while it is unused." example:"2mo"`
		Note     api.Change[string]       `json:"note,omitzero" required:"false"`
	}
}

type banApplicationLicense struct {
	ofApplicationLicense
	Body struct {
		Reason   string `json:"reason,omitempty" maxLength:"200" example:"chargeback"`
		WithUser bool   `json:"with_user,omitempty" doc:"Whoever redeemed it is banned too, with their machines and address."`
	}
}

type deleteApplicationLicense struct {
	ofApplicationLicense
	WithUsers bool `query:"with_users" doc:"true: those who redeemed it go too."`
}

type dropApplicationLicenses struct {
	ofProduct
	Body struct {
		Keys      []string `json:"keys" minItems:"1" maxItems:"10000" nullable:"false" example:"APP-1234"`
		WithUsers bool     `json:"with_users,omitempty" doc:"Those who redeemed them go too."`
	}
}

type deleteApplicationLicenses struct {
	ofProduct
	Which string `query:"which" enum:"all,used,unused" doc:"Banned ones are neither used nor unused. One must be said."`
}

type extendUnused struct {
	ofProduct
	Body struct {
		By license.Span `json:"by" example:"1mo"`
	}
}

const (
	applicationLicenseTag  = "Application licenses"
	applicationLicensePath = applicationPath + "/licenses/{license}"
)

func addApplicationLicenses(a *api.API) {
	const tag, all, one = applicationLicenseTag, applicationPath + "/licenses", applicationLicensePath
	api.Add(a, op(tag, "listApplicationLicenses", http.MethodGet, all, "List the licenses of an application", identity.ReadLicenses),
		func(ctx context.Context, c *api.Call, in *listOfApplication) (api.List[ApplicationLicense], error) {
			page, err := in.Page()
			if err != nil {
				return api.List[ApplicationLicense]{}, err
			}
			found, err := c.Office.ListApplicationLicenses(ctx, c.Actor, in.Product, page)
			return api.ListOf(in.Paged, found, viewApplicationLicense, func(l *office.ApplicationLicense) string { return api.ID(l.ID) }), err
		})
	api.Add(a, with(op(tag, "createApplicationLicenses", http.MethodPost, all, "Create licenses of an application", identity.WriteLicenses), destroys,
		func(o *api.Operation) { o.Status = http.StatusCreated }, describedAs("All of them or none, in an order of their own.")),
		func(ctx context.Context, c *api.Call, in *newApplicationLicenses) (api.List[ApplicationLicense], error) {
			b := &in.Body
			made, err := c.Office.CreateApplicationLicenses(ctx, c.Actor, in.Product, office.NewApplicationLicenses{
				Amount: b.Amount, Mask: b.Mask, Lower: b.Lower, Upper: b.Upper, Level: b.Level, Note: b.Note, CreatedBy: b.CreatedBy, Lasts: b.Duration,
			})
			return whole(made.Licenses, func(r *license.LicenseRecord) ApplicationLicense {
				return viewApplicationLicense(&office.ApplicationLicense{LicenseRecord: *r})
			}), err
		})
	api.Add(a, with(op(tag, "showApplicationLicense", http.MethodGet, one, "Show a license of an application", identity.ReadLicenses), tagged),
		func(ctx context.Context, c *api.Call, in *ofApplicationLicense) (ApplicationLicense, error) {
			return applicationLicense(in.License)(at(ctx, c, in.Product))
		})
	api.Add(a, with(op(tag, "changeApplicationLicense", http.MethodPatch, one, "Change a license of an application", identity.WriteLicenses), changes),
		func(ctx context.Context, c *api.Call, in *changeApplicationLicense) (ApplicationLicense, error) {
			edit := office.LicenseEdit{Level: in.Body.Level.Ptr(), Lasts: in.Body.Duration.Ptr(), Note: in.Body.Note.Ptr()}
			return alterLicense(ctx, c, &in.ofApplicationLicense, func(p place) error { return p.office.EditLicense(ctx, c.Actor, p.product, in.License, edit) })
		})
	api.Add(a, with(op(tag, "banApplicationLicense", http.MethodPost, one+"/ban", "Keep anybody new from redeeming a license", identity.WriteLicenses), changes),
		func(ctx context.Context, c *api.Call, in *banApplicationLicense) (ApplicationLicense, error) {
			return alterLicense(ctx, c, &in.ofApplicationLicense, func(p place) error {
				return p.office.BanLicense(ctx, c.Actor, p.product, in.License, in.Body.Reason, in.Body.WithUser)
			})
		})
	api.Add(a, with(op(tag, "unbanApplicationLicense", http.MethodPost, one+"/unban", "Lift the ban of a license, and of its users", identity.WriteLicenses), changes),
		func(ctx context.Context, c *api.Call, in *ofApplicationLicense) (ApplicationLicense, error) {
			return alterLicense(ctx, c, in, func(p place) error { return p.office.UnbanLicense(ctx, c.Actor, p.product, in.License) })
		})
	addApplicationLicenseDrops(a)
}

// addApplicationLicenseDrops adds what removes licenses, and what is done to many of them.
func addApplicationLicenseDrops(a *api.API) {
	const tag, all, one = applicationLicenseTag, applicationPath + "/licenses", applicationLicensePath
	api.Add(a, with(op(tag, "deleteApplicationLicense", http.MethodDelete, one, "Remove a license with what is held by it", identity.WriteLicenses), changes),
		func(ctx context.Context, c *api.Call, in *deleteApplicationLicense) (ApplicationLicense, error) {
			return remove(at(ctx, c, in.Product), identity.WriteLicenses, applicationLicense(in.License), func(p place) error {
				_, err := p.office.DropLicenses(ctx, c.Actor, p.product, []string{in.License}, in.WithUsers)
				return err
			})
		})
	api.Add(a, with(op(tag, "dropApplicationLicenses", http.MethodPost, all+"/drop", "Remove licenses by their keys", identity.WriteLicenses), destroys,
		describedAs("All of them or none.")),
		func(ctx context.Context, c *api.Call, in *dropApplicationLicenses) (Count, error) {
			n, err := c.Office.DropLicenses(ctx, c.Actor, in.Product, in.Body.Keys, in.Body.WithUsers)
			return Count{int64(n)}, err
		})
	api.Add(a, with(op(tag, "deleteApplicationLicenses", http.MethodDelete, all, "Remove all licenses of an application, or the used or unused ones", identity.WriteLicenses),
		destroys, describedAs("It goes in steps: what one has done stays when another fails.")),
		func(ctx context.Context, c *api.Call, in *deleteApplicationLicenses) (Count, error) {
			if in.Which == "" {
				return Count{}, license.Invalidf("which", "say which: all, used or unused")
			}
			var used *bool
			if in.Which != "all" {
				yes := in.Which == "used"
				used = &yes
			}
			return many(at(ctx, c, in.Product), identity.WriteLicenses, func(p place) (int64, error) {
				return p.office.DropLicensesWhere(ctx, c.Actor, p.product, used)
			})
		})
	api.Add(a, with(op(tag, "extendApplicationLicenses", http.MethodPost, all+"/extend", "Lengthen every unused license of an application", identity.WriteLicenses),
		destroys, describedAs("Banned and revoked ones are left as they are, and those that never end. It goes in steps: what one has done stays when another fails.")),
		func(ctx context.Context, c *api.Call, in *extendUnused) (Count, error) {
			return many(at(ctx, c, in.Product), identity.WriteLicenses, func(p place) (int64, error) {
				return p.office.ExtendUnused(ctx, c.Actor, p.product, in.Body.By)
			})
		})
}

// alterLicense changes a license of an application and shows it as it is then.
func alterLicense(ctx context.Context, c *api.Call, in *ofApplicationLicense, change func(place) error) (ApplicationLicense, error) {
	return alter(at(ctx, c, in.Product), identity.WriteLicenses, applicationLicense(in.License), change)
}

// applicationLicense shows the license of a key.
func applicationLicense(key string) func(place) (ApplicationLicense, error) {
	return func(p place) (ApplicationLicense, error) {
		l, err := p.office.FindApplicationLicense(p.ctx, p.c.Actor, p.product, key)
		if err != nil {
			return ApplicationLicense{}, err
		}
		return viewApplicationLicense(&l), nil
	}
}

func viewApplicationLicense(l *office.ApplicationLicense) ApplicationLicense {
	return ApplicationLicense{
		ID: l.ID, Key: l.Key, Status: office.Status(&l.License), Standing: l.Standing, BanReason: l.BlockReason, Level: l.Terms.Level,
		Duration: l.Terms.Duration, UsedBy: l.UsedBy, Hardware: l.Hardware, Note: l.Note, CreatedBy: l.CreatedBy, Created: l.IssuedAt,
		FirstUsed: l.FirstUsedAt,
	}
}
