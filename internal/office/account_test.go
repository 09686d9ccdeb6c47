package office_test

import (
	"strings"
	"testing"

	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/store"
)

func TestCustomerAccounts(t *testing.T) {
	t.Parallel()
	forEachHouse(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		a, err := h.CreateCustomerAccount(ctx, h.boss, office.NewAccount{Code: "CORP", Issuer: "https://login.corp.test/realm", ClientID: "licet", ClientSecret: "s3cret"})
		h.ok(err)
		h.ok(h.store.Read(ctx, func(tx *store.Tx) error {
			_, sealed, err := tx.FindCustomerAccountByCode(h.tenant, "CORP")
			if strings.Contains(string(sealed), "s3cret") || len(sealed) == 0 {
				t.Errorf("the secret is stored as %q, want it sealed", sealed)
			}
			return err
		}))
		list, err := h.ListCustomerAccounts(ctx, h.boss, office.Page{})
		if err != nil || len(list) != 1 || list[0] != a || a.Name != "CORP" {
			t.Errorf("ListCustomerAccounts = %+v, %v, want %+v", list, err, a)
		}
		_, err = h.CreateCustomerAccount(ctx, h.boss, office.NewAccount{Code: "CORP"})
		wantCode(t, "CreateCustomerAccount again", err, license.Conflict)
		for what, n := range map[string]office.NewAccount{
			"no code": {}, "plain http": {Code: "X1", Issuer: "http://login.corp.test", ClientID: "licet"},
			"a question": {Code: "X1", Issuer: "https://login.corp.test?a=b", ClientID: "licet"}, "no client": {Code: "X1", Issuer: "https://login.corp.test"},
			"no issuer": {Code: "X1", ClientID: "licet"}, "a password": {Code: "X1", Issuer: "https://a:b@login.corp.test", ClientID: "licet"},
		} {
			_, err := h.CreateCustomerAccount(ctx, h.boss, n)
			wantCode(t, "CreateCustomerAccount with "+what, err, license.Invalid)
		}
		_, err = h.CreateCustomerAccount(ctx, h.boss, office.NewAccount{Code: "LOCAL", Issuer: "http://127.0.0.1:8080", ClientID: "licet"})
		h.ok(err)
	})
}
