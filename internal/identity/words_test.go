package identity

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDemands(t *testing.T) {
	t.Parallel()
	want := []string{
		"have at least 12 characters", "contain a lower-case letter", "contain an upper-case letter", "contain a digit", "contain a special character",
		"differ from the e-mail address", "differ from the last 5 passwords",
	}
	if diff := cmp.Diff(want, PasswordPolicy{}.Demands()); diff != "" {
		t.Errorf("Demands (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"have at least 20 characters", "differ from the e-mail address"},
		PasswordPolicy{MinLength: 20, Remembered: -1, LowerOptional: true, UpperOptional: true, DigitOptional: true, SpecialOptional: true}.Demands()); diff != "" {
		t.Errorf("Demands of a lax policy (-want +got):\n%s", diff)
	}
}

// TestLocks: what is said of a policy is what it does (S0-41 to S0-43).
func TestLocks(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		policy LockoutPolicy
		want   string
	}{
		"S0-41": {Portal(), "[15m0s 30m0s 45m0s 1h0m0s]"},
		"S0-42": {Platform(), "[15m0s 30m0s]"},
		"S0-43": {Classic(), "[15m0s 30m0s 45m0s]"},
		"never": {LockoutPolicy{FailuresPerRound: 3, FirstLock: 5, MaxLock: 5, TemporaryLocks: 0}, "[]"},
		"long":  {Address(), "[24h0m0s 48h0m0s 96h0m0s 168h0m0s]"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := fmt.Sprint(test.policy.Locks(9)); got != test.want {
				t.Errorf("Locks = %s, want %s", got, test.want)
			}
		})
	}
}
