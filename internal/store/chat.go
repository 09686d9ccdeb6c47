package store

import (
	"slices"

	"licet/internal/license"
)

// ChatChannel is a place where the users of an application write to each other (keyauth.md §7, chatget and chatsend).
type ChatChannel struct {
	Name  string
	Delay int64 // seconds between two messages of a user
}

// ChatMessage is what a user wrote.
type ChatMessage struct {
	ID      int64
	User    license.LicenseUserID
	Author  string // their name then
	Message string
	At      license.Time
}

// Mute keeps a user from writing.
type Mute struct {
	User  license.LicenseUserID
	Name  string
	Until license.Time
}

// MaxChatMessages is how many messages of a channel are kept; the oldest go.
const MaxChatMessages = 200

const insertChatChannel = `
INSERT INTO chat_channels (tenant_id, product_id, name, delay)
VALUES ($1, $2, $3, $4)
ON CONFLICT DO NOTHING`

// InsertChatChannel stores a new channel; false when there is one of that name.
func (tx *Tx) InsertChatChannel(tenant license.TenantID, product license.ProductID, c ChatChannel) (bool, error) {
	n, err := tx.affected(insertChatChannel, tenant, product, c.Name, c.Delay)
	return n == 1, err
}

const saveChatChannel = `UPDATE chat_channels SET delay = $4 WHERE tenant_id = $1 AND product_id = $2 AND name = $3`

// SaveChatChannel changes the delay of a channel. It refuses with ChannelUnknown.
func (tx *Tx) SaveChatChannel(tenant license.TenantID, product license.ProductID, c ChatChannel) error {
	n, err := tx.affected(saveChatChannel, tenant, product, c.Name, c.Delay)
	if err == nil && n == 0 {
		err = license.Refuse(license.ChannelUnknown)
	}
	return err
}

const lockChatChannel = `
UPDATE chat_channels SET delay = delay
 WHERE tenant_id = $1 AND product_id = $2 AND name = $3
RETURNING name, delay`

// LockChatChannel returns a channel that nobody else writes to until the end of the transaction, or ChannelUnknown.
func (tx *Tx) LockChatChannel(tenant license.TenantID, product license.ProductID, name string) (c ChatChannel, err error) {
	found, err := tx.one(lockChatChannel, []any{tenant, product, name}, &c.Name, &c.Delay)
	if err == nil && !found {
		err = license.Refuse(license.ChannelUnknown)
	}
	return c, err
}

const (
	dropChatMessages = `DELETE FROM chat_messages WHERE tenant_id = $1 AND product_id = $2 AND channel = $3`
	dropChatChannel  = `DELETE FROM chat_channels WHERE tenant_id = $1 AND product_id = $2 AND name = $3`
)

// DropChatChannel removes a locked channel with its messages.
func (tx *Tx) DropChatChannel(tenant license.TenantID, product license.ProductID, name string) error {
	if err := tx.run(dropChatMessages, tenant, product, name); err != nil {
		return err
	}
	return tx.run(dropChatChannel, tenant, product, name)
}

// ClearChatChannel removes the messages of a locked channel and returns how many.
func (tx *Tx) ClearChatChannel(tenant license.TenantID, product license.ProductID, name string) (int64, error) {
	return tx.affected(dropChatMessages, tenant, product, name)
}

const listChatChannels = `
SELECT name, delay
  FROM chat_channels
 WHERE tenant_id = $1 AND product_id = $2 AND name > $3
 ORDER BY name
 LIMIT CAST($4 AS BIGINT)`

// ListChatChannels returns the channels of an application by name, above after ("" is no bound), at most 1000.
func (tx *Tx) ListChatChannels(tenant license.TenantID, product license.ProductID, after string, limit int) ([]ChatChannel, error) {
	return listOf(tx, listChatChannels, []any{tenant, product, after, pageSize(limit)},
		func(c *ChatChannel) []any { return []any{&c.Name, &c.Delay} })
}

const (
	insertChatMessage = `
INSERT INTO chat_messages (tenant_id, product_id, channel, id, user_id, author, message, at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`

	trimChatMessages = `
DELETE FROM chat_messages
 WHERE tenant_id = $1 AND product_id = $2 AND channel = $3
   AND id <= (SELECT newer.id FROM chat_messages AS newer
               WHERE newer.tenant_id = $1 AND newer.product_id = $2 AND newer.channel = $3
               ORDER BY newer.id DESC LIMIT 1 OFFSET 200)`
)

// AddChatMessage stores a message in a locked channel, gives it its identity, and drops what is older than the newest
// [MaxChatMessages].
func (tx *Tx) AddChatMessage(tenant license.TenantID, product license.ProductID, channel string, m *ChatMessage) error {
	m.ID = tx.NewID()
	if err := tx.run(insertChatMessage, tenant, product, channel, m.ID, m.User, m.Author, m.Message, m.At); err != nil {
		return err
	}
	return tx.run(trimChatMessages, tenant, product, channel)
}

const chatMessages = `
SELECT id, user_id, author, message, at
  FROM chat_messages
 WHERE tenant_id = $1 AND product_id = $2 AND channel = $3
 ORDER BY id DESC
 LIMIT CAST($4 AS BIGINT)`

// ChatMessages returns the newest messages of a channel, the oldest of them first, at most [MaxChatMessages].
func (tx *Tx) ChatMessages(tenant license.TenantID, product license.ProductID, channel string, limit int) ([]ChatMessage, error) {
	out, err := listOf(tx, chatMessages, []any{tenant, product, channel, pageSize(limit)},
		func(m *ChatMessage) []any { return []any{&m.ID, &m.User, &m.Author, &m.Message, &m.At} })
	slices.Reverse(out)
	return out, err
}

const lastChatAt = `
SELECT MAX(at) FROM chat_messages WHERE tenant_id = $1 AND product_id = $2 AND channel = $3 AND user_id = $4`

// LastChatAt returns when a user last wrote in a channel; 0 where that is not known any more.
func (tx *Tx) LastChatAt(tenant license.TenantID, product license.ProductID, channel string, user license.LicenseUserID) (at license.Time, err error) {
	_, err = tx.one(lastChatAt, []any{tenant, product, channel, user}, &at)
	return at, err
}

const setMuted = `UPDATE application_users SET muted_until = $3 WHERE tenant_id = $1 AND user_id = $2`

// SetMuted keeps a user from writing until a time; 0 lets them write.
func (tx *Tx) SetMuted(tenant license.TenantID, user license.LicenseUserID, until license.Time) error {
	return tx.run(setMuted, tenant, user, until)
}

const mutedUntil = `SELECT muted_until FROM application_users WHERE tenant_id = $1 AND user_id = $2`

// MutedUntil returns until when a user may not write; 0 for one who may, and for one who is gone.
func (tx *Tx) MutedUntil(tenant license.TenantID, user license.LicenseUserID) (until license.Time, err error) {
	_, err = tx.one(mutedUntil, []any{tenant, user}, &until)
	return until, err
}

const listMutes = `
SELECT application_users.user_id, license_users.name, application_users.muted_until
  FROM application_users
  JOIN license_users ON license_users.tenant_id = application_users.tenant_id AND license_users.id = application_users.user_id
 WHERE application_users.tenant_id = $1 AND application_users.product_id = $2 AND application_users.user_id > $3
   AND application_users.muted_until > 0 AND application_users.muted_until > $4
 ORDER BY application_users.user_id
 LIMIT CAST($5 AS BIGINT)`

// ListMutes returns who may not write in an application at now, oldest account first, above after (0 is no bound), at most 1000.
func (tx *Tx) ListMutes(tenant license.TenantID, product license.ProductID, now license.Time, after license.LicenseUserID, limit int) ([]Mute, error) {
	return listOf(tx, listMutes, []any{tenant, product, after, now, pageSize(limit)},
		func(m *Mute) []any { return []any{&m.User, &m.Name, &m.Until} })
}
