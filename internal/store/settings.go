package store

const (
	findServerSetting = `SELECT value FROM settings WHERE name = $1`
	saveServerSetting = `
INSERT INTO settings (name, value) VALUES ($1, $2)
ON CONFLICT (name) DO UPDATE SET value = excluded.value`
	dropServerSetting = `DELETE FROM settings WHERE name = $1`
	takeServerSetting = `DELETE FROM settings WHERE name = $1 AND value = $2`
	addServerSetting  = `INSERT INTO settings (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING`
)

// ServerSetting returns the small text that the server itself keeps under name, and whether there is one.
func (tx *Tx) ServerSetting(name string) (value string, ok bool, err error) {
	ok, err = tx.one(findServerSetting, []any{name}, &value)
	return value, ok, err
}

// SaveServerSetting keeps value under name, in place of what was there.
func (tx *Tx) SaveServerSetting(name, value string) error {
	return tx.run(saveServerSetting, name, value)
}

// DropServerSetting forgets what is kept under name.
func (tx *Tx) DropServerSetting(name string) error { return tx.run(dropServerSetting, name) }

// TakeServerSetting forgets what is kept under name if it is value; false when it is not: of any number that take it, one hears true.
func (tx *Tx) TakeServerSetting(name, value string) (bool, error) {
	n, err := tx.affected(takeServerSetting, name, value)
	return n == 1, err
}

// AddServerSetting keeps value under name unless something is there already, and returns what is kept: of many
// replicas that start at once, all get the same.
func (tx *Tx) AddServerSetting(name, value string) (string, error) {
	if err := tx.run(addServerSetting, name, value); err != nil {
		return "", err
	}
	kept, _, err := tx.ServerSetting(name)
	return kept, err
}
