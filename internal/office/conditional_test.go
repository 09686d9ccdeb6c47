package office_test

import (
	"testing"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
)

// changed is what a condition says of something that is not what the caller has seen.
func changed() error {
	return &license.Error{Code: license.Conflict, Message: "it was changed meanwhile"}
}

// A condition sees what is stored, and its refusal leaves everything as it was.
func TestConditionalChanges(t *testing.T) {
	t.Parallel()
	forEachHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		h.product("demo", office.TermsChange{})
		customer, err := h.CreateCustomer(ctx, h.boss, office.NewCustomer{Email: "a@buyer.test"})
		h.ok(err)
		user, _, err := h.CreateLicenseUser(ctx, h.boss, office.NewLicenseUser{Name: "ann"})
		h.ok(err)
		_, err = h.CreateUser(ctx, h.boss, office.NewUser{Email: "pat@acme.test", Password: goodPassword, Role: identity.ReadOnly})
		h.ok(err)
		ref := office.Ref{ID: h.issue(office.NewLicenses{Product: "demo", Order: "o-1"}).Licenses[0].ID}
		name := ptr("renamed")

		// Each change looks at the revision, or whatever tells versions apart, and is refused when no says so.
		for what, try := range map[string]func(no error) (seen, stored any, err error){
			"product": func(no error) (any, any, error) {
				var seen int64
				before, err := h.FindProduct(ctx, h.boss, "demo")
				h.ok(err)
				_, err = h.ChangeProduct(ctx, h.boss, "demo", office.ProductChange{Name: name, If: func(p office.Product) error { seen = p.Revision; return no }})
				return seen, before.Revision, err
			},
			"policy": func(no error) (any, any, error) {
				var seen license.Policy
				before, err := h.FindPolicy(ctx, h.boss, "demo", "default")
				h.ok(err)
				_, err = h.ChangePolicy(ctx, h.boss, "demo", "default", office.PolicyChange{Name: name, If: func(p license.Policy) error { seen = p; return no }})
				return seen.Revision, before.Revision, err
			},
			"customer": func(no error) (any, any, error) {
				var seen license.Customer
				before, err := h.FindCustomer(ctx, h.boss, "a@buyer.test")
				h.ok(err)
				_, err = h.ChangeCustomer(ctx, h.boss, "a@buyer.test", office.CustomerChange{Name: name, If: func(c license.Customer) error { seen = c; return no }})
				return seen, before, err
			},
			"license": func(no error) (any, any, error) {
				var seen int64
				before := h.load(ref).Revision
				_, err := office.One(h.ChangeLicenses(ctx, h.boss, office.LicenseChange{Note: name, If: func(d *office.LicenseDetail) error {
					if d.Order.Reference != "o-1" || d.Product.Code != "demo" || d.Expired || d.Now != h.now() {
						t.Errorf("the condition sees %+v, want all that belongs to the license", d)
					}
					seen = d.Revision
					return no
				}}, ref))
				return seen, before, err
			},
			"order": func(no error) (any, any, error) {
				var seen int64
				before, err := h.FindOrder(ctx, h.boss, "o-1")
				h.ok(err)
				_, err = h.ChangeOrder(ctx, h.boss, "o-1", office.OrderChange{Customer: ptr("a@buyer.test"), If: func(o license.Order) error { seen = o.Revision; return no }})
				return seen, before.Revision, err
			},
			"license_user": func(no error) (any, any, error) {
				var seen license.LicenseUser
				before, err := h.FindLicenseUser(ctx, h.boss, "", "ann")
				h.ok(err)
				_, err = h.ChangeLicenseUser(ctx, h.boss, "", "ann", office.LicenseUserChange{FirstName: name, If: func(u license.LicenseUser) error { seen = u; return no }})
				return seen, before.LicenseUser, err
			},
			"member": func(no error) (any, any, error) {
				var seen office.Member
				before, err := h.FindMember(ctx, h.boss, "pat@acme.test")
				h.ok(err)
				_, err = h.ChangeMember(ctx, h.boss, "pat@acme.test", office.MemberChange{Disabled: ptr(true), If: func(m office.Member) error { seen = m; return no }})
				return seen, before, err
			},
		} {
			t.Run(what, func(t *testing.T) {
				_, before, err := try(changed())
				wantCode(t, "a change under a condition that is not met", err, license.Conflict)
				seen, after, err := try(nil)
				if err != nil || seen != after || after != before {
					t.Errorf("the condition saw %+v, %v, want %+v as before the refused one, %+v", seen, err, after, before)
				}
				if _, later, err := try(nil); err != nil || later == after && what != "order" {
					t.Errorf("after the change it is %+v, %v, want something else than %+v", later, err, after)
				}
			})
		}
		if got := h.load(ref); got.Note != "renamed" {
			t.Errorf("the note is %q, want renamed", got.Note)
		}
		if got, err := h.FindLicenseUser(ctx, h.boss, "", "ann"); err != nil || got.FirstName != "renamed" || got.ID != user.ID {
			t.Errorf("FindLicenseUser = %+v, %v, want the first name", got, err)
		}
		if got, err := h.FindOrder(ctx, h.boss, "o-1"); err != nil || got.Customer != customer.ID {
			t.Errorf("FindOrder = %+v, %v, want the customer", got, err)
		}
	})
}

// A rehearsal of the office refuses what the office would refuse, answers what it would answer, and leaves everything as it is.
func TestRehearsal(t *testing.T) {
	t.Parallel()
	forEachHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		h.product("demo", office.TermsChange{})
		made := h.issue(office.NewLicenses{Product: "demo", Amount: 2, Order: "o-1"})
		ref, revoked := office.Ref{ID: made.Licenses[0].ID}, office.Ref{ID: made.Licenses[1].ID}
		_, err := office.One(h.RevokeLicenses(ctx, h.boss, "", revoked))
		h.ok(err)
		log := func() string {
			t.Helper()
			list, err := h.ListEvents(ctx, h.boss, office.Page{})
			h.ok(err)
			return kinds(list)
		}
		before := log()
		dry := h.Rehearsal()

		out, err := dry.SuspendLicenses(ctx, h.boss, ref, revoked)
		if err != nil || !out[0].Changed || out[0].License.Standing != license.Suspended {
			t.Errorf("SuspendLicenses = %+v, %v, want it suspended", out, err)
		}
		want(t, "SuspendLicenses of a revoked one", out[1].Err, license.LicenseRevoked)
		order, err := dry.RefundOrder(ctx, h.boss, "o-1")
		if err != nil || order.Status != license.OrderRefunded {
			t.Errorf("RefundOrder = %+v, %v, want it refunded", order, err)
		}
		issued, err := dry.CreateLicenses(ctx, h.boss, office.NewLicenses{Product: "demo", Amount: 3})
		if err != nil || len(issued.Licenses) != 3 {
			t.Errorf("CreateLicenses = %d, %v, want 3", len(issued.Licenses), err)
		}
		_, err = dry.CreateProduct(ctx, h.boss, office.NewProduct{Code: "demo", Name: "x"})
		wantCode(t, "CreateProduct with a taken code", err, license.Conflict)
		_, err = dry.CreateProduct(ctx, h.boss, office.NewProduct{Code: "other", Name: "x"})
		h.ok(err)
		_, err = h.FindProduct(ctx, h.boss, "other")
		want(t, "FindProduct of a rehearsed one", err, license.ProductUnknown)
		if got := h.load(ref); got.Standing != license.Enabled {
			t.Errorf("after the rehearsal the license is %s, want enabled", got.Standing)
		}
		if after := log(); after != before {
			t.Errorf("the rehearsal leaves events: %s, want %s", after, before)
		}
		h.product("other", office.TermsChange{Level: ptr(int64(3))}) // with terms that only a rehearsal has had before
	})
}

// A license goes into another order and to another customer, a bundle's with its parts, and nowhere where its state would not fit.
func TestReorderLicenses(t *testing.T) {
	t.Parallel()
	forEachHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		h.bundle("")
		for _, n := range []office.NewOrder{
			{Reference: "paid", Customer: "b@buyer.test"}, {Reference: "due", Status: license.OrderPending}, {Reference: "gone"},
		} {
			_, err := h.CreateOrder(ctx, h.boss, n)
			h.ok(err)
		}
		_, err := h.CancelOrder(ctx, h.boss, "gone")
		h.ok(err)
		buyer, err := h.FindCustomer(ctx, h.boss, "b@buyer.test")
		h.ok(err)
		paid, err := h.FindOrder(ctx, h.boss, "paid")
		h.ok(err)
		held := h.issue(office.NewLicenses{Product: "both", Order: "waiting", OrderStatus: license.OrderPending})
		whole, part := office.Ref{ID: held.Licenses[0].ID}, office.Ref{ID: held.Parts[0].ID}
		move := func(order string, ref office.Ref) error {
			_, err := office.One(h.ChangeLicenses(ctx, h.boss, office.LicenseChange{Order: &order, Note: ptr("moved")}, ref))
			return err
		}

		wantCode(t, "into a cancelled order", move("gone", whole), license.Conflict)
		wantCode(t, "into no order", move("none", whole), license.NotFound)
		wantCode(t, "a part of a bundle", move("due", part), license.Conflict)
		if got := h.load(whole); got.Note != "" {
			t.Errorf("the note after refusals is %q, want none", got.Note)
		}
		h.ok(move("due", whole))
		if got := h.load(whole); !got.Withheld || got.Note != "moved" || got.Customer != 0 {
			t.Errorf("in a pending order: %+v, want it withheld", got)
		}
		h.ok(move("paid", whole))
		for _, ref := range []office.Ref{whole, part} {
			if got := h.load(ref); got.Withheld || got.Order != paid.ID || got.Customer != buyer.ID {
				t.Errorf("in a completed order: %+v, want it in force, and of the order's customer", got)
			}
		}
		wantCode(t, "back into a pending order", move("due", whole), license.Conflict)
		_, err = h.CancelOrder(ctx, h.boss, "due") // which it has left
		h.ok(err)
		if got := h.load(whole); got.Standing != license.Enabled {
			t.Errorf("after its former order was cancelled it is %s, want enabled", got.Standing)
		}

		give := func(customer string, ref office.Ref) error {
			_, err := office.One(h.ChangeLicenses(ctx, h.boss, office.LicenseChange{Customer: &customer}, ref))
			return err
		}
		wantCode(t, "to nobody known", give("c@buyer.test", whole), license.NotFound)
		wantCode(t, "a part to nobody", give("", part), license.Conflict)
		h.ok(give("", whole))
		if a, b := h.load(whole), h.load(part); a.Customer != 0 || b.Customer != 0 {
			t.Errorf("customers %d and %d, want none", a.Customer, b.Customer)
		}
		h.ok(give("b@buyer.test", whole))
		history, err := h.LicenseHistory(ctx, h.boss, part, office.Page{Limit: 2})
		h.ok(err)
		if got := kinds(history); got != "license.changed license.changed" || h.load(part).Customer != buyer.ID {
			t.Errorf("the part's history is %s, want that its customer was changed twice", got)
		}
		shop := identity.Actor{Kind: identity.ClientApp, Tenant: h.tenant, Key: 5, Scopes: identity.AllScopes(), Products: []license.ProductID{h.load(whole).Product}}
		_, err = office.One(h.ChangeLicenses(ctx, shop, office.LicenseChange{Customer: ptr("")}, whole))
		want(t, "by a key for some products", err, license.PermissionMissing)
	})
}
