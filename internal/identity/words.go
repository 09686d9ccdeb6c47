package identity

import "time"

// Demands says what the policy asks of a new password, each to be read after "the password must"; what nobody would break by accident is
// left out (S0-36 to S0-38).
func (p PasswordPolicy) Demands() []string {
	list := []string{p.sentence(RuleShort)}
	for _, kind := range []struct {
		rule     PasswordRule
		optional bool
	}{{RuleLower, p.LowerOptional}, {RuleUpper, p.UpperOptional}, {RuleDigit, p.DigitOptional}, {RuleSpecial, p.SpecialOptional}} {
		if !kind.optional {
			list = append(list, p.sentence(kind.rule))
		}
	}
	list = append(list, p.sentence(RuleEmail))
	if p.remembered() > 0 {
		list = append(list, p.sentence(RuleReused))
	}
	return list
}

// Locks returns how long the first locks last, at most so many: as many as end by themselves, and where none is ever permanent, those
// until they grow no longer.
func (p LockoutPolicy) Locks(most int) (list []time.Duration) {
	p = p.orDefault()
	_, ends := p.TemporaryLocks.Max()
	for n := 1; n <= most && p.TemporaryLocks.Allows(int64(n)); n++ {
		next := p.lockLength(n)
		if !ends && n > 1 && next == list[n-2] {
			break
		}
		list = append(list, next)
	}
	return list
}
