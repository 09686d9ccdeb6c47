package office

import (
	"context"

	"licet/internal/identity"
)

// SetUp is the first tenant of a server and its owner.
type SetUp struct {
	Company  string // name of the tenant
	Code     string // of the tenant
	Email    string
	Name     string
	Password identity.Secret
}

func (o *Office) NeedsSetUp(ctx context.Context) (bool, error) { return false, errNotYet() }

func (o *Office) OpenSetUp(ctx context.Context, actor identity.Actor) (identity.Secret, error) {
	return "", errNotYet()
}

func (o *Office) SetUp(ctx context.Context, token identity.Secret, n SetUp, v Visitor) (WebSession, identity.Secret, error) {
	return WebSession{}, "", errNotYet()
}
