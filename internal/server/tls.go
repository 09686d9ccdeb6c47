package server

import (
	"crypto/tls"
	"fmt"

	"golang.org/x/crypto/acme"
	"golang.org/x/crypto/acme/autocert"

	"licet/internal/license"
)

// config returns how the surfaces encrypt, or nil for plain HTTP.
func (t *TLS) config() (*tls.Config, error) {
	switch {
	case len(t.ACME.Domains) > 0 && t.ACME.CacheDir == "":
		return nil, license.Invalidf("tls.acme.cache_dir", "ACME needs a folder to keep certificates in; without one every start asks for new ones, which authorities refuse")
	case len(t.ACME.Domains) > 0:
		config := t.ACME.manager().TLSConfig()
		config.MinVersion = tls.VersionTLS12
		return config, nil
	case t.CertFile != "":
		pair, err := tls.LoadX509KeyPair(t.CertFile, t.KeyFile)
		if err != nil {
			return nil, fmt.Errorf("tls.cert_file and tls.key_file: no usable certificate: %w", err)
		}
		return &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}, nil
	}
	return nil, nil
}

// manager fetches certificates for the configured names and refuses all others, before anybody is
// asked for one.
func (a *ACME) manager() *autocert.Manager {
	return &autocert.Manager{
		Prompt:     autocert.AcceptTOS,
		Cache:      autocert.DirCache(a.CacheDir),
		HostPolicy: autocert.HostWhitelist(a.Domains...),
		Email:      a.Email,
		Client:     &acme.Client{DirectoryURL: a.directory(), UserAgent: "licet"},
	}
}

func (a *ACME) directory() string {
	if a.DirectoryURL == "" {
		return autocert.DefaultACMEDirectory
	}
	return a.DirectoryURL
}
