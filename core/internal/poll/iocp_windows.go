// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package poll

import (
	"net"
	"sync"
	"time"

	"golang.org/x/sys/windows"
)

// An iocp is the poller over an I/O completion port. The system carries operations out by itself and queues their completions in the port; Poll takes many of
// them at once and makes the upcalls.
//
// Streams and datagram sockets receive without memory of their own: the operation under way asks for no bytes and completes when there is something to be had,
// which is then read, without waiting, into the buffer that all share. So a connection at rest costs one small operation, and nothing is ever taken from the system
// that is not wanted. What is sent is lent to the system until the send completes.
//
// The memory of an operation belongs to the system until its completion has been taken from the port, whatever is cancelled or closed meanwhile: see op.
type iocp struct {
	port   windows.Handle
	waker  waker
	wakeMu sync.Mutex // held while Wake uses port, and while Close takes it away
	gone   bool       // guarded by wakeMu for writing; read by the loop
	timer  iocpTimer

	entries []overlappedEntry
	landed  []*op // completions, of which those before next have been seen to
	next    int
	ops     ops

	care    map[carried]struct{}
	ready   []*iocpStream // that have something to receive, and want it
	soon    []func()
	resting []*iocpListener
	spare   []*iocpStream
	upcalls int // of this pass

	buf   []byte
	bufs  [maxBufs]windows.WSABuf
	raw   windows.RawSockaddrAny
	zones zones
	host  hosting
}

// iocpBuffer is the size of the buffer that all sockets of a loop receive into, at least maxUDP.
const iocpBuffer = 128 << 10

// iocpThreads is how many threads that have taken from the port may run for the system to let another one take. The loop's would hold up the one that waits for
// it in hosted mode if it were 1.
const iocpThreads = 64

// maxBufs bounds the slices that one call sends.
const maxBufs = 64

// living holds the pollers that have not been closed: also when nobody else has them any more, the system may be about to write into their memory.
var living sync.Map

func newIOCP() (Poller, error) {
	if err := startSockets(); err != nil {
		return nil, err
	}
	port, err := windows.CreateIoCompletionPort(windows.InvalidHandle, 0, 0, iocpThreads)
	if err != nil {
		return nil, sysError("CreateIoCompletionPort", err)
	}
	p := &iocp{port: port, entries: make([]overlappedEntry, maxEntries), care: make(map[carried]struct{}), buf: make([]byte, iocpBuffer)}
	p.timer.open()
	living.Store(p, nil)
	return p, nil
}

func (p *iocp) Name() string { return "iocp" }

func (p *iocp) Poll(timeout time.Duration) (int, error) {
	if p.gone {
		return 0, net.ErrClosed
	}
	p.upcalls = 0
	p.host.end(p)
	timeout = p.limit(timeout)
	if timeout != 0 && !p.waker.sleep() {
		timeout = 0
	}
	err := p.fetch(timeout)
	p.waker.awake()
	ready := p.ready
	p.ready, p.spare = p.spare, nil
	// Completions that come meanwhile, because an upcall had to wait for one, are left to the next pass.
	for n := len(p.landed); p.next < min(n, len(p.landed)) && !p.gone; {
		o := p.landed[p.next]
		p.next++
		p.finish(o)
	}
	for _, s := range ready {
		if s.queued = false; !p.gone {
			s.receive()
		}
	}
	clear(ready)
	p.spare = ready[:0]
	p.extras()
	if p.gone {
		return p.upcalls, nil
	}
	p.landed, p.next = p.landed[:copy(p.landed, p.landed[p.next:])], 0
	return p.upcalls, err
}

// limit shortens a wait to what else is to be done.
func (p *iocp) limit(timeout time.Duration) time.Duration {
	if len(p.ready)+len(p.soon)+len(p.landed) > 0 {
		return 0
	}
	for _, l := range p.resting {
		if wait := max(0, time.Until(l.until)); timeout < 0 || wait < timeout {
			timeout = wait
		}
	}
	return timeout
}

// extras does what did not come from the port.
func (p *iocp) extras() {
	soon := p.soon
	p.soon = nil
	for _, f := range soon {
		if p.gone {
			return
		}
		f()
	}
	if len(p.resting) == 0 || p.gone {
		return
	}
	resting := p.resting
	p.resting = nil
	for _, l := range resting {
		if time.Until(l.until) > 0 {
			p.resting = append(p.resting, l)
		} else {
			l.rested()
		}
	}
}

// later calls f from inside the next Poll.
func (p *iocp) later(f func()) {
	p.soon = append(p.soon, f)
	p.host.nudge(p)
}

// again has s receive in the next Poll.
func (p *iocp) again(s *iocpStream) {
	if !s.queued {
		s.queued = true
		p.ready = append(p.ready, s)
		p.host.nudge(p)
	}
}

func (p *iocp) Wake() {
	if p.waker.wake() {
		p.interrupt()
	}
}

// interrupt ends a wait for the port. Safe from any goroutine.
func (p *iocp) interrupt() {
	p.wakeMu.Lock()
	defer p.wakeMu.Unlock()
	if !p.gone {
		_ = windows.PostQueuedCompletionStatus(p.port, 0, 0, nil) // it fails when the system is out of memory
	}
}

// Watch is for descriptors of others, which this system cannot watch.
func (p *iocp) Watch(int, WatchHandler) (Watch, error) { return nil, ErrUnsupported }

// Close closes what is under the poller's care, and returns when the system has given all memory back.
func (p *iocp) Close() error {
	if p.gone {
		return net.ErrClosed
	}
	p.wakeMu.Lock()
	p.gone = true
	p.wakeMu.Unlock()
	p.host.end(p)
	for c := range p.care {
		c.shut()
	}
	for p.next < len(p.landed) || p.ops.flying > 0 {
		if p.next < len(p.landed) {
			p.next++
			p.finish(p.landed[p.next-1])
		} else if err := p.fetch(-1); err != nil {
			return err // which no open port gives; what is lent stays so
		}
	}
	p.ops.close()
	living.Delete(p)
	p.timer.close()
	p.landed, p.next, p.ready, p.soon, p.resting = nil, 0, nil, nil, nil
	return sysError("CloseHandle", windows.CloseHandle(p.port))
}

var _ Hosted = (*iocp)(nil)
