package store

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"licet/internal/license"
)

// A rehearsal says what a change would say, and leaves nothing behind: no row, no cached terms, nothing for those who write
// meanwhile.
func TestRehearsal(t *testing.T) {
	forEachDB(t, func(t *testing.T, db testDB) {
		s := db.openPlayground(t)
		r := s.Rehearsal().Rehearsal()
		mustWrite(t, s, func(tx *Tx) error { return addParent(tx, 1, "ann") })

		t.Run("keeps_nothing", func(t *testing.T) {
			mustWrite(t, r, func(tx *Tx) error {
				if err := addParent(tx, 2, "bob"); err != nil {
					return err
				}
				if n, err := tx.affected("UPDATE t_parent SET n = 7"); err != nil || n != 2 {
					t.Errorf("rows inside the rehearsal = %d, %v, want 2", n, err)
				}
				return nil
			})
			var sum int64
			mustRead(t, r, func(tx *Tx) error {
				_, err := tx.one("SELECT CAST(SUM(n) AS BIGINT) FROM t_parent", nil, &sum)
				return err
			})
			if n := count(t, s, "t_parent"); n != 1 || sum != 0 {
				t.Errorf("after the rehearsal: %d rows, sum %d, want 1 and 0", n, sum)
			}
		})

		t.Run("refuses_alike", func(t *testing.T) {
			taken := func(tx *Tx) error { return addParent(tx, 3, "ann") } // PostgreSQL says so when it is sent
			orphan := func(tx *Tx) error { return tx.run("INSERT INTO t_child (parent_id, no) VALUES (99, 1)") }
			own := func(tx *Tx) error {
				return errors.Join(addParent(tx, 4, "cy"), license.Refuse(license.LicenseRevoked))
			}
			for name, fn := range map[string]func(*Tx) error{"taken": taken, "orphan": orphan, "own": own} {
				want, got := s.Write(t.Context(), fn), r.Write(t.Context(), fn)
				if want == nil || license.CodeOf(got) != license.CodeOf(want) || license.ReasonOf(got) != license.ReasonOf(want) {
					t.Errorf("rehearsal of %s = %v, want %v", name, got, want)
				}
			}
			err := r.Write(t.Context(), func(*Tx) error { panic("no") })
			wantCode(t, "a panic in a rehearsal", err, license.Internal)
			if n := count(t, s, "t_parent"); n != 1 {
				t.Errorf("%d rows, want 1", n)
			}
		})

		t.Run("teaches_nothing", func(t *testing.T) {
			tenant := someTenant(t, s, "acme")
			terms := license.DefaultTerms()
			mustWrite(t, r, func(tx *Tx) error {
				_, err := tx.internTerms(tenant, &terms)
				return err
			})
			if id, ok := s.terms.id(&terms); ok {
				t.Errorf("the cache knows terms %d, which are not there", id)
			}
		})

		t.Run("beside_others", func(t *testing.T) {
			var wait sync.WaitGroup
			for i := range 64 {
				wait.Go(func() {
					if i%2 == 0 {
						mustWrite(t, r, func(tx *Tx) error { return addParent(tx, int64(1000+i), fmt.Sprintf("r%d", i)) })
						return
					}
					mustWrite(t, s, func(tx *Tx) error { return addParent(tx, int64(1000+i), fmt.Sprintf("w%d", i)) })
				})
			}
			wait.Wait()
			if n := count(t, s, "t_parent"); n != 33 {
				t.Errorf("%d rows, want 33", n)
			}
		})

		t.Run("changes_no_database", func(t *testing.T) {
			if err := r.engine.migrate(t.Context(), func(migration) error { return nil }); err == nil {
				t.Error("a rehearsal migrates, want an error")
			}
			r.Close()
			mustWrite(t, s, func(tx *Tx) error { return addParent(tx, 5, "dee") })
		})
	})
}
