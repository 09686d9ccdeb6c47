package license

// UpdatesUntil returns the last moment whose releases a license may load: the end of its maintenance where it has
// one, else its expiry; [Forever] where neither is set. A release of that very moment still counts.
func (l *License) UpdatesUntil() Time {
	switch {
	case l.Terms.Maintained && l.MaintainedUntil != 0:
		return l.MaintainedUntil
	case l.ExpiresAt != 0:
		return l.ExpiresAt
	}
	return Forever
}

// Offers reports whether whoever holds the license may load a version now: it is enabled, it is out, and it came out
// before the updates of the license ended.
func (l *License) Offers(v *Version, now Time) bool {
	return v.Enabled && v.ReleasedAt <= min(now, l.UpdatesUntil())
}

// Suits reports whether a version is for an environment and of a channel; "" asks for any. A version that names no
// environment is for every one.
func (v *Version) Suits(environment, channel string) bool {
	return (environment == "" || v.Environment == "" || v.Environment == environment) && (channel == "" || v.Channel == channel)
}
