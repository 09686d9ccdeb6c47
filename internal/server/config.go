package server

import (
	"time"

	"licet/internal/notify"
	"licet/internal/wire"
)

// Config is everything that can be set about the server.
//
// Each setting has one name in three spellings: a path in the configuration file ("tls.cert_file"),
// a flag ("--tls-cert-file") and an environment variable ("LICET_TLS_CERT_FILE"). Lists are
// separated by commas in flags and in the environment. Times are written as "30s" or "2m".
//
// Where it says so, the zero value means the default, so a Config{} serves.
type Config struct {
	// Listen are the addresses, HOST:PORT, that serve every surface without addresses of its own.
	// An IPv6 address stands in brackets; without a host all addresses of the machine are meant;
	// port 0 takes a free one.
	// Default 127.0.0.1:8080.
	Listen []string `help:"Addresses of every surface that has none of its own, HOST:PORT." env:"LICET_LISTEN" default:"127.0.0.1:8080" placeholder:"ADDR" toml:"listen"`

	// License is what apps call.
	License Surface `embed:"" prefix:"license-" envprefix:"LICET_LICENSE_" toml:"license"`
	// Manage is what the vendor's servers and people use.
	Manage Surface `embed:"" prefix:"manage-" envprefix:"LICET_MANAGE_" toml:"manage"`
	// Portal is what end users open.
	Portal Surface `embed:"" prefix:"portal-" envprefix:"LICET_PORTAL_" toml:"portal"`
	// Inbound is where shops report orders and payments.
	Inbound Surface `embed:"" prefix:"inbound-" envprefix:"LICET_INBOUND_" toml:"inbound"`

	// Operations is the address of /healthz, /readyz and /metrics, or "off". It is for operators
	// and never encrypted: keep it on loopback or a private network. Where it has its default value
	// and a surface listens on port 0, it takes a free port too.
	// Default 127.0.0.1:8081.
	Operations string `help:"Address of /healthz, /readyz and /metrics, or off." env:"LICET_OPERATIONS" default:"127.0.0.1:8081" placeholder:"ADDR" toml:"operations"`

	// AddressFile is a file into which the real base URL of the license surface is written, without
	// a line end, once the server is ready. An old file is removed before.
	// Default none.
	AddressFile string `help:"File to write the base URL into once the server is ready." env:"LICET_ADDRESS_FILE" placeholder:"FILE" toml:"address_file"`

	// TLS encrypts all surfaces.
	TLS TLS `embed:"" prefix:"tls-" envprefix:"LICET_TLS_" toml:"tls"`

	// TrustedProxies are addresses and ranges whose word about the client's address and request id
	// is taken.
	// Default none: the peer is the client.
	TrustedProxies []string `help:"Proxies whose word about the client's address is taken: addresses and ranges." env:"LICET_TRUSTED_PROXIES" placeholder:"RANGE" toml:"trusted_proxies"`
	// ProxyHeader is the one header in which they hand it on: X-Forwarded-For or Forwarded. The
	// other one is never read, because such a proxy lets a client's forgery of it through.
	// Default X-Forwarded-For.
	ProxyHeader string `help:"Header in which trusted proxies name the client: X-Forwarded-For or Forwarded." env:"LICET_PROXY_HEADER" default:"X-Forwarded-For" placeholder:"NAME" toml:"proxy_header"`

	// ReadHeaderTimeout is how long the head of a request may take. 0 means 5s.
	ReadHeaderTimeout time.Duration `help:"How long the head of a request may take." env:"LICET_READ_HEADER_TIMEOUT" default:"5s" placeholder:"TIME" toml:"read_header_timeout"`
	// ReadTimeout is how long a whole request may take to arrive. 0 means 30s.
	ReadTimeout time.Duration `help:"How long a whole request may take to arrive." env:"LICET_READ_TIMEOUT" default:"30s" placeholder:"TIME" toml:"read_timeout"`
	// WriteTimeout is how long an answer may take, from the end of the request's head. 0 means 60s.
	WriteTimeout time.Duration `help:"How long an answer may take." env:"LICET_WRITE_TIMEOUT" default:"60s" placeholder:"TIME" toml:"write_timeout"`
	// IdleTimeout is how long a connection may wait for its next request. 0 means 120s.
	IdleTimeout time.Duration `help:"How long a connection may wait for its next request." env:"LICET_IDLE_TIMEOUT" default:"120s" placeholder:"TIME" toml:"idle_timeout"`
	// DrainTimeout is how long requests in flight may go on when the server stops. 0 means 20s.
	DrainTimeout time.Duration `help:"How long requests in flight may go on when the server stops." env:"LICET_DRAIN_TIMEOUT" default:"20s" placeholder:"TIME" toml:"drain_timeout"`

	// MaxBody is how many bytes the body of a request may have. 0 means 1048576, which is 1 MiB;
	// at most 1 GiB.
	MaxBody int64 `help:"How many bytes the body of a request may have." env:"LICET_MAX_BODY" default:"1048576" placeholder:"BYTES" toml:"max_body"`
	// MaxConnections is how many connections each address holds at once; more wait to be accepted.
	// 0 means 10000.
	MaxConnections int `help:"How many connections each address holds at once." env:"LICET_MAX_CONNECTIONS" default:"10000" placeholder:"N" toml:"max_connections"`

	// Log says what is logged, and how.
	Log LogConfig `embed:"" prefix:"log-" envprefix:"LICET_LOG_" toml:"log"`

	// SSO are the settings of single sign-on.
	SSO SSO `embed:"" prefix:"sso-" envprefix:"LICET_SSO_" toml:"sso"`

	// KeyAuth are the settings of the KeyAuth doors.
	KeyAuth KeyAuth `embed:"" prefix:"keyauth-" envprefix:"LICET_KEYAUTH_" toml:"keyauth"`
	// Outbound says whom the server calls for vendors: files and webhooks of applications.
	Outbound Outbound `embed:"" prefix:"outbound-" envprefix:"LICET_OUTBOUND_" toml:"outbound"`
	// Mail names the server that takes the mails.
	Mail Mail `embed:"" prefix:"mail-" envprefix:"LICET_MAIL_" toml:"mail"`
	// Geo is what the server knows of countries.
	Geo Geo `embed:"" prefix:"geo-" envprefix:"LICET_GEO_" toml:"geo"`
	// Network names the addresses that customers let through their firewalls.
	Network Network `embed:"" prefix:"network-" envprefix:"LICET_NETWORK_" toml:"network"`
	// Native are the settings of the native API.
	Native Native `embed:"" prefix:"native-" envprefix:"LICET_NATIVE_" toml:"native"`
	// DNA are the settings of the software_DNA door.
	DNA DNA `embed:"" prefix:"dna-" envprefix:"LICET_DNA_" toml:"dna"`
	// RMZ are the settings of the RMZ door.
	RMZ RMZ `embed:"" prefix:"rmz-" envprefix:"LICET_RMZ_" toml:"rmz"`
}

// Surface is where one surface answers.
type Surface struct {
	// Listen are addresses of its own; it then no longer answers on the shared ones.
	// Default none: the shared addresses.
	Listen []string `help:"Addresses of this surface alone, HOST:PORT." env:"LISTEN" placeholder:"ADDR" toml:"listen"`
	// Hosts are the host names it answers for; for others it is not there.
	// Default none: every name.
	Hosts []string `help:"Host names this surface answers for; all when empty." env:"HOSTS" placeholder:"HOST" toml:"hosts"`
	// PublicURL is what stands before the paths of this surface for those who call it, such as
	// https://license.example.com: answers that name addresses use it. It is needed behind a proxy that
	// encrypts. Default none: the host and scheme of the request.
	PublicURL string `help:"URL by which others reach this surface, such as https://license.example.com." env:"PUBLIC_URL" placeholder:"URL" toml:"public_url"`
	// RootDoor is the name of a door that answers at the root too, so that apps which know nothing
	// of a path need only another host name: "rmz" makes https://license.example/verify work.
	// Default none.
	RootDoor string `help:"Door that answers at the root of this surface too, such as rmz." env:"ROOT_DOOR" placeholder:"DOOR" toml:"root_door"`
}

// TLS is encryption, by certificate files or by ACME, not both. Without either the surfaces speak
// plain HTTP, and something in front of them must encrypt.
type TLS struct {
	// CertFile is the certificate chain in PEM, leaf first. It is read at the start.
	// Default none.
	CertFile string `help:"Certificate chain in PEM." env:"CERT_FILE" placeholder:"FILE" toml:"cert_file"`
	// KeyFile is the certificate's private key in PEM.
	// Default none.
	KeyFile string `help:"Private key of the certificate in PEM." env:"KEY_FILE" placeholder:"FILE" toml:"key_file"`
	// ACME fetches and renews certificates by itself.
	ACME ACME `embed:"" prefix:"acme-" envprefix:"ACME_" toml:"acme"`
}

// ACME gets certificates from a certificate authority. The server must be reachable from outside
// on port 443 under each of the names; the proof is made there (tls-alpn-01).
type ACME struct {
	// Domains are the names to get certificates for. Others are refused.
	// Default none: no ACME.
	Domains []string `help:"Names to get certificates for by ACME." env:"DOMAINS" placeholder:"HOST" toml:"domains"`
	// Email is where the authority writes when something is wrong.
	// Default none.
	Email string `help:"Where the certificate authority may write." env:"EMAIL" placeholder:"ADDRESS" toml:"email"`
	// CacheDir keeps account and certificates between starts. The server needs it with Domains;
	// whoever reads the settings puts a folder beside the data here when it is empty.
	// Default none.
	CacheDir string `help:"Folder that keeps certificates between starts." env:"CACHE_DIR" placeholder:"DIR" toml:"cache_dir"`
	// DirectoryURL is the authority's ACME directory.
	// Default none: Let's Encrypt.
	DirectoryURL string `help:"ACME directory of the certificate authority; Let's Encrypt when empty." env:"DIRECTORY_URL" placeholder:"URL" toml:"directory_url"`
	// AcceptTerms says that you accept the authority's terms of service; needed with Domains.
	// Default false.
	AcceptTerms bool `help:"Accept the terms of service of the certificate authority." env:"ACCEPT_TERMS" toml:"accept_terms"`
}

// LogConfig says what is logged. Logs go to standard error.
type LogConfig struct {
	// Level is the least that is logged: debug, info, warn or error. Requests are info.
	// Default info.
	Level string `help:"The least that is logged: debug, info, warn or error." env:"LEVEL" default:"info" placeholder:"LEVEL" toml:"level"`
	// Format is json or text.
	// Default json.
	Format string `help:"Form of the log: json or text." env:"FORMAT" default:"json" placeholder:"FORM" toml:"format"`
}

// SSO are the settings of single sign-on at identity providers that vendors name for their customers. The server calls
// those, so by default it calls public addresses alone, and encrypted.
type SSO struct {
	// AllowPrivate lets the server call identity providers at private addresses.
	// Default false.
	AllowPrivate bool `help:"Let the server call identity providers at private addresses." env:"ALLOW_PRIVATE" toml:"allow_private"`
	// AllowPlain lets the server call identity providers without encryption. For trying out.
	// Default false.
	AllowPlain bool `help:"Let the server call identity providers without encryption." env:"ALLOW_PLAIN" toml:"allow_plain"`
}

// Outbound says whom the server calls for vendors.
type Outbound struct {
	// AllowPrivate lets vendors have the server call private addresses. Only for a server whose vendors are trusted with its network.
	// Default false.
	AllowPrivate bool `help:"Let the server fetch files and call webhooks of applications at private addresses." env:"ALLOW_PRIVATE" toml:"allow_private"`
}

// KeyAuth are the settings of the KeyAuth doors.
type KeyAuth struct {
	// GuessRate is how many calls by which keys, passwords or codes can be guessed an address may make of an application in 30
	// seconds; 0 is no limit.
	// Default 30.
	GuessRate int `help:"Sign-ins, and other calls that guess, an address may make of an application in 30 seconds; 0 for no limit." env:"GUESS_RATE" default:"30" placeholder:"N" toml:"guess_rate"`
	// Rate is how many other calls it may make in 30 seconds; 0 is no limit.
	// Default 300.
	Rate int `help:"Other calls an address may make of an application in 30 seconds; 0 for no limit." env:"RATE" default:"300" placeholder:"N" toml:"rate"`
	// SellerRate is how many calls a seller key may make in a minute; 0 is no limit.
	// Default 120.
	SellerRate int `help:"Calls a seller key may make in a minute; 0 for no limit." env:"SELLER_RATE" default:"120" placeholder:"N" toml:"seller_rate"`
}

// DNA are the settings of the software_DNA door.
type DNA struct {
	// RatePerMinute is how many requests an API client may make in a minute; 0 is no limit.
	// Default 60.
	RatePerMinute int `help:"Requests an API client may make in a minute; 0 for no limit." env:"RATE_PER_MINUTE" default:"60" placeholder:"N" toml:"rate_per_minute"`
}

// Native are the settings of the native API.
type Native struct {
	// RatePerMinute is how many license calls an address may make in a minute, and how many management calls; 0 is no limit.
	// Default 6000.
	RatePerMinute int `help:"License calls an address may make in a minute, and management calls as well; 0 for no limit." env:"RATE_PER_MINUTE" default:"6000" placeholder:"N" toml:"rate_per_minute"`
}

// RMZ are the settings of the RMZ door.
type RMZ struct {
	// RatePerMinute is how many requests an address may make in a minute; 0 is no limit.
	// Default 60.
	RatePerMinute int `help:"Requests an address may make in a minute; 0 for no limit." env:"RATE_PER_MINUTE" default:"60" placeholder:"N" toml:"rate_per_minute"`
}

// The defaults that the zero value means as well.
const (
	defaultListen     = "127.0.0.1:8080"
	defaultOperations = "127.0.0.1:8081"
	operationsOff     = "off"

	defaultReadHeader     = 5 * time.Second
	defaultRead           = 30 * time.Second
	defaultWrite          = 60 * time.Second
	defaultIdle           = 120 * time.Second
	defaultDrain          = 20 * time.Second
	defaultMaxConnections = 10_000
	defaultNativeRate     = 6000
	defaultRMZRate        = 60
	defaultDNARate        = 60
	defaultGuessRate      = 30
	defaultKeyAuthRate    = 300
	defaultSellerRate     = 120
)

// Default returns the Config that stands for no settings at all.
func Default() Config {
	return Config{
		Native:  Native{RatePerMinute: defaultNativeRate},
		RMZ:     RMZ{RatePerMinute: defaultRMZRate},
		DNA:     DNA{RatePerMinute: defaultDNARate},
		KeyAuth: KeyAuth{GuessRate: defaultGuessRate, Rate: defaultKeyAuthRate, SellerRate: defaultSellerRate},
	}.withDefaults()
}

// withDefaults puts the default where the zero value means it.
func (c Config) withDefaults() Config {
	if len(c.Listen) == 0 {
		c.Listen = []string{defaultListen}
	}
	orDefault(&c.Operations, defaultOperations)
	orDefault(&c.ProxyHeader, string(wire.XForwardedFor))
	orDefault(&c.ReadHeaderTimeout, defaultReadHeader)
	orDefault(&c.ReadTimeout, defaultRead)
	orDefault(&c.WriteTimeout, defaultWrite)
	orDefault(&c.IdleTimeout, defaultIdle)
	orDefault(&c.DrainTimeout, defaultDrain)
	orDefault(&c.MaxBody, wire.MaxBody)
	orDefault(&c.MaxConnections, defaultMaxConnections)
	orDefault(&c.Log.Level, "info")
	orDefault(&c.Log.Format, "json")
	orDefault(&c.Mail.TLS, string(notify.StartTLS))
	return c
}

func orDefault[T comparable](v *T, otherwise T) {
	var zero T
	if *v == zero {
		*v = otherwise
	}
}

// surface returns the settings of one surface.
func (c *Config) surface(s wire.Surface) Surface {
	switch s {
	case wire.LicenseSurface:
		return c.License
	case wire.ManageSurface:
		return c.Manage
	case wire.PortalSurface:
		return c.Portal
	default:
		return c.Inbound
	}
}
