package signing

import (
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"hash"
	"strings"

	"licet/internal/license"
)

// EmailDigests returns the digests by which the users of a tenant's applications are found by their e-mail address, in any
// letter case: the first is what is stored, the others are of older master keys. Nobody without the master key can
// tell an address from its digest, or try addresses. No address has no digest.
func (k *Keyring) EmailDigests(tenant license.TenantID, address string) [][]byte {
	address = strings.ToLower(strings.TrimSpace(address))
	if address == "" {
		return nil
	}
	out := [][]byte{k.current.emailDigest(tenant, address)}
	for _, older := range k.older {
		out = append(out, older.emailDigest(tenant, address))
	}
	return out
}

func (s sealKey) emailDigest(tenant license.TenantID, address string) []byte {
	mac := hmac.New(sha256.New, s.digest)
	mac.Write(fmt.Appendf(nil, "application/%d/email/%s", tenant, address))
	return mac.Sum(nil)
}

// SecretDigests returns the digests by which a short secret is recognised that is not kept itself: the first is what is stored, the
// others are of older master keys. The context says what the secret is and whose, so that no digest is good in another row.
func (k *Keyring) SecretDigests(context, secret string) [][]byte {
	out := [][]byte{k.SecretDigest(context, secret)}
	for _, older := range k.older {
		out = append(out, older.secretDigest(context, secret))
	}
	return out
}

// SecretDigest returns the first of SecretDigests, for a secret that is made.
func (k *Keyring) SecretDigest(context, secret string) []byte {
	return k.current.secretDigest(context, secret)
}

func (s sealKey) secretDigest(context, secret string) []byte {
	mac := s.macs.Get().(hash.Hash)
	defer s.macs.Put(mac)
	mac.Reset()
	mac.Write([]byte("secret/" + context + "\x00" + secret))
	return mac.Sum(nil)
}
