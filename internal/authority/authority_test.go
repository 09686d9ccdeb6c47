package authority_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"licet/internal/authority"
	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/outbound"
	"licet/internal/signing"
	"licet/internal/store"
	"licet/internal/testkit"
)

// world is a vendor with one product, an authority for its apps, and a clock that moves when told.
type world struct {
	*authority.Authority
	t       *testing.T
	store   *store.Store
	office  *office.Office
	clock   atomic.Int64
	boss    identity.Actor
	product int64
}

func forEachWorld(t *testing.T, test func(t *testing.T, w *world)) {
	t.Helper()
	testkit.ForEachDB(t, func(t *testing.T, open func(testing.TB) *store.Store) { test(t, newWorld(t, open(t))) })
}

func newWorld(t *testing.T, s *store.Store) *world {
	t.Helper()
	w := &world{t: t, store: s}
	start, err := license.ParseTime("2026-03-23T12:00:00Z")
	w.must(err)
	w.clock.Store(int64(start))
	outside := outbound.New(outbound.Options{AllowPlain: true}) // this machine alone, besides public addresses
	keyring, hasher := signing.NewKeyring(signing.MasterKey{1}), testkit.Hasher()
	w.Authority = authority.New(authority.Deps{
		Store: s, Now: w.now, Rand: rand.Reader, Keyring: keyring, Hasher: hasher, AllowPlainIssuer: true, Outside: outside,
		Addresses: identity.LockoutPolicy{FailuresPerRound: 30, FirstLock: 15, MaxLock: 15, Window: 60, TemporaryLocks: license.Unlimited},
	})
	w.office = office.New(office.Deps{Store: s, Keyring: keyring, Hasher: hasher, Now: w.now, Rand: rand.Reader, Outside: outside})
	tenant, err := w.office.CreateTenant(t.Context(), identity.Actor{Kind: identity.Operator, Name: "operator"}, "acme", "Acme")
	w.must(err)
	w.boss = identity.Actor{Kind: identity.PlatformUser, Tenant: tenant.ID, User: 1, Name: "boss@acme.test", Role: identity.Owner}
	p, err := w.office.CreateProduct(t.Context(), w.boss, office.NewProduct{Code: "app", Name: "App"})
	w.must(err)
	w.product = p.Number
	t.Cleanup(w.examine)
	return w
}

// examine lets the store check every invariant at the end of a test.
func (w *world) examine() {
	found, err := w.store.Examine(context.Background(), w.now(), nil) // The test's own context has ended.
	w.must(err)
	for _, d := range found {
		if d.Broken > 0 {
			w.t.Errorf("doctor: %s: %d broken: %+v", d.Promise, d.Broken, d.Findings)
		}
	}
}

func (w *world) now() license.Time       { return license.Time(w.clock.Load()) }
func (w *world) advance(d time.Duration) { w.clock.Add(d.Microseconds()) }
func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatalf("unexpected error: %v", err)
	}
}

// allOf is a change that makes any terms into these.
func allOf(t license.Terms) office.TermsChange {
	c := office.TermsChange{
		Type: &t.Type, Trial: &t.Trial, Starts: &t.Starts, Duration: &t.Duration, GraceHours: &t.GraceHours, Lock: &t.Lock,
		Activations: &t.Activations, Transfers: &t.Transfers, Users: &t.Users, Floating: t.Floating, Usage: t.Usage, Features: &t.Features,
	}
	return c
}

// issue makes a license whose terms differ from the default ones as edit says, and returns its key.
func (w *world) issue(edit func(*license.Terms)) string {
	w.t.Helper()
	terms := license.DefaultTerms()
	if edit != nil {
		edit(&terms)
	}
	w.must(terms.Validate())
	policy := fmt.Sprintf("p%d", w.clock.Add(1))
	_, err := w.office.CreatePolicy(w.t.Context(), w.boss, office.NewPolicy{Product: "app", Code: policy, Name: policy, Terms: allOf(terms)})
	w.must(err)
	made, err := w.office.CreateLicenses(w.t.Context(), w.boss, office.NewLicenses{Product: "app", Policy: policy})
	w.must(err)
	return made.Licenses[0].Key
}

func (w *world) ask(key, hwid string) authority.Request {
	return authority.Request{Product: w.product, Key: key, Claim: license.Claim{HardwareID: hwid, Address: "192.0.2.1"}}
}

func (w *world) activate(key, hwid string) authority.Answer {
	w.t.Helper()
	ans, err := w.Activate(w.t.Context(), w.ask(key, hwid))
	w.must(err)
	return ans
}

func (w *world) deactivate(key, hwid string) {
	w.t.Helper()
	_, err := w.Deactivate(w.t.Context(), w.ask(key, hwid))
	w.must(err)
}

// wantReason fails unless err is a refusal for the reason.
func wantReason(t *testing.T, what string, err error, want license.Reason) {
	t.Helper()
	if got := license.ReasonOf(err); got != want {
		t.Errorf("%s = %v (%s), want %s", what, err, got, want)
	}
}

// race calls try from n goroutines at once and returns how many came back without an error; every
// other one must be refused for the reason.
func (w *world) race(n int, reason license.Reason, try func(i int) error) int {
	w.t.Helper()
	var won atomic.Int64
	var wg sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		wg.Go(func() {
			<-start
			err := try(i)
			switch {
			case err == nil:
				won.Add(1)
			case license.ReasonOf(err) != reason:
				w.t.Errorf("try %d = %v, want %s", i, err, reason)
			}
		})
	}
	close(start)
	wg.Wait()
	return int(won.Load())
}

func TestTransfers(t *testing.T) {
	t.Parallel()
	forEachWorld(t, func(t *testing.T, w *world) {
		t.Run("S0-15", func(t *testing.T) {
			key := w.issue(nil)
			var got []int64
			note := func() {
				ans, err := w.Check(t.Context(), w.ask(key, "A"))
				w.must(err)
				got = append(got, ans.License.Transfers)
			}
			w.activate(key, "A")
			note()
			w.deactivate(key, "A")
			note()
			w.activate(key, "B")
			note()
			w.deactivate(key, "B")
			note()
			w.activate(key, "A")
			note()
			if want := []int64{0, 0, 1, 1, 2}; fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("transfers after each step = %v, want %v", got, want)
			}
		})
		t.Run("S0-15a", func(t *testing.T) {
			key := w.issue(func(t *license.Terms) { t.Activations, t.Transfers = license.AtMost(2), license.None })
			w.activate(key, "A")
			if ans := w.activate(key, "B"); ans.License.Transfers != 0 {
				t.Errorf("a second seat counts %d transfers, want 0", ans.License.Transfers)
			}
			w.deactivate(key, "A")
			_, err := w.Activate(t.Context(), w.ask(key, "C"))
			wantReason(t, "Activate(C) with transfers forbidden", err, license.TransferLimit)
			if ans := w.activate(key, "A"); ans.License.Transfers != 0 {
				t.Errorf("the same device again counts %d transfers, want 0", ans.License.Transfers)
			}
		})
	})
}

func TestExpiry(t *testing.T) {
	t.Parallel()
	forEachWorld(t, func(t *testing.T, w *world) {
		key := w.issue(func(t *license.Terms) {
			t.Type, t.Activations = license.Subscription, license.AtMost(2)
			t.Duration, t.GraceHours = license.Span{Seconds: 30 * 86400}, 24
		})
		w.activate(key, "A")
		t.Run("S0-35", func(t *testing.T) {
			w.advance(30*24*time.Hour + time.Hour)
			ans, err := w.Check(t.Context(), w.ask(key, "A"))
			w.must(err)
			if ans.License.IsExpired(ans.Now) || !ans.Verdict.OK() {
				t.Errorf("in grace: expired %v, verdict %v, want neither", ans.License.IsExpired(ans.Now), ans.Verdict.Broken)
			}
		})
		w.advance(24 * time.Hour)
		t.Run("S0-22", func(t *testing.T) {
			ans, err := w.Check(t.Context(), w.ask(key, "A"))
			w.must(err)
			if !ans.Verdict.OK() || !ans.Verdict.Has(license.LicenseExpired) {
				t.Errorf("check of a known device after expiry = %v, want it told, not refused", ans.Verdict.Broken)
			}
		})
		t.Run("S0-21", func(t *testing.T) {
			_, err := w.Activate(t.Context(), w.ask(key, "B"))
			wantReason(t, "Activate(B) after expiry", err, license.LicenseExpired)
			ans, err := w.Check(t.Context(), w.ask(key, "A"))
			w.must(err)
			if ans.License.Activated != 1 || ans.License.Transfers != 0 {
				t.Errorf("after the refusal %d activations and %d transfers, want 1 and 0", ans.License.Activated, ans.License.Transfers)
			}
			if got := w.activate(key, "A"); got.License.Activated != 1 {
				t.Errorf("a bound device activates again: %d activations, want 1", got.License.Activated)
			}
		})
	})
}

func TestRaces(t *testing.T) {
	t.Parallel()
	forEachWorld(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		t.Run("sixty-four-devices-five-places", func(t *testing.T) {
			key := w.issue(func(t *license.Terms) { t.Activations = license.AtMost(5) })
			won := w.race(64, license.DeviceLimit, func(i int) error {
				_, err := w.Activate(ctx, w.ask(key, fmt.Sprint("hw", i)))
				return err
			})
			if won != 5 {
				t.Errorf("%d activations of a limit of 5", won)
			}
		})
		t.Run("one-device-takes-one-place", func(t *testing.T) {
			key := w.issue(nil)
			if won := w.race(64, "", func(int) error { _, err := w.Activate(ctx, w.ask(key, "one")); return err }); won != 64 {
				t.Errorf("%d of 64 activations of one device succeed", won)
			}
			ans, err := w.Check(ctx, w.ask(key, "one"))
			w.must(err)
			if ans.License.Activated != 1 {
				t.Errorf("%d activations, want 1", ans.License.Activated)
			}
		})
		t.Run("seats", func(t *testing.T) {
			key := w.issue(func(t *license.Terms) {
				t.Activations, t.Floating = license.Unlimited, &license.FloatingTerms{Seats: license.AtMost(3), TimeoutMins: 120}
			})
			for i := range 16 {
				w.activate(key, fmt.Sprint("hw", i))
			}
			won := w.race(16, license.SeatLimit, func(i int) error { _, err := w.Lease(ctx, w.ask(key, fmt.Sprint("hw", i))); return err })
			if won != 3 {
				t.Errorf("%d seats of 3 are taken", won)
			}
		})
		t.Run("usage", func(t *testing.T) {
			key := w.issue(func(t *license.Terms) {
				t.Type, t.Usage = license.Consumption, &license.UsageTerms{Max: license.AtMost(10)}
			})
			w.activate(key, "hw")
			won := w.race(64, license.UsageLimit, func(int) error {
				r := w.ask(key, "hw")
				r.Amount = 1
				_, err := w.Consume(ctx, r)
				return err
			})
			if won != 10 {
				t.Errorf("%d units of 10 are used", won)
			}
		})
	})
}

func TestSeats(t *testing.T) {
	t.Parallel()
	forEachWorld(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		key := w.issue(func(t *license.Terms) {
			t.Activations = license.AtMost(2)
			t.Floating = &license.FloatingTerms{Seats: license.AtMost(1), TimeoutMins: 30, Borrow: true, BorrowHours: 12}
			t.Features = []license.FeatureTerms{{Code: "pro", Floating: &license.FloatingTerms{Seats: license.AtMost(1), TimeoutMins: 30}}}
		})
		w.activate(key, "A")
		w.activate(key, "B")
		lease := func(hwid string) error { _, err := w.Lease(ctx, w.ask(key, hwid)); return err }
		w.must(lease("A"))
		wantReason(t, "Lease(B) while A holds the seat", lease("B"), license.SeatLimit)
		pro := w.ask(key, "B")
		pro.Feature = "pro"
		_, err := w.Lease(ctx, pro)
		w.must(err) // a feature has seats of its own
		w.advance(31 * time.Minute)
		w.must(lease("B")) // A's seat has lapsed by itself
		_, err = w.Release(ctx, w.ask(key, "A"))
		wantReason(t, "Release(A) without a seat", err, license.SeatNotHeld)
		_, err = w.Release(ctx, w.ask(key, "B"))
		w.must(err)
		ans, err := w.Borrow(ctx, w.ask(key, "A"))
		w.must(err)
		if want := w.now().Add(12 * time.Hour); ans.Lease == nil || ans.Lease.Until != want {
			t.Errorf("Borrow(A) = %+v, want until %s", ans.Lease, want)
		}
		w.advance(11 * time.Hour)
		wantReason(t, "Lease(B) while A has borrowed", lease("B"), license.SeatLimit)
		w.deactivate(key, "A") // ends the borrowing too
		w.must(lease("B"))
	})
}

func TestFeatureUsage(t *testing.T) {
	t.Parallel()
	forEachWorld(t, func(t *testing.T, w *world) {
		key := w.issue(func(t *license.Terms) {
			t.Features = []license.FeatureTerms{{Code: "export", Usage: &license.UsageTerms{Max: license.AtMost(3), Reset: license.Daily}}}
		})
		w.activate(key, "A")
		use := func(n int64) error {
			r := w.ask(key, "A")
			r.Feature, r.Amount = "export", n
			_, err := w.Consume(t.Context(), r)
			return err
		}
		w.must(use(3))
		wantReason(t, "a fourth unit today", use(1), license.UsageLimit)
		w.advance(12 * time.Hour) // 00:00 UTC has passed
		w.must(use(1))
	})
}

func TestTrials(t *testing.T) {
	t.Parallel()
	forEachWorld(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		_, _, err := w.Trial(ctx, w.product, "A")
		wantReason(t, "Trial without a trial policy", err, license.TrialRefused)
		terms := license.DefaultTerms()
		terms.Trial, terms.Duration = true, license.Span{Seconds: 7 * 86400}
		_, err = w.office.CreatePolicy(ctx, w.boss, office.NewPolicy{Product: "app", Code: "trial", Name: "Trial", Terms: allOf(terms)})
		w.must(err)
		first, fresh, err := w.Trial(ctx, w.product, "A")
		w.must(err)
		again, second, err := w.Trial(ctx, w.product, "A")
		w.must(err)
		if !fresh || second || first.ID != again.ID {
			t.Errorf("two trials of one device: %d (fresh %v) and %d (fresh %v), want the same one", first.ID, fresh, again.ID, second)
		}
		t.Run("S0-09", func(t *testing.T) {
			err := w.store.Read(ctx, func(tx *store.Tx) error {
				order, err := tx.FindOrder(first.Tenant, first.Order)
				if err == nil && (order.Reference == "" || !order.Trial) {
					t.Errorf("the order of a trial is %+v, want a generated reference", order)
				}
				return err
			})
			w.must(err)
		})
		w.activate(first.Key, "A")
		w.advance(8 * 24 * time.Hour)
		_, _, err = w.Trial(ctx, w.product, "A")
		wantReason(t, "Trial after the trial", err, license.TrialExpired)
		licenses := sync.Map{}
		if won := w.race(16, "", func(int) error {
			l, _, err := w.Trial(ctx, w.product, "B")
			licenses.Store(l.ID, true)
			return err
		}); won != 16 {
			t.Errorf("%d of 16 requests for a trial succeed", won)
		}
		count := 0
		licenses.Range(func(any, any) bool { count++; return true })
		if count != 1 {
			t.Errorf("16 requests of one device made %d trials, want 1", count)
		}
	})
}

func TestNotes(t *testing.T) {
	t.Parallel()
	forEachWorld(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		key := w.issue(func(t *license.Terms) { t.Activations = license.AtMost(2) })
		w.activate(key, "A")
		w.advance(time.Hour)
		ans, err := w.Check(ctx, w.ask(key, "A"))
		w.must(err)
		_, err = w.Check(ctx, w.ask("unknown", "A"))
		wantReason(t, "Check of an unknown key", err, license.KeyUnknown)
		w.must(w.Flush(ctx))
		err = w.store.Read(ctx, func(tx *store.Tx) error {
			devices, err := tx.ListDevices(ans.License.Tenant, ans.License.ID, 0, 10)
			if err == nil && (len(devices) != 1 || devices[0].SeenAt != w.now()) {
				t.Errorf("devices %+v, want one last seen at %s", devices, w.now())
			}
			if calls, err := tx.Usage(ans.License.Tenant, "2026-03"); err != nil || calls != 3 {
				t.Errorf("usage of the month = %d, %v, want 3", calls, err)
			}
			return err
		})
		w.must(err)
	})
}
