package office_test

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/outbound"
	"licet/internal/signing"
	"licet/internal/store"
	"licet/internal/testkit"
	"licet/internal/webhook"
)

// post gives a house a sender of webhooks, and an office that knows it.
func (h *house) post() *webhook.Sender {
	keyring := signing.NewKeyring(signing.MasterKey{1})
	sender := webhook.New(webhook.Deps{Store: h.store, Keyring: keyring, Now: h.now, Outside: outbound.Options{AllowPlain: true}})
	h.Office = office.New(office.Deps{
		Store: h.store, Keyring: keyring, Hasher: testkit.Hasher(), Now: h.now, Rand: rand.Reader,
		Outside: outbound.New(outbound.Options{AllowPlain: true}), Webhooks: sender,
	})
	return sender
}

// endpoint makes an endpoint that answers with status, which may be changed; take sees each request.
func (h *house) endpoint(status *atomic.Int64, take func(*http.Request)) (office.WebhookEndpoint, identity.Secret) {
	h.t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		take(r)
		w.WriteHeader(int(status.Load()))
	}))
	h.t.Cleanup(s.Close)
	testkit.SettleFeed(h.t, h.store, h.tenant) // It is told of what comes after.
	e, secret, err := h.CreateEndpoint(h.t.Context(), h.boss, office.NewEndpoint{URL: s.URL + "/hook", Description: "shop"})
	h.ok(err)
	return e, secret
}

func TestWebhookEndpoints(t *testing.T) {
	t.Parallel()
	forEachHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		e, secret, err := h.CreateEndpoint(ctx, h.boss, office.NewEndpoint{URL: "https://example.com/hook?key=hidden", Description: "shop"})
		h.ok(err)
		if !strings.HasPrefix(secret.Reveal(), "whsec_") || e.Secret != nil || !e.Enabled || !slices.Equal(e.Kinds, []string{"*"}) {
			t.Errorf("CreateEndpoint = %+v", e)
		}
		if _, err := standardwebhooks.NewWebhook(secret.Reveal()); err != nil {
			t.Errorf("the library does not take the secret: %v", err)
		}
		got, err := h.FindEndpoint(ctx, h.boss, e.ID)
		h.ok(err)
		if got.URL != e.URL || got.Secret != nil || got.OldSecret != nil {
			t.Errorf("FindEndpoint = %+v, want it without its secret", got)
		}
		stale := errors.New("changed meanwhile")
		_, err = h.ChangeEndpoint(ctx, h.boss, e.ID, office.EndpointChange{Description: ptr("x"), If: func(have office.WebhookEndpoint) error {
			if have.Description != "shop" || have.Secret != nil {
				t.Errorf("If is asked with %+v", have)
			}
			return stale
		}})
		if !errors.Is(err, stale) {
			t.Errorf("ChangeEndpoint = %v, want the error of If", err)
		}
		got, err = h.ChangeEndpoint(ctx, h.boss, e.ID, office.EndpointChange{Kinds: &[]string{"order.*", "license.issued", "order.*"}, Enabled: ptr(false)})
		h.ok(err)
		if got.Enabled || got.DisabledReason == "" || got.Description != "shop" || !slices.Equal(got.Kinds, []string{"license.issued", "order.*"}) {
			t.Errorf("ChangeEndpoint = %+v", got)
		}
		if got, err = h.EnableEndpoint(ctx, h.boss, e.ID, false); err != nil || !got.Enabled || got.DisabledReason != "" {
			t.Errorf("EnableEndpoint = %+v, %v", got, err)
		}
		rotated, fresh, err := h.RotateEndpointSecret(ctx, h.boss, e.ID)
		h.ok(err)
		if fresh == secret || rotated.OldUntil != h.now().Add(24*60*60*1e9) || rotated.OldSecret != nil {
			t.Errorf("RotateEndpointSecret = %+v", rotated)
		}
		list, err := h.ListEndpoints(ctx, h.boss, office.Page{})
		h.ok(err)
		if len(list) != 1 || list[0].ID != e.ID || list[0].Secret != nil {
			t.Errorf("ListEndpoints = %+v", list)
		}
		if _, err := h.DropEndpoint(ctx, h.boss, e.ID, func(office.WebhookEndpoint) error { return stale }); !errors.Is(err, stale) {
			t.Errorf("DropEndpoint = %v, want the error it was given", err)
		}
		if _, err := h.DropEndpoint(ctx, h.boss, e.ID, nil); err != nil {
			t.Errorf("DropEndpoint = %v", err)
		}
		_, err = h.FindEndpoint(ctx, h.boss, e.ID)
		wantCode(t, "FindEndpoint of one that was dropped", err, license.NotFound)
		log, err := h.ListEvents(ctx, h.boss, office.Page{Limit: 5})
		h.ok(err)
		if want := "webhook_endpoint.dropped webhook_endpoint.secret_rotated webhook_endpoint.enabled webhook_endpoint.disabled webhook_endpoint.created"; kinds(log) != want {
			t.Errorf("events = %s, want %s", kinds(log), want)
		}
		for _, e := range log {
			for _, v := range e.Data {
				if text, ok := v.(string); ok && (strings.Contains(text, "hidden") || strings.Contains(text, "whsec_")) {
					t.Errorf("%s tells a secret: %s", e.Kind, text)
				}
			}
		}
	})
}

func TestWebhookEndpointsAreRefused(t *testing.T) {
	t.Parallel()
	forEachHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		for name, n := range map[string]office.NewEndpoint{
			"no-address":   {URL: "shop"},
			"plain":        {URL: "http://example.com/"},
			"private":      {URL: "https://10.0.0.1/"},
			"metadata":     {URL: "https://169.254.169.254/latest"},
			"password":     {URL: "https://ann:pw@example.com/"},
			"no-kind":      {URL: "https://example.com/", Kinds: []string{"license"}},
			"part-of-kind": {URL: "https://example.com/", Kinds: []string{"lic*"}},
			"blank":        {URL: "https://example.com/", Kinds: []string{"license.issued order.created"}},
			"description":  {URL: "https://example.com/", Description: "a\nb"},
		} {
			_, _, err := h.CreateEndpoint(ctx, h.boss, n)
			wantCode(t, "CreateEndpoint "+name, err, license.Invalid)
		}
		made := office.WebhookEndpoint{}
		for range 20 {
			e, _, err := h.CreateEndpoint(ctx, h.boss, office.NewEndpoint{URL: "https://example.com/"})
			h.ok(err)
			made = e
		}
		_, _, err := h.CreateEndpoint(ctx, h.boss, office.NewEndpoint{URL: "https://example.com/"})
		wantCode(t, "CreateEndpoint beyond 20", err, license.Conflict)

		reader, other, narrow := h.boss, h.boss, identity.Actor{Kind: identity.ClientApp, Tenant: h.tenant, Scopes: identity.AllScopes(), Products: []license.ProductID{1}}
		reader.Role = identity.ReadOnly
		tenant, err := h.CreateTenant(ctx, operator(), "other", "Other")
		h.ok(err)
		other.Tenant = tenant.ID
		for name, who := range map[string]struct {
			actor identity.Actor
			read  license.Code
			write license.Code
		}{
			"S0-06_other_tenant": {other, license.NotFound, license.NotFound},
			"read_only":          {reader, "", license.Forbidden},
			"narrowed":           {narrow, license.Forbidden, license.Forbidden},
			"nobody":             {identity.Actor{}, license.Unauthenticated, license.Unauthenticated},
		} {
			t.Run(name, func(t *testing.T) {
				_, find := h.FindEndpoint(ctx, who.actor, made.ID)
				_, list := h.ListDeliveries(ctx, who.actor, made.ID, "", office.Page{})
				for _, err := range []error{find, list} {
					if got := license.CodeOf(err); got != who.read {
						t.Errorf("reading = %v, want %q", err, who.read)
					}
				}
				_, change := h.ChangeEndpoint(ctx, who.actor, made.ID, office.EndpointChange{})
				_, enable := h.EnableEndpoint(ctx, who.actor, made.ID, false)
				_, _, rotate := h.RotateEndpointSecret(ctx, who.actor, made.ID)
				_, drop := h.DropEndpoint(ctx, who.actor, made.ID, nil)
				_, replay := h.ReplayDelivery(ctx, who.actor, made.ID, 1)
				_, since := h.ReplaySince(ctx, who.actor, made.ID, 0)
				for i, err := range []error{change, enable, rotate, drop, replay, since} {
					if got := license.CodeOf(err); got != who.write {
						t.Errorf("change %d = %v, want %q", i, err, who.write)
					}
				}
			})
		}
		_, err = h.TestEndpoint(ctx, h.boss, made.ID)
		want(t, "TestEndpoint without a sender", err, license.OutsideFailed)
	})
}

func TestWebhookReplays(t *testing.T) {
	t.Parallel()
	forEachHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		sender := h.post()
		var status atomic.Int64
		status.Store(200)
		var ids []string // of what the endpoint was given
		e, _ := h.endpoint(&status, func(r *http.Request) { ids = append(ids, r.Header.Get("webhook-id")) })
		deliver := func() []string {
			t.Helper()
			testkit.SettleFeed(t, h.store, h.tenant)
			ids = nil
			h.ok(sender.Deliver(ctx))
			return ids
		}
		h.product("app", office.TermsChange{})
		first := deliver()
		if len(first) < 2 {
			t.Fatalf("the endpoint was given %v, want its own creation and that of a product", first)
		}
		log, err := h.ListDeliveries(ctx, h.boss, e.ID, store.WebhookDelivered, office.Page{})
		h.ok(err)
		again, err := h.ReplayDelivery(ctx, h.boss, e.ID, log[0].ID)
		h.ok(err)
		if again.State != store.WebhookWaiting || again.Event != log[0].Event || again.ID == log[0].ID {
			t.Errorf("ReplayDelivery = %+v", again)
		}
		if got := deliver(); len(got) != 2 || got[0] != first[len(first)-1] {
			t.Errorf("after a replay the endpoint was given %v, want %s and the event of the replay", got, first[len(first)-1])
		}
		_, err = h.ReplayDelivery(ctx, h.boss, e.ID, again.ID+1000)
		wantCode(t, "ReplayDelivery of none", err, license.NotFound)
		if _, err := h.ReplaySince(ctx, h.boss, e.ID, log[len(log)-1].Event); err != nil {
			t.Fatal(err)
		}
		if got := deliver(); len(got) != len(first)+1 || !slices.Equal(got[:len(first)-1], first[1:]) {
			t.Errorf("since the first event the endpoint was given %v, want %v and two replays", got, first[1:])
		}
		_, err = h.ReplaySince(ctx, h.boss, e.ID, license.EventID(1))
		wantCode(t, "ReplaySince no event", err, license.Invalid)

		d, err := h.TestEndpoint(ctx, h.boss, e.ID)
		if err != nil || d.State != store.WebhookDelivered || d.ID == 0 || d.Status != 200 || !strings.HasPrefix(ids[len(ids)-1], "test_") {
			t.Errorf("TestEndpoint = %+v, %v", d, err)
		}
		_, err = h.ReplayDelivery(ctx, h.boss, e.ID, d.ID)
		wantCode(t, "ReplayDelivery of a test", err, license.Conflict)
		calls := len(ids)
		if _, err := h.Rehearsal().TestEndpoint(ctx, h.boss, e.ID); err != nil || len(ids) != calls {
			t.Errorf("a rehearsal reaches the endpoint (%v)", err)
		}
	})
}

// An endpoint that rests goes on when people try it out with success, or switch it on; with skip it is told of nothing that is over.
func TestWebhookEndpointGoesOn(t *testing.T) {
	t.Parallel()
	forEachHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		sender := h.post()
		var status, given atomic.Int64
		status.Store(500)
		e, _ := h.endpoint(&status, func(*http.Request) { given.Add(1) })
		deliver := func(when string, want int64) {
			t.Helper()
			testkit.SettleFeed(t, h.store, h.tenant)
			given.Store(0)
			h.ok(sender.Deliver(ctx))
			if got := given.Load(); got != want {
				t.Errorf("%s it was given %d events, want %d", when, got, want)
			}
		}
		for i := range 6 {
			h.product("app-"+string(rune('a'+i)), office.TermsChange{})
		}
		deliver("while it fails", 5)
		for range 4 {
			h.advance(20 * 60 * 1e9)
			deliver("at each look", 1)
		}
		deliver("while it rests", 0)
		d, err := h.TestEndpoint(ctx, h.boss, e.ID)
		if err != nil || d.State != store.WebhookFailed || d.Status != 500 {
			t.Errorf("TestEndpoint = %+v, %v", d, err)
		}
		deliver("after a test that failed", 0)
		status.Store(200)
		if _, err := h.TestEndpoint(ctx, h.boss, e.ID); err != nil {
			t.Fatal(err)
		}
		all, err := h.Feed(ctx, h.boss, 0, 1000)
		h.ok(err)
		at := slices.IndexFunc(all, func(x license.StoredEvent) bool { return x.Kind == license.WebhookEndpointCreated })
		deliver("after a test that went well", int64(len(all)-at))

		_, err = h.ChangeEndpoint(ctx, h.boss, e.ID, office.EndpointChange{Enabled: ptr(false)})
		h.ok(err)
		h.product("missed", office.TermsChange{})
		deliver("while it is off", 0)
		_, err = h.EnableEndpoint(ctx, h.boss, e.ID, true)
		h.ok(err)
		deliver("when it is on again from now on", 1)
	})
}

func TestFeed(t *testing.T) {
	t.Parallel()
	forEachHouse(t, func(t *testing.T, h *house) {
		ctx, stop := context.WithCancel(t.Context())
		h.product("app", office.TermsChange{})
		testkit.SettleFeed(t, h.store, h.tenant)
		begin, err := h.FeedEnd(ctx, h.boss)
		h.ok(err)
		all, err := h.Feed(ctx, h.boss, 0, 0)
		h.ok(err)
		if len(all) == 0 || all[len(all)-1].ID != begin || all[0].Kind != license.TenantCreated {
			t.Errorf("Feed = %s, which ends at %d", kinds(all), begin)
		}
		_, err = h.Feed(ctx, h.boss, begin+1, 0)
		wantCode(t, "Feed after no event", err, license.Invalid)
		nobody := h.boss
		nobody.Role = identity.Support
		_, err = h.Feed(ctx, nobody, 0, 0)
		want(t, "Feed of one who may not", err, license.PermissionMissing)

		got := make(chan license.StoredEvent, 100)
		ended := make(chan error, 1)
		go func() {
			ended <- h.Follow(ctx, h.boss, begin, func(list []license.StoredEvent) error {
				for _, e := range list {
					got <- e
				}
				return nil
			})
		}()
		var have, want []license.EventKind
		for i := range 3 {
			h.product("next-"+string(rune('a'+i)), office.TermsChange{})
		}
		after, err := h.ListEvents(ctx, h.boss, office.Page{})
		h.ok(err)
		for _, e := range after {
			if e.ID > begin {
				want = append(want, e.Kind)
			}
		}
		slices.Reverse(want)
		for range want {
			have = append(have, (<-got).Kind)
		}
		if !slices.Equal(have, want) {
			t.Errorf("Follow gave %v, want %v", have, want)
		}
		stop()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("Follow = %v, want the end of its context", err)
		}
		full := errors.New("full")
		if err := h.Follow(t.Context(), h.boss, 0, func([]license.StoredEvent) error { return full }); !errors.Is(err, full) {
			t.Errorf("Follow = %v, want the error of who is told", err)
		}
	})
}
