package license

import (
	"fmt"
)

// explanation puts what a rule found into a sentence, and says what would make it pass.
type explanation func(f *facts, broken bool) (sentence, remedy string)

// explanations has a row for every rule.
var explanations = map[Reason]explanation{
	OrderIncomplete:         said("The order is completed.", "The order of the license is not completed.", "Complete the order."),
	LicenseRevoked:          said("The license is not revoked.", "The license was revoked.", "A revoked license stays so: issue another one."),
	LicenseSuspended:        (*facts).sayStanding,
	AlreadyRedeemed:         (*facts).sayUsed,
	RedemptionBlocked:       (*facts).sayBanned,
	UserRequired:            said("A license user is given.", "No license user is given.", "Say which license user it is for."),
	UserBanned:              (*facts).sayUser,
	ProductArchived:         said("The product is not archived.", "The product is archived.", "Take the product out of the archive."),
	ProductDisabled:         said("The product is enabled.", "The product is disabled.", "Enable the product."),
	LicenseNotStarted:       (*facts).sayStart,
	TrialExpired:            (*facts).sayTrialEnd,
	LicenseExpired:          (*facts).sayEnd,
	DeviceRequired:          (*facts).sayBinding,
	DeviceBlocked:           said("The device is not blocked.", "The device is blocked.", "Unblock the device."),
	PlaceRefused:            (*facts).sayOrigin,
	LicenseNotActive:        (*facts).sayActive,
	DeviceUnknown:           (*facts).sayDevice,
	LicensePasswordRequired: (*facts).sayPassword,
	VMRefused:               (*facts).sayVM,
	OfflineRefused:          (*facts).sayOffline,
	DeviceLimit:             (*facts).sayDevices,
	UserDeviceLimit:         (*facts).sayUserDevices,
	TransferLimit:           (*facts).sayTransfers,
	FeatureUnknown:          (*facts).sayFeature,
	FeatureExpired:          (*facts).sayFeatureEnd,
	NotFloating:             (*facts).sayFloating,
	BorrowRefused:           (*facts).sayBorrow,
	BorrowEndInvalid:        (*facts).sayBorrowEnd,
	SeatLimit:               (*facts).saySeats,
	SeatNotHeld:             (*facts).saySeat,
	UsageNotMetered:         (*facts).sayMeter,
	UsageNegative:           (*facts).sayNegative,
	UsageLimit:              (*facts).sayUnits,
}

// said is the explanation of a rule that has no numbers.
func said(passed, broken, remedy string) explanation {
	return func(_ *facts, is bool) (string, string) {
		if is {
			return broken, remedy
		}
		return passed, ""
	}
}

// subject is what a place, meter or end is of: the license, or the claimed feature.
func (f *facts) subject() string {
	if f.Feature == "" {
		return "The license"
	}
	return fmt.Sprintf("The feature %q", f.Feature)
}

func (f *facts) sayStanding(broken bool) (string, string) {
	switch {
	case !broken:
		return "The license is not suspended.", ""
	case f.License.Standing == Suspended:
		return "The license is suspended.", "Resume the license."
	}
	return "The license is banned, and nobody has used it yet.", "Lift the ban."
}

func (f *facts) sayUsed(broken bool) (string, string) {
	if broken {
		return fmt.Sprintf("The license is used since %s.", f.License.FirstUsedAt), "Redeem another license, or extend the user who holds this one."
	}
	return "Nobody has used the license yet.", ""
}

func (f *facts) sayBanned(broken bool) (string, string) {
	switch {
	case !broken:
		return "The license is neither banned nor suspended.", ""
	case f.License.RedemptionBlocked && f.License.BlockReason != "":
		return fmt.Sprintf("The license is banned: %s", f.License.BlockReason), "Lift the ban."
	case f.License.RedemptionBlocked:
		return "The license is banned.", "Lift the ban."
	}
	return "The license is suspended.", "Resume the license."
}

func (f *facts) sayUser(broken bool) (string, string) {
	switch {
	case f.User == nil:
		return "No license user is concerned.", ""
	case !broken:
		return fmt.Sprintf("The license user %q is not banned.", f.User.Name), ""
	case f.User.BanReason != "":
		return fmt.Sprintf("The license user %q is banned: %s", f.User.Name, f.User.BanReason), "Unban the license user."
	}
	return fmt.Sprintf("The license user %q is banned.", f.User.Name), "Unban the license user."
}

func (f *facts) sayStart(broken bool) (string, string) {
	switch {
	case f.License.NotBefore == 0:
		return "The license has no start date.", ""
	case broken:
		return fmt.Sprintf("The license starts on %s; now it is %s.", f.License.NotBefore, f.now), "Wait until then, or set an earlier start date."
	}
	return fmt.Sprintf("The start date, %s, has come.", f.License.NotBefore), ""
}

func (f *facts) sayTrialEnd(bool) (string, string) {
	if !f.License.Terms.Trial {
		return "The license is no trial.", ""
	}
	return f.endOfLicense("The trial"), "Extend the trial, or issue a license that is none."
}

func (f *facts) sayEnd(bool) (string, string) {
	if f.License.Terms.Trial {
		return "The license is a trial: see the rule above.", ""
	}
	return f.endOfLicense("The license"), "Extend or renew the license."
}

func (f *facts) endOfLicense(what string) string {
	l := &f.License
	end := l.Deadline()
	verb := "ends"
	if l.IsExpired(f.now) {
		verb = "ended"
	}
	switch {
	case end == 0 && l.StartedAt == 0 && !l.Terms.Duration.IsZero():
		return fmt.Sprintf("The time of the license, %s, has not begun.", l.Terms.Duration.Text())
	case end == 0:
		return what + " has no end."
	case end != l.ExpiresAt:
		return fmt.Sprintf("%s has its expiry on %s, and its grace of %d hours %s on %s.", what, l.ExpiresAt, l.Terms.GraceHours, verb, end)
	}
	return fmt.Sprintf("%s %s on %s.", what, verb, end)
}

func (f *facts) sayBinding(broken bool) (string, string) {
	bound, _ := f.Bind(f.License.Terms.Lock)
	switch {
	case !broken && bound.Kind == BoundToHardware:
		return fmt.Sprintf("The device is known by its hardware id, %q.", bound.Value), ""
	case !broken:
		return fmt.Sprintf("The device is known by its address, %s.", bound.Value), ""
	case f.License.Terms.Lock == LockAddress:
		return "The license binds to an address, and none is known.", "Send the address of the device."
	}
	return "The license binds to a hardware id, and none was sent.", "Send the hardware id of the device."
}

func (f *facts) sayActive(broken bool) (string, string) {
	switch {
	case broken:
		return "No device is activated.", "Activate a device."
	case f.License.Activated == 0:
		return "A subscription is active without a device.", ""
	}
	return countOf(f.License.Activated, "device is activated.", "devices are activated."), ""
}

func (f *facts) sayDevice(broken bool) (string, string) {
	switch d := f.Device; {
	case d == nil:
		return "The device is not known on the license.", "Activate the device."
	case broken && d.FreedAt != 0:
		return fmt.Sprintf("The device gave its activation back on %s.", d.FreedAt), "Activate the device again."
	case broken:
		return "The device is known on the license, and not activated.", "Activate the device."
	case d.ActivatedAt == 0:
		return "The device is activated.", ""
	}
	return fmt.Sprintf("The device is activated since %s.", f.Device.ActivatedAt), ""
}

func (f *facts) sayPassword(broken bool) (string, string) {
	switch {
	case f.License.Terms.Password == NoPassword:
		return "The license asks for no password.", ""
	case broken:
		return fmt.Sprintf("The license asks for its password (%s), and none was shown.", f.License.Terms.Password),
			"Show the password, or let the terms ask for none."
	}
	return "The password was right.", ""
}

func (f *facts) sayVM(broken bool) (string, string) {
	switch {
	case broken:
		return "The device is a virtual machine, which the terms refuse.", "Use a real machine, or let the terms allow virtual ones."
	case f.VM:
		return "The device is a virtual machine, which the terms allow.", ""
	}
	return "The device is not said to be a virtual machine.", ""
}

func (f *facts) sayOffline(broken bool) (string, string) {
	switch {
	case broken:
		return "The activation is by file, which the terms refuse.", "Activate online, or let the terms allow files."
	case f.Offline:
		return "The activation is by file, which the terms allow.", ""
	}
	return "The activation is online.", ""
}

func (f *facts) sayDevices(bool) (string, string) {
	n, limit := f.License.Activated, f.License.Terms.Activations
	if limit == None {
		return "The terms allow no activation.", "Allow an activation."
	}
	return ofLimit(n, limit, "activation is taken.", "activations are taken."),
		fmt.Sprintf("Free one of the devices, or allow %d activations.", n+1)
}

func (f *facts) sayUserDevices(bool) (string, string) {
	if f.User == nil {
		return "No license user is concerned.", ""
	}
	return fmt.Sprintf("The license user %q has taken %s", f.User.Name, ofLimit(f.UserDevices, f.License.Terms.UserActivations, "activation.", "activations.")),
		fmt.Sprintf("Free one of the user's devices, or allow each user %d.", f.UserDevices+1)
}

func (f *facts) sayTransfers(bool) (string, string) {
	l := &f.License
	counts := ofLimit(l.Transfers, l.Terms.Transfers, "transfer is used", "transfers are used")
	if l.movesTo(f.Device) {
		return counts + ", and this would be one more.",
			fmt.Sprintf("Activate the device that was freed last, reset the license, or allow %d transfers.", l.Transfers+1)
	}
	return counts + ", and this would be none.", ""
}

func (f *facts) sayFeature(broken bool) (string, string) {
	switch {
	case f.Feature == "":
		return "No feature is claimed.", ""
	case broken:
		return fmt.Sprintf("The feature %q is claimed; the license has %s.", f.Feature, featureList(f.License.Terms)),
			fmt.Sprintf("Add the feature %q to the license or its policy.", f.Feature)
	}
	return fmt.Sprintf("The feature %q is on the license.", f.Feature), ""
}

func (f *facts) sayFeatureEnd(broken bool) (string, string) {
	switch {
	case f.Feature == "":
		return "No feature is claimed.", ""
	case f.Grant == nil || f.Grant.ExpiresAt == 0:
		return f.subject() + " has no end of its own.", ""
	case broken:
		return fmt.Sprintf("%s ended on %s.", f.subject(), f.Grant.ExpiresAt), "Set a later end of the feature, or none."
	}
	return fmt.Sprintf("%s ends on %s.", f.subject(), f.Grant.ExpiresAt), ""
}

func (f *facts) sayFloating(broken bool) (string, string) {
	if broken {
		return f.subject() + " has no floating seats.", "Give it floating seats."
	}
	most, limited := f.place.Seats.Max()
	if !limited {
		return f.subject() + " has floating seats without a limit.", ""
	}
	return fmt.Sprintf("%s has %s.", f.subject(), countOf(most, "floating seat", "floating seats")), ""
}

func (f *facts) sayBorrow(broken bool) (string, string) {
	switch {
	case broken:
		return "The terms do not allow borrowing.", "Let the terms allow borrowing."
	case f.place == nil:
		return "There is nothing to borrow.", ""
	}
	return fmt.Sprintf("A seat may be borrowed for %s.", countOf(f.place.BorrowHours, "hour", "hours")), ""
}

func (f *facts) sayBorrowEnd(bool) (string, string) {
	switch {
	case f.place == nil:
		return "There is nothing to borrow.", ""
	case f.Until == 0:
		return "The longest borrowing is asked for.", ""
	}
	return fmt.Sprintf("The seat is asked for until %s; the latest end is %s.", f.Until, f.longestBorrow()),
		fmt.Sprintf("Ask for an end after %s, at the latest %s.", f.now, f.longestBorrow())
}

func (f *facts) saySeats(bool) (string, string) {
	if f.place == nil {
		return "There are no seats.", ""
	}
	return "Others hold " + ofLimit(f.SeatsTaken, f.place.Seats, "seat.", "seats."),
		fmt.Sprintf("Wait until a seat is given back or its time is over, or allow %d seats.", f.SeatsTaken+1)
}

func (f *facts) saySeat(broken bool) (string, string) {
	switch {
	case f.place == nil:
		return "There are no seats.", ""
	case broken:
		return "The device holds no seat.", "There is nothing to give back."
	}
	return fmt.Sprintf("The device holds a seat until %s.", f.Lease.Until), ""
}

func (f *facts) sayMeter(broken bool) (string, string) {
	if broken {
		return f.subject() + " has no meter.", "Give it usage terms, or count on a feature that has some."
	}
	return f.subject() + " has a meter.", ""
}

func (f *facts) sayNegative(broken bool) (string, string) {
	switch {
	case broken:
		return fmt.Sprintf("%d units are given back, which the terms refuse.", -f.Amount), "Let the terms allow that units are given back."
	case f.Amount < 0:
		return fmt.Sprintf("%d units are given back, which the terms allow.", -f.Amount), ""
	}
	return "Nothing is given back.", ""
}

func (f *facts) sayUnits(bool) (string, string) {
	if f.meter == nil {
		return "There is no meter.", ""
	}
	text := ofLimit(f.total(), f.meter.Max, "unit is used", "units are used")
	if most, limited := f.meter.Overage.Max(); !limited {
		text += ", with any overage"
	} else if most > 0 {
		text += fmt.Sprintf(", with an overage of %d", most)
	}
	if f.meter.Reset != NoReset {
		text += ", counted " + string(f.meter.Reset)
	}
	if f.Reserved > 0 {
		text += fmt.Sprintf("; %s reserved", countOf(f.Reserved, "is", "are"))
	}
	if f.Amount > 0 {
		text += fmt.Sprintf("; %s asked for", countOf(f.Amount, "is", "are"))
	}
	room, limited := f.meter.Allowed().Left(f.total() + f.Reserved)
	if !limited {
		room = max(MaxID-f.total()-f.Reserved, 0)
	}
	remedy := fmt.Sprintf("Allow %d units in all", f.total()+f.Reserved+min(f.Amount, MaxID))
	if !limited {
		remedy = "Reset the license" // No counter goes on beyond MaxID.
	}
	if f.Reserved > 0 {
		remedy += ", settle what is reserved"
	}
	if room > 0 {
		remedy += fmt.Sprintf(", or ask for %d at most", room)
	}
	return text + ".", remedy + "."
}
