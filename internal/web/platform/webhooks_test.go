package platform

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/outbound"
	"licet/internal/signing"
	"licet/internal/store"
	"licet/internal/testkit"
	"licet/internal/webhook"
)

func TestWebhookPages(t *testing.T) {
	t.Parallel()
	var status atomic.Int64
	status.Store(http.StatusOK)
	var calls atomic.Int64
	sink := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		calls.Add(1)
		w.WriteHeader(int(status.Load()))
		_, _ = w.Write([]byte("<b>taken</b>")) // The sender may have gone.
	}))
	t.Cleanup(sink.Close)
	db := testkit.OpenSQLite(t)
	var sender *webhook.Sender
	s := bareSite(t, db, func(o *office.Deps, _ *Deps) {
		sender = webhook.New(webhook.Deps{Store: db, Keyring: signing.NewKeyring(signing.MasterKey{1}), Now: o.Now, Outside: outbound.Options{AllowPlain: true}})
		o.Outside, o.Webhooks = outbound.New(outbound.Options{AllowPlain: true}), sender
	})
	tenant, err := s.office.CreateTenant(t.Context(), s.host(), "acme", "Acme Software")
	if err != nil {
		t.Fatal(err)
	}
	s.operator = office.In(s.host(), tenant.ID)
	owner := s.as(identity.Owner)
	owner.get("/webhooks").want(http.StatusOK, "Nobody is told yet", "New webhook")
	owner.get("/webhooks/new").want(http.StatusOK, "Nothing ticked is everything", `name="_once"`)
	owner.post("/webhooks", url.Values{"url": {"ftp://acme.example"}, "more": {"license.issued"}}).want(http.StatusUnprocessableEntity, `value="ftp://acme.example"`, `value="license.issued"`, `aria-invalid="true"`)
	owner.post("/webhooks", url.Values{"url": {sink.URL}, "more": {"no such kind!"}}).want(http.StatusUnprocessableEntity, `aria-invalid="true"`)

	testkit.SettleFeed(t, db, tenant.ID)
	made := owner.post("/webhooks", url.Values{"url": {sink.URL + "/hook"}, "description": {"The shop"}}).want(http.StatusOK, "Webhook created", "it is not shown again")
	secret := made.found(`data-copy>(whsec_[^<]+)<`)
	at := strings.TrimPrefix(made.found(`href="([^"]+/webhooks/\d+)"`), base)
	owner.get(at).want(http.StatusOK, sink.URL+"/hook", "The shop", "No deliveries here").lacks(secret)
	owner.get("/webhooks").want(http.StatusOK, "The shop", at).lacks(secret)

	deliver := func() {
		t.Helper()
		testkit.SettleFeed(t, db, tenant.ID)
		if err := sender.Deliver(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	deliveries := func(state store.WebhookState) int {
		t.Helper()
		var id int64
		if _, err := fmt.Sscanf(at, "/webhooks/%d", &id); err != nil {
			t.Fatal(err)
		}
		list, err := s.office.ListDeliveries(t.Context(), s.operator, store.WebhookEndpointID(id), state, office.Page{Limit: 100})
		if err != nil {
			t.Fatal(err)
		}
		return len(list)
	}
	t.Run("edit", func(t *testing.T) {
		owner.get(at+"/edit").want(http.StatusOK, `value="The shop"`)
		owner.post(at, url.Values{"url": {"nonsense"}, "kinds": {"license.*"}}).want(http.StatusUnprocessableEntity, `value="nonsense"`)
		owner.post(at, url.Values{"url": {sink.URL + "/hook"}, "description": {"The new shop"}, "kinds": {"product.*"}, "more": {"key.revoked, license.issued"}}).want(http.StatusOK, "The webhook was changed", "The new shop", "product.*").wantPath(at)
		owner.get(at+"/edit").want(http.StatusOK, `value="product.*" checked`, `value="key.revoked license.issued"`)
	})
	t.Run("test", func(t *testing.T) {
		owner.post(at+"/test", nil).want(http.StatusOK, "A test was sent", "200 &lt;b&gt;taken").lacks("<b>taken")
	})
	if _, err := s.office.CreateProduct(t.Context(), s.operator, office.NewProduct{Code: "app", Name: "App"}); err != nil {
		t.Fatal(err)
	}
	deliver()
	t.Run("replay", func(t *testing.T) {
		page := owner.get(at+"?state=delivered").want(http.StatusOK, "product.created", "Replay")
		before := calls.Load()
		replay := strings.TrimPrefix(page.found(`action="([^"]+/deliveries/\d+/replay)"`), base)
		owner.post(replay, nil).want(http.StatusOK, "The event is sent once more").wantPath(at)
		if n := deliveries(store.WebhookWaiting); n != 1 {
			t.Errorf("%d deliveries wait after a replay, want 1", n)
		}
		deliver()
		if calls.Load() != before+1 {
			t.Errorf("a replay made %d calls, want 1", calls.Load()-before)
		}
		owner.post(at+"/deliveries/999999/replay", nil).lacks("The event is sent once more")
		owner.get(at+"?state=failed").want(http.StatusOK, "No deliveries here")
		owner.get(at + "?state=nonsense").want(http.StatusOK)
	})
	t.Run("replay_since", func(t *testing.T) {
		before := calls.Load()
		owner.post(at+"/replay", url.Values{"since": {"yesterday"}}).lacks("Events are being sent once more")
		owner.post(at+"/replay", url.Values{"since": {""}}).want(http.StatusOK, "Events are being sent once more")
		deliver()
		if calls.Load() == before {
			t.Error("nothing was sent again")
		}
		before = calls.Load()
		s.advance(time.Hour)
		owner.post(at+"/replay", url.Values{"since": {license.Time(s.clock.Load()).UTC().Format("2006-01-02T15:04")}}).want(http.StatusOK, "Events are being sent once more")
		deliver()
		if calls.Load() != before {
			t.Errorf("%d events since now were sent again", calls.Load()-before)
		}
	})
	t.Run("off_and_on", func(t *testing.T) {
		off := owner.post(at+"/disable", nil).want(http.StatusOK, "The webhook is off", "Undo", "Switch on from now")
		if undo := off.found(`action="([^"]+/enable)"`); undo != base+at+"/enable" {
			t.Errorf("Undo goes to %s", undo)
		}
		owner.post(at+"/enable", nil).want(http.StatusOK, "The webhook is on again").lacks("This webhook is off")
		owner.post(at+"/disable", nil)
		owner.post(at+"/skip", nil).want(http.StatusOK, "The webhook is on again")
		owner.post(at+"/nonsense", nil).lacks("on again")
	})
	t.Run("failing", func(t *testing.T) {
		status.Store(http.StatusInternalServerError)
		if _, err := s.office.CreateProduct(t.Context(), s.operator, office.NewProduct{Code: "other", Name: "Other"}); err != nil {
			t.Fatal(err)
		}
		deliver()
		owner.get(at).want(http.StatusOK, "The last attempt failed", "500 &lt;b&gt;taken", "Failing")
		status.Store(http.StatusOK)
	})
	t.Run("readers", func(t *testing.T) {
		s.as(identity.ReadOnly).get(at).want(http.StatusOK, "product.created").lacks("Send a test", "Delete for ever", "New secret", ">Replay<")
		s.as(identity.ReadOnly).post(at+"/delete", nil).want(http.StatusOK, notAllowed)
	})
	t.Run("delete", func(t *testing.T) {
		owner.post(at+"/delete", nil).want(http.StatusOK, "The webhook was deleted", "Nobody is told yet").wantPath("/webhooks")
		owner.get(at).want(http.StatusNotFound, "Not here")
		owner.post(at+"/delete", nil).lacks("The webhook was deleted")
	})
}
