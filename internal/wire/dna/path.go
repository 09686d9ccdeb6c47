package dna

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// action is one call of the contract, §4.
type action struct {
	serve func(*call) error
	says  bool // it has a body, which tells the end user's address
}

// resource is a path of the contract, and what can be done there by method. In the path {product}, {license} and {device} stand
// for what a client puts there.
type resource struct {
	path     string
	segments []string // of the path
	does     map[string]action
}

// newResources lists every path there is. Where two fit, the first one is meant: a device cannot be called "password".
func newResources() []resource {
	const get, post, patch, del = http.MethodGet, http.MethodPost, http.MethodPatch, http.MethodDelete
	const base, credits = "/v1/licenses/{product}/{license}", "/v1/credits/{product}/{license}"
	type does = map[string]action
	list := []resource{
		{path: base, does: does{
			get:   {serve: (*call).showLicense},
			post:  {serve: (*call).signIn, says: true},
			patch: {serve: (*call).changeActivation, says: true},
		}},
		{path: base + "/status", does: does{get: {serve: (*call).showStatus}}},
		{path: base + "/password", does: does{post: {serve: (*call).changePassword, says: true}}},
		{path: base + "/adminpassword", does: does{post: {serve: (*call).setAdminPassword, says: true}}},
		{path: base + "/passrecovery", does: does{post: {serve: (*call).recoverPassword, says: true}}},
		{path: base + "/admin/passrecovery", does: does{post: {serve: (*call).recoverAdminPassword, says: true}}},
		{path: base + "/validateadminpass", does: does{post: {serve: (*call).checkAdminPassword, says: true}}},
		{path: base + "/licensekey", does: does{post: {serve: (*call).resendSetupKey, says: true}}},
		{path: base + "/{device}", does: does{del: {serve: (*call).dropDevice, says: true}}},
		{path: credits, does: does{get: {serve: (*call).listCredits, says: true}}},
		{path: credits + "/consume", does: does{post: {serve: (*call).spendCredits, says: true}}},
		{path: "/v1/infotags/{product}/{license}", does: does{get: {serve: (*call).listInfoTags}}},
	}
	for i := range list {
		list[i].segments = strings.Split(list[i].path[1:], "/")
	}
	return list
}

// allow returns the value of Allow.
func (r *resource) allow() string {
	var methods []string
	for method := range r.does {
		methods = append(methods, method)
	}
	slices.Sort(methods)
	return strings.Join(methods, ", ")
}

// target is what the path of a request names.
type target struct {
	product string
	license string
	device  string
}

// find returns what a path below a prefix means, or nil.
func (d *door) find(escaped, prefix string) (*resource, target) {
	asked, ok := segmentsOf(escaped)
	if below := strings.Count(prefix, "/"); ok && len(asked) > below {
		asked = asked[below:]
		for i := range d.resources {
			if at, fits := match(d.resources[i].segments, asked); fits {
				return &d.resources[i], at
			}
		}
	}
	return nil, target{}
}

// segmentsOf splits a path into its segments, without their escapes and without the slash at its end. It is split first, so that an
// escaped slash belongs to a segment.
func segmentsOf(escaped string) ([]string, bool) {
	segments := strings.Split(strings.TrimPrefix(escaped, "/"), "/")
	if last := len(segments) - 1; last > 0 && segments[last] == "" {
		segments = segments[:last]
	}
	for i, s := range segments {
		plain, err := url.PathUnescape(s)
		if err != nil || plain == "" {
			return nil, false
		}
		segments[i] = plain
	}
	return segments, true
}

// match reports whether segments fit a path, in any letter case.
func match(want, asked []string) (at target, fits bool) {
	if len(want) != len(asked) {
		return at, false
	}
	for i, s := range asked {
		switch want[i] {
		case "{product}":
			at.product = s
		case "{license}":
			at.license = s
		case "{device}":
			at.device = s
		default:
			if !strings.EqualFold(want[i], s) {
				return at, false
			}
		}
	}
	return at, true
}

// productOf returns a ProductID with a capital P; "" for what is none (S2-39).
func productOf(text string) string {
	const digits = 7
	if len(text) != 1+digits || text[0] != 'P' && text[0] != 'p' {
		return ""
	}
	for i := 1; i < len(text); i++ {
		if text[i] < '0' || text[i] > '9' {
			return ""
		}
	}
	return "P" + text[1:]
}
