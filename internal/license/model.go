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

	Metadata     string    // the vendor's own JSON, returned to clients; "" is none
	CustomFields string    // values of the product's custom fields as a JSON array of CustomField; "" is none
	Bundle       LicenseID // license of the bundle it is part of; 0 is none
	Revision     int64     // grows with every change
}

// IsUsed reports whether the license has ever been activated or redeemed.
func (l *License) IsUsed() bool { return l.FirstUsedAt != 0 }

// LicenseRecord is a license with what only the vendor's people see.
type LicenseRecord struct {
	License
	Note      string // never sent to a client
	CreatedBy string // who made it, in the vendor's words; "" is not said
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
	Info        string        // what else the client told about the machine, as JSON; "" is nothing
	User        LicenseUserID // who activated it; 0 is nobody known
	Address     string        // network address at the last activation
	Active      bool          // holds an activation
	Blocked     bool          // refused by the vendor
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

// LicenseUser is an end user who holds licenses: of one product, or of all products of the tenant whose
// users sign in ([ByUser]).
type LicenseUser struct {
	ID              LicenseUserID
	Tenant          TenantID
	Product         ProductID // 0 is all of the tenant
	Name            string    // unique per product, or per tenant, ignoring letter case; often an e-mail address
	Email           string
	FirstName       string
	LastName        string
	Phone           string
	Customer        CustomerID // whose people they are of; 0 is nobody's
	InitialPassword bool       // the password was given to them, and they have not changed it yet (S0-55)
	Banned          bool
	BanReason       string
	Created         Time
}

// Redemption is a license assigned to a license user. A KeyAuth subscription is nothing but this.
type Redemption struct {
	License   LicenseID
	User      LicenseUserID
	LevelID   LevelID // the level of an application that it grants; 0 is none
	Level     int64   // its number, or that of the license
	StartedAt Time    // 0 is assigned and not used yet
	ExpiresAt Time    // 0 is never
	PausedAt  Time    // no time runs since; 0 is not paused
	Added     bool    // to what the user had: it is not what they came with
}

// Variable is something an app stored about a device.
type Variable struct {
	ID      int64
	License LicenseID
	Device  DeviceID
	Name    string // unique per device
	Value   string
	Created Time
}

// CustomField is a named value that a vendor attaches to licenses: on a product it says the default, on a
// license the value.
type CustomField struct {
	ID    int64  `json:"id,omitempty"`
	Name  string `json:"name"`
	Type  string `json:"data_type"` // number, text or date/time
	Value string `json:"value"`
}

// Version is a release of a product that apps may load.
type Version struct {
	ID              int64
	Tenant          TenantID
	Product         ProductID
	Version         string // unique per product, environment and channel
	Channel         string // "" is the usual one
	Environment     string // win, win32, win64, mac, linux, linux32, linux64; "" is any
	URL             string // where the file is
	Filename        string
	HashMD5         string
	EULALink        string
	NotesLink       string
	Size            string // as the vendor writes it
	RequiresVersion string // the oldest version that can be updated to this one
	Enabled         bool
	ReleasedAt      Time
	Created         Time
	Updated         Time
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
	FirstName string
	LastName  string
	Phone     string
	Address   string
	City      string
	Postcode  string
	State     string
	Country   string
	Metadata  string            // the vendor's own JSON; "" is none
	Account   CustomerAccountID // the company it belongs to; 0 is none
	Created   Time
}

// CustomerAccount is a company whose people sign in at an identity provider of their own.
type CustomerAccount struct {
	ID       CustomerAccountID
	Tenant   TenantID
	Code     string // unique per tenant
	Name     string
	Issuer   string // of OpenID Connect; "" is no single sign-on
	ClientID string
	Created  Time
}

// Tenant is a vendor company, the owner of all rows.
type Tenant struct {
	ID      TenantID
	Code    string // unique
	Name    string
	Created Time
}
