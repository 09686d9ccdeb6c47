package api

import (
	"errors"
	"net/http"
	"strings"

	"licet/internal/license"
	"licet/internal/wire"
)

// Problem is the body of every error (RFC 9457). Code and Reason are for programs and never change; Title and Detail are for people.
type Problem struct {
	Type      string      `json:"type" doc:"Names the problem: its reason, or else its code." example:"urn:licet:problem:device_limit"`
	Title     string      `json:"title" doc:"The status in words." example:"Forbidden"`
	Status    int         `json:"status" example:"403"`
	Detail    string      `json:"detail" doc:"What is the matter, in a sentence." example:"all activations are taken by other devices"`
	Code      string      `json:"code" doc:"The class of the problem." enum:"invalid,unauthenticated,forbidden,not_found,conflict,refused,throttled,unavailable,internal" example:"refused"`
	Reason    string      `json:"reason,omitempty" doc:"Why, where there is a closed reason." example:"device_limit"`
	Field     string      `json:"field,omitempty" doc:"Which member or parameter is wrong."`
	Errors    []Violation `json:"errors,omitempty" doc:"All that is wrong with the request, where it is more than can be said in Detail."`
	RequestID string      `json:"request_id,omitempty" doc:"Names the request in the log of the server." example:"k3jf7s2m4q-1z"`
}

// Violation is one thing that is wrong with a request.
type Violation struct {
	Field  string `json:"field" doc:"The member, such as terms.activations, or the parameter."`
	Detail string `json:"detail"`
}

// violations are all that is wrong with a request; the cause of an Invalid error.
type violations []Violation

func (v violations) Error() string {
	text := ""
	for i := range v {
		text += v[i].Field + ": " + v[i].Detail + "; "
	}
	return text
}

// errOutdated is the cause of an error about If-Match.
var errOutdated = errors.New("the precondition failed")

// errors of the native doors are answered with the plain status of their code, but for these.
func table() wire.ErrorTable {
	return wire.ErrorTable{ByReason: map[license.Reason]wire.Row{
		license.PermissionMissing: {Status: http.StatusForbidden},
		license.OutsideFailed:     {Status: http.StatusBadRequest}, // The address that was given is no good; this server is.
		license.LoginLocked:       {Status: http.StatusForbidden},
		license.AddressLocked:     {Status: http.StatusForbidden},
	}}
}

// ProblemOf returns the document for err, and the row of its answer.
func ProblemOf(r *http.Request, err error) (Problem, wire.Row, *license.Error) {
	row, e := table().Lookup(err)
	if errors.Is(err, errOutdated) {
		row.Status = http.StatusPreconditionFailed
	}
	p := Problem{
		Type: "urn:licet:problem:" + string(e.Code), Title: http.StatusText(row.Status), Status: row.Status,
		Detail: row.Message, Code: string(e.Code), Reason: string(e.Reason), Field: e.Field, RequestID: wire.IDOf(r),
	}
	if e.Reason != "" {
		p.Type = "urn:licet:problem:" + string(e.Reason)
	}
	if all, ok := errors.AsType[violations](err); ok && len(all) > 1 {
		p.Errors = all
	}
	return p, row, e
}

// WriteError answers with err as a problem document.
func WriteError(w http.ResponseWriter, r *http.Request, err error) {
	p, row, e := ProblemOf(r, err)
	row.SetRetryAfter(w.Header(), e)
	if row.Status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Bearer realm="licet"`)
	}
	w.Header().Set("Content-Type", "application/problem+json")
	_ = wire.WriteJSON(w, row.Status, p) // A struct of texts always encodes.
}

// WriteUnknown answers a request for what is no operation: 405 where it is one with the methods of allowed, else 404.
func WriteUnknown(w http.ResponseWriter, r *http.Request, allowed []string) {
	p := Problem{Type: "urn:licet:problem:not_found", Title: http.StatusText(http.StatusNotFound), Status: http.StatusNotFound,
		Detail: "there is no such call; see /docs", Code: string(license.NotFound), RequestID: wire.IDOf(r)}
	if len(allowed) > 0 {
		w.Header().Set("Allow", strings.Join(allowed, ", "))
		p.Type, p.Title, p.Status, p.Code = "urn:licet:problem:invalid", http.StatusText(http.StatusMethodNotAllowed), http.StatusMethodNotAllowed, string(license.Invalid)
		p.Detail = "this is called with " + strings.Join(allowed, " or ")
	}
	w.Header().Set("Content-Type", "application/problem+json")
	_ = wire.WriteJSON(w, p.Status, p) // A struct of texts always encodes.
}
