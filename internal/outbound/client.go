package outbound

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"path"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"licet/internal/license"
)

const (
	maxRedirects = 5
	maxAddress   = 4096 // bytes of an address
	maxFileName  = 100  // characters
	agent        = "Licet"
)

// Client calls addresses over http and https, and follows up to five redirects. It is safe for use by many goroutines.
type Client struct {
	options Options
	http    *http.Client
}

// New builds a Client.
func New(o Options) *Client { return newClient(o, &net.Dialer{Timeout: maxWait}) }

func newClient(o Options, dialer *net.Dialer) *Client {
	c := &Client{options: o}
	c.http = &http.Client{CheckRedirect: c.checkRedirect, Transport: o.transport(dialer, time.Minute)}
	return c
}

// errRedirect is the cause of a call that was refused for where it was sent on to.
var errRedirect = errors.New("the redirect may not be followed")

func (c *Client) checkRedirect(r *http.Request, via []*http.Request) error {
	if c.options.NoRedirects {
		return http.ErrUseLastResponse
	}
	// The address before may hold a secret, which is not for whoever is next.
	r.Header.Del("Referer")
	if len(via) > maxRedirects {
		return fmt.Errorf("more than %d redirects", maxRedirects)
	}
	if _, err := checkURL(r.URL); err != nil {
		return errRedirect
	}
	return c.judge(r.URL)
}

// judge refuses an address that is written in numbers and may not be called. What is a name is judged once it was looked up.
func (c *Client) judge(at *url.URL) error {
	if ip, err := netip.ParseAddr(at.Hostname()); err == nil {
		return c.options.judge(ip)
	}
	return nil
}

// CheckURL refuses as Invalid, for the field url, an address that Fetch would not call, as far as can be told before its name is looked
// up, and one without encryption that is not in the operator's own network.
func (c *Client) CheckURL(text string) error {
	at, err := ParseURL(text)
	switch {
	case err != nil:
		return err
	case c.judge(at) != nil:
		return license.Invalidf("url", "the address is not public; the operator of the server may allow others")
	case at.Scheme != "https" && !c.options.AllowPrivate && !(c.options.AllowPlain && isLocal(at)):
		return license.Invalidf("url", "an address begins with https://")
	}
	return nil
}

// CloseIdle closes the connections that are kept open and not used.
func (c *Client) CloseIdle() { c.http.CloseIdleConnections() }

// ParseURL reads an address that may be called as far as can be told before its name is looked up: http or https, with a
// host and without a name and password. Everything else is Invalid, for the field url.
func ParseURL(text string) (*url.URL, error) {
	if len(text) > maxAddress {
		return nil, license.Invalidf("url", "an address has at most %d bytes", maxAddress)
	}
	at, err := url.Parse(text)
	if err != nil {
		return nil, license.Invalidf("url", "that is no address")
	}
	return checkURL(at)
}

func checkURL(at *url.URL) (*url.URL, error) {
	switch {
	case at.Scheme != "http" && at.Scheme != "https":
		return nil, license.Invalidf("url", "an address begins with https:// or http://")
	case at.Hostname() == "":
		return nil, license.Invalidf("url", "the address names no host")
	case at.User != nil:
		return nil, license.Invalidf("url", "an address holds no name and no password before the host")
	}
	return at, nil
}

// Request is a call.
type Request struct {
	Method      string // "" is GET
	URL         string
	ContentType string // of Body
	UserAgent   string // "" is Licet
	Body        string
	MaxBytes    int64         // of the answer's body; 0 is 1 MiB
	MaxTime     time.Duration // for all of it; 0 is 10 seconds
	Measure     bool          // the body of the answer is counted and not kept
	Header      [][2]string   // further fields of the request's head
	Clip        bool          // of an answer that is too large, the beginning will do
}

// Response is what came back.
type Response struct {
	Status   int
	Body     []byte // empty with Measure
	Size     int64  // bytes of the body
	FileName string // what the other side calls the body, else the end of its address; may be empty
}

// Fetch calls an address. Whatever status comes back is an answer. It fails with Invalid for an address that is none,
// with OutsideRefused for one that may not be called, and with OutsideFailed where no answer came, or one that is too
// large: then ErrTooLarge is the cause.
func (c *Client) Fetch(ctx context.Context, r Request) (Response, error) {
	at, err := ParseURL(r.URL)
	if err != nil {
		return Response{}, err
	}
	if !headerText(r.ContentType) {
		return Response{}, license.Invalidf("content_type", "that is no content type")
	}
	if !headerText(r.UserAgent) {
		return Response{}, license.Invalidf("user_agent", "that is no user agent")
	}
	for _, field := range r.Header {
		if !headerText(field[0]) || !headerText(field[1]) {
			return Response{}, license.Invalidf("header", "that is no field of a head")
		}
	}
	if err := c.judge(at); err != nil {
		return Response{}, failure(err)
	}
	wait, most := r.MaxTime, r.MaxBytes
	if wait <= 0 {
		wait = maxWait
	}
	if most <= 0 {
		most = maxAnswer
	}
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	out, err := c.fetch(ctx, &r, most)
	return out, failure(err)
}

// headerText reports whether a text may stand in the head of a request.
func headerText(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsFunc(text, unicode.IsControl)
}

func (c *Client) fetch(ctx context.Context, r *Request, most int64) (Response, error) {
	var body io.Reader // A nil one has no length to be sent.
	if r.Body != "" {
		body = strings.NewReader(r.Body)
	}
	ask, err := http.NewRequestWithContext(ctx, r.Method, r.URL, body)
	if err != nil {
		return Response{}, err
	}
	ask.Header.Set("User-Agent", agent)
	if r.UserAgent != "" {
		ask.Header.Set("User-Agent", r.UserAgent)
	}
	if r.ContentType != "" && r.Body != "" {
		ask.Header.Set("Content-Type", r.ContentType)
	}
	for _, field := range r.Header {
		ask.Header.Set(field[0], field[1])
	}
	answer, err := c.http.Do(ask)
	if err != nil {
		return Response{}, err
	}
	defer answer.Body.Close()
	out := Response{Status: answer.StatusCode, FileName: fileName(answer)}
	if r.Clip {
		return out.clip(answer.Body, most)
	}
	if answer.ContentLength > most {
		return Response{}, ErrTooLarge
	}
	from := &bounded{ReadCloser: answer.Body, left: most}
	if r.Measure {
		out.Size, err = io.Copy(io.Discard, from)
		return out, err
	}
	out.Body, err = io.ReadAll(from)
	out.Size = int64(len(out.Body))
	return out, err
}

// clip reads up to so many bytes of a body, and no more of one that breaks off.
func (out Response) clip(body io.Reader, most int64) (Response, error) {
	out.Body, _ = io.ReadAll(io.LimitReader(body, most)) // The answer is there; how it ends is not asked.
	out.Size = int64(len(out.Body))
	if out.Size < most {
		return out, nil
	}
	_, _ = io.CopyN(io.Discard, body, most) // A little more, and the connection may be used again.
	return out, nil
}

// failure gives an error its reason. Its text is for the log, so the address stays out of it: that may hold a secret.
func failure(err error) error {
	if err == nil {
		return nil
	}
	if named, ok := errors.AsType[*url.Error](err); ok {
		err = named.Err
	}
	reason := license.OutsideFailed
	if errors.Is(err, errNotPublic) || errors.Is(err, errRedirect) {
		reason = license.OutsideRefused
	}
	return license.Wrap(reason.Code(), "", errors.Join(reason, err))
}

// fileName returns what an answer calls its body, in printable characters and without a folder.
func fileName(answer *http.Response) string {
	name := path.Base("/" + answer.Request.URL.Path)
	if _, say, err := mime.ParseMediaType(answer.Header.Get("Content-Disposition")); err == nil && say["filename"] != "" {
		name = path.Base("/" + strings.ReplaceAll(say["filename"], `\`, "/"))
	}
	name = strings.Map(func(c rune) rune {
		if c == utf8.RuneError || !unicode.IsPrint(c) {
			return -1
		}
		return c
	}, name)
	if name == "/" || name == "." || name == ".." {
		return ""
	}
	if runes := []rune(name); len(runes) > maxFileName {
		name = string(runes[:maxFileName])
	}
	return name
}
