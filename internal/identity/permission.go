package identity

import (
	"slices"
	"strings"

	"licet/internal/license"
)

// Permission is one thing an actor may do in a tenant: "<area>:read" or "<area>:write". Whoever
// may write in an area may read there. licenses:use stands apart: it is for programs that ask about
// licenses, and neither brings a permission to manage them nor comes with one.
type Permission string

// The closed list of permissions.
const (
	ReadProducts   Permission = "products:read" // not the secrets of a product; those need write
	WriteProducts  Permission = "products:write"
	ReadPolicies   Permission = "policies:read" // license policies
	WritePolicies  Permission = "policies:write"
	ReadLicenses   Permission = "licenses:read" // and their devices
	WriteLicenses  Permission = "licenses:write"
	ReadOrders     Permission = "orders:read"
	WriteOrders    Permission = "orders:write"
	ReadCustomers  Permission = "customers:read" // and license users
	WriteCustomers Permission = "customers:write"
	ReadUsers      Permission = "users:read" // platform users and their roles
	WriteUsers     Permission = "users:write"
	ReadKeys       Permission = "keys:read" // API keys: name, hint and scopes
	WriteKeys      Permission = "keys:write"
	ReadSettings   Permission = "settings:read" // of the tenant
	WriteSettings  Permission = "settings:write"
	ReadAudit      Permission = "audit:read" // what everybody did
	WriteAudit     Permission = "audit:write"
	UseLicenses    Permission = "licenses:use" // the license calls, as apps make them
	ReadWebhooks   Permission = "webhooks:read"
	WriteWebhooks  Permission = "webhooks:write" // who is told of events, and by which secrets they know it
)

// permissions is every permission; an index here is a bit of Scopes. New ones go to the end.
var permissions = []Permission{
	ReadProducts, WriteProducts, ReadPolicies, WritePolicies, ReadLicenses, WriteLicenses,
	ReadOrders, WriteOrders, ReadCustomers, WriteCustomers, ReadUsers, WriteUsers,
	ReadKeys, WriteKeys, ReadSettings, WriteSettings, ReadAudit, WriteAudit,
	UseLicenses, ReadWebhooks, WriteWebhooks,
}

// Permissions lists every Permission, for forms and for tests that walk them.
func Permissions() []Permission { return slices.Clone(permissions) }

// Role is what a platform user is in one tenant.
type Role string

// The closed list of roles. The empty Role may do nothing.
const (
	Owner    Role = "owner"     // everything
	Admin    Role = "admin"     // everything but the tenant's settings and its owners
	Support  Role = "support"   // helps customers: their licenses and data; sees what is sold
	ReadOnly Role = "read_only" // sees everything, changes nothing
)

// Roles lists every Role, the most powerful first.
func Roles() []Role { return []Role{Owner, Admin, Support, ReadOnly} }

// ParseRole reads a role by its name; anything else is Invalid.
func ParseRole(text string) (Role, error) {
	if slices.Contains(Roles(), Role(text)) {
		return Role(text), nil
	}
	return "", license.Invalidf("role", "%q is no role; use owner, admin, support or read_only", text)
}

// Scopes returns what the role may do.
func (r Role) Scopes() Scopes {
	switch r {
	case Owner:
		return AllScopes()
	case Admin:
		return AllScopes().without(WriteSettings)
	case Support:
		return NewScopes(ReadProducts, ReadPolicies, WriteLicenses, ReadOrders, WriteCustomers)
	case ReadOnly:
		var reads Scopes
		for _, p := range permissions {
			if strings.HasSuffix(string(p), ":read") {
				reads |= NewScopes(p)
			}
		}
		return reads
	default:
		return 0
	}
}

// Allows reports whether role may do p.
func Allows(role Role, p Permission) bool { return role.Scopes().Allow(p) }

// MayManage reports whether somebody with role r may invite, change or remove somebody with the
// role other, or give that role to somebody. Only owners touch owners.
func (r Role) MayManage(other Role) bool {
	return Allows(r, WriteUsers) && (r == Owner || other != Owner)
}

// Scopes is a set of permissions: what an API key may do. The zero value allows nothing.
// Store and show it by its text; the bits are no promise.
type Scopes uint32

// NewScopes returns the set of the given permissions. A write brings the read of its area with it;
// words that are no permission are left out.
func NewScopes(list ...Permission) Scopes {
	var s Scopes
	for _, p := range list {
		s |= bit(p)
		if area, isWrite := strings.CutSuffix(string(p), ":write"); isWrite {
			s |= bit(Permission(area + ":read"))
		}
	}
	return s
}

// AllScopes is every permission of this release. Stored as text it does not grow with later ones.
func AllScopes() Scopes { return NewScopes(permissions...) }

// ParseScopes reads permissions separated by blanks or commas, in any order. The empty text is the
// empty set. A word that is no permission is Invalid.
func ParseScopes(text string) (Scopes, error) {
	var s Scopes
	for _, word := range strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == ',' }) {
		if bit(Permission(word)) == 0 {
			return 0, license.Invalidf("scopes", "%q is no permission; write for instance licenses:read", word)
		}
		s |= NewScopes(Permission(word))
	}
	return s, nil
}

// Allow reports whether p is in the set.
func (s Scopes) Allow(p Permission) bool { return s&bit(p) != 0 }

// Within reports whether all of s is in other: nobody gives a key more than they have.
func (s Scopes) Within(other Scopes) bool { return s&^other == 0 }

// List returns the permissions in the set, in the order of their declaration.
func (s Scopes) List() []Permission {
	var list []Permission
	for _, p := range permissions {
		if s.Allow(p) {
			list = append(list, p)
		}
	}
	return list
}

// String returns what ParseScopes reads: the permissions, separated by blanks.
func (s Scopes) String() string {
	var words []string
	for _, p := range s.List() {
		words = append(words, string(p))
	}
	return strings.Join(words, " ")
}

// without returns s without p alone.
func (s Scopes) without(p Permission) Scopes { return s &^ bit(p) }

// bit returns p's bit; 0 for a word that is no permission.
func bit(p Permission) Scopes {
	i := slices.Index(permissions, p)
	if i < 0 {
		return 0
	}
	return 1 << i
}
