package keyauth

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"licet/internal/authority"
	"licet/internal/canonjson"
	"licet/internal/license"
)

var uuid = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}`)

// The envelope of §3.5, in its order, and the bytes of §3.4.
func TestEnvelope(t *testing.T) {
	t.Parallel()
	const odd = "é <b>&\u2028 / \x01\t\"\\ \xff"
	const canonical = "é <b>&\u2028 / \\u0001\\t\\\"\\\\ \uFFFD"
	for _, tt := range []struct {
		name    string
		dialect dialect
		answer  func(*call) error
		want    string
	}{
		{"success", v13, func(c *call) error { return c.done("Initialized") },
			`{"success":true,"code":68,"message":"Initialized","nonce":"N","ownerid":"abcdefghij"}`},
		{"with_role", v13, func(c *call) error { c.role = "not_checked"; return c.done("Session is validated.") },
			`{"success":true,"code":68,"message":"Session is validated.","nonce":"N","role":"not_checked","ownerid":"abcdefghij"}`},
		{"more", v13, func(c *call) error {
			w := c.succeed(odd)
			w.Key("response").String(odd)
			return c.send(w)
		}, `{"success":true,"code":68,"message":"` + canonical + `","response":"` + canonical + `","nonce":"N","ownerid":"abcdefghij"}`},
		{"longer_than_its_room", v13, func(c *call) error { return c.done(strings.Repeat("x", 3*outRoom)) },
			`{"success":true,"code":68,"message":"` + strings.Repeat("x", 3*outRoom) + `","nonce":"N","ownerid":"abcdefghij"}`},
		{"old_success", v12, func(c *call) error { return c.done("Initialized") },
			`{"success":true,"message":"Initialized","nonce":"M"}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c, w := bareCall(tt.dialect)
			if err := tt.answer(c); err != nil {
				t.Fatal(err)
			}
			body := w.Body.Bytes()
			again, err := canonjson.Canonicalize(body)
			if err != nil || !bytes.Equal(again, body) {
				t.Errorf("the answer is %s, and JavaScript makes %s of it (%v)", body, again, err)
			}
			got := uuid.ReplaceAllString(string(body), "N")
			got = regexp.MustCompile(`"nonce":"[0-9A-Z]{32}"`).ReplaceAllString(got, `"nonce":"M"`)
			if got != tt.want {
				t.Errorf("the answer is\n%s, want\n%s", got, tt.want)
			}
			if tt.dialect == v13 {
				verify(t, w)
			}
			if got := header(w.Header(), "Content-Type"); w.Code != 200 || got != "application/json; charset=utf-8" {
				t.Errorf("status %d, content type %q", w.Code, got)
			}
			if header(w.Header(), "Access-Control-Allow-Origin") != "*" {
				t.Error("a page of another site may not read the answer")
			}
		})
	}
}

// The object info of §8, with what has no end and what never was.
func TestInfo(t *testing.T) {
	t.Parallel()
	const now license.Time = 1_774_267_200_500_000
	bob := license.ApplicationUser{Address: "203.0.113.1", Hardware: []string{"h1", "h2"}, SeenAt: now}
	bob.Name, bob.Created = "bob", now-1e6
	fresh := license.ApplicationUser{}
	fresh.Name = "new"
	for _, tt := range []struct {
		name    string
		profile authority.Profile
		want    string
	}{
		{"all", authority.Profile{Now: now, User: bob, Levels: []license.Entitlement{
			{Name: "default", Number: 1, Key: "K", ExpiresAt: now + 86400*1e6}, {Name: "pro", Number: 2, ExpiresAt: 0}}},
			`{"username":"bob","subscriptions":[{"subscription":"default","key":"K","expiry":"1774353600","timeleft":86400,"level":"1"},` +
				`{"subscription":"pro","key":null,"expiry":"4102444800","timeleft":2328177599,"level":"2"}],` +
				`"ip":"203.0.113.1","hwid":"h1","createdate":"1774267199","lastlogin":"1774267200"}`},
		{"little", authority.Profile{Now: now, User: fresh, Levels: []license.Entitlement{{Name: "x", ExpiresAt: license.Forever}}},
			`{"username":"new","subscriptions":[{"subscription":"x","key":null,"expiry":"253402214400","timeleft":251627947199,"level":"0"}],` +
				`"ip":"","hwid":null,"createdate":"0","lastlogin":"0"}`},
	} {
		c, _ := bareCall(v13)
		c.succeed("")
		c.info(&tt.profile)
		c.json.End()
		if got := strings.TrimPrefix(string(c.json.Bytes()), `{"success":true,"code":68,"message":"","info":`); got != tt.want+"}" {
			t.Errorf("%s: info = %s\nwant %s", tt.name, got, tt.want)
		}
	}
}

func TestMask(t *testing.T) {
	t.Parallel()
	got := map[string]string{}
	for _, name := range []string{"", "bob", "ten-chars.", "twelve-chars", "éééééééééééé"} {
		got[name] = mask(name)
	}
	want := map[string]string{"": "", "bob": "bob", "ten-chars.": "ten-chars.", "twelve-chars": "twelve-cha**", "éééééééééééé": "éééééééééé**"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("masks (-want +got):\n%s", diff)
	}
}

func TestNonces(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for range 100 {
		n := newUUID()
		if uuid.FindString(n) != n || len(n) != 36 || seen[n] {
			t.Errorf("nonce %q, want a UUID of version 4 that was not there before", n)
		}
		seen[n] = true
	}
}
