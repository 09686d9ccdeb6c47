package web

import (
	"net/url"
	"strconv"
	"strings"
	"time"

	"licet/internal/license"
)

// Faults are what is wrong with a form, by the name of the field; "" is what concerns the whole.
type Faults map[string]string

// FaultsOf returns what an error says about a form, and whether it is one that its sender can mend: a fault of ours, a
// page that is not there and a right that is missing are not.
func FaultsOf(err error) (Faults, bool) {
	switch license.CodeOf(err) {
	case license.Invalid, license.Conflict, license.Refused, license.Unauthenticated, license.Throttled, license.Unavailable, license.Forbidden:
	default:
		return nil, false
	}
	e := license.Describe(err)
	return Faults{e.Field: Sentence(e.Message)}, true
}

// Sentence gives one of the program's sentences, which begin small and end without a stop, the form it has on a page.
func Sentence(s string) string {
	if s == "" {
		return s
	}
	first, rest := s[:1], s[1:]
	s = strings.ToUpper(first) + rest
	if !strings.ContainsAny(s[len(s)-1:], ".!?…:") {
		s += "."
	}
	return s
}

// Input reads the fields of a form or a query, and collects what it cannot read in Faults.
type Input struct {
	Values url.Values
	Faults Faults
}

// NewInput returns an Input of values.
func NewInput(values url.Values) *Input { return &Input{Values: values, Faults: Faults{}} }

// Text returns a field without the blanks around it. Line ends are "\n".
func (f *Input) Text(name string) string { return strings.TrimSpace(f.Raw(name)) }

// Raw returns a field as it was typed: passwords and notes keep their blanks. Line ends are "\n".
func (f *Input) Raw(name string) string {
	return strings.ReplaceAll(f.Values.Get(name), "\r\n", "\n")
}

// Bool reports whether a box is ticked.
func (f *Input) Bool(name string) bool { return f.Values.Get(name) != "" }

// Int returns a whole number, and otherwise for an empty field.
func (f *Input) Int(name string, otherwise int64) int64 {
	text := f.Text(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		f.Faults[name] = "Write a whole number."
		return otherwise
	}
	return n
}

// Choice is a box that may say yes, no, or nothing: "yes", "no", "".
func (f *Input) Choice(name string) *bool {
	switch f.Text(name) {
	case "yes":
		v := true
		return &v
	case "no":
		v := false
		return &v
	}
	return nil
}

// Day returns the beginning of a day in UTC (2026-03-31), 0 for an empty field.
func (f *Input) Day(name string) license.Time {
	return f.parse(name, time.DateOnly, "Write a day as 2026-03-31.")
}

// Moment returns a time of day in UTC as browsers send it (2026-03-31T10:00), 0 for an empty field.
func (f *Input) Moment(name string) license.Time {
	return f.parse(name, "2006-01-02T15:04", "Write a time as 2026-03-31T10:00.")
}

func (f *Input) parse(name, layout, fault string) license.Time {
	text := f.Text(name)
	if text == "" {
		return 0
	}
	t, err := time.ParseInLocation(layout, text[:min(len(text), len(layout))], time.UTC)
	if err != nil {
		f.Faults[name] = fault
		return 0
	}
	return license.TimeOf(t)
}

// OK reports whether everything asked for so far could be read.
func (f *Input) OK() bool { return len(f.Faults) == 0 }

// Query returns values changed by pairs of names and values, as a query with "?" before it; an empty value takes its name
// out. "" where nothing is left.
func Query(values url.Values, pairs ...string) string {
	out := url.Values{}
	for name, list := range values {
		if len(list) > 0 && list[0] != "" {
			out[name] = list
		}
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] == "" {
			out.Del(pairs[i])
		} else {
			out.Set(pairs[i], pairs[i+1])
		}
	}
	if len(out) == 0 {
		return ""
	}
	return "?" + out.Encode()
}
