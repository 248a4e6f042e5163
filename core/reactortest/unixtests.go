// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reactortest

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/torsion-go/torsion/core/internal/tempdir"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/reactor"
)

// listenUNIX listens, or skips the test where there are no UNIX sockets.
func (g *rig) listenUNIX(path string, f protocol.Factory, opt reactor.UNIXListenOptions) *reactor.Port {
	g.Helper()
	p, err := g.r.ListenUNIX(path, f, opt)
	if errors.Is(err, errors.ErrUnsupported) {
		g.Skip(err)
	}
	if err != nil {
		g.Fatal(err)
	}
	return p
}

func testUNIX(g *rig) {
	path := filepath.Join(tempdir.Short(g), "s")
	f := protocol.ForProtocol(echo)
	port := g.listenUNIX(path, f, reactor.UNIXListenOptions{Mode: 0o640})
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o640 && runtime.GOOS != "windows" { // which has access lists
		g.Errorf("mode %v, %v", info.Mode(), err)
	}
	if _, err := g.r.ListenUNIX(path, f, reactor.UNIXListenOptions{}); err == nil {
		g.Error("an existing file was replaced without a lock")
	}
	g.run()
	c := g.dial(port.Addr())
	g.write(c, "hello")
	if got := g.read(c, 5); got != "hello" {
		g.Errorf("got %q", got)
	}
	// A client of the reactor's own.
	lost, got := make(chan error, 1), make(chan string, 10)
	p, err := g.outcome(func() *reactor.Connector {
		return g.r.ConnectUNIX(path, once(&script{
			made: func(t protocol.Transport) {
				if name := t.LocalAddr().String(); name != "" {
					g.Errorf("the client's name is %q", name)
				}
				t.Write([]byte("x"))
			},
			data: func(t protocol.Transport, p []byte) { got <- string(p); t.LoseConnection() },
			lost: func(_ protocol.Transport, reason error) { lost <- reason },
		}), reactor.ConnectOptions{})
	})
	if _, ok := p.(*script); !ok || err != nil {
		g.Errorf("connected: %T, %v", p, err)
	}
	if s := receive(g, got); s != "x" {
		g.Errorf("got %q", s)
	}
	receive(g, lost)
	g.stop()
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		g.Errorf("the socket is still there: %v", err)
	}
}

func testUNIXLock(g *rig) {
	if runtime.GOOS == "windows" {
		g.Skip("a socket cannot be renamed there, nor a link be made by everybody, so nothing can be left as by a process that was killed")
	}
	path := filepath.Join(tempdir.Short(g), "s")
	lock := path + ".lock"
	f := protocol.ForProtocol(echo)
	// What a process leaves behind that was killed: 4194304 is above every process number.
	l := g.listenUNIX(path, f, reactor.UNIXListenOptions{})
	g.check(os.Rename(path, path+"2")) // so that stopping does not remove it
	l.StopListening()
	g.check(os.Rename(path+"2", path))
	g.check(os.Symlink("4194305", lock))
	_, err := g.outcomeNow(func() *reactor.Connector { return g.r.ConnectUNIX(path, f, reactor.ConnectOptions{CheckLock: true}) })
	if !errors.Is(err, protocol.ErrBadFile) {
		g.Errorf("connecting to a dead owner's socket: %v", err)
	}
	l = g.listenUNIX(path, f, reactor.UNIXListenOptions{LockFile: true})
	if target, err := os.Readlink(lock); err != nil || strings.Trim(target, "0123456789") != "" {
		g.Errorf("the lock is %q, %v", target, err)
	}
	var cannot *protocol.CannotListenError
	if _, err := g.r.ListenUNIX(path, f, reactor.UNIXListenOptions{LockFile: true}); !errors.As(err, &cannot) {
		g.Errorf("second owner: %v", err)
	}
	g.run()
	if _, err := g.outcome(func() *reactor.Connector { return g.r.ConnectUNIX(path, f, reactor.ConnectOptions{CheckLock: true}) }); err != nil {
		g.Errorf("connecting to a live owner's socket: %v", err)
	}
	g.do(func() { l.StopListening() })
	for _, name := range []string{path, lock} {
		if _, err := os.Lstat(name); !errors.Is(err, fs.ErrNotExist) {
			g.Errorf("%s is still there: %v", name, err)
		}
	}
}

// outcomeNow is outcome before the reactor runs.
func (g *rig) outcomeNow(connect func() *reactor.Connector) (p protocol.Protocol, err error) {
	fired := false
	connect().WhenConnected().Done(func(v protocol.Protocol, e error) { p, err, fired = v, e, true })
	for !fired {
		g.check(g.r.Iterate(-1))
	}
	return p, err
}

// A receiver is a script that accepts descriptors.
type receiver struct {
	script
	fd func(t protocol.Transport, fd int)
}

func (r *receiver) FileDescriptorReceived(t protocol.Transport, fd int) { r.fd(t, fd) }

// sender connects to path and sends what send queues on its transport.
func (g *rig) sender(path string, send func(t protocol.Transport, u protocol.UNIXTransport)) <-chan error {
	g.Helper()
	lost := make(chan error, 1)
	_, err := g.outcome(func() *reactor.Connector {
		return g.r.ConnectUNIX(path, once(&script{
			made: func(t protocol.Transport) {
				u, ok := protocol.As[protocol.UNIXTransport](t)
				if !ok {
					g.Error("no UNIXTransport")
					return
				}
				send(t, u)
			},
			lost: func(_ protocol.Transport, reason error) { lost <- reason },
		}), reactor.ConnectOptions{})
	})
	g.check(err)
	return lost
}

func testDescriptors(g *rig) {
	path := filepath.Join(tempdir.Short(g), "s")
	const count = 70 // more than the system takes in one message of ours, and than holds a producer up
	events := make(chan string, 10*count)
	port := g.listenUNIX(path, protocol.ForProtocol(func() protocol.Protocol {
		return &receiver{
			script: script{data: func(_ protocol.Transport, p []byte) {
				for _, b := range p {
					events <- string(b)
				}
			}},
			fd: func(_ protocol.Transport, fd int) {
				f := os.NewFile(uintptr(fd), "received")
				defer f.Close()
				if _, err := io.WriteString(f, "w"); err != nil {
					g.Error(err)
				}
				events <- "fd"
			},
		}
	}), reactor.UNIXListenOptions{})
	g.run()
	r, w, err := os.Pipe()
	if err != nil {
		g.Fatal(err)
	}
	defer r.Close()
	if runtime.GOOS == "windows" {
		g.Skip("descriptors are POSIX's")
	}
	producer := &pusher{}
	g.sender(path, func(t protocol.Transport, u protocol.UNIXTransport) {
		g.check(t.RegisterProducer(producer, protocol.PushProducer))
		t.Write([]byte("a"))
		for i := range count {
			if err := u.SendFileDescriptor(int(w.Fd())); errors.Is(err, errors.ErrUnsupported) {
				return
			} else if err != nil {
				g.Error(err)
			}
			if i == 0 {
				t.Write([]byte("bc")) // the first one rides on b
			}
		}
		if producer.pauses == 0 {
			g.Error("64 queued descriptors did not hold the producer up")
		}
		t.Write([]byte(strings.Repeat("d", count)))
	})
	// Byte 1 carries descriptor 0, byte 2+i descriptor i. A system may deliver a descriptor before bytes that were sent before its own, but never after its own.
	data, fds := "", 0
	for len(data) < 3+count || fds < count {
		if s := receive(g, events); s != "fd" {
			data += s
			if carried := max(len(data)-2, min(len(data)-1, 1)); fds < min(carried, count) {
				g.Fatalf("%d bytes arrived before descriptor %d", len(data), fds)
			}
			continue
		}
		if fds++; len(data) > 2+fds {
			g.Fatalf("descriptor %d came after %d bytes", fds-1, len(data))
		}
	}
	if data != "abc"+strings.Repeat("d", count) {
		g.Errorf("got %q", data)
	}
	w.Close()
	if got := g.readAll(r); got != strings.Repeat("w", count) {
		g.Errorf("%q came through the descriptors", got)
	}
	_ = port
}

func testDescriptorOverrun(g *rig) {
	path := filepath.Join(tempdir.Short(g), "s")
	got := make(chan string, 10)
	g.listenUNIX(path, protocol.ForProtocol(func() protocol.Protocol {
		return &script{data: func(_ protocol.Transport, p []byte) { got <- string(p) }}
	}), reactor.UNIXListenOptions{})
	g.run()
	r, w, err := os.Pipe()
	if err != nil {
		g.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	if runtime.GOOS == "windows" {
		g.Skip("descriptors are POSIX's")
	}
	lost := g.sender(path, func(t protocol.Transport, u protocol.UNIXTransport) {
		g.check(u.SendFileDescriptor(int(w.Fd())))
		t.Write([]byte("x"))
		g.check(u.SendFileDescriptor(int(w.Fd())))
	})
	if reason := receive(g, lost); !errors.Is(reason, protocol.ErrFileDescriptorOverrun) {
		g.Errorf("reason %v", reason)
	}
	// A protocol that takes no descriptors: closed and logged, and the connection goes on.
	g.sender(path, func(t protocol.Transport, u protocol.UNIXTransport) {
		g.check(u.SendFileDescriptor(int(w.Fd())))
		t.Write([]byte("y"))
	})
	for s := ""; !strings.HasSuffix(s, "y"); {
		s = receive(g, got)
	}
	w.Close()
	if s := g.readAll(r); s != "" { // it ends only when nobody has the other end
		g.Errorf("got %q", s)
	}
	if !strings.Contains(g.logs.String(), "descriptor that the protocol does not take") {
		g.Error("not logged")
	}
}
