package license_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"io"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"

	"licet/internal/license"
)

// chance is a source of random bytes that is the same in every run.
func chance(seed string) io.Reader { return rand.NewChaCha8(sha256.Sum256([]byte(seed))) }

// counting counts what is read of a source.
type counting struct {
	from        io.Reader
	reads, size int
}

func (c *counting) Read(b []byte) (int, error) {
	n, err := c.from.Read(b)
	c.reads++
	c.size += n
	return n, err
}

var alphabets = []license.Alphabet{
	license.AlphabetDigits, license.AlphabetLower, license.AlphabetUpper, license.AlphabetMixed, license.AlphabetClear, "01", "abc",
}

// chiSquare returns how far the counts of the alphabet's characters in text are from even, and the
// value that an even source passes about once in a million times.
func chiSquare(a license.Alphabet, text string) (got, limit float64) {
	even := float64(len(text)) / float64(len(a))
	for i := range len(a) {
		off := float64(strings.Count(text, string(a[i]))) - even
		got += off * off / even
	}
	// Laurent and Massart bound the tail of k degrees of freedom by
	// P(X > k + 2*sqrt(k*x) + 2*x) <= e^-x, here with x = 14.
	k := float64(len(a) - 1)
	return got, k + 2*math.Sqrt(k*14) + 28
}

func TestKeysAreUniform(t *testing.T) {
	t.Parallel()
	for _, a := range alphabets {
		t.Run(string(a), func(t *testing.T) {
			t.Parallel()
			mask := license.Mask{Text: strings.Repeat("*", 70), Alphabet: a}
			source := chance(string(a))
			var text strings.Builder
			for range 10_000 {
				key, err := mask.Generate(source)
				if err != nil {
					t.Fatal(err)
				}
				text.WriteString(key)
			}
			if got, limit := chiSquare(a, text.String()); got > limit {
				t.Errorf("chi-square of 700000 characters = %.1f, want at most %.1f", got, limit)
			}
		})
	}

	// The same test must catch what it is there for: a byte taken modulo the alphabet's length.
	t.Run("modulo_would_show", func(t *testing.T) {
		t.Parallel()
		raw := make([]byte, 700_000)
		if _, err := io.ReadFull(chance("modulo"), raw); err != nil {
			t.Fatal(err)
		}
		a := license.AlphabetMixed
		for i, b := range raw {
			raw[i] = a[int(b)%len(a)]
		}
		if got, limit := chiSquare(a, string(raw)); got <= limit {
			t.Errorf("chi-square of a biased source = %.1f, want over %.1f", got, limit)
		}
	})
}

// Every value of a byte is tried: those below the largest multiple of the alphabet's length give
// each character equally often, the others are thrown away.
func TestRejectionEdges(t *testing.T) {
	t.Parallel()
	for _, a := range alphabets {
		mask := license.Mask{Text: "*", Alphabet: a}
		limit := 256 - 256%len(a)
		for value := range 256 {
			// The byte that follows a rejected one is 1, so its character is the second.
			source := &counting{from: bytes.NewReader([]byte{byte(value), 1})}
			want, read := string(a[value%len(a)]), 1
			if value >= limit {
				want, read = string(a[1]), 2
			}
			if got, err := mask.Generate(source); err != nil || got != want || source.size != read {
				t.Fatalf("%s: byte %d = %q after %d bytes, %v, want %q after %d", a, value, got, source.size, err, want, read)
			}
		}
	}
}

func TestGenerateReads(t *testing.T) {
	t.Parallel()
	mask := license.Mask{Text: "A-****-****", Alphabet: license.AlphabetDigits}

	t.Run("no_more_than_needed", func(t *testing.T) {
		t.Parallel()
		source := &counting{from: bytes.NewReader([]byte{0, 1, 2, 3, 4, 255, 5, 6, 7, 99})}
		if key, err := mask.Generate(source); err != nil || key != "A-0123-4567" || source.size != 9 || source.reads != 2 {
			t.Errorf("Generate = %q, %v after %d bytes in %d reads, want A-0123-4567 after 9 in 2", key, err, source.size, source.reads)
		}
	})

	t.Run("in_drops", func(t *testing.T) {
		t.Parallel()
		source := iotest.OneByteReader(bytes.NewReader([]byte{0, 1, 2, 3, 4, 5, 6, 7}))
		if key, err := mask.Generate(source); err != nil || key != "A-0123-4567" {
			t.Errorf("Generate = %q, %v, want A-0123-4567", key, err)
		}
	})

	t.Run("many_keys_share_reads", func(t *testing.T) {
		t.Parallel()
		source := &counting{from: chance("shared")}
		if _, err := license.GenerateKeys(license.DefaultMask(), 1000, source, nil); err != nil || source.reads > 50 {
			t.Errorf("GenerateKeys(1000) = %v in %d reads, want a few", err, source.reads)
		}
	})

	t.Run("nothing_random", func(t *testing.T) {
		t.Parallel()
		fixed := license.Mask{Text: "FIXED"}
		if key, err := fixed.Generate(iotest.ErrReader(io.ErrUnexpectedEOF)); err != nil || key != "FIXED" {
			t.Errorf("Generate(FIXED) = %q, %v, want FIXED without a read", key, err)
		}
	})

	for name, source := range map[string]io.Reader{
		"failing": iotest.ErrReader(errors.New("secret detail")),
		"short":   bytes.NewReader([]byte{1, 2, 3}),
		"empty":   bytes.NewReader(nil),
		"stuck":   stuck(0xff),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			key, err := mask.Generate(source)
			if license.CodeOf(err) != license.Internal || key != "" {
				t.Errorf("Generate = %q, %v, want internal", key, err)
			}
			if strings.Contains(license.Describe(err).Message, "secret") {
				t.Errorf("the message %q tells the cause", license.Describe(err).Message)
			}
			if keys, err := license.GenerateKeys(mask, 3, source, nil); license.CodeOf(err) != license.Internal || keys != nil {
				t.Errorf("GenerateKeys = %q, %v, want internal", keys, err)
			}
		})
	}
}

// stuck is a broken source that always gives the same byte.
type stuck byte

func (s stuck) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = byte(s)
	}
	return len(b), nil
}

func TestGenerateKeys(t *testing.T) {
	t.Parallel()

	// S1-04: exactly N licences, all different; here also where letter case is ignored.
	t.Run("S1-04", func(t *testing.T) {
		t.Parallel()
		for _, tt := range []struct {
			text     string
			alphabet license.Alphabet
			n        int
		}{
			{"APP-****-****", license.AlphabetUpper, 1},
			{"APP-****-****", license.AlphabetUpper, 100},
			{"FIXED", license.AlphabetUpper, 1},
			{"**", license.AlphabetMixed, 500}, // out of 1296: many collisions
			{"***", license.AlphabetDigits, 900},
			{"", "", 10_000},
		} {
			mask := license.Mask{Text: tt.text, Alphabet: tt.alphabet}
			keys, err := license.GenerateKeys(mask, tt.n, chance(tt.text), nil)
			if err != nil || len(keys) != tt.n {
				t.Errorf("GenerateKeys(%q, %d) = %d keys, %v, want all", mask, tt.n, len(keys), err)
			}
			seen := make(map[string]bool)
			for _, key := range keys {
				if folded := license.FoldKey(key); seen[folded] {
					t.Errorf("GenerateKeys(%q, %d) gave %q twice", mask, tt.n, key)
				} else {
					seen[folded] = true
				}
			}
		}
	})

	t.Run("avoids_taken_keys", func(t *testing.T) {
		t.Parallel()
		mask := license.Mask{Text: "k*", Alphabet: license.AlphabetLower}
		odd := func(folded string) bool {
			if folded != license.FoldKey(folded) || !strings.HasPrefix(folded, "K") {
				t.Errorf("asked about %q, want a folded key", folded)
			}
			return strings.ContainsAny(folded, "13579")
		}
		keys, err := license.GenerateKeys(mask, 20, chance("taken"), odd)
		if err != nil || len(keys) != 20 || strings.ContainsAny(strings.Join(keys, ""), "13579") {
			t.Errorf("GenerateKeys = %q, %v, want 20 keys without odd digits", keys, err)
		}
	})

	for _, tt := range []struct {
		name  string
		text  string
		n     int
		taken bool // every key
		tries int  // how often taken may be asked
		want  license.Reason
	}{
		{"M03-fixed-and-two", "FIXED", 2, false, 0, license.MaskTooSmall},
		{"too_many", "**", 101, false, 0, license.MaskTooSmall},
		{"all_taken", "****", 1, true, 201, license.MaskTooSmall},
		{"fixed_and_taken", "FIXED", 1, true, 1, license.MaskTooSmall},
		{"none", "****", 0, false, 0, ""},
		{"negative", "****", -5, false, 0, ""},
		{"no_mask", "\x00", 1, false, 0, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			asked := 0
			taken := func(string) bool { asked++; return tt.taken }
			mask := license.Mask{Text: tt.text, Alphabet: license.AlphabetDigits}
			keys, err := license.GenerateKeys(mask, tt.n, chance(tt.name), taken)
			if keys != nil || !errors.Is(err, license.Invalid) || license.ReasonOf(err) != tt.want || asked != tt.tries {
				t.Errorf("GenerateKeys(%q, %d) = %q, %v after %d questions, want invalid/%s after %d",
					tt.text, tt.n, keys, err, asked, tt.want, tt.tries)
			}
		})
	}
}

func TestGenerateAllocates(t *testing.T) {
	source := chance("allocations")
	n := testing.AllocsPerRun(100, func() {
		if _, err := license.DefaultMask().Generate(source); err != nil {
			t.Error(err)
		}
	})
	if n > 2 {
		t.Errorf("Generate allocates %v times, want at most 2: the buffer and the key", n)
	}
}

func BenchmarkGenerate(b *testing.B) {
	for name, a := range map[string]license.Alphabet{"clear": license.AlphabetClear, "mixed": license.AlphabetMixed} {
		b.Run(name, func(b *testing.B) {
			mask, source := license.Mask{Text: "APP-****-****-****-****", Alphabet: a}, chance("bench")
			b.ReportAllocs()
			for b.Loop() {
				if _, err := mask.Generate(source); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkGenerateKeys draws 100,000 keys each time.
func BenchmarkGenerateKeys(b *testing.B) {
	for name, a := range map[string]license.Alphabet{"clear": license.AlphabetClear, "mixed": license.AlphabetMixed} {
		b.Run(name, func(b *testing.B) {
			mask, source := license.Mask{Text: "APP-****-****-****-****", Alphabet: a}, chance("bench")
			b.ReportAllocs()
			for b.Loop() {
				if _, err := license.GenerateKeys(mask, 100_000, source, nil); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
