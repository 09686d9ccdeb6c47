package license

import "time"

// Deadline returns the last moment of use: the expiry, plus the grace of a subscription (S0-35).
// 0 is never. A perpetual license that is no trial has none, whatever its dates say.
func (l *License) Deadline() Time {
	if l.ExpiresAt == 0 || l.Terms.Type == Perpetual && !l.Terms.Trial {
		return 0
	}
	if l.Terms.Type == Subscription {
		return l.ExpiresAt.Add(time.Duration(l.Terms.GraceHours) * time.Hour)
	}
	return l.ExpiresAt
}

// IsExpired reports whether the license is over at now. At the very moment of its expiry it is
// (rmz.md §8); at the very end of a grace period it is not yet (S0-35).
func (l *License) IsExpired(now Time) bool {
	end := l.Deadline()
	switch {
	case end == 0:
		return false
	case end > l.ExpiresAt:
		return now > end
	}
	return now >= end
}

// IsActive reports what LicenseSpring calls active: a device holds an activation, or it is a
// subscription, and nobody switched it off.
func (l *License) IsActive() bool {
	return l.Standing == Enabled && (l.Activated > 0 || l.Terms.Type == Subscription)
}

// InMaintenance reports whether a version released at a moment is covered.
func (l *License) InMaintenance(released Time) bool {
	return !l.Terms.Maintained || l.MaintainedUntil == 0 || released < l.MaintainedUntil
}

// IsExpired reports whether a feature is over at now.
func (g *Grant) IsExpired(now Time) bool { return g != nil && g.ExpiresAt != 0 && now >= g.ExpiresAt }

func (f *facts) orderIncomplete() bool { return f.License.Withheld }
func (f *facts) revoked() bool         { return f.License.Standing == Revoked }

// A banned license that nobody uses yet is as good as suspended for a device; one in use goes on.
func (f *facts) suspended() bool {
	return f.License.Standing == Suspended || f.License.RedemptionBlocked && !f.License.IsUsed()
}

func (f *facts) redemptionBlocked() bool {
	return f.License.RedemptionBlocked || f.License.Standing == Suspended
}

func (f *facts) redeemed() bool        { return f.License.IsUsed() }
func (f *facts) userMissing() bool     { return f.User == nil }
func (f *facts) userBanned() bool      { return f.User != nil && f.User.Banned }
func (f *facts) productArchived() bool { return f.Product.Archived }
func (f *facts) productDisabled() bool { return f.Product.Disabled }
func (f *facts) notStarted() bool      { return f.now < f.License.NotBefore }
func (f *facts) trialOver() bool       { return f.License.Terms.Trial && f.License.IsExpired(f.now) }
func (f *facts) expired() bool         { return !f.License.Terms.Trial && f.License.IsExpired(f.now) }
