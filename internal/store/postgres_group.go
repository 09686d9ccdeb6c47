package store

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"licet/internal/license"
)

// Two transactions of changes run at once: one talks while the other waits for the disk. Beyond that, changes wait, and whoever has a lane next
// takes all of them into one transaction, a savepoint each: what one leaves to be sent travels with
// the first question of the next, so a change costs one round trip and a share of a commit. Changes that wait for no answer,
// such as first activations, need no savepoint, and all of them together one round trip. When anything but a member's own
// refusal or conflict happens, the group is rolled back and each member runs again, alone.
const (
	laneCount = 2
	laneTime  = 50 * time.Millisecond // whoever takes longer is no reason for others to wait
	groupMost = 64                    // changes in one transaction
	// groupLocks bounds the waiting for rows that others have locked: a group holds several, and PostgreSQL looks for
	// deadlocks only after a second.
	groupLocks = "SET LOCAL lock_timeout = '100ms'"
)

func (e *postgresEngine) write(ctx context.Context, once bool, fn func(*Tx) error) error {
	if once || e.oneByOne {
		return e.alone(ctx, once, fn)
	}
	c := &change{ctx: ctx, fn: fn, answer: make(chan error, 1)}
	if e.mayLead() {
		e.lead(c)
		return <-c.answer
	}
	select {
	case e.queue <- c:
	default:
		return license.RefuseFor(license.ServerBusy, time.Second)
	}
	e.wake() // a lane or a connection may have become free in between
	return c.wait()
}

// mayLead takes a lane and a connection's slot, if both are free.
func (e *postgresEngine) mayLead() bool {
	for len(e.slots) < cap(e.slots) {
		select {
		case e.lanes <- struct{}{}:
		default:
			return false
		}
		select {
		case e.slots <- struct{}{}:
			return true
		default:
			<-e.lanes // and look again: who gave back a slot just now may have found the lane taken
		}
	}
	return false
}

// wake gives free lanes to the changes that wait. Whoever gives back a lane, or a slot, wakes.
func (e *postgresEngine) wake() {
	for len(e.queue) > 0 && e.mayLead() {
		if c := next(e.queue); c != nil {
			go e.lead(c)
			continue
		}
		<-e.slots
		<-e.lanes
	}
}

// handOver gives a slot to a change that waits, before anybody else can take it, or gives it back.
func (e *postgresEngine) handOver() {
	select {
	case e.lanes <- struct{}{}:
		if c := next(e.queue); c != nil {
			go e.lead(c)
			return
		}
		<-e.lanes
	default:
	}
	e.leave()
}

// lead runs first, and what waits behind it, for the holder of a lane and a slot, and gives both back.
func (e *postgresEngine) lead(first *change) {
	leave := sync.OnceFunc(func() {
		<-e.lanes
		e.wake()
	})
	defer leave()
	defer time.AfterFunc(laneTime, leave).Stop()
	if !first.take() {
		e.leave()
		return
	}
	if len(e.queue) == 0 {
		<-e.slots // alone takes one again; nobody waits for it now
		first.answer <- e.alone(first.ctx, false, first.fn)
		return
	}
	members, again, err := e.group(first)
	e.leave()
	for _, m := range members {
		switch {
		case again && !m.final:
			go func() { m.answer <- e.alone(m.ctx, false, m.fn) }()
		case m.err != nil:
			m.answer <- m.err
		default:
			m.answer <- err
		}
	}
}

// group runs first and what waits behind it in one transaction. again means that nothing was kept and each has to run
// alone; err is the outcome for those that did not fail by themselves.
func (e *postgresEngine) group(first *change) (members []*change, again bool, err error) {
	members = []*change{first}
	ctx, cancel := patient(context.Background())
	defer cancel()
	if err := e.ids.fresh(); err != nil {
		return members, false, err
	}
	c, err := e.connect(ctx)
	if err != nil {
		return e.turnAway(members), false, err
	}
	defer c.Release()
	s := &pgSession{caller: ctx, wait: ctx, conn: c.Conn(), begin: "BEGIN"}
	defer s.rollback() // does nothing after a commit
	if err := s.run(groupLocks, nil); err != nil {
		return members, true, nil
	}
	open := make(map[*change]*Tx) // those of members that have not failed
	start := time.Now()
	for m := first; m != nil; m = next(e.queue) {
		if m != first {
			if !m.take() {
				continue
			}
			members = append(members, m)
		}
		tx := &Tx{on: s, ids: e.ids, write: true}
		if !e.member(s, m, tx) {
			return members, true, nil
		}
		if m.err == nil {
			open[m] = tx
		}
		if len(members) >= groupMost || time.Since(start) >= batchTime {
			break
		}
	}
	if !settled(s, open) {
		return members, true, nil
	}
	err = s.commit()
	if lost, ok := errors.AsType[*lostError](err); err != nil && !(ok && lost.unknown) {
		return members, true, nil
	}
	return members, false, err
}

// settled reports whether all that the members' outcome depends on is so. Those for whom it is not fail, whatever becomes of the group: what
// was changed under them was changed by another member, or before, and either way they have to look again.
func settled(s *pgSession, open map[*change]*Tx) bool {
	depends := false
	for _, tx := range open {
		depends = depends || len(tx.provisos) > 0
	}
	if depends && s.flush() != nil {
		return false
	}
	all := true
	for m, tx := range open {
		if err := tx.unproven(); err != nil {
			m.err, m.final, all = err, true, false
		}
	}
	return all
}

// turnAway takes all that wait now, when there is no connection to be had.
func (e *postgresEngine) turnAway(out []*change) []*change {
	for c := next(e.queue); c != nil; c = next(e.queue) {
		if c.take() {
			out = append(out, c)
		}
	}
	return out
}

// member runs one change of a group, and takes back only that when it fails by itself. It returns
// false when the group is lost.
func (e *postgresEngine) member(s *pgSession, m *change, tx *Tx) bool {
	if m.err = m.ctx.Err(); m.err != nil {
		return true
	}
	sent := s.sent
	s.own, s.failure = len(s.queue), nil
	before := s.own
	if err := s.run("SAVEPOINT change", nil); err != nil {
		return false
	}
	m.err = attempt(tx, m.fn)
	if m.err == nil && s.sent == sent { // What it left to be sent is the group's to lose: see settle.
		s.queue = slices.Delete(s.queue, before, before+1)
		return true
	}
	if m.err == nil {
		m.err = tx.settle()
	}
	switch {
	case m.err == nil:
		return s.run("RELEASE SAVEPOINT change", nil) == nil
	case s.failure == nil && s.sent == sent: // a refusal before anything was sent
		s.drop(before)
		return true
	case s.failure == nil: // a refusal
		s.drop(0)
	case !ownFault(s):
		return false
	default:
		// The server takes nothing but this now, not even what would have to be prepared along with it.
		if _, err := s.conn.Exec(s.wait, "ROLLBACK TO SAVEPOINT change"); err != nil {
			return false
		}
		return s.run("RELEASE SAVEPOINT change", nil) == nil
	}
	return errors.Join(s.run("ROLLBACK TO SAVEPOINT change", nil), s.run("RELEASE SAVEPOINT change", nil)) == nil
}

// ownFault reports whether the server refused a statement of the present member for what it says, and not for what others do.
func ownFault(s *pgSession) bool {
	e, ok := errors.AsType[*pgconn.PgError](s.failure)
	return ok && !s.foreign && !s.conn.IsClosed() && e.Code != "55P03" && !retryable(s.failure)
}

// drop forgets what is queued from index n on.
func (s *pgSession) drop(n int) {
	clear(s.queue[n:])
	s.queue = s.queue[:n]
}
