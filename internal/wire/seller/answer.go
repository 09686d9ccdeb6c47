package seller

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"licet/internal/canonjson"
	"licet/internal/license"
	"licet/internal/wire"
)

// refusal is a "no" in the words of the dialect. It is Invalid to everybody else.
type refusal struct {
	status  int
	message string
}

// Error returns the text, for the log.
func (r refusal) Error() string { return r.message }

// Unwrap returns the code of all of them.
func (r refusal) Unwrap() error { return license.Invalid }

// say is a refusal with the status that most have (§11): 200.
func say(message string) error { return refusal{http.StatusOK, message} }

// bareError is an error that is answered as text.
type bareError struct{ error }

// Unwrap returns the error itself.
func (e bareError) Unwrap() error { return e.error }

// Errors is the error table of the dialect. What is refused is 200 and "success":false, in the words of the type or else in
// those of the error itself: it is people who read them. A fault of ours tells nothing of itself.
var Errors = errorTable()

func errorTable() wire.ErrorTable {
	refused := wire.Row{Status: http.StatusOK}
	away := wire.Row{Status: http.StatusServiceUnavailable}
	t := wire.ErrorTable{
		ByReason: map[license.Reason]wire.Row{},
		ByCode: map[license.Code]wire.Row{
			license.Invalid:         refused,
			license.Unauthenticated: refused,
			license.NotFound:        refused,
			license.Conflict:        refused,
			license.Refused:         refused,
			license.Forbidden:       {Status: http.StatusForbidden},
			license.Throttled:       {Status: http.StatusTooManyRequests, Message: "This seller key has sent too many requests. Try again in a minute."},
			license.Unavailable:     away,
			license.Internal:        {Status: http.StatusInternalServerError, Message: "Unhandled Error! Contact us if you need help"},
		},
	}
	for _, r := range license.Reasons() {
		if r.Code() == license.Refused {
			t.ByReason[r] = wire.Row{Status: http.StatusOK}
		}
	}
	return t
}

// writeError answers with an error, in the form that the request asked for.
func writeError(w http.ResponseWriter, r *http.Request, err error) {
	_, bare := errors.AsType[bareError](err)
	if own, ok := errors.AsType[refusal](err); ok {
		write(w, own.status, bare, false, own.message)
		return
	}
	row, shown := Errors.Lookup(err)
	row.SetRetryAfter(w.Header(), shown)
	if shown.Field != "" && row.Status < http.StatusInternalServerError {
		row.Message = shown.Field + ": " + row.Message
	}
	// What fails before the parameters are read, or in a panic, is answered by what the query says. Activate always answers JSON.
	query := r.URL.Query()
	bare = bare || isBare(query.Get("format")) && !strings.EqualFold(query.Get("type"), "activate")
	write(w, row.Status, bare, false, row.Message)
}

// write answers {"success":…,"message":…}, or the message alone.
func write(w http.ResponseWriter, status int, bare, success bool, message string) {
	if bare {
		writeText(w, status, message)
		return
	}
	var out canonjson.Writer
	out.Object()
	out.Key("success").Bool(success)
	out.Key("message").String(message)
	out.End()
	writeJSON(w, status, out.Bytes())
}

func writeJSON(w http.ResponseWriter, status int, body []byte) {
	w.Header().Set("Content-Type", jsonType)
	wire.WriteJSONBytes(w, status, body)
}

func writeText(w http.ResponseWriter, status int, text string) {
	h := w.Header()
	h.Set("Content-Type", textType)
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Length", strconv.Itoa(len(text)))
	w.WriteHeader(status)
	_, _ = w.Write([]byte(text)) // The client has gone away; the server notices by itself.
}

const (
	jsonType = "application/json; charset=utf-8"
	textType = "text/plain; charset=utf-8"
)

// done answers that a type has done its work.
func (c *call) done(message string) error {
	write(c.w, http.StatusOK, c.bare(), true, message)
	return nil
}

// outcome answers with message where err is nil. What the office refuses is told as otherwise, or in its own words where
// that is "".
func (c *call) outcome(err error, message, otherwise string) error {
	return c.outcomeAs(err, message, http.StatusOK, otherwise)
}

// outcomeAs is outcome with a status for the refusal.
func (c *call) outcomeAs(err error, message string, status int, otherwise string) error {
	if err != nil {
		return in(err, status, otherwise)
	}
	return c.done(message)
}

// counted is outcome for a change of many: that of none is refused as well.
func (c *call) counted(n int64, err error, message, otherwise string) error {
	if err == nil && n == 0 {
		return say(otherwise)
	}
	return c.outcome(err, message, otherwise)
}

// in puts a refusal of the office into other words. What is no refusal stays: who may not do it, who calls too often, and
// faults of ours.
func in(err error, status int, message string) error {
	if message == "" || !refused(err) {
		return err
	}
	return refusal{status, message}
}

func refused(err error) bool {
	switch license.CodeOf(err) {
	case license.Invalid, license.NotFound, license.Conflict, license.Refused, license.Unauthenticated:
		return true
	}
	return false
}

// missing reports whether there is no such thing as was asked for.
func missing(err error) bool { return license.CodeOf(err) == license.NotFound }

// is reports whether an error has a reason.
func is(err error, r license.Reason) bool { return license.ReasonOf(err) == r }

// object answers {"success":true,"message":…} and the values of a row; as text, one "name: value" per line. Without a
// message there is none.
func (c *call) object(message string, r *row) error {
	if c.bare() {
		var text strings.Builder
		for _, v := range r.values {
			if v.kind != nested && v.kind != null {
				text.WriteString(v.name + ": " + v.text + "\n")
			}
		}
		writeText(c.w, http.StatusOK, strings.TrimSuffix(text.String(), "\n"))
		return nil
	}
	c.writeObject(http.StatusOK, message, r)
	return nil
}

// single is object for an answer of one value, which as text is that value alone.
func (c *call) single(message string, r *row) error {
	if c.bare() {
		writeText(c.w, http.StatusOK, r.values[0].text)
		return nil
	}
	c.writeObject(http.StatusOK, message, r)
	return nil
}

func (c *call) writeObject(status int, message string, r *row) {
	var w canonjson.Writer
	w.Object()
	w.Key("success").Bool(true)
	if message != "" {
		w.Key("message").String(message)
	}
	r.members(&w)
	w.End()
	writeJSON(c.w, status, w.Bytes())
}
