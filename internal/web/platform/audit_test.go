package platform

import (
	"encoding/csv"
	"html"
	"net/http"
	"strings"
	"testing"
	"time"

	"licet/internal/identity"
	"licet/internal/office"
)

func TestAuditPages(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	if _, err := s.office.CreateProduct(t.Context(), s.operator, office.NewProduct{Code: "app", Name: "App"}); err != nil {
		t.Fatal(err)
	}
	made, err := s.office.CreateLicenses(t.Context(), s.operator, office.NewLicenses{Product: "app", Amount: 60})
	if err != nil {
		t.Fatal(err)
	}
	s.advance(48 * time.Hour)
	owner := s.as(identity.Owner)
	owner.post("/settings/company", map[string][]string{"company": {"=1+1"}}).want(http.StatusOK)

	owner.get("/audit").want(http.StatusOK, "Export as CSV", "data-live", "Next page").lacks("Clear")
	owner.get("/audit?kind=product.").want(http.StatusOK, "Product created", "Clear").lacks("License issued", "data-live=\"/platform/live\"")
	owner.get("/audit?kind=product.created").want(http.StatusOK, "Product created")
	theirs := owner.get("/team/" + s.memberID("owner@acme.example")).found(`href="/platform(/audit\?actor=[^"]+)"`)
	owner.get(html.UnescapeString(theirs)).want(http.StatusOK, "=1+1").lacks("Product created", "Nothing like that")
	owner.get("/audit?actor=operator&kind=product.created").want(http.StatusOK, "Product created")
	owner.get("/audit?license="+made.Licenses[0].Key).want(http.StatusOK, "License issued").lacks("Product created")
	owner.get("/audit?from=2026-04-01").want(http.StatusOK).lacks("Product created")
	owner.get("/audit?until=2026-03-31&kind=product.").want(http.StatusOK, "Product created")
	owner.get("/audit?until=2026-03-30").want(http.StatusOK, "Nothing like that", "Clear the filter")
	owner.get("/audit?from=nonsense").want(http.StatusUnprocessableEntity)
	owner.get("/audit?before=nonsense")
	if next := owner.get("/audit").found(`href="([^"]*before=\d+)"`); !strings.Contains(next, "before=") {
		t.Errorf("the next page is at %s", next)
	} else {
		owner.get(strings.TrimPrefix(next, base)).want(http.StatusOK, "License issued").lacks(`data-live="/platform/live"`)
	}

	file := owner.get("/audit/export?kind=product.").want(http.StatusOK, "product.created").lacks("license.issued")
	if name := file.header.Get("Content-Disposition"); name != `attachment; filename="audit-2026-04-02.csv"` {
		t.Errorf("Content-Disposition = %q", name)
	}
	all := owner.get("/audit/export").want(http.StatusOK)
	rows, err := csv.NewReader(strings.NewReader(all.body)).ReadAll()
	if err != nil || len(rows) != s.events()+1 {
		t.Errorf("the file has %d rows (%v), want a head and %d events", len(rows), err, s.events())
	}
	for _, row := range rows {
		for _, cell := range row {
			if strings.HasPrefix(cell, "=") {
				t.Errorf("the file has a cell that programs for tables would reckon: %q", cell)
			}
		}
	}
	owner.get("/audit/export?from=nonsense").want(http.StatusUnprocessableEntity)
	s.as(identity.Support).get("/audit")
}
