package api

import (
	"maps"
	"slices"

	"github.com/danielgtaylor/huma/v2"
)

// maxExample is how deep examples are nested.
const maxExample = 6

// example makes a value that a schema lets pass, out of the examples that its members have. Of an object it shows the members that must
// be there, and those that have an example of their own: some exclude each other.
func (a *API) example(s *huma.Schema, depth int) any {
	for s.Ref != "" {
		s = a.registry.SchemaFromRef(s.Ref)
	}
	switch {
	case len(s.Examples) > 0:
		return s.Examples[0]
	case s.Default != nil:
		return s.Default
	case len(s.Enum) > 0:
		return s.Enum[0]
	case len(s.AnyOf) > 0:
		return a.example(s.AnyOf[0], depth)
	}
	switch s.Type {
	case "object":
		object := map[string]any{}
		if depth > maxExample {
			return object
		}
		for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
			if member := s.Properties[name]; slices.Contains(s.Required, name) || len(member.Examples) > 0 {
				object[name] = a.example(member, depth+1)
			}
		}
		return object
	case "array":
		if depth > maxExample || s.Items == nil {
			return []any{}
		}
		return []any{a.example(s.Items, depth+1)}
	case "integer":
		return least(s.Minimum, 1)
	case "number":
		return least(s.Minimum, 1)
	case "boolean":
		return false
	case "string":
		return exampleText(s)
	}
	return map[string]any{}
}

func least(minimum *float64, usual float64) float64 {
	if minimum != nil && *minimum > usual {
		return *minimum
	}
	return usual
}

func exampleText(s *huma.Schema) string {
	switch s.Format {
	case "date-time":
		return "2026-03-23T12:00:00Z"
	case "date":
		return "2026-03-23"
	case "email":
		return "ann@example.com"
	case "uri":
		return "https://example.com/"
	}
	return "text"
}
