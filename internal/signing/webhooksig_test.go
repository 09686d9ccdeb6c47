package signing

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"pgregory.net/rapid"

	"licet/internal/license"
)

func webhookSecret(t testing.TB, text string) WebhookSecret {
	t.Helper()
	s, err := ParseWebhookSecret(text)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestWebhookVector is the example of the Standard Webhooks specification.
func TestWebhookVector(t *testing.T) {
	t.Parallel()
	secret := webhookSecret(t, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	body := []byte(`{"test": 2432232314}`)
	at := license.TimeOf(time.Unix(1614265330, 0))
	h := SignWebhook("msg_p5jXN8AQM9LWM0D4loKWxJek", at, body, secret)
	want := WebhookHeaders{ID: "msg_p5jXN8AQM9LWM0D4loKWxJek", Timestamp: "1614265330", Signature: "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="}
	if h != want {
		t.Errorf("SignWebhook = %+v, want %+v", h, want)
	}
	if err := h.Verify(body, at, secret); err != nil {
		t.Errorf("Verify = %v, want ok", err)
	}
}

// The official library makes the same signatures, and takes ours: one secret or two.
func TestWebhookByOthers(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		key := rapid.SliceOfN(rapid.Byte(), 24, 64).Draw(t, "key")
		secret, other := WebhookSecret{key}, WebhookSecret{bytes.Repeat([]byte{9}, 32)}
		id := fmt.Sprint(rapid.Int64Range(1, license.MaxID).Draw(t, "id"))
		seconds := rapid.Int64Range(0, 1<<33).Draw(t, "seconds")
		body := rapid.SliceOf(rapid.Byte()).Draw(t, "body")
		theirs, err := standardwebhooks.NewWebhook(secret.Reveal())
		if err != nil {
			t.Fatal(err)
		}
		want, err := theirs.Sign(id, time.Unix(seconds, 0), body)
		if err != nil {
			t.Fatal(err)
		}
		at := license.TimeOf(time.Unix(seconds, 0))
		if h := SignWebhook(id, at, body, secret); h.Signature != want {
			t.Errorf("SignWebhook = %s, want %s", h.Signature, want)
		}
		h := SignWebhook(id, at, body, other, secret)
		fields := http.Header{}
		fields.Set("webhook-id", h.ID)
		fields.Set("webhook-timestamp", h.Timestamp)
		fields.Set("webhook-signature", h.Signature)
		if err := theirs.VerifyIgnoringTimestamp(body, fields); err != nil {
			t.Errorf("the official library: %v", err)
		}
		if err := h.Verify(body, at, secret); err != nil {
			t.Errorf("Verify = %v, want ok", err)
		}
	})
}

func TestWebhookRefuses(t *testing.T) {
	t.Parallel()
	secret, err := NewWebhookSecret(nil)
	if err != nil {
		t.Fatal(err)
	}
	at := license.TimeOf(time.Unix(1614265330, 0))
	body := []byte("{}")
	good := SignWebhook("17", at, body, secret)
	for name, test := range map[string]struct {
		edit func(*WebhookHeaders)
		now  license.Time
		want error
	}{
		"good":      {func(*WebhookHeaders) {}, at, nil},
		"id":        {func(h *WebhookHeaders) { h.ID = "18" }, at, ErrSignature},
		"no-id":     {func(h *WebhookHeaders) { h.ID = "" }, at, ErrSignature},
		"full-stop": {func(h *WebhookHeaders) { *h = SignWebhook("1.7", at, body, secret) }, at, ErrSignature},
		"time":      {func(h *WebhookHeaders) { h.Timestamp = "1614265331" }, at, ErrSignature},
		"time-text": {func(h *WebhookHeaders) { h.Timestamp = "01614265330" }, at, ErrSignature},
		"old":       {func(*WebhookHeaders) {}, at.Add(301 * time.Second), ErrStale},
		"new":       {func(*WebhookHeaders) {}, at.Add(-301 * time.Second), ErrStale},
		"version":   {func(h *WebhookHeaders) { h.Signature = "v2" + h.Signature[2:] }, at, ErrSignature},
		"none":      {func(h *WebhookHeaders) { h.Signature = "" }, at, ErrSignature},
		"several":   {func(h *WebhookHeaders) { h.Signature = "v1a,xx v1,AAAA " + h.Signature }, at, nil},
	} {
		t.Run(name, func(t *testing.T) {
			h := good
			test.edit(&h)
			if err := h.Verify(body, test.now, secret); err != test.want {
				t.Errorf("Verify = %v, want %v", err, test.want)
			}
		})
	}
	if err := good.Verify([]byte("[]"), at, secret); err != ErrSignature {
		t.Errorf("Verify of another body = %v, want %v", err, ErrSignature)
	}
	none := SignWebhook("17", at, body, WebhookSecret{})
	if err := none.Verify(body, at, WebhookSecret{}); err != ErrSignature {
		t.Errorf("Verify without a secret = %v, want %v", err, ErrSignature)
	}
}

func TestWebhookSecret(t *testing.T) {
	t.Parallel()
	s, err := NewWebhookSecret(nil)
	if err != nil {
		t.Fatal(err)
	}
	if again := webhookSecret(t, s.Reveal()); !bytes.Equal(again.key, s.key) || len(s.key) != 32 {
		t.Errorf("ParseWebhookSecret of %d bytes = other bytes", len(s.key))
	}
	if _, err := NewWebhookSecret(strings.NewReader("short")); err == nil {
		t.Error("NewWebhookSecret without random bytes = ok, want an error")
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		if got := fmt.Sprintf(verb, s); got != redacted {
			t.Errorf("Sprintf(%s) = %s, want %s", verb, got, redacted)
		}
	}
	for _, text := range []string{"", "whsec_", "whsec_AAAA", strings.TrimPrefix(s.Reveal(), "whsec_"), s.Reveal() + "\n", "whsec_" + strings.Repeat("A", 88)} {
		if _, err := ParseWebhookSecret(text); err == nil {
			t.Errorf("ParseWebhookSecret(%q) = ok, want an error", text)
		}
	}
}

// FuzzWebhookSecret: a secret has one text.
func FuzzWebhookSecret(f *testing.F) {
	f.Add("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	f.Fuzz(func(t *testing.T, text string) {
		if s, err := ParseWebhookSecret(text); err == nil && s.Reveal() != text {
			t.Errorf("ParseWebhookSecret(%q) reveals %q", text, s.Reveal())
		}
	})
}

// FuzzWebhookVerify: nothing but what was signed verifies.
func FuzzWebhookVerify(f *testing.F) {
	secret := WebhookSecret{bytes.Repeat([]byte{3}, 32)}
	at := license.TimeOf(time.Unix(1614265330, 0))
	good := SignWebhook("17", at, []byte("{}"), secret)
	f.Add(good.ID, good.Timestamp, good.Signature, []byte("{}"))
	f.Fuzz(func(t *testing.T, id, timestamp, signature string, body []byte) {
		h := WebhookHeaders{id, timestamp, signature}
		if h.Verify(body, at, secret) == nil && (id != good.ID || timestamp != good.Timestamp || string(body) != "{}") {
			t.Errorf("Verify of %+v = ok, want it refused", h)
		}
	})
}
