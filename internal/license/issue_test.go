package license_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"licet/internal/license"
)

func TestNewLicense(t *testing.T) {
	t.Parallel()
	base := func() *license.Issue {
		return &license.Issue{
			Product: license.Product{ID: 3, Tenant: 2}, Order: license.Order{ID: 7, Tenant: 2, Status: license.OrderCompleted},
			Policy: 4, Terms: withTerms(), Customer: 8, Key: "K", NotBefore: 1, ExpiresAt: 2, Note: "for Bob", Metadata: `{"a":1}`,
		}
	}
	t.Run("everything_is_carried", func(t *testing.T) {
		t.Parallel()
		i := base()
		got, grants, err := license.NewLicense(i, now)
		if err != nil || len(grants) != 0 {
			t.Fatalf("NewLicense = %s with grants %v, want ok without", outcome(err), grants)
		}
		want := license.LicenseRecord{Note: "for Bob", License: license.License{
			Tenant: 2, Product: 3, Order: 7, Policy: 4, Customer: 8, Key: "K", Standing: license.Enabled, Terms: i.Terms,
			IssuedAt: now, NotBefore: 1, ExpiresAt: 2, Metadata: `{"a":1}`, Revision: 1,
		}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("NewLicense differs (-want +got):\n%s", diff)
		}
	})
	for _, tt := range []struct {
		name string
		edit func(*license.Issue)
		want error
	}{
		{"archived_product", func(i *license.Issue) { i.Product.Archived = true }, license.ProductArchived},
		{"disabled_product", func(i *license.Issue) { i.Product.Disabled = true }, license.ProductDisabled},
		{"S0-07", func(i *license.Issue) { i.Order = license.Order{Status: license.OrderCompleted} }, license.Invalid},
		{"cancelled_order", func(i *license.Issue) { i.Order.Status = license.OrderCancelled }, license.Conflict},
		{"refunded_order", func(i *license.Issue) { i.Order.Status = license.OrderRefunded }, license.Conflict},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			i := base()
			tt.edit(i)
			got, grants, err := license.NewLicense(i, now)
			if !sameOutcome(err, tt.want) {
				t.Errorf("NewLicense = %s, want %s", outcome(err), outcome(tt.want))
			}
			if diff := cmp.Diff(license.LicenseRecord{}, got); diff != "" || grants != nil {
				t.Errorf("a refused issue makes something (-nothing +got):\n%s%v", diff, grants)
			}
		})
	}
	t.Run("S0-07-every-license-has-its-order", func(t *testing.T) {
		t.Parallel()
		for _, status := range []license.OrderStatus{license.OrderPending, license.OrderCompleted} {
			i := base()
			i.Order.Status = status
			got, _, err := license.NewLicense(i, now)
			if err != nil || got.Order != 7 || got.Withheld != (status == license.OrderPending) {
				t.Errorf("in a %s order: order %d, withheld %t, %s, want 7, ok", status, got.Order, got.Withheld, outcome(err))
			}
		}
	})
	// A trial hangs on an order like any license, whether that was generated or named by the vendor.
	t.Run("S0-09", func(t *testing.T) {
		t.Parallel()
		for _, reference := range []string{"0198-generated", "Named by the vendor"} {
			i := base()
			i.Order.Reference, i.Order.Trial = reference, true
			i.Terms, i.ExpiresAt = withTerms(lasting(license.Perpetual, 7), trial), 0
			got, _, err := license.NewLicense(i, now)
			if err != nil || got.Order != 7 || !got.Terms.Trial || got.IsExpired(now) {
				t.Errorf("a trial in the order %q = %+v, %s, want it in order 7", reference, got, outcome(err))
			}
		}
	})
	t.Run("S1-13", func(t *testing.T) {
		t.Parallel()
		if got, _, _ := license.NewLicense(base(), now); got.IsUsed() || got.RedemptionBlocked || got.Standing != license.Enabled {
			t.Errorf("a new license is %+v, want it enabled and not used", got)
		}
	})
}

func TestMoveOrder(t *testing.T) {
	t.Parallel()
	const (
		pending, completed  = license.OrderPending, license.OrderCompleted
		cancelled, refunded = license.OrderCancelled, license.OrderRefunded
	)
	conflict := license.Conflict
	for _, tt := range []struct {
		from, to license.OrderStatus
		want     error
		event    license.EventKind // "" is no change
	}{
		{pending, completed, nil, license.OrderWasCompleted},
		{pending, cancelled, nil, license.OrderWasCancelled},
		{pending, refunded, nil, license.OrderWasRefunded},
		{completed, completed, nil, ""},
		{completed, cancelled, nil, license.OrderWasCancelled},
		{completed, refunded, nil, license.OrderWasRefunded},
		{cancelled, completed, conflict, ""},
		{cancelled, refunded, conflict, ""},
		{cancelled, cancelled, nil, ""},
		{refunded, completed, conflict, ""},
		{refunded, cancelled, conflict, ""},
		{refunded, refunded, nil, ""},
		{completed, pending, license.Invalid, ""},
		{pending, "paid", license.Invalid, ""},
		{pending, "", license.Invalid, ""},
	} {
		t.Run(string(tt.from)+"_to_"+string(tt.to), func(t *testing.T) {
			t.Parallel()
			// S0-08: a reference is kept byte for byte, whatever becomes of the order.
			before := license.Order{ID: 7, Reference: " Bestell-Nr. №7\t", Status: tt.from}
			got, events, err := license.MoveOrder(before, tt.to, now)
			if !sameOutcome(err, tt.want) {
				t.Fatalf("MoveOrder = %s, want %s", outcome(err), outcome(tt.want))
			}
			want := before
			var wantEvents []license.Event
			if tt.event != "" {
				want.Status = tt.to
				if tt.to == completed {
					want.CompletedAt = now
				}
				wantEvents = []license.Event{{Kind: tt.event, Subject: 7, Data: map[string]any{"reference": before.Reference}}}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("the order differs (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(wantEvents, events); diff != "" {
				t.Errorf("the events differ (-want +got):\n%s", diff)
			}
		})
	}
	t.Run("S0-08", func(t *testing.T) {
		t.Parallel()
		const reference = " A\u0301 \U0001F600 'x'; -- "
		if got, _, _ := license.MoveOrder(license.Order{Reference: reference}, completed, now); got.Reference != reference {
			t.Errorf("reference = %q, want %q", got.Reference, reference)
		}
	})
}

func TestOrdersAndTheirLicenses(t *testing.T) {
	t.Parallel()
	rmz := func() *license.Terms {
		return withTerms(lasting(license.TimeLimited, 30), starting(license.StartsAtOrder))
	}
	for _, tt := range []struct {
		name   string
		status license.OrderStatus
		steps  []step
	}{
		{"pending_withholds", license.OrderPending, []step{
			{"2026-02-01", activate("A"), license.OrderIncomplete, ""},
			{"2026-02-01", check("A"), license.OrderIncomplete, ""},
			{"2026-02-01", redeem("bob"), license.OrderIncomplete, "inactive"},
			{"2026-02-02", settle(license.OrderCompleted), nil, "inactive"},
			{"2026-02-02", activate("A"), nil, "active"},
			{"2026-03-04", check("A"), told{license.LicenseExpired}, "active, expired"},
		}},
		{"R26", license.OrderCompleted, []step{
			{"2026-01-11", activate("A"), nil, "active"},
			{"2026-01-12", settle(license.OrderRefunded), nil, "revoked"},
			{"2026-01-12", activate("A"), license.LicenseRevoked, "revoked"},
			{"2026-01-13", settle(license.OrderCompleted), license.Conflict, "revoked"},
		}},
		{"R27", license.OrderCompleted, []step{
			{"2026-01-12", settle(license.OrderCancelled), nil, "revoked"},
			{"2026-01-12", activate("A"), license.LicenseRevoked, "revoked"},
		}},
		{"R27-before-completion", license.OrderPending, []step{
			{"2026-02-02", settle(license.OrderCancelled), nil, "revoked"},
			{"2026-02-02", activate("A"), license.LicenseRevoked, "revoked"},
		}},
		{"S3-07-before-completion", license.OrderPending, []step{
			{"2026-02-02", settle(license.OrderRefunded), nil, "revoked"},
			{"2026-02-02", check("A"), license.LicenseRevoked, "revoked"},
		}},
		{"S3-08-revoked-while-pending", license.OrderPending, []step{
			{"2026-02-01", revoke(), nil, "revoked"},
			{"2026-02-02", settle(license.OrderCompleted), nil, "revoked"},
			{"2026-02-02", activate("A"), license.LicenseRevoked, "revoked"},
		}},
		{"suspended_while_pending", license.OrderPending, []step{
			{"2026-02-01", suspend(), nil, "suspended"},
			{"2026-02-02", settle(license.OrderCompleted), nil, "suspended"},
			{"2026-02-02", activate("A"), license.LicenseSuspended, "suspended"},
			{"2026-02-02", resume(), nil, "inactive"},
			{"2026-02-02", activate("A"), nil, "active"},
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			story(t, issueInto(t, tt.status, rmz(), 0), status, tt.steps)
		})
	}
	t.Run("events", func(t *testing.T) {
		t.Parallel()
		m := issueInto(t, license.OrderPending, rmz(), 0)
		story(t, m, status, []step{
			{"2026-02-01", settle(license.OrderCompleted), nil, ""}, {"2026-02-01", settle(license.OrderCompleted), nil, ""},
			{"2026-02-02", settle(license.OrderRefunded), nil, ""}, {"2026-02-02", settle(license.OrderRefunded), nil, ""},
		})
		want := []license.Event{
			{Kind: license.OrderWasCompleted, Subject: 7, Data: map[string]any{"reference": "Order #1 ✓"}},
			{Kind: license.LicenseReleased, License: 5},
			{Kind: license.OrderWasRefunded, Subject: 7, Data: map[string]any{"reference": "Order #1 ✓"}},
			{Kind: license.LicenseWasRevoked, License: 5, Data: map[string]any{"why": "order refunded"}},
		}
		if diff := cmp.Diff(want, m.events); diff != "" {
			t.Errorf("events differ (-want +got):\n%s", diff)
		}
	})
	t.Run("pending_is_no_end", func(t *testing.T) {
		t.Parallel()
		l := newMemory(t, rmz()).license
		if ch := license.Settle(l, license.OrderPending, now); !ch.Empty() {
			t.Errorf("Settle(pending) = %+v, want nothing", ch)
		}
	})
}

func TestExtend(t *testing.T) {
	t.Parallel()
	week := func(at license.StartsAt) *license.Terms {
		return withTerms(lasting(license.TimeLimited, 7), starting(at))
	}
	for _, tt := range []struct {
		name  string
		terms *license.Terms
		fixed license.Time
		steps []step
	}{
		{"S1-21", week(license.StartsAtFirstUse), 0, []step{
			{"2026-02-01", extend(days(3)), nil, "never"},
			{"2026-02-02", extend(days(1)), nil, "never"},
			{"2026-03-01", redeem("bob"), nil, "2026-03-12T00:00:00Z"},
		}},
		{"S1-21-started-at-issue", week(license.StartsAtIssue), 0, []step{
			{"2026-01-02", extend(days(3)), nil, "2026-01-11T00:00:00Z"},
			{"2026-01-03", activate("A"), nil, "2026-01-11T00:00:00Z"},
		}},
		{"S1-21-fixed-date", withTerms(func(t *license.Terms) { t.Type = license.TimeLimited }), moment("2026-06-01"), []step{
			{"2026-01-02", extend(license.Span{Months: 1}), nil, "2026-07-01T00:00:00Z"},
		}},
		{"S1-22", week(license.StartsAtFirstUse), 0, []step{
			{"2026-02-01", redeem("bob"), nil, "2026-02-08T00:00:00Z"},
			{"2026-02-02", extend(days(3)), license.LicenseUsed, "2026-02-08T00:00:00Z"},
			{"2026-02-02", renew(days(3)), license.LicenseUsed, "2026-02-08T00:00:00Z"},
		}},
		{"S1-22-activated", week(license.StartsAtFirstUse), 0, []step{
			{"2026-02-01", activate("A"), nil, ""},
			{"2026-02-02", extend(days(3)), license.LicenseUsed, "2026-02-08T00:00:00Z"},
		}},
		// keyauth.md, 9.9: adding time leaves banned licenses unchanged.
		{"S1-21-banned", week(license.StartsAtFirstUse), 0, []step{
			{"2026-02-01", ban(false), nil, ""},
			{"2026-02-01", extend(days(3)), license.RedemptionBlocked, ""},
			{"2026-02-01", unban(), nil, ""},
			{"2026-02-01", redeem("bob"), nil, "2026-02-08T00:00:00Z"},
		}},
		{"no_end", withTerms(), 0, []step{
			{"2026-02-01", extend(days(3)), license.Conflict, "never"},
		}},
		{"too_long", week(license.StartsAtFirstUse), 0, []step{
			{"2026-02-01", extend(license.Span{Months: 12000}), license.Invalid, "never"},
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m := issueInto(t, license.OrderCompleted, tt.terms, tt.fixed)
			before := *tt.terms
			story(t, m, expiry, tt.steps)
			if diff := cmp.Diff(before, *tt.terms); diff != "" {
				t.Errorf("shared terms were changed in place (-before +after):\n%s", diff)
			}
		})
	}
}

func TestExtendUser(t *testing.T) {
	t.Parallel()
	t.Run("S1-23", func(t *testing.T) {
		t.Parallel()
		m := newMemory(t, keyAuthTerms())
		end := func(m *memory, _ license.Time) string { return m.redemption.ExpiresAt.String() }
		story(t, m, end, []step{
			{"2026-02-01", redeem("bob"), nil, "2026-03-08T00:00:00Z"},
			{"2026-02-02", extendUser(days(10)), nil, "2026-03-18T00:00:00Z"},
			{"2026-03-17", signIn(), nil, ""},
			{"2026-03-18", signIn(), license.NothingHeld, ""},
			{"2026-04-01", extendUser(days(1)), nil, "2026-04-02T00:00:00Z"}, // begins again now
			{"2026-04-01", signIn(), nil, ""},
		})
	})
	t.Run("no_end", func(t *testing.T) {
		t.Parallel()
		m := newMemory(t, withTerms())
		story(t, m, status, []step{
			{"2026-02-01", redeem("bob"), nil, ""},
			{"2026-02-01", extendUser(days(1)), license.Conflict, ""},
		})
	})
}

// rmz.md, 17: the same key, a new period, from the later of now and the old end.
func TestRenew(t *testing.T) {
	t.Parallel()
	terms := withTerms(lasting(license.TimeLimited, 30), starting(license.StartsAtOrder))
	m := newMemory(t, terms)
	story(t, m, expiry, []step{
		{"2026-01-05", activate("A"), nil, "2026-01-31T00:00:00Z"},
		{"2026-01-20", renew(days(30)), nil, "2026-03-02T00:00:00Z"},
	})
	if m.license.StartedAt != moment("2026-01-01") {
		t.Errorf("a running period began at %s, want it unchanged", m.license.StartedAt)
	}
	story(t, m, expiry, []step{
		{"2026-03-02", check("A"), told{license.LicenseExpired}, ""},
		{"2026-04-01", renew(days(30)), nil, "2026-05-01T00:00:00Z"},
		{"2026-04-01", check("A"), nil, ""},
	})
	if m.license.StartedAt != moment("2026-04-01") {
		t.Errorf("a lapsed license began again at %s, want 2026-04-01", m.license.StartedAt)
	}
	story(t, newMemory(t, withTerms()), expiry, []step{
		{"2026-02-01", renew(days(30)), license.Conflict, "never"},
	})

	// A license that is assigned to a user carries its own date; one whose user holds the date does not.
	for _, tt := range []struct {
		name string
		held license.Redemption
		want error
	}{
		{"assigned", license.Redemption{User: 1}, nil},
		{"redeemed", license.Redemption{User: 1, StartedAt: moment("2026-01-05"), ExpiresAt: moment("2026-02-05")}, license.LicenseUsed},
	} {
		l := m.license
		if _, err := license.Renew(l, &tt.held, days(30), moment("2026-04-02")); !errors.Is(err, tt.want) {
			t.Errorf("Renew of a license that is %s = %v, want %v", tt.name, err, tt.want)
		}
	}

	// A license with a fixed date that lapsed unused begins with its first use still, its windows too.
	unused := issueInto(t, license.OrderCompleted, withTerms(func(t *license.Terms) {
		t.Type, t.Features = license.TimeLimited, []license.FeatureTerms{{Code: "pro", Duration: days(3)}}
	}), moment("2026-02-01"))
	story(t, unused, expiry, []step{
		{"2026-03-01", renew(days(30)), nil, "2026-03-31T00:00:00Z"},
		{"2026-03-10", activate("A"), nil, "2026-03-31T00:00:00Z"},
	})
	if got := unused.grants["pro"].ExpiresAt; got != moment("2026-03-13") || unused.license.StartedAt != moment("2026-03-10") {
		t.Errorf("started %s with the feature until %s, want 2026-03-10 and 2026-03-13", unused.license.StartedAt, got)
	}
}
