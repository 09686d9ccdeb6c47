package platform

import (
	"fmt"
	"time"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/web"
)

// auditRoutes are the audit log.
func (p *Platform) auditRoutes() []route {
	return []route{
		{pattern: "GET /audit", needs: identity.ReadAudit, page: (*visit).audit},
		{pattern: "GET /audit/export", needs: identity.ReadAudit, page: (*visit).exportAudit},
	}
}

// auditView is a page of the audit log.
type auditView struct {
	query  *web.Input
	events []license.StoredEvent
	next   string
	first  bool // nothing before it: what happens now may be put on top
	asked  bool // a filter is set
}

// auditFilter reads what to look for. Days are whole ones in UTC, both included.
func (v *visit) auditFilter() (office.EventFilter, error) {
	f := office.EventFilter{
		Kind: v.input.Text("kind"), Actor: v.input.Text("actor"), License: v.input.Text("license"), Subject: v.input.Int("subject", 0),
		From: v.input.Day("from"), Until: v.input.Day("until"),
	}
	if f.Until != 0 {
		f.Until = f.Until.Add(24 * time.Hour)
	}
	return f, v.asked()
}

func (v *visit) audit() error {
	f, err := v.auditFilter()
	if err != nil {
		return err
	}
	before := v.input.Int("before", 0)
	view := auditView{query: v.input, first: before == 0, asked: f != office.EventFilter{}}
	events, next, err := v.p.d.Office.SearchEvents(v.Context(), v.actor, f, office.Page{Before: before, Limit: pageSize})
	if err != nil {
		return err
	}
	view.events = events
	if next != 0 {
		view.next = v.URL.Path + web.Query(v.input.Values, "before", fmt.Sprint(next))
	}
	return v.draw(v.t("Audit log"), auditPage(&view))
}

// exportAudit streams what the filter finds as CSV.
func (v *visit) exportAudit() error {
	f, err := v.auditFilter()
	if err != nil {
		return err
	}
	h := v.w.Header()
	h.Set("Content-Type", "text/csv; charset=utf-8")
	h.Set("Content-Disposition", fmt.Sprintf(`attachment; filename="audit-%s.csv"`, v.p.d.Now().UTC().Format(time.DateOnly)))
	return v.p.d.Office.ExportEvents(v.Context(), v.actor, f, v.stream())
}
