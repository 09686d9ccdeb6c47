// Package notify sends the mails that other packages have stored with the changes they tell of (software-dna.md §7). A change is done
// whether or not its mail arrives: a mail that cannot be sent waits, and is tried again for three days, or as long as the code in it
// is good.
//
// # Once
//
// A mail is claimed before it is sent, so any number of servers may send beside each other and each mail goes out once. Only where a
// server dies between the moment that the mail server takes a mail and the moment that this is stored, the mail goes out again; both have
// the same Message-ID, by which mail servers and readers recognise them.
//
// # Words
//
// A vendor may have words of their own for each kind of mail, for a product or for all: see [CheckTemplate]. What a mail says is known
// to its reader and to who may change licenses; lists, events and logs never have it.
package notify

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"licet/internal/license"
	"licet/internal/signing"
	"licet/internal/store"
)

// Deps is what a Mailer stands on. Store, Keyring and Now are needed, to send more than a test.
type Deps struct {
	Store   *store.Store
	Keyring *signing.Keyring    // opens what was sealed with a mail
	Now     func() license.Time // the server's clock
	Config  Config
	Log     *slog.Logger // nil discards
}

// Mailer sends mails. It is safe for concurrent use.
type Mailer struct {
	d    Deps
	kick chan struct{} // has a value when there may be something to send

	mu    sync.Mutex // held while a round runs; guards taken
	taken []letter   // the mail server has them, which could not be stored yet
}

// New builds a Mailer. It refuses as Invalid what Config.Check refuses.
func New(d Deps) (*Mailer, error) {
	if err := d.Config.Check(); err != nil {
		return nil, err
	}
	if d.Log == nil {
		d.Log = slog.New(slog.DiscardHandler)
	}
	return &Mailer{d: d, kick: make(chan struct{}, 1)}, nil
}

// Ready reports whether there is a mail server. Without one mails wait, and can be read.
func (m *Mailer) Ready() bool { return m.d.Config.Ready() }

// Link is where end users look after their licenses; "" is nowhere.
func (m *Mailer) Link() string { return m.d.Config.Link }

// lookEvery is how often a Mailer looks for mails that are due again, or that another process has stored.
const lookEvery = 15 * time.Second

// Kick wakes Run, because a mail was stored. It never waits.
func (m *Mailer) Kick() {
	select {
	case m.kick <- struct{}{}:
	default:
	}
}

// Run sends what is due until ctx ends: at once, after each Kick, and every 15 seconds. What cannot be sent is noted with the mail, and
// logged. The mail that is under way when ctx ends is sent to its end.
func (m *Mailer) Run(ctx context.Context) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		if err := m.Deliver(ctx); err != nil && ctx.Err() == nil {
			m.d.Log.Error("mails were not looked for; the next try follows", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-m.kick:
		case <-tick.C:
		}
	}
}

// How mails are claimed. A lease is longer than a batch can take.
const (
	batch     = 10
	sendLimit = 30 * time.Second // for one mail, and for getting through to the mail server
	lease     = 10 * time.Minute
)

// Deliver sends everything that is due now, and returns when nothing more is, or when the mail server cannot be reached. What became of
// a mail is stored with it; the error is of the database alone.
func (m *Mailer) Deliver(ctx context.Context) error {
	if !m.Ready() {
		return nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.settle(ctx); err != nil {
		return err
	}
	for ctx.Err() == nil {
		var mails []store.Mail
		err := m.d.Store.Write(ctx, func(tx *store.Tx) (err error) {
			mails, err = tx.ClaimMails(m.d.Now(), lease, batch)
			return err
		})
		if err != nil || len(mails) == 0 {
			return err
		}
		if goOn, err := m.deliver(ctx, mails); err != nil || !goOn {
			return err
		}
	}
	return nil
}

// settle stores what the mail server has taken, until that works: till then nothing else is sent.
func (m *Mailer) settle(ctx context.Context) error {
	for len(m.taken) > 0 {
		l := m.taken[0]
		err := m.d.Store.Write(context.WithoutCancel(ctx), func(tx *store.Tx) error {
			return tx.MarkMailSent(&l.mail, m.d.Now(), l.remark)
		})
		if err != nil {
			return err
		}
		m.taken = m.taken[1:]
	}
	return nil
}

// retryAfter is how long a mail waits after so many tries.
func retryAfter(attempts int) time.Duration {
	switch attempts {
	case 0, 1:
		return time.Minute
	case 2:
		return 5 * time.Minute
	case 3:
		return 15 * time.Minute
	case 4:
		return time.Hour
	}
	return 4 * time.Hour
}
