package main

import (
	"encoding/json"
	"iter"
	"strings"

	"licet/internal/license"
	"licet/internal/office"
)

// eventCommand: licet event. Every change leaves an event with who did it: the audit log.
type eventCommand struct {
	List   eventList   `cmd:"" help:"List what happened in the tenant."`
	Follow eventFollow `cmd:"" help:"Print what happens in the tenant as it happens, until it is stopped."`
}

type eventView struct {
	ID      license.EventID    `json:"id"`
	At      license.Time       `json:"at"`
	Kind    license.EventKind  `json:"kind"`
	Actor   string             `json:"actor"`
	License *license.LicenseID `json:"license_id"`
	Subject *int64             `json:"subject_id"`
	Data    map[string]any     `json:"data"`
}

func viewEvent(e license.StoredEvent) (eventView, error) {
	return eventView{e.ID, e.At, e.Kind, e.Actor, orNull(e.License), orNull(e.Subject), e.Data}, nil
}

// printEvents shows events, newest first.
func (t *tool) printEvents(all iter.Seq2[license.StoredEvent, error]) error {
	return printList(t, "ID TIME EVENT BY LICENSE ABOUT DATA", as(all, viewEvent), func(v eventView) []string {
		var about, of, data string
		if v.License != nil {
			of = idText(*v.License)
		}
		if v.Subject != nil {
			about = idText(*v.Subject)
		}
		if text, err := json.Marshal(v.Data); err == nil && len(v.Data) > 0 {
			data = string(text)
		}
		return []string{idText(v.ID), moment(v.At), string(v.Kind), v.Actor, of, about, data}
	})
}

type eventList struct{ listFlags }

// Run lists them.
func (c *eventList) Run(t *tool) error {
	d, err := t.desk()
	if err != nil {
		return err
	}
	fetch := full(func(p office.Page) ([]license.StoredEvent, error) { return d.ListEvents(t.ctx, d.actor, p) }, eventID)
	return t.printEvents(pages(t, c.listFlags, fetch))
}

type eventFollow struct {
	After *license.EventID `help:"Begin after this event, 0 being the beginning; with what happens from now on when left out." placeholder:"ID"`
}

// Run prints one line for each event, with --json an object of JSON.
func (c *eventFollow) Run(t *tool) error {
	d, err := t.desk()
	if err != nil {
		return err
	}
	var after license.EventID
	if c.After != nil {
		after = *c.After
	} else if after, err = d.FeedEnd(t.ctx, d.actor); err != nil {
		return err
	}
	err = d.Follow(t.ctx, d.actor, after, func(list []license.StoredEvent) error {
		for _, e := range list {
			if err := t.printEventLine(e); err != nil {
				return err
			}
		}
		return t.out.Flush()
	})
	if t.ctx.Err() != nil {
		return nil // That is how it ends.
	}
	return err
}

func (t *tool) printEventLine(e license.StoredEvent) error {
	v, err := viewEvent(e)
	if err != nil {
		return err
	}
	if t.globals.JSON {
		text, err := json.Marshal(v)
		if err != nil {
			return err
		}
		_, err = t.out.Write(append(text, '\n'))
		return err
	}
	line := []string{idText(v.ID), moment(v.At), string(v.Kind), v.Actor}
	if len(v.Data) > 0 {
		text, err := json.Marshal(v.Data)
		if err != nil {
			return err
		}
		line = append(line, string(text))
	}
	_, err = t.out.WriteString(printable(strings.Join(line, "  ")) + "\n")
	return err
}

func eventID(e license.StoredEvent) int64 { return int64(e.ID) }
