package main

import (
	"encoding/json"
	"os"
	"strconv"
	"strings"

	"licet/internal/license"
	"licet/internal/office"
)

// termsFlags say what is to differ from the terms they are applied to. What is not given stays.
type termsFlags struct {
	Type            string `help:"perpetual, time-limited, subscription or consumption." placeholder:"TYPE"`
	Starts          string `help:"When the duration begins: first_use, issue or order." placeholder:"WHEN"`
	ExpiryUnit      string `help:"Unit of the duration: seconds, minutes, hours, days, weeks, months, years, lifetime, calendar-months, calendar-years." placeholder:"UNIT"`
	ExpiryDuration  *int64 `help:"How many of those units it lasts." placeholder:"N"`
	Duration        string `help:"The duration in short: 30d, 6m or 1y (calendar months and years), or none." placeholder:"TIME"`
	Plan            string `help:"RMZ plan: monthly, quarterly, semiAnnual, annually, biennial, quinquennial or decennial; or none." placeholder:"PLAN"`
	GraceHours      *int64 `help:"Hours that a subscription goes on after its end." placeholder:"N"`
	Maintenance     string `help:"Length of the maintenance window: 30d, 6m or 1y, or none." placeholder:"TIME"`
	Lock            string `help:"What an activation binds to: none, hwid or ip." placeholder:"LOCK"`
	MaxActivations  string `help:"Devices at a time, or unlimited." placeholder:"N"`
	MaxTransfers    string `help:"Moves to another device in all, or unlimited." placeholder:"N"`
	MaxUsers        string `help:"License users at a time, or unlimited." placeholder:"N"`
	UserActivations string `help:"Devices of each license user, or unlimited." placeholder:"N"`
	Level           *int64 `help:"Level it grants." placeholder:"N"`
	Password        string `help:"Whose password an activation needs besides the key: single (its user's, who may move on to another device), fixed (its user's, who may not), shared (that of all its users, with an administrator), or none." placeholder:"WHOSE"`
	Sample          *bool  `help:"Licenses are for your own tests." negatable:""`
	RefuseVM        *bool  `help:"No activation in a virtual machine." negatable:"" name:"refuse-vm"`
	RefuseOffline   *bool  `help:"No activation by file." negatable:""`
	Seats           string `help:"Floating seats: a number, unlimited, or none for a license without." placeholder:"N"`
	SeatMinutes     int64  `help:"Minutes after which a seat that is not renewed frees itself." default:"60" placeholder:"N"`
	BorrowHours     int64  `help:"Longest borrowing of a seat, in hours; 0 is no borrowing." placeholder:"N"`
	Usage           string `help:"Units of a consumption license: a number or unlimited." placeholder:"N"`
	UsageOverage    string `help:"Units allowed beyond that, or unlimited." default:"0" placeholder:"N"`
	UsageNegative   bool   `help:"Units can be given back."`
	UsageReset      string `help:"When the count begins again, at 00:00 UTC: daily, weekly, monthly or annually." placeholder:"WHEN"`
	FeaturesFile    string `help:"File with the features as a JSON array, as policy show --json prints them." placeholder:"FILE"`
}

// none is how a flag takes away what the terms have.
const none = "none"

// change reads the flags, but for the trial, which is a flag of each command.
func (f *termsFlags) change() (c office.TermsChange, err error) {
	c.Type = given(license.Type(f.Type))
	c.Starts = given(license.StartsAt(f.Starts))
	c.Lock = given(license.Lock(f.Lock))
	c.GraceHours, c.Level, c.RefuseVM, c.RefuseOffline = f.GraceHours, f.Level, f.RefuseVM, f.RefuseOffline
	if f.Password != "" {
		use := license.PasswordUse(strings.TrimPrefix(f.Password, none))
		c.Password = &use
	}
	c.Sample = f.Sample
	if f.Plan != "" {
		plan := license.Plan(strings.TrimPrefix(f.Plan, none))
		c.Plan = &plan
	}
	if c.Duration, err = f.duration(); err != nil {
		return c, err
	}
	if c.Maintenance, err = spanFlag("maintenance", f.Maintenance); err != nil {
		return c, err
	}
	for _, l := range []struct {
		name, text string
		to         **license.Limit
	}{
		{"max-activations", f.MaxActivations, &c.Activations},
		{"max-transfers", f.MaxTransfers, &c.Transfers},
		{"max-users", f.MaxUsers, &c.Users},
		{"user-activations", f.UserActivations, &c.UserActivations},
	} {
		if *l.to, err = limitFlag(l.name, l.text); err != nil {
			return c, err
		}
	}
	if c.Floating, err = f.floating(); err != nil {
		return c, err
	}
	if c.Usage, err = f.usage(); err != nil {
		return c, err
	}
	c.Features, err = f.features()
	return c, err
}

// given is nil for what was not given.
func given[T ~string](v T) *T {
	if v == "" {
		return nil
	}
	return &v
}

// duration reads the two ways to write one.
func (f *termsFlags) duration() (*license.Span, error) {
	switch {
	case f.ExpiryUnit == "" && f.ExpiryDuration == nil:
		return spanFlag("duration", f.Duration)
	case f.ExpiryUnit == "" || f.ExpiryDuration == nil:
		return nil, usagef("--expiry-unit and --expiry-duration go together")
	case f.Duration != "":
		return nil, usagef("give either --duration or --expiry-unit and --expiry-duration")
	}
	unit, err := license.ParseUnit(f.ExpiryUnit)
	if err != nil {
		return nil, usagef("--expiry-unit: %w", err)
	}
	span, err := unit.Span(*f.ExpiryDuration)
	if err != nil {
		return nil, usagef("--expiry-duration: %w", err)
	}
	return &span, nil
}

func spanFlag(name, text string) (*license.Span, error) {
	switch text {
	case "":
		return nil, nil
	case none:
		return &license.Span{}, nil
	}
	span, err := license.ParseDuration(text)
	if err != nil {
		return nil, usagef("--%s: %w", name, err)
	}
	return &span, nil
}

// limitFlag reads a number from 0, or unlimited; nil for what was not given.
func limitFlag(name, text string) (*license.Limit, error) {
	limit := license.Unlimited
	switch text {
	case "":
		return nil, nil
	case limit.String():
		return &limit, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 {
		return nil, usagef("--%s: %q is no limit; write a number from 0, or unlimited", name, text)
	}
	limit = license.AtMost(n)
	return &limit, nil
}

func (f *termsFlags) floating() (*license.FloatingTerms, error) {
	if f.Seats == none {
		return &license.FloatingTerms{}, nil
	}
	seats, err := limitFlag("seats", f.Seats)
	if err != nil || seats == nil {
		return nil, err
	}
	return &license.FloatingTerms{Seats: *seats, TimeoutMins: f.SeatMinutes, Borrow: f.BorrowHours != 0, BorrowHours: f.BorrowHours}, nil
}

func (f *termsFlags) usage() (*license.UsageTerms, error) {
	most, err := limitFlag("usage", f.Usage)
	if err != nil || most == nil {
		return nil, err
	}
	overage, err := limitFlag("usage-overage", f.UsageOverage)
	if err != nil {
		return nil, err
	}
	usage := &license.UsageTerms{Max: *most, Negative: f.UsageNegative, Reset: license.Period(f.UsageReset)}
	if overage != nil {
		usage.Overage = *overage
	}
	return usage, nil
}

func (f *termsFlags) features() (*[]license.FeatureTerms, error) {
	if f.FeaturesFile == "" {
		return nil, nil
	}
	text, err := os.ReadFile(f.FeaturesFile)
	if err != nil {
		return nil, usagef("--features-file: %w", err)
	}
	list := []license.FeatureTerms{}
	if err := json.Unmarshal(text, &list); err != nil {
		return nil, usagef("--features-file: %s is no JSON array of features: %w", f.FeaturesFile, err)
	}
	return &list, nil
}

// timeFlag reads a time; 0 for what was not given.
func timeFlag(name, text string) (license.Time, error) {
	if text == "" {
		return 0, nil
	}
	at, err := license.ParseTime(text)
	if err != nil {
		return 0, usagef("--%s: %w", name, err)
	}
	return at, nil
}

// maskFlags are the pattern of keys.
type maskFlags struct {
	Mask  string `help:"Pattern of the keys: each * becomes a random character, the rest stays; that of the product, else four groups of four, when empty." placeholder:"MASK"`
	Lower bool   `help:"Random characters are digits and lower-case letters."`
	Upper bool   `help:"Random characters are digits and upper-case letters; with --lower, both."`
}

// mask returns nil where none was given. Where only its characters are given, its text is that of own.
func (f *maskFlags) mask(own func() (license.Mask, error)) (*license.Mask, error) {
	text := f.Mask
	switch {
	case text == "" && !f.Lower && !f.Upper:
		return nil, nil
	case text == "":
		m, err := own()
		if err != nil {
			return nil, err
		}
		text = m.String()
	}
	m, err := license.MaskOf(text, f.Lower, f.Upper)
	if err != nil {
		return nil, err
	}
	return &m, nil
}

// termsPairs shows terms to people.
func termsPairs(t *license.Terms) [][2]string {
	pairs := [][2]string{
		{"type", string(t.Type)}, {"trial", yesNo(t.Trial)}, {"sample", choose(t.Sample, yesNo(true))}, {"password", string(t.Password)}, {"starts", string(t.Starts)}, {"duration", spanText(t.Duration)},
		{"plan", t.Plan}, {"lock", string(t.Lock)}, {"activations", t.Activations.String()}, {"transfers", t.Transfers.String()},
		{"users", t.Users.String()}, {"devices per user", t.UserActivations.String()}, {"level", nonZero(t.Level)},
		{"grace hours", nonZero(t.GraceHours)}, {"refuses", words(choose(t.RefuseVM, "virtual machines"), choose(t.RefuseOffline, "offline"))},
	}
	if t.Maintained {
		pairs = append(pairs, [2]string{"maintenance", spanText(t.Maintenance)})
	}
	if t.Floating != nil {
		pairs = append(pairs, [2]string{"seats", t.Floating.Seats.String()})
	}
	if t.Usage != nil {
		pairs = append(pairs, [2]string{"usage", words(t.Usage.Max.String(), "overage "+t.Usage.Overage.String(), string(t.Usage.Reset))})
	}
	for _, f := range t.Features {
		pairs = append(pairs, [2]string{"feature", words(f.Code, f.Name, spanText(f.Duration))})
	}
	return pairs
}

// spanText is a duration in words, "" for none.
func spanText(s license.Span) string {
	if s.IsZero() {
		return ""
	}
	return s.String()
}

func nonZero(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}

func choose(b bool, text string) string {
	if b {
		return text
	}
	return ""
}
