package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/alecthomas/kong"
	"github.com/rogpeppe/go-internal/testscript"

	"licet/internal/testkit/pgtest"
)

// TestMain makes the test binary the tool: in the scripts, licet is this program.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"licet": main})
}

func TestScripts(t *testing.T) {
	runScripts(t, "testdata", nil)
}

func TestPostgresScripts(t *testing.T) {
	server := pgtest.Shared(t)
	runScripts(t, "testdata/postgres", func(env *testscript.Env) error {
		// One script has one database.
		url := server.Database(t)
		env.Setenv("LICET_DATABASE", url)
		env.Setenv("URL_FILE", filepath.Join(env.WorkDir, ".url"))
		return os.WriteFile(filepath.Join(env.WorkDir, ".url"), []byte(url+"\n"), 0o600)
	})
}

func runScripts(t *testing.T, dir string, setup func(*testscript.Env) error) {
	names := environment(t)
	testscript.Run(t, testscript.Params{
		Dir:                 dir,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("GORACE", os.Getenv("GORACE")) // How long the race detector waits at the end: see scripts/gotest.
			env.Values[serversKey{}] = &servers{names: names, running: make(map[string]*exec.Cmd)}
			if setup != nil {
				return setup(env)
			}
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"serve": startServer, "stop": stopServer, "waitfile": waitFile, "http": httpCall, "curl": pastedCall,
			"json": jsonIs, "jsonenv": jsonEnv, "lines": lineCount, "status": exitStatus, "nowutc": nowUTC, "keys": distinct, "sink": startSink,
		},
	})
}

// environment returns the variables that a script may set for the program.
func environment(t *testing.T) []string {
	names := []string{"PATH", "HOME", "TMPDIR", "TZ", "GORACE", "LICET_MASTER_KEY"}
	err := kong.Visit(grammar(t), func(v kong.Visitable, next kong.Next) error {
		if f, ok := v.(*kong.Flag); ok {
			names = append(names, f.Envs...)
		}
		return next(nil)
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// servers are those that a script has started.
type servers struct {
	names   []string
	running map[string]*exec.Cmd
}

type serversKey struct{}

// command is licet with args as the script would run it.
func command(ts *testscript.TestScript, args ...string) *exec.Cmd {
	c := exec.Command("licet", args...)
	c.Dir = ts.MkAbs(".")
	for _, name := range ts.Value(serversKey{}).(*servers).names {
		if value := ts.Getenv(name); value != "" {
			c.Env = append(c.Env, name+"="+value)
		}
	}
	return c
}

// startServer NAME [ARGS...]: start licet serve on a free port in the background, wait until it is ready,
// and put its address into URL. What it says goes to NAME.log.
func startServer(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 {
		ts.Fatalf("usage: serve NAME [ARGS...]")
	}
	name := args[0]
	log, err := os.Create(ts.MkAbs(name + ".log"))
	ts.Check(err)
	defer log.Close()
	c := command(ts, append([]string{"serve", "--listen", "127.0.0.1:0", "--address-file", name + ".url"}, args[1:]...)...)
	c.Stderr = log
	ts.Check(c.Start())
	ts.Defer(func() { _ = c.Process.Kill() }) // It may have ended well before.
	ts.Value(serversKey{}).(*servers).running[name] = c
	waitFile(ts, false, []string{name + ".url", "URL"})
}

// stopServer NAME [SIGNAL]: send TERM, or INT, to a server; it must exit 0.
func stopServer(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 {
		ts.Fatalf("usage: stop NAME [INT]")
	}
	signal := syscall.SIGTERM
	if len(args) > 1 {
		signal = syscall.SIGINT
	}
	c := ts.Value(serversKey{}).(*servers).running[args[0]]
	ts.Check(c.Process.Signal(signal))
	if err := c.Wait(); err != nil {
		ts.Fatalf("after %s the server ends with %v, want exit code 0\n%s", signal, err, ts.ReadFile(args[0]+".log"))
	}
}

// patience bounds every wait of the scripts; a healthy machine needs a hundredth of it.
const patience = 3 * time.Minute

// waitFile FILE [VAR]: wait until the file is there and not empty, and put what it holds into VAR.
func waitFile(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 || len(args) > 2 {
		ts.Fatalf("usage: waitfile FILE [VAR]")
	}
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		text, err := os.ReadFile(ts.MkAbs(args[0]))
		if err != nil || len(text) == 0 {
			continue
		}
		if len(args) == 2 {
			ts.Setenv(args[1], string(text))
		}
		return
	}
	ts.Fatalf("waitfile %s: it is not there after %s", args[0], patience)
}

// httpCall METHOD URL BODY STATUS [REGEXP]: make a call; the answer must have the status and match.
func httpCall(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 4 {
		ts.Fatalf("usage: http METHOD URL BODY STATUS [REGEXP]")
	}
	r, err := http.NewRequest(args[0], args[1], strings.NewReader(args[2]))
	ts.Check(err)
	r.Header.Set("Content-Type", "application/json")
	client := http.Client{Timeout: patience}
	answer, err := client.Do(r)
	ts.Check(err)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	ts.Check(err)
	judge(ts, "http "+args[1], strconv.Itoa(answer.StatusCode), string(body), args[3:])
}

// judge compares an answer with STATUS [REGEXP].
func judge(ts *testscript.TestScript, what, status, body string, want []string) {
	ts.Logf("%s: %s %s", what, status, body)
	if status != want[0] {
		ts.Fatalf("%s = %s %s, want %s", what, status, body, want[0])
	}
	if len(want) > 1 && !regexp.MustCompile(want[1]).MatchString(body) {
		ts.Fatalf("%s = %s, want a match of %s", what, body, want[1])
	}
}

// pastedCall N FILE STATUS [REGEXP]: paste the Nth curl line of a file into a shell. Where there is no
// curl, the call is made as the line says.
func pastedCall(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: curl N FILE STATUS [REGEXP]")
	}
	n, err := strconv.Atoi(args[0])
	ts.Check(err)
	var lines []string
	for line := range strings.Lines(ts.ReadFile(args[1])) {
		if line = strings.TrimSpace(line); strings.HasPrefix(line, "curl ") {
			lines = append(lines, line)
		}
	}
	if len(lines) < n {
		ts.Fatalf("%s has %d curl lines, want %d", args[1], len(lines), n)
	}
	line := lines[n-1]
	if _, err := exec.LookPath("curl"); err != nil {
		parts := regexp.MustCompile(`^curl -i (\S+) -H '[^']*' -d '([^']*)'$`).FindStringSubmatch(line)
		if parts == nil {
			ts.Fatalf("%s: not a call that can be read", line)
		}
		httpCall(ts, false, append([]string{"POST", parts[1], parts[2]}, args[2:]...))
		return
	}
	out, err := exec.Command("sh", "-c", line).Output()
	ts.Check(err)
	head, body, _ := strings.Cut(string(out), "\r\n\r\n")
	words := strings.Fields(head)
	judge(ts, line, words[1], body, args[2:])
}

// lookUp finds rmz.product_id or 0.id in the JSON of a file; the last part "#" is a length.
func lookUp(ts *testscript.TestScript, file, path string) string {
	decoder := json.NewDecoder(strings.NewReader(ts.ReadFile(file)))
	decoder.UseNumber()
	var at any
	if err := decoder.Decode(&at); err != nil {
		ts.Fatalf("%s is no JSON: %v", file, err)
	}
	for part := range strings.SplitSeq(path, ".") {
		switch v := at.(type) {
		case map[string]any:
			value, ok := v[part]
			if !ok {
				ts.Fatalf("%s has no %s", file, path)
			}
			at = value
		case []any:
			if part == "#" {
				return strconv.Itoa(len(v))
			}
			i, err := strconv.Atoi(part)
			if err != nil || i >= len(v) {
				ts.Fatalf("%s has no %s", file, path)
			}
			at = v[i]
		default:
			ts.Fatalf("%s has no %s", file, path)
		}
	}
	if text, ok := at.(string); ok {
		return text
	}
	text, err := json.Marshal(at)
	ts.Check(err)
	return string(text)
}

// jsonIs FILE PATH WANT: a value of a JSON file (or of stdout) is WANT.
func jsonIs(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 3 {
		ts.Fatalf("usage: [!] json FILE PATH WANT")
	}
	if have := lookUp(ts, args[0], args[1]); (have == args[2]) == neg {
		ts.Fatalf("%s of %s = %s, want %s", args[1], args[0], have, args[2])
	}
}

// jsonEnv FILE PATH VAR: put a value of a JSON file into VAR.
func jsonEnv(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: jsonenv FILE PATH VAR")
	}
	ts.Setenv(args[2], lookUp(ts, args[0], args[1]))
}

// lineCount FILE N: the file has N lines.
func lineCount(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: lines FILE N")
	}
	if have := strconv.Itoa(strings.Count(ts.ReadFile(args[0]), "\n")); have != args[1] {
		ts.Fatalf("%s has %s lines, want %s", args[0], have, args[1])
	}
}

// exitStatus N ARGS...: licet with these arguments exits with N, says one line where that is not 0, and
// leaves what it said in the files status.out and status.err.
func exitStatus(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 {
		ts.Fatalf("usage: status N [ARGS...]")
	}
	var out, errs bytes.Buffer
	c := command(ts, args[1:]...)
	c.Stdout, c.Stderr = &out, &errs
	_ = c.Run() // The exit code says it.
	ts.Check(os.WriteFile(ts.MkAbs("status.out"), out.Bytes(), 0o600))
	ts.Check(os.WriteFile(ts.MkAbs("status.err"), errs.Bytes(), 0o600))
	what := "licet " + strings.Join(args[1:], " ")
	ts.Logf("%s: %s", what, errs.String())
	if have := strconv.Itoa(c.ProcessState.ExitCode()); have != args[0] {
		ts.Fatalf("%s exits %s, want %s: %s", what, have, args[0], errs.String())
	}
	if args[0] != "0" && !regexp.MustCompile(`(^|\n)licet: [^\n]+\n$`).Match(errs.Bytes()) {
		ts.Fatalf("%s says %q, want a line that begins with licet:", what, errs.String())
	}
}

// nowUTC TEXT: the text is the time in UTC, within an hour: no other time zone is near.
func nowUTC(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: nowutc TEXT")
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02 15:04:05Z", time.DateTime} {
		at, err := time.ParseInLocation(layout, args[0], time.UTC)
		if err != nil {
			continue
		}
		if off := time.Since(at); off.Abs() > time.Hour {
			ts.Fatalf("nowutc %s: it is %s away", args[0], off)
		}
		return
	}
	ts.Fatalf("nowutc %s: no time", args[0])
}

// distinct FILE N REGEXP: the JSON array in the file has N licenses with different keys, which all match.
func distinct(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: keys FILE N REGEXP")
	}
	var list []struct {
		Key string `json:"license_key"`
	}
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[0])), &list))
	form := regexp.MustCompile(args[2])
	keys := make(map[string]bool)
	for _, l := range list {
		keys[l.Key] = true
		if !form.MatchString(l.Key) {
			ts.Fatalf("the key %s has not the form %s", l.Key, args[2])
		}
	}
	if have := fmt.Sprint(len(keys)); have != args[1] {
		ts.Fatalf("there are %s different keys, want %s", have, args[1])
	}
}
