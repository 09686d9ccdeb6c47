package api

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"licet/internal/wire"
)

//go:embed docs.html docs.css
var docsFiles embed.FS

// Document returns the OpenAPI document, the same for the same operations.
func (a *API) Document() ([]byte, error) {
	text, err := json.Marshal(a.doc)
	if err != nil {
		return nil, fmt.Errorf("describe the API: %w", err)
	}
	return text, nil
}

// Public is the door of what everybody may read: the document, and the pages made of it. Keys answers /.well-known/jwks.json.
func (a *API) Public(keys wire.Handler) (wire.Door, error) {
	document, err := a.Document()
	if err != nil {
		return wire.Door{}, err
	}
	page, err := a.page()
	if err != nil {
		return wire.Door{}, err
	}
	style, err := docsFiles.ReadFile("docs.css")
	if err != nil {
		return wire.Door{}, err
	}
	give := func(media string, body []byte) wire.Handler {
		return func(w http.ResponseWriter, r *http.Request) error {
			h := w.Header()
			h.Set("Content-Type", media)
			h.Set("Cache-Control", "public, max-age=300")
			h.Set("Etag", etag(body))
			h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
			h.Set("X-Content-Type-Options", "nosniff")
			if strings.HasSuffix(r.URL.Path, ".json") {
				h.Set("Access-Control-Allow-Origin", "*")
			}
			if r.Header.Get("If-None-Match") == etag(body) {
				w.WriteHeader(http.StatusNotModified)
				return nil
			}
			_, _ = w.Write(body)
			return nil
		}
	}
	return wire.Door{Name: "docs", Surface: wire.LicenseSurface, WriteError: WriteError, Mount: func(m *wire.Mux) {
		m.Handle("GET /openapi.json", give("application/json", document))
		m.Handle("GET /docs", give("text/html; charset=utf-8", page))
		m.Handle("GET /docs/docs.css", give("text/css; charset=utf-8", style))
		if keys != nil {
			m.Handle("GET /.well-known/jwks.json", keys)
		}
	}}, nil
}

// group is a chapter of the pages.
type group struct {
	Name       string
	Operations []entry
}

// entry is an operation as it is shown.
type entry struct {
	*huma.Operation
	Scope, Surface, Curl, Request, Answer, Status string
}

func (a *API) page() ([]byte, error) {
	t, err := template.ParseFS(docsFiles, "docs.html")
	if err != nil {
		return nil, err
	}
	var groups []group
	for _, o := range a.list {
		i := slices.IndexFunc(groups, func(g group) bool { return g.Name == o.Tag })
		if i < 0 {
			groups, i = append(groups, group{Name: o.Tag}), len(groups)
		}
		e, err := a.entry(o)
		if err != nil {
			return nil, err
		}
		groups[i].Operations = append(groups[i].Operations, e)
	}
	var out bytes.Buffer
	err = t.Execute(&out, struct {
		About  []string
		Groups []group
		Total  int
	}{strings.Split(strings.NewReplacer("**", "", "`", "").Replace(about), "\n\n"), groups, len(a.list)})
	return out.Bytes(), err
}

// entry makes what the pages show of an operation.
func (a *API) entry(o *operation) (entry, error) {
	item := a.doc.Paths[Path+o.Path]
	d := map[string]*huma.Operation{http.MethodGet: item.Get, http.MethodPost: item.Post, http.MethodPatch: item.Patch,
		http.MethodPut: item.Put, http.MethodDelete: item.Delete}[o.Method]
	e := entry{Operation: d, Scope: string(o.Needs), Surface: string(o.Surface)}
	curl := "curl -H \"Authorization: Bearer $TOKEN\""
	if o.Method != http.MethodGet && (o.Method != http.MethodPost || o.body == nil) {
		curl += " -X " + o.Method
	}
	if o.body != nil {
		text, err := json.MarshalIndent(a.example(o.body, 0), "", "  ")
		if err != nil {
			return e, err
		}
		e.Request = string(text)
		line, err := json.Marshal(a.example(o.body, 0))
		if err != nil {
			return e, err
		}
		curl += " -d '" + strings.ReplaceAll(string(line), "'", `'\''`) + "'"
	}
	e.Curl = curl + " $URL/v1" + o.Path
	for status, r := range d.Responses {
		if status[0] != '2' {
			continue
		}
		e.Status = status
		for _, media := range r.Content {
			text, err := json.MarshalIndent(media.Example, "", "  ")
			if err != nil {
				return e, err
			}
			e.Answer = string(text)
		}
	}
	return e, nil
}
