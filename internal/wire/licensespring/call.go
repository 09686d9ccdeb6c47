package licensespring

import (
	"context"
	"net/http"
	"strconv"

	"licet/internal/authority"
	"licet/internal/canonjson"
	"licet/internal/license"
	"licet/internal/wire"
)

// The bounds of what a request may have, in bytes.
const (
	maxJSON = 64 << 10
	maxFile = 1 << 20
)

// keptOut is up to which size the buffer of an answer is used again.
const keptOut = 64 << 10

// call is one request on its way through the door. It belongs to one goroutine, and after the endpoint has returned
// it serves another request: nothing of it may be kept.
type call struct {
	params // what the app says

	d       *door
	w       http.ResponseWriter
	r       *http.Request
	app     authority.App          // who calls; the zero value on a public endpoint
	address string                 // where from; "" when unknown
	body    *wire.Body             // nil for a query
	product *authority.ProductInfo // what productOf has loaded
	out     []byte                 // where the answer is written
	once    string                 // what a request file is known by, which is good for once; "" where there is none
}

func (c *call) begin(d *door, w http.ResponseWriter, r *http.Request) {
	c.d, c.w, c.r = d, w, r
	c.address = wire.AddressText(r)
}

// end makes the call ready for another request.
func (c *call) end() {
	c.body.Release()
	out := c.out
	if cap(out) > keptOut {
		out = nil
	}
	fields := c.fields
	clear(fields)
	d := c.d
	*c = call{out: out[:0], params: params{fields: fields[:0]}}
	d.calls.Put(c)
}

// read reads the parameters.
func (c *call) read(from input) (err error) {
	switch from {
	case inQuery:
		return c.readQuery(c.r.URL.RawQuery)
	case inJSON:
		if c.body, err = wire.ReadBody(c.r, maxJSON); err != nil {
			return err
		}
		return c.readJSON(c.body.Bytes())
	}
	return nil
}

// file returns the body of an offline call as it is, up to 1 MiB. It is valid until the endpoint returns.
func (c *call) file() (_ []byte, err error) {
	if c.body, err = wire.ReadBody(c.r, maxFile); err != nil {
		return nil, err
	}
	return c.body.Bytes(), nil
}

func (c *call) ctx() context.Context { return c.r.Context() }

// tenant is whose app calls.
func (c *call) tenant() license.TenantID { return c.app.Tenant }

// writer returns an empty Writer into the buffer of the call: there is one at a time.
func (c *call) writer() canonjson.Writer {
	var w canonjson.Writer
	w.Reset(c.out)
	return w
}

var (
	jsonType = []string{"application/json"}
	textType = []string{"text/plain; charset=utf-8"}
	noStore  = []string{"no-store"}
)

// reply answers 200 with what was written, which is signed as it is (§3.1).
func (c *call) reply(w *canonjson.Writer) error {
	c.out = w.Bytes()
	return c.send(jsonType, c.out)
}

// replyBytes answers 200 with JSON in canonical form, signed.
func (c *call) replyBytes(body []byte) error { return c.send(jsonType, body) }

// replyText answers 200 with a bare text, signed (§4); "" is an empty body.
func (c *call) replyText(text string) error { return c.send(textType, []byte(text)) }

// send writes an answer, once and exactly as it was signed. What is public is not signed: there is no key for it.
func (c *call) send(contentType []string, body []byte) error {
	h := c.w.Header()
	if c.app.Answers != nil {
		signature, err := c.sign(body)
		if err != nil {
			return err
		}
		// The spelling of the contract, which Go would change.
		h["LicenseSignature"] = []string{signature}
	}
	h["Content-Type"], h["Cache-Control"] = contentType, noStore
	h["Content-Length"] = []string{strconv.Itoa(len(body))}
	_, _ = c.w.Write(body) // The client has gone away; the server notices by itself.
	return nil
}

// sign signs a message with the tenant's key: standard base64 on one line (§3).
func (c *call) sign(message []byte) (string, error) {
	return c.d.signer.Sign(c.ctx().Done(), c.app.Answers, message)
}
