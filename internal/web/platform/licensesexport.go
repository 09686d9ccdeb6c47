package platform

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"licet/internal/license"
	"licet/internal/web"
	"licet/internal/wire"
)

// exportLicenses sends the licenses that were created within some days as CSV, at once and as it is read (S0-10, S0-11).
func (v *visit) exportLicenses() error {
	from, until := v.input.Day("from"), v.input.Day("until")
	name := "licenses"
	for _, day := range []license.Time{from, until} {
		if day != 0 {
			name += "_" + dayText(day)
		}
	}
	out := &licensesDownload{v: v, media: "text/csv; charset=utf-8", name: name + ".csv"}
	err := v.asked()
	if err == nil {
		err = v.p.d.Office.ExportLicenses(v.Context(), v.actor, out, from, until, func(int) { out.prolong() })
	}
	if license.CodeOf(err) == license.Invalid {
		v.say(web.Bad, web.Sentence(license.Describe(err).Message))
		return v.redirect("/licenses")
	}
	return out.end(err)
}

// licensesDownload is an answer that the browser keeps as a file. Its headers are set with its first part, so that an error
// before that is answered as usual.
type licensesDownload struct {
	v     *visit
	media string
	name  string
	begun bool
}

// Write writes.
func (d *licensesDownload) Write(b []byte) (int, error) {
	if !d.begun {
		d.begun = true
		h := d.v.w.Header()
		h.Set("Content-Type", d.media)
		h.Set("Content-Disposition", fmt.Sprintf(`attachment; filename="%s"`, fileName(d.name)))
	}
	return d.v.w.Write(b)
}

// stalled is how long a browser may take over the next part of a long answer.
const stalled = time.Minute

// prolong gives the browser time for the next part: a long file takes longer than any page may.
func (d *licensesDownload) prolong() {
	_ = http.NewResponseController(d.v.w).SetWriteDeadline(time.Now().Add(stalled)) // Where there is no deadline, none is moved.
}

// end is the end of the answer. Where a part of it is out, an error cuts the connection, so that nobody takes the part for all.
func (d *licensesDownload) end(err error) error {
	if err == nil || !d.begun {
		return err
	}
	if x := wire.ExchangeOf(d.v.Request); x != nil {
		x.Fail(err, nil)
	}
	panic(http.ErrAbortHandler)
}

// fileName is a text as the name of a file can be everywhere.
func fileName(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', strings.ContainsRune("._-", r):
			return r
		}
		return '-'
	}, text)
}
