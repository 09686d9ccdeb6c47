package license_test

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"licet/internal/license"
)

// meter is a memory that keeps reservations too.
type meter struct {
	*memory
	held map[license.ReservationID]license.Reservation
	last license.ReservationID
}

func newMeter(t *testing.T, u license.UsageTerms, edits ...func(*license.Terms)) *meter {
	t.Helper()
	terms := *metered(u)
	for _, edit := range edits {
		edit(&terms)
	}
	m := &meter{memory: newMemory(t, &terms), held: map[license.ReservationID]license.Reservation{}}
	if err := activate("A").do(m.memory, moment("2026-02-01")); err != nil {
		t.Fatal(err)
	}
	return m
}

// state is that of the memory, with what reservations keep but the one at hand.
func (m *meter) state(c *license.Claim, at license.ReservationID, now license.Time) *license.State {
	s := m.memory.state(c, now)
	for id, r := range m.held {
		if id != at && r.Feature == c.Feature && r.Live(now) {
			s.Reserved += r.Amount
		}
	}
	return s
}

func (m *meter) keep(ch license.Change, err error) error {
	if err != nil {
		return err
	}
	if ch.Reservation != nil {
		m.last++
		ch.Reservation.ID = m.last
		m.held[m.last] = *ch.Reservation
	}
	delete(m.held, ch.DropReservation)
	m.apply(ch)
	return nil
}

func (m *meter) use(hwid string, amount int64, now license.Time) error {
	c := onDevice(hwid)
	c.Amount = amount
	return m.keep(license.Use(m.state(c, 0, now), c, now))
}

func (m *meter) reserve(hwid string, amount int64, now, until license.Time) error {
	c := onDevice(hwid)
	c.Amount, c.Until = amount, until
	return m.keep(license.Reserve(m.state(c, 0, now), c, now))
}

func (m *meter) commit(hwid string, id license.ReservationID, amount int64, now license.Time) error {
	c := onDevice(hwid)
	c.Amount = amount
	r, known := m.held[id]
	if !known {
		return license.NoReservation(nil)
	}
	return m.keep(license.CommitReserved(m.state(c, id, now), c, &r, now))
}

func (m *meter) cancel(hwid string, id license.ReservationID, now license.Time) error {
	r := m.held[id]
	return m.keep(license.CancelReserved(m.state(onDevice(hwid), id, now), &r, now))
}

func wantOutcome(t *testing.T, what string, err, want error) {
	t.Helper()
	if !sameOutcome(err, want) {
		t.Errorf("%s = %s, want %s", what, outcome(err), outcome(want))
	}
}

func (m *meter) wantUsed(t *testing.T, now license.Time, used int64, held int) {
	t.Helper()
	if got := m.license.UsedAt(now); got != used || len(m.held) != held {
		t.Errorf("%d used with %d reservations, want %d with %d", got, len(m.held), used, held)
	}
}

func TestReservationKeepsItsUnits(t *testing.T) {
	t.Parallel()
	m := newMeter(t, license.UsageTerms{Max: license.AtMost(10)})
	wantOutcome(t, "Reserve(7)", m.reserve("A", 7, now, 0), nil)
	wantOutcome(t, "Use(4) of 3 left", m.use("A", 4, now), license.UsageLimit)
	wantOutcome(t, "Reserve(4) of 3 left", m.reserve("A", 4, now, 0), license.UsageLimit)
	wantOutcome(t, "Use(3)", m.use("A", 3, now), nil)
	wantOutcome(t, "Commit(8) of 7", m.commit("A", 1, 8, now), license.Invalid)
	wantOutcome(t, "Commit(-1)", m.commit("A", 1, -1, now), license.Invalid)
	wantOutcome(t, "Commit(5) of 7", m.commit("A", 1, 5, now), nil)
	m.wantUsed(t, now, 8, 0)
	wantOutcome(t, "Commit of a settled one", m.commit("A", 1, 5, now), license.NotFound)
	wantOutcome(t, "Use(2) of what was given back", m.use("A", 2, now), nil)
}

func TestReservationIsGivenBack(t *testing.T) {
	t.Parallel()
	m := newMeter(t, license.UsageTerms{Max: license.AtMost(10)})
	wantOutcome(t, "Reserve(10)", m.reserve("A", 10, now, 0), nil)
	wantOutcome(t, "Cancel by a device that is not activated", m.cancel("B", 1, now), license.NotFound)
	wantOutcome(t, "Cancel", m.cancel("A", 1, now), nil)
	wantOutcome(t, "Reserve(10) again", m.reserve("A", 10, now, 0), nil)
	wantOutcome(t, "Commit(0)", m.commit("A", 2, 0, now), nil)
	m.wantUsed(t, now, 0, 0)
	wantOutcome(t, "Reserve(10) until 13:00", m.reserve("A", 10, now, now.Add(time.Hour)), nil)
	wantOutcome(t, "Use(1) a moment before", m.use("A", 1, now.Add(time.Hour)-1), license.UsageLimit)
	wantOutcome(t, "Commit at 13:00", m.commit("A", 3, 10, now.Add(time.Hour)), license.NotFound)
	wantOutcome(t, "Use(10) at 13:00", m.use("A", 10, now.Add(time.Hour)), nil)
}

func TestReserveRefuses(t *testing.T) {
	t.Parallel()
	m := newMeter(t, license.UsageTerms{Max: license.AtMost(10), Negative: true})
	for _, tt := range []struct {
		name   string
		hwid   string
		amount int64
		until  license.Time
		want   error
	}{
		{"nothing", "A", 0, 0, license.Invalid},
		{"less_than_nothing", "A", -1, 0, license.Invalid},
		{"beyond_every_wire", "A", license.MaxID + 1, 0, license.Invalid},
		{"an_end_that_is_now", "A", 1, now, license.Invalid},
		{"an_end_that_is_too_far", "A", 1, now.Add(24*time.Hour) + 1, license.Invalid},
		{"too_much", "A", 11, 0, license.UsageLimit},
		{"a_strange_device", "B", 1, 0, license.DeviceUnknown},
		{"the_longest", "A", 10, now.Add(24 * time.Hour), nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			wantOutcome(t, fmt.Sprintf("Reserve(%d)", tt.amount), m.reserve(tt.hwid, tt.amount, now, tt.until), tt.want)
		})
	}
}

// A license that is over counts nothing more at the native door, but what was reserved in time is still counted.
func TestUseOfALicenseThatIsOver(t *testing.T) {
	t.Parallel()
	m := newMeter(t, license.UsageTerms{Max: license.AtMost(10)}, func(t *license.Terms) { t.Duration = days(1) })
	in, over := moment("2026-02-01 23:55"), moment("2026-02-02")
	wantOutcome(t, "Reserve in time", m.reserve("A", 2, in, 0), nil)
	wantOutcome(t, "Use when it is over", m.use("A", 1, over), license.LicenseExpired)
	wantOutcome(t, "Reserve when it is over", m.reserve("A", 1, over, 0), license.LicenseExpired)
	wantOutcome(t, "Commit when it is over", m.commit("A", 1, 2, over), nil)
	m.license.Standing = license.Revoked
	wantOutcome(t, "Use of a revoked one", m.use("A", 1, in), license.LicenseRevoked)
	wantOutcome(t, "Commit(2) of a settled one", m.commit("A", 1, 2, in), license.NotFound)
}

// Whatever is reserved, settled and used: never is more promised than there is, and what was promised can be used.
func TestReservationsNeverOversell(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		most := rapid.Int64Range(0, 20).Draw(rt, "max")
		m := newMeter(t, license.UsageTerms{Max: license.AtMost(most), Reset: rapid.SampledFrom([]license.Period{license.NoReset, license.Daily}).Draw(rt, "reset")})
		at := now
		for range rapid.IntRange(1, 40).Draw(rt, "steps") {
			at = at.Add(time.Duration(rapid.IntRange(0, 400).Draw(rt, "minutes")) * time.Minute / 10)
			amount := rapid.Int64Range(1, 8).Draw(rt, "amount")
			id := license.ReservationID(rapid.Int64Range(1, int64(m.last)+1).Draw(rt, "id"))
			held, known := m.held[id]
			live := known && held.Live(at)
			switch rapid.SampledFrom([]string{"use", "reserve", "commit", "cancel"}).Draw(rt, "act") {
			case "use":
				_ = m.use("A", amount, at)
			case "reserve":
				_ = m.reserve("A", amount, at, 0)
			case "commit":
				if err := m.commit("A", id, min(amount, held.Amount), at); (err == nil) != live {
					rt.Fatalf("Commit of a reservation that is live: %t = %s", live, outcome(err))
				}
			case "cancel":
				if err := m.cancel("A", id, at); (err == nil) != live {
					rt.Fatalf("Cancel of a reservation that is live: %t = %s", live, outcome(err))
				}
			}
			s := m.state(onDevice("A"), 0, at)
			if sum := s.License.UsedAt(at) + s.Reserved; sum > most {
				rt.Fatalf("%d are used or reserved, of %d", sum, most)
			}
		}
	})
}
