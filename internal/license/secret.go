package license

import (
	"fmt"
	"unicode/utf8"
)

// LicenseSecrets are what proves who may look after a license, and what its user told at the first activation. Nothing of it is
// in clear but the address and the vendor's data.
type LicenseSecrets struct {
	Tenant     TenantID
	License    LicenseID
	Password   string // hash; "" is none yet
	Admin      string // hash of the administrator's password; "" is none yet
	SetupKey   []byte // sealed for SetupKeyContext; nil is none yet
	Reset      ResetCode
	AdminReset ResetCode
	Email      string // "" is none
	Data       string // the vendor's own
}

// ResetCode counts as a password until it is used, or its time is over.
type ResetCode struct {
	Digest []byte // keyed; nil is none out
	Until  Time
}

// Out reports whether a code may still be used.
func (c *ResetCode) Out(now Time) bool { return c.Digest != nil && now < c.Until }

// The bounds of what belongs to a license's password (software-dna.md §5.4, §4).
const (
	MaxLicensePassword = 16  // characters
	MaxLicenseData     = 200 // characters
	MaxInfoTag         = 500 // characters
	ResetCodeHours     = 24
	MaxCreditNames     = 5 // of a product
	MaxCreditUse       = 20_000
)

// CheckLicensePassword refuses as Invalid a new password that has not 1 to 16 characters, or holds control characters.
func CheckLicensePassword(field, password string) error {
	n := utf8.RuneCountInString(password)
	if n < 1 || n > MaxLicensePassword || !printable(password) {
		return Invalidf(field, "a password has 1 to %d printable characters", MaxLicensePassword)
	}
	return nil
}

// HasAdministrator reports whether somebody looks after a license for all its users: multi-user and floating ones (S2-06).
func (t *Terms) HasAdministrator() bool { return t.Password == SharedPassword }

// SetupKeyContext is what the setup key is sealed for.
func (s *LicenseSecrets) SetupKeyContext() string {
	return fmt.Sprintf("license/%d/%d/setup-key", s.Tenant, s.License)
}
