package store

import (
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
