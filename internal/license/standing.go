package license

// Suspend stops a license for now. Suspending a suspended one changes nothing; a revoked one stays
// revoked and is refused with LicenseRevoked.
func Suspend(l License) (Change, error) { return l.stand(Suspended, LicenseWasSuspended) }

// Resume lets a suspended license work again. A revoked one stays revoked (S3-08).
func Resume(l License) (Change, error) { return l.stand(Enabled, LicenseResumed) }

func (l License) stand(to Standing, kind EventKind) (Change, error) {
	switch l.Standing {
	case Revoked:
		return Change{}, Refuse(LicenseRevoked)
	case to:
		return Change{License: l}, nil
	}
	l.Standing = to
	return Change{License: l, Events: []Event{{Kind: kind, License: l.ID}}}, nil
}

// Revoke ends a license for ever. Revoking a revoked one changes nothing.
func Revoke(l License, why string) Change {
	if l.Standing == Revoked {
		return Change{License: l}
	}
	l.Standing = Revoked
	return Change{License: l, Events: []Event{{Kind: LicenseWasRevoked, License: l.ID, Data: map[string]any{"why": why}}}}
}

// Ban keeps anybody new from redeeming a license (S1-16). Who redeemed it goes on (S1-17), unless
// withUsers is set: then all its users are banned with the same reason (S1-19). Without a user the box
// means nothing and is no error (S1-20).
func Ban(l License, users []LicenseUser, withUsers bool, reason string) Change {
	ch := Change{License: l}
	ch.License.RedemptionBlocked, ch.License.BlockReason = true, reason
	ch.Events = []Event{{Kind: LicenseBanned, License: l.ID, Data: map[string]any{"reason": reason, "with_user": withUsers && len(users) > 0}}}
	if withUsers {
		for _, u := range users {
			ch.addUser(BanUser(u, reason))
		}
	}
	return ch
}

// Unban lifts the ban of a license, and of the users who hold it.
func Unban(l License, users []LicenseUser) Change {
	ch := Change{License: l}
	ch.License.RedemptionBlocked, ch.License.BlockReason = false, ""
	ch.Events = []Event{{Kind: LicenseUnbanned, License: l.ID}}
	for _, u := range users {
		if u.Banned {
			ch.addUser(UnbanUser(u))
		}
	}
	return ch
}

func (c *Change) addUser(of Change) {
	c.Users, c.Events = append(c.Users, of.Users...), append(c.Events, of.Events...)
}

// BanUser keeps a license user from signing in, whatever licenses they hold (S1-18).
func BanUser(u LicenseUser, reason string) Change {
	u.Banned, u.BanReason = true, reason
	return Change{Users: []LicenseUser{u}, Events: []Event{{Kind: UserWasBanned, Subject: int64(u.ID), Data: map[string]any{"reason": reason}}}}
}

// UnbanUser lets a banned license user sign in again.
func UnbanUser(u LicenseUser) Change {
	u.Banned, u.BanReason = false, ""
	return Change{Users: []LicenseUser{u}, Events: []Event{{Kind: UserUnbanned, Subject: int64(u.ID)}}}
}
