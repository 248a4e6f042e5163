// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package tlswrap_test

import (
	"crypto/tls"
	"errors"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/core/tlswrap"
)

// TestCloseTimeoutWithMoreThanTheTransportTakes has a peer that reads nothing while more waits than is encrypted ahead: closing has an end all the same.
func TestCloseTimeoutWithMoreThanTheTransportTakes(t *testing.T) {
	_, c := connected(t, tlswrap.Options{Config: serverConfig(0), Logger: quiet}, options(clientConfig(0)))
	c.raw.Stalled = true
	c.Transport().Write(make([]byte, 1<<20))
	c.Transport().LoseConnection()
	c.raw.Clock.Advance(0)
	c.raw.Clock.Advance(tlswrap.DefaultCloseTimeout - 1)
	if c.Reason() != nil {
		t.Fatalf("too early: %v", c.Reason())
	}
	c.raw.Clock.Advance(1)
	c.raw.Clock.Settle()
	mustLose(t, "client", &c.end, os.ErrDeadlineExceeded, protocol.ErrConnectionTimeout)
	if !c.raw.Aborted() {
		t.Error("not aborted")
	}
}

// TestSlowReaderHasTimeToTheEnd has a peer that takes much data slowly: each progress gives it the whole time again, and so does the end of the data.
func TestSlowReaderHasTimeToTheEnd(t *testing.T) {
	s, c := connected(t, options(serverConfig(0)), options(clientConfig(0)))
	c.raw.Stalled = true
	c.Transport().Write(pattern(1 << 20))
	c.Transport().LoseConnection()
	c.raw.Clock.Advance(0)
	for range 100 {
		if s.Len() == 1<<20 {
			break
		}
		c.raw.Clock.Advance(tlswrap.DefaultCloseTimeout - time.Millisecond)
		c.raw.Stalled = false
		c.raw.Drain()
		c.raw.Stalled = true
		s.raw.FeedString(c.raw.Take())
		if c.Reason() != nil {
			t.Fatalf("lost with %d bytes taken: %v", s.Len(), c.Reason())
		}
	}
	sameBytes(t, "server", s.Data(), pattern(1<<20))
	c.raw.Stalled = false
	c.raw.Drain()
	c.raw.Clock.Advance(tlswrap.DefaultCloseTimeout - time.Millisecond)
	if c.raw.Disconnecting() {
		t.Fatal("the peer's close_notify was not waited for")
	}
	shuttle(s, c)
	c.raw.Clock.Settle()
	mustLose(t, "client", &c.end, net.ErrClosed, protocol.ErrConnectionDone)
}

// connected returns both ends after the handshake.
func connected(t *testing.T, so, co tlswrap.Options) (s, c *byHand) {
	t.Helper()
	s, c = byHands(t, so, co)
	shuttle(s, c)
	if s.handshakes != 1 || c.handshakes != 1 {
		t.Fatalf("handshakes: %d, %d", s.handshakes, c.handshakes)
	}
	return s, c
}

// TestDataAfterCloseNotifyIsDropped: with TLS 1.3 a protocol.HalfCloser may go on writing after the peer's close_notify, and what the peer sends then is ignored
// (RFC 8446, section 6.1): it must not pile up.
func TestDataAfterCloseNotifyIsDropped(t *testing.T) {
	var s, c halfEnd
	sr, cr := protocoltest.NewStringTransport(), protocoltest.NewStringTransport()
	cr.Clock = sr.Clock
	sr.Connect(wrap(t, server(t, options(serverConfig(tls.VersionTLS13))), &s))
	cr.Connect(wrap(t, client(t, options(clientConfig(0))), &c))
	pass := func() {
		for range 10 {
			sr.Clock.Advance(0)
			sr.Clock.Settle()
			toServer, toClient := cr.Take(), sr.Take()
			sr.FeedString(toServer)
			cr.FeedString(toClient)
		}
	}
	pass()
	half, _ := protocol.As[protocol.HalfCloseTransport](c.Transport())
	half.LoseWriteConnection()
	pass()
	if s.reads != 1 {
		t.Fatalf("the server was told %d times of the end of stream: %v", s.reads, s.Reason())
	}
	junk := strings.Repeat("\x17\x03\x03\x40\x00"+strings.Repeat("x", 16384), 4)
	before := heap()
	for range 512 { // 32 MiB
		sr.FeedString(junk)
	}
	if grown := int64(heap()) - int64(before); grown > 8<<20 {
		t.Errorf("the heap has grown by %d MiB", grown>>20)
	}
	s.Transport().Write([]byte("still open"))
	s.Transport().LoseConnection()
	pass()
	sameBytes(t, "client", c.Data(), []byte("still open"))
	if !errors.Is(s.Reason(), protocol.ErrConnectionDone) {
		t.Errorf("the server lost by %v", s.Reason())
	}
}
