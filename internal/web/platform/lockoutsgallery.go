package platform

import (
	"time"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
)

func lockoutGallery() []specimen {
	rules := office.LockoutRules{Members: identity.Platform(), Users: identity.Portal(), Addresses: identity.Spraying(), ClientAddresses: identity.Address()}
	locked := []office.Locked{
		{Kind: office.LockedMember, Subject: "dan@example.com", User: 4, Lockout: identity.Lockout{Level: 3, Permanent: true}},
		{Kind: office.LockedUser, Subject: "customer@example.org", Holder: 12, Until: galleryNow.Add(14 * time.Minute), Lockout: identity.Lockout{Level: 1}},
		{Kind: office.LockedUser, Subject: hostile, Product: 5, Until: galleryNow.Add(45 * time.Minute), Lockout: identity.Lockout{Level: 4}},
		{Kind: office.LockedUserAddress, Subject: "192.0.2.7", Product: 5, Until: galleryNow.Add(15 * time.Minute), Lockout: identity.Lockout{Level: 1}},
		{Kind: office.LockedAddress, Subject: "2001:db8::7", Until: day(1), Lockout: identity.Lockout{Level: 1}},
	}
	owner := lockoutsView{Locked: locked, Products: map[license.ProductID]string{5: "Studio"}, Rules: rules, CanMembers: true, CanUsers: true, CanAddresses: true, CanSettings: true}
	support := owner
	support.CanMembers, support.CanAddresses, support.CanSettings = false, false, false
	support.Rules.OwnUsers, support.Rules.Users = true, identity.Classic()
	empty := owner
	empty.Locked = nil
	return []specimen{
		{name: "lockouts", title: "Lockouts", body: lockoutsPage(owner)},
		{name: "lockouts-support", title: "Lockouts", body: lockoutsPage(support)},
		{name: "lockouts-none", title: "Lockouts", body: lockoutsPage(empty)},
	}
}
