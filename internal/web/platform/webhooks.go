package platform

import (
	"fmt"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/store"
	"licet/internal/web"
)

// webhookRoutes are webhooks and their deliveries.
func (p *Platform) webhookRoutes() []route {
	const read, write = identity.ReadWebhooks, identity.WriteWebhooks
	return []route{
		{pattern: "GET /webhooks", needs: read, page: (*visit).webhooks},
		{pattern: "GET /webhooks/new", needs: write, page: (*visit).newWebhook},
		{pattern: "POST /webhooks", needs: write, page: (*visit).createWebhook},
		{pattern: "GET /webhooks/{id}", needs: read, page: (*visit).webhook},
		{pattern: "GET /webhooks/{id}/edit", needs: write, page: (*visit).editWebhook},
		{pattern: "POST /webhooks/{id}", needs: write, page: (*visit).changeWebhook},
		{pattern: "POST /webhooks/{id}/{act}", needs: write, page: (*visit).webhookAct},
		{pattern: "POST /webhooks/{id}/deliveries/{delivery}/replay", needs: write, page: (*visit).replayDelivery},
	}
}

// maxEndpoints is more than a company may have.
const maxEndpoints = 100

func (v *visit) webhooks() error {
	list, err := v.p.d.Office.ListEndpoints(v.Context(), v.actor, office.Page{Limit: maxEndpoints})
	if err != nil {
		return err
	}
	return v.draw(v.t("Webhooks"), webhooksPage(list, v.can(identity.WriteWebhooks)))
}

// webhookInput is the form of an endpoint as it was typed.
type webhookInput struct {
	id          store.WebhookEndpointID // 0 is a new one
	url         string
	description string
	areas       []string // of the kinds, those that are areas: license.*
	more        string   // the others, separated by blanks
}

// eventAreas are the parts of the events that an endpoint can be told of as a whole, and what they are about.
func eventAreas() []web.Option {
	return []web.Option{
		{Value: "license.*", Label: "Licenses: issued, extended, suspended, banned …"},
		{Value: "device.*", Label: "Devices: activated, deactivated, blocked"},
		{Value: "seat.*", Label: "Floating seats: taken, borrowed, released"},
		{Value: "usage.*", Label: "Usage: recorded, reserved, released"},
		{Value: "order.*", Label: "Orders: created, completed, refunded"},
		{Value: "customer.*", Label: "Customers: created, changed"},
		{Value: "user.*", Label: "Users: created, banned, changed"},
		{Value: "redemption.*", Label: "Subscriptions: extended, ended"},
		{Value: "product.*", Label: "Products: created, changed"},
		{Value: "policy.*", Label: "Policies: created, changed"},
	}
}

// kinds are what the form asks to be told of; none is everything.
func (in *webhookInput) kinds() []string {
	list := slices.Concat(in.areas, strings.FieldsFunc(in.more, func(r rune) bool { return r == ' ' || r == ',' || r == '\n' || r == '\t' }))
	if len(list) == 0 {
		return []string{"*"}
	}
	return list
}

func inputOf(e *office.WebhookEndpoint) webhookInput {
	in := webhookInput{id: e.ID, url: e.URL, description: e.Description}
	var more []string
	for _, kind := range e.Kinds {
		switch {
		case slices.ContainsFunc(eventAreas(), func(o web.Option) bool { return o.Value == kind }):
			in.areas = append(in.areas, kind)
		case kind != "*":
			more = append(more, kind)
		}
	}
	in.more = strings.Join(more, " ")
	return in
}

func (v *visit) typedWebhook() webhookInput {
	return webhookInput{url: v.input.Text("url"), description: v.input.Text("description"), areas: v.input.Values["kinds"], more: v.input.Text("more")}
}

func (v *visit) newWebhook() error {
	return v.draw(v.t("New webhook"), webhookForm(webhookInput{}, nil))
}

func (v *visit) createWebhook() error {
	in := v.typedWebhook()
	e, secret, err := v.p.d.Office.CreateEndpoint(v.Context(), v.actor, office.NewEndpoint{URL: in.url, Description: in.description, Kinds: in.kinds()})
	if err != nil {
		return v.again(err, v.t("New webhook"), func(f web.Faults) templ.Component { return webhookForm(in, f) })
	}
	return v.draw(v.t("Webhook created"), webhookSecret(e.ID, v.t("Webhook created"), secret.Reveal()))
}

// endpoint finds the endpoint that the path names.
func (v *visit) endpoint() (office.WebhookEndpoint, error) {
	id, err := v.id("id")
	if err != nil {
		return office.WebhookEndpoint{}, err
	}
	return v.p.d.Office.FindEndpoint(v.Context(), v.actor, store.WebhookEndpointID(id))
}

// webhookView is the page of an endpoint.
type webhookView struct {
	endpoint   office.WebhookEndpoint
	deliveries []store.WebhookDelivery
	state      store.WebhookState
	next       string
	write      bool
}

func (v *visit) webhook() error {
	e, err := v.endpoint()
	if err != nil {
		return err
	}
	view := webhookView{endpoint: e, state: store.WebhookState(v.input.Text("state")), write: v.can(identity.WriteWebhooks)}
	if !slices.Contains([]store.WebhookState{"", store.WebhookWaiting, store.WebhookDelivered, store.WebhookFailed}, view.state) {
		view.state = ""
	}
	view.deliveries, err = v.p.d.Office.ListDeliveries(v.Context(), v.actor, e.ID, view.state, office.Page{Before: v.input.Int("before", 0), Limit: pageSize})
	if err != nil {
		return err
	}
	if n := len(view.deliveries); n == pageSize {
		view.next = v.URL.Path + web.Query(v.input.Values, "before", fmt.Sprint(int64(view.deliveries[n-1].ID)))
	}
	return v.draw(v.t("Webhook"), webhookPage(&view))
}

// pageSize is how many lines of a list a page shows.
const pageSize = 50

func (v *visit) editWebhook() error {
	e, err := v.endpoint()
	if err != nil {
		return err
	}
	return v.draw(v.t("Change the webhook"), webhookForm(inputOf(&e), nil))
}

func (v *visit) changeWebhook() error {
	e, err := v.endpoint()
	if err != nil {
		return err
	}
	in := v.typedWebhook()
	in.id = e.ID
	kinds := in.kinds()
	_, err = v.p.d.Office.ChangeEndpoint(v.Context(), v.actor, e.ID, office.EndpointChange{URL: &in.url, Description: &in.description, Kinds: &kinds})
	if err != nil {
		return v.again(err, v.t("Change the webhook"), func(f web.Faults) templ.Component { return webhookForm(in, f) })
	}
	v.say(web.Good, "The webhook was changed.")
	return v.redirect(fmt.Sprintf("/webhooks/%d", int64(e.ID)))
}

// webhookAct does what one button of an endpoint's page says.
func (v *visit) webhookAct() error {
	e, err := v.endpoint()
	if err != nil {
		return err
	}
	ctx, o := v.Context(), v.p.d.Office
	page := fmt.Sprintf("/webhooks/%d", int64(e.ID))
	switch act := v.PathValue("act"); act {
	case "test":
		if _, err = o.TestEndpoint(ctx, v.actor, e.ID); err == nil {
			v.say(web.Good, "A test was sent; what became of it is the first line below.")
		}
	case "enable", "skip":
		if _, err = o.EnableEndpoint(ctx, v.actor, e.ID, act == "skip"); err == nil {
			v.say(web.Good, "The webhook is on again.")
		}
	case "disable":
		off := false
		if _, err = o.ChangeEndpoint(ctx, v.actor, e.ID, office.EndpointChange{Enabled: &off}); err == nil {
			v.sayUndo(page+"/enable", nil, "The webhook is off. Events wait until it is on again.")
		}
	case "rotate":
		_, secret, err := o.RotateEndpointSecret(ctx, v.actor, e.ID)
		if err != nil {
			return err
		}
		v.resent = base + page
		return v.draw(v.t("New secret"), webhookSecret(e.ID, v.t("New secret"), secret.Reveal()))
	case "replay":
		return v.replaySince(e.ID)
	case "delete":
		if _, err = o.DropEndpoint(ctx, v.actor, e.ID, nil); err == nil {
			page = "/webhooks"
			v.say(web.Good, "The webhook was deleted. Nobody is told at its address any more.")
		}
	default:
		return license.Missing("page", v.URL.Path)
	}
	if err != nil {
		return err
	}
	return v.redirect(page)
}

// replaySince sends all events from a moment on once more. The feed knows events, so the last one before that moment is looked for.
func (v *visit) replaySince(id store.WebhookEndpointID) error {
	since := v.input.Moment("since")
	if err := v.asked(); err != nil {
		return err
	}
	var after license.EventID
	if since != 0 {
		before, _, err := v.p.d.Office.SearchEvents(v.Context(), v.actor, office.EventFilter{Until: since}, office.Page{Limit: 1})
		if err != nil {
			return err
		}
		if len(before) > 0 {
			after = before[0].ID
		}
	}
	if _, err := v.p.d.Office.ReplaySince(v.Context(), v.actor, id, after); err != nil {
		return err
	}
	v.say(web.Good, "Events are being sent once more, in their order. Receivers know them by their webhook-id.")
	return v.redirect(fmt.Sprintf("/webhooks/%d", int64(id)))
}

func (v *visit) replayDelivery() error {
	e, err := v.endpoint()
	if err != nil {
		return err
	}
	id, err := v.id("delivery")
	if err != nil {
		return err
	}
	if _, err := v.p.d.Office.ReplayDelivery(v.Context(), v.actor, e.ID, store.WebhookDeliveryID(id)); err != nil {
		return err
	}
	v.say(web.Good, "The event is sent once more; what becomes of it is the first line below.")
	return v.redirect(fmt.Sprintf("/webhooks/%d", int64(e.ID)))
}
