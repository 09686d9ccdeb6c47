package authority_test

import (
	"net/url"
	"testing"

	"licet/internal/authority"
	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/signing"
	"licet/internal/testkit/oidctest"
)

func TestSSO(t *testing.T) {
	t.Parallel()
	forEachWorld(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		tenant := w.boss.Tenant
		idp, rival := oidctest.New(t), oidctest.New(t)
		_, err := w.office.CreateProduct(ctx, w.boss, office.NewProduct{Code: "suite", Name: "Suite", Auth: license.ByUser})
		w.must(err)
		for code, p := range map[string]*oidctest.Provider{"CORP": idp, "RIVAL": rival} {
			_, err := w.office.CreateCustomerAccount(ctx, w.boss, office.NewAccount{Code: code, Issuer: p.Issuer, ClientID: p.ClientID, ClientSecret: identity.Secret(p.ClientSecret)})
			w.must(err)
		}
		_, err = w.office.CreateCustomerAccount(ctx, w.boss, office.NewAccount{Code: "PLAIN"})
		w.must(err)
		for email, account := range map[string]string{"corp@corp.test": "CORP", "loose@corp.test": ""} {
			_, err := w.office.CreateCustomer(ctx, w.boss, office.NewCustomer{Email: email, Account: account})
			w.must(err)
		}
		user := func(n office.NewLicenseUser) license.LicenseUser {
			u, _, err := w.office.CreateLicenseUser(ctx, w.boss, n)
			w.must(err)
			return u
		}
		ann := user(office.NewLicenseUser{Email: "ann@corp.test", Customer: "corp@corp.test"})
		bob := user(office.NewLicenseUser{Name: "bob@corp.test|CORP", Email: "bob@corp.test"})
		user(office.NewLicenseUser{Email: "carl@corp.test"})
		user(office.NewLicenseUser{Email: "dora@corp.test", Customer: "loose@corp.test"})
		token := func(p *oidctest.Provider, email string) string {
			return p.Token(t, w.now().UTC(), map[string]any{"email": email})
		}

		t.Run("where-to-sign-in", func(t *testing.T) {
			got, err := w.SSOURL(ctx, tenant, "suite", "CORP", "token", "app://back")
			w.must(err)
			at, err := url.Parse(got.URL)
			w.must(err)
			q := at.Query()
			if q.Get("client_id") != idp.ClientID || q.Get("response_type") != "id_token token" || q.Get("redirect_uri") != "app://back" || q.Get("state") == "" || q.Get("nonce") == "" {
				t.Errorf("SSOURL = %s, want the client, the tokens, the redirect, a state and a nonce", got.URL)
			}
			if got.Issuer != idp.Issuer || got.Token != idp.Issuer+"/token" || got.EndSession == "" || got.Introspection == "" {
				t.Errorf("SSOURL = %+v, want the provider's addresses", got)
			}
			again, err := w.SSOURL(ctx, tenant, "suite", "CORP", "", "")
			w.must(err)
			if same, _ := url.Parse(again.URL); same.Query().Get("nonce") == q.Get("nonce") || same.Query().Get("response_type") != "code" {
				t.Errorf("SSOURL again = %s, want another nonce, and a code", again.URL)
			}
			for _, c := range []struct {
				product, account string
				want             license.Reason
			}{{"none", "CORP", license.ProductUnknown}, {"app", "CORP", license.AuthMethodWrong}, {"suite", "none", license.AccountUnknown}, {"suite", "PLAIN", license.AccountUnknown}} {
				_, err := w.SSOURL(ctx, tenant, c.product, c.account, "", "")
				wantReason(t, "SSOURL("+c.product+", "+c.account+")", err, c.want)
			}
			if _, err := w.SSOURL(ctx, tenant, "suite", "CORP", "password", ""); license.CodeOf(err) != license.Invalid {
				t.Errorf("SSOURL for a password = %v, want invalid", err)
			}
		})
		t.Run("who-signed-in", func(t *testing.T) {
			for email, want := range map[string]license.LicenseUser{"ann@corp.test": ann, "ANN@corp.test": ann, "bob@corp.test": bob} {
				u, err := w.UserBySSO(ctx, tenant, "CORP", token(idp, email), "", "")
				if err != nil || u.ID != want.ID {
					t.Errorf("UserBySSO(%s) = %+v, %v, want %s", email, u, err, want.Name)
				}
			}
			u, err := w.UserBySSO(ctx, tenant, "CORP", "", idp.Code(token(idp, "ann@corp.test"), "app://back"), "app://back")
			if err != nil || u.ID != ann.ID {
				t.Errorf("UserBySSO by a code = %+v, %v, want ann", u, err)
			}
		})
		t.Run("who-did-not", func(t *testing.T) {
			for what, c := range map[string]struct {
				account, token string
				want           license.Reason
			}{
				"nobody":                          {"CORP", token(idp, "nobody@corp.test"), license.CredentialsWrong},
				"of no account":                   {"CORP", token(idp, "carl@corp.test"), license.CredentialsWrong},
				"of a customer without one":       {"CORP", token(idp, "dora@corp.test"), license.CredentialsWrong},
				"of another account":              {"RIVAL", token(rival, "ann@corp.test"), license.CredentialsWrong},
				"of another account by name":      {"RIVAL", token(rival, "bob@corp.test|CORP"), license.CredentialsWrong},
				"by another account's provider":   {"CORP", token(rival, "ann@corp.test"), license.CredentialsWrong},
				"with no token":                   {"CORP", "", license.CredentialsWrong},
				"at an account without sign-on":   {"PLAIN", token(idp, "ann@corp.test"), license.AccountUnknown},
				"at an account that is not there": {"corp", token(idp, "ann@corp.test"), license.AccountUnknown},
			} {
				_, err := w.UserBySSO(ctx, tenant, c.account, c.token, "", "")
				wantReason(t, "UserBySSO "+what, err, c.want)
			}
			_, err := w.office.BanLicenseUser(ctx, w.boss, "", "ann@corp.test", "abuse")
			w.must(err)
			_, err = w.UserBySSO(ctx, tenant, "CORP", token(idp, "ann@corp.test"), "", "")
			wantReason(t, "UserBySSO of a banned user", err, license.UserBanned)
		})
		t.Run("only-where-the-operator-allows", func(t *testing.T) {
			strict := authority.New(authority.Deps{Store: w.store, Now: w.now, Keyring: signing.NewKeyring(signing.MasterKey{1})})
			_, err := strict.SSOURL(ctx, tenant, "suite", "CORP", "", "")
			if license.CodeOf(err) != license.Unavailable {
				t.Errorf("SSOURL at a plain issuer = %v, want unavailable", err)
			}
		})
		t.Run("provider-down", func(t *testing.T) {
			rival.Down.Store(true)
			_, err := w.UserBySSO(ctx, tenant, "RIVAL", "", "code", "")
			if license.CodeOf(err) != license.Unavailable {
				t.Errorf("UserBySSO = %v, want unavailable", err)
			}
		})
	})
}
