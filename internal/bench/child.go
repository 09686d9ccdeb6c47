package bench

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"time"
)

// ChildOptions connect a child to the run that started it. The zero value is what a child has.
type ChildOptions struct {
	In  io.Reader // the order, then nothing until the child shall end; nil means standard input
	Out io.Writer // where the child says that it is ready; nil means standard output
	Log io.Writer // the request log; nil means standard error
}

// The kinds of children.
const (
	kindLicet = "licet" // the real server
	kindBare  = "bare"  // nothing but net/http, decoding and encoding
	kindPlain = "plain" // the same with encoding/json
	kindRSA   = "rsa"   // nothing but net/http and one signature for each request
	kindForm  = "form"  // the same with a form and Ed25519
	kindHash  = "hash"  // nothing but net/http and argon2id
	kindSink  = "sink"  // takes webhooks

	kindValidate = "validate" // nothing but net/http and a verdict in encoding/json
)

// order is what a child is told, as one line of JSON: it never meets a command line.
type order struct {
	Kind     string
	Dir      string // data folder
	Database string // PostgreSQL URL; "" means SQLite in Dir
	OneByOne bool   // a transaction for each request, a round trip for each statement
	App      bool   // make credentials for the LicenseSpring door
	Users    int    // make an application with so many licenses in use
	Secrets  int    // make an API client and so many licenses with a password
	Native   bool   // open the native API and make a token for it
	Pages    bool   // open the vendor's pages and make somebody who looks at those of a crowd
	Sink     string // address that is told of events; "" means nobody is
	Profile  string // beginning of the names of profiles; "" means none

	CommitDelay time.Duration // see store.Options
}

// ready is the line a child answers.
type ready struct {
	URL    string // base URL
	Error  string // why there is none
	APIKey string // what App asked for
	Shared string
	Token  string // what Native asked for

	Application *application // what Users asked for
	Secrets     *secrets     // what Secrets asked for
	Visitor     *visitor     // what Pages asked for
}

// Child serves what the run that started this process ordered, until ctx or its input ends. It is
// the hidden command of the program: see Options.Program.
func Child(ctx context.Context, o ChildOptions) error {
	if o.In == nil {
		o.In = os.Stdin
	}
	if o.Out == nil {
		o.Out = os.Stdout
	}
	if o.Log == nil {
		o.Log = os.Stderr
	}
	in := bufio.NewReader(o.In)
	line, err := in.ReadBytes('\n')
	if err != nil {
		return errors.New("this command is for licet bench, which starts it by itself")
	}
	var what order
	if err := json.Unmarshal(line, &what); err != nil {
		return fmt.Errorf("read the order: %w", err)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		_, _ = io.Copy(io.Discard, in) // Whatever ends it, the run that started us is over.
		cancel()
	}()
	announced := false
	announce := func(r ready) error {
		announced = true
		return json.NewEncoder(o.Out).Encode(r)
	}
	err = profiled(what.Profile, func() error {
		switch what.Kind {
		case kindBare:
			return serveBare(ctx, bare, announce)
		case kindPlain:
			return serveBare(ctx, plain, announce)
		case kindRSA:
			return serveBare(ctx, signer, announce)
		case kindHash:
			return serveBare(ctx, hashing, announce)
		case kindForm:
			return serveBare(ctx, formSigner, announce)
		case kindSink:
			return serveBare(ctx, sinking, announce)
		case kindValidate:
			return serveBare(ctx, validating, announce)
		}
		return serveLicet(ctx, what, o.Log, announce)
	})
	if err != nil && !announced {
		return errors.Join(err, json.NewEncoder(o.Out).Encode(ready{Error: err.Error()}))
	}
	return err
}

// profiled calls serve, and writes what it took of processor and memory to files whose names begin
// with prefix.
func profiled(prefix string, serve func() error) (err error) {
	if prefix == "" {
		return serve()
	}
	if err := os.MkdirAll(filepath.Dir(prefix), 0o755); err != nil {
		return err
	}
	cpu, err := os.Create(prefix + ".cpu.pprof")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, cpu.Close()) }()
	if err := pprof.StartCPUProfile(cpu); err != nil {
		return err
	}
	err = serve()
	pprof.StopCPUProfile()
	heap, heapErr := os.Create(prefix + ".heap.pprof")
	if heapErr != nil {
		return errors.Join(err, heapErr)
	}
	runtime.GC() // The profile shows what was alive at the last collection.
	return errors.Join(err, pprof.Lookup("allocs").WriteTo(heap, 0), heap.Close())
}
