package native

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"licet/internal/store"
	"licet/internal/testkit"
	"licet/internal/wire/api/apitest"
)

func forEachDB(t *testing.T, test func(*testing.T, *store.Store)) {
	t.Helper()
	testkit.ForEachDB(t, func(t *testing.T, open func(testing.TB) *store.Store) { test(t, open(t)) })
}

func sqlite(t testing.TB) *store.Store { return testkit.OpenSQLite(t) }

// TestAnything sends whatever fits the document, and what nearly does, to every operation: nothing makes a fault of the server, and
// nothing comes back that the document does not describe (which apitest holds every answer against).
func TestAnything(t *testing.T) {
	t.Parallel()
	forEachDB(t, func(t *testing.T, s *store.Store) {
		site, list, d := open(t, s)
		h := furnish(t, site)
		for _, o := range list {
			if o.endless() {
				continue
			}
			t.Run(o.ID, func(t *testing.T) {
				rapid.Check(t, func(r *rapid.T) { o.anything(t, r, site, h, d) })
			})
		}
	})
}

// anything makes one call.
func (o *operation) anything(t *testing.T, r *rapid.T, site *apitest.Site, h things, d *document) {
	own := maps.Clone(h)
	for name := range own {
		if rapid.IntRange(0, 3).Draw(r, "strange_"+name) == 0 {
			own[name] = strange().Filter(func(s string) bool { return s != "" && s != "." && s != ".." }).Draw(r, name)
		}
	}
	c := apitest.Call{Method: o.method, Path: own.at(t, o.path), Wild: true}
	query := url.Values{}
	for _, p := range o.Parameters {
		if p.In == "query" && rapid.IntRange(0, 2).Draw(r, "give_"+p.Name) == 0 {
			query.Set(p.Name, fmt.Sprint(value(d, p.Schema, 0).Draw(r, p.Name)))
		}
	}
	if o.method != http.MethodGet && query.Get("dry_run") == "" && strings.Contains(o.path, "{") && !slices.Contains([]string{"POST"}, o.method) {
		query.Set("dry_run", "true") // What is taken away is missing to the others.
	}
	if !slices.ContainsFunc(o.Parameters, func(p parameter) bool { return p.Name == "dry_run" }) {
		query.Del("dry_run")
	}
	if len(query) > 0 {
		c.Path += "?" + query.Encode()
	}
	if o.Body != nil {
		for _, content := range o.Body.Content {
			c.Body = value(d, content.Schema.(map[string]any), 0).Draw(r, "body")
		}
		if rapid.IntRange(0, 9).Draw(r, "broken") == 0 {
			c.Body = strange().Draw(r, "broken body")
		}
	}
	if a := site.Do(t, c); a.Status >= http.StatusInternalServerError {
		body, _ := json.Marshal(c.Body)
		r.Fatalf("%s %s %s = %d %s", c.Method, c.Path, body, a.Status, a.Raw)
	}
}

// strange is text that people and attackers send.
func strange() *rapid.Generator[string] {
	return rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{
		"", " ", "\x00", "../..", "%2e%2e", "'; DROP TABLE licenses; --", "<script>", "\u202e", "null",
		"-1", "9223372036854775808", "1e999", strings.Repeat("x", 3000), "=1+1", "é́", "\ufffd",
	}))
}

// value makes what a schema lets pass, and one time in ten what it does not.
func value(d *document, schema map[string]any, depth int) *rapid.Generator[any] {
	return rapid.Custom(func(r *rapid.T) any {
		if rapid.IntRange(0, 19).Draw(r, "wrong") == 0 {
			return rapid.SampledFrom([]any{nil, true, 7, -1.5, "x", []any{}, map[string]any{"x": 1}}).Draw(r, "wrong value")
		}
		if ref, is := schema["$ref"].(string); is {
			name := ref[strings.LastIndexByte(ref, '/')+1:]
			return value(d, d.Components.Schemas[name].(map[string]any), depth).Draw(r, "ref")
		}
		if any, is := schema["anyOf"].([]any); is {
			return value(d, rapid.SampledFrom(any).Draw(r, "any").(map[string]interface{}), depth).Draw(r, "of")
		}
		if list, is := schema["examples"].([]any); is && rapid.Bool().Draw(r, "example") {
			return list[0]
		}
		if list, is := schema["enum"].([]any); is {
			return rapid.SampledFrom(list).Draw(r, "enum")
		}
		return ofType(d, schema, depth).Draw(r, "value")
	})
}

func ofType(d *document, schema map[string]any, depth int) *rapid.Generator[any] {
	return rapid.Custom(func(r *rapid.T) any {
		rapid.Bool().Draw(r, "begin") // A generator draws something, whatever it makes.
		kind, _ := schema["type"].(string)
		if kinds, several := schema["type"].([]any); several {
			kind, _ = rapid.SampledFrom(kinds).Draw(r, "type").(string)
		}
		switch kind {
		case "object":
			object := map[string]any{}
			members, _ := schema["properties"].(map[string]any)
			required, _ := schema["required"].([]any)
			for _, name := range slices.Sorted(maps.Keys(members)) {
				must := slices.Contains(required, any(name))
				if depth < 5 && (must || rapid.IntRange(0, 3).Draw(r, "give "+name) == 0) {
					object[name] = value(d, members[name].(map[string]any), depth+1).Draw(r, name)
				}
			}
			return object
		case "array":
			list := []any{}
			for range rapid.IntRange(0, 3).Draw(r, "length") {
				if items, is := schema["items"].(map[string]any); is {
					list = append(list, value(d, items, depth+1).Draw(r, "item"))
				}
			}
			return list
		case "integer":
			return rapid.OneOf(rapid.Int64Range(-2, 20), rapid.Int64(), rapid.Int64Range(1774267200000000, 1774267200000009)).Draw(r, "integer")
		case "boolean":
			return rapid.Bool().Draw(r, "boolean")
		case "null":
			return nil
		}
		if schema["format"] == "date-time" {
			return rapid.SampledFrom([]any{"2026-03-23T12:00:00Z", "1969-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "yesterday"}).Draw(r, "time")
		}
		return strange().Draw(r, "text")
	})
}
