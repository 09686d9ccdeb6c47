package platform

import (
	"licet/internal/license"
	"licet/internal/office"
)

func dashboardGallery() []specimen {
	events := []license.StoredEvent{
		{ID: 3, At: day(0).Add(-5 * 60e9), Actor: "user:7 ann@example.com", Event: license.Event{Kind: license.LicenseBanned, License: 11, Data: map[string]any{"reason": hostile}}},
		{ID: 2, At: day(-1), Actor: "client", Event: license.Event{Kind: license.DeviceActivated, License: 11, Data: map[string]any{"places": "2 of 5"}}},
		{ID: 1, At: day(-2), Actor: "operator", Event: license.Event{Kind: license.ProductCreated, Data: map[string]any{"code": "studio"}}},
	}
	full := func(percent int64) *dashboardView {
		return &dashboardView{
			days: 30, figures: sampleFigures(), events: events, audit: true, write: true, sell: true,
			usage: office.APIUsage{Months: []office.MonthUsage{{Month: "2026-03", Calls: percent * 1000}}, Allowance: 100_000, Contact: "sales@host.example"},
		}
	}
	reader := full(80)
	reader.audit, reader.write, reader.sell = false, false, false
	return []specimen{
		{name: "dashboard", title: "Dashboard", body: dashboardPage(full(80))},
		{name: "dashboard-full", title: "Dashboard", body: dashboardPage(full(100))},
		{name: "dashboard-over", title: "Dashboard", body: dashboardPage(full(137))},
		{name: "dashboard-reader", title: "Dashboard", body: dashboardPage(reader)},
		{name: "dashboard-empty", title: "Dashboard", body: dashboardPage(&dashboardView{days: 30, write: true, sell: true, audit: true})},
	}
}

// sampleFigures are those of a month with a working week in it.
func sampleFigures() office.Figures {
	year := license.Terms{Type: license.TimeLimited}
	f := office.Figures{
		CountedAt: galleryNow.Add(-60e9),
		States:    office.StateCounts{Total: 12_480, NotUsed: 3_120, Used: 9_214, Banned: 146, Expired: 611, Suspended: 42, Revoked: 18},
		Refusals:  []office.ReasonCount{{Reason: license.DeviceLimit, Calls: 1204}, {Reason: license.LicenseExpired, Calls: 871}, {Reason: license.KeyUnknown, Calls: 342}},
		Products: []office.ProductFigures{
			{Product: office.Product{Product: license.Product{ID: 1, Code: "studio", Name: "Acme Studio"}}, Checks: 41_000, Activations: 900},
			{Product: office.Product{Product: license.Product{ID: 2, Code: "render", Name: "Acme Render"}}, Checks: 18_400, Activations: 310},
			{Product: office.Product{Product: license.Product{ID: 3, Code: "plugin", Name: hostile}}, Checks: 6_100, Activations: 77},
		},
		ExpiringCount: 1000, ExpiringMore: true,
		Expiring: []license.LicenseRecord{
			{License: license.License{ID: 11, Key: "ACME-7QK2-M4XD-91TB", ExpiresAt: day(2), Terms: &year}},
			{License: license.License{ID: 12, Key: "ACME-PPLZ-0VTS-KK3E", ExpiresAt: day(9), Terms: &year}},
		},
	}
	for i := range 30 {
		at := day(i - 29).UTC()
		busy := int64(9-int(at.Weekday()+6)%7) * 230
		f.Days = append(f.Days, office.DayFigures{Day: at.Format("2006-01-02"), Checks: busy + int64(i*31%170), Activations: busy / 40, Refusals: busy / 18, Created: int64(i * 7 % 45)})
	}
	return f
}
