package rmz

import (
	"strconv"
	"time"

	"licet/internal/authority"
	"licet/internal/canonjson"
	"licet/internal/license"
)

// Encode appends the answer to a device that may run (§3): every member always there, null where
// empty, in the order of the contract's example. It only reads ans.
func Encode(dst []byte, ans *authority.Answer) []byte {
	l, p := &ans.License, &ans.Product
	dst = append(dst, `{"success":true,"data":{"status":"active","lock_type":`...)
	dst = canonjson.AppendString(dst, string(l.Terms.Lock))
	dst = append(dst, `,"product":{"id":`...)
	dst = strconv.AppendInt(dst, p.Number, 10)
	dst = append(dst, `,"name":`...)
	dst = canonjson.AppendString(dst, p.Name)
	dst = append(dst, `},"plan":`...)
	dst = appendPlan(dst, l, ans.Now)
	dst = appendExpiry(dst, l, ans.Now)
	dst = append(dst, `,"activations":{"current":`...)
	dst = strconv.AppendInt(dst, l.Activated, 10)
	if most, limited := l.Terms.Activations.Max(); limited {
		dst = append(dst, `,"max":`...)
		dst = strconv.AppendInt(dst, most, 10)
		dst = append(dst, `,"remaining":`...)
		dst = strconv.AppendInt(dst, max(most-l.Activated, 0), 10)
	} else {
		dst = append(dst, `,"max":null,"remaining":null`...)
	}
	dst = append(dst, `},"metadata":`...)
	if p.Metadata == "" {
		dst = append(dst, "null"...)
	} else {
		dst = append(dst, p.Metadata...) // The office took it only as JSON; it goes out byte for byte.
	}
	return append(dst, "}}"...)
}

// expiryOf returns when the license ends; 0 is never. A grace period is not part of it: the client
// is told the day that was sold.
func expiryOf(l *license.License) license.Time {
	if l.Deadline() == 0 {
		return 0
	}
	return l.ExpiresAt
}

// appendPlan writes the running period of a plan, or null for a license without plan or end.
func appendPlan(dst []byte, l *license.License, now license.Time) []byte {
	start, end := l.StartedAt, expiryOf(l)
	if start == 0 {
		start = l.IssuedAt
	}
	if l.Terms.Plan == "" || end == 0 {
		return append(dst, "null"...)
	}
	dst = append(dst, `{"duration":`...)
	dst = canonjson.AppendString(dst, l.Terms.Plan)
	dst = append(dst, `,"duration_label":`...)
	dst = canonjson.AppendString(dst, label(license.Plan(l.Terms.Plan)))
	dst = append(dst, `,"start_date":"`...)
	dst = appendDate(dst, start, ' ')
	dst = append(dst, `","end_date":"`...)
	dst = appendDate(dst, end, ' ')
	dst = append(dst, `","is_active":`...)
	dst = strconv.AppendBool(dst, start <= now && now < end)
	return append(dst, '}')
}

// appendExpiry writes ,"expires_at":…,"expires_in_days":….
func appendExpiry(dst []byte, l *license.License, now license.Time) []byte {
	end := expiryOf(l)
	if end == 0 {
		return append(dst, `,"expires_at":null,"expires_in_days":null`...)
	}
	dst = append(dst, `,"expires_at":"`...)
	dst = appendDate(dst, end, 'T')
	dst = append(dst, `+00:00","expires_in_days":`...)
	return strconv.AppendInt(dst, wholeDays(now, end), 10)
}

const day = license.Time(24 * time.Hour / time.Microsecond)

// wholeDays returns the days from now to end, rounded up and never negative: a fresh plan of a year
// shows 365, the last hours 1 (§8).
func wholeDays(now, end license.Time) int64 {
	if end <= now {
		return 0
	}
	left := end - now
	days := left / day
	if left%day > 0 {
		days++
	}
	return int64(days)
}

// appendDate writes "2026-03-23 12:00:00" in UTC, with sep between day and time (§9). It is
// time.AppendFormat for the one layout, at a quarter of its cost.
func appendDate(dst []byte, t license.Time, sep byte) []byte {
	moment := time.UnixMicro(int64(t)).UTC()
	year, month, dayOfMonth := moment.Date()
	hour, minute, second := moment.Clock()
	if year < 0 || year > 9999 {
		dst = strconv.AppendInt(dst, int64(year), 10)
	} else {
		dst = appendTwo(appendTwo(dst, year/100), year%100)
	}
	dst = appendTwo(append(dst, '-'), int(month))
	dst = appendTwo(append(dst, '-'), dayOfMonth)
	dst = appendTwo(append(dst, sep), hour)
	dst = appendTwo(append(dst, ':'), minute)
	return appendTwo(append(dst, ':'), second)
}

func appendTwo(dst []byte, n int) []byte {
	return append(dst, byte('0'+n/10), byte('0'+n%10))
}
