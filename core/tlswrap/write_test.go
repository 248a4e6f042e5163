// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package tlswrap_test

import (
	"bytes"
	"errors"
	"net"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocoltest"
)

// recordSizes returns the lengths of the records in wire.
func recordSizes(t testing.TB, wire string) (sizes []int) {
	t.Helper()
	for len(wire) > 0 {
		if len(wire) < 5 {
			t.Fatal("half a record")
		}
		n := 5 + int(wire[3])<<8 + int(wire[4])
		sizes = append(sizes, n-5)
		wire = wire[n:]
	}
	return sizes
}

func TestWritesOfOneTurnAreOneRecord(t *testing.T) {
	forEachVersion(t, func(t *testing.T, version uint16) {
		s, c := byHands(t, options(serverConfig(version)), options(clientConfig(version)))
		shuttle(s, c)
		for range 100 {
			c.Transport().Write([]byte("x"))
		}
		if out := c.raw.Take(); out != "" {
			t.Errorf("%d bytes left before the turn ended", len(out))
		}
		c.raw.Clock.Advance(0)
		out := c.raw.Take()
		if n := recordSizes(t, out); len(n) != 1 {
			t.Errorf("records of %v bytes", n)
		}
		// In a callback they leave when it returns.
		s.OnData = func(tr protocol.Transport, p []byte) {
			for i := range p {
				tr.WriteSequence([][]byte{p[i : i+1], []byte("-")})
			}
		}
		s.raw.FeedString(out)
		if n := recordSizes(t, s.raw.Value()); len(n) != 1 || len(s.raw.Writes()) != 1 {
			t.Errorf("answered by records of %v bytes in %d writes", n, len(s.raw.Writes()))
		}
		c.raw.FeedString(s.raw.Take())
		sameBytes(t, "client", c.Data(), bytes.Repeat([]byte("x-"), 100))
	})
}

func TestRecordsAreBounded(t *testing.T) {
	co := options(clientConfig(0))
	co.Config.DynamicRecordSizingDisabled = true
	s, c := byHands(t, options(serverConfig(0)), co)
	shuttle(s, c)
	want := pattern(60000)
	c.Transport().Write(want[:50000])
	c.Transport().Write(want[50000:])
	c.raw.Clock.Advance(0)
	out := c.raw.Take()
	for _, n := range recordSizes(t, out) {
		if n > 16384+256 {
			t.Errorf("a record of %d bytes", n)
		}
	}
	s.raw.FeedString(out)
	sameBytes(t, "server", s.Data(), want)
}

// TestGatherLimit: more than 64000 bytes do not wait for the end of the turn.
func TestGatherLimit(t *testing.T) {
	s, c := byHands(t, options(serverConfig(0)), options(clientConfig(0)))
	shuttle(s, c)
	for range 63 {
		c.Transport().Write(make([]byte, 1000))
	}
	if c.raw.Value() != "" {
		t.Error("sent at 63000 bytes")
	}
	c.Transport().Write(make([]byte, 1000))
	if c.raw.Value() == "" {
		t.Error("not sent at 64000 bytes")
	}
}

func TestProducersDuringTheHandshake(t *testing.T) {
	s, c := byHands(t, options(serverConfig(0)), options(clientConfig(0)))
	push := &counter{}
	c.Transport().RegisterProducer(push, protocol.PushProducer)
	c.Transport().Write(make([]byte, protocol.HighWater))
	if push.pauses != 0 {
		t.Error("paused at the mark")
	}
	c.Transport().Write([]byte("x"))
	if push.pauses != 1 || push.resumes != 0 {
		t.Errorf("above the mark: paused %d times, resumed %d times", push.pauses, push.resumes)
	}
	pull := &counter{}
	s.Transport().RegisterProducer(pull, protocol.PullProducer)
	s.Transport().Write([]byte("piece"))
	if pull.resumes != 1 {
		t.Errorf("a pull producer was asked %d times before the handshake", pull.resumes)
	}
	shuttle(s, c)
	if push.resumes != 1 || pull.resumes != 2 {
		t.Errorf("after the handshake: push resumed %d times, pull asked %d times", push.resumes, pull.resumes)
	}
	if s.Len() != protocol.HighWater+1 || string(c.Data()) != "piece" {
		t.Errorf("%d bytes and %q arrived", s.Len(), c.Data())
	}
}

type counter struct {
	pauses, resumes int
	stopped         error
	onResume        func()
}

func (c *counter) Pause() { c.pauses++ }
func (c *counter) Resume() {
	c.resumes++
	if c.onResume != nil {
		c.onResume()
	}
}
func (c *counter) Stop(reason error) { c.stopped = reason }

func TestOverflowDuringTheHandshake(t *testing.T) {
	s, c := byHands(t, options(serverConfig(0)), options(clientConfig(0)))
	b, _ := protocol.As[protocol.BufferedTransport](c.Transport())
	b.SetMaxBuffered(1000)
	c.Transport().Write(make([]byte, 1000))
	if b.Buffered() != 1000 {
		t.Errorf("Buffered is %d", b.Buffered())
	}
	if n, err := c.Transport().Write([]byte("x")); n != 0 || err != net.ErrClosed {
		t.Errorf("%d, %v", n, err)
	}
	c.raw.Clock.Settle()
	mustLose(t, "client", &c.end, protocol.ErrBufferOverflow)
	_ = s
}

// A source is a push producer of n bytes.
type source struct {
	t      protocol.Transport
	data   []byte
	sent   int
	paused bool
	most   int // the most that waited after a write
}

func (p *source) Pause() { p.paused = true }
func (p *source) Resume() {
	p.paused = false
	b, _ := protocol.As[protocol.BufferedTransport](p.t)
	for !p.paused && p.sent < len(p.data) {
		n := min(10000, len(p.data)-p.sent)
		p.t.Write(p.data[p.sent : p.sent+n])
		p.sent += n
		p.most = max(p.most, b.Buffered())
	}
	if p.sent == len(p.data) {
		p.t.UnregisterProducer()
	}
}
func (p *source) Stop(error) {}

// TestTransfersBothWays moves 10 MB each way, both sides held up by readers that pause now and then.
func TestTransfersBothWays(t *testing.T) {
	forEachVersion(t, func(t *testing.T, version uint16) {
		want := pattern(10 << 20)
		var sources []*source
		d := &duo{serverLayer: server(t, options(serverConfig(version))), clientLayer: client(t, options(clientConfig(version)))}
		for _, e := range []*end{&d.server, &d.client} {
			e.OnMade = func(tr protocol.Transport) {
				p := &source{t: tr, data: want}
				sources = append(sources, p)
				tr.RegisterProducer(p, protocol.PushProducer)
				p.Resume()
			}
			next := 1 << 20
			e.OnData = func(tr protocol.Transport, _ []byte) {
				if e.Len() > next {
					next += 1 << 20
					tr.Pause()
					tr.Loop().CallLater(time.Second, tr.Resume)
				}
			}
		}
		d.connect(t, protocoltest.PairConfig{})
		for range 30 {
			d.ServerClock.Advance(time.Second)
			d.settle()
		}
		sameBytes(t, "server", d.server.Data(), want)
		sameBytes(t, "client", d.client.Data(), want)
		for _, p := range sources {
			if p.most > protocol.HighWater+10000 {
				t.Errorf("%d bytes waited", p.most)
			}
		}
	})
}

// TestPullProducer makes pieces only when nothing waits.
func TestPullProducer(t *testing.T) {
	d := &duo{serverLayer: server(t, options(serverConfig(0))), clientLayer: client(t, options(clientConfig(0)))}
	made, finished := 0, errors.New("not called")
	d.server.OnMade = func(tr protocol.Transport) {
		b, _ := protocol.As[protocol.BufferedTransport](tr)
		protocol.Pull(tr, func(yield func([]byte, error) bool) {
			for i := range 50 {
				if n := b.Buffered(); n != 0 {
					t.Errorf("asked for piece %d while %d bytes wait", i, n)
				}
				made++
				if !yield(make([]byte, 100000), nil) {
					return
				}
			}
		}, func(err error) {
			finished = err
			tr.LoseConnection()
		})
	}
	d.client.OnMade = func(tr protocol.Transport) { tr.Pause() }
	d.connect(t, protocoltest.PairConfig{})
	if made < 1 || made > 3 {
		t.Errorf("%d pieces were made for a peer that does not read", made)
	}
	d.client.Transport().Resume()
	d.settle()
	if made != 50 || finished != nil || d.client.Len() != 5000000 {
		t.Errorf("%d pieces, %v, %d bytes", made, finished, d.client.Len())
	}
	mustLose(t, "server", &d.server, net.ErrClosed, protocol.ErrConnectionDone)
}

// TestPauseDuringTheHandshake: the handshake goes on, the data waits.
func TestPauseDuringTheHandshake(t *testing.T) {
	d := &duo{serverLayer: server(t, options(serverConfig(0))), clientLayer: client(t, options(clientConfig(0)))}
	d.server.OnMade = func(tr protocol.Transport) { tr.Pause() }
	d.client.OnMade = func(tr protocol.Transport) { tr.Write([]byte("hello")) }
	d.connect(t, protocoltest.PairConfig{})
	d.mustBeOpen(t)
	if d.server.Len() != 0 {
		t.Error("data was delivered while paused")
	}
	d.server.Transport().Resume()
	if d.server.Len() != 0 {
		t.Error("data was delivered inside Resume")
	}
	d.settle()
	sameBytes(t, "server", d.server.Data(), []byte("hello"))
}
