package lsclient

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"regexp"
	"slices"
	"strings"
	"time"
)

// timeLayout is the one form of a date-time on this wire (§1).
const timeLayout = "2006-01-02T15:04:05.000Z"

// Verify checks an answer in every way that a client can, and says what is wrong first (§12).
//
// A 200 must carry a LicenseSignature that holds for the bytes of the body and, where the body is JSON, for
// what JavaScript makes of it; each license in it must have a license_signature that holds for the request.
// Any other answer must be an error of exactly three members whose status is the HTTP status. Whether the
// status is the expected one is for the caller to say.
//
// request is what was asked: hardware_id, license_key, username, id_token, code. When it is nil, it is what
// the client has sent.
func (c *Client) Verify(a Answer, request map[string]string) error {
	if a.Err != nil {
		return fmt.Errorf("no answer: %w", a.Err)
	}
	if err := c.keepsSecrets(a.Body); err != nil {
		return err
	}
	if a.Status != 200 {
		return verifyError(a)
	}
	if request == nil {
		request = a.Sent
	}
	signature := a.Header.Get("LicenseSignature")
	if signature == "" {
		return errors.New("the answer has no LicenseSignature")
	}
	if err := c.verifyRSA(a.Body, signature); err != nil {
		return fmt.Errorf("LicenseSignature over the body as sent: %w", err)
	}
	if isText(a.Endpoint) {
		return verifyText(a)
	}
	if err := isJSON(a); err != nil {
		return err
	}
	tree, err := c.verifyCanonical(a.Body, signature)
	if err != nil {
		return err
	}
	return c.verifyLicenses(a.Endpoint, tree, request)
}

// keepsSecrets refuses a body that shows what belongs to the server or to one app.
func (c *Client) keepsSecrets(body []byte) error {
	if bytes.Contains(body, []byte("PRIVATE KEY")) {
		return errors.New("the body shows a private key")
	}
	if len(c.SharedKey) >= 12 && bytes.Contains(body, []byte(c.SharedKey)) {
		return errors.New("the body shows the shared key")
	}
	return nil
}

// verifyCanonical checks that JavaScript and the server print the same, and returns the body as a tree.
func (c *Client) verifyCanonical(body []byte, signature string) (any, error) {
	again, err := Restringify(body)
	if err != nil {
		return nil, err
	}
	if at := difference(body, again); at >= 0 {
		return nil, fmt.Errorf("the body is not what JavaScript prints, from byte %d on: %.40q, JavaScript prints %.40q", at, body[at:], again[at:])
	}
	if err := c.verifyRSA(again, signature); err != nil {
		return nil, fmt.Errorf("LicenseSignature over the body as JavaScript prints it: %w", err)
	}
	tree, err := parse(body)
	if err != nil {
		return nil, err
	}
	if n := tooLarge(tree); n != "" {
		return nil, fmt.Errorf("the number %s is beyond 2^53-1", n)
	}
	return tree, nil
}

// difference returns where a and b begin to differ, or -1.
func difference(a, b []byte) int {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return i
		}
	}
	if len(a) == len(b) {
		return -1
	}
	return min(len(a), len(b))
}

// isText reports whether an endpoint answers a bare word, or nothing (§4, §7.9).
func isText(endpoint string) bool {
	return slices.Contains([]string{
		"deactivate_license", "deactivate_bundle", "deactivate_offline", "deactivate_bundle_offline",
		"change_password", "floating/release", "floating/feature_release",
	}, endpoint)
}

// verifyText checks an answer that is a bare word.
func verifyText(a Answer) error {
	want := ""
	switch {
	case strings.HasPrefix(a.Endpoint, "deactivate_"):
		want = "license_deactivated"
	case a.Endpoint == "change_password":
		want = "password_changed"
	}
	if string(a.Body) != want {
		return fmt.Errorf("the body is %.60q, want %q", a.Body, want)
	}
	return nil
}

func isJSON(a Answer) error {
	if media, _, err := mime.ParseMediaType(a.Header.Get("Content-Type")); err != nil || media != "application/json" {
		return fmt.Errorf("Content-Type is %q, want application/json", a.Header.Get("Content-Type"))
	}
	return nil
}

// verifyError checks the form of an error (§5).
func verifyError(a Answer) error {
	if a.Status < 400 {
		return fmt.Errorf("the status is %d, want 200 or an error", a.Status)
	}
	if err := isJSON(a); err != nil {
		return fmt.Errorf("a %d: %w", a.Status, err)
	}
	tree, err := parse(a.Body)
	if err != nil {
		return fmt.Errorf("the body of a %d is %w: %.60q", a.Status, err, a.Body)
	}
	members, ok := tree.(object)
	var names []string
	for _, m := range members {
		names = append(names, m.name)
	}
	slices.Sort(names)
	if want := []string{"code", "message", "status"}; !ok || !slices.Equal(names, want) {
		return fmt.Errorf("the members of a %d are %v, want %v", a.Status, names, want)
	}
	status, code := members.member("status"), members.text("code")
	if status != json.Number(fmt.Sprint(a.Status)) {
		return fmt.Errorf("the body says status %v, HTTP says %d", status, a.Status)
	}
	if !regexp.MustCompile(`^[a-z][a-z0-9_]*$`).MatchString(code) {
		return fmt.Errorf("the code of a %d is %q, want a name", a.Status, code)
	}
	if members.text("message") == "" {
		return fmt.Errorf("the message of %s is %v, want a text", code, members.member("message"))
	}
	return nil
}

// verifyLicenses checks the license_signature of a license, or of each in a list (§3.2).
func (c *Client) verifyLicenses(endpoint string, tree any, request map[string]string) error {
	must := slices.Contains([]string{"activate_license", "check_license", "activate_bundle", "check_bundle", "activate_offline"}, endpoint)
	list, many := tree.([]any)
	if !many {
		list = []any{tree}
	}
	if bundle := strings.HasSuffix(endpoint, "_bundle"); must && (many != bundle || len(list) == 0) {
		return fmt.Errorf("%s answers a list: %v with %d elements", endpoint, many, len(list))
	}
	for i, element := range list {
		license, _ := element.(object)
		if license.member("license_signature") == nil {
			if must {
				return fmt.Errorf("element %d has no license_signature", i)
			}
			continue
		}
		asked := request
		if endpoint == "activate_offline" || asked["hardware_id"] == "" {
			asked = license.asRequest()
		}
		if err := c.verifyLicense(license, asked); err != nil {
			return fmt.Errorf("element %d: %w", i, err)
		}
	}
	return nil
}

// asRequest is the request that an offline file speaks of (§8.3).
func (o object) asRequest() map[string]string {
	return map[string]string{"hardware_id": o.text("hardware_id"), "username": o.text("username"), "license_key": o.text("license_key")}
}

// verifyLicense checks the license_signature of one license.
func (c *Client) verifyLicense(license object, request map[string]string) error {
	identity := request["license_key"]
	switch {
	case request["username"] != "":
		identity = uncoded(request["username"])
	case request["id_token"] != "", request["code"] != "":
		user, _ := license.member("user").(object)
		identity = uncoded(user.text("email"))
	}
	validity, err := validityText(license.member("validity_period"))
	if err != nil {
		return err
	}
	text := LicenseText(request["hardware_id"], identity, validity)
	if err := c.verifyRSA([]byte(text), license.text("license_signature")); err != nil {
		return fmt.Errorf("license_signature over %q: %w", text, err)
	}
	return nil
}

// validityText renders a validity_period for the signature: "" for none. Any form but the one with Z would
// be another time on some clients (§1).
func validityText(v any) (string, error) {
	if v == nil {
		return "", nil
	}
	text, _ := v.(string)
	at, err := time.Parse(timeLayout, text)
	if err != nil {
		return "", fmt.Errorf("validity_period is %v, want null or a time such as 2026-06-18T00:00:00.000Z", v)
	}
	return at.Format(timeLayout), nil
}

// uncoded cuts the account code off a user name or an e-mail address (§6).
func uncoded(name string) string {
	name, _, _ = strings.Cut(name, "|")
	return name
}

// LicenseText is what a license_signature signs (§3.2). identity is a license key, or a user name or e-mail
// address without an account code; validity is a time such as 2026-06-18T00:00:00.000Z, or "".
func LicenseText(hardwareID, identity, validity string) string {
	return strings.ToLower(hardwareID + "#" + identity + "#" + validity)
}

// verifyRSA checks a signature of the server (§3): RSASSA-PKCS1-v1_5 with SHA-256, in base64 on one line.
func (c *Client) verifyRSA(text []byte, signature string) error {
	if c.PublicKey == nil {
		return errors.New("the client has no public key")
	}
	raw, err := base64.StdEncoding.Strict().DecodeString(signature)
	if err != nil || strings.ContainsAny(signature, "\r\n") {
		return fmt.Errorf("the signature is no base64 with padding on one line: %.60q", signature)
	}
	sum := sha256.Sum256(text)
	return rsa.VerifyPKCS1v15(c.PublicKey, crypto.SHA256, sum[:], raw)
}
