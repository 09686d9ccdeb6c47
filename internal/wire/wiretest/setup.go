package wiretest

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"licet/internal/license"
	"licet/internal/office"
)

// Run does lines of the set-up language, one after another, and fails the test at the first that
// cannot be done. A line that begins with # is a comment. Words are parted by blanks; "…" and '…'
// hold blanks together.
//
//	clock 2027-03-23T12:00:00Z    what the clock shows from now on
//	advance 30d12h                time passes
//
//	product demo "My Script Pro" lock=hwid activations=3 plan=annually metadata='{"a":1}'
//	                              a product with code demo; $demo is its number
//	e2ee demo on                  also rotate, off; $demo_key is the key in hexadecimal digits
//	disable demo                  also enable, archive
//
//	license K of demo             one with the key K, in a completed order; $K is its key.
//	                              order=A-1, status=pending, plan=monthly, duration=30d,
//	                              expires=2026-05-01, starts=2026-04-01, trial=yes, lock=ip and
//	                              activations=5 differ from the product
//	activations K 2               changes the limit; unlimited is one
//	suspend K                     also resume, revoke, ban, unban, reset
//	free K machine-A              also block, unblock: a device by what it is bound to
//	complete A-1                  also cancel, refund: an order
//
//	refused license_revoked resume K      what follows must be refused for that reason
//	count K 3                     that many devices hold a place on the license, as stored
func (w *World) Run(t testing.TB, lines string) {
	t.Helper()
	for line := range strings.Lines(lines) {
		if err := w.do(strings.TrimSpace(line)); err != nil {
			t.Fatalf("%s: %v", strings.TrimSpace(line), err)
		}
	}
}

// do does one line.
func (w *World) do(line string) error {
	words, err := split(line)
	if err != nil || len(words) == 0 || strings.HasPrefix(line, "#") {
		return err
	}
	if words[0] == "refused" {
		return w.refused(words[1:])
	}
	return w.act(words)
}

func (w *World) refused(words []string) error {
	if len(words) < 2 {
		return errors.New("say the reason and what is refused")
	}
	err := w.act(words[1:])
	if got := license.ReasonOf(err); string(got) != words[0] {
		return fmt.Errorf("got %v, want it refused with %s", err, words[0])
	}
	return nil
}

func (w *World) act(words []string) error {
	verb, args, options := words[0], []string(nil), options{}
	for _, word := range words[1:] {
		if name, value, ok := strings.Cut(word, "="); ok && name != "" && !strings.ContainsAny(name, " {") {
			options[name] = value
		} else {
			args = append(args, word)
		}
	}
	do, want := w.verb(verb)
	switch {
	case do == nil:
		return errors.New("no such line; see World.Run")
	case len(args) != want:
		return fmt.Errorf("%s takes %d words, got %d", verb, want, len(args))
	}
	if err := do(args, options); err != nil {
		return err
	}
	for name := range options {
		return fmt.Errorf("%s knows no %s", verb, name)
	}
	return nil
}

// options are the name=value words of a line. A verb takes out what it knows.
type options map[string]string

func (o options) take(name string) (string, bool) {
	value, ok := o[name]
	delete(o, name)
	return value, ok
}

// action is what a verb does with its words and options.
type action func(args []string, o options) error

// verb returns what a verb does, and how many words it takes.
func (w *World) verb(name string) (action, int) {
	switch name {
	case "clock":
		return w.clock, 1
	case "advance":
		return w.advance, 1
	case "product":
		return w.product, 2
	case "license":
		return w.license, 3
	case "e2ee":
		return w.e2ee, 2
	case "activations":
		return w.activations, 2
	case "count":
		return w.count, 2
	case "disable", "enable", "archive":
		return func(args []string, _ options) error { return w.switchProduct(name, args[0]) }, 1
	case "suspend", "resume", "revoke", "ban", "unban", "reset":
		return func(args []string, _ options) error { return w.onLicense(name, args[0]) }, 1
	case "free", "block", "unblock":
		return func(args []string, _ options) error { return w.onDevice(name, args[0], args[1]) }, 2
	case "complete", "cancel", "refund":
		return func(args []string, _ options) error { return w.settle(name, args[0]) }, 1
	}
	return nil, 0
}

func (w *World) clock(args []string, _ options) error {
	moment, err := license.ParseTime(args[0])
	if err == nil {
		w.now.Store(int64(moment))
	}
	return err
}

func (w *World) advance(args []string, _ options) error {
	d, err := parseDuration(args[0])
	w.Advance(d)
	return err
}

// parseDuration is time.ParseDuration with days before the rest.
func parseDuration(text string) (time.Duration, error) {
	days, rest, ok := strings.Cut(text, "d")
	if !ok {
		return time.ParseDuration(text)
	}
	n, err := strconv.Atoi(days)
	if err != nil || rest == "" {
		return time.Duration(n) * 24 * time.Hour, err
	}
	d, err := time.ParseDuration(rest)
	return time.Duration(n)*24*time.Hour + d, err
}

func (w *World) product(args []string, o options) error {
	terms, err := o.terms()
	if err != nil {
		return err
	}
	metadata, _ := o.take("metadata")
	p, err := w.Office.CreateProduct(context.Background(), w.Operator,
		office.NewProduct{Code: args[0], Name: args[1], Metadata: metadata, Terms: terms})
	if err == nil {
		w.names[args[0]] = strconv.FormatInt(p.Number, 10)
	}
	return err
}

// terms takes out the options that are terms.
func (o options) terms() (c office.TermsChange, err error) {
	if text, ok := o.take("lock"); ok {
		lock := license.Lock(text)
		c.Lock = &lock
	}
	if text, ok := o.take("plan"); ok {
		plan := license.Plan(text)
		c.Plan = &plan
	}
	if text, ok := o.take("activations"); ok {
		limit, err := parseLimit(text)
		if err != nil {
			return c, err
		}
		c.Activations = &limit
	}
	if text, ok := o.take("transfers"); ok {
		limit, err := parseLimit(text)
		if err != nil {
			return c, err
		}
		c.Transfers = &limit
	}
	if text, ok := o.take("type"); ok {
		kind := license.Type(text)
		c.Type = &kind
	}
	if text, ok := o.take("grace"); ok {
		hours, err := strconv.ParseInt(text, 10, 64)
		c.GraceHours = &hours
		return c, err
	}
	return c, nil
}

func parseLimit(text string) (license.Limit, error) {
	if text == "unlimited" {
		return license.Unlimited, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	return license.AtMost(n), err
}

func (w *World) license(args []string, o options) (err error) {
	n := office.NewLicenses{Product: args[2], Keys: []string{args[0]}}
	if args[1] != "of" {
		return errors.New("write: license KEY of PRODUCT")
	}
	n.Order, _ = o.take("order")
	status, _ := o.take("status")
	trial, _ := o.take("trial")
	n.OrderStatus, n.Trial = license.OrderStatus(status), trial == "yes"
	plan, _ := o.take("plan")
	n.Plan = license.Plan(plan)
	if text, ok := o.take("duration"); ok {
		d, err := parseDuration(text)
		if err != nil {
			return err
		}
		n.Expiry = license.Span{Seconds: int64(d / time.Second)}
	}
	for name, to := range map[string]*license.Time{"expires": &n.ExpiresAt, "starts": &n.NotBefore} {
		if text, ok := o.take(name); ok {
			if *to, err = license.ParseTime(text); err != nil {
				return err
			}
		}
	}
	if n.Terms, err = o.terms(); err != nil {
		return err
	}
	_, err = w.Office.CreateLicenses(context.Background(), w.Operator, n)
	if err == nil {
		w.names[args[0]] = args[0]
		w.names["product of "+args[0]] = args[2]
	}
	return err
}

// ref names a license that a line made.
func (w *World) ref(key string) (office.Ref, error) {
	product, ok := w.names["product of "+key]
	if !ok {
		return office.Ref{}, fmt.Errorf("no line has made a license %s", key)
	}
	return office.Ref{Product: product, Key: key}, nil
}

// split parts a line into words; quotes hold blanks together and may begin inside a word.
func split(line string) (words []string, err error) {
	var word strings.Builder
	open, quote := false, rune(0)
	for _, r := range line {
		switch {
		case quote != 0 && r == quote:
			quote = 0
		case quote != 0:
			word.WriteRune(r)
		case r == '"' || r == '\'':
			open, quote = true, r
		case r == ' ' || r == '\t':
			if open {
				words = append(words, word.String())
			}
			open = false
			word.Reset()
		default:
			open = true
			word.WriteRune(r)
		}
	}
	if open {
		words = append(words, word.String())
	}
	if quote != 0 {
		return nil, errors.New("a quote is open")
	}
	return words, nil
}
