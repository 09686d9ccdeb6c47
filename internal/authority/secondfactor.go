package authority

import (
	"context"
	"io"
	"time"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/store"
)

// enrollmentTime is how long a new secret waits for its first code (keyauth.md §7).
const enrollmentTime = 300 * time.Second

// Enrollment is what a user gives their authenticator app. It is shown once.
type Enrollment struct {
	Secret string // in base32
	URI    string // otpauth://…, the same for a QR code
}

// EnableSecondFactor begins a second factor with the code "", and ends it with the first code of the new secret; then the user
// signs in with a code from now on. It refuses with NotSignedIn, SecondFactorOn, SecondFactorLate after 300 seconds and where
// none was begun, SecondFactorWrong, and with LoginLocked and AddressLocked after too many wrong codes.
func (a *Authority) EnableSecondFactor(ctx context.Context, v *Visit, code string) (Enrollment, error) {
	if err := v.SignedIn(); err != nil {
		return Enrollment{}, err
	}
	if code == "" {
		return a.beginSecondFactor(ctx, v)
	}
	return Enrollment{}, a.changeSecondFactor(ctx, v, func(f *store.SecondFactor) error {
		now := a.now()
		switch {
		case f.Secret != nil:
			return license.Refuse(license.SecondFactorOn)
		case f.Pending == nil || now >= f.PendingUntil:
			return license.Refuse(license.SecondFactorLate)
		}
		// The code that confirms may sign in, too: people type what they see.
		_, err := a.checkCode(v.Session.User, &store.SecondFactor{Secret: f.Pending}, code)
		*f = store.SecondFactor{Secret: f.Pending}
		return err
	})
}

func (a *Authority) beginSecondFactor(ctx context.Context, v *Visit) (Enrollment, error) {
	secret := make([]byte, identity.TOTPSecretSize)
	if _, err := io.ReadFull(a.rand, secret); err != nil {
		return Enrollment{}, err
	}
	tenant, user := v.App.Tenant, v.Session.User
	err := a.store.Write(ctx, func(tx *store.Tx) error {
		if _, err := tx.LockApplicationUser(tenant, user); err != nil {
			return err
		}
		f, err := tx.SecondFactorOf(tenant, user)
		if err == nil && f.Secret != nil {
			err = license.Refuse(license.SecondFactorOn)
		}
		if err != nil {
			return err
		}
		f.Pending, f.PendingUntil = a.keyring.Seal(store.SecondFactorContext(user), secret), a.now().Add(enrollmentTime)
		return tx.SaveSecondFactor(tenant, user, &f)
	})
	if err != nil {
		return Enrollment{}, err
	}
	return Enrollment{Secret: identity.TOTPText(secret), URI: identity.TOTPURI(v.App.Name, v.Session.UserName, secret)}, nil
}

// DisableSecondFactor takes the second factor from the user who signed in. It refuses with SecondFactorRequired for no code,
// then with NotSignedIn, SecondFactorOff, SecondFactorWrong, and with LoginLocked and AddressLocked after too many wrong codes.
func (a *Authority) DisableSecondFactor(ctx context.Context, v *Visit, code string) error {
	if code == "" {
		return license.Refuse(license.SecondFactorRequired)
	}
	if err := v.SignedIn(); err != nil {
		return err
	}
	return a.changeSecondFactor(ctx, v, func(f *store.SecondFactor) error {
		if f.Secret == nil {
			return license.Refuse(license.SecondFactorOff)
		}
		// Who is signed in may use the code that they signed in with.
		_, err := a.checkCode(v.Session.User, &store.SecondFactor{Secret: f.Secret}, code)
		*f = store.SecondFactor{}
		return err
	})
}

// changeSecondFactor changes the second factor of who is signed in. A wrong code is counted as a wrong password is.
func (a *Authority) changeSecondFactor(ctx context.Context, v *Visit, change func(*store.SecondFactor) error) error {
	tenant, user := v.App.Tenant, v.Session.User
	var u license.ApplicationUser
	err := a.store.Write(ctx, func(tx *store.Tx) (err error) {
		if u, err = tx.LockApplicationUser(tenant, user); err != nil {
			return err
		}
		if err := a.guardVisit(tx, v, u.Name); err != nil {
			return err
		}
		f, err := tx.SecondFactorOf(tenant, user)
		if err != nil {
			return err
		}
		if err := change(&f); err != nil {
			return err
		}
		if err := tx.SaveSecondFactor(tenant, user, &f); err != nil {
			return err
		}
		return tx.AppendEvents(tenant, v.actor(), a.now(), license.Event{Kind: license.SecondFactorSet, Subject: int64(user),
			Data: map[string]any{"on": f.Secret != nil}})
	})
	if license.ReasonOf(err) == license.SecondFactorWrong {
		return a.guessed(ctx, v, &u, license.SecondFactorWrong)
	}
	return err
}

// errCodeTaken refuses a code that is right and signed somebody in before. It is no guess, so it is not counted as one.
var errCodeTaken = license.Refusef(license.SecondFactorWrong, "the code was used; wait for the next one")

// checkCode returns the step of a user's code; 0 where they have no second factor. SecondFactorRequired for no code,
// SecondFactorWrong for one that is wrong, and errCodeTaken for one that was taken before.
func (a *Authority) checkCode(user license.LicenseUserID, f *store.SecondFactor, code string) (int64, error) {
	switch {
	case f.Secret == nil:
		return 0, nil
	case code == "":
		return 0, license.Refuse(license.SecondFactorRequired)
	}
	secret, err := a.keyring.Open(store.SecondFactorContext(user), f.Secret)
	if err != nil {
		return 0, err
	}
	step, ok := identity.CheckTOTP(secret, code, a.now())
	switch {
	case !ok:
		return 0, license.Refuse(license.SecondFactorWrong)
	case step <= f.Step:
		return 0, errCodeTaken
	}
	return step, nil
}
