package license

import "time"

// The bounds of how long a license file is good.
const (
	DefaultFileTTL = 7 * 24 * time.Hour
	MinFileTTL     = time.Minute
	MaxFileTTL     = 365 * 24 * time.Hour
)

// fileSkew is how much earlier than now a license file begins, so that a device whose clock is a little late takes it.
const fileSkew = 5 * time.Minute

// FileSpan is when a license file is good: from From, before Until.
type FileSpan struct{ From, Until Time }

// CheckOut lets an activated device take a file that says, where the server cannot be asked, that it may run: for ttl (0 is
// [DefaultFileTTL]), and not beyond the end of the license and its grace, nor, of a floating license, the end of the seat that
// the device holds. name is that of the file, for the event. The claim names no feature: features are in every file.
//
// It refuses as [Check] does, and with license_expired, trial_expired or license_not_started where there is no such time;
// offline_refused where the terms want the server asked, or the device is known by its address; seat_not_held; and Invalid for
// a ttl below a minute or over 365 days.
func CheckOut(s *State, c *Claim, name string, ttl time.Duration, now Time) (Change, FileSpan, error) {
	if ttl == 0 {
		ttl = DefaultFileTTL
	}
	if ttl < MinFileTTL || ttl > MaxFileTTL {
		return Change{}, FileSpan{}, Invalidf("ttl", "a license file is good for a minute to 365 days")
	}
	v := Check(s, c, now)
	if err := v.Err(); err != nil {
		return Change{}, FileSpan{}, err
	}
	l := &s.License
	span := FileSpan{From: max(now.Add(-fileSkew), l.NotBefore), Until: now.Add(ttl)}
	if end := l.Deadline(); end != 0 {
		span.Until = min(span.Until, end)
	}
	var no Reason
	switch {
	case v.Has(TrialExpired):
		no = TrialExpired
	case v.Has(LicenseExpired):
		no = LicenseExpired
	case l.NotBefore >= span.Until:
		no = LicenseNotStarted
	case l.Terms.RefuseOffline, s.Device.Binding.Kind != BoundToHardware:
		no = OfflineRefused
	case l.Terms.Floating != nil && !s.Lease.Live(now):
		no = SeatNotHeld
	}
	if no != "" {
		return Change{}, FileSpan{}, Refuse(no)
	}
	if l.Terms.Floating != nil {
		span.Until = min(span.Until, s.Lease.Until)
	}
	return Change{License: *l, Device: s.Device, Events: []Event{{
		Kind: LicenseFileIssued, License: l.ID, Subject: int64(s.Device.ID),
		Data: map[string]any{"file": name, "device": s.Device.Binding.Value, "until": span.Until},
	}}}, span, nil
}
