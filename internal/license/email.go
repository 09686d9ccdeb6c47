package license

import (
	"strings"
)

// MaxEmail is how many bytes an e-mail address may have.
const MaxEmail = 254

// CheckEmail refuses as Invalid what cannot be an e-mail address that mails go to, and returns it without blanks around it. Addresses
// in quotes and with comments, which mail servers hardly take, are refused too.
func CheckEmail(field, address string) (string, error) {
	address = strings.TrimSpace(address)
	local, domain, found := strings.Cut(address, "@")
	if !found || local == "" || domain == "" || len(address) > MaxEmail || strings.Contains(domain, "@") || strings.ContainsAny(address, " <>\"(),;:\\") || !printable(address) {
		return "", Invalidf(field, "%q is not an e-mail address", address)
	}
	return address, nil
}
