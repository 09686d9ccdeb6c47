package signing

import (
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// The needed part of HTTP Message Signatures (RFC 9421): Ed25519 over header fields as they are and over the method, the
// authority, the path and the query of a request and the status of an answer. An answer may cover what it answers to.

// algorithmEd25519 is the name of Ed25519 among the algorithms of signatures (RFC 9421 §3.3.6).
const algorithmEd25519 = "ed25519"

// Component is a part of a message that a signature covers.
type Component struct {
	Name    string // of a header field in small letters, or a derived one such as @method
	Request bool   // it is of the request that the message answers
}

// HTTPMessage is a message that is signed, and the request it answers where it is an answer.
type HTTPMessage struct {
	Method    string // of the request, as it was sent
	Authority string // of the request: host in small letters, and port unless it is the usual one
	Path      string // of the request, with its percent signs; "" is /
	Query     string // of the request, with its percent signs and without the question mark
	Status    int    // of the answer; 0 says that the message is the request

	Fields        map[string]string // header fields of the message: names in small letters, lines joined by ", "
	RequestFields map[string]string // header fields of the request that an answer is to
}

// SignatureInput says what a signature covers and what it says of itself (RFC 9421 §2.3).
type SignatureInput struct {
	Components []Component
	Created    int64 // seconds since the epoch; 0 is not said
	Expires    int64 // seconds since the epoch; 0 is not said
	KeyID      string
	Algorithm  string
	Nonce      string
	Tag        string

	text string // as it was read, canonically; "" is written from the above
}

// String returns the canonical text: what stands behind the label in Signature-Input, and in the last line of what is signed.
func (in *SignatureInput) String() string {
	if in.text != "" {
		return in.text
	}
	out := []byte{'('}
	for i, c := range in.Components {
		if i > 0 {
			out = append(out, ' ')
		}
		out = c.append(out)
	}
	out = append(out, ')')
	for _, p := range []struct {
		name  string
		value int64
	}{{";created=", in.Created}, {";expires=", in.Expires}} {
		if p.value != 0 {
			out = strconv.AppendInt(append(out, p.name...), p.value, 10)
		}
	}
	for _, p := range []struct{ name, value string }{{";keyid=", in.KeyID}, {";alg=", in.Algorithm}, {";nonce=", in.Nonce}, {";tag=", in.Tag}} {
		if p.value != "" {
			out = appendText(append(out, p.name...), p.value)
		}
	}
	return string(out)
}

func (c Component) append(out []byte) []byte {
	out = appendText(out, c.Name)
	if c.Request {
		out = append(out, ";req"...)
	}
	return out
}

// SignatureBase returns what is signed (RFC 9421 §2.5). It fails where a component is not there, comes twice, or has a value
// that would break the lines.
func (m *HTTPMessage) SignatureBase(in *SignatureInput) ([]byte, error) {
	var out []byte
	for i, c := range in.Components {
		value, err := m.value(c)
		if err != nil {
			return nil, err
		}
		if slices.Contains(in.Components[:i], c) || !isText(c.Name) || strings.ContainsAny(value, "\r\n") {
			return nil, fmt.Errorf("the component %q comes twice or cannot be written", c.Name)
		}
		out = append(append(append(c.append(out), ": "...), value...), '\n')
	}
	for _, text := range []string{in.KeyID, in.Algorithm, in.Nonce, in.Tag} {
		if !isText(text) {
			return nil, errors.New("a parameter of a signature is printable ASCII")
		}
	}
	out = append(out, `"@signature-params": `...)
	return append(out, in.String()...), nil
}

// value returns what a component is of a message.
func (m *HTTPMessage) value(c Component) (string, error) {
	answer := m.Status != 0
	missing := fmt.Errorf("the message has no %q", c.Name)
	if c.Request && !answer {
		return "", missing
	}
	if !strings.HasPrefix(c.Name, "@") {
		fields := m.Fields
		if c.Request {
			fields = m.RequestFields
		}
		value, ok := fields[c.Name]
		if !ok || c.Name != strings.ToLower(c.Name) {
			return "", missing
		}
		return strings.Trim(value, " \t"), nil
	}
	if c.Name == "@status" {
		if !answer || c.Request {
			return "", missing
		}
		return strconv.Itoa(m.Status), nil
	}
	if answer != c.Request {
		return "", missing
	}
	switch c.Name {
	case "@method":
		return m.Method, nil
	case "@authority":
		return m.Authority, nil
	case "@path":
		return orSlash(m.Path), nil
	case "@query":
		return "?" + m.Query, nil
	}
	return "", missing
}

func orSlash(path string) string {
	if path == "" {
		return "/"
	}
	return path
}

// SignMessage signs a message under a label and returns the values of its header fields Signature-Input and Signature. It
// fails as SignatureBase does.
func SignMessage(key ed25519.PrivateKey, label string, m *HTTPMessage, in *SignatureInput) (input, signature string, err error) {
	base, err := m.SignatureBase(in)
	if err != nil {
		return "", "", err
	}
	return label + "=" + in.String(), label + "=:" + base64.StdEncoding.EncodeToString(ed25519.Sign(key, base)) + ":", nil
}

// VerifyMessage checks the signature with a label in the values of the header fields Signature-Input and Signature, with the
// key that key returns for what the signature says of itself. It returns that: whoever asks must still see that everything
// they rely on is among the Components, and that Created and Nonce are what they expect. It fails with [ErrSignature] or with
// the error of key.
func VerifyMessage(m *HTTPMessage, label, input, signature string, key func(*SignatureInput) (ed25519.PublicKey, error)) (*SignatureInput, error) {
	inputs, err := ParseSignatureInput(input)
	if err != nil {
		return nil, ErrSignature
	}
	signatures, err := parseBinaryDictionary(signature)
	if err != nil {
		return nil, ErrSignature
	}
	in, ok := inputs[label]
	i := slices.IndexFunc(signatures, func(s binaryMember) bool { return s.name == label })
	if !ok || i < 0 || in.Algorithm != "" && in.Algorithm != algorithmEd25519 {
		return nil, ErrSignature
	}
	base, err := m.SignatureBase(in)
	if err != nil {
		return nil, ErrSignature
	}
	public, err := key(in)
	if err != nil {
		return nil, err
	}
	if len(public) != ed25519.PublicKeySize || !ed25519.Verify(public, base, signatures[i].value) {
		return nil, ErrSignature
	}
	return in, nil
}

// ParseSignatureInput reads the value of a header field Signature-Input, or Accept-Signature, by labels. What the parts of
// this package do not know is refused, besides parameters of a signature, which it signs and otherwise leaves alone.
func ParseSignatureInput(header string) (map[string]*SignatureInput, error) {
	out := map[string]*SignatureInput{}
	err := dictionary(header, func(r *fieldReader, label string) error {
		r.canon = nil
		in, err := r.signatureInput()
		out[label] = in
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// AcceptedNonce returns the nonce that a request wants in the signature of its answer, out of its header field
// Accept-Signature (RFC 9421 §5.1) or "" where it names none or cannot be read.
func AcceptedNonce(acceptSignature string) string {
	inputs, err := ParseSignatureInput(acceptSignature)
	if err != nil {
		return ""
	}
	if in, ok := inputs[AnswerLabel]; ok {
		return in.Nonce
	}
	if len(inputs) == 1 {
		for _, in := range inputs {
			return in.Nonce
		}
	}
	return ""
}

// signatureInput reads a list of components and its parameters.
func (r *fieldReader) signatureInput() (*SignatureInput, error) {
	in := new(SignatureInput)
	if !r.take('(') {
		return nil, errField
	}
	r.canon = append(r.canon, '(')
	for {
		r.rest = strings.TrimLeft(r.rest, " ")
		if r.take(')') {
			break
		}
		if len(in.Components) > 0 {
			r.canon = append(r.canon, ' ')
		}
		c, err := r.component()
		if err != nil {
			return nil, err
		}
		if slices.Contains(in.Components, c) {
			return nil, errField
		}
		in.Components = append(in.Components, c)
		if next := r.peek(); next != ' ' && next != ')' {
			return nil, errField
		}
	}
	r.canon = append(r.canon, ')')
	err := r.params(in.param)
	in.text = string(r.canon)
	return in, err
}

func (r *fieldReader) component() (c Component, err error) {
	if c.Name, err = r.text(); err != nil {
		return c, err
	}
	err = r.params(func(name string, v fieldValue) error {
		if name != "req" || v.kind != trueValue {
			return errField
		}
		c.Request = true
		return nil
	})
	return c, err
}

// param takes a parameter of a signature.
func (in *SignatureInput) param(name string, v fieldValue) error {
	want := textValue
	switch name {
	case "created":
		in.Created, want = v.number, numberValue
	case "expires":
		in.Expires, want = v.number, numberValue
	case "keyid":
		in.KeyID = v.text
	case "alg":
		in.Algorithm = v.text
	case "nonce":
		in.Nonce = v.text
	case "tag":
		in.Tag = v.text
	default:
		return nil
	}
	if v.kind != want && !(v.kind == trueValue && (name == "created" || name == "expires")) {
		return errField // Without a value they are asked for in Accept-Signature.
	}
	return nil
}
