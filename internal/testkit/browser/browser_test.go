package browser_test

import (
	"bytes"
	"fmt"
	"image/png"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"licet/internal/testkit/browser"
)

// layout is a page without faults; %s are its title, its colours and what is in it.
const layout = `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>%s</title><link rel="icon" href="data:,"><link rel="stylesheet" href="/style.css"></head>
<body><header><a href="/">Home</a></header><main><h1>%[1]s</h1>%s</main></body></html>`

const style = `body { font: 16px Inter, sans-serif; margin: 1rem; background: #fff; color: #111 }
input, select, button { font: inherit; min-height: 32px; margin: 4px } a { color: #0645ad }
.bar { padding: 16px } #late { display: none } #late.on { display: block }
.move { transition: opacity 30s; opacity: 1 } .move:hover { opacity: .2 }
@media (prefers-color-scheme: dark) { body { background: #111; color: #eee } a { color: #8ab4f8 } }
@media (max-width: 500px) { h1 { font-size: 1.2rem } }`

const form = `<form method="post" action="/save">
<p><label for="name">Name</label> <input id="name" name="name" value="old" autocomplete="name"></p>
<p><label for="note">Note</label> <textarea id="note" name="note"></textarea></p>
<p><label for="day">Until</label> <input id="day" name="day" type="date"></p>
<p><label><input type="checkbox" name="box" value="yes"> Ban the user too</label></p>
<fieldset><legend>Case</legend><label><input type="radio" name="case" value="upper"> Upper</label>
<label><input type="radio" name="case" value="lower" checked> Lower</label></fieldset>
<p><label for="unit">Unit</label> <select id="unit" name="unit"><option value="d">Days</option><option value="m">Months</option></select></p>
<p><button>Save</button> <button name="other" value="1">Save &amp; stay</button></p></form>`

// site is a small site with a policy as strict as Licet's.
func site(t *testing.T) string {
	mux := http.NewServeMux()
	show := func(path, title, body string) {
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Security-Policy", "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'")
			fmt.Fprintf(w, layout, title, body)
		})
	}
	asset := func(path, kind, body string) {
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", kind)
			w.Header().Set("Cache-Control", "max-age=3600")
			fmt.Fprint(w, body)
		})
	}
	asset("/style.css", "text/css", style)
	asset("/script.js", "text/javascript", `document.querySelector('#later').addEventListener('click', () => setTimeout(() => {
		document.querySelector('#late').classList.add('on') }, 40));
		document.querySelector('#leave').addEventListener('click', () => setTimeout(() => location.assign('/form'), 40));
		document.querySelector('#fail').addEventListener('click', () => { throw new Error('broken on purpose') });
		document.querySelector('#ask').addEventListener('click', () => { document.querySelector('#said').textContent = confirm('Sure?') });
		document.addEventListener('keydown', e => { if (e.key === 'k' && e.ctrlKey) { e.preventDefault(); document.querySelector('#said').textContent = 'palette' } });
		document.querySelector('#said').textContent = 'scripts run';`)
	asset("/shift.js", "text/javascript", `addEventListener('load', () => requestAnimationFrame(() => requestAnimationFrame(() => {
		document.querySelector('#gap').className = 'wide'; document.body.dataset.moved = 'yes' })));`)
	asset("/shift.css", "text/css", `.wide { height: 300px }`)
	show("/{$}", "Home", `<p class="move">All is well.</p><p id="said">no scripts</p><p><a href="/form">The form</a> <a href="/file">Export</a> <a href="#said">Down</a> <a href="/nothing">Nothing</a></p>
		<p><button id="later" type="button">Later</button> <button id="leave" type="button">Leave</button> <button id="fail" type="button">Fail</button> <button id="ask" type="button">Ask</button></p><p id="late">It is late.</p>
		<nav aria-label="First" class="bar"><a href="/form">Open</a></nav><nav aria-label="Second" class="bar"><a href="/bad">Open</a></nav><script src="/script.js"></script>`)
	show("/form", "Form", form)
	show("/bad", "Bad", `<img src="data:," width="10" height="10"><input><p style="color: red">styled</p><script>document.title = 'not this'</script>`)
	show("/shift", "Shift", `<link rel="stylesheet" href="/shift.css"><div id="gap"></div><p>This moves.</p><script src="/shift.js"></script>`)
	show("/covered", "Covered", `<link rel="stylesheet" href="/covered.css"><div id="over"></div><button>Under</button>
		<p><button disabled>Off</button> <a href="/hang">Hang</a></p><p hidden id="hidden">Hidden</p>`)
	asset("/covered.css", "text/css", `#over { position: absolute; width: 300px; height: 50px; margin-top: -8px; background: #eee }`)
	mux.HandleFunc("GET /hang", func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	show("/wide", "Wide", `<link rel="stylesheet" href="/wide.css"><div id="bar">wide</div>`)
	asset("/wide.css", "text/css", `#bar { width: 3000px }`)
	mux.HandleFunc("GET /file", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Disposition", `attachment; filename="licenses.csv"`)
		w.Header().Set("Content-Type", "text/csv")
		fmt.Fprint(w, "key\nA-1\n")
	})
	asset("/favicon.ico", "image/x-icon", "")
	mux.HandleFunc("GET /nothing", func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusNoContent) })
	mux.HandleFunc("POST /save", func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		http.SetCookie(w, &http.Cookie{Name: "seen", Value: "1", Path: "/", HttpOnly: true})
		http.Redirect(w, r, "/saved?"+r.PostForm.Encode(), http.StatusSeeOther)
	})
	mux.HandleFunc("GET /saved", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, layout, "Saved", "<p id=got>"+strings.ReplaceAll(r.URL.RawQuery, "&", " ")+"</p>")
	})
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s.URL
}

func TestFlow(t *testing.T) {
	t.Parallel()
	b, url := browser.Start(t), site(t)
	for _, noScript := range []bool{false, true} {
		t.Run(fmt.Sprintf("no_script_%t", noScript), func(t *testing.T) {
			t.Parallel()
			p := b.Page(t, browser.Options{NoScript: noScript})
			p.Open(url)
			if got, want := p.Text("#said"), map[bool]string{false: "scripts run", true: "no scripts"}[noScript]; got != want {
				t.Errorf("#said = %q, want %q", got, want)
			}
			p.Press("Down")
			p.WaitURL("/#said")
			p.Press("Nothing")
			p.Press("The form")
			p.WaitURL("/form")
			if got := p.Title(); got != "Form" {
				t.Errorf("Title() = %q, want Form", got)
			}
			p.FillField("Name", "Ada <b>")
			p.Fill("#note", "two\nlines")
			p.FillField("Until", "2026-12-31")
			p.Check("Ban the user too")
			p.Check("Upper")
			p.Select("Unit", "Months")
			if got := p.Value("Name"); got != "Ada <b>" {
				t.Errorf("Value(Name) = %q", got)
			}
			if !p.Checked("Ban the user too") || p.Checked("Lower") {
				t.Errorf("the box and the radio button are not as they were left")
			}
			p.Press("Save")
			const want = "box=yes case=upper day=2026-12-31 name=Ada+%3Cb%3E note=two%0D%0Alines unit=m"
			if got := p.Text("#got"); got != want {
				t.Errorf("saved %q, want %q", got, want)
			}
			if cookies := p.Cookies(); len(cookies) != 1 || !cookies[0].HTTPOnly {
				t.Errorf("%d cookies, want one that scripts cannot see", len(cookies))
			}
			p.ClearCookies()
			p.Back()
			p.WaitURL("/form")
			p.Uncheck("Ban the user too")
			p.FillField("Name", "")
			p.Fill("#name", "Bob")
			p.Key("Enter")
			if got := p.Text("#got"); !strings.Contains(got, "name=Bob") || strings.Contains(got, "box") {
				t.Errorf("saved %q, want the name Bob and no box", got)
			}
			p.Open(url + "/not-there")
			if got := p.Status(); got != http.StatusNotFound {
				t.Errorf("Status() = %d, want 404", got)
			}
			if got := p.ConsoleErrors(); len(got) > 0 {
				t.Errorf("ConsoleErrors() = %q, want none", got)
			}
		})
	}
}

// TestFollow sends forms and follows links many times over: each time, the next step must see the next page.
func TestFollow(t *testing.T) {
	t.Parallel()
	b, url := browser.Start(t), site(t)
	for _, noScript := range []bool{false, true} {
		t.Run(fmt.Sprintf("no_script_%t", noScript), func(t *testing.T) {
			t.Parallel()
			p := b.Page(t, browser.Options{NoScript: noScript})
			p.Open(url)
			for i := range 10 {
				p.Press("The form")
				if got := p.Title(); got != "Form" {
					t.Fatalf("%d. after the link, the title is %q, want Form", i, got)
				}
				p.Press("Save & stay")
				if got := p.Title(); got != "Saved" {
					t.Fatalf("%d. after the form, the title is %q, want Saved", i, got)
				}
				p.Press("Home")
				if got := p.Title(); got != "Home" {
					t.Fatalf("%d. at home, the title is %q, want Home", i, got)
				}
			}
		})
	}
}

func TestScripts(t *testing.T) {
	t.Parallel()
	b, url := browser.Start(t), site(t)
	p := b.Page(t, browser.Options{})
	p.Open(url)
	p.Press("Later")
	p.Wait("#late")
	p.WaitText("It is   late.")
	p.Press("Ask")
	if got := p.Dialogs(); !slices.Equal(got, []string{"Sure?"}) || p.Text("#said") != "true" {
		t.Errorf("Dialogs() = %q, and the page was told %s, want Sure? and true", got, p.Text("#said"))
	}
	p.Key("Control+k")
	p.WaitText("palette")
	p.Within(`nav[aria-label="First"]`).Press("Open")
	p.WaitURL("/form")
	p.Reload()
	p.Press("Home")
	if n := browser.Eval[int](p, `Promise.resolve(document.querySelectorAll('nav').length)`); n != 2 {
		t.Errorf("Eval = %d, want 2", n)
	}
	p.Press("Leave")
	p.WaitURL("/form")
	p.WaitGone("#late")
	p.Back()
	if got := p.ConsoleErrors(); len(got) > 0 {
		t.Errorf("ConsoleErrors() = %q, want none", got)
	}
	p.Press("Fail")
	if got := p.ConsoleErrors(); len(got) != 1 || !strings.Contains(got[0], "broken on purpose") {
		t.Errorf("ConsoleErrors() = %q, want what was thrown", got)
	}
}

func TestDownload(t *testing.T) {
	t.Parallel()
	b, url := browser.Start(t), site(t)
	p := b.Page(t, browser.Options{})
	p.Open(url)
	for range 2 {
		name, body := p.Download(func() { p.Press("Export") })
		if name != "licenses.csv" || string(body) != "key\nA-1\n" {
			t.Errorf("Download = %q, %q, want licenses.csv with a key", name, body)
		}
	}
	p.WaitURL("/")
}

func TestFaults(t *testing.T) {
	t.Parallel()
	b, url := browser.Start(t), site(t)
	p := b.Page(t, browser.Options{})
	t.Run("clean", func(t *testing.T) {
		for _, path := range []string{"/", "/form"} {
			p.Open(url + path)
			p.NoFaults()
		}
		if got := p.LayoutShift(); got.Score != 0 {
			t.Errorf("LayoutShift() = %v, want 0", got)
		}
		if got := p.Overflow(); got != 0 {
			t.Errorf("Overflow() = %d, want 0", got)
		}
	})
	t.Run("planted", func(t *testing.T) {
		p.Open(url + "/bad")
		var rules []string
		for _, v := range p.Axe() {
			rules = append(rules, v.Rule)
		}
		for _, want := range []string{"image-alt", "label"} {
			if !slices.Contains(rules, want) {
				t.Errorf("axe finds %q, want %s among them", rules, want)
			}
		}
		got := strings.Join(p.CSPViolations(), "\n")
		for _, want := range []string{"style-src", "script-src"} {
			if !strings.Contains(got, want) {
				t.Errorf("CSPViolations() = %q, want %s among them", got, want)
			}
		}
		if got := p.Within("header").Axe(); len(got) > 0 {
			t.Errorf("axe finds %v within the header, want nothing", got)
		}
	})
	t.Run("shift", func(t *testing.T) {
		p.Open(url + "/shift")
		p.Wait("body[data-moved]")
		if got := p.LayoutShift(); got.Score <= 0 {
			t.Errorf("LayoutShift() = %v, want more than 0", got)
		}
	})
	t.Run("wide", func(t *testing.T) {
		p.Open(url + "/wide")
		if got := p.Overflow(); got < 1000 {
			t.Errorf("Overflow() = %d, want more than 1000", got)
		}
	})
}

func TestBytes(t *testing.T) {
	t.Parallel()
	b, url := browser.Start(t), site(t)
	p := b.Page(t, browser.Options{})
	p.Open(url)
	cold := p.Bytes()
	if cold.Document < 1000 || cold.Styles < int64(len(style)) || cold.Scripts < 100 || cold.Other != 0 {
		t.Errorf("Bytes() = %+v, want a document, styles and scripts", cold)
	}
	p.Open(url + "/form")
	p.Open(url)
	if warm := p.Bytes(); warm != cold {
		t.Errorf("Bytes() = %+v with a full cache, want %+v", warm, cold)
	}
}

func TestOptions(t *testing.T) {
	t.Parallel()
	b, url := browser.Start(t), site(t)
	const look = `[innerWidth, devicePixelRatio, +matchMedia('(prefers-color-scheme: dark)').matches, +matchMedia('(pointer: coarse)').matches,
		+matchMedia('(prefers-reduced-motion: reduce)').matches, +matchMedia('print').matches, +matchMedia('(forced-colors: active)').matches].join(' ')
		+ ' ' + new Date(0).toLocaleString(undefined, {timeZoneName: 'short'}) + ' ' + navigator.language`
	for _, c := range []struct {
		name    string
		options browser.Options
		want    string
	}{
		{"plain", browser.Options{}, "1280 1 0 0 1 0 0 01/01/1970, 0:00:00 UTC en-GB"},
		{"dark", browser.Options{Dark: true, Motion: true, Width: 1600}, "1600 1 1 0 0 0 0 01/01/1970, 0:00:00 UTC en-GB"},
		{"phone", browser.Options{Phone: true}, "390 2 0 1 1 0 0 01/01/1970, 0:00:00 UTC en-GB"},
		{"german_print", browser.Options{Locale: "de-DE", TimeZone: "Europe/Berlin", Print: true}, "1280 1 0 0 1 1 0 1.1.1970, 1:00:00 MEZ de-DE"},
		{"forced", browser.Options{ForcedColors: true}, "1280 1 0 0 1 0 1 01/01/1970, 0:00:00 UTC en-GB"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := b.Page(t, c.options)
			p.Open(url)
			if got := browser.Eval[string](p, look); got != c.want {
				t.Errorf("the page sees %q, want %q", got, c.want)
			}
		})
	}
}

func TestScreenshot(t *testing.T) {
	t.Parallel()
	b, url := browser.Start(t), site(t)
	for _, c := range []struct {
		name    string
		options browser.Options
		full    bool
		size    string
	}{
		{"light", browser.Options{}, false, "1280x800"},
		{"dark", browser.Options{Dark: true, NoScript: true}, true, "1280x800"},
		{"phone", browser.Options{Phone: true}, false, "780x1688"},
		{"tall", browser.Options{Height: 100}, true, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var shots [][]byte
			for range 2 {
				p := b.Page(t, c.options)
				p.Open(url + "/form")
				path := filepath.Join(t.TempDir(), "made", "shot.png")
				p.Screenshot(path, c.full)
				shot, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				shots = append(shots, shot)
			}
			if !bytes.Equal(shots[0], shots[1]) {
				t.Error("two pictures of the same page differ")
			}
			picture, err := png.Decode(bytes.NewReader(shots[0]))
			if err != nil {
				t.Fatal(err)
			}
			size := picture.Bounds().Size()
			if got := fmt.Sprintf("%dx%d", size.X, size.Y); c.size != "" && got != c.size || c.size == "" && size.Y <= 100 {
				t.Errorf("the picture has %s, want %s", got, c.size)
			}
		})
	}
}

// TestPasskey makes a passkey and signs in with it, as a page would.
func TestPasskey(t *testing.T) {
	t.Parallel()
	b, url := browser.Start(t), site(t)
	p := b.Page(t, browser.Options{})
	device := p.VirtualAuthenticator()
	p.Open(browser.Localhost(url))
	const bytesOf = `const bytes = n => new Uint8Array(n).fill(7);`
	kind := browser.Eval[string](p, `(async () => { `+bytesOf+`
		const made = await navigator.credentials.create({publicKey: {challenge: bytes(32), rp: {name: 'Test'}, user: {id: bytes(8), name: 'ada', displayName: 'Ada'},
			pubKeyCredParams: [{type: 'public-key', alg: -7}], authenticatorSelection: {residentKey: 'required', userVerification: 'required'}}});
		return made.type;
	})()`)
	if n := len(device.Credentials()); kind != "public-key" || n != 1 {
		t.Errorf("made %q, and there are %d passkeys, want one public-key", kind, n)
	}
	const use = `(async () => { ` + bytesOf + `
		try { return (await navigator.credentials.get({publicKey: {challenge: bytes(32), userVerification: 'required'}})).type } catch (e) { return e.name }
	})()`
	if got := browser.Eval[string](p, use); got != "public-key" {
		t.Errorf("the passkey is used: %q, want public-key", got)
	}
	device.Refuse(true)
	if got := browser.Eval[string](p, use); got != "NotAllowedError" {
		t.Errorf("nobody is recognised: %q, want NotAllowedError", got)
	}
}
