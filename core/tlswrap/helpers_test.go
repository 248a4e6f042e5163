// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package tlswrap_test

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log/slog"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/certificate"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/core/tlswrap"
)

var quiet = slog.New(slog.NewTextHandler(io.Discard, nil))

// A pki is an authority and what it has signed.
type pki struct {
	ca             *certificate.PrivateCertificate
	roots          *x509.CertPool
	server, client tls.Certificate
}

var theirs = sync.OnceValue(func() *pki {
	p := &pki{}
	key, err := certificate.GenerateKey()
	must(err)
	p.ca, err = key.SelfSigned(certificate.Template{Subject: certificate.DistinguishedName{CommonName: "Test CA"}, CA: true})
	must(err)
	p.roots = certificate.Pool(p.ca.Certificate)
	p.server = p.sign("server.test", "*.wild.test", "127.0.0.1")
	p.client = p.sign("client.test")
	return p
})

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func (p *pki) sign(names ...string) tls.Certificate {
	return p.signAs(certificate.Template{}, names...)
}

func (p *pki) signAs(t certificate.Template, names ...string) tls.Certificate {
	key, err := certificate.GenerateKey()
	must(err)
	req, err := key.Request(certificate.DistinguishedName{CommonName: names[0]}, names...)
	must(err)
	cert, err := p.ca.Sign(req, t, nil)
	must(err)
	priv, err := certificate.NewPrivate(cert, key)
	must(err)
	return priv.TLS()
}

// stranger is a certificate that nobody has signed but itself.
func stranger(name string) tls.Certificate {
	key, err := certificate.GenerateKey()
	must(err)
	cert, err := key.SelfSigned(certificate.Template{Subject: certificate.DistinguishedName{CommonName: name}, Names: []string{name}})
	must(err)
	return cert.TLS()
}

var expiredTemplate = certificate.Template{NotBefore: time.Now().Add(-48 * time.Hour), Validity: time.Hour}

func leaves(certs ...tls.Certificate) (l []*x509.Certificate) {
	for _, c := range certs {
		l = append(l, c.Leaf)
	}
	return l
}

func serverConfig(version uint16) *tls.Config {
	return &tls.Config{Certificates: []tls.Certificate{theirs().server}, MaxVersion: version}
}

func clientConfig(version uint16) *tls.Config {
	return &tls.Config{ServerName: "server.test", RootCAs: theirs().roots, MaxVersion: version}
}

func options(cfg *tls.Config) tlswrap.Options { return tlswrap.Options{Config: cfg, Logger: quiet} }

// forEachVersion runs f for both versions of TLS.
func forEachVersion(t *testing.T, f func(t *testing.T, version uint16)) {
	for _, v := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		t.Run(tls.VersionName(v), func(t *testing.T) { f(t, v) })
	}
}

// wrap makes the TLS protocol of one connection.
func wrap(t testing.TB, l *tlswrap.Layer, inner protocol.Protocol) protocol.Protocol {
	t.Helper()
	p, err := l.Wrap(protocol.ForProtocol(func() protocol.Protocol { return inner })).BuildProtocol(protocol.MemoryAddr("peer"))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func server(t testing.TB, opt tlswrap.Options) *tlswrap.Layer {
	t.Helper()
	l, err := tlswrap.NewServer(opt)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func client(t testing.TB, opt tlswrap.Options) *tlswrap.Layer {
	t.Helper()
	l, err := tlswrap.NewClient(opt)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// An end is a protocol that keeps what it receives.
type end struct {
	protocoltest.Accumulating
	onHandshake func(t protocol.Transport)
	handshakes  int
}

func (e *end) HandshakeCompleted(t protocol.Transport) {
	e.handshakes++
	if t != e.Transport() {
		panic("another transport")
	}
	if e.onHandshake != nil {
		e.onHandshake(t)
	}
}

// secured returns what TLS can tell.
func (e *end) secured() tlswrap.Transport {
	s, ok := protocol.As[tlswrap.Transport](e.Transport())
	if !ok {
		panic("no tlswrap.Transport")
	}
	return s
}

// A duo is a server and a client with TLS between them.
type duo struct {
	*protocoltest.Pair
	server, client           end
	serverLayer, clientLayer *tlswrap.Layer
}

func connect(t testing.TB, so, co tlswrap.Options, cfg protocoltest.PairConfig) *duo {
	t.Helper()
	d := &duo{serverLayer: server(t, so), clientLayer: client(t, co)}
	d.connect(t, cfg)
	return d
}

// connect connects the two ends and goes on until nothing is left to do.
func (d *duo) connect(t testing.TB, cfg protocoltest.PairConfig) {
	t.Helper()
	cfg.Logger = quiet
	d.Pair = protocoltest.NewPair(wrap(t, d.serverLayer, &d.server), wrap(t, d.clientLayer, &d.client), cfg)
	d.settle()
}

func (d *duo) settle() { settle(d.Pair) }

// settle goes on, without moving the time, until nothing is posted and no call is due.
func settle(p *protocoltest.Pair) {
	p.Flush()
	for step(p) {
		p.Flush()
	}
}

// step turns both loops once, calls that are due included, and reports whether there was anything to do.
func step(p *protocoltest.Pair) bool {
	did := p.Step() > 0
	for _, c := range []*protocoltest.Clock{p.ServerClock, p.ClientClock} {
		if calls := c.Calls(); len(calls) > 0 && !calls[0].Time().After(c.Now()) {
			c.Advance(0)
			did = true
		}
	}
	return did
}

// waitFor steps until done is closed, and reports whether it is.
func waitFor(p *protocoltest.Pair, done <-chan struct{}) bool {
	for {
		select {
		case <-done:
			return true
		default:
		}
		if !step(p) {
			select {
			case <-done:
				return true
			default:
				return false
			}
		}
	}
}

func (d *duo) mustBeOpen(t testing.TB) {
	t.Helper()
	if d.server.handshakes != 1 || d.client.handshakes != 1 {
		t.Fatalf("handshakes: server %d, %v; client %d, %v", d.server.handshakes, d.server.Reason(), d.client.handshakes, d.client.Reason())
	}
}

func pattern(n int) []byte {
	p := make([]byte, n)
	for i := range p {
		p[i] = byte(i ^ i>>8 ^ i>>16)
	}
	return p
}

// sameBytes compares without printing megabytes.
func sameBytes(t testing.TB, what string, got, want []byte) {
	t.Helper()
	if !bytes.Equal(got, want) {
		t.Errorf("%s: %d bytes, want %d, or they differ", what, len(got), len(want))
	}
}

// goroutines returns how many there are once those that are ending have ended.
func goroutines(want int) int {
	n := runtime.NumGoroutine()
	for i := 0; n > want && i < 1000; i++ {
		runtime.Gosched()
		n = runtime.NumGoroutine()
	}
	return n
}
