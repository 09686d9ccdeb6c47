package platform

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"licet/internal/identity"
	"licet/internal/license"
)

const (
	maxStreams = 8                // of a person: so many windows
	streamLife = 10 * time.Minute // then browsers ask again, and are asked again who they are
	sendWait   = 10 * time.Second // for a browser that reads nothing
)

// live tells the page of events as they happen: server-sent events whose data is a line of a list, as eventLine draws it.
// A license narrows it to what happens to that one.
func (v *visit) live() error {
	if err := v.actor.Require(v.actor.Tenant, identity.ReadAudit); err != nil {
		return err
	}
	only, _ := license.ParseID(v.input.Text("license"))
	after, ok := license.ParseID(v.Header.Get("Last-Event-ID"))
	if !ok {
		end, err := v.p.d.Office.FeedEnd(v.Context(), v.actor)
		if err != nil {
			return err
		}
		after = int64(end)
	}
	if err := v.p.streams.enter(v.actor.User); err != nil {
		return err
	}
	defer v.p.streams.leave(v.actor.User)
	return v.follow(license.EventID(after), license.LicenseID(only))
}

func (s *streams) enter(user license.UserID) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open[user] >= maxStreams {
		return license.Refusef(license.RateExceeded, "%d windows follow what happens already", maxStreams)
	}
	s.open[user]++
	return nil
}

func (s *streams) leave(user license.UserID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open[user]--; s.open[user] == 0 {
		delete(s.open, user)
	}
}

// follow writes events until the browser goes, the stream is old, or the server stops. A browser asks again by itself, with the
// last event it has, so nothing is missed where something between cuts a silent connection.
func (v *visit) follow(after license.EventID, only license.LicenseID) error {
	ctx, cancel := context.WithTimeout(v.Context(), streamLife)
	defer cancel()
	go func() {
		select {
		case <-v.p.d.Stop:
			cancel()
		case <-ctx.Done():
		}
	}()
	out := http.NewResponseController(v.w)
	send := func(text string) error {
		_ = out.SetWriteDeadline(time.Now().Add(sendWait)) // A writer that has none is bounded by the server's.
		if _, err := fmt.Fprint(v.w, text); err != nil {
			return err
		}
		return out.Flush()
	}
	v.w.Header().Set("Content-Type", "text/event-stream")
	if err := send("retry: 3000\n\n"); err == nil {
		_ = v.p.d.Office.Follow(ctx, v.actor, after, func(list []license.StoredEvent) error { // However it ends, the browser asks again.
			for i := range list {
				if only != 0 && list[i].License != only {
					continue
				}
				if err := v.tell(&list[i], send); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return nil
}

func (v *visit) tell(e *license.StoredEvent, send func(string) error) error {
	var line bytes.Buffer
	if err := eventLine(e).Render(v.Context(), &line); err != nil {
		return err
	}
	return send(fmt.Sprintf("id: %d\nevent: event\ndata: %s\n\n", int64(e.ID), strings.ReplaceAll(line.String(), "\n", " ")))
}
