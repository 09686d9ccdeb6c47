package signing

import (
	"crypto/sha256"
	"crypto/sha512"
	"crypto/subtle"
	"encoding/base64"
)

// ErrDigest means: a content digest is of another content, of no algorithm that counts, or no content digest at all.
const ErrDigest Error = "the content digest does not fit"

const digestSHA256 = "sha-256=:"

// ContentDigest returns the value of the header field Content-Digest for content as it is sent (RFC 9530): sha-256=:…:.
func ContentDigest(content []byte) string {
	return string(appendContentDigest(make([]byte, 0, contentDigestSize), content))
}

// contentDigestSize is how long a value of ContentDigest is.
const contentDigestSize = len(digestSHA256) + 44 + 1

func appendContentDigest(out, content []byte) []byte {
	sum := sha256.Sum256(content)
	out = append(out, digestSHA256...)
	out = base64.StdEncoding.AppendEncode(out, sum[:])
	return append(out, ':')
}

// VerifyContentDigest checks the value of a header field Content-Digest. It needs one of sha-256 and sha-512, and each of the
// two that is there must fit; others are passed over (RFC 9530 §2). It fails with [ErrDigest].
func VerifyContentDigest(header string, content []byte) error {
	members, err := parseBinaryDictionary(header)
	if err != nil {
		return ErrDigest
	}
	known := false
	for _, m := range members {
		var want []byte
		switch m.name {
		case "sha-256":
			sum := sha256.Sum256(content)
			want = sum[:]
		case "sha-512":
			sum := sha512.Sum512(content)
			want = sum[:]
		default:
			continue
		}
		if known = true; subtle.ConstantTimeCompare(want, m.value) != 1 {
			return ErrDigest
		}
	}
	if !known {
		return ErrDigest
	}
	return nil
}
