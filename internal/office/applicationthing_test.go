package office_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/store"
)

// withUsers makes users of an application.
func (h *house) withUsers(code string, names ...string) {
	h.t.Helper()
	for _, name := range names {
		_, err := h.CreateApplicationUser(h.t.Context(), h.boss, code, office.NewApplicationUser{Name: name, Lasts: license.Span{Seconds: 86400}})
		h.ok(err)
	}
}

// wantField fails unless err is Invalid for a field.
func wantField(t *testing.T, what string, err error, field string) {
	t.Helper()
	if e := license.Describe(err); err == nil || e.Code != license.Invalid || e.Field != field {
		t.Errorf("%s = %v, want invalid %s", what, err, field)
	}
}

func wantSame[T any](t *testing.T, what string, got T, err error, want T) {
	t.Helper()
	if err != nil {
		t.Errorf("%s = %v, want ok", what, err)
	} else if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// lastEvents returns the kinds of the newest events, newest first.
func (h *house) lastEvents(n int) string {
	h.t.Helper()
	list, err := h.ListEvents(h.t.Context(), h.boss, office.Page{Limit: n})
	h.ok(err)
	return kinds(list)
}

func TestVariablesOfApplications(t *testing.T) {
	forEachHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		h.application("one")
		h.application("two")
		v := office.ApplicationVariable{Name: "v", Value: "1", Authed: true}
		h.ok(h.SaveVariable(ctx, h.boss, "one", v, true))
		wantCode(t, "SaveVariable of a taken name", h.SaveVariable(ctx, h.boss, "one", v, true), license.Conflict)
		want(t, "SaveVariable of none", h.SaveVariable(ctx, h.boss, "two", v, false), license.VariableUnknown)
		wantField(t, "SaveVariable of a long name", h.SaveVariable(ctx, h.boss, "one", office.ApplicationVariable{Name: strings.Repeat("n", 50)}, true), "name")
		wantField(t, "SaveVariable of a long value", h.SaveVariable(ctx, h.boss, "one", office.ApplicationVariable{Name: "x", Value: strings.Repeat("é", 1001)}, true), "value")
		v.Value = "line one\nline two"
		h.ok(h.SaveVariable(ctx, h.boss, "one", v, false))
		if got := h.lastEvents(2); got != "variable.saved variable.saved" {
			t.Errorf("events are %s", got)
		}
		got, err := h.FindVariable(ctx, h.boss, "one", "v")
		wantSame(t, "FindVariable", got, err, v)
		_, err = h.FindVariable(ctx, h.boss, "two", "v")
		want(t, "FindVariable of the other", err, license.VariableUnknown)
		want(t, "DropVariable of the other", h.DropVariable(ctx, h.boss, "two", "v"), license.VariableUnknown)
		n, err := h.DropVariables(ctx, h.boss, "two")
		wantSame(t, "DropVariables of the other", n, err, 0)
		list, err := h.ListVariables(ctx, h.boss, "one", "", 10)
		wantSame(t, "ListVariables", list, err, []office.ApplicationVariable{v})
		n, err = h.DropVariables(ctx, h.boss, "one")
		wantSame(t, "DropVariables", n, err, 1)
		h.product("plain", office.TermsChange{})
		want(t, "SaveVariable where there is no application", h.SaveVariable(ctx, h.boss, "plain", v, true), license.ApplicationUnknown)
		reader := identity.Actor{Kind: identity.PlatformUser, Tenant: h.tenant, User: 2, Role: identity.ReadOnly}
		want(t, "SaveVariable of who may only look", h.SaveVariable(ctx, reader, "one", v, true), license.PermissionMissing)
	})
}

func TestVariablesOfUsers(t *testing.T) {
	forEachHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		h.application("one")
		h.application("two")
		h.withUsers("one", "ann", "bob")
		h.withUsers("two", "carl")
		n, err := h.SetUserVariables(ctx, h.boss, "one", "ANN", false, "a", "1", ptr(true))
		wantSame(t, "SetUserVariables(ANN)", n, err, 1)
		_, err = h.SetUserVariables(ctx, h.boss, "one", "carl", false, "a", "1", nil)
		want(t, "SetUserVariables of the other's user", err, license.UserUnknown)
		n, err = h.SetUserVariables(ctx, h.boss, "one", "", true, "a", "2", nil)
		wantSame(t, "SetUserVariables of all", n, err, 2)
		v, err := h.FindUserVariable(ctx, h.boss, "one", "ann", "a")
		wantSame(t, "FindUserVariable", v, err, store.UserVariable{User: v.User, UserName: "ann", Name: "a", Value: "2", ReadOnly: true})
		_, err = h.FindUserVariable(ctx, h.boss, "two", "carl", "a")
		want(t, "FindUserVariable of the other's user", err, license.VariableUnknown)
		list, err := h.ListUserVariables(ctx, h.boss, "one", store.UserVariable{}, 10)
		if len(list) != 2 || list[0].UserName != "ann" || list[1].UserName != "bob" || err != nil {
			t.Errorf("ListUserVariables = %+v, %v, want those of ann and bob", list, err)
		}
		h.ok(h.DropUserVariable(ctx, h.boss, "one", "ann", "a"))
		want(t, "DropUserVariable again", h.DropUserVariable(ctx, h.boss, "one", "ann", "a"), license.VariableUnknown)
		n, err = h.DropUserVariableEverywhere(ctx, h.boss, "two", "a")
		wantSame(t, "DropUserVariableEverywhere of the other", n, err, 0)
		n, err = h.DropUserVariableEverywhere(ctx, h.boss, "one", "a")
		wantSame(t, "DropUserVariableEverywhere", n, err, 1)
		if got := h.lastEvents(4); got != "variable.dropped variable.dropped variable.saved variable.saved" {
			t.Errorf("events are %s", got)
		}
	})
}

func TestFilesAndWebhooks(t *testing.T) {
	forEachHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		h.application("one")
		h.application("two")
		there := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			switch r.URL.Path {
			case "/gone":
				w.WriteHeader(http.StatusNotFound)
			case "/large":
				w.Header().Set("Content-Length", fmt.Sprint(50<<20+1))
				w.WriteHeader(http.StatusOK)
			}
			_, _ = io.WriteString(w, "content")
		}))
		t.Cleanup(there.Close)
		f, err := h.AddFile(ctx, h.boss, "one", there.URL+"/folder/a.txt?key=1", true)
		h.ok(err)
		if !regexp.MustCompile(`^[0-9]{6}$`).MatchString(f.ID) || f.Name != "a.txt" || f.Size != 7 || !f.Authed {
			t.Errorf("AddFile = %+v", f)
		}
		for address, field := range map[string]string{"nonsense": "url", "ftp://x.test/a": "url", there.URL + "/large": "size"} {
			_, err := h.AddFile(ctx, h.boss, "one", address, false)
			wantField(t, "AddFile "+address, err, field)
		}
		_, err = h.AddFile(ctx, h.boss, "one", "http://10.0.0.1/a", false)
		want(t, "AddFile from a private address", err, license.OutsideRefused)
		_, err = h.AddFile(ctx, h.boss, "one", there.URL+"/gone", false)
		want(t, "AddFile of nothing", err, license.FileGone)
		_, err = h.EditFile(ctx, h.boss, "two", f.ID, nil, ptr(false))
		want(t, "EditFile of the other", err, license.FileUnknown)
		edited, err := h.EditFile(ctx, h.boss, "one", f.ID, ptr(there.URL+"/b.txt"), nil)
		f.URL, f.Name = there.URL+"/b.txt", "b.txt"
		wantSame(t, "EditFile", edited, err, f)
		found, err := h.FindFile(ctx, h.boss, "one", f.ID)
		wantSame(t, "FindFile", found, err, f)
		want(t, "DropFile of the other", h.DropFile(ctx, h.boss, "two", f.ID), license.FileUnknown)
		n, err := h.DropFiles(ctx, h.boss, "one")
		wantSame(t, "DropFiles", n, err, 1)

		w, err := h.AddWebhook(ctx, h.boss, "one", "", "https://api.example.test/v1?key=secret", "Bot", false)
		h.ok(err)
		if !regexp.MustCompile(`^[0-9A-Za-z]{10}$`).MatchString(w.ID) || w.Host != "https://api.example.test" || w.BaseURL != nil {
			t.Errorf("AddWebhook = %+v", w)
		}
		_, err = h.AddWebhook(ctx, h.boss, "one", w.ID, "https://x.test", "", false)
		wantCode(t, "AddWebhook of a taken id", err, license.Conflict)
		_, err = h.AddWebhook(ctx, h.boss, "one", "", "https://ann:pw@x.test", "", false)
		wantField(t, "AddWebhook with a password", err, "url")
		hooks, err := h.ListWebhooks(ctx, h.boss, "one", "", 10)
		wantSame(t, "ListWebhooks", hooks, err, []store.ApplicationWebhook{w})
		h.ok(h.store.Read(ctx, func(tx *store.Tx) error {
			p, err := tx.FindProductByCode(h.tenant, "one")
			if err != nil {
				return err
			}
			kept, err := tx.FindApplicationWebhook(h.tenant, p.ID, w.ID)
			if bytes.Contains(kept.BaseURL, []byte("secret")) {
				t.Error("the base URL is not sealed")
			}
			return err
		}))
		want(t, "DropWebhook of the other", h.DropWebhook(ctx, h.boss, "two", w.ID), license.WebhookUnknown)
		h.ok(h.DropWebhook(ctx, h.boss, "one", w.ID))
		log, err := h.ListEvents(ctx, h.boss, office.Page{})
		h.ok(err)
		if strings.Contains(fmt.Sprint(log), "secret") || strings.Contains(fmt.Sprint(log), "key=1") {
			t.Error("an event holds the address of a webhook or a file")
		}
	})
}

func TestStaffAndButtons(t *testing.T) {
	forEachHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		h.application("one")
		h.application("two")
		n := office.NewStaff{Name: "Sue", Role: office.StaffReseller, Email: "sue@x.test", Levels: "1", Password: "pw", Permissions: 3}
		s, err := h.AddStaff(ctx, h.boss, "one", n)
		h.ok(err)
		_, err = h.AddStaff(ctx, h.boss, "one", office.NewStaff{Name: "SUE", Role: office.StaffManager, Email: "s@x.test", Password: "pw"})
		want(t, "AddStaff of a taken name", err, license.NameTaken)
		for field, edit := range map[string]func(*office.NewStaff){
			"role": func(n *office.NewStaff) { n.Role = "Boss" }, "email": func(n *office.NewStaff) { n.Email = "x" },
			"password": func(n *office.NewStaff) { n.Password = "" }, "permissions": func(n *office.NewStaff) { n.Permissions = 4096 },
		} {
			bad := n
			edit(&bad)
			_, err := h.AddStaff(ctx, h.boss, "two", bad)
			wantField(t, "AddStaff with another "+field, err, field)
		}
		list, err := h.ListStaff(ctx, h.boss, "one", "", 10)
		wantSame(t, "ListStaff", list, err, []store.ApplicationStaff{s})
		list, err = h.ListStaff(ctx, h.boss, "two", "", 10)
		wantSame(t, "ListStaff of the other", list, err, nil)
		got, err := h.AddBalance(ctx, h.boss, "one", "sue", map[string]int64{"day": 2, "year": 1})
		wantSame(t, "AddBalance", got, err, map[string]int64{"day": 2, "year": 1})
		got, err = h.AddBalance(ctx, h.boss, "one", "sue", map[string]int64{"day": -1})
		wantSame(t, "AddBalance of less", got, err, map[string]int64{"day": 1, "year": 1})
		_, err = h.AddBalance(ctx, h.boss, "one", "sue", map[string]int64{"day": -2})
		wantField(t, "AddBalance below nothing", err, "day")
		_, err = h.AddBalance(ctx, h.boss, "one", "sue", map[string]int64{"hour": 1})
		wantField(t, "AddBalance of no such length", err, "hour")
		_, err = h.AddBalance(ctx, h.boss, "two", "sue", map[string]int64{"day": 1})
		want(t, "AddBalance of the other", err, license.UserUnknown)
		got, err = h.Balance(ctx, h.boss, "one", "Sue")
		wantSame(t, "Balance", got, err, map[string]int64{"day": 1, "year": 1})
		want(t, "DropStaff of the other", h.DropStaff(ctx, h.boss, "two", "sue"), license.UserUnknown)
		h.ok(h.DropStaff(ctx, h.boss, "one", "sue"))

		h.ok(h.SaveButton(ctx, h.boss, "one", "go", "Go"))
		h.ok(h.SaveButton(ctx, h.boss, "one", "go", "Go on"))
		buttons, err := h.ListButtons(ctx, h.boss, "one", "", 10)
		wantSame(t, "ListButtons", buttons, err, []store.ApplicationButton{{Value: "go", Label: "Go on"}})
		wantCode(t, "DropButton of the other", h.DropButton(ctx, h.boss, "two", "go"), license.NotFound)
		dropped, err := h.DropButtons(ctx, h.boss, "one")
		wantSame(t, "DropButtons", dropped, err, 1)
	})
}

func TestChannelsBlocksAndSessions(t *testing.T) {
	forEachHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		h.application("one")
		h.application("two")
		h.withUsers("one", "ann")
		h.ok(h.AddChannel(ctx, h.boss, "one", "main", 5))
		want(t, "AddChannel of a taken name", h.AddChannel(ctx, h.boss, "one", "main", 6), license.NameTaken)
		want(t, "ChangeChannel of the other", h.ChangeChannel(ctx, h.boss, "two", "main", 6), license.ChannelUnknown)
		h.ok(h.ChangeChannel(ctx, h.boss, "one", "main", 60))
		wantField(t, "ChangeChannel to less than nothing", h.ChangeChannel(ctx, h.boss, "one", "main", -1), "delay")
		channels, err := h.ListChannels(ctx, h.boss, "one", "", 10)
		wantSame(t, "ListChannels", channels, err, []store.ChatChannel{{Name: "main", Delay: 60}})
		_, err = h.ClearChannel(ctx, h.boss, "two", "main")
		want(t, "ClearChannel of the other", err, license.ChannelUnknown)
		h.ok(h.MuteUser(ctx, h.boss, "one", "Ann", 60))
		want(t, "MuteUser of the other", h.MuteUser(ctx, h.boss, "two", "ann", 60), license.UserUnknown)
		wantField(t, "MuteUser for no time", h.MuteUser(ctx, h.boss, "one", "ann", 0), "time")
		mutes, err := h.ListMutes(ctx, h.boss, "one", 0, 10)
		if len(mutes) != 1 || mutes[0].Name != "ann" || mutes[0].Until != h.now()+60_000_000 || err != nil {
			t.Errorf("ListMutes = %+v, %v, want ann for a minute", mutes, err)
		}
		h.ok(h.UnmuteUser(ctx, h.boss, "one", "ann"))
		mutes, err = h.ListMutes(ctx, h.boss, "one", 0, 10)
		wantSame(t, "ListMutes of nobody", mutes, err, nil)
		want(t, "DropChannel of the other", h.DropChannel(ctx, h.boss, "two", "main"), license.ChannelUnknown)
		h.ok(h.DropChannel(ctx, h.boss, "one", "main"))

		h.ok(h.BlockEntry(ctx, h.boss, "one", store.BlockAddress, " ::ffff:192.0.2.1 ", "spam"))
		h.ok(h.BlockEntry(ctx, h.boss, "one", store.BlockHardware, "machine", ""))
		h.ok(h.BlockEntry(ctx, h.boss, "one", store.AllowAddress, "192.0.2.2", ""))
		wantField(t, "BlockEntry of no address", h.BlockEntry(ctx, h.boss, "one", store.BlockAddress, "x", ""), "value")
		wantField(t, "BlockEntry of no kind", h.BlockEntry(ctx, h.boss, "one", "x", "x", ""), "kind")
		blocks, err := h.ListBlocks(ctx, h.boss, "one", false, store.Block{}, 10)
		if len(blocks) != 2 || blocks[0].Value != "machine" || blocks[1].Value != "192.0.2.1" || blocks[1].Reason != "spam" || err != nil {
			t.Errorf("ListBlocks = %+v, %v", blocks, err)
		}
		wantCode(t, "UnblockEntry of the other", h.UnblockEntry(ctx, h.boss, "two", store.BlockAddress, "192.0.2.1"), license.NotFound)
		h.ok(h.UnblockEntry(ctx, h.boss, "one", store.BlockAddress, "192.0.2.1"))
		n, err := h.DropBlocks(ctx, h.boss, "one", false)
		wantSame(t, "DropBlocks", n, err, 1)
		n, err = h.DropBlocks(ctx, h.boss, "one", true)
		wantSame(t, "DropBlocks that let in", n, err, 1)

		id := strings.Repeat("ab", 16)
		begin := func() store.ApplicationSession {
			p, err := h.FindProduct(ctx, h.boss, "one")
			h.ok(err)
			s := store.ApplicationSession{Tenant: h.tenant, Product: p.ID, IDHash: sha256.Sum256([]byte(id)), Enckey: "key", Address: "192.0.2.1", Created: h.now(), Expires: h.now() + 1}
			h.ok(h.store.Write(ctx, func(tx *store.Tx) error { return tx.InsertSession(&s) }))
			return s
		}
		s := begin()
		sessions, err := h.ListSessions(ctx, h.boss, "one", store.ApplicationSession{}, 10)
		s.Enckey = ""
		wantSame(t, "ListSessions", sessions, err, []store.ApplicationSession{s})
		want(t, "EndSession of the other", h.EndSession(ctx, h.boss, "two", s.Handle()), license.SessionUnknown)
		h.ok(h.EndSession(ctx, h.boss, "one", s.Handle()))
		begin()
		h.ok(h.EndSession(ctx, h.boss, "one", id))
		begin()
		n, err = h.EndSessions(ctx, h.boss, "two")
		wantSame(t, "EndSessions of the other", n, err, 0)
		n, err = h.EndSessions(ctx, h.boss, "one")
		wantSame(t, "EndSessions", n, err, 1)
	})
}

func TestProgramTokens(t *testing.T) {
	forEachHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		h.application("one")
		h.application("two")
		secret, token, err := h.CreateProgramToken(ctx, h.boss, "one", "Ann")
		h.ok(err)
		if !regexp.MustCompile(`^[0-9a-f]{32}$`).MatchString(secret.Reveal()) || !strings.HasSuffix(secret.Reveal(), strings.TrimPrefix(token.Hint, "…")) {
			t.Errorf("CreateProgramToken = %s of %s", secret.Reveal(), token.Hint)
		}
		for name, by := range map[string]string{"token": secret.Reveal(), "handle": token.Handle(), "hint": token.Hint, "digits": token.Hint[len("…"):]} {
			want(t, "BanProgramToken of the other by "+name, h.BanProgramToken(ctx, h.boss, "two", by, "abuse"), license.ProgramTokenUnknown)
			h.ok(h.BanProgramToken(ctx, h.boss, "one", by, "abuse"))
			token.Banned, token.BanReason = true, "abuse"
			list, err := h.ListProgramTokens(ctx, h.boss, "one", "", 10)
			wantSame(t, "ListProgramTokens", list, err, []store.ProgramToken{token})
			h.ok(h.UnbanProgramToken(ctx, h.boss, "one", by))
		}
		list, err := h.ListProgramTokens(ctx, h.boss, "one", token.Handle(), 10)
		wantSame(t, "ListProgramTokens behind the last", list, err, nil)
	})
}
