package identity

import (
	"log/slog"
	"slices"
	"strconv"

	"licet/internal/license"
)

// ActorKind says what sort of somebody asks.
type ActorKind string

// The closed list of kinds. The empty kind is nobody.
const (
	ClientApp    ActorKind = "client"       // a program with a credential: an app or a vendor's server
	PlatformUser ActorKind = "user"         // somebody who works for a vendor
	LicenseUser  ActorKind = "license_user" // an end user or license manager
	Operator     ActorKind = "operator"     // whoever runs the server, by the command line
	System       ActorKind = "system"       // the server itself: jobs and hooks
)

// Actor is who asks. The zero value is nobody and may do nothing.
//
// A person with several tenants is one Actor per tenant: role and permissions never reach beyond
// Tenant (S0-06). Operator and System stand outside tenants and may do everything in each.
type Actor struct {
	Kind        ActorKind
	Tenant      license.TenantID      // 0 for Operator and System
	User        license.UserID        // of a PlatformUser
	Key         license.APIKeyID      // of a ClientApp
	LicenseUser license.LicenseUserID // of a LicenseUser
	Name        string                // for the audit log: an e-mail address, a key's name, an account name
	Role        Role                  // of a PlatformUser in Tenant
	Scopes      Scopes                // of a ClientApp

	// Products narrows a ClientApp to some products: all others, and whatever is in them, do not exist for it, and what
	// belongs to no product it may not touch. nil is no narrowing; an empty list is no product at all.
	Products []license.ProductID
}

// Narrowed reports whether the actor is for certain products only.
func (a Actor) Narrowed() bool { return a.Products != nil }

// Covers reports whether a product of the actor's tenant exists for the actor.
func (a Actor) Covers(product license.ProductID) bool {
	return a.Products == nil || slices.Contains(a.Products, product)
}

// ID returns the identity behind the actor within its kind, 0 when it has none.
func (a Actor) ID() int64 {
	switch a.Kind {
	case PlatformUser:
		return int64(a.User)
	case ClientApp:
		return int64(a.Key)
	case LicenseUser:
		return int64(a.LicenseUser)
	default:
		return 0
	}
}

// String is what the audit log keeps: kind, identity and name, as "user:12 ann@x.test".
func (a Actor) String() string {
	text := string(a.Kind)
	if text == "" {
		text = "nobody"
	}
	if id := a.ID(); id != 0 {
		text += ":" + strconv.FormatInt(id, 10)
	}
	if a.Name != "" {
		text += " " + a.Name
	}
	return text
}

// LogValue is kind, identity and tenant; the name stays out of the log.
func (a Actor) LogValue() slog.Value {
	return slog.GroupValue(
		slog.String("kind", string(a.Kind)),
		slog.Int64("id", a.ID()),
		slog.Int64("tenant", int64(a.Tenant)))
}

// Permissions returns all that the actor may do in its tenant.
func (a Actor) Permissions() Scopes {
	switch a.Kind {
	case Operator, System:
		return AllScopes()
	case PlatformUser:
		return a.Role.Scopes()
	case ClientApp:
		return a.Scopes
	default:
		return 0
	}
}

// Require returns nil when the actor may do p in tenant. Else the error is unauthenticated for
// nobody, not_found for another tenant, whose things do not exist for this actor (S0-06), and
// permission_missing within its own.
func (a Actor) Require(tenant license.TenantID, p Permission) error {
	if err := a.within(tenant); err != nil {
		return err
	}
	switch {
	case a.Permissions().Allow(p):
		return nil
	case a.Kind == ClientApp:
		return license.Refusef(license.PermissionMissing, "this token lacks the scope %s", p)
	}
	return license.Refusef(license.PermissionMissing, "you may not do this: it needs %s", p)
}

// RequireWhole is Require for what does not lie within single products, as customers and settings: an actor who is for certain
// products only may not do it, whatever its scopes.
func (a Actor) RequireWhole(tenant license.TenantID, p Permission) error {
	if err := a.Require(tenant, p); err != nil {
		return err
	}
	if a.Narrowed() {
		return license.Refusef(license.PermissionMissing, "this token is for certain products only, and this reaches beyond them: it needs %s for all products", p)
	}
	return nil
}

// RequireOwner is Require for what is kept to owners of the tenant, as the unlocking of a
// permanently locked account (S0-46). Operator and System pass.
func (a Actor) RequireOwner(tenant license.TenantID) error {
	if err := a.within(tenant); err != nil {
		return err
	}
	if a.everywhere() || (a.Kind == PlatformUser && a.Role == Owner) {
		return nil
	}
	return license.Refusef(license.PermissionMissing, "you may not do this: it is for owners")
}

// within returns nil when tenant exists for the actor.
func (a Actor) within(tenant license.TenantID) error {
	switch {
	case a.Kind == "":
		return &license.Error{Code: license.Unauthenticated, Message: "sign in first"}
	case a.everywhere(), a.Tenant != 0 && a.Tenant == tenant:
		return nil
	default:
		return &license.Error{Code: license.NotFound, Message: "no such thing"}
	}
}

func (a Actor) everywhere() bool { return a.Kind == Operator || a.Kind == System }
