package license

import (
	"slices"
	"unicode/utf8"
)

// ApplicationUser is a license user of an application.
type ApplicationUser struct {
	LicenseUser
	ByKey        bool     // they came with a license alone, which is their name and their password
	Password     bool     // they have a password; without one the first that they sign in with becomes theirs
	Address      string   // where they signed in from last
	SeenAt       Time     // when; 0 is never
	Email        []byte   // keyed digest of their e-mail address; nil is none
	Roams        bool     // the lock to a machine is not for them
	ResetAfter   Time     // they may reset their machine from then on
	MutedUntil   Time     // in chat
	SecondFactor bool     // they sign in with a code too
	Hardware     []string // machines they sign in from, their own first
	CreatedBy    string   // "" is themselves
}

// CheckHardware refuses a machine that an application does not take at all: DeviceRequired where none is said and one must
// be, DeviceTooShort where its id is too short or too long (keyauth.md §9.7).
func (s *ApplicationSettings) CheckHardware(hardware string) error {
	n := utf8.RuneCountInString(hardware)
	switch {
	case n == 0 && s.ForceHardware:
		return Refuse(DeviceRequired)
	case n == 0:
		return nil
	case n < s.MinHardware:
		return Refuse(DeviceTooShort)
	case n > MaxHardwareID:
		return Invalidf("hwid", "the id of a machine has at most %d characters", MaxHardwareID)
	}
	return nil
}

// BindHardware answers whether a user may sign in from a machine, and whether it becomes theirs by that: the first that
// they sign in from does. Ids are compared whole. It refuses with DeviceMismatch. A machine that is not said passes:
// CheckHardware has refused it where one must be.
func (s *ApplicationSettings) BindHardware(u *ApplicationUser, hardware string) (bind bool, err error) {
	switch {
	case hardware == "" || !s.LockHardware || u.Roams:
		return false, nil
	case len(u.Hardware) == 0:
		return true, nil
	case !slices.Contains(u.Hardware, hardware):
		return false, Refuse(DeviceMismatch)
	}
	return false, nil
}

// CheckName refuses a name that no new user may have: NameTooShort, and Invalid for one that is too long or not printable.
func (s *ApplicationSettings) CheckName(name string) error {
	switch n := utf8.RuneCountInString(name); {
	case n > MaxApplicationName:
		return Invalidf("username", "a name has at most %d characters", MaxApplicationName)
	case n < s.MinName:
		return Refuse(NameTooShort)
	}
	if !printable(name) {
		return Invalidf("username", "a name holds printable characters only")
	}
	return nil
}
