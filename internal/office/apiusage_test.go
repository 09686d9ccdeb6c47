package office_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/store"
)

func TestS0_01_APIUsage(t *testing.T) {
	forEachHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		h.ok(h.store.Write(ctx, func(tx *store.Tx) error {
			for month, calls := range map[string]int64{"2026-03": 137, "2026-01": 5, "2025-03": 9} {
				if err := tx.AddUsage(h.tenant, month, calls); err != nil {
					return err
				}
			}
			return tx.AddUsage(h.tenant+1, "2026-03", 1000)
		}))
		h.clock.Store(int64(mustTime(t, "2026-03-31T23:59:59Z"))) // A month before has no such day.
		support := h.boss
		support.Role = identity.Support
		u, err := h.APIUsage(ctx, support, 3)
		h.ok(err)
		if diff := cmp.Diff(office.APIUsage{Months: []office.MonthUsage{{"2026-03", 137}, {"2026-02", 0}, {"2026-01", 5}}}, u); diff != "" {
			t.Errorf("APIUsage (-want +got):\n%s", diff)
		}
		all, err := h.APIUsage(ctx, h.boss, 0)
		if err != nil || len(all.Months) != 12 || all.Months[11] != (office.MonthUsage{Month: "2025-04"}) {
			t.Errorf("APIUsage of a year = %v, %v, want 12 months down to 2025-04", all.Months, err)
		}
		for _, months := range []int{-1, 37} {
			_, err := h.APIUsage(ctx, h.boss, months)
			wantCode(t, "APIUsage of a wrong number of months", err, license.Invalid)
		}
		_, err = h.APIUsage(ctx, identity.Actor{Kind: identity.ClientApp, Tenant: h.tenant, Scopes: identity.NewScopes(identity.UseLicenses)}, 1)
		want(t, "APIUsage by a client token", err, license.PermissionMissing)

		t.Run("allowance", func(t *testing.T) {
			set := func(actor identity.Actor, name, value string) error {
				_, err := h.SaveSetting(ctx, actor, office.Setting{Name: name, Value: value})
				return err
			}
			want(t, "SaveSetting by the owner", set(h.boss, "api.allowance", "100"), license.PermissionMissing)
			want(t, "SaveSetting of the contact by the owner", set(h.boss, "api.upgrade_contact", "x"), license.PermissionMissing)
			host := office.In(operator(), h.tenant)
			for _, value := range []string{"0", "-1", "many", "1.5", "+5", "9007199254740992"} {
				wantCode(t, "SaveSetting of the allowance "+value, set(host, "api.allowance", value), license.Invalid)
			}
			wantCode(t, "SaveSetting of a contact over lines", set(host, "api.upgrade_contact", "a\nb"), license.Invalid)
			h.ok(set(host, "api.allowance", "100"))
			h.ok(set(host, "api.upgrade_contact", "sales@licet.test"))
			u, err := h.APIUsage(ctx, h.boss, 1)
			if err != nil || u.Allowance != 100 || u.Contact != "sales@licet.test" || u.Percent() != 137 || !u.Over() {
				t.Errorf("S0-04 APIUsage = %+v, %v (%v %%), want 137 %% of 100", u, err, u.Percent())
			}
		})
	})
}

func TestS0_02_Percent(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		calls, allowance int64
		percent          float64
		over             bool
	}{
		{0, 0, 0, false}, {5, 0, 0, false}, {0, 100, 0, false}, {999, 1000, 99.9, false}, {9999, 10000, 99.9, false},
		{100, 100, 100, false}, {101, 100, 101, true}, {250, 100, 250, true}, {license.MaxID, 1, float64(license.MaxID) * 100, true},
	} {
		u := office.APIUsage{Months: []office.MonthUsage{{"2026-03", tt.calls}}, Allowance: tt.allowance}
		if u.Percent() != tt.percent || u.Over() != tt.over {
			t.Errorf("S0-02 %d of %d calls are %v %%, over %v, want %v %%, %v", tt.calls, tt.allowance, u.Percent(), u.Over(), tt.percent, tt.over)
		}
	}
}
