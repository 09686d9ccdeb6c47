package authority

import (
	"context"

	"licet/internal/license"
	"licet/internal/store"
)

// Explanation is how an answer about a license comes about, for the vendor's people alone.
type Explanation struct {
	Answer
	Trace  license.Trace   // the rules that concern the operation
	Wanted license.Trace   // what the app asks for besides; it has no steps unless the operation is a check
	Values []license.Value // the terms of the license, and where they come from
	Policy *license.Policy // that the license was issued from; nil when none
}

// Explain says how an operation of the claimed device would be decided, and changes nothing: license.OpActivate of a device that
// holds a place is explained as license.OpReactivate. With license.OpCheck it includes what r.Require and r.Version ask for, as
// Validate does. It returns errors as Validate does.
func (a *Authority) Explain(ctx context.Context, r NativeRequest, op license.Operation) (Explanation, error) {
	e := Explanation{Answer: Answer{Now: a.now()}}
	request := r.Request()
	err := a.store.Snapshot(ctx, func(tx *store.Tx) (err error) {
		if e.State, err = a.findIn(tx, &request); err != nil {
			return err
		}
		a.locate(&e.State, &r.Claim)
		if err := e.complete(tx, &r.Claim); err != nil {
			return err
		}
		q, err := requirement(tx, &r, &e.Answer)
		if err == nil && op == license.OpCheck {
			e.Wanted = license.ExplainRequirement(&e.State, &q, e.Now)
		}
		return err
	})
	a.told(&e.Product, store.CallExplain, err)
	if err != nil {
		return e, err
	}
	if op == license.OpActivate && e.Device != nil && e.Device.Active {
		op = license.OpReactivate
	}
	e.Trace = license.Explain(&e.State, op, &r.Claim, e.Now)
	e.Verdict = e.Trace.Verdict.And(e.Wanted.Verdict)
	return e, nil
}

// complete loads what FindNative leaves out.
func (e *Explanation) complete(tx *store.Tx, c *license.Claim) error {
	l, err := tx.FindLicense(e.License.Tenant, e.License.ID)
	if err != nil {
		return err
	}
	e.License = l.License
	if e.Device != nil {
		d, err := tx.FindDevice(l.Tenant, l.ID, e.Device.ID, "")
		if err != nil {
			return err
		}
		e.Device = &d
	}
	if e.Detail.Grants, err = tx.Look(&e.State, c, e.Now); err != nil {
		return err
	}
	var own *license.Terms
	if l.Policy != 0 {
		p, err := tx.FindPolicy(l.Tenant, l.Policy)
		if err != nil {
			return err
		}
		e.Policy, own = &p, &p.Terms
	}
	usual, err := tx.FindDefaultPolicy(l.Tenant, l.Product)
	if err != nil {
		return err
	}
	e.Values = license.Values(&e.License, own, &usual.Terms)
	return nil
}
