package authority

import (
	"context"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/store"
)

// NativeCaller is a program that calls the native API, and the key that answers to it are signed with.
type NativeCaller struct {
	Actor      identity.Actor
	SigningKey int64 // as [Authority.AnswerSigner] takes it
}

// NativeCaller returns the program that holds a token: in one statement, since it is the first of every native call. It refuses as
// office.FindByToken does.
func (a *Authority) NativeCaller(ctx context.Context, token string) (NativeCaller, error) {
	hash, err := parseCaller(token)
	if err != nil {
		return NativeCaller{}, err
	}
	var caller store.Caller
	err = a.store.Read(ctx, func(tx *store.Tx) (err error) {
		caller, err = tx.FindCaller(hash)
		return err
	})
	switch {
	case license.CodeOf(err) == license.NotFound:
		return NativeCaller{}, unknownToken()
	case err != nil:
		return NativeCaller{}, err
	}
	return NativeCaller{caller.Key.Actor(), caller.SigningKey}, caller.Key.Check(a.now())
}

// parseCaller returns what a token is found by.
func parseCaller(token string) (identity.TokenHash, error) {
	kind, hash, ok := identity.ParseToken(token)
	if !ok || kind != identity.KindAPIKey {
		return hash, unknownToken()
	}
	return hash, nil
}

func unknownToken() error { return license.Refusef(license.CredentialsWrong, "this token is unknown") }
