package main

import (
	"licet/internal/bench"
)

// benchCommand: licet bench. It measures this program on this machine, on data of its own.
type benchCommand struct {
	bench.Options
}

// Run measures.
func (c *benchCommand) Run(t *tool) error {
	c.Options.JSON = t.globals.JSON
	c.Progress = t.errs
	_, err := bench.Run(t.ctx, c.Options, t.out)
	return err
}

// benchChild is a server that is measured: licet bench starts it by itself.
type benchChild struct{}

// Run serves until the bench ends.
func (*benchChild) Run(t *tool) error {
	return bench.Child(t.ctx, bench.ChildOptions{})
}
