package browser

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"licet/internal/testkit/browser"
)

// issue makes a license by the command line, and returns its key.
func (s *site) issue(t *testing.T, product, reference string) string {
	t.Helper()
	out := s.Licet(t, "license", "create", "--product", product, "--order", reference, "--json", "--tenant", "demo")
	key := regexp.MustCompile(`"license_key":\s*"([^"]+)"`).FindSubmatch(out)
	if key == nil {
		t.Fatalf("licet license create: no key in %s", out)
	}
	return string(key[1])
}

// openLicense opens the page of a license, by a search for its key.
func (s *site) openLicense(p *browser.Page, key string) {
	p.Open(s.URL + "/platform/licenses?" + url.Values{"q": {key}}.Encode())
	p.Click("tbody th a")
	p.WaitText(key)
}

// TestLicenseFlows does with licenses what vendors do.
func TestLicenseFlows(t *testing.T) {
	t.Parallel()
	s := serve(t)
	t.Run("S0-05_create_by_mask", func(t *testing.T) {
		t.Parallel()
		p := s.signIn(t, browser.Options{})
		p.Open(s.URL + "/platform/licenses/new")
		p.Select("Product", "Fernglow Photo")
		p.FillField("Amount", "100")
		p.FillField("Mask", "ACME-****-****")
		p.Press("Create licenses")
		p.WaitText("100 licenses are made")
		keys := strings.Fields(p.Text("pre.code"))
		slices.Sort(keys)
		if keys = slices.Compact(keys); len(keys) != 100 {
			t.Errorf("%d different keys, want 100", len(keys))
		}
		for _, key := range keys {
			if !regexp.MustCompile(`^ACME-[0-9A-Za-z]{4}-[0-9A-Za-z]{4}$`).MatchString(key) {
				t.Errorf("the key %s does not follow the mask", key)
			}
		}
		p.Open(s.URL + "/platform/licenses")
		p.FillField("Search", keys[42])
		p.Press("Filter")
		if got := p.Texts("tbody th a"); len(got) != 1 || got[0] != keys[42] {
			t.Errorf("the search for %s finds %q", keys[42], got)
		}
		p.NoFaults()
	})
	t.Run("no_script", func(t *testing.T) {
		t.Parallel()
		p := s.signIn(t, browser.Options{NoScript: true})
		p.Open(s.URL + "/platform/licenses/new")
		p.Select("Product", "Fernglow Photo")
		p.Press("Create licenses")
		p.WaitText("1 license is made")
		if key := p.Text("pre.code"); !strings.HasPrefix(strings.TrimSpace(key), "FERN-") {
			t.Errorf("the license made without a script is %q, want one by the product's mask", key)
		}
	})
	t.Run("S0-10_export", func(t *testing.T) {
		t.Parallel()
		p := s.signIn(t, browser.Options{})
		rows := func(from, until string) [][]string {
			t.Helper()
			p.Open(s.URL + "/platform/licenses")
			p.Press("Export")
			form := p.Within("#export")
			form.FillField("From", from)
			form.FillField("Until", until)
			name, body := p.Download(func() { form.Press("Download CSV") })
			if !strings.HasSuffix(name, ".csv") {
				t.Errorf("the file is called %s, want a CSV", name)
			}
			list, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(body, []byte("\ufeff")))).ReadAll()
			if err != nil || len(list) == 0 {
				t.Fatalf("the export: %d rows, %v", len(list), err)
			}
			return list
		}
		if n := len(rows("2020-01-01", "2099-12-31")); n < 300 {
			t.Errorf("the export of all has %d rows, want a few hundred", n)
		}
		if n := len(rows("2099-01-01", "2099-12-31")); n != 1 {
			t.Errorf("the export of days to come has %d rows, want its header alone", n)
		}
	})
	t.Run("S1-21_S1-22_extend", func(t *testing.T) {
		t.Parallel()
		p := s.signIn(t, browser.Options{})
		s.openLicense(p, s.issue(t, "fernglow", "EXTEND-1"))
		p.Press("Extend")
		form := p.Within("[popover]:popover-open")
		form.FillField("Longer by", "30")
		form.Press("Extend")
		p.WaitText("The license was extended by")
		p.NoFaults()
		p.Open(s.URL + "/platform/licenses?used=yes&product=fernglow&standing=enabled")
		p.Click("tbody th a")
		p.WaitText("It cannot be extended. It is used")
	})
	t.Run("S1-17_S1-18_ban", func(t *testing.T) {
		t.Parallel()
		p := s.signIn(t, browser.Options{})
		for i, withUser := range []bool{false, true} {
			key := s.KeyAuth.Keys[i]
			if got := s.keyAuth(t, key); !got {
				t.Fatalf("KeyAuth license(%s) = refused before the ban, want success", key)
			}
			s.openLicense(p, key)
			p.Press("Ban")
			form := p.Within("[popover]:popover-open")
			form.WaitText("Without the box, its user keeps going.")
			if withUser {
				form.Check("Ban the user too")
			}
			form.Press("Ban the license")
			p.WaitText("The license is banned")
			if got := s.keyAuth(t, key); got == withUser {
				t.Errorf("KeyAuth license(%s) = %v after a ban with its user: %v, want %v", key, got, withUser, !withUser)
			}
		}
		p.NoFaults()
	})
	t.Run("live", func(t *testing.T) {
		t.Parallel()
		p := s.signIn(t, browser.Options{})
		p.Open(s.URL + "/platform/audit")
		before := p.URL()
		s.issue(t, "fernglow", "LIVE-7KQM")
		p.Wait("[data-live] .fresh")
		if p.URL() != before {
			t.Errorf("the page is %s, want %s still", p.URL(), before)
		}
		noComplaints(t, p)
	})
}

// keyAuth signs in to the demo's application by a license, as a client of KeyAuth, and reports whether that is let.
func (s *site) keyAuth(t *testing.T, key string) bool {
	t.Helper()
	address := s.URL + "/keyauth/api/1.3/?" + url.Values{"name": {s.KeyAuth.Name}, "ownerid": {s.KeyAuth.OwnerID}}.Encode()
	ask := func(form url.Values) (answer struct {
		Success bool   `json:"success"`
		Session string `json:"sessionid"`
		Message string `json:"message"`
	},
	) {
		t.Helper()
		r, err := http.PostForm(address, form)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Body.Close()
		body, err := io.ReadAll(r.Body)
		if err == nil {
			err = json.Unmarshal(body, &answer)
		}
		if err != nil {
			t.Fatalf("%s: %v\n%s", form.Get("type"), err, body)
		}
		t.Logf("%s: %s", form.Get("type"), answer.Message)
		return answer
	}
	began := ask(url.Values{"type": {"init"}, "ver": {s.KeyAuth.Version}})
	return ask(url.Values{"type": {"license"}, "sessionid": {began.Session}, "key": {key}, "hwid": {"browser-test-0001-" + key}}).Success
}

// TestUsageBar sets the allowance so that the calls of the month are below it, are it, and are above it: above it alone the bar
// is red.
func TestUsageBar(t *testing.T) {
	t.Parallel()
	s := serve(t)
	p := s.signIn(t, browser.Options{})
	type usage struct {
		Percent float64 `json:"percent"`
		Over    bool    `json:"over"`
		Months  []struct {
			Calls int64 `json:"calls"`
		} `json:"months"`
	}
	read := func() (u usage) {
		t.Helper()
		out := s.Licet(t, "usage", "--json", "--tenant", "demo")
		if err := json.Unmarshal(out, &u); err != nil || len(u.Months) == 0 {
			t.Fatalf("licet usage: %v\n%s", err, out)
		}
		return u
	}
	for _, percent := range []int64{80, 100, 137} {
		calls := read().Months[0].Calls
		s.Licet(t, "tenant", "set", "api.allowance", strconv.FormatInt(max(1, calls*100/percent), 10), "--tenant", "demo")
		want := read()
		p.Open(s.URL + "/platform/")
		if got := p.Text(".meter-text strong"); got != strconv.FormatFloat(want.Percent, 'f', -1, 64)+"%" {
			t.Errorf("the usage bar says %s, want %v%%", got, want.Percent)
		}
		if got := p.Exists(".meter-over"); got != (percent > 100) || want.Over != got {
			t.Errorf("the usage bar is red at %v%%: %v, want %v", want.Percent, got, percent > 100)
		}
		p.NoFaults()
	}
}
