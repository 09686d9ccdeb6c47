package identity

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"golang.org/x/crypto/argon2"

	"licet/internal/license"
)

// salts is a source of salts that are all different and not random.
type salts struct{ n byte }

func (s *salts) Read(p []byte) (int, error) {
	s.n++
	for i := range p {
		p[i] = s.n
	}
	return len(p), nil
}

// cheap returns a hash of the lowest cost, so that tests of what is around hashing are fast.
func cheap(password string) PasswordHash {
	salt := []byte("8 bytes.")
	return phc{memory: 8, passes: 1, lanes: 1, salt: salt, key: argon2.IDKey([]byte(password), salt, 1, 8, 1, 16)}.format()
}

func TestHashPassword(t *testing.T) {
	t.Parallel()
	salt := bytes.Repeat([]byte{7}, 16)
	h := HashPassword("pässword", salt)
	if want := "$argon2id$v=19$m=19456,t=2,p=1$BwcHBwcHBwcHBwcHBwcHBw$"; !strings.HasPrefix(string(h), want) {
		t.Errorf("HashPassword = %s, want it to begin %s", string(h), want)
	}
	if again := HashPassword("pässword", salt); again != h {
		t.Errorf("HashPassword twice = %s and %s", string(h), string(again))
	}
	for _, tt := range []struct {
		password string
		ok       bool
	}{{"pässword", true}, {"passwörd", false}, {"", false}, {"pässword ", false}} {
		if ok, rehash := VerifyPassword(h, tt.password); ok != tt.ok || rehash {
			t.Errorf("VerifyPassword(%q) = %v, rehash %v, want %v, false", tt.password, ok, rehash, tt.ok)
		}
	}
}

// TestVerifyPasswordVector is the published example of the reference implementation's test suite
// for argon2id, version 19.
func TestVerifyPasswordVector(t *testing.T) {
	t.Parallel()
	const h PasswordHash = "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"
	if ok, rehash := VerifyPassword(h, "password"); !ok || !rehash {
		t.Errorf("VerifyPassword(vector) = %v, rehash %v, want true, true", ok, rehash)
	}
	if ok, rehash := VerifyPassword(h, "Password"); ok || rehash {
		t.Errorf("VerifyPassword(vector, wrong) = %v, rehash %v, want false, false", ok, rehash)
	}
}

func TestVerifyPasswordS0_48_NothingMatchesTheDummy(t *testing.T) {
	t.Parallel()
	p, ok := parsePHC(DummyHash)
	if !ok || p.memory != hashMemory || p.passes != hashPasses || p.lanes != hashLanes || len(p.salt) != hashSaltLen || len(p.key) != hashKeyLen {
		t.Fatalf("S0-48: DummyHash = %+v, %v, want the cost of a new hash", p, ok)
	}
	for _, h := range []PasswordHash{DummyHash, "", "nonsense"} {
		if ok, rehash := VerifyPassword(h, ""); ok || rehash {
			t.Errorf("S0-48: VerifyPassword(%q) = %v, %v, want no", string(h), ok, rehash)
		}
	}
}

func TestParsePHCRefuses(t *testing.T) {
	t.Parallel()
	const salt, key = "c29tZXNhbHQ", "nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"
	good := func(cost string) string { return "$argon2id$v=19$" + cost + "$" + salt + "$" + key }
	for _, text := range []string{good("m=19456,t=2,p=1"), good("m=65536,t=4,p=4"), good("m=8,t=8,p=1")} {
		if _, ok := parsePHC(PasswordHash(text)); !ok {
			t.Errorf("parsePHC(%s) refused, want it read", text)
		}
	}
	for name, text := range map[string]string{
		"empty":           "",
		"argon2i":         "$argon2i$v=19$m=8,t=1,p=1$" + salt + "$" + key,
		"old_version":     "$argon2id$v=16$m=8,t=1,p=1$" + salt + "$" + key,
		"bcrypt":          "$2b$12$abcdefghijklmnopqrstuv",
		"much_memory":     good("m=65537,t=1,p=1"),
		"huge_memory":     good("m=4294967295,t=1,p=1"),
		"overflow":        good("m=4294967304,t=1,p=1"),
		"many_passes":     good("m=8,t=9,p=1"),
		"much_work":       good("m=65536,t=5,p=1"),
		"many_lanes":      good("m=65536,t=1,p=5"),
		"lanes_overflow":  good("m=65536,t=1,p=257"),
		"little_memory":   good("m=31,t=1,p=4"),
		"zero_passes":     good("m=8,t=0,p=1"),
		"zero_lanes":      good("m=8,t=1,p=0"),
		"leading_zero":    good("m=08,t=1,p=1"),
		"plus":            good("m=+8,t=1,p=1"),
		"other_order":     good("t=1,m=8,p=1"),
		"no_cost":         good(""),
		"short_salt":      "$argon2id$v=19$m=8,t=1,p=1$AAAA$" + key,
		"short_key":       "$argon2id$v=19$m=8,t=1,p=1$" + salt + "$AAAA",
		"no_key":          "$argon2id$v=19$m=8,t=1,p=1$" + salt + "$",
		"spare_bits":      "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHR$" + key,
		"padding":         "$argon2id$v=19$m=8,t=1,p=1$" + salt + "=$" + key,
		"line_end":        good("m=8,t=1,p=1") + "\n",
		"line_end_inside": "$argon2id$v=19$m=8,t=1,p=1$c29t\nZXNhbHQ$" + key,
		"more_parts":      good("m=8,t=1,p=1") + "$x",
		"very_long":       "$argon2id$v=19$m=8,t=1,p=1$" + strings.Repeat("A", 1<<20) + "$" + key,
	} {
		if p, ok := parsePHC(PasswordHash(text)); ok {
			t.Errorf("%s: parsePHC = %+v, want it refused", name, p)
		}
	}
}

func FuzzParsePHC(f *testing.F) {
	f.Add("$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4")
	f.Add(string(DummyHash))
	f.Add("$argon2id$v=19$m=4294967295,t=4294967295,p=255$$")
	f.Fuzz(func(t *testing.T, text string) {
		p, ok := parsePHC(PasswordHash(text))
		if !ok {
			return
		}
		if p.memory > maxHashMemory || p.memory*p.passes > maxHashWork || p.lanes > maxHashLanes || len(p.key) > 64 || len(p.salt) > 64 {
			t.Errorf("parsePHC(%q) = %+v, beyond its bounds", text, p)
		}
		if back := string(p.format()); back != text {
			t.Errorf("parsePHC(%q) writes back as %q", text, back)
		}
	})
}

func TestPasswordHashDoesNotShow(t *testing.T) {
	t.Parallel()
	h := cheap("x")
	if got := fmt.Sprintf("%v %s %#v %v", h, h, h, h.LogValue()); strings.Contains(got, "argon2") {
		t.Errorf("a password hash shows itself: %s", got)
	}
}

func TestHasherHashAndVerify(t *testing.T) {
	t.Parallel()
	h := NewHasher(0, new(salts))
	hash, err := h.Hash(nil, "secret")
	if err != nil {
		t.Fatal(err)
	}
	if other, err := h.Hash(nil, "secret"); err != nil || other == hash {
		t.Errorf("Hash twice = the same text, %v, want fresh salts", err)
	}
	if ok, rehash, err := h.Verify(nil, hash, "secret"); !ok || rehash || err != nil {
		t.Errorf("Verify(right) = %v, %v, %v, want true, false, nil", ok, rehash, err)
	}
	if ok, rehash, err := h.Verify(nil, cheap("secret"), "secret"); !ok || !rehash || err != nil {
		t.Errorf("Verify(old cost) = %v, %v, %v, want true, true, nil", ok, rehash, err)
	}
	if _, err := NewHasher(1, iotest.ErrReader(io.ErrUnexpectedEOF)).Hash(nil, "secret"); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("Hash without randomness = %v, want an error", err)
	}
}

func TestHasherS0_38_History(t *testing.T) {
	t.Parallel()
	const current = "Current-pass-0"
	account := Account{Email: "ann@example.com", Previous: []PasswordHash{cheap(current)}}
	for i := 1; i <= 6; i++ {
		account.Previous = append(account.Previous, cheap(fmt.Sprintf("Former-pass-%d", i)))
	}
	account.Previous[2] = "" // Once there was no password; that forbids none.
	h := NewHasher(2, new(salts))
	for _, tt := range []struct {
		name     string
		policy   PasswordPolicy
		password string
		want     license.Reason
	}{
		{"S0-38_the_current_one", PasswordPolicy{}, current, license.PasswordReused},
		{"S0-38_the_fifth", PasswordPolicy{}, "Former-pass-4", license.PasswordReused},
		{"S0-38_the_sixth_may_come_back", PasswordPolicy{}, "Former-pass-5", ""},
		{"S0-38_in_another_case", PasswordPolicy{}, "former-pass-4", license.PasswordWeak},
		{"S0-38_another", PasswordPolicy{}, "Brand-new-pass-1", ""},
		{"S0-38_two_remembered", PasswordPolicy{Remembered: 2}, "Former-pass-4", ""},
		{"S0-38_two_remembered_the_second", PasswordPolicy{Remembered: 2}, "Former-pass-1", license.PasswordReused},
		{"S0-38_none_remembered", PasswordPolicy{Remembered: -1}, current, ""},
		{"S0-38_more_remembered_than_there_are", PasswordPolicy{Remembered: 24}, "Former-pass-6", license.PasswordReused},
		{"S0-36_composition_first", PasswordPolicy{}, "short", license.PasswordWeak},
		{"S0-37_address_first", PasswordPolicy{}, "ANN@example.com", license.PasswordWeak},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			hash, err := h.HashNew(nil, tt.policy, account, tt.password)
			if license.ReasonOf(err) != tt.want || (err == nil) != (tt.want == "") {
				t.Fatalf("HashNew(%q) = %v, want reason %q", tt.password, err, tt.want)
			}
			if ok, _ := VerifyPassword(hash, tt.password); err == nil && !ok {
				t.Errorf("HashNew(%q) gave a hash of something else", tt.password)
			}
		})
	}
	t.Run("S0-38_message", func(t *testing.T) {
		t.Parallel()
		_, err := h.HashNew(nil, PasswordPolicy{}, account, current)
		if want := "password: the password must differ from the last 5 passwords"; err == nil || err.Error() != want {
			t.Errorf("HashNew(current) = %v, want %s", err, want)
		}
	})
}

func TestHasherBusy(t *testing.T) {
	t.Parallel()
	busy := func(t *testing.T, err error) {
		t.Helper()
		e, ok := errors.AsType[*license.Error](err)
		if !ok || e.Reason != license.ServerBusy || e.RetryAfter <= 0 {
			t.Errorf("without a free slot = %#v, want server_busy with a RetryAfter", err)
		}
	}
	t.Run("caller_gone", func(t *testing.T) {
		t.Parallel()
		h := NewHasher(1, new(salts))
		h.slots <- struct{}{}
		done := make(chan struct{})
		close(done)
		_, err := h.Hash(done, "x")
		busy(t, err)
		_, _, err = h.Verify(done, "", "x")
		busy(t, err)
		_, err = h.HashNew(done, PasswordPolicy{}, Account{}, "Abcdefgh1jk!")
		busy(t, err)
		_, err = h.HashNew(done, PasswordPolicy{}, Account{}, "weak")
		if license.ReasonOf(err) != license.PasswordWeak {
			t.Errorf("HashNew(weak) without a free slot = %v, want password_weak at once", err)
		}
	})
	t.Run("waited_too_long", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			h := NewHasher(1, new(salts))
			h.slots <- struct{}{}
			began := time.Now()
			_, _, err := h.Verify(nil, "", "x")
			busy(t, err)
			if waited := time.Since(began); waited != defaultHashWait {
				t.Errorf("waited %v of fake time, want %v", waited, defaultHashWait)
			}
		})
	})
	t.Run("its_turn_comes", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			h := NewHasher(1, new(salts))
			h.slots <- struct{}{}
			go func() {
				time.Sleep(time.Second)
				h.release()
			}()
			if ok, _, err := h.Verify(nil, cheap("x"), "x"); !ok || err != nil {
				t.Errorf("Verify after a wait = %v, %v, want true, nil", ok, err)
			}
		})
	})
}

// TestHasherManyAtOnce is for the race detector: nothing is shared that is not guarded.
func TestHasherManyAtOnce(t *testing.T) {
	t.Parallel()
	h := NewHasher(2, new(salts))
	h.MaxWait = time.Hour
	var wg sync.WaitGroup
	for range 6 {
		wg.Go(func() {
			if _, err := h.Hash(nil, "x"); err != nil {
				t.Errorf("Hash = %v, want nil", err)
			}
		})
	}
	wg.Wait()
	if len(h.slots) != 0 {
		t.Errorf("%d slots are still taken", len(h.slots))
	}
}

func BenchmarkHashPassword(b *testing.B) {
	b.ReportAllocs()
	salt := make([]byte, 16)
	for b.Loop() {
		HashPassword("correct horse battery staple", salt)
	}
}
