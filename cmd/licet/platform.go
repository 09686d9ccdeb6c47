package main

import (
	"crypto/rand"

	"licet/internal/web/platform"
	"licet/internal/wire"
)

// platformDoors are the vendor's pages.
func (c *serveCommand) platformDoors(t *tool, w *workshop) []wire.Door {
	var addresses []platform.Address
	for _, a := range c.NetworkAddresses() {
		addresses = append(addresses, platform.Address{Surface: a.Surface, URL: a.Address, Since: a.Since})
	}
	return platform.New(platform.Deps{
		Office: w.office, Authority: w.authority, Now: t.now, Rand: rand.Reader, Stop: t.ctx.Done(),
		PublicURL: c.Manage.PublicURL, Addresses: addresses, Version: currentVersion().Version, Gallery: c.Demo,
	})
}
