package license

import "fmt"

// ProductState tells a product under trial from one that is sold (software_DNA).
type ProductState string

const (
	ProductTesting ProductState = "testing"
	ProductActive  ProductState = "active"
)

// AuthMethod is how an end user proves the right to use a product. It is fixed at creation.
type AuthMethod string

const (
	ByKey  AuthMethod = "license-key" // whoever knows the license key
	ByUser AuthMethod = "user"        // a license user with a password
)

// Product is what is sold, as far as rules and dialects see it.
type Product struct {
	ID       ProductID
	Tenant   TenantID
	Number   int64  // unique over the whole server; RMZ calls it product_id
	Code     string // unique per tenant; LicenseSpring calls it short_code
	Name     string
	State    ProductState
	Auth     AuthMethod
	Disabled bool   // no new licenses, no new activations; running devices go on
	Archived bool   // no new activations either; hidden from lists
	Metadata string // the vendor's own JSON, returned to clients; "" is none
	Bundle   bool   // it stands for other products: its licenses share one key
	E2EEKey  []byte // sealed AES key for RMZ answers; nil when they go in clear

	AddressRuled bool // an address rule that is not off may concern its licenses
}

// SealContext is what the product's end-to-end key is sealed for: only with it does the key open.
func (p *Product) SealContext() string {
	return fmt.Sprintf("product-e2ee/%d/%d", p.Tenant, p.ID)
}

// Policy is a template for the terms of new licenses of one product.
type Policy struct {
	ID       PolicyID
	Tenant   TenantID
	Product  ProductID
	Code     string // unique per product, unchangeable
	Name     string
	Default  bool // used when an issue names no policy; exactly one per product
	Archived bool
	Terms    Terms
	Created  Time
	Revision int64
}
