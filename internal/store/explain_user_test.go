package store

import (
	"strings"
	"testing"
)

// TestUserListsAreIndexed: what lists of license users ask finds its rows by an index, on both databases.
func TestUserListsAreIndexed(t *testing.T) {
	forEachDB(t, func(t *testing.T, db testDB) {
		s := db.open(t)
		least, beyond := begins("ann")
		for name, q := range map[string]struct {
			sql  string
			args []any
			by   string // index that SQLite uses
		}{
			"listEveryLicenseUser": {listEveryLicenseUser, []any{1, 2, 3}, ""},
			"anyUserNamed":         {anyUserNamed, []any{1, least, beyond, 2, 3}, "license_users_by_any_name"},
			"anyUserMailed":        {anyUserMailed, []any{1, least, beyond, 2, 3}, "license_users_by_email"},
			"heldByUser":           {heldByUser, []any{1, 2, 3, 4}, "redemptions_by_user"},
			"sightOfUser":          {sightOfUser, []any{1, 2}, ""},
			"sessionsOfUser":       {sessionsOfUser, []any{1, 2, 3}, "application_sessions_by_user"},
		} {
			t.Run(name, func(t *testing.T) {
				wantIndex(t, s, q.sql, q.args)
				wantOnePlan(t, s, q.sql, q.args)
				if name != "listEveryLicenseUser" {
					wantNoTenantSearch(t, s, q.sql, q.args)
				}
				if plan := strings.Join(planOf(t, s, q.sql, q.args), "\n"); s.Engine() == "sqlite" && !strings.Contains(plan, q.by) {
					t.Errorf("the plan of %s is\n%s\nwant %s in it", q.sql, plan, q.by)
				}
			})
		}
	})
}
