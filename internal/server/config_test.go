package server

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/BurntSushi/toml"
	"github.com/alecthomas/kong"
	"github.com/google/go-cmp/cmp"
)

func TestValidate(t *testing.T) {
	t.Parallel()
	acme := func(change func(*ACME)) func(*Config) {
		return func(c *Config) {
			c.TLS.ACME = ACME{Domains: []string{"a.example.com"}, CacheDir: "acme", AcceptTerms: true}
			change(&c.TLS.ACME)
		}
	}
	tests := []struct {
		name   string
		change func(*Config)
		want   string // "" is no error
	}{
		{"defaults", func(*Config) {}, ""},
		{"several", func(c *Config) { c.Listen = []string{":80", "[::1]:80", "localhost:0", "0.0.0.0:81"} }, ""},
		{"no_port", func(c *Config) { c.Listen = []string{"127.0.0.1"} },
			`listen: "127.0.0.1" is no address to listen on; write HOST:PORT, for example 127.0.0.1:8080 or [::1]:8080`},
		{"bare_v6", func(c *Config) { c.Listen = []string{"::1:8080"} },
			`listen: "::1:8080" is no address to listen on; write HOST:PORT, for example 127.0.0.1:8080 or [::1]:8080`},
		{"port_name", func(c *Config) { c.License.Listen = []string{"127.0.0.1:http"} },
			`license.listen: "127.0.0.1:http" is no address to listen on; write HOST:PORT, for example 127.0.0.1:8080 or [::1]:8080`},
		{"port_range", func(c *Config) { c.Inbound.Listen = []string{"127.0.0.1:65536"} },
			`inbound.listen: "127.0.0.1:65536" is no address to listen on; write HOST:PORT, for example 127.0.0.1:8080 or [::1]:8080`},
		{"url", func(c *Config) { c.Listen = []string{"http://127.0.0.1:80"} },
			`listen: "http://127.0.0.1:80" is no address to listen on; write HOST:PORT, for example 127.0.0.1:8080 or [::1]:8080`},
		{"host_with_port", func(c *Config) { c.Portal.Hosts = []string{"portal.example.com:443"} },
			`portal.hosts: "portal.example.com:443" is no host name; write for example license.example.com, without https:// and without a port`},
		{"host_url", func(c *Config) { c.Manage.Hosts = []string{"https://manage.example.com"} },
			`manage.hosts: "https://manage.example.com" is no host name; write for example license.example.com, without https:// and without a port`},
		{"operations_off", func(c *Config) { c.Operations = "off" }, ""},
		{"operations", func(c *Config) { c.Operations = "none" },
			`operations: "none" is no address to listen on; write HOST:PORT, for example 127.0.0.1:8081, or off`},
		{"operations_shared", func(c *Config) { c.Operations = "127.0.0.1:8080" },
			`operations: 127.0.0.1:8080 already serves a surface; choose another address, or off`},
		{"cert_alone", func(c *Config) { c.TLS.CertFile = "c.pem" }, `tls.key_file: tls.cert_file is set, so this must be too`},
		{"key_alone", func(c *Config) { c.TLS.KeyFile = "k.pem" }, `tls.cert_file: tls.key_file is set, so this must be too`},
		{"acme", acme(func(*ACME) {}), ""},
		{"acme_no_domain", acme(func(a *ACME) { a.Domains = nil }), `tls.acme.domains: ACME needs at least one name; write for example license.example.com`},
		{"acme_ip", acme(func(a *ACME) { a.Domains = []string{"192.0.2.1"} }), `tls.acme.domains: "192.0.2.1" is no public host name; write for example license.example.com`},
		{"acme_local", acme(func(a *ACME) { a.Domains = []string{"localhost"} }), `tls.acme.domains: "localhost" is no public host name; write for example license.example.com`},
		{"acme_wildcard", acme(func(a *ACME) { a.Domains = []string{"*.example.com"} }), `tls.acme.domains: "*.example.com" is no public host name; write for example license.example.com`},
		{"acme_terms", acme(func(a *ACME) { a.AcceptTerms = false }), `tls.acme.accept_terms: set it to true to accept the terms of service of the certificate authority`},
		{"acme_url", acme(func(a *ACME) { a.DirectoryURL = "http://ca.example" }), `tls.acme.directory_url: "http://ca.example" is no https:// URL`},
		{"acme_and_files", func(c *Config) {
			acme(func(*ACME) {})(c)
			c.TLS.CertFile, c.TLS.KeyFile = "c.pem", "k.pem"
		}, `tls.acme.domains: tls.cert_file is set too; use either certificate files or ACME`},
		{"proxies", func(c *Config) { c.TrustedProxies = []string{"10.0.0.0/8", "proxy"} }, `trusted_proxies: "proxy" is neither an address nor a range such as 10.0.0.0/8`},
		{"proxy_header", func(c *Config) { c.ProxyHeader = "X-Real-IP" }, `proxy_header: "X-Real-IP" is not known; write X-Forwarded-For or Forwarded`},
		{"timeout_negative", func(c *Config) { c.ReadTimeout = -1 }, `read_timeout: -1ns is out of range; write a time from 1ms to 1h, for example 30s`},
		{"timeout_unit", func(c *Config) { c.DrainTimeout = 30 }, `drain_timeout: 30ns is out of range; write a time from 1ms to 1h, for example 30s`},
		{"timeout_long", func(c *Config) { c.IdleTimeout = 2 * time.Hour }, `idle_timeout: 2h0m0s is out of range; write a time from 1ms to 1h, for example 30s`},
		{"body", func(c *Config) { c.MaxBody = -1 }, `max_body: -1 is out of range; write a number of bytes from 1 to 1073741824`},
		{"connections", func(c *Config) { c.MaxConnections = -1 }, `max_connections: -1 is out of range; write a number from 1`},
		{"rate", func(c *Config) { c.RMZ.RatePerMinute = -1 }, `rmz.rate_per_minute: -1 is out of range; write a number from 1, or 0 for no limit`},
		{"level", func(c *Config) { c.Log.Level = "loud" }, `log.level: "loud" is not known; write debug, info, warn or error`},
		{"format", func(c *Config) { c.Log.Format = "xml" }, `log.format: "xml" is not known; write json or text`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			cfg := Default()
			tt.change(&cfg)
			got := ""
			if err := cfg.Validate(); err != nil {
				got = err.Error()
			}
			if got != tt.want {
				t.Errorf("Validate = %s\nwant       %s", got, tt.want)
			}
			if _, err := New(cfg, nil, Operations{}, nil); tt.want != "" && (err == nil || err.Error() != tt.want) {
				t.Errorf("New = %v, want the same", err)
			}
		})
	}
}

// parse reads a Config as the command line does.
func parse(t *testing.T, args ...string) Config {
	t.Helper()
	var cfg Config
	parser, err := kong.New(&cfg)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := parser.Parse(args); err != nil {
		t.Fatal(err)
	}
	return cfg
}

func TestConfig_no_flags_are_the_defaults(t *testing.T) {
	if diff := cmp.Diff(Default(), parse(t)); diff != "" {
		t.Errorf("no flags (-Default +parsed):\n%s", diff)
	}
	if err := (Config{}).Validate(); err != nil {
		t.Errorf("Config{}.Validate = %v, want nil", err)
	}
}

func TestConfig_flags_environment_and_file_say_the_same(t *testing.T) {
	want := Default()
	want.Listen = []string{"127.0.0.1:1", "[::1]:1"}
	want.License = Surface{Listen: []string{":2"}, Hosts: []string{"a.example", "b.example"}, RootDoor: "rmz"}
	want.TLS.ACME = ACME{Domains: []string{"a.example"}, AcceptTerms: true}
	want.WriteTimeout = 90 * time.Second
	want.RMZ.RatePerMinute = 0
	want.Log.Level = "debug"

	flags := parse(t, "--listen=127.0.0.1:1,[::1]:1", "--license-listen=:2", "--license-hosts=a.example,b.example",
		"--license-root-door=rmz", "--tls-acme-domains=a.example", "--tls-acme-accept-terms", "--write-timeout=90s",
		"--rmz-rate-per-minute=0", "--log-level=debug")
	if diff := cmp.Diff(want, flags); diff != "" {
		t.Errorf("flags (-want +got):\n%s", diff)
	}

	file := Default()
	if _, err := toml.Decode(`
		listen = ["127.0.0.1:1", "[::1]:1"]
		write_timeout = "90s"
		[license]
		listen = [":2"]
		hosts = ["a.example", "b.example"]
		root_door = "rmz"
		[tls.acme]
		domains = ["a.example"]
		accept_terms = true
		[log]
		level = "debug"
		[rmz]
		rate_per_minute = 0`, &file); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, file); diff != "" {
		t.Errorf("file (-want +got):\n%s", diff)
	}

	for name, value := range map[string]string{
		"LICET_LISTEN": "127.0.0.1:1,[::1]:1", "LICET_LICENSE_LISTEN": ":2", "LICET_LICENSE_HOSTS": "a.example,b.example",
		"LICET_LICENSE_ROOT_DOOR": "rmz", "LICET_TLS_ACME_DOMAINS": "a.example", "LICET_TLS_ACME_ACCEPT_TERMS": "true",
		"LICET_WRITE_TIMEOUT": "90s", "LICET_RMZ_RATE_PER_MINUTE": "0", "LICET_LOG_LEVEL": "debug",
	} {
		t.Setenv(name, value)
	}
	if diff := cmp.Diff(want, parse(t)); diff != "" {
		t.Errorf("environment (-want +got):\n%s", diff)
	}
}

// TestConfig_one_name_three_spellings holds the promise of Config's comment for every setting.
func TestConfig_one_name_three_spellings(t *testing.T) {
	t.Parallel()
	var cfg Config
	parser, err := kong.New(&cfg)
	if err != nil {
		t.Fatal(err)
	}
	flags := map[string]*kong.Flag{}
	for _, f := range parser.Model.Flags {
		flags[f.Name] = f
	}
	delete(flags, "help")
	for _, path := range tomlPaths("", reflect.TypeFor[Config]()) {
		name := strings.NewReplacer(".", "-", "_", "-").Replace(path)
		f, ok := flags[name]
		if !ok {
			t.Errorf("%s has no flag --%s", path, name)
			continue
		}
		env := "LICET_" + strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
		if len(f.Envs) != 1 || f.Envs[0] != env {
			t.Errorf("%s is read from %v, want %s", path, f.Envs, env)
		}
		if !strings.HasSuffix(f.Help, ".") {
			t.Errorf("%s: help %q, want a sentence", path, f.Help)
		}
		delete(flags, name)
	}
	for name := range flags {
		t.Errorf("--%s has no setting in the file", name)
	}
}

func tomlPaths(prefix string, typ reflect.Type) []string {
	var out []string
	for f := range typ.Fields() {
		name := prefix + f.Tag.Get("toml")
		if f.Type.Kind() == reflect.Struct {
			out = append(out, tomlPaths(name+".", f.Type)...)
			continue
		}
		out = append(out, name)
	}
	return out
}
