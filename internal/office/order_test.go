package office_test

import (
	"strconv"
	"sync"
	"testing"

	"licet/internal/license"
	"licet/internal/office"
)

func TestOrders(t *testing.T) {
	forEachHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		h.product("demo", office.TermsChange{})
		t.Run("S0-07", func(t *testing.T) {
			for name, n := range map[string]office.NewLicenses{
				"plain": {}, "bulk": {Amount: 3}, "import": {Keys: []string{"imported"}}, "trial": {Trial: true}, "named": {Order: "n-1"},
			} {
				n.Product = "demo"
				for _, l := range h.issue(n).Licenses {
					if _, err := h.FindOrder(ctx, h.boss, strconv.FormatInt(int64(l.Order), 10)); err != nil || l.Order == 0 {
						t.Errorf("%s: the order %d of a license: %v", name, l.Order, err)
					}
				}
			}
		})
		t.Run("S0-08", func(t *testing.T) {
			a, b := h.issue(office.NewLicenses{Product: "demo"}), h.issue(office.NewLicenses{Product: "demo"})
			if a.Order.Reference == "" || a.Order.Reference == b.Order.Reference {
				t.Errorf("generated references %q and %q", a.Order.Reference, b.Order.Reference)
			}
			const odd = " Order #7 – ünï / 'x' "
			made := h.issue(office.NewLicenses{Product: "demo", Order: odd})
			found, err := h.FindOrder(ctx, h.boss, odd)
			h.ok(err)
			if found.Reference != odd || found.ID != made.Order.ID {
				t.Errorf("a given reference is kept as %q", found.Reference)
			}
			more := h.issue(office.NewLicenses{Product: "demo", Order: odd, Amount: 2})
			if more.Order.ID != made.Order.ID {
				t.Error("a second issue with the same reference made another order")
			}
			if other := h.issue(office.NewLicenses{Product: "demo", Order: "ORDER #7"}); other.Order.ID == made.Order.ID {
				t.Error("references are compared byte for byte")
			}
		})
		t.Run("S0-09", func(t *testing.T) {
			made := h.issue(office.NewLicenses{Product: "demo", Order: "trial-order", Trial: true, Expiry: license.Span{Seconds: 86400}})
			if !made.Order.Trial || !made.Licenses[0].Terms.Trial || made.Order.Reference != "trial-order" {
				t.Errorf("a trial in a named order: %+v", made.Order)
			}
		})
		t.Run("stands_in_the_way", func(t *testing.T) {
			made := h.issue(office.NewLicenses{Product: "demo", Order: "theirs", Customer: "a@buyer.test"})
			_, err := h.CreateLicenses(ctx, h.boss, office.NewLicenses{Product: "demo", Order: "theirs", Customer: "b@buyer.test"})
			wantCode(t, "another customer's order", err, license.Conflict)
			_, err = h.CreateLicenses(ctx, h.boss, office.NewLicenses{Product: "demo", Order: "theirs", OrderStatus: license.OrderPending})
			wantCode(t, "a completed order as pending", err, license.Conflict)
			again := h.issue(office.NewLicenses{Product: "demo", Order: "theirs", Customer: "A@buyer.test"})
			if again.Licenses[0].Customer != made.Order.Customer || made.Order.Customer == 0 {
				t.Errorf("customers %d and %d, want one", again.Licenses[0].Customer, made.Order.Customer)
			}
			_, err = h.CancelOrder(ctx, h.boss, "theirs")
			h.ok(err)
			_, err = h.CreateLicenses(ctx, h.boss, office.NewLicenses{Product: "demo", Order: "theirs"})
			wantCode(t, "a cancelled order", err, license.Conflict)
			_, err = h.CompleteOrder(ctx, h.boss, "theirs")
			wantCode(t, "CompleteOrder of a cancelled one", err, license.Conflict)
			_, err = h.CreateOrder(ctx, h.boss, office.NewOrder{Reference: "theirs"})
			wantCode(t, "CreateOrder with a taken reference", err, license.Conflict)
		})
		t.Run("lists", func(t *testing.T) {
			list, err := h.ListOrders(ctx, h.boss, "a@buyer.test", office.Page{})
			h.ok(err)
			if len(list) != 1 || list[0].Reference != "theirs" {
				t.Errorf("ListOrders of a customer = %v", list)
			}
			all, err := h.ListOrders(ctx, h.boss, "", office.Page{Limit: 2})
			h.ok(err)
			rest, err := h.ListOrders(ctx, h.boss, "", office.Page{Before: int64(all[1].ID)})
			h.ok(err)
			if len(all) != 2 || all[0].ID <= all[1].ID || len(rest) == 0 || rest[0].ID >= all[1].ID {
				t.Errorf("pages of ListOrders: %d and %d orders", len(all), len(rest))
			}
		})
	})
}

func TestOrderSettles(t *testing.T) {
	forEachHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		h.product("demo", office.TermsChange{})
		pair := func(order string, status license.OrderStatus) []office.Ref {
			made := h.issue(office.NewLicenses{Product: "demo", Amount: 2, Order: order, OrderStatus: status, Plan: license.PlanMonthly})
			return []office.Ref{{ID: made.Licenses[0].ID}, {ID: made.Licenses[1].ID}}
		}
		t.Run("pending", func(t *testing.T) {
			refs := pair("later", license.OrderPending)
			want(t, "activate in a pending order", h.activate(refs[0], "hw"), license.OrderIncomplete)
			h.advance(hour)
			_, err := h.CompleteOrder(ctx, h.boss, "later")
			h.ok(err)
			for _, ref := range refs {
				if l := h.load(ref); l.Withheld || l.ExpiresAt != h.now().Add(30*24*hour) {
					t.Errorf("completed: withheld %t, ends %s", l.Withheld, l.ExpiresAt)
				}
			}
			want(t, "activate in a completed order", h.activate(refs[0], "hw"), "")
			history, err := h.LicenseHistory(ctx, h.boss, refs[0], office.Page{})
			h.ok(err)
			if got := kinds(history); got != "device.activated license.released license.issued" {
				t.Errorf("LicenseHistory = %s", got)
			}
		})
		t.Run("R26", func(t *testing.T) {
			refs := pair("refunded", "")
			h.ok(h.activate(refs[0], "hw"))
			order, err := h.RefundOrder(ctx, h.boss, "refunded")
			h.ok(err)
			for _, ref := range refs {
				want(t, "activate after a refund", h.activate(ref, "hw"), license.LicenseRevoked)
			}
			again, err := h.RefundOrder(ctx, h.boss, "refunded")
			h.ok(err)
			log, err := h.ListEvents(ctx, h.boss, office.Page{Limit: 3})
			h.ok(err)
			if got := kinds(log); order.Status != license.OrderRefunded || again.Status != order.Status || got != "license.revoked license.revoked order.refunded" {
				t.Errorf("refunding twice leaves %s", got)
			}
		})
		t.Run("R27", func(t *testing.T) {
			refs := pair("cancelled", license.OrderPending)
			_, err := h.CancelOrder(ctx, h.boss, "cancelled")
			h.ok(err)
			if l := h.load(refs[1]); l.Standing != license.Revoked {
				t.Errorf("a license of a cancelled order is %s", l.Standing)
			}
		})
		t.Run("R28", func(t *testing.T) {
			refs := pair("revoked", "")
			_, err := office.One(h.RevokeLicenses(ctx, h.boss, "fraud", refs[0]))
			h.ok(err)
			_, err = office.One(h.ResumeLicenses(ctx, h.boss, refs[0]))
			want(t, "ResumeLicenses", err, license.LicenseRevoked)
			want(t, "activate", h.activate(refs[0], "hw"), license.LicenseRevoked)
		})
	})
}

// Licenses that go into an order while it is refunded are either refused or revoked with it.
func TestRefundRace(t *testing.T) {
	forEachHouse(t, func(t *testing.T, h *house) {
		h.product("demo", office.TermsChange{})
		h.issue(office.NewLicenses{Product: "demo", Order: "busy"})
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				_, err := h.CreateLicenses(t.Context(), h.boss, office.NewLicenses{Product: "demo", Amount: 20, Order: "busy"})
				if err != nil && license.CodeOf(err) != license.Conflict {
					t.Errorf("CreateLicenses = %v, want ok or conflict", err)
				}
			})
		}
		wg.Go(func() {
			_, err := h.RefundOrder(t.Context(), h.boss, "busy")
			want(t, "RefundOrder", err, "")
		})
		wg.Wait() // The doctor looks for licenses of a refunded order that work.
	})
}

func TestCustomers(t *testing.T) {
	forEachHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		ann, err := h.CreateCustomer(ctx, h.boss, office.NewCustomer{Email: " Ann@Buyer.test ", Name: "Ann", Company: "Buyer", Reference: "crm-1"})
		h.ok(err)
		_, err = h.CreateCustomer(ctx, h.boss, office.NewCustomer{Email: "ann@buyer.TEST"})
		wantCode(t, "CreateCustomer again", err, license.Conflict)
		same, err := h.FindOrCreateCustomer(ctx, h.boss, office.NewCustomer{Email: "ann@buyer.test", Name: "Other"})
		h.ok(err)
		if same != ann || ann.Email != "Ann@Buyer.test" {
			t.Errorf("FindOrCreateCustomer = %+v, want %+v", same, ann)
		}
		ids := make([]license.CustomerID, 8)
		var wg sync.WaitGroup
		for i := range ids {
			wg.Go(func() {
				c, err := h.FindOrCreateCustomer(ctx, h.boss, office.NewCustomer{Email: "bob@buyer.test"})
				want(t, "FindOrCreateCustomer", err, "")
				ids[i] = c.ID
			})
		}
		wg.Wait()
		for _, id := range ids {
			if id != ids[0] || id == 0 {
				t.Fatalf("one customer has the identities %v", ids)
			}
		}
		list, err := h.ListCustomers(ctx, h.boss, office.Page{})
		h.ok(err)
		if len(list) != 2 || list[1] != ann {
			t.Errorf("ListCustomers = %v", list)
		}
		for _, email := range []string{"", "x", "@x", "x@", "a@b@c", "a b"} {
			_, err := h.CreateCustomer(ctx, h.boss, office.NewCustomer{Email: email})
			wantCode(t, "CreateCustomer("+email+")", err, license.Invalid)
		}
	})
}
