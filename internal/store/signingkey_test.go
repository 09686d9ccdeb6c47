package store

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"licet/internal/license"
)

// keyTenant stores a tenant.
func keyTenant(t *testing.T, s *Store, code string) license.TenantID {
	t.Helper()
	tenant := license.Tenant{Code: code, Name: code, Created: 1}
	mustWrite(t, s, func(tx *Tx) error { return tx.InsertTenant(&tenant) })
	return tenant.ID
}

func TestAddSigningKeyRace(t *testing.T) {
	forEachDB(t, func(t *testing.T, db testDB) {
		s := db.open(t)
		tenant := keyTenant(t, s, "acme")
		var wg sync.WaitGroup
		ids := make([]int64, 64)
		made := make([]bool, len(ids))
		for i := range ids {
			wg.Go(func() {
				err := s.Write(t.Context(), func(tx *Tx) (err error) {
					k := SigningKey{Tenant: tenant, Purpose: NativeAnswerKey, Algorithm: "ed25519", Public: fmt.Sprint(i), Private: []byte{1}, Created: 5}
					made[i], err = tx.AddSigningKey(&k)
					ids[i] = k.ID
					return err
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		slices.Sort(ids)
		if ids = slices.Compact(ids); len(ids) != 1 || ids[0] == 0 {
			t.Errorf("AddSigningKey 64 times = keys %v, want one", ids)
		}
		if made = slices.DeleteFunc(made, func(m bool) bool { return !m }); len(made) != 1 {
			t.Errorf("AddSigningKey made %d keys, want one", len(made))
		}
		err := s.Write(t.Context(), func(tx *Tx) error {
			_, err := tx.AddSigningKey(&SigningKey{Tenant: 1, Purpose: NativeAnswerKey})
			return err
		})
		if license.CodeOf(err) != license.NotFound {
			t.Errorf("AddSigningKey of no tenant = %v, want not_found", err)
		}
	})
}

func TestPublicSigningKeys(t *testing.T) {
	forEachDB(t, func(t *testing.T, db testDB) {
		s := db.open(t)
		acme, other := keyTenant(t, s, "acme"), keyTenant(t, s, "other")
		const day = 24 * time.Hour
		start := license.TimeOf(time.Date(2026, 3, 23, 12, 0, 0, 0, time.UTC))
		add := func(tenant license.TenantID, purpose KeyPurpose, name string, at license.Time) int64 {
			k := SigningKey{Tenant: tenant, Purpose: purpose, Algorithm: "a", Public: name, Private: []byte{1}, Created: at}
			mustWrite(t, s, func(tx *Tx) error { return tx.InsertSigningKey(&k) })
			return k.ID
		}
		add(acme, AnswerKey, "rsa", start)
		add(acme, NativeAnswerKey, "a1", start)
		add(acme, LicenseFileKey, "f1", start)
		add(other, NativeAnswerKey, "o1", start)
		first := add(acme, NativeAnswerKey, "a2", start.Add(day)) // a1 is retired now.
		add(acme, LicenseFileKey, "f2", start.Add(day))
		for name, test := range map[string]struct {
			tenant license.TenantID
			at     license.Time
			want   string
		}{
			"before":          {acme, start.Add(31*day - 1), "[f2 a2 f1 a1]"},
			"answers-over":    {acme, start.Add(31 * day), "[f2 a2 f1]"},
			"files-over":      {acme, start.Add(401 * day), "[f2 a2]"},
			"all":             {0, start.Add(day), "[f2 a2 o1 f1 a1]"},
			"all-but-retired": {0, start.Add(900 * day), "[f2 a2 o1]"},
			"other":           {other, start.Add(900 * day), "[o1]"},
		} {
			var names []string
			err := s.Read(t.Context(), func(tx *Tx) error {
				list, err := tx.PublicSigningKeys(test.tenant, test.at)
				names = nil
				for _, k := range list {
					names = append(names, k.Public)
					if !k.Listed(test.at) {
						t.Errorf("%s: Listed() of %s = false, want true", name, k.Public)
					}
				}
				return err
			})
			if got := fmt.Sprint(names); err != nil || got != test.want {
				t.Errorf("%s: PublicSigningKeys = %s, %v, want %s", name, got, err, test.want)
			}
		}
		err := s.Write(t.Context(), func(tx *Tx) error { return tx.DropSigningKey(acme, NativeAnswerKey, first) })
		if license.CodeOf(err) != license.NotFound {
			t.Errorf("DropSigningKey of one in use = %v, want not_found", err)
		}
		add(acme, NativeAnswerKey, "a3", start.Add(2*day))
		mustWrite(t, s, func(tx *Tx) error { return tx.DropSigningKey(acme, NativeAnswerKey, first) })
		err = s.Read(t.Context(), func(tx *Tx) error {
			_, err := tx.FindSigningKeyByID(acme, NativeAnswerKey, first)
			return err
		})
		if license.CodeOf(err) != license.NotFound {
			t.Errorf("FindSigningKeyByID of a dropped one = %v, want not_found", err)
		}
	})
}
