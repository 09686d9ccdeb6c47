package office_test

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/store"
)

// atlas knows one country.
type atlas struct{}

func (atlas) CountryOf(a netip.Addr) string {
	if a.Is4() && a.As4()[0] == 192 {
		return "DE"
	}
	return ""
}

// rule makes an address rule.
func (h *house) rule(n office.NewAddressRule) license.AddressRule {
	h.t.Helper()
	if n.Name == "" {
		n.Name = "rule"
	}
	r, err := h.CreateAddressRule(h.t.Context(), h.boss, n)
	h.ok(err)
	return r
}

// ruled returns which products may have address rules.
func (h *house) ruled() string {
	h.t.Helper()
	list, err := h.ListProducts(h.t.Context(), h.boss, true, office.Page{})
	h.ok(err)
	var words []string
	for _, p := range list {
		if p.AddressRuled {
			words = append([]string{p.Code}, words...)
		}
	}
	return strings.Join(words, " ")
}

func TestS0_26_AddressRules(t *testing.T) {
	forEachHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		p := h.product("demo", office.TermsChange{})
		ref := h.license("demo")
		r := h.rule(office.NewAddressRule{Name: "office only", Product: "demo", License: ref,
			Allow: []string{" 192.0.2.9/24", "192.0.2.0/24", "country:de"}, Deny: []string{"2001:DB8::1"}})
		want1 := license.AddressRule{ID: r.ID, Tenant: h.tenant, Product: p.ID, License: ref.ID, Name: "office only", Mode: license.RuleOff,
			Allow: []string{"192.0.2.0/24", "country:DE"}, Deny: []string{"2001:db8::1"}, Created: h.now(), Updated: h.now()}
		if diff := cmp.Diff(want1, r); diff != "" {
			t.Errorf("CreateAddressRule (-want +got):\n%s", diff)
		}
		h.advance(hour)
		report := license.RuleReport
		changed, err := h.ChangeAddressRule(ctx, h.boss, r.ID, office.AddressRuleChange{Mode: &report, Deny: &[]string{}, If: func(found license.AddressRule) error {
			if diff := cmp.Diff(want1, found); diff != "" {
				t.Errorf("If is asked with (-want +got):\n%s", diff)
			}
			return nil
		}})
		h.ok(err)
		want1.Mode, want1.Deny, want1.Updated = report, []string{}, h.now()
		if diff := cmp.Diff(want1, changed); diff != "" {
			t.Errorf("ChangeAddressRule (-want +got):\n%s", diff)
		}
		found, err := h.FindAddressRule(ctx, h.boss, r.ID)
		h.ok(err)
		if diff := cmp.Diff(changed, found.AddressRule); diff != "" || len(found.Hits) != 0 {
			t.Errorf("FindAddressRule (-want +got):\n%s", diff)
		}
		no := errors.New("no")
		_, err = h.ChangeAddressRule(ctx, h.boss, r.ID, office.AddressRuleChange{Name: ptr("x"), If: func(license.AddressRule) error { return no }})
		if !errors.Is(err, no) {
			t.Errorf("ChangeAddressRule with an If that says no = %v", err)
		}
		if err := h.DropAddressRule(ctx, h.boss, r.ID, func(license.AddressRule) error { return no }); !errors.Is(err, no) {
			t.Errorf("DropAddressRule with a condition that says no = %v", err)
		}
		h.ok(h.store.Write(ctx, func(tx *store.Tx) error {
			h.ok(tx.AddAddressHits(h.tenant, r.ID, license.OtherAddress, 3, h.now()))
			h.ok(tx.AddAddressHits(h.tenant, r.ID, license.OtherAddress, 4, h.now()-1))
			_, err := tx.ReportAddress(h.tenant, r.ID, ref.ID, h.now(), 0)
			return err
		}))
		found, err = h.FindAddressRule(ctx, h.boss, r.ID)
		h.ok(err)
		if diff := cmp.Diff([]store.AddressHits{{Entry: "other", Hits: 7, Last: h.now()}}, found.Hits); diff != "" {
			t.Errorf("hits (-want +got):\n%s", diff)
		}
		h.ok(h.DropAddressRule(ctx, h.boss, r.ID, nil))
		wantCode(t, "DropAddressRule of one that is gone", h.DropAddressRule(ctx, h.boss, r.ID, nil), license.NotFound)
		_, err = h.FindAddressRule(ctx, h.boss, r.ID)
		wantCode(t, "FindAddressRule of one that is gone", err, license.NotFound)
		log, err := h.LicenseHistory(ctx, h.boss, ref, office.Page{Limit: 3})
		h.ok(err)
		if got := kinds(log); got != "address_rule.dropped address_rule.changed address_rule.created" {
			t.Errorf("LicenseHistory = %s", got)
		}
	})
}

func TestS0_26_AddressRuleRefusals(t *testing.T) {
	forEachHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		h.product("demo", office.TermsChange{})
		h.product("other", office.TermsChange{})
		ref := h.license("demo")
		for field, n := range map[string]office.NewAddressRule{
			"name":    {Deny: []string{"192.0.2.1"}},
			"mode":    {Name: "x", Mode: "on", Deny: []string{"192.0.2.1"}},
			"allow":   {Name: "x"},
			"deny":    {Name: "x", Deny: []string{"Germany"}},
			"license": {Name: "x", Product: "other", License: ref, Deny: []string{"192.0.2.1"}},
		} {
			_, err := h.CreateAddressRule(ctx, h.boss, n)
			if license.CodeOf(err) != license.Invalid || license.Describe(err).Field != field {
				t.Errorf("CreateAddressRule(%+v) = %v, want invalid %s", n, err, field)
			}
		}
		_, err := h.CreateAddressRule(ctx, h.boss, office.NewAddressRule{Name: "x", Allow: make([]string, 201)})
		wantCode(t, "CreateAddressRule with 201 entries", err, license.Invalid)
		_, err = h.CreateAddressRule(ctx, h.boss, office.NewAddressRule{Name: "x", Product: "nothing", Deny: []string{"192.0.2.1"}})
		want(t, "CreateAddressRule of an unknown product", err, license.ProductUnknown)
		_, err = h.CreateAddressRule(ctx, h.boss, office.NewAddressRule{Name: "x", License: office.Ref{Key: "nothing"}, Deny: []string{"192.0.2.1"}})
		want(t, "CreateAddressRule of an unknown license", err, license.KeyUnknown)
		_, err = h.CreateAddressRule(ctx, h.boss, office.NewAddressRule{Name: "x", Mode: license.RuleEnforce, Deny: []string{"country:DE"}})
		if got := license.Describe(err); got.Field != "mode" || !strings.Contains(got.Message, "geo.database") {
			t.Errorf("CreateAddressRule of countries without a database = %v, want a word about geo.database", err)
		}
		reader := h.boss
		reader.Role = identity.ReadOnly
		_, err = h.CreateAddressRule(ctx, reader, office.NewAddressRule{Name: "x", Deny: []string{"192.0.2.1"}})
		want(t, "CreateAddressRule by who reads", err, license.PermissionMissing)
		_, err = h.TryAddressRules(ctx, reader, office.AddressTrial{Address: "192.0.2.1"})
		want(t, "TryAddressRules by who reads", err, "")
		_, err = h.RehearseAddressRule(ctx, reader, office.NewAddressRule{Deny: []string{"192.0.2.1"}})
		want(t, "RehearseAddressRule by who reads", err, "")
		for i := range store.MaxAddressRules {
			h.rule(office.NewAddressRule{Name: fmt.Sprint(i), Deny: []string{"192.0.2.1"}})
		}
		_, err = h.CreateAddressRule(ctx, h.boss, office.NewAddressRule{Name: "x", Deny: []string{"192.0.2.1"}})
		wantCode(t, "CreateAddressRule of a 101st", err, license.Invalid)
		list, err := h.ListAddressRules(ctx, h.boss)
		if err != nil || len(list) != store.MaxAddressRules || list[1].Name != "1" {
			t.Errorf("ListAddressRules = %d rules, %v, want 100, oldest first", len(list), err)
		}
	})
}

// The mark of products follows their rules, so that others need not look for any.
func TestS0_26_AddressRuled(t *testing.T) {
	forEachHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		h.product("aa", office.TermsChange{})
		h.product("bb", office.TermsChange{})
		deny := []string{"192.0.2.1"}
		is := func(want string) {
			t.Helper()
			if got := h.ruled(); got != want {
				t.Errorf("products with rules are %q, want %q", got, want)
			}
		}
		mode := func(r license.AddressRule, m license.RuleMode) {
			t.Helper()
			_, err := h.ChangeAddressRule(ctx, h.boss, r.ID, office.AddressRuleChange{Mode: &m})
			h.ok(err)
		}
		off := h.rule(office.NewAddressRule{Deny: deny})
		is("")
		mode(off, license.RuleReport)
		is("aa bb")
		h.product("cc", office.TermsChange{})
		is("aa bb cc")
		mode(off, license.RuleOff)
		is("")
		one := h.rule(office.NewAddressRule{Product: "bb", Mode: license.RuleEnforce, Deny: deny})
		is("bb")
		single := h.rule(office.NewAddressRule{License: h.license("aa"), Mode: license.RuleReport, Deny: deny})
		is("aa bb")
		h.product("dd", office.TermsChange{})
		is("aa bb")
		h.ok(h.DropAddressRule(ctx, h.boss, single.ID, nil))
		h.ok(h.DropAddressRule(ctx, h.boss, one.ID, nil))
		is("")
	})
}

// A rule for all products and a product that is made at the same moment know of each other.
func TestS0_26_AddressRuledRace(t *testing.T) {
	forEachHouse(t, func(t *testing.T, h *house) {
		for i := range 5 {
			var all sync.WaitGroup
			all.Go(func() { h.product(fmt.Sprintf("p%d", i), office.TermsChange{}) })
			all.Go(func() {
				if i%2 == 0 {
					h.rule(office.NewAddressRule{Mode: license.RuleReport, Deny: []string{"192.0.2.1"}})
				}
			})
			all.Wait()
			list, err := h.ListProducts(t.Context(), h.boss, true, office.Page{})
			h.ok(err)
			for _, p := range list {
				if !p.AddressRuled {
					t.Errorf("product %s does not know of the rules", p.Code)
				}
			}
		}
	})
}

func TestS0_26_TryAddressRules(t *testing.T) {
	forEachHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		h.product("demo", office.TermsChange{})
		h.product("other", office.TermsChange{})
		knows := office.New(office.Deps{Store: h.store, Now: h.now, Countries: atlas{}})
		off := h.rule(office.NewAddressRule{Name: "off", Deny: []string{"country:DE"}})
		h.rule(office.NewAddressRule{Name: "other", Product: "other", Mode: license.RuleEnforce, Deny: []string{"0.0.0.0/0"}})
		h.rule(office.NewAddressRule{Name: "demo", Product: "demo", Mode: license.RuleEnforce, Allow: []string{"192.0.2.0/24"}})
		h.rule(office.NewAddressRule{Name: "single", License: h.license("demo"), Mode: license.RuleEnforce, Deny: []string{"0.0.0.0/0"}})
		say := func(o *office.Office, trial office.AddressTrial) string {
			t.Helper()
			v, err := o.TryAddressRules(ctx, h.boss, trial)
			h.ok(err)
			text := fmt.Sprint(v.Country, " ", v.Refused)
			for _, s := range v.Rules {
				text += " " + s.Rule.Name + "=" + s.Entry
			}
			return text
		}
		for _, tt := range []struct {
			office *office.Office
			trial  office.AddressTrial
			want   string
		}{
			{knows, office.AddressTrial{Address: "192.0.2.1", Product: "demo"}, "DE false off=country:DE demo="},
			{h.Office, office.AddressTrial{Address: "192.0.2.1", Product: "demo"}, "ZZ false off= demo="},
			{h.Office, office.AddressTrial{Address: "198.51.100.1", Product: "demo"}, "ZZ true off= demo=other"},
			{h.Office, office.AddressTrial{Address: "198.51.100.1", Country: "de"}, "ZZ false off=country:DE"},
			{h.Office, office.AddressTrial{Address: "::ffff:192.0.2.1", Product: "other"}, "ZZ true off= other=0.0.0.0/0"},
		} {
			if got := say(tt.office, tt.trial); got != tt.want {
				t.Errorf("TryAddressRules(%+v) = %s, want %s", tt.trial, got, tt.want)
			}
		}
		_, err := h.TryAddressRules(ctx, h.boss, office.AddressTrial{Address: "here"})
		wantCode(t, "TryAddressRules of no address", err, license.Invalid)
		if d, err := h.FindAddressRule(ctx, h.boss, off.ID); err != nil || len(d.Hits) != 0 {
			t.Errorf("after trials %v, %v, want no hits", d.Hits, err)
		}
	})
}

func TestS0_26_RehearseAddressRule(t *testing.T) {
	forEachHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		for _, code := range []string{"demo", "other"} {
			h.product(code, office.TermsChange{Activations: ptr(license.AtMost(5))})
		}
		ref, other := h.license("demo"), h.license("other")
		h.ok(h.activate(ref, "A"))
		h.ok(h.activate(ref, "B"))
		h.ok(h.activate(other, "C"))
		knows := office.New(office.Deps{Store: h.store, Now: h.now, Countries: atlas{}})
		for _, tt := range []struct {
			n    office.NewAddressRule
			want string
		}{
			{office.NewAddressRule{Deny: []string{"192.0.2.0/24"}}, "3: 192.0.2.0/24=3"},
			{office.NewAddressRule{Product: "demo", Deny: []string{"192.0.2.1"}}, "2: 192.0.2.1=2"},
			{office.NewAddressRule{License: other, Allow: []string{"10.0.0.0/8"}}, "1: other=1"},
			{office.NewAddressRule{Allow: []string{"country:DE"}}, "3:"},
			{office.NewAddressRule{Allow: []string{"country:FR"}}, "3: other=3"},
		} {
			got, err := knows.RehearseAddressRule(ctx, h.boss, tt.n)
			h.ok(err)
			text := fmt.Sprintf("%d:", got.Devices)
			for _, hits := range got.Hits {
				text += fmt.Sprintf(" %s=%d", hits.Entry, hits.Hits)
			}
			if text != tt.want || got.More {
				t.Errorf("RehearseAddressRule(%+v) = %s, want %s", tt.n, text, tt.want)
			}
		}
		if list, err := h.ListAddressRules(ctx, h.boss); err != nil || len(list) != 0 {
			t.Errorf("ListAddressRules after rehearsals = %v, %v, want none", list, err)
		}
	})
}

// Who is for certain products only has the rules of those.
func TestNarrowedKeyAddressRules(t *testing.T) {
	forEachHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		h.product("mine", office.TermsChange{})
		h.product("theirs", office.TermsChange{})
		key, _, err := h.CreateAPIKey(ctx, h.boss, office.NewAPIKey{Name: "k", Scopes: identity.AllScopes(), Products: []string{"mine"}})
		h.ok(err)
		me, deny := key.Actor(), []string{"192.0.2.1"}
		all := h.rule(office.NewAddressRule{Name: "all", Mode: license.RuleEnforce, Deny: deny})
		theirs := h.rule(office.NewAddressRule{Name: "theirs", Product: "theirs", Deny: deny})
		mine, err := h.CreateAddressRule(ctx, me, office.NewAddressRule{Name: "mine", Product: "mine", Deny: deny})
		h.ok(err)
		_, err = h.CreateAddressRule(ctx, me, office.NewAddressRule{Name: "x", Deny: deny})
		want(t, "CreateAddressRule for all products", err, license.PermissionMissing)
		_, err = h.CreateAddressRule(ctx, me, office.NewAddressRule{Name: "x", Product: "theirs", Deny: deny})
		want(t, "CreateAddressRule for another product", err, license.ProductUnknown)
		list, err := h.ListAddressRules(ctx, me)
		if err != nil || len(list) != 1 || list[0].ID != mine.ID {
			t.Errorf("ListAddressRules = %v, %v, want mine", list, err)
		}
		for _, id := range []license.AddressRuleID{all.ID, theirs.ID} {
			_, err := h.FindAddressRule(ctx, me, id)
			wantCode(t, "FindAddressRule", err, license.NotFound)
			_, err = h.ChangeAddressRule(ctx, me, id, office.AddressRuleChange{Name: ptr("x")})
			wantCode(t, "ChangeAddressRule", err, license.NotFound)
			wantCode(t, "DropAddressRule", h.DropAddressRule(ctx, me, id, nil), license.NotFound)
		}
		v, err := h.TryAddressRules(ctx, me, office.AddressTrial{Address: "192.0.2.1", Product: "mine"})
		if err != nil || !v.Refused || len(v.Rules) != 1 || v.Rules[0].Rule.ID != mine.ID {
			t.Errorf("TryAddressRules = %+v, %v, want refused, and mine alone shown", v, err)
		}
		h.ok(h.DropAddressRule(ctx, me, mine.ID, nil))
		other := office.In(operator(), h.tenant+1)
		_, err = h.FindAddressRule(context.Background(), other, all.ID)
		wantCode(t, "S0-06 FindAddressRule of another tenant", err, license.NotFound)
	})
}
