package office

import (
	"context"
	"net/netip"
	"strings"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/store"
)

// blockValue reads what a block of a kind is about: an address as the server writes it, or the id of a machine as apps send
// it.
func blockValue(kind store.BlockKind, value string) (string, error) {
	value = strings.TrimSpace(value)
	switch kind {
	case store.BlockHardware:
		return value, checkText("value", value, 1, license.MaxHardwareID)
	case store.BlockAddress, store.AllowAddress:
		address, err := netip.ParseAddr(value)
		if err != nil {
			return "", license.Invalidf("value", "%q is no address", value)
		}
		return address.Unmap().WithZone("").String(), nil
	}
	return "", license.Invalidf("kind", "the kind is %s, %s or %s", store.BlockAddress, store.BlockHardware, store.AllowAddress)
}

// BlockEntry keeps an address or a machine out of an application, or lets an address in whatever else is said of it (keyauth.md
// §9.7). One that is there already gets the reason.
func (o *Office) BlockEntry(ctx context.Context, actor identity.Actor, product string, kind store.BlockKind, value, reason string) error {
	value, err := blockValue(kind, value)
	if err != nil {
		return err
	}
	if err := checkText("reason", reason, 0, maxName); err != nil {
		return err
	}
	return o.changeAt(ctx, actor, identity.WriteCustomers, product, func(at place) (license.Event, error) {
		return license.Event{Kind: license.BlockAdded, Data: map[string]any{"kind": kind, "value": value, "reason": reason}},
			at.AddBlock(&store.Block{Tenant: at.tenant, Product: at.app, Kind: kind, Value: value, Reason: reason, Created: at.now})
	})
}

// UnblockEntry takes back what BlockEntry, or the ban of a user, has said of an address or a machine. It refuses with NotFound.
func (o *Office) UnblockEntry(ctx context.Context, actor identity.Actor, product string, kind store.BlockKind, value string) error {
	value, err := blockValue(kind, value)
	if err != nil {
		return err
	}
	return o.changeAt(ctx, actor, identity.WriteCustomers, product, func(at place) (license.Event, error) {
		dropped, err := at.DropBlock(at.tenant, at.app, kind, value)
		if err == nil && !dropped {
			err = license.Missing("block of", value)
		}
		return license.Event{Kind: license.BlockDropped, Data: map[string]any{"kind": kind, "value": value}}, err
	})
}

// DropBlocks takes back everything that an application keeps out, or with allow everything that it lets in, and returns how much
// that was.
func (o *Office) DropBlocks(ctx context.Context, actor identity.Actor, product string, allow bool) (dropped int64, err error) {
	kinds := []store.BlockKind{store.BlockAddress, store.BlockHardware}
	if allow {
		kinds = []store.BlockKind{store.AllowAddress}
	}
	err = o.changeAt(ctx, actor, identity.WriteCustomers, product, func(at place) (e license.Event, err error) {
		if dropped, err = at.DropBlocks(at.tenant, at.app, kinds...); err == nil && dropped > 0 {
			e = license.Event{Kind: license.BlockDropped, Data: map[string]any{"all": true, "allow": allow, "count": dropped}}
		}
		return e, err
	})
	return dropped, err
}

// ListBlocks returns what an application keeps out, or with allow what it lets in, by kind and value, above after (the zero value is
// the beginning); limit is 1 to 1000.
func (o *Office) ListBlocks(ctx context.Context, actor identity.Actor, product string, allow bool, after store.Block, limit int) (list []store.Block, err error) {
	err = o.lookAt(ctx, actor, identity.ReadCustomers, product, func(at place) (err error) {
		list, err = at.ListBlocks(at.tenant, at.app, allow, after, limit)
		return err
	})
	return list, err
}
