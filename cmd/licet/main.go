// Command licet runs the licensing server and looks after it: tenants, people, products, licenses,
// orders, backups, and the health of the database.
//
// Exit codes: 0 done, 1 refused or failed, 2 wrong usage. An error is one line on standard error that
// says what to do. The commands and their flags are listed in docs/cli.md.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // From then on a second signal ends the process at once.
	os.Exit(Run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
