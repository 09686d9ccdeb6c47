package platform

import (
	"fmt"
	"net/http"
	"net/url"
	"testing"
	"time"

	"licet/internal/identity"
	"licet/internal/store"
)

func TestLockouts(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	owner := s.as(identity.Owner)
	owner.get("/lockouts").want(http.StatusOK, "Nobody is locked out", "5 wrong attempts lock.")
	email := s.person("ann", identity.Support)
	for range 5 {
		s.stranger().signIn(email, wrongPassword)
	}
	clear := url.Values{"kind": {"member"}, "subject": {email}, "product": {"0"}}
	page := owner.get("/lockouts").want(http.StatusOK, email, "Colleague", "Unlock").lacks("Nobody is locked out")
	clear.Set("kind", page.found(`name="kind" value="([^"]+)"`))
	clear.Set("subject", page.found(`name="subject" value="([^"]+)"`))

	t.Run("others", func(t *testing.T) {
		admin := s.as(identity.Admin)
		admin.get("/lockouts").want(http.StatusOK, email, "for owners").lacks(`action="/platform/lockouts/clear"`)
		admin.post("/lockouts/clear", clear).lacks("is unlocked")
		s.as(identity.ReadOnly).post("/lockouts/clear", clear).lacks("is unlocked")
		s.stranger().signIn(email, password).want(http.StatusForbidden, "This account is locked.")
	})
	t.Run("S0-46", func(t *testing.T) {
		owner.post("/lockouts/clear", clear).want(http.StatusOK, "is unlocked", "Nobody is locked out").wantPath("/lockouts")
		s.stranger().signIn(email, password).want(http.StatusOK, "Dashboard")
		owner.post("/lockouts/clear", url.Values{"kind": {"nonsense"}, "subject": {email}}).lacks("is unlocked")
	})
}

// TestS0_47_OwnPolicy gives colleagues a policy of the company's own: it holds at the very next attempt.
func TestS0_47_OwnPolicy(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	owner := s.as(identity.Owner)
	email := s.person("ann", identity.Support)
	page := owner.get("/settings/security").want(http.StatusOK, "5 wrong attempts lock.", "policy")
	page.lacks("your own policy")
	form := url.Values{
		"failures_per_round": {"2"}, "first_lock_minutes": {"3"}, "max_lock_minutes": {"3"}, "step_minutes": {"0"}, "temporary_locks_before_permanent": {"1"},
		"idle_reset_minutes": {"1440"}, "idle_reset_from": {"lock_end"}, "window_minutes": {"0"}, "reset_on_success": {"yes"},
	}
	bad := url.Values{}
	for name, value := range form {
		bad[name] = value
	}
	bad.Set("failures_per_round", "0")
	owner.post("/settings/security/members", bad).want(http.StatusUnprocessableEntity, `aria-invalid="true"`)
	bad.Set("failures_per_round", "many")
	owner.post("/settings/security/members", bad).want(http.StatusUnprocessableEntity, `value="many"`)
	s.stranger().signIn(email, wrongPassword).want(http.StatusUnauthorized)

	saved := owner.post("/settings/security/members", form).want(http.StatusOK, "holds from the next attempt on", "2 wrong attempts lock.", "your own policy", "Undo")
	s.stranger().signIn(email, wrongPassword).want(http.StatusUnauthorized)
	s.stranger().signIn(email, password).want(http.StatusForbidden, "This account is locked.", "2026-03-31 12:03:00")
	s.advance(4 * time.Minute)
	for range 2 {
		s.stranger().signIn(email, wrongPassword)
	}
	s.stranger().signIn(email, password).want(http.StatusForbidden, "an owner of your company")

	undo := url.Values{"preset": {saved.found(`name="preset" value="(server)"`)}}
	owner.post("/settings/security/members/preset", undo).want(http.StatusOK, "5 wrong attempts lock.").lacks("2 wrong attempts lock.")
	owner.post("/settings/security/license-users/preset", url.Values{"preset": {"classic"}}).want(http.StatusOK, "your own policy")
	owner.post("/settings/security/nobody/preset", url.Values{"preset": {"classic"}}).lacks("holds from the next")
	owner.post("/settings/security/members/preset", url.Values{"preset": {"nonsense"}}).lacks("holds from the next")
	s.as(identity.Admin).get("/settings/security").want(http.StatusOK).lacks("Take over:", "Save this policy")
	owner.get("/lockouts").want(http.StatusOK, "your own policy")
}

// TestManyLockouts has more of them than a page lists.
func TestManyLockouts(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	err := s.store.Write(t.Context(), func(tx *store.Tx) error {
		for i := range lockoutsAtOnce + 1 {
			key := store.UserLockout(s.operator.Tenant, fmt.Sprintf("person-%03d", i))
			if _, err := tx.LockLockout(key); err != nil {
				return err
			}
			if err := tx.SaveLockout(key, identity.Lockout{Failures: 5, Permanent: true}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	owner := s.as(identity.Owner)
	first := owner.get("/lockouts").want(http.StatusOK, "person-000", "person-099").lacks("person-100", `rel="prev"`)
	second := owner.get(first.found(`href="/platform([^"]+)" rel="next"`)).want(http.StatusOK, "person-100").lacks("person-099", `rel="next"`)
	owner.get(second.found(`href="/platform([^"]+)" rel="prev"`)).want(http.StatusOK, "person-000")
	owner.get("/lockouts?from=1000").wantPath("/lockouts")
}
