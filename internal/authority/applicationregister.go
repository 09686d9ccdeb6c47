package authority

import (
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/store"
)

// Registration is what somebody says of themselves who comes with an unused license.
type Registration struct {
	Name     string
	Key      string // of the license
	Email    string // "" is none; stored as a digest alone
	Hardware string // of their machine, "" is none
	Password identity.Secret
}

const (
	maxSecret = 1024                        // bytes of a password
	everybody = "all"                       // what vendors call all users at once: nobody has this name
	keptOut   = "The client is blacklisted" // why a license is banned that came from such a client
)

// offer is an unused license that somebody wants to redeem, as it was read.
type offer struct {
	state   license.State
	levels  []license.Level
	blocked bool   // they are kept out
	maker   string // who made the license, in the vendor's words
}

// Register makes a user of an application who has redeemed a license, and signs them in with the session of the visit, where
// there is one (keyauth.md §9.5). All of it happens or nothing.
//
// It refuses with Invalid (fields username, key, pass and hwid), NameTooShort, as CheckHardware does, with AddressLocked,
// NameTaken, KeyUnknown, AlreadyRedeemed, RedemptionBlocked, whose message is the reason where there is one, Blocklisted,
// LevelUnknown, and as license.Redeem does otherwise. Who is kept out gets the license banned.
func (a *Authority) Register(ctx context.Context, v *Visit, r Registration) (p Profile, err error) {
	defer func() { a.visited(&v.App, store.CallRedeem, err) }()
	if err := checkRegistration(v.App.Settings, &r); err != nil {
		return Profile{}, err
	}
	var o offer
	err = a.store.Read(ctx, func(tx *store.Tx) error {
		if err := a.guardVisit(tx, v, ""); err != nil {
			return err
		}
		_, err := tx.FindLicenseUserByName(v.App.Tenant, v.App.Product, r.Name)
		switch {
		case err == nil:
			return license.Refuse(license.NameTaken)
		case license.CodeOf(err) != license.NotFound:
			return err
		}
		if o, err = a.findOffer(tx, v, r.Key); err != nil {
			return err
		}
		o.blocked, err = tx.IsBlocked(v.App.Tenant, v.App.Product, v.Address, r.Hardware)
		return err
	})
	if err != nil {
		return Profile{}, a.countUnknown(ctx, v, err)
	}
	if err := a.judge(ctx, v, &o, r.Name); err != nil {
		return Profile{}, err
	}
	hash, err := a.hasher.Hash(ctx.Done(), r.Password.Reveal())
	if err != nil {
		return Profile{}, err
	}
	u := license.ApplicationUser{LicenseUser: license.LicenseUser{Name: r.Name}}
	if digests := a.keyring.EmailDigests(v.App.Tenant, r.Email); digests != nil {
		u.Email = digests[0]
	}
	return a.redeem(ctx, v, &o, u, r.Hardware, string(hash))
}

// checkRegistration refuses what nobody can register with, before anything is looked at.
func checkRegistration(s *license.ApplicationSettings, r *Registration) error {
	named := s.CheckName(r.Name)
	if named != nil && license.ReasonOf(named) == "" {
		return named
	}
	if err := checkKey(r.Key); err != nil {
		return err
	}
	switch {
	case named != nil:
		return named
	case strings.EqualFold(r.Name, everybody):
		return license.Refuse(license.NameTaken)
	case r.Password == "" || len(r.Password.Reveal()) > maxSecret:
		return license.Invalidf("pass", "a password has 1 to %d bytes", maxSecret)
	}
	return s.CheckHardware(r.Hardware)
}

// checkKey refuses as Invalid a key that is too long, and with KeyUnknown what no license has for a key.
func checkKey(key string) error {
	switch {
	case utf8.RuneCountInString(key) > license.MaxApplicationName:
		return license.Invalidf("key", "a license key has at most %d characters", license.MaxApplicationName)
	case license.ValidKey(key) != nil:
		return license.Refuse(license.KeyUnknown)
	}
	return nil
}

// findOffer loads a license of an application and what redeeming it may grant, or refuses with KeyUnknown.
func (a *Authority) findOffer(tx *store.Tx, v *Visit, key string) (o offer, err error) {
	r, err := tx.FindLicenseByKey(v.App.Tenant, v.App.Product, key)
	if err != nil {
		return o, err
	}
	p, err := tx.FindProduct(v.App.Tenant, v.App.Product)
	if err != nil {
		return o, err
	}
	o.state, o.maker = license.State{Product: p.Product, License: r.License}, r.CreatedBy
	if err := tx.LoadOrigin(&o.state); err != nil {
		return o, err
	}
	a.place(o.state.Origin, v.Address, "")
	a.noteOrigin(o.state.Origin, r.ID)
	o.levels, err = tx.Levels(v.App.Tenant, v.App.Product)
	return o, err
}

// lockOffer is LockState of an offer, with from where the visit comes.
func (a *Authority) lockOffer(tx *store.Tx, v *Visit, o *offer, now license.Time) (license.State, error) {
	s, err := tx.LockState(&o.state, &license.Claim{}, now)
	a.place(s.Origin, v.Address, "")
	return s, err
}

// countUnknown counts a key that no license has against the address of whoever said it, and returns the refusal; every other error
// it returns as it is.
func (a *Authority) countUnknown(ctx context.Context, v *Visit, err error) error {
	if reason := license.ReasonOf(err); reason == license.KeyUnknown || reason == license.UserUnknown {
		return a.guessed(ctx, v, nil, reason)
	}
	return err
}

// judge refuses a license that cannot be redeemed, by what was read of it, and bans it where whoever has it is kept out.
func (a *Authority) judge(ctx context.Context, v *Visit, o *offer, name string) error {
	if err := v.closed(); err != nil {
		return err
	}
	seen := o.state
	seen.User = &license.LicenseUser{Name: name}
	_, err := license.Redeem(&seen, o.levels, v.clock())
	if !o.blocked || err != nil && license.ReasonOf(err) != license.LevelUnknown {
		return explain(err, &seen.License)
	}
	err = a.store.Write(ctx, func(tx *store.Tx) error {
		state, err := a.lockOffer(tx, v, o, v.Now)
		if err != nil {
			return err
		}
		if state.License.IsUsed() {
			return license.Refuse(license.AlreadyRedeemed)
		}
		ch := license.Ban(state.License, nil, false, keptOut)
		return tx.Apply(v.App.Tenant, actor, a.now(), &ch)
	})
	if err == nil {
		err = license.Refuse(license.Blocklisted)
	}
	return err
}

// explain gives the refusal of a banned license the reason of the ban.
func explain(err error, l *license.License) error {
	if license.ReasonOf(err) == license.RedemptionBlocked {
		return because(license.RedemptionBlocked, l.BlockReason)
	}
	return err
}

// redeem makes a user and lets them redeem a license that was found unused. Of many at once, one does.
func (a *Authority) redeem(ctx context.Context, v *Visit, o *offer, u license.ApplicationUser, hardware, hash string) (Profile, error) {
	var p Profile
	err := a.store.Write(ctx, func(tx *store.Tx) error {
		app, err := tx.HoldApplication(v.App.Tenant, v.App.Product)
		if err == nil {
			err = v.closedBy(&app)
		}
		if err != nil {
			return err
		}
		now := a.now()
		p = Profile{User: u, Now: app.Clock(now)}
		made := &p.User
		made.Tenant, made.Product, made.Created, made.SeenAt, made.Address = v.App.Tenant, v.App.Product, now, now, v.Address
		made.CreatedBy = o.maker
		if bind, _ := v.App.Settings.BindHardware(made, hardware); bind {
			made.Hardware = []string{hardware}
		}
		state, err := a.lockOffer(tx, v, o, now)
		if err != nil {
			return err
		}
		fresh, err := tx.InsertApplicationUser(made, hash)
		if err == nil && !fresh {
			err = license.Refuse(license.NameTaken)
		}
		if err != nil {
			return err
		}
		if err := redeemFor(tx, &state, &p, now); err != nil {
			return err
		}
		if v.begun() {
			return tx.SignInSession(made.Tenant, v.Session.IDHash, made.ID)
		}
		return nil
	})
	if err == nil {
		v.signedIn(&p.User)
	}
	return p, err
}

// redeemFor lets the user who was just made redeem a locked license, and says what they may use by it. What they could not
// use now is not redeemed.
func redeemFor(tx *store.Tx, state *license.State, p *Profile, now license.Time) error {
	u := &p.User
	levels, err := tx.Levels(u.Tenant, u.Product)
	if err != nil {
		return err
	}
	state.User = &u.LicenseUser
	ch, err := license.Redeem(state, levels, p.Now)
	if err != nil {
		return explain(err, &state.License)
	}
	if p.Levels, err = license.Entitle(holdings(&ch, levels), p.Now); err != nil {
		return err
	}
	events := []license.Event{{Kind: license.UserCreated, Subject: int64(u.ID), Data: map[string]any{"name": u.Name}}}
	for _, hardware := range u.Hardware {
		events = append(events, bound(u, hardware))
	}
	ch.Events = slices.Concat(events, ch.Events)
	return tx.Apply(u.Tenant, actor, now, &ch)
}

// holdings returns what somebody holds who holds nothing but what a change gives them.
func holdings(ch *license.Change, levels []license.Level) []license.Holding {
	var out []license.Holding
	for _, r := range ch.Redemptions {
		h := license.Holding{Redemption: r, Key: ch.License.Key, Standing: ch.License.Standing, Withheld: ch.License.Withheld}
		if i := slices.IndexFunc(levels, func(l license.Level) bool { return l.ID == r.LevelID }); i >= 0 {
			h.Name = levels[i].Name
		}
		out = append(out, h)
	}
	return out
}

// UpgradeUser adds an unused license to what a user holds (keyauth.md §9.6). It takes no password and signs nobody in. It
// refuses with AddressLocked, KeyUnknown, AlreadyRedeemed, RedemptionBlocked, UserUnknown, UserBanned, LevelUnknown, and as
// license.Upgrade does otherwise.
func (a *Authority) UpgradeUser(ctx context.Context, v *Visit, name, key string) (err error) {
	defer func() { a.visited(&v.App, store.CallRedeem, err) }()
	if err := checkKey(key); err != nil {
		return err
	}
	var o offer
	var u license.ApplicationUser
	err = a.store.Read(ctx, func(tx *store.Tx) (err error) {
		if err = a.guardVisit(tx, v, ""); err != nil {
			return err
		}
		if o, err = a.findOffer(tx, v, key); err != nil {
			return err
		}
		u, err = tx.FindApplicationUser(v.App.Tenant, v.App.Product, name)
		if license.ReasonOf(err) == license.UserUnknown {
			err = nil
		}
		return err
	})
	if err != nil {
		return a.countUnknown(ctx, v, err)
	}
	o.state.User = &license.LicenseUser{Name: name}
	_, err = license.Upgrade(&o.state, o.levels, nil, v.clock())
	switch {
	case err != nil && license.ReasonOf(err) != license.LevelUnknown:
		return explain(err, &o.state.License)
	case u.ID == 0:
		return a.guessed(ctx, v, nil, license.UserUnknown)
	case err != nil:
		return err
	}
	o.state.User = nil
	return a.store.Write(ctx, func(tx *store.Tx) error {
		app, err := tx.HoldApplication(v.App.Tenant, v.App.Product)
		if err != nil {
			return err
		}
		now := a.now()
		state, err := a.lockOffer(tx, v, &o, now)
		if err != nil {
			return err
		}
		return upgradeFor(tx, &state, u.ID, app.Clock(now), now)
	})
}

// upgradeFor adds a locked license to what a user holds.
func upgradeFor(tx *store.Tx, state *license.State, user license.LicenseUserID, clock, now license.Time) error {
	u, err := tx.LockApplicationUser(state.License.Tenant, user)
	if err != nil {
		return err
	}
	levels, err := tx.Levels(u.Tenant, u.Product)
	if err != nil {
		return err
	}
	held, err := tx.Holdings(u.Tenant, u.ID)
	if err != nil {
		return err
	}
	state.User = &u.LicenseUser
	ch, err := license.Upgrade(state, levels, held, clock)
	switch license.ReasonOf(err) {
	case license.UserBanned:
		return because(license.UserBanned, u.BanReason)
	case license.RedemptionBlocked:
		return explain(err, &state.License)
	}
	if err != nil {
		return err
	}
	return tx.Apply(u.Tenant, actor, now, &ch)
}
