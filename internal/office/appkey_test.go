package office_test

import (
	"bytes"
	"crypto/sha256"
	"regexp"
	"strings"
	"sync"
	"testing"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/signing"
	"licet/internal/store"
	"licet/internal/testkit"
)

func TestAppKeys(t *testing.T) {
	forEachHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		h.product("demo", office.TermsChange{})
		_, err := h.AnswerKey(ctx, h.boss)
		wantCode(t, "AnswerKey before there is an app key", err, license.NotFound)
		key, secret, err := h.CreateAppKey(ctx, h.boss, office.NewAppKey{Name: "desktop", Kind: store.HMACKey, Product: "demo", ReadOnly: true})
		h.ok(err)
		if !regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`).MatchString(key.PublicID) {
			t.Errorf("public id %q is no UUID of version 4", key.PublicID)
		}
		if len(secret) != 43 || key.Secret != nil || key.Product == 0 || !key.ReadOnly {
			t.Errorf("CreateAppKey = %+v with a secret of %d characters, want 43", key, len(secret))
		}
		client, _, err := h.CreateAppKey(ctx, h.boss, office.NewAppKey{Kind: store.OAuthClient})
		h.ok(err)
		if !strings.HasPrefix(client.PublicID, "client-") {
			t.Errorf("client id %q, want client-…", client.PublicID)
		}
		first, err := h.AnswerKey(ctx, h.boss)
		h.ok(err)
		if first.Algorithm != "rsa-2048" || first.Private != nil || !strings.HasPrefix(first.Public, "-----BEGIN PUBLIC KEY-----\n") {
			t.Errorf("AnswerKey = %s %q, want rsa-2048 in PEM and no private part", first.Algorithm, first.Public)
		}
		for _, n := range []office.NewAppKey{{}, {Kind: "rsa"}, {Kind: store.HMACKey, Name: "a\x00b"}} {
			_, _, err := h.CreateAppKey(ctx, h.boss, n)
			wantCode(t, "CreateAppKey of a wrong kind or name", err, license.Invalid)
		}
		_, _, err = h.CreateAppKey(ctx, h.boss, office.NewAppKey{Kind: store.HMACKey, Product: "nothing"})
		want(t, "CreateAppKey for an unknown product", err, license.ProductUnknown)

		t.Run("list", func(t *testing.T) {
			list, err := h.ListAppKeys(ctx, h.boss, office.Page{})
			h.ok(err)
			if len(list) != 2 || list[0].PublicID != client.PublicID || list[1].PublicID != key.PublicID || list[0].Secret != nil {
				t.Errorf("ListAppKeys = %+v, want the client and the key, without secrets", list)
			}
		})
		t.Run("revoke", func(t *testing.T) {
			got, err := h.RevokeAppKey(ctx, h.boss, key.PublicID)
			h.ok(err)
			if got.RevokedAt != h.now() {
				t.Errorf("revoked at %s, want now", got.RevokedAt)
			}
			h.advance(hour)
			again, err := h.RevokeAppKey(ctx, h.boss, key.PublicID)
			h.ok(err)
			if again.RevokedAt != got.RevokedAt {
				t.Errorf("revoked again at %s, want %s", again.RevokedAt, got.RevokedAt)
			}
			_, err = h.RevokeAppKey(ctx, h.boss, "unknown")
			want(t, "RevokeAppKey of an unknown key", err, license.AppKeyUnknown)
		})
		t.Run("permissions", func(t *testing.T) {
			reader := h.boss
			reader.Role = identity.ReadOnly
			_, _, err := h.CreateAppKey(ctx, reader, office.NewAppKey{Kind: store.HMACKey})
			want(t, "CreateAppKey", err, license.PermissionMissing)
			_, err = h.RevokeAppKey(ctx, reader, client.PublicID)
			want(t, "RevokeAppKey", err, license.PermissionMissing)
			_, err = h.RotateAnswerKey(ctx, reader, 0)
			want(t, "RotateAnswerKey", err, license.PermissionMissing)
			_, err = h.ListAppKeys(ctx, reader, office.Page{})
			want(t, "ListAppKeys", err, "")
		})
		t.Run("S0-06", func(t *testing.T) {
			other, err := h.CreateTenant(ctx, operator(), "other", "Other")
			h.ok(err)
			_, err = h.RevokeAppKey(ctx, office.In(operator(), other.ID), client.PublicID)
			want(t, "RevokeAppKey in another tenant", err, license.AppKeyUnknown)
		})
		log, err := h.ListEvents(ctx, h.boss, office.Page{Limit: 4})
		h.ok(err)
		if got := kinds(log); got != "app_key.revoked app_key.created app_key.created answer_key.created" {
			t.Errorf("ListEvents = %s", got)
		}
		for _, e := range log {
			for name, value := range e.Data {
				if text, ok := value.(string); ok && strings.Contains(text, secret.Reveal()) {
					t.Errorf("event %s shows the secret in %s", e.Kind, name)
				}
			}
		}
	})
}

func TestBasicClients(t *testing.T) {
	forEachHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		client, secret, err := h.CreateAppKey(ctx, h.boss, office.NewAppKey{Name: "portal", Kind: store.BasicClient, ReadOnly: true})
		h.ok(err)
		if !regexp.MustCompile(`^C[0-9]{7}$`).MatchString(client.PublicID) || len(secret) != 43 || client.Secret != nil {
			t.Errorf("CreateAppKey = %+v with a secret of %d characters, want C0000001 and 43", client, len(secret))
		}
		_, err = h.AnswerKey(ctx, h.boss)
		wantCode(t, "AnswerKey, since what clients are told is not signed", err, license.NotFound)
		var stored store.AppKey
		h.ok(h.store.Read(ctx, func(tx *store.Tx) (err error) {
			stored, _, err = tx.FindApp(client.PublicID)
			return err
		}))
		if hash := sha256.Sum256([]byte(secret.Reveal())); !bytes.Equal(stored.Secret, hash[:]) || !stored.ReadOnly || stored.Kind != store.BasicClient {
			t.Errorf("stored is %+v, want the hash of the key alone", stored)
		}

		t.Run("a_taken_id_is_drawn_again", func(t *testing.T) {
			o := office.New(office.Deps{Store: h.store, Now: h.now, Hasher: testkit.Hasher(), Rand: &repeating{}})
			ids := make(map[string]bool)
			for range 3 {
				key, _, err := o.CreateAppKey(ctx, h.boss, office.NewAppKey{Kind: store.BasicClient})
				h.ok(err)
				ids[key.PublicID] = true
			}
			if len(ids) != 3 {
				t.Errorf("the ids are %v, want three", ids)
			}
		})
	})
}

// repeating is a source of the same bytes, over and over, that now and then go on.
type repeating struct{ reads int }

func (r *repeating) Read(p []byte) (int, error) {
	r.reads++
	for i := range p {
		p[i] = byte(r.reads / 8)
	}
	return len(p), nil
}

func TestRotateAnswerKey(t *testing.T) {
	forEachHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		first, err := h.RotateAnswerKey(ctx, h.boss, 0)
		h.ok(err)
		h.advance(hour)
		_, err = h.SaveSetting(ctx, h.boss, office.Setting{Name: "answers.rsa_size", Value: "3072"})
		h.ok(err)
		second, err := h.RotateAnswerKey(ctx, h.boss, 0)
		h.ok(err)
		if second.Algorithm != "rsa-3072" || second.Public == first.Public {
			t.Errorf("the second key is %s, want another one of 3072 bits", second.Algorithm)
		}
		if got, err := h.AnswerKey(ctx, h.boss); err != nil || got.ID != second.ID {
			t.Errorf("AnswerKey = %d, %v, want the second one", got.ID, err)
		}
		list, err := h.ListAnswerKeys(ctx, h.boss)
		h.ok(err)
		if len(list) != 2 || list[0].RetiredAt != 0 || list[1].RetiredAt != h.now() || list[1].Public != first.Public || list[1].Private != nil {
			t.Errorf("ListAnswerKeys = %+v, want the first one retired, with its public key alone", list)
		}
		_, err = h.RotateAnswerKey(ctx, h.boss, signing.RSASize(1024))
		wantCode(t, "RotateAnswerKey to 1024 bits", err, license.Invalid)
		_, err = h.SaveSetting(ctx, h.boss, office.Setting{Name: "answers.rsa_size", Value: "1024"})
		wantCode(t, "SaveSetting of 1024 bits", err, license.Invalid)
	})
}

// Of several first app keys at once one makes the key pair, and all of them use it.
func TestFirstAppKeyRace(t *testing.T) {
	forEachHouse(t, func(t *testing.T, h *house) {
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				if _, _, err := h.CreateAppKey(t.Context(), h.boss, office.NewAppKey{Kind: store.HMACKey}); err != nil {
					t.Errorf("CreateAppKey = %v, want ok", err)
				}
			})
		}
		wg.Wait()
		if list, err := h.ListAnswerKeys(t.Context(), h.boss); err != nil || len(list) != 1 {
			t.Errorf("ListAnswerKeys = %d keys, %v, want 1", len(list), err)
		}
	})
}

func TestSettings(t *testing.T) {
	forEachHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		for _, c := range []struct{ name, value, want string }{
			{"license_users.change_password", "false", "false"},
			{"license_users.change_password", "", ""},
			{"answers.rsa_size", "4096", "4096"},
			{"lockout.license_user", `{"failures_per_round":3}`, `"failures_per_round":3,"first_lock_minutes":15`},
		} {
			got, err := h.SaveSetting(ctx, h.boss, office.Setting{Name: c.name, Value: c.value})
			if err != nil || !strings.Contains(got.Value, c.want) {
				t.Errorf("SaveSetting(%s, %s) = %s, %v, want %s", c.name, c.value, got.Value, err, c.want)
			}
		}
		for _, s := range []office.Setting{{"license_users.change_password", "maybe"}, {"answers.rsa_size", "big"}, {"lockout.license_user", "{"}} {
			_, err := h.SaveSetting(ctx, h.boss, s)
			wantCode(t, "SaveSetting "+s.Name+" "+s.Value, err, license.Invalid)
		}
		_, err := h.SaveSetting(ctx, h.boss, office.Setting{Name: "nothing", Value: "1"})
		wantCode(t, "SaveSetting of an unknown one", err, license.NotFound)
		admin := h.boss
		admin.Role = identity.Admin
		_, err = h.SaveSetting(ctx, admin, office.Setting{Name: "answers.rsa_size", Value: "2048"})
		want(t, "SaveSetting by an admin", err, license.PermissionMissing)
		list, err := h.ListSettings(ctx, admin)
		h.ok(err)
		if len(list) != 9 || list[3].Value != "4096" {
			t.Errorf("ListSettings = %v, want 9 with answers.rsa_size 4096", list)
		}
	})
}
