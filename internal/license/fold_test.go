package license_test

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"licet/internal/license"
)

func TestFoldKey(t *testing.T) {
	t.Parallel()
	for key, want := range map[string]string{
		"":                      "",
		"ABCD-2345":             "ABCD-2345",
		"abcd-2345":             "ABCD-2345",
		"  aBcD-2345\t\r\n":     "ABCD-2345",
		"two words":             "TWO WORDS",
		"\u00a0schlüssel\u2003": "SCHLÜSSEL",
		"ключ-1":                "КЛЮЧ-1",
		"مفتاح":                 "مفتاح",
		"lıcet":                 "LICET", // the dotless i is an I in upper case
		"\xffa":                 "\uFFFDA",
	} {
		if got := license.FoldKey(key); got != want {
			t.Errorf("FoldKey(%q) = %q, want %q", key, got, want)
		}
	}
}

func TestFoldKeyAllocates(t *testing.T) {
	key := "  APP-ABCD-2345-EFGH-6789 "
	if n := testing.AllocsPerRun(100, func() { _ = license.FoldKey(key) }); n != 0 {
		t.Errorf("FoldKey of a folded key allocates %v times, want 0", n)
	}
}

func TestValidKey(t *testing.T) {
	t.Parallel()
	for _, key := range []string{
		"A", " A ", "ABCD-2345-EFGH-6789", "two words", "*", "schlüssel", "مفتاح", "鍵", "\uFFFD", "🔑", "a\u0301",
		strings.Repeat("x", 255), strings.Repeat("鍵", 255), strings.Repeat("x", 255) + "\n",
	} {
		if err := license.ValidKey(key); err != nil {
			t.Errorf("ValidKey(%.40q) = %v, want ok", key, err)
		}
	}
	for _, key := range []string{
		"", " ", "\n", "A\x00B", "A\nB", "A\tB", "A\x7fB", "A\u0085B", "A\u200bB", "A\u202eB", "A\u00a0B", "\xff", "A\xc3", "\xed\xa0\x80",
		strings.Repeat("x", 256), strings.Repeat("鍵", 256),
	} {
		if err := license.ValidKey(key); !errors.Is(err, license.Invalid) {
			t.Errorf("ValidKey(%.40q) = %v, want invalid", key, err)
		}
	}
}

func FuzzFoldKey(f *testing.F) {
	for _, seed := range []string{"", " abc ", "ABCD-2345", "lıcet", "ß", "ǆ", "İ", "ﬀ", "\xff\xc3"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, key string) {
		folded := license.FoldKey(key)
		if again := license.FoldKey(folded); again != folded {
			t.Fatalf("FoldKey(%q) = %q, and folded again %q", key, folded, again)
		}
		if got := license.FoldKey("\t" + key + " "); got != folded {
			t.Fatalf("FoldKey(%q) with blanks around = %q, want %q", key, got, folded)
		}
		if got := license.FoldKey(strings.ToUpper(key)); got != folded {
			t.Fatalf("FoldKey of %q in upper case = %q, want %q", key, got, folded)
		}
		if license.ValidKey(key) == nil && (license.ValidKey(folded) != nil || !utf8.ValidString(folded)) {
			t.Fatalf("%q is a key, its folded form %q is not", key, folded)
		}
	})
}

func BenchmarkFoldKey(b *testing.B) {
	for name, key := range map[string]string{
		"folded":  "APP-ABCD-2345-EFGH-6789",
		"lower":   "app-abcd-2345-efgh-6789",
		"unicode": "schlüssel-abcd-2345",
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				license.FoldKey(key)
			}
		})
	}
}
