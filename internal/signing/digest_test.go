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

func TestSecretDigests(t *testing.T) {
	t.Parallel()
	old, now := signing.MasterKey{1}, signing.MasterKey{2}
	before, both := signing.NewKeyring(old).SecretDigests("license/1/2", "CODE"), signing.NewKeyring(now, old).SecretDigests("license/1/2", "CODE")
	if len(before) != 1 || len(both) != 2 || !bytes.Equal(before[0], both[1]) || bytes.Equal(both[0], both[1]) {
		t.Errorf("%d digests and then %d, want one of each key, the current first", len(before), len(both))
	}
	for _, other := range [][2]string{{"license/1/3", "CODE"}, {"license/1/2", "code"}, {"license/1/", "2\x00CODE"}, {"license/1", "/2CODE"}} {
		if got := signing.NewKeyring(old).SecretDigests(other[0], other[1]); bytes.Equal(got[0], before[0]) {
			t.Errorf("%q for %q has the digest of another secret", other[1], other[0])
		}
	}
}
