package signing_test

import (
	"crypto/rand"
	"testing"

	"licet/internal/signing"
)

// A sealed key opens under its master key alone, to the same key each time.
func TestEd25519(t *testing.T) {
	ring := signing.NewKeyring(signing.MasterKey{1})
	sealed, err := ring.NewEd25519(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	a, err := ring.OpenEd25519(sealed)
	if err != nil {
		t.Fatal(err)
	}
	if b, err := ring.OpenEd25519(sealed); err != nil || !a.Equal(b) {
		t.Errorf("OpenEd25519 twice = other keys (%v)", err)
	}
	for name, text := range map[string]string{"other-master": sealed, "cut": sealed[:8], "no-hex": "zz"} {
		from := ring
		if name == "other-master" {
			from = signing.NewKeyring(signing.MasterKey{2})
		}
		if _, err := from.OpenEd25519(text); err == nil {
			t.Errorf("OpenEd25519(%s) = ok, want an error", name)
		}
	}
}
