package office_test

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/store"
)

// licenseUser makes a license user of the whole tenant whose password nobody needs.
func (h *house) licenseUser(name string) license.LicenseUser {
	h.t.Helper()
	u := license.LicenseUser{Tenant: h.tenant, Name: name, Email: name, Created: h.now()}
	h.ok(h.store.Write(h.t.Context(), func(tx *store.Tx) error {
		_, err := tx.InsertLicenseUser(&u)
		return err
	}))
	return u
}

// activateFor lets a device of a license user take a place.
func (h *house) activateFor(ref office.Ref, user license.LicenseUser, hardware string) {
	h.t.Helper()
	seen := license.State{License: h.load(ref).License, User: &user}
	claim := license.Claim{HardwareID: hardware}
	h.ok(h.store.Write(h.t.Context(), func(tx *store.Tx) error {
		s, err := tx.LockState(&seen, &claim, h.now())
		if err != nil {
			return err
		}
		ch, err := license.Activate(&s, &claim, h.now())
		if err != nil {
			return err
		}
		return tx.Apply(h.tenant, "client", h.now(), &ch)
	}))
}

func TestCreateLicenseUser(t *testing.T) {
	forEachHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		h.product("demo", office.TermsChange{})
		c, err := h.CreateCustomer(ctx, h.boss, office.NewCustomer{Email: "it@customer.test"})
		h.ok(err)
		u, password, err := h.CreateLicenseUser(ctx, h.boss, office.NewLicenseUser{
			Email: " ann@x.test ", FirstName: "Ann", LastName: "Lee", Phone: "1", Customer: "it@customer.test"})
		h.ok(err)
		if u.Name != "ann@x.test" || u.Email != "ann@x.test" || u.Customer != c.ID || !u.InitialPassword || u.Product != 0 {
			t.Errorf("CreateLicenseUser = %+v, want ann@x.test of the customer with an initial password", u)
		}
		if err := (identity.PasswordPolicy{}).Check(password.Reveal(), u.Email); err != nil {
			t.Errorf("the password that was made is refused: %v", err)
		}
		_, _, err = h.CreateLicenseUser(ctx, h.boss, office.NewLicenseUser{Name: "ANN@x.test"})
		wantCode(t, "CreateLicenseUser of a name in use", err, license.Conflict)
		_, _, err = h.CreateLicenseUser(ctx, h.boss, office.NewLicenseUser{Name: "ann@x.test", Product: "demo"})
		want(t, "the same name in a product", err, "")
		t.Run("S0-36", func(t *testing.T) {
			_, _, err := h.CreateLicenseUser(ctx, h.boss, office.NewLicenseUser{Name: "bob", Password: "secret"})
			want(t, "CreateLicenseUser with a weak password", err, license.PasswordWeak)
		})
		for _, n := range []office.NewLicenseUser{{}, {Email: "no address"}, {Name: "a\x00b"}, {Name: "bob", Phone: strings.Repeat("1", 201)}} {
			_, _, err := h.CreateLicenseUser(ctx, h.boss, n)
			wantCode(t, fmt.Sprintf("CreateLicenseUser(%+v)", n), err, license.Invalid)
		}
		_, _, err = h.CreateLicenseUser(ctx, h.boss, office.NewLicenseUser{Name: "bob", Customer: "nobody@customer.test"})
		wantCode(t, "CreateLicenseUser of an unknown customer", err, license.NotFound)

		t.Run("list", func(t *testing.T) {
			for f, want := range map[office.LicenseUserFilter]int{{}: 1, {Product: "demo"}: 1, {Customer: "it@customer.test"}: 1} {
				list, err := h.ListLicenseUsers(ctx, h.boss, f, office.Page{})
				if err != nil || len(list) != want {
					t.Errorf("ListLicenseUsers(%+v) = %d, %v, want %d", f, len(list), err, want)
				}
			}
			d, err := h.FindLicenseUser(ctx, h.boss, "", "Ann@X.test")
			h.ok(err)
			byID, err := h.FindLicenseUser(ctx, h.boss, "", fmt.Sprint(u.ID))
			h.ok(err)
			if d.ID != u.ID || byID.ID != u.ID {
				t.Errorf("FindLicenseUser = %d by name and %d by identity, want %d", d.ID, byID.ID, u.ID)
			}
			_, err = h.FindLicenseUser(ctx, h.boss, "demo", fmt.Sprint(u.ID))
			wantCode(t, "FindLicenseUser among those of a product", err, license.NotFound)
		})
		t.Run("ban", func(t *testing.T) {
			got, err := h.BanLicenseUser(ctx, h.boss, "", "ann@x.test", "abuse")
			h.ok(err)
			d, err := h.FindLicenseUser(ctx, h.boss, "", "ann@x.test")
			h.ok(err)
			if !got.Banned || !d.Banned || d.BanReason != "abuse" || d.FirstName != "Ann" || d.Customer != c.ID {
				t.Errorf("BanLicenseUser = %+v, stored %+v", got, d.LicenseUser)
			}
			got, err = h.UnbanLicenseUser(ctx, h.boss, "", "ann@x.test")
			if err != nil || got.Banned {
				t.Errorf("UnbanLicenseUser = %+v, %v", got, err)
			}
		})
		t.Run("S0-59", func(t *testing.T) {
			given, err := h.ResetUserPassword(ctx, h.boss, "", "ann@x.test", goodPassword)
			h.ok(err)
			_, err = h.ResetUserPassword(ctx, h.boss, "", "ann@x.test", goodPassword)
			want(t, "ResetUserPassword to the same again", err, license.PasswordReused)
			log, err := h.ListEvents(ctx, h.boss, office.Page{Limit: 1})
			h.ok(err)
			if log[0].Kind != license.PasswordChanged || log[0].Data["initial"] != true || strings.Contains(fmt.Sprint(log[0].Data), given.Reveal()) {
				t.Errorf("the event of a reset = %+v", log[0])
			}
		})
		support := h.boss
		support.Role = identity.ReadOnly
		_, err = h.ResetUserPassword(ctx, support, "", "ann@x.test", "")
		want(t, "ResetUserPassword by a reader", err, license.PermissionMissing)
	})
}

func TestAssignUser(t *testing.T) {
	forEachHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		h.product("demo", office.TermsChange{Users: ptr(license.AtMost(2)), Activations: ptr(license.Unlimited),
			Floating: &license.FloatingTerms{Seats: license.AtMost(3), TimeoutMins: 30}})
		h.product("else", office.TermsChange{})
		ref := h.license("demo")
		ann, bob := h.licenseUser("ann@x.test"), h.licenseUser("bob@x.test")
		h.licenseUser("cyd@x.test")
		assign := func(user string) error {
			_, err := h.AssignUser(ctx, h.boss, ref, user)
			return err
		}
		want(t, "AssignUser ann", assign("ANN@x.test"), "")
		want(t, "AssignUser bob by identity", assign(fmt.Sprint(bob.ID)), "")
		want(t, "AssignUser ann again", assign("ann@x.test"), "")
		want(t, "AssignUser cyd", assign("cyd@x.test"), license.UserLimit)
		wantCode(t, "AssignUser of nobody", assign("nobody@x.test"), license.NotFound)
		stranger, _, err := h.CreateLicenseUser(ctx, h.boss, office.NewLicenseUser{Product: "else", Name: "sam"})
		h.ok(err)
		wantCode(t, "AssignUser of another product's user", assign(fmt.Sprint(stranger.ID)), license.Invalid)
		if l := h.load(ref); l.IsUsed() {
			t.Error("a license that is assigned counts as used")
		}
		d, err := h.FindLicenseUser(ctx, h.boss, "", "ann@x.test")
		h.ok(err)
		if len(d.Holds) != 1 || d.Holds[0].License != ref.ID || d.Holds[0].StartedAt != 0 {
			t.Errorf("ann holds %+v, want the license, not used yet", d.Holds)
		}

		h.activateFor(ref, ann, "A1")
		h.activateFor(ref, ann, "A2")
		h.activateFor(ref, bob, "B1")
		t.Run("unassign-frees-the-devices", func(t *testing.T) {
			h.ok(h.store.Write(ctx, func(tx *store.Tx) error {
				var ch license.Change
				s, err := tx.LockState(&license.State{License: h.load(ref).License}, &license.Claim{HardwareID: "A1"}, h.now())
				if err == nil {
					ch, err = license.LeaseSeat(&s, &license.Claim{HardwareID: "A1"}, h.now())
				}
				if err != nil {
					return err
				}
				return tx.Apply(h.tenant, "client", h.now(), &ch)
			}))
			got, err := h.UnassignUser(ctx, h.boss, ref, "ann@x.test")
			h.ok(err)
			if got.Activated != 1 || h.load(ref).Activated != 1 {
				t.Errorf("UnassignUser leaves %d activations, %d stored, want 1", got.Activated, h.load(ref).Activated)
			}
			h.ok(h.store.Read(ctx, func(tx *store.Tx) error {
				left, err := tx.UserDevices(h.tenant, ref.ID, ann.ID)
				if err != nil || len(left) != 0 {
					t.Errorf("ann's devices = %+v, %v, want none", left, err)
				}
				return nil
			}))
			log, err := h.ListEvents(ctx, h.boss, office.Page{Limit: 3})
			h.ok(err)
			if got := kinds(log); got != "license.unassigned device.deactivated device.deactivated" {
				t.Errorf("ListEvents = %s", got)
			}
			_, err = h.UnassignUser(ctx, h.boss, ref, "ann@x.test")
			wantCode(t, "UnassignUser again", err, license.NotFound)
			want(t, "AssignUser in the place of ann", assign("cyd@x.test"), "")
		})
		t.Run("standing", func(t *testing.T) {
			ref = h.license("demo")
			_, err := office.One(h.BanLicenses(ctx, h.boss, "abuse", false, ref))
			h.ok(err)
			want(t, "AssignUser to a banned license", assign("ann@x.test"), license.RedemptionBlocked)
			_, err = office.One(h.RevokeLicenses(ctx, h.boss, "", ref))
			h.ok(err)
			want(t, "AssignUser to a revoked license", assign("ann@x.test"), license.LicenseRevoked)
		})
	})
}

func TestAssignUserRace(t *testing.T) {
	forEachHouse(t, func(t *testing.T, h *house) {
		h.product("demo", office.TermsChange{Users: ptr(license.AtMost(5))})
		ref := h.license("demo")
		for i := range 64 {
			h.licenseUser(fmt.Sprintf("u%d@x.test", i))
		}
		var won atomic.Int64
		var wg sync.WaitGroup
		for i := range 64 {
			wg.Go(func() {
				_, err := h.AssignUser(t.Context(), h.boss, ref, fmt.Sprintf("u%d@x.test", i))
				switch {
				case err == nil:
					won.Add(1)
				case license.ReasonOf(err) != license.UserLimit:
					t.Errorf("AssignUser u%d = %v, want user_limit", i, err)
				}
			})
		}
		wg.Wait()
		if won.Load() != 5 {
			t.Errorf("%d users hold a license for 5", won.Load())
		}
	})
}

func TestChangeCustomer(t *testing.T) {
	forEachHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		h.ok(h.store.Write(ctx, func(tx *store.Tx) error {
			return tx.InsertCustomerAccount(&license.CustomerAccount{Tenant: h.tenant, Code: "ACME", Name: "Acme", Created: h.now()}, nil)
		}))
		made, err := h.CreateCustomer(ctx, h.boss, office.NewCustomer{
			Email: "a@x.test", Name: "A", FirstName: "Ann", LastName: "Lee", Phone: "1", Address: "Road 1", City: "Town", Postcode: "123",
			State: "S", Country: "C", Metadata: `{"a":1}`, Account: "ACME"})
		h.ok(err)
		got, err := h.ChangeCustomer(ctx, h.boss, "A@x.test", office.CustomerChange{City: ptr("City"), Account: ptr(""), Metadata: ptr("")})
		h.ok(err)
		expected := made
		expected.City, expected.Account, expected.Metadata = "City", 0, ""
		stored, err := h.FindCustomer(ctx, h.boss, "a@x.test")
		h.ok(err)
		if made.Account == 0 || got != expected || stored != expected {
			t.Errorf("ChangeCustomer = %+v, stored %+v, want %+v", got, stored, expected)
		}
		_, err = h.ChangeCustomer(ctx, h.boss, "a@x.test", office.CustomerChange{City: ptr("City")})
		h.ok(err)
		log, err := h.ListEvents(ctx, h.boss, office.Page{Limit: 2})
		h.ok(err)
		if got := kinds(log); got != "customer.changed customer.created" {
			t.Errorf("ListEvents = %s", got)
		}
		_, err = h.ChangeCustomer(ctx, h.boss, "a@x.test", office.CustomerChange{Account: ptr("NONE")})
		want(t, "ChangeCustomer to an unknown account", err, license.AccountUnknown)
		_, err = h.ChangeCustomer(ctx, h.boss, "a@x.test", office.CustomerChange{Metadata: ptr("{")})
		wantCode(t, "ChangeCustomer to no JSON", err, license.Invalid)
		_, err = h.ChangeCustomer(ctx, h.boss, "a@x.test", office.CustomerChange{Phone: ptr("a\x00")})
		wantCode(t, "ChangeCustomer to no text", err, license.Invalid)
		_, err = h.ChangeCustomer(ctx, h.boss, "b@x.test", office.CustomerChange{})
		wantCode(t, "ChangeCustomer of nobody", err, license.NotFound)
	})
}
