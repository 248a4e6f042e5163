// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reactor_test

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/internal/tempdir"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/reactor"
)

// A successor with more loops opens no socket of its own before it is ready: the system would leave connections in it that nobody accepts, and that are reset when
// the successor fails.
func TestSuccessorWithMoreLoopsTakesNothingEarly(t *testing.T) {
	opt := reactor.ListenOptions{Accept: reactor.AcceptPerLoop}
	a := newGeneration(t, "a", reactor.Config{Loops: 1})
	port := a.tcp("127.0.0.1:0", opt)
	h, lent := a.bequeath()
	b := newGeneration(t, "b", reactor.Config{Loops: 3, Inherited: lent})
	b.tcp("127.0.0.1:0", opt)
	for i := range 60 {
		c, err := net.Dial("tcp", port.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		c.SetDeadline(time.Now().Add(10 * time.Second))
		got := make([]byte, 1)
		_, err = io.ReadFull(c, got)
		c.Close()
		if err != nil || got[0] != 'a' {
			t.Fatalf("connection %d: served by %q, %v", i, got, err)
		}
	}
	lent.Ready()
	a.do(func() { h.Done(os.Getpid()) })
	a.stopPort(port.StopListening)
	for range 60 {
		if got := greeting(t, "tcp", port.Addr().String()); got != "b" {
			t.Errorf("served by %q", got)
		}
	}
}

// A port with a lock gets one when the predecessor had none, when it is ready and not before.
func TestSuccessorTakesTheLockThatNobodyHas(t *testing.T) {
	path := filepath.Join(tempdir.Short(t), "s")
	a := newGeneration(t, "a", reactor.Config{})
	var old *reactor.Port
	a.do(func() {
		var err error
		if old, err = a.r.ListenUNIX(path, a, reactor.UNIXListenOptions{}); err != nil {
			t.Error(err)
		}
	})
	h, lent := a.bequeath()
	b := newGeneration(t, "b", reactor.Config{Inherited: lent})
	port := b.unix(path)
	settle(b.r)
	if _, err := os.Lstat(path + ".lock"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the lock, before the successor was ready: %v", err)
	}
	lent.Ready()
	settle(b.r)
	if target, err := os.Readlink(path + ".lock"); err != nil || target != fmt.Sprint(os.Getpid()) {
		t.Errorf("the lock: %q, %v", target, err)
	}
	a.do(func() { h.Done(os.Getpid()) })
	a.stopPort(old.StopListening)
	b.stopPort(port.StopListening)
	if left, _ := os.ReadDir(filepath.Dir(path)); len(left) != 0 {
		t.Errorf("%d files are left, such as %s", len(left), left[0].Name())
	}
}

// An inherited socket is in its groups already; the predecessor does not take it out of them.
func TestSuccessorIsInTheGroup(t *testing.T) {
	group := netip.MustParseAddr("224.0.1.100")
	listen := func(g *generation) (p *reactor.MulticastPort) {
		g.do(func() {
			var err error
			if p, err = g.r.ListenMulticast("0.0.0.0:0", &namer{name: g.name}, reactor.MulticastOptions{}); err != nil {
				t.Error(err)
			}
		})
		if p == nil {
			t.FailNow()
		}
		return p
	}
	a := newGeneration(t, "a", reactor.Config{})
	pa := listen(a)
	var joined error
	if a.do(func() { joined = pa.JoinGroup(group, "lo") }); joined != nil {
		t.Skip("no multicast here:", joined)
	}
	h, lent := a.bequeath()
	b := newGeneration(t, "b", reactor.Config{Inherited: lent})
	pb := listen(b)
	b.do(func() {
		if err := pb.JoinGroup(group, "lo"); err != nil {
			t.Error(err)
		}
	})
	lent.Ready()
	a.do(func() {
		if err := pa.JoinGroup(group, "lo"); err == nil {
			t.Error("the predecessor's own socket is in the group twice")
		}
		h.Done(os.Getpid())
		if err := pa.LeaveGroup(group, "lo"); err != nil {
			t.Error(err)
		}
	})
	a.stopPort(pa.StopListening)
	b.do(func() {
		if err := pb.LeaveGroup(group, "lo"); err != nil {
			t.Errorf("the successor was not in the group: %v", err)
		}
	})
}

// A closer closes its port when it has a datagram.
type closer struct {
	protocol.DatagramBase
	received, stopped int
}

func (c *closer) DatagramReceived(t protocol.DatagramTransport, _ []byte, _ protocol.Addr) {
	c.received++
	t.LoseConnection()
}

func (c *closer) StopProtocol(protocol.DatagramTransport, error) { c.stopped++ }

// A datagram that was read ahead is delivered when the port closes, and its protocol may close the port too.
func TestClosingWhileClosing(t *testing.T) {
	a := newGeneration(t, "a", reactor.Config{Poller: "portable"})
	c := &closer{}
	p := a.udp(func(protocol.DatagramProtocol) (*reactor.DatagramPort, error) {
		return a.r.ListenUDP("127.0.0.1:0", c, reactor.PacketOptions{})
	})
	h, lent := a.bequeath()
	defer lent.Ready()
	from, err := net.Dial("udp", p.LocalAddr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer from.Close()
	a.stopPort(func() *deferred.Deferred[struct{}] {
		h.Done(os.Getpid())
		from.Write([]byte("x")) // which the reader takes while the loop is here
		for waiting := 1; waiting > 0; {
			if err := p.Control(func(fd uintptr) { waiting, _ = unix.IoctlGetInt(int(fd), unix.TIOCINQ) }); err != nil {
				t.Error(err)
				waiting = 0
			}
		}
		return p.StopListening()
	})
	a.do(func() {
		if c.received != 1 || c.stopped != 1 {
			t.Errorf("%d datagrams received, stopped %d times", c.received, c.stopped)
		}
	})
}
