package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"licet/internal/authority"
	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/store"
)

// tool is what a command works with: the streams, the clock, the flags of every command, and the
// database, which is opened when a command first needs it.
type tool struct {
	ctx     context.Context
	in      io.Reader
	out     *bufio.Writer // what was asked for
	errs    io.Writer     // what is said about it
	now     func() license.Time
	globals *globals
	db      *store.Store
	release func() // gives the data folder back, where it is held; nil where it is not
	more    string // how a list that was cut goes on
}

// close gives the database back, and then the data folder.
func (t *tool) close() {
	if t.db != nil {
		t.db.Close()
	}
	if t.release != nil {
		t.release()
	}
}

// sayf tells people something beside what they asked for.
func (t *tool) sayf(format string, args ...any) { fmt.Fprintf(t.errs, format+"\n", args...) }

// databaseURL returns the URL of the PostgreSQL database, "" for the embedded one.
func (t *tool) databaseURL() (string, error) {
	switch {
	case t.globals.DatabaseFile == "":
		return t.globals.Database, nil
	case t.globals.Database != "":
		return "", usagef("--database and --database-file are both set, by a flag, the environment or the configuration file; keep one")
	}
	text, err := os.ReadFile(t.globals.DatabaseFile)
	if err != nil {
		return "", usagef("--database-file: %w", err)
	}
	return strings.TrimSpace(string(text)), nil
}

// embedded reports whether the database is the one in the data folder.
func (t *tool) embedded() (bool, error) {
	url, err := t.databaseURL()
	return url == "", err
}

// open opens the database as it is, without a look at its schema. It makes the embedded one where there
// is none.
func (t *tool) open(o store.Options) (*store.Store, error) {
	url, err := t.databaseURL()
	if err != nil {
		return nil, err
	}
	o.Dir, o.URL = t.globals.Data, url
	t.db, err = store.Open(t.ctx, o)
	return t.db, err
}

// existing opens a database that has been set up, and brings it up to this program. It makes none: a
// mistyped folder must not look like an empty server.
func (t *tool) existing() (*store.Store, error) {
	if t.db != nil {
		return t.db, nil
	}
	if ours, err := t.embedded(); err != nil {
		return nil, err
	} else if ours {
		file := filepath.Join(t.globals.Data, "licet.db")
		if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) {
			return nil, t.noDatabase()
		}
	}
	db, err := t.open(store.Options{MaxConns: commandConns})
	if err != nil {
		return nil, err
	}
	switch version, err := db.SchemaVersion(t.ctx); {
	case err != nil:
		return nil, err
	case version == 0:
		return nil, t.noDatabase()
	}
	_, err = db.Migrate(t.ctx)
	return db, err
}

// commandConns is how many connections a command needs; the server may be in want of them.
const commandConns = 2

func (t *tool) noDatabase() error {
	where := "in " + t.globals.Data
	if t.globals.Database != "" || t.globals.DatabaseFile != "" {
		where = "at the database URL"
	}
	return fmt.Errorf("there is no Licet database %s; name the right folder with --data, or make one with: licet tenant create CODE", where)
}

// office opens the back office on a database that has been set up.
func (t *tool) office() (*office.Office, error) {
	db, err := t.existing()
	if err != nil {
		return nil, err
	}
	return office.New(t.officeDeps(db)), nil
}

func (t *tool) officeDeps(db *store.Store) office.Deps {
	return office.Deps{Store: db, Hasher: newHasher(), Now: t.now, Rand: rand.Reader}
}

// newHasher hashes as many passwords at once as this machine should.
func newHasher() *identity.Hasher {
	return identity.NewHasher(identity.HashSlots(runtime.NumCPU()), rand.Reader)
}

// operator is whoever runs this program.
func operator() identity.Actor {
	return identity.Actor{Kind: identity.Operator, Name: operatorName()}
}

// desk is the back office of one tenant.
type desk struct {
	*office.Office
	tenant license.Tenant
	actor  identity.Actor
}

// desk opens the back office of the tenant that --tenant names, or of the only one.
func (t *tool) desk() (*desk, error) {
	o, err := t.office()
	if err != nil {
		return nil, err
	}
	return t.deskOf(o)
}

// sealedDesk is desk for what needs the master key.
func (t *tool) sealedDesk() (*desk, error) {
	db, err := t.existing()
	if err != nil {
		return nil, err
	}
	deps := t.officeDeps(db)
	if deps.Keyring, err = t.keyring(db); err != nil {
		return nil, err
	}
	return t.deskOf(office.New(deps))
}

// appDesk is the back office of one tenant, and what its apps ask.
func (t *tool) appDesk() (*desk, *authority.Authority, error) {
	d, err := t.sealedDesk()
	if err != nil {
		return nil, nil, err
	}
	keyring, err := t.keyring(t.db)
	if err != nil {
		return nil, nil, err
	}
	return d, authority.New(authority.Deps{Store: t.db, Now: t.now, Rand: rand.Reader, Keyring: keyring, Hasher: newHasher()}), nil
}

func (t *tool) deskOf(o *office.Office) (*desk, error) {
	tenant, err := t.findTenant(o, t.globals.Tenant)
	if err != nil {
		return nil, err
	}
	return &desk{Office: o, tenant: tenant, actor: office.In(operator(), tenant.ID)}, nil
}

// findTenant finds a tenant by code or id, or with an empty ref the only one. Where there are several
// its error lists them.
func (t *tool) findTenant(o *office.Office, ref string) (license.Tenant, error) {
	tenant, err := o.FindTenant(t.ctx, operator(), ref)
	if err == nil || ref != "" {
		if license.CodeOf(err) == license.NotFound {
			err = fmt.Errorf("no tenant %q; see: licet tenant list", ref)
		}
		return tenant, err
	}
	const shown = 10
	list, listErr := o.ListTenants(t.ctx, operator(), office.Page{Limit: shown})
	switch {
	case listErr != nil:
		return tenant, listErr
	case len(list) == 0:
		return tenant, errors.New("there is no tenant yet; make one with: licet tenant create CODE")
	case len(list) == 1:
		return tenant, err
	}
	codes := make([]string, len(list))
	for i, one := range list {
		codes[i] = one.Code
	}
	if len(list) == shown {
		codes = append(codes, "…")
	}
	return tenant, usagef("there are several tenants; choose one with --tenant: %s", strings.Join(codes, ", "))
}
