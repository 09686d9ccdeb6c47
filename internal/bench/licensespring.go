package bench

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"sync/atomic"
	"time"

	"licet/internal/identity"
	"licet/internal/office"
	"licet/internal/signing"
	"licet/internal/store"
)

// What the LicenseSpring door is measured by.
const (
	checkPath    = "/licensespring/api/v4/check_license"
	wantOfRSA    = 0.8
	wantReused   = 3.0  // times the floor, where answers are asked for again
	signatures   = 2.0  // an answer that was never given before takes: one in it, and one over it
	reusedOnes   = 1000 // licenses that are asked for again and again
	signBodySize = 2 << 10
)

// licenseSpring measures a check with its signatures against nothing but RSA on the same cores.
func (r *run) licenseSpring(ctx context.Context) (err error) {
	f, err := r.active(ctx, r.Medium)
	if err != nil {
		return err
	}
	floor, err := r.child(ctx, "rsa", order{Kind: kindRSA})
	if err != nil {
		return err
	}
	licet, err := r.child(ctx, "check-license", order{Kind: kindLicet, Dir: f.dir, App: true})
	if err != nil {
		return errors.Join(err, floor.stop())
	}
	all := f.keys()
	some := &keys{product: all.product, packed: all.packed[:min(len(all.packed), reusedOnes*all.each)], each: all.each}
	fresh, again := newPool(all), anywhere(some)
	row := func(name string) *Row { return &Row{Name: fmt.Sprintf("%s, %d connections", name, verifyConnections)} }
	load := func(p *process, k *keys) *load {
		return &load{keys: k, connections: verifyConnections, form: checkForm(p.app), warm: r.Round / 4, span: r.Round}
	}
	bare, first, reused := row("bare net/http handler that signs each answer"), row("check_license, each answer for the first time"), row("check_license, answers given before")
	bareLoad, firstLoad, reusedLoad := load(floor, all), load(licet, all), load(licet, some)
	bareLoad.next, firstLoad.next, reusedLoad.next = anywhere(all), fresh.all(), again
	err = r.contest(ctx, r.Rounds, against(bare, floor, bareLoad), against(first, licet, firstLoad), against(reused, licet, reusedLoad))
	if err := errors.Join(err, licet.stop(), floor.stop()); err != nil {
		return err
	}
	ratio, rounds := ratios(first, bare, rateOf)
	for i := range rounds {
		rounds[i] *= signatures
	}
	ratio *= signatures
	r.target(Target{
		What: "signatures/s: check_license with two new ones to the bare handler with one", Want: fmt.Sprintf("at least %.2f", wantOfRSA),
		Have: fmt.Sprintf("%.2f", ratio), Met: ratio >= wantOfRSA, Value: ratio, Rounds: rounds,
	})
	r.atLeast("requests/s: check_license with answers given before to the bare handler", wantReused, reused, bare)
	return nil
}

// makeApp makes credentials for the tenant that was filled.
func makeApp(ctx context.Context, s *store.Store, keyring *signing.Keyring) (apiKey, shared string, err error) {
	o := office.New(office.Deps{Store: s, Keyring: keyring, Hasher: identity.NewHasher(1, rand.Reader), Now: now, Rand: rand.Reader})
	operator := identity.Actor{Kind: identity.Operator, Name: "bench"}
	tenant, err := o.FindTenant(ctx, operator, "")
	if err != nil {
		return "", "", err
	}
	key, secret, err := o.CreateAppKey(ctx, office.In(operator, tenant.ID), office.NewAppKey{Name: "bench", Kind: store.HMACKey})
	return key.PublicID, secret.Reveal(), err
}

// checkForm renders checks that are signed once: a signature holds for a quarter of an hour (§2.1).
func checkForm(app [2]string) func(string, *keys) (form, error) {
	return func(base string, k *keys) (form, error) {
		u, err := url.Parse(base)
		if err != nil {
			return form{}, err
		}
		date := time.Now().UTC().Format(http.TimeFormat)
		mac := hmac.New(sha256.New, []byte(app[1]))
		fmt.Fprintf(mac, "licenseSpring\ndate: %s", date)
		key, device := bytes.Repeat([]byte{'x'}, k.each), bytes.Repeat([]byte{'y'}, deviceLength)
		text := fmt.Appendf(nil, "GET %s?product=bench&license_key=%s&hardware_id=%s HTTP/1.1\r\nHost: %s\r\nUser-Agent: licet-bench\r\n"+
			"Date: %s\r\nAuthorization: algorithm=\"hmac-sha256\",headers=\"date\",signature=\"%s\",apikey=\"%s\"\r\n\r\n",
			checkPath, key, device, u.Host, date, base64.StdEncoding.EncodeToString(mac.Sum(nil)), app[0])
		return form{text: text, key: bytes.Index(text, key), device: bytes.Index(text, device), yes: []byte(`"license_active":true`)}, nil
	}
}

// signer signs an answer that no one has been given before, and does nothing else.
func signer() http.HandlerFunc {
	key, err := signing.GenerateRSA(rand.Reader, signing.RSA2048)
	if err != nil {
		panic(err) // Only a system without random bytes cannot make a key.
	}
	body := bytes.Repeat([]byte{' '}, signBodySize)
	copy(body, `{"license_active":true}`)
	var count atomic.Int64
	return func(w http.ResponseWriter, _ *http.Request) {
		signature, err := key.Sign(strconv.AppendInt(nil, count.Add(1), 10))
		if err != nil {
			http.Error(w, "signature", http.StatusInternalServerError)
			return
		}
		h := w.Header()
		h["LicenseSignature"] = []string{signature}
		h.Set("Content-Type", "application/json")
		_, _ = w.Write(body) // The client may have gone away.
	}
}
