package platform

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/store"
)

// application makes a product with an application, and returns the path of its pages.
func (s *site) application(code string) string {
	s.t.Helper()
	p := s.product(code)
	if _, err := s.office.CreateApplication(s.t.Context(), s.operator, code, office.NewApplication{}); err != nil {
		s.t.Fatal(err)
	}
	return "/products/" + idText(p.ID) + "/application"
}

func TestApplicationSettings(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	admin, reader := s.as(identity.Admin), s.as(identity.ReadOnly)
	path := "/products/" + idText(s.product("app").ID) + "/application"
	reader.get(path).want(http.StatusOK, "No application yet")
	admin.post(path+"/new", fields("name", hostile, "version", "")).want(http.StatusOK, "The application is there.", "&lt;script&gt;alert").lacks("<script>alert")
	app, err := s.office.FindApplication(t.Context(), s.operator, "app")
	if err != nil || app.Version != "1.0" {
		t.Fatalf("FindApplication = %+v, %v, want one of version 1.0", app, err)
	}
	form := applicationValues(&app)
	form.Set("session_seconds", "5")
	form.Set("name", "Typed")
	admin.post(path, form).want(http.StatusUnprocessableEntity, "A session lasts 60", `value="Typed"`)
	form.Set("session_seconds", "3600")
	form.Set("seller_addresses", "192.0.2.1\r\n2001:db8::/32")
	form.Del("lock_hardware")
	form.Set("check_hash", "yes")
	admin.post(path, form).want(http.StatusOK, "Saved.", "2001:db8::/32")
	app, err = s.office.FindApplication(t.Context(), s.operator, "app")
	if err != nil {
		t.Fatal(err)
	}
	if got := app.Settings; app.Name != "Typed" || got.SessionSeconds != 3600 || got.LockHardware || !got.CheckHash || !got.ForceHardware || len(got.SellerAddresses) != 2 {
		t.Errorf("stored %+v %+v, want what the form said", app, got)
	}
	admin.post(path+"/state", fields("act", "pause")).want(http.StatusOK, "is paused", "The application is paused")
	admin.post(path+"/state", fields("act", "pause")).want(http.StatusOK, "The application is paused already")
	admin.post(path+"/state", fields("act", "resume")).want(http.StatusOK, "goes on")
	reader.get(path).want(http.StatusOK, "Typed").lacks(`name="session_seconds"`, "Pause the application?")
	reader.post(path+"/state", fields("act", "disable"))
	if app, _ = s.office.FindApplication(t.Context(), s.operator, "app"); app.Disabled {
		t.Error("somebody who may only read disabled the application")
	}
}

func TestApplicationTexts(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	path := s.application("app") + "/texts"
	admin := s.as(identity.Admin)
	admin.get(path).want(http.StatusOK, "Invalid license key")
	admin.post(path, fields("keynotfound", strings.Repeat("x", 101))).want(http.StatusUnprocessableEntity, "at most 100 characters", strings.Repeat("x", 101))
	admin.post(path, fields("keynotfound", "We do not know it", "keyused", "License key has already been used")).want(http.StatusOK, "Saved.", "We do not know it")
	app, err := s.office.FindApplication(t.Context(), s.operator, "app")
	if err != nil || len(app.Settings.Texts) != 1 || app.Settings.Text("keynotfound") != "We do not know it" {
		t.Errorf("texts = %v, %v, want the one that differs from the usual", app.Settings.Texts, err)
	}
}

func TestApplicationSecret(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	path := s.application("app") + "/access"
	owner, support := s.as(identity.Owner), s.as(identity.Support)
	secret := regexp.MustCompile(`data-copy>([0-9a-f]{64})<`)
	if secret.MatchString(owner.get(path).want(http.StatusOK).body) {
		t.Error("the page shows the secret without being asked")
	}
	shown := secret.FindStringSubmatch(owner.post(path, fields("act", "show")).want(http.StatusOK).body)
	rotated := secret.FindStringSubmatch(owner.post(path, fields("act", "rotate", "_once", "r")).want(http.StatusOK).body)
	if shown == nil || rotated == nil || shown[1] == rotated[1] {
		t.Errorf("shown %v, rotated %v, want two secrets", shown, rotated)
	}
	support.get(path).want(http.StatusOK).lacks("Show the secret")
	if secret.MatchString(support.post(path, fields("act", "show")).body) {
		t.Error("support is shown the secret")
	}
	owner.post(path, fields("act", "hash", "hash", strings.Repeat("a", 129))).want(http.StatusUnprocessableEntity, strings.Repeat("a", 129))
	owner.post(path, fields("act", "hash", "hash", "D41D8CD9")).want(http.StatusOK, "d41d8cd9")
	owner.post(path, fields("act", "forget")).want(http.StatusOK, "All hashes are forgotten").lacks("d41d8cd9")
}

func TestApplicationLevels(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	path := s.application("app") + "/levels"
	admin := s.as(identity.Admin)
	t.Run("S1-09", func(t *testing.T) {
		// Several levels may have one number: a license of it grants them all.
		admin.post(path, fields("act", "add", "name", "pro", "level", "2")).want(http.StatusOK, "The level pro is there.")
		admin.post(path, fields("act", "add", "name", hostile[:40], "level", "2")).want(http.StatusOK, "&lt;script&gt;").lacks("<script>alert")
	})
	admin.post(path, fields("act", "add", "name", "PRO", "level", "3")).want(http.StatusConflict, `value="PRO"`, "There is already a level")
	admin.post(path, fields("act", "add", "name", "x", "level", "much")).want(http.StatusUnprocessableEntity, "Write a whole number.", `value="much"`)
	admin.get(path+"?edit=pro").want(http.StatusOK, "Change the level pro", `value="2"`)
	admin.post(path, fields("act", "save", "edit", "pro", "level", "7")).want(http.StatusOK, "The level pro is number 7 now.")
	admin.post(path, fields("act", "pause", "name", "pro")).want(http.StatusOK, "Paused")
	admin.post(path, fields("act", "resume", "name", "pro")).want(http.StatusOK, "goes on")
	admin.post(path, fields("act", "drop", "name", "default")).want(http.StatusOK, "The level default cannot be removed")
	admin.post(path, fields("act", "drop", "name", "pro")).want(http.StatusOK, "The level is gone.")
	s.as(identity.Support).get(path).want(http.StatusOK, "default").lacks("Add a level", "Remove")
	levels, err := s.office.Levels(t.Context(), s.operator, "app")
	if err != nil || len(levels) != 2 {
		t.Errorf("Levels = %v, %v, want default and the odd one", levels, err)
	}
}

func TestApplicationVariables(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	path := s.application("app") + "/variables"
	admin := s.as(identity.Admin)
	admin.get(path).want(http.StatusOK, "No variables yet")
	admin.post(path, fields("act", "add", "name", "", "value", hostile)).want(http.StatusUnprocessableEntity, "It must not be empty.", "&lt;script&gt;alert")
	admin.post(path, fields("act", "add", "name", "a/b?c", "value", hostile, "authed", "yes")).want(http.StatusOK, "The variable a/b?c is there.", "&lt;script&gt;alert", "who is signed in").lacks("<script>alert")
	admin.post(path, fields("act", "add", "name", "a/b?c", "value", "x")).want(http.StatusConflict, "There is already a variable")
	edit := regexp.MustCompile(`href="/platform([^"]*edit=[^"]*)"`).FindStringSubmatch(admin.get(path).body)
	if edit == nil {
		t.Fatal("the list has no way to change a variable")
	}
	admin.get(edit[1]).want(http.StatusOK, "Change the variable a/b?c")
	admin.post(path, fields("act", "save", "edit", "a/b?c", "value", strings.Repeat("v", 1001))).want(http.StatusUnprocessableEntity, "at most 1000 characters")
	admin.post(path, fields("act", "save", "edit", "a/b?c", "value", "two\r\nlines")).want(http.StatusOK, "is saved")
	v, err := s.office.FindVariable(t.Context(), s.operator, "app", "a/b?c")
	if err != nil || v.Value != "two\nlines" || v.Authed {
		t.Errorf("FindVariable = %+v, %v, want the value of the form", v, err)
	}
	for i := range listSize {
		if err := s.office.SaveVariable(t.Context(), s.operator, "app", office.ApplicationVariable{Name: "v" + strings.Repeat("i", i+1)[:min(i+1, 40)] + idText(int64(i))}, true); err != nil {
			t.Fatal(err)
		}
	}
	next := regexp.MustCompile(`href="/platform([^"]*after=[^"]*)" rel="next"`).FindStringSubmatch(admin.get(path).body)
	if next == nil {
		t.Fatal("the list has no next page")
	}
	admin.get(next[1]).want(http.StatusOK, "Variables").lacks("No variables yet")
	admin.post(path, fields("act", "drop", "name", "a/b?c")).want(http.StatusOK, "is gone")
	admin.post(path, fields("act", "drop_all")).want(http.StatusOK, "50 variables are gone", "No variables yet")
}

func TestApplicationOtherLists(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	path := s.application("app")
	owner, support := s.as(identity.Owner), s.as(identity.Support)
	t.Run("webhooks", func(t *testing.T) {
		owner.post(path+"/webhooks", fields("act", "add", "url", "not an address", "id", "h1")).want(http.StatusUnprocessableEntity, `value="not an address"`)
		owner.post(path+"/webhooks", fields("act", "add", "url", "https://hooks.acme.example/secret-path", "id", "h1", "user_agent", hostile)).want(http.StatusOK, "https://hooks.acme.example", "&lt;script&gt;").lacks("secret-path", "<script>alert")
		owner.post(path+"/webhooks", fields("act", "drop", "id", "h1")).want(http.StatusOK, "The webhook is gone.")
	})
	t.Run("files", func(t *testing.T) {
		owner.get(path+"/files").want(http.StatusOK, "No files yet")
		owner.post(path+"/files", fields("act", "add", "url", "gopher://x")).want(http.StatusUnprocessableEntity, `value="gopher://x"`)
		owner.post(path+"/files", fields("act", "drop", "id", "123456")).want(http.StatusNotFound)
	})
	t.Run("blocks", func(t *testing.T) {
		support.post(path+"/blocks", fields("act", "add", "kind", "ip", "value", "nowhere", "reason", "r")).want(http.StatusUnprocessableEntity, "is no address", `value="nowhere"`)
		support.post(path+"/blocks", fields("act", "add", "kind", "ip", "value", "203.0.113.7", "reason", hostile)).want(http.StatusOK, "203.0.113.7 is kept out.", "&lt;script&gt;").lacks("<script>alert")
		support.post(path+"/blocks", fields("act", "add", "kind", "allow", "value", "203.0.113.8")).want(http.StatusOK, "is let in")
		support.get(path+"/blocks?list=allow").want(http.StatusOK, "203.0.113.8").lacks("203.0.113.7")
		support.post(path+"/blocks", fields("act", "drop", "kind", "ip", "value", "203.0.113.7")).want(http.StatusOK, "Nobody is kept out")
		s.as(identity.ReadOnly).get(path + "/blocks").want(http.StatusOK).lacks("Save the entry")
	})
	t.Run("staff", func(t *testing.T) {
		form := fields("act", "add", "name", "shop", "role", "Reseller", "email", "no address", "password", "Correct-Horse-9", "permission", "1", "permission", "512")
		owner.post(path+"/staff", form).want(http.StatusUnprocessableEntity, `value="no address"`).lacks("Correct-Horse-9")
		form.Set("email", "shop@acme.example")
		owner.post(path+"/staff", form).want(http.StatusOK, "shop is there.")
		owner.get(path+"/staff?edit=shop").want(http.StatusOK, "Balance of shop")
		owner.post(path+"/staff", fields("act", "save", "edit", "shop", "month", "-1")).want(http.StatusUnprocessableEntity, "A balance has 0 to", `value="-1"`)
		owner.post(path+"/staff", fields("act", "save", "edit", "shop", "month", "5")).want(http.StatusOK, "Months: 5")
		got, err := s.office.FindStaff(t.Context(), s.operator, "app", "shop")
		if err != nil || got.Permissions != 513 || got.Balance["month"] != 5 {
			t.Errorf("FindStaff = %+v, %v, want permissions 513 and 5 months", got, err)
		}
		support.get(path + "/staff").want(http.StatusForbidden)
		owner.post(path+"/staff", fields("act", "drop", "name", "shop")).want(http.StatusOK, "shop is removed.")
	})
	t.Run("chats", func(t *testing.T) {
		support.post(path+"/chats", fields("act", "add", "name", "general", "delay", "999999999")).want(http.StatusUnprocessableEntity, `value="general"`)
		support.post(path+"/chats", fields("act", "add", "name", "general", "delay", "3")).want(http.StatusOK, "The channel general is there.")
		support.post(path+"/chats", fields("act", "save", "edit", "general", "delay", "9")).want(http.StatusOK, "is saved")
		support.post(path+"/chats", fields("act", "clear", "name", "general")).want(http.StatusOK, "0 messages are gone.")
		support.post(path+"/chats", fields("act", "drop", "name", "general")).want(http.StatusOK, "No channels yet")
	})
	t.Run("sessions_logs_buttons", func(t *testing.T) {
		owner.get(path+"/sessions").want(http.StatusOK, "No sessions")
		owner.post(path+"/sessions", fields("act", "drop_all")).want(http.StatusOK, "0 sessions are ended.")
		owner.get(path+"/logs").want(http.StatusOK, "No log lines")
		support.get(path + "/logs").want(http.StatusForbidden)
		owner.post(path+"/buttons", fields("act", "add", "value", "go", "label", "")).want(http.StatusUnprocessableEntity, `value="go"`)
		owner.post(path+"/buttons", fields("act", "add", "value", "go", "label", hostile)).want(http.StatusOK, "&lt;script&gt;").lacks("<script>alert")
		owner.post(path+"/buttons", fields("act", "drop", "value", "go")).want(http.StatusOK, "No buttons yet")
	})
	if _, err := s.office.FindBlock(t.Context(), s.operator, "app", store.BlockAddress, "203.0.113.7"); license.CodeOf(err) != license.NotFound {
		t.Errorf("FindBlock = %v, want not_found", err)
	}
}
