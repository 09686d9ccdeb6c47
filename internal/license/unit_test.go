package license_test

import (
	"errors"
	"math"
	"math/big"
	"strings"
	"testing"

	"licet/internal/license"
)

func TestUnits(t *testing.T) {
	t.Parallel()

	// S1-11: each offered unit is a fixed number of seconds (9.3).
	t.Run("S1-11", func(t *testing.T) {
		t.Parallel()
		for _, tt := range []struct {
			names string
			want  license.Span
		}{
			{"seconds Second SECONDS", license.Span{Seconds: 1}},
			{"minutes Minute", license.Span{Seconds: 60}},
			{"hours Hour", license.Span{Seconds: 3600}},
			{"days Day", license.Span{Seconds: 86400}},
			{"weeks week Weeks", license.Span{Seconds: 604800}},
			{"months Month", license.Span{Seconds: 2629743}},
			{"years Year", license.Span{Seconds: 31556926}},
			{"lifetime Lifetime", license.Span{Seconds: 315569260}},
			{"calendar-months calendar-month", license.Span{Months: 1}},
			{"calendar-years Calendar-Year", license.Span{Months: 12}},
		} {
			for name := range strings.FieldsSeq(tt.names) {
				unit, err := license.ParseUnit(name)
				if err != nil {
					t.Errorf("ParseUnit(%q) = %v, want ok", name, err)
					continue
				}
				if got, err := unit.Span(1); err != nil || got != tt.want {
					t.Errorf("%s.Span(1) = %+v, %v, want %+v", unit, got, err, tt.want)
				}
			}
		}
		for _, name := range []string{"", "w", "week s", "fortnights", "604800", "weekss"} {
			if got, err := license.ParseUnit(name); !errors.Is(err, license.Invalid) || got != "" {
				t.Errorf("ParseUnit(%q) = %q, %v, want invalid", name, got, err)
			}
		}
	})

	// S1-12: lifetime = D x U; 5 weeks are 3024000 seconds. M04 stores the same.
	t.Run("S1-12", func(t *testing.T) {
		t.Parallel()
		for _, tt := range []struct {
			unit   license.Unit
			amount int64
			want   license.Span
			text   string
		}{
			{license.UnitWeeks, 5, license.Span{Seconds: 3024000}, "5 weeks"},
			{license.UnitMinutes, 9999, license.Span{Seconds: 599940}, "6 days 22 hours 39 minutes"},
			{license.UnitWeeks, 9999, license.Span{Seconds: 9999 * 604800}, "9999 weeks"},
			{license.UnitMonths, 9999, license.Span{Seconds: 9999 * 2629743}, "9999 months"},
			{license.UnitYears, 1000, license.Span{Seconds: 31556926000}, "1000 years"},
			{license.UnitLifetime, 100, license.Span{Seconds: 31556926000}, "1000 years"},
			{license.UnitCalendarYears, 1000, license.Span{Months: 12000}, "1000 years"},
			{license.UnitSeconds, 31556926000, license.Span{Seconds: 31556926000}, "1000 years"},
			{license.Unit("Week"), 5, license.Span{Seconds: 3024000}, "5 weeks"},
		} {
			got, err := tt.unit.Span(tt.amount)
			if err != nil || got != tt.want || got.String() != tt.text || got.Validate() != nil {
				t.Errorf("%s.Span(%d) = %+v (%s), %v, want %+v (%s)", tt.unit, tt.amount, got, got, err, tt.want, tt.text)
			}
		}
		start := momentOf(t, "2026-03-23 12:00:00")
		weeks, _ := license.UnitWeeks.Span(5)
		if got, want := weeks.Add(start), start+3024000*1e6; got != want || weeks.AboutSeconds() != 3024000 {
			t.Errorf("5 weeks after %s = %s, want %s", start, got, want)
		}
	})

	t.Run("refused", func(t *testing.T) {
		t.Parallel()
		for _, unit := range license.Units() {
			one, err := unit.Span(1)
			if err != nil {
				t.Fatalf("%s.Span(1) = %v, want ok", unit, err)
			}
			most := 31556926000 / one.AboutSeconds()
			if got, err := unit.Span(most); err != nil || got.Validate() != nil {
				t.Errorf("%s.Span(%d) = %+v, %v, want ok", unit, most, got, err)
			}
			for _, amount := range []int64{0, -1, math.MinInt64, most + 1, math.MaxInt32 + 1, math.MaxInt64} {
				if amount > 0 && amount <= most {
					continue
				}
				if got, err := unit.Span(amount); !errors.Is(err, license.Invalid) || !got.IsZero() {
					t.Errorf("%s.Span(%d) = %+v, %v, want invalid", unit, amount, got, err)
				}
			}
		}
		if got, err := license.Unit("").Span(1); !errors.Is(err, license.Invalid) {
			t.Errorf("no unit: Span(1) = %+v, %v, want invalid", got, err)
		}
	})
}

func TestSpanOfDays(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int64{
		"1":                    86400,
		"30":                   2592000,
		" 7 ":                  604800,
		"007":                  604800,
		"0.5":                  43200,
		".5":                   43200,
		"1.":                   86400,
		"1.5":                  129600,
		"0.00694444444":        600, // 10 minutes, as the Seller API's clients send it
		"0.041666666666666664": 3600,
		"0.0000115740740740":   1,
		"0.0000057871":         1, // a hair over half a second
		"365242":               365242 * 86400,
	} {
		if got, err := license.SpanOfDays(text); err != nil || got != (license.Span{Seconds: want}) {
			t.Errorf("SpanOfDays(%q) = %+v, %v, want %d seconds", text, got, err, want)
		}
	}
	for _, text := range []string{
		"", " ", ".", "0", "0.0", "0.000001", "-1", "+1", "1e3", "0x10", "1,5", "1.2.3", "NaN", "Inf", "1 2", "１",
		"365243", "99999999999999999999999",
	} {
		if got, err := license.SpanOfDays(text); !errors.Is(err, license.Invalid) || !got.IsZero() {
			t.Errorf("SpanOfDays(%q) = %+v, %v, want invalid", text, got, err)
		}
	}
}

func FuzzSpanOfDays(f *testing.F) {
	for _, seed := range []string{"30", "0.00694444444", "1.5", ".5", "1.", "0.00000578703703703703", "365242.2"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := license.SpanOfDays(text)
		if err != nil {
			if !errors.Is(err, license.Invalid) {
				t.Fatalf("SpanOfDays(%q) = %v, want invalid", text, err)
			}
			return
		}
		exact, ok := new(big.Rat).SetString(strings.TrimSpace(text))
		if !ok {
			t.Fatalf("SpanOfDays(%q) = %+v, but it is no number", text, got)
		}
		exact.Mul(exact, big.NewRat(86400, 1))
		off := exact.Sub(exact, new(big.Rat).SetInt64(got.Seconds)).Abs(exact)
		if limit := big.NewRat(500_000_001, 1_000_000_000); off.Cmp(limit) > 0 || got.Validate() != nil {
			t.Fatalf("SpanOfDays(%q) = %+v, off by %s seconds", text, got, off.FloatString(12))
		}
	})
}

func TestParseDuration(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		text  string
		want  license.Span
		again string
	}{
		{"30d", license.Span{Seconds: 2592000}, "30d"},
		{"6m", license.Span{Months: 6}, "6m"},
		{"1y", license.Span{Months: 12}, "1y"},
		{"12m", license.Span{Months: 12}, "1y"},
		{"18m", license.Span{Months: 18}, "18m"},
		{"007d", license.Span{Seconds: 604800}, "7d"},
		{"1000y", license.Span{Months: 12000}, "1000y"},
	} {
		got, err := license.ParseDuration(tt.text)
		if err != nil || got != tt.want {
			t.Errorf("ParseDuration(%q) = %+v, %v, want %+v", tt.text, got, err, tt.want)
		}
		if again, ok := got.Duration(); !ok || again != tt.again {
			t.Errorf("(%+v).Duration() = %q, %t, want %q", got, again, ok, tt.again)
		}
	}
	for _, text := range []string{
		"", "d", "30", "30 d", "30D", "1w", "-1d", "+1d", "1.5d", "0d", "0y", "1001y", "12001m", "365243d", "99999999999999999999d", "1d1m", "1é",
	} {
		if got, err := license.ParseDuration(text); !errors.Is(err, license.Invalid) || !got.IsZero() {
			t.Errorf("ParseDuration(%q) = %+v, %v, want invalid", text, got, err)
		}
	}
	for _, s := range []license.Span{{}, {Seconds: 5}, {Months: 1, Seconds: 86400}} {
		if got, ok := s.Duration(); ok || got != "" {
			t.Errorf("(%+v).Duration() = %q, %t, want none", s, got, ok)
		}
	}
}

func FuzzParseDuration(f *testing.F) {
	for _, seed := range []string{"30d", "6m", "1y", "12m", "0d", "1é"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := license.ParseDuration(text)
		if err != nil {
			if !errors.Is(err, license.Invalid) {
				t.Fatalf("ParseDuration(%q) = %v, want invalid", text, err)
			}
			return
		}
		again, ok := s.Duration()
		if back, err := license.ParseDuration(again); !ok || err != nil || back != s || s.Validate() != nil || s.IsZero() {
			t.Fatalf("ParseDuration(%q) = %+v, which reads %q", text, s, again)
		}
	})
}

func FuzzParseUnit(f *testing.F) {
	for _, unit := range license.Units() {
		f.Add(string(unit))
	}
	f.Fuzz(func(t *testing.T, text string) {
		unit, err := license.ParseUnit(text)
		if err != nil {
			return
		}
		if again, err := license.ParseUnit(string(unit)); err != nil || again != unit {
			t.Fatalf("ParseUnit(%q) = %q, which reads %q, %v", text, unit, again, err)
		}
	})
}
