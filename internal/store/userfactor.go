package store

import (
	"fmt"

	"licet/internal/license"
)

// UserFactor is what a platform user makes codes from. Both secrets are sealed for [UserFactorContext].
type UserFactor struct {
	SecondFactor
	Since license.Time // when the secret was confirmed
}

// UserFactorContext is what the secrets of a platform user's second factor are sealed for.
func UserFactorContext(user license.UserID) string {
	return fmt.Sprintf("platform_user/%d/totp", user)
}

// RecoveryContext is what the recovery codes of a platform user are digested for.
func RecoveryContext(user license.UserID) string {
	return fmt.Sprintf("platform_user/%d/recovery", user)
}

const findUserFactor = `
SELECT secret, since, step, pending, pending_until
  FROM user_factors
 WHERE user_id = $1`

// FindUserFactor returns what a platform user makes codes from; the zero value when there is nothing.
func (tx *Tx) FindUserFactor(user license.UserID) (f UserFactor, err error) {
	_, err = tx.one(findUserFactor, []any{user}, userFactorInto(&f)...)
	return f, err
}

func userFactorInto(f *UserFactor) []any {
	return []any{&f.Secret, &f.Since, &f.Step, &f.Pending, &f.PendingUntil}
}

const lockUserFactor = `
INSERT INTO user_factors (user_id) VALUES ($1)
ON CONFLICT (user_id) DO UPDATE SET step = user_factors.step
RETURNING secret, since, step, pending, pending_until`

// LockUserFactor is FindUserFactor for a change: nobody else changes it until the end of the transaction.
func (tx *Tx) LockUserFactor(user license.UserID) (f UserFactor, err error) {
	_, err = tx.one(lockUserFactor, []any{user}, userFactorInto(&f)...)
	return f, err
}

const saveUserFactor = `
UPDATE user_factors SET secret = $2, since = $3, step = $4, pending = $5, pending_until = $6
 WHERE user_id = $1`

const dropUserFactor = `DELETE FROM user_factors WHERE user_id = $1`

// SaveUserFactor stores what LockUserFactor has locked; one without secrets leaves nothing behind.
func (tx *Tx) SaveUserFactor(user license.UserID, f *UserFactor) error {
	if f.Secret == nil && f.Pending == nil {
		return tx.run(dropUserFactor, user)
	}
	return tx.run(saveUserFactor, user, f.Secret, f.Since, f.Step, f.Pending, f.PendingUntil)
}

const takeUserStep = `UPDATE user_factors SET step = $2 WHERE user_id = $1 AND step < $2`

// TakeUserStep notes the step of a code that was taken; false where one of it or of a later one was before.
func (tx *Tx) TakeUserStep(user license.UserID, step int64) (bool, error) {
	n, err := tx.affected(takeUserStep, user, step)
	return n == 1, err
}

const (
	dropRecoveryCodes  = `DELETE FROM user_recovery_codes WHERE user_id = $1`
	insertRecoveryCode = `INSERT INTO user_recovery_codes (user_id, digest) VALUES ($1, $2) ON CONFLICT (user_id, digest) DO NOTHING`
)

// SaveRecoveryCodes stores the digests of a platform user's recovery codes in place of those there were; none is none.
func (tx *Tx) SaveRecoveryCodes(user license.UserID, digests [][]byte) error {
	if err := tx.run(dropRecoveryCodes, user); err != nil {
		return err
	}
	for _, digest := range digests {
		if err := tx.run(insertRecoveryCode, user, digest); err != nil {
			return err
		}
	}
	return nil
}

const hasRecoveryCode = `SELECT COUNT(*) FROM user_recovery_codes WHERE user_id = $1 AND digest = $2`

// HasRecoveryCode reports whether a platform user has a recovery code that was not used.
func (tx *Tx) HasRecoveryCode(user license.UserID, digest []byte) (bool, error) {
	var n int64
	_, err := tx.one(hasRecoveryCode, []any{user, digest}, &n)
	return n > 0, err
}

const dropRecoveryCode = `DELETE FROM user_recovery_codes WHERE user_id = $1 AND digest = $2`

// DropRecoveryCode uses a recovery code up; false when it was used before.
func (tx *Tx) DropRecoveryCode(user license.UserID, digest []byte) (bool, error) {
	n, err := tx.affected(dropRecoveryCode, user, digest)
	return n == 1, err
}

const countRecoveryCodes = `SELECT COUNT(*) FROM user_recovery_codes WHERE user_id = $1`

// CountRecoveryCodes returns how many recovery codes of a platform user were not used.
func (tx *Tx) CountRecoveryCodes(user license.UserID) (n int64, err error) {
	_, err = tx.one(countRecoveryCodes, []any{user}, &n)
	return n, err
}
