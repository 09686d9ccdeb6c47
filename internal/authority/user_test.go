package authority_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/argon2"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/store"
)

const (
	goodPassword identity.Secret = "Correct-Horse-7!"
	newPassword  identity.Secret = "Battery-Staple-8?"
)

// user makes a license user of the whole tenant.
func (w *world) user(name string) license.LicenseUser {
	w.t.Helper()
	u, _, err := w.office.CreateLicenseUser(w.t.Context(), w.boss, office.NewLicenseUser{Email: name, Password: goodPassword})
	w.must(err)
	return u
}

// cheapUser is user with a password whose hash costs next to nothing to verify, for tests that try many.
func (w *world) cheapUser(name string) license.LicenseUser {
	w.t.Helper()
	u := license.LicenseUser{Tenant: w.boss.Tenant, Name: name, Email: name, Created: w.now()}
	salt := []byte("saltsalt")
	b64 := base64.RawStdEncoding
	hash := "$argon2id$v=19$m=8,t=1,p=1$" + b64.EncodeToString(salt) + "$" +
		b64.EncodeToString(argon2.IDKey([]byte(goodPassword.Reveal()), salt, 1, 8, 1, 16))
	w.must(w.store.Write(w.t.Context(), func(tx *store.Tx) error {
		if _, err := tx.InsertLicenseUser(&u); err != nil {
			return err
		}
		_, err := tx.SaveUserPassword(&store.UserSecrets{LicenseUser: u}, hash, nil, 5)
		return err
	}))
	return u
}

// knock tries to sign in so many times and returns the last error.
func (w *world) knock(name string, password identity.Secret, times int) (err error) {
	for range times {
		_, err = w.SignInUser(w.t.Context(), w.boss.Tenant, name, password, "")
	}
	return err
}

// wantLocked fails unless the right password is refused for so long; 0 is for ever.
func (w *world) wantLocked(t *testing.T, name string, wait time.Duration) {
	t.Helper()
	err := w.knock(name, goodPassword, 1)
	if got := retryAfter(err); license.ReasonOf(err) != license.LoginLocked || got != wait {
		t.Errorf("SignInUser(%s) = %v for %s, want login_locked for %s", name, err, got, wait)
	}
}

// retryAfter is how long a refusal asks to wait.
func retryAfter(err error) time.Duration {
	if e, ok := errors.AsType[*license.Error](err); ok {
		return e.RetryAfter
	}
	return 0
}

// secrets reads what is stored of a user's password.
func (w *world) secrets(u license.LicenseUser) (s store.UserSecrets) {
	w.t.Helper()
	w.must(w.store.Read(w.t.Context(), func(tx *store.Tx) (err error) {
		s, err = tx.FindUserSecrets(u.Tenant, u.ID)
		return err
	}))
	return s
}

func (w *world) set(name, value string) {
	w.t.Helper()
	_, err := w.office.SaveSetting(w.t.Context(), w.boss, office.Setting{Name: name, Value: value})
	w.must(err)
}

func TestSignInUser(t *testing.T) {
	t.Parallel()
	forEachWorld(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		ann := w.user("Ann@x.test")
		got, err := w.SignInUser(ctx, w.boss.Tenant, "aNN@x.test", goodPassword, "192.0.2.1")
		w.must(err)
		if got.ID != ann.ID || !got.InitialPassword {
			t.Errorf("SignInUser = %+v, want user %d with an initial password", got, ann.ID)
		}
		for _, name := range []string{"", "nobody@x.test", "no\x00body", "\xff", strings.Repeat("x", 10_000)} {
			_, err := w.SignInUser(ctx, w.boss.Tenant, name, goodPassword, "192.0.2.1")
			wantReason(t, fmt.Sprintf("SignInUser(%.12q)", name), err, license.CredentialsWrong)
		}
		_, err = w.SignInUser(ctx, w.boss.Tenant+1, "ann@x.test", goodPassword, "192.0.2.1")
		wantReason(t, "SignInUser in another tenant", err, license.CredentialsWrong)
		t.Run("without-a-password", func(t *testing.T) {
			w.must(w.store.Write(ctx, func(tx *store.Tx) error {
				_, err := tx.InsertLicenseUser(&license.LicenseUser{Tenant: w.boss.Tenant, Name: "bare@x.test|ACME", Created: w.now()})
				return err
			}))
			for _, password := range []identity.Secret{"", goodPassword} {
				wantReason(t, "SignInUser", w.knock("bare@x.test|ACME", password, 1), license.CredentialsWrong)
			}
		})
		t.Run("of-one-product", func(t *testing.T) {
			_, _, err := w.office.CreateLicenseUser(ctx, w.boss, office.NewLicenseUser{Product: "app", Name: "carl", Password: goodPassword})
			w.must(err)
			wantReason(t, "SignInUser", w.knock("carl", goodPassword, 1), license.CredentialsWrong)
		})
		t.Run("banned", func(t *testing.T) {
			_, err := w.office.BanLicenseUser(ctx, w.boss, "", "ann@x.test", "abuse")
			w.must(err)
			wantReason(t, "a wrong password", w.knock("ann@x.test", "wrong", 1), license.CredentialsWrong)
			wantReason(t, "the right password", w.knock("ann@x.test", goodPassword, 1), license.UserBanned)
			wantReason(t, "ChangeUserPassword", w.ChangeUserPassword(ctx, w.boss.Tenant, "ann@x.test", goodPassword, newPassword, ""), license.UserBanned)
		})
	})
}

func TestUserLockouts(t *testing.T) {
	t.Parallel()
	forEachWorld(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		t.Run("S0-40_S0-41", func(t *testing.T) {
			w.cheapUser("ann@x.test")
			for _, minutes := range []int{15, 30, 45, 60, 60} {
				wantReason(t, "the last try of a round", w.knock("ann@x.test", "wrong", 10), license.CredentialsWrong)
				lock := time.Duration(minutes) * time.Minute
				w.wantLocked(t, "ANN@x.test", lock)
				w.advance(lock)
			}
			wantReason(t, "the right password after the last lock", w.knock("ann@x.test", goodPassword, 1), "")
		})
		t.Run("S0-44", func(t *testing.T) {
			w.cheapUser("bob@x.test")
			w.must(w.knock("bob@x.test", goodPassword, 1))
			_ = w.knock("bob@x.test", "wrong", 10)
			w.advance(5 * time.Minute)
			wantReason(t, "a wrong password during a lock", w.knock("bob@x.test", "wrong", 20), license.LoginLocked)
			w.wantLocked(t, "bob@x.test", 10*time.Minute) // not extended
		})
		t.Run("S0-45", func(t *testing.T) {
			w.cheapUser("cyd@x.test")
			_ = w.knock("cyd@x.test", "wrong", 9)
			w.advance(time.Hour)
			_ = w.knock("cyd@x.test", "wrong", 9)
			w.must(w.knock("cyd@x.test", goodPassword, 1))
		})
		t.Run("S0-46", func(t *testing.T) {
			u := w.cheapUser("dan@x.test")
			w.set("lockout.license_user", `{"failures_per_round":1,"temporary_locks_before_permanent":0}`)
			_ = w.knock("dan@x.test", "wrong", 1)
			w.wantLocked(t, "dan@x.test", 0)
			w.must(w.office.UnlockLicenseUser(ctx, w.boss, "dan@x.test"))
			w.must(w.knock("dan@x.test", goodPassword, 1))
			w.set("lockout.license_user", "")
			log, err := w.office.ListEvents(ctx, w.boss, office.Page{Limit: 10})
			w.must(err)
			locked := 0
			for _, e := range log {
				if e.Subject == int64(u.ID) && (e.Kind == license.LoginWasLocked || e.Kind == license.LoginUnlocked) {
					locked++
				}
			}
			if locked != 2 {
				t.Errorf("%d events of the lock and its end, want 2", locked)
			}
		})
		t.Run("S0-47", func(t *testing.T) {
			w.cheapUser("eve@x.test")
			w.set("lockout.license_user", `{"failures_per_round":2,"first_lock_minutes":7,"max_lock_minutes":7}`)
			_ = w.knock("eve@x.test", "wrong", 2)
			w.wantLocked(t, "eve@x.test", 7*time.Minute)
			w.set("lockout.license_user", "")
		})
		t.Run("S0-48", func(t *testing.T) {
			w.set("lockout.license_user", `{"failures_per_round":3}`)
			wantReason(t, "an unknown user", w.knock("nobody@x.test", "wrong", 3), license.CredentialsWrong)
			w.wantLocked(t, "Nobody@x.test", 15*time.Minute)
			w.cheapUser("joe@x.test")
			var err error
			for range 3 {
				err = w.ChangeUserPassword(ctx, w.boss.Tenant, "joe@x.test", "wrong", newPassword, "")
			}
			wantReason(t, "ChangeUserPassword", err, license.CredentialsWrong)
			w.wantLocked(t, "joe@x.test", 15*time.Minute)
			wantReason(t, "ChangeUserPassword during the lock",
				w.ChangeUserPassword(ctx, w.boss.Tenant, "joe@x.test", goodPassword, newPassword, ""), license.LoginLocked)
			w.set("lockout.license_user", "")
		})
		t.Run("one-address-tries-many-names", func(t *testing.T) {
			w.set("lockout.license_user", "")
			var err error
			for i := range 31 {
				name := fmt.Sprintf("u%d@x.test", i)
				w.cheapUser(name)
				_, err = w.SignInUser(ctx, w.boss.Tenant, name, "wrong", "192.0.2.7")
			}
			wantReason(t, "the 31st try", err, license.AddressLocked)
			_, err = w.SignInUser(ctx, w.boss.Tenant, "u1@x.test", goodPassword, "192.0.2.8")
			w.must(err)
		})
	})
}

// A password that many goroutines guess at once is tried no more often than one after another.
func TestUserGuessesRace(t *testing.T) {
	t.Parallel()
	forEachWorld(t, func(t *testing.T, w *world) {
		w.cheapUser("ann@x.test")
		tried := w.race(64, license.LoginLocked, func(i int) error {
			_, err := w.SignInUser(t.Context(), w.boss.Tenant, "ann@x.test", identity.Secret(fmt.Sprint("wrong", i)), "")
			if license.ReasonOf(err) == license.CredentialsWrong {
				return nil
			}
			return err
		})
		if tried != 10 {
			t.Errorf("%d of 64 guesses were judged, want 10", tried)
		}
		w.wantLocked(t, "ann@x.test", 15*time.Minute)
	})
}

func TestChangeUserPassword(t *testing.T) {
	t.Parallel()
	forEachWorld(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		u, given, err := w.office.CreateLicenseUser(ctx, w.boss, office.NewLicenseUser{Name: "long.name@x.test|ACME", Email: "long.name@x.test"})
		w.must(err)
		change := func(old, password identity.Secret) error {
			return w.ChangeUserPassword(ctx, u.Tenant, u.Name, old, password, "192.0.2.1")
		}
		t.Run("S0-55", func(t *testing.T) {
			got, err := w.SignInUser(ctx, u.Tenant, u.Name, given, "")
			w.must(err)
			clear, err := w.InitialPassword(w.secrets(u))
			w.must(err)
			if !got.InitialPassword || clear != given.Reveal() {
				t.Errorf("initial is %v and the password can be read %v, want both", got.InitialPassword, clear == given.Reveal())
			}
		})
		t.Run("S0-36", func(t *testing.T) { wantReason(t, "a weak one", change(given, "weak"), license.PasswordWeak) })
		t.Run("S0-37", func(t *testing.T) {
			for _, password := range []identity.Secret{"long.name@x.test", "LONG.NAME@X.test"} {
				err := change(given, password)
				if license.ReasonOf(err) != license.PasswordWeak || !strings.Contains(err.Error(), "differ from the e-mail address") {
					t.Errorf("the e-mail address as password = %v, want password_weak that says so", err)
				}
			}
		})
		t.Run("S0-57", func(t *testing.T) {
			w.must(change(given, newPassword))
			wantReason(t, "the old one", w.knock(u.Name, given, 1), license.CredentialsWrong)
			got, err := w.SignInUser(ctx, u.Tenant, u.Name, newPassword, "")
			w.must(err)
			clear, err := w.InitialPassword(w.secrets(u))
			w.must(err)
			if got.InitialPassword || clear != "" {
				t.Errorf("initial is %v, can be read %v, want neither", got.InitialPassword, clear != "")
			}
		})
		t.Run("S0-38", func(t *testing.T) {
			last := newPassword
			for i := range 4 {
				next := identity.Secret(fmt.Sprintf("Correct-Horse-%d!", i))
				w.must(change(last, next))
				last = next
			}
			wantReason(t, "the fifth last", change(last, newPassword), license.PasswordReused)
			w.must(change(last, "Another-Horse-1!"))
			w.must(change("Another-Horse-1!", newPassword))
		})
		t.Run("fixed", func(t *testing.T) {
			w.set("license_users.change_password", "false")
			wantReason(t, "ChangeUserPassword", change(newPassword, goodPassword), license.PasswordFixed)
			w.must(w.knock(u.Name, newPassword, 1))
			w.set("license_users.change_password", "true")
			w.must(change(newPassword, "Yet-Another-Horse-2!"))
		})
		t.Run("S0-59", func(t *testing.T) {
			_, err := w.office.ResetUserPassword(ctx, w.boss, "", u.Name, newPassword)
			wantReason(t, "ResetUserPassword to a recent one", err, license.PasswordReused)
			given, err := w.office.ResetUserPassword(ctx, w.boss, "", u.Name, "")
			w.must(err)
			got, err := w.SignInUser(ctx, u.Tenant, u.Name, given, "")
			w.must(err)
			clear, err := w.InitialPassword(w.secrets(u))
			w.must(err)
			if !got.InitialPassword || clear != given.Reveal() {
				t.Errorf("after a reset initial is %v, can be read %v, want both", got.InitialPassword, clear == given.Reveal())
			}
		})
	})
}

func TestUserOfActivation(t *testing.T) {
	t.Parallel()
	forEachWorld(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		_, err := w.office.CreateProduct(ctx, w.boss, office.NewProduct{Code: "people", Name: "People", Auth: license.ByUser})
		w.must(err)
		made, err := w.office.CreateLicenses(ctx, w.boss, office.NewLicenses{Product: "people"})
		w.must(err)
		ref := office.Ref{ID: made.Licenses[0].ID}
		u, given, err := w.office.CreateLicenseUser(ctx, w.boss, office.NewLicenseUser{Email: "ann@x.test"})
		w.must(err)
		_, err = w.office.AssignUser(ctx, w.boss, ref, "ann@x.test")
		w.must(err)
		ask := w.ask("", "A")
		ask.By = &store.Lookup{Tenant: w.boss.Tenant, Code: "people", User: "ann@x.test"}
		initial := func(want bool) {
			t.Helper()
			ans, err := w.Activate(ctx, ask)
			w.must(err)
			check, err := w.CheckIn(ctx, ask)
			w.must(err)
			if ans.User == nil || check.User == nil || ans.User.InitialPassword != want || check.User.InitialPassword != want {
				t.Errorf("users of activation and check = %+v, %+v, want both with an initial password %v", ans.User, check.User, want)
			}
		}
		t.Run("S0-55_S0-58", func(t *testing.T) { initial(true) })
		t.Run("S0-56", func(t *testing.T) {
			if ans := w.activate(w.issue(nil), "A"); ans.User != nil {
				t.Errorf("an activation by key has the user %+v, want none", ans.User)
			}
		})
		t.Run("S0-57", func(t *testing.T) {
			w.must(w.ChangeUserPassword(ctx, u.Tenant, u.Name, given, newPassword, ""))
			initial(false)
		})
		t.Run("S0-59", func(t *testing.T) {
			_, err := w.office.ResetUserPassword(ctx, w.boss, "", u.Name, "")
			w.must(err)
			initial(true)
		})
	})
}
