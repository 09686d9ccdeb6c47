package office

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/store"
)

// How long a browser stays signed in.
const (
	sessionIdle    = 12 * time.Hour     // without a sign of life
	sessionMost    = 7 * 24 * time.Hour // whatever is done with it
	sessionPending = 10 * time.Minute   // until the second factor is shown
	sessionNoted   = 5 * time.Minute    // how often a sign of life is written down
	agentSize      = 300                // characters
	kindSession    = identity.KindSession
)

// Visitor is where somebody asks from.
type Visitor struct {
	Address string // network address; "" is none
	Agent   string // what the browser says it is; cut to 300 characters
}

// agent returns what is kept of the browser's name for itself.
func (v Visitor) agent() string {
	text := strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(v.Agent, "?"))
	runes := []rune(text)
	return string(runes[:min(len(runes), agentSize)])
}

// WebSession is a browser in which a platform user is signed in, or half so.
type WebSession struct {
	ID          license.WebSessionID
	User        User
	Tenant      license.TenantID // of its pages; 0 where the person belongs to none
	Memberships []Membership     // every tenant of the person with the role there, by name (S0-05); of a list of sessions none
	Pending     bool             // the password was shown, the second factor not yet: it may do nothing else

	Created license.Time
	Seen    license.Time // to five minutes
	Expires license.Time // without a sign of life until then
	Address string       // of the last sign of life, as Agent
	Agent   string
}

// Actor returns the person in the tenant of the session, with the role they have there (S0-06); nobody while the second factor is
// missing. Who belongs to no tenant is an actor who may look after their own account alone.
func (s *WebSession) Actor() identity.Actor {
	if s.Pending {
		return identity.Actor{}
	}
	actor := personally(s.User)
	for _, m := range s.Memberships {
		if m.Tenant.ID == s.Tenant {
			actor.Tenant, actor.Role = s.Tenant, m.Role
		}
	}
	return actor
}

// personally is a platform user as an actor outside tenants.
func personally(u User) identity.Actor {
	return identity.Actor{Kind: identity.PlatformUser, User: u.ID, Name: u.Email}
}

// self refuses everybody but platform users, who may look after their own accounts whatever their role is.
func self(actor identity.Actor) error {
	switch {
	case actor.Kind == "":
		return &license.Error{Code: license.Unauthenticated, Message: "sign in first"}
	case actor.Kind != identity.PlatformUser || actor.User == 0:
		return license.Refuse(license.PermissionMissing)
	}
	return nil
}

// errSignedOut refuses a session that has ended, or never was.
func errSignedOut() error {
	return &license.Error{Code: license.Unauthenticated, Message: "you are not signed in any more; sign in again"}
}

// tokenHash returns what a token of a kind is looked up by; ok is false for anything else.
func tokenHash(token identity.Secret, kind string) (hash identity.TokenHash, ok bool) {
	got, hash, ok := identity.ParseToken(token.Reveal())
	return hash, ok && got == kind
}

// SignIn begins a session for the platform user with an e-mail address and a password, and returns it with its token, which the browser
// keeps. It is Pending where the account has a second factor: [Office.SignInSecondFactor] goes on.
//
// It refuses as [Office.Authenticate] does, behind the same lockouts (S0-42, S0-44).
func (o *Office) SignIn(ctx context.Context, email string, password identity.Secret, v Visitor) (s WebSession, token identity.Secret, err error) {
	cred, err := o.prove(ctx, email, password, v.Address)
	if err != nil {
		return WebSession{}, "", err
	}
	err = o.d.Store.Write(ctx, func(tx *store.Tx) error {
		now, err := tx.LockCredentials(cred.ID)
		switch {
		case err != nil:
			return err
		case now.Disabled:
			return license.Refuse(license.AccountDisabled)
		case now.Current() != cred.Current(): // It was changed while it was checked.
			return license.Refuse(license.CredentialsWrong)
		}
		pending, err := asksMore(tx, cred.ID)
		if err != nil {
			return err
		}
		s, token, err = o.openSession(tx, now.PlatformUser, v, opening{pending: pending, with: "password"})
		return err
	})
	return done(s, token, err)
}

// done returns nothing with an error.
func done(s WebSession, token identity.Secret, err error) (WebSession, identity.Secret, error) {
	if err != nil {
		return WebSession{}, "", err
	}
	return s, token, nil
}

// opening says how a session began.
type opening struct {
	pending bool
	with    string // what was shown
	tenant  license.TenantID
}

// openSession stores a new session, and unless it is pending that somebody signed in.
func (o *Office) openSession(tx *store.Tx, u User, v Visitor, how opening) (WebSession, identity.Secret, error) {
	token, hash, _, err := identity.NewToken(o.d.Rand, kindSession)
	if err != nil {
		return WebSession{}, "", err
	}
	now := o.d.Now()
	row := store.WebSession{Hash: hash, User: u.ID, Tenant: how.tenant, Pending: how.pending, Address: v.Address, Agent: v.agent(),
		Created: now, Seen: now, Expires: now.Add(sessionIdle)}
	if how.pending {
		row.Expires = now.Add(sessionPending)
	}
	if err := tx.InsertWebSession(&row); err != nil {
		return WebSession{}, "", err
	}
	_, u, tenants, _, err := tx.FindWebSession(hash)
	if err == nil && !how.pending {
		err = toTenants(tx, u.ID, personally(u), now, license.Event{Kind: license.LoginSucceeded, Subject: int64(u.ID),
			Data: map[string]any{"address": v.Address, "agent": row.Agent, "with": how.with}})
	}
	return viewSession(&row, u, tenants), token, err
}

// viewSession puts together what is stored of a session.
func viewSession(row *store.WebSession, u User, tenants []Membership) WebSession {
	slices.SortFunc(tenants, func(a, b Membership) int {
		return cmp.Or(strings.Compare(strings.ToLower(a.Tenant.Name), strings.ToLower(b.Tenant.Name)), cmp.Compare(a.Tenant.ID, b.Tenant.ID))
	})
	s := WebSession{ID: row.ID, User: u, Memberships: tenants, Pending: row.Pending,
		Created: row.Created, Seen: row.Seen, Expires: row.Expires, Address: row.Address, Agent: row.Agent}
	if len(tenants) > 0 {
		s.Tenant = tenants[0].Tenant.ID
	}
	if slices.ContainsFunc(tenants, func(m Membership) bool { return m.Tenant.ID == row.Tenant }) {
		s.Tenant = row.Tenant
	}
	return s
}

// ResumeSession returns the session that a browser holds the token of, and notes a sign of life, at most every five minutes. It is
// unauthenticated for one that has ended: after 12 hours without a sign of life, after 7 days, 10 minutes where the second factor is
// missing, and where the password was changed or the account was switched off.
func (o *Office) ResumeSession(ctx context.Context, token identity.Secret, v Visitor) (WebSession, error) {
	hash, ok := tokenHash(token, kindSession)
	if !ok {
		return WebSession{}, errSignedOut()
	}
	var row store.WebSession
	var u User
	var tenants []Membership
	err := o.d.Store.Read(ctx, func(tx *store.Tx) (err error) {
		row, u, tenants, err = o.liveSession(tx, hash)
		return err
	})
	if err != nil {
		return WebSession{}, err
	}
	now, before := o.d.Now(), row.Seen
	if !row.Pending && now.Sub(before) >= sessionNoted {
		row.Seen, row.Expires, row.Address, row.Agent = now, min(now.Add(sessionIdle), row.Created.Add(sessionMost)), v.Address, v.agent()
		err := o.d.Store.Write(ctx, func(tx *store.Tx) error { return tx.NoteWebSession(&row, before) })
		if err != nil {
			return WebSession{}, err
		}
	}
	return viewSession(&row, u, tenants), nil
}

// liveSession returns a session that has not ended, or errSignedOut.
func (o *Office) liveSession(tx *store.Tx, hash identity.TokenHash) (store.WebSession, User, []Membership, error) {
	row, u, tenants, found, err := tx.FindWebSession(hash)
	if err == nil && (!found || o.d.Now() >= row.Expires || u.Disabled) {
		err = errSignedOut()
	}
	return row, u, tenants, err
}

// SwitchTenant shows the pages of another tenant of the person in a session from now on (S0-05). NotFound for a tenant that they do not
// belong to (S0-06).
func (o *Office) SwitchTenant(ctx context.Context, token identity.Secret, tenant license.TenantID) error {
	hash, ok := tokenHash(token, kindSession)
	if !ok {
		return errSignedOut()
	}
	return o.d.Store.Write(ctx, func(tx *store.Tx) error {
		row, _, tenants, err := o.liveSession(tx, hash)
		switch {
		case err != nil:
			return err
		case row.Pending:
			return errSignedOut()
		case !slices.ContainsFunc(tenants, func(m Membership) bool { return m.Tenant.ID == tenant }):
			return &license.Error{Code: license.NotFound, Message: "no such tenant"}
		}
		return tx.SwitchWebSession(hash, tenant)
	})
}

// SignOut ends a session; one that has ended is no error.
func (o *Office) SignOut(ctx context.Context, token identity.Secret) error {
	hash, ok := tokenHash(token, kindSession)
	if !ok {
		return nil
	}
	return o.d.Store.Write(ctx, func(tx *store.Tx) error {
		_, err := tx.DropWebSession(hash)
		return err
	})
}

// ListWebSessions returns the actor's own sessions, the newest first, at most 1000: without those that wait for a second factor, and
// without Memberships.
func (o *Office) ListWebSessions(ctx context.Context, actor identity.Actor) (list []WebSession, err error) {
	if err := self(actor); err != nil {
		return nil, err
	}
	err = o.d.Store.Read(ctx, func(tx *store.Tx) error {
		list = nil
		u, err := tx.FindUser(actor.User)
		if err != nil {
			return err
		}
		rows, err := tx.ListWebSessions(actor.User)
		for i := range rows {
			if !rows[i].Pending && o.d.Now() < rows[i].Expires {
				s := viewSession(&rows[i], u, nil)
				s.Tenant = rows[i].Tenant
				list = append(list, s)
			}
		}
		return err
	})
	return list, err
}

// EndWebSession ends one of the actor's own sessions, or NotFound.
func (o *Office) EndWebSession(ctx context.Context, actor identity.Actor, id license.WebSessionID) error {
	if err := self(actor); err != nil {
		return err
	}
	return o.d.Store.Write(ctx, func(tx *store.Tx) error {
		ended, err := tx.DropWebSessionByID(actor.User, id)
		if err == nil && !ended {
			err = &license.Error{Code: license.NotFound, Message: "no such session"}
		}
		if err != nil {
			return err
		}
		return o.noteEnded(tx, actor, 1)
	})
}

// EndOtherWebSessions ends the actor's own sessions besides one, and returns how many there were.
func (o *Office) EndOtherWebSessions(ctx context.Context, actor identity.Actor, keep license.WebSessionID) (n int64, err error) {
	if err := self(actor); err != nil {
		return 0, err
	}
	err = o.d.Store.Write(ctx, func(tx *store.Tx) (err error) {
		if n, err = tx.DropWebSessions(actor.User, keep); err != nil || n == 0 {
			return err
		}
		return o.noteEnded(tx, actor, n)
	})
	return n, err
}

func (o *Office) noteEnded(tx *store.Tx, actor identity.Actor, n int64) error {
	return toTenants(tx, actor.User, actor, o.d.Now(), license.Event{Kind: license.LoginEnded, Subject: int64(actor.User),
		Data: map[string]any{"sessions": n}})
}

// ChangeOwnName gives the actor, a platform user, another name, of up to 200 characters.
func (o *Office) ChangeOwnName(ctx context.Context, actor identity.Actor, name string) error {
	if err := self(actor); err != nil {
		return err
	}
	name = strings.TrimSpace(name)
	if err := checkText("name", name, 0, maxName); err != nil {
		return err
	}
	return o.d.Store.Write(ctx, func(tx *store.Tx) error {
		cred, err := tx.LockCredentials(actor.User)
		if err != nil || cred.Name == name {
			return err
		}
		if err := tx.SaveUserName(actor.User, name); err != nil {
			return err
		}
		return toTenants(tx, actor.User, actor, o.d.Now(), license.Event{Kind: license.MemberRenamed, Subject: int64(actor.User),
			Data: map[string]any{"email": cred.Email, "name": name, "before": cred.Name}})
	})
}
