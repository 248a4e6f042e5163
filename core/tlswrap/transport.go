// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package tlswrap

import (
	"crypto/tls"
	"crypto/x509"
	"net"

	"github.com/torsion-go/torsion/core/internal/memory"
	"github.com/torsion-go/torsion/core/protocol"
)

// A Transport is what a TLS connection can tell; find it with protocol.As[tlswrap.Transport]. Twisted: ISSLTransport, INegotiated. Loop only.
type Transport interface {
	// ConnectionState returns crypto/tls's account of the connection: version, cipher suite, server name, chains, resumption. ok is false until the handshake is
	// complete.
	ConnectionState() (state tls.ConnectionState, ok bool)
	// PeerCertificate returns the peer's certificate, or ErrNoCertificate.
	PeerCertificate() (*x509.Certificate, error)
	// HostCertificate returns the certificate that this side showed, or ErrNoCertificate: also on a resumed session, where none is shown, and where
	// GetConfigForClient chose a configuration of its own.
	HostCertificate() (*x509.Certificate, error)
	// NegotiatedProtocol returns the application protocol that both sides chose by ALPN, or "" if there is none.
	NegotiatedProtocol() string
}

// An upper is a conn as the inner protocol holds it: the Transport that a further layer can be put on.
type upper struct {
	memory.Face
	conn conn
}

// top returns the innermost TLS layer, whose peer is the one that the protocol speaks to.
func (u *upper) top() Transport {
	if t, ok := protocol.As[Transport](u.Face.Unwrap()); ok {
		return t
	}
	return &u.conn
}

func (u *upper) ConnectionState() (tls.ConnectionState, bool) { return u.top().ConnectionState() }
func (u *upper) PeerCertificate() (*x509.Certificate, error)  { return u.top().PeerCertificate() }
func (u *upper) HostCertificate() (*x509.Certificate, error)  { return u.top().HostCertificate() }
func (u *upper) NegotiatedProtocol() string                   { return u.top().NegotiatedProtocol() }

// Unwrap returns the layer on this one, or the raw transport, for abilities such as protocol.TCPTransport.
func (u *upper) Unwrap() protocol.Transport {
	if t := u.Face.Unwrap(); t != nil {
		return t
	}
	return u.conn.raw
}

// ConnectionState returns the state once the handshake is complete.
func (c *conn) ConnectionState() (tls.ConnectionState, bool) {
	if c.tls == nil || c.hs != nil {
		return tls.ConnectionState{}, false
	}
	s := c.tls.ConnectionState()
	return s, s.HandshakeComplete
}

// PeerCertificate returns the peer's leaf certificate.
func (c *conn) PeerCertificate() (*x509.Certificate, error) {
	s, ok := c.ConnectionState()
	if !ok || len(s.PeerCertificates) == 0 {
		return nil, ErrNoCertificate
	}
	return s.PeerCertificates[0], nil
}

// HostCertificate returns this side's leaf certificate.
func (c *conn) HostCertificate() (*x509.Certificate, error) {
	if _, ok := c.ConnectionState(); !ok || c.host == nil {
		return nil, ErrNoCertificate
	}
	return leafOf(c.host)
}

// NegotiatedProtocol returns ALPN's result.
func (c *conn) NegotiatedProtocol() string {
	s, _ := c.ConnectionState()
	return s.NegotiatedProtocol
}

func leafOf(cert *tls.Certificate) (*x509.Certificate, error) {
	switch {
	case cert.Leaf != nil:
		return cert.Leaf, nil
	case len(cert.Certificate) == 0:
		return nil, ErrNoCertificate
	}
	return x509.ParseCertificate(cert.Certificate[0])
}

// Pause stops the delivery of data. The handshake goes on.
func (c *conn) Pause() {
	c.guard.Check("tlswrap: Transport.Pause")
	if c.closing || c.paused || c.state >= ended {
		return
	}
	c.paused = true
	if c.state == open {
		c.raw.Pause()
	}
}

// Resume starts it again, with what has arrived meanwhile.
func (c *conn) Resume() {
	c.guard.Check("tlswrap: Transport.Resume")
	if !c.paused || c.closing || c.state >= ended {
		return
	}
	c.paused = false
	if c.state != open {
		return
	}
	c.raw.Resume()
	if !c.pumping {
		c.wantPump = true
		c.armOutside()
	}
}

// LocalAddr returns raw's.
func (c *conn) LocalAddr() net.Addr { return c.raw.LocalAddr() }

// RemoteAddr returns raw's.
func (c *conn) RemoteAddr() net.Addr { return c.raw.RemoteAddr() }

// Loop returns raw's.
func (c *conn) Loop() protocol.Loop { return c.raw.Loop() }

var (
	_ protocol.Transport                     = (*upper)(nil)
	_ protocol.BufferedTransport             = (*upper)(nil)
	_ protocol.HalfCloseTransport            = (*upper)(nil)
	_ protocol.Interposer                    = (*upper)(nil)
	_ protocol.Unwrapper[protocol.Transport] = (*upper)(nil)
	_ Transport                              = (*upper)(nil)
)
