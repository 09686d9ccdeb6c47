package license

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Application is a product whose users sign in by themselves, with licenses that they redeem (keyauth.md §12). Apps name it by
// its owner and its name.
type Application struct {
	Tenant   TenantID
	Product  ProductID
	Owner    string // the tenant, in ten letters and digits
	Name     string // unique per tenant ignoring letter case
	Version  string // apps that say another one are told to update
	Download string // where the right version is; "" is nowhere
	Secret   []byte // sealed for SecretContext; shared with apps of the older dialect
	Disabled bool
	PausedAt Time // nobody enters, and no time runs; 0 is not paused
	Settings *ApplicationSettings
	Created  Time
	Revision int64
}

// SecretContext is what the secret is sealed for.
func (a *Application) SecretContext() string {
	return fmt.Sprintf("application/%d/%d/secret", a.Tenant, a.Product)
}

// Clock is the time by which what users hold is counted: it stands still while the application is paused.
func (a *Application) Clock(now Time) Time {
	if a.PausedAt != 0 {
		return a.PausedAt
	}
	return now
}

// ApplicationSettings are the switches of an application. They are shared and unchangeable; copy before changing. Start
// from [DefaultApplicationSettings]: the zero value refuses everything.
type ApplicationSettings struct {
	Legacy          bool              `json:"legacy"`           // API 1.2 answers too
	ForceEncryption bool              `json:"force_encryption"` // of 1.2: no session without a key of the app's
	LockHardware    bool              `json:"lock_hardware"`    // a user signs in from the machines known of them
	ForceHardware   bool              `json:"force_hardware"`   // an app must say its machine
	MinHardware     int               `json:"min_hardware"`     // characters of a machine's id, 0 to 500
	SessionSeconds  int64             `json:"session_seconds"`  // how long a session lasts, 60 to 604800
	ResetSeconds    int64             `json:"reset_seconds"`    // between two resets of a machine by its user
	CheckHash       bool              `json:"check_hash"`       // the program must be one of Hashes
	LearnHash       bool              `json:"learn_hash"`       // the first hash seen becomes one of them
	Hashes          []string          `json:"hashes,omitempty"` // compared in lower case, whole
	RequireToken    bool              `json:"require_token"`    // an app must bring a token
	MinName         int               `json:"min_name"`         // characters of a new user's name, 1 to 70
	LetterMasks     bool              `json:"letter_masks"`     // X and x are places too in a mask without *
	WebDownload     string            `json:"web_download"`     // kept for bots
	LogWebhook      string            `json:"log_webhook"`      // where log lines are posted too
	Shop            string            `json:"shop"`             // kept for bots
	SellerAddresses []string          `json:"seller_addresses"` // that seller keys work from; none is everywhere
	Texts           map[string]string `json:"texts,omitempty"`  // by the names of ApplicationTexts; what is missing is the default
	Form            LicenseForm       `json:"form"`             // what the form for new licenses begins with
}

// LicenseForm is what a vendor chose last when they made licenses (S1-26).
type LicenseForm struct {
	Amount   int    `json:"amount"`
	Mask     string `json:"mask"`
	Lower    bool   `json:"lower"`
	Upper    bool   `json:"upper"`
	Level    int64  `json:"level"`
	Note     string `json:"note,omitempty"`
	Duration int64  `json:"duration"`
	Unit     Unit   `json:"unit"`
}

// ApplicationMask is the mask of an application that says nothing else: six groups of six (keyauth.md §9.1).
const ApplicationMask = "******-******-******-******-******-******"

// DefaultApplicationSettings are the settings of a new application: the lock to a machine is on, everything that is not
// needed is off.
func DefaultApplicationSettings() ApplicationSettings {
	return ApplicationSettings{
		LockHardware: true, ForceHardware: true, MinHardware: 20, SessionSeconds: 21600, ResetSeconds: 604800, MinName: 1,
		Form: LicenseForm{Amount: 1, Mask: ApplicationMask, Lower: true, Upper: true, Level: 1, Duration: 1, Unit: UnitDays},
	}
}

// Validate returns the first thing that is wrong, as an Invalid error that names the setting.
func (s *ApplicationSettings) Validate() error {
	switch {
	case s.MinHardware < 0 || s.MinHardware > MaxHardwareID:
		return Invalidf("min_hardware", "the shortest id of a machine has 0 to %d characters", MaxHardwareID)
	case s.SessionSeconds < 60 || s.SessionSeconds > 7*secondsPerDay:
		return Invalidf("session_seconds", "a session lasts 60 to %d seconds", 7*secondsPerDay)
	case s.ResetSeconds < 0 || s.ResetSeconds > 10*secondsPerYear:
		return Invalidf("reset_seconds", "between two resets lie 0 to %d seconds", 10*secondsPerYear)
	case s.MinName < 1 || s.MinName > MaxApplicationName:
		return Invalidf("min_name", "the shortest name of a user has 1 to %d characters", MaxApplicationName)
	case len(s.Hashes) > 1000:
		return Invalidf("hashes", "an application has at most 1000 hashes")
	}
	for name, text := range s.Texts {
		if _, known := ApplicationText(name); !known {
			return Invalidf("texts", "there is no text %q", name)
		}
		if utf8.RuneCountInString(text) > maxApplicationText {
			return Invalidf("texts", "a text has at most %d characters", maxApplicationText)
		}
	}
	return nil
}

// HasHash reports whether the program may run: its hash is one of the known ones, whole. No hash never is.
func (s *ApplicationSettings) HasHash(hash string) bool {
	return hash != "" && slices.Contains(s.Hashes, strings.ToLower(hash))
}

// Text returns what apps are told under a name of [ApplicationTexts].
func (s *ApplicationSettings) Text(name string) string {
	if text := s.Texts[name]; text != "" {
		return text
	}
	text, _ := ApplicationText(name)
	return text
}

// The lengths of what users of an application type, in characters.
const (
	MaxApplicationName = 70  // a name, and a key
	MaxHardwareID      = 500 // the id of a machine
	maxApplicationText = 100
)

// NamedText is a text that a vendor may change.
type NamedText struct{ Name, Default string }

// ApplicationTexts lists the texts that a vendor may change for an application, each up to 100 characters (keyauth.md §10).
func ApplicationTexts() []NamedText { return slices.Clone(applicationTexts) }

// ApplicationText returns what a text says where the vendor says nothing else; false when there is no text of that name.
func ApplicationText(name string) (string, bool) {
	i := slices.IndexFunc(applicationTexts, func(t NamedText) bool { return t.Name == name })
	if i < 0 {
		return "", false
	}
	return applicationTexts[i].Default, true
}

var applicationTexts = []NamedText{
	{"appdisabled", "This application is disabled"},
	{"pausedApp", "Application is currently paused, please wait for the developer to say otherwise."},
	{"hashcheckfail", "This program hash does not match, make sure you're using latest version"},
	{"vpnblocked", "VPNs are blocked on this application"},
	{"tokeninvalid", "Token Invalid"},
	{"usernametaken", "Username already taken, choose a different one"},
	{"unTooShort", "Username too short, try longer one."},
	{"pwLeaked", "This password has been leaked in a data breach (not from us), please use a different one."},
	{"keynotfound", "Invalid license key"},
	{"keyused", "License key has already been used"},
	{"keybanned", "Your license is banned"},
	{"nosublevel", "There is no subscription created for your key level. Contact application developer."},
	{"usernamenotfound", "Invalid username"},
	{"passmismatch", "Password does not match."},
	{"userbanned", "The user is banned"},
	{"hwidmismatch", "HWID doesn't match. Ask for a HWID reset"},
	{"hwidblacked", "You've been blacklisted from our application"},
	{"noactivesubs", "No active subscription(s) found"},
	{"pausedsub", "Your subscription is paused and can't be used right now"},
	{"sessionunauthed", "Session is not validated"},
	{"loggedInMsg", "Logged in!"},
	{"chatHitDelay", "Chat slower, you've hit the delay limit"},
}
