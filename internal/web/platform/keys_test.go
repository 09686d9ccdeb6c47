package platform

import (
	"net/http"
	"regexp"
	"testing"
	"time"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/store"
)

func TestTokens(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	owner, admin := s.as(identity.Owner), s.as(identity.Admin)
	studio := s.product("studio")
	token := regexp.MustCompile(`data-copy>(licet_key_[a-z0-9]+)<`)
	admin.get("/keys").want(http.StatusOK, "No tokens yet")
	admin.get("/keys/new?for=app&product="+idText(studio.ID)).want(http.StatusOK, "checked")
	admin.post("/keys", fields("name", hostile, "expires", "2020-01-01", "scope_licenses", "read")).want(http.StatusUnprocessableEntity, "The expiry lies in the past", `value="2020-01-01"`, "&lt;script&gt;").lacks("<script>alert")
	admin.post("/keys", fields("name", "nothing")).want(http.StatusUnprocessableEntity, "Say what the key may do")
	admin.post("/keys", fields("name", "too much", "scope_settings", "write")).want(http.StatusForbidden, `value="too much"`)
	form := fields("name", "web shop", "scope_licenses", "write", "scope_products", "read", "use", "yes", "product", idText(studio.ID), "expires", "2027-01-01", "_once", "k")
	shown := token.FindStringSubmatch(admin.post("/keys", form).want(http.StatusOK, "it is not shown again").body)
	if shown == nil {
		t.Fatal("the answer does not show the token")
	}
	if a := admin.post("/keys", form).want(http.StatusOK, "This was done before", "web shop"); token.MatchString(a.body) {
		t.Error("the second sending shows a token")
	}
	actor, err := s.office.FindByToken(t.Context(), shown[1])
	if err != nil || actor.Scopes != identity.NewScopes(identity.WriteLicenses, identity.ReadProducts, identity.UseLicenses) || !actor.Covers(studio.ID) || !actor.Narrowed() {
		t.Errorf("FindByToken = %+v, %v, want what the form said", actor, err)
	}
	list, err := s.office.ListAPIKeys(t.Context(), s.operator, office.Page{})
	if err != nil || len(list) != 1 {
		t.Fatalf("ListAPIKeys = %v, %v, want one", list, err)
	}
	path := "/keys/" + idText(list[0].ID)
	if a := admin.get(path).want(http.StatusOK, "Licenses: write", "Products: read", "Use licenses", "Acme studio", `value="2027-01-01"`); token.MatchString(a.body) {
		t.Error("the page shows the token again")
	}
	admin.post(path, fields("name", "", "expires", "2027-01-01")).want(http.StatusUnprocessableEntity, "It must not be empty.")
	admin.post(path, fields("name", "the shop", "expires", "")).want(http.StatusOK, "the shop")
	if k, err := s.office.FindAPIKey(t.Context(), s.operator, list[0].ID); err != nil || k.Name != "the shop" || k.ExpiresAt != 0 {
		t.Errorf("FindAPIKey = %+v, %v, want it renamed and without an end", k, err)
	}
	s.as(identity.ReadOnly).get(path).want(http.StatusOK, "the shop").lacks("Revoke", `name="name"`)
	s.as(identity.Support).get("/keys").want(http.StatusForbidden)
	s.as(identity.ReadOnly).post(path+"/revoke", nil)
	if _, err := s.office.FindByToken(t.Context(), shown[1]); err != nil {
		t.Errorf("somebody who may only read revoked the token: %v", err)
	}
	owner.post(path+"/revoke", nil).want(http.StatusOK, "is revoked", "Revoked")
	if _, err := s.office.FindByToken(t.Context(), shown[1]); license.ReasonOf(err) != license.CredentialsWrong {
		t.Errorf("FindByToken = %v, want credentials_wrong", err)
	}
	t.Run("S0-06", func(t *testing.T) {
		operator := identity.Actor{Kind: identity.Operator, Name: "test"}
		other, err := s.office.CreateTenant(t.Context(), operator, "umbra", "Umbra")
		if err != nil {
			t.Fatal(err)
		}
		theirs, _, err := s.office.CreateAPIKey(t.Context(), office.In(operator, other.ID), office.NewAPIKey{Name: "theirs", Scopes: identity.AllScopes()})
		if err != nil {
			t.Fatal(err)
		}
		owner.get("/keys/" + idText(theirs.ID)).want(http.StatusNotFound)
		owner.post("/keys/"+idText(theirs.ID)+"/revoke", nil).want(http.StatusNotFound)
	})
}

func TestAppKeys(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	admin := s.as(identity.Admin)
	admin.get("/keys/apps").want(http.StatusOK, "No app keys yet")
	form := fields("kind", "hmac", "name", hostile, "_once", "a")
	admin.post("/keys/apps", fields("kind", "magic", "name", "typed")).want(http.StatusUnprocessableEntity, `value="typed"`)
	a := admin.post("/keys/apps", form).want(http.StatusOK, "The shared key", "BEGIN PUBLIC KEY", "&lt;script&gt;").lacks("<script>alert")
	secret := regexp.MustCompile(`data-copy>([0-9A-Za-z]{43})<`).FindStringSubmatch(a.body)
	if secret == nil {
		t.Fatal("the answer does not show the shared key")
	}
	admin.get("/keys/apps").want(http.StatusOK).lacks(secret[1])
	admin.post("/keys/apps", fields("kind", "basic", "read_only", "yes")).want(http.StatusOK, "The client id:", "asks only").lacks("BEGIN PUBLIC KEY")
	list, err := s.office.ListAppKeys(t.Context(), s.operator, office.Page{})
	if err != nil || len(list) != 2 {
		t.Fatalf("ListAppKeys = %v, %v, want two", list, err)
	}
	s.as(identity.ReadOnly).get("/keys/apps").want(http.StatusOK, list[0].PublicID).lacks("Create the app key", "Revoke this app key?")
	admin.post("/keys/apps/"+list[0].PublicID+"/revoke", nil).want(http.StatusOK, "is revoked")
	admin.post("/keys/apps/C9999999/revoke", nil).want(http.StatusNotFound)
	if k, err := s.office.FindAppKey(t.Context(), s.operator, list[0].PublicID); err != nil || k.RevokedAt == 0 || list[0].Kind != store.BasicClient {
		t.Errorf("FindAppKey = %+v, %v, want the client revoked", k, err)
	}
}

func TestSellerKeysAndProgramTokens(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	admin := s.as(identity.Admin)
	s.application("app")
	s.application("other")
	app := s.find("app")
	secret := regexp.MustCompile(`data-copy>([0-9a-f]{32})<`)
	t.Run("sellers", func(t *testing.T) {
		shown := secret.FindStringSubmatch(admin.post("/keys/sellers", fields("product", "app", "name", "bot", "_once", "s")).want(http.StatusOK, "Make a license").body)
		if shown == nil {
			t.Fatal("the answer does not show the seller key")
		}
		if _, found, err := s.office.Seller(t.Context(), shown[1]); err != nil || found.Product != app.ID {
			t.Errorf("Seller = %+v, %v, want the application", found, err)
		}
		list, err := s.office.ListSellerKeys(t.Context(), s.operator, "app")
		if err != nil || len(list) != 1 {
			t.Fatalf("ListSellerKeys = %v, %v, want one", list, err)
		}
		admin.post("/keys/sellers/"+idText(list[0].ID)+"/revoke", fields("product", "other")).want(http.StatusNotFound)
		admin.post("/keys/sellers/"+idText(list[0].ID)+"/revoke", fields("product", "app")).want(http.StatusOK, "is revoked")
		if _, _, err := s.office.Seller(t.Context(), shown[1]); license.ReasonOf(err) != license.ApplicationUnknown {
			t.Errorf("Seller = %v, want application_unknown", err)
		}
		admin.get("/keys/sellers?product="+idText(app.ID)).want(http.StatusOK, "bot", "Revoked")
	})
	t.Run("programs", func(t *testing.T) {
		support := s.as(identity.Support)
		shown := secret.FindStringSubmatch(support.post("/keys/programs", fields("product", "app", "holder", hostile, "_once", "p")).want(http.StatusOK, "&lt;script&gt;").lacks("<script>alert").body)
		if shown == nil {
			t.Fatal("the answer does not show the token")
		}
		list, err := s.office.ListProgramTokens(t.Context(), s.operator, "app", "", 10)
		if err != nil || len(list) != 1 {
			t.Fatalf("ListProgramTokens = %v, %v, want one", list, err)
		}
		path := "/keys/programs/" + list[0].Handle() + "/judge"
		support.post(path, fields("product", "app", "act", "ban", "reason", "shared")).want(http.StatusOK, "are refused", "Banned", "shared", "Undo")
		support.post(path, fields("product", "app", "act", "unban")).want(http.StatusOK, "are let in again")
		s.as(identity.ReadOnly).get("/keys/programs?product="+idText(app.ID)).want(http.StatusOK, "Not used").lacks("Ban this token?")
	})
}

func TestSigningKeys(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	admin, reader := s.as(identity.Admin), s.as(identity.ReadOnly)
	reader.get("/keys/signing").want(http.StatusOK, "/.well-known/jwks.json?tenant=acme", "the first app key brings it", "There is none yet.").lacks("Rotate this key")
	first, err := s.office.ListPublicKeys(t.Context(), s.operator)
	if err != nil {
		t.Fatal(err)
	}
	admin.get("/keys/signing").want(http.StatusOK, first[0].JWK.X, first[1].JWK.X, "Signs")
	admin.post("/keys/signing", fields("act", "drop", "id", idText(first[0].ID))).want(http.StatusOK, "The key is in use; rotate it first.")
	s.advance(time.Hour)
	rotate := fields("act", "rotate", "purpose", string(first[0].Purpose), "_once", "r")
	admin.post("/keys/signing", rotate).want(http.StatusOK, "A new key signs from now on", "Retired", "published until")
	admin.post("/keys/signing", rotate).want(http.StatusOK, "This was done before")
	list, err := s.office.ListPublicKeys(t.Context(), s.operator)
	if err != nil || len(list) != 3 {
		t.Fatalf("ListPublicKeys = %v, %v, want three", list, err)
	}
	reader.post("/keys/signing", fields("act", "drop", "id", idText(first[0].ID)))
	admin.post("/keys/signing", fields("act", "drop", "id", idText(first[0].ID))).want(http.StatusOK, "The key is forgotten").lacks(first[0].JWK.X)
	admin.post("/keys/signing", fields("act", "airgap")).want(http.StatusOK, "The air-gap key is there")
	key, err := s.office.AirGapKey(t.Context(), s.operator)
	if err != nil {
		t.Fatal(err)
	}
	reader.get("/keys/signing").want(http.StatusOK, key.Public[:20])
	admin.post("/keys/signing", fields("act", "answers", "size", "1024")).want(http.StatusOK, "2048, 3072 or 4096 bits")
	admin.post("/keys/apps", fields("kind", "hmac")).want(http.StatusOK)
	admin.post("/keys/signing", fields("act", "answers", "size", "2048")).want(http.StatusOK, "signs answers to LicenseSpring clients", "retired on")
}
