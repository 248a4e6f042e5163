// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package protocoltest_test

import (
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocoltest"
)

func TestStringTransportCollects(t *testing.T) {
	tr := protocoltest.NewStringTransport()
	tr.Write([]byte("one"))
	tr.WriteSequence([][]byte{[]byte("two"), []byte("three")})
	if want := []string{"one", "twothree"}; tr.Value() != "onetwothree" || !slices.Equal(tr.Writes(), want) {
		t.Errorf("Value %q, Writes %q", tr.Value(), tr.Writes())
	}
	if got := tr.Take(); got != "onetwothree" || tr.Value() != "" || len(tr.Writes()) != 0 {
		t.Errorf("Take %q leaves %q", got, tr.Value())
	}
	if l, r := tr.LocalAddr().String(), tr.RemoteAddr().String(); l != "10.0.0.1:12345" || r != "192.168.1.1:54321" {
		t.Errorf("local %s, remote %s", l, r)
	}
}

func TestStringTransportDrivesAProtocol(t *testing.T) {
	lent := []byte(nil)
	p := &protocoltest.Accumulating{OnData: func(tr protocol.Transport, b []byte) {
		lent = b
		tr.Write(b)
	}}
	tr := protocoltest.NewStringTransport()
	tr.Connect(p)
	tr.FeedString("hello")
	if tr.Value() != "hello" || p.Transport() != tr {
		t.Errorf("Value %q, transport %v", tr.Value(), p.Transport())
	}
	if string(lent) == "hello" {
		t.Error("what was lent was not spoilt")
	}
	tr.Lose(protocol.Lost(io.ErrUnexpectedEOF))
	tr.Lose(protocol.Aborted())
	tr.FeedString("late")
	if want := []string{"made", "data", "lost"}; !slices.Equal(p.Events(), want) || !errors.Is(p.Reason(), io.ErrUnexpectedEOF) || !tr.Disconnected() {
		t.Errorf("events %q, reason %v, disconnected %v", p.Events(), p.Reason(), tr.Disconnected())
	}
}

func TestStringTransportClosing(t *testing.T) {
	for _, tt := range []struct {
		name    string
		end     func(tr *protocoltest.StringTransport)
		want    error
		aborted bool
	}{
		{"LoseConnection", func(tr *protocoltest.StringTransport) { tr.LoseConnection(); tr.LoseConnection() }, protocol.ErrConnectionDone, false},
		{"Stop", func(tr *protocoltest.StringTransport) { tr.Stop(nil) }, protocol.ErrConnectionDone, false},
		{"AbortConnection", func(tr *protocoltest.StringTransport) { tr.AbortConnection(); tr.AbortConnection() }, protocol.ErrConnectionAborted, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var p protocoltest.Accumulating
			tr := protocoltest.NewStringTransport()
			tr.Connect(&p)
			tt.end(tr)
			if !tr.Disconnecting() || tr.Disconnected() || tr.Aborted() != tt.aborted || tr.ProducerState() != protocoltest.Stopped {
				t.Errorf("disconnecting %v, disconnected %v, aborted %v, %v", tr.Disconnecting(), tr.Disconnected(), tr.Aborted(), tr.ProducerState())
			}
			tr.FeedString("unread")
			tr.Resume()
			if n, err := tr.Write([]byte("x")); n != 0 || !errors.Is(err, net.ErrClosed) {
				t.Errorf("Write returned %d, %v", n, err)
			}
			tr.Clock.Advance(0)
			if want := []string{"made", "lost"}; !slices.Equal(p.Events(), want) || !errors.Is(p.Reason(), tt.want) || !errors.Is(p.Reason(), net.ErrClosed) {
				t.Errorf("events %q, reason %v", p.Events(), p.Reason())
			}
			tr.Clock.Advance(0)
			if len(p.Events()) != 2 {
				t.Errorf("events %q", p.Events())
			}
		})
	}
}

func TestStringTransportPauses(t *testing.T) {
	p := &protocoltest.Accumulating{OnData: func(tr protocol.Transport, _ []byte) { tr.Pause() }}
	tr := protocoltest.NewStringTransport()
	tr.Connect(p)
	tr.FeedString("a")
	tr.FeedString("b")
	tr.FeedEOF()
	if string(p.Data()) != "a" || tr.ProducerState() != protocoltest.Paused {
		t.Fatalf("got %q, %v", p.Data(), tr.ProducerState())
	}
	tr.Resume()
	if string(p.Data()) != "a" {
		t.Fatal("delivered inside Resume")
	}
	tr.Clock.Advance(0)
	if string(p.Data()) != "ab" || p.Reason() != nil {
		t.Fatalf("got %q, lost by %v", p.Data(), p.Reason())
	}
	tr.Resume()
	tr.Clock.Advance(0)
	if !errors.Is(p.Reason(), io.EOF) {
		t.Errorf("lost by %v, want io.EOF", p.Reason())
	}
}

func TestStringTransportIsNotReentrant(t *testing.T) {
	tr := protocoltest.NewStringTransport()
	depth := 0
	p := &protocoltest.Accumulating{}
	p.OnData = func(protocol.Transport, []byte) {
		if depth++; depth > 1 {
			t.Error("DataReceived inside DataReceived")
		}
		if p.Len() == 1 {
			tr.FeedString("b")
			tr.Lose(protocol.Aborted())
		}
		depth--
	}
	tr.Connect(p)
	tr.FeedString("a")
	if p.Reason() != nil {
		t.Error("ConnectionLost inside DataReceived")
	}
	tr.Clock.Advance(0)
	if !errors.Is(p.Reason(), protocol.ErrConnectionAborted) {
		t.Errorf("lost by %v", p.Reason())
	}
}

type halfCloser struct{ protocoltest.Accumulating }

func (h *halfCloser) ReadConnectionLost(protocol.Transport)  { h.Note("read lost") }
func (h *halfCloser) WriteConnectionLost(protocol.Transport) { h.Note("write lost") }

func TestStringTransportHalfClose(t *testing.T) {
	var p halfCloser
	tr := protocoltest.NewStringTransport()
	tr.Connect(&p)
	tr.FeedString("x")
	tr.FeedEOF()
	tr.Write([]byte("answer"))
	tr.LoseWriteConnection()
	if n, _ := tr.Write([]byte("dropped")); n != 0 || !tr.WriteClosed() {
		t.Errorf("wrote %d, WriteClosed %v", n, tr.WriteClosed())
	}
	tr.Clock.Advance(0)
	if want := []string{"made", "data", "read lost", "write lost", "lost"}; !slices.Equal(p.Events(), want) || tr.Value() != "answer" {
		t.Errorf("events %q, Value %q", p.Events(), tr.Value())
	}
}

type producer struct {
	pauses, resumes int
	stopped         error
	onResume        func()
}

func (p *producer) Pause()            { p.pauses++ }
func (p *producer) Stop(reason error) { p.stopped = reason }
func (p *producer) Resume() {
	p.resumes++
	if p.onResume != nil {
		p.onResume()
	}
}

func TestStringTransportPushProducer(t *testing.T) {
	tr := protocoltest.NewStringTransport()
	tr.Connect(protocol.Base{})
	tr.Stalled = true
	var p producer
	tr.RegisterProducer(&p, protocol.PushProducer)
	tr.Write(make([]byte, protocol.HighWater))
	if p.pauses != 0 || !tr.Streaming() || !tr.HasProducer() {
		t.Errorf("paused %d times at the mark, streaming %v", p.pauses, tr.Streaming())
	}
	tr.Write([]byte("x"))
	tr.Clock.Advance(0)
	if p.pauses != 1 || p.resumes != 0 || tr.Buffered() != protocol.HighWater+1 {
		t.Errorf("paused %d, resumed %d times, %d bytes wait", p.pauses, p.resumes, tr.Buffered())
	}
	tr.Stalled = false
	tr.Drain()
	if p.resumes != 1 || tr.Buffered() != 0 {
		t.Errorf("resumed %d times, %d bytes wait", p.resumes, tr.Buffered())
	}
	tr.LoseConnection()
	tr.Clock.Advance(0)
	if tr.Disconnected() {
		t.Error("lost while a producer is registered")
	}
	tr.Write([]byte("last"))
	tr.UnregisterProducer()
	tr.Clock.Advance(0)
	if !tr.Disconnected() || p.stopped != nil || !strings.HasSuffix(tr.Value(), "last") {
		t.Errorf("disconnected %v, stopped by %v", tr.Disconnected(), p.stopped)
	}
}

func TestStringTransportPullProducer(t *testing.T) {
	tr := protocoltest.NewStringTransport()
	digits := &protocoltest.NonStreamingProducer{Consumer: tr}
	tr.RegisterProducer(digits, protocol.PullProducer)
	tr.RegisterProducer(digits, protocol.PullProducer) // is refused
	if tr.Value() != "0" {
		t.Errorf("wrote %q at once", tr.Value())
	}
	for range 20 {
		tr.Clock.Advance(0)
	}
	if tr.Value() != "0123456789" || tr.HasProducer() {
		t.Errorf("wrote %q, producer left: %v", tr.Value(), tr.HasProducer())
	}
}

func TestStringTransportBound(t *testing.T) {
	var p protocoltest.Accumulating
	tr := protocoltest.NewStringTransport()
	tr.Connect(&p)
	tr.Stalled = true
	tr.SetMaxBuffered(10)
	tr.Write(make([]byte, 10))
	if n, err := tr.Write([]byte("x")); n != 0 || !errors.Is(err, net.ErrClosed) || p.Reason() != nil {
		t.Errorf("Write past the bound returned %d, %v; lost by %v", n, err, p.Reason())
	}
	tr.Clock.Advance(0)
	if !errors.Is(p.Reason(), protocol.ErrBufferOverflow) {
		t.Errorf("lost by %v", p.Reason())
	}
}

func TestStringTransportTCPOptions(t *testing.T) {
	tr := protocoltest.NewStringTransport()
	tcp, ok := protocol.As[protocol.TCPTransport](protocol.Transport(tr))
	if !ok {
		t.Fatal("no TCPTransport")
	}
	tcp.SetNoDelay(true)
	tcp.SetKeepAlive(time.Minute)
	noDelay, _ := tcp.NoDelay()
	keepAlive, _ := tcp.KeepAlive()
	if !noDelay || !keepAlive {
		t.Errorf("NoDelay %v, KeepAlive %v", noDelay, keepAlive)
	}
}

// A layer on a StringTransport: what the protocol writes by the transport that it kept goes through the layer.
type rot struct {
	protocol.Transport
	self  protocol.Transport
	inner protocol.Protocol
}

func rotate(p []byte) []byte {
	q := make([]byte, len(p))
	for i, b := range p {
		q[i] = b ^ 1
	}
	return q
}

func (l *rot) Write(p []byte) (int, error)                 { return l.Transport.Write(rotate(p)) }
func (l *rot) ConnectionMade(protocol.Transport)           {}
func (l *rot) DataReceived(_ protocol.Transport, p []byte) { l.inner.DataReceived(l.self, rotate(p)) }
func (l *rot) ConnectionLost(_ protocol.Transport, reason error) {
	l.inner.ConnectionLost(l.self, reason)
}
func (l *rot) build(raw, self protocol.Transport, inner protocol.Protocol) (protocol.Protocol, protocol.Transport, error) {
	l.Transport, l.self, l.inner = raw, self, inner
	return l, l, nil
}

func TestStringTransportInterpose(t *testing.T) {
	var p protocoltest.Accumulating
	tr := protocoltest.NewStringTransport()
	tr.Connect(&p)
	tr.Write([]byte("ab"))
	kept := p.Transport()
	i, _ := protocol.As[protocol.Interposer](kept)
	layer := new(rot)
	if err := i.Interpose(layer.build); err != nil {
		t.Fatal(err)
	}
	kept.Write([]byte("ab"))
	tr.Feed(rotate([]byte("plain")))
	if tr.Value() != "ab"+string(rotate([]byte("ab"))) || string(p.Data()) != "plain" {
		t.Errorf("Value %q, received %q", tr.Value(), p.Data())
	}
	if err := i.Interpose(layer.build); err == nil {
		t.Error("a layer that is no Interposer took another")
	}
	kept.(protocol.HalfCloseTransport).LoseWriteConnection() // the layer cannot: the whole connection goes
	tr.Clock.Advance(0)
	if !errors.Is(p.Reason(), protocol.ErrConnectionDone) {
		t.Errorf("lost by %v", p.Reason())
	}
}

// A greedy layer takes producers and never holds them up.
type greedy struct{ rot }

func (l *greedy) RegisterProducer(protocol.Producer, protocol.ProducerMode) error { return nil }

func TestAPausedProducerGoesOnAboveALayerThatHasRoom(t *testing.T) {
	tr := protocoltest.NewStringTransport()
	tr.Connect(protocol.Base{})
	var p producer
	tr.RegisterProducer(&p, protocol.PushProducer)
	tr.Write(make([]byte, protocol.HighWater+1))
	layer := new(greedy)
	err := tr.Interpose(func(raw, self protocol.Transport, inner protocol.Protocol) (protocol.Protocol, protocol.Transport, error) {
		layer.build(raw, self, inner)
		return layer, layer, nil
	})
	if err != nil || p.pauses != 1 || p.resumes != 1 {
		t.Errorf("%v, paused %d times, resumed %d times; want nil, 1, 1", err, p.pauses, p.resumes)
	}
}

func TestStringTransportMisuse(t *testing.T) {
	for name, f := range map[string]func(tr *protocoltest.StringTransport){
		"Feed":    func(tr *protocoltest.StringTransport) { tr.FeedString("x") },
		"FeedEOF": func(tr *protocoltest.StringTransport) { tr.FeedEOF() },
		"Connect": func(tr *protocoltest.StringTransport) { tr.Connect(protocol.Base{}); tr.Connect(protocol.Base{}) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			f(protocoltest.NewStringTransport())
		})
	}
}

func TestLineSending(t *testing.T) {
	p := &protocoltest.LineSending{Lines: []string{"one", "two"}}
	tr := protocoltest.NewStringTransport()
	tr.Connect(p)
	if tr.Value() != "one\r\ntwo\r\n" || !tr.Disconnecting() {
		t.Errorf("wrote %q, disconnecting %v", tr.Value(), tr.Disconnecting())
	}
	p = &protocoltest.LineSending{Keep: true}
	tr = protocoltest.NewStringTransport()
	tr.Connect(p)
	tr.FeedString("answer")
	if tr.Disconnecting() || string(p.Data()) != "answer" {
		t.Errorf("disconnecting %v, received %q", tr.Disconnecting(), p.Data())
	}
}
