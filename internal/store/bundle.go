package store

import (
	"io"
	"slices"
	"strings"

	"licet/internal/license"
)

// BundleItem is a product that a bundle stands for.
type BundleItem struct {
	Product ProductRecord
	Policy  license.PolicyID // whose terms its licenses get; 0 is the product's default
}

const insertBundleItem = `
INSERT INTO bundle_items (tenant_id, bundle_id, position, product_id, policy_id) VALUES ($1, $2, $3, $4, $5)`

// InsertBundleItems stores what a bundle that this transaction just made stands for, in their order.
func (tx *Tx) InsertBundleItems(tenant license.TenantID, bundle license.ProductID, items []BundleItem) error {
	for i := range items {
		if err := tx.run(insertBundleItem, tenant, bundle, i, items[i].Product.ID, items[i].Policy); err != nil {
			return err
		}
	}
	return nil
}

const bundleItems = `
SELECT ` + productRecordColumns + `, bundle_items.policy_id
  FROM bundle_items
  JOIN products ON products.tenant_id = bundle_items.tenant_id AND products.id = bundle_items.product_id
 WHERE bundle_items.tenant_id = $1 AND bundle_items.bundle_id = $2
 ORDER BY bundle_items.position
 LIMIT 1000`

// BundleItems returns what a bundle stands for, in its order; nothing for another product.
func (tx *Tx) BundleItems(tenant license.TenantID, bundle license.ProductID) ([]BundleItem, error) {
	var out []BundleItem
	var fields []string
	err := tx.each(bundleItems, []any{tenant, bundle}, func(scan func(...any) error) error {
		var item BundleItem
		var text string
		err := scan(append(productRecordInto(&item.Product, &text), &item.Policy)...)
		out, fields = append(out, item), append(fields, text)
		return err
	})
	for i := range out {
		if err == nil {
			err = out[i].Product.finish(fields[i])
		}
	}
	return out, err
}

// InsertBundles stores the licenses of bundles: all[0] are those of the bundle's own product, all[1] and so on those of
// what it stands for, and all[0][n], all[1][n], … get one key, keys[n], and become parts of all[0][n]. No keys at all
// is for products whose users sign in. It returns which n were not stored because one of the products has their key.
func (tx *Tx) InsertBundles(all [][]license.LicenseRecord, keys []string) (taken []int, err error) {
	left := make([]int, len(all[0]))
	for n := range left {
		left[n] = n
	}
	return tx.insertBundles(all, left, keys)
}

// insertBundles is InsertBundles for some of the bundles: keys[i] is for left[i].
func (tx *Tx) insertBundles(all [][]license.LicenseRecord, left []int, keys []string) (taken []int, err error) {
	for i, n := range left {
		for p := range all {
			all[p][n].Key = ""
			if len(keys) > 0 {
				all[p][n].Key = keys[i]
			}
		}
	}
	for p := range all {
		part := make([]license.LicenseRecord, len(left))
		for i, n := range left {
			part[i] = all[p][n]
			if p > 0 {
				part[i].Bundle = all[0][n].ID
			}
		}
		missing, err := tx.InsertLicenses(part)
		if err != nil {
			return nil, err
		}
		for i, n := range left {
			all[p][n] = part[i]
		}
		next := left[:0:0]
		for i, n := range left {
			if len(missing) == 0 || missing[0] != i {
				next = append(next, n)
				continue
			}
			missing = missing[1:]
			if err := tx.takeBack(all[:p], n); err != nil {
				return nil, err
			}
			taken = append(taken, n)
		}
		left = next
	}
	return taken, nil
}

const takeBackLicense = `DELETE FROM licenses WHERE tenant_id = $1 AND id = $2`

// takeBack removes the licenses of a bundle that this transaction has just stored, the parts first.
func (tx *Tx) takeBack(stored [][]license.LicenseRecord, n int) error {
	for p := len(stored) - 1; p >= 0; p-- {
		if err := tx.run(takeBackLicense, stored[p][n].Tenant, stored[p][n].ID); err != nil {
			return err
		}
	}
	return nil
}

// InsertGeneratedBundles is InsertBundles with keys of a mask. A key that one of the products has is drawn again for
// all of them. MaskTooSmall when the mask has no room for so many.
func (tx *Tx) InsertGeneratedBundles(all [][]license.LicenseRecord, mask license.Mask, rand io.Reader) error {
	used := make(map[string]bool, len(all[0]))
	left := make([]int, len(all[0]))
	for n := range left {
		left[n] = n
	}
	for range maxRounds {
		keys, err := license.GenerateKeys(mask, len(left), rand, func(folded string) bool { return used[folded] })
		if err != nil {
			return err
		}
		// In one order, as in InsertGenerated.
		slices.SortFunc(keys, func(a, b string) int { return strings.Compare(license.FoldKey(a), license.FoldKey(b)) })
		for _, key := range keys {
			used[license.FoldKey(key)] = true
		}
		if left, err = tx.insertBundles(all, left, keys); err != nil || len(left) == 0 {
			return err
		}
	}
	return license.Refusef(license.MaskTooSmall, "the mask %q has hardly any free key left; add more *", mask)
}
