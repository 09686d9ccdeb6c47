package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"strconv"
	"strings"
	"text/tabwriter"

	"licet/internal/license"
	"licet/internal/office"
)

// print shows one thing: as JSON, or as the pairs that pairs returns.
func (t *tool) print(v any, pairs func() [][2]string) error {
	if t.globals.JSON {
		return t.printJSON(v)
	}
	w := tabwriter.NewWriter(t.out, 0, 0, 2, ' ', 0)
	for _, pair := range pairs() {
		if pair[1] != "" {
			fmt.Fprintf(w, "%s:\t%s\n", pair[0], printable(pair[1]))
		}
	}
	return w.Flush()
}

func (t *tool) printJSON(v any) error {
	text, err := toJSON(v)
	if err == nil {
		_, err = t.out.Write(append(text, '\n'))
	}
	return err
}

// toJSON leaves <, > and & as they are: this is no web page.
func toJSON(v any) ([]byte, error) {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err := e.Encode(v)
	return []byte(strings.TrimSuffix(b.String(), "\n")), err
}

// tableChunk is how many lines are aligned together: a long list shows up while it is read.
const tableChunk = 1000

// printList shows things as they come: as an array of JSON, or as a table.
// head names the columns, row returns a line of them.
func printList[V any](t *tool, head string, all iter.Seq2[V, error], row func(V) []string) error {
	if t.globals.JSON {
		return printArray(t, all)
	}
	w := tabwriter.NewWriter(t.out, 0, 0, 2, ' ', 0)
	printRow(w, strings.Fields(head))
	lines := 0
	for v, err := range all {
		if err != nil {
			return err
		}
		printRow(w, row(v))
		if lines++; lines%tableChunk == 0 {
			if err := w.Flush(); err != nil {
				return err
			}
		}
	}
	if err := errors.Join(w.Flush(), t.out.Flush()); err != nil {
		return err
	}
	if t.more != "" {
		t.sayf("%s", t.more)
	}
	return nil
}

func printRow(w io.Writer, cells []string) {
	for i, cell := range cells {
		if cells[i] = printable(cell); cells[i] == "" {
			cells[i] = "-"
		}
	}
	fmt.Fprintln(w, strings.Join(cells, "\t"))
}

func printArray[V any](t *tool, all iter.Seq2[V, error]) error {
	before := "["
	for v, err := range all {
		if err != nil {
			return err
		}
		text, err := toJSON(v)
		if err != nil {
			return err
		}
		if _, err := t.out.WriteString(before + "\n  " + strings.ReplaceAll(string(text), "\n", "\n  ")); err != nil {
			return err
		}
		before = ","
	}
	end := "\n]\n"
	if before == "[" {
		end = "[]\n"
	}
	_, err := t.out.WriteString(end)
	return err
}

// printable keeps what others wrote from driving the terminal: control characters become blanks.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 {
			return ' '
		}
		return r
	}, text)
}

// listFlags are the flags of every list.
type listFlags struct {
	Limit  int   `help:"How many to list at most; 0 for all." default:"100" placeholder:"N"`
	Before int64 `help:"Go on below this id: lists run from the newest to the oldest." placeholder:"ID"`

	upwards bool // the list runs the other way, and goes on with --after
}

func (l *listFlags) goesOn() string {
	if l.upwards {
		return "--after"
	}
	return "--before"
}

// maxPage is how many things one question to the office may ask for.
const maxPage = 1000

// pages asks fetch for one page after another, up to the limit. fetch returns where the next one goes on,
// 0 at the end. Where the limit cuts a list for people, they are told how to go on.
func pages[V any](t *tool, l listFlags, fetch func(office.Page) ([]V, int64, error)) iter.Seq2[V, error] {
	return func(yield func(V, error) bool) {
		var none V
		if l.Limit < 0 || l.Before < 0 {
			yield(none, usagef("--limit and --before are numbers from 0"))
			return
		}
		left, before := l.Limit, l.Before
		for {
			page := office.Page{Before: before, Limit: maxPage}
			if l.Limit > 0 {
				page.Limit = min(left, maxPage)
			}
			list, next, err := fetch(page)
			if err != nil {
				yield(none, err)
				return
			}
			for _, v := range list {
				if !yield(v, nil) {
					return
				}
			}
			left -= len(list)
			if next == 0 {
				return
			}
			if l.Limit > 0 && left <= 0 {
				t.more = fmt.Sprintf("licet: there may be more; go on with %s %d, or --limit 0 for all", l.goesOn(), next)
				return
			}
			before = next
		}
	}
}

// full makes a fetch for pages of one that says nothing about a next page: a full one may have one.
func full[V any](fetch func(office.Page) ([]V, error), id func(V) int64) func(office.Page) ([]V, int64, error) {
	return func(p office.Page) ([]V, int64, error) {
		list, err := fetch(p)
		if err != nil || len(list) < p.Limit {
			return list, 0, err
		}
		return list, id(list[len(list)-1]), nil
	}
}

// as shows each thing of a list as something else.
func as[V, W any](all iter.Seq2[V, error], show func(V) (W, error)) iter.Seq2[W, error] {
	return func(yield func(W, error) bool) {
		for v, err := range all {
			var w W
			if err == nil {
				w, err = show(v)
			}
			if !yield(w, err) || err != nil {
				return
			}
		}
	}
}

// moment is a time for people: UTC, to the second, "" for none.
func moment(at license.Time) string {
	if at == 0 {
		return ""
	}
	return at.UTC().Format("2006-01-02 15:04:05Z")
}

func idText[T ~int64](id T) string {
	if id == 0 {
		return ""
	}
	return strconv.FormatInt(int64(id), 10)
}

// yesNo is a bool for people.
func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

// words joins what is not empty.
func words(list ...string) string {
	var out []string
	for _, word := range list {
		if word != "" {
			out = append(out, word)
		}
	}
	return strings.Join(out, ", ")
}

// seq makes a sequence of a slice, for lists that come whole.
func seq[V any](list []V) iter.Seq2[V, error] {
	return func(yield func(V, error) bool) {
		for _, v := range list {
			if !yield(v, nil) {
				return
			}
		}
	}
}
