package authority

import (
	"context"
	"crypto/subtle"
	"errors"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/store"
)

// Profile is a user who has signed in, with what they may use.
type Profile struct {
	User   license.ApplicationUser
	Levels []license.Entitlement // one at least
	Now    license.Time          // by which the time of levels is counted
}

// Credentials are what somebody says who they are.
type Credentials struct {
	Name     string
	Email    string // in place of the name
	Hardware string // of their machine, "" is none
	Code     string // of the second factor, "" is none
	Password identity.Secret
	Token    string // of the web loader, in place of the password
}

// candidate is who wants to sign in: the zero value where nobody is known by that name.
type candidate struct {
	store.ApplicationLogin
	blocked bool
	held    []license.Holding
	origin  *license.Origin // where they come from; nil where no address rule may have a say
}

// Login signs a user in (keyauth.md §7). In this order it refuses as CheckHardware does and with LoginLocked, AddressLocked,
// UserUnknown, UserBanned, PasswordWrong, DeviceMismatch, HoldingPaused, NothingHeld, Blocklisted, PlaceRefused,
// SecondFactorRequired and SecondFactorWrong. UserBanned has the reason of the ban as its message, where there is one.
//
// The first machine that a user signs in from becomes theirs, and so does the first password of one who has none.
func (a *Authority) Login(ctx context.Context, v *Visit, c Credentials) (p Profile, err error) {
	defer func() { a.visited(&v.App, store.CallSignIn, err) }()
	if err := v.App.Settings.CheckHardware(c.Hardware); err != nil {
		return Profile{}, err
	}
	var who candidate
	err = a.store.Read(ctx, func(tx *store.Tx) (err error) {
		who, err = a.findCandidate(tx, v, &c)
		return err
	})
	switch {
	case err != nil:
		return Profile{}, err
	case who.ID == 0:
		return Profile{}, a.guessed(ctx, v, nil, license.UserUnknown)
	}
	return a.signIn(ctx, v, &c, &who, who.Hash == "" && who.Key == "")
}

// LoginByKey signs in whoever came with a license alone. With an unused license it makes a user of that name, as Register
// does, and signs them in (S1-02, S1-15). It refuses as Login and as Register do.
func (a *Authority) LoginByKey(ctx context.Context, v *Visit, key, hardware, code string) (p Profile, err error) {
	defer func() { a.visited(&v.App, store.CallSignIn, err) }()
	if err := checkKey(key); err != nil {
		return Profile{}, err
	}
	if err := v.App.Settings.CheckHardware(hardware); err != nil {
		return Profile{}, err
	}
	p, again, err := a.loginByKey(ctx, v, key, hardware, code)
	if again { // Somebody may have redeemed the license at the very same moment, and may be the same.
		p, _, err = a.loginByKey(ctx, v, key, hardware, code)
	}
	return p, err
}

// loginByKey is LoginByKey. It asks to be called again when nobody has the key for a name, and the license is used.
func (a *Authority) loginByKey(ctx context.Context, v *Visit, key, hardware, code string) (p Profile, again bool, err error) {
	c := Credentials{Name: key, Hardware: hardware, Code: code, Password: identity.Secret(key)}
	var who candidate
	var o offer
	err = a.store.Read(ctx, func(tx *store.Tx) (err error) {
		if who, err = a.findCandidate(tx, v, &c); err != nil || who.ID != 0 {
			return err
		}
		o, err = a.findOffer(tx, v, key)
		o.blocked = who.blocked
		return err
	})
	switch {
	case err != nil:
		return Profile{}, false, a.countUnknown(ctx, v, err)
	case who.ID != 0:
		p, err = a.signIn(ctx, v, &c, &who, who.Hash == "" && who.Key == "")
		return p, false, err
	}
	u := license.ApplicationUser{ByKey: true, LicenseUser: license.LicenseUser{Name: o.state.License.Key}}
	if err = a.judge(ctx, v, &o, u.Name); err == nil {
		p, err = a.redeem(ctx, v, &o, u, hardware, "")
	}
	reason := license.ReasonOf(err)
	return p, reason == license.AlreadyRedeemed || reason == license.NameTaken, err
}

// findCandidate finds who wants to sign in and all that is asked of them. It refuses who is locked out.
func (a *Authority) findCandidate(tx *store.Tx, v *Visit, c *Credentials) (who candidate, err error) {
	q := store.LoginQuery{Tenant: v.App.Tenant, Product: v.App.Product, Name: c.Name, Address: v.Address, Hardware: c.Hardware}
	if c.Name == "" {
		q.Digests = a.keyring.EmailDigests(v.App.Tenant, c.Email)
	}
	if who.ApplicationLogin, who.blocked, err = tx.FindLogin(&q); err != nil {
		return who, err
	}
	if err = a.guardVisit(tx, v, who.Name); err == nil && who.ID != 0 && !who.Banned {
		who.held, err = tx.Holdings(v.App.Tenant, who.ID)
	}
	if err == nil && who.AddressRuled {
		who.origin, err = originOf(tx, v, who.held)
	}
	return who, err
}

// signIn signs a user in who was found. With first, whatever they say becomes their password.
func (a *Authority) signIn(ctx context.Context, v *Visit, c *Credentials, who *candidate, first bool) (Profile, error) {
	if who.Banned {
		return Profile{}, because(license.UserBanned, who.BanReason)
	}
	first = first && c.Token == "" && c.Password != ""
	if !first {
		right, err := a.proves(ctx, c, &who.ApplicationLogin)
		if err != nil {
			return Profile{}, err
		}
		if !right {
			return Profile{}, a.guessed(ctx, v, &who.ApplicationUser, license.PasswordWrong)
		}
	}
	in := entry{visit: v, who: who.ApplicationUser, hardware: c.Hardware}
	if !first && c.Token == "" {
		in.proved = who.Hash
	}
	var err error
	if in.bind, err = v.App.Settings.BindHardware(&who.ApplicationUser, c.Hardware); err != nil {
		return Profile{}, err
	}
	p := Profile{Now: v.clock()}
	if err := v.closed(); err != nil {
		return Profile{}, err
	}
	if p.Levels, err = license.Entitle(who.held, p.Now); err != nil {
		return Profile{}, err
	}
	if who.blocked {
		return Profile{}, license.Refuse(license.Blocklisted)
	}
	if err := a.guardOrigin(v, who); err != nil {
		return Profile{}, err
	}
	in.step, err = a.checkCode(who.ID, &who.Factor, c.Code)
	switch {
	case license.ReasonOf(err) == license.SecondFactorWrong && !errors.Is(err, errCodeTaken):
		return Profile{}, a.guessed(ctx, v, &who.ApplicationUser, license.SecondFactorWrong)
	case err != nil:
		return Profile{}, err
	}
	if first {
		hash, err := a.hasher.Hash(ctx.Done(), c.Password.Reveal())
		if err != nil {
			return Profile{}, err
		}
		in.hash = string(hash)
	}
	p.User, err = a.enter(ctx, &in)
	return p, err
}

// proves reports whether a user is who they say they are. One who came with a license alone has its key as their password,
// which is as good as a token: nothing is hashed for it.
func (a *Authority) proves(ctx context.Context, c *Credentials, l *store.ApplicationLogin) (bool, error) {
	switch {
	case c.Token != "":
		if l.Token == nil {
			return false, nil
		}
		token, err := a.keyring.Open(store.WebTokenContext(l.ID), l.Token)
		return err == nil && same(string(token), c.Token), err
	case c.Password == "" || l.Hash == "" && l.Key == "":
		return false, nil
	case l.Hash == "":
		return same(license.FoldKey(c.Password.Reveal()), l.Key), nil
	}
	right, _, err := a.hasher.Verify(ctx.Done(), identity.PasswordHash(l.Hash), c.Password.Reveal())
	return right, err
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// entry is a sign-in that was decided on what was read.
type entry struct {
	visit    *Visit
	who      license.ApplicationUser
	hardware string
	bind     bool   // the machine becomes theirs
	step     int64  // of the code that was taken; 0 is none
	hash     string // of their first password; "" is none
	proved   string // hash of the password that was right; "" is none
}

// enter stores a sign-in. What may have changed since it was decided is looked at again.
func (a *Authority) enter(ctx context.Context, in *entry) (license.ApplicationUser, error) {
	v := in.visit
	var u license.ApplicationUser
	var refused error
	err := a.store.Write(ctx, func(tx *store.Tx) (err error) {
		u = in.who
		u.Address, u.SeenAt = v.Address, a.now()
		if refused, err = a.guessedRight(tx, v, &u); err != nil || refused != nil {
			return err
		}
		if err = tx.NoteSignIn(u.Tenant, u.ID, u.Address, u.SeenAt); err == nil {
			err = a.takeProofs(tx, in, &u)
		}
		if err == nil && v.begun() {
			err = tx.SignInSession(u.Tenant, v.Session.IDHash, u.ID)
		}
		return err
	})
	if err == nil {
		err = refused
	}
	if err == nil {
		v.signedIn(&u)
	}
	return u, err
}

// signedIn notes who has signed in with the session, where there is one.
func (v *Visit) signedIn(u *license.ApplicationUser) {
	if v.begun() {
		v.Session.User, v.Session.UserName = u.ID, u.Name
	}
}

// takeProofs stores the machine, the password and the step of a code that a sign-in brings, for a user who is locked.
func (a *Authority) takeProofs(tx *store.Tx, in *entry, u *license.ApplicationUser) error {
	var events []license.Event
	if in.proved != "" {
		hash, err := tx.UserHash(u.Tenant, u.ID)
		if err == nil && hash != in.proved { // It was changed while it was looked at.
			err = license.Refuse(license.PasswordWrong)
		}
		if err != nil {
			return err
		}
	}
	if in.bind {
		known, err := tx.FindApplicationUserByID(u.Tenant, u.ID)
		if err != nil {
			return err
		}
		u.Hardware = known.Hardware
		bind, err := in.visit.App.Settings.BindHardware(&known, in.hardware)
		if err == nil && bind {
			u.Hardware = []string{in.hardware}
			events = append(events, bound(u, in.hardware))
			err = tx.BindHardware(u.Tenant, u.ID, in.hardware, u.SeenAt)
		}
		if err != nil {
			return err
		}
	}
	if in.hash != "" {
		claimed, err := tx.ClaimUserHash(u.Tenant, u.ID, in.hash)
		if err == nil && !claimed {
			err = license.Refuse(license.PasswordWrong)
		}
		if err != nil {
			return err
		}
		u.Password = true
		events = append(events, license.Event{Kind: license.PasswordChanged, Subject: int64(u.ID)})
	}
	if in.step != 0 {
		taken, err := tx.TakeStep(u.Tenant, u.ID, in.step)
		if err == nil && !taken {
			err = license.Refuse(license.SecondFactorWrong)
		}
		if err != nil {
			return err
		}
	}
	if len(events) == 0 {
		return nil
	}
	return tx.AppendEvents(u.Tenant, actor, u.SeenAt, events...)
}

func bound(u *license.ApplicationUser, hardware string) license.Event {
	return license.Event{Kind: license.HardwareBound, Subject: int64(u.ID), Data: map[string]any{"hardware": hardware}}
}
