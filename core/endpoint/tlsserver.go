// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package endpoint

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"os"
	"strings"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/tlswrap"
)

// TLSServer puts TLS on the connections of another server. Its fields are immutable after start. Twisted: SSL4ServerEndpoint, wrapper over any server.
//
// As strings: ssl:PORT:PRIVATEKEY:CERTKEY:SSLMETHOD:INTERFACE:BACKLOG:EXTRACERTCHAIN:DHPARAMETERS, all but the port optional; and
// tls:PORT:cert=FILE:key=FILE, with interface=IP, backlog=N, clientCA=DIRECTORY to demand certificates of clients, reload=SECONDS to look for new certificate files
// that often. Both take loops=, accept=, acceptrate= and reuseport= as tcp: does.
type TLSServer struct {
	Inner Server
	// Layer is the TLS configuration, from tlswrap.NewServer.
	Layer *tlswrap.Layer
	// Reloader, where not nil, is watched while the port listens; see ReloadInterval.
	Reloader *tlswrap.Reloader
	// ReloadInterval is how often the files are looked at; 0 means never.
	ReloadInterval time.Duration
	// Loop is the loop that watches; it is needed with Reloader only.
	Loop protocol.Loop
}

var _ Server = (*TLSServer)(nil)

// Listen opens the inner server's port.
func (s *TLSServer) Listen(f protocol.Factory) *deferred.Deferred[Port] {
	d := s.Inner.Listen(s.Layer.Wrap(f))
	if s.Reloader == nil || s.ReloadInterval <= 0 {
		return d
	}
	return d.AddCallback(func(p Port) (Port, error) {
		stop := s.Reloader.Watch(s.Loop, s.ReloadInterval, func(err error) {
			loggerOf(nil, s.Loop).Error("endpoint: the new certificate cannot be used, the old one stays", "port", p.Addr().String(), "error", err)
		})
		return &watchedPort{Port: p, stop: stop}, nil
	})
}

// A watchedPort ends a watch when it is closed.
type watchedPort struct {
	Port
	stop func()
}

func (p *watchedPort) StopListening() *deferred.Deferred[struct{}] {
	p.stop()
	return p.Port.StopListening()
}

func parseTLSServer(r Reactor, a *Args) (Server, error) {
	a.Order("port")
	inner := tcpServer(r, a, "")
	a.Require("cert")
	cert := a.Text("cert", "")
	key := a.Text("key", cert)
	ca := a.Text("clientCA", "")
	interval := a.Int("reload", 0)
	if interval < 0 || interval > 86400 {
		a.Fail("reload", "not between 0 and 86400 seconds", nil)
	}
	if err := a.Err(); err != nil {
		return nil, err
	}
	files, err := tlswrap.LoadFiles(cert, key)
	if err != nil {
		a.Fail("cert", "", err)
		return nil, a.Err()
	}
	opt := tlswrap.CertificateOptions{Source: files}
	if ca != "" {
		if opt.TrustRoots, err = rootsIn(ca); err != nil {
			a.Fail("clientCA", "", err)
		}
	}
	layer := serverLayer(a, opt)
	return &TLSServer{Inner: inner, Layer: layer, Reloader: files, ReloadInterval: time.Duration(interval) * time.Second, Loop: r}, a.Err()
}

func serverLayer(a *Args, opt tlswrap.CertificateOptions) *tlswrap.Layer {
	cfg, err := opt.Config()
	if err != nil {
		a.Fail("", "", err)
		return nil
	}
	layer, err := tlswrap.NewServer(tlswrap.Options{Config: cfg})
	if err != nil {
		a.Fail("", "", err)
	}
	return layer
}

func parseSSLServer(r Reactor, a *Args) (Server, error) {
	a.Order("port", "privateKey", "certKey", "sslmethod", "interface", "backlog", "extraCertChain", "dhParameters")
	inner := tcpServer(r, a, "")
	key := a.Text("privateKey", "server.pem")
	cert := a.Text("certKey", key)
	method := a.Text("sslmethod", "")
	chain := a.Text("extraCertChain", "")
	dh := a.Text("dhParameters", "")
	if err := a.Err(); err != nil {
		return nil, err
	}
	pair := keyPair(a, "certKey", cert, "privateKey", key)
	if chain != "" {
		pair.Certificate = append(pair.Certificate, chainIn(a, chain)...)
	}
	if dh != "" {
		checkDH(a, dh)
	}
	opt := tlswrap.CertificateOptions{Source: tlswrap.Static(&pair)}
	switch method {
	case "", "TLS_METHOD", "TLS_SERVER_METHOD", "SSLv23_METHOD":
	case "TLSv1_2_METHOD":
		opt.MinVersion, opt.MaxVersion = tls.VersionTLS12, tls.VersionTLS12
	case "SSLv2_METHOD", "SSLv3_METHOD", "TLSv1_METHOD", "TLSv1_1_METHOD":
		a.Fail("sslmethod", "this version is broken and not offered: "+method, nil)
	default:
		a.Fail("sslmethod", "no such TLS method name: "+method, nil)
	}
	if err := a.Err(); err != nil {
		return nil, err
	}
	if dh != "" {
		a.logger(r).Warn("endpoint: dhParameters are not used: crypto/tls has key exchange over elliptic curves only", "file", dh)
	}
	return &TLSServer{Inner: inner, Layer: serverLayer(a, opt)}, a.Err()
}

// keyPair reads a certificate and its key from two PEM files, which may be one.
func keyPair(a *Args, certName, cert, keyName, key string) tls.Certificate {
	certPEM, err := os.ReadFile(cert)
	if err != nil {
		a.Fail(certName, "", err)
		return tls.Certificate{}
	}
	keyPEM, err := os.ReadFile(key)
	if err != nil {
		a.Fail(keyName, "", err)
		return tls.Certificate{}
	}
	pair, err := tls.X509KeyPair(certPEM, keyPEM)
	if err != nil {
		a.Fail(certName, cert, err)
	}
	return pair
}

// chainIn reads the certificates of a PEM file, at least one.
func chainIn(a *Args, file string) [][]byte {
	data, err := os.ReadFile(file)
	if err != nil {
		a.Fail("extraCertChain", "", err)
		return nil
	}
	var out [][]byte
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != "CERTIFICATE" {
			continue
		}
		if _, err := x509.ParseCertificate(block.Bytes); err != nil {
			a.Fail("extraCertChain", file, err)
			return nil
		}
		out = append(out, block.Bytes)
	}
	if len(out) == 0 {
		a.Fail("extraCertChain", "the file holds no certificate: "+file, nil)
	}
	return out
}

func checkDH(a *Args, file string) {
	data, err := os.ReadFile(file)
	if err == nil {
		if block, _ := pem.Decode(data); block == nil || !strings.HasSuffix(block.Type, "DH PARAMETERS") {
			err = errors.New("the file holds no DH parameters: " + file)
		}
	}
	if err != nil {
		a.Fail("dhParameters", "", err)
	}
}
