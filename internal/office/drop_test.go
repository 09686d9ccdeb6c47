package office_test

import (
	"fmt"
	"testing"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
)

func TestDropCustomer(t *testing.T) {
	t.Parallel()
	forEachHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		h.product("demo", office.TermsChange{})
		h.issue(office.NewLicenses{Product: "demo", Order: "o-1", Customer: "licensed@x.test"})
		_, err := h.CreateOrder(ctx, h.boss, office.NewOrder{Reference: "o-2", Customer: "ordered@x.test"})
		h.ok(err)
		for _, email := range []string{"staffed@x.test", "free@x.test"} {
			_, err = h.CreateCustomer(ctx, h.boss, office.NewCustomer{Email: email})
			h.ok(err)
		}
		_, _, err = h.CreateLicenseUser(ctx, h.boss, office.NewLicenseUser{Name: "ann", Customer: "staffed@x.test"})
		h.ok(err)
		for _, email := range []string{"licensed@x.test", "ordered@x.test", "staffed@x.test"} {
			wantCode(t, "DropCustomer of "+email, h.DropCustomer(ctx, h.boss, email), license.Conflict)
		}
		h.ok(h.DropCustomer(ctx, h.boss, "FREE@x.test"))
		wantCode(t, "DropCustomer again", h.DropCustomer(ctx, h.boss, "free@x.test"), license.NotFound)
		reader := identity.Actor{Kind: identity.PlatformUser, Tenant: h.tenant, User: 2, Role: identity.ReadOnly}
		want(t, "DropCustomer by a reader", h.DropCustomer(ctx, reader, "ordered@x.test"), license.PermissionMissing)
		_, err = h.ChangeOrder(ctx, h.boss, "o-2", office.OrderChange{Customer: ptr("")})
		h.ok(err)
		h.ok(h.DropCustomer(ctx, h.boss, "ordered@x.test"))
		log, err := h.ListEvents(ctx, h.boss, office.Page{Limit: 2})
		h.ok(err)
		if got := kinds(log); got != "customer.dropped order.changed" {
			t.Errorf("the log says %s", got)
		}
	})
}

func TestDropLicenseUser(t *testing.T) {
	t.Parallel()
	forEachHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		p, err := h.CreateProduct(ctx, h.boss, office.NewProduct{Code: "seats", Name: "Seats", Auth: license.ByUser,
			Terms: office.TermsChange{Users: ptr(license.AtMost(5)), Activations: ptr(license.AtMost(5))}})
		h.ok(err)
		made := h.issue(office.NewLicenses{Product: "seats", Amount: 2}).Licenses
		ann, _, err := h.CreateLicenseUser(ctx, h.boss, office.NewLicenseUser{Name: "ann", Product: "seats"})
		h.ok(err)
		_, _, err = h.CreateLicenseUser(ctx, h.boss, office.NewLicenseUser{Name: "bob"})
		h.ok(err)
		for _, l := range made {
			for _, user := range []string{"ann", "bob"} {
				_, err = h.AssignUser(ctx, h.boss, office.Ref{ID: l.ID}, user)
				h.ok(err)
			}
		}
		wantCode(t, "DropLicenseUser of another scope", h.DropLicenseUser(ctx, h.boss, "", "ann"), license.NotFound)
		byID, err := h.FindLicenseUser(ctx, h.boss, "", fmt.Sprint(ann.ID))
		if err != nil || byID.ID != ann.ID || byID.Product != p.ID || len(byID.Holds) != 2 {
			t.Errorf("FindLicenseUser by identity = %+v, %v, want ann of the product", byID, err)
		}
		h.ok(h.DropLicenseUser(ctx, h.boss, "seats", "ann"))
		wantCode(t, "DropLicenseUser again", h.DropLicenseUser(ctx, h.boss, "seats", "ann"), license.NotFound)
		for _, l := range made {
			d, err := h.ShowLicense(ctx, h.boss, office.Ref{ID: l.ID})
			h.ok(err)
			if d.User == nil || d.User.Name != "bob" {
				t.Errorf("license %d is held by %+v, want bob alone", l.ID, d.User)
			}
		}
		log, err := h.ListEvents(ctx, h.boss, office.Page{Limit: 3})
		h.ok(err)
		if got := kinds(log); got != "user.dropped license.unassigned license.unassigned" {
			t.Errorf("the log says %s", got)
		}
	})
}
