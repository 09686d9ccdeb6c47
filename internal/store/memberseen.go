package store

import "licet/internal/license"

const saveTenantName = `UPDATE tenants SET name = $2 WHERE id = $1`

// SaveTenantName gives a tenant another name.
func (tx *Tx) SaveTenantName(id license.TenantID, name string) error {
	return tx.run(saveTenantName, id, name)
}

const membersSeen = `
SELECT members.user_id, web_sessions.seen_at
  FROM members
  JOIN web_sessions ON web_sessions.user_id = members.user_id
 WHERE members.tenant_id = $1 AND NOT web_sessions.pending
 ORDER BY web_sessions.seen_at DESC
 LIMIT 10000`

// MembersSeen returns when the members of a tenant were last seen in a session that is remembered.
func (tx *Tx) MembersSeen(tenant license.TenantID) (map[license.UserID]license.Time, error) {
	seen := make(map[license.UserID]license.Time)
	err := tx.each(membersSeen, []any{tenant}, func(scan func(...any) error) error {
		var user license.UserID
		var at license.Time
		if err := scan(&user, &at); err != nil {
			return err
		}
		seen[user] = max(seen[user], at)
		return nil
	})
	return seen, err
}
