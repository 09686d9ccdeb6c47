package main

import (
	"strconv"
	"strings"

	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/outbound"
	"licet/internal/server"
	"licet/internal/store"
	"licet/internal/webhook"
)

// webhookCommand: licet webhook. An endpoint is an address of the vendor's that the server tells of events.
type webhookCommand struct {
	Create     webhookCreate     `cmd:"" help:"Tell an address of what happens from now on, and print the secret that deliveries are signed with, this once."`
	List       webhookList       `cmd:"" help:"List the endpoints."`
	Show       webhookShow       `cmd:"" help:"Show an endpoint, without its secret."`
	Change     webhookChange     `cmd:"" help:"Change an endpoint, or switch it off."`
	Enable     webhookEnable     `cmd:"" help:"Switch an endpoint on, or let one that rests after failures go on at once."`
	Drop       webhookDrop       `cmd:"" help:"Forget an endpoint."`
	Rotate     webhookRotate     `cmd:"" help:"Make a new secret and print it, this once; for 24 hours deliveries are signed with both."`
	Test       webhookTest       `cmd:"" help:"Send a test now, and say what the endpoint answers."`
	Deliveries webhookDeliveries `cmd:"" help:"List what became of events at an endpoint."`
	Replay     webhookReplay     `cmd:"" help:"Send events once more."`
}

// Help says what is sent.
func (*webhookCommand) Help() string {
	return `Deliveries are signed as Standard Webhooks has it, so its libraries check them. They come in the order of events, at least once: the same webhook-id is the same event.

An event that an endpoint does not answer with 2xx is tried again for three days, later each time. An endpoint that takes nothing for three days is switched off, and so is one that answers 410.`
}

type endpointView struct {
	ID             store.WebhookEndpointID `json:"id"`
	URL            string                  `json:"url"`
	Description    string                  `json:"description"`
	Kinds          []string                `json:"kinds"`
	Enabled        bool                    `json:"enabled"`
	DisabledReason string                  `json:"disabled_reason"`
	Cursor         license.EventID         `json:"last_event_id"` // the last that was looked at
	Failures       int                     `json:"failures"`      // in a row
	FailingSince   *license.Time           `json:"failing_since"`
	OldUntil       *license.Time           `json:"old_secret_until"`
	Created        license.Time            `json:"created_at"`
	Updated        license.Time            `json:"updated_at"`
	Secret         string                  `json:"secret,omitempty"` // only from create and rotate
}

func viewEndpoint(e office.WebhookEndpoint) endpointView {
	return endpointView{
		ID: e.ID, URL: e.URL, Description: e.Description, Kinds: e.Kinds, Enabled: e.Enabled, DisabledReason: e.DisabledReason,
		Cursor: e.Cursor, Failures: e.Failures, FailingSince: orNull(e.FailingSince), OldUntil: orNull(e.OldUntil), Created: e.Created, Updated: e.Updated,
	}
}

func (v endpointView) state() string {
	switch {
	case !v.Enabled:
		return "off"
	case v.Failures > 0:
		return "failing"
	}
	return "on"
}

func (v endpointView) pairs() [][2]string {
	pairs := [][2]string{
		{"id", idText(v.ID)}, {"url", v.URL}, {"description", v.Description}, {"kinds", strings.Join(v.Kinds, " ")}, {"state", v.state()},
		{"because", v.DisabledReason}, {"last event id", idText(v.Cursor)}, {"created", moment(v.Created)}, {"changed", moment(v.Updated)},
		{"secret", v.Secret},
	}
	if v.Failures > 0 {
		pairs = append(pairs, [2]string{"failures in a row", strconv.Itoa(v.Failures)})
	}
	if v.FailingSince != nil {
		pairs = append(pairs, [2]string{"failing since", moment(*v.FailingSince)})
	}
	if v.OldUntil != nil {
		pairs = append(pairs, [2]string{"old secret until", moment(*v.OldUntil)})
	}
	return pairs
}

func (t *tool) printEndpoint(e office.WebhookEndpoint, secret string) error {
	v := viewEndpoint(e)
	v.Secret = secret
	return t.print(v, v.pairs)
}

// outboundFlags are whom the server calls, as the server has it.
type outboundFlags struct {
	Outbound server.Outbound `embed:"" prefix:"outbound-" envprefix:"LICET_OUTBOUND_"`
}

func (f *outboundFlags) options() outbound.Options {
	return outbound.Options{AllowPrivate: f.Outbound.AllowPrivate}
}

// webhookDesk is sealedDesk that calls the addresses which the server would call.
func (t *tool) webhookDesk(f outboundFlags) (*desk, error) {
	db, err := t.existing()
	if err != nil {
		return nil, err
	}
	deps := t.officeDeps(db)
	if deps.Keyring, err = t.keyring(db); err != nil {
		return nil, err
	}
	deps.Outside = outbound.New(f.options())
	deps.Webhooks = webhook.New(webhook.Deps{Store: db, Keyring: deps.Keyring, Now: t.now, Outside: f.options()})
	return t.deskOf(office.New(deps))
}

type webhookCreate struct {
	URL         string   `arg:"" help:"Address, https."`
	Description string   `help:"What it is for." placeholder:"TEXT"`
	Kinds       []string `help:"Kinds of events: license.issued, license.* or *; all when left out." placeholder:"KIND,..."`
	outboundFlags
}

// Run makes it.
func (c *webhookCreate) Run(t *tool) error {
	d, err := t.webhookDesk(c.outboundFlags)
	if err != nil {
		return err
	}
	e, secret, err := d.CreateEndpoint(t.ctx, d.actor, office.NewEndpoint{URL: c.URL, Description: c.Description, Kinds: c.Kinds})
	if err != nil {
		return err
	}
	return t.printEndpoint(e, secret.Reveal())
}

type webhookList struct{ listFlags }

// Run lists them.
func (c *webhookList) Run(t *tool) error {
	d, err := t.desk()
	if err != nil {
		return err
	}
	fetch := full(func(p office.Page) ([]office.WebhookEndpoint, error) { return d.ListEndpoints(t.ctx, d.actor, p) },
		func(e office.WebhookEndpoint) int64 { return int64(e.ID) })
	all := as(pages(t, c.listFlags, fetch), func(e office.WebhookEndpoint) (endpointView, error) { return viewEndpoint(e), nil })
	return printList(t, "ID STATE URL KINDS DESCRIPTION", all, func(v endpointView) []string {
		return []string{idText(v.ID), v.state(), v.URL, strings.Join(v.Kinds, " "), v.Description}
	})
}

type endpointArg struct {
	Endpoint store.WebhookEndpointID `arg:"" help:"Id of the endpoint."`
}

type webhookShow struct{ endpointArg }

// Run shows it.
func (c *webhookShow) Run(t *tool) error {
	d, err := t.desk()
	if err != nil {
		return err
	}
	e, err := d.FindEndpoint(t.ctx, d.actor, c.Endpoint)
	if err != nil {
		return err
	}
	return t.printEndpoint(e, "")
}

type webhookChange struct {
	endpointArg
	URL         *string  `help:"Address, https." placeholder:"URL"`
	Description *string  `help:"What it is for." placeholder:"TEXT"`
	Kinds       []string `help:"Kinds of events: license.issued, license.* or *." placeholder:"KIND,..."`
	Off         bool     `help:"Switch it off."`
	outboundFlags
}

// Run changes it.
func (c *webhookChange) Run(t *tool) error {
	d, err := t.webhookDesk(c.outboundFlags)
	if err != nil {
		return err
	}
	change := office.EndpointChange{URL: c.URL, Description: c.Description}
	if len(c.Kinds) > 0 {
		change.Kinds = &c.Kinds
	}
	if c.Off {
		change.Enabled = new(bool)
	}
	e, err := d.ChangeEndpoint(t.ctx, d.actor, c.Endpoint, change)
	if err != nil {
		return err
	}
	return t.printEndpoint(e, "")
}

type webhookEnable struct {
	endpointArg
	Skip bool `help:"Tell it only of what happens from now on, not of what it missed."`
}

// Run switches it on.
func (c *webhookEnable) Run(t *tool) error {
	d, err := t.desk()
	if err != nil {
		return err
	}
	e, err := d.EnableEndpoint(t.ctx, d.actor, c.Endpoint, c.Skip)
	if err != nil {
		return err
	}
	return t.printEndpoint(e, "")
}

type webhookDrop struct {
	endpointArg
	Yes bool `help:"Do not ask."`
}

// Run asks, then forgets it.
func (c *webhookDrop) Run(t *tool) error {
	d, err := t.desk()
	if err != nil {
		return err
	}
	if err := t.confirm(c.Yes, "the endpoint will be told of nothing more"); err != nil {
		return err
	}
	e, err := d.DropEndpoint(t.ctx, d.actor, c.Endpoint, nil)
	if err != nil {
		return err
	}
	return t.printEndpoint(e, "")
}

type webhookRotate struct{ endpointArg }

// Run makes the secret and prints it.
func (c *webhookRotate) Run(t *tool) error {
	d, err := t.sealedDesk()
	if err != nil {
		return err
	}
	e, secret, err := d.RotateEndpointSecret(t.ctx, d.actor, c.Endpoint)
	if err != nil {
		return err
	}
	return t.printEndpoint(e, secret.Reveal())
}

type deliveryView struct {
	ID       store.WebhookDeliveryID `json:"id"`
	Event    *license.EventID        `json:"event_id"` // null is a test
	Kind     license.EventKind       `json:"kind"`
	State    store.WebhookState      `json:"state"`
	Attempts int                     `json:"attempts"`
	Status   int                     `json:"status"` // of HTTP; 0 is no answer
	Reply    string                  `json:"reply"`
	Millis   int64                   `json:"milliseconds"`
	Next     *license.Time           `json:"next_at"`
	Created  license.Time            `json:"created_at"`
	Tried    *license.Time           `json:"tried_at"`
}

func viewDelivery(d store.WebhookDelivery) (deliveryView, error) {
	return deliveryView{
		ID: d.ID, Event: orNull(d.Event), Kind: d.Kind, State: d.State, Attempts: d.Attempts, Status: d.Status, Reply: d.Reply, Millis: d.Millis,
		Next: orNull(d.Next), Created: d.Created, Tried: orNull(d.Tried),
	}, nil
}

func (v deliveryView) pairs() [][2]string {
	pairs := [][2]string{
		{"id", idText(v.ID)}, {"kind", string(v.Kind)}, {"state", string(v.State)}, {"attempts", strconv.Itoa(v.Attempts)},
		{"status", idText(int64(v.Status))}, {"reply", v.Reply}, {"milliseconds", strconv.FormatInt(v.Millis, 10)}, {"created", moment(v.Created)},
	}
	if v.Event != nil {
		pairs = append(pairs, [2]string{"event id", idText(*v.Event)})
	}
	if v.Next != nil {
		pairs = append(pairs, [2]string{"next try", moment(*v.Next)})
	}
	return pairs
}

type webhookTest struct {
	endpointArg
	outboundFlags
}

// Run sends it. What came of it is the answer, and a failure is an error as well.
func (c *webhookTest) Run(t *tool) error {
	d, err := t.webhookDesk(c.outboundFlags)
	if err != nil {
		return err
	}
	sent, err := d.TestEndpoint(t.ctx, d.actor, c.Endpoint)
	if err != nil {
		return err
	}
	v, err := viewDelivery(sent)
	if err != nil {
		return err
	}
	if err := t.print(v, v.pairs); err != nil || sent.State == store.WebhookDelivered {
		return err
	}
	return license.Refusef(license.OutsideFailed, "the endpoint did not take the test")
}

type webhookDeliveries struct {
	endpointArg
	State string `help:"Only those in a state: waiting, delivered or failed." placeholder:"STATE"`
	listFlags
}

// Run lists them.
func (c *webhookDeliveries) Run(t *tool) error {
	d, err := t.desk()
	if err != nil {
		return err
	}
	fetch := full(func(p office.Page) ([]store.WebhookDelivery, error) {
		return d.ListDeliveries(t.ctx, d.actor, c.Endpoint, store.WebhookState(c.State), p)
	}, func(d store.WebhookDelivery) int64 { return int64(d.ID) })
	return printList(t, "ID KIND STATE ATTEMPTS STATUS TRIED REPLY", as(pages(t, c.listFlags, fetch), viewDelivery), func(v deliveryView) []string {
		tried := ""
		if v.Tried != nil {
			tried = moment(*v.Tried)
		}
		return []string{idText(v.ID), string(v.Kind), string(v.State), strconv.Itoa(v.Attempts), idText(int64(v.Status)), tried, v.Reply}
	})
}

type webhookReplay struct {
	endpointArg
	Delivery store.WebhookDeliveryID `help:"The event of this delivery." placeholder:"ID" xor:"what" required:""`
	After    *license.EventID        `help:"All events after this one, in their order; 0 for all there are." placeholder:"ID" xor:"what" required:""`
}

// Run has them sent by the server.
func (c *webhookReplay) Run(t *tool) error {
	d, err := t.desk()
	if err != nil {
		return err
	}
	if c.After != nil {
		e, err := d.ReplaySince(t.ctx, d.actor, c.Endpoint, *c.After)
		if err != nil {
			return err
		}
		return t.printEndpoint(e, "")
	}
	again, err := d.ReplayDelivery(t.ctx, d.actor, c.Endpoint, c.Delivery)
	if err != nil {
		return err
	}
	v, err := viewDelivery(again)
	if err != nil {
		return err
	}
	return t.print(v, v.pairs)
}
