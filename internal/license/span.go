package license

import (
	"strconv"
	"strings"
	"time"
)

// The fixed lengths of KeyAuth's expiry units, in seconds (contract keyauth, 9.3).
const (
	secondsPerMinute   = 60
	secondsPerHour     = 3600
	secondsPerDay      = 86400
	secondsPerWeek     = 604800
	secondsPerMonth    = 2629743   // a twelfth of a mean year
	secondsPerYear     = 31556926  // a mean year
	secondsPerLifetime = 315569260 // ten mean years
)

// Bounds of a Span: 1000 years, so that no sum of a date and a Span can leave the calendar.
const (
	maxSpanMonths  = 1000 * 12
	maxSpanSeconds = 1000 * secondsPerYear
)

// Span is a length of time as it was agreed: calendar months, then seconds. It is never negative
// and at most 1000 years, see [Span.Validate]. The zero Span is no time at all; the parsers of
// this package refuse it where a duration is asked for.
//
// As text and in JSON it is "3024000s", "1mo", "1mo5s" or "0s".
type Span struct {
	Months  int32 // calendar months, counted in UTC
	Seconds int64 // counted after the months
}

// IsZero reports whether s is no time at all.
func (s Span) IsZero() bool { return s == Span{} }

// AboutSeconds returns the length of s in seconds with a calendar month taken as 2629743 seconds.
// It is exact where s has no months.
func (s Span) AboutSeconds() int64 { return int64(s.Months)*secondsPerMonth + s.Seconds }

// Validate refuses a Span with a negative part, or one over 1000 years, as Invalid.
func (s Span) Validate() error {
	if s.Months < 0 || s.Seconds < 0 {
		return Invalidf("duration", "a duration cannot be negative")
	}
	// Each part is looked at alone first, so that the sum below cannot overflow.
	if s.Months > maxSpanMonths || s.Seconds > maxSpanSeconds || s.AboutSeconds() > maxSpanSeconds {
		return errTooLong()
	}
	return nil
}

func errTooLong() error {
	return Invalidf("duration", "a duration is at most 1000 years")
}

// Plus returns the sum of two spans. It is Invalid over 1000 years.
func (s Span) Plus(more Span) (Span, error) {
	for _, part := range []Span{s, more} {
		if err := part.Validate(); err != nil {
			return Span{}, err
		}
	}
	sum := Span{Months: s.Months + more.Months, Seconds: s.Seconds + more.Seconds}
	if err := sum.Validate(); err != nil {
		return Span{}, err
	}
	return sum, nil
}

// Add returns the moment s after t: first the months, then the seconds.
//
// Months are those of the UTC calendar and keep the time of day. Where the month reached is too
// short for the day, its last day is taken: 31 January and one month is 28 February, or 29 in a
// leap year. What comes after "never" (0) is never, and nothing comes after [Forever].
func (s Span) Add(t Time) Time {
	if t.IsZero() {
		return 0
	}
	// A Span made without Validate may be out of bounds; it counts as the nearest one within.
	seconds := min(max(s.Seconds, 0), maxSpanSeconds)
	if months := min(max(s.Months, 0), maxSpanMonths); months > 0 {
		seconds += monthsAfter(t, int(months))
	}
	step := Time(seconds * int64(time.Second/time.Microsecond))
	if t > Forever-step {
		return Forever
	}
	return t + step
}

// monthsAfter returns how many seconds lie between t and the same time of day n months later.
func monthsAfter(t Time, n int) int64 {
	year, month, day := t.UTC().Date()
	from := time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
	first := time.Date(year, month+time.Month(n), 1, 0, 0, 0, 0, time.UTC)
	last := first.AddDate(0, 1, -1).Day()
	to := first.AddDate(0, 0, min(day, last)-1)
	return to.Unix() - from.Unix()
}

// Text returns s in its short form, "1mo5s", which [ParseSpan] reads.
func (s Span) Text() string {
	if s.Months == 0 {
		return strconv.FormatInt(s.Seconds, 10) + "s"
	}
	text := strconv.FormatInt(int64(s.Months), 10) + "mo"
	if s.Seconds != 0 {
		text += strconv.FormatInt(s.Seconds, 10) + "s"
	}
	return text
}

// ParseSpan reads exactly what [Span.Text] writes for a valid Span; every other text is Invalid,
// another spelling of the same length included.
func ParseSpan(text string) (Span, error) {
	var s Span
	rest := text
	if months, after, found := strings.Cut(text, "mo"); found {
		n, err := strconv.ParseInt(months, 10, 32)
		if err != nil {
			return Span{}, errSpanText()
		}
		s.Months, rest = int32(n), after
	}
	if seconds, found := strings.CutSuffix(rest, "s"); found {
		n, err := strconv.ParseInt(seconds, 10, 64)
		if err != nil {
			return Span{}, errSpanText()
		}
		s.Seconds = n
	}
	if err := s.Validate(); err != nil {
		return Span{}, err
	}
	if s.Text() != text {
		return Span{}, errSpanText()
	}
	return s, nil
}

func errSpanText() error {
	return Invalidf("duration", "a duration is written like 3024000s, 1mo or 1mo5s")
}

// MarshalText writes the form of [Span.Text]; an invalid Span is an error.
func (s Span) MarshalText() ([]byte, error) {
	if err := s.Validate(); err != nil {
		return nil, err
	}
	return []byte(s.Text()), nil
}

// UnmarshalText reads what MarshalText writes.
func (s *Span) UnmarshalText(b []byte) error {
	parsed, err := ParseSpan(string(b))
	if err != nil {
		return err
	}
	*s = parsed
	return nil
}

// String returns s in words for people: "5 weeks", "1 year", "30 days", "1 day 12 hours".
//
// It is the largest of years, months, weeks and days that measures s without a rest, else days,
// hours, minutes and seconds one after another. Nothing is rounded away, so 28 days are 4 weeks
// and never "0 months". A year is 12 calendar months, 365 days or the 31556926 seconds of
// [UnitYears]; a month of seconds is the 2629743 of [UnitMonths].
func (s Span) String() string {
	var parts []string
	switch {
	case s.Months == 0:
	case s.Months%12 == 0:
		parts = append(parts, counted(int64(s.Months/12), "year"))
	default:
		parts = append(parts, counted(int64(s.Months), "month"))
	}
	if s.Seconds != 0 || s.Months == 0 {
		parts = append(parts, secondsInWords(s.Seconds))
	}
	return strings.Join(parts, " ")
}

func secondsInWords(seconds int64) string {
	type measure struct {
		length int64
		name   string
	}
	if seconds == 0 {
		return counted(0, "second")
	}
	for _, m := range []measure{
		{secondsPerYear, "year"},
		{365 * secondsPerDay, "year"},
		{secondsPerMonth, "month"},
		{secondsPerWeek, "week"},
		{secondsPerDay, "day"},
	} {
		if seconds%m.length == 0 {
			return counted(seconds/m.length, m.name)
		}
	}
	var parts []string
	for _, m := range []measure{
		{secondsPerDay, "day"},
		{secondsPerHour, "hour"},
		{secondsPerMinute, "minute"},
		{1, "second"},
	} {
		if n := seconds / m.length; n != 0 {
			parts = append(parts, counted(n, m.name))
		}
		seconds %= m.length
	}
	return strings.Join(parts, " ")
}

// counted returns "1 week" or "5 weeks".
func counted(n int64, name string) string {
	if n != 1 {
		name += "s"
	}
	return strconv.FormatInt(n, 10) + " " + name
}
