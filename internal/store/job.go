package store

import (
	"licet/internal/license"
)

// JobID is the identity of a job.
type JobID int64

// Job is work that goes on behind a page.
type Job struct {
	Tenant    license.TenantID
	ID        JobID
	Kind      string
	State     string
	Done      int64 // so many of Total
	Total     int64 // 0 is unknown
	CreatedBy string
	CreatedAt license.Time
	SeenAt    license.Time // when its process last said that it lives
	EndedAt   license.Time // 0 is not yet
	Result    string
}

const jobColumns = `tenant_id, id, kind, state, done, total, created_by, created_at, seen_at, ended_at, result`

func jobInto(j *Job) []any {
	return []any{&j.Tenant, &j.ID, &j.Kind, &j.State, &j.Done, &j.Total, &j.CreatedBy, &j.CreatedAt, &j.SeenAt, &j.EndedAt, &j.Result}
}

const insertJob = `
INSERT INTO platform_jobs (tenant_id, id, kind, state, done, total, created_by, created_at, seen_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`

// InsertJob stores a new job and gives it its identity.
func (tx *Tx) InsertJob(j *Job) error {
	j.ID = JobID(tx.NewID())
	return tx.run(insertJob, j.Tenant, j.ID, j.Kind, j.State, j.Done, j.Total, j.CreatedBy, j.CreatedAt, j.SeenAt)
}

const saveJob = `
UPDATE platform_jobs SET state = $3, done = $4, total = $5, seen_at = $6, ended_at = $7, result = $8
 WHERE tenant_id = $1 AND id = $2`

// SaveJob stores how far a job is, and what came of it.
func (tx *Tx) SaveJob(j *Job) error {
	return tx.run(saveJob, j.Tenant, j.ID, j.State, j.Done, j.Total, j.SeenAt, j.EndedAt, j.Result)
}

const findJob = `SELECT ` + jobColumns + ` FROM platform_jobs WHERE tenant_id = $1 AND id = $2`

// FindJob returns a job of a tenant, or NotFound.
func (tx *Tx) FindJob(tenant license.TenantID, id JobID) (j Job, err error) {
	found, err := tx.one(findJob, []any{tenant, id}, jobInto(&j)...)
	if err == nil && !found {
		err = &license.Error{Code: license.NotFound, Message: "no such job"}
	}
	return j, err
}

const listJobs = `
SELECT ` + jobColumns + `
  FROM platform_jobs
 WHERE tenant_id = $1 AND id < $2
 ORDER BY id DESC
 LIMIT CAST($3 AS BIGINT)`

// ListJobs returns the newest jobs of a tenant, at most limit (1 to 1000).
func (tx *Tx) ListJobs(tenant license.TenantID, limit int) ([]Job, error) {
	below, size := pageOf(0, limit)
	return listOf(tx, listJobs, []any{tenant, below, size}, jobInto)
}

const pruneJobs = `
DELETE FROM platform_jobs
 WHERE tenant_id = $1 AND created_at < $2
   AND id IN (SELECT old.id FROM platform_jobs AS old WHERE old.tenant_id = $1 AND old.id > 0 ORDER BY old.id LIMIT 100)`

// PruneJobs drops the oldest jobs of a tenant that were made before a moment, at most 100.
func (tx *Tx) PruneJobs(tenant license.TenantID, before license.Time) error {
	return tx.run(pruneJobs, tenant, before)
}
