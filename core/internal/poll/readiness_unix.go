// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package poll

import (
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/torsion-go/torsion/core/internal/sys"
)

// The bits of readiness, in the numbers of poll(2), which epoll shares.
const (
	evIn  = 0x1
	evOut = 0x4
	evErr = 0x8
	evHup = 0x10
	// evRdHup: nothing more will be received. A selector may leave it out, and tell evIn only.
	evRdHup = 0x2000
)

// A selector is the system's way of waiting for descriptors to become ready, level-triggered. evErr and evHup are reported unasked; who watches nothing else asks
// for evErr, because that is work for some selectors. gen comes back with
// each event of the registration, so that an event of a descriptor that was closed and opened anew in between is recognised.
type selector interface {
	add(fd int, gen, events uint32) error
	mod(fd int, gen, events uint32) error
	del(fd int)
	// wait waits for events, or for interrupt, and returns how many there are.
	wait(timeout time.Duration) (int, error)
	event(i int) (fd int, gen, events uint32)
	// interrupt ends a wait, or an await. Safe from any goroutine.
	interrupt()
	// prepare gets ready for an await on another goroutine. It returns true when there are events already.
	prepare() bool
	// await waits until wait has events, or for interrupt. Until the next wait the loop's goroutine may go on to add, mod and del: that counts.
	await(timeout time.Duration) error
	close()
}

// The states of a readiness poller with regard to Wake.
const (
	running  int32 = iota
	sleeping       // waits, or is about to
	woken          // Wake has been called and Poll has not returned since
)

// The read buffer's size.
const (
	minBuffer = 64 << 10
	maxBuffer = 1 << 20
	// shrinkAfter is the number of passes in a row that used less than a quarter of the buffer.
	shrinkAfter = 256
)

// A readiness poller emulates completion over a selector: when a descriptor is ready it does the call itself. Nothing lent is kept: a Send that would
// block returns short, and Sent(0, nil) tells when the rest may be offered again.
type readiness struct {
	name  string
	sel   selector
	fds   int  // sel cannot watch descriptors at or above it; 0: it can watch all
	blind bool // sel takes any number for an open descriptor of its own

	state  atomic.Int32
	wakeMu sync.Mutex // held while Wake touches sel, and while Close takes sel away
	gone   bool       // guarded by wakeMu for writing; read by the loop

	slots   []slot // by descriptor
	gen     uint32
	upcalls int // of this pass

	buf    []byte
	floor  int // no smaller than this
	most   int // the most bytes that one read of this pass brought
	sparse int // passes in a row that used little of buf

	packets *packets // nil before the first datagram socket
	msg     sys.Message
	addr    sys.Sockaddr
	zones   zones
	reserve int // a descriptor kept to be given up when there are no more; -1 for none

	soon   []func()
	timers []timer
	always []*watch // of descriptors that cannot be polled
}

// A slot holds what is registered for one descriptor.
type slot struct {
	gen uint32
	w   waiter
}

// A waiter is told that its descriptor is ready.
type waiter interface {
	ready(events uint32)
	// release closes the descriptor, if it is the waiter's own, without an upcall.
	release()
}

type timer struct {
	at time.Time
	f  func()
}

func newReadiness(name string, sel selector) *readiness {
	return &readiness{name: name, sel: sel, buf: make([]byte, minBuffer), floor: minBuffer, reserve: openReserve()}
}

func (p *readiness) Name() string { return p.name }

func (p *readiness) MaxFiles() int { return p.fds }

func (p *readiness) Poll(timeout time.Duration) (int, error) {
	if p.gone {
		return 0, net.ErrClosed
	}
	p.upcalls, p.most = 0, 0
	p.packets.flush()
	timeout = p.limit(timeout)
	if timeout != 0 && !p.state.CompareAndSwap(running, sleeping) {
		timeout = 0
	}
	n, err := p.sel.wait(timeout)
	if p.state.Load() != running {
		p.state.Store(running)
	}
	for i := range n {
		fd, gen, events := p.sel.event(i)
		if fd < len(p.slots) && p.slots[fd].gen == gen && p.slots[fd].w != nil {
			p.slots[fd].w.ready(events)
			if p.gone {
				return p.upcalls, nil
			}
		}
	}
	if len(p.soon)+len(p.timers)+len(p.always) > 0 {
		p.extras()
	}
	p.packets.flush()
	p.fitBuffer()
	return p.upcalls, err
}

// limit shortens a wait to what else is to be done.
func (p *readiness) limit(timeout time.Duration) time.Duration {
	if timeout == 0 || len(p.soon)+len(p.always) > 0 {
		return 0
	}
	if len(p.timers) == 0 {
		return timeout
	}
	next := p.timers[0].at
	for _, t := range p.timers[1:] {
		if t.at.Before(next) {
			next = t.at
		}
	}
	wait := max(0, time.Until(next))
	if timeout < 0 {
		return wait
	}
	return min(timeout, wait)
}

// extras does what did not come from the selector.
func (p *readiness) extras() {
	soon := p.soon
	p.soon = nil
	for _, f := range soon {
		if f(); p.gone {
			return
		}
	}
	for _, w := range slices.Clone(p.always) {
		if w.ready(evIn | evOut); p.gone {
			return
		}
	}
	if len(p.timers) == 0 {
		return
	}
	now := time.Now()
	var due []func()
	p.timers = slices.DeleteFunc(p.timers, func(t timer) bool {
		if t.at.After(now) {
			return false
		}
		due = append(due, t.f)
		return true
	})
	for _, f := range due {
		if f(); p.gone {
			return
		}
	}
}

// after calls f from inside Poll when d has passed.
func (p *readiness) after(d time.Duration, f func()) {
	p.timers = append(p.timers, timer{time.Now().Add(d), f})
	p.nudge()
}

// later calls f from inside the next Poll.
func (p *readiness) later(f func()) {
	p.soon = append(p.soon, f)
	p.nudge()
}

func (p *readiness) Wake() {
	for {
		switch p.state.Load() {
		case woken:
			return
		case running:
			if p.state.CompareAndSwap(running, woken) {
				return
			}
		case sleeping:
			if p.state.CompareAndSwap(sleeping, woken) {
				p.wakeMu.Lock()
				if !p.gone {
					p.sel.interrupt()
				}
				p.wakeMu.Unlock()
				return
			}
		}
	}
}

func (p *readiness) Close() error {
	if p.gone {
		return net.ErrClosed
	}
	for i := range p.slots {
		if w := p.slots[i].w; w != nil {
			p.slots[i].w = nil
			w.release()
		}
	}
	p.wakeMu.Lock()
	p.gone = true
	p.sel.close()
	p.wakeMu.Unlock()
	if p.reserve >= 0 {
		sys.Close(p.reserve)
	}
	p.slots, p.soon, p.timers, p.always = nil, nil, nil, nil
	return nil
}

// register puts fd under watch. The generation returned goes into every later call for it.
func (p *readiness) register(fd int, w waiter, events uint32) (gen uint32, err error) {
	if p.gone {
		return 0, net.ErrClosed
	}
	if err := p.fits(fd); err != nil {
		return 0, err
	}
	if err := p.sel.add(fd, p.next(), events); err != nil {
		return 0, err
	}
	p.occupy(fd, p.gen, w)
	return p.gen, nil
}

// fits tells why fd cannot be registered.
func (p *readiness) fits(fd int) error {
	if p.fds != 0 && fd >= p.fds {
		return &DescriptorError{fd}
	}
	return nil
}

// next returns a new generation. 0 is the selector's own.
func (p *readiness) next() uint32 {
	if p.gen++; p.gen == 0 {
		p.gen++
	}
	return p.gen
}

// occupy puts w in charge of fd without watching it.
func (p *readiness) occupy(fd int, gen uint32, w waiter) {
	if fd >= len(p.slots) {
		p.slots = append(p.slots, make([]slot, fd+1-len(p.slots))...)
	}
	p.slots[fd] = slot{gen, w}
}

// vacate forgets the registration gen of fd; it returns false when fd is no longer that.
func (p *readiness) vacate(fd int, gen uint32) bool {
	if p.gone || fd >= len(p.slots) || p.slots[fd].gen != gen || p.slots[fd].w == nil {
		return false
	}
	p.slots[fd].w = nil
	return true
}

// drop takes fd out of the selector and forgets it. It is called even where the descriptor is closed next: a duplicate of it elsewhere, in another
// process perhaps, would keep a registration alive that nobody could remove.
func (p *readiness) drop(fd int, gen uint32, watched bool) {
	if p.vacate(fd, gen) && watched {
		p.sel.del(fd)
	}
}

// read notes that a read brought n bytes, and reports whether it filled the buffer, which then grows.
func (p *readiness) read(n int) (full bool) {
	p.most = max(p.most, n)
	if n < len(p.buf) {
		return false
	}
	if len(p.buf) < maxBuffer {
		p.buf = make([]byte, 2*len(p.buf))
	}
	return true
}

// fitBuffer gives half of a large buffer back after many passes that used little of it.
func (p *readiness) fitBuffer() {
	if len(p.buf) <= p.floor {
		return
	}
	if p.most >= len(p.buf)/4 {
		p.sparse = 0
		return
	}
	if p.sparse++; p.sparse >= shrinkAfter {
		p.sparse = 0
		p.buf = make([]byte, max(p.floor, len(p.buf)/2))
	}
}

// wouldBlock reports whether a call is to be made again when the selector says so.
func wouldBlock(errno syscall.Errno) bool {
	return errno == syscall.EAGAIN || errno == syscall.EINTR
}

var (
	_ Hosted  = (*readiness)(nil)
	_ Limited = (*readiness)(nil)
)
