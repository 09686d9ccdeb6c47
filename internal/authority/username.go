package authority

import (
	"context"
	"strings"

	"licet/internal/license"
	"licet/internal/store"
)

// UserName returns the name of the license user that an app means by a username. It may carry the code of a customer
// account, "address|ACCOUNT": then that is the user of this very name, or where there is none, the one named by the address.
func (a *Authority) UserName(ctx context.Context, tenant license.TenantID, username string) (string, error) {
	username = strings.TrimSpace(username)
	address, _, suffixed := strings.Cut(username, "|")
	if !suffixed || !plain(username) {
		return address, nil
	}
	err := a.store.Read(ctx, func(tx *store.Tx) error {
		_, err := tx.FindLicenseUserByName(tenant, 0, username)
		return err
	})
	switch {
	case err == nil:
		return username, nil
	case license.CodeOf(err) == license.NotFound:
		return address, nil
	}
	return "", err
}
