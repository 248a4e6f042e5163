// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package poll

import (
	"errors"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/torsion-go/torsion/core/internal/uring"
)

// A rings is the io_uring poller. TCP streams receive and send by operations of the ring; everything else is the readiness poller's, for which the ring is the
// selector: it polls descriptors one-time and again, which is level-triggered.
//
// What is wanted of the ring is only noted when it is asked for: streams in dirty, polls in stale, cancellations in cancels. Poll turns the notes into entries
// and gives all of them to the system in one call. So there is never an entry, but inside that, that names a descriptor which has been closed meanwhile, the
// queue's size bounds nothing, and nothing is lost when the ring has to be left behind.
//
// The system does work of a ring only inside io_uring_enter on the thread that the ring belongs to. When Poll is called on another one, the poller moves to a new
// ring: it takes what the old one has completed, and starts the rest anew (move). That is safe because nothing is half done then: sends are not told to wait until all has
// left (MSG_WAITALL), so one that has not completed has sent nothing.
type rings struct {
	*readiness
	cfg     ringConfig
	ring    *uring.Ring
	bufs    *uring.Buffers
	enabled bool // the ring belongs to a thread

	pending []uring.CQE // completions, of which those before next have been seen to
	next    int
	dirty   []*ringStream
	stale   []int32 // descriptors whose polls are to be looked at
	cancels []uint64
	sated   []*ringStream // empty outside flush
	polls   []polled      // by descriptor
	vectors []*vector

	spareDirty   []*ringStream
	spareStale   []int32
	spareCancels []uint64

	wakeFD  int
	bell    int              // an eventfd that the ring, once it is rung, signals with every completion, for await
	rung    bool             // from the first prepare on
	deaf    error            // why the bell is not rung
	rouse   atomic.Int32     // what interrupt writes to: wakeFD or bell
	waking  bool             // the poll of wakeFD is under way
	polling bool             // inside Poll
	left    []*uring.Buffers // of rings that were left: an upcall may have lent one
}

// A ringConfig is the sizes of a ring.
type ringConfig struct {
	entries, completions int
	pool                 uring.Pool
}

// The default sizes.
const (
	ringEntries     = 1024
	ringCompletions = 8192
)

var (
	// filledPool is for systems that fill a buffer bit by bit: 1 MiB at most, which bulk transfers go through, and which a processor's cache can hold. One receive
	// fills one buffer at most, so few large ones bring bulk in fewer pieces.
	filledPool = uring.Pool{Size: 256 << 10, Min: 1, Max: 4}
	// wholePool is for those where each message takes a buffer: 4 MiB at most.
	wholePool = uring.Pool{Size: 4 << 10, Min: 64, Max: 1024, Whole: true}
)

// probeRings tells why io_uring does not work here; nil when it does. It is found out once.
var probeRings = sync.OnceValue(func() error {
	return uring.Probe(ringEntries, ringCompletions, uring.OpPollAdd, uring.OpSendMsg, uring.OpAsyncCancel, uring.OpSend, uring.OpRecv)
})

func newRings() (Poller, error) {
	return openRings(ringConfig{ringEntries, ringCompletions, filledPool})
}

func openRings(cfg ringConfig) (*rings, error) {
	wakeFD, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	if err != nil {
		return nil, os.NewSyscallError("eventfd", err)
	}
	bell, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	if err != nil {
		unix.Close(wakeFD)
		return nil, os.NewSyscallError("eventfd", err)
	}
	u := &rings{cfg: cfg, wakeFD: wakeFD, bell: bell}
	u.rouse.Store(int32(wakeFD))
	if err := u.open(); err != nil {
		unix.Close(wakeFD)
		unix.Close(bell)
		return nil, err
	}
	u.readiness = newReadiness("io_uring", u)
	u.blind = true
	return u, nil
}

// open opens a ring. It belongs to no thread yet.
func (u *rings) open() error {
	r, err := uring.New(u.cfg.entries, u.cfg.completions)
	if err != nil {
		return err
	}
	if u.rung {
		if err := r.Notify(u.bell); err != nil {
			r.Close()
			return err
		}
	}
	b, err := r.NewBuffers(u.cfg.pool)
	if err == nil && !b.Incremental && !u.cfg.pool.Whole { // then smaller ones, and more
		u.cfg.pool = wholePool
		r.Close()
		b.Free()
		return u.open()
	}
	if err != nil {
		r.Close()
		return err
	}
	u.ring, u.bufs, u.enabled, u.waking = r, b, false, false
	return nil
}

func (u *rings) Poll(timeout time.Duration) (int, error) {
	if u.gone {
		return 0, net.ErrClosed
	}
	u.polling = true
	u.upcalls, u.most = 0, 0
	u.packets.flush()
	timeout = u.limit(timeout)
	if timeout != 0 {
		if u.rung { // it waits in the ring now, which does not look at the bell
			u.rouse.Store(int32(u.wakeFD))
		}
		if !u.state.CompareAndSwap(running, sleeping) {
			timeout = 0
		}
	}
	_, err := u.wait(timeout)
	if u.state.Load() != running {
		u.state.Store(running)
	}
	// Completions that come meanwhile, because an upcall had to wait for one, are left to the next pass: timers are not to wait for them.
	for n := len(u.pending); u.next < min(n, len(u.pending)) && !u.gone; {
		c := u.pending[u.next]
		u.next++
		u.completed(&c)
	}
	u.pending, u.next = u.pending[:copy(u.pending, u.pending[u.next:])], 0
	if !u.gone && len(u.soon)+len(u.timers)+len(u.always) > 0 {
		u.extras()
	}
	u.polling = false
	u.freeLeft()
	if u.gone {
		return u.upcalls, nil
	}
	u.packets.flush()
	u.fitBuffer()
	u.bufs.Fit()
	return u.upcalls, err
}

// freeLeft unmaps the buffers of rings that were left, which nobody has lent any more.
func (u *rings) freeLeft() {
	for _, b := range u.left {
		b.Free()
	}
	u.left = nil
}

// The operations, as the upper four bits of an entry's user data. Below come 28 bits of the descriptor and 32 of the generation.
const (
	opIgnored uint64 = iota
	opWake
	opPoll   // of the selector
	opRecv   // of a stream
	opSend   // of a stream
	opHangUp // of a stream that does not receive
	opRoom   // of a stream that sends a file
)

// maxDescriptor is the largest descriptor that user data can name.
const maxDescriptor = 1<<28 - 1

func userData(op uint64, fd int, gen uint32) uint64 {
	return op<<60 | uint64(fd)<<32 | uint64(gen)
}

// completed does what a completion asks for.
func (u *rings) completed(c *uring.CQE) {
	fd, gen := int(c.UserData>>32&maxDescriptor), uint32(c.UserData)
	switch c.UserData >> 60 {
	case opIgnored:
		u.drop(c)
	case opPoll:
		u.polled(fd, gen, c)
	case opWake:
		u.waking = u.waking && c.Flags&uring.CQEMore != 0
	case opRecv:
		if s := u.streamOf(fd, gen); s != nil {
			s.received(c)
			return
		}
		u.drop(c)
	case opSend:
		if s := u.streamOf(fd, gen); s != nil {
			s.sent(c)
		}
	case opHangUp:
		if s := u.streamOf(fd, gen); s != nil {
			s.hungUp(c)
		}
	case opRoom:
		if s := u.streamOf(fd, gen); s != nil {
			s.drained()
		}
	}
}

// drop gives back the buffer of a completion that nobody wants.
func (u *rings) drop(c *uring.CQE) {
	if c.Flags&uring.CQEBuffer != 0 {
		if c.Res > 0 {
			u.bufs.Take(c)
		}
		u.bufs.Done(c)
	}
}

// streamOf returns the stream that is fd in the generation gen, nil if that is closed.
func (u *rings) streamOf(fd int, gen uint32) *ringStream {
	if fd >= len(u.slots) || u.slots[fd].gen != gen {
		return nil
	}
	s, _ := u.slots[fd].w.(*ringStream)
	return s
}

// Close cancels what is under way first, so that the sockets close when their descriptors do. On another thread than the ring's that is left to the system, which
// takes a moment.
func (u *rings) Close() error {
	if u.gone {
		return net.ErrClosed
	}
	if u.enabled {
		e := u.ring.Next()
		e.Op, e.FD, e.OpFlags, e.UserData = uring.OpAsyncCancel, -1, uring.CancelAny|uring.CancelAll, opIgnored
		for u.ring.Enter() == 0 && u.ring.Work() {
			u.gather()
		}
	}
	return u.readiness.Close()
}

// close is the selector's part of Close.
func (u *rings) close() {
	u.ring.Close()
	u.left = append(u.left, u.bufs)
	if !u.polling {
		u.freeLeft()
	}
	unix.Close(u.wakeFD)
	unix.Close(u.bell)
	u.polls, u.dirty, u.stale, u.cancels, u.vectors = nil, nil, nil, nil, nil
	u.spareDirty, u.spareStale, u.spareCancels = nil, nil, nil
	u.pending, u.next = nil, 0
}

func (u *rings) interrupt() {
	one := uint64(1) // in the machine's order: it is added up
	_, _, _ = unix.RawSyscall(unix.SYS_WRITE, uintptr(u.rouse.Load()), uintptr(unsafe.Pointer(&one)), 8)
}

// errMoved is enter's word for "on another ring now".
var errMoved = errors.New("moved to another ring")

var (
	_ Hosted   = (*rings)(nil)
	_ selector = (*rings)(nil)
)
