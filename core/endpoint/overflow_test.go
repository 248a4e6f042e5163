// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package endpoint_test

import (
	"errors"
	"runtime"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocoltest"
)

// outBound is what a flooder's connection may queue, outPiece one write.
const outBound, outPiece = 1 << 20, 32 << 10

// A flooder writes a piece in each turn of the loop, to a peer that does not read.
type flooder struct {
	protocol.Base
	producer bool          // it is one, and stops writing when it is paused
	total    int           // what a producer has to write
	stalled  chan struct{} // is closed when it is paused first
	lost     chan error

	t       protocol.Transport
	paused  bool
	pauses  int
	posted  bool
	written int
	most    int // that was queued at a time
}

func newFlooder(producer bool) *flooder {
	return &flooder{producer: producer, total: 16 << 20, stalled: make(chan struct{}), lost: make(chan error, 1)}
}

func (f *flooder) ConnectionMade(t protocol.Transport) {
	f.t = t
	b, ok := protocol.As[protocol.BufferedTransport](t)
	if !ok {
		panic("no BufferedTransport")
	}
	b.SetMaxBuffered(outBound)
	if f.producer {
		t.RegisterProducer(f, protocol.PushProducer)
	}
	f.post()
}

func (f *flooder) ConnectionLost(_ protocol.Transport, reason error) {
	f.t = nil
	f.lost <- reason
}

func (f *flooder) post() {
	if !f.posted {
		f.posted = true
		f.t.Loop().CallFromThread(f.write)
	}
}

func (f *flooder) write() {
	f.posted = false
	if f.t == nil || f.paused {
		return
	}
	if f.producer && f.written == f.total {
		f.t.UnregisterProducer()
		f.t.LoseConnection()
		return
	}
	n, err := f.t.Write(make([]byte, outPiece))
	f.written += n
	b, _ := protocol.As[protocol.BufferedTransport](f.t)
	f.most = max(f.most, b.Buffered())
	if err == nil {
		f.post()
	}
}

func (f *flooder) Pause() {
	f.paused = true
	if f.pauses++; f.pauses == 1 {
		close(f.stalled)
	}
}

func (f *flooder) Resume() {
	f.paused = false
	f.post()
}

func (f *flooder) Stop(error) {}

// silentClient connects a client that reads nothing until it is resumed.
func silentClient(t *testing.T, server, client string, f *flooder) (*protocoltest.Accumulating, func()) {
	t.Helper()
	r := running(t)
	port := listen(t, r, build(t, r, server), protocol.ForProtocol(func() protocol.Protocol { return f }))
	acc := &protocoltest.Accumulating{OnMade: func(tr protocol.Transport) { tr.Pause() }}
	if _, err := connect(t, r, buildClient(t, r, client, port), protocol.ForProtocol(func() protocol.Protocol { return acc })); err != nil {
		t.Fatal(err)
	}
	return acc, func() { r.CallFromThread(func() { acc.Transport().Resume() }) }
}

// TestReaderThatNeverReads (class 12): whatever the transport, without a producer the queue is bounded, and the bound ends the connection with an error that says so.
func TestReaderThatNeverReads(t *testing.T) {
	certFiles(t)
	for _, tt := range pairs(t) {
		t.Run(tt.name, func(t *testing.T) {
			if runtime.GOOS == "windows" && strings.Contains(tt.client, "waitHandshake") {
				t.Skip("a reset may overtake the end of the handshake there")
			}
			f := newFlooder(false)
			silentClient(t, tt.server, tt.client, f)
			select {
			case reason := <-f.lost:
				if !errors.Is(reason, protocol.ErrBufferOverflow) || !errors.Is(reason, protocol.ErrConnectionLost) {
					t.Errorf("lost by %v", reason)
				}
			case <-patience(t).Done():
				t.Fatal("there is no bound")
			}
			if f.most > outBound || f.written < outBound/2 {
				t.Errorf("%d bytes were queued at a time, %d written", f.most, f.written)
			}
		})
	}
}

// TestProducerForASlowReader (class 12): a producer is paused long before the bound, and all that it writes arrives when the peer reads at last.
func TestProducerForASlowReader(t *testing.T) {
	certFiles(t)
	for _, tt := range pairs(t) {
		t.Run(tt.name, func(t *testing.T) {
			f := newFlooder(true)
			acc, resume := silentClient(t, tt.server, tt.client, f)
			wait(t, f.stalled)
			resume()
			select {
			case reason := <-f.lost:
				if !errors.Is(reason, protocol.ErrConnectionDone) {
					t.Errorf("lost by %v", reason)
				}
			case <-patience(t).Done():
				t.Fatal("the producer is not resumed")
			}
			wait(t, acc.WhenLost())
			if n := acc.Len(); n != f.total || f.most > outBound/4 {
				t.Errorf("%d of %d bytes arrived; %d were queued at a time", n, f.total, f.most)
			}
		})
	}
}
