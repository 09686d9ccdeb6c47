package office

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"io"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/store"
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

// SearchEvents returns a page of the audit log, newest first, and the Before of the next page, 0 at the end. A page looks at 10,000
// events and no more, so one of a narrow filter may be short, or empty, and yet have a next one. It needs audit:read.
func (o *Office) SearchEvents(ctx context.Context, actor identity.Actor, f EventFilter, page Page) (list []license.StoredEvent, next int64, err error) {
	if err := may(actor, identity.ReadAudit); err != nil {
		return nil, 0, err
	}
	err = o.d.Store.Read(ctx, func(tx *store.Tx) error {
		found, err := f.resolve(tx, actor)
		if err != nil {
			return err
		}
		var after license.EventID
		list, after, err = tx.SearchEvents(actor.Tenant, &found, license.EventID(page.Before), page.size())
		next = int64(after)
		return err
	})
	return list, next, err
}

// resolve returns the filter as the store takes it.
func (f *EventFilter) resolve(tx *store.Tx, actor identity.Actor) (store.EventFilter, error) {
	found := store.EventFilter{Kind: f.Kind, Actor: f.Actor, Subject: f.Subject, From: f.From, Until: f.Until}
	var err error
	if f.License != "" {
		found.License, err = resolve(tx, actor, Ref{Key: f.License})
	}
	return found, err
}

// eventHeader names the columns of an export. They are only ever added to, at the end.
var eventHeader = []string{"id", "at", "kind", "actor", "license", "subject", "data"}

// ExportEvents writes what SearchEvents finds, all of it, as CSV: newest first, with a header also when there is nothing. It reads one
// moment of the database a page at a time. It is UTF-8 as RFC 4180 describes; cells that a spreadsheet would take for a formula get an
// apostrophe before them. An error may come after lines were written.
func (o *Office) ExportEvents(ctx context.Context, actor identity.Actor, f EventFilter, w io.Writer) error {
	if err := may(actor, identity.ReadAudit); err != nil {
		return err
	}
	return o.d.Store.Snapshot(ctx, func(tx *store.Tx) error {
		found, err := f.resolve(tx, actor)
		if err != nil {
			return err
		}
		out := csv.NewWriter(w)
		out.UseCRLF = true
		if err := out.Write(eventHeader); err != nil {
			return err
		}
		for before := license.EventID(0); ; {
			list, next, err := tx.SearchEvents(actor.Tenant, &found, before, maxExported)
			if err != nil {
				return err
			}
			for i := range list {
				line, err := eventLine(&list[i])
				if err != nil {
					return err
				}
				if err := out.Write(line); err != nil {
					return err
				}
			}
			if before = next; next == 0 {
				break
			}
		}
		out.Flush()
		return out.Error()
	})
}

// maxExported is how many events are read at once.
const maxExported = 1000

func eventLine(e *license.StoredEvent) ([]string, error) {
	data := ""
	if len(e.Data) > 0 {
		text, err := json.Marshal(e.Data)
		if err != nil {
			return nil, err
		}
		data = string(text)
	}
	line := []string{number(int64(e.ID)), moment(e.At), string(e.Kind), e.Actor, identityOf(int64(e.License)), identityOf(e.Subject), data}
	for i := range line {
		line[i] = neutral(line[i])
	}
	return line, nil
}

// identityOf is an identity, or nothing for none.
func identityOf(id int64) string {
	if id == 0 {
		return ""
	}
	return number(id)
}
