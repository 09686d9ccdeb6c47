package platform

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"licet/internal/authority"
	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/store"
)

// licenseShop is a site with a product whose apps ask for keys, and an application.
type licenseShop struct {
	*site
	owner *client
	app   license.Application
}

func newLicenseShop(t *testing.T) *licenseShop {
	t.Helper()
	s := &licenseShop{site: newSite(t)}
	length, devices := license.Span{Seconds: 30 * 86400}, license.AtMost(2)
	if _, err := s.office.CreateProduct(t.Context(), s.operator, office.NewProduct{Code: "studio", Name: "Studio", Terms: office.TermsChange{Duration: &length, Activations: &devices}}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.office.CreateProduct(t.Context(), s.operator, office.NewProduct{Code: "game", Name: "Game"}); err != nil {
		t.Fatal(err)
	}
	var err error
	if s.app, err = s.office.CreateApplication(t.Context(), s.operator, "game", office.NewApplication{}); err != nil {
		t.Fatal(err)
	}
	s.owner = s.as(identity.Owner)
	return s
}

// sold makes a license of the studio.
func (s *licenseShop) sold(n office.NewLicenses) license.LicenseRecord {
	s.t.Helper()
	n.Product = "studio"
	made, err := s.office.CreateLicenses(s.t.Context(), s.operator, n)
	if err != nil {
		s.t.Fatal(err)
	}
	return made.Licenses[0]
}

// key makes a license of the game.
func (s *licenseShop) key() license.LicenseRecord {
	s.t.Helper()
	made, err := s.office.CreateApplicationLicenses(s.t.Context(), s.operator, "game", office.NewApplicationLicenses{Amount: 1, Level: 1, Lasts: license.Span{Seconds: 86400}})
	if err != nil {
		s.t.Fatal(err)
	}
	return made.Licenses[0]
}

// play signs in to the game with a key.
func (s *licenseShop) play(key string) error {
	s.t.Helper()
	ctx := s.t.Context()
	app, err := s.authority.Application(ctx, s.app.Owner, s.app.Name)
	if err != nil {
		s.t.Fatal(err)
	}
	// Who is banned takes their machine and address along, so each has their own.
	sum := sha256.Sum256([]byte(key))
	address, hardware := fmt.Sprintf("192.0.2.%d", sum[0]), hex.EncodeToString(sum[:])
	session, err := s.authority.OpenSession(ctx, &app, authority.NewSession{Address: address})
	if err != nil {
		s.t.Fatal(err)
	}
	v, err := s.authority.ApplicationVisit(ctx, s.app.Owner, s.app.Name, session.Reveal(), address)
	if err != nil {
		s.t.Fatal(err)
	}
	_, err = s.authority.LoginByKey(ctx, &v, key, hardware, "")
	return err
}

// claim is what an app says of a license of the studio.
func (s *licenseShop) claim(l *license.LicenseRecord, hardware string) authority.Request {
	return authority.Request{Native: &store.NativeLookup{Tenant: s.operator.Tenant, License: l.ID}, Claim: license.Claim{HardwareID: hardware, Address: "192.0.2.1", DeviceName: hardware + "-name"}}
}

func (s *licenseShop) activate(l *license.LicenseRecord, hardware string) {
	s.t.Helper()
	if _, _, err := s.authority.ActivateNative(s.t.Context(), s.claim(l, hardware)); err != nil {
		s.t.Fatal(err)
	}
}

// now is the license as it is stored.
func (s *licenseShop) now(l *license.LicenseRecord) office.LicenseDetail {
	s.t.Helper()
	d, err := s.office.ShowLicense(s.t.Context(), s.operator, office.Ref{ID: l.ID})
	if err != nil {
		s.t.Fatal(err)
	}
	return d
}

// page is the path of one of a license's pages.
func (s *licenseShop) page(l *license.LicenseRecord, below ...string) string {
	return fmt.Sprintf("/licenses/%d", int64(l.ID)) + strings.Join(below, "")
}

func TestLicensePage(t *testing.T) {
	t.Parallel()
	s := newLicenseShop(t)
	t.Run("unused", func(t *testing.T) {
		l := s.sold(office.NewLicenses{})
		s.owner.get(s.page(&l)).want(http.StatusOK, l.Key, ">Not Used<", "30 days", "as the policy has it", `id="license-extend"`).lacks(">Expired<", "cannot be extended")
	})
	t.Run("S0-20", func(t *testing.T) {
		l := s.sold(office.NewLicenses{})
		s.activate(&l, "pc")
		s.advance(31 * 24 * time.Hour)
		defer s.advance(-31 * 24 * time.Hour)
		if d := s.now(&l); !d.Expired || !d.IsActive() {
			t.Fatalf("the license is expired %t, active %t, want both", d.Expired, d.IsActive())
		}
		late := s.as(identity.Owner) // The other session has ended meanwhile.
		late.get(s.page(&l)).want(http.StatusOK, ">Used</span>", ">Expired</span>", "An expiry changes nothing about that").lacks(">Not Used<")
	})
	t.Run("S1-10", func(t *testing.T) {
		l := s.sold(office.NewLicenses{Note: "for Ms Keller"})
		s.owner.get(s.page(&l)).want(http.StatusOK, "for Ms Keller")
	})
	t.Run("sources", func(t *testing.T) {
		five := license.AtMost(5)
		l := s.sold(office.NewLicenses{Terms: office.TermsChange{Activations: &five}})
		page := s.owner.get(s.page(&l)).want(http.StatusOK, "set on this license").body
		if n := strings.Count(page, "set on this license</span>"); n != 1 {
			t.Errorf("%d terms are set on the license, want 1", n)
		}
	})
	t.Run("hostile", func(t *testing.T) {
		l := s.sold(office.NewLicenses{Note: "<script>alert(1)</script>\u202e =cmd", CreatedBy: `"><img src=x>`, Metadata: `{"</pre><b>":"<script>"}`})
		s.owner.get(s.page(&l)).want(http.StatusOK, "&lt;script&gt;alert(1)").lacks("<script>alert(1)", "<img src=x>", "</pre><b>")
	})
	t.Run("nowhere", func(t *testing.T) {
		s.owner.get("/licenses/12345").want(http.StatusNotFound)
		s.owner.get("/licenses/nothing").want(http.StatusNotFound)
		l := s.sold(office.NewLicenses{})
		s.owner.get(s.page(&l, "/nothing")).want(http.StatusNotFound)
		s.owner.post(s.page(&l, "/nothing"), nil).want(http.StatusNotFound)
	})
	t.Run("history", func(t *testing.T) {
		l := s.sold(office.NewLicenses{})
		s.owner.get(s.page(&l, "/history")).want(http.StatusOK, "License issued", fmt.Sprintf(`data-live="/platform/live?license=%d"`, int64(l.ID)))
	})
}

// TestLicenseOfOthers checks that nothing of another company is to be seen or done.
func TestLicenseOfOthers(t *testing.T) {
	t.Parallel()
	s := newLicenseShop(t)
	other, err := s.office.CreateTenant(t.Context(), identity.Actor{Kind: identity.Operator, Name: "test"}, "umbra", "Umbra")
	if err != nil {
		t.Fatal(err)
	}
	there := office.In(identity.Actor{Kind: identity.Operator, Name: "test"}, other.ID)
	if _, err := s.office.CreateProduct(t.Context(), there, office.NewProduct{Code: "theirs", Name: "Theirs"}); err != nil {
		t.Fatal(err)
	}
	made, err := s.office.CreateLicenses(t.Context(), there, office.NewLicenses{Product: "theirs"})
	if err != nil {
		t.Fatal(err)
	}
	l := &made.Licenses[0]
	for _, below := range []string{"", "/devices", "/devices/1", "/users", "/usage", "/history", "/explain", "/files", "/extras", "/edit", "/ban"} {
		s.owner.get(s.page(l, below)).want(http.StatusNotFound).lacks(l.Key)
	}
	for _, below := range []string{"/suspend", "/ban", "/revoke", "/reset", "/note", "/edit", "/delete", "/users/assign", "/files/start", "/extras/tags", "/devices/free"} {
		s.owner.post(s.page(l, below), url.Values{"user": {"1"}, "tag": {"x"}, "device": {"1"}}).want(http.StatusNotFound)
	}
	r, err := s.office.FindLicense(t.Context(), there, office.Ref{ID: l.ID})
	if err != nil || r.Standing != license.Enabled || r.RedemptionBlocked || r.Note != "" {
		t.Errorf("the license of others is %+v, %v, want as it was made", r, err)
	}
}

// TestLicenseRoles checks that who may only look is offered nothing, and refused all the same.
func TestLicenseRoles(t *testing.T) {
	t.Parallel()
	s := newLicenseShop(t)
	l := s.sold(office.NewLicenses{Note: "quiet"})
	s.activate(&l, "pc")
	reader := s.as(identity.ReadOnly)
	for _, below := range []string{"", "/devices", "/users", "/usage", "/history", "/explain", "/extras"} {
		reader.get(s.page(&l, below)).want(http.StatusOK, l.Key).lacks(`name="reason"`, ">Suspend<", ">Free<", ">Assign<", ">Save the note<", ">Edit<")
	}
	for _, below := range []string{"/suspend", "/ban", "/extend", "/revoke", "/note", "/edit", "/reset"} {
		reader.post(s.page(&l, below), url.Values{"note": {"x"}})
	}
	reader.get(s.page(&l, "/edit")).want(http.StatusForbidden)
	if d := s.now(&l); d.Standing != license.Enabled || d.RedemptionBlocked || d.Note != "quiet" || d.Activated != 1 {
		t.Errorf("a reader changed the license: %+v", d.LicenseRecord)
	}
	support := s.as(identity.Support)
	support.get(s.page(&l)).want(http.StatusOK, ">Suspend<", ">Edit<").lacks("data-live")
	support.post(s.page(&l, "/suspend"), nil).want(http.StatusOK, ">Suspended<")
	s.stranger().get(s.page(&l)).lacks(l.Key)
}

func TestLicenseExtend(t *testing.T) {
	t.Parallel()
	s := newLicenseShop(t)
	t.Run("S1-21", func(t *testing.T) {
		l := s.sold(office.NewLicenses{})
		form := url.Values{"duration": {"2"}, "duration_unit": {"weeks"}, "_once": {"name-1"}}
		s.owner.post(s.page(&l, "/extend"), form).want(http.StatusOK, "extended by 2 weeks")
		want := license.Span{Seconds: 44 * 86400}
		if got := s.now(&l).Terms.Duration; got != want {
			t.Errorf("the license lasts %s, want %s", got, want)
		}
		s.owner.post(s.page(&l, "/extend"), form).want(http.StatusOK, "not done again")
		if got := s.now(&l).Terms.Duration; got != want {
			t.Errorf("sent twice, the license lasts %s, want %s", got, want)
		}
	})
	t.Run("bad-input", func(t *testing.T) {
		l := s.sold(office.NewLicenses{})
		for _, form := range []url.Values{
			{"duration": {"0"}, "duration_unit": {"days"}},
			{"duration": {"-3"}, "duration_unit": {"days"}},
			{"duration": {"soon"}, "duration_unit": {"days"}},
			{"duration": {"3"}, "duration_unit": {"moons"}},
			{"duration": {"99999999999"}, "duration_unit": {"years"}},
		} {
			s.owner.post(s.page(&l, "/extend"), form).want(http.StatusUnprocessableEntity, `class="fault"`, `value="`+form.Get("duration")+`"`)
		}
		if got := s.now(&l).Terms.Duration.Seconds; got != 30*86400 {
			t.Errorf("the license lasts %d seconds, want 30 days", got)
		}
	})
	t.Run("S1-22", func(t *testing.T) {
		k := s.key()
		if err := s.play(k.Key); err != nil {
			t.Fatal(err)
		}
		before := s.now(&k)
		s.owner.get(s.page(&k)).want(http.StatusOK, `disabled aria-describedby="license-no-extension"`, "extend its user instead", fmt.Sprintf("/platform/users/%d", int64(before.User.ID))).lacks(`id="license-extend"`)
		s.owner.post(s.page(&k, "/extend"), url.Values{"duration": {"3"}, "duration_unit": {"days"}}).want(http.StatusConflict, "extend its user instead")
		s.owner.get(s.page(&k, "/edit")).want(http.StatusOK, "its duration is fixed").lacks(`name="duration"`)
		s.owner.post(s.page(&k, "/edit"), url.Values{"duration": {"9"}, "duration_unit": {"weeks"}, "level": {"1"}, "activations": {"1"}, "order": {before.Order.Reference}}).want(http.StatusConflict)
		after := s.now(&k)
		if after.Terms.Duration != before.Terms.Duration || after.Redemption.ExpiresAt != before.Redemption.ExpiresAt {
			t.Errorf("a used license lasts %s until %s, want %s until %s", after.Terms.Duration, after.Redemption.ExpiresAt, before.Terms.Duration, before.Redemption.ExpiresAt)
		}
	})
	t.Run("renew", func(t *testing.T) {
		l := s.sold(office.NewLicenses{})
		s.activate(&l, "pc")
		before := s.now(&l).ExpiresAt
		s.owner.get(s.page(&l)).want(http.StatusOK, `id="license-renew"`, "its duration is fixed")
		s.owner.post(s.page(&l, "/renew"), url.Values{"duration": {"1"}, "duration_unit": {"weeks"}}).want(http.StatusOK, "was renewed")
		if got := s.now(&l).ExpiresAt.Sub(before); got != 7*24*time.Hour {
			t.Errorf("the end moved by %s, want a week", got)
		}
	})
}
