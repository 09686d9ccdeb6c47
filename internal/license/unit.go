package license

import (
	"strconv"
	"strings"
)

// Unit is what a duration is counted in. It is closed, and its value is its name: what
// [ParseUnit] reads.
type Unit string

// The closed list of units. All but the calendar ones are fixed numbers of seconds, those of
// contract keyauth, 9.3.
const (
	UnitSeconds        Unit = "seconds"
	UnitMinutes        Unit = "minutes"
	UnitHours          Unit = "hours"
	UnitDays           Unit = "days"
	UnitWeeks          Unit = "weeks"
	UnitMonths         Unit = "months"          // 2629743 seconds each
	UnitYears          Unit = "years"           // 31556926 seconds each
	UnitLifetime       Unit = "lifetime"        // 315569260 seconds each: ten years
	UnitCalendarMonths Unit = "calendar-months" // LicenseSpring's m
	UnitCalendarYears  Unit = "calendar-years"  // LicenseSpring's y: 12 calendar months
)

type unitRow struct {
	unit Unit
	one  string // the name of a single one
	span Span   // the length of a single one
}

// units is the one place where a unit meets its length.
var units = []unitRow{
	{UnitSeconds, "second", Span{Seconds: 1}},
	{UnitMinutes, "minute", Span{Seconds: secondsPerMinute}},
	{UnitHours, "hour", Span{Seconds: secondsPerHour}},
	{UnitDays, "day", Span{Seconds: secondsPerDay}},
	{UnitWeeks, "week", Span{Seconds: secondsPerWeek}},
	{UnitMonths, "month", Span{Seconds: secondsPerMonth}},
	{UnitYears, "year", Span{Seconds: secondsPerYear}},
	{UnitLifetime, "lifetime", Span{Seconds: secondsPerLifetime}},
	{UnitCalendarMonths, "calendar-month", Span{Months: 1}},
	{UnitCalendarYears, "calendar-year", Span{Months: 12}},
}

// Units lists every Unit, for forms, help texts and tests.
func Units() []Unit {
	out := make([]Unit, len(units))
	for i, row := range units {
		out[i] = row.unit
	}
	return out
}

// ParseUnit reads the name of a unit, of one or of many, in any letter case: "weeks", "week",
// "Weeks". Any other text is Invalid.
func ParseUnit(text string) (Unit, error) {
	row, err := findUnit(text)
	return row.unit, err
}

func findUnit(text string) (unitRow, error) {
	text = strings.TrimSpace(text)
	names := make([]string, len(units))
	for i, row := range units {
		if strings.EqualFold(text, string(row.unit)) || strings.EqualFold(text, row.one) {
			return row, nil
		}
		names[i] = string(row.unit)
	}
	return unitRow{}, Invalidf("unit", "the unit is one of %s", strings.Join(names, ", "))
}

// Span returns amount units. An amount under 1, a length over 1000 years and a word that is no
// unit are Invalid.
func (u Unit) Span(amount int64) (Span, error) {
	row, err := findUnit(string(u))
	if err != nil {
		return Span{}, err
	}
	if amount < 1 {
		return Span{}, errNoTime()
	}
	if amount > maxSpanSeconds/row.span.AboutSeconds() {
		return Span{}, errTooLong()
	}
	// An amount beyond an int32 only gets here with a unit that has no months.
	return Span{Months: row.span.Months * int32(amount), Seconds: row.span.Seconds * amount}, nil
}

func errNoTime() error {
	return Invalidf("duration", "a duration is more than nothing")
}

// SpanOfDays reads a decimal number of days as KeyAuth's Seller API sends it and rounds it to the
// second: "30", "1.5", "0.00694444444" (10 minutes). Half a second counts as one. What rounds to
// no second, is over 1000 years, or is no plain decimal number is Invalid. Digits after the
// fourteenth decimal, less than a nanosecond, do not count.
func SpanOfDays(text string) (Span, error) {
	whole, fraction, _ := strings.Cut(strings.TrimSpace(text), ".")
	if !allDigits(whole) || !allDigits(fraction) || whole+fraction == "" {
		return Span{}, Invalidf("duration", "a number of days is written like 30 or 0.5")
	}
	days, err := strconv.ParseInt("0"+whole, 10, 64)
	if err != nil || days > maxSpanSeconds/secondsPerDay {
		return Span{}, errTooLong()
	}
	// 86400 * 10^14 is the largest such product that an int64 holds.
	const decimals, one = 14, 100_000_000_000_000
	part := int64(0)
	for i := range decimals {
		part *= 10
		if i < len(fraction) {
			part += int64(fraction[i] - '0')
		}
	}
	s := Span{Seconds: days*secondsPerDay + (part*secondsPerDay+one/2)/one}
	if s.IsZero() {
		return Span{}, errNoTime()
	}
	if err := s.Validate(); err != nil {
		return Span{}, err
	}
	return s, nil
}

func allDigits(text string) bool {
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return false
		}
	}
	return true
}

// ParseDuration reads LicenseSpring's durations: "30d" days, "6m" calendar months, "1y" twelve
// calendar months. Nothing at all ("0d"), a length over 1000 years and any other text are Invalid.
func ParseDuration(text string) (Span, error) {
	var unit Unit
	number := text[:max(len(text)-1, 0)]
	switch text[len(number):] {
	case "d":
		unit = UnitDays
	case "m":
		unit = UnitCalendarMonths
	case "y":
		unit = UnitCalendarYears
	}
	if unit == "" || number == "" || !allDigits(number) {
		return Span{}, Invalidf("duration", "a duration is a number followed by d, m or y, like 30d, 6m or 1y")
	}
	amount, err := strconv.ParseInt(number, 10, 64)
	if err != nil {
		return Span{}, errTooLong() // More digits than an int64 holds.
	}
	return unit.Span(amount)
}

// Duration writes s as LicenseSpring does, so that [ParseDuration] reads it back. It is false
// where that cannot say s: for nothing at all, parts of a day, and months with days.
func (s Span) Duration() (string, bool) {
	switch {
	case s.Months > 0 && s.Seconds == 0 && s.Months%12 == 0:
		return strconv.FormatInt(int64(s.Months/12), 10) + "y", true
	case s.Months > 0 && s.Seconds == 0:
		return strconv.FormatInt(int64(s.Months), 10) + "m", true
	case s.Months == 0 && s.Seconds > 0 && s.Seconds%secondsPerDay == 0:
		return strconv.FormatInt(s.Seconds/secondsPerDay, 10) + "d", true
	}
	return "", false
}
