package manage

import (
	"strings"
	"testing"
	"time"

	"licet/internal/license"
	"licet/internal/wire/api/apitest"
)

func TestLicenseActs(t *testing.T) {
	t.Parallel()
	forEachSite(t, func(t *testing.T, s *apitest.Site) {
		withLicenses(t, s, "app", object{"terms": object{"type": "time-limited", "duration": "1mo"}}, "A-1", "A-2", "A-3")
		for _, tt := range []struct {
			act        string
			body       any
			path, want string
		}{
			{"suspend", nil, "standing", "suspended"},
			{"resume", nil, "standing", "enabled"},
			{"ban", object{"reason": "shared"}, "ban_reason", "shared"},
			{"unban", nil, "banned", "false"},
			{"extend", object{"by": "1mo"}, "terms.duration", "2mo"},
		} {
			tried := s.Post(t, "/v1/licenses/A-1/"+tt.act+"?dry_run=true", tt.body).Want(200)
			if got := tried.Text(tt.path); got != tt.want {
				t.Errorf("%s tried out: %s = %s, want %s", tt.act, tt.path, got, tt.want)
			}
			done := s.Post(t, "/v1/licenses/A-1/"+tt.act, tt.body).Want(200)
			if stored := s.Get(t, "/v1/licenses/A-1").Want(200); stored.Text(tt.path) != tt.want || string(stored.Raw) != string(done.Raw) {
				t.Errorf("%s answers %s, and stored is %s; want %s = %s", tt.act, done.Raw, stored.Raw, tt.path, tt.want)
			}
			s.Post(t, "/v1/licenses/none/"+tt.act, tt.body).Refused(404, string(license.KeyUnknown))
		}
		activate(t, s, "app", "A-2", "hw-a")
		s.Post(t, "/v1/licenses/A-2/extend", object{"by": "1mo"}).Refused(409, string(license.LicenseUsed))
		s.Advance(24 * time.Hour)
		renewed := s.Post(t, "/v1/licenses/A-2/renew", object{"plan": "annually"}).Want(200)
		if renewed.Text("terms.plan") != "annually" || !strings.HasPrefix(renewed.Text("expires_at"), "2027-") {
			t.Errorf("renewed = %s, want a year more", renewed.Raw)
		}
		s.Post(t, "/v1/licenses/A-2/renew", object{"plan": "annually", "by": "1mo"}).Refused(400, "by")
		if reset := s.Post(t, "/v1/licenses/A-2/reset", nil).Want(200); reset.Text("activated") != "0" {
			t.Errorf("reset = %s, want no device", reset.Raw)
		}
		s.Post(t, "/v1/licenses/none/reset", nil).Refused(404, string(license.KeyUnknown))
		revoked := s.Post(t, "/v1/licenses/A-1/revoke", object{"reason": "charged back"}).Want(200)
		if revoked.Text("standing") != "revoked" {
			t.Errorf("revoked = %s, want it so", revoked.Raw)
		}
		s.Post(t, "/v1/licenses/A-1/resume", nil).Refused(403, string(license.LicenseRevoked))
		s.Post(t, "/v1/licenses/A-1/revoke", object{"resaon": "x"}).Refused(400, "resaon")
	})
}

func TestActsOnManyLicenses(t *testing.T) {
	t.Parallel()
	forEachSite(t, func(t *testing.T, s *apitest.Site) {
		withLicenses(t, s, "app", object{"terms": object{"type": "time-limited", "duration": "1mo"}}, "A-1", "A-2", "A-3")
		withLicenses(t, s, "other", nil, "A-1")
		s.Post(t, "/v1/licenses/A-3/revoke", object{}).Want(200)
		some := []string{"A-2", "none", "A-3"}
		for _, tt := range []struct {
			act              string
			more             object
			changed, refused string
			problem          license.Reason // of A-3, which is revoked
		}{
			{"suspend", nil, "1", "2", license.LicenseRevoked},
			{"resume", nil, "1", "2", license.LicenseRevoked},
			{"ban", object{"reason": "shared"}, "2", "1", ""},
			{"unban", nil, "2", "1", ""},
			{"extend", object{"by": "1mo"}, "1", "2", license.LicenseRevoked},
			{"change", object{"note": "told"}, "2", "1", ""},
			{"reset", nil, "2", "1", ""},
			{"renew", object{"by": "1mo"}, "0", "3", license.LicenseRevoked},
		} {
			body := object{"licenses": some}
			for name, value := range tt.more {
				body[name] = value
			}
			s.Post(t, "/v1/licenses/"+tt.act+"?dry_run=true", body).Want(200)
			a := s.Post(t, "/v1/licenses/"+tt.act, body).Want(200)
			if a.Text("changed") != tt.changed || a.Text("refused") != tt.refused || a.Len("outcomes") != 3 {
				t.Errorf("%s = %s, want %s changed and %s refused", tt.act, a.Raw, tt.changed, tt.refused)
			}
			if got := a.Text("outcomes.1.problem.reason"); got != string(license.KeyUnknown) || a.Text("outcomes.1.license") != "none" {
				t.Errorf("%s of none = %s, want key_unknown", tt.act, got)
			}
			if got := a.Text("outcomes.2.problem.reason"); got != string(tt.problem) {
				t.Errorf("%s of A-3 = %s, want %s", tt.act, got, tt.problem)
			}
		}
		twice := s.Post(t, "/v1/licenses/revoke", object{"licenses": []string{"A-1"}, "reason": "both"}).Want(200)
		if twice.Text("outcomes.0.problem.field") != "product" {
			t.Errorf("revoke of a key that two products have = %s, want it refused", twice.Raw)
		}
		mine := s.Post(t, "/v1/licenses/revoke", object{"licenses": []string{"A-1"}, "product": "other"}).Want(200)
		if mine.Text("changed") != "1" || mine.Text("outcomes.0.standing") != "revoked" {
			t.Errorf("revoke = %s, want one", mine.Raw)
		}
		s.Post(t, "/v1/licenses/suspend", object{"licenses": []string{}}).Refused(400, "licenses")
		s.Post(t, "/v1/licenses/change", object{"licenses": []string{"A-2"}, "order": nil}).Refused(400, "order")
		s.Post(t, "/v1/licenses/extend", object{"licenses": []string{"A-2"}}).Refused(400, "by")
	})
}
