package wiretest

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"licet/internal/license"
	"licet/internal/testkit"
	"licet/internal/wire"
)

// echo is a door that answers with what it was sent, and whether a license may be checked.
func echo(w *World) wire.Door {
	return wire.Door{Name: "echo", Surface: wire.LicenseSurface, Path: "/echo", Mount: func(m *wire.Mux) {
		m.Handle("POST /say", func(rw http.ResponseWriter, r *http.Request) error {
			body, err := wire.ReadBody(r, 0)
			if err != nil {
				return err
			}
			defer body.Release()
			rw.Header().Set("X-From", wire.AddressOf(r).String())
			_, err = rw.Write(body.Bytes())
			return err
		})
	}}
}

// TestCase runs cases that shall pass, and cases that shall fail, with a part of the failure.
func TestCase(t *testing.T) {
	t.Parallel()
	s := testkit.OpenSQLite(t)
	const sections = `
-- say --
POST /echo/say
Content-Type: text/plain

{"id":$demo,"who":"$who"}
-- said --
200
X-From: 203.0.113.1
X-Missing: none

{"who": "A", "id": $demo}
-- part --
200 partly

{"who": "A"}
-- bytes --
200 exactly

{"id":$demo,"who":"A"}
-- other --
404
X-From: 203.0.113.9

{"who": "B"}
`
	for _, tt := range []struct{ name, lines, want string }{
		{"passes", "send say who=A times=3 = said\nsend say who=A = part\nsend say who=A from=::1 = bytes", ""},
		{"differs", "send say who=A = other", "-status 404\n+status 200\n-X-From: 203.0.113.9\n+X-From: 203.0.113.1"},
		{"other_bytes", "send say who=B = bytes", `"who":"B"`},
		{"no_section", "send say who=A = nothing", "there is no section nothing"},
		{"no_answer", "send say who=A", "write: send"},
		{"no_line", "sned say = said", "no such line"},
		{"too_few_words", "product other", "product takes 2 words, got 1"},
		{"unknown_option", `product other "Other" colour=red`, "product knows no colour"},
		{"open_quote", `product other "Other`, "a quote is open"},
		{"life", `license K of demo activations=2 order=A-1 status=pending
			complete A-1
			suspend K
			resume K
			ban K
			unban K
			count K 0
			disable demo
			enable demo
			e2ee demo on
			advance 1d12h
			refund A-1
			refused license_revoked resume K`, ""},
		{"refused_nonsense", "refused license_suspended x", "got no such line"},
		{"refused_otherwise", "license K of demo order=A\nrevoke K\nrefused license_expired resume K", "want it refused with license_expired"},
		{"not_refused", "license K of demo\nrefused license_expired suspend K", "got <nil>"},
		{"wrong_count", "license K of demo\ncount K 1", "the license counts 0 and 0 devices hold a place, want 1"},
		{"unknown_license", "suspend K", "no line has made a license K"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := &wireCase{archive: txtar.Parse([]byte(sections)), World: New(t, s, echo)}
			c.archive.Comment = []byte("About.\n\nproduct demo \"My Script\"\n" + tt.lines + "\n")
			var errs []string
			for line := range strings.Lines(string(c.archive.Comment[len("About.\n\n"):])) {
				if err := c.line(t, strings.TrimSpace(line)); err != nil {
					errs = append(errs, err.Error())
				}
			}
			got := strings.ReplaceAll(strings.Join(errs, "; "), "\u00a0", " ")
			if (got == "") != (tt.want == "") || !strings.Contains(got, tt.want) {
				t.Errorf("case = %q, want %q in it", got, tt.want)
			}
		})
	}
}

// TestUpdate: an answer that was written anew is the one that is wanted then.
func TestUpdate(t *testing.T) {
	t.Parallel()
	c := &wireCase{World: New(t, testkit.OpenSQLite(t), nil)}
	c.Run(t, `product demo "My Script"`)
	c.archive = txtar.Parse([]byte("About.\n\n-- a --\n404\nX-A: none\n\n{}\n-- b --\n200 partly\n\n{\"who\": \"B\"}\n-- c --\n200 exactly\n\nx\n"))
	got := Answer{Status: 200, Header: http.Header{"X-A": {"1"}}, Body: `{"id":` + c.Name("demo") + `,"who":"A"}`}
	for name, want := range map[string]string{
		"a": "200\nX-A: 1\n\n{\n  \"id\": $demo,\n  \"who\": \"A\"\n}\n",
		"b": "200 partly\n\n{\n  \"who\": \"A\"\n}\n",
		"c": "200 exactly\n\n{\"id\":$demo,\"who\":\"A\"}\n",
	} {
		wanted, err := c.wanted(name)
		if err == nil {
			err = c.rewrite(name, wanted, got)
		}
		f, _ := c.section(name)
		if diff := cmp.Diff(want, string(f.Data)); err != nil || diff != "" {
			t.Errorf("section %s: %v\n%s", name, err, diff)
		}
		if wanted, err = c.wanted(name); err != nil || wanted.diff(got) != "" {
			t.Errorf("section %s after rewriting: %v\n%s", name, err, wanted.diff(got))
		}
	}
}

func TestSplit(t *testing.T) {
	t.Parallel()
	got, err := split("product  demo \"My \"'Script'\tmetadata='{\"a\": 1}' x=\"\" ''")
	if diff := cmp.Diff([]string{"product", "demo", "My Script", `metadata={"a": 1}`, "x=", ""}, got); err != nil || diff != "" {
		t.Errorf("split: %v\n%s", err, diff)
	}
}

func TestEpoch(t *testing.T) {
	t.Parallel()
	if want, _ := license.ParseTime("2026-03-23T12:00:00Z"); Epoch != want {
		t.Errorf("Epoch = %v, want %v", Epoch, want)
	}
}
