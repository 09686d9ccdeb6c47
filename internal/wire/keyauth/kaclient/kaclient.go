// Package kaclient is a client of the KeyAuth client API, for tests: the standard library alone, and no code of the server.
// It is as strict as the strictest client there is: an answer that is not signed, or has one member of another type than
// clients expect, is an error (keyauth.md §3).
package kaclient

import (
	"context"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Invalid is the whole answer about an application that is not there.
const Invalid = "KeyAuth_Invalid"

// Client is an app on one machine.
type Client struct {
	Base    string // such as https://licenses.example.com/keyauth/api/1.3/
	Owner   string
	Name    string
	Public  ed25519.PublicKey // of answers of 1.3
	Secret  string            // of answers of 1.2, which Client speaks where it is set
	Enckey  string            // what the session of 1.2 was opened with
	Session string
	HTTP    *http.Client
	Now     func() time.Time // nil is the time of day
}

// Answer is what came back. The zero value is no answer.
type Answer struct {
	Call   string
	Status int
	Header http.Header
	Body   []byte
	Err    error // of the network
}

// String is the answer as a test shows it.
func (a Answer) String() string { return fmt.Sprintf("%s: %d %s", a.Call, a.Status, a.Body) }

// Post calls with a form, adding who asks and the session.
func (c *Client) Post(ctx context.Context, call string, fields map[string]string) Answer {
	return c.send(ctx, call, http.MethodPost, c.Base, strings.NewReader(c.Form(call, fields).Encode()), "application/x-www-form-urlencoded")
}

// Get calls with a query.
func (c *Client) Get(ctx context.Context, call string, fields map[string]string) Answer {
	return c.send(ctx, call, http.MethodGet, c.Base+"?"+c.Form(call, fields).Encode(), nil, "")
}

// Send calls with a body of its own.
func (c *Client) Send(ctx context.Context, call, contentType string, body io.Reader) Answer {
	return c.send(ctx, call, http.MethodPost, c.Base, body, contentType)
}

// Form is what a call says. A field that fields has wins.
func (c *Client) Form(call string, fields map[string]string) url.Values {
	form := url.Values{"type": {call}, "ownerid": {c.Owner}, "name": {c.Name}}
	if c.Session != "" {
		form.Set("sessionid", c.Session)
	}
	for name, value := range fields {
		form.Set(name, value)
	}
	return form
}

func (c *Client) send(ctx context.Context, call, method, at string, body io.Reader, contentType string) (a Answer) {
	a.Call = call
	req, err := http.NewRequestWithContext(ctx, method, at, body)
	if err != nil {
		a.Err = err
		return a
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	client := c.HTTP
	if client == nil {
		client = http.DefaultClient
	}
	resp, err := client.Do(req)
	if err != nil {
		a.Err = err
		return a
	}
	defer resp.Body.Close()
	a.Status, a.Header = resp.StatusCode, resp.Header
	a.Body, a.Err = io.ReadAll(resp.Body)
	return a
}

// Verify checks an answer as clients do: its signature, and unless it is [Invalid] its form.
func (c *Client) Verify(a Answer) error {
	if a.Err != nil {
		return a.Err
	}
	if c.Secret != "" {
		return c.verifyOld(a)
	}
	if err := c.verifySignature(a); err != nil {
		return err
	}
	if string(a.Body) == Invalid {
		return nil
	}
	return c.verifyForm(a.Body)
}

// tolerance is how far the clock of a client may be off (§3.3).
const tolerance = 20 * time.Second

func (c *Client) verifySignature(a Answer) error {
	stamp := a.Header.Get("X-Signature-Timestamp")
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil {
		return fmt.Errorf("the timestamp is %q", stamp)
	}
	now := time.Now
	if c.Now != nil {
		now = c.Now
	}
	if off := now().Sub(time.Unix(seconds, 0)); off.Abs() > tolerance {
		return fmt.Errorf("the timestamp is %s off", off)
	}
	text := a.Header.Get("X-Signature-Ed25519")
	signature, err := hex.DecodeString(text)
	if err != nil || len(text) != 128 || strings.ToLower(text) != text {
		return fmt.Errorf("the signature is %q", text)
	}
	if !ed25519.Verify(c.Public, append([]byte(stamp), a.Body...), signature) {
		return errors.New("the signature does not match")
	}
	if got := a.Header.Get("Content-Type"); string(a.Body) != Invalid && got != "application/json; charset=utf-8" {
		return fmt.Errorf("the content type is %q", got)
	}
	return nil
}

// verifyOld checks an answer of 1.2 (§3.2).
func (c *Client) verifyOld(a Answer) error {
	key := c.Secret
	if a.Call != "init" && c.Enckey != "" {
		key = c.Enckey + "-" + c.Secret
	}
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write(a.Body)
	if want := hex.EncodeToString(mac.Sum(nil)); a.Header.Get("Signature") != want {
		return fmt.Errorf("the signature is %q, want %s", a.Header.Get("Signature"), want)
	}
	return nil
}

func (c *Client) verifyForm(body []byte) error {
	var o map[string]any
	d := json.NewDecoder(strings.NewReader(string(body)))
	d.UseNumber()
	if err := d.Decode(&o); err != nil {
		return fmt.Errorf("the answer is no JSON: %w", err)
	}
	if err := checkObject("", o); err != nil {
		return err
	}
	for _, name := range []string{"success", "code", "message", "nonce", "ownerid"} {
		if _, there := o[name]; !there {
			return fmt.Errorf("%s is missing", name)
		}
	}
	if good := o["success"].(bool); good != (o["code"].(json.Number) == "68") {
		return fmt.Errorf("success is %v with code %v", good, o["code"])
	}
	if o["ownerid"] != c.Owner {
		return fmt.Errorf("ownerid is %q, want %q", o["ownerid"], c.Owner)
	}
	if nonce := o["nonce"].(string); len(nonce) != 36 || nonce[14] != '4' {
		return fmt.Errorf("nonce is %q, want a UUID of version 4", nonce)
	}
	return nil
}
