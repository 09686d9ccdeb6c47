package license_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"licet/internal/license"
)

// declared returns the values of the constants of a type in a file, in order, so that a list kept
// by hand can be held against what is really declared.
func declared(t *testing.T, file, typ string) []string {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var values []string
	ast.Inspect(parsed, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if name, ok := spec.Type.(*ast.Ident); ok && name.Name == typ {
			text, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			values = append(values, text)
		}
		return true
	})
	return values
}

func TestCodesAreComplete(t *testing.T) {
	t.Parallel()
	var got []string
	for _, c := range license.Codes() {
		got = append(got, string(c))
	}
	if diff := cmp.Diff(declared(t, "error.go", "Code"), got); diff != "" {
		t.Errorf("Codes() differs from the constants (-declared +listed):\n%s", diff)
	}
}

func TestReasonsAreComplete(t *testing.T) {
	t.Parallel()
	var got []string
	for _, r := range license.Reasons() {
		got = append(got, string(r))
	}
	if diff := cmp.Diff(declared(t, "reason.go", "Reason"), got); diff != "" {
		t.Errorf("Reasons() differs from the constants (-declared +listed):\n%s", diff)
	}
}

func TestEveryReasonHasCodeAndSentence(t *testing.T) {
	t.Parallel()
	sentences := map[string]license.Reason{}
	for _, r := range license.Reasons() {
		if !slices.Contains(license.Codes(), r.Code()) || r.Code() == license.Internal {
			t.Errorf("%s has the code %q, want one of Codes() and never internal", r, r.Code())
		}
		s := r.Sentence()
		if s == "" || strings.HasSuffix(s, ".") || strings.ToLower(s[:1]) != s[:1] {
			t.Errorf("%s has the sentence %q, want one in lower case without a full stop", r, s)
		}
		if other, taken := sentences[s]; taken {
			t.Errorf("%s and %s share the sentence %q", r, other, s)
		}
		sentences[s] = r
		if e := license.Refuse(r); e.Code != r.Code() || e.Reason != r || e.Message != s {
			t.Errorf("Refuse(%s) = %+v, want its code and sentence", r, e)
		}
	}
	if r := license.Reason("nonsense"); r.Code() != license.Internal || r.Sentence() != "" {
		t.Errorf("a word that is no reason has %q, %q, want internal and nothing", r.Code(), r.Sentence())
	}
}

// The rules table names each reason once, and no rule both refuses and tells one operation.
func TestRulesTable(t *testing.T) {
	t.Parallel()
	var all license.Operation
	names := map[string]bool{}
	for _, op := range license.Operations() {
		if all&op.Op != 0 || names[op.Name] || op.Name == "" {
			t.Errorf("the operation %q is listed twice or has no name of its own", op.Name)
		}
		all |= op.Op
		names[op.Name] = true
	}
	seen := map[license.Reason]bool{}
	for _, r := range license.Rules() {
		if seen[r.Reason] {
			t.Errorf("%s has two rules", r.Reason)
		}
		seen[r.Reason] = true
		if !slices.Contains(license.Reasons(), r.Reason) {
			t.Errorf("%s is no reason", r.Reason)
		}
		if r.When == "" || r.Blocks == 0 || (r.Blocks|r.Tells)&^all != 0 || r.Blocks&r.Tells != 0 {
			t.Errorf("%s: when %q, blocks %b, tells %b: want words, something blocked, known operations, no overlap",
				r.Reason, r.When, r.Blocks, r.Tells)
		}
	}
	table := license.Rules()
	table[0].Reason = "changed"
	if license.Rules()[0].Reason == "changed" {
		t.Error("Rules() hands out the table itself, want a copy")
	}
}

// A license's no is never a fault of the server, whatever the dialect makes of it.
func TestRulesRefuseAsAnswers(t *testing.T) {
	t.Parallel()
	for _, r := range license.Rules() {
		if c := r.Reason.Code(); c != license.Refused && c != license.Invalid {
			t.Errorf("the rule %s has the code %s, want refused or invalid", r.Reason, c)
		}
	}
}
