package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"licet/internal/signing"
	"licet/internal/store"
)

// settingFingerprint names the setting that keeps the fingerprint of the master key a database was first
// used with.
const settingFingerprint = "master_key.fingerprint"

// keyring loads the master key and makes sure that it is the one the database was first used with. On
// first need it makes the key, in the data folder.
func (t *tool) keyring(db *store.Store) (*signing.Keyring, error) {
	var kept string
	err := db.Read(t.ctx, func(tx *store.Tx) (err error) {
		kept, _, err = tx.ServerSetting(settingFingerprint)
		return err
	})
	if err != nil {
		return nil, err
	}
	key, err := t.masterKey(kept == "")
	if err != nil {
		return nil, err
	}
	ring := signing.NewKeyring(key)
	ours := ring.Fingerprint()
	if kept == "" {
		err := db.Write(t.ctx, func(tx *store.Tx) (err error) {
			kept, err = tx.AddServerSetting(settingFingerprint, ours)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	if kept != ours {
		return nil, fmt.Errorf("this is not the master key of this database: it has the fingerprint %s, the database was sealed with %s; bring the right key to %s, or name it with --master-key-file",
			ours, kept, t.masterKeyFile())
	}
	return ring, nil
}

func (t *tool) masterKeyFile() string {
	if t.globals.MasterKeyFile != "" {
		return t.globals.MasterKeyFile
	}
	return filepath.Join(t.globals.Data, "master.key")
}

// masterKey loads the key. One that is missing is made where that is allowed and nobody said where it
// should be: a file that was named is expected to be there.
func (t *tool) masterKey(mayMake bool) (signing.MasterKey, error) {
	file := t.masterKeyFile()
	key, err := signing.LoadMasterKey(os.Getenv("LICET_MASTER_KEY"), file)
	switch {
	case err == nil:
		return key, nil
	case !errors.Is(err, fs.ErrNotExist):
		return key, usageError{err}
	case t.globals.MasterKeyFile != "":
		return key, usagef("--master-key-file: there is no file %s; make a key with: openssl rand -hex 32", file)
	case !mayMake:
		return key, fmt.Errorf("the master key is missing: this database was sealed with one, and there is no %s; bring it there, or name it with --master-key-file", file)
	}
	if err := os.MkdirAll(t.globals.Data, 0o700); err != nil {
		return key, err
	}
	key, err = signing.CreateMasterKey(file)
	if errors.Is(err, fs.ErrExist) { // Another program was faster.
		return signing.LoadMasterKey("", file)
	}
	if err == nil {
		t.sayf("licet: made the master key %s; keep a copy of it apart from the backups, nothing sealed can be read without it", file)
	}
	return key, err
}
