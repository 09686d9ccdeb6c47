package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"licet/internal/license"
)

func TestValuesComeBackAsTheyWere(t *testing.T) {
	type myText string
	type myBytes []byte
	forEachDB(t, func(t *testing.T, db testDB) {
		s := db.openPlayground(t)
		type row struct {
			ID    license.LicenseID
			No    int
			OK    bool
			Note  myText
			Data  myBytes
			Share float64
			At    license.Time
		}
		rows := []row{
			{ID: 1, No: 1, OK: true, Note: "naïve 日本語 🔑 'quote' \"double\" \\ \n\t\x01", Data: myBytes{0, 255, 0}, Share: 0.1, At: license.Forever},
			{ID: license.MaxID, No: 1<<31 - 1, Note: "", Data: myBytes{}, Share: -1e300, At: -1},
			{ID: 3, No: -5, Note: myText(strings.Repeat("x", 100_000)), Data: myBytes(strings.Repeat("\x00", 70_000)), At: 1},
		}
		mustWrite(t, s, func(tx *Tx) error {
			for _, r := range rows {
				if err := addParent(tx, int64(r.ID), fmt.Sprint(r.ID)); err != nil {
					return err
				}
				err := tx.run("INSERT INTO t_child (at, parent_id, no, ok, note, data, share) VALUES ($7, $1, $2, $3, $4, $5, $6)",
					r.ID, r.No, r.OK, r.Note, r.Data, r.Share, r.At)
				if err != nil {
					return err
				}
			}
			return nil
		})
		var got []row
		err := s.Read(t.Context(), func(tx *Tx) error {
			return tx.each("SELECT parent_id, no, ok, note, data, share, at FROM t_child ORDER BY parent_id", nil,
				func(scan func(...any) error) error {
					var r row
					if err := scan(&r.ID, &r.No, &r.OK, &r.Note, &r.Data, &r.Share, &r.At); err != nil {
						return err
					}
					got = append(got, r)
					return nil
				})
		})
		if err != nil {
			t.Fatal(err)
		}
		want := []row{rows[0], rows[2], rows[1]}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("rows differ (-want +got):\n%s", diff)
		}
	})
}

func TestNullIsTheZeroValue(t *testing.T) {
	forEachDB(t, func(t *testing.T, db testDB) {
		s := db.openPlayground(t)
		mustWrite(t, s, func(tx *Tx) error {
			if err := addParent(tx, 1, "a"); err != nil {
				return err
			}
			return tx.run("INSERT INTO t_child (parent_id, no, ok, note, data, share, at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
				1, 1, nil, nil, []byte(nil), nil, orNull(license.Time(0)))
		})
		ok, note, data, share, at := true, "x", []byte("x"), 1.0, license.Time(1)
		var nulls int64
		err := s.Read(t.Context(), func(tx *Tx) error {
			_, err := tx.one(`SELECT ok, note, data, share, at,
 (SELECT COUNT(*) FROM t_child WHERE ok IS NULL AND note IS NULL AND data IS NULL AND share IS NULL AND at IS NULL) FROM t_child`,
				nil, &ok, &note, &data, &share, &at, &nulls)
			return err
		})
		if err != nil || ok || note != "" || data != nil || share != 0 || at != 0 || nulls != 1 {
			t.Errorf("NULLs = %v %q %v %v %v (%d rows of NULLs, err %v), want zero values", ok, note, data, share, at, nulls, err)
		}
	})
}

func TestChangesTellWhatTheyDid(t *testing.T) {
	forEachDB(t, func(t *testing.T, db testDB) {
		s := db.openPlayground(t)
		mustWrite(t, s, func(tx *Tx) error {
			for i := range 3 {
				if err := addParent(tx, int64(i), parentName(i)); err != nil {
					return err
				}
			}
			n, err := tx.affected("UPDATE t_parent SET n = n + $1 WHERE id < $2", 5, 2)
			if err != nil || n != 2 {
				t.Errorf("affected = %d, %v, want 2", n, err)
			}
			n, err = tx.affected("INSERT INTO t_parent (id, name) VALUES ($1, $2) ON CONFLICT DO NOTHING", 0, "other")
			if err != nil || n != 0 {
				t.Errorf("affected of a conflict = %d, %v, want 0", n, err)
			}
			var name string
			var sum int64
			found, err := tx.one("UPDATE t_parent SET n = n + 1 WHERE id = $1 RETURNING name, n", []any{1}, &name, &sum)
			if err != nil || !found || name != "parent-1" || sum != 6 {
				t.Errorf("UPDATE RETURNING = %v %q %d, %v, want parent-1 6", found, name, sum, err)
			}
			found, err = tx.one("UPDATE t_parent SET n = n + 1 WHERE id = $1 RETURNING name", []any{77}, &name)
			if err != nil || found {
				t.Errorf("UPDATE RETURNING of no row = %v, %v, want none", found, err)
			}
			if _, err = tx.one("SELECT SUM(n) FROM t_parent", nil, &sum); err != nil || sum != 11 {
				t.Errorf("SUM = %d, %v, want 11", sum, err)
			}
			return err
		})
		if got := count(t, s, "t_parent"); got != 3 {
			t.Errorf("rows after commit = %d, want 3", got)
		}
	})
}

func TestAskedRowsAreThereAfterFlush(t *testing.T) {
	forEachDB(t, func(t *testing.T, db testDB) {
		s := db.openPlayground(t)
		mustWrite(t, s, func(tx *Tx) error {
			var name, none string
			var foundName, foundNone bool
			var n int64
			err := errors.Join(
				addParent(tx, 1, "first"),
				tx.ask(&foundName, "SELECT name FROM t_parent WHERE id = $1", []any{1}, &name),
				tx.ask(&foundNone, "SELECT name FROM t_parent WHERE id = $1", []any{2}, &none),
				addParent(tx, 2, "second"),
				tx.ask(nil, "SELECT COUNT(*) FROM t_parent", nil, &n),
				tx.flush(),
			)
			if err != nil || !foundName || name != "first" || foundNone || n != 2 {
				t.Errorf("asked = %v %q, %v, %d (%v), want first, none, 2", foundName, name, foundNone, n, err)
			}
			return err
		})
	})
}

func TestManyQueuedChanges(t *testing.T) {
	forEachDB(t, func(t *testing.T, db testDB) {
		s := db.openPlayground(t)
		const rows = 1500
		mustWrite(t, s, func(tx *Tx) error {
			for i := range rows {
				if err := addParent(tx, tx.NewID(), parentName(i)); err != nil {
					return err
				}
			}
			return nil
		})
		if got := count(t, s, "t_parent"); got != rows {
			t.Errorf("rows = %d, want %d", got, rows)
		}
	})
}

func TestErrorsOfTheDatabase(t *testing.T) {
	cases := []struct {
		name string
		fn   func(*Tx) error
		want license.Code
	}{
		{"taken_id", func(tx *Tx) error { return addParent(tx, 1, "b") }, license.Conflict},
		{"taken_name", func(tx *Tx) error { return addParent(tx, 2, "a") }, license.Conflict},
		{"missing_parent", func(tx *Tx) error {
			return tx.run("INSERT INTO t_child (parent_id, no) VALUES ($1, $2)", 99, 1)
		}, license.Conflict},
		{"parent_in_use", func(tx *Tx) error { return tx.run("DELETE FROM t_parent WHERE id = $1", 1) }, license.Conflict},
		{"nul_in_text", func(tx *Tx) error { return addParent(tx, 2, "a\x00b") }, license.Invalid},
		{"broken_utf8", func(tx *Tx) error { return addParent(tx, 2, "a\xffb") }, license.Invalid},
		{"broken_utf8_in_query", func(tx *Tx) error {
			_, err := tx.one("SELECT id FROM t_parent WHERE name = $1", []any{"\xff"}, new(int64))
			return err
		}, license.Invalid},
		{"null_where_none_may_be", func(tx *Tx) error {
			return tx.run("INSERT INTO t_parent (id, name) VALUES ($1, $2)", 2, nil)
		}, license.Internal},
		{"no_such_table", func(tx *Tx) error { return tx.run("DELETE FROM nothing") }, license.Internal},
		{"too_few_arguments", func(tx *Tx) error { return tx.run("DELETE FROM t_parent WHERE id = $1") }, license.Internal},
		{"too_many_arguments", func(tx *Tx) error { return tx.run("DELETE FROM t_parent WHERE id = $1", 7, 8) }, license.Internal},
		{"too_few_destinations", func(tx *Tx) error {
			_, err := tx.one("SELECT id, name FROM t_parent", nil, new(int64))
			return err
		}, license.Internal},
		{"no_destination", func(tx *Tx) error {
			_, err := tx.one("SELECT id FROM t_parent", nil, new([3]int))
			return err
		}, license.Internal},
		{"statement_inside_each", func(tx *Tx) error {
			return tx.each("SELECT id FROM t_parent", nil, func(func(...any) error) error {
				return tx.run("DELETE FROM t_child")
			})
		}, license.Internal},
		{"a_panic", func(tx *Tx) error { panic("ouch") }, license.Internal},
		{"own_error", func(tx *Tx) error { return license.Refuse(license.DeviceLimit) }, license.Refused},
		{"own_wrapped_error", func(tx *Tx) error { return fmt.Errorf("outer: %w", addParentNow(tx, 1, "x")) }, license.Conflict},
	}
	forEachDB(t, func(t *testing.T, db testDB) {
		s := db.openPlayground(t)
		mustWrite(t, s, func(tx *Tx) error {
			if err := addParent(tx, 1, "a"); err != nil {
				return err
			}
			return tx.run("INSERT INTO t_child (parent_id, no) VALUES ($1, $2)", 1, 1)
		})
		for _, tc := range cases {
			t.Run(tc.name, func(t *testing.T) {
				err := s.Write(t.Context(), func(tx *Tx) error {
					if err := addParent(tx, 50, "half"); err != nil {
						return err
					}
					return tc.fn(tx)
				})
				if got := license.CodeOf(err); err == nil || got != tc.want {
					t.Errorf("Write = %v (%s), want %s", err, got, tc.want)
				}
				if n := count(t, s, "t_parent"); n != 1 {
					t.Errorf("rows after it = %d, want 1: nothing half-written", n)
				}
			})
		}
		if n := count(t, s, "t_child"); n != 1 {
			t.Errorf("children = %d, want 1", n)
		}
	})
}

// addParentNow is addParent that waits for the database's word.
func addParentNow(tx *Tx, id int64, name string) error {
	_, err := tx.affected("INSERT INTO t_parent (id, name) VALUES ($1, $2)", id, name)
	return err
}

func TestSwallowedErrorIsReturned(t *testing.T) {
	forEachDB(t, func(t *testing.T, db testDB) {
		s := db.openPlayground(t)
		err := s.Write(t.Context(), func(tx *Tx) error {
			_ = addParentNow(tx, 1, "a")
			_ = addParentNow(tx, 1, "b")
			if err := addParentNow(tx, 2, "c"); !errors.Is(err, license.Conflict) {
				t.Errorf("a statement after a failed one = %v, want the conflict again", err)
			}
			return nil
		})
		if !errors.Is(err, license.Conflict) || count(t, s, "t_parent") != 0 {
			t.Errorf("Write = %v with %d rows, want conflict with none", err, count(t, s, "t_parent"))
		}
	})
}

func TestEachStopsWhereItIsTold(t *testing.T) {
	forEachDB(t, func(t *testing.T, db testDB) {
		s := db.openPlayground(t)
		stop := errors.New("enough")
		mustWrite(t, s, func(tx *Tx) error {
			for i := range 10 {
				if err := addParent(tx, int64(i), parentName(i)); err != nil {
					return err
				}
			}
			seen := 0
			err := tx.each("SELECT id FROM t_parent ORDER BY id", nil, func(scan func(...any) error) error {
				if seen++; seen == 3 {
					return stop
				}
				return nil
			})
			if !errors.Is(err, stop) || seen != 3 {
				t.Errorf("each = %v after %d rows, want enough after 3", err, seen)
			}
			return addParent(tx, 10, "after")
		})
		if n := count(t, s, "t_parent"); n != 11 {
			t.Errorf("rows = %d, want 11: the transaction went on", n)
		}
	})
}

func TestReadingRefusesChanges(t *testing.T) {
	forEachDB(t, func(t *testing.T, db testDB) {
		s := db.openPlayground(t)
		for name, view := range map[string]func(context.Context, func(*Tx) error) error{"Read": s.Read, "Snapshot": s.Snapshot} {
			for _, fn := range []func(*Tx) error{
				func(tx *Tx) error { return addParent(tx, 1, "a") },
				func(tx *Tx) error {
					_, err := tx.one("\n INSERT INTO t_parent (id, name) VALUES (1, 'a') RETURNING id", nil, new(int64))
					return err
				},
			} {
				if err := view(t.Context(), fn); license.CodeOf(err) != license.Internal || err == nil {
					t.Errorf("%s with a change = %v, want internal", name, err)
				}
			}
		}
		if n := count(t, s, "t_parent"); n != 0 {
			t.Errorf("rows = %d, want 0", n)
		}
	})
}

func TestSnapshotSeesOneMoment(t *testing.T) {
	forEachDB(t, func(t *testing.T, db testDB) {
		s := db.openPlayground(t)
		err := s.Snapshot(t.Context(), func(tx *Tx) error {
			var before, after int64
			if _, err := tx.one("SELECT COUNT(*) FROM t_parent", nil, &before); err != nil {
				return err
			}
			mustWrite(t, s, func(tx *Tx) error { return addParent(tx, 1, "a") })
			if _, err := tx.one("SELECT COUNT(*) FROM t_parent", nil, &after); err != nil {
				return err
			}
			if before != 0 || after != 0 {
				t.Errorf("the view saw %d, then %d rows, want 0 and 0", before, after)
			}
			return nil
		})
		if err != nil || count(t, s, "t_parent") != 1 {
			t.Errorf("Snapshot = %v; rows outside %d, want 1", err, count(t, s, "t_parent"))
		}
		// A view that panics gives its connection back.
		func() {
			defer func() { recover() }()
			_ = s.Snapshot(t.Context(), func(tx *Tx) error { panic("ouch") })
		}()
		for range 40 {
			if n := count(t, s, "t_parent"); n != 1 {
				t.Errorf("rows after a panic = %d, want 1", n)
			}
		}
	})
}

func TestEndedContext(t *testing.T) {
	forEachDB(t, func(t *testing.T, db testDB) {
		s := db.openPlayground(t)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		ran := false
		fn := func(tx *Tx) error { ran = true; return nil }
		for name, err := range map[string]error{"Read": s.Read(ctx, fn), "Snapshot": s.Snapshot(ctx, fn), "Write": s.Write(ctx, fn)} {
			if !errors.Is(err, license.Unavailable) || !errors.Is(err, context.Canceled) || ran {
				t.Errorf("%s = %v (ran %v), want unavailable because canceled, not run", name, err, ran)
			}
		}
		// One that ends in the middle of reading.
		mustWrite(t, s, func(tx *Tx) error { return errors.Join(addParent(tx, 1, "a"), addParent(tx, 2, "b")) })
		ctx, cancel = context.WithCancel(t.Context())
		rows := 0
		err := s.Read(ctx, func(tx *Tx) error {
			return tx.each("SELECT id FROM t_parent", nil, func(scan func(...any) error) error {
				rows++
				cancel()
				return nil
			})
		})
		if !errors.Is(err, context.Canceled) || rows != 1 {
			t.Errorf("each = %v after %d rows, want canceled after 1", err, rows)
		}
	})
}

func TestClosedStore(t *testing.T) {
	s := testDB{Options{Dir: t.TempDir()}}.open(t)
	s.Close()
	if err := s.Write(t.Context(), func(*Tx) error { return nil }); !errors.Is(err, license.StorageDown) {
		t.Errorf("Write after Close = %v, want storage_down", err)
	}
	if err := s.Read(t.Context(), func(*Tx) error { return nil }); !errors.Is(err, license.StorageDown) {
		t.Errorf("Read after Close = %v, want storage_down", err)
	}
}

func TestServerSettings(t *testing.T) {
	forEachDB(t, func(t *testing.T, db testDB) {
		s := db.open(t)
		mustWrite(t, s, func(tx *Tx) error {
			if v, ok, err := tx.ServerSetting("a"); v != "" || ok || err != nil {
				t.Errorf("ServerSetting(a) = %q %v %v, want none", v, ok, err)
			}
			if v, err := tx.AddServerSetting("a", "1"); v != "1" || err != nil {
				t.Errorf("AddServerSetting(a, 1) = %q %v, want 1", v, err)
			}
			if v, err := tx.AddServerSetting("a", "2"); v != "1" || err != nil {
				t.Errorf("AddServerSetting(a, 2) = %q %v, want 1", v, err)
			}
			if err := tx.SaveServerSetting("a", "3"); err != nil {
				return err
			}
			v, ok, err := tx.ServerSetting("a")
			if v != "3" || !ok {
				t.Errorf("ServerSetting(a) = %q %v, want 3", v, ok)
			}
			return err
		})
	})
}
