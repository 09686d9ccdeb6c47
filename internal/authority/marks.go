package authority

import (
	"context"
	"sync"
	"time"

	"licet/internal/license"
	"licet/internal/store"
)

const (
	keyNotedEvery = time.Minute // how exactly it is known when an API key was used
	maxReports    = 10_000      // licenses kept in mind that break a rule; further ones are reported at a later call
)

// marks collects what is counted beside the answers: uses of API keys, and address rules that were broken.
type marks struct {
	mu       sync.Mutex
	keys     map[keyMark]license.Time    // to be written
	noted    map[keyMark]license.Time    // when a key was last noted
	hits     map[hitMark]hitCount        // to be written
	reports  []report                    // to be written
	reported map[reportMark]license.Time // when a license was last reported by this process
}

type (
	keyMark struct {
		tenant license.TenantID
		key    license.APIKeyID
	}
	hitMark struct {
		tenant license.TenantID
		rule   license.AddressRuleID
		entry  string
	}
	hitCount struct {
		n    int64
		last license.Time
	}
	reportMark struct {
		rule    license.AddressRuleID
		license license.LicenseID
	}
	report struct {
		tenant  license.TenantID
		rule    license.AddressRuleID
		license license.LicenseID
		at      license.Time
		data    map[string]any
	}
)

func newMarks() *marks {
	return &marks{
		keys: make(map[keyMark]license.Time), noted: make(map[keyMark]license.Time), hits: make(map[hitMark]hitCount),
		reported: make(map[reportMark]license.Time),
	}
}

// NoteKey notes that an API key was used. It is written with the other notes, about once a minute for each key.
func (a *Authority) NoteKey(tenant license.TenantID, id license.APIKeyID) {
	m, key, now := a.marks, keyMark{tenant, id}, a.now()
	m.mu.Lock()
	defer m.mu.Unlock()
	if last, known := m.noted[key]; known && now.Sub(last) < keyNotedEvery && now >= last {
		return
	}
	m.noted[key], m.keys[key] = now, now
}

// NoteCall counts a call that no other method of the Authority answers for the tenant's meter (S0-01).
func (a *Authority) NoteCall(tenant license.TenantID) {
	a.notes.call(callKey{tenant: tenant, kind: store.CallOther}, 1)
}

func (m *marks) hit(h license.AddressHit, now license.Time) {
	key := hitMark{h.Rule.Tenant, h.Rule.ID, h.Entry}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.hits[key] = hitCount{m.hits[key].n + 1, now}
}

// report keeps a report for the next writing, unless the license was reported within the hour. With too many of them in mind,
// all are forgotten: the database knows as well.
func (m *marks) report(r report) {
	key := reportMark{r.rule, r.license}
	m.mu.Lock()
	defer m.mu.Unlock()
	if last, known := m.reported[key]; known && r.at.Sub(last) < reportEvery && r.at >= last {
		return
	}
	if len(m.reports) >= maxReports {
		return
	}
	if len(m.reported) >= maxReports {
		clear(m.reported)
	}
	m.reported[key] = r.at
	m.reports = append(m.reports, r)
}

// batch is what is written at once.
type batch struct {
	keys    map[keyMark]license.Time
	hits    map[hitMark]hitCount
	reports []report
}

func (m *marks) take() batch {
	m.mu.Lock()
	defer m.mu.Unlock()
	b := batch{m.keys, m.hits, m.reports}
	if len(b.keys) > 0 {
		m.keys = make(map[keyMark]license.Time)
	}
	if len(b.hits) > 0 {
		m.hits = make(map[hitMark]hitCount)
	}
	m.reports = nil
	return b
}

// putBack returns what could not be written.
func (m *marks) putBack(b batch) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for key, at := range b.keys {
		m.keys[key] = max(m.keys[key], at)
	}
	for key, count := range b.hits {
		m.hits[key] = hitCount{m.hits[key].n + count.n, max(m.hits[key].last, count.last)}
	}
	m.reports = append(b.reports, m.reports...)
}

// flushMarks writes the marks collected so far.
func (a *Authority) flushMarks(ctx context.Context) error {
	b := a.marks.take()
	for len(b.keys)+len(b.hits)+len(b.reports) > 0 {
		some := b.reports[:min(notesAtOnce, len(b.reports))]
		err := a.store.Write(ctx, func(tx *store.Tx) error { return b.write(tx, some) })
		if err != nil {
			a.marks.putBack(b)
			return err
		}
		b = batch{reports: b.reports[len(some):]}
	}
	return nil
}

// write stores keys and hits, and some of the reports.
func (b *batch) write(tx *store.Tx, reports []report) error {
	for key, at := range b.keys {
		if err := tx.NoteAPIKey(key.tenant, key.key, at); err != nil {
			return err
		}
	}
	for key, count := range b.hits {
		if err := tx.AddAddressHits(key.tenant, key.rule, key.entry, count.n, count.last); err != nil {
			return err
		}
	}
	for i := range reports {
		r := &reports[i]
		due, err := tx.ReportAddress(r.tenant, r.rule, r.license, r.at, r.at.Add(-reportEvery))
		if err != nil {
			return err
		}
		if !due {
			continue // Another server has done so.
		}
		if err := tx.AppendEvents(r.tenant, actor, r.at, license.Event{Kind: license.AddressReported, License: r.license, Subject: int64(r.rule), Data: r.data}); err != nil {
			return err
		}
	}
	return nil
}
