package licensespring

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"mime"
	"mime/multipart"
	"strings"
)

// offlineFile is a request that travels by file, opened and not yet believed (§8.1).
type offlineFile struct {
	fields    []byte // JSON object of what is asked
	signed    []byte // what the signature is over
	signature string
	app       string // API key or client id
	client    bool   // app is a client id
}

// offlineNames are the members of a request that its signature, or whose it is, depends on.
type offlineNames struct {
	licenseKey, username, hardwareID, date, apiKey, clientID, signature string
}

// offlineText returns the base64 of a request: the body itself, or the part named file of a form.
func offlineText(body []byte, contentType string) ([]byte, error) {
	media, params, err := mime.ParseMediaType(contentType)
	if err == nil && media == "multipart/form-data" {
		if body, err = formFile(body, params["boundary"]); err != nil {
			return nil, err
		}
	}
	if body = bytes.TrimSpace(body); len(body) == 0 {
		return nil, refuse(missingContent)
	}
	return body, nil
}

// formFile returns the part of a form that is named file.
func formFile(body []byte, boundary string) ([]byte, error) {
	form := multipart.NewReader(bytes.NewReader(body), boundary)
	for {
		part, err := form.NextPart()
		if err != nil {
			return nil, lacksAuthorization("file")
		}
		if part.FormName() != "file" {
			continue
		}
		text, err := io.ReadAll(part)
		if err != nil {
			return nil, lacksAuthorization("file")
		}
		return text, nil
	}
}

// openOffline reads the text of a request. What is no such text lacks, in the words of the contract, the parts of an
// authorization.
func openOffline(text []byte) (*offlineFile, error) {
	raw := make([]byte, base64.StdEncoding.DecodedLen(len(text)))
	n, err := base64.StdEncoding.Decode(raw, text)
	if err != nil {
		return nil, lacksAuthorization("request", "signature")
	}
	members, ok := membersOf(raw[:n])
	if !ok {
		return nil, lacksAuthorization("request", "signature")
	}
	if inner, ok := members["request"]; ok && inner[0] == '{' {
		return openSchema2(inner, members)
	}
	return openSchema1(raw[:n], members)
}

// openSchema2 opens {"request":{…},"signature":"…"}, in which the bytes of the inner object are signed, however they
// are spaced.
func openSchema2(inner []byte, outer map[string]json.RawMessage) (*offlineFile, error) {
	members, ok := membersOf(inner)
	if !ok {
		return nil, lacksAuthorization("request")
	}
	names := namesOf(members)
	f := &offlineFile{fields: inner, signed: inner, signature: textMember(outer, "signature")}
	return f, f.complete(names)
}

// openSchema1 opens a flat object, of which five members are signed.
func openSchema1(flat []byte, members map[string]json.RawMessage) (*offlineFile, error) {
	names := namesOf(members)
	f := &offlineFile{fields: flat, signature: names.signature}
	if err := f.complete(names); err != nil {
		return nil, err
	}
	identity := names.licenseKey
	if identity == "" {
		identity = names.username
	}
	f.signed = offlineSigned(names.date, identity, names.hardwareID, f.app)
	return f, nil
}

// complete fills in whose the request is, and names what is missing to prove it.
func (f *offlineFile) complete(names offlineNames) error {
	f.app = names.apiKey
	if f.app == "" {
		f.app, f.client = names.clientID, true
	}
	var missing []string
	if f.app == "" {
		missing = append(missing, "api_key")
	}
	if names.date == "" {
		missing = append(missing, "date")
	}
	if f.signature == "" {
		missing = append(missing, "signature")
	}
	if missing != nil {
		return lacksAuthorization(missing...)
	}
	return nil
}

// signedWith reports whether the request was signed with the secret of its app. Of the clients that ask for access
// tokens, those written in Python sign with the client id in place of the secret.
func (f *offlineFile) signedWith(secret []byte) bool {
	signature, err := base64.StdEncoding.DecodeString(f.signature)
	if err != nil {
		return false
	}
	if hmac.Equal(signature, mac(secret, f.signed)) {
		return true
	}
	return f.client && hmac.Equal(signature, mac([]byte(f.app), f.signed))
}

// offlineSigned returns the five lines that schema 1 and every offline_signature sign (§8.1).
func offlineSigned(date, identity, hardwareID, app string) []byte {
	return []byte(strings.Join([]string{"licenseSpring", "date: " + date, identity, hardwareID, app}, "\n"))
}

// offlineSignature signs an answer that travels by file (§8.3).
func offlineSignature(secret []byte, date, identity, hardwareID, app string) string {
	return base64.StdEncoding.EncodeToString(mac(secret, offlineSigned(date, identity, hardwareID, app)))
}

func mac(secret, text []byte) []byte {
	h := hmac.New(sha256.New, secret)
	h.Write(text)
	return h.Sum(nil)
}

// membersOf returns the members of a JSON object, of those named twice the last; false for anything else.
func membersOf(text []byte) (map[string]json.RawMessage, bool) {
	var members map[string]json.RawMessage
	err := json.Unmarshal(text, &members)
	return members, err == nil && members != nil
}

func namesOf(members map[string]json.RawMessage) offlineNames {
	return offlineNames{
		licenseKey: textMember(members, "license_key"), username: textMember(members, "username"),
		hardwareID: textMember(members, "hardware_id"), date: textMember(members, "date"),
		apiKey: textMember(members, "api_key"), clientID: textMember(members, "client_id"),
		signature: textMember(members, "signature"),
	}
}

// textMember returns a member that is a text, else "".
func textMember(members map[string]json.RawMessage, name string) string {
	var text string
	if raw := members[name]; len(raw) == 0 || json.Unmarshal(raw, &text) != nil {
		return ""
	}
	return text
}

// lacksAuthorization refuses a file that does not say whose it is.
func lacksAuthorization(names ...string) error {
	return refuse(missingParam.with("Some parameters are missing in the authorization: { " + strings.Join(names, ", ") + " }"))
}
