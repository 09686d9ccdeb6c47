package license

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
}

var reasonRows = func() map[Reason]reasonRow {
	m := make(map[Reason]reasonRow, len(reasons))
	for _, row := range reasons {
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
	out := make([]Reason, len(reasons))
	for i, row := range reasons {
		out[i] = row.reason
	}
	return out
}
