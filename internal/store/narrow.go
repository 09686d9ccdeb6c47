package store

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"
)

// maxScanned bounds how many rows one page of a narrowed list looks at, so that a filter that hardly
// anything meets costs no more than any other.
const maxScanned = 10_000

// source reads the next rows of a list that runs newest first: at most n below an identity. It returns the identity it came to, and
// whether there are more.
type source[T any] func(below int64, n int) (rows []T, last int64, more bool, err error)

// narrowed is a page of the rows that keep wants, at most size of them, and where the next page goes on: the identity that it stays
// below, or 0 at the end. Where keep leaves out most, a page may be short, or empty, and yet have a next one.
func narrowed[T any](read source[T], id func(*T) int64, keep func(*T) (bool, error), below int64, size int) (page []T, next int64, err error) {
	step := size + 1 // One more than the page tells whether there is a next one.
	for scanned := 0; scanned < maxScanned; step = maxPage {
		scanned += step
		rows, last, more, err := read(below, step)
		if err != nil {
			return nil, 0, err
		}
		for i := range rows {
			if len(page) == size {
				return page, id(&page[size-1]), nil
			}
			ok, err := keep(&rows[i])
			if err != nil {
				return nil, 0, err
			}
			if ok {
				page = append(page, rows[i])
			}
		}
		if below = last; !more {
			return page, 0, nil
		}
	}
	return page, below, nil
}

// listed is the source of what a query gives, newest first; args makes its arguments.
func listed[T any](tx *Tx, sql string, args func(below int64, n int) []any, into func(*T) []any, id func(*T) int64) source[T] {
	return func(below int64, n int) ([]T, int64, bool, error) {
		rows, err := listOf(tx, sql, args(below, n), into)
		if err == nil && len(rows) > 0 {
			below = id(&rows[len(rows)-1])
		}
		return rows, below, len(rows) == n, err
	}
}

// among is the source of the rows with some identities; load reads them one by one, and leaves out those that are gone.
func among[T any](ids []int64, load func(ids []int64) ([]T, error)) source[T] {
	slices.SortFunc(ids, func(a, b int64) int { return cmp.Compare(b, a) })
	ids = slices.Compact(ids)
	return func(below int64, n int) ([]T, int64, bool, error) {
		from, _ := slices.BinarySearchFunc(ids, below, func(id, below int64) int {
			if id >= below {
				return -1
			}
			return 1
		})
		part := ids[from:min(from+n, len(ids))]
		if len(part) == 0 {
			return nil, below, false, nil
		}
		rows, err := load(part)
		return rows, part[len(part)-1], from+len(part) < len(ids), err
	}
}

// loadEach reads a row for each identity, of a tenant's. Those that are gone are left out.
func loadEach[T any](tx *Tx, sql string, tenant any, ids []int64, into func(*T) []any) ([]T, error) {
	rows, found := make([]T, len(ids)), make([]bool, len(ids))
	for i, id := range ids {
		if err := tx.ask(&found[i], sql, []any{tenant, id}, into(&rows[i])...); err != nil {
			return nil, err
		}
	}
	if err := tx.flush(); err != nil {
		return nil, err
	}
	out := rows[:0]
	for i := range rows {
		if found[i] {
			out = append(out, rows[i])
		}
	}
	return out, nil
}

// candidates reads identities by an index; the last argument of sql is the most it gives. few is false where there are more than one page
// looks at: then going through the list finds what is wanted sooner.
func (tx *Tx) candidates(sql string, args ...any) (ids []int64, few bool, err error) {
	err = tx.each(sql, append(args, maxScanned+1), func(scan func(...any) error) error {
		var id int64
		err := scan(&id)
		ids = append(ids, id)
		return err
	})
	return ids, len(ids) <= maxScanned, err
}

// begins returns the bounds of the texts that begin with prefix, where bytes are compared: from least on, and less than beyond.
func begins(prefix string) (least, beyond string) {
	for runes := []rune(prefix); len(runes) > 0; runes = runes[:len(runes)-1] {
		last := &runes[len(runes)-1]
		if *last++; *last == firstSurrogate {
			*last = lastSurrogate + 1
		}
		if *last <= utf8.MaxRune {
			return prefix, string(runes)
		}
	}
	return prefix, strings.Repeat(string(utf8.MaxRune), 1000) // Longer than what has a prefix.
}

// Between these, UTF-8 has no characters.
const firstSurrogate, lastSurrogate = 0xD800, 0xDFFF
