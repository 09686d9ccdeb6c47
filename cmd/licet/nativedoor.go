package main

import (
	"licet/internal/license"
	"licet/internal/wire"
	"licet/internal/wire/api"
	"licet/internal/wire/manage"
	"licet/internal/wire/native"
)

// nativeDoors are the native API: license calls, management calls, and what everybody may read about them.
func (c *serveCommand) nativeDoors(t *tool, w *workshop) ([]wire.Door, error) {
	rate := api.DefaultRate
	rate.Limit = c.Native.RatePerMinute
	a := api.New(api.Deps{
		Office: w.office, Now: t.now, BaseURL: c.License.PublicURL, Rate: rate,
		NoteKey: func(tenant license.TenantID, key license.APIKeyID) { w.authority.NoteKey(tenant, key) },
	})
	licenses := native.New(a, native.Deps{Authority: w.authority, Keyring: w.keyring, Now: t.now, Rate: rate})
	manage.Add(a, manage.Deps{Authority: w.authority, Now: t.now, Stop: t.ctx.Done()})
	public, err := a.Public(native.Keys(w.authority))
	if err != nil {
		return nil, err
	}
	return []wire.Door{licenses, a.Door("manage", wire.ManageSurface), public}, nil
}
