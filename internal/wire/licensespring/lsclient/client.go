// Package lsclient is a client of the LicenseSpring License API v4 for tests. It signs requests, reads answers
// and verifies every signature in them. It is written from docs/contracts/licensespring-license-api.md alone,
// to which the section numbers in its comments belong, and shares no code with the server that it judges.
//
// A [Client] is a plain value: copy it to play an app with another key, another clock or another spelling.
package lsclient

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// maxBody bounds what is read of an answer.
const maxBody = 16 << 20

// Client calls a server. Base, APIKey and SharedKey, or Base and Bearer, are needed; what is verified needs
// PublicKey too. It may be used by several goroutines as long as none changes it.
type Client struct {
	Base      string           // up to and with /api/v4; a slash at its end does no harm
	APIKey    string           // with OAuth: the client id, which offline files name (§8.1)
	SharedKey string           // with OAuth: the client secret, which offline files are signed with (§8.1)
	Bearer    string           // access token; when it is not empty, requests carry it and no HMAC signature (§2.2)
	PublicKey *rsa.PublicKey   // of the server
	HTTP      *http.Client     // nil is http.DefaultClient; redirects are never followed
	Now       func() time.Time // for the Date header; nil is time.Now
	Spelling  Spelling         // how the headers of a request are written
}

// Spelling is how the headers of a request are written, rightly or wrongly. The zero value is the Node SDK's
// way: algorithm="hmac-sha256",headers="date",signature="…",apikey="…".
type Spelling struct {
	Algorithm string   // hmac-sha256 when empty; the signature is HMAC-SHA256 in any case
	Headers   string   // date when empty
	KeyName   string   // apikey when empty; Python writes apiKey
	Separator string   // a comma when empty; the docs write a comma and a space
	Order     []string // of algorithm, headers, signature and apikey; what it does not name is left out; nil is all
	Date      string   // value of the Date header, also of the signed one; Now's when empty

	Authorization   string // the whole header, instead of all that; nothing is signed
	NoAuthorization bool   // leave the header out
	NoDate          bool   // leave the Date header out; it is signed all the same
}

// Answer is what the server said. Err tells why there is no answer; Status is 0 then.
type Answer struct {
	Endpoint string            // that was asked, such as floating/borrow
	Sent     map[string]string // parameters of the request that were strings
	Status   int
	Header   http.Header
	Body     []byte
	Err      error
}

// Get asks an endpoint, such as check_license, with a query.
func (c *Client) Get(ctx context.Context, endpoint string, query url.Values) Answer {
	sent := map[string]string{}
	for name := range query {
		sent[name] = query.Get(name)
	}
	if len(query) > 0 {
		endpoint += "?" + query.Encode()
	}
	return c.Do(ctx, http.MethodGet, endpoint, "", nil, sent)
}

// Post sends body as JSON. A json.RawMessage goes as it is, also where it is no JSON.
func (c *Client) Post(ctx context.Context, endpoint string, body any) Answer {
	text, raw := body.(json.RawMessage)
	if !raw {
		var err error
		if text, err = json.Marshal(body); err != nil {
			return Answer{Endpoint: endpoint, Err: err}
		}
	}
	sent := map[string]string{}
	var members map[string]any
	if json.Unmarshal(text, &members) == nil {
		for name, value := range members {
			if s, ok := value.(string); ok {
				sent[name] = s
			}
		}
	}
	return c.Do(ctx, http.MethodPost, endpoint, "application/json", text, sent)
}

// PostText sends text/plain, as the offline endpoints take it (§7.7).
func (c *Client) PostText(ctx context.Context, endpoint, text string) Answer {
	return c.Do(ctx, http.MethodPost, endpoint, "text/plain", []byte(text), nil)
}

// PostFile sends a form whose part named file is text, as the offline endpoints take it too (§7.7).
func (c *Client) PostFile(ctx context.Context, endpoint, text string) Answer {
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("file", "activate_offline.req")
	if err == nil {
		_, err = io.WriteString(part, text)
	}
	if err = errors.Join(err, form.Close()); err != nil {
		return Answer{Endpoint: endpoint, Err: err}
	}
	return c.Do(ctx, http.MethodPost, endpoint, form.FormDataContentType(), body.Bytes(), nil)
}

// Token asks for an access token at tokenURL, a whole URL, by client credentials (§2.2). The request is not
// signed, and neither is its answer.
func (c *Client) Token(ctx context.Context, tokenURL, clientID, secret string) Answer {
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {clientID}, "client_secret": {secret}}
	plain := Client{Base: tokenURL, HTTP: c.HTTP, Spelling: Spelling{NoAuthorization: true}}
	return plain.Do(ctx, http.MethodPost, "", "application/x-www-form-urlencoded", []byte(form.Encode()), nil)
}

// Do sends any request. target is an endpoint with its query; sent is what Verify takes the parameters of the
// request from.
func (c *Client) Do(ctx context.Context, method, target, contentType string, body []byte, sent map[string]string) Answer {
	endpoint, _, _ := strings.Cut(target, "?")
	a := Answer{Endpoint: strings.Trim(endpoint, "/"), Sent: sent}
	whole := strings.TrimRight(c.Base, "/")
	if target != "" {
		whole += "/" + strings.TrimLeft(target, "/")
	}
	req, err := http.NewRequestWithContext(ctx, method, whole, bytes.NewReader(body))
	if err != nil {
		a.Err = err
		return a
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	c.sign(req.Header)
	client := http.Client{}
	if c.HTTP != nil {
		client = *c.HTTP
	}
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	res, err := client.Do(req)
	if err != nil {
		a.Err = err
		return a
	}
	defer res.Body.Close()
	if a.Body, a.Err = io.ReadAll(io.LimitReader(res.Body, maxBody)); a.Err == nil {
		a.Status, a.Header = res.StatusCode, res.Header
	}
	return a
}

// sign writes the headers that say who asks (§2).
func (c *Client) sign(h http.Header) {
	s := c.Spelling
	date := s.Date
	if date == "" {
		now := time.Now
		if c.Now != nil {
			now = c.Now
		}
		date = now().UTC().Format(http.TimeFormat)
	}
	if !s.NoDate {
		h.Set("Date", date)
	}
	switch {
	case s.NoAuthorization:
	case s.Authorization != "":
		h.Set("Authorization", s.Authorization)
	case c.Bearer != "":
		h.Set("Authorization", "Bearer "+c.Bearer)
	default:
		h.Set("Authorization", s.authorization(c.APIKey, Sign(c.SharedKey, date)))
	}
}

func (s Spelling) authorization(key, signature string) string {
	parts := map[string]string{
		"algorithm": fmt.Sprintf(`algorithm="%s"`, or(s.Algorithm, "hmac-sha256")),
		"headers":   fmt.Sprintf(`headers="%s"`, or(s.Headers, "date")),
		"signature": fmt.Sprintf(`signature="%s"`, signature),
		"apikey":    fmt.Sprintf(`%s="%s"`, or(s.KeyName, "apikey"), key),
	}
	order := s.Order
	if order == nil {
		order = []string{"algorithm", "headers", "signature", "apikey"}
	}
	var list []string
	for _, name := range order {
		list = append(list, parts[name])
	}
	return strings.Join(list, or(s.Separator, ","))
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// Sign returns the signature of a request with that Date header (§2.1).
func Sign(sharedKey, date string) string { return mac(sharedKey, "licenseSpring\ndate: "+date) }

// mac is the HMAC-SHA256 of text in base64.
func mac(key, text string) string {
	h := hmac.New(sha256.New, []byte(key))
	h.Write([]byte(text))
	return base64.StdEncoding.EncodeToString(h.Sum(nil))
}

// ParsePublicKey reads the public key of a server: SPKI in PEM (§3).
func ParsePublicKey(text string) (*rsa.PublicKey, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil || block.Type != "PUBLIC KEY" {
		return nil, errors.New("no PEM block of type PUBLIC KEY")
	}
	key, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return nil, err
	}
	rsaKey, ok := key.(*rsa.PublicKey)
	if !ok {
		return nil, fmt.Errorf("a key of type %T, want RSA", key)
	}
	return rsaKey, nil
}

// JSON returns the object that the body is, its numbers as json.Number, or nil where it is none.
func (a Answer) JSON() map[string]any {
	var object map[string]any
	decode(a.Body, &object)
	return object
}

// List returns the array that the body is, its numbers as json.Number, or nil where it is none.
func (a Answer) List() []any {
	var list []any
	decode(a.Body, &list)
	return list
}

// decode leaves into alone where text is something else.
func decode(text []byte, into any) {
	if json.Valid(text) {
		d := json.NewDecoder(bytes.NewReader(text))
		d.UseNumber()
		_ = d.Decode(into) // Another type is told by what is missing.
	}
}

// Code returns the code of a refusal, or "" for a success.
func (a Answer) Code() string {
	if a.Status >= 200 && a.Status < 300 {
		return ""
	}
	code, _ := a.JSON()["code"].(string)
	return code
}

// String is what a failing test prints: the status and the body.
func (a Answer) String() string {
	if a.Err != nil {
		return "no answer: " + a.Err.Error()
	}
	return fmt.Sprintf("%d %s", a.Status, a.Body)
}
