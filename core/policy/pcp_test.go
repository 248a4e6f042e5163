// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package policy_test

import (
	"bytes"
	"errors"
	"net"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/policy"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocoltest"
)

func shaped(t *testing.T) (*policy.ProducerConsumerProxy, *protocoltest.StringTransport) {
	t.Helper()
	s := protocoltest.NewStringTransport()
	s.Connect(&protocol.Base{})
	x, err := policy.NewProducerConsumerProxy(s.Clock, s)
	if err != nil {
		t.Fatal(err)
	}
	return x, s
}

// A producer is held up by the consumer, through the proxy's buffer; all bytes come, in order (in Twisted the port to bytes fails).
func TestProxyHoldsTheProducerUp(t *testing.T) {
	x, s := shaped(t)
	p := &source{t: s}
	if err := x.RegisterProducer(p, protocol.PushProducer); err != nil {
		t.Fatal(err)
	}
	if err := x.RegisterProducer(p, protocol.PushProducer); err != protocol.ErrProducerRegistered {
		t.Errorf("a second producer: %v", err)
	}
	s.Stalled = true
	var want []byte
	for i := range 3 {
		b := bytes.Repeat([]byte{byte('a' + i)}, 60000)
		want = append(want, b...)
		if n, err := x.Write(b); n != len(b) || err != nil {
			t.Fatal(n, err)
		}
	}
	if !p.paused {
		t.Error("the producer goes on though the consumer does not read")
	}
	x.UnregisterProducer()
	if _, err := x.Write([]byte("late")); !errors.Is(err, net.ErrClosed) {
		t.Errorf("after UnregisterProducer: %v", err)
	}
	s.Stalled = false
	for range 5 {
		s.Drain()
		s.Clock.Pump(0, 0)
	}
	if s.Value() != string(want) || s.HasProducer() {
		t.Errorf("%d of %d bytes, still a producer: %v", len(s.Value()), len(want), s.HasProducer())
	}
}

// The bucket cuts what is written at once, whether the producer pushes, is pulled, or there is none.
func TestProxyShapes(t *testing.T) {
	for name, mode := range map[string]*protocol.ProducerMode{"none": nil, "push": ptr(protocol.PushProducer), "pull": ptr(protocol.PullProducer)} {
		t.Run(name, func(t *testing.T) {
			x, s := shaped(t)
			x.Bucket, x.BufferSize = &policy.Bucket{Rate: 1000, Burst: 100}, 500
			p := &source{mode: protocol.PushProducer}
			if mode != nil {
				p.mode = *mode
				p.t = writesTo{s, x}
				if err := x.RegisterProducer(p, *mode); err != nil {
					t.Fatal(err)
				}
			} else {
				x.Write(make([]byte, 20000))
			}
			for range 1000 {
				if mode != nil {
					p.turn()
				}
				s.Clock.Pump(10*time.Millisecond, 0)
				if biggest := len(s.Writes()); biggest > 0 {
					for _, w := range s.Writes() {
						if len(w) > 100 {
							t.Fatalf("%d bytes at once", len(w))
						}
					}
				}
			}
			if n := len(s.Value()); n < 9500 || n > 10200 {
				t.Errorf("%d bytes in 10 s", n)
			}
			s.Lose(protocol.Aborted())
			s.Clock.Pump(0, 0)
			if mode != nil && p.stopped == nil {
				t.Error("the producer was not stopped")
			}
			if n := len(s.Clock.Calls()); n != 0 {
				t.Errorf("%d timers are left", n)
			}
		})
	}
}

func ptr[T any](v T) *T { return &v }

// writesTo is a transport whose writes go through a proxy.
type writesTo struct {
	protocol.Transport
	x *policy.ProducerConsumerProxy
}

func (w writesTo) Write(p []byte) (int, error) { return w.x.Write(p) }
