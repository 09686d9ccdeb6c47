package license_test

import (
	"encoding/json"
	"errors"
	"math"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"licet/internal/license"
)

// Masks are checked by the keys they give, 200 of each, against a pattern.
func TestMasks(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name         string
		mask         string
		lower, upper bool
		want         string
	}{
		{"S1-05", "APP-****-****", true, true, `^APP-[0-9A-Za-z]{4}-[0-9A-Za-z]{4}$`},
		{"S1-05-X-is-literal", "XXxx-**-Xx", true, true, `^XXxx-[0-9A-Za-z]{2}-Xx$`},
		{"S1-05-any-character-is-literal", `ключ %d $1 \* "?" *`, false, false, `^ключ %d \$1 \\[0-9] "\?" [0-9]$`},
		{"S1-06", "****", true, false, `^[0-9a-z]{4}$`},
		{"S1-07", "****", false, true, `^[0-9A-Z]{4}$`},
		{"S1-08-both", "****", true, true, `^[0-9A-Za-z]{4}$`},
		{"S1-08-none", "****", false, false, `^[0-9]{4}$`},
		{"M01", "AB-***-x*", true, false, `^AB-[0-9a-z]{3}-x[0-9a-z]$`},
		{"M02-upper", "AB-***-x*", false, true, `^AB-[0-9A-Z]{3}-x[0-9A-Z]$`},
		{"M02-both", "AB-***-x*", true, true, `^AB-[0-9A-Za-z]{3}-x[0-9A-Za-z]$`},
		{"M02-none", "AB-***-x*", false, false, `^AB-[0-9]{3}-x[0-9]$`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			mask, err := license.MaskOf(tt.mask, tt.lower, tt.upper)
			if err != nil {
				t.Fatalf("MaskOf(%q) = %v, want ok", tt.mask, err)
			}
			wantKeys(t, mask, tt.want)
		})
	}
}

// wantKeys draws 200 keys of mask, which must match the pattern.
func wantKeys(t *testing.T, mask license.Mask, pattern string) {
	t.Helper()
	want, rand := regexp.MustCompile(pattern), chance(t.Name())
	for range 200 {
		key, err := mask.Generate(rand)
		if err != nil {
			t.Fatalf("Generate(%q) = %v, want ok", mask, err)
		}
		if !want.MatchString(key) || len(key) != len(mask.String()) {
			t.Fatalf("Generate(%q) = %q, want %s", mask, key, pattern)
		}
		if err := license.ValidKey(key); err != nil {
			t.Fatalf("Generate(%q) = %q: %v", mask, key, err)
		}
	}
}

func TestMaskOfRefuses(t *testing.T) {
	t.Parallel()
	for name, mask := range map[string]string{
		"empty":        "",
		"too_long":     strings.Repeat("*", 71),
		"blank_before": " ****",
		"blank_after":  "**** ",
		"newline":      "**\n**",
		"nul":          "**\x00**",
		"invisible":    "**\u200b**",
		"broken_utf8":  "**\xff**",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got, err := license.MaskOf(mask, true, true); !errors.Is(err, license.Invalid) || !got.IsZero() {
				t.Errorf("MaskOf(%q) = %+v, %v, want invalid", mask, got, err)
			}
		})
	}
	for _, mask := range []string{strings.Repeat("*", 70), strings.Repeat("ж", 70), "FIXED", "a b"} {
		if _, err := license.MaskOf(mask, true, true); err != nil {
			t.Errorf("MaskOf(%q) = %v, want ok", mask, err)
		}
	}
}

func TestRMZMask(t *testing.T) {
	t.Parallel()
	const group = `[2-9A-HJKMNP-Z]{4}`
	for prefix, want := range map[string]string{
		"MYAPP":            `^MYAPP(-` + group + `){4}$`,
		"":                 `^` + group + `(-` + group + `){3}$`,
		"MY-APP_2":         `^MY-APP_2(-` + group + `){4}$`,
		"ABCDEFGHIJKLMNOP": `^ABCDEFGHIJKLMNOP(-` + group + `){4}$`,
	} {
		mask, err := license.RMZMask(prefix)
		if err != nil {
			t.Errorf("RMZMask(%q) = %v, want ok", prefix, err)
			continue
		}
		wantKeys(t, mask, want)
	}
	for _, prefix := range []string{"ABCDEFGHIJKLMNOPQ", "A*", "A B", "ключ", "A\n"} {
		if got, err := license.RMZMask(prefix); !errors.Is(err, license.Invalid) || !got.IsZero() {
			t.Errorf("RMZMask(%q) = %+v, %v, want invalid", prefix, got, err)
		}
	}
	if strings.ContainsAny(string(license.AlphabetClear), "01OIL") || len(license.AlphabetClear) != 31 {
		t.Errorf("AlphabetClear = %s, want 31 characters without 0 1 O I L", license.AlphabetClear)
	}
}

func TestDNAMask(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		prefix   string
		n        int
		alphabet license.Alphabet
		want     string // empty for invalid
	}{
		{"", 12, license.AlphabetDigits, `^[0-9]{12}$`},
		{"AB12", 20, license.AlphabetDigits, `^AB12[0-9]{20}$`},
		{"A", 16, license.AlphabetUpper, `^A[0-9A-Z]{16}$`},
		{"", 16, license.AlphabetClear, `^[2-9A-HJKMNP-Z]{16}$`},
		{"ABCDE", 16, license.AlphabetUpper, ""},
		{"A-", 16, license.AlphabetUpper, ""},
		{"*", 16, license.AlphabetUpper, ""},
		{"A", 11, license.AlphabetUpper, ""},
		{"A", 21, license.AlphabetUpper, ""},
		{"A", -1, license.AlphabetUpper, ""},
		{"A", 16, "AB-", ""},
		{"A", 16, "", ""},
		{"A", 16, "AA", ""},
	} {
		mask, err := license.DNAMask(tt.prefix, tt.n, tt.alphabet)
		switch {
		case tt.want == "" && (!errors.Is(err, license.Invalid) || !mask.IsZero()):
			t.Errorf("DNAMask(%q, %d, %q) = %+v, %v, want invalid", tt.prefix, tt.n, tt.alphabet, mask, err)
		case tt.want != "" && err != nil:
			t.Errorf("DNAMask(%q, %d, %q) = %v, want ok", tt.prefix, tt.n, tt.alphabet, err)
		case tt.want != "":
			wantKeys(t, mask, tt.want)
		}
	}
}

func TestMaskDefaults(t *testing.T) {
	t.Parallel()
	var zero license.Mask
	if zero.String() != license.DefaultMask().String() || zero.Room() != license.DefaultMask().Room() || zero.Stars() != 16 {
		t.Errorf("the zero mask is %q, want %q", zero, license.DefaultMask())
	}
	for _, mask := range []license.Mask{zero, license.DefaultMask(), {Text: "****-****-****-****"}, {Alphabet: license.AlphabetClear}} {
		wantKeys(t, mask, `^[2-9A-HJKMNP-Z]{4}(-[2-9A-HJKMNP-Z]{4}){3}$`)
	}
	b, err := json.Marshal(license.Mask{Text: "A-**", Alphabet: license.AlphabetDigits})
	if want := `{"text":"A-**","alphabet":"0123456789"}`; err != nil || string(b) != want {
		t.Errorf("Marshal = %s, %v, want %s", b, err, want)
	}
}

func TestAlphabetValidate(t *testing.T) {
	t.Parallel()
	printable := ""
	for c := '!'; c <= '~'; c++ {
		if c != '*' {
			printable += string(c)
		}
	}
	for _, a := range []license.Alphabet{
		license.AlphabetDigits, license.AlphabetLower, license.AlphabetUpper, license.AlphabetMixed, license.AlphabetClear,
		"ab", license.Alphabet(printable),
	} {
		if err := a.Validate(); err != nil {
			t.Errorf("Validate(%q) = %v, want ok", a, err)
		}
	}
	for _, a := range []license.Alphabet{"", "a", "aa", "a*", "a b", "a\n", "aé", "a\x7f", "aba"} {
		if err := a.Validate(); !errors.Is(err, license.Invalid) {
			t.Errorf("Validate(%q) = %v, want invalid", a, err)
		}
	}
}

func TestMaskRoom(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		text     string
		alphabet license.Alphabet
		want     int64
	}{
		{"FIXED", license.AlphabetMixed, 1},
		{"*", license.AlphabetDigits, 10},
		{"A-**-**", license.AlphabetDigits, 10000},
		{"**", license.AlphabetLower, 36 * 36},
		{"**", license.AlphabetUpper, 36 * 36},
		{"**", license.AlphabetMixed, 36 * 36}, // letter case makes no difference
		{"**", license.AlphabetClear, 31 * 31},
		{"*", "aA", 1},
		{strings.Repeat("*", 70), "aA", 1},
		{strings.Repeat("*", 18), license.AlphabetDigits, 1_000_000_000_000_000_000},
		{strings.Repeat("*", 19), license.AlphabetDigits, math.MaxInt64},
		{strings.Repeat("*", 62), "01", 1 << 62},
		{strings.Repeat("*", 63), "01", math.MaxInt64},
		{strings.Repeat("*", 70), license.AlphabetMixed, math.MaxInt64},
		{"", "", math.MaxInt64},
	} {
		if got := (license.Mask{Text: tt.text, Alphabet: tt.alphabet}).Room(); got != tt.want {
			t.Errorf("Room of %q with %s = %d, want %d", tt.text, tt.alphabet, got, tt.want)
		}
	}
}

func TestMaskFits(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		text   string
		amount int64
		reason license.Reason
		code   license.Code
	}{
		{"one", "*", 1, "", ""},
		{"all", "**", 100, "", ""},
		{"one_too_many", "**", 101, license.MaskTooSmall, license.Invalid},
		{"fixed", "FIXED", 1, "", ""},
		{"M03-fixed-and-two", "FIXED", 2, license.MaskTooSmall, license.Invalid},
		{"most", strings.Repeat("*", 20), math.MaxInt64, "", ""},
		{"zero", "**", 0, "", license.Invalid},
		{"negative", "**", -1, "", license.Invalid},
		{"no_mask", "\n", 1, "", license.Invalid},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			err := license.Mask{Text: tt.text, Alphabet: license.AlphabetDigits}.Fits(tt.amount)
			if license.CodeOf(err) != tt.code || license.ReasonOf(err) != tt.reason {
				t.Errorf("Fits(%q, %d) = %v (%s/%s), want %s/%s", tt.text, tt.amount, err,
					license.CodeOf(err), license.ReasonOf(err), tt.code, tt.reason)
			}
			if err != nil && !utf8.ValidString(err.Error()) {
				t.Errorf("Fits(%q, %d) says %q", tt.text, tt.amount, err)
			}
		})
	}
}

func TestMaskKeepsEveryLiteral(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOfN(rapid.RuneFrom([]rune("****ABCXYZabcxyz0189-_.:/ éжاß鍵%$\\\"")), 1, 70, -1).Draw(t, "mask")
		mask, err := license.MaskOf(text, rapid.Bool().Draw(t, "lower"), rapid.Bool().Draw(t, "upper"))
		if err != nil {
			if strings.TrimSpace(text) == text {
				t.Fatalf("MaskOf(%q) = %v, want ok", text, err)
			}
			return
		}
		key, err := mask.Generate(chance(text))
		if err != nil || len(key) != len(text) {
			t.Fatalf("Generate(%q) = %q, %v, want a key of that length", text, key, err)
		}
		for i := range len(text) {
			if text[i] == '*' && !strings.ContainsRune(string(mask.Alphabet), rune(key[i])) {
				t.Fatalf("Generate(%q) = %q, position %d is not of %s", text, key, i, mask.Alphabet)
			}
			if text[i] != '*' && text[i] != key[i] {
				t.Fatalf("Generate(%q) = %q, position %d has changed", text, key, i)
			}
		}
	})
}

func FuzzMaskOf(f *testing.F) {
	for _, seed := range []string{"AB-***-x*", "FIXED", "", " *", "**\xff", "ключ-*", strings.Repeat("*", 71)} {
		f.Add(seed, true, false)
	}
	f.Fuzz(func(t *testing.T, text string, lower, upper bool) {
		mask, err := license.MaskOf(text, lower, upper)
		if err != nil {
			if !errors.Is(err, license.Invalid) || !mask.IsZero() {
				t.Fatalf("MaskOf(%q) = %+v, %v, want zero and invalid", text, mask, err)
			}
			return
		}
		key, err := mask.Generate(chance(text))
		if err != nil || license.ValidKey(key) != nil || len(key) != len(text) || mask.Text != text {
			t.Fatalf("MaskOf(%q) gives the key %q, %v", text, key, err)
		}
		if strings.TrimSpace(key) != key {
			t.Fatalf("MaskOf(%q) gives the key %q with blanks around", text, key)
		}
		if room := mask.Room(); room < 1 || mask.Fits(room) != nil || (room < math.MaxInt64 && mask.Fits(room+1) == nil) {
			t.Fatalf("MaskOf(%q) has room for %d, and Fits does not agree", text, room)
		}
	})
}

func FuzzAlphabet(f *testing.F) {
	f.Add("0123456789", "****")
	f.Add("aA", "*-*")
	f.Add("é*", "*")
	f.Fuzz(func(t *testing.T, alphabet, text string) {
		mask := license.Mask{Text: text, Alphabet: license.Alphabet(alphabet)}
		key, err := mask.Generate(chance(text))
		if (err == nil) != (mask.Validate() == nil) || (err == nil && mask.Room() < 1) {
			t.Fatalf("Generate(%+v) = %q, %v, and Validate says %v", mask, key, err, mask.Validate())
		}
	})
}
