package bench

import (
	"context"
	"crypto/rand"
	"io"
	"time"

	"licet/internal/authority"
	"licet/internal/license"
	"licet/internal/server"
	"licet/internal/store"
	"licet/internal/wire"
	"licet/internal/wire/rmz"
)

// verifyPath is the path of the call that is measured.
const verifyPath = "/rmz/verify"

func now() license.Time { return license.TimeOf(time.Now()) }

// serveLicet runs the real server as an operator has it, but for the brake, since all load comes
// from one address.
func serveLicet(ctx context.Context, what order, out io.Writer, announce func(url string) error) error {
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
	a := authority.New(s, now, rand.Reader)
	door := rmz.New(rmz.Deps{Authority: a, Now: now})
	cfg := server.Default()
	cfg.Listen = []string{"127.0.0.1:0"}
	srv, err := server.New(cfg, []wire.Door{door}, server.Operations{Ready: s.Ping, Version: "bench"}, log.Logger)
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
	if err := announce(srv.URL(wire.LicenseSurface)); err != nil {
		return err
	}
	return srv.Run(ctx)
}
