package bench

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"runtime"

	"licet/internal/authority"
	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/signing"
	"licet/internal/store"
)

// What the software_DNA door is measured by.
const (
	passwordPath        = "/dna/v1/licenses/P0000001/"
	passwordConnections = 8
	passwordLicenses    = 100
	benchPassword       = "12345"
	wantOfHashing       = 0.8
	wantMeanwhile       = 0.5
)

// secrets is what the load of the software_DNA door needs: an API client, and licenses that have the same password.
type secrets struct {
	Client, Key string
	Keys        string // packed
	Each        int    // bytes of one
}

func (s *secrets) keys() *keys { return &keys{packed: []byte(s.Keys), each: s.Each} }

// dna measures changes of passwords against nothing but argon2id, and what is left meanwhile for apps that verify.
func (r *run) dna(ctx context.Context) (err error) {
	from, err := r.active(ctx, r.Small)
	if err != nil {
		return err
	}
	f, err := r.copyOf(ctx, r.Small, "dna")
	if err != nil {
		return err
	}
	if err := copyFile(f.dir+"/"+databaseFile, from.dir+"/"+databaseFile); err != nil {
		return err
	}
	floor, err := r.child(ctx, "hash", order{Kind: kindHash})
	if err != nil {
		return err
	}
	licet, err := r.child(ctx, "dna", order{Kind: kindLicet, Dir: f.dir, Secrets: passwordLicenses})
	if err != nil {
		return errors.Join(err, floor.stop())
	}
	k := licet.secrets.keys()
	change := func(p *process) *load {
		return &load{base: p.url, keys: k, connections: passwordConnections, form: changeForm(licet.secrets), warm: r.Round / 4, span: r.Round, next: anywhere(k)}
	}
	verify := func() *load {
		return &load{keys: from.keys(), connections: verifyConnections, warm: r.Round / 4, span: r.Round, next: anywhere(from.keys())}
	}
	row := func(name string, n int) *Row { return &Row{Name: fmt.Sprintf("%s, %d connections", name, n)} }
	bare, changes := row("bare net/http handler that hashes twice", passwordConnections), row("change of a password", passwordConnections)
	alone, beside := row("verify", verifyConnections), row("verify, while passwords are changed", verifyConnections)
	err = r.contest(ctx, r.Rounds, against(bare, floor, change(floor)), against(changes, licet, change(licet)),
		against(alone, licet, verify()), side{row: beside, load: func() (*load, *process, error) {
			l := verify()
			l.beside = change(licet)
			return l, licet, nil
		}})
	if err := errors.Join(err, licet.stop(), floor.stop()); err != nil {
		return err
	}
	r.atLeast("changes of passwords/s: Licet to the bare handler with argon2id alone", wantOfHashing, changes, bare)
	r.atLeast("verify/s while passwords are changed to verify/s alone", wantMeanwhile, beside, alone)
	return nil
}

// makeSecrets makes an API client and licenses with a password for the tenant that was filled.
func makeSecrets(ctx context.Context, s *store.Store, a *authority.Authority, keyring *signing.Keyring, hasher *identity.Hasher, n int) (*secrets, error) {
	o := office.New(office.Deps{Store: s, Keyring: keyring, Hasher: hasher, Now: now, Rand: rand.Reader})
	operator := identity.Actor{Kind: identity.Operator, Name: "bench"}
	tenant, err := o.FindTenant(ctx, operator, "")
	if err != nil {
		return nil, err
	}
	operator = office.In(operator, tenant.ID)
	if _, err := o.CreateProduct(ctx, operator, office.NewProduct{Code: "P0000001", Name: productName, Mask: license.Mask{Text: "****************", Alphabet: license.AlphabetClear}}); err != nil {
		return nil, err
	}
	key, secret, err := o.CreateAppKey(ctx, operator, office.NewAppKey{Name: "bench", Kind: store.BasicClient})
	if err != nil {
		return nil, err
	}
	use := license.SinglePassword
	issued, err := o.CreateLicenses(ctx, operator, office.NewLicenses{Product: "P0000001", Amount: n, Terms: office.TermsChange{Password: &use}})
	if err != nil {
		return nil, err
	}
	made := &secrets{Client: key.PublicID, Key: secret.Reveal()}
	for i := range issued.Licenses {
		code := issued.Licenses[i].Key
		made.Keys, made.Each = made.Keys+code, len(code)
		_, err := a.ActivateWithPassword(ctx, tenant.ID, authority.PasswordActivation{Product: "P0000001", Key: code, Password: benchPassword,
			Email: "bench@licet.example", Claim: license.Claim{HardwareID: "bench"}})
		if err != nil {
			return nil, err
		}
	}
	return made, nil
}

// changeForm renders changes of a password to itself, which cost as much as others.
func changeForm(of *secrets) func(string, *keys) (form, error) {
	return func(base string, k *keys) (form, error) {
		u, err := url.Parse(base)
		if err != nil {
			return form{}, err
		}
		body := fmt.Sprintf(`{"LicensePassword":"%s","NewPassword":"%s","UserIp":"192.0.2.1","SendDnaEmail":false}`, benchPassword, benchPassword)
		code := bytes.Repeat([]byte{'x'}, k.each)
		text := fmt.Appendf(nil, "POST %s%s/password HTTP/1.1\r\nHost: %s\r\nUser-Agent: licet-bench\r\nAuthorization: Basic %s\r\nContent-Length: %d\r\n\r\n%s",
			passwordPath, code, u.Host, base64.StdEncoding.EncodeToString([]byte(of.Client+":"+of.Key)), len(body), body)
		return form{text: text, key: bytes.Index(text, code), status: http.StatusNoContent}, nil
	}
}

// newBenchHasher hashes as many passwords at once as the server does.
func newBenchHasher() *identity.Hasher {
	return identity.NewHasher(identity.HashSlots(runtime.NumCPU()), rand.Reader)
}

// hashing hashes two passwords for each request, as a change does, and does nothing else.
func hashing() http.HandlerFunc {
	hasher := newBenchHasher()
	return func(w http.ResponseWriter, r *http.Request) {
		for range 2 {
			if _, err := hasher.Hash(r.Context().Done(), benchPassword); err != nil {
				http.Error(w, "busy", http.StatusServiceUnavailable)
				return
			}
		}
		w.WriteHeader(http.StatusNoContent)
	}
}
