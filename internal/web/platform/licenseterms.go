package platform

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/web"
)

// licenseTerm is one of the terms of a license in words, and where it comes from.
type licenseTerm struct {
	name, text string
	source     license.Source
}

// licenseTerms are the terms that say something: what is not there and comes from nobody is left out. usual are those of the
// product's default policy.
func licenseTerms(ctx context.Context, d *office.LicenseDetail, usual *license.Terms) (out []licenseTerm) {
	var own *license.Terms
	if d.Policy.ID != 0 {
		own = &d.Policy.Terms
	}
	maintained := license.FromPolicy
	for _, value := range license.Values(&d.License, own, usual) {
		switch value.Name {
		case "maintained": // and for how long belong together
			maintained = value.Source
			continue
		case "maintenance":
			value.Source = furtherSource(value.Source, maintained)
		}
		name, text := licenseTermText(ctx, d.Terms, value.Name)
		if text == "" {
			if value.Source != license.FromLicense {
				continue
			}
			text = web.T(ctx, "none")
		}
		out = append(out, licenseTerm{name, text, value.Source})
	}
	return out
}

// furtherSource is the one of two that lies further from the policy.
func furtherSource(a, b license.Source) license.Source {
	nearest := []license.Source{license.FromPolicy, license.FromProduct, license.FromDefault, license.FromLicense}
	return nearest[max(slices.Index(nearest, a), slices.Index(nearest, b))]
}

// licenseTermText is a term in words; "" is none.
func licenseTermText(ctx context.Context, t *license.Terms, name string) (label, text string) {
	switch name {
	case "type":
		return web.T(ctx, "Type"), typeName(ctx, t.Type)
	case "starts":
		return web.T(ctx, "Its time begins"), startsText(ctx, t.Starts)
	case "duration":
		return web.T(ctx, "Duration"), licenseLength(t.Duration, web.T(ctx, "without an end"))
	case "plan":
		return web.T(ctx, "Plan"), t.Plan
	case "maintenance":
		if !t.Maintained {
			return web.T(ctx, "Maintenance"), web.T(ctx, "every version, for ever")
		}
		return web.T(ctx, "Maintenance"), licenseLength(t.Maintenance, web.T(ctx, "without an end"))
	case "lock":
		return web.T(ctx, "Devices are known by"), licenseLock(ctx, t.Lock)
	case "activations":
		return web.T(ctx, "Devices at a time"), limitText(ctx, t.Activations)
	case "transfers":
		return web.T(ctx, "Moves to another device"), limitText(ctx, t.Transfers)
	case "users":
		return web.T(ctx, "Users"), limitText(ctx, t.Users)
	case "user_activations":
		return web.T(ctx, "Devices of each user"), limitText(ctx, t.UserActivations)
	case "level":
		return web.T(ctx, "Level"), web.Number(ctx, t.Level)
	}
	return licenseSwitchText(ctx, t, name)
}

// licenseSwitchText is licenseTermText for what most licenses have not.
func licenseSwitchText(ctx context.Context, t *license.Terms, name string) (label, text string) {
	yes := func(is bool) string {
		if is {
			return web.T(ctx, "yes")
		}
		return ""
	}
	switch name {
	case "trial":
		return web.T(ctx, "Trial"), yes(t.Trial)
	case "grace_hours":
		if t.GraceHours > 0 {
			text = web.N(ctx, t.GraceHours, "%d hour", "%d hours")
		}
		return web.T(ctx, "Grace after the expiry"), text
	case "password":
		return web.T(ctx, "Asks for a password"), licensePassword(ctx, t.Password)
	case "sample":
		return web.T(ctx, "For tests"), yes(t.Sample)
	case "refuse_vm":
		return web.T(ctx, "Refuses virtual machines"), yes(t.RefuseVM)
	case "refuse_offline":
		return web.T(ctx, "Refuses activation by file"), yes(t.RefuseOffline)
	case "floating":
		return web.T(ctx, "Floating seats"), licenseFloating(ctx, t.Floating)
	case "usage":
		return web.T(ctx, "Usage"), licenseMeter(ctx, t.Usage)
	case "features":
		codes := make([]string, len(t.Features))
		for i := range t.Features {
			codes[i] = t.Features[i].Code
		}
		return web.T(ctx, "Features"), strings.Join(codes, ", ")
	}
	return name, ""
}

// licenseSource says where a term comes from.
func licenseSource(ctx context.Context, s license.Source) string {
	switch s {
	case license.FromLicense:
		return web.T(ctx, "set on this license")
	case license.FromPolicy:
		return web.T(ctx, "as the policy has it")
	case license.FromProduct:
		return web.T(ctx, "as the product's usual policy has it")
	}
	return web.T(ctx, "nobody says otherwise")
}

func licenseLock(ctx context.Context, l license.Lock) string {
	switch l {
	case license.LockNone:
		return web.T(ctx, "their hardware id, or else their address")
	case license.LockHardware:
		return web.T(ctx, "their hardware id")
	case license.LockAddress:
		return web.T(ctx, "their network address")
	}
	return string(l)
}

func licensePassword(ctx context.Context, p license.PasswordUse) string {
	switch p {
	case license.SinglePassword:
		return web.T(ctx, "its user's, who may move to another device")
	case license.FixedPassword:
		return web.T(ctx, "its user's")
	case license.SharedPassword:
		return web.T(ctx, "that of all its users")
	}
	return ""
}

// licenseLength is a length of time in words, or what none means.
func licenseLength(s license.Span, none string) string {
	if s.IsZero() {
		return none
	}
	return s.String()
}

// licenseCount is a count beside its limit: "2 of 5", or "2".
func licenseCount(ctx context.Context, n int64, l license.Limit) string {
	most, limited := l.Max()
	if !limited {
		return web.T(ctx, "%d, of any number", n)
	}
	return web.T(ctx, "%d of %d", n, most)
}

func licenseFloating(ctx context.Context, f *license.FloatingTerms) string {
	if f == nil {
		return ""
	}
	text := web.T(ctx, "%s; a silent one is free after %s", limitText(ctx, f.Seats), web.N(ctx, f.TimeoutMins, "%d minute", "%d minutes"))
	if f.Borrow {
		text = web.T(ctx, "%s; borrowed for up to %s", text, web.N(ctx, f.BorrowHours, "%d hour", "%d hours"))
	}
	return text
}

func licenseMeter(ctx context.Context, u *license.UsageTerms) string {
	if u == nil {
		return ""
	}
	text := web.T(ctx, "%s units %s", limitText(ctx, u.Max), licensePeriod(ctx, u.Reset))
	switch n, limited := u.Overage.Max(); {
	case !limited:
		text = web.T(ctx, "%s, and any number beyond", text)
	case n > 0:
		text = web.T(ctx, "%s, and %d beyond", text, n)
	}
	if u.Negative {
		text = web.T(ctx, "%s; units can be given back", text)
	}
	return text
}

func licensePeriod(ctx context.Context, p license.Period) string {
	switch p {
	case license.Daily:
		return web.T(ctx, "a day")
	case license.Weekly:
		return web.T(ctx, "a week")
	case license.Monthly:
		return web.T(ctx, "a month")
	case license.Yearly:
		return web.T(ctx, "a year")
	}
	return web.T(ctx, "in all")
}

// licenseFields are the custom fields that a license holds.
func licenseFields(text string) (list []license.CustomField) {
	if text != "" {
		_ = json.Unmarshal([]byte(text), &list) // Only the office writes it.
	}
	return list
}

// licensePair is a name and its value.
type licensePair struct{ name, value string }

// licensePairs are the members of a JSON object that somebody else wrote, by name; what is no object is one value without a name.
func licensePairs(text string) (out []licensePair) {
	if text == "" {
		return nil
	}
	var members map[string]json.RawMessage
	if json.Unmarshal([]byte(text), &members) != nil {
		return []licensePair{{"", text}}
	}
	for _, name := range slices.Sorted(maps.Keys(members)) {
		value := string(members[name])
		var plain string
		if json.Unmarshal(members[name], &plain) == nil {
			value = plain
		}
		out = append(out, licensePair{name, value})
	}
	return out
}
