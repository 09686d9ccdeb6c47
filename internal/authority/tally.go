package authority

import (
	"licet/internal/license"
	"licet/internal/store"
)

// callKey is what calls are counted by. A zero product is one that is not known.
type callKey struct {
	tenant  license.TenantID
	product license.ProductID
	kind    store.CallKind
	reason  license.Reason // of a refusal
}

// answerOf is the reason of an error, or else its code: so that nothing that went wrong counts as allowed.
func answerOf(err error) license.Reason {
	if err == nil {
		return ""
	}
	if reason := license.ReasonOf(err); reason != "" {
		return reason
	}
	return license.Reason(license.CodeOf(err))
}

// told counts an answered call, for the tenant's meter (S0-01) and for its figures by day. A product that was not found counts for
// nobody.
func (a *Authority) told(p *license.Product, kind store.CallKind, err error) {
	if p.ID != 0 {
		a.notes.call(callKey{p.Tenant, p.ID, kind, answerOf(err)}, 1)
	}
}

// retold counts a call that was told before as another kind of call: it is still one.
func (a *Authority) retold(from, to callKey) {
	if from != to {
		a.notes.call(from, -1)
		a.notes.call(to, 1)
	}
}

// visited counts what an app of an application wanted with the visit that ApplicationVisit or Application has counted.
func (a *Authority) visited(app *license.Application, kind store.CallKind, err error) {
	visit := callKey{tenant: app.Tenant, product: app.Product, kind: store.CallVisit}
	to := visit
	to.kind, to.reason = kind, answerOf(err)
	a.retold(visit, to)
}

// admission is license.Activate that says whether the device had a place already.
func admission(kind *store.CallKind) rule {
	return func(s *license.State, c *license.Claim, now license.Time) (license.Change, error) {
		*kind = store.CallActivate
		if s.Device != nil && s.Device.Active {
			*kind = store.CallReactivate
		}
		return license.Activate(s, c, now)
	}
}
