package licensespring

import (
	"errors"
	"net/http"

	"licet/internal/canonjson"
	"licet/internal/license"
	"licet/internal/wire"
)

// no is a row of a refusal: every one of the contract is answered with 400 (§5).
func no(code, message string) wire.Row {
	return wire.Row{Status: http.StatusBadRequest, Code: code, Message: message}
}

// The rows of what only this dialect refuses: what stands in the headers, what is missing, what is no JSON.
var (
	unknownPath          = word{Status: http.StatusNotFound, Code: "not_found", Message: "The requested path was not found"}
	missingAuthorization = word(no("missing_headers", "must have required property 'authorization'"))
	missingDate          = word(no("missing_headers", "must have required property 'date'"))
	missingParam         = word(no("authorization_missing_params", ""))
	badAuthorization     = word(no("authorization_invalid_headers", "invalid headers value in authorization"))
	hmacRequired         = word(no("hmac_required", "hmac is required algorithm"))
	invalidJSON          = word(no("invalid_json", "The body is not valid JSON"))
	missingParameters    = word(no("missing_parameters", ""))
	missingHardware      = word(no("missing_hardware_id", "The hardware_id missing in the request"))
	missingIdentity      = word(no("license_key_required", "license_key is missing from the request"))
	missingAnyIdentity   = word(no("license_key_or_license_user_required", "license_key or license user is missing from the request"))
	missingContent       = word(no("missing_content", "The content is missing in the request"))
	invalidFeature       = word(no("invalid_license_feature_code", ""))
	unsupportedFeature   = word(no("unsupported_product_feature", "One or more of requested product features do not exists or they are not enabled on the product"))
	featureUsedUp        = word(no("feature_not_enough_consumptions", "Not enough consumptions left"))
	featureNotMetered    = word(no("license_not_consumption", "The license feature is not a consumption feature"))
	featureNotFloating   = word(no("feature_not_floating", "License feature is not floating cloud feature."))
	featureNotHeld       = word(no("floating_feature_device_not_in_use", "Floating feature device is not in use"))
	userNotFound         = word(no("license_not_found", "License with the provided license user not found"))
)

// word is a row as an error: what this dialect refuses by itself. It is Invalid to everybody else.
type word wire.Row

// Error returns the text, for the log.
func (w word) Error() string { return w.Code + ": " + w.Message }

// Unwrap returns the code of all of them.
func (w word) Unwrap() error { return license.Invalid }

// with returns the row with another text.
func (w word) with(message string) word {
	w.Message = message
	return w
}

// refuse is the error of a row.
func refuse(w word) error { return w }

// Errors is the error table of the dialect. The codes are those of §5, and where the contract has none, the guesses
// of §14 and of README.md.
var Errors = wire.ErrorTable{
	ByReason: map[license.Reason]wire.Row{
		license.KeyUnknown:      no("license_not_found", "license with provided license_key not found"),
		license.OrderIncomplete: no("license_not_found", "license with provided license_key not found"),
		license.ProductUnknown:  no("unknown_product", "Provided product was not found"),
		license.ProductDisabled: no("disabled_product", "The product is disabled"),
		license.ProductArchived: no("archived_product", "The product is archived"),
		license.AuthMethodWrong: no("invalid_product_auth_method", "Product authorization method is invalid."),

		license.LicenseRevoked:     notEnabled,
		license.LicenseSuspended:   notEnabled,
		license.RedemptionBlocked:  notEnabled,
		license.UserBanned:         notEnabled,
		license.LicenseNotStarted:  no("license_start_date_not_reached", "The license has not started yet"),
		license.LicenseNotActive:   no("license_not_active", "The license is not active"),
		license.LicenseExpired:     no("license_expired", "The license has expired."),
		license.TrialExpired:       no("trial_expired", "trial period for device has expired"),
		license.MaintenanceExpired: no("active_license_required", "active license is required"),

		license.DeviceRequired:  no("missing_hardware_id", "The hardware_id missing in the request"),
		license.DeviceUnknown:   no("device_not_found", "An active device matching the hardware_id not found"),
		license.DeviceBlocked:   no("blacklisted", "This device is blacklisted"),
		license.PlaceRefused:    no("blacklisted", "The license may not be used here"),
		license.DeviceLimit:     activatedMaxTimes,
		license.UserDeviceLimit: activatedMaxTimes,
		license.TransferLimit:   no("license_transfer_not_allowed", "The license can not be transferred to another device"),
		license.VMRefused:       no("vm_not_allowed", "The license can not be used in a virtual machine"),
		license.OfflineRefused:  no("offline_activation_not_allowed", "The license does not allow offline activation"),
		license.RequestReplayed: no("request_already_used", "The offline request was used before"),

		license.NotFloating:      noSeat,
		license.SeatLimit:        noSeat,
		license.SeatNotHeld:      noSeat,
		license.BorrowRefused:    no("license_borrow_not_allowed", "License does not allow borrowing"),
		license.BorrowEndInvalid: no("borrow_until_not_valid", "Borrow until field is not valid"),
		license.FeatureUnknown:   no("invalid_license_feature_code", "License feature code is invalid or not assigned to the license."),
		license.FeatureExpired:   no("feature_expired", "The license feature has expired"),
		license.UsageLimit:       no("license_not_enough_consumptions", "Not enough consumptions left"),
		license.UsageNegative:    no("negative_consumptions_not_allowed", "Negative consumptions not allowed"),
		license.UsageNotMetered:  no("license_not_consumption", "The license is not a consumption license"),
		license.TrialRefused:     no("trial_not_allowed", "Product does not allow trial"),
		license.VersionUnknown:   no("version_not_found", "file at requested version does not exist"),

		license.LicensePasswordRequired: no("license_password_required", "The license asks for its password, which this API cannot take"),

		license.UserRequired:     no("license_key_or_license_user_required", "license_key or license user is missing from the request"),
		license.EmailRequired:    no("email_missing", "An email is missing for user-based product"),
		license.CredentialsWrong: no("invalid_credentials", "The username or the password is wrong"),
		license.LoginLocked:      locked,
		license.AddressLocked:    locked,
		license.AccountDisabled:  locked,
		license.PasswordWeak:     no("invalid_password", ""),
		license.PasswordReused:   no("invalid_password", ""),
		license.PasswordFixed:    no("change_password_not_allowed", "Change password not allowed for the company"),
		license.CustomerUnknown:  no("customer_does_not_exist", "The customer does not exist"),
		license.AccountUnknown:   no("customer_account_not_found", "The customer account was not found"),

		license.RequestStale:   no("date_header_diff", "the date header is too far from the time of the server"),
		license.SignatureBad:   no("signature_mismatch", "signature mismatch"),
		license.AppKeyUnknown:  no("invalid_api_key", "provided api key is not valid"),
		license.AppKeyRevoked:  no("revoked_api_key", "provided api key is revoked"),
		license.AppKeyReadOnly: no("read_only_api_key", "provided api key is read_only"),
		license.AppKeyProduct:  no("api_key_product_not_allowed", "provided api key is not allowed for the product"),
		license.TokenExpired:   {Status: http.StatusUnauthorized, Code: "oauth_token_expired", Message: "the access token has expired"},
		license.TokenMalformed: {Status: http.StatusUnauthorized, Code: "oauth_token_malformed", Message: "the access token is malformed"},

		// No request of this dialect can ask for what these refuse.
		license.LevelUnknown:      notEnabled,
		license.AlreadyRedeemed:   activatedMaxTimes,
		license.LicenseUsed:       activatedMaxTimes,
		license.UserLimit:         activatedMaxTimes,
		license.PermissionMissing: no("validation_error", ""),
		license.MaskTooSmall:      no("validation_error", ""),

		license.RateExceeded: {Status: http.StatusTooManyRequests, Code: "too_many_requests", Message: "Too many requests"},
		license.StorageFull:  away,
		license.StorageDown:  away,
		license.ServerBusy:   away,
	},
	ByCode: map[license.Code]wire.Row{
		license.Invalid:         no("validation_error", ""),
		license.Unauthenticated: no("invalid_api_key", "provided api key is not valid"),
		license.Forbidden:       no("validation_error", ""),
		license.NotFound:        no("validation_error", ""),
		license.Conflict:        {Status: http.StatusConflict, Code: "validation_error"},
		license.Refused:         notEnabled,
		license.Throttled:       {Status: http.StatusTooManyRequests, Code: "too_many_requests", Message: "Too many requests"},
		license.Unavailable:     away,
		license.Internal:        {Status: http.StatusInternalServerError, Code: "internal_error", Message: "Internal error"},
	},
	TooLarge: wire.Row{Status: http.StatusRequestEntityTooLarge, Code: "validation_error"},
}

// Rows that stand for several reasons.
var (
	notEnabled        = no("license_not_enabled", "The license is not enabled")
	activatedMaxTimes = no("license_activated_max_times", "license is already activated max number of times")
	noSeat            = no("floating_not_available", "No available slots for floating license")
	locked            = no("user_locked", "The license user is locked after too many wrong passwords")

	// away sends clients into their own grace period: they take a 5xx for a server that cannot be reached (§5).
	away = wire.Row{Status: http.StatusServiceUnavailable, Code: "internal_error"}
)

// writeError answers with {"status","code","message"} and nothing else.
func writeError(w http.ResponseWriter, _ *http.Request, err error) {
	row, shown := rowOf(err)
	row.SetRetryAfter(w.Header(), shown)
	var out canonjson.Writer
	out.Object()
	out.Key("status").Int(int64(row.Status))
	out.Key("code").String(row.Code)
	out.Key("message").String(row.Message)
	out.End()
	wire.WriteJSONBytes(w, row.Status, out.Bytes())
}

// rowOf returns how err is answered, and what may be shown of it.
func rowOf(err error) (wire.Row, *license.Error) {
	if own, ok := errors.AsType[word](err); ok {
		return wire.Row(own), &license.Error{Code: license.Invalid}
	}
	row, shown := Errors.Lookup(err)
	if row.Code == "validation_error" && shown.Field != "" {
		row.Message = shown.Field + ": " + row.Message
	}
	return row, shown
}

// inFeature says what a refusal means where it is about one feature of a license.
func inFeature(err error, code string) error {
	switch license.ReasonOf(err) {
	case license.FeatureUnknown:
		return invalidFeature.with("License feature code: " + code + " is invalid or not assigned to the license.")
	case license.NotFloating:
		return featureNotFloating
	case license.SeatNotHeld:
		return featureNotHeld
	}
	return err
}

// inFeatureUse is inFeature for a call that uses units of the feature.
func inFeatureUse(err error) error {
	switch license.ReasonOf(err) {
	case license.FeatureUnknown:
		return unsupportedFeature
	case license.UsageLimit:
		return featureUsedUp
	case license.UsageNotMetered:
		return featureNotMetered
	}
	return err
}
