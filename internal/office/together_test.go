package office_test

import (
	"testing"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
)

// What is done together is kept together, sees itself, and is refused together.
func TestTogether(t *testing.T) {
	t.Parallel()
	forEachHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		h.product("app", office.TermsChange{})
		_, err := h.CreateApplication(ctx, h.boss, "app", office.NewApplication{})
		h.ok(err)
		level := func(o *office.Office) error {
			if _, err := o.CreateLevel(ctx, h.boss, "app", "gold", 2); err != nil {
				return err
			}
			_, err := o.FindLevel(ctx, h.boss, "app", "gold")
			return err
		}
		names := func(of *office.Office) int {
			list, err := of.Levels(ctx, h.boss, "app")
			h.ok(err)
			return len(list)
		}
		h.ok(h.Rehearsal().InApplication(ctx, h.boss, identity.WriteProducts, "app", level))
		err = h.Together(ctx, func(o *office.Office) error {
			if err := level(o); err != nil {
				return err
			}
			_, _ = o.CreateLevel(ctx, h.boss, "app", "gold", 3) // A refusal that is swallowed counts all the same.
			return nil
		})
		wantCode(t, "Together with a name that is taken", err, license.Conflict)
		if n := names(h.Office); n != 1 {
			t.Errorf("after a rehearsal and a refusal there are %d levels, want 1", n)
		}
		h.ok(h.Together(ctx, level))
		if n := names(h.Office); n != 2 {
			t.Errorf("there are %d levels, want 2", n)
		}
		for name, do := range map[string]func(identity.Actor, string, func(*office.Office) error) error{
			"InApplication": func(a identity.Actor, p string, do func(*office.Office) error) error {
				return h.InApplication(ctx, a, identity.WriteProducts, p, do)
			},
			"InProduct": func(a identity.Actor, p string, do func(*office.Office) error) error {
				return h.InProduct(ctx, a, identity.WriteProducts, p, do)
			},
		} {
			nothing := func(*office.Office) error { return nil }
			reader := identity.Actor{Kind: identity.ClientApp, Tenant: h.tenant, Scopes: identity.NewScopes(identity.ReadProducts)}
			want(t, name+" by a reader", do(reader, "app", nothing), license.PermissionMissing)
			want(t, name+" of no product", do(h.boss, "none", nothing), license.ProductUnknown)
			h.ok(do(h.boss, "app", nothing))
		}
	})
}
