package authority

import (
	"cmp"
	"context"
	"slices"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/store"
)

// NativeRequest is a claim about a license as the native API makes it. Every other use case takes it as a Request, see its
// method of that name.
type NativeRequest struct {
	store.NativeLookup
	license.Claim

	Version   string     // what the app says it is, by the name of a release; "" is not said
	Require   []string   // features that the license must have, with time left
	Variables []Variable // to store on the device with a change
}

// Request is the same claim for the use cases that all doors share: Activate, Lease, Borrow, Release, UseUnits and the rest.
func (r *NativeRequest) Request() Request {
	return Request{Native: &r.NativeLookup, Claim: r.Claim, Variables: r.Variables}
}

// maxRequired is how many features an app may ask for at once.
const maxRequired = 100

// Validate answers "may this device run, and has it what it needs?" and changes nothing. What is wrong is in the Verdict, which
// includes what r.Require and r.Version ask for; [license.Verdict.Stops] makes one answer of it. The answer has the license's
// features in Detail.Grants, and in its State the claimed feature, meter and floating seat.
//
// It returns ProductUnknown and KeyUnknown, AuthMethodWrong, Invalid where r does not say which license it means, and
// Unavailable when the database cannot be read.
func (a *Authority) Validate(ctx context.Context, r NativeRequest) (Answer, error) {
	ans := Answer{Now: a.now()}
	err := r.check()
	if err == nil {
		err = a.validate(ctx, &r, &ans, func(tx *store.Tx, request *Request) (license.State, error) { return a.findIn(tx, request) })
	}
	return ans, err
}

func (r *NativeRequest) check() error {
	if len(r.Require) > maxRequired {
		return license.Invalidf("features", "at most %d features are asked for at once", maxRequired)
	}
	return nil
}

// ValidateAs is NativeCaller, the permission that is needed, and then Validate, for the price of one statement as a rule. It finds Tenant
// and Products of r by the token. Who asks is judged first: as long as that fails the error is of the token, and the answer has no State.
func (a *Authority) ValidateAs(ctx context.Context, token string, needs identity.Permission, r *NativeRequest, ans *Answer) (NativeCaller, error) {
	hash, err := parseCaller(token)
	if err != nil {
		return NativeCaller{}, err
	}
	var caller NativeCaller
	ans.Now = a.now()
	err = a.validate(ctx, r, ans, func(tx *store.Tx, request *Request) (license.State, error) {
		_, s, err := tx.FindCallerNative(hash, request.Native, &request.Claim, func(c *store.Caller) error {
			caller = NativeCaller{c.Key.Actor(), c.SigningKey}
			if err := c.Key.Check(ans.Now); err != nil {
				return err
			}
			if err := caller.Actor.Require(caller.Actor.Tenant, needs); err != nil {
				return err
			}
			return r.check()
		})
		if caller.Actor.Tenant == 0 && license.CodeOf(err) == license.NotFound {
			err = unknownToken()
		}
		a.locate(&s, &request.Claim)
		return s, err
	})
	return caller, err
}

// validate is Validate, as of ans.Now, with what find finds.
func (a *Authority) validate(ctx context.Context, r *NativeRequest, ans *Answer, find func(*store.Tx, *Request) (license.State, error)) error {
	var also license.Verdict
	request := r.Request()
	err := a.store.Read(ctx, func(tx *store.Tx) (err error) {
		if ans.State, err = find(tx, &request); err != nil {
			return err
		}
		if ans.Detail.Grants, err = tx.Look(&ans.State, &r.Claim, ans.Now); err != nil {
			return err
		}
		if r.Version == "" && len(r.Require) == 0 {
			return nil // as of most
		}
		q, err := requirement(tx, r, ans)
		also = license.Require(&ans.State, &q, ans.Now)
		return err
	})
	if err != nil {
		a.told(&ans.Product, store.CallCheck, err)
		return err
	}
	a.noteOrigin(ans.Origin, ans.License.ID)
	ans.Verdict = license.Check(&ans.State, &r.Claim, ans.Now)
	if ans.Verdict.OK() {
		a.note(ans)
	}
	ans.Verdict = ans.Verdict.And(also)
	a.told(&ans.Product, store.CallCheck, ans.Verdict.Err())
	return nil
}

// requirement loads what an app asks for besides. Where maintenance has no end, no release is looked for.
func requirement(tx *store.Tx, r *NativeRequest, ans *Answer) (license.Requirement, error) {
	q := license.Requirement{Release: r.Version, Features: r.Require, Grants: ans.Detail.Grants}
	l := &ans.License
	if r.Version == "" || !l.Terms.Maintained || l.MaintainedUntil == 0 {
		return q, nil
	}
	named, err := tx.VersionsNamed(l.Tenant, l.Product, r.Version)
	if err != nil || len(named) == 0 {
		return q, err
	}
	// It came out when the first of its environments and channels did.
	first := slices.MinFunc(named, func(a, b license.Version) int { return cmp.Compare(a.ReleasedAt, b.ReleasedAt) })
	q.Version = &first
	return q, nil
}

// ActivateNative is Activate for a license of any kind: where a product's users sign in, it must be said who it is, in
// r.Native.User, else it refuses with UserRequired. It says whether the device held no place before.
func (a *Authority) ActivateNative(ctx context.Context, r Request) (ans Answer, fresh bool, err error) {
	kind := store.CallActivate
	seen, err := a.find(ctx, r)
	defer func() { a.told(&seen.Product, kind, err) }()
	if err == nil && seen.Product.Auth == license.ByUser && (r.Native == nil || r.Native.User == 0) {
		err = license.Refuse(license.UserRequired)
	}
	if err != nil {
		return Answer{State: seen, Now: a.now()}, false, err
	}
	ans, err = a.decide(ctx, r, &seen, admission(&kind))
	return ans, kind == store.CallActivate, err
}

// DeactivateNative is Deactivate for a device that is named by its identity on the license of r, or with 0 by what it is bound
// to. DeviceUnknown when the license has no such device.
func (a *Authority) DeactivateNative(ctx context.Context, r Request, device license.DeviceID) (ans Answer, err error) {
	if device == 0 {
		return a.Deactivate(ctx, r)
	}
	seen, err := a.find(ctx, r)
	defer func() { a.told(&seen.Product, store.CallDeactivate, err) }()
	if err != nil {
		return Answer{State: seen, Now: a.now()}, err
	}
	var known license.Device
	err = a.store.Read(ctx, func(tx *store.Tx) (err error) {
		known, err = tx.FindDevice(seen.License.Tenant, seen.License.ID, device, "")
		return err
	})
	if license.CodeOf(err) == license.NotFound {
		err = license.Refuse(license.DeviceUnknown)
	}
	if err != nil {
		return Answer{State: seen, Now: a.now()}, err
	}
	seen.Device = &known
	r.claimAs(known.Binding)
	return a.decide(ctx, r, &seen, license.Deactivate)
}

// claimAs makes the claim one of the device that is known by b.
func (r *Request) claimAs(b license.Binding) {
	switch b.Kind {
	case license.BoundToHardware:
		r.HardwareID = b.Value
	case license.BoundToAddress:
		r.HardwareID, r.Address = "", b.Value
	}
}

// TrialNative is TrialFor for a product that is named as the native API does, in w; of r it does not look at Tenant and Code.
func (a *Authority) TrialNative(ctx context.Context, w store.NativeLookup, r TrialRequest) (TrialAnswer, error) {
	if err := r.check(); err != nil {
		return TrialAnswer{}, err
	}
	return a.trial(ctx, &r, func(tx *store.Tx) (store.ProductRecord, error) { return tx.FindNativeProduct(&w) })
}

// MaxRenewals is how many seats one call may renew.
const MaxRenewals = 100

// Result is the outcome of one of several requests.
type Result struct {
	Answer
	Err error
}

// RenewLeases is Lease for up to [MaxRenewals] devices, licenses or features at once, in one transaction where that is possible.
// Each has its own outcome: what one is refused, the others may get. The results are in the order of the requests.
func (a *Authority) RenewLeases(ctx context.Context, requests []Request) []Result {
	results := make([]Result, len(requests))
	if len(requests) > MaxRenewals {
		for i := range results {
			results[i] = Result{Err: license.Invalidf("leases", "at most %d seats are renewed at once", MaxRenewals)}
		}
		return results
	}
	seen := make([]license.State, len(requests))
	var found []int
	for i := range requests {
		var err error
		if seen[i], err = a.find(ctx, requests[i]); err != nil {
			results[i] = Result{Answer{State: seen[i], Now: a.now()}, err}
			continue
		}
		found = append(found, i)
	}
	// Everybody locks in the same order, so that nobody waits for one who waits for them.
	slices.SortStableFunc(found, func(i, j int) int { return cmp.Compare(seen[i].License.ID, seen[j].License.ID) })
	err := a.store.Write(ctx, func(tx *store.Tx) error {
		for _, i := range found {
			results[i].Answer, results[i].Err = a.decideIn(tx, &requests[i], &seen[i], license.LeaseSeat)
		}
		return nil
	})
	for _, i := range found {
		switch {
		case license.CodeOf(err) == license.Unavailable:
			results[i] = Result{Answer{State: seen[i], Now: a.now()}, err}
		case err != nil: // One of them may have spoilt it for all.
			results[i].Answer, results[i].Err = a.decide(ctx, requests[i], &seen[i], license.LeaseSeat)
		case results[i].Err == nil:
			a.note(&results[i].Answer)
		}
	}
	for i := range results {
		a.told(&seen[i].Product, store.CallLease, results[i].Err)
	}
	return results
}
