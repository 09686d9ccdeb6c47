package office_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/outbound"
	"licet/internal/signing"
	"licet/internal/store"
	"licet/internal/testkit"
)

// goodPassword meets the password policy.
const goodPassword identity.Secret = "Correct-Horse-7!"

// house is an office on a fresh database with one tenant and its owner, and a clock that only moves
// when told.
type house struct {
	*office.Office
	t      *testing.T
	store  *store.Store
	clock  atomic.Int64
	boss   identity.Actor // owner of the tenant
	tenant license.TenantID
}

func operator() identity.Actor { return identity.Actor{Kind: identity.Operator, Name: "operator"} }

// forEachHouse runs a test in a fresh house on every database there is.
func forEachHouse(t *testing.T, test func(t *testing.T, h *house)) {
	t.Helper()
	testkit.ForEachDB(t, func(t *testing.T, open func(testing.TB) *store.Store) { test(t, newHouse(t, open(t))) })
}

func newHouse(t *testing.T, s *store.Store) *house {
	t.Helper()
	h := &house{t: t, store: s}
	h.clock.Store(int64(mustTime(t, "2026-03-23T12:00:00Z")))
	h.Office = office.New(office.Deps{
		Store: s, Keyring: signing.NewKeyring(signing.MasterKey{1}), Hasher: testkit.Hasher(),
		Now: h.now, Rand: rand.Reader,
		Addresses: identity.LockoutPolicy{FailuresPerRound: 30, FirstLock: 15, MaxLock: 15, Window: 60, TemporaryLocks: license.Unlimited},
		Outside:   outbound.New(outbound.Options{AllowPlain: true}), // this machine alone, besides public addresses
	})
	tenant, err := h.CreateTenant(t.Context(), operator(), "acme", "Acme")
	h.ok(err)
	h.tenant = tenant.ID
	h.boss = identity.Actor{Kind: identity.PlatformUser, Tenant: tenant.ID, User: 1, Name: "boss@acme.test", Role: identity.Owner}
	t.Cleanup(func() { h.examine() })
	return h
}

// examine lets the store check every invariant at the end of a test.
func (h *house) examine() {
	found, err := h.store.Examine(context.Background(), h.now(), nil)
	if err != nil {
		h.t.Errorf("Examine: %v", err)
	}
	for _, d := range found {
		if d.Broken > 0 {
			h.t.Errorf("doctor: %s: %d broken: %+v", d.Promise, d.Broken, d.Findings)
		}
	}
}

func (h *house) now() license.Time { return license.Time(h.clock.Load()) }

func (h *house) advance(d time.Duration) { h.clock.Add(d.Microseconds()) }

func (h *house) ok(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatalf("unexpected error: %v", err)
	}
}

// product makes a product with terms.
func (h *house) product(code string, terms office.TermsChange) office.Product {
	h.t.Helper()
	p, err := h.CreateProduct(h.t.Context(), h.boss, office.NewProduct{Code: code, Name: code, Terms: terms})
	h.ok(err)
	return p
}

// issue makes licenses.
func (h *house) issue(n office.NewLicenses) office.Issued {
	h.t.Helper()
	made, err := h.CreateLicenses(h.t.Context(), h.boss, n)
	h.ok(err)
	return made
}

// license makes one license of a product.
func (h *house) license(product string) office.Ref {
	h.t.Helper()
	return office.Ref{ID: h.issue(office.NewLicenses{Product: product}).Licenses[0].ID}
}

// load returns a license as it is stored.
func (h *house) load(ref office.Ref) license.LicenseRecord {
	h.t.Helper()
	r, err := h.FindLicense(h.t.Context(), h.boss, ref)
	h.ok(err)
	return r
}

// activate lets a device take a place, as an app would.
func (h *house) activate(ref office.Ref, hardware string) error {
	h.t.Helper()
	seen := license.State{License: h.load(ref).License}
	claim := license.Claim{HardwareID: hardware, Address: "192.0.2.1"}
	return h.store.Write(h.t.Context(), func(tx *store.Tx) error {
		s, err := tx.LockState(&seen, &claim, h.now())
		if err != nil {
			return err
		}
		ch, err := license.Activate(&s, &claim, h.now())
		if err != nil {
			return err
		}
		return tx.Apply(h.tenant, "client", h.now(), &ch)
	})
}

// redeem lets a license user take a license, as a door for end users would.
func (h *house) redeem(ref office.Ref, name string) error {
	h.t.Helper()
	return h.store.Write(h.t.Context(), func(tx *store.Tx) error {
		l, err := tx.LockLicense(h.tenant, ref.ID)
		if err != nil {
			return err
		}
		p, err := tx.FindProduct(h.tenant, l.Product)
		if err != nil {
			return err
		}
		u := license.LicenseUser{Tenant: h.tenant, Product: l.Product, Name: name, Created: h.now()}
		s := license.State{Product: p.Product, License: l.License, User: &u}
		levels := []license.Level{{Name: "default", Number: l.Terms.Level}} // Of no application.
		if _, err := license.Redeem(&s, levels, h.now()); err != nil {
			return err
		}
		if _, err := tx.InsertLicenseUser(&u); err != nil {
			return err
		}
		ch, err := license.Redeem(&s, levels, h.now())
		if err != nil {
			return err
		}
		return tx.Apply(h.tenant, "client", h.now(), &ch)
	})
}

// signIn asks whether the user of a redeemed license may go on.
func (h *house) signIn(ref office.Ref) error {
	h.t.Helper()
	return h.store.Read(h.t.Context(), func(tx *store.Tx) error {
		l, err := tx.FindLicense(h.tenant, ref.ID)
		if err != nil {
			return err
		}
		r, u, err := tx.FindRedemption(h.tenant, ref.ID)
		if err != nil {
			return err
		}
		r.LevelID = 1
		_, err = license.SignIn(u, []license.Holding{{Redemption: *r, Name: "default", Key: l.Key, Standing: l.Standing, Withheld: l.Withheld}}, h.now())
		return err
	})
}

// want fails unless err has a reason, or with an empty reason is nil.
func want(t *testing.T, what string, err error, reason license.Reason) {
	t.Helper()
	if got := license.ReasonOf(err); got != reason || (reason == "") != (err == nil) {
		t.Errorf("%s = %v (%s), want %s", what, err, got, orOK(string(reason)))
	}
}

// wantCode fails unless err is of a class.
func wantCode(t *testing.T, what string, err error, code license.Code) {
	t.Helper()
	if !errors.Is(err, code) {
		t.Errorf("%s = %v (%s), want %s", what, err, license.CodeOf(err), code)
	}
}

func orOK(text string) string {
	if text == "" {
		return "ok"
	}
	return text
}

func ptr[T any](v T) *T { return &v }

func mustTime(t testing.TB, text string) license.Time {
	t.Helper()
	at, err := license.ParseTime(text)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// kinds returns the kinds of events, newest first.
func kinds(list []license.StoredEvent) string {
	words := make([]string, len(list))
	for i, e := range list {
		words[i] = string(e.Kind)
	}
	return fmt.Sprint(strings.Join(words, " "))
}
