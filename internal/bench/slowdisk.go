package bench

import (
	"context"
	"errors"
	"time"
)

// slowerDisk is how much longer each commit takes on the slower disk, which is about what disks of rented machines take.
const slowerDisk = 2 * time.Millisecond

// slowDisk compares groups of changes with single ones where the disk takes longer than the one at hand, which may be so quick that
// groups have little to save.
func (r *run) slowDisk(ctx context.Context) (err error) {
	var sides []side
	var children []*process
	for _, c := range []struct {
		name, dir string
		oneByOne  bool
	}{{"grouped", "slow-grouped", false}, {"one transaction for each request", "slow-one-by-one", true}} {
		var f *folder
		if f, err = r.copyOf(ctx, r.Medium, c.dir); err != nil {
			break
		}
		var p *process
		if p, err = r.child(ctx, c.dir, order{Kind: kindLicet, Dir: f.dir, OneByOne: c.oneByOne, CommitDelay: slowerDisk}); err != nil {
			break
		}
		children = append(children, p)
		free := newPool(f.keys())
		sides = append(sides, r.activating(&Row{Name: r.activateTitle(c.name, r.Medium)}, p, f.keys(), free, free.count/r.Rounds))
	}
	if err == nil {
		err = r.contest(ctx, r.Rounds, sides...)
	}
	if err := errors.Join(err, stopAll(children)); err != nil {
		return err
	}
	r.againstOneByOne(sides[0].row, sides[1].row)
	return nil
}
