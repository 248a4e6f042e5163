// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package tlswrap_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/core/tlswrap"
)

func TestHandshakeByteByByte(t *testing.T) {
	forEachVersion(t, func(t *testing.T, version uint16) {
		so, co := options(serverConfig(version)), options(clientConfig(version))
		so.Config.ClientAuth, so.Config.ClientCAs = tls.RequireAndVerifyClientCert, theirs().roots
		so.Config.NextProtos = []string{"h2", "imap"}
		co.Config.NextProtos = []string{"imap"}
		co.Config.Certificates = []tls.Certificate{theirs().client}
		d := &duo{serverLayer: server(t, so), clientLayer: client(t, co)}
		d.client.OnMade = func(tr protocol.Transport) {
			if _, ok := d.client.secured().ConnectionState(); ok {
				t.Error("ConnectionMade came after the handshake")
			}
			if _, err := d.client.secured().PeerCertificate(); err != tlswrap.ErrNoCertificate {
				t.Errorf("PeerCertificate before the handshake: %v", err)
			}
			tr.Write([]byte("early"))
		}
		d.server.OnData = func(tr protocol.Transport, p []byte) { tr.Write(bytes.ToUpper(p)) }
		d.connect(t, protocoltest.PairConfig{Policy: protocoltest.Bytewise})
		d.mustBeOpen(t)
		sameBytes(t, "echo", d.client.Data(), []byte("EARLY"))
		for name, e := range map[string]*end{"server": &d.server, "client": &d.client} {
			s, ok := e.secured().ConnectionState()
			if !ok || s.Version != version || e.secured().NegotiatedProtocol() != "imap" {
				t.Errorf("%s: %v, version %s, protocol %q", name, ok, tls.VersionName(s.Version), e.secured().NegotiatedProtocol())
			}
			peer, err := e.secured().PeerCertificate()
			if err != nil {
				t.Fatal(err)
			}
			host, err := e.secured().HostCertificate()
			if err != nil {
				t.Fatal(err)
			}
			want := []string{"server.test", "client.test"}
			if name == "server" {
				slices.Reverse(want)
			}
			if peer.Subject.CommonName != want[0] || host.Subject.CommonName != want[1] {
				t.Errorf("%s: the peer is %q, this side %q", name, peer.Subject.CommonName, host.Subject.CommonName)
			}
		}
		if n := d.serverLayer.Stats(); n.Completed != 1 || n.Failed != 0 || n.Resumed != 0 {
			t.Errorf("%+v", n)
		}
	})
}

// TestEverySplit cuts each delivery of a handshake, an exchange and a close in two, at all places in turn.
func TestEverySplit(t *testing.T) {
	forEachVersion(t, func(t *testing.T, version uint16) {
		sl, cl := server(t, options(serverConfig(version))), client(t, options(clientConfig(version)))
		longest := 1
		for at := 1; at <= longest; at += 1 + at/40 {
			var s, c end
			s.OnData = func(tr protocol.Transport, p []byte) { tr.Write(p) }
			c.OnMade = func(tr protocol.Transport) { tr.Write([]byte("hello")) }
			clock := protocoltest.NewClock()
			st, ct := protocoltest.NewStringTransport(), protocoltest.NewStringTransport()
			st.Clock, ct.Clock = clock, clock
			st.Connect(wrap(t, sl, &s))
			ct.Connect(wrap(t, cl, &c))
			feed := func(to *protocoltest.StringTransport, p string) {
				longest = max(longest, len(p))
				i := min(at, len(p))
				to.FeedString(p[:i])
				to.FeedString(p[i:])
			}
			for done := false; !done; {
				clock.Advance(0)
				a, b := st.Take(), ct.Take()
				feed(ct, a)
				feed(st, b)
				if c.Len() == 5 && c.Reason() == nil {
					c.Transport().LoseConnection()
				}
				done = a == "" && b == "" && clock.Posted() == 0 && !dueNow(clock)
			}
			if string(c.Data()) != "hello" || !errors.Is(c.Reason(), net.ErrClosed) || !errors.Is(s.Reason(), io.EOF) {
				t.Fatalf("cut at %d: %q, client lost by %v, server by %v", at, c.Data(), c.Reason(), s.Reason())
			}
		}
	})
}

// TestAgainstCryptoTLS has crypto/tls itself as the peer, over real sockets.
func TestAgainstCryptoTLS(t *testing.T) {
	dial := func(t *testing.T) (ours, theirs net.Conn) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		theirs, err = net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		ours, err = l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		return ours, theirs
	}
	forEachVersion(t, func(t *testing.T, version uint16) {
		for _, role := range []string{"server", "client"} {
			t.Run(role, func(t *testing.T) {
				nc, other := dial(t)
				want := pattern(300000)
				var e end
				e.OnData = func(tr protocol.Transport, p []byte) { tr.Write(p) }
				var peer *tls.Conn
				var p protocol.Protocol
				if role == "server" {
					peer = tls.Client(other, clientConfig(version))
					p = wrap(t, server(t, options(serverConfig(version))), &e)
				} else {
					peer = tls.Server(other, serverConfig(version))
					p = wrap(t, client(t, options(clientConfig(version))), &e)
				}
				got := make(chan []byte, 1)
				go func() { // ends with peer
					defer other.Close()
					defer close(got)
					if peer.HandshakeContext(context.Background()) != nil {
						return
					}
					go peer.Write(want) // ends with peer
					b := make([]byte, len(want))
					if _, err := io.ReadFull(peer, b); err != nil {
						return
					}
					peer.CloseWrite()
					rest, err := io.ReadAll(peer)
					if err == nil {
						got <- append(b, rest...)
					}
				}()
				bridge(t, nc, p)
				sameBytes(t, "echo", <-got, want)
				if !errors.Is(e.Reason(), io.EOF) || !errors.Is(e.Reason(), protocol.ErrConnectionDone) {
					t.Errorf("lost by %v", e.Reason())
				}
			})
		}
	})
}

func TestResumption(t *testing.T) {
	forEachVersion(t, func(t *testing.T, version uint16) {
		for _, disabled := range []bool{false, true} {
			cfg, err := tlswrap.CertificateOptions{Source: tlswrap.Static(&theirs().server), MaxVersion: version, DisableResumption: disabled}.Config()
			if err != nil {
				t.Fatal(err)
			}
			ccfg, err := tlswrap.OptionsForClientTLS("server.test", tlswrap.ClientOptions{Roots: theirs().roots})
			if err != nil {
				t.Fatal(err)
			}
			sl, cl := server(t, options(cfg)), client(t, options(ccfg))
			for i := range 2 {
				d := &duo{serverLayer: sl, clientLayer: cl}
				d.connect(t, protocoltest.PairConfig{})
				d.mustBeOpen(t)
				s, _ := d.client.secured().ConnectionState()
				if want := i == 1 && !disabled; s.DidResume != want {
					t.Errorf("connection %d, tickets disabled %v: resumed is %v", i, disabled, s.DidResume)
				}
				d.client.Transport().LoseConnection()
				d.settle()
			}
			want := int64(1)
			if disabled {
				want = 0
			}
			if n := sl.Stats(); n.Completed != 2 || n.Resumed != want {
				t.Errorf("%+v", n)
			}
		}
	})
}

// TestHandshakeFailures checks what both sides are told.
// TestHandshakeFailures: who is not who he should be (class 31), or speaks another protocol than this one (class 33, ALPACA), is refused, and both sides know why.
func TestHandshakeFailures(t *testing.T) {
	expired := serverConfig(0)
	expired.Certificates[0] = theirs().signAs(expiredTemplate, "server.test")
	strangers := func(t tls.Certificate) *tls.Config { return &tls.Config{Certificates: []tls.Certificate{t}} }
	protos := func(cfg *tls.Config, p ...string) *tls.Config { cfg.NextProtos = p; return cfg }
	named := func(cfg *tls.Config, name string) *tls.Config { cfg.ServerName = name; return cfg }
	mutual := serverConfig(0)
	mutual.ClientAuth, mutual.ClientCAs = tls.RequireAndVerifyClientCert, theirs().roots
	mutual12 := mutual.Clone()
	mutual12.MaxVersion = tls.VersionTLS12
	strict := func(o tlswrap.Options) tlswrap.Options { o.RequireALPN = true; return o }
	strictName := func(o tlswrap.Options) tlswrap.Options { o.RequireServerName = true; return o }
	unnamed := &tls.Config{InsecureSkipVerify: true}
	nameMap, err := tlswrap.NewNameMap(map[string]tlswrap.CertificateSource{"*.wild.test": tlswrap.Static(&theirs().server)}, nil)
	if err != nil {
		t.Fatal(err)
	}
	old := clientConfig(tls.VersionTLS11)
	old.MinVersion = tls.VersionTLS10

	for _, tt := range []struct {
		name           string
		server, client tlswrap.Options
		verification   bool   // the client finds *tls.CertificateVerificationError
		alert          uint8  // the one that the other side is told
		remoteAt       string // who is told
		text           string // in the reason of the side that found out
	}{
		{name: "wrong name", server: options(serverConfig(0)), client: options(named(clientConfig(0), "other.test")), verification: true, alert: 42, remoteAt: "server", text: "other.test"},
		{name: "wrong address", server: options(serverConfig(0)), client: options(named(clientConfig(0), "127.0.0.2")), verification: true, alert: 42, remoteAt: "server", text: "127.0.0.2"},
		{name: "expired", server: options(expired), client: options(clientConfig(0)), verification: true, alert: 42, remoteAt: "server", text: "expired"},
		{name: "unknown authority", server: options(strangers(stranger("server.test"))), client: options(clientConfig(0)), verification: true, alert: 42, remoteAt: "server", text: "unknown authority"},
		{name: "no client certificate", server: options(mutual), client: options(clientConfig(0)), alert: 116, remoteAt: "client", text: "certificate"},
		{name: "no client certificate 1.2", server: options(mutual12), client: options(clientConfig(0)), alert: 40, remoteAt: "client", text: "certificate"},
		{name: "old version", server: options(serverConfig(0)), client: options(old), alert: 70, remoteAt: "client", text: "unsupported versions"},
		{name: "no protocol in common", server: options(protos(serverConfig(0), "imap")), client: options(protos(clientConfig(0), "ftp")), alert: 120, remoteAt: "client", text: "ftp"},
		{name: "http/1.1 at h2", server: options(protos(serverConfig(0), "h2")), client: options(protos(clientConfig(0), "http/1.1")), alert: 120, remoteAt: "client", text: "http/1.1"},
		{name: "ALPN required of a client", server: strict(options(protos(serverConfig(0), "imap"))), client: options(clientConfig(0)), alert: 120, remoteAt: "client", text: "protocol"},
		{name: "ALPN required of a server", server: options(serverConfig(0)), client: strict(options(protos(clientConfig(0), "imap"))), alert: 42, remoteAt: "server", text: "protocol"},
		{name: "server name required", server: strictName(options(serverConfig(0))), client: options(unnamed), alert: 112, remoteAt: "client", text: "no server name"},
		{name: "server name unknown", server: strictName(options(serverConfig(0))), client: options(named(clientConfig(0), "other.test")), alert: 112, remoteAt: "client", text: "other.test"},
		{name: "name map without fallback", server: options(&tls.Config{GetCertificate: nameMap.GetCertificate}), client: options(clientConfig(0)), alert: 112, remoteAt: "client", text: "certificate"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := connect(t, tt.server, tt.client, protocoltest.PairConfig{})
			finder, told := &d.client, &d.server
			if tt.remoteAt == "client" {
				finder, told = told, finder
			}
			for _, e := range []*end{finder, told} {
				reason := e.Reason()
				if !errors.Is(reason, protocol.ErrTLS) || !errors.Is(reason, protocol.ErrConnectionLost) || errors.Is(reason, protocol.ErrConnectionDone) {
					t.Fatalf("lost by %v", reason)
				}
			}
			if !strings.Contains(finder.Reason().Error(), tt.text) {
				t.Errorf("%v does not tell %q", finder.Reason(), tt.text)
			}
			var verr *tls.CertificateVerificationError
			if errors.As(d.client.Reason(), &verr) != tt.verification {
				t.Errorf("client lost by %v", d.client.Reason())
			}
			var alert tls.AlertError
			var terr *tlswrap.Error
			if !errors.As(told.Reason(), &alert) || uint8(alert) != tt.alert || !errors.As(told.Reason(), &terr) || !terr.Remote {
				t.Errorf("told %v, want alert %d", told.Reason(), tt.alert)
			}
			if finder == &d.server && d.serverLayer.Stats().Failed != 1 {
				t.Errorf("%+v", d.serverLayer.Stats())
			}
		})
	}
}

// TestNamesAndStrictness: what RequireServerName and RequireALPN let pass (class 33).
func TestNamesAndStrictness(t *testing.T) {
	strict := options(serverConfig(0))
	strict.RequireServerName, strict.RequireALPN = true, true
	strict.Config.NextProtos = []string{"imap"}
	co := options(clientConfig(0))
	co.Config.ServerName, co.Config.NextProtos = "a.wild.test", []string{"ftp", "imap"}
	connect(t, strict, co, protocoltest.PairConfig{}).mustBeOpen(t)

	other := theirs().sign("exact.wild.test", "exact.test")
	m, err := tlswrap.NewNameMap(map[string]tlswrap.CertificateSource{
		"*.Wild.test": tlswrap.Static(&theirs().server),
		"exact.test":  tlswrap.Static(&other),
	}, tlswrap.Static(&theirs().server))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"exact.test": "exact.wild.test", "x.wild.test": "server.test", "127.0.0.1": "server.test"} {
		cfg := clientConfig(0)
		cfg.ServerName = name
		d := connect(t, options(&tls.Config{GetCertificate: m.GetCertificate}), options(cfg), protocoltest.PairConfig{})
		d.mustBeOpen(t)
		if c, _ := d.client.secured().PeerCertificate(); c.Subject.CommonName != want {
			t.Errorf("%s got the certificate of %q", name, c.Subject.CommonName)
		}
	}
}

type alpnFactory struct {
	protocol.Factory
	protos []string
}

func (f alpnFactory) AcceptableProtocols() []string { return f.protos }

func TestFactorySuppliesProtocols(t *testing.T) {
	co := options(clientConfig(0))
	co.Config.NextProtos = []string{"smtp"}
	for _, tt := range []struct {
		config, factory []string
		ok              bool
	}{
		{nil, []string{"smtp"}, true},
		{nil, []string{"imap"}, false},
		{[]string{"smtp"}, []string{"imap"}, true},
		{nil, nil, true},
	} {
		so := options(serverConfig(0))
		so.Config.NextProtos = tt.config
		var s, c end
		f, err := tlswrap.Server(so, alpnFactory{protocol.ForProtocol(func() *end { return &s }), tt.factory})
		if err != nil {
			t.Fatal(err)
		}
		sp, err := f.BuildProtocol(protocol.MemoryAddr("x"))
		if err != nil {
			t.Fatal(err)
		}
		pair := protocoltest.NewPair(sp, wrap(t, client(t, co), &c), protocoltest.PairConfig{Logger: quiet})
		settle(pair)
		if (s.handshakes == 1) != tt.ok {
			t.Errorf("config %q, factory %q: handshakes %d, %v", tt.config, tt.factory, s.handshakes, s.Reason())
		}
		if _, ok := protocol.As[*end](sp); !ok {
			t.Error("the inner protocol is not found by Unwrap")
		}
	}
}

func TestPinned(t *testing.T) {
	own := stranger("server.test")
	for _, tt := range []struct {
		name string
		cert tls.Certificate
		ok   bool
	}{{"the pinned one", own, true}, {"another of that name", stranger("server.test"), false}} {
		cfg, err := tlswrap.OptionsForClientTLS("server.test", tlswrap.ClientOptions{Pinned: leaves(own)})
		if err != nil {
			t.Fatal(err)
		}
		d := connect(t, options(&tls.Config{Certificates: []tls.Certificate{tt.cert}}), options(cfg), protocoltest.PairConfig{})
		if (d.client.handshakes == 1) != tt.ok {
			t.Errorf("%s: %v", tt.name, d.client.Reason())
		}
	}
	// A pinned authority does not vouch for others.
	cfg, err := tlswrap.OptionsForClientTLS("server.test", tlswrap.ClientOptions{Pinned: leaves(theirs().ca.TLS())})
	if err != nil {
		t.Fatal(err)
	}
	d := connect(t, options(serverConfig(0)), options(cfg), protocoltest.PairConfig{})
	if _, ok := errors.AsType[*tls.CertificateVerificationError](d.client.Reason()); !ok {
		t.Errorf("client lost by %v", d.client.Reason())
	}
}
