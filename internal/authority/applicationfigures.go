package authority

import (
	"context"
	"sync"
	"time"

	"licet/internal/license"
	"licet/internal/store"
)

// How long what is counted of an application is kept (keyauth.md §7), and of how many applications.
const (
	statisticsTime  = time.Hour
	onlineTime      = 30 * time.Minute
	maxOnline       = 1000
	maxApplications = 10_000
)

// Statistics are how much an application has. They are up to an hour old.
type Statistics struct {
	Users, Licenses int64
	Online          int64 // as many as OnlineUsers names
}

// figures keeps what is counted of applications, since counting costs the more the more there is. Only one count runs at a time.
type figures struct {
	turn chan struct{} // holds one token
	mu   sync.Mutex    // guards kept
	kept map[applicationOf]figure
}

type applicationOf struct {
	tenant  license.TenantID
	product license.ProductID
}

// figure is what was counted of an application, and when; 0 is not yet.
type figure struct {
	counted         license.Time
	users, licenses int64
	looked          license.Time
	online          []string
}

func newFigures() *figures {
	f := &figures{turn: make(chan struct{}, 1), kept: make(map[applicationOf]figure)}
	f.turn <- struct{}{}
	return f
}

// of returns a figure, after fresh has brought it up to date where is says that it is not.
func (f *figures) of(ctx context.Context, app applicationOf, is func(figure) bool, fresh func(*figure) error) (figure, error) {
	if got := f.get(app); is(got) {
		return got, nil
	}
	select {
	case <-f.turn:
	case <-ctx.Done():
		return figure{}, license.RefuseFor(license.ServerBusy, time.Second)
	}
	defer func() { f.turn <- struct{}{} }()
	got := f.get(app)
	if is(got) {
		return got, nil // Somebody else has counted meanwhile.
	}
	if err := fresh(&got); err != nil {
		return figure{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.kept) >= maxApplications {
		clear(f.kept)
	}
	f.kept[app] = got
	return got, nil
}

func (f *figures) get(app applicationOf) figure {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.kept[app]
}

// isFresh reports whether what was found out at a moment may still be told.
func isFresh(at, now license.Time, keep time.Duration) bool {
	return at != 0 && now.Sub(at) < keep && at <= now
}

// Statistics returns how many users and licenses an application has, and how many users are signed in.
func (a *Authority) Statistics(ctx context.Context, v *Visit) (Statistics, error) {
	app := applicationOf{v.App.Tenant, v.App.Product}
	now := a.now()
	got, err := a.figures.of(ctx, app, func(f figure) bool { return isFresh(f.counted, now, statisticsTime) }, func(f *figure) error {
		f.counted = now
		return a.store.Read(ctx, func(tx *store.Tx) (err error) {
			f.users, f.licenses, err = tx.CountApplication(app.tenant, app.product)
			return err
		})
	})
	if err != nil {
		return Statistics{}, err
	}
	online, err := a.OnlineUsers(ctx, v)
	return Statistics{Users: got.users, Licenses: got.licenses, Online: int64(len(online))}, err
}

// OnlineUsers returns the names of users who are signed in, each once, at most 1000. They are up to half an hour old; do not
// change them.
func (a *Authority) OnlineUsers(ctx context.Context, v *Visit) ([]string, error) {
	app := applicationOf{v.App.Tenant, v.App.Product}
	now := a.now()
	got, err := a.figures.of(ctx, app, func(f figure) bool { return isFresh(f.looked, now, onlineTime) }, func(f *figure) error {
		f.looked = now
		return a.store.Read(ctx, func(tx *store.Tx) (err error) {
			f.online, err = tx.OnlineUsers(app.tenant, app.product, now, maxOnline)
			return err
		})
	})
	return got.online, err
}
