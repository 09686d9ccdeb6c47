package native

import (
	"flag"
	"os"
	"testing"
)

// usualChecks is how often each of some 290 operations is tried with anything, on each database; -rapid.checks=N says otherwise.
const usualChecks = "12"

func TestMain(m *testing.M) {
	flag.Parse()
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "rapid.checks" })
	if !given && flag.Set("rapid.checks", usualChecks) != nil {
		os.Exit(2) // The library has no such flag any more.
	}
	os.Exit(m.Run())
}
