package license_test

import (
	"encoding/json"
	"errors"
	"math"
	"testing"

	"licet/internal/license"
)

func TestLimit(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		limit   license.Limit
		n       int64
		allows  bool
		left    int64
		limited bool
		text    string
		json    string
	}{
		{license.None, 0, true, 0, true, "0", "0"},
		{license.None, 1, false, 0, true, "0", "0"},
		{license.AtMost(3), 0, true, 3, true, "3", "3"},
		{license.AtMost(3), 3, true, 0, true, "3", "3"},
		{license.AtMost(3), 4, false, 0, true, "3", "3"}, // lowered under the count: no negative rest
		{license.AtMost(-7), 1, false, 0, true, "0", "0"},
		{license.Unlimited, math.MaxInt64, true, 0, false, "unlimited", "null"},
		{license.AtMost(math.MaxInt64), math.MaxInt64, true, 0, true, "9223372036854775807", "9223372036854775807"},
	} {
		if got := tt.limit.Allows(tt.n); got != tt.allows {
			t.Errorf("(%s).Allows(%d) = %t, want %t", tt.limit, tt.n, got, tt.allows)
		}
		if left, limited := tt.limit.Left(tt.n); left != tt.left || limited != tt.limited {
			t.Errorf("(%s).Left(%d) = %d, %t, want %d, %t", tt.limit, tt.n, left, limited, tt.left, tt.limited)
		}
		if got := tt.limit.String(); got != tt.text {
			t.Errorf("String() = %q, want %q", got, tt.text)
		}
		b, err := json.Marshal(tt.limit)
		if err != nil || string(b) != tt.json {
			t.Errorf("Marshal(%s) = %s, %v, want %s", tt.limit, b, err, tt.json)
		}
	}
	var zero license.Limit
	if n, limited := zero.Max(); n != 0 || !limited {
		t.Errorf("the zero Limit is %s, want none", zero)
	}
}

func FuzzLimitJSON(f *testing.F) {
	for _, seed := range []string{"null", "0", "1", "-1", "9223372036854775807", "9223372036854775808", "1.0", `"3"`, "1e2", "-0", "true", "[]"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		limit := license.AtMost(42)
		if err := json.Unmarshal([]byte(text), &limit); err != nil {
			if syntax, ok := errors.AsType[*json.SyntaxError](err); !ok && !errors.Is(err, license.Invalid) {
				t.Fatalf("Unmarshal(%q) = %v (%v), want invalid or a syntax error", text, err, syntax)
			}
			return
		}
		b, err := json.Marshal(limit)
		if err != nil {
			t.Fatalf("Marshal(%s) = %v, want ok", limit, err)
		}
		again := license.AtMost(42)
		if err := json.Unmarshal(b, &again); err != nil || again != limit {
			t.Fatalf("%q read as %s, written as %s, read again as %s (%v)", text, limit, b, again, err)
		}
		if n, limited := limit.Max(); limited && n < 0 {
			t.Fatalf("%q read as the negative limit %d", text, n)
		}
	})
}

func TestParseID(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int64{
		"1": 1, "9007199254740991": license.MaxID,
		"": 0, "0": 0, "-1": 0, "9007199254740992": 0, "99999999999999999999": 0, "1.0": 0, " 1": 0, "0x1": 0, "1e3": 0,
	} {
		if got, ok := license.ParseID(text); ok != (want != 0) || ok && got != want {
			t.Errorf("ParseID(%q) = %d, %t, want %d", text, got, ok, want)
		}
	}
}
