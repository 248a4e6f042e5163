// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package endpoint_test

import (
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/certificate"
	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/core/tlswrap"
)

// An authority signs certificates; its own lies in the folder "ca" of the working directory.
type authority struct {
	t    *testing.T
	own  *certificate.PrivateCertificate
	pool *x509.CertPool
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	t.Chdir(t.TempDir())
	own, err := newKey(t).SelfSigned(certificate.Template{Subject: certificate.DistinguishedName{CommonName: "Test CA"}, CA: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir("ca", 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join("ca", "root.pem"), own.PEM())
	return &authority{t, own, certificate.Pool(own.Certificate)}
}

func newKey(t *testing.T) *certificate.KeyPair {
	t.Helper()
	key, err := certificate.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// sign returns a certificate for the names.
func (a *authority) sign(tmpl certificate.Template, common string, names ...string) tls.Certificate {
	a.t.Helper()
	key := newKey(a.t)
	req, err := key.Request(certificate.DistinguishedName{CommonName: common}, names...)
	if err != nil {
		a.t.Fatal(err)
	}
	cert, err := a.own.Sign(req, tmpl, nil)
	if err != nil {
		a.t.Fatal(err)
	}
	both, err := certificate.NewPrivate(cert, key)
	if err != nil {
		a.t.Fatal(err)
	}
	return both.TLS()
}

// itself returns a certificate that nobody signed but itself.
func (a *authority) itself(names ...string) tls.Certificate {
	a.t.Helper()
	cert, err := newKey(a.t).SelfSigned(certificate.Template{Subject: certificate.DistinguishedName{CommonName: names[0]}, Names: names})
	if err != nil {
		a.t.Fatal(err)
	}
	return cert.TLS()
}

// An eager protocol sends a secret as soon as it may.
type eager struct{ protocoltest.Accumulating }

func (e *eager) ConnectionMade(t protocol.Transport) {
	e.Accumulating.ConnectionMade(t)
	t.Write([]byte("the password"))
}

// TestServerIsVerified (class 31): over real sockets, each way to make a TLS client speaks to the server that was meant and to no other. What the client wrote in
// advance does not reach another.
func TestServerIsVerified(t *testing.T) {
	a := newAuthority(t)
	past := certificate.Template{NotBefore: time.Now().Add(-48 * time.Hour), Validity: time.Hour}
	future := certificate.Template{NotBefore: time.Now().Add(24 * time.Hour), Validity: time.Hour}
	servers := map[string]tls.Certificate{
		"good":              a.sign(certificate.Template{}, "server.test", "server.test", "127.0.0.1"),
		"wildcard":          a.sign(certificate.Template{}, "x", "*.test"),
		"other name":        a.sign(certificate.Template{}, "other.test", "other.test", "127.0.0.2"),
		"common name only":  a.sign(certificate.Template{}, "server.test", "other.test"),
		"longer name":       a.sign(certificate.Template{}, "x", "server.test.evil.test", "notserver.test"),
		"expired":           a.sign(past, "server.test", "server.test", "127.0.0.1"),
		"not valid yet":     a.sign(future, "server.test", "server.test", "127.0.0.1"),
		"signed by itself":  a.itself("server.test", "127.0.0.1"),
		"address as a name": a.sign(certificate.Template{}, "127.0.0.1", "x127.0.0.1"),
		"signed by no CA":   a.signedBy(a.sign(certificate.Template{}, "middle.test", "middle.test"), "server.test"),
	}
	byName := map[string]bool{"good": true, "wildcard": true}
	byAddress := map[string]bool{"good": true}
	viaTCP := func(cfg *tls.Config) func(t *testing.T, r endpoint.Reactor, p endpoint.Port) endpoint.Client {
		return func(t *testing.T, r endpoint.Reactor, p endpoint.Port) endpoint.Client {
			c, err := endpoint.WrapClientTLS(cfg, buildClient(t, r, "tcp:127.0.0.1:PORT", p))
			if err != nil {
				t.Fatal(err)
			}
			c.WaitHandshake = true
			return c
		}
	}
	description := func(s string) func(t *testing.T, r endpoint.Reactor, p endpoint.Port) endpoint.Client {
		return func(t *testing.T, r endpoint.Reactor, p endpoint.Port) endpoint.Client {
			return buildClient(t, r, s, p)
		}
	}
	configOf := func(host string, opt tlswrap.ClientOptions) *tls.Config {
		cfg, err := tlswrap.OptionsForClientTLS(host, opt)
		if err != nil {
			t.Fatal(err)
		}
		return cfg
	}
	roots := tlswrap.ClientOptions{Roots: a.pool}
	good := servers["good"]
	clients := []struct {
		name   string
		waits  bool // Connect fails, in place of the connection
		client func(t *testing.T, r endpoint.Reactor, p endpoint.Port) endpoint.Client
		trusts map[string]bool
	}{
		{"tls: by name", true, description(`tls:server.test:1:trustRoots=ca:waitHandshake=yes:endpoint=tcp\:127.0.0.1\:PORT`), byName},
		{"tls: by name, not waiting", false, description(`tls:server.test:1:trustRoots=ca:endpoint=tcp\:127.0.0.1\:PORT`), byName},
		{"tls: by name with a dot", true, description(`tls:SERVER.test.:1:trustRoots=ca:waitHandshake=yes:endpoint=tcp\:127.0.0.1\:PORT`), byName},
		{"tls: by address", true, description(`tls:127.0.0.1:PORT:trustRoots=ca:waitHandshake=yes`), byAddress},
		{"tls: platform's roots", true, description(`tls:server.test:1:waitHandshake=yes:endpoint=tcp\:127.0.0.1\:PORT`), nil},
		{"ssl: by name", false, description(`ssl:127.0.0.1:PORT:caCertsDir=ca:hostname=server.test`), byName},
		{"ssl: by address", false, description(`ssl:127.0.0.1:PORT:caCertsDir=ca:hostname=127.0.0.1`), byAddress},
		{"options by name", true, viaTCP(configOf("server.test", roots)), byName},
		{"options by address", true, viaTCP(configOf("127.0.0.1", roots)), byAddress},
		{"pinned", true, viaTCP(configOf("server.test", tlswrap.ClientOptions{Pinned: []*x509.Certificate{good.Leaf}})), map[string]bool{"good": true}},
		{"by hand", true, viaTCP(&tls.Config{ServerName: "server.test", RootCAs: a.pool}), byName},
	}
	for serverName, cert := range servers {
		t.Run(serverName, func(t *testing.T) {
			r := running(t)
			layer, err := tlswrap.NewServer(tlswrap.Options{Config: &tls.Config{Certificates: []tls.Certificate{cert}}, Logger: quiet()})
			if err != nil {
				t.Fatal(err)
			}
			for _, tt := range clients {
				heard := make(chan *protocoltest.Accumulating, 1)
				port := listen(t, r, &endpoint.TLSServer{Inner: build(t, r, "tcp:0:interface=127.0.0.1"), Layer: layer},
					protocol.FactoryFunc(func(net.Addr) (protocol.Protocol, error) {
						p := &protocoltest.Accumulating{}
						heard <- p
						return p, nil
					}))
				e := &eager{}
				_, err := connect(t, r, tt.client(t, r, port), protocol.ForProtocol(func() *eager { return e }))
				server := <-heard
				if tt.trusts[serverName] {
					if err != nil {
						t.Errorf("%s: %v", tt.name, err)
						continue
					}
					wait(t, server.When(len("the password")))
					r.CallFromThread(func() { e.Transport().AbortConnection() })
					continue
				}
				if tt.waits != (err != nil) {
					t.Errorf("%s: Connect: %v", tt.name, err)
				}
				wait(t, e.WhenLost())
				wait(t, server.WhenLost())
				var verification *tls.CertificateVerificationError
				if reason := e.Reason(); !errors.Is(reason, protocol.ErrTLS) || !errors.As(reason, &verification) {
					t.Errorf("%s: lost by %v", tt.name, reason)
				}
				if tt.waits && (!errors.Is(err, protocol.ErrTLS) || !errors.As(err, &verification)) {
					t.Errorf("%s: Connect: %v", tt.name, err)
				}
				if server.Len() > 0 {
					t.Errorf("%s: the server got %q", tt.name, server.Data())
				}
			}
		})
	}
}

// signedBy returns a certificate signed with the key of one that is no authority's.
func (a *authority) signedBy(signer tls.Certificate, name string) tls.Certificate {
	a.t.Helper()
	key := newKey(a.t)
	tmpl := *a.sign(certificate.Template{}, name, name).Leaf
	der, err := x509.CreateCertificate(rand.Reader, &tmpl, signer.Leaf, key.Signer().Public(), signer.PrivateKey)
	if err != nil {
		a.t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		a.t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der, signer.Certificate[0]}, PrivateKey: key.Signer(), Leaf: leaf}
}

// TestVerificationIsNotTurnedOffByAccident (class 31): what could mean to verify less, or nothing, is refused, or says so in its name.
func TestVerificationIsNotTurnedOffByAccident(t *testing.T) {
	newAuthority(t)
	for _, s := range []string{
		"tls:server.test:1:verify=no",
		"tls::1",
		"tls:server.test:1:hostname=",
		"tls:server.test:1:trustRoots=nowhere",
		"ssl:127.0.0.1:1:hostname=server.test:verify=no",
		"ssl:127.0.0.1:1:caCertsDir=ca:verify=no",
		"ssl:127.0.0.1:1:verify=maybe",
		"ssl:127.0.0.1:1:caCertsDir=nowhere",
		"ssl:127.0.0.1:1:hostname=a b",
		"ssl:127.0.0.1:1:hostname=",
		"ssl:127.0.0.1:1:caCertsDir=",
	} {
		if _, err := endpoint.ClientFromString(nil, s); err == nil {
			t.Errorf("%s is taken", s)
		}
	}
	for _, host := range []string{"", ".", "a b"} {
		if _, err := tlswrap.OptionsForClientTLS(host, tlswrap.ClientOptions{}); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("%q", host)) {
			t.Errorf("host %q: %v", host, err)
		}
	}
	if _, err := endpoint.WrapClientTLS(&tls.Config{}, nil); err == nil {
		t.Error("a client without a server's name is taken")
	}
}
