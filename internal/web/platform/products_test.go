package platform

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
)

// product makes a product of the site's company.
func (s *site) product(code string) office.Product {
	s.t.Helper()
	p, err := s.office.CreateProduct(s.t.Context(), s.operator, office.NewProduct{Code: code, Name: "Acme " + code})
	if err != nil {
		s.t.Fatal(err)
	}
	return p
}

// find is a product as it is stored.
func (s *site) find(ref string) office.Product {
	s.t.Helper()
	p, err := s.office.FindProduct(s.t.Context(), s.operator, ref)
	if err != nil {
		s.t.Fatal(err)
	}
	return p
}

// foreign is a product of another company, with an application.
func (s *site) foreign() office.Product {
	s.t.Helper()
	operator := identity.Actor{Kind: identity.Operator, Name: "test"}
	tenant, err := s.office.CreateTenant(s.t.Context(), operator, "umbra", "Umbra Audio")
	if err != nil {
		s.t.Fatal(err)
	}
	p, err := s.office.CreateProduct(s.t.Context(), office.In(operator, tenant.ID), office.NewProduct{Code: "theirs", Name: "Theirs"})
	if err != nil {
		s.t.Fatal(err)
	}
	if _, err := s.office.CreateApplication(s.t.Context(), office.In(operator, tenant.ID), "theirs", office.NewApplication{}); err != nil {
		s.t.Fatal(err)
	}
	return p
}

// termsWith returns the fields of terms as the form begins with them, and those of pairs.
func termsWith(pairs ...string) url.Values {
	terms := license.DefaultTerms()
	return withFields(policyTermsValues(&terms), pairs...)
}

// withFields returns the fields of in with those of pairs: in the place of what in has, and one after another where pairs name a field
// several times.
func withFields(in url.Values, pairs ...string) url.Values {
	out := maps.Clone(in)
	if out == nil {
		out = url.Values{}
	}
	for i := 0; i < len(pairs); i += 2 {
		out[pairs[i]] = append(slices.Clone(out[pairs[i]]), pairs[i+1])
		if in.Has(pairs[i]) {
			out[pairs[i]] = []string{pairs[i+1]}
		}
	}
	return out
}

// fields are the fields of a form.
func fields(pairs ...string) url.Values { return withFields(nil, pairs...) }

// TestAppStoreNotice: where a product is made, vendors are told of the store that takes no other licensing than its own.
func TestAppStoreNotice(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	admin := s.as(identity.Admin)
	for _, path := range []string{"/products/new", "/products/new?kind=bundle"} {
		t.Run("S0-19", func(t *testing.T) {
			admin.get(path).want(http.StatusOK, "App Store rules do not allow third-party licensing", `href="https://developer.apple.com/app-store/review/guidelines/#business"`)
		})
	}
}

func TestProductList(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	owner, reader := s.as(identity.Owner), s.as(identity.ReadOnly)
	owner.get("/products").want(http.StatusOK, "No products yet", "/platform/products/new")
	reader.get("/products").want(http.StatusOK, "No products yet").lacks("/platform/products/new")
	first := s.product("studio")
	if _, err := s.office.ChangeProduct(t.Context(), s.operator, "studio", office.ProductChange{Name: new(hostile)}); err != nil {
		t.Fatal(err)
	}
	old := s.product("old")
	if _, err := s.office.ChangeProduct(t.Context(), s.operator, "old", office.ProductChange{Archived: new(true)}); err != nil {
		t.Fatal(err)
	}
	owner.get("/products").want(http.StatusOK, "studio", "Hardware id", "&lt;script&gt;alert").lacks("Acme old", "<script>alert")
	owner.get("/products?archived=yes").want(http.StatusOK, "Acme old", "Archived")
	owner.get("/products?q=STUD").want(http.StatusOK, idText(first.ID)).lacks(idText(old.ID))
	owner.get("/products?q="+idText(first.Number)).want(http.StatusOK, "studio")
	owner.get("/products?q=zzz").want(http.StatusOK, "No product matches")
	owner.get("/products?state=testing").want(http.StatusOK, "No product matches")
	for i := range listSize {
		s.product(fmt.Sprintf("many-%d", i))
	}
	one := owner.get("/products").want(http.StatusOK, "many-49", "Next page").lacks(">studio<")
	next := regexp.MustCompile(`href="/platform(/products\?before=\d+)"`).FindStringSubmatch(one.body)
	if next == nil {
		t.Fatal("the first page does not lead to the next")
	}
	owner.get(next[1]).want(http.StatusOK, ">studio<").lacks("many-49", "Next page")
}

func TestCreateProduct(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	admin := s.as(identity.Admin)
	t.Run("stored", func(t *testing.T) {
		form := termsWith("name", "Acme Studio", "code", "studio", "state", "testing", "auth", "license-key", "mask", "ACME-********", "alphabet", "digits",
			"type", "subscription", "duration_amount", "5", "duration_unit", "weeks", "grace", "72", "activations", "unlimited", "lock", "ip", "_once", "a-name")
		admin.post("/products", form).want(http.StatusOK, "Acme Studio", "Its first licenses can be made now.")
		p := s.find("studio")
		if p.State != license.ProductTesting || p.Mask != (license.Mask{Text: "ACME-********", Alphabet: license.AlphabetDigits}) {
			t.Errorf("stored %+v, want one in test with the mask of the form", p)
		}
		policy, err := s.office.FindPolicy(t.Context(), s.operator, "studio", "")
		if err != nil {
			t.Fatal(err)
		}
		got := policy.Terms
		if got.Type != license.Subscription || got.GraceHours != 72 || got.Activations != license.Unlimited || got.Lock != license.LockAddress {
			t.Errorf("terms = %+v, want those of the form", got)
		}
		t.Run("S1-12", func(t *testing.T) {
			if got.Duration != (license.Span{Seconds: 3_024_000}) {
				t.Errorf("5 weeks are %v, want 3024000 seconds", got.Duration)
			}
		})
		// The same form once more, as from a second click, is not a second product.
		admin.post("/products", form).want(http.StatusOK, "This was done before")
	})
	t.Run("wrong", func(t *testing.T) {
		a := admin.post("/products", termsWith("name", hostile, "code", "no blank", "state", "active", "auth", "license-key", "mask", "ACME", "alphabet", "clear"))
		a.want(http.StatusUnprocessableEntity, "A code is made of letters", `value="no blank"`, "&lt;script&gt;alert").lacks("<script>alert")
		admin.post("/products", termsWith("name", "X", "code", "x-1", "state", "active", "auth", "license-key", "mask", "****", "alphabet", "clear", "activations", "most", "activations_most", "")).
			want(http.StatusUnprocessableEntity, "Write how many, from 1.")
		admin.post("/products", termsWith("name", "Twice", "code", "studio", "state", "active", "auth", "license-key", "mask", "****", "alphabet", "clear")).want(http.StatusConflict, `value="Twice"`)
		if _, err := s.office.FindProduct(t.Context(), s.operator, "x-1"); license.ReasonOf(err) != license.ProductUnknown {
			t.Errorf("FindProduct(x-1) = %v, want product_unknown: the form was refused", err)
		}
	})
	t.Run("by_role", func(t *testing.T) {
		for _, role := range []identity.Role{identity.Support, identity.ReadOnly} {
			c := s.as(role)
			c.get("/products/new").want(http.StatusForbidden)
			c.post("/products", termsWith("code", "sneaked", "name", "Sneaked"))
			if _, err := s.office.FindProduct(t.Context(), s.operator, "sneaked"); license.ReasonOf(err) != license.ProductUnknown {
				t.Errorf("%s made a product", role)
			}
		}
	})
}

func TestMaskPreview(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	reader := s.as(identity.ReadOnly)
	sample := regexp.MustCompile(`<bdi>([^<]+)</bdi>`)
	for _, tt := range []struct{ name, alphabet, want string }{
		{"S1-05", "mixed", `^A-[0-9A-Za-z]{12}!$`}, {"S1-06", "lower", `^A-[0-9a-z]{12}!$`}, {"S1-07", "upper", `^A-[0-9A-Z]{12}!$`}, {"S1-08", "digits", `^A-[0-9]{12}!$`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := reader.get("/products/preview?mask=" + url.QueryEscape("A-************!") + "&alphabet=" + tt.alphabet).want(http.StatusOK)
			keys := sample.FindAllStringSubmatch(a.body, -1)
			if len(keys) != 4 {
				t.Fatalf("%d samples, want 4:\n%s", len(keys), a.body)
			}
			for _, key := range keys {
				if !regexp.MustCompile(tt.want).MatchString(key[1]) {
					t.Errorf("sample %q, want %s", key[1], tt.want)
				}
			}
		})
	}
	reader.get("/products/preview?mask=****&alphabet=own").want(http.StatusOK, "Write the characters")
	reader.get("/products/preview?mask="+url.QueryEscape(strings.Repeat("*", 71))+"&alphabet=clear").want(http.StatusOK, "at most 70")
}

func TestBundle(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	owner := s.as(identity.Owner)
	studio, render := s.product("studio"), s.product("render")
	form := termsWith("kind", "bundle", "name", "Suite", "code", "suite", "state", "active", "mask", "****-****", "alphabet", "clear")
	owner.post("/products", form).want(http.StatusUnprocessableEntity, "A bundle stands for 1 to 50 products", `value="Suite"`)
	form["part"] = []string{idText(studio.ID), idText(render.ID)}
	form.Set("policy_"+idText(render.ID), "nowhere")
	owner.post("/products", form).want(http.StatusNotFound)
	form.Set("policy_"+idText(render.ID), "default")
	at := owner.post("/products", form).want(http.StatusOK, "Suite", "Bundle").path
	owner.get(at+"/parts").want(http.StatusOK, "Acme studio", "Acme render", "the default one")
	items, err := s.office.BundleItems(t.Context(), s.operator, "suite")
	if err != nil || len(items) != 2 {
		t.Errorf("BundleItems = %v, %v, want two", items, err)
	}
	owner.get("/products/" + idText(studio.ID) + "/parts").want(http.StatusNotFound)
}

func TestProductPage(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	owner, support := s.as(identity.Owner), s.as(identity.Support)
	p := s.product("P0000001")
	path := "/products/" + idText(p.ID)
	owner.get(path).want(http.StatusOK, s.url+"/rmz/verify", fmt.Sprintf(`&#34;product_id&#34;: %d`, p.Number), s.url+"/v1/validate", "/licensespring/api/v4/check_license",
		"/dna/v1/licenses/P0000001/", "/platform/licenses/new?product=P0000001").lacks("/keyauth/api/1.3/")
	support.get(path).want(http.StatusOK, "/rmz/verify")
	support.get(path+"/settings").want(http.StatusOK, "Default terms").lacks("<form action=\"/platform"+path, "Archive")
	reader := s.as(identity.ReadOnly)
	reader.get(path).want(http.StatusOK).lacks("/platform/licenses/new")
	for _, page := range []string{"", "/settings", "/security", "/versions", "/fields", "/application"} {
		reader.get(path + page).want(http.StatusOK).lacks(`method="post" class="form" data`)
	}
}

func TestProductSettings(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	admin := s.as(identity.Admin)
	p := s.product("studio")
	path := "/products/" + idText(p.ID)
	admin.post(path+"/settings", fields("name", hostile, "state", "testing", "mask", "S-****-****-****", "alphabet", "own", "own_alphabet", "ABCDEF")).want(http.StatusOK, "Saved.", "&lt;script&gt;alert").lacks("<script>alert")
	if got := s.find("studio"); got.Name != hostile || got.State != license.ProductTesting || got.Mask.Alphabet != "ABCDEF" {
		t.Errorf("stored %+v, want what the form said", got)
	}
	admin.post(path+"/settings", fields("metadata", `{"a": `)).want(http.StatusUnprocessableEntity, "Metadata is JSON", "{&#34;a&#34;:")
	admin.post(path+"/settings", fields("metadata", `{"a": 1}`)).want(http.StatusOK, "Saved.")
	admin.post(path+"/settings", fields("name", "", "state", "active", "mask", "****", "alphabet", "clear")).want(http.StatusUnprocessableEntity, "It must not be empty.")
	if got := s.find("studio"); got.Name != hostile || got.Metadata != `{"a": 1}` || got.State != license.ProductTesting {
		t.Errorf("stored %+v, want it as it was but for the metadata", got)
	}
	admin.post(path+"/state", fields("act", "archive")).want(http.StatusOK, "is archived", "Undo", `value="restore"`)
	if !s.find("studio").Archived {
		t.Error("archiving did not archive")
	}
	admin.post(path+"/state", fields("act", "restore")).want(http.StatusOK, "is back in the lists")
	admin.post(path+"/state", fields("act", "disable")).want(http.StatusOK, "is disabled")
	if got := s.find("studio"); got.Archived || !got.Disabled {
		t.Errorf("stored %+v, want it disabled and not archived", got)
	}
	s.as(identity.ReadOnly).post(path+"/state", fields("act", "enable"))
	if !s.find("studio").Disabled {
		t.Error("somebody who may only read enabled the product")
	}
}

func TestProductEncryption(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	owner := s.as(identity.Owner)
	p := s.product("studio")
	path := "/products/" + idText(p.ID) + "/security"
	key := regexp.MustCompile(`data-copy>([0-9a-f]{64})<`)
	owner.get(path).want(http.StatusOK, "Switch on and show the key")
	shown := key.FindStringSubmatch(owner.post(path, fields("act", "on")).want(http.StatusOK, "it is not shown again").body)
	if shown == nil {
		t.Fatal("switching on does not show the key")
	}
	if a := owner.get(path).want(http.StatusOK, "Rotate the key"); key.MatchString(a.body) {
		t.Error("the page shows the key without being asked")
	}
	if again := key.FindStringSubmatch(owner.post(path, fields("act", "show")).want(http.StatusOK).body); again == nil || again[1] != shown[1] {
		t.Errorf("shown again: %v, want %v", again, shown)
	}
	rotate := fields("act", "rotate", "_once", "r1")
	fresh := key.FindStringSubmatch(owner.post(path, rotate).want(http.StatusOK).body)
	if fresh == nil || fresh[1] == shown[1] {
		t.Fatalf("rotated: %v, want another key than %v", fresh, shown)
	}
	if a := owner.post(path, rotate).want(http.StatusOK, "This was done before"); key.MatchString(a.body) {
		t.Error("the second sending shows a key")
	}
	if stored, err := s.office.ShowE2EE(t.Context(), s.operator, "studio"); err != nil || stored.Reveal() != fresh[1] {
		t.Errorf("the stored key is not the one that was shown last (%v)", err)
	}
	for _, role := range []identity.Role{identity.Support, identity.ReadOnly} {
		c := s.as(role)
		c.get(path).want(http.StatusOK).lacks("Show the key", "Rotate the key")
		if a := c.post(path, fields("act", "show")); key.MatchString(a.body) {
			t.Errorf("%s is shown the key", role)
		}
	}
	owner.post(path, fields("act", "off")).want(http.StatusOK, "encryption is off")
	if s.find("studio").E2EEKey != nil {
		t.Error("it is still on")
	}
}

func TestProductVersions(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	admin := s.as(identity.Admin)
	p := s.product("studio")
	path := "/products/" + idText(p.ID) + "/versions"
	admin.get(path).want(http.StatusOK, "No versions yet")
	admin.post(path, fields("version", "2.4.1", "url", "ftp://x", "channel", hostile, "enabled", "yes")).want(http.StatusUnprocessableEntity, "A link begins with https://", `value="2.4.1"`, "&lt;script&gt;")
	form := fields("version", "2.4.1", "url", "https://cdn.acme.example/a.zip", "environment", "win64", "released_at", "2026-03-01T10:00", "enabled", "yes", "_once", "v")
	admin.post(path, form).want(http.StatusOK, "Version 2.4.1 is known", "Windows, 64 bit", "2026-03-01 10:00")
	admin.post(path, form).want(http.StatusOK, "This was done before")
	list, err := s.office.ListVersions(t.Context(), s.operator, "studio", office.Page{})
	if err != nil || len(list) != 1 || !list[0].Enabled {
		t.Fatalf("ListVersions = %+v, %v, want one that apps get", list, err)
	}
	admin.post(path+"/"+idText(list[0].ID), fields("act", "disable")).want(http.StatusOK, "do not get version 2.4.1", "Undo")
	admin.post(path+"/"+idText(list[0].ID), fields("act", "enable")).want(http.StatusOK, "get version 2.4.1 again")
	s.as(identity.Support).get(path).want(http.StatusOK, "2.4.1").lacks("Hold back", "/versions/new")
}

func TestCustomFields(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	admin := s.as(identity.Admin)
	p := s.product("studio")
	path := "/products/" + idText(p.ID) + "/fields"
	wrong := fields("fields", "2", "field_0_name", "seats", "field_0_type", "number", "field_0_value", "many")
	admin.post(path, wrong).want(http.StatusUnprocessableEntity, "is a number", `value="many"`)
	t.Run("S0-23", func(t *testing.T) {
		admin.post(path, fields("fields", "2", "field_0_name", "regionsAllowed", "field_0_type", "text", "field_0_value", "DE,AT", "field_1_name", "", "field_1_type", "text", "field_1_value", "")).
			want(http.StatusOK, "Saved.", `value="regionsAllowed"`)
		got := s.find("studio").Fields
		if len(got) != 1 || got[0].Name != "regionsAllowed" || got[0].Value != "DE,AT" {
			t.Errorf("fields = %+v, want regionsAllowed with DE,AT", got)
		}
	})
}

// TestForeignProducts: what belongs to another company does not exist here.
func TestForeignProducts(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	owner := s.as(identity.Owner)
	theirs := s.foreign()
	path := "/products/" + idText(theirs.ID)
	t.Run("S0-06", func(t *testing.T) {
		for _, page := range []string{
			"", "/settings", "/security", "/versions", "/versions/new", "/fields", "/parts", "/application", "/application/texts", "/application/levels", "/application/variables",
			"/application/files", "/application/webhooks", "/application/blocks", "/application/staff", "/application/sessions", "/application/chats", "/application/logs", "/application/buttons", "/application/access",
		} {
			owner.get(path + page).want(http.StatusNotFound)
		}
		for page, act := range map[string]string{"/state": "archive", "/security": "on", "/application/state": "pause", "/application/access": "rotate", "/application/variables": "drop_all", "/application/sessions": "drop_all"} {
			owner.post(path+page, fields("act", act)).want(http.StatusNotFound)
		}
		owner.get("/policies?product=" + idText(theirs.ID)).want(http.StatusNotFound)
		owner.get("/policies/" + idText(theirs.ID) + "/default").want(http.StatusNotFound)
		owner.get("/policies/new?product=" + idText(theirs.ID)).want(http.StatusNotFound)
		owner.get("/keys/sellers?product=" + idText(theirs.ID)).want(http.StatusNotFound)
		owner.get("/keys/programs?product=" + idText(theirs.ID)).want(http.StatusNotFound)
		owner.get("/products").want(http.StatusOK).lacks("Theirs")
		owner.get("/keys/sellers").want(http.StatusOK, "No applications yet")
	})
}
