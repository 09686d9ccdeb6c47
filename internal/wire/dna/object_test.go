package dna

import (
	"bytes"
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"licet/internal/authority"
	"licet/internal/license"
	"licet/internal/wire/wiretest"
)

const now = wiretest.Epoch

// edited is a license of a product that says nothing else, changed.
func edited(edit func(*license.License, *license.Terms)) license.License {
	terms := license.DefaultTerms()
	l := license.License{Key: "SU1", Standing: license.Enabled, Terms: &terms}
	if edit != nil {
		edit(&l, &terms)
	}
	return l
}

func TestStatusOf(t *testing.T) {
	t.Parallel()
	used := func(l *license.License) { l.FirstUsedAt = now - 1 }
	type edit = func(*license.License, *license.Terms)
	for _, tt := range []struct {
		want string
		edit edit
	}{
		{"EXISTS ACTIVATION AVAILABLE VALID", nil},
		{"EXISTS ACTIVATION RESERVED VALID", func(l *license.License, _ *license.Terms) { l.Customer = 5 }},
		{"EXISTS ACTIVATION ACTIVATED VALID", func(l *license.License, _ *license.Terms) { used(l); l.Customer = 5 }},
		{"EXISTS ACTIVATION BANNED", func(l *license.License, _ *license.Terms) { used(l); l.Standing = license.Suspended }},
		{"EXISTS ACTIVATION BANNED", func(l *license.License, _ *license.Terms) { l.Standing = license.Revoked }},
		{"EXISTS ACTIVATION BANNED", func(l *license.License, _ *license.Terms) { l.RedemptionBlocked = true }},
		{"EXISTS ACTIVATION EXPIRED", func(l *license.License, t *license.Terms) { used(l); t.Type = license.TimeLimited; l.ExpiresAt = now }},
		{"EXISTS ACTIVATION ACTIVATED VALID", func(l *license.License, t *license.Terms) {
			used(l)
			t.Type = license.TimeLimited
			l.ExpiresAt = now + 1
		}},
		{"EXISTS ACTIVATION BANNED", func(l *license.License, t *license.Terms) {
			l.Standing, t.Type, l.ExpiresAt = license.Suspended, license.TimeLimited, now
		}},
		{"EXISTS EVALUATION AVAILABLE", func(_ *license.License, t *license.Terms) { t.Trial = true }},
		{"EXISTS EVALUATION ACTIVATED", func(l *license.License, t *license.Terms) { used(l); t.Trial = true; l.ExpiresAt = now + 1 }},
		{"EXISTS EVALUATION EXPIRED", func(l *license.License, t *license.Terms) { used(l); t.Trial = true; l.ExpiresAt = now }},
		{"EXISTS TEST AVAILABLE", func(_ *license.License, t *license.Terms) { t.Sample = true }},
		{"EXISTS TEST AVAILABLE", func(_ *license.License, t *license.Terms) { t.Sample, t.Trial = true, true }},
	} {
		if l := edited(tt.edit); statusOf(new(license.Product), &l, now) != tt.want {
			t.Errorf("statusOf(%+v, %+v) = %s, want %s", l, *l.Terms, statusOf(new(license.Product), &l, now), tt.want)
		}
	}
}

// object returns the License object of a report.
func object(t *testing.T, report *authority.LicenseReport) map[string]any {
	t.Helper()
	w := httptest.NewRecorder()
	c := &call{w: w, asked: authority.SecretCall{Product: "P0000001"}}
	if err := c.sendLicense(report); err != nil {
		t.Fatal(err)
	}
	var out map[string]any
	if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil || w.Code != 200 {
		t.Fatalf("the object is %d %s: %v", w.Code, w.Body, err)
	}
	return out
}

func TestLicenseType(t *testing.T) {
	t.Parallel()
	lends := &license.FloatingTerms{Seats: license.AtMost(3), TimeoutMins: 2880}
	for _, tt := range []struct {
		password license.PasswordUse
		floating *license.FloatingTerms
		places   license.Limit
		want     string
	}{
		{license.NoPassword, nil, license.AtMost(1), "NP(1)"},
		{license.SinglePassword, nil, license.AtMost(2), "SU(2)"},
		{license.FixedPassword, nil, license.AtMost(1), "NR(1)"},
		{license.SharedPassword, nil, license.AtMost(25), "MU(25)"},
		{license.SharedPassword, nil, license.Unlimited, "MU(UNLIMITED)"},
		{license.SharedPassword, lends, license.Unlimited, "F(3)"},
		{license.NoPassword, lends, license.AtMost(5), "NP(5)"},
	} {
		l := edited(func(_ *license.License, t *license.Terms) {
			t.Password, t.Floating, t.Activations = tt.password, tt.floating, tt.places
		})
		if got := object(t, &authority.LicenseReport{License: l})["LicenseType"]; got != tt.want {
			t.Errorf("LicenseType of %q, floating %v = %v, want %s", tt.password, tt.floating != nil, got, tt.want)
		}
	}
}

func TestExpiry(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		edit func(*license.License, *license.Terms)
		days any
		date any
	}{
		{"perpetual", func(l *license.License, t *license.Terms) { l.ExpiresAt = now }, nil, nil},
		{"not_started", func(_ *license.License, t *license.Terms) {
			t.Type, t.Duration = license.TimeLimited, license.Span{Seconds: 30 * 86400}
		}, 30.0, nil},
		{"months", func(l *license.License, t *license.Terms) {
			t.Type, t.Duration, l.ExpiresAt = license.Subscription, license.Span{Months: 12}, now
		}, 365.0, "2026-03-23T12:00:00"},
		{"trial", func(l *license.License, t *license.Terms) {
			t.Trial, l.ExpiresAt = true, now.Add(1500*time.Millisecond)
		}, nil, "2026-03-23T12:00:01"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			o := object(t, &authority.LicenseReport{License: edited(tt.edit), Now: now})
			if o["ExpiryNoDays"] != tt.days || o["ExpiryDate"] != tt.date {
				t.Errorf("ExpiryNoDays %v, ExpiryDate %v, want %v, %v", o["ExpiryNoDays"], o["ExpiryDate"], tt.days, tt.date)
			}
		})
	}
}

// TestObject has each member once, in the contract's order.
func TestObject(t *testing.T) {
	t.Parallel()
	l := edited(func(l *license.License, t *license.Terms) {
		t.Password, t.Activations = license.SharedPassword, license.AtMost(25)
		l.Key, l.FirstUsedAt = "MU1", now-3_600_000_000
	})
	report := authority.LicenseReport{
		Product: license.Product{Code: "P0000001", Name: `The "App" <é>`, Number: 12}, License: l, AdminSet: true, Now: now,
		Secrets:  license.LicenseSecrets{Email: "m@x.test", Data: "d", Password: "HASH", Admin: "HASH", SetupKey: []byte("HASH")},
		Customer: license.Customer{Name: "Ada", Email: "ada@x.test", Metadata: "HASH"}, InfoTag: "tag", MoreDevices: true,
		Devices: []license.Device{
			{ID: 41, Binding: license.Binding{Kind: license.BoundToHardware, Value: "0123ABCD"}, Name: "PC", ActivatedAt: l.FirstUsedAt, SeenAt: now - 1_000_000, Address: "HASH"},
			{ID: 42, Binding: license.Binding{Kind: license.BoundToHardware, Value: "4567CDEF"}, ActivatedAt: now - 60_000_000},
		},
	}
	const want = `{
		"ProductID": "P0000001", "SoftwareDescription": "The \"App\" <é>", "ProductSKU": "P0000001",
		"LicenseCode": "MU1", "Status": "EXISTS ACTIVATION ACTIVATED VALID", "LicenseType": "MU(25)", "MuAdminPassSet": true,
		"LicenseDescription": "Multi-User License", "LicenseCodeType": "ACTIVATION", "ActivationEmail": "m@x.test",
		"ActivationDate": "2026-03-23T11:00:00", "OfflineActivation": false, "ServerActivationDate": "2026-03-23T11:00:00",
		"ExpiryNoDays": null, "ExpiryDate": null, "BuildNo": null, "LicenseData": "d", "InfoTag": "tag",
		"BuyerName": "Ada", "BuyerCompany": null, "BuyerEmail": "ada@x.test",
		"LastReactivationDate": "2026-03-23T11:59:00", "LastValidationDate": "2026-03-23T11:59:59",
		"Devices": [
			{"DeviceId": "0123ABCD", "Description": "PC", "ActivationDate": "2026-03-23T11:00:00", "LastValidationDate": "2026-03-23T11:59:59"},
			{"DeviceId": "4567CDEF", "Description": "", "ActivationDate": "2026-03-23T11:59:00", "LastValidationDate": null}
		],
		"NextDevices": "42"
	}`
	w := httptest.NewRecorder()
	c := &call{w: w, asked: authority.SecretCall{Product: "P0000001"}}
	if err := c.sendLicense(&report); err != nil {
		t.Fatal(err)
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, []byte(want)); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(compact.String(), w.Body.String()); diff != "" {
		t.Errorf("object (-want +got):\n%s", diff)
	}
	if strings.Contains(w.Body.String(), "HASH") {
		t.Error("the object tells what it must not")
	}
	if got := w.Header(); got.Get("Content-Type") != "application/json; charset=utf-8" || got.Get("Cache-Control") != "no-store" {
		t.Errorf("headers = %v", got)
	}
}
