package licensespring_test

import (
	"context"
	"net/http"
	"sync"
	"testing"

	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/signing"
	"licet/internal/wire"
	"licet/internal/wire/licensespring"
	"licet/internal/wire/rmz"
	"licet/internal/wire/wiretest"
)

// Signing is the dearest thing the server does. A flood of answers that nobody has been given yet takes its turn:
// those who find the queue full are told to come again, and the other doors answer as ever.
func TestFloodOfSignatures(t *testing.T) {
	t.Parallel()
	forEachScene(t, func(s *scene) {
		const callers, rounds = 64, 3
		signer := signing.NewSigner(signing.SignerOptions{Concurrent: 1, Waiting: 8})
		both := http.NewServeMux()
		for _, d := range []wire.Door{
			licensespring.New(licensespring.Deps{Authority: s.Authority, Now: s.Now, Signer: signer}),
			rmz.New(rmz.Deps{Authority: s.Authority, Keyring: s.Keyring, Now: s.Now}),
		} {
			d.Attach(both, d.Path)
		}
		s.Open(s.t, both)
		s.c.HTTP = s.Client(s.t, "")
		key := s.sold("FLOOD", func(c *office.TermsChange) { c.Activations = ptr(license.Unlimited) })
		p, err := s.Office.FindProduct(s.t.Context(), s.Operator, "FLOOD")
		s.ok(err)

		flood, end := context.WithCancel(s.t.Context())
		var wg sync.WaitGroup
		var mu sync.Mutex
		answers := map[int]int{}
		for i := range callers {
			wg.Go(func() {
				for n := 0; flood.Err() == nil; n++ {
					a := s.post("activate_license", asks("FLOOD", key, device(i*1_000_000+n)))
					mu.Lock()
					answers[a.Status]++
					mu.Unlock()
					if a.Status == http.StatusServiceUnavailable && a.Header.Get("Retry-After") == "" {
						s.t.Error("503 without Retry-After")
					}
				}
			})
		}
		for range rounds * 10 {
			got := s.Send(s.t, wiretest.JSON("/rmz/verify", `{"product_id":`+itoa(p.Number)+`,"license_key":"`+key+`","hwid":"quiet"}`))
			if got.Status != http.StatusOK {
				s.t.Errorf("the other door answers %d: %s", got.Status, got.Body)
			}
		}
		end()
		wg.Wait()
		if answers[http.StatusOK] == 0 {
			s.t.Error("the flood got no answer at all")
		}
		for status, n := range answers {
			if status != http.StatusOK && status != http.StatusServiceUnavailable {
				s.t.Errorf("%d answers of the flood were %d", n, status)
			}
		}
	})
}
