// Package demo makes a database that is ready to be tried: a tenant with one product for each door,
// random credentials, and calls to paste into a shell.
//
// It is made once, on an empty database, which is marked as a demo. From then on [Demo.Prepare] finds
// what it made in the file demo.json and changes nothing; what is missing of it, because a first start
// was cut short, the file was lost, or the program has learned about another door, is made then.
//
// A database that somebody uses is never touched.
package demo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"licet/internal/authority"
	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/signing"
	"licet/internal/store"
)

// File is demo.json: where the server is and what opens it. Its form is fixed; doors add their part.
type File struct {
	URL      string    `json:"url"`
	Platform *Platform `json:"platform,omitempty"`
	RMZ      *RMZ      `json:"rmz,omitempty"`
	Native   *Native   `json:"native,omitempty"`

	LicenseSpring *LicenseSpring `json:"licensespring,omitempty"`
	KeyAuth       *KeyAuth       `json:"keyauth,omitempty"`
	DNA           *DNA           `json:"dna,omitempty"`
}

// Outcome is what Prepare found.
type Outcome string

// The outcomes of Prepare.
const (
	Made     Outcome = "made"      // the demo, or a part of it, was made now
	Kept     Outcome = "kept"      // it was there
	NotEmpty Outcome = "not_empty" // the database belongs to somebody; nothing was made
)

// Demo says what to make a demo on.
type Demo struct {
	Store     *store.Store
	Office    *office.Office
	Authority *authority.Authority
	Actor     identity.Actor // who makes it: the operator
	Rand      io.Reader      // cryptographically secure; makes passwords
	Dir       string         // folder of demo.json

	Keyring *signing.Keyring // as Office has it, like the next two: the past is made by another one
	Hasher  *identity.Hasher
	Now     func() license.Time
}

// part is what one door, or the platform, needs to be tried.
type part struct {
	has  func(f *File) bool
	make func(ctx context.Context, d *Demo, actor identity.Actor, f *File) error
	show func(w io.Writer, f *File, manage string) error // how to try it; manage is the base URL of the manage surface
}

// parts lists them in the order in which they are shown.
func parts() []part {
	return []part{platform(), rmz(), native(), licenseSpring(), keyAuth(), dna()}
}

// tenantCode is the code of the demo's tenant.
const tenantCode = "demo"

// mark is the server setting that says: this database is a demo.
const mark = "demo"

// Path returns the path of demo.json.
func (d *Demo) Path() string { return filepath.Join(d.Dir, "demo.json") }

// Prepare makes what is missing of the demo, where the database is empty or a demo already, and brings
// url, the base URL of the license surface, into the file.
func (d *Demo) Prepare(ctx context.Context, url string) (File, Outcome, error) {
	switch ours, err := d.claim(ctx); {
	case err != nil:
		return File{}, "", err
	case !ours:
		return File{}, NotEmpty, nil
	}
	f, err := d.read()
	if err != nil {
		return File{}, "", err
	}
	tenant, err := d.tenant(ctx)
	if err != nil {
		return File{}, "", err
	}
	actor := office.In(d.Actor, tenant.ID)
	if !d.holds(ctx, actor, &f) {
		f = File{} // It tells of another database.
	}
	outcome := Kept
	for _, p := range parts() {
		if p.has(&f) {
			continue
		}
		if err := p.make(ctx, d, actor, &f); err != nil {
			return File{}, "", err
		}
		outcome = Made
	}
	lived, err := d.live(ctx, actor)
	if err != nil {
		return File{}, "", err
	}
	if lived {
		outcome = Made
	}
	if outcome == Kept && f.URL == url {
		return f, Kept, nil
	}
	f.URL = url
	return f, outcome, d.write(&f)
}

// claim marks an empty database as a demo and reports whether it is one.
func (d *Demo) claim(ctx context.Context) (ours bool, err error) {
	look := func(tx *store.Tx) (tenants []license.Tenant, err error) {
		if _, ours, err = tx.ServerSetting(mark); err != nil || ours {
			return nil, err
		}
		return tx.ListTenants(0, 1)
	}
	var tenants []license.Tenant
	err = d.Store.Read(ctx, func(tx *store.Tx) (err error) {
		tenants, err = look(tx)
		return err
	})
	if err != nil || ours || len(tenants) > 0 {
		return ours, err
	}
	err = d.Store.Write(ctx, func(tx *store.Tx) error {
		tenants, err := look(tx)
		if err != nil || ours || len(tenants) > 0 {
			return err
		}
		_, err = tx.AddServerSetting(mark, "true")
		ours = err == nil
		return err
	})
	return ours, err
}

// tenant finds the demo's tenant or makes it.
func (d *Demo) tenant(ctx context.Context) (license.Tenant, error) {
	tenant, err := d.Office.FindTenant(ctx, d.Actor, tenantCode)
	if license.CodeOf(err) == license.NotFound {
		return d.Office.CreateTenant(ctx, d.Actor, tenantCode, "Licet Demo")
	}
	return tenant, err
}

// holds reports whether the file tells of this database. A folder may be left from another one.
func (d *Demo) holds(ctx context.Context, actor identity.Actor, f *File) bool {
	if f.RMZ == nil {
		return true // Nothing in it can be wrong.
	}
	_, err := d.Office.FindLicense(ctx, actor, office.Ref{Product: fmt.Sprint(f.RMZ.ProductID), Key: f.RMZ.LicenseKey})
	return err == nil
}

// read returns what demo.json says, and an empty File where there is none.
func (d *Demo) read() (File, error) {
	var f File
	text, err := os.ReadFile(d.Path())
	if errors.Is(err, fs.ErrNotExist) {
		return f, nil
	}
	if err == nil {
		err = json.Unmarshal(text, &f)
	}
	if err != nil {
		return f, fmt.Errorf("%s cannot be read (%w); remove it, and it is made anew", d.Path(), err)
	}
	return f, nil
}

// write puts demo.json there in one step, readable by its owner alone.
func (d *Demo) write(f *File) error {
	text, err := json.MarshalIndent(f, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(d.Dir, 0o700); err != nil {
		return err
	}
	tmp, err := os.CreateTemp(d.Dir, "demo.json.*") // With mode 0600.
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.Write(append(text, '\n'))
	if err := errors.Join(err, tmp.Sync(), tmp.Close()); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), d.Path())
}

// Show prints how to try each part. path is where the credentials are, manage the base URL of the manage surface.
func Show(w io.Writer, f File, path, manage string) error {
	if _, err := fmt.Fprintf(w, "\nThis is a demo. Its credentials are in %s. To try it:\n", path); err != nil {
		return err
	}
	for _, p := range parts() {
		if err := p.show(w, &f, manage); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintln(w)
	return err
}
