package platform

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/web"
)

func TestPolicies(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	admin := s.as(identity.Admin)
	admin.get("/policies").want(http.StatusOK, "No policies yet")
	p := s.product("studio")
	of := "/policies/" + idText(p.ID)
	admin.get("/policies").want(http.StatusOK, "Acme studio", "Default")
	wrong := termsWith("product", idText(p.ID), "name", hostile, "code", "", "type", "subscription")
	admin.post("/policies", wrong).want(http.StatusUnprocessableEntity, "A code has 2 to 64 characters", "&lt;script&gt;alert").lacks("<script>alert")
	form := termsWith("product", idText(p.ID), "name", "Trial", "code", "trial", "trial", "yes", "duration_amount", "14", "duration_unit", "days", "_once", "p",
		"features", "2", "feature_0_code", "export", "feature_0_usage", "yes", "feature_0_max", "most", "feature_0_max_most", "10", "feature_0_overage", "none", "feature_0_duration_unit", "days")
	admin.post("/policies", form).want(http.StatusOK, "The policy Trial is there.", "copied into each license", "Changing the policy does not change licenses that were issued already")
	admin.post("/policies", form).want(http.StatusOK, "This was done before")
	stored, err := s.office.FindPolicy(t.Context(), s.operator, "studio", "trial")
	if err != nil {
		t.Fatal(err)
	}
	if got := stored.Terms; !got.Trial || got.Duration != (license.Span{Seconds: 14 * 86400}) || len(got.Features) != 1 || got.Features[0].Usage == nil || got.Features[0].Usage.Max != license.AtMost(10) {
		t.Errorf("terms = %+v, want those of the form", got)
	}
	path := of + "/" + idText(stored.ID)
	issued, err := s.office.CreateLicenses(t.Context(), s.operator, office.NewLicenses{Product: "studio", Policy: "trial", Amount: 1})
	if err != nil {
		t.Fatal(err)
	}
	change := policyTermsValues(&stored.Terms)
	change.Set("name", "Long trial")
	change.Set("duration_amount", "30")
	change.Set("duration_unit", "days")
	admin.post(path, change).want(http.StatusOK, "Saved, for licenses made from now on.", "Long trial")
	if l, err := s.office.FindLicense(t.Context(), s.operator, office.Ref{ID: issued.Licenses[0].ID}); err != nil || l.Terms.Duration != stored.Terms.Duration {
		t.Errorf("the license that was issued has %v now (%v), want %v as before", l.Terms.Duration, err, stored.Terms.Duration)
	}
	change.Set("duration_amount", "x")
	admin.post(path, change).want(http.StatusUnprocessableEntity, "Write a whole number.", `value="x"`)
	admin.post(path+"/state", fields("act", "archive")).want(http.StatusOK, "is archived", "Undo")
	admin.get("/policies?product="+idText(p.ID)).want(http.StatusOK, "Default").lacks("Long trial")
	admin.get("/policies?archived=yes").want(http.StatusOK, "Long trial")
	admin.post(path+"/state", fields("act", "default")).want(http.StatusOK, "cannot be archived")
	admin.post(path+"/state", fields("act", "restore")).want(http.StatusOK, "is back")
	admin.post(path+"/state", fields("act", "default")).want(http.StatusOK, "is the default policy")
	admin.get("/policies/new?product="+idText(p.ID)+"&copy="+idText(stored.ID)).want(http.StatusOK, `value="30"`, `value="export"`)
	for _, role := range []identity.Role{identity.Support, identity.ReadOnly} {
		c := s.as(role)
		c.get(path).want(http.StatusOK, "Long trial", "30 days").lacks("Save for new licenses", "Archive")
		c.get("/policies").want(http.StatusOK).lacks("/policies/new")
		c.get("/policies/new").want(http.StatusForbidden)
	}
}

// TestTermsForm: what the form shows of terms is, sent as it is, the same terms.
func TestTermsForm(t *testing.T) {
	t.Parallel()
	limit := rapid.Custom(func(t *rapid.T) license.Limit {
		return rapid.SampledFrom([]license.Limit{license.Unlimited, license.None, license.AtMost(1), license.AtMost(250)}).Draw(t, "limit")
	})
	span := rapid.Custom(func(t *rapid.T) license.Span {
		return rapid.SampledFrom([]license.Span{{}, {Seconds: 1}, {Seconds: 604800}, {Seconds: 2629743}, {Seconds: 315569260}, {Months: 1}, {Months: 12}, {Months: 7}, {Months: 1, Seconds: 5}, {Seconds: 90061}}).Draw(t, "span")
	})
	floating := rapid.Custom(func(t *rapid.T) *license.FloatingTerms {
		if rapid.Bool().Draw(t, "none") {
			return nil
		}
		f := &license.FloatingTerms{Seats: limit.Draw(t, "seats"), TimeoutMins: rapid.Int64Range(1, 1000).Draw(t, "timeout"), Borrow: rapid.Bool().Draw(t, "borrow")}
		if f.Borrow {
			f.BorrowHours = rapid.Int64Range(1, 1000).Draw(t, "hours")
		}
		return f
	})
	usage := rapid.Custom(func(t *rapid.T) *license.UsageTerms {
		return &license.UsageTerms{
			Max: license.AtMost(rapid.Int64Range(1, 9).Draw(t, "max")), Overage: limit.Draw(t, "overage"), Negative: rapid.Bool().Draw(t, "negative"),
			Reset: rapid.SampledFrom([]license.Period{license.NoReset, license.Daily, license.Weekly, license.Monthly, license.Yearly}).Draw(t, "reset"),
		}
	})
	rapid.Check(t, func(t *rapid.T) {
		terms := license.Terms{
			Type: rapid.SampledFrom([]license.Type{license.Perpetual, license.TimeLimited, license.Subscription, license.Consumption}).Draw(t, "type"), Trial: rapid.Bool().Draw(t, "trial"),
			Starts: rapid.SampledFrom([]license.StartsAt{license.StartsAtFirstUse, license.StartsAtIssue, license.StartsAtOrder}).Draw(t, "starts"),
			Lock:   rapid.SampledFrom([]license.Lock{license.LockNone, license.LockHardware, license.LockAddress}).Draw(t, "lock"), Maintenance: span.Draw(t, "maintenance"),
			Activations: limit.Draw(t, "activations"), Transfers: limit.Draw(t, "transfers"), Users: limit.Draw(t, "users"), UserActivations: limit.Draw(t, "user activations"),
			Level: rapid.Int64Range(0, 9).Draw(t, "level"), Password: rapid.SampledFrom([]license.PasswordUse{license.NoPassword, license.SharedPassword}).Draw(t, "password"),
			Sample: rapid.Bool().Draw(t, "sample"), RefuseVM: rapid.Bool().Draw(t, "vm"), RefuseOffline: rapid.Bool().Draw(t, "offline"), Floating: floating.Draw(t, "floating"),
		}
		terms.Maintained = !terms.Maintenance.IsZero()
		if terms.Type != license.Perpetual || terms.Trial {
			terms.Duration = span.Draw(t, "duration")
			if rapid.Bool().Draw(t, "of a plan") {
				terms.Plan, terms.Duration = string(license.PlanAnnually), license.PlanAnnually.Span()
			}
		}
		if terms.Type == license.Subscription {
			terms.GraceHours = rapid.Int64Range(0, 100).Draw(t, "grace")
		}
		if terms.Type == license.Consumption {
			terms.Usage = usage.Draw(t, "usage")
		}
		terms.Features = []license.FeatureTerms{}
		for i := range rapid.IntRange(0, 3).Draw(t, "features") {
			f := license.FeatureTerms{Code: string(rune('a' + i)), Name: "n", Duration: span.Draw(t, "of feature"), Floating: floating.Draw(t, "seats of feature")}
			if rapid.Bool().Draw(t, "counts") {
				f.Usage = usage.Draw(t, "usage of feature")
			}
			terms.Features = append(terms.Features, f)
		}
		in := web.NewInput(policyTermsValues(&terms))
		change := policyTermsOf(in)
		if !in.OK() {
			t.Fatalf("the form cannot be read: %v", in.Faults)
		}
		got, err := change.Apply(license.DefaultTerms())
		if err != nil {
			t.Fatalf("Apply = %v, of %+v", err, terms)
		}
		if diff := cmp.Diff(terms, got); diff != "" {
			t.Errorf("the terms differ (-want +got):\n%s", diff)
		}
	})
}
