package store

import (
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"licet/internal/license"
)

// twoApplications are two products of a tenant, and one of another tenant, with a user each.
type twoApplications struct {
	tenant, other         license.TenantID
	first, second, abroad license.ProductID
	ann, bob              license.LicenseUserID
}

func someApplications(t *testing.T, s *Store) (a twoApplications) {
	t.Helper()
	a.tenant, a.other = someTenant(t, s, "first"), someTenant(t, s, "second")
	a.first, a.second = someProduct(t, s, a.tenant, "first"), someProduct(t, s, a.tenant, "second")
	a.abroad = someProduct(t, s, a.other, "abroad")
	a.ann, a.bob = someUser(t, s, a.tenant, a.first, "Ann").ID, someUser(t, s, a.tenant, a.second, "Bob").ID
	someUser(t, s, a.other, a.abroad, "Ann")
	return a
}

func same[T any](t *testing.T, what string, got T, err error, want T) {
	t.Helper()
	if err != nil {
		t.Errorf("%s = %v, want ok", what, err)
	} else if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func TestApplicationThingsStayApart(t *testing.T) {
	forEachDB(t, func(t *testing.T, db testDB) {
		s := db.open(t)
		a := someApplications(t, s)
		v := ApplicationVariable{Name: "v", Value: "one", Authed: true}
		f := ApplicationFile{ID: "123456", Name: "a.txt", URL: "https://example.test/a", Size: 7, Created: 5}
		w := ApplicationWebhook{ID: "hook", BaseURL: []byte("sealed"), Host: "https://example.test", UserAgent: "Bot", Authed: true, Created: 5}
		staff := ApplicationStaff{Name: "Sue", Role: "Reseller", Email: "s@x.test", Levels: "1", Permissions: 3, Balance: map[string]int64{"day": 2}, Created: 5}
		b := ApplicationButton{Value: "go", Label: "Go"}
		token := ProgramToken{Hash: [32]byte{1, 2}, Hint: "…abcd", Holder: "Bob", Created: 5}
		mustWrite(t, s, func(tx *Tx) error {
			for _, add := range []func() (bool, error){
				func() (bool, error) { return tx.InsertApplicationVariable(a.tenant, a.first, &v) },
				func() (bool, error) { return tx.InsertApplicationFile(a.tenant, a.first, &f) },
				func() (bool, error) { return tx.InsertApplicationWebhook(a.tenant, a.first, &w) },
				func() (bool, error) { return tx.InsertStaff(a.tenant, a.first, &staff, "hash") },
			} {
				for _, want := range []bool{true, false} {
					if made, err := add(); err != nil || made != want {
						t.Errorf("inserting = %v, %v, want %v", made, err, want)
					}
				}
			}
			if err := tx.SaveButton(a.tenant, a.first, b); err != nil {
				return err
			}
			return tx.InsertProgramToken(a.tenant, a.first, &token)
		})
		for _, at := range []struct {
			name    string
			tenant  license.TenantID
			product license.ProductID
			ours    bool
		}{{"own", a.tenant, a.first, true}, {"other-application", a.tenant, a.second, false}, {"other-tenant", a.other, a.first, false}} {
			t.Run(at.name, func(t *testing.T) {
				mustWrite(t, s, func(tx *Tx) error {
					found := map[string]error{}
					_, found["variable"] = tx.FindApplicationVariable(at.tenant, at.product, "v")
					_, found["file"] = tx.FindApplicationFile(at.tenant, at.product, "123456")
					_, found["webhook"] = tx.FindApplicationWebhook(at.tenant, at.product, "hook")
					_, found["staff"] = tx.FindStaff(at.tenant, at.product, "SUE")
					_, found["token"] = tx.FindProgramToken(at.tenant, at.product, token.Hash)
					for what, err := range found {
						if (err == nil) != at.ours {
							t.Errorf("finding the %s = %v, want found %v", what, err, at.ours)
						}
					}
					if at.ours {
						return nil
					}
					for what, drop := range map[string]func() (bool, error){
						"variable": func() (bool, error) { return tx.DropApplicationVariable(at.tenant, at.product, "v") },
						"file":     func() (bool, error) { return tx.DropApplicationFile(at.tenant, at.product, "123456") },
						"webhook":  func() (bool, error) { return tx.DropApplicationWebhook(at.tenant, at.product, "hook") },
						"staff":    func() (bool, error) { return tx.DropStaff(at.tenant, at.product, "sue") },
						"button":   func() (bool, error) { return tx.DropButton(at.tenant, at.product, "go") },
						"file-of":  func() (bool, error) { return tx.SetProgramTokenFile(at.tenant, at.product, token.Hash, "aa") },
						"change":   func() (bool, error) { return tx.SaveApplicationVariable(at.tenant, at.product, &v) },
					} {
						if done, err := drop(); err != nil || done {
							t.Errorf("%s = %v, %v, want nothing done", what, done, err)
						}
					}
					return nil
				})
			})
		}
		mustWrite(t, s, func(tx *Tx) error {
			gotV, err := tx.ListApplicationVariables(a.tenant, a.first, "", 10)
			same(t, "ListApplicationVariables", gotV, err, []ApplicationVariable{v})
			gotF, err := tx.ListApplicationFiles(a.tenant, a.first, "", 10)
			same(t, "ListApplicationFiles", gotF, err, []ApplicationFile{f})
			gotW, err := tx.ListApplicationWebhooks(a.tenant, a.first, "", 10)
			same(t, "ListApplicationWebhooks", gotW, err, []ApplicationWebhook{w})
			gotS, err := tx.ListStaff(a.tenant, a.first, "", 10)
			same(t, "ListStaff", gotS, err, []ApplicationStaff{staff})
			gotB, err := tx.ListButtons(a.tenant, a.first, "", 10)
			same(t, "ListButtons", gotB, err, []ApplicationButton{b})
			gotT, err := tx.ListProgramTokens(a.tenant, a.first, [32]byte{}, 10)
			same(t, "ListProgramTokens", gotT, err, []ProgramToken{token})
			return nil
		})
	})
}

func TestUserVariables(t *testing.T) {
	forEachDB(t, func(t *testing.T, db testDB) {
		s := db.open(t)
		a := someApplications(t, s)
		yes := true
		mustWrite(t, s, func(tx *Tx) error {
			if err := tx.ChangeUserVariable(a.tenant, a.ann, "a", "1"); err != nil {
				return err
			}
			if err := tx.ChangeUserVariable(a.tenant, a.ann, "a", "2"); err != nil {
				return err
			}
			return tx.SaveUserVariable(a.tenant, a.ann, "fixed", "x", &yes)
		})
		err := s.Write(t.Context(), func(tx *Tx) error { return tx.ChangeUserVariable(a.tenant, a.ann, "fixed", "y") })
		wantReason(t, "ChangeUserVariable(fixed)", err, license.VariableFixed)
		mustWrite(t, s, func(tx *Tx) error {
			if err := tx.SaveUserVariable(a.tenant, a.ann, "fixed", "z", nil); err != nil {
				return err
			}
			got, err := tx.UserVariables(a.tenant, a.ann)
			same(t, "UserVariables", got, err, []UserVariable{{User: a.ann, Name: "a", Value: "2"}, {User: a.ann, Name: "fixed", Value: "z", ReadOnly: true}})
			run, err := tx.NextUserRun(a.tenant, a.first, UserRun{})
			same(t, "NextUserRun", run, err, UserRun{To: "ann", Count: 1})
			n, err := tx.SaveVariableOfRun(a.tenant, a.first, run, "all", "q", &yes)
			same(t, "SaveVariableOfRun", n, err, 1)
			n, err = tx.SaveVariableOfRun(a.tenant, a.first, run, "all", "r", nil)
			same(t, "SaveVariableOfRun again", n, err, 1)
			run, err = tx.NextUserRun(a.tenant, a.first, run)
			same(t, "NextUserRun at the end", run, err, UserRun{After: "ann"})
			return nil
		})
		mustWrite(t, s, func(tx *Tx) error {
			v, err := tx.FindUserVariable(a.tenant, a.ann, "all")
			same(t, "FindUserVariable(all)", v, err, UserVariable{User: a.ann, Name: "all", Value: "r", ReadOnly: true})
			_, err = tx.FindUserVariable(a.tenant, a.bob, "all")
			wantReason(t, "FindUserVariable of another user", err, license.VariableUnknown)
			list, err := tx.ListUserVariables(a.tenant, a.first, UserVariable{UserName: "Ann", Name: "a"}, 1)
			same(t, "ListUserVariables", list, err, []UserVariable{{User: a.ann, UserName: "Ann", Name: "all", Value: "r", ReadOnly: true}})
			list, err = tx.ListUserVariables(a.tenant, a.second, UserVariable{}, 10)
			same(t, "ListUserVariables of the other", list, err, nil)
			n, err := tx.DropVariableOfRun(a.tenant, a.second, UserRun{To: "zzz"}, "all")
			same(t, "DropVariableOfRun of the other", n, err, 0)
			n, err = tx.DropVariableOfRun(a.tenant, a.first, UserRun{To: "ann"}, "all")
			same(t, "DropVariableOfRun", n, err, 1)
			return nil
		})
		mustWrite(t, s, func(tx *Tx) error {
			for i := range MaxUserVariables - 2 {
				if err := tx.ChangeUserVariable(a.tenant, a.ann, "n"+strconv.Itoa(i), "v"); err != nil {
					return err
				}
			}
			return tx.ChangeUserVariable(a.tenant, a.ann, "n1", "w")
		})
		err = s.Write(t.Context(), func(tx *Tx) error { return tx.ChangeUserVariable(a.tenant, a.ann, "more", "v") })
		wantCode(t, "ChangeUserVariable beyond the bound", err, license.Invalid)
	})
}

func TestChat(t *testing.T) {
	forEachDB(t, func(t *testing.T, db testDB) {
		s := db.open(t)
		a := someApplications(t, s)
		mustWrite(t, s, func(tx *Tx) error {
			made, err := tx.InsertChatChannel(a.tenant, a.first, ChatChannel{Name: "main", Delay: 3})
			same(t, "InsertChatChannel", made, err, true)
			made, err = tx.InsertChatChannel(a.tenant, a.first, ChatChannel{Name: "main", Delay: 4})
			same(t, "InsertChatChannel again", made, err, false)
			for i := range MaxChatMessages + 5 {
				m := ChatMessage{User: a.ann, Author: "Ann", Message: strconv.Itoa(i), At: license.Time(i + 1)}
				if err := tx.AddChatMessage(a.tenant, a.first, "main", &m); err != nil {
					return err
				}
			}
			return nil
		})
		if n := count(t, s, "chat_messages"); n != MaxChatMessages {
			t.Errorf("%d messages are kept, want %d", n, MaxChatMessages)
		}
		mustWrite(t, s, func(tx *Tx) error {
			c, err := tx.LockChatChannel(a.tenant, a.first, "main")
			same(t, "LockChatChannel", c, err, ChatChannel{Name: "main", Delay: 3})
			_, err = tx.LockChatChannel(a.tenant, a.second, "main")
			wantReason(t, "LockChatChannel of the other application", err, license.ChannelUnknown)
			list, err := tx.ChatMessages(a.tenant, a.first, "main", 2)
			var said []string
			for _, m := range list {
				said = append(said, m.Message)
			}
			same(t, "ChatMessages", said, err, []string{"203", "204"})
			list, err = tx.ChatMessages(a.tenant, a.second, "main", 2)
			same(t, "ChatMessages of the other", list, err, nil)
			at, err := tx.LastChatAt(a.tenant, a.first, "main", a.ann)
			same(t, "LastChatAt", at, err, license.Time(MaxChatMessages+5))
			at, err = tx.LastChatAt(a.tenant, a.first, "main", a.bob)
			same(t, "LastChatAt of somebody silent", at, err, 0)
			if err := tx.SetMuted(a.tenant, a.ann, 100); err != nil {
				return err
			}
			until, err := tx.MutedUntil(a.tenant, a.ann)
			same(t, "MutedUntil", until, err, 100)
			mutes, err := tx.ListMutes(a.tenant, a.first, 99, 0, 10)
			same(t, "ListMutes", mutes, err, []Mute{{User: a.ann, Name: "Ann", Until: 100}})
			for _, past := range []struct {
				product license.ProductID
				now     license.Time
			}{{a.first, 100}, {a.second, 99}} {
				mutes, err = tx.ListMutes(a.tenant, past.product, past.now, 0, 10)
				same(t, "ListMutes of nobody", mutes, err, nil)
			}
			return tx.DropChatChannel(a.tenant, a.first, "main")
		})
		if n := count(t, s, "chat_messages"); n != 0 {
			t.Errorf("%d messages outlive their channel", n)
		}
	})
}

func TestApplicationLogs(t *testing.T) {
	forEachDB(t, func(t *testing.T, db testDB) {
		s := db.open(t)
		a := someApplications(t, s)
		line := ApplicationLog{At: 3, Message: "hi", Credential: "Ann", Machine: "pc", Address: "192.0.2.1"}
		mustWrite(t, s, func(tx *Tx) error {
			for range 3 {
				if err := tx.AddApplicationLog(a.tenant, a.first, &line); err != nil {
					return err
				}
			}
			return tx.trimApplicationLogs(a.tenant, a.first)
		})
		mustWrite(t, s, func(tx *Tx) error {
			list, err := tx.ListApplicationLogs(a.tenant, a.first, 0, 1)
			same(t, "ListApplicationLogs", list, err, []ApplicationLog{line})
			list, err = tx.ListApplicationLogs(a.tenant, a.second, 0, 1)
			same(t, "ListApplicationLogs of the other", list, err, nil)
			n, err := tx.DropApplicationLogs(a.tenant, a.second)
			same(t, "DropApplicationLogs of the other", n, err, 0)
			n, err = tx.DropApplicationLogs(a.tenant, a.first)
			same(t, "DropApplicationLogs", n, err, 3)
			return nil
		})
		if want := "OFFSET " + strconv.Itoa(MaxApplicationLogs) + ")"; !strings.HasSuffix(trimApplicationLogs, want) {
			t.Errorf("old lines are dropped by %s, want %s", trimApplicationLogs, want)
		}
		if want := "OFFSET " + strconv.Itoa(MaxChatMessages) + ")"; !strings.HasSuffix(trimChatMessages, want) {
			t.Errorf("old messages are dropped by %s, want %s", trimChatMessages, want)
		}
	})
}

// TestApplicationThingsAreIndexed: what an app may ask for again and again finds its rows by an index.
func TestApplicationThingsAreIndexed(t *testing.T) {
	forEachDB(t, func(t *testing.T, db testDB) {
		s := db.open(t)
		for name, q := range map[string]struct {
			sql  string
			args []any
		}{
			"findApplicationVariable": {findApplicationVariable, []any{1, 2, "v"}},
			"findUserVariable":        {findUserVariable, []any{1, 2, "v"}},
			"changeUserVariable":      {changeUserVariable, []any{1, 2, "v", "x"}},
			"countUserVariables":      {countUserVariables, []any{1, 2}},
			"findApplicationFile":     {findApplicationFile, []any{1, 2, "f"}},
			"findApplicationWebhook":  {findApplicationWebhook, []any{1, 2, "w"}},
			"trimApplicationLogs":     {trimApplicationLogs, []any{1, 2}},
			"lockChatChannel":         {lockChatChannel, []any{1, 2, "c"}},
			"chatMessages":            {chatMessages, []any{1, 2, "c", 50}},
			"lastChatAt":              {lastChatAt, []any{1, 2, "c", 3}},
			"trimChatMessages":        {trimChatMessages, []any{1, 2, "c"}},
			"mutedUntil":              {mutedUntil, []any{1, 2}},
			"setMuted":                {setMuted, []any{1, 2, 3}},
			"listMutes":               {listMutes, []any{1, 2, 3, 4, 5}},
			"dropVariableOfRun":       {dropVariableOfRun, []any{1, 2, "a", "b", "v"}},
		} {
			t.Run(name, func(t *testing.T) {
				wantIndex(t, s, q.sql, q.args)
				wantOnePlan(t, s, q.sql, q.args)
				wantNoTenantSearch(t, s, q.sql, q.args)
			})
		}
	})
}
