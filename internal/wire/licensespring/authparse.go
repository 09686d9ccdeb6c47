package licensespring

import "strings"

// authorization is what stands in the header Authorization by an API key (§2.1).
type authorization struct {
	algorithm, headers, signature, apiKey string
	missing                               string // the first parameter that is not there
}

// parseAuthorization reads name="value" pairs between commas: in any order, names in any letter case, blanks around
// each. Parameters it does not know are skipped. It returns false for what is not of this form, and where one of
// the four stands twice.
func parseAuthorization(header string) (a authorization, ok bool) {
	rest := strings.Trim(header, blanks)
	for rest != "" {
		name, after, found := strings.Cut(rest, "=")
		if name = strings.Trim(name, blanks); !found || name == "" || strings.ContainsAny(name, "\", \t") {
			return a, false
		}
		after = strings.TrimLeft(after, blanks)
		if !strings.HasPrefix(after, `"`) {
			return a, false
		}
		value, after, closed := strings.Cut(after[1:], `"`)
		if !closed || !a.set(name, value) {
			return a, false
		}
		after = strings.TrimLeft(after, blanks)
		if after == "" {
			break
		}
		if after[0] != ',' {
			return a, false
		}
		rest = strings.TrimLeft(after[1:], blanks)
		if rest == "" {
			return a, false // A comma and nothing behind it: the header was cut off.
		}
	}
	for _, p := range a.all() {
		if *p.value == "" {
			a.missing = p.name
			break
		}
	}
	return a, true
}

const blanks = " \t"

// parameter is one of the four, and where its value goes.
type parameter struct {
	name  string
	value *string
}

func (a *authorization) all() [4]parameter {
	return [4]parameter{
		{"algorithm", &a.algorithm}, {"headers", &a.headers}, {"signature", &a.signature}, {"apikey", &a.apiKey},
	}
}

// set keeps a value; false for the second one of a name.
func (a *authorization) set(name, value string) bool {
	for _, p := range a.all() {
		if strings.EqualFold(name, p.name) {
			if *p.value != "" {
				return false
			}
			*p.value = value
		}
	}
	return true
}
