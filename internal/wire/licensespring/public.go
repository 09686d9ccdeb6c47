package licensespring

import (
	"net/http"
	"strings"
	"time"

	"licet/internal/canonjson"
	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/wire"
)

// apiVersion is which edition of the API the server says it speaks.
const apiVersion = "4.1.0"

// wellKnown answers GET .well-known: where everything is, and the key that answers are signed with (§7.18). With
// api_key it is the key of that app's vendor; without, of the only vendor there is.
func (d *door) wellKnown(c *call) error {
	app := c.text("api_key")
	if err := c.done(); err != nil {
		return err
	}
	key, err := d.authority.PublicAnswerKey(c.ctx(), app)
	if err != nil {
		return err
	}
	root := d.root(c.r)
	w := c.writer()
	w.Object()
	w.Key("api_base_url").String(root)
	w.Key("environment").String("production")
	w.Key("supported_api_versions").Array().String("v4").End()
	w.Key("default_api_version").String("v4")
	w.Key("version").String(apiVersion)
	writeTime(w.Key("timestamp"), d.now())
	w.Key("pub_key").String(key)
	w.Key("endpoints").Array()
	for _, e := range endpoints() {
		w.Object()
		w.Key("method").String(e.method)
		w.Key("url").String(root + "/" + e.name)
		w.End()
	}
	w.End()
	w.End()
	return c.reply(&w)
}

// root returns the address of the door with /api/v4, as clients reach it.
func (d *door) root(r *http.Request) string {
	if d.baseURL != "" {
		return d.baseURL + "/api/v4"
	}
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	prefix, _, _ := strings.Cut(r.URL.Path, base)
	return scheme + "://" + r.Host + prefix + "/api/v4"
}

const clientCredentials = "client_credentials"

// oauthURL answers GET oauth_url: where access tokens are to be had (§2.2).
func (d *door) oauthURL(c *call) error {
	kind := c.text("login_type")
	if kind != "" && kind != clientCredentials {
		c.reject("login_type", "must be "+clientCredentials)
	}
	if err := c.done(); err != nil {
		return err
	}
	w := c.writer()
	w.Object()
	w.Key("url").String(d.root(c.r) + "/oauth/token")
	w.Key("login_type").String(clientCredentials)
	w.End()
	return c.reply(&w)
}

// oauthToken answers POST oauth/token: an access token for a client id and its secret (§2.2). The client may send them
// in the form or as HTTP Basic authentication. A refusal is in the words of OAuth, not in those of the other endpoints.
func (d *door) oauthToken(c *call) (err error) {
	if c.body, err = wire.ReadBody(c.r, maxJSON); err != nil {
		return err
	}
	if err := c.readQuery(string(c.body.Bytes())); err != nil {
		return c.refuseToken(http.StatusBadRequest, "invalid_request", "the form is malformed", err)
	}
	grant, id, secret := c.text("grant_type"), c.text("client_id"), c.textUpTo("client_secret", maxLong)
	if name, password, ok := c.r.BasicAuth(); ok && id == "" {
		id, secret = name, password
	}
	err = c.done()
	switch {
	case err != nil:
		return c.refuseToken(http.StatusBadRequest, "invalid_request", "the form is malformed", err)
	case grant != clientCredentials:
		return c.refuseToken(http.StatusBadRequest, "unsupported_grant_type", "grant_type must be client_credentials",
			license.Invalidf("grant_type", "must be client_credentials"))
	case id == "":
		return c.refuseToken(http.StatusBadRequest, "invalid_request", "client_id is missing", license.Invalidf("client_id", "is missing"))
	}
	token, life, err := d.authority.AccessToken(c.ctx(), id, identity.Secret(secret))
	switch license.CodeOf(err) {
	case "":
		return c.replyToken(token, life)
	case license.Unauthenticated, license.Forbidden, license.NotFound:
		c.w.Header()["Www-Authenticate"] = []string{`Basic realm="client credentials"`}
		return c.refuseToken(http.StatusUnauthorized, "invalid_client", "Invalid client or Invalid client credentials", err)
	}
	return err
}

func (c *call) replyToken(token string, life time.Duration) error {
	w := c.writer()
	w.Object()
	w.Key("access_token").String(token)
	w.Key("expires_in").Int(int64(life / time.Second))
	w.Key("refresh_expires_in").Int(0)
	w.Key("token_type").String("Bearer")
	w.Key("not-before-policy").Int(0)
	w.Key("scope").String("profile email")
	w.End()
	return c.reply(&w)
}

// refuseToken answers with an error of OAuth, and notes why for the log.
func (c *call) refuseToken(status int, code, text string, why error) error {
	if x := wire.ExchangeOf(c.r); x != nil {
		x.Fail(why, nil)
	}
	var w canonjson.Writer
	w.Object()
	w.Key("error").String(code)
	w.Key("error_description").String(text)
	w.End()
	wire.WriteJSONBytes(c.w, status, w.Bytes())
	return nil
}
