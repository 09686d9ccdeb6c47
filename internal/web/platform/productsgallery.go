package platform

import (
	"context"
	"net/url"
	"slices"

	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/store"
	"licet/internal/web"
)

func productGallery() []specimen {
	return slices.Concat(productListGallery(), productPagesGallery(), applicationGallery())
}

// sampleProduct is a product of the made-up company.
func sampleProduct(id int64, code, name string) office.Product {
	return office.Product{
		Product: license.Product{ID: license.ProductID(1_774_267_200_000_000 + id), Tenant: 1, Number: id, Code: code, Name: name, State: license.ProductActive, Auth: license.ByKey},
		Mask:    license.Mask{Text: "ACME-****-****-****", Alphabet: license.AlphabetClear}, Created: day(-200),
	}
}

// sampleHead is the head of a page about one.
func sampleHead(tab string, write bool) productHead {
	return productHead{Product: sampleProduct(1, "studio", "Acme Studio"), application: true, tab: tab, canWrite: write, canIssue: write}
}

func productListGallery() []specimen {
	plain, test, off, odd := sampleProduct(1, "studio", "Acme Studio"), sampleProduct(2, "render", "Acme Render"), sampleProduct(3, "old", "Acme Classic"), sampleProduct(4, "P0000004", hostile)
	suite := sampleProduct(5, "suite", "Acme Suite")
	plain.E2EEKey, test.State, off.Disabled, suite.Bundle = []byte{1}, license.ProductTesting, true, true
	gone := sampleProduct(6, "gone", "Acme One")
	gone.Archived = true
	rows := []productRow{
		{suite, license.LockHardware, false}, {plain, license.LockHardware, true}, {test, license.LockAddress, false}, {off, license.LockNone, false}, {odd, license.LockHardware, false}, {gone, "", false},
	}
	terms := license.DefaultTerms()
	fresh := policyTermsValues(&terms)
	setMask(fresh, license.Mask{})
	wrong := policyTermsValues(&terms)
	setMask(wrong, license.Mask{Text: "ACME", Alphabet: "ab"})
	wrong.Set("code", "my app")
	wrong.Set("name", hostile)
	samples := maskSamples{keys: []string{"7QK2-M4XD-91TB-PPLZ", "VT5S-KK3E-QW8R-22HD", "9F4M-TT6B-WEDC-XN2J", "C8GY-RRPA-6ZKS-MV47"}, room: 1 << 62}
	return []specimen{
		{name: "products", title: "Products", body: productsPage(&productsView{rows: rows, first: true, canWrite: true, archived: true, next: base + "/products?before=1"})},
		{name: "products-reader", title: "Products", body: productsPage(&productsView{rows: rows[1:3], first: true})},
		{name: "products-empty", title: "Products", body: productsPage(&productsView{first: true, canWrite: true})},
		{name: "products-nothing", title: "Products", body: productsPage(&productsView{first: true, text: "zzz", canWrite: true})},
		{name: "product-new", title: "New product", body: newProductPage(&newProductView{in: fresh, samples: samples})},
		{name: "product-new-wrong", title: "New product", body: newProductPage(&newProductView{in: wrong, samples: maskSamples{keys: []string{"ACME"}, room: 1}, faults: web.Faults{"code": "A code is made of letters, digits, hyphens, dots and underscores.", "activations": "Write how many, from 1."}})},
		{name: "bundle-new", title: "New bundle", body: newProductPage(&newProductView{in: fresh, samples: samples, bundle: true, products: []office.Product{plain, test, odd}})},
	}
}

// sampleTerms are those of a subscription for a team.
func sampleTerms() license.Terms {
	t := license.DefaultTerms()
	t.Type, t.Duration, t.GraceHours, t.Activations, t.Level = license.Subscription, license.Span{Months: 12}, 72, license.AtMost(3), 2
	t.Maintained, t.Maintenance = true, license.Span{Months: 24}
	t.Floating = &license.FloatingTerms{Seats: license.AtMost(10), TimeoutMins: 15, Borrow: true, BorrowHours: 48}
	t.Features = []license.FeatureTerms{
		{Code: "export", Name: "Export to PDF"}, {Code: "render", Name: hostile, Duration: license.Span{Seconds: 30 * 86400}, Usage: &license.UsageTerms{Max: license.AtMost(500), Reset: license.Monthly}},
	}
	return t
}

// samplePolicies are the policies of a product.
func samplePolicies() []license.Policy {
	of := sampleProduct(1, "studio", "Acme Studio").ID
	trial := license.DefaultTerms()
	trial.Trial, trial.Duration = true, license.Span{Seconds: 14 * 86400}
	used := license.DefaultTerms()
	used.Type, used.Usage = license.Consumption, &license.UsageTerms{Max: license.AtMost(1000), Overage: license.Unlimited, Reset: license.Monthly}
	return []license.Policy{
		{ID: 11, Product: of, Code: "team", Name: "Team, one year", Terms: sampleTerms(), Created: day(-90)},
		{ID: 12, Product: of, Code: "trial", Name: "Trial, 14 days", Terms: trial, Created: day(-100)},
		{ID: 13, Product: of, Code: "metered", Name: hostile, Archived: true, Terms: used, Created: day(-120)},
		{ID: 10, Product: of, Code: "default", Name: "Default", Default: true, Terms: license.DefaultTerms(), Created: day(-200)},
	}
}

func productPagesGallery() []specimen {
	overview := func(write bool) *productOverview {
		p := &productOverview{productHead: sampleHead("", write), policy: samplePolicies()[3], app: sampleApplication()}
		p.doors = doorGuides(context.Background(), "https://license.acme.example", p)
		return p
	}
	bundle := productOverview{productHead: sampleHead("", true), policy: samplePolicies()[0]}
	bundle.Bundle, bundle.application, bundle.Code, bundle.Name, bundle.State = true, false, "P0000005", hostile, license.ProductTesting
	bundle.parts = []office.BundleItem{{Product: sampleProduct(1, "studio", "Acme Studio")}, {Product: sampleProduct(2, "render", hostile), Policy: 11}}
	bundle.doors = doorGuides(context.Background(), "https://license.acme.example", &bundle)
	parts := productPartsView{productHead: bundle.productHead, parts: bundle.parts, policies: map[license.PolicyID]license.Policy{11: samplePolicies()[0]}}
	parts.tab = "parts"
	settings := func(write bool) *productSettingsView {
		h := sampleHead("settings", write)
		in := url.Values{"name": {h.Name}, "state": {"active"}, "metadata": {`{"site": "https://acme.example"}`}}
		setMask(in, h.Mask)
		return &productSettingsView{productHead: h, in: in, policy: samplePolicies()[0], samples: maskSamples{keys: []string{"ACME-7QK2-M4XD-91TB"}, room: 900_000_000_000_000_000}}
	}
	wrong := settings(true)
	wrong.faults = web.Faults{"name": "It must not be empty.", "metadata": "Metadata is JSON."}
	wrong.in.Set("name", "")
	gone := settings(true)
	gone.Archived = true
	fields := productFieldsView{productHead: sampleHead("fields", true), policies: samplePolicies()}
	fields.Fields = []license.CustomField{{Name: "regionsAllowed", Type: license.TextField, Value: "DE,AT,CH"}, {Name: hostile, Type: license.NumberField, Value: "12"}}
	fields.in = fieldValues(fields.Fields)
	wrongFields := fields
	wrongFields.faults = web.Faults{"custom_fields": "The value of seats is a number such as 12 or -0.5."}
	readFields := productFieldsView{productHead: sampleHead("fields", false)}
	readFields.Fields = fields.Fields
	return slices.Concat([]specimen{
		{name: "product", title: "Acme Studio", body: productPage(overview(true))},
		{name: "product-reader", title: "Acme Studio", body: productPage(overview(false))},
		{name: "product-bundle", title: "Bundle", body: productPage(&bundle)},
		{name: "product-parts", title: "Bundle", body: productPartsPage(&parts)},
		{name: "product-settings", title: "Acme Studio", body: productSettingsPage(settings(true))},
		{name: "product-settings-wrong", title: "Acme Studio", body: productSettingsPage(wrong)},
		{name: "product-settings-archived", title: "Acme Studio", body: productSettingsPage(gone)},
		{name: "product-settings-reader", title: "Acme Studio", body: productSettingsPage(settings(false))},
		{name: "product-fields", title: "Acme Studio", body: productFieldsPage(&fields)},
		{name: "product-fields-wrong", title: "Acme Studio", body: productFieldsPage(&wrongFields)},
		{name: "product-fields-reader", title: "Acme Studio", body: productFieldsPage(&readFields)},
	}, productSecurityGallery())
}

func productSecurityGallery() []specimen {
	off := productSecurityView{productHead: sampleHead("security", true)}
	on := off
	on.E2EEKey = []byte{1}
	shown := on
	shown.key, shown.rotated = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", true
	reader := on
	reader.canWrite = false
	versions := productVersionsView{productHead: sampleHead("versions", true), list: []license.Version{
		{ID: 3, Version: "2.4.1", Environment: "win64", URL: "https://cdn.acme.example/studio-2.4.1.msi", Size: "120 MB", RequiresVersion: "2.0.0", Enabled: true, ReleasedAt: day(-3)},
		{ID: 2, Version: "2.5.0-beta1", Channel: "beta", Environment: "mac", URL: "https://cdn.acme.example/" + hostile, ReleasedAt: day(-1)},
		{ID: 1, Version: "2.3.0", Filename: "studio.zip", Enabled: true, ReleasedAt: day(-60)},
	}, next: base + "/products/1/versions?before=1"}
	empty := productVersionsView{productHead: sampleHead("versions", true)}
	return []specimen{
		{name: "product-security", title: "Acme Studio", body: productSecurityPage(&off)},
		{name: "product-security-on", title: "Acme Studio", body: productSecurityPage(&on)},
		{name: "product-security-key", title: "Acme Studio", body: productSecurityPage(&shown)},
		{name: "product-security-reader", title: "Acme Studio", body: productSecurityPage(&reader)},
		{name: "product-versions", title: "Acme Studio", body: productVersionsPage(&versions)},
		{name: "product-versions-empty", title: "Acme Studio", body: productVersionsPage(&empty)},
		{name: "product-version-new", title: "New version", body: newVersionPage(&newVersionView{productHead: sampleHead("versions", true), in: url.Values{"enabled": {"yes"}}})},
		{name: "product-version-wrong", title: "New version", body: newVersionPage(&newVersionView{
			productHead: sampleHead("versions", true), in: url.Values{"version": {"2.4.1"}, "url": {"ftp://acme.example"}}, faults: web.Faults{"url": "A link begins with https:// or http://."},
		})},
	}
}

// sampleApplication is the application of a product.
func sampleApplication() license.Application {
	s := license.DefaultApplicationSettings()
	s.Hashes = []string{"d41d8cd98f00b204e9800998ecf8427e"}
	s.Texts = map[string]string{"keynotfound": "We do not know this key.", "userbanned": hostile}
	return license.Application{Product: sampleProduct(1, "", "").ID, Owner: "hT3kV0pQzB", Name: "Acme Studio", Version: "2.4", Download: "https://acme.example/studio.zip", Settings: &s, Created: day(-150)}
}

func sampleAppHead(page string, may bool) appHead {
	return appHead{productHead: sampleHead("application", may), app: sampleApplication(), page: page, may: may, sees: appSees{true, true, true}}
}

func sampleThings(page string, may bool) *things {
	return &things{appHead: sampleAppHead(page, may), in: url.Values{}, first: true}
}

func applicationGallery() []specimen {
	app := sampleApplication()
	full := &applicationView{appHead: sampleAppHead("", true), in: applicationValues(&app)}
	wrong := &applicationView{appHead: sampleAppHead("", true), in: applicationValues(&app), faults: web.Faults{"session_seconds": "A session lasts 60 to 604800 seconds.", "seller_addresses": "\"here\" is neither an address nor a range of addresses."}}
	wrong.app.PausedAt = day(-1)
	reader := &applicationView{appHead: sampleAppHead("", false), in: applicationValues(&app)}
	reader.app.Disabled = true
	without := newApplicationView{productHead: sampleHead("application", true), in: url.Values{"name": {"Acme Studio"}, "version": {"1.0"}}}
	without.application = false
	cannot := without
	cannot.canWrite = false
	texts := &textsView{appHead: sampleAppHead("texts", true), in: url.Values{"keynotfound": {"We do not know this key."}, "userbanned": {hostile}}}
	access := &accessView{appHead: sampleAppHead("access", true)}
	secret := &accessView{appHead: sampleAppHead("access", true), secret: "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", rotated: true, faults: web.Faults{"hash": "It must not be empty."}}
	return slices.Concat([]specimen{
		{name: "application", title: "Acme Studio", body: applicationPage(full)},
		{name: "application-wrong", title: "Acme Studio", body: applicationPage(wrong)},
		{name: "application-reader", title: "Acme Studio", body: applicationPage(reader)},
		{name: "application-none", title: "Acme Studio", body: newApplicationPage(&without)},
		{name: "application-none-reader", title: "Acme Studio", body: newApplicationPage(&cannot)},
		{name: "application-texts", title: "Acme Studio", body: applicationTextsPage(texts)},
		{name: "application-access", title: "Acme Studio", body: applicationAccessPage(access)},
		{name: "application-secret", title: "Acme Studio", body: applicationAccessPage(secret)},
	}, applicationListsGallery())
}

func applicationListsGallery() []specimen {
	const title = "Acme Studio"
	levels := []license.Level{{ID: 1, Name: "default", Number: 1, Created: day(-150)}, {ID: 2, Name: hostile, Number: 2, Paused: true, Created: day(-20)}}
	editing := sampleThings("levels", true)
	editing.editing, editing.in, editing.faults = "pro", url.Values{"level": {"-1"}}, web.Faults{"level": "A level is a whole number from 0."}
	variables := []office.ApplicationVariable{{Name: "endpoint", Value: "https://api.acme.example", Authed: true}, {Name: "greeting", Value: hostile}}
	files := []store.ApplicationFile{{ID: "123456", Name: "update.zip", URL: "https://cdn.acme.example/update.zip", Size: 12_400_000, Authed: true, Created: day(-3)}, {ID: "654321", Name: hostile, URL: "https://cdn.acme.example/x", Size: 900}}
	hooks := []store.ApplicationWebhook{{ID: "hT3kV0pQzB", Host: "https://hooks.acme.example", UserAgent: hostile, Authed: true, Created: day(-3)}}
	blocks := []store.Block{{Kind: store.BlockAddress, Value: "203.0.113.7", Reason: "shared keys", Created: day(-2)}, {Kind: store.BlockHardware, Value: hostile, Reason: hostile, User: 17, Created: day(-1)}}
	staff := []store.ApplicationStaff{
		{Name: "shop", Role: office.StaffReseller, Email: "shop@example.com", Levels: "1", Balance: map[string]int64{"month": 50, "lifetime": 5}},
		{Name: "bea", Role: office.StaffManager, Email: "bea@example.com", Permissions: 1 | 2 | 512},
	}
	sessions := []store.ApplicationSession{{IDHash: [32]byte{1, 2, 3}, User: 17, UserName: hostile, Address: "203.0.113.7", Created: day(0).Add(-5 * 60e9), Expires: day(0).Add(6 * 3600e9)}, {Address: "2001:db8::1", Created: day(0), Expires: day(0).Add(6 * 3600e9)}}
	channels := []store.ChatChannel{{Name: "general", Delay: 3}, {Name: hostile, Delay: 0}}
	logs := []store.ApplicationLog{{ID: 2, At: day(0), Message: hostile, Credential: "bob", Machine: "BOB-PC", Address: "203.0.113.7"}, {ID: 1, At: day(-1), Message: "started"}}
	return []specimen{
		{name: "application-levels", title: title, body: levelsPage(sampleThings("levels", true), levels)},
		{name: "application-levels-edit", title: title, body: levelsPage(editing, levels)},
		{name: "application-levels-reader", title: title, body: levelsPage(sampleThings("levels", false), levels)},
		{name: "application-variables", title: title, body: variablesPage(sampleThings("variables", true), variables)},
		{name: "application-variables-empty", title: title, body: variablesPage(sampleThings("variables", true), nil)},
		{name: "application-files", title: title, body: filesPage(sampleThings("files", true), files)},
		{name: "application-webhooks", title: title, body: hooksPage(sampleThings("webhooks", true), hooks)},
		{name: "application-blocks", title: title, body: blocksPage(sampleThings("blocks", true), blocks, false)},
		{name: "application-blocks-empty", title: title, body: blocksPage(sampleThings("blocks", true), nil, true)},
		{name: "application-staff", title: title, body: staffPage(sampleThings("staff", true), staff, nil)},
		{name: "application-staff-balance", title: title, body: staffPage(sampleThings("staff", true), staff, &staff[0])},
		{name: "application-sessions", title: title, body: sessionsPage(sampleThings("sessions", true), sessions)},
		{name: "application-chats", title: title, body: chatsPage(sampleThings("chats", true), channels, []store.Mute{{Name: hostile, Until: day(1)}})},
		{name: "application-logs", title: title, body: logsPage(sampleThings("logs", true), logs)},
		{name: "application-buttons", title: title, body: buttonsPage(sampleThings("buttons", true), []store.ApplicationButton{{Value: "start", Label: hostile}})},
	}
}
