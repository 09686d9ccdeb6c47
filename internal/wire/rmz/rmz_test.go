package rmz

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"

	"licet/internal/authority"
	"licet/internal/license"
	"licet/internal/store"
	"licet/internal/testkit"
	"licet/internal/wire"
	"licet/internal/wire/wiretest"
)

// open is the door as a server opens it.
func open(w *wiretest.World) wire.Door { return New(deps(w)) }

func deps(w *wiretest.World) Deps {
	return Deps{Authority: w.Authority, Keyring: w.Keyring, Now: w.Now, Rate: DefaultRate}
}

// unbraked is the door without a limit on calls.
func unbraked(w *wiretest.World) wire.Door {
	d := deps(w)
	d.Rate = wire.Rate{}
	return New(d)
}

// example is the state that most cases of the contract begin with (§16).
const exampleState = `
	product demo "My Script Pro" lock=hwid activations=3 plan=annually
	license K of demo`

// verify asks for a device.
func verify(t *testing.T, w *wiretest.World, hwid string) wiretest.Answer {
	t.Helper()
	return w.Send(t, wiretest.JSON("/rmz/verify", `{"product_id":$demo,"license_key":"K","hwid":"`+hwid+`"}`))
}

// TestCases runs the cases of the contract that one caller can play: testdata/<id>.txtar.
func TestCases(t *testing.T) {
	t.Parallel()
	testkit.ForEachDB(t, func(t *testing.T, db func(testing.TB) *store.Store) {
		wiretest.Cases(t, db(t), "testdata", open)
	})
}

func TestErrorTable(t *testing.T) {
	t.Parallel()
	wiretest.ErrorTable(t, Errors)
}

// TestRaces plays the cases with many callers at once.
func TestRaces(t *testing.T) {
	t.Parallel()
	testkit.ForEachDB(t, func(t *testing.T, db func(testing.TB) *store.Store) {
		s := db(t)
		for _, tt := range []struct {
			name         string
			limit, calls int
			hwid         string // "" is another one for each call
			served       int
			stored       string
		}{
			{"R45_one_place_twenty_devices", 1, 20, "", 1, "1"},
			{"R46_one_device_twenty_times", 1, 20, "machine-A", 20, "1"},
			{"five_places_sixty-four_devices", 5, 64, "", 5, "5"},
		} {
			t.Run(tt.name, func(t *testing.T) {
				t.Parallel()
				w := wiretest.New(t, s, unbraked)
				w.Run(t, `product demo "My Script Pro" lock=hwid activations=`+strconv.Itoa(tt.limit)+"\nlicense K of demo")
				var wg sync.WaitGroup
				answers := make([]wiretest.Answer, tt.calls)
				for i := range tt.calls {
					wg.Go(func() {
						hwid := tt.hwid
						if hwid == "" {
							hwid = "machine-" + strconv.Itoa(i)
						}
						answers[i] = verify(t, w, hwid)
					})
				}
				wg.Wait()
				served := 0
				for _, a := range answers {
					switch {
					case a.Status == http.StatusOK:
						served++
					case a.Status != http.StatusTooManyRequests || !strings.Contains(a.Body, `"ACTIVATION_LIMIT"`):
						t.Errorf("verify = %d %s, want 200 or ACTIVATION_LIMIT", a.Status, a.Body)
					}
				}
				if served != tt.served {
					t.Errorf("%d of %d calls were served, want %d", served, tt.calls, tt.served)
				}
				w.Run(t, "count K "+tt.stored)
			})
		}
	})
}

// TestSuspendedBetweenCheckAndActivation: what happens after the check is seen by the activation.
func TestSuspendedBetweenCheckAndActivation(t *testing.T) {
	t.Parallel()
	testkit.ForEachDB(t, func(t *testing.T, db func(testing.TB) *store.Store) {
		w := wiretest.New(t, db(t), nil)
		d := newDoor(deps(w))
		d.activate = func(ctx context.Context, r authority.Request, checked *authority.Answer) (authority.Answer, error) {
			w.Run(t, "suspend K")
			return w.Authority.Admit(ctx, r, checked)
		}
		w.Open(t, d.open().Handler())
		w.Run(t, exampleState)
		if got := verify(t, w, "A"); got.Status != http.StatusForbidden || !strings.Contains(got.Body, "LICENSE_SUSPENDED") {
			t.Errorf("verify = %d %s, want LICENSE_SUSPENDED", got.Status, got.Body)
		}
		w.Run(t, "count K 0")
	})
}

// TestHostileInput sends what no client should: it is the client's fault in each answer, and in the
// dialect's own form.
func TestHostileInput(t *testing.T) {
	t.Parallel()
	w := wiretest.New(t, testkit.OpenSQLite(t), unbraked)
	w.Run(t, exampleState)
	send := func(t *testing.T, body, contentType string, status int) {
		t.Helper()
		got := w.Send(t, wiretest.Request{Method: http.MethodPost, Path: "/rmz/verify", Body: body,
			Header: http.Header{"Content-Type": {contentType}}})
		var answer struct {
			Success *bool
			Error   string
			Message string
			Errors  map[string][]string
		}
		err := json.Unmarshal([]byte(got.Body), &answer)
		if got.Status != status || err != nil || answer.Success == nil || *answer.Success || answer.Error != "VALIDATION_ERROR" ||
			answer.Message != "The given data was invalid." || len(answer.Errors) == 0 {
			t.Errorf("answer = %d %s, want %d and a complaint", got.Status, got.Body, status)
		}
	}
	for _, tt := range hostile {
		t.Run(tt.name, func(t *testing.T) {
			status := http.StatusUnprocessableEntity
			if len(tt.body) > maxBody {
				status = http.StatusRequestEntityTooLarge
			}
			send(t, tt.body, tt.contentType, status)
		})
	}
	t.Run("ten_megabytes", func(t *testing.T) {
		send(t, `{"product_id":1,"license_key":"`+strings.Repeat("K", 10<<20)+`"}`, jsonBody, http.StatusRequestEntityTooLarge)
	})
	w.Run(t, "count K 0")
}

// TestFaults: a fault of ours says so and nothing else, and is never a licensing decision.
func TestFaults(t *testing.T) {
	t.Parallel()
	t.Run("database_gone", func(t *testing.T) {
		t.Parallel()
		s := testkit.OpenSQLite(t)
		w := wiretest.New(t, s, open)
		w.Run(t, exampleState)
		s.Close()
		got := verify(t, w, "A")
		if got.Status != http.StatusServiceUnavailable || got.Body != `{"message":"Service Unavailable"}` || got.Header.Get("Retry-After") != "1" {
			t.Errorf("verify = %d %s, Retry-After %q, want 503 and when to try again", got.Status, got.Body, got.Header.Get("Retry-After"))
		}
	})
	t.Run("wrong_master_key", func(t *testing.T) {
		t.Parallel()
		w := wiretest.New(t, testkit.OpenSQLite(t), nil)
		d := deps(w)
		d.Keyring = nil
		w.Open(t, New(d).Handler())
		w.Run(t, exampleState+"\ne2ee demo on")
		if got := verify(t, w, "A"); got.Status != http.StatusInternalServerError || got.Body != `{"message":"Server Error"}` {
			t.Errorf("verify = %d %s, want 500 in clear", got.Status, got.Body)
		}
	})
}

// TestRootOfAHost: where the door is the root of a host, clients of RMZ need another host name only.
func TestRootOfAHost(t *testing.T) {
	t.Parallel()
	w := wiretest.New(t, testkit.OpenSQLite(t), nil)
	mux := http.NewServeMux()
	door := open(w)
	door.Attach(mux, door.Path)
	door.Attach(mux, "")
	w.Open(t, mux)
	w.Run(t, exampleState)
	body := `{"product_id":$demo,"license_key":"K","hwid":"A"}`
	for _, path := range []string{"/verify", "/verify/", "/rmz/verify", "/rmz/verify/"} {
		if got := w.Send(t, wiretest.JSON(path, body)); got.Status != http.StatusOK || got.Header.Get("X-RateLimit-Remaining") == "59" != (path == "/verify") {
			t.Errorf("POST %s = %d, remaining %s, want 200 and one brake for all", path, got.Status, got.Header.Get("X-RateLimit-Remaining"))
		}
	}
}

// TestPrecedence: the order of §4.1, and every rule that blocks a check either stands in it or is
// what an activation mends.
func TestPrecedence(t *testing.T) {
	t.Parallel()
	listed := map[license.Reason]bool{license.LicenseNotActive: true, license.DeviceUnknown: true, license.FeatureUnknown: true}
	for _, r := range precedence {
		listed[r] = true
	}
	for _, r := range license.Rules() {
		if r.Blocks&license.OpCheck != 0 && !listed[r.Reason] {
			t.Errorf("%s blocks a check and stands in no place of the precedence", r.Reason)
		}
	}
}
