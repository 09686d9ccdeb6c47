package platform

import (
	"fmt"
	"net/url"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/store"
	"licet/internal/web"
)

// peopleSampleProducts are made-up products for choices and names.
func peopleSampleProducts() []office.Product {
	return []office.Product{
		{Product: license.Product{ID: 21, Code: "studio", Name: "Studio"}},
		{Product: license.Product{ID: 22, Code: "render-farm", Name: "Render Farm"}},
		{Product: license.Product{ID: 23, Code: "old", Name: "Old Studio", Archived: true}},
	}
}

func userSampleRows() []office.UserRow {
	held := func(name, key string, ends int) office.HeldLicense {
		return office.HeldLicense{Redemption: license.Redemption{License: 11, LevelID: 5, StartedAt: day(-20), ExpiresAt: day(ends)}, Name: name, Key: key, Product: 21, Standing: license.Enabled}
	}
	assigned := office.HeldLicense{Redemption: license.Redemption{License: 12}, Key: "ACME-7QK2-M4XD-91TB", Product: 22, Standing: license.Enabled, Ends: day(200)}
	revoked := assigned
	revoked.Standing = license.Revoked
	paused := held("gold", "", 9)
	paused.PausedAt = day(-1)
	rows := []office.UserRow{
		{LicenseUser: license.LicenseUser{ID: 101, Product: 21, Name: "bob", Created: day(-20)}, OfApplication: true, Seen: day(-1), Held: []office.HeldLicense{held("default", "K-1", 30), held("gold", "K-2", 400)}},
		{LicenseUser: license.LicenseUser{ID: 102, Product: 21, Name: "STUD-99AA-81BC-ZZ01", Created: day(-9)}, OfApplication: true, Seen: day(-2), Held: []office.HeldLicense{held("default", "STUD-99AA-81BC-ZZ01", -1)}},
		{LicenseUser: license.LicenseUser{ID: 103, Name: "ann@customer.example", Email: "ann@customer.example", InitialPassword: true, Created: day(-3)}, Held: []office.HeldLicense{assigned}},
		{LicenseUser: license.LicenseUser{ID: 104, Name: "eve|ACME", Email: "eve@customer.example", Banned: true, BanReason: "shared in a forum", Created: day(-40)}, Held: []office.HeldLicense{revoked, assigned, assigned}, HoldsMore: true},
		{LicenseUser: license.LicenseUser{ID: 105, Product: 22, Name: "carol", Created: day(-60)}, Locked: identity.Lockout{Failures: 5, LockedUntil: day(1)}},
		{LicenseUser: license.LicenseUser{ID: 106, Product: 21, Name: "dave", Created: day(-60)}, OfApplication: true, Seen: day(-33), Held: []office.HeldLicense{paused}},
		{LicenseUser: license.LicenseUser{ID: 107, Product: 999, Name: hostile, Email: hostile, Created: day(-90)}, Held: []office.HeldLicense{{Redemption: license.Redemption{License: 13}, Name: hostile}}},
	}
	return rows
}

func userSampleMember() office.UserPage {
	u := license.LicenseUser{ID: 101, Product: 21, Name: "bob", FirstName: "Bob", LastName: "Builder", Phone: "+49 30 123456", Customer: 31, Created: day(-20)}
	p := office.UserPage{
		LicenseUser: u, Now: galleryNow, Clock: galleryNow, Product: peopleSampleProducts()[0], Customer: license.Customer{ID: 31, Email: "buyer@customer.example"},
		Member: &license.ApplicationUser{
			LicenseUser: u, Password: true, Address: "203.0.113.9", SeenAt: day(-1), Email: []byte{1}, SecondFactor: true,
			Hardware: []string{"S-1-5-21-1004336348-1177238915-682003330-512", "b7c9e1d2-studio-mac"}, ResetAfter: day(3),
		},
		App:    license.Application{Product: 21, Name: "Studio"},
		Levels: []license.Level{{ID: 5, Name: "default", Number: 1}, {ID: 6, Name: "gold", Number: 2}},
		Held: []office.HeldLicense{
			{Redemption: license.Redemption{License: 12, LevelID: 6, StartedAt: day(-5), ExpiresAt: day(400), Added: true}, Name: "gold", Key: "ACME-7QK2-M4XD-91TB", Standing: license.Enabled},
			{Redemption: license.Redemption{License: 11, LevelID: 5, StartedAt: day(-20), ExpiresAt: day(30)}, Name: "default", Standing: license.Enabled},
			{Redemption: license.Redemption{License: 10, LevelID: 5, StartedAt: day(-90), ExpiresAt: day(-60)}, Name: "default", Key: "STUD-99AA-81BC-ZZ01", Standing: license.Enabled},
			{Redemption: license.Redemption{License: 9, LevelID: 6, StartedAt: day(-90)}, Name: "gold", Key: "STUD-0000-0000-0001", Standing: license.Revoked},
		},
		Variables: []store.UserVariable{{Name: "theme", Value: "dark"}, {Name: "plan", Value: "studio-2026\nseats: 4", ReadOnly: true}},
		Sessions: []store.ApplicationSession{
			{IDHash: [32]byte{1}, Address: "203.0.113.9", Created: day(-1), Expires: day(1)}, {IDHash: [32]byte{2}, Address: "2001:db8::1", Created: day(-2), Expires: day(1)},
		},
	}
	return p
}

func userSamplePlain() office.UserPage {
	return office.UserPage{
		LicenseUser: license.LicenseUser{ID: 103, Name: "ann@customer.example", Email: "ann@customer.example", FirstName: "Ann", InitialPassword: true, Created: day(-3)},
		Now:         galleryNow,
		Held: []office.HeldLicense{
			{Redemption: license.Redemption{License: 12, StartedAt: day(-2)}, Key: "ACME-7QK2-M4XD-91TB", Standing: license.Enabled, Ends: day(200)},
			{Redemption: license.Redemption{License: 9}, Standing: license.Suspended, Ends: day(-1)},
		},
	}
}

func userGallery() []specimen {
	products := peopleSampleProducts()
	member, plain := userSampleMember(), userSamplePlain()
	empty := userSampleMember()
	empty.Held, empty.Variables, empty.Sessions, empty.Customer, empty.Levels = nil, nil, nil, license.Customer{}, empty.Levels[:1]
	empty.Member.Hardware, empty.Member.Password, empty.Member.SecondFactor, empty.Member.Email = nil, false, false, nil
	byKey := userSampleMember()
	byKey.Name, byKey.Member.ByKey, byKey.Member.Password = "STUD-99AA-81BC-ZZ01", true, false
	banned := userSamplePlain()
	banned.Banned, banned.BanReason, banned.Locked = true, hostile, identity.Lockout{Failures: 5, Permanent: true}
	evil := userSampleMember()
	evil.Name, evil.FirstName, evil.LastName, evil.App.Name, evil.Product.Name = hostile, hostile, hostile, hostile, hostile
	evil.Member.Hardware, evil.Member.Address, evil.Customer.Email = []string{hostile}, hostile, hostile
	evil.Variables, evil.App.PausedAt = nil, day(-1)
	for i := range 60 {
		evil.Variables = append(evil.Variables, store.UserVariable{Name: fmt.Sprintf("%02d %s", i, hostile), Value: hostile, ReadOnly: i%2 == 0})
	}
	form := func(values url.Values) *userForm { return &userForm{Input: web.NewInput(values), products: products} }
	levels := form(url.Values{"name": {hostile}, "duration": {"x"}})
	levels.product, levels.app, levels.levels = "studio", "Studio", member.Levels
	stored := func(_, stored string) string { return stored }
	user := func(name string, u office.UserPage, write bool) specimen {
		return specimen{name: name, title: u.Name, body: userPage(&userView{UserPage: u, write: write, assign: write})}
	}
	return []specimen{
		{name: "users", title: "Users", body: usersPage(&usersView{rows: userSampleRows(), products: products, write: true, next: 100})},
		{name: "users-read-only", title: "Users", body: usersPage(&usersView{rows: userSampleRows()[:2], products: products, query: url.Values{"before": {"200"}, "q": {"b"}}})},
		{name: "users-empty", title: "Users", body: usersPage(&usersView{products: products, write: true})},
		{name: "users-none-match", title: "Users", body: usersPage(&usersView{products: products, query: url.Values{"q": {hostile}, "customer": {"x"}}, faults: web.Faults{"customer": "There is no such customer."}})},
		{name: "users-look-on", title: "Users", body: usersPage(&usersView{products: products, query: url.Values{"banned": {"yes"}}, next: 100})},
		user("user-of-application", member, true), user("user-of-application-read-only", member, false), user("user-of-application-new", empty, true),
		user("user-by-key", byKey, true), user("user", plain, true), user("user-banned", banned, true), user("user-hostile", evil, true),
		{name: "user-new", title: "New user", body: userNewPage(form(nil), nil)},
		{name: "user-new-wrong", title: "New user", body: userNewPage(form(url.Values{"email": {hostile}}), web.Faults{"email": "That is not an e-mail address.", "": "Something else is wrong."})},
		{name: "user-new-of-application", title: "New user", body: userNewPage(levels, web.Faults{"duration": "Write a whole number."})},
		{name: "user-password", title: "Password", body: userPasswordPage(&byKey, nil)},
		{name: "user-password-weak", title: "Password", body: userPasswordPage(&plain, web.Faults{"password": "It is too short."})},
		{name: "user-password-shown", title: "ann", body: userPasswordShown(&plain.LicenseUser, "Lc1-AAAA-bbbb-CCCC-dddd-EEEE", true)},
		{name: "user-edit", title: "Edit", body: userEditPage(&userEditForm{user: plain, in: stored}, nil)},
		{name: "user-edit-of-application", title: "Edit", body: userEditPage(&userEditForm{user: evil, in: stored}, web.Faults{"name": "There is already one of that name."})},
	}
}
