package platform

import (
	"time"

	"licet/internal/identity"
	"licet/internal/office"
	"licet/internal/web"
)

func teamGallery() []specimen {
	person := func(id int64, name, email string, role identity.Role) memberRow {
		return memberRow{Member: office.Member{Tenant: 1, Role: role, Since: day(-int(id) * 30), User: office.User{Email: email, Name: name, Created: day(-int(id) * 31)}}}
	}
	ann, bob, cleo, dan := person(9, "Ann Example", "ann@example.com", identity.Owner), person(4, "Bob Baker", "bob@example.com", identity.Support), person(2, hostile, "cleo@example.com", identity.Admin), person(1, "", "dan@example.com", identity.ReadOnly)
	ann.Self, ann.Seen = true, galleryNow
	bob.Seen, bob.Locked = day(-1), &office.Locked{Kind: office.LockedMember, Subject: bob.User.Email, Until: galleryNow.Add(15 * time.Minute)}
	cleo.User.Disabled = true
	dan.Locked = &office.Locked{Kind: office.LockedMember, Subject: dan.User.Email}
	invitations := []office.Invitation{
		{ID: 1, Email: "eve@example.com", Role: identity.Support, By: "ann@example.com", Created: day(-1), Expires: day(6)},
		{ID: 2, Email: hostile, Role: identity.Admin, By: hostile, Created: day(-2), Expires: day(5)},
	}
	full := teamView{Members: []memberRow{ann, bob, cleo, dan}, Invitations: invitations, CanWrite: true, First: true}
	reader := full
	reader.CanWrite = false
	roles := []identity.Role{identity.Support, identity.ReadOnly, identity.Admin, identity.Owner}
	of := func(m memberRow) memberView {
		return memberView{memberRow: m, Tenant: "Acme Software", Roles: roles, CanWrite: true, CanUnlock: true}
	}
	helpless := of(dan)
	helpless.CanWrite, helpless.CanUnlock = false, false
	return []specimen{
		{name: "team", title: "Team", body: teamPage(full)},
		{name: "team-reader", title: "Team", body: teamPage(reader)},
		{name: "team-alone", title: "Team", body: teamPage(teamView{Members: []memberRow{ann}, CanWrite: true, First: true})},
		{name: "team-member", title: "Bob Baker", body: memberPage(of(bob))},
		{name: "team-member-self", title: "Ann Example", body: memberPage(of(ann))},
		{name: "team-member-disabled", title: "Cleo", body: memberPage(of(cleo))},
		{name: "team-member-reader", title: "dan@example.com", body: memberPage(helpless)},
		{name: "team-invite", title: "Invite a colleague", body: invitePage(inviteView{Role: identity.Support, Roles: roles, Mails: true})},
		{name: "team-invite-wrong", title: "Invite a colleague", body: invitePage(inviteView{Email: hostile, Role: identity.Admin, Roles: roles, Faults: web.Faults{"email": "This is not an e-mail address."}})},
		{name: "team-invited", title: "Pass this link on", body: invitedPage(invitations[0], "https://licenses.example.com/platform/invitation?token=licet_inv_abc")},
	}
}
