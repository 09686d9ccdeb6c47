package api

import "testing"

// TestMergeInto has the examples of RFC 7396, appendix A, whose patch is an object.
func TestMergeInto(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ stored, patch, want string }{
		{`{"a":"b"}`, `{"a":"c"}`, `{"a":"c"}`},
		{`{"a":"b"}`, `{"b":"c"}`, `{"a":"b","b":"c"}`},
		{`{"a":"b"}`, `{"a":null}`, `{}`},
		{`{"a":"b","b":"c"}`, `{"a":null}`, `{"b":"c"}`},
		{`{"a":["b"]}`, `{"a":"c"}`, `{"a":"c"}`},
		{`{"a":"c"}`, `{"a":["b"]}`, `{"a":["b"]}`},
		{`{"a":{"b":"c"}}`, `{"a":{"b":"d","c":null}}`, `{"a":{"b":"d"}}`},
		{`{"a":[{"b":"c"}]}`, `{"a":[1]}`, `{"a":[1]}`},
		{`["a","b"]`, `{"a":1}`, `{"a":1}`},
		{`{"e":null}`, `{"a":1}`, `{"a":1,"e":null}`},
		{``, `{"a":{"bb":{"ccc":null}}}`, `{"a":{"bb":{}}}`},
		{`{"n":12345678901234567890}`, `{}`, `{"n":12345678901234567890}`},
	} {
		got := "before"
		if err := Object(tt.patch).MergeInto(tt.stored, &got); err != nil || got != tt.want {
			t.Errorf("%s patched by %s = %s, %v, want %s", tt.stored, tt.patch, got, err, tt.want)
		}
	}
	got := `{"a":1}`
	if err := Object("").MergeInto(got, &got); err != nil || got != "" {
		t.Errorf("null leaves %s, %v, want nothing", got, err)
	}
}
