package office_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/store"
)

// fail counts wrong guesses against something until it is locked.
func (h *house) fail(key store.LockoutKey, policy identity.LockoutPolicy, times int) {
	h.t.Helper()
	guard := []store.Guard{{Key: key, Policy: policy, Reason: license.LoginLocked}}
	for range times {
		h.ok(h.store.Write(h.t.Context(), func(tx *store.Tx) error {
			_, _, err := tx.CountAttempt(guard, false, h.now())
			return err
		}))
	}
}

func (h *house) locked(actor identity.Actor) []string {
	h.t.Helper()
	list, all, err := h.ListLockouts(h.t.Context(), actor, 0, 0)
	h.ok(err)
	if all != len(list) {
		h.t.Errorf("ListLockouts says that there are %d of %d", all, len(list))
	}
	lines := []string{}
	for _, l := range list {
		until := "for good"
		if l.Until != 0 {
			until = fmt.Sprint("for ", l.Until.Sub(h.now()))
		}
		lines = append(lines, fmt.Sprint(l.Kind, " ", l.Subject, " ", until, " known:", l.Holder != 0 || l.User != 0, " product:", l.Product != 0))
	}
	return lines
}

// S0-46: whoever may unlock sees what is locked now, of whatever kind, and unlocks it.
func TestS0_46_ListLockouts(t *testing.T) {
	t.Parallel()
	forEachHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		p := h.product("app", office.TermsChange{})
		_, err := h.CreateUser(ctx, h.boss, office.NewUser{Email: "Pat@acme.test", Password: goodPassword, Role: identity.Support})
		h.ok(err)
		_, _, err = h.CreateLicenseUser(ctx, h.boss, office.NewLicenseUser{Name: "Bob"})
		h.ok(err)
		member := store.LockoutKey{Audience: "platform_user", Subject: "pat@acme.test"}
		for range 3 {
			h.fail(member, identity.Platform(), 5)
			h.advance(30 * time.Minute)
		}
		h.fail(store.LockoutKey{Audience: "platform_user", Subject: "elsewhere@x.test"}, identity.Platform(), 5)
		h.fail(store.UserLockout(h.tenant, "Bob"), identity.Portal(), 10)
		h.fail(store.UserLockout(h.tenant, "carl"), identity.Portal(), 9)
		h.fail(store.UserLockout(h.tenant+1, "dora"), identity.Portal(), 10)
		h.fail(store.ApplicationUserLockout(h.tenant, p.ID, "a/b"), identity.Portal(), 10)
		h.fail(store.UserAddressLockout(h.tenant, "192.0.2.1"), identity.Portal(), 10)
		h.fail(store.ApplicationAddressLockout(h.tenant, p.ID, "192.0.2.2"), identity.Portal(), 10)
		h.fail(store.EndUserAddressLockout(h.tenant, "2001:db8::1"), identity.Portal(), 10)

		members := []string{"member Pat@acme.test for good known:true product:false"}
		others := []string{
			"license_user a/b for 15m0s known:false product:true",
			"license_user Bob for 15m0s known:true product:false",
			"user_address 192.0.2.1 for 15m0s known:false product:false",
			"user_address 192.0.2.2 for 15m0s known:false product:true",
			"license_address 2001:db8::/64 for 15m0s known:false product:false",
		}
		if diff := cmp.Diff(append(members[:1:1], others...), h.locked(h.boss)); diff != "" {
			t.Errorf("locked (-want +got):\n%s", diff)
		}
		support := h.boss
		support.Role = identity.Support
		if diff := cmp.Diff(others, h.locked(support)); diff != "" {
			t.Errorf("locked, as support sees it (-want +got):\n%s", diff)
		}

		part, all, err := h.ListLockouts(ctx, h.boss, 2, 3)
		if err != nil || all != 6 || len(part) != 3 || part[0].Subject != "Bob" {
			t.Errorf("ListLockouts, 3 after the first 2 = %v of %d, %v", part, all, err)
		}
		if part, all, err = h.ListLockouts(ctx, h.boss, 7, 3); err != nil || all != 6 || len(part) != 0 {
			t.Errorf("ListLockouts, beyond the end = %v of %d, %v", part, all, err)
		}
		locked, err := h.LockedMembers(ctx, h.boss)
		if err != nil || len(locked) != 1 || locked[0].Subject != "Pat@acme.test" || locked[0].User == 0 {
			t.Errorf("LockedMembers = %v, %v", locked, err)
		}
		_, err = h.LockedMembers(ctx, support)
		want(t, "LockedMembers for support", err, license.PermissionMissing)

		list, _, err := h.ListLockouts(ctx, h.boss, 0, 0)
		h.ok(err)
		for _, l := range list {
			err := h.ClearLockout(ctx, support, l)
			if l.Kind == office.LockedUser {
				h.ok(err)
				continue
			}
			want(t, "ClearLockout of "+l.Subject+" by support", err, license.PermissionMissing)
			h.ok(h.ClearLockout(ctx, h.boss, l))
			h.ok(h.ClearLockout(ctx, h.boss, l)) // Nothing held is no error.
		}
		if got := h.locked(h.boss); len(got) != 0 {
			t.Errorf("after all were unlocked there is %v", got)
		}
		wantCode(t, "ClearLockout of nothing", h.ClearLockout(ctx, h.boss, office.Locked{Kind: "x"}), license.Invalid)
		events, err := h.ListEvents(ctx, h.boss, office.Page{Limit: 8})
		h.ok(err)
		if got := kinds(events); got != "address.unlocked address.unlocked address.unlocked login.unlocked login.unlocked login.unlocked login.unlocked user.created" {
			t.Errorf("events: %s", got)
		}

		// A lock that has ended is none.
		h.fail(store.UserLockout(h.tenant, "Bob"), identity.Portal(), 10)
		h.advance(15 * time.Minute)
		if got := h.locked(h.boss); len(got) != 0 {
			t.Errorf("after the end of a lock there is %v", got)
		}
	})
}
