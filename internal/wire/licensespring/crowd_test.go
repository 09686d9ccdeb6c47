package licensespring_test

import (
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"

	"licet/internal/wire/licensespring/lsclient"
)

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

func device(i int) string { return fmt.Sprintf("HW-%02d", i) }

// crowd lets n devices call at once and returns how many were served; the others must be refused with a 4xx.
func (s *scene) crowd(n int, call func(s *scene, device string) lsclient.Answer) int64 {
	s.t.Helper()
	var wg sync.WaitGroup
	var served atomic.Int64
	for i := range n {
		wg.Go(func() {
			switch a := call(s, device(i)); {
			case a.Status == http.StatusOK:
				served.Add(1)
			case a.Err != nil || a.Status < 400 || a.Status >= 500:
				s.t.Errorf("device %d: %s (%v)", i, a, a.Err)
			}
		})
	}
	wg.Wait()
	return served.Load()
}
