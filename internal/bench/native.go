package bench

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"licet/internal/authority"
	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/signing"
	"licet/internal/store"
	"licet/internal/wire"
	"licet/internal/wire/api"
	"licet/internal/wire/native"
)

// What the native API is measured by.
const (
	validatePath   = "/v1/validate"
	unsignedPath   = "/unsigned" // before it, where answers are not signed
	productCode    = "bench"
	wantSigned     = 0.4
	wantUnsigned   = 0.9
	tokenLength    = 68 // characters, of the bare handler's
	signingAtOnce  = 100
	signingAnswers = 20
)

// native measures the question that apps ask the native API, with and without signatures, against a bare handler and against the same
// question at the RMZ door. All but the bare handler are one server.
func (r *run) native(ctx context.Context) error {
	f, err := r.activeCopy(ctx, r.Medium, "native")
	if err != nil {
		return err
	}
	each, err := signatureCost(r.Round / signingAnswers)
	if err != nil {
		return err
	}
	plain, err := r.child(ctx, "validate-plain", order{Kind: kindValidate})
	if err != nil {
		return err
	}
	licet, err := r.child(ctx, "validate", order{Kind: kindLicet, Dir: f.dir, Native: true})
	if err != nil {
		return errors.Join(err, plain.stop())
	}
	k := f.keys()
	row := func(name string) *Row { return &Row{Name: fmt.Sprintf("%s, %d connections", name, verifyConnections)} }
	bare, signed, unsigned, rmz := row("bare net/http handler, encoding/json"), row("validate, "+thousands(r.Medium)+" licenses"),
		row("validate, not signed"), row("RMZ verify of the same licenses")
	err = r.contest(ctx, r.Rounds, against(bare, plain, r.validateLoad(k, "", strings.Repeat("x", tokenLength))),
		against(signed, licet, r.validateLoad(k, "", licet.token)),
		against(unsigned, licet, r.validateLoad(k, unsignedPath, licet.token)), against(rmz, licet, r.verifyLoad(k)))
	if err := errors.Join(err, licet.stop(), plain.stop()); err != nil {
		return err
	}
	r.atLeast("requests/s: validate, signed, to the bare handler with encoding/json", wantSigned, signed, bare)
	r.atLeast("requests/s: validate, not signed, to RMZ verify", wantUnsigned, unsigned, rmz)
	cpu := func(a, b *Row) float64 {
		ratio, _ := ratios(a, b, func(x Round) float64 { return float64(x.ServerCPU) })
		return ratio
	}
	r.fact("processor time of the server for a request: bare handler to validate, signed", "%.2f", cpu(bare, signed))
	r.fact("processor time of the server for a request: RMZ verify to validate, not signed", "%.2f", cpu(rmz, unsigned))
	r.fact("processor time of the server for a request: what is signed costs more by", "%s", short(signed.Typical().ServerCPU-unsigned.Typical().ServerCPU))
	r.fact("an Ed25519 signature of a verdict, with the digest of the body, alone", "%s of processor time", short(each))
	return nil
}

// signatureCost signs verdicts for a while, one after the other, and returns what one takes of a processor; of the time that passes where
// the system does not tell.
func signatureCost(span time.Duration) (time.Duration, error) {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return 0, err
	}
	body, err := json.Marshal(bareVerdict())
	if err != nil {
		return 0, err
	}
	signer := signing.NewAnswerSigner(key)
	start, cpu, n := time.Now(), ownCPU(), 0
	for n == 0 || time.Since(start) < span {
		for range signingAtOnce {
			n++
			a := signing.Answer{Method: http.MethodPost, Path: validatePath, Status: http.StatusOK, Body: body, At: now()}
			if _, err := signer.Sign(&a); err != nil {
				return 0, err
			}
		}
	}
	took := time.Since(start)
	if used := ownCPU() - cpu; used > 0 {
		took = used
	}
	return took / time.Duration(n), nil
}

func (r *run) validateLoad(k *keys, prefix, token string) *load {
	l := r.verifyLoad(k)
	l.form = validateForm(prefix, token)
	return l
}

// validateForm renders the question whether an app may run.
func validateForm(prefix, token string) func(string, *keys) (form, error) {
	return func(base string, k *keys) (form, error) {
		u, err := url.Parse(base)
		if err != nil {
			return form{}, err
		}
		key, device := bytes.Repeat([]byte{'x'}, k.each), bytes.Repeat([]byte{'y'}, deviceLength)
		body := fmt.Sprintf(`{"key":"%s","product":"%s","hardware_id":"%s"}`, key, productCode, device)
		text := fmt.Appendf(nil, "POST %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: licet-bench\r\nAuthorization: Bearer %s\r\n"+
			"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", prefix+validatePath, u.Host, token, len(body), body)
		return form{text: text, key: bytes.LastIndex(text, key), device: bytes.LastIndex(text, device), yes: []byte(`"valid":true`)}, nil
	}
}

// nativeDoors are the native API for apps, and the same again without signatures.
func nativeDoors(a *authority.Authority, keyring *signing.Keyring) []wire.Door {
	open := func(unsigned bool) wire.Door {
		return native.New(api.New(api.Deps{Now: now}), native.Deps{Authority: a, Keyring: keyring, Now: now, Unsigned: unsigned})
	}
	signed, unsigned := open(false), open(true)
	unsigned.Name, unsigned.Path = "native-unsigned", unsignedPath+unsigned.Path
	return []wire.Door{signed, unsigned}
}

// vendor is who a tenant that was filled acts through, the only one when it is "".
func vendor(ctx context.Context, s *store.Store, keyring *signing.Keyring, tenant string, edit func(*office.Deps)) (*office.Office, identity.Actor, error) {
	deps := office.Deps{Store: s, Keyring: keyring, Hasher: identity.NewHasher(1, rand.Reader), Now: now, Rand: rand.Reader}
	edit(&deps)
	o := office.New(deps)
	operator := identity.Actor{Kind: identity.Operator, Name: "bench"}
	of, err := o.FindTenant(ctx, operator, tenant)
	return o, office.In(operator, of.ID), err
}

// makeToken makes a token for the apps of the tenant that was filled.
func makeToken(ctx context.Context, s *store.Store, keyring *signing.Keyring) (string, error) {
	o, operator, err := vendor(ctx, s, keyring, "", func(*office.Deps) {})
	if err != nil {
		return "", err
	}
	_, token, err := o.CreateAPIKey(ctx, operator, office.NewAPIKey{Name: "bench", Scopes: identity.NewScopes(identity.UseLicenses)})
	return token.Reveal(), err
}

// validating decodes the same request and encodes the same verdict with encoding/json, as a first version would, and does nothing else.
func validating() http.HandlerFunc {
	verdict := bareVerdict()
	return func(w http.ResponseWriter, r *http.Request) {
		var req struct {
			Key     string `json:"key"`
			Product string `json:"product"`
			Device  string `json:"hardware_id"`
		}
		err := json.NewDecoder(http.MaxBytesReader(w, r.Body, wire.MaxBody)).Decode(&req)
		if err != nil || req.Product == "" || req.Key == "" {
			http.Error(w, "request", http.StatusUnprocessableEntity)
			return
		}
		h := w.Header()
		h.Set("Content-Type", "application/json")
		h.Set("Cache-Control", "no-store")
		_ = json.NewEncoder(w).Encode(verdict) // The client may have gone away.
	}
}

// bareVerdict is a verdict like those that the real server finds.
func bareVerdict() *native.Verdict {
	ans := bareAnswer()
	l := &ans.License
	return &native.Verdict{
		Valid: true, Code: "ok", Detail: "the license may be used here", Notices: []string{}, Features: []native.FeatureView{},
		License: native.LicenseView{
			ID: license.LicenseID(ans.Now), Key: strings.Repeat("X", 23), Product: productCode, Standing: l.Standing, IssuedAt: l.IssuedAt,
			StartedAt: l.StartedAt, ExpiresAt: l.ExpiresAt, Activations: l.Activated, Metadata: "{}",
		},
		Device: &native.DeviceView{ID: license.DeviceID(ans.Now), Activation: strings.Repeat("x", 38), Active: true, ActivatedAt: ans.Now},
		Terms:  api.ViewTerms(l.Terms), Now: ans.Now,
	}
}
