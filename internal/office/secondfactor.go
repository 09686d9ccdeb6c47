package office

import (
	"context"

	"licet/internal/identity"
	"licet/internal/license"
)

// SecondFactor is what a platform user signs in with besides the password.
type SecondFactor struct {
	TOTPSince    license.Time // since when codes are asked for; 0 is off
	RecoveryLeft int          // recovery codes that were not used
	Passkeys     []Passkey
}

// Passkey is a key that a platform user signs in with, in place of the password and the second factor.
type Passkey struct {
	ID      license.PasskeyID
	Name    string
	Created license.Time
	Used    license.Time // last; 0 is never
}

// TOTPStart is what an authenticator app is set up with.
type TOTPStart struct {
	Secret identity.Secret // base32, to type in
	URI    string          // otpauth://…, for a QR code; it holds the secret
}

func (o *Office) FindSecondFactor(ctx context.Context, actor identity.Actor) (SecondFactor, error) {
	return SecondFactor{}, errNotYet()
}
func (o *Office) BeginTOTP(ctx context.Context, actor identity.Actor) (TOTPStart, error) {
	return TOTPStart{}, errNotYet()
}

func (o *Office) ConfirmTOTP(ctx context.Context, actor identity.Actor, code string) (recovery []identity.Secret, err error) {
	return nil, errNotYet()
}

func (o *Office) DropTOTP(ctx context.Context, actor identity.Actor, password identity.Secret, v Visitor) error {
	return errNotYet()
}

func (o *Office) RenewRecoveryCodes(ctx context.Context, actor identity.Actor, password identity.Secret, v Visitor) ([]identity.Secret, error) {
	return nil, errNotYet()
}
