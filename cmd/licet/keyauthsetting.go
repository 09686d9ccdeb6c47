package main

import (
	"maps"
	"strconv"
	"strings"

	"licet/internal/license"
)

// keyauthSettings are the settings of an application. What is not given stays.
type keyauthSettings struct {
	Legacy          *bool    `help:"Answer apps of API 1.2 too." negatable:""`
	ForceEncryption *bool    `help:"Apps of API 1.2 must bring a key for their session." negatable:""`
	LockHardware    *bool    `help:"Users sign in from the machines that are known of them only." negatable:""`
	ForceHardware   *bool    `help:"Apps must say which machine they run on." negatable:""`
	MinHardware     *int     `help:"Characters that the id of a machine has at least, 0 to 500." placeholder:"N"`
	SessionSeconds  *int64   `help:"Seconds that a session lasts, 60 to 604800." placeholder:"N"`
	ResetSeconds    *int64   `help:"Seconds between two resets of a machine by its user." placeholder:"N"`
	CheckHash       *bool    `help:"Only programs whose hash is known run." negatable:""`
	LearnHash       *bool    `help:"The first hash that is seen becomes known." negatable:""`
	RequireToken    *bool    `help:"Programs must bring a token." negatable:""`
	MinName         *int     `help:"Characters that the name of a new user has at least, 1 to 70." placeholder:"N"`
	LetterMasks     *bool    `help:"In a mask without *, X and x are random characters." negatable:""`
	WebDownload     *string  `help:"Link of the web loader, kept for bots." placeholder:"URL"`
	LogWebhook      *string  `help:"Discord webhook that log lines are posted to; empty for none." placeholder:"URL"`
	Shop            *string  `help:"Link of the shop, kept for bots." placeholder:"URL"`
	SellerAddress   []string `help:"Addresses that seller keys work from, in place of those there were; one empty is everywhere." placeholder:"ADDRESS" sep:"none"`
	Text            []string `help:"What apps are told, up to 100 characters; empty for what they are told otherwise." placeholder:"NAME=VALUE" sep:"none"`

	FormAmount         *int    `help:"Amount that the form for new licenses begins with." placeholder:"N"`
	FormMask           *string `help:"Mask that it begins with." placeholder:"MASK"`
	FormLower          *bool   `help:"It begins with lower-case letters ticked." negatable:""`
	FormUpper          *bool   `help:"It begins with upper-case letters ticked." negatable:""`
	FormLevel          *int64  `help:"Level that it begins with." placeholder:"N"`
	FormNote           *string `help:"Note that it begins with." placeholder:"TEXT"`
	FormExpiryUnit     string  `help:"Unit of the duration that it begins with: seconds, minutes, hours, days, weeks, months, years or lifetime." placeholder:"UNIT"`
	FormExpiryDuration *int64  `help:"How many of those units." placeholder:"N"`
}

// put puts what a flag says into a setting.
func put[T any](setting *T, flag *T) {
	if flag != nil {
		*setting = *flag
	}
}

// change reads the flags.
func (f *keyauthSettings) change() (func(*license.ApplicationSettings), error) {
	texts := make(map[string]string)
	for _, text := range f.Text {
		name, value, ok := strings.Cut(text, "=")
		if _, known := license.ApplicationText(name); !ok || !known {
			return nil, usagef("--text %s: write NAME=VALUE with one of the names that licet keyauth app set --help lists", text)
		}
		texts[name] = value
	}
	var unit *license.Unit
	if f.FormExpiryUnit != "" {
		u, err := license.ParseUnit(f.FormExpiryUnit)
		if err != nil {
			return nil, usagef("--form-expiry-unit: %w", err)
		}
		unit = &u
	}
	return func(s *license.ApplicationSettings) {
		f.switches(s)
		f.form(&s.Form)
		put(&s.Form.Unit, unit)
		s.Texts = maps.Clone(s.Texts)
		for name, value := range texts {
			if value == "" {
				delete(s.Texts, name)
				continue
			}
			if s.Texts == nil {
				s.Texts = make(map[string]string)
			}
			s.Texts[name] = value
		}
	}, nil
}

func (f *keyauthSettings) switches(s *license.ApplicationSettings) {
	put(&s.Legacy, f.Legacy)
	put(&s.ForceEncryption, f.ForceEncryption)
	put(&s.LockHardware, f.LockHardware)
	put(&s.ForceHardware, f.ForceHardware)
	put(&s.MinHardware, f.MinHardware)
	put(&s.SessionSeconds, f.SessionSeconds)
	put(&s.ResetSeconds, f.ResetSeconds)
	put(&s.CheckHash, f.CheckHash)
	put(&s.LearnHash, f.LearnHash)
	put(&s.RequireToken, f.RequireToken)
	put(&s.MinName, f.MinName)
	put(&s.LetterMasks, f.LetterMasks)
	put(&s.WebDownload, f.WebDownload)
	put(&s.LogWebhook, f.LogWebhook)
	put(&s.Shop, f.Shop)
	if f.SellerAddress != nil {
		s.SellerAddresses = nil
		for _, address := range f.SellerAddress {
			if address != "" {
				s.SellerAddresses = append(s.SellerAddresses, address)
			}
		}
	}
}

func (f *keyauthSettings) form(form *license.LicenseForm) {
	put(&form.Amount, f.FormAmount)
	put(&form.Mask, f.FormMask)
	put(&form.Lower, f.FormLower)
	put(&form.Upper, f.FormUpper)
	put(&form.Level, f.FormLevel)
	put(&form.Note, f.FormNote)
	put(&form.Duration, f.FormExpiryDuration)
}

// settingPairs shows settings to people, by the names of their flags.
func settingPairs(s *license.ApplicationSettings) [][2]string {
	form := s.Form
	pairs := [][2]string{
		{"legacy", yesNo(s.Legacy)}, {"force encryption", yesNo(s.ForceEncryption)}, {"lock hardware", yesNo(s.LockHardware)},
		{"force hardware", yesNo(s.ForceHardware)}, {"min hardware", strconv.Itoa(s.MinHardware)},
		{"session seconds", strconv.FormatInt(s.SessionSeconds, 10)}, {"reset seconds", strconv.FormatInt(s.ResetSeconds, 10)},
		{"check hash", yesNo(s.CheckHash)}, {"learn hash", yesNo(s.LearnHash)}, {"require token", yesNo(s.RequireToken)},
		{"min name", strconv.Itoa(s.MinName)}, {"letter masks", yesNo(s.LetterMasks)}, {"web download", s.WebDownload},
		{"log webhook", s.LogWebhook}, {"shop", s.Shop}, {"seller addresses", strings.Join(s.SellerAddresses, ", ")},
		{"form", words(strconv.Itoa(form.Amount), form.Mask, choose(form.Lower, "lower"), choose(form.Upper, "upper"),
			"level "+strconv.FormatInt(form.Level, 10), strconv.FormatInt(form.Duration, 10)+" "+string(form.Unit), form.Note)},
	}
	for _, hash := range s.Hashes {
		pairs = append(pairs, [2]string{"hash", hash})
	}
	for _, text := range license.ApplicationTexts() {
		if own := s.Texts[text.Name]; own != "" {
			pairs = append(pairs, [2]string{"text " + text.Name, own})
		}
	}
	return pairs
}
