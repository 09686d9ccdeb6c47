package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// completionCommand: licet completion. The scripts hold the commands and flags of this program; make them
// anew after an update.
type completionCommand struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"bash, zsh or fish."`
}

// Help says where the scripts go.
func (*completionCommand) Help() string {
	return `For bash, in ~/.bashrc:  source <(licet completion bash)

For zsh, in ~/.zshrc:  source <(licet completion zsh)

For fish:  licet completion fish > ~/.config/fish/completions/licet.fish`
}

// Run prints the script.
func (c *completionCommand) Run(t *tool, model *kong.Kong) error {
	places := placesOf(model.Model.Node, nil)
	switch c.Shell {
	case "fish":
		return fishScript(t.out, places)
	case "zsh":
		if _, err := io.WriteString(t.out, "autoload -U +X bashcompinit && bashcompinit\n"); err != nil {
			return err
		}
	}
	return bashScript(t.out, places)
}

// place is a command and what may follow it.
type place struct {
	path     []string // the words that lead here
	children []*kong.Node
	flags    []*kong.Flag // its own and those of all above
}

func (p *place) name() string { return strings.Join(p.path, " ") }

// placesOf walks the commands from n down.
func placesOf(n *kong.Node, path []string) []place {
	here := place{path: path}
	for _, group := range n.AllFlags(true) {
		here.flags = append(here.flags, group...)
	}
	for _, child := range n.Children {
		if !child.Hidden {
			here.children = append(here.children, child)
		}
	}
	out := []place{here}
	for _, child := range here.children {
		out = append(out, placesOf(child, append(slices.Clone(path), child.Name))...)
	}
	return out
}

// flagWords returns the spellings of a flag.
func flagWords(f *kong.Flag) []string {
	out := []string{"--" + f.Name}
	if f.Tag.Negatable == "_" || f.Tag.Negatable == "true" {
		out = append(out, "--no-"+f.Name)
	}
	return out
}

// takesFile reports whether a flag's value is a path.
func takesFile(f *kong.Flag) bool { return f.PlaceHolder == "FILE" || f.PlaceHolder == "DIR" }

// bashScript prints a function that finds the command typed so far and offers what may follow.
func bashScript(w io.Writer, places []place) error {
	var known, offers strings.Builder
	var values, files []string
	for _, p := range places {
		if len(p.path) > 0 {
			fmt.Fprintf(&known, "\t\t%q) at=\"$at $word\" ;;\n", " "+p.name())
		}
		var words []string
		for _, c := range p.children {
			words = append(words, c.Name)
		}
		for _, f := range p.flags {
			words = append(words, flagWords(f)...)
			switch {
			case takesFile(f):
				files = append(files, "--"+f.Name)
			case !f.IsBool():
				values = append(values, "--"+f.Name)
			}
		}
		at := p.name()
		if at != "" {
			at = " " + at
		}
		fmt.Fprintf(&offers, "\t%q) words=%q ;;\n", at, strings.Join(words, " "))
	}
	_, err := fmt.Fprintf(w, `# Completion of licet for bash.
_licet() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} at="" word words i
	COMPREPLY=()
	for ((i = 1; i < COMP_CWORD; i++)); do
		word=${COMP_WORDS[i]}
		case "$at $word" in
%s		esac
	done
	case "$prev" in
	%s) COMPREPLY=($(compgen -f -- "$cur")); return ;;
	%s) return ;;
	esac
	case "$at" in
%s	esac
	if [[ $cur != -* ]]; then
		words=$(printf '%%s\n' $words | grep -v '^-')
	fi
	COMPREPLY=($(compgen -W "$words" -- "$cur"))
	if [[ $cur != -* && ${#COMPREPLY[@]} -eq 0 ]]; then
		COMPREPLY=($(compgen -f -- "$cur"))
	fi
}
complete -F _licet licet
`, known.String(), alternatives(files), alternatives(values), offers.String())
	return err
}

// alternatives makes a pattern of a case of words.
func alternatives(list []string) string {
	slices.Sort(list)
	return strings.Join(slices.Compact(list), "|")
}

// fishScript prints a line for each command and flag.
func fishScript(w io.Writer, places []place) error {
	var b strings.Builder
	b.WriteString(`# Completion of licet for fish.
function __licet_at
	set -l typed
	for word in (commandline -opc)[2..]
		string match -q -- '-*' $word; or set -a typed $word
	end
	test "$typed" = "$argv"; or string match -q -- "$argv *" "$typed"
end
complete -c licet -f
`)
	for _, p := range places {
		at := ""
		if len(p.path) > 0 {
			at = " -n " + quoteFish("__licet_at "+p.name())
		}
		for _, c := range p.children {
			when := at
			if len(p.path) == 0 {
				when = " -n __fish_use_subcommand"
			}
			fmt.Fprintf(&b, "complete -c licet%s -a %s -d %s\n", when, c.Name, quoteFish(c.Help))
		}
		for _, f := range p.flags {
			if len(p.path) > 0 && f.Group != nil && f.Group.Key == groupGlobal {
				continue // Offered everywhere already.
			}
			for _, word := range flagWords(f) {
				fmt.Fprintf(&b, "complete -c licet%s -l %s%s -d %s\n", at, strings.TrimPrefix(word, "--"), fishValue(f), quoteFish(f.Help))
			}
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// fishValue says what follows a flag.
func fishValue(f *kong.Flag) string {
	switch {
	case f.IsBool():
		return ""
	case takesFile(f):
		return " -r -F"
	}
	return " -x"
}

func quoteFish(text string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(text) + "'"
}
