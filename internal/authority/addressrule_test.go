package authority_test

import (
	"net/netip"
	"testing"
	"time"

	"licet/internal/authority"
	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/store"
)

// Addresses of the tests: one that the rules want, and one that they do not.
const (
	wanted   = "192.0.2.7"
	unwanted = "198.51.100.7"
)

// rule makes an address rule that keeps the unwanted network out.
func (w *world) rule(mode license.RuleMode, edit func(*office.NewAddressRule)) license.AddressRule {
	w.t.Helper()
	n := office.NewAddressRule{Name: "keep out", Mode: mode, Deny: []string{"198.51.100.0/24"}}
	if edit != nil {
		edit(&n)
	}
	r, err := w.office.CreateAddressRule(w.t.Context(), w.boss, n)
	w.must(err)
	return r
}

// from is a claim of a device from an address.
func (w *world) from(key, hwid, address string) authority.Request {
	r := w.ask(key, hwid)
	r.Address = address
	return r
}

// reports counts what was reported of a rule.
func (w *world) reports(r license.AddressRule) (n int) {
	w.t.Helper()
	w.must(w.Flush(w.t.Context()))
	list, err := w.office.ListEvents(w.t.Context(), w.boss, office.Page{Limit: 1000})
	w.must(err)
	for _, e := range list {
		if e.Kind == license.AddressReported && e.Subject == int64(r.ID) {
			n++
		}
	}
	return n
}

// hits returns how often a rule was broken.
func (w *world) hits(r license.AddressRule) (n int64) {
	w.t.Helper()
	w.must(w.Flush(w.t.Context()))
	d, err := w.office.FindAddressRule(w.t.Context(), w.boss, r.ID)
	w.must(err)
	for _, h := range d.Hits {
		n += h.Hits
	}
	return n
}

// Every door passes the rules: whatever an app asks from where it may not be is refused, but giving back.
func TestS0_26_EnforcedEverywhere(t *testing.T) {
	t.Parallel()
	forEachWorld(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		key := w.issue(func(t *license.Terms) {
			t.Activations, t.Type = license.AtMost(5), license.Consumption
			t.Floating = &license.FloatingTerms{Seats: license.AtMost(5), TimeoutMins: 60, Borrow: true, BorrowHours: 5}
			t.Usage = &license.UsageTerms{Max: license.AtMost(100)}
		})
		w.activate(key, "A")
		r := w.rule(license.RuleEnforce, nil)
		for name, call := range map[string]func(authority.Request) error{
			"S0-26_check": func(r authority.Request) error {
				ans, err := w.Check(ctx, r)
				w.must(err)
				return ans.Verdict.Err()
			},
			"S0-26_validate": func(r authority.Request) error {
				n := w.native(key, r.HardwareID)
				n.Address = r.Address
				return w.validate(n).Verdict.Err()
			},
			"S0-26_activate":    func(r authority.Request) error { r.HardwareID = "B"; _, err := w.Activate(ctx, r); return err },
			"S0-26_re-activate": func(r authority.Request) error { _, err := w.Activate(ctx, r); return err },
			"S0-26_admit": func(r authority.Request) error {
				r.HardwareID = "C"
				checked, err := w.Check(ctx, r)
				w.must(err)
				_, err = w.Admit(ctx, r, &checked)
				return err
			},
			"S0-26_check_in": func(r authority.Request) error { _, err := w.CheckIn(ctx, r); return err },
			"S0-26_lease":    func(r authority.Request) error { _, err := w.Lease(ctx, r); return err },
			"S0-26_borrow":   func(r authority.Request) error { _, err := w.Borrow(ctx, r); return err },
			"S0-26_consume":  func(r authority.Request) error { r.Amount = 1; _, err := w.Consume(ctx, r); return err },
			"S0-26_use":      func(r authority.Request) error { r.Amount = 1; _, err := w.UseUnits(ctx, r, ""); return err },
			"S0-26_renew":    func(r authority.Request) error { return w.RenewLeases(ctx, []authority.Request{r})[0].Err },
			"S0-26_inspect":  func(r authority.Request) error { _, err := w.Inspect(ctx, r); return err },
		} {
			t.Run(name, func(t *testing.T) {
				wantReason(t, "from an unwanted address", call(w.from(key, "A", unwanted)), license.PlaceRefused)
				wantReason(t, "from no address", call(w.from(key, "A", "")), "")
				wantReason(t, "from a wanted address", call(w.from(key, "A", wanted)), "")
			})
		}
		_, err := w.Release(ctx, w.from(key, "A", unwanted))
		wantReason(t, "Release from an unwanted address", err, "")
		_, err = w.Deactivate(ctx, w.from(key, "A", unwanted))
		wantReason(t, "Deactivate from an unwanted address", err, "")
		if n := w.hits(r); n == 0 || w.reports(r) != 0 {
			t.Errorf("%d hits and %d reports of an enforced rule, want some and none", n, w.reports(r))
		}

		off := license.RuleOff
		_, err = w.office.ChangeAddressRule(ctx, w.boss, r.ID, office.AddressRuleChange{Mode: &off})
		w.must(err)
		_, err = w.Activate(ctx, w.from(key, "A", unwanted))
		wantReason(t, "Activate with the rule off", err, "")
	})
}

// A rule that allows refuses who comes from nowhere known.
func TestS0_26_UnknownAddress(t *testing.T) {
	t.Parallel()
	forEachWorld(t, func(t *testing.T, w *world) {
		key := w.issue(nil)
		w.rule(license.RuleEnforce, func(n *office.NewAddressRule) { n.Allow, n.Deny = []string{"192.0.2.0/24"}, nil })
		for address, want := range map[string]license.Reason{wanted: "", unwanted: license.PlaceRefused, "": license.PlaceRefused, "nonsense": license.PlaceRefused} {
			_, err := w.Activate(t.Context(), w.from(key, "A", address))
			wantReason(t, "Activate from "+address, err, want)
		}
	})
}

// What a rule is reported for is counted, and told once an hour for each license, also by several servers.
func TestS0_26_Report(t *testing.T) {
	t.Parallel()
	forEachWorld(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		first, second := w.issue(nil), w.issue(nil)
		r := w.rule(license.RuleReport, nil)
		other := newAuthority(w)
		for range 3 {
			for _, key := range []string{first, second} {
				_, err := w.Activate(ctx, w.from(key, "A", unwanted))
				wantReason(t, "Activate", err, "")
			}
			_, err := other.Check(ctx, w.from(first, "A", unwanted))
			w.must(err)
			w.must(other.Flush(ctx))
		}
		if got, want := w.hits(r), int64(9); got != want {
			t.Errorf("%d hits, want %d", got, want)
		}
		if got := w.reports(r); got != 2 {
			t.Errorf("%d reports, want one for each license", got)
		}
		w.advance(time.Hour)
		_, err := other.Check(ctx, w.from(first, "A", unwanted))
		w.must(err)
		w.must(other.Flush(ctx))
		if got := w.reports(r); got != 3 {
			t.Errorf("%d reports an hour later, want 3", got)
		}
		w.advance(2 * time.Hour)
		w.must(w.Prune(ctx))
		list, err := w.office.ListEvents(ctx, w.boss, office.Page{Limit: 1})
		w.must(err)
		e := list[0]
		if e.Kind != license.AddressReported || e.License == 0 || e.Data["address"] != unwanted || e.Data["entry"] != "198.51.100.0/24" || e.Data["country"] != "ZZ" {
			t.Errorf("the event is %+v, want the address and the entry", e)
		}
		w.must(w.office.DropAddressRule(ctx, w.boss, r.ID, nil))
		_, err = w.Check(ctx, w.from(first, "A", unwanted))
		w.must(err)
		w.must(w.Flush(ctx))
	})
}

// Rules concern the tenant's products, one of them, or one license, and products that are made later.
func TestS0_26_Scope(t *testing.T) {
	t.Parallel()
	forEachWorld(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		mine, other := w.issue(nil), w.issue(nil)
		try := func(key string) error { _, err := w.Activate(ctx, w.from(key, "A", unwanted)); return err }
		drop := func(r license.AddressRule) { w.must(w.office.DropAddressRule(ctx, w.boss, r.ID, nil)) }

		r := w.rule(license.RuleEnforce, func(n *office.NewAddressRule) { n.License = office.Ref{Product: "app", Key: mine} })
		wantReason(t, "the license of the rule", try(mine), license.PlaceRefused)
		wantReason(t, "another license", try(other), "")
		drop(r)
		wantReason(t, "the license when the rule is gone", try(mine), "")

		elsewhere, err := w.office.CreateProduct(ctx, w.boss, office.NewProduct{Code: "elsewhere", Name: "Elsewhere"})
		w.must(err)
		r = w.rule(license.RuleEnforce, func(n *office.NewAddressRule) { n.Product = "elsewhere" })
		wantReason(t, "a license of another product than the rule's", try(other), "")
		made, err := w.office.CreateLicenses(ctx, w.boss, office.NewLicenses{Product: "elsewhere"})
		w.must(err)
		there := w.from(made.Licenses[0].Key, "A", unwanted)
		there.Product = elsewhere.Number
		_, err = w.Activate(ctx, there)
		wantReason(t, "a license of the rule's product", err, license.PlaceRefused)
		drop(r)

		w.rule(license.RuleEnforce, nil)
		later, err := w.office.CreateProduct(ctx, w.boss, office.NewProduct{Code: "later", Name: "Later"})
		w.must(err)
		made, err = w.office.CreateLicenses(ctx, w.boss, office.NewLicenses{Product: "later"})
		w.must(err)
		there = w.from(made.Licenses[0].Key, "A", unwanted)
		there.Product = later.Number
		_, err = w.Activate(ctx, there)
		wantReason(t, "a license of a product that is younger than the rule", err, license.PlaceRefused)

		foreign, err := w.office.CreateTenant(ctx, identity.Actor{Kind: identity.Operator}, "foreign", "Foreign")
		w.must(err)
		boss := office.In(identity.Actor{Kind: identity.Operator}, foreign.ID)
		theirs, err := w.office.CreateProduct(ctx, boss, office.NewProduct{Code: "app", Name: "App"})
		w.must(err)
		made, err = w.office.CreateLicenses(ctx, boss, office.NewLicenses{Product: "app"})
		w.must(err)
		there = w.from(made.Licenses[0].Key, "A", unwanted)
		there.Product = theirs.Number
		_, err = w.Activate(ctx, there)
		wantReason(t, "S0-06 a license of another tenant", err, "")
	})
}

// atlas knows the country of the addresses of the tests.
type atlas struct{}

func (atlas) CountryOf(a netip.Addr) string {
	switch a.String() {
	case wanted:
		return "DE"
	case unwanted:
		return "FR"
	}
	return ""
}

func TestS0_26_Countries(t *testing.T) {
	t.Parallel()
	forEachWorld(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		key := w.issue(nil)
		_, err := w.office.CreateAddressRule(ctx, w.boss, office.NewAddressRule{Name: "x", Mode: license.RuleEnforce, Allow: []string{"country:DE"}})
		if license.CodeOf(err) != license.Invalid || license.Describe(err).Field != "mode" {
			t.Errorf("CreateAddressRule of countries without a database = %v, want invalid mode", err)
		}
		r := w.rule(license.RuleReport, func(n *office.NewAddressRule) { n.Allow, n.Deny = []string{"country:de"}, nil })
		knows := office.New(office.Deps{Store: w.store, Now: w.now, Countries: atlas{}})
		enforce := license.RuleEnforce
		_, err = knows.ChangeAddressRule(ctx, w.boss, r.ID, office.AddressRuleChange{Mode: &enforce})
		w.must(err)
		a := authority.New(authority.Deps{Store: w.store, Now: w.now, Countries: atlas{}})
		for _, tt := range []struct {
			address, said string
			want          license.Reason
		}{
			{wanted, "", ""}, {wanted, "de", ""}, {wanted, "FR", license.PlaceRefused}, {unwanted, "", license.PlaceRefused},
			{unwanted, "DE", license.PlaceRefused}, {"10.0.0.1", "", license.PlaceRefused}, {"::ffff:" + wanted, "", ""},
		} {
			claim := w.from(key, "A", tt.address)
			claim.Country = tt.said
			_, err := a.Activate(ctx, claim)
			wantReason(t, "Activate from "+tt.address+" said "+tt.said, err, tt.want)
		}
		_, err = w.Activate(ctx, w.from(key, "A", wanted))
		wantReason(t, "Activate where the database is gone", err, license.PlaceRefused)
		e, err := a.Explain(ctx, w.native(key, "A"), license.OpCheck)
		w.must(err)
		if !e.Verdict.Has(license.PlaceRefused) {
			t.Errorf("Explain of a claim from nowhere known has %v, want place_refused", e.Verdict.Broken)
		}
	})
}

func TestS0_26_PasswordActivation(t *testing.T) {
	t.Parallel()
	forEachDesk(t, func(t *testing.T, d *desk) {
		key := d.sell(sold, license.SharedPassword, 3, nil)
		d.rule(license.RuleEnforce, nil)
		place := func(device, address string) error {
			_, err := d.ActivateWithPassword(t.Context(), d.boss.Tenant, authority.PasswordActivation{
				Product: sold, Key: key, Password: "12345", Email: userMail, Claim: license.Claim{HardwareID: device, Address: address}})
			return err
		}
		wantReason(t, "the first activation from an unwanted address", place("A", unwanted), license.PlaceRefused)
		d.must(place("A", wanted))
		wantReason(t, "a re-activation from an unwanted address", place("A", unwanted), license.PlaceRefused)
		d.must(place("B", wanted))
	})
}

// Sign-ins of applications pass the rules as well, and what redeems a license there.
func TestS0_26_Application(t *testing.T) {
	t.Parallel()
	forEachShop(t, func(t *testing.T, s *shop) {
		ctx := t.Context()
		_, key := s.bob()
		login := func(address string) error {
			_, err := s.Login(ctx, s.begin(address), authority.Credentials{Name: "bob", Password: "pw", Hardware: machine1})
			return err
		}
		s.must(login(unwanted))
		r := s.rule(license.RuleEnforce, nil)
		wantReason(t, "Login", login(unwanted), license.PlaceRefused)
		s.must(login(wanted))
		_, err := s.Login(ctx, s.begin(unwanted), authority.Credentials{Name: "bob", Password: "bad", Hardware: machine1})
		wantReason(t, "Login with a wrong password", err, license.PasswordWrong)
		fresh := s.key(1, day)
		_, err = s.LoginByKey(ctx, s.begin(unwanted), fresh, machine2, "")
		wantReason(t, "LoginByKey", err, license.PlaceRefused)
		_, err = s.Register(ctx, s.begin(unwanted), authority.Registration{Name: "eve", Key: fresh, Hardware: machine2, Password: "pw"})
		wantReason(t, "Register", err, license.PlaceRefused)
		wantReason(t, "UpgradeUser", s.UpgradeUser(ctx, s.begin(unwanted), "bob", fresh), license.PlaceRefused)
		if s.license(fresh).IsUsed() {
			t.Error("a license is used by who was refused")
		}
		s.must(s.UpgradeUser(ctx, s.begin(wanted), "bob", fresh))
		s.must(s.office.DropAddressRule(ctx, s.boss, r.ID, nil))

		r = s.rule(license.RuleEnforce, func(n *office.NewAddressRule) { n.License = office.Ref{Product: "app", Key: key} })
		wantReason(t, "Login of who holds the license of the rule", login(unwanted), license.PlaceRefused)
		s.must(s.office.DropAddressRule(ctx, s.boss, r.ID, nil))
		s.rule(license.RuleEnforce, func(n *office.NewAddressRule) { n.License = office.Ref{Product: "app", Key: s.key(1, day)} })
		wantReason(t, "Login of who does not hold it", login(unwanted), "")
	})
}

// Parts of a bundle have the rules of their own products.
func TestS0_26_Bundle(t *testing.T) {
	t.Parallel()
	forEachWorld(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		_, err := w.office.CreateBundle(ctx, w.boss, office.NewBundle{Code: "all", Name: "All", Products: []string{"app"}})
		w.must(err)
		made, err := w.office.CreateLicenses(ctx, w.boss, office.NewLicenses{Product: "all"})
		w.must(err)
		w.rule(license.RuleEnforce, func(n *office.NewAddressRule) { n.Product = "app" })
		ask := w.from(made.Licenses[0].Key, "A", unwanted)
		ask.By = &store.Lookup{Tenant: w.boss.Tenant, Code: "all", Key: ask.Key}
		_, err = w.ActivateBundle(ctx, ask)
		wantReason(t, "ActivateBundle", err, license.PlaceRefused)
		ask.Address = wanted
		_, err = w.ActivateBundle(ctx, ask)
		wantReason(t, "ActivateBundle", err, "")
	})
}

// A key's use is noted about once a minute, and never goes back.
func TestNoteKey(t *testing.T) {
	t.Parallel()
	forEachWorld(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		key, _, err := w.office.CreateAPIKey(ctx, w.boss, office.NewAPIKey{Name: "k", Scopes: identity.NewScopes(identity.UseLicenses)})
		w.must(err)
		used := func() license.Time {
			w.must(w.Flush(ctx))
			found, err := w.office.FindAPIKey(ctx, w.boss, key.ID)
			w.must(err)
			return found.UsedAt
		}
		if used() != 0 {
			t.Error("a key that nobody used was used")
		}
		first := w.now()
		w.NoteKey(key.Tenant, key.ID)
		w.advance(30 * time.Second)
		w.NoteKey(key.Tenant, key.ID)
		if got := used(); got != first {
			t.Errorf("used at %s, want %s", got, first)
		}
		w.advance(30 * time.Second)
		w.NoteKey(key.Tenant, key.ID)
		if got := used(); got != w.now() {
			t.Errorf("used at %s, want %s", got, w.now())
		}
		w.must(w.store.Write(ctx, func(tx *store.Tx) error { return tx.NoteAPIKey(key.Tenant, key.ID, first) }))
		if got := used(); got != w.now() {
			t.Errorf("another server's older note takes it back to %s", got)
		}
	})
}
