package store

import (
	"strings"

	"licet/internal/license"
)

const addressRuleColumns = `id, tenant_id, product_id, license_id, name, mode, allow, deny, created_at, updated_at`

// addressRuleRow is a row of addressRuleColumns.
type addressRuleRow struct {
	license.AddressRule
	allow, deny string
}

func (r *addressRuleRow) into() []any {
	a := &r.AddressRule
	return []any{&a.ID, &a.Tenant, &a.Product, &a.License, &a.Name, &a.Mode, &r.allow, &r.deny, &a.Created, &a.Updated}
}

func (r *addressRuleRow) rule() license.AddressRule {
	r.Allow, r.Deny = strings.Fields(r.allow), strings.Fields(r.deny)
	return r.AddressRule
}

const insertAddressRule = `
INSERT INTO address_rules (id, tenant_id, product_id, license_id, name, mode, allow, deny, created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`

// InsertAddressRule stores a new rule and gives it its identity. Call [Tx.RuleAddresses] after it.
func (tx *Tx) InsertAddressRule(r *license.AddressRule) error {
	r.ID = license.AddressRuleID(tx.NewID())
	return tx.run(insertAddressRule, r.ID, r.Tenant, r.Product, r.License, r.Name, r.Mode, strings.Join(r.Allow, " "), strings.Join(r.Deny, " "),
		r.Created, r.Updated)
}

const findAddressRule = `SELECT ` + addressRuleColumns + ` FROM address_rules WHERE tenant_id = $1 AND id = $2`

// FindAddressRule returns a rule of a tenant, or NotFound.
func (tx *Tx) FindAddressRule(tenant license.TenantID, id license.AddressRuleID) (license.AddressRule, error) {
	var r addressRuleRow
	found, err := tx.one(findAddressRule, []any{tenant, id}, r.into()...)
	if err == nil && !found {
		err = &license.Error{Code: license.NotFound, Message: "no such address rule"}
	}
	return r.rule(), err
}

const saveAddressRule = `
UPDATE address_rules SET name = $3, mode = $4, allow = $5, deny = $6, updated_at = $7
 WHERE tenant_id = $1 AND id = $2`

// SaveAddressRule stores what may change of a rule. Changes of rules go one after another by the lock of their tenant. Call
// [Tx.RuleAddresses] after it.
func (tx *Tx) SaveAddressRule(r *license.AddressRule) error {
	return tx.run(saveAddressRule, r.Tenant, r.ID, r.Name, r.Mode, strings.Join(r.Allow, " "), strings.Join(r.Deny, " "), r.Updated)
}

const dropAddressRule = `DELETE FROM address_rules WHERE tenant_id = $1 AND id = $2`

// DropAddressRule removes a rule with what was counted of it. Call [Tx.RuleAddresses] after it.
func (tx *Tx) DropAddressRule(tenant license.TenantID, id license.AddressRuleID) error {
	return tx.run(dropAddressRule, tenant, id)
}

// MaxAddressRules is how many rules a tenant has at most.
const MaxAddressRules = 100

const listAddressRules = `
SELECT ` + addressRuleColumns + `
  FROM address_rules
 WHERE tenant_id = $1
 ORDER BY id`

// AddressRules returns the rules of a tenant, oldest first.
func (tx *Tx) AddressRules(tenant license.TenantID) ([]license.AddressRule, error) {
	return tx.addressRules(listAddressRules, tenant)
}

// addressRulesOf finds the rules that may have a say about a license. A tenant has few.
const addressRulesOf = `
SELECT ` + addressRuleColumns + `
  FROM address_rules
 WHERE tenant_id = $1 AND product_id IN (0, $2) AND license_id IN (0, $3) AND mode <> 'off'
 ORDER BY id`

const addressRulesOfProduct = `
SELECT ` + addressRuleColumns + `
  FROM address_rules
 WHERE tenant_id = $1 AND product_id IN (0, $2) AND mode <> 'off'
 ORDER BY id`

// AddressRulesOfProduct returns the rules that may have a say about licenses of a product, and are not off: also those about
// single licenses.
func (tx *Tx) AddressRulesOfProduct(tenant license.TenantID, product license.ProductID) ([]license.AddressRule, error) {
	return tx.addressRules(addressRulesOfProduct, tenant, product)
}

func (tx *Tx) addressRules(sql string, args ...any) ([]license.AddressRule, error) {
	rows, err := listOf(tx, sql, args, (*addressRuleRow).into)
	out := make([]license.AddressRule, len(rows))
	for i := range rows {
		out[i] = rows[i].rule()
	}
	return out, err
}

// LoadOrigin adds the address rules that may have a say about the license, where its product says that there are any. From
// where the claim comes is for the caller to fill in.
func (tx *Tx) LoadOrigin(s *license.State) error {
	if !s.Product.AddressRuled {
		return nil
	}
	rules, err := tx.addressRules(addressRulesOf, s.License.Tenant, s.License.Product, s.License.ID)
	if len(rules) > 0 {
		s.Origin = &license.Origin{Rules: rules}
	}
	return err
}

// isAddressRuled is whether a rule that is not off may concern licenses of products.id of a tenant.
const isAddressRuled = `EXISTS (
       SELECT 1 FROM address_rules
        WHERE address_rules.tenant_id = products.tenant_id AND address_rules.product_id IN (0, products.id) AND address_rules.mode <> 'off')`

const ruleAddresses = `
UPDATE products SET address_ruled = ` + isAddressRuled + `
 WHERE products.tenant_id = $1 AND products.address_ruled <> ` + isAddressRuled

const ruleAddressesOf = `
UPDATE products SET address_ruled = ` + isAddressRuled + `
 WHERE products.tenant_id = $1 AND products.id = $2 AND products.address_ruled <> ` + isAddressRuled

// RuleAddresses notes at the products of a tenant whether address rules may concern their licenses. It belongs to every change of
// a rule, in the same transaction, once the tenant was locked.
func (tx *Tx) RuleAddresses(tenant license.TenantID) error {
	return tx.run(ruleAddresses, tenant)
}

const askAddressRuled = `SELECT address_ruled FROM products WHERE tenant_id = $1 AND id = $2`

// AddressHits is how often an entry of a rule was met.
type AddressHits struct {
	Entry string // of Deny, or license.OtherAddress
	Hits  int64
	Last  license.Time
}

const addAddressHits = `
INSERT INTO address_hits (tenant_id, rule_id, entry, hits, last_at)
SELECT tenant_id, id, CAST($3 AS TEXT), CAST($4 AS BIGINT), CAST($5 AS BIGINT) FROM address_rules WHERE tenant_id = $1 AND id = $2
ON CONFLICT (tenant_id, rule_id, entry) DO UPDATE SET
  hits = address_hits.hits + excluded.hits,
  last_at = CASE WHEN excluded.last_at > address_hits.last_at THEN excluded.last_at ELSE address_hits.last_at END`

// AddAddressHits counts that an entry of a rule was met n times more, the last time at a moment. Of a rule that is gone it counts
// nothing.
func (tx *Tx) AddAddressHits(tenant license.TenantID, rule license.AddressRuleID, entry string, n int64, at license.Time) error {
	return tx.run(addAddressHits, tenant, rule, entry, n, at)
}

const addressHitsOf = `SELECT entry, hits, last_at FROM address_hits WHERE tenant_id = $1 AND rule_id = $2 ORDER BY entry`

// AddressHitsOf returns what was counted of a rule, by its entries.
func (tx *Tx) AddressHitsOf(tenant license.TenantID, rule license.AddressRuleID) ([]AddressHits, error) {
	return listOf(tx, addressHitsOf, []any{tenant, rule}, func(h *AddressHits) []any { return []any{&h.Entry, &h.Hits, &h.Last} })
}

const reportAddress = `
INSERT INTO address_reports (tenant_id, rule_id, license_id, at)
SELECT tenant_id, id, CAST($3 AS BIGINT), CAST($4 AS BIGINT) FROM address_rules WHERE tenant_id = $1 AND id = $2
ON CONFLICT (tenant_id, rule_id, license_id) DO UPDATE SET at = excluded.at WHERE address_reports.at <= $5`

// ReportAddress reports whether it is time to report again that a license broke a rule: nobody did so after since. It counts as
// reported then. Of a rule that is gone there is nothing to report.
func (tx *Tx) ReportAddress(tenant license.TenantID, rule license.AddressRuleID, of license.LicenseID, at, since license.Time) (bool, error) {
	n, err := tx.affected(reportAddress, tenant, rule, of, at, since)
	return n == 1, err
}

const pruneAddressReports = `
DELETE FROM address_reports
 WHERE (tenant_id, rule_id, license_id) IN (SELECT tenant_id, rule_id, license_id FROM address_reports WHERE at <= $1 LIMIT CAST($2 AS BIGINT))`

// PruneAddressReports forgets when rules were reported up to a moment, at most limit at once, and returns how many.
func (tx *Tx) PruneAddressReports(before license.Time, limit int) (int64, error) {
	return tx.affected(pruneAddressReports, before, limit)
}

// SeenAddress is from where a device came last.
type SeenAddress struct {
	Address string
	At      license.Time
}

const (
	seenAddresses = `
SELECT devices.address, devices.seen_at FROM devices WHERE devices.tenant_id = $1 AND devices.active = TRUE LIMIT CAST($2 AS BIGINT)`
	seenAddressesOfProduct = `
SELECT devices.address, devices.seen_at
  FROM licenses
  JOIN devices ON devices.tenant_id = licenses.tenant_id AND devices.license_id = licenses.id
 WHERE licenses.tenant_id = $1 AND licenses.product_id = $3 AND devices.active = TRUE
 LIMIT CAST($2 AS BIGINT)`
	seenAddressesOfLicense = `
SELECT devices.address, devices.seen_at
  FROM devices
 WHERE devices.tenant_id = $1 AND devices.license_id = $3 AND devices.active = TRUE
 LIMIT CAST($2 AS BIGINT)`
)

// SeenAddresses returns from where active devices of a tenant came last, or those of a product or a license where they are given:
// at most limit of them, whichever.
func (tx *Tx) SeenAddresses(tenant license.TenantID, product license.ProductID, of license.LicenseID, limit int) ([]SeenAddress, error) {
	sql, args := seenAddresses, []any{tenant, limit}
	switch {
	case of != 0:
		sql, args = seenAddressesOfLicense, append(args, of)
	case product != 0:
		sql, args = seenAddressesOfProduct, append(args, product)
	}
	return listOf(tx, sql, args, func(s *SeenAddress) []any { return []any{&s.Address, &s.At} })
}
