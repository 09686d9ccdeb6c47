package web

import (
	"maps"
	"slices"
)

// Frame is what the frame around a page shows.
type Frame struct {
	Path    string // path and query of this page
	Title   string
	User    string // who is signed in
	Role    string
	Tenant  string   // name of the company whose pages these are
	Tenants []Choice // all of the person's, where there are several (S0-05)
	Menu    []Group
	Flash   *Flash
	Search  string // what was searched for
	Version string
}

// Choice is a company to switch to.
type Choice struct {
	ID, Name string
	Current  bool
}

// Group is a part of the menu.
type Group struct {
	Title string
	Items []Item
}

// Item is a line of the menu.
type Item struct {
	Title, URL, Icon string
	Key              string // typed after g, it goes there; "" is none
	Current          bool
}

// current is the value of aria-current.
func current(is bool) string {
	if is {
		return "page"
	}
	return "false"
}

func pressed(is bool) string {
	if is {
		return "true"
	}
	return "false"
}

func flashRole(t Tone) string {
	if t == Bad {
		return "alert"
	}
	return "status"
}

func toneIcon(t Tone) string {
	switch t {
	case Good:
		return "check"
	case Bad, Warn:
		return "warn"
	}
	return "info"
}

func sortedKeys(m map[string]string) []string { return slices.Sorted(maps.Keys(m)) }

// icons are lines of one width, drawn for this.
func icons() map[string]string {
	return map[string]string{
		"home":     "M4 11l8-7 8 7v9h-5v-6H9v6H4z",
		"key":      "M14 10a4 4 0 1 0-3.4 3.95L13 16h2v2h2v2h3v-3l-6.1-6.1M9 9h.01",
		"user":     "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4 20c1.5-4 4.500-5 8-5s6.500 1 8 5",
		"users":    "M9 11a3.500 3.500 0 1 0 0-7 3.500 3.500 0 0 0 0 7zM2.500 20c1-4 3.500-5 6.500-5s5.500 1 6.500 5M16 4.500a3.500 3.500 0 0 1 0 6M18 15.200c2 .6 3 2 3.500 4.800",
		"cart":     "M3 4h2l2.500 11h10L20 8H6.200M9 20h.01M16 20h.01",
		"people":   "M4 20V9l8-5 8 5v11M9 20v-6h6v6",
		"box":      "M12 3l8 4.500v9L12 21l-8-4.500v-9zM4 7.500l8 4.500 8-4.500M12 12v9",
		"policy":   "M6 3h9l4 4v14H6zM15 3v4h4M9 12h7M9 16h7",
		"plug":     "M9 3v5M15 3v5M6 8h12v3a6 6 0 0 1-12 0zM12 17v4",
		"hook":     "M8 17a3 3 0 1 1-2.600-4.500L9 7a3.500 3.500 0 1 1 6 0M16 14l-3.500-6M10 17h6a3 3 0 1 0 2-5",
		"mail":     "M3 6h18v12H3zM3 7l9 7 9-7",
		"lock":     "M6 11h12v9H6zM8.500 11V8a3.500 3.500 0 0 1 7 0v3",
		"log":      "M5 4h14v16H5zM8.500 9h7M8.500 13h7M8.500 17h4",
		"gear":     "M12 15.500a3.500 3.500 0 1 0 0-7 3.500 3.500 0 0 0 0 7zM12 2.500v3M12 18.500v3M2.500 12h3M18.500 12h3M5.300 5.300l2.100 2.100M16.600 16.600l2.100 2.100M5.300 18.700l2.100-2.100M16.600 7.400l2.100-2.100",
		"team":     "M12 12a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM6 20c.8-3.500 3-5 6-5s5.200 1.500 6 5M4.500 11a2 2 0 1 0 0-4M19.500 11a2 2 0 1 1 0-4M2 17c.3-1.500 1-2.500 2-3M22 17c-.3-1.500-1-2.500-2-3",
		"search":   "M10.500 17a6.500 6.500 0 1 0 0-13 6.500 6.500 0 0 0 0 13zM15.500 15.500L20 20",
		"switch":   "M8 10l4-4 4 4M8 14l4 4 4-4",
		"check":    "M5 12.500l4.500 4.500L19 7.500",
		"warn":     "M12 4l9 16H3zM12 10v4M12 17h.01",
		"info":     "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 11v5M12 8h.01",
		"plus":     "M12 5v14M5 12h14",
		"download": "M12 4v11M7 11l5 5 5-5M4 20h16",
		"upload":   "M12 16V5M7 9l5-5 5 5M4 20h16",
		"columns":  "M4 5h16v14H4zM10 5v14M15 5v14",
		"filter":   "M4 5h16l-6 8v6l-4-2v-4z",
		"back":     "M15 5l-7 7 7 7",
		"next":     "M9 5l7 7-7 7",
		"copy":     "M9 9h11v11H9zM5 15H4V4h11v1",
		"trash":    "M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13",
		"clock":    "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 7v5l3 2",
		"device":   "M4 5h16v11H4zM9 20h6M12 16v4",
		"bolt":     "M13 3L5 14h6l-1 7 8-11h-6z",
		"shield":   "M12 3l8 3v6c0 5-3.500 8-8 9-4.500-1-8-4-8-9V6z",
		"chart":    "M4 20V10M10 20V4M16 20v-7M21 20H3",
		"menu":     "M4 7h16M4 12h16M4 17h16",
		"out":      "M14 4h6v6M20 4l-9 9M18 14v6H4V6h6",
	}
}
