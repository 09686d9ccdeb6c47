package platform

import (
	"fmt"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"testing"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
)

// order returns an order as the office knows it.
func (s *site) order(ref string) license.Order {
	s.t.Helper()
	o, err := s.office.FindOrder(s.t.Context(), s.operator, ref)
	if err != nil {
		s.t.Fatal(err)
	}
	return o
}

// licensesOf returns the licenses of an order.
func (s *site) licensesOf(ref string) []license.LicenseRecord {
	s.t.Helper()
	list, _, err := s.office.ListLicenses(s.t.Context(), s.operator, office.LicenseFilter{Order: ref}, office.Page{Limit: 1000})
	if err != nil {
		s.t.Fatal(err)
	}
	return list
}

func (s *site) studio() {
	s.t.Helper()
	if _, err := s.office.CreateProduct(s.t.Context(), s.operator, office.NewProduct{Code: "studio", Name: "Studio"}); err != nil {
		s.t.Fatal(err)
	}
}

func TestOrders(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.studio()
	owner := s.as(identity.Owner)
	owner.get("/orders").want(http.StatusOK, "No orders yet", "New order")
	owner.get("/orders/new").want(http.StatusOK, "Empty has one made", "Studio (studio)")

	t.Run("S0-08", func(t *testing.T) {
		made := owner.post("/orders", url.Values{"reference": {""}}).want(http.StatusOK, "is there")
		reference := regexp.MustCompile(`<title>Order ([^ ]+) `).FindStringSubmatch(made.body)
		if len(reference) != 2 || s.order(reference[1]).Status != license.OrderCompleted {
			t.Errorf("an order without a reference = %q", reference)
		}
		given := " Shop/ 100% <b>Ö</b> #7 "
		owner.post("/orders", url.Values{"reference": {given}}).want(http.StatusOK, html.EscapeString(given)).lacks("<b>Ö</b>")
		if s.order(given).Reference != given {
			t.Errorf("the reference is %q, want %q", s.order(given).Reference, given)
		}
		owner.post("/orders", url.Values{"reference": {given}, "customer": {"ann@x.test"}}).want(http.StatusConflict, "There is already an order", `value="ann@x.test"`)
	})
	t.Run("S0-07", func(t *testing.T) {
		form := url.Values{
			"reference": {"A-1"}, "customer": {"ann@x.test"}, "status": {"pending"}, "product_1": {"studio"}, "amount_1": {"3"},
			"product_3": {"studio"}, "amount_3": {"2"}, "policy_3": {"default"}, "_once": {"x"},
		}
		owner.post("/orders", form).want(http.StatusOK, "The order is there, with 5 licenses", "Pending", "An order of 5 licenses", "ann@x.test")
		owner.post("/orders", form).want(http.StatusOK, "it was not done again")
		order := s.order("A-1")
		for _, l := range s.licensesOf("A-1") {
			if l.Order != order.ID || !l.Withheld || l.Customer != order.Customer {
				t.Errorf("a license of the order is %+v", l.License)
			}
			owner.get(orderPath(order.ID)).want(http.StatusOK, l.Key, licensePath(l.ID))
		}
		if n := len(s.licensesOf("A-1")); n != 5 {
			t.Errorf("the order holds %d licenses, want 5", n)
		}
	})
	t.Run("all-or-nothing", func(t *testing.T) {
		for field, bad := range map[string]string{"amount_2": "0", "amount_1": "x", "policy_2": "nothing"} {
			form := url.Values{"reference": {"B-1"}, "product_1": {"studio"}, "product_2": {"studio"}, "customer": {"new@x.test"}}
			form.Set(field, bad)
			owner.post("/orders", form).want(http.StatusUnprocessableEntity, `value="B-1"`, `value="new@x.test"`, fmt.Sprintf(`id="f-%s-fault"`, field))
		}
		if _, err := s.office.FindOrder(t.Context(), s.operator, "B-1"); license.CodeOf(err) != license.NotFound {
			t.Errorf("an order whose licenses were refused = %v, want not found", err)
		}
		owner.get("/orders?customer=new@x.test").want(http.StatusOK, "There is no such customer.")
	})
	t.Run("life", func(t *testing.T) {
		page := orderPath(s.order("A-1").ID)
		owner.post(page+"/complete", nil).want(http.StatusOK, "is completed", "Completed").wantPath(page).lacks("/complete\"")
		owner.post(page+"/complete", nil).want(http.StatusOK)
		if l := s.licensesOf("A-1")[0]; l.Withheld {
			t.Error("a license of a completed order is withheld")
		}
		owner.post(page+"/customer", url.Values{"customer": {"nobody@x.test"}}).want(http.StatusOK, "o such customer.")
		owner.post(page+"/customer", url.Values{"customer": {""}}).want(http.StatusOK, "belongs to no customer now")
		owner.post(page+"/customer", url.Values{"customer": {"ann@x.test"}}).want(http.StatusOK, "belongs to ann@x.test")
		owner.get(page).want(http.StatusOK, "For ever revoked: 5 licenses.", "Apps are refused from their next check on", "This cannot be undone")
		owner.post(page+"/refund", nil).want(http.StatusOK, "is refunded", "Paid back").lacks("/cancel\"", "/refund\"", "Add licenses")
		for _, l := range s.licensesOf("A-1") {
			if l.Standing != license.Revoked {
				t.Errorf("a license of a refunded order is %s", l.Standing)
			}
		}
		owner.post(page+"/cancel", nil).want(http.StatusOK, "that cannot be undone")
		owner.get("/orders?status=refunded").want(http.StatusOK, "A-1", "Refunded")
		owner.get("/orders?q=A").want(http.StatusOK, "A-1")
		owner.get("/orders?q=a").want(http.StatusOK, "No order is like that")
		owner.get("/orders?status=nonsense").want(http.StatusUnprocessableEntity)
	})
	t.Run("roles", func(t *testing.T) {
		page := orderPath(s.order("A-1").ID)
		support := s.as(identity.Support)
		support.get("/orders").want(http.StatusOK, "A-1", "ann@x.test").lacks("New order")
		support.get(page).want(http.StatusOK, "A-1").lacks("Change the customer", "/refund")
		support.get("/orders/new").want(http.StatusForbidden)
		for _, act := range []string{"complete", "cancel", "refund", "customer"} {
			support.post(page+"/"+act, nil).want(http.StatusOK, notAllowed)
		}
		support.post("/orders", url.Values{"reference": {"C-1"}}).want(http.StatusOK, notAllowed)
	})
	t.Run("S0-06", func(t *testing.T) {
		theirs, err := s.office.CreateOrder(t.Context(), s.elsewhere(), office.NewOrder{Reference: "THEIRS"})
		if err != nil {
			t.Fatal(err)
		}
		owner.get("/orders").want(http.StatusOK).lacks("THEIRS")
		owner.get(orderPath(theirs.ID)).want(http.StatusNotFound)
		for _, act := range []string{"complete", "cancel", "refund", "customer"} {
			owner.post(orderPath(theirs.ID, act), nil).want(http.StatusNotFound)
		}
	})
}

// TestOrderPages: lists of orders, and of the licenses of one, go on fifty at a time; a reference that looks like an identity is no
// order's identity.
func TestOrderPages(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.studio()
	owner := s.as(identity.Owner)
	made, err := s.office.CreateLicenses(t.Context(), s.operator, office.NewLicenses{Product: "studio", Amount: 60, Order: "BIG"})
	if err != nil {
		t.Fatal(err)
	}
	page := owner.get(orderPath(made.Order.ID)).want(http.StatusOK, made.Licenses[59].Key, "Next page", "60 licenses").lacks(made.Licenses[0].Key)
	next := regexp.MustCompile(`/orders/\d+\?before=\d+`).FindString(page.body)
	owner.get(next).want(http.StatusOK, made.Licenses[0].Key, "First page").lacks("Next page")
	for i := range peoplePageSize {
		if _, err := s.office.CreateOrder(t.Context(), s.operator, office.NewOrder{Reference: fmt.Sprintf("N-%02d", i)}); err != nil {
			t.Fatal(err)
		}
	}
	first := owner.get("/orders").want(http.StatusOK, "N-49", "N-00").lacks("BIG")
	owner.get(regexp.MustCompile(`/orders\?before=\d+`).FindString(first.body)).want(http.StatusOK, "BIG").lacks("N-00")
	evil := fmt.Sprint(int64(made.Order.ID))
	if _, err := s.office.CreateOrder(t.Context(), s.operator, office.NewOrder{Reference: evil}); err != nil {
		t.Fatal(err)
	}
	owner.post(orderPath(made.Order.ID, "refund"), nil).want(http.StatusNotFound)
	if got := s.order(evil).Status; got != license.OrderCompleted {
		t.Errorf("the order that has another's identity as its reference is %s", got)
	}
}
