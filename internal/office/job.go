package office

import (
	"context"

	"licet/internal/identity"
	"licet/internal/license"
)

// JobID is the identity of a job.
type JobID int64

// JobKind says what a job does; the caller chooses the word: "import", say.
type JobKind string

// JobState is how a job stands.
type JobState string

// The closed list of states.
const (
	JobWaiting JobState = "waiting" // for its turn
	JobRunning JobState = "running"
	JobDone    JobState = "done"
	JobFailed  JobState = "failed" // Result says why
	JobLost    JobState = "lost"   // the server stopped meanwhile; what the job had done by then is kept
)

// Ended reports whether nothing more comes of a job.
func (s JobState) Ended() bool { return s == JobDone || s == JobFailed || s == JobLost }

// Job is work that goes on behind a page.
type Job struct {
	Tenant    license.TenantID
	ID        JobID
	Kind      JobKind
	State     JobState
	Done      int64 // so many of Total
	Total     int64 // 0 is unknown
	CreatedBy string
	CreatedAt license.Time
	EndedAt   license.Time // 0 is not yet
	Result    string       // what came of it, in the words of who started it, at most 64 KiB; of a failed job why
}

// Work is what a job does. It tells how far it is as often as it likes.
type Work func(ctx context.Context, progress func(done, total int64)) (result string, err error)

// StartJob begins work in the background, for the actor, who is asked for no permission but to read licenses: the work asks for those it
// needs. At most 2 jobs run at once in a process, and 20 wait; more are server_busy. A job does not outlive the process that it was
// started in, see EndJobs.
func (o *Office) StartJob(ctx context.Context, actor identity.Actor, kind JobKind, total int64, work Work) (JobID, error) {
	return 0, mayWithin(actor, identity.ReadLicenses)
}

// FindJob returns a job of the actor's tenant, or NotFound.
func (o *Office) FindJob(ctx context.Context, actor identity.Actor, id JobID) (Job, error) {
	return Job{}, mayWithin(actor, identity.ReadLicenses)
}

// ListJobs returns the last 50 jobs of the actor's tenant, newest first. Jobs are forgotten 30 days after they were started.
func (o *Office) ListJobs(ctx context.Context, actor identity.Actor) ([]Job, error) {
	return nil, mayWithin(actor, identity.ReadLicenses)
}

// EndJobs ends all jobs of this process and waits for them. No more are taken.
func (o *Office) EndJobs() { o.back.end() }

const maxJobs = 2 // that run at once
