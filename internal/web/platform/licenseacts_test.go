package platform

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"licet/internal/license"
	"licet/internal/office"
)

func TestLicenseBan(t *testing.T) {
	t.Parallel()
	s := newLicenseShop(t)
	t.Run("S1-16", func(t *testing.T) {
		k := s.key()
		s.owner.get(s.page(&k, "/ban")).want(http.StatusOK, "Nobody uses it yet", `name="with_user"`)
		s.owner.post(s.page(&k, "/ban"), url.Values{"reason": {"never paid"}}).want(http.StatusOK, ">Banned<", "never paid", "Nobody can redeem it")
		if err := s.play(k.Key); license.CodeOf(err) != license.Refused {
			t.Errorf("signing in with a banned key = %v, want a refusal", err)
		}
	})
	t.Run("S1-17", func(t *testing.T) {
		k := s.key()
		if err := s.play(k.Key); err != nil {
			t.Fatal(err)
		}
		s.owner.get(s.page(&k)).want(http.StatusOK, "Without the box, its user keeps going.")
		s.owner.post(s.page(&k, "/ban"), url.Values{"reason": {"shared"}}).want(http.StatusOK, ">Used<", ">Banned<", "Who uses it already goes on", "keeps going")
		if err := s.play(k.Key); err != nil {
			t.Errorf("signing in again = %v, want it to succeed", err)
		}
	})
	t.Run("S1-18", func(t *testing.T) {
		k := s.key()
		if err := s.play(k.Key); err != nil {
			t.Fatal(err)
		}
		if _, err := s.office.BanLicenseUser(t.Context(), s.operator, "game", k.Key, "rude"); err != nil {
			t.Fatal(err)
		}
		s.owner.get(s.page(&k, "/users")).want(http.StatusOK, ">Banned<")
		if d := s.now(&k); d.RedemptionBlocked {
			t.Error("the ban of the user banned the license, too")
		}
	})
	t.Run("S1-19", func(t *testing.T) {
		k := s.key()
		if err := s.play(k.Key); err != nil {
			t.Fatal(err)
		}
		page := s.owner.post(s.page(&k, "/ban"), url.Values{"reason": {"shared"}, "with_user": {"yes"}}).want(http.StatusOK, "and so is who holds it", ">Banned<", "they cannot sign in")
		if err := s.play(k.Key); license.ReasonOf(err) != license.UserBanned && license.ReasonOf(err) != license.Blocklisted {
			t.Errorf("signing in again = %v, want it refused", err)
		}
		if !strings.Contains(page.body, ">Undo<") {
			t.Error("the ban cannot be undone")
		}
		s.owner.post(s.page(&k, "/unban"), nil).want(http.StatusOK, "of the license and of who holds it").lacks(">Banned<")
		if err := s.play(k.Key); err != nil {
			t.Errorf("signing in after the ban was lifted = %v, want it to succeed", err)
		}
	})
	t.Run("S1-20", func(t *testing.T) {
		k := s.key()
		s.owner.post(s.page(&k, "/ban"), url.Values{"with_user": {"yes"}}).want(http.StatusOK, ">Banned<", ">Not Used<")
		if d := s.now(&k); !d.RedemptionBlocked {
			t.Error("the license is not banned")
		}
	})
	t.Run("bad-input", func(t *testing.T) {
		k := s.key()
		long := strings.Repeat("x", 201)
		s.owner.post(s.page(&k, "/ban"), url.Values{"reason": {long}, "with_user": {"yes"}}).want(http.StatusUnprocessableEntity, long, `class="fault"`, " checked")
		if d := s.now(&k); d.RedemptionBlocked {
			t.Error("the license is banned")
		}
	})
	t.Run("undo-of-others", func(t *testing.T) {
		k := s.key()
		if err := s.play(k.Key); err != nil {
			t.Fatal(err)
		}
		if _, err := s.office.BanLicenseUser(t.Context(), s.operator, "game", k.Key, "rude"); err != nil {
			t.Fatal(err)
		}
		// Undoing it would lift the ban of the user, which somebody else decided.
		s.owner.post(s.page(&k, "/ban"), nil).want(http.StatusOK, ">Banned<").lacks(">Undo<")
		s.owner.post(s.page(&k, "/unban"), nil).want(http.StatusOK).lacks(">Undo<")
	})
}

func TestLicenseStanding(t *testing.T) {
	t.Parallel()
	s := newLicenseShop(t)
	l := s.sold(office.NewLicenses{})
	s.owner.post(s.page(&l, "/suspend"), nil).want(http.StatusOK, ">Suspended<", ">Undo<", `action="/platform/licenses/`+idText(l.ID)+`/resume"`)
	s.owner.post(s.page(&l, "/resume"), nil).want(http.StatusOK, ">Undo<", `/suspend"`).lacks(">Suspended<")
	s.owner.post(s.page(&l, "/suspend"), nil).want(http.StatusOK)
	s.owner.post(s.page(&l, "/suspend"), nil).want(http.StatusOK, ">Suspended<") // twice is once
	s.owner.get(s.page(&l)).want(http.StatusOK, "Revoke for ever")
	s.owner.post(s.page(&l, "/revoke"), url.Values{"reason": {"charged back"}}).want(http.StatusOK, ">Revoked<", "for ever").lacks(">Suspend<", ">Resume<", `id="license-revoke"`, `id="license-ban"`)
	s.owner.post(s.page(&l, "/resume"), nil).want(http.StatusOK, "has been revoked")
	if d := s.now(&l); d.Standing != license.Revoked {
		t.Errorf("the license is %s, want revoked for ever", d.Standing)
	}
}

func TestLicenseNote(t *testing.T) {
	t.Parallel()
	s := newLicenseShop(t)
	l := s.sold(office.NewLicenses{})
	s.activate(&l, "pc")
	t.Run("S1-24", func(t *testing.T) {
		s.owner.post(s.page(&l, "/note"), url.Values{"note": {"of the second floor\r\nask Ann"}}).want(http.StatusOK, "of the second floor\nask Ann")
		if got := s.now(&l).Note; got != "of the second floor\nask Ann" {
			t.Errorf("the note is %q", got)
		}
		long := strings.Repeat("x", 1001)
		s.owner.post(s.page(&l, "/note"), url.Values{"note": {long}}).want(http.StatusUnprocessableEntity, long, `class="fault"`)
	})
	t.Run("S1-25", func(t *testing.T) {
		s.owner.get(s.page(&l)).want(http.StatusOK, "never sent to an app")
		d := s.now(&l)
		file := s.owner.post(s.page(&l, "/files/file"), url.Values{"device": {idText(d.Devices[0].ID)}, "ttl": {"3"}}).want(http.StatusOK)
		file.lacks("second floor")
		if got := len(strings.Split(file.body, ".")); got != 3 || !strings.HasPrefix(file.header.Get("Content-Disposition"), "attachment") {
			t.Errorf("the file has %d parts, disposition %q, want a signed file to download", got, file.header.Get("Content-Disposition"))
		}
		for _, part := range strings.Split(file.body, ".") {
			if strings.Contains(decoded(part), "second floor") {
				t.Error("the license file holds the note")
			}
		}
	})
}

func TestLicenseReset(t *testing.T) {
	t.Parallel()
	s := newLicenseShop(t)
	l := s.sold(office.NewLicenses{})
	s.activate(&l, "pc")
	s.owner.get(s.page(&l)).want(http.StatusOK, "1 device gives its place back")
	s.owner.post(s.page(&l, "/reset"), nil).want(http.StatusOK, "was reset")
	if d := s.now(&l); d.Activated != 0 {
		t.Errorf("%d devices hold a place, want none", d.Activated)
	}
}

func TestLicenseDelete(t *testing.T) {
	t.Parallel()
	s := newLicenseShop(t)
	l, k := s.sold(office.NewLicenses{}), s.key()
	if err := s.play(k.Key); err != nil {
		t.Fatal(err)
	}
	s.owner.get(s.page(&l)).want(http.StatusOK).lacks("license-delete")
	s.owner.post(s.page(&l, "/delete"), nil).want(http.StatusOK, "Only licenses of applications")
	s.owner.get(s.page(&k)).want(http.StatusOK, "license-delete", "Delete the user too")
	if answer := s.owner.post(s.page(&k, "/delete"), url.Values{"with_user": {"yes"}}).want(http.StatusOK, "was deleted"); answer.path != "/licenses" {
		t.Errorf("after deleting the browser is at %s, want /licenses", answer.path)
	}
	s.owner.get(s.page(&k)).want(http.StatusNotFound)
	if _, err := s.office.FindLicenseUser(t.Context(), s.operator, "game", k.Key); license.CodeOf(err) != license.NotFound {
		t.Errorf("the user is still there: %v", err)
	}
}
