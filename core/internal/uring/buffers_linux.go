// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package uring

import (
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A Pool tells how much memory a ring receives into.
type Pool struct {
	Size int // of one buffer, in bytes: a multiple of the page
	Min  int // buffers in use at first, and after much idleness
	Max  int // buffers at most: a power of two
	// Whole makes every message take a buffer of its own, even where the system can fill one bit by bit.
	Whole bool
}

// shrinkAfter is the number of passes in a row that used less than a quarter of the buffers.
const shrinkAfter = 256

// Buffers are the memory that a ring receives into: at most Pool.Max buffers of Pool.Size bytes, of which the system sees those in use. It fills them one after
// another. From Linux 6.12 on it goes on filling one until that is full, so that many short messages share the same few pages; before, every message takes a buffer.
//
// The number in use grows when there are too few and shrinks when most of them have not been needed for long; then their pages go back to the system.
type Buffers struct {
	Incremental bool // the system fills a buffer bit by bit

	size    int
	min     int
	max     int
	want    int // numbers below are in use
	mem     []byte
	ring    []byte
	entries []bufEntry
	tail    uint16
	filled  []int  // by number: bytes that were delivered, when Incremental
	retired []bool // by number: not among what the system sees

	taken  int // since the last Fit
	sparse int // calls of Fit in a row that saw little use
}

// NewBuffers gives the ring buffers, as group 0.
func (r *Ring) NewBuffers(p Pool) (*Buffers, error) {
	b := &Buffers{
		size: p.Size, min: p.Min, max: p.Max,
		filled: make([]int, p.Max), retired: make([]bool, p.Max),
	}
	var err error
	const prot, flags = unix.PROT_READ | unix.PROT_WRITE, unix.MAP_PRIVATE | unix.MAP_ANON
	if b.ring, err = unix.Mmap(-1, 0, p.Max*int(unsafe.Sizeof(bufEntry{})), prot, flags); err != nil {
		return nil, os.NewSyscallError("mmap", err)
	}
	if b.mem, err = unix.Mmap(-1, 0, p.Size*p.Max, prot, flags); err != nil {
		b.Free()
		return nil, os.NewSyscallError("mmap", err)
	}
	b.entries = unsafe.Slice((*bufEntry)(unsafe.Pointer(&b.ring[0])), p.Max)
	reg := bufReg{addr: uint64(uintptr(unsafe.Pointer(&b.ring[0]))), entries: uint32(p.Max), flags: bufRingIncremental}
	if b.Incremental = !p.Whole; b.Incremental {
		b.Incremental = r.register(registerBufRing, unsafe.Pointer(&reg), 1) == nil
	}
	if !b.Incremental {
		if reg.flags = 0; err == nil {
			err = r.register(registerBufRing, unsafe.Pointer(&reg), 1)
		}
		if err != nil {
			b.Free()
			return nil, os.NewSyscallError("io_uring_register", err)
		}
	}
	for i := range b.retired {
		b.retired[i] = true
	}
	b.use(p.Min)
	return b, nil
}

// use shows the system the buffers below n.
func (b *Buffers) use(n int) {
	b.want = n
	for i := range n {
		if b.retired[i] {
			b.retired[i] = false
			b.give(i)
		}
	}
}

func (b *Buffers) give(i int) {
	e := &b.entries[int(b.tail)&(b.max-1)]
	e.addr = uint64(uintptr(unsafe.Pointer(&b.mem[i*b.size])))
	e.len = uint32(b.size)
	e.id = uint16(i)
	b.filled[i] = 0
	b.tail++
	b.entries[0].tail = b.tail // the system looks in Enter only
}

// Take returns the bytes that the completion c, which has a buffer, brought. They are lent until Done is called for it.
func (b *Buffers) Take(c *CQE) []byte {
	i, n := c.Buffer(), int(c.Res)
	from := i*b.size + b.filled[i]
	if b.Incremental {
		b.filled[i] += n
	}
	return b.mem[from : from+n : from+n]
}

// Done gives the buffer of the completion c back, unless the system is still filling it.
func (b *Buffers) Done(c *CQE) {
	if c.Flags&CQEBufferMore != 0 {
		return
	}
	b.taken++
	if i := c.Buffer(); i < b.want {
		b.give(i)
	} else {
		b.retired[i] = true
		_ = unix.Madvise(b.mem[i*b.size:(i+1)*b.size], unix.MADV_DONTNEED)
	}
}

// Grow doubles the number in use. It is called when a receive found none: more than that only keep the memory from staying in the processor's cache.
func (b *Buffers) Grow() {
	b.sparse = 0
	if b.want < b.max {
		b.use(min(2*b.want, b.max))
	}
}

// InUse returns how many buffers there are to receive into.
func (b *Buffers) InUse() int { return b.want }

// Fit is called once a pass: it takes half of the buffers out of use after many passes that used little of them.
func (b *Buffers) Fit() {
	taken := b.taken
	b.taken = 0
	if taken*4 >= b.want || b.want == b.min {
		b.sparse = 0
	} else if b.sparse++; b.sparse >= shrinkAfter {
		b.sparse = 0
		b.want = max(b.min, b.want/2) // the others retire when they come back
	}
}

// Free unmaps the memory, after the ring was closed.
func (b *Buffers) Free() {
	for _, m := range [][]byte{b.ring, b.mem} {
		if m != nil {
			_ = unix.Munmap(m)
		}
	}
	b.ring, b.mem, b.entries = nil, nil, nil
}
