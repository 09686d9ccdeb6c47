package manage

import (
	"context"
	"net/http"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/store"
	"licet/internal/wire/api"
)

// Holder is a license user who holds a license.
type Holder struct {
	User    LicenseUserRef `json:"user"`
	Holding Holding        `json:"holding"`
}

// LicenseUserRef is a license user in short.
type LicenseUserRef struct {
	ID      license.LicenseUserID `json:"id" example:"1774267200000008"`
	Product license.ProductID     `json:"product_id,omitempty" doc:"Absent where they are of the whole tenant." example:"1774267200000001"`
	Name    string                `json:"name" example:"ann@example.com"`
	Email   string                `json:"email,omitempty" example:"ann@example.com"`
	Banned  bool                  `json:"banned"`
}

// Holding is what a license user has of a license.
type Holding struct {
	License license.LicenseID `json:"license_id" example:"1774267200000004"`
	Level   int64             `json:"level" doc:"The level that it grants." example:"1"`
	Started license.Time      `json:"started_at" doc:"null is assigned, and not used yet."`
	Expires license.Time      `json:"expires_at" doc:"null is never."`
	Paused  license.Time      `json:"paused_at" doc:"No time runs since; null is not paused."`
}

func viewHolding(r *license.Redemption) Holding {
	return Holding{r.License, r.Level, r.StartedAt, r.ExpiresAt, r.PausedAt}
}

func viewHolder(h *store.Holder) Holder {
	u := &h.User
	return Holder{LicenseUserRef{u.ID, u.Product, u.Name, u.Email, u.Banned}, viewHolding(&h.Redemption)}
}

type assignUser struct {
	ofLicense
	Body struct {
		User string `json:"user" minLength:"1" doc:"Name or identity of the license user." example:"ann@example.com"`
	}
}

type ofHolder struct {
	ofLicense
	User string `path:"user" doc:"Name or identity of the license user." example:"ann@example.com"`
}

func addHolders(a *api.API) {
	const path = "/licenses/{license}/users"
	api.Add(a, with(op(licensesTag, "listLicenseHolders", http.MethodGet, path, "List the users who hold a license", identity.ReadLicenses), describedAs("The oldest account first.")),
		func(ctx context.Context, c *api.Call, in *listOfLicense) (api.List[Holder], error) {
			page, err := in.Page()
			if err != nil {
				return api.List[Holder]{}, err
			}
			found, err := c.Office.LicenseHolders(ctx, c.Actor, in.ref(), license.LicenseUserID(page.Before), page.Limit)
			return api.ListOf(in.Paged, found, viewHolder, func(h *store.Holder) string { return api.ID(h.User.ID) }), err
		})
	api.Add(a, with(op(licensesTag, "assignLicense", http.MethodPost, path, "Let a user hold a license", identity.WriteLicenses), changes,
		describedAs("A user of the whole tenant, or of the license's product. One who holds it keeps it.")),
		func(ctx context.Context, c *api.Call, in *assignUser) (License, error) {
			r, err := c.Office.AssignUser(ctx, c.Actor, in.ref(), in.Body.User)
			if err != nil {
				return License{}, err
			}
			return viewLicense(&r, c.Now), nil
		})
	api.Add(a, with(op(licensesTag, "unassignLicense", http.MethodDelete, path+"/{user}", "Take a license from a user", identity.WriteLicenses), destroys,
		describedAs("The devices that they have activated on it are freed.")),
		func(ctx context.Context, c *api.Call, in *ofHolder) (License, error) {
			r, err := c.Office.UnassignUser(ctx, c.Actor, in.ref(), in.User)
			if err != nil {
				return License{}, err
			}
			return viewLicense(&r, c.Now), nil
		})
}

// Credit is how many units of a name somebody may spend.
type Credit struct {
	Target store.CreditTarget `json:"target" enum:"license,email" doc:"Whose they are: the license's, or its buyer's, for all licenses of the product that they bought."`
	Name   string             `json:"name" example:"pages"`
	Count  int64              `json:"count" example:"100"`
}

func viewCredit(c *store.Credit) Credit { return Credit{c.Target, c.Name, c.Amount} }

type addCredits struct {
	ofLicense
	Body struct {
		Name   string             `json:"name" minLength:"1" maxLength:"200" doc:"What they are called; a product has at most 5 names." example:"pages"`
		Count  int64              `json:"count" minimum:"1" doc:"How many more." example:"100"`
		Target store.CreditTarget `json:"target,omitempty" enum:"license,email" doc:"Whose; absent is the license's."`
	}
}

func addCreditsAndTags(a *api.API) {
	const credits = "/licenses/{license}/credits"
	api.Add(a, with(op(licensesTag, "listCredits", http.MethodGet, credits, "List the credits of a license", identity.ReadLicenses), describedAs("And then those of its buyer.")),
		func(ctx context.Context, c *api.Call, in *ofLicense) (api.List[Credit], error) {
			found, err := c.Office.ListCredits(ctx, c.Actor, in.ref())
			return whole(found, viewCredit), err
		})
	api.Add(a, with(op(licensesTag, "addCredits", http.MethodPost, credits, "Give a license or its buyer more credits", identity.WriteLicenses), destroys,
		describedAs("Answers with how many there are then.")),
		func(ctx context.Context, c *api.Call, in *addCredits) (Credit, error) {
			target := in.Body.Target
			if target == "" {
				target = store.LicenseCredits
			}
			has, err := c.Office.GiveCredits(ctx, c.Actor, in.ref(), string(target), in.Body.Name, in.Body.Count)
			return viewCredit(&has), err
		})
	const tags = "/licenses/{license}/info-tags"
	api.Add(a, with(op(licensesTag, "listInfoTags", http.MethodGet, tags, "List the info tags of a license", identity.ReadLicenses), describedAs("The newest first: it is the one in force, the others are its history.")),
		func(ctx context.Context, c *api.Call, in *listOfLicense) (api.List[InfoTag], error) {
			page, err := in.Page()
			if err != nil {
				return api.List[InfoTag]{}, err
			}
			found, err := c.Office.ListInfoTags(ctx, c.Actor, in.ref(), page)
			return api.ListOf(in.Paged, found, viewInfoTag, func(t *store.InfoTag) string { return api.ID(license.LicenseID(t.ID)) }), err
		})
	api.Add(a, with(op(licensesTag, "addInfoTag", http.MethodPost, tags, "Keep an info tag about a license", identity.WriteLicenses), destroys,
		func(o *api.Operation) { o.Status = http.StatusCreated }),
		func(ctx context.Context, c *api.Call, in *addInfoTag) (InfoTag, error) {
			tag, err := c.Office.AddInfoTag(ctx, c.Actor, in.ref(), in.Body.Tag)
			return viewInfoTag(&tag), err
		})
}

// InfoTag is a note that apps keep about a license.
type InfoTag struct {
	ID  int64        `json:"id" example:"1774267200000009"`
	Tag string       `json:"tag" example:"floor 3"`
	At  license.Time `json:"at"`
}

func viewInfoTag(t *store.InfoTag) InfoTag { return InfoTag{t.ID, t.Text, t.At} }

type addInfoTag struct {
	ofLicense
	Body struct {
		Tag string `json:"tag" minLength:"1" maxLength:"500" example:"floor 3"`
	}
}
