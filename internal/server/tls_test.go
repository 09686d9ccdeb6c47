package server

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"licet/internal/wire"
)

func certificate(t *testing.T) (certFile, keyFile string, roots *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		DNSNames: []string{"license.example"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	certFile, keyFile = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	certPEM := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	for file, data := range map[string][]byte{
		certFile: certPEM, keyFile: pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER}),
	} {
		if err := os.WriteFile(file, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	roots = x509.NewCertPool()
	roots.AppendCertsFromPEM(certPEM)
	return certFile, keyFile, roots
}

func TestTLS_from_files(t *testing.T) {
	t.Parallel()
	cfg := anyPort()
	var roots *x509.CertPool
	cfg.TLS.CertFile, cfg.TLS.KeyFile, roots = certificate(t)
	r := start(t, cfg, fourDoors(), Operations{})
	r.client.Transport.(*http.Transport).TLSClientConfig.RootCAs = roots
	url := r.URL(wire.LicenseSurface)
	if !strings.HasPrefix(url, "https://127.0.0.1:") {
		t.Fatalf("URL = %s, want https", url)
	}
	res, err := r.client.Post(url+"/rmz/verify", "", strings.NewReader("hello"))
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != 200 || res.ProtoMajor != 2 {
		t.Errorf("POST over TLS = %d %s, want 200 HTTP/2", res.StatusCode, res.Proto)
	}
	r.want(200, "ok\n", "GET", r.OperationsURL()+"/healthz", "")

	_, err = tls.Dial("tcp", r.rooms[0].ln.Addr().String(), &tls.Config{RootCAs: roots, MaxVersion: tls.VersionTLS11})
	if err == nil {
		t.Error("TLS 1.1 was taken, want it refused")
	}
	r.logs.await("WARN", "TLS handshake error")
}

func TestTLS_files_that_are_none(t *testing.T) {
	t.Parallel()
	cfg := anyPort()
	cfg.TLS.CertFile, cfg.TLS.KeyFile = filepath.Join(t.TempDir(), "no"), "no"
	_, err := New(cfg, nil, Operations{}, nil)
	if err == nil || !strings.HasPrefix(err.Error(), "tls.cert_file and tls.key_file: no usable certificate: open ") {
		t.Errorf("New = %v, want the file named", err)
	}
}

func TestACME_refuses_unknown_hosts(t *testing.T) {
	t.Parallel()
	cfg := anyPort()
	cfg.TLS.ACME = ACME{Domains: []string{"license.example.com"}, AcceptTerms: true, DirectoryURL: "https://127.0.0.1:1/"}
	if _, err := New(cfg, nil, Operations{}, nil); err == nil || !strings.HasPrefix(err.Error(), "tls.acme.cache_dir: ") {
		t.Errorf("New without a folder = %v, want tls.acme.cache_dir: …", err)
	}
	cfg.TLS.ACME.CacheDir = t.TempDir()
	s, err := New(cfg, nil, Operations{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	hello := func(name string) *tls.ClientHelloInfo {
		return &tls.ClientHelloInfo{ServerName: name, CipherSuites: []uint16{tls.TLS_AES_128_GCM_SHA256}}
	}
	for _, name := range []string{"evil.example.com", "example.com", "x.license.example.com", "", "localhost"} {
		if _, err := s.tls.GetCertificate(hello(name)); err == nil || strings.Contains(err.Error(), "127.0.0.1:1") {
			t.Errorf("GetCertificate(%q) = %v, want a refusal without asking the authority", name, err)
		}
	}
	if got := (&ACME{}).directory(); got != "https://acme-v02.api.letsencrypt.org/directory" {
		t.Errorf("default directory = %s", got)
	}
}
