// Package interop lets a vendor's server talk to the licet binary as it would to software_DNA's REST API: with the call that the demo
// prints, and with mails that a real mail server takes.
package interop

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"licet/internal/testkit/smtptest"
	"licet/tests/interop/harness"
)

// demo is the part of demo.json.
type demo struct {
	URL string `json:"url"`
	DNA struct {
		ClientID  string `json:"client_id"`
		APIKey    string `json:"api_key"`
		Product   string `json:"product_id"`
		License   string `json:"license_id"`
		Password  string `json:"license_password"`
		MultiUser string `json:"multi_user_license_id"`
		SetupKey  string `json:"license_setup_key"`
	} `json:"dna"`
}

// site is a demo that runs, with a mail server.
type site struct {
	*harness.Site
	t    *testing.T
	demo demo
	mail *smtptest.Sink
}

func newSite(t *testing.T) *site {
	t.Helper()
	s := &site{t: t, mail: smtptest.New(t)}
	s.Site = harness.Serve(t, harness.Build(t), "--mail-host", s.mail.Host, "--mail-port", s.mail.PortText(), "--mail-tls", "none",
		"--mail-from", "Vendor <licenses@vendor.test>", "--dna-rate-per-minute", "0")
	s.Demo(t, &s.demo)
	return s
}

// call makes a call about a license of the demo and wants a status.
func (s *site) call(license, path string, body map[string]any, status int) map[string]any {
	s.t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		s.t.Fatal(err)
	}
	at := fmt.Sprintf("%s/dna/v1/licenses/%s/%s%s", s.demo.URL, s.demo.DNA.Product, license, path)
	r, err := http.NewRequestWithContext(s.t.Context(), http.MethodPost, at, strings.NewReader(string(text)))
	if err != nil {
		s.t.Fatal(err)
	}
	r.SetBasicAuth(s.demo.DNA.ClientID, s.demo.DNA.APIKey)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	if resp.StatusCode != status {
		s.t.Fatalf("%s = %d %s, want %d", path, resp.StatusCode, got, status)
	}
	var out map[string]any
	_ = json.Unmarshal(got, &out) // 204 has no body.
	return out
}

// printed is the call that the demo prints.
var printed = regexp.MustCompile(`(?m)^\s+curl -i -X POST '(\S+)' -H 'Accept: application/json' -u '(\S+)' -d '(\{.*\})'$`)

var resetCode = regexp.MustCompile(`\b[2-9A-HJ-KMNP-Z]{10}\b`)

// paste makes the printed call with curl, and where there is none as curl would: it says that the body is a form. It returns the
// status.
func paste(t *testing.T, at, user, body string) int {
	t.Helper()
	if curl, err := exec.LookPath("curl"); err == nil {
		out, err := exec.CommandContext(t.Context(), curl, "-s", "-o", "/dev/null", "-w", "%{http_code}", "-X", "POST", at, "-H", "Accept: application/json",
			"-u", user, "-d", body).Output()
		if err != nil {
			t.Fatal(err)
		}
		status, err := strconv.Atoi(string(out))
		if err != nil {
			t.Fatal(err)
		}
		return status
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, at, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	name, key, _ := strings.Cut(user, ":")
	r.SetBasicAuth(name, key)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	return resp.StatusCode
}

// TestDNA: the call that the demo prints changes the password once; who forgot it gets a code by mail; who guesses is locked out.
func TestDNA(t *testing.T) {
	s := newSite(t)
	d := &s.demo.DNA
	found := printed.FindStringSubmatch(s.Log(t))
	if found == nil {
		t.Fatalf("the demo prints no call of curl:\n%s", s.Log(t))
	}
	for _, want := range []int{http.StatusNoContent, http.StatusForbidden} {
		if got := paste(t, found[1], found[2], found[3]); got != want {
			t.Fatalf("the printed call = %d, want %d", got, want)
		}
	}
	body := func(more map[string]any) map[string]any {
		out := map[string]any{"UserIp": "203.0.113.9", "SendDnaEmail": false}
		for name, value := range more {
			out[name] = value
		}
		return out
	}
	s.call(d.License, "", body(map[string]any{"LicensePassword": "54321"}), http.StatusOK)

	before := len(s.mail.Wait(2)) // Of the demo's own multi-user license.
	s.call(d.License, "/passrecovery", map[string]any{"UserIp": "203.0.113.9"}, http.StatusNoContent)
	mail := s.mail.Wait(before + 1)[before]
	code := resetCode.FindString(mail.Text)
	if code == "" || mail.To != "user@licet.example" || mail.From != "licenses@vendor.test" {
		t.Fatalf("the mail from %s to %s is %q", mail.From, mail.To, mail.Text)
	}
	s.call(d.License, "/password", body(map[string]any{"LicensePassword": code, "NewPassword": "anew"}), http.StatusNoContent)
	s.call(d.License, "/password", body(map[string]any{"LicensePassword": code, "NewPassword": "again"}), http.StatusForbidden)
	s.call(d.License, "", body(map[string]any{"LicensePassword": "anew"}), http.StatusOK)
	s.call(d.MultiUser, "/adminpassword", body(map[string]any{"LicenseKey": d.SetupKey, "NewAdminPassword": "boss"}), http.StatusNoContent)

	guess := map[string]any{"LicensePassword": "wrong", "NewPassword": "x", "UserIp": "203.0.113.66", "SendDnaEmail": false}
	for range 20 {
		s.call(d.License, "/password", guess, http.StatusForbidden)
	}
	guess["LicensePassword"], guess["NewPassword"] = "anew", "anew"
	if got := s.call(d.License, "/password", guess, http.StatusForbidden); got["Message"] != "IP Lockout" {
		t.Errorf("the right password from a locked address = %v", got)
	}
	s.call(d.License, "/password", body(map[string]any{"LicensePassword": "anew", "NewPassword": "anew"}), http.StatusNoContent)
	s.Licet(t, "lockout", "clear", "203.0.113.66")
	s.call(d.License, "/password", guess, http.StatusNoContent)
	for _, secret := range []string{d.APIKey, d.SetupKey, code, "54321", d.License} {
		if strings.Count(s.Log(t), secret) > strings.Count(strings.Join(found, "\n"), secret) {
			t.Errorf("the log holds %q", secret)
		}
	}
}
