package store

import (
	"strconv"
	"strings"
)

// manyRows completes an insert of several rows: the statement up to VALUES, placeholders for rows rows
// of cols columns, and what follows. Only placeholders are made here, never values.
func manyRows(insert string, rows, cols int, tail string) string {
	var b strings.Builder
	b.Grow(len(insert) + len(tail) + rows*cols*5)
	b.WriteString(insert)
	for i := range rows * cols {
		switch {
		case i == 0:
			b.WriteByte('(')
		case i%cols == 0:
			b.WriteString("),(")
		default:
			b.WriteByte(',')
		}
		b.WriteByte('$')
		b.WriteString(strconv.Itoa(i + 1))
	}
	b.WriteByte(')')
	b.WriteString(tail)
	return b.String()
}
