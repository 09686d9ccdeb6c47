package license

// RollOver is Activate for a license whose user may move to another device at any time ([SinglePassword]): where all places are taken,
// the devices that were activated first make room. placed are those that hold a place, the one activated first at the front. What is
// to be stored comes in order; the last Change is the activation. It refuses as Activate does, a transfer limit included.
func RollOver(s *State, placed []Device, c *Claim, now Time) ([]Change, error) {
	after := *s
	var out []Change
	if s.License.Terms.Password == SinglePassword && (s.Device == nil || !s.Device.Active) {
		for i := range placed {
			if s.License.Terms.Activations.Allows(after.License.Activated + 1) {
				break
			}
			ch := free(after.License, placed[i], now)
			after.License = ch.License
			out = append(out, ch)
		}
	}
	ch, err := Activate(&after, c, now)
	if err != nil {
		return nil, err
	}
	return append(out, ch), nil
}
