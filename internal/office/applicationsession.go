package office

import (
	"context"
	"crypto/sha256"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/store"
)

// ListSessions returns sessions of an application that have not ended, those that end first at the front, beyond the session
// after (of the zero value all); limit is 1 to 1000. What apps hold is not known.
func (o *Office) ListSessions(ctx context.Context, actor identity.Actor, product string, after store.ApplicationSession, limit int) (list []store.ApplicationSession, err error) {
	err = o.lookAt(ctx, actor, identity.ReadCustomers, product, func(at place) (err error) {
		list, err = at.ListSessions(at.tenant, at.app, at.now, after, limit)
		return err
	})
	for i := range list {
		list[i].Enckey = "" // It signs answers.
	}
	return list, err
}

// EndSession ends a session of an application: that of a handle that lists show, or of what the app itself holds. It refuses with
// SessionUnknown.
func (o *Office) EndSession(ctx context.Context, actor identity.Actor, product, session string) error {
	return o.changeAt(ctx, actor, identity.WriteCustomers, product, func(at place) (license.Event, error) {
		ended, err := at.DropSessionByHandle(at.tenant, at.app, session)
		if err == nil && !ended {
			ended, err = at.DropSession(at.tenant, at.app, sha256.Sum256([]byte(session)))
		}
		if err == nil && !ended {
			err = license.Refuse(license.SessionUnknown)
		}
		return license.Event{Kind: license.SessionsEnded, Data: map[string]any{"count": 1}}, err
	})
}

// EndSessions ends every session of an application and returns how many they were.
func (o *Office) EndSessions(ctx context.Context, actor identity.Actor, product string) (ended int64, err error) {
	err = o.changeAt(ctx, actor, identity.WriteCustomers, product, func(at place) (e license.Event, err error) {
		if ended, err = at.DropSessions(at.tenant, at.app); err == nil && ended > 0 {
			e = license.Event{Kind: license.SessionsEnded, Data: map[string]any{"all": true, "count": ended}}
		}
		return e, err
	})
	return ended, err
}
