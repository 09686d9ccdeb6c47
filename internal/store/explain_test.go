package store

import (
	"slices"
	"strings"
	"testing"

	sqlite3 "modernc.org/sqlite/lib"

	"licet/internal/license"
)

// TestRequestPathIsIndexed: every statement behind an app's request finds its rows by an index, on both
// databases, so that no request costs more as the tables grow.
func TestRequestPathIsIndexed(t *testing.T) {
	forEachDB(t, func(t *testing.T, db testDB) {
		s := db.open(t)
		for name, q := range map[string]struct {
			sql  string
			args []any
		}{
			"findState":             {findState, []any{1, "KEY", license.BoundToHardware, "hw"}},
			"lockLicense":           {lockLicense, []any{1, 2}},
			"findProductOfLicense":  {findProductOfLicense, []any{1, 2}},
			"findDevice":            {findDevice, []any{1, 2, license.BoundToHardware, "hw"}},
			"saveLicense":           {saveLicense, []any{1, 2, "enabled", false, false, "", 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}},
			"saveDevice":            {saveDevice, []any{1, 2, "hwid", "hw", 3, "", "", "", true, false, 4, 5, 6, 7, "", 0}},
			"saveSighting":          {saveSighting, []any{1, 2, license.BoundToHardware, "hw", 5}},
			"findTerms":             {findTerms, []any{1, 2}},
			"findTermsByDigest":     {findTermsByDigest, []any{1, []byte("digest")}},
			"findLease":             {findLease, []any{1, 2, "", 3}},
			"countSeats":            {countSeats, []any{1, 2, "", 3, 4}},
			"dropEndedLeases":       {dropEndedLeases, []any{1, 2, "", 3}},
			"dropLease":             {dropLease, []any{1, 2, "", 3}},
			"dropLeases":            {dropLeases, []any{1, 2, 3}},
			"findGrant":             {findGrant, []any{1, 2, "f"}},
			"findRedemption":        {findRedemption, []any{1, 2}},
			"findLicenseUser":       {findLicenseUser, []any{1, 2}},
			"findTrial":             {findTrial, []any{1, 2, "hw", ""}},
			"findByKey":             {findByKey, []any{1, "app", "KEY", license.BoundToHardware, "hw"}},
			"findLicenseOfUser":     {findLicenseOfUser, []any{1, 2, 3, 0, 9}},
			"findLicenseOnDevice":   {findLicenseOnDevice, []any{1, 2, 3, 0, "hw", 9}},
			"findLicenseUserByName": {findLicenseUserByName, []any{1, 0, "ann"}},
			"findRedemptionOf":      {findRedemptionOf, []any{1, 2, 3}},
			"countUserDevices":      {countUserDevices, []any{1, 2, 3, 4}},
			"countRedemptions":      {countRedemptions, []any{1, 2}},
			"grantsOfLicense":       {grantsOfLicense, []any{1, 2}},
			"seatsOfLicense":        {seatsOfLicense, []any{1, 2, 3}},
			"licensesOfBundle":      {licensesOfBundle, []any{1, 2}},
			"variablesOfDevice":     {variablesOfDevice, []any{1, 2, 3}},
			"findApp":               {findApp, []any{"key"}},
			"findSigningKey":        {findSigningKey, []any{1, "answers"}},
			"findSigningKeyByID":    {findSigningKeyByID, []any{1, "native-answers", 2}},
			"publicSigningKeys":     {publicSigningKeys, []any{1, "native-answers", 3}},
			"allPublicSigningKeys":  {allPublicSigningKeys, []any{3, 4}},
			"saveActivation":        {saveActivation, []any{1, 2, 3, 0, 0, 0, 0, 0, 0, 0, 0}},
			"findNumberedProduct":   {findNumberedProduct, []any{1}},
			"findLicenseByKey":      {findLicenseByKey, []any{1, 2, "KEY"}},
			"findUsage":             {findUsage, []any{1, "2026-03"}},
			"releasedVersions":      {releasedVersions, []any{1, 2, 3, 10}},
			"versionsNamed":         {versionsNamed, []any{1, 2, "1.0"}},
			"devicesByHardware":     {devicesByHardware, []any{1, "hw", 3, 10}},
			"holdersOfCustomer":     {holdersOfCustomer, []any{1, 2, 3, 4, 10}},
			"findAccountByCode":     {findAccountByCode, []any{1, "CORP"}},
			"findCustomerByEmail":   {findCustomerByEmail, []any{1, "a@b"}},
			"licensesOfUser":        {licensesOfUser, []any{1, 2, 3, 10}},
			"addUsage":              {addUsage, []any{1, "2026-03", 1}},
			"addDailyCalls":         {addDailyCalls, []any{1, 2, 3, "check", "", 1}},
			"pruneDailyCalls":       {pruneDailyCalls, []any{3, 10}},

			// Of the native API.
			"findCaller":            {findCaller, []any{[]byte("hash")}},
			"findCallerAndCode":     {findCallerAndCode, []any{[]byte("hash"), "app", "KEY", license.BoundToHardware, "hw"}},
			"findCallerAndNumber":   {findCallerAndNumber, []any{[]byte("hash"), 1, "KEY", license.BoundToHardware, "hw"}},
			"findCallerAndLicense":  {findCallerAndLicense, []any{[]byte("hash"), 1, license.BoundToHardware, "hw"}},
			"findNativeByCode":      {findNativeByCode, []any{1, "app", "KEY", license.BoundToHardware, "hw"}},
			"findNativeByNumber":    {findNativeByNumber, []any{1, 1000, "KEY", license.BoundToHardware, "hw"}},
			"findNativeByProduct":   {findNativeByProduct, []any{1, 2, "KEY", license.BoundToHardware, "hw"}},
			"findNativeByLicense":   {findNativeByLicense, []any{1, 2, license.BoundToHardware, "hw"}},
			"findUsageEvent":        {findUsageEvent, []any{1, 2, "name"}},
			"sumReserved":           {sumReserved, []any{1, 2, "", 3}},
			"findReservation":       {findReservation, []any{1, 2, 3}},
			"dropReservation":       {dropReservation, []any{1, 2, 3}},
			"dropReservations":      {dropReservations, []any{1, 2}},
			"dropReservationsOfOne": {dropReservationsOfOne, []any{1, 2, 3}},
			"pruneUsageEvents":      {pruneUsageEvents, []any{3, 10}},
			"noteAPIKey":            {noteAPIKey, []any{1, 2, 3}},
			"askAddressRuled":       {askAddressRuled, []any{1, 2}},
			"addAddressHits":        {addAddressHits, []any{1, 2, "other", 3, 4}},
			"reportAddress":         {reportAddress, []any{1, 2, 3, 4, 5}},
			"pruneReservations":     {pruneReservations, []any{3, 10}},

			// Of who looks after a license.
			"findProductInAnyCase":        {findProductInAnyCase, []any{1, "P0000001", "p0000001"}},
			"findNumberedProductOfTenant": {findNumberedProductOfTenant, []any{1, 2}},
			"findLicenseSecrets":          {findLicenseSecrets, []any{1, 2}},
			"lockLicenseSecrets":          {lockLicenseSecrets, []any{1, 2}},
			"saveLicenseSecrets":          {saveLicenseSecrets, []any{1, 2, "", "", nil, nil, 0, nil, 0, "", ""}},
			"devicesNamed":                {devicesNamed, []any{1, 2, "hw"}},
			"listInfoTags":                {listInfoTags, []any{1, 2, 3, 10}},
			"creditsOf":                   {creditsOf, []any{1, 2, "", 3}},
			"spendCredit":                 {spendCredit, []any{1, 2, "", 3, "pages", 1}},
			"addCredit":                   {addCredit, []any{1, 2, "", 3, "pages", 1}},

			// Of applications.
			"findApplication":              {findApplication, []any{"abcdefghij", "app"}},
			"findSession":                  {findSession, []any{1, []byte("hash")}},
			"sweepSessions":                {sweepSessions, []any{1, 2, 3}},
			"signInSession":                {signInSession, []any{1, []byte("hash"), 3}},
			"dropSession":                  {dropSession, []any{1, []byte("hash"), 2}},
			"dropSessionByHandle":          {dropSessionByHandle, []any{1, []byte("a"), []byte("b"), 2}},
			"dropSessionsOfUser":           {dropSessionsOfUser, []any{1, 2}},
			"isBlocked":                    {isBlocked, []any{1, 2, "192.0.2.1", "hw"}},
			"addBlock":                     {addBlock, []any{1, 2, "ip", "192.0.2.1", "", 0, 3}},
			"dropBlocksOfUser":             {dropBlocksOfUser, []any{1, 2}},
			"findLogin":                    {findLogin, []any{1, 2, "ann"}},
			"findLoginByEmail":             {findLoginByEmail, []any{1, 2, []byte("digest")}},
			"findApplicationUser":          {findApplicationUser, []any{1, 2, "ann"}},
			"findApplicationUserByID":      {findApplicationUserByID, []any{1, 2}},
			"lockApplicationUser":          {lockApplicationUser, []any{1, 2}},
			"insertApplicationLicenseUser": {insertApplicationLicenseUser, []any{1, 2, 3, "Ann", "ann", "", false, "", 4}},
			"saveApplicationUser":          {saveApplicationUser, []any{1, 2, "", 0, nil, false, 0, 0}},
			"renameApplicationUser":        {renameApplicationUser, []any{1, 2, 3, "Ann", "ann"}},
			"noteSignIn":                   {noteSignIn, []any{1, 2, "192.0.2.1", 3}},
			"bindHardware":                 {bindHardware, []any{1, 2, "hw", 3}},
			"dropHardware":                 {dropHardware, []any{1, 2}},
			"claimUserHash":                {claimUserHash, []any{1, 2, "hash"}},
			"takeStep":                     {takeStep, []any{1, 2, 3}},
			"secondFactorOf":               {secondFactorOf, []any{1, 2}},
			"saveSecondFactor":             {saveSecondFactor, []any{1, 2, nil, 0, nil, 0}},
			"holdingsOfUser":               {holdingsOfUser, []any{1, 2}},
			"listLevels":                   {listLevels, []any{1, 2}},
			"saveRedemption":               {saveRedemption, []any{1, 2, 3, 4, 5, 6, 7, 8, false}},
			"findProgramToken":             {findProgramToken, []any{1, 2, []byte("hash")}},
			"setProgramTokenFile":          {setProgramTokenFile, []any{1, 2, []byte("hash"), "aa"}},
			"findLockout":                  {findLockout, []any{1, "application_user", "2/ann"}},
			"lockLockout":                  {lockLockout, []any{1, "application_user", "2/ann"}},
			"listLockouts":                 {listLockouts, []any{0, "end_user_address", "", 10}},
			"findTenantSetting":            {findTenantSetting, []any{1, "lockout"}},
		} {
			t.Run(name, func(t *testing.T) {
				wantIndex(t, s, q.sql, q.args)
				wantOnePlan(t, s, q.sql, q.args)
				wantNoTenantSearch(t, s, q.sql, q.args)
			})
		}
	})
}

// wantOnePlan wants SQLite to keep the plan of a statement whatever its arguments are. It makes a new one, at twenty times the
// price of running it, where a condition holds nothing but arguments, or an argument meets the predicate of a
// partial index.
func wantOnePlan(t *testing.T, s *Store, sql string, args []any) {
	t.Helper()
	e, ok := s.engine.(*sqliteEngine)
	if !ok {
		return
	}
	c, err := openConn(e.path, nil, pragmaWait)
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	if err := c.run("BEGIN IMMEDIATE", nil); err != nil {
		t.Fatal(err)
	}
	other := slices.Clone(args)
	for i, arg := range other {
		switch v := arg.(type) {
		case int:
			other[i] = v + 1
		case string:
			other[i] = v + "x"
		}
	}
	for _, with := range [][]any{args, other, args} {
		if err := c.each(sql, with, func(func(...any) error) error { return nil }); err != nil {
			t.Fatal(err)
		}
	}
	if n := sqlite3.Xsqlite3_stmt_status(c.tls, c.stmts[sql].handle, sqlite3.SQLITE_STMTSTATUS_REPREPARE, 0); n > 0 {
		t.Errorf("it was planned anew %d times: %s", n, sql)
	}
}

// wantNoTenantSearch wants SQLite to look for nothing by its tenant alone: that is a search through all the tenant has.
// PostgreSQL plans by how many rows there are, and joins as sets by itself.
func wantNoTenantSearch(t *testing.T, s *Store, sql string, args []any) {
	t.Helper()
	if s.Engine() != "sqlite" {
		return
	}
	for _, line := range planOf(t, s, sql, args) {
		if strings.HasPrefix(line, "SEARCH") && strings.HasSuffix(line, "(tenant_id=?)") {
			t.Errorf("%s in the plan of %s", line, sql)
		}
	}
}

// A page of sessions costs what it holds: it begins where the one before ended. Those that end together are sorted.
func TestSessionsArePagedByTheirEnd(t *testing.T) {
	forEachDB(t, func(t *testing.T, db testDB) {
		s := db.open(t)
		args := []any{1, 2, 3, []byte("hash"), 10}
		wantOnePlan(t, s, listSessions, args)
		wantNoTenantSearch(t, s, listSessions, args)
		plan := strings.Join(planOf(t, s, listSessions, args), "\n")
		if !strings.Contains(plan, "application_sessions_by_end") || !strings.Contains(strings.ReplaceAll(plan, " ", ""), "expires_at>") ||
			!strings.Contains(plan, "Incremental Sort") && !strings.Contains(plan, "LAST TERM OF ORDER BY") {
			t.Errorf("the plan of a page of sessions is\n%s", plan)
		}
	})
}

// A check of the doctor goes through its table once: nothing in it looks through a whole tenant for each row.
func TestDoctorIsNotQuadratic(t *testing.T) {
	forEachDB(t, func(t *testing.T, db testDB) {
		s := db.open(t)
		for _, i := range invariants {
			wantNoTenantSearch(t, s, i.sql, nil)
		}
	})
}
