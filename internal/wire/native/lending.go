package native

import (
	"context"
	"net/http"
	"time"

	"licet/internal/authority"
	"licet/internal/license"
	"licet/internal/wire"
	"licet/internal/wire/api"
)

// leaseIn takes, renews or gives back a floating seat.
type leaseIn struct {
	Claim
	Feature string `json:"feature,omitempty" maxLength:"100" doc:"The feature whose seat is meant; absent is the license's own."`
}

// borrowIn holds a seat for a time without the server.
type borrowIn struct {
	leaseIn
	Until license.Time `json:"until,omitzero" required:"false" doc:"Absent is the longest allowed time."`
}

// renewIn renews several seats at once.
type renewIn struct {
	_      struct{}  `json:"-" additionalProperties:"true"`
	Leases []leaseIn `json:"leases" nullable:"false" minItems:"1" maxItems:"100"`
}

// Lease is a floating seat.
type Lease struct {
	License  license.LicenseID `json:"license_id" example:"1774267200000003"`
	Device   license.DeviceID  `json:"device_id" example:"1774267200000004"`
	Feature  string            `json:"feature,omitempty"`
	Until    license.Time      `json:"until" doc:"When it ends by itself, unless it is renewed."`
	Borrowed bool              `json:"borrowed"`
	Taken    int64             `json:"taken" doc:"Seats that are held now, this one included."`
	Seats    license.Limit     `json:"seats" doc:"How many there are."`
	Now      license.Time      `json:"now"`
}

// LeaseRenewals are the outcomes of renewing several seats, in the order of the request.
type LeaseRenewals struct {
	Leases []LeaseRenewal `json:"leases" nullable:"false"`
	Now    license.Time   `json:"now"`
}

// LeaseRenewal is one of them: either the lease or the problem.
type LeaseRenewal struct {
	Lease   *Lease       `json:"lease,omitempty"`
	Problem *api.Problem `json:"problem,omitempty"`
}

func (d *door) leaseRequest(c *call, in *leaseIn) (authority.Request, error) {
	n, err := d.request(c, &in.Claim)
	n.Feature = in.Feature
	return n.Request(), err
}

func viewLease(ans *authority.Answer) Lease {
	v := Lease{License: ans.License.ID, Feature: ans.Lease.Feature, Device: ans.Lease.Device, Until: ans.Lease.Until, Borrowed: ans.Lease.Borrowed,
		Taken: ans.SeatsTaken + 1, Now: ans.Now}
	terms := ans.License.Terms.Floating
	if v.Feature != "" {
		terms = nil
		if f := ans.License.Terms.Feature(v.Feature); f != nil {
			terms = f.Floating
		}
	}
	if terms != nil {
		v.Seats = terms.Seats
	}
	return v
}

func (d *door) lease(ctx context.Context, c *call, in *leaseIn) (reply, error) {
	r, err := d.leaseRequest(c, in)
	if err != nil {
		return reply{}, err
	}
	ans, err := d.d.Authority.Lease(ctx, r)
	if err != nil {
		return reply{}, err
	}
	return asJSON(http.StatusOK, viewLease(&ans), nil)
}

func (d *door) renew(ctx context.Context, c *call, in *renewIn) (reply, error) {
	if n := len(in.Leases); n == 0 || n > authority.MaxRenewals {
		return reply{}, license.Invalidf("leases", "1 to %d seats are renewed at once", authority.MaxRenewals)
	}
	out := LeaseRenewals{Leases: make([]LeaseRenewal, len(in.Leases)), Now: d.d.Now()}
	var requests []authority.Request
	var at []int
	for i := range in.Leases {
		r, err := d.leaseRequest(c, &in.Leases[i])
		if err != nil {
			out.Leases[i] = refusedRenewal(c.r, err)
			continue
		}
		requests, at = append(requests, r), append(at, i)
	}
	for i, result := range d.d.Authority.RenewLeases(ctx, requests) {
		if result.Err != nil {
			out.Leases[at[i]] = refusedRenewal(c.r, result.Err)
			continue
		}
		lease := viewLease(&result.Answer)
		out.Leases[at[i]].Lease = &lease
	}
	return asJSON(http.StatusOK, out, nil)
}

func refusedRenewal(r *http.Request, err error) LeaseRenewal {
	p, _, _ := api.ProblemOf(r, err)
	if p.Status >= http.StatusInternalServerError {
		wire.ExchangeOf(r).Fail(err, nil) // It is told of once, and logged.
	}
	return LeaseRenewal{Problem: &p}
}

func (d *door) borrow(ctx context.Context, c *call, in *borrowIn) (reply, error) {
	r, err := d.leaseRequest(c, &in.leaseIn)
	if err != nil {
		return reply{}, err
	}
	r.Until = in.Until
	ans, err := d.d.Authority.Borrow(ctx, r)
	if err != nil {
		return reply{}, err
	}
	return asJSON(http.StatusOK, viewLease(&ans), nil)
}

func (d *door) release(ctx context.Context, c *call, in *leaseIn) (reply, error) {
	r, err := d.leaseRequest(c, in)
	if err != nil {
		return reply{}, err
	}
	ans, err := d.d.Authority.Release(ctx, r)
	return asJSON(http.StatusOK, Ended{true, ans.Now}, err)
}

// useIn counts units.
type useIn struct {
	Claim
	Meter  string `json:"meter,omitempty" maxLength:"100" doc:"The feature whose meter counts; absent is the license's own." example:"export"`
	Amount int64  `json:"amount" doc:"Units; a negative number gives back, where the terms allow that." example:"1"`
	Event  string `json:"event,omitempty" maxLength:"255" doc:"Your name for this use: sent again under the same name within 90 days, it counts once." example:"render-4711"`
}

// reserveIn keeps units.
type reserveIn struct {
	Claim
	Meter   string `json:"meter,omitempty" maxLength:"100" example:"export"`
	Amount  int64  `json:"amount" minimum:"1" example:"1"`
	Seconds int64  `json:"seconds,omitempty" minimum:"0" maximum:"86400" doc:"For how long; absent is 10 minutes, and 24 hours are the most." example:"600"`
}

// settleIn settles a reservation.
type settleIn struct {
	Claim
	Reservation license.ReservationID `json:"reservation" minimum:"1" example:"1774267200000006"`
}

// commitIn uses reserved units.
type commitIn struct {
	settleIn
	Amount *int64 `json:"amount" minimum:"0" nullable:"false" doc:"What was really used, at most what was reserved; the rest is given back." example:"1"`
	Event  string `json:"event,omitempty" maxLength:"255" doc:"As with POST /v1/usage; absent is the reservation itself."`
}

// Used is what became of units.
type Used struct {
	Amount      int64                 `json:"amount" doc:"That was counted by this call."`
	Total       int64                 `json:"total" doc:"Used in the period, after it."`
	Repeated    bool                  `json:"repeated" doc:"It had been counted before, under the same name."`
	At          license.Time          `json:"at" doc:"When it was counted."`
	Reservation license.ReservationID `json:"reservation,omitempty" doc:"That was made."`
	Until       license.Time          `json:"until,omitzero" required:"false" doc:"When the reservation ends by itself."`
	Now         license.Time          `json:"now"`
}

func viewUsed(ans *authority.Answer) Used {
	u := Used{Amount: ans.Usage.Amount, Total: ans.Usage.Total, Repeated: ans.Usage.Again, At: ans.Usage.At, Now: ans.Now}
	if held := ans.Usage.Reservation; held != nil {
		u.Reservation, u.Until = held.ID, held.Until
	}
	return u
}

func (d *door) use(ctx context.Context, c *call, in *useIn) (reply, error) {
	n, err := d.request(c, &in.Claim)
	if err != nil {
		return reply{}, err
	}
	n.Feature, n.Amount = in.Meter, in.Amount
	ans, err := d.d.Authority.UseUnits(ctx, n.Request(), in.Event)
	return asJSON(http.StatusOK, viewUsed(&ans), err)
}

func (d *door) reserve(ctx context.Context, c *call, in *reserveIn) (reply, error) {
	n, err := d.request(c, &in.Claim)
	if err != nil {
		return reply{}, err
	}
	n.Feature, n.Amount = in.Meter, in.Amount
	if in.Seconds != 0 {
		if in.Seconds < 0 || in.Seconds > 86400 {
			return reply{}, license.Invalidf("seconds", "units are reserved for 1 second to 24 hours")
		}
		n.Until = d.d.Now().Add(time.Duration(in.Seconds) * time.Second)
	}
	ans, err := d.d.Authority.ReserveUnits(ctx, n.Request())
	return asJSON(http.StatusCreated, viewUsed(&ans), err)
}

func (d *door) commit(ctx context.Context, c *call, in *commitIn) (reply, error) {
	if in.Amount == nil { // Taken for 0, it would end the reservation for nothing.
		return reply{}, license.Invalidf("amount", "say how many units were used; 0 is none")
	}
	n, err := d.request(c, &in.Claim)
	if err != nil {
		return reply{}, err
	}
	ans, err := d.d.Authority.CommitUnits(ctx, n.Request(), in.Reservation, *in.Amount, in.Event)
	return asJSON(http.StatusOK, viewUsed(&ans), err)
}

func (d *door) cancel(ctx context.Context, c *call, in *settleIn) (reply, error) {
	n, err := d.request(c, &in.Claim)
	if err != nil {
		return reply{}, err
	}
	ans, err := d.d.Authority.CancelUnits(ctx, n.Request(), in.Reservation)
	return asJSON(http.StatusOK, viewUsed(&ans), err)
}
