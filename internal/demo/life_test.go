package demo

import (
	"context"
	"testing"
	"time"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/store"
	"licet/internal/testkit"
)

// TestLife: whoever signs in finds a company with a past, in which nothing is broken.
func TestLife(t *testing.T) {
	t.Parallel()
	testkit.ForEachDB(t, func(t *testing.T, open func(testing.TB) *store.Store) {
		d := newDemo(t, open(t))
		made := prepare(t, d, url, Made)
		actor := person(t, d, made)

		for _, days := range []int{7, 30, 90} {
			f, err := d.Office.Figures(t.Context(), actor, days)
			if err != nil {
				t.Fatal(err)
			}
			checkFigures(t, days, &f)
		}
		usage, err := d.Office.APIUsage(t.Context(), actor, 0)
		if err != nil {
			t.Fatal(err)
		}
		if usage.Percent() < 64 || usage.Percent() >= 65 || usage.Contact == "" {
			t.Errorf("APIUsage() = %+v, %.1f %%, want 64 %% and a contact", usage, usage.Percent())
		}
		checkPlaces(t, d, actor)
		checks, err := d.Store.Examine(t.Context(), d.Now(), func(store.Diagnosis) {})
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range checks {
			if c.Broken > 0 {
				t.Errorf("the doctor says of %s: %+v", c.Check, c)
			}
		}
		if again, err := d.live(t.Context(), actor); again || err != nil {
			t.Errorf("live() again = %v, %v, want false", again, err)
		}
	})
}

// person is whoever signs in with what demo.json says.
func person(t *testing.T, d *Demo, f File) identity.Actor {
	t.Helper()
	user, err := d.Office.Authenticate(t.Context(), f.Platform.Email, identity.Secret(f.Platform.Password), "")
	if err != nil {
		t.Fatal(err)
	}
	all, err := d.Office.TenantsOf(t.Context(), user.ID)
	if err != nil || len(all) != 2 || all[0].Role != identity.Owner || all[1].Role != identity.Support {
		t.Fatalf("TenantsOf() = %+v, %v, want an owner's and a supporter's", all, err)
	}
	actor, err := d.Office.ActorFor(t.Context(), user.ID, all[0].Tenant.ID)
	if err != nil {
		t.Fatal(err)
	}
	return actor
}

// checkFigures wants every chart of the dashboard filled.
func checkFigures(t *testing.T, days int, f *office.Figures) {
	t.Helper()
	s := f.States
	for what, n := range map[string]int64{
		"licenses": s.Total, "not used": s.NotUsed, "used": s.Used, "banned": s.Banned, "expired": s.Expired,
		"suspended": s.Suspended, "revoked": s.Revoked, "refusals": int64(len(f.Refusals)), "products": int64(len(f.Products)), "expiring": int64(f.ExpiringCount),
	} {
		if n == 0 {
			t.Errorf("the figures of %d days have no %s", days, what)
		}
	}
	var created int64
	for i, day := range f.Days {
		created += day.Created
		if i < len(f.Days)-1 && (day.Checks == 0 || day.Refusals == 0) {
			t.Errorf("the figures of %d days have a quiet day: %+v", days, day)
		}
	}
	if created == 0 {
		t.Errorf("the figures of %d days have no license that was created", days)
	}
}

// checkPlaces wants something on each list.
func checkPlaces(t *testing.T, d *Demo, actor identity.Actor) {
	t.Helper()
	ctx := t.Context()
	want := func(what string, least, n int, err error) {
		t.Helper()
		if err != nil || n < least {
			t.Errorf("%s: %d, %v, want at least %d", what, n, err, least)
		}
	}
	page := office.Page{Limit: 1000}
	licenses, _, err := d.Office.ListLicenses(ctx, actor, office.LicenseFilter{}, page)
	want("licenses", 400, len(licenses), err)
	orders, err := d.Office.ListOrders(ctx, actor, "", page)
	want("orders", 45, len(orders), err)
	customers, err := d.Office.ListCustomers(ctx, actor, page)
	want("customers", 25, len(customers), err)
	users, err := d.Office.ListLicenseUsers(ctx, actor, office.LicenseUserFilter{}, page)
	want("license users", 6, len(users), err)
	members, err := d.Office.ListMembers(ctx, actor, page)
	want("members", 2, len(members), err)
	endpoints, err := d.Office.ListEndpoints(ctx, actor, page)
	want("endpoints", 1, len(endpoints), err)
	for _, e := range endpoints {
		if e.Enabled {
			t.Errorf("an endpoint is on: %+v", e)
		}
		deliveries, err := d.Office.ListDeliveries(ctx, actor, e.ID, "", page)
		want("deliveries", 5, len(deliveries), err)
	}
}

// TestLifeOnAnyDay: the past can be told whatever day it is; a refusal of a use case would end it.
func TestLifeOnAnyDay(t *testing.T) {
	t.Parallel()
	for _, day := range []string{"2027-01-01T00:00:00Z", "2028-02-29T23:59:59Z", "2027-03-31T12:00:00Z", "2027-12-05T04:30:00Z"} {
		t.Run(day[:10], func(t *testing.T) {
			t.Parallel()
			at, err := time.Parse(time.RFC3339, day)
			if err != nil {
				t.Fatal(err)
			}
			d := newDemo(t, testkit.OpenSQLite(t))
			d.Now = func() license.Time { return license.TimeOf(at) }
			if _, err := d.Store.Migrate(t.Context()); err != nil {
				t.Fatal(err)
			}
			tenant, err := d.tenant(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if made, err := d.live(t.Context(), office.In(d.Actor, tenant.ID)); !made || err != nil {
				t.Errorf("live() = %v, %v, want true", made, err)
			}
		})
	}
}

// BenchmarkLife is what the first start of a demo waits for.
func BenchmarkLife(b *testing.B) {
	for b.Loop() {
		d := newDemo(b, testkit.OpenSQLite(b))
		ctx := context.Background()
		tenant, err := d.tenant(ctx)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := d.live(ctx, office.In(d.Actor, tenant.ID)); err != nil {
			b.Fatal(err)
		}
	}
}
