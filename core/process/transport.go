// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package process

import (
	"fmt"
	"log/slog"
	"maps"
	"net"
	"runtime/debug"
	"slices"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/internal/loopcheck"
	"github.com/torsion-go/torsion/core/protocol"
)

// A Transport is a child as its protocol sees it. As a protocol.Consumer it is the child's standard input; as a protocol.Producer everything that is read from
// the child. Loop only, but for PID's exceptions. Twisted: IProcessTransport.
type Transport struct {
	r     Reactor
	cfg   *Config
	proto Protocol
	conn  *streamEnd // takes descriptors 0 and 1 as one connection; nil without one
	child *child

	ends   map[int]protocol.Transport // what is open, by the child's number
	forget func()
	loose  func()
	exited bool // the child was reaped, or is no longer looked after
	ended  bool
	reason error

	terminating bool
	zombie      bool // exited, not reaped: its group is still to be killed
	timer       protocol.DelayedCall
	waiters     []*deferred.Deferred[struct{}]
}

var (
	_ protocol.Consumer = (*Transport)(nil)
	_ protocol.Producer = (*Transport)(nil)
)

// begin takes over a child that was started.
func (t *Transport) begin(ch *child) error {
	forget, err := t.r.CallWhenStopping(t.stopping)
	if err != nil {
		ch.drop()
		return &StartError{Op: "exec", Path: t.cfg.Path, Err: err}
	}
	t.child, t.forget = ch, forget
	ch.attach(t)
	t.call(func() { t.proto.ConnectionMade(t) })
	ch.watch(t)
	return nil
}

func (t *Transport) check(method string) { loopcheck.Check(t.r, "process: Transport."+method) }

// Loop returns the loop that owns the child. Immutable.
func (t *Transport) Loop() protocol.Loop { return t.r }

// PID returns the child's number, or 0 once it has been reaped.
func (t *Transport) PID() int {
	if t.exited || t.child == nil {
		return 0
	}
	return t.child.pid
}

// Write queues p for the child's standard input, descriptor 0. It never blocks.
func (t *Transport) Write(p []byte) (int, error) {
	t.check("Write")
	if e := t.ends[0]; e != nil {
		return e.Write(p)
	}
	return 0, net.ErrClosed
}

// WriteSequence writes the slices one after another, as if joined.
func (t *Transport) WriteSequence(v [][]byte) (int, error) {
	t.check("WriteSequence")
	if e := t.ends[0]; e != nil {
		return e.WriteSequence(v)
	}
	return 0, net.ErrClosed
}

// WriteToChild queues p for the child's descriptor fd. Errors: ErrNoDescriptor; net.ErrClosed when it closes already, or is not one to be written.
func (t *Transport) WriteToChild(fd int, p []byte) error {
	t.check("WriteToChild")
	e := t.ends[fd]
	if e == nil {
		return fmt.Errorf("%w: %d", ErrNoDescriptor, fd)
	}
	_, err := e.Write(p)
	return err
}

// Buffered returns how many bytes wait for the child to read its descriptor fd.
func (t *Transport) Buffered(fd int) int {
	t.check("Buffered")
	if b, ok := t.ends[fd].(protocol.BufferedTransport); ok {
		return b.Buffered()
	}
	return 0
}

// RegisterProducer puts p in charge of what is written to standard input.
func (t *Transport) RegisterProducer(p protocol.Producer, mode protocol.ProducerMode) error {
	t.check("RegisterProducer")
	if e := t.ends[0]; e != nil {
		return e.RegisterProducer(p, mode)
	}
	p.Stop(protocol.Done(net.ErrClosed))
	return net.ErrClosed
}

// UnregisterProducer lets go of the producer.
func (t *Transport) UnregisterProducer() {
	t.check("UnregisterProducer")
	if e := t.ends[0]; e != nil {
		e.UnregisterProducer()
	}
}

// Pause stops reading from the child, which will have to wait when its pipes are full.
func (t *Transport) Pause() {
	t.check("Pause")
	for _, e := range t.ends {
		e.Pause()
	}
}

// Resume reads on.
func (t *Transport) Resume() {
	t.check("Resume")
	for _, e := range t.ends {
		e.Resume()
	}
}

// Stop is LoseConnection.
func (t *Transport) Stop(error) { t.LoseConnection() }

// CloseStdin closes the child's standard input, after what is queued was written.
func (t *Transport) CloseStdin() { t.CloseChildFD(0) }

// CloseStdout closes this process's end of the child's standard output.
func (t *Transport) CloseStdout() { t.CloseChildFD(1) }

// CloseStderr closes this process's end of the child's standard error.
func (t *Transport) CloseStderr() { t.CloseChildFD(2) }

// CloseChildFD closes this process's end of the child's descriptor fd, after what is queued was written. One that is closed already is no error. The three of a
// terminal close together, by 0 or 1.
func (t *Transport) CloseChildFD(fd int) {
	t.check("CloseChildFD")
	if e := t.ends[fd]; e != nil {
		e.LoseConnection()
	}
}

// LoseConnection closes all pipes to the child, after what is queued was written. It does not end the child: see Terminate.
func (t *Transport) LoseConnection() {
	t.check("LoseConnection")
	for _, fd := range slices.Sorted(maps.Keys(t.ends)) {
		t.ends[fd].LoseConnection()
	}
}

// abort closes all pipes and drops what is queued.
func (t *Transport) abort() {
	for _, fd := range slices.Sorted(maps.Keys(t.ends)) {
		t.ends[fd].AbortConnection()
	}
}

// An end is the protocol of one descriptor.
type end struct {
	t  *Transport
	fd int
}

func (e *end) ConnectionMade(protocol.Transport) {}

func (e *end) DataReceived(_ protocol.Transport, p []byte) {
	if !e.t.ended {
		e.t.proto.ChildDataReceived(e.t, e.fd, p)
	}
}

func (e *end) ConnectionLost(tr protocol.Transport, reason error) {
	t := e.t
	t.lost(tr)
	t.call(func() { t.proto.ChildConnectionLost(t, e.fd, reason) })
	t.closed()
}

// lost forgets an end.
func (t *Transport) lost(tr protocol.Transport) {
	maps.DeleteFunc(t.ends, func(_ int, e protocol.Transport) bool { return e == tr })
}

// closed follows the end of a descriptor.
func (t *Transport) closed() {
	if len(t.ends) == 0 && t.zombie {
		t.bury()
		return
	}
	t.finish()
}

// hasExited is called when the child has, and is to be reaped.
func (t *Transport) hasExited() {
	if t.exited || t.zombie {
		return
	}
	if t.terminating && t.grouped() && t.timer != nil && len(t.ends) > 0 {
		// Somebody else of the group is still at work. The number stays the group's until the child is reaped.
		t.zombie = true
		t.child.unwatch(t)
		return
	}
	t.bury()
}

// bury reaps the child, and kills what is left of a group that is to end.
func (t *Transport) bury() {
	if t.terminating && t.grouped() {
		_ = t.child.signal(sigKill, true)
	}
	reason, ok := t.child.reap()
	if !ok {
		return // not yet
	}
	t.zombie = false
	t.child.unwatch(t)
	t.exited, t.reason = true, reason
	t.call(func() { t.proto.ProcessExited(t, reason) })
	t.finish()
}

// stopping follows when the reactor stops. The ends learn of it themselves.
func (t *Transport) stopping(reason error) {
	if t.zombie { // nobody will be there at the end of its grace
		t.bury()
		t.zombie = false
	}
	if !t.exited {
		if exit, ok := t.child.reap(); ok {
			if t.terminating && t.grouped() { // the loop had not noticed the exit: the rest of the group is still there, and holds the number
				_ = t.child.signal(sigKill, true)
			}
			t.exited, t.reason = true, exit
			t.child.unwatch(t)
			t.call(func() { t.proto.ProcessExited(t, exit) })
		} else {
			t.exited, t.reason = true, reason
			t.child.unwatch(t)
			t.child.leave()
		}
	}
	t.finish()
}

// finish ends it all when nothing is left.
func (t *Transport) finish() {
	if t.ended || !t.exited || len(t.ends) > 0 {
		return
	}
	t.ended = true
	t.forget()
	t.loose()
	if t.timer != nil {
		_ = t.timer.Cancel()
		t.timer = nil
	}
	t.child.close()
	t.call(func() { t.proto.ProcessEnded(t, t.reason) })
	for _, d := range t.waiters {
		d.Callback(struct{}{})
	}
	t.waiters = nil
}

// call calls the protocol. A panic is logged.
func (t *Transport) call(f func()) {
	defer func() {
		if v := recover(); v != nil {
			t.cfg.Logger.Error("process: panic in a protocol", slog.Any("panic", v), slog.String("program", t.cfg.Path), slog.String("stack", string(debug.Stack())))
		}
	}()
	f()
}
