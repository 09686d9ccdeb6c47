package main

import (
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/google/go-cmp/cmp"
)

// docsFile is written by the test below.
const docsFile = "../../docs/cli.md"

func TestCommandLineDocsUpToDate(t *testing.T) {
	t.Parallel()
	want := commandLineDocs(t)
	if os.Getenv("LICET_UPDATE") == "1" {
		if err := os.WriteFile(docsFile, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	have, err := os.ReadFile(docsFile)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(have), want); diff != "" {
		t.Errorf("docs/cli.md is stale; run: make docs\n%s", diff)
	}
}

func grammar(t *testing.T) *kong.Application {
	t.Helper()
	var c cli
	parser, err := newParser(&c, &tool{})
	if err != nil {
		t.Fatal(err)
	}
	return parser.Model
}

// docsHead is what the model cannot say.
const docsHead = "<!-- Generated from the program itself; write it anew with: make docs -->\n\n" + `# The command line

One program does everything: ` + "`licet serve`" + ` runs the server, every other command is for setting it up and
looking after it. Commands work on the database that ` + "`--data` or `--database`" + ` names, also beside a running
server, which sees their changes at once.

**Output.** People get aligned tables, with times in UTC. With ` + "`--json`" + `, create and show print one object, and
list prints an array; ` + "`license create`" + ` always prints an array. A command about licenses, such as suspend, prints
the license when one is named, and an array of outcomes when several are.

**Exit codes.** 0 done; 1 refused or failed; 2 wrong usage. An error is one line on standard error that says what
to do.

**Questions.** What cannot be undone asks on a terminal, and takes ` + "`--yes`" + ` where there is none.

**Settings.** A flag wins over its environment variable, that over the configuration file, that over the default.
The file is TOML; a key it does not know is an error. Secrets are never flags: passwords come from the terminal or
from a file, the master key from a file or from the environment variable ` + "`LICET_MASTER_KEY`" + `.
`

func commandLineDocs(t *testing.T) string {
	app := grammar(t)
	var b strings.Builder
	b.WriteString(docsHead)
	b.WriteString("\n## Flags of every command\n\n")
	keys := tomlKeys(reflect.TypeFor[fileSettings](), "")
	writeFlags(&b, app.Flags, keys)
	for _, n := range app.Children {
		writeCommand(&b, n, keys)
	}
	return b.String()
}

func writeCommand(b *strings.Builder, n *kong.Node, keys map[string]string) {
	if n.Hidden {
		return
	}
	if n.Leaf() || n.Parent.Type == kong.ApplicationNode {
		fmt.Fprintf(b, "\n%s %s\n\n%s\n", strings.Repeat("#", min(n.Depth()+2, 4)), commandPath(n), n.Help)
	}
	if n.Detail != "" {
		fmt.Fprintf(b, "\n%s\n", n.Detail)
	}
	if n.Leaf() {
		fmt.Fprintf(b, "\n```\n%s\n```\n", synopsis(n))
	}
	if len(n.Positional) > 0 {
		b.WriteString("\n| argument | meaning |\n|---|---|\n")
		for _, p := range n.Positional {
			fmt.Fprintf(b, "| `%s` | %s |\n", strings.ToUpper(p.Name), cell(p.Help))
		}
	}
	if len(n.Flags) > 0 {
		b.WriteString("\n")
		if n.Name != "serve" {
			keys = nil
		}
		writeFlags(b, n.Flags, keys)
	}
	for _, child := range n.Children {
		writeCommand(b, child, keys)
	}
}

// synopsis is the command with its arguments and the flags it needs.
func synopsis(n *kong.Node) string {
	text := commandPath(n)
	flags := false
	for _, f := range n.Flags {
		flags = flags || !f.Required
		if f.Required {
			text += " --" + f.Name + " " + f.FormatPlaceHolder()
		}
	}
	for _, p := range n.Positional {
		name := strings.ToUpper(p.Name)
		if p.IsCumulative() {
			name += " …"
		}
		if !p.Required {
			name = "[" + name + "]"
		}
		text += " " + name
	}
	if flags {
		text += " [flags]"
	}
	return text
}

// writeFlags writes a table. Settings of the server have their names in the environment and the file.
func writeFlags(b *strings.Builder, flags []*kong.Flag, keys map[string]string) {
	settings := len(keys) > 0
	if settings {
		b.WriteString("| flag | environment | file | default | meaning |\n|---|---|---|---|---|\n")
	} else {
		b.WriteString("| flag | default | meaning |\n|---|---|---|\n")
	}
	for _, f := range flags {
		if f.Hidden {
			continue
		}
		name := "`" + strings.Join(flagWords(f), "` `")
		if !f.IsBool() {
			name += " " + f.FormatPlaceHolder()
		}
		fmt.Fprintf(b, "| %s` |", name)
		if settings {
			fmt.Fprintf(b, " %s | %s |", code(strings.Join(f.Envs, " ")), code(keys[f.Name]))
		}
		fmt.Fprintf(b, " %s | %s |\n", code(f.Default), cell(f.Help))
	}
}

func code(text string) string {
	if text == "" {
		return ""
	}
	return "`" + text + "`"
}

func cell(text string) string { return strings.ReplaceAll(text, "|", `\|`) }

// tomlKeys returns the keys of a configuration file by the names of their flags.
func tomlKeys(of reflect.Type, prefix string) map[string]string {
	out := make(map[string]string)
	for i := range of.NumField() {
		f := of.Field(i)
		key := prefix + f.Tag.Get("toml")
		switch {
		case f.Anonymous:
			key = strings.TrimSuffix(prefix, ".")
			fallthrough
		case f.Type.Kind() == reflect.Struct:
			if key != "" {
				key += "."
			}
			for name, path := range tomlKeys(f.Type, key) {
				out[name] = path
			}
		default:
			out[strings.NewReplacer(".", "-", "_", "-").Replace(key)] = key
		}
	}
	return out
}

// TestSettingsHaveThreeSpellings: what a file can set is a flag with an environment twin, and every flag
// of serve with such a twin can stand in a file.
// S0-19: whoever looks for Apple's App Store is told, in the documents and where a product is made.
func TestS0_19_StorePolicy(t *testing.T) {
	t.Parallel()
	operating, err := os.ReadFile("../../docs/operating.md")
	if err != nil {
		t.Fatal(err)
	}
	for where, text := range map[string]string{"docs/operating.md": string(operating), "licet product create --help": new(productCreate).Help()} {
		if !strings.Contains(text, "App Store") || !strings.Contains(text, "https://developer.apple.com/app-store/review/guidelines/") {
			t.Errorf("%s does not speak of the App Store, or leads nowhere", where)
		}
	}
}

func TestSettingsHaveThreeSpellings(t *testing.T) {
	t.Parallel()
	app := grammar(t)
	keys := tomlKeys(reflect.TypeFor[fileSettings](), "")
	flags := make(map[string]*kong.Flag)
	for _, f := range app.Flags {
		flags[f.Name] = f
	}
	for _, n := range app.Children {
		if n.Name != "serve" {
			continue
		}
		for _, f := range n.Flags {
			flags[f.Name] = f
			if len(f.Envs) > 0 && keys[f.Name] == "" {
				t.Errorf("--%s has no key in the configuration file", f.Name)
			}
		}
	}
	for name, key := range keys {
		f := flags[name]
		if f == nil {
			t.Errorf("the key %s has no flag --%s", key, name)
			continue
		}
		if want := "LICET_" + strings.ToUpper(strings.ReplaceAll(name, "-", "_")); len(f.Envs) != 1 || f.Envs[0] != want {
			t.Errorf("--%s is %v in the environment, want %s", name, f.Envs, want)
		}
	}
}

// TestEveryCommandHasHelp: a command, an argument or a flag without a sentence is not finished.
func TestEveryCommandHasHelp(t *testing.T) {
	t.Parallel()
	err := kong.Visit(grammar(t), func(v kong.Visitable, next kong.Next) error {
		var name, help string
		switch v := v.(type) {
		case *kong.Application:
			name, help = v.Name, v.Help
		case *kong.Node:
			name, help = commandPath(v), v.Help
		case *kong.Flag:
			name, help = "--"+v.Name, v.Help
		case *kong.Value:
			name, help = v.Name, v.Help
		}
		if help == "" || !strings.HasSuffix(help, ".") {
			t.Errorf("%s has the help %q, want a sentence", name, help)
		}
		return next(nil)
	})
	if err != nil {
		t.Fatal(err)
	}
}
