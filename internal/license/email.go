package license

import (
	"strings"
)

// MaxEmail is how many bytes an e-mail address may have.
const MaxEmail = 254

// CheckEmail refuses as Invalid what cannot be an e-mail address, and returns it without blanks around it.
func CheckEmail(field, address string) (string, error) {
	address = strings.TrimSpace(address)
	local, domain, found := strings.Cut(address, "@")
	if !found || local == "" || domain == "" || len(address) > MaxEmail || strings.ContainsAny(domain, "@ ") || !printable(address) {
		return "", Invalidf(field, "an e-mail address is wanted")
	}
	return address, nil
}
