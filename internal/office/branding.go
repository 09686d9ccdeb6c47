package office

import (
	"net/url"
	"regexp"
	"strings"
	"sync"

	"licet/internal/license"
)

// How a company shows itself to its customers.
const (
	settingBrandName  = "branding.name"
	settingBrandColor = "branding.color"
	settingSupportURL = "branding.support_url"
)

// colour is what branding.color may be.
var colour = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^#[0-9a-f]{6}$`) })

// checkBranding refuses what a setting of the branding cannot be, and gives a colour its one spelling.
func checkBranding(s *Setting) error {
	switch s.Name {
	case settingBrandName:
		return checkText("value", s.Value, 1, maxName)
	case settingBrandColor:
		s.Value = strings.ToLower(strings.TrimSpace(s.Value))
		if !colour().MatchString(s.Value) {
			return license.Invalidf("value", "%q is no colour; write one as #1a7f5a", s.Value)
		}
		return nil
	}
	if err := checkText("value", s.Value, 1, maxSupportURL); err != nil {
		return err
	}
	u, err := url.Parse(s.Value)
	web := err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.User == nil
	if mail := err == nil && u.Scheme == "mailto" && strings.Contains(u.Opaque, "@"); !web && !mail {
		return license.Invalidf("value", "%q is no address for help; write for example https://example.com/support or mailto:help@example.com", s.Value)
	}
	return nil
}

// maxSupportURL is how long branding.support_url may be, in characters.
const maxSupportURL = 500
