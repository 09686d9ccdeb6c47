package platform

import (
	"context"
	"net/url"
	"strings"
	"time"

	"github.com/a-h/templ"

	"licet/internal/authority"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/store"
	"licet/internal/web"
)

func licenseWorkGallery() []specimen {
	var all []specimen
	add := func(name, title string, body templ.Component) {
		all = append(all, specimen{name: "license-" + name, title: title, body: body})
	}
	used, unused := sampleLicense(), sampleUnusedLicense()
	add("used", "A used license", licensePage(sampleOverview(used)))
	add("unused", "An unused license", licensePage(sampleOverview(unused)))
	add("reader", "A license, read only", licensePage(sampleOverview(sampleReadLicense())))
	add("expired", "An expired license", licensePage(sampleOverview(sampleExpiredLicense())))
	add("hostile", "A license with hostile texts", licensePage(sampleOverview(sampleHostileLicense())))
	add("revoked", "A revoked license", licensePage(sampleOverview(sampleRevokedLicense())))
	for _, act := range []string{licenseExtendAct, licenseRenewAct, licenseBanAct, licenseRevokeAct, licenseResetAct, licenseDeleteAct} {
		title, form := licenseActForms(act)
		l := used
		if act == licenseExtendAct {
			l = unused
		}
		add(act, title, licenseActPage(l, title, form(l, "act", nil, nil)))
	}
	long := web.Faults{"reason": "The reason has at most 200 characters."}
	add("ban-wrong", "Ban", licenseActPage(used, "Ban this license", licenseBanForm(used, "act", url.Values{"reason": {strings.Repeat("x", 300)}, "with_user": {"yes"}}, long)))
	add("ban-unused", "Ban", licenseActPage(unused, "Ban this license", licenseBanForm(unused, "act", nil, nil)))
	return append(all, licenseTabGallery()...)
}

// licenseTabGallery are the pages behind the first one.
func licenseTabGallery() []specimen {
	var all []specimen
	add := func(name, title string, body templ.Component) {
		all = append(all, specimen{name: "license-" + name, title: title, body: body})
	}
	at := func(l *licenseView, tab licenseTab) *licenseView {
		l.tab = tab
		return l
	}
	used, unused, reader := sampleLicense(), sampleUnusedLicense(), sampleReadLicense()
	devices := sampleDevices()
	add("devices", "Devices", licenseDevicesPage(&licenseDevices{licenseView: at(used, licenseAtDevices), list: devices, next: "?after=4"}))
	add("devices-reader", "Devices", licenseDevicesPage(&licenseDevices{licenseView: at(reader, licenseAtDevices), list: devices}))
	add("devices-empty", "Devices", licenseDevicesPage(&licenseDevices{licenseView: at(unused, licenseAtDevices)}))
	add("device", "A device", licenseDevicePage(&licenseDevice{licenseView: used, device: devices[0], variables: []license.Variable{
		{Name: "location", Value: "DE", Created: day(-3)}, {Name: "theme", Value: hostile, Created: day(-1)},
	}}))
	add("device-bare", "A device", licenseDevicePage(&licenseDevice{licenseView: reader, device: devices[2]}))
	holders := []store.Holder{
		{User: *used.User, Redemption: *used.Redemption},
		{User: license.LicenseUser{ID: 32, Name: hostile, Banned: true}, Redemption: license.Redemption{User: 32}},
		{User: license.LicenseUser{ID: 33, Name: "cleo@example.com", Email: "c@example.com"}, Redemption: license.Redemption{User: 33, Level: 2, StartedAt: day(-400), ExpiresAt: day(-40)}},
	}
	holding := sampleLicense()
	holding.tab = licenseAtUsers
	add("users", "Users", licenseHoldersPage(&licenseHolders{licenseView: holding, holders: holders}))
	nobody := sampleUnusedLicense()
	nobody.tab = licenseAtUsers
	add("users-empty", "Users", licenseHoldersPage(&licenseHolders{licenseView: nobody}))
	add("users-wrong", "Users", licenseHoldersPage(&licenseHolders{licenseView: nobody, typed: "nobody@example.com", faults: web.Faults{"user": "No license user \"nobody@example.com\"."}}))
	add("usage", "Usage", licenseUsagePage(sampleUsage()))
	nothing := sampleUnusedLicense()
	nothing.tab = licenseAtUsage
	add("usage-empty", "Usage", licenseUsagePage(&licenseUsage{licenseView: nothing}))
	story := sampleLicense()
	story.tab = licenseAtHistory
	add("history", "History", licenseHistoryPage(&licenseEvents{licenseView: story, events: sampleLicenseEvents(), first: true, next: "?before=1"}))
	return append(all, licenseMoreGallery()...)
}

func licenseMoreGallery() []specimen {
	var all []specimen
	add := func(name, title string, body templ.Component) {
		all = append(all, specimen{name: "license-" + name, title: title, body: body})
	}
	asked := sampleLicense()
	asked.tab = licenseAtExplain
	add("explain", "Why refused?", licenseExplainPage(sampleExplanation(asked)))
	add("explain-wrong", "Why refused?", licenseExplainPage(&licenseExplain{licenseView: asked, in: url.Values{"address": {"nowhere"}}, faults: web.Faults{"address": "That is no network address; write one like 203.0.113.7."}}))
	files := sampleLicense()
	files.tab = licenseAtFiles
	add("offline", "Offline", licenseOfflinePage(&licenseOffline{licenseView: files, in: web.NewInput(nil), form: "start", start: &office.AirGapStart{InitializationCode: "Q7wBf0kX3mA9", PublicKey: "MFkwEwYHKoZIzj0CAQ"}}))
	add("offline-code", "Offline", licenseOfflinePage(&licenseOffline{licenseView: files, in: web.NewInput(url.Values{"hardware_id": {"b3a1c7f2"}}), form: "confirm", code: "kZ8mQ4"}))
	bare := sampleUnusedLicense()
	bare.tab = licenseAtFiles
	add("offline-none", "Offline", licenseOfflinePage(&licenseOffline{licenseView: bare, in: web.NewInput(nil)}))
	extras := sampleLicense()
	extras.tab = licenseAtExtras
	add("extras", "Credits and tags", licenseExtrasPage(&licenseExtras{
		licenseView: extras, in: web.NewInput(nil), credits: []store.Credit{{Target: store.LicenseCredits, Name: "pages", Amount: 1200}, {Target: store.EmailCredits, Name: hostile, Amount: 3}},
		tags: []store.InfoTag{{ID: 2, Text: "floor 3", At: day(-1)}, {ID: 1, Text: hostile, At: day(-20)}}, after: &authority.LicenseReport{AdminSet: true},
	}))
	none := sampleUnusedLicense()
	none.tab = licenseAtExtras
	add("extras-empty", "Credits and tags", licenseExtrasPage(&licenseExtras{licenseView: none, in: web.NewInput(nil)}))
	unused, used := sampleUnusedLicense(), sampleLicense()
	add("edit", "Edit", licenseEditPage(&licenseEditor{licenseView: unused, in: licenseValues(&unused.LicenseDetail), levels: []license.Level{{Name: "default", Number: 1}, {Name: "pro", Number: 2}}}))
	wrong := licenseValues(&used.LicenseDetail)
	wrong.Set("metadata", "{seat: A4")
	add("edit-wrong", "Edit", licenseEditPage(&licenseEditor{licenseView: used, in: wrong, faults: web.Faults{"metadata": `Metadata is a JSON object, such as {"seat": "A4"}.`}}))
	return all
}

// sampleLicense is one in use, of an application, by a user on two devices.
func sampleLicense() *licenseView {
	terms := license.Terms{
		Type: license.Subscription, Starts: license.StartsAtFirstUse, Duration: license.Span{Months: 12}, GraceHours: 72, Maintained: true, Maintenance: license.Span{Months: 12},
		Lock: license.LockHardware, Activations: license.AtMost(3), Transfers: license.AtMost(5), Users: license.AtMost(1), UserActivations: license.Unlimited, Level: 2,
		Password: license.SinglePassword, Floating: &license.FloatingTerms{Seats: license.AtMost(2), TimeoutMins: 15, Borrow: true, BorrowHours: 48},
		Features: []license.FeatureTerms{
			{Code: "export", Name: "Export to PDF"},
			{Code: "render", Usage: &license.UsageTerms{Max: license.AtMost(1000), Overage: license.AtMost(100), Reset: license.Monthly}},
		},
	}
	sold := terms
	sold.Activations, sold.Level = license.AtMost(1), 1
	l := &licenseView{write: true, audit: true, drops: true, app: &license.Application{Name: "Acme Studio"}}
	l.License = license.License{
		ID: 11, Tenant: 1, Product: 1, Order: 21, Policy: 3, Customer: 12, Key: "ACME-7QK2-M4XD-91TB", Standing: license.Enabled, Terms: &terms,
		IssuedAt: day(-120), FirstUsedAt: day(-118), StartedAt: day(-118), ExpiresAt: day(247), MaintainedUntil: day(247), Activated: 2, Transfers: 1,
		Metadata: `{"seat":"A4","plan":{"name":"pro"}}`, CustomFields: `[{"name":"regionsAllowed","data_type":"text","value":"DE, AT"}]`,
	}
	l.Note, l.CreatedBy, l.Now = "Bought by telephone; ask for Ms Keller.", "shop", galleryNow
	l.Product = office.Product{Product: license.Product{ID: 1, Code: "studio", Name: "Acme Studio", Auth: license.ByKey}}
	l.Policy = license.Policy{ID: 3, Code: "pro", Name: "Pro, yearly", Terms: sold}
	l.Order = license.Order{ID: 21, Reference: "ORDER-4711", Status: license.OrderCompleted}
	l.Customer = license.Customer{ID: 12, Email: "keller@example.com", Company: "Keller & Sons"}
	l.User = &license.LicenseUser{ID: 31, Name: "ann@example.com", Email: "ann@example.com"}
	l.Redemption = &license.Redemption{License: 11, User: 31, Level: 2, StartedAt: day(-118), ExpiresAt: day(247)}
	l.Devices = sampleDevices()
	return l
}

// sampleUnusedLicense is one that nobody has used, of a product without users.
func sampleUnusedLicense() *licenseView {
	terms := license.DefaultTerms()
	terms.Type, terms.Duration, terms.RefuseOffline = license.TimeLimited, license.Span{Seconds: 30 * 86400}, true
	sold := terms
	l := &licenseView{write: true, audit: true}
	l.License = license.License{ID: 12, Tenant: 1, Product: 2, Order: 22, Policy: 4, Key: "ACME-PPLZ-0VTS-KK3E", Standing: license.Enabled, Terms: &terms, IssuedAt: day(-1)}
	l.Now = galleryNow
	l.Product = office.Product{Product: license.Product{ID: 2, Code: "render", Name: "Acme Render", Auth: license.ByKey}}
	l.Policy = license.Policy{ID: 4, Code: "default", Name: "Default", Terms: sold}
	l.Order = license.Order{ID: 22, Reference: "K7Q2M4XD", Status: license.OrderCompleted}
	return l
}

func sampleReadLicense() *licenseView {
	l := sampleLicense()
	l.write, l.audit, l.drops = false, false, false
	return l
}

// sampleExpiredLicense is used, over, suspended and banned.
func sampleExpiredLicense() *licenseView {
	l := sampleLicense()
	l.ExpiresAt, l.Expired, l.Standing, l.RedemptionBlocked, l.BlockReason = day(-20), true, license.Suspended, true, "shared in a forum"
	l.Redemption.ExpiresAt = day(-20)
	return l
}

func sampleRevokedLicense() *licenseView {
	l := sampleUnusedLicense()
	l.Standing, l.Terms.Trial = license.Revoked, true
	return l
}

// sampleHostileLicense has what strangers typed wherever they can.
func sampleHostileLicense() *licenseView {
	l := sampleLicense()
	l.Key, l.Note, l.BlockReason, l.RedemptionBlocked, l.CreatedBy = hostile, hostile+strings.Repeat("长", 900), hostile, true, hostile
	l.User.Name, l.Customer.Email, l.Customer.Company, l.Order.Reference, l.Product.Name, l.Policy.Name = hostile, hostile, hostile, hostile, hostile, hostile
	l.License.Metadata = `{"<script>alert(1)</script>":"` + strings.Repeat("x", 3000) + `"}`
	l.CustomFields = `[{"name":"<b>","data_type":"text","value":"</dd><script>alert(1)</script>"}]`
	return l
}

func sampleDevices() []license.Device {
	return []license.Device{
		{
			ID: 41, License: 11, Binding: license.Binding{Kind: license.BoundToHardware, Value: "4c4c4544-0043-3010"}, Name: "ANN-PC", AppVersion: "2.1.0", Address: "203.0.113.7",
			Info: `{"os_ver":"Windows 11","sdk_ver":"7.2","mac_address":"00:00:5e:00:53:01"}`, User: 31, Active: true, FirstSeen: day(-118), ActivatedAt: day(-118), SeenAt: galleryNow.Add(-20 * time.Minute),
		},
		{
			ID: 42, License: 11, Binding: license.Binding{Kind: license.BoundToHardware, Value: "b3a1c7f2"}, Name: "build-7", AppVersion: "2.0.4", Address: "198.51.100.20",
			Info: `{"vm_info":"kvm"}`, Active: true, FirstSeen: day(-30), ActivatedAt: day(-30), SeenAt: day(-2),
		},
		{ID: 43, License: 11, Binding: license.Binding{Kind: license.BoundToAddress, Value: "192.0.2.9"}, Blocked: true, FirstSeen: day(-60), ActivatedAt: day(-60), FreedAt: day(-10), SeenAt: day(-10)},
		{ID: 44, License: 11, Binding: license.Binding{Kind: license.BoundToHardware, Value: hostile}, Name: hostile, AppVersion: hostile, FirstSeen: day(-90), ActivatedAt: day(-90), FreedAt: day(-70), SeenAt: day(-70)},
	}
}

func sampleLicenseEvents() []license.StoredEvent {
	return []license.StoredEvent{
		{ID: 9, At: galleryNow.Add(-20 * time.Minute), Actor: "client", Event: license.Event{Kind: license.UsageRecorded, License: 11, Data: map[string]any{"feature": "render", "amount": 12}}},
		{ID: 8, At: day(-2), Actor: "user:7 ann@example.com", Event: license.Event{Kind: license.LicenseNoted, License: 11}},
		{ID: 7, At: day(-30), Actor: "client", Event: license.Event{Kind: license.DeviceActivated, License: 11, Data: map[string]any{"device": hostile}}},
		{ID: 6, At: day(-118), Actor: "client", Event: license.Event{Kind: license.LicenseRedeemed, License: 11}},
		{ID: 5, At: day(-120), Actor: "user:7 ann@example.com", Event: license.Event{Kind: license.LicenseIssued, License: 11, Data: map[string]any{"order": "ORDER-4711"}}},
	}
}

func sampleOverview(l *licenseView) *licenseOverview {
	usual := license.DefaultTerms()
	return &licenseOverview{licenseView: l, terms: licenseTerms(galleryContext(context.Background()), &l.LicenseDetail, &usual), events: sampleLicenseEvents()}
}

func sampleUsage() *licenseUsage {
	l := sampleLicense()
	l.tab = licenseAtUsage
	return &licenseUsage{
		licenseView: l, looked: 200, events: sampleLicenseEvents()[:1],
		meters: []licenseMeterView{
			{of: "render", terms: *l.Terms.Features[1].Usage, used: 1040, reserved: 12, begun: day(-30)},
			{of: "scan", terms: license.UsageTerms{Max: license.Unlimited}, used: 77},
		},
		seats: []licenseSeats{{terms: *l.Terms.Floating, taken: 1}},
		ends:  []licenseEndOf{{code: "export"}, {code: "render", ends: day(-3), over: true}},
	}
}

func sampleExplanation(l *licenseView) *licenseExplain {
	x := &licenseExplain{licenseView: l, in: url.Values{"hardware_id": {"machine-C"}, "version": {"2.1.0"}}}
	s := license.State{Product: l.Product.Product, License: l.License}
	s.License.Activated = 3
	c := license.Claim{HardwareID: "machine-C", Amount: 1}
	for _, op := range licenseOperations(l.Terms) {
		t := license.Explain(&s, op, &c, galleryNow)
		x.answers = append(x.answers, licenseAnswerOf(&authority.Explanation{Answer: authority.Answer{Verdict: t.Verdict, Now: galleryNow}, Trace: t}))
	}
	return x
}
