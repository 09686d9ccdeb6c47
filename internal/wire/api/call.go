package api

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/wire"
)

// Call is a request that was let in.
type Call struct {
	Actor   identity.Actor
	Office  *office.Office // one that takes everything back, in a dry run
	Request *http.Request
	Now     license.Time
	DryRun  bool

	header http.Header // of the answer
	status int         // instead of the operation's; 0 is none
}

// TokenOf returns the token that a request shows.
func TokenOf(r *http.Request) (string, error) {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	token = strings.TrimSpace(token)
	switch {
	case scheme == "":
		return "", &license.Error{Code: license.Unauthenticated, Reason: license.CredentialsWrong, Message: "show a token: Authorization: Bearer licet_key_…"}
	case !strings.EqualFold(scheme, "Bearer") || token == "":
		return "", &license.Error{Code: license.Unauthenticated, Reason: license.CredentialsWrong, Message: "the Authorization header must read: Bearer licet_key_…"}
	}
	return token, nil
}

// admit says who calls, and whether they may.
func (a *API) admit(w http.ResponseWriter, r *http.Request, o *operation) (*Call, error) {
	now := a.d.Now()
	if err := Brake(a.brake, w, r, 0, now); err != nil {
		return nil, err
	}
	token, err := TokenOf(r)
	if err != nil {
		return nil, err
	}
	actor, err := a.d.Office.FindByToken(r.Context(), token)
	if err != nil {
		return nil, err
	}
	if a.d.NoteKey != nil {
		a.d.NoteKey(actor.Tenant, actor.Key)
	}
	if o.Needs != "" {
		if err := actor.Require(actor.Tenant, o.Needs); err != nil {
			return nil, err
		}
	}
	return &Call{Actor: actor, Office: a.d.Office, Request: r, Now: now, header: w.Header()}, nil
}

// Brake counts a call and says in headers how many are left. It refuses with RateExceeded.
func Brake(brake *wire.RateLimiter, w http.ResponseWriter, r *http.Request, scope uint64, now license.Time) error {
	d := brake.AllowFor(wire.AddressOf(r), scope, now)
	if d.Limit == 0 {
		return nil
	}
	reset := strconv.Itoa(d.ResetSeconds())
	limit := strconv.Itoa(d.Limit)
	h := w.Header()
	h["Ratelimit-Policy"] = []string{`"calls";q=` + limit + ";w=60"}
	h["Ratelimit"] = []string{`"calls";r=` + strconv.Itoa(d.Remaining) + ";t=" + reset}
	if d.Allowed {
		return nil
	}
	return license.RefuseFor(license.RateExceeded, d.ResetAfter)
}

// Created says that the call has made something that is found at path, below /v1.
func (c *Call) Created(path string) {
	c.status = http.StatusCreated
	c.header.Set("Location", Path+path)
}

// Match refuses with 412 when the caller demanded with If-Match that view, which a tagged operation answers with, be as they know it.
func (c *Call) Match(view any) error {
	demand := c.Request.Header.Get("If-Match")
	if demand == "" || demand == "*" {
		return nil
	}
	tag, err := etagOf(view)
	if err != nil {
		return err
	}
	for one := range strings.SplitSeq(demand, ",") {
		if strings.TrimSpace(one) == tag {
			return nil
		}
	}
	return license.Wrap(license.Conflict, "it has been changed since; load it again and repeat your change", errOutdated)
}

// Conditional reports whether the caller demands anything with If-Match.
func (c *Call) Conditional() bool {
	demand := c.Request.Header.Get("If-Match")
	return demand != "" && demand != "*"
}

// Versioned is a view that tells more than what people have set, such as counters. Its ETag is that of what Version returns, so
// that a change which demands it with If-Match is not refused for what happens by itself.
type Versioned interface{ Version() any }

func etagOf(view any) (string, error) {
	if v, ok := view.(Versioned); ok {
		view = v.Version()
	}
	text, err := json.Marshal(view)
	if err != nil {
		return "", err
	}
	return etag(text), nil
}

func etag(body []byte) string {
	sum := sha256.Sum256(body)
	return `"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`
}

// answer writes the output of an operation.
func (c *Call) answer(w http.ResponseWriter, o *operation, out any) error {
	status := c.status
	if status == 0 {
		status = o.Status
	}
	if _, nothing := out.(None); nothing {
		w.Header().Set("Cache-Control", "no-store")
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	if l, isList := out.(interface{ link() string }); isList {
		if next := l.link(); next != "" {
			c.linkNext(next)
		}
	}
	if o.Tagged {
		tag, err := etagOf(out)
		if err != nil {
			return err
		}
		w.Header()["Etag"] = []string{tag}
		w.Header().Set("Cache-Control", "private, no-cache")
		if _, moves := out.(Versioned); !moves && o.Method == http.MethodGet && c.Request.Header.Get("If-None-Match") == tag {
			w.WriteHeader(http.StatusNotModified)
			return nil
		}
	}
	if status == 0 {
		status = http.StatusOK
	}
	return wire.WriteJSON(w, status, out)
}

// once carries out a request that has a name, or answers as it was answered.
func (a *API) once(w http.ResponseWriter, r *http.Request, c *Call, o *operation, name string, body []byte, in any) error {
	digest := sha256.New()
	digest.Write([]byte(r.Method + " " + r.URL.RequestURI() + "\n"))
	digest.Write(body)
	once, err := a.d.Office.Begin(r.Context(), c.Actor, name, [sha256.Size]byte(digest.Sum(nil)))
	if err != nil {
		return err
	}
	if once.Answered {
		w.Header().Set("Idempotent-Replayed", "true")
		return replay(w, once.Answer)
	}
	rec := &recorder{ResponseWriter: w}
	if err := o.serve(r.Context(), c, rec, in); err != nil {
		if mayHaveBeenDone(err) {
			return err // Whoever asks again is told that the outcome is not known.
		}
		if dropped := a.d.Office.Abandon(context.WithoutCancel(r.Context()), once); dropped != nil {
			return dropped
		}
		return err
	}
	text, err := rec.text()
	if err == nil {
		err = a.d.Office.Finish(context.WithoutCancel(r.Context()), once, rec.status, text)
	}
	if err != nil {
		return err
	}
	rec.send()
	return nil
}

// mayHaveBeenDone reports whether a request that failed may have been carried out: a connection that is lost in a commit does not say.
func mayHaveBeenDone(err error) bool {
	switch license.ReasonOf(err) {
	case license.StorageFull, license.ServerBusy:
		return false
	}
	code := license.CodeOf(err)
	return code == license.Internal || code == license.Unavailable
}
