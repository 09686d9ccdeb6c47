package platform

import (
	"fmt"

	"licet/internal/license"
)

// customerRoutes are customers and their companies.
func (p *Platform) customerRoutes() []route { return nil }

// customerPath is the page of a customer, or one below it.
func customerPath(id license.CustomerID, below ...string) string {
	path := fmt.Sprintf("/customers/%d", int64(id))
	for _, part := range below {
		path += "/" + part
	}
	return path
}
