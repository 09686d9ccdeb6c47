package office_test

import (
	"crypto/ed25519"
	"encoding/json"
	"strings"
	"sync"
	"testing"
	"time"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/signing"
	"licet/internal/store"
)

func TestSigningKeys(t *testing.T) {
	forEachHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		list, err := h.ListPublicKeys(ctx, h.boss)
		h.ok(err)
		if len(list) != 2 || list[0].Purpose != store.NativeAnswerKey || list[1].Purpose != store.LicenseFileKey || list[0].JWK.X == list[1].JWK.X {
			t.Fatalf("ListPublicKeys = %+v, want two keys for two purposes", list)
		}
		first := list[0]
		public, err := first.JWK.PublicKey()
		h.ok(err)
		if first.JWK.ID != signing.Thumbprint(public) || len(public) != ed25519.PublicKeySize || first.RetiredAt != 0 || first.ListedUntil != 0 {
			t.Errorf("key = %+v, want one in use that is named by its thumbprint", first)
		}
		same, err := h.EnsureSigningKey(ctx, h.boss, store.NativeAnswerKey)
		h.ok(err)
		if same.ID != first.ID {
			t.Errorf("EnsureSigningKey = %d, want %d", same.ID, first.ID)
		}
		_, err = h.DropSigningKey(ctx, h.boss, first.ID)
		wantCode(t, "DropSigningKey of the one in use", err, license.Conflict)

		h.advance(hour)
		second, err := h.RotateSigningKey(ctx, h.boss, store.NativeAnswerKey)
		h.ok(err)
		list, err = h.ListPublicKeys(ctx, h.boss)
		h.ok(err)
		if len(list) != 3 || list[0].ID != second.ID || list[1].ID != first.ID || list[1].RetiredAt != h.now() ||
			list[1].ListedUntil != h.now().Add(30*24*time.Hour) {
			t.Errorf("ListPublicKeys = %+v, want the new key, then the old one for 30 days", list)
		}
		dropped, err := h.DropSigningKey(ctx, h.boss, first.ID)
		h.ok(err)
		if dropped.ID != first.ID {
			t.Errorf("DropSigningKey = %d, want %d", dropped.ID, first.ID)
		}
		_, err = h.DropSigningKey(ctx, h.boss, first.ID)
		wantCode(t, "DropSigningKey again", err, license.NotFound)

		t.Run("refusals", func(t *testing.T) {
			for _, purpose := range []store.KeyPurpose{"", "x", store.AnswerKey, store.AirGapKey} {
				_, err := h.RotateSigningKey(ctx, h.boss, purpose)
				wantCode(t, "RotateSigningKey for "+string(purpose), err, license.Invalid)
				_, err = h.EnsureSigningKey(ctx, h.boss, purpose)
				wantCode(t, "EnsureSigningKey for "+string(purpose), err, license.Invalid)
			}
			reader := h.boss
			reader.Role = identity.ReadOnly
			_, err := h.RotateSigningKey(ctx, reader, store.NativeAnswerKey)
			want(t, "RotateSigningKey", err, license.PermissionMissing)
			_, err = h.DropSigningKey(ctx, reader, second.ID)
			want(t, "DropSigningKey", err, license.PermissionMissing)
			_, err = h.ListPublicKeys(ctx, reader)
			want(t, "ListPublicKeys", err, "")
			reader.Role = identity.Support
			_, err = h.ListPublicKeys(ctx, reader)
			want(t, "ListPublicKeys", err, license.PermissionMissing)
		})
		t.Run("S0-06", func(t *testing.T) {
			other, err := h.CreateTenant(ctx, operator(), "other", "Other")
			h.ok(err)
			_, err = h.DropSigningKey(ctx, office.In(operator(), other.ID), second.ID)
			wantCode(t, "DropSigningKey in another tenant", err, license.NotFound)
		})
		log, err := h.ListEvents(ctx, h.boss, office.Page{Limit: 4})
		h.ok(err)
		if got := kinds(log); got != "signing_key.dropped signing_key.created signing_key.created signing_key.created" {
			t.Errorf("ListEvents = %s", got)
		}
		text, err := json.Marshal(log)
		h.ok(err)
		if !strings.Contains(string(text), first.JWK.ID) {
			t.Errorf("the events do not name the key %s: %s", first.JWK.ID, text)
		}
	})
}

func TestEnsureSigningKeyRace(t *testing.T) {
	forEachHouse(t, func(t *testing.T, h *house) {
		var wg sync.WaitGroup
		got := make([]office.PublicKey, 64)
		for i := range got {
			wg.Go(func() {
				var err error
				if got[i], err = h.EnsureSigningKey(t.Context(), h.boss, store.LicenseFileKey); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		for i := range got {
			if got[i] != got[0] {
				t.Fatalf("EnsureSigningKey = %+v and %+v, want one key", got[0], got[i])
			}
		}
		log, err := h.ListEvents(t.Context(), h.boss, office.Page{Limit: 2})
		h.ok(err)
		if n := strings.Count(kinds(log), "signing_key.created"); n != 1 {
			t.Errorf("%d keys were made, want one", n)
		}
	})
}
