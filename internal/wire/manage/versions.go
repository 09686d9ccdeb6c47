package manage

import (
	"context"
	"net/http"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/wire/api"
)

// Version is a release of a product that its apps may load. The file lies elsewhere.
type Version struct {
	ID          int64             `json:"id" example:"1774267200000003"`
	Product     license.ProductID `json:"product_id" example:"1774267200000001"`
	Version     string            `json:"version" example:"2.4.1"`
	Channel     string            `json:"channel" doc:"Empty is the usual one." example:"beta"`
	Environment string            `json:"environment" enum:",win,win32,win64,mac,linux,linux32,linux64" doc:"What it is made for; empty is everything." example:"win64"`
	URL         string            `json:"url" doc:"Where the file is." example:"https://example.com/my-app-2.4.1.zip"`
	Filename    string            `json:"filename" example:"my-app-2.4.1.zip"`
	HashMD5     string            `json:"hash_md5" example:"d41d8cd98f00b204e9800998ecf8427e"`
	EULALink    string            `json:"eula_link" example:"https://example.com/eula"`
	NotesLink   string            `json:"notes_link" example:"https://example.com/2.4.1"`
	Size        string            `json:"size" doc:"As apps show it." example:"12 MB"`
	Requires    string            `json:"requires_version" doc:"The oldest version that can be updated to this one; empty is any." example:"2.0.0"`
	Enabled     bool              `json:"enabled" doc:"Whether apps get it."`
	Released    license.Time      `json:"released_at"`
	Created     license.Time      `json:"created_at"`
	Updated     license.Time      `json:"updated_at"`
}

type newVersion struct {
	ofProduct
	Body struct {
		Version     string        `json:"version" minLength:"1" maxLength:"100" doc:"Unique per product, environment and channel." example:"2.4.1"`
		Channel     string        `json:"channel,omitempty" maxLength:"64" example:"beta"`
		Environment string        `json:"environment,omitempty" enum:",win,win32,win64,mac,linux,linux32,linux64" example:"win64"`
		URL         string        `json:"url,omitempty" maxLength:"2000" example:"https://example.com/my-app-2.4.1.zip"`
		Filename    string        `json:"filename,omitempty" maxLength:"255" example:"my-app-2.4.1.zip"`
		HashMD5     string        `json:"hash_md5,omitempty" maxLength:"32" example:"d41d8cd98f00b204e9800998ecf8427e"`
		EULALink    string        `json:"eula_link,omitempty" maxLength:"2000" example:"https://example.com/eula"`
		NotesLink   string        `json:"notes_link,omitempty" maxLength:"2000" example:"https://example.com/2.4.1"`
		Size        string        `json:"size,omitempty" maxLength:"64" example:"12 MB"`
		Requires    string        `json:"requires_version,omitempty" maxLength:"100" example:"2.0.0"`
		Disabled    bool          `json:"disabled,omitempty" doc:"Apps do not get it yet."`
		Released    *license.Time `json:"released_at,omitempty" doc:"When it comes out; absent is now."`
	}
}

type ofVersion struct {
	ofProduct
	Version int64 `path:"version" minimum:"1" doc:"The identity of the version." example:"1774267200000003"`
}

type ofVersionName struct {
	ofProduct
	Version string `path:"version" doc:"The name of the version, for every environment and channel; or the identity of one." example:"2.4.1"`
}

type changeVersion struct {
	ofVersion
	Body struct {
		Enabled api.Change[bool] `json:"enabled,omitzero" required:"false" doc:"Whether apps get it."`
	}
}

type listVersions struct {
	api.Paged
	ofProduct
}

func addVersions(a *api.API) {
	const tag, all, one = "Versions", "/products/{product}/versions", "/products/{product}/versions/{version}"
	api.Add(a, op(tag, "listVersions", http.MethodGet, all, "List the versions of a product", identity.ReadProducts),
		func(ctx context.Context, c *api.Call, in *listVersions) (api.List[Version], error) {
			page, err := in.Page()
			if err != nil {
				return api.List[Version]{}, err
			}
			found, err := c.Office.ListVersions(ctx, c.Actor, in.Product, page)
			return api.ListOf(in.Paged, found, viewVersion, func(v *license.Version) string { return api.ID(v.ID) }), err
		})
	api.Add(a, with(op(tag, "createVersion", http.MethodPost, all, "Make a version known to apps", identity.WriteProducts), creates),
		func(ctx context.Context, c *api.Call, in *newVersion) (Version, error) {
			b := &in.Body
			n := office.NewVersion{
				Product: in.Product, Version: b.Version, Channel: b.Channel, Environment: b.Environment, URL: b.URL, Filename: b.Filename,
				HashMD5: b.HashMD5, EULALink: b.EULALink, NotesLink: b.NotesLink, Size: b.Size, RequiresVersion: b.Requires, Disabled: b.Disabled,
			}
			if b.Released != nil {
				n.ReleasedAt = *b.Released
			}
			v, err := c.Office.AddVersion(ctx, c.Actor, n)
			if err != nil {
				return Version{}, err
			}
			c.Created("/products/" + api.ID(v.Product) + "/versions/" + api.ID(v.ID))
			return viewVersion(&v), nil
		})
	api.Add(a, with(op(tag, "showVersion", http.MethodGet, one, "Show a version", identity.ReadProducts), tagged),
		func(ctx context.Context, c *api.Call, in *ofVersion) (Version, error) {
			v, err := c.Office.FindVersion(ctx, c.Actor, in.Product, in.Version)
			return viewVersion(&v), err
		})
	api.Add(a, with(op(tag, "changeVersion", http.MethodPatch, one, "Change a version", identity.WriteProducts), changes),
		func(ctx context.Context, c *api.Call, in *changeVersion) (Version, error) {
			v, err := c.Office.ChangeVersion(ctx, c.Actor, in.Product, in.Version, office.VersionChange{
				Enabled: in.Body.Enabled.Ptr(), If: func(v license.Version) error { return c.Match(viewVersion(&v)) },
			})
			return viewVersion(&v), err
		})
	for _, verb := range []struct {
		id, path, summary string
		enabled           bool
	}{
		{"enableVersions", "/enable", "Let apps load a version", true}, {"disableVersions", "/disable", "Let apps load a version no longer", false},
	} {
		api.Add(a, with(op(tag, verb.id, http.MethodPost, one+verb.path, verb.summary, identity.WriteProducts), destroys,
			describedAs("By its name, for every environment and channel at once. It answers with all that the name stands for.")),
			func(ctx context.Context, c *api.Call, in *ofVersionName) (api.List[Version], error) {
				found, err := c.Office.EnableVersion(ctx, c.Actor, in.Product, in.Version, verb.enabled)
				return whole(found, viewVersion), err
			})
	}
}

func viewVersion(v *license.Version) Version {
	return Version{
		ID: v.ID, Product: v.Product, Version: v.Version, Channel: v.Channel, Environment: v.Environment, URL: v.URL, Filename: v.Filename,
		HashMD5: v.HashMD5, EULALink: v.EULALink, NotesLink: v.NotesLink, Size: v.Size, Requires: v.RequiresVersion, Enabled: v.Enabled,
		Released: v.ReleasedAt, Created: v.Created, Updated: v.Updated,
	}
}
