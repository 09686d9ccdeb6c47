package identity

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"licet/internal/license"
)

// noon is where every timeline begins.
var noon = license.TimeOf(time.Date(2026, 3, 23, 12, 0, 0, 0, time.UTC))

// An act is what happens to an account in a timeline.
type act string

const (
	fail    act = "fail"    // a wrong password
	succeed act = "succeed" // a right password
	look    act = "look"    // nothing; only the state is looked at
	unlock  act = "unlock"  // somebody clears the lock
)

// A step says what happens (times over, once when 0) at a moment after noon, and how the account
// stands then.
type step struct {
	at    time.Duration
	act   act
	times int
	want  string // "open", "permanent" or how long it is locked yet
}

// play runs steps on p and reports every step after which the account stands otherwise than wanted.
func play(t *testing.T, p LockoutPolicy, steps []step) Lockout {
	t.Helper()
	var s Lockout
	for i, step := range steps {
		now := noon.Add(step.at)
		for range max(step.times, 1) {
			switch step.act {
			case fail:
				s = p.Failed(s, now)
			case succeed:
				s = p.Succeeded(s, now)
			case unlock:
				s = p.Unlock(s)
			}
		}
		if got := standing(p, s, now); got != step.want {
			t.Errorf("step %d: %s x%d at +%v = %s, want %s", i, step.act, max(step.times, 1), step.at, got, step.want)
		}
	}
	return s
}

func standing(p LockoutPolicy, s Lockout, now license.Time) string {
	locked, wait := p.Locked(s, now)
	switch {
	case !locked:
		return "open"
	case wait == 0:
		return "permanent"
	default:
		return wait.String()
	}
}

const minute = time.Minute

func TestLockoutTimelines(t *testing.T) {
	t.Parallel()
	hourFromFailure := Portal()
	hourFromFailure.IdleResetFrom = FromLastFailure
	counting := Portal()
	counting.CountWhileLocked = true
	sticky := Portal()
	sticky.ResetOnSuccess = false

	for _, tt := range []struct {
		name   string
		policy LockoutPolicy
		steps  []step
	}{
		{"S0-41_portal", Portal(), []step{
			{0, fail, 9, "open"},
			{0, fail, 1, "15m0s"},
			{15*minute - time.Microsecond, look, 0, "1µs"},
			{15 * minute, look, 0, "open"},
			{15 * minute, fail, 10, "30m0s"},
			{45 * minute, fail, 10, "45m0s"},
			{90 * minute, fail, 10, "1h0m0s"},
			{150 * minute, fail, 10, "1h0m0s"},
			{210 * minute, fail, 10, "1h0m0s"},
		}},
		{"S0-41_zero_value_is_portal", LockoutPolicy{}, []step{
			{0, fail, 9, "open"},
			{0, fail, 1, "15m0s"},
			{15 * minute, fail, 10, "30m0s"},
			{30 * minute, succeed, 1, "15m0s"},
			{45 * minute, succeed, 1, "open"},
			{45 * minute, fail, 10, "15m0s"},
		}},
		{"S0-42_platform", Platform(), []step{
			{0, fail, 4, "open"},
			{0, fail, 1, "15m0s"},
			{15 * minute, fail, 4, "open"},
			{15 * minute, fail, 1, "30m0s"},
			{45 * minute, fail, 4, "open"},
			{45 * minute, fail, 1, "permanent"},
			{1e6 * minute, succeed, 1, "permanent"},
			{1e6 * minute, fail, 20, "permanent"},
		}},
		{"S0-43_classic", Classic(), []step{
			{0, fail, 9, "open"},
			{0, fail, 1, "15m0s"},
			{15 * minute, fail, 10, "30m0s"},
			{45 * minute, fail, 10, "45m0s"},
			{90 * minute, fail, 9, "open"},
			{90 * minute, fail, 1, "permanent"},
		}},
		{"S0-44_while_locked_nothing_counts", Portal(), []step{
			{0, fail, 10, "15m0s"},
			{minute, succeed, 1, "14m0s"},
			{2 * minute, fail, 50, "13m0s"},
			{15 * minute, fail, 9, "open"},
			{15 * minute, fail, 1, "30m0s"},
		}},
		{"S0-39_count_while_locked", counting, []step{
			{0, fail, 10, "15m0s"},
			{5 * minute, fail, 9, "10m0s"},
			{5 * minute, fail, 1, "30m0s"},
			{6 * minute, fail, 9, "29m0s"},
			{35 * minute, look, 0, "open"},
			{35 * minute, fail, 1, "45m0s"},
		}},
		{"S0-45_count_is_forgotten", Portal(), []step{
			{0, fail, 9, "open"},
			{60 * minute, fail, 9, "open"},
			{60 * minute, fail, 1, "15m0s"},
		}},
		{"S0-45_not_a_moment_sooner", Portal(), []step{
			{0, fail, 9, "open"},
			{60*minute - time.Microsecond, fail, 1, "15m0s"},
		}},
		{"S0-45_level_is_forgotten_from_lock_end", Portal(), []step{
			{0, fail, 10, "15m0s"},
			{15 * minute, fail, 10, "30m0s"},
			{105*minute - time.Microsecond, fail, 10, "45m0s"},
			{250 * minute, fail, 10, "15m0s"},
		}},
		{"S0-45_a_single_failure_keeps_the_level", Portal(), []step{
			{0, fail, 10, "15m0s"},
			{74 * minute, fail, 1, "open"},
			{133 * minute, fail, 9, "30m0s"},
		}},
		{"S0-45_from_last_failure_forgets_as_a_long_lock_ends", hourFromFailure, []step{
			{0, fail, 10, "15m0s"},
			{15 * minute, fail, 10, "30m0s"},
			{45 * minute, fail, 10, "45m0s"},
			{90 * minute, fail, 10, "1h0m0s"},
			{149 * minute, look, 0, "1m0s"},
			{150 * minute, fail, 10, "15m0s"},
		}},
		{"S0-46_unlock", Platform(), []step{
			{0, fail, 5, "15m0s"},
			{15 * minute, fail, 5, "30m0s"},
			{45 * minute, fail, 5, "permanent"},
			{50 * minute, unlock, 1, "open"},
			{50 * minute, fail, 5, "15m0s"},
		}},
		{"S0-39_success_resets", Portal(), []step{
			{0, fail, 9, "open"},
			{minute, succeed, 1, "open"},
			{minute, fail, 9, "open"},
			{minute, fail, 1, "15m0s"},
			{16 * minute, succeed, 1, "open"},
			{16 * minute, fail, 10, "15m0s"},
		}},
		{"S0-39_success_does_not_reset", sticky, []step{
			{0, fail, 9, "open"},
			{minute, succeed, 1, "open"},
			{minute, fail, 1, "15m0s"},
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			play(t, tt.policy, tt.steps)
		})
	}
}

// TestAddressTimeline is software_DNA §8.
func TestAddressTimeline(t *testing.T) {
	t.Parallel()
	const hour = time.Hour
	for _, tt := range []struct {
		name  string
		steps []step
	}{
		{"D37_going_over_the_maximum", []step{
			{0, fail, 9, "open"},
			{hour, succeed, 1, "open"},
			{2 * hour, fail, 1, "24h0m0s"},
			{3 * hour, succeed, 1, "23h0m0s"},
		}},
		{"D38_cooling_24_hours", []step{
			{0, fail, 10, "24h0m0s"},
			{24*hour - time.Microsecond, look, 0, "1µs"},
			{24 * hour, look, 0, "open"},
		}},
		{"D39_cleared_by_the_vendor", []step{
			{0, fail, 10, "24h0m0s"},
			{hour, unlock, 1, "open"},
			{hour, fail, 9, "open"},
		}},
		{"DNA8_window_from_the_first_rejection", []step{
			{0, fail, 1, "open"},
			{23 * hour, fail, 8, "open"},
			{24 * hour, fail, 1, "open"}, // The first of a new window.
			{25 * hour, fail, 8, "open"},
			{26 * hour, fail, 1, "24h0m0s"},
		}},
		{"DNA8_window_not_a_moment_sooner", []step{
			{0, fail, 1, "open"},
			{23 * hour, fail, 8, "open"},
			{24*hour - time.Microsecond, fail, 1, "24h0m0s"},
		}},
		{"DNA8_forgotten_after_24_quiet_hours", []step{
			{0, fail, 9, "open"},
			{24 * hour, fail, 9, "open"},
		}},
		{"DNA8_longer_when_repeated", []step{
			{0, fail, 10, "24h0m0s"},
			{24 * hour, fail, 10, "48h0m0s"},
			{72 * hour, fail, 10, "96h0m0s"},
			{168 * hour, fail, 10, "168h0m0s"},
			{336 * hour, fail, 10, "168h0m0s"},
			{528*hour - time.Microsecond, fail, 10, "168h0m0s"}, // Within 24 hours of the end.
			{1000 * hour, fail, 10, "24h0m0s"},
		}},
		{"DNA8_locked_rejections_do_not_count", []step{
			{0, fail, 10, "24h0m0s"},
			{12 * hour, fail, 100, "12h0m0s"},
			{24 * hour, fail, 9, "open"},
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			play(t, Address(), tt.steps)
		})
	}
}

func TestLockoutS0_40_Presets(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		policy LockoutPolicy
		want   string
	}{
		{"S0-40_portal", Portal(), `{"failures_per_round":10,"first_lock_minutes":15,"step_minutes":15,"max_lock_minutes":60,"temporary_locks_before_permanent":null,"idle_reset_minutes":60,"idle_reset_from":"lock_end","reset_on_success":true,"count_while_locked":false,"window_minutes":0,"doubling":false}`},
		{"S0-40_platform", Platform(), `{"failures_per_round":5,"first_lock_minutes":15,"step_minutes":15,"max_lock_minutes":45,"temporary_locks_before_permanent":2,"idle_reset_minutes":60,"idle_reset_from":"lock_end","reset_on_success":true,"count_while_locked":false,"window_minutes":0,"doubling":false}`},
		{"S0-40_classic", Classic(), `{"failures_per_round":10,"first_lock_minutes":15,"step_minutes":15,"max_lock_minutes":45,"temporary_locks_before_permanent":3,"idle_reset_minutes":60,"idle_reset_from":"lock_end","reset_on_success":true,"count_while_locked":false,"window_minutes":0,"doubling":false}`},
		{"DNA8_address", Address(), `{"failures_per_round":10,"first_lock_minutes":1440,"step_minutes":0,"max_lock_minutes":10080,"temporary_locks_before_permanent":null,"idle_reset_minutes":1440,"idle_reset_from":"lock_end","reset_on_success":false,"count_while_locked":false,"window_minutes":1440,"doubling":true}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if err := tt.policy.Validate(); err != nil {
				t.Errorf("Validate() = %v, want nil", err)
			}
			got, err := json.Marshal(tt.policy)
			if err != nil || string(got) != tt.want {
				t.Errorf("Marshal = %s, %v\nwant %s", got, err, tt.want)
			}
			var back LockoutPolicy
			if err := json.Unmarshal(got, &back); err != nil || back != tt.policy {
				t.Errorf("Unmarshal(Marshal(p)) = %+v, %v, want %+v", back, err, tt.policy)
			}
		})
	}
}

func TestLockoutS0_47_Override(t *testing.T) {
	t.Parallel()
	t.Run("S0-47_applies_to_the_next_attempt", func(t *testing.T) {
		t.Parallel()
		var s Lockout
		for range 3 {
			s = Portal().Failed(s, noon)
		}
		changed, err := Portal().With([]byte(`{"failures_per_round": 4, "first_lock_minutes": 5, "max_lock_minutes": 5}`))
		if err != nil {
			t.Fatalf("With = %v, want nil", err)
		}
		s = changed.Failed(s, noon)
		if got := standing(changed, s, noon); got != "5m0s" {
			t.Errorf("fourth failure under the new policy = %s, want 5m0s", got)
		}
	})
	t.Run("S0-47_stored_whole", func(t *testing.T) {
		t.Parallel()
		changed, err := Platform().With([]byte(`{"temporary_locks_before_permanent": null}`))
		if err != nil {
			t.Fatalf("With = %v, want nil", err)
		}
		stored, err := json.Marshal(changed)
		if err != nil {
			t.Fatal(err)
		}
		// A later release may have other presets: what is stored covers every field.
		later, err := Address().With(stored)
		if err != nil || later != changed {
			t.Errorf("another preset With(stored) = %+v, %v, want %+v", later, err, changed)
		}
		want := Platform()
		want.TemporaryLocks = license.Unlimited
		if diff := cmp.Diff(want, changed); diff != "" {
			t.Errorf("With (-want +got):\n%s", diff)
		}
	})
	t.Run("S0-47_a_running_lock_keeps_its_end", func(t *testing.T) {
		t.Parallel()
		var s Lockout
		for range 5 {
			s = Platform().Failed(s, noon)
		}
		changed, err := Platform().With([]byte(`{"first_lock_minutes": 1}`))
		if err != nil {
			t.Fatal(err)
		}
		if got := standing(changed, s, noon.Add(minute)); got != "14m0s" {
			t.Errorf("lock after the change = %s, want 14m0s", got)
		}
	})
	for _, bad := range []string{
		``, `null x`, `[]`, `{"failures":3}`, `{"failures_per_round":0}`, `{"failures_per_round":1001}`, `{"first_lock_minutes":0}`,
		`{"first_lock_minutes":61}`, `{"max_lock_minutes":14}`, `{"step_minutes":-1}`, `{"doubling":true}`,
		`{"temporary_locks_before_permanent":-1}`, `{"temporary_locks_before_permanent":1001}`, `{"idle_reset_minutes":-5}`,
		`{"idle_reset_from":"noon"}`, `{"window_minutes":-1}`, `{"max_lock_minutes":99999999999}`, `{} {}`,
	} {
		if _, err := Portal().With([]byte(bad)); license.CodeOf(err) != license.Invalid {
			t.Errorf("With(%s) = %v, want invalid", bad, err)
		}
	}
}

func TestLockoutS0_44_Refusal(t *testing.T) {
	t.Parallel()
	var s Lockout
	if err := Platform().Check(s, noon, license.LoginLocked); err != nil {
		t.Errorf("Check(nothing) = %v, want nil", err)
	}
	for range 5 {
		s = Platform().Failed(s, noon)
	}
	err := Platform().Check(s, noon.Add(5*minute), license.LoginLocked)
	e, ok := errors.AsType[*license.Error](err)
	if !ok || e.Reason != license.LoginLocked || e.RetryAfter != 10*minute {
		t.Errorf("S0-44: Check(locked) = %#v, want login_locked with 10m", err)
	}
	s.Permanent = true
	err = Platform().Check(s, noon, license.AddressLocked)
	e, ok = errors.AsType[*license.Error](err)
	if !ok || e.Reason != license.AddressLocked || e.RetryAfter != 0 {
		t.Errorf("S0-46: Check(permanent) = %#v, want address_locked without a time", err)
	}
}

// TestLockoutClockMovedBack is the section Clocks of Lockout.
func TestLockoutClockMovedBack(t *testing.T) {
	t.Parallel()
	var s Lockout
	for range 10 {
		s = Portal().Failed(s, noon) // noon by a clock that is a year ahead
	}
	back := noon.Add(-365 * 24 * time.Hour)

	if got := standing(Portal(), s, back); got != "15m0s" {
		t.Errorf("lock seen from the past = %s, want its own length 15m0s", got)
	}
	moved := Portal().Failed(s, back)
	if moved.Failures != 0 || moved.Level != 1 {
		t.Errorf("attempt in the past = %+v, want it not counted", moved)
	}
	for at, want := range map[time.Duration]string{0: "15m0s", 14 * minute: "1m0s", 15 * minute: "open"} {
		if got := standing(Portal(), moved, back.Add(at)); got != want {
			t.Errorf("moved lock at +%v = %s, want %s", at, got, want)
		}
	}
	// A server a little behind neither shortens what is left beyond the lock's length nor counts a window twice.
	behind := noon.Add(-2 * time.Second)
	if got := standing(Portal(), s, behind); got != "15m0s" {
		t.Errorf("lock seen by a clock 2 s behind = %s, want 15m0s", got)
	}
	a := Address().Failed(Lockout{}, noon)
	a = Address().Failed(a, behind)
	if a.Failures != 2 || a.FirstFailure != behind || a.LastFailure != behind {
		t.Errorf("second failure by a clock behind = %+v, want 2 failures at %v", a, behind)
	}
	if s := (Lockout{Level: 3, Permanent: true, LastFailure: noon}); standing(Platform(), s, back) != "permanent" {
		t.Error("a permanent lock ended when the clock was put back")
	}
}

func TestLockoutStateJSON(t *testing.T) {
	t.Parallel()
	s := Lockout{Failures: 3, Level: 1, FirstFailure: noon, LastFailure: noon.Add(minute), LockedUntil: noon.Add(-minute)}
	text, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	var back Lockout
	if err := json.Unmarshal(text, &back); err != nil || back != s {
		t.Errorf("Unmarshal(%s) = %+v, %v, want %+v", text, back, err, s)
	}
}
