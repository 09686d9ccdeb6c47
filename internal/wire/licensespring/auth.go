package licensespring

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"
	"strings"
	"time"

	"licet/internal/license"
	"licet/internal/store"
)

// dateWindow is how far the date of a request may be from the server's, both ways (§2.1).
const dateWindow = 15 * time.Minute

// authenticate finds out which app calls, and whether it may. The order of its steps is that of §2.1.
func (c *call) authenticate(need access) error {
	date, header := c.r.Header.Get("Date"), c.r.Header.Get("Authorization")
	switch {
	case header == "":
		return refuse(missingAuthorization)
	case date == "":
		return refuse(missingDate)
	}
	var err error
	if token, ok := bearer(header); ok {
		err = c.byToken(token, date)
	} else {
		err = c.bySignature(header, date)
	}
	switch {
	case err != nil:
		return err
	case c.app.Answers == nil:
		return errNoAnswerKey
	}
	return c.app.May(0, need == changing)
}

// errNoAnswerKey is a fault of ours: whoever makes an app key makes the key for its answers too.
var errNoAnswerKey = errors.New("the tenant of the app key has no key to sign answers with")

// bearer returns the token of "Bearer <token>".
func bearer(header string) (string, bool) {
	scheme, token, ok := strings.Cut(header, " ")
	return strings.Trim(token, blanks), ok && strings.EqualFold(scheme, "Bearer")
}

func (c *call) byToken(token, date string) (err error) {
	if c.app, err = c.d.authority.AppByToken(c.ctx(), token); err != nil {
		return err
	}
	return checkDate(date, c.d.now())
}

func (c *call) bySignature(header, date string) error {
	a, ok := parseAuthorization(header)
	switch {
	case !ok:
		return refuse(badAuthorization)
	case a.missing != "":
		return refuse(missingParam.with("Some parameters are missing in the authorization: { " + a.missing + " }"))
	case !strings.EqualFold(a.headers, "date"):
		return refuse(badAuthorization)
	case !strings.EqualFold(a.algorithm, "hmac-sha256"):
		return refuse(hmacRequired)
	}
	app, err := c.d.authority.App(c.ctx(), a.apiKey)
	if err != nil {
		return err
	}
	if app.Kind != store.HMACKey {
		return license.Refuse(license.AppKeyUnknown) // A client id is no API key.
	}
	if err := checkDate(date, c.d.now()); err != nil {
		return err
	}
	if !signedBy(app.Secret, date, a.signature) {
		return license.Refuse(license.SignatureBad)
	}
	c.app = app
	return nil
}

// checkDate refuses a date that is too far from now, or none at all.
func checkDate(date string, now license.Time) error {
	at, err := http.ParseTime(date)
	if err != nil {
		return license.Refuse(license.RequestStale)
	}
	if away := now.Sub(license.TimeOf(at)); away > dateWindow || away < -dateWindow {
		return license.Refuse(license.RequestStale)
	}
	return nil
}

// signedBy reports whether a signature is that of the shared key over a date, as it was sent (§2.1).
func signedBy(sharedKey []byte, date, signature string) bool {
	var want [sha256.Size]byte
	mac := hmac.New(sha256.New, sharedKey)
	mac.Write([]byte("licenseSpring\ndate: "))
	mac.Write([]byte(date))
	mac.Sum(want[:0])
	var got [base64MAC]byte
	if len(signature) != base64.StdEncoding.EncodedLen(sha256.Size) {
		return false
	}
	n, err := base64.StdEncoding.Decode(got[:], []byte(signature))
	return err == nil && hmac.Equal(got[:n], want[:])
}

// base64MAC is what decoding the base64 of 32 bytes may write: the padding is room as well.
const base64MAC = 33

// inProduct refuses a product that the app key is not for.
func (c *call) inProduct(p license.ProductID) error { return c.app.May(p, false) }
