package platform

import (
	"net/url"
	"slices"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/store"
	"licet/internal/web"
)

func keyGallery() []specimen {
	return slices.Concat(tokenGallery(), appKeyGallery(), signingGallery())
}

func sampleKeyHead(tab string, may bool) keyHead {
	return keyHead{tab: tab, may: may, keys: true, programs: true}
}

func tokenGallery() []specimen {
	product := sampleProduct(1, "studio", "Acme Studio")
	names := map[license.ProductID]string{product.ID: product.Name}
	keys := []office.APIKey{
		{ID: 3, Name: "web shop", Hint: "licet_key_AbC3", Scopes: identity.NewScopes(identity.WriteLicenses, identity.WriteOrders, identity.WriteCustomers, identity.ReadProducts), Created: day(-90), UsedAt: galleryNow.Add(-180e9)},
		{ID: 2, Name: "studio on desktops", Hint: "licet_key_Zz91", Scopes: identity.NewScopes(identity.UseLicenses), Products: []license.ProductID{product.ID}, Created: day(-60), ExpiresAt: day(120)},
		{ID: 1, Name: hostile, Hint: "licet_key_0aBc", Scopes: identity.AllScopes(), Created: day(-400), RevokedAt: day(-30), UsedAt: day(-31)},
		{ID: 4, Name: "last year's build", Hint: "licet_key_7788", Scopes: identity.NewScopes(identity.ReadLicenses), Created: day(-400), ExpiresAt: day(-10)},
	}
	view := func(i int, may bool) *tokenView {
		return &tokenView{APIKey: keys[i], in: url.Values{"name": {keys[i].Name}, "expires": {dayText(keys[i].ExpiresAt)}}, products: names, may: may, now: galleryNow}
	}
	fresh := &newTokenView{in: url.Values{}, has: identity.AllScopes(), products: []office.Product{product, sampleProduct(2, "render", hostile)}}
	wrong := &newTokenView{
		in: url.Values{"name": {hostile}, "use": {"yes"}, "expires": {"2020-01-01"}}, has: identity.Admin.Scopes(),
		faults: web.Faults{"expires": "The expiry lies in the past.", "scopes": "Say what the key may do, for instance licenses:read."},
	}
	return []specimen{
		{name: "keys", title: "API tokens", body: tokensPage(&tokensView{keyHead: sampleKeyHead("", true), list: keys, products: names, first: true, now: galleryNow, next: base + "/keys?before=1"})},
		{name: "keys-reader", title: "API tokens", body: tokensPage(&tokensView{keyHead: sampleKeyHead("", false), list: keys[:1], products: names, first: true, now: galleryNow})},
		{name: "keys-empty", title: "API tokens", body: tokensPage(&tokensView{keyHead: sampleKeyHead("", true), first: true})},
		{name: "key-new", title: "New token", body: newTokenPage(fresh)},
		{name: "key-new-wrong", title: "New token", body: newTokenPage(wrong)},
		{name: "key-made", title: "Your new token", body: tokenMadePage(&keys[0], "licet_key_AbC3exampleexampleexampleexample", "curl -s https://manage.acme.example/v1/me -H \"Authorization: Bearer $TOKEN\"")},
		{name: "key", title: "web shop", body: tokenPage(view(0, true))},
		{name: "key-revoked", title: "Revoked", body: tokenPage(view(2, true))},
		{name: "key-reader", title: "Studio", body: tokenPage(view(1, false))},
	}
}

const samplePEM = "-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAu1SU1LfVLPHCozMxH2Mo\n4lgOEePzNm0tRgeLezV6ffAt0gunVTLw7onLRnrq0/IzW7yWR7QkrmBL7jTKEn5u\n-----END PUBLIC KEY-----\n"

func appKeyGallery() []specimen {
	keys := []office.AppKey{
		{ID: 1, Kind: store.HMACKey, Name: "desktop app", PublicID: "0f9e1b6c-8d2a-4c3b-9a7e-1f2d3c4b5a69", Created: day(-30)},
		{ID: 2, Kind: store.OAuthClient, Name: hostile, PublicID: "client-1a2b3c4d-8d2a-4c3b-9a7e-1f2d3c4b5a69", ReadOnly: true, Product: 1, Created: day(-60)},
		{ID: 3, Kind: store.BasicClient, PublicID: "C0000001", Created: day(-90), RevokedAt: day(-3)},
	}
	products := []web.Option{{Value: "", Label: "every product"}, {Value: "1", Label: "Acme Studio (studio)"}}
	names := map[license.ProductID]string{1: "Acme Studio"}
	list := &appKeysView{keyHead: sampleKeyHead("/apps", true), in: url.Values{}, list: keys, products: products, names: names}
	made := &appKeysView{keyHead: sampleKeyHead("/apps", true), in: url.Values{}, list: keys, products: products, names: names, made: keys[0], secret: "s3cretsecretsecretsecretsecretsecretsecret12", public: samplePEM}
	wrong := &appKeysView{keyHead: sampleKeyHead("/apps", true), in: url.Values{"name": {hostile}}, products: products, faults: web.Faults{"name": "It has 0 to 200 characters."}}
	at := func(path string, may bool) *ofApplication {
		return &ofApplication{keyHead: sampleKeyHead(path, may), path: "/keys" + path, product: "1", app: "Acme Studio", choices: []web.Option{{Value: "1", Label: "Acme Studio"}, {Value: "2", Label: hostile}}, in: url.Values{}}
	}
	none := &ofApplication{keyHead: sampleKeyHead("/sellers", true), path: "/keys/sellers", in: url.Values{}}
	sellers := []store.SellerKey{{ID: 1, Name: "Discord bot", Hint: "…0e0f", Created: day(-30)}, {ID: 2, Name: hostile, Hint: "…11aa", Created: day(-40), RevokedAt: day(-1)}}
	tokens := []store.ProgramToken{
		{Hash: [32]byte{1}, Hint: "…0e0f", Holder: "Bob", FileHash: "d41d8cd98f00b204e9800998ecf8427e", Created: day(-3)},
		{Hash: [32]byte{2}, Hint: "…22bb", Created: day(-2)},
		{Hash: [32]byte{3}, Hint: "…33cc", Holder: hostile, Banned: true, BanReason: hostile, Created: day(-9)},
	}
	return []specimen{
		{name: "keys-apps", title: "App keys", body: appKeysPage(list)},
		{name: "keys-apps-made", title: "App keys", body: appKeysPage(made)},
		{name: "keys-apps-wrong", title: "App keys", body: appKeysPage(wrong)},
		{name: "keys-apps-reader", title: "App keys", body: appKeysPage(&appKeysView{keyHead: sampleKeyHead("/apps", false), list: keys, names: names})},
		{name: "keys-sellers", title: "Seller keys", body: sellerKeysPage(&sellerKeysView{ofApplication: at("/sellers", true), list: sellers, url: "https://manage.acme.example/keyauth/api/seller/"})},
		{name: "keys-sellers-made", title: "Seller keys", body: sellerKeysPage(&sellerKeysView{ofApplication: at("/sellers", true), list: sellers, secret: "000102030405060708090a0b0c0d0e0f", url: "https://manage.acme.example/keyauth/api/seller/"})},
		{name: "keys-sellers-none", title: "Seller keys", body: sellerKeysPage(&sellerKeysView{ofApplication: none})},
		{name: "keys-programs", title: "Program tokens", body: programTokensPage(&programTokensView{ofApplication: at("/programs", true), list: tokens})},
		{name: "keys-programs-empty", title: "Program tokens", body: programTokensPage(&programTokensView{ofApplication: at("/programs", true), secret: "000102030405060708090a0b0c0d0e0f"})},
		{name: "keys-programs-reader", title: "Program tokens", body: programTokensPage(&programTokensView{ofApplication: at("/programs", false), list: tokens})},
	}
}

func signingGallery() []specimen {
	key := func(id int64, purpose store.KeyPurpose, retired int) office.PublicKey {
		k := office.PublicKey{ID: id, Purpose: purpose, Created: day(-200)}
		k.JWK.X, k.JWK.ID = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
		if retired != 0 {
			k.RetiredAt = day(retired)
			k.ListedUntil = k.RetiredAt.Add(purpose.Overlap())
		}
		return k
	}
	full := func(may bool) *signingKeysView {
		return &signingKeysView{
			keyHead: sampleKeyHead("/signing", may), jwks: "https://license.acme.example/.well-known/jwks.json?tenant=acme",
			keys:    []office.PublicKey{key(3, store.NativeAnswerKey, 0), key(1, store.NativeAnswerKey, -10), key(2, store.LicenseFileKey, 0)},
			answers: []*store.SigningKey{{ID: 5, Algorithm: "rsa-2048", Public: samplePEM, Created: day(-10)}, {ID: 4, Algorithm: "rsa-2048", Public: samplePEM, Created: day(-300), RetiredAt: day(-10)}},
			airGap:  "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE", keyAuth: "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
		}
	}
	first := &signingKeysView{keyHead: sampleKeyHead("/signing", true), jwks: full(true).jwks, keys: full(true).keys[2:]}
	return []specimen{
		{name: "keys-signing", title: "Signing keys", body: signingKeysPage(full(true))},
		{name: "keys-signing-first", title: "Signing keys", body: signingKeysPage(first)},
		{name: "keys-signing-reader", title: "Signing keys", body: signingKeysPage(full(false))},
	}
}
