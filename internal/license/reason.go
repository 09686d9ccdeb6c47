package license

import "slices"

// Reason says why something was refused. It is closed, and an error itself, so
// errors.Is(err, license.LicenseExpired) works. Each reason belongs to exactly one Code.
type Reason string

// The closed list of reasons. Each has a row in reasons below, and each dialect has a row for it.
const (
	KeyUnknown         Reason = "key_unknown"
	ProductUnknown     Reason = "product_unknown"
	ProductDisabled    Reason = "product_disabled"
	ProductArchived    Reason = "product_archived"
	LicenseRevoked     Reason = "license_revoked"
	LicenseSuspended   Reason = "license_suspended"
	LicenseNotStarted  Reason = "license_not_started"
	LicenseNotActive   Reason = "license_not_active"
	LicenseExpired     Reason = "license_expired"
	TrialExpired       Reason = "trial_expired"
	MaintenanceExpired Reason = "maintenance_expired"
	OrderIncomplete    Reason = "order_incomplete"
	DeviceRequired     Reason = "device_required"
	DeviceUnknown      Reason = "device_unknown"
	DeviceBlocked      Reason = "device_blocked"
	DeviceLimit        Reason = "device_limit"
	TransferLimit      Reason = "transfer_limit"
	VMRefused          Reason = "vm_refused"
	PlaceRefused       Reason = "place_refused"
	OfflineRefused     Reason = "offline_refused"
	NotFloating        Reason = "not_floating"
	SeatLimit          Reason = "seat_limit"
	SeatNotHeld        Reason = "seat_not_held"
	BorrowRefused      Reason = "borrow_refused"
	BorrowEndInvalid   Reason = "borrow_end_invalid"
	FeatureUnknown     Reason = "feature_unknown"
	FeatureExpired     Reason = "feature_expired"
	UsageLimit         Reason = "usage_limit"
	UsageNegative      Reason = "usage_negative"
	UsageNotMetered    Reason = "usage_not_metered"
	TrialRefused       Reason = "trial_refused"
	LevelUnknown       Reason = "level_unknown"
	RedemptionBlocked  Reason = "redemption_blocked"
	AlreadyRedeemed    Reason = "already_redeemed"
	LicenseUsed        Reason = "license_used"
	UserRequired       Reason = "user_required"
	UserBanned         Reason = "user_banned"
	UserLimit          Reason = "user_limit"
	CredentialsWrong   Reason = "credentials_wrong"
	LoginLocked        Reason = "login_locked"
	AccountDisabled    Reason = "account_disabled"
	AddressLocked      Reason = "address_locked"
	PasswordWeak       Reason = "password_weak"
	PasswordReused     Reason = "password_reused"
	PermissionMissing  Reason = "permission_missing"
	MaskTooSmall       Reason = "mask_too_small"
	RequestStale       Reason = "request_stale"
	SignatureBad       Reason = "signature_bad"
	RateExceeded       Reason = "rate_exceeded"
	StorageFull        Reason = "storage_full"
	StorageDown        Reason = "storage_down"
	ServerBusy         Reason = "server_busy"
	UserDeviceLimit    Reason = "user_device_limit"
	VersionUnknown     Reason = "version_unknown"
	RequestReplayed    Reason = "request_replayed"
	AppKeyUnknown      Reason = "app_key_unknown"
	AppKeyRevoked      Reason = "app_key_revoked"
	AppKeyReadOnly     Reason = "app_key_read_only"
	AppKeyProduct      Reason = "app_key_product"
	TokenExpired       Reason = "token_expired"
	TokenMalformed     Reason = "token_malformed"
	PasswordFixed      Reason = "password_fixed"
	EmailRequired      Reason = "email_required"
	AuthMethodWrong    Reason = "auth_method_wrong"
	CustomerUnknown    Reason = "customer_unknown"
	AccountUnknown     Reason = "account_unknown"

	LicensePasswordRequired Reason = "license_password_required"

	// Of applications.
	SessionUnknown       Reason = "session_unknown"
	NotSignedIn          Reason = "not_signed_in"
	ApplicationUnknown   Reason = "application_unknown"
	ApplicationDisabled  Reason = "application_disabled"
	ApplicationPaused    Reason = "application_paused"
	VersionOutdated      Reason = "version_outdated"
	ProgramChanged       Reason = "program_changed"
	ProgramTokenRequired Reason = "program_token_required"
	ProgramHashRequired  Reason = "program_hash_required"
	ProgramTokenUnknown  Reason = "program_token_unknown"
	ProgramTokenBanned   Reason = "program_token_banned"
	ProgramTokenMoved    Reason = "program_token_moved"
	EncryptionRequired   Reason = "encryption_required"
	NameTaken            Reason = "name_taken"
	NameTooShort         Reason = "name_too_short"
	UserUnknown          Reason = "user_unknown"
	PasswordWrong        Reason = "password_wrong"
	DeviceMismatch       Reason = "device_mismatch"
	DeviceTooShort       Reason = "device_too_short"
	Blocklisted          Reason = "blocklisted"
	HoldingPaused        Reason = "holding_paused"
	NothingHeld          Reason = "nothing_held"
	ResetTooSoon         Reason = "reset_too_soon"
	SecondFactorRequired Reason = "second_factor_required"
	SecondFactorWrong    Reason = "second_factor_wrong"
	SecondFactorOn       Reason = "second_factor_on"
	SecondFactorOff      Reason = "second_factor_off"
	SecondFactorLate     Reason = "second_factor_late"
	VariableUnknown      Reason = "variable_unknown"
	VariableFixed        Reason = "variable_fixed"
	FileUnknown          Reason = "file_unknown"
	FileGone             Reason = "file_gone"
	WebhookUnknown       Reason = "webhook_unknown"
	OutsideRefused       Reason = "outside_refused"
	OutsideFailed        Reason = "outside_failed"
	ChannelUnknown       Reason = "channel_unknown"
	ChatTooFast          Reason = "chat_too_fast"
	ChatMuted            Reason = "chat_muted"
	MailUnavailable      Reason = "mail_unavailable"

	// Of what proves who may look after a license, and of credits.
	LicensePasswordWrong Reason = "license_password_wrong"
	AdminPasswordWrong   Reason = "admin_password_wrong"
	SetupKeyWrong        Reason = "setup_key_wrong"
	NoLicensePassword    Reason = "no_license_password"
	NoAdministrator      Reason = "no_administrator"
	NoMailAddress        Reason = "no_mail_address"
	TestRefused          Reason = "test_refused"
	CreditUnknown        Reason = "credit_unknown"
	CreditShort          Reason = "credit_short"
)

type reasonRow struct {
	reason   Reason
	code     Code
	sentence string
}

// reasons is the one place where a reason meets its code and its sentence.
var reasons = []reasonRow{
	{KeyUnknown, NotFound, "no license has this key"},
	{ProductUnknown, NotFound, "no such product"},
	{ProductDisabled, Refused, "the product is disabled"},
	{ProductArchived, Refused, "the product is archived"},
	{LicenseRevoked, Refused, "the license has been revoked"},
	{LicenseSuspended, Refused, "the license is suspended"},
	{LicenseNotStarted, Refused, "the license has not started yet"},
	{LicenseNotActive, Refused, "the license is not active"},
	{LicenseExpired, Refused, "the license has expired"},
	{TrialExpired, Refused, "the trial is over"},
	{MaintenanceExpired, Refused, "the maintenance period is over"},
	{OrderIncomplete, Refused, "the order is not completed"},
	{DeviceRequired, Invalid, "a hardware id is required"},
	{DeviceUnknown, Refused, "this device is not activated"},
	{DeviceBlocked, Refused, "this device is blocked"},
	{DeviceLimit, Refused, "all activations are in use"},
	{TransferLimit, Refused, "the license may not be moved to another device any more"},
	{VMRefused, Refused, "the license may not be used in a virtual machine"},
	{PlaceRefused, Refused, "the license may not be used here"},
	{OfflineRefused, Refused, "the license may not be activated offline"},
	{NotFloating, Refused, "the license has no floating seats"},
	{SeatLimit, Refused, "all floating seats are in use"},
	{SeatNotHeld, Refused, "this device holds no floating seat"},
	{BorrowRefused, Refused, "the license does not allow borrowing"},
	{BorrowEndInvalid, Invalid, "the end of borrowing must lie ahead and within the allowed time"},
	{FeatureUnknown, Refused, "the license does not have this feature"},
	{FeatureExpired, Refused, "the feature has expired"},
	{UsageLimit, Refused, "not enough usage left"},
	{UsageNegative, Refused, "usage cannot be given back on this license"},
	{UsageNotMetered, Refused, "the license is not metered"},
	{TrialRefused, Refused, "the product does not offer trials"},
	{LevelUnknown, Refused, "the license names a level that the product does not have"},
	{RedemptionBlocked, Refused, "the license may not be redeemed"},
	{AlreadyRedeemed, Refused, "the license has already been redeemed"},
	{LicenseUsed, Conflict, "the license is used; extend its user instead"},
	{UserRequired, Invalid, "a license user is required"},
	{UserBanned, Refused, "the user is banned"},
	{UserLimit, Refused, "the license has all the users it may have"},
	{CredentialsWrong, Unauthenticated, "the name or the password is wrong"},
	{LoginLocked, Forbidden, "the account is locked after too many wrong passwords"},
	{AccountDisabled, Forbidden, "the account is disabled"},
	{AddressLocked, Forbidden, "this address is locked after too many wrong attempts"},
	{PasswordWeak, Invalid, "the password does not meet the password policy"},
	{PasswordReused, Invalid, "the password was used recently"},
	{PermissionMissing, Forbidden, "you may not do this"},
	{MaskTooSmall, Invalid, "the mask has too little room for that many keys; add more *"},
	{RequestStale, Unauthenticated, "the date of the request is too far from the server's time"},
	{SignatureBad, Unauthenticated, "the signature does not match"},
	{RateExceeded, Throttled, "too many requests"},
	{StorageFull, Unavailable, "the server's disk is full; nothing was changed"},
	{StorageDown, Unavailable, "the database cannot be reached; nothing was changed"},
	{ServerBusy, Unavailable, "the server is busy; try again shortly"},
	{UserDeviceLimit, Refused, "the user has activated all the devices they may"},
	{VersionUnknown, NotFound, "no such version"},
	{RequestReplayed, Conflict, "this request file was used before; make a new one"},
	{AppKeyUnknown, Unauthenticated, "no app key has this name"},
	{AppKeyRevoked, Unauthenticated, "the app key is revoked"},
	{AppKeyReadOnly, Forbidden, "the app key may only ask, not change"},
	{AppKeyProduct, Forbidden, "the app key is for another product"},
	{TokenExpired, Unauthenticated, "the access token has expired"},
	{TokenMalformed, Unauthenticated, "that is no access token"},
	{PasswordFixed, Forbidden, "users cannot change their passwords here"},
	{EmailRequired, Invalid, "an e-mail address is required"},
	{AuthMethodWrong, Invalid, "the product's users prove their right in another way"},
	{CustomerUnknown, NotFound, "no such customer"},
	{AccountUnknown, NotFound, "no such customer account"},
	{LicensePasswordRequired, Refused, "the license asks for its password"},
}

// applicationReasons are met where an application is asked, and nowhere else.
var applicationReasons = []reasonRow{
	{SessionUnknown, Unauthenticated, "the session is unknown or over; begin a new one"},
	{NotSignedIn, Unauthenticated, "sign in first"},
	{ApplicationUnknown, NotFound, "no such application"},
	{ApplicationDisabled, Refused, "the application is disabled"},
	{ApplicationPaused, Refused, "the application is paused"},
	{VersionOutdated, Refused, "another version of the app is wanted"},
	{ProgramChanged, Refused, "the program is not one that may run"},
	{ProgramTokenRequired, Invalid, "the program must bring its token"},
	{ProgramHashRequired, Invalid, "the program must say the hash of its token's file"},
	{ProgramTokenUnknown, Refused, "the token of the program is unknown"},
	{ProgramTokenBanned, Refused, "the token of the program is banned"},
	{ProgramTokenMoved, Refused, "the token of the program came in another file before"},
	{EncryptionRequired, Invalid, "the session needs a key of the app's"},
	{NameTaken, Conflict, "the name is taken"},
	{NameTooShort, Invalid, "the name is too short"},
	{UserUnknown, NotFound, "no such user"},
	{PasswordWrong, Unauthenticated, "the password is wrong"},
	{DeviceMismatch, Refused, "the user belongs to another machine"},
	{DeviceTooShort, Invalid, "the id of the machine is too short"},
	{Blocklisted, Refused, "this machine or address is kept out"},
	{HoldingPaused, Refused, "what the user holds is paused"},
	{NothingHeld, Refused, "the user holds nothing that has time left"},
	{ResetTooSoon, Refused, "the machine was reset recently"},
	{SecondFactorRequired, Unauthenticated, "the code of the second factor is required"},
	{SecondFactorWrong, Unauthenticated, "the code of the second factor is wrong"},
	{SecondFactorOn, Conflict, "the second factor is on already"},
	{SecondFactorOff, Conflict, "there is no second factor"},
	{SecondFactorLate, Refused, "the second factor was not confirmed in time; begin again"},
	{VariableUnknown, NotFound, "no such variable"},
	{VariableFixed, Refused, "the variable is read only"},
	{FileUnknown, NotFound, "no such file"},
	{FileGone, Refused, "the file is no longer where it was"},
	{WebhookUnknown, NotFound, "no such webhook"},
	{OutsideRefused, Refused, "the address may not be called"},
	{OutsideFailed, Unavailable, "the address did not answer"},
	{ChannelUnknown, NotFound, "no such channel"},
	{ChatTooFast, Refused, "wait before you write again"},
	{ChatMuted, Refused, "you may not write for now"},
	{MailUnavailable, Refused, "no mail can be sent; ask the vendor to set another password"},
}

// secretReasons are met where somebody looks after a license, and nowhere else.
var secretReasons = []reasonRow{
	{LicensePasswordWrong, Forbidden, "the password of the license is wrong"},
	{AdminPasswordWrong, Forbidden, "the password of the license's administrator is wrong"},
	{SetupKeyWrong, Forbidden, "the setup key of the license is wrong"},
	{NoLicensePassword, Invalid, "the license has no password"},
	{NoAdministrator, Invalid, "the license has no administrator: it is for a single user"},
	{NoMailAddress, Invalid, "no e-mail address is known of the license"},
	{TestRefused, Conflict, "the request is valid, and was a test: nothing was done"},
	{CreditUnknown, NotFound, "no such credit"},
	{CreditShort, Refused, "not enough credit is left"},
}

var reasonRows = func() map[Reason]reasonRow {
	m := make(map[Reason]reasonRow, len(reasons)+len(applicationReasons)+len(secretReasons))
	for _, row := range slices.Concat(reasons, applicationReasons, secretReasons) {
		m[row.reason] = row
	}
	return m
}()

// Error returns the reason's own name.
func (r Reason) Error() string { return string(r) }

// Code returns the class this reason belongs to; Internal for a word that is no reason.
func (r Reason) Code() Code {
	if row, ok := reasonRows[r]; ok {
		return row.code
	}
	return Internal
}

// Sentence returns the reason in words that may be shown to anybody.
func (r Reason) Sentence() string { return reasonRows[r].sentence }

// Reasons lists every Reason in the order of its declaration, for tests and tables.
func Reasons() []Reason {
	return slices.Concat(LicenseReasons(), namesOf(applicationReasons), namesOf(secretReasons))
}

// LicenseReasons lists those that a dialect can meet which has neither applications nor secrets of licenses.
func LicenseReasons() []Reason { return namesOf(reasons) }

func namesOf(rows []reasonRow) []Reason {
	out := make([]Reason, len(rows))
	for i, row := range rows {
		out[i] = row.reason
	}
	return out
}
