package authority_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"github.com/google/go-cmp/cmp"

	"licet/internal/authority"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/signing"
	"licet/internal/store"
)

// openFile verifies a license file as an app with a JOSE library does, and nothing of ours.
func openFile(t *testing.T, w *world, text string, out any) jwt.Claims {
	t.Helper()
	keys, err := w.PublicKeys(t.Context(), "acme")
	w.must(err)
	published, err := json.Marshal(signing.JWKS{Keys: keys})
	w.must(err)
	var set jose.JSONWebKeySet
	w.must(json.Unmarshal(published, &set))
	token, err := jwt.ParseSigned(text, []jose.SignatureAlgorithm{jose.EdDSA})
	w.must(err)
	if typ := token.Headers[0].ExtraHeaders["typ"]; typ != "licet-license+jwt" {
		t.Errorf("typ = %v, want licet-license+jwt", typ)
	}
	var claims jwt.Claims
	w.must(token.Claims(set, &claims, out))
	return claims
}

func TestLicenseFile(t *testing.T) {
	forEachWorld(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		day := 24 * time.Hour
		key := w.issue(func(t *license.Terms) {
			t.Type, t.Duration, t.GraceHours = license.Subscription, license.Span{Seconds: 30 * 86400}, 24
			t.Features = []license.FeatureTerms{
				{Code: "pro", Name: "Pro", Duration: license.Span{Seconds: 3 * 86400}, Metadata: `{"a":1}`},
				{Code: "pages", Usage: &license.UsageTerms{Max: license.AtMost(10)}},
				{Code: "team", Floating: &license.FloatingTerms{Seats: license.AtMost(2), TimeoutMins: 5}},
			}
		})
		active := w.activate(key, "HW1")
		r := w.ask(key, "HW1")
		r.Feature, r.Amount = "pages", 4
		_, err := w.Consume(ctx, r)
		w.must(err)

		text, claims, err := w.LicenseFile(ctx, r, 0)
		w.must(err)
		var got authority.LicenseFileClaims
		std := openFile(t, w, text, &got)
		now := w.now().UTC().Truncate(time.Second)
		w.must(std.ValidateWithLeeway(jwt.Expected{Issuer: "acme", AnyAudience: jwt.Audience{"app"}, Time: now}, 0))
		w.must(std.ValidateWithLeeway(jwt.Expected{Time: now.Add(7*day - time.Second)}, 0))
		if err := std.ValidateWithLeeway(jwt.Expected{Time: now.Add(7*day + time.Second)}, 0); err == nil {
			t.Error("the file is good after 7 days, want it over")
		}
		if diff := cmp.Diff(claims, got, cmp.Transformer("raw", func(m json.RawMessage) string { return string(m) })); diff != "" {
			t.Errorf("what the file says (-returned +signed):\n%s", diff)
		}
		wantFeatures := []authority.FileFeature{
			{Code: "pro", Name: "Pro", ExpiresAt: active.Now.Add(3 * day), Metadata: json.RawMessage(`{"a":1}`)},
			{Code: "pages", Usage: &license.UsageTerms{Max: license.AtMost(10)}, Used: 4},
			{Code: "team", Floating: true},
		}
		if diff := cmp.Diff(wantFeatures, got.Features); diff != "" {
			t.Errorf("features (-want +got):\n%s", diff)
		}
		if got.License.Key != key || got.HardwareID != "HW1" || got.License.Type != license.Subscription || got.License.Standing != license.Enabled ||
			got.License.ExpiresAt != active.License.ExpiresAt || got.Terms.GraceHours != 24 || got.Terms.Features != nil || len(got.ID) != 22 {
			t.Errorf("file = %+v", got)
		}
		log, err := w.office.ListEvents(ctx, w.boss, office.Page{Limit: 2})
		w.must(err)
		if len(log) == 0 || log[0].Kind != license.LicenseFileIssued && log[1].Kind != license.LicenseFileIssued {
			t.Errorf("events = %+v, want license.file_issued", log)
		}

		native := authority.Request{Native: &store.NativeLookup{Tenant: w.boss.Tenant, Product: "app", Key: key}, Claim: license.Claim{HardwareID: "HW1"}}
		if _, same, err := w.LicenseFile(ctx, native, 0); err != nil || same.Subject != claims.Subject {
			t.Errorf("LicenseFile by a native request = %+v, %v, want one of the same license", same, err)
		}

		// Each file has a name of its own, and none lives longer than the license and its grace.
		second, later, err := w.LicenseFile(ctx, w.ask(key, "HW1"), 365*day)
		w.must(err)
		if later.ID == claims.ID || later.Expires != int64(active.License.ExpiresAt.Add(day))/1e6 {
			t.Errorf("the second file %s ends at %d, want the end of grace", later.ID, later.Expires)
		}
		// Files outlive the key that signed them.
		_, err = w.office.RotateSigningKey(ctx, w.boss, store.LicenseFileKey)
		w.must(err)
		w.advance(365 * day)
		openFile(t, w, second, &got)
	})
}

func TestLicenseFileRefusals(t *testing.T) {
	forEachWorld(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		refuse := func(what, key, hwid string, want license.Reason) {
			t.Helper()
			text, _, err := w.LicenseFile(ctx, w.ask(key, hwid), 0)
			wantReason(t, what, err, want)
			if text != "" {
				t.Errorf("%s gave a file", what)
			}
		}
		refuse("no license", "NONE", "HW1", license.KeyUnknown)
		key := w.issue(nil)
		refuse("not activated", key, "HW1", license.LicenseNotActive)
		w.activate(key, "HW1")
		refuse("another device", key, "HW2", license.DeviceUnknown)
		refuse("no hardware id", key, "", license.DeviceRequired)
		if _, _, err := w.LicenseFile(ctx, w.ask(key, "HW1"), 366*24*time.Hour); license.CodeOf(err) != license.Invalid {
			t.Errorf("LicenseFile for 366 days = %v, want invalid", err)
		}

		floating := w.issue(func(t *license.Terms) {
			t.Floating = &license.FloatingTerms{Seats: license.AtMost(1), TimeoutMins: 60, Borrow: true, BorrowHours: 48}
		})
		w.activate(floating, "HW1")
		refuse("no seat", floating, "HW1", license.SeatNotHeld)
		borrow := w.ask(floating, "HW1")
		borrow.Until = w.now().Add(40 * time.Hour)
		held, err := w.Borrow(ctx, borrow)
		w.must(err)
		_, claims, err := w.LicenseFile(ctx, w.ask(floating, "HW1"), 0)
		w.must(err)
		if claims.Expires != int64(held.Lease.Until)/1e6 {
			t.Errorf("the file of a floating license ends at %d, want the end of its seat at %s", claims.Expires, held.Lease.Until)
		}

		short := w.issue(func(t *license.Terms) { t.Type, t.Duration = license.TimeLimited, license.Span{Seconds: 1 * 86400} })
		w.activate(short, "HW1")
		w.advance(24 * time.Hour)
		refuse("expired", short, "HW1", license.LicenseExpired)
	})
}

// A file that was changed anywhere is none.
func TestLicenseFileTampering(t *testing.T) {
	forEachWorld(t, func(t *testing.T, w *world) {
		key := w.issue(nil)
		w.activate(key, "HW1")
		text, _, err := w.LicenseFile(t.Context(), w.ask(key, "HW1"), 0)
		w.must(err)
		keys, err := w.PublicKeys(t.Context(), "acme")
		w.must(err)
		if _, err := signing.VerifyJWS(text, authority.LicenseFileType, known(t, keys)); err != nil {
			t.Fatalf("VerifyJWS = %v, want ok", err)
		}
		for i := range text {
			other := "A"
			if text[i] == 'A' {
				other = "B"
			}
			if _, err := signing.VerifyJWS(text[:i]+other+text[i+1:], authority.LicenseFileType, known(t, keys)); err == nil {
				t.Errorf("VerifyJWS of a file with another character at %d = ok", i)
			}
		}
		if strings.Count(text, ".") != 2 {
			t.Errorf("a file is %q, want three parts", text)
		}
	})
}
