package signing

import (
	"crypto/ed25519"
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
	// AnswerLabel is the label of the signatures of answers.
	AnswerLabel = "licet"
	// AnswerTag says in them what they are for, so that no other signature passes for one.
	AnswerTag = "licet-answer"

	maxNonce      = 128
	answerSkew    = 5 * time.Minute
	answerParts   = `("@status" "content-digest" "@method";req "@path";req)`
	answerPartsQ  = `("@status" "content-digest" "@method";req "@path";req "@query";req)`
	answerBase    = 768 // bytes of what is usually signed, at most
	answerHeaders = 512 // bytes of the three values, usually
)

// Answer is an answer to be signed, and what it answers to.
type Answer struct {
	Method string // of the request
	Path   string // of the request as it was sent, with its percent signs; "" is /
	Query  string // of the request as it was sent, without the question mark
	Nonce  string // that the request wants to see again; "" is none. See CheckNonce
	Status int
	Body   []byte       // as it is sent
	At     license.Time // the server's time
}

// AnswerHeaders are the values of the header fields that go with a signed answer.
type AnswerHeaders struct {
	ContentDigest  string
	SignatureInput string
	Signature      string
}

// AnswerSigner signs answers of the native API with one Ed25519 key (RFC 9421): the status, the digest of the body, the
// server's time, the method, the path and, where there is one, the query of the request, and its nonce. It never changes and
// is safe for use by many goroutines. It does not show its key in logs or by fmt.
type AnswerSigner struct {
	key    ed25519.PrivateKey
	id     string
	params string // behind created
}

// NewAnswerSigner prepares a key for signing.
func NewAnswerSigner(key ed25519.PrivateKey) *AnswerSigner {
	id := Thumbprint(key.Public().(ed25519.PublicKey)) // Every Ed25519 key has one of this type.
	return &AnswerSigner{key: key, id: id, params: `;keyid="` + id + `";alg="` + algorithmEd25519 + `"`}
}

// KeyID returns the name of the key, which signatures carry: the thumbprint of its public half (RFC 7638).
func (s *AnswerSigner) KeyID() string { return s.id }

// PublicKey returns the public half of the key.
func (s *AnswerSigner) PublicKey() ed25519.PublicKey { return s.key.Public().(ed25519.PublicKey) }

// Format writes "[redacted]" for every verb.
func (*AnswerSigner) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// LogValue is "[redacted]".
func (*AnswerSigner) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText writes "[redacted]".
func (*AnswerSigner) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// CheckNonce reports whether a nonce can be signed: 1 to 128 characters of printable ASCII. The error is Invalid.
func CheckNonce(nonce string) error {
	if nonce == "" || len(nonce) > maxNonce || !isText(nonce) {
		return license.Invalidf("nonce", "a nonce is 1 to %d characters of printable ASCII", maxNonce)
	}
	return nil
}

// Sign returns what goes with an answer. It fails where the nonce is one that CheckNonce refuses, or where method, path or
// query hold what no request line can.
func (s *AnswerSigner) Sign(a *Answer) (AnswerHeaders, error) {
	if a.Nonce != "" {
		if err := CheckNonce(a.Nonce); err != nil {
			return AnswerHeaders{}, err
		}
	}
	if !isVisible(a.Method) || !isVisible(a.Path) || !isVisible(a.Query) {
		return AnswerHeaders{}, errors.New("the request line of an answer cannot be signed")
	}
	out := make([]byte, 0, answerHeaders)
	out = appendContentDigest(out, a.Body)
	digestEnd := len(out)
	out = append(out, AnswerLabel+"="...)
	paramsAt := len(out)
	out = s.appendParams(out, a)
	paramsEnd := len(out)

	base := make([]byte, 0, answerBase)
	base = strconv.AppendInt(append(base, `"@status": `...), int64(a.Status), 10)
	base = append(append(base, "\n\"content-digest\": "...), out[:digestEnd]...)
	base = append(append(base, "\n\"@method\";req: "...), a.Method...)
	base = append(append(base, "\n\"@path\";req: "...), orSlash(a.Path)...)
	if a.Query != "" {
		base = append(append(base, "\n\"@query\";req: ?"...), a.Query...)
	}
	base = append(append(base, "\n\"@signature-params\": "...), out[paramsAt:]...)

	out = append(out, AnswerLabel+"=:"...)
	out = base64.StdEncoding.AppendEncode(out, ed25519.Sign(s.key, base))
	all := string(append(out, ':'))
	return AnswerHeaders{ContentDigest: all[:digestEnd], SignatureInput: all[digestEnd:paramsEnd], Signature: all[paramsEnd:]}, nil
}

func (s *AnswerSigner) appendParams(out []byte, a *Answer) []byte {
	if a.Query == "" {
		out = append(out, answerParts...)
	} else {
		out = append(out, answerPartsQ...)
	}
	out = strconv.AppendInt(append(out, ";created="...), unixSeconds(a.At), 10)
	out = append(out, s.params...)
	if a.Nonce != "" {
		out = appendText(append(out, ";nonce="...), a.Nonce)
	}
	return append(out, `;tag="`+AnswerTag+`"`...)
}

// isVisible reports whether a text is printable ASCII without blanks.
func isVisible(text string) bool { return isText(text) && strings.IndexByte(text, ' ') < 0 }

// Verify checks a signed answer as whoever asked does, with the key that key returns for a name, and a.At as the moment of
// now: the signature must be at most five minutes away from it. It fails with [ErrSignature], [ErrDigest] or [ErrStale].
func (h *AnswerHeaders) Verify(a *Answer, key func(keyID string) (ed25519.PublicKey, bool)) error {
	if err := VerifyContentDigest(h.ContentDigest, a.Body); err != nil {
		return err
	}
	m := HTTPMessage{
		Method: a.Method, Path: a.Path, Query: a.Query, Status: a.Status,
		Fields: map[string]string{"content-digest": h.ContentDigest},
	}
	in, err := VerifyMessage(&m, AnswerLabel, h.SignatureInput, h.Signature, func(in *SignatureInput) (ed25519.PublicKey, error) {
		if public, ok := key(in.KeyID); ok {
			return public, nil
		}
		return nil, ErrSignature
	})
	if err != nil {
		return err
	}
	if in.Tag != AnswerTag || in.Nonce != a.Nonce || !in.covers(a.Query != "") {
		return ErrSignature
	}
	if gap := unixSeconds(a.At) - in.Created; gap > int64(answerSkew.Seconds()) || gap < -int64(answerSkew.Seconds()) {
		return ErrStale
	}
	return nil
}

// covers reports whether a signature covers all that the signature of an answer must.
func (in *SignatureInput) covers(query bool) bool {
	need := map[Component]bool{{"@status", false}: true, {"content-digest", false}: true, {"@method", true}: true, {"@path", true}: true}
	if query {
		need[Component{"@query", true}] = true
	}
	for _, c := range in.Components {
		delete(need, c)
	}
	return len(need) == 0
}
