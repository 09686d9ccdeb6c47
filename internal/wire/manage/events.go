package manage

import (
	"context"
	"net/http"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/wire/api"
)

// EventMessage is what happened, as webhooks, the event stream and the feed tell it, so that one program takes it from each of them.
type EventMessage struct {
	Type      license.EventKind `json:"type" doc:"What happened. New kinds come with new releases: leave those that you do not know." example:"license.issued"`
	Timestamp license.Time      `json:"timestamp" doc:"When it happened."`
	Data      EventData         `json:"data"`
}

// EventData is what an event is about.
type EventData struct {
	ID      license.EventID    `json:"id" doc:"The same event has the same identity wherever it is told." example:"1774267200000020"`
	Actor   string             `json:"actor" doc:"Who did it." example:"client:1774267200000009 shop"`
	License *license.LicenseID `json:"license_id" nullable:"true" doc:"The license that it is about; null is none." example:"1774267200000004"`
	Subject *int64             `json:"subject_id" nullable:"true" doc:"The other thing that it is about: a device, an order, a user; null is none." example:"1774267200000003"`
	Details map[string]any     `json:"details" doc:"What changed, in words and numbers."`
}

// EventFeed is a part of the feed.
type EventFeed struct {
	Data  []EventMessage  `json:"data" nullable:"false" doc:"The oldest first."`
	After license.EventID `json:"after" doc:"What to ask for next time: the last event of data, or what you asked for where there is none." example:"1774267200000020"`
	More  bool            `json:"more" doc:"There may be more already: ask at once."`
}

type listEvents struct{ api.Paged }

type readFeed struct {
	After license.EventID `query:"after" minimum:"0" default:"0" doc:"The last event that you have; 0 is the beginning." example:"1774267200000020"`
	Limit int             `query:"limit" minimum:"1" maximum:"1000" default:"100" doc:"How many are wanted at most."`
}

const eventTag = "Events"

func addEvents(a *api.API) {
	api.Add(a, with(op(eventTag, "listEvents", http.MethodGet, "/events", "List events", identity.ReadAudit),
		describedAs("What everybody did, the newest first: the audit log. A program that must miss nothing reads the feed.")),
		func(ctx context.Context, c *api.Call, in *listEvents) (api.List[Event], error) {
			page, err := in.Page()
			if err != nil {
				return api.List[Event]{}, err
			}
			found, err := c.Office.ListEvents(ctx, c.Actor, page)
			return api.ListOf(in.Paged, found, viewEvent, func(e *license.StoredEvent) string { return api.ID(e.ID) }), err
		})
	api.Add(a, with(op(eventTag, "readEventFeed", http.MethodGet, "/events/feed", "Read the event feed", identity.ReadAudit),
		describedAs("The oldest first, for programs. Who asks for what comes after the last event that they have misses nothing and gets nothing twice. An event comes into the feed a moment after it is in the list of events.")),
		func(ctx context.Context, c *api.Call, in *readFeed) (EventFeed, error) {
			found, err := c.Office.Feed(ctx, c.Actor, in.After, in.Limit)
			return viewFeed(found, in), err
		})
}

func viewFeed(found []license.StoredEvent, in *readFeed) EventFeed {
	f := EventFeed{Data: make([]EventMessage, len(found)), After: in.After, More: len(found) >= in.Limit}
	for i := range found {
		f.Data[i] = viewMessage(&found[i])
		f.After = found[i].ID
	}
	return f
}

// viewMessage is an event as webhook.Body writes it.
func viewMessage(e *license.StoredEvent) EventMessage {
	m := EventMessage{Type: e.Kind, Timestamp: e.At, Data: EventData{ID: e.ID, Actor: e.Actor, Details: e.Data}}
	if e.License != 0 {
		m.Data.License = &e.License
	}
	if e.Subject != 0 {
		m.Data.Subject = &e.Subject
	}
	if m.Data.Details == nil {
		m.Data.Details = map[string]any{}
	}
	return m
}
