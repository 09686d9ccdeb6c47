package bench

import (
	"context"
	"crypto/rand"
	"fmt"
	mathrand "math/rand/v2"
	"time"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/store"
)

// The shape of a crowd.
const (
	crowdTenant   = "crowd" // its code
	crowdProducts = 10
	crowdBlock    = 10 // licenses of one customer, with one order and one user
	crowdAtOnce   = 200
	crowdDays     = 400 // over which licenses were made
	crowdWaiting  = 500 // mails, and likewise people who are locked out
)

// crowdFiller makes a vendor with much of everything that pages list: a customer, an order and a user for each ten licenses, nine of ten of
// the first product, every second one activated, some suspended, some banned, some expired.
type crowdFiller struct {
	store    *store.Store
	tenant   license.TenantID
	products []license.Product
	endpoint store.WebhookEndpointID
	terms    *license.Terms
	rand     *mathrand.Rand
	now      license.Time
	last     license.LicenseRecord // of the first product, activated
	customer license.Customer      // who has it
	order    license.Order
	user     license.LicenseUser
}

// fillCrowd makes n licenses, and what belongs to them.
func fillCrowd(ctx context.Context, s *store.Store, n int) (*crowdFiller, error) {
	if _, err := s.Migrate(ctx); err != nil {
		return nil, err
	}
	terms := benchTerms()
	f := &crowdFiller{store: s, terms: &terms, rand: mathrand.New(mathrand.NewPCG(1, 2)), now: now()}
	if err := s.Write(ctx, f.begin); err != nil {
		return nil, err
	}
	for made := 0; made < n; made += crowdAtOnce * crowdBlock {
		err := s.Write(ctx, func(tx *store.Tx) error {
			for i := made; i < min(n, made+crowdAtOnce*crowdBlock); i += crowdBlock {
				if err := f.block(tx, i/crowdBlock); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("make licenses: %w", err)
		}
	}
	return f, s.Write(ctx, f.end)
}

// begin makes the tenant, its products with policies, and who is told of events.
func (f *crowdFiller) begin(tx *store.Tx) error {
	tenant := license.Tenant{Code: crowdTenant, Name: productName, Created: f.now}
	if err := tx.InsertTenant(&tenant); err != nil {
		return err
	}
	f.tenant = tenant.ID
	for i := range crowdProducts {
		p := store.ProductRecord{Created: f.now, Product: license.Product{
			Tenant: tenant.ID, Code: fmt.Sprint("app-", i), Name: fmt.Sprint("App ", i), State: license.ProductActive, Auth: license.ByKey,
		}}
		if err := tx.InsertProduct(&p); err != nil {
			return err
		}
		f.products = append(f.products, p.Product)
		policy := license.Policy{Tenant: tenant.ID, Product: p.ID, Code: "standard", Name: "Standard", Default: true, Terms: *f.terms, Created: f.now}
		if err := tx.InsertPolicy(&policy); err != nil {
			return err
		}
	}
	endpoint := store.WebhookEndpoint{
		Tenant: tenant.ID, ID: store.WebhookEndpointID(tx.NewID()), URL: "https://example.com/hook", Kinds: []string{"license.*"}, Secret: []byte{}, DisabledReason: "nobody listens", Created: f.now,
	}
	err := tx.InsertWebhookEndpoint(&endpoint)
	f.endpoint = endpoint.ID
	return err
}

// block makes a customer with an order of ten licenses.
func (f *crowdFiller) block(tx *store.Tx, i int) error {
	at := f.now.Add(-time.Duration(f.rand.Int64N(crowdDays*24)) * time.Hour)
	name := fmt.Sprintf("person%07d", i)
	buyer := license.Customer{Tenant: f.tenant, Email: name + "@example.com", Name: name, Created: at}
	if _, err := tx.InsertCustomer(&buyer); err != nil {
		return err
	}
	order := license.Order{Tenant: f.tenant, Reference: "ord-" + name, Status: license.OrderCompleted, Customer: buyer.ID, Created: at, CompletedAt: at}
	if i%25 == 1 {
		order.Status, order.CompletedAt = license.OrderPending, 0
	}
	if _, err := tx.InsertOrder(&order); err != nil {
		return err
	}
	user := license.LicenseUser{Tenant: f.tenant, Name: name, Email: name + "@example.com", Customer: buyer.ID, Created: at}
	if _, err := tx.InsertLicenseUser(&user); err != nil {
		return err
	}
	all, err := f.licenses(i, &order)
	if err != nil {
		return err
	}
	if _, err := tx.InsertLicenses(all); err != nil {
		return err
	}
	if order.Status == license.OrderPending {
		return nil // Nobody may use what is not paid.
	}
	f.customer, f.order, f.user = buyer, order, user
	return f.lives(tx, i, at, all, user.ID)
}

// licenses are those of an order, not stored yet.
func (f *crowdFiller) licenses(i int, o *license.Order) ([]license.LicenseRecord, error) {
	keys, err := license.GenerateKeys(license.Mask{}, crowdBlock, rand.Reader, nil)
	if err != nil {
		return nil, err
	}
	all := make([]license.LicenseRecord, crowdBlock)
	for j := range all {
		p := &f.products[0]
		if j == crowdBlock-1 {
			p = &f.products[1+i%(crowdProducts-1)]
		}
		if all[j], _, err = license.NewLicense(&license.Issue{Product: *p, Order: *o, Terms: f.terms, Key: keys[j]}, o.Created); err != nil {
			return nil, err
		}
		if j == 1 && i%5 == 0 {
			all[j].Standing = license.Suspended
		}
	}
	return all, nil
}

// lives writes what happened to the licenses of a block: all were issued, half were activated, one was redeemed, now and then one was banned.
func (f *crowdFiller) lives(tx *store.Tx, i int, at license.Time, all []license.LicenseRecord, user license.LicenseUserID) error {
	events := make([]license.Event, len(all))
	for j := range all {
		events[j] = license.Event{Kind: license.LicenseIssued, License: all[j].ID, Subject: int64(all[j].Order)}
	}
	if err := tx.AppendEvents(f.tenant, "user:1", at, events...); err != nil {
		return err
	}
	for j := 0; j < len(all); j += 2 {
		state := license.State{Product: f.products[0], License: all[j].License}
		claim := license.Claim{HardwareID: string(appendDevice(nil, i*crowdBlock+j, 0)), Address: "127.0.0.1"}
		ch, err := license.Activate(&state, &claim, at)
		if err != nil {
			return err
		}
		if err := tx.Apply(f.tenant, "client", at, &ch); err != nil {
			return err
		}
	}
	f.last = all[0]
	if i%10 == 0 {
		banned := &all[3].License
		banned.RedemptionBlocked, banned.BlockReason = true, "charged back"
		if err := tx.CarryLicense(banned); err != nil {
			return err
		}
		if err := tx.AppendEvents(f.tenant, "user:1", at, license.Event{Kind: license.LicenseBanned, License: banned.ID}); err != nil {
			return err
		}
	}
	return tx.SaveRedemption(f.tenant, &license.Redemption{License: all[0].ID, User: user, StartedAt: at, ExpiresAt: at.Add(365 * 24 * time.Hour)})
}

// end makes what there is of the vendor as a whole: counted calls, deliveries, mails, and people who are locked out.
func (f *crowdFiller) end(tx *store.Tx) error {
	var calls []store.DailyCalls
	for day := range int64(90) {
		for _, p := range f.products {
			for _, reason := range []license.Reason{"", license.LicenseExpired, license.DeviceLimit, license.KeyUnknown} {
				for _, kind := range []store.CallKind{store.CallCheck, store.CallActivate, store.CallLease} {
					calls = append(calls, store.DailyCalls{
						Tenant: f.tenant, Day: store.DayOf(f.now) - day, Product: p.ID, Kind: kind, Reason: reason, Calls: 10,
					})
				}
			}
		}
	}
	if err := tx.AddDailyCalls(calls); err != nil {
		return err
	}
	deliveries := make([]store.WebhookDelivery, fillAtOnce)
	for i := range deliveries {
		deliveries[i] = store.WebhookDelivery{
			Tenant: f.tenant, Endpoint: f.endpoint, Event: license.EventID(i + 1), Kind: license.LicenseIssued, State: store.WebhookDelivered, Attempts: 1,
			Status: 200, Created: f.now, Tried: f.now,
		}
	}
	if err := tx.InsertWebhookDeliveries(deliveries); err != nil {
		return err
	}
	seal := func(_ string, text []byte) []byte { return text } // Nothing of this is ever opened.
	for i := range crowdWaiting {
		m := store.Mail{
			Tenant: f.tenant, Product: f.products[0].ID, License: f.last.ID, Kind: store.MailWelcome, Recipient: f.customer.Email, Created: f.now,
		}
		if err := tx.QueueMail("system", &m, store.MailData{}, seal); err != nil {
			return err
		}
		key := store.UserLockout(f.tenant, fmt.Sprintf("person%07d", i))
		if _, err := tx.LockLockout(key); err != nil {
			return err
		}
		if err := tx.SaveLockout(key, identity.Lockout{Failures: 5, FirstFailure: f.now, LastFailure: f.now, LockedUntil: f.now.Add(24 * time.Hour)}); err != nil {
			return err
		}
	}
	return nil
}
