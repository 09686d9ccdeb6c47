package office

import (
	"context"
	"io"
	"strings"
	"time"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/store"
)

const (
	factorIssuer   = "Licet"          // what authenticator apps show above a code
	enrollmentTime = 30 * time.Minute // how long a new secret waits for its first code
	recoveryCodes  = 10
	recoveryText   = "*****-*****" // 49 random bits
	codeDigits     = 6
	maxCode        = 64 // bytes of what somebody types as a code
)

// SecondFactor is what a platform user signs in with besides the password.
type SecondFactor struct {
	TOTPSince    license.Time // since when codes are asked for; 0 is off
	RecoveryLeft int          // recovery codes that were not used
	Passkeys     []Passkey    // the oldest first
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

// asksMore reports whether a platform user signs in with a second factor.
func asksMore(tx *store.Tx, user license.UserID) (bool, error) {
	if user == 0 {
		return false, nil
	}
	f, err := tx.FindUserFactor(user)
	return f.Secret != nil, err
}

// SignInSecondFactor goes on with a pending session: code is what the authenticator app shows, or a recovery code. The session is another
// one from then on, with a token of its own.
//
// It is unauthenticated where the session has ended, second_factor_wrong for a wrong code, also for one that was taken before: each is
// good once. Wrong codes count as wrong passwords do, and a locked account says login_locked whatever the code is (S0-44, S0-48).
func (o *Office) SignInSecondFactor(ctx context.Context, token identity.Secret, code string, v Visitor) (s WebSession, next identity.Secret, err error) {
	hash, ok := tokenHash(token, kindSession)
	if !ok {
		return WebSession{}, "", errSignedOut()
	}
	var refused error
	err = o.d.Store.Write(ctx, func(tx *store.Tx) error {
		row, u, _, err := o.liveSession(tx, hash)
		if err == nil && !row.Pending {
			err = errSignedOut()
		}
		if err != nil {
			return err
		}
		cred := store.Credentials{PlatformUser: u}
		guards, err := o.guards(tx, &cred, u.Email, v.Address)
		if err != nil {
			return err
		}
		// From here on nobody else tries a code of this account.
		if err := tx.HoldGuards(guards, o.d.Now()); err != nil {
			return err
		}
		shown, err := o.showCode(tx, u.ID, code)
		if err != nil {
			return err
		}
		if refused, err = o.count(tx, guards, &cred, shown.right, v.Address); err != nil || refused != nil {
			return err
		}
		if err := shown.use(tx, u.ID); err != nil {
			return err
		}
		pending, err := tx.DropWebSession(hash)
		if err == nil && !pending {
			err = errSignedOut()
		}
		if err != nil {
			return err
		}
		s, next, err = o.openSession(tx, u, v, opening{with: shown.with, tenant: row.Tenant})
		return err
	})
	if err == nil {
		err = refused
	}
	if license.ReasonOf(err) == license.CredentialsWrong {
		err = license.Refuse(license.SecondFactorWrong)
	}
	return done(s, next, err)
}

// shownCode is what a code turned out to be.
type shownCode struct {
	right  bool
	with   string
	step   int64  // of a code of the app
	digest []byte // of a recovery code
}

// showCode looks a code up without using it. A code of the app that was right and taken before is refused: it is no guess.
func (o *Office) showCode(tx *store.Tx, user license.UserID, code string) (shownCode, error) {
	code = plainCode(code)
	if len(code) == codeDigits && strings.Trim(code, "0123456789") == "" {
		f, err := tx.FindUserFactor(user)
		if err != nil || f.Secret == nil {
			return shownCode{}, err
		}
		step, right, err := o.checkTOTP(user, f.Secret, code)
		if err == nil && right && step <= f.Step {
			err = errCodeTaken()
		}
		return shownCode{right: right, with: "totp", step: step}, err
	}
	for _, digest := range o.d.Keyring.SecretDigests(store.RecoveryContext(user), code) {
		if has, err := tx.HasRecoveryCode(user, digest); err != nil || has {
			return shownCode{right: has, with: "recovery_code", digest: digest}, err
		}
	}
	return shownCode{}, nil
}

// use makes sure that a right code is good once.
func (c *shownCode) use(tx *store.Tx, user license.UserID) error {
	var first bool
	var err error
	if c.digest != nil {
		first, err = tx.DropRecoveryCode(user, c.digest)
	} else {
		first, err = tx.TakeUserStep(user, c.step)
	}
	if err == nil && !first {
		err = errCodeTaken()
	}
	return err
}

func errCodeTaken() error {
	return license.Refusef(license.SecondFactorWrong, "the code was used; wait for the next one")
}

// plainCode is a code as it is compared, however it was typed.
func plainCode(code string) string {
	code = strings.ToUpper(strings.NewReplacer(" ", "", "-", "", "\t", "").Replace(strings.TrimSpace(code)))
	return code[:min(len(code), maxCode)]
}

// checkTOTP compares a code with a sealed secret.
func (o *Office) checkTOTP(user license.UserID, sealed []byte, code string) (step int64, right bool, err error) {
	secret, err := o.d.Keyring.Open(store.UserFactorContext(user), sealed)
	if err != nil {
		return 0, false, license.Wrap(license.Internal, "the second factor cannot be read; is this the right master key?", err)
	}
	step, right = identity.CheckTOTP(secret, code, o.d.Now())
	return step, right, nil
}

// FindSecondFactor returns what the actor, a platform user, signs in with besides the password.
func (o *Office) FindSecondFactor(ctx context.Context, actor identity.Actor) (f SecondFactor, err error) {
	if err := self(actor); err != nil {
		return f, err
	}
	err = o.d.Store.Read(ctx, func(tx *store.Tx) error {
		f = SecondFactor{}
		row, err := tx.FindUserFactor(actor.User)
		if err != nil {
			return err
		}
		f.TOTPSince = row.Since
		left, err := tx.CountRecoveryCodes(actor.User)
		if err != nil {
			return err
		}
		f.RecoveryLeft = int(left)
		keys, err := tx.ListPasskeys(actor.User)
		for i := range keys {
			f.Passkeys = append(f.Passkeys, viewPasskey(&keys[i]))
		}
		return err
	})
	return f, err
}

// BeginTOTP makes a secret for the actor's authenticator app. Nothing changes until [Office.ConfirmTOTP] has seen a code of it, within 30
// minutes; meanwhile asking again gives the same. It refuses with second_factor_on.
func (o *Office) BeginTOTP(ctx context.Context, actor identity.Actor) (start TOTPStart, err error) {
	if err := self(actor); err != nil {
		return start, err
	}
	fresh := make([]byte, identity.TOTPSecretSize)
	if _, err := io.ReadFull(o.d.Rand, fresh); err != nil {
		return start, err
	}
	var secret []byte
	err = o.d.Store.Write(ctx, func(tx *store.Tx) error {
		secret = fresh
		f, err := tx.LockUserFactor(actor.User)
		if err == nil && f.Secret != nil {
			err = license.Refuse(license.SecondFactorOn)
		}
		if err != nil {
			return err
		}
		now, sealedFor := o.d.Now(), store.UserFactorContext(actor.User)
		if f.Pending != nil && now < f.PendingUntil {
			if secret, err = o.d.Keyring.Open(sealedFor, f.Pending); err == nil {
				return nil
			}
			secret = fresh // Another master key sealed it: it is of no use.
		}
		f.Pending, f.PendingUntil = o.d.Keyring.Seal(sealedFor, fresh), now.Add(enrollmentTime)
		return tx.SaveUserFactor(actor.User, &f)
	})
	if err != nil {
		return TOTPStart{}, err
	}
	return TOTPStart{Secret: identity.Secret(identity.TOTPText(secret)), URI: identity.TOTPURI(factorIssuer, actor.Name, secret)}, nil
}

// ConfirmTOTP asks the actor for codes from now on, with the first code of the secret that BeginTOTP gave, and returns ten recovery codes,
// each of which stands for a code once. They are shown this once. It refuses with second_factor_on, second_factor_late where nothing was
// begun within 30 minutes, and second_factor_wrong.
func (o *Office) ConfirmTOTP(ctx context.Context, actor identity.Actor, code string) (recovery []identity.Secret, err error) {
	if err := self(actor); err != nil {
		return nil, err
	}
	recovery, digests, err := o.makeRecoveryCodes(actor.User)
	if err != nil {
		return nil, err
	}
	err = o.d.Store.Write(ctx, func(tx *store.Tx) error {
		f, err := tx.LockUserFactor(actor.User)
		now := o.d.Now()
		switch {
		case err != nil:
			return err
		case f.Secret != nil:
			return license.Refuse(license.SecondFactorOn)
		case f.Pending == nil || now >= f.PendingUntil:
			return license.Refuse(license.SecondFactorLate)
		}
		step, right, err := o.checkTOTP(actor.User, f.Pending, plainCode(code))
		if err == nil && !right {
			err = license.Refuse(license.SecondFactorWrong)
		}
		if err != nil {
			return err
		}
		confirmed := store.UserFactor{SecondFactor: store.SecondFactor{Secret: f.Pending, Step: step}, Since: now}
		if err := tx.SaveUserFactor(actor.User, &confirmed); err != nil {
			return err
		}
		if err := tx.SaveRecoveryCodes(actor.User, digests); err != nil {
			return err
		}
		return o.noteFactor(tx, actor, license.FactorEnabled, nil)
	})
	if err != nil {
		return nil, err
	}
	return recovery, nil
}

// makeRecoveryCodes makes codes and the digests that they are recognised by.
func (o *Office) makeRecoveryCodes(user license.UserID) (codes []identity.Secret, digests [][]byte, err error) {
	for range recoveryCodes {
		text, err := license.Mask{Text: recoveryText}.Generate(o.d.Rand)
		if err != nil {
			return nil, nil, err
		}
		codes = append(codes, identity.Secret(text))
		digests = append(digests, o.d.Keyring.SecretDigest(store.RecoveryContext(user), plainCode(text)))
	}
	return codes, digests, nil
}

func (o *Office) noteFactor(tx *store.Tx, actor identity.Actor, kind license.EventKind, data map[string]any) error {
	return toTenants(tx, actor.User, actor, o.d.Now(), license.Event{Kind: kind, Subject: int64(actor.User), Data: data})
}

// DropTOTP asks the actor for no codes any more, and forgets the recovery codes. The password is asked for behind the same lockouts as at
// sign-in (S0-48). It refuses with second_factor_off.
func (o *Office) DropTOTP(ctx context.Context, actor identity.Actor, password identity.Secret, v Visitor) error {
	if _, err := o.proveSelf(ctx, actor, password, v); err != nil {
		return err
	}
	return o.d.Store.Write(ctx, func(tx *store.Tx) error {
		if err := lockTOTP(tx, actor.User); err != nil {
			return err
		}
		if err := dropTOTP(tx, actor.User); err != nil {
			return err
		}
		return o.noteFactor(tx, actor, license.FactorDisabled, nil)
	})
}

// lockTOTP keeps others from changing the second factor of somebody who has one.
func lockTOTP(tx *store.Tx, user license.UserID) error {
	f, err := tx.LockUserFactor(user)
	if err == nil && f.Secret == nil {
		err = license.Refuse(license.SecondFactorOff)
	}
	return err
}

func dropTOTP(tx *store.Tx, user license.UserID) error {
	if err := tx.SaveUserFactor(user, &store.UserFactor{}); err != nil {
		return err
	}
	return tx.SaveRecoveryCodes(user, nil)
}

// RenewRecoveryCodes gives the actor ten new recovery codes in place of those there are. The password is asked for as with DropTOTP. It
// refuses with second_factor_off.
func (o *Office) RenewRecoveryCodes(ctx context.Context, actor identity.Actor, password identity.Secret, v Visitor) ([]identity.Secret, error) {
	if _, err := o.proveSelf(ctx, actor, password, v); err != nil {
		return nil, err
	}
	codes, digests, err := o.makeRecoveryCodes(actor.User)
	if err != nil {
		return nil, err
	}
	err = o.d.Store.Write(ctx, func(tx *store.Tx) error {
		if err := lockTOTP(tx, actor.User); err != nil {
			return err
		}
		if err := tx.SaveRecoveryCodes(actor.User, digests); err != nil {
			return err
		}
		return o.noteFactor(tx, actor, license.RecoveryCodesMade, nil)
	})
	if err != nil {
		return nil, err
	}
	return codes, nil
}

// ResetSecondFactor takes codes, recovery codes and passkeys from somebody who has lost them, and ends their sessions: then they sign in
// with the password alone. It is for the operator, who may leave the tenant open.
func (o *Office) ResetSecondFactor(ctx context.Context, actor identity.Actor, ref string) error {
	if err := onlyOperator(actor); err != nil {
		return err
	}
	return o.d.Store.Write(ctx, func(tx *store.Tx) error {
		u, err := findAccount(tx, actor, ref)
		if err != nil {
			return err
		}
		f, err := tx.LockUserFactor(u.ID)
		if err != nil {
			return err
		}
		if err := dropTOTP(tx, u.ID); err != nil {
			return err
		}
		keys, err := tx.DropPasskeys(u.ID)
		if err != nil {
			return err
		}
		if _, err := tx.DropWebSessions(u.ID, 0); err != nil {
			return err
		}
		return toTenants(tx, u.ID, actor, o.d.Now(), license.Event{Kind: license.FactorReset, Subject: int64(u.ID),
			Data: map[string]any{"email": u.Email, "codes": f.Secret != nil, "passkeys": keys}})
	})
}
