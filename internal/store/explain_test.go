package store

import (
	"testing"

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
			"saveLicense":           {saveLicense, []any{1, 2, "enabled", false, false, "", 3, 0, 0, 0, 0, 0, 0, 0, 0, 0}},
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
			"findLicenseOfUser":     {findLicenseOfUser, []any{1, 2, 3, 0}},
			"findLicenseOnDevice":   {findLicenseOnDevice, []any{1, 2, 3, 0, "hw"}},
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
			"saveActivation":        {saveActivation, []any{1, 2, 3, 0, 0, 0, 0, 0, 0, 0}},
			"findNumberedProduct":   {findNumberedProduct, []any{1}},
			"findLicenseByKey":      {findLicenseByKey, []any{1, 2, "KEY"}},
			"findUsage":             {findUsage, []any{1, "2026-03"}},
			"releasedVersions":      {releasedVersions, []any{1, 2, 3, "win", "", 10}},
			"versionsNamed":         {versionsNamed, []any{1, 2, "1.0"}},
			"devicesByHardware":     {devicesByHardware, []any{1, "hw", 3, 10}},
			"holdersOfCustomer":     {holdersOfCustomer, []any{1, 2, 3, 4, 10}},
			"findAccountByCode":     {findAccountByCode, []any{1, "CORP"}},
			"findCustomerByEmail":   {findCustomerByEmail, []any{1, "a@b"}},
			"licensesOfUser":        {licensesOfUser, []any{1, 2, 3, 10}},
			"addUsage":              {addUsage, []any{1, "2026-03", 1}},
		} {
			t.Run(name, func(t *testing.T) { wantIndex(t, s, q.sql, q.args) })
		}
	})
}
