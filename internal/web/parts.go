package web

import (
	"context"
	"strconv"
	"time"

	"licet/internal/license"
)

// Crumb is a page above this one.
type Crumb struct{ Title, URL string }

// Tab is one of the pages about one thing.
type Tab struct {
	Title, URL string
	Current    bool
}

// Percent writes a share with a decimal where it has one, never rounded up: 137%, 99.9%.
func Percent(p float64) string { return decimal(p) + "%" }

// decimal writes a number with at most one decimal.
func decimal(p float64) string { return strconv.FormatFloat(float64(int64(p*10))/10, 'f', -1, 64) }

// Relative says how long ago a moment was, or how far off it is, in the largest unit that fits.
func Relative(ctx context.Context, t license.Time) string {
	gap := ViewOf(ctx).Now.Sub(t)
	future := gap < 0
	if future {
		gap = -gap
	}
	if gap < time.Minute {
		if future {
			return T(ctx, "in a moment")
		}
		return T(ctx, "just now")
	}
	length := Length(ctx, gap)
	if future {
		return T(ctx, "in %s", length)
	}
	return T(ctx, "%s ago", length)
}

// Length says how long something lasts in its largest whole unit: "5 days", "3 hours".
func Length(ctx context.Context, d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d >= 730*day:
		return N(ctx, int64(d/(365*day)), "%d year", "%d years")
	case d >= 60*day:
		return N(ctx, int64(d/(30*day)), "%d month", "%d months")
	case d >= 2*day:
		return N(ctx, int64(d/day), "%d day", "%d days")
	case d >= 2*time.Hour:
		return N(ctx, int64(d/time.Hour), "%d hour", "%d hours")
	case d >= time.Minute:
		return N(ctx, int64(d/time.Minute), "%d minute", "%d minutes")
	}
	return N(ctx, int64(d/time.Second), "%d second", "%d seconds")
}

// Number writes a count with its thousands apart.
func Number(ctx context.Context, n int64) string { return T(ctx, "%d", n) }
