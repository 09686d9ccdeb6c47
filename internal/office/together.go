package office

import (
	"context"

	"licet/internal/identity"
	"licet/internal/store"
)

// Together calls do with an Office whose calls are parts of one transaction: all of them are kept, or none. The first error of a
// change ends it. do may run twice. It is not for calls that hash passwords or ask somebody outside, which would keep others waiting.
func (o *Office) Together(ctx context.Context, do func(*Office) error) error {
	return o.d.Store.Write(ctx, func(tx *store.Tx) error { return do(o.within(tx)) })
}

// InApplication is Together for an actor who may do what needs says, with the application of a product held: nobody else changes it or
// what is in it meanwhile. It refuses with application_unknown.
func (o *Office) InApplication(ctx context.Context, actor identity.Actor, needs identity.Permission, product string, do func(*Office) error) error {
	return o.onApplication(ctx, actor, needs, product, func(w *applicationWork) error { return do(o.within(w.tx)) })
}

func (o *Office) within(tx *store.Tx) *Office {
	part := *o
	part.d.Store = o.d.Store.Within(tx)
	return &part
}

// InProduct is Together for an actor who may do what needs says, with a product locked: nobody else changes it meanwhile.
func (o *Office) InProduct(ctx context.Context, actor identity.Actor, needs identity.Permission, product string, do func(*Office) error) error {
	if err := mayWithin(actor, needs); err != nil {
		return err
	}
	return o.d.Store.Write(ctx, func(tx *store.Tx) error {
		if _, err := lockProduct(tx, actor, product); err != nil {
			return err
		}
		return do(o.within(tx))
	})
}
