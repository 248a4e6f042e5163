// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build unix

package poll_test

import (
	"os"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/torsion-go/torsion/core/internal/poll"
	"github.com/torsion-go/torsion/core/internal/tempdir"
)

// As TestHostedWait, of what POSIX has.
func TestHostedWaitUnix(t *testing.T) {
	watched := func(h *host, fd int) *gauge {
		g := &gauge{}
		var err error
		g.w, err = h.p.Watch(fd, g)
		h.must(err)
		once := func() { h.must(g.w.Set(false, false)) }
		g.onReadable, g.onWritable = once, once
		h.Cleanup(g.w.Close)
		return g
	}
	meanwhile(t, []meantime{
		{"descriptor", func(h *host) (func(), func() bool) {
			r, w := h.pipe()
			g := watched(h, r)
			h.must(g.w.Set(true, false))
			return func() { h.put(w) }, func() bool { return g.readable == 1 }
		}},
		{"descriptor watched meanwhile", func(h *host) (func(), func() bool) {
			r, w := h.pipe()
			h.put(w)
			var g *gauge
			return func() {
				g = watched(h, r)
				h.must(g.w.Set(true, false))
			}, func() bool { return g.readable == 1 }
		}},
		{"descriptor looked at meanwhile", func(h *host) (func(), func() bool) {
			_, w := h.pipe()
			g := watched(h, w)
			return func() { h.must(g.w.Set(false, true)) }, func() bool { return g.writable == 1 }
		}},
		{"file", func(h *host) (func(), func() bool) {
			f, err := os.Create(h.TempDir() + "/f")
			h.must(err)
			h.Cleanup(func() { f.Close() })
			g := watched(h, int(f.Fd()))
			return func() { h.must(g.w.Set(true, false)) }, func() bool { return g.readable == 1 }
		}},
		{"UNIX socket dialed meanwhile", func(h *host) (func(), func() bool) {
			a := h.listen(poll.ListenConfig{Network: "unix", Address: tempdir.Short(h) + "/s"})
			a.onAccept = h.forget
			var d *dialer
			return func() {
				d = h.dial(poll.DialConfig{Network: "unix", Address: a.l.Addr().Name()})
				d.hook = func() { h.forget(d.s) }
			}, func() bool { return d.done && d.err == nil && len(a.accepted) == 1 }
		}},
		{"UNIX socket with a full queue dialed meanwhile", func(h *host) (func(), func() bool) {
			a := h.listen(poll.ListenConfig{Network: "unix", Address: tempdir.Short(h) + "/s", Backlog: 1})
			a.onAccept = h.forget
			a.l.Pause()
			var dialers []*dialer
			open := func() {
				d := h.dial(poll.DialConfig{Network: "unix", Address: a.l.Addr().Name()})
				d.hook = func() { h.forget(d.s) }
				dialers = append(dialers, d)
			}
			return func() {
					for range 4 {
						open()
					}
					a.l.Resume()
				}, func() bool {
					for _, d := range dialers {
						if !d.done || d.err != nil {
							return false
						}
					}
					return true
				}
		}},
		{"UNIX stream", func(h *host) (func(), func() bool) {
			c, s := h.pair("unix")
			return func() {
				s.s.Receive(true)
				c.send([]byte("x"))
			}, func() bool { return string(s.got) == "x" }
		}},
	})
}

func (h *host) pipe() (r, w int) {
	h.Helper()
	var fds [2]int
	h.must(unix.Pipe(fds[:]))
	h.Cleanup(func() {
		unix.Close(fds[0])
		unix.Close(fds[1])
	})
	return fds[0], fds[1]
}

func (h *host) put(fd int) {
	h.Helper()
	_, err := unix.Write(fd, []byte("x"))
	h.must(err)
}
