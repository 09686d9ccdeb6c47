package canonjson

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestAppendString(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text, want string
	}{
		{"empty", "", `""`},
		{"ascii", "AAAA-BBBB 0~", `"AAAA-BBBB 0~"`},
		{"quote-and-backslash", `a"b\c`, `"a\"b\\c"`},
		{"short-escapes", "\b\f\n\r\t", `"\b\f\n\r\t"`},
		{"other-controls-in-lower-case", "\x00\x0b\x1f", `"\u0000\u000b\u001f"`},
		{"raw-where-go-escapes", "<b>&\u2028\u2029", "\"<b>&\u2028\u2029\""},
		{"raw-where-php-escapes", "a/é", `"a/é"`},
		{"delete-is-not-escaped", "\x7f\u0080", "\"\x7f\u0080\""},
		{"replacement-character-stays", "\ufffd", "\"\ufffd\""},
		{"invalid-bytes", "a\xff\xfeb\xc3", "\"a\ufffd\ufffdb\ufffd\""},
		{"surrogate-in-utf8", "\xed\xa0\x80", "\"\ufffd\ufffd\ufffd\""},
		{"planes", "😀\U0010ffff", "\"😀\U0010ffff\""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := AppendString([]byte("x"), tt.text); string(got) != "x"+tt.want {
				t.Errorf("AppendString(x, %q) = %s, want x%s", tt.text, got, tt.want)
			}
		})
	}
}

func TestAppendStringReadsBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := string(rapid.SliceOf(rapid.Byte()).Draw(t, "bytes")) + rapid.String().Draw(t, "text")
		printed := AppendString(nil, s)
		var got string
		err := json.Unmarshal(printed, &got)
		if want := string([]rune(s)); err != nil || got != want {
			t.Fatalf("AppendString(%q) = %s, which reads %q, %v, want %q", s, printed, got, err, want)
		}
		wantFixedPoint(t, printed)
	})
}

func TestAppendInt(t *testing.T) {
	t.Parallel()
	tests := []struct {
		n    int64
		want string
	}{
		{0, "0"},
		{-1, "-1"},
		{1749538876210079, "1749538876210079"},
		{maxSafe, "9007199254740991"},
		{-maxSafe, "-9007199254740991"},
		{maxSafe + 2, "9007199254740992"}, // JavaScript does not know 2^53+1.
		{math.MaxInt64, "9223372036854776000"},
		{math.MinInt64, "-9223372036854776000"},
	}
	for _, tt := range tests {
		t.Run(strconv.FormatInt(tt.n, 10), func(t *testing.T) {
			t.Parallel()
			if got := AppendInt(nil, tt.n); string(got) != tt.want {
				t.Errorf("AppendInt(%d) = %s, want %s", tt.n, got, tt.want)
			}
		})
	}
}

func TestAppendFloat(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		f    float64
		want string
	}{
		{"zero", 0, "0"},
		{"minus-zero", math.Copysign(0, -1), "0"},
		{"whole", 3, "3"},
		{"fraction", -0.1, "-0.1"},
		{"below-1e21", 999999999999999868928, "999999999999999900000"},
		{"from-1e21", 1e21, "1e+21"},
		{"from-1e-6", 1e-6, "0.000001"},
		{"below-1e-6", 1e-7, "1e-7"},
		{"two-digits-of-exponent", -1.25e-10, "-1.25e-10"},
		{"three-digits-of-exponent", 5e-324, "5e-324"},
		{"largest", math.MaxFloat64, "1.7976931348623157e+308"},
		{"infinity", math.Inf(-1), "null"},
		{"not-a-number", math.NaN(), "null"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := AppendFloat(nil, tt.f); string(got) != tt.want {
				t.Errorf("AppendFloat(%v) = %s, want %s", tt.f, got, tt.want)
			}
		})
	}
}

func TestAppendFloatReadsBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		f := math.Float64frombits(rapid.Uint64().Draw(t, "bits"))
		printed := AppendFloat(nil, f)
		wantFixedPoint(t, printed)
		if math.IsNaN(f) || math.IsInf(f, 0) {
			return
		}
		if got, err := strconv.ParseFloat(string(printed), 64); err != nil || got != f {
			t.Fatalf("AppendFloat(%v) = %s, which reads %v, %v", f, printed, got, err)
		}
	})
}

func TestWriterVector(t *testing.T) {
	t.Parallel()
	var w Writer
	w.Object()
	w.Key("id").Int(1749538876210079)
	w.Key("license_key").String("AAAA-BBBB-CCCC-DDDD")
	w.Key("note").String("<a&b> \u2028 é")
	w.Key("validity_period").Null()
	w.End()
	if got := string(w.Bytes()); got != vectorV2 {
		t.Errorf("Writer = %s, want %s", got, vectorV2)
	}
	checkVector(t, w.Bytes())
}

func TestWriter(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		write func(*Writer)
		want  string
	}{
		{"bare-value", func(w *Writer) { w.String("x") }, `"x"`},
		{"empty-object", func(w *Writer) { w.Object().End() }, `{}`},
		{"empty-array", func(w *Writer) { w.Array().End() }, `[]`},
		{"commas", func(w *Writer) {
			w.Object().Key("a").Array().Int(1).Bool(true).Object().End().Array().End().Null().End()
			w.Key("b").Object().Key("c").Float(0.5).End().Key("d").Bool(false).End()
		}, `{"a":[1,true,{},[],null],"b":{"c":0.5},"d":false}`},
		{"name-escaped", func(w *Writer) { w.Object().Key("\"<\u2028").Int(1).End() }, "{\"\\\"<\u2028\":1}"},
		{"raw", func(w *Writer) { w.Array().Raw([]byte(`{"a":1}`)).Raw([]byte("2")).End() }, `[{"a":1},2]`},
		{"raw-of-nothing", func(w *Writer) { w.Object().Key("metadata").Raw(nil).End() }, `{"metadata":null}`},
		{"indexes-first", func(w *Writer) {
			w.Array().Object().Key("b").Int(0).Key("10").Int(1).Key("9").Int(2).End().End()
		}, `[{"9":2,"10":1,"b":0}]`},
		{"indexes-around-deep-raw", func(w *Writer) {
			deep := strings.Repeat("[", MaxDepth) + strings.Repeat("]", MaxDepth)
			w.Object().Key("1").Raw([]byte(deep)).Key("0").Null().End()
		}, `{"0":null,"1":` + strings.Repeat("[", MaxDepth) + strings.Repeat("]", MaxDepth) + `}`},
		{"deepest", func(w *Writer) {
			for range maxOpen {
				w.Object().Key("a")
			}
			w.Int(1)
			for range maxOpen {
				w.End()
			}
		}, strings.Repeat(`{"a":`, maxOpen) + "1" + strings.Repeat("}", maxOpen)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var w Writer
			tt.write(&w)
			for range 2 { // Asking twice must not change it.
				if got := string(w.Bytes()); got != tt.want {
					t.Errorf("Writer = %s, want %s", got, tt.want)
				}
			}
			w.Reset(w.Bytes())
			if got := string(w.Int(7).Bytes()); got != "7" {
				t.Errorf("Writer after Reset = %s, want 7", got)
			}
		})
	}
}

func TestWriterPanics(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		write func(*Writer)
	}{
		{"value-without-key", func(w *Writer) { w.Object().Int(1) }},
		{"value-without-second-key", func(w *Writer) { w.Object().Key("a").Int(1).Int(2) }},
		{"key-twice", func(w *Writer) { w.Object().Key("a").Key("b") }},
		{"key-in-array", func(w *Writer) { w.Array().Key("a") }},
		{"key-at-start", func(w *Writer) { w.Key("a") }},
		{"end-after-key", func(w *Writer) { w.Object().Key("a").End() }},
		{"end-at-start", func(w *Writer) { w.End() }},
		{"end-twice", func(w *Writer) { w.Object().End().End() }},
		{"two-values", func(w *Writer) { w.Int(1).Int(2) }},
		{"object-after-end", func(w *Writer) { w.Array().End().Object() }},
		{"bytes-of-nothing", func(w *Writer) { w.Bytes() }},
		{"bytes-of-open-object", func(w *Writer) { w.Object().Key("a").Array().End().Bytes() }},
		{"too-deep", func(w *Writer) {
			for range maxOpen + 1 {
				w.Array()
			}
		}},
		{"raw-that-must-be-sorted", func(w *Writer) { w.Object().Key("1").Raw([]byte("x")).End().Bytes() }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			tt.write(new(Writer))
		})
	}
}

func TestWriterIsAFixedPoint(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var w Writer
		writeAnything(t, &w, 0)
		wantFixedPoint(t, w.Bytes())
	})
}

// writeAnything writes a value that rapid chooses, with names that are not twice in an object.
func writeAnything(t *rapid.T, w *Writer, depth int) {
	kinds := 8
	if depth > 3 {
		kinds = 6
	}
	switch rapid.IntRange(0, kinds-1).Draw(t, "kind") {
	case 0:
		w.Null()
	case 1:
		w.Bool(rapid.Bool().Draw(t, "bool"))
	case 2:
		w.Int(rapid.Int64().Draw(t, "int"))
	case 3:
		w.Float(rapid.Float64().Draw(t, "float"))
	case 4:
		w.String(rapid.String().Draw(t, "string"))
	case 5:
		raw, err := Canonicalize([]byte(drawText(t, false)))
		if err != nil {
			t.Fatal(err)
		}
		w.Raw(raw)
	case 6:
		w.Array()
		for range rapid.IntRange(0, 4).Draw(t, "items") {
			writeAnything(t, w, depth+1)
		}
		w.End()
	case 7:
		name := rapid.OneOf(rapid.String(), rapid.StringMatching(`[0-9]{1,3}`))
		w.Object()
		for _, name := range rapid.SliceOfNDistinct(name, 0, 4, rapid.ID[string]).Draw(t, "names") {
			w.Key(name)
			writeAnything(t, w, depth+1)
		}
		w.End()
	}
}

// wantFixedPoint reports a text that JavaScript would print otherwise than it is.
func wantFixedPoint(t *rapid.T, text []byte) {
	got, err := Canonicalize(text)
	if err != nil || !bytes.Equal(got, text) {
		t.Fatalf("Canonicalize(%s) = %s, %v, want itself", text, got, err)
	}
}

// writeAnswer writes an answer about as long as the longest of the doors: 50 members.
func writeAnswer(w *Writer) *Writer {
	w.Object()
	w.Key("id").Int(1749538876210079)
	w.Key("license_key").String("AAAA-BBBB-CCCC-DDDD")
	w.Key("license_signature").String("4qSnpSwXzgiv5yxYpZZmFEd9QAeiKTQ6OuyMja==")
	w.Key("validity_period").String("2026-06-18T00:00:00.000Z")
	w.Key("note").String("Grüße, <b>&\u2028")
	w.Key("metadata").Raw([]byte(`{"1":"a","2":"b","plan":"gold"}`))
	w.Key("product_details").Object()
	for _, name := range [...]string{"product_name", "short_code", "authorization_method", "trial_key"} {
		w.Key(name).String("some text of usual length")
	}
	w.End()
	w.Key("product_features").Array()
	for range 4 {
		w.Object().Key("code").String("export").Key("max_consumption").Int(100).Key("total_consumptions").Int(17)
		w.Key("expiry_date").Null().Key("allow_overages").Bool(false).End()
	}
	w.End()
	for _, name := range [...]string{
		"is_trial", "is_expired", "allow_overages", "is_floating", "is_air_gapped", "license_active", "license_enabled",
		"can_borrow", "allow_grace_period", "prevent_vm",
	} {
		w.Key(name).Bool(true)
	}
	for _, name := range [...]string{
		"max_activations", "times_activated", "max_transfers", "transfer_count", "max_consumptions", "total_consumptions",
		"max_overages", "grace_period", "max_borrow_time", "floating_timeout",
	} {
		w.Key(name).Int(12345)
	}
	return w.End()
}

// TestWriterAllocatesNothing is not parallel, because it counts what the whole program allocates.
func TestWriterAllocatesNothing(t *testing.T) {
	buf := make([]byte, 0, 4<<10)
	if n := testing.AllocsPerRun(100, func() {
		var w Writer
		w.Reset(buf)
		writeAnswer(&w).Bytes()
	}); n != 0 {
		t.Errorf("an answer allocates %v times, want 0", n)
	}
}

func BenchmarkWriter(b *testing.B) {
	buf := make([]byte, 0, 4<<10)
	b.ReportAllocs()
	for b.Loop() {
		var w Writer
		w.Reset(buf)
		b.SetBytes(int64(len(writeAnswer(&w).Bytes())))
	}
}
