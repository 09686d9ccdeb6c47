package license

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Code is the class of a failure. It is an error itself, so errors.Is(err, license.NotFound)
// answers for any error of that class.
type Code string

// The closed list of codes. Nothing else in Licet declares an application error class.
const (
	Invalid         Code = "invalid"         // the request is malformed; Field says where
	Unauthenticated Code = "unauthenticated" // nobody, or somebody we cannot verify
	Forbidden       Code = "forbidden"       // somebody known, who may not
	NotFound        Code = "not_found"       // no such thing, or none the caller may see
	Conflict        Code = "conflict"        // another thing stands in the way
	Refused         Code = "refused"         // the license says no
	Throttled       Code = "throttled"       // too many requests; RetryAfter says when
	Unavailable     Code = "unavailable"     // try again later: database, disk or a queue is out
	Internal        Code = "internal"        // a fault of ours; the cause is only logged
)

// Error returns the code's own name.
func (c Code) Error() string { return string(c) }

// Codes lists every Code, for tests that walk them.
func Codes() []Code {
	return []Code{Invalid, Unauthenticated, Forbidden, NotFound, Conflict, Refused, Throttled, Unavailable, Internal}
}

// Error is the only application error type of Licet.
//
// Message is always safe to show to whoever asked; the cause is for the log alone.
type Error struct {
	Code       Code
	Reason     Reason        // why, when one of the closed reasons applies; may be empty
	Field      string        // which input, for Invalid; may be empty
	Message    string        // one sentence, safe to show
	RetryAfter time.Duration // for Throttled, Unavailable and lockouts; 0 when unknown
	cause      error
}

// Error returns the message, and the cause where there is one: a text for logs.
// Doors show Message.
func (e *Error) Error() string {
	text := e.Message
	if text == "" {
		text = string(e.Code)
	}
	if e.Field != "" {
		text = e.Field + ": " + text
	}
	if e.cause != nil {
		return text + ": " + e.cause.Error()
	}
	return text
}

// Unwrap yields the code, the reason and the cause, so errors.Is works with each of them.
func (e *Error) Unwrap() []error {
	out := []error{e.Code}
	if e.Reason != "" {
		out = append(out, e.Reason)
	}
	if e.cause != nil {
		out = append(out, e.cause)
	}
	return out
}

// Refuse builds the error of a closed reason, with the reason's own code and sentence.
func Refuse(r Reason) *Error {
	return &Error{Code: r.Code(), Reason: r, Message: r.Sentence()}
}

// RefuseFor is Refuse with the time after which trying again makes sense.
func RefuseFor(r Reason, wait time.Duration) *Error {
	e := Refuse(r)
	e.RetryAfter = wait
	return e
}

// Refusef is Refuse with a sentence of its own, for refusals that can say more than the reason does.
func Refusef(r Reason, format string, args ...any) *Error {
	return &Error{Code: r.Code(), Reason: r, Message: fmt.Sprintf(format, args...)}
}

// Invalidf builds an Invalid error about one input field.
func Invalidf(field, format string, args ...any) *Error {
	return &Error{Code: Invalid, Field: field, Message: fmt.Sprintf(format, args...)}
}

// Missing builds a NotFound error: "no <noun> <name>".
func Missing(noun, name string) *Error {
	return &Error{Code: NotFound, Message: fmt.Sprintf("no %s %q", noun, name)}
}

// Wrap gives an error of elsewhere a code; its text goes to the log and never to a client.
// Wrap of nil is nil; an error that already has a Code keeps it.
func Wrap(code Code, message string, err error) error {
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	if r, ok := errors.AsType[Reason](err); ok {
		return &Error{Code: r.Code(), Reason: r, Message: r.Sentence(), cause: err}
	}
	if c, ok := errors.AsType[Code](err); ok {
		code = c
	}
	return &Error{Code: code, Message: message, cause: err}
}

// CodeOf returns the code of err; an error without one is Internal, and nil has none.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	if c, ok := errors.AsType[Code](err); ok {
		return c
	}
	if r, ok := errors.AsType[Reason](err); ok {
		return r.Code()
	}
	return Internal
}

// ReasonOf returns the reason of err, or "" when it has none.
func ReasonOf(err error) Reason {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Reason
	}
	if r, ok := errors.AsType[Reason](err); ok {
		return r
	}
	return ""
}

// Describe returns what may be shown of err: its *Error as it is, or a plain Internal one
// that says nothing about the cause.
func Describe(err error) *Error {
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	if r, ok := errors.AsType[Reason](err); ok {
		return Refuse(r)
	}
	if c, ok := errors.AsType[Code](err); ok {
		return &Error{Code: c, Message: strings.ReplaceAll(string(c), "_", " "), cause: err}
	}
	return &Error{Code: Internal, Message: "internal error", cause: err}
}
