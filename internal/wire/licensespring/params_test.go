package licensespring

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

// codeAndText returns how an error is answered; "" for none.
func codeAndText(err error) string {
	if err == nil {
		return ""
	}
	row, _ := rowOf(err)
	return row.Code + ": " + row.Message
}

// fromJSON and fromQuery read parameters.
func fromJSON(body string) (*params, error) {
	p := new(params)
	return p, p.readJSON([]byte(body))
}

func fromQuery(query string) (*params, error) {
	p := new(params)
	return p, p.readQuery(query)
}

func TestReadJSONRefuses(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, body, want string }{
		{"nothing", "", ""},
		{"blanks", " \r\n\t", ""},
		{"empty_object", "{}", ""},
		{"unknown_members", `{"x":{"y":[1,{"z":"}"}]},"a":null,"b":"\ud800"}`, ""},
		{"text", "activate", "invalid_json: The body is not valid JSON"},
		{"half", `{"product":"TP"`, "invalid_json: The body is not valid JSON"},
		{"two", `{} {}`, "invalid_json: The body is not valid JSON"},
		{"array", `[]`, "validation_error: body: must be a JSON object"},
		{"null", `null`, "validation_error: body: must be a JSON object"},
		{"no_utf8", "{\"product\":\"\xff\"}", "validation_error: body: must be text in UTF-8"},
		{"bom", "\ufeff{}", "invalid_json: The body is not valid JSON"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if _, err := fromJSON(tc.body); codeAndText(err) != tc.want {
				t.Errorf("readJSON(%s) = %q, want %q", tc.body, codeAndText(err), tc.want)
			}
		})
	}
}

func TestText(t *testing.T) {
	t.Parallel()
	const wrongType = "validation_error: product: must be a string"
	const wrongText = "validation_error: product: must be valid text"
	for _, tc := range []struct{ name, body, want, err string }{
		{"plain", `{"product":"TP"}`, "TP", ""},
		{"escapes", `{"prod\u0075ct":"T\u0050\n\ud83d\ude00\/"}`, "TP\n😀/", ""},
		{"characters", `{"product":"<é ` + "\u2028" + `&>"}`, "<é \u2028&>", ""},
		{"blank_around", " { \"a\" : [ ] , \"product\" :\t\"TP\" } ", "TP", ""},
		{"null", `{"product":null}`, "", ""},
		{"absent", `{}`, "", ""},
		{"empty", `{"product":""}`, "", ""},
		{"number", `{"product":12}`, "", wrongType},
		{"truth", `{"product":true}`, "", wrongType},
		{"array", `{"product":["TP"]}`, "", wrongType},
		{"object", `{"product":{"TP":1}}`, "", wrongType},
		{"nul", `{"product":"T\u0000P"}`, "", wrongText},
		{"half_surrogate", `{"product":"T\ud800"}`, "", wrongText},
		{"twice", `{"product":"TP","product":"TP"}`, "", "validation_error: product: must be there once"},
		{"255_characters", `{"product":"` + strings.Repeat("é", 255) + `"}`, strings.Repeat("é", 255), ""},
		{"256_characters", `{"product":"` + strings.Repeat("é", 256) + `"}`, "", "validation_error: product: must not be longer than 255 characters"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			p, err := fromJSON(tc.body)
			if err != nil {
				t.Fatal(err)
			}
			if got := p.text("product"); got != tc.want || codeAndText(p.done()) != tc.err {
				t.Errorf("text of %s = %q, %q, want %q, %q", tc.body, got, codeAndText(p.done()), tc.want, tc.err)
			}
		})
	}
}

func TestQueryText(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, query, want, err string }{
		{"plain", "a=1&product=TP", "TP", ""},
		{"escapes", "product=T%50+%26%C3%A9%7C", "TP &é|", ""},
		{"empty_pairs", "&&product=TP&", "TP", ""},
		{"no_value", "product", "", ""},
		{"nul", "product=%00", "", "validation_error: product: must be valid text"},
		{"no_utf8", "product=%ff", "", "validation_error: product: must be valid text"},
		{"twice", "product=a&product=b", "", "validation_error: product: must be there once"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			p, err := fromQuery(tc.query)
			if err != nil {
				t.Fatal(err)
			}
			if got := p.text("product"); got != tc.want || codeAndText(p.done()) != tc.err {
				t.Errorf("text of %s = %q, %q, want %q, %q", tc.query, got, codeAndText(p.done()), tc.want, tc.err)
			}
		})
	}
	for _, query := range []string{"product=%zz", "%zz=1", "a=%"} {
		if _, err := fromQuery(query); !strings.HasPrefix(codeAndText(err), "validation_error: ") {
			t.Errorf("readQuery(%s) = %q, want validation_error", query, codeAndText(err))
		}
	}
}

func TestNumbers(t *testing.T) {
	t.Parallel()
	const wrong = "validation_error: n: must be an integer"
	for _, tc := range []struct {
		value string
		want  int64
		there bool
		err   string
	}{
		{`1`, 1, true, ""},
		{`-3`, -3, true, ""},
		{`0`, 0, true, ""},
		{`9007199254740991`, 9007199254740991, true, ""},
		{`-9007199254740991`, -9007199254740991, true, ""},
		{`9007199254740992`, 0, false, wrong},
		{`99999999999999999999`, 0, false, wrong},
		{`3.0`, 3, true, ""},
		{`1e3`, 1000, true, ""},
		{`1e99`, 0, false, wrong},
		{`1.5`, 0, false, wrong},
		{`"12"`, 12, true, ""},
		{`""`, 0, false, ""},
		{`"1.0"`, 0, false, wrong},
		{`"x"`, 0, false, wrong},
		{`true`, 0, false, wrong},
		{`[1]`, 0, false, wrong},
		{`null`, 0, false, ""},
	} {
		p, err := fromJSON(`{"n":` + tc.value + `}`)
		if err != nil {
			t.Fatal(err)
		}
		got, there := p.integer("n")
		if got != tc.want || there != tc.there || codeAndText(p.done()) != tc.err {
			t.Errorf("integer of %s = %d, %t, %q, want %d, %t, %q", tc.value, got, there, codeAndText(p.done()), tc.want, tc.there, tc.err)
		}
	}
	for query, want := range map[string]string{"n=1749538876210079": "", "n=0": "validation_error: n: must be a positive integer",
		"n=-1": "validation_error: n: must be a positive integer", "n=": "", "": "", "n=9007199254740992": wrong} {
		p, err := fromQuery(query)
		if err != nil {
			t.Fatal(err)
		}
		if _ = p.id("n"); codeAndText(p.done()) != want {
			t.Errorf("id of %s: %q, want %q", query, codeAndText(p.done()), want)
		}
	}
}

func TestTruth(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		value        string
		value1, said bool
		err          string
	}{
		{`true`, true, true, ""}, {`false`, false, true, ""}, {`"true"`, true, true, ""}, {`"false"`, false, true, ""},
		{`null`, false, false, ""}, {`""`, false, false, ""},
		{`1`, false, false, "validation_error: b: must be true or false"},
		{`"yes"`, false, false, "validation_error: b: must be true or false"},
	} {
		p, err := fromJSON(`{"b":` + tc.value + `}`)
		if err != nil {
			t.Fatal(err)
		}
		got, said := p.truth("b")
		if got != tc.value1 || said != tc.said || codeAndText(p.done()) != tc.err {
			t.Errorf("truth of %s = %t, %t, %q, want %t, %t, %q", tc.value, got, said, codeAndText(p.done()), tc.value1, tc.said, tc.err)
		}
	}
}

func TestMissing(t *testing.T) {
	t.Parallel()
	p, err := fromJSON(`{"feature":"","username":null}`)
	if err != nil {
		t.Fatal(err)
	}
	p.need("product")
	p.need("feature")
	p.need("username")
	const want = "missing_parameters: Some parameters are missing in the request: { product, feature, username }"
	if got := codeAndText(p.done()); got != want {
		t.Errorf("done() = %q, want %q", got, want)
	}
}

func TestManyFieldsCostLittle(t *testing.T) {
	t.Parallel()
	var body strings.Builder
	body.WriteString(`{"product":"TP"`)
	for range 5000 {
		body.WriteString(`,"a":1,"` + strings.Repeat("b", body.Len()%7) + `":2`)
	}
	body.WriteString("}")
	p, err := fromJSON(body.String())
	if err != nil || p.text("product") != "TP" || len(p.fields) > maxFields {
		t.Errorf("readJSON: %v, %d fields", err, len(p.fields))
	}
}

// FuzzReadJSON compares the reader with encoding/json: both take the same objects, and see the same members.
func FuzzReadJSON(f *testing.F) {
	for _, body := range []string{
		`{"product":"TP","variables":{"a":"x","b":1},"event":["consumption_add"]}`,
		`{"a":"\ud83d\ude00\"}","b":[[],{}],"c":-1.5e3,"d":true}`, `{ "a" : null , "" : {} }`, `[1]`, `{"a":1,"a":2}`,
	} {
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body string) {
		p, err := fromJSON(body)
		var want map[string]json.RawMessage
		valid := utf8.ValidString(body) && json.Unmarshal([]byte(body), &want) == nil && want != nil
		if blank := strings.Trim(body, " \t\r\n") == ""; (err == nil) != (valid || blank) {
			t.Fatalf("readJSON(%q) = %v, and encoding/json takes it: %t", body, err, valid)
		}
		if err != nil || len(want) > maxFields {
			return
		}
		if len(p.fields) != len(want) {
			t.Fatalf("readJSON(%q) sees %d members, want %d", body, len(p.fields), len(want))
		}
		for _, one := range p.fields {
			raw, ok := want[string(one.name)]
			if !ok {
				t.Fatalf("readJSON(%q) sees a member %q", body, one.name)
			}
			if one.kind != double && one.kind != absent && strings.TrimSpace(string(raw)) != string(one.raw) {
				t.Fatalf("readJSON(%q): %q is %q, want %q", body, one.name, one.raw, raw)
			}
			var s string
			if one.kind == text && json.Unmarshal(raw, &s) == nil && s != string(plainText(one.raw)) {
				t.Fatalf("readJSON(%q): %q says %q, want %q", body, one.name, plainText(one.raw), s)
			}
			// No getter may panic, whatever is there.
			p.text(string(one.name))
			p.integer(string(one.name))
			p.truth(string(one.name))
			if o := p.member(string(one.name), object); o != nil {
				eachMember(o, func(_, value []byte) { kindOf(value) })
			}
			if l := p.member(string(one.name), list); l != nil {
				eachItem(l, func(value []byte) { kindOf(value) })
			}
		}
	})
}

// FuzzReadQuery compares the reader with net/url.
func FuzzReadQuery(f *testing.F) {
	for _, query := range []string{"a=1&b=%41+c&&d", "a=1&a=2", "%zz", "a=%C3%A9", "=x", "a==b"} {
		f.Add(query)
	}
	f.Fuzz(func(t *testing.T, query string) {
		p, err := fromQuery(query)
		want, wantErr := url.ParseQuery(query)
		if strings.Contains(query, ";") || len(want) > maxFields {
			return // net/url refuses what others once took for another &.
		}
		if (err == nil) != (wantErr == nil) {
			t.Fatalf("readQuery(%q) = %v, and net/url says %v", query, err, wantErr)
		}
		if err != nil {
			return
		}
		got := map[string]string{}
		for _, one := range p.fields {
			if one.kind != double {
				got[string(one.name)] = string(one.raw)
			}
		}
		once := map[string]string{}
		for name, values := range want {
			if len(values) == 1 {
				once[name] = values[0]
			}
		}
		if diff := cmp.Diff(once, got); diff != "" {
			t.Errorf("readQuery(%q) (-want +got):\n%s", query, diff)
		}
	})
}
