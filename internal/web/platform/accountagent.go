package platform

import (
	"context"
	"strings"

	"licet/internal/web"
)

// named is a word in what a browser says it is, and what people call it. The first that is there counts: browsers name each other.
type named struct{ word, name string }

// browserName says in plain words what a browser says it is: "Firefox on Linux".
func browserName(ctx context.Context, agent string) string {
	browser := firstOf(agent, []named{
		{"Edg/", "Edge"},
		{"EdgA/", "Edge"},
		{"EdgiOS/", "Edge"},
		{"OPR/", "Opera"},
		{"Vivaldi/", "Vivaldi"},
		{"SamsungBrowser/", "Samsung Internet"},
		{"FxiOS/", "Firefox"},
		{"Firefox/", "Firefox"},
		{"CriOS/", "Chrome"},
		{"HeadlessChrome/", "Chrome"},
		{"Chromium/", "Chromium"},
		{"Chrome/", "Chrome"},
		{"Safari/", "Safari"},
		{"curl/", "curl"},
		{"Go-http-client/", "Go"},
	})
	system := firstOf(agent, []named{
		{"iPhone", "iPhone"},
		{"iPad", "iPad"},
		{"Android", "Android"},
		{"Windows", "Windows"},
		{"Mac OS X", "macOS"},
		{"CrOS", "ChromeOS"},
		{"Linux", "Linux"},
		{"FreeBSD", "FreeBSD"},
		{"OpenBSD", "OpenBSD"},
	})
	switch {
	case browser != "" && system != "":
		return web.T(ctx, "%s on %s", browser, system)
	case browser != "":
		return browser
	case system != "":
		return web.T(ctx, "A browser on %s", system)
	}
	return web.T(ctx, "An unknown browser")
}

func firstOf(text string, list []named) string {
	for _, n := range list {
		if strings.Contains(text, n.word) {
			return n.name
		}
	}
	return ""
}

// isolated is a text of somebody else's within a sentence of ours: its direction ends with it.
func isolated(text string) string { return "\u2068" + text + "\u2069" }
