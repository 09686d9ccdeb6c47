package office

import (
	"context"
	"encoding/csv"
	"io"
	"strconv"
	"strings"
	"time"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/store"
)

// exportHeader names the columns of an export. They are only ever added to, at the end.
var exportHeader = []string{
	"key", "id", "product", "policy", "status", "standing", "in_force", "expired", "type", "trial", "level",
	"issued_at", "not_before", "started_at", "first_used_at", "expires_at", "maintained_until", "duration", "plan", "lock",
	"activations", "max_activations", "transfers", "max_transfers", "used_units",
	"order", "order_status", "customer", "user", "note",
}

// ExportLicenses writes the licenses of the actor's tenant that were created on the days from from to to
// as CSV: both days included, whole days in UTC (S0-11), oldest first, with a header also when there are
// none. A zero from is the beginning, a zero to is today. progress, when given, hears the number of lines
// about every thousand and at the end.
//
// It reads one moment of the database a page at a time, so neither the size of the export nor a slow
// reader costs memory. It is UTF-8 as RFC 4180 describes; cells that a spreadsheet would take for a
// formula get an apostrophe before them. An error may come after lines were written.
func (o *Office) ExportLicenses(ctx context.Context, actor identity.Actor, w io.Writer, from, to license.Time, progress func(lines int)) error {
	if err := mayWithin(actor, identity.ReadLicenses); err != nil {
		return err
	}
	now := o.d.Now()
	if to == 0 {
		to = now
	}
	if from != 0 {
		from = from.Day()
	}
	until := to.Day().Add(24 * time.Hour)
	if from >= until {
		return license.Invalidf("from", "the first day lies after the last")
	}
	if progress == nil {
		progress = func(int) {}
	}
	return o.d.Store.Snapshot(ctx, func(tx *store.Tx) error {
		out := csv.NewWriter(w)
		out.UseCRLF = true
		if err := out.Write(exportHeader); err != nil {
			return err
		}
		lines := 0
		for row, err := range tx.ExportLicenses(actor.Tenant, from, until) {
			if err != nil {
				return err
			}
			if !actor.Covers(row.Product) {
				continue
			}
			if err := out.Write(exportLine(row, now)); err != nil {
				return err
			}
			if lines++; lines%1000 == 0 {
				progress(lines)
			}
		}
		out.Flush()
		progress(lines)
		return out.Error()
	})
}

func exportLine(r *store.LicenseRow, now license.Time) []string {
	l, t := &r.License, r.Terms
	line := []string{
		l.Key, number(int64(l.ID)), r.ProductCode, r.PolicyCode, Status(l), string(l.Standing), yes(!l.Withheld), yes(l.IsExpired(now)),
		string(t.Type), yes(t.Trial), number(t.Level),
		moment(l.IssuedAt), moment(l.NotBefore), moment(l.StartedAt), moment(l.FirstUsedAt), moment(l.ExpiresAt), moment(l.MaintainedUntil),
		length(t.Duration), t.Plan, string(t.Lock),
		number(l.Activated), t.Activations.String(), number(l.Transfers), t.Transfers.String(), number(l.UsedAt(now)),
		r.OrderRef, string(r.OrderStatus), r.CustomerEmail, r.UserName, r.Note,
	}
	for i := range line {
		line[i] = neutral(line[i])
	}
	return line
}

// neutral keeps a spreadsheet from reading a cell as a formula.
func neutral(cell string) string {
	if cell != "" && strings.IndexByte("=+-@\t\r\n", cell[0]) >= 0 {
		return "'" + cell
	}
	return cell
}

func number(n int64) string { return strconv.FormatInt(n, 10) }

func yes(b bool) string { return strconv.FormatBool(b) }

// moment is a time in RFC 3339 in UTC, or nothing for none.
func moment(t license.Time) string {
	if t == 0 {
		return ""
	}
	return t.String()
}

func length(s license.Span) string {
	if s.IsZero() {
		return ""
	}
	return s.Text()
}
