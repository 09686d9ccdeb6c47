package seller

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
)

const multipartForm = "--x\r\nContent-Disposition: form-data; name=\"type\"\r\n\r\ninfo\r\n" +
	"--x\r\nContent-Disposition: form-data; name=\"key\"\r\n\r\nK-1\r\n--x--\r\n"

func TestParams(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, query, contentType, body string
		want                           string // type, key and quantity, or the refusal
	}{
		{"query", "type=info&key=K-1", "", "", "info K-1 "},
		{"form", "", "application/x-www-form-urlencoded", "type=info&key=K-1", "info K-1 "},
		{"form_without_type", "", "", "type=info&key=K-1", "info K-1 "},
		{"multipart", "", "multipart/form-data; boundary=x", multipartForm, "info K-1 "},
		{"query_wins", "type=add", "application/x-www-form-urlencoded", "type=order%3Apaid&key=K-1", "add K-1 "},
		{"blanks", "type=+info+&key=%20K-1", "", "", "info K-1 "},
		{"order_of_sellix", "type=add", "application/json", `{"event":"order:paid","data":{"quantity":3}}`, "add  3"},
		{"order_of_shoppy", "type=add", "application/json", `{"data":{"quantity":9,"order":{"quantity":"4"}}}`, "add  4"},
		{"order_of_another", "type=add", "application/json", `{"data":[1,2]}`, "add  "},
		{"order_without", "type=add", "application/json", `{"data":{"quantity":null}}`, "add  "},
		{"json_is_no_form", "", "application/json", `{"type":"info","key":"K-1"}`, "  "},
		{"broken_json", "", "application/json", `{"data":`, "body: the body is not valid JSON"},
		{"broken_query", "type=%zz", "", "", "query: the query string is malformed"},
		{"nul", "type=info&key=a%00", "", "", "a parameter holds a NUL character"},
		{"broken_form", "", "application/x-www-form-urlencoded", "type=%zz", "body: the form is malformed"},
		{"broken_multipart", "", "multipart/form-data; boundary=x", multipartForm[:60], "body: the form is malformed"},
		{"too_large", "", "application/json", strings.Repeat(" ", maxBody+1), "the body is too large: body too large"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			method := http.MethodGet
			if tt.body != "" {
				method = http.MethodPost
			}
			r := httptest.NewRequest(method, "/?"+tt.query, strings.NewReader(tt.body))
			r.Header.Set("Content-Type", tt.contentType)
			var p params
			got := ""
			if err := p.read(r); err != nil {
				got = err.Error()
			} else {
				got = p.get("type") + " " + p.get("key") + " " + p.quantity
			}
			if got != tt.want {
				t.Errorf("params = %q, want %q", got, tt.want)
			}
		})
	}
}

func TestDays(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int64{"1": 86400, "0.00694444444": 600, "7": 604800, "1e3": 86400000, " 2 ": 172800, "0": 0, "-1": -86400} {
		p := params{fields: map[string]string{"expiry": text}}
		if got, ok := p.days("expiry"); !ok || got != want {
			t.Errorf("days(%q) = %d, %t, want %d", text, got, ok, want)
		}
	}
	for _, text := range []string{"", "one", "NaN", "Inf", "1e300", "1 day"} {
		p := params{fields: map[string]string{"expiry": text}}
		if got, ok := p.days("expiry"); ok {
			t.Errorf("days(%q) = %d, want none", text, got)
		}
	}
}

func TestKey(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, query, header, want string }{
		{"query", "?sellerkey=k", "", "k"},
		{"bearer", "", "Bearer k", "k"},
		{"bearer_in_small", "", "bearer  k", "k"},
		{"bare", "", "k", "k"},
		{"query_wins", "?sellerkey=k", "Bearer other", "k"},
		{"none", "", "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := call{r: httptest.NewRequest(http.MethodGet, "/"+tt.query, nil)}
			c.r.Header.Set("Authorization", tt.header)
			if err := c.params.read(c.r); err != nil {
				t.Fatal(err)
			}
			if got := c.key(); got != tt.want {
				t.Errorf("key = %q, want %q", got, tt.want)
			}
		})
	}
}

func TestAllowed(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, address string
		list          []string
		want          bool
	}{
		{"no_list", "203.0.113.1", nil, true},
		{"address", "203.0.113.1", []string{"203.0.113.1"}, true},
		{"range", "203.0.113.9", []string{"198.51.100.1", "203.0.113.0/24"}, true},
		{"other", "203.0.114.1", []string{"203.0.113.0/24"}, false},
		{"ipv6", "2001:db8::1", []string{"2001:db8::/32"}, true},
		{"no_address", "203.0.113.1", []string{"my server"}, false},
		{"one_of_them_no_address", "203.0.113.1", []string{"my server", "203.0.113.1"}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := allowed(tt.list, netip.MustParseAddr(tt.address)); got != tt.want {
				t.Errorf("allowed(%v, %s) = %t, want %t", tt.list, tt.address, got, tt.want)
			}
		})
	}
}
