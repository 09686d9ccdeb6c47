package office

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/store"
)

// JobID is the identity of a job.
type JobID = store.JobID

// JobState is how a job stands.
type JobState string

// The closed list of states.
const (
	JobWaiting JobState = "waiting" // for its turn
	JobRunning JobState = "running"
	JobDone    JobState = "done"
	JobFailed  JobState = "failed" // Result says why
	JobLost    JobState = "lost"   // its server stopped; what the job had done by then is kept
)

// Ended reports whether nothing more comes of a job.
func (s JobState) Ended() bool { return s == JobDone || s == JobFailed || s == JobLost }

// Job is work that goes on behind a page.
type Job struct {
	ID        JobID
	Kind      string // the word of who started it
	State     JobState
	Done      int64 // so many of Total, to about a second
	Total     int64 // 0 is unknown
	CreatedBy string
	CreatedAt license.Time
	EndedAt   license.Time // 0 is not yet
	Result    string       // what the work returned; of a failed job why, in a sentence that is safe to show
}

// Work is what a job does. It tells how far it is as often as it likes; a total of 0 is unknown. What it returns is kept: at most 64 KiB.
type Work func(ctx context.Context, progress func(done, total int64)) (result string, err error)

// The bounds of jobs.
const (
	maxJobs   = 2                   // that run at once in a process
	maxQueued = 20                  // that run or wait
	maxResult = 64 << 10            // bytes
	jobsShown = 50                  //
	jobsKept  = 30 * 24 * time.Hour //
	jobBeat   = time.Second         // how often a job says that it lives, and how far it is
	jobLost   = 30 * time.Second    // a job that says nothing so long is lost
	lastWords = 5 * time.Second     // for storing what came of a job when all ends
)

// StartJob begins work in the background. The actor needs licenses:read to do so; the work asks for what it needs besides, as the use cases
// that it calls do. At most 2 jobs run at once in a process, and 20 run or wait; more are server_busy. A job ends with the process that it
// was started in, see EndJobs; one that the process did not end is lost.
//
// What is done in one transaction, as CreateLicenses, needs no job: it takes about a second for 10,000 licenses, and there is nothing to
// tell before its end. An export needs none either: it comes at once. An import is work for a job, on a copy of the file.
func (o *Office) StartJob(ctx context.Context, actor identity.Actor, kind string, total int64, work Work) (JobID, error) {
	if err := mayWithin(actor, identity.ReadLicenses); err != nil {
		return 0, err
	}
	if err := checkText("kind", kind, 1, maxName); err != nil {
		return 0, err
	}
	if o.rehearses {
		return 0, &license.Error{Code: license.Conflict, Message: "a rehearsal starts no jobs"}
	}
	if !o.back.queue() {
		return 0, license.RefuseFor(license.ServerBusy, 10*time.Second)
	}
	now := o.d.Now()
	row := store.Job{Tenant: actor.Tenant, Kind: kind, State: string(JobWaiting), Total: max(total, 0), CreatedBy: actor.String(), CreatedAt: now, SeenAt: now}
	err := o.d.Store.Write(ctx, func(tx *store.Tx) error {
		if err := tx.PruneJobs(actor.Tenant, now.Add(-jobsKept)); err != nil {
			return err
		}
		return tx.InsertJob(&row)
	})
	if err != nil {
		o.back.leave()
		return 0, err
	}
	begun := o.back.begin(func() {
		defer o.back.leave()
		o.runJob(row, work)
	})
	if !begun {
		o.back.leave()
		return 0, license.RefuseFor(license.ServerBusy, 10*time.Second)
	}
	return row.ID, nil
}

// progress is how far a job is, for whoever writes it down.
type progress struct {
	done, total atomic.Int64
	running     atomic.Bool
}

// runJob waits for a place, does the work, and stores what came of it.
func (o *Office) runJob(row store.Job, work Work) {
	var p progress
	p.total.Store(row.Total)
	stop, beaten := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(beaten)
		o.beat(row, &p, stop)
	}()
	result, err := "", error(nil)
	select {
	case o.back.places <- struct{}{}:
		p.running.Store(true)
		result, err = doWork(o.back.ctx, work, func(done, total int64) {
			p.done.Store(done)
			p.total.Store(max(total, 0))
		})
		<-o.back.places
	case <-o.back.ctx.Done():
		err = o.back.ctx.Err()
	}
	close(stop)
	<-beaten
	row.State, row.Result = string(JobDone), result
	if err != nil {
		row.State, row.Result = string(JobFailed), sayFailure(err)
	}
	row.Result = cutText(row.Result, maxResult)
	row.Done, row.Total, row.EndedAt = p.done.Load(), p.total.Load(), o.d.Now()
	row.SeenAt = row.EndedAt
	ctx, cancel := context.WithTimeout(context.WithoutCancel(o.back.ctx), lastWords)
	defer cancel()
	// Where that fails, the job is lost, and is said to be.
	_ = o.d.Store.Write(ctx, func(tx *store.Tx) error { return tx.SaveJob(&row) })
}

// doWork does the work; a panic is an error.
func doWork(ctx context.Context, work Work, tell func(done, total int64)) (result string, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = license.Internal
		}
	}()
	return work(ctx, tell)
}

// beat says about once a second that a job lives, and how far it is.
func (o *Office) beat(row store.Job, p *progress, stop <-chan struct{}) {
	tick := time.NewTicker(jobBeat)
	defer tick.Stop()
	for {
		select {
		case <-stop:
			return
		case <-tick.C:
		}
		if p.running.Load() {
			row.State = string(JobRunning)
		}
		row.Done, row.Total, row.SeenAt = p.done.Load(), p.total.Load(), o.d.Now()
		// Where that fails, the next one may do.
		_ = o.d.Store.Write(o.back.ctx, func(tx *store.Tx) error { return tx.SaveJob(&row) })
	}
}

// sayFailure is an error in a sentence that is safe to show.
func sayFailure(err error) string {
	switch e, ok := errors.AsType[*license.Error](err); {
	case errors.Is(err, context.Canceled):
		return "the server stopped"
	case ok && e.Message != "" && e.Field != "":
		return e.Field + ": " + e.Message
	case ok && e.Message != "":
		return e.Message
	}
	return "something went wrong on the server"
}

// cutText cuts a text to so many bytes at most.
func cutText(text string, most int) string {
	if len(text) <= most {
		return strings.ToValidUTF8(text, string(utf8.RuneError))
	}
	return strings.ToValidUTF8(text[:most], "")
}

// FindJob returns a job of the actor's tenant, or NotFound. It needs licenses:read.
func (o *Office) FindJob(ctx context.Context, actor identity.Actor, id JobID) (j Job, err error) {
	if err := may(actor, identity.ReadLicenses); err != nil {
		return Job{}, err
	}
	err = o.d.Store.Read(ctx, func(tx *store.Tx) error {
		row, err := tx.FindJob(actor.Tenant, id)
		j = jobOf(&row, o.d.Now())
		return err
	})
	return j, err
}

// ListJobs returns the last 50 jobs of the actor's tenant, newest first. Jobs are forgotten 30 days after they were started. It needs
// licenses:read.
func (o *Office) ListJobs(ctx context.Context, actor identity.Actor) (list []Job, err error) {
	if err := may(actor, identity.ReadLicenses); err != nil {
		return nil, err
	}
	err = o.d.Store.Read(ctx, func(tx *store.Tx) error {
		rows, err := tx.ListJobs(actor.Tenant, jobsShown)
		list = make([]Job, len(rows))
		for i := range rows {
			list[i] = jobOf(&rows[i], o.d.Now())
		}
		return err
	})
	return list, err
}

// jobOf is a job as it stands at now.
func jobOf(row *store.Job, now license.Time) Job {
	j := Job{ID: row.ID, Kind: row.Kind, State: JobState(row.State), Done: row.Done, Total: row.Total,
		CreatedBy: row.CreatedBy, CreatedAt: row.CreatedAt, EndedAt: row.EndedAt, Result: row.Result}
	if !j.State.Ended() && now.Sub(row.SeenAt) > jobLost {
		j.State, j.EndedAt = JobLost, row.SeenAt
	}
	return j
}

// EndJobs ends all that this Office does behind pages, and waits for it: jobs, and the counting of licenses. Nothing more is begun. A job
// that was at work has failed.
func (o *Office) EndJobs() { o.back.end() }
