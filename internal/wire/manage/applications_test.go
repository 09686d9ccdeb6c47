package manage

import (
	"fmt"
	"net/http"
	"net/url"
	"testing"

	"licet/internal/identity"
	"licet/internal/wire/api/apitest"
)

const appPath = "/v1/applications/app"

// app makes an application of the product app.
func app(t *testing.T, s *apitest.Site) apitest.Answer {
	t.Helper()
	product(t, s, "app")
	return s.Post(t, "/v1/applications", map[string]any{"product": "app", "name": "App", "download": "https://example.com/app.zip"}).Want(http.StatusCreated)
}

// forEachApp runs a test on each database, with an application.
func forEachApp(t *testing.T, test func(*testing.T, *apitest.Site)) {
	t.Parallel()
	forEachSite(t, func(t *testing.T, s *apitest.Site) {
		app(t, s)
		test(t, s)
	})
}

func put(path string, body any) apitest.Call {
	return apitest.Call{Method: http.MethodPut, Path: path, Body: body}
}

func TestApplications(t *testing.T) {
	t.Parallel()
	forEachSite(t, func(t *testing.T, s *apitest.Site) {
		made := app(t, s)
		s.Post(t, "/v1/applications", map[string]any{"product": "app"}).Refused(409, "conflict")
		s.Post(t, "/v1/applications", map[string]any{"product": "none"}).Refused(404, "product_unknown")
		if list := s.Get(t, "/v1/applications?limit=1").Want(200); list.Text("data.0.name") != "App" || list.Text("next") == "" {
			t.Errorf("the list is %s", list.Raw)
		}
		shown := s.Get(t, appPath).Want(200)
		if shown.Header.Get("Etag") != made.Header.Get("Etag") || shown.Text("owner") == "" || shown.Text("settings.min_hardware") != "20" {
			t.Errorf("the application is %s", shown.Raw)
		}
		product(t, s, "bare")
		s.Get(t, "/v1/applications/bare").Refused(404, "application_unknown")

		settings := map[string]any{
			"min_hardware": 0, "check_hash": true, "hashes": []string{"ABC"}, "seller_addresses": []string{"192.0.2.7/24"},
			"texts": map[string]any{"keyused": "Taken"}, "form": map[string]any{"mask": "A-****", "unit": "weeks"},
		}
		changed := s.Do(t, matched("PATCH", appPath, map[string]any{"version": "1.1", "settings": settings}, shown)).Want(200)
		for path, want := range map[string]string{
			"version": "1.1", "name": "App", "settings.min_hardware": "0", "settings.hashes.0": "abc", "settings.seller_addresses.0": "192.0.2.0/24",
			"settings.texts.keyused": "Taken", "settings.form.unit": "weeks", "settings.form.amount": "1",
		} {
			if got := changed.Text(path); got != want {
				t.Errorf("%s = %q, want %q", path, got, want)
			}
		}
		s.Do(t, matched("PATCH", appPath, `{"version":"1.2"}`, shown)).Want(412)
		if back := s.Patch(t, appPath, `{"settings":{"texts":{"keyused":null}}}`).Want(200); back.At("settings.texts.keyused") != nil {
			t.Errorf("the settings are %s", back.Raw)
		}
		s.Patch(t, appPath, `{"settings":{"texts":{"nothing":"x"}}}`).Refused(400, "texts")
		s.Do(t, apitest.Call{Method: "PATCH", Path: appPath, Body: `{"settings":{"session_seconds":1}}`, Wild: true}).Refused(400, "settings.session_seconds")

		if hashed := s.Post(t, appPath+"/hashes", map[string]any{"hash": "DEF"}).Want(200); hashed.Text("settings.hashes.1") != "def" {
			t.Errorf("with a hash it is %s", hashed.Raw)
		}
		if reset := s.Delete(t, appPath+"/hashes").Want(200); reset.Len("settings.hashes") != 0 {
			t.Errorf("without hashes it is %s", reset.Raw)
		}
		if tried := s.Post(t, appPath+"/pause?dry_run=true", nil).Want(200); tried.Text("paused_at") == "" || s.Get(t, appPath).Text("paused_at") != "" {
			t.Errorf("the dry run answers %s", tried.Raw)
		}
		s.Post(t, appPath+"/pause", nil).Want(200)
		s.Post(t, appPath+"/pause", nil).Refused(409, "conflict")
		s.Post(t, appPath+"/resume", nil).Want(200)
		if n := s.Get(t, appPath+"/counts").Want(200); n.Text("licenses") != "0" {
			t.Errorf("the counts are %s", n.Raw)
		}

		first := s.Get(t, appPath+"/secret").Want(200)
		second := s.Post(t, appPath+"/secret/rotate", nil).Want(200)
		if len(first.Text("secret")) != 64 || second.Text("secret") == first.Text("secret") || s.Get(t, appPath+"/secret").Text("secret") != second.Text("secret") {
			t.Errorf("the secrets are %s and %s", first.Raw, second.Raw)
		}
		if key := s.Get(t, "/v1/application-key").Want(200); len(key.Text("public_key")) != 64 {
			t.Errorf("the public key is %s", key.Raw)
		}
		reader := s.NewToken(t, identity.NewScopes(identity.ReadProducts))
		s.Do(t, apitest.Call{Method: "GET", Path: appPath + "/secret", Token: reader}).Refused(403, "permission_missing")
		s.Do(t, apitest.Call{Method: "PATCH", Path: appPath, Body: `{}`, Token: reader}).Refused(403, "permission_missing")
	})
}

func TestLevels(t *testing.T) {
	forEachApp(t, func(t *testing.T, s *apitest.Site) {
		const all = appPath + "/levels"
		made := s.Post(t, all, map[string]any{"name": "gold / plus", "level": 2}).Want(201)
		s.Post(t, all, map[string]any{"name": "GOLD / plus", "level": 3}).Refused(409, "conflict")
		one := all + "/" + url.PathEscape("gold / plus")
		if got := made.Header.Get("Location"); got != "/v1/applications/app/levels/gold%20%2F%20plus" {
			t.Errorf("Location = %q", got)
		}
		if list := s.Get(t, all).Want(200); list.Len("data") != 2 || list.Text("next") != "" {
			t.Errorf("the list is %s", list.Raw)
		}
		shown := s.Get(t, one).Want(200)
		s.Get(t, all+"/none").Refused(404, "not_found")
		if n := s.Get(t, one+"/holders").Want(200); n.Text("holders") != "0" {
			t.Errorf("the holders are %s", n.Raw)
		}
		s.Do(t, matched("PATCH", one, `{"level":5}`, shown)).Want(200)
		s.Do(t, matched("PATCH", one, `{"level":6}`, shown)).Want(412)
		s.Post(t, one+"/pause", nil).Want(200)
		s.Post(t, one+"/pause", nil).Refused(409, "conflict")
		s.Post(t, one+"/resume", nil).Want(200)
		s.Delete(t, one+"?dry_run=true").Want(200)
		if gone := s.Delete(t, one).Want(200); gone.Text("level") != "5" {
			t.Errorf("removed is %s", gone.Raw)
		}
		s.Delete(t, all+"/default").Refused(409, "conflict")
	})
}

func TestApplicationUsers(t *testing.T) {
	forEachApp(t, func(t *testing.T, s *apitest.Site) {
		const all, bob = appPath + "/users", appPath + "/users/bob"
		body := map[string]any{"name": "bob", "duration": "1mo", "password": "correct horse", "email": "bob@example.com"}
		if tried := s.Post(t, all+"?dry_run=true", body).Want(201); tried.Text("has_password") != "true" {
			t.Errorf("the dry run answers %s", tried.Raw)
		}
		made := s.Post(t, all, body).Want(201)
		s.Post(t, all, body).Refused(409, "name_taken")
		s.Post(t, all, map[string]any{"name": "eve", "duration": "1mo", "level": "none"}).Refused(404, "not_found")
		shown := s.Get(t, bob).Want(200)
		if shown.Header.Get("Etag") != made.Header.Get("Etag") || shown.Text("holds.0.active") != "true" || shown.Text("has_email") != "true" {
			t.Errorf("the user is %s, made as %s", shown.Raw, made.Raw)
		}
		s.Get(t, all+"/none").Refused(404, "user_unknown")
		if list := s.Get(t, all+"?limit=1").Want(200); list.Text("data.0.name") != "bob" {
			t.Errorf("the list is %s", list.Raw)
		}
		renamed := s.Do(t, matched("PATCH", bob, `{"name":"rob","email":null}`, shown)).Want(200)
		if renamed.Text("name") != "rob" || renamed.Text("has_email") != "false" {
			t.Errorf("renamed they are %s", renamed.Raw)
		}
		s.Patch(t, all+"/rob", `{"name":"bob"}`).Want(200)
		s.Do(t, matched("PATCH", bob, `{"name":"rob"}`, shown)).Want(412)
		s.Patch(t, bob, `{"name":"all"}`).Refused(400, "username")

		s.Get(t, bob+"/license-key").Refused(404, "key_unknown")
		token := s.Post(t, bob+"/web-token", nil).Want(200)
		if again := s.Post(t, bob+"/web-token", nil).Want(200); again.Text("web_token") != token.Text("web_token") || len(token.Text("web_token")) != 32 {
			t.Errorf("the web tokens are %s and %s", token.Raw, again.Raw)
		}
		if set := s.Post(t, bob+"/password", `{"password":null}`).Want(200); set.Text("has_password") != "false" {
			t.Errorf("without a password they are %s", set.Raw)
		}
		s.Post(t, bob+"/password", `{"password":"another one"}`).Want(200)
		s.Post(t, all+"/none/password", `{"password":null}`).Refused(404, "user_unknown")
		if gone := s.Delete(t, bob).Want(200); gone.Text("name") != "bob" {
			t.Errorf("removed is %s", gone.Raw)
		}
		for i := range 3 {
			s.Post(t, all, map[string]any{"name": fmt.Sprintf("user%d", i), "duration": "1mo"}).Want(201)
		}
		s.Delete(t, all).Refused(400, "which")
		if n := s.Delete(t, all+"?which=expired").Want(200); n.Text("changed") != "0" {
			t.Errorf("expired are %s", n.Raw)
		}
		for _, query := range []string{"&dry_run=true", ""} {
			if n := s.Delete(t, all+"?which=all"+query).Want(200); n.Text("changed") != "3" {
				t.Errorf("removed are %s", n.Raw)
			}
		}
	})
}

func TestApplicationUserChanges(t *testing.T) {
	forEachApp(t, func(t *testing.T, s *apitest.Site) {
		const all, bob = appPath + "/users", appPath + "/users/bob"
		s.Post(t, all, map[string]any{"name": "bob", "duration": "1mo"}).Want(201)
		shown := s.Get(t, bob)
		for _, step := range []struct {
			verb       string
			body       any
			path, want string
		}{
			{"ban", `{"reason":"fraud"}`, "ban_reason", "fraud"},
			{"unban", nil, "banned", "false"},
			{"hardware", `{"hardware":"machine-1"}`, "hardware.0", "machine-1"},
			{"reset-hardware", nil, "hardware.0", ""},
			{"delay-reset", `{"seconds":86400}`, "reset_after", "2026-03-24T12:00:00Z"},
			{"mute", `{"seconds":60}`, "muted_until", "2026-03-23T12:01:00Z"},
			{"unmute", nil, "muted_until", ""},
			{"pause", nil, "holds.0.paused_at", "2026-03-23T12:00:00Z"},
			{"resume", nil, "holds.0.paused_at", ""},
			{"extend", `{"by":"60s"}`, "holds.0.active", "true"},
			{"shorten", `{"by":"12mo"}`, "holds.0.active", "false"},
			{"clear-second-factor", nil, "second_factor", "false"},
		} {
			before := s.Get(t, bob)
			if tried := s.Post(t, bob+"/"+step.verb+"?dry_run=true", step.body).Want(200); tried.Text(step.path) != step.want {
				t.Errorf("a dry run of %s answers %s, want %s = %q", step.verb, tried.Raw, step.path, step.want)
			}
			if after := s.Get(t, bob); string(after.Raw) != string(before.Raw) {
				t.Errorf("after a dry run of %s the user is %s, want %s", step.verb, after.Raw, before.Raw)
			}
			if done := s.Post(t, bob+"/"+step.verb, step.body).Want(200); done.Text(step.path) != step.want {
				t.Errorf("%s answers %s, want %s = %q", step.verb, done.Raw, step.path, step.want)
			}
			s.Post(t, all+"/none/"+step.verb, step.body).Refused(404, "user_unknown")
		}
		s.Do(t, matched("POST", bob+"/ban", `{}`, shown)).Want(412)
		for _, verb := range []string{"extend", "shorten"} {
			for _, query := range []string{"?dry_run=true", ""} {
				if n := s.Post(t, all+"/"+verb+query, `{"by":"1mo"}`).Want(200); n.Text("changed") != "1" {
					t.Errorf("%s all = %s, want 1", verb, n.Raw)
				}
			}
			s.Post(t, all+"/"+verb, `{"by":"0s"}`).Refused(400, "duration")
		}
		s.Post(t, all+"/shorten", `{"by":"12mo"}`).Want(200)
		if n := s.Post(t, all+"/extend", `{"by":"1mo","active_only":true}`).Want(200); n.Text("changed") != "0" {
			t.Errorf("extended are %s", n.Raw)
		}
		s.Post(t, bob+"/hardware", `{"hardware":"machine-2"}`).Want(200)
		if n := s.Post(t, all+"/reset-hardware", nil).Want(200); n.Text("changed") != "1" {
			t.Errorf("reset are %s", n.Raw)
		}
		if left := s.Delete(t, bob+"/levels/default").Want(200); left.Len("holds") != 0 {
			t.Errorf("without the level they are %s", left.Raw)
		}
		s.Delete(t, bob+"/levels/default").Refused(404, "not_found")
	})
}
