package platform

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
)

// picks is a form about licenses.
func picks(action string, list []license.LicenseRecord, pairs ...string) url.Values {
	form := url.Values{"action": {action}}
	for i := range list {
		form.Add("pick", idText(list[i].ID))
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	return form
}

func TestLicensesBulkExtend(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	month := license.Span{Seconds: 30 * 86400}
	s.sells("studio", office.TermsChange{Duration: &month})
	fresh := s.issues(office.NewLicenses{Product: "studio", Keys: []string{"FRESH"}})[0]
	used := s.carries("studio", "key,status,used_at,expires_at", "IN-USE,used,2026-03-01,2026-12-31")
	both := []license.LicenseRecord{fresh, used}
	support := s.as(identity.Support)
	t.Run("preview", func(t *testing.T) {
		support.post("/licenses/bulk", picks("extend", both)).want(http.StatusOK,
			"1 will change", "1 is refused", "Lasts 60 days instead of 30 days.", "The license is used; extend its user instead.", "Extend 1 license")
		support.get("/licenses/bulk?"+picks("extend", both, "duration", "1", "unit", "weeks").Encode()).want(http.StatusOK, "Lasts 37 days instead of 30 days.")
		if got := s.licensed(office.Ref{ID: fresh.ID}); got.Terms.Duration != month {
			t.Errorf("after a preview the license lasts %s, want %s", got.Terms.Duration, month)
		}
	})
	t.Run("wrong", func(t *testing.T) {
		support.post("/licenses/bulk/do", picks("extend", both, "duration", "-4", "unit", "days")).want(http.StatusUnprocessableEntity, "A duration is more than nothing.", `value="-4"`)
		support.post("/licenses/bulk", picks("extend", both, "duration", "ten", "unit", "days")).want(http.StatusUnprocessableEntity, "Write a whole number.", `value="ten"`)
	})
	result := support.post("/licenses/bulk/do", picks("extend", both, "duration", "1", "unit", "weeks"))
	t.Run("S1-21", func(t *testing.T) {
		result.want(http.StatusOK, "1 license is longer now.")
		if got, want := s.licensed(office.Ref{ID: fresh.ID}).Terms.Duration, (license.Span{Seconds: 37 * 86400}); got != want {
			t.Errorf("the unused license lasts %s, want %s", got, want)
		}
	})
	t.Run("S1-22", func(t *testing.T) {
		result.want(http.StatusOK, "1 license was refused and is as it was.", "The license is used; extend its user instead.")
		if got := s.licensed(office.Ref{ID: used.ID}); got.ExpiresAt != used.ExpiresAt || got.Terms.Duration != used.Terms.Duration {
			t.Errorf("the used license ends on %s and lasts %s, want %s and %s", got.ExpiresAt, got.Terms.Duration, used.ExpiresAt, used.Terms.Duration)
		}
	})
	t.Run("once", func(t *testing.T) {
		form := picks("extend", both[:1], "duration", "1", "unit", "days", "_once", "a-name")
		support.post("/licenses/bulk/do", form).want(http.StatusOK)
		support.post("/licenses/bulk/do", form).want(http.StatusOK, "it was not done again")
		if got, want := s.licensed(office.Ref{ID: fresh.ID}).Terms.Duration, (license.Span{Seconds: 38 * 86400}); got != want {
			t.Errorf("after a double submit the license lasts %s, want %s", got, want)
		}
	})
}

// undo sends the form of the button beside the message.
func (a *answer) undo(c *client) *answer {
	a.t.Helper()
	_, form, ok := strings.Cut(a.body, `action="/platform/licenses/bulk/do"`)
	if !ok {
		a.t.Fatalf("%s offers no undo:\n%s", a.what, a.body)
	}
	form, _, _ = strings.Cut(form, "</form>")
	values := url.Values{}
	for part := range strings.SplitSeq(form, "<input ") {
		_, rest, ok := strings.Cut(part, `name="`)
		if !ok {
			continue
		}
		name, rest, _ := strings.Cut(rest, `"`)
		_, rest, _ = strings.Cut(rest, `value="`)
		value, _, _ := strings.Cut(rest, `"`)
		values.Set(name, value)
	}
	return c.post("/licenses/bulk/do", values)
}

func TestLicensesBulk(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.sells("studio", yearly())
	list := s.issues(office.NewLicenses{Product: "studio", Keys: []string{"B-1", "B-2", "B-3"}})
	owner := s.as(identity.Owner)
	standing := func(want ...license.Standing) {
		t.Helper()
		for i := range list {
			if got := s.licensed(office.Ref{ID: list[i].ID}).Standing; got != want[i] {
				t.Errorf("%s is %s, want %s", list[i].Key, got, want[i])
			}
		}
	}
	t.Run("suspend_undo", func(t *testing.T) {
		owner.post("/licenses/bulk/do", picks("suspend", list[:1])).want(http.StatusOK, "1 license is suspended.")
		owner.post("/licenses/bulk", picks("suspend", list)).want(http.StatusOK, "2 will change", "1 stays as it is", "Is suspended already.")
		a := owner.post("/licenses/bulk/do", picks("suspend", list, "back", "/platform/licenses?q=B-")).want(http.StatusOK, "2 licenses are suspended.", "For 1 there was nothing to do.", "Undo")
		if a.path != "/licenses?q=B-" {
			t.Errorf("after the change the browser is at %s, want the list as it was", a.path)
		}
		standing(license.Suspended, license.Suspended, license.Suspended)
		a.undo(owner).want(http.StatusOK, "2 licenses work again.")
		standing(license.Suspended, license.Enabled, license.Enabled) // The first was suspended before.
		owner.post("/licenses/bulk/do", picks("resume", list)).want(http.StatusOK, "1 license works again.")
	})
	t.Run("ban_undo", func(t *testing.T) {
		owner.post("/licenses/bulk", picks("ban", list)).want(http.StatusOK, "Ban the user too", "sign in as before", "Ban 3 licenses")
		a := owner.post("/licenses/bulk/do", picks("ban", list, "reason", "charge-back")).want(http.StatusOK, "3 licenses are banned.", ">Banned</span>")
		if got := s.licensed(office.Ref{ID: list[0].ID}); !got.RedemptionBlocked || got.BlockReason != "charge-back" {
			t.Errorf("the license is banned: %v, because %q; want true, charge-back", got.RedemptionBlocked, got.BlockReason)
		}
		a = a.undo(owner).want(http.StatusOK, "The ban of 3 licenses is lifted.")
		a.undo(owner).want(http.StatusOK, "3 licenses are banned.")
		if got := s.licensed(office.Ref{ID: list[0].ID}); got.BlockReason != "charge-back" {
			t.Errorf("a ban that came back is because %q, want charge-back", got.BlockReason)
		}
		owner.post("/licenses/bulk/do", picks("unban", list)).want(http.StatusOK)
	})
	t.Run("note", func(t *testing.T) {
		owner.post("/licenses/bulk/do", picks("note", list, "note", hostile)).want(http.StatusOK, "The note of 3 licenses is written.")
		if got := s.licensed(office.Ref{ID: list[2].ID}).Note; got != hostile {
			t.Errorf("the note is %q, want %q", got, hostile)
		}
		owner.post("/licenses/bulk", picks("note", list, "note", hostile)).want(http.StatusOK, "Has this note already.").lacks("<script>alert")
	})
	t.Run("revoke", func(t *testing.T) {
		owner.post("/licenses/bulk", picks("revoke", list[2:])).want(http.StatusOK, "cannot be undone", "Revoke 1 license for ever")
		owner.post("/licenses/bulk/do", picks("revoke", list[2:], "reason", "stolen")).want(http.StatusOK, "1 license is revoked.").lacks("Undo")
		owner.post("/licenses/bulk", picks("suspend", list)).want(http.StatusOK, "1 is refused", "The license has been revoked.")
		standing(license.Enabled, license.Enabled, license.Revoked)
	})
	t.Run("delete", func(t *testing.T) {
		owner.post("/licenses/bulk", picks("delete", list[:1])).want(http.StatusOK, "is no KeyAuth application")
		if _, err := s.office.CreateApplication(t.Context(), s.operator, "studio", office.NewApplication{}); err != nil {
			t.Fatal(err)
		}
		owner.post("/licenses/bulk", picks("delete", list[:1])).want(http.StatusOK, "Delete 1 license for ever")
		s.licensed(office.Ref{ID: list[0].ID})
		owner.post("/licenses/bulk/do", picks("delete", list[:1])).want(http.StatusOK, "1 license is deleted.")
		owner.post("/licenses/bulk", picks("suspend", list[:1])).want(http.StatusOK, "No license has this key.")
	})
	t.Run("bad_input", func(t *testing.T) {
		owner.post("/licenses/bulk", url.Values{"action": {"suspend"}}).want(http.StatusOK, "Tick the licenses first.")
		owner.post("/licenses/bulk", url.Values{"action": {"explode"}, "pick": {"1"}}).want(http.StatusOK, "hoose what to do")
		if got := owner.get("/licenses/bulk"); got.path != "/licenses" {
			t.Errorf("GET /licenses/bulk leads to %s, want the list", got.path)
		}
		if got := owner.get("/licenses/bulk/do"); got.path != "/licenses" {
			t.Errorf("GET /licenses/bulk/do leads to %s, want the list", got.path)
		}
		a := owner.post("/licenses/bulk/do", picks("suspend", list[1:2], "back", "https://evil.example/platform/licenses"))
		if !strings.HasPrefix(a.path, "/") {
			t.Errorf("a strange way back leads to %s", a.path)
		}
	})
}
