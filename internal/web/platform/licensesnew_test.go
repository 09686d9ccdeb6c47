package platform

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
)

// newForm is the creation form as browsers send it, with both boxes ticked.
func newForm(pairs ...string) url.Values {
	form := url.Values{"filled": {"yes"}, "product": {"studio"}, "amount": {"1"}, "lowercase": {"yes"}, "uppercase": {"yes"}, "expiry_unit": {"days"}}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
		if pairs[i+1] == "" {
			form.Del(pairs[i])
		}
	}
	return form
}

func TestS1_26(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	owner := s.as(identity.Owner)
	owner.get("/licenses/new").want(http.StatusOK, "A license needs a product")
	s.sells("studio", office.TermsChange{})
	t.Run("S1-26", func(t *testing.T) {
		page := owner.get("/licenses/new").want(http.StatusOK)
		for _, name := range []string{"amount", "mask", "lowercase", "uppercase", "level", "note", "expiry_unit", "expiry_duration"} {
			if !strings.Contains(page.body, `name="`+name+`"`) {
				t.Errorf("the form has no field %s", name)
			}
		}
		for _, name := range []string{"lowercase", "uppercase"} {
			if !regexp.MustCompile(`name="` + name + `" value="yes" checked`).MatchString(page.body) {
				t.Errorf("the box %s is not ticked at first", name)
			}
		}
	})
}

func TestCreateLicenses(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.sells("studio", office.TermsChange{})
	owner := s.as(identity.Owner)
	make := func(pairs ...string) []license.LicenseRecord {
		t.Helper()
		before := len(s.all(office.LicenseFilter{}))
		a := owner.post("/licenses/new", newForm(pairs...)).want(http.StatusOK)
		if !strings.HasPrefix(a.path, "/licenses/made?") {
			t.Fatalf("after %v the browser is at %s:\n%s", pairs, a.path, a.body)
		}
		made := s.all(office.LicenseFilter{})[before:]
		for i := range made[:min(len(made), shownKeys)] {
			a.want(http.StatusOK, made[i].Key)
		}
		return made
	}
	match := func(pattern string, list []license.LicenseRecord) {
		t.Helper()
		for i := range list {
			if !regexp.MustCompile(pattern).MatchString(list[i].Key) {
				t.Errorf("the key %s does not match %s", list[i].Key, pattern)
			}
		}
	}
	t.Run("S1-04", func(t *testing.T) {
		seen := map[string]bool{}
		for _, l := range make("amount", "100") {
			seen[license.FoldKey(l.Key)] = true
		}
		if len(seen) != 100 {
			t.Errorf("there are %d different licenses, want 100", len(seen))
		}
	})
	t.Run("S1-05", func(t *testing.T) {
		match(`^AB-[0-9a-zA-Z]{3}-xX[0-9a-zA-Z]$`, make("mask", "AB-***-xX*", "amount", "20"))
	})
	t.Run("S1-06", func(t *testing.T) {
		match(`^L-[0-9a-z]{12}$`, make("mask", "L-************", "uppercase", "", "amount", "20"))
	})
	t.Run("S1-07", func(t *testing.T) {
		match(`^U-[0-9A-Z]{12}$`, make("mask", "U-************", "lowercase", "", "amount", "20"))
	})
	t.Run("S1-08", func(t *testing.T) {
		match(`^D-[0-9]{12}$`, make("mask", "D-************", "lowercase", "", "uppercase", "", "amount", "20"))
		match(`^[0-9]{4}-[0-9]{4}-[0-9]{4}-[0-9]{4}$`, make("lowercase", "", "uppercase", "", "amount", "5"))
		all := ""
		for _, l := range make("mask", "M-************", "amount", "20") {
			all += l.Key
		}
		for _, class := range []string{`[a-z]`, `[A-LN-Z]`, `[0-9]`} {
			if !regexp.MustCompile(class).MatchString(all) {
				t.Errorf("with both boxes no key has one of %s", class)
			}
		}
	})
	t.Run("S1-09", func(t *testing.T) {
		if got := make("level", "3")[0].Terms.Level; got != 3 {
			t.Errorf("the level is %d, want 3", got)
		}
	})
	t.Run("S1-10", func(t *testing.T) {
		made := make("note", "for Ann, by phone")
		if made[0].Note != "for Ann, by phone" {
			t.Errorf("the note is %q", made[0].Note)
		}
		owner.get("/licenses?columns=note&q="+made[0].Key).want(http.StatusOK, "for Ann, by phone")
	})
	t.Run("S1-11", func(t *testing.T) {
		page := owner.get("/licenses/new").want(http.StatusOK)
		for _, u := range license.Units() {
			page.want(http.StatusOK, `<option value="`+string(u)+`"`)
		}
		for unit, seconds := range map[license.Unit]int64{license.UnitMinutes: 60, license.UnitHours: 3600, license.UnitWeeks: 604800, license.UnitMonths: 2629743, license.UnitYears: 31556926} {
			if got := make("expiry_unit", string(unit), "expiry_duration", "1")[0].Terms.Duration; got != (license.Span{Seconds: seconds}) {
				t.Errorf("1 of %s is %s, want %d seconds", unit, got, seconds)
			}
		}
	})
	t.Run("S1-12", func(t *testing.T) {
		if got := make("expiry_unit", "weeks", "expiry_duration", "5")[0].Terms.Duration; got != (license.Span{Seconds: 3_024_000}) {
			t.Errorf("5 weeks are %s, want 3024000 seconds", got)
		}
		owner.get("/licenses/new/preview?"+newForm("expiry_unit", "weeks", "expiry_duration", "5").Encode()).want(http.StatusOK, "5 weeks", "3,024,000 seconds", "2026-05-05 12:00")
	})
	t.Run("S1-13", func(t *testing.T) {
		owner.get("/licenses?q="+make()[0].Key).want(http.StatusOK, ">Not Used</span>")
	})
	t.Run("sale", func(t *testing.T) {
		l := make("order", "order 7/<b>", "customer", "Buyer@Example.com", "trial", "yes", "expiry_duration", "14", "starts", "issue", "metadata", `{"a":1}`)[0]
		d, err := s.office.ShowLicense(t.Context(), s.operator, office.Ref{ID: l.ID})
		if err != nil {
			t.Fatal(err)
		}
		if d.Order.Reference != "order 7/<b>" || !strings.EqualFold(d.Customer.Email, "buyer@example.com") || !d.Terms.Trial || d.ExpiresAt != s.licensed(office.Ref{ID: l.ID}).IssuedAt.Add(14*24*time.Hour) || d.Metadata == "" {
			t.Errorf("the license is of order %q and customer %q, trial %v, ends %s, metadata %q", d.Order.Reference, d.Customer.Email, d.Terms.Trial, d.ExpiresAt, d.Metadata)
		}
		again := make("order", "order 7/<b>", "amount", "2")
		if again[0].Order != l.Order {
			t.Error("licenses of a known order are in another one")
		}
		owner.get("/licenses?order=order+7/%3Cb%3E").want(http.StatusOK, l.Key, again[1].Key)
	})
}

func TestCreateLicensesWrong(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.sells("studio", office.TermsChange{})
	owner := s.as(identity.Owner)
	for _, tt := range []struct {
		name  string
		pairs []string
		field string
		says  string
	}{
		{"amount_zero", []string{"amount", "0"}, "amount", "The amount is 1 to 10000."},
		{"amount_many", []string{"amount", "10001"}, "amount", "The amount is 1 to 10000."},
		{"amount_word", []string{"amount", "many"}, "amount", "Write a whole number."},
		{"mask_fixed", []string{"mask", "FIXED", "amount", "2"}, "mask", "has no *"},
		{"mask_fixed_many", []string{"mask", "FIXED*", "amount", "5000"}, "mask", "has room for"},
		{"mask_long", []string{"mask", strings.Repeat("*", 71)}, "mask", "at most 70 characters"},
		{"level", []string{"level", "-1"}, "level", "A level is a whole number from 0."},
		{"duration", []string{"expiry_duration", "0"}, "expiry_duration", "A duration is more than nothing."},
		{"duration_long", []string{"expiry_duration", "2000", "expiry_unit", "years"}, "expiry_duration", "at most 1000 years"},
		{"unit", []string{"expiry_duration", "2", "expiry_unit", "moons"}, "expiry_unit", "The unit is one of"},
		{"both_ends", []string{"expiry_duration", "2", "expires_at", "2027-01-01T00:00"}, "expiry_duration", "Give one of a duration"},
		{"email", []string{"customer", "nobody"}, "customer", ""},
		{"metadata", []string{"metadata", "{"}, "metadata", ""},
		{"product", []string{"product", "nothing"}, "product", "No such product."},
		{"policy", []string{"policy", "nothing"}, "policy", ""},
		{"order", []string{"order", strings.Repeat("o", 300)}, "order", ""},
		{"note", []string{"note", strings.Repeat("n", 100_000)}, "note", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := owner.post("/licenses/new", newForm(tt.pairs...))
			if a.status < 400 || a.status >= 500 {
				t.Fatalf("%v = %d at %s", tt.pairs, a.status, a.path)
			}
			if tt.says != "" {
				a.want(a.status, tt.says)
			}
			if !strings.Contains(a.body, `id="f-`+tt.field+`-fault"`) {
				t.Errorf("the fault does not stand at %s:\n%s", tt.field, a.body)
			}
			// What was typed is still there, and the preview says the same.
			if value := tt.pairs[1]; len(value) < 100 && tt.field != "policy" && tt.field != "product" && tt.field != "expiry_unit" && !strings.Contains(a.body, value) {
				t.Errorf("the form lost %q", value)
			}
			owner.get("/licenses/new/preview?"+newForm(tt.pairs...).Encode()).want(http.StatusOK, "notice-warn")
		})
	}
	if got := s.all(office.LicenseFilter{}); len(got) != 0 {
		t.Errorf("%d licenses were made, want none", len(got))
	}
}

func TestCreateLicensesPreview(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.sells("studio", office.TermsChange{})
	owner := s.as(identity.Owner)
	t.Run("part", func(t *testing.T) {
		a := owner.get("/licenses/new/preview?"+newForm("mask", "ZZ-****", "lowercase", "", "amount", "40").Encode()).want(http.StatusOK, "40 licenses of", "Acme studio", "For ever").lacks("<html", "<main")
		if got := regexp.MustCompile(`>ZZ-[0-9A-Z]{4}<`).FindAllString(a.body, -1); len(got) != sampleKeys {
			t.Errorf("the preview has %d sample keys, want %d", len(got), sampleKeys)
		}
	})
	t.Run("without_script", func(t *testing.T) {
		owner.get("/licenses/new?"+newForm("mask", "ZZ-****", "note", "keep me", "uppercase", "").Encode()).want(http.StatusOK, "keep me", `value="ZZ-****"`, ">ZZ-")
	})
	if got := s.all(office.LicenseFilter{}); len(got) != 0 {
		t.Errorf("previews made %d licenses, want none", len(got))
	}
	t.Run("remembered", func(t *testing.T) {
		owner.post("/licenses/new", newForm("mask", "REM-****", "uppercase", "", "amount", "3", "level", "7", "expiry_unit", "weeks", "expiry_duration", "2", "note", "private note", "customer", "ann@example.com")).want(http.StatusOK)
		page := owner.get("/licenses/new").want(http.StatusOK, `value="REM-****"`, `<option value="weeks" selected>`, `name="level" value="7"`, `name="amount" value="3"`).lacks("private note", "ann@example.com")
		if regexp.MustCompile(`name="uppercase" value="yes" checked`).MatchString(page.body) {
			t.Error("a box that was not ticked is ticked")
		}
		s.as(identity.Admin).get("/licenses/new").want(http.StatusOK).lacks("REM-****")
	})
	t.Run("once", func(t *testing.T) {
		before := len(s.all(office.LicenseFilter{}))
		form := newForm("amount", "4", "_once", "a-name")
		first := owner.post("/licenses/new", form).want(http.StatusOK)
		second := owner.post("/licenses/new", form).want(http.StatusOK, "it was not done again")
		if got := len(s.all(office.LicenseFilter{})) - before; got != 4 || first.path != second.path {
			t.Errorf("a double submit made %d licenses and led to %s and %s, want 4 and the same page", got, first.path, second.path)
		}
	})
}

func TestCreateManyLicenses(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	t.Cleanup(s.office.EndJobs)
	s.sells("studio", office.TermsChange{})
	owner := s.as(identity.Owner)
	a := owner.post("/licenses/new", newForm("amount", "2345", "order", "big")).want(http.StatusOK)
	for strings.HasPrefix(a.path, "/licenses/jobs?") { // Asked again until it is done, as the script does; the test has a limit of its own.
		if !strings.Contains(a.body, "data-poll") {
			t.Fatalf("the job has ended at %s:\n%s", a.path, a.body)
		}
		a = owner.get(a.path)
	}
	a.want(http.StatusOK, "2,345 licenses are made", "The first 100 of 2,345.", "big")
	list := s.all(office.LicenseFilter{Order: "big"})
	if len(list) != 2345 {
		t.Fatalf("the order has %d licenses, want 2345", len(list))
	}
	a.want(http.StatusOK, list[0].Key, list[99].Key).lacks(list[100].Key)
	_, query, _ := strings.Cut(a.path, "?")
	file := owner.get("/licenses/made/keys?" + query).want(http.StatusOK)
	if got := strings.Fields(file.body); len(got) != 2345 || got[0] != list[0].Key || got[2344] != list[2344].Key {
		t.Errorf("the file has %d keys, want 2345 in their order", len(got))
	}
	if got, want := file.header.Get("Content-Disposition"), `attachment; filename="licenses-big.txt"`; got != want {
		t.Errorf("Content-Disposition = %s, want %s", got, want)
	}
	owner.get("/licenses/made?product=1").want(http.StatusNotFound)
}
