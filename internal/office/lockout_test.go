package office_test

import (
	"fmt"
	"testing"
	"time"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/store"
)

// reject counts rejections of somebody at an address, as the authority does.
func (h *house) reject(address string, times int) {
	h.t.Helper()
	policy, _, err := h.AddressLockoutPolicy(h.t.Context(), office.In(operator(), h.tenant))
	h.ok(err)
	guard := []store.Guard{{Key: store.EndUserAddressLockout(h.tenant, address), Policy: policy, Reason: license.AddressLocked}}
	for range times {
		h.ok(h.store.Write(h.t.Context(), func(tx *store.Tx) error {
			_, _, err := tx.CountAttempt(guard, false, h.now())
			return err
		}))
	}
}

func TestAddressLockouts(t *testing.T) {
	forEachHouse(t, func(t *testing.T, h *house) {
		ctx, op := t.Context(), office.In(operator(), h.tenant)
		for i, address := range []string{"192.0.2.1", "192.0.2.2", "2001:db8::1"} {
			h.reject(address, []int{10, 3, 10}[i])
		}
		locked := func(address string, want bool, failures int) {
			t.Helper()
			l, err := h.FindAddressLockout(ctx, h.boss, address)
			if err != nil || l.Locked != want || l.Failures != failures {
				t.Errorf("FindAddressLockout(%s) = %+v, %v, want locked %v after %d", address, l, err, want, failures)
			}
		}
		locked("192.0.2.1", true, 0)
		locked("::ffff:192.0.2.2", false, 3)
		locked("192.0.2.3", false, 0)

		t.Run("list", func(t *testing.T) {
			var got []string
			for after := ""; ; {
				page, err := h.ListAddressLockouts(ctx, op, after, 2)
				h.ok(err)
				for _, l := range page {
					got = append(got, fmt.Sprint(l.Address, " ", l.Locked))
					after = l.Address
				}
				if len(page) < 2 {
					break
				}
			}
			wantSame(t, "ListAddressLockouts in pages of 2", got, nil, []string{"192.0.2.1 true", "192.0.2.2 false", "2001:db8::/64 true"})
		})
		t.Run("D39_clear", func(t *testing.T) {
			h.ok(h.ClearAddressLockout(ctx, h.boss, " 2001:0db8::1 "))
			locked("2001:db8::1", false, 0)
			h.ok(h.ClearAddressLockout(ctx, op, "192.0.2.9"))
			log, err := h.ListEvents(ctx, h.boss, office.Page{Limit: 1})
			h.ok(err)
			if log[0].Kind != license.AddressUnlocked || log[0].Data["address"] != "2001:db8::1" {
				t.Errorf("the event is %+v", log[0])
			}
			for _, text := range []string{"", "x", "192.0.2.1/24"} {
				wantField(t, "ClearAddressLockout of "+text, h.ClearAddressLockout(ctx, op, text), "address")
			}
		})
		t.Run("permissions", func(t *testing.T) {
			admin, support := h.boss, h.boss
			admin.Role, support.Role = identity.Admin, identity.Support
			want(t, "ClearAddressLockout by an admin", h.ClearAddressLockout(ctx, admin, "192.0.2.1"), license.PermissionMissing)
			_, err := h.ListAddressLockouts(ctx, h.boss, "", 10)
			want(t, "ListAddressLockouts by an owner", err, "")
			_, err = h.FindAddressLockout(ctx, support, "192.0.2.1")
			want(t, "FindAddressLockout by support", err, "")
			_, err = h.SetAddressLockoutPolicy(ctx, h.boss, "")
			want(t, "SetAddressLockoutPolicy by an owner", err, license.PermissionMissing)
			_, err = h.SetAddressLockoutPolicy(ctx, operator(), "")
			wantField(t, "SetAddressLockoutPolicy outside tenants", err, "tenant")
		})
		t.Run("forgotten", func(t *testing.T) {
			h.advance(25 * time.Hour)
			list, err := h.ListAddressLockouts(ctx, op, "", 1)
			h.ok(err)
			if len(list) != 1 || list[0].Address != "192.0.2.1" || list[0].Locked || list[0].Level != 1 {
				t.Errorf("ListAddressLockouts a day later = %+v, want the one whose lock has ended", list)
			}
		})
	})
}

// S2-26: limit, period and cooling are one setting of the server.
func TestS2_26_AddressLockoutPolicy(t *testing.T) {
	forEachHouse(t, func(t *testing.T, h *house) {
		ctx, op := t.Context(), office.In(operator(), h.tenant)
		policy, own, err := h.AddressLockoutPolicy(ctx, op)
		wantSame(t, "AddressLockoutPolicy", policy, err, identity.Address())
		if own {
			t.Error("nobody has set it, and it is the server's own")
		}
		policy, err = h.SetAddressLockoutPolicy(ctx, op, `{"failures_per_round":3,"first_lock_minutes":60}`)
		if err != nil || policy.FailuresPerRound != 3 || !policy.Doubling {
			t.Errorf("SetAddressLockoutPolicy = %+v, %v, want 3 failures, and the rest as before", policy, err)
		}
		if kept, own, err := h.AddressLockoutPolicy(ctx, op); kept != policy || !own || err != nil {
			t.Errorf("AddressLockoutPolicy = %+v, %v, %v, want what was set", kept, own, err)
		}
		h.reject("192.0.2.1", 3)
		if l, err := h.FindAddressLockout(ctx, op, "192.0.2.1"); !l.Locked || l.LockedUntil != h.now().Add(time.Hour) {
			t.Errorf("FindAddressLockout = %+v, %v, want a lock of an hour", l, err)
		}
		for _, text := range []string{"{", `{"nothing":1}`, `{"failures_per_round":0}`} {
			_, err := h.SetAddressLockoutPolicy(ctx, op, text)
			wantCode(t, "SetAddressLockoutPolicy "+text, err, license.Invalid)
		}
		policy, err = h.SetAddressLockoutPolicy(ctx, op, "")
		wantSame(t, "SetAddressLockoutPolicy back", policy, err, identity.Address())
		log, err := h.ListEvents(ctx, h.boss, office.Page{Limit: 2})
		h.ok(err)
		if got := kinds(log); got != "setting.changed setting.changed" {
			t.Errorf("ListEvents = %s", got)
		}
	})
}
