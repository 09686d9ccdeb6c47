// Package sso speaks OpenID Connect with the identity providers of customers: it finds out where a provider
// answers, writes the address at which people sign in there, and verifies what they come back with.
//
// A provider is named by an issuer, an address that a vendor typed. So what is fetched from there is fetched with
// care: over TLS, from public addresses unless the operator allows others, without redirects, at most a megabyte, and
// for at most ten seconds. What was found is kept for an hour, a failure for ten seconds.
package sso

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
	"golang.org/x/sync/singleflight"

	"licet/internal/license"
	"licet/internal/outbound"
)

const (
	keepFound  = time.Hour
	keepFailed = 10 * time.Second
	maxKept    = 1000 // providers; further ones take the place of others
)

// Options say which providers may be asked.
type Options = outbound.Options

// Directory finds providers and remembers them. It is safe for use by many goroutines.
type Directory struct {
	options Options
	client  *http.Client
	flight  singleflight.Group

	mu    sync.Mutex // guards known
	known map[string]finding
}

// finding is what asking for an issuer gave.
type finding struct {
	provider *Provider
	err      error
	until    license.Time
}

// NewDirectory returns a Directory that knows nobody yet.
func NewDirectory(o Options) *Directory {
	return &Directory{options: o, client: o.HTTPClient(), known: make(map[string]finding)}
}

// Provider is an identity provider that was found.
type Provider struct {
	Issuer        string
	SignIn        string // where people sign in
	EndSession    string // "" where the provider has none
	Token         string
	Introspection string // "" where the provider has none

	found  *oidc.Provider
	client *http.Client
}

// Find returns the provider of an issuer. It fails with license.Unavailable when the provider cannot be reached or
// says nothing sensible about itself.
func (d *Directory) Find(ctx context.Context, issuer string, now license.Time) (*Provider, error) {
	d.mu.Lock()
	f, known := d.known[issuer]
	d.mu.Unlock()
	if known && now < f.until {
		return f.provider, f.err
	}
	// Many who wait are one question, which goes on when the first of them leaves.
	answer := d.flight.DoChan(issuer, func() (any, error) {
		f := d.ask(context.WithoutCancel(ctx), issuer, now)
		d.keep(issuer, f)
		return f.provider, f.err
	})
	select {
	case <-ctx.Done():
		return nil, license.Wrap(license.Unavailable, "the identity provider has not answered yet", ctx.Err())
	case got := <-answer:
		provider, _ := got.Val.(*Provider)
		return provider, got.Err
	}
}

func (d *Directory) ask(ctx context.Context, issuer string, now license.Time) finding {
	provider, err := d.discover(ctx, issuer)
	if err != nil {
		return finding{err: license.Wrap(license.Unavailable, "the identity provider cannot be reached", err), until: now.Add(keepFailed)}
	}
	return finding{provider: provider, until: now.Add(keepFound)}
}

func (d *Directory) keep(issuer string, f finding) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for other := range d.known {
		if len(d.known) < maxKept {
			break
		}
		delete(d.known, other)
	}
	d.known[issuer] = f
}

// discover reads what a provider says about itself.
func (d *Directory) discover(ctx context.Context, issuer string) (*Provider, error) {
	found, err := oidc.NewProvider(oidc.ClientContext(ctx, d.client), issuer)
	if err != nil {
		return nil, err
	}
	var more struct {
		EndSession    string `json:"end_session_endpoint"`
		Introspection string `json:"introspection_endpoint"`
	}
	if err := found.Claims(&more); err != nil {
		return nil, err
	}
	at := found.Endpoint()
	p := &Provider{Issuer: issuer, SignIn: at.AuthURL, Token: at.TokenURL, EndSession: more.EndSession,
		Introspection: more.Introspection, found: found, client: d.client}
	for _, address := range []string{p.SignIn, p.Token, p.EndSession, p.Introspection} {
		if parsed, err := url.Parse(address); err != nil || address != "" && !d.options.Allowed(parsed) {
			return nil, errors.New("the provider names an address that is not https")
		}
	}
	if p.SignIn == "" || p.Token == "" {
		return nil, errors.New("the provider does not say where to sign in")
	}
	return p, nil
}

// Client is how we are registered at a provider.
type Client struct {
	ID          string
	Secret      string
	RedirectURI string // "" leaves it out
}

// config is the client at the provider.
func (p *Provider) config(c Client) oauth2.Config {
	return oauth2.Config{ClientID: c.ID, ClientSecret: c.Secret, Endpoint: p.found.Endpoint(), RedirectURL: c.RedirectURI,
		Scopes: []string{oidc.ScopeOpenID, oidc.ScopeEmail, oidc.ScopeProfile}}
}

// SignInURL returns the address at which somebody signs in. With tokens they come back with an id token and an access
// token, else with a code. state and nonce come back too, for the app to compare.
func (p *Provider) SignInURL(c Client, tokens bool, state, nonce string) string {
	config := p.config(c)
	options := []oauth2.AuthCodeOption{oidc.Nonce(nonce)}
	if tokens {
		options = append(options, oauth2.SetAuthURLParam("response_type", "id_token token"))
	}
	return config.AuthCodeURL(state, options...)
}

// Exchange gives the code that somebody came back with to the provider and returns the id token. It fails with
// credentials_wrong when the provider refuses the code, and with license.Unavailable when it cannot be reached.
func (p *Provider) Exchange(ctx context.Context, c Client, code string) (string, error) {
	config := p.config(c)
	token, err := config.Exchange(oidc.ClientContext(ctx, p.client), code)
	if err != nil {
		if refused, ok := errors.AsType[*oauth2.RetrieveError](err); ok && refused.Response.StatusCode < http.StatusInternalServerError {
			return "", wrong(errors.New("the provider refuses the code: " + refused.ErrorCode))
		}
		return "", license.Wrap(license.Unavailable, "the identity provider cannot be reached", err)
	}
	raw, _ := token.Extra("id_token").(string)
	if raw == "" {
		return "", wrong(errors.New("the provider gives no id token"))
	}
	return raw, nil
}

// Person is who signed in, as the provider says.
type Person struct {
	Subject string
	Email   string // as the provider vouches for it
}

// Verify reads a token of the provider: signed by it, for the client, not expired, and with an e-mail address that it
// does not call unverified. An access token will do where it is such a token too and names the client as the party it
// was issued to (contract License API §6, I3). It fails with credentials_wrong, and with license.Unavailable when the
// provider's keys cannot be fetched.
func (p *Provider) Verify(ctx context.Context, c Client, raw string, now license.Time) (Person, error) {
	verifier := p.found.Verifier(&oidc.Config{SkipClientIDCheck: true, Now: now.UTC})
	token, err := verifier.Verify(oidc.ClientContext(ctx, p.client), raw)
	if err != nil {
		return Person{}, p.unverified(err)
	}
	var claims struct {
		Email    string `json:"email"`
		Verified any    `json:"email_verified"` // a boolean, or of some providers a text
		Party    string `json:"azp"`
	}
	if err := token.Claims(&claims); err != nil {
		return Person{}, wrong(err)
	}
	switch {
	case c.ID == "" || !slices.Contains(token.Audience, c.ID) && claims.Party != c.ID:
		return Person{}, wrong(errors.New("the token is for another client"))
	case claims.Party != "" && claims.Party != c.ID:
		return Person{}, wrong(errors.New("the token was issued to another client"))
	case claims.Verified != nil && claims.Verified != true && claims.Verified != "true":
		return Person{}, wrong(errors.New("the provider has not verified the e-mail address"))
	case strings.TrimSpace(claims.Email) == "":
		return Person{}, wrong(errors.New("the token has no e-mail address"))
	}
	return Person{Subject: token.Subject, Email: strings.TrimSpace(claims.Email)}, nil
}

// unverified tells a bad token from keys that could not be fetched.
func (p *Provider) unverified(err error) error {
	if _, ok := errors.AsType[*url.Error](err); ok || strings.Contains(err.Error(), "fetching keys") {
		return license.Wrap(license.Unavailable, "the identity provider cannot be reached", err)
	}
	return wrong(err)
}

// wrong is a refusal whose cause is for the log.
func wrong(cause error) error {
	return license.Wrap(license.Unauthenticated, "", errors.Join(license.CredentialsWrong, cause))
}
