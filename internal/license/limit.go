package license

import (
	"bytes"
	"strconv"
)

// Limit is a three-way limit: [Unlimited], [None], or at most n. On the wires 0, -1 and null mean
// different things; inside there is only this. The zero value is None.
//
// In JSON an unlimited limit is null.
type Limit int64

const (
	Unlimited Limit = -1 // as many as wanted
	None      Limit = 0  // none at all
)

// AtMost is the limit n; a negative n is None.
func AtMost(n int64) Limit { return Limit(max(n, 0)) }

// Allows reports whether a count of n is within the limit.
func (l Limit) Allows(n int64) bool { return l < 0 || n <= int64(l) }

// Max returns the number, and false for Unlimited.
func (l Limit) Max() (int64, bool) { return int64(l), l >= 0 }

// Left returns how much room is left above n, never negative, and false for Unlimited.
func (l Limit) Left(n int64) (int64, bool) { return max(int64(l)-n, 0), l >= 0 }

// String returns the number, or "unlimited".
func (l Limit) String() string {
	if l < 0 {
		return "unlimited"
	}
	return strconv.FormatInt(int64(l), 10)
}

// MarshalJSON writes the number, or null for Unlimited.
func (l Limit) MarshalJSON() ([]byte, error) {
	if l < 0 {
		return []byte("null"), nil
	}
	return strconv.AppendInt(nil, int64(l), 10), nil
}

// UnmarshalJSON reads what MarshalJSON writes; a negative number is refused.
func (l *Limit) UnmarshalJSON(b []byte) error {
	if bytes.Equal(b, []byte("null")) {
		*l = Unlimited
		return nil
	}
	n, err := strconv.ParseInt(string(b), 10, 64)
	if err != nil || n < 0 {
		return Invalidf("limit", "a limit is a whole number from 0, or null for unlimited")
	}
	*l = Limit(n)
	return nil
}
