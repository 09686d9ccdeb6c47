// Package office holds the use cases of people: those who work for a vendor, and the operator on the
// command line. Tenants, platform users, API keys, products, policies, licenses, orders, customers,
// exports and the audit log. Each use case asks what the actor may do, loads what is stored, asks a
// pure rule of package license or identity, and stores what it decided with its events, in one
// transaction.
//
// # Tenants
//
// Every method works in the tenant of its actor, and another tenant's things do not exist there
// (S0-06). The operator stands outside tenants and says which one is meant with [In].
//
// # Names and identities
//
// People name things in short: a product by its code, number or identity, a license by its key or
// identity, an order by its reference or identity. A short name that is all digits is looked up as a
// name first, then as an identity.
//
// # Errors
//
// Everything refused is a [license.Error]. Each method names the reasons of its own; besides those
// any of them may say permission_missing, not_found, invalid for a field, or unavailable.
package office

import (
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/notify"
	"licet/internal/outbound"
	"licet/internal/signing"
	"licet/internal/store"
	"licet/internal/webhook"
)

// Deps is what an Office stands on. Everything but the policies is needed.
type Deps struct {
	Store   *store.Store
	Keyring *signing.Keyring    // seals the end-to-end keys of products
	Hasher  *identity.Hasher    // hashes passwords, so many at once
	Now     func() license.Time // the server's clock
	Rand    io.Reader           // cryptographically secure; makes keys, tokens and references

	Passwords   identity.PasswordPolicy // of platform users; the zero value is S0-36 to S0-38
	Lockout     identity.LockoutPolicy  // of platform users where a tenant has none of its own; the zero value is identity.Platform
	UserLockout identity.LockoutPolicy  // of license users where a tenant has none of its own, as Authority has it; the zero value is identity.Portal
	Addresses   identity.LockoutPolicy  // of addresses that platform users sign in from; the zero value is identity.Spraying

	Countries Countries // for address rules; nil knows no country

	Outside *outbound.Client // looks at files of applications; nil calls public addresses alone
	Mail    *notify.Mailer   // sends a mail to try it out, and knows where end users go; nil is no mail server

	Webhooks *webhook.Sender // tries endpoints out; nil where this process sends no webhooks
}

// Office answers people. It is safe for use by many goroutines when Rand is.
type Office struct {
	d         Deps
	rehearses bool // nothing is kept, and nobody outside is reached; see Rehearsal
	back      *background
}

// New builds an Office.
func New(d Deps) *Office {
	if d.Lockout == (identity.LockoutPolicy{}) {
		d.Lockout = identity.Platform()
	}
	if d.UserLockout == (identity.LockoutPolicy{}) {
		d.UserLockout = identity.Portal()
	}
	if d.Addresses == (identity.LockoutPolicy{}) {
		d.Addresses = identity.Spraying()
	}
	if d.Outside == nil {
		d.Outside = outbound.New(outbound.Options{})
	}
	return &Office{d: d, back: newBackground()}
}

// In returns actor at work in a tenant. Only those who stand outside tenants change by it: a platform
// user or an API key stays where it belongs, and is refused elsewhere.
func In(actor identity.Actor, tenant license.TenantID) identity.Actor {
	if actor.Kind == identity.Operator || actor.Kind == identity.System {
		actor.Tenant = tenant
	}
	return actor
}

// may refuses an actor who may not do p in its tenant, and one who is for certain products only: what such an actor may do
// asks mayWithin.
func may(actor identity.Actor, p identity.Permission) error {
	return allow(actor, actor.RequireWhole(actor.Tenant, p))
}

// mayWithin is may for what happens within products alone. Whoever calls it names all that it touches by findProduct, resolve
// or findOrder, which know no products but those that the actor is for, or asks actor.Covers itself.
func mayWithin(actor identity.Actor, p identity.Permission) error {
	return allow(actor, actor.Require(actor.Tenant, p))
}

func allow(actor identity.Actor, err error) error {
	if err != nil {
		return err
	}
	if actor.Tenant == 0 {
		return license.Invalidf("tenant", "say which tenant")
	}
	return nil
}

// onlyOperator refuses everybody but the operator and the server itself.
func onlyOperator(actor identity.Actor) error {
	switch actor.Kind {
	case identity.Operator, identity.System:
		return nil
	case "":
		return &license.Error{Code: license.Unauthenticated, Message: "sign in first"}
	}
	return license.Refusef(license.PermissionMissing, "you may not do this: it is for the operator of the server")
}

// Page says which part of a list is wanted. Lists run newest first.
type Page struct {
	Before int64 // go on below this identity; 0 is the beginning
	Limit  int   // 1 to 1000; 0 is 100
}

// size returns the limit.
func (p Page) size() int {
	if p.Limit == 0 {
		return 100
	}
	return p.Limit
}

// Lengths of what people type, in characters.
const (
	maxName     = 200
	maxNote     = 1000
	maxMetadata = 64 * 1024 // bytes
)

// checkText refuses a text that is too long, empty when it must not be, or not printable.
func checkText(field, text string, least, most int) error {
	n := utf8.RuneCountInString(text)
	switch {
	case n < least && n == 0:
		return license.Invalidf(field, "it must not be empty")
	case n < least || n > most:
		return license.Invalidf(field, "it has %d to %d characters", least, most)
	case !utf8.ValidString(text):
		return license.Invalidf(field, "it is not valid UTF-8")
	}
	for _, r := range text {
		if unicode.IsControl(r) {
			return license.Invalidf(field, "it must not hold control characters")
		}
	}
	return nil
}

// checkNote refuses what is no note: up to 1000 characters, over several lines if need be.
func checkNote(note string) error {
	return checkText("note", strings.NewReplacer("\n", "", "\r", "", "\t", "").Replace(note), 0, maxNote)
}

// checkCode refuses what is no code: 2 to 64 letters, digits, hyphens, dots and underscores, not digits
// alone, since those name things by number.
func checkCode(code string) error {
	digits := 0
	for _, r := range code {
		switch {
		case r >= '0' && r <= '9':
			digits++
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r == '-', r == '_', r == '.':
		default:
			return license.Invalidf("code", "a code is made of letters, digits, hyphens, dots and underscores")
		}
	}
	if len(code) < 2 || len(code) > 64 {
		return license.Invalidf("code", "a code has 2 to 64 characters")
	}
	if digits == len(code) {
		return license.Invalidf("code", "a code has at least one letter")
	}
	return nil
}
