// Package bench measures Licet on the machine it runs on, and says what it found against the
// targets of docs/benchmarks.md.
//
// # How it measures
//
// The server under test is a process of its own: this very program, started again as a child, with
// the real doors, store, log and metrics, on a fresh data folder. Next to it runs a bare net/http
// handler that decodes the same request and encodes the same answer from memory. Both are driven
// over loopback by a small client in this process, in turns: one round of this, one of that, so that
// whatever else the machine does meets both.
//
// The client shares the cores with the server. It is kept as cheap as it can be, because what it
// costs makes two servers look more alike than they are. So the report also has the processor time
// that the server itself took for a request.
//
// # What it promises
//
// Figures are medians over rounds; targets are ratios within one run, or sizes, so that they mean
// the same on every machine. No child outlives the run: children end when their standard input
// does. Data is written to a folder of its own, which is removed at the end.
package bench
