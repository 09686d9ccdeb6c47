package bench

import (
	"context"
	"crypto/rand"
	"io"
	"log/slog"
	"sync"
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
		Dir: what.Dir, URL: what.Database, OneByOne: what.OneByOne, CommitDelay: what.CommitDelay, Logger: log.Logger,
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
	others, err := aside(ctx, what, s, a, keyring, log.Logger)
	if err != nil {
		return err
	}
	cfg := server.Default()
	cfg.Listen = []string{"127.0.0.1:0"}
	srv, err := server.New(cfg, openDoors(what, s, a, keyring), server.Operations{Ready: s.Ping, Version: "bench"}, log.Logger)
	if err != nil {
		return err
	}
	if err := srv.Listen(); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	var beside sync.WaitGroup
	for _, work := range others {
		beside.Go(func() { work(ctx) })
	}
	defer func() { cancel(); beside.Wait() }()
	here := ready{URL: srv.URL(wire.LicenseSurface)}
	if err := here.furnish(ctx, what, s, a, keyring, hasher); err != nil {
		return err
	}
	if err := announce(here); err != nil {
		return err
	}
	return srv.Run(ctx)
}

// openDoors lists what is measured.
func openDoors(what order, s *store.Store, a *authority.Authority, keyring *signing.Keyring) []wire.Door {
	if what.Pages {
		return pageDoors(s, a, keyring)
	}
	doors := []wire.Door{
		rmz.New(rmz.Deps{Authority: a, Now: now}),
		licensespring.New(licensespring.Deps{Authority: a, Now: now}),
		keyauth.New(keyauth.Deps{Authority: a, Now: now}),
		dna.New(dna.Deps{Authority: a, Now: now}),
	}
	if what.Native {
		doors = append(doors, nativeDoors(a, keyring)...)
	}
	if what.Sink != "" {
		doors = append(doors, eventsDoor(s))
	}
	return doors
}

// aside is what goes on beside the answers: notes are written, and events told to a sink.
func aside(ctx context.Context, what order, s *store.Store, a *authority.Authority, keyring *signing.Keyring, log *slog.Logger) ([]func(context.Context), error) {
	work := []func(context.Context){func(ctx context.Context) {
		a.KeepNotes(ctx, func(err error) { log.Error("notes were not written", "error", err) })
	}}
	if what.Sink == "" {
		return work, nil
	}
	sender, err := openSender(ctx, s, keyring, what.Sink, log)
	if err != nil {
		return nil, err
	}
	return append(work, sender.Run), nil
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
	if err == nil && what.Native {
		r.Token, err = makeToken(ctx, s, keyring)
	}
	if err == nil && what.Pages {
		r.Visitor, err = makeVisitor(ctx, s, keyring)
	}
	return err
}
