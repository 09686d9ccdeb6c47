package license_test

import (
	"testing"
	"time"

	"licet/internal/license"

	"github.com/google/go-cmp/cmp"
)

// holding is what a user got from a license on a day.
func holding(from license.LicenseID, level license.LevelID, began, ends string, edits ...func(*license.Holding)) license.Holding {
	h := license.Holding{Name: "level-" + string('0'+rune(level)), Key: "K" + string('0'+rune(from)), Standing: license.Enabled,
		Redemption: license.Redemption{License: from, User: 9, LevelID: level, Level: int64(level), StartedAt: moment(began)}}
	if ends != "" {
		h.ExpiresAt = moment(ends)
	}
	for _, edit := range edits {
		edit(&h)
	}
	return h
}

func added(h *license.Holding) { h.Added = true }

func pausedOn(day string) func(*license.Holding) {
	return func(h *license.Holding) { h.PausedAt = moment(day) }
}

func standing(s license.Standing) func(*license.Holding) {
	return func(h *license.Holding) { h.Standing = s }
}

// TestEntitle: what a user may use on 10 March by what they hold.
func TestEntitle(t *testing.T) {
	t.Parallel()
	type entitled = []license.Entitlement
	one := func(level license.LevelID, key, ends string) license.Entitlement {
		e := license.Entitlement{Level: level, Name: "level-" + string('0'+rune(level)), Number: int64(level), Key: key}
		if ends != "" {
			e.ExpiresAt = moment(ends)
		}
		return e
	}
	for _, tt := range []struct {
		name   string
		held   []license.Holding
		want   entitled
		reason license.Reason
	}{
		{"nothing", nil, nil, license.NothingHeld},
		{"one", []license.Holding{holding(1, 1, "2026-03-01", "2026-04-01")}, entitled{one(1, "K1", "2026-04-01")}, ""},
		{"ended", []license.Holding{holding(1, 1, "2026-02-01", "2026-03-10")}, nil, license.NothingHeld},
		{"for_ever", []license.Holding{holding(1, 1, "2026-02-01", "")}, entitled{one(1, "K1", "")}, ""},
		{"S1-09_two_levels_of_a_license", []license.Holding{holding(1, 2, "2026-03-01", "2026-04-01"), holding(1, 1, "2026-03-01", "2026-04-01")},
			entitled{one(1, "K1", "2026-04-01"), one(2, "K1", "2026-04-01")}, ""},
		{"added_time_lasts_longest", []license.Holding{holding(2, 1, "2026-03-02", "2026-05-01", added), holding(1, 1, "2026-03-01", "2026-04-01")},
			entitled{one(1, "K1", "2026-05-01")}, ""},
		{"added_level_has_no_key", []license.Holding{holding(2, 2, "2026-03-02", "2026-05-01", added)}, entitled{one(2, "", "2026-05-01")}, ""},
		{"for_ever_wins", []license.Holding{holding(1, 1, "2026-03-01", "2026-04-01"), holding(2, 1, "2026-03-02", "", added)},
			entitled{one(1, "K1", "")}, ""},
		{"paused", []license.Holding{holding(1, 1, "2026-03-01", "2026-03-09", pausedOn("2026-03-05"))}, nil, license.HoldingPaused},
		{"paused_and_another", []license.Holding{holding(1, 1, "2026-03-01", "2026-04-01", pausedOn("2026-03-05")), holding(2, 2, "2026-03-01", "2026-04-01")},
			entitled{one(2, "K2", "2026-04-01")}, ""},
		{"paused_when_over", []license.Holding{holding(1, 1, "2026-03-01", "2026-03-05", pausedOn("2026-03-05"))}, nil, license.NothingHeld},
		{"revoked", []license.Holding{holding(1, 1, "2026-03-01", "2026-04-01", standing(license.Revoked))}, nil, license.NothingHeld},
		{"suspended", []license.Holding{holding(1, 1, "2026-03-01", "2026-04-01", standing(license.Suspended))}, nil, license.NothingHeld},
		{"no_level", []license.Holding{holding(1, 0, "2026-03-01", "2026-04-01")}, nil, license.NothingHeld},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := license.Entitle(tt.held, moment("2026-03-10"))
			if diff := cmp.Diff(tt.want, got); diff != "" || license.ReasonOf(err) != tt.reason {
				t.Errorf("Entitle = %v (%s), want %q; differs:\n%s", got, outcome(err), tt.reason, diff)
			}
		})
	}
}

// TestUpgrade: a license of level 1 for 5 weeks is added on 1 March to what a user holds (C35, C36).
func TestUpgrade(t *testing.T) {
	t.Parallel()
	levels := []license.Level{{ID: 3, Name: "gold", Number: 2}, {ID: 4, Name: "more gold", Number: 2}}
	for _, tt := range []struct {
		name string
		held []license.Holding
		want string // the end; "" is never
	}{
		{"C36_new", nil, "2026-04-05"},
		{"C35_longer", []license.Holding{holding(1, 3, "2026-01-01", "2026-03-02")}, "2026-04-06"},
		{"ended_before", []license.Holding{holding(1, 3, "2026-01-01", "2026-02-02")}, "2026-04-05"},
		{"another_level", []license.Holding{holding(1, 5, "2026-01-01", "2026-05-02")}, "2026-04-05"},
		{"for_ever", []license.Holding{holding(1, 3, "2026-01-01", "")}, ""},
		{"paused", []license.Holding{holding(1, 3, "2026-01-01", "2026-03-20", pausedOn("2026-02-01"))}, "2026-04-05"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m := newMemory(t, keyAuthTerms())
			s := m.state(&license.Claim{}, moment("2026-03-01"))
			s.User = &license.LicenseUser{ID: 9, Name: "bob"}
			ch, err := license.Upgrade(s, levels, tt.held, moment("2026-03-01"))
			if err != nil {
				t.Fatalf("Upgrade = %s, want ok", outcome(err))
			}
			want := license.Redemption{License: 5, User: 9, LevelID: 3, Level: 2, StartedAt: moment("2026-03-01"), Added: true}
			if tt.want != "" {
				want.ExpiresAt = moment(tt.want)
			}
			if diff := cmp.Diff([]license.Redemption{want}, ch.Redemptions); diff != "" || !ch.License.IsUsed() {
				t.Errorf("redemptions differ (-want +got), used is %v:\n%s", ch.License.IsUsed(), diff)
			}
		})
	}
	t.Run("level_unknown", func(t *testing.T) {
		t.Parallel()
		m := newMemory(t, keyAuthTerms())
		s := m.state(&license.Claim{}, moment("2026-03-01"))
		s.User = &license.LicenseUser{ID: 9, Name: "bob"}
		if _, err := license.Upgrade(s, nil, nil, moment("2026-03-01")); license.ReasonOf(err) != license.LevelUnknown {
			t.Errorf("Upgrade without levels = %s, want refused/level_unknown", outcome(err))
		}
	})
}

// TestLengthenAndShorten: on 10 March time is added to and taken from what a user holds of level 1.
func TestLengthenAndShorten(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name         string
		held         []license.Holding
		longer       string // the end that 2 days more give; "" is that nothing changes
		shorter      string // the end that 2 days less give; "" is that nothing changes
		shortenCount int
	}{
		{"nothing", nil, "", "", 0},
		{"running", []license.Holding{holding(1, 1, "2026-03-01", "2026-04-01")}, "2026-04-03", "2026-03-30", 1},
		{"ended", []license.Holding{holding(1, 1, "2026-02-01", "2026-03-01")}, "2026-03-12", "2026-02-27", 1},
		{"two", []license.Holding{holding(1, 1, "2026-03-01", "2026-04-01"), holding(2, 1, "2026-03-01", "2026-04-02")}, "2026-04-04", "2026-03-31", 2},
		{"for_ever", []license.Holding{holding(1, 1, "2026-03-01", "")}, "", "", 0},
		{"another", []license.Holding{holding(1, 2, "2026-03-01", "2026-04-01")}, "", "", 0},
		{"paused", []license.Holding{holding(1, 1, "2026-03-01", "2026-03-09", pausedOn("2026-03-05"))}, "2026-03-11", "2026-03-07", 1},
		{"paused_when_over", []license.Holding{holding(1, 1, "2026-03-01", "2026-03-04", pausedOn("2026-03-05"))}, "2026-03-12", "2026-03-02", 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			ch, changed := license.Lengthen(tt.held, 1, days(2), moment("2026-03-10"))
			wantEnds(t, "Lengthen", ch, changed, tt.longer, min(1, len(tt.longer)))
			ch, changed = license.Shorten(tt.held, 1, 48*time.Hour)
			wantEnds(t, "Shorten", ch, changed, tt.shorter, tt.shortenCount)
		})
	}
}

func wantEnds(t *testing.T, what string, ch license.Change, changed bool, ends string, n int) {
	t.Helper()
	if changed != (ends != "") || len(ch.Redemptions) != n || len(ch.Events) != n {
		t.Fatalf("%s changed %v in %v, want %d until %q", what, changed, ch.Redemptions, n, ends)
	}
	for _, r := range ch.Redemptions {
		if r.ExpiresAt != moment(ends) {
			t.Errorf("%s ends at %s, want %s", what, r.ExpiresAt, ends)
		}
	}
}
