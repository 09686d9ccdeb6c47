package keyauth

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"licet/internal/license"
	"licet/internal/wire"
)

// no is a row of a refusal: every answer of an application has the status 200, since two SDKs end at any other (§3.1). The
// number is the code of 1.3, which is ours (§18) and never changes. A text in braces is that of the application (§10).
func no(number int, text string) wire.Row {
	return wire.Row{Status: http.StatusOK, Code: strconv.Itoa(number), Message: text}
}

// invalidApp is the whole answer about an application that is not there (§3.5).
const invalidApp = "KeyAuth_Invalid"

// The texts about a rate and about a lockout.
const (
	tooMany = "You've been rate limited, you're sending too many requests"
	locked  = "Too many wrong attempts, try again later."
	fault   = "Error: the server could not answer, try again later."
)

// Errors is the error table of the dialect. The numbers of what the contract knows are below 200; those of what no request
// of this dialect can run into, 300 and more.
var Errors = wire.ErrorTable{
	ByReason: map[license.Reason]wire.Row{
		license.ApplicationUnknown:   no(120, invalidApp),
		license.ApplicationDisabled:  no(121, "{appdisabled}"),
		license.ApplicationPaused:    no(122, "{pausedApp}"),
		license.EncryptionRequired:   no(123, "No encryption key supplied, encryption is forced."),
		license.VersionOutdated:      no(124, "invalidver"),
		license.ProgramChanged:       no(125, "{hashcheckfail}"),
		license.ProgramTokenRequired: no(126, "Token Must Be Provided"),
		license.ProgramHashRequired:  no(127, "Hash Must Be Provided"),
		license.ProgramTokenUnknown:  no(128, "{tokeninvalid}"),
		license.ProgramTokenBanned: no(129, "The Token Has Been Blacklisted For The Following Reason: {reason} "+
			"Contact Application Developer If This Is A Mistake"),
		license.ProgramTokenMoved: no(130, "Token File Hashes Must Be The Same"),
		license.SessionUnknown:    no(131, "Session not found. Use latest code. You can only have app opened 1 at a time."),
		license.NotSignedIn:       no(132, "{sessionunauthed}"),

		license.KeyUnknown:        no(140, "{keynotfound}"),
		license.OrderIncomplete:   no(141, "{keynotfound}"),
		license.AlreadyRedeemed:   no(142, "{keyused}"),
		license.LicenseUsed:       no(143, "{keyused}"),
		license.RedemptionBlocked: no(144, "{keybanned}"),
		license.LicenseRevoked:    no(145, "{keybanned}"),
		license.LicenseSuspended:  no(146, "{keybanned}"),
		license.LevelUnknown:      no(147, "{nosublevel}"),
		license.NothingHeld:       no(148, "{noactivesubs}"),
		license.LicenseExpired:    no(149, "{noactivesubs}"),
		license.TrialExpired:      no(150, "{noactivesubs}"),
		license.HoldingPaused:     no(151, "{pausedsub}"),
		license.LicenseNotStarted: no(152, "The license has not started yet"),
		license.LicenseNotActive:  no(153, "The license is not active"),

		license.UserUnknown:          no(160, "{usernamenotfound}"),
		license.UserBanned:           no(161, "{userbanned}"),
		license.PasswordWrong:        no(162, "{passmismatch}"),
		license.CredentialsWrong:     no(163, "{passmismatch}"),
		license.NameTaken:            no(164, "{usernametaken}"),
		license.NameTooShort:         no(165, "{unTooShort}"),
		license.PasswordWeak:         no(166, "{pwLeaked}"),
		license.LoginLocked:          no(167, locked),
		license.AddressLocked:        no(168, locked),
		license.DeviceRequired:       no(169, "Force HWID is enabled, disable in app settings if you want to use blank HWIDs"),
		license.DeviceTooShort:       no(170, "HWID must be {n} or more characters, change this in app settings."),
		license.DeviceMismatch:       no(171, "{hwidmismatch}"),
		license.Blocklisted:          no(172, "{hwidblacked}"),
		license.ResetTooSoon:         no(173, "Your HWID was reset recently"),
		license.EmailRequired:        no(174, "Email address not provided during register, ask developer to edit your account and change email."),
		license.MailUnavailable:      no(175, "This server sends no email yet. Ask the developer to change your password."),
		license.SecondFactorRequired: no(176, "2fa code required"),
		license.SecondFactorWrong:    no(177, "Invalid 2fa code"),
		license.SecondFactorOn:       no(178, "2fa is already enabled on this account"),
		license.SecondFactorOff:      no(179, "2fa is not enabled on this account"),
		license.SecondFactorLate:     no(180, "2fa session has expired"),

		license.VariableUnknown: no(185, "Variable not found."),
		license.VariableFixed:   no(186, "Variable is read only"),
		license.FileUnknown:     no(187, "File not Found"),
		license.FileGone:        no(188, "File no longer works, please notify the application developer."),
		license.WebhookUnknown:  no(189, "Webhook Not Found."),
		license.OutsideRefused:  no(190, "The server may not call this address."),
		license.ChannelUnknown:  no(191, "Chat channel not found"),
		license.ChatTooFast:     no(192, "{chatHitDelay}"),
		license.ChatMuted:       no(193, "You're muted from chat until {reason}"),

		license.RateExceeded:  {Status: http.StatusTooManyRequests, Code: "194", Message: tooMany},
		license.StorageFull:   away(195),
		license.StorageDown:   away(196),
		license.ServerBusy:    away(197),
		license.OutsideFailed: away(198), // Calls that go out say it as a refusal: see outsideDown.

		license.ProductUnknown:          no(300, ""),
		license.ProductDisabled:         no(301, "{appdisabled}"),
		license.ProductArchived:         no(302, "{appdisabled}"),
		license.MaintenanceExpired:      no(303, "{noactivesubs}"),
		license.DeviceUnknown:           no(304, "{hwidmismatch}"),
		license.DeviceBlocked:           no(305, "{hwidblacked}"),
		license.DeviceLimit:             no(306, "{hwidmismatch}"),
		license.TransferLimit:           no(307, "{hwidmismatch}"),
		license.VMRefused:               no(308, ""),
		license.PlaceRefused:            no(309, ""),
		license.OfflineRefused:          no(310, ""),
		license.NotFloating:             no(311, ""),
		license.SeatLimit:               no(312, ""),
		license.SeatNotHeld:             no(313, ""),
		license.BorrowRefused:           no(314, ""),
		license.BorrowEndInvalid:        no(315, ""),
		license.FeatureUnknown:          no(316, ""),
		license.FeatureExpired:          no(317, ""),
		license.UsageLimit:              no(318, ""),
		license.UsageNegative:           no(319, ""),
		license.UsageNotMetered:         no(320, ""),
		license.TrialRefused:            no(321, ""),
		license.UserRequired:            no(322, "{usernamenotfound}"),
		license.UserLimit:               no(323, "{keyused}"),
		license.AccountDisabled:         no(324, "{userbanned}"),
		license.PasswordReused:          no(325, ""),
		license.PermissionMissing:       no(326, ""),
		license.MaskTooSmall:            no(327, ""),
		license.RequestStale:            no(328, ""),
		license.SignatureBad:            no(329, ""),
		license.UserDeviceLimit:         no(330, "{hwidmismatch}"),
		license.VersionUnknown:          no(331, ""),
		license.RequestReplayed:         no(332, ""),
		license.AppKeyUnknown:           no(333, ""),
		license.AppKeyRevoked:           no(334, ""),
		license.AppKeyReadOnly:          no(335, ""),
		license.AppKeyProduct:           no(336, ""),
		license.TokenExpired:            no(337, ""),
		license.TokenMalformed:          no(338, ""),
		license.PasswordFixed:           no(339, ""),
		license.AuthMethodWrong:         no(340, ""),
		license.CustomerUnknown:         no(341, ""),
		license.AccountUnknown:          no(342, ""),
		license.LicensePasswordRequired: no(343, ""),
		license.LicensePasswordWrong:    no(344, ""),
		license.AdminPasswordWrong:      no(345, ""),
		license.SetupKeyWrong:           no(346, ""),
		license.NoLicensePassword:       no(347, ""),
		license.NoAdministrator:         no(348, ""),
		license.NoMailAddress:           no(349, ""),
		license.TestRefused:             no(350, ""),
		license.CreditUnknown:           no(351, ""),
		license.CreditShort:             no(352, ""),
	},
	ByCode: map[license.Code]wire.Row{
		license.Invalid:         no(200, ""),
		license.Unauthenticated: no(201, ""),
		license.Forbidden:       no(202, ""),
		license.NotFound:        no(203, ""),
		license.Conflict:        no(204, ""),
		license.Refused:         no(205, ""),
		license.Throttled:       {Status: http.StatusTooManyRequests, Code: "206", Message: tooMany},
		license.Unavailable:     away(207),
		license.Internal:        {Status: http.StatusInternalServerError, Code: "208", Message: fault},
	},
	TooLarge: wire.Row{Status: http.StatusRequestEntityTooLarge, Code: "209"},
}

// away is a row of what will be better later; its text is the reason's own.
func away(number int) wire.Row {
	return wire.Row{Status: http.StatusServiceUnavailable, Code: strconv.Itoa(number)}
}

// word is what this dialect refuses in words that the table does not have: what is wrong with the fields of a call, and
// what a reason means in one call alone. Reason is what it stands for; "" is Invalid.
type word struct {
	status int // 0 is 200
	number int
	text   string
	reason license.Reason
}

// Error returns the text, for the log.
func (w word) Error() string { return strconv.Itoa(w.number) + ": " + w.text }

// Unwrap returns what the log knows it by.
func (w word) Unwrap() error {
	if w.reason != "" {
		return w.reason
	}
	return license.Invalid
}

// with returns the word with another text.
func (w word) with(text string) word {
	w.text = text
	return w
}

// The words of the dialect. A number belongs to one of them, and to no row of the table.
var (
	unknownPath = word{status: http.StatusNotFound, number: 100, text: "There is nothing here, the API is at /api/1.3/"}
	wrongMethod = word{status: http.StatusMethodNotAllowed, number: 101, text: "Call by POST or GET"}
	unreadable  = word{number: 102, text: "The body of the request cannot be read"}
	noOwner     = word{number: 103}
	noName      = word{number: 104}
	wrongOwner  = word{number: 105}
	unknownType = word{number: 106, text: "The value inputted for type paramater was not found"}
	legacyOff   = word{number: 107, text: "API 1.2 is switched off for this application. Use API 1.3, or ask the developer to switch it on."}
	oldSession  = word{number: 157, text: "Session not found. If you get this frequently, ask the developer to use the latest example code",
		reason: license.SessionUnknown}
	longEnckey   = word{number: 108, text: `The paramater "enckey" is too long. Must be 35 characters or less.`}
	longName     = word{number: 109, text: "Username must be shorter than 70 characters"}
	longKey      = word{number: 110, text: "Key must be shorter than 70 characters"}
	longReason   = word{number: 112, text: "Reason must be 99 characters or less"}
	notListed    = word{number: 113, text: "Client is not blacklisted"}
	nobodyOnline = word{number: 114, text: "No online users found!"}
	noVariable   = word{number: 115, text: "No variable name provided"}
	noData       = word{number: 116, text: "No variable data provided"}
	longData     = word{number: 117, text: "Variable data must be 500 characters or less"}
	noLog        = word{number: 118, text: "No log data specified"}
	longLog      = word{number: 119, text: "Log data too long"}
	blankMessage = word{number: 133, text: "Message can't be blank"}
	longMessage  = word{number: 134, text: "Message too long!"}
	nameUsed     = word{number: 135, text: "Username already used!"}
	noSuchUser   = word{number: 136, text: "No user found with that username!"}
	otherEmail   = word{number: 137, text: "Email address doesn't match!"}
	noValue      = word{number: 138, text: "Variable not found for user"}
	wrongCode    = word{number: 139, text: "Invalid code please try again"}
	noCode       = word{number: 154, text: "Please provide the 2fa code to disable 2fa"}
	outsideDown  = word{number: 155, text: "The address did not answer, try again later."}
	outsideBusy  = word{number: 199, text: "Too many of these are on their way at once, try again in a moment."}
)

// writeError answers with a signed failure, whatever went wrong and however far the call had come (§3.3).
func (d *door) writeError(w http.ResponseWriter, r *http.Request, err error) {
	c := d.callOf(w, r)
	row, shown := rowOf(err)
	row.SetRetryAfter(c.w.Header(), shown)
	contentType, body := textType, []byte(invalidApp)
	if shown.Reason != license.ApplicationUnknown {
		contentType, body = jsonType, c.failure(row, shown)
	}
	if c.write(row.Status, contentType, body) != nil {
		// The key cannot be had, so there is nothing better: clients take this for a forgery, and end.
		c.writeSigned(row.Status, contentType, body)
	}
}

// callOf returns the call that a request has become, or a new one where it came to nothing.
func (d *door) callOf(w http.ResponseWriter, r *http.Request) *call {
	if x := wire.ExchangeOf(r); x != nil {
		if c, ok := x.Note.(*call); ok && c.d == d {
			return c
		}
	}
	return d.begin(w, r, v13)
}

// rowOf returns how err is answered, and what may be shown of it.
func rowOf(err error) (wire.Row, *license.Error) {
	if own, ok := errors.AsType[word](err); ok {
		row := no(own.number, own.text)
		if own.status != 0 {
			row.Status = own.status
		}
		return row, &license.Error{Code: license.CodeOf(own), Reason: own.reason}
	}
	return Errors.Lookup(err)
}

// failure is the body of a refusal (§3.5).
func (c *call) failure(row wire.Row, shown *license.Error) []byte {
	number, _ := strconv.ParseInt(row.Code, 10, 64) // Every row has one.
	w := c.begins(outRoom, false, number, c.tell(row.Message, shown))
	if shown.Reason == license.VersionOutdated {
		w.Key("download").String(c.app().Download)
	}
	return c.finish(w, false)
}

// tell fills in a text of the table: the application's own for one in braces, and in some what else there is to say.
func (c *call) tell(text string, shown *license.Error) string {
	if name, own := strings.CutPrefix(text, "{"); own {
		text = c.text(strings.TrimSuffix(name, "}"))
	}
	switch shown.Reason {
	case license.RedemptionBlocked, license.UserBanned, license.ProgramTokenBanned, license.ChatMuted:
		why := shown.Message
		if why == shown.Reason.Sentence() {
			why = "" // Nobody has said why.
		}
		return strings.ReplaceAll(text, "{reason}", why)
	case license.DeviceTooShort:
		least := 0
		if s := c.app().Settings; s != nil {
			least = s.MinHardware
		}
		return strings.ReplaceAll(text, "{n}", strconv.Itoa(least))
	}
	return text
}

// text returns a text of the application by its name (§10).
func (c *call) text(name string) string {
	if s := c.app().Settings; s != nil {
		return s.Text(name)
	}
	text, _ := license.ApplicationText(name)
	return text
}
