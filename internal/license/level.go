package license

import (
	"cmp"
	"slices"
	"time"
)

// Level is a name for what licenses of a level grant (KeyAuth: a subscription of an application). Several may have the
// same number: then a license of it grants them all (S1-09).
type Level struct {
	ID      LevelID
	Tenant  TenantID
	Product ProductID
	Name    string // unique per product ignoring letter case
	Number  int64
	Paused  bool
	Created Time
}

// Holding is what a user holds by one redemption, with what is shown of it.
type Holding struct {
	Redemption
	Name     string // of the level
	Key      string // of the license; "" for one without a key
	Standing Standing
	Withheld bool
}

// left returns how much time a holding has in microseconds, paused or not; 0 or less is none.
func (h *Holding) left(now Time) Time {
	switch {
	case h.ExpiresAt == 0:
		return Forever
	case h.PausedAt != 0:
		return h.ExpiresAt - h.PausedAt
	}
	return h.ExpiresAt - now
}

// gives reports whether a holding is one of a level, by a license that stands.
func (h *Holding) gives() bool { return h.LevelID != 0 && !h.Withheld && h.Standing == Enabled }

// Entitlement is what a user may use now: a level, until when, and by which license.
type Entitlement struct {
	Level     LevelID
	Name      string
	Number    int64
	Key       string // "" where the level was added to what the user had
	ExpiresAt Time   // 0 is never
}

// SignIn returns what a license user may use who comes back, as Entitle does. A user who is banned may use nothing: they hear
// UserBanned, with what was said of it as the message (S1-18).
func SignIn(u *LicenseUser, held []Holding, now Time) ([]Entitlement, error) {
	if err := u.Welcome(); err != nil {
		return nil, err
	}
	return Entitle(held, now)
}

// Welcome refuses a license user who is banned, with UserBanned and the reason as its message.
func (u *LicenseUser) Welcome() error {
	if !u.Banned {
		return nil
	}
	return Refusef(UserBanned, "%s", cmp.Or(u.BanReason, UserBanned.Sentence()))
}

// Entitle returns what a user may use by what they hold, one entitlement a level, in the order in which they got them. A
// level that they hold by several licenses lasts as long as the longest.
//
// It refuses with HoldingPaused where all that has time left is paused, and with NothingHeld where nothing has. A license that
// is suspended, revoked or withheld gives nothing; one that is banned goes on (S1-17).
func Entitle(held []Holding, now Time) ([]Entitlement, error) {
	var out []Entitlement
	paused := false
	held = slices.Clone(held)
	slices.SortStableFunc(held, func(a, b Holding) int {
		return cmp.Or(cmp.Compare(a.StartedAt, b.StartedAt), cmp.Compare(a.License, b.License), cmp.Compare(a.LevelID, b.LevelID))
	})
	for i := range held {
		switch h := &held[i]; {
		case !h.gives() || h.left(now) <= 0:
		case h.PausedAt != 0:
			paused = true
		default:
			out = addTo(out, h)
		}
	}
	switch {
	case len(out) > 0:
		return out, nil
	case paused:
		return nil, Refuse(HoldingPaused)
	}
	return nil, Refuse(NothingHeld)
}

// addTo adds a holding to the entitlement of its level.
func addTo(list []Entitlement, h *Holding) []Entitlement {
	key := h.Key
	if h.Added {
		key = ""
	}
	i := slices.IndexFunc(list, func(e Entitlement) bool { return e.Level == h.LevelID })
	if i < 0 {
		return append(list, Entitlement{Level: h.LevelID, Name: h.Name, Number: h.Level, Key: key, ExpiresAt: h.ExpiresAt})
	}
	e := &list[i]
	if e.ExpiresAt != 0 && (h.ExpiresAt == 0 || h.ExpiresAt > e.ExpiresAt) {
		e.ExpiresAt = h.ExpiresAt
	}
	e.Key = cmp.Or(e.Key, key)
	return list
}

// Redeem assigns an unused license to the license user in s.User, who then holds every level of its number among levels
// (S1-09); its duration begins now.
//
// It refuses with every reason that the rules table marks for redeem, and at last with LevelUnknown where no level has the
// number.
func Redeem(s *State, levels []Level, now Time) (Change, error) {
	granted, err := redeemable(s, levels, now)
	if err != nil {
		return Change{}, err
	}
	ch := use(s, now)
	for _, level := range granted {
		ch.Redemptions = append(ch.Redemptions, s.redemption(&ch.License, level, now))
	}
	return ch, nil
}

// Upgrade adds an unused license to what the user in s.User holds: the first level of its number lasts longer by its
// duration, or begins now (keyauth.md §9.6). It refuses as Redeem does.
func Upgrade(s *State, levels []Level, held []Holding, now Time) (Change, error) {
	granted, err := redeemable(s, levels, now)
	if err != nil {
		return Change{}, err
	}
	ch := use(s, now)
	r := s.redemption(&ch.License, granted[0], now)
	r.Added = true
	for i := range held {
		h := &held[i]
		if h.LevelID != r.LevelID || !h.gives() || h.PausedAt != 0 || h.left(now) <= 0 {
			continue
		}
		switch {
		case h.ExpiresAt == 0:
			r.ExpiresAt = 0
		case r.ExpiresAt != 0:
			lasts := ch.License.ExpiresAt - now
			r.ExpiresAt = max(r.ExpiresAt, min(h.ExpiresAt, Forever-lasts)+lasts)
		}
	}
	ch.Redemptions = []Redemption{r}
	return ch, nil
}

// redeemable refuses what may not be redeemed, and returns the levels that it grants.
func redeemable(s *State, levels []Level, now Time) ([]Level, error) {
	if err := Judge(s, OpRedeem, &Claim{}, now).Err(); err != nil {
		return nil, err
	}
	var granted []Level
	for _, level := range levels {
		if level.Number == s.License.Terms.Level {
			granted = append(granted, level)
		}
	}
	if len(granted) == 0 {
		return nil, Refuse(LevelUnknown)
	}
	return granted, nil
}

// use is the license once the user has redeemed it.
func use(s *State, now Time) Change {
	ch := Change{License: s.License}
	ch.Grants = ch.License.use(now)
	ch.Events = []Event{{Kind: LicenseRedeemed, License: s.License.ID, Subject: int64(s.User.ID), Data: map[string]any{"name": s.User.Name}}}
	return ch
}

func (s *State) redemption(l *License, level Level, now Time) Redemption {
	r := Redemption{License: l.ID, User: s.User.ID, LevelID: level.ID, Level: level.Number, StartedAt: now}
	if l.Deadline() != 0 {
		r.ExpiresAt = l.ExpiresAt
	}
	if level.Paused {
		r.PausedAt = now
	}
	return r
}

// Lengthen gives a level that a user holds more time: what has the most left gets it, and what has ended begins again now
// (S1-23). It returns false where the user holds nothing of the level, or holds it for ever.
func Lengthen(held []Holding, level LevelID, by Span, now Time) (Change, bool) {
	best := -1
	for i := range held {
		if held[i].LevelID != level {
			continue
		}
		if held[i].ExpiresAt == 0 {
			return Change{}, false
		}
		if best < 0 || held[i].left(now) > held[best].left(now) {
			best = i
		}
	}
	if best < 0 {
		return Change{}, false
	}
	r := held[best].Redemption
	from := r.ExpiresAt
	if held[best].left(now) <= 0 {
		from = now
		if r.PausedAt != 0 {
			r.PausedAt = now // Nothing was left then, and what is given now is left.
		}
	}
	r.ExpiresAt = by.Add(from)
	return Change{Redemptions: []Redemption{r}, Events: []Event{moved(&r)}}, true
}

// Shorten takes time from a level that a user holds: nothing of it lasts longer than the longest did, less by. It
// returns false where the user holds nothing of the level that ends.
func Shorten(held []Holding, level LevelID, by time.Duration) (Change, bool) {
	var most Time
	for i := range held {
		if held[i].LevelID == level {
			most = max(most, held[i].ExpiresAt)
		}
	}
	if most == 0 {
		return Change{}, false
	}
	var ch Change
	most = max(most-Time(by.Microseconds()), 1)
	for i := range held {
		if r := held[i].Redemption; r.LevelID == level && r.ExpiresAt > most {
			r.ExpiresAt = most
			ch.Redemptions = append(ch.Redemptions, r)
			ch.Events = append(ch.Events, moved(&r))
		}
	}
	return ch, true
}

func moved(r *Redemption) Event {
	return Event{Kind: RedemptionExtended, License: r.License, Subject: int64(r.User), Data: map[string]any{"expires_at": r.ExpiresAt}}
}
