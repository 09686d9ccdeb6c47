package rmz

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"licet/internal/authority"
	"licet/internal/license"
)

func at(t testing.TB, text string) license.Time {
	t.Helper()
	moment, err := license.ParseTime(text)
	if err != nil {
		t.Fatal(err)
	}
	return moment
}

// annual is the license of the contract's example, just bought.
func annual(t testing.TB) authority.Answer {
	terms := license.DefaultTerms()
	terms.Type, terms.Starts, terms.Plan = license.TimeLimited, license.StartsAtOrder, string(license.PlanAnnually)
	terms.Duration, terms.Activations = license.PlanAnnually.Span(), license.AtMost(3)
	start := at(t, "2026-03-23T12:00:00Z")
	return authority.Answer{Now: start, State: license.State{
		Product: license.Product{ID: 1, Number: 123, Name: "My Script Pro"},
		License: license.License{ID: 2, Terms: &terms, Standing: license.Enabled, StartedAt: start,
			ExpiresAt: terms.Duration.Add(start), Activated: 1},
	}}
}

// example is the answer of §3, byte for byte but for white space.
const example = `{"success":true,"data":{"status":"active","lock_type":"hwid","product":{"id":123,"name":"My Script Pro"},` +
	`"plan":{"duration":"annually","duration_label":"سنه","start_date":"2026-03-23 12:00:00","end_date":"2027-03-23 12:00:00","is_active":true},` +
	`"expires_at":"2027-03-23T12:00:00+00:00","expires_in_days":365,"activations":{"current":1,"max":3,"remaining":2},"metadata":null}}`

func TestEncode(t *testing.T) {
	t.Parallel()
	ans := annual(t)
	if got := string(Encode([]byte("before"), &ans)); got != "before"+example {
		t.Errorf("Encode(the example)\n got %s\nwant %s", got, example)
	}
}

func TestEncodeMembers(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		edit func(*authority.Answer)
		want string // part of the answer
	}{
		{"no_end", func(a *authority.Answer) { a.License.ExpiresAt = 0 }, `"plan":null,"expires_at":null,"expires_in_days":null,`},
		{"date_without_plan", func(a *authority.Answer) { terms := *a.License.Terms; terms.Plan = ""; a.License.Terms = &terms },
			`"plan":null,"expires_at":"2027-03-23T12:00:00+00:00","expires_in_days":365,`},
		{"perpetual_ignores_a_date", func(a *authority.Answer) {
			terms := *a.License.Terms
			terms.Type, terms.Duration = license.Perpetual, license.Span{}
			a.License.Terms = &terms
		}, `"plan":null,"expires_at":null,"expires_in_days":null,`},
		{"grace", func(a *authority.Answer) {
			terms := *a.License.Terms
			terms.Type, terms.GraceHours = license.Subscription, 24
			a.License.Terms = &terms
			a.Now = a.License.ExpiresAt.Add(time.Hour)
		}, `"is_active":false},"expires_at":"2027-03-23T12:00:00+00:00","expires_in_days":0,`},
		{"unlimited", func(a *authority.Answer) {
			terms := *a.License.Terms
			terms.Activations = license.Unlimited
			a.License.Terms = &terms
		},
			`"activations":{"current":1,"max":null,"remaining":null}`},
		{"limit_lowered", func(a *authority.Answer) { a.License.Activated = 5 }, `"activations":{"current":5,"max":3,"remaining":0}`},
		{"metadata_byte_for_byte", func(a *authority.Answer) { a.Product.Metadata = `{ "tier":"pro","n":[1, 2],"x":1.0,"ش":"\u0041"}` },
			`,"metadata":{ "tier":"pro","n":[1, 2],"x":1.0,"ش":"\u0041"}}}`},
		{"name", func(a *authority.Answer) { a.Product.Name = "a\"\\\n<ش>\u2028" }, "\"name\":\"a\\\"\\\\\\n<ش>\u2028\""},
		{"not_started", func(a *authority.Answer) { a.License.IssuedAt, a.License.StartedAt = a.License.StartedAt, 0 },
			`"start_date":"2026-03-23 12:00:00"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			ans := annual(t)
			tt.edit(&ans)
			got := Encode(nil, &ans)
			if !json.Valid(got) || !strings.Contains(string(got), tt.want) {
				t.Errorf("Encode = %s, want %s in it", got, tt.want)
			}
		})
	}
}

func TestWholeDays(t *testing.T) {
	t.Parallel()
	end := at(t, "2026-03-23T12:00:00Z")
	for _, tt := range []struct {
		left time.Duration
		want int64
	}{
		{0, 0}, {-time.Microsecond, 0}, {-100 * time.Hour, 0}, {time.Microsecond, 1}, {12 * time.Hour, 1},
		{24 * time.Hour, 1}, {24*time.Hour + time.Microsecond, 2}, {365 * 24 * time.Hour, 365}, {365*24*time.Hour - time.Second, 365},
	} {
		if got := wholeDays(end.Add(-tt.left), end); got != tt.want {
			t.Errorf("wholeDays(%v before) = %d, want %d", tt.left, got, tt.want)
		}
	}
	if got := wholeDays(0, license.Forever); got <= 0 {
		t.Errorf("wholeDays(from the first to the last moment) = %d, want many", got)
	}
}

func FuzzAppendDate(f *testing.F) {
	f.Add(int64(0))
	f.Add(int64(1774267200123456))
	f.Add(int64(-1))
	f.Add(int64(license.Forever))
	f.Fuzz(func(t *testing.T, micros int64) {
		moment := license.Time(micros)
		want := time.UnixMicro(micros).UTC()
		if want.Year() < 0 {
			return // No license is that old, and time.Format has its own way with them.
		}
		if got := string(appendDate(nil, moment, ' ')); got != want.Format(time.DateTime) {
			t.Errorf("appendDate(%d) = %s, want %s", micros, got, want.Format(time.DateTime))
		}
	})
}

func BenchmarkEncode(b *testing.B) {
	ans := annual(b)
	buf := make([]byte, 0, 2048)
	b.ReportAllocs()
	for b.Loop() {
		buf = Encode(buf[:0], &ans)
	}
}
