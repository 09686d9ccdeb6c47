package store

import "licet/internal/license"

// ApplicationLog is a line that an app wrote (keyauth.md §7, log).
type ApplicationLog struct {
	ID         int64
	At         license.Time
	Message    string
	Credential string // who was signed in; "" is nobody
	Machine    string // as the app calls it
	Address    string
}

// MaxApplicationLogs is how many lines of an application are kept, and a few hundred more: everybody may write them, so that
// they would fill the disk otherwise. The oldest go.
const MaxApplicationLogs = 20_000

// trimLogsEvery is after how many identities, on average, old lines are looked for.
const trimLogsEvery = 256

const (
	insertApplicationLog = `
INSERT INTO application_logs (tenant_id, product_id, id, at, message, credential, machine, address)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`

	trimApplicationLogs = `
DELETE FROM application_logs
 WHERE tenant_id = $1 AND product_id = $2
   AND id <= (SELECT newer.id FROM application_logs AS newer
               WHERE newer.tenant_id = $1 AND newer.product_id = $2
               ORDER BY newer.id DESC LIMIT 1 OFFSET 20000)`
)

// AddApplicationLog stores a line and gives it its identity.
func (tx *Tx) AddApplicationLog(tenant license.TenantID, product license.ProductID, l *ApplicationLog) error {
	l.ID = tx.NewID()
	if err := tx.run(insertApplicationLog, tenant, product, l.ID, l.At, l.Message, l.Credential, l.Machine, l.Address); err != nil {
		return err
	}
	if l.ID%trimLogsEvery != 0 {
		return nil
	}
	return tx.trimApplicationLogs(tenant, product)
}

// trimApplicationLogs drops what is older than the newest [MaxApplicationLogs] lines.
func (tx *Tx) trimApplicationLogs(tenant license.TenantID, product license.ProductID) error {
	return tx.run(trimApplicationLogs, tenant, product)
}

const listApplicationLogs = `
SELECT id, at, message, credential, machine, address
  FROM application_logs
 WHERE tenant_id = $1 AND product_id = $2 AND id < $3
 ORDER BY id DESC
 LIMIT CAST($4 AS BIGINT)`

// ListApplicationLogs returns the lines of an application, newest first, below before (0 is no bound), at most 1000.
func (tx *Tx) ListApplicationLogs(tenant license.TenantID, product license.ProductID, before int64, limit int) ([]ApplicationLog, error) {
	below, size := pageOf(before, limit)
	return listOf(tx, listApplicationLogs, []any{tenant, product, below, size}, func(l *ApplicationLog) []any {
		return []any{&l.ID, &l.At, &l.Message, &l.Credential, &l.Machine, &l.Address}
	})
}

const dropApplicationLogs = `
DELETE FROM application_logs
 WHERE tenant_id = $1 AND product_id = $2
   AND id IN (SELECT more.id FROM application_logs AS more
               WHERE more.tenant_id = $1 AND more.product_id = $2 ORDER BY more.id LIMIT 1000)`

// DropApplicationLogs removes the oldest lines, at most [ThingsAtOnce], and returns how many.
func (tx *Tx) DropApplicationLogs(tenant license.TenantID, product license.ProductID) (int64, error) {
	return tx.affected(dropApplicationLogs, tenant, product)
}
