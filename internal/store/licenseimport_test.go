package store

import "testing"

// TestImportIsIndexed: an import costs no more as the tables grow.
func TestImportIsIndexed(t *testing.T) {
	forEachDB(t, func(t *testing.T, db testDB) {
		s := db.open(t)
		keys := make([]any, keysAtOnce, keysAtOnce+2)
		for i := range keys {
			keys[i] = "KEY"
		}
		for name, q := range map[string]struct {
			sql  string
			args []any
		}{
			"findKeys":     {manyRows(findKeys, 1, keysAtOnce, ofThisProduct), append(keys, 1, 2)},
			"carryLicense": {carryLicense, []any{1, 2, true, "why", 3}},
		} {
			t.Run(name, func(t *testing.T) {
				wantIndex(t, s, q.sql, q.args)
				wantOnePlan(t, s, q.sql, q.args)
			})
		}
	})
}
