package license

import "time"

// Standing is what people decided about a license. Whether it is used or expired is derived from
// its dates at each read; no job changes a standing.
type Standing string

const (
	Enabled   Standing = "enabled"
	Suspended Standing = "suspended" // for now; can be resumed
	Revoked   Standing = "revoked"   // for ever
)

// License is the right to use, as rules and dialects see it. The vendor's note is not here on
// purpose: nothing that answers a client can leak it (S1-25); see [LicenseRecord].
type License struct {
	ID       LicenseID
	Tenant   TenantID
	Product  ProductID
	Order    OrderID    // never zero (S0-07)
	Policy   PolicyID   // the template it was issued from; 0 when none
	Customer CustomerID // 0 when none
	Key      string     // unique per product ignoring letter case; "" for a user-based license

	Standing          Standing
	Withheld          bool   // its order is not completed yet: as if it did not exist
	RedemptionBlocked bool   // banned: nobody new may redeem it, who did keeps going
	BlockReason       string // why, shown where a dialect shows it

	Terms *Terms // shared and unchangeable; copy before changing

	IssuedAt        Time
	NotBefore       Time // no activation earlier than this; 0 is none
	StartedAt       Time // when the duration began; 0 is not yet
	ExpiresAt       Time // 0 is never, or not started yet
	MaintainedUntil Time // 0 is never, or not started yet
	FirstUsedAt     Time // first activation or redemption; 0 is "not used"

	Activated   int64    // devices that hold an activation now
	Transfers   int64    // moves to another device so far
	FreedDevice DeviceID // last device freed whose move is not counted yet; 0 is none
	Used        int64    // units used in the period that began at UsedSince
	UsedSince   Time

	Metadata string // the vendor's own JSON, returned to clients; "" is none
	Revision int64  // grows with every change
}

// IsUsed reports whether the license has ever been activated or redeemed.
func (l *License) IsUsed() bool { return l.FirstUsedAt != 0 }

// LicenseRecord is a license with what only the vendor's people see.
type LicenseRecord struct {
	License
	Note string // never sent to a client
}

// BindKind says what a device is known by.
type BindKind string

const (
	BoundToHardware BindKind = "hwid"
	BoundToAddress  BindKind = "ip"
)

// Binding is what a device is known by on a license.
type Binding struct {
	Kind  BindKind
	Value string // compared exactly
}

// SeenEvery is how exactly it is kept when a device last asked: one that asks more often is noted once
// in so long, so that a check stays a read.
const SeenEvery = 15 * time.Minute

// Device is a machine known on a license. It stays known after it is freed.
type Device struct {
	ID          DeviceID
	License     LicenseID
	Binding     Binding
	Name        string // host name, as the client told it
	AppVersion  string
	Address     string // network address at the last activation
	Active      bool   // holds an activation
	Blocked     bool   // refused by the vendor
	FirstSeen   Time
	ActivatedAt Time
	FreedAt     Time
	SeenAt      Time // when it last asked, to a quarter of an hour ([SeenEvery])
}

// Lease is a hold on a floating place that ends by itself.
type Lease struct {
	License  LicenseID
	Device   DeviceID
	Feature  string // "" is the license itself
	Until    Time
	Borrowed bool
}

// Live reports whether the lease still holds its place.
func (l *Lease) Live(now Time) bool { return l != nil && now < l.Until }

// Grant is what one license has used of one feature.
type Grant struct {
	License   LicenseID
	Feature   string
	ExpiresAt Time // 0 is never
	Used      int64
	UsedSince Time
}

// LicenseUser is an end user who holds licenses, per product.
type LicenseUser struct {
	ID        LicenseUserID
	Tenant    TenantID
	Product   ProductID
	Name      string // unique per product ignoring letter case
	Email     string
	Banned    bool
	BanReason string
	Created   Time
}

// Redemption is a license assigned to a license user. A KeyAuth subscription is nothing but this.
type Redemption struct {
	License   LicenseID
	User      LicenseUserID
	Level     int64
	StartedAt Time
	ExpiresAt Time // 0 is never
}

// OrderStatus is where an order stands.
type OrderStatus string

const (
	OrderPending   OrderStatus = "pending"   // licenses withheld
	OrderCompleted OrderStatus = "completed" // licenses usable
	OrderCancelled OrderStatus = "cancelled" // licenses revoked
	OrderRefunded  OrderStatus = "refunded"  // licenses revoked
)

// Order is what licenses were bought with. Every license hangs on exactly one.
type Order struct {
	ID          OrderID
	Tenant      TenantID
	Reference   string // the vendor's or a generated order id, unique per tenant, kept byte for byte
	Status      OrderStatus
	Customer    CustomerID // 0 when none
	Trial       bool
	Created     Time
	CompletedAt Time
	Revision    int64
}

// Customer is a buyer.
type Customer struct {
	ID        CustomerID
	Tenant    TenantID
	Email     string // unique per tenant ignoring letter case
	Name      string
	Company   string
	Reference string // the vendor's own id
	Created   Time
}

// Tenant is a vendor company, the owner of all rows.
type Tenant struct {
	ID      TenantID
	Code    string // unique
	Name    string
	Created Time
}
