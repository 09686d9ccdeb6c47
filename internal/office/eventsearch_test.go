package office_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"slices"
	"testing"
	"time"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/store"
)

// events stores events of a kind each.
func (h *house) events(actor string, events ...license.Event) {
	h.t.Helper()
	h.ok(h.store.Write(h.t.Context(), func(tx *store.Tx) error { return tx.AppendEvents(h.tenant, actor, h.now(), events...) }))
}

// The audit log is found by kind, actor, license, subject and time, page by page.
func TestSearchEvents(t *testing.T) {
	t.Parallel()
	forEachHouse(t, func(t *testing.T, h *house) {
		h.product("app", office.TermsChange{})
		made := h.issue(office.NewLicenses{Product: "app", Keys: []string{"KEY-1", "KEY-2"}}).Licenses
		h.advance(time.Hour)
		from := h.now()
		for i := range 50 {
			h.events("client", license.Event{Kind: license.DeviceActivated, License: made[i%2].ID, Subject: int64(7 + i%5)},
				license.Event{Kind: "license.bannedx", License: made[0].ID})
			h.advance(time.Hour)
		}
		h.events("user:12 ann@x.test", license.Event{Kind: license.LicenseBanned, License: made[1].ID})
		h.events("user:1 bob@x.test", license.Event{Kind: license.LicenseNoted, License: made[1].ID})

		all, err := h.ListEvents(t.Context(), h.boss, office.Page{Limit: 1000})
		h.ok(err)
		for name, c := range map[string]struct {
			filter office.EventFilter
			keep   func(*license.StoredEvent) bool
			count  int
		}{
			"all":     {office.EventFilter{}, func(*license.StoredEvent) bool { return true }, len(all)},
			"kind":    {office.EventFilter{Kind: "license.banned"}, func(e *license.StoredEvent) bool { return e.Kind == license.LicenseBanned }, 1},
			"kinds":   {office.EventFilter{Kind: "device."}, func(e *license.StoredEvent) bool { return e.Kind == license.DeviceActivated }, 50},
			"actor":   {office.EventFilter{Actor: "user:12 "}, func(e *license.StoredEvent) bool { return e.Actor == "user:12 ann@x.test" }, 1},
			"license": {office.EventFilter{License: "key-2"}, func(e *license.StoredEvent) bool { return e.License == made[1].ID }, 28},
			"both":    {office.EventFilter{License: "key-2", Kind: "device."}, func(e *license.StoredEvent) bool { return e.License == made[1].ID && e.Kind == license.DeviceActivated }, 25},
			"subject": {office.EventFilter{Subject: 8}, func(e *license.StoredEvent) bool { return e.Subject == 8 }, 10},
			"from":    {office.EventFilter{From: from.Add(45 * time.Hour)}, func(e *license.StoredEvent) bool { return e.At >= from.Add(45*time.Hour) }, 12},
			"until": {office.EventFilter{Until: from.Add(2 * time.Hour), Kind: "device."}, func(e *license.StoredEvent) bool {
				return e.At < from.Add(2*time.Hour) && e.Kind == license.DeviceActivated
			}, 2},
			"none":      {office.EventFilter{Kind: "nothing"}, func(*license.StoredEvent) bool { return false }, 0},
			"never":     {office.EventFilter{From: from, Until: from}, func(*license.StoredEvent) bool { return false }, 0},
			"long-past": {office.EventFilter{Until: 1}, func(*license.StoredEvent) bool { return false }, 0},
		} {
			t.Run(name, func(t *testing.T) {
				want := slices.DeleteFunc(slices.Clone(all), func(e license.StoredEvent) bool { return !c.keep(&e) })
				if len(want) != c.count {
					t.Errorf("there are %d, want %d", len(want), c.count)
				}
				for _, limit := range []int{1, 7, 1000} {
					var got []license.StoredEvent
					for page := (office.Page{Limit: limit}); ; {
						part, next, err := h.SearchEvents(t.Context(), h.boss, c.filter, page)
						h.ok(err)
						if got = append(got, part...); next == 0 {
							break
						}
						page.Before = next
					}
					if !slices.EqualFunc(got, want, func(a, b license.StoredEvent) bool { return a.ID == b.ID }) {
						t.Errorf("%d a page: %d events, want %d", limit, len(got), len(want))
					}
				}
			})
		}
		_, _, err = h.SearchEvents(t.Context(), h.boss, office.EventFilter{License: "KEY-9"}, office.Page{})
		want(t, "SearchEvents of an unknown license", err, license.KeyUnknown)
		support := h.boss
		support.Role = identity.Support
		_, _, err = h.SearchEvents(t.Context(), support, office.EventFilter{}, office.Page{})
		want(t, "SearchEvents by support", err, license.PermissionMissing)
	})
}

// An export of the audit log has what the search finds, and no cell that a spreadsheet takes for a formula.
func TestExportEvents(t *testing.T) {
	t.Parallel()
	forEachHouse(t, func(t *testing.T, h *house) {
		for i := range 2100 {
			h.events("client", license.Event{Kind: license.DeviceActivated, Data: map[string]any{"name": fmt.Sprint("=", i)}})
			if i == 0 {
				h.events("=cmd|x", license.Event{Kind: license.LicenseNoted})
			}
		}
		read := func(f office.EventFilter) [][]string {
			var out bytes.Buffer
			h.ok(h.ExportEvents(t.Context(), h.boss, f, &out))
			rows, err := csv.NewReader(&out).ReadAll()
			h.ok(err)
			return rows
		}
		rows := read(office.EventFilter{Kind: "device."})
		if len(rows) != 2101 || rows[0][0] != "id" || rows[1][6] != `{"name":"=2099"}` || rows[1][2] != "device.activated" || rows[1][1] != h.now().String() {
			t.Errorf("%d lines: %q, %q", len(rows), rows[0], rows[1])
		}
		if rows = read(office.EventFilter{Kind: "license."}); len(rows) != 2 || rows[1][3] != "'=cmd|x" || rows[1][4] != "" {
			t.Errorf("a formula: %q", rows)
		}
		if rows = read(office.EventFilter{Kind: "x"}); len(rows) != 1 {
			t.Errorf("an export of nothing: %q", rows)
		}
	})
}
