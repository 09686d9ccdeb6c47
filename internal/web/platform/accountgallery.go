package platform

import (
	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/web"
)

func accountGallery() []specimen {
	const firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
	const safari = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1"
	ann := office.User{ID: 7, Email: "ann@example.com", Name: "Ann Example", Created: day(-400)}
	full := accountView{
		User: ann, Name: ann.Name, Current: 1, Tenant: 1, Demands: galleryDemands(),
		Factor: office.SecondFactor{TOTPSince: day(-90), RecoveryLeft: 7, Passkeys: []office.Passkey{
			{ID: 4, Name: "Office laptop", Created: day(-80), Used: day(-1)}, {ID: 5, Name: hostile, Created: day(-2)},
		}},
		Sessions: []office.WebSession{
			{ID: 1, Created: day(-1), Seen: galleryNow, Address: "192.0.2.7", Agent: firefox},
			{ID: 2, Created: day(-3), Seen: day(-1), Address: "2001:db8::51", Agent: safari},
			{ID: 3, Created: day(-5), Seen: day(-2), Address: "198.51.100.4", Agent: hostile},
		},
		Memberships: []office.Membership{
			{Tenant: license.Tenant{ID: 1, Code: "acme", Name: "Acme Software"}, Role: identity.Owner, Since: day(-400)},
			{Tenant: license.Tenant{ID: 2, Code: "umbra", Name: "Umbra Audio GmbH"}, Role: identity.Support, Since: day(-20)},
		},
	}
	few := full
	few.Factor, few.Sessions, few.Memberships = office.SecondFactor{}, full.Sessions[:1], full.Memberships[:1]
	last := few
	last.Factor = office.SecondFactor{TOTPSince: day(-1), RecoveryLeft: 1}
	wrong := few
	wrong.OfPassword = web.Faults{"old": "This is not your password.", "password": "The password must contain a digit."}
	wrong.Name, wrong.OfName = hostile, web.Faults{"name": "Too long."}
	locked := few
	locked.LockedUntil = &lockView{Email: ann.Email, Until: galleryNow.Add(15 * 60 * 1e9)}
	codes := codesView{TOTPStart: office.TOTPStart{Secret: "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXPJBSWY3DP", URI: "otpauth://totp/ann@example.com?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXPJBSWY3DP&issuer=Licet"}}
	wrongCode := codes
	wrongCode.Faults = web.Faults{"code": "This code is wrong, or too old. Is the clock of your phone right?"}
	recovery := []identity.Secret{"7QK2M-4XD91", "TB0PZ-3HN6W", "A1C9R-88KQD", "PM4TX-J2E7Y", "0VH5S-NB6ZL", "K93DW-R7QXA", "YF28C-1TMPE", "6GJ4H-ZS0VB", "DXN7L-52WKR", "QA3PB-9HCTM"}
	return []specimen{
		{name: "account", title: "Your account", body: accountPage(full)},
		{name: "account-new", title: "Your account", body: accountPage(few)},
		{name: "account-last-code", title: "Your account", body: accountPage(last)},
		{name: "account-wrong", title: "Your account", body: accountPage(wrong)},
		{name: "account-locked", title: "Your account", body: accountPage(locked)},
		{name: "account-second-factor", title: "Set up the second factor", body: codesPage(codes)},
		{name: "account-second-factor-wrong", title: "Set up the second factor", body: codesPage(wrongCode)},
		{name: "account-recovery", title: "Recovery codes", body: recoveryPage(recovery, true)},
		{name: "account-plain", title: "Your account", plain: true, body: accountPage(few)},
	}
}
