package store

import (
	"fmt"
	"slices"
	"strings"
)

// table is a table of the live schema.
type table struct {
	Name    string   `json:"table"`
	Columns []column `json:"columns"`
	key     []string // columns of the primary key
	parents []string // tables it refers to
}

// column has one of five types, whatever the engine calls it.
type column struct {
	Name string   `json:"name"`
	Type cellKind `json:"type"`
}

// kindOfType reads the type of a column as either engine names it.
func kindOfType(name string) (cellKind, bool) {
	switch strings.ToUpper(name) {
	case "BIGINT", "INTEGER":
		return cellInt, true
	case "BOOLEAN":
		return cellBool, true
	case "DOUBLE PRECISION":
		return cellFloat, true
	case "TEXT":
		return cellText, true
	case "BYTEA":
		return cellBytes, true
	}
	return cellNull, false
}

var cellNames = [...]string{"null", "int", "bool", "float", "text", "bytes"}

// MarshalText writes the name of the type, as backups have it.
func (k cellKind) MarshalText() ([]byte, error) { return []byte(cellNames[k]), nil }

// UnmarshalText reads the name of a column's type.
func (k *cellKind) UnmarshalText(text []byte) error {
	i := slices.Index(cellNames[:], string(text))
	if i < int(cellInt) {
		return fmt.Errorf("%q is no type of a column", text)
	}
	*k = cellKind(i)
	return nil
}

func (e *sqliteEngine) tables() string {
	return `SELECT COUNT(*) FROM sqlite_schema WHERE type = 'table' AND name = $1`
}

func (e *sqliteEngine) schema() (columns, references string) {
	return `
SELECT t.name, c.name, c.type, c.pk FROM sqlite_schema AS t JOIN pragma_table_info(t.name) AS c
 WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' ORDER BY t.name, c.cid`, `
SELECT t.name, f."table" FROM sqlite_schema AS t JOIN pragma_foreign_key_list(t.name) AS f
 WHERE t.type = 'table' ORDER BY t.name, f.id`
}

func (e *postgresEngine) tables() string {
	return `SELECT COUNT(*) FROM pg_tables WHERE schemaname = current_schema() AND tablename = $1`
}

// schema asks the catalogue itself: information_schema takes minutes where there are many schemas. position and turn of events
// are left out: they tell of this cluster's transactions, and a restore gives new ones.
func (e *postgresEngine) schema() (columns, references string) {
	return `
SELECT CAST(t.relname AS TEXT), CAST(c.attname AS TEXT), format_type(c.atttypid, c.atttypmod),
       COALESCE(CAST(array_position(k.conkey, c.attnum) AS BIGINT), 0)
  FROM pg_class AS t
  JOIN pg_attribute AS c ON c.attrelid = t.oid AND c.attnum > 0 AND NOT c.attisdropped
   AND NOT (t.relname = 'events' AND c.attname IN ('position', 'turn'))
  LEFT JOIN pg_constraint AS k ON k.conrelid = t.oid AND k.contype = 'p'
 WHERE t.relkind IN ('r', 'p') AND t.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema())
 ORDER BY t.relname, c.attnum`, `
SELECT CAST(child.relname AS TEXT), CAST(parent.relname AS TEXT)
  FROM pg_constraint AS f
  JOIN pg_class AS child ON child.oid = f.conrelid
  JOIN pg_class AS parent ON parent.oid = f.confrelid
 WHERE f.contype = 'f' AND child.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema())
 ORDER BY child.relname, f.conname`
}

// readSchema returns the tables of the live schema, each after those it refers to. columns must
// yield table, column, type, and place in the primary key or 0; references table and the table it refers to.
func readSchema(tx *Tx, columns, references string) ([]table, error) {
	var tables []table
	err := tx.each(columns, nil, func(scan func(dest ...any) error) error {
		var name, columnName, typeName string
		var pk int64
		if err := scan(&name, &columnName, &typeName, &pk); err != nil {
			return err
		}
		kind, ok := kindOfType(typeName)
		if !ok {
			return fmt.Errorf("store: %s.%s has the type %s", name, columnName, typeName)
		}
		if n := len(tables); n == 0 || tables[n-1].Name != name {
			tables = append(tables, table{Name: name})
		}
		t := &tables[len(tables)-1]
		t.Columns = append(t.Columns, column{columnName, kind})
		if pk > 0 {
			t.key = append(t.key, columnName)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	err = tx.each(references, nil, func(scan func(dest ...any) error) error {
		var child, parent string
		if err := scan(&child, &parent); err != nil {
			return err
		}
		i := slices.IndexFunc(tables, func(t table) bool { return t.Name == child })
		if i >= 0 && child != parent {
			tables[i].parents = append(tables[i].parents, parent)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return parentsFirst(tables)
}

// parentsFirst orders tables so that each comes after those it refers to, by name where that leaves a choice.
func parentsFirst(tables []table) ([]table, error) {
	left := slices.SortedFunc(slices.Values(tables), func(a, b table) int { return strings.Compare(a.Name, b.Name) })
	var out []table
	for len(left) > 0 {
		i := slices.IndexFunc(left, func(t table) bool {
			return !slices.ContainsFunc(t.parents, func(parent string) bool {
				return slices.ContainsFunc(left, func(other table) bool { return other.Name == parent })
			})
		})
		if i < 0 {
			return nil, fmt.Errorf("store: the tables from %s on refer to each other in a circle", left[0].Name)
		}
		out = append(out, left[i])
		left = slices.Delete(left, i, i+1)
	}
	return out, nil
}
