package signing

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"licet/internal/license"
)

const (
	webhookPrefix    = "whsec_"
	webhookVersion   = "v1,"
	webhookNewSecret = 32 // bytes; the specification asks for 24 to 64
	webhookMinSecret = 24
	webhookMaxSecret = 64
	webhookSkew      = 5 * time.Minute
)

// ErrStale means: a signed message is too old, or comes from the future.
const ErrStale Error = "the message is too old, or from the future"

// WebhookSecret is what the deliveries to an endpoint are signed with: HMAC-SHA256 as Standard Webhooks has it, version v1. It
// is shared with whoever receives them and does not show itself in logs or by fmt. The zero value signs nothing.
type WebhookSecret struct{ key []byte }

// NewWebhookSecret makes a secret of 32 bytes; nil means crypto/rand.
func NewWebhookSecret(random io.Reader) (WebhookSecret, error) {
	key := make([]byte, webhookNewSecret)
	if _, err := io.ReadFull(orRand(random), key); err != nil {
		return WebhookSecret{}, fmt.Errorf("read a webhook secret: %w", err)
	}
	return WebhookSecret{key}, nil
}

// ParseWebhookSecret reads what Reveal wrote: whsec_ and 24 to 64 bytes in standard base64. The error never repeats the text.
func ParseWebhookSecret(text string) (WebhookSecret, error) {
	encoded, ok := strings.CutPrefix(text, webhookPrefix)
	key, whole := decodeLine(encoded)
	if !ok || !whole || len(key) < webhookMinSecret || len(key) > webhookMaxSecret {
		return WebhookSecret{}, errors.New("a webhook secret is whsec_ and 24 to 64 bytes in base64")
	}
	return WebhookSecret{key}, nil
}

// Reveal returns the secret as its receiver enters it: whsec_….
func (s WebhookSecret) Reveal() string {
	return webhookPrefix + base64.StdEncoding.EncodeToString(s.key)
}

// String returns "[redacted]".
func (WebhookSecret) String() string { return redacted }

// Format writes "[redacted]" for every verb.
func (WebhookSecret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// LogValue is "[redacted]".
func (WebhookSecret) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText writes "[redacted]".
func (WebhookSecret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// WebhookHeaders are the values of the header fields of a delivery.
type WebhookHeaders struct {
	ID        string // webhook-id: the same at each try; no full stop in it
	Timestamp string // webhook-timestamp: of this try, seconds since the epoch
	Signature string // webhook-signature: one for each secret, separated by blanks
}

// SignWebhook returns what goes with body, for a delivery that is tried at a moment. While a secret is being replaced there are
// two, and the receiver may check with either.
func SignWebhook(id string, at license.Time, body []byte, secrets ...WebhookSecret) WebhookHeaders {
	h := WebhookHeaders{ID: id, Timestamp: strconv.FormatInt(unixSeconds(at), 10)}
	signatures := make([]string, len(secrets))
	for i, s := range secrets {
		signatures[i] = webhookVersion + base64.StdEncoding.EncodeToString(h.sum(s, body))
	}
	h.Signature = strings.Join(signatures, " ")
	return h
}

// sum is the HMAC over what Standard Webhooks signs.
func (h *WebhookHeaders) sum(s WebhookSecret, body []byte) []byte {
	mac := hmac.New(sha256.New, s.key)
	_, _ = io.WriteString(mac, h.ID+"."+h.Timestamp+".") // A hash takes everything.
	mac.Write(body)
	return mac.Sum(nil)
}

// Verify checks a delivery as its receiver does. It fails with [ErrSignature] when none of the signatures is of one of the
// secrets, and with [ErrStale] when the moment is over five minutes away from now.
func (h *WebhookHeaders) Verify(body []byte, now license.Time, secrets ...WebhookSecret) error {
	at, err := strconv.ParseInt(h.Timestamp, 10, 64)
	if err != nil || strconv.FormatInt(at, 10) != h.Timestamp || h.ID == "" || strings.Contains(h.ID, ".") {
		return ErrSignature // With a full stop, what is signed could be read in two ways.
	}
	if gap := unixSeconds(now) - at; gap > int64(webhookSkew.Seconds()) || gap < -int64(webhookSkew.Seconds()) {
		return ErrStale
	}
	for _, s := range secrets {
		want := h.sum(s, body)
		for given := range strings.SplitSeq(h.Signature, " ") {
			encoded, ok := strings.CutPrefix(given, webhookVersion)
			if sum, whole := decodeLine(encoded); ok && whole && len(s.key) > 0 && hmac.Equal(sum, want) {
				return nil
			}
		}
	}
	return ErrSignature
}

// unixSeconds cuts a moment to the second, downwards.
func unixSeconds(t license.Time) int64 {
	n := int64(t) / 1e6
	if int64(t)%1e6 < 0 {
		n--
	}
	return n
}
