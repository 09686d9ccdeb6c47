package lsclient

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// requestOrder is the order in which the Node SDK writes the members of an offline request (§8.1).
const requestOrder = "license_key username password bundle_code hostname ip mac_address os_ver vm_info consumptions " +
	"product hardware_id license_id variables sdk_ver app_name app_ver request_id request schema_version api_key client_id date"

// OfflineRequest returns the text of an offline request of schema 2, ready to be posted (§8.1). schema_version is
// added; all else, such as license_key, product, hardware_id, request, request_id, api_key and date, is what
// the caller says. Members come in the Node SDK's order, unknown ones last. pythonSpacing writes them as
// Python does: with spaces, and without a character that is not ASCII. Fields that cannot be JSON panic.
func OfflineRequest(fields map[string]any, sharedKey string, pythonSpacing bool) string {
	style := nodeStyle()
	if pythonSpacing {
		style = pythonStyle()
	}
	inner := treeOf(fields)
	if inner.member("schema_version") == nil {
		inner = append(inner, member{"schema_version", json.Number("2")})
	}
	text := style.append(nil, inOrderOf(requestOrder, inner))
	signature := mac(sharedKey, string(text))
	whole := fmt.Sprintf(`{"request"%s%s%s"signature"%s"%s"}`, style.colon, text, style.comma, style.colon, signature)
	return base64.StdEncoding.EncodeToString([]byte(whole))
}

// OfflineRequestV1 returns the text of an offline request of schema 1: one flat object, whose signature covers
// its date, license_key or username, hardware_id, and api_key or client_id (§8.1).
func OfflineRequestV1(fields map[string]any, sharedKey string) string {
	inner := inOrderOf(requestOrder, treeOf(fields))
	identity, who := or(inner.text("license_key"), inner.text("username")), or(inner.text("api_key"), inner.text("client_id"))
	signature := mac(sharedKey, OfflineText(inner.text("date"), identity, inner.text("hardware_id"), who))
	return base64.StdEncoding.EncodeToString(nodeStyle().append(nil, inner.with("signature", signature)))
}

// treeOf turns what Go holds into a tree.
func treeOf(fields map[string]any) object {
	text, err := json.Marshal(fields)
	if err != nil {
		panic(err)
	}
	tree, err := parse(text)
	if err != nil {
		panic(err)
	}
	members, _ := tree.(object)
	return members
}

// inOrderOf sorts the members of an object by a list of names; those that are not in it keep their order.
func inOrderOf(order string, o object) object {
	names := strings.Fields(order)
	place := func(m member) int {
		if i := slices.Index(names, m.name); i >= 0 {
			return i
		}
		return len(names)
	}
	slices.SortStableFunc(o, func(a, b member) int { return place(a) - place(b) })
	return o
}

// OfflineText is what the signature of an offline request of schema 1 and every offline_signature sign, with
// the shared key (§8.1). identity is the license key, or the user name; who is the API key or the client id.
func OfflineText(date, identity, hardwareID, who string) string {
	return strings.Join([]string{"licenseSpring", "date: " + date, identity, hardwareID, who}, "\n")
}

// OfflineSignature signs OfflineText (§8.3).
func OfflineSignature(sharedKey, date, identity, hardwareID, who string) string {
	return mac(sharedKey, OfflineText(date, identity, hardwareID, who))
}

// VerifyOfflineFile checks an activation file, which is base64, or the answer of activate_offline, which is JSON
// (§8.3): that JavaScript prints the same, and all three signatures. It returns what the file says.
func (c *Client) VerifyOfflineFile(text string) (map[string]any, error) {
	return c.verifyFile(text, func(license object) error {
		if request := license.text("request"); request != "activation" {
			return fmt.Errorf("request is %q, want activation", request)
		}
		return c.verifyLicenseFile(license, "license_signature", "license_signature_v2")
	})
}

// VerifyRefreshFile checks a license refresh file as VerifyOfflineFile does an activation file. Its
// license_signature_v2 covers the license_signature too (§8.4).
func (c *Client) VerifyRefreshFile(text string) (map[string]any, error) {
	return c.verifyFile(text, func(license object) error {
		details, _ := license.member("product_details").(object)
		if details.text("short_code") == "" {
			return errors.New("product_details has no short_code")
		}
		return c.verifyLicenseFile(license, "license_signature_v2")
	})
}

// VerifyOfflineBundle checks what activate_bundle_offline answers, as JSON or as base64: an object with a list
// of licenses and a bundle_signature_v2, which covers the list (§7.7; what it covers is the guess of §14).
func (c *Client) VerifyOfflineBundle(text string) (map[string]any, error) {
	return c.verifyFile(text, func(bundle object) error {
		licenses, _ := bundle.member("licenses").([]any)
		if len(licenses) == 0 {
			return errors.New("the bundle has no licenses")
		}
		list := nodeStyle().append(nil, licenses)
		if err := c.verifyRSA(list, bundle.text("bundle_signature_v2")); err != nil {
			return fmt.Errorf("bundle_signature_v2: %w", err)
		}
		for i, element := range licenses {
			license, _ := element.(object)
			if err := c.verifyBundled(license); err != nil {
				return fmt.Errorf("element %d: %w", i, err)
			}
		}
		return nil
	})
}

// VerifyKeyedBundle checks a bundle file, to activate or to refresh: one object for each product, by its code.
// Clients look at license_signature and offline_signature alone (§8.4).
func (c *Client) VerifyKeyedBundle(text string) (map[string]any, error) {
	return c.verifyFile(text, func(bundle object) error {
		if len(bundle) == 0 {
			return errors.New("the bundle is empty")
		}
		for _, m := range bundle {
			license, _ := m.value.(object)
			if err := c.verifyBundled(license); err != nil {
				return fmt.Errorf("%s: %w", m.name, err)
			}
			if details, _ := license.member("product_details").(object); details.text("short_code") != m.name {
				return fmt.Errorf("%s: product_details has the short_code %q", m.name, details.text("short_code"))
			}
		}
		return nil
	})
}

// verifyFile opens a file and lets check look at the object in it.
func (c *Client) verifyFile(text string, check func(object) error) (map[string]any, error) {
	raw := []byte(text)
	if !strings.HasPrefix(text, "{") {
		var err error
		if raw, err = base64.StdEncoding.Strict().DecodeString(text); err != nil || strings.ContainsAny(text, "\r\n") {
			return nil, fmt.Errorf("the file is neither JSON nor one line of base64: %.60q", text)
		}
	}
	if err := c.keepsSecrets(raw); err != nil {
		return nil, err
	}
	again, err := Restringify(raw)
	if err != nil {
		return nil, err
	}
	if at := difference(raw, again); at >= 0 {
		return nil, fmt.Errorf("the file is not what JavaScript prints, from byte %d on: %.40q, JavaScript prints %.40q", at, raw[at:], again[at:])
	}
	tree, err := parse(raw)
	if err != nil {
		return nil, err
	}
	members, ok := tree.(object)
	if !ok {
		return nil, fmt.Errorf("the file holds no object: %.60q", bytes.TrimSpace(raw))
	}
	if err := check(members); err != nil {
		return nil, err
	}
	return Answer{Body: raw}.JSON(), nil
}

// verifyLicenseFile checks a license with all three signatures. uncovered are the members that
// license_signature_v2 does not cover.
func (c *Client) verifyLicenseFile(license object, uncovered ...string) error {
	if err := c.verifyBundled(license); err != nil {
		return err
	}
	text := nodeStyle().append(nil, license.without(uncovered...))
	if err := c.verifyRSA(text, license.text("license_signature_v2")); err != nil {
		return fmt.Errorf("license_signature_v2 over the file without %s: %w", strings.Join(uncovered, " and "), err)
	}
	return nil
}

// verifyBundled checks license_signature and offline_signature of a license that travels by file.
func (c *Client) verifyBundled(license object) error {
	key, name := license.text("license_key"), license.text("username")
	if (key == "") == (name == "") {
		return fmt.Errorf("license_key is %q and username is %q, want exactly one of them", key, name)
	}
	if license.text("hardware_id") == "" || license.text("date") == "" {
		return fmt.Errorf("hardware_id is %q and date is %q, want both", license.text("hardware_id"), license.text("date"))
	}
	if err := c.verifyLicense(license, license.asRequest()); err != nil {
		return err
	}
	want := OfflineSignature(c.SharedKey, license.text("date"), or(key, name), license.text("hardware_id"), c.APIKey)
	if got := license.text("offline_signature"); got != want {
		return fmt.Errorf("offline_signature is %q, want %q", got, want)
	}
	return nil
}
