package office

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/signing"
	"licet/internal/store"
	"licet/internal/webhook"
)

// WebhookEndpoint is an address that is told of events, without its secrets.
type WebhookEndpoint = store.WebhookEndpoint

// NewEndpoint is an endpoint to make.
type NewEndpoint struct {
	URL         string   // https, at a public address, unless the operator allows others
	Description string   // for people; may be empty
	Kinds       []string // which events: * for all, license.* for an area, or a kind; none is all
}

const (
	maxEndpoints   = 20 // of a tenant
	maxKinds       = 50 // of an endpoint
	maxKind        = 60 // characters of one
	oldSecretHours = 24 // that a secret signs as well after it was replaced
)

// CreateEndpoint tells an address of what happens in the actor's tenant from now on. The secret that deliveries are signed with, as Standard
// Webhooks has it, is returned this once and cannot be had again. Conflict when there are 20 already. It needs webhooks:write, as all
// that changes endpoints does.
func (o *Office) CreateEndpoint(ctx context.Context, actor identity.Actor, n NewEndpoint) (e WebhookEndpoint, secret identity.Secret, err error) {
	if err := may(actor, identity.WriteWebhooks); err != nil {
		return e, "", err
	}
	if len(n.Kinds) == 0 {
		n.Kinds = []string{"*"}
	}
	fresh := WebhookEndpoint{Tenant: actor.Tenant, URL: n.URL, Description: n.Description, Kinds: n.Kinds, Enabled: true}
	if err := o.checkEndpoint(&fresh); err != nil {
		return e, "", err
	}
	made, err := signing.NewWebhookSecret(o.d.Rand)
	if err != nil {
		return e, "", err
	}
	err = o.d.Store.Write(ctx, func(tx *store.Tx) error {
		now := o.d.Now()
		e = fresh
		e.ID, e.Created, e.Updated = store.WebhookEndpointID(tx.NewID()), now, now
		if _, err := tx.LockTenant(actor.Tenant); err != nil {
			return err
		}
		there, err := tx.CountWebhookEndpoints(actor.Tenant)
		if err != nil {
			return err
		}
		if there >= maxEndpoints {
			return &license.Error{Code: license.Conflict, Message: "there are 20 webhook endpoints, and there may not be more"}
		}
		if e.Cursor, err = tx.FeedEnd(actor.Tenant); err != nil {
			return err
		}
		e.Secret = o.d.Keyring.Seal(e.Context(), []byte(made.Reveal()))
		if err := tx.InsertWebhookEndpoint(&e); err != nil {
			return err
		}
		return o.noteEndpoint(tx, actor, license.WebhookEndpointCreated, &e, endpointData(&e))
	})
	if err != nil {
		return WebhookEndpoint{}, "", err
	}
	return withoutSecrets(e), identity.Secret(made.Reveal()), nil
}

// checkEndpoint refuses an endpoint as Invalid, and puts its kinds in order.
func (o *Office) checkEndpoint(e *WebhookEndpoint) error {
	if err := o.d.Outside.CheckURL(e.URL); err != nil {
		return err
	}
	if err := checkText("description", e.Description, 0, maxName); err != nil {
		return err
	}
	if len(e.Kinds) == 0 || len(e.Kinds) > maxKinds {
		return license.Invalidf("kinds", "an endpoint is told of 1 to %d kinds of events; * is all", maxKinds)
	}
	for _, kind := range e.Kinds {
		if !isKindPattern(kind) {
			return license.Invalidf("kinds", "%q is no kind of event; write for instance license.issued, license.* or *", kind)
		}
	}
	e.Kinds = slices.Clone(e.Kinds)
	slices.Sort(e.Kinds)
	e.Kinds = slices.Compact(e.Kinds)
	return nil
}

// isKindPattern reports whether text is *, area.* or area.fact.
func isKindPattern(text string) bool {
	if text == "*" {
		return true
	}
	area, fact, ok := strings.Cut(text, ".")
	return ok && len(text) <= maxKind && isKindWord(area) && (fact == "*" || isKindWord(fact))
}

func isKindWord(text string) bool {
	for _, r := range text {
		if (r < 'a' || r > 'z') && r != '_' {
			return false
		}
	}
	return text != ""
}

// withoutSecrets is an endpoint without its secrets.
func withoutSecrets(e WebhookEndpoint) WebhookEndpoint {
	e.Secret, e.OldSecret = nil, nil
	return e
}

// endpointData is what an event says of an endpoint. Its address may hold a secret and stays out.
func endpointData(e *WebhookEndpoint) map[string]any {
	return map[string]any{"description": e.Description, "kinds": e.Kinds}
}

func (o *Office) noteEndpoint(tx *store.Tx, actor identity.Actor, kind license.EventKind, e *WebhookEndpoint, data map[string]any) error {
	return tx.AppendEvents(actor.Tenant, actor.String(), o.d.Now(), license.Event{Kind: kind, Subject: int64(e.ID), Data: data})
}

// ListEndpoints returns the endpoints of the actor's tenant. It needs webhooks:read, as all that only asks does.
func (o *Office) ListEndpoints(ctx context.Context, actor identity.Actor, page Page) (list []WebhookEndpoint, err error) {
	if err := may(actor, identity.ReadWebhooks); err != nil {
		return nil, err
	}
	err = o.d.Store.Read(ctx, func(tx *store.Tx) (err error) {
		list, err = tx.ListWebhookEndpoints(actor.Tenant, store.WebhookEndpointID(page.Before), page.size())
		return err
	})
	for i := range list {
		list[i] = withoutSecrets(list[i])
	}
	return list, err
}

// FindEndpoint returns an endpoint of the actor's tenant, or NotFound.
func (o *Office) FindEndpoint(ctx context.Context, actor identity.Actor, id store.WebhookEndpointID) (e WebhookEndpoint, err error) {
	if err := may(actor, identity.ReadWebhooks); err != nil {
		return e, err
	}
	err = o.d.Store.Read(ctx, func(tx *store.Tx) (err error) {
		e, err = tx.FindWebhookEndpoint(actor.Tenant, id)
		return err
	})
	return withoutSecrets(e), err
}

// changeEndpoint changes a locked endpoint. change returns the event of it.
func (o *Office) changeEndpoint(
	ctx context.Context, actor identity.Actor, id store.WebhookEndpointID, change func(*store.Tx, *WebhookEndpoint) (license.EventKind, map[string]any, error),
) (e WebhookEndpoint, err error) {
	if err := may(actor, identity.WriteWebhooks); err != nil {
		return e, err
	}
	err = o.d.Store.Write(ctx, func(tx *store.Tx) error {
		var err error
		if e, err = tx.LockWebhookEndpoint(actor.Tenant, id); err != nil {
			return err
		}
		kind, data, err := change(tx, &e)
		if err != nil {
			return err
		}
		e.Updated = o.d.Now()
		if err := tx.SaveWebhookEndpoint(&e); err != nil {
			return err
		}
		return o.noteEndpoint(tx, actor, kind, &e, data)
	})
	if err != nil {
		return WebhookEndpoint{}, err
	}
	return withoutSecrets(e), nil
}

// EndpointChange says what is to differ; a nil field leaves its value.
type EndpointChange struct {
	URL         *string
	Description *string
	Kinds       *[]string
	Enabled     *bool                       // on again is EnableEndpoint from where it stopped
	If          func(WebhookEndpoint) error // asked under the lock with the endpoint as it is stored; its error ends the change. nil is no condition
}

// ChangeEndpoint changes an endpoint, from the next delivery on.
func (o *Office) ChangeEndpoint(ctx context.Context, actor identity.Actor, id store.WebhookEndpointID, c EndpointChange) (WebhookEndpoint, error) {
	return o.changeEndpoint(ctx, actor, id, func(_ *store.Tx, e *WebhookEndpoint) (license.EventKind, map[string]any, error) {
		if c.If != nil {
			if err := c.If(withoutSecrets(*e)); err != nil {
				return "", nil, err
			}
		}
		set(&e.URL, c.URL)
		set(&e.Description, c.Description)
		set(&e.Kinds, c.Kinds)
		if err := o.checkEndpoint(e); err != nil {
			return "", nil, err
		}
		switch {
		case c.Enabled == nil || *c.Enabled == e.Enabled:
			return license.WebhookEndpointChanged, endpointData(e), nil
		case *c.Enabled:
			o.enable(e)
			return license.WebhookEndpointEnabled, endpointData(e), nil
		}
		e.Enabled, e.DisabledReason = false, "it was switched off by hand"
		return license.WebhookEndpointDisabled, map[string]any{"reason": e.DisabledReason, "description": e.Description}, nil
	})
}

// enable lets an endpoint begin as if it had never failed.
func (o *Office) enable(e *WebhookEndpoint) {
	e.Enabled, e.DisabledReason = true, ""
	e.Failures, e.FailingSince, e.Next = 0, 0, o.d.Now()
}

// EnableEndpoint switches an endpoint on, or lets one that rests after failures begin again at once. It is told of all that happened since it
// stopped; with skip only of what happens from now on, besides what it already failed to take.
func (o *Office) EnableEndpoint(ctx context.Context, actor identity.Actor, id store.WebhookEndpointID, skip bool) (WebhookEndpoint, error) {
	return o.changeEndpoint(ctx, actor, id, func(tx *store.Tx, e *WebhookEndpoint) (_ license.EventKind, _ map[string]any, err error) {
		o.enable(e)
		if skip {
			e.Cursor, err = tx.FeedEnd(actor.Tenant)
		}
		return license.WebhookEndpointEnabled, map[string]any{"skipped": skip, "description": e.Description}, err
	})
}

// RotateEndpointSecret makes a new secret of an endpoint and returns it this once. For 24 hours deliveries are signed with both.
func (o *Office) RotateEndpointSecret(ctx context.Context, actor identity.Actor, id store.WebhookEndpointID) (WebhookEndpoint, identity.Secret, error) {
	made, err := signing.NewWebhookSecret(o.d.Rand)
	if err != nil {
		return WebhookEndpoint{}, "", err
	}
	e, err := o.changeEndpoint(ctx, actor, id, func(_ *store.Tx, e *WebhookEndpoint) (license.EventKind, map[string]any, error) {
		e.OldSecret, e.OldUntil = e.Secret, o.d.Now().Add(oldSecretHours*time.Hour)
		e.Secret = o.d.Keyring.Seal(e.Context(), []byte(made.Reveal()))
		return license.WebhookSecretRotated, map[string]any{"old_until": e.OldUntil, "description": e.Description}, nil
	})
	if err != nil {
		return WebhookEndpoint{}, "", err
	}
	return e, identity.Secret(made.Reveal()), nil
}

// DropEndpoint forgets an endpoint; what it was not told of it will not be told. It returns the endpoint as it was. ok, asked as
// EndpointChange.If is, may be nil.
func (o *Office) DropEndpoint(ctx context.Context, actor identity.Actor, id store.WebhookEndpointID, ok func(WebhookEndpoint) error) (e WebhookEndpoint, err error) {
	if err := may(actor, identity.WriteWebhooks); err != nil {
		return e, err
	}
	err = o.d.Store.Write(ctx, func(tx *store.Tx) (err error) {
		if e, err = tx.LockWebhookEndpoint(actor.Tenant, id); err != nil {
			return err
		}
		if ok != nil {
			if err := ok(withoutSecrets(e)); err != nil {
				return err
			}
		}
		if err := tx.DropWebhookEndpoint(actor.Tenant, id); err != nil {
			return err
		}
		return o.noteEndpoint(tx, actor, license.WebhookEndpointDropped, &e, endpointData(&e))
	})
	if err != nil {
		return WebhookEndpoint{}, err
	}
	return withoutSecrets(e), nil
}

// TestEndpoint sends a message of the type endpoint.test now, whether or not the endpoint is on, and returns what came of it, which is put into
// the log of deliveries too. An endpoint that rests after failures begins again at once where the message arrives. It refuses with
// OutsideFailed where this process sends no webhooks. A rehearsal sends nothing: its delivery waits.
func (o *Office) TestEndpoint(ctx context.Context, actor identity.Actor, id store.WebhookEndpointID) (d store.WebhookDelivery, err error) {
	if err := may(actor, identity.WriteWebhooks); err != nil {
		return d, err
	}
	var e WebhookEndpoint
	err = o.d.Store.Read(ctx, func(tx *store.Tx) (err error) {
		e, err = tx.FindWebhookEndpoint(actor.Tenant, id)
		return err
	})
	if err != nil {
		return d, err
	}
	if o.rehearses {
		return store.WebhookDelivery{Tenant: e.Tenant, Endpoint: e.ID, Kind: webhook.TestKind, Created: o.d.Now(), State: store.WebhookWaiting}, nil
	}
	if o.d.Webhooks == nil {
		return d, license.Refusef(license.OutsideFailed, "this process sends no webhooks")
	}
	if d, err = o.d.Webhooks.Test(ctx, &e, strconv.FormatInt(int64(o.d.Now()), 10)); err != nil {
		return d, err
	}
	err = o.d.Store.Write(ctx, func(tx *store.Tx) error {
		log := []store.WebhookDelivery{d}
		if err := tx.InsertWebhookDeliveries(log); err != nil {
			return err
		}
		d = log[0]
		if d.State != store.WebhookDelivered {
			return nil
		}
		return o.hurry(tx, actor, id)
	})
	return d, err
}

// hurry lets an endpoint that rests go on at once. A short rest is left, since it may be the lease of a sender.
func (o *Office) hurry(tx *store.Tx, actor identity.Actor, id store.WebhookEndpointID) error {
	e, err := tx.LockWebhookEndpoint(actor.Tenant, id)
	if err != nil || !e.Paused() || e.Next <= o.d.Now().Add(store.WebhookLease) {
		return err
	}
	e.Next = o.d.Now()
	return tx.SaveWebhookEndpoint(&e)
}

// ListDeliveries returns what became of events at an endpoint, newest first, in a state, "" being any.
func (o *Office) ListDeliveries(
	ctx context.Context, actor identity.Actor, id store.WebhookEndpointID, state store.WebhookState, page Page,
) (list []store.WebhookDelivery, err error) {
	if err := may(actor, identity.ReadWebhooks); err != nil {
		return nil, err
	}
	err = o.d.Store.Read(ctx, func(tx *store.Tx) (err error) {
		if _, err := tx.FindWebhookEndpoint(actor.Tenant, id); err != nil {
			return err
		}
		list, err = tx.ListWebhookDeliveries(actor.Tenant, id, state, store.WebhookDeliveryID(page.Before), page.size())
		return err
	})
	return list, err
}

// ReplayDelivery sends the event of a delivery once more, with the same webhook-id, and returns the delivery that waits for it. Conflict for a
// test, which is no event.
func (o *Office) ReplayDelivery(
	ctx context.Context, actor identity.Actor, id store.WebhookEndpointID, delivery store.WebhookDeliveryID,
) (d store.WebhookDelivery, err error) {
	if err := may(actor, identity.WriteWebhooks); err != nil {
		return d, err
	}
	err = o.d.Store.Write(ctx, func(tx *store.Tx) error {
		if _, err := tx.LockWebhookEndpoint(actor.Tenant, id); err != nil {
			return err
		}
		old, err := tx.FindWebhookDelivery(actor.Tenant, id, delivery)
		if err != nil {
			return err
		}
		if old.Event == 0 {
			return &license.Error{Code: license.Conflict, Message: "that was a test; send another one"}
		}
		now := o.d.Now()
		again := []store.WebhookDelivery{{
			Tenant: old.Tenant, Endpoint: id, Event: old.Event, Kind: old.Kind, State: store.WebhookWaiting, Next: now, Created: now,
		}}
		if err := tx.InsertWebhookDeliveries(again); err != nil {
			return err
		}
		d = again[0]
		return o.noteEndpoint(tx, actor, license.WebhookEndpointReplayed, &WebhookEndpoint{ID: id}, map[string]any{"event_id": old.Event})
	})
	return d, err
}

// ReplaySince sends all events after one of them once more, 0 being the beginning, in their order; an event that was told before has the same
// webhook-id. Invalid for the field after, where that is no event.
func (o *Office) ReplaySince(ctx context.Context, actor identity.Actor, id store.WebhookEndpointID, after license.EventID) (WebhookEndpoint, error) {
	return o.changeEndpoint(ctx, actor, id, func(tx *store.Tx, e *WebhookEndpoint) (license.EventKind, map[string]any, error) {
		if _, err := tx.FeedAfter(actor.Tenant, after, 1); err != nil {
			return "", nil, err
		}
		e.Cursor, e.Next = after, o.d.Now()
		return license.WebhookEndpointReplayed, map[string]any{"after": after, "description": e.Description}, nil
	})
}
