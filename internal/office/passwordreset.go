package office

import (
	"context"

	"licet/internal/identity"
)

func (o *Office) AskPasswordReset(ctx context.Context, email string, link func(token string) string, v Visitor) error {
	return errNotYet()
}

func (o *Office) FindPasswordReset(ctx context.Context, token identity.Secret) (User, error) {
	return User{}, errNotYet()
}

func (o *Office) ResetPassword(ctx context.Context, token, password identity.Secret, v Visitor) error {
	return errNotYet()
}
