package wiretest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/google/go-cmp/cmp"
)

// Ways in which an answer is compared.
const (
	wholly  = ""
	partly  = "partly"
	exactly = "exactly"
)

// wanted is an answer section.
type wanted struct {
	status int
	how    string
	header http.Header
	body   string
}

func (c *wireCase) wanted(name string) (wanted, error) {
	f, err := c.section(name)
	if err != nil {
		return wanted{}, err
	}
	first, header, body, err := parseMessage(f.Data)
	if err != nil {
		return wanted{}, fmt.Errorf("section %s: %w", name, err)
	}
	status, how, _ := strings.Cut(first, " ")
	w := wanted{how: how, header: header, body: c.expand(body, nil)}
	if w.status, err = strconv.Atoi(status); err != nil || how != wholly && how != partly && how != exactly {
		return wanted{}, fmt.Errorf("section %s begins with %q, want a status, and partly or exactly after it", name, first)
	}
	return w, nil
}

// compare says how an answer differs from a section; with -update it makes them equal instead.
func (c *wireCase) compare(name string, got Answer) error {
	want, err := c.wanted(name)
	if err != nil && !*update {
		return err
	}
	diff := want.diff(got)
	if diff == "" || !*update {
		if diff != "" {
			return fmt.Errorf("the answer is not %s (-want +got):\n%s", name, diff)
		}
		return nil
	}
	return c.rewrite(name, want, got)
}

// diff returns how an answer differs, or "".
func (w wanted) diff(got Answer) string {
	var out strings.Builder
	if got.Status != w.status {
		fmt.Fprintf(&out, "-status %d\n+status %d\n", w.status, got.Status)
	}
	for _, name := range slices.Sorted(maps.Keys(w.header)) {
		if value := headerOf(got.Header, name); value != w.header.Get(name) {
			fmt.Fprintf(&out, "-%s: %s\n+%s: %s\n", name, w.header.Get(name), name, value)
		}
	}
	wantJSON, wantErr := decode(w.body)
	gotJSON, gotErr := decode(got.Body)
	if w.how == exactly || wantErr != nil || gotErr != nil {
		if got.Body != w.body {
			out.WriteString(cmp.Diff(w.body, got.Body))
		}
		return out.String()
	}
	if w.how == partly {
		gotJSON = like(wantJSON, gotJSON)
	}
	out.WriteString(cmp.Diff(wantJSON, gotJSON))
	return out.String()
}

// headerOf returns the values of a header in one line, or "none".
func headerOf(h http.Header, name string) string {
	if len(h.Values(name)) == 0 {
		return "none"
	}
	return strings.Join(h.Values(name), ", ")
}

// decode reads one JSON text, numbers digit for digit.
func decode(text string) (v any, err error) {
	in := json.NewDecoder(strings.NewReader(text))
	in.UseNumber()
	if err := in.Decode(&v); err != nil {
		return nil, err
	}
	if _, err := in.Token(); err != io.EOF {
		return nil, fmt.Errorf("more than one JSON text")
	}
	return v, nil
}

// like returns what got has of the members that want has.
func like(want, got any) any {
	wanted, ok := want.(map[string]any)
	have, also := got.(map[string]any)
	if !ok || !also {
		return got
	}
	out := map[string]any{}
	for name, value := range wanted {
		if _, there := have[name]; there {
			out[name] = like(value, have[name])
		}
	}
	return out
}

// rewrite puts what the server said into a section, with $names where they stand for product numbers.
func (c *wireCase) rewrite(name string, want wanted, got Answer) error {
	f, err := c.section(name)
	if err != nil {
		return err
	}
	var out bytes.Buffer
	fmt.Fprintf(&out, "%s\n", strings.TrimSpace(strconv.Itoa(got.Status)+" "+want.how))
	for _, header := range slices.Sorted(maps.Keys(want.header)) {
		fmt.Fprintf(&out, "%s: %s\n", header, headerOf(got.Header, header))
	}
	body := []byte(got.Body)
	if want.how == partly {
		wantJSON, wantErr := decode(want.body)
		gotJSON, gotErr := decode(got.Body)
		if wantErr == nil && gotErr == nil {
			var part bytes.Buffer
			encoder := json.NewEncoder(&part)
			encoder.SetEscapeHTML(false)
			if err := encoder.Encode(like(wantJSON, gotJSON)); err != nil {
				return err
			}
			body = bytes.TrimSpace(part.Bytes())
		}
	}
	var pretty bytes.Buffer
	if want.how != exactly && json.Indent(&pretty, body, "", "  ") == nil {
		body = pretty.Bytes()
	}
	fmt.Fprintf(&out, "\n%s\n", c.contract(body))
	f.Data, c.changed = out.Bytes(), true
	return nil
}

var idMember = regexp.MustCompile(`"id": ?\d+`)

// contract is the other way of expand, for the numbers of products.
func (c *wireCase) contract(body []byte) []byte {
	return idMember.ReplaceAllFunc(body, func(found []byte) []byte {
		number := bytes.TrimLeft(found, `"id: `)
		for name, value := range c.names {
			if value == string(number) {
				return append(slices.Clip(bytes.TrimSuffix(found, number)), "$"+name...)
			}
		}
		return found
	})
}
