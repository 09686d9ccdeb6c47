package dna_test

import (
	"bytes"
	"compress/gzip"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"licet/internal/authority"
	"licet/internal/license"
	"licet/internal/notify"
	"licet/internal/office"
	"licet/internal/store"
	"licet/internal/testkit"
	"licet/internal/testkit/smtptest"
	"licet/internal/wire"
	"licet/internal/wire/dna"
)

// postOffice is a real mail server, and the mailer that sends to it.
type postOffice struct {
	sink   *smtptest.Sink
	mailer *notify.Mailer
	seen   int
}

// forEachPost plays cases with a mail server on both databases.
func forEachPost(t *testing.T, play func(s *scene, p *postOffice)) {
	t.Helper()
	testkit.ForEachDB(t, func(t *testing.T, db func(testing.TB) *store.Store) {
		s := newScene(t, db(t), wire.Rate{})
		p := &postOffice{sink: smtptest.New(t)}
		var err error
		p.mailer, err = notify.New(notify.Deps{Store: s.db, Keyring: s.Keyring, Now: s.Now,
			Config: notify.Config{Host: p.sink.Host, Port: p.sink.Port, TLS: notify.NoTLS, From: "licenses@vendor.test"}})
		s.ok(err)
		play(s, p)
	})
}

// mails are those that have arrived since it was asked last.
func (s *scene) mails(p *postOffice) []smtptest.Message {
	s.t.Helper()
	s.ok(p.mailer.Deliver(s.t.Context()))
	all := p.sink.Messages()
	fresh := all[p.seen:]
	p.seen = len(all)
	return fresh
}

// oneMail wants one mail to have arrived, to an address.
func (s *scene) oneMail(p *postOffice, to string) smtptest.Message {
	s.t.Helper()
	list := s.mails(p)
	if len(list) != 1 || list[0].To != to {
		s.t.Fatalf("%d mails have arrived, want one to %s: %+v", len(list), to, list)
	}
	return list[0]
}

// mailedCode is a reset code, or a key, that a mail has.
var mailedCode = regexp.MustCompile(`\b[2-9A-HJ-KMNP-Z]{8,16}\b|\b[2-9A-HJ-KMNP-Z]{4}(-[2-9A-HJ-KMNP-Z]{4})+\b`)

// TestMail: D16, D19, D20, D30, D32, D35, D36, D45: what is mailed, to whom, and when not.
func TestMail(t *testing.T) {
	t.Parallel()
	forEachPost(t, func(s *scene, p *postOffice) {
		change := fields{"LicensePassword": "12345", "NewPassword": "54321", "SendDnaEmail": nil}
		s.play("D19_D20_S2-28_S2-29_S2-30", func(s *scene) {
			u := s.used(active, "SU", "12345")
			s.mails(p)
			s.wants(s.post(u+"/password", change), 204)
			m := s.oneMail(p, email)
			if strings.Contains(m.Text+m.HTML+m.Subject, "54321") || m.HTML == "" || m.Subject == "" {
				s.t.Errorf("the mail is %+v", m)
			}
			s.wants(s.post(u+"/password", fields{"LicensePassword": "54321", "NewPassword": "12345"}), 204)
			if list := s.mails(p); len(list) != 0 {
				s.t.Errorf("mails that nobody wanted: %+v", list)
			}
		})
		s.play("D16_D32_no_mail_of_a_test", func(s *scene) {
			u := s.used(active, "SU", "12345")
			s.mails(p)
			s.wants(s.post(u+"/password", fields{"LicensePassword": "12345", "NewPassword": "x", "Test": true, "SendDnaEmail": true}), 409)
			s.wants(s.post(u+"/passrecovery", fields{"Test": true, "SendDnaEmail": true}), 409)
			s.wants(s.post(u+"/password", fields{"LicensePassword": "wrong", "NewPassword": "x", "SendDnaEmail": true}), 403)
			if list := s.mails(p); len(list) != 0 {
				s.t.Errorf("mails of what was not done: %+v", list)
			}
		})
		s.play("D30_S2-11_recovery_by_mail", func(s *scene) {
			u := s.used(active, "SU", "12345")
			s.mails(p)
			a := s.wants(s.post(u+"/passrecovery", fields{"SendDnaEmail": true}), 204)
			code := mailedCode.FindString(s.oneMail(p, email).Text)
			if code == "" || strings.Contains(a.body, code) {
				s.t.Fatalf("the mail has the code %q, the answer is %s", code, a)
			}
			s.wants(s.post(u+"/password", fields{"LicensePassword": code, "NewPassword": "newpw"}), 204)
			s.opens(u, "newpw", true)
		})
		s.play("D35_D36_S2-07_first_activation", func(s *scene) {
			s.mails(p)
			u := s.used(active, "MU", "seatpw")
			key := s.setupKey(u)
			list := s.mails(p)
			if len(list) != 2 || list[0].To != email || list[1].To != email {
				s.t.Fatalf("%d mails have arrived, want the license key and the welcome", len(list))
			}
			if !strings.Contains(list[0].Text+list[1].Text, key) || strings.Contains(list[0].Text+list[1].Text, "seatpw") {
				s.t.Errorf("the mails are %q and %q", list[0].Text, list[1].Text)
			}
			code := u[strings.LastIndex(u, "/")+1:]
			s.ok(s.activate(active, code, "PC2", "seatpw"))
			if list := s.mails(p); len(list) != 0 {
				s.t.Errorf("another seat is mailed: %+v", list)
			}
			s.wants(s.post(u+"/licensekey", fields{"SendDnaEmail": true}), 204)
			if m := s.oneMail(p, email); !strings.Contains(m.Text, key) {
				s.t.Errorf("the mail is %q, want the key %s", m.Text, key)
			}
			s.wants(s.post(u+"/admin/passrecovery", fields{"SendDnaEmail": true}), 204)
			admin := mailedCode.FindString(s.oneMail(p, email).Text)
			s.wants(s.post(u+"/adminpassword", fields{"AdminPassword": admin, "NewAdminPassword": "boss", "SendDnaEmail": true}), 204)
			s.oneMail(p, email)
		})
		s.play("D45_both_addresses", func(s *scene) {
			u := s.used(active, "SU", "12345")
			s.mails(p)
			s.wants(s.call(http.MethodPatch, u, fields{"NewEmail": "b@x.test", "SendDnaEmail": true}), 204)
			list := s.mails(p)
			to := map[string]bool{}
			for _, m := range list {
				to[m.To] = true
			}
			if len(list) != 2 || !to[email] || !to["b@x.test"] {
				s.t.Errorf("mails went to %v, want the old and the new address", to)
			}
		})
		s.play("dead_mail_server", func(s *scene) {
			u := s.used(active, "SU", "12345")
			s.mails(p)
			p.sink.Stop()
			s.wants(s.post(u+"/password", change), 204)
			s.ok(p.mailer.Deliver(s.t.Context()))
			s.opens(u, "54321", true)
			p.sink.Start()
			s.Advance(10 * time.Minute)
			s.oneMail(p, email)
			s.Advance(24 * time.Hour)
			if list := s.mails(p); len(list) != 0 {
				s.t.Errorf("the mail came again: %+v", list)
			}
		})
	})
}

// TestNothingLeaks: D54: neither the database nor an event nor a list has a password, a code or a key in clear.
func TestNothingLeaks(t *testing.T) {
	t.Parallel()
	forEachScene(t, wire.Rate{}, func(s *scene) {
		s.play("D54", func(s *scene) {
			u := s.used(active, "MU", "seatpw-secret")
			key := s.setupKey(u)
			s.wants(s.post(u+"/adminpassword", fields{"LicenseKey": key, "NewAdminPassword": "boss-secret"}), 204)
			code, _ := s.wants(s.post(u+"/passrecovery", nil), 200).fields["PasswordResetCode"].(string)
			s.wants(s.post(u+"/passrecovery", fields{"SendDnaEmail": true}), 204)
			s.wants(s.post(u+"/password", fields{"LicensePassword": "guess-secret", "NewPassword": "next-secret"}), 403)
			var zipped bytes.Buffer
			s.ok(s.db.Backup(s.t.Context(), &zipped, func(string, int64) {}))
			zip, err := gzip.NewReader(&zipped)
			s.ok(err)
			all, err := io.ReadAll(zip)
			s.ok(err)
			events, err := s.Office.ListEvents(s.t.Context(), s.Operator, office.Page{Limit: 1000})
			s.ok(err)
			text, err := json.Marshal(events)
			s.ok(err)
			mails, err := s.Office.ListMails(s.t.Context(), s.Operator, "", office.Page{Limit: 1000})
			s.ok(err)
			listed, err := json.Marshal(mails)
			s.ok(err)
			for _, secret := range []string{"seatpw-secret", "boss-secret", "guess-secret", "next-secret", key, code, s.key} {
				for where, in := range map[string]string{"the database": string(all), "an event": string(text), "a list of mails": string(listed)} {
					if secret == "" || strings.Contains(in, secret) || strings.Contains(in, base64.StdEncoding.EncodeToString([]byte(secret))) {
						s.t.Errorf("%s holds %q", where, secret)
					}
				}
			}
		})
	})
}

// TestLockoutLasts: S2-24: an address is locked by what the database remembers: at another server, after a restart. Another vendor's end
// users are not.
func TestLockoutLasts(t *testing.T) {
	t.Parallel()
	forEachScene(t, wire.Rate{}, func(s *scene) {
		s.play("S2-24", func(s *scene) {
			u := s.used(active, "SU", "12345")
			for range 20 {
				s.wants(s.post(u+"/password", fields{"LicensePassword": "wrong", "NewPassword": "x"}), 403)
			}
			again := authority.New(authority.Deps{Store: s.db, Now: s.Now, Rand: rand.Reader, Keyring: s.Keyring, Hasher: testkit.Hasher()})
			s.Open(s.t, dna.New(dna.Deps{Authority: again, Now: s.Now}).Handler())
			if a := s.wants(s.post(u+"/password", fields{"LicensePassword": "12345", "NewPassword": "x"}), 403); a.fields["Message"] != "IP Lockout" {
				s.t.Errorf("the answer after a restart is %s", a)
			}
			other := newScene(s.t, s.db, wire.Rate{})
			other.address = s.address
			theirs := other.used(active, "SU", "12345")
			other.wants(other.post(theirs+"/password", fields{"LicensePassword": "12345", "NewPassword": "x"}), 204)
		})
	})
}

// TestOtherDoors: a license with a password asks for it at every door.
func TestOtherDoors(t *testing.T) {
	t.Parallel()
	forEachScene(t, wire.Rate{}, func(s *scene) {
		s.play("activation_without_the_password", func(s *scene) {
			code := s.issue(active, "MU", nil)
			p, err := s.Office.FindProduct(s.t.Context(), s.Operator, active)
			s.ok(err)
			r := authority.Request{Product: p.Number, Key: code, Claim: license.Claim{HardwareID: "PC1"}}
			if _, err := s.Authority.Activate(s.t.Context(), r); license.ReasonOf(err) != license.LicensePasswordRequired {
				s.t.Errorf("Activate without the password = %v, want license_password_required", err)
			}
		})
	})
}
