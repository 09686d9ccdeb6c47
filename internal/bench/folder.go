package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"licet/internal/license"
	"licet/internal/store"
)

// databaseFile is the SQLite file in a data folder.
const databaseFile = "licet.db"

// folder is a data folder with licenses in it.
type folder struct {
	dir    string
	filler *filler
}

func (f *folder) keys() *keys { return &f.filler.keys }

// free returns a folder of n licenses that nobody has used, made once in a run. What is served must
// be a copy.
func (r *run) free(ctx context.Context, n int) (*folder, error) {
	name := fmt.Sprintf("free-%d", n)
	if f := r.made[name]; f != nil {
		return f, nil
	}
	f := &folder{dir: filepath.Join(r.dir, name)}
	s, err := store.Open(ctx, store.Options{Dir: f.dir})
	if err != nil {
		return nil, err
	}
	start := time.Now()
	f.filler, err = fill(ctx, s, n)
	s.Close()
	if err != nil {
		return nil, err
	}
	r.made[name] = f
	r.say("  made %d licenses, %s", n, perSecond(n, time.Since(start)))
	return f, nil
}

// active returns a folder of n licenses with an activated device each, made once in a run. Verifying
// changes nothing of it but when devices were last seen.
func (r *run) active(ctx context.Context, n int) (*folder, error) {
	name := fmt.Sprintf("active-%d", n)
	if f := r.made[name]; f != nil {
		return f, nil
	}
	f, err := r.copyOf(ctx, n, name)
	if err != nil {
		return nil, err
	}
	s, err := store.Open(ctx, store.Options{Dir: f.dir})
	if err != nil {
		return nil, err
	}
	start := time.Now()
	if err = f.filler.adopt(ctx, s); err == nil {
		err = f.filler.activate(ctx)
	}
	s.Close()
	if err != nil {
		return nil, err
	}
	r.made[name] = f
	r.say("  activated %d licenses, %s", n, perSecond(n, time.Since(start)))
	return f, nil
}

// copyOf copies the folder of n free licenses to one of another name.
func (r *run) copyOf(ctx context.Context, n int, name string) (*folder, error) {
	from, err := r.free(ctx, n)
	if err != nil {
		return nil, err
	}
	to := &folder{dir: filepath.Join(r.dir, name), filler: from.filler}
	if err := os.MkdirAll(to.dir, 0o700); err != nil {
		return nil, err
	}
	return to, copyFile(filepath.Join(to.dir, databaseFile), filepath.Join(from.dir, databaseFile))
}

// activeCopy copies the folder of n licenses with an activated device each to one of another name.
func (r *run) activeCopy(ctx context.Context, n int, name string) (*folder, error) {
	from, err := r.active(ctx, n)
	if err != nil {
		return nil, err
	}
	to := &folder{dir: filepath.Join(r.dir, name), filler: from.filler}
	if err := os.MkdirAll(to.dir, 0o700); err != nil {
		return nil, err
	}
	return to, copyFile(filepath.Join(to.dir, databaseFile), filepath.Join(from.dir, databaseFile))
}

// copyFile copies a file and waits until it is on the disk, so that the system does not write it
// while something is measured.
func copyFile(to, from string) (err error) {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	if _, err := io.Copy(out, in); err != nil {
		return err
	}
	return out.Sync()
}

// adopt goes on with the same licenses in another store, which holds a copy of them.
func (f *filler) adopt(ctx context.Context, s *store.Store) error {
	f.store = s
	// The store knows terms that it has read by their address, and need not look for equal ones.
	return s.Read(ctx, func(tx *store.Tx) error {
		state, err := tx.FindState(f.product.Number, string(f.keys.of(0)), &license.Claim{})
		f.terms = state.License.Terms
		return err
	})
}
