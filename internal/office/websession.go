package office

import (
	"context"

	"licet/internal/identity"
	"licet/internal/license"
)

// Visitor is where somebody asks from.
type Visitor struct {
	Address string // network address; "" is none
	Agent   string // what the browser says it is; cut to 300 characters
}

// WebSession is a browser in which a platform user is signed in, or half so.
type WebSession struct {
	ID          license.WebSessionID
	User        User
	Tenant      license.TenantID // of its pages; 0 where the person belongs to none
	Memberships []Membership     // every tenant of the person with the role there, by name (S0-05)
	Pending     bool             // the password was shown, the second factor not yet: it may do nothing else

	Created license.Time
	Seen    license.Time
	Expires license.Time
	Address string // of the last sign of life, as Agent
	Agent   string
}

func (s *WebSession) Actor() identity.Actor { return identity.Actor{} }

func (o *Office) SignIn(ctx context.Context, email string, password identity.Secret, v Visitor) (WebSession, identity.Secret, error) {
	return WebSession{}, "", errNotYet()
}

func (o *Office) SignInSecondFactor(ctx context.Context, token identity.Secret, code string, v Visitor) (WebSession, identity.Secret, error) {
	return WebSession{}, "", errNotYet()
}

func (o *Office) ResumeSession(ctx context.Context, token identity.Secret, v Visitor) (WebSession, error) {
	return WebSession{}, errNotYet()
}

func (o *Office) SwitchTenant(ctx context.Context, token identity.Secret, tenant license.TenantID) error {
	return errNotYet()
}
func (o *Office) SignOut(ctx context.Context, token identity.Secret) error { return errNotYet() }

func (o *Office) ListWebSessions(ctx context.Context, actor identity.Actor) ([]WebSession, error) {
	return nil, errNotYet()
}

func (o *Office) EndWebSession(ctx context.Context, actor identity.Actor, id license.WebSessionID) error {
	return errNotYet()
}

func (o *Office) EndOtherWebSessions(ctx context.Context, actor identity.Actor, keep license.WebSessionID) (int64, error) {
	return 0, errNotYet()
}

func (o *Office) ChangeOwnName(ctx context.Context, actor identity.Actor, name string) error {
	return errNotYet()
}

func errNotYet() error { return &license.Error{Code: license.Unavailable, Message: "not yet"} }
