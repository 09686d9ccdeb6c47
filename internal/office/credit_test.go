package office_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/store"
)

func TestCredits(t *testing.T) {
	forEachHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		h.product("app", office.TermsChange{})
		sold := office.Ref{ID: h.issue(office.NewLicenses{Product: "app", Customer: "ann@x.test"}).Licenses[0].ID}
		more := office.Ref{ID: h.issue(office.NewLicenses{Product: "app", Customer: "ANN@x.test"}).Licenses[0].ID}
		own := h.license("app")
		for _, c := range []struct {
			ref          office.Ref
			target, name string
			n            int64
		}{{sold, "LICENSE", "pages", 10}, {sold, "license", "pages", 5}, {sold, "Email", "pages", 7}, {own, "LICENSE", "scans", 1}} {
			h.ok(h.AddCredits(ctx, h.boss, c.ref, c.target, c.name, c.n))
		}
		credits := func(what string, ref office.Ref, want ...string) {
			t.Helper()
			list, err := h.ListCredits(ctx, h.boss, ref)
			got := []string{}
			for _, c := range list {
				got = append(got, fmt.Sprint(c.Target, " ", c.Name, " ", c.Amount))
			}
			wantSame(t, "ListCredits "+what, got, err, append([]string{}, want...))
		}
		credits("of the license", sold, "license pages 15", "email pages 7")
		credits("of another of the same buyer", more, "email pages 7")
		credits("of one without a buyer", own, "license scans 1")

		want(t, "AddCredits to nobody", h.AddCredits(ctx, h.boss, own, "EMAIL", "pages", 1), license.NoMailAddress)
		want(t, "AddCredits to no license", h.AddCredits(ctx, h.boss, office.Ref{Key: "NONE"}, "LICENSE", "pages", 1), license.KeyUnknown)
		for field, err := range map[string]error{
			"target": h.AddCredits(ctx, h.boss, sold, "ALL", "pages", 1),
			"name":   h.AddCredits(ctx, h.boss, sold, "LICENSE", "", 1),
			"count":  h.AddCredits(ctx, h.boss, sold, "LICENSE", "pages", 0),
		} {
			wantField(t, "AddCredits", err, field)
		}
		for _, name := range []string{"a", "b", "c"} {
			h.ok(h.AddCredits(ctx, h.boss, sold, "LICENSE", name, 1))
		}
		wantField(t, "AddCredits of a sixth name", h.AddCredits(ctx, h.boss, own, "LICENSE", "d", 1), "name")
		reader := h.boss
		reader.Role = identity.ReadOnly
		want(t, "AddCredits by a reader", h.AddCredits(ctx, reader, sold, "LICENSE", "pages", 1), license.PermissionMissing)
		log, err := h.LicenseHistory(ctx, h.boss, own, office.Page{})
		h.ok(err)
		if got := kinds(log); got != "credits.added license.issued" {
			t.Errorf("LicenseHistory = %s", got)
		}
	})
}

func TestInfoTags(t *testing.T) {
	forEachHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		h.product("app", office.TermsChange{})
		ref, other := h.license("app"), h.license("app")
		first, err := h.AddInfoTag(ctx, h.boss, ref, "first secret")
		h.ok(err)
		h.advance(hour)
		second, err := h.AddInfoTag(ctx, h.boss, ref, strings.Repeat("é", license.MaxInfoTag))
		h.ok(err)
		list, err := h.ListInfoTags(ctx, h.boss, ref, office.Page{})
		wantSame(t, "ListInfoTags", list, err, []store.InfoTag{second, first})
		list, err = h.ListInfoTags(ctx, h.boss, ref, office.Page{Before: second.ID, Limit: 1})
		wantSame(t, "ListInfoTags below the second", list, err, []store.InfoTag{first})
		list, err = h.ListInfoTags(ctx, h.boss, other, office.Page{})
		wantSame(t, "ListInfoTags of another", list, err, nil)

		h.ok(h.store.Read(ctx, func(tx *store.Tx) error {
			stored, err := tx.ListInfoTags(h.tenant, ref.ID, 0, 10)
			if len(stored) != 2 || bytes.Contains(stored[1].Sealed, []byte("secret")) {
				t.Errorf("stored is %d tags, want two, sealed", len(stored))
			}
			return err
		}))
		for _, text := range []string{"", strings.Repeat("x", license.MaxInfoTag+1), "a\x00"} {
			_, err := h.AddInfoTag(ctx, h.boss, ref, text)
			wantField(t, "AddInfoTag", err, "tag")
		}
		log, err := h.LicenseHistory(ctx, h.boss, ref, office.Page{Limit: 1})
		h.ok(err)
		if log[0].Kind != license.InfoTagSet || len(log[0].Data) != 0 {
			t.Errorf("the event is %+v, want nothing of the tag", log[0])
		}
	})
}
