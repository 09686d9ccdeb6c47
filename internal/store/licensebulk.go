package store

import (
	"io"
	"slices"
	"strings"

	"licet/internal/license"
)

const insertLicenses = `
INSERT INTO licenses (tenant_id, id, product_id, order_id, policy_id, customer_id, license_key, key_folded, standing,
                      withheld, terms_id, issued_at, not_before, started_at, expires_at, maintained_until, note, metadata,
                      revision, custom_fields, bundle_id, created_by, ends_at)
VALUES `

const unlessKeyTaken = `
ON CONFLICT (tenant_id, product_id, key_folded) DO NOTHING
RETURNING id`

// licensesAtOnce is how many rows one statement carries: 100 of 23 columns stay far below what either
// database takes.
const licensesAtOnce = 100

// InsertLicenses stores new licenses of one tenant and gives them their identities. It returns the
// places in the slice of those that were not stored because their product already has that key.
func (tx *Tx) InsertLicenses(all []license.LicenseRecord) (taken []int, err error) {
	for from := 0; from < len(all); from += licensesAtOnce {
		part := all[from:min(from+licensesAtOnce, len(all))]
		stored, err := tx.insertLicenses(part)
		if err != nil {
			return nil, err
		}
		for i := range part {
			if !stored[part[i].ID] {
				taken = append(taken, from+i)
			}
		}
	}
	return taken, nil
}

func (tx *Tx) insertLicenses(part []license.LicenseRecord) (map[license.LicenseID]bool, error) {
	const cols = 23
	args := make([]any, 0, len(part)*cols)
	for i := range part {
		r := &part[i]
		terms, err := tx.internTerms(r.Tenant, r.Terms)
		if err != nil {
			return nil, err
		}
		r.ID = license.LicenseID(tx.NewID())
		args = append(args, r.Tenant, r.ID, r.Product, r.Order, orNull(r.Policy), orNull(r.Customer), r.Key,
			orNull(license.FoldKey(r.Key)), r.Standing, r.Withheld, terms, r.IssuedAt, r.NotBefore, r.StartedAt, r.ExpiresAt,
			r.MaintainedUntil, r.Note, r.Metadata, r.Revision, r.CustomFields, r.Bundle, r.CreatedBy, r.Deadline())
	}
	stored := make(map[license.LicenseID]bool, len(part))
	err := tx.each(manyRows(insertLicenses, len(part), cols, unlessKeyTaken), args, func(scan func(...any) error) error {
		var id license.LicenseID
		err := scan(&id)
		stored[id] = true
		return err
	})
	return stored, err
}

// maxRounds bounds how often keys that turned out to be in use are drawn again.
const maxRounds = 200

// InsertGenerated stores new licenses of one product with keys of a mask. The database says which of
// them are in use; those are drawn again, and never the same ones twice. MaskTooSmall when the mask
// has no room for so many.
func (tx *Tx) InsertGenerated(all []license.LicenseRecord, mask license.Mask, rand io.Reader) error {
	used := make(map[string]bool, len(all))
	left := all
	for range maxRounds {
		keys, err := license.GenerateKeys(mask, len(left), rand, func(folded string) bool { return used[folded] })
		if err != nil {
			return err
		}
		// In one order, so that two issues that meet do not wait for each other in a ring.
		slices.SortFunc(keys, func(a, b string) int { return strings.Compare(license.FoldKey(a), license.FoldKey(b)) })
		for i := range left {
			left[i].Key = keys[i]
			used[license.FoldKey(keys[i])] = true
		}
		taken, err := tx.InsertLicenses(left)
		if err != nil || len(taken) == 0 {
			return err
		}
		// Those that went in move to the front; the rest goes round again.
		next := len(left)
		for i := len(taken) - 1; i >= 0; i-- {
			next--
			left[taken[i]], left[next] = left[next], left[taken[i]]
		}
		left = left[next:]
	}
	return license.Refusef(license.MaskTooSmall, "the mask %q has hardly any free key left; add more *", mask)
}
