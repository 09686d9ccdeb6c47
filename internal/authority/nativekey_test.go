package authority_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"strings"
	"sync"
	"testing"
	"time"

	"licet/internal/authority"
	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/signing"
	"licet/internal/store"
)

// purposes returns what keys are for, in order.
func purposes(keys []signing.JWK) string {
	words := make([]string, len(keys))
	for i, k := range keys {
		words[i] = k.Purpose
	}
	return strings.Join(words, " ")
}

// known looks keys up by their names, as whoever checks a signature does.
func known(t *testing.T, keys []signing.JWK) func(string) (ed25519.PublicKey, bool) {
	return func(kid string) (ed25519.PublicKey, bool) {
		for i := range keys {
			if keys[i].ID == kid {
				public, err := keys[i].PublicKey()
				if err != nil {
					t.Error(err)
				}
				return public, true
			}
		}
		return nil, false
	}
}

// wantSigned fails unless an answer signed by s verifies with one of keys.
func wantSigned(t *testing.T, what string, s *signing.AnswerSigner, keys []signing.JWK, at license.Time) {
	t.Helper()
	a := signing.Answer{Method: "POST", Path: "/v1/validate", Nonce: "n", Status: 200, Body: []byte("{}"), At: at}
	headers, err := s.Sign(&a)
	if err == nil {
		err = headers.Verify(&a, known(t, keys))
	}
	if err != nil {
		t.Errorf("%s: %v, want a good signature", what, err)
	}
}

func TestAnswerSigner(t *testing.T) {
	forEachWorld(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		tenant := w.boss.Tenant
		first, err := w.AnswerSigner(ctx, tenant, 0)
		w.must(err)
		listed, err := w.office.ListPublicKeys(ctx, w.boss)
		w.must(err)
		if listed[0].JWK.ID != first.KeyID() {
			t.Fatalf("AnswerSigner(0) signs with %s, want %s", first.KeyID(), listed[0].JWK.ID)
		}
		same, err := w.AnswerSigner(ctx, tenant, listed[0].ID)
		w.must(err)
		if same != first {
			t.Error("AnswerSigner opened the key again, want it remembered")
		}
		second, err := w.office.RotateSigningKey(ctx, w.boss, store.NativeAnswerKey)
		w.must(err)
		fresh, err := w.AnswerSigner(ctx, tenant, second.ID)
		w.must(err)
		keys, err := w.PublicKeys(ctx, "acme")
		w.must(err)
		wantSigned(t, "the new key", fresh, keys, w.now())
		wantSigned(t, "the old key", first, keys, w.now())
		if got := purposes(keys); got != "native-answers license-files native-answers server-answers" {
			t.Errorf("PublicKeys = %s", got)
		}
		w.advance(31 * 24 * time.Hour)
		if keys, err = w.PublicKeys(ctx, "acme"); err != nil || purposes(keys) != "native-answers license-files server-answers" {
			t.Errorf("PublicKeys after the overlap = %s, %v", purposes(keys), err)
		}
		if _, err := w.AnswerSigner(ctx, tenant, 12345); license.CodeOf(err) != license.NotFound {
			t.Errorf("AnswerSigner of no key = %v, want not_found", err)
		}
		if _, err := w.AnswerSigner(ctx, 1, 0); license.CodeOf(err) != license.NotFound {
			t.Errorf("AnswerSigner of no tenant = %v, want not_found", err)
		}
		// A key that another server makes is used here as well.
		other := w.sibling()
		third, err := w.office.RotateSigningKey(ctx, w.boss, store.NativeAnswerKey)
		w.must(err)
		s, err := other.AnswerSigner(ctx, tenant, third.ID)
		w.must(err)
		if s.KeyID() != third.JWK.ID {
			t.Errorf("AnswerSigner of another server signs with %s, want %s", s.KeyID(), third.JWK.ID)
		}
	})
}

// sibling is another server on the same database.
func (w *world) sibling() *authority.Authority {
	return authority.New(authority.Deps{Store: w.store, Now: w.now, Keyring: signing.NewKeyring(signing.MasterKey{1}), Rand: rand.Reader})
}

func TestFirstAnswerSignerRace(t *testing.T) {
	forEachWorld(t, func(t *testing.T, w *world) {
		servers := []*authority.Authority{w.Authority, w.sibling()}
		var wg sync.WaitGroup
		names, own := make([]string, 64), make([]string, 64)
		for i := range names {
			wg.Go(func() {
				s, err := servers[i%2].AnswerSigner(t.Context(), w.boss.Tenant, 0)
				if err != nil {
					t.Error(err)
					return
				}
				names[i] = s.KeyID()
				if s, err = servers[i%2].ServerSigner(t.Context()); err != nil {
					t.Error(err)
					return
				}
				own[i] = s.KeyID()
			})
		}
		wg.Wait()
		for i := range names {
			if names[i] != names[0] || own[i] != own[0] {
				t.Fatalf("the first keys are %s and %s, %s and %s, want one of each", names[0], names[i], own[0], own[i])
			}
		}
	})
}

func TestPublicKeys(t *testing.T) {
	forEachWorld(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		server, err := w.ServerSigner(ctx)
		w.must(err)
		none, err := w.PublicKeys(ctx, "")
		w.must(err)
		if purposes(none) != authority.PurposeServerAnswers {
			t.Errorf("PublicKeys of all = %s, want the server's alone", purposes(none))
		}
		wantSigned(t, "the server's key", server, none, w.now())
		mine, err := w.PublicKeys(ctx, "acme") // Makes them: a vendor may want to build them in.
		w.must(err)
		if purposes(mine) != "license-files native-answers server-answers" {
			t.Errorf("PublicKeys = %s", purposes(mine))
		}
		other, err := w.office.CreateTenant(ctx, identity.Actor{Kind: identity.Operator}, "other", "Other")
		w.must(err)
		_, err = w.office.EnsureSigningKey(ctx, office.In(identity.Actor{Kind: identity.Operator}, other.ID), store.NativeAnswerKey)
		w.must(err)
		all, err := w.PublicKeys(ctx, "")
		w.must(err)
		if purposes(all) != "native-answers license-files native-answers server-answers" {
			t.Errorf("PublicKeys of all = %s", purposes(all))
		}
		again, err := w.PublicKeys(ctx, "acme")
		w.must(err)
		if len(again) != len(mine) || again[0] != mine[0] {
			t.Errorf("PublicKeys again = %v, want %v", again, mine)
		}
		if _, err := w.PublicKeys(ctx, "nobody"); license.CodeOf(err) != license.NotFound {
			t.Errorf("PublicKeys of no tenant = %v, want not_found", err)
		}
	})
}
