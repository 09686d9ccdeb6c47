package license_test

import (
	"testing"

	"licet/internal/license"
)

func TestAssign(t *testing.T) {
	t.Parallel()
	terms := license.DefaultTerms()
	terms.Users, terms.Level = license.AtMost(2), 3
	plain := license.License{ID: 7, Terms: &terms, Standing: license.Enabled}
	revoked, banned := plain, plain
	revoked.Standing, banned.RedemptionBlocked = license.Revoked, true
	user := license.LicenseUser{ID: 9, Name: "ann"}
	held := &license.Redemption{License: 7, User: 9}
	for _, c := range []struct {
		name    string
		license license.License
		users   int64
		held    *license.Redemption
		want    license.Reason
		changed bool
	}{
		{"first", plain, 0, nil, "", true},
		{"last", plain, 1, nil, "", true},
		{"one-too-many", plain, 2, nil, license.UserLimit, false},
		{"again", plain, 2, held, "", false},
		{"revoked", revoked, 0, nil, license.LicenseRevoked, false},
		{"banned", banned, 0, nil, license.RedemptionBlocked, false},
		{"banned-again", banned, 1, held, "", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			ch, err := license.Assign(c.license, user, c.users, c.held)
			if got := license.ReasonOf(err); got != c.want || ch.Empty() == c.changed {
				t.Fatalf("Assign = %+v, %v, want reason %q and changed %v", ch, err, c.want, c.changed)
			}
			if want := (license.Redemption{License: 7, User: 9, Level: 3}); c.changed && ch.Redemptions[0] != want {
				t.Errorf("the redemption is %+v, want %+v", ch.Redemptions, want)
			}
		})
	}
}
