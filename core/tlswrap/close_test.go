// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package tlswrap_test

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/core/tlswrap"
)

// A byHand is an end whose peer is played by hand: its raw transport is a StringTransport and bytes go back and forth by shuttle.
type byHand struct {
	raw *protocoltest.StringTransport
	end
}

// byHands connects a server and a client whose bytes only shuttle moves.
func byHands(t testing.TB, so, co tlswrap.Options) (s, c *byHand) {
	t.Helper()
	clock := protocoltest.NewClock()
	s = &byHand{raw: protocoltest.NewStringTransport()}
	c = &byHand{raw: protocoltest.NewStringTransport()}
	s.raw.Clock, c.raw.Clock = clock, clock
	s.raw.Connect(wrap(t, server(t, so), &s.end))
	c.raw.Connect(wrap(t, client(t, co), &c.end))
	return s, c
}

// shuttle carries what was written until nothing is.
func shuttle(s, c *byHand) {
	for {
		for s.raw.Clock.Posted() > 0 || dueNow(s.raw.Clock) {
			s.raw.Clock.Advance(0)
		}
		a, b := s.raw.Take(), c.raw.Take()
		if a == "" && b == "" {
			return
		}
		c.raw.FeedString(a)
		s.raw.FeedString(b)
	}
}

func mustLose(t testing.TB, what string, e *end, classes ...error) {
	t.Helper()
	if e.Reason() == nil {
		t.Fatalf("%s: not lost", what)
	}
	for _, c := range classes {
		if !errors.Is(e.Reason(), c) {
			t.Errorf("%s: lost by %v, which is not %v", what, e.Reason(), c)
		}
	}
}

func TestLoseConnectionWaitsForThePeersNotify(t *testing.T) {
	forEachVersion(t, func(t *testing.T, version uint16) {
		s, c := byHands(t, options(serverConfig(version)), options(clientConfig(version)))
		shuttle(s, c)
		c.Transport().Write([]byte("last words"))
		c.Transport().LoseConnection()
		if n, err := c.Transport().Write([]byte("late")); n != 0 || err != net.ErrClosed {
			t.Errorf("Write after LoseConnection: %d, %v", n, err)
		}
		c.raw.Clock.Advance(0)
		if c.raw.Disconnecting() {
			t.Fatal("closed without waiting for the peer's close_notify")
		}
		s.raw.FeedString(c.raw.Take())
		mustDisconnect(t, s.raw)
		sameBytes(t, "server", s.Data(), []byte("last words"))
		mustLose(t, "server", &s.end, io.EOF, protocol.ErrConnectionDone)
		c.raw.FeedString(s.raw.Take())
		mustDisconnect(t, c.raw)
		mustLose(t, "client", &c.end, net.ErrClosed, protocol.ErrConnectionDone)
	})
}

func mustDisconnect(t testing.TB, raw *protocoltest.StringTransport) {
	t.Helper()
	if !raw.Disconnecting() || raw.Aborted() {
		t.Fatalf("disconnecting %v, aborted %v", raw.Disconnecting(), raw.Aborted())
	}
	raw.Clock.Settle()
	if !raw.Disconnected() {
		t.Fatal("not disconnected")
	}
}

func TestCloseTimeout(t *testing.T) {
	co := options(clientConfig(0))
	co.CloseTimeout = 3 * time.Second
	s, c := byHands(t, options(serverConfig(0)), co)
	shuttle(s, c)
	c.Transport().LoseConnection()
	c.raw.Clock.Advance(0)
	c.raw.Clock.Advance(2999 * time.Millisecond)
	if c.raw.Disconnecting() {
		t.Fatal("closed too early")
	}
	c.raw.Clock.Advance(time.Millisecond)
	mustDisconnect(t, c.raw)
	mustLose(t, "client", &c.end, net.ErrClosed, protocol.ErrConnectionDone)
}

// TestCloseTimeoutOfAPeerThatTakesNothing has a peer that does not read the last data.
func TestCloseTimeoutOfAPeerThatTakesNothing(t *testing.T) {
	s, c := byHands(t, options(serverConfig(0)), options(clientConfig(0)))
	shuttle(s, c)
	c.raw.Stalled = true
	c.Transport().Write(make([]byte, 1000))
	c.Transport().LoseConnection()
	c.raw.Clock.Advance(0)
	c.raw.Clock.Advance(tlswrap.DefaultCloseTimeout)
	c.raw.Clock.Settle()
	mustLose(t, "client", &c.end, os.ErrDeadlineExceeded, protocol.ErrConnectionTimeout)
	if !c.raw.Aborted() {
		t.Error("not aborted")
	}
	_ = s
}

// TestFailureIsNotHeldUpByThePeer has a peer that breaks the protocol and then does not take the alert.
func TestFailureIsNotHeldUpByThePeer(t *testing.T) {
	s, c := byHands(t, options(serverConfig(0)), options(clientConfig(0)))
	shuttle(s, c)
	s.raw.Stalled = true
	s.raw.FeedString("\x17\x03\x03\x00\x20this is no record of any kind....")
	s.raw.Clock.Advance(0)
	if s.raw.Disconnected() || !s.raw.Disconnecting() {
		t.Fatalf("disconnected %v, disconnecting %v", s.raw.Disconnected(), s.raw.Disconnecting())
	}
	s.raw.Clock.Advance(tlswrap.DefaultCloseTimeout)
	s.raw.Clock.Settle()
	mustLose(t, "server", &s.end, protocol.ErrProtocolViolation, tls.AlertError(20))
	c.raw.FeedString(s.raw.Take())
	shuttle(s, c)
	mustLose(t, "client", &c.end, protocol.ErrConnectionLost, tls.AlertError(20))
}

func TestTruncation(t *testing.T) {
	forEachVersion(t, func(t *testing.T, version uint16) {
		for _, partial := range []bool{false, true} {
			so := options(serverConfig(version))
			s, c := byHands(t, so, options(clientConfig(version)))
			shuttle(s, c)
			c.Transport().Write([]byte("all"))
			c.Transport().Write([]byte(" that arrives"))
			c.raw.Clock.Advance(0)
			s.raw.FeedString(c.raw.Take())
			if partial {
				c.Transport().Write([]byte("cut off"))
				c.raw.Clock.Advance(0)
				out := c.raw.Take()
				s.raw.FeedString(out[:len(out)-1])
			}
			s.raw.FeedEOF()
			s.raw.Clock.Settle()
			sameBytes(t, "server", s.Data(), []byte("all that arrives"))
			mustLose(t, "server", &s.end, io.ErrUnexpectedEOF, protocol.ErrConnectionLost, protocol.ErrTLS)
			if errors.Is(s.Reason(), protocol.ErrConnectionDone) {
				t.Errorf("a clean end: %v", s.Reason())
			}
		}
	})
}

func TestTruncationDuringTheHandshake(t *testing.T) {
	for _, n := range []int{0, 3, 100} {
		s, c := byHands(t, options(serverConfig(0)), options(clientConfig(0)))
		s.raw.FeedString(c.raw.Take()[:n])
		s.raw.FeedEOF()
		s.raw.Clock.Settle()
		mustLose(t, "server", &s.end, io.ErrUnexpectedEOF, protocol.ErrConnectionLost)
	}
}

func TestLoseConnectionBeforeTheHandshake(t *testing.T) {
	s, _ := byHands(t, options(serverConfig(0)), options(clientConfig(0)))
	s.Transport().LoseConnection()
	s.raw.Clock.Settle()
	if !s.raw.Aborted() {
		t.Error("with nothing to send it is not aborted")
	}
	mustLose(t, "server", &s.end, net.ErrClosed, protocol.ErrConnectionAborted)

	s, c := byHands(t, options(serverConfig(0)), options(clientConfig(0)))
	c.Transport().Write([]byte("hello"))
	c.Transport().LoseConnection()
	shuttle(s, c)
	sameBytes(t, "server", s.Data(), []byte("hello"))
	mustLose(t, "server", &s.end, io.EOF)
	mustLose(t, "client", &c.end, net.ErrClosed, protocol.ErrConnectionDone)
}

// TestLoseConnectionWhilePaused: the peer's close_notify is seen although the protocol wanted no data.
func TestLoseConnectionWhilePaused(t *testing.T) {
	for _, early := range []bool{true, false} {
		d := &duo{serverLayer: server(t, options(serverConfig(0))), clientLayer: client(t, options(clientConfig(0)))}
		closeIt := func(tr protocol.Transport) {
			tr.Pause()
			tr.Write([]byte("bye"))
			tr.LoseConnection()
		}
		d.client.OnMade = func(tr protocol.Transport) { tr.Write(pattern(200000)) }
		if early {
			d.server.OnMade = closeIt
		} else {
			d.server.onHandshake = func(tr protocol.Transport) {
				tr.Pause()
				tr.Loop().CallLater(time.Second, func() { closeIt(tr) })
			}
		}
		d.connect(t, protocoltest.PairConfig{})
		d.ServerClock.Advance(time.Second)
		d.settle()
		mustLose(t, "server", &d.server, net.ErrClosed, protocol.ErrConnectionDone)
		mustLose(t, "client", &d.client, io.EOF)
		if d.server.Len() != 0 || string(d.client.Data()) != "bye" {
			t.Errorf("early %v: the server got %d bytes, the client %q", early, d.server.Len(), d.client.Data())
		}
	}
}

// TestPeersNotifyIsAnsweredAfterTheData: what a protocol writes in answer to the last data still goes out.
func TestPeersNotifyIsAnsweredAfterTheData(t *testing.T) {
	s, c := byHands(t, options(serverConfig(0)), options(clientConfig(0)))
	s.OnData = func(tr protocol.Transport, _ []byte) { tr.Write([]byte("answer")) }
	shuttle(s, c)
	half, _ := protocol.As[protocol.HalfCloseTransport](c.Transport())
	c.Transport().Write([]byte("question"))
	half.LoseWriteConnection()
	shuttle(s, c)
	sameBytes(t, "client", c.Data(), []byte("answer"))
	mustLose(t, "server", &s.end, io.EOF)
	mustLose(t, "client", &c.end, io.EOF)
}

type halfEnd struct {
	end
	reads, writes int
}

func (h *halfEnd) ReadConnectionLost(protocol.Transport)  { h.reads++ }
func (h *halfEnd) WriteConnectionLost(protocol.Transport) { h.writes++ }

// TestHalfCloseByVersion: TLS 1.2 has none, so a HalfCloser is treated like any other protocol there.
func TestHalfCloseByVersion(t *testing.T) {
	forEachVersion(t, func(t *testing.T, version uint16) {
		var s, c halfEnd
		pair := protocoltest.NewPair(wrap(t, server(t, options(serverConfig(version))), &s), wrap(t, client(t, options(clientConfig(version))), &c), protocoltest.PairConfig{Logger: quiet})
		settle(pair)
		h, _ := protocol.As[protocol.HalfCloseTransport](c.Transport())
		h.LoseWriteConnection()
		settle(pair)
		if version == tls.VersionTLS12 {
			mustLose(t, "server", &s.end, io.EOF)
			mustLose(t, "client", &c.end, io.EOF)
			return
		}
		if s.reads != 1 || s.Reason() != nil || c.writes != 1 || c.Reason() != nil {
			t.Fatalf("server: %d, %v; client: %d, %v", s.reads, s.Reason(), c.writes, c.Reason())
		}
		s.Transport().Write([]byte("still open"))
		settle(pair)
		sameBytes(t, "client", c.Data(), []byte("still open"))
		s.Transport().LoseConnection()
		settle(pair)
		mustLose(t, "server", &s.end, net.ErrClosed, protocol.ErrConnectionDone)
		mustLose(t, "client", &c.end, io.EOF)
	})
}

// TestCloseInsideHandshakeCompleted closes inside the callback.
func TestCloseInsideHandshakeCompleted(t *testing.T) {
	for name, f := range map[string]func(protocol.Transport){
		"abort": protocol.Transport.AbortConnection,
		"lose":  protocol.Transport.LoseConnection,
	} {
		t.Run(name, func(t *testing.T) {
			d := &duo{serverLayer: server(t, options(serverConfig(0))), clientLayer: client(t, options(clientConfig(0)))}
			d.client.OnMade = func(tr protocol.Transport) { tr.Write([]byte("hello")) }
			d.server.onHandshake = f
			d.connect(t, protocoltest.PairConfig{})
			mustLose(t, "server", &d.server, net.ErrClosed)
			if d.server.Len() != 0 {
				t.Error("data was delivered afterwards")
			}
			mustLose(t, "client", &d.client, protocol.ErrConnectionClosed)
		})
	}
}

func TestPanics(t *testing.T) {
	broken := errors.New("broken")
	for name, prepare := range map[string]func(d *duo, so *tlswrap.Options){
		"HandshakeCompleted": func(d *duo, _ *tlswrap.Options) {
			d.server.onHandshake = func(protocol.Transport) { panic(broken) }
		},
		"DataReceived": func(d *duo, _ *tlswrap.Options) {
			d.server.OnData = func(protocol.Transport, []byte) { panic(broken) }
		},
		"GetCertificate": func(_ *duo, so *tlswrap.Options) {
			so.Config.GetCertificate = func(*tls.ClientHelloInfo) (*tls.Certificate, error) { panic(broken) }
		},
		"DataReceived after Resume": func(d *duo, _ *tlswrap.Options) {
			d.server.OnMade = func(tr protocol.Transport) {
				tr.Pause()
				tr.Loop().CallLater(time.Second, tr.Resume)
			}
			d.server.OnData = func(protocol.Transport, []byte) { panic(broken) }
		},
	} {
		t.Run(name, func(t *testing.T) {
			so := options(serverConfig(0))
			d := &duo{clientLayer: client(t, options(clientConfig(0)))}
			prepare(d, &so)
			d.serverLayer = server(t, so)
			d.client.OnMade = func(tr protocol.Transport) { tr.Write([]byte("x")) }
			d.connect(t, protocoltest.PairConfig{})
			d.ServerClock.Advance(time.Second)
			d.settle()
			mustLose(t, "server", &d.server, broken, protocol.ErrConnectionLost)
			if _, ok := errors.AsType[*protocol.PanicError](d.server.Reason()); !ok {
				t.Errorf("server lost by %v", d.server.Reason())
			}
			mustLose(t, "client", &d.client, protocol.ErrConnectionLost)
		})
	}
}
