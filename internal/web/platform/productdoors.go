package platform

import (
	"context"
	"fmt"
	"strings"

	"licet/internal/license"
	"licet/internal/web"
)

// doorGuide says how a program asks about a product by one of the ways in.
type doorGuide struct {
	name, lead string
	needs      string // what the program must have; needsURL is where it is made
	needsURL   string
	snippet    string
	curl       string
}

// doorGuides are the ways in to a product, the native one first. url is where apps reach the server.
func doorGuides(ctx context.Context, url string, p *productOverview) []doorGuide {
	list := []doorGuide{nativeGuide(ctx, url, p), rmzGuide(ctx, url, p), licenseSpringGuide(ctx, url, p)}
	if p.application {
		list = append(list, keyAuthGuide(ctx, url, p))
	}
	if dnaCode(p.Code) != "" {
		list = append(list, dnaGuide(ctx, url, p))
	}
	return list
}

func nativeGuide(ctx context.Context, url string, p *productOverview) doorGuide {
	return doorGuide{
		name: web.T(ctx, "Licet's own API"), lead: web.T(ctx, "Signed JSON over HTTPS. Every call is described at %s.", url+"/docs"),
		needs: web.T(ctx, "Make a token that may use licenses"), needsURL: base + "/keys/new?for=app&product=" + idText(p.ID), snippet: web.T(ctx, "Is this key good on this machine?"),
		curl: fmt.Sprintf(`curl -s %s/v1/validate \
  -H "Authorization: Bearer $TOKEN" -H "Content-Type: application/json" \
  -d '{"key": "%s", "product": "%s", "hardware_id": "machine-A"}'`, url, sampleKey(p), p.Code),
	}
}

func rmzGuide(ctx context.Context, url string, p *productOverview) doorGuide {
	note := web.T(ctx, "One call, no credentials. The product is named by its number.")
	if p.E2EEKey != nil {
		note = web.T(ctx, "One call, no credentials. The product is named by its number. Answers are encrypted with the key of the security page.")
	}
	return doorGuide{
		name: "RMZ", lead: note, snippet: web.T(ctx, "Verify a key"),
		curl: fmt.Sprintf(`curl -s %s/rmz/verify -H "Content-Type: application/json" \
  -d '{"product_id": %d, "license_key": "%s", "hwid": "machine-A"}'`, url, p.Number, sampleKey(p)),
	}
}

func licenseSpringGuide(ctx context.Context, url string, p *productOverview) doorGuide {
	return doorGuide{
		name: "LicenseSpring", lead: web.T(ctx, "License API version 4. The product is named by its code, and each request is signed with the shared key."),
		needs: web.T(ctx, "Make an API key and shared key"), needsURL: base + "/keys/apps", snippet: web.T(ctx, "Check an activated license"),
		curl: fmt.Sprintf(`DATE=$(LC_ALL=C date -u '+%%a, %%d %%b %%Y %%H:%%M:%%S GMT')
SIGNATURE=$(printf 'licenseSpring\ndate: %%s' "$DATE" | openssl dgst -sha256 -hmac "$SHARED_KEY" -binary | base64)
curl -s -G %s/licensespring/api/v4/check_license \
  -H "Date: $DATE" \
  -H "Authorization: algorithm=\"hmac-sha256\",headers=\"date\",signature=\"$SIGNATURE\",apikey=\"$API_KEY\"" \
  -d product=%s -d license_key=%s -d hardware_id=machine-A`, url, p.Code, sampleKey(p)),
	}
}

func keyAuthGuide(ctx context.Context, url string, p *productOverview) doorGuide {
	return doorGuide{
		name: "KeyAuth", lead: web.T(ctx, "Client API version 1.3. Programs name the application by its name and your owner id."), snippet: web.T(ctx, "Begin a session"),
		curl: fmt.Sprintf(`curl -s %s/keyauth/api/1.3/ -d type=init \
  --data-urlencode "name=%s" -d ownerid=%s --data-urlencode "ver=%s"`, url, shellSafe(p.app.Name), p.app.Owner, shellSafe(p.app.Version)),
	}
}

func dnaGuide(ctx context.Context, url string, p *productOverview) doorGuide {
	return doorGuide{
		name: "software_DNA", lead: web.T(ctx, "For servers of yours, with a client id and a key. The product is named by its code, %s.", dnaCode(p.Code)),
		needs: web.T(ctx, "Make a client id and key"), needsURL: base + "/keys/apps", snippet: web.T(ctx, "The status of a license"),
		curl: fmt.Sprintf(`curl -s -u "$CLIENT_ID:$API_KEY" %s/dna/v1/licenses/%s/%s/status`, url, dnaCode(p.Code), sampleKey(p)),
	}
}

// dnaCode is the code of a product where software_DNA can name it so: P and seven digits; "" is not.
func dnaCode(code string) string {
	if len(code) != 8 || code[0] != 'P' && code[0] != 'p' || strings.Trim(code[1:], "0123456789") != "" {
		return ""
	}
	return "P" + code[1:]
}

// sampleKey looks like a key of the product, and is none.
func sampleKey(p *productOverview) string {
	return shellSafe(strings.ReplaceAll(maskText(&p.Product), "*", "X"))
}

// shellSafe takes out of a text what a shell would read, so that what is copied does what it shows.
func shellSafe(text string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune("\"'`$\\!&;|<>", r) {
			return '?'
		}
		return r
	}, text)
}

// fieldTypes are what a custom field may hold.
func fieldTypes(ctx context.Context) []web.Option {
	return []web.Option{
		{Value: license.TextField, Label: web.T(ctx, "text")},
		{Value: license.NumberField, Label: web.T(ctx, "number")},
		{Value: license.TimeField, Label: web.T(ctx, "date or time")},
	}
}
