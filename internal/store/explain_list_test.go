package store

import (
	"slices"
	"strings"
	"testing"

	"licet/internal/license"
)

// TestListsAreIndexed: what narrows a list finds its rows by an index, on both databases.
func TestListsAreIndexed(t *testing.T) {
	forEachDB(t, func(t *testing.T, db testDB) {
		s := db.open(t)
		least, beyond := begins("KEY")
		for name, q := range map[string]struct {
			sql  string
			args []any
			by   string // index that SQLite uses
		}{
			"listLicensesOfUser":     {listLicensesOfUser, []any{1, 2, 3, 10}, "redemptions_by_user"},
			"listLicensesOfProduct":  {listLicensesOfProduct, []any{1, 2, 3, 10}, "licenses_by_product"},
			"listLicensesOfOrder":    {listLicensesOfOrder, []any{1, 2, 3, 10}, "licenses_by_order"},
			"listLicensesOfCustomer": {listLicensesOfCustomer, []any{1, 2, 3, 10}, "licenses_by_customer"},
			"licensesBeginning":      {licensesBeginning, []any{1, least, beyond, 3, 10}, "COVERING INDEX licenses_by_key"},
			"anyLicenseBeginning":    {anyLicenseBeginning, []any{1, least, beyond}, "COVERING INDEX licenses_by_key"},
			"licensesIssued":         {licensesIssued, []any{1, 2, 3, 4, 10}, "COVERING INDEX licenses_by_issue"},
			"licensesOfBuyers":       {licensesOfBuyers, []any{1, least, beyond, 3, 10}, "licenses_by_customer"},
			"customersBeginning":     {customersBeginning, []any{1, least, beyond, 3, 10}, "email_folded>"},
			"findLicensesByKey":      {findLicensesByKey, []any{1, "KEY"}, "licenses_by_key"},
			"ordersBeginning":        {ordersBeginning, []any{1, least, beyond, 3, 10}, "reference>"},
			"listOrdersWithStatus":   {listOrdersWithStatus, []any{1, "pending", 3, 10}, "orders_by_status"},
			"usersBeginning":         {usersBeginning, []any{1, 2, least, beyond, 3, 10}, "name_folded>"},
			"claimIdempotency":       {claimIdempotency, []any{1, 2, "name", []byte("digest"), 3, 4}, ""},
			"findIdempotency":        {findIdempotency, []any{1, 2, "name"}, ""},
			"finishIdempotency":      {finishIdempotency, []any{1, 2, "name", 3, 200, []byte("answer")}, ""},
			"dropIdempotency":        {dropIdempotency, []any{1, 2, "name", 3}, ""},
			"pruneIdempotency":       {pruneIdempotency, []any{1, 500}, "idempotency_keys_by_start"},
			"lockLicenseUser":        {lockLicenseUser, []any{1, 2}, ""},
			"dropCustomer":           {dropCustomer, []any{1, 2}, "licenses_by_customer"},
			"findWebSession":         {findWebSession, []any{[]byte("hash")}, "members_by_user"},
			"noteWebSession":         {noteWebSession, []any{[]byte("hash"), 1, 2, 3, "", ""}, ""},
			"switchWebSession":       {switchWebSession, []any{[]byte("hash"), 1}, ""},
			"dropWebSession":         {dropWebSession, []any{[]byte("hash")}, ""},
			"dropWebSessionByID":     {dropWebSessionByID, []any{1, 2}, "web_sessions_by_user"},
			"dropWebSessions":        {dropWebSessions, []any{1, 2}, "web_sessions_by_user"},
			"listWebSessions":        {listWebSessions, []any{1}, "web_sessions_by_user"},
			"pruneWebSessions":       {pruneWebSessions, []any{1, 500}, "web_sessions_by_end"},
			"findUserFactor":         {findUserFactor, []any{1}, ""},
			"lockUserFactor":         {lockUserFactor, []any{1}, ""},
			"takeUserStep":           {takeUserStep, []any{1, 2}, ""},
			"hasRecoveryCode":        {hasRecoveryCode, []any{1, []byte("digest")}, ""},
			"dropRecoveryCode":       {dropRecoveryCode, []any{1, []byte("digest")}, ""},
			"countRecoveryCodes":     {countRecoveryCodes, []any{1}, ""},
			"findPasskey":            {findPasskey, []any{[]byte("credential")}, ""},
			"usePasskey":             {usePasskey, []any{1, 2, 3, 4, true, 5}, ""},
			"listPasskeys":           {listPasskeys, []any{1}, ""},
			"takeCeremony":           {takeCeremony, []any{[]byte("hash")}, ""},
			"pruneCeremonies":        {pruneCeremonies, []any{1, 500}, "passkey_ceremonies_by_end"},
			"countPasswordResets":    {countPasswordResets, []any{"a@b", 1}, "password_resets_by_email"},
			"findPasswordReset":      {findPasswordReset, []any{[]byte("hash"), 1}, ""},
			"dropPasswordResets":     {dropPasswordResets, []any{"a@b"}, "password_resets_by_email"},
			"prunePasswordResets":    {prunePasswordResets, []any{1, 500}, "password_resets_by_end"},
			"findInvitation":         {findInvitation, []any{[]byte("hash"), 1}, ""},
			"takeInvitation":         {takeInvitation, []any{[]byte("hash"), 1}, ""},
			"pruneInvitations":       {pruneInvitations, []any{1, 500}, "invitations_by_end"},
			"lockCredentials":        {lockCredentials, []any{1}, ""},
			"reorderLicense":         {reorderLicense, []any{1, 2, 3, 4}, ""},

			// Of screens.
			"listDailyCalls":         {listDailyCalls, []any{1, 2, 3}, "day>"},
			"licensesToCount":        {licensesToCount, []any{1, 2, 10}, "id>"},
			"licensesEnding":         {licensesEnding, []any{1, 2, 3, 4, 10}, "SEARCH license_ends USING PRIMARY KEY (tenant_id=? AND (ends_at,license_id)>(?,?) AND ends_at<?)"},
			"eventsOfTenant":         {eventsOfTenant, []any{1, 2, 10}, "id<"},
			"nextEvent":              {nextEvent, []any{1, 2}, "id>"},
			"findLicensesBeginning":  {findLicensesBeginning, []any{1, least, beyond, 10}, "licenses_by_key"},
			"findCustomersBeginning": {findCustomersBeginning, []any{1, least, beyond, 10}, "email_folded>"},
			"findOrdersBeginning":    {findOrdersBeginning, []any{1, least, beyond, 10}, "reference>"},
			"findUsersNamed":         {findUsersNamed, []any{1, least, beyond, 10}, "license_users_by_any_name"},
			"findUsersWithEmail":     {findUsersWithEmail, []any{1, least, beyond, 10}, "license_users_by_email"},
			"listLicenseUsers":       {listLicenseUsers, []any{1, 2, 3, 10}, "license_users_by_product"},
			"licenseUsersOfCustomer": {licenseUsersOfCustomer, []any{1, 2, 3, 10}, "license_users_by_customer"},
			"listEveryLicenseUser":   {listEveryLicenseUser, []any{1, 3, 10}, "id<"},
			"lockedForGood":          {lockedForGood, []any{1, "license_user", 10}, "lockouts_permanent"},
			"lockedUntil":            {lockedUntil, []any{1, "license_user", 3, 10}, "lockouts_until"},
			"saveJob":                {saveJob, []any{1, 2, "done", 0, 0, 3, 3, ""}, ""},
			"findJob":                {findJob, []any{1, 2}, ""},
			"listJobs":               {listJobs, []any{1, 2, 10}, "id<"},
			"pruneJobs":              {pruneJobs, []any{1, 2}, ""},
		} {
			t.Run(name, func(t *testing.T) {
				wantIndex(t, s, q.sql, q.args)
				wantOnePlan(t, s, q.sql, q.args)
				wantNoTenantSearch(t, s, q.sql, q.args)
				if plan := strings.Join(planOf(t, s, q.sql, q.args), "\n"); s.Engine() == "sqlite" && !strings.Contains(plan, q.by) {
					t.Errorf("the plan of %s is\n%s\nwant %s in it", q.sql, plan, q.by)
				}
			})
		}
	})
}

// What a list is sorted among in memory comes by an index, and so does whether it is too much for that: by the index alone.
func TestSortingIsIndexed(t *testing.T) {
	forEachDB(t, func(t *testing.T, db testDB) {
		s := db.open(t)
		least, beyond := begins("KEY")
		for name, c := range map[string]struct {
			of   string
			args []any
			by   string // index that SQLite uses
		}{
			"standing":  {placesOfStanding, []any{1, "revoked"}, "licenses_not_enabled"},
			"banned":    {placesBanned, []any{1}, "licenses_banned"},
			"product":   {placesOfProduct, []any{1, 2}, "product_id=?"},
			"order":     {placesOfOrder, []any{1, 2}, "licenses_by_order"},
			"customer":  {placesOfCustomer, []any{1, 2}, "licenses_by_customer"},
			"user":      {placesOfUser, []any{1, 2}, "redemptions_by_user"},
			"buyers":    {placesOfBuyers, []any{1, least, beyond}, "licenses_by_customer"},
			"beginning": {placesBeginning, []any{1, least, beyond}, "licenses_by_key"},
			"issued":    {placesIssued, []any{1, 2, 3}, "licenses_by_issue"},
		} {
			t.Run(name, func(t *testing.T) {
				for _, q := range []*assembled{placesThere(c.of, c.args), moreThan(10, c.of, c.args)} {
					sql := q.sql.String()
					wantIndex(t, s, sql, q.args)
					wantOnePlan(t, s, sql, q.args)
					wantNoTenantSearch(t, s, sql, q.args)
					plan := strings.Join(planOf(t, s, sql, q.args), "\n")
					if s.Engine() == "sqlite" && !strings.Contains(plan, c.by) {
						t.Errorf("the plan of %s is\n%s\nwant %s in it", sql, plan, c.by)
					}
					if s.Engine() == "sqlite" && strings.HasPrefix(sql, "SELECT 1 FROM licenses") && !strings.Contains(plan, "COVERING INDEX") {
						t.Errorf("the plan of %s is\n%s\nwant nothing but an index in it", sql, plan)
					}
				}
			})
		}
	})
}

// What a list looks at comes by an index, in the order of the list: it reads no more than it is told to, whatever the filter.
func TestBrowsingIsIndexed(t *testing.T) {
	forEachDB(t, func(t *testing.T, db testDB) {
		s := db.open(t)
		yes := true
		all := LicenseFilter{
			Product: 2, Policy: 3, Order: 4, Customer: 5, Standing: "revoked", Used: &yes, Expired: &yes, Banned: &yes,
			IssuedFrom: 6, IssuedUntil: 7, Note: "note",
		}
		only := func(f LicenseFilter) []stretch { return []stretch{createdStretch(&f, false)} }
		for name, c := range map[string]struct {
			parts []stretch
			by    []string // index or key that SQLite uses
		}{
			"all":      {only(LicenseFilter{}), []string{"sqlite_autoindex_licenses_1 (tenant_id=? AND id>? AND id<?)"}},
			"banned":   {only(LicenseFilter{Banned: &yes}), []string{"licenses_banned"}},
			"product":  {only(LicenseFilter{Product: 2}), []string{"licenses_by_product"}},
			"order":    {only(LicenseFilter{Order: 2}), []string{"licenses_by_order"}},
			"customer": {only(LicenseFilter{Customer: 2}), []string{"licenses_by_customer"}},
			"standing": {only(LicenseFilter{Standing: "revoked"}), []string{"licenses_not_enabled"}},
			"user":     {only(LicenseFilter{User: 2}), []string{"redemptions_by_user"}},
			"key":      {sortedStretches(&LicenseFilter{}, nil, 7, &LicenseView{By: ByKey}), []string{"licenses_by_key", "licenses_keyless"}},
			"expiry":   {sortedStretches(&LicenseFilter{}, nil, 7, &LicenseView{By: ByEnd}), []string{"license_ends USING PRIMARY KEY (tenant_id=? AND", "sqlite_autoindex_licenses_1 (tenant_id=? AND id>? AND id<?)"}},
		} {
			t.Run(name, func(t *testing.T) {
				for i := range c.parts {
					c.parts[i].plain = s.Engine() == "postgres"
					p, at := &c.parts[i], &LicensePlace{ID: 9, Key: "KEY", Ends: 8}
					for _, down := range []bool{false, true} {
						for _, q := range []*assembled{
							p.bound(1, at, down, 100), p.wanted(1, at, &p.end, down, 10, 10, new(sieve)), p.wanted(1, at, at, down, 10, 10, all.sieve(&searched{inNotes: true}, 5)),
						} {
							wantBrowsing(t, s, q, c.by[i])
						}
					}
				}
			})
		}
	})
}

func wantBrowsing(t *testing.T, s *Store, q *assembled, by string) {
	t.Helper()
	sql := q.sql.String()
	wantIndex(t, s, sql, q.args)
	wantOnePlan(t, s, sql, q.args)
	plan := strings.ReplaceAll(strings.Join(planOf(t, s, sql, q.args), "\n"), "COVERING ", "")
	if s.Engine() == "sqlite" && (!strings.Contains(plan, "INDEX "+by) && !strings.Contains(plan, "SEARCH "+by) || !strings.Contains(plan, ">") || !strings.Contains(plan, "<")) {
		t.Errorf("the plan of %s is\n%s\nwant %s in it", sql, plan, by)
	}
}

// A search for events reads those that it looks at by an index, and no others.
func TestEventSearchIsIndexed(t *testing.T) {
	forEachDB(t, func(t *testing.T, db testDB) {
		s := db.open(t)
		wanted := []any{1, 2, 10, "a", "b", "a", "b", 1, 2, 3, 4, 5}
		for _, q := range []struct {
			sql  string
			args []any
			by   string // index that SQLite uses
		}{
			{searchEvents, wanted, "SEARCH events USING PRIMARY KEY (tenant_id=? AND id<?)"},
			{searchEventsOfLicense, append(wanted[:12:12], 6), "SEARCH events USING COVERING INDEX events_by_license (tenant_id=? AND license_id=? AND id<?)"},
			{searchEventsOfLicense, append(wanted[:12:12], 6), "SEARCH events USING PRIMARY KEY (tenant_id=? AND id=?)"},
			{eventsOfLicense, []any{1, 2, 3, 10}, "SEARCH events USING COVERING INDEX events_by_license (tenant_id=? AND license_id=? AND id<?)"},
			{eventsLooked, []any{1, 2, 10}, "SEARCH events USING PRIMARY KEY (tenant_id=? AND id<?)"},
			{eventsLookedOfLicense, []any{1, 2, 10, 3}, "SEARCH events USING COVERING INDEX events_by_license (tenant_id=? AND license_id=? AND id<?)"},
		} {
			wantOnePlan(t, s, q.sql, q.args)
			wantNoTenantSearch(t, s, q.sql, q.args)
			plan := planOf(t, s, q.sql, q.args)
			if s.Engine() == "sqlite" && !slices.Contains(plan, q.by) {
				t.Errorf("the plan of %s is\n%s\nwant %s in it", q.sql, strings.Join(plan, "\n"), q.by)
			}
			if text := strings.Join(plan, "\n"); s.Engine() != "sqlite" && (strings.Contains(text, "Seq Scan") || !strings.Contains(text, "Index")) {
				t.Errorf("the plan of %s is\n%s", q.sql, text)
			}
		}
	})
}

// What begins with a prefix is compared by its bytes on both databases, whatever the language of PostgreSQL's.
func TestPrefixesAreOfBytes(t *testing.T) {
	forEachDB(t, func(t *testing.T, db testDB) {
		s := db.open(t)
		tenant := someTenant(t, s, "acme")
		emails := []string{"a-b@x.test", "a.b@x.test", "ab@x.test", "a_b@x.test", "äb@x.test", "b@x.test", "a\U0010FFFF@x.test"}
		mustWrite(t, s, func(tx *Tx) error {
			for _, email := range emails {
				if _, err := tx.InsertCustomer(&license.Customer{Tenant: tenant, Email: email}); err != nil {
					return err
				}
			}
			return nil
		})
		for _, prefix := range []string{"a", "a-", "a.", "A_", "ä", "ab", "a\U0010FFFF", "%", "a%", "_", "\\"} {
			want := 0
			for _, email := range emails {
				if strings.HasPrefix(email, FoldEmail(prefix)) {
					want++
				}
			}
			least, beyond := begins(FoldEmail(prefix))
			mustRead(t, s, func(tx *Tx) error {
				ids, few, err := tx.candidates(customersBeginning, tenant, least, beyond, license.MaxID)
				if len(ids) != want || !few {
					t.Errorf("customers that begin with %q: %d, want %d", prefix, len(ids), want)
				}
				return err
			})
		}
	})
}
