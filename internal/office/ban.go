package office

import (
	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/store"
)

// keepOut is what a ban brings with it for users of applications: their machines and addresses are kept out, and their
// sessions end (keyauth.md §9.8).
func keepOut(tx *store.Tx, actor identity.Actor, now license.Time, reason string, users ...license.ApplicationUser) error {
	for i := range users {
		u := &users[i]
		blocks := make([]store.Block, 0, len(u.Hardware)+1)
		for _, hardware := range u.Hardware {
			blocks = append(blocks, store.Block{Kind: store.BlockHardware, Value: hardware})
		}
		if u.Address != "" {
			blocks = append(blocks, store.Block{Kind: store.BlockAddress, Value: u.Address})
		}
		for _, b := range blocks {
			b.Tenant, b.Product, b.Reason, b.User, b.Created = u.Tenant, u.Product, reason, u.ID, now
			if err := tx.AddBlock(&b); err != nil {
				return err
			}
			if err := tx.AppendEvents(u.Tenant, actor.String(), now, license.Event{Kind: license.BlockAdded, Subject: int64(u.ID),
				Data: map[string]any{"kind": b.Kind, "value": b.Value, "reason": reason}}); err != nil {
				return err
			}
		}
		if _, err := tx.DropSessionsOfUser(u.Tenant, u.ID); err != nil {
			return err
		}
	}
	return nil
}

// letIn ends what a ban brought with it.
func letIn(tx *store.Tx, actor identity.Actor, now license.Time, users ...license.ApplicationUser) error {
	for i := range users {
		u := &users[i]
		n, err := tx.DropBlocksOfUser(u.Tenant, u.ID)
		if err == nil && n > 0 {
			err = tx.AppendEvents(u.Tenant, actor.String(), now, license.Event{Kind: license.BlockDropped, Subject: int64(u.ID),
				Data: map[string]any{"blocks": n}})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// applicationUsers locks those of license users who are users of an application.
func applicationUsers(tx *store.Tx, users []license.LicenseUser) ([]license.ApplicationUser, error) {
	var out []license.ApplicationUser
	for _, u := range users {
		if u.Product == 0 {
			continue
		}
		found, err := tx.LockApplicationUser(u.Tenant, u.ID)
		switch {
		case license.ReasonOf(err) == license.UserUnknown:
		case err != nil:
			return nil, err
		default:
			out = append(out, found)
		}
	}
	return out, nil
}
