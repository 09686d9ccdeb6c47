package manage

import (
	"context"
	"net/http"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/store"
	"licet/internal/wire/api"
)

// ApplicationFile is a file that apps get by way of the server.
type ApplicationFile struct {
	ID      string       `json:"id" doc:"Six digits." example:"123456"`
	Name    string       `json:"name" example:"update.zip"`
	URL     string       `json:"url" doc:"Where it is fetched each time." example:"https://example.com/update.zip"`
	Size    int64        `json:"size" doc:"Bytes, when it was added." example:"1048576"`
	Authed  bool         `json:"authed" doc:"Only for who is signed in."`
	Created license.Time `json:"created_at"`
}

// ApplicationWebhook is an address that the server asks for apps.
type ApplicationWebhook struct {
	ID        string       `json:"id" example:"hT3kV0pQzB"`
	Host      string       `json:"host" doc:"Scheme and host of the address; the rest is a secret and never shown." example:"https://example.com"`
	UserAgent string       `json:"user_agent" example:"Licet"`
	Authed    bool         `json:"authed" doc:"Only for who is signed in."`
	Created   license.Time `json:"created_at"`
}

type ofFile struct {
	ofProduct
	File string `path:"file" doc:"The identity of the file." example:"123456"`
}

type newFile struct {
	ofProduct
	Body struct {
		URL    string `json:"url" minLength:"1" maxLength:"4096" example:"https://example.com/update.zip"`
		Authed bool   `json:"authed,omitempty" doc:"Only for who is signed in."`
	}
}

type changeFile struct {
	ofFile
	Body struct {
		URL    api.Change[string] `json:"url,omitzero" required:"false" minLength:"1" maxLength:"4096" example:"https://example.com/update.zip"`
		Authed api.Change[bool]   `json:"authed,omitzero" required:"false"`
	}
}

func addApplicationFiles(a *api.API) {
	const tag, all, one = "Application files", applicationPath + "/files", applicationPath + "/files/{file}"
	api.Add(a, op(tag, "listApplicationFiles", http.MethodGet, all, "List the files of an application", identity.ReadProducts),
		func(ctx context.Context, c *api.Call, in *listOfApplication) (api.List[ApplicationFile], error) {
			after, err := in.After()
			if err != nil {
				return api.List[ApplicationFile]{}, err
			}
			found, err := c.Office.ListFiles(ctx, c.Actor, in.Product, after, in.Limit)
			return api.ListOf(in.Paged, found, viewFile, func(f *store.ApplicationFile) string { return f.ID }), err
		})
	// Files are fetched, for which no transaction is held.
	api.Add(a, with(op(tag, "createApplicationFile", http.MethodPost, all, "Add a file to an application", identity.WriteProducts), creates,
		describedAs("It is fetched once for its size and name, at most 50 MiB. Later each app gets it as it is then. A dry run does not fetch it.")),
		func(ctx context.Context, c *api.Call, in *newFile) (ApplicationFile, error) {
			f, err := c.Office.AddFile(ctx, c.Actor, in.Product, in.Body.URL, in.Body.Authed)
			if err != nil {
				return ApplicationFile{}, err
			}
			c.Created(pathOf("/applications", in.Product, "files", f.ID))
			return viewFile(&f), nil
		})
	api.Add(a, with(op(tag, "showApplicationFile", http.MethodGet, one, "Show a file of an application", identity.ReadProducts), tagged),
		func(ctx context.Context, c *api.Call, in *ofFile) (ApplicationFile, error) {
			return file(in.File)(at(ctx, c, in.Product))
		})
	api.Add(a, with(op(tag, "changeApplicationFile", http.MethodPatch, one, "Change a file of an application", identity.WriteProducts), changes,
		describedAs("If-Match is judged before a new address is fetched.")),
		func(ctx context.Context, c *api.Call, in *changeFile) (ApplicationFile, error) {
			if c.Conditional() {
				known, err := file(in.File)(at(ctx, c, in.Product))
				if err == nil {
					err = c.Match(known)
				}
				if err != nil {
					return ApplicationFile{}, err
				}
			}
			f, err := c.Office.EditFile(ctx, c.Actor, in.Product, in.File, in.Body.URL.Ptr(), in.Body.Authed.Ptr())
			return viewFile(&f), err
		})
	api.Add(a, with(op(tag, "deleteApplicationFile", http.MethodDelete, one, "Remove a file of an application", identity.WriteProducts), changes),
		func(ctx context.Context, c *api.Call, in *ofFile) (ApplicationFile, error) {
			return remove(at(ctx, c, in.Product), identity.WriteProducts, file(in.File), func(p place) error {
				return p.office.DropFile(ctx, c.Actor, p.product, in.File)
			})
		})
	api.Add(a, with(op(tag, "deleteApplicationFiles", http.MethodDelete, all, "Remove every file of an application", identity.WriteProducts), destroys),
		func(ctx context.Context, c *api.Call, in *ofProduct) (Count, error) {
			return many(at(ctx, c, in.Product), identity.WriteProducts, func(p place) (int64, error) { return p.office.DropFiles(ctx, c.Actor, p.product) })
		})
}

func file(id string) func(place) (ApplicationFile, error) {
	return func(p place) (ApplicationFile, error) {
		f, err := p.office.FindFile(p.ctx, p.c.Actor, p.product, id)
		return viewFile(&f), err
	}
}

func viewFile(f *store.ApplicationFile) ApplicationFile {
	return ApplicationFile{f.ID, f.Name, f.URL, f.Size, f.Authed, f.Created}
}

type ofApplicationWebhook struct {
	ofProduct
	Webhook string `path:"webhook" doc:"The identity of the webhook." example:"hT3kV0pQzB"`
}

type newApplicationWebhook struct {
	ofProduct
	Body struct {
		ID        string `json:"id,omitempty" maxLength:"50" doc:"Absent: ten letters and digits are made." example:"orders"`
		URL       string `json:"url" minLength:"1" maxLength:"4096" doc:"What apps send is added to it. Kept sealed." example:"https://example.com/hook?secret=s3"`
		UserAgent string `json:"user_agent,omitempty" maxLength:"200" example:"Licet"`
		Authed    bool   `json:"authed,omitempty" doc:"Only for who is signed in."`
	}
}

func addApplicationWebhooks(a *api.API) {
	const tag, all, one = "Application webhooks", applicationPath + "/webhooks", applicationPath + "/webhooks/{webhook}"
	api.Add(a, op(tag, "listApplicationWebhooks", http.MethodGet, all, "List the webhooks of an application", identity.ReadProducts),
		func(ctx context.Context, c *api.Call, in *listOfApplication) (api.List[ApplicationWebhook], error) {
			after, err := in.After()
			if err != nil {
				return api.List[ApplicationWebhook]{}, err
			}
			found, err := c.Office.ListWebhooks(ctx, c.Actor, in.Product, after, in.Limit)
			return api.ListOf(in.Paged, found, viewWebhook, func(w *store.ApplicationWebhook) string { return w.ID }), err
		})
	api.Add(a, with(op(tag, "createApplicationWebhook", http.MethodPost, all, "Add a webhook to an application", identity.WriteProducts), creates,
		describedAs("It is an address that the server asks when an app tells it to, so that the app need not know it.")),
		func(ctx context.Context, c *api.Call, in *newApplicationWebhook) (ApplicationWebhook, error) {
			b := &in.Body
			w, err := c.Office.AddWebhook(ctx, c.Actor, in.Product, b.ID, b.URL, b.UserAgent, b.Authed)
			if err != nil {
				return ApplicationWebhook{}, err
			}
			c.Created(pathOf("/applications", in.Product, "webhooks", w.ID))
			return viewWebhook(&w), nil
		})
	api.Add(a, with(op(tag, "showApplicationWebhook", http.MethodGet, one, "Show a webhook of an application", identity.ReadProducts), tagged),
		func(ctx context.Context, c *api.Call, in *ofApplicationWebhook) (ApplicationWebhook, error) {
			return webhook(in.Webhook)(at(ctx, c, in.Product))
		})
	api.Add(a, with(op(tag, "deleteApplicationWebhook", http.MethodDelete, one, "Remove a webhook of an application", identity.WriteProducts), changes),
		func(ctx context.Context, c *api.Call, in *ofApplicationWebhook) (ApplicationWebhook, error) {
			return remove(at(ctx, c, in.Product), identity.WriteProducts, webhook(in.Webhook), func(p place) error {
				return p.office.DropWebhook(ctx, c.Actor, p.product, in.Webhook)
			})
		})
	api.Add(a, with(op(tag, "deleteApplicationWebhooks", http.MethodDelete, all, "Remove every webhook of an application", identity.WriteProducts), destroys),
		func(ctx context.Context, c *api.Call, in *ofProduct) (Count, error) {
			return many(at(ctx, c, in.Product), identity.WriteProducts, func(p place) (int64, error) { return p.office.DropWebhooks(ctx, c.Actor, p.product) })
		})
}

func webhook(id string) func(place) (ApplicationWebhook, error) {
	return func(p place) (ApplicationWebhook, error) {
		w, err := p.office.FindWebhook(p.ctx, p.c.Actor, p.product, id)
		return viewWebhook(&w), err
	}
}

func viewWebhook(w *store.ApplicationWebhook) ApplicationWebhook {
	return ApplicationWebhook{w.ID, w.Host, w.UserAgent, w.Authed, w.Created}
}
