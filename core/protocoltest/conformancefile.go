// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package protocoltest

import (
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"

	"github.com/torsion-go/torsion/core/protocol"
)

// file returns an open file with the contents.
func (c *conformance) file(contents []byte) *os.File {
	c.t.Helper()
	path := filepath.Join(c.t.TempDir(), "file")
	if err := os.WriteFile(path, contents, 0o600); err != nil {
		c.t.Fatal(err)
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() { f.Close() })
	return f
}

// sendsFiles connects, and skips the rule where the client's transport does not send files.
func (c *conformance) sendsFiles() {
	c.t.Helper()
	f := c.file([]byte("x"))
	c.connect()
	skip := false
	c.client.run(func(t protocol.Transport) {
		s, ok := protocol.As[protocol.FileSender](t)
		skip = !ok || errors.Is(s.SendFile(f, 0, 0, nil), errors.ErrUnsupported)
	})
	if skip {
		c.end()
		c.t.Skip("no FileSender")
	}
}

// A sending is the outcome of a SendFile. Its fields belong to the loop.
type sending struct {
	calls int
	sent  int64
	err   error
}

// sendFile sends and returns where the outcome will be. Each outcome is noted by the client as "sent".
func (c *conformance) sendFile(t protocol.Transport, f *os.File, offset, n int64) *sending {
	s, _ := protocol.As[protocol.FileSender](t)
	out := &sending{}
	if err := s.SendFile(f, offset, n, func(sent int64, err error) {
		if c.client.inside.Load() || !t.Loop().OnLoop() || c.client.Reason() != nil {
			c.t.Error("done was called inside a callback or a call on the transport, off the loop, or after ConnectionLost")
		}
		out.calls++
		out.sent, out.err = sent, err
		c.client.Note("sent")
	}); err != nil {
		c.t.Errorf("SendFile of %d bytes from %d: %v", n, offset, err)
	}
	return out
}

// sent checks an outcome, on the loop.
func (c *conformance) sent(s *sending, n int64, class error) {
	c.t.Helper()
	c.client.run(func(protocol.Transport) {
		if s.calls != 1 || n >= 0 && s.sent != n || !errors.Is(s.err, class) {
			c.t.Errorf("done was called %d times, with %d, %v; want %d, %v", s.calls, s.sent, s.err, n, class)
		}
	})
}

var fileRules = []rule{
	{"a file leaves between what is written before and after", func(c *conformance) {
		c.sendsFiles()
		contents := pattern(300000)
		f := c.file(contents)
		big := pattern(100000)
		var want []byte
		var outcomes []*sending
		c.client.run(func(t protocol.Transport) {
			write := func(p []byte) {
				c.client.write(t, p)
				want = append(want, p...)
			}
			send := func(offset, n int) {
				outcomes = append(outcomes, c.sendFile(t, f, int64(offset), int64(n)))
				want = append(want, contents[offset:offset+n]...)
			}
			write([]byte("head"))
			send(0, len(contents))
			write(big)
			send(1, 1)
			send(7, 0)
			send(100, 20000)
			write([]byte("tail"))
			send(0, 16384)
		})
		c.server.receives(want)
		c.client.run(func(t protocol.Transport) {
			c.client.write(t, []byte("end"))
			outcomes = append(outcomes, c.sendFile(t, f, 0, 0))
		})
		c.server.receives(append(want, "end"...))
		c.settle()
		for i, n := range []int64{300000, 1, 0, 20000, 16384, 0} {
			c.sent(outcomes[i], n, nil)
		}
		if offset, err := f.Seek(0, io.SeekCurrent); offset != 0 || err != nil {
			c.t.Errorf("the file's own offset is %d, %v", offset, err)
		}
	}},
	{"a file larger than the network holds waits for the peer", func(c *conformance) {
		c.server.OnMade = func(t protocol.Transport) { t.Pause() }
		c.sendsFiles()
		contents := pattern(24 << 20)
		f := c.file(contents)
		var first, second *sending
		p := &producer{}
		c.client.run(func(t protocol.Transport) {
			p.onResume = func() {
				if b, ok := protocol.As[protocol.BufferedTransport](t); ok && b.Buffered() != 0 {
					c.t.Errorf("Resume was called with %d bytes waiting", b.Buffered())
				}
				c.client.Note("resumed")
			}
			t.RegisterProducer(p, protocol.PushProducer)
			first = c.sendFile(t, f, 0, int64(len(contents)))
			if p.pauses == 0 {
				c.t.Error("the producer was not paused")
			}
			c.client.write(t, []byte("middle"))
			second = c.sendFile(t, f, 5, 70000)
			if b, ok := protocol.As[protocol.BufferedTransport](t); ok && b.Buffered() != len(contents)+6+70000 {
				c.t.Errorf("%d bytes wait", b.Buffered())
			}
		})
		c.settle()
		c.client.run(func(t protocol.Transport) {
			if first.calls+second.calls+p.resumes > 0 {
				c.t.Error("all was sent to a peer that does not read")
			}
		})
		c.server.run(func(t protocol.Transport) { t.Resume() })
		want := append(slices.Concat(contents, []byte("middle")), contents[5:70005]...)
		c.server.receives(want)
		c.wait(c.client.WhenNoted("resumed"), "Resume of the producer")
		c.sent(first, int64(len(contents)), nil)
		c.sent(second, 70000, nil)
		c.client.run(func(t protocol.Transport) {
			c.client.write(t, []byte("more"))
			t.UnregisterProducer()
		})
		c.server.receives(append(want, "more"...))
	}},
	{"a pull producer goes on behind a file", func(c *conformance) {
		c.sendsFiles()
		contents := pattern(200000)
		f := c.file(contents)
		var want []byte
		p := &producer{}
		c.client.run(func(t protocol.Transport) {
			p.onResume = func() {
				switch {
				case p.resumes > 9:
					t.UnregisterProducer()
				case p.resumes%2 == 0:
					c.client.inside.Store(false)
					c.sendFile(t, f, 0, int64(len(contents)))
					want = append(want, contents...)
				default:
					c.client.write(t, contents[:100*p.resumes])
					want = append(want, contents[:100*p.resumes]...)
				}
			}
			t.RegisterProducer(p, protocol.PullProducer)
		})
		c.wait(c.server.When(4*len(contents)+100*(1+3+5+7+9)), "all pieces")
		c.settle()
		c.client.run(func(protocol.Transport) {
			if p.resumes != 10 {
				c.t.Errorf("asked %d times, want 10", p.resumes)
			}
		})
		c.server.receives(want)
	}},
	{"LoseConnection sends a file that waits", func(c *conformance) {
		c.sendsFiles()
		contents := pattern(8 << 20)
		f := c.file(contents)
		var out *sending
		c.client.run(func(t protocol.Transport) {
			out = c.sendFile(t, f, 0, int64(len(contents)))
			c.client.write(t, []byte("bye"))
			t.LoseConnection()
			s, _ := protocol.As[protocol.FileSender](t)
			if err := s.SendFile(f, 0, 1, nil); !errors.Is(err, net.ErrClosed) {
				c.t.Errorf("SendFile after LoseConnection: %v", err)
			}
		})
		c.server.receives(append(contents, "bye"...))
		c.client.loses(protocol.ErrConnectionDone, net.ErrClosed)
		c.sent(out, 8<<20, nil)
	}},
	{"half-close follows a file that waits", func(c *conformance) {
		c.connectAs(halfProbe{c.server}, halfProbe{c.client})
		contents := pattern(8 << 20)
		f := c.file(contents)
		skip := false
		c.client.run(func(t protocol.Transport) {
			s, ok := protocol.As[protocol.FileSender](t)
			h, half := protocol.As[protocol.HalfCloseTransport](t)
			if skip = !ok || !half || errors.Is(s.SendFile(f, 0, 0, nil), errors.ErrUnsupported); !skip {
				c.sendFile(t, f, 0, int64(len(contents)))
				h.LoseWriteConnection()
			}
		})
		if skip {
			c.end()
			c.t.Skip("no FileSender, or no HalfCloseTransport")
		}
		c.server.receives(contents)
		c.wait(c.server.WhenNoted("read lost"), "ReadConnectionLost of the server")
	}},
	{"AbortConnection ends a file that waits", func(c *conformance) {
		c.server.OnMade = func(t protocol.Transport) { t.Pause() }
		c.sendsFiles()
		f := c.file(pattern(24 << 20))
		var first, second *sending
		c.client.run(func(t protocol.Transport) {
			first = c.sendFile(t, f, 0, 24<<20)
			second = c.sendFile(t, f, 0, 0)
		})
		c.settle()
		c.client.run(func(t protocol.Transport) { t.AbortConnection() })
		c.client.loses(protocol.ErrConnectionAborted)
		c.sent(first, -1, protocol.ErrConnectionAborted)
		c.sent(second, 0, protocol.ErrConnectionAborted)
		if first.sent >= 24<<20 {
			c.t.Errorf("%d bytes left to a peer that does not read", first.sent)
		}
	}},
	{"a file ends with its peer", func(c *conformance) {
		c.server.OnMade = func(t protocol.Transport) { t.Pause() }
		c.sendsFiles()
		f := c.file(pattern(24 << 20))
		var out *sending
		c.client.run(func(t protocol.Transport) { out = c.sendFile(t, f, 0, 24<<20) })
		c.settle()
		c.server.run(func(t protocol.Transport) { t.AbortConnection() })
		c.client.loses(protocol.ErrConnectionLost)
		c.sent(out, -1, protocol.ErrConnectionLost)
	}},
	{"a file that becomes shorter aborts the connection", func(c *conformance) {
		c.server.OnMade = func(t protocol.Transport) { t.Pause() }
		c.sendsFiles()
		f := c.file(pattern(24 << 20))
		var out *sending
		c.client.run(func(t protocol.Transport) {
			out = c.sendFile(t, f, 0, 24<<20)
			c.client.write(t, []byte("never"))
		})
		c.settle()
		if err := f.Truncate(23 << 20); err != nil {
			c.t.Fatal(err)
		}
		c.server.run(func(t protocol.Transport) { t.Resume() })
		c.client.loses(protocol.ErrConnectionLost, io.ErrUnexpectedEOF)
		c.server.loses() // a UNIX socket has no reset
		c.sent(out, 23<<20, io.ErrUnexpectedEOF)
		if n := c.server.Len(); n > 23<<20 {
			c.t.Errorf("the server has %d bytes", n)
		}
	}},
	{"what cannot be sent is refused", func(c *conformance) {
		c.sendsFiles()
		f := c.file(pattern(1000))
		r, w, err := os.Pipe()
		if err != nil {
			c.t.Fatal(err)
		}
		defer r.Close()
		defer w.Close()
		c.client.run(func(t protocol.Transport) {
			s, _ := protocol.As[protocol.FileSender](t)
			never := func(int64, error) { c.t.Error("done was called for what was refused") }
			for _, tt := range []struct {
				f         *os.File
				offset, n int64
				class     error
			}{
				{f, 0, 1001, io.ErrUnexpectedEOF},
				{f, 1001, 0, io.ErrUnexpectedEOF},
				{f, -1, 1, os.ErrInvalid},
				{f, 1, -1, os.ErrInvalid},
				{f, 1, 1<<63 - 1, os.ErrInvalid},
				{r, 0, 1, errors.ErrUnsupported},
			} {
				if err := s.SendFile(tt.f, tt.offset, tt.n, never); !errors.Is(err, tt.class) {
					c.t.Errorf("SendFile of %d bytes of %s from %d: %v, want %v", tt.n, tt.f.Name(), tt.offset, err, tt.class)
				}
			}
			for i := 0; ; i++ { // class 1: what waits is bounded
				if err := s.SendFile(f, 0, 1, nil); err != nil {
					if i != 1024 || !errors.Is(err, protocol.ErrBufferOverflow) {
						c.t.Errorf("file %d: %v", i, err)
					}
					break
				}
			}
		})
		c.wait(c.server.When(1024), "the files that were taken")
	}},
	{"a file that its owner closes early ends the connection", func(c *conformance) {
		c.server.OnMade = func(t protocol.Transport) { t.Pause() }
		c.sendsFiles()
		f := c.file(pattern(24 << 20))
		var out *sending
		c.client.run(func(t protocol.Transport) { out = c.sendFile(t, f, 0, 24<<20) })
		c.settle()
		f.Close()
		c.server.run(func(t protocol.Transport) { t.Resume() })
		c.client.loses(protocol.ErrConnectionLost, os.ErrClosed)
		c.sent(out, -1, os.ErrClosed)
	}},
}
