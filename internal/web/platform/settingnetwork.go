package platform

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"

	"licet/internal/web"
	"licet/internal/wire"
)

// networkPath is where everybody reads which addresses to let through, a firewall too.
const networkPath = "/.well-known/licet-network.json"

// networkDoor tells everybody which addresses to let through (S0-18).
func (p *Platform) networkDoor() wire.Door {
	answer := func(w http.ResponseWriter, _ *http.Request) error {
		list := p.d.Addresses
		if list == nil {
			list = []Address{}
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "public, max-age=300")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Access-Control-Allow-Origin", "*")
		_ = json.NewEncoder(w).Encode(map[string][]Address{"addresses": list}) // Who went away needs no answer.
		return nil
	}
	return wire.Door{
		Name: "network", Surface: wire.LicenseSurface, WriteError: p.writeError,
		Mount: func(m *wire.Mux) { m.Handle("GET "+networkPath, answer) },
	}
}

// networkPage shows the addresses that customers let through.
func (v *visit) networkPage() error {
	return v.draw(v.t("Network"), networkPage(networkView{Tabs: v.settingTabs("/settings/network"), Addresses: v.p.d.Addresses, Today: v.p.d.Now().UTC().Format("2006-01-02")}))
}

// surfaceName is what the addresses of a surface are for.
func surfaceName(ctx context.Context, surface string) string {
	switch surface {
	case string(wire.LicenseSurface):
		return web.T(ctx, "Apps that check licenses")
	case string(wire.ManageSurface):
		return web.T(ctx, "These pages, and your programs")
	case string(wire.PortalSurface):
		return web.T(ctx, "Pages of your customers")
	case string(wire.InboundSurface):
		return web.T(ctx, "Shops that report orders")
	case "outbound":
		return web.T(ctx, "Calls of this server, such as webhooks")
	}
	return surface
}

// isColour reports whether a text is a colour as #1a7f5a.
func isColour(text string) bool {
	return len(text) == 7 && text[0] == '#' && strings.Trim(text[1:], "0123456789abcdefABCDEF") == ""
}
