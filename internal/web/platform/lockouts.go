package platform

import (
	"context"
	"fmt"
	"math"
	"strings"
	"time"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/web"
)

// lockoutRoutes are lockouts.
func (p *Platform) lockoutRoutes() []route {
	return []route{
		{pattern: "GET /lockouts", needs: identity.ReadCustomers, page: (*visit).lockoutsPage},
		{pattern: "POST /lockouts/clear", page: (*visit).clearLockout},
	}
}

// lockoutsAtOnce is how many a page lists.
const lockoutsAtOnce = 100

// lockoutsView is what is locked now, and why things are.
type lockoutsView struct {
	Locked   []office.Locked
	All      int    // that are locked, of which Locked is a page
	Back     string // address of the page before; "" is none
	Next     string
	Products map[license.ProductID]string // names of those that Locked names
	Rules    office.LockoutRules

	CanMembers   bool // unlock members: an owner
	CanUsers     bool
	CanAddresses bool
	CanSettings  bool // change the policies
}

// may reports whether the person may open something.
func (v *lockoutsView) may(k office.LockedKind) bool {
	switch k {
	case office.LockedMember:
		return v.CanMembers
	case office.LockedUser:
		return v.CanUsers
	}
	return v.CanAddresses
}

func (v *visit) lockoutsPage() error {
	view := lockoutsView{
		CanMembers: v.actor.RequireOwner(v.actor.Tenant) == nil, CanUsers: v.can(identity.WriteCustomers),
		CanAddresses: v.can(identity.WriteSettings), CanSettings: v.can(identity.WriteSettings), Products: make(map[license.ProductID]string),
	}
	from := int(min(max(v.input.Int("from", 0), 0), math.MaxInt32))
	var err error
	if view.Locked, view.All, err = v.p.d.Office.ListLockouts(v.Context(), v.actor, from, lockoutsAtOnce); err != nil {
		return err
	}
	if len(view.Locked) == 0 && view.All > 0 { // What was there has ended meanwhile.
		return v.redirect("/lockouts")
	}
	at := func(from int) string { return v.URL.Path + web.Query(nil, "from", fmt.Sprint(from)) }
	if from > 0 {
		view.Back = at(max(from-lockoutsAtOnce, 0))
	}
	if from+len(view.Locked) < view.All {
		view.Next = at(from + lockoutsAtOnce)
	}
	for _, l := range view.Locked {
		if l.Product == 0 || view.Products[l.Product] != "" {
			continue
		}
		product, err := v.p.d.Office.FindProduct(v.Context(), v.actor, fmt.Sprint(int64(l.Product)))
		if err != nil && license.CodeOf(err) != license.NotFound {
			return err
		}
		view.Products[l.Product] = product.Name
	}
	if view.Rules, err = v.p.d.Office.LockoutRules(v.Context(), v.actor); err != nil {
		return err
	}
	return v.draw(v.t("Lockouts"), lockoutsPage(view))
}

func (v *visit) clearLockout() error {
	product, _ := license.ParseID(v.input.Text("product"))
	l := office.Locked{Kind: office.LockedKind(v.input.Text("kind")), Subject: v.input.Raw("subject"), Product: license.ProductID(product)}
	if err := v.p.d.Office.ClearLockout(v.Context(), v.actor, l); err != nil {
		return err
	}
	v.say(web.Good, "%s is unlocked.", isolated(l.Subject))
	return v.redirect("/lockouts")
}

// lockedWhat says what sort of thing is locked.
func lockedWhat(ctx context.Context, k office.LockedKind) string {
	switch k {
	case office.LockedMember:
		return web.T(ctx, "Colleague")
	case office.LockedUser:
		return web.T(ctx, "License user")
	case office.LockedUserAddress:
		return web.T(ctx, "Address that license users sign in from")
	case office.LockedAddress:
		return web.T(ctx, "Address that licenses are looked after from")
	}
	return string(k)
}

// maxTold is how many locks of a policy are told one by one.
const maxTold = 6

// policyWords says what a lockout policy does, in sentences (S0-39).
func policyWords(ctx context.Context, p identity.LockoutPolicy) []string {
	out := []string{web.N(ctx, int64(p.FailuresPerRound), "%d wrong attempt locks.", "%d wrong attempts lock.")}
	last, ends := p.TemporaryLocks.Max()
	var locks []string
	for _, d := range p.Locks(maxTold) {
		locks = append(locks, lockLength(ctx, d))
	}
	switch {
	case ends && last == 0:
		out = append(out, web.T(ctx, "The lock is permanent: somebody has to unlock it."))
	case ends && int(last) > len(locks):
		out = append(out, web.T(ctx, "Locks last %s, and so on; after %d of them the next one is permanent.", strings.Join(locks, ", "), last))
	case ends:
		out = append(out, web.T(ctx, "Locks last %s; the next one is permanent, until somebody unlocks it.", strings.Join(locks, ", ")))
	case len(locks) == 1:
		out = append(out, web.T(ctx, "Each lock lasts %s; none is permanent.", locks[0]))
	default:
		out = append(out, web.T(ctx, "Locks last %s, and no longer; none is permanent.", strings.Join(locks, ", ")))
	}
	if p.Window > 0 {
		out = append(out, web.T(ctx, "Attempts count together within %s.", lockLength(ctx, p.Window.Duration())))
	}
	switch {
	case p.IdleReset == 0:
		out = append(out, web.T(ctx, "Nothing is forgotten by itself."))
	case p.IdleResetFrom == identity.FromLastFailure:
		out = append(out, web.T(ctx, "All is forgotten %s after the last wrong attempt.", lockLength(ctx, p.IdleReset.Duration())))
	default:
		out = append(out, web.T(ctx, "All is forgotten after %s without a wrong attempt, counted from the end of a lock.", lockLength(ctx, p.IdleReset.Duration())))
	}
	if p.ResetOnSuccess {
		out = append(out, web.T(ctx, "A right one outside a lock makes all forgotten at once."))
	}
	if p.CountWhileLocked {
		out = append(out, web.T(ctx, "Attempts during a lock count too."))
	}
	return out
}

// lockLength says how long a lock lasts, exactly where a whole unit fits, else in minutes.
func lockLength(ctx context.Context, d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d >= day && d%day == 0:
		return web.N(ctx, int64(d/day), "%d day", "%d days")
	case d >= time.Hour && d%time.Hour == 0:
		return web.N(ctx, int64(d/time.Hour), "%d hour", "%d hours")
	}
	return web.N(ctx, int64(d/time.Minute), "%d minute", "%d minutes")
}
