package demo

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"licet/internal/authority"
	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/signing"
	"licet/internal/store"
	"licet/internal/testkit"
)

const url = "http://127.0.0.1:8080"

// newDemo is a demo on a database, with a folder of its own.
func newDemo(t testing.TB, s *store.Store) *Demo {
	t.Helper()
	now := func() license.Time { return license.TimeOf(time.Now()) }
	keyring, hasher := signing.NewKeyring(signing.MasterKey{1}), testkit.Hasher()
	o := office.New(office.Deps{Store: s, Keyring: keyring, Hasher: hasher, Rand: rand.Reader, Now: now})
	a := authority.New(authority.Deps{Store: s, Keyring: keyring, Hasher: hasher, Rand: rand.Reader, Now: now})
	return &Demo{
		Store: s, Office: o, Authority: a, Actor: identity.Actor{Kind: identity.Operator}, Rand: rand.Reader, Dir: t.TempDir(),
		Keyring: keyring, Hasher: hasher, Now: now,
	}
}

// prepare prepares and wants an outcome.
func prepare(t *testing.T, d *Demo, url string, want Outcome) File {
	t.Helper()
	f, outcome, err := d.Prepare(context.Background(), url)
	if err != nil || outcome != want {
		t.Fatalf("Prepare() = %q, %v, want %q", outcome, err, want)
	}
	return f
}

// events counts what happened in the demo's tenant, up to 1000.
func events(t *testing.T, d *Demo) int {
	t.Helper()
	tenant, err := d.Office.FindTenant(context.Background(), d.Actor, tenantCode)
	if err != nil {
		t.Fatal(err)
	}
	list, err := d.Office.ListEvents(context.Background(), office.In(d.Actor, tenant.ID), office.Page{Limit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	return len(list)
}

func TestPrepare(t *testing.T) {
	t.Parallel()
	testkit.ForEachDB(t, func(t *testing.T, open func(testing.TB) *store.Store) {
		t.Run("makes_it_once", func(t *testing.T) {
			d := newDemo(t, open(t))
			made := prepare(t, d, url, Made)
			if made.URL != url || made.Platform == nil || made.RMZ == nil || made.Native == nil || made.LicenseSpring == nil || made.KeyAuth == nil || made.DNA == nil || made.RMZ.ProductID != 1 {
				t.Errorf("Prepare() = %+v, want all parts", made)
			}
			if _, err := d.Office.Authenticate(context.Background(), made.Platform.Email, identity.Secret(made.Platform.Password), ""); err != nil {
				t.Errorf("the account of the demo cannot sign in: %v", err)
			}
			before := events(t, d)
			if kept := prepare(t, d, url, Kept); !cmp.Equal(kept, made) {
				t.Errorf("Prepare() again differs: %s", cmp.Diff(made, kept))
			}
			moved := prepare(t, d, url+"9", Kept)
			if want := (File{url + "9", made.Platform, made.RMZ, made.Native, made.LicenseSpring, made.KeyAuth, made.DNA}); !cmp.Equal(moved, want) {
				t.Errorf("Prepare(another address) differs: %s", cmp.Diff(want, moved))
			}
			if after := events(t, d); after != before {
				t.Errorf("starting again left %d events, want none", after-before)
			}
		})
		t.Run("credentials_are_random", func(t *testing.T) {
			one, other := prepare(t, newDemo(t, open(t)), url, Made), prepare(t, newDemo(t, open(t)), url, Made)
			if one.Platform.Password == other.Platform.Password || one.RMZ.LicenseKey == other.RMZ.LicenseKey {
				t.Error("two demos have the same credentials")
			}
		})
		t.Run("leaves_others_alone", func(t *testing.T) {
			d := newDemo(t, open(t))
			if _, err := d.Office.CreateTenant(context.Background(), d.Actor, "demo", "Somebody"); err != nil {
				t.Fatal(err)
			}
			before := events(t, d)
			prepare(t, d, url, NotEmpty)
			if _, err := os.Stat(d.Path()); err == nil || events(t, d) != before {
				t.Error("something was made in a database that is in use")
			}
		})
		t.Run("completes_what_was_cut_short", func(t *testing.T) {
			d := newDemo(t, open(t))
			if ours, err := d.claim(context.Background()); !ours || err != nil {
				t.Fatalf("claim() = %v, %v, want true", ours, err)
			}
			if _, err := d.tenant(context.Background()); err != nil {
				t.Fatal(err)
			}
			f := prepare(t, d, url, Made)
			f.RMZ = nil // As a program wrote it that did not know this door.
			if err := d.write(&f); err != nil {
				t.Fatal(err)
			}
			again := prepare(t, d, url, Made)
			if again.RMZ == nil || again.RMZ.ProductID != 1 || !cmp.Equal(again.Platform, f.Platform) {
				t.Errorf("Prepare() = %+v, want the missing part and the other as it was", again)
			}
		})
		t.Run("believes_no_file_of_another_database", func(t *testing.T) {
			d, other := newDemo(t, open(t)), newDemo(t, open(t))
			first := prepare(t, d, url, Made)
			other.Dir = d.Dir
			second := prepare(t, other, url, Made)
			if first.RMZ.LicenseKey == second.RMZ.LicenseKey {
				t.Error("the demo of another database was taken for this one's")
			}
		})
	})
}

func TestFile(t *testing.T) {
	t.Parallel()
	d := newDemo(t, testkit.OpenSQLite(t))
	f := prepare(t, d, url, Made)
	info, err := os.Stat(d.Path())
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("demo.json has %v, %v, want mode 0600", info.Mode(), err)
	}
	text, err := os.ReadFile(d.Path())
	if err != nil {
		t.Fatal(err)
	}
	var form map[string]map[string]any
	_ = json.Unmarshal(bytes.Replace(text, []byte(`"url": "`+url+`",`), nil, 1), &form)
	for part, members := range map[string][]string{
		"platform": {"email", "password"}, "rmz": {"product_id", "license_key"},
		"dna":     {"client_id", "api_key", "product_id", "test_product_id", "license_id", "license_password", "multi_user_license_id", "license_setup_key"},
		"keyauth": {"name", "ownerid", "secret", "seller_key", "version", "public_key", "license_keys"},
	} {
		for _, member := range members {
			if form[part][member] == nil {
				t.Errorf("demo.json has no %s.%s: %s", part, member, text)
			}
		}
	}
	if err := os.WriteFile(d.Path(), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := d.Prepare(context.Background(), url); err == nil || !strings.Contains(err.Error(), "remove it") {
		t.Errorf("Prepare(broken file) = %v, want what to do", err)
	}
	var shown bytes.Buffer
	if err := Show(&shown, f, d.Path(), "http://127.0.0.1:9090"); err != nil {
		t.Fatal(err)
	}
	if calls := strings.Count(shown.String(), "curl -i "+url+"/rmz/verify"); calls != 2 {
		t.Errorf("Show prints %d calls, want 2:\n%s", calls, shown.String())
	}
	for _, want := range []string{"http://127.0.0.1:9090/platform/\n", f.Platform.Email, f.Platform.Password} {
		if at := strings.Index(shown.String(), want); at < 0 || at > strings.Index(shown.String(), "curl") {
			t.Errorf("Show does not print %s as the first thing to try:\n%s", want, shown.String())
		}
	}
}
