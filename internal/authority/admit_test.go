package authority_test

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"

	"licet/internal/license"
)

// What Check saw may be old by the time a device is admitted: then the license is looked at again.
func TestAdmitByWhatIsTrueNow(t *testing.T) {
	forEachWorld(t, func(t *testing.T, w *world) {
		cases := []struct {
			name      string
			meanwhile func(key string)
			want      error
		}{
			{"nothing happened", func(string) {}, nil},
			{"another device took the place", func(key string) { w.activate(key, "HW-0") }, license.DeviceLimit},
			{"the same device was activated", func(key string) { w.activate(key, "HW-1") }, nil},
			{"another device came and went", func(key string) {
				w.activate(key, "HW-0")
				_, err := w.Deactivate(t.Context(), w.ask(key, "HW-0"))
				w.must(err)
			}, nil},
		}
		for _, c := range cases {
			t.Run(c.name, func(t *testing.T) {
				key := w.issue(nil)
				ask := w.ask(key, "HW-1")
				checked, err := w.Check(t.Context(), ask)
				w.must(err)
				c.meanwhile(key)
				got, err := w.Admit(t.Context(), ask, &checked)
				if !errors.Is(err, c.want) {
					t.Fatalf("Admit = %v, want %v", err, c.want)
				}
				if err == nil && (got.License.Activated != 1 || got.Device == nil || got.Device.ID == 0) {
					t.Errorf("admitted: %d activations, device %+v", got.License.Activated, got.Device)
				}
			})
		}
	})
}

func TestAdmitRacing(t *testing.T) {
	const limit, devices = 5, 64
	forEachWorld(t, func(t *testing.T, w *world) {
		key := w.issue(func(terms *license.Terms) { terms.Activations = license.AtMost(limit) })
		var wg sync.WaitGroup
		var in atomic.Int64
		for i := range devices {
			wg.Go(func() {
				ask := w.ask(key, "HW-"+string(rune('A'+i)))
				checked, err := w.Check(t.Context(), ask)
				if err != nil {
					t.Error(err)
					return
				}
				switch _, err := w.Admit(t.Context(), ask, &checked); {
				case err == nil:
					in.Add(1)
				case !errors.Is(err, license.DeviceLimit):
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if in.Load() != limit {
			t.Errorf("%d devices were admitted, want %d", in.Load(), limit)
		}
	})
}
