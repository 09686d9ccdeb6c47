package manage

import (
	"crypto/rand"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"licet/internal/authority"
	"licet/internal/identity"
	"licet/internal/office"
	"licet/internal/outbound"
	"licet/internal/store"
	"licet/internal/testkit"
	"licet/internal/wire/api"
	"licet/internal/wire/api/apitest"
	"licet/internal/wire/wiretest"
)

func TestApplicationLicenses(t *testing.T) {
	forEachApp(t, func(t *testing.T, s *apitest.Site) {
		const all = appPath + "/licenses"
		body := map[string]any{"amount": 3, "mask": "A-********", "upper": true, "level": 1, "duration": "1mo", "note": "lot"}
		made := s.Post(t, all, body).Want(201)
		if made.Len("data") != 3 || made.Text("data.0.note") != "lot" || made.Text("data.0.status") != "Not Used" {
			t.Fatalf("made are %s", made.Raw)
		}
		s.Post(t, all, map[string]any{"amount": 2, "mask": "fixed", "level": 1, "duration": "1mo"}).Refused(400, "mask_too_small")
		first := s.Get(t, all+"?limit=2").Want(200)
		if next := s.Get(t, all+"?limit=2&cursor="+first.Text("next")).Want(200); first.Len("data") != 2 || next.Len("data") != 1 {
			t.Errorf("the list is %s, then %s", first.Raw, next.Raw)
		}
		one := all + "/" + made.Text("data.0.key")
		shown := s.Get(t, one).Want(200)
		s.Get(t, all+"/none").Refused(404, "key_unknown")
		changed := s.Do(t, matched("PATCH", one, `{"level":2,"duration":"2mo","note":"mine"}`, shown)).Want(200)
		if changed.Text("level") != "2" || changed.Text("duration") != "2mo" || changed.Text("note") != "mine" {
			t.Errorf("changed it is %s", changed.Raw)
		}
		s.Do(t, matched("PATCH", one, `{"level":3}`, shown)).Want(412)
		if banned := s.Post(t, one+"/ban", `{"reason":"fraud","with_user":true}`).Want(200); banned.Text("status") != "Banned" || banned.Text("ban_reason") != "fraud" {
			t.Errorf("banned it is %s", banned.Raw)
		}
		if back := s.Post(t, one+"/unban", nil).Want(200); back.Text("status") != "Not Used" {
			t.Errorf("unbanned it is %s", back.Raw)
		}
		s.Post(t, all+"/none/ban", `{}`).Refused(404, "key_unknown")
		if n := s.Post(t, all+"/extend", `{"by":"1mo"}`).Want(200); n.Text("changed") != "3" {
			t.Errorf("extended are %s", n.Raw)
		}
		s.Post(t, all+"/extend", `{"by":"0s"}`).Refused(400, "duration")
		s.Delete(t, one+"?with_users=true").Want(200)
		s.Delete(t, one).Refused(404, "key_unknown")
		s.Post(t, all+"/drop", map[string]any{"keys": []string{made.Text("data.1.key"), "none"}}).Refused(404, "key_unknown")
		if n := s.Post(t, all+"/drop", map[string]any{"keys": []string{made.Text("data.1.key")}}).Want(200); n.Text("changed") != "1" {
			t.Errorf("removed are %s", n.Raw)
		}
		s.Delete(t, all).Refused(400, "which")
		if n := s.Delete(t, all+"?which=used").Want(200); n.Text("changed") != "0" {
			t.Errorf("removed are %s", n.Raw)
		}
		for _, query := range []string{"&dry_run=true", ""} {
			if n := s.Delete(t, all+"?which=all"+query).Want(200); n.Text("changed") != "1" {
				t.Errorf("removed are %s", n.Raw)
			}
		}
	})
}

func TestApplicationVariables(t *testing.T) {
	forEachApp(t, func(t *testing.T, s *apitest.Site) {
		const all, one = appPath + "/variables", appPath + "/variables/motd"
		made := s.Post(t, all, `{"name":"motd","value":"hello"}`).Want(201)
		s.Post(t, all, `{"name":"motd","value":"again"}`).Refused(409, "conflict")
		s.Post(t, all, `{"name":"news","value":""}`).Want(201)
		if list := s.Get(t, all+"?limit=1").Want(200); list.Text("data.0.name") != "motd" || s.Get(t, all+"?cursor="+list.Text("next")).Text("data.0.name") != "news" {
			t.Errorf("the list is %s", list.Raw)
		}
		shown := s.Get(t, one).Want(200)
		if shown.Header.Get("Etag") != made.Header.Get("Etag") {
			t.Errorf("shown as %s, made as %s", shown.Raw, made.Raw)
		}
		if changed := s.Do(t, matched("PATCH", one, `{"authed":true}`, shown)).Want(200); changed.Text("value") != "hello" || changed.Text("authed") != "true" {
			t.Errorf("changed it is %s", changed.Raw)
		}
		s.Do(t, matched("DELETE", one, nil, shown)).Want(412)
		s.Delete(t, one).Want(200)
		s.Get(t, one).Refused(404, "variable_unknown")
		s.Patch(t, one, `{"value":"x"}`).Refused(404, "variable_unknown")
		s.Delete(t, one).Refused(404, "variable_unknown")
		if n := s.Delete(t, all).Want(200); n.Text("changed") != "1" {
			t.Errorf("removed are %s", n.Raw)
		}
		s.Delete(t, "/v1/applications/none/variables").Refused(404, "product_unknown")
	})
}

func TestUserVariables(t *testing.T) {
	forEachApp(t, func(t *testing.T, s *apitest.Site) {
		for _, name := range []string{"ann", "bob"} {
			s.Post(t, appPath+"/users", map[string]any{"name": name, "duration": "1mo"}).Want(201)
		}
		const every, one = appPath + "/user-variables", appPath + "/users/bob/variables/theme"
		if set := s.Do(t, put(one, `{"value":"dark","read_only":true}`)).Want(200); set.Text("user") != "bob" || set.Text("read_only") != "true" {
			t.Errorf("set it is %s", set.Raw)
		}
		s.Do(t, put(appPath+"/users/none/variables/theme", `{"value":"dark"}`)).Refused(404, "user_unknown")
		if list := s.Get(t, appPath+"/users/bob/variables").Want(200); list.Text("data.0.value") != "dark" || list.Text("data.0.user") != "bob" {
			t.Errorf("the list of bob is %s", list.Raw)
		}
		s.Get(t, appPath+"/users/none/variables").Refused(404, "user_unknown")
		for _, query := range []string{"?dry_run=true", ""} {
			if n := s.Do(t, put(every+"/lang"+query, `{"value":"en"}`)).Want(200); n.Text("changed") != "2" {
				t.Errorf("set for %s, want 2", n.Raw)
			}
		}
		s.Do(t, put("/v1/applications/none/user-variables/lang", `{"value":"en"}`)).Refused(404, "product_unknown")
		seen := ""
		for path := every + "?limit=1"; path != ""; {
			list := s.Get(t, path).Want(200)
			seen += list.Text("data.0.user") + "." + list.Text("data.0.name") + " "
			if path = ""; list.Text("next") != "" {
				path = every + "?limit=1&cursor=" + list.Text("next")
			}
		}
		if want := "ann.lang bob.lang bob.theme . "; seen != want {
			t.Errorf("page by page the list is %q, want %q", seen, want)
		}
		s.Get(t, every+"?cursor=*").Refused(400, "cursor")
		s.Get(t, one).Want(200)
		s.Delete(t, one).Want(200)
		s.Get(t, one).Refused(404, "variable_unknown")
		s.Delete(t, one).Refused(404, "variable_unknown")
		if n := s.Delete(t, every+"/lang").Want(200); n.Text("changed") != "2" {
			t.Errorf("removed are %s", n.Raw)
		}
		s.Delete(t, "/v1/applications/none/user-variables/lang").Refused(404, "product_unknown")
	})
}

func TestApplicationWebhooks(t *testing.T) {
	forEachApp(t, func(t *testing.T, s *apitest.Site) {
		const all, one = appPath + "/webhooks", appPath + "/webhooks/hook"
		made := s.Post(t, all, `{"id":"hook","url":"https://example.com/a?secret=s3","authed":true}`).Want(201)
		if made.Text("host") != "https://example.com" {
			t.Errorf("made is %s", made.Raw)
		}
		s.Post(t, all, `{"id":"hook","url":"https://example.com/"}`).Refused(409, "conflict")
		s.Post(t, all, `{"url":"nowhere"}`).Refused(400, "url")
		s.Post(t, all, `{"url":"https://example.com/"}`).Want(201)
		if list := s.Get(t, all).Want(200); list.Len("data") != 2 {
			t.Errorf("the list is %s", list.Raw)
		}
		s.Get(t, one).Want(200)
		s.Do(t, matched("DELETE", one, nil, made)).Want(200)
		s.Get(t, one).Refused(404, "webhook_unknown")
		s.Delete(t, one).Refused(404, "webhook_unknown")
		if n := s.Delete(t, all).Want(200); n.Text("changed") != "1" {
			t.Errorf("removed are %s", n.Raw)
		}
	})
}

func TestApplicationBlocks(t *testing.T) {
	forEachApp(t, func(t *testing.T, s *apitest.Site) {
		const all = appPath + "/blocks"
		machine := "PC / 1 + é"
		s.Post(t, all, `{"kind":"ip","value":"::ffff:203.0.113.9","reason":"abuse"}`).Want(201)
		made := s.Post(t, all, map[string]any{"kind": "hwid", "value": machine}).Want(201)
		s.Post(t, all, `{"kind":"ip","value":"nowhere"}`).Refused(400, "value")
		s.Post(t, all, `{"kind":"allow","value":"203.0.113.10"}`).Want(201)
		first := s.Get(t, all+"?limit=1").Want(200)
		if next := s.Get(t, all+"?limit=1&cursor="+first.Text("next")).Want(200); first.Text("data.0.value") != machine || next.Text("data.0.value") != "203.0.113.9" {
			t.Errorf("the list is %s, then %s", first.Raw, next.Raw)
		}
		if list := s.Get(t, all+"?allow=true").Want(200); list.Len("data") != 1 || list.Text("data.0.kind") != "allow" {
			t.Errorf("what is let in is %s", list.Raw)
		}
		one := all + "/hwid/" + url.PathEscape(machine)
		if shown := s.Get(t, one).Want(200); shown.Header.Get("Etag") != made.Header.Get("Etag") {
			t.Errorf("shown as %s, made as %s", shown.Raw, made.Raw)
		}
		s.Delete(t, one).Want(200)
		s.Get(t, one).Refused(404, "not_found")
		s.Delete(t, one).Refused(404, "not_found")
		for _, query := range []string{"?dry_run=true", "", "?allow=true"} {
			if n := s.Delete(t, all+query).Want(200); n.Text("changed") != "1" {
				t.Errorf("removed with %q are %s", query, n.Raw)
			}
		}
	})
}

// enter opens a session as an app does, and writes a line into the log.
func enter(t *testing.T, s *apitest.Site, owner string) {
	t.Helper()
	found, err := s.Authority.Application(t.Context(), owner, "App")
	if err != nil {
		t.Fatal(err)
	}
	session, err := s.Authority.OpenSession(t.Context(), &found, authority.NewSession{Address: "203.0.113.1"})
	if err != nil {
		t.Fatal(err)
	}
	visit, err := s.Authority.ApplicationVisit(t.Context(), owner, "App", session.Reveal(), "203.0.113.1")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Authority.WriteLog(t.Context(), &visit, "started", "PC"); err != nil {
		t.Fatal(err)
	}
}

func TestApplicationSessions(t *testing.T) {
	forEachApp(t, func(t *testing.T, s *apitest.Site) {
		const all, logs = appPath + "/sessions", appPath + "/logs"
		owner := s.Get(t, appPath).Text("owner")
		for range 3 {
			enter(t, s, owner)
		}
		first := s.Get(t, all+"?limit=2").Want(200)
		next := s.Get(t, all+"?limit=2&cursor="+first.Text("next")).Want(200)
		if first.Len("data") != 2 || next.Len("data") != 1 || next.Text("data.0.id") == first.Text("data.1.id") || len(next.Text("data.0.id")) != 32 {
			t.Errorf("the list is %s, then %s", first.Raw, next.Raw)
		}
		s.Get(t, all+"?cursor=YQ").Refused(400, "cursor")
		s.Delete(t, all+"/"+next.Text("data.0.id")).Want(204)
		s.Delete(t, all+"/"+next.Text("data.0.id")).Refused(401, "session_unknown")
		if n := s.Delete(t, all).Want(200); n.Text("changed") != "2" {
			t.Errorf("ended are %s", n.Raw)
		}
		if list := s.Get(t, logs+"?limit=2").Want(200); list.Len("data") != 2 || list.Text("data.0.message") != "started" || list.Text("next") == "" {
			t.Errorf("the log is %s", list.Raw)
		}
		s.Get(t, logs+"?cursor=YQ").Refused(400, "cursor")
		for _, query := range []string{"?dry_run=true", ""} {
			if n := s.Delete(t, logs+query).Want(200); n.Text("changed") != "3" {
				t.Errorf("removed are %s", n.Raw)
			}
		}
		reader := s.NewToken(t, identity.NewScopes(identity.ReadCustomers))
		s.Do(t, apitest.Call{Method: "GET", Path: logs, Token: reader}).Refused(403, "permission_missing")
		s.Do(t, apitest.Call{Method: "DELETE", Path: all, Token: reader}).Refused(403, "permission_missing")
	})
}

func TestChat(t *testing.T) {
	forEachApp(t, func(t *testing.T, s *apitest.Site) {
		const all, one = appPath + "/channels", appPath + "/channels/general"
		made := s.Post(t, all, `{"name":"general","delay_seconds":5}`).Want(201)
		s.Post(t, all, `{"name":"general","delay_seconds":5}`).Refused(409, "name_taken")
		shown := s.Get(t, one).Want(200)
		if list := s.Get(t, all).Want(200); list.Len("data") != 1 || shown.Header.Get("Etag") != made.Header.Get("Etag") {
			t.Errorf("the list is %s", list.Raw)
		}
		s.Do(t, matched("PATCH", one, `{"delay_seconds":6}`, shown)).Want(200)
		s.Do(t, matched("PATCH", one, `{"delay_seconds":7}`, shown)).Want(412)
		s.Post(t, one+"/clear", nil).Want(200)
		s.Delete(t, one).Want(200)
		for _, a := range []apitest.Answer{s.Get(t, one), s.Delete(t, one), s.Post(t, one+"/clear", nil), s.Patch(t, one, `{"delay_seconds":7}`)} {
			a.Refused(404, "channel_unknown")
		}
		for _, name := range []string{"ann", "bob"} {
			s.Post(t, appPath+"/users", map[string]any{"name": name, "duration": "1mo"}).Want(201)
			s.Post(t, appPath+"/users/"+name+"/mute", `{"seconds":60}`).Want(200)
		}
		first := s.Get(t, appPath+"/mutes?limit=1").Want(200)
		if next := s.Get(t, appPath+"/mutes?limit=1&cursor="+first.Text("next")).Want(200); first.Text("data.0.user") != "ann" || next.Text("data.0.user") != "bob" {
			t.Errorf("the mutes are %s, then %s", first.Raw, next.Raw)
		}
		s.Get(t, appPath+"/mutes?cursor=YQ").Refused(400, "cursor")
	})
}

func TestButtons(t *testing.T) {
	forEachApp(t, func(t *testing.T, s *apitest.Site) {
		const all, one = appPath + "/buttons", appPath + "/buttons/inject"
		made := s.Do(t, put(one, `{"label":"Start"}`)).Want(200)
		s.Do(t, put(all+"/stop", `{"label":"Stop"}`)).Want(200)
		s.Do(t, put("/v1/applications/none/buttons/stop", `{"label":"Stop"}`)).Refused(404, "product_unknown")
		s.Do(t, matched("PUT", one, `{"label":"Go"}`, made)).Want(200)
		if shown := s.Get(t, one).Want(200); shown.Text("label") != "Go" {
			t.Errorf("the button is %s", shown.Raw)
		}
		s.Do(t, matched("PUT", one, `{"label":"No"}`, made)).Want(412)
		if list := s.Get(t, all).Want(200); list.Len("data") != 2 {
			t.Errorf("the list is %s", list.Raw)
		}
		s.Delete(t, one).Want(200)
		s.Delete(t, one).Refused(404, "not_found")
		s.Get(t, one).Refused(404, "not_found")
		if n := s.Delete(t, all).Want(200); n.Text("changed") != "1" {
			t.Errorf("removed are %s", n.Raw)
		}
	})
}

func TestStaff(t *testing.T) {
	forEachApp(t, func(t *testing.T, s *apitest.Site) {
		const all, one = appPath + "/staff", appPath + "/staff/rita"
		body := map[string]any{"name": "rita", "role": "Reseller", "email": "rita@example.com", "password": "correct horse", "permissions": 15}
		s.Post(t, all+"?dry_run=true", body).Want(201)
		made := s.Post(t, all, body).Want(201)
		s.Post(t, all, body).Refused(409, "name_taken")
		shown := s.Get(t, one).Want(200)
		if list := s.Get(t, all).Want(200); list.Text("data.0.permissions") != "15" || shown.Header.Get("Etag") != made.Header.Get("Etag") {
			t.Errorf("the list is %s", list.Raw)
		}
		if more := s.Do(t, matched("POST", one+"/balance", `{"add":{"month":5}}`, shown)).Want(200); more.Text("balance.month") != "5" {
			t.Errorf("with a balance it is %s", more.Raw)
		}
		s.Do(t, matched("POST", one+"/balance", `{"add":{"month":5}}`, shown)).Want(412)
		s.Post(t, one+"/balance", `{"add":{"month":-6}}`).Refused(400, "month")
		s.Delete(t, one).Want(200)
		s.Delete(t, one).Refused(404, "user_unknown")
		s.Get(t, one).Refused(404, "user_unknown")
	})
}

func TestProgramTokens(t *testing.T) {
	forEachApp(t, func(t *testing.T, s *apitest.Site) {
		const all = appPath + "/tokens"
		made := s.Post(t, all, `{"holder":"Bob"}`).Want(201)
		s.Post(t, all, `{}`).Want(201)
		first := s.Get(t, all+"?limit=1").Want(200)
		if next := s.Get(t, all+"?limit=1&cursor="+first.Text("next")).Want(200); next.Len("data") != 1 || first.Text("data.0.id") >= next.Text("data.0.id") {
			t.Errorf("the list is %s, then %s", first.Raw, next.Raw)
		}
		for _, name := range []string{made.Text("id"), made.Text("token"), url.PathEscape(made.Text("hint"))} {
			one := all + "/" + name
			shown := s.Get(t, one).Want(200)
			if shown.Text("holder") != "Bob" || shown.Text("token") != "" || shown.Text("banned") != "false" {
				t.Errorf("the token is %s", shown.Raw)
			}
			if banned := s.Do(t, matched("POST", one+"/ban", `{"reason":"shared"}`, shown)).Want(200); banned.Text("ban_reason") != "shared" {
				t.Errorf("banned it is %s", banned.Raw)
			}
			if back := s.Post(t, one+"/unban", nil).Want(200); back.Text("banned") != "false" {
				t.Errorf("unbanned it is %s", back.Raw)
			}
		}
		for _, a := range []apitest.Answer{s.Get(t, all+"/none"), s.Post(t, all+"/none/ban", `{}`), s.Post(t, all+"/none/unban", nil)} {
			a.Refused(403, "program_token_unknown")
		}
	})
}

func TestSellerKeys(t *testing.T) {
	forEachApp(t, func(t *testing.T, s *apitest.Site) {
		const all = appPath + "/seller-keys"
		made := s.Post(t, all, `{"name":"shop","scopes":["licenses:write"]}`).Want(201)
		if len(made.Text("seller_key")) != 32 || made.Text("scopes.1") != "licenses:write" {
			t.Errorf("made is %s", made.Raw)
		}
		s.Post(t, all, `{}`).Want(201)
		s.Post(t, all, `{"scopes":["nothing"]}`).Refused(400, "scopes")
		if list := s.Get(t, all).Want(200); list.Len("data") != 2 {
			t.Errorf("the list is %s", list.Raw)
		}
		one := all + "/" + made.Text("id")
		shown := s.Get(t, one).Want(200)
		product(t, s, "other")
		s.Post(t, "/v1/applications", `{"product":"other"}`).Want(201)
		elsewhere := "/v1/applications/other/seller-keys/" + made.Text("id")
		s.Get(t, elsewhere).Refused(404, "not_found")
		s.Delete(t, elsewhere).Refused(404, "not_found")
		if ended := s.Do(t, matched("DELETE", one, nil, shown)).Want(200); ended.Text("revoked_at") == "" {
			t.Errorf("revoked it is %s", ended.Raw)
		}
		s.Do(t, matched("DELETE", one, nil, shown)).Want(412)
		few := s.NewToken(t, identity.NewScopes(identity.WriteKeys))
		s.Do(t, apitest.Call{Method: "POST", Path: all, Body: `{"scopes":["licenses:write"]}`, Token: few}).Refused(403, "permission_missing")
	})
}

// The server of the test asks public addresses alone, so files are added by an office that may call this machine.
func TestApplicationFiles(t *testing.T) {
	t.Parallel()
	outside := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("content")) }))
	t.Cleanup(outside.Close)
	testkit.ForEachDB(t, func(t *testing.T, open func(testing.TB) *store.Store) {
		on := open(t)
		s := apitest.New(t, on, func(a *api.API, w *wiretest.World) { Add(a, Deps{Now: w.Now, Authority: w.Authority}) })
		app(t, s)
		local := office.New(office.Deps{
			Store: on, Keyring: s.Keyring, Hasher: testkit.Hasher(), Now: s.Now, Rand: rand.Reader,
			Outside: outbound.New(outbound.Options{AllowPlain: true}),
		})
		const all = appPath + "/files"
		for range 2 {
			if _, err := local.AddFile(t.Context(), s.Operator, "app", outside.URL+"/a.zip", false); err != nil {
				t.Fatal(err)
			}
		}
		s.Post(t, all, map[string]any{"url": outside.URL}).Refused(403, "outside_refused")
		s.Post(t, all, map[string]any{"url": "nowhere"}).Refused(400, "url")
		if tried := s.Post(t, all+"?dry_run=true", map[string]any{"url": outside.URL, "authed": true}).Want(201); tried.Text("authed") != "true" {
			t.Errorf("the dry run answers %s", tried.Raw)
		}
		first := s.Get(t, all+"?limit=1").Want(200)
		if next := s.Get(t, all+"?limit=1&cursor="+first.Text("next")).Want(200); next.Len("data") != 1 || first.Text("data.0.size") != "7" {
			t.Errorf("the list is %s, then %s", first.Raw, next.Raw)
		}
		one := all + "/" + first.Text("data.0.id")
		shown := s.Get(t, one).Want(200)
		if changed := s.Do(t, matched("PATCH", one, `{"authed":true}`, shown)).Want(200); changed.Text("authed") != "true" || changed.Text("size") != "7" {
			t.Errorf("changed it is %s", changed.Raw)
		}
		s.Do(t, matched("PATCH", one, `{"authed":false}`, shown)).Want(412)
		s.Patch(t, one, map[string]any{"url": outside.URL}).Refused(403, "outside_refused")
		s.Delete(t, one).Want(200)
		for _, a := range []apitest.Answer{s.Get(t, one), s.Delete(t, one), s.Patch(t, one, `{"authed":true}`)} {
			a.Refused(404, "file_unknown")
		}
		if n := s.Delete(t, all).Want(200); n.Text("changed") != "1" {
			t.Errorf("removed are %s", n.Raw)
		}
	})
}
