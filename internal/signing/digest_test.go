package signing_test

import (
	"bytes"
	"testing"

	"licet/internal/signing"
)

func TestEmailDigests(t *testing.T) {
	t.Parallel()
	before := signing.NewKeyring(signing.MasterKey{1})
	after := signing.NewKeyring(signing.MasterKey{2}, signing.MasterKey{1})
	stored := before.EmailDigests(1, "Ann@x.test")[0]
	if got := after.EmailDigests(1, " ann@X.test "); len(got) != 2 || !bytes.Equal(got[1], stored) {
		t.Errorf("EmailDigests with another master key = %x, want %x as the second", got, stored)
	}
	if got := before.EmailDigests(2, "ann@x.test"); bytes.Equal(got[0], stored) {
		t.Error("an address has the same digest in two tenants")
	}
	if got := before.EmailDigests(1, " "); got != nil {
		t.Errorf("EmailDigests of nothing = %x, want none", got)
	}
}
