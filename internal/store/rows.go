package store

// listOf reads every row of a query into a T.
func listOf[T any](tx *Tx, sql string, args []any, into func(*T) []any) ([]T, error) {
	var out []T
	err := tx.each(sql, args, func(scan func(...any) error) error {
		var row T
		err := scan(into(&row)...)
		out = append(out, row)
		return err
	})
	return out, err
}

// pageSize cuts the limit of a list that runs by name to 1 to 1000.
func pageSize(limit int) int { return min(max(limit, 1), maxPage) }
