package store

import "licet/internal/license"

const findBlock = `
SELECT ` + blockColumns + `
  FROM application_blocks
 WHERE tenant_id = $1 AND product_id = $2 AND kind = $3 AND value = $4
 ORDER BY user_id
 LIMIT 1`

// FindBlock returns what an application says of an address or a machine, and whether it says anything. Of several bans of one it is
// that which lists show.
func (tx *Tx) FindBlock(tenant license.TenantID, product license.ProductID, kind BlockKind, value string) (b Block, found bool, err error) {
	found, err = tx.one(findBlock, []any{tenant, product, kind, value}, &b.Tenant, &b.Product, &b.Kind, &b.Value, &b.Reason, &b.User, &b.Created)
	return b, found, err
}

const findButton = `SELECT value, label FROM application_buttons WHERE tenant_id = $1 AND product_id = $2 AND value = $3`

// FindButton returns a button of an application, and whether there is one of that value.
func (tx *Tx) FindButton(tenant license.TenantID, product license.ProductID, value string) (b ApplicationButton, found bool, err error) {
	found, err = tx.one(findButton, []any{tenant, product, value}, &b.Value, &b.Label)
	return b, found, err
}

const findChatChannel = `SELECT name, delay FROM chat_channels WHERE tenant_id = $1 AND product_id = $2 AND name = $3`

// FindChatChannel returns a channel of an application, or ChannelUnknown.
func (tx *Tx) FindChatChannel(tenant license.TenantID, product license.ProductID, name string) (c ChatChannel, err error) {
	found, err := tx.one(findChatChannel, []any{tenant, product, name}, &c.Name, &c.Delay)
	if err == nil && !found {
		err = license.Refuse(license.ChannelUnknown)
	}
	return c, err
}

const findSellerKeyOf = `SELECT ` + sellerKeyColumns + ` FROM seller_keys WHERE tenant_id = $1 AND product_id = $2 AND id = $3`

// FindSellerKeyOf returns a seller key of an application, or NotFound. It may be revoked.
func (tx *Tx) FindSellerKeyOf(tenant license.TenantID, product license.ProductID, id license.SellerKeyID) (SellerKey, error) {
	return tx.sellerKey(findSellerKeyOf, tenant, product, id)
}
