// Package licet_test keeps the rules of the house: who may import whom, how large a file may grow,
// what SQL may say. A rule that stands in the way is changed here, with its reason in
// docs/decisions, never by an exception.
//
// The rules are functions from a [repository] to the faults found in it. [TestRepository] asks them
// about this one; [TestRulesFindFaults] shows that each finds what it is there for.
package licet_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/constant"
	"go/parser"
	"go/token"
	"go/types"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
)

const (
	module      = "licet"
	maxFile     = 500 // lines of a Go file; tests and generated files are exempt
	maxFunction = 70  // lines of a function, closures too; the same are exempt
	maxTracked  = 512 << 10
)

// ring says what one package may import besides the standard library. Tests may import anything.
type ring struct {
	dir     string
	ours    string // packages below internal/, by pattern; * is every one that is not for tests
	modules string // modules of others, by the beginning of the import path; * is every one
	not     string // packages of the standard library it must not import
	forTest bool   // only test files may import it
}

// pure is what a package of rules must do without: time and random bytes are arguments there.
const pure = "context crypto/rand database/sql math/rand math/rand/v2 net net/http os os/exec"

// rings is the table of who may import whom, read one way:
// license <- store <- authority, office <- wire <- server <- cmd.
var rings = []ring{
	{dir: "internal/license", not: pure},
	{dir: "internal/identity", ours: "license", modules: "golang.org/x/crypto/argon2", not: pure},
	{dir: "internal/canonjson", not: pure},
	{dir: "internal/signing", ours: "license", not: "database/sql net/http"},
	{
		dir: "internal/store", ours: "license identity", not: "html/template net/http",
		modules: "github.com/jackc/pgx/v5 modernc.org/libc modernc.org/sqlite golang.org/x/sync",
	},
	{
		dir: "internal/notify", ours: "license identity signing store", not: "database/sql net/http",
		modules: "github.com/wneessen/go-mail",
	},
	{dir: "internal/outbound", ours: "license", not: "database/sql"},
	{dir: "internal/sso", ours: "license outbound", modules: "github.com/coreos/go-oidc/v3 golang.org/x/oauth2 golang.org/x/sync", not: "database/sql"},
	{dir: "internal/passkey", modules: "github.com/go-webauthn/webauthn", not: "database/sql net/http"},
	{dir: "internal/authority", ours: "license identity signing store sso outbound", modules: "golang.org/x/sync", not: "database/sql net/http"},
	{dir: "internal/office", ours: "license identity signing store notify outbound passkey webhook", modules: "golang.org/x/sync", not: "database/sql net/http"},
	{dir: "internal/wire", ours: "license identity signing authority office", not: "database/sql"},
	{dir: "internal/wire/licensespring", ours: "license identity signing canonjson store authority office wire", not: "database/sql"},
	{dir: "internal/wire/licensespring/lsclient", forTest: true},
	{dir: "tests/interop/harness", forTest: true},
	{dir: "tests/interop/keyauth", ours: "*", modules: "*", forTest: true},
	{dir: "internal/wire/keyauth", ours: "license identity signing canonjson store authority office wire", not: "database/sql"},
	{dir: "internal/wire/keyauth/kaclient", forTest: true},
	{dir: "tests/interop/dna", ours: "*", modules: "*", forTest: true},
	{dir: "tests/native", ours: "*", modules: "*", forTest: true},
	{dir: "tests/interop/native", ours: "*", modules: "*", forTest: true},
	{dir: "tests/interop/licensespring", ours: "*", modules: "*", forTest: true},
	{dir: "internal/wire/dna", ours: "license identity canonjson store authority wire", not: "database/sql"},
	{
		dir: "internal/wire/api", ours: "license identity office wire", not: "database/sql",
		modules: "github.com/danielgtaylor/huma/v2",
	},
	{dir: "internal/wire/api/apitest", ours: "*", modules: "*", forTest: true},
	{dir: "internal/wire/manage", ours: "license identity signing store notify authority office webhook wire wire/api wire/licensespring", not: "database/sql"},
	{dir: "internal/wire/native", ours: "license identity signing canonjson store authority office wire wire/api", not: "database/sql"},
	{dir: "internal/webhook", ours: "license signing store outbound", not: "database/sql"},
	{dir: "internal/geo", modules: "github.com/oschwald/maxminddb-golang/v2", not: "database/sql net/http"},
	{dir: "internal/wire/rmz", ours: "license identity signing canonjson authority office wire", not: "database/sql"},
	{dir: "internal/wire/seller", ours: "license identity signing canonjson store authority office wire", not: "database/sql"},
	{
		dir: "internal/server", ours: "license identity signing store notify authority office wire wire/*", not: "database/sql",
		modules: "github.com/prometheus/client_golang golang.org/x/crypto/acme golang.org/x/sync",
	},
	{dir: "internal/web", ours: "license identity", modules: "github.com/a-h/templ golang.org/x/text", not: "database/sql"},
	{dir: "internal/web/platform", ours: "license identity authority office store notify web wire", modules: "github.com/a-h/templ rsc.io/qr", not: "database/sql"},
	{dir: "internal/demo", ours: "license identity signing store authority office"},
	{dir: "internal/bench", ours: "*", modules: "*"},
	{dir: "cmd/licet", ours: "*", modules: "github.com/alecthomas/kong github.com/BurntSushi/toml golang.org/x/sync"},
	{dir: "internal/testkit", ours: "*", modules: "*", forTest: true},
	{dir: "internal/testkit/browser", modules: "github.com/chromedp/cdproto github.com/chromedp/chromedp", forTest: true},
	{dir: "internal/testkit/oidctest", forTest: true},
	{dir: "internal/testkit/passkeytest", forTest: true},
	{dir: "internal/testkit/smtptest", modules: "github.com/emersion/go-sasl github.com/emersion/go-smtp", forTest: true},
	{dir: "internal/testkit/pgtest", modules: "github.com/jackc/pgx/v5", forTest: true},
	{dir: "tests/browser", ours: "*", modules: "*", forTest: true},
	{dir: "tests/torture", ours: "*", modules: "*", forTest: true},
	{dir: "internal/wire/wiretest", ours: "*", modules: "*", forTest: true},
}

// forbiddenSQL is what only one of the two databases understands, or what hides a column, a value or
// the time from the reader.
var forbiddenSQL = []struct {
	word *regexp.Regexp
	say  string
}{
	{regexp.MustCompile(`\?`), "a ? placeholder: write $1"},
	{regexp.MustCompile(`(?i)\bSELECT\s+(DISTINCT\s+)?(\w+\.)?\*`), "SELECT *: list the columns"},
	{regexp.MustCompile(`(?i)\bFOR\s+UPDATE\b`), "FOR UPDATE: lock by writing"},
	{regexp.MustCompile(`(?i)\bILIKE\b`), "ILIKE: compare folded text"},
	{regexp.MustCompile(`(?i)\bNOW\s*\(\s*\)`), "NOW(): the time is an argument"},
	{regexp.MustCompile(`(?i)\bdatetime\s*\(`), "datetime(: times are microseconds in a BIGINT"},
	{regexp.MustCompile(`::`), "a :: cast: write CAST(x AS type)"},
	{regexp.MustCompile(`(?i)\bLIMIT\s+\$\d`), "LIMIT $n: SQLite plans the statement anew for each argument; write LIMIT CAST($n AS BIGINT)"},
	{regexp.MustCompile(`(?i)\bAUTOINCREMENT\b`), "AUTOINCREMENT: identities are made in Go"},
	{regexp.MustCompile(`(?i)\b(BIG|SMALL)?SERIAL\b`), "SERIAL: identities are made in Go"},
}

var (
	sqlStart    = regexp.MustCompile(`(?i)^\s*(SELECT|INSERT\s+INTO|UPDATE\s+\w+\s+SET|DELETE\s+FROM|WITH\s+\w+|CREATE\s+(UNIQUE\s+)?(TABLE|INDEX)|ALTER\s+TABLE|DROP\s+(TABLE|INDEX))\b`)
	sqlFragment = regexp.MustCompile(`\b(FROM|WHERE|VALUES|RETURNING|JOIN|LIMIT|ORDER BY|GROUP BY|ON CONFLICT|FOR UPDATE|ILIKE|AUTOINCREMENT)\b`)
	sqlQuoted   = regexp.MustCompile(`'[^']*'|--[^\n]*`)
	textVerb    = regexp.MustCompile(`%[-+# 0-9.\[\]*]*[a-ce-zA-Z]`) // every verb but %d
	task        = regexp.MustCompile(`\b(?:TO-?DO|FIX-?ME)\b(\([a-z][a-z0-9-]*\): )?`)
	machinePath = regexp.MustCompile(`(?:^|[\s"'(=:` + "`" + `])(?:/(?:work|root)/|/(?:home|Users)/\w+/|[A-Z]:\\Users\\)`)
	codeBlock   = regexp.MustCompile("(?s)```.*?```|`[^`\n]*`")
	link        = regexp.MustCompile(`\]\(\s*<?([^)\s>]+)>?[^)]*\)`)
)

var badNames = strings.Fields("util utils common model models service services helper helpers type types misc")

// The rules, by the name of their subtest.
var rules = []struct {
	name  string
	check func(*repository)
}{
	{"import-rings", (*repository).importRings},
	{"clock-and-logs", (*repository).clockAndLogs},
	{"package-comments", (*repository).packageComments},
	{"package-names", (*repository).packageNames},
	{"sizes", (*repository).sizes},
	{"init", (*repository).noInit},
	{"sql-words", (*repository).sqlWords},
	{"sql-values", (*repository).sqlValues},
	{"tasks", (*repository).tasks},
	{"machine-paths", (*repository).machinePaths},
	{"large-files", (*repository).largeFiles},
	{"links", (*repository).links},
}

func TestRepository(t *testing.T) {
	t.Parallel()
	for _, rule := range rules {
		t.Run(rule.name, func(t *testing.T) {
			t.Parallel()
			for _, fault := range inspect(os.DirFS("."), listFiles(t), rule.check) {
				t.Error(fault)
			}
		})
	}
}

// repository is a tree of files, what Go sees in it, and the faults found so far.
type repository struct {
	fsys    fs.FS
	files   []string
	fset    *token.FileSet
	sources []source // Go files of this module, without testdata
	faults  []string
}

type source struct {
	path, dir       string
	ast             *ast.File
	test, generated bool
}

// inspect returns the faults that check finds, one line each.
func inspect(fsys fs.FS, files []string, check func(*repository)) []string {
	r := &repository{fsys: fsys, files: files, fset: token.NewFileSet()}
	for _, name := range files {
		if !strings.HasSuffix(name, ".go") || strings.Contains("/"+name, "/testdata/") || r.isNested(name) {
			continue
		}
		tree, err := parser.ParseFile(r.fset, name, r.read(name), parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			r.fault(name, 1, "%v", err)
			continue
		}
		r.sources = append(r.sources, source{
			path: name, dir: path.Dir(name), ast: tree,
			test: strings.HasSuffix(name, "_test.go"), generated: strings.HasSuffix(name, "_gen.go") || strings.HasSuffix(name, "_templ.go"),
		})
	}
	check(r)
	return r.faults
}

// listFiles returns every file that is or would be tracked. Outside of a git checkout that is every
// file but those of .git and what the Makefile makes.
func listFiles(t *testing.T) []string {
	t.Helper()
	out, err := exec.Command("git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard").Output()
	var files []string
	if err == nil {
		for name := range strings.SplitSeq(strings.TrimRight(string(out), "\x00"), "\x00") {
			if info, err := os.Stat(name); err == nil && info.Mode().IsRegular() {
				files = append(files, name)
			}
		}
		return files
	}
	err = fs.WalkDir(os.DirFS("."), ".", func(name string, entry fs.DirEntry, err error) error {
		if err == nil && entry.IsDir() && slices.Contains([]string{".git", "bin", "licet-data"}, name) {
			return fs.SkipDir
		}
		if err == nil && entry.Type().IsRegular() {
			files = append(files, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func (r *repository) fault(file string, line int, format string, args ...any) {
	r.faults = append(r.faults, fmt.Sprintf("%s:%d: %s", file, line, fmt.Sprintf(format, args...)))
}

func (r *repository) faultAt(pos token.Pos, format string, args ...any) {
	at := r.fset.Position(pos)
	r.fault(at.Filename, at.Line, format, args...)
}

// read returns a file, or nothing where it went away meanwhile.
func (r *repository) read(name string) []byte {
	content, err := fs.ReadFile(r.fsys, name)
	if err != nil {
		return nil
	}
	return content
}

// isNested reports whether a file belongs to another module below this one.
func (r *repository) isNested(name string) bool {
	for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
		if slices.Contains(r.files, dir+"/go.mod") {
			return true
		}
	}
	return false
}

// text calls f for each file that is written by hand and holds text.
func (r *repository) text(f func(name, content string)) {
	for _, name := range r.files {
		content := r.read(name)
		if path.Base(name) != "go.sum" && !bytes.ContainsRune(content[:min(len(content), 8<<10)], 0) {
			f(name, string(content))
		}
	}
}

func ringOf(dir string) (ring, bool) {
	i := slices.IndexFunc(rings, func(g ring) bool { return g.dir == dir })
	if i < 0 {
		return ring{}, false
	}
	return rings[i], true
}

// allows reports whether g may import another package of ours.
func (g ring) allows(target ring) bool {
	name := strings.TrimPrefix(target.dir, "internal/")
	for _, pattern := range strings.Fields(g.ours) {
		if match, _ := path.Match(pattern, name); pattern == "*" || match {
			return g.forTest || !target.forTest
		}
	}
	return false
}

func (r *repository) importRings() {
	told := map[string]bool{}
	for _, s := range r.sources {
		g, known := ringOf(s.dir)
		if !known && s.dir != "." && !told[s.dir] {
			told[s.dir] = true
			r.faultAt(s.ast.Package, "%s is in no ring: say in the table of rings who may import it", s.dir)
		}
		if !known || s.test {
			continue
		}
		for _, spec := range s.ast.Imports {
			if fault := g.judge(strings.Trim(spec.Path.Value, `"`)); fault != "" {
				r.faultAt(spec.Pos(), "%s must not import %s", s.dir, fault)
			}
		}
	}
}

// judge returns what is wrong with an import, or "".
func (g ring) judge(name string) string {
	if dir, ours := strings.CutPrefix(name, module+"/"); ours {
		target, known := ringOf(dir)
		switch {
		case known && g.allows(target):
			return ""
		case target.forTest:
			return dir + ", which is for _test.go files only"
		}
		return dir
	}
	if first, _, _ := strings.Cut(name, "/"); !strings.Contains(first, ".") {
		if slices.Contains(strings.Fields(g.not), name) {
			return name
		}
		return ""
	}
	for _, prefix := range strings.Fields(g.modules) {
		if prefix == "*" || name == prefix || strings.HasPrefix(name, prefix+"/") {
			return ""
		}
	}
	return name
}

// clockAndLogs keeps the packages of rules from reading the clock and from logging. They may
// still use log/slog for values that redact themselves.
func (r *repository) clockAndLogs() {
	readsClock := []string{"Now", "Since", "Until"}
	logs := []string{"Debug", "Info", "Warn", "Error", "Log", "LogAttrs", "Default", "New", "With", "SetDefault"}
	for _, s := range r.sources {
		if g, _ := ringOf(s.dir); g.not != pure || s.test {
			continue
		}
		ast.Inspect(s.ast, func(n ast.Node) bool {
			pkg, name := selector(n)
			if pkg == "time" && slices.Contains(readsClock, name) {
				r.faultAt(n.Pos(), "time.%s in a package of rules: the time is an argument", name)
			}
			if pkg == "slog" && slices.Contains(logs, strings.TrimSuffix(name, "Context")) {
				r.faultAt(n.Pos(), "slog.%s in a package of rules: return an error", name)
			}
			return true
		})
	}
}

// selector returns the two names of x.y, or nothing.
func selector(n ast.Node) (pkg, name string) {
	if sel, ok := n.(*ast.SelectorExpr); ok {
		if id, ok := sel.X.(*ast.Ident); ok {
			return id.Name, sel.Sel.Name
		}
	}
	return "", ""
}

func (r *repository) packageComments() {
	first, comments := map[string]source{}, map[string]int{}
	for _, s := range r.sources {
		if s.test {
			continue
		}
		if _, seen := first[s.dir]; !seen {
			first[s.dir] = s
		}
		if s.ast.Doc == nil || s.generated { // A generator writes its own name there.
			continue
		}
		name := s.ast.Name.Name
		if comments[s.dir]++; comments[s.dir] == 2 {
			r.faultAt(s.ast.Doc.Pos(), "a second package comment of %s", s.dir)
		}
		if name != "main" && !strings.HasPrefix(s.ast.Doc.Text(), "Package "+name+" ") {
			r.faultAt(s.ast.Doc.Pos(), "the package comment must begin with: Package %s", name)
		}
	}
	for _, dir := range slices.Sorted(maps.Keys(first)) {
		s := first[dir]
		if comments[dir] == 0 {
			r.faultAt(s.ast.Package, "%s has no package comment", dir)
		}
	}
}

func (r *repository) packageNames() {
	for _, s := range r.sources {
		for _, name := range []string{s.ast.Name.Name, path.Base(s.dir)} {
			if slices.Contains(badNames, name) {
				r.faultAt(s.ast.Package, "package %s: name it after what it is about", name)
				break
			}
		}
	}
}

func (r *repository) sizes() {
	for _, s := range r.sources {
		if s.test || s.generated {
			continue
		}
		if lines := r.fset.File(s.ast.Package).LineCount(); lines > maxFile {
			r.fault(s.path, lines, "the file has %d lines, want at most %d", lines, maxFile)
		}
		ast.Inspect(s.ast, func(n ast.Node) bool {
			name := "a closure"
			switch f := n.(type) {
			case *ast.FuncDecl:
				name = f.Name.Name
			case *ast.FuncLit:
			default:
				return true
			}
			lines := r.fset.Position(n.End()).Line - r.fset.Position(n.Pos()).Line + 1
			if lines > maxFunction {
				r.faultAt(n.Pos(), "%s has %d lines, want at most %d", name, lines, maxFunction)
			}
			return true
		})
	}
}

func (r *repository) noInit() {
	for _, s := range r.sources {
		for _, decl := range s.ast.Decls {
			if f, ok := decl.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.Name == "init" {
				r.faultAt(f.Pos(), "func init: let main call what must be called")
			}
		}
	}
}

const storeDir = "internal/store"

// sqlWords looks at every SQL text of the store: literals in Go, and migrations.
func (r *repository) sqlWords() {
	for _, s := range r.sources {
		if s.dir != storeDir || s.test {
			continue
		}
		ast.Inspect(s.ast, func(n ast.Node) bool {
			lit, ok := n.(*ast.BasicLit)
			if !ok || lit.Kind != token.STRING {
				return true
			}
			if text, err := strconv.Unquote(lit.Value); err == nil && isSQL(text) {
				at := r.fset.Position(lit.Pos())
				r.judgeSQL(at.Filename, at.Line, text)
			}
			return true
		})
	}
	for _, name := range r.files {
		if strings.HasPrefix(name, storeDir+"/") && strings.HasSuffix(name, ".sql") {
			r.judgeSQL(name, 1, string(r.read(name)))
		}
	}
}

func (r *repository) judgeSQL(file string, line int, text string) {
	text = sqlQuoted.ReplaceAllStringFunc(text, blank)
	for _, f := range forbiddenSQL {
		for _, at := range f.word.FindAllStringIndex(text, -1) {
			r.fault(file, line+strings.Count(text[:at[0]], "\n"), "%s", f.say)
		}
	}
}

// blank returns the line ends of text, so that what follows keeps its line number.
func blank(text string) string { return " " + strings.Repeat("\n", strings.Count(text, "\n")) }

func isSQL(text string) bool { return sqlStart.MatchString(text) || sqlFragment.MatchString(text) }

// sqlValues finds values that are put into SQL by + or Sprintf, as far as the syntax shows it.
// Constants may be, and placeholders made from numbers; everything else is an argument.
func (r *repository) sqlValues() {
	var files []*ast.File
	for _, s := range r.sources {
		if s.dir == storeDir && !s.test {
			files = append(files, s.ast)
		}
	}
	// Imports stay unresolved, which is all right: only our own constants are wanted.
	info := &types.Info{Types: map[ast.Expr]types.TypeAndValue{}, Uses: map[*ast.Ident]types.Object{}}
	config := types.Config{Error: func(error) {}}
	config.Check(storeDir, r.fset, files, info)
	for _, file := range files {
		inner := map[ast.Expr]bool{}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.BinaryExpr:
				if n.Op == token.ADD && !inner[n] {
					r.judgeParts(info, n.Pos(), addends(n, inner))
				}
			case *ast.CallExpr:
				if pkg, name := selector(n.Fun); pkg == "fmt" && strings.HasSuffix(name, "f") && name != "Errorf" {
					r.judgeFormat(info, n)
				}
			}
			return true
		})
	}
}

// addends returns the parts of a sum of strings and marks the sums inside it.
func addends(e ast.Expr, inner map[ast.Expr]bool) []ast.Expr {
	switch sum := e.(type) {
	case *ast.ParenExpr:
		return addends(sum.X, inner)
	case *ast.BinaryExpr:
		inner[sum] = true
		return append(addends(sum.X, inner), addends(sum.Y, inner)...)
	}
	return []ast.Expr{e}
}

// sqlText returns the constant SQL text of an expression, or "".
func sqlText(info *types.Info, e ast.Expr) string {
	if v := info.Types[e].Value; v != nil && v.Kind() == constant.String && isSQL(constant.StringVal(v)) {
		return constant.StringVal(v)
	}
	return ""
}

func (r *repository) judgeParts(info *types.Info, at token.Pos, parts []ast.Expr) {
	isText := func(e ast.Expr) bool { return sqlText(info, e) != "" }
	isValue := func(e ast.Expr) bool { return info.Types[e].Value == nil && !ofNumbers(info, e) && !quotesNames(e) }
	if slices.ContainsFunc(parts, isText) && slices.ContainsFunc(parts, isValue) {
		r.faultAt(at, "a value is added to SQL: make it an argument")
	}
}

// quotesNames reports whether e is a call of the store's own quoting of table and column names, which
// backup and restore take from the schema.
func quotesNames(e ast.Expr) bool {
	call, ok := e.(*ast.CallExpr)
	if !ok {
		return false
	}
	id, ok := call.Fun.(*ast.Ident)
	return ok && (id.Name == "quoteName" || id.Name == "quoteNames")
}

// ofNumbers reports whether e is a call of a function, not of a method, that is given whole numbers
// only: it can write placeholders, and no text from outside.
func ofNumbers(info *types.Info, e ast.Expr) bool {
	call, ok := e.(*ast.CallExpr)
	if !ok || len(call.Args) == 0 {
		return false
	}
	if sel, ok := call.Fun.(*ast.SelectorExpr); ok {
		id, _ := sel.X.(*ast.Ident)
		if _, ok := info.Uses[id].(*types.PkgName); !ok {
			return false
		}
	}
	return !slices.ContainsFunc(call.Args, func(arg ast.Expr) bool {
		if inner, ok := arg.(*ast.CallExpr); ok {
			if id, ok := inner.Fun.(*ast.Ident); ok && id.Name == "len" {
				return false // Whatever of: its type may be unresolved.
			}
		}
		basic, ok := info.TypeOf(arg).(*types.Basic)
		return !ok || basic.Info()&types.IsInteger == 0
	})
}

func (r *repository) judgeFormat(info *types.Info, call *ast.CallExpr) {
	for i, arg := range call.Args {
		isValue := func(e ast.Expr) bool { return info.Types[e].Value == nil }
		if textVerb.MatchString(sqlText(info, arg)) && slices.ContainsFunc(call.Args[i+1:], isValue) {
			r.faultAt(call.Pos(), "a value is formatted into SQL: make it an argument")
		}
	}
}

// tasks finds what was left for later without a name: the form is the word, a name in brackets, a colon.
func (r *repository) tasks() {
	judge := func(file string, line int, text string) {
		for _, at := range task.FindAllStringSubmatchIndex(text, -1) {
			if at[2] < 0 {
				r.fault(file, line+strings.Count(text[:at[0]], "\n"), "%s without a name: write %[1]s(name): …", text[at[0]:at[1]])
			}
		}
	}
	for _, s := range r.sources {
		for _, group := range s.ast.Comments {
			for _, comment := range group.List {
				judge(s.path, r.fset.Position(comment.Pos()).Line, comment.Text)
			}
		}
	}
	r.text(func(name, content string) {
		if !slices.Contains([]string{".go", ".md", ".txtar"}, path.Ext(name)) {
			judge(name, 1, content)
		}
	})
}

func (r *repository) machinePaths() {
	r.text(func(name, content string) {
		for _, at := range machinePath.FindAllStringIndex(content, -1) {
			r.fault(name, 1+strings.Count(content[:at[0]], "\n"), "a path of one machine: %s", strings.TrimSpace(content[at[0]:at[1]]))
		}
	})
}

func (r *repository) largeFiles() {
	for _, name := range r.files {
		if info, err := fs.Stat(r.fsys, name); err == nil && info.Size() > maxTracked {
			r.fault(name, 1, "%d bytes, want at most %d: what is built or foreign stays out", info.Size(), maxTracked)
		}
	}
}

// links finds links of Markdown files to files that are not there. Links elsewhere are not followed.
func (r *repository) links() {
	r.text(func(name, content string) {
		if path.Ext(name) != ".md" || strings.Contains("/"+name, "/testdata/") {
			return
		}
		content = codeBlock.ReplaceAllStringFunc(content, blank)
		for _, at := range link.FindAllStringSubmatchIndex(content, -1) {
			target, _, _ := strings.Cut(content[at[2]:at[3]], "#")
			if target == "" || strings.Contains(target, "://") || strings.HasPrefix(target, "mailto:") {
				continue
			}
			if _, err := fs.Stat(r.fsys, path.Join(path.Dir(name), target)); err != nil {
				r.fault(name, 1+strings.Count(content[:at[0]], "\n"), "the link to %s leads nowhere", target)
			}
		}
	})
}

func TestRulesFindFaults(t *testing.T) {
	t.Parallel()
	const pkg = "// Package store is a case.\npackage store\n"
	for _, c := range []struct{ rule, file, content, want string }{
		{"import-rings", "internal/license/a.go", "package license\nimport \"os\"\n", "a.go:2: internal/license must not import os"},
		{"import-rings", "internal/office/a.go", "package office\nimport \"licet/internal/authority\"\n", "must not import internal/authority"},
		{"import-rings", "internal/wire/rmz/a.go", "package rmz\nimport \"licet/internal/store\"\n", "must not import internal/store"},
		{"import-rings", "internal/bench/a.go", "package bench\nimport \"licet/internal/testkit\"\n", "for _test.go files only"},
		{"import-rings", "internal/store/a.go", "package store\nimport \"github.com/google/go-cmp/cmp\"\n", "must not import github.com/google/go-cmp"},
		{"import-rings", "internal/odd/a.go", "package odd\n", "in no ring"},
		{"clock-and-logs", "internal/license/a.go", "package license\nvar now = time.Now\n", "a.go:2: time.Now"},
		{"clock-and-logs", "internal/identity/a.go", "package identity\nfunc f() { slog.InfoContext(c, m) }\n", "slog.InfoContext"},
		{"package-comments", "internal/store/a.go", "package store\n", "has no package comment"},
		{"package-comments", "internal/store/a.go", "// Not this.\npackage store\n", "must begin with: Package store"},
		{"package-names", "internal/helpers/a.go", "package helpers\n", "package helpers"},
		{"sizes", "internal/store/a.go", pkg + strings.Repeat("\n", 499), "has 501 lines"},
		{"sizes", "internal/store/a.go", pkg + "func f() {" + strings.Repeat("\n", 70) + "}\n", "a.go:3: f has 71 lines"},
		{"init", "internal/store/a.go", pkg + "func init() {}\n", "a.go:3: func init"},
		{"sql-words", "internal/store/a.go", pkg + "const a = `SELECT a\nFROM t WHERE b = ?`\n", "a.go:4: a ? placeholder"},
		{"sql-words", "internal/store/a.go", pkg + "const a = \"select * from t\"\n", "SELECT *"},
		{"sql-words", "internal/store/a.go", pkg + "const a = \" FOR UPDATE\"\n", "FOR UPDATE"},
		{"sql-words", "internal/store/m/1.sql", "CREATE TABLE t (\n a BIGSERIAL)", "1.sql:2: SERIAL"},
		{"sql-words", "internal/store/m/1.sql", "-- it's so\nUPDATE t SET a = now()", "1.sql:2: NOW()"},
		{"sql-words", "internal/store/m/1.sql", "SELECT a::text FROM t", "a :: cast"},
		{"sql-values", "internal/store/a.go", pkg + "func f(x string) string { return \"SELECT a FROM \" + x }\n", "a.go:3: a value is added"},
		{"sql-values", "internal/store/a.go", pkg + "const q = \"SELECT a FROM t\"\nfunc f(x string) string { return (q + \" b=\") + x }\n", "a value is added"},
		{"sql-values", "internal/store/a.go", pkg + "func f(x string) string { return fmt.Sprintf(\"DELETE FROM %s\", x) }\n", "a value is formatted"},
		{"sql-values", "internal/store/a.go", pkg + "type b struct{}\nfunc (b) s(int) string { return \"\" }\nfunc f(x b) string { return \"SELECT a FROM \" + x.s(1) }\n", "a.go:5: a value is added"},
		{"tasks", "internal/store/a.go", pkg + "// TO" + "DO: later\n", "a.go:3: TO" + "DO without a name"},
		{"tasks", "Makefile", "\n# FIX" + "ME\n", "Makefile:2:"},
		{"machine-paths", "a.md", "see " + "/root" + "/x", "a path of one machine"},
		{"large-files", "a.bin", strings.Repeat("x", maxTracked+1), "a.bin:1: 524289 bytes"},
		{"links", "docs/a.md", "[x](../b.md#c)\n[y](c.md)", "docs/a.md:1: the link to ../b.md leads nowhere"},
	} {
		if faults := inspectOne(c.rule, c.file, c.content); len(faults) == 0 || !strings.Contains(faults[0], c.want) {
			t.Errorf("%s(%s) = %q, want %q", c.rule, c.file, faults, c.want)
		}
	}
}

func TestRulesLetPass(t *testing.T) {
	t.Parallel()
	const pkg = "// Package store is a case.\npackage store\n"
	for _, c := range []struct{ rule, file, content string }{
		{"import-rings", "internal/server/a.go", "package server\nimport (\n\"net/http\"\n\"licet/internal/wire/rmz\"\n)\n"},
		{"import-rings", "internal/store/a_test.go", "package store\nimport \"licet/internal/testkit\"\n"},
		{"clock-and-logs", "internal/license/a.go", "package license\nvar v = slog.StringValue\n"},
		{"sizes", "internal/store/a.go", pkg + strings.Repeat("\n", 498)},
		{"sizes", "internal/store/a_gen.go", pkg + strings.Repeat("\n", 600)},
		{"init", "internal/store/a.go", pkg + "type a int\nfunc (a) init() {}\n"},
		{"sql-words", "internal/store/a.go", pkg + "const a, b = \"SELECT COUNT(*) FROM t WHERE a = '?::' AND b = $1\", \"what? ::1\"\n"},
		{"sql-words", "internal/store/a.go", pkg + "const level = \"SERIALIZABLE\"\n"},
		{"sql-values", "internal/store/a.go", pkg + "const c = \"a, b\"\nfunc f(n int) string { return \"SELECT \" + c + \" FROM t LIMIT \" + tuples(n, len(other.X)) }\nfunc tuples(a, b int) string { return \"\" }\n"},
		{"sql-values", "internal/store/a.go", pkg + "import \"strconv\"\nfunc f(n int) string { return \"SELECT a FROM t LIMIT $\" + strconv.Itoa(n) }\n"},
		{"sql-values", "internal/store/a.go", pkg + "func f(n int) string { return fmt.Sprintf(\"SELECT a FROM t LIMIT $%d\", n) }\n"},
		{"tasks", "internal/store/a.go", pkg + "// TO-DO(ada): later.\n"},
		{"links", "docs/a.md", "[x](a.md#c) [y](https://example.com/) [z](#z) `[n](n.md)`"},
	} {
		if faults := inspectOne(c.rule, c.file, c.content); len(faults) != 0 {
			t.Errorf("%s(%s) = %q, want none", c.rule, c.file, faults)
		}
	}
}

func inspectOne(rule, file, content string) []string {
	i := slices.IndexFunc(rules, func(r struct {
		name  string
		check func(*repository)
	},
	) bool {
		return r.name == rule
	})
	return inspect(fstest.MapFS{file: {Data: []byte(content)}}, []string{file}, rules[i].check)
}

// TestModules: no go.mod replaces or excludes anything, or nobody could install Licet with the go
// command. And modernc.org/libc is the version that the SQLite driver was made for: another one
// compiles, and then crashes or worse.
func TestModules(t *testing.T) {
	t.Parallel()
	for _, name := range listFiles(t) {
		if path.Base(name) != "go.mod" {
			continue
		}
		if mod := readModule(t, name); len(mod.Replace)+len(mod.Exclude) != 0 {
			t.Errorf("%s:1: has replace or exclude lines, want none", name)
		}
	}
	var sqlite struct{ GoMod string }
	goJSON(t, &sqlite, "list", "-m", "-json", "modernc.org/sqlite")
	got, want := readModule(t, "go.mod").version("modernc.org/libc"), readModule(t, sqlite.GoMod).version("modernc.org/libc")
	if got != want || got == "" {
		t.Errorf("go.mod:1: modernc.org/libc is %q, want %q as modernc.org/sqlite has it", got, want)
	}
}

// TestDependenciesHaveReasons: each direct dependency stands in docs/decisions/0003-dependencies.md
// with its reason, and nothing else does.
func TestDependenciesHaveReasons(t *testing.T) {
	t.Parallel()
	const page = "docs/decisions/0003-dependencies.md"
	content, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	told := map[string]bool{}
	for _, row := range regexp.MustCompile("(?m)^\\| `([^`]+)` \\| [^|]+\\|").FindAllSubmatch(content, -1) {
		told[string(row[1])] = true
	}
	required := map[string]bool{"modernc.org/libc": true} // pinned, see TestModules
	for _, require := range readModule(t, "go.mod").Require {
		if !require.Indirect {
			required[require.Path] = true
		}
	}
	for _, tool := range readModule(t, "tools/go.mod").Tool {
		required[tool.Path] = true
	}
	for _, name := range slices.Sorted(maps.Keys(required)) {
		if !told[name] {
			t.Errorf("%s:1: no row says why %s", page, name)
		}
		delete(told, name)
	}
	for _, name := range slices.Sorted(maps.Keys(told)) {
		t.Errorf("%s:1: a row says why %s, which go.mod does not require directly", page, name)
	}
}

// goMod is the part of go mod edit -json that matters here.
type goMod struct {
	Require []struct {
		Path, Version string
		Indirect      bool
	}
	Tool             []struct{ Path string }
	Replace, Exclude []any
}

func (m goMod) version(name string) string {
	for _, require := range m.Require {
		if require.Path == name {
			return require.Version
		}
	}
	return ""
}

func readModule(t *testing.T, file string) (mod goMod) {
	t.Helper()
	goJSON(t, &mod, "mod", "edit", "-json", file)
	return mod
}

func goJSON(t *testing.T, into any, args ...string) {
	t.Helper()
	out, err := exec.Command("go", args...).Output()
	if err == nil {
		err = json.Unmarshal(out, into)
	}
	if err != nil {
		t.Fatalf("go %s: %v", strings.Join(args, " "), err)
	}
}
