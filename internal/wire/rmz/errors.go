package rmz

import (
	"errors"
	"net/http"

	"licet/internal/canonjson"
	"licet/internal/license"
	"licet/internal/signing"
	"licet/internal/wire"
)

// precedence says which broken rule a client is told when several are: the contract, §4.1, in one
// place. An order that is not completed makes a key as good as unknown, so it comes first. Rules
// that are not listed here do not refuse a device that has its place; an activation refuses what
// else stands in its way.
var precedence = []license.Reason{
	license.OrderIncomplete,
	license.LicenseRevoked,
	license.LicenseSuspended,
	license.UserBanned, // No request of this dialect names a user.
	license.TrialExpired,
	license.LicenseExpired,
	license.DeviceRequired,
	license.DeviceBlocked,
	license.PlaceRefused,
}

// The rows a client can meet: the six of the contract (§4), and our own for input.
var (
	notFound  = wire.Row{Status: http.StatusNotFound, Code: "LICENSE_NOT_FOUND", Message: "License not found"}
	expired   = wire.Row{Status: http.StatusForbidden, Code: "LICENSE_EXPIRED", Message: "License has expired"}
	revoked   = wire.Row{Status: http.StatusForbidden, Code: "LICENSE_REVOKED", Message: "License has been revoked"}
	suspended = wire.Row{Status: http.StatusForbidden, Code: "LICENSE_SUSPENDED", Message: "License is suspended"}
	noHWID    = wire.Row{Status: http.StatusForbidden, Code: "HWID_REQUIRED", Message: "HWID is required for this license"}
	full      = wire.Row{Status: http.StatusTooManyRequests, Code: "ACTIVATION_LIMIT", Message: "Maximum activations reached"}

	invalid  = wire.Row{Status: http.StatusUnprocessableEntity, Code: "VALIDATION_ERROR", Message: "The given data was invalid."}
	tooLarge = wire.Row{Status: http.StatusRequestEntityTooLarge, Code: invalid.Code, Message: invalid.Message}
)

// Errors is the error table of the dialect. RMZ has six codes; what it has no word for takes the
// word whose advice fits (README.md): "contact support" for what the vendor may lift again, "free
// another device" for what is used up.
var Errors = wire.ErrorTable{
	ByReason: map[license.Reason]wire.Row{
		license.KeyUnknown:      notFound,
		license.ProductUnknown:  notFound,
		license.OrderIncomplete: notFound,

		license.LicenseRevoked: revoked,

		license.LicenseExpired:     expired,
		license.TrialExpired:       expired,
		license.MaintenanceExpired: expired,
		license.FeatureExpired:     expired,

		license.DeviceRequired: noHWID,

		license.DeviceLimit:     full,
		license.TransferLimit:   full,
		license.SeatLimit:       full,
		license.UserLimit:       full,
		license.UsageLimit:      full,
		license.UserDeviceLimit: full,
		// These say that a place is missing; the door gives one instead of answering so.
		license.DeviceUnknown:    full,
		license.LicenseNotActive: full,
		license.SeatNotHeld:      full,

		license.LicenseSuspended:  suspended,
		license.DeviceBlocked:     suspended,
		license.ProductDisabled:   suspended,
		license.ProductArchived:   suspended,
		license.LicenseNotStarted: suspended,
		license.RedemptionBlocked: suspended,
		license.UserBanned:        suspended,
		license.VMRefused:         suspended,
		license.PlaceRefused:      suspended,
		// The dialect has no field for a password.
		license.LicensePasswordRequired: suspended,
		// No request of this dialect can ask for what these refuse.
		license.OfflineRefused:  suspended,
		license.NotFloating:     suspended,
		license.BorrowRefused:   suspended,
		license.FeatureUnknown:  suspended,
		license.UsageNegative:   suspended,
		license.UsageNotMetered: suspended,
		license.TrialRefused:    suspended,
		license.LevelUnknown:    suspended,
		license.AlreadyRedeemed: suspended,
	},
	ByCode: map[license.Code]wire.Row{
		license.Invalid:         invalid,
		license.Unauthenticated: {Status: http.StatusUnauthorized, Message: "Unauthorized"},
		license.Forbidden:       {Status: http.StatusForbidden, Message: "Forbidden"},
		license.NotFound:        notFound,
		license.Conflict:        {Status: http.StatusConflict, Message: "Conflict"},
		license.Refused:         suspended,
		license.Throttled:       {Status: http.StatusTooManyRequests, Message: "Too Many Requests"},
		license.Unavailable:     {Status: http.StatusServiceUnavailable, Message: "Service Unavailable"},
		license.Internal:        {Status: http.StatusInternalServerError, Message: "Server Error"},
	},
	TooLarge: tooLarge,
}

// writeError answers with err: in clear, or in the envelope of the product it is about.
func writeError(w http.ResponseWriter, _ *http.Request, err error) {
	row, shown := Errors.Lookup(err)
	row.SetRetryAfter(w.Header(), shown)
	body := appendRefusal(nil, row)
	if row.Code == invalid.Code {
		body = appendComplaints(body[:len(body)-1], complaintsOf(err, shown))
	}
	if e, ok := errors.AsType[*enveloped](err); ok && row.Status < http.StatusInternalServerError {
		sealed, failed := appendEnvelope(nil, e.envelope, body)
		if failed != nil {
			// Without a fresh nonce nothing is encrypted, and what belongs in an envelope is not sent in clear.
			row = Errors.ByCode[license.Internal]
			sealed = appendRefusal(nil, row)
		}
		body = sealed
	}
	wire.WriteJSONBytes(w, row.Status, body)
}

// enveloped is an error about a product whose answers are encrypted.
type enveloped struct {
	error
	envelope *signing.Envelope
}

// Unwrap returns the error itself.
func (e *enveloped) Unwrap() error { return e.error }

// inside marks err as belonging into an envelope; nil is none.
func inside(envelope *signing.Envelope, err error) error {
	if envelope == nil {
		return err
	}
	return &enveloped{error: err, envelope: envelope}
}

// appendRefusal writes what a client is told: {"success":false,…}, or {"message":…} alone where the
// dialect has no code, so that nothing in it can be taken for a licensing decision.
func appendRefusal(dst []byte, row wire.Row) []byte {
	if row.Code == "" {
		dst = append(dst, `{"message":`...)
		return append(canonjson.AppendString(dst, row.Message), '}')
	}
	dst = append(dst, `{"success":false,"error":`...)
	dst = canonjson.AppendString(dst, row.Code)
	dst = append(dst, `,"message":`...)
	return append(canonjson.AppendString(dst, row.Message), '}')
}

// complaintsOf returns what is wrong with the request, field by field.
func complaintsOf(err error, shown *license.Error) complaints {
	if list, ok := errors.AsType[complaints](err); ok {
		return list
	}
	field := shown.Field
	if field == "" {
		field = wholeBody
	}
	return complaints{{field, shown.Message}}
}

// appendComplaints goes on after a refusal's last member: ,"errors":{"field":["text"]}}.
func appendComplaints(dst []byte, list complaints) []byte {
	dst = append(dst, `,"errors":{`...)
	for i, c := range list {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(canonjson.AppendString(dst, c.field), `:[`...)
		dst = append(canonjson.AppendString(dst, c.text), ']')
	}
	return append(dst, "}}"...)
}
