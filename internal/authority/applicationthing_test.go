package authority_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"licet/internal/authority"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/store"
)

// wantRefused fails unless err has a reason, or is Invalid for a field; "" is no error.
func wantRefused(t *testing.T, what string, err error, want string) {
	t.Helper()
	got := string(license.ReasonOf(err))
	if e := license.Describe(err); err != nil && got == "" {
		got = e.Field
	}
	if got != want || (want == "") != (err == nil) {
		t.Errorf("%s = %v (%q), want %q", what, err, got, want)
	}
}

// elsewhere answers what the server asks of others, and keeps what it was asked.
type elsewhere struct {
	*httptest.Server
	mu    sync.Mutex // guards asked
	asked []string
}

func newElsewhere(t *testing.T) *elsewhere {
	t.Helper()
	e := &elsewhere{}
	e.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		e.mu.Lock()
		e.asked = append(e.asked, fmt.Sprintf("%s %s %s %s %s", r.Method, r.URL.RequestURI(), r.UserAgent(), r.Header.Get("Content-Type"), body))
		e.mu.Unlock()
		switch {
		case strings.HasPrefix(r.URL.Path, "/gone"):
			w.WriteHeader(http.StatusNotFound)
		case strings.HasPrefix(r.URL.Path, "/broken"):
			w.WriteHeader(http.StatusBadGateway)
		case strings.HasPrefix(r.URL.Path, "/inside"):
			http.Redirect(w, r, "http://10.0.0.1/", http.StatusFound)
		case strings.HasPrefix(r.URL.Path, "/large"):
			_, _ = io.WriteString(w, strings.Repeat("x", 1<<20+1))
		}
		_, _ = io.WriteString(w, "body\xff")
	}))
	t.Cleanup(e.Close)
	return e
}

// last returns what was asked last.
func (e *elsewhere) last() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.asked) == 0 {
		return ""
	}
	return e.asked[len(e.asked)-1]
}

func TestApplicationVariables(t *testing.T) {
	forEachShop(t, func(t *testing.T, s *shop) {
		ctx := t.Context()
		for _, v := range []office.ApplicationVariable{{Name: "open", Value: "o"}, {Name: "closed", Value: "c", Authed: true}} {
			s.must(s.office.SaveVariable(ctx, s.boss, "app", v, true))
		}
		_, err := s.office.CreateProduct(ctx, s.boss, office.NewProduct{Code: "other", Name: "Other"})
		s.must(err)
		_, err = s.office.CreateApplication(ctx, s.boss, "other", office.NewApplication{})
		s.must(err)
		s.must(s.office.SaveVariable(ctx, s.boss, "other", office.ApplicationVariable{Name: "theirs", Value: "x"}, true))
		out := s.begin("192.0.2.9")
		in, _ := s.bob()
		for _, c := range []struct {
			visit      *authority.Visit
			name, want string
			refused    string
		}{
			{out, "open", "o", ""},
			{out, "closed", "", "not_signed_in"},
			{out, "none", "", "variable_unknown"},
			{out, "theirs", "", "variable_unknown"},
			{in, "theirs", "", "variable_unknown"},
			{in, "closed", "c", ""},
			{in, "", "", "variable_unknown"},
		} {
			got, err := s.Variable(ctx, c.visit, c.name)
			wantRefused(t, "Variable("+c.name+")", err, c.refused)
			if got != c.want {
				t.Errorf("Variable(%s) = %q, want %q", c.name, got, c.want)
			}
		}
		wantRefused(t, "SetUserVariable before signing in", s.SetUserVariable(ctx, out, "a", "b"), "not_signed_in")
		_, err = s.UserVariable(ctx, out, "a")
		wantRefused(t, "UserVariable before signing in", err, "not_signed_in")
		wantRefused(t, "SetUserVariable without a name", s.SetUserVariable(ctx, in, "", "b"), "var")
		wantRefused(t, "SetUserVariable without a value", s.SetUserVariable(ctx, in, "a", ""), "data")
		wantRefused(t, "SetUserVariable of 501 characters", s.SetUserVariable(ctx, in, "a", strings.Repeat("é", 501)), "data_length")
		wantRefused(t, "SetUserVariable of a long name", s.SetUserVariable(ctx, in, strings.Repeat("n", 100), "b"), "var")
		_, err = s.UserVariable(ctx, in, "a")
		wantRefused(t, "UserVariable that was not set", err, "variable_unknown")
		s.must(s.SetUserVariable(ctx, in, "a", strings.Repeat("é", 500)))
		s.must(s.SetUserVariable(ctx, in, "a", "b"))
		if got, err := s.UserVariable(ctx, in, "a"); got != "b" || err != nil {
			t.Errorf("UserVariable(a) = %q, %v, want b", got, err)
		}
		fixed := true
		_, err = s.office.SetUserVariables(ctx, s.boss, "app", "BOB", false, "a", "c", &fixed)
		s.must(err)
		wantRefused(t, "SetUserVariable of one that is read only", s.SetUserVariable(ctx, in, "a", "d"), "variable_fixed")
		if got, err := s.UserVariable(ctx, in, "a"); got != "c" || err != nil {
			t.Errorf("UserVariable(a) = %q, %v, want c", got, err)
		}
	})
}

func TestApplicationFiles(t *testing.T) {
	forEachShop(t, func(t *testing.T, s *shop) {
		ctx, e := t.Context(), newElsewhere(t)
		file := func(path string, authed bool) string {
			f, err := s.office.AddFile(ctx, s.boss, "app", e.URL+"/a.txt", authed)
			s.must(err)
			if path != "/a.txt" { // Files move after they were added.
				f.URL = e.URL + path
				s.must(s.store.Write(ctx, func(tx *store.Tx) error {
					_, err := tx.SaveApplicationFile(s.app.Tenant, s.app.Product, &f)
					return err
				}))
			}
			return f.ID
		}
		out := s.begin("192.0.2.9")
		in, _ := s.bob()
		for _, c := range []struct {
			visit    *authority.Visit
			id, want string
		}{
			{out, file("/a.txt", false), ""},
			{out, file("/a.txt", true), "not_signed_in"},
			{in, file("/a.txt", true), ""},
			{out, "000000", "file_unknown"},
			{out, file("/gone", false), "file_gone"},
			{out, file("/broken", false), "outside_failed"},
			{out, file("/inside", false), "outside_refused"},
		} {
			got, err := s.ApplicationFile(ctx, c.visit, c.id)
			wantRefused(t, "ApplicationFile", err, c.want)
			if c.want == "" && string(got) != "body\xff" {
				t.Errorf("ApplicationFile = %q, want body", got)
			}
		}
	})
}

func TestApplicationWebhooks(t *testing.T) {
	forEachShop(t, func(t *testing.T, s *shop) {
		ctx, e := t.Context(), newElsewhere(t)
		for _, w := range []struct {
			id, path, agent string
			authed          bool
		}{
			{"w", "/hook", "", false},
			{"authed", "/hook", "Bot/2", true},
			{"dir", "/secret/", "", false},
			{"query", "/q?key=1&v=", "", false},
			{"inside", "/inside", "", false},
			{"large", "/large", "", false},
		} {
			_, err := s.office.AddWebhook(ctx, s.boss, "app", w.id, e.URL+w.path, w.agent, w.authed)
			s.must(err)
		}
		_, err := s.office.AddWebhook(ctx, s.boss, "app", "private", "http://192.168.1.1/", "", false)
		s.must(err)
		_, err = s.office.AddWebhook(ctx, s.boss, "app", "host", "http://127.0.0.1", "", false)
		s.must(err)
		out := s.begin("192.0.2.9")
		in, _ := s.bob()
		for _, c := range []struct {
			name          string
			visit         *authority.Visit
			call          authority.WebhookCall
			refused, want string
		}{
			{"get", out, authority.WebhookCall{ID: "w", Params: "?a=1"}, "", "GET /hook?a=1 KeyAuth  "},
			{"post", in, authority.WebhookCall{ID: "authed", Params: "?a%3D1", Body: "{}", ContentType: "application/json"}, "", "POST /hook?a=1 Bot/2 application/json {}"},
			{"encoded", out, authority.WebhookCall{ID: "query", Params: "a+b%20%C3%A9"}, "", "GET /q?key=1&v=a%20b%20%C3%A9 KeyAuth  "},
			{"bad-escape", out, authority.WebhookCall{ID: "query", Params: "100%"}, "", "GET /q?key=1&v=100% KeyAuth  "},
			{"not-signed-in", out, authority.WebhookCall{ID: "authed"}, "not_signed_in", ""},
			{"unknown", out, authority.WebhookCall{ID: "none"}, "webhook_unknown", ""},
			{"private", out, authority.WebhookCall{ID: "private"}, "outside_refused", ""},
			{"redirect-inside", out, authority.WebhookCall{ID: "inside"}, "outside_refused", ""},
			{"other-host", out, authority.WebhookCall{ID: "host", Params: "@example.test/"}, "outside_refused", ""},
			{"longer-host", out, authority.WebhookCall{ID: "host", Params: ".example.test/"}, "outside_refused", ""},
			{"other-port", out, authority.WebhookCall{ID: "host", Params: ":22/"}, "outside_refused", ""},
			{"upwards", out, authority.WebhookCall{ID: "dir", Params: "../admin"}, "outside_refused", ""},
			{"upwards-encoded", out, authority.WebhookCall{ID: "dir", Params: "%252e%252e/admin"}, "outside_refused", ""},
			{"upwards-backslash", out, authority.WebhookCall{ID: "dir", Params: `..\admin`}, "outside_refused", ""},
			{"split", out, authority.WebhookCall{ID: "dir", Params: " HTTP/1.1\r\nX: y"}, "", "GET /secret/%20HTTP/1.1%0D%0AX:%20y KeyAuth  "},
			{"too-large", out, authority.WebhookCall{ID: "large"}, "outside_failed", ""},
		} {
			got, err := s.CallWebhook(ctx, c.visit, c.call)
			wantRefused(t, c.name, err, c.refused)
			if c.refused != "" {
				continue
			}
			if got != "body\uFFFD" {
				t.Errorf("%s = %q, want body and a replacement", c.name, got)
			}
			if asked := e.last(); asked != c.want {
				t.Errorf("%s asked %q, want %q", c.name, asked, c.want)
			}
		}
	})
}

func TestWriteLog(t *testing.T) {
	forEachShop(t, func(t *testing.T, s *shop) {
		ctx, e := t.Context(), newElsewhere(t)
		out := s.begin("192.0.2.9")
		wantRefused(t, "WriteLog of nothing", s.WriteLog(ctx, out, " ", ""), "message")
		wantRefused(t, "WriteLog of 276 characters", s.WriteLog(ctx, out, strings.Repeat("é", 276), ""), "message_length")
		s.must(s.WriteLog(ctx, out, strings.Repeat("é", 275), ""))
		s.settings(func(c *license.ApplicationSettings) { c.LogWebhook = e.URL + "/discord" })
		in, _ := s.bob()
		s.must(s.WriteLog(ctx, in, "hi", strings.Repeat("m", 40)))
		logs, err := s.office.ListLogs(ctx, s.boss, "app", 0, 10)
		s.must(err)
		if len(logs) != 2 || logs[0].Message != "hi" || logs[0].Credential != "bob" || logs[0].Machine != strings.Repeat("m", 32) || logs[0].Address != "192.0.2.1" || logs[1].Credential != "" {
			t.Errorf("ListLogs = %+v", logs)
		}
		if asked := e.last(); !strings.HasPrefix(asked, "POST /discord Licet application/json {") || !strings.Contains(asked, `"value":"hi"`) || !strings.Contains(asked, `"value":"bob"`) {
			t.Errorf("the post is %q", asked)
		}
		s.settings(func(c *license.ApplicationSettings) { c.LogWebhook = "http://10.0.0.1/" })
		s.must(s.WriteLog(ctx, s.begin("192.0.2.9"), "kept although it cannot be posted", ""))
	})
}

func TestSendChat(t *testing.T) {
	forEachShop(t, func(t *testing.T, s *shop) {
		ctx := t.Context()
		s.must(s.office.AddChannel(ctx, s.boss, "app", "main", 60))
		out := s.begin("192.0.2.9")
		in, _ := s.bob()
		wantRefused(t, "SendChat before signing in", s.SendChat(ctx, out, "main", "x"), "not_signed_in")
		_, err := s.ChatMessages(ctx, out, "main")
		wantRefused(t, "ChatMessages before signing in", err, "not_signed_in")
		wantRefused(t, "SendChat elsewhere", s.SendChat(ctx, in, "none", "x"), "channel_unknown")
		wantRefused(t, "SendChat of blanks", s.SendChat(ctx, in, "main", " \n"), "message")
		wantRefused(t, "SendChat of 2001 characters", s.SendChat(ctx, in, "main", strings.Repeat("é", 2001)), "message_length")
		s.must(s.SendChat(ctx, in, "main", "one"))
		wantRefused(t, "SendChat at once", s.SendChat(ctx, in, "main", "two"), "chat_too_fast")
		s.advance(60 * time.Second)
		s.must(s.SendChat(ctx, in, "main", "two"))
		list, err := s.ChatMessages(ctx, in, "main")
		s.must(err)
		if len(list) != 2 || list[0].Message != "one" || list[1].Message != "two" || list[0].Author != "bob" {
			t.Errorf("ChatMessages = %+v, want one and two by bob", list)
		}
		if list, err = s.ChatMessages(ctx, in, "none"); len(list) != 0 || err != nil {
			t.Errorf("ChatMessages elsewhere = %v, %v, want none", list, err)
		}
		s.advance(60 * time.Second)
		s.must(s.office.MuteUser(ctx, s.boss, "app", "bob", 600))
		err = s.SendChat(ctx, in, "main", "three")
		wantRefused(t, "SendChat while muted", err, "chat_muted")
		if got, want := license.Describe(err).Message, "March 23, 2026, 12:12 pm"; got != want {
			t.Errorf("muted until %q, want %q", got, want)
		}
		s.advance(600 * time.Second)
		s.must(s.SendChat(ctx, in, "main", "three"))
	})
}

// Of many who write at once with one account, one does: the delay holds under a race.
func TestSendChatRace(t *testing.T) {
	forEachShop(t, func(t *testing.T, s *shop) {
		s.must(s.office.AddChannel(t.Context(), s.boss, "app", "main", 60))
		in, _ := s.bob()
		var wait sync.WaitGroup
		for range 16 {
			wait.Go(func() { _ = s.SendChat(context.WithoutCancel(t.Context()), in, "main", "x") })
		}
		wait.Wait()
		if list, err := s.ChatMessages(t.Context(), in, "main"); len(list) != 1 || err != nil {
			t.Errorf("%d messages were written, %v, want 1", len(list), err)
		}
	})
}
