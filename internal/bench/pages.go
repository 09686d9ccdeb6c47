package bench

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"licet/internal/authority"
	"licet/internal/identity"
	"licet/internal/office"
	"licet/internal/signing"
	"licet/internal/store"
	"licet/internal/web/platform"
	"licet/internal/wire"
)

// The targets of pages, and how often each is asked for.
const (
	wantPage      = 100 * time.Millisecond
	wantPageBytes = 100 << 10
	pageAsked     = 20
	quickAsked    = 2
	pagesShown    = 20 // of the slowest
	pagesPath     = "/platform"
)

// visitor is somebody who looks at the pages of a crowd.
type visitor struct{ Email, Password string }

// pages measures every list of the platform, of a vendor with the large number of licenses.
func (r *run) pages(ctx context.Context) error {
	return r.pagesIn(ctx, filepath.Join(r.dir, "pages"), "")
}

// pagesOnPostgres measures the same on PostgreSQL.
func (r *run) pagesOnPostgres(ctx context.Context) error {
	return r.onPostgres(ctx, func(url string) error { return r.pagesIn(ctx, "", url) })
}

// pagesIn fills a database and looks at its pages: in a folder, or at a URL.
func (r *run) pagesIn(ctx context.Context, dir, url string) error {
	s, err := store.Open(ctx, store.Options{Dir: dir, URL: url})
	if err != nil {
		return err
	}
	start := time.Now()
	f, err := fillCrowd(ctx, s, r.Large)
	s.Close()
	if err != nil {
		return err
	}
	r.say("  made %d licenses with customers, orders, users and devices, %s", r.Large, perSecond(r.Large, time.Since(start)))
	if url != "" {
		if err := analyze(ctx, url); err != nil {
			return err
		}
	}
	p, err := r.child(ctx, r.now.Name, order{Kind: kindLicet, Dir: dir, Database: url, Pages: true})
	if err != nil {
		return err
	}
	return errors.Join(r.lookAround(ctx, p, f), p.stop())
}

// lookAround signs in and looks at every page of a crowd, again and again.
func (r *run) lookAround(ctx context.Context, p *process, f *crowdFiller) error {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return err
	}
	v := &visit{run: r, p: p, http: &http.Client{Jar: jar, Timeout: time.Minute}}
	answer, err := v.http.PostForm(p.url+pagesPath+"/sign-in", url.Values{"email": {p.visitor.Email}, "password": {p.visitor.Password}})
	if err != nil {
		return err
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusOK || answer.Request.URL.Path != pagesPath+"/" {
		return fmt.Errorf("the sign-in ended with %s at %s", answer.Status, answer.Request.URL.Path)
	}
	for _, one := range f.pages() {
		if err := v.lookAt(ctx, one.name, one.path); err != nil {
			return err
		}
	}
	r.judgePages(v)
	return nil
}

// visit is what somebody sees who is signed in.
type visit struct {
	run          *run
	p            *process
	http         *http.Client
	heaviest     int // bytes of the largest page
	heaviestName string
}

// nextPage is the link that a list has to what follows.
var nextPage = regexp.MustCompile(`href="([^"]+)" rel="next"`)

// lookAt measures a page, and the page after it where it is a list that goes on.
func (v *visit) lookAt(ctx context.Context, name, path string) error {
	body, err := v.measure(ctx, name, path)
	if err != nil {
		return err
	}
	if next := nextPage.FindSubmatch(body); next != nil {
		_, err = v.measure(ctx, name+", next page", strings.TrimPrefix(html.UnescapeString(string(next[1])), pagesPath))
	}
	return err
}

// measure asks for a page again and again, and notes how long the answers took to their last byte.
func (v *visit) measure(ctx context.Context, name, path string) ([]byte, error) {
	asked := pageAsked
	if v.run.Quick {
		asked = quickAsked
	}
	var times histogram
	var body []byte
	before, start := v.p.usage().CPU, time.Now()
	for range asked {
		began := time.Now()
		var err error
		if body, err = v.get(ctx, path); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		times.record(time.Since(began))
	}
	took := time.Since(start)
	if len(body) > v.heaviest {
		v.heaviest, v.heaviestName = len(body), name
	}
	v.run.now.Rows = append(v.run.now.Rows, Row{Name: name, Rounds: []Round{{
		Rate: float64(asked) / took.Seconds(), Requests: uint64(asked), P50: times.quantile(0.5), P99: times.quantile(0.99), Max: times.most,
		ServerCPU: (v.p.usage().CPU - before) / time.Duration(asked),
	}}})
	v.run.say("  %s: p50 %s, p99 %s, %d KB", name, short(times.quantile(0.5)), short(times.quantile(0.99)), len(body)>>10)
	return body, nil
}

// get asks for a page once.
func (v *visit) get(ctx context.Context, path string) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, v.p.url+pagesPath+path, nil)
	if err != nil {
		return nil, err
	}
	answer, err := v.http.Do(request)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s was answered with %s", path, answer.Status)
	}
	return body, err
}

// judgePages compares with the targets. The report keeps the slowest pages alone.
func (r *run) judgePages(v *visit) {
	rows := r.now.Rows
	slices.SortFunc(rows, func(a, b Row) int { return cmp.Compare(b.Typical().P99, a.Typical().P99) })
	var slow []string
	for i := range rows {
		if rows[i].Typical().P99 >= wantPage {
			slow = append(slow, rows[i].Name)
		}
	}
	r.now.Rows = rows[:min(len(rows), pagesShown)]
	worst := &rows[0]
	p99 := worst.Typical().P99
	r.target(Target{
		What: fmt.Sprintf("p99 of the slowest of %d pages, %s licenses", len(rows), thousands(r.Large)), Want: "less than " + short(wantPage),
		Have: fmt.Sprintf("%s (%s)", short(p99), worst.Name), Met: p99 < wantPage, Value: p99.Seconds(),
	})
	r.target(Target{
		What: "the largest page", Want: fmt.Sprintf("at most %d KB", wantPageBytes>>10),
		Have: fmt.Sprintf("%d KB (%s)", v.heaviest>>10, v.heaviestName), Met: v.heaviest <= wantPageBytes, Value: float64(v.heaviest),
	})
	if len(slow) > 0 {
		r.note("Slower than %s: %s.", short(wantPage), strings.Join(slow, "; "))
	}
	r.fact("p50 of the page in the middle", "%s", short(medianOf(rows, func(x Row) time.Duration { return x.Typical().P50 })))
	r.note("Each page was asked for %d times, one after the other, by one person who is signed in; a time ends with the last byte. The table has the slowest of %d pages.",
		rows[0].Rounds[0].Requests, len(rows))
}

// pageDoors are the vendor's pages.
func pageDoors(s *store.Store, a *authority.Authority, keyring *signing.Keyring) []wire.Door {
	o := office.New(office.Deps{Store: s, Keyring: keyring, Hasher: identity.NewHasher(1, rand.Reader), Now: now, Rand: rand.Reader})
	return platform.New(platform.Deps{Office: o, Authority: a, Now: now, Rand: rand.Reader, Version: "bench"})
}

// makeVisitor makes an owner of the crowd.
func makeVisitor(ctx context.Context, s *store.Store, keyring *signing.Keyring) (*visitor, error) {
	o, operator, err := vendor(ctx, s, keyring, crowdTenant, func(*office.Deps) {})
	if err != nil {
		return nil, err
	}
	v := &visitor{Email: "owner@example.com", Password: "Aa1-" + rand.Text()}
	_, err = o.CreateUser(ctx, operator, office.NewUser{Email: v.Email, Name: "Owner", Password: identity.Secret(v.Password), Role: identity.Owner})
	return v, err
}
