package store

import (
	"errors"
	"testing"

	"licet/internal/license"
)

// What is done within a transaction is kept with it and taken back with it.
func TestWithin(t *testing.T) {
	forEachDB(t, func(t *testing.T, db testDB) {
		s := db.openPlayground(t)

		t.Run("sees_and_keeps", func(t *testing.T) {
			mustWrite(t, s, func(tx *Tx) error {
				in := s.Within(tx)
				mustWrite(t, in, func(tx *Tx) error { return addParent(tx, 1, "ann") })
				mustRead(t, in, func(tx *Tx) error {
					found, err := tx.one("SELECT n FROM t_parent WHERE id = 1", nil, new(int64))
					if !found {
						t.Error("a read within the transaction finds nothing, want what a write before made")
					}
					return err
				})
				return addParent(tx, 2, "bob")
			})
			if n := count(t, s, "t_parent"); n != 2 {
				t.Errorf("%d rows, want 2", n)
			}
		})

		t.Run("a_refusal_loses_all", func(t *testing.T) {
			err := s.Write(t.Context(), func(tx *Tx) error {
				in := s.Within(tx)
				mustWrite(t, in, func(tx *Tx) error { return addParent(tx, 3, "cy") })
				_ = in.Write(t.Context(), func(*Tx) error { return license.Refuse(license.LicenseRevoked) })
				return nil
			})
			if license.ReasonOf(err) != license.LicenseRevoked {
				t.Errorf("Write = %v, want %s", err, license.LicenseRevoked)
			}
			if n := count(t, s, "t_parent"); n != 2 {
				t.Errorf("%d rows, want 2", n)
			}
		})

		t.Run("in_a_rehearsal", func(t *testing.T) {
			r := s.Rehearsal()
			mustWrite(t, r, func(tx *Tx) error {
				in := r.Within(tx)
				mustWrite(t, in, func(tx *Tx) error { return addParent(tx, 4, "dee") })
				return in.Write(t.Context(), func(tx *Tx) error {
					n, err := tx.affected("UPDATE t_parent SET n = 7 WHERE id = 4")
					return errors.Join(err, map[bool]error{true: errors.New("the row is not there")}[n != 1])
				})
			})
			if n := count(t, s, "t_parent"); n != 2 {
				t.Errorf("%d rows, want 2", n)
			}
		})

		t.Run("teaches_nothing", func(t *testing.T) {
			tenant := someTenant(t, s, "acme")
			terms := license.DefaultTerms()
			err := s.Write(t.Context(), func(tx *Tx) error {
				in := s.Within(tx)
				mustWrite(t, in, func(tx *Tx) error {
					_, err := tx.internTerms(tenant, &terms)
					return err
				})
				return license.Refuse(license.LicenseRevoked)
			})
			if err == nil {
				t.Error("Write = ok, want the refusal")
			}
			if id, ok := s.terms.id(&terms); ok {
				t.Errorf("the cache knows terms %d, which are not there", id)
			}
		})
	})
}
