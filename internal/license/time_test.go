package license_test

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"licet/internal/license"
)

func TestParseTime(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"2026-03-23T12:00:00Z":                "2026-03-23 12:00",
		"2026-03-23T12:00:00+00:00":           "2026-03-23 12:00",
		"2026-03-23T04:00:00-08:00":           "2026-03-23 12:00",
		"2026-03-23":                          "2026-03-23",
		"2026-03-23T12:00:00.000001Z":         "2026-03-23 12:00:00.000001",
		"2026-03-23T12:00:00.0000019Z":        "2026-03-23 12:00:00.000001",
		"2028-02-29T23:59:59.999999999+14:00": "2028-02-29 09:59:59.999999",
	} {
		got, err := license.ParseTime(text)
		if err != nil || got != moment(want) {
			t.Errorf("ParseTime(%q) = %s, %v, want %s", text, got, err, want)
		}
	}
	for _, text := range []string{
		"", "never", "null", "0", "2026-02-29", "2026-13-01", "23-03-2026", "2026-03-23 12:00:00", "2026-03-23T12:00:00",
		"2026-03-23T24:00:00Z", "2026-03-23T12:00:60Z", "10000-01-01", "2026-03-23T12:00:00Z ",
		// These would read as 0, which means never: a date must not make a license last for ever.
		"1970-01-01", "1970-01-01T00:00:00Z", "0001-01-01", "1970-01-01T00:00:00.0000001Z",
	} {
		if got, err := license.ParseTime(text); !errors.Is(err, license.Invalid) || got != 0 {
			t.Errorf("ParseTime(%q) = %s, %v, want invalid", text, got, err)
		}
	}
}

func TestTimeJSON(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		moment license.Time
		json   string
	}{
		{0, "null"},
		{moment("2026-03-23 12:00"), `"2026-03-23T12:00:00Z"`},
		{moment("2026-03-23 12:00:00.000001"), `"2026-03-23T12:00:00.000001Z"`},
	} {
		b, err := json.Marshal(tt.moment)
		if err != nil || string(b) != tt.json {
			t.Errorf("Marshal(%s) = %s, %v, want %s", tt.moment, b, err, tt.json)
		}
		back := license.Time(1)
		if err := json.Unmarshal(b, &back); err != nil || back != tt.moment {
			t.Errorf("Unmarshal(%s) = %s, %v, want %s", b, back, err, tt.moment)
		}
	}
	for _, text := range []string{"0", "1774267200", `""`, `"never"`, "true", `{}`, `"1970-01-01T00:00:00Z"`} {
		var got license.Time
		if err := json.Unmarshal([]byte(text), &got); !errors.Is(err, license.Invalid) {
			t.Errorf("Unmarshal(%s) = %s, %v, want invalid", text, got, err)
		}
	}
}

func FuzzTimeJSON(f *testing.F) {
	for _, seed := range []string{"null", `"2026-03-23"`, `"2026-03-23T12:00:00.5+02:00"`, `"0001-01-01"`, `"1970-01-01"`, `"9999-12-31T23:59:59.9999999Z"`, "5", `"\u0032026-01-01"`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var read license.Time
		if err := json.Unmarshal([]byte(text), &read); err != nil {
			return
		}
		if read == 0 && text != "null" {
			var any any
			if json.Unmarshal([]byte(text), &any); any != nil {
				t.Fatalf("%s read as never", text)
			}
		}
		b, err := json.Marshal(read)
		if err != nil {
			t.Fatalf("Marshal(%d) = %v, want ok", read, err)
		}
		again := license.Time(1)
		if err := json.Unmarshal(b, &again); err != nil && read.UTC().Year() >= 0 && read.UTC().Year() <= 9999 || err == nil && again != read {
			t.Fatalf("%s read as %s, written as %s, read again as %s (%v)", text, read, b, again, err)
		}
	})
}

func TestTimeArithmetic(t *testing.T) {
	t.Parallel()
	noon := moment("2026-03-23 12:00")
	if got := noon.Add(36 * time.Hour); got != moment("2026-03-25") {
		t.Errorf("Add(36h) = %s, want 2026-03-25", got)
	}
	if got := noon.Add(-12 * time.Hour); got != moment("2026-03-23") {
		t.Errorf("Add(-12h) = %s, want 2026-03-23", got)
	}
	if got := noon.Add(1999 * time.Nanosecond); got != noon+1 {
		t.Errorf("Add(1999ns) = %s, want one microsecond later", got)
	}
	// A sum beyond the last moment ends there and never comes out in the past.
	if got := license.Forever.Add(time.Hour); got != license.Forever {
		t.Errorf("Forever.Add(1h) = %d, want Forever", got)
	}
	if got := noon.Sub(moment("2026-03-23")); got != 12*time.Hour {
		t.Errorf("Sub = %s, want 12h", got)
	}
	if got := noon.Day(); got != moment("2026-03-23") {
		t.Errorf("Day() = %s, want 2026-03-23", got)
	}
	if !noon.Before(noon+1) || !noon.After(noon-1) || noon.Before(noon) || noon.After(noon) {
		t.Error("Before and After do not order moments")
	}
}

// S0-12: the same moments come out in UTC whatever zone they were given in.
func TestTimeIsUTC(t *testing.T) {
	t.Parallel()
	t.Run("S0-12", func(t *testing.T) {
		t.Parallel()
		zone := time.FixedZone("PST", -8*3600)
		local := time.Date(2026, 1, 31, 20, 30, 0, 0, zone)
		got := license.TimeOf(local)
		if got != moment("2026-02-01 04:30") || got.String() != "2026-02-01T04:30:00Z" {
			t.Errorf("TimeOf(%s) = %s, want 2026-02-01T04:30:00Z", local, got)
		}
		if got.UTC().Location() != time.UTC || got.Day() != moment("2026-02-01") {
			t.Errorf("UTC() is in %s on the day %s, want UTC on 2026-02-01", got.UTC().Location(), got.Day())
		}
	})
	if license.TimeOf(time.Time{}) != 0 || !license.Time(0).UTC().IsZero() || license.Time(0).String() != "never" {
		t.Error("the zero time and 0 do not stand for each other")
	}
}
