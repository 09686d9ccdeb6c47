package native

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"

	"licet/internal/authority"
	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/signing"
	"licet/internal/wire"
	"licet/internal/wire/api"
)

// maxBody is how many bytes a request may have.
const maxBody = 64 << 10

// Deps is what the door stands on.
type Deps struct {
	Authority *authority.Authority
	Keyring   *signing.Keyring // makes the identities of activations
	Now       func() license.Time
	Rate      wire.Rate // calls from one address; the zero Rate is no brake
	Unsigned  bool      // leaves the signatures out, to see what they cost: for benchmarks alone
}

// door is what the handlers share.
type door struct {
	d     Deps
	brake *wire.RateLimiter
	terms encodedTerms
}

// New returns the door, and describes its operations in a.
func New(a *api.API, deps Deps) wire.Door {
	d := &door{d: deps, brake: wire.NewRateLimiter(deps.Rate)}
	d.describe(a)
	return wire.Door{
		Name: "native", Surface: wire.LicenseSurface, Path: api.Path, WriteError: d.writeError, WriteUnknown: api.WriteUnknown,
		Mount: func(m *wire.Mux) {
			m.Handle("POST /validate", d.validate)
			m.Handle("POST /activations", handle(d, d.activate))
			m.Handle("DELETE /activations/{id}", handle(d, d.deactivate))
			m.Handle("POST /leases", handle(d, d.lease))
			m.Handle("POST /leases/renew", handle(d, d.renew))
			m.Handle("POST /leases/borrow", handle(d, d.borrow))
			m.Handle("POST /leases/release", handle(d, d.release))
			m.Handle("POST /usage", handle(d, d.use))
			m.Handle("POST /usage/reserve", handle(d, d.reserve))
			m.Handle("POST /usage/commit", handle(d, d.commit))
			m.Handle("POST /usage/cancel", handle(d, d.cancel))
			m.Handle("POST /trials", handle(d, d.trial))
			m.Handle("POST /license-files", handle(d, d.file))
			m.Handle("POST /users/sign-in", handle(d, d.signIn))
			m.Handle("POST /users/password", handle(d, d.changePassword))
		},
	}
}

// call is a request that was let in.
type call struct {
	r      *http.Request
	caller authority.NativeCaller
	nonce  string
	// body is that of the request while it is read, and then a buffer for the answer.
	body []byte
}

// reply is an answer before it is signed.
type reply struct {
	status int
	body   []byte
}

// handle makes a route of a function that answers a request of a type.
func handle[In any](d *door, answer func(ctx context.Context, c *call, in *In) (reply, error)) wire.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		c, token, err := d.greet(w, r)
		if err != nil {
			return err
		}
		if err := d.identify(c, token); err != nil {
			return err
		}
		body, err := wire.ReadBody(r, maxBody)
		if err != nil {
			return err
		}
		defer body.Release()
		in := new(In)
		if err := decode(body.Bytes(), in); err != nil {
			return err
		}
		c.body = body.Bytes()
		out, err := answer(r.Context(), c, in)
		if err != nil {
			return err
		}
		return d.send(w, c, out, jsonType)
	}
}

// greet begins a call and returns the token that came with it.
func (d *door) greet(w http.ResponseWriter, r *http.Request) (*call, string, error) {
	c := &call{r: r}
	if x := wire.ExchangeOf(r); x != nil {
		x.Note = c
	}
	if nonce := r.Header.Get("Licet-Nonce"); nonce != "" {
		if err := signing.CheckNonce(nonce); err != nil {
			return c, "", err
		}
		c.nonce = nonce
	} else if accept := r.Header.Get("Accept-Signature"); accept != "" {
		c.nonce = signing.AcceptedNonce(accept)
	}
	if err := api.Brake(d.brake, w, r, 0, d.d.Now()); err != nil {
		return c, "", err
	}
	token, err := api.TokenOf(r)
	return c, token, err
}

// identify says who calls, and whether they may.
func (d *door) identify(c *call, token string) (err error) {
	if c.caller, err = d.d.Authority.NativeCaller(c.r.Context(), token); err != nil {
		return err
	}
	return c.caller.Actor.Require(c.caller.Actor.Tenant, identity.UseLicenses)
}

// Values of header fields, which nobody changes.
var (
	jsonType = []string{"application/json"}
	noStore  = []string{"no-store"}
)

// countedBody is up to which size net/http counts an answer by itself, at no cost.
const countedBody = 2 << 10

// send signs an answer and writes it.
func (d *door) send(w http.ResponseWriter, c *call, out reply, media []string) error {
	h := w.Header()
	if err := d.sign(h, c, out); err != nil {
		return err
	}
	h["Content-Type"], h["Cache-Control"] = media, noStore
	if len(out.body) > countedBody {
		h["Content-Length"] = []string{strconv.Itoa(len(out.body))}
	}
	w.WriteHeader(out.status)
	_, _ = w.Write(out.body) // The client has gone away; the server notices by itself.
	return nil
}

// sign adds the signature of an answer to its headers, and notes that the token was used: every answer passes here.
func (d *door) sign(h http.Header, c *call, out reply) error {
	if who := &c.caller.Actor; who.Key != 0 {
		d.d.Authority.NoteKey(who.Tenant, who.Key)
	}
	if d.d.Unsigned {
		return nil
	}
	signer, err := d.signer(c)
	if err != nil {
		return err
	}
	signed, err := signer.Sign(&signing.Answer{Method: c.r.Method, Path: c.r.URL.EscapedPath(), Query: c.r.URL.RawQuery, Nonce: c.nonce,
		Status: out.status, Body: out.body, At: d.d.Now()})
	if err != nil {
		return err
	}
	values := &[...]string{signed.ContentDigest, signed.SignatureInput, signed.Signature}
	h["Content-Digest"], h["Signature-Input"], h["Signature"] = values[0:1:1], values[1:2:2], values[2:3:3]
	return nil
}

func (d *door) signer(c *call) (*signing.AnswerSigner, error) {
	if c.caller.Actor.Tenant == 0 {
		return d.d.Authority.ServerSigner(c.r.Context())
	}
	return d.d.Authority.AnswerSigner(c.r.Context(), c.caller.Actor.Tenant, c.caller.SigningKey)
}

// writeError answers with err as a signed problem document.
func (d *door) writeError(w http.ResponseWriter, r *http.Request, err error) {
	c, ok := wire.ExchangeOf(r).Note.(*call)
	if !ok {
		c = &call{r: r}
	}
	p, row, e := api.ProblemOf(r, err)
	body, failed := json.Marshal(p)
	if failed != nil {
		api.WriteError(w, r, err)
		return
	}
	row.SetRetryAfter(w.Header(), e)
	if row.Status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Bearer realm="licet"`)
	}
	// Where even the signature fails, an answer without one is better than none: no client believes it, and its reader learns why.
	_ = d.sign(w.Header(), c, reply{row.Status, body})
	w.Header().Set("Content-Type", "application/problem+json")
	wire.WriteJSONBytes(w, row.Status, body)
}
