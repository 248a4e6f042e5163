// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package poll

import (
	"context"
	"errors"
	"net"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/torsion-go/torsion/core/internal/sys"
	"github.com/torsion-go/torsion/core/protocol"
)

// portablePause is how long a listener waits after the system ran out of descriptors or memory.
const portablePause = 100 * time.Millisecond

// A portableListener has an acceptor goroutine, which does not accept again before its connection was delivered.
type portableListener struct {
	p     *portable
	h     AcceptHandler
	l     net.Listener
	local protocol.Addr
	wg    sync.WaitGroup
	next  chan struct{} // room for one: permission to accept again
	quit  chan struct{} // closed by Close

	// The outcome of accepting: the acceptor's from permission to post, else the loop's.
	conn  net.Conn
	err   error
	retry bool

	// The loop's.
	started bool // there is an acceptor
	pending bool // an outcome waits for Resume
	paused  bool
	failing bool // an error was reported and nothing has been accepted since
	keep    bool // a connection that was accepted is delivered by Close
	closed  bool
}

func (p *portable) Listen(cfg *ListenConfig, h AcceptHandler) (Listener, error) {
	if p.closed {
		return nil, net.ErrClosed
	}
	nl, err := listenNet(cfg)
	if err != nil {
		return nil, common(err)
	}
	l := &portableListener{p: p, h: h, l: nl, local: fromNet(nl.Addr()), next: make(chan struct{}, 1), quit: make(chan struct{})}
	p.care[l] = struct{}{}
	if l.paused = cfg.Paused; !l.paused {
		l.start()
	}
	return l, nil
}

func (l *portableListener) start() {
	l.started = true
	l.wg.Add(1)
	// Close waits for it.
	go l.accept()
}

func listenNet(cfg *ListenConfig) (net.Listener, error) {
	if cfg.AdoptFD != 0 {
		return adoptListener(cfg.AdoptFD)
	}
	t, err := parse(cfg.Network, cfg.Address, "tcp", "unix")
	if err != nil {
		return nil, err
	}
	if t.unix {
		return listenUnix(t.path, cfg.Backlog, cfg.Mode)
	}
	lc := net.ListenConfig{KeepAlive: -1, Control: bindOptions(cfg.ReusePort, false)}
	lc.SetMultipathTCP(false)
	network, address := t.net("tcp", cfg.V6Only)
	l, err := lc.Listen(context.Background(), network, address)
	if err != nil {
		return nil, err
	}
	if err := setBacklog(l, cfg.Backlog); err != nil {
		l.Close()
		return nil, err
	}
	return l, nil
}

// net returns the network and address as package net wants them.
func (t target) net(kind string, v6Only bool) (network, address string) {
	if t.unix {
		return "", toNetPath(t.path)
	}
	host, ip := "", t.ap.Addr()
	if ip.IsValid() {
		host = ip.String()
	}
	address = net.JoinHostPort(host, strconv.Itoa(int(t.ap.Port())))
	switch {
	case t.v4 || ip.Is4():
		return kind + "4", address
	case v6Only:
		return kind + "6", address
	case t.v6 && !ip.IsValid():
		return kind, "[::]" + address
	}
	return kind, address
}

// toNetPath writes a UNIX path as package net reads it: there '@' begins a name of the abstract namespace.
func toNetPath(path string) string {
	switch {
	case path == "":
	case path[0] == 0:
		return "@" + path[1:]
	case path[0] == '@':
		return "./" + path
	}
	return path
}

// fromNet undoes toNetPath in the address of a socket.
func fromNet(a net.Addr) protocol.Addr {
	u, ok := a.(*net.UnixAddr)
	if !ok {
		return protocol.FromNetAddr(a)
	}
	name := ""
	if u != nil {
		name = u.Name
	}
	switch {
	case name == "@": // how package net shows that there is no name
		name = ""
	case name != "" && name[0] == '@':
		name = "\x00" + name[1:]
	}
	if u != nil && u.Net == "unixgram" {
		return protocol.UNIXDatagramAddr(name)
	}
	return protocol.UNIXAddr(name)
}

func (l *portableListener) accept() {
	defer l.wg.Done()
	for {
		conn, err := l.l.Accept()
		class := sys.ClassifyAccept(err)
		if err != nil && class == sys.AcceptSkip {
			continue
		}
		l.conn, l.err, l.retry = conn, err, class != sys.AcceptFatal
		l.p.post((*acceptance)(l))
		if err != nil && !l.wait(class) {
			return
		}
		select {
		case <-l.next:
		case <-l.quit:
			return
		}
	}
}

// wait waits as long as an error of that class asks for; false means for ever.
func (l *portableListener) wait(class sys.AcceptClass) bool {
	switch class {
	case sys.AcceptFatal:
		return false
	case sys.AcceptNoFiles, sys.AcceptNoMemory:
		select {
		case <-time.After(portablePause):
		case <-l.quit:
			return false
		}
	}
	return true
}

// An acceptance is the task of a listener's acceptor.
type acceptance portableListener

func (a *acceptance) run() {
	l := (*portableListener)(a)
	l.pending = true
	l.deliver()
}

func (l *portableListener) deliver() {
	if l.closed || l.paused || !l.pending {
		return
	}
	conn, err, retry := l.conn, l.err, l.retry
	l.conn, l.err, l.pending = nil, nil, false
	if err != nil {
		if !l.failing && !errors.Is(err, net.ErrClosed) {
			l.failing = true
			l.p.upcalls++
			l.h.AcceptFailed(common(err), retry)
		}
		if retry && !l.closed {
			l.next <- struct{}{}
		}
		return
	}
	l.failing = false
	l.next <- struct{}{}
	plain(conn)
	l.p.upcalls++
	l.h.Accepted(netSocket(conn))
}

// plain undoes what package net does to TCP connections unasked.
func plain(c net.Conn) {
	if tcp, ok := c.(*net.TCPConn); ok {
		_ = tcp.SetNoDelay(false)
	}
}

func netSocket(c net.Conn) Socket {
	return Socket{Conn: c, Local: fromNet(c.LocalAddr()), Remote: fromNet(c.RemoteAddr())}
}

func (l *portableListener) Addr() protocol.Addr { return l.local }

func (l *portableListener) Pause() { l.paused = true }

func (l *portableListener) Resume() {
	l.paused = false
	if !l.started && !l.closed {
		l.start()
	}
	if l.pending {
		l.p.post(taskFunc(l.deliver))
	}
}

func (l *portableListener) Control(f func(fd uintptr)) error {
	if l.closed {
		return net.ErrClosed
	}
	return control(l.l, f)
}

// Keep has Close deliver the connection that has been accepted and not delivered, if there is one: it is in no queue any more.
func (l *portableListener) Keep() { l.keep = true }

func (l *portableListener) Close() error {
	if l.closed {
		return net.ErrClosed
	}
	l.closed = true
	delete(l.p.care, l)
	close(l.quit)
	err := l.l.Close()
	l.wg.Wait()
	switch {
	case l.conn != nil && l.keep:
		plain(l.conn)
		l.p.upcalls++
		l.h.Accepted(netSocket(l.conn))
	case l.conn != nil:
		l.conn.Close()
	}
	return err
}

func (l *portableListener) shut() { l.Close() }

// control runs f with the descriptor of a connection or listener of package net.
func control(c any, f func(fd uintptr)) error {
	sc, ok := c.(syscall.Conn)
	if !ok {
		return ErrUnsupported
	}
	rc, err := sc.SyscallConn()
	if err != nil {
		return err
	}
	return rc.Control(f)
}

var _ Listener = (*portableListener)(nil)
