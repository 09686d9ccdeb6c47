package native

import (
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"strconv"

	"licet/internal/license"
	"licet/internal/signing"
)

// macBytes is how much of the digest an activation's identity carries: nobody guesses 96 bits.
const macBytes = 12

// activationID names the activation of a device in a way that cannot be guessed: whoever knows it may end the activation.
func activationID(keys *signing.Keyring, tenant license.TenantID, of license.LicenseID, device license.DeviceID) string {
	id := plainActivation(of, device)
	digest := keys.SecretDigest(activationContext(tenant), string(id))
	var text [(16+macBytes)*4/3 + 1]byte
	base64.RawURLEncoding.Encode(text[:], append(id, digest[:macBytes]...))
	return string(text[:])
}

func plainActivation(of license.LicenseID, device license.DeviceID) []byte {
	id := binary.BigEndian.AppendUint64(make([]byte, 0, 16+macBytes), uint64(of))
	return binary.BigEndian.AppendUint64(id, uint64(device))
}

func activationContext(tenant license.TenantID) string {
	return "activation/" + strconv.FormatInt(int64(tenant), 10)
}

// parseActivation reads what activationID made, for the same tenant.
func parseActivation(keys *signing.Keyring, tenant license.TenantID, text string) (of license.LicenseID, device license.DeviceID, err error) {
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(raw) != 16+macBytes {
		return 0, 0, unknownActivation()
	}
	for _, digest := range keys.SecretDigests(activationContext(tenant), string(raw[:16])) {
		if subtle.ConstantTimeCompare(digest[:macBytes], raw[16:]) == 1 {
			return license.LicenseID(binary.BigEndian.Uint64(raw)), license.DeviceID(binary.BigEndian.Uint64(raw[8:])), nil
		}
	}
	return 0, 0, unknownActivation()
}

func unknownActivation() error {
	return &license.Error{Code: license.NotFound, Reason: license.DeviceUnknown, Message: "there is no such activation"}
}
