package office

import (
	"context"

	"licet/internal/identity"
)

// FoundKind is what sort of thing a search found.
type FoundKind string

// The closed list of kinds, in the order in which Find returns them.
const (
	FoundLicense     FoundKind = "license"
	FoundCustomer    FoundKind = "customer"
	FoundOrder       FoundKind = "order"
	FoundLicenseUser FoundKind = "license_user"
	FoundProduct     FoundKind = "product"
)

// Found is one thing that a search found.
type Found struct {
	Kind   FoundKind
	ID     int64  // its identity
	Title  string // what it is called: a key, an e-mail address, a reference, a name
	Detail string // what tells it from others: a product's code, a name, a status
}

// Find looks for what begins with a text, in any letter case but for references of orders: keys of licenses, e-mail addresses of
// customers, references of orders, names and e-mail addresses of license users, codes of products. An identity, all digits, finds what
// has it. It returns at most 5 of each kind that the actor may read, the newest first, and nothing for a text of less than 2
// characters.
func (o *Office) Find(ctx context.Context, actor identity.Actor, text string) ([]Found, error) {
	return nil, nil
}
