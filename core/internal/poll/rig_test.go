// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package poll_test

import (
	"errors"
	"io"
	"maps"
	"net"
	"slices"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/internal/poll"
	"github.com/torsion-go/torsion/core/internal/tempdir"
	"github.com/torsion-go/torsion/core/protocol"
)

// A rig is a poller under test, driven by the test's own goroutine.
type rig struct {
	*testing.T
	p poll.Poller
}

// foreign opens the pollers of other systems over something that imitates those.
var foreign = map[string]func() (poll.Poller, error){}

// each runs the test over every poller of this system, and over those that can be had here.
func each(t *testing.T, f func(r *rig)) {
	t.Helper()
	for _, name := range slices.Concat(poll.Names(), slices.Sorted(maps.Keys(foreign))) {
		t.Run(name, func(t *testing.T) { f(open(t, name)) })
	}
}

// keepsErrors is for tests of errors that a socket keeps until it is asked for them. The library libkqueue takes them with the event; no system does.
func (r *rig) keepsErrors() {
	r.Helper()
	if r.p.Name() == "libkqueue" {
		r.Skip("the library takes the error from the socket")
	}
}

// awaits is for tests of waiting on another goroutine.
func (r *rig) awaits() {
	r.Helper()
	if r.p.Name() == "libkqueue" {
		r.Skip("the library's queue cannot be polled")
	}
}

// ipv6 reports whether there is an IPv6 to test with.
func ipv6() bool {
	l, err := net.Listen("tcp6", "[::1]:0")
	if err != nil {
		return false
	}
	l.Close()
	return true
}

func open(t *testing.T, name string) *rig {
	t.Helper()
	opened, ok := foreign[name]
	if !ok {
		opened = func() (poll.Poller, error) { return poll.New(name) }
	}
	p, err := opened()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return &rig{t, p}
}

func (r *rig) must(err error) {
	r.Helper()
	if err != nil {
		r.Fatal(err)
	}
}

// until polls until the condition holds. The deadline only keeps a failing test from hanging.
func (r *rig) until(what string, done func() bool) {
	r.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for !done() {
		if time.Now().After(deadline) {
			r.Fatalf("no %s", what)
		}
		if _, err := r.p.Poll(50 * time.Millisecond); err != nil {
			r.Fatal(err)
		}
	}
}

// An end is one end of a stream, which records what it is told. Its hooks run inside the upcalls.
type end struct {
	r      *rig
	s      poll.Stream
	sock   poll.Socket
	got    []byte
	fds    []int
	ended  []error
	rest   [][]byte // of what send was given
	lent   int
	sents  int
	failed error // of sending

	onReceived func(p []byte)
	onFD       func(fd int)
	onEnded    func(err error)
	onSent     func()
}

func (e *end) Received(p []byte) {
	if len(p) == 0 {
		e.r.Error("Received with no bytes")
	}
	e.got = append(e.got, p...)
	if e.onReceived != nil {
		e.onReceived(p)
	}
}

func (e *end) ReceivedFD(fd int) {
	e.fds = append(e.fds, fd)
	if e.onFD != nil {
		e.onFD(fd)
	}
}

func (e *end) ReceiveEnded(err error) {
	e.ended = append(e.ended, err)
	if n := len(e.ended); n > 2 || n == 2 && (e.ended[0] != io.EOF || err == io.EOF) {
		e.r.Errorf("ReceiveEnded came more than once: %v", e.ended)
	}
	if e.onEnded != nil {
		e.onEnded(err)
	}
}

func (e *end) Sent(n int, err error) {
	e.sents++
	e.rest = skip(e.rest, n)
	e.lent = 0
	if err != nil {
		e.failed = err
	} else if len(e.rest) > 0 {
		e.push()
	}
	if e.onSent != nil {
		e.onSent()
	}
}

// send sends v whole, going on in Sent.
func (e *end) send(v ...[]byte) {
	e.rest = append(e.rest, v...)
	if e.lent == 0 {
		e.push()
	}
}

func (e *end) push() {
	n, err := e.s.Send(e.rest)
	total := 0
	for _, p := range e.rest {
		total += len(p)
	}
	switch {
	case err != nil:
		e.failed = err
	case n < total:
		e.lent = total - n
		e.rest = skip(slices.Clone(e.rest), n)
	default:
		e.rest = nil
	}
}

func (e *end) idle() bool { return len(e.rest) == 0 }

func skip(v [][]byte, n int) [][]byte {
	for n > 0 {
		k := min(n, len(v[0]))
		n -= k
		if k == len(v[0]) {
			v = v[1:]
		} else {
			v[0] = v[0][k:]
		}
	}
	return v
}

func (r *rig) attach(s poll.Socket) *end {
	r.Helper()
	e := &end{r: r, sock: s}
	var err error
	e.s, err = r.p.Attach(s, e)
	r.must(err)
	r.Cleanup(func() { e.s.Close(false) })
	return e
}

// A port records what a listener tells.
type port struct {
	l        poll.Listener
	accepted []poll.Socket
	errs     []error
	retries  []bool
	onAccept func(s poll.Socket)
}

func (a *port) Accepted(s poll.Socket) {
	a.accepted = append(a.accepted, s)
	if a.onAccept != nil {
		a.onAccept(s)
	}
}

func (a *port) AcceptFailed(err error, retry bool) {
	a.errs, a.retries = append(a.errs, err), append(a.retries, retry)
}

func (r *rig) listen(cfg poll.ListenConfig) *port {
	r.Helper()
	a := &port{}
	if cfg.Backlog == 0 {
		cfg.Backlog = 50
	}
	var err error
	a.l, err = r.p.Listen(&cfg, a)
	if cfg.Network == "unix" && errors.Is(err, errors.ErrUnsupported) {
		r.Skip(err) // wine 8 has no UNIX sockets
	}
	r.must(err)
	r.Cleanup(func() { a.l.Close() })
	return a
}

// A dialer records the outcome of a dial.
type dialer struct {
	a    poll.Attempt
	done bool
	s    poll.Socket
	err  error
	hook func()
}

func (d *dialer) Dialed(s poll.Socket, err error) {
	d.done, d.s, d.err = true, s, err
	if d.hook != nil {
		d.hook()
	}
}

func (r *rig) dial(cfg poll.DialConfig) *dialer {
	r.Helper()
	d := &dialer{}
	var err error
	d.a, err = r.p.Dial(&cfg, d)
	r.must(err)
	if d.done {
		r.Error("Dialed came from inside Dial")
	}
	return d
}

// pair returns the two ends of a connection, client and server.
func (r *rig) pair(network string) (c, s *end) {
	r.Helper()
	address := "127.0.0.1:0"
	if network == "unix" {
		address = tempdir.Short(r) + "/s"
	}
	a := r.listen(poll.ListenConfig{Network: network, Address: address})
	d := r.dial(poll.DialConfig{Network: network, Address: dialable(a.l.Addr())})
	r.until("connection", func() bool { return d.done && len(a.accepted) > 0 })
	r.must(d.err)
	c, s = r.attach(d.s), r.attach(a.accepted[0])
	a.l.Close()
	return c, s
}

// dialable returns the address as a configuration wants it.
func dialable(a protocol.Addr) string {
	if a.Name() != "" {
		return a.Name()
	}
	return a.String()
}

// A socket records what a datagram socket is told.
type socket struct {
	p    poll.Packet
	got  [][]byte
	from []protocol.Addr
	errs []error
	hook func()
}

func (s *socket) PacketReceived(p []byte, from protocol.Addr) {
	s.got, s.from = append(s.got, slices.Clone(p)), append(s.from, from)
	if s.hook != nil {
		s.hook()
	}
}

func (s *socket) PacketFailed(err error) {
	s.errs = append(s.errs, err)
	if s.hook != nil {
		s.hook()
	}
}

func (r *rig) packet(cfg poll.PacketConfig) *socket {
	r.Helper()
	s := &socket{}
	var err error
	s.p, err = r.p.ListenPacket(&cfg, s)
	if errors.Is(err, poll.ErrUnsupported) {
		r.Skip(err)
	}
	r.must(err)
	r.Cleanup(func() { s.p.Close() })
	return s
}

// A gauge counts readiness.
type gauge struct {
	w                  poll.Watch
	readable, writable int
	onReadable         func()
	onWritable         func()
}

func (g *gauge) Readable() {
	g.readable++
	if g.onReadable != nil {
		g.onReadable()
	}
}

func (g *gauge) Writable() {
	g.writable++
	if g.onWritable != nil {
		g.onWritable()
	}
}
