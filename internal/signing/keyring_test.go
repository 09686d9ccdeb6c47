package signing

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"
)

// testKey is a master key that counts up from first.
func testKey(first byte) MasterKey {
	var key MasterKey
	for i := range key {
		key[i] = first + byte(i)
	}
	return key
}

func TestKeyringSealAndOpen(t *testing.T) {
	t.Parallel()
	k := NewKeyring(testKey(0))
	rapid.Check(t, func(t *rapid.T) {
		context := rapid.String().Draw(t, "context")
		plaintext := rapid.SliceOf(rapid.Byte()).Draw(t, "plaintext")
		sealed := k.Seal(context, plaintext)
		if len(sealed) != len(plaintext)+sealOverhead {
			t.Fatalf("Seal of %d bytes has %d, want %d", len(plaintext), len(sealed), len(plaintext)+sealOverhead)
		}
		got, err := k.Open(context, sealed)
		if err != nil || !bytes.Equal(got, plaintext) {
			t.Fatalf("Open(Seal(%x)) = %x, %v", plaintext, got, err)
		}
		if bytes.Equal(k.Seal(context, plaintext), sealed) {
			t.Fatal("sealing twice gave the same bytes")
		}
		if _, err := k.Open(context+"x", sealed); !errors.Is(err, ErrTampered) {
			t.Fatalf("Open in another context = %v, want ErrTampered", err)
		}
	})
}

func TestKeyringRefusesChanges(t *testing.T) {
	t.Parallel()
	k := NewKeyring(testKey(0))
	const context = "product-e2ee/1/2"
	sealed := k.Seal(context, []byte("secret"))
	for i := range sealed {
		for _, flip := range []byte{1, 0x80} {
			changed := bytes.Clone(sealed)
			changed[i] ^= flip
			want := ErrTampered
			switch {
			case i == 0:
				want = ErrFormat
			case i < headSize:
				want = ErrOtherKey
			}
			if got, err := k.Open(context, changed); !errors.Is(err, want) || got != nil {
				t.Errorf("Open with byte %d changed = %q, %v, want %v", i, got, err, want)
			}
		}
	}
	for n := range len(sealed) {
		want := ErrFormat
		if n >= sealOverhead {
			want = ErrTampered
		}
		if _, err := k.Open(context, sealed[:n]); !errors.Is(err, want) {
			t.Errorf("Open of the first %d bytes = %v, want %v", n, err, want)
		}
	}
	if _, err := k.Open(context, append(bytes.Clone(sealed), 0)); !errors.Is(err, ErrTampered) {
		t.Errorf("Open with a byte more = %v, want ErrTampered", err)
	}
	for _, other := range []string{"", "product-e2ee/1/3", "product-e2ee/1/", "PRODUCT-e2ee/1/2"} {
		if _, err := k.Open(other, sealed); !errors.Is(err, ErrTampered) {
			t.Errorf("Open(%q) = %v, want ErrTampered", other, err)
		}
	}
	if !bytes.Equal(sealed[:1], []byte{1}) {
		t.Errorf("version = %d, want 1", sealed[0])
	}
}

// TestKeyringOpensWhatIsStored keeps the format: this text is in databases.
func TestKeyringOpensWhatIsStored(t *testing.T) {
	t.Parallel()
	const stored = "01a0d3fa2a5178fa7be6872eed0efaacce99c87c0a7033381403513eebff339963101c0ea10458913f33b060ea7f3c63eea4"
	sealed, err := hex.DecodeString(stored)
	if err != nil {
		t.Fatal(err)
	}
	got, err := NewKeyring(testKey(0)).Open("product-e2ee/1/2", sealed)
	if err != nil || string(got) != "an end-to-end key" {
		t.Errorf("Open(stored) = %q, %v, want an end-to-end key", got, err)
	}
	if got, want := NewKeyring(testKey(0)).Fingerprint(), "a0d3fa2a2fdcdeaf"; got != want {
		t.Errorf("Fingerprint() = %s, want %s", got, want)
	}
}

func TestKeyringOtherAndOlderKeys(t *testing.T) {
	t.Parallel()
	first, second := NewKeyring(testKey(1)), NewKeyring(testKey(2))
	both := NewKeyring(testKey(2), testKey(1))
	old := first.Seal("c", []byte("old"))
	if _, err := second.Open("c", old); !errors.Is(err, ErrOtherKey) {
		t.Errorf("Open with another key = %v, want ErrOtherKey", err)
	}
	if got, err := both.Open("c", old); err != nil || string(got) != "old" {
		t.Errorf("Open with the older key beside = %q, %v, want old", got, err)
	}
	if got, err := second.Open("c", both.Seal("c", []byte("new"))); err != nil || string(got) != "new" {
		t.Errorf("Open(sealed with the current key) = %q, %v, want new", got, err)
	}
	if both.Fingerprint() != second.Fingerprint() || first.Fingerprint() == second.Fingerprint() {
		t.Errorf("fingerprints: %s, %s, both %s", first.Fingerprint(), second.Fingerprint(), both.Fingerprint())
	}
}

func TestKeyringManyAtOnce(t *testing.T) {
	t.Parallel()
	k := NewKeyring(testKey(0), testKey(1))
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 100 {
				if got, err := k.Open("c", k.Seal("c", []byte("x"))); err != nil || string(got) != "x" {
					t.Errorf("Open(Seal(x)) = %q, %v", got, err)
				}
			}
		})
	}
	wg.Wait()
}

func FuzzKeyringOpen(f *testing.F) {
	k := NewKeyring(testKey(0), testKey(1))
	f.Add("c", k.Seal("c", []byte("x")))
	f.Add("c", NewKeyring(testKey(1)).Seal("c", nil))
	f.Add("", []byte{1})
	f.Fuzz(func(t *testing.T, context string, sealed []byte) {
		before := bytes.Clone(sealed)
		plaintext, err := k.Open(context, sealed)
		if !bytes.Equal(before, sealed) {
			t.Error("Open changed its input")
		}
		if err != nil {
			if plaintext != nil {
				t.Errorf("Open = %q together with %v", plaintext, err)
			}
			return
		}
		if len(sealed) != len(plaintext)+sealOverhead {
			t.Errorf("Open of %d bytes gave %d", len(sealed), len(plaintext))
		}
	})
}

func TestParseMasterKey(t *testing.T) {
	t.Parallel()
	key := testKey(0xc8) // Its base64 has characters that differ between the alphabets.
	raw := key[:]
	for _, text := range []string{
		hex.EncodeToString(raw), strings.ToUpper(hex.EncodeToString(raw)), " " + hex.EncodeToString(raw) + "\r\n",
		base64.StdEncoding.EncodeToString(raw), base64.RawStdEncoding.EncodeToString(raw),
		base64.URLEncoding.EncodeToString(raw), base64.RawURLEncoding.EncodeToString(raw) + "\n",
	} {
		if got, err := ParseMasterKey(text); err != nil || got != key {
			t.Errorf("ParseMasterKey(%q) = %x, %v, want %x", text, got[:], err, raw)
		}
	}
	for _, text := range []string{
		"", " \n", "secret", strings.Repeat("z", 64), hex.EncodeToString(raw[:31]), hex.EncodeToString(raw) + "00",
		"0x" + hex.EncodeToString(raw), base64.StdEncoding.EncodeToString(raw[:31]), base64.StdEncoding.EncodeToString(append(raw[:32:32], 0)),
		base64.RawStdEncoding.EncodeToString(raw) + "==", base64.RawStdEncoding.EncodeToString(raw)[:42] + "/",
		base64.RawStdEncoding.EncodeToString(raw)[:20] + "\n" + base64.RawStdEncoding.EncodeToString(raw)[20:],
	} {
		got, err := ParseMasterKey(text)
		if err == nil || got != (MasterKey{}) {
			t.Errorf("ParseMasterKey(%q) = %x, want it refused", text, got[:])
			continue
		}
		if strings.Contains(err.Error(), "\n") || (len(text) > 5 && strings.Contains(err.Error(), text)) {
			t.Errorf("ParseMasterKey(%q) = %v, want one line without the text", text, err)
		}
	}
}

func FuzzParseMasterKey(f *testing.F) {
	f.Add(strings.Repeat("0f", 32))
	f.Add(base64.StdEncoding.EncodeToString(make([]byte, 32)))
	f.Add(strings.Repeat("A", 42) + "\n=")
	f.Fuzz(func(t *testing.T, text string) {
		key, err := ParseMasterKey(text)
		if err != nil {
			return
		}
		if back, err := ParseMasterKey(hex.EncodeToString(key[:])); err != nil || back != key {
			t.Errorf("ParseMasterKey(%q) = %x, which reads as %x, %v", text, key[:], back[:], err)
		}
	})
}

func TestMasterKeyDoesNotShow(t *testing.T) {
	t.Parallel()
	master, product := testKey(0x41), E2EEKey(testKey(0x41)) // As text: ABCDEF…
	type box struct {
		Master  MasterKey
		Product E2EEKey
	}
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "master", master, "product", product, "box", box{master, product})
	text, err := json.Marshal(box{master, product})
	if err != nil {
		t.Fatal(err)
	}
	shown := []string{log.String(), string(text), master.String(), product.String()}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		shown = append(shown, fmt.Sprintf(verb, master), fmt.Sprintf(verb, product), fmt.Sprintf(verb, box{master, product}))
	}
	for _, text := range shown {
		for _, part := range []string{"ABCD", "41424344", "65 66 67", "65,66,67", "0x41, 0x42", "QUJD"} {
			if strings.Contains(text, part) {
				t.Errorf("a key shows itself: %s", text)
			}
		}
	}
}

func TestLoadMasterKey(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	key, other := testKey(1), testKey(2)
	good := write("good", hex.EncodeToString(key[:])+"\n")
	otherText := base64.StdEncoding.EncodeToString(other[:])
	for _, tt := range []struct {
		name, value, file string
		want              MasterKey
		wrong             string // part of the error
	}{
		{"file", "", good, key, ""},
		{"environment", otherText, "", other, ""},
		{"environment_before_file", otherText, good, other, ""},
		{"blank_environment", " ", good, key, ""},
		{"bad_environment", "secret", good, MasterKey{}, "in the environment"},
		{"bad_file", "", write("bad", "secret"), MasterKey{}, "64 hexadecimal digits"},
		{"empty_file", "", write("empty", ""), MasterKey{}, "is empty"},
		{"large_file", "", write("large", strings.Repeat("0", 1<<20)), MasterKey{}, "64 hexadecimal digits"},
		{"folder", "", folder, MasterKey{}, "master key"},
		{"neither", "", "", MasterKey{}, "no master key"},
		{"no_such_file", "", filepath.Join(folder, "none"), MasterKey{}, "none"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := LoadMasterKey(tt.value, tt.file)
			if got != tt.want || (err == nil) != (tt.wrong == "") {
				t.Fatalf("LoadMasterKey = %x, %v, want %x", got[:], err, tt.want[:])
			}
			if err == nil {
				return
			}
			if text := err.Error(); !strings.Contains(text, tt.wrong) || strings.Contains(text, "secret") || strings.Contains(text, "\n") {
				t.Errorf("LoadMasterKey = %q, want one line about %q without the text", text, tt.wrong)
			}
			missing := tt.name == "neither" || tt.name == "no_such_file"
			if errors.Is(err, fs.ErrNotExist) != missing {
				t.Errorf("LoadMasterKey = %v, is ErrNotExist %v, want %v", err, !missing, missing)
			}
		})
	}
}

func TestCreateMasterKey(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	path := filepath.Join(folder, "master.key")
	key, err := CreateMasterKey(path)
	if err != nil || key == (MasterKey{}) {
		t.Fatalf("CreateMasterKey = %x, %v, want a key", key[:], err)
	}
	if got, err := LoadMasterKey("", path); err != nil || got != key {
		t.Errorf("LoadMasterKey(created) = %x, %v, want %x", got[:], err, key[:])
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode() != 0o600 {
		t.Errorf("mode = %v, %v, want -rw-------", info.Mode(), err)
	}
	if _, err := CreateMasterKey(path); !errors.Is(err, fs.ErrExist) {
		t.Errorf("CreateMasterKey over a file = %v, want ErrExist", err)
	}
	if got, err := LoadMasterKey("", path); err != nil || got != key {
		t.Errorf("after a second CreateMasterKey = %x, %v, want the first key", got[:], err)
	}
	if _, err := CreateMasterKey(filepath.Join(folder, "none", "master.key")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("CreateMasterKey in no folder = %v, want ErrNotExist", err)
	}
	left, err := os.ReadDir(folder)
	if err != nil || len(left) != 1 {
		t.Errorf("the folder holds %v, %v, want the key alone", left, err)
	}
}

// TestCreateMasterKeyRace: of many at once one wins, and the others find its key whole.
func TestCreateMasterKeyRace(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "master.key")
	var mu sync.Mutex
	var made []MasterKey
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			key, err := CreateMasterKey(path)
			if errors.Is(err, fs.ErrExist) {
				if _, err := LoadMasterKey("", path); err != nil {
					t.Errorf("LoadMasterKey after losing = %v, want the winner's key", err)
				}
				return
			}
			if err != nil {
				t.Errorf("CreateMasterKey = %v", err)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			made = append(made, key)
		})
	}
	wg.Wait()
	got, err := LoadMasterKey("", path)
	if err != nil || len(made) != 1 || made[0] != got {
		t.Errorf("%d keys were made, the file has one of them %v, %v; want exactly one", len(made), len(made) == 1 && made[0] == got, err)
	}
}

func BenchmarkKeyring(b *testing.B) {
	k := NewKeyring(testKey(0))
	key := testKey(1)
	sealed := k.Seal("product-e2ee/1/2", key[:])
	b.Run("Seal", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			k.Seal("product-e2ee/1/2", key[:])
		}
	})
	b.Run("Open", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := k.Open("product-e2ee/1/2", sealed); err != nil {
				b.Fatal(err)
			}
		}
	})
}
