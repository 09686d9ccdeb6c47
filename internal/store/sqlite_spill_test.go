package store

import (
	"errors"
	"testing"
)

// TestSpilledPagesDisturbNobody has a change outgrow the page cache and be taken back, while another process, as the command line is, changes
// the same file in turns with it.
func TestSpilledPagesDisturbNobody(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := testDB{Options{Dir: dir}}.openPlayground(t)
	other, err := openConn(dir+"/licet.db", nil, pragmaWait, pragmaFull, pragmaMoves)
	if err != nil {
		t.Fatal(err)
	}
	defer other.close()
	sorry := errors.New("taken back")
	rows := int64(0)
	for round := range int64(5) {
		err := s.Write(t.Context(), func(tx *Tx) error {
			small := s.engine.(*sqliteEngine).writer.conn.exec("PRAGMA cache_size=20")
			return errors.Join(small, addMany(tx, rows, 3000), sorry)
		})
		if !errors.Is(err, sorry) {
			t.Fatalf("round %d: Write = %v", round, err)
		}
		if err := other.run("BEGIN IMMEDIATE", nil); err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(addMany(&Tx{on: other, write: true}, rows, 3000), other.run("COMMIT", nil)); err != nil {
			t.Fatalf("round %d: the other process: %v", round, err)
		}
		rows += 3000
		mustWrite(t, s, func(tx *Tx) error { return addMany(tx, rows, 10) })
		rows += 10
		var verdict string
		if _, err := other.one("PRAGMA integrity_check", nil, []any{&verdict}); err != nil || verdict != "ok" {
			t.Fatalf("round %d: integrity_check = %q, %v", round, verdict, err)
		}
		if n := count(t, s, "t_parent"); n != rows {
			t.Errorf("round %d: %d rows, want %d", round, n, rows)
		}
	}
}
