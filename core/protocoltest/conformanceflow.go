// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package protocoltest

import (
	"errors"
	"io"

	"github.com/torsion-go/torsion/core/protocol"
)

var flowRules = []rule{
	{"Pause stops delivery and Resume goes on", func(c *conformance) {
		c.client.OnData = func(t protocol.Transport, _ []byte) {
			if c.client.Len() < 1000 {
				return
			}
			c.client.OnData = nil
			t.Pause()
			c.client.Note("paused")
		}
		want := pattern(3 << 20)
		c.server.OnMade = func(t protocol.Transport) {
			for i := 0; i < len(want); i += 8192 {
				c.server.write(t, want[i:i+8192])
			}
		}
		c.connect()
		c.wait(c.client.WhenNoted("paused"), "the first data")
		n := c.client.Len()
		c.settle()
		if got := c.client.Len(); got != n {
			c.t.Errorf("%d bytes were delivered while paused", got-n)
		}
		c.client.run(func(t protocol.Transport) { t.Resume(); t.Resume() })
		c.client.receives(want)
	}},
	{"what came before the peer closed is delivered after Resume", func(c *conformance) {
		c.client.OnData = func(t protocol.Transport, _ []byte) {
			c.client.OnData = nil
			t.Pause()
			c.client.Note("paused")
		}
		want := pattern(40000)
		c.server.OnMade = func(t protocol.Transport) {
			for i := 0; i < len(want); i += 10000 {
				c.server.write(t, want[i:i+10000])
			}
			t.LoseConnection()
		}
		c.connect()
		c.wait(c.client.WhenNoted("paused"), "the first data")
		c.settle()
		c.client.run(func(t protocol.Transport) { t.Resume() })
		c.client.receives(want)
		c.client.loses(protocol.ErrConnectionDone, io.EOF)
	}},
	{"a push producer is paused when too much waits and resumed when nothing does", func(c *conformance) {
		c.server.OnMade = func(t protocol.Transport) { t.Pause() }
		c.connect()
		want := pattern(24 << 20)
		sent, paused, resumed := 0, false, make(chan struct{})
		awaited := 0 // the number of the Resume that closes resumed
		p := &producer{onPause: func() { paused = true }}
		c.client.run(func(t protocol.Transport) {
			p.onResume = func() {
				if b, ok := protocol.As[protocol.BufferedTransport](t); ok && b.Buffered() != 0 {
					c.t.Errorf("Resume was called with %d bytes waiting", b.Buffered())
				}
				paused = false
				if p.resumes == awaited {
					close(resumed)
				}
			}
			if err := t.RegisterProducer(p, protocol.PushProducer); err != nil {
				c.t.Errorf("RegisterProducer: %v", err)
			}
			if p.pauses+p.resumes != 0 {
				c.t.Errorf("registering paused %d times and resumed %d times", p.pauses, p.resumes)
			}
		})
		// Settling between the writes lets what the peer's end can hold leave, so that the pause is due to the peer.
		for calm, gone := 0, false; calm < 2; {
			c.client.run(func(t protocol.Transport) {
				if paused {
					if calm++; calm == 2 {
						awaited = p.resumes + 1
					}
					return
				}
				calm = 0
				for !paused && sent < len(want) {
					n := min(50000, len(want)-sent)
					c.client.write(t, want[sent:sent+n])
					sent += n
					if b, ok := protocol.As[protocol.BufferedTransport](t); ok && paused && b.Buffered() <= protocol.HighWater {
						c.t.Errorf("paused with %d bytes waiting", b.Buffered())
					} else if ok && !paused && b.Buffered() > protocol.HighWater {
						c.t.Errorf("not paused with %d bytes waiting", b.Buffered())
						paused = true
					}
				}
				gone = !paused
			})
			if gone {
				c.t.Fatalf("a peer that does not read let %d bytes go", sent)
			}
			c.settle()
		}
		c.server.run(func(t protocol.Transport) { t.Resume() })
		c.wait(resumed, "Resume of the producer")
		c.server.receives(want[:sent])
		c.client.run(func(t protocol.Transport) { t.UnregisterProducer() })
	}},
	{"a pull producer is asked once when it registers and once each time nothing waits", func(c *conformance) {
		c.connect()
		var want []byte
		p := &producer{}
		c.client.run(func(t protocol.Transport) {
			p.onResume = func() {
				if b, ok := protocol.As[protocol.BufferedTransport](t); ok && b.Buffered() != 0 {
					c.t.Errorf("Resume was called with %d bytes waiting", b.Buffered())
				}
				if p.resumes > 40 {
					t.UnregisterProducer()
					return
				}
				piece := pattern(p.resumes * 100)
				want = append(want, piece...)
				c.client.write(t, piece)
			}
			if err := t.RegisterProducer(p, protocol.PullProducer); err != nil {
				c.t.Errorf("RegisterProducer: %v", err)
			}
			if p.resumes != 1 {
				c.t.Errorf("asked %d times by RegisterProducer, want 1", p.resumes)
			}
		})
		c.wait(c.server.When(40*41/2*100), "all pieces")
		c.client.run(func(protocol.Transport) {})
		c.server.receives(want)
		c.settle()
		c.client.run(func(protocol.Transport) {
			if p.resumes != 41 || p.pauses != 0 || p.stopped != nil {
				c.t.Errorf("asked %d times, paused %d times, stopped with %v; want 41, 0, nil", p.resumes, p.pauses, p.stopped)
			}
		})
	}},
	{"a pull producer may answer later", func(c *conformance) {
		c.connect()
		p := &producer{}
		c.client.run(func(t protocol.Transport) { t.RegisterProducer(p, protocol.PullProducer) })
		c.settle()
		c.client.run(func(t protocol.Transport) {
			if p.resumes != 1 {
				c.t.Errorf("asked %d times before it wrote anything, want 1", p.resumes)
			}
			c.client.write(t, []byte("late"))
		})
		c.server.receives([]byte("late"))
		c.settle()
		c.client.run(func(t protocol.Transport) {
			if p.resumes != 2 {
				c.t.Errorf("asked %d times after one piece, want 2", p.resumes)
			}
			t.UnregisterProducer()
		})
	}},
	{"one producer at a time", func(c *conformance) {
		c.connect()
		var first, second producer
		c.client.run(func(t protocol.Transport) {
			t.UnregisterProducer() // without one it does nothing
			t.RegisterProducer(&first, protocol.PushProducer)
			if err := t.RegisterProducer(&second, protocol.PushProducer); err != protocol.ErrProducerRegistered {
				c.t.Errorf("the second: %v, want ErrProducerRegistered", err)
			}
			t.UnregisterProducer()
			if err := t.RegisterProducer(&second, protocol.PushProducer); err != nil {
				c.t.Errorf("after UnregisterProducer: %v", err)
			}
			t.UnregisterProducer()
		})
		if first.stopped != nil || second.stopped != nil {
			c.t.Error("UnregisterProducer or RegisterProducer stopped a producer")
		}
	}},
	{"a producer that registers on a full queue is paused", func(c *conformance) {
		c.server.OnMade = func(t protocol.Transport) { t.Pause() }
		c.connect()
		var p producer
		c.client.run(func(t protocol.Transport) {
			c.client.write(t, make([]byte, 15<<20))
			t.RegisterProducer(&p, protocol.PushProducer)
			if p.pauses == 0 {
				c.t.Error("not paused")
			}
			t.UnregisterProducer()
		})
	}},
	{"the producer is stopped when the connection is lost", func(c *conformance) {
		c.connect()
		var p producer
		c.client.run(func(t protocol.Transport) { t.RegisterProducer(&p, protocol.PushProducer) })
		c.server.run(func(t protocol.Transport) { t.LoseConnection() })
		c.client.loses(protocol.ErrConnectionDone)
		c.client.run(func(t protocol.Transport) {
			if !errors.Is(p.stopped, protocol.ErrConnectionDone) {
				c.t.Errorf("Stop got %v, want the reason of the loss", p.stopped)
			}
		})
	}},
	{"a write past the bound aborts the connection", func(c *conformance) {
		c.server.OnMade = func(t protocol.Transport) { t.Pause() }
		c.connect()
		refused := false
		for i := 0; !refused && i < 2000; i++ {
			c.client.run(func(t protocol.Transport) {
				b, ok := protocol.As[protocol.BufferedTransport](t)
				if !ok {
					c.t.Error("no BufferedTransport, so no bound")
					refused = true
					return
				}
				b.SetMaxBuffered(100000)
				n, err := t.Write(make([]byte, 65536))
				refused = err != nil
				if refused && n != 0 || b.Buffered() > 100000 {
					c.t.Errorf("Write returned %d, %v and %d bytes wait", n, err, b.Buffered())
				}
			})
		}
		if !refused {
			c.t.Fatal("everything was accepted")
		}
		c.client.loses(protocol.ErrBufferOverflow, protocol.ErrConnectionLost)
	}},
}
