package platform

import (
	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/web"
)

// galleryTabs are the tabs of the settings.
func galleryTabs(here int) []web.Tab {
	tabs := []web.Tab{{Title: "Company", URL: base + "/settings"}, {Title: "Security", URL: base + "/settings/security"}, {Title: "Address rules", URL: base + "/settings/rules"}, {Title: "Network", URL: base + "/settings/network"}}
	tabs[here].Current = true
	return tabs
}

func settingGallery() []specimen {
	acme := license.Tenant{ID: 1, Code: "acme", Name: "Acme Software", Created: day(-400)}
	company := settingsView{
		Tabs: galleryTabs(0), CanWrite: true, Tenant: acme, Name: acme.Name, Brand: branding{"Acme Audio", "#1a7f5a", "https://example.com/help"},
		Usage: office.APIUsage{Months: []office.MonthUsage{{Month: "2026-03", Calls: 13_745}}, Allowance: 10_000, Contact: "sales@licet.example"},
	}
	reader := company
	reader.CanWrite, reader.Usage = false, office.APIUsage{Months: company.Usage.Months}
	wrong := company
	wrong.Name, wrong.OfName = hostile, web.Faults{"company": "Too long."}
	wrong.Brand, wrong.OfBranding = branding{hostile, hostile, hostile}, web.Faults{setBrandColor: "This is no colour; write one as #1a7f5a."}
	security := securityView{
		Tabs: galleryTabs(1), CanWrite: true, ChangePassword: true, Demands: galleryDemands(),
		Members: lockoutForm{Audience: "members", Policy: identity.Platform(), Typed: lockoutFields(identity.Platform())},
		Users:   lockoutForm{Audience: "license-users", Policy: identity.Classic(), Own: true, Typed: lockoutFields(identity.Classic())},
	}
	wrongNumber, seen := security, security
	wrongNumber.Users.Faults = web.Faults{"max_lock_minutes": "Must be first_lock_minutes to 527040."}
	seen.CanWrite, seen.ChangePassword = false, false
	addresses := []Address{
		{"license", "https://license.example.com", "2026-01-01"},
		{"license", "203.0.113.10", "2026-01-01"},
		{"license", "203.0.113.12", "2026-06-01"},
		{"manage", "https://licenses.example.com", ""},
		{"outbound", "203.0.113.99", "2026-01-01"},
	}
	return append([]specimen{
		{name: "settings", title: "Settings", body: settingsPage(company)},
		{name: "settings-reader", title: "Settings", body: settingsPage(reader)},
		{name: "settings-wrong", title: "Settings", body: settingsPage(wrong)},
		{name: "settings-security", title: "Security", body: securityPage(security)},
		{name: "settings-security-wrong", title: "Security", body: securityPage(wrongNumber)},
		{name: "settings-security-reader", title: "Security", body: securityPage(seen)},
		{name: "settings-network", title: "Network", body: networkPage(networkView{Tabs: galleryTabs(3), Addresses: addresses, Today: "2026-03-31"})},
		{name: "settings-network-none", title: "Network", body: networkPage(networkView{Tabs: galleryTabs(3)})},
	}, ruleGallery()...)
}

func ruleGallery() []specimen {
	rules := []license.AddressRule{
		{ID: 1, Name: "Embargo", Mode: license.RuleEnforce, Deny: []string{"country:KP", "country:SY", "country:IR", "country:CU", "country:RU"}, Created: day(-90), Updated: day(-2)},
		{ID: 2, Product: 5, Name: hostile, Mode: license.RuleReport, Allow: []string{"192.0.2.0/24", "2001:db8::/32"}, Created: day(-9), Updated: day(-9)},
		{ID: 3, Product: 5, License: 9, Name: "Office of a customer", Mode: license.RuleOff, Allow: []string{"198.51.100.0/24"}, Created: day(-9), Updated: day(-1)},
	}
	products := []office.Product{{Product: license.Product{ID: 5, Code: "studio", Name: "Studio"}}}
	list := rulesView{Tabs: galleryTabs(2), CanWrite: true, Rules: rules, Products: products}
	tried, wrong := list, list
	tried.Trial = office.AddressTrial{Address: "203.0.113.4", Country: "DE"}
	tried.Verdict = &office.AddressVerdict{Country: "RU", Refused: true, Rules: []office.AddressSay{{Rule: rules[0], Entry: "country:RU"}, {Rule: rules[1], Entry: license.OtherAddress}, {Rule: rules[2]}}}
	wrong.Trial, wrong.Faults = office.AddressTrial{Address: hostile}, web.Faults{"address": "This is no address."}
	hits := []addressHits{{Entry: "country:RU", Hits: 1_204, Last: day(-1)}, {Entry: license.OtherAddress, Hits: 3, Last: day(-20)}}
	form := ruleForm{Name: "Embargo", Mode: license.RuleReport, Deny: "country:KP\ncountry:RU", Products: products, CanWrite: true}
	rehearsed, faulty := form, form
	rehearsed.Rehearsal = &office.AddressRehearsal{Devices: 10_000, More: true, Hits: hits}
	faulty.Deny, faulty.Faults = hostile, web.Faults{"deny": "This is no entry; write a network as in 192.0.2.0/24, an address, or a country as in country:DE.", "mode": "This server has no country database, so it cannot enforce countries."}
	one := ruleView{AddressRuleDetail: office.AddressRuleDetail{AddressRule: rules[0], Hits: hits}, Form: form}
	one.Form.ID, one.Form.About = 1, "all products"
	reader := one
	reader.Hits, reader.Form.CanWrite = nil, false
	return []specimen{
		{name: "settings-rules", title: "Address rules", body: rulesPage(list)},
		{name: "settings-rules-none", title: "Address rules", body: rulesPage(rulesView{Tabs: galleryTabs(2), CanWrite: true})},
		{name: "settings-rules-tried", title: "Address rules", body: rulesPage(tried)},
		{name: "settings-rules-wrong", title: "Address rules", body: rulesPage(wrong)},
		{name: "settings-rule-new", title: "New address rule", body: newRulePage(ruleForm{Mode: license.RuleReport, Products: products, CanWrite: true})},
		{name: "settings-rule-rehearsed", title: "New address rule", body: newRulePage(rehearsed)},
		{name: "settings-rule-wrong", title: "New address rule", body: newRulePage(faulty)},
		{name: "settings-rule", title: "Embargo", body: rulePage(one)},
		{name: "settings-rule-reader", title: "Embargo", body: rulePage(reader)},
	}
}
