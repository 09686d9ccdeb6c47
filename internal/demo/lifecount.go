package demo

import (
	"context"
	"fmt"
	"time"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/store"
)

// What the apps of the past asked is made by count: there were too many calls to make them one by one.

// traffic is what the apps of a product ask on a working day of the present.
type traffic struct {
	daily       int     // calls that are allowed
	refused     float64 // how many more are not
	activations int
	kind        store.CallKind // what most of them ask
}

const (
	lifeDays      = 90
	lifeAllowance = 100_000
	lifeUsed      = 64_180 // calls of this month: 64.1 percent
	umbraCode     = "umbra-demo"
)

// share is a reason that calls are refused for, and how many of the refused, in percent.
type share struct {
	reason  license.Reason
	percent float64
}

func refusals() []share {
	return []share{
		{license.LicenseExpired, 38},
		{license.DeviceLimit, 24},
		{license.TrialExpired, 14},
		{license.DeviceUnknown, 10},
		{license.LicenseSuspended, 6},
		{license.KeyUnknown, 4},
		{license.LicenseRevoked, 3},
		{license.UsageLimit, 1},
	}
}

// count counts the calls of the last 90 days, and of the last months against what was agreed.
func (l *life) count(ctx context.Context, products map[string]office.Product) error {
	for name, value := range map[string]string{"api.allowance": fmt.Sprint(lifeAllowance), "api.upgrade_contact": "sales@licet.example"} {
		if _, err := l.office.SaveSetting(ctx, l.boss, office.Setting{Name: name, Value: value}); err != nil {
			return err
		}
	}
	var calls []store.DailyCalls
	for _, p := range lifeProducts() {
		calls = append(calls, l.daily(products[p.code].Product, p.traffic)...)
	}
	if err := l.tx.AddDailyCalls(calls); err != nil {
		return err
	}
	month := l.now.UTC()
	for i, n := range []int64{lifeUsed, 91_204, 83_977, 52_316} {
		name := time.Date(month.Year(), month.Month()-time.Month(i), 1, 0, 0, 0, 0, time.UTC).Format("2006-01")
		if err := l.tx.AddUsage(l.vendor.Tenant, name, n); err != nil {
			return err
		}
	}
	return nil
}

// daily counts the calls about a product, day by day: weekends are quiet, each week has a little more than the one before, and today is
// not over.
func (l *life) daily(p license.Product, t traffic) []store.DailyCalls {
	var out []store.DailyCalls
	today := store.DayOf(l.now)
	for day := today - lifeDays + 1; day <= today; day++ {
		busy := 1.12 - 0.005*float64(today-day)
		switch store.DayStart(day).UTC().Weekday() {
		case time.Saturday:
			busy *= 0.46
		case time.Sunday:
			busy *= 0.38
		}
		busy *= 0.93 + 0.14*l.dice.Float64()
		if day == today {
			busy *= float64(l.now.Sub(l.now.Day())) / float64(24*time.Hour)
		}
		add := func(kind store.CallKind, reason license.Reason, n float64) {
			if n := int64(n + l.dice.Float64()); n > 0 {
				out = append(out, store.DailyCalls{Tenant: p.Tenant, Day: day, Product: p.ID, Kind: kind, Reason: reason, Calls: n})
			}
		}
		most := float64(t.daily) * busy
		if t.kind != store.CallCheck {
			add(t.kind, "", most*0.35)
			most *= 0.65
		}
		add(store.CallCheck, "", most)
		add(store.CallActivate, "", float64(t.activations)*busy)
		for _, s := range refusals() {
			kind := store.CallCheck
			switch s.reason {
			case license.DeviceLimit:
				kind = store.CallActivate
			case license.UsageLimit:
				if kind = store.CallConsume; t.kind != kind {
					continue
				}
			}
			add(kind, s.reason, most*t.refused*s.percent/100)
		}
	}
	return out
}

// listen makes an endpoint for events that was switched off again, with some of what it was told. Nobody is called.
func (l *life) listen(ctx context.Context) error {
	e, _, err := l.office.CreateEndpoint(ctx, l.vendor, office.NewEndpoint{
		URL: "https://hooks.licet.example/events", Description: "Bookkeeping, the old server", Kinds: []string{"license.issued", "order.*"},
	})
	if err != nil {
		return err
	}
	l.plan(l.ago(2, 16*60), func(ctx context.Context) error {
		if err := l.deliver(e); err != nil {
			return err
		}
		_, err := l.office.ChangeEndpoint(ctx, l.vendor, e.ID, office.EndpointChange{Enabled: new(false)})
		return err
	})
	return nil
}

// deliver is what the endpoint was told: the last one was more than it could take.
func (l *life) deliver(e office.WebhookEndpoint) error {
	events, err := l.tx.ListEvents(e.Tenant, 0, 0, 1000)
	if err != nil {
		return err
	}
	var log []store.WebhookDelivery
	for i := len(events) - 1; i >= 0 && len(log) < 14; i-- {
		ev := &events[i]
		if ev.At < e.Created || ev.Kind != license.OrderCreated {
			continue
		}
		log = append(log, store.WebhookDelivery{
			Tenant: e.Tenant, Endpoint: e.ID, Event: ev.ID, Kind: ev.Kind, State: store.WebhookDelivered, Attempts: 1,
			Status: 204, Millis: 60 + l.dice.Int64N(240), Created: ev.At.Add(time.Second), Tried: ev.At.Add(2 * time.Second),
		})
	}
	if n := len(log); n > 0 {
		last := &log[n-1]
		last.State, last.Attempts, last.Status, last.Reply, last.Tried = store.WebhookFailed, 8, 502, "Bad Gateway", last.Tried.Add(26*time.Hour)
		last.Tried = min(last.Tried, l.clock)
	}
	return l.tx.InsertWebhookDeliveries(log)
}

// neighbour makes a second company, in which the person of the demo helps customers: so that there is one to switch to.
func (l *life) neighbour(ctx context.Context) error {
	l.clock = l.ago(40, 10*60)
	tenant, err := l.office.CreateTenant(ctx, l.boss, umbraCode, "Umbra Audio (demo)")
	if err != nil {
		return err
	}
	there := office.In(l.boss, tenant.ID)
	t := traffic{daily: 240, refused: 0.03, activations: 1, kind: store.CallCheck}
	p, err := l.office.CreateProduct(ctx, there, office.NewProduct{Code: "umbra-verb", Name: "Umbra Verb", Mask: license.Mask{Text: "UMBRA-****-****-****"}})
	if err != nil {
		return err
	}
	for _, email := range []string{"studio@lowlands-sound.example", "hello@kestrel-mastering.example", "ada@ada-records.example"} {
		l.clock = l.clock.Add(9 * 24 * time.Hour)
		n := office.NewLicenses{Product: p.Code, Amount: 4 + l.dice.IntN(6), Customer: email, CreatedBy: "web shop"}
		made, err := l.office.CreateLicenses(ctx, there, n)
		if err != nil {
			return err
		}
		o := &owned{LicenseRecord: made.Licenses[0], number: p.Number}
		if err := l.activate(o, l.device(o))(ctx); err != nil {
			return err
		}
	}
	l.clock = l.now
	if err := l.tx.SaveServerSetting(office.UsualTenant, tenantCode); err != nil {
		return err
	}
	if l.vendor.Kind == identity.PlatformUser {
		if _, err := l.office.AddMember(ctx, there, userEmail, identity.Support); err != nil {
			return err
		}
	}
	return l.tx.AddDailyCalls(l.daily(p.Product, t))
}
