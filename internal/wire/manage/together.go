package manage

import (
	"context"
	"net/url"

	"licet/internal/identity"
	"licet/internal/office"
	"licet/internal/wire/api"
)

// Count is how many things a call has changed.
type Count struct {
	Changed int64 `json:"changed" example:"12"`
}

// altered changes a thing, if it is as the caller demands, and shows it as it is then. It is called within a transaction.
func altered[V any](c *api.Call, show func() (V, error), change func() error) (v V, err error) {
	if c.Conditional() {
		if v, err = show(); err != nil {
			return v, err
		}
		if err := c.Match(v); err != nil {
			return v, err
		}
	}
	if err := change(); err != nil {
		return v, err
	}
	return show()
}

// removed shows a thing as it was, and removes it if it is as the caller demands. It is called within a transaction.
func removed[V any](c *api.Call, show func() (V, error), drop func() error) (v V, err error) {
	if v, err = show(); err != nil {
		return v, err
	}
	if err := c.Match(v); err != nil {
		return v, err
	}
	return v, drop()
}

// place is an application that a call is about.
type place struct {
	ctx     context.Context
	c       *api.Call
	office  *office.Office
	product string
}

func at(ctx context.Context, c *api.Call, product string) place {
	return place{ctx, c, c.Office, product}
}

// held calls do with the application held: nobody else changes what is in it meanwhile, and a dry run sees what it has done.
func (p place) held(needs identity.Permission, do func(place) error) error {
	return p.office.InApplication(p.ctx, p.c.Actor, needs, p.product, func(o *office.Office) error {
		p.office = o
		return do(p)
	})
}

// alter changes a thing of an application and shows it as it is then.
func alter[V any](p place, needs identity.Permission, show func(place) (V, error), change func(place) error) (v V, err error) {
	err = p.held(needs, func(p place) (err error) {
		v, err = altered(p.c, func() (V, error) { return show(p) }, func() error { return change(p) })
		return err
	})
	return v, err
}

// remove removes a thing of an application and shows it as it was.
func remove[V any](p place, needs identity.Permission, show func(place) (V, error), drop func(place) error) (v V, err error) {
	err = p.held(needs, func(p place) (err error) {
		v, err = removed(p.c, func() (V, error) { return show(p) }, func() error { return drop(p) })
		return err
	})
	return v, err
}

// many changes many things of an application, which may be too many for one transaction, and says how many they were. Only a dry run
// is one, because its parts would not see each other otherwise.
func many(p place, needs identity.Permission, change func(place) (int64, error)) (n Count, err error) {
	if !p.c.DryRun {
		n.Changed, err = change(p)
		return n, err
	}
	err = p.held(needs, func(p place) (err error) {
		n.Changed, err = change(p)
		return err
	})
	return n, err
}

// whole makes a list of all that there is.
func whole[S, T any](found []S, view func(*S) T) api.List[T] {
	return api.ListOf(api.Paged{Limit: len(found) + 1}, found, view, func(*S) string { return "" })
}

// pathOf is a path of names that stand for things.
func pathOf(names ...string) string {
	path := names[0]
	for _, name := range names[1:] {
		path += "/" + url.PathEscape(name)
	}
	return path
}
