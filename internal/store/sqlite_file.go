package store

import "os"

// sqliteFile is the database file itself. It is opened before all connections and closed after them: closing it drops the locks that
// the process has on it.
type sqliteFile struct {
	*os.File
	mapped *fileMap // nil where each connection maps the file for itself
}

func openFile(path string) (*sqliteFile, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	return &sqliteFile{f, mapFile(f)}, nil
}

// close is called when no connection is open any more. Nobody has written through it, so that nothing can be lost.
func (f *sqliteFile) close() {
	f.mapped.close()
	_ = f.Close()
}
