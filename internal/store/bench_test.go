package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"sync/atomic"
	"testing"

	"licet/internal/testkit/pgtest"
)

// The shape of a usual row: 20 columns found by a unique index over an integer and a hash.
const benchTable = `
CREATE TABLE t_bench (
  id BIGINT PRIMARY KEY, tenant BIGINT NOT NULL, hash BYTEA NOT NULL, standing TEXT NOT NULL, kind TEXT NOT NULL, a BIGINT,
  b BIGINT, c BIGINT, d BIGINT, e BIGINT, f BIGINT, g TEXT, h BIGINT, i BIGINT, j BIGINT, k TEXT, l BIGINT, m BOOLEAN, n BOOLEAN,
  o BIGINT, UNIQUE (tenant, hash))`

const benchQuery = `
SELECT id, tenant, standing, kind, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, hash FROM t_bench WHERE tenant = $1 AND hash = $2`

const benchRows = 100_000

type benchRow struct {
	id, tenant, a, b, c, d, e, f, h, i, j, l, o int64
	standing, kind, g, k                        string
	m, n                                        bool
	hash                                        []byte
}

func (r *benchRow) dest() []any {
	return []any{
		&r.id, &r.tenant, &r.standing, &r.kind, &r.a, &r.b, &r.c, &r.d, &r.e, &r.f, &r.g, &r.h, &r.i, &r.j, &r.k, &r.l,
		&r.m, &r.n, &r.o, &r.hash,
	}
}

func benchKey(i int) []byte {
	sum := sha256.Sum256([]byte(strconv.Itoa(i)))
	return sum[:]
}

// openBench opens a store with the table filled.
func openBench(b *testing.B, o Options) *Store {
	b.Helper()
	s := testDB{o}.openPlayground(b)
	if err := s.engine.migrate(b.Context(), func(m migration) error { return m.exec(benchTable) }); err != nil {
		b.Fatal(err)
	}
	mustWrite(b, s, func(tx *Tx) error {
		for i := range benchRows {
			err := tx.run(`INSERT INTO t_bench (id, tenant, hash, standing, kind, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o)
VALUES ($1, 1762000000000001, $2, 'enabled', 'perpetual', 1762000000000000, 1792000000000000, 0, 5, 1, 0, '', 1762000000000000, 3, 7, 'hwid', $1, TRUE, FALSE, $1)`,
				1762000000000000+i, benchKey(i))
			if err != nil {
				return err
			}
		}
		return nil
	})
	return s
}

func BenchmarkPointRead(b *testing.B) {
	keys := make([][]byte, benchRows)
	for i := range keys {
		keys[i] = benchKey(i)
	}
	read := func(s *Store, i int) error {
		return s.Read(context.Background(), func(tx *Tx) error {
			var r benchRow
			ok, err := tx.one(benchQuery, []any{int64(1762000000000001), keys[i*7919%benchRows]}, r.dest()...)
			if err == nil && !ok {
				err = errors.New("no row")
			}
			return err
		})
	}
	run := func(b *testing.B, s *Store) {
		b.Run("one", func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				if err := read(s, i); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run("parallel", func(b *testing.B) {
			b.ReportAllocs()
			b.SetParallelism(8)
			var n atomic.Int64
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if err := read(s, int(n.Add(1))); err != nil {
						b.Error(err)
						return
					}
				}
			})
		})
	}
	dir := b.TempDir()
	b.Run("sqlite", func(b *testing.B) { run(b, openBench(b, Options{Dir: dir})) })
	b.Run("sqlite_database_sql", func(b *testing.B) {
		db, err := sql.Open("sqlite", "file:"+dir+"/licet.db?_pragma=busy_timeout(10000)&_pragma=mmap_size(1073741824)&_pragma=query_only(1)")
		if err != nil {
			b.Fatal(err)
		}
		defer db.Close()
		q, err := db.Prepare(benchQuery)
		if err != nil {
			b.Fatal(err)
		}
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			var r benchRow
			if err := q.QueryRow(int64(1762000000000001), keys[i*7919%benchRows]).Scan(r.dest()...); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("postgres", func(b *testing.B) { run(b, openBench(b, Options{URL: pgtest.Shared(b).Database(b)})) })
}

// BenchmarkWrite is a durable change: lock and load, three writes, commit, from 64 callers.
func BenchmarkWrite(b *testing.B) {
	run := func(b *testing.B, o Options) {
		s := testDB{o}.openPlayground(b)
		mustWrite(b, s, func(tx *Tx) error {
			for i := range 20_000 {
				if err := addParent(tx, int64(i), parentName(i)); err != nil {
					return err
				}
			}
			return nil
		})
		var n atomic.Int64
		b.SetParallelism(32)
		b.ReportAllocs()
		b.ResetTimer()
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				i := n.Add(1)
				err := s.Write(context.Background(), func(tx *Tx) error {
					var had int64
					if _, err := tx.one("UPDATE t_parent SET n = n + 1 WHERE id = $1 RETURNING n", []any{i % 20_000}, &had); err != nil {
						return err
					}
					return errors.Join(
						tx.run("INSERT INTO t_child (parent_id, no, ok, note) VALUES ($1, $2, TRUE, 'device')", i%20_000, i),
						tx.run("UPDATE t_parent SET n = n + 1 WHERE id = $1", i%20_000),
						tx.run("INSERT INTO t_child (parent_id, no, ok, note) VALUES ($1, $2, FALSE, 'event')", i%20_000, -i))
				})
				if err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	b.Run("sqlite_grouped", func(b *testing.B) { run(b, Options{Dir: b.TempDir()}) })
	b.Run("sqlite_one_by_one", func(b *testing.B) { run(b, Options{Dir: b.TempDir(), OneByOne: true}) })
	server := pgtest.Private(b, true)
	for _, conns := range []int{4, 8, 16} {
		b.Run(fmt.Sprintf("postgres_%d", conns), func(b *testing.B) {
			run(b, Options{URL: server.Database(b), MaxConns: conns})
		})
		b.Run(fmt.Sprintf("postgres_%d_one_by_one", conns), func(b *testing.B) {
			run(b, Options{URL: server.Database(b), MaxConns: conns, OneByOne: true})
		})
	}
}
