package platform

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"licet/internal/license"
	"licet/internal/web"
)

// eventTitle is the kind of an event in words: "license.banned" is "License banned".
func eventTitle(ctx context.Context, kind license.EventKind) string {
	words := strings.NewReplacer(".", " ", "_", " ").Replace(string(kind))
	if words == "" {
		return words
	}
	return web.T(ctx, strings.ToUpper(words[:1])+words[1:])
}

// maxDetail is how much of a value of an event a line shows, in characters.
const maxDetail = 120

// detail is one thing that an event says.
type detail struct{ name, value string }

// eventDetails are the data of an event by name, in short: they may hold what clients sent.
func eventDetails(e *license.StoredEvent) (out []detail) {
	for _, name := range slices.Sorted(maps.Keys(e.Data)) {
		text, ok := e.Data[name].(string)
		if !ok {
			raw, err := json.Marshal(e.Data[name])
			if err != nil {
				continue // Numbers, texts and lists always encode.
			}
			text = string(raw)
		}
		if runes := []rune(text); len(runes) > maxDetail {
			text = string(runes[:maxDetail]) + "…"
		}
		if text != "" && text != "null" {
			out = append(out, detail{strings.ReplaceAll(name, "_", " "), text})
		}
	}
	return out
}
