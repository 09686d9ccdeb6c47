package wiretest

import (
	"bufio"
	"bytes"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"licet/internal/store"
	"licet/internal/wire"
)

var update = flag.Bool("update", false, "write the answers of the wire cases anew from what the server says")

// Cases runs each case file of a folder, in a subtest named as the file, against a world of its own
// on s. Besides the lines of [World.Run] a case has
//
//	send verify hwid=A from=198.51.100.7 times=60 = first
//
// which sends the request of section verify, 60 times, from that address, with A put in for $hwid,
// and wants the answer of section first each time; $n is the number of the call, from 1. What a
// request says beyond its head and body is what HTTP needs.
//
// An answer is a status, headers that must be so ("Retry-After: none" must not be there at all), a
// blank line, and the body: equal as JSON where it is JSON, else equal as text. After the status
// may stand "partly": then the members that are written must be there, among others; or
// "exactly": then every byte counts.
func Cases(t *testing.T, s *store.Store, dir string, open func(*World) wire.Door) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.txtar"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases in %s (%v)", dir, err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			c := &wireCase{archive: txtar.Parse(text), World: New(t, s, open)}
			c.run(t)
			// One database is enough to write from, and two would write over each other.
			if *update && c.changed && s.Engine() == "sqlite" {
				if err := os.WriteFile(file, txtar.Format(c.archive), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// wireCase is one file while it runs.
type wireCase struct {
	*World
	archive *txtar.Archive
	changed bool
}

// run does the lines above the sections. The first paragraph is what the case is about.
func (c *wireCase) run(t testing.TB) {
	_, lines, ok := strings.Cut(string(c.archive.Comment), "\n\n")
	if !ok {
		t.Fatal("a case begins with what it is about, and a blank line")
	}
	for line := range strings.Lines(lines) {
		line = strings.TrimSpace(line)
		if err := c.line(t, line); err != nil {
			t.Errorf("%s: %v", line, err)
		}
	}
}

// line does one line, of a case or of the set-up language.
func (c *wireCase) line(t testing.TB, line string) error {
	if rest, ok := strings.CutPrefix(line, "send "); ok {
		return c.sendLine(t, rest)
	}
	return c.do(line)
}

// sendLine does "send REQUEST name=value… = ANSWER".
func (c *wireCase) sendLine(t testing.TB, line string) error {
	words, err := split(line)
	if err != nil {
		return err
	}
	if len(words) < 3 || words[len(words)-2] != "=" {
		return errors.New("write: send REQUEST name=value… = ANSWER")
	}
	also, times := map[string]string{}, 1
	for _, word := range words[1 : len(words)-2] {
		name, value, ok := strings.Cut(word, "=")
		if !ok {
			return fmt.Errorf("%q is not name=value", word)
		}
		also[name] = value
	}
	if text, ok := also["times"]; ok {
		if times, err = strconv.Atoi(text); err != nil {
			return err
		}
	}
	r, err := c.request(words[0])
	if err != nil {
		return err
	}
	r.From = also["from"]
	for n := range times {
		put := map[string]string{"n": strconv.Itoa(n + 1)}
		for name, value := range also {
			put[name] = c.expand(value, put)
		}
		if err := c.compare(words[len(words)-1], c.send(t, r, put)); err != nil {
			return err
		}
	}
	return nil
}

func (c *wireCase) section(name string) (*txtar.File, error) {
	for i := range c.archive.Files {
		if c.archive.Files[i].Name == name {
			return &c.archive.Files[i], nil
		}
	}
	return nil, fmt.Errorf("there is no section %s", name)
}

// request reads a section: "POST /path", headers, a blank line, the body without its last line end.
func (c *wireCase) request(name string) (Request, error) {
	f, err := c.section(name)
	if err != nil {
		return Request{}, err
	}
	first, header, body, err := parseMessage(f.Data)
	if err != nil {
		return Request{}, fmt.Errorf("section %s: %w", name, err)
	}
	method, path, ok := strings.Cut(first, " ")
	if !ok {
		return Request{}, fmt.Errorf("section %s begins with no METHOD /path", name)
	}
	return Request{Method: method, Path: path, Header: header, Body: body}, nil
}

// parseMessage reads a first line, headers and, after a blank line, a body.
func parseMessage(data []byte) (first string, header http.Header, body string, err error) {
	in := bufio.NewReader(bytes.NewReader(data))
	header = http.Header{}
	for i := 0; ; i++ {
		line, readErr := in.ReadString('\n')
		line = strings.TrimRight(line, "\r\n")
		name, value, ok := strings.Cut(line, ":")
		switch {
		case i == 0:
			first = line
		case line == "":
		case !ok:
			return "", nil, "", fmt.Errorf("%q is no header", line)
		default:
			header.Add(name, strings.TrimSpace(value))
		}
		if i > 0 && line == "" || readErr != nil {
			break
		}
	}
	var rest bytes.Buffer
	_, err = in.WriteTo(&rest)
	return first, header, strings.TrimSuffix(rest.String(), "\n"), err
}
