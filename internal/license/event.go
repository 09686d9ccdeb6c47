package license

// EventKind names a fact. Kinds are part of the product's public face: they are never renamed.
type EventKind string

const (
	LicenseIssued       EventKind = "license.issued"
	LicenseExtended     EventKind = "license.extended"
	LicenseRenewed      EventKind = "license.renewed"
	LicenseWasSuspended EventKind = "license.suspended"
	LicenseResumed      EventKind = "license.resumed"
	LicenseWasRevoked   EventKind = "license.revoked"
	LicenseBanned       EventKind = "license.banned"
	LicenseUnbanned     EventKind = "license.unbanned"
	LicenseReset        EventKind = "license.reset"
	LicenseNoted        EventKind = "license.noted"
	LicenseChanged      EventKind = "license.changed"
	LicenseReleased     EventKind = "license.released"
	LicenseRedeemed     EventKind = "license.redeemed"
	LicenseAssigned     EventKind = "license.assigned"   // to a user, who has not used it yet
	LicenseUnassigned   EventKind = "license.unassigned" // taken from a user
	DeviceActivated     EventKind = "device.activated"
	DeviceDeactivated   EventKind = "device.deactivated"
	DeviceWasBlocked    EventKind = "device.blocked"
	DeviceUnblocked     EventKind = "device.unblocked"
	SeatTaken           EventKind = "seat.taken"
	SeatBorrowed        EventKind = "seat.borrowed"
	SeatReleased        EventKind = "seat.released"
	UsageRecorded       EventKind = "usage.recorded"
	UsageReserved       EventKind = "usage.reserved"
	UsageReleased       EventKind = "usage.released"
	RedemptionExtended  EventKind = "redemption.extended"
	UserCreated         EventKind = "user.created"
	UserWasBanned       EventKind = "user.banned"
	UserUnbanned        EventKind = "user.unbanned"
	OrderCreated        EventKind = "order.created"
	OrderWasCompleted   EventKind = "order.completed"
	OrderWasCancelled   EventKind = "order.cancelled"
	OrderWasRefunded    EventKind = "order.refunded"
	OrderChanged        EventKind = "order.changed"
	ProductCreated      EventKind = "product.created"
	ProductChanged      EventKind = "product.changed"
	PolicyCreated       EventKind = "policy.created"
	PolicyChanged       EventKind = "policy.changed"
	CustomerCreated     EventKind = "customer.created"
	AccountCreated      EventKind = "account.created"
	AccountChanged      EventKind = "account.changed"
	CustomerChanged     EventKind = "customer.changed"
	CustomerDropped     EventKind = "customer.dropped"
	TenantCreated       EventKind = "tenant.created"
	MemberAdded         EventKind = "member.added"
	MemberChanged       EventKind = "member.changed" // a new role, a removal, an account switched off or on
	SettingChanged      EventKind = "setting.changed"
	KeyCreated          EventKind = "key.created"
	KeyRevoked          EventKind = "key.revoked"
	AppKeyCreated       EventKind = "app_key.created"
	AppKeyWasRevoked    EventKind = "app_key.revoked"
	AirGapKeyCreated    EventKind = "air_gap_key.created"
	AnswerKeyCreated    EventKind = "answer_key.created" // the key pair that answers are signed with from now on
	LoginWasLocked      EventKind = "login.locked"
	LoginUnlocked       EventKind = "login.unlocked"
	PasswordChanged     EventKind = "password.changed"

	// Of applications.
	ApplicationCreated  EventKind = "application.created"
	ApplicationChanged  EventKind = "application.changed"
	LevelCreated        EventKind = "level.created"
	LevelChanged        EventKind = "level.changed"
	LevelDropped        EventKind = "level.dropped"
	SellerKeyCreated    EventKind = "seller_key.created"
	SellerKeyRevoked    EventKind = "seller_key.revoked"
	LicenseDropped      EventKind = "license.dropped"
	UserChanged         EventKind = "user.changed"
	UserDropped         EventKind = "user.dropped"
	UserRenamed         EventKind = "user.renamed"
	HardwareBound       EventKind = "user.hardware_bound"
	HardwareReset       EventKind = "user.hardware_reset"
	SecondFactorSet     EventKind = "user.second_factor"
	BlockAdded          EventKind = "block.added"
	BlockDropped        EventKind = "block.dropped"
	VariableSaved       EventKind = "variable.saved"
	VariableDropped     EventKind = "variable.dropped"
	FileSaved           EventKind = "file.saved"
	FileDropped         EventKind = "file.dropped"
	WebhookSaved        EventKind = "webhook.saved"
	WebhookDropped      EventKind = "webhook.dropped"
	ChannelSaved        EventKind = "channel.saved"
	ChannelDropped      EventKind = "channel.dropped"
	UserMuted           EventKind = "user.muted"
	SessionsEnded       EventKind = "sessions.ended"
	LogsDropped         EventKind = "logs.dropped"
	ButtonSaved         EventKind = "button.saved"
	ButtonDropped       EventKind = "button.dropped"
	StaffSaved          EventKind = "staff.saved"
	StaffDropped        EventKind = "staff.dropped"
	ProgramTokenMade    EventKind = "program_token.created"
	ProgramTokenChanged EventKind = "program_token.changed"
	RedemptionDropped   EventKind = "redemption.dropped"
	RedemptionPaused    EventKind = "redemption.paused"

	// Of what proves who may look after a license, of credits and of mail.
	LicensePasswordSet  EventKind = "license.password_set"
	AdminPasswordSet    EventKind = "license.admin_password_set"
	SetupKeyMade        EventKind = "license.setup_key_made"
	ResetCodeMade       EventKind = "license.reset_code_made"
	ActivationChanged   EventKind = "license.activation_changed"
	InfoTagSet          EventKind = "license.info_tag_set"
	CreditsAdded        EventKind = "credits.added"
	CreditsSpent        EventKind = "credits.spent"
	AddressWasLocked    EventKind = "address.locked"
	AddressUnlocked     EventKind = "address.unlocked"
	MailQueued          EventKind = "mail.queued"
	MailSent            EventKind = "mail.sent"
	MailFailed          EventKind = "mail.failed"
	MailTemplateSaved   EventKind = "mail_template.saved"
	MailTemplateDropped EventKind = "mail_template.dropped"
	MailSenderSaved     EventKind = "mail_sender.saved"

	// Of keys of programs, and of the addresses that licenses are used from.
	KeyChanged         EventKind = "key.changed"
	AddressRuleCreated EventKind = "address_rule.created"
	AddressRuleChanged EventKind = "address_rule.changed"
	AddressRuleDropped EventKind = "address_rule.dropped"
	AddressReported    EventKind = "address.reported" // a license is used from where a rule does not want it, and goes on

	// Of keys that answers, license files and webhooks are checked with.
	SigningKeyCreated EventKind = "signing_key.created" // it signs from now on
	SigningKeyDropped EventKind = "signing_key.dropped" // it was retired, and now nobody is told of it any more
	LicenseFileIssued EventKind = "license.file_issued"

	// Of addresses that are told of events.
	WebhookEndpointCreated  EventKind = "webhook_endpoint.created"
	WebhookEndpointChanged  EventKind = "webhook_endpoint.changed"
	WebhookEndpointEnabled  EventKind = "webhook_endpoint.enabled"
	WebhookEndpointDisabled EventKind = "webhook_endpoint.disabled" // also by itself, after failures
	WebhookEndpointReplayed EventKind = "webhook_endpoint.replayed" // events are sent again
	WebhookEndpointDropped  EventKind = "webhook_endpoint.dropped"
	WebhookSecretRotated    EventKind = "webhook_endpoint.secret_rotated"

	// Of people who work for vendors, and how they sign in.
	LoginSucceeded      EventKind = "login.succeeded"
	LoginEnded          EventKind = "login.ended" // other browsers were signed out
	FactorEnabled       EventKind = "second_factor.enabled"
	FactorDisabled      EventKind = "second_factor.disabled"
	FactorReset         EventKind = "second_factor.reset" // by the operator, with all passkeys
	RecoveryCodesMade   EventKind = "second_factor.recovery_codes"
	PasskeyAdded        EventKind = "passkey.added"
	PasskeyDropped      EventKind = "passkey.dropped"
	PasswordResetAsked  EventKind = "password.reset_asked"
	MemberRenamed       EventKind = "member.renamed"
	InvitationMade      EventKind = "invitation.created"
	InvitationWithdrawn EventKind = "invitation.withdrawn"
	InvitationAccepted  EventKind = "invitation.accepted"
)

// Event is a fact. Every change leaves at least one, stored in the same transaction: that row is
// the audit log, the outbox of webhooks and mails, and the history that screens show.
type Event struct {
	Kind    EventKind
	License LicenseID      // the license it is about; 0 when none
	Subject int64          // identity of the other thing it is about: device, order, product, user; 0 when none
	Data    map[string]any // what changed, in words and numbers; never a secret
}

// StoredEvent is an event as it was recorded.
type StoredEvent struct {
	ID     EventID
	Tenant TenantID
	At     Time
	Actor  string // who did it, for the audit log
	Event
}
