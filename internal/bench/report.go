package bench

import (
	"cmp"
	"slices"
	"time"
)

// Report is what a run has found. In JSON, durations are nanoseconds and sizes bytes.
type Report struct {
	Began    time.Time     `json:"began"`
	Took     time.Duration `json:"took"`
	Version  string        `json:"version"` // the commit that was measured
	Quick    bool          `json:"quick"`   // a smoke test: the figures mean nothing
	Machine  Machine       `json:"machine"`
	Sections []Section     `json:"sections"`
}

// Section is one scenario.
type Section struct {
	Name    string   `json:"name"`
	Title   string   `json:"title"`
	Notes   []string `json:"notes,omitempty"` // what one must know to read the figures
	Skipped string   `json:"skipped,omitempty"`
	Targets []Target `json:"targets,omitempty"`
	Rows    []Row    `json:"rows,omitempty"`
	Facts   []Fact   `json:"facts,omitempty"`
}

// Target is a requirement and how it came out.
type Target struct {
	What   string    `json:"what"`
	Want   string    `json:"want"`
	Have   string    `json:"have"`
	Met    bool      `json:"met"`
	Value  float64   `json:"value"`
	Rounds []float64 `json:"rounds,omitempty"` // the same in each round
}

// Row is one load on one server.
type Row struct {
	Name   string  `json:"name"`
	Rounds []Round `json:"rounds"`
}

// Round is what came of a load in one round.
type Round struct {
	Rate      float64          `json:"rate"` // good answers for each second
	Requests  uint64           `json:"requests"`
	P50       time.Duration    `json:"p50"`
	P99       time.Duration    `json:"p99"`
	Max       time.Duration    `json:"max"`
	Errors    map[string]int64 `json:"errors,omitempty"`     // by kind
	ServerCPU time.Duration    `json:"server_cpu,omitempty"` // for a request
	LoaderCPU time.Duration    `json:"loader_cpu,omitempty"` // for a request
}

// Fact is a figure that is no load.
type Fact struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Errors returns the number of errors in all rounds.
func (r *Row) Errors() (n int64) {
	for _, round := range r.Rounds {
		for _, count := range round.Errors {
			n += count
		}
	}
	return n
}

// Typical returns a round of the medians of all rounds; the Max is the largest one.
func (r *Row) Typical() Round {
	if len(r.Rounds) == 0 {
		return Round{}
	}
	t := Round{
		Rate:      medianOf(r.Rounds, func(x Round) float64 { return x.Rate }),
		P50:       medianOf(r.Rounds, func(x Round) time.Duration { return x.P50 }),
		P99:       medianOf(r.Rounds, func(x Round) time.Duration { return x.P99 }),
		ServerCPU: medianOf(r.Rounds, func(x Round) time.Duration { return x.ServerCPU }),
		LoaderCPU: medianOf(r.Rounds, func(x Round) time.Duration { return x.LoaderCPU }),
	}
	for _, x := range r.Rounds {
		t.Max = max(t.Max, x.Max)
		t.Requests += x.Requests
	}
	return t
}

// medianOf returns the median of a figure; of an even number, the lower of the two in the middle.
func medianOf[E any, N cmp.Ordered](all []E, figure func(E) N) N {
	values := make([]N, len(all))
	for i, x := range all {
		values[i] = figure(x)
	}
	slices.Sort(values)
	return values[(len(values)-1)/2]
}

// ratios returns the ratio of the medians of a figure of two rows, and that of each round.
func ratios(a, b *Row, figure func(Round) float64) (ratio float64, rounds []float64) {
	for i := range min(len(a.Rounds), len(b.Rounds)) {
		rounds = append(rounds, quotient(figure(a.Rounds[i]), figure(b.Rounds[i])))
	}
	if len(rounds) == 0 {
		return 0, nil
	}
	return quotient(medianOf(a.Rounds, figure), medianOf(b.Rounds, figure)), rounds
}

func quotient(a, b float64) float64 {
	if b == 0 {
		return 0
	}
	return a / b
}

func rateOf(r Round) float64 { return r.Rate }

func p99Of(r Round) float64 { return float64(r.P99) }

// Unmet returns the targets that were not met.
func (r *Report) Unmet() (out []Target) {
	for _, s := range r.Sections {
		for _, t := range s.Targets {
			if !t.Met {
				out = append(out, t)
			}
		}
	}
	return out
}
