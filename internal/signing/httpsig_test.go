package signing

import (
	"bytes"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"licet/internal/license"
)

// The key of RFC 9421, appendix B.1.4.
const (
	rfcPrivate = `-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIJ+DYvh6SEqVTm50DFtMDoQikTmiCqirVv9mWG9qfSnF
-----END PRIVATE KEY-----
`
	rfcPublic = `-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAJrQLj5P/89iXES9+vFgrIy29clF9CC/oPPsw3c5D0bs=
-----END PUBLIC KEY-----
`
)

func rfcKey(t testing.TB) (ed25519.PrivateKey, ed25519.PublicKey) {
	t.Helper()
	read := func(text string) []byte {
		block, _ := pem.Decode([]byte(text))
		if block == nil {
			t.Fatal("no PEM")
		}
		return block.Bytes
	}
	private, err := x509.ParsePKCS8PrivateKey(read(rfcPrivate))
	if err != nil {
		t.Fatal(err)
	}
	public, err := x509.ParsePKIXPublicKey(read(rfcPublic))
	if err != nil {
		t.Fatal(err)
	}
	key := private.(ed25519.PrivateKey)
	if !key.Public().(ed25519.PublicKey).Equal(public) {
		t.Fatal("the halves of the RFC's key do not belong together")
	}
	return key, public.(ed25519.PublicKey)
}

// rfcRequest is test-request of RFC 9421, appendix B.2.
func rfcRequest() HTTPMessage {
	return HTTPMessage{
		Method: "POST", Authority: "example.com", Path: "/foo", Query: "param=Value&Pet=dog",
		Fields: map[string]string{
			"host": "example.com", "date": "Tue, 20 Apr 2021 02:07:55 GMT", "content-type": "application/json",
			"content-digest": "sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:",
			"content-length": "18",
		},
	}
}

func plain(names ...string) []Component {
	var out []Component
	for _, name := range names {
		out = append(out, Component{Name: name})
	}
	return out
}

// TestRFC9421_B26 signs the request of appendix B.2.6 with the RFC's own key.
func TestRFC9421_B26(t *testing.T) {
	t.Parallel()
	key, public := rfcKey(t)
	m := rfcRequest()
	in := &SignatureInput{
		Components: plain("date", "@method", "@path", "@authority", "content-type", "content-length"),
		Created:    1618884473, KeyID: "test-key-ed25519",
	}
	base, err := m.SignatureBase(in)
	if err != nil {
		t.Fatal(err)
	}
	wantBase := `"date": Tue, 20 Apr 2021 02:07:55 GMT
"@method": POST
"@path": /foo
"@authority": example.com
"content-type": application/json
"content-length": 18
"@signature-params": ("date" "@method" "@path" "@authority" "content-type" "content-length");created=1618884473;keyid="test-key-ed25519"`
	if diff := cmp.Diff(wantBase, string(base)); diff != "" {
		t.Errorf("SignatureBase (-want +got):\n%s", diff)
	}
	input, signature, err := SignMessage(key, "sig-b26", &m, in)
	if err != nil {
		t.Fatal(err)
	}
	wantInput := `sig-b26=("date" "@method" "@path" "@authority" "content-type" "content-length");created=1618884473;keyid="test-key-ed25519"`
	wantSignature := "sig-b26=:wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw==:"
	if input != wantInput || signature != wantSignature {
		t.Errorf("SignMessage = %s\n%s\nwant %s\n%s", input, signature, wantInput, wantSignature)
	}
	got, err := VerifyMessage(&m, "sig-b26", wantInput, wantSignature, func(in *SignatureInput) (ed25519.PublicKey, error) {
		if in.KeyID != "test-key-ed25519" {
			t.Errorf("keyid = %q", in.KeyID)
		}
		return public, nil
	})
	if err != nil {
		t.Fatalf("VerifyMessage = %v, want ok", err)
	}
	if diff := cmp.Diff(in.Components, got.Components); diff != "" {
		t.Errorf("VerifyMessage (-want +got):\n%s", diff)
	}
	m.Path = "/bar"
	if _, err := VerifyMessage(&m, "sig-b26", wantInput, wantSignature, func(*SignatureInput) (ed25519.PublicKey, error) { return public, nil }); err != ErrSignature {
		t.Errorf("VerifyMessage of another path = %v, want %v", err, ErrSignature)
	}
}

// TestRFC9421_Bases builds what other examples of the RFC sign: those whose algorithms are not ours, and an answer bound to its
// request (§2.4).
func TestRFC9421_Bases(t *testing.T) {
	t.Parallel()
	request := rfcRequest()
	answer := HTTPMessage{
		Method: "POST", Authority: "example.com", Path: "/foo", Status: 503, RequestFields: request.Fields,
		Fields: map[string]string{
			"content-type":   "application/json",
			"content-digest": "sha-512=:0Y6iCBzGg5rZtoXS95Ijz03mslf6KAMCloESHObfwnHJDbkkWWQz6PhhU9kxsTbARtY2PTBOzq24uJFpHsMuAg==:",
		},
	}
	for name, test := range map[string]struct {
		m     HTTPMessage
		input string
		want  []string
	}{
		"B.2.1": {request, `();created=1618884473;keyid="test-key-rsa-pss";nonce="b3k2pp5k7z-50gnwp.yemd"`, nil},
		"B.2.3": {
			request, `("date" "@method" "@path" "@query" "@authority" "content-type" "content-digest" "content-length");created=1618884473;keyid="test-key-rsa-pss"`,
			[]string{
				`"date": Tue, 20 Apr 2021 02:07:55 GMT`, `"@method": POST`, `"@path": /foo`, `"@query": ?param=Value&Pet=dog`, `"@authority": example.com`,
				`"content-type": application/json`,
				`"content-digest": sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:`, `"content-length": 18`,
			},
		},
		"2.4": {
			answer, `("@status" "content-digest" "content-type" "@authority";req "@method";req "@path";req "content-digest";req);created=1618884479;keyid="test-key-ecc-p256"`,
			[]string{
				`"@status": 503`,
				`"content-digest": sha-512=:0Y6iCBzGg5rZtoXS95Ijz03mslf6KAMCloESHObfwnHJDbkkWWQz6PhhU9kxsTbARtY2PTBOzq24uJFpHsMuAg==:`,
				`"content-type": application/json`, `"@authority";req: example.com`, `"@method";req: POST`, `"@path";req: /foo`,
				`"content-digest";req: sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:`,
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			inputs, err := ParseSignatureInput("sig1=" + test.input)
			if err != nil {
				t.Fatal(err)
			}
			base, err := test.m.SignatureBase(inputs["sig1"])
			want := strings.Join(append(test.want, `"@signature-params": `+test.input), "\n")
			if diff := cmp.Diff(want, string(base)); err != nil || diff != "" {
				t.Errorf("SignatureBase = %v (-want +got):\n%s", err, diff)
			}
		})
	}
}

func TestSignatureBaseRefuses(t *testing.T) {
	t.Parallel()
	request, answer := rfcRequest(), HTTPMessage{Method: "GET", Status: 200, Fields: map[string]string{"broken": "a\nb"}}
	for name, test := range map[string]struct {
		m  HTTPMessage
		in SignatureInput
	}{
		"missing-field":     {request, SignatureInput{Components: plain("x-none")}},
		"big-letters":       {request, SignatureInput{Components: plain("Date")}},
		"unknown-derived":   {request, SignatureInput{Components: plain("@scheme")}},
		"params":            {request, SignatureInput{Components: plain("@signature-params")}},
		"status-of-request": {request, SignatureInput{Components: plain("@status")}},
		"method-of-answer":  {answer, SignatureInput{Components: plain("@method")}},
		"request-of-none":   {request, SignatureInput{Components: []Component{{"@method", true}}}},
		"status-req":        {answer, SignatureInput{Components: []Component{{"@status", true}}}},
		"twice":             {request, SignatureInput{Components: plain("date", "date")}},
		"line-break":        {answer, SignatureInput{Components: plain("broken")}},
		"nonce":             {request, SignatureInput{Nonce: "a\nb"}},
	} {
		t.Run(name, func(t *testing.T) {
			if base, err := test.m.SignatureBase(&test.in); err == nil {
				t.Errorf("SignatureBase = %q, want an error", base)
			}
		})
	}
}

func TestParseSignatureInput(t *testing.T) {
	t.Parallel()
	good := map[string]string{ // as sent, and as it is signed
		`a=("@method");created=1;keyid="k"`:                  `("@method");created=1;keyid="k"`,
		` a=( "@method"   "date" );created=1 `:               `("@method" "date");created=1`,
		`a=("@method";req=?1);x=?0;y;z=tok/en;w=:AAE=:`:      `("@method";req);x=?0;y;z=tok/en;w=:AAE=:`,
		`a=();  nonce="q\"\\";created=-007`:                  `();nonce="q\"\\";created=-7`,
		"b=();created=2,\ta=(\"@path\");expires=5;tag=\"t\"": `("@path");expires=5;tag="t"`,
		`a=();created;keyid="x"`:                             `();created;keyid="x"`,
	}
	for text, want := range good {
		got, err := ParseSignatureInput(text)
		if err != nil || got["a"] == nil || got["a"].String() != want {
			t.Errorf("ParseSignatureInput(%q) = %v, %v, want %s", text, got["a"], err, want)
		}
	}
	for _, text := range []string{
		`a`, `a=`, `a="x"`, `a=(`, `a=("x"`, `a=("x""y")`, `a=("x" "x")`, `a=("x";sf)`, `a=("x";req;req)`, `a=("x";req=1)`, `a=();created="1"`,
		`a=();keyid=1`, `a=();keyid`, `a=();created=1.5`, `a=();created=1;created=2`, `a=(),a=()`, `a=(),`, `a=() b=()`, `A=()`, `a=();x=?2`,
		"a=(\"x\ty\")", `a=("x\y")`, `a=();created=1234567890123456`, `a=(x)`, `a=();x=:A:`, `a=();x=é`, strings.Repeat(" ", maxFieldSize+1),
	} {
		if got, err := ParseSignatureInput(text); err == nil {
			t.Errorf("ParseSignatureInput(%q) = %v, want an error", text, got)
		}
	}
}

func TestAcceptedNonce(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]string{
		`licet=("@status");nonce="n1"`:        "n1",
		`x=();nonce="n2"`:                     "n2",
		`x=();nonce="n2", licet=();nonce="3"`: "3",
		`x=();nonce="n2", y=();nonce="3"`:     "",
		`sig1=("@method");created`:            "",
		`broken`:                              "",
		``:                                    "",
	} {
		if got := AcceptedNonce(header); got != want {
			t.Errorf("AcceptedNonce(%q) = %q, want %q", header, got, want)
		}
	}
}

var answerTime = license.TimeOf(time.Date(2026, 3, 23, 12, 0, 0, 999e6, time.UTC))

func someAnswer() Answer {
	return Answer{
		Method: "POST", Path: "/v1/validate", Query: "a=b%20c", Nonce: `n-1 "x"`, Status: 200,
		Body: []byte(`{"valid":true}`), At: answerTime,
	}
}

// The signature of an answer is the one that the general way makes.
func TestAnswerSigner(t *testing.T) {
	t.Parallel()
	key, public := rfcKey(t)
	s := NewAnswerSigner(key)
	if want := "poqkLGiymh_W0uP6PZFw-dvez3QJT5SolqXBCW38r0U"; s.KeyID() != want { // RFC 9421 names the key otherwise; RFC 7638 of it.
		t.Errorf("KeyID() = %s, want %s", s.KeyID(), want)
	}
	for name, edit := range map[string]func(*Answer){
		"full":     func(*Answer) {},
		"no-nonce": func(a *Answer) { a.Nonce = "" },
		"no-query": func(a *Answer) { a.Query = "" },
		"no-path":  func(a *Answer) { a.Path = "" },
		"no-body":  func(a *Answer) { a.Body, a.Status = nil, 204 },
		"long":     func(a *Answer) { a.Path, a.Body = "/"+strings.Repeat("p", 4000), bytes.Repeat([]byte("b"), 1<<16) },
	} {
		t.Run(name, func(t *testing.T) {
			a := someAnswer()
			edit(&a)
			got, err := s.Sign(&a)
			if err != nil {
				t.Fatal(err)
			}
			m := HTTPMessage{Method: a.Method, Path: a.Path, Query: a.Query, Status: a.Status, Fields: map[string]string{"content-digest": ContentDigest(a.Body)}}
			in := SignatureInput{
				Components: []Component{{"@status", false}, {"content-digest", false}, {"@method", true}, {"@path", true}},
				Created:    1774267200, KeyID: s.KeyID(), Algorithm: "ed25519", Nonce: a.Nonce, Tag: "licet-answer",
			}
			if a.Query != "" {
				in.Components = append(in.Components, Component{"@query", true})
			}
			want := AnswerHeaders{ContentDigest: ContentDigest(a.Body)}
			if want.SignatureInput, want.Signature, err = SignMessage(key, "licet", &m, &in); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("Sign (-want +got):\n%s", diff)
			}
			if err := got.Verify(&a, func(id string) (ed25519.PublicKey, bool) { return public, id == s.KeyID() }); err != nil {
				t.Errorf("Verify = %v, want ok", err)
			}
		})
	}
}

// Nothing that an answer says or answers to can be another without the signature telling.
func TestAnswerVerifyRefuses(t *testing.T) {
	t.Parallel()
	key, public := rfcKey(t)
	s := NewAnswerSigner(key)
	a := someAnswer()
	headers, err := s.Sign(&a)
	if err != nil {
		t.Fatal(err)
	}
	keys := func(id string) (ed25519.PublicKey, bool) { return public, id == s.KeyID() }
	for name, test := range map[string]struct {
		edit func(*Answer, *AnswerHeaders)
		want error
	}{
		"method": {func(a *Answer, _ *AnswerHeaders) { a.Method = "GET" }, ErrSignature},
		"path":   {func(a *Answer, _ *AnswerHeaders) { a.Path = "/v1/validat" }, ErrSignature},
		"query":  {func(a *Answer, _ *AnswerHeaders) { a.Query = "a=c" }, ErrSignature},
		"nonce":  {func(a *Answer, _ *AnswerHeaders) { a.Nonce = "n-2" }, ErrSignature},
		"status": {func(a *Answer, _ *AnswerHeaders) { a.Status = 403 }, ErrSignature},
		"body":   {func(a *Answer, _ *AnswerHeaders) { a.Body = []byte(`{"valid":false}`) }, ErrDigest},
		"body-and-digest": {func(a *Answer, h *AnswerHeaders) {
			a.Body = []byte(`{"valid":false}`)
			h.ContentDigest = ContentDigest(a.Body)
		}, ErrSignature},
		"early": {func(a *Answer, _ *AnswerHeaders) { a.At = a.At.Add(-6 * time.Minute) }, ErrStale},
		"late":  {func(a *Answer, _ *AnswerHeaders) { a.At = a.At.Add(6 * time.Minute) }, ErrStale},
		"other-key": {func(_ *Answer, h *AnswerHeaders) {
			h.SignatureInput = strings.Replace(h.SignatureInput, s.KeyID(), "k", 1)
		}, ErrSignature},
		"no-digest": {func(_ *Answer, h *AnswerHeaders) { h.ContentDigest = "" }, ErrDigest},
		"label":     {func(_ *Answer, h *AnswerHeaders) { h.Signature = "sig1" + strings.TrimPrefix(h.Signature, "licet") }, ErrSignature},
		"less-covered": {func(a *Answer, h *AnswerHeaders) {
			m := HTTPMessage{Method: a.Method, Path: a.Path, Status: a.Status, Fields: map[string]string{"content-digest": h.ContentDigest}}
			in := SignatureInput{Components: plain("content-digest"), Created: unixSeconds(a.At), KeyID: s.KeyID(), Nonce: a.Nonce, Tag: AnswerTag}
			h.SignatureInput, h.Signature, _ = SignMessage(key, AnswerLabel, &m, &in)
		}, ErrSignature},
		"other-tag": {func(a *Answer, h *AnswerHeaders) {
			m := HTTPMessage{Method: a.Method, Path: a.Path, Query: a.Query, Status: a.Status, Fields: map[string]string{"content-digest": h.ContentDigest}}
			in := SignatureInput{
				Components: []Component{{"@status", false}, {"content-digest", false}, {"@method", true}, {"@path", true}, {"@query", true}},
				Created:    unixSeconds(a.At), KeyID: s.KeyID(), Nonce: a.Nonce, Tag: "other",
			}
			h.SignatureInput, h.Signature, _ = SignMessage(key, AnswerLabel, &m, &in)
		}, ErrSignature},
	} {
		t.Run(name, func(t *testing.T) {
			a, h := a, headers
			test.edit(&a, &h)
			if err := h.Verify(&a, keys); err != test.want {
				t.Errorf("Verify = %v, want %v", err, test.want)
			}
		})
	}
}

func TestAnswerSignRefuses(t *testing.T) {
	t.Parallel()
	key, _ := rfcKey(t)
	s := NewAnswerSigner(key)
	for name, edit := range map[string]func(*Answer){
		"nonce-line":  func(a *Answer) { a.Nonce = "a\nb" },
		"nonce-long":  func(a *Answer) { a.Nonce = strings.Repeat("n", maxNonce+1) },
		"nonce-utf8":  func(a *Answer) { a.Nonce = "é" },
		"path-line":   func(a *Answer) { a.Path = "/a\n\"@method\";req: GET" },
		"query-blank": func(a *Answer) { a.Query = "a b" },
		"method":      func(a *Answer) { a.Method = "GET\n" },
	} {
		t.Run(name, func(t *testing.T) {
			a := someAnswer()
			edit(&a)
			if h, err := s.Sign(&a); err == nil {
				t.Errorf("Sign = %v, want an error", h)
			}
		})
	}
	if err := CheckNonce(""); !errors.Is(err, license.Invalid) {
		t.Errorf("CheckNonce(empty) = %v, want invalid", err)
	}
	if err := CheckNonce("abc"); err != nil {
		t.Errorf("CheckNonce(abc) = %v, want ok", err)
	}
}

// A flipped bit anywhere in the three values is noticed.
func TestAnswerTampering(t *testing.T) {
	t.Parallel()
	key, public := rfcKey(t)
	s := NewAnswerSigner(key)
	a := someAnswer()
	headers, err := s.Sign(&a)
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		h := headers
		field := rapid.SampledFrom([]*string{&h.ContentDigest, &h.SignatureInput, &h.Signature}).Draw(t, "field")
		raw := []byte(*field)
		at := rapid.IntRange(0, len(raw)-1).Draw(t, "at")
		raw[at] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
		*field = string(raw)
		if err := h.Verify(&a, func(id string) (ed25519.PublicKey, bool) { return public, true }); err == nil {
			t.Errorf("Verify of %q = ok, want an error", raw)
		}
	})
}

// FuzzSignatureInput: what is read is written canonically, and the canonical text reads as the same.
func FuzzSignatureInput(f *testing.F) {
	for _, seed := range []string{
		`sig1=("@method" "@path";req);created=1;keyid="k";alg="ed25519";nonce="n";tag="t"`, `a=();x=?0;y=:AA==:;z=tok`, `a=(), b=("x")`, `a`, `a=("\"")`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		inputs, err := ParseSignatureInput(text)
		if err != nil {
			return
		}
		for label, in := range inputs {
			canon := in.String()
			again, err := ParseSignatureInput(label + "=" + canon)
			if err != nil || len(again) != 1 {
				t.Fatalf("ParseSignatureInput(%q) = %v, want what it wrote to be read", canon, err)
			}
			if diff := cmp.Diff(in, again[label], cmp.AllowUnexported(SignatureInput{})); diff != "" {
				t.Fatalf("ParseSignatureInput(%q) (-want +got):\n%s", canon, diff)
			}
			if strings.ContainsAny(canon, "\r\n") {
				t.Fatalf("%q has several lines", canon)
			}
		}
	})
}

// FuzzAnswerVerify: nothing but the answer's own headers verify.
func FuzzAnswerVerify(f *testing.F) {
	key, public := rfcKey(f)
	s := NewAnswerSigner(key)
	a := someAnswer()
	h, err := s.Sign(&a)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(h.ContentDigest, h.SignatureInput, h.Signature)
	f.Fuzz(func(t *testing.T, digest, input, signature string) {
		got := AnswerHeaders{digest, input, signature}
		if got.Verify(&a, func(string) (ed25519.PublicKey, bool) { return public, true }) != nil {
			return
		}
		in, _ := ParseSignatureInput(input)
		want, _ := ParseSignatureInput(h.SignatureInput)
		sum, _ := parseBinaryDictionary(signature)
		for _, m := range sum {
			if m.name == AnswerLabel && (in[AnswerLabel].String() != want[AnswerLabel].String() ||
				!strings.Contains(h.Signature, base64.StdEncoding.EncodeToString(m.value))) {
				t.Fatalf("Verify of other headers = ok: %q", got)
			}
		}
	})
}

func BenchmarkAnswerSigner(b *testing.B) {
	key, public := rfcKey(b)
	s := NewAnswerSigner(key)
	a := someAnswer()
	a.Body = bytes.Repeat([]byte("x"), 600)
	b.Run("sign", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := s.Sign(&a); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("ed25519-alone", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			ed25519.Sign(key, a.Body)
		}
	})
	b.Run("verify", func(b *testing.B) {
		h, _ := s.Sign(&a)
		b.ReportAllocs()
		for b.Loop() {
			if err := h.Verify(&a, func(string) (ed25519.PublicKey, bool) { return public, true }); err != nil {
				b.Fatal(err)
			}
		}
	})
}
