package dna

import (
	"errors"
	"net/http"

	"licet/internal/license"
	"licet/internal/wire"
)

// wrongSecret is the status for a password, code or key of a license that is wrong. The contract leaves it open (§5.3): the
// response codes of the whole API say 403, the reference page by itself would be read as 400.
const wrongSecret = http.StatusForbidden

// The texts that the contract has, or guesses (§2, §3, §5.3, §8).
const (
	denied  = "Authorization has been denied for this request."
	lockout = "IP Lockout"
	fault   = "An error has occurred."
)

// no is a row without a code: this dialect has only statuses. With "" its text is the reason's own.
func no(status int, message string) wire.Row { return wire.Row{Status: status, Message: message} }

// The rows that several reasons share. Foreign is what no call of this dialect can run into.
var (
	unauthorized  = no(http.StatusUnauthorized, denied)
	noLicense     = no(http.StatusNotFound, "License not found")
	noProduct     = no(http.StatusNotFound, "Product not found")
	wrongPassword = no(wrongSecret, "Invalid License Password")
	foreign       = no(http.StatusForbidden, "")
)

// Errors is the error table of the dialect.
var Errors = wire.ErrorTable{
	ByReason: map[license.Reason]wire.Row{
		license.AppKeyUnknown:  unauthorized,
		license.AppKeyRevoked:  unauthorized,
		license.AppKeyReadOnly: no(http.StatusForbidden, "The API key may only ask, not change"),
		license.AppKeyProduct:  noProduct,
		license.RateExceeded:   no(http.StatusTooManyRequests, "API request quota exceeded"),

		license.ProductUnknown:  noProduct,
		license.KeyUnknown:      noLicense,
		license.OrderIncomplete: noLicense,
		license.DeviceUnknown:   no(http.StatusNotFound, "Device not found"),
		license.CreditUnknown:   no(http.StatusNotFound, "Credit not found"),

		license.LicensePasswordWrong:    wrongPassword,
		license.LicensePasswordRequired: wrongPassword,
		license.CredentialsWrong:        wrongPassword,
		license.AdminPasswordWrong:      no(wrongSecret, "Invalid Admin Password"),
		license.SetupKeyWrong:           no(wrongSecret, "Invalid License Key"),
		license.AddressLocked:           no(http.StatusForbidden, lockout),
		license.LoginLocked:             no(http.StatusForbidden, lockout),

		license.NoLicensePassword: no(http.StatusBadRequest, "The license has no License Password"),
		license.NoAdministrator:   no(http.StatusBadRequest, "The license is for a single user and has no Admin Password"),
		license.NoMailAddress:     no(http.StatusBadRequest, "The license has no Activation Email; ask with SendDnaEmail false"),
		license.CreditShort:       no(http.StatusBadRequest, "Not enough credits; nothing was taken"),
		license.TestRefused:       no(http.StatusConflict, "Test Event on an ACTIVE product: valid, not executed"),

		license.ProductDisabled: foreign, license.ProductArchived: foreign, license.LicenseRevoked: foreign, license.LicenseSuspended: foreign,
		license.LicenseNotStarted: foreign, license.LicenseNotActive: foreign, license.LicenseExpired: foreign, license.TrialExpired: foreign,
		license.MaintenanceExpired: foreign, license.DeviceBlocked: foreign, license.DeviceLimit: foreign, license.TransferLimit: foreign,
		license.VMRefused: foreign, license.PlaceRefused: foreign, license.OfflineRefused: foreign, license.NotFloating: foreign,
		license.SeatLimit: foreign, license.SeatNotHeld: foreign, license.BorrowRefused: foreign, license.FeatureUnknown: foreign,
		license.FeatureExpired: foreign, license.UsageLimit: foreign, license.UsageNegative: foreign, license.UsageNotMetered: foreign,
		license.TrialRefused: foreign, license.LevelUnknown: foreign, license.RedemptionBlocked: foreign, license.AlreadyRedeemed: foreign,
		license.UserBanned: foreign, license.UserLimit: foreign, license.UserDeviceLimit: foreign,
	},
	ByCode: map[license.Code]wire.Row{
		license.Invalid:         no(http.StatusBadRequest, ""),
		license.Unauthenticated: unauthorized,
		license.Forbidden:       no(http.StatusForbidden, ""),
		license.NotFound:        no(http.StatusNotFound, ""),
		license.Conflict:        no(http.StatusBadRequest, ""), // 409 is for Test Events alone.
		license.Refused:         no(http.StatusForbidden, ""),
		license.Throttled:       no(http.StatusTooManyRequests, ""),
		license.Unavailable:     no(http.StatusServiceUnavailable, ""),
		license.Internal:        no(http.StatusInternalServerError, fault),
	},
	TooLarge: no(http.StatusRequestEntityTooLarge, "The body of the request is too large"),
}

// word is what this dialect refuses in words that the table does not have.
type word struct {
	status int
	text   string
	code   license.Code // what the log knows it by
}

// Error returns the text, for the log.
func (w word) Error() string { return w.text }

// Unwrap returns the code.
func (w word) Unwrap() error { return w.code }

// The words of the dialect.
var (
	unknownPath  = word{http.StatusNotFound, "No resource was found at this path", license.NotFound}
	wrongMethod  = word{http.StatusMethodNotAllowed, "The resource does not support this http method", license.Invalid}
	wrongProduct = word{http.StatusBadRequest, "Invalid ProductId format", license.Invalid}
	notJSON      = word{http.StatusBadRequest, "The body of the request is not a JSON object", license.Invalid}
)

// writeError answers {"Message":…} (§3).
func writeError(w http.ResponseWriter, _ *http.Request, err error) {
	row, shown := rowOf(err)
	h := w.Header()
	row.SetRetryAfter(h, shown)
	if row.Status == http.StatusUnauthorized {
		h["Www-Authenticate"] = []string{`Basic realm="software_DNA"`}
	}
	h["Content-Type"] = jsonType
	// A struct with one string always encodes.
	_ = wire.WriteJSON(w, row.Status, struct{ Message string }{row.Message})
}

// rowOf returns how err is answered, and what may be shown of it.
func rowOf(err error) (wire.Row, *license.Error) {
	if own, ok := errors.AsType[word](err); ok {
		return no(own.status, own.text), &license.Error{Code: own.code}
	}
	return Errors.Lookup(err)
}
