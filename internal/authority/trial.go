package authority

import (
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/store"
)

// Trial gives a device a trial license of the product with a number, or finds the one it has: a device
// tries a product once. It issues; it does not activate. A trial lands in an order of its own, whose id
// the server makes (S0-09). fresh is false for a trial the device had before.
//
// It refuses with ProductUnknown, DeviceRequired, TrialRefused when the product offers no trial, and
// TrialExpired when the device's trial is over.
func (a *Authority) Trial(ctx context.Context, product int64, hardwareID string) (l license.License, fresh bool, err error) {
	find := func(tx *store.Tx) (store.ProductRecord, error) { return tx.FindNumberedProduct(product) }
	ans, err := a.trial(ctx, &TrialRequest{HardwareID: hardwareID}, find)
	return ans.License, ans.Fresh, err
}

// TrialRequest is what somebody who wants a trial says. Tenant, Code and HardwareID are needed, and the e-mail address
// where the product's users sign in.
type TrialRequest struct {
	Tenant     license.TenantID
	Code       string // of the product
	HardwareID string
	Policy     string // code of the policy to issue from, a trial's; "" is the product's

	Email     string          // of the user, and of the customer
	Password  identity.Secret // that the user wants; "" has one made. It does not change that of a known user
	FirstName string
	LastName  string
	Phone     string

	// Of the customer; they do not change a known one.
	Company, Address, Postcode, State, Country, City, Reference string
}

// TrialAnswer is a trial. Its User is who the license is for, nil where it has a key.
type TrialAnswer struct {
	Answer
	Fresh           bool            // it was issued now, not before
	InitialPassword identity.Secret // that was made for a new user; "" for a known one, and for one who chose theirs
}

// TrialFor is Trial for a product that is named by its code. Where the product's users sign in, each of them tries it once
// on a device: the user of that name is found or made, and the license assigned to them. With an e-mail address the order
// and the license are of the customer who has it, who is made where there is none.
//
// Besides what Trial refuses, it refuses with EmailRequired, UserBanned, and PasswordWeak for a new user's password. A
// bundle offers no trial; what it stands for may.
func (a *Authority) TrialFor(ctx context.Context, r TrialRequest) (TrialAnswer, error) {
	if err := r.check(); err != nil {
		return TrialAnswer{}, err
	}
	find := func(tx *store.Tx) (store.ProductRecord, error) { return tx.FindProductByCode(r.Tenant, r.Code) }
	return a.trial(ctx, &r, find)
}

// The bounds of what TrialFor stores.
const (
	maxEmail    = 254 // bytes
	maxPersonal = 200 // characters
)

// check refuses what cannot be stored about a person.
func (r *TrialRequest) check() error {
	r.Email = strings.TrimSpace(r.Email)
	if local, domain, _ := strings.Cut(r.Email, "@"); r.Email != "" {
		if local == "" || domain == "" || len(r.Email) > maxEmail || strings.ContainsAny(r.Email, " |") || strings.Contains(domain, "@") || !plain(r.Email) {
			return license.Invalidf("email", "that is not an e-mail address")
		}
	}
	for field, text := range map[string]string{
		"first_name": r.FirstName, "last_name": r.LastName, "phone": r.Phone, "company_name": r.Company, "address": r.Address,
		"postcode": r.Postcode, "state": r.State, "country": r.Country, "city": r.City, "reference": r.Reference,
	} {
		if utf8.RuneCountInString(text) > maxPersonal || !plain(text) {
			return license.Invalidf(field, "it has at most %d characters, and none that cannot be printed", maxPersonal)
		}
	}
	return nil
}

// trial finds a trial or issues one.
func (a *Authority) trial(ctx context.Context, r *TrialRequest, find func(*store.Tx) (store.ProductRecord, error)) (ans TrialAnswer, err error) {
	if r.HardwareID == "" {
		return TrialAnswer{}, license.Refuse(license.DeviceRequired)
	}
	var p store.ProductRecord
	isNew := false // the user is
	defer func() { a.told(&p.Product, store.CallTrial, err) }()
	err = a.store.Read(ctx, func(tx *store.Tx) (err error) {
		ans, isNew = TrialAnswer{Answer: Answer{Now: a.now()}}, false
		if p, err = find(tx); err != nil {
			return err
		}
		ans.Product = p.Product
		if p.Auth == license.ByUser && r.Email == "" {
			return license.Refuse(license.EmailRequired)
		}
		if err := a.knownTrial(tx, r, &p, &ans); err != nil || ans.License.ID != 0 || p.Auth != license.ByUser {
			return err
		}
		_, err = tx.FindLicenseUserByName(p.Tenant, 0, r.Email)
		if isNew = license.CodeOf(err) == license.NotFound; isNew {
			err = nil
		}
		return err
	})
	if err != nil || ans.License.ID != 0 {
		return ans, err
	}
	secret, err := a.firstPassword(ctx, r, isNew)
	if err != nil {
		return ans, err
	}
	err = a.store.Write(ctx, func(tx *store.Tx) error {
		ans = TrialAnswer{Answer: Answer{Now: a.now()}}
		// The product is the lock: two first requests of one device come one after the other.
		locked, err := tx.LockProduct(p.Tenant, p.ID)
		if err != nil {
			return err
		}
		ans.Product = locked.Product
		if err := a.knownTrial(tx, r, &locked, &ans); err != nil || ans.License.ID != 0 {
			return err
		}
		ans.Fresh = true
		return a.issueTrial(tx, r, &locked, secret, &ans)
	})
	return ans, err
}

// user is whose trial it is among those of the device: "" where the license has a key.
func (r *TrialRequest) user(p *store.ProductRecord) string {
	if p.Auth == license.ByUser {
		return r.Email
	}
	return ""
}

// knownTrial finds the trial that there is already; ans stays without a license where there is none. TrialExpired when it
// is over.
func (a *Authority) knownTrial(tx *store.Tx, r *TrialRequest, p *store.ProductRecord, ans *TrialAnswer) error {
	known, err := tx.FindTrial(p.Tenant, p.ID, r.HardwareID, r.user(p))
	if err != nil || known == 0 {
		return err
	}
	s, err := tx.FindHeld(p.Tenant, known, 0)
	if err != nil {
		return err
	}
	if s.License.IsExpired(ans.Now) {
		return license.Refuse(license.TrialExpired)
	}
	if p.Auth == license.ByUser {
		u, err := tx.FindLicenseUserByName(p.Tenant, 0, r.Email)
		if err != nil {
			return err
		}
		s.User = &u
	}
	ans.State = s
	ans.Detail, err = tx.FindDetail(&ans.State, ans.Now)
	return err
}

// password is what a new user begins with.
type password struct {
	text identity.Secret
	hash identity.PasswordHash
	made bool // by us
}

// firstPassword hashes the password of a new user, or one that it makes. It takes long, so it is done outside any
// transaction.
func (a *Authority) firstPassword(ctx context.Context, r *TrialRequest, isNew bool) (password, error) {
	p := password{text: r.Password, made: r.Password == ""}
	if !isNew {
		return p, nil
	}
	var err error
	if p.made {
		if p.text, err = identity.NewPassword(a.rand); err != nil {
			return p, err
		}
	}
	p.hash, err = a.hasher.HashNew(ctx.Done(), a.passwords, identity.Account{Email: r.Email}, p.text.Reveal())
	return p, err
}

// issueTrial makes a trial license, with the order, the customer and the user that belong to it.
func (a *Authority) issueTrial(tx *store.Tx, r *TrialRequest, p *store.ProductRecord, secret password, ans *TrialAnswer) error {
	policy, err := trialPolicy(tx, p, r.Policy)
	if err != nil {
		return err
	}
	reference, err := license.NewReference(a.rand)
	if err != nil {
		return err
	}
	customer, events, err := trialCustomer(tx, r, p.Tenant, ans.Now)
	if err != nil {
		return err
	}
	order := license.Order{Tenant: p.Tenant, Reference: reference, Status: license.OrderCompleted, Customer: customer, Trial: true,
		Created: ans.Now, CompletedAt: ans.Now}
	if _, err := tx.InsertOrder(&order); err != nil {
		return err
	}
	record, grants, err := license.NewLicense(&license.Issue{Product: p.Product, Order: order, Policy: policy.ID, Terms: &policy.Terms, Customer: customer}, ans.Now)
	if err != nil {
		return err
	}
	if record.CustomFields, err = license.FillFields(p.Fields, nil); err != nil {
		return err
	}
	if err := a.insertTrial(tx, r, p, &record); err != nil {
		return err
	}
	ans.License = record.License
	for i := range grants {
		grants[i].License = record.ID
	}
	events = append(events,
		license.Event{Kind: license.OrderCreated, Subject: int64(order.ID), Data: map[string]any{"reference": reference, "trial": true}},
		license.Event{Kind: license.LicenseIssued, License: record.ID, Subject: int64(order.ID), Data: map[string]any{"product": p.Code, "order": reference, "trial": true}})
	ch := license.Change{Grants: grants}
	if p.Auth == license.ByUser {
		more, err := a.assignTrial(tx, r, customer, secret, ans)
		if err != nil {
			return err
		}
		events = slices.Concat(events, more)
		ch.Redemptions = []license.Redemption{*ans.Redemption}
	}
	ch.Events = events
	if err := tx.Apply(p.Tenant, actor, ans.Now, &ch); err != nil {
		return err
	}
	ans.Detail, err = tx.FindDetail(&ans.State, ans.Now)
	return err
}

// insertTrial stores the license, with a key where it needs one, and that the device tries the product with it.
func (a *Authority) insertTrial(tx *store.Tx, r *TrialRequest, p *store.ProductRecord, record *license.LicenseRecord) error {
	all := []license.LicenseRecord{*record}
	var err error
	if p.Auth == license.ByUser {
		_, err = tx.InsertLicenses(all)
	} else {
		err = tx.InsertGenerated(all, p.Mask, a.rand)
	}
	if err != nil {
		return err
	}
	*record = all[0]
	return tx.InsertTrial(p.Tenant, p.ID, r.HardwareID, r.user(p), record.ID)
}

// trialPolicy returns the policy that a trial is issued from: that of a code, or with "" the product's. TrialRefused when
// there is none, and for one that is no trial.
func trialPolicy(tx *store.Tx, p *store.ProductRecord, code string) (license.Policy, error) {
	if p.Bundle {
		return license.Policy{}, license.Refuse(license.TrialRefused)
	}
	if code == "" {
		return tx.TrialPolicy(p.Tenant, p.ID)
	}
	policy, err := tx.FindPolicyByCode(p.Tenant, p.ID, code)
	if license.CodeOf(err) == license.NotFound || err == nil && (policy.Archived || !policy.Terms.Trial) {
		err = license.Refusef(license.TrialRefused, "the product offers no trial by the policy %s", code)
	}
	return policy, err
}

// trialCustomer returns the customer of an address, made where there is none; 0 without an address.
func trialCustomer(tx *store.Tx, r *TrialRequest, tenant license.TenantID, now license.Time) (license.CustomerID, []license.Event, error) {
	if r.Email == "" {
		return 0, nil, nil
	}
	c := license.Customer{
		Tenant: tenant, Email: r.Email, Name: strings.TrimSpace(r.FirstName + " " + r.LastName), Company: r.Company,
		Reference: r.Reference, FirstName: r.FirstName, LastName: r.LastName, Phone: r.Phone, Address: r.Address, City: r.City,
		Postcode: r.Postcode, State: r.State, Country: r.Country, Created: now,
	}
	made, err := tx.InsertCustomer(&c)
	if err != nil {
		return 0, nil, err
	}
	if made {
		return c.ID, []license.Event{{Kind: license.CustomerCreated, Subject: int64(c.ID)}}, nil
	}
	c, err = tx.FindCustomerByEmail(tenant, r.Email)
	return c.ID, nil, err
}

// assignTrial finds or makes the user and says that the license is theirs, not used yet.
func (a *Authority) assignTrial(tx *store.Tx, r *TrialRequest, customer license.CustomerID, secret password, ans *TrialAnswer) ([]license.Event, error) {
	tenant := ans.Product.Tenant
	u, events, err := a.trialUser(tx, r, tenant, customer, secret, ans)
	if err != nil {
		return nil, err
	}
	if u.Banned {
		return nil, license.Refuse(license.UserBanned)
	}
	ans.User = &u
	ans.Redemption = &license.Redemption{License: ans.License.ID, User: u.ID, Level: ans.License.Terms.Level}
	return append(events, license.Event{Kind: license.LicenseAssigned, License: ans.License.ID, Subject: int64(u.ID)}), nil
}

// trialUser finds the user of an address or makes them.
func (a *Authority) trialUser(tx *store.Tx, r *TrialRequest, tenant license.TenantID, customer license.CustomerID, secret password, ans *TrialAnswer) (license.LicenseUser, []license.Event, error) {
	if secret.hash == "" { // There was one before the transaction, and users do not go away.
		u, err := tx.FindLicenseUserByName(tenant, 0, r.Email)
		return u, nil, err
	}
	u := store.UserSecrets{LicenseUser: license.LicenseUser{Tenant: tenant, Name: r.Email, Email: r.Email, FirstName: r.FirstName,
		LastName: r.LastName, Phone: r.Phone, Customer: customer, InitialPassword: secret.made, Created: ans.Now}}
	made, err := tx.InsertLicenseUser(&u.LicenseUser)
	if err != nil {
		return u.LicenseUser, nil, err
	}
	if !made {
		found, err := tx.FindLicenseUserByName(tenant, 0, r.Email)
		return found, nil, err
	}
	var sealed []byte
	if secret.made {
		sealed = a.keyring.Seal(u.InitialContext(), []byte(secret.text.Reveal()))
		ans.InitialPassword = secret.text
	}
	if _, err := tx.SaveUserPassword(&u, string(secret.hash), sealed, identity.MaxRemembered); err != nil {
		return u.LicenseUser, nil, err
	}
	return u.LicenseUser, []license.Event{{Kind: license.UserCreated, Subject: int64(u.ID), Data: map[string]any{"name": u.Name}}}, nil
}
