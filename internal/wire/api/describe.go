package api

import (
	"fmt"
	"net/http"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"licet/internal/identity"
	"licet/internal/wire"
)

// schemaName names the schema of a type: ListOfLicense for List[License].
func schemaName(t reflect.Type, hint string) string {
	name := huma.DefaultSchemaNamer(t, hint)
	if inner, isList := strings.CutPrefix(name, "List"); isList && strings.HasPrefix(t.Name(), "List[") {
		return "ListOf" + inner
	}
	return name
}

const bearer = "token"

// newDocument is the document without operations.
func newDocument(registry huma.Registry, base string) *huma.OpenAPI {
	if base == "" {
		base = "/"
	}
	return &huma.OpenAPI{
		OpenAPI: "3.1.0",
		Info: &huma.Info{
			Title: "Licet", Version: "1", License: &huma.License{Name: "Apache-2.0", Identifier: "Apache-2.0"},
			Description: about,
		},
		Servers: []*huma.Server{{URL: base, Description: "this server"}},
		Components: &huma.Components{
			Schemas: registry, Responses: map[string]*huma.Response{},
			SecuritySchemes: map[string]*huma.SecurityScheme{bearer: {
				Type: "http", Scheme: "bearer", BearerFormat: "licet_key_…",
				Description: "A token of a tenant. What it may do is said by its scopes; each operation names the one it needs. A client token has the scope licenses:use alone, and may be built into an app.",
			}},
		},
		Security: []map[string][]string{{bearer: {}}},
	}
}

const about = `The native API of a Licet licensing server: license calls for apps, and management calls for vendors.

**Tokens.** Every call shows a token: ` + "`Authorization: Bearer licet_key_…`" + `. An operation names the scope it needs.

**Errors** are problem documents (RFC 9457) with a stable code and reason. License calls ignore members they do not know; management calls refuse them by name.

**Signed answers.** Answers to license calls, errors too, are signed with Ed25519 as HTTP Message Signatures (RFC 9421). The keys are at /.well-known/jwks.json. Send a nonce in Licet-Nonce and find it in the signature's nonce parameter.

**Repeating.** A POST of the management calls with an Idempotency-Key is carried out once in 24 hours; the same key with another body is refused with 409.

**Changing.** PATCH is a merge patch (RFC 7396). Answers about one thing have an ETag; with If-Match a change is refused with 412 when the thing was changed since. With dry_run=true a change is checked and described, and not made; it leaves its Idempotency-Key unused. Objects of your own, such as metadata, are merged; lists are replaced as a whole.

**Lists** have at most limit entries and a next cursor, also as a Link header.`

// describe adds an operation to the list and to the document.
func (a *API) describe(op Operation, in, out reflect.Type) *operation {
	if a.find(op.ID) != nil {
		panic("api: two operations " + op.ID)
	}
	o := &operation{Operation: op, in: in, out: out, params: a.paramsOf(in)}
	d := &huma.Operation{
		OperationID: op.ID, Method: op.Method, Path: Path + op.Path, Tags: []string{op.Tag}, Summary: op.Summary,
		Description: detail(op), Responses: map[string]*huma.Response{},
		Extensions: map[string]any{"x-surface": string(op.Surface)},
	}
	if op.Needs != "" {
		d.Extensions["x-scope"] = string(op.Needs)
	}
	for i := range o.params {
		d.Parameters = append(d.Parameters, describeParam(&o.params[i]))
	}
	if missing := unboundWildcards(op.Path, o.params); missing != "" {
		panic(fmt.Sprintf("api: %s has no field for {%s}", op.ID, missing))
	}
	if f, has := in.FieldByName("Body"); has {
		o.body = a.registry.Schema(f.Type, true, schemaHint(op.ID, "Request"))
		media := &huma.MediaType{Schema: o.body, Example: a.example(o.body, 0)}
		content := map[string]*huma.MediaType{"application/json": media}
		if op.Method == http.MethodPatch {
			content = map[string]*huma.MediaType{"application/merge-patch+json": media, "application/json": media}
		}
		o.optional = op.Method == http.MethodPost && a.nothingRequired(o.body)
		d.RequestBody = &huma.RequestBody{Required: !o.optional, Content: content}
	}
	a.describeHeaders(o, d)
	a.describeAnswers(o, d)
	a.doc.AddOperation(d)
	a.list = append(a.list, o)
	return o
}

// nothingRequired reports whether a body may as well be left out.
func (a *API) nothingRequired(s *huma.Schema) bool {
	for s.Ref != "" {
		s = a.registry.SchemaFromRef(s.Ref)
	}
	return s.Type == "object" && len(s.Required) == 0
}

func schemaHint(id, suffix string) string { return strings.ToUpper(id[:1]) + id[1:] + suffix }

func detail(op Operation) string {
	text := op.Detail
	if op.Needs != "" {
		text = strings.TrimSpace(text + "\n\nNeeds the scope `" + string(op.Needs) + "`.")
	}
	return text
}

func describeParam(p *param) *huma.Param {
	d := &huma.Param{Name: p.name, In: p.in, Required: p.in == "path", Schema: p.schema, Description: p.field.Tag.Get("doc")}
	if len(p.schema.Examples) > 0 {
		d.Example = p.schema.Examples[0]
	}
	return d
}

var wildcards = regexp.MustCompile(`\{([a-z_]+)\}`)

func unboundWildcards(path string, params []param) string {
	for _, m := range wildcards.FindAllStringSubmatch(path, -1) {
		if !slices.ContainsFunc(params, func(p param) bool { return p.in == "path" && p.name == m[1] }) {
			return m[1]
		}
	}
	return ""
}

// describeHeaders adds what requests may say about themselves.
func (a *API) describeHeaders(o *operation, d *huma.Operation) {
	text := func(most int, example, doc string, name string) {
		d.Parameters = append(d.Parameters, &huma.Param{Name: name, In: "header", Description: doc, Example: example,
			Schema: &huma.Schema{Type: "string", MaxLength: &most, Examples: []any{example}}})
	}
	if o.DryRun {
		d.Parameters = append(d.Parameters, &huma.Param{Name: dryRun, In: "query",
			Description: "true: check and describe the change, and do not make it.", Schema: &huma.Schema{Type: "boolean", Default: false}})
	}
	managed := o.Surface == wire.ManageSurface
	if managed && o.Method == http.MethodPost {
		text(200, "order-4711-create", "The name of the request: with it, it is carried out once in 24 hours, however often it is sent.", "Idempotency-Key")
	}
	if managed && o.Tagged && o.Method != http.MethodGet && o.Method != http.MethodPost {
		text(200, `"4fYvzr2pWd0eJm1Q"`, "The ETag of what is to be changed. If it was changed since, nothing is done: 412.", "If-Match")
	}
	if !managed {
		text(200, "f3a9", "Comes back in the nonce parameter of the signature.", "Licet-Nonce")
	}
}

// describeAnswers adds what may be answered.
func (a *API) describeAnswers(o *operation, d *huma.Operation) {
	status, media := o.Status, o.Media
	if status == 0 {
		status = http.StatusOK
	}
	if media == "" {
		media = "application/json"
	}
	if o.out == reflect.TypeFor[None]() {
		d.Responses["204"] = &huma.Response{Description: "Done."}
	} else {
		schema := a.registry.Schema(o.out, true, schemaHint(o.ID, "Answer"))
		done := &huma.Response{Description: "Done.", Content: map[string]*huma.MediaType{media: {Schema: schema, Example: a.example(schema, 0)}}}
		d.Responses[strconv.Itoa(status)] = done
		if o.also != 0 {
			d.Responses[strconv.Itoa(o.also)] = done
		}
	}
	if o.Tagged && o.Method == http.MethodGet {
		d.Responses["304"] = &huma.Response{Description: "It is as If-None-Match says."}
	}
	for _, status := range a.failures(o) {
		d.Responses[strconv.Itoa(status)] = a.failure(status)
	}
}

// failure refers to the description of an error's answer, which all operations share.
func (a *API) failure(status int) *huma.Response {
	name := "Problem" + strconv.Itoa(status)
	if a.doc.Components.Responses[name] == nil {
		a.doc.Components.Responses[name] = &huma.Response{Description: http.StatusText(status), Content: map[string]*huma.MediaType{
			"application/problem+json": {Schema: a.registry.Schema(reflect.TypeFor[Problem](), true, "")}}}
	}
	return &huma.Response{Ref: "#/components/responses/" + name}
}

// failures lists the statuses of errors that an operation may answer with.
func (a *API) failures(o *operation) []int {
	list := []int{400, 401, 403, 404, 413, 429, 500, 503}
	if o.Method != http.MethodGet {
		list = append(list, 409)
	}
	if o.Tagged && o.Method != http.MethodGet {
		list = append(list, 412)
	}
	return list
}

// Scopes lists the permissions that operations need.
func (a *API) Scopes() []identity.Permission {
	var list []identity.Permission
	for _, o := range a.list {
		if o.Needs != "" && !slices.Contains(list, o.Needs) {
			list = append(list, o.Needs)
		}
	}
	return list
}
