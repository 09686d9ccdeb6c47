package browser

import (
	"os"
	"sync"
	"testing"

	"licet/internal/testkit/browser"
	"licet/tests/interop/harness"
)

// folder is where the binary is built.
var folder = sync.OnceValues(func() (string, error) { return os.MkdirTemp("", "licet-browser-") })

// build builds the binary once for all tests.
var build = sync.OnceValues(func() (string, error) {
	dir, err := folder()
	if err != nil {
		return "", err
	}
	return harness.BuildIn(dir)
})

func TestMain(m *testing.M) {
	code := m.Run()
	if dir, err := folder(); err == nil {
		_ = os.RemoveAll(dir) // It is in the folder for temporary files.
	}
	os.Exit(code)
}

// site is a server with its demo.
type site struct {
	*harness.Site

	URL      string `json:"url"`
	Platform struct {
		Email    string `json:"email"`
		Password string `json:"password"`
	} `json:"platform"`
	KeyAuth struct {
		Name    string   `json:"name"`
		OwnerID string   `json:"ownerid"`
		Version string   `json:"version"`
		Keys    []string `json:"license_keys"`
	} `json:"keyauth"`
}

// serve starts a server with the demo, and with flags. It is stopped when the test is over.
func serve(t *testing.T, flags ...string) *site {
	t.Helper()
	browser.Start(t) // It skips the test where there is none.
	binary, err := build()
	if err != nil {
		t.Fatal(err)
	}
	s := &site{Site: harness.Serve(t, binary, flags...)}
	s.Demo(t, s)
	return s
}

// page opens an address of the site, or a path, in a browser that nobody has signed in with.
func (s *site) page(t *testing.T, o browser.Options, path string) *browser.Page {
	t.Helper()
	p := browser.Start(t).Page(t, o)
	p.Open(s.URL + path)
	return p
}

// signIn opens the platform as the person of the demo.
func (s *site) signIn(t *testing.T, o browser.Options) *browser.Page {
	t.Helper()
	p := s.page(t, o, "/platform/sign-in")
	s.enter(p, s.Platform.Email, s.Platform.Password)
	p.WaitURL("/platform/")
	return p
}

// enter fills in the form of the sign-in.
func (s *site) enter(p *browser.Page, email, password string) {
	p.FillField("E-mail", email)
	p.FillField("Password", password)
	p.Press("Sign in")
}
