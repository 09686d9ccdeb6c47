package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"os/signal"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"licet/internal/authority"
	"licet/internal/demo"
	"licet/internal/geo"
	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/notify"
	"licet/internal/office"
	"licet/internal/outbound"
	"licet/internal/server"
	"licet/internal/signing"
	"licet/internal/store"
	"licet/internal/web"
	"licet/internal/webhook"
	"licet/internal/wire"
	"licet/internal/wire/dna"
	"licet/internal/wire/keyauth"
	"licet/internal/wire/licensespring"
	"licet/internal/wire/rmz"
	"licet/internal/wire/seller"
)

// serveCommand: licet serve. Every setting of the server is a flag, an environment variable and a key of
// the configuration file.
type serveCommand struct {
	Demo bool `help:"On an empty database, make a demo tenant with a ready product, write its credentials to demo.json in the data folder, and print calls to paste."`
	server.Config
}

// Help says what needs more than a line.
func (*serveCommand) Help() string {
	return `No flag is needed: data goes to ./licet-data, with the embedded database in it, and the server listens on 127.0.0.1:8080.

SIGTERM or Ctrl-C lets running requests end and exits 0; a second one exits at once.

A configuration file has the same settings under their TOML names: --tls-cert-file is cert_file in the table [tls]. A flag wins over the environment, the environment over the file.`
}

// Run serves until it is told to stop.
func (c *serveCommand) Run(t *tool) error {
	if err := c.Config.Validate(); err != nil {
		return err
	}
	signal.Ignore(syscall.SIGPIPE) // Whoever reads the log may go away; the server stays.
	log, err := server.NewLog(t.errs, c.Log)
	if err != nil {
		return err
	}
	defer log.Close()
	if err := t.hold(); err != nil {
		return err
	}
	db, err := t.open(store.Options{Logger: log.Logger})
	if err != nil {
		return err
	}
	if _, err := db.Migrate(t.ctx); err != nil {
		return err
	}
	w, err := c.workshop(t, db, log.Logger)
	if err != nil {
		return err
	}
	doors, err := c.doors(t, w)
	if err != nil {
		return err
	}
	srv, err := server.New(c.Config, doors, server.Operations{Ready: db.Ping, Version: currentVersion().Version}, log.Logger)
	if err != nil {
		return usageError{err}
	}
	if err := srv.Listen(); err != nil {
		return err
	}
	defer srv.Close()
	if err := c.greet(t, w, srv); err != nil {
		return err
	}
	return w.run(t.ctx, srv, func(err error) { log.Error("notes were not written; they wait for the next try", "error", err) })
}

// workshop is what the doors work with.
type workshop struct {
	db        *store.Store
	keyring   *signing.Keyring
	hasher    *identity.Hasher
	authority *authority.Authority
	office    *office.Office
	mailer    *notify.Mailer
	webhooks  *webhook.Sender
	countries *geo.Countries // nil where no database is named
	log       *slog.Logger
}

func (c *serveCommand) workshop(t *tool, db *store.Store, log *slog.Logger) (*workshop, error) {
	keyring, err := t.keyring(db)
	if err != nil {
		return nil, err
	}
	mail, err := c.Mail.Open(c.Portal.PublicURL)
	if err != nil {
		return nil, usageError{err}
	}
	mailer, err := notify.New(notify.Deps{Store: db, Keyring: keyring, Now: t.now, Config: mail, Log: log})
	if err != nil {
		return nil, usageError{err}
	}
	countries, err := openCountries(c.Geo)
	if err != nil {
		return nil, err
	}
	hasher := newHasher()
	reach := outbound.Options{AllowPrivate: c.Outbound.AllowPrivate}
	outside := outbound.New(reach)
	webhooks := webhook.New(webhook.Deps{Store: db, Keyring: keyring, Now: t.now, Outside: reach, Log: log})
	deps := t.officeDeps(db)
	deps.Keyring, deps.Hasher, deps.Outside, deps.Mail, deps.Webhooks = keyring, hasher, outside, mailer, webhooks
	apps := authority.Deps{
		Store: db, Now: t.now, Rand: rand.Reader, Keyring: keyring, Hasher: hasher,
		Outside: outside, AllowPrivateIssuer: c.SSO.AllowPrivate, AllowPlainIssuer: c.SSO.AllowPlain,
	}
	if countries != nil {
		deps.Countries, apps.Countries = countries, countries
	}
	return &workshop{
		db: db, keyring: keyring, hasher: hasher, mailer: mailer, webhooks: webhooks, countries: countries, log: log, office: office.New(deps), authority: authority.New(apps),
	}, nil
}

// hold keeps a second server from the data folder of an embedded database, until the tool is closed.
func (t *tool) hold() error {
	ours, err := t.embedded()
	if err == nil && ours {
		t.release, err = store.Hold(t.globals.Data)
	}
	return err
}

// doors lists the doors that open.
func (c *serveCommand) doors(t *tool, w *workshop) ([]wire.Door, error) {
	rate := func(usual wire.Rate, limit int) wire.Rate {
		usual.Limit = limit
		return usual
	}
	doors, err := c.nativeDoors(t, w)
	doors = append(doors, c.platformDoors(t, w)...)
	return append(doors,
		dna.New(dna.Deps{Authority: w.authority, Now: t.now, Kick: w.mailer.Kick, Rate: rate(dna.DefaultRate, c.DNA.RatePerMinute)}),
		keyauth.New(keyauth.Deps{Authority: w.authority, Now: t.now, BaseURL: c.doorURL("/keyauth"),
			Rate: rate(keyauth.DefaultRate, c.KeyAuth.GuessRate), OtherRate: rate(keyauth.DefaultOtherRate, c.KeyAuth.Rate)}),
		seller.New(seller.Deps{Office: w.office, Authority: w.authority, Now: t.now, Rate: rate(seller.DefaultRate, c.KeyAuth.SellerRate)}),
		licensespring.New(licensespring.Deps{Authority: w.authority, Now: t.now, BaseURL: c.doorURL("/licensespring")}),
		rmz.New(rmz.Deps{Authority: w.authority, Keyring: w.keyring, Now: t.now, Rate: rate(rmz.DefaultRate, c.RMZ.RatePerMinute)}),
	), err
}

// doorURL is the public address of a door on the license surface; "" where it follows from the request.
func (c *serveCommand) doorURL(path string) string {
	base := strings.TrimRight(c.License.PublicURL, "/")
	switch {
	case base == "":
		return ""
	case "/"+c.License.RootDoor == path:
		return base
	}
	return base + path
}

// run serves. Meanwhile it sends mails, and writes the notes of the authority, these once more when the last request is answered.
func (w *workshop) run(ctx context.Context, srv *server.Server, failed func(error)) error {
	keep, stop := context.WithCancel(context.WithoutCancel(ctx))
	var beside sync.WaitGroup
	beside.Go(func() { w.authority.KeepNotes(keep, failed) })
	beside.Go(func() { w.mailer.Run(keep) })
	beside.Go(func() { w.webhooks.Run(keep) })
	beside.Go(func() { w.prune(keep) })
	if w.countries != nil {
		beside.Go(func() {
			w.countries.Watch(keep, func(err error) {
				w.log.Error("the country database was not read again; the old one goes on", "error", err)
			})
		})
	}
	err := srv.Run(ctx)
	w.office.EndJobs()
	stop()
	beside.Wait()
	return err
}

// pruneEvery is how often what is kept for a while is forgotten.
const pruneEvery = time.Hour

// prune forgets what is kept for a while and is too old now, until ctx ends.
func (w *workshop) prune(ctx context.Context) {
	tick := time.NewTicker(pruneEvery)
	defer tick.Stop()
	for {
		if err := w.office.Prune(ctx); err != nil && ctx.Err() == nil {
			w.log.Error("what is too old was not forgotten; the next try follows", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// greet tells people where the server is and what to do next, and makes the demo.
func (c *serveCommand) greet(t *tool, w *workshop, srv *server.Server) error {
	t.sayf("Licet %s", currentVersion().Version)
	for _, place := range places(srv) {
		t.sayf("  %-10s  %s", place.surfaces, place.url)
	}
	if url := srv.OperationsURL(); url != "" {
		t.sayf("  %-10s  %s/readyz and /metrics", "operations", url)
	}
	where := "PostgreSQL"
	if w.db.Engine() == "sqlite" {
		where = t.globals.Data
	}
	t.sayf("  %-10s  %s", "data", where)
	if !w.mailer.Ready() {
		t.sayf("  %-10s  no mail server is set, so mails wait; see: licet mail list", "mail")
	}
	if c.Demo {
		return c.demo(t, w, srv)
	}
	return c.hint(t, w, srv)
}

// manageURL is where people reach the pages of the manage surface, without a slash at its end.
func (c *serveCommand) manageURL(srv *server.Server) string {
	return cmp.Or(strings.TrimRight(c.Manage.PublicURL, "/"), srv.URL(wire.ManageSurface))
}

// openAt is an address and what answers there.
type openAt struct{ surfaces, url string }

// places lists the addresses of the surfaces, each once.
func places(srv *server.Server) []openAt {
	var out []openAt
	for _, surface := range wire.Surfaces() {
		for _, url := range srv.URLs(surface) {
			at := slices.IndexFunc(out, func(o openAt) bool { return o.url == url })
			if at < 0 {
				out = append(out, openAt{string(surface), url})
				continue
			}
			out[at].surfaces += ", " + string(surface)
		}
	}
	if len(out) == 1 {
		out[0].surfaces = "listening"
	}
	return out
}

// hint says how to begin, as long as nobody has begun: with a link that is good once, and until the next start.
func (c *serveCommand) hint(t *tool, w *workshop, srv *server.Server) error {
	needs, err := w.office.NeedsSetUp(t.ctx)
	if err != nil || !needs {
		return err
	}
	token, err := w.office.OpenSetUp(t.ctx, operator())
	if license.CodeOf(err) == license.Conflict {
		return nil // Somebody was quicker, in a terminal.
	}
	if err != nil {
		return err
	}
	t.sayf("\nNothing is set up yet. Begin in a browser, with this link; it is good once, and until the next start:\n\n  %s%s/setup?token=%s\n", c.manageURL(srv), web.Base, token.Reveal())
	t.sayf("Or in a terminal: licet tenant create CODE --name NAME\nOr try it out on an empty database with: licet serve --demo")
	return nil
}

// demo makes the demo, or finds it as it was made, and shows what to try.
func (c *serveCommand) demo(t *tool, w *workshop, srv *server.Server) error {
	d := demo.Demo{Store: w.db, Office: w.office, Authority: w.authority, Actor: operator(), Rand: rand.Reader, Dir: t.globals.Data,
		Keyring: w.keyring, Hasher: w.hasher, Now: t.now}
	file, outcome, err := d.Prepare(t.ctx, srv.URL(wire.LicenseSurface))
	if err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	if outcome == demo.NotEmpty {
		t.sayf("\nThe database is in use and is not a demo: nothing was made. For a demo name an empty folder with --data.")
		return nil
	}
	return demo.Show(t.errs, file, d.Path(), c.manageURL(srv))
}
