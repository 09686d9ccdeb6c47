// Package wiretest is what the tests of all dialects share: a check that an error table has no
// hole, and cases written as text files.
//
// # Cases
//
// A case is a txtar file named by the id that the contract gives it, as testdata/R03.txtar. Above
// its sections stand lines that are done one after another; see [World.Run] for what they can say.
// Requests and answers are sections, as they travel over HTTP:
//
//	A second device takes a second place.
//
//	product demo "My Script Pro" lock=hwid activations=3 plan=annually
//	license K of demo
//	send verify hwid=A = first
//	send verify hwid=B = second
//
//	-- verify --
//	POST /rmz/verify
//	Content-Type: application/json
//
//	{"product_id": $demo, "license_key": "K", "hwid": "$hwid"}
//	-- second --
//	200 partly
//
//	{"data": {"activations": {"current": 2, "remaining": 1}}}
//
// The case runs against a real store, real use cases and real HTTP; only the clock and the network
// are made up, so a case says when it is and where a call comes from. With -update the answers are
// written anew from what the server says, and the review reads the difference.
package wiretest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"licet/internal/license"
	"licet/internal/wire"
)

// ErrorTable fails where a dialect has no words of its own for a refusal of a license (those of applications apart) or for a
// code, where it answers a licensing "no" with a 5xx or a fault with anything else, and where it
// would tell a client more of a fault than that there was one.
func ErrorTable(t *testing.T, table wire.ErrorTable) {
	t.Helper()
	for _, fault := range faults(table) {
		t.Error(fault)
	}
}

// faults returns what is wrong with a table, one line each.
func faults(table wire.ErrorTable) (out []string) {
	fault := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	for _, c := range license.Codes() {
		if _, ok := table.ByCode[c]; !ok {
			fault("no row for the code %s", c)
		}
		row, _ := table.Lookup(&license.Error{Code: c})
		if why := misfit(c, row); why != "" {
			fault("code %s: %s", c, why)
		}
	}
	for _, r := range license.Reasons() {
		_, own := table.ByReason[r]
		if !own && r.Code() == license.Refused && slices.Contains(license.LicenseReasons(), r) {
			fault("no row for the reason %s", r)
		}
		row, _ := table.Lookup(license.Refuse(r))
		if why := misfit(r.Code(), row); why != "" {
			fault("reason %s: %s", r, why)
		}
	}
	for r := range table.ByReason {
		if r.Code() == license.Internal {
			fault("%q is no reason", r)
		}
	}
	for c := range table.ByCode {
		if row, _ := table.Lookup(&license.Error{Code: c}); license.CodeOf(c) != c || row.Status == 0 {
			fault("%q is no code", c)
		}
	}
	row, _ := table.Lookup(license.Wrap(license.Invalid, "too large", wire.ErrBodyTooLarge))
	if why := misfit(license.Invalid, row); why != "" {
		fault("a body over the limit: %s", why)
	}
	const secret = "the cause is for the log alone"
	if row, _ := table.Lookup(errors.New(secret)); strings.Contains(row.Message, secret) {
		fault("a fault tells its cause: %q", row.Message)
	}
	return out
}

// misfit says why a row cannot answer a code, or "".
func misfit(c license.Code, row wire.Row) string {
	ours := c == license.Internal || c == license.Unavailable
	switch {
	case ours && row.Status < 500:
		return fmt.Sprintf("a fault of ours is answered with %d", row.Status)
	case !ours && (row.Status < 200 || row.Status >= 500):
		return fmt.Sprintf("a no is answered with %d", row.Status)
	case row.Message == "":
		return "there is no text"
	}
	return ""
}
