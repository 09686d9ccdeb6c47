package platform

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"licet/internal/identity"
	"licet/internal/office"
	"licet/internal/store"
)

// called counts calls of the tenant's apps in this month.
func (s *site) called(calls int64) {
	s.t.Helper()
	err := s.store.Write(s.t.Context(), func(tx *store.Tx) error { return tx.AddUsage(s.operator.Tenant, "2026-03", calls) })
	if err != nil {
		s.t.Fatal(err)
	}
}

// set stores a setting as whoever runs the server.
func (s *site) set(name, value string) {
	s.t.Helper()
	if _, err := s.office.SaveSetting(s.t.Context(), s.operator, office.Setting{Name: name, Value: value}); err != nil {
		s.t.Fatal(err)
	}
}

func TestDashboardUsage(t *testing.T) {
	t.Parallel()
	const ask = "Ask for a larger allowance"
	for _, tt := range []struct {
		id    string
		calls int64
		text  string
		over  bool
	}{
		{"S0-01", 800, "800 of 1,000 calls this month", false},
		{"S0-02_all", 1000, "1,000 of 1,000 calls this month", false},
		{"S0-02", 1370, "1,370 of 1,000 calls this month", true},
	} {
		t.Run(tt.id, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			s.set("api.allowance", "1000")
			s.called(tt.calls)
			reader := s.as(identity.ReadOnly)
			page := reader.get("/").want(http.StatusOK, tt.text, fmt.Sprintf(">%d%%<", tt.calls/10)).lacks(ask)
			if !tt.over {
				page.lacks("meter-over", "Nothing is throttled")
			} else {
				page.want(http.StatusOK, "meter-over", "Nothing is throttled")
			}
			reader.get("/settings").want(http.StatusOK, "of 1,000 calls agreed for a month")
			t.Run("S0-04", func(t *testing.T) {
				for contact, link := range map[string]string{
					"sales@licet.example": `href="mailto:sales@licet.example"`, "https://licet.example/more": `href="https://licet.example/more"`, "mailto:sales@licet.example": `href="mailto:sales@licet.example"`,
				} {
					s.set("api.upgrade_contact", contact)
					if tt.over {
						reader.get("/").want(http.StatusOK, ask, link)
					} else {
						reader.get("/").want(http.StatusOK).lacks(ask, link)
					}
				}
				for _, contact := range []string{"call us", "javascript:alert(1)"} {
					s.set("api.upgrade_contact", contact)
					reader.get("/").want(http.StatusOK).lacks(ask, `href="javascript`)
				}
			})
		})
	}
	t.Run("none", func(t *testing.T) {
		t.Parallel()
		s := newSite(t)
		s.called(5)
		s.as(identity.ReadOnly).get("/").want(http.StatusOK, "5 calls this month. There is no allowance to keep to.").lacks("meter-over", "NaN")
	})
}

func TestDashboard(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	owner := s.as(identity.Owner)
	owner.get("/").want(http.StatusOK, "From here to the first license", "Create a product", "Import licenses")
	s.as(identity.ReadOnly).get("/").want(http.StatusOK, "From here to the first license").lacks("Create a product", "Import licenses")
	if _, err := s.office.CreateProduct(t.Context(), s.operator, office.NewProduct{Code: "app", Name: "App"}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.office.CreateLicenses(t.Context(), s.operator, office.NewLicenses{Product: "app", Amount: 3}); err != nil {
		t.Fatal(err)
	}
	s.advance(time.Minute) // Licenses are not counted at each look.
	owner.get("/").want(http.StatusOK, "Licenses by state", "Checks in 30 days", "What happened lately", "License issued").lacks("From here to the first license")
	owner.get("/?days=7").want(http.StatusOK, "Checks in 7 days")
	owner.get("/?days=nonsense").want(http.StatusOK, "Checks in 30 days")
	owner.get("/?days=100000").want(http.StatusOK, "Checks in 30 days")
}
