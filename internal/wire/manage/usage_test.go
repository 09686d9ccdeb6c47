package manage

import (
	"net/http"
	"testing"

	"licet/internal/identity"
	"licet/internal/office"
	"licet/internal/store"
	"licet/internal/wire/api/apitest"
)

func TestS0_01_Usage(t *testing.T) {
	t.Parallel()
	forEachStore(t, func(t *testing.T, s *apitest.Site, db *store.Store) {
		if _, err := s.Office.SaveSetting(t.Context(), s.Operator, office.Setting{Name: "api.allowance", Value: "1000"}); err != nil {
			t.Fatal(err)
		}
		if err := db.Write(t.Context(), func(tx *store.Tx) error { return tx.AddUsage(s.Operator.Tenant, "2026-03", 1250) }); err != nil {
			t.Fatal(err)
		}
		shown := s.Get(t, "/v1/usage?months=2").Want(200)
		if shown.Len("months") != 2 || shown.Text("months.0.calls") != "1250" || shown.Text("months.1.month") != "2026-02" ||
			shown.At("percent") != 125.0 || shown.Text("over") != "true" || shown.Text("allowance") != "1000" {
			t.Errorf("the usage is %s", shown.Raw)
		}
		s.Do(t, apitest.Call{Method: http.MethodGet, Path: "/v1/usage?months=37", Wild: true}).Refused(400, "months")
		token := s.NewToken(t, identity.NewScopes(identity.ReadOrders))
		s.Do(t, apitest.Call{Method: http.MethodGet, Path: "/v1/usage", Token: token}).Refused(403, "permission_missing")
	})
}
