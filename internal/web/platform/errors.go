package platform

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"licet/internal/license"
	"licet/internal/web"
	"licet/internal/wire"
)

// statuses are the HTTP statuses of pages that say no.
func statusOf(err error) int {
	switch license.CodeOf(err) {
	case license.Invalid, license.Refused:
		return http.StatusUnprocessableEntity
	case license.Unauthenticated:
		return http.StatusUnauthorized
	case license.Forbidden:
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

// fail answers an error that a page did not: a change that was refused goes back to the page it came from with the reason as
// a message; everything else is a page that says what is wrong. Faults of ours are returned as well, for the log.
func (v *visit) fail(err error) error {
	v.Request = v.WithContext(web.With(v.Context(), v.view()))
	if v.Method == http.MethodPost && v.session.ID != 0 {
		if faults, ok := web.FaultsOf(err); ok {
			for field, text := range faults {
				if field != "" {
					text = field + ": " + text
				}
				v.cookies.SetFlash(v.w, web.Flash{Tone: web.Bad, Text: text})
			}
			if license.CodeOf(err) == license.Unavailable {
				wire.ExchangeOf(v.Request).Fail(err, nil)
			}
			return v.back("/")
		}
	}
	return v.draws(err)
}

// draws answers with the page of an error.
func (v *visit) draws(err error) error {
	e := license.Describe(err)
	status := statusOf(err)
	if status >= http.StatusInternalServerError {
		if x := wire.ExchangeOf(v.Request); x != nil {
			x.Fail(err, nil)
		}
	}
	v.retryAfter(err)
	return v.write(status, v.t(errorTitle(status)), errorPage(status, web.Sentence(e.Message), wire.IDOf(v.Request)))
}

// retryAfter says when trying again makes sense, where the error knows.
func (v *visit) retryAfter(err error) {
	if wait := license.Describe(err).RetryAfter; wait > 0 {
		v.w.Header().Set("Retry-After", strconv.FormatInt(int64(wait/time.Second)+1, 10))
	}
}

func errorTitle(status int) string {
	switch status {
	case http.StatusNotFound:
		return "Not here"
	case http.StatusForbidden:
		return "Not for your role"
	case http.StatusUnprocessableEntity, http.StatusConflict:
		return "That cannot be done"
	case http.StatusTooManyRequests:
		return "Slow down"
	case http.StatusServiceUnavailable:
		return "Back in a moment"
	case http.StatusMethodNotAllowed:
		return "Not this way"
	}
	return "Something went wrong"
}

// writeError answers errors that happened before there was a visit, and panics.
func (p *Platform) writeError(w http.ResponseWriter, r *http.Request, err error) {
	web.SetPolicy(w.Header())
	v := &visit{Request: r, p: p, w: w, cookies: p.cookies(r)}
	v.Request = r.WithContext(web.With(r.Context(), v.view()))
	status := statusOf(err)
	_ = v.write(status, v.t(errorTitle(status)), errorPage(status, web.Sentence(license.Describe(err).Message), wire.IDOf(r))) // There is no other way to say it.
}

// writeUnknown answers what is below /platform and no page.
func (p *Platform) writeUnknown(w http.ResponseWriter, r *http.Request, allowed []string) {
	if len(allowed) > 0 {
		w.Header().Set("Allow", strings.Join(allowed, ", "))
	}
	p.writeError(w, r, license.Missing("page", r.URL.Path))
}
