package platform

import (
	"bytes"
	"encoding/json"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
)

// send sends a form with a file.
func (c *client) send(path, name, text string, form url.Values) *answer {
	c.s.t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for field, values := range form {
		for _, value := range values {
			if err := w.WriteField(field, value); err != nil {
				c.s.t.Fatal(err)
			}
		}
	}
	if name != "" {
		part, err := w.CreateFormFile("file", name)
		if err == nil {
			_, err = part.Write([]byte(text))
		}
		if err != nil {
			c.s.t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		c.s.t.Fatal(err)
	}
	request, err := http.NewRequest(http.MethodPost, c.s.url+base+path, &body)
	if err != nil {
		c.s.t.Fatal(err)
	}
	request.Header.Set("Content-Type", w.FormDataContentType())
	request.Header.Set("Sec-Fetch-Site", "same-origin")
	return c.do(request)
}

// ended asks for the page of a job until it has ended, as the script does.
func (a *answer) ended(c *client) *answer {
	a.t.Helper()
	for strings.Contains(a.body, "data-poll") {
		a = c.get(a.path)
	}
	return a
}

func TestImportLicenses(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	t.Cleanup(s.office.EndJobs)
	s.sells("studio", office.TermsChange{})
	s.issues(office.NewLicenses{Product: "studio", Keys: []string{"THERE-1"}})
	owner := s.as(identity.Owner)
	file := "key,duration,note\nNEW-1,1y,\"" + strings.ReplaceAll(hostile, `"`, `""`) + "\"\nNEW-2,soon,\nTHERE-1,,\nNEW-3,30d,\n"
	form := url.Values{"product": {"studio"}}

	owner.get("/licenses/import").want(http.StatusOK, "Look at the file", "/licenses/import/template")
	checked := owner.send("/licenses/import", "old.csv", file, form).ended(owner).
		want(http.StatusOK, "nothing is made yet", "Import 2 licenses", `<th scope="row" class="number tight">3</th>`, "is no duration", "There already").lacks("<script>alert")
	if got := s.all(office.LicenseFilter{}); len(got) != 1 {
		t.Fatalf("after a look there are %d licenses, want 1", len(got))
	}
	_, job, _ := strings.Cut(checked.path, "job=")
	t.Run("others", func(t *testing.T) {
		s.as(identity.Admin).post("/licenses/import/start", url.Values{"job": {job}}).want(http.StatusOK, "The file is not here any more")
		s.as(identity.ReadOnly).get("/licenses/jobs?job=" + job).want(http.StatusOK).lacks("Import 2 licenses")
		owner.get("/licenses/jobs?job=999").want(http.StatusNotFound)
	})
	start := url.Values{"job": {job}, "_once": {"a-name"}}
	owner.post("/licenses/import/start", start).ended(owner).want(http.StatusOK, "2 licenses are made.", "is no duration")
	owner.post("/licenses/import/start", start).want(http.StatusOK, "it was not done again")
	l := s.licensed(office.Ref{Key: "NEW-1"})
	if got := s.all(office.LicenseFilter{}); len(got) != 3 || l.Note != hostile || l.Terms.Duration != (license.Span{Months: 12}) {
		t.Errorf("there are %d licenses, the first of them lasts %s with the note %q; want 3, a year, what was written", len(got), l.Terms.Duration, l.Note)
	}
	t.Run("gone", func(t *testing.T) {
		owner.post("/licenses/import/start", url.Values{"job": {job}}).want(http.StatusOK, "The file is not here any more. Choose it again.")
		owner.get("/licenses/jobs?job="+job).want(http.StatusOK, "Choose it again to import it")
	})
	t.Run("keyauth", func(t *testing.T) {
		owner.send("/licenses/import", "keys.json", `[{"key":"KA-1","level":"2","expiry":"30"}]`, url.Values{"product": {"studio"}, "format": {"keyauth"}}).
			ended(owner).want(http.StatusOK, "Import 1 license<")
	})
	t.Run("nothing_new", func(t *testing.T) {
		owner.send("/licenses/import", "old.csv", "key\nTHERE-1\n", form).ended(owner).want(http.StatusOK, "Nothing would be made of this file.")
	})
	t.Run("template", func(t *testing.T) {
		a := owner.get("/licenses/import/template").want(http.StatusOK, "key,level,duration")
		owner.send("/licenses/import", "template.csv", a.body, form).ended(owner).want(http.StatusOK, "Import 3 licenses").lacks("Rows that are refused")
	})
}

func TestImportLicensesWrong(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	t.Cleanup(s.office.EndJobs)
	s.sells("studio", office.TermsChange{})
	owner := s.as(identity.Owner)
	form := url.Values{"product": {"studio"}}
	owner.send("/licenses/import", "", "", form).want(http.StatusUnprocessableEntity, "Choose a file.", `id="f-file-fault"`)
	owner.send("/licenses/import", "a.csv", "key\nX\n", url.Values{"product": {"nothing"}, "order": {"kept"}}).want(http.StatusNotFound, "No such product.", `value="kept"`)
	owner.send("/licenses/import", "a.csv", "key\nX\n", url.Values{"product": {"studio"}, "policy": {"nothing"}}).want(http.StatusNotFound, `id="f-policy-fault"`)
	owner.send("/licenses/import", "a.csv", "", form).ended(owner).want(http.StatusOK, "empty", "Try again")
	owner.send("/licenses/import", "a.csv", "\xff\xfek\x00", form).ended(owner).want(http.StatusOK, "UTF-16")
	owner.send("/licenses/import", "a.csv", "key\nX\n", url.Values{"product": {"studio"}, "_tenant": {"12345"}}).want(http.StatusConflict)
	if got := owner.post("/licenses/import", url.Values{"product": {"studio"}}); got.status != http.StatusUnprocessableEntity {
		t.Errorf("a form without a file = %d, want 422", got.status)
	}
	owner.get("/licenses/import/start").want(http.StatusOK)
	if got := s.all(office.LicenseFilter{}); len(got) != 0 {
		t.Errorf("%d licenses were made, want none", len(got))
	}
}

// TestImportReport writes a report that is longer than a job keeps.
func TestImportReport(t *testing.T) {
	t.Parallel()
	r := importReport{ImportResult: office.ImportResult{Rows: 5000, Failed: 1000}}
	for i := range 1000 {
		r.Errors = append(r.Errors, office.ImportFault{Row: int64(i), Message: strings.Repeat("x", 900)})
	}
	text := r.text()
	var got importReport
	if err := json.Unmarshal([]byte(text), &got); err != nil || len(text) > maxReport {
		t.Fatalf("the report has %d bytes: %v", len(text), err)
	}
	if len(got.Errors) == 0 || got.Failed != 1000 {
		t.Errorf("the report has %d of %d faults", len(got.Errors), got.Failed)
	}
}

// TestImportsKept bounds the files that wait.
func TestImportsKept(t *testing.T) {
	t.Parallel()
	var i imports
	file := func(user int) *keptImport {
		f, err := os.CreateTemp(t.TempDir(), "")
		if err != nil {
			t.Fatal(err)
		}
		return &keptImport{tenant: 1, user: license.UserID(user), file: f, holders: 1}
	}
	who := func(user int) identity.Actor { return identity.Actor{Tenant: 1, User: license.UserID(user)} }
	first, second := file(1), file(1)
	i.keep(1, first, 1)
	i.keep(2, second, 2)
	if i.find(1, who(1)) != nil || i.find(2, who(1)) != second || i.find(2, who(2)) != nil {
		t.Error("a person has the file of another, or an older one than the last")
	}
	if _, err := first.file.Stat(); err == nil {
		t.Error("a file that is forgotten is still open")
	}
	for n := 2; n < maxImports+20; n++ {
		i.keep(office.JobID(n+10), file(n), license.Time(n+10))
	}
	if len(i.files) > maxImports {
		t.Errorf("%d files wait, want at most %d", len(i.files), maxImports)
	}
	if i.find(2, who(1)) != nil {
		t.Error("the oldest file is kept")
	}
	for id := range i.files {
		i.drop(id)
	}
}
