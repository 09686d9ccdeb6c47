package license

// Issue is what a new license is made from.
type Issue struct {
	Product   Product
	Order     Order
	Policy    PolicyID
	Terms     *Terms
	Customer  CustomerID
	Key       string
	NotBefore Time // no activation earlier; 0 is none
	ExpiresAt Time // a fixed date, which wins over the duration; 0 is none
	Note      string
	Metadata  string
}

// NewLicense makes a license. In an order that is not completed it is withheld, and an expiry that
// counts from the order begins when the order completes.
//
// It refuses with ProductDisabled and ProductArchived, as Invalid without an order (S0-07), and as a
// Conflict in an order that was cancelled or refunded, where it could never be used; terms and key are
// validated by who made them. The license and its grants get their identity from the caller.
func NewLicense(i *Issue, now Time) (LicenseRecord, []Grant, error) {
	switch {
	case i.Product.Archived:
		return LicenseRecord{}, nil, Refuse(ProductArchived)
	case i.Product.Disabled:
		return LicenseRecord{}, nil, Refuse(ProductDisabled)
	case i.Order.ID == 0:
		return LicenseRecord{}, nil, Invalidf("order", "every license needs an order")
	case i.Order.Status == OrderCancelled || i.Order.Status == OrderRefunded:
		return LicenseRecord{}, nil, &Error{Code: Conflict, Message: "the order is " + string(i.Order.Status) + "; it takes no new licenses"}
	}
	r := LicenseRecord{Note: i.Note, License: License{
		Tenant: i.Product.Tenant, Product: i.Product.ID, Order: i.Order.ID, Policy: i.Policy, Customer: i.Customer,
		Key: i.Key, Standing: Enabled, Withheld: i.Order.Status != OrderCompleted, Terms: i.Terms,
		IssuedAt: now, NotBefore: i.NotBefore, ExpiresAt: i.ExpiresAt, Metadata: i.Metadata, Revision: 1,
	}}
	var grants []Grant
	if i.Terms.Starts == StartsAtIssue || i.Terms.Starts == StartsAtOrder && !r.Withheld {
		grants = r.start(now)
	}
	return r, grants, nil
}

// Settle is what the end of an order means for one of its licenses: completed releases it,
// cancelled and refunded revoke it for ever. None of them withholds it any longer: who asks about a
// license of a cancelled order hears that it is revoked (rmz.md, R27).
func Settle(l License, status OrderStatus, now Time) Change {
	switch status {
	case OrderCancelled, OrderRefunded:
		l.Withheld = false
		return Revoke(l, "order "+string(status))
	case OrderCompleted:
		if !l.Withheld {
			return Change{License: l}
		}
		l.Withheld = false
		ch := Change{License: l, Events: []Event{{Kind: LicenseReleased, License: l.ID}}}
		if l.Terms.Starts == StartsAtOrder {
			ch.Grants = ch.License.start(now)
		}
		return ch
	}
	return Change{License: l}
}

// MoveOrder is the life of an order: pending → completed, cancelled or refunded; completed →
// cancelled or refunded. Asking for the status it has changes nothing.
func MoveOrder(o Order, to OrderStatus, now Time) (Order, []Event, error) {
	kinds := map[OrderStatus]EventKind{OrderCompleted: OrderWasCompleted, OrderCancelled: OrderWasCancelled, OrderRefunded: OrderWasRefunded}
	kind, known := kinds[to]
	switch {
	case !known:
		return o, nil, Invalidf("status", "an order becomes completed, cancelled or refunded")
	case o.Status == to:
		return o, nil, nil
	case o.Status == OrderCancelled || o.Status == OrderRefunded:
		return o, nil, &Error{Code: Conflict, Message: "the order is " + string(o.Status) + "; that cannot be undone"}
	}
	o.Status = to
	if to == OrderCompleted {
		o.CompletedAt = now
	}
	return o, []Event{{Kind: kind, Subject: int64(o.ID), Data: map[string]any{"reference": o.Reference}}}, nil
}

// Extend lengthens an unused license (S1-21). A used one is refused with LicenseUsed: its user is
// extended instead (S1-22). A banned one is refused with RedemptionBlocked (keyauth.md §9.9). A
// license without an end cannot be extended.
func Extend(l License, by Span, now Time) (Change, error) {
	t := *l.Terms
	switch {
	case l.Standing == Revoked:
		return Change{}, Refuse(LicenseRevoked)
	case l.IsUsed():
		return Change{}, Refuse(LicenseUsed)
	case l.RedemptionBlocked:
		return Change{}, Refuse(RedemptionBlocked)
	case t.Duration.IsZero() && l.ExpiresAt == 0:
		return Change{}, &Error{Code: Conflict, Message: "the license never ends; there is nothing to extend"}
	}
	if !t.Duration.IsZero() {
		sum, err := t.Duration.Plus(by)
		if err != nil {
			return Change{}, err
		}
		t.Duration = sum
		l.Terms = &t
	}
	if l.ExpiresAt != 0 {
		l.ExpiresAt = by.Add(l.ExpiresAt)
	}
	return Change{License: l, Events: []Event{{Kind: LicenseExtended, License: l.ID,
		Data: map[string]any{"by": by.String(), "duration": t.Duration.String(), "expires_at": l.ExpiresAt}}}}, nil
}

// Renew gives a started license another period: its end moves to by after the later of now and the
// old end (rmz.md §17). A lapsed license that had started begins a new period now. A license whose redemption
// carries the date is refused with LicenseUsed.
func Renew(l License, r *Redemption, by Span, now Time) (Change, error) {
	switch {
	case l.Standing == Revoked:
		return Change{}, Refuse(LicenseRevoked)
	case r != nil && r.ExpiresAt != 0:
		return Change{}, Refuse(LicenseUsed)
	case l.ExpiresAt == 0:
		return Change{}, &Error{Code: Conflict, Message: "the license has no running period to renew; extend it while it is unused"}
	}
	if now >= l.ExpiresAt && l.StartedAt != 0 {
		l.StartedAt = now
	}
	l.ExpiresAt = by.Add(max(now, l.ExpiresAt))
	return Change{License: l, Events: []Event{{Kind: LicenseRenewed, License: l.ID,
		Data: map[string]any{"by": by.String(), "expires_at": l.ExpiresAt}}}}, nil
}

// ExtendRedemption moves the end of what a license user holds (S1-23). One that has ended begins
// again now.
func ExtendRedemption(r Redemption, by Span, now Time) (Change, error) {
	if r.ExpiresAt == 0 {
		return Change{}, &Error{Code: Conflict, Message: "the redemption never ends; there is nothing to extend"}
	}
	r.ExpiresAt = by.Add(max(now, r.ExpiresAt))
	return Change{Redemptions: []Redemption{r}, Events: []Event{{Kind: RedemptionExtended, License: r.License, Subject: int64(r.User),
		Data: map[string]any{"by": by.String(), "expires_at": r.ExpiresAt}}}}, nil
}

// ChangeTerms gives a license other terms. Its type is fixed at issue, and its duration once it is used
// (S1-22): then renewing moves its end. A trial that becomes a full license may change its duration.
func ChangeTerms(l License, t Terms) (Change, error) {
	switch {
	case l.Standing == Revoked:
		return Change{}, Refuse(LicenseRevoked)
	case t.Type != l.Terms.Type:
		return Change{}, &Error{Code: Conflict, Field: "type", Message: "the type of a license is fixed when it is issued"}
	case l.IsUsed() && t.Duration != l.Terms.Duration && !(l.Terms.Trial && !t.Trial):
		return Change{}, Refusef(LicenseUsed, "the duration is fixed once a license is used; renew it instead")
	}
	l.Terms = &t
	return Change{License: l, Events: []Event{{Kind: LicenseChanged, License: l.ID,
		Data: map[string]any{"activations": t.Activations.String(), "transfers": t.Transfers.String(), "lock": t.Lock, "trial": t.Trial}}}}, nil
}
