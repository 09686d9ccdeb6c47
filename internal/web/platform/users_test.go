package platform

import (
	"context"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"licet/internal/authority"
	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
)

// game makes a product with an application that its users sign in to.
func (s *site) game() license.Application {
	s.t.Helper()
	if _, err := s.office.CreateProduct(s.t.Context(), s.operator, office.NewProduct{Code: "game", Name: "Game"}); err != nil {
		s.t.Fatal(err)
	}
	app, err := s.office.CreateApplication(s.t.Context(), s.operator, "game", office.NewApplication{})
	if err != nil {
		s.t.Fatal(err)
	}
	return app
}

// gameKey makes a license of the game for an hour.
func (s *site) gameKey() string {
	s.t.Helper()
	made, err := s.office.CreateApplicationLicenses(s.t.Context(), s.operator, "game", office.NewApplicationLicenses{Amount: 1, Mask: "GAME-******", Upper: true, Level: 1, Lasts: license.Span{Seconds: 3600}})
	if err != nil {
		s.t.Fatal(err)
	}
	return made.Licenses[0].Key
}

// visits begins a session of an application, as an app does.
func (s *site) visits(app license.Application) *authority.Visit {
	s.t.Helper()
	session, err := s.authority.OpenSession(s.t.Context(), &app, authority.NewSession{Address: "203.0.113.7"})
	if err != nil {
		s.t.Fatal(err)
	}
	v, err := s.authority.ApplicationVisit(s.t.Context(), app.Owner, app.Name, session.Reveal(), "203.0.113.7")
	if err != nil {
		s.t.Fatal(err)
	}
	return &v
}

// byKey signs in with a license alone.
func (s *site) byKey(app license.Application, key string) error {
	_, err := s.authority.LoginByKey(s.t.Context(), s.visits(app), key, "my-first-machine-0001", "")
	return err
}

// player makes a user of the game with a password, who holds an hour.
func (s *site) player(name string, password identity.Secret) license.LicenseUserID {
	s.t.Helper()
	u, err := s.office.CreateApplicationUser(s.t.Context(), s.operator, "game", office.NewApplicationUser{Name: name, Password: password, Lasts: license.Span{Seconds: 3600}})
	if err != nil {
		s.t.Fatal(err)
	}
	return u.ID
}

// signs signs a player in with a password.
func (s *site) signs(app license.Application, name string, password identity.Secret) error {
	_, err := s.authority.Login(s.t.Context(), s.visits(app), authority.Credentials{Name: name, Password: password, Hardware: "my-first-machine-0001"})
	return err
}

// shown returns a user as the office knows them.
func (s *site) shown(id license.LicenseUserID) office.UserPage {
	s.t.Helper()
	p, err := s.office.ShowLicenseUser(s.t.Context(), s.operator, id, office.Page{})
	if err != nil {
		s.t.Fatal(err)
	}
	return p
}

// elsewhere is an actor in another tenant, for things that must not be seen from here.
func (s *site) elsewhere() identity.Actor {
	s.t.Helper()
	operator := identity.Actor{Kind: identity.Operator, Name: "test"}
	tenant, err := s.office.CreateTenant(context.Background(), operator, "umbra", "Umbra Audio")
	if err != nil {
		s.t.Fatal(err)
	}
	return office.In(operator, tenant.ID)
}

// notAllowed is said to somebody whose role may not do what they asked for.
const notAllowed = "You may not do this"

func (a *answer) wantPath(path string) *answer {
	a.t.Helper()
	if a.path != path {
		a.t.Errorf("%s ended at %s, want %s", a.what, a.path, path)
	}
	return a
}

func TestUsersOfApplications(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	app := s.game()
	support := s.as(identity.Support)
	support.get("/users").want(http.StatusOK, "Nobody has signed in yet", "New user")

	t.Run("S1-15", func(t *testing.T) {
		key := s.gameKey()
		if err := s.byKey(app, key); err != nil {
			t.Fatal(err)
		}
		list := support.get("/users").want(http.StatusOK, key, "default", "in 60 minutes")
		path := regexp.MustCompile(`/users/\d+`).FindString(list.body)
		support.get(path).want(http.StatusOK, "A license of Game that became a user", "The license key", "my-first-machine-0001", "203.0.113.7", "Sessions")
		support.get("/users?product=game&q="+key[:8]).want(http.StatusOK, key)
		support.get("/users?product=*").want(http.StatusOK, "Nobody is like that").lacks(key)
	})

	id := s.player("bob", "first-password")
	page := userPath(id)
	t.Run("S1-18", func(t *testing.T) {
		if err := s.signs(app, "bob", "first-password"); err != nil {
			t.Fatal(err)
		}
		support.get(page).want(http.StatusOK, "Ban this user?", "Their machines, and the address they signed in from last, are kept out of Game too", "Their sessions end at once.")
		support.post(page+"/ban", url.Values{"reason": {hostile}}).want(http.StatusOK, "is banned", "Undo", html.EscapeString(hostile)).wantPath(page).lacks(hostile)
		if err := s.signs(app, "bob", "first-password"); license.ReasonOf(err) == "" {
			t.Errorf("a banned user signs in: %v", err)
		}
		support.get("/users?banned=yes").want(http.StatusOK, "bob", "Banned")
		support.post(page+"/unban", nil).want(http.StatusOK, "may sign in again")
		if err := s.signs(app, "bob", "first-password"); err != nil {
			t.Errorf("a user who was unbanned does not sign in: %v", err)
		}
	})
	t.Run("S1-23", func(t *testing.T) {
		before := s.shown(id).Held[0].ExpiresAt
		form := url.Values{"duration": {"2"}, "unit": {"days"}, "level": {"default"}, "_once": {"twice"}}
		for range 2 { // Sent again, it is not done again.
			support.post(page+"/extend", form).want(http.StatusOK).wantPath(page)
		}
		if got := s.shown(id).Held[0].ExpiresAt.Sub(before); got != 48*time.Hour {
			t.Errorf("the end moved by %s, want 48h", got)
		}
		support.post(page+"/shorten", url.Values{"duration": {"1"}, "unit": {"days"}, "level": {"default"}}).want(http.StatusOK, "1 day less")
		if got := s.shown(id).Held[0].ExpiresAt.Sub(before); got != 24*time.Hour {
			t.Errorf("the end moved by %s, want 24h", got)
		}
		support.post(page+"/extend", url.Values{"duration": {"x"}, "unit": {"days"}}).want(http.StatusOK, "Write a whole number")
		support.post(page+"/extend", url.Values{"duration": {"1"}, "unit": {"days"}, "level": {"platinum"}}).want(http.StatusOK, "The level is no more")
	})
	t.Run("time", func(t *testing.T) {
		support.post(page+"/pause", nil).want(http.StatusOK, "stands still", "Resume", "Paused")
		support.post(page+"/resume", nil).want(http.StatusOK, "runs on", "Pause")
		support.post(page+"/take", url.Values{"level": {"default"}}).want(http.StatusOK, "no longer holds default", "They hold nothing")
		support.post(page+"/take", url.Values{"level": {"default"}}).want(http.StatusOK, "does not hold it")
	})
	t.Run("machines", func(t *testing.T) {
		support.post(page+"/machines", url.Values{"hwid": {hostile}}).want(http.StatusOK, html.EscapeString(hostile)).lacks(hostile)
		support.post(page+"/machines/reset", nil).want(http.StatusOK, "None yet: the first")
		if got := s.shown(id).Member.Hardware; len(got) != 0 {
			t.Errorf("machines after the reset = %q, want none", got)
		}
	})
	t.Run("variables", func(t *testing.T) {
		support.post(page+"/variables", url.Values{"name": {"plan"}, "value": {hostile + "\r\nx"}, "read_only": {"yes"}}).want(http.StatusOK, "The variable plan is set", "reads it").lacks(hostile)
		if got := s.shown(id).Variables; len(got) != 1 || got[0].Value != hostile+"\nx" || !got[0].ReadOnly {
			t.Errorf("variables = %+v", got)
		}
		support.post(page+"/variables/remove", url.Values{"name": {"plan"}}).want(http.StatusOK, "is removed", "Undo", `name="read_only"`)
		support.post(page+"/variables/remove", url.Values{"name": {"plan"}}).want(http.StatusOK, "that variable is no more"[1:])
	})
	t.Run("sessions", func(t *testing.T) {
		if err := s.signs(app, "bob", "first-password"); license.ReasonOf(err) != license.NothingHeld {
			t.Fatal(err)
		}
		support.post(page+"/extend", url.Values{"duration": {"1"}, "unit": {"days"}, "level": {"default"}}).want(http.StatusOK, "1 day more")
		for range 2 {
			if err := s.signs(app, "bob", "first-password"); err != nil {
				t.Fatal(err)
			}
		}
		n := len(s.shown(id).Sessions)
		support.post(page+"/sessions/end", url.Values{"session": {s.shown(id).Sessions[0].Handle()}}).want(http.StatusOK, "The session has ended")
		if got := len(s.shown(id).Sessions); got != n-1 {
			t.Errorf("%d sessions, want %d", got, n-1)
		}
		support.post(page+"/sessions/end", nil).want(http.StatusOK, "They are not signed in now")
	})
	t.Run("edit", func(t *testing.T) {
		s.player("carol", "")
		support.get(page+"/edit").want(http.StatusOK, `value="bob"`)
		support.post(page+"/edit", url.Values{"name": {"carol"}, "first_name": {"Bobby"}}).want(http.StatusConflict, `value="carol"`, `value="Bobby"`)
		support.post(page+"/edit", url.Values{"name": {"robert"}, "email": {"nonsense"}}).want(http.StatusUnprocessableEntity, "is not an e-mail address", `value="robert"`)
		if got := s.shown(id).Name; got != "bob" {
			t.Errorf("the name is %s after a change that was refused, want bob", got)
		}
		support.post(page+"/edit", url.Values{"name": {"robert"}, "email": {"bob@x.test"}, "last_name": {"Builder"}}).want(http.StatusOK, "robert is changed")
		if got := s.shown(id); got.Name != "robert" || len(got.Member.Email) == 0 || got.LastName != "Builder" {
			t.Errorf("the user is %+v", got.LicenseUser)
		}
		support.post(page+"/edit", url.Values{"name": {"robert"}, "no_email": {"yes"}}).want(http.StatusOK)
		if got := s.shown(id); len(got.Member.Email) != 0 || got.LastName != "" {
			t.Errorf("the user is %+v", got.Member)
		}
	})
	t.Run("password", func(t *testing.T) {
		made := support.post(page+"/password", url.Values{"way": {"made"}}).want(http.StatusOK, "Keep it now")
		fresh := regexp.MustCompile(`Lc1-[A-Za-z0-9-]+`).FindString(made.body)
		if err := s.signs(app, "robert", identity.Secret(fresh)); err != nil {
			t.Errorf("signing in with the password that was shown = %v", err)
		}
		support.get(page).lacks(fresh)
		support.post(page+"/password", url.Values{"way": {"typed"}}).want(http.StatusUnprocessableEntity, "Write a password")
		support.post(page+"/password", url.Values{"way": {"typed"}, "password": {" own "}}).want(http.StatusOK, "with the password"[5:]).lacks("&gt; own ")
		if err := s.signs(app, "robert", " own "); err != nil {
			t.Errorf("signing in with the password that was set = %v", err)
		}
		support.post(page+"/password", url.Values{"way": {"none"}}).want(http.StatusOK, "becomes theirs")
		if s.shown(id).Member.Password {
			t.Error("the user has a password after it was reset")
		}
	})
	t.Run("delete", func(t *testing.T) {
		support.get(page).want(http.StatusOK, "Licenses with a key stay used")
		support.post(page+"/delete", nil).want(http.StatusOK, "robert is deleted").wantPath("/users")
		support.get(page).want(http.StatusNotFound)
		support.post(page+"/delete", nil).want(http.StatusNotFound)
	})
}

func TestUsersOfTheTenant(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	owner := s.as(identity.Owner)
	if _, err := s.office.CreateProduct(t.Context(), s.operator, office.NewProduct{Code: "studio", Name: "Studio"}); err != nil {
		t.Fatal(err)
	}
	issued, err := s.office.CreateLicenses(t.Context(), s.operator, office.NewLicenses{Product: "studio", Keys: []string{"STUDIO-1"}})
	if err != nil {
		t.Fatal(err)
	}
	owner.get("/users/new").want(http.StatusOK, "All products", "Empty has one made up")
	owner.post("/users", url.Values{"email": {"nonsense"}, "first_name": {"Ann"}}).want(http.StatusUnprocessableEntity, "is not an e-mail address", `value="nonsense"`, `value="Ann"`)
	owner.post("/users", url.Values{"email": {"ann@x.test"}, "customer": {"nobody@x.test"}}).want(http.StatusUnprocessableEntity, `value="nobody@x.test"`)
	form := url.Values{"email": {"ann@x.test"}, "first_name": {"Ann"}, "_once": {"one"}}
	made := owner.post("/users", form).want(http.StatusOK, "Keep it now", "ann@x.test is there")
	path := regexp.MustCompile(`/users/\d+`).FindString(made.body)
	owner.post("/users", form).want(http.StatusOK, "it was not done again")
	owner.post("/users", url.Values{"email": {"ANN@x.test"}, "password": {"secret-that-is-not-repeated"}}).want(http.StatusUnprocessableEntity).lacks("secret-that-is-not-repeated")
	var id license.LicenseUserID
	if _, err := fmt.Sscanf(path, "/users/%d", &id); err != nil {
		t.Fatal(err)
	}
	owner.get(path).want(http.StatusOK, "Initial password", "The one they were given", "They hold no license yet")

	owner.post(path+"/assign", url.Values{"license": {"NOTHING"}}).want(http.StatusOK, "There is no license NOTHING")
	owner.post(path+"/assign", url.Values{"license": {"STUDIO-1"}}).want(http.StatusOK, "now holds STUDIO-1", licensePath(issued.Licenses[0].ID))
	owner.get("/users?q=ann").want(http.StatusOK, "STUDIO-1")
	owner.post(path+"/unassign", url.Values{"license": {fmt.Sprint(int64(issued.Licenses[0].ID))}}).want(http.StatusOK, "no longer holds STUDIO-1", "Undo", "They hold no license yet")
	owner.post(path+"/unassign", url.Values{"license": {"1"}}).want(http.StatusOK, "does not hold")
	owner.post(path+"/pause", nil).want(http.StatusOK, "Only users of applications have that")

	owner.post(path+"/password", url.Values{"way": {"typed"}, "password": {"short"}}).want(http.StatusUnprocessableEntity)
	owner.post(path+"/password", url.Values{"way": {"made"}}).want(http.StatusOK, "Keep it now")
	owner.post(path+"/edit", url.Values{"email": {"ann@y.test"}, "phone": {hostile}}).want(http.StatusOK, "is changed").lacks(hostile)
	if got := s.shown(id); got.Email != "ann@y.test" || got.Name != "ann@x.test" || got.Phone != hostile {
		t.Errorf("the user is %+v", got.LicenseUser)
	}
	owner.post(path+"/ban", nil).want(http.StatusOK, "They cannot sign in, whatever they hold")
	owner.post(path+"/unlock", nil).want(http.StatusOK, "Wrong passwords of ann@x.test are forgotten")

	t.Run("roles", func(t *testing.T) {
		reader := s.as(identity.ReadOnly)
		reader.get("/users").want(http.StatusOK, "ann@x.test").lacks("New user")
		reader.get(path).want(http.StatusOK, "ann@x.test").lacks("/ban", "/delete", "/password", "/edit", "/assign")
		before := s.shown(id)
		for _, act := range []string{"ban", "unban", "unlock", "delete", "edit", "password", "extend", "assign", "variables", "machines", "sessions/end"} {
			reader.post(path+"/"+act, url.Values{"way": {"made"}}).want(http.StatusOK, notAllowed).lacks("Keep it now")
		}
		reader.get("/users/new").want(http.StatusForbidden)
		reader.get(path + "/edit").want(http.StatusForbidden)
		reader.post("/users", url.Values{"email": {"eve@x.test"}}).want(http.StatusOK, notAllowed)
		if after := s.shown(id); after.LicenseUser != before.LicenseUser {
			t.Errorf("somebody who may only read changed the user to %+v", after.LicenseUser)
		}
	})
	t.Run("S0-06", func(t *testing.T) {
		theirs, _, err := s.office.CreateLicenseUser(t.Context(), s.elsewhere(), office.NewLicenseUser{Name: "their-user"})
		if err != nil {
			t.Fatal(err)
		}
		owner.get("/users").want(http.StatusOK).lacks("their-user")
		for _, below := range []string{"", "/edit", "/password"} {
			owner.get(userPath(theirs.ID) + below).want(http.StatusNotFound)
		}
		for _, act := range []string{"ban", "unlock", "delete", "edit", "password", "extend", "assign"} {
			owner.post(userPath(theirs.ID)+"/"+act, nil).want(http.StatusNotFound)
		}
	})
	owner.get("/users/nonsense").want(http.StatusNotFound)
	owner.get("/users?customer=nobody@x.test").want(http.StatusOK, "There is no such customer.")
	owner.post(path+"/delete", nil).want(http.StatusOK, "ann@x.test is deleted")
}

// TestUserPages: a long list goes on, fifty at a time, and a new user of an application is made with their level.
func TestUserPages(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.game()
	support := s.as(identity.Support)
	support.get("/users/new?product=game").want(http.StatusOK, "A user of Game", "Empty: the first that they sign in with becomes theirs")
	support.get("/users/new?product=nothing").want(http.StatusNotFound)
	support.post("/users", url.Values{"product": {"game"}, "name": {"bob"}, "duration": {"0"}, "unit": {"months"}}).want(http.StatusUnprocessableEntity, `value="bob"`)
	support.post("/users", url.Values{"product": {"game"}, "name": {"bob"}, "level": {"platinum"}, "duration": {"1"}, "unit": {"months"}}).want(http.StatusUnprocessableEntity, `value="bob"`)
	support.post("/users", url.Values{"product": {"game"}, "name": {"<b>bob</b>"}, "level": {"default"}, "duration": {"1"}, "unit": {"months"}}).want(http.StatusOK, "is there", "&lt;b&gt;bob&lt;/b&gt;").lacks("<b>bob</b>")
	for i := range peoplePageSize {
		s.player(fmt.Sprintf("player-%02d", i), "")
	}
	first := support.get("/users").want(http.StatusOK, "player-49", "player-00", "Next page").lacks("First page")
	next := regexp.MustCompile(`/users\?before=\d+`).FindString(first.body)
	support.get(next).want(http.StatusOK, "&lt;b&gt;bob&lt;/b&gt;", "First page").lacks("player-49", "Next page")
	if n := strings.Count(first.body, "player-"); n != peoplePageSize {
		t.Errorf("%d users on the first page, want %d", n, peoplePageSize)
	}
}
