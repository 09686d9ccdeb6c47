package office

import (
	"context"

	"licet/internal/identity"
	"licet/internal/license"
)

// Invitation lets somebody join the tenant that it was made in.
type Invitation struct {
	ID      license.InvitationID
	Email   string
	Role    identity.Role
	By      string // who invited, by e-mail address or as the audit log names them
	Created license.Time
	Expires license.Time
}

// InvitationView is an invitation as the invited person sees it.
type InvitationView struct {
	Invitation
	TenantName string
	HasAccount bool // there is an account with the e-mail address: it joins after signing in
}

func (o *Office) Invite(ctx context.Context, actor identity.Actor, email string, role identity.Role, link func(token string) string) (Invitation, identity.Secret, error) {
	return Invitation{}, "", errNotYet()
}

func (o *Office) ListInvitations(ctx context.Context, actor identity.Actor) ([]Invitation, error) {
	return nil, errNotYet()
}

func (o *Office) WithdrawInvitation(ctx context.Context, actor identity.Actor, id license.InvitationID) error {
	return errNotYet()
}

func (o *Office) FindInvitation(ctx context.Context, token identity.Secret) (InvitationView, error) {
	return InvitationView{}, errNotYet()
}

func (o *Office) AcceptInvitation(ctx context.Context, token identity.Secret, name string, password identity.Secret, v Visitor) (WebSession, identity.Secret, error) {
	return WebSession{}, "", errNotYet()
}

func (o *Office) JoinInvitation(ctx context.Context, actor identity.Actor, token identity.Secret) error {
	return errNotYet()
}
