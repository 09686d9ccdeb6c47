package wire

import (
	"errors"
	"net/http"
	"time"

	"licet/internal/license"
)

// Row is what a dialect answers in one case.
type Row struct {
	Status  int    // HTTP status
	Code    string // the dialect's own code; "" where it has none
	Message string // the dialect's own text; "" means the error's own sentence
}

// ErrorTable is a dialect's words for what can go wrong. A row for the Reason wins over the one for
// the Code. Its zero value answers plain statuses and the errors' own sentences.
type ErrorTable struct {
	ByReason map[license.Reason]Row
	ByCode   map[license.Code]Row
	// TooLarge answers a body over the limit. Without a Status it is the row of Invalid, as 413.
	TooLarge Row
}

// Lookup returns the row for err, its Message never empty, and what may be shown of err itself.
// Any error has a row: one without a Code is Internal.
func (t ErrorTable) Lookup(err error) (Row, *license.Error) {
	e := describe(err)
	row := t.find(err, e)
	if row.Message == "" {
		row.Message = e.Message
	}
	if row.Message == "" {
		row.Message = http.StatusText(row.Status)
	}
	return row, e
}

func (t ErrorTable) find(err error, e *license.Error) Row {
	if errors.Is(err, ErrBodyTooLarge) {
		if t.TooLarge.Status != 0 {
			return t.TooLarge
		}
		return Row{Status: http.StatusRequestEntityTooLarge, Code: t.ByCode[license.Invalid].Code}
	}
	if row, ok := t.ByReason[e.Reason]; ok && e.Reason != "" {
		return row
	}
	if row, ok := t.ByCode[e.Code]; ok {
		return row
	}
	return Row{Status: plainStatus(e.Code)}
}

// awayWait is when to try again where nobody knows better.
const awayWait = time.Second

// SetRetryAfter says in h when trying again makes sense after e, which r answers: what e says, and in a second where a server
// cannot and nobody knows better.
func (r Row) SetRetryAfter(h http.Header, e *license.Error) {
	wait := e.RetryAfter
	if r.Status == http.StatusServiceUnavailable && wait <= 0 {
		wait = awayWait
	}
	setRetryAfter(h, wait)
}

// describe is license.Describe for any error, a bare Code included.
func describe(err error) *license.Error {
	e := license.Describe(err)
	if code := license.CodeOf(err); code != "" && code != e.Code {
		return &license.Error{Code: code}
	}
	return e
}

// plainStatus is the status of a code where no dialect says otherwise.
func plainStatus(c license.Code) int {
	switch c {
	case license.Invalid:
		return http.StatusBadRequest
	case license.Unauthenticated:
		return http.StatusUnauthorized
	case license.Forbidden, license.Refused:
		return http.StatusForbidden
	case license.NotFound:
		return http.StatusNotFound
	case license.Conflict:
		return http.StatusConflict
	case license.Throttled:
		return http.StatusTooManyRequests
	case license.Unavailable:
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}
