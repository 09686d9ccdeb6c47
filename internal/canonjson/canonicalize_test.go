package canonjson

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// The v2 vector of the license API contract, §15.
const (
	vectorV2     = `{"id":1749538876210079,"license_key":"AAAA-BBBB-CCCC-DDDD","note":"<a&b> ` + "\u2028" + ` é","validity_period":null}`
	vectorV2Hash = "6bbffbfd36af99490890bcc1e5250d81b37145f1ab70bf4786de7b50ae637d98"
)

func TestCanonicalizeVector(t *testing.T) {
	t.Parallel()
	text := ` { "id" : 1749538876210079 , "license_key" : "AAAA-BBBB\u002dCCCC-DDDD",
		"note": "\u003ca\u0026b\u003e \u2028 \u00E9", "validity_period": null } `
	got, err := Canonicalize([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != vectorV2 {
		t.Errorf("Canonicalize = %s, want %s", got, vectorV2)
	}
	checkVector(t, got)
}

func checkVector(t *testing.T, got []byte) {
	t.Helper()
	sum := sha256.Sum256(got)
	if hash := hex.EncodeToString(sum[:]); len(got) != 104 || hash != vectorV2Hash {
		t.Errorf("vector v2 = %d bytes, SHA-256 %s, want 104, %s", len(got), hash, vectorV2Hash)
	}
}

func TestCanonicalize(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat("[", MaxDepth) + strings.Repeat("]", MaxDepth)
	digits := strings.Repeat("9", MaxNumber-len("e-4000"))
	tests := []struct {
		name, text, want string
	}{
		{"blanks-go", " \t\r\n[ 1 , { \"a\" : null } ]\n", `[1,{"a":null}]`},
		{"empty-containers", "[ { } , [ ] ]", `[{},[]]`},
		{"words", `[true,false,null]`, `[true,false,null]`},

		{"raw-where-go-escapes", `"\u003cb\u003e\u0026\u2028\u2029"`, "\"<b>&\u2028\u2029\""},
		{"slash-is-not-escaped", `"\/ \u002f /"`, `"/ / /"`},
		{"delete-is-not-escaped", `"\u007f"`, "\"\x7f\""},
		{"short-escapes", `"\u0008\u0009\u000a\u000C\u000D\u0022\u005C"`, `"\b\t\n\f\r\"\\"`},
		{"other-controls-in-lower-case", `"\u000B\u0000\u001F"`, `"\u000b\u0000\u001f"`},
		{"non-ascii-is-raw", `"\u00E9 \uFFFD \ufeff"`, "\"é \ufffd \ufeff\""},
		{"pair-becomes-a-character", `"\uD83D\uDE00"`, `"😀"`},
		{"first-and-last-pair", `"\ud800\udc00\udbff\udfff"`, "\"\U00010000\U0010ffff\""},
		{"beside-the-halves", `"\ud7ff\ue000"`, "\"\ud7ff\ue000\""},
		{"outermost-halves", `"\udfff\udbff \udc00\ud800"`, `"\udfff\udbff \udc00\ud800"`},
		{"high-half-stays", `"\uD83D"`, `"\ud83d"`},
		{"low-half-stays", `"\uDE00x"`, `"\ude00x"`},
		{"halves-in-the-wrong-order", `"\uDE00\uD83D"`, `"\ude00\ud83d"`},
		{"only-the-last-high-half-pairs", `"\uD83D\uD83D\uDE00"`, `"\ud83d😀"`},
		{"high-half-before-raw-character", `"\uD83D😀"`, `"\ud83d😀"`},
		{"high-half-before-backslash", `"\uD83D\\uDE00"`, `"\ud83d\\uDE00"`},

		{"no-point-zero", `[1.0,-1.50,0.0]`, `[1,-1.5,0]`},
		{"no-minus-zero", `[-0,-0.0,-0e9,-1e-999]`, `[0,0,0,0]`},
		{"exponents-written-out", `[1e3,1E+20,12e-1,1e-6]`, `[1000,100000000000000000000,1.2,0.000001]`},
		{"exponent-from-1e21", `[1e21,1000000000000000000000,-1e21]`, `[1e+21,1e+21,-1e+21]`},
		{"exponent-below-1e-6", `[0.0000001,1e-10,-9.5e-7]`, `[1e-7,1e-10,-9.5e-7]`},
		{"largest-identity", `9007199254740991`, `9007199254740991`},
		{"integers-beyond-2-53", `[9007199254740993,9223372036854775807]`, `[9007199254740992,9223372036854776000]`},
		{"fifteen-and-sixteen-digits", `[999999999999999,-9999999999999999]`, `[999999999999999,-10000000000000000]`},
		{"shortest-that-reads-back", `[0.1000000000000000055,5e-324,1e23]`, `[0.1,5e-324,1e+23]`},
		{"beyond-the-range-is-null", `[1e309,-1e309,1e99999999999]`, `[null,null,null]`},
		{"below-the-range-is-zero", `[1e-400,0e99999999999]`, `[0,0]`},
		{"longest-number", digits + "e-4000", `1e+90`},

		// Case 26 of the license API contract.
		{"indexes-first", `{"b":1,"2":2,"a":3,"1":4}`, `{"1":4,"2":2,"b":1,"a":3}`},
		{"indexes-by-number", `{"10":1,"9":2,"0":3}`, `{"0":3,"9":2,"10":1}`},
		{"largest-index", `{"a":0,"4294967295":1,"4294967294":2}`, `{"4294967294":2,"a":0,"4294967295":1}`},
		{"no-indexes", `{"01":1,"-1":2,"1.0":3,"+1":4,"":5,"99999999999":6,"1":7}`, `{"1":7,"01":1,"-1":2,"1.0":3,"+1":4,"":5,"99999999999":6}`},
		{"index-by-escape", `{"a":1,"\u0031":2}`, `{"1":2,"a":1}`},
		{"other-digits-are-no-index", `{"a":1,"١":2}`, `{"a":1,"١":2}`},
		{"names-keep-their-order", `{"z":1,"a":2,"Z":3}`, `{"z":1,"a":2,"Z":3}`},
		{"last-value-first-place", `{"a":1,"b":2,"a":3}`, `{"a":3,"b":2}`},
		{"duplicate-by-escape", `{"a":1,"b":2,"\u0061":3}`, `{"a":3,"b":2}`},
		{"duplicate-index", `{"7":1,"x":2,"7":[3]}`, `{"7":[3],"x":2}`},
		{"duplicate-half-pair", `{"\uD83D":1,"b":2,"\ud83d":3}`, `{"\ud83d":3,"b":2}`},
		{"all-the-same", `{"a":1,"a":{"a":2},"a":3}`, `{"a":3}`},
		{"moved-inside-of-moved", `{"b":{"y":[{"2":0,"1":0}],"1":0},"0":{"x":0,"x":1}}`, `{"0":{"x":1},"b":{"1":0,"y":[{"1":0,"2":0}]}}`},
		{"proto-is-a-name", `{"a":1,"__proto__":{"b":2}}`, `{"a":1,"__proto__":{"b":2}}`},

		{"deepest", deep, deep},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := Canonicalize([]byte(tt.text))
			if err != nil || string(got) != tt.want {
				t.Errorf("Canonicalize(%s) = %s, %v, want %s", tt.text, got, err, tt.want)
			}
		})
	}
}

func TestCanonicalizeRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text string
		offset     int
		problem    string
	}{
		{"nothing", "", 0, problemEnd},
		{"blanks-only", " \n", 2, problemEnd},
		{"two-values", "1 2", 2, problemTrailing},
		{"byte-order-mark", "\ufeff1", 0, problemValue},
		{"no-break-space", "\u00a01", 0, problemValue},
		{"zero-byte", "1\x00", 1, problemTrailing},
		{"word-cut", "nul", 0, problemValue},
		{"word-in-capitals", "True", 0, problemValue},
		{"not-a-number", "NaN", 0, problemValue},
		{"comment", "/**/1", 0, problemValue},

		{"leading-zero", "01", 1, problemTrailing},
		{"leading-plus", "+1", 0, problemValue},
		{"leading-point", ".5", 0, problemValue},
		{"minus-alone", "-", 1, problemEnd},
		{"minus-minus", "--1", 1, problemDigit},
		{"nothing-behind-the-point", "[1.]", 3, problemDigit},
		{"nothing-in-the-exponent", "[1e+]", 4, problemDigit},
		{"two-signs-in-the-exponent", "1e+-1", 3, problemDigit},
		{"hexadecimal", "0x10", 1, problemTrailing},
		{"underscore", "1_000", 1, problemTrailing},
		{"too-long-a-number", "[" + strings.Repeat("9", MaxNumber+1) + "]", 1, problemLongDigit},

		{"string-without-end", `"abc`, 4, problemEnd},
		{"string-in-single-quotes", `'a'`, 0, problemValue},
		{"raw-newline", "\"a\n\"", 2, problemControl},
		{"raw-zero", "\"\x00\"", 1, problemControl},
		{"unknown-escape", `"\x41"`, 1, problemEscape},
		{"escape-cut", `"\`, 2, problemEnd},
		{"short-hexadecimal", `"\u12"`, 1, problemEscape},
		{"wrong-hexadecimal", `"\u12g4"`, 1, problemEscape},
		{"capital-u", `"\U0041"`, 1, problemEscape},
		{"high-half-before-wrong-escape", `"\ud83d\ude0"`, 7, problemEscape},
		{"lone-continuation-byte", "\"\x80\"", 1, problemUTF8},
		{"overlong", "\"\xc0\x80\"", 1, problemUTF8},
		{"surrogate-in-utf8", "\"\xed\xa0\x80\"", 1, problemUTF8},
		{"beyond-unicode", "\"\xf4\x90\x80\x80\"", 1, problemUTF8},
		{"cut-character", "\"\xe2\x80\"", 1, problemUTF8},

		{"array-without-end", "[1", 2, problemEnd},
		{"array-trailing-comma", "[1,]", 3, problemValue},
		{"array-without-comma", "[1 2]", 3, problemArray},
		{"array-closed-as-object", "[1}", 2, problemArray},
		{"object-without-end", `{"a":1`, 6, problemEnd},
		{"object-trailing-comma", `{"a":1,}`, 7, problemName},
		{"object-without-comma", `{"a":1 "b":2}`, 7, problemObject},
		{"object-without-colon", `{"a" 1}`, 5, problemColon},
		{"object-without-value", `{"a":}`, 5, problemValue},
		{"name-without-quotes", `{a:1}`, 1, problemName},
		{"name-is-a-number", `{1:1}`, 1, problemName},
		{"too-deep", strings.Repeat(`[`, MaxDepth+1), MaxDepth, problemDepth},
		{"too-deep-in-objects", strings.Repeat(`{"a":`, MaxDepth+1), MaxDepth * 5, problemDepth},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			want := &SyntaxError{Offset: tt.offset, Problem: tt.problem}
			got, err := Canonicalize([]byte(tt.text))
			if fault := new(SyntaxError); !errors.As(err, &fault) || *fault != *want {
				t.Errorf("Canonicalize(%.40q) = %s, %v, want %v", tt.text, got, err, want)
			}
		})
	}
}

// TestCanonicalizeManyNames moves so many names that a comparison of each with each would show.
func TestCanonicalizeManyNames(t *testing.T) {
	t.Parallel()
	const n = 50_000
	w := new(Writer)
	w.Object()
	for i := range n {
		w.Key("n" + string(AppendInt(nil, int64(i%(n/2))))).Int(int64(i))
	}
	w.End()
	want := new(Writer)
	want.Object()
	for i := range n / 2 {
		want.Key("n" + string(AppendInt(nil, int64(i)))).Int(int64(i + n/2))
	}
	want.End()
	got, err := Canonicalize(w.Bytes())
	if err != nil || !bytes.Equal(got, want.Bytes()) {
		t.Errorf("Canonicalize of %d names = %d bytes, %v, want %d", n, len(got), err, len(want.Bytes()))
	}
}

func TestCanonicalizeIsIdempotent(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := drawText(t, false)
		once, err := Canonicalize([]byte(text))
		if err != nil {
			t.Fatalf("Canonicalize(%s) = %v", text, err)
		}
		before := bytes.Clone(once)
		twice, err := Canonicalize(once)
		if err != nil || !bytes.Equal(twice, before) {
			t.Fatalf("Canonicalize(%s) = %s, %v, want itself", before, twice, err)
		}
		if !bytes.Equal(once, before) {
			t.Fatalf("Canonicalize changed its argument from %s to %s", before, once)
		}
	})
}

func TestCanonicalizeKeepsTheValue(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := drawText(t, true)
		printed, err := Canonicalize([]byte(text))
		if err != nil {
			t.Fatalf("Canonicalize(%s) = %v", text, err)
		}
		var want, got any
		if err := json.Unmarshal([]byte(text), &want); err != nil {
			t.Fatalf("the generator made %s: %v", text, err)
		}
		if err := json.Unmarshal(printed, &got); err != nil {
			t.Fatalf("Canonicalize(%s) = %s, which does not parse: %v", text, printed, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("Canonicalize(%s) = %s, another value:\n%s", text, printed, diff)
		}
	})
}

func drawText(t *rapid.T, tame bool) string {
	g := generator{tame: tame, choose: func(n int) int { return rapid.IntRange(0, n-1).Draw(t, "choice") }}
	return g.text()
}

// FuzzCanonicalize looks for texts that make it panic, that it takes or refuses otherwise than
// encoding/json does, or whose printed form is not its own.
func FuzzCanonicalize(f *testing.F) {
	f.Add([]byte(vectorV2))
	f.Fuzz(func(t *testing.T, text []byte) {
		want := json.Valid(text) && utf8.Valid(text)
		once, err := Canonicalize(text)
		if err != nil {
			fault := err.(*SyntaxError)
			limit := fault.Problem == problemDepth || fault.Problem == problemLongDigit
			if (want && !limit) || fault.Offset > len(text) {
				t.Errorf("Canonicalize(%q) = %v, want it accepted", text, err)
			}
			return
		}
		if !want {
			t.Errorf("Canonicalize(%q) = %q, want it refused", text, once)
		}
		if twice, err := Canonicalize(once); err != nil || !bytes.Equal(once, twice) {
			t.Errorf("Canonicalize(%q) = %q, %v, want itself", once, twice, err)
		}
	})
}

func BenchmarkCanonicalize(b *testing.B) {
	text := bytes.Clone(writeAnswer(new(Writer)).Bytes())
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Canonicalize(text); err != nil {
			b.Fatal(err)
		}
	}
}
