// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package tlswrap_test

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/certificate"
	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/core/tlswrap"
)

func TestLayerChecks(t *testing.T) {
	for name, f := range map[string]func() error{
		"no config":                    func() error { _, err := tlswrap.NewServer(tlswrap.Options{}); return err },
		"server without a certificate": func() error { _, err := tlswrap.NewServer(options(&tls.Config{})); return err },
		"client without a server name": func() error { _, err := tlswrap.NewClient(options(&tls.Config{})); return err },
		"client that requires names": func() error {
			o := options(clientConfig(0))
			o.RequireServerName = true
			_, err := tlswrap.NewClient(o)
			return err
		},
		"Server without a certificate": func() error { _, err := tlswrap.Server(options(&tls.Config{}), nil); return err },
		"Client without a server name": func() error { _, err := tlswrap.Client(options(&tls.Config{}), nil); return err },
	} {
		if err := f(); err == nil || !strings.HasPrefix(err.Error(), "tlswrap: ") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestConfigIsCopied(t *testing.T) {
	cfg := serverConfig(0)
	l := server(t, options(cfg))
	if cfg.MinVersion != 0 || cfg.GetConfigForClient != nil || len(cfg.Certificates) != 1 {
		t.Error("the caller's configuration was changed")
	}
	cfg.Certificates = nil
	d := &duo{serverLayer: l, clientLayer: client(t, options(clientConfig(0)))}
	d.connect(t, protocoltest.PairConfig{})
	d.mustBeOpen(t)
}

func TestCertificateOptions(t *testing.T) {
	key, err := certificate.GenerateKey()
	must(err)
	own, err := key.SelfSigned(certificate.Template{Names: []string{"server.test"}})
	must(err)
	other, err := certificate.GenerateKey()
	must(err)
	cert := own.X509()
	ok := tlswrap.CertificateOptions{PrivateKey: key.Signer(), Certificate: cert}
	for _, tt := range []struct {
		name string
		edit func(o *tlswrap.CertificateOptions)
		err  string // "" is none
	}{
		{"fine", func(*tlswrap.CertificateOptions) {}, ""},
		{"key without certificate", func(o *tlswrap.CertificateOptions) { o.Certificate = nil }, "PrivateKey without Certificate"},
		{"certificate without key", func(o *tlswrap.CertificateOptions) { o.PrivateKey = nil }, "Certificate without PrivateKey"},
		{"chain without certificate", func(o *tlswrap.CertificateOptions) {
			*o = tlswrap.CertificateOptions{Chain: []*x509.Certificate{cert}}
		}, "Chain without Certificate"},
		{"another key", func(o *tlswrap.CertificateOptions) { o.PrivateKey = other.Signer() }, "not that of Certificate"},
		{"source and certificate", func(o *tlswrap.CertificateOptions) { o.Source = tlswrap.Static(nil) }, "both Source"},
		{"max below min", func(o *tlswrap.CertificateOptions) { o.MinVersion, o.MaxVersion = tls.VersionTLS13, tls.VersionTLS12 }, "below the minimum"},
		{"max below the default min", func(o *tlswrap.CertificateOptions) { o.MaxVersion = tls.VersionTLS11 }, "below the minimum"},
		{"old min", func(o *tlswrap.CertificateOptions) { o.MinVersion = tls.VersionTLS11 }, "not TLS 1.2 or 1.3"},
		{"both mins", func(o *tlswrap.CertificateOptions) {
			o.MinVersion, o.InsecurelyLowerMinimumTo = tls.VersionTLS12, tls.VersionTLS10
		}, "both MinVersion"},
		{"lowered", func(o *tlswrap.CertificateOptions) {
			o.InsecurelyLowerMinimumTo, o.MaxVersion = tls.VersionTLS10, tls.VersionTLS11
		}, ""},
		{"lowered to SSL 3", func(o *tlswrap.CertificateOptions) { o.InsecurelyLowerMinimumTo = 0x300 }, "not TLS 1.0 or 1.1"},
		{"unknown max", func(o *tlswrap.CertificateOptions) { o.MaxVersion = 0x305 }, "unknown"},
		{"no usable cipher", func(o *tlswrap.CertificateOptions) { o.CipherSuites = []uint16{tls.TLS_RSA_WITH_RC4_128_SHA, 0x1234} }, "no usable cipher"},
		{"no cipher needed", func(o *tlswrap.CertificateOptions) { o.CipherSuites, o.MinVersion = []uint16{}, tls.VersionTLS13 }, ""},
		{"long protocol", func(o *tlswrap.CertificateOptions) { o.NextProtos = []string{strings.Repeat("x", 256)} }, "1 to 255"},
	} {
		o := ok
		tt.edit(&o)
		cfg, err := o.Config()
		switch {
		case tt.err == "" && (err != nil || cfg == nil):
			t.Errorf("%s: %v", tt.name, err)
		case tt.err != "" && (err == nil || !strings.Contains(err.Error(), tt.err)):
			t.Errorf("%s: %v, want %q", tt.name, err, tt.err)
		}
	}

	o := ok
	o.CipherSuites = []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, tls.TLS_RSA_WITH_RC4_128_SHA}
	o.Chain = []*x509.Certificate{theirs().ca.X509()}
	o.MaxVersion, o.NextProtos, o.TrustRoots = tls.VersionTLS12, []string{"imap"}, theirs().roots
	cfg, err := o.Config()
	must(err)
	if !slices.Equal(cfg.CipherSuites, o.CipherSuites[:1]) || len(cfg.Certificates[0].Certificate) != 2 || cfg.ClientAuth != tls.RequireAndVerifyClientCert || cfg.MinVersion != tls.VersionTLS12 {
		t.Errorf("%+v", cfg)
	}
	ccfg, err := tlswrap.OptionsForClientTLS("server.test", tlswrap.ClientOptions{Pinned: []*x509.Certificate{cert}, Certificate: &theirs().client, NextProtos: []string{"imap"}})
	must(err)
	d := connect(t, options(cfg), options(ccfg), protocoltest.PairConfig{})
	d.mustBeOpen(t)
	if s, _ := d.server.secured().ConnectionState(); s.CipherSuite != o.CipherSuites[0] || len(s.VerifiedChains) != 1 {
		t.Errorf("suite %s, %d chains", tls.CipherSuiteName(s.CipherSuite), len(s.VerifiedChains))
	}
}

// TestOptionsForClientTLS (class 31): a configuration names its server, or is none.
func TestOptionsForClientTLS(t *testing.T) {
	for _, tt := range []struct{ hostname, want string }{
		{"Example.org", "example.org"},
		{"example.org.", "example.org"},
		{"bücher.example", "xn--bcher-kva.example"},
		{"192.0.2.1", "192.0.2.1"},
		{"[2001:db8::1]", "2001:db8::1"},
		{"fe80::1%eth0", "fe80::1"},
		{"", ""}, {"a b", ""}, {"a\x00b", ""}, {"*.example.org", ""},
	} {
		cfg, err := tlswrap.OptionsForClientTLS(tt.hostname, tlswrap.ClientOptions{})
		switch {
		case tt.want == "" && err == nil:
			t.Errorf("%q was accepted as %q", tt.hostname, cfg.ServerName)
		case tt.want != "" && (err != nil || cfg.ServerName != tt.want || cfg.InsecureSkipVerify || cfg.RootCAs != nil || cfg.MinVersion != tls.VersionTLS12):
			t.Errorf("%q: %v, %+v", tt.hostname, err, cfg)
		}
	}
	for name, o := range map[string]tlswrap.ClientOptions{
		"pinned and roots":   {Pinned: leaves(theirs().server), Roots: theirs().roots},
		"insecure and roots": {InsecureSkipVerify: true, Roots: theirs().roots},
		"old version":        {MinVersion: tls.VersionTLS11},
	} {
		if _, err := tlswrap.OptionsForClientTLS("example.org", o); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
}

// TestServerNameOnTheWire: names are sent, addresses are not, and both are verified.
func TestServerNameOnTheWire(t *testing.T) {
	for hostname, want := range map[string]string{"server.test": "server.test", "127.0.0.1": ""} {
		so := options(serverConfig(0))
		got := "none"
		so.Config.GetConfigForClient = func(h *tls.ClientHelloInfo) (*tls.Config, error) { got = h.ServerName; return nil, nil }
		cfg, err := tlswrap.OptionsForClientTLS(hostname, tlswrap.ClientOptions{Roots: theirs().roots})
		must(err)
		connect(t, so, options(cfg), protocoltest.PairConfig{}).mustBeOpen(t)
		if got != want {
			t.Errorf("%s: server name %q", hostname, got)
		}
	}
	cfg, err := tlswrap.OptionsForClientTLS("any.test", tlswrap.ClientOptions{InsecureSkipVerify: true})
	must(err)
	connect(t, options(&tls.Config{Certificates: []tls.Certificate{stranger("x.test")}}), options(cfg), protocoltest.PairConfig{}).mustBeOpen(t)
}

// TestConfigPerConnection: two names, two configurations (Twisted's connection creators).
func TestConfigPerConnection(t *testing.T) {
	so := options(serverConfig(0))
	other := theirs().sign("other.test")
	so.Config.GetConfigForClient = func(h *tls.ClientHelloInfo) (*tls.Config, error) {
		if h.ServerName == "other.test" {
			return &tls.Config{Certificates: []tls.Certificate{other}, NextProtos: []string{"imap"}}, nil
		}
		return nil, nil
	}
	for name, ok := range map[string]bool{"server.test": true, "other.test": true, "third.test": false} {
		cfg := clientConfig(0)
		cfg.ServerName = name
		d := connect(t, so, options(cfg), protocoltest.PairConfig{})
		if (d.client.handshakes == 1) != ok {
			t.Errorf("%s: %v", name, d.client.Reason())
		}
	}
}

func TestNameMapChecks(t *testing.T) {
	src := tlswrap.Static(&theirs().server)
	for name, names := range map[string]map[string]tlswrap.CertificateSource{
		"empty":     {},
		"bad name":  {"a b": src},
		"two stars": {"*.*.test": src},
		"nil":       {"a.test": nil},
		"twice":     {"a.test": src, "A.test": src},
	} {
		if _, err := tlswrap.NewNameMap(names, nil); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
}

func writePair(t *testing.T, dir string, names ...string) {
	t.Helper()
	key, err := certificate.GenerateKey()
	must(err)
	cert, err := key.SelfSigned(certificate.Template{Subject: certificate.DistinguishedName{CommonName: names[0]}, Names: names})
	must(err)
	pem, err := key.PEM()
	must(err)
	must(os.WriteFile(filepath.Join(dir, "key.pem"), pem, 0o600))
	must(os.WriteFile(filepath.Join(dir, "cert.pem"), cert.PEM(), 0o600))
}

func TestReloader(t *testing.T) {
	dir := t.TempDir()
	certFile, keyFile := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	if _, err := tlswrap.LoadFiles(certFile, keyFile); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("files that are not there: %v", err)
	}
	writePair(t, dir, "one.test")
	r, err := tlswrap.LoadFiles(certFile, keyFile)
	if err != nil {
		t.Fatal(err)
	}
	cfg, err := tlswrap.CertificateOptions{Source: r}.Config()
	must(err)
	l := server(t, options(cfg))
	served := func() string {
		d := &duo{serverLayer: l, clientLayer: client(t, options(&tls.Config{InsecureSkipVerify: true}))}
		d.connect(t, protocoltest.PairConfig{})
		d.mustBeOpen(t)
		c, _ := d.client.secured().PeerCertificate()
		return c.Subject.CommonName
	}
	if got := served(); got != "one.test" {
		t.Errorf("served %q", got)
	}
	writePair(t, dir, "two.test")
	if err := r.Reload(); err != nil || served() != "two.test" {
		t.Errorf("after Reload: %v, %q", err, served())
	}
	must(os.WriteFile(certFile, []byte("broken"), 0o600))
	if err := r.Reload(); err == nil || !strings.Contains(err.Error(), "cert.pem") || served() != "two.test" {
		t.Errorf("after a failed Reload: %v, %q", err, served())
	}
}

func TestReloaderWatch(t *testing.T) {
	dir := t.TempDir()
	certFile, keyFile := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	writePair(t, dir, "one.test")
	must(os.Chtimes(certFile, time.Unix(1000, 0), time.Unix(1000, 0)))
	r, err := tlswrap.LoadFiles(certFile, keyFile)
	must(err)
	name := func() string { c, _ := r.GetCertificate(nil); return c.Leaf.Subject.CommonName }
	clock := protocoltest.NewClock()
	var reports []error
	stop := r.Watch(clock, time.Minute, func(err error) { reports = append(reports, err) })
	clock.Advance(time.Minute)
	if name() != "one.test" || len(reports) != 0 {
		t.Errorf("without a change: %q, %v", name(), reports)
	}
	writePair(t, dir, "two.test")
	must(os.Chtimes(certFile, time.Unix(2000, 0), time.Unix(2000, 0)))
	clock.Advance(time.Minute)
	if name() != "two.test" || len(reports) != 0 {
		t.Errorf("after a change: %q, %v", name(), reports)
	}
	must(os.Remove(keyFile))
	clock.Pump(time.Minute, time.Minute, time.Minute)
	if name() != "two.test" || len(reports) != 1 || !errors.Is(reports[0], os.ErrNotExist) {
		t.Errorf("without a key: %q, %v", name(), reports)
	}
	must(os.WriteFile(keyFile, []byte("broken"), 0o600))
	clock.Pump(time.Minute, time.Minute)
	if name() != "two.test" || len(reports) != 2 {
		t.Errorf("with a broken key: %q, %v", name(), reports)
	}
	writePair(t, dir, "three.test")
	must(os.Chtimes(certFile, time.Unix(3000, 0), time.Unix(3000, 0)))
	clock.Advance(time.Minute)
	if name() != "three.test" || len(reports) != 2 {
		t.Errorf("repaired: %q, %v", name(), reports)
	}
	stop()
	if len(clock.Calls()) != 0 {
		t.Error("stop leaves a call")
	}
	stop()
}
