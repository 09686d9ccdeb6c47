package authority_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"licet/internal/authority"
	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/signing"
	"licet/internal/store"
)

// appKey makes an app key.
func (w *world) appKey(n office.NewAppKey) (office.AppKey, identity.Secret) {
	w.t.Helper()
	key, secret, err := w.office.CreateAppKey(w.t.Context(), w.boss, n)
	w.must(err)
	return key, secret
}

func TestApps(t *testing.T) {
	t.Parallel()
	forEachWorld(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		key, secret := w.appKey(office.NewAppKey{Name: "desktop", Kind: store.HMACKey, ReadOnly: true, Product: "app"})
		app, err := w.App(ctx, key.PublicID)
		w.must(err)
		if string(app.Secret) != secret.Reveal() || app.Tenant != w.boss.Tenant || !app.ReadOnly || app.Product == 0 {
			t.Errorf("App = tenant %d, read only %v, product %d, secret as given %v", app.Tenant, app.ReadOnly, app.Product, string(app.Secret) == secret.Reveal())
		}
		server, _ := w.appKey(office.NewAppKey{Kind: store.BasicClient}) // It is no app.
		for _, id := range []string{"", "unknown", "no\x00body", "\xff", strings.Repeat("x", 10_000), strings.ToUpper(key.PublicID), server.PublicID} {
			_, err := w.App(ctx, id)
			wantReason(t, fmt.Sprintf("App(%.12q)", id), err, license.AppKeyUnknown)
		}
		t.Run("answers-are-signed-by-the-key-in-use", func(t *testing.T) {
			check := func(want string) {
				t.Helper()
				app, err := w.App(ctx, key.PublicID)
				w.must(err)
				signature, err := app.Answers.Sign([]byte("hello"))
				w.must(err)
				if err := signing.VerifyRSA(want, []byte("hello"), signature); err != nil {
					t.Errorf("the signature does not fit the key that office shows: %v", err)
				}
			}
			first, err := w.office.AnswerKey(ctx, w.boss)
			w.must(err)
			check(first.Public)
			second, err := w.office.RotateAnswerKey(ctx, w.boss, 0)
			w.must(err)
			check(second.Public)
			if first.Public == second.Public {
				t.Error("the new key is the old one")
			}
		})
		t.Run("may", func(t *testing.T) {
			wantReason(t, "May change", app.May(app.Product, true), license.AppKeyReadOnly)
			wantReason(t, "May ask of another product", app.May(app.Product+1, false), license.AppKeyProduct)
			w.must(app.May(app.Product, false))
			w.must((&authority.App{}).May(app.Product, true))
		})
		t.Run("revoked", func(t *testing.T) {
			_, err := w.office.RevokeAppKey(ctx, w.boss, key.PublicID)
			w.must(err)
			app, err := w.App(ctx, key.PublicID)
			wantReason(t, "App of a revoked key", err, license.AppKeyRevoked)
			if bytes.Contains(app.Secret, []byte(secret.Reveal())) || app.ID != key.ID {
				t.Errorf("App of a revoked key = %d with its secret", app.ID)
			}
		})
	})
}

func TestAccessTokens(t *testing.T) {
	t.Parallel()
	forEachWorld(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		client, secret := w.appKey(office.NewAppKey{Kind: store.OAuthClient})
		key, shared := w.appKey(office.NewAppKey{Kind: store.HMACKey})
		_, _, err := w.AccessToken(ctx, client.PublicID, "wrong")
		wantReason(t, "AccessToken with a wrong secret", err, license.CredentialsWrong)
		_, _, err = w.AccessToken(ctx, "unknown", secret)
		wantReason(t, "AccessToken of nobody", err, license.AppKeyUnknown)
		_, _, err = w.AccessToken(ctx, key.PublicID, shared)
		wantReason(t, "AccessToken of an API key", err, license.AppKeyUnknown)

		token, life, err := w.AccessToken(ctx, client.PublicID, secret)
		w.must(err)
		app, err := w.AppByToken(ctx, token)
		w.must(err)
		if app.ID != client.ID || string(app.Secret) != secret.Reveal() || life != 480*time.Second {
			t.Errorf("AppByToken = %d for %s, want %d for 480 s", app.ID, life, client.ID)
		}
		sealed := signing.NewKeyring(signing.MasterKey{2}).Seal("app-access-token", []byte(`{}`))
		for _, bad := range []string{"", "x", token[1:], token + "A", token[:len(token)-1], "B" + token[1:], " " + token, token + "\n",
			string(sealed), strings.Repeat("A", 100_000)} {
			_, err := w.AppByToken(ctx, bad)
			wantReason(t, fmt.Sprintf("AppByToken(%.12q)", bad), err, license.TokenMalformed)
		}
		w.advance(life - time.Microsecond)
		_, err = w.AppByToken(ctx, token)
		w.must(err)
		w.advance(time.Microsecond)
		_, err = w.AppByToken(ctx, token)
		wantReason(t, "AppByToken once it has expired", err, license.TokenExpired)

		fresh, _, err := w.AccessToken(ctx, client.PublicID, secret)
		w.must(err)
		_, err = w.office.RevokeAppKey(ctx, w.boss, client.PublicID)
		w.must(err)
		_, err = w.AppByToken(ctx, fresh)
		wantReason(t, "AppByToken of a revoked client", err, license.AppKeyRevoked)
		_, _, err = w.AccessToken(ctx, client.PublicID, secret)
		wantReason(t, "AccessToken of a revoked client", err, license.AppKeyRevoked)
	})
}
