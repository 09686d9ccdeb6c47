package bench

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"licet/internal/authority"
	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/signing"
	"licet/internal/store"
)

// What the KeyAuth door is measured by.
const (
	clientPath     = "/keyauth/api/1.3/"
	sessionLength  = 32   // characters of a session
	applicationOf  = 1000 // licenses in use
	licensesAtOnce = 100
)

// application is what the load of the KeyAuth door needs: an application, and licenses of it that were used before, each on the
// machine of its place.
type application struct {
	Owner, Name string
	Keys        string // packed
	Each        int    // bytes of one
}

func (a *application) keys() *keys { return &keys{packed: []byte(a.Keys), each: a.Each} }

// keyAuth measures a sign-in with a license, and the question that follows it all day, against nothing but Ed25519 on the same
// cores.
func (r *run) keyAuth(ctx context.Context) (err error) {
	floor, err := r.child(ctx, "form", order{Kind: kindForm})
	if err != nil {
		return err
	}
	licet, err := r.child(ctx, "keyauth", order{Kind: kindLicet, Dir: r.dir + "/keyauth", Users: min(applicationOf, r.Medium)})
	if err != nil {
		return errors.Join(err, floor.stop())
	}
	row := func(name string) *Row { return &Row{Name: fmt.Sprintf("%s, %d connections", name, verifyConnections)} }
	load := func(render func(string, *keys) (form, error)) *load {
		k := licet.users.keys()
		return &load{keys: k, connections: verifyConnections, form: render, warm: r.Round / 4, span: r.Round, next: anywhere(k)}
	}
	bareThree, three := row("bare net/http handler that signs each answer, three requests"), row("init, license and check")
	bareOne, one := row("bare net/http handler that signs each answer"), row("init")
	err = r.contest(ctx, r.Rounds,
		against(bareThree, floor, load(signInForm(licet.users))), against(three, licet, load(signInForm(licet.users))),
		against(bareOne, floor, load(beginForm(licet.users))), against(one, licet, load(beginForm(licet.users))))
	if err := errors.Join(err, licet.stop(), floor.stop()); err != nil {
		return err
	}
	ratio, rounds := ratios(three, bareThree, rateOf)
	r.note("In a row of three requests two are changes, which wait for the disk: a session is kept, and who signed in by it. "+
		"To the bare handler: %.2f (%s); init alone is one change.", ratio, joined(rounds))
	return nil
}

func joined(rounds []float64) string {
	words := make([]string, len(rounds))
	for i, v := range rounds {
		words[i] = strconv.FormatFloat(v, 'f', 2, 64)
	}
	return strings.Join(words, " ")
}

// makeApplication makes an application with licenses that were used.
func makeApplication(ctx context.Context, s *store.Store, a *authority.Authority, keyring *signing.Keyring, n int) (*application, error) {
	o := office.New(office.Deps{Store: s, Keyring: keyring, Hasher: identity.NewHasher(1, rand.Reader), Now: now, Rand: rand.Reader})
	operator := identity.Actor{Kind: identity.Operator, Name: "bench"}
	tenant, err := o.CreateTenant(ctx, operator, "bench", productName)
	if err != nil {
		return nil, err
	}
	operator = office.In(operator, tenant.ID)
	if _, err := o.CreateProduct(ctx, operator, office.NewProduct{Code: "bench", Name: productName}); err != nil {
		return nil, err
	}
	app, err := o.CreateApplication(ctx, operator, "bench", office.NewApplication{Name: "bench"})
	if err != nil {
		return nil, err
	}
	made := &application{Owner: app.Owner, Name: app.Name}
	for len(made.Keys) < n*made.Each || made.Each == 0 {
		list, err := o.CreateApplicationLicenses(ctx, operator, "bench", office.NewApplicationLicenses{Amount: licensesAtOnce, Mask: license.ApplicationMask,
			Upper: true, Level: 1, Lasts: license.Span{Seconds: 365 * 86400}})
		if err != nil {
			return nil, err
		}
		for i := range list.Licenses {
			made.Each = len(list.Licenses[i].Key)
			made.Keys += list.Licenses[i].Key
		}
	}
	k := made.keys()
	for i := range k.count() {
		visit := &authority.Visit{App: app, Address: "127.0.0.1", Now: now()}
		if _, err := a.LoginByKey(ctx, visit, string(k.of(i)), string(appendDevice(nil, i, 0)), ""); err != nil {
			return nil, err
		}
	}
	return made, nil
}

// part renders one request of an app. The fields key, hwid and sessionid stand where blanks are.
func (a *application) part(base, call string, fields ...string) (form, error) {
	u, err := url.Parse(base)
	if err != nil {
		return form{}, err
	}
	body := "type=" + call + "&name=" + a.Name + "&ownerid=" + a.Owner
	for _, f := range fields {
		body += "&" + f
	}
	text := fmt.Appendf(nil, "POST %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: licet-bench\r\nContent-Type: application/x-www-form-urlencoded\r\n"+
		"Content-Length: %d\r\n\r\n%s", clientPath, u.Host, len(body), body)
	f := form{text: text, yes: []byte(`"success":true`)}
	for name, at := range map[string]*int{"&key=": &f.key, "&hwid=": &f.device, "&sessionid=": &f.session} {
		if i := bytes.Index(text, []byte(name)); i > 0 {
			*at = i + len(name)
		}
	}
	return f, nil
}

// beginForm renders the beginning of a session.
func beginForm(a *application) func(string, *keys) (form, error) {
	return func(base string, _ *keys) (form, error) { return a.part(base, "init", "ver=1.0") }
}

// signInForm renders a sign-in: a session begins, a license is shown, and the app asks whether it is signed in.
func signInForm(a *application) func(string, *keys) (form, error) {
	return func(base string, k *keys) (form, error) {
		session := "sessionid=" + strings.Repeat("s", sessionLength)
		first, err := a.part(base, "init", "ver=1.0")
		if err != nil {
			return form{}, err
		}
		for _, fields := range [][]string{
			{"license", session, "key=" + strings.Repeat("k", k.each), "hwid=" + strings.Repeat("h", deviceLength)},
			{"check", session},
		} {
			next, err := a.part(base, fields[0], fields[1:]...)
			if err != nil {
				return form{}, err
			}
			first.then = append(first.then, next)
		}
		return first, nil
	}
}

// sessionOf returns the session that an answer names; nothing where it names none.
func sessionOf(body []byte) []byte {
	_, rest, _ := bytes.Cut(body, []byte(`"sessionid":"`))
	return rest[:min(len(rest), sessionLength)]
}

// formSigner reads a form and signs an answer, and does nothing else.
func formSigner() http.HandlerFunc {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		panic(err) // Only a system without random bytes cannot make a key.
	}
	body := []byte(`{"success":true,"code":68,"message":"Initialized","sessionid":"` + strings.Repeat("0", sessionLength) +
		`","nonce":"00000000-0000-4000-8000-000000000000","ownerid":"0123456789"}`)
	return func(w http.ResponseWriter, r *http.Request) {
		if r.ParseForm() != nil || r.PostForm.Get("type") == "" {
			http.Error(w, "form", http.StatusBadRequest)
			return
		}
		stamp := strconv.FormatInt(time.Now().Unix(), 10)
		h := w.Header()
		h.Set("Content-Type", "application/json; charset=utf-8")
		h.Set("X-Signature-Timestamp", stamp)
		h.Set("X-Signature-Ed25519", hex.EncodeToString(ed25519.Sign(key, append([]byte(stamp), body...))))
		_, _ = w.Write(body) // The client may have gone away.
	}
}
