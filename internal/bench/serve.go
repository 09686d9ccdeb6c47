package bench

import (
	"context"
	"crypto/rand"
	"io"
	"time"

	"licet/internal/authority"
	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/server"
	"licet/internal/signing"
	"licet/internal/store"
	"licet/internal/wire"
	"licet/internal/wire/dna"
	"licet/internal/wire/keyauth"
	"licet/internal/wire/licensespring"
	"licet/internal/wire/rmz"
)

// verifyPath is the path of the call that is measured.
const verifyPath = "/rmz/verify"

func now() license.Time { return license.TimeOf(time.Now()) }

// serveLicet runs the real server as an operator has it, but for the brake, since all load comes
// from one address.
func serveLicet(ctx context.Context, what order, out io.Writer, announce func(ready) error) error {
	log, err := server.NewLog(out, server.LogConfig{})
	if err != nil {
		return err
	}
	defer log.Close()
	if what.Database == "" {
		release, err := store.Hold(what.Dir)
		if err != nil {
			return err
		}
		defer release()
	}
	s, err := store.Open(ctx, store.Options{
		Dir: what.Dir, URL: what.Database, OneByOne: what.OneByOne, Logger: log.Logger,
	})
	if err != nil {
		return err
	}
	defer s.Close()
	if _, err := s.Migrate(ctx); err != nil {
		return err
	}
	var master signing.MasterKey
	_, _ = rand.Read(master[:])
	keyring := signing.NewKeyring(master)
	hasher := newBenchHasher()
	a := authority.New(authority.Deps{Store: s, Now: now, Rand: rand.Reader, Keyring: keyring, Hasher: hasher})
	doors := []wire.Door{
		rmz.New(rmz.Deps{Authority: a, Now: now}),
		licensespring.New(licensespring.Deps{Authority: a, Now: now}),
		keyauth.New(keyauth.Deps{Authority: a, Now: now}),
		dna.New(dna.Deps{Authority: a, Now: now}),
	}
	cfg := server.Default()
	cfg.Listen = []string{"127.0.0.1:0"}
	srv, err := server.New(cfg, doors, server.Operations{Ready: s.Ping, Version: "bench"}, log.Logger)
	if err != nil {
		return err
	}
	if err := srv.Listen(); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	notes := make(chan struct{})
	go func() {
		defer close(notes)
		a.KeepNotes(ctx, func(err error) { log.Error("notes were not written", "error", err) })
	}()
	defer func() { cancel(); <-notes }()
	here := ready{URL: srv.URL(wire.LicenseSurface)}
	if err := here.furnish(ctx, what, s, a, keyring, hasher); err != nil {
		return err
	}
	if err := announce(here); err != nil {
		return err
	}
	return srv.Run(ctx)
}

// furnish makes what was ordered for the server to serve.
func (r *ready) furnish(ctx context.Context, what order, s *store.Store, a *authority.Authority, keyring *signing.Keyring, hasher *identity.Hasher) (err error) {
	if what.App {
		r.APIKey, r.Shared, err = makeApp(ctx, s, keyring)
	}
	if err == nil && what.Users > 0 {
		r.Application, err = makeApplication(ctx, s, a, keyring, what.Users)
	}
	if err == nil && what.Secrets > 0 {
		r.Secrets, err = makeSecrets(ctx, s, a, keyring, hasher, what.Secrets)
	}
	return err
}
