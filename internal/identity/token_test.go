package identity

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"
	"testing/iotest"
)

func TestNewToken(t *testing.T) {
	t.Parallel()
	token, hash, hint, err := NewToken(new(salts), KindAPIKey)
	if err != nil {
		t.Fatal(err)
	}
	const want = "licet_key_aeaqcaibaeaqcaibaeaqcaibaeaqcaibaeaqcaibaeaqcaibaea"
	text := token.Reveal()
	if len(text) != len("licet_key_")+58 || text[:50] != want[:50] {
		t.Errorf("NewToken(all ones) = %s, want it to begin %s and have 68 characters", text, want[:50])
	}
	if hash != sha256.Sum256([]byte(text)) {
		t.Errorf("hash is not the SHA-256 of the token")
	}
	if hint != "licet_key_…"+text[64:] {
		t.Errorf("hint = %s, want the last four characters of %s", hint, text)
	}
	kind, parsed, ok := ParseToken(text)
	if !ok || kind != KindAPIKey || !parsed.Equal(hash) {
		t.Errorf("ParseToken(its own) = %s, %v, want key", kind, ok)
	}
	other, otherHash, _, err := NewToken(new(salts), KindSession)
	if err != nil || other == token || otherHash.Equal(hash) {
		t.Errorf("a token of another kind is the same, or %v", err)
	}
	for _, kind := range []string{"", "Key", "a_b", "api-key", "abcdefghijklmnopq"} {
		if _, _, _, err := NewToken(new(salts), kind); err == nil {
			t.Errorf("NewToken(kind %q) succeeded, want an error", kind)
		}
	}
	if _, _, _, err := NewToken(io.LimitReader(new(salts), 31), KindAPIKey); err == nil {
		t.Error("NewToken with 31 random bytes succeeded, want an error")
	}
	if _, _, _, err := NewToken(iotest.ErrReader(io.ErrClosedPipe), KindAPIKey); err == nil {
		t.Error("NewToken without randomness succeeded, want an error")
	}
}

func TestParseTokenRefuses(t *testing.T) {
	t.Parallel()
	secret, _, _, err := NewToken(new(salts), KindAPIKey)
	if err != nil {
		t.Fatal(err)
	}
	good := secret.Reveal()
	for name, text := range map[string]string{
		"empty":        "",
		"prefix_only":  "licet_",
		"kind_only":    "licet_key_",
		"no_prefix":    good[6:],
		"upper_case":   strings.ToUpper(good),
		"cut":          good[:len(good)-1],
		"longer":       good + "a",
		"blank":        " " + good,
		"line_end":     good[:len(good)-1] + "\n",
		"bad_alphabet": good[:20] + "1" + good[21:],
		"one_letter":   good[:20] + "b" + good[21:],
		"spare_bits":   good[:len(good)-1] + string(good[len(good)-1]+1),
		"no_kind":      "licet__" + good[10:],
		"odd_kind":     "licet_Key_" + good[10:],
	} {
		if kind, _, ok := ParseToken(text); ok {
			t.Errorf("%s: ParseToken(%q) = %s, want it refused", name, text, kind)
		}
	}
	// Another kind is another token: it parses, and its hash finds nothing.
	_, a, _ := ParseToken(good)
	_, b, ok := ParseToken("licet_session_" + good[10:])
	if !ok || a.Equal(b) {
		t.Errorf("the same bytes as another kind: %v, equal %v, want another hash", ok, a.Equal(b))
	}
}

func FuzzParseToken(f *testing.F) {
	secret, _, _, err := NewToken(new(salts), KindAPIKey)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(secret.Reveal())
	f.Add("licet_key_" + strings.Repeat("a", 58))
	f.Add("licet_key_" + strings.Repeat("a", 50) + "\r\n" + strings.Repeat("a", 6))
	f.Fuzz(func(t *testing.T, text string) {
		kind, hash, ok := ParseToken(text)
		if !ok {
			return
		}
		if hash != sha256.Sum256([]byte(text)) || !isKind(kind) {
			t.Errorf("ParseToken(%q) = %s, %x", text, kind, hash)
		}
		body := text[len("licet_"+kind+"_"):]
		raw, err := tokenEncoding().DecodeString(body)
		if err != nil || len(raw) != 36 {
			t.Fatalf("ParseToken(%q) took a body that does not decode: %v", text, err)
		}
		again, _, _, err := NewToken(bytes.NewReader(raw[:32]), kind)
		if err != nil || again.Reveal() != text {
			t.Errorf("ParseToken(%q) took another spelling of %q", text, again.Reveal())
		}
	})
}

func TestSecretDoesNotShow(t *testing.T) {
	t.Parallel()
	const word = "hunter2"
	s := Secret(word)
	if s.Reveal() != word {
		t.Errorf("Reveal() = %q, want %q", s.Reveal(), word)
	}
	type box struct {
		Token Secret
		List  []Secret
		Map   map[string]Secret
	}
	b := box{s, []Secret{s}, map[string]Secret{"x": s}}
	var shown []string
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t", "%08.3f", "%T %[1]v"} {
		shown = append(shown, fmt.Sprintf(verb, s), fmt.Sprintf(verb, &s), fmt.Sprintf(verb, b), fmt.Sprintf(verb, &b))
	}
	shown = append(shown, s.String(), s.GoString(), fmt.Sprint(s, b), fmt.Errorf("x %w", fmt.Errorf("%v", s)).Error())
	for _, v := range []any{s, b, &b} {
		text, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		shown = append(shown, string(text))
	}
	var log bytes.Buffer
	for _, h := range []slog.Handler{slog.NewTextHandler(&log, nil), slog.NewJSONHandler(&log, nil)} {
		slog.New(h).Info("x", "secret", s, "box", b, slog.Group("g", "s", s))
	}
	shown = append(shown, log.String())
	for _, text := range shown {
		if strings.Contains(text, word) || strings.Contains(text, fmt.Sprintf("%x", word)) {
			t.Errorf("the secret shows itself: %s", text)
		}
	}
	if got, err := json.Marshal(s); err != nil || string(got) != `"[redacted]"` {
		t.Errorf("Marshal = %s, %v, want \"[redacted]\"", got, err)
	}
	var back struct{ Token Secret }
	if err := json.Unmarshal([]byte(`{"Token":"abc"}`), &back); err != nil || back.Token.Reveal() != "abc" {
		t.Errorf("Unmarshal = %q, %v, want abc", back.Token.Reveal(), err)
	}
}
