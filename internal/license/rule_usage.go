package license

import "time"

func (f *facts) featureUnknown() bool { return f.Feature != "" && f.feature == nil }
func (f *facts) featureExpired() bool { return f.feature != nil && f.Grant.IsExpired(f.now) }
func (f *facts) notFloating() bool    { return f.place == nil }

func (f *facts) borrowRefused() bool { return f.place != nil && !f.place.Borrow }

func (f *facts) borrowEndInvalid() bool {
	if f.place == nil || f.Until == 0 {
		return false
	}
	return f.Until <= f.now || f.Until > f.longestBorrow()
}

func (f *facts) longestBorrow() Time {
	return f.now.Add(time.Duration(f.place.BorrowHours) * time.Hour)
}

func (f *facts) seatLimit() bool { return f.place != nil && !f.place.Seats.Allows(f.SeatsTaken+1) }

func (f *facts) seatNotHeld() bool { return f.place != nil && !f.Lease.Live(f.now) }

func (f *facts) notMetered() bool    { return f.meter == nil }
func (f *facts) usageNegative() bool { return f.meter != nil && f.Amount < 0 && !f.meter.Negative }

func (f *facts) usageLimit() bool {
	if f.meter == nil || f.Amount <= 0 {
		return false
	}
	// A counter that every wire can carry ends at MaxID, also where the meter has no limit.
	// What is reserved is not there to be used.
	total := f.total() + f.Reserved + min(f.Amount, MaxID+1)
	return total > MaxID || !f.meter.Allowed().Allows(total)
}

// total is what has been used in the period that holds now, on the license or the claimed feature.
func (f *facts) total() int64 {
	if f.Feature == "" {
		return f.License.UsedAt(f.now)
	}
	if f.Grant == nil {
		return 0
	}
	return f.Grant.UsedAt(f.meter, f.now)
}

// UsedAt returns the units used in the period that holds now: a counter of an earlier period reads
// 0, without any job that sets it back.
func (l *License) UsedAt(now Time) int64 {
	return usedAt(l.Used, l.UsedSince, l.Terms.Usage, now)
}

// UsedAt is that of a feature, whose meter is u.
func (g *Grant) UsedAt(u *UsageTerms, now Time) int64 { return usedAt(g.Used, g.UsedSince, u, now) }

func usedAt(used int64, since Time, u *UsageTerms, now Time) int64 {
	if u == nil || since < PeriodStart(u.Reset, now) {
		return 0
	}
	return used
}

// PeriodStart returns when the period that holds now began, in UTC: the day, the Monday, the 1st of
// the month, 1 January. Without a reset there is one period, since ever.
func PeriodStart(p Period, now Time) Time {
	day := now.UTC().Truncate(24 * time.Hour)
	switch p {
	case Daily:
	case Weekly:
		day = day.AddDate(0, 0, -(int(day.Weekday())+6)%7)
	case Monthly:
		day = day.AddDate(0, 0, 1-day.Day())
	case Yearly:
		day = day.AddDate(0, 1-int(day.Month()), 1-day.Day())
	default:
		return 0
	}
	return TimeOf(day)
}
