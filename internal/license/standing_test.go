package license_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"licet/internal/license"
)

// keyAuthTerms are the terms of a KeyAuth license of level 2 that lasts for five weeks.
func keyAuthTerms() *license.Terms {
	return withTerms(func(t *license.Terms) {
		t.Type, t.Duration, t.Level = license.TimeLimited, license.Span{Seconds: 3024000}, 2
	})
}

// usage shows a license as KeyAuth does.
func keyAuthStatus(m *memory, _ license.Time) string {
	switch {
	case m.license.RedemptionBlocked:
		return "Banned"
	case m.license.IsUsed():
		return "Used"
	}
	return "Not Used"
}

func TestKeyAuthStories(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		steps []step
	}{
		{"S1-14", []step{
			{"2026-02-01", unban(), nil, "Not Used"},
			{"2026-02-01", redeem("bob"), nil, "Used"},
			{"2026-02-01", redeem("bob"), license.AlreadyRedeemed, "Used"},
			{"2026-02-01", redeem("eve"), license.AlreadyRedeemed, "Used"},
			{"2026-02-01", signIn(), nil, "Used"},
		}},
		{"S1-16", []step{
			{"2026-02-01", ban(false), nil, "Banned"},
			{"2026-02-01", redeem("bob"), license.RedemptionBlocked, "Banned"},
			{"2026-02-01", activate("A"), license.LicenseSuspended, "Banned"},
			{"2026-02-02", unban(), nil, "Not Used"},
			{"2026-02-02", redeem("bob"), nil, "Used"},
		}},
		{"S1-17", []step{
			{"2026-02-01", redeem("bob"), nil, "Used"},
			{"2026-02-02", ban(false), nil, "Banned"},
			{"2026-02-02", signIn(), nil, ""},
			{"2026-02-02", activate("A"), nil, ""},
			{"2026-02-02", check("A"), nil, ""},
			{"2026-02-02", redeem("eve"), license.AlreadyRedeemed, ""},
		}},
		{"S1-18", []step{
			{"2026-02-01", redeem("bob"), nil, "Used"},
			{"2026-02-02", banUser(), nil, "Used"},
			{"2026-02-02", signIn(), license.UserBanned, ""},
			{"2026-02-03", unbanUser(), nil, "Used"},
			{"2026-02-03", signIn(), nil, ""},
		}},
		{"S1-19", []step{
			{"2026-02-01", redeem("bob"), nil, "Used"},
			{"2026-02-02", ban(true), nil, "Banned"},
			{"2026-02-02", signIn(), license.UserBanned, "Banned"},
			{"2026-02-03", unban(), nil, "Used"},
			{"2026-02-03", signIn(), nil, "Used"}, // the user is unbanned along (keyauth.md, 9.8)
		}},
		{"S1-20", []step{
			{"2026-02-01", ban(true), nil, "Banned"},
			{"2026-02-01", redeem("bob"), license.RedemptionBlocked, "Banned"},
			{"2026-02-02", unban(), nil, "Not Used"},
		}},
		{"banned_user_redeems_nothing", []step{
			{"2026-02-01", act{"banned redeem", func(m *memory, at license.Time) error {
				s := m.state(&license.Claim{}, at)
				s.User = &license.LicenseUser{ID: 9, Banned: true}
				_, err := license.Redeem(s, levelsOf(&s.License), at)
				return err
			}}, license.UserBanned, "Not Used"},
			{"2026-02-01", act{"redeem by nobody", func(m *memory, at license.Time) error {
				_, err := license.Redeem(m.state(&license.Claim{}, at), levelsOf(&m.license), at)
				return err
			}}, license.UserRequired, "Not Used"},
			{"2026-02-01", signIn(), license.UserUnknown, "Not Used"},
		}},
		{"sign_in_ends_with_the_redemption", []step{
			{"2026-02-01", redeem("bob"), nil, ""},
			{"2026-03-07 23:59:59.999999", signIn(), nil, ""},
			{"2026-03-08", signIn(), license.NothingHeld, "Used"},
		}},
		{"sign_in_needs_the_license", []step{
			{"2026-02-01", redeem("bob"), nil, ""},
			{"2026-02-02", suspend(), nil, ""}, {"2026-02-02", signIn(), license.NothingHeld, ""},
			{"2026-02-03", resume(), nil, ""}, {"2026-02-03", signIn(), nil, ""},
			{"2026-02-04", revoke(), nil, ""}, {"2026-02-04", signIn(), license.NothingHeld, "Used"},
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			story(t, newMemory(t, keyAuthTerms()), keyAuthStatus, tt.steps)
		})
	}
}

func banUser() act {
	return byVendor("ban-user", func(m *memory, _ license.Time) (license.Change, error) {
		return license.BanUser(*m.user, "sharing"), nil
	})
}

func unbanUser() act {
	return byVendor("unban-user", func(m *memory, _ license.Time) (license.Change, error) {
		return license.UnbanUser(*m.user), nil
	})
}

func TestRedemption(t *testing.T) {
	t.Parallel()
	m := newMemory(t, keyAuthTerms())
	story(t, m, expiry, []step{{"2026-02-01 09:00", redeem("bob"), nil, "2026-03-08T09:00:00Z"}})
	began := moment("2026-02-01 09:00")
	t.Run("S1-09", func(t *testing.T) {
		t.Parallel()
		if m.redemption.Level != 2 || m.redemption.License != 5 || m.redemption.User != 9 {
			t.Errorf("redemption = %+v, want level 2 of license 5 for user 9", m.redemption)
		}
	})
	t.Run("S1-12", func(t *testing.T) {
		t.Parallel()
		if got := m.redemption.ExpiresAt.Sub(began).Seconds(); got != 3024000 || m.redemption.StartedAt != began {
			t.Errorf("redemption lasts %v s from %s, want 5 weeks, 3024000 s, from %s", got, m.redemption.StartedAt, began)
		}
	})
	t.Run("event", func(t *testing.T) {
		t.Parallel()
		want := []license.Event{{Kind: license.LicenseRedeemed, License: 5, Subject: 9, Data: map[string]any{"name": "bob"}}}
		if diff := cmp.Diff(want, m.events); diff != "" {
			t.Errorf("events differ (-want +got):\n%s", diff)
		}
	})
	t.Run("withheld", func(t *testing.T) {
		t.Parallel()
		held := m.held()
		held[0].Withheld = true
		if _, err := license.SignIn(m.user, held, began); license.ReasonOf(err) != license.NothingHeld {
			t.Errorf("SignIn with a withheld license = %s, want refused/nothing_held", outcome(err))
		}
	})
	// A perpetual license has no end, whatever date was set on it; who redeemed it has none either.
	t.Run("perpetual", func(t *testing.T) {
		t.Parallel()
		m := issueInto(t, license.OrderCompleted, withTerms(), moment("2026-03-01"))
		story(t, m, status, []step{
			{"2026-02-01", redeem("bob"), nil, "inactive"},
			{"2026-04-01", signIn(), nil, "inactive"},
		})
	})
}

// S1-19: the user's ban carries the license's reason.
func TestBanReasons(t *testing.T) {
	t.Parallel()
	l, user := newMemory(t, keyAuthTerms()).license, &license.LicenseUser{ID: 9, Name: "bob"}
	ch := license.Ban(l, []license.LicenseUser{*user}, true, "chargeback")
	if !ch.License.RedemptionBlocked || ch.License.BlockReason != "chargeback" || !ch.Users[0].Banned || ch.Users[0].BanReason != "chargeback" {
		t.Errorf("Ban = %+v of %+v, want both banned for chargeback", ch.License, ch.Users)
	}
	if user.Banned {
		t.Error("Ban changed its input")
	}
	if ch := license.Ban(l, []license.LicenseUser{*user}, false, "x"); len(ch.Users) > 0 {
		t.Errorf("Ban without the user changes the user to %+v", ch.Users)
	}
	back := license.Unban(ch.License, ch.Users)
	if back.License.RedemptionBlocked || back.License.BlockReason != "" || back.Users[0].Banned || back.Users[0].BanReason != "" {
		t.Errorf("Unban = %+v of %+v, want nothing left", back.License, back.Users)
	}
	two := license.Ban(l, []license.LicenseUser{{ID: 1}, {ID: 2}}, true, "x")
	if len(two.Users) != 2 || !two.Users[0].Banned || !two.Users[1].Banned || len(two.Events) != 3 {
		t.Errorf("Ban of a license of two users = %+v", two)
	}
	if both := license.Unban(two.License, two.Users); len(both.Users) != 2 || both.Users[1].Banned {
		t.Errorf("Unban of a license of two users = %+v", both)
	}
	kinds := func(ch license.Change) (kinds []license.EventKind) {
		for _, e := range ch.Events {
			kinds = append(kinds, e.Kind)
		}
		return kinds
	}
	if got := kinds(ch); !slices.Equal(got, []license.EventKind{license.LicenseBanned, license.UserWasBanned}) {
		t.Errorf("Ban leaves %v", got)
	}
	if got := kinds(back); !slices.Equal(got, []license.EventKind{license.LicenseUnbanned, license.UserUnbanned}) {
		t.Errorf("Unban leaves %v", got)
	}
}

// What the RMZ door relies on, and what any other door must say too.
func TestStandings(t *testing.T) {
	t.Parallel()
	yearly := func() *license.Terms { return withTerms(places(3), lasting(license.TimeLimited, 365)) }
	for _, tt := range []struct {
		name  string
		steps []step
	}{
		{"S3-05", []step{
			{"2026-03-23 12:00", activate("A"), nil, "active"},
			{"2027-03-23 11:59", check("A"), nil, "active"},
			{"2027-03-23 12:00", check("A"), told{license.LicenseExpired}, "active, expired"}, // which RMZ makes LICENSE_EXPIRED
			{"2027-03-23 12:00", activate("B"), license.LicenseExpired, ""},
		}},
		{"S3-06", []step{
			{"2026-03-23", activate("A"), nil, "active"},
			{"2026-03-24", revoke(), nil, "revoked"},
			{"2026-03-24", check("A"), license.LicenseRevoked, ""},
			{"2026-03-24", activate("A"), license.LicenseRevoked, ""},
			{"2026-03-24", activate("B"), license.LicenseRevoked, "revoked"},
		}},
		{"S3-07", []step{
			{"2026-03-23", activate("A"), nil, "active"},
			{"2026-03-24", settle(license.OrderRefunded), nil, "revoked"},
			{"2026-03-24", check("A"), license.LicenseRevoked, "revoked"},
		}},
		{"S3-08", []step{
			{"2026-03-23", activate("A"), nil, ""},
			{"2026-03-24", revoke(), nil, "revoked"},
			{"2026-03-25", resume(), license.LicenseRevoked, "revoked"},
			{"2026-03-25", suspend(), license.LicenseRevoked, "revoked"},
			{"2026-03-25", extend(days(30)), license.LicenseRevoked, "revoked"},
			{"2026-03-25", renew(days(30)), license.LicenseRevoked, "revoked"},
			{"2026-03-25", revoke(), nil, "revoked"},
			{"2026-03-25", unban(), nil, "revoked"},
			{"2026-03-25", reset(), nil, "revoked"},
			{"2026-03-25", redeem("bob"), license.LicenseRevoked, "revoked"},
			{"2026-03-25", settle(license.OrderRefunded), nil, "revoked"},
			{"2027-03-24", activate("A"), license.LicenseRevoked, "revoked, expired"},
			{"2026-01-01", check("A"), license.LicenseRevoked, "revoked"}, // the clock back before all of it
		}},
		{"R28", []step{
			{"2026-03-24", revoke(), nil, "revoked"},
			{"2026-03-24", resume(), license.LicenseRevoked, "revoked"},
			{"2026-03-24", activate("A"), license.LicenseRevoked, "revoked"},
		}},
		{"S3-09", []step{
			{"2026-03-23", activate("A"), nil, ""},
			{"2026-03-24", suspend(), nil, "suspended"},
			{"2026-03-24", check("A"), license.LicenseSuspended, ""},
			{"2026-03-24", activate("A"), license.LicenseSuspended, ""},
			{"2026-03-24", activate("B"), license.LicenseSuspended, ""},
		}},
		{"S3-10", []step{
			{"2026-03-23", activate("A"), nil, "active"},
			{"2026-03-24", suspend(), nil, "suspended"}, {"2026-03-24", suspend(), nil, "suspended"},
			{"2026-03-25", resume(), nil, "active"}, {"2026-03-25", resume(), nil, "active"},
			{"2026-03-25", check("A"), nil, ""},
			{"2026-03-25", activate("B"), nil, "active"},
		}},
		{"LS-16", []step{
			{"2026-03-23", activate("A"), nil, ""},
			{"2026-03-23", suspend(), nil, "suspended"},
			{"2026-03-23", activate("A"), license.LicenseSuspended, ""},
			{"2026-03-23", check("A"), license.LicenseSuspended, ""},
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			story(t, newMemory(t, yearly()), status, tt.steps)
		})
	}
}

// Deciding the same thing twice leaves one event.
func TestStandingTwice(t *testing.T) {
	t.Parallel()
	m := newMemory(t, withTerms())
	story(t, m, status, []step{
		{"2026-02-01", resume(), nil, ""}, {"2026-02-01", suspend(), nil, ""}, {"2026-02-01", suspend(), nil, ""},
		{"2026-02-01", resume(), nil, ""}, {"2026-02-01", revoke(), nil, ""}, {"2026-02-01", revoke(), nil, ""},
	})
	want := []license.EventKind{license.LicenseWasSuspended, license.LicenseResumed, license.LicenseWasRevoked}
	if diff := cmp.Diff(want, m.kinds()); diff != "" {
		t.Errorf("events differ (-want +got):\n%s", diff)
	}
}

// S1-25: what rules hand to doors has no room for a note, so no door can leak one.
func TestNotesStayInside(t *testing.T) {
	t.Parallel()
	t.Run("S1-25", func(t *testing.T) {
		t.Parallel()
		for _, v := range []any{
			license.License{}, license.Change{}, license.State{}, license.Verdict{}, license.Terms{}, license.Error{},
		} {
			walkFields(reflect.TypeOf(v), map[reflect.Type]bool{}, func(path string) {
				t.Errorf("%T has the field %s, want no note in what doors see", v, path)
			})
		}
		found := false
		walkFields(reflect.TypeFor[license.LicenseRecord](), map[reflect.Type]bool{}, func(string) { found = true })
		if !found {
			t.Error("the test does not find the note where there is one")
		}
	})
}

// walkFields calls noted with each field under typ whose name speaks of a note.
func walkFields(typ reflect.Type, seen map[reflect.Type]bool, noted func(path string)) {
	switch typ.Kind() {
	case reflect.Pointer, reflect.Slice:
		walkFields(typ.Elem(), seen, noted)
	case reflect.Struct:
		if seen[typ] {
			return
		}
		seen[typ] = true
		for i := range typ.NumField() {
			f := typ.Field(i)
			if strings.Contains(strings.ToLower(f.Name), "note") {
				noted(typ.Name() + "." + f.Name)
			}
			walkFields(f.Type, seen, noted)
		}
	}
}
