package platform

import (
	"fmt"

	"licet/internal/license"
)

// licensePath is the page of a license.
func licensePath(id license.LicenseID) string { return fmt.Sprintf("%s/licenses/%d", base, int64(id)) }

// licenseName is what a license is called: its key, or its identity where it has none.
func licenseName(l *license.License) string {
	if l.Key != "" {
		return l.Key
	}
	return fmt.Sprint(int64(l.ID))
}
