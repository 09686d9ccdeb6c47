package authority

import (
	"bytes"
	"context"
	"crypto/hmac"
	"fmt"
	"strings"
	"time"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/store"
)

// The masks of what the server makes up: a reset code fits where a password is asked for (software-dna.md §5.5).
const (
	resetCodeMask = "**********"
	setupKeyMask  = "****-****-****-****"
)

// passwordKind is one of the two passwords that a license may have.
type passwordKind struct {
	name  string
	event license.EventKind
	wrong license.Reason
	fits  func(*matter) error
	of    func(*license.LicenseSecrets) (hash *string, reset *license.ResetCode)
	mail  store.MailKind // when it was changed
	code  store.MailKind // with a reset code
}

func licensePassword() passwordKind {
	return passwordKind{
		name: "license", event: license.LicensePasswordSet, wrong: license.LicensePasswordWrong,
		fits: func(m *matter) error {
			if m.license.Terms.Password == license.NoPassword {
				return license.Refuse(license.NoLicensePassword)
			}
			return nil
		},
		of:   func(s *license.LicenseSecrets) (*string, *license.ResetCode) { return &s.Password, &s.Reset },
		mail: store.MailPasswordChanged, code: store.MailResetCode,
	}
}

func adminPassword() passwordKind {
	return passwordKind{
		name: "admin", event: license.AdminPasswordSet, wrong: license.AdminPasswordWrong, fits: administered,
		of:   func(s *license.LicenseSecrets) (*string, *license.ResetCode) { return &s.Admin, &s.AdminReset },
		mail: store.MailAdminChanged, code: store.MailAdminResetCode,
	}
}

func administered(m *matter) error {
	if !m.license.Terms.HasAdministrator() {
		return license.Refuse(license.NoAdministrator)
	}
	return nil
}

// proof says how somebody proved that they may, and whether that is still so.
type proof struct {
	by    string // password, reset_code or setup_key
	holds func(s *license.LicenseSecrets, now license.Time) bool
}

// ChangeLicensePassword gives a license another password for the current one, or for a reset code that is out (software-dna.md §5.1).
// It refuses a next one that is none as Invalid, of the field new_password, and then in this order with AppKeyReadOnly, AddressLocked,
// ProductUnknown, KeyUnknown, NoLicensePassword, LicensePasswordWrong and TestRefused.
//
// Of many at once with the same password or code one changes it, and the others are refused with LicensePasswordWrong: that is not counted
// against their address, since what they showed was right when it was looked at.
func (a *Authority) ChangeLicensePassword(ctx context.Context, c SecretCall, current, next identity.Secret) error {
	k := licensePassword()
	return a.setPassword(ctx, &c, &k, next, func(m *matter) (proof, error) { return a.provePassword(ctx, m, &k, current) })
}

// AdminProof is what somebody shows who wants another administrator's password. Exactly one of them is set.
type AdminProof struct {
	Password identity.Secret // the current one, or a reset code
	SetupKey identity.Secret // in any letter case; it may be used again
}

// SetAdminPassword sets the administrator's password of a license (software-dna.md §5.2). It refuses as ChangeLicensePassword does, with
// NoAdministrator, and with AdminPasswordWrong or SetupKeyWrong. Both proofs, and none, are Invalid.
func (a *Authority) SetAdminPassword(ctx context.Context, c SecretCall, by AdminProof, next identity.Secret) error {
	if (by.Password == "") == (by.SetupKey == "") {
		return license.Invalidf("password", "give either the password of the administrator or the setup key")
	}
	k := adminPassword()
	return a.setPassword(ctx, &c, &k, next, func(m *matter) (proof, error) {
		if by.SetupKey != "" {
			return a.proveSetupKey(ctx, m, by.SetupKey)
		}
		return a.provePassword(ctx, m, &k, by.Password)
	})
}

// CheckAdminPassword refuses as SetAdminPassword does unless the password is the administrator's; a reset code is not. It changes nothing.
func (a *Authority) CheckAdminPassword(ctx context.Context, c SecretCall, password identity.Secret) error {
	k := adminPassword()
	m, err := a.enterMatter(ctx, &c, false, k.fits)
	if err == nil {
		err = a.verify(ctx, &m, &k, password)
	}
	if err == nil {
		err = a.tried(ctx, &m)
	}
	if err != nil {
		return err
	}
	return a.store.Read(ctx, func(tx *store.Tx) error { return a.guardAddress(tx, &c) })
}

// setPassword gives a license another password of a kind, for a proof. Nothing is hashed inside a transaction.
func (a *Authority) setPassword(ctx context.Context, c *SecretCall, k *passwordKind, next identity.Secret, prove func(*matter) (proof, error)) error {
	if err := license.CheckLicensePassword("new_password", next.Reveal()); err != nil {
		return err
	}
	m, err := a.enterMatter(ctx, c, true, k.fits)
	if err != nil {
		return err
	}
	p, err := prove(&m)
	if err == nil {
		err = a.tried(ctx, &m)
	}
	if err != nil {
		return err
	}
	hash, err := a.hasher.Hash(ctx.Done(), next.Reveal())
	if err != nil {
		return err
	}
	return a.alter(ctx, &m, func(tx *store.Tx, now license.Time, l *license.License, s *license.LicenseSecrets) error {
		if !p.holds(s, now) {
			return license.Refuse(k.wrong)
		}
		kept, reset := k.of(s)
		*kept, *reset = string(hash), license.ResetCode{}
		if err := m.keep(tx, now, s, license.Event{Kind: k.event, License: l.ID, Data: map[string]any{"by": p.by}}); err != nil {
			return err
		}
		return a.tell(tx, &m, now, s.Email, k.mail, store.MailData{})
	})
}

// keep stores the secrets of a license with what happened to them.
func (m *matter) keep(tx *store.Tx, now license.Time, s *license.LicenseSecrets, events ...license.Event) error {
	if err := tx.SaveLicenseSecrets(s); err != nil {
		return err
	}
	return tx.AppendEvents(s.Tenant, m.call.actor(), now, events...)
}

// provePassword takes the password of a kind, or a reset code of that kind; anything else is counted, and refused.
func (a *Authority) provePassword(ctx context.Context, m *matter, k *passwordKind, said identity.Secret) (proof, error) {
	_, reset := k.of(&m.secrets)
	if seen := *reset; seen.Out(a.now()) && a.isCode(m, k, said) {
		return proof{by: "reset_code", holds: func(s *license.LicenseSecrets, now license.Time) bool {
			_, reset := k.of(s)
			return reset.Out(now) && bytes.Equal(reset.Digest, seen.Digest)
		}}, nil
	}
	if err := a.verify(ctx, m, k, said); err != nil {
		return proof{}, err
	}
	return proof{by: "password", holds: func(s *license.LicenseSecrets, _ license.Time) bool { return k.unchanged(m, s) }}, nil
}

// unchanged reports whether the password is still the one that was proved.
func (k *passwordKind) unchanged(m *matter, s *license.LicenseSecrets) bool {
	seen, _ := k.of(&m.secrets)
	is, _ := k.of(s)
	return *is == *seen
}

// verify takes the password of a kind alone. Where there is none yet, nothing is right.
func (a *Authority) verify(ctx context.Context, m *matter, k *passwordKind, said identity.Secret) error {
	hash, _ := k.of(&m.secrets)
	right, _, err := a.hasher.Verify(ctx.Done(), identity.PasswordHash(*hash), said.Reveal())
	if err == nil && !right {
		err = a.rejected(ctx, m.call, k.wrong)
	}
	return err
}

// proveSetupKey takes the setup key of a license.
func (a *Authority) proveSetupKey(ctx context.Context, m *matter, said identity.Secret) (proof, error) {
	key, err := a.openSetupKey(&m.secrets)
	if err != nil {
		return proof{}, err
	}
	if key == "" || !same(foldCode(said), key.Reveal()) {
		return proof{}, a.rejected(ctx, m.call, license.SetupKeyWrong)
	}
	seen := m.secrets.SetupKey
	return proof{by: "setup_key", holds: func(s *license.LicenseSecrets, _ license.Time) bool { return bytes.Equal(s.SetupKey, seen) }}, nil
}

func (a *Authority) openSetupKey(s *license.LicenseSecrets) (identity.Secret, error) {
	if s.SetupKey == nil {
		return "", nil
	}
	text, err := a.keyring.Open(s.SetupKeyContext(), s.SetupKey)
	if err != nil {
		return "", license.Wrap(license.Internal, "the setup key of the license cannot be read", err)
	}
	return identity.Secret(text), nil
}

// foldCode is how codes and setup keys are compared: people type them.
func foldCode(said identity.Secret) string { return strings.ToUpper(strings.TrimSpace(said.Reveal())) }

// isCode reports whether what was said is the reset code of a kind.
func (a *Authority) isCode(m *matter, k *passwordKind, said identity.Secret) bool {
	_, reset := k.of(&m.secrets)
	found := false
	for _, digest := range a.keyring.SecretDigests(codeContext(&m.secrets, k), foldCode(said)) {
		found = hmac.Equal(digest, reset.Digest) || found
	}
	return found
}

// codeContext is what a reset code is digested for: one of a kind is none of the other.
func codeContext(s *license.LicenseSecrets, k *passwordKind) string {
	return fmt.Sprintf("license/%d/%d/reset/%s", s.Tenant, s.License, k.name)
}

// RecoverLicensePassword makes a code that counts as the password of a license until it is used, or another password is set, or 24 hours
// have passed (software-dna.md §5.5); the code before it is none any more. With c.Mail it goes to the end user, and "" is returned. It
// refuses as ChangeLicensePassword does, save for the password, and with NoMailAddress where c.Mail has nowhere to go.
func (a *Authority) RecoverLicensePassword(ctx context.Context, c SecretCall) (identity.Secret, error) {
	k := licensePassword()
	return a.recoverPassword(ctx, &c, &k)
}

// RecoverAdminPassword is RecoverLicensePassword for the administrator's password. It refuses with NoAdministrator.
func (a *Authority) RecoverAdminPassword(ctx context.Context, c SecretCall) (identity.Secret, error) {
	k := adminPassword()
	return a.recoverPassword(ctx, &c, &k)
}

func (a *Authority) recoverPassword(ctx context.Context, c *SecretCall, k *passwordKind) (identity.Secret, error) {
	m, err := a.enterMatter(ctx, c, true, reachable(k.fits))
	if err == nil {
		err = a.tried(ctx, &m)
	}
	if err != nil {
		return "", err
	}
	code, err := license.Mask{Text: resetCodeMask, Alphabet: license.AlphabetClear}.Generate(a.rand)
	if err != nil {
		return "", err
	}
	err = a.alter(ctx, &m, func(tx *store.Tx, now license.Time, l *license.License, s *license.LicenseSecrets) error {
		_, reset := k.of(s)
		*reset = license.ResetCode{Digest: a.keyring.SecretDigests(codeContext(s, k), code)[0], Until: now.Add(license.ResetCodeHours * time.Hour)}
		err := m.keep(tx, now, s, license.Event{Kind: license.ResetCodeMade, License: l.ID,
			Data: map[string]any{"of": k.name, "until": reset.Until, "mailed": c.Mail}})
		if err != nil {
			return err
		}
		return a.send(tx, &m, now, s, k.code, code)
	})
	if err != nil || c.Mail {
		return "", err
	}
	return identity.Secret(code), nil
}

// reachable adds to what fits that a mail which is wanted has an address.
func reachable(fits func(*matter) error) func(*matter) error {
	return func(m *matter) error {
		if err := fits(m); err != nil {
			return err
		}
		if m.call.Mail && m.secrets.Email == "" {
			return license.Refuse(license.NoMailAddress)
		}
		return nil
	}
}

// LicenseSetupKey returns what proves who may set the first administrator's password of a license (software-dna.md §6, §10), or with c.Mail
// sends it and returns "". It is always the same one, made when it is asked for first. It refuses as RecoverAdminPassword does.
func (a *Authority) LicenseSetupKey(ctx context.Context, c SecretCall) (identity.Secret, error) {
	m, err := a.enterMatter(ctx, &c, true, reachable(administered))
	if err == nil {
		err = a.tried(ctx, &m)
	}
	if err != nil {
		return "", err
	}
	var key identity.Secret
	err = a.alter(ctx, &m, func(tx *store.Tx, now license.Time, l *license.License, s *license.LicenseSecrets) (err error) {
		made := s.SetupKey == nil
		if key, err = a.haveSetupKey(s); err != nil {
			return err
		}
		if made {
			if err := m.keep(tx, now, s, license.Event{Kind: license.SetupKeyMade, License: l.ID}); err != nil {
				return err
			}
		}
		return a.send(tx, &m, now, s, store.MailSetupKey, key.Reveal())
	})
	if err != nil || c.Mail {
		return "", err
	}
	return key, nil
}

// haveSetupKey returns the setup key of a license, and makes it where there is none.
func (a *Authority) haveSetupKey(s *license.LicenseSecrets) (identity.Secret, error) {
	if s.SetupKey != nil {
		return a.openSetupKey(s)
	}
	text, err := license.Mask{Text: setupKeyMask, Alphabet: license.AlphabetClear}.Generate(a.rand)
	if err != nil {
		return "", err
	}
	s.SetupKey = a.keyring.Seal(s.SetupKeyContext(), []byte(text))
	return identity.Secret(text), nil
}
