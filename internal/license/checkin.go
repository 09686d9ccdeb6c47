package license

// CheckInFeature is Check of the claimed feature for a dialect in which a device that asks takes a floating seat of
// it, or renews it. A feature without seats lends none, nor does one that is over or whose license is: then it is a
// Check alone. Seats of the license itself are not touched.
func CheckInFeature(s *State, c *Claim, now Time) (Change, error) {
	f := newFacts(s, OpCheck, c, now)
	if v := f.judge(); !v.OK() {
		return Change{}, v.Err()
	}
	if f.feature == nil || f.place == nil || f.featureExpired() || s.License.IsExpired(now) {
		return Change{License: s.License, Device: s.Device}, nil
	}
	return LeaseSeat(s, c, now)
}
