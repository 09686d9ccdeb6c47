package authority

import (
	"context"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/store"
)

// PasswordActivation is a claim of a device to a place on a license that may ask for a password.
type PasswordActivation struct {
	Product     string // as SecretCall names it
	Key         string
	Password    identity.Secret // the first activation sets it, later ones show it
	NewPassword identity.Secret // what it is from then on: for license.SinglePassword, and not at the first activation
	Email       string          // where what recovers the license goes; "" is none, or leaves what is known
	Claim       license.Claim
}

// ActivateWithPassword gives a device a place on a license, by its password where it asks for one (software-dna.md §10):
//
//   - The first activation sets the password and the address. A license with an administrator needs an address; it gets its setup key,
//     and the address two mails.
//   - Later ones show the password; a reset code is none here. With license.SinglePassword they set another one too, and where all places
//     are taken, the device that was activated first has to go.
//   - Where seats are lent, the device takes one, or renews it.
//
// A device that has its place keeps it. Besides the refusals of license.Activate and license.LeaseSeat, there are AddressLocked,
// ProductUnknown, KeyUnknown, LicensePasswordWrong and, of the fields password, new_password and email, Invalid.
func (a *Authority) ActivateWithPassword(ctx context.Context, tenant license.TenantID, p PasswordActivation) (Answer, error) {
	c := SecretCall{Client: LicenseClient{Tenant: tenant}, Product: p.Product, License: p.Key, Address: p.Claim.Address, Mail: true}
	ans, again, err := a.activateBy(ctx, &c, p)
	if again { // Somebody set the first password at the very same moment, and may be the same.
		ans, _, err = a.activateBy(ctx, &c, p)
	}
	return ans, err
}

// activateBy is ActivateWithPassword. It asks to be called again where what it was going to set has been set meanwhile.
func (a *Authority) activateBy(ctx context.Context, c *SecretCall, p PasswordActivation) (ans Answer, again bool, err error) {
	m, err := a.enterMatter(ctx, c, false, nil)
	entered := m.told(store.CallLookAfter, err)
	defer func() {
		kind := store.CallActivate
		if err == nil && ans.Device != nil && ans.Device.ActivatedAt != ans.Now {
			kind = store.CallReactivate
		}
		a.retold(entered, m.told(kind, err))
	}()
	ans = Answer{State: license.State{Product: m.product, License: m.license}, Now: a.now()}
	if err != nil {
		return ans, false, err
	}
	first := m.secrets.Password == ""
	if p.Email, err = m.checkAdmission(&p, first); err != nil {
		return ans, false, err
	}
	hash, err := a.provePlace(ctx, &m, &p, first)
	if err != nil {
		return ans, false, err
	}
	p.Claim.Proved = true
	err = a.store.Write(ctx, func(tx *store.Tx) (err error) {
		ans, again, err = a.admitBy(tx, &m, &p, hash)
		return err
	})
	if err == nil {
		a.note(&ans)
	}
	return ans, again, err
}

// checkAdmission refuses as Invalid what cannot be set. It returns the address as it is to be stored.
func (m *matter) checkAdmission(p *PasswordActivation, first bool) (email string, err error) {
	if p.Email != "" {
		if email, err = license.CheckEmail("email", p.Email); err != nil {
			return "", err
		}
	}
	use := m.license.Terms.Password
	switch {
	case use == license.NoPassword:
		return email, nil
	case m.license.Terms.HasAdministrator() && email == "" && m.secrets.Email == "":
		return "", license.Invalidf("email", "a license of several users needs an e-mail address")
	case first:
		err = license.CheckLicensePassword("password", p.Password.Reveal())
	case use == license.SinglePassword:
		err = license.CheckLicensePassword("new_password", p.NewPassword.Reveal())
	}
	switch {
	case err != nil || p.NewPassword == "":
	case first || use != license.SinglePassword:
		err = license.Invalidf("new_password", "another password is set only when a license of a single user is activated again")
	case p.NewPassword == p.Password: // Said before anything is compared, so it tells nothing about the password.
		err = license.Invalidf("new_password", "give another password than the one before")
	}
	return email, err
}

// provePlace takes the password of a license that asks for one, and returns the hash of what is to be set; "" is nothing.
func (a *Authority) provePlace(ctx context.Context, m *matter, p *PasswordActivation, first bool) (string, error) {
	use, next := m.license.Terms.Password, p.NewPassword
	switch {
	case use == license.NoPassword:
		return "", nil
	case first:
		next = p.Password
	default:
		k := licensePassword()
		if err := a.verify(ctx, m, &k, p.Password); err != nil {
			return "", err
		}
	}
	if next == "" {
		return "", nil
	}
	hash, err := a.hasher.Hash(ctx.Done(), next.Reveal())
	return string(hash), err
}

// admitBy gives the device its place, in a transaction.
func (a *Authority) admitBy(tx *store.Tx, m *matter, p *PasswordActivation, hash string) (ans Answer, again bool, err error) {
	ans = Answer{State: license.State{Product: m.product, License: m.license}, Now: a.now()}
	if err := a.guardAddress(tx, m.call); err != nil {
		return ans, false, err
	}
	state, err := a.lock(tx, &ans.State, &p.Claim, ans.Now)
	if err != nil {
		return ans, false, err
	}
	ans.State = state
	a.noteOrigin(state.Origin, state.License.ID)
	s, err := tx.LockLicenseSecrets(state.License.Tenant, state.License.ID)
	if err != nil {
		return ans, false, err
	}
	if s.Password != m.secrets.Password || state.License.Terms.Password != m.license.Terms.Password {
		return ans, m.secrets.Password == "", license.Refuse(license.LicensePasswordWrong)
	}
	first := !state.License.IsUsed() || s.Password == "" && hash != ""
	if err := a.takePlace(tx, &ans, &p.Claim); err != nil {
		return ans, false, err
	}
	return ans, false, a.settle(tx, m, &s, p.Email, hash, first, ans.Now)
}

// takePlace applies what the rules decide for a locked license.
func (a *Authority) takePlace(tx *store.Tx, ans *Answer, c *license.Claim) error {
	l := &ans.License
	var placed []license.Device
	if l.Terms.Password == license.SinglePassword && !l.Terms.Activations.Allows(l.Activated+1) {
		var err error
		if placed, err = tx.FirstActivated(l.Tenant, l.ID, maxListed); err != nil {
			return err
		}
	}
	changes, err := license.RollOver(&ans.State, placed, c, ans.Now)
	if err != nil {
		return err
	}
	revision := l.Revision
	for i := range changes {
		ch := &changes[i]
		ch.License.Revision = revision
		if err := tx.Apply(ch.License.Tenant, actor, ans.Now, ch); err != nil {
			return err
		}
		revision = ch.License.Revision
	}
	ans.take(&changes[len(changes)-1], c)
	if l.Terms.Floating == nil {
		return nil
	}
	seated, err := a.decideIn(tx, &Request{Claim: *c}, &ans.State, license.LeaseSeat)
	if err == nil {
		*ans = seated
	}
	return err
}

// settle stores what an activation sets: the password, the address, and for who looks after a license of several users what they need.
func (a *Authority) settle(tx *store.Tx, m *matter, s *license.LicenseSecrets, email, hash string, first bool, now license.Time) error {
	var events []license.Event
	if hash != "" {
		s.Password, s.Reset = hash, license.ResetCode{}
		events = append(events, license.Event{Kind: license.LicensePasswordSet, License: s.License, Data: map[string]any{"by": "activation"}})
	}
	if email != "" && (first || s.Email == "") {
		s.Email = email
	}
	administered := m.license.Terms.HasAdministrator()
	if administered && s.SetupKey == nil {
		events = append(events, license.Event{Kind: license.SetupKeyMade, License: s.License})
	}
	var key identity.Secret
	var err error
	if administered {
		if key, err = a.haveSetupKey(s); err != nil {
			return err
		}
	}
	if err := m.keep(tx, now, s, events...); err != nil || !first || !administered {
		return err
	}
	if err := a.send(tx, m, now, s, store.MailSetupKey, key.Reveal()); err != nil {
		return err
	}
	return a.tell(tx, m, now, s.Email, store.MailWelcome, store.MailData{})
}
