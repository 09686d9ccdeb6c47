// Package browser holds the tests that use Licet's pages as a vendor does: the licet binary serves its demo, and a
// real Chromium signs in, presses buttons and reads what it sees. How, says [licet/internal/testkit/browser].
//
//	s := serve(t)
//	p := s.signIn(t, browser.Options{})
//	p.Press("Licenses")
//	p.WaitURL("/licenses")
//	p.NoFaults()
//
// Each server has a demo of its own, so tests may change what they like, and run at once. LICET_TEST_CHROMIUM=off leaves
// all of them out.
package browser
