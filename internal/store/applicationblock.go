package store

import (
	"licet/internal/license"
)

// BlockKind is what is kept out of an application, or let in.
type BlockKind string

// The kinds of blocks. An address that is allowed is let in whatever else is said of it; what is said of machines stands.
const (
	BlockAddress  BlockKind = "ip"
	BlockHardware BlockKind = "hwid"
	AllowAddress  BlockKind = "allow"
)

// Block is an address or a machine that an application keeps out, or an address that it lets in (keyauth.md §9.7).
type Block struct {
	Tenant  license.TenantID
	Product license.ProductID
	Kind    BlockKind
	Value   string // as apps say it, compared whole
	Reason  string
	User    license.LicenseUserID // whose ban it came with; 0 is nobody's
	Created license.Time
}

// A machine weighs more than an address that is let in, and that more than an address that is kept out.
// Each is looked up by itself: SQLite would go through all blocks for an OR of them.
const isBlocked = `
SELECT CASE
       WHEN EXISTS (SELECT 1 FROM application_blocks WHERE tenant_id = $1 AND product_id = $2 AND kind = 'hwid' AND value = $4) THEN TRUE
       WHEN EXISTS (SELECT 1 FROM application_blocks WHERE tenant_id = $1 AND product_id = $2 AND kind = 'allow' AND value = $3) THEN FALSE
       WHEN EXISTS (SELECT 1 FROM application_blocks WHERE tenant_id = $1 AND product_id = $2 AND kind = 'ip' AND value = $3) THEN TRUE
       ELSE FALSE END`

// IsBlocked reports whether an application keeps out an address or a machine; "" is none.
func (tx *Tx) IsBlocked(tenant license.TenantID, product license.ProductID, address, hardware string) (blocked bool, err error) {
	_, err = tx.one(isBlocked, []any{tenant, product, address, hardware}, &blocked)
	return blocked, err
}

// askBlocked is IsBlocked whose answer is there after the next flush.
func (tx *Tx) askBlocked(blocked *bool, tenant license.TenantID, product license.ProductID, address, hardware string) error {
	return tx.ask(nil, isBlocked, []any{tenant, product, address, hardware}, blocked)
}

const addBlock = `
INSERT INTO application_blocks (tenant_id, product_id, kind, value, reason, user_id, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (tenant_id, product_id, kind, value, user_id) DO UPDATE SET reason = excluded.reason`

// AddBlock keeps an address or a machine out, or lets an address in. It is kept out until everything has ended that it was
// kept out for: the bans of users, and what somebody added by hand. Invalid for no value, and for one of more than 500 characters.
func (tx *Tx) AddBlock(b *Block) error {
	if b.Value == "" || len([]rune(b.Value)) > license.MaxHardwareID {
		return license.Invalidf("value", "an address or a machine has 1 to %d characters", license.MaxHardwareID)
	}
	return tx.run(addBlock, b.Tenant, b.Product, b.Kind, b.Value, b.Reason, b.User, b.Created)
}

const dropBlock = `DELETE FROM application_blocks WHERE tenant_id = $1 AND product_id = $2 AND kind = $3 AND value = $4`

// DropBlock lets a machine or an address in again, whatever it was kept out for; false when it was not kept out.
func (tx *Tx) DropBlock(tenant license.TenantID, product license.ProductID, kind BlockKind, value string) (bool, error) {
	n, err := tx.affected(dropBlock, tenant, product, kind, value)
	return n > 0, err
}

const dropBlocks = `DELETE FROM application_blocks WHERE tenant_id = $1 AND product_id = $2 AND kind = $3`

// DropBlocks removes every block of some kinds, and returns how many they were.
func (tx *Tx) DropBlocks(tenant license.TenantID, product license.ProductID, kinds ...BlockKind) (n int64, err error) {
	for _, kind := range kinds {
		of, err := tx.affected(dropBlocks, tenant, product, kind)
		if err != nil {
			return 0, err
		}
		n += of
	}
	return n, nil
}

const dropBlocksOfUser = `DELETE FROM application_blocks WHERE tenant_id = $1 AND user_id = $2 AND user_id > 0`

// DropBlocksOfUser removes what came with the ban of a user, and returns how much that was.
func (tx *Tx) DropBlocksOfUser(tenant license.TenantID, user license.LicenseUserID) (int64, error) {
	return tx.affected(dropBlocksOfUser, tenant, user)
}

const blockColumns = `tenant_id, product_id, kind, value, reason, user_id, created_at`

const (
	listBlocks = `
SELECT ` + blockColumns + `
  FROM application_blocks
 WHERE tenant_id = $1 AND product_id = $2 AND kind IN ('hwid', 'ip') AND (kind, value) > ($3, $4)
   AND NOT EXISTS (SELECT 1 FROM application_blocks AS lower
                    WHERE lower.tenant_id = $1 AND lower.product_id = $2 AND lower.kind = application_blocks.kind
                      AND lower.value = application_blocks.value AND lower.user_id < application_blocks.user_id)
 ORDER BY kind, value
 LIMIT CAST($5 AS BIGINT)`
	listAllowed = `
SELECT ` + blockColumns + `
  FROM application_blocks
 WHERE tenant_id = $1 AND product_id = $2 AND kind = 'allow' AND value > $3
 ORDER BY value
 LIMIT CAST($4 AS BIGINT)`
)

// ListBlocks returns what an application keeps out, each thing once, or with allow what it lets in, by kind and value, beyond after (the
// zero value is no bound), at most 1000.
func (tx *Tx) ListBlocks(tenant license.TenantID, product license.ProductID, allow bool, after Block, limit int) ([]Block, error) {
	_, size := pageOf(0, limit)
	sql, args := listBlocks, []any{tenant, product, after.Kind, after.Value, size}
	if allow {
		sql, args = listAllowed, []any{tenant, product, after.Value, size}
	}
	var out []Block
	err := tx.each(sql, args, func(scan func(...any) error) error {
		var b Block
		err := scan(&b.Tenant, &b.Product, &b.Kind, &b.Value, &b.Reason, &b.User, &b.Created)
		out = append(out, b)
		return err
	})
	return out, err
}
