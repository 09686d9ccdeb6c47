// Package authority holds the use cases of client apps: may I run, give me a place, take it back,
// lend me a seat, count my use, let me try. Each loads what is stored, asks a pure rule of package
// license, and stores what it decided, in one transaction. No licensing rule stands here.
//
// A check is a read of one statement. What must be noted about it (when the device was last seen,
// how many calls a tenant's apps made) goes to memory and is written about once a second, so a
// crash may lose the last second of those notes and nothing else.
package authority

import (
	"context"
	"io"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/outbound"
	"licet/internal/signing"
	"licet/internal/sso"
	"licet/internal/store"
)

// Deps is what an Authority stands on. The store, the clock and the random bytes are needed for everything, keyring and
// hasher for app keys and license users alone.
type Deps struct {
	Store   *store.Store
	Now     func() license.Time // the server's clock
	Rand    io.Reader           // cryptographically secure; makes keys of trials
	Keyring *signing.Keyring    // opens the secrets of apps, seals access tokens
	Hasher  *identity.Hasher    // hashes passwords, so many at once

	Passwords identity.PasswordPolicy // of license users; the zero value is S0-36 to S0-38
	Lockout   identity.LockoutPolicy  // of license users where a tenant has none of its own; the zero value is identity.Portal
	Addresses identity.LockoutPolicy  // of addresses that license users sign in from; the zero value is identity.Spraying

	AllowPlainIssuer   bool // identity providers on this very machine may do without TLS: for tests and development
	AllowPrivateIssuer bool // identity providers may be at addresses that are not public

	Countries Countries // for the address rules of vendors; nil knows no country

	Outside *outbound.Client // calls webhooks and fetches files of applications; nil calls public addresses alone
}

// Authority answers client apps. It is safe for use by many goroutines when Rand is.
type Authority struct {
	store *store.Store
	now   func() license.Time
	rand  io.Reader
	notes *notes
	marks *marks

	keyring   *signing.Keyring
	hasher    *identity.Hasher
	passwords identity.PasswordPolicy
	lockout   identity.LockoutPolicy
	addresses identity.LockoutPolicy
	answers   signing.RSAKeys // parsed, by the identity of the key, which never means another one
	providers *sso.Directory
	outside   *outbound.Client
	countries Countries
	files     turns // of files that are fetched
	webhooks  turns // of webhooks that are asked
	posts     turns // of log lines that are posted

	applicationKey applicationKey
	native         nativeKeys
	figures        *figures
}

// New builds an Authority on an open store.
func New(d Deps) *Authority {
	if d.Lockout == (identity.LockoutPolicy{}) {
		d.Lockout = identity.Portal()
	}
	if d.Addresses == (identity.LockoutPolicy{}) {
		d.Addresses = identity.Spraying()
	}
	if d.Outside == nil {
		d.Outside = outbound.New(outbound.Options{})
	}
	return &Authority{
		store: d.Store, now: d.Now, rand: d.Rand, notes: newNotes(maxSightings), marks: newMarks(), keyring: d.Keyring, hasher: d.Hasher,
		passwords: d.Passwords, lockout: d.Lockout, addresses: d.Addresses,
		providers: sso.NewDirectory(sso.Options{AllowPlain: d.AllowPlainIssuer, AllowPrivate: d.AllowPrivateIssuer}),
		outside:   d.Outside, countries: d.Countries, files: turns{each: filesOfOne, all: filesOfAll}, webhooks: turns{each: webhooksOfOne, all: webhooksOfAll},
		posts:   turns{each: postsOfOne, all: postsOfAll},
		figures: newFigures(),
	}
}

// Request is a claim about a license: that with a key of the product with a number, or where By or Native is given,
// whatever that finds. With By the answer has a Detail.
type Request struct {
	Product int64 // the product's number
	Key     string
	By      *store.Lookup
	Native  *store.NativeLookup
	license.Claim

	Variables []Variable // to store on the device with the change
	Once      string     // identity of a request by file, which is good for once; "" is none
}

// Variable is a named value that an app stores on a device.
type Variable struct{ Name, Value string }

// Answer is what was found and what it means. State is filled as far as it was found, also with an
// error.
type Answer struct {
	license.State
	Detail  store.Detail    // for a Request with By, as it is after the change
	Verdict license.Verdict // of Check and Validate
	Usage   Usage           // of UseUnits and its kin
	Now     license.Time    // the server's time that the answer holds for
}

// actor is who the events of client apps are recorded for.
const actor = "client"

// Check answers "may this device run?" and changes nothing. What is wrong with the license is in the
// Verdict, not in the error: each dialect decides which of it refuses.
//
// It returns ProductUnknown and KeyUnknown, and Unavailable when the database cannot be read.
func (a *Authority) Check(ctx context.Context, r Request) (Answer, error) {
	ans := Answer{Now: a.now()}
	err := a.store.Read(ctx, func(tx *store.Tx) (err error) {
		ans.State, err = a.findIn(tx, &r)
		return err
	})
	if err != nil {
		a.told(&ans.Product, store.CallCheck, err)
		return ans, err
	}
	a.noteOrigin(ans.Origin, ans.License.ID)
	ans.Verdict = license.Check(&ans.State, &r.Claim, ans.Now)
	a.told(&ans.Product, store.CallCheck, ans.Verdict.Err())
	if ans.Verdict.OK() {
		a.note(&ans)
	}
	return ans, nil
}

// Activate gives the device a place, or finds that it has one. Besides the errors of Check it refuses
// as license.Activate does.
func (a *Authority) Activate(ctx context.Context, r Request) (Answer, error) {
	kind := store.CallActivate
	return a.change(ctx, r, &kind, admission(&kind))
}

// Admit is Activate for a license that Check has just found; it is not looked for again. A device that is
// new gets its place by what Check saw, if nothing about the license has changed since. Otherwise, and for every
// refusal, the rule sees what is read under the lock.
func (a *Authority) Admit(ctx context.Context, r Request, checked *Answer) (ans Answer, err error) {
	kind := store.CallActivate
	defer func() { // It is one call, and was told as a check.
		p := &checked.Product
		a.retold(callKey{p.Tenant, p.ID, store.CallCheck, answerOf(checked.Verdict.Err())}, callKey{p.Tenant, p.ID, kind, answerOf(err)})
	}()
	if checked.Device == nil && checked.License.ID != 0 {
		if ans, err := a.admit(ctx, r, checked); err == nil || license.CodeOf(err) == license.Unavailable {
			return ans, err
		}
	}
	return a.decide(ctx, r, &checked.State, admission(&kind))
}

// admit decides on what was checked and stores it if nothing has changed.
func (a *Authority) admit(ctx context.Context, r Request, checked *Answer) (Answer, error) {
	var ans Answer
	err := a.store.Write(ctx, func(tx *store.Tx) error {
		ans = Answer{State: checked.State, Now: a.now()}
		ch, err := license.Activate(&ans.State, &r.Claim, ans.Now)
		if err != nil {
			return err
		}
		if err := tx.ApplyActivation(actor, ans.Now, &ch); err != nil {
			return err
		}
		ans.take(&ch, &r.Claim)
		return nil
	})
	return ans, err
}

// Deactivate frees the device's place.
func (a *Authority) Deactivate(ctx context.Context, r Request) (Answer, error) {
	return a.changeBy(ctx, r, store.CallDeactivate, license.Deactivate)
}

// Lease takes or renews a floating seat for the device; the Answer's Lease says until when.
func (a *Authority) Lease(ctx context.Context, r Request) (Answer, error) {
	return a.changeBy(ctx, r, store.CallLease, license.LeaseSeat)
}

// Borrow holds a floating seat until r.Until, or for the longest allowed time.
func (a *Authority) Borrow(ctx context.Context, r Request) (Answer, error) {
	return a.changeBy(ctx, r, store.CallBorrow, license.BorrowSeat)
}

// Release gives the device's floating seat back.
func (a *Authority) Release(ctx context.Context, r Request) (Answer, error) {
	return a.changeBy(ctx, r, store.CallRelease, license.ReleaseSeat)
}

// ConsumeWithin is Consume that first gives the license another overage, where the client may.
func (a *Authority) ConsumeWithin(ctx context.Context, r Request, overage license.Limit) (Answer, error) {
	return a.changeBy(ctx, r, store.CallConsume, func(s *license.State, c *license.Claim, now license.Time) (license.Change, error) {
		return license.ConsumeWithin(s, c, overage, now)
	})
}

// Consume uses r.Amount units of the license or of r.Feature.
func (a *Authority) Consume(ctx context.Context, r Request) (Answer, error) {
	return a.changeBy(ctx, r, store.CallConsume, license.Consume)
}

// rule is a decision of package license about one claim.
type rule func(*license.State, *license.Claim, license.Time) (license.Change, error)

// changeBy is change for a call of one kind.
func (a *Authority) changeBy(ctx context.Context, r Request, kind store.CallKind, decide rule) (Answer, error) {
	return a.change(ctx, r, &kind, decide)
}

// change finds the license and decides. The rule sees only what was loaded under the lock; it may say another kind of call.
func (a *Authority) change(ctx context.Context, r Request, kind *store.CallKind, decide rule) (ans Answer, err error) {
	seen, err := a.find(ctx, r)
	defer func() { a.told(&seen.Product, *kind, err) }()
	if err != nil {
		return Answer{State: seen, Now: a.now()}, err
	}
	return a.decide(ctx, r, &seen, decide)
}

// decide locks the license that was seen, asks the rule and stores what it decides.
func (a *Authority) decide(ctx context.Context, r Request, seen *license.State, decide rule) (Answer, error) {
	var ans Answer
	err := a.store.Write(ctx, func(tx *store.Tx) (err error) {
		ans = Answer{Now: a.now()}
		if err := a.once(tx, seen.License.Tenant, &r); err != nil {
			return err
		}
		ans, err = a.decideIn(tx, &r, seen, decide)
		return err
	})
	if err == nil {
		a.note(&ans)
	}
	return ans, err
}

// decideIn is decide in a transaction that is open.
func (a *Authority) decideIn(tx *store.Tx, r *Request, seen *license.State, decide rule) (Answer, error) {
	ans := Answer{Now: a.now()}
	state, err := a.lock(tx, seen, &r.Claim, ans.Now)
	if err != nil {
		return ans, err
	}
	ch, err := decide(&state, &r.Claim, ans.Now)
	ans.State = state
	if err != nil {
		return ans, err
	}
	if err := tx.Apply(state.License.Tenant, actor, ans.Now, &ch); err != nil {
		return ans, err
	}
	ans.take(&ch, &r.Claim)
	if err := keepVariables(tx, r, &ans); err != nil {
		return ans, err
	}
	if r.By == nil {
		return ans, nil
	}
	if ans.Detail, err = tx.FindDetail(&ans.State, ans.Now); err == nil && ans.Device != nil {
		ans.Detail.Variables, err = tx.Variables(ans.License.Tenant, ans.License.ID, ans.Device.ID)
	}
	return ans, err
}

// once refuses a request by file that was used before.
func (a *Authority) once(tx *store.Tx, tenant license.TenantID, r *Request) error {
	if r.Once == "" {
		return nil
	}
	return tx.NoteOfflineRequest(tenant, r.Once, a.now())
}

// note keeps when the device was last seen, unless that is known well enough.
func (a *Authority) note(ans *Answer) {
	if d := ans.Device; d != nil && d.Active && ans.Now.Sub(d.SeenAt) >= license.SeenEvery {
		a.notes.saw(store.Sighting{Tenant: ans.License.Tenant, License: ans.License.ID, Binding: d.Binding, At: ans.Now})
	}
}

// find loads the license that a request speaks of. Whoever calls it has told the call when it is answered.
func (a *Authority) find(ctx context.Context, r Request) (state license.State, err error) {
	err = a.store.Read(ctx, func(tx *store.Tx) (err error) {
		state, err = a.findIn(tx, &r)
		return err
	})
	if err == nil {
		a.noteOrigin(state.Origin, state.License.ID)
	}
	return state, err
}

// findIn is find where something is being read.
func (a *Authority) findIn(tx *store.Tx, r *Request) (s license.State, err error) {
	switch {
	case r.Native != nil:
		s, err = tx.FindNative(r.Native, &r.Claim)
	case r.By != nil:
		s, err = tx.FindBy(r.By, &r.Claim)
	default:
		s, err = tx.FindState(r.Product, r.Key, &r.Claim)
	}
	a.locate(&s, &r.Claim)
	return s, err
}

// take puts what a change stored into the answer.
func (ans *Answer) take(ch *license.Change, c *license.Claim) {
	ans.License, ans.Device = ch.License, ch.Device
	if ch.Lease != nil {
		ans.Lease = ch.Lease
	}
	if ch.DropLease || ch.DropLeases {
		ans.Lease = nil
	}
	for i := range ch.Grants {
		if ch.Grants[i].Feature == c.Feature {
			ans.Grant = &ch.Grants[i]
		}
	}
}
