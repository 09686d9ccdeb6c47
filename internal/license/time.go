package license

import (
	"math"
	"strconv"
	"time"
)

// Time is a moment in microseconds since 1970-01-01T00:00:00Z, always UTC. Zero means "never" or
// "not yet": no license existed in 1970.
type Time int64

// Forever is the last moment there is; spans that would pass it end there.
const Forever Time = math.MaxInt64

// TimeOf cuts t to the microsecond; the zero time.Time becomes 0.
func TimeOf(t time.Time) Time {
	if t.IsZero() {
		return 0
	}
	return Time(t.UnixMicro())
}

// IsZero reports whether t means "never" or "not yet".
func (t Time) IsZero() bool { return t == 0 }

// UTC returns t as a time.Time in UTC; 0 becomes the zero time.Time.
func (t Time) UTC() time.Time {
	if t == 0 {
		return time.Time{}
	}
	return time.UnixMicro(int64(t)).UTC()
}

// Add returns t + d, cut to the microsecond; a sum that would pass [Forever] ends there.
func (t Time) Add(d time.Duration) Time {
	step := Time(d.Microseconds())
	if step > 0 && t > Forever-step {
		return Forever
	}
	return t + step
}

// Sub returns t - u.
func (t Time) Sub(u Time) time.Duration { return time.Duration(t-u) * time.Microsecond }

// Before reports whether t is earlier than u.
func (t Time) Before(u Time) bool { return t < u }

// After reports whether t is later than u.
func (t Time) After(u Time) bool { return t > u }

// Day returns 00:00:00 UTC of t's day.
func (t Time) Day() Time { return TimeOf(t.UTC().Truncate(24 * time.Hour)) }

// String returns t in RFC 3339 with microseconds, or "never".
func (t Time) String() string {
	if t == 0 {
		return "never"
	}
	return t.UTC().Format(time.RFC3339Nano)
}

// MarshalJSON writes RFC 3339 in UTC, or null for 0.
func (t Time) MarshalJSON() ([]byte, error) {
	if t == 0 {
		return []byte("null"), nil
	}
	return strconv.AppendQuote(nil, t.String()), nil
}

// UnmarshalJSON reads what MarshalJSON writes, with any zone.
func (t *Time) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		*t = 0
		return nil
	}
	text, err := strconv.Unquote(string(b))
	if err != nil {
		return Invalidf("time", "a time is a text like 2026-03-23T12:00:00Z")
	}
	parsed, err := ParseTime(text)
	*t = parsed
	return err
}

// ParseTime reads RFC 3339 (2026-03-23T12:00:00Z, with any zone), or a bare UTC day (2026-03-23).
// The moments that a [Time] cannot tell from "never" are no times either: a date that was written
// down must not make a license last for ever.
func ParseTime(text string) (Time, error) {
	for _, layout := range []string{time.RFC3339Nano, time.DateOnly} {
		if parsed, err := time.Parse(layout, text); err == nil && TimeOf(parsed) != 0 {
			return TimeOf(parsed), nil
		}
	}
	return 0, Invalidf("time", "%q is not a time; write 2026-03-23 or 2026-03-23T12:00:00Z", text)
}
