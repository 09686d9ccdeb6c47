package manage

import (
	"context"
	"net/http"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/wire/api"
)

// Lockout is what is held against a network address from which wrong license keys and passwords came.
type Lockout struct {
	Address     string       `json:"address" example:"203.0.113.7"`
	Locked      bool         `json:"locked" doc:"Nothing is taken from there now, not even the right password."`
	LockedUntil license.Time `json:"locked_until" doc:"The end of the last lock, also when that is over."`
	Permanent   bool         `json:"permanent" doc:"It stays locked until somebody clears it."`
	Failures    int64        `json:"failures" doc:"Rejections since the last lock."`
	Locks       int64        `json:"locks" doc:"Locks so far."`
	LastFailure license.Time `json:"last_failure_at"`
}

type ofLockout struct {
	Address string `path:"address" doc:"A network address." example:"203.0.113.7"`
}

type listLockouts struct{ api.Paged }

func addLockouts(a *api.API) {
	const tag = "Lockouts"
	api.Add(a, with(op(tag, "listLockouts", http.MethodGet, "/lockouts", "List locked addresses", identity.ReadCustomers),
		describedAs("Addresses of end users with rejections that count, locked or not, by their text.")),
		func(ctx context.Context, c *api.Call, in *listLockouts) (api.List[Lockout], error) {
			after, err := in.After()
			if err != nil {
				return api.List[Lockout]{}, err
			}
			found, err := c.Office.ListAddressLockouts(ctx, c.Actor, after, in.Limit)
			return api.ListOf(in.Paged, found, viewLockout, func(l *office.AddressLockout) string { return l.Address }), err
		})
	api.Add(a, with(op(tag, "showLockout", http.MethodGet, "/lockouts/{address}", "Show an address", identity.ReadCustomers),
		describedAs("An address that nothing is held against is found, too.")),
		func(ctx context.Context, c *api.Call, in *ofLockout) (Lockout, error) {
			l, err := c.Office.FindAddressLockout(ctx, c.Actor, in.Address)
			return viewLockout(&l), err
		})
	api.Add(a, with(op(tag, "deleteLockout", http.MethodDelete, "/lockouts/{address}", "Unlock an address", identity.WriteSettings), destroys,
		describedAs("All that is held against the address is forgotten; nothing held is no error.")),
		func(ctx context.Context, c *api.Call, in *ofLockout) (api.None, error) {
			return api.None{}, c.Office.ClearAddressLockout(ctx, c.Actor, in.Address)
		})
}

func viewLockout(l *office.AddressLockout) Lockout {
	return Lockout{l.Address, l.Locked, l.LockedUntil, l.Permanent, int64(l.Failures), int64(l.Level), l.LastFailure}
}
