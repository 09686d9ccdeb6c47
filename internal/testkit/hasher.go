package testkit

import (
	"crypto/rand"
	"time"

	"licet/internal/identity"
)

// Hasher gives a light hasher that waits for its turn however slow the machine is.
func Hasher() *identity.Hasher {
	h := identity.NewHasher(2, rand.Reader)
	h.Light, h.MaxWait = true, 5*time.Minute
	return h
}
