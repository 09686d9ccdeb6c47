package platform

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"licet/internal/identity"
	"licet/internal/office"
	"licet/internal/testkit"
)

func TestSettings(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	owner := s.as(identity.Owner)

	t.Run("company", func(t *testing.T) {
		owner.post("/settings/company", url.Values{"company": {"Acme Audio"}}).want(http.StatusOK, "The name is changed", `value="Acme Audio"`, `value="acme"`)
		owner.post("/settings/company", url.Values{"company": {""}}).want(http.StatusUnprocessableEntity, `aria-invalid="true"`)
		owner.post("/settings/company", url.Values{"company": {strings.Repeat("x", 201)}}).want(http.StatusUnprocessableEntity)
	})
	brand := func(name, color, help string) *answer {
		return owner.post("/settings/branding", url.Values{setBrandName: {name}, setBrandColor: {color}, setSupportURL: {help}})
	}
	t.Run("branding", func(t *testing.T) {
		brand("Acme Plugins", "#1a7f5a", "https://acme.example/help").want(http.StatusOK, "The branding is saved", `value="Acme Plugins"`, `value="#1a7f5a"`, `fill="#1a7f5a"`, `value="https://acme.example/help"`)
		for _, color := range []string{"green", "#12345", `red"/><script>`, "#1a7f5a;x", "url(x)"} {
			brand("Other Name", color, "https://acme.example/help").want(http.StatusUnprocessableEntity, `aria-invalid="true"`, `value="Other Name"`).lacks("<script>x", `fill="green"`, `red"/>`)
		}
		brand("Other Name", "#1a7f5a", "javascript:alert(1)").want(http.StatusUnprocessableEntity, `aria-invalid="true"`)
		owner.get("/settings").want(http.StatusOK, `value="Acme Plugins"`, `value="#1a7f5a"`).lacks("Other Name") // What is refused is not half stored.
		brand("", "", "").want(http.StatusOK, "The branding is saved").lacks("Acme Plugins")
	})
	t.Run("answers", func(t *testing.T) {
		owner.post("/settings/answers", url.Values{setRSASize: {"3072"}}).want(http.StatusOK, "have that size", `<option value="3072" selected>`)
		owner.post("/settings/answers", url.Values{setRSASize: {"512"}}).lacks("have that size")
	})
	t.Run("users", func(t *testing.T) {
		owner.post("/settings/security/users", nil).want(http.StatusOK, "Saved. It holds from the next request on")
		owner.get("/settings/security").want(http.StatusOK).lacks(`name="` + setChangePassword + `" value="yes" checked`)
		owner.post("/settings/security/users", url.Values{setChangePassword: {"yes"}}).want(http.StatusOK, "Saved. It holds")
	})
	t.Run("readers", func(t *testing.T) {
		s.as(identity.Admin).get("/settings").want(http.StatusOK, "Settings are for owners", "Acme Audio").lacks("Save the name", "Save the branding")
		s.as(identity.Admin).post("/settings/branding", url.Values{setBrandName: {"Hijacked"}}).want(http.StatusOK, notAllowed)
	})
}

// TestS0_18_Network shows the addresses that customers let through, with the day from which each holds, and to firewalls too.
func TestS0_18_Network(t *testing.T) {
	t.Parallel()
	plain := newSite(t)
	plain.as(identity.ReadOnly).get("/settings/network").want(http.StatusOK, "No addresses are named yet")

	s := bareSite(t, testkit.OpenSQLite(t), func(_ *office.Deps, d *Deps) {
		d.Addresses = []Address{
			{Surface: "license", URL: "https://license.acme.example", Since: "2026-01-01"}, {Surface: "license", URL: "192.0.2.0/24", Since: "2026-06-01"}, {Surface: "outbound", URL: "198.51.100.7"},
		}
	})
	tenant, err := s.office.CreateTenant(t.Context(), s.host(), "acme", "Acme Software")
	if err != nil {
		t.Fatal(err)
	}
	s.operator = office.In(s.host(), tenant.ID)
	page := s.as(identity.ReadOnly).get("/settings/network").want(http.StatusOK, "https://license.acme.example", "2026-01-01", "192.0.2.0/24", "2026-06-01", "198.51.100.7", "Calls of this server", networkPath)
	if n := strings.Count(page.body, "from then on"); n != 1 {
		t.Errorf("%d addresses are to come, want 1", n)
	}
	response, err := http.Get(s.url + networkPath)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	var list struct{ Addresses []Address }
	if err := json.Unmarshal(body, &list); err != nil || len(list.Addresses) != 3 || list.Addresses[1].Since != "2026-06-01" {
		t.Errorf("GET %s = %s (%v)", networkPath, body, err)
	}
}
