package store

import (
	"slices"
	"sync"
	"testing"
	"time"

	"licet/internal/license"
)

// mailsAt stores n mails of a new tenant that are due at a time, and returns them.
func mailsAt(t *testing.T, s *Store, n int, at license.Time) (list []Mail) {
	t.Helper()
	mustWrite(t, s, func(tx *Tx) error {
		tenant := license.Tenant{Code: "acme", Name: "Acme", Created: at}
		if err := tx.InsertTenant(&tenant); err != nil {
			return err
		}
		list = nil
		for range n {
			m := Mail{Tenant: tenant.ID, Kind: MailWelcome, Recipient: "ann@x.test", Created: at}
			if err := tx.QueueMail("client", &m, MailData{Code: "s3cret"}, func(_ string, text []byte) []byte { return text }); err != nil {
				return err
			}
			list = append(list, m)
		}
		return nil
	})
	return list
}

// TestMailQueriesAreIndexed: looking for mails that are due costs what is due, however many were sent.
func TestMailQueriesAreIndexed(t *testing.T) {
	forEachDB(t, func(t *testing.T, db testDB) {
		s := db.open(t)
		for name, q := range map[string]struct {
			sql  string
			args []any
		}{
			"claimMails":        {claimMails, []any{1, 2, 10}},
			"markMailSent":      {markMailSent, []any{1, 2, 3, ""}},
			"markMailFailed":    {markMailFailed, []any{1, 2, 3, 4, ""}},
			"markMailWaiting":   {markMailWaiting, []any{1, 2, 3, 4, 5, ""}},
			"findMail":          {findMail, []any{1, 2}},
			"lockMail":          {lockMail, []any{1, 2}},
			"requeueMail":       {requeueMail, []any{1, 2, 3, 4}},
			"listMails":         {listMails, []any{1, 2, 10}},
			"listMailsIn":       {listMailsIn, []any{1, "failed", 2, 10}},
			"mailTemplatesFor":  {mailTemplatesFor, []any{1, 2, "welcome"}},
			"listMailTemplates": {listMailTemplates, []any{1, 2, "welcome", 10}},
			"findMailSender":    {findMailSender, []any{1, 2}},
		} {
			t.Run(name, func(t *testing.T) {
				wantIndex(t, s, q.sql, q.args)
				wantOnePlan(t, s, q.sql, q.args)
			})
		}
	})
}

// TestClaimMails: of many who claim at once, each gets mails of their own, and together they get all.
func TestClaimMails(t *testing.T) {
	forEachDB(t, func(t *testing.T, db testDB) {
		stores := []*Store{db.open(t), db.open(t)}
		const now license.Time = 1_800_000_000_000_000
		mails := mailsAt(t, stores[0], 100, now)
		var mu sync.Mutex
		got := map[int64]int{}
		var all sync.WaitGroup
		for i := range 8 {
			all.Go(func() {
				for {
					var claimed []Mail
					err := stores[i%2].Write(t.Context(), func(tx *Tx) (err error) {
						claimed, err = tx.ClaimMails(now, time.Minute, 7)
						return err
					})
					if err != nil {
						t.Errorf("ClaimMails = %v", err)
					}
					if len(claimed) == 0 {
						return
					}
					mu.Lock()
					for _, m := range claimed {
						got[m.ID]++
						if m.State != MailSending || m.Attempts != 1 || m.Next != now.Add(time.Minute) || string(m.Data) != `{"code":"s3cret"}` {
							t.Errorf("claimed = %+v", m)
						}
					}
					mu.Unlock()
				}
			})
		}
		all.Wait()
		for _, m := range mails {
			if got[m.ID] != 1 {
				t.Errorf("mail %d was claimed %d times, want once", m.ID, got[m.ID])
			}
		}
	})
}

// TestClaimOrder: what waits longest goes first, and nothing goes before its time.
func TestClaimOrder(t *testing.T) {
	forEachDB(t, func(t *testing.T, db testDB) {
		s := db.open(t)
		const now license.Time = 1_800_000_000_000_000
		mails := mailsAt(t, s, 3, now)
		claim := func(at license.Time) (ids []int64) {
			mustWrite(t, s, func(tx *Tx) error {
				ids = nil
				list, err := tx.ClaimMails(at, time.Minute, 2)
				for _, m := range list {
					ids = append(ids, m.ID)
				}
				return err
			})
			slices.Sort(ids)
			return ids
		}
		if ids := claim(now - 1); len(ids) != 0 {
			t.Errorf("claimed before their time: %v", ids)
		}
		if ids := claim(now); !slices.Equal(ids, []int64{mails[0].ID, mails[1].ID}) {
			t.Errorf("claimed %v, want the two that wait longest", ids)
		}
		if ids := claim(now); !slices.Equal(ids, []int64{mails[2].ID}) {
			t.Errorf("claimed %v, want the other one", ids)
		}
		if ids := claim(now.Add(time.Minute)); len(ids) != 2 {
			t.Errorf("claimed %v after the lease, want two again", ids)
		}
		if _, err := ParseMailKind("farewell"); license.CodeOf(err) != license.Invalid {
			t.Errorf("ParseMailKind = %v, want invalid", err)
		}
	})
}
