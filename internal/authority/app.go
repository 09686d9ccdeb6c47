package authority

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/signing"
	"licet/internal/store"
)

// AccessTokenLife is how long an access token is good for (licensespring-license-api.md §2.2).
const AccessTokenLife = 480 * time.Second

// tokenContext is what access tokens are sealed for.
const tokenContext = "app-access-token"

// App is who asks where apps have a key of their vendor's.
type App struct {
	store.AppKey
	Secret  []byte          // opened: it proves requests, and signs files
	Answers *signing.RSAKey // signs what the app is told; nil where the tenant has no key for it
}

// May refuses an app that wants what its key does not allow: AppKeyReadOnly for a change, AppKeyProduct for another
// product than the only one the key is for. With product 0 only the first is asked.
func (a *App) May(product license.ProductID, change bool) error {
	switch {
	case change && a.ReadOnly:
		return license.Refuse(license.AppKeyReadOnly)
	case product != 0 && a.Product != 0 && a.Product != product:
		return license.Refuse(license.AppKeyProduct)
	}
	return nil
}

// App returns the app with an API key or a client id, read anew each time. It proves nothing: that is for whoever
// compares what the app sent with the secret. It refuses with AppKeyUnknown and AppKeyRevoked; with the latter it
// returns the app all the same, without its secret.
func (a *Authority) App(ctx context.Context, publicID string) (App, error) {
	if !plain(publicID) {
		return App{}, license.Refuse(license.AppKeyUnknown)
	}
	var app App
	var answers store.SigningKey
	err := a.store.Read(ctx, func(tx *store.Tx) (err error) {
		app.AppKey, answers, err = tx.FindApp(publicID)
		return err
	})
	switch {
	case err != nil:
		return app, err
	case app.Kind == store.BasicClient:
		return App{}, license.Refuse(license.AppKeyUnknown) // A server of the vendor is no app: see LicenseClient.
	case app.RevokedAt != 0:
		return app, license.Refuse(license.AppKeyRevoked)
	}
	if app.Secret, err = a.keyring.Open(app.SecretContext(), app.AppKey.Secret); err != nil {
		return app, fmt.Errorf("the secret of app key %d: %w", app.ID, err)
	}
	if answers.ID != 0 {
		app.Answers, err = a.answerKey(&answers)
	}
	return app, err
}

// answerKey returns a key that answers are signed with, opened and parsed once.
func (a *Authority) answerKey(k *store.SigningKey) (*signing.RSAKey, error) {
	return a.answers.Get(k.ID, func() (*signing.RSAKey, error) {
		der, err := a.keyring.Open(k.Context(), k.Private)
		if err != nil {
			return nil, err
		}
		key, err := signing.ParseRSA(der)
		if err != nil {
			return nil, fmt.Errorf("answer key %d: %w", k.ID, err)
		}
		return key, nil
	})
}

// accessToken is what is sealed in an access token. The server keeps nothing of it.
type accessToken struct {
	Client  string       `json:"c"`
	Expires license.Time `json:"e"`
}

// AccessToken gives an app a token for its client id and secret, which stands for them until expires has passed.
// It refuses with AppKeyUnknown, also for an API key, which gets no tokens, AppKeyRevoked and CredentialsWrong.
func (a *Authority) AccessToken(ctx context.Context, clientID string, secret identity.Secret) (token string, expires time.Duration, err error) {
	app, err := a.App(ctx, clientID)
	switch {
	case err == nil && app.Kind != store.OAuthClient:
		return "", 0, license.Refuse(license.AppKeyUnknown)
	case err != nil:
		return "", 0, err
	case subtle.ConstantTimeCompare(app.Secret, []byte(secret.Reveal())) != 1:
		return "", 0, license.Refuse(license.CredentialsWrong)
	}
	text, err := json.Marshal(accessToken{Client: app.PublicID, Expires: a.now().Add(AccessTokenLife)})
	if err != nil {
		return "", 0, err
	}
	return base64.RawURLEncoding.EncodeToString(a.keyring.Seal(tokenContext, text)), AccessTokenLife, nil
}

// AppByToken returns the app that an access token was given to. It refuses with TokenMalformed for what this server
// never gave, with TokenExpired, and as App does: a key that is revoked takes its tokens with it.
func (a *Authority) AppByToken(ctx context.Context, token string) (App, error) {
	sealed, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || strings.ContainsAny(token, "\r\n") { // which the decoder overlooks
		return App{}, license.Refuse(license.TokenMalformed)
	}
	text, err := a.keyring.Open(tokenContext, sealed)
	if err != nil {
		return App{}, license.Refuse(license.TokenMalformed)
	}
	var t accessToken
	switch err := json.Unmarshal(text, &t); {
	case err != nil:
		return App{}, license.Refuse(license.TokenMalformed)
	case a.now() >= t.Expires:
		return App{}, license.Refuse(license.TokenExpired)
	}
	return a.App(ctx, t.Client)
}
