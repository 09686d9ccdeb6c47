package dna

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"unicode/utf8"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/wire"
)

// member names something that a call says (§4, §5).
type member uint8

const (
	addressMember member = iota
	testMember
	mailMember
	passwordMember
	newPasswordMember
	adminMember
	newAdminMember
	setupKeyMember
	emailMember
	dataMember
	targetMember
	nameMember
	countMember
	memberCount int = iota
)

// String returns the name as the contract writes it.
func (m member) String() string {
	return [...]string{"UserIp", "Test", "SendDnaEmail", "LicensePassword", "NewPassword", "AdminPassword", "NewAdminPassword", "LicenseKey",
		"NewEmail", "NewLicenseData", "Target", "Name", "Count"}[m]
}

// memberOf returns the member with a name, in any letter case.
func memberOf(name string) (member, bool) {
	for m := range member(memberCount) {
		if strings.EqualFold(m.String(), name) {
			return m, true
		}
	}
	return 0, false
}

// The bounds of what is not bounded by what it means, in characters.
const (
	maxSecret = 256 // a password, code or key that somebody shows
	maxText   = 255 // everything else
)

// said is what the body of a call says.
//
// The getters never fail: the first thing that is wrong is remembered. So a call reads all that it needs and asks once.
type said struct {
	values [memberCount]json.RawMessage // nil is not there
	wrong  error
}

// fail remembers what is wrong with a member.
func (s *said) fail(m member, why string) { s.refuse(m.String(), why) }

func (s *said) refuse(name, why string) {
	if s.wrong == nil {
		s.wrong = license.Invalidf(name, "%s %s", name, why)
	}
}

// read reads the body of a request as JSON, whatever it is said to be (S2-43).
func (s *said) read(r *http.Request) error {
	body, err := wire.ReadBody(r, maxBody)
	if err != nil {
		return err
	}
	defer body.Release()
	return s.readJSON(body.Bytes())
}

// readJSON reads a JSON object; an empty body says nothing. Members that nobody knows are ignored, null is nothing, and what is
// there twice is refused by whoever asks for it: nobody can tell what was meant.
func (s *said) readJSON(body []byte) error {
	body = bytes.TrimPrefix(body, []byte("\uFEFF"))
	if len(bytes.TrimSpace(body)) == 0 {
		return nil
	}
	if !utf8.Valid(body) || !json.Valid(body) {
		return notJSON
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	if first, err := dec.Token(); err != nil || first != json.Delim('{') {
		return notJSON
	}
	for dec.More() {
		name, err := dec.Token()
		var value json.RawMessage
		if err != nil || dec.Decode(&value) != nil {
			return notJSON
		}
		if text, ok := name.(string); ok {
			s.keep(text, value)
		}
	}
	_, err := dec.Token() // The end of the object; nothing follows it, as the body is valid.
	if err != nil && err != io.EOF {
		return notJSON
	}
	return nil
}

func (s *said) keep(name string, value json.RawMessage) {
	m, known := memberOf(name)
	switch {
	case !known:
	case s.values[m] != nil:
		s.fail(m, "is given twice")
	default:
		s.values[m] = value
	}
}

// there reports whether a member says anything.
func (s *said) there(m member) bool {
	return s.values[m] != nil && string(s.values[m]) != "null"
}

// text returns a text of at most so many characters, "" where there is none.
func (s *said) text(m member, most int) string {
	if !s.there(m) {
		return ""
	}
	var text string
	if s.values[m][0] != '"' || json.Unmarshal(s.values[m], &text) != nil {
		s.fail(m, "must be a string")
		return ""
	}
	if len(text) > most && utf8.RuneCountInString(text) > most {
		s.fail(m, "has at most "+strconv.Itoa(most)+" characters")
		return ""
	}
	return text
}

// need is text for what must be there.
func (s *said) need(m member, most int) string {
	text := s.text(m, most)
	if text == "" {
		s.fail(m, "is required")
	}
	return text
}

// secret returns a password, code or key that somebody shows; it must be there.
func (s *said) secret(m member) identity.Secret { return identity.Secret(s.need(m, maxSecret)) }

// newPassword returns a password that somebody wants to have (§5.4).
func (s *said) newPassword(m member) identity.Secret {
	text := s.need(m, maxSecret)
	if license.CheckLicensePassword(m.String(), text) != nil {
		s.fail(m, "must have 1 to "+strconv.Itoa(license.MaxLicensePassword)+" printable characters")
	}
	return identity.Secret(text)
}

// truth returns a yes or no, which some clients send as a text.
func (s *said) truth(m member, otherwise bool) bool {
	if !s.there(m) {
		return otherwise
	}
	switch text := strings.Trim(string(s.values[m]), `"`); {
	case strings.EqualFold(text, "true"):
		return true
	case strings.EqualFold(text, "false"):
		return false
	}
	s.fail(m, "must be true or false")
	return otherwise
}

// whole returns a whole number from 0 to a bound, which some clients send as a text; it must be there.
func (s *said) whole(m member, most int64) int64 {
	if !s.there(m) {
		s.fail(m, "is required")
		return 0
	}
	n, err := strconv.ParseInt(strings.Trim(string(s.values[m]), `"`), 10, 64)
	if err != nil || n < 0 || n > most {
		s.fail(m, "must be a whole number from 0 to "+strconv.FormatInt(most, 10))
		return 0
	}
	return n
}

// userIP returns the address of the end user, in the one spelling that it has; it must be there (S2-22).
func (s *said) userIP() string {
	text := s.text(addressMember, maxText)
	if text == "" {
		s.fail(addressMember, "is required: the IP address of the end user")
		return ""
	}
	a, err := netip.ParseAddr(text)
	if err != nil || a.Zone() != "" {
		s.fail(addressMember, "must be an IPv4 or IPv6 address")
		return ""
	}
	return a.Unmap().String()
}
