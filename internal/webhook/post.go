package webhook

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unicode"

	"licet/internal/license"
	"licet/internal/outbound"
	"licet/internal/signing"
	"licet/internal/store"
)

const (
	postWait  = 10 * time.Second // for an answer
	postGrace = 3 * time.Second  // of it, once the server stops
	keptReply = 300              // characters of an answer
	agent     = "Licet-Webhooks"
)

// message is the body of a webhook.
type message struct {
	Type      license.EventKind `json:"type"`
	Timestamp license.Time      `json:"timestamp"` // of the event
	Data      messageData       `json:"data"`
}

type messageData struct {
	ID      license.EventID    `json:"id"`
	Actor   string             `json:"actor"`
	License *license.LicenseID `json:"license_id"`
	Subject *int64             `json:"subject_id"` // device, order, product, user, as the type says
	Details map[string]any     `json:"details"`
}

// Body returns what is posted of an event: its type, its time, and as data its id, who did it, what it is about, and details.
func Body(e *license.StoredEvent) ([]byte, error) {
	m := message{Type: e.Kind, Timestamp: e.At, Data: messageData{ID: e.ID, Actor: e.Actor, Details: e.Data}}
	if e.License != 0 {
		m.Data.License = &e.License
	}
	if e.Subject != 0 {
		m.Data.Subject = &e.Subject
	}
	if m.Data.Details == nil {
		m.Data.Details = map[string]any{}
	}
	return json.Marshal(m)
}

// TestKind is the type of what Test sends.
const TestKind license.EventKind = "endpoint.test"

// attempt is what came of a post.
type attempt struct {
	status int    // HTTP status; 0 is no answer
	reply  string // beginning of the answer, or why there was none
	millis int64
	cut    bool // the server stops; nobody knows what came of it
}

func (a *attempt) ok() bool   { return a.status >= 200 && a.status <= 299 }
func (a *attempt) gone() bool { return a.status == http.StatusGone }

// note puts an attempt at now into the log of a delivery.
func (a *attempt) note(d *store.WebhookDelivery, now license.Time) {
	d.Attempts++
	d.Status, d.Reply, d.Millis, d.Tried = a.status, a.reply, a.millis, now
}

// secretsOf opens what deliveries to an endpoint are signed with: the secret, and for a while the one before it.
func (s *Sender) secretsOf(e *store.WebhookEndpoint) ([]signing.WebhookSecret, error) {
	sealed := [][]byte{e.Secret}
	if len(e.OldSecret) > 0 && s.d.Now() < e.OldUntil {
		sealed = append(sealed, e.OldSecret)
	}
	var out []signing.WebhookSecret
	for _, one := range sealed {
		text, err := s.d.Keyring.Open(e.Context(), one)
		if err != nil {
			return nil, err
		}
		secret, err := signing.ParseWebhookSecret(string(text))
		if err != nil {
			return nil, err
		}
		out = append(out, secret)
	}
	return out, nil
}

// post sends one message to an endpoint.
func (s *Sender) post(ctx context.Context, e *store.WebhookEndpoint, id string, body []byte) (a attempt) {
	begun := s.d.Now()
	defer func() { a.millis = max(s.d.Now().Sub(begun).Milliseconds(), 0) }()
	secrets, err := s.secretsOf(e)
	if err != nil {
		return attempt{reply: "the secret of the endpoint cannot be opened; make a new one"}
	}
	h := signing.SignWebhook(id, begun, body, secrets...)
	sent, cancel := outlive(ctx, postGrace)
	defer cancel()
	answer, err := s.client.Fetch(sent, outbound.Request{
		Method: http.MethodPost, URL: e.URL, ContentType: "application/json", UserAgent: agent, Body: string(body),
		Header:   [][2]string{{"webhook-id", h.ID}, {"webhook-timestamp", h.Timestamp}, {"webhook-signature", h.Signature}},
		MaxBytes: 4 << 10, Clip: true, MaxTime: postWait,
	})
	if err != nil {
		return attempt{reply: why(err), cut: sent.Err() != nil}
	}
	return attempt{status: answer.Status, reply: printable(string(answer.Body))}
}

// outlive returns a context that ends only so long after ctx.
func outlive(ctx context.Context, grace time.Duration) (context.Context, context.CancelFunc) {
	out, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		select {
		case <-out.Done():
		case <-time.After(grace):
			cancel()
		}
	})
	return out, func() { stop(); cancel() }
}

// why says in words of ours why there was no answer: what the network says may name hosts of the operator.
func why(err error) string {
	var timeout net.Error
	lookUp, isLookUp := errors.AsType[*net.DNSError](err)
	_, isCertificate := errors.AsType[*tls.CertificateVerificationError](err)
	_, isAlert := errors.AsType[tls.AlertError](err)
	_, isRecord := errors.AsType[tls.RecordHeaderError](err)
	switch {
	case errors.Is(err, license.OutsideRefused):
		return "the address is not public, so it is not called"
	case license.CodeOf(err) == license.Invalid:
		return "the address is none"
	case isLookUp && lookUp.IsNotFound:
		return "there is no host of that name"
	case isLookUp:
		return "the name of the host could not be looked up"
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return "there was no answer within " + strconv.Itoa(int(postWait.Seconds())) + " seconds"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "the connection was refused"
	case isCertificate:
		return "the certificate is not to be trusted"
	case isAlert, isRecord, errors.Is(err, http.ErrSchemeMismatch):
		return "the connection could not be encrypted"
	}
	return "the connection broke"
}

// printable keeps the beginning of an answer, on one line.
func printable(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "?"))
	runes := []rune(strings.TrimSpace(text))
	return string(runes[:min(len(runes), keptReply)])
}

// idOf is the webhook-id of an event, the same at each try.
func idOf(id license.EventID) string { return strconv.FormatInt(int64(id), 10) }

// Test sends a message that says it is a test, and returns what came of it, for the log of deliveries. It stores nothing. Name makes
// the webhook-id, test_NAME; no full stop in it.
func (s *Sender) Test(ctx context.Context, e *store.WebhookEndpoint, name string) (store.WebhookDelivery, error) {
	now := s.d.Now()
	d := store.WebhookDelivery{Tenant: e.Tenant, Endpoint: e.ID, Kind: TestKind, State: store.WebhookFailed, Created: now}
	event := license.StoredEvent{Tenant: e.Tenant, At: now, Actor: "system", Event: license.Event{
		Kind: TestKind, Subject: int64(e.ID), Data: map[string]any{"description": e.Description}}}
	body, err := Body(&event)
	if err != nil {
		return d, err
	}
	a := s.post(ctx, e, "test_"+name, body)
	s.client.CloseIdle()
	a.note(&d, now)
	if a.ok() {
		d.State = store.WebhookDelivered
	}
	return d, nil
}
