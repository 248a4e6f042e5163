// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package web_test

import (
	"bytes"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/web"
)

// sink is a transport to a client that takes everything at once.
type sink struct {
	clock *protocoltest.Clock
	n     int // bytes
	calls int
}

func (s *sink) Write(p []byte) (int, error) {
	s.n, s.calls = s.n+len(p), s.calls+1
	return len(p), nil
}
func (s *sink) WriteSequence(v [][]byte) (int, error) {
	for _, p := range v {
		s.n += len(p)
	}
	return 0, nil
}
func (s *sink) RegisterProducer(protocol.Producer, protocol.ProducerMode) error { return nil }
func (s *sink) UnregisterProducer()                                             {}
func (s *sink) Pause()                                                          {}
func (s *sink) Resume()                                                         {}
func (s *sink) Stop(error)                                                      {}
func (s *sink) LoseConnection()                                                 {}
func (s *sink) AbortConnection()                                                {}
func (s *sink) LocalAddr() net.Addr                                             { return protocol.MemoryAddr("server") }
func (s *sink) RemoteAddr() net.Addr                                            { return protocol.MemoryAddr("client") }
func (s *sink) Loop() protocol.Loop                                             { return s.clock }

var _ protocol.Transport = (*sink)(nil)

const plainGet = "GET /index.html HTTP/1.1\r\nHost: example.com\r\nUser-Agent: test\r\nAccept: */*\r\n\r\n"

func plain(r *web.Request) {
	r.ResponseHeader().Set("Content-Type", "text/plain")
	io.WriteString(r, "Hello, World!")
}

func newSink() (*sink, protocol.Protocol) {
	var tree web.Tree
	tree.PutChild("index.html", web.Get(plain))
	return newSinkOf(&tree)
}

func newSinkOf(root web.Resource) (*sink, protocol.Protocol) {
	s := &sink{clock: protocoltest.NewClock()}
	p, _ := web.NewSite(root, web.Config{Logger: quiet, Limits: web.Limits{Requests: 1 << 30}}).BuildProtocol(nil)
	p.ConnectionMade(s)
	return s, p
}

func TestAllocHello(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	s, p := newSink()
	in, turn := []byte(plainGet), byte(0)
	if n := testing.AllocsPerRun(200, func() { p.DataReceived(s, in) }); n > 1 {
		t.Errorf("%v allocations for a request like the one before, want 1: the Request", n)
	}
	other := func() {
		turn++
		in[len(in)-5] = '0' + turn%10
		p.DataReceived(s, in)
	}
	if n := testing.AllocsPerRun(200, other); n > 2 {
		t.Errorf("%v allocations for a request, want 2: the Request and the text of its head", n)
	}
	if s.n == 0 {
		t.Fatal("nothing was answered")
	}
}

func TestAllocReused(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	s := tcpSink{&sink{clock: protocoltest.NewClock()}}
	config := web.Config{Logger: quiet, AccessLog: web.CombinedLog(io.Discard), Limits: web.Limits{Requests: 1 << 30}, ReuseRequests: true}
	p, _ := web.NewSite(web.Func(plain), config).BuildProtocol(nil)
	p.ConnectionMade(s)
	in := []byte(strings.Replace(plainGet, "/index.html", "/", 1))
	for _, depth := range []int{1, 16} {
		in := bytes.Repeat(in, depth)
		before := s.n
		if n := testing.AllocsPerRun(200, func() { p.DataReceived(s, in) }); n > 0 {
			t.Errorf("%v allocations for %d requests, want 0", n, depth)
		}
		if s.n == before {
			t.Fatal("nothing was answered")
		}
	}
}

// Requests that arrive together share what is allocated for them.
func TestAllocPipelined(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	s, p := newSink()
	in := bytes.Repeat([]byte(plainGet), 16)
	if n := testing.AllocsPerRun(200, func() { p.DataReceived(s, in) }); n > 3 {
		t.Errorf("%v allocations for 16 requests, want 3: two for the Requests and one for the text of their heads", n)
	}
}

// tcpSink is a sink whose client has an address.
type tcpSink struct{ *sink }

var tcpClient = &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 4711}

func (tcpSink) RemoteAddr() net.Addr { return tcpClient }

// An access log allocates nothing.
func TestAllocCombinedLog(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	s := tcpSink{&sink{clock: protocoltest.NewClock()}}
	config := web.Config{Logger: quiet, AccessLog: web.CombinedLog(io.Discard), Limits: web.Limits{Requests: 1 << 30}}
	p, _ := web.NewSite(web.Get(plain), config).BuildProtocol(nil)
	p.ConnectionMade(s)
	in := []byte(strings.Replace(plainGet, "/index.html", "/", 1))
	if n := testing.AllocsPerRun(200, func() { p.DataReceived(s, in) }); n > 2 {
		t.Errorf("%v allocations for a logged request, want 2: the Request and the text of its head", n)
	}
}

func BenchmarkHello(b *testing.B) {
	s, p := newSink()
	in := []byte(plainGet)
	b.ReportAllocs()
	for b.Loop() {
		p.DataReceived(s, in)
	}
}

// The answers to requests that arrive together leave in one write.
func TestPipelinedAnswersInOneWrite(t *testing.T) {
	s, p := newSink()
	p.DataReceived(s, []byte(plainGet))
	one := s.n
	p.DataReceived(s, bytes.Repeat([]byte(plainGet), 16))
	if s.calls != 2 || s.n != 17*one {
		t.Errorf("%d writes of %d bytes, want 2 of %d", s.calls, s.n, 17*one)
	}
}

// BenchmarkHelloPipelined measures one of 16 requests that arrive together.
func BenchmarkHelloPipelined(b *testing.B) {
	s, p := newSink()
	in := bytes.Repeat([]byte(plainGet), 16)
	b.ReportAllocs()
	for i := 0; i < b.N; i += 16 {
		p.DataReceived(s, in)
	}
}
