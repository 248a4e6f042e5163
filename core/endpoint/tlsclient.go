// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package endpoint

import (
	"crypto/tls"
	"crypto/x509"
	"errors"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/tlswrap"
)

// TLSClient puts TLS on the connections of another client. Its fields are immutable after start. Twisted: wrapClientTLS, SSL4ClientEndpoint.
//
// As strings: tls:HOST:PORT:TIMEOUT:BINDADDRESS:CERTIFICATE:PRIVATEKEY:TRUSTROOTS:ENDPOINT, all but the first two optional, with waitHandshake=yes; and
// ssl:HOST:PORT, with timeout=, bindAddress=, certKey=, privateKey=, caCertsDir=, hostname= and verify=no.
type TLSClient struct {
	Inner Client
	// Layer is the TLS configuration, from tlswrap.NewClient.
	Layer *tlswrap.Layer
	// WaitHandshake makes Connect fire when the handshake is complete, or fail with the reason why it was not. When false it fires when the inner
	// connection is made, as in Twisted, and a bad certificate is the protocol's ConnectionLost.
	WaitHandshake bool
}

var _ Client = (*TLSClient)(nil)

// WrapClientTLS is TLSClient with a configuration; see tlswrap.OptionsForClientTLS for one.
func WrapClientTLS(cfg *tls.Config, inner Client) (*TLSClient, error) {
	layer, err := tlswrap.NewClient(tlswrap.Options{Config: cfg})
	if err != nil {
		return nil, err
	}
	return &TLSClient{Inner: inner, Layer: layer}, nil
}

// Connect connects the inner client and starts the handshake.
func (c *TLSClient) Connect(f protocol.Factory) *deferred.Deferred[protocol.Protocol] {
	if c.WaitHandshake {
		return c.connectAndWait(f)
	}
	return deferred.Then(c.Inner.Connect(c.Layer.Wrap(f)), func(p protocol.Protocol) (protocol.Protocol, error) {
		return unwrapped(p), nil
	})
}

func (c *TLSClient) connectAndWait(f protocol.Factory) *deferred.Deferred[protocol.Protocol] {
	waiting := &wrapFactory{inner: f, wrap: func(p protocol.Protocol) protocol.Protocol { return &handshakeWaiter{inner: p} }}
	return deferred.ThenD(c.Inner.Connect(c.Layer.Wrap(waiting)), func(p protocol.Protocol) *deferred.Deferred[protocol.Protocol] {
		return unwrapped(p).(*handshakeWaiter).wait()
	})
}

// A handshakeWaiter stands between TLS and a protocol to see the end of the handshake.
type handshakeWaiter struct {
	inner    protocol.Protocol
	t        protocol.Transport
	complete bool
	reason   error
	d        *deferred.Deferred[protocol.Protocol]
}

var _ protocol.HandshakeListener = (*handshakeWaiter)(nil)

func (w *handshakeWaiter) Unwrap() protocol.Protocol { return w.inner }

// wait is called when the connection has been made; the handshake may have ended meanwhile.
func (w *handshakeWaiter) wait() *deferred.Deferred[protocol.Protocol] {
	switch {
	case w.complete:
		return deferred.SucceedOn(w.t.Loop(), w.inner)
	case w.reason != nil:
		return deferred.FailOn[protocol.Protocol](w.t.Loop(), w.error())
	}
	w.d = deferred.NewCancellable(w.t.Loop(), func(d *deferred.Deferred[protocol.Protocol]) {
		w.d = nil
		w.t.AbortConnection()
		d.Errback(canceled(w.t.RemoteAddr().String(), deferred.ErrCancelled))
	})
	return w.d
}

func (w *handshakeWaiter) error() error {
	return &protocol.ConnectError{Class: protocol.ErrTLS, Addr: w.t.RemoteAddr().String(), Err: w.reason}
}

func (w *handshakeWaiter) ConnectionMade(t protocol.Transport) {
	w.t = t
	w.inner.ConnectionMade(t)
}

func (w *handshakeWaiter) DataReceived(t protocol.Transport, p []byte) { w.inner.DataReceived(t, p) }

func (w *handshakeWaiter) HandshakeCompleted(t protocol.Transport) {
	w.complete = true
	if l, ok := protocol.As[protocol.HandshakeListener](w.inner); ok {
		l.HandshakeCompleted(t)
	}
	if d := w.d; d != nil {
		w.d = nil
		d.Callback(w.inner)
	}
}

func (w *handshakeWaiter) ConnectionLost(t protocol.Transport, reason error) {
	w.reason = reason
	w.inner.ConnectionLost(t, reason)
	if d := w.d; d != nil {
		w.d = nil
		d.Errback(w.error())
	}
}

func parseTLSClient(r Reactor, a *Args) (Client, error) {
	a.Order("host", "port", "timeout", "bindAddress", "certificate", "privateKey", "trustRoots", "endpoint")
	a.Require("host", "port")
	inner := &Hostname{
		Reactor:      r,
		Host:         a.Text("host", ""),
		Port:         a.Int("port", 0),
		Timeout:      timeout(a),
		AttemptDelay: AttemptDelay,
		BindAddress:  a.Text("bindAddress", ""),
		Resolver:     a.reg.resolver(),
	}
	cert := a.Text("certificate", "")
	key := a.Text("privateKey", cert)
	roots := a.Text("trustRoots", "")
	nested := a.Has("endpoint")
	description := a.Text("endpoint", "")
	c := &TLSClient{Inner: inner, WaitHandshake: a.Bool("waitHandshake", false)}
	if err := a.Err(); err != nil {
		return nil, err
	}
	name, err := asciiName(inner.Host) // an IPv6 address is refused, as it always was
	if err != nil {
		a.Fail("host", err.Error(), nil)
		return nil, a.Err()
	}
	inner.Host = name
	if nested {
		if c.Inner, err = a.reg.ClientFromString(r, description); err != nil {
			a.Fail("endpoint", "", err)
			return nil, a.Err()
		}
	}
	opt := tlswrap.ClientOptions{Certificate: clientCertificate(a, "certificate", cert, key)}
	if roots != "" {
		if opt.Roots, err = rootsIn(roots); err != nil {
			a.Fail("trustRoots", "", err)
		}
	}
	cfg, err := tlswrap.OptionsForClientTLS(name, opt)
	return finishTLSClient(a, c, cfg, err)
}

func finishTLSClient(a *Args, c *TLSClient, cfg *tls.Config, err error) (Client, error) {
	if err == nil && a.err == nil {
		c.Layer, err = tlswrap.NewClient(tlswrap.Options{Config: cfg})
	}
	if err != nil {
		a.Fail("", "", err)
	}
	return c, a.Err()
}

// clientCertificate reads a client's certificate, or returns nil when none is named: a key alone is ignored.
func clientCertificate(a *Args, name, cert, key string) *tls.Certificate {
	if cert == "" {
		return nil
	}
	pair := keyPair(a, name, cert, "privateKey", key)
	return &pair
}

func parseSSLClient(r Reactor, a *Args) (Client, error) {
	orderHostPort(a)
	inner := tcpClient(r, a)
	cert := a.Text("certKey", "")
	key := a.Text("privateKey", cert)
	roots := a.Text("caCertsDir", "")
	hostname := a.Text("hostname", "")
	verify := a.Bool("verify", true)
	for _, name := range []string{"caCertsDir", "hostname"} {
		if v, ok := a.Keyword(name); ok && v == "" { // not the same as to say nothing: somebody wanted it to be verified
			a.Fail(name, "empty", nil)
		}
	}
	if err := a.Err(); err != nil {
		return nil, err
	}
	if !verify && (hostname != "" || roots != "") {
		a.Fail("verify", "contradicts hostname and caCertsDir", nil)
		return nil, a.Err()
	}
	opt := tlswrap.ClientOptions{Certificate: clientCertificate(a, "certKey", cert, key)}
	var err error
	if roots != "" {
		if opt.Roots, err = rootsIn(roots); err != nil {
			a.Fail("caCertsDir", "", err)
			return nil, a.Err()
		}
	}
	c := &TLSClient{Inner: inner}
	var cfg *tls.Config
	if hostname != "" {
		cfg, err = tlswrap.OptionsForClientTLS(hostname, opt)
		return finishTLSClient(a, c, cfg, err)
	}
	if roots == "" && verify {
		a.logger(r).Warn("endpoint: this TLS client verifies nothing: give hostname=, or caCertsDir=, or use tls:, or say verify=no", "description", a.text)
	}
	return finishTLSClient(a, c, unnamed(opt), nil)
}

// unnamed returns the configuration of a client that checks no name: the chain if there are roots, else nothing.
func unnamed(opt tlswrap.ClientOptions) *tls.Config {
	cfg := &tls.Config{MinVersion: tls.VersionTLS12, InsecureSkipVerify: true}
	if opt.Certificate != nil {
		cfg.Certificates = []tls.Certificate{*opt.Certificate}
	}
	if opt.Roots == nil {
		return cfg
	}
	cfg.VerifyConnection = func(s tls.ConnectionState) error {
		if len(s.PeerCertificates) == 0 {
			return &tls.CertificateVerificationError{Err: errors.New("no certificate")}
		}
		between := x509.NewCertPool()
		for _, c := range s.PeerCertificates[1:] {
			between.AddCert(c)
		}
		if _, err := s.PeerCertificates[0].Verify(x509.VerifyOptions{Roots: opt.Roots, Intermediates: between}); err != nil {
			return &tls.CertificateVerificationError{UnverifiedCertificates: s.PeerCertificates, Err: err}
		}
		return nil
	}
	return cfg
}
