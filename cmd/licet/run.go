package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/user"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"licet/internal/license"
)

// The exit codes.
const (
	exitDone   = 0
	exitFailed = 1 // refused, or failed on the way
	exitUsage  = 2 // asked for in a way that cannot be meant
)

// Run runs the program with the arguments after its name and returns its exit code. When ctx ends, a
// running command stops as soon as it may: a server drains first.
func Run(ctx context.Context, args []string, in io.Reader, out, errs io.Writer) int {
	return runAt(ctx, now, args, in, out, errs)
}

// runAt is Run under a clock.
func runAt(ctx context.Context, now func() license.Time, args []string, in io.Reader, out, errs io.Writer) int {
	buffered := bufio.NewWriter(out)
	t := &tool{ctx: ctx, in: in, out: buffered, errs: errs, now: now}
	err := t.run(args)
	t.close()
	err = errors.Join(err, buffered.Flush())
	switch {
	case err == nil, errors.Is(err, errShown):
		return exitDone
	case errors.Is(err, syscall.EPIPE):
		return exitFailed // Nobody reads any more, so there is nobody to tell.
	}
	fmt.Fprintf(errs, "licet: %s\n", oneLine(err))
	return exitCode(err)
}

// now is the clock of the program, and the only reading of it.
func now() license.Time { return license.TimeOf(time.Now()) }

// errShown ends a run that has shown what was asked for, such as the help.
var errShown = errors.New("shown")

// run parses args and runs the command they name.
func (t *tool) run(args []string) error {
	var c cli
	parser, err := newParser(&c, t)
	if err == nil {
		err = forgetEmpty(parser.Model)
	}
	if err != nil {
		return err
	}
	if len(args) == 0 {
		parser.Stdout = t.errs
		_, err := parser.Parse([]string{"--help"})
		if !errors.Is(err, errShown) {
			return err
		}
		return usagef("say which command")
	}
	parsed, err := parser.Parse(args)
	if err != nil {
		return parseError(err)
	}
	t.globals = &c.globals
	return parsed.Run(t)
}

// newParser reads the grammar of c.
func newParser(c *cli, t *tool) (*kong.Kong, error) {
	return kong.New(c,
		kong.Name("licet"),
		kong.Description("Licet is a licensing server. `licet serve` runs it; every other command is for setting it up and looking after it."),
		kong.Writers(t.out, t.errs),
		kong.NoDefaultHelp(),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, NoExpandSubcommands: true, FlagsLast: true, WrapUpperBound: 100}),
		kong.IgnoreFields(`^benchCommand\.JSON$`), // --json is a flag of every command.
		kong.ExplicitGroups([]kong.Group{{Key: groupGlobal, Title: "Flags of every command:"}}),
		kong.Bind(t),
	)
}

// forgetEmpty makes an environment variable that is there but empty count as not there: that is how
// deployment files spell a setting that nobody made.
func forgetEmpty(model *kong.Application) error {
	return kong.Visit(model, func(v kong.Visitable, next kong.Next) error {
		if flag, ok := v.(*kong.Flag); ok {
			flag.Tag.Envs = slices.DeleteFunc(slices.Clone(flag.Tag.Envs), func(name string) bool {
				value, there := os.LookupEnv(name)
				return there && value == ""
			})
		}
		return next(nil)
	})
}

// parseError is what is wrong with the arguments, the environment or the configuration file.
func parseError(err error) error {
	if errors.Is(err, errShown) {
		return err
	}
	if e, ok := errors.AsType[*kong.ParseError](err); ok && e.Context != nil {
		if node := e.Context.Selected(); node != nil {
			return usagef("%w; see: %s --help", err, commandPath(node))
		}
	}
	return usagef("%w; see: licet --help", err)
}

// commandPath returns the words that name a command.
func commandPath(n *kong.Node) string {
	if n.Parent == nil {
		return n.Name
	}
	return commandPath(n.Parent) + " " + n.Name
}

// usageError is a wrong use of the command line.
type usageError struct{ error }

// Unwrap returns the error itself.
func (e usageError) Unwrap() error { return e.error }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// exitCode tells what was asked for wrongly from what was refused or failed.
func exitCode(err error) int {
	if _, ok := errors.AsType[usageError](err); ok {
		return exitUsage
	}
	if license.CodeOf(err) == license.Invalid {
		return exitUsage
	}
	return exitFailed
}

// oneLine is the text of an error in one line, cause included: who reads it runs the server.
func oneLine(err error) string {
	text := strings.Join(strings.Fields(err.Error()), " ")
	if text == "" {
		return "failed"
	}
	return text
}

// operatorName is who the audit log says it was.
func operatorName() string {
	u, err := user.Current()
	if err != nil {
		return "cli"
	}
	return u.Username
}
