package license

// Assign lets a user hold a license that already has so many; held is how the user holds it already, nil when not.
// Then nothing changes.
//
// It refuses with LicenseRevoked, RedemptionBlocked for a license that is banned (S1-16), and UserLimit.
func Assign(l License, u LicenseUser, users int64, held *Redemption) (Change, error) {
	switch {
	case l.Standing == Revoked:
		return Change{}, Refuse(LicenseRevoked)
	case held != nil:
		return Change{License: l}, nil
	case l.RedemptionBlocked:
		return Change{}, Refuse(RedemptionBlocked)
	case !l.Terms.Users.Allows(users + 1):
		return Change{}, Refuse(UserLimit)
	}
	return Change{
		License: l, Redemptions: []Redemption{{License: l.ID, User: u.ID, Level: l.Terms.Level}},
		Events: []Event{{Kind: LicenseAssigned, License: l.ID, Subject: int64(u.ID), Data: map[string]any{"name": u.Name, "users": users + 1}}},
	}, nil
}

// Unassigned is the license once a user no longer holds it. That the user's devices are freed first, each with
// FreeDevice, and that the redemption goes, is the caller's work.
func Unassigned(l License, u LicenseUser, freed int) Change {
	return Change{License: l, Events: []Event{{Kind: LicenseUnassigned, License: l.ID, Subject: int64(u.ID),
		Data: map[string]any{"name": u.Name, "freed": freed}}}}
}
