package identity

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"licet/internal/license"
)

// TestRolePermissions is the whole table of roles: a dot is no, r is read, w is read and write.
func TestRolePermissions(t *testing.T) {
	t.Parallel()
	areas := []string{"products", "policies", "licenses", "orders", "customers", "users", "keys", "settings", "audit", "webhooks"}
	for role, want := range map[Role]string{
		Owner:    "wwwwwwwwww",
		Admin:    "wwwwwwwrww",
		Support:  "rrwrw.....",
		ReadOnly: "rrrrrrrrrr",
		"":       "..........",
		"king":   "..........",
	} {
		var got strings.Builder
		for _, area := range areas {
			read, write := Allows(role, Permission(area+":read")), Allows(role, Permission(area+":write"))
			switch {
			case read && write:
				got.WriteByte('w')
			case read:
				got.WriteByte('r')
			case write:
				got.WriteByte('!')
			default:
				got.WriteByte('.')
			}
		}
		if got.String() != want {
			t.Errorf("role %q may %s, want %s over %v", role, got.String(), want, areas)
		}
		if Allows(role, "moon:write") || Allows(role, "") {
			t.Errorf("role %q may do what is no permission", role)
		}
	}
	if got := len(Permissions()); got != 2*len(areas)+1 {
		t.Errorf("there are %d permissions, want read and write of %d areas, and licenses:use", got, len(areas))
	}
}

// TestRoleMayUseLicenses: the license calls are for programs, and for those who make keys for programs.
func TestRoleMayUseLicenses(t *testing.T) {
	t.Parallel()
	for role, want := range map[Role]bool{Owner: true, Admin: true, Support: false, ReadOnly: false, "": false} {
		if got := Allows(role, UseLicenses); got != want {
			t.Errorf("Allows(%q, licenses:use) = %v, want %v", role, got, want)
		}
	}
	if NewScopes(WriteLicenses).Allow(UseLicenses) || NewScopes(UseLicenses).Allow(ReadLicenses) {
		t.Error("licenses:use comes with another permission, want it to stand apart")
	}
}

func TestRoleMayManage(t *testing.T) {
	t.Parallel()
	for _, r := range Roles() {
		for _, other := range Roles() {
			want := r == Owner || (r == Admin && other != Owner)
			if got := r.MayManage(other); got != want {
				t.Errorf("%s.MayManage(%s) = %v, want %v", r, other, got, want)
			}
		}
		if got, err := ParseRole(string(r)); err != nil || got != r {
			t.Errorf("ParseRole(%s) = %v, %v", r, got, err)
		}
	}
	for _, text := range []string{"", "Owner", "root"} {
		if _, err := ParseRole(text); license.CodeOf(err) != license.Invalid {
			t.Errorf("ParseRole(%q) = %v, want invalid", text, err)
		}
	}
}

func TestActorRequire(t *testing.T) {
	t.Parallel()
	const a, b = license.TenantID(1), license.TenantID(2)
	key := NewScopes(WriteLicenses)
	for _, tt := range []struct {
		name       string
		actor      Actor
		tenant     license.TenantID
		permission Permission
		want       string // a code, a reason, or "ok"
	}{
		{"S0-06_own_tenant", Actor{Kind: PlatformUser, Tenant: a, Role: Owner}, a, WriteSettings, "ok"},
		{"S0-06_other_tenant", Actor{Kind: PlatformUser, Tenant: a, Role: Owner}, b, ReadLicenses, "not_found"},
		{"S0-06_other_tenant_without_permission", Actor{Kind: PlatformUser, Tenant: a, Role: ReadOnly}, b, WriteKeys, "not_found"},
		{"S0-06_no_tenant_at_all", Actor{Kind: PlatformUser, Role: Owner}, 0, ReadLicenses, "not_found"},
		{"S0-06_role_is_per_tenant", Actor{Kind: PlatformUser, Tenant: b, Role: Support}, b, WriteProducts, "permission_missing"},
		{"no_role", Actor{Kind: PlatformUser, Tenant: a}, a, ReadLicenses, "permission_missing"},
		{"role_of_an_app_is_nothing", Actor{Kind: ClientApp, Tenant: a, Role: Owner}, a, ReadLicenses, "permission_missing"},
		{"scopes_of_a_person_are_nothing", Actor{Kind: PlatformUser, Tenant: a, Role: Support, Scopes: AllScopes()}, a, WriteKeys, "permission_missing"},
		{"key_within_scope", Actor{Kind: ClientApp, Tenant: a, Scopes: key}, a, WriteLicenses, "ok"},
		{"key_write_brings_read", Actor{Kind: ClientApp, Tenant: a, Scopes: key}, a, ReadLicenses, "ok"},
		{"key_beyond_scope", Actor{Kind: ClientApp, Tenant: a, Scopes: key}, a, ReadOrders, "permission_missing"},
		{"key_other_tenant", Actor{Kind: ClientApp, Tenant: a, Scopes: key}, b, WriteLicenses, "not_found"},
		{"license_user", Actor{Kind: LicenseUser, Tenant: a, Role: Owner, Scopes: AllScopes()}, a, ReadLicenses, "permission_missing"},
		{"operator", Actor{Kind: Operator}, b, WriteUsers, "ok"},
		{"system", Actor{Kind: System}, a, WriteLicenses, "ok"},
		{"operator_beyond_the_list", Actor{Kind: Operator}, a, "moon:write", "permission_missing"},
		{"nobody", Actor{Tenant: a, Role: Owner, Scopes: AllScopes()}, a, ReadLicenses, "unauthenticated"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := verdict(tt.actor.Require(tt.tenant, tt.permission)); got != tt.want {
				t.Errorf("Require(%d, %s) = %s, want %s", tt.tenant, tt.permission, got, tt.want)
			}
		})
	}
}

func TestActorNarrowed(t *testing.T) {
	t.Parallel()
	all := Actor{Kind: ClientApp, Tenant: 1, Scopes: NewScopes(ReadLicenses)}
	some, none := all, all
	some.Products, none.Products = []license.ProductID{7, 9}, []license.ProductID{}
	for _, tt := range []struct {
		name     string
		actor    Actor
		covers   string // of the products 7, 8 and 9
		narrowed bool
		whole    string // RequireWhole of licenses:read
	}{
		{"all", all, "789", false, "ok"},
		{"some", some, "79", true, "permission_missing"},
		{"none", none, "", true, "permission_missing"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var covers strings.Builder
			for _, p := range []license.ProductID{7, 8, 9} {
				if tt.actor.Covers(p) {
					fmt.Fprint(&covers, p)
				}
			}
			if covers.String() != tt.covers || tt.actor.Narrowed() != tt.narrowed {
				t.Errorf("covers %q, narrowed %v, want %q, %v", covers.String(), tt.actor.Narrowed(), tt.covers, tt.narrowed)
			}
			if got := verdict(tt.actor.Require(1, ReadLicenses)); got != "ok" {
				t.Errorf("Require = %s, want ok", got)
			}
			if got := verdict(tt.actor.RequireWhole(1, ReadLicenses)); got != tt.whole {
				t.Errorf("RequireWhole = %s, want %s", got, tt.whole)
			}
			if got := verdict(tt.actor.RequireWhole(2, ReadLicenses)); got != "not_found" {
				t.Errorf("RequireWhole in another tenant = %s, want not_found", got)
			}
		})
	}
}

func TestActorNamesTheScopeItLacks(t *testing.T) {
	t.Parallel()
	err := Actor{Kind: ClientApp, Tenant: 1, Scopes: NewScopes(ReadLicenses)}.Require(1, WriteLicenses)
	if got, want := license.Describe(err).Message, "this token lacks the scope licenses:write"; got != want {
		t.Errorf("Require = %q, want %q", got, want)
	}
}

func verdict(err error) string {
	if err == nil {
		return "ok"
	}
	if reason := license.ReasonOf(err); reason != "" {
		return string(reason)
	}
	return string(license.CodeOf(err))
}

func TestActorS0_46_RequireOwner(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		actor Actor
		want  string
	}{
		{"S0-46_owner", Actor{Kind: PlatformUser, Tenant: 1, Role: Owner}, "ok"},
		{"S0-46_operator", Actor{Kind: Operator}, "ok"},
		{"S0-46_admin", Actor{Kind: PlatformUser, Tenant: 1, Role: Admin}, "permission_missing"},
		{"S0-46_key_with_everything", Actor{Kind: ClientApp, Tenant: 1, Scopes: AllScopes(), Role: Owner}, "permission_missing"},
		{"S0-46_owner_of_another_tenant", Actor{Kind: PlatformUser, Tenant: 2, Role: Owner}, "not_found"},
		{"S0-46_nobody", Actor{}, "unauthenticated"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := verdict(tt.actor.RequireOwner(1)); got != tt.want {
				t.Errorf("RequireOwner = %s, want %s", got, tt.want)
			}
		})
	}
}

func TestActorText(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		actor Actor
		want  string
	}{
		{Actor{}, "nobody"},
		{Actor{Kind: PlatformUser, User: 12, Name: "ann@x.test"}, "user:12 ann@x.test"},
		{Actor{Kind: ClientApp, Key: 7, User: 9, Name: "shop"}, "client:7 shop"},
		{Actor{Kind: LicenseUser, LicenseUser: 3}, "license_user:3"},
		{Actor{Kind: Operator, Name: "root"}, "operator root"},
		{Actor{Kind: System}, "system"},
	} {
		if got := tt.actor.String(); got != tt.want {
			t.Errorf("String() = %q, want %q", got, tt.want)
		}
		if got := fmt.Sprint(tt.actor.LogValue()); tt.actor.Name != "" && strings.Contains(got, tt.actor.Name) {
			t.Errorf("LogValue() = %s, want no name", got)
		}
	}
}

func TestScopes(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		text string
		want []Permission
	}{
		{"", nil},
		{"licenses:read", []Permission{ReadLicenses}},
		{"licenses:write", []Permission{ReadLicenses, WriteLicenses}},
		{" orders:read,, products:write ", []Permission{ReadProducts, WriteProducts, ReadOrders}},
	} {
		got, err := ParseScopes(tt.text)
		if err != nil {
			t.Errorf("ParseScopes(%q) = %v", tt.text, err)
		}
		if diff := cmp.Diff(tt.want, got.List()); diff != "" {
			t.Errorf("ParseScopes(%q) (-want +got):\n%s", tt.text, diff)
		}
	}
	for _, text := range []string{"licenses", "licenses:delete", "*", "LICENSES:READ", "licenses:read;orders:read"} {
		if got, err := ParseScopes(text); license.CodeOf(err) != license.Invalid || got != 0 {
			t.Errorf("ParseScopes(%q) = %v, %v, want invalid", text, got, err)
		}
	}
	if !Support.Scopes().Within(Admin.Scopes()) || Admin.Scopes().Within(Support.Scopes()) || !Scopes(0).Within(0) {
		t.Error("Within does not compare sets")
	}
	if NewScopes("moon:write", "") != 0 {
		t.Error("NewScopes took a word that is no permission")
	}
}

func TestScopesRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		list := rapid.SliceOf(rapid.SampledFrom(Permissions())).Draw(t, "list")
		s := NewScopes(list...)
		back, err := ParseScopes(s.String())
		if err != nil || back != s {
			t.Fatalf("ParseScopes(%q) = %v, %v, want the same set", s, back, err)
		}
		for _, p := range list {
			if !s.Allow(p) {
				t.Fatalf("NewScopes(%v) lacks %s", list, p)
			}
		}
		if NewScopes(s.List()...) != s || !s.Within(AllScopes()) {
			t.Fatalf("List of %q is another set", s)
		}
	})
}

func FuzzParseScopes(f *testing.F) {
	f.Add("licenses:read orders:write")
	f.Add(AllScopes().String())
	f.Fuzz(func(t *testing.T, text string) {
		s, err := ParseScopes(text)
		if err != nil {
			return
		}
		if back, err := ParseScopes(s.String()); err != nil || back != s {
			t.Errorf("ParseScopes(%q) writes back as %q, which reads as %q, %v", text, s, back, err)
		}
	})
}
