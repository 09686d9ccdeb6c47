package office_test

import (
	"strings"
	"testing"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/notify"
	"licet/internal/office"
	"licet/internal/signing"
	"licet/internal/store"
)

// mail stores a mail of the house's tenant.
func (h *house) mail(kind store.MailKind, product license.ProductID) int64 {
	h.t.Helper()
	m := store.Mail{Tenant: h.tenant, Product: product, Kind: kind, Recipient: "ann@x.test", Created: h.now()}
	h.ok(h.store.Write(h.t.Context(), func(tx *store.Tx) error {
		return tx.QueueMail("client", &m, store.MailData{ProductName: "App", LicenseCode: "ABCD-EFGH", Code: "S3CRETC0DE"},
			signing.NewKeyring(signing.MasterKey{1}).Seal)
	}))
	return m.ID
}

func (h *house) member(role identity.Role) identity.Actor {
	a := h.boss
	a.User, a.Role = 2, role
	return a
}

func TestMails(t *testing.T) {
	t.Parallel()
	forEachHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		id := h.mail(store.MailResetCode, 0)
		other := h.mail(store.MailWelcome, 0)

		t.Run("lists_tell_nothing", func(t *testing.T) {
			list, err := h.ListMails(ctx, h.member(identity.ReadOnly), "", office.Page{})
			h.ok(err)
			if len(list) != 2 || list[0].ID != other || list[1].ID != id || list[0].Data != nil || list[1].Data != nil {
				t.Errorf("ListMails = %+v, want both, the newest first, without data", list)
			}
			list, err = h.ListMails(ctx, h.boss, store.MailWaiting, office.Page{Before: other, Limit: 1})
			if h.ok(err); len(list) != 1 || list[0].ID != id {
				t.Errorf("ListMails on = %+v, want the other one", list)
			}
			list, err = h.ListMails(ctx, h.boss, store.MailSent, office.Page{})
			if h.ok(err); len(list) != 0 {
				t.Errorf("ListMails sent = %+v, want none", list)
			}
			_, err = h.ListMails(ctx, h.boss, "lost", office.Page{})
			wantCode(t, "ListMails of a state that is none", err, license.Invalid)
		})
		t.Run("who_may_read", func(t *testing.T) {
			for role, sees := range map[identity.Role]bool{identity.Owner: true, identity.Support: true, identity.ReadOnly: false} {
				v, err := h.ShowMail(ctx, h.member(role), id)
				h.ok(err)
				if v.Words == nil || v.Data != nil || strings.Contains(v.Words.Text+v.Words.HTML, "S3CRETC0DE") != sees || !strings.Contains(v.Words.Text, "ABCD-EFGH") {
					t.Errorf("ShowMail by %s = %+v, want the code: %t", role, v.Words, sees)
				}
			}
			nobody := identity.Actor{Kind: identity.ClientApp, Tenant: h.tenant, Scopes: identity.NewScopes(identity.ReadLicenses)}
			_, err := h.ShowMail(ctx, nobody, id)
			want(t, "ShowMail without the permission", err, license.PermissionMissing)
			stranger := h.boss
			stranger.Tenant++
			_, err = h.ShowMail(ctx, stranger, id)
			wantCode(t, "ShowMail of another tenant", err, license.NotFound)
			_, err = h.RetryMail(ctx, stranger, id)
			wantCode(t, "RetryMail of another tenant", err, license.NotFound)
			_, err = h.RetryMail(ctx, h.member(identity.ReadOnly), id)
			want(t, "RetryMail by one who may only read", err, license.PermissionMissing)
			_, err = h.TestMail(ctx, h.boss, "ann@x.test")
			want(t, "TestMail by an owner", err, license.PermissionMissing)
			_, err = h.TestMail(ctx, operator(), "ann@x.test")
			want(t, "TestMail without a mail server", err, license.MailUnavailable)
		})
		t.Run("again", func(t *testing.T) {
			h.advance(100)
			m, err := h.RetryMail(ctx, h.boss, id)
			if h.ok(err); m.Next != h.now() || m.Data != nil {
				t.Errorf("RetryMail = next %v, want now, and no data", m.Next)
			}
			h.ok(h.store.Write(ctx, func(tx *store.Tx) error { return tx.MarkMailSent(&m, h.now(), "") }))
			_, err = h.RetryMail(ctx, h.boss, id)
			wantCode(t, "RetryMail of one that was sent", err, license.Conflict)
			v, err := h.ShowMail(ctx, h.boss, id)
			if h.ok(err); v.Words != nil || v.State != store.MailSent {
				t.Errorf("ShowMail of one that was sent = %+v, want no words", v)
			}
		})
	})
}

func TestMailTemplates(t *testing.T) {
	t.Parallel()
	forEachHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		app := h.product("app", office.TermsChange{})
		all := office.MailTemplate{Kind: store.MailWelcome, Subject: "Hello from {{.Product}}", Text: "{{.License}}"}
		own := office.MailTemplate{Kind: store.MailWelcome, Product: "app", Subject: "App", Text: "{{.License}}", HTML: "<b>{{.License}}</b>"}
		find := func(product string) office.MailTemplate {
			t.Helper()
			got, err := h.FindMailTemplate(ctx, h.member(identity.ReadOnly), product, store.MailWelcome)
			h.ok(err)
			return got
		}
		if got := find("app"); got.Updated != 0 || got.Text != notify.BuiltIn(store.MailWelcome).Text {
			t.Errorf("FindMailTemplate = %+v, want the built-in one", got)
		}
		h.ok(h.SaveMailTemplate(ctx, h.boss, all))
		if got := find("app"); got.Updated != h.now() || got.Subject != all.Subject || got.Product != "" {
			t.Errorf("FindMailTemplate = %+v, want the tenant's", got)
		}
		h.ok(h.SaveMailTemplate(ctx, h.boss, own))
		if got := find("app"); got.Subject != own.Subject || got.HTML != own.HTML || got.Product != "app" {
			t.Errorf("FindMailTemplate = %+v, want the product's", got)
		}
		r, err := h.PreviewMail(ctx, h.boss, "", store.MailWelcome)
		if h.ok(err); r.Subject != "Hello from Example & Co" || r.Remark != "" || !strings.Contains(r.HTML, "<p>ABCD-EFGH-JKMN-PQRS</p>") {
			t.Errorf("PreviewMail = %+v, want made-up words in it", r)
		}
		id := h.mail(store.MailWelcome, app.ID)
		v, err := h.ShowMail(ctx, h.boss, id)
		if h.ok(err); v.Words.HTML != "<b>ABCD-EFGH</b>" {
			t.Errorf("ShowMail = %+v, want the product's words", v.Words)
		}
		list, err := h.ListMailTemplates(ctx, h.boss)
		if h.ok(err); len(list) != 2 || list[0].Product != "" || list[1].Product != "app" {
			t.Errorf("ListMailTemplates = %+v, want both", list)
		}

		broken := all
		broken.Text = "{{.Nothing}}"
		err = h.SaveMailTemplate(ctx, h.boss, broken)
		if wantCode(t, "SaveMailTemplate of a broken one", err, license.Invalid); license.Describe(err).Field != "text" {
			t.Errorf("SaveMailTemplate = %v, want the field text", err)
		}
		wantCode(t, "SaveMailTemplate of no kind", h.SaveMailTemplate(ctx, h.boss, office.MailTemplate{Kind: "x", Subject: "x", Text: "x"}), license.Invalid)
		own.Product = "nothing"
		want(t, "SaveMailTemplate of no product", h.SaveMailTemplate(ctx, h.boss, own), license.ProductUnknown)
		want(t, "SaveMailTemplate by support", h.SaveMailTemplate(ctx, h.member(identity.Support), all), license.PermissionMissing)
		want(t, "DropMailTemplate by support", h.DropMailTemplate(ctx, h.member(identity.Support), "app", store.MailWelcome), license.PermissionMissing)

		// One that a later release refuses, say, was stored before.
		h.ok(h.store.Write(ctx, func(tx *store.Tx) error {
			return tx.SaveMailTemplate(&store.MailTemplate{Tenant: h.tenant, Product: app.ID, Kind: store.MailWelcome, Subject: "x", Text: "{{range 9}}x{{end}}"})
		}))
		v, err = h.ShowMail(ctx, h.boss, id)
		if h.ok(err); v.Words.Subject != "Welcome to App" || !strings.Contains(v.Words.Remark, "the built-in one was taken") {
			t.Errorf("ShowMail with a broken template = %+v, want the built-in one and a word about it", v.Words)
		}
		h.ok(h.DropMailTemplate(ctx, h.boss, "app", store.MailWelcome))
		wantCode(t, "DropMailTemplate again", h.DropMailTemplate(ctx, h.boss, "app", store.MailWelcome), license.NotFound)
	})
}

func TestMailSenders(t *testing.T) {
	t.Parallel()
	forEachHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		h.product("app", office.TermsChange{})
		for _, bad := range []office.MailSender{
			{Address: "a@x.test\r\nBcc: eve@x.test"}, {Address: "Ann <a@x.test>"}, {Address: "a@x.test, b@x.test"}, {Address: "a@x.test", Name: "A\nBcc: eve@x.test"},
		} {
			wantCode(t, "SaveMailSender "+bad.Address, h.SaveMailSender(ctx, h.boss, bad), license.Invalid)
		}
		want(t, "SaveMailSender by support", h.SaveMailSender(ctx, h.member(identity.Support), office.MailSender{Address: "a@x.test"}), license.PermissionMissing)
		h.ok(h.SaveMailSender(ctx, h.boss, office.MailSender{Address: "all@x.test", Name: "Größe"}))
		h.ok(h.SaveMailSender(ctx, h.boss, office.MailSender{Product: "app", Address: "app@x.test"}))
		for product, address := range map[string]string{"": "all@x.test", "app": "app@x.test"} {
			s, err := h.FindMailSender(ctx, h.boss, product)
			if h.ok(err); s.Address != address || s.Product != product {
				t.Errorf("FindMailSender(%q) = %+v, want %s", product, s, address)
			}
		}
		h.ok(h.SaveMailSender(ctx, h.boss, office.MailSender{Product: "app"}))
		if s, err := h.FindMailSender(ctx, h.boss, "app"); err != nil || s.Address != "all@x.test" || s.Product != "" {
			t.Errorf("FindMailSender after it was taken away = %+v, %v, want the tenant's", s, err)
		}
	})
}
