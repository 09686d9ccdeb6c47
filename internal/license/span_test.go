package license_test

import (
	"encoding/json"
	"errors"
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"licet/internal/license"
)

// momentOf reads "2026-01-31 10:30:00" as a moment in UTC.
func momentOf(t *testing.T, text string) license.Time {
	t.Helper()
	moment, err := time.Parse(time.DateTime, text)
	if err != nil {
		t.Fatal(err)
	}
	return license.TimeOf(moment)
}

func TestSpanAdd(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		start string
		span  license.Span
		want  string
	}{
		{"nothing", "2026-01-31 10:30:00", license.Span{}, "2026-01-31 10:30:00"},
		{"one_month", "2026-03-23 12:00:00", license.Span{Months: 1}, "2026-04-23 12:00:00"},
		{"short_month", "2026-01-31 10:30:00", license.Span{Months: 1}, "2026-02-28 10:30:00"},
		{"short_month_in_leap_year", "2028-01-31 10:30:00", license.Span{Months: 1}, "2028-02-29 10:30:00"},
		{"back_to_a_long_month", "2026-01-31 10:30:00", license.Span{Months: 2}, "2026-03-31 10:30:00"},
		{"leap_day_and_a_year", "2028-02-29 23:59:59", license.Span{Months: 12}, "2029-02-28 23:59:59"},
		{"leap_day_and_four_years", "2028-02-29 23:59:59", license.Span{Months: 48}, "2032-02-29 23:59:59"},
		{"over_new_year", "2026-12-31 00:00:00", license.Span{Months: 2}, "2027-02-28 00:00:00"},
		{"months_before_seconds", "2026-01-31 00:00:00", license.Span{Months: 1, Seconds: 86400}, "2026-03-01 00:00:00"},
		{"five_weeks", "2026-03-23 12:00:00", license.Span{Seconds: 3024000}, "2026-04-27 12:00:00"},
		{"thousand_years", "2026-03-23 12:00:00", license.Span{Months: 12000}, "3026-03-23 12:00:00"},
		{"out_of_bounds", "2026-03-23 12:00:00", license.Span{Months: math.MaxInt32}, "3026-03-23 12:00:00"},
		{"negative", "2026-03-23 12:00:00", license.Span{Months: -1, Seconds: -1}, "2026-03-23 12:00:00"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got, want := tt.span.Add(momentOf(t, tt.start)), momentOf(t, tt.want); got != want {
				t.Errorf("(%+v).Add(%s) = %s, want %s", tt.span, tt.start, got, want)
			}
		})
	}
}

func TestSpanAddAtTheEdges(t *testing.T) {
	t.Parallel()
	longest := license.Span{Months: math.MaxInt32, Seconds: math.MaxInt64}
	if got := longest.Add(0); got != 0 {
		t.Errorf("Add(never) = %s, want never", got)
	}
	for _, start := range []license.Time{license.Forever, license.Forever - 1, license.Forever - 1e6} {
		if got := longest.Add(start); got != license.Forever {
			t.Errorf("Add(%d) = %d, want Forever", start, got)
		}
	}
	if got := (license.Span{Seconds: 1}).Add(license.Forever - 1e6); got != license.Forever {
		t.Errorf("Add(Forever - 1s) = %d, want Forever", got)
	}
	start := license.Time(1_774_267_200_123_457)
	if got := (license.Span{Months: 1}).Add(start); got%1e6 != start%1e6 {
		t.Errorf("Add lost the microseconds: %d after %d", got, start)
	}
	if got := longest.Add(math.MinInt64); got == math.MinInt64 || got > 0 {
		t.Errorf("Add(the first moment) = %d, want a thousand years later", got)
	}
}

func TestSpanAddIsOrdered(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		start := license.Time(rapid.Int64Range(1, 1<<60).Draw(t, "start"))
		s := drawSpan(t, "span")
		end := s.Add(start)
		if end < start || (!s.IsZero() && end == start) {
			t.Fatalf("(%+v).Add(%s) = %s, want a later moment", s, start, end)
		}
		if later := s.Add(start + 1); later < end {
			t.Fatalf("(%+v).Add(%s) = %s, want not before %s", s, start+1, later, end)
		}
		if s.Months > 0 && s.Seconds == 0 {
			from, to := start.UTC(), end.UTC()
			months := (to.Year()-from.Year())*12 + int(to.Month()-from.Month())
			if months != int(s.Months) || to.Day() > from.Day() {
				t.Fatalf("(%+v).Add(%s) = %s, want %d months later", s, start, end, s.Months)
			}
		}
	})
}

func drawSpan(t *rapid.T, label string) license.Span {
	return license.Span{
		Months:  rapid.Int32Range(0, 6000).Draw(t, label+"_months"),
		Seconds: rapid.Int64Range(0, 500*31556926).Draw(t, label+"_seconds"),
	}
}

func TestSpanPlus(t *testing.T) {
	t.Parallel()
	const mostSeconds = 1000 * 31556926
	for _, tt := range []struct {
		name string
		a, b license.Span
		want license.Span
		ok   bool
	}{
		{"zero", license.Span{}, license.Span{}, license.Span{}, true},
		{"both_parts", license.Span{Months: 1, Seconds: 5}, license.Span{Months: 2, Seconds: 7}, license.Span{Months: 3, Seconds: 12}, true},
		{"longest_months", license.Span{Months: 11999}, license.Span{Months: 1}, license.Span{Months: 12000}, true},
		{"too_many_months", license.Span{Months: 12000}, license.Span{Months: 1}, license.Span{}, false},
		{"longest_seconds", license.Span{Seconds: mostSeconds - 1}, license.Span{Seconds: 1}, license.Span{Seconds: mostSeconds}, true},
		{"too_many_seconds", license.Span{Seconds: mostSeconds}, license.Span{Seconds: 1}, license.Span{}, false},
		{"too_long_together", license.Span{Months: 12000}, license.Span{Seconds: mostSeconds}, license.Span{}, false},
		{"overflow", license.Span{Seconds: math.MaxInt64}, license.Span{Seconds: math.MaxInt64}, license.Span{}, false},
		{"overflow_of_months", license.Span{Months: math.MaxInt32}, license.Span{Months: math.MaxInt32}, license.Span{}, false},
		{"negative", license.Span{Seconds: 5}, license.Span{Seconds: -1}, license.Span{}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := tt.a.Plus(tt.b)
			if got != tt.want || (err == nil) != tt.ok || (err != nil && !errors.Is(err, license.Invalid)) {
				t.Errorf("(%+v).Plus(%+v) = %+v, %v, want %+v, ok=%t", tt.a, tt.b, got, err, tt.want, tt.ok)
			}
		})
	}
}

func TestSpanString(t *testing.T) {
	t.Parallel()
	const day = 86400
	for _, tt := range []struct {
		span license.Span
		want string
	}{
		{license.Span{}, "0 seconds"},
		{license.Span{Seconds: 1}, "1 second"},
		{license.Span{Seconds: 600}, "10 minutes"},
		{license.Span{Seconds: 5400}, "1 hour 30 minutes"},
		{license.Span{Seconds: 36 * 3600}, "1 day 12 hours"},
		{license.Span{Seconds: day}, "1 day"},
		{license.Span{Seconds: 7 * day}, "1 week"},
		{license.Span{Seconds: 3024000}, "5 weeks"},
		// The reference showed "0 Month(s)" for the next two.
		{license.Span{Seconds: 28 * day}, "4 weeks"},
		{license.Span{Seconds: 29 * day}, "29 days"},
		{license.Span{Seconds: 30 * day}, "30 days"},
		{license.Span{Seconds: 2629743}, "1 month"},
		{license.Span{Seconds: 3 * 2629743}, "3 months"},
		{license.Span{Seconds: 365 * day}, "1 year"},
		{license.Span{Seconds: 3650 * day}, "10 years"},
		{license.Span{Seconds: 31556926}, "1 year"},
		{license.Span{Seconds: 315569260}, "10 years"},
		{license.Span{Seconds: 90061}, "1 day 1 hour 1 minute 1 second"},
		{license.Span{Months: 1}, "1 month"},
		{license.Span{Months: 12}, "1 year"},
		{license.Span{Months: 18}, "18 months"},
		{license.Span{Months: 24, Seconds: 7 * day}, "2 years 1 week"},
	} {
		if got := tt.span.String(); got != tt.want {
			t.Errorf("(%+v).String() = %q, want %q", tt.span, got, tt.want)
		}
	}
}

func TestParseSpan(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]license.Span{
		"0s":           {},
		"3024000s":     {Seconds: 3024000},
		"1mo":          {Months: 1},
		"1mo5s":        {Months: 1, Seconds: 5},
		"12000mo":      {Months: 12000},
		"31556926000s": {Seconds: 31556926000},
	} {
		got, err := license.ParseSpan(text)
		if err != nil || got != want || got.Text() != text {
			t.Errorf("ParseSpan(%q) = %+v, %v, want %+v", text, got, err, want)
		}
	}
	for _, text := range []string{
		"", " ", "5", "s", "mo", "05s", "+5s", "-5s", "5s ", " 5s", "5S", "0mo", "0mo5s", "1mo0s", "1mo1mo", "5s1mo", "1mos", "1mo5",
		"5.0s", "5_0s", "12001mo", "31556926001s", "2147483648mo", "99999999999999999999s", "１s",
	} {
		if got, err := license.ParseSpan(text); !errors.Is(err, license.Invalid) || got != (license.Span{}) {
			t.Errorf("ParseSpan(%q) = %+v, %v, want invalid", text, got, err)
		}
	}
}

func TestSpanJSON(t *testing.T) {
	t.Parallel()
	type terms struct {
		Length license.Span `json:"length,omitzero"`
	}
	for _, tt := range []struct {
		terms terms
		want  string
	}{
		{terms{}, `{}`},
		{terms{license.Span{Months: 1, Seconds: 5}}, `{"length":"1mo5s"}`},
	} {
		b, err := json.Marshal(tt.terms)
		if err != nil || string(b) != tt.want {
			t.Fatalf("Marshal(%+v) = %s, %v, want %s", tt.terms, b, err, tt.want)
		}
		var back terms
		if err := json.Unmarshal(b, &back); err != nil || back != tt.terms {
			t.Errorf("Unmarshal(%s) = %+v, %v, want %+v", b, back, err, tt.terms)
		}
	}
	if _, err := json.Marshal(license.Span{Seconds: -1}); err == nil {
		t.Error("Marshal of a negative span succeeded, want an error")
	}
	kept := license.Span{Months: 7}
	if err := json.Unmarshal([]byte(`"1w"`), &kept); !errors.Is(err, license.Invalid) || kept.Months != 7 {
		t.Errorf(`Unmarshal("1w") = %v with %+v left, want invalid and nothing changed`, err, kept)
	}
}

func FuzzParseSpan(f *testing.F) {
	for _, seed := range []string{"0s", "1mo5s", "3024000s", "12000mo", "1mo0s", "+1s"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := license.ParseSpan(text)
		if err != nil {
			if !errors.Is(err, license.Invalid) || !s.IsZero() {
				t.Fatalf("ParseSpan(%q) = %+v, %v, want zero and invalid", text, s, err)
			}
			return
		}
		if s.Validate() != nil || s.Text() != text {
			t.Fatalf("ParseSpan(%q) = %+v, which reads %q", text, s, s.Text())
		}
		if s.String() == "" {
			t.Fatalf("(%+v).String() is empty", s)
		}
	})
}

// FuzzSpanText is the other direction: every valid Span survives its text.
func FuzzSpanText(f *testing.F) {
	f.Add(int32(1), int64(5))
	f.Add(int32(12000), int64(0))
	f.Fuzz(func(t *testing.T, months int32, seconds int64) {
		s := license.Span{Months: months, Seconds: seconds}
		_ = s.Add(1_774_267_200_000_000)
		got, err := license.ParseSpan(s.Text())
		if s.Validate() != nil {
			if err == nil {
				t.Fatalf("ParseSpan(%q) = %+v, want invalid", s.Text(), got)
			}
			return
		}
		if err != nil || got != s {
			t.Fatalf("ParseSpan(%q) = %+v, %v, want %+v", s.Text(), got, err, s)
		}
	})
}
