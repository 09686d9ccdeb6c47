package office_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
)

// bring imports a file into a product.
func (h *house) bring(file string, in office.Import) office.ImportResult {
	h.t.Helper()
	in.Source = strings.NewReader(file)
	result, err := h.ImportLicenses(h.t.Context(), h.boss, in, nil)
	h.ok(err)
	return result
}

// counts is what came of an import in short.
func counts(r office.ImportResult) string {
	return fmt.Sprintf("%d rows, %d made, %d skipped, %d different, %d failed", r.Rows, r.Made, r.Skipped, r.Different, r.Failed)
}

func wantCounts(t *testing.T, r office.ImportResult, want string) {
	t.Helper()
	if have := counts(r); have != want {
		t.Errorf("import = %s, want %s; errors %v, warnings %v", have, want, r.Errors, r.Warnings)
	}
}

func (h *house) byKey(product, key string) license.LicenseRecord {
	h.t.Helper()
	return h.load(office.Ref{Product: product, Key: key})
}

func TestImport(t *testing.T) {
	forEachHouse(t, func(t *testing.T, h *house) {
		h.product("app", office.TermsChange{})
		t.Run("carries", func(t *testing.T) {
			r := h.bring("key,level,duration,note,order,customer,status,activations,metadata,colour,used_at,expires_at\n"+
				"plain,,,,,,,,,red,,\n"+
				"all,7,30d,a note,o-1,ann@buyer.test,not used,3,\"{\"\"a\"\":1}\",red,,\n"+
				"used,1,30d,,,,used,,,red,2026-03-01,\n"+
				"dated,1,30d,,,,used,,,red,2026-03-01,2027-01-01\n"+
				"banned,,,,,,banned,,,red,,\n"+
				"off,,,,,,suspended,,,red,,\n"+
				"gone,,,,,,Revoked,,,red,,\n", office.Import{Product: "app"})
			wantCounts(t, r, "7 rows, 7 made, 0 skipped, 0 different, 0 failed")
			if diff := cmp.Diff([]string{"nothing reads these columns: colour"}, r.Warnings); diff != "" {
				t.Errorf("warnings (-want +have):\n%s", diff)
			}
			all := h.byKey("app", "ALL")
			if all.Terms.Level != 7 || all.Terms.Duration.Text() != "2592000s" || all.Note != "a note" || all.Customer == 0 ||
				all.Terms.Activations != license.AtMost(3) || all.Metadata != `{"a":1}` || all.IsUsed() || all.ExpiresAt != 0 {
				t.Errorf("all = %+v with %+v", all, all.Terms)
			}
			if order, err := h.FindOrder(t.Context(), h.boss, "o-1"); err != nil || order.ID != all.Order || order.Customer != all.Customer {
				t.Errorf("the order of all = %+v, %v", order, err)
			}
			used, dated := h.byKey("app", "used"), h.byKey("app", "dated")
			if first := mustTime(t, "2026-03-01"); used.FirstUsedAt != first || used.StartedAt != first || used.ExpiresAt != mustTime(t, "2026-03-31") ||
				dated.FirstUsedAt != first || dated.ExpiresAt != mustTime(t, "2027-01-01") {
				t.Errorf("used from %s to %s, dated from %s to %s", used.FirstUsedAt, used.ExpiresAt, dated.FirstUsedAt, dated.ExpiresAt)
			}
			if banned := h.byKey("app", "banned"); !banned.RedemptionBlocked || banned.BlockReason != "imported as banned" {
				t.Errorf("banned = %v %q", banned.RedemptionBlocked, banned.BlockReason)
			}
			if off, gone := h.byKey("app", "off"), h.byKey("app", "gone"); off.Standing != license.Suspended || gone.Standing != license.Revoked {
				t.Errorf("off is %s, gone is %s", off.Standing, gone.Standing)
			}
			plain := h.byKey("app", "plain")
			if plain.Order != used.Order || plain.Order == all.Order || !strings.HasPrefix(r.Order, "import-") {
				t.Errorf("orders %d, %d and %d, called %s", plain.Order, used.Order, all.Order, r.Order)
			}
			events, err := h.LicenseHistory(t.Context(), h.boss, office.Ref{ID: plain.ID}, office.Page{})
			if h.ok(err); len(events) != 1 || events[0].Kind != license.LicenseIssued || events[0].Data["imported"] != true {
				t.Errorf("events of plain = %+v", events)
			}
		})
		t.Run("idempotent", func(t *testing.T) {
			file := `[{"key":"k-1","level":1,"expiry":30},{"key":"k-2","level":2,"expiry":"0.5"},{"key":"K-1","level":3,"expiry":30}]`
			dry := h.bring(file, office.Import{Product: "app", DryRun: true})
			wantCounts(t, dry, "3 rows, 2 made, 1 skipped, 1 different, 0 failed")
			if _, err := h.FindLicense(t.Context(), h.boss, office.Ref{Product: "app", Key: "k-1"}); !errors.Is(err, license.NotFound) {
				t.Errorf("FindLicense after a dry run = %v, want not found", err)
			}
			wantCounts(t, h.bring(file, office.Import{Product: "app"}), "3 rows, 2 made, 1 skipped, 1 different, 0 failed")
			again := h.bring(file, office.Import{Product: "app"})
			wantCounts(t, again, "3 rows, 0 made, 3 skipped, 1 different, 0 failed")
			want := []office.ImportDifference{{Row: 3, Key: "K-1", Field: "level", There: "1", File: "3"}}
			if diff := cmp.Diff(want, again.Differences); diff != "" || again.Order != "" {
				t.Errorf("differences (-want +have), orders %q:\n%s", again.Order, diff)
			}
		})
		t.Run("order", func(t *testing.T) {
			h.bring("in-1,1,30|in-2,1,30", office.Import{Product: "app", Order: "batch"})
			h.bring("in-3,1,30", office.Import{Product: "app", Order: "batch"})
			if h.byKey("app", "in-1").Order != h.byKey("app", "in-3").Order {
				t.Error("a known order is not added to")
			}
			_, err := h.CancelOrder(t.Context(), h.boss, "batch")
			h.ok(err)
			_, err = h.ImportLicenses(t.Context(), h.boss, office.Import{Source: strings.NewReader("key\nlate\n"), Product: "app", Order: "batch"}, nil)
			wantCode(t, "ImportLicenses into a cancelled order", err, license.Conflict)
			r := h.bring("key,order\nlate,batch\nfine,\n", office.Import{Product: "app"})
			wantCounts(t, r, "2 rows, 1 made, 0 skipped, 0 different, 1 failed")
			if r.Errors[0].Row != 2 || r.Errors[0].Field != "order" {
				t.Errorf("errors = %+v", r.Errors)
			}
			r = h.bring("key,order,order_status\npend,unpaid,pending\nlost,,pending\n", office.Import{Product: "app"})
			wantCounts(t, r, "2 rows, 1 made, 0 skipped, 0 different, 1 failed")
			if !h.byKey("app", "pend").Withheld {
				t.Error("a license of a pending order is in force")
			}
		})
		t.Run("refuses", func(t *testing.T) {
			reader := identity.Actor{Kind: identity.ClientApp, Tenant: h.tenant, Scopes: identity.NewScopes(identity.ReadLicenses)}
			_, err := h.ImportLicenses(t.Context(), reader, office.Import{Source: strings.NewReader("key\nA\n"), Product: "app"}, nil)
			want(t, "ImportLicenses without permission", err, license.PermissionMissing)
			_, err = h.CreateProduct(t.Context(), h.boss, office.NewProduct{Code: "people", Name: "people", Auth: license.ByUser})
			h.ok(err)
			_, err = h.ImportLicenses(t.Context(), h.boss, office.Import{Source: strings.NewReader("key\nA\n"), Product: "people"}, nil)
			wantCode(t, "ImportLicenses for users who sign in", err, license.Invalid)
			_, err = h.ImportLicenses(t.Context(), h.boss, office.Import{Source: strings.NewReader("name\nA\n"), Product: "app"}, nil)
			wantCode(t, "ImportLicenses without keys", err, license.Invalid)
			_, err = h.ImportLicenses(t.Context(), h.boss, office.Import{Source: strings.NewReader("key,product\nA,b\n"), Product: "app"}, nil)
			wantCode(t, "ImportLicenses of another product", err, license.Invalid)
		})
		t.Run("bundle", func(t *testing.T) {
			h.product("one", office.TermsChange{})
			h.product("two", office.TermsChange{})
			_, err := h.CreateBundle(t.Context(), h.boss, office.NewBundle{Code: "suite", Name: "suite", Products: []string{"one", "two"}})
			h.ok(err)
			h.issue(office.NewLicenses{Product: "two", Keys: []string{"b-2"}})
			file := "key,level,status\nb-1,4,used\nb-2,4,\nb-3,4,banned\n"
			wantCounts(t, h.bring(file, office.Import{Product: "suite"}), "3 rows, 2 made, 0 skipped, 0 different, 1 failed")
			whole, part := h.byKey("suite", "b-1"), h.byKey("two", "b-1")
			if part.Bundle != whole.ID || part.Terms.Level != 4 || !part.IsUsed() {
				t.Errorf("part of %d, want %d, with %+v", part.Bundle, whole.ID, part.Terms)
			}
			wantCounts(t, h.bring(file, office.Import{Product: "suite"}), "3 rows, 0 made, 2 skipped, 0 different, 1 failed")
		})
	})
}

// TestImportRoundTrip: what is exported from one tenant and imported into another is exported from there as it was, but for
// what an import cannot carry.
func TestImportRoundTrip(t *testing.T) {
	forEachHouse(t, func(t *testing.T, h *house) {
		h.product("app", office.TermsChange{})
		h.issue(office.NewLicenses{Product: "app", Keys: []string{"=plain"}, Note: "+1,\n\"x\"; y", Order: "-7", Customer: "ann@buyer.test"})
		h.issue(office.NewLicenses{Product: "app", Keys: []string{"plan"}, Plan: license.PlanMonthly})
		h.issue(office.NewLicenses{Product: "app", Keys: []string{"unpaid"}, Plan: license.PlanAnnually, OrderStatus: license.OrderPending})
		h.issue(office.NewLicenses{Product: "app", Keys: []string{"date"}, ExpiresAt: mustTime(t, "2027-01-01"), Note: "'tis"})
		h.issue(office.NewLicenses{Product: "app", Keys: []string{"trial"}, Trial: true, Expiry: license.Span{Months: 1, Seconds: 5}})
		lasts := h.issue(office.NewLicenses{Product: "app", Keys: []string{"lasts"}, Expiry: license.Span{Seconds: 60 * 86400},
			Terms: office.TermsChange{Level: ptr(int64(9)), Activations: ptr(license.Unlimited), Transfers: ptr(license.AtMost(2)), Lock: ptr(license.LockNone)}})
		h.ok(h.activate(office.Ref{ID: lasts.Licenses[0].ID}, "hw"))
		banned := h.issue(office.NewLicenses{Product: "app", Keys: []string{"banned"}})
		_, err := h.BanLicenses(t.Context(), h.boss, "imported as banned", false, office.Ref{ID: banned.Licenses[0].ID})
		h.ok(err)
		off := h.issue(office.NewLicenses{Product: "app", Keys: []string{"off"}})
		_, err = h.SuspendLicenses(t.Context(), h.boss, office.Ref{ID: off.Licenses[0].ID})
		h.ok(err)
		h.advance(minute)
		before, text := h.export("2026-03-23", "2026-03-23")
		wantCounts(t, h.bring(text, office.Import{Product: "app"}), "8 rows, 0 made, 8 skipped, 0 different, 0 failed")

		other, err := h.CreateTenant(t.Context(), operator(), "zenith", "Zenith")
		h.ok(err)
		h.boss.Tenant, h.tenant = other.ID, other.ID
		h.product("app", office.TermsChange{Duration: ptr(license.Span{Seconds: 7}), Level: ptr(int64(3))})
		wantCounts(t, h.bring(text, office.Import{Product: "app"}), "8 rows, 8 made, 0 skipped, 0 different, 0 failed")
		after, _ := h.export("2026-03-23", "2026-03-23")
		if len(after) != len(before) {
			t.Fatalf("%d licenses, want %d", len(after), len(before))
		}
		byKey := func(a, b map[string]string) int { return strings.Compare(a["key"], b["key"]) }
		slices.SortFunc(before, byKey)
		slices.SortFunc(after, byKey)
		for i := range before {
			for _, left := range []string{"id", "issued_at", "activations"} {
				delete(before[i], left)
				delete(after[i], left)
			}
			if diff := cmp.Diff(before[i], after[i]); diff != "" {
				t.Errorf("%s (-exported +imported):\n%s", before[i]["key"], diff)
			}
		}
	})
}

// manyKeys is a file of keys.
func manyKeys(n int) string {
	var b strings.Builder
	b.WriteString("key,level\n")
	for i := range n {
		fmt.Fprintf(&b, "k-%05d,1\n", (i*7919)%n)
	}
	return b.String()
}

// An import that is interrupted between two transactions keeps what it counted, and goes on when it is made again.
func TestImportResumes(t *testing.T) {
	forEachHouse(t, func(t *testing.T, h *house) {
		h.product("app", office.TermsChange{})
		file := manyKeys(3500)
		ctx, cancel := context.WithCancel(t.Context())
		var heard []int64
		r, err := h.ImportLicenses(ctx, h.boss, office.Import{Source: strings.NewReader(file), Product: "app", Size: int64(len(file))}, func(done, total int64) {
			heard = append(heard, done)
			if total < done {
				t.Errorf("progress of %d of %d", done, total)
			}
			if len(heard) == 2 {
				cancel()
			}
		})
		if !errors.Is(err, context.Canceled) || r.Made != 2000 {
			t.Errorf("ImportLicenses interrupted = %s, %v, want 2000 made", counts(r), err)
		}
		wantCounts(t, h.bring(file, office.Import{Product: "app"}), "3500 rows, 1500 made, 2000 skipped, 0 different, 0 failed")
		wantCounts(t, h.bring(file, office.Import{Product: "app", DryRun: true}), "3500 rows, 0 made, 3500 skipped, 0 different, 0 failed")
	})
}

// A dry run finds keys that are twice in the file across its transactions.
func TestImportDryRunDuplicates(t *testing.T) {
	forEachHouse(t, func(t *testing.T, h *house) {
		h.product("app", office.TermsChange{})
		file := manyKeys(1500) + "K-00000,1\nk-00001,1\n"
		dry := h.bring(file, office.Import{Product: "app", DryRun: true})
		wantCounts(t, dry, "1502 rows, 1500 made, 2 skipped, 0 different, 0 failed")
		wantCounts(t, h.bring(file, office.Import{Product: "app"}), "1502 rows, 1500 made, 2 skipped, 0 different, 0 failed")
	})
}

// Any number of imports of the same file at the same time make each license once.
func TestImportAtOnce(t *testing.T) {
	forEachHouse(t, func(t *testing.T, h *house) {
		h.product("app", office.TermsChange{})
		file := manyKeys(1010)
		var all sync.WaitGroup
		results := make([]office.ImportResult, 64)
		for i := range results {
			all.Go(func() {
				var err error
				in := office.Import{Source: strings.NewReader(file), Product: "app"}
				if results[i], err = h.ImportLicenses(t.Context(), h.boss, in, nil); err != nil {
					t.Errorf("ImportLicenses = %v", err)
				}
			})
		}
		all.Wait()
		var made, skipped, failed int64
		for _, r := range results {
			made, skipped, failed = made+r.Made, skipped+r.Skipped, failed+r.Failed
		}
		if made != 1010 || skipped != 63*1010 || failed != 0 {
			t.Errorf("%d made, %d skipped, %d failed, want 1010, %d and 0", made, skipped, failed, 63*1010)
		}
	})
}

// Rows that mean harm are refused one by one, and no more than a thousand of them are told.
func TestImportHostile(t *testing.T) {
	forEachHouse(t, func(t *testing.T, h *house) {
		h.product("app", office.TermsChange{})
		huge := strings.Repeat("x", 1<<20)
		r := h.bring("key,note,level,metadata\nA\x00B,,,\nC,\xff,,\nD,"+huge+",,\nE,,9223372036854775808,\nF,,,{\nG,,9223372036854775807,\n", office.Import{Product: "app"})
		wantCounts(t, r, "6 rows, 1 made, 0 skipped, 0 different, 5 failed")
		r = h.bring("key,level\n"+strings.Repeat("K,-1\n", 3000)+"L,1\n", office.Import{Product: "app"})
		wantCounts(t, r, "3001 rows, 1 made, 0 skipped, 0 different, 3000 failed")
		if len(r.Errors) != 1000 || r.Errors[0].Row != 2 {
			t.Errorf("%d errors, the first of row %d, want 1000 from row 2 on", len(r.Errors), r.Errors[0].Row)
		}
	})
}
