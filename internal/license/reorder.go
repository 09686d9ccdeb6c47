package license

// PutInOrder moves a license into another order of its tenant, which is open: a pending or a completed one. A license that was
// withheld comes into force in a completed order, as when its own is completed; one that is in force cannot go into a pending one.
// It takes the customer of the order, where that has one. Conflict for anything else, and for a part of a bundle, which goes where its whole does.
func PutInOrder(l License, o Order, now Time) (Change, error) {
	conflict := func(why string) (Change, error) {
		return Change{}, &Error{Code: Conflict, Field: "order", Message: why}
	}
	switch {
	case l.Order == o.ID:
		return Change{License: l}, nil
	case o.Status == OrderCancelled || o.Status == OrderRefunded:
		return conflict("the order is " + string(o.Status) + "; it takes no licenses")
	case o.Status == OrderPending && !l.Withheld && l.Standing != Revoked:
		return conflict("the order is pending, and the license is in force already")
	case l.Bundle != 0:
		return conflict("the license is part of a bundle; move the bundle's own license")
	}
	l.Order = o.ID
	if o.Customer != 0 {
		l.Customer = o.Customer
	}
	return Settle(l, o.Status, now), nil
}
