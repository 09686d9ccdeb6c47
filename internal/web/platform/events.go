package platform

import (
	"context"
	"encoding/json"
	"fmt"
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

// maxDetail is how much of an event's data a line shows, in characters.
const maxDetail = 160

// eventDetail is the data of an event on one line, by name: it may hold what clients sent.
func eventDetail(e *license.StoredEvent) string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(e.Data)) {
		text, ok := e.Data[name].(string)
		if !ok {
			raw, err := json.Marshal(e.Data[name])
			if err != nil {
				continue // Numbers, texts and lists always encode.
			}
			text = string(raw)
		}
		if text != "" && text != "null" {
			fmt.Fprintf(&b, " · %s: %s", strings.ReplaceAll(name, "_", " "), text)
		}
	}
	if runes := []rune(b.String()); len(runes) > maxDetail {
		return string(runes[:maxDetail]) + "…"
	}
	return b.String()
}
