package keyauth

import (
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strconv"
)

// The headers of a signature. They are sent in this spelling, which is that of the contract and not Go's.
const (
	headerStamp   = "x-signature-timestamp"
	headerEd25519 = "x-signature-ed25519"
	headerHMAC    = "signature"
)

// noKey stands in place of the signature in 1.2 when the session was opened without a key of the app's (§3.2).
const noKey = "No encryption key supplied"

// sign signs a body and sets the headers that say so. In 1.3 it is stamped with the moment: the answer must be sent at once.
func (c *call) sign(h http.Header, body []byte) error {
	if c.dialect == v13 {
		key, err := c.d.key(c.ctx())
		if err != nil {
			return err
		}
		stamp := strconv.FormatInt(c.d.now().UTC().Unix(), 10)
		h[headerStamp] = []string{stamp}
		h[headerEd25519] = []string{hex.EncodeToString(ed25519.Sign(key, c.stamped(stamp, body)))}
	}
	return c.signOld(h, body)
}

// stamped returns the timestamp and the body in one piece, which is what is signed (§3.3): in place where there is room
// before the body, since a file has up to a hundred megabytes.
func (c *call) stamped(stamp string, body []byte) []byte {
	whole := c.out[:cap(c.out)]
	if len(body) == 0 || len(whole) < stampRoom+len(body) || &whole[stampRoom] != &body[0] {
		return append([]byte(stamp), body...)
	}
	at := stampRoom - len(stamp)
	copy(whole[at:], stamp)
	return whole[at : stampRoom+len(body)]
}

// signOld sets the signature of 1.2, and sets it in 1.3 too where the app has brought a key: one SDK wants both (§3.3). Where
// the application is unknown there is no secret to sign with.
func (c *call) signOld(h http.Header, body []byte) error {
	session := &c.visit.Session
	begun := session.IDHash != [32]byte{}
	switch brought := session.Enckey != "" || !begun && c.fields[enckeyField] != ""; {
	case c.app().Settings == nil, c.dialect == v13 && !brought:
		return nil
	case begun && session.Enckey == "":
		h[headerHMAC] = []string{noKey}
		return nil
	}
	secret, err := c.d.authority.ApplicationSecret(c.app())
	if err != nil {
		return err
	}
	h[headerHMAC] = []string{hmacOf(session.Enckey, secret.Reveal(), body)}
	return nil
}

// hmacOf returns the signature of 1.2: with the secret alone where there is no session yet, so no key of the app's (§3.2).
func hmacOf(enckey, secret string, body []byte) string {
	if enckey != "" {
		secret = enckey + "-" + secret
	}
	mac := hmac.New(sha256.New, []byte(secret))
	_, _ = mac.Write(body) // It never fails.
	return hex.EncodeToString(mac.Sum(nil))
}
