// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build unix

package reactor_test

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/torsion-go/torsion/core/internal/tempdir"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/reactor"
)

// A peer that does not read cannot make a connection queue without bound either when it is descriptors that find no room.
func TestOverflowBehindDescriptors(t *testing.T) {
	for _, poller := range reactor.Pollers() {
		t.Run(poller, func(t *testing.T) {
			r := running(t, reactor.Config{Poller: poller, MaxBuffered: 1 << 20})
			p := &flooder{lost: make(chan error, 1)}
			dialUNIX(t, r, p)
			if reason := <-p.lost; !errors.Is(reason, protocol.ErrBufferOverflow) {
				t.Errorf("lost: %v", reason)
			}
			if p.most > 2<<20 {
				t.Errorf("%d bytes were queued", p.most)
			}
		})
	}
}

// dialUNIX connects a client that does nothing to p and returns it.
func dialUNIX(t *testing.T, r *reactor.Reactor, p protocol.Protocol) *net.UnixConn {
	t.Helper()
	path := filepath.Join(tempdir.Short(t), "s")
	listening := make(chan error)
	r.CallFromThread(func() {
		_, err := r.ListenUNIX(path, give(p), reactor.UNIXListenOptions{})
		listening <- err
	})
	if err := <-listening; err != nil {
		t.Fatal(err)
	}
	c, err := (&net.Dialer{}).DialContext(context.Background(), "unix", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c.(*net.UnixConn)
}

// A flooder fills its peer with descriptors, and then its own queue with data.
type flooder struct {
	protocol.Base
	lost chan error
	most int
}

func (f *flooder) ConnectionMade(t protocol.Transport) {
	for range 1000 {
		if err := t.(protocol.UNIXTransport).SendFileDescriptor(int(os.Stdin.Fd())); err != nil {
			t.AbortConnection()
			return
		}
		t.Write([]byte("x"))
	}
	t.Loop().CallLater(0, func() {
		for range 64 {
			if _, err := t.Write(make([]byte, 1<<20)); err != nil {
				return
			}
			f.most = max(f.most, t.(protocol.BufferedTransport).Buffered())
		}
		t.AbortConnection()
	})
}

func (f *flooder) ConnectionLost(_ protocol.Transport, reason error) { f.lost <- reason }

// After LoseConnection no descriptor is delivered: what came in the same message is closed.
func TestNoDescriptorAfterLoseConnection(t *testing.T) {
	for _, poller := range reactor.Pollers() {
		t.Run(poller, func(t *testing.T) {
			r := running(t, reactor.Config{Poller: poller})
			p := &oneDescriptor{lost: make(chan error, 1)}
			c := dialUNIX(t, r, p)
			in, out, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			defer in.Close()
			fd := int(out.Fd())
			if _, _, err := c.WriteMsgUnix([]byte("x"), unix.UnixRights(fd, fd, fd), nil); err != nil {
				t.Fatal(err)
			}
			if n, err := io.Copy(io.Discard, c); n != 8<<20 || err != nil {
				t.Errorf("received %d bytes, %v", n, err)
			}
			if reason := <-p.lost; !errors.Is(reason, net.ErrClosed) {
				t.Errorf("lost: %v", reason)
			}
			if p.got != 1 {
				t.Errorf("%d descriptors", p.got)
			}
			out.Close()
			if n, err := in.Read(make([]byte, 1)); n != 0 || err == nil { // waits as long as a copy is open
				t.Errorf("read %d bytes, %v", n, err)
			}
		})
	}
}

type oneDescriptor struct {
	protocol.Base
	lost chan error
	got  int
}

func (o *oneDescriptor) FileDescriptorReceived(t protocol.Transport, fd int) {
	o.got++
	unix.Close(fd)
	t.Write(make([]byte, 8<<20)) // so that the end takes time
	t.LoseConnection()
}

func (o *oneDescriptor) ConnectionLost(_ protocol.Transport, reason error) { o.lost <- reason }
