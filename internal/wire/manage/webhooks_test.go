package manage

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"licet/internal/authority"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/outbound"
	"licet/internal/store"
	"licet/internal/testkit"
	hooks "licet/internal/webhook"
	"licet/internal/wire/api"
	"licet/internal/wire/api/apitest"
	"licet/internal/wire/wiretest"
)

// postOffice is a site that sends webhooks, and an address that takes them.
type postOffice struct {
	*apitest.Site
	sender *hooks.Sender
	db     *store.Store
	url    string // of the sink

	mu     sync.Mutex // guards the rest
	status int
	ids    []string // of what the sink was given
	check  *standardwebhooks.Webhook
	faults []error // of signatures
}

// ServeHTTP takes a delivery.
func (p *postOffice) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	p.mu.Lock()
	defer p.mu.Unlock()
	if err == nil && p.check != nil {
		err = p.check.VerifyIgnoringTimestamp(body, r.Header) // The clock of the site stands still.
	}
	if err != nil {
		p.faults = append(p.faults, err)
	}
	p.ids = append(p.ids, r.Header.Get("webhook-id"))
	w.WriteHeader(p.status)
}

// given returns what the sink was given since it was asked the last time.
func (p *postOffice) given() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	ids := p.ids
	p.ids = nil
	return ids
}

// answer is what the sink answers from now on, expecting signatures by a secret.
func (p *postOffice) answer(t *testing.T, status int, secret string) {
	t.Helper()
	check, err := standardwebhooks.NewWebhook(secret)
	if err != nil {
		t.Fatal(err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.status, p.check = status, check
}

// deliver sends what is to be sent, and returns the ids of it.
func (p *postOffice) deliver(t *testing.T) []string {
	t.Helper()
	testkit.SettleFeed(t, p.db, p.Operator.Tenant)
	if err := p.sender.Deliver(t.Context()); err != nil {
		t.Fatal(err)
	}
	return p.given()
}

func forEachPostOffice(t *testing.T, test func(*testing.T, *postOffice)) {
	t.Helper()
	testkit.ForEachDB(t, func(t *testing.T, open func(testing.TB) *store.Store) {
		p := &postOffice{db: open(t), status: http.StatusOK}
		sink := httptest.NewServer(p)
		t.Cleanup(sink.Close)
		p.url = sink.URL + "/hook"
		w := wiretest.NewWith(t, p.db, func(_ *authority.Deps, d *office.Deps) {
			local := outbound.Options{AllowPrivate: true}
			p.sender = hooks.New(hooks.Deps{Store: p.db, Keyring: d.Keyring, Now: d.Now, Outside: local})
			d.Webhooks, d.Outside = p.sender, outbound.New(local)
		})
		p.Site = apitest.NewIn(t, w, func(a *api.API, w *wiretest.World) { Add(a, Deps{Now: w.Now, Authority: w.Authority}) })
		testkit.SettleFeed(t, p.db, w.Operator.Tenant)
		test(t, p)
		p.mu.Lock()
		defer p.mu.Unlock()
		if len(p.faults) > 0 {
			t.Errorf("the sink does not take the signatures: %v", p.faults)
		}
	})
}

const hookPath = "/v1/webhook-endpoints"

func TestWebhookEndpoints(t *testing.T) {
	t.Parallel()
	forEachPostOffice(t, func(t *testing.T, p *postOffice) {
		tried := p.Post(t, hookPath+"?dry_run=true", object{"url": p.url}).Want(201)
		if none := p.Get(t, hookPath).Want(200); none.Len("data") != 0 || tried.Text("secret") != "" {
			t.Errorf("after a dry run that answered %s there is %s", tried.Raw, none.Raw)
		}
		made := p.Post(t, hookPath, object{"url": p.url, "description": "shop", "kinds": []string{"product.*", "product.*"}}).Want(201)
		path := hookPath + "/" + made.Text("id")
		if !strings.HasPrefix(made.Text("secret"), "whsec_") || made.Header.Get("Location") != path || made.Len("kinds") != 1 || made.Text("enabled") != "true" {
			t.Errorf("the endpoint is %s", made.Raw)
		}
		shown := p.Get(t, path).Want(200)
		if strings.Contains(string(shown.Raw), "secret") {
			t.Errorf("the secret is shown again: %s", shown.Raw)
		}
		if list := p.Get(t, hookPath).Want(200); list.Len("data") != 1 || list.Text("data.0.url") != p.url {
			t.Errorf("the list is %s", list.Raw)
		}
		p.answer(t, 200, made.Text("secret"))
		p.Post(t, "/v1/products", object{"code": "app", "name": "App"}).Want(201)
		if given := p.deliver(t); len(given) != 1 {
			t.Errorf("the sink was given %v, want the product alone", given)
		}

		// Deliveries do not outdate what people know.
		match := map[string]string{"If-Match": shown.Header.Get("Etag")}
		change := apitest.Call{Method: http.MethodPatch, Path: path, Body: object{"description": nil, "kinds": []string{"*"}}, Header: match}
		changed := p.Do(t, change).Want(200)
		again := p.Do(t, apitest.Call{Method: http.MethodGet, Path: path, Header: map[string]string{"If-None-Match": changed.Header.Get("Etag")}}).Want(200)
		if changed.At("description") != nil || string(again.Raw) != string(changed.Raw) || changed.Text("cursor") == shown.Text("cursor") {
			t.Errorf("the endpoint is %s, then %s, want it changed and its cursor moved", changed.Raw, again.Raw)
		}
		p.Do(t, change).Refused(412, "conflict")
		if off := p.Patch(t, path, object{"enabled": false}).Want(200); off.Text("enabled") != "false" || off.Text("disabled_reason") == "" {
			t.Errorf("switched off it is %s", off.Raw)
		}
		if given := p.deliver(t); len(given) != 0 {
			t.Errorf("the sink was given %v while it is off", given)
		}
		if on := p.Post(t, path+"/enable", object{"skip": true}).Want(200); on.Text("enabled") != "true" || on.At("disabled_reason") != nil {
			t.Errorf("switched on it is %s", on.Raw)
		}

		p.Post(t, path+"/rotate-secret?dry_run=true", nil).Want(200)
		rotated := p.Post(t, path+"/rotate-secret", nil).Want(200)
		if rotated.Text("secret") == made.Text("secret") || rotated.Text("secret") == "" {
			t.Errorf("rotate-secret = %s, want another secret", rotated.Raw)
		}
		for _, secret := range []string{made.Text("secret"), rotated.Text("secret")} {
			p.answer(t, 200, secret)
			p.Post(t, path+"/test", nil).Want(200)
		}
		p.Do(t, apitest.Call{Method: http.MethodDelete, Path: path, Header: match}).Refused(412, "conflict")
		p.Delete(t, path+"?dry_run=true").Want(200)
		if gone := p.Delete(t, path).Want(200); gone.Text("id") != made.Text("id") {
			t.Errorf("deleted is %s", gone.Raw)
		}
		p.Get(t, path).Refused(404, "not_found")
	})
}

func TestWebhookEndpointsAreRefused(t *testing.T) {
	t.Parallel()
	forEachPostOffice(t, func(t *testing.T, p *postOffice) {
		p.Post(t, hookPath, object{"url": "shop"}).Refused(400, "url")
		p.Post(t, hookPath, object{"url": p.url, "kinds": []string{"license"}}).Refused(400, "kinds")
		p.Post(t, hookPath, object{"url": p.url, "kind": "*"}).Refused(400, "kind")
		const none = hookPath + "/7"
		for path, body := range map[string]any{
			"/rotate-secret": nil, "/test": nil, "/enable": object{}, "/replay": object{"after": 0}, "/deliveries/8/replay": nil,
		} {
			p.Post(t, none+path, body).Refused(404, "not_found")
		}
		p.Patch(t, none, object{"enabled": true}).Refused(404, "not_found")
		p.Delete(t, none).Refused(404, "not_found")
		p.Get(t, none+"/deliveries").Refused(404, "not_found")
		made := p.Post(t, hookPath, object{"url": p.url}).Want(201)
		path := hookPath + "/" + made.Text("id")
		p.Get(t, path+"/deliveries?state=lost").Refused(400, "state")
		p.Post(t, path+"/replay", object{"after": 7}).Refused(400, "after")
		p.Post(t, path+"/replay", object{}).Refused(400, "after")

		reader := tokenFor(t, p.Site, "webhooks:read")
		p.Do(t, apitest.Call{Method: http.MethodGet, Path: path, Token: reader}).Want(200)
		for _, call := range []apitest.Call{
			{Method: http.MethodPost, Path: hookPath, Body: object{"url": p.url}}, {Method: http.MethodPatch, Path: path, Body: object{"enabled": false}},
			{Method: http.MethodDelete, Path: path}, {Method: http.MethodPost, Path: path + "/test"}, {Method: http.MethodPost, Path: path + "/rotate-secret"},
			{Method: http.MethodPost, Path: path + "/enable", Body: object{}}, {Method: http.MethodPost, Path: path + "/replay", Body: object{"after": 0}},
		} {
			call.Token = reader
			p.Do(t, call).Refused(403, string(license.PermissionMissing))
		}
		p.Do(t, apitest.Call{Method: http.MethodGet, Path: path + "/deliveries", Token: tokenFor(t, p.Site, "audit:read")}).Refused(403, string(license.PermissionMissing))
	})
}

func TestWebhookDeliveries(t *testing.T) {
	t.Parallel()
	forEachPostOffice(t, func(t *testing.T, p *postOffice) {
		made := p.Post(t, hookPath, object{"url": p.url, "kinds": []string{"product.*"}}).Want(201)
		path := hookPath + "/" + made.Text("id")
		p.answer(t, 500, made.Text("secret"))
		p.Post(t, "/v1/products", object{"code": "one", "name": "One"}).Want(201)
		first := p.deliver(t)
		waiting := p.Get(t, path+"/deliveries?state=waiting").Want(200)
		if waiting.Len("data") != 1 || waiting.Text("data.0.status") != "500" || waiting.Text("data.0.event_id") != first[0] || waiting.At("data.0.next_at") == nil {
			t.Errorf("what waits is %s, want %v", waiting.Raw, first)
		}
		if failing := p.Get(t, path).Want(200); failing.Text("failures") != "1" || failing.At("failing_since") == nil {
			t.Errorf("the endpoint is %s, want it failing", failing.Raw)
		}
		p.answer(t, 204, made.Text("secret"))
		p.Post(t, "/v1/products", object{"code": "two", "name": "Two"}).Want(201)
		second := p.deliver(t)
		done := p.Get(t, path+"/deliveries?state=delivered").Want(200)
		if done.Len("data") != 1 || done.Text("data.0.status") != "204" || done.Text("data.0.type") != string(license.ProductCreated) {
			t.Errorf("what was delivered is %s, want %v", done.Raw, second)
		}
		if page := p.Get(t, path+"/deliveries?limit=1").Want(200); page.Len("data") != 1 ||
			p.Get(t, path+"/deliveries?limit=1&cursor="+page.Text("next")).Want(200).Text("data.0.event_id") != first[0] {
			t.Errorf("the first page is %s, want the newest", page.Raw)
		}

		one := fmt.Sprintf("%s/deliveries/%s/replay", path, done.Text("data.0.id"))
		p.Post(t, one+"?dry_run=true", nil).Want(200)
		if again := p.Post(t, one, nil).Want(200); again.Text("state") != "waiting" || again.Text("event_id") != second[0] {
			t.Errorf("replay = %s", again.Raw)
		}
		if given := p.deliver(t); !slices.Equal(given, second) {
			t.Errorf("after a replay the sink was given %v, want %v", given, second)
		}
		p.Post(t, path+"/replay?dry_run=true", object{"after": 0}).Want(200)
		p.Post(t, path+"/replay", object{"after": 0}).Want(200)
		if given := p.deliver(t); !slices.Equal(given, slices.Concat(first, second)) {
			t.Errorf("since the beginning the sink was given %v, want %v and %v", given, first, second)
		}
	})
}

func TestWebhookTests(t *testing.T) {
	t.Parallel()
	forEachPostOffice(t, func(t *testing.T, p *postOffice) {
		made := p.Post(t, hookPath, object{"url": p.url}).Want(201)
		path := hookPath + "/" + made.Text("id")
		p.answer(t, 200, made.Text("secret"))
		dry := p.Post(t, path+"/test?dry_run=true", nil).Want(200)
		if given := p.given(); len(given) != 0 || dry.Text("state") != "waiting" || dry.Text("type") != "endpoint.test" || dry.At("id") != nil {
			t.Errorf("a dry run answers %s and sends %v, want nothing sent", dry.Raw, given)
		}
		if log := p.Get(t, path+"/deliveries").Want(200); log.Len("data") != 0 {
			t.Errorf("after a dry run the log is %s, want it empty", log.Raw)
		}
		for status, want := range map[int]string{200: "delivered", 503: "failed"} {
			p.answer(t, status, made.Text("secret"))
			got := p.Post(t, path+"/test", nil).Want(200)
			if got.Text("state") != want || got.Text("status") != fmt.Sprint(status) || got.At("event_id") != nil || len(p.given()) != 1 {
				t.Errorf("a test that is answered %d = %s, want %s", status, got.Raw, want)
			}
			p.Post(t, path+"/deliveries/"+got.Text("id")+"/replay", nil).Refused(409, "conflict")
		}
	})
}
