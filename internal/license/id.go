package license

import "strconv"

// Identities are 64-bit integers made in Go, at most 2^53-1 so that every wire can carry them as
// numbers, growing with time. Each noun has a type of its own, so a mix-up does not compile.
// Zero means "none".
type (
	TenantID      int64 // a vendor company
	UserID        int64 // a platform user
	APIKeyID      int64 // a credential of a caller
	ProductID     int64 // what is sold
	PolicyID      int64 // a template for licenses
	OrderID       int64 // what every license hangs on
	CustomerID    int64 // a buyer
	LicenseID     int64 // the right to use
	DeviceID      int64 // a machine known on a license
	LicenseUserID int64 // an end user who holds licenses
	EventID       int64 // a fact

	CustomerAccountID int64 // a company whose people sign in elsewhere
	AppKeyID          int64 // what apps identify themselves with
	LevelID           int64 // a level of an application
	SellerKeyID       int64 // what a vendor's bots and shops identify themselves with
	ReservationID     int64 // units that are kept for somebody
	AddressRuleID     int64 // a rule about from where licenses may be used
	WebSessionID      int64 // a signed-in browser of a platform user
	PasskeyID         int64 // a key that a platform user signs in with
	InvitationID      int64 // what somebody was invited to a tenant with
)

// MaxID is the largest identity: the largest integer that every JSON reader keeps exactly.
const MaxID = 1<<53 - 1

// ParseID reads a decimal identity in 1..MaxID.
func ParseID(text string) (int64, bool) {
	if text == "" || text[0] > '9' {
		return 0, false // A word, as it mostly is where both may stand: an error would be made for nobody.
	}
	n, err := strconv.ParseInt(text, 10, 64)
	return n, err == nil && n > 0 && n <= MaxID
}
