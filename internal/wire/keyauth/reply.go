package keyauth

import (
	"crypto/rand"
	"encoding/hex"
	"net/http"
	"strconv"

	"licet/internal/canonjson"
)

// success is the number of every success: one SDK ends where a success has another (§3.5).
const success = 68

const (
	stampRoom = 20  // before an answer, for the timestamp that is signed with it
	outRoom   = 700 // what most answers fit into
)

var (
	jsonType = []string{"application/json; charset=utf-8"}
	textType = []string{"text/plain; charset=utf-8"}
	noStore  = []string{"no-store"}
)

// succeed begins an answer that says yes. What belongs to it follows, and send ends it.
func (c *call) succeed(message string) *canonjson.Writer {
	return c.begins(outRoom, true, success, message)
}

// begins begins an answer with what stands first in it (§3.5). It has room for so many bytes without growing.
func (c *call) begins(room int, ok bool, code int64, message string) *canonjson.Writer {
	c.out = make([]byte, stampRoom, stampRoom+room)
	c.json.Reset(c.out[stampRoom:])
	w := c.json.Object()
	w.Key("success").Bool(ok)
	if c.dialect == v13 {
		w.Key("code").Int(code)
	}
	w.Key("message").String(message)
	return w
}

// send ends a success and sends it.
func (c *call) send(w *canonjson.Writer) error {
	body := c.finish(w, true)
	return c.write(http.StatusOK, jsonType, body)
}

// done is send for an answer that says nothing else.
func (c *call) done(message string) error { return c.send(c.succeed(message)) }

// finish writes what stands last in an answer.
func (c *call) finish(w *canonjson.Writer, ok bool) []byte {
	switch {
	case c.dialect == v13:
		w.Key("nonce").String(newUUID())
		if c.role != "" {
			w.Key("role").String(c.role)
		}
		w.Key("ownerid").String(c.fields[ownerField])
	case ok:
		w.Key("nonce").String((rand.Text() + rand.Text())[:32])
	}
	return w.End().Bytes()
}

// write signs a body and sends it, once and as it was signed. Where it cannot be signed nothing was sent.
func (c *call) write(status int, contentType []string, body []byte) error {
	if err := c.sign(c.w.Header(), body); err != nil {
		return err
	}
	c.writeSigned(status, contentType, body)
	return nil
}

func (c *call) writeSigned(status int, contentType []string, body []byte) {
	h := c.w.Header()
	allowAll(h)
	h["Content-Type"], h["Cache-Control"] = contentType, noStore
	h["Content-Length"] = []string{strconv.Itoa(len(body))}
	c.w.WriteHeader(status)
	_, _ = c.w.Write(body) // The client has gone away; the server notices by itself.
}

// newUUID returns a random UUID, version 4. Nobody checks it; it makes no two answers the same.
func newUUID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // It never fails.
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	var out [36]byte
	at := 0
	for i, part := range [...][]byte{b[:4], b[4:6], b[6:8], b[8:10], b[10:]} {
		if i > 0 {
			out[at] = '-'
			at++
		}
		at += hex.Encode(out[at:], part)
	}
	return string(out[:])
}
