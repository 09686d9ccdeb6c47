package platform

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"licet/internal/authority"
	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
)

// decoded is a part of a signed file in clear.
func decoded(part string) string {
	b, _ := base64.RawURLEncoding.DecodeString(part)
	return string(b)
}

func TestLicenseDevices(t *testing.T) {
	t.Parallel()
	s := newLicenseShop(t)
	l := s.sold(office.NewLicenses{})
	s.owner.get(s.page(&l, "/devices")).want(http.StatusOK, "No device yet")
	s.activate(&l, "<b>pc</b>")
	s.activate(&l, "laptop")
	s.owner.get(s.page(&l, "/devices")).want(http.StatusOK, "&lt;b&gt;pc&lt;/b&gt;", "laptop-name", "2 of 2 places are taken", ">Free<", ">Block<").lacks("<b>pc</b>")
	d := s.now(&l).Devices
	pc, laptop := url.Values{"device": {idText(d[0].ID)}}, url.Values{"device": {idText(d[1].ID)}}
	t.Run("S0-24", func(t *testing.T) {
		r := s.claim(&l, "<b>pc</b>")
		r.Variables = []authority.Variable{{Name: "location", Value: "DE <i>Berlin</i>"}}
		if _, err := s.authority.SetVariables(t.Context(), r); err != nil {
			t.Fatal(err)
		}
		s.owner.get(s.page(&l, "/devices/", idText(d[0].ID))).want(http.StatusOK, "location", "DE &lt;i&gt;Berlin").lacks("<i>Berlin")
		s.owner.get(s.page(&l, "/devices/", idText(d[1].ID))).want(http.StatusOK, "keeps nothing about it")
	})
	t.Run("block", func(t *testing.T) {
		s.owner.post(s.page(&l, "/devices/block"), pc).want(http.StatusOK, ">Blocked<", ">Undo<", "/devices/unblock")
		if _, _, err := s.authority.ActivateNative(t.Context(), s.claim(&l, "<b>pc</b>")); license.ReasonOf(err) != license.DeviceBlocked {
			t.Errorf("activating a blocked device = %v, want %s", err, license.DeviceBlocked)
		}
		s.owner.post(s.page(&l, "/devices/unblock"), pc).want(http.StatusOK, ">Undo<", "/devices/block").lacks(">Blocked<")
		s.activate(&l, "<b>pc</b>")
	})
	t.Run("free", func(t *testing.T) {
		s.owner.post(s.page(&l, "/devices/free"), laptop).want(http.StatusOK, ">Freed<", "gave its place back")
		s.owner.post(s.page(&l, "/devices/free"), laptop).want(http.StatusOK, "not activated") // twice
		if got := s.now(&l).Activated; got != 1 {
			t.Errorf("%d devices hold a place, want 1", got)
		}
	})
	t.Run("nowhere", func(t *testing.T) {
		other := s.sold(office.NewLicenses{})
		s.owner.get(s.page(&other, "/devices/", idText(d[0].ID))).want(http.StatusNotFound)
		s.owner.post(s.page(&other, "/devices/block"), pc).want(http.StatusNotFound)
		s.owner.post(s.page(&l, "/devices/free"), nil).want(http.StatusNotFound)
		s.owner.post(s.page(&l, "/devices/explode"), pc).want(http.StatusNotFound)
		s.owner.get(s.page(&l, "/devices/x")).want(http.StatusNotFound)
	})
}

func TestLicenseDevicePages(t *testing.T) {
	t.Parallel()
	s := newLicenseShop(t)
	any := license.Unlimited
	l := s.sold(office.NewLicenses{Terms: office.TermsChange{Activations: &any}})
	for i := range pageSize + 3 {
		s.activate(&l, fmt.Sprintf("machine-%03d", i))
	}
	first := s.owner.get(s.page(&l, "/devices")).want(http.StatusOK, "machine-000", "machine-049", `rel="next"`).lacks("machine-050")
	if len(first.body) > 100_000 {
		t.Errorf("a full page has %d bytes, want at most 100000", len(first.body))
	}
	last := s.now(&l).Devices[pageSize-1]
	s.owner.get(s.page(&l, "/devices?after=", idText(last.ID))).want(http.StatusOK, "machine-050", "machine-052").lacks("machine-049", `rel="next"`)
}

func TestLicenseUsers(t *testing.T) {
	t.Parallel()
	s := newLicenseShop(t)
	if _, err := s.office.CreateProduct(t.Context(), s.operator, office.NewProduct{Code: "desk", Name: "Desk", Auth: license.ByUser}); err != nil {
		t.Fatal(err)
	}
	made, err := s.office.CreateLicenses(t.Context(), s.operator, office.NewLicenses{Product: "desk"})
	if err != nil {
		t.Fatal(err)
	}
	l := &made.Licenses[0]
	if _, _, err := s.office.CreateLicenseUser(t.Context(), s.operator, office.NewLicenseUser{Name: "ann@example.com", Email: "ann@example.com", Password: password}); err != nil {
		t.Fatal(err)
	}
	s.owner.get(s.page(l, "/users")).want(http.StatusOK, "Nobody holds it")
	s.owner.post(s.page(l, "/users/assign"), url.Values{"user": {"<b>nobody"}}).want(http.StatusUnprocessableEntity, `value="&lt;b&gt;nobody"`, `class="fault"`)
	s.owner.post(s.page(l, "/users/assign"), url.Values{"user": {""}}).want(http.StatusUnprocessableEntity, "Say who it is.")
	s.owner.post(s.page(l, "/users/assign"), url.Values{"user": {"ann@example.com"}}).want(http.StatusOK, "holds this license now", "ann@example.com", ">Take away<")
	d := s.now(l)
	if d.User == nil {
		t.Fatal("nobody holds the license")
	}
	s.owner.get(s.page(l)).want(http.StatusOK, fmt.Sprintf("/platform/users/%d", int64(d.User.ID)))
	s.owner.get(s.page(l, "/explain")).want(http.StatusOK, `name="user"`)
	s.owner.post(s.page(l, "/users/take"), url.Values{"user": {idText(d.User.ID)}}).want(http.StatusOK, "Nobody holds it")
	s.owner.post(s.page(l, "/users/take"), url.Values{"user": {idText(d.User.ID)}}).want(http.StatusOK, "does not hold")
}

func TestLicenseExplainPage(t *testing.T) {
	t.Parallel()
	s := newLicenseShop(t)
	l := s.sold(office.NewLicenses{})
	s.owner.get(s.page(&l, "/explain")).want(http.StatusOK, "What to do:")
	s.activate(&l, "pc")
	s.activate(&l, "laptop")
	s.owner.get(s.page(&l, "/explain")).want(http.StatusOK, `value="pc"`, ">Allowed<", "Activate again").lacks(">Refused<")
	s.owner.get(s.page(&l, "/explain?hardware_id=third%3Cb%3E")).want(http.StatusOK, ">Refused<", "All activations are in use.", "device_limit", "2 of 2 activations are taken.", "Free one of the devices, or allow 3 activations.", "third&lt;b&gt;").lacks("third<b>")
	s.owner.get(s.page(&l, "/explain?hardware_id=pc&address=nowhere&vm=yes")).want(http.StatusUnprocessableEntity, "no network address", `value="nowhere"`, " checked")
	s.owner.post(s.page(&l, "/suspend"), nil).want(http.StatusOK)
	s.owner.get(s.page(&l, "/explain?hardware_id=pc")).want(http.StatusOK, "The license is suspended.", "Resume the license.")
	if got := s.now(&l).Activated; got != 2 {
		t.Errorf("asking changed the places to %d, want 2", got)
	}
}

func TestLicenseUsage(t *testing.T) {
	t.Parallel()
	s := newLicenseShop(t)
	kind := license.Consumption
	none := license.Span{}
	terms := office.TermsChange{
		Type: &kind, Duration: &none, Usage: &license.UsageTerms{Max: license.AtMost(10), Overage: license.AtMost(5), Reset: license.Monthly},
		Floating: &license.FloatingTerms{Seats: license.AtMost(3), TimeoutMins: 15}, Features: &[]license.FeatureTerms{{Code: "export"}},
	}
	l := s.sold(office.NewLicenses{Terms: terms})
	s.owner.get(s.page(&l, "/usage")).want(http.StatusOK, "0 of 10 used a month", "0 of 3", "export")
	s.activate(&l, "pc")
	r := s.claim(&l, "pc")
	if _, err := s.authority.Lease(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	r.Amount = 12
	if _, err := s.authority.UseUnits(t.Context(), r, ""); err != nil {
		t.Fatal(err)
	}
	s.owner.get(s.page(&l, "/usage")).want(http.StatusOK, "12 of 10 used a month", "120%", "1 of 3", "Usage recorded")
	s.owner.post(s.page(&l, "/reset"), nil).want(http.StatusOK)
	s.owner.get(s.page(&l, "/usage")).want(http.StatusOK, "0 of 10 used a month", "0 of 3")
	plain := s.sold(office.NewLicenses{})
	s.owner.get(s.page(&plain, "/usage")).want(http.StatusOK, "Nothing is counted")
}

func TestLicenseEdit(t *testing.T) {
	t.Parallel()
	s := newLicenseShop(t)
	l := s.sold(office.NewLicenses{Metadata: `{"seat":"A1"}`, Customer: "old@example.com"})
	if _, err := s.office.CreateCustomer(t.Context(), s.operator, office.NewCustomer{Email: "new@example.com"}); err != nil {
		t.Fatal(err)
	}
	order := s.now(&l).Order.Reference
	same := func(pairs ...string) url.Values {
		form := url.Values{
			"duration": {"30"}, "duration_unit": {"days"}, "level": {"0"}, "activations": {"2"}, "transfers": {""}, "users": {""}, "user_activations": {""},
			"note": {""}, "metadata": {"{\r\n  \"seat\": \"A1\"\r\n}"}, "order": {order}, "customer": {"old@example.com"},
		}
		for i := 0; i < len(pairs); i += 2 {
			form.Set(pairs[i], pairs[i+1])
		}
		return form
	}
	s.owner.get(s.page(&l, "/edit")).want(http.StatusOK, `name="duration"`, "old@example.com", order, "&#34;seat&#34;: &#34;A1&#34;")
	for _, c := range []struct{ field, value string }{
		{"metadata", "{seat: A1"},
		{"metadata", "[1]"},
		{"level", "high"},
		{"level", "-1"},
		{"activations", "-2"},
		{"transfers", "some"},
		{"order", ""},
		{"order", "<b>none"},
		{"customer", "nobody@example.com"},
		{"duration", "-4"},
		{"note", strings.Repeat("x", 1001)},
	} {
		s.owner.post(s.page(&l, "/edit"), same(c.field, c.value, "users", "77")).want(http.StatusUnprocessableEntity, `class="fault"`, `value="77"`).lacks("<b>none")
	}
	before := s.now(&l)
	s.owner.post(s.page(&l, "/edit"), same()).want(http.StatusOK, "Nothing differs")
	if after := s.now(&l); after.Revision != before.Revision {
		t.Error("an unchanged form changed the license")
	}
	s.owner.post(s.page(&l, "/edit"), same("duration", "2", "duration_unit", "calendar-years", "level", "3", "activations", "", "transfers", "4", "note", "n", "metadata", `{"seat":"B2"}`, "customer", "new@example.com", "refuse_vm", "yes")).
		want(http.StatusOK, "was changed", "new@example.com")
	d := s.now(&l)
	if d.Terms.Duration != (license.Span{Months: 24}) || d.Terms.Level != 3 || d.Terms.Activations != license.Unlimited || d.Terms.Transfers != license.AtMost(4) || !d.Terms.RefuseVM {
		t.Errorf("the terms are %+v", *d.Terms)
	}
	if d.Note != "n" || d.License.Metadata != `{"seat":"B2"}` || d.Customer.Email != "new@example.com" {
		t.Errorf("note %q, metadata %s, customer %s", d.Note, d.License.Metadata, d.Customer.Email)
	}
}

func TestLicenseExtras(t *testing.T) {
	t.Parallel()
	s := newLicenseShop(t)
	l := s.sold(office.NewLicenses{})
	s.owner.get(s.page(&l, "/extras")).want(http.StatusOK, "None. Credits", "None. An info tag")
	give := url.Values{"name": {"<b>pages"}, "count": {"40"}, "target": {"license"}, "_once": {"one"}}
	s.owner.post(s.page(&l, "/extras/credits"), give).want(http.StatusOK, "There are 40 credits now", "&lt;b&gt;pages").lacks("<b>pages")
	s.owner.post(s.page(&l, "/extras/credits"), give).want(http.StatusOK, "not done again")
	s.owner.post(s.page(&l, "/extras/credits"), url.Values{"name": {"pages"}, "count": {"many"}, "target": {"license"}}).want(http.StatusUnprocessableEntity, `value="many"`, `class="fault"`)
	s.owner.post(s.page(&l, "/extras/credits"), url.Values{"name": {"pages"}, "count": {"4"}, "target": {"email"}}).want(http.StatusUnprocessableEntity, "No e-mail address")
	s.owner.post(s.page(&l, "/extras/tags"), url.Values{"tag": {"floor 3"}}).want(http.StatusOK, "floor 3", "In force")
	s.owner.post(s.page(&l, "/extras/tags"), url.Values{"tag": {strings.Repeat("x", 501)}}).want(http.StatusUnprocessableEntity, strings.Repeat("x", 501))
	credits, err := s.office.ListCredits(t.Context(), s.operator, office.Ref{ID: l.ID})
	if err != nil || len(credits) != 1 || credits[0].Amount != 40 {
		t.Errorf("ListCredits = %+v, %v, want 40 of one name", credits, err)
	}
}

func TestLicenseOffline(t *testing.T) {
	t.Parallel()
	s := newLicenseShop(t)
	l := s.sold(office.NewLicenses{})
	s.owner.get(s.page(&l, "/files")).want(http.StatusOK, "nobody to make a file for", "Show the initialization code")
	s.activate(&l, "pc")
	device := idText(s.now(&l).Devices[0].ID)
	s.owner.get(s.page(&l, "/files")).want(http.StatusOK, "Download the file", "pc-name")
	for _, form := range []url.Values{{"device": {device}, "ttl": {"0"}}, {"device": {device}, "ttl": {"366"}}, {"device": {device}, "ttl": {"x"}}, {"device": {"7"}, "ttl": {"3"}}, {"ttl": {"3"}}} {
		s.owner.post(s.page(&l, "/files/file"), form).want(http.StatusUnprocessableEntity, `class="fault"`)
	}
	start, err := s.office.AirGapInit(t.Context(), s.operator, office.Ref{ID: l.ID})
	if err != nil {
		t.Fatal(err)
	}
	s.owner.post(s.page(&l, "/files/start"), nil).want(http.StatusOK, start.InitializationCode.Reveal())
	s.owner.post(s.page(&l, "/files/confirm"), url.Values{"hardware_id": {"gap-1"}, "code": {"wrong"}}).want(http.StatusUnprocessableEntity, "was not made for this license", `value="gap-1"`)
	s.as(identity.ReadOnly).get(s.page(&l, "/files")).want(http.StatusForbidden)
}
