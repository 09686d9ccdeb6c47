package browser

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
)

// Violation is a rule of accessibility that a page breaks.
type Violation struct {
	Rule    string   `json:"rule"`    // axe-core's name
	Impact  string   `json:"impact"`  // minor, moderate, serious or critical
	Help    string   `json:"help"`    // what to do, in a sentence
	Targets []string `json:"targets"` // CSS selectors of what breaks it, each with the reason
}

func (v Violation) String() string {
	return fmt.Sprintf("%s (%s): %s\n\t%s", v.Rule, v.Impact, v.Help, strings.Join(v.Targets, "\n\t"))
}

// axeRun is the rules of WCAG 2.2 at level AA, and what axe-core calls best practices.
const axeRun = `(scope) => globalThis.axe.run(scope ? document.querySelector(scope) : document, {
	runOnly: {type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22a', 'wcag22aa', 'best-practice']},
	rules: {'target-size': {enabled: true}},
	resultTypes: ['violations'],
}).then(r => r.violations.map(v => ({
	rule: v.id, impact: v.impact ?? '', help: v.help,
	targets: v.nodes.map(n => n.target.flat().join(' ') + ': ' + (n.failureSummary ?? '').replace(/\s+/g, ' ').trim()),
})))`

// Axe returns what axe-core finds on the page as it is now, or within what Within narrows to. It needs scripts.
func (p *Page) Axe() []Violation {
	p.t.Helper()
	p.needScripts("Axe")
	source, err := axe()
	if err != nil {
		p.t.Fatal(err)
	}
	if source == "" {
		p.t.Log("LICET_TEST_NODE is off, and axe-core is not there: nobody looked for faults of accessibility")
		return nil
	}
	var list []Violation
	p.step("run axe-core", func(ctx context.Context) error {
		return p.await(ctx, func(ctx context.Context) (string, error) {
			// Whatever the page's policy forbids, the protocol may.
			there, err := evaluate[bool](ctx, `!!globalThis.axe?.run`)
			if err == nil && !there {
				_, err = evaluate[bool](ctx, source+"\n;true")
			}
			if err == nil {
				list, err = evaluate[[]Violation](ctx, script(axeRun, p.scope))
			}
			return "", err
		})
	})
	return list
}

// NoAxeViolations says what [Page.Axe] finds as failures of the test.
func (p *Page) NoAxeViolations() {
	p.t.Helper()
	for _, v := range p.Axe() {
		p.t.Errorf("%s: axe-core: %s", p.URL(), v)
	}
}

// axe returns the source of axe-core, which npm installs once beside the package.json of this package. It returns "" where
// it is not installed and LICET_TEST_NODE is off.
var axe = sync.OnceValues(func() (string, error) {
	root, err := moduleRoot()
	if err != nil {
		return "", err
	}
	home := filepath.Join(root, "internal", "testkit", "browser")
	modules := filepath.Join(home, "node_modules")
	source := filepath.Join(modules, "axe-core", "axe.min.js")
	if want, is := wanted(home), installed(modules); want == "" || want != is {
		if os.Getenv("LICET_TEST_NODE") == "off" {
			return "", nil
		}
		if err := install(home, modules); err != nil {
			return "", err
		}
	}
	text, err := os.ReadFile(source)
	return string(text), err
})

// install lets npm install the package somewhere else, as tests of other packages may do the same at this moment.
func install(home, modules string) error {
	npm, err := exec.LookPath("npm")
	if err != nil {
		return errors.New("npm is not installed: run scripts/node, or install it; LICET_TEST_NODE=off leaves axe-core out")
	}
	if err := os.MkdirAll(modules, 0o755); err != nil {
		return err
	}
	dir, err := os.MkdirTemp(modules, ".installing-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	for _, name := range []string{"package.json", "package-lock.json"} {
		text, err := os.ReadFile(filepath.Join(home, name))
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), 4*Patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("npm ci: %w\n%s", err, out)
	}
	old, here := filepath.Join(dir, "old"), filepath.Join(modules, "axe-core")
	if installed(modules) != wanted(home) {
		_ = os.Rename(here, old) // There is none but after a change of the version.
	}
	if err := os.Rename(filepath.Join(dir, "node_modules", "axe-core"), here); err != nil && installed(modules) != wanted(home) {
		return err
	}
	return nil
}

// wanted returns the version of axe-core in package.json.
func wanted(home string) string {
	var p struct {
		Dependencies map[string]string `json:"dependencies"`
	}
	text, _ := os.ReadFile(filepath.Join(home, "package.json")) // Without one, none is wanted, and npm says why.
	_ = json.Unmarshal(text, &p)
	return p.Dependencies["axe-core"]
}

// installed returns the version of axe-core that is there, or "".
func installed(modules string) string {
	var p struct {
		Version string `json:"version"`
	}
	text, _ := os.ReadFile(filepath.Join(modules, "axe-core", "package.json"))
	_ = json.Unmarshal(text, &p)
	return p.Version
}

// moduleRoot returns the folder of go.mod above the test's.
func moduleRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		up := filepath.Dir(dir)
		if up == dir {
			return "", errors.New("there is no go.mod above the test")
		}
		dir = up
	}
}
