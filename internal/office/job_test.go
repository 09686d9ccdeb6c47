package office_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/store"
)

// start begins a job.
func (h *house) start(work office.Work) office.JobID {
	h.t.Helper()
	id, err := h.StartJob(h.t.Context(), h.boss, "import", 10, work)
	h.ok(err)
	return id
}

func (h *house) job(id office.JobID) office.Job {
	h.t.Helper()
	j, err := h.FindJob(h.t.Context(), h.boss, id)
	h.ok(err)
	return j
}

// wait returns a job that has ended.
func (h *house) wait(id office.JobID) office.Job {
	h.t.Helper()
	for {
		if j := h.job(id); j.State.Ended() {
			return j
		}
		time.Sleep(time.Millisecond)
	}
}

// A job tells what came of it, and jobs of others do not exist.
func TestJobs(t *testing.T) {
	t.Parallel()
	forEachHouse(t, func(t *testing.T, h *house) {
		works := map[string]struct {
			work   office.Work
			state  office.JobState
			result string
		}{
			"done": {func(_ context.Context, tell func(done, total int64)) (string, error) { tell(7, 8); return "seven", nil }, office.JobDone, "seven"},
			"refused": {func(context.Context, func(done, total int64)) (string, error) {
				return "", license.Invalidf("file", "it is empty")
			}, office.JobFailed, "file: it is empty"},
			"broken": {func(context.Context, func(done, total int64)) (string, error) { return "", errors.New("secret") }, office.JobFailed, "something went wrong on the server"},
			"panics": {func(context.Context, func(done, total int64)) (string, error) { panic("secret") }, office.JobFailed, "something went wrong on the server"},
			"long": {func(context.Context, func(done, total int64)) (string, error) {
				return strings.Repeat("ü", 50_000), nil
			}, office.JobDone, strings.Repeat("ü", 32<<10)},
		}
		ids := make(map[string]office.JobID)
		for name, w := range works {
			ids[name] = h.start(w.work)
		}
		for name, w := range works {
			j := h.wait(ids[name])
			if j.State != w.state || j.Result != w.result {
				t.Errorf("%s is %s with %.50q, want %s with %.50q", name, j.State, j.Result, w.state, w.result)
			}
			if j.EndedAt != h.now() || j.Kind != "import" || j.CreatedBy != h.boss.String() || !j.State.Ended() {
				t.Errorf("%s = %+v", name, j)
			}
		}
		list, err := h.ListJobs(t.Context(), h.boss)
		h.ok(err)
		if len(list) != len(works) {
			t.Errorf("%d jobs, want %d", len(list), len(works))
		}
		stopped := h.start(func(ctx context.Context, _ func(done, total int64)) (string, error) {
			<-ctx.Done()
			return "", ctx.Err()
		})
		h.EndJobs()
		if j := h.job(stopped); j.State != office.JobFailed || j.Result != "the server stopped" {
			t.Errorf("a job that was stopped is %+v", j)
		}
		_, err = h.StartJob(t.Context(), h.boss, "import", 0, nil)
		want(t, "StartJob after the end", err, license.ServerBusy)
		_, err = h.FindJob(t.Context(), identity.Actor{Kind: identity.PlatformUser, Tenant: h.tenant + 1, User: 2, Role: identity.Owner}, ids["done"])
		wantCode(t, "FindJob of another tenant", err, license.NotFound)
	})
}

// Two jobs run at once, others wait, and too many are turned away. While they run they tell how far they are.
func TestJobsWait(t *testing.T) {
	t.Parallel()
	forEachHouse(t, func(t *testing.T, h *house) {
		release, begun := make(chan struct{}), make(chan int, 30)
		work := func(n int) office.Work {
			return func(_ context.Context, tell func(done, total int64)) (string, error) {
				tell(int64(n), 100)
				begun <- n
				<-release
				return "", nil
			}
		}
		var ids []office.JobID
		for n := range 20 {
			ids = append(ids, h.start(work(n)))
		}
		_, err := h.StartJob(t.Context(), h.boss, "import", 0, work(99))
		want(t, "StartJob of one too many", err, license.ServerBusy)
		first := [2]int{<-begun, <-begun}
		for _, n := range first {
			for h.job(ids[n]).State != office.JobRunning { // It says so at its next beat.
				time.Sleep(time.Millisecond)
			}
			if j := h.job(ids[n]); j.Done != int64(n) || j.Total != 100 {
				t.Errorf("job %d tells %d of %d", n, j.Done, j.Total)
			}
		}
		select {
		case n := <-begun:
			t.Errorf("job %d runs as the third", n)
		default:
		}
		close(release)
		for range 18 {
			<-begun
		}
		h.EndJobs()
	})
}

// A job whose server stopped without a word is lost.
func TestJobsAreLost(t *testing.T) {
	t.Parallel()
	forEachHouse(t, func(t *testing.T, h *house) {
		row := store.Job{Tenant: h.tenant, Kind: "import", State: string(office.JobRunning), CreatedAt: h.now(), SeenAt: h.now()}
		h.ok(h.store.Write(t.Context(), func(tx *store.Tx) error { return tx.InsertJob(&row) }))
		h.advance(30 * time.Second)
		if j := h.job(row.ID); j.State != office.JobRunning || j.EndedAt != 0 {
			t.Errorf("after 30 seconds it is %+v", j)
		}
		h.advance(time.Second)
		if j := h.job(row.ID); j.State != office.JobLost || j.EndedAt != row.SeenAt || !j.State.Ended() {
			t.Errorf("after 31 seconds it is %+v", j)
		}
		h.advance(31 * 24 * time.Hour)
		h.start(func(context.Context, func(done, total int64)) (string, error) { return "", nil })
		h.EndJobs()
		_, err := h.FindJob(t.Context(), h.boss, row.ID)
		wantCode(t, "FindJob of a forgotten one", err, license.NotFound)
	})
}
