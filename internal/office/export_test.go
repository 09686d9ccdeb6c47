package office_test

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"strings"
	"testing"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
)

// export returns the lines of an export by the names of its columns, and the text.
func (h *house) export(from, to string) ([]map[string]string, string) {
	h.t.Helper()
	var b bytes.Buffer
	h.ok(h.ExportLicenses(h.t.Context(), h.boss, &b, mustTime(h.t, from), mustTime(h.t, to), nil))
	rows, err := csv.NewReader(strings.NewReader(b.String())).ReadAll()
	h.ok(err)
	var out []map[string]string
	for _, row := range rows[1:] {
		line := map[string]string{}
		for i, cell := range row {
			line[rows[0][i]] = cell
		}
		out = append(out, line)
	}
	return out, b.String()
}

func TestExport(t *testing.T) {
	forEachHouse(t, func(t *testing.T, h *house) {
		h.product("demo", office.TermsChange{})
		at := func(text, key string, n office.NewLicenses) {
			h.clock.Store(int64(mustTime(t, text)))
			n.Product, n.Keys = "demo", []string{key}
			h.issue(n)
		}
		at("2026-01-01T00:00:00Z", "first", office.NewLicenses{})
		at("2026-01-31T23:59:59Z", "last", office.NewLicenses{})
		at("2026-02-01T00:00:00Z", "after", office.NewLicenses{})
		at("2026-03-05T10:00:00Z", "odd", office.NewLicenses{Note: "=1+1,\n\"x\"", Order: "-7", Customer: "+ann@buyer.test", Plan: license.PlanMonthly})

		t.Run("S0-10", func(t *testing.T) {
			lines, text := h.export("2026-01-01", "2026-12-31")
			if len(lines) != 4 || !strings.HasPrefix(text, "key,id,product,policy,status,") {
				t.Errorf("%d lines:\n%s", len(lines), text)
			}
			last := lines[3]
			for column, value := range map[string]string{"key": "odd", "product": "demo", "policy": "default", "status": "Not Used", "standing": "enabled",
				"type": "time-limited", "plan": "monthly", "issued_at": "2026-03-05T10:00:00Z", "expires_at": "2026-04-04T10:00:00Z",
				"max_activations": "1", "max_transfers": "unlimited", "order_status": "completed"} {
				if last[column] != value {
					t.Errorf("column %s = %q, want %q", column, last[column], value)
				}
			}
			var b bytes.Buffer
			reader := identity.Actor{Kind: identity.ClientApp, Tenant: h.tenant, Scopes: identity.NewScopes(identity.ReadOrders)}
			err := h.ExportLicenses(t.Context(), reader, &b, 0, 0, nil)
			want(t, "ExportLicenses without permission", err, license.PermissionMissing)
			if b.Len() != 0 {
				t.Error("a refused export wrote something")
			}
		})
		t.Run("S0-11", func(t *testing.T) {
			lines, _ := h.export("2026-01-01", "2026-01-31")
			if len(lines) != 2 || lines[0]["key"] != "first" || lines[1]["key"] != "last" {
				t.Errorf("January = %v, want first and last", lines)
			}
			if lines, _ = h.export("2026-01-31", "2026-01-31"); len(lines) != 1 || lines[0]["key"] != "last" {
				t.Errorf("31 January = %v, want last", lines)
			}
			lines, text := h.export("2025-01-01", "2025-12-31")
			if len(lines) != 0 || strings.Count(text, "\r\n") != 1 || !strings.HasPrefix(text, "key,") {
				t.Errorf("a year without licenses = %q, want the header alone", text)
			}
			lines, text = h.export("2026-03-05", "2026-03-05")
			odd := lines[0]
			// encoding/csv reads CRLF within quotes as LF.
			if odd["note"] != "'=1+1,\n\"x\"" || odd["order"] != "'-7" || odd["customer"] != "'+ann@buyer.test" {
				t.Errorf("cells that look like formulas: note %q, order %q, customer %q", odd["note"], odd["order"], odd["customer"])
			}
			if !strings.Contains(text, `"'=1+1,`) || !strings.Contains(text, `""x""`) {
				t.Errorf("quoting: %q", text)
			}
			err := h.ExportLicenses(t.Context(), h.boss, io.Discard, mustTime(t, "2026-02-02"), mustTime(t, "2026-02-01"), nil)
			wantCode(t, "ExportLicenses from a day after the last", err, license.Invalid)
		})
	})
}

// A moment at which more licenses were made than a page holds is exported whole.
func TestExportPages(t *testing.T) {
	forEachHouse(t, func(t *testing.T, h *house) {
		h.product("demo", office.TermsChange{})
		h.issue(office.NewLicenses{Product: "demo", Amount: 2500})
		h.advance(minute)
		h.issue(office.NewLicenses{Product: "demo", Amount: 1500})
		lines, _ := h.export("2026-03-23", "2026-03-23")
		seen := map[string]bool{}
		for _, line := range lines {
			seen[line["key"]] = true
		}
		if len(lines) != 4000 || len(seen) != 4000 {
			t.Errorf("%d lines with %d keys, want 4000", len(lines), len(seen))
		}
		var heard []int
		h.ok(h.ExportLicenses(t.Context(), h.boss, io.Discard, 0, 0, func(n int) { heard = append(heard, n) }))
		if len(heard) != 5 || heard[4] != 4000 {
			t.Errorf("progress = %v", heard)
		}
		if err := h.ExportLicenses(t.Context(), h.boss, leaver{}, 0, 0, nil); !errors.Is(err, errGone) {
			t.Errorf("ExportLicenses to a reader who left = %v", err)
		}
	})
}

var errGone = errors.New("gone")

// leaver is a reader who leaves before the first byte.
type leaver struct{}

func (leaver) Write([]byte) (int, error) { return 0, errGone }
